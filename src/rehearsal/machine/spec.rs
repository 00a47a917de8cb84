//! What a container is to be.

use super::answer::Refusal;
use super::dialect::Dialect;
use crate::command::Arg;
use crate::command::options::Options;
use crate::docker::{HostPort, Mount, MountKind, NetworkChoice, Publish, Run};
use crate::symbol::Value;

/// Where files of labels are. The machine reads no files: the rest of such a path is the one label that stands there.
pub const LABEL_FILE: &str = "/labels/";

/// What a container is to be, every text known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Its name; docker makes one up without.
    pub name: Option<String>,
    /// Its image, as it is named.
    pub image: String,
    /// The words behind the image.
    pub command: Vec<String>,
    /// What is run in place of the image's entry point.
    pub entrypoint: Option<String>,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// The ports to publish.
    pub ports: Vec<PortWish>,
    /// `-P`: whatever is exposed is published, too.
    pub publish_all: bool,
    /// `--expose`.
    pub exposed: Vec<(u16, Protocol)>,
    /// Whose network it has.
    pub mode: Mode,
    /// The networks it is on, when it has its own network.
    pub attachments: Vec<Attachment>,
    /// Volumes and paths.
    pub mounts: Vec<MountWish>,
    /// Containers whose volumes it gets.
    pub volumes_from: Vec<String>,
    /// Containers it knows by name on the default network.
    pub links: Vec<String>,
    /// `--rm`.
    pub remove: bool,
    /// The restart policy; empty for none.
    pub restart: String,
    /// It has an open standard input or a terminal: a shell waits there.
    pub waits_for_input: bool,
    /// Its caller does not wait for its end.
    pub detached: bool,
    /// It has a health check.
    pub health: bool,
    /// Names that it was told to take for the host's (`--add-host name:host-gateway`).
    pub host_names: Vec<String>,
}

/// Whose network a container has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Its own.
    #[default]
    Own,
    /// The host's.
    Host,
    /// None.
    Nothing,
    /// That of another container, by name or id.
    Container(String),
}

/// A network that a container is to be on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name or id.
    pub network: String,
    /// Names besides its own that it has there.
    pub aliases: Vec<String>,
}

/// A transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }

    /// The protocol of a name; none: TCP.
    pub fn of(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "" | "tcp" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            "sctp" => Some(Self::Sctp),
            _ => None,
        }
    }
}

/// A port to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortWish {
    /// The host's address; none for all.
    pub ip: Option<String>,
    /// The host's ports of which the first free one is taken; `None` for any.
    pub host: Option<(u16, u16)>,
    /// The container's port.
    pub container: u16,
    /// The transport.
    pub protocol: Protocol,
}

impl PortWish {
    /// Reads `[[ip:][host]:]container[/protocol]`, ranges included.
    ///
    /// # Errors
    /// What docker's client says of one that is none.
    pub fn parse(written: &str) -> Result<Vec<Self>, Refusal> {
        Self::of(&Publish::parse(&Value::literal(written)), written)
    }

    pub(super) fn of(publish: &Publish, written: &str) -> Result<Vec<Self>, Refusal> {
        let invalid = |what: &str, text: &str| Refusal::client(125, format!("docker: invalid {what}: {text}"));
        let shown = |value: &Option<Value>| value.as_ref().map(Value::to_string).filter(|text| !text.is_empty());
        let protocol = shown(&publish.protocol).unwrap_or_default();
        let protocol = Protocol::of(&protocol).ok_or_else(|| invalid("proto", &protocol))?;
        let ports = publish.container_ports().filter(|ports| !ports.is_empty() && !ports.contains(&0));
        let ports = ports.ok_or_else(|| invalid("containerPort", &publish.container.to_string()))?;
        let host = match publish.host_port() {
            HostPort::Free => None,
            HostPort::Fixed(port) => Some((port, port)),
            HostPort::Range(first, last) => Some((first, last)),
            HostPort::OneOf(several) => several.first().map(|port| (*port, *port)),
            HostPort::Unknown => return Err(invalid("hostPort", &shown(&publish.host).unwrap_or_default())),
        };
        let ip = shown(&publish.ip);
        let wish = |host, container| Self { ip: ip.clone(), host, container, protocol };
        match host {
            None => Ok(ports.into_iter().map(|port| wish(None, port)).collect()),
            Some(host) if ports.len() == 1 => Ok(vec![wish(Some(host), ports[0])]),
            Some((first, last)) if usize::from(last - first) + 1 == ports.len() => {
                Ok((first..=last).zip(ports).map(|(host, port)| wish(Some((host, host)), port)).collect())
            }
            Some(_) => Err(invalid("ranges specified for container and host Ports", written)),
        }
    }
}

/// Something to be mounted.
#[derive(Clone, Debug, PartialEq)]
pub struct MountWish {
    /// The volume's name or the path of the host; none for a volume without a name, and for memory.
    pub source: Option<String>,
    /// Where in the container.
    pub target: String,
    /// It is a volume.
    pub is_volume: bool,
}

impl MountWish {
    /// Memory: nothing is left of it, and no volume of the image's is made there.
    pub(super) fn tmpfs(target: String) -> Self {
        Self { source: None, target, is_volume: false }
    }

    pub(super) fn of(mount: &Mount) -> Option<Self> {
        let source = mount.source.as_ref().map(Value::to_string);
        let target = mount.target.to_string();
        match mount.kind {
            MountKind::Bind | MountKind::Unknown => Some(Self { source, target, is_volume: false }),
            MountKind::Named | MountKind::Anonymous => {
                Some(Self { source: source.filter(|name| !name.is_empty()), target, is_volume: true })
            }
            MountKind::Tmpfs => Some(Self::tmpfs(target)),
            MountKind::Other => None,
        }
    }
}

