//! Which networks and volumes of a project its services use: compose makes no others, and `down` removes no others.

use std::collections::BTreeSet;

use crate::follow::compose::{EffectiveResource, EffectiveService};
use crate::symbol::Value;
use crate::workflow::MountKind;

/// The keys of what services use.
#[derive(Default)]
pub struct Used {
    networks: BTreeSet<String>,
    volumes: BTreeSet<String>,
    /// A mount's source is not known: it may be any volume.
    any_volume: bool,
}

impl Used {
    /// What these services use; `value` is what a text of theirs holds.
    pub fn by<'a>(services: impl Iterator<Item = &'a EffectiveService>, value: &dyn Fn(&str) -> Value) -> Self {
        let mut used = Self::default();
        for service in services {
            if service.networks.is_empty() {
                used.networks.insert("default".to_owned());
            }
            used.networks.extend(service.networks.iter().map(|network| network.value.name.value().to_owned()));
            let mounts = service.volumes.iter().map(|mount| &mount.value);
            let mounts = mounts.filter(|mount| matches!(mount.kind, MountKind::Volume | MountKind::Unknown));
            for source in mounts.filter_map(|mount| mount.source.as_ref()) {
                match value(source.value()).as_literal() {
                    Some(key) => {
                        used.volumes.insert(key.to_owned());
                    }
                    None => used.any_volume = true,
                }
            }
        }
        used
    }

    /// Whether a network is one of them.
    pub fn network(&self, network: &EffectiveResource) -> bool {
        self.networks.contains(network.key.value())
    }

    /// Whether a volume is one of them.
    pub fn volume(&self, volume: &EffectiveResource) -> bool {
        self.any_volume || self.volumes.contains(volume.key.value())
    }
}
