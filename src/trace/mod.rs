//! What a job does, command by command, in the order it does it.
//!
//! The interpreter walks a job's steps and what they call with symbolic values, and writes down an [`Act`] for every
//! command. Nothing is judged here: the lifecycle reads the trace.
//!
//! - Steps and their variables: `job`, `contexts`; the state of one shell: `scope`.
//! - Statements: `interpreter`, `branch` with `branch_arms` and `narrowing`, `repeat`, `control_flow`, `traps`.
//! - Words to values: `expand`, `fields`, `braces`, `pattern`, `arithmetic`, `brackets`.
//! - Commands: `command` (what is run, and how it stands: its [`Context`]), `builtin`, `redirect`, `say`, `piped`,
//!   `batches` (xargs), `ids`; `act` writes them down, `call` follows them into scripts and recipes.
//! - `world` is who answers what commands do: nobody in a trace, a paper daemon where a job is played.

mod act;
mod arithmetic;
#[cfg(all(test, unix))]
mod bash_tests;
mod batches;
mod braces;
mod brackets;
mod branch;
mod branch_arms;
mod builtin;
mod call;
mod checkout;
mod command;
mod contained;
pub mod contexts;
mod control_flow;
mod env_lines;
mod expand;
mod fed;
mod fields;
mod ids;
mod interpreter;
mod job;
mod lists;
mod narrowing;
mod pattern;
mod piped;
#[cfg(test)]
mod played_tests;
mod redirect;
mod repeat;
mod say;
mod scope;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod traps;
mod unknown_options;
pub mod world;

pub use job::{Setting, trace_job, walk_job};

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::command::{Arg, Xargs};
use crate::docker::{ActionCall, DockerCall, ProgramCall};
use crate::expr::Condition;
use crate::facts::Link;
use crate::shared::Shared;
use crate::source::{Location, Source};
use crate::symbol::{Value, Variables};

/// All that one job does.
#[derive(Clone, Debug)]
pub struct JobTrace {
    /// Its steps, those of local composite actions in place of the step that uses them.
    pub steps: Vec<StepTrace>,
    /// What they do, in order.
    pub acts: Vec<Act>,
    /// What command substitutions, loops and pipes read from, by [`crate::symbol::Opaque::source`].
    pub captures: BTreeMap<Arc<str>, Capture>,
    /// What steps handed on to all later ones through `$GITHUB_ENV`, as it is at the end.
    pub handed_on: Variables,
    /// Calls that could not be followed.
    pub unfollowed: Vec<Unfollowed>,
    /// Calls of files that the repository does not have, and their paths: something else may have put them there.
    pub absent: Vec<(Location, String)>,
    /// Texts that were written to files, in order.
    pub written: Vec<Written>,
    /// Tests (`[ … ]`, `case`) that hang on what only the run knows, by their file and where they begin in it: what
    /// they look at, as [`crate::symbol::Opaque::source`] has it; where that is no unknown text (`-f x`), their words.
    pub open_tests: BTreeMap<(Arc<str>, usize), BTreeSet<Arc<str>>>,
    /// Words before docker's image that nobody knows, and that can be options alone: their file and where they begin in
    /// it.
    pub unknown_options: BTreeSet<(Arc<str>, usize)>,
    /// Where a script or a function may end well before its last line, in order.
    pub early_ends: Vec<EarlyEnd>,
}

/// An `exit 0` or a `return 0` that may come, and passes over what stands behind it.
#[derive(Clone, Debug)]
pub struct EarlyEnd {
    /// How many acts came before.
    pub after: usize,
    /// The step, in [`JobTrace::steps`].
    step: usize,
    /// The shell process, and the calls that led to it.
    process: usize,
    chain: Shared<Vec<Link>>,
    /// The shell functions that it stands in; none for `exit`, which leaves them all.
    functions: Shared<Vec<String>>,
    /// The branches that it stands in, outermost first.
    branches: Shared<Vec<Arc<Branch>>>,
}

impl EarlyEnd {
    /// Whether an act, if it comes before, has run wherever the script ends here.
    pub fn comes_after(&self, act: &Act) -> bool {
        let same =
            |one: &Branch, other: &Branch| (one.of, one.arm, one.in_loop) == (other.of, other.arm, other.in_loop);
        let is_own = |branch: &Arc<Branch>| self.branches.iter().any(|own| same(own, branch));
        act.step == self.step && act.context.branches.iter().all(is_own)
    }

