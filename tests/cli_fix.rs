//! `berthlint check --fix`, `--diff`, and the options that go with them.
#![allow(clippy::unwrap_used)]

mod program;

use std::io::Write;
use std::path::Path;
use std::process::{Command as System, Stdio};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use program::{berthlint, berthlint_with, tree};

const WORKFLOW: &str = ".gitea/workflows/test.yml";
/// The name is a safe fix, and the removal is part of it. The port stays: it is another container's.
const TEXT: &str = "on: push
jobs:
  test:
    runs-on: docker-host
    steps:
      # The tests want a database.
      - run: docker run -d --name pg postgres:16
      - run: docker run --rm -p 127.0.0.1:15432:5432 ghcr.io/acme/proxy:2 selftest
      - run: docker exec pg make test
      - run: docker rm -f pg
";
const CLEAN: &str = "on: push
jobs:
  test:
    runs-on: docker-host
    steps:
      - run: echo hello
";
const RUNNER: &str =
    "runners: [{ labels: [docker-host], runner: gitea-runner 0.2.11, daemon: shared, network: host }]\n";
/// The same with a script that runs after every job, and takes what a killed one leaves: names are a safe fix here.
const SWEPT: &str = "runners:
  - { labels: [docker-host], runner: gitea-runner 0.2.11, daemon: shared, network: host, config: runner.yaml }\n";
const RUNNER_FILE: &str = "runner: { post_task_script: /opt/after.sh }\n";

fn repository(files: &[(&str, &str)]) -> TempDir {
    tree(&[&[(".berthlint.yaml", SWEPT), ("runner.yaml", RUNNER_FILE)], files].concat())
}

fn check(here: &Path, arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    berthlint_with(here, &[&["check"], arguments].concat(), stdin)
}

fn run(here: &Path, arguments: &[&str]) -> (i32, String, String) {
    berthlint(here, &[&["check"], arguments].concat())
}

fn read(here: &Path) -> String {
    std::fs::read_to_string(here.join(WORKFLOW)).unwrap()
}

#[test]
fn fix_writes_and_reports_what_remains() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (code, out, err) = run(files.path(), &["--fix"]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.contains("published-fixed-port") && !out.contains("static-container-name"), "{out}");
    assert!(out.ends_with("Fixed 3 findings in 1 file\n"), "{out}");
    let text = read(files.path());
    assert!(text.contains("PG_CONTAINER: pg-${{ github.run_id }}-${{ github.run_attempt || 1 }}\n"), "{text}");
    assert!(text.contains("--name \"$PG_CONTAINER\" postgres"), "{text}");
    assert!(text.contains("# The tests want a database."), "{text}");
    let (_, out, _) = run(files.path(), &["--fix", "-q"]);
    assert!(!out.contains("Fixed"), "{out}");
    assert_eq!(read(files.path()), text);
}

#[test]
fn exit_codes() {
    let code = |text: &str, arguments: &[&str]| run(repository(&[(WORKFLOW, text)]).path(), arguments).0;
    // What remains decides; --diff ends with 1 for a diff, too.
    assert_eq!(code(TEXT, &["--fix"]), 1);
    assert_eq!(code(TEXT, &["--fix", "--exit-zero"]), 0);
    assert_eq!(code(TEXT, &["--fix", "--ignore", "ports"]), 0);
    assert_eq!(code(TEXT, &["--fix", "--ignore", "ports", "--exit-non-zero-on-fix"]), 1);
    assert_eq!(code(CLEAN, &["--fix", "--exit-non-zero-on-fix"]), 0);
    assert_eq!(code(TEXT, &["--fix-only"]), 0);
    assert_eq!(code(TEXT, &["--fix-only", "--exit-non-zero-on-fix"]), 1);
    assert_eq!(code(TEXT, &["--fix-only", "--exit-non-zero-on-fix", "--exit-zero"]), 0);
    assert_eq!(code(TEXT, &["--diff", "--ignore", "ports"]), 1);
    assert_eq!(code(TEXT, &["--diff", "--select", "published-fixed-port"]), 1);
    assert_eq!(code(TEXT, &["--diff", "--exit-zero"]), 0);
    assert_eq!(code(CLEAN, &["--diff"]), 0);
    assert_eq!(code(TEXT, &["--diff", "--fix"]), 2);
    // What cannot be read weighs more.
    for arguments in [&["--fix"][..], &["--fix-only"], &["--diff"], &["--fix", "--exit-zero"]] {
        let files = repository(&[(WORKFLOW, TEXT), (".gitea/workflows/broken.yml", "on: 'push\n")]);
        let (code, out, err) = run(files.path(), arguments);
        assert_eq!(code, 3, "{arguments:?}");
        assert!((out + &err).contains("yaml-error"), "{arguments:?}");
    }
}

