//! `docker … prune`.

use super::answer::{Refusal, Reply};
use super::daemon::Machine;
use crate::docker::{ObjectKind, Prune};

impl Machine {
    /// What prune takes; without `-f` only when it is told to go on.
    pub(super) fn prune(&mut self, prune: &Prune, input: Option<&str>) -> Reply {
        let mut reply = Reply::default();
        let says_yes = input.is_some_and(|input| input.trim_start().to_lowercase().starts_with('y'));
        if !prune.force.is_yes() && !says_yes {
            reply.line("Are you sure you want to continue? [y/N]");
            return reply;
        }
        match self.pruned(prune) {
            Ok(lines) => reply.output.push_str(&lines),
            Err(refusal) => reply.fail(&refusal),
        }
        reply
    }

    fn pruned(&mut self, prune: &Prune) -> Result<String, Refusal> {
        let filters = self.prune_filters(&prune.filters, prune.kind.name())?;
        let is_until = prune.filters.iter().any(|filter| filter.is("until"));
        let all = prune.all.is_yes() || filters.takes_all();
        let mut text = String::new();
        let mut section = |head: &str, names: Vec<String>| {
            if !names.is_empty() {
                text.push_str(&format!("{head}\n{}\n\n", names.join("\n")));
            }
        };
        let (system, kind) = (prune.kind == ObjectKind::System, prune.kind);
        if system && prune.volumes.is_yes() && is_until {
            return Err(Refusal::client(1, "ERROR: The \"until\" filter is not supported with \"--volumes\""));
        }
        if kind == ObjectKind::Volume && prune.all.is_yes() && self.is_old() {
            return Err(Refusal::client(125, "unknown shorthand flag: 'a' in -a"));
        }
        if system || kind == ObjectKind::Container {
            let takes = |container: &super::state::Container| {
                !container.state.is_up() && filters.take(&container.spec.labels, container.maker.run == 0)
            };
            let found: Vec<String> =
                self.containers.iter().filter(|one| takes(one)).map(|one| one.id.clone()).collect();
            found.iter().for_each(|id| self.drop_container(id, false));
            section("Deleted Containers:", found);
        }
        if system || kind == ObjectKind::Network {
            let takes = |network: &super::state::Network| {
                !network.is_own() && !self.is_in_use(network) && filters.take(&network.labels, network.maker.run == 0)
            };
            let found: Vec<(String, String)> =
                self.networks.iter().filter(|one| takes(one)).map(|one| (one.id.clone(), one.name.clone())).collect();
            found.iter().for_each(|(id, _)| self.drop_network(id));
            section("Deleted Networks:", found.into_iter().map(|(_, name)| name).collect());
        }
        if system && prune.volumes.is_yes() || kind == ObjectKind::Volume {
            let named_too = self.is_old() || kind == ObjectKind::Volume && all;
            let takes = |volume: &super::state::Volume| {
                (named_too || volume.made_for.is_some())
                    && filters.take(&volume.labels, volume.maker.run == 0)
                    && self.users_of(&volume.name).is_empty()
            };
            let found: Vec<String> = self.volumes.iter().filter(|one| takes(one)).map(|one| one.name.clone()).collect();
            found.iter().for_each(|name| self.drop_volume(name));
            section("Deleted Volumes:", found);
        }
        if system || kind == ObjectKind::Image {
            let is_used = |id: &str| {
                self.containers.iter().any(|container| container.image_id == id)
                    || self.images.iter().any(|image| image.parent.as_deref() == Some(id))
            };
            let takes = |image: &super::state::Image| {
                (all || image.names.is_empty())
                    && !is_used(&image.id)
                    && filters.take(&image.labels, image.maker.run == 0)
            };
            let found: Vec<(String, Vec<String>)> =
                self.images.iter().filter(|one| takes(one)).map(|one| (one.id.clone(), one.names.clone())).collect();
            found.iter().for_each(|(id, _)| self.drop_image(id));
            let lines = found.into_iter().flat_map(|(id, names)| {
                let untagged = names.into_iter().map(|name| format!("untagged: {name}"));
                untagged.chain([format!("deleted: sha256:{id}")]).collect::<Vec<_>>()
            });
            section("Deleted Images:", lines.collect());
        }
        if kind == ObjectKind::Network {
            return Ok(text);
        }
        Ok(text + "Total reclaimed space: 0B\n")
    }
}
