//! A name that is looked for, and which of the places that have its letters mean it.

use std::path::Path;

use super::super::super::Place;
use super::super::super::doubt::yaml_files::{is_compose, is_manifest};
use super::super::{Name, NameKind};
use super::line::{Line, has_tag, is_comment};
use crate::docker::{Reference, is_name_letter};
use crate::symbol::Value;

/// What a project's name is given by.
const PROJECT_GIVEN: [&str; 4] = ["compose.project=", "-p ", "--project-name ", "--project-name="];

/// Files in which a project says what it is and what it is called, for its own tools.
const OF_PROJECTS: [&str; 14] = [
    "cargo.toml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "composer.json",
    "chart.yaml",
    "pom.xml",
    "go.mod",
    "go.work",
    "build.gradle",
    "settings.gradle",
    "sonar-project.properties",
    "renovate.json",
    "labeler.yml",
];

/// How many lines around a name belong to it: `repository:` and `tag:` of a chart, `image:` and `build:` of a service.
const AROUND: usize = 6;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sought {
    /// A container, a network or a volume.
    Thing { kind: NameKind, name: String },
    /// An image, by its name (the registry's, too, where it is written) and tag.
    Image { name: String, tag: String },
    /// A compose project, by what compose derives from it for these services and volumes.
    Project { project: String, services: Vec<String>, volumes: Vec<String> },
}

/// What a place that has a name's letters is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    /// Something else.
    Other,
    /// The name, as it is written.
    Meant(String),
    /// The name of an image, with its tag elsewhere.
    Half,
    /// The command or key that makes a thing of that name: what is beside it looks for that, and not for the job's.
    Own,
    /// What holds where this setting is not there.
    Default(String),
}

/// A file in which names are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'t> {
    /// Its lines.
    pub lines: &'t [&'t str],
    /// What it is.
    pub sort: Sort,
    /// It says a client of the daemon.
    pub calls_docker: bool,
}

/// What files are, as far as names in them mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A compose file: its services and networks have names of their own.
    Compose,
    /// A manifest: what it names is in a cluster, but for images.
    Manifest,
    /// Scripts by names: `"app:test": "jest"`.
    Tasks,
    /// What a project says of itself: it may be called as the job calls a thing.
    Project,
    /// Recipes by names: `e2e-test:`.
    Recipes,
    /// Anything else.
    Any,
}

impl Sort {
    /// What a file is.
    pub fn of(path: &str, text: &str) -> Self {
        let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        match () {
            () if name == "package.json" || name.starts_with("taskfile.") || name.ends_with("justfile") => Self::Tasks,
            () if OF_PROJECTS.contains(&name.as_str()) => Self::Project,
            () if name.ends_with("makefile") || name.ends_with(".mk") => Self::Recipes,
            () if is_compose(&name, text) => Self::Compose,
            () if is_manifest(&name, text) => Self::Manifest,
            () => Self::Any,
        }
    }
}

impl Sought {
    /// What is looked for of a name; none where it is not known, or nobody can say it.
    pub fn of(place: &Place<'_>, name: &Name) -> Option<Self> {
        let literal = name.value.as_literal().filter(|literal| !literal.is_empty())?;
        match name.kind {
            NameKind::Container | NameKind::Network | NameKind::Volume => {
                Some(Self::Thing { kind: name.kind, name: literal.to_owned() })
            }
            NameKind::Image => Self::image(literal),
            NameKind::Project => {
                let stack = place.job.stacks.get(&name.act);
                let services = stack.iter().flat_map(|stack| &stack.services).map(|one| one.id.to_string());
                let volumes = stack.iter().flat_map(|stack| &stack.project_volumes).map(|one| one.key.clone());
                Some(Self::Project {
                    project: literal.to_owned(),
                    services: services.collect(),
                    volumes: volumes.collect(),
                })
            }
            NameKind::Builder => None,
        }
    }

    /// A container.
    pub fn container(name: &str) -> Self {
        Self::Thing { kind: NameKind::Container, name: name.to_owned() }
    }

    fn image(literal: &str) -> Option<Self> {
        let tag = Reference::parse(&Value::literal(literal)).effective_tag()?.as_literal()?.to_owned();
        let name = literal.strip_suffix(&format!(":{tag}")).unwrap_or(literal).to_owned();
        Some(Self::Image { name, tag })
    }

