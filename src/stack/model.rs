//! What the files of a compose call say.

use crate::docker::{ObjectKind, Publish};
use crate::source::{Location, Source};
use crate::symbol::Value;
use crate::truth::Truth;

/// What a compose call's files say.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// The top-level `name:`.
    pub name: Option<Value>,
    /// The project directory's own name, when it is known; in a checkout's root the repository's.
    pub directory: Option<Value>,
    /// The services that are started, or built.
    pub services: Vec<StackService>,
    /// The networks that it makes and `down` removes, of those with a name of their own.
    pub networks: Vec<Value>,
    /// The addresses that its networks have, where the files say them: a daemon has them once.
    pub subnets: Vec<Value>,
    /// The networks and volumes that it uses and others make.
    pub external: Vec<(ObjectKind, Value)>,
    /// It declares volumes with names.
    pub named_volumes: bool,
    /// The volumes that it makes and `down -v` removes, of those with a name of their own: not the project's.
    pub volumes: Vec<Value>,
    /// The volumes that it makes and `down -v` removes, of those that are named after the project.
    pub project_volumes: Vec<ProjectVolume>,
    /// What its files name after the project by hand: `container_name: ${COMPOSE_PROJECT_NAME}-db`.
    pub named_after_project: Vec<Value>,
    /// What the services take from the host.
    pub claims: Vec<Claim>,
    /// The paths of the host that they mount.
    pub binds: Vec<ComposeBind>,
    /// The files.
    pub sources: Vec<Source>,
    /// The job changes the files before: nothing of what they start is known.
    pub is_edited: bool,
}

impl Stack {
    /// Whether compose builds images for it, and names them after the project.
    pub fn names_what_it_builds(&self) -> bool {
        self.services.iter().any(|service| service.builds && service.image.is_none())
    }

    /// Whether `down -v` takes nothing but the project's own volumes. What the files say is not known where a job edits
    /// them.
    pub fn owns_its_volumes(&self) -> bool {
        !self.services.is_empty() && self.volumes.iter().all(|name| name.unique().is_static().is_no())
    }
}

/// One service of a [`Stack`].
#[derive(Clone, Debug)]
pub struct StackService {
    /// Its id.
    pub id: String,
    /// It is certain to be one of those that the call is about.
    pub is_meant: Truth,
    /// Its `image:`.
    pub image: Option<Value>,
    /// Where `image:` is written.
    pub image_at: Option<Location>,
    /// It has a `build:`.
    pub builds: bool,
    /// It is built anew whenever it comes up (`pull_policy: build`).
    pub builds_always: bool,
    /// `container_name:`
    pub container_name: Option<Value>,
    /// `restart:` is `always` or `unless-stopped`.
    pub restarts: bool,
    /// Where its `healthcheck:` is written: a command that runs in the container.
    pub health_at: Option<Location>,
    /// Where in the container something is mounted.
    pub mounted: Vec<String>,
    /// A profile that has to be named for it where no service is: the call started it by its name, and its own are not
    /// active. `down` leaves the networks and volumes of a service that no profile enables (docker/compose v2).
    pub asks_for_profile: Option<String>,
}

/// A volume that compose names after the project.
#[derive(Clone, Debug)]
pub struct ProjectVolume {
    /// Its key in the file.
    pub key: String,
    /// Where the services that are started mount it.
    pub targets: Vec<String>,
    /// The directory of the host that it is, as written, variables replaced where they are known.
    pub device: Option<String>,
}

/// Folders that spare later runs some work: names of volumes are compared with them, and folders of paths. A name may
/// have words before it: `web-cargo`.
const CACHE_FOLDERS: &[&str] = &["cargo", ".cargo", ".m2", ".gradle", ".npm", ".pnpm", ".nuget"];

/// The same as words that stand side by side, in a name or in a path.
const CACHE_WORDS: &[&str] = &["cargo registry", "cargo git", "go pkg", "pnpm store"];

impl ProjectVolume {
    /// Whether it spares later runs some work.
    pub fn is_cache(&self) -> bool {
        std::iter::once(&self.key).chain(&self.targets).any(|text| says_cache(&text.to_ascii_lowercase()))
    }
}

fn says_cache(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // `gocache`, but not `memcached`, which is a server and its data.
    let is_cache = |word: &&str| *word != "memcache" && (word.ends_with("cache") || word.ends_with("caches"));
    let is_folder = |part: &str| part.rsplit(['-', '_']).next().is_some_and(|last| CACHE_FOLDERS.contains(&last));
    words.iter().any(is_cache)
        || words.windows(2).any(|pair| CACHE_WORDS.contains(&pair.join(" ").as_str()))
        || text.split('/').any(is_folder)
}

/// Something that a started service takes from the host.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The service.
    pub service: String,
    /// What it takes.
    pub what: Claimed,
    /// As written.
    pub written: String,
    /// Where it is written.
    pub at: Location,
    /// The service is certain to be started.
    pub started: Truth,
}

