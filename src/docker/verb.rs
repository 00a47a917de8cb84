//! What docker's commands other than run, build and compose do.

use super::build::{Bake, Build};
use super::compose::{Compose, ComposeVerb};
use super::control::Action;
use super::filter::Filter;
use super::run::Run;
use crate::command::Arg;
use crate::command::options::Options;
use crate::truth::Truth;

/// What a call asks of the daemon.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// `docker run`.
    Run(Box<Run>),
    /// `docker create`: made, not started.
    Create(Box<Run>),
    /// `start`, `stop`, `kill`, …
    Control(Control),
    /// `rm`, `rmi`, `network rm`, `volume rm`.
    Remove(Remove),
    /// `exec`.
    Exec(Exec),
    /// `rename OLD NEW`.
    Rename {
        /// The name it has.
        from: Arg,
        /// The name it gets.
        to: Arg,
    },
    /// `update`: limits and restart policy.
    Update {
        /// Of which containers.
        names: Vec<Arg>,
        /// `--restart`.
        restart: Option<Arg>,
    },
    /// `ps`, `network ls`, `volume ls`, `images`.
    List(List),
    /// `… prune`.
    Prune(Prune),
    /// `build`.
    Build(Box<Build>),
    /// `buildx bake`.
    Bake(Box<Bake>),
    /// `tag SOURCE TARGET`.
    Tag {
        /// The image.
        source: Arg,
        /// Its new name.
        target: Arg,
    },
    /// `push`.
    Push {
        /// What is pushed.
        images: Vec<Arg>,
        /// `-a`: under all tags that its repository has.
        all_tags: Truth,
    },
    /// `pull`.
    Pull {
        /// What is pulled.
        images: Vec<Arg>,
    },
    /// `save`.
    Save {
        /// What is saved.
        images: Vec<Arg>,
        /// `-o`; standard output without.
        output: Option<Arg>,
    },
    /// `load`.
    Load {
        /// `-i`; standard input without.
        input: Option<Arg>,
    },
    /// `import FILE [IMAGE]`.
    Import {
        /// The image's name.
        image: Option<Arg>,
    },
    /// `commit CONTAINER [IMAGE]`.
    Commit {
        /// Of which container.
        container: Arg,
        /// The image's name.
        image: Option<Arg>,
    },
    /// `network create`, `volume create`, `pod create`.
    Make(Make),
    /// `network connect`.
    Connect {
        /// The network.
        network: Arg,
        /// The container.
        container: Arg,
        /// Each `--alias`.
        aliases: Vec<Arg>,
    },
    /// `network disconnect`.
    Disconnect {
        /// The network.
        network: Arg,
        /// The container.
        container: Arg,
        /// `-f`.
        force: Truth,
    },
    /// `inspect`.
    Inspect {
        /// Of what; none for plain `docker inspect`.
        kind: Option<ObjectKind>,
        /// What is looked at.
        names: Vec<Arg>,
        /// `-f`.
        format: Option<Arg>,
    },
    /// `logs`.
    Logs {
        /// Of which containers.
        names: Vec<Arg>,
        /// `-f`: until the container ends.
        follow: Truth,
    },
    /// `port CONTAINER [PORT]`.
    Port {
        /// Of which container.
        container: Arg,
        /// Which of its ports.
        port: Option<Arg>,
    },
    /// `cp FROM TO`.
    Copy {
        /// From where: `container:path`, a path, or `-`.
        from: Arg,
        /// To where.
        to: Arg,
    },
    /// `stats`, `top`, `diff`, `attach`, `export`, `history`: looks at these.
    Look {
        /// What is looked at.
        names: Vec<Arg>,
    },
    /// `compose …`.
    Compose(Box<Compose>),
    /// `buildx create`, `rm`, `use`, …: builders.
    Builder {
        /// The subcommand.
        verb: String,
        /// Its words and `--name`.
        names: Vec<Arg>,
        /// `--driver`; `docker-container` makes a container.
        driver: Option<Arg>,
        /// What names no builder goes to this one from then on: `--use`.
        in_use: Truth,
    },
    /// `info`, `version`, `system df`, `events`, `search`: asks, changes nothing.
    Info,
    /// `context use NAME`.
    ContextUse {
        /// The context.
        name: Arg,
    },
    /// `login`, `logout`.
    Login,
    /// Anything else, by its words as far as they name a command.
    Other(Vec<String>),
}

/// The kinds of thing a daemon holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// An image.
    Image,
    /// A build cache.
    Builder,
    /// All of them (`system prune`).
    System,
    /// podman's pods.
    Pod,
}

impl ObjectKind {
    /// Its name in docker's own commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Image => "image",
            Self::Builder => "builder",
            Self::System => "system",
            Self::Pod => "pod",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        let all = [Self::Container, Self::Network, Self::Volume, Self::Image, Self::Builder, Self::System, Self::Pod];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// `start`, `stop`, `kill`, …
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What is done.
    pub action: Action,
    /// Containers or pods.
    pub kind: ObjectKind,
    /// To which.
    pub names: Vec<Arg>,
    /// podman's `-a`: to all.
    pub all: Truth,
    /// `-t`.
    pub time: Option<Arg>,
    /// `-s`.
    pub signal: Option<Arg>,
    /// podman's `--filter`.
    pub filters: Vec<Filter>,
}

/// A removal by names.
#[derive(Clone, Debug, PartialEq)]
pub struct Remove {
    /// What is removed.
    pub kind: ObjectKind,
    /// Names and ids as written.
    pub names: Vec<Arg>,
    /// `-f`.
    pub force: Truth,
    /// `-v`: anonymous volumes too.
    pub volumes: Truth,
    /// podman's `-a`: all there are.
    pub all: Truth,
    /// podman's `--filter`.
    pub filters: Vec<Filter>,
}

