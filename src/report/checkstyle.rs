//! Checkstyle's XML, which many tools of CI servers read.

use std::collections::BTreeMap;

use super::level::{doubtful, level};
use super::{place, xml};
use crate::check::Report;

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for finding in &report.findings {
        let path = finding.location.path.as_ref();
        let range = place::range(report, path, finding.location.span);
        let place = range.map(|range| (range.start.line, range.start.column));
        let help = finding.help.as_ref().map_or_else(String::new, |help| format!(" (help: {})", xml::line(help)));
        let message = xml::line(&finding.message) + doubtful(finding) + &help;
        let source = format!("berthlint.{}", xml::line(&finding.rule));
        files.entry(path).or_default().push_str(&error(place, level(finding.level), &message, &source));
    }
    for unread in &report.errors {
        let range = unread.span.and_then(|span| place::range(report, &unread.path, span));
        let place = range.map(|range| (range.start.line, range.start.column));
        let error = error(place, "error", &xml::line(&unread.message), "berthlint.not-read");
        files.entry(&unread.path).or_default().push_str(&error);
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n".to_owned();
    for (path, errors) in files {
        text.push_str(&format!("  <file name=\"{}\">\n{errors}  </file>\n", xml::name(path)));
    }
    text + "</checkstyle>\n"
}

/// One entry; its texts are escaped.
fn error(place: Option<(usize, usize)>, severity: &str, message: &str, source: &str) -> String {
    let place = place.map_or_else(String::new, |(line, column)| format!(" line=\"{line}\" column=\"{column}\""));
    format!("    <error{place} severity=\"{severity}\" message=\"{message}\" source=\"{source}\"/>\n")
}
