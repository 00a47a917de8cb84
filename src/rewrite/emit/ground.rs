//! Where siblings are started, and how the steps are written there.

use crate::config::Emit;
use crate::runner::Forge;

/// Where siblings are started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// How it is written: helper, shell or action.
    pub emit: Emit,
    /// The network they go to; none is Docker's own bridge.
    pub network: Option<String>,
    /// The network is the job's own, on which `berth-run` puts them by itself.
    pub is_own_network: bool,
    /// The expressions that tell a matrix's legs apart.
    pub matrix: Vec<String>,
    /// The condition their users share.
    pub gate: Option<String>,
    /// Whose folder local actions go to.
    pub forge: Forge,
    /// One run may call the job's workflow several times at once: run, attempt and job are the same in all calls.
    pub called_at_once: bool,
}

impl Ground {
    /// What tells a matrix's legs apart in names.
    pub(super) fn leg(&self) -> Option<String> {
        let keys: Vec<String> = self.matrix.iter().map(|key| format!("${{{{ {key} }}}}")).collect();
        (!keys.is_empty()).then(|| keys.join("-"))
    }
}

/// Whether the steps themselves use a variable of that name.
pub fn is_own(name: &str) -> bool {
    ["IMAGE", "LEG", "host", "name", "end"].contains(&name)
}
