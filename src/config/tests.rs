//! Configurations in a folder of their own: what they mean, and what is said about mistakes.

use std::path::PathBuf;

use super::*;
use crate::finding::Level;
use crate::runner::{Daemon, Mode, Network, Program, Schema};
use crate::truth::Truth;

struct Repository(tempfile::TempDir);

impl Repository {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
        Self(folder)
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.0.path(), &Choice::Find, &Reader::default())
    }

    /// Problems as `line:column: message`.
    fn problems(&self) -> Vec<String> {
        let error = self.load().expect_err("an error");
        let show = |problem: &Problem| match (problem.line, problem.column) {
            (Some(line), Some(column)) => format!("{line}:{column}: {}", problem.message),
            _ => problem.message.clone(),
        };
        error.problems.iter().map(show).collect()
    }
}

fn config(text: &str) -> Config {
    Repository::new(&[(".berthlint.yaml", text)]).load().expect("a configuration")
}

const EVERYTHING: &str = r#"
forge: gitea
gitea: "1.22"
runners:
  - labels: [docker-host]
    runner: gitea-runner 0.2.11
    daemon: shared
    network: host
    capacity: 16
    mode: container
    docker: true
    socket: true
    helper: true
  - { labels: fresh-*, daemon: ephemeral }
networks: [core-net]
sibling-network: core-net
emit: shell
helper: { install: "make berth-run" }
resources:
  - { name: "^ws-", image: "local/*", made-by: "e2e.yml" }
required-checks: ["CI / all-required (pull_request)"]
forbidden-env: [HOST_TOKEN]
rules: { localhost-service: off, static-image-tag: error, names: info }
rules-dirs: [ci/rules]
exclude: ["vendor/**", old]
"#;

#[test]
fn every_key() {
    let config = config(EVERYTHING);
    assert_eq!((config.forge, config.gitea), (Some(Forge::Gitea), Some(Version::new(1, 22, 0))));
    let [host, fresh] = config.runners.as_slice() else { panic!("two runners") };
    assert_eq!((host.program, host.version), (Some(Program::GiteaRunner), Some(Version::new(0, 2, 11))));
    assert_eq!((host.daemon, host.mode, &host.network), (Daemon::Shared, Mode::Container, &Network::Host));
    assert_eq!((host.capacity, host.docker, host.socket, host.helper), (Some(16), Truth::Yes, Truth::Yes, true));
    assert_eq!((fresh.daemon, fresh.fits(["fresh-1"]).is_some()), (Daemon::Ephemeral, true));
    assert_eq!(
        (config.networks.as_slice(), config.sibling_network.as_deref()),
        (&["core-net".to_owned()][..], Some("core-net"))
    );
    assert_eq!((config.emit, config.helper_install.as_deref()), (Emit::Shell, Some("make berth-run")));
    assert_eq!(config.resources[0].made_by.as_deref(), Some("e2e.yml"));
    assert_eq!(config.required_checks.as_deref(), Some(&["CI / all-required (pull_request)".to_owned()][..]));
    assert_eq!(config.level("localhost-service", "ports").map(|rule| rule.level), Some(None));
    assert_eq!(config.level("static-image-tag", "names").map(|rule| rule.level), Some(Some(Level::Error)));
    assert_eq!(config.level("static-container-name", "names").map(|rule| rule.level), Some(Some(Level::Info)));
    assert_eq!(config.level("unscoped-prune", "scope").map(|rule| rule.level), None);
    assert!(config.rules_dirs[0].path.ends_with("ci/rules"));
    let excluded =
        ["vendor/a/b.yml", "old/a.yml", "src/a.yml"].map(|path| config.excluded_by(Path::new(path)).is_some());
    assert_eq!(excluded, [true, true, false]);
}

