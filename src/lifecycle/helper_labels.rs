//! Things that carry the labels which `berth-run labels` prints: `berth-run down` knows them for the job's own, and
//! a guard removes them when the job ends.

use crate::command::BerthRun;
use crate::docker::Verb;
use crate::symbol::Part;
use crate::trace::{Act, JobTrace};

/// What the labels of a container, network or volume say to the helper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HelperLabels {
    /// It has none of the helper's.
    #[default]
    None,
    /// `down` removes it.
    Own,
    /// A guard does as well, when the job ends.
    Guarded,
}

impl HelperLabels {
    /// Those that an act gives what it makes.
    pub fn of(trace: &JobTrace, index: usize) -> Self {
        let Some(act) = trace.acts.get(index) else { return Self::None };
        let files = match act.verb() {
            Some(Verb::Run(run) | Verb::Create(run)) => run.label_files.as_slice(),
            Some(Verb::Make(_)) => &[],
            _ => return Self::None,
        };
        let file = files.iter().filter_map(|file| match file.value.parts() {
            [Part::Opaque(opaque)] => Some(opaque.source.as_ref()),
            _ => None,
        });
        // `docker run $(berth-run labels --format args) …`: a word that may hold any options.
        let unsure = act.call().map(|call| call.options.unsure.as_slice()).unwrap_or_default();
        let words = unsure.iter().filter_map(|word| act.frame.text.value().get(word.clone()));
        let labels = file.chain(words).map(asked_for).max().unwrap_or_default();
        // The guard of the job's first `up` takes all that carries the job's labels.
        match labels {
            Self::Own if trace.acts[..index].iter().any(|earlier| starts_guard(trace, earlier, act)) => Self::Guarded,
            labels => labels,
        }
    }
}

/// What `$(berth-run labels --guard)` asks for.
fn asked_for(source: &str) -> HelperLabels {
    match BerthRun::read(source).filter(|call| call.verb == "labels") {
        Some(call) if call.words.contains(&"--guard") => HelperLabels::Guarded,
        Some(_) => HelperLabels::Own,
        None => HelperLabels::None,
    }
}

/// Whether an `up` has started a guard by the time of another act: it runs wherever that does.
fn starts_guard(trace: &JobTrace, up: &Act, act: &Act) -> bool {
    let always = up.step == act.step || trace.steps.get(up.step).is_some_and(|step| step.conditions.is_empty());
    let starts = up.helper_call("up").is_some_and(|args| args.iter().all(|arg| !arg.is("--no-guard")));
    starts && always && !up.context.conditional
}

/// The acts of which a `berth-run down` takes what they have made: all that carries the helper's labels by then.
pub fn taken_by_down(trace: &JobTrace, down: usize) -> Vec<usize> {
    (0..down).filter(|index| HelperLabels::of(trace, *index) > HelperLabels::None).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helpers_labels_are_known_by_its_call() {
        assert_eq!(asked_for("$(berth-run labels)"), HelperLabels::Own);
        assert_eq!(asked_for("$(berth-run labels --ttl 2h --guard)"), HelperLabels::Guarded);
        assert_eq!(asked_for("$(berth-run name labels)"), HelperLabels::None);
        assert_eq!(asked_for("$LABELS"), HelperLabels::None);
    }
}
