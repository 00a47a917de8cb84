//! What is meant to stay.

use super::Model;
use crate::lifecycle::coverage::is_removed_again;
use crate::lifecycle::resources::{Kind, Resource};

impl Model<'_> {
    /// Whether a resource is meant to stay: it is deployed, belongs to what is, or is made only where it is not
    /// there yet. Never when the job removes it again.
    pub fn is_deploy(&self, resource: &Resource) -> bool {
        let meant = resource.ensured
            || self.is_brought_up_to_stay(resource)
            || self.runs_for_a_deploy(resource)
            || self.is_used_by_a_deploy(resource);
        meant && !is_removed_again(self.input, resource, self.removals)
    }

    /// Whether an act makes, or starts, something that is meant to stay.
    pub fn makes_deploy(&self, act: usize) -> bool {
        self.resources.iter().any(|resource| resource.acts.contains(&act) && self.is_deploy(resource))
    }

    /// Its step's names say so, or its restart policy with no test after it.
    fn is_brought_up_to_stay(&self, resource: &Resource) -> bool {
        let step = |act: usize| self.act(act).step;
        let last = step(resource.last());
        let tests = self.input.tests.get(last).copied().unwrap_or_default();
        let lasting = resource.restarts && !tests && !self.input.tests_after(last);
        let named = resource.acts.iter().any(|act| self.input.is_deploy(step(*act)));
        resource.detached.may_be() && (named || lasting)
    }

    /// A command in a container of the project (`compose run --rm app migrate`) in a job that deploys.
    fn runs_for_a_deploy(&self, resource: &Resource) -> bool {
        let step = self.act(resource.act).step;
        let runs = resource.kind == Kind::Project && resource.detached.is_no() && resource.is_run;
        let tests = self.input.tests.get(step).copied().unwrap_or_default();
        runs && (self.input.is_deploy(step) || !tests && self.resources.iter().any(|other| self.is_deployed(other)))
    }

    /// A network or volume of something that is deployed.
    fn is_used_by_a_deploy(&self, resource: &Resource) -> bool {
        let Some(name) = &resource.name else { return false };
        let uses =
            |other: &Resource| other.uses.iter().any(|(kind, used)| *kind == resource.kind && used.same(name).is_yes());
        matches!(resource.kind, Kind::Network | Kind::Volume)
            && self.resources.iter().any(|other| uses(other) && self.is_deployed(other))
    }

    /// Whether it is deployed for its own sake.
    fn is_deployed(&self, resource: &Resource) -> bool {
        matches!(resource.kind, Kind::Container | Kind::Project)
            && self.is_brought_up_to_stay(resource)
            && !is_removed_again(self.input, resource, self.removals)
    }
}