#[test]
fn mistakes_are_explained() {
    let table: &[(&str, &str)] = &[
        ("forg: gitea", "1:1: there is no key `forg`: did you mean `forge`?"),
        (
            "forge: gitee",
            "1:8: `forge`: there is no value `gitee`: did you mean `gitea`? Allowed: github, gitea, forgejo",
        ),
        ("gitea: new", "1:8: `gitea` takes a version"),
        (
            "rules: { a: of }",
            "1:13: `a`: there is no value `of`: did you mean `off`? Allowed: off, info, warning, error",
        ),
        ("runners: [{ runner: gitea-runner }]", "1:11: a runner needs `labels`"),
        (
            "runners: [{ labels: a, runner: gitea-runer 1 }]",
            "1:32: there is no runner `gitea-runer`: did you mean `gitea-runner`?",
        ),
        ("runners: [{ labels: a, runner: gitea-runner new }]", "1:32: `runner` takes a program and its version"),
        ("runners: [{ labels: a, capacity: many }]", "1:34: `capacity` takes a whole number above 0"),
        ("runners: [{ labels: a, docker: yes }]", "1:32: `docker` takes `true` or `false`"),
        ("runners: [{ labels: a, config: none.yaml }]", "1:32: `config` names"),
        ("resources: [{ name: '(' }]", "1:21: `name` takes a regular expression"),
        ("resources: [{ made-by: x }]", "1:13: a resource needs `name`, `image` or `label`"),
        ("exclude: ['a[']", "1:10: `exclude` takes globs"),
        ("extends: ../none.yaml", "1:10: `extends` names"),
        ("rule-url: https://a.example/rules", "1:11: `rule-url` takes the address of a rule's page"),
        ("rule-url: 'javascript:{rule}'", "1:11: `rule-url` takes the address of a rule's page"),
        ("emit: auto\nemit: shell", "2:1: `emit` is set twice: keep one"),
        ("[]", "1:1: a configuration takes keys and values"),
        ("a: b: c", "1:5: "),
    ];
    for (text, start) in table {
        let problems = Repository::new(&[(".berthlint.yml", text)]).problems();
        let found = problems.iter().map(|problem| problem.starts_with(start)).collect::<Vec<_>>();
        assert_eq!(found, [true], "{text}: {problems:?}");
    }
    let two = Repository::new(&[(".berthlint.yml", "emit: x\nforge: y")]);
    assert_eq!(two.problems().len(), 2);
}

#[test]
fn it_stands_in_the_repository() {
    assert_eq!(config("").files.len(), 1);
    let inside = Repository::new(&[(".berthlint.yaml", "emit: shell"), ("app/README", "")]);
    let above = Config::load(&inside.0.path().join("app"), &Choice::Find, &Reader::default()).expect("none");
    assert_eq!((above.files, above.emit), (Vec::<PathBuf>::new(), Emit::Auto));
    let forge = Repository::new(&[(".gitea/.berthlint.yml", "emit: shell")]);
    assert_eq!(forge.load().expect("one").emit, Emit::Shell);
    let named = Config::load(forge.0.path(), &Choice::Nothing, &Reader::default()).expect("none");
    assert_eq!(named.emit, Emit::Auto);
    let two = Repository::new(&[(".berthlint.yaml", ""), (".github/.berthlint.yaml", "")]);
    assert!(two.problems()[0].contains("keep one of the two"));
}

#[test]
fn bases() {
    let repository = Repository::new(&[
        ("repo/.berthlint.yaml", "extends: ../policy/berthlint.yaml\nemit: shell\nnetworks: [b]\nrules: {a: error}\n"),
        (
            "policy/berthlint.yaml",
            "emit: action\ngitea: 1.25\nnetworks: [a]\nrules: {a: off, b: info}\nrules-dirs: own\n",
        ),
    ]);
    let config =
        Config::load(&repository.0.path().join("repo"), &Choice::Find, &Reader::default()).expect("a configuration");
    assert_eq!((config.emit, config.gitea), (Emit::Shell, Some(Version::new(1, 25, 0))));
    assert_eq!(config.networks, ["b", "a"]);
    assert_eq!(
        (config.level("a", "").map(|rule| rule.level), config.level("b", "").map(|rule| rule.level)),
        (Some(Some(Level::Error)), Some(Some(Level::Info)))
    );
    assert!(config.rules_dirs[0].path.ends_with("policy/own"));
    let circle = Repository::new(&[(".berthlint.yaml", "extends: a.yaml"), ("a.yaml", "extends: .berthlint.yaml")]);
    assert!(circle.problems()[0].contains("extends itself"));
}

#[test]
fn rules_that_do_not_exist() {
    let config = config("rules:\n  static-image-tga: off\n  ports: off\n");
    let error = config.check_rules(&["static-image-tag", "ports"]).expect_err("an unknown rule");
    assert_eq!(error.problems.len(), 1);
    assert_eq!((error.problems[0].line, error.problems[0].column), (Some(2), Some(3)));
    assert!(error.to_string().contains("did you mean `static-image-tag`?"));
}

#[test]
fn actionlint_knows_labels() {
    let text = "self-hosted-runner:\n  labels:\n    - k8s\n    - linux-*\n";
    let repository = Repository::new(&[(".github/actionlint.yaml", text)]);
    assert_eq!(repository.load().expect("none").self_hosted, ["k8s", "linux-*"]);
    let broken = Repository::new(&[(".github/actionlint.yaml", "a: b: c")]);
    assert!(broken.load().expect("none").self_hosted.is_empty());
}

const GITEA_RUNNER: &str = r#"
log: { level: info }
runner:
  file: .runner
  capacity: 4
  timeout: 3h
  labels:
    - "ubuntu-latest:docker://docker.gitea.com/runner-images:ubuntu-latest"
    - "bare:host"
    - "plain"
    - "odd:thing"
container:
  network: host
  docker_host: "-"
  bind_workdir: true
"#;