    /// The letters that are looked for.
    pub fn letters(&self) -> Vec<String> {
        match self {
            Self::Thing { name, .. } | Self::Image { name, .. } => vec![name.clone()],
            Self::Project { project, .. } => {
                let derived = ["-", "_"].map(|sign| format!("{project}{sign}"));
                let given = PROJECT_GIVEN.map(|given| format!("{given}{project}"));
                derived.into_iter().chain(given).collect()
            }
        }
    }

    /// What it is called in a sentence.
    pub fn shown(&self) -> String {
        match self {
            Self::Thing { name, .. } => name.clone(),
            Self::Image { name, tag } if tag == "latest" => name.clone(),
            Self::Image { name, tag } => format!("{name}:{tag}"),
            Self::Project { project, .. } => project.clone(),
        }
    }

    /// An image's name and tag.
    pub fn name_and_tag(&self) -> Option<(&str, &str)> {
        match self {
            Self::Image { name, tag } => Some((name, tag)),
            _ => None,
        }
    }

    /// What a place is: `line` is the number of its line, counted from 0.
    pub fn judge(&self, file: &Looked<'_>, number: usize, line: Line<'_>) -> Is {
        let is_rule = file.sort == Sort::Recipes && line.before().is_empty() && line.after().starts_with(':');
        if is_comment(line.text) || line.is_prose() || file.sort == Sort::Project || is_rule {
            return Is::Other;
        }
        match self {
            Self::Thing { kind, name } => thing(*kind, name, file, line),
            Self::Image { name, tag } => image(name, tag, file, number, line),
            Self::Project { project, services, volumes } => derived(project, services, volumes, line),
        }
    }
}

/// A name that a program may have for a word or a variable of its own (letters, digits and `_`) counts only in the forms
/// in which names are used; one with a `-` or a `.` in it wherever it stands as a whole.
fn thing(kind: NameKind, name: &str, file: &Looked<'_>, line: Line<'_>) -> Is {
    if !line.is_whole() || file.sort == Sort::Manifest {
        return Is::Other;
    }
    if makes(kind, file, line) {
        return Is::Own;
    }
    let is_in_cluster = line.before().contains("kubectl ") && !line.asks_docker();
    if is_in_cluster {
        return Is::Other;
    }
    // What a call of compose is given are services.
    if kind == NameKind::Container && line.before().to_ascii_lowercase().contains("compose ") {
        return Is::Other;
    }
    if file.sort == Sort::Compose && !is_external(file, line) && !line.is_host() {
        return Is::Other;
    }
    let is_plain = !name.contains(['-', '.']);
    let words: &[&str] = match kind {
        NameKind::Container => &["container", "docker"],
        NameKind::Network => &["network"],
        _ => &["volume"],
    };
    let is_host = line.is_host();
    if is_host && kind != NameKind::Container {
        return Is::Other;
    }
    let has_key =
        || line.key().is_some_and(|key| !key.ends_with("file") && words.iter().any(|word| key.contains(word)));
    let is_given = || match kind {
        NameKind::Network => line.is_given_to(&["--network", "--net"]),
        NameKind::Volume => {
            line.is_mounted() && line.is_given_to(&["-v", "--volume"]) || line.before().ends_with("source=")
        }
        _ => line.is_alone() && line.asks_docker(),
    };
    // A script says for itself which variable gives it another.
    if let Some(setting) = line.setting().filter(|_| line.before().ends_with(":-")) {
        return Is::Default(setting);
    }
    if !is_plain || is_host || has_key() || is_given() {
        return Is::Meant(name.to_owned());
    }
    let setting = line.setting().filter(|setting| {
        let setting = setting.to_ascii_lowercase();
        let ends = ["_name", "container"].iter().chain(words);
        file.calls_docker && ends.into_iter().any(|end| setting.ends_with(end))
    });
    setting.map_or(Is::Other, Is::Default)
}

/// Whether a line makes a thing of that name.
fn makes(kind: NameKind, file: &Looked<'_>, line: Line<'_>) -> bool {
    let lower = line.before().to_ascii_lowercase();
    let is_key = file.sort == Sort::Compose && line.before().trim().is_empty() && line.after().trim() == ":";
    match kind {
        NameKind::Container => line.is_given_to(&["--name", "container_name", "hostname"]) || is_key,
        NameKind::Network => lower.contains("network") && lower.contains("create"),
        _ => lower.contains("volume") && lower.contains("create"),
    }
}

