//! The words for where a job runs.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Who reads the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Forge {
    /// GitHub.
    Github,
    /// Gitea.
    Gitea,
    /// Forgejo.
    Forgejo,
}

impl Forge {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Github, Self::Gitea, Self::Forgejo];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitea => "gitea",
            Self::Forgejo => "forgejo",
        }
    }

    /// Who reads a file at that path. `configured` says who runs `.github/workflows`, and that a Forgejo
    /// reads `.gitea/workflows`; without it the folder tells.
    pub fn of(path: &str, configured: Option<Self>) -> Self {
        let folder = path.rsplit(['/', '\\']).find(|part| matches!(*part, ".github" | ".gitea" | ".forgejo"));
        match (folder, configured) {
            (Some(".forgejo"), _) | (Some(".gitea"), Some(Self::Forgejo)) => Self::Forgejo,
            (Some(".gitea"), _) => Self::Gitea,
            (_, Some(configured)) => configured,
            _ => Self::Github,
        }
    }
}

/// The program that runs jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// GitHub's actions/runner.
    Github,
    /// gitea-runner, formerly `act_runner`.
    GiteaRunner,
    /// forgejo-runner.
    ForgejoRunner,
    /// nektos/act.
    Act,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Github, Self::GiteaRunner, Self::ForgejoRunner, Self::Act];

    /// Its name in the configuration and in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::GiteaRunner => "gitea-runner",
            Self::ForgejoRunner => "forgejo-runner",
            Self::Act => "act",
        }
    }

    /// A version of it, to show the form.
    pub fn example_version(self) -> &'static str {
        if self == Self::ForgejoRunner { "12.0.0" } else { "3.1.0" }
    }

    /// The program of that name; `act_runner` is gitea-runner's old one.
    pub fn named(name: &str) -> Option<Self> {
        if matches!(name, "act_runner" | "act-runner") {
            return Some(Self::GiteaRunner);
        }
        Self::ALL.into_iter().find(|program| program.name() == name)
    }
}

/// A version by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// Major.
    pub major: u32,
    /// Minor.
    pub minor: u32,
    /// Patch.
    pub patch: u32,
}

impl Version {
    /// That version.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

/// What is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version is numbers with dots, such as `0.2.11` or `v1.22`")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads `v0.2.11`, `1.22`, `2`; what follows `-` or `+` is left out.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Vec<u32> =
            numbers.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| NotAVersion)?;
        match numbers[..] {
            [major] => Ok(Self::new(major, 0, 0)),
            [major, minor] => Ok(Self::new(major, minor, 0)),
            [major, minor, patch] => Ok(Self::new(major, minor, patch)),
            _ => Err(NotAVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Whether a job's Docker daemon outlives it and serves other jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Daemon {
    /// It dies with the job.
    Ephemeral,
    /// Nobody can tell.
    Unknown,
    /// It outlives the job.
    Shared,
}

/// Where the steps run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// On the runner's machine.
    Host,
    /// In a container.
    Container,
    /// Nobody can tell.
    Unknown,
}

/// The network of the job and its services.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// The host's own.
    Host,
    /// Docker's default bridge.
    Bridge,
    /// A network that exists before the job and stays.
    Custom(String),
    /// One that the runner makes for each job and removes.
    Auto,
    /// GitHub's: one for each job's containers, while the job itself is on the host or in it.
    PerJob,
    /// Nobody can tell.
    Unknown,
}

impl Daemon {
    /// Its name in facts; unknown has none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Ephemeral => Some("ephemeral"),
            Self::Shared => Some("shared"),
            Self::Unknown => None,
        }
    }
}

impl Mode {
    /// Its name in facts; unknown has none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Host => Some("host"),
            Self::Container => Some("container"),
            Self::Unknown => None,
        }
    }
}

impl Network {
    /// Its name in facts; unknown has none.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Host => Some("host"),
            Self::Bridge => Some("bridge"),
            Self::Custom(_) => Some("custom"),
            Self::Auto => Some("auto"),
            Self::PerJob => Some("per-job"),
            Self::Unknown => None,
        }
    }

    /// What `container.network` of a gitea-runner or forgejo-runner means: empty is one network per job.
    pub fn of_runner(value: &str) -> Self {
        match value {
            "" => Self::Auto,
            "host" => Self::Host,
            "bridge" => Self::Bridge,
            name => Self::Custom(name.to_owned()),
        }
    }
}
