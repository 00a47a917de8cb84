//! What can be seen of the machine from outside.

use std::hash::{Hash, Hasher};

use super::answer::Object;
use super::daemon::Machine;
use super::reach::{Place, Reached};
use super::state::{Image, Network, PROJECT, SERVICE, label};
use crate::docker::ObjectKind;

impl Machine {
    /// All that it keeps, but for Docker's own networks, and images of a registry, which are a cache.
    pub fn objects(&self) -> impl Iterator<Item = Object> {
        let containers = self.containers.iter().map(|container| container.object());
        let networks = self.own_networks().map(|network| network.object());
        let volumes = self.volumes.iter().map(|volume| volume.object());
        let images = self.images_made_here().map(|image| image.object());
        let builders = self.builders.iter().map(|builder| builder.object());
        containers.chain(networks).chain(volumes).chain(images).chain(builders)
    }

    /// Whether images of a run's are there that [`Self::objects`] leaves out: pulled, or without a name by now.
    pub fn keeps_other_images(&self) -> bool {
        let is_made_here = |name: &String| self.unpublished.contains(name);
        let other = |image: &Image| image.object().maker.run > 0 && !image.names.iter().any(is_made_here);
        self.images.iter().any(|image| other(image))
    }

    fn own_networks(&self) -> impl Iterator<Item = &Network> {
        self.networks.iter().filter(|network| !network.is_own()).map(|network| &**network)
    }

    fn images_made_here(&self) -> impl Iterator<Item = &Image> {
        let is_made_here = |name: &String| self.unpublished.contains(name);
        self.images.iter().filter(move |image| image.names.iter().any(is_made_here)).map(|image| &**image)
    }

    /// What is there, for those who compare machines: things by their names, and whether they run; servers by their
    /// ports.
    pub fn hash_state(&self, hasher: &mut impl Hasher) {
        (self.containers.seen(), self.volumes.seen()).hash(hasher);
        self.own_networks().for_each(|network| (ObjectKind::Network, &network.id, &network.name).hash(hasher));
        self.images_made_here().for_each(|image| (ObjectKind::Image, &image.id, &image.names).hash(hasher));
        self.builders.iter().for_each(|builder| (ObjectKind::Builder, &builder.name).hash(hasher));
        self.servers().for_each(|server| server.hash(hasher));
    }

    /// The container of a name or an id.
    pub fn container_object(&self, name: &str) -> Option<Object> {
        self.container(name).map(|container| container.object())
    }

    /// The place inside a running container, by its name or id.
    pub fn place_in(&self, name: &str) -> Option<Place> {
        let container = self.container(name).filter(|container| container.state.is_up())?;
        Some(Place::Container(container.id.clone()))
    }

    /// The place inside the container of a service of a compose project.
    pub fn place_in_service(&self, project: &str, service: &str) -> Option<Place> {
        let is_it = |labels: &[(String, String)]| {
            label(labels, PROJECT) == Some(project) && label(labels, SERVICE) == Some(service)
        };
        let mut running = self.containers.iter().filter(|one| one.state.is_up());
        running.find(|one| is_it(&one.spec.labels)).map(|one| Place::Container(one.id.clone()))
    }
}

impl Object {
    /// The name it is known by: its first, else its id.
    pub fn name(&self) -> &str {
        self.names.first().unwrap_or(&self.id)
    }

    /// Whether it is a volume that nobody has given a name.
    pub fn is_anonymous(&self) -> bool {
        self.made_for.is_some()
    }

    /// What it is called in a sentence: "container `pg`".
    pub fn told(&self) -> String {
        match self.made_for.as_deref() {
            Some("") => return "anonymous volume".to_owned(),
            Some(container) => return format!("anonymous volume of `{container}`"),
            None => {}
        }
        format!("{} `{}`", self.kind.name(), self.name())
    }
}

impl Reached {
    /// Whether something answers.
    pub fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing(_))
    }
}