    /// Whether an act, if it comes later, is passed over by it.
    pub fn passes_over(&self, act: &Act) -> bool {
        let is_within = |outer: &[String], inner: &[String]| inner.starts_with(outer);
        // What it calls later, or hands to another shell.
        let is_below = act.context.process > self.process && act.chain.starts_with(&self.chain);
        let is_there = act.context.process == self.process && is_within(&self.functions, &act.context.functions);
        act.step == self.step && (is_there || is_below)
    }
}

/// A text that a command wrote to a file: `echo A=1 >> .env`, `cat > .env <<EOF`.
#[derive(Clone, Debug)]
pub struct Written {
    /// How many acts came before.
    pub after: usize,
    /// The file.
    pub path: Value,
    /// Where the path is seen from.
    pub directory: crate::follow::Directory,
    /// The text.
    pub text: Value,
    /// It may be passed over.
    pub conditional: bool,
    /// Where it happens.
    pub target: Target,
}

/// What programs that take away what was made are called, or told.
pub const TAKES_AWAY: [&str; 7] = ["clean", "teardown", "remove", "uninstall", "destroy", "down", "stop"];

/// One step that runs.
#[derive(Clone, Debug)]
pub struct StepTrace {
    /// The job's own step (0-based) it is, or is part of.
    pub index: usize,
    /// Its `name:`.
    pub name: Option<String>,
    /// Its `id:`.
    pub id: Option<String>,
    /// All conditions it runs under, from the job's step inwards.
    pub conditions: Vec<Condition>,
    /// Its `if:`'s value, else the step itself.
    pub condition_at: Location,
    /// The whole step.
    pub at: Location,
    /// Its `run:` text, when it has one that is shell.
    pub run: Option<String>,
    /// `continue-on-error: true`
    pub continue_on_error: bool,
    /// Its variables as the step begins: every layer resolved.
    pub env: Shared<Variables>,
}

/// Where a command takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// On the job's own machine and daemon.
    #[default]
    Here,
    /// On another machine, or another daemon.
    Elsewhere,
    /// Inside a container (`docker exec`).
    Container,
    /// Nobody can tell.
    Unknown,
}

/// One command of a job.
#[derive(Clone, Debug)]
pub struct Act {
    /// What it does.
    pub kind: ActKind,
    /// The step, in [`JobTrace::steps`].
    pub step: usize,
    /// The command's text: its first line is where a finding stands.
    pub at: Location,
    /// Which bytes of which file its arguments' spans mean.
    pub frame: Frame,
    /// The command as written, shortened to one line.
    pub text: String,
    /// The calls that led to it; empty in the workflow's own text.
    pub chain: Shared<Vec<Link>>,
    /// The call that says what docker is to do, where the command is a helper's that hands its arguments on:
    /// `compose down` calls `compose() { docker compose -p shop "$@"; }`.
    pub called: Option<Arc<HelperCall>>,
    /// How it stands in its script.
    pub context: Context,
    /// What is set for it: the shell's variables that its environment has, `A=b` before it included.
    pub env: Shared<Variables>,
    /// Where it runs.
    pub directory: crate::follow::Directory,
}

impl Act {
    /// Where what it does is asked for: at the call of a helper that hands its arguments on, else at the command
    /// itself.
    pub fn called_at(&self) -> &Location {
        self.called.as_ref().map_or(&self.at, |call| &call.at)
    }

    /// The calls that led there.
    pub fn called_chain(&self) -> &[Link] {
        self.called.as_ref().map_or(&self.chain, |call| &call.chain)
    }

    /// The text that stands there.
    pub fn called_text(&self) -> &str {
        self.called.as_ref().map_or(&self.text, |call| &call.text)
    }
}

/// A call of a helper that hands its arguments on to docker.
#[derive(Clone, Debug)]
pub struct HelperCall {
    /// The call.
    pub at: Location,
    /// As written, shortened to one line.
    pub text: String,
    /// The calls that led to it.
    pub chain: Shared<Vec<Link>>,
}

/// The text that spans of [`Arg`] are bytes of.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The file.
    pub source: Source,
    /// The script's text in it.
    pub text: crate::source::Text,
}

impl Frame {
    /// The file's bytes of a range of the text.
    pub fn location(&self, range: std::ops::Range<usize>) -> Location {
        self.source.location(self.text.span(range))
    }
}

/// What a command does.
#[derive(Clone, Debug)]
pub enum ActKind {
    /// A call of docker, or of a client like it.
    Docker(Box<DockerCall>),
    /// A program that starts containers (kind, k3d, supabase …).
    Program(Box<ProgramCall>),
    /// A `uses:` step that calls docker (build-push-action, compose actions).
    Action(Box<ActionCall>),
    /// A `uses:` step of anything else.
    Uses {
        /// The action.
        name: String,
    },
    /// Any other command.
    Command {
        /// Its name, path taken off.
        program: String,
        /// Its arguments.
        argv: Vec<Arg>,
        /// Wrapped in nohup, or started under `trap '' HUP`.
        nohup: bool,
        /// Wrapped in setsid.
        setsid: bool,
    },
}

