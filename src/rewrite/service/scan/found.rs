//! What is found, and what it is looked for by.

use std::ops::Range;

use super::super::address::Port;

/// Names of the daemon's host, as a job may write them.
pub(super) const LOCAL: &[&str] =
    &["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal", "host.containers.internal", "172.17.0.1"];

/// What a use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A host, a port or both.
    Address,
    /// A port behind a variable that says this machine's name: what the variable says stays.
    PortAlone,
    /// `${{ job.services.X.id }}`; `host` is all of it.
    Id,
    /// `${{ job.services.X.network }}`; `host` is all of it.
    Network,
    /// Something with `job.services` in it that nobody rewrites, or a published port behind a host that nobody knows.
    Unclear,
}

/// One use, by ranges of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which service.
    pub service: usize,
    /// What it is.
    pub what: What,
    /// The host.
    pub host: Option<Range<usize>>,
    /// The port.
    pub port: Option<Range<usize>>,
    /// The port that is meant.
    pub means: Port,
    /// The host is the service's name.
    pub by_name: bool,
    /// All of it.
    pub whole: Range<usize>,
}

impl Found {
    pub(super) fn shifted(self, by: usize) -> Self {
        let shift = |range: Range<usize>| range.start + by..range.end + by;
        Self { host: self.host.map(shift), port: self.port.map(shift), whole: shift(self.whole), ..self }
    }
}

/// Whether a letter can stand in a host's name.
pub(super) fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Whether a name is one word of a text wherever it stands by itself.
pub fn is_one_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_part)
}

/// Whether a name stands there by itself, not as part of a longer one.
pub(super) fn is_word(text: &str, range: &Range<usize>) -> bool {
    // `-hlocalhost` is an option and its value.
    let before = text[..range.start].strip_suffix("-h").unwrap_or(&text[..range.start]);
    !before.ends_with(is_part) && !text[range.end..].starts_with(is_part)
}
