//! One configuration file, and the bases it extends.

use std::path::PathBuf;

use globset::GlobSet;

use super::error::{ConfigError, Problem};
use super::reader::{Reader, tree};
use super::runners::OUTSIDE;
use super::{BoundedPath, Emit, PathIgnore, Resource, RuleLevel, Written, runners};
use crate::door::read::{self, Bounds, Refused};
use crate::facts::Confidence;
use crate::finding::Level;
use crate::runner::{Declared, Forge, Version};
use crate::yaml::{Node, NodeKind};

/// How many files may extend one another.
const DEEPEST: usize = 8;

pub(super) const KEYS: &[&str] = &[
    "extends",
    "forge",
    "gitea",
    "runners",
    "networks",
    "sibling-network",
    "emit",
    "helper",
    "resources",
    "required-checks",
    "forbidden-env",
    "rules",
    "rules-dirs",
    "exclude",
    "select",
    "ignore",
    "per-path-ignores",
    "fail-on",
    "min-confidence",
    "rule-url",
];

const LEVELS: &[(&str, Option<Level>)] =
    &[("off", None), ("info", Some(Level::Info)), ("warning", Some(Level::Warning)), ("error", Some(Level::Error))];

const FAIL_ON: &[(&str, Level)] = &[("info", Level::Info), ("warning", Level::Warning), ("error", Level::Error)];

