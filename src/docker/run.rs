//! `docker run` and `docker create`.

use super::mount::Mount;
use super::network::NetworkChoice;
use super::publish::Publish;
use crate::command::Arg;
use crate::command::options::Options;
use crate::truth::Truth;

/// A container to be made.
///
/// A flag that takes a value is listed with a `=` in `tables.rs` (`RUN_DOCKER`, or its neighbours for podman and
/// nerdctl): without it the value would be taken for the image. What it says is read in `Run::new`, into a field of
/// its own; a flag that has none is only stepped over.
///
/// A switch is read in `Run::new` with `flag("init")` into a [`Truth`], which is unknown when a word of the command may
/// hold it, and knows `--init=false`. All switches of docker's stand in `tables.rs` already: nothing is to be done
/// there.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// `--name`.
    pub name: Option<Arg>,
    /// `-d`.
    pub detach: Truth,
    /// `--rm`.
    pub rm: Truth,
    /// Each `-p`; see [`Run::ports`].
    pub publishes: Vec<Arg>,
    /// Each `--network`; see [`Run::network`].
    pub networks: Vec<Arg>,
    /// `-v`, `--mount`, `--tmpfs`.
    pub mounts: Vec<Mount>,
    /// Each `--label`: `key=value` or `key`.
    pub labels: Vec<Arg>,
    /// Each `--label-file`.
    pub label_files: Vec<Arg>,
    /// Each `-e`: `NAME=value`, or `NAME` handed on.
    pub env: Vec<Arg>,
    /// Each `--env-file`.
    pub env_files: Vec<Arg>,
    /// `--restart`.
    pub restart: Option<Arg>,
    /// The image; none when a word that may hold options hides it.
    pub image: Option<Arg>,
    /// What stands behind the image.
    pub command: Vec<Arg>,
    /// `--entrypoint`.
    pub entrypoint: Option<Arg>,
    /// `--pid`.
    pub pid: Option<Arg>,
    /// `--ipc`.
    pub ipc: Option<Arg>,
    /// Each `--volumes-from`.
    pub volumes_from: Vec<Arg>,
    /// `--cidfile`.
    pub cidfile: Option<Arg>,
    /// Each `--network-alias`.
    pub aliases: Vec<Arg>,
    /// Each `--link`.
    pub links: Vec<Arg>,
    /// Each `--add-host`: `name:address`.
    pub hosts: Vec<Arg>,
}

impl Run {
    pub(super) fn new(options: &Options, words: Vec<Arg>) -> Self {
        let value = |name: &str| options.value(name);
        let values = |name: &str| options.values(name);
        let both = |name: &str, alias: &str| {
            let given = options.given.iter().filter(|given| given.name == name || given.name == alias);
            given.filter_map(|given| given.value.clone()).collect::<Vec<_>>()
        };
        let flag = |name: &str| options.flag(name);
        let mut words = words.into_iter();
        let image = words.next();
        let mounts = options.given.iter().filter_map(|given| {
            let value = given.value.as_ref()?;
            match given.name {
                "volume" => Some(Mount::from_volume(value)),
                "mount" => Some(Mount::from_mount(value)),
                "tmpfs" => Some(Mount::from_tmpfs(value)),
                _ => None,
            }
        });
        Self {
            name: value("name"),
            detach: flag("detach"),
            rm: flag("rm"),
            publishes: values("publish"),
            networks: both("network", "net"),
            mounts: mounts.collect(),
            labels: values("label"),
            label_files: values("label-file"),
            env: values("env"),
            env_files: values("env-file"),
            restart: value("restart"),
            image,
            command: words.collect(),
            entrypoint: value("entrypoint"),
            pid: value("pid"),
            ipc: value("ipc"),
            volumes_from: values("volumes-from"),
            cidfile: value("cidfile"),
            aliases: both("network-alias", "net-alias"),
            links: values("link"),
            hosts: values("add-host"),
        }
    }

    /// The ports it publishes, each with its option's value.
    pub fn ports(&self) -> impl Iterator<Item = (&Arg, Publish)> {
        self.publishes.iter().map(|arg| (arg, Publish::parse(&arg.value)))
    }

    /// Whether it is handed the daemon's socket, so that it can start containers of its own.
    pub fn has_socket(&self) -> bool {
        let socket = |mount: &Mount| mount.source.as_ref().is_some_and(|path| path.suffix().ends_with("docker.sock"));
        self.mounts.iter().any(socket)
    }

    /// Whether what runs in it reaches the ports of the daemon's host: on the host's network, or by a name that it is
    /// told for the host (`--add-host host.docker.internal:host-gateway`).
    pub fn reaches_host(&self) -> bool {
        let is_gateway = |arg: &Arg| arg.value.suffix().ends_with("host-gateway");
        self.network() == NetworkChoice::Host || self.hosts.iter().any(is_gateway)
    }

    /// The network it is on (the first, when there are several).
    pub fn network(&self) -> NetworkChoice {
        self.networks.first().map_or(NetworkChoice::Default, |arg| NetworkChoice::parse(&arg.value))
    }
}

/// Whether a container with this restart policy comes back after the daemon's restart, whatever made it end.
pub fn is_lasting(policy: &str) -> bool {
    matches!(policy, "always" | "unless-stopped")
}
