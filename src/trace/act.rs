//! Acts, read as calls of docker.

use super::{Act, ActKind, Target};
use crate::command::Arg;
use crate::docker::{ActionVerb, DockerCall, Verb};
use crate::source::Location;
use crate::truth::Truth;

impl Act {
    /// What it asks docker for, be it a command or an action.
    pub fn verb(&self) -> Option<&Verb> {
        match &self.kind {
            ActKind::Docker(call) => Some(&call.verb),
            ActKind::Action(call) => match &call.verb {
                ActionVerb::Docker(verb) => Some(verb),
                ActionVerb::Cluster { .. } | ActionVerb::Container { .. } => None,
            },
            ActKind::Program(_) | ActKind::Uses { .. } | ActKind::Command { .. } => None,
        }
    }

    /// The call, when it is a command.
    pub fn call(&self) -> Option<&DockerCall> {
        match &self.kind {
            ActKind::Docker(call) => Some(call),
            _ => None,
        }
    }

    /// The words behind `berth-run`, when it is called.
    pub fn helper(&self) -> Option<&[Arg]> {
        match &self.kind {
            ActKind::Command { program, argv, .. } if program == "berth-run" => Some(argv),
            _ => None,
        }
    }

    /// The arguments of a call of `berth-run VERB`, when it is one.
    pub fn helper_call(&self, verb: &str) -> Option<&[Arg]> {
        let (first, rest) = self.helper()?.split_first()?;
        first.is(verb).then_some(rest)
    }

    /// Where it takes effect.
    pub fn target(&self) -> Target {
        let away = self.call().map_or(Truth::No, |call| call.away);
        match (self.context.target, away) {
            (Target::Here, Truth::Yes) => Target::Elsewhere,
            (Target::Here, Truth::Unknown) => Target::Unknown,
            (target, _) => target,
        }
    }

    /// Whether its failure ends its script.
    pub fn may_end_script(&self) -> bool {
        self.context.errexit && !self.context.tolerated && !self.context.background && !self.never_fails()
    }

    /// Where one of its arguments is written.
    pub fn location_of(&self, arg: &Arg) -> Location {
        self.frame.location(arg.span.clone())
    }

    /// Commands that do not fail for what concerns a job.
    fn never_fails(&self) -> bool {
        let ActKind::Command { program, .. } = &self.kind else { return false };
        matches!(
            program.as_str(),
            "echo"
                | "printf"
                | ":"
                | "true"
                | "export"
                | "set"
                | "sleep"
                | "date"
                | "trap"
                | "unset"
                | "local"
                | "shift"
        )
    }
}