/// Whether a compose file may mean what is there already.
fn is_external(file: &Looked<'_>, line: Line<'_>) -> bool {
    let is_named = line.key().is_some_and(|key| key == "name");
    let is_joined = line.before().ends_with("container:");
    is_joined
        || file.lines.iter().any(|line| line.contains("external:"))
            && (is_named || line.is_alone() || line.after().trim() == ":")
}

fn image(name: &str, tag: &str, file: &Looked<'_>, number: usize, line: Line<'_>) -> Is {
    let (before, after) = (line.before(), line.after());
    let is_path = before.ends_with('/')
        && !["docker://", "docker.io/", "docker.io/library/"].iter().any(|registry| before.ends_with(registry));
    // What builds are built on is asked of each build that the job makes.
    let is_base = before.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("from "));
    if before.ends_with(is_name_letter) || is_path || before.ends_with(['$', '{']) || is_base {
        return Is::Other;
    }
    let around = || {
        let from = number.saturating_sub(AROUND);
        file.lines.get(from..file.lines.len().min(number + AROUND + 1)).unwrap_or_default()
    };
    let rest = match after.strip_prefix(':').map(|rest| rest.strip_prefix(tag)) {
        Some(Some(rest)) => Some(rest),
        // With another tag, or a port.
        Some(None) if after[1..].starts_with(is_name_letter) => return Is::Other,
        _ => None,
    };
    if let Some(rest) = rest {
        if rest.starts_with(is_name_letter) || rest.starts_with([':', '/', '@']) {
            return Is::Other;
        }
        let is_built = line.is_given_to(&["-t", "--tag"]) || is_built_here(file, line, around());
        let is_task = file.sort == Sort::Tasks && !line.text.contains("docker");
        return match (is_built, is_task) {
            (true, _) => Is::Own,
            (_, true) => Is::Other,
            _ => Is::Meant(format!("{name}:{tag}")),
        };
    }
    if after.starts_with(is_name_letter) || after.starts_with(['/', '@', '$', '{']) {
        return Is::Other;
    }
    if is_built_here(file, line, around()) || line.is_given_to(&["-t", "--tag"]) {
        return Is::Own;
    }
    let key = line.key().unwrap_or_default();
    let is_value = !key.is_empty();
    let is_default = tag == "latest" && !around().iter().any(|line| line.contains("tag"));
    let asks = key.ends_with("image") || before.ends_with("docker://");
    match () {
        () if is_default && asks => Is::Meant(name.to_owned()),
        () if is_value && around().iter().any(|line| !is_comment(line) && has_tag(line, tag)) => {
            Is::Meant(format!("{name}:{tag}"))
        }
        () if is_value && file.sort == Sort::Any && ["repository", "image"].iter().any(|end| key.ends_with(end)) => {
            Is::Half
        }
        () => Is::Other,
    }
}

/// Whether a compose file builds the image that it names.
fn is_built_here(file: &Looked<'_>, line: Line<'_>, around: &[&str]) -> bool {
    file.sort == Sort::Compose
        && line.is_given_to(&["image"])
        && around.iter().any(|line| line.trim_start().starts_with("build:"))
}

fn derived(project: &str, services: &[String], volumes: &[String], line: Line<'_>) -> Is {
    let (before, after) = (line.before(), line.after());
    let said = &line.text[line.from..line.to];
    if let Some(given) = PROJECT_GIVEN.iter().find(|given| said.strip_suffix(project) == Some(given)) {
        let is_of_compose = !given.starts_with('-') || before.contains("compose");
        let makes = [" up", " run", " create"].iter().any(|verb| after.contains(verb));
        return match (is_of_compose && !after.starts_with(is_name_letter), makes) {
            (true, true) => Is::Own,
            (true, false) => Is::Meant(said.to_owned()),
            (false, _) => Is::Other,
        };
    }
    if before.ends_with(is_name_letter) || before.ends_with(['$', '{', '/']) && !before.ends_with("//") {
        return Is::Other;
    }
    let rest = &after[..after.len() - after.trim_start_matches(is_name_letter).len()];
    let rest = rest.trim_end_matches('.');
    let numbered = |service: &String| {
        let number = rest.strip_prefix(service.as_str()).and_then(|rest| rest.strip_prefix(['-', '_']));
        number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    };
    let is_one = rest == "default" || services.iter().any(numbered) || volumes.iter().any(|volume| volume == rest);
    let is_path = after[rest.len()..].starts_with('/');
    match is_one && !is_path {
        true => Is::Meant(format!("{}{rest}", &line.text[line.from..line.to])),
        false => Is::Other,
    }
}
