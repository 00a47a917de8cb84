//! The run's label, as it is written.

use super::super::shell_text::ShellText;
use super::super::unique_name::{NameKind, Suffix};
use super::super::{Place, Withheld};
use crate::symbol::Value;
use crate::trace::Act;

/// The key of the run's label.
pub(super) const KEY: &str = "berth.run";

/// The label of the job's run, as the texts of a job write it.
pub(super) struct Label {
    pub(super) suffix: Suffix,
}

impl Label {
    pub(super) fn of(place: &Place<'_>, with_job: bool) -> Result<Self, Withheld> {
        // A label's value is the name of a run: what a name would get, without a name before it.
        Ok(Self { suffix: Suffix::of(place, NameKind::Image, &Value::default(), with_job)? })
    }

    /// `berth.run=…`, as a word of this text.
    pub(super) fn word(&self, text: &ShellText) -> Result<String, Withheld> {
        let value = match text.is_workflow {
            true => self.suffix.expression.clone(),
            // A label needs a value at a desk as well: an empty one is that of no run.
            false => self.suffix.script(text).map(|_| "${GITHUB_RUN_ID:-local}".to_owned())?,
        };
        let value = value.trim_start_matches('-');
        Ok(if text.is_workflow { format!("{KEY}={value}") } else { format!("\"{KEY}={value}\"") })
    }

    /// The option that narrows a list to what carries it.
    pub(super) fn option(&self, text: &ShellText) -> Result<String, Withheld> {
        let word = self.word(text)?;
        Ok(match word.strip_prefix('"') {
            Some(rest) => format!(" --filter \"label={rest}"),
            None => format!(" --filter label={word}"),
        })
    }
}

/// Whether a call carries the label already.
pub(super) fn has_label(act: &Act) -> bool {
    let labels = match act.verb() {
        Some(crate::docker::Verb::Run(run) | crate::docker::Verb::Create(run)) => &run.labels,
        Some(crate::docker::Verb::Make(make)) => &make.labels,
        _ => return false,
    };
    labels.iter().any(|label| label.value.prefix().starts_with(&format!("{KEY}=")))
}