#[test]
fn diff_writes_nothing_and_git_takes_it() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (code, patch, err) = run(files.path(), &["--diff"]);
    assert_eq!(code, 1);
    assert!(patch.starts_with("diff --git a/.gitea/workflows/test.yml b/.gitea/workflows/test.yml\n--- a/"), "{patch}");
    assert!(err.starts_with("Would fix 3 findings in 1 file\n"), "{err}");
    assert_eq!(read(files.path()), TEXT);
    let mut git = System::new("git");
    let mut git = git.current_dir(files.path()).args(["apply", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success());
    let patched = read(files.path());
    let other = repository(&[(WORKFLOW, TEXT)]);
    run(other.path(), &["--fix"]);
    assert_eq!(patched, read(other.path()));
    assert_eq!(run(files.path(), &["--diff", "-q", "--exit-zero"]), (0, String::new(), String::new()));
}

#[test]
fn diff_goes_to_a_file_as_well() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (_, out, _) = run(files.path(), &["--diff", "-o", "it.patch"]);
    assert_eq!(out, "");
    assert!(std::fs::read_to_string(files.path().join("it.patch")).unwrap().starts_with("diff --git"));
    let (code, out, _) = run(files.path(), &["--fix", "-o", "report.txt"]);
    assert_eq!((code, out.as_str()), (1, ""));
    let report = std::fs::read_to_string(files.path().join("report.txt")).unwrap();
    assert!(report.contains("published-fixed-port") && report.contains("Fixed 3"), "{report}");
    assert_ne!(read(files.path()), TEXT);
}

#[test]
fn unsafe_fixes_are_asked_for() {
    // What a killed run leaves under a name of its own, nothing here takes away.
    let files = tree(&[(".berthlint.yaml", RUNNER), (WORKFLOW, TEXT)]);
    let select = ["--select", "static-container-name,teardown-leaves-volumes"];
    let (_, out, _) = run(files.path(), &[&select[..], &["--fix"]].concat());
    assert!(out.contains("2 fixable with `--fix --unsafe-fixes`"), "{out}");
    assert!(read(files.path()).contains("--name pg postgres"));
    // Every format says why it is not safe, and so does a patch.
    for format in ["full", "concise", "json", "jsonl"] {
        let (_, out, _) = run(files.path(), &[&select[..], &["--fix", "--show-fixes", "--format", format]].concat());
        assert!(out.contains("each run that is cancelled or killed leaves a container"), "{format}: {out}");
    }
    let (_, _, err) = run(files.path(), &[&select[..], &["--diff", "--show-fixes"]].concat());
    assert!(err.contains("unsafe because each run that is cancelled or killed leaves a container"), "{err}");
    let (_, out, _) = run(files.path(), &[&select[..], &["--fix", "--unsafe-fixes", "--show-fixes"]].concat());
    assert!(out.contains("  unsafe because each run that is cancelled or killed leaves a container"), "{out}");
    assert!(read(files.path()).contains("if: always()"));
}

/// A fix that proves worse than what it mends is not made, and its story is told.
#[test]
fn what_behaves_worse_is_dropped() {
    // The name is taken: a second run that fails at once would remove the first one's container.
    let select = ["--select", "teardown-not-always"];
    for format in ["full", "concise", "json", "jsonl"] {
        let files = repository(&[(WORKFLOW, TEXT)]);
        let arguments = ["--fix", "--unsafe-fixes", "--show-fixes", "--format", format];
        let (_, out, _) = run(files.path(), &[&select[..], &arguments].concat());
        let story = "two runs at once: run 42 removes run 41's container `pg`, with `docker rm -f pg` at `step 4`";
        // Lines are wrapped where the source is shown.
        let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(story), "{out}");
        assert_eq!(read(files.path()), TEXT);
    }
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (_, _, err) = run(files.path(), &[&select[..], &["--diff", "--unsafe-fixes", "--show-fixes"]].concat());
    assert!(err.contains("run 42 removes run 41's container `pg`"), "{err}");
}

