//! Where texts go: standard output, a file, complaints.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;

use super::arguments::Color;
use super::exit::Failure;
use crate::door::print;
use crate::door::write::{ReportError, report};
use crate::report::{Format, Style};

/// What is written.
#[derive(Clone, Copy)]
pub(super) enum Output<'o> {
    /// Lines of ours, perhaps with terminal colours in them.
    Lines {
        /// The lines.
        text: &'o str,
        /// Whether colours are.
        with_colors: bool,
    },
    /// Bytes as they are, for a program that takes them back.
    Bytes(&'o [u8]),
}

impl<'o> Output<'o> {
    /// A report in a format. Commands to the runner, each a line of ours in which a stranger's text is escaped, stay
    /// what they are.
    pub(super) fn of(format: Format, text: &'o str, with_colors: bool) -> Self {
        match format.commands_the_runner() {
            true => Self::Bytes(text.as_bytes()),
            false => Self::Lines { text, with_colors },
        }
    }
}

impl<'o> From<&'o str> for Output<'o> {
    fn from(text: &'o str) -> Self {
        Self::Lines { text, with_colors: false }
    }
}

/// How wide and in which colours reports are written there.
pub(super) fn style(color: Color, file: Option<&Path>) -> Style {
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => file.is_none() && print::shows_colors(),
    };
    let columns = print::columns().filter(|_| file.is_none());
    let usual = Style::default();
    Style { color, width: columns.unwrap_or(usual.width), fits: columns.is_some(), ..usual }
}

/// Writes to a file, or to standard output.
pub(super) fn write<'o>(file: Option<&Path>, output: impl Into<Output<'o>>) -> Result<(), Failure> {
    let output = output.into();
    if let Some(file) = file {
        let bytes = match output {
            Output::Lines { text, with_colors } => match print::lines(text, with_colors) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
            Output::Bytes(bytes) => Cow::Borrowed(bytes),
        };
        return report(file, &bytes).map_err(|error| {
            let words = format!("`{}` {error}", file.display());
            if matches!(error, ReportError::System(_)) { Failure::Output(words) } else { Failure::Usage(words) }
        });
    }
    let printed = match output {
        Output::Lines { text, with_colors } => print::show(text, with_colors),
        Output::Bytes(bytes) => print::data(bytes),
    };
    printed.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Output(format!("standard output cannot be written: {error}")),
    })
}

/// Writes, and ends with the code: a reader that has gone changes nothing in what was found.
pub(super) fn say<'o>(file: Option<&Path>, output: impl Into<Output<'o>>, code: u8) -> Result<u8, Failure> {
    match write(file, output) {
        Ok(()) | Err(Failure::BrokenPipe) => Ok(code),
        Err(failure) => Err(failure),
    }
}

/// Says something beside the output, on standard error.
pub(super) fn aside(text: &str, with_colors: bool) {
    print::remark(text, with_colors);
}

/// Says on standard error what is wrong, a line each.
pub(super) fn complain(messages: &[String]) {
    let lines: Vec<String> = messages.iter().map(|message| print::line(message)).collect();
    print::remark(&format!("berthlint: {}\n", lines.join("\n")), false);
}
