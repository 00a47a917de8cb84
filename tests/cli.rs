//! The command line: exit codes, formats, inputs.
#![allow(clippy::unwrap_used)]

mod program;

use std::path::Path;

use serde_json::Value;

use program::{berthlint, berthlint_with, tree};

const GOOD: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hello\n";
const BROKEN: &str = "on: push\njobs:\n  a: 'open\n";

fn json(here: &Path, arguments: &[&str]) -> (i32, Value) {
    let arguments = [&["check", "--format", "json"], arguments].concat();
    let (code, out, err) = berthlint(here, &arguments);
    assert_eq!(err, "");
    (code, serde_json::from_str(&out).unwrap())
}

#[test]
fn alone_it_prints_help() {
    let (code, _, err) = berthlint(Path::new("."), &[]);
    assert_eq!(code, 2);
    assert!(err.contains("Usage: berthlint"), "{err}");
}

#[test]
fn a_clean_repository_exits_with_0() {
    let files = tree(&[(".github/workflows/x.yml", GOOD)]);
    let (code, out, err) = berthlint(files.path(), &["check"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "1 file: nothing found\n", ""));
    assert_eq!(berthlint(files.path(), &["check", "-q"]).1, "");
}

#[test]
fn a_directory_without_workflows_says_so() {
    let files = tree(&[("README.md", "# x"), ("docs/a.md", ""), ("in/.gitea/workflows/x.yml", GOOD)]);
    for arguments in [&["check", "docs"][..], &["check", "in", "docs"], &["check", "in/.gitea/workflows/x.yml", "docs"]]
    {
        let (code, out, _) = berthlint(files.path(), arguments);
        assert_eq!(code, 3, "{out}");
        assert!(out.contains("docs: error: no workflows here"), "{out}");
    }
    assert_eq!(berthlint(&files.path().join("docs"), &["check"]).0, 3);
    // In a checkout it says what to type.
    let checkout = tree(&[(".git/HEAD", ""), (".gitea/workflows/x.yml", GOOD), ("docs/a/b.md", "")]);
    let (code, out, _) = berthlint(checkout.path(), &["check", "docs"]);
    assert!(code == 3 && out.contains("; the repository around it is `.`: type `berthlint check`\n"), "{out}");
    let (_, out, _) = berthlint(&checkout.path().join("docs"), &["check", "a"]);
    assert!(out.contains("; the repository around it is `..`: type `berthlint check ..`\n"), "{out}");
    // A hook hands over what has changed, and that may be anything.
    assert_eq!(berthlint(files.path(), &["check", "README.md"]).0, 0);
    // A job that lints the wrong place must not stay green.
    let empty = tree(&[(".gitea/workflows/.gitkeep", ""), ("README.md", "# x")]);
    let (code, out, _) = berthlint(empty.path(), &["check"]);
    assert!(code == 3 && out.contains("no workflows here: the folders of its forges hold none"), "{out}");
}

#[test]
fn from_a_subfolder_the_checkout_is_linted() {
    let prune = GOOD.replace("echo hello", "docker system prune -f");
    let files = tree(&[
        (".gitea/workflows/x.yml", prune.as_str()),
        ("src/deep/a.rs", ""),
        ("sub/.git/HEAD", ""),
        ("sub/a", ""),
    ]);
    let at = |folder: &str| berthlint(&files.path().join(folder), &["check", "--format", "concise"]);
    // What is above a checkout is not its own.
    assert_eq!(at("src/deep").0, 3);
    assert_eq!(at("sub").0, 3);
    std::fs::create_dir(files.path().join(".git")).unwrap();
    let (code, out, _) = at("src/deep");
    assert!(code == 1 && out.starts_with("../../.gitea/workflows/x.yml:6:14: "), "{out}");
    assert_eq!(at("sub").0, 3);
}

