//! What makes a name unique: the run and its attempt, in a matrix its values, and the job where two share a name.

use std::rc::Rc;

use super::super::shell_text::ShellText;
use super::super::untrusted::id;
use super::super::{Place, Withheld};
use super::NameKind;
use super::held::JobVariable;
use crate::facts::listed;
use crate::lifecycle::run_suffix::{self, Allowed, attempt};
use crate::runner::Forge;
use crate::symbol::{Dimensions, Value};
use crate::workflow::Matrix;

/// What is appended to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suffix {
    /// In a workflow.
    pub expression: String,
    /// In a script; nothing where a script cannot know it.
    script: Option<Vec<&'static str>>,
    /// The end of an image's name without a tag, or with `latest`: the run becomes its tag.
    untagged: Option<String>,
    /// The job's variable that holds the whole name.
    variable: Option<Rc<JobVariable>>,
    /// It has the job's id: other jobs of the run give theirs another end.
    pub tells_jobs_apart: bool,
}

/// The tag that an image without one has.
const LATEST: &str = ":latest";

impl Suffix {
    /// That of a name of this job. `shared` are the others of the run that make the same name.
    ///
    /// # Errors
    /// When the legs of a matrix cannot be told apart by values that may stand in a name.
    pub fn of(place: &Place<'_>, kind: NameKind, name: &Value, with_job: bool) -> Result<Self, Withheld> {
        let has = name.unique().dimensions;
        let mut expression = String::new();
        let mut script = Some(Vec::new());
        let mut tells_jobs_apart = false;
        if with_job && !has.has(Dimensions::JOB) {
            id("the job", place.job.job.id.value())?;
            let job = place.job.job.id.value();
            // Compose takes no capitals.
            let job = if kind == NameKind::Project { job.to_ascii_lowercase() } else { job.to_owned() };
            expression.push_str(&format!("-{job}"));
            script = None;
            tells_jobs_apart = true;
        }
        if !has.has(Dimensions::RUN) {
            expression.push_str("-${{ github.run_id }}");
            script.iter_mut().for_each(|script| script.push("RUN_ID"));
            if kind != NameKind::Image {
                expression.push('-');
                expression.push_str(attempt(&place.job.substrate));
                script.iter_mut().for_each(|script| script.push("RUN_ATTEMPT"));
            }
        }
        if let Some(matrix) = place.job.job.matrix().filter(|_| !has.has(Dimensions::LEG)) {
            let leg = leg(matrix, place.analysed.forge, kind)?;
            if !leg.is_empty() {
                expression.push_str(&leg);
                script = None;
            }
        }
        let untagged = (kind == NameKind::Image && !has.has(Dimensions::RUN)).then(|| untagged(name)).flatten();
        Ok(Self { expression, script, untagged, variable: None, tells_jobs_apart })
    }

    /// Whether it has what tells the legs of the job's matrix apart: no other job knows that, nor does the workflow's
    /// `env:`.
    pub fn is_of_a_leg(&self) -> bool {
        self.expression.contains("matrix.") || self.expression.contains("strategy.")
    }

    /// The same where a variable of the job holds the name with it.
    #[must_use]
    pub fn held_by(self, variable: JobVariable) -> Self {
        Self { variable: Some(Rc::new(variable)), ..self }
    }

    /// The same where each use says the whole name.
    #[must_use]
    pub fn written_out(self) -> Self {
        Self { variable: None, ..self }
    }

    /// The variable that holds the whole name.
    pub fn variable(&self) -> Option<&JobVariable> {
        self.variable.as_deref()
    }

    /// Whether it can follow a text that names the image: where it takes the place of a tag, the text must show it.
    pub fn fits(&self, before: &str) -> bool {
        self.untagged.as_ref().is_none_or(|name| before.ends_with(LATEST) || before.ends_with(name))
    }

    /// The suffix that leaves a tag as it is.
    #[must_use]
    pub fn behind_tags(self) -> Self {
        Self { untagged: None, ..self }
    }

