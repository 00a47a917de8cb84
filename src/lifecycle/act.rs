//! Acts, read as calls of docker.

use crate::docker::{ActionVerb, Call, Verb};
use crate::trace::{Act, ActKind, Target};
use crate::truth::Truth;

/// What an act asks docker for, be it a command or an action.
pub fn verb(act: &Act) -> Option<&Verb> {
    match &act.kind {
        ActKind::Docker(call) => Some(&call.verb),
        ActKind::Action(call) => match &call.verb {
            ActionVerb::Docker(verb) => Some(verb),
            ActionVerb::Cluster { .. } | ActionVerb::Container { .. } => None,
        },
        ActKind::Program(_) | ActKind::Uses { .. } | ActKind::Command { .. } => None,
    }
}

/// The call, when the act is a command.
pub fn call(act: &Act) -> Option<&Call> {
    match &act.kind {
        ActKind::Docker(call) => Some(call),
        _ => None,
    }
}

/// Where an act takes effect.
pub fn target(act: &Act) -> Target {
    let away = call(act).map_or(Truth::No, |call| call.away);
    match (act.context.target, away) {
        (Target::Here, Truth::Yes) => Target::Elsewhere,
        (Target::Here, Truth::Unknown) => Target::Unknown,
        (target, _) => target,
    }
}

/// Whether its failure ends its script.
pub fn may_end_script(act: &Act) -> bool {
    act.context.errexit && !act.context.tolerated && !act.context.background && !never_fails(act)
}

/// Commands that do not fail for what concerns a job.
fn never_fails(act: &Act) -> bool {
    match &act.kind {
        ActKind::Command { program, .. } => matches!(
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
        ),
        ActKind::Uses { .. } => false,
        _ => false,
    }
}