const CONFIDENCES: &[(&str, Confidence)] =
    &[("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

/// What files say, before defaults.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) files: Vec<PathBuf>,
    pub(super) forge: Option<Forge>,
    pub(super) gitea: Option<Version>,
    pub(super) runners: Vec<Declared>,
    pub(super) networks: Vec<String>,
    pub(super) sibling_network: Option<String>,
    pub(super) emit: Option<Emit>,
    pub(super) helper_install: Option<String>,
    pub(super) resources: Vec<Resource>,
    pub(super) required_checks: Option<Vec<String>>,
    pub(super) forbidden_env: Vec<String>,
    pub(super) rules: Vec<RuleLevel>,
    pub(super) rules_dirs: Vec<BoundedPath>,
    pub(super) exclude: Vec<Written>,
    pub(super) select: Vec<Written>,
    pub(super) ignore: Vec<Written>,
    pub(super) per_path_ignores: Vec<PathIgnore>,
    pub(super) fail_on: Option<Level>,
    pub(super) min_confidence: Option<Confidence>,
    pub(super) rule_url: Option<String>,
    pub(super) ephemeral: Vec<Written>,
    pub(super) labels: Vec<Written>,
}

impl Draft {
    /// Reads a file and its bases.
    pub(super) fn load(file: &BoundedPath, door: &read::Reader) -> Result<Self, ConfigError> {
        Self::load_behind(file, door, &mut Vec::new())
    }

    fn load_behind(file: &BoundedPath, door: &read::Reader, chain: &mut Vec<PathBuf>) -> Result<Self, ConfigError> {
        let tree = tree(file, door)?;
        let real = door.place(&file.path, &Bounds::Named).unwrap_or_else(|_| file.path.clone());
        if chain.contains(&real) || chain.len() >= DEEPEST {
            return Err(
                Problem::file(file.path.display(), "this configuration extends itself: remove one `extends`").into()
            );
        }
        chain.push(real);
        let mut reader = Reader::default();
        let mut draft = Self { files: vec![file.path.clone()], ..Self::default() };
        let mut bases = Vec::new();
        let entries = tree.root().map(|root| reader.mapping("a configuration", root, KEYS)).unwrap_or_default();
        for (key, node) in entries {
            if key == "extends" {
                let names = reader.texts(key, node).into_iter().filter(|name| is_path(&mut reader, node, name));
                let names: Vec<String> = names.collect();
                bases = names.into_iter().map(|name| (file.base(&name, door), reader.place(node))).collect();
            } else {
                draft.set(&mut reader, key, node, file, door);
            }
        }
        let mut problems = reader.problems;
        for (base, place) in bases {
            let wrong = match door.read(&base.path, &base.bounds) {
                Err(Refused::Absent | Refused::NotAFile) => Some("which is no file"),
                Err(Refused::Outside) => Some(OUTSIDE),
                _ => None,
            };
            if let Some(wrong) = wrong {
                problems.push(place.saying(format!("`extends` names {}, {wrong}", base.path.display())));
                continue;
            }
            match Self::load_behind(&base, door, chain) {
                Ok(base) => draft = draft.over(base),
                Err(error) => problems.extend(error.problems),
            }
        }
        chain.pop();
        ConfigError::check(problems).map(|()| draft)
    }

    fn set(&mut self, reader: &mut Reader, key: &str, node: Node<'_>, file: &BoundedPath, door: &read::Reader) {
        match key {
            "forge" => self.forge = reader.one_of(key, node, &Forge::ALL.map(|forge| (forge.name(), forge))),
            "gitea" => self.gitea = reader.version(key, node),
            "runners" => {
                let runners = runners::read(reader, node, file, door);
                (self.runners, self.ephemeral, self.labels) = (runners.declared, runners.ephemeral, runners.labels);
            }
            "networks" => self.networks = reader.texts(key, node),
            "sibling-network" => self.sibling_network = reader.text(key, node),
            "emit" => self.emit = reader.one_of(key, node, Emit::NAMES),
            "helper" => {
                for (_, value) in reader.mapping("`helper`", node, &["install"]) {
                    self.helper_install = reader.text("install", value);
                }
            }
            "resources" => self.resources = resources(reader, node),
            "required-checks" => self.required_checks = Some(reader.texts(key, node)),
            "forbidden-env" => self.forbidden_env = reader.texts(key, node),
            "rules" => self.rules = rules(reader, node),
            "rules-dirs" => {
                self.rules_dirs = reader.texts(key, node).iter().map(|name| file.named(name)).collect();
            }
            "exclude" => {
                self.exclude = reader.written(key, node);
                self.exclude.iter().for_each(|glob| check_glob(reader, key, node, &glob.name));
            }
            "select" => self.select = reader.written(key, node),
            "ignore" => self.ignore = reader.written(key, node),
            "per-path-ignores" => self.per_path_ignores = per_path_ignores(reader, node),
            "fail-on" => self.fail_on = reader.one_of(key, node, FAIL_ON),
            "min-confidence" => self.min_confidence = reader.one_of(key, node, CONFIDENCES),
            "rule-url" => self.rule_url = reader.text(key, node).filter(|address| is_rule_url(reader, node, address)),
            _ => {}
        }
    }

    /// This one over its base: single values win, lists come first, the base's follow.
    fn over(self, base: Self) -> Self {
        Self {
            files: [self.files, base.files].concat(),
            forge: self.forge.or(base.forge),
            gitea: self.gitea.or(base.gitea),
            runners: [self.runners, base.runners].concat(),
            networks: [self.networks, base.networks].concat(),
            sibling_network: self.sibling_network.or(base.sibling_network),
            emit: self.emit.or(base.emit),
            helper_install: self.helper_install.or(base.helper_install),
            resources: [self.resources, base.resources].concat(),
            required_checks: match (self.required_checks, base.required_checks) {
                (Some(ours), Some(theirs)) => Some([ours, theirs].concat()),
                (ours, theirs) => ours.or(theirs),
            },
            forbidden_env: [self.forbidden_env, base.forbidden_env].concat(),
            rules: [base.rules, self.rules].concat(),
            rules_dirs: [self.rules_dirs, base.rules_dirs].concat(),
            exclude: [self.exclude, base.exclude].concat(),
            select: [self.select, base.select].concat(),
            ignore: [self.ignore, base.ignore].concat(),
            per_path_ignores: [self.per_path_ignores, base.per_path_ignores].concat(),
            fail_on: self.fail_on.or(base.fail_on),
            min_confidence: self.min_confidence.or(base.min_confidence),
            rule_url: self.rule_url.or(base.rule_url),
            ephemeral: [self.ephemeral, base.ephemeral].concat(),
            // A base is of many repositories: not each of them has jobs for all of its runners.
            labels: self.labels,
        }
    }
}

/// Nothing is fetched: what a base says is read where it lies.
fn is_path(reader: &mut Reader, node: Node<'_>, name: &str) -> bool {
    let is_address = name.contains("://") || name.starts_with("git@") || name.starts_with("github:");
    if is_address {
        let words = format!(
            "`extends` takes a path, and `{name}` is an address: nothing is fetched. Clone it beside the repository \
             before the check (`git clone --depth 1 … ../ci-policy`), and write `extends: ../ci-policy/berthlint.yaml`"
        );
        reader.wrong(node, words);
    }
    !is_address
}

/// A terminal makes a link of it: it leads to the web, and nothing in it ends the link.
fn is_rule_url(reader: &mut Reader, node: Node<'_>, address: &str) -> bool {
    let is_of_the_web = address.starts_with("https://") || address.starts_with("http://");
    let is_address = is_of_the_web && address.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_address || !address.contains("{rule}") {
        let words = "`rule-url` takes the address of a rule's page, with `{rule}` where its id stands: \
                     `https://git.example.org/ops/berthlint/src/branch/main/docs/rules/{rule}.md`";
        reader.wrong(node, words);
        return false;
    }
    true
}

fn per_path_ignores(reader: &mut Reader, node: Node<'_>) -> Vec<PathIgnore> {
    if node.kind() != NodeKind::Mapping {
        if !node.is_null() {
            reader.wrong(node, "`per-path-ignores` takes globs and rules: `\"ci/old/**\": [unscoped-prune]`");
        }
        return Vec::new();
    }
    reader.repeated(node);
    let mut all = Vec::new();
    for entry in node.entries() {
        let Some(glob) = entry.key.as_str() else { continue };
        check_glob(reader, "per-path-ignores", entry.key, glob);
        let mut files = GlobSet::builder();
        // What is no glob has been refused.
        for glob in [glob.to_owned(), format!("{glob}/**")].iter().filter_map(|glob| globset::Glob::new(glob).ok()) {
            files.add(glob);
        }
        all.push(PathIgnore {
            glob: Written { name: glob.to_owned(), place: reader.place(entry.key) },
            files: files.build().unwrap_or_default(),
            rules: reader.written(glob, entry.value),
        });
    }
    all
}

fn check_glob(reader: &mut Reader, key: &str, node: Node<'_>, glob: &str) {
    if let Err(error) = globset::Glob::new(glob) {
        reader.wrong(node, format!("`{key}` takes globs, and `{glob}` is not one: {}", error.kind()));
    }
}

fn rules(reader: &mut Reader, node: Node<'_>) -> Vec<RuleLevel> {
    if node.kind() != NodeKind::Mapping {
        if !node.is_null() {
            reader.wrong(node, "`rules` takes rules and their levels: `static-image-tag: error`");
        }
        return Vec::new();
    }
    reader.repeated(node);
    let entries = node.entries().filter_map(|entry| {
        let rule = entry.key.as_str()?.to_owned();
        let level = reader.one_of(&rule, entry.value, LEVELS)?;
        Some(RuleLevel { level, place: reader.place(entry.key), rule })
    });
    entries.collect()
}

fn resources(reader: &mut Reader, node: Node<'_>) -> Vec<Resource> {
    if node.kind() != NodeKind::Sequence {
        reader.wrong(node, "`resources` takes a list: `- { name: \"^ws-\", made-by: \"e2e.yml\" }`");
        return Vec::new();
    }
    node.items().map(|item| resource(reader, item)).collect()
}

fn resource(reader: &mut Reader, node: Node<'_>) -> Resource {
    let mut resource = Resource::default();
    for (key, value) in reader.mapping("a resource", node, &["name", "image", "label", "made-by"]) {
        let text = reader.text(key, value);
        match (key, &text) {
            ("name", Some(name)) if regex::Regex::new(name).is_err() => {
                reader.wrong(value, format!("`name` takes a regular expression, and `{name}` is not one"));
            }
            ("image", Some(glob)) => check_glob(reader, key, value, glob),
            _ => {}
        }
        match key {
            "name" => resource.name = text,
            "image" => resource.image = text,
            "label" => resource.label = text,
            _ => resource.made_by = text,
        }
    }
    if resource.name.is_none() && resource.image.is_none() && resource.label.is_none() {
        reader.wrong(node, "a resource needs `name`, `image` or `label`, by which its containers are found");
    }
    resource
}
