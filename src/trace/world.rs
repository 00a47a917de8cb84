//! Who answers what commands do.
//!
//! The walker knows the shell: words, variables, lists, loops, traps, builtins. What any other command does, only
//! the machine it runs on knows; the walker asks a [`World`] for each command's status and output, and goes on with
//! the answer. The trace's own world knows nothing: then every way that may be gone is walked once.

use super::{Act, StepTrace};
use crate::facts::Link;
use crate::follow::Directory;
use crate::source::Location;
use crate::symbol::{Opaque, Value};
use crate::truth::Truth;

/// How something ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Not with 0; with what, nobody knows.
    Failure,
    /// With this status.
    Code(u8),
}

impl Status {
    /// It went well.
    pub const SUCCESS: Self = Self::Code(0);

    /// 0 or 1.
    pub fn of(truth: Truth) -> Self {
        match truth {
            Truth::Yes => Self::Code(0),
            Truth::No => Self::Code(1),
            Truth::Unknown => Self::Unknown,
        }
    }

    /// Whether it went well.
    pub fn succeeded(self) -> Truth {
        match self {
            Self::Unknown => Truth::Unknown,
            Self::Failure => Truth::No,
            Self::Code(code) => (code == 0).into(),
        }
    }

    /// What `$?` gives, when that is known.
    pub fn text(self) -> Option<Value> {
        match self {
            Self::Code(code) => Some(Value::literal(code.to_string())),
            Self::Unknown | Self::Failure => None,
        }
    }

    /// What `!` makes of it.
    pub fn negated(self) -> Self {
        Self::of(!self.succeeded())
    }

    /// Of one of two ways, nobody knows which.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, two) if one == two => one,
            (one, two) if one.succeeded().is_no() && two.succeeded().is_no() => Self::Failure,
            _ => Self::Unknown,
        }
    }
}

/// A command that is about to run.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it does, where, and with which variables; its arguments are expanded.
    pub act: &'a Act,
    /// Its number in [`super::JobTrace::acts`]; `None` for what the shell does itself and the trace does not have
    /// (`cd`, `read` from a terminal, a `[` that the text alone does not decide).
    pub index: Option<usize>,
    /// What it can read: `None` when that is not known.
    pub input: Option<&'a Value>,
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// How it ended.
    pub status: Status,
    /// What it wrote to its standard output.
    pub output: Option<Value>,
    /// It has read all its input: commands that share it find nothing more.
    pub drained: bool,
    /// What it wrote to `$GITHUB_ENV` itself: later steps have these variables.
    pub exports: Vec<(String, Value)>,
    /// What came then.
    pub then: Then,
}

/// What happens to the job when a command has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    #[default]
    On,
    /// All its processes get a signal, by its name without `SIG`, and with its number: traps run.
    Signal(&'static str, u8),
    /// The job is gone at once.
    Killed,
}

/// A test of a script: `[ -f x ]`, a pattern of a `case`.
#[derive(Clone, Copy, Debug)]
pub struct Tested<'a> {
    /// Where it stands.
    pub at: &'a Location,
    /// The calls that led to it.
    pub chain: &'a [Link],
    /// As written.
    pub text: &'a str,
}

/// A file that a script names.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its path as the script has it.
    pub path: &'a Value,
    /// Where that is seen from.
    pub directory: &'a Directory,
}

/// The machine a job runs on. What is not answered is unknown.
pub trait World {
    /// What a command does; asked once for each time it runs, in the order in which the job runs them. Commands of a
    /// pipe and in the background are asked in the order in which they are written.
    fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        let _ = asked;
        Answer::default()
    }

    /// The text of something that only the run knows: an expression, a variable that nothing sets.
    fn text(&mut self, unknown: &Opaque) -> Option<Value> {
        let _ = unknown;
        None
    }

    /// Whether a word, of which a text was made up, is none: options that nobody knows stand there.
    fn is_no_word(&mut self, at: &Location) -> bool {
        let _ = at;
        false
    }

    /// How a test comes out that has been decided.
    fn comes_out(&mut self, test: &Tested<'_>, holds: bool) -> bool {
        let _ = test;
        holds
    }

    /// What a file holds.
    fn read(&mut self, file: File<'_>) -> Option<Value> {
        let _ = file;
        None
    }

    /// A redirection writes to a file, perhaps something that nobody knows.
    fn write(&mut self, file: File<'_>, text: Option<&Value>, append: bool) {
        let _ = (file, text, append);
    }

    /// Whether a script goes on where it would end in a failure: at a command, a test, an `exit 1`.
    fn goes_on(&mut self, at: &Location) -> bool {
        let _ = at;
        false
    }

    /// Whether the job is played: a loop's body runs once for each of at most so many rounds, and the shell acts
    /// on whatever is known. `None`: it is looked at, a loop's body once for all its rounds together, and every way
    /// that may be gone is gone.
    fn rounds(&self) -> Option<usize> {
        None
    }

    /// Whether a step runs, when that is known; a step that does not is passed over.
    fn enters(&mut self, step: &StepTrace) -> bool {
        let _ = step;
        true
    }

    /// A step has ended.
    fn leaves(&mut self, step: &StepTrace, status: Status) {
        let _ = (step, status);
    }
}

/// The trace's own world: it knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unknown;

impl World for Unknown {}
