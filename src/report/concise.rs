//! One line per finding.

use super::style::Style;
use super::{place, plain};
use crate::check::Report;
use crate::finding::Level;

/// `path:line:column: level rule message`, and why there is no fix, or none that is safe, where that was asked for.
pub(super) fn findings(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let at = place::shown(report, &finding.location);
        text.push_str(&format!("{at}: {} {} {}\n", level(finding.level), finding.rule, plain(&finding.message)));
        if let (true, Some(why)) = (style.show_fixes, &finding.withheld) {
            text.push_str(&format!("  no fix: {}\n", plain(why)));
        }
        if let (true, Some(why)) = (style.show_fixes, finding.doubt()) {
            text.push_str(&format!("  unsafe fix: {}\n", plain(why)));
        }
    }
    text
}

/// The level's name.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}