/// How a command stands in its script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// It goes on in the background (`&`).
    pub background: bool,
    /// It stands in `$( … )` or `<( … )`: it gives another command its words, and no `&` of its own leaves it behind.
    pub substituted: bool,
    /// It may be passed over: a branch, the right of `&&` or `||`, a loop that may run no times.
    pub conditional: bool,
    /// Its failure ends nothing: `|| true`, a tested condition, `set +e`, a `-` in a recipe, not the
    /// last of a pipe without pipefail.
    pub tolerated: bool,
    /// That is written on purpose, and what comes behind runs all the same: `|| echo old`, `if` without an arm that
    /// fails.
    pub forgiven: bool,
    /// It stands left of `&&`, where `set -e` passes over its failure.
    pub before_and: bool,
    /// It runs only when a variable or a listing was found not empty (`[ -n "$x" ]`, a loop over it).
    pub guarded: bool,
    /// It stands in a loop.
    pub in_loop: bool,
    /// It is one command of a loop in the background: `$!` is the loop's pid, and who ends that leaves it running.
    pub looped: bool,
    /// That loop may run it again when it ends.
    pub restarted: bool,
    /// The branches it stands in, outermost first.
    pub branches: Shared<Vec<Arc<Branch>>>,
    /// It stands in a trap: where the trap is set, and its signals.
    pub trap: Option<Arc<Trap>>,
    /// `set -e` holds (GitHub's and Gitea's default shell sets it).
    pub errexit: bool,
    /// `set -u` holds.
    pub nounset: bool,
    /// `set -o pipefail` holds.
    pub pipefail: bool,
    /// Where it takes effect.
    pub target: Target,
    /// What it reads through a pipe: the commands before it.
    pub stdin: Option<Arc<Capture>>,
    /// Its arguments from standard input, through xargs.
    pub xargs: Option<Xargs>,
    /// Which script of the job it is in: equal for commands of one shell process.
    pub process: usize,
    /// The shell functions it stands in, outermost first.
    pub functions: Shared<Vec<String>>,
    /// Its file gets the output (`> f`), by name.
    pub output: Option<Value>,
}

/// A branch that a command stands in: an arm of `if` or `case`, a side of `||`, or of `&&` behind a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The statement: equal for all its arms.
    pub of: usize,
    /// Which arm, from 0.
    pub arm: usize,
    /// How many arms there are of which one is taken; 0 when it may be none.
    pub arms: usize,
    /// What is asked.
    pub question: Question,
    /// As written.
    pub written: String,
    /// The acts that asking is, in [`JobTrace::acts`].
    pub asked: Range<usize>,
    /// What is asked about is there, or holds, on this side.
    pub on_yes: bool,
    /// It ends the script with a failure.
    pub fails: bool,
    /// The statement stands in a loop.
    pub in_loop: bool,
}

/// What decides a [`Branch`].
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Whether the program, or a file, is there at all.
    Present,
    /// These values, compared or looked at.
    Values(Vec<Value>),
    /// What a command comes to.
    Command,
}

/// A `trap`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trap {
    /// The command that sets it.
    pub at: Location,
    /// `EXIT`, `INT`, `TERM` …
    pub signals: Vec<String>,
    /// How many acts came before it was set.
    pub set_after: usize,
    /// How many acts came before it was taken back (`trap - EXIT`), or gave way to another one or to `exec`: it
    /// runs for what ends the script before that.
    pub until: Option<usize>,
}

impl Trap {
    /// It runs when the script ends by itself, if it is still set then.
    pub fn is_on_exit(&self) -> bool {
        self.signals.iter().any(|signal| matches!(signal.trim_start_matches("SIG"), "EXIT" | "0"))
    }

    /// It runs whenever the script ends by itself.
    pub fn stays_set(&self) -> bool {
        self.is_on_exit() && self.until.is_none()
    }

    /// Whether it is set while the act at this index runs. What comes directly before it counts: an id must be there
    /// before a trap can name it.
    pub fn guards(&self, act: usize) -> bool {
        self.set_after <= act + 1 && self.until.is_none_or(|until| act < until)
    }
}

/// Where text comes from: `docker ps -q | grep x`.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The commands of the pipe, in order.
    pub stages: Vec<Stage>,
    /// Where it is written, the first time.
    pub at: Location,
    /// Where the same is written again.
    pub again: Vec<Location>,
    /// It is the ids of the containers that these acts (indices in [`JobTrace::acts`]) made.
    pub made_by: Vec<usize>,
}

