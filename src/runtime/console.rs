//! The two streams: results on stdout, for programs; remarks on stderr, for people.

use std::io::Write;

/// A line of result. A closed pipe is the reader's choice and no failure of ours.
pub fn result(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A remark for whoever reads the job's log.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "berth-run: {text}");
}

/// Text of somebody else (a container's log), unchanged.
pub fn verbatim(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
