//! The configuration's JSON schema, for editors and for whoever writes one with a program.
//!
//! These types say what `file` reads and are used for nothing else; a test holds the two against each other.

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;

/// The configuration of berthlint: `.berthlint.yaml` in the repository's root or in a forge folder.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Configuration {
    /// Files that this one takes over from: single values of this file win, lists come first and the bases' follow. A
    /// file of another repository is named by a path to a copy of it, beside this repository or inside it.
    extends: OneOrMore,
    /// Who runs `.github/workflows`. By default the folder decides.
    forge: Option<Forge>,
    /// The Gitea server's version: it decides which syntax the server ignores. By default unknown.
    gitea: Option<VersionText>,
    /// What the runners are, by the labels that `runs-on` names. The first entry with a label of the job counts.
    runners: Vec<Runner>,
    /// Networks that exist on the daemons already and are shared: no workflow has to make them, and none may remove
    /// them.
    networks: OneOrMore,
    /// The network that rewritten steps start their containers in. By default the job's own.
    sibling_network: Option<Text>,
    /// How rewritten steps start something. By default `auto`.
    #[schemars(extend("default" = "auto"))]
    emit: Option<Emit>,
    /// How the helper program gets onto a runner.
    helper: Option<Helper>,
    /// Containers and volumes that are made by programs which nobody can read.
    resources: Vec<Resource>,
    /// The checks that the forge demands before a merge. By default unknown, and the rules about them say nothing.
    required_checks: OneOrMore,
    /// Variables that must not reach the containers that jobs start.
    forbidden_env: OneOrMore,
    /// The levels of rules and families; `off` switches one off, any other level switches one on.
    rules: BTreeMap<String, RuleLevel>,
    /// Folders with rules of your own.
    rules_dirs: OneOrMore,
    /// Globs of files that are not looked at, seen from the repository's root.
    exclude: OneOrMore,
    /// Only these rules and families, unless `--select` names others.
    select: OneOrMore,
    /// Not these rules and families.
    ignore: OneOrMore,
    /// Rules and families that are not told in some files: globs, seen from the repository's root, and what to leave
    /// out.
    per_path_ignores: BTreeMap<String, OneOrMore>,
    /// The exit code is 1 from this level on, unless `--fail-on` names another. By default `error`.
    #[schemars(extend("default" = "error"))]
    fail_on: Option<Level>,
    /// Findings of lower confidence are hidden and counted, unless `--min-confidence` names another. By default `medium`.
    #[schemars(extend("default" = "medium"))]
    min_confidence: Option<Confidence>,
    /// The address of a rule's page, with `{rule}` where its id stands, and perhaps `{family}`. By default none.
    rule_url: Option<Text>,
}

/// A text. One that YAML takes for a number or a truth value is read as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
enum Text {
    Written(String),
    Number(f64),
    Truth(bool),
}

/// A text, or a list of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
enum OneOrMore {
    None(()),
    One(Text),
    More(Vec<Text>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::None(())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Forge {
    Github,
    Gitea,
    Forgejo,
}

/// A version: `"1.22"`, `"1.25.3"`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a description")]
enum VersionText {
    Text(String),
    Number(f64),
}

/// What is known of the runners with some labels.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Runner {
    /// The labels; `*` stands for any text. Without them the runner's own file has to name some.
    labels: OneOrMore,
    /// The program and its version: `gitea-runner 0.2.11`. It decides what runs after a cancel, and which options
    /// count.
    runner: Option<Text>,
    /// The runner's own `config.yaml`, seen from this file. The other keys win over what it says.
    config: Option<Text>,
    /// Whether other jobs use the same Docker daemon (`shared`), or it ends with the job (`ephemeral`).
    daemon: Option<Daemon>,
    /// The network that job containers are in: `auto` for one of their own, `host`, `bridge`, or a name.
    network: Option<Text>,
    /// How many jobs run at once.
    capacity: Option<u32>,
    /// Whether jobs run in a container or on the host.
    mode: Option<Mode>,
    /// Whether the docker client is there for jobs.
    docker: Option<bool>,
    /// Whether jobs reach the daemon's socket.
    socket: Option<bool>,
    /// Whether `berth-run` is there for jobs. By default `false`.
    helper: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Daemon {
    Shared,
    Ephemeral,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Container,
    Host,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Emit {
    Auto,
    Helper,
    Shell,
    Action,
}

/// How `berth-run` gets onto a runner.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Helper {
    /// The commands of a step that installs it, before the first step that calls it.
    install: Option<Text>,
}

/// Something that a program makes; it is known by its name, its image or a label.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Resource {
    /// A regular expression for its name.
    name: Option<Text>,
    /// A glob for its image.
    image: Option<Text>,
    /// A label: `key` or `key=value`.
    label: Option<Text>,
    /// Who makes it: a workflow, a script or a program.
    made_by: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum RuleLevel {
    Off,
    Info,
    Warning,
    Error,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Warning,
    Error,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Confidence {
    Low,
    Medium,
    High,
}

/// The schema, as JSON (draft 2020-12).
pub fn schema() -> String {
    let schema = schema_for!(Configuration);
    // It is made of strings and lists, which print always.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
