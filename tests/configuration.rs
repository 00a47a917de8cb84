//! The configuration: its page and its schema name the keys that are read, and new keys do what the page says.
#![allow(clippy::unwrap_used)]

mod program;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use program::{berthlint, tree};

const JOB: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker system prune -f\n      - run: sh ci/old/clean.sh\n";

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).unwrap()
}

fn schema() -> Value {
    let (code, out, err) = berthlint(Path::new("."), &["schema"]);
    assert_eq!((code, err.as_str()), (0, ""));
    serde_json::from_str(&out).unwrap()
}

#[test]
fn page_and_schema_name_the_same_keys() {
    let page = page();
    let in_table = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let told: BTreeSet<String> = page.lines().filter_map(in_table).collect();
    let schema = schema();
    let keys = |of: &Value| of["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    let all: BTreeSet<String> = keys(&schema).union(&keys(&schema["$defs"]["Runner"])).cloned().collect();
    assert_eq!(told, all, "docs/configuration.md (left), `berthlint schema` (right)");
    let described = |key: &String| schema["properties"][key]["description"].is_string();
    assert!(keys(&schema).iter().all(described));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_pages_example_is_a_configuration() {
    let page = page();
    let example = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let workflow = JOB.replace("ubuntu-latest", "docker-host").replace("docker system prune -f", "echo");
    let files = tree(&[(".gitea/workflows/a.yml", workflow.as_str()), (".berthlint.yaml", example)]);
    let (code, out, err) = berthlint(files.path(), &["check", "--exit-zero"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("no job runs on `arm-*`"), "{out}");
}

fn checked(configuration: &str, arguments: &[&str]) -> (i32, String) {
    let files = tree(&[
        (".gitea/workflows/a.yml", JOB),
        ("ci/old/clean.sh", "docker volume prune -f\n"),
        (".berthlint.yaml", configuration),
    ]);
    let (code, out, err) = berthlint(files.path(), &[&["check", "--format", "concise"], arguments].concat());
    (code, out + &err)
}

#[test]
fn what_the_schema_calls_a_default_is_what_counts_without_the_key() {
    // A service on a label of nobody's: its finding is a warning of medium confidence.
    let job = "on: push\njobs:\n  a:\n    runs-on: big-machine\n    services:\n      db: { image: postgres:16, ports: [\"5432:5432\"] }\n    steps:\n      - run: psql -h localhost\n";
    let all = |written: &str| {
        let configuration = format!("rules: {{ service-fixed-port: warning }}\n{written}\n");
        let files = tree(&[(".github/workflows/a.yml", job), (".berthlint.yaml", configuration.as_str())]);
        berthlint(files.path(), &["check"])
    };
    let without = all("");
    let schema = schema();
    for (key, other) in [("fail-on", "warning"), ("min-confidence", "high")] {
        let default = schema["properties"][key]["default"].as_str().unwrap();
        assert_eq!(all(&format!("{key}: {default}")), without, "{key}");
        assert_ne!(all(&format!("{key}: {other}")), without, "{key} tells nothing in this case");
    }
    assert_eq!(schema["properties"]["emit"]["default"], "auto");
}

#[test]
fn rules_are_selected_and_ignored_in_the_file() {
    let (code, out) = checked("select: [ports]\n", &[]);
    assert!(code == 0 && out.contains(" rules off by .berthlint.yaml:1"), "{out}");
    assert_eq!(checked("select: [scope]\n", &[]).0, 1);
    // The command line counts before it.
    assert_eq!(checked("select: [ports]\n", &["--select", "scope"]).0, 1);
    let (code, out) = checked("networks: [x]\nignore: [unscoped-prune]\n", &[]);
    assert!(code == 0 && out.contains("1 rule off by .berthlint.yaml:2"), "{out}");
    let (code, out) = checked("ignore: [unscoped-prun]\n", &[]);
    assert!(code == 2 && out.contains(".berthlint.yaml:1:10: ") && out.contains("`unscoped-prune`?"), "{out}");
}

#[test]
fn some_files_are_left_in_peace() {
    let (code, out) = checked("per-path-ignores:\n  'ci/old': [scope]\n", &[]);
    assert!(code == 1 && out.contains("a.yml:6:14:") && !out.contains("clean.sh:"), "{out}");
    assert!(out.contains("findings in 1 file ignored by .berthlint.yaml:2"), "{out}");
    let (_, out) = checked("per-path-ignores:\n  'ci/old': [ports]\n", &[]);
    assert!(out.contains("ci/old/clean.sh:1:1:") && !out.contains("ignored by"), "{out}");
    for (wrong, words) in [
        ("per-path-ignores: [a]\n", "takes globs and rules"),
        ("per-path-ignores: { '[': [scope] }\n", "`[` is not one"),
        ("per-path-ignores: { 'a': [scop] }\n", "`scope`?"),
    ] {
        let (code, out) = checked(wrong, &[]);
        assert!(code == 2 && out.contains(words), "{out}");
    }
}

#[test]
fn the_file_says_what_counts() {
    let lowered = "rules: { unscoped-prune: warning }\n";
    assert_eq!(checked(lowered, &[]).0, 0);
    assert_eq!(checked(&format!("{lowered}fail-on: warning\n"), &[]).0, 1);
    assert_eq!(checked(&format!("{lowered}fail-on: warning\n"), &["--fail-on", "error"]).0, 0);
    let (code, out) = checked("min-confidence: sure\n", &[]);
    assert!(code == 2 && out.contains("`min-confidence`"), "{out}");
    // On GitHub a label of nobody's is most likely a machine of the owner's.
    let job = JOB.replace("ubuntu-latest", "big-machine");
    let files = tree(&[(".github/workflows/a.yml", job.as_str()), (".berthlint.yaml", "min-confidence: high\n")]);
    assert_eq!(berthlint(files.path(), &["check", "--no-config"]).0, 1);
    assert_eq!(berthlint(files.path(), &["check"]).0, 0);
    assert_eq!(berthlint(files.path(), &["check", "--min-confidence", "medium"]).0, 1);
}

#[test]
fn an_address_is_no_base() {
    for address in ["https://git.example.org/ci/policy.git", "git@git.example.org:ci/policy.git"] {
        let (code, out) = checked(&format!("extends: {address}\n"), &[]);
        assert!(code == 2 && out.contains(".berthlint.yaml:1:10: `extends` takes a path"), "{out}");
        assert!(out.contains("git clone") && out.contains("../ci-policy/berthlint.yaml"), "{out}");
    }
}

#[test]
fn it_completes_and_has_manual_pages() {
    let here = Path::new(".");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = berthlint(here, &["completions", shell]);
        assert!(code == 0 && out.contains("collisions") && out.contains("unsafe-fixes"), "{shell}: {out}");
    }
    let (code, out, _) = berthlint(here, &["man"]);
    assert!(code == 0 && out.contains(".TH berthlint 1") && out.contains("coverage"), "{out}");
    let (code, out, _) = berthlint(here, &["man", "check"]);
    assert!(code == 0 && out.contains(".TH berthlint-check 1") && out.contains("min\\-confidence"), "{out}");
    let (code, _, err) = berthlint(here, &["man", "chek"]);
    assert!(code == 2 && err.contains("there is no command `chek`"), "{err}");
}

const GITEA_RUNNER: &str = "log: { level: info }\nrunner:\n  file: .runner\n  capacity: 4\n  \
    labels: [\"box:docker://node:20\", \"bare:host\"]\ncontainer:\n  network: ci-net\n  privileged: true\n  \
    valid_volumes: [/cache, /var/run/docker.sock]\n  docker_host: \"\"\n  require_docker: true\n";
const FORGEJO_RUNNER: &str = "runner:\n  capacity: 1\n  report_interval: 1s\ncontainer:\n  network: \"\"\n  docker_host: tcp://dind:2375\n  valid_volumes: [\"**\"]\n";

/// Of a runner's own configuration its labels, network, socket and volumes need nobody to remember them.
#[test]
fn init_reads_the_configurations_of_runners() {
    let job = |label: &str| {
        format!("on: push\njobs:\n  a:\n    runs-on: {label}\n    steps:\n      - run: docker run --rm alpine true\n")
    };
    let files = tree(&[
        (".gitea/workflows/a.yml", &job("box")),
        (".gitea/workflows/b.yml", &job("elsewhere")),
        ("ops/act runner/config.yaml", GITEA_RUNNER),
        // None of these is one.
        ("charts/values.yaml", "runner:\n  image: act_runner\ncontainer: {}\n"),
        ("node_modules/x/config.yaml", GITEA_RUNNER),
        ("k8s/broken.yaml", "runner:\n  labels: [\n"),
    ]);
    let (code, _, err) = berthlint(files.path(), &["init"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let path = files.path().join(".berthlint.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let entry = "#   - config: \"ops/act runner/config.yaml\"   # 1 job with its labels. It says:\n\
        #     # - jobs of `box` run in containers\n\
        #     # - jobs of `bare` run on the machine itself\n\
        #     # - all job containers are on the network `ci-net`, and reach each other there\n\
        #     # - 4 jobs at once\n\
        #     # - job containers have the daemon's socket: what they start outlives them\n\
        #     # - job containers are privileged: they can start a daemon of their own\n\
        #     # - jobs may mount `/cache`, `/var/run/docker.sock` of the machine\n\
        #     runner: gitea-runner   # write its version as well, for example gitea-runner 3.1.0\n\
        #     daemon: shared   # or ephemeral: it ends with the job\n";
    assert!(text.contains(entry), "{text}");
    assert!(text.contains("# networks: [ci-net]\n") && text.contains("labels: [elsewhere]"), "{text}");
    assert!(
        !text.contains("labels: [box]") && !text.contains("values.yaml") && !text.contains("node_modules"),
        "{text}"
    );
    assert_eq!(text.matches("config: ").count(), 1, "{text}");
    // What it offers counts, once it is no comment any more.
    std::fs::write(&path, offered(&text)).unwrap();
    let facts = berthlint(files.path(), &["facts"]).1;
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    let job = facts["facts"].as_array().unwrap().iter().find(|fact| fact["kind"] == "job").unwrap();
    assert_eq!((&job["fields"]["daemon"], &job["fields"]["mode"]), (&"shared".into(), &"container".into()));
    assert_eq!((&job["fields"]["runner"], &job["fields"]["job-network"]), (&"gitea-runner".into(), &"custom".into()));
}

#[test]
fn init_asks_for_what_a_runners_configuration_does_not_have() {
    let job = "on: push\njobs:\n  a:\n    runs-on: docker\n    steps:\n      - run: docker run --rm alpine true\n";
    let files = tree(&[
        (".forgejo/workflows/a.yml", job),
        ("runner.yml", FORGEJO_RUNNER),
        ("wrong.yml", "log: {}\nrunner: { capacity: many, file: .runner }\n"),
    ]);
    let (code, _, err) = berthlint(files.path(), &["init"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains(
            "wrong.yml:2:21: `capacity` takes a whole number above 0; this configuration of a runner is left out"
        ),
        "{err}"
    );
    let text = std::fs::read_to_string(files.path().join(".berthlint.yaml")).unwrap();
    for line in [
        "#   - config: runner.yml   # 1 job with its labels. It says:",
        "#     # - each job has a network of its own",
        "#     # - one job at a time on this runner; other runners may use the same daemon",
        "#     # - job containers have the daemon's socket only where they mount it",
        "#     # - jobs may mount every folder of the machine",
        "#     # - the daemon is at `tcp://dind:2375`",
        "#     labels: [docker]   # the file names none: those of its registration",
        "#     runner: forgejo-runner   # write its version as well, for example forgejo-runner 12.0.0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    assert!(!text.contains("wrong.yml"), "{text}");
}

/// What the comments of a file that `init` has written say, once they are none any more.
fn offered(text: &str) -> String {
    let is_key =
        |line: &&str| line.starts_with("#   ") || line.split(':').next().is_some_and(|key| !key[2..].contains(' '));
    let lines = text.lines().filter(|line| line.len() > 2 && line.contains(':')).filter(is_key);
    lines.map(|line| &line[2..]).collect::<Vec<_>>().join("\n")
}

/// What a label and a network may be called by a stranger.
const STRANGE: &str = "on: push\njobs:\n  a:\n    runs-on: [self-hosted, \"docker host\\n# x\"]\n    steps:\n      - run: docker run --rm --network backend-net alpine true\n      - run: docker compose -p shop up -d\n      - run: docker run --rm --network shop_default alpine true\n";

#[test]
fn init_writes_what_waits_for_somebody_who_knows() {
    let files = tree(&[(".gitea/workflows/a.yml", STRANGE), (".gitea/workflows/b.yml", JOB), ("src/x", "")]);
    std::fs::create_dir(files.path().join(".git")).unwrap();
    let before = berthlint(files.path(), &["check", "--format", "json"]).1;
    let (code, out, err) = berthlint(&files.path().join("src"), &["init"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("../.berthlint.yaml: written"), "{out}");
    let text = std::fs::read_to_string(files.path().join(".berthlint.yaml")).unwrap();
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    for expected in [
        "labels: [\"docker host\\n# x\", self-hosted]   # 1 job\n",
        "labels: [ubuntu-latest]",
        "networks: [backend-net, shop_default]",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // It says nothing yet, and all that it offers is a configuration.
    assert_eq!(berthlint(files.path(), &["check", "--format", "json"]).1, before);
    std::fs::write(files.path().join(".berthlint.yaml"), offered(&text)).unwrap();
    let (code, out, err) = berthlint(files.path(), &["check", "--exit-zero"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}\n{}", offered(&text));
    // What is there stays.
    let (code, _, err) = berthlint(files.path(), &["init"]);
    assert!(code == 2 && err.contains("there is a configuration already"), "{err}");
    let (code, _, _) = berthlint(tree(&[("a", "")]).path(), &["init"]);
    assert_eq!(code, 3);
}

#[test]
fn init_takes_githubs_runner_for_one_and_makes_up_no_network() {
    let job = |id: &str, labels: &str| {
        format!("  {id}:\n    runs-on: [{labels}]\n    steps:\n      - run: docker run --rm alpine true\n")
    };
    let (many, few) = (job("a", "self-hosted, linux, isolated"), job("c", "self-hosted, linux"));
    let workflow = "on: push\njobs:\n".to_owned() + &many + &many.replace("a:", "b:") + &few;
    let files = tree(&[(".github/workflows/a.yml", &workflow)]);
    assert_eq!(berthlint(files.path(), &["init"]).0, 0);
    let text = std::fs::read_to_string(files.path().join(".berthlint.yaml")).unwrap();
    let entries = "# runners:\n\
        #   - labels: [isolated]   # 2 jobs of [isolated, linux, self-hosted]\n\
        #     runner: github\n\
        #     daemon: shared   # or ephemeral: it ends with the job\n\
        #   - labels: [linux, self-hosted]   # 1 job\n\
        #     runner: github\n";
    assert!(text.contains(entries), "{text}");
    assert!(text.contains("# networks: [<name>]\n") && !text.contains("gitea-runner"), "{text}");
    let hosted = "on: push\njobs:\n".to_owned() + &job("a", "ubuntu-latest");
    let files = tree(&[(".github/workflows/a.yml", &hosted)]);
    assert_eq!(berthlint(files.path(), &["init"]).0, 0);
    let text = std::fs::read_to_string(files.path().join(".berthlint.yaml")).unwrap();
    assert!(text.contains("#   - labels: [docker-host]   # 0 jobs\n#     runner: github\n"), "{text}");
}
