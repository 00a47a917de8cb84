//! A container's life: made, started, stopped, renamed, removed.

use std::sync::Arc;

use super::answer::{Claim, Refusal, What};
use super::daemon::Machine;
use super::lookup::{image_name, is_valid_name};
use super::maker::Maker;
use super::programs::{self, Course};
use super::spec::{Mode, Spec};
use super::state::{Container, State};

/// The status of a program that was killed.
const KILLED: u8 = 137;
/// The status of a container that could not be started, unless it has one from before.
const NOT_STARTED: u8 = 128;

impl Machine {
    /// Makes a container of an image that is there; its id.
    ///
    /// # Errors
    /// What the daemon says.
    pub fn create(&mut self, spec: Spec, maker: Maker) -> Result<String, Refusal> {
        let name = match &spec.name {
            Some(name) => self.free_name(name)?,
            None => self.made_up_name(),
        };
        if self.is_old() && spec.attachments.len() > 1 {
            let names: Vec<&str> = spec.attachments.iter().map(|wish| wish.network.as_str()).collect();
            let message = format!("Container cannot be connected to network endpoints: {}", names.join(", "));
            return Err(Refusal::daemon(message));
        }
        if let Mode::Container(_) = spec.mode {
            let publishes = !spec.ports.is_empty() || spec.publish_all;
            if let Some(what) = [(publishes, "publishing"), (!spec.exposed.is_empty(), "exposing")]
                .iter()
                .find_map(|(is, what)| is.then_some(what))
            {
                let message = format!("conflicting options: port {what} and the container type network mode");
                return Err(Refusal::daemon(message));
            }
        }
        let shares = match &spec.mode {
            Mode::Container(other) => {
                Some(self.container(other).map_or_else(|| other.clone(), |container| container.id.clone()))
            }
            _ => None,
        };
        for link in &spec.links {
            if self.container(link).is_none() {
                return Err(Refusal::daemon(format!("could not get container for {link}: No such container: {link}")));
            }
        }
        let image = self.find_image(&spec.image)?.clone();
        self.did(What::Used, image.named(image_name(&spec.image)));
        let (image_id, spec) = (image.id.clone(), image.fill(spec));
        let mounts = self.mount(&spec, maker, &name)?;
        let id = self.new_id();
        let container = Container {
            id: id.clone(),
            name,
            maker,
            image_id,
            state: State::Created,
            exit: 0,
            started: false,
            restart: spec.restart.clone(),
            endpoints: Self::wished_endpoints(&spec),
            shares,
            bindings: Vec::new(),
            mounts,
            spec: Arc::new(spec),
        };
        self.did(What::Made, container.object());
        self.has_mounted(&container);
        self.containers.push(container);
        Ok(id)
    }

    /// A name, when it is one and nobody has it.
    fn free_name(&mut self, name: &str) -> Result<String, Refusal> {
        if !is_valid_name(name) {
            let message = format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
            return Err(Refusal::daemon(message));
        }
        let Some(holder) = self.containers.named(name).cloned() else {
            return Ok(name.to_owned());
        };
        self.refused(Claim::Name(name.to_owned()), holder.object());
        let id = &holder.id;
        Err(Refusal::daemon(format!(
            "Conflict. The container name \"/{name}\" is already in use by container \"{id}\". You have to remove \
             (or rename) that container to be able to reuse that name."
        )))
    }

    /// A name as docker makes them up.
    fn made_up_name(&mut self) -> String {
        const ADJECTIVES: [&str; 8] = ["brave", "calm", "eager", "gentle", "keen", "quiet", "sharp", "zen"];
        const NAMES: [&str; 8] = ["bell", "curie", "euler", "gauss", "hopper", "lamarr", "noether", "turing"];
        self.serial += 1;
        let (one, other) = (self.serial as usize % 8, self.serial as usize / 8 % 8);
        format!("{}_{}{}", ADJECTIVES[one], NAMES[other], self.serial)
    }