/// What is offered is planned and not yet proven, and says so. What is written is counted, and by both alike.
#[test]
fn what_is_written_is_counted_alike() {
    for format in ["full", "concise"] {
        let offered = |files: &Path| {
            let (_, out, _) = run(files, &["--format", format]);
            out.lines().find(|line| line.contains(" fixable with `--fix")).unwrap().to_owned()
        };
        let mark = |mark: &str| if format == "concise" { format!("{mark} ") } else { String::new() };
        let files = repository(&[(WORKFLOW, TEXT)]);
        let safe = offered(files.path());
        assert!(safe.starts_with(&mark("[*]")) && safe.contains("with `--fix`"), "{safe}");
        // What a killed run leaves under a name of its own, nothing here takes away.
        let files = tree(&[(".berthlint.yaml", RUNNER), (WORKFLOW, TEXT)]);
        let doubtful = offered(files.path());
        assert!(doubtful.starts_with(&mark("[-]")) && doubtful.contains("with `--fix --unsafe-fixes`"), "{doubtful}");
        let files = repository(&[(WORKFLOW, TEXT)]);
        let (_, _, err) = run(files.path(), &["--diff", "--format", format]);
        assert!(err.contains("Would fix 3 findings in 1 file\n"), "{err}");
        let (_, out, _) = run(files.path(), &["--fix", "--format", format]);
        assert!(out.contains("Fixed 3 findings in 1 file\n"), "{out}");
    }
}

/// A fix that waits for another finding's is offered with it, counted, and written with it.
#[test]
fn what_waits_for_another_fix_is_offered_with_it() {
    let two = "on: push
jobs:
  test:
    runs-on: docker-host
    steps:
      - run: docker run -d --name pg postgres:16
      - run: docker exec pg pg_isready
";
    let select = ["--select", "static-container-name,missing-teardown"];
    let files = tree(&[(".berthlint.yaml", RUNNER), (WORKFLOW, two)]);
    let (_, out, _) = run(files.path(), &select);
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("fix: together with `static-container-name` at line 6 (`--fix --unsafe-fixes`)"), "{out}");
    assert!(said.contains("2 fixable with `--fix --unsafe-fixes`;"), "{out}");
    let (_, out, _) = run(files.path(), &[&select[..], &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let waits = findings.iter().find(|finding| finding["rule"] == "missing-teardown").unwrap();
    assert_eq!(waits["waits-for"]["rule"], "static-container-name");
    assert_eq!((&waits["waits-for"]["applicability"], &waits["fix"]), (&"unsafe".into(), &serde_json::Value::Null));
    assert_eq!(report["summary"]["fixable"], 2);
    let (_, _, err) = run(files.path(), &[&select[..], &["--diff", "--unsafe-fixes"]].concat());
    assert!(err.contains("Would fix 2 findings in 1 file\n"), "{err}");
}

#[test]
fn what_no_fix_frees_waits_for_none() {
    let workflow = "on: push
jobs:
  test:
    runs-on: docker-host
    steps:
      - uses: actions/checkout@v4
      - run: docker compose up -d --wait --build app
      - run: make test
      - run: docker compose down
";
    let compose = "services:
  app:
    build: .
    image: app:latest
    networks: [inner]
networks:
  inner:
    ipam:
      config: [{ subnet: 10.77.0.0/24 }]
";
    let here = repository(&[(WORKFLOW, workflow), ("compose.yaml", compose)]);
    let (_, said, _) = run(here.path(), &["--show-fixes"]);
    assert!(said.contains("no fix: every run also takes the addresses `10.77.0.0/24`"), "{said}");
    assert!(!said.contains("together with `static-image-tag`"), "{said}");
    assert!(said.contains("two runs still share the project"), "{said}");
    let (_, _, counted) = run(here.path(), &["--diff", "--unsafe-fixes"]);
    assert!(said.contains("1 fixable") && counted.contains("Would fix 1 finding"), "{said}{counted}");
}

#[test]
fn a_reason_is_true_of_what_it_stands_under() {
    let workflow = "on: push
jobs:
  # A step that runs on a cancel removes the container, and then the image.
  cancelled:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t app:cancelled .
      - run: docker run --name app-${{ github.run_id }}-${{ github.run_attempt }} app:cancelled pytest
      - if: always()
        run: docker rm -f app-${{ github.run_id }}-${{ github.run_attempt }}
  # Its container is nobody's to remove on a cancel.
  held:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t app:held .
      - run: docker run --rm app:held pytest
  # What podman builds under the name is its own.
  docker:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t app:both .
      - run: docker run --name both-${{ github.run_id }}-${{ github.run_attempt }} app:both pytest
      - if: always()
        run: docker rm -f both-${{ github.run_id }}-${{ github.run_attempt }}
  podman:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v4
      - run: podman build -t app:both .
      - run: podman run --rm app:both pytest
";
    let here = tree(&[(".github/workflows/test.yml", workflow)]);
    let (_, said, _) = run(here.path(), &["--show-fixes", "--select", "static-image-tag", "--format", "json"]);
    let report: Value = serde_json::from_str(&said).unwrap();
    let why = |line: u64| {
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["span"]["start"]["line"] == line).unwrap();
        finding["fix"]["why"].as_str().map(str::to_owned).unwrap_or_else(|| format!("{finding}"))
    };
    let killed = "each run that is killed leaves an image, which no later run removes";
    assert_eq!(why(8), killed);
    assert!(why(17).starts_with("each run that is cancelled while a container of the image runs"), "{}", why(17));
    assert_eq!(why(24), killed);
}

