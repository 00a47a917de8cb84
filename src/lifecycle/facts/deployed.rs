//! What is meant to stay.

use std::collections::HashMap;

use super::model::Model;
use crate::command::test_runner;
use crate::lifecycle::coverage::is_removed_again;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::trace::Act;

impl Model<'_> {
    /// Whether a resource is meant to stay: it is deployed, belongs to what is, or is made only where it is not
    /// there yet. Never when the job removes it again.
    pub fn is_deploy(&self, resource: &Resource) -> bool {
        let number = self
            .input
            .meets
            .made_by(resource.act)
            .find(|index| std::ptr::eq(&raw const self.resources[*index], resource));
        match number.and_then(|number| self.stays.known.get(number)) {
            Some(known) => *known.get_or_init(|| self.is_meant_to_stay(resource)),
            None => self.is_meant_to_stay(resource),
        }
    }

    /// Whether an act makes, or starts, something that is meant to stay.
    pub fn makes_deploy(&self, act: usize) -> bool {
        self.made_by(act).any(|resource| self.is_deploy(resource))
    }

    /// The same, but for a command of a deployment that is gone when it ends.
    pub fn leaves_deploy(&self, act: usize) -> bool {
        self.made_by(act).any(|resource| !resource.detached.is_no() && self.is_deploy(resource))
    }

    fn is_meant_to_stay(&self, resource: &Resource) -> bool {
        let meant = resource.ensured
            || self.is_brought_up_to_stay(resource)
            || self.runs_for_a_deploy(resource)
            || self.is_used_by_a_deploy(resource);
        meant && !is_removed_again(self.input, resource)
    }

    /// Its step's names say so, or its restart policy with no test after it.
    fn is_brought_up_to_stay(&self, resource: &Resource) -> bool {
        let step = |act: usize| self.act(act).step;
        let last = step(resource.last());
        let tests = (self.input.is_test)(last);
        let lasting = resource.restarts && !tests && !self.input.tests_after(last) && !self.is_tested(resource.last());
        let named = resource.acts.iter().any(|act| self.input.is_deploy(step(*act)));
        resource.detached.may_be() && (named || lasting)
    }

    /// Whether what an act brings up is brought up for tests, as far as scripts say it: they go on with a test runner, or
    /// the act stands in one that is called after tests.
    fn is_tested(&self, act: usize) -> bool {
        let own = self.act(act).frame.source.path();
        let is_script = *own != *self.input.source.path();
        is_script && is_test_script(own) || self.last_test().is_some_and(|last| act < last)
    }

    /// The last act that is a test runner's.
    fn last_test(&self) -> Option<usize> {
        let runs_tests = |act: &Act| test_runner::runs_tests(&act.text.split_whitespace().collect::<Vec<_>>());
        *self.stays.last_test.get_or_init(|| self.input.trace.acts.iter().rposition(runs_tests))
    }

    /// A command in a container of the project (`compose run --rm app migrate`), or in one of its own
    /// (`docker run --rm -p 80:80 certbot/certbot certonly`), in a job that deploys.
    fn runs_for_a_deploy(&self, resource: &Resource) -> bool {
        let step = self.act(resource.act).step;
        let is_command = match resource.kind {
            ResourceKind::Project => resource.is_run,
            ResourceKind::Container => resource.rm.is_yes() && !is_test_image(resource),
            _ => false,
        };
        let runs = is_command && resource.detached.is_no();
        let tests = (self.input.is_test)(step);
        let deploys = || *self.stays.deploys.get_or_init(|| self.resources.iter().any(|other| self.is_deployed(other)));
        runs && (self.input.is_deploy(step) || !tests && deploys())
    }

    /// A network or volume of something that is deployed.
    fn is_used_by_a_deploy(&self, resource: &Resource) -> bool {
        if !matches!(resource.kind, ResourceKind::Network | ResourceKind::Volume) {
            return false;
        }
        let Some(name) = &resource.name else { return false };
        let read = || {
            let mut users: HashMap<(ResourceKind, String), Vec<usize>> = HashMap::new();
            for (index, user) in self.resources.iter().enumerate() {
                for (kind, used) in &user.uses {
                    users.entry((*kind, used.to_string())).or_default().push(index);
                }
            }
            users
        };
        let users = self.stays.users.get_or_init(read).get(&(resource.kind, name.to_string()));
        let uses =
            |other: &Resource| other.uses.iter().any(|(kind, used)| *kind == resource.kind && used.same(name).is_yes());
        users
            .into_iter()
            .flatten()
            .any(|index| uses(&self.resources[*index]) && self.is_deployed(&self.resources[*index]))
    }

    /// Whether it is deployed for its own sake.
    fn is_deployed(&self, resource: &Resource) -> bool {
        matches!(resource.kind, ResourceKind::Container | ResourceKind::Project)
            && self.is_brought_up_to_stay(resource)
            && !is_removed_again(self.input, resource)
    }
}

/// Whether a script's name, or that of its folder, says that it tests. `ci/` says nothing: deploys stand there as well.
fn is_test_script(path: &str) -> bool {
    let last = path.rsplit('/').take(2);
    let mut words = last.flat_map(|part| part.split(|c: char| !c.is_ascii_alphanumeric()));
    words.any(|word| TESTS.contains(&&*word.to_ascii_lowercase()) || word.eq_ignore_ascii_case("integration"))
}

/// Words of names of what tests.
const TESTS: [&str; 5] = ["test", "tests", "e2e", "smoke", "playwright"];

/// Whether a container's image says that it tests: it asks what is deployed, and is none of it.
fn is_test_image(resource: &Resource) -> bool {
    let image = resource.image.as_ref().map(|image| image.prefix().to_ascii_lowercase()).unwrap_or_default();
    image.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| TESTS.contains(&word))
}