#[test]
fn what_a_configuration_says_in_vain_is_told() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD), ("berthlint.yaml", "rules: { unscoped-prune: off }\n")]);
    let out = berthlint(files.path(), &["check"]).1;
    assert!(out.contains("berthlint.yaml: warning: the configuration is called `.berthlint.yaml`"), "{out}");
    let runners =
        "runners:\n  - { labels: [ubuntu-latest], daemon: shared }\n  - { labels: [ubuntu-lates, 'other-*'] }\n";
    std::fs::write(files.path().join(".berthlint.yaml"), runners).unwrap();
    let out = berthlint(files.path(), &["check"]).1;
    for label in ["ubuntu-lates", "other-*"] {
        let words = format!(".berthlint.yaml: warning: line 3: no job runs on `{label}`, which `runners` names");
        assert!(out.contains(&words), "{out}");
    }
    assert!(!out.contains("`ubuntu-latest`") && !out.contains("with a dot"), "{out}");
    // Nobody who reads it in a job's log, or a report of it, misses that.
    for format in ["concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson", "markdown"]
    {
        let (_, out, err) = berthlint(files.path(), &["check", "--format", format]);
        assert!((out + &err).contains("no job runs on `ubuntu-lates`"), "{format}");
    }
    let out = berthlint(files.path(), &["check", "--format", "github"]).1;
    assert!(
        out.starts_with("::warning title=berthlint%3A configuration,file=.berthlint.yaml::line 3: no job"),
        "{out}"
    );
    // A base is of many repositories.
    std::fs::rename(files.path().join("berthlint.yaml"), files.path().join("base.yaml")).unwrap();
    std::fs::write(files.path().join("base.yaml"), runners).unwrap();
    std::fs::write(files.path().join(".berthlint.yaml"), "extends: base.yaml\n").unwrap();
    assert!(!berthlint(files.path(), &["check"]).1.contains("no job runs on"));
}

#[test]
fn configuration_counts_and_its_mistakes_have_their_place() {
    let prune = GOOD.replace("echo hello", "docker system prune -f");
    let files = tree(&[(".gitea/workflows/x.yml", prune.as_str())]);
    let configured = |text: &str| std::fs::write(files.path().join(".berthlint.yaml"), text).unwrap();
    assert_eq!(berthlint(files.path(), &["check"]).0, 1);
    for text in ["rules: { unscoped-prune: off, unused-ignore: off }\n", "exclude: ['.gitea/**']\n"] {
        configured(text);
        assert_eq!(berthlint(files.path(), &["check"]).0, 0, "{text}");
        assert_eq!(berthlint(files.path(), &["check", "--no-config"]).0, 1);
    }
    configured("rules: { unscoped-prun: off }\n");
    let (code, out, err) = berthlint(files.path(), &["check"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("berthlint: .berthlint.yaml:1:10: ") && err.contains("`unscoped-prune`?"), "{err}");
}

/// A configuration that a change brings along.
const QUIET: &str = "exclude:
  - .gitea/workflows/old-*
  - scripts
rules:
  unscoped-prune: off
  curl-status-fallback: off
  missing-teardown: info
  no-sweeper: off
runners:
  - { labels: [fresh, new], daemon: ephemeral }
";

#[test]
fn what_the_configuration_keeps_back_is_said_in_every_format() {
    let prune = GOOD.replace("echo hello", "docker system prune -f; sh scripts/clean.sh");
    let files = tree(&[
        (".gitea/workflows/old-a.yml", GOOD),
        (".gitea/workflows/old-b.yml", GOOD),
        (".gitea/workflows/x.yml", prune.as_str()),
        ("scripts/clean.sh", "docker kill $(docker ps -q --filter ancestor=redis)\n"),
        (".berthlint.yaml", QUIET),
    ]);
    // `no-sweeper` is off without being switched off.
    let said = "3 files excluded by .berthlint.yaml:2 :3, 2 rules off by .berthlint.yaml:5 :6, 1 rule lowered by \
                .berthlint.yaml:7, 2 runner labels declared ephemeral by .berthlint.yaml:10\n";
    let excluded = "3 files excluded by .berthlint.yaml:2 :3";
    for format in ["full", "concise"] {
        let (_, out, _) = berthlint(files.path(), &["check", "--format", format]);
        assert!(out.ends_with(&format!("2 files: nothing found\n{said}")), "{format}: {out}");
        assert!(!berthlint(files.path(), &["check", "--format", format, "-q"]).1.contains("excluded"));
    }
    for arguments in [&["check", "--format", "jsonl"][..], &["check", "--diff"]] {
        assert!(berthlint(files.path(), arguments).2.contains(said), "{arguments:?}");
    }
    let silenced = json(files.path(), &[]).1["summary"]["silenced"].take();
    assert_eq!(
        silenced[0],
        serde_json::json!({"means": "excluded", "path": ".berthlint.yaml", "line": 2,
            "names": [".gitea/workflows/old-a.yml", ".gitea/workflows/old-b.yml"]})
    );
    assert_eq!((&silenced[1]["line"], &silenced[1]["names"][0]), (&3.into(), &"scripts/clean.sh".into()));
    let means: Vec<&Value> = silenced.as_array().unwrap().iter().map(|silence| &silence["means"]).collect();
    assert_eq!(means, ["excluded", "excluded", "off", "off", "lowered", "ephemeral"]);
    for view in ["collisions", "coverage"] {
        assert!(berthlint(files.path(), &[view]).1.contains("2 files excluded by .berthlint.yaml:2"), "{view}");
    }
    // Of files that are given by name the ones that are left out are told, and nothing is said of the others.
    let named = berthlint(files.path(), &["check", ".gitea/workflows/old-a.yml"]).1;
    assert!(named.contains("1 file excluded by .berthlint.yaml:2"), "{named}");
    // The command line knows what it asks for.
    let selected = berthlint(files.path(), &["check", "--select", "unscoped-prune"]).1;
    assert!(selected.contains("2 runner labels") && !selected.contains("rules off"), "{selected}");
    assert!(!berthlint(files.path(), &["check", "--no-config"]).1.contains(excluded));
}

#[test]
fn a_repository_that_is_excluded_whole_says_so() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD), (".berthlint.yaml", "exclude: ['**']\n")]);
    let (code, out, _) = berthlint(files.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, "0 files: nothing found\n1 file excluded by .berthlint.yaml:1\n"));
}