#[test]
fn fix_only_reports_nothing_of_what_remains() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    assert_eq!(run(files.path(), &["--fix-only"]).1, "Fixed 3 findings in 1 file\n");
    assert!(read(files.path()).contains("run_id"));
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (code, out, err) = run(files.path(), &["--fix-only", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, err.as_str(), &report["findings"]), (0, "", &serde_json::json!([])));
}

#[test]
fn show_fixes_lists_them_and_says_why_there_is_none() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (_, _, err) = run(files.path(), &["--diff", "--show-fixes"]);
    assert!(err.contains(&format!("{WORKFLOW}: put the run's id and attempt into the name `pg`")), "{err}");
    assert!(err.contains("(static-container-name)"), "{err}");
    // Nothing is written, so places are those on the disk: the diff has one more line before the port.
    let step = "      - run: docker run --rm -p 127.0.0.1:15432:5432 ghcr.io/acme/proxy:2 selftest\n";
    let moved = TEXT
        .replace(step, "")
        .replace("      - run: docker rm -f pg\n", &format!("      - run: docker rm -f pg\n{step}"));
    let files = repository(&[(WORKFLOW, &moved)]);
    let (_, out, err) = run(files.path(), &["--diff", "--show-fixes"]);
    assert!(out.contains("+      - if: always()\n"), "{out}");
    assert!(err.contains(&format!("{WORKFLOW}:10:14: no fix: ")) && err.contains("(published-fixed-port)"), "{err}");
    // Parsers do not agree on a key that is there twice.
    let twice = format!("{TEXT}name: a\nname: b\n");
    let files = repository(&[(WORKFLOW, &twice)]);
    let (_, out, _) = run(files.path(), &["--show-fixes"]);
    assert!(out.contains("no fix: ") && out.contains("not every YAML parser reads"), "{out}");
    let (_, out, _) = run(files.path(), &["--fix"]);
    assert!(
        out.contains("fix withheld for 1 finding: it was tried, and a proof failed; `--show-fixes` says why\n"),
        "{out}"
    );
    assert_eq!(read(files.path()), twice);
}

