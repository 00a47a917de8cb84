//! Images: pulled, built, named, pushed, removed.

use std::sync::Arc;

use super::answer::{Claim, Refusal, Reply, What};
use super::daemon::{Machine, hex};
use super::lookup::image_name;
use super::maker::Maker;
use super::spec::{Spec, pair, text, texts};
use super::state::{Builder, Image, ImageConfig};
use crate::command::Arg;
use crate::docker::Build;

impl Machine {
    /// Whether an image is there, by its name or id.
    pub fn has_image(&self, name: &str) -> bool {
        self.image(name).is_some()
    }

    /// An image of a name is there.
    pub fn put_image(&mut self, name: &str, maker: Maker) {
        let name = image_name(name);
        let id = published_id(&name);
        self.add_image(id, vec![name], Vec::new(), None, maker);
        self.effects.clear();
    }

    /// Gets an image from the registry.
    ///
    /// # Errors
    /// No registry has it.
    pub fn pull(&mut self, name: &str, maker: Maker) -> Result<(), Refusal> {
        let name = image_name(name);
        let published = self.published.get(&name).cloned();
        if !self.registry {
            return Err(Refusal::daemon("Get \"https://registry-1.docker.io/v2/\": dial tcp: no such host"));
        }
        if published.is_none() && self.unpublished.contains(&name) {
            let repository = name.rsplit_once(':').map_or(name.as_str(), |(repository, _)| repository);
            return Err(Refusal::daemon(format!(
                "pull access denied for {repository}, repository does not exist or may require 'docker login': \
                 denied: requested access to the resource is denied"
            )));
        }
        let id = published.unwrap_or_else(|| published_id(&name));
        self.add_image(id, vec![name], Vec::new(), None, maker);
        Ok(())
    }

    /// An image, new or known, gets names; others of these names lose them.
    pub(super) fn add_image(
        &mut self,
        id: String,
        names: Vec<String>,
        labels: Vec<(String, String)>,
        parent: Option<String>,
        maker: Maker,
    ) {
        let known = self.images.iter().find(|image| image.id == id);
        if known.is_some_and(|image| names.iter().all(|name| image.names.contains(name))) {
            return;
        }
        for image in &mut self.images {
            if image.names.iter().any(|name| names.contains(name)) {
                Arc::make_mut(image).names.retain(|name| !names.contains(name));
            }
        }
        let at = self.images.iter().position(|image| image.id == id).unwrap_or_else(|| {
            let config = ImageConfig::default();
            self.images.push(Arc::new(Image { id, maker, names: Vec::new(), labels, parent, config }));
            self.images.len() - 1
        });
        let image = Arc::make_mut(&mut self.images[at]);
        image.names.extend(names);
        image.names.sort();
        let object = image.object();
        self.did(What::Made, object);
    }

    /// An image made here, of which no registry knows; its id.
    fn new_image(
        &mut self,
        names: Vec<String>,
        labels: Vec<(String, String)>,
        parent: Option<String>,
        maker: Maker,
    ) -> String {
        let id = self.new_id();
        for name in &names {
            self.published.remove(name);
        }
        self.unpublished.extend(names.iter().cloned());
        self.add_image(id.clone(), names, labels, parent, maker);
        id
    }

    /// The image of a container that is to be made; pulled, when it is not there.
    pub(super) fn have_image(&mut self, name: &str, policy: &str, maker: Maker) -> Result<(), Refusal> {
        match policy {
            "never" => self.find_image(name).map(|_| ()),
            "always" => self.pull(name, maker),
            _ if self.has_image(name) => Ok(()),
            _ => self.pull(name, maker),
        }
    }

