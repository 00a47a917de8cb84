//! Writing: standard output, a file, and complaints.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Failure;

/// Writes to a file, or to standard output.
pub(super) fn write(file: Option<&Path>, text: impl AsRef<[u8]>) -> Result<(), Failure> {
    let text = text.as_ref();
    if let Some(file) = file {
        let written = std::fs::write(file, text);
        return written
            .map_err(|error| Failure::Usage(format!("--output: cannot write `{}`: {error}", file.display())));
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::BrokenPipe),
        Err(error) => Err(Failure::Output(format!("standard output cannot be written: {error}"))),
    }
}

/// Says something beside the output, on standard error.
pub(super) fn aside(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says on standard error what is wrong.
pub(super) fn complain(message: &str) {
    // When even this cannot be written, the exit code has to do.
    let _ = writeln!(std::io::stderr(), "berthlint: {message}");
}
