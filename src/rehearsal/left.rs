//! What the runs of a play leave: on the daemon, and running on the machine that steps run on.

use super::cast::{COMMIT, RUNNER};
use super::log::{Event, Log};
use super::machine::{Effect, Machine, Maker, Object, What};
use crate::docker::ObjectKind;

/// One thing that is left.
#[derive(Clone, Debug)]
pub enum Left {
    /// An object of the daemon.
    Object(Object),
    /// A server that listens on a port of the host.
    Server {
        /// The port.
        port: u16,
        /// Whose it is.
        maker: Maker,
    },
}

/// What runs made and nobody has removed; what the runner made for them is its own business.
pub(super) fn left(machine: &Machine) -> Vec<Left> {
    let is_of_a_run = |maker: Maker| maker.run > 0 && maker.job != RUNNER;
    let objects = machine.objects().filter(|object| is_of_a_run(object.maker)).map(Left::Object);
    let servers = machine.servers().filter(|(_, maker)| is_of_a_run(*maker));
    objects.chain(servers.map(|(port, maker)| Left::Server { port, maker })).collect()
}

/// The services that nobody has ended: a runner that is killed no longer does. Each once, as `service postgres`.
pub(super) fn services_left(machine: &Machine, log: &Log) -> Vec<String> {
    let running: Vec<Object> =
        machine.objects().filter(|object| object.running && object.maker.job == RUNNER).collect();
    let made = |event: &&Event| {
        let made = event.effects.iter().filter(|effect| effect.what == What::Made);
        event.by_runner && made.into_iter().any(|effect| running.iter().any(|object| object.id == effect.object.id))
    };
    let mut services: Vec<String> = log.events.iter().filter(made).map(|event| event.text.clone()).collect();
    services.sort();
    services.dedup();
    services
}

/// Whether nothing is there that a run has made, or the runner for it.
pub(super) fn is_as_before(machine: &Machine) -> bool {
    machine.objects().all(|object| object.maker.run == 0) && machine.servers().all(|(_, maker)| maker.run == 0)
}

impl Left {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Object(object) => object.kind.name(),
            Self::Server { .. } => "server",
        }
    }

    /// What it is known by.
    pub fn name(&self) -> String {
        match self {
            Self::Object(object) => object.name().to_owned(),
            Self::Server { port, .. } => format!("port {port}"),
        }
    }

    /// Whose it is.
    pub fn maker(&self) -> Maker {
        match self {
            Self::Object(object) => object.maker,
            Self::Server { maker, .. } => *maker,
        }
    }

    /// Whether it is a volume that nobody has given a name.
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Self::Object(object) if object.is_anonymous())
    }

    /// Whether it runs, and so has what others may need: a port, memory.
    pub fn runs(&self) -> bool {
        match self {
            Self::Object(object) => object.running,
            Self::Server { .. } => true,
        }
    }

    /// Whether that is what made it.
    pub(super) fn is_made_by(&self, effect: &Effect) -> bool {
        matches!(self, Self::Object(object) if effect.what == What::Made && effect.object.id == object.id)
    }

    /// Whether it is a cache: another commit leaves none of another name.
    pub(super) fn is_cache(&self) -> bool {
        let Self::Object(object) = self else { return false };
        let is_cache = matches!(object.kind, ObjectKind::Image | ObjectKind::Builder);
        is_cache && !object.names.iter().any(|name| name.contains(COMMIT))
    }
}