#[test]
fn a_base_that_switches_rules_off_is_named() {
    let files = tree(&[
        (".gitea/workflows/x.yml", GOOD),
        (".berthlint.yaml", "extends: ci/base.yaml\n"),
        ("ci/base.yaml", "rules:\n  scope: off\n"),
    ]);
    let out = berthlint(files.path(), &["check"]).1;
    assert!(out.contains("rules off by ci/base.yaml:2\n"), "{out}");
}

#[test]
fn broken_yaml_stops_no_other_file_and_exits_with_3() {
    let files = tree(&[(".gitea/workflows/bad.yml", BROKEN), (".gitea/workflows/good.yaml", GOOD)]);
    let (code, report) = json(files.path(), &["."]);
    assert_eq!(code, 3);
    assert_eq!(report["summary"]["files"], 2);
    let finding = &report["findings"][0];
    assert_eq!((&finding["rule"], &finding["path"]), (&"yaml-error".into(), &".gitea/workflows/bad.yml".into()));
    assert_eq!(finding["span"]["start"]["line"], 3);
    assert_eq!(json(files.path(), &["--exit-zero"]).0, 3);
    assert_eq!(json(files.path(), &["--ignore", "yaml-error"]).0, 3);
    // Only what is asked for counts.
    assert_eq!(json(files.path(), &[".gitea/workflows/good.yaml"]).0, 0);
}

#[test]
fn a_file_that_is_not_utf8_has_its_place() {
    let files = tree(&[(".gitea/workflows/good.yaml", GOOD)]);
    std::fs::write(files.path().join(".gitea/workflows/latin.yml"), b"on: push\nname: caf\xe9\n").unwrap();
    let (code, out, _) = berthlint(files.path(), &["check", "--format", "concise"]);
    assert_eq!(code, 3);
    assert!(out.starts_with(".gitea/workflows/latin.yml:2:10: error yaml-error not UTF-8: byte 18 is 0xe9"), "{out}");
}

/// go-yaml, with which Gitea and Forgejo read workflows: `mapping key "jobs" already defined`.
#[test]
fn a_key_that_stands_twice_makes_a_broken_file() {
    let twice = "on: push\njobs:\n  a: { runs-on: x, steps: [] }\njobs:\n  b: { runs-on: x, steps: [] }\n";
    let files = tree(&[(".gitea/workflows/twice.yml", twice)]);
    let (code, out, _) = berthlint(files.path(), &["check", "--format", "concise"]);
    assert_eq!(code, 3);
    let said = ".gitea/workflows/twice.yml:4:1: error yaml-error the key `jobs` stands twice";
    assert!(out.starts_with(said), "{out}");
}

/// A shell runs it all the same, so what it does must not go unseen.
#[test]
fn a_called_script_that_is_not_utf8_is_an_error() {
    let call = GOOD.replace("echo hello", "sh ci/clean.sh");
    let files = tree(&[(".gitea/workflows/x.yml", call.as_str()), ("ci/y", "")]);
    std::fs::write(files.path().join("ci/clean.sh"), b"# caf\xe9\ndocker system prune -f\n").unwrap();
    let (code, report) = json(files.path(), &[]);
    let errors = serde_json::json!([{
        "path": "ci/clean.sh", "span": null,
        "message": "not UTF-8: byte 5 is 0xe9; save the file as UTF-8: what calls it was judged without it",
    }]);
    assert_eq!((code, &report["errors"]), (3, &errors));
    assert_eq!(berthlint(files.path(), &["check", "--exit-zero"]).0, 3);
    // An image that somebody names is no script.
    std::fs::write(files.path().join("ci/clean.sh"), b"\x7fELF\x00\x01").unwrap();
    assert_eq!(json(files.path(), &[]).0, 0);
    std::fs::write(files.path().join("ci/clean.sh"), b"# caf\xe9\n").unwrap();
    std::fs::write(files.path().join(".berthlint.yaml"), "exclude: [ci/clean.sh]\n").unwrap();
    assert_eq!(json(files.path(), &[]).0, 0);
}

