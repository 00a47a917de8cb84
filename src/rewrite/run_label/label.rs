//! The label as it is written.

use super::super::shell_text::ShellText;
use super::super::untrusted::id;
use super::super::{Place, Withheld};
use crate::lifecycle::run_suffix::{self, Allowed};

/// The key of the run's label.
pub const KEY: &str = "berth.run";

/// The label of the job's run, as the texts of a job write it.
pub struct Label {
    /// Its value in a workflow.
    expression: String,
    /// The job or the leg of its matrix is in it, which a script does not know.
    is_of_job: bool,
    /// What tells the legs of the job's matrix apart is in it: no other job knows that.
    pub is_of_a_leg: bool,
}

impl Label {
    /// Of the runs of a job; `with_job` where another job of the workflow gets one as well.
    ///
    /// # Errors
    /// When nothing tells its legs apart.
    pub fn of(place: &Place<'_>, with_job: bool) -> Result<Self, Withheld> {
        let job = &place.job.job;
        let mut expression = String::new();
        if with_job {
            id("the job", job.id.value())?;
            expression = format!("{}-", job.id.value());
        }
        expression.push_str("${{ github.run_id }}");
        let leg = job.matrix().map(|matrix| run_suffix::leg(matrix, place.analysed.forge, Allowed::Docker));
        let leg = leg.transpose().map_err(|none| Withheld::because(none.in_words()))?.unwrap_or_default();
        expression.push_str(&leg);
        Ok(Self { expression, is_of_job: with_job || !leg.is_empty(), is_of_a_leg: !leg.is_empty() })
    }

    /// `berth.run=…`, as a word of this text.
    ///
    /// # Errors
    /// When a script would have to know its job or leg.
    pub fn word(&self, text: &ShellText) -> Result<String, Withheld> {
        if text.is_workflow {
            return Ok(format!("{KEY}={}", self.expression));
        }
        if self.is_of_job {
            return Err(Withheld::because(format!(
                "the label needs the job or the matrix leg in it, and `{}` knows neither: have each job say it in a \
                 variable, which the script puts into the label",
                text.source.path()
            )));
        }
        text.takes_variables()?;
        // A label needs a value at a desk as well: an empty one is that of no run.
        Ok(format!("\"{KEY}=${{GITHUB_RUN_ID:-local}}\""))
    }

    /// The option that narrows a list to what carries it.
    ///
    /// # Errors
    /// As [`Self::word`].
    pub fn option(&self, text: &ShellText) -> Result<String, Withheld> {
        let word = self.word(text)?;
        Ok(match word.strip_prefix('"') {
            Some(rest) => format!(" --filter \"label={rest}"),
            None => format!(" --filter label={word}"),
        })
    }
}
