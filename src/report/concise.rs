//! One line per finding.

use super::{place, plain};
use crate::check::Report;
use crate::finding::Level;

/// `path:line:column: level rule message`
pub(super) fn findings(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let at = place::shown(report, &finding.location);
        text.push_str(&format!("{at}: {} {} {}\n", level(finding.level), finding.rule, plain(&finding.message)));
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