#[test]
fn a_fix_that_several_findings_share_is_written_once() {
    let steps: String = (0..20).map(|n| format!("      - run: docker run -d --name pg{n} postgres:16\n")).collect();
    let text = format!("on: push\njobs:\n  test:\n    runs-on: docker-host\n    steps:\n{steps}");
    let files = tree(&[(".gitea/workflows/ci.yml", text.as_str())]);
    let (_, report) = json(files.path(), &["--select", "static-container-name"]);
    let findings = report["findings"].as_array().unwrap();
    let (first, others) = findings.split_first().unwrap();
    assert_eq!(others.len(), 19);
    assert!(first["fix"]["edits"].as_array().unwrap().len() > 20);
    assert!(first["fix"].get("same-as").is_none());
    for other in others {
        assert_eq!(other["fix"]["edits"], serde_json::json!([]));
        assert_eq!(other["fix"]["same-as"], first["fingerprint"]);
        assert_eq!(other["fix"]["title"], first["fix"]["title"]);
    }
}

#[test]
fn json_has_every_key() {
    let files = tree(&[(".gitea/workflows/bad.yml", BROKEN)]);
    let (_, report) = json(files.path(), &[]);
    let keys = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&report), ["errors", "findings", "schema", "skipped", "summary", "tool"]);
    assert_eq!(report["schema"], "berthlint/1");
    let summary = [
        "errors",
        "files",
        "fixable",
        "hidden",
        "infos",
        "known",
        "silenced",
        "stale",
        "suppressed",
        "untouched",
        "warnings",
    ];
    assert_eq!(keys(&report["summary"]), summary);
    let finding = &report["findings"][0];
    let expected = [
        "callers",
        "chain",
        "confidence",
        "family",
        "fingerprint",
        "fix",
        "help",
        "job",
        "label",
        "level",
        "message",
        "path",
        "related",
        "rule",
        "span",
        "step",
        "url",
    ];
    assert_eq!(keys(finding), expected);
    assert_eq!(keys(&finding["span"]["end"]), ["byte", "column", "line"]);
    assert_eq!(finding["fingerprint"].as_str().unwrap().len(), 64);
}

#[test]
fn jsonl_has_a_finding_per_line() {
    let files = tree(&[(".gitea/workflows/bad.yml", BROKEN)]);
    let (code, out, _) = berthlint(files.path(), &["check", "--format", "jsonl"]);
    assert_eq!((code, out.lines().count()), (3, 1));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["rule"], "yaml-error");
}

#[test]
fn full_shows_the_source_and_no_colours_in_a_pipe() {
    let files = tree(&[(".gitea/workflows/bad.yml", BROKEN)]);
    let (_, out, _) = berthlint(files.path(), &["check"]);
    assert!(out.contains("error yaml-error") && out.contains(".gitea/workflows/bad.yml:3:"), "{out}");
    assert!(out.contains("'open") && out.ends_with("1 file: 1 error\n") && !out.contains('\u{1b}'), "{out}");
    assert!(berthlint(files.path(), &["check", "--color", "always"]).1.contains('\u{1b}'));
}

