//! A container's log, for the job's log.

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;

use super::engine::{Engine, words};
use super::{console, token};
use crate::door::print;

/// A line that goes on for longer is shown in pieces.
const LONGEST_LINE: usize = 64 * 1024;

/// Prints the last `lines` lines of a container's log under a heading that names it.
pub async fn print(engine: &Engine, id: &str, name: &str, lines: u32) {
    let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines.to_string()).build();
    console::note(&format!("log of {name} (last {lines} lines):"));
    // Runners take `::command::` lines of a step's output for their own; a container's log must not
    // speak to them. Only who knows the word can end this.
    let word = token::random_hex(16).ok().filter(|_| std::env::var_os("GITHUB_ACTIONS").is_some());
    if let Some(word) = &word {
        print::command(&format!("::stop-commands::{word}"));
    }
    let mut log = engine.docker.logs(id, Some(options));
    let mut open = Vec::new();
    while let Some(part) = log.next().await {
        match part {
            Ok(output) => {
                open.extend_from_slice(output.as_ref());
                take_lines(&mut open).iter().for_each(|line| console::foreign(line));
            }
            Err(error) => {
                console::note(&format!("the log cannot be read: {}", words(&error)));
                break;
            }
        }
    }
    if !open.is_empty() {
        console::foreign(&String::from_utf8_lossy(&open));
    }
    if let Some(word) = &word {
        print::command(&format!("::{word}::"));
    }
    console::note(&format!("end of the log of {name}"));
}

/// Takes the lines that are whole: the daemon's pieces of a log end anywhere, also within a character.
fn take_lines(open: &mut Vec<u8>) -> Vec<String> {
    let mut lines = Vec::new();
    let end = |open: &[u8]| open.iter().position(|byte| *byte == b'\n');
    while let Some(at) = end(open).or_else(|| (open.len() >= LONGEST_LINE).then(|| open.len() - 1)) {
        let line: Vec<u8> = open.drain(..=at).collect();
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        lines.push(String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_shown_by_whole_lines() {
        let mut open = "a\r\nb\n\u{e9}".as_bytes()[..6].to_vec();
        assert_eq!(take_lines(&mut open), ["a", "b"]);
        open.extend_from_slice(&"\u{e9}".as_bytes()[1..]);
        assert!(take_lines(&mut open).is_empty());
        open.push(b'\n');
        assert_eq!(take_lines(&mut open), ["\u{e9}"]);
        let mut endless = vec![b'x'; LONGEST_LINE];
        assert_eq!(take_lines(&mut endless).len(), 1);
        assert!(endless.is_empty());
    }
}