    /// Starts a container; one that runs goes on.
    ///
    /// # Errors
    /// A network or a port cannot be had: it is left as it was, or is gone with `--rm`.
    pub fn start(&mut self, id: &str) -> Result<(), Refusal> {
        let Some(container) = self.at(id).cloned() else {
            return Err(Refusal::daemon(format!("No such container: {id}")));
        };
        match container.state {
            State::Running | State::Restarting => return Ok(()),
            State::Paused => return Err(Refusal::daemon("cannot start a paused container, try unpause instead")),
            State::Created | State::Exited => {}
        }
        let taken = self.join_networks(&container).and_then(|joined| Ok((joined, self.bind(&container)?)));
        let (endpoints, bindings) = match taken {
            Ok(taken) => taken,
            Err(refusal) => {
                self.change(id, |container| {
                    if container.exit == 0 {
                        container.exit = NOT_STARTED;
                    }
                });
                if container.spec.remove {
                    self.drop_container(id, true);
                }
                return Err(refusal);
            }
        };
        self.hold(&endpoints);
        let started = self.change(id, |container| {
            (container.endpoints, container.bindings) = (endpoints, bindings);
            (container.state, container.started, container.exit) = (State::Running, true, 0);
            container.object()
        });
        if let Some(object) = started {
            self.did(What::Started, object);
        }
        let course = match container.spec.mode {
            // A server whose port another has says so and ends.
            Mode::Host if self.is_taken_on_host(&container) => Course::Ends(1),
            _ => programs::course(&container.spec),
        };
        if let Course::Ends(status) = course {
            self.ends(id, status);
        }
        Ok(())
    }

    /// A container's program ends by itself.
    pub fn ends(&mut self, id: &str, status: u8) {
        let Some(container) = self.at(id) else { return };
        let again = match container.restart.split(':').next().unwrap_or_default() {
            "always" | "unless-stopped" => true,
            "on-failure" => status != 0,
            _ => false,
        };
        if again {
            self.change(id, |container| (container.state, container.exit) = (State::Restarting, status));
        } else {
            self.halt(id, status);
        }
    }

    /// `docker restart`: `--rm` does not remove what is started again.
    pub(super) fn restart(&mut self, id: &str) -> Result<(), Refusal> {
        if self.at(id).is_some_and(|container| container.state.is_up()) {
            self.ends_with(id, KILLED);
        }
        self.start(id)
    }

    /// A container stops, and stays so.
    pub(super) fn halt(&mut self, id: &str, status: u8) {
        let Some(container) = self.at(id).filter(|container| container.state.is_up()) else { return };
        let remove = container.spec.remove;
        self.ends_with(id, status);
        if remove {
            self.drop_container(id, true);
        }
    }

    /// Its program is no more: its ports and addresses are others' to have.
    fn ends_with(&mut self, id: &str, status: u8) {
        let ended = self.change(id, |container| {
            (container.state, container.exit) = (State::Exited, status);
            container.bindings.clear();
            (container.object(), container.leaves_networks())
        });
        let Some((object, left)) = ended else { return };
        self.let_go(&left);
        self.did(What::Stopped, object);
    }

    /// `docker stop`: fine for one that does not run.
    pub fn stop(&mut self, id: &str) {
        let Some(container) = self.at(id) else { return };
        let status = match container.state {
            State::Restarting => container.exit,
            // A server heeds the signal; a bare `sleep` as the first process does not, and is killed.
            _ if programs::listens(&container.spec).is_some_and(|ports| !ports.is_empty()) => 0,
            _ => KILLED,
        };
        self.halt(id, status);
    }