#[test]
fn usage_errors_exit_with_2_and_say_what_to_do() {
    let files = tree(&[(".github/workflows/x.yml", GOOD)]);
    let fails = |arguments: &[&str], words: &str| {
        let (code, out, err) = berthlint(files.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    };
    fails(&["check", "nowhere"], "there is no `nowhere`");
    fails(&["check", "--select", "yaml-eror"], "did you mean `yaml-error`?");
    fails(&["check", "--ignore", "tools"], "did you mean `tool`?");
    fails(&["check", "--runner-config", "nowhere.yaml"], "--runner-config: there is no file `nowhere.yaml`");
    fails(&["check", "--config", "nowhere.yaml"], "--config: there is no file `nowhere.yaml`");
    fails(&["check", "-"], "--stdin-filename");
    fails(&["check", "--format", "json", "--statistics"], "--statistics");
    fails(&["check", "--format", "fancy"], "possible values");
    fails(&["explain", "unused-ignor"], "did you mean `unused-ignore`?");
}

#[test]
fn standard_input_stands_for_a_file() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    let check = |name: &str, content: &str| {
        let arguments = ["check", "--format", "concise", "--stdin-filename", name, "-"];
        let (code, out, _) = berthlint_with(files.path(), &arguments, content.as_bytes());
        (code, out)
    };
    let (code, out) = check(".gitea/workflows/x.yml", BROKEN);
    assert_eq!(code, 3);
    assert!(out.starts_with(".gitea/workflows/x.yml:3:"), "{out}");
    // A file that is not there yet.
    assert_eq!(check(".gitea/workflows/new.yml", BROKEN).0, 3);
    assert_eq!(check(".gitea/workflows/x.yml", GOOD).0, 0);
    assert!(check("notes.txt", "hello").1.contains("notes.txt: skipped"));
}

#[test]
fn foreign_files_are_skipped_with_a_note() {
    let files =
        tree(&[(".github/workflows/x.yml", GOOD), ("README.md", "# x"), (".github/dependabot.yml", "version: 2")]);
    let (code, report) = json(files.path(), &["README.md", ".github/dependabot.yml"]);
    assert_eq!(code, 0);
    let skipped: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(skipped, [".github/dependabot.yml", "README.md"]);
    let (code, out, _) = berthlint(files.path(), &["check", "README.md"]);
    assert_eq!(code, 0);
    assert!(out.contains("README.md: skipped: not a workflow"), "{out}");
}

/// GitHub reads one folder, the others theirs with all below.
#[test]
fn folders_below_githubs_are_not_read() {
    let prune = GOOD.replace("ubuntu-latest", "self-hosted").replace("echo hello", "docker system prune -f");
    let nested = ".github/workflows/archived/old.yml";
    let files = tree(&[(".github/workflows/x.yml", GOOD), (nested, &prune)]);
    for path in [".", nested] {
        let (code, report) = json(files.path(), &[path]);
        assert_eq!((code, &report["skipped"][0]["path"]), (0, &nested.into()), "{path}");
    }
    assert_eq!(json(files.path(), &["--forge", "gitea"]).0, 1);
    let files = tree(&[(".gitea/workflows/deep/x.yml", &prune)]);
    assert_eq!(json(files.path(), &[]).0, 1);
}

#[test]
fn a_local_action_below_the_workflows_is_one() {
    let uses = GOOD.replace("run: echo hello", "uses: ./.github/workflows/act");
    let action = "runs:\n  using: composite\n  steps:\n    - run: docker system prune -f\n      shell: bash\n";
    let files = tree(&[
        (".github/workflows/x.yml", &uses.replace("ubuntu-latest", "self-hosted")),
        (".github/workflows/act/action.yml", action),
        (".github/workflows/old/y.yml", GOOD),
    ]);
    let (code, out, _) = berthlint(files.path(), &["check", "--format", "concise", "-v"]);
    assert!(code == 1 && out.contains(".github/workflows/act/action.yml:4:12: error unscoped-prune"), "{out}");
    assert!(out.contains(".github/workflows/act/action.yml: read as an action\n"), "{out}");
    assert!(!out.contains("act/action.yml: skipped") && out.contains("old/y.yml: skipped"), "{out}");
    // What has no fix, or none that is safe, says why there as well.
    assert!(out.contains("  no fix: ") || out.contains("  unsafe because "), "{out}");
}

/// What is hidden is put down to the runner only where a rule asks for what nobody knows of it.
#[test]
fn the_summary_says_why_findings_are_hidden() {
    let kill = GOOD.replace("echo hello", "pkill -f server");
    let said = |files: &[(&str, &str)]| berthlint(tree(files).path(), &["check"]).1;
    let out = said(&[(".gitea/workflows/x.yml", &kill)]);
    assert!(
        out.contains("1 low-confidence finding hidden: `--min-confidence low` shows it\nIt depends on the runner: "),
        "{out}"
    );
    assert!(out.contains("`runner: gitea-runner ") && out.contains("--runner-config"), "{out}");
    // The example is one of the forge whose workflow it is.
    let out = said(&[(".forgejo/workflows/x.yml", &kill)]);
    assert!(out.contains("`runner: forgejo-runner "), "{out}");
    let anywhere =
        GOOD.replace("echo hello", "docker rm -f $(docker ps -aq)").replace("ubuntu-latest", "${{ vars.WHERE }}");
    let out = said(&[(".github/workflows/x.yml", &anywhere)]);
    assert!(out.contains("`daemon: shared`") && !out.contains("gitea") && !out.contains("--runner-config"), "{out}");
    let name = GOOD.replace("echo hello", "docker run -d --rm --name $(pick) nginx");
    let runners = "runners: [{ labels: [ubuntu-latest], runner: gitea-runner 3.1.0, mode: host }]\n";
    for config in [runners, ""] {
        let out = said(&[(".gitea/workflows/x.yml", &name), (".berthlint.yaml", config)]);
        assert!(out.contains("low-confidence finding"), "{out}");
        assert!(!out.contains("the runner is not known"), "{out}");
    }
}