    /// `docker build`.
    pub(super) fn build(&mut self, build: &Build, maker: Maker) -> Reply {
        let mut names: Vec<String> = Vec::new();
        for name in build.tags.iter().map(|tag| image_name(&text(tag))) {
            // A name that is given twice is one name.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let labels: Vec<(String, String)> = build.labels.iter().map(|label| pair(&text(label))).collect();
        let mut reply = Reply::default();
        let own_builder = build.buildx && self.boot_builder(build.builder.as_ref().map(text).as_deref(), maker);
        let in_daemon = match build.in_daemon() {
            crate::truth::Truth::Unknown => !own_builder,
            known => known.is_yes(),
        };
        let id = if in_daemon {
            let id = self.new_image(names.clone(), labels, None, maker);
            if !build.buildx {
                reply.program_speaks = true;
            }
            id
        } else {
            self.new_id()
        };
        if build.push.is_yes() {
            if !self.registry {
                return Refusal::client(1, "ERROR: failed to solve: failed to push: no such host").into();
            }
            self.published.extend(names.into_iter().map(|name| (name, id.clone())));
        }
        if let Some(path) = &build.iidfile {
            reply.files.push((text(path), format!("sha256:{id}")));
        }
        reply
    }

    /// Names an image, as compose does after a build; its id.
    pub(super) fn build_as(&mut self, name: &str, labels: Vec<(String, String)>, maker: Maker) -> String {
        self.new_image(vec![image_name(name)], labels, None, maker)
    }

    /// `docker tag`.
    ///
    /// # Errors
    /// There is no such image.
    pub fn tag(&mut self, source: &str, target: &str, maker: Maker) -> Result<(), Refusal> {
        let id = self.find_image(source)?.id.clone();
        let name = image_name(target);
        self.unpublished.insert(name.clone());
        self.add_image(id, vec![name], Vec::new(), None, maker);
        Ok(())
    }

    /// `docker commit`.
    pub(super) fn commit(&mut self, container: &str, image: Option<String>, maker: Maker) -> Result<String, Refusal> {
        let container = self.find_container(container)?.clone();
        let names = image.map(|image| image_name(&image)).into_iter().collect();
        let id = self.new_image(names, container.spec.labels.clone(), Some(container.image_id.clone()), maker);
        if let Some(image) = self.images.iter_mut().find(|image| image.id == id) {
            Arc::make_mut(image).config = ImageConfig::of(&container.spec);
        }
        Ok(id)
    }

    /// `docker import`.
    pub(super) fn import(&mut self, image: Option<String>, maker: Maker) -> String {
        let names = image.map(|image| image_name(&image)).into_iter().collect();
        self.new_image(names, Vec::new(), None, maker)
    }

    /// `docker push`.
    pub(super) fn push(&mut self, names: &[Arg], all_tags: bool) -> Reply {
        let mut reply = Reply::default();
        for name in texts(names).iter().flat_map(|name| self.to_push(image_name(name), all_tags)).collect::<Vec<_>>() {
            match self.images.iter().find(|image| image.names.contains(&name)) {
                None => {
                    let repository = name.rsplit_once(':').map_or(name.as_str(), |(repository, _)| repository);
                    let message = format!("An image does not exist locally with the tag: {repository}");
                    reply.fail(&Refusal::client(1, message));
                }
                Some(_) if !self.registry => reply.fail(&Refusal::client(1, "dial tcp: no such host")),
                Some(image) => {
                    let (used, id) = (image.named(name.clone()), image.id.clone());
                    self.published.insert(name, id);
                    self.did(What::Used, used);
                }
            }
        }
        reply
    }

    /// What is pushed by a name: itself, or all that its repository has.
    fn to_push(&self, name: String, all_tags: bool) -> Vec<String> {
        let repository = name.strip_suffix("latest").filter(|_| all_tags);
        let of_it = |known: &&String| {
            repository.and_then(|of| known.strip_prefix(of)).is_some_and(|tag| !tag.contains(['/', ':']))
        };
        let mut all: Vec<String> = self.images.iter().flat_map(|image| &image.names).filter(of_it).cloned().collect();
        all.sort();
        if all.is_empty() { vec![name] } else { all }
    }

    /// `docker save -o`.
    pub(super) fn save(&mut self, images: &[Arg], output: Option<&Arg>) -> Reply {
        let mut kept = Vec::new();
        for name in texts(images) {
            match self.image(&name) {
                None => return Refusal::daemon(format!("No such image: {name}")).into(),
                Some(image) => {
                    let used = image.named(image_name(&name));
                    kept.push((vec![image_name(&name)], image.id.clone()));
                    self.did(What::Used, used);
                }
            }
        }
        if let Some(path) = output {
            self.saved.insert(text(path), kept);
        }
        Reply { program_speaks: output.is_none(), ..Reply::default() }
    }

    /// `docker load -i`.
    pub(super) fn load(&mut self, input: Option<&Arg>, maker: Maker) -> Reply {
        let mut reply = Reply::default();
        let kept = input.and_then(|path| self.saved.get(&text(path))).cloned();
        for (names, id) in kept.unwrap_or_default() {
            for name in &names {
                reply.line(format!("Loaded image: {name}"));
            }
            self.unpublished.extend(names.iter().cloned());
            self.add_image(id, names, Vec::new(), None, maker);
        }
        reply
    }

    /// `docker rmi`: what was untagged and deleted, a line each.
    ///
    /// # Errors
    /// There is no such image, or it is in use.
    pub fn remove_image(&mut self, written: &str, force: bool) -> Result<Vec<String>, Refusal> {
        let image = self.find_image(written)?.clone();
        let name = image_name(written);
        let (id, short) = (&image.id, &image.id[..12]);
        let user = self.containers.iter().find(|container| container.image_id == *id).cloned();
        let mut lines = Vec::new();
        let by_name = image.names.contains(&name);
        if by_name {
            if let (Some(user), false, true) = (&user, force, image.names.len() == 1) {
                self.refused(Claim::Removal, image.object());
                let user = &user.id[..12];
                return Err(Refusal::daemon(format!(
                    "conflict: unable to remove repository reference \"{written}\" (must force) - container {user} \
                     is using its referenced image {short}"
                )));
            }
            self.untag(id, &name);
            lines.push(format!("Untagged: {name}"));
            if image.names.len() > 1 {
                return Ok(lines);
            }
        } else if repositories(&image.names) > 1 && !force {
            return Err(Refusal::daemon(format!(
                "conflict: unable to delete {short} (must be forced) - image is referenced in multiple repositories"
            )));
        }
        if let Some(why) = self.kept_by(&image, force, by_name) {
            // An untagged image that is in use stays, and nobody is told.
            if by_name {
                return Ok(lines);
            }
            self.refused(Claim::Removal, image.object());
            return Err(Refusal::daemon(why));
        }
        if !by_name {
            for name in &image.names {
                self.untag(id, name);
                lines.push(format!("Untagged: {name}"));
            }
        }
        lines.push(format!("Deleted: sha256:{id}"));
        self.drop_image(id);
        Ok(lines)
    }

    /// What keeps an image from being deleted.
    fn kept_by(&self, image: &Image, force: bool, untagged: bool) -> Option<String> {
        let short = &image.id[..12];
        if self.images.iter().any(|other| other.parent.as_ref() == Some(&image.id)) {
            return Some(format!(
                "conflict: unable to delete {short} (cannot be forced) - image has dependent child images"
            ));
        }
        let mut users = self.containers.iter().filter(|container| container.image_id == image.id);
        if let Some(user) = users.clone().find(|container| container.state.is_up()) {
            let user = &user.id[..12];
            return Some(format!(
                "conflict: unable to delete {short} (cannot be forced) - image is being used by running container {user}"
            ));
        }
        if force {
            return None;
        }
        if !untagged && repositories(&image.names) > 1 {
            return Some(format!(
                "conflict: unable to delete {short} (must be forced) - image is referenced in multiple repositories"
            ));
        }
        let user = &users.next()?.id[..12];
        Some(format!(
            "conflict: unable to delete {short} (must be forced) - image is being used by stopped container {user}"
        ))
    }

    fn untag(&mut self, id: &str, name: &str) {
        if let Some(image) = self.images.iter_mut().find(|image| image.id == id) {
            self.effects.push(super::answer::Effect { what: What::Removed, object: image.object() });
            Arc::make_mut(image).names.retain(|known| known != name);
        }
    }

    /// Takes an image away.
    pub(super) fn drop_image(&mut self, id: &str) {
        if let Some(at) = self.images.iter().position(|image| image.id == id) {
            let image = self.images.remove(at);
            self.did(What::Removed, image.object());
        }
    }

    /// `docker buildx create`, `rm`, `use`, …
    pub(super) fn builder(&mut self, verb: &str, names: &[Arg], in_use: bool, caller: Maker) -> Reply {
        let mut names = texts(names);
        match verb {
            "create" => {
                let name = names.pop().unwrap_or_else(|| self.made_up_builder());
                if self.builders.iter().any(|builder| builder.name == name) {
                    let message = format!(
                        "ERROR: existing instance for \"{name}\" but no append mode, specify the node name to make \
                         changes for existing instances"
                    );
                    return Refusal::client(1, message).into();
                }
                if in_use {
                    self.builders.iter_mut().for_each(|builder| builder.in_use = false);
                }
                let builder = Builder { name: name.clone(), maker: caller, in_use };
                self.did(What::Made, builder.object());
                self.builders.push(builder);
                Reply::said(format!("{name}\n"))
            }
            "use" => {
                let name = names.pop().unwrap_or_default();
                if name != "default" && !self.builders.iter().any(|builder| builder.name == name) {
                    return Refusal::client(1, format!("ERROR: no builder \"{name}\" found")).into();
                }
                self.builders.iter_mut().for_each(|builder| builder.in_use = builder.name == name);
                Reply::default()
            }
            "rm" | "stop" => {
                if names.is_empty() {
                    names.extend(
                        self.builders.iter().find(|builder| builder.in_use).map(|builder| builder.name.clone()),
                    );
                }
                let mut reply = Reply::default();
                for name in names {
                    let Some(at) = self.builders.iter().position(|builder| builder.name == name) else {
                        reply.fail(&Refusal::client(1, format!("ERROR: no builder \"{name}\" found")));
                        continue;
                    };
                    let container = builder_container(&name);
                    let id = self.container(&container).map(|container| container.id.clone());
                    if verb == "stop" {
                        id.iter().for_each(|id| self.stop(id));
                        continue;
                    }
                    if let Some(id) = id {
                        let _ = self.remove(&id, true, true);
                        self.drop_volume(&format!("{container}_state"));
                    }
                    let builder = self.builders.remove(at);
                    self.did(What::Removed, builder.object());
                    reply.line(format!("{name} removed"));
                }
                reply
            }
            _ => Reply { program_speaks: true, ..Reply::default() },
        }
    }

    fn made_up_builder(&mut self) -> String {
        self.serial += 1;
        format!("brave_bell{}", self.serial)
    }

    /// Starts the container of the builder that is told, or in use; whether there is one besides the daemon's own.
    fn boot_builder(&mut self, told: Option<&str>, maker: Maker) -> bool {
        let is_it = |builder: &&Builder| told.map_or(builder.in_use, |name| builder.name == name);
        let Some(builder) = self.builders.iter().find(is_it).cloned() else { return false };
        let name = builder_container(&builder.name);
        let id = match self.container(&name) {
            Some(container) => container.id.clone(),
            None => {
                let image = "moby/buildkit:buildx-stable-1".to_owned();
                if self.have_image(&image, "missing", maker).is_err() {
                    return true;
                }
                let state = super::spec::MountWish {
                    source: Some(format!("{name}_state")),
                    target: "/var/lib/buildkit".to_owned(),
                    is_volume: true,
                };
                let attachment = super::spec::Attachment { network: "bridge".to_owned(), aliases: Vec::new() };
                let spec = Spec {
                    name: Some(name),
                    image,
                    mounts: vec![state],
                    attachments: vec![attachment],
                    detached: true,
                    ..Spec::default()
                };
                match self.create(spec, builder.maker) {
                    Ok(id) => id,
                    Err(_) => return true,
                }
            }
        };
        let _ = self.start(&id);
        true
    }
}

/// The id of an image that a registry has.
fn published_id(name: &str) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(name.as_bytes()))
}

/// The container of a builder.
fn builder_container(name: &str) -> String {
    format!("buildx_buildkit_{name}0")
}

/// In how many repositories an image has names.
fn repositories(names: &[String]) -> usize {
    let mut all: Vec<&str> = names
        .iter()
        .map(|name| name.rsplit_once([':', '@']).map_or(name.as_str(), |(repository, _)| repository))
        .collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}
