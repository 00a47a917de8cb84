//! What rewrites write to start a container beside a job, and to stop it: for people who will have to keep it.

mod action;
mod ground;
mod helper;
mod lines;
mod shell;
mod sibling;

pub use ground::{Ground, is_own};
pub use sibling::{Export, Given, Piece, Sibling, variable};

use super::Withheld;
use super::step::NewStep;
use crate::config::Emit;

impl Ground {
    /// The step that starts a sibling.
    ///
    /// # Errors
    /// What this style cannot write.
    pub fn start(&self, sibling: &Sibling) -> Result<NewStep, Withheld> {
        let mut step = match self.emit {
            Emit::Helper => helper::start(self, sibling),
            Emit::Action => action::start(self, sibling)?,
            Emit::Auto | Emit::Shell => shell::start(self, sibling)?,
        };
        step.condition.clone_from(&self.gate);
        Ok(step)
    }

    /// The step that removes them.
    pub fn stop(&self, siblings: &[Sibling]) -> NewStep {
        let mut step = match self.emit {
            Emit::Helper => helper::stop(self, siblings),
            Emit::Action => action::stop(self, siblings),
            Emit::Auto | Emit::Shell => shell::stop(siblings),
        };
        step.condition = Some(match &self.gate {
            Some(gate) => format!("always() && ({})", bare(gate)),
            None => "always()".to_owned(),
        });
        step
    }

    /// The files that the steps need, by path from the root.
    pub fn files(&self) -> Vec<(String, String)> {
        if self.emit == Emit::Action { action::files(self) } else { Vec::new() }
    }
}

/// A condition without the `${{ }}` around it.
fn bare(condition: &str) -> &str {
    let inner = condition.trim().strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
    inner.filter(|inner| !inner.contains("${{")).unwrap_or(condition).trim()
}