#[test]
fn the_summary_counts_what_a_killed_runner_leaves() {
    let run = GOOD.replace("echo hello", "docker run -d --name pg-${{ github.run_id }} postgres");
    let files = tree(&[(".gitea/workflows/x.yml", &run)]);
    let line = "1 resource would outlive a killed runner";
    assert!(berthlint(files.path(), &["check"]).1.contains(line));
    for quiet in [&["check", "--select", "names"][..], &["check", "--ignore", "no-sweeper"]] {
        assert!(!berthlint(files.path(), quiet).1.contains(line), "{quiet:?}");
    }
    std::fs::write(files.path().join(".berthlint.yaml"), "rules: { no-sweeper: off }\n").unwrap();
    assert!(!berthlint(files.path(), &["check"]).1.contains(line));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_an_error_with_its_place() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    // Root reads everything, but not a link to itself.
    std::os::unix::fs::symlink("loop.yml", files.path().join(".gitea/workflows/loop.yml")).unwrap();
    let (code, report) = json(files.path(), &[]);
    assert_eq!(code, 3);
    assert_eq!(report["errors"][0]["path"], ".gitea/workflows/loop.yml");
    assert_eq!(report["summary"]["files"], 1);
    assert_eq!(json(files.path(), &[".gitea/workflows/x.yml"]).0, 0);
    assert_eq!(json(files.path(), &[".gitea/workflows/loop.yml"]).0, 3);
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_an_error_with_its_place() {
    use std::os::unix::fs::PermissionsExt;

    let files = tree(&[("a/.gitea/workflows/x.yml", GOOD), ("locked/y", "")]);
    let locked = files.path().join("locked");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let readable = std::fs::read_dir(&locked).is_ok();
    let (code, report) = json(files.path(), &[]);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(report["summary"]["files"], 1);
    if !readable {
        assert_eq!(code, 3);
        assert_eq!(report["errors"][0]["path"], "locked");
        assert!(report["errors"][0]["message"].as_str().unwrap().contains("permission denied"));
    }
}

#[test]
fn unused_ignores_are_warnings() {
    let ignored = GOOD.replace("echo hello", "echo hello # berthlint: ignore[yaml-eror, tool] why");
    let files = tree(&[(".gitea/workflows/x.yml", ignored.as_str())]);
    let (code, report) = json(files.path(), &[]);
    assert_eq!(code, 0);
    let messages: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), 2);
    assert!(messages[0].contains("did you mean `yaml-error`?"), "{messages:?}");
    assert_eq!(json(files.path(), &["--fail-on", "warning"]).0, 1);
    assert_eq!(json(files.path(), &["--fail-on", "warning", "--exit-zero"]).0, 0);
    assert_eq!(json(files.path(), &["--no-ignores", "--fail-on", "info"]).0, 0);
    assert_eq!(json(files.path(), &["--ignore", "unused-ignore", "--fail-on", "info"]).0, 0);
    let (_, out, _) = berthlint(files.path(), &["check", "--statistics"]);
    assert_eq!(out, "     2  warning  unused-ignore\n1 file: 2 warnings\n");
}

