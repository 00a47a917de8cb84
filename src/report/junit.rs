//! JUnit's XML: a file is a suite, a finding in it a test that failed.
//!
//! What could not be read is a test with an error. An info is a test that was skipped: it shows, and fails nothing.

use std::collections::BTreeMap;

use super::level::{doubtful, level};
use super::{place, words, xml};
use crate::check::Report;
use crate::finding::{Finding, Level};

/// The tests of a file, and how many of them ended how.
#[derive(Default)]
struct Suite {
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for finding in &report.findings {
        suites.entry(&finding.location.path).or_default().add(report, finding);
    }
    for error in &report.errors {
        let suite = suites.entry(&error.path).or_default();
        let (path, message) = (xml::name(&error.path), xml::line(&error.message));
        suite.errors += 1;
        suite.case(&path, "not read", &path, &format!("<error type=\"not-read\" message=\"{message}\"/>"));
    }
    if suites.is_empty() {
        // A report without a test is taken for a broken one.
        suites.entry("berthlint").or_default().case("berthlint", "nothing found", "", "");
    }
    let sum = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    text.push_str(&format!(
        "<testsuites name=\"berthlint\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped),
    ));
    for (path, suite) in &suites {
        let Suite { cases, tests, failures, errors, skipped } = suite;
        text.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" \
             skipped=\"{skipped}\">\n{cases}  </testsuite>\n",
            xml::name(path)
        ));
    }
    text + "</testsuites>\n"
}

impl Suite {
    fn add(&mut self, report: &Report, finding: &Finding) {
        let path = xml::name(&finding.location.path);
        let range = place::range(report, &finding.location.path, finding.location.span);
        // The class has the path. Two tests of one name in it are taken for one.
        let place = range.map_or_else(String::new, |range| format!(" {}:{}", range.start.line, range.start.column));
        let name = format!("{}{place}", xml::line(&finding.rule));
        let file = match range {
            Some(range) => format!("{path}\" line=\"{}", range.start.line),
            None => path.clone(),
        };
        let message = format!("{}{}", xml::line(&finding.message), doubtful(finding));
        let result = match finding.level {
            Level::Info => {
                self.skipped += 1;
                format!("<skipped message=\"{message}\"/>")
            }
            Level::Error | Level::Warning => {
                self.failures += 1;
                let lines = xml::lines(&words::whole(report, finding));
                format!("<failure type=\"{}\" message=\"{message}\">{lines}</failure>", level(finding.level))
            }
        };
        self.case(&path, &name, &file, &result);
    }

    /// Adds a test; all that it is given is escaped.
    fn case(&mut self, class: &str, name: &str, file: &str, result: &str) {
        self.tests += 1;
        let file = if file.is_empty() { String::new() } else { format!(" file=\"{file}\"") };
        self.cases
            .push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\"{file}>{result}</testcase>\n"));
    }
}
