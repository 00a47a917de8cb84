//! A name that a variable of the job holds.

use super::super::Withheld;
use super::super::shell_text::ShellText;

/// Whether a name is one that a shell takes for nothing but itself, in any quotes: what a variable of a stranger's
/// holds may be code.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/:@".contains(c))
}

/// A variable of the job, and the name without the run that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobVariable {
    /// Its name.
    pub name: String,
    /// What stood where the variable stands now.
    pub literal: String,
    /// Its value, as the workflow writes it.
    pub whole: String,
    /// The job has not got it yet.
    pub is_new: bool,
}

impl JobVariable {
    /// As text of a script: at a desk, where nobody sets it, the name is what it was.
    ///
    /// # Errors
    /// When it stands in no shell script.
    pub fn in_script(&self, text: &ShellText) -> Result<String, Withheld> {
        text.takes_variables()?;
        Ok(self.with_default())
    }

    /// As a shell and compose read it, with the name that it was where nobody sets the variable.
    pub fn with_default(&self) -> String {
        format!("${{{}:-{}}}", self.name, self.literal)
    }
}
