//! One line per finding.

use super::fixes::without;
use super::level::{doubtful, ink, level};
use super::marks::mark;
use super::style::{Ink, Style};
use super::wrap::line;
use super::{place, plain};
use crate::check::Report;

/// `path:line:column: level rule [*] message`, where the mark says that a fix is there; and why there is no fix, or
/// none that is safe, where that was asked for.
pub(super) fn findings(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let at = style.paint(&place::shown(report, &finding.location), Ink::Head);
        let level = style.paint(level(finding.level), ink(finding.level)) + doubtful(finding);
        let rule = style.link(&finding.rule, report.url(finding).as_deref());
        let mark = mark(finding).map(|mark| style.paint(mark, Ink::Note) + " ").unwrap_or_default();
        text.push_str(&format!("{at}: {level} {rule} {mark}{}\n", plain(&finding.message)));
        let reasons = style.show_fixes || style.verbose;
        if let (true, Some(why)) = (reasons, &finding.withheld) {
            let lead = without(finding);
            text.push_str(&line(&format!("  {lead}: {}", plain(why)), 4, style));
        }
        if let (true, Some(why)) = (reasons, finding.doubt()) {
            text.push_str(&line(&format!("  unsafe because {}", plain(why)), 4, style));
        }
    }
    text
}