#[test]
fn output_goes_to_a_file() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    let (code, out, _) = berthlint(files.path(), &["check", "--format", "json", "-o", "report.json"]);
    assert_eq!((code, out.as_str()), (0, ""));
    let report = std::fs::read_to_string(files.path().join("report.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap()["schema"], "berthlint/1");
}

#[test]
fn rules_are_listed_and_explained() {
    let (code, out, _) = berthlint(Path::new("."), &["rules", "--format", "json"]);
    let rules: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert!(rules.as_array().unwrap().iter().any(|rule| rule["rule"] == "unused-ignore"));
    assert!(berthlint(Path::new("."), &["rules"]).1.contains("yaml-error"));
    assert!(berthlint(Path::new("."), &["explain", "yaml-error"]).1.starts_with("yaml-error (tool)"));
}

/// For programs, a rule with all that its page has; of a family each rule.
#[test]
fn explanations_are_json_as_well() {
    let files =
        tree(&[(".gitea/workflows/x.yml", LATEST), (".berthlint.yaml", DIRS), ("ci/rules/house/no-latest.yaml", OWN)]);
    let explained = |name: &str| -> Vec<Value> {
        let (code, out, err) = berthlint(files.path(), &["explain", name, "--format", "json"]);
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        serde_json::from_str(&out).unwrap()
    };
    let prune = &explained("unscoped-prune")[0];
    assert_eq!(
        (&prune["family"], &prune["level"], &prune["enabled"]),
        (&"scope".into(), &"error".into(), &true.into())
    );
    assert_eq!(prune["fix"]["rewrite"], "scope-removal");
    assert!(prune["why"].as_str().unwrap().len() > 100 && prune["fix"]["does"].as_str().unwrap().len() > 20);
    let example = &prune["examples"][0];
    assert!(example["bad"].as_str().unwrap().contains("prune") && example["path"] == ".gitea/workflows/ci.yml");
    let own = &explained("no-latest")[0];
    assert_eq!(
        (&own["why"], &own["fix"], &own["examples"]),
        (&"It changes overnight.".into(), &Value::Null, &Value::Array(Vec::new()))
    );
    assert_eq!(explained("yaml-error")[0]["rule"], "yaml-error");
    let family = explained("scope");
    assert!(family.len() > 1 && family.iter().all(|rule| rule["family"] == "scope"), "{family:?}");
    let (code, out, err) = berthlint(files.path(), &["explain", "no-latet", "--format", "json"]);
    assert!(code == 2 && out.is_empty() && err.contains("did you mean `no-latest`?"), "{out}{err}");
}

#[test]
fn facts_are_json() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    let (code, out, _) = berthlint(files.path(), &["facts"]);
    assert_eq!(code, 0);
    assert!(serde_json::from_str::<Value>(&out).unwrap()["facts"].is_array());
}

const OWN: &str = "id: no-latest\nfamily: house\nlevel: warning\nsummary: A service takes what is newest\non: service\nwhere: { image: { matches: ':latest$' } }\nmessage: \"service `{name}` runs `{image}`\"\nhelp: name a version\nwhy: It changes overnight.\n";
const LATEST: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    services:\n      pg: { image: 'postgres:latest' }\n    steps:\n      - run: psql -h pg\n";
const DIRS: &str = "rules-dirs: [ci/rules]\n";

#[test]
fn own_rules_are_judged_beside_the_built_in_ones() {
    let files =
        tree(&[(".gitea/workflows/x.yml", LATEST), (".berthlint.yaml", DIRS), ("ci/rules/house/no-latest.yaml", OWN)]);
    let found = |arguments: &[&str]| -> Vec<(String, String)> {
        let (_, report) = json(files.path(), arguments);
        let findings = report["findings"].as_array().unwrap().iter();
        let texts = |finding: &Value| ["rule", "level"].map(|key| finding[key].as_str().unwrap().to_owned());
        findings.map(texts).map(|[rule, level]| (rule, level)).collect()
    };
    let expected = [("no-latest".to_owned(), "warning".to_owned())];
    assert_eq!(found(&["--select", "no-latest"]), expected);
    assert_eq!(found(&["--select", "house"]), expected);
    assert!(found(&[]).contains(&expected[0]));
    assert!(!found(&["--ignore", "house"]).contains(&expected[0]));
    assert_eq!(berthlint(files.path(), &["check", "--no-config", "--select", "house"]).0, 2);

    let (code, out, _) = berthlint(files.path(), &["rules"]);
    assert!(code == 0 && out.contains("\nhouse\n  no-latest "), "{out}");
    let (code, out, _) = berthlint(files.path(), &["explain", "no-latest"]);
    assert!(code == 0 && out.starts_with("no-latest (house, warning)\n"), "{out}");

    std::fs::write(files.path().join(".berthlint.yaml"), format!("{DIRS}rules: {{ no-latest: error }}\n")).unwrap();
    assert_eq!(found(&["--select", "house"])[0].1, "error");
    let ignored = LATEST.replace("      pg:", "      # berthlint: ignore[no-latest] a reason\n      pg:");
    std::fs::write(files.path().join(".gitea/workflows/x.yml"), ignored).unwrap();
    assert_eq!(found(&["--select", "house,unused-ignore"]), []);
}

