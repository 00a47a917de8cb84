//! Containers that carry the labels which `berth-run labels` prints: `berth-run down` knows them for the job's own, and
//! a guard removes them when the job ends.

use crate::docker::{Run, Verb};
use crate::symbol::{Part, Value};
use crate::trace::{Act, JobTrace};

/// What the labels of a container say to the helper.
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
    /// Those that an act gives the container that it makes.
    pub fn of(trace: &JobTrace, index: usize, run: &Run) -> Self {
        let labels = run.label_files.iter().map(|file| asked_for(&file.value)).max().unwrap_or_default();
        // The guard of the job's first `up` takes all that carries the job's labels.
        match labels {
            Self::Own if trace.acts[..index].iter().any(starts_guard) => Self::Guarded,
            labels => labels,
        }
    }
}

/// `--label-file "$(berth-run labels --guard)"`.
fn asked_for(file: &Value) -> HelperLabels {
    let [Part::Opaque(opaque)] = file.parts() else { return HelperLabels::None };
    let command = opaque.source.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    let mut words = command.unwrap_or_default().split_whitespace();
    match (words.next(), words.next()) {
        (Some("berth-run"), Some("labels")) if words.any(|word| word == "--guard") => HelperLabels::Guarded,
        (Some("berth-run"), Some("labels")) => HelperLabels::Own,
        _ => HelperLabels::None,
    }
}

fn starts_guard(act: &Act) -> bool {
    act.helper_call("up").is_some_and(|args| args.iter().all(|arg| !arg.is("--no-guard")))
}

/// The acts whose containers a `berth-run down` takes: all that carry the helper's labels by then.
pub fn taken_by_down(trace: &JobTrace, down: usize) -> Vec<usize> {
    let carries = |index: &usize| match trace.acts[*index].verb() {
        Some(Verb::Run(run) | Verb::Create(run)) => HelperLabels::of(trace, *index, run) > HelperLabels::None,
        _ => false,
    };
    (0..down).filter(carries).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helpers_labels_are_known_by_its_call() {
        let asked = |source: &str| asked_for(&Value::unknown(source));
        assert_eq!(asked("$(berth-run labels)"), HelperLabels::Own);
        assert_eq!(asked("$(berth-run labels --ttl 2h --guard)"), HelperLabels::Guarded);
        assert_eq!(asked("$(berth-run name labels)"), HelperLabels::None);
        assert_eq!(asked("$LABELS"), HelperLabels::None);
        assert_eq!(asked_for(&Value::literal("ci.labels")), HelperLabels::None);
    }
}
