//! The volumes of a container.

use super::answer::{Refusal, What};
use super::daemon::Machine;
use super::dialect::Dialect;
use super::lookup::is_valid_name;
use super::maker::Maker;
use super::spec::Spec;
use super::state::{Container, Mounted, Volume};
use crate::docker::images::well_known;
use crate::symbol::Value;

/// What a current docker puts on volumes that it names itself.
const ANONYMOUS: &str = "com.docker.volume.anonymous";

impl Machine {
    /// Makes a volume, or finds the one of that name; none: docker names it. `made_for` is the container that it is
    /// for.
    ///
    /// # Errors
    /// The name is none.
    pub(super) fn make_volume(
        &mut self,
        name: Option<&str>,
        mut labels: Vec<(String, String)>,
        maker: Maker,
        made_for: &str,
    ) -> Result<String, Refusal> {
        let anonymous = name.is_none();
        let name = match name {
            Some(name) if is_valid_name(name) => name.to_owned(),
            Some(name) => {
                let rule = "only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host \
                            directory, use absolute path";
                let message =
                    format!("create {name}: \"{name}\" includes invalid characters for a local volume name, {rule}");
                return Err(Refusal::daemon(message));
            }
            None => self.new_id(),
        };
        if self.volume(&name).is_none() {
            if anonymous && self.dialect == Dialect::Current {
                labels.push((ANONYMOUS.to_owned(), String::new()));
            }
            let made_for = anonymous.then(|| made_for.to_owned());
            let volume = Volume { name: name.clone(), maker, labels, made_for };
            self.did(What::Made, volume.object());
            self.volumes.push(volume);
        }
        Ok(name)
    }

    /// Mounts what a container is to have: volumes are made now, not when it starts.
    ///
    /// # Errors
    /// A name is none, or a container to take volumes from is not there.
    pub(super) fn mount(&mut self, spec: &Spec, maker: Maker, container: &str) -> Result<Vec<Mounted>, Refusal> {
        let mut mounts: Vec<Mounted> = Vec::new();
        for other in &spec.volumes_from {
            let name = other.split(':').next().unwrap_or(other);
            mounts.extend(self.find_container(name)?.mounts.clone());
        }
        for wish in &spec.mounts {
            let (source, anonymous) = match (&wish.source, wish.is_volume) {
                (Some(path), false) => (path.clone(), false),
                (source, true) => {
                    (self.make_volume(source.as_deref(), Vec::new(), maker, container)?, source.is_none())
                }
                // Memory.
                (None, false) => {
                    mounts.retain(|mount| mount.target != wish.target);
                    continue;
                }
            };
            mounts.retain(|mount| mount.target != wish.target);
            mounts.push(Mounted { source, target: wish.target.clone(), is_volume: wish.is_volume, anonymous });
        }
        let image = well_known(&Value::literal(&*spec.image)).map(|(image, _)| image);
        for target in image.and_then(|image| image.volumes).unwrap_or_default() {
            let is_memory = spec.mounts.iter().any(|wish| wish.target == *target);
            if !is_memory && !mounts.iter().any(|mount| mount.target == *target) {
                let source = self.make_volume(None, Vec::new(), maker, container)?;
                let target = (*target).to_owned();
                mounts.push(Mounted { source, target, is_volume: true, anonymous: true });
            }
        }
        Ok(mounts)
    }

    /// The containers that have a volume, stopped ones included.
    pub(super) fn users_of(&self, volume: &str) -> Vec<String> {
        self.mounting.get(volume).cloned().unwrap_or_default()
    }

    /// A container has its volumes now.
    pub(super) fn has_mounted(&mut self, container: &Container) {
        for mount in container.mounts.iter().filter(|mount| mount.is_volume) {
            let users = self.mounting.entry(mount.source.clone()).or_default();
            if users.last() != Some(&container.id) {
                users.push(container.id.clone());
            }
        }
    }

    /// A container has its volumes no longer.
    pub(super) fn has_unmounted(&mut self, container: &Container) {
        for mount in container.mounts.iter().filter(|mount| mount.is_volume) {
            if let Some(users) = self.mounting.get_mut(&mount.source) {
                users.retain(|user| *user != container.id);
            }
        }
    }

    /// Takes a volume away.
    pub(super) fn drop_volume(&mut self, name: &str) {
        if let Some(volume) = self.volumes.remove(name) {
            self.did(What::Removed, volume.object());
        }
    }
}
