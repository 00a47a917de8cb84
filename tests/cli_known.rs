//! What is found and not told: a baseline, and what no change has touched.
#![allow(clippy::unwrap_used)]

mod program;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use program::{berthlint, tree};

const JOB: &str =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker system prune -f\n";
const NETWORK: &str =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker network prune -f\n";
const SCRIPT: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: sh ci/clean.sh\n";

fn file(here: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(here.join(name)).unwrap()).unwrap()
}

fn write(here: &Path, name: &str, text: &str) {
    std::fs::write(here.join(name), text).unwrap();
}

#[test]
fn what_the_baseline_knows_is_not_told_again() {
    let files = tree(&[(".gitea/workflows/a.yml", JOB)]);
    let here = files.path();
    let (code, _, err) = berthlint(here, &["check", "--baseline", "known.json"]);
    assert!(code == 2 && err.contains("--write-baseline"), "{err}");
    let (code, out, err) = berthlint(here, &["check", "--baseline", "known.json", "--write-baseline"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("known.json: 1 finding, 1 added, 0 removed"), "{out}");
    let (code, out, _) = berthlint(here, &["check", "--baseline", "known.json"]);
    assert!(code == 0 && out.contains("nothing found") && out.contains("1 finding left out: in the baseline"), "{out}");

    // Lines that move make no other finding, and a new one is told.
    write(here, ".gitea/workflows/a.yml", &format!("# A comment.\n{JOB}"));
    write(here, ".gitea/workflows/b.yml", NETWORK);
    let (code, out, _) = berthlint(here, &["check", "--baseline", "known.json", "--format", "concise"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("b.yml:6:14: error") && !out.contains("a.yml:"), "{out}");
    let out = berthlint(here, &["check", "--baseline", "known.json", "--format", "json"]).1;
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["summary"]["known"], &report["summary"]["stale"]), (&1.into(), &serde_json::json!([])));
    // `--fix` mends what is told, and nothing else.
    let patch = berthlint(here, &["check", "--baseline", "known.json", "--diff", "--unsafe-fixes"]).1;
    assert!(!patch.contains("a.yml"), "{patch}");
}

#[test]
fn from_every_folder_it_is_the_same_finding() {
    let files = tree(&[("one/.gitea/workflows/a.yml", JOB), ("two/.gitea/workflows/a.yml", JOB), ("one/src/x", "")]);
    let here = files.path();
    assert_eq!(berthlint(here, &["check", "one", "--baseline", "one/known.json", "--write-baseline"]).0, 0);
    assert_eq!(file(here, "one/known.json")["findings"][0]["path"], ".gitea/workflows/a.yml");
    assert_eq!(berthlint(&here.join("one"), &["check", "--baseline", "known.json"]).0, 0);
    assert_eq!(berthlint(&here.join("one/src"), &["check", "..", "--baseline", "../known.json"]).0, 0);
    // Another repository with the same file is another one.
    let (code, out, _) = berthlint(here, &["check", "--baseline", "one/known.json", "--format", "concise"]);
    assert!(code == 1 && out.contains("two/.gitea") && !out.contains("one/.gitea"), "{out}");
}

