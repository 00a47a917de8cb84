//! What a call answers, and what it has done.

use super::maker::Maker;
use crate::docker::ObjectKind;

/// What a call came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The client's exit status.
    pub status: u8,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub error: String,
    /// What it did, in order.
    pub effects: Vec<Effect>,
    /// It does not come back while the container that it follows runs: `run` without `-d`, `logs -f`, `wait`.
    pub blocks: bool,
    /// A program in a container has printed to the output as well, and nobody knows what.
    pub program_speaks: bool,
    /// Files of the caller that it wrote (`--cidfile`, `--iidfile`), by their paths as given.
    pub files: Vec<(String, String)>,
}

/// One thing that was done to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What was done.
    pub what: What,
    /// To what.
    pub object: Object,
}

/// What can be done to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It was made; an image: it got a name, too.
    Made,
    /// An image, by the name that stands in the object, was run, pushed or saved.
    Used,
    /// A container of the project was there, of another run, and is as declared: compose takes it for its own.
    TakenOver,
    /// It runs from now on.
    Started,
    /// It runs no longer.
    Stopped,
    /// It is gone; an image: it lost a name at least.
    Removed,
    /// A container was put on a network: the network.
    Connected,
    /// A container was taken off a network: the network.
    Disconnected,
    /// Something was asked for that another holds: the object holds it.
    Refused(Claim),
}

/// What was asked for and is held by another.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// A container's name.
    Name(String),
    /// A port of the host, with the address it is bound to.
    Port(String, u16),
    /// A network's name.
    NetworkName(String),
    /// Its removal, while it is in use.
    Removal,
}

/// An object of the daemon, as it is or as it was when it was removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id; a volume's name.
    pub id: String,
    /// Its names; an image may have several, or none.
    pub names: Vec<String>,
    /// Who made it.
    pub maker: Maker,
    /// The image of a container, as it was named.
    pub image: Option<String>,
    /// The compose project it belongs to.
    pub project: Option<String>,
    /// The compose service.
    pub service: Option<String>,
    /// Of a volume that docker named: the container it was made for, by its name; empty for nobody's.
    pub made_for: Option<String>,
    /// Whether it is a container that runs.
    pub running: bool,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The client's exit status; `run` makes 125 of a 1.
    pub status: u8,
    /// What is printed to standard error.
    pub message: String,
}

impl Refusal {
    /// The daemon refuses.
    pub fn daemon(message: impl std::fmt::Display) -> Self {
        Self { status: 1, message: format!("Error response from daemon: {message}") }
    }

    /// The client refuses by itself.
    pub fn client(status: u8, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl Reply {
    /// It went well, and printed this.
    pub(super) fn said(output: impl Into<String>) -> Self {
        Self { output: output.into(), ..Self::default() }
    }

    /// Adds what is printed to standard error, and the status of a failure.
    pub(super) fn fail(&mut self, refusal: &Refusal) {
        self.status = refusal.status;
        self.warn(&refusal.message);
    }

    /// Adds a line to standard error.
    pub(super) fn warn(&mut self, line: &str) {
        self.error.push_str(line);
        self.error.push('\n');
    }

    /// Adds a line to standard output.
    pub(super) fn line(&mut self, line: impl std::fmt::Display) {
        self.output.push_str(&line.to_string());
        self.output.push('\n');
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = Self::default();
        reply.fail(&refusal);
        reply
    }
}