    /// How long the tag is, at the end of a text, whose place it takes.
    pub fn replaces(&self, before: &str) -> usize {
        match &self.untagged {
            Some(_) if before.ends_with(LATEST) => LATEST.len(),
            _ => 0,
        }
    }

    /// In a workflow, behind a name.
    pub fn expression(&self) -> String {
        self.joined(&self.expression)
    }

    /// What it adds, in words.
    pub fn in_words(&self) -> String {
        let has = |text| self.expression.contains(text);
        let mut words = Vec::new();
        if !self.expression.is_empty() && !self.expression.starts_with("-${{") {
            words.push("the job's id");
        }
        if has("github.run_id") {
            words.push("the run's id");
        }
        if has("github.run_attempt") {
            words.push("attempt");
        }
        if has("matrix.") {
            words.push("the matrix values");
        } else if has("strategy.") {
            words.push("the number of the leg");
        }
        listed(&words, "and")
    }

    fn joined(&self, text: &str) -> String {
        match (&self.untagged, text.strip_prefix('-')) {
            (Some(_), Some(rest)) => format!(":{rest}"),
            _ => text.to_owned(),
        }
    }

    /// Whether the run becomes the tag, which the image has not got so far.
    pub fn is_the_tag(&self) -> bool {
        self.untagged.is_some()
    }

    /// As text of a compose file, which people read at their desks as well.
    pub fn in_compose(&self) -> Option<String> {
        let run = match &self.untagged {
            Some(_) => ":${GITHUB_RUN_ID:-latest}",
            None => "${GITHUB_RUN_ID:+-$GITHUB_RUN_ID}",
        };
        self.script.as_ref().filter(|names| names.as_slice() == ["RUN_ID"]).map(|_| run.to_owned())
    }

    /// As text of a script, in which the name stays as it was at somebody's desk.
    ///
    /// # Errors
    /// When a script cannot know it.
    pub fn script(&self, text: &ShellText) -> Result<String, Withheld> {
        let names = self.script.as_ref().ok_or_else(|| {
            Withheld::because(format!(
                "`{}` says the name, and a script does not know its job or matrix leg: have each job say the name in a \
                 variable, which the script reads with the old name as its default",
                text.source.path()
            ))
        })?;
        text.takes_variables()?;
        Ok(match names.as_slice() {
            [] => String::new(),
            [_run] if self.untagged.is_some() => ":${GITHUB_RUN_ID:-latest}".to_owned(),
            [_run] => "${GITHUB_RUN_ID:+-$GITHUB_RUN_ID}".to_owned(),
            // The workflow says `run_attempt || 1`, so that both say the same on a runner that counts none.
            _ => "${GITHUB_RUN_ID:+-$GITHUB_RUN_ID-${GITHUB_RUN_ATTEMPT:-1}}".to_owned(),
        })
    }
}

/// The last part of an image's name, when it has no tag but `latest`.
fn untagged(name: &Value) -> Option<String> {
    let name = name.as_literal().filter(|name| !name.contains('@'))?;
    let last = name.rsplit('/').next()?;
    let bare = last.strip_suffix(LATEST).unwrap_or(last);
    (!bare.is_empty() && !bare.contains(':')).then(|| bare.to_owned())
}

/// What tells the legs of a job's matrix apart, as the end of a name.
///
/// # Errors
/// When nothing that may stand in a name does.
pub fn legs_of(place: &Place<'_>, name: &Value) -> Result<String, Withheld> {
    let matrix = place.job.job.matrix().filter(|_| !name.unique().dimensions.has(Dimensions::LEG));
    matrix.map_or(Ok(String::new()), |matrix| leg(matrix, place.analysed.forge, NameKind::Container))
}

/// The matrix values that tell its legs apart.
fn leg(matrix: &Matrix, forge: Forge, kind: NameKind) -> Result<String, Withheld> {
    let allowed = if kind == NameKind::Project { Allowed::Compose } else { Allowed::Docker };
    run_suffix::leg(matrix, forge, allowed).map_err(|none| Withheld::because(none.in_words()))
}
