//! A command without its wrappers, and what these are.

use std::borrow::Cow;
use std::ops::Range;

use super::arg::Arg;
use super::xargs::Xargs;
use crate::symbol::Value;

/// A command that wraps another.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrapper {
    /// `sudo`, `doas`: as another user, mostly root.
    Sudo,
    /// `env`.
    Env {
        /// `-i`: without the environment there was.
        cleared: bool,
    },
    /// `timeout`: killed when it takes longer.
    Timeout {
        /// After what time.
        duration: Option<Arg>,
    },
    /// `nohup`: survives the terminal.
    Nohup,
    /// `setsid`: in a session of its own, out of reach of a kill of the process group.
    Setsid,
    /// `flock`: one at a time on this machine.
    Flock,
    /// `exec`: in the shell's place.
    Exec,
    /// `retry 3 …`: until it succeeds.
    Retry,
    /// `$SUDO` and the like: a variable that holds a wrapper or nothing.
    Variable,
    /// Any other, by name: it changes nothing that matters here.
    Other(&'static str),
}

/// What a command has of the variables around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeps {
    /// All of them.
    #[default]
    All,
    /// These alone: sudo and doas begin anew (sudoers(5), `env_reset`), as `env -i` and a login shell do.
    Only(Vec<String>),
}

impl Keeps {
    /// Whether a variable comes through.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.iter().any(|kept| kept == name),
        }
    }

    /// What is left when only these go on.
    pub(super) fn narrow(&mut self, to: Vec<String>) {
        let kept = to.into_iter().filter(|name| self.has(name)).collect();
        *self = Self::Only(kept);
    }

    /// A variable that is set on the way.
    pub(super) fn set(&mut self, name: &str) {
        if let Self::Only(names) = self {
            names.push(name.to_owned());
        }
    }
}

/// A command without its wrappers.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation<'a> {
    /// What is run: the last component of its path (`/usr/bin/docker` is `docker`).
    pub program: String,
    /// Whether it was written with a path (`./x.sh`, `bin/x`): then it is that file, not one of PATH.
    pub path: Option<Value>,
    /// The program's word.
    pub at: Range<usize>,
    /// What it is wrapped in, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// What `env A=b` and `sudo A=b` set for it.
    pub env: Vec<(String, Arg)>,
    /// What it has of the variables around.
    pub keeps: Keeps,
    /// Its arguments, the program's own word left out.
    pub argv: Cow<'a, [Arg]>,
    /// Some of its arguments come from standard input, through xargs.
    pub from_stdin: Option<Xargs>,
}

impl Invocation<'_> {
    /// Whether it is wrapped in such a thing.
    pub fn wrapped(&self, wanted: impl Fn(&Wrapper) -> bool) -> bool {
        self.wrappers.iter().any(wanted)
    }
}

/// The last component of a path, without Windows' `.exe`.
pub(super) fn basename(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".exe").unwrap_or(name)
}