/// The text of a word.
pub(super) fn text(arg: &Arg) -> String {
    arg.value.to_string()
}

/// The texts of several words.
pub(super) fn texts(args: &[Arg]) -> Vec<String> {
    args.iter().map(text).collect()
}

/// `key=value` or `key`.
pub(super) fn pair(written: &str) -> (String, String) {
    let (key, value) = written.split_once('=').unwrap_or((written, ""));
    (key.to_owned(), value.to_owned())
}

impl Spec {
    /// What `docker run` or `docker create` asks for.
    ///
    /// # Errors
    /// What the client refuses before the daemon is asked.
    pub(super) fn of(run: &Run, options: &Options, dialect: Dialect) -> Result<Self, Refusal> {
        let Some(image) = &run.image else {
            return Err(Refusal::client(1, "docker: 'docker run' requires at least 1 argument"));
        };
        let mut ports = Vec::new();
        for (arg, publish) in run.ports() {
            ports.extend(PortWish::of(&publish, &text(arg))?);
        }
        let label_files = run.label_files.iter().map(text);
        let of_files = label_files.filter_map(|path| path.strip_prefix(LABEL_FILE).map(pair));
        let mut spec = Self {
            name: run.name.as_ref().map(text).filter(|name| !name.is_empty()),
            image: text(image),
            command: texts(&run.command),
            entrypoint: run.entrypoint.as_ref().map(text),
            labels: run.labels.iter().map(|arg| pair(&text(arg))).chain(of_files).collect(),
            ports,
            publish_all: options.flag("publish-all").is_yes(),
            exposed: exposed(options),
            mounts: run.mounts.iter().filter_map(MountWish::of).collect(),
            volumes_from: texts(&run.volumes_from),
            links: texts(&run.links).iter().map(|link| link.split(':').next().unwrap_or_default().to_owned()).collect(),
            remove: run.rm.is_yes(),
            restart: run.restart.as_ref().map(text).filter(|policy| policy != "no").unwrap_or_default(),
            waits_for_input: options.flag("interactive").is_yes() || options.flag("tty").is_yes(),
            detached: run.detach.is_yes(),
            health: options.has("health-cmd") && !options.flag("no-healthcheck").is_yes(),
            host_names: host_names(options),
            ..Self::default()
        };
        spec.join(run, dialect)?;
        let is_named = |attachment: &Attachment| attachment.network != "bridge" && attachment.network != "default";
        let has_named = spec.mode == Mode::Own && spec.attachments.iter().any(is_named);
        if !run.aliases.is_empty() && !has_named {
            if dialect == Dialect::Current {
                let message = "docker: network-scoped aliases are only supported for user-defined networks";
                return Err(Refusal::client(125, message));
            }
            spec.attachments.iter_mut().for_each(|attachment| attachment.aliases.clear());
        }
        if spec.remove && !spec.restart.is_empty() {
            return Err(Refusal::client(125, "docker: conflicting options: cannot specify both --restart and --rm"));
        }
        Ok(spec)
    }

    /// Its networks.
    fn join(&mut self, run: &Run, dialect: Dialect) -> Result<(), Refusal> {
        let names = texts(&run.networks);
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name))
            && dialect == Dialect::Current
        {
            let message = format!("docker: network \"{}\" is specified multiple times", twice.1);
            return Err(Refusal::client(125, message));
        }
        for arg in &run.networks {
            match NetworkChoice::parse(&arg.value) {
                NetworkChoice::Host => self.mode = Mode::Host,
                NetworkChoice::None => self.mode = Mode::Nothing,
                NetworkChoice::Container(other) => self.mode = Mode::Container(other.to_string()),
                NetworkChoice::Default => self.attach("bridge".to_owned(), Vec::new()),
                NetworkChoice::Named(name) => {
                    let fields = arg.value.split(',').into_iter().filter_map(|field| field.strip_prefix("alias="));
                    self.attach(name.to_string(), fields.map(|alias| alias.to_string()).collect());
                }
            }
        }
        if self.mode != Mode::Own && !self.attachments.is_empty() {
            let message =
                "docker: conflicting options: cannot attach both user-defined and non-user-defined network-modes";
            return Err(Refusal::client(125, message));
        }
        if self.mode == Mode::Own && self.attachments.is_empty() {
            self.attach("bridge".to_owned(), Vec::new());
        }
        if let Some(first) = self.attachments.first_mut() {
            first.aliases.extend(texts(&run.aliases));
        }
        Ok(())
    }

    fn attach(&mut self, network: String, aliases: Vec<String>) {
        match self.attachments.iter_mut().find(|attachment| attachment.network == network) {
            Some(known) => known.aliases.extend(aliases),
            None => self.attachments.push(Attachment { network, aliases }),
        }
    }
}

fn exposed(options: &Options) -> Vec<(u16, Protocol)> {
    let ports = options.values("expose").into_iter().filter_map(|arg| {
        let publish = Publish::parse(&arg.value);
        let protocol = publish.protocol.as_ref().map(Value::to_string).unwrap_or_default();
        Some(
            publish.container_ports()?.into_iter().map(move |port| (port, Protocol::of(&protocol).unwrap_or_default())),
        )
    });
    ports.flatten().collect()
}

fn host_names(options: &Options) -> Vec<String> {
    let told = options.values("add-host").into_iter().filter_map(|arg| {
        let written = text(&arg);
        let (name, address) = written.split_once([':', '='])?;
        (address == "host-gateway").then(|| name.to_owned())
    });
    told.collect()
}