/// `docker exec`.
#[derive(Clone, Debug, PartialEq)]
pub struct Exec {
    /// In which container.
    pub container: Option<Arg>,
    /// `-d`.
    pub detach: Truth,
    /// What runs there.
    pub argv: Vec<Arg>,
}

/// `docker ps` and its kind.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// What is listed.
    pub kind: ObjectKind,
    /// `-a`: containers that do not run, too. A `status=` filter implies it.
    pub all: Truth,
    /// `-q`: ids alone.
    pub quiet: Truth,
    /// `-l`, `-n 1`: only the newest.
    pub latest: Truth,
    /// Each `--filter`.
    pub filters: Vec<Filter>,
    /// `--format`.
    pub format: Option<Arg>,
    /// `docker images REPOSITORY`.
    pub reference: Option<Arg>,
}

/// `docker … prune`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prune {
    /// What is pruned.
    pub kind: ObjectKind,
    /// `-a`: images that have a name, volumes that have one.
    pub all: Truth,
    /// `-f`: without asking.
    pub force: Truth,
    /// `--volumes`.
    pub volumes: Truth,
    /// Each `--filter`.
    pub filters: Vec<Filter>,
    /// Whose build cache it is.
    pub builder: Option<PrunedBuilder>,
    /// It keeps as much of a build cache as an option says: `--keep-storage 2gb`.
    pub kept_size: bool,
}

/// Of which builder a build cache is pruned.
#[derive(Clone, Debug, PartialEq)]
pub enum PrunedBuilder {
    /// `--builder`.
    Named(Arg),
    /// Of the one in use, as buildx has it.
    InUse,
}

/// `docker network create`, `docker volume create`, `podman pod create`.
#[derive(Clone, Debug, PartialEq)]
pub struct Make {
    /// What is made.
    pub kind: ObjectKind,
    /// Its name; a volume without one gets a random one.
    pub name: Option<Arg>,
    /// Each `--label`.
    pub labels: Vec<Arg>,
    /// `--driver`.
    pub driver: Option<Arg>,
    /// Each `--publish` (pods).
    pub publishes: Vec<Arg>,
}

impl Verb {
    /// Whether it lists things: `docker ps`, `docker images`, `docker compose ps`.
    pub fn lists(&self) -> bool {
        match self {
            Self::List(_) => true,
            Self::Compose(compose) => matches!(compose.verb, ComposeVerb::Ps { .. }),
            _ => false,
        }
    }

    /// What a call names that removes, stops or otherwise handles things.
    pub fn handled(&self) -> Option<&[Arg]> {
        match self {
            Self::Remove(remove) => Some(&remove.names),
            Self::Control(control) => Some(&control.names),
            _ => None,
        }
    }

    /// Each `--filter` that it is given.
    pub fn filters(&self) -> &[Filter] {
        match self {
            Self::Control(control) => &control.filters,
            Self::Remove(remove) => &remove.filters,
            Self::List(list) => &list.filters,
            Self::Prune(prune) => &prune.filters,
            _ => &[],
        }
    }
}

fn filters(options: &Options) -> Vec<Filter> {
    options.values("filter").iter().map(Filter::parse).collect()
}

impl Control {
    pub(super) fn new(action: Action, kind: ObjectKind, options: &Options, names: Vec<Arg>) -> Self {
        Self {
            action,
            kind,
            names,
            all: options.flag("all"),
            time: options.value("time").or_else(|| options.value("timeout")),
            signal: options.value("signal"),
            filters: filters(options),
        }
    }
}

impl Remove {
    pub(super) fn new(kind: ObjectKind, options: &Options, names: Vec<Arg>) -> Self {
        let (force, volumes, all) = (options.flag("force"), options.flag("volumes"), options.flag("all"));
        Self { kind, names, force, volumes, all, filters: filters(options) }
    }
}

impl Exec {
    pub(super) fn new(options: &Options, words: Vec<Arg>) -> Self {
        let mut words = words.into_iter();
        Self { container: words.next(), detach: options.flag("detach"), argv: words.collect() }
    }
}

impl List {
    pub(super) fn new(kind: ObjectKind, options: &Options, words: Vec<Arg>) -> Self {
        let last = options.value("last").map_or(Truth::No, |_| Truth::Yes);
        Self {
            kind,
            all: options.flag("all"),
            quiet: options.flag("quiet"),
            latest: options.flag("latest").or(last),
            filters: filters(options),
            format: options.value("format"),
            reference: words.into_iter().next(),
        }
    }
}

/// The options that say how much of a build cache a prune keeps.
const BOUNDS: [&str; 4] = ["keep-storage", "reserved-space", "max-used-space", "min-free-space"];

impl Prune {
    pub(super) fn new(kind: ObjectKind, options: &Options) -> Self {
        let (all, force, volumes) = (options.flag("all"), options.flag("force"), options.flag("volumes"));
        let builder = options.value("builder").map(PrunedBuilder::Named);
        let kept_size = BOUNDS.iter().any(|bound| options.has(bound));
        Self { kind, all, force, volumes, filters: filters(options), builder, kept_size }
    }
}

impl Make {
    pub(super) fn new(kind: ObjectKind, options: &Options, words: &[Arg]) -> Self {
        let given = || options.value("name");
        Self {
            kind,
            // It takes one name; a word that may hold options is not it while there is another.
            name: words.iter().find(|word| !options.doubts(&word.span)).or(words.first()).cloned().or_else(given),
            labels: options.values("label"),
            driver: options.value("driver"),
            publishes: options.values("publish"),
        }
    }
}
