//! Something on the daemon that a job makes.

use super::helper_labels::HelperLabels;
use crate::facts::{NAMED_AFTER, listed};
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::Target;
use crate::truth::Truth;

/// The kinds of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// A container.
    Container,
    /// A compose project.
    Project,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// A cluster of kind, k3d or minikube.
    Cluster,
    /// A builder of buildx: a container and its volume.
    Builder,
}

impl ResourceKind {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Project => "project",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Cluster => "cluster",
            Self::Builder => "builder",
        }
    }
}

/// Something on the daemon that a job makes.
///
/// It has what matters to its life: what it is called, and what takes it away. What else its command says is not copied
/// here: a fact asks the verb of the act (`model.act(resource.act).verb()`). Everybody begins with [`Resource::new`],
/// which has a field's default, and `resources.rs` sets it of a docker call.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name; none when docker or a program chooses it.
    pub name: Option<Value>,
    /// Where the name is written.
    pub name_at: Option<Location>,
    /// Its labels, `key=value`.
    pub labels: Vec<Value>,
    /// All its labels are in `labels`.
    pub labels_known: bool,
    /// A container's image.
    pub image: Option<Value>,
    /// It goes on after its command.
    pub detached: Truth,
    /// It goes when it ends.
    pub rm: Truth,
    /// It is made, not started: `docker create`.
    pub created_only: bool,
    /// `--restart always|unless-stopped`, or so in one of a project's services.
    pub restarts: bool,
    /// What takes the name, in the vocabulary's words.
    pub by: &'static str,
    /// The act that makes it first.
    pub act: usize,
    /// Every act that makes it: a project may be brought up again.
    pub acts: Vec<usize>,
    /// Where that takes effect.
    pub target: Target,
    /// What made it removes it, too: an action's post step.
    pub removes_itself: Truth,
    /// Names of what it is made of: a cluster's nodes, a project's containers.
    pub parts: Vec<Value>,
    /// Those are all there are.
    pub parts_known: bool,
    /// What the configuration calls it (`resources:`), when a program makes it.
    pub declared: Option<String>,
    /// Where something is mounted in it: no anonymous volume is made there.
    pub mounted: Vec<Value>,
    /// Networks and volumes that it uses and does not make itself.
    pub uses: Vec<(ResourceKind, Value)>,
    /// It is made only where it is not there yet, to stay.
    pub ensured: bool,
    /// A command in a container of a project makes it: `compose run`.
    pub is_run: bool,
    /// What its labels say to `berth-run`.
    pub helper_labels: HelperLabels,
}

impl Resource {
    /// Nothing but its kind, what takes its name, and what makes it where.
    pub(super) fn new(kind: ResourceKind, by: &'static str, act: usize, target: Target) -> Self {
        Self {
            kind,
            name: None,
            name_at: None,
            labels: Vec::new(),
            labels_known: true,
            image: None,
            detached: Truth::Yes,
            rm: Truth::No,
            created_only: false,
            restarts: false,
            by,
            act,
            acts: vec![act],
            target,
            removes_itself: Truth::No,
            parts: Vec::new(),
            parts_known: true,
            declared: None,
            mounted: Vec::new(),
            uses: Vec::new(),
            ensured: false,
            is_run: false,
            helper_labels: HelperLabels::None,
        }
    }

    /// The act that makes it last: what removes it before that does not count.
    pub fn last(&self) -> usize {
        self.acts.last().copied().unwrap_or(self.act)
    }

    /// What stands for it in a message.
    pub fn shown(&self) -> String {
        if let Some(declared) = &self.declared {
            return declared.clone();
        }
        match (&self.name, &self.image) {
            (Some(name), _) => name.to_string(),
            (None, Some(image)) => image.to_string(),
            (None, None) => self.kind.name().to_owned(),
        }
    }

    /// Its kind and what stands for it, in words; one without a name is no more than of an image.
    pub fn in_words(&self) -> String {
        let kind = self.kind.name();
        match (&self.declared, &self.name, &self.image) {
            (None, Some(name), _) if name.to_string().starts_with(NAMED_AFTER) => format!("{kind} {name}"),
            (None, None, Some(image)) => match image.candidates().filter(|all| all.len() > 1) {
                Some(all) => {
                    let all: Vec<String> = all.iter().map(|image| format!("`{image}`")).collect();
                    format!("{kind} of image {}", listed(&all, "or"))
                }
                None => format!("{kind} of image `{image}`"),
            },
            (None, None, None) => format!("unnamed {kind}"),
            _ => format!("{kind} `{}`", self.shown()),
        }
    }

    /// It ends, and goes, with its command.
    pub fn ends_with_command(&self) -> Truth {
        if self.kind == ResourceKind::Container { self.rm.and(!self.detached) } else { Truth::No }
    }
}
