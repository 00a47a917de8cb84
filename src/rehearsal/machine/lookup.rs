//! Finding objects by names and ids.

use std::sync::Arc;

use super::answer::{Claim, Effect, Object, Refusal, What};
use super::daemon::Machine;
use super::state::{Container, Image, Network, Volume};
use crate::docker::{Reference, is_name_letter};
use crate::symbol::Value;

/// Whether docker takes it for a name.
pub(super) fn is_valid_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphanumeric()) && name.len() > 1 && chars.all(is_name_letter)
}

/// An image's name as docker keeps it: `postgres` is `postgres:latest`, `docker.io/library/` is left out.
pub(super) fn image_name(written: &str) -> String {
    let reference = Reference::parse(&Value::literal(written));
    let registry = reference.registry.map(|registry| registry.to_string());
    let registry = registry.filter(|registry| !matches!(registry.as_str(), "docker.io" | "index.docker.io"));
    let repository = reference.repository.to_string();
    let repository = match &registry {
        Some(registry) => format!("{registry}/{repository}"),
        None => repository.strip_prefix("library/").unwrap_or(&repository).to_owned(),
    };
    match (&reference.digest, &reference.tag) {
        (Some(digest), _) => format!("{repository}@{digest}"),
        (None, Some(tag)) => format!("{repository}:{tag}"),
        (None, None) => format!("{repository}:latest"),
    }
}

fn is_id_prefix(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'))
}

fn by_prefix<'a, T>(all: &'a [Arc<T>], prefix: &str, id: impl Fn(&T) -> &str) -> Option<&'a Arc<T>> {
    let mut found = all.iter().filter(|one| is_id_prefix(prefix) && id(one).starts_with(prefix));
    found.next().filter(|_| found.next().is_none())
}

impl Machine {
    /// The container of a name or an id, the id perhaps cut.
    pub(super) fn container(&self, name: &str) -> Option<&Arc<Container>> {
        let plain = name.strip_prefix('/').unwrap_or(name);
        let named = self.containers.called(name, plain);
        named.or_else(|| self.containers.begins(name).filter(|_| is_id_prefix(name)))
    }

    /// The same, or what docker says.
    pub(super) fn find_container(&self, name: &str) -> Result<&Arc<Container>, Refusal> {
        self.container(name).ok_or_else(|| Refusal::daemon(format!("No such container: {name}")))
    }

    /// The container of an id.
    pub(super) fn at(&self, id: &str) -> Option<&Arc<Container>> {
        self.containers.at(id)
    }

    /// Changes the container of an id. What the change gives back; nothing where it is not there.
    pub(super) fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut Container) -> R) -> Option<R> {
        self.containers.change(id, change)
    }

    /// The network of a name or an id.
    pub(super) fn find_network(&self, name: &str) -> Result<&Arc<Network>, Refusal> {
        let missing = || Refusal::daemon(format!("network {name} not found"));
        if let Some(network) = self.networks.iter().find(|network| network.id == name) {
            return Ok(network);
        }
        let named: Vec<&Arc<Network>> = self.networks.iter().filter(|network| network.name == name).collect();
        match named.as_slice() {
            [] => by_prefix(&self.networks, name, |network| &network.id).ok_or_else(missing),
            [network] => Ok(network),
            several => {
                let count = several.len();
                Err(Refusal::daemon(format!("network {name} is ambiguous ({count} matches found on name)")))
            }
        }
    }

    /// The volume of a name.
    pub(super) fn volume(&self, name: &str) -> Option<&Arc<Volume>> {
        self.volumes.named(name)
    }

    /// The image of a name or an id.
    pub(super) fn image(&self, name: &str) -> Option<&Arc<Image>> {
        let wanted = image_name(name);
        let named = self.images.iter().find(|image| image.names.contains(&wanted));
        let id = name.strip_prefix("sha256:").unwrap_or(name);
        named.or_else(|| by_prefix(&self.images, id, |image| &image.id))
    }

    /// The same, or what docker says.
    pub(super) fn find_image(&self, name: &str) -> Result<&Arc<Image>, Refusal> {
        self.image(name).ok_or_else(|| Refusal::daemon(format!("No such image: {}", image_name(name))))
    }

    /// Notes what was done.
    pub(super) fn did(&mut self, what: What, object: Object) {
        self.effects.push(Effect { what, object });
    }

    /// Notes what was refused, and who holds it.
    pub(super) fn refused(&mut self, claim: Claim, holder: Object) {
        self.did(What::Refused(claim), holder);
    }
}