/// What a service can take from the host.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// A port.
    Port(Publish),
    /// A container's name.
    Name(Value),
    /// The host's network, and the image that runs there; `true`: it has ports written.
    HostNetwork(Option<Value>, bool),
}

/// A bind mount of a started compose service, as its compose file has it.
#[derive(Clone, Debug)]
pub struct ComposeBind {
    /// The service.
    pub service: String,
    /// The path as written, variables replaced where they are known.
    pub path: String,
    /// Where it is in the container, where that is written.
    pub target: Option<String>,
    /// The compose file's folder, relative to the checkout; nothing when it lies outside or is not known.
    pub folder: Option<String>,
    /// Where it is written.
    pub at: Location,
}

impl ComposeBind {
    /// Whether it is the same directory of the host for every run: see [`is_of_the_host`].
    pub fn is_of_the_host(&self) -> Truth {
        is_of_the_host(&self.path)
    }

    /// Whether it lies inside the checkout.
    pub fn in_checkout(&self) -> Truth {
        in_checkout(self.folder.as_deref(), &self.path)
    }
}

/// What a run has of its own in a path: its checkout, its temporary folder, its number.
const OF_THE_RUN: [&str; 10] = [
    "$PWD",
    "${PWD}",
    "$(pwd)",
    "`pwd`",
    "GITHUB_WORKSPACE",
    "github.workspace",
    "RUNNER_TEMP",
    "runner.temp",
    "GITHUB_RUN_ID",
    "github.run_id",
];

/// Whether a path is the same directory of the host for every run: a whole path, or one in the user's own folder. Where
/// a variable that nobody knows is in it, nobody knows; the checkout is each run's own.
pub fn is_of_the_host(path: &str) -> Truth {
    if OF_THE_RUN.iter().any(|own| path.contains(own)) {
        return Truth::No;
    }
    let home = ["${HOME}", "$HOME/", "${{ env.HOME }}"].into_iter().find_map(|home| path.strip_prefix(home));
    let (is_whole, rest) = match home {
        Some(rest) => (true, rest),
        None => (path.starts_with(['/', '~']), path),
    };
    match rest.split_once('$') {
        None => is_whole.into(),
        Some((before, _)) if !is_whole && !before.is_empty() => Truth::No,
        _ => Truth::Unknown,
    }
}

/// Whether a compose file's path lies inside the checkout: relative ones resolve against the file's folder.
fn in_checkout(folder: Option<&str>, path: &str) -> Truth {
    if path.starts_with(['/', '~', '\\']) || path.get(1..3) == Some(":\\") {
        return Truth::No;
    }
    if path.starts_with("${PWD}") || path.starts_with("$PWD") {
        return folder.map_or(Truth::Unknown, |_| Truth::Yes);
    }
    if path.starts_with('$') {
        return Truth::Unknown;
    }
    let Some(folder) = folder else { return Truth::Unknown };
    let mut depth = 0_i32;
    for piece in folder.split('/').chain(path.split('/')) {
        match piece {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return Truth::No;
        }
    }
    Truth::Yes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_the_host_is_the_same_for_every_run() {
        for path in ["/srv/pg", "~/pg", "${HOME}/pg", "$HOME/pg"] {
            assert!(is_of_the_host(path).is_yes(), "{path}");
        }
        for path in ["./pg", "${PWD}/pg", "${GITHUB_WORKSPACE}/pg", "${RUNNER_TEMP}/pg", "/tmp/pg-${GITHUB_RUN_ID}"] {
            assert!(is_of_the_host(path).is_no(), "{path}");
        }
        assert_eq!(is_of_the_host("${{ vars.DATA }}/pg"), Truth::Unknown);
    }

    #[test]
    fn a_cache_is_told_by_its_words() {
        for (text, expected) in [
            ("gocache", true),
            ("/root/.cache/pip", true),
            ("pip_cache", true),
            ("cargo-registry", true),
            ("/usr/local/cargo/registry", true),
            ("/root/.m2/repository", true),
            ("web-cargo", true),
            ("/go/pkg/mod", true),
            ("pnpm-store", true),
            ("memcached", false),
            ("memcache", false),
            ("/var/lib/registry", false),
            ("/app/.npmrc", false),
            ("/var/lib/postgresql/data", false),
        ] {
            assert_eq!(says_cache(text), expected, "{text}");
        }
    }

    #[test]
    fn compose_paths_resolve_against_their_file() {
        for (folder, path, expected) in [
            (Some(""), "./data", Truth::Yes),
            (Some("docker/compose"), "../data/mysql", Truth::Yes),
            (Some("docker"), "../../data", Truth::No),
            (Some(""), "/srv/x", Truth::No),
            (Some(""), "${DATA}/x", Truth::Unknown),
            (None, "./x", Truth::Unknown),
        ] {
            assert_eq!(in_checkout(folder, path), expected, "{folder:?} {path}");
        }
    }
}
