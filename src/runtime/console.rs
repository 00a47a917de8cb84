//! The two streams: results on stdout, for programs; remarks on stderr, for people.

use super::Error;
use crate::door::print;

/// A line of result. A closed pipe is the reader's choice and no failure of ours.
pub fn result(text: &str) {
    let _ = print::show(&format!("{}\n", print::exact(text)), false);
}

/// Several lines of result: a file for somebody to keep.
pub fn results(text: &str) {
    text.lines().for_each(result);
}

/// A text of ours that a program takes as it is: a shell, or `man`.
pub fn paper(bytes: &[u8]) {
    let _ = print::data(bytes);
}

/// A remark for whoever reads the job's log.
pub fn note(text: &str) {
    print::remark(&format!("berth-run: {}\n", print::line(text)), false);
}

/// A failure with its advice, in a line each; `lead` begins the first.
pub fn failure(lead: &str, error: &Error) {
    note(&format!("{lead}: {}", error.what()));
    if !error.advice().is_empty() {
        print::remark(&format!("  help: {}\n", print::line(error.advice())), false);
    }
}

/// A line of somebody else's log.
pub fn foreign(line: &str) {
    print::remark(&format!("{}\n", print::log(line)), false);
}