impl Capture {
    /// What is written at a place, and so far nowhere else.
    pub fn new(stages: Vec<Stage>, at: Location, made_by: Vec<usize>) -> Self {
        Self { stages, at, again: Vec::new(), made_by }
    }

    /// Where a command that stands there has it from: the nearest place above it in its file.
    pub fn nearest(&self, user: &Location) -> &Location {
        let places = std::iter::once(&self.at).chain(&self.again);
        let above = places.filter(|at| at.path == user.path && at.span.start <= user.span.start);
        above.max_by_key(|at| at.span.start).unwrap_or(&self.at)
    }
}

/// One command of a [`Capture`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name.
    pub program: String,
    /// Its arguments.
    pub argv: Vec<Arg>,
    /// The call, if it is docker's.
    pub call: Option<Box<DockerCall>>,
    /// The listings that are printed into the same pipe before it: `{ docker ps -q …; docker ps -q …; } | sort -u`.
    pub beside: Vec<Beside>,
}

/// A listing whose output stands before another's in one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The commands of its pipe, in order.
    pub stages: Vec<Stage>,
    /// Where it is written.
    pub at: Location,
}

impl Stage {
    /// A command that nothing prints beside.
    pub fn new(program: impl Into<String>, argv: Vec<Arg>, call: Option<Box<DockerCall>>) -> Self {
        Self { program: program.into(), argv, call, beside: Vec::new() }
    }

    /// Whether it lists things of docker's.
    pub fn lists(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.verb.lists())
    }
}

/// A call that could not be followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfollowed {
    /// The call.
    pub at: Location,
    /// As written, shortened.
    pub what: String,
    /// Why not.
    pub why: String,
    /// The step, in [`JobTrace::steps`].
    pub step: usize,
    /// What kind of thing it is.
    pub kind: UnfollowedKind,
}

/// What kind of thing could not be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfollowedKind {
    /// It may be about the job: a script of another repository, text that only the run has.
    Call,
    /// It comes from the network (`curl URL | sh`): an installer, which may make things, but knows none of the job's.
    Fetched,
    /// A limit of the reader was reached: what is there is a script, and part of it was not read.
    Limit,
    /// A step behind one in which that limit was reached: it is not told again.
    BehindLimit,
}

impl Unfollowed {
    /// Whether it may remove what the job has made.
    pub fn may_know_the_job(&self) -> bool {
        self.kind != UnfollowedKind::Fetched
    }
}

impl JobTrace {
    /// Whether the job calls something that could not be followed, or is not there to be read.
    pub fn has_unread(&self) -> bool {
        !self.unfollowed.is_empty() || !self.absent.is_empty()
    }

    /// Where the value of an argument was read from, if it is nothing but one captured text.
    pub fn capture(&self, value: &Value) -> Option<&Capture> {
        match value.parts() {
            [crate::symbol::Part::Opaque(opaque)] => self.captures.get(&opaque.source),
            _ => None,
        }
    }

    /// The acts that print the ids of what they make, where a value is the id of one of these: an `if` may start the
    /// one or the other, or none of them, and then the variable names nothing.
    pub fn makers_of(&self, value: &Value) -> Option<Vec<usize>> {
        let made_by = |value: &Value| {
            let made_by = &self.capture(value)?.made_by;
            (!made_by.is_empty()).then(|| made_by.clone())
        };
        match value.parts() {
            [crate::symbol::Part::OneOf(several)] => {
                let named: Vec<&Value> = several.iter().filter(|value| !self.names_nothing(value)).collect();
                let makers: Option<Vec<Vec<usize>>> = named.into_iter().map(made_by).collect();
                makers.map(|makers| makers.concat()).filter(|makers| !makers.is_empty())
            }
            _ => made_by(value),
        }
    }

    /// Whether a value is empty, or a variable of the job's own where no step has set it: one that a step hands on.
    fn names_nothing(&self, value: &Value) -> bool {
        match value.parts() {
            [crate::symbol::Part::Opaque(opaque)] => {
                opaque.source.strip_prefix('$').is_some_and(|name| self.handed_on.get(name).is_some())
            }
            _ => value.as_literal() == Some(""),
        }
    }

    /// The acts of a step, in [`JobTrace::acts`]: they stand in the order of their steps.
    pub fn acts_of(&self, step: usize) -> std::ops::Range<usize> {
        let from = self.acts.partition_point(|act| act.step < step);
        from..from + self.acts[from..].partition_point(|act| act.step == step)
    }
}
