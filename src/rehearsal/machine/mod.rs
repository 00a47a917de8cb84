//! One Docker daemon and its host, on paper.
//!
//! [`Machine::docker`] does what the daemon and its client would do with a call, and answers as they do: the exit
//! status, what is printed, and which objects it made, started, stopped or removed. Nothing here knows of jobs: who
//! calls is told by the [`Maker`] of a [`Caller`]. All texts are known: the world that plays a job has given each
//! unknown one, and what is left unknown stands as it is written.
//!
//! There is no clock. A program that lasts runs until it is stopped, one that ends has ended at once, and a container
//! with a health check is healthy as soon as it runs. `tests/paper` holds all this against real daemons.
//!
//! - `state` is what the daemon keeps, `lookup` finds it by names and ids, `spec` is what a container is to be;
//! - `ports`, `programs`, `endpoints`, `mounts` say what a container takes and does, `containers` plays their verbs;
//! - `networks`, `volumes`, `images` and `prune` play the others;
//! - `filter` (with `patterns`), `listing`, `inspect` and `template` print; `compose` plays compose's verbs on a `declared` project;
//! - `reach` says where an address leads.

mod answer;
mod compose;
mod containers;
mod declared;
mod dispatch;
mod endpoints;
mod filter;
mod images;
mod inspect;
mod listing;
mod lookup;
mod mounts;
mod networks;
pub(super) mod patterns;
mod ports;
mod programs;
mod prune;
mod reach;
mod spec;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod view;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::symbol::Value;

pub use answer::{Claim, Effect, Object, Refusal, Reply, What};
pub use declared::{Condition, Declared, DeclaredResource, DeclaredService};
pub use reach::{Place, Reached};
pub use spec::{Attachment, Mode, MountWish, PortWish, Protocol, Spec};
pub use state::State;

use state::{Builder, Container, Image, Listener, Network, Volume};

/// Which Docker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// 20.10, client and daemon.
    Docker20,
    /// A current one (26 and later), with compose.
    Current,
}

/// Who made something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Maker {
    /// The run; 0 for a stranger, whose things were there before.
    pub run: u32,
    /// The job in it.
    pub job: usize,
}

/// Who calls, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Who calls.
    pub maker: Maker,
    /// The files of a compose call; none when they are not known.
    pub declared: Option<&'a Declared>,
    /// The variables of the call.
    pub env: &'a BTreeMap<String, Value>,
    /// Where it runs, as a path.
    pub directory: &'a str,
    /// What can be read from standard input.
    pub input: Option<&'a str>,
}

/// A daemon and its host.
#[derive(Clone, Debug)]
pub struct Machine {
    dialect: Dialect,
    /// Whether images can be pulled.
    registry: bool,
    /// Oldest first, as all of these.
    containers: Vec<Arc<Container>>,
    networks: Vec<Arc<Network>>,
    volumes: Vec<Arc<Volume>>,
    images: Vec<Arc<Image>>,
    builders: Vec<Builder>,
    listeners: Vec<Listener>,
    /// Names of images that were made here and are in no registry.
    unpublished: BTreeSet<String>,
    /// What was pushed, with the image that it was.
    published: BTreeMap<String, String>,
    /// What was saved to files, by path: names and ids of images.
    saved: BTreeMap<String, Vec<(Vec<String>, String)>>,
    /// How many ids were given.
    serial: u64,
    /// Of each range of host ports, the one that was given last: the next one is tried first.
    last_ports: BTreeMap<(String, Protocol, u16, u16), u16>,
    /// What the call that is played has done so far.
    effects: Vec<Effect>,
}

impl Machine {
    /// An empty daemon: Docker's own three networks, and a registry that has every image.
    pub fn new(dialect: Dialect) -> Self {
        let mut machine = Self {
            dialect,
            registry: true,
            containers: Vec::new(),
            networks: Vec::new(),
            volumes: Vec::new(),
            images: Vec::new(),
            builders: Vec::new(),
            listeners: Vec::new(),
            unpublished: BTreeSet::new(),
            published: BTreeMap::new(),
            saved: BTreeMap::new(),
            serial: 0,
            last_ports: BTreeMap::new(),
            effects: Vec::new(),
        };
        machine.make_own_networks();
        machine
    }

    /// The same without a registry: what is not there cannot be pulled.
    pub fn without_registry(mut self) -> Self {
        self.registry = false;
        self
    }

    fn is_old(&self) -> bool {
        self.dialect == Dialect::Docker20
    }

    /// An id as docker gives them: 64 hexadecimal digits, another one each time.
    fn new_id(&mut self) -> String {
        use sha2::{Digest, Sha256};
        self.serial += 1;
        hex(&Sha256::digest(self.serial.to_le_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