#[test]
fn what_is_found_no_more_is_told_and_pruned_and_what_people_wrote_stays() {
    let files = tree(&[(".gitea/workflows/a.yml", JOB), (".gitea/workflows/b.yml", NETWORK)]);
    let here = files.path();
    let renew = ["check", "--baseline", "known.json", "--write-baseline"];
    assert_eq!(berthlint(here, &renew).0, 0);
    let mut known = file(here, "known.json");
    assert_eq!(known["findings"].as_array().unwrap().len(), 2);
    known["findings"][0]["owner"] = "infra".into();
    known["findings"][0]["date"] = "2020-01-02".into();
    write(here, "known.json", &known.to_string());
    write(here, ".gitea/workflows/b.yml", &NETWORK.replace("docker network prune -f", "true"));

    let (code, out, _) = berthlint(here, &["check", "--baseline", "known.json", "-v"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 entry of the baseline is not found any more: `--write-baseline` removes it"), "{out}");
    assert!(out.contains(".gitea/workflows/b.yml: in the baseline, and not found any more: unscoped-prune"), "{out}");
    // Who asks for less than all cannot know what is gone.
    for narrowed in [&["--select", "ports"][..], &[".gitea/workflows/a.yml"]] {
        let arguments = [&["check", "--baseline", "known.json"], narrowed].concat();
        assert!(!berthlint(here, &arguments).1.contains("any more"), "{narrowed:?}");
    }
    let out = berthlint(here, &renew).1;
    assert!(out.contains("1 finding, 0 added, 1 removed"), "{out}");
    let known = file(here, "known.json");
    assert_eq!(
        (&known["findings"][0]["owner"], &known["findings"][0]["date"]),
        (&"infra".into(), &"2020-01-02".into())
    );
    assert_eq!(known["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn a_baseline_that_is_none_and_files_that_do_not_parse_stop_it() {
    let files = tree(&[(".gitea/workflows/a.yml", JOB), ("known.json", "[]")]);
    let here = files.path();
    let (code, _, err) = berthlint(here, &["check", "--baseline", "known.json"]);
    assert!(code == 2 && err.contains("--baseline: `known.json` is no baseline"), "{err}");
    write(here, ".gitea/workflows/b.yml", "on: push\njobs:\n  a: 'open\n");
    std::fs::remove_file(here.join("known.json")).unwrap();
    let (code, _, err) = berthlint(here, &["check", "--baseline", "known.json", "--write-baseline"]);
    assert!(code == 3 && err.contains("nothing was written"), "{err}");
    assert!(!here.join("known.json").exists());
    // An entry of a file that does not parse any more is not gone.
    std::fs::remove_file(here.join(".gitea/workflows/b.yml")).unwrap();
    assert_eq!(berthlint(here, &["check", "--baseline", "known.json", "--write-baseline"]).0, 0);
    write(here, ".gitea/workflows/a.yml", &format!("{JOB}x: [\n"));
    let (code, out, _) = berthlint(here, &["check", "--baseline", "known.json"]);
    assert!(code == 3 && !out.contains("not found any more"), "{out}");
    assert_eq!(berthlint(here, &["check", "--write-baseline"]).0, 2);
}

fn git(here: &Path, arguments: &[&str]) {
    let own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").current_dir(here).args(own).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn only_what_a_change_touches_is_told() {
    let files = tree(&[
        (".gitea/workflows/a.yml", JOB),
        (".gitea/workflows/b.yml", NETWORK),
        (".gitea/workflows/c.yml", SCRIPT),
        ("ci/clean.sh", "docker volume prune -f\n"),
        ("src/x", ""),
    ]);
    let here = files.path();
    git(here, &["init", "-q", "-b", "main"]);
    git(here, &["add", "."]);
    git(here, &["commit", "-q", "-m", "one"]);
    let told = |from: &Path| {
        let (code, out, err) = berthlint(from, &["check", "--changed-since", "main", "--format", "json"]);
        assert_eq!(err, "");
        let report: Value = serde_json::from_str(&out).unwrap();
        let path = |finding: &Value| finding["path"].as_str().unwrap().to_owned();
        let mut paths: Vec<String> = report["findings"].as_array().unwrap().iter().map(path).collect();
        paths.dedup();
        (code, paths, report["summary"]["untouched"].as_u64().unwrap())
    };
    assert_eq!(told(here), (0, Vec::new(), 3));
    let out = berthlint(here, &["check", "--changed-since", "main"]).1;
    assert!(out.contains("3 findings left out: no file that they depend on has changed"), "{out}");

    // A file that git does not know, one that is not committed, one that is: all are changes.
    git(here, &["checkout", "-q", "-b", "work"]);
    write(here, ".gitea/workflows/a.yml", &format!("# New.\n{JOB}"));
    git(here, &["commit", "-q", "-a", "-m", "two"]);
    assert_eq!(told(here).1, [".gitea/workflows/a.yml"]);
    write(here, ".gitea/workflows/d.yml", NETWORK);
    assert_eq!(told(here).1, [".gitea/workflows/a.yml", ".gitea/workflows/d.yml"]);
    // Who reads a script that has changed is touched.
    write(here, "ci/clean.sh", "docker volume prune -f # all\n");
    assert_eq!(told(&here.join("src")).1.last().unwrap(), "../ci/clean.sh");
    // What others add to the base is not this branch's.
    git(here, &["stash", "-q", "-u"]);
    git(here, &["checkout", "-q", "main"]);
    write(here, ".gitea/workflows/b.yml", &format!("# New.\n{NETWORK}"));
    git(here, &["commit", "-q", "-a", "-m", "three"]);
    git(here, &["checkout", "-q", "work"]);
    assert_eq!(told(here).1, [".gitea/workflows/a.yml"]);
    // What the configuration makes of all others may have changed with it.
    write(here, ".berthlint.yaml", "networks: [x]\n");
    assert_eq!(told(here).2, 0);
}

#[test]
fn a_commit_that_is_not_there_is_told() {
    let files = tree(&[(".gitea/workflows/a.yml", JOB)]);
    let here = files.path();
    let (code, _, err) = berthlint(here, &["check", "--changed-since", "main"]);
    assert!(code == 2 && err.contains("--changed-since: git says: not a git repository"), "{err}");
    git(here, &["init", "-q", "-b", "main"]);
    let (code, _, err) = berthlint(here, &["check", "--changed-since", "nowhere"]);
    assert!(code == 2 && err.contains("there is no commit `nowhere` here: fetch it first"), "{err}");
    let (code, _, err) = berthlint(here, &["check", "--changed-since=--output=x"]);
    assert!(code == 2 && err.contains("names no commit"), "{err}");
}
