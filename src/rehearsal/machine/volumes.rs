//! `docker volume rm`.

use super::answer::{Claim, Refusal};
use super::daemon::Machine;

impl Machine {
    /// Removes a volume that no container has, not even one that does not run.
    ///
    /// # Errors
    /// It is not there, or in use.
    pub fn remove_volume(&mut self, name: &str, force: bool) -> Result<(), Refusal> {
        let Some(volume) = self.volume(name).cloned() else {
            return if force { Ok(()) } else { Err(Refusal::daemon(format!("get {name}: no such volume"))) };
        };
        let users = self.users_of(name);
        if !users.is_empty() {
            self.refused(Claim::Removal, volume.object());
            let users = users.join(", ");
            return Err(Refusal::daemon(format!("remove {name}: volume is in use - [{users}]")));
        }
        self.drop_volume(name);
        Ok(())
    }
}
