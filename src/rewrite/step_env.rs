//! Variables that steps of a job are given: what `${{ … }}` says goes into a script this way, and no other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Draft, NewValue, Withheld};
use crate::workflow::{Job, Step};

/// Variables by the step, its place in [`Job::steps`]. They are written together: two `env:` of one step would be none.
#[derive(Clone, Debug, Default)]
pub struct StepEnv {
    given: BTreeMap<usize, Vec<(String, String)>>,
}

impl StepEnv {
    /// Gives a step a variable, once.
    pub fn give(&mut self, step: usize, name: &str, value: &str) {
        let own = self.given.entry(step).or_default();
        if !own.iter().any(|(known, _)| known == name) {
            own.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Whether a step can be given a variable of this name: its `env:` is written as lines, and has none.
    pub fn takes(draft: &mut Draft<'_>, path: &Arc<str>, step: &Step, name: &str) -> bool {
        step.env.get(name).is_none() && step.env.node.is_none_or(|node| draft.takes_entries(path, node))
    }

    /// Writes them.
    ///
    /// # Errors
    /// When a step's `env:` cannot be edited.
    pub fn write(self, draft: &mut Draft<'_>, path: &Arc<str>, job: &Job) -> Result<(), Withheld> {
        for (step, given) in self.given {
            let Some(step) = job.steps.get(step) else { continue };
            let Some(node) = step.env.node else {
                let after = step.working_directory.as_ref().or(step.shell.as_ref()).or(step.condition.as_ref());
                let after = after.or(step.id.as_ref()).or(step.name.as_ref());
                let after = after.or(step.uses.as_ref()).or(step.run.as_ref()).map(|field| field.node);
                draft.insert_entry(path, step.node, after, "env", &NewValue::Map(given))?;
                continue;
            };
            let last = step.env.entries.iter().rfind(|var| !var.merged);
            let last = last.and_then(|var| var.value.as_ref()).map(|value| value.node);
            for (name, value) in given {
                draft.insert_entry(path, node, last, &name, &NewValue::Text(value))?;
            }
        }
        Ok(())
    }
}