#[test]
fn a_port_that_stands_nowhere_cannot_be_changed() {
    let said = |env: &str| {
        let service = "services: { postgres: { image: \"postgres:16\", ports: [\"5432:5432\"] } }";
        let workflow = format!(
            "on: push\njobs:\n  t:\n    runs-on: self-hosted\n    {service}\n    env: {{ {env} }}\n    steps:\n      - run: psql -l\n"
        );
        let files = repository(&[(".github/workflows/test.yml", &workflow)]);
        run(files.path(), &["--show-fixes"]).1.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let client = said("PGHOST: localhost");
    assert!(client.contains("no fix: `PGHOST` has no port beside it, and its client uses 5432"), "{client}");
    let shell = said("DSN: \"postgres://localhost:5432/$HOME\"");
    assert!(shell.contains("`DSN` holds the port beside signs that a shell reads"), "{shell}");
    let expression = said("DSN: \"postgres://localhost:5432/${{ github.job }}\"");
    assert!(expression.contains("`DSN` holds the port beside an expression"), "{expression}");
}

#[test]
fn json_has_the_fixes() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let report = |arguments: &[&str]| -> Value {
        let (_, out, err) = run(files.path(), &[&["--format", "json"], arguments].concat());
        assert_eq!(err, "");
        serde_json::from_str(&out).unwrap()
    };
    let before = report(&[]);
    let fixable = before["summary"]["fixable"].as_u64().unwrap();
    assert!(fixable >= 3, "{fixable}");
    let findings = before["findings"].as_array().unwrap();
    let named = findings.iter().find(|finding| finding["rule"] == "static-container-name").unwrap();
    let fix = &named["fix"];
    assert_eq!((&fix["applicability"], &fix["why"]), (&"safe".into(), &Value::Null));
    for edit in fix["edits"].as_array().unwrap() {
        let byte = |end: &str| usize::try_from(edit[end].as_u64().unwrap()).unwrap();
        assert_eq!(edit["old"], TEXT[byte("start")..byte("end")]);
        assert_eq!((&edit["path"], &edit["create"]), (&WORKFLOW.into(), &false.into()));
        let text = edit["text"].as_str().unwrap();
        assert!(["github.run_id", "$PG_CONTAINER", "always()"].iter().any(|part| text.contains(part)), "{text}");
    }
    let unswept = report(&["--select", "no-sweeper"]);
    let sweeper = &unswept["findings"][0];
    assert_eq!(sweeper["rule"], "no-sweeper");
    assert_eq!(sweeper["fix"], Value::Null);
    let after = report(&["--fix"]);
    assert!(after["summary"]["fixable"].as_u64().unwrap() < fixable);
    let rules: Vec<&Value> = after["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
    assert!(rules.contains(&&"published-fixed-port".into()) && !rules.contains(&&"static-container-name".into()));
    let lines = run(files.path(), &["--fix", "--format", "jsonl"]).1;
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
}

#[test]
fn statistics_count_what_remains() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let (_, out, _) = run(files.path(), &["--fix", "--statistics"]);
    assert!(out.contains("published-fixed-port") && !out.contains("static-container-name"), "{out}");
    assert!(out.contains("Fixed 3 findings in 1 file\n"), "{out}");
}

#[test]
fn standard_input_comes_back_mended() {
    let files = repository(&[(WORKFLOW, "on: push\njobs: {}\n")]);
    let stdin = |arguments: &[&str], text: &[u8]| {
        check(files.path(), &[&["-", "--stdin-filename", WORKFLOW], arguments].concat(), text)
    };
    let (code, out, err) = stdin(&["--fix"], TEXT.as_bytes());
    assert_eq!(code, 1);
    assert!(out.starts_with("on: push\n") && out.contains("pg-${{ github.run_id }}"), "{out}");
    assert!(err.contains("published-fixed-port"), "{err}");
    // What needs no fix, or is not ours, comes back as it is.
    assert_eq!(stdin(&["--fix"], CLEAN.as_bytes()).1, CLEAN);
    assert_eq!(check(files.path(), &["-", "--stdin-filename", "x.txt", "--fix"], b"text").1, "text");
    let (code, patch, _) = stdin(&["--diff"], TEXT.as_bytes());
    assert_eq!(code, 1);
    assert!(patch.contains("-      - run: docker rm -f pg"), "{patch}");
    assert_eq!(read(files.path()), "on: push\njobs: {}\n");
}

#[test]
fn of_standard_input_no_other_file_changes() {
    let script = "#!/bin/sh\ndocker ps -aq --filter name=pg | xargs docker rm -fv\n";
    let files = repository(&[(WORKFLOW, CLEAN), ("ci/down.sh", script)]);
    let text = TEXT.replace("docker rm -f pg", "sh ci/down.sh");
    let arguments = ["-", "--stdin-filename", WORKFLOW, "--fix", "--unsafe-fixes", "--show-fixes"];
    let (_, out, err) = check(files.path(), &arguments, text.as_bytes());
    assert_eq!(std::fs::read_to_string(files.path().join("ci/down.sh")).unwrap(), script);
    assert!(out.contains("sh ci/down.sh"), "{out}");
    let said = err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("it changes other files, too; give the path instead of `-`"), "{err}");
}

#[test]
fn bytes_that_are_no_text_come_back_as_they_are() {
    let files = repository(&[(WORKFLOW, CLEAN)]);
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let command = command.current_dir(files.path()).args(["check", "-", "--stdin-filename", WORKFLOW, "--fix"]);
    let output = command.write_stdin(&b"on: \xff\n"[..]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b"on: \xff\n"[..]));
}