#[test]
fn own_rules_that_are_wrong_are_told_with_file_and_line() {
    let files = tree(&[
        (".gitea/workflows/x.yml", LATEST),
        (".berthlint.yaml", DIRS),
        ("ci/rules/a.yaml", &OWN.replace("image:", "imago:")),
        ("ci/rules/b.yaml", &OWN.replace("no-latest", "unscoped-prune")),
        ("ci/rules/c.yaml", &OWN.replace("no-latest", "one")),
        ("ci/rules/d.yaml", &format!("# second\n{}fix: no-such\n", OWN.replace("no-latest", "one"))),
        ("ci/rules/e.yaml", &OWN.replace("family: house", "family: yaml-error")),
    ]);
    for command in ["check", "rules", "facts"] {
        let (code, out, err) = berthlint(files.path(), &[command]);
        assert_eq!((code, out.as_str()), (2, ""));
        for words in [
            "ci/rules/a.yaml:6: `service` has no field `imago`; did you mean `image`?",
            "ci/rules/b.yaml:1: the rule `unscoped-prune` is built in; choose an id of your own",
            "ci/rules/d.yaml:2: ci/rules/c.yaml has a rule `one` too",
            "ci/rules/d.yaml:11: there is no rewrite `no-such`",
            "ci/rules/e.yaml:2: `yaml-error` is the name of a rule",
        ] {
            assert!(err.contains(words), "{words}\nis not in\n{err}");
        }
    }
    assert_eq!(berthlint(files.path(), &["explain", "unscoped-prune"]).0, 0);
    std::fs::write(files.path().join(".berthlint.yaml"), "rules-dirs: [nowhere]\n").unwrap();
    let (code, _, err) = berthlint(files.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(err.contains(".berthlint.yaml: `rules-dirs` names nowhere, which is no folder"), "{err}");
}

#[test]
fn a_reusable_workflow_names_all_who_call_it() {
    const CALL: &str = "on: push\njobs:\n  e2e:\n    uses: ./.gitea/workflows/db.yml\n";
    let files = tree(&[
        (".gitea/workflows/a.yml", CALL),
        (".gitea/workflows/b.yml", CALL),
        (
            ".gitea/workflows/db.yml",
            "on: workflow_call\njobs:\n  db:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker run --rm --name pg postgres\n",
        ),
    ]);
    let (_, report) = json(files.path(), &["--select", "static-container-name"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["chain"][0]["path"], ".gitea/workflows/a.yml");
    let callers = [".gitea/workflows/a.yml#e2e", ".gitea/workflows/b.yml#e2e", ".gitea/workflows/db.yml#db"];
    assert_eq!(finding["callers"], serde_json::json!(callers));
}

#[test]
fn both_programs_say_their_version() {
    let version = concat!(" ", env!("CARGO_PKG_VERSION"));
    for (program, name) in
        [(env!("CARGO_BIN_EXE_berthlint"), "berthlint"), (env!("CARGO_BIN_EXE_berth-run"), "berth-run")]
    {
        let output = std::process::Command::new(program).arg("--version").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(&format!("{name}{version}")) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn each_line_that_switches_a_rule_off_is_named() {
    let config = "rules: { static-image-tag: off }\nnetworks: [x]\nignore: [missing-teardown]\n";
    let files = tree(&[(".gitea/workflows/x.yml", GOOD), (".berthlint.yaml", config)]);
    let out = berthlint(files.path(), &["check"]).1;
    assert!(out.ends_with("2 rules off by .berthlint.yaml:1 :3\n"), "{out}");
}

#[test]
fn an_option_of_fixes_without_a_fix_is_refused() {
    let files = tree(&[(".gitea/workflows/x.yml", GOOD)]);
    for option in ["--unsafe-fixes", "--exit-non-zero-on-fix"] {
        let (code, _, err) = berthlint(files.path(), &["check", option]);
        assert!(code == 2 && err.contains(&format!("{option} needs --fix or --diff")), "{err}");
    }
}

#[test]
fn a_finding_of_low_confidence_says_so() {
    let workflow = GOOD.replace("echo hello", "pkill -f server");
    let files = tree(&[(".gitea/workflows/x.yml", &workflow)]);
    for format in ["full", "concise"] {
        let all = berthlint(files.path(), &["check", "--min-confidence", "low", "--format", format]).1;
        let certain = berthlint(files.path(), &["check", "--format", format]).1;
        assert!(all.contains("(low confidence)"), "{all}");
        assert!(!certain.contains("(low confidence)"), "{certain}");
    }
}
