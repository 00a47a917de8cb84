//! What there is of a daemon and its host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::addresses::Addresses;
use super::answer::Effect;
use super::dialect::Dialect;
use super::kept::Kept;
use super::spec::Protocol;
use super::state::{Builder, Container, Image, Listener, Network, Volume};

/// A daemon and its host.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) dialect: Dialect,
    /// Whether images can be pulled.
    pub(super) registry: bool,
    /// Oldest first, as all of these.
    pub(super) containers: Kept<Container>,
    pub(super) networks: Vec<Arc<Network>>,
    pub(super) volumes: Kept<Volume>,
    pub(super) images: Vec<Arc<Image>>,
    pub(super) builders: Vec<Builder>,
    pub(super) listeners: Vec<Listener>,
    /// Names of images that were made here and are in no registry.
    pub(super) unpublished: BTreeSet<String>,
    /// What was pushed, with the image that it was.
    pub(super) published: BTreeMap<String, String>,
    /// What was saved to files, by path: names and ids of images.
    pub(super) saved: BTreeMap<String, Vec<(Vec<String>, String)>>,
    /// The addresses that are held, of each network's id.
    pub(super) addresses: BTreeMap<String, Addresses>,
    /// The containers that have each volume, by ids, oldest first.
    pub(super) mounting: BTreeMap<String, Vec<String>>,
    /// How many ids were given.
    pub(super) serial: u64,
    /// Of each range of host ports, the one that was given last: the next one is tried first.
    pub(super) last_ports: BTreeMap<(String, Protocol, u16, u16), u16>,
    /// What the call that is played has done so far.
    pub(super) effects: Vec<Effect>,
}

impl Machine {
    /// An empty daemon: Docker's own three networks, and a registry that has every image.
    pub fn new(dialect: Dialect) -> Self {
        let mut machine = Self {
            dialect,
            registry: true,
            containers: Kept::default(),
            networks: Vec::new(),
            volumes: Kept::default(),
            images: Vec::new(),
            builders: Vec::new(),
            listeners: Vec::new(),
            unpublished: BTreeSet::new(),
            published: BTreeMap::new(),
            saved: BTreeMap::new(),
            addresses: BTreeMap::new(),
            mounting: BTreeMap::new(),
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

    pub(super) fn is_old(&self) -> bool {
        self.dialect == Dialect::Docker20
    }

    /// An id as docker gives them: 64 hexadecimal digits, another one each time.
    pub(super) fn new_id(&mut self) -> String {
        self.serial += 1;
        hex(&Sha256::digest(self.serial.to_le_bytes()))
    }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