#[test]
#[cfg(unix)]
fn what_a_link_leads_out_to_stays() {
    let files = repository(&[(WORKFLOW, TEXT)]);
    let outside = TempDir::new().unwrap();
    // A link out of the repository is not even read: what it is called for stays.
    std::fs::write(outside.path().join("w.yml"), TEXT).unwrap();
    std::os::unix::fs::symlink(outside.path().join("w.yml"), files.path().join(".gitea/workflows/out.yml")).unwrap();
    run(files.path(), &["--fix"]);
    assert_ne!(read(files.path()), TEXT, "nothing is mended at all");
    assert_eq!(std::fs::read_to_string(outside.path().join("w.yml")).unwrap(), TEXT);
}

#[test]
fn emit_is_taken() {
    let service = "on: push
jobs:
  test:
    runs-on: docker-host
    services:
      pg:
        image: postgres:16
        ports: ['5432:5432']
    steps:
      - uses: actions/checkout@v4
      - run: psql -h localhost -p 5432 -c 'select 1'
";
    let starts = |emit: &str, config: &str| -> &str {
        let files = tree(&[(".berthlint.yaml", config), (WORKFLOW, service)]);
        let fixed = run(files.path(), &["--fix", "--unsafe-fixes", "--emit", emit, "--exit-zero"]);
        let text = read(files.path());
        let ways = ["berth-run up pg", "docker run -d", "uses: ./.gitea/actions/sibling-up"];
        let found: Vec<&str> = ways.into_iter().filter(|way| text.contains(way)).collect();
        assert_eq!((fixed.0, found.len()), (0, 1), "{emit}: {found:?}\n{text}");
        found[0]
    };
    assert_eq!(starts("helper", RUNNER), "berth-run up pg");
    assert_eq!(starts("shell", RUNNER), "docker run -d");
    assert_eq!(starts("action", RUNNER), "uses: ./.gitea/actions/sibling-up");
    // Without a word it is the helper where that is declared.
    assert_eq!(starts("auto", RUNNER), "docker run -d");
    assert_eq!(starts("auto", &RUNNER.replace("network: host", "network: host, helper: true")), "berth-run up pg");
    assert_eq!(run(repository(&[(WORKFLOW, TEXT)]).path(), &["--fix", "--emit", "x"]).0, 2);
}

/// What a new user reads is what a new user sees.
#[test]
fn the_readme_shows_what_is_printed() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let before = project.join("fixtures/rewrite/first-run/before");
    let readme = std::fs::read_to_string(project.join("README.md")).unwrap();
    let text = |path: &str| std::fs::read_to_string(before.join(path)).unwrap();
    let files = tree(&[(WORKFLOW, &text(WORKFLOW)), (".berthlint.yaml", &text(".berthlint.yaml"))]);
    let (_, patch, said) = run(files.path(), &["--diff", "--unsafe-fixes"]);
    assert!(readme.contains(&(patch + &said)), "{said}");
    let (code, out, _) = run(files.path(), &["--fix", "--unsafe-fixes", "--show-fixes", "--format", "concise"]);
    let (_, made) = out.split_once("says which\n").unwrap();
    assert_eq!(code, 0);
    assert!(readme.contains(made), "{made}");
}

/// What this program has written about the repository quotes its names, and is no reader of them.
#[test]
fn a_baseline_and_reports_in_the_checkout_withhold_no_fix() {
    let workflow = "on: push\njobs:\n  test:\n    runs-on: [self-hosted, linux]\n    steps:\n      - uses: actions/checkout@v4\n      - run: docker run -d --name e2e-db postgres:16\n      - run: docker exec e2e-db pg_isready\n      - if: always()\n        run: docker rm -fv e2e-db\n";
    let root = tree(&[(".github/workflows/ci.yml", workflow)]);
    let diff = || berthlint(root.path(), &["check", "--exit-zero", "--diff", "--unsafe-fixes", "."]).1;
    let before = diff();
    assert!(before.contains("E2E_DB_CONTAINER"), "{before}");
    let baseline = ["check", "--baseline", "berthlint-baseline.json", "--write-baseline", "."];
    assert_eq!(berthlint(root.path(), &baseline).0, 0);
    for (format, name) in
        [("json", "a.json"), ("sarif", "a.sarif"), ("junit", "a.xml"), ("checkstyle", "b.xml"), ("rdjson", "b.json")]
    {
        let said = berthlint(root.path(), &["check", "--exit-zero", "--format", format, "-o", name, "."]);
        assert_eq!(said.0, 0, "{format}: {}", said.2);
    }
    assert_eq!(diff(), before);
}