    /// `docker kill`, with the signal's name or number.
    pub(super) fn kill(&mut self, name: &str, signal: &str) -> Result<(), Refusal> {
        let kills = if self.is_old() { "Cannot" } else { "cannot" };
        let container = self.container(name).cloned();
        let container = container
            .ok_or_else(|| Refusal::daemon(format!("{kills} kill container: {name}: No such container: {name}")))?;
        if !container.state.is_up() {
            let why = self.not_running(&container.id);
            return Err(Refusal::daemon(format!("{kills} kill container: {name}: {why}")));
        }
        let signal = signal.to_ascii_uppercase();
        match signal.strip_prefix("SIG").unwrap_or(&signal) {
            "" | "KILL" | "9" => self.halt(&container.id, KILLED),
            "TERM" | "15" | "INT" | "2" | "QUIT" | "3" | "HUP" | "1" => {
                // The first process of a container has no default action for a signal.
                let ignores = programs::listens(&container.spec).is_some_and(|ports| ports.is_empty());
                if !ignores && container.state == State::Running {
                    self.halt(&container.id, 0);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// How docker says that a container does not run.
    pub(super) fn not_running(&self, id: &str) -> String {
        if self.is_old() { format!("Container {id} is not running") } else { format!("container {id} is not running") }
    }

    /// `docker pause` and `docker unpause`.
    pub(super) fn freeze(&mut self, name: &str, freeze: bool) -> Result<(), Refusal> {
        let container = self.find_container(name)?.clone();
        let id = &container.id;
        let called = if self.is_old() { "Container" } else { "container" };
        match (container.state, freeze) {
            (State::Running, true) => {}
            (State::Paused, false) => {}
            (State::Paused, true) => return Err(Refusal::daemon(format!("{called} {id} is already paused"))),
            (State::Restarting, true) => {
                return Err(Refusal::daemon(format!(
                    "{called} {id} is restarting, wait until the container is running"
                )));
            }
            (_, true) => return Err(Refusal::daemon(self.not_running(id))),
            (_, false) => return Err(Refusal::daemon(format!("{called} {id} is not paused"))),
        }
        self.change(id, |container| container.state = if freeze { State::Paused } else { State::Running });
        Ok(())
    }

    /// `docker rename`.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), Refusal> {
        let failed = |refusal: Refusal| {
            let message = format!("{}\nError: failed to rename container named {from}", refusal.message);
            Refusal { message, ..refusal }
        };
        let container = self.find_container(from).map_err(failed)?.clone();
        let to = to.strip_prefix('/').unwrap_or(to);
        if container.name == to {
            let message = "Renaming a container with the same name as its current name";
            return Err(failed(Refusal::daemon(message)));
        }
        let name = self.free_name(to).map_err(|refusal| {
            let message = refusal.message.replacen("daemon: ", "daemon: Error when allocating new name: ", 1);
            failed(Refusal { message, ..refusal })
        })?;
        self.containers.rename(&container.id, name);
        Ok(())
    }

    /// `docker rm`.
    ///
    /// # Errors
    /// It runs, and `force` is not given.
    pub fn remove(&mut self, id: &str, force: bool, volumes: bool) -> Result<(), Refusal> {
        let Some(container) = self.at(id).cloned() else {
            return Err(Refusal::daemon(format!("No such container: {id}")));
        };
        if container.state.is_up() && !force {
            self.refused(Claim::Removal, container.object());
            let name = &container.name;
            return Err(Refusal::daemon(match (self.is_old(), container.state) {
                (true, State::Paused) => {
                    format!(
                        "You cannot remove a paused container {id}. Unpause and then stop the container before \
                         attempting removal or force remove"
                    )
                }
                (true, state) => {
                    let state = state.name();
                    format!(
                        "You cannot remove a {state} container {id}. Stop the container before attempting removal or force remove"
                    )
                }
                (false, State::Paused) => {
                    format!("cannot remove container \"/{name}\": container is paused and must be unpaused first")
                }
                (false, state) => {
                    let state = state.name();
                    format!(
                        "cannot remove container \"/{name}\": container is {state}: stop the container before \
                         removing or force remove"
                    )
                }
            }));
        }
        self.halt(id, KILLED);
        self.drop_container(id, volumes);
        Ok(())
    }

    /// Takes a container away, with the volumes that it named itself.
    pub(super) fn drop_container(&mut self, id: &str, volumes: bool) {
        let Some(container) = self.containers.remove(id) else { return };
        self.has_unmounted(&container);
        self.let_go(&container.endpoints);
        self.did(What::Removed, container.object());
        if !volumes {
            return;
        }
        for mount in container.mounts.iter().filter(|mount| mount.anonymous) {
            if self.users_of(&mount.source).is_empty() {
                self.drop_volume(&mount.source);
            }
        }
    }
}