const FORGEJO_RUNNER: &str = r#"
log: { level: info, job_level: info }
runner: { report_interval: 1s, labels: ["docker:docker://node:20", "plain", "box:lxc://debian:bookworm"] }
cache: { proxy_port: 0 }
container: { network: "", enable_ipv6: false, docker_host: automount }
"#;

#[test]
fn runners_own_files() {
    let repository = Repository::new(&[
        ("gitea.yaml", GITEA_RUNNER),
        ("forgejo.yaml", FORGEJO_RUNNER),
        ("bare.yaml", "container: {network: core-net}\n"),
        ("hook.yaml", "runner: {post_task_script: /opt/after.sh}\n"),
        ("bad.yaml", "runner: {capacity: many}\n"),
        (".berthlint.yaml", "runners:\n  - {labels: ['ubuntu-*'], runner: gitea-runner 2.0.0, config: gitea.yaml}\n"),
    ]);
    let read = |name: &str| {
        let mut config = Config::default();
        config.add_runner_file(&repository.0.path().join(name), &Reader::default()).map(|()| config.runners.remove(0))
    };
    let schemas = |declared: &Declared| {
        declared.labels.iter().map(|label| (label.name.clone(), label.schema)).collect::<Vec<_>>()
    };
    let gitea = read("gitea.yaml").expect("a runner");
    assert_eq!((gitea.program, gitea.capacity, &gitea.network), (Some(Program::GiteaRunner), Some(4), &Network::Host));
    assert_eq!((gitea.socket, gitea.bind_workdir, gitea.hook), (Truth::No, Truth::Yes, Truth::No));
    let names = ["ubuntu-latest", "bare", "plain", "odd:thing"].map(str::to_owned);
    let kinds = [Schema::Docker, Schema::Host, Schema::Bare, Schema::Host].map(Some);
    assert_eq!(schemas(&gitea), names.into_iter().zip(kinds).collect::<Vec<_>>());

    let forgejo = read("forgejo.yaml").expect("a runner");
    assert_eq!((forgejo.program, &forgejo.network), (Some(Program::ForgejoRunner), &Network::Auto));
    assert_eq!((forgejo.socket, forgejo.labels[2].schema), (Truth::Yes, Some(Schema::Lxc)));

    let bare = read("bare.yaml").expect("a runner");
    assert_eq!(
        (bare.program, &bare.network, bare.socket),
        (None, &Network::Custom("core-net".to_owned()), Truth::Unknown)
    );
    assert!(bare.fits(["anything"]).is_some());
    assert_eq!(read("hook.yaml").expect("a runner").hook, Truth::Yes);
    assert!(read("bad.yaml").expect_err("no number").to_string().contains("bad.yaml:1:20: `capacity`"));
    assert!(read("none.yaml").expect_err("no file").to_string().contains("cannot be read"));

    let config = repository.load().expect("a configuration");
    let [declared] = config.runners.as_slice() else { panic!("one runner") };
    assert_eq!((declared.version, declared.capacity), (Some(Version::new(2, 0, 0)), Some(4)));
    assert_eq!(declared.fits(["ubuntu-latest"]).and_then(|label| label.schema), Some(Schema::Docker));
    assert!(declared.fits(["bare"]).is_none());
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let keys = |of: &serde_json::Value| {
        let mut keys: Vec<String> = of["properties"].as_object().expect("keys").keys().cloned().collect();
        keys.sort();
        keys
    };
    let read = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&schema), read(file::KEYS));
    assert_eq!(keys(&schema["$defs"]["Runner"]), read(runners::KEYS));
}

#[test]
fn what_the_schema_describes_is_what_is_read() {
    let texts = [
        "runners: [{ labels: a, runner: gitea-runner 0.2.11, daemon: shared, capacity: 4, docker: true }]\n",
        "resources: [{ name: '^a', made-by: b }, { image: 'c/*' }]\nhelper: { install: x }\n",
        "forge: gitea\ngitea: 1.22\nemit: shell\nfail-on: info\nmin-confidence: low\nrule-url: 'https://a.example/{rule}'\nselect: ports\nignore:\n",
        "sibling-network: 3\nnetworks: [7, ci-net]\nrunners: [{ labels: [22.04], network: 5 }]\n",
        "rules: { unscoped-prune: 'off', scope: error }\nper-path-ignores: { 'a/**': [scope], b: ports }\n",
    ];
    for text in texts {
        assert_eq!(Repository::new(&[(".berthlint.yaml", text)]).load().err(), None, "{text}");
        let described: Result<schema::Configuration, _> = serde_yaml::from_str(text);
        assert!(described.is_ok(), "{text}: {described:?}");
    }
    for text in ["emit: shel\n", "fail-on: never\n", "runners: [{ label: a }]\n", "no-such: x\n"] {
        Repository::new(&[(".berthlint.yaml", text)]).problems();
        assert!(serde_yaml::from_str::<schema::Configuration>(text).is_err(), "{text}");
    }
}
