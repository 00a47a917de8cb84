//! What is read: regular files, inside the repository or named by the user, no larger than a megabyte.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command as System;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::tree;
use crate::{LEAK, PATIENCE, RUNNER, WORKFLOW, call, put, said};

/// More than a look takes, less than the reading of three gigabytes.
const AT_ONCE: Duration = Duration::from_secs(8);

fn pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(System::new("mkfifo").arg(path).status().unwrap().success());
}

fn giant(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path).unwrap().set_len(3 << 30).unwrap();
}

/// Calls it, which must not take long, and must end by itself: the exit code and what is said.
#[track_caller]
fn at_once(here: &Path, arguments: &[&str]) -> (i32, String) {
    let started = Instant::now();
    let output = call(here, arguments);
    assert!(started.elapsed() < AT_ONCE.min(PATIENCE), "{arguments:?} took {:?}", started.elapsed());
    (output.status.code().expect("it ends by itself"), said(&output))
}

#[test]
fn a_pipe_is_not_waited_for() {
    for path in [".gitea/workflows/pipe.yml", "action.yml", "ci/run.sh", ".github/actionlint.yaml"] {
        let files = tree(&[(WORKFLOW, &LEAK.replace("make test", "ci/run.sh"))]);
        pipe(&files.path().join(path));
        let (code, out) = at_once(files.path(), &["check", "--format", "concise"]);
        assert_eq!(code, 1, "{path}: {out}");
        assert!(out.contains("static-container-name"), "{path}: {out}");
    }
    let files = tree(&[(WORKFLOW, LEAK)]);
    pipe(&files.path().join(".gitea/workflows/pipe.yml"));
    for named in [&[".gitea/workflows/pipe.yml"][..], &["."]] {
        let (_, out) = at_once(files.path(), &[&["check", "--exit-zero"], named].concat());
        assert!(out.contains(".gitea/workflows/pipe.yml: skipped: not a regular file"), "{named:?}: {out}");
    }
}

#[test]
fn a_configuration_that_is_no_file_is_refused() {
    for path in [".berthlint.yaml", ".gitea/.berthlint.yml"] {
        let files = tree(&[(WORKFLOW, LEAK)]);
        pipe(&files.path().join(path));
        let (code, out) = at_once(files.path(), &["check"]);
        assert_eq!(code, 2, "{out}");
        assert!(out.contains(&format!("{path}: cannot be read: it is not a regular file")), "{out}");
    }
    let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", "extends: base.yaml\nrules-dirs: [rules]\n")]);
    pipe(&files.path().join("base.yaml"));
    pipe(&files.path().join("rules/a.yaml"));
    let (code, out) = at_once(files.path(), &["check"]);
    assert!(code == 2 && out.contains("base.yaml, which is no file"), "{out}");
}

#[test]
fn a_device_behind_a_link_is_not_read() {
    for path in [".gitea/workflows/zero.yml", "action.yml", "ci/run.sh"] {
        let files = tree(&[(WORKFLOW, &LEAK.replace("make test", "ci/run.sh"))]);
        std::fs::create_dir_all(files.path().join(path).parent().unwrap()).unwrap();
        symlink("/dev/zero", files.path().join(path)).unwrap();
        let (code, out) = at_once(files.path(), &["check", "--format", "concise"]);
        assert_eq!(code, 1, "{path}: {out}");
        let (_, out) = at_once(files.path(), &["check", path]);
        assert!(out.contains(&format!("{path}: skipped: ")), "{out}");
    }
    for option in ["--config", "--runner-config"] {
        let files = tree(&[(WORKFLOW, LEAK)]);
        assert_eq!(at_once(files.path(), &["check", option, "/dev/zero"]).0, 2);
    }
}

#[test]
fn a_giant_is_not_read() {
    let files = tree(&[(WORKFLOW, LEAK)]);
    let large = ".gitea/workflows/large.yml";
    giant(&files.path().join(large));
    for named in [large, "."] {
        let (code, out) = at_once(files.path(), &["check", named]);
        assert_eq!(code, 3, "{out}");
        assert!(out.contains(&format!("{large}: error: cannot be read: it is larger than 1 MB")), "{out}");
    }
    let files = tree(&[(WORKFLOW, LEAK)]);
    giant(&files.path().join(".berthlint.yaml"));
    let (code, out) = at_once(files.path(), &["check"]);
    assert_eq!(code, 2);
    assert!(out.contains(".berthlint.yaml: cannot be read: it is larger than 1 MB"), "{out}");
    // What is not ours stays none of ours, however large.
    giant(&files.path().join("values.bin"));
    let (code, out) = at_once(files.path(), &["check", "--no-config", "values.bin"]);
    assert!(code == 0 && out.contains("values.bin: skipped: "), "{out}");
}

#[test]
fn standard_input_has_an_end() {
    let files = tree(&[(WORKFLOW, LEAK)]);
    let arguments = ["check", "--stdin-filename", WORKFLOW, "-"];
    let mut command = assert_cmd::Command::cargo_bin("berthlint").unwrap();
    let output = command.current_dir(files.path()).args(arguments).write_stdin(vec![b'#'; 2 << 20]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("standard input cannot be read: it is larger than 1 MB"), "{}", said(&output));
}

/// A file outside with a password in it, in every shape that somebody could take for something else.
fn secrets() -> TempDir {
    let outside = TempDir::new().unwrap();
    put(outside.path(), "netrc", "machine forge.example login me password hunter2\n");
    put(outside.path(), "w.yml", &LEAK.replace("pg", "hunter2"));
    put(outside.path(), "config.json", "{\"hunter2\": \"hunter2\", \"forge\": \"hunter2\"}\n");
    put(outside.path(), "rules/hunter2.yaml", "id: hunter2\nhunter2: hunter2\n");
    outside
}

#[test]
fn what_a_link_leads_to_outside_is_never_shown() {
    let outside = secrets();
    for (link, target) in [
        ("action.yml", "netrc"),
        (".github/actions/x/action.yaml", "netrc"),
        (".gitea/workflows/out.yml", "netrc"),
        (".gitea/workflows/out.yml", "w.yml"),
        (".forgejo/workflows", ""),
        ("ci/run.sh", "netrc"),
    ] {
        let files = tree(&[(WORKFLOW, &LEAK.replace("make test", "ci/run.sh"))]);
        let at = files.path().join(link);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(outside.path().join(target), &at).unwrap();
        for format in ["full", "concise", "json"] {
            let (code, out) = at_once(files.path(), &["check", "--format", format]);
            assert_eq!(code, 1, "{link}: {out}");
            assert!(!out.contains("hunter2") && !out.contains("password"), "{link}: {out}");
        }
        // By name, too: a hook names what a stranger has changed.
        let named = if link == ".forgejo/workflows" { ".forgejo/workflows/w.yml" } else { link };
        let (code, out) = at_once(files.path(), &["check", named]);
        assert_eq!(code, 0, "{named}: {out}");
        assert!(out.contains(&format!("{named}: skipped: a link leads out of the repository")), "{out}");
        assert!(!out.contains("hunter2"), "{named}: {out}");
    }
}

#[test]
fn a_repositorys_configuration_reads_nothing_outside() {
    let outside = secrets();
    let at = |path: &str| outside.path().join(path).display().to_string();
    for text in [
        format!("extends: {}\n", at("config.json")),
        format!("rules-dirs: ['{}']\n", at("rules")),
        format!("runners: [{{ labels: [x], config: '{}' }}]\n", at("config.json")),
    ] {
        let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", &text)]);
        let (code, out) = at_once(files.path(), &["check"]);
        assert_eq!(code, 2, "{out}");
        assert!(out.contains("lies outside the repository"), "{text}: {out}");
        assert!(!out.contains("hunter2"), "{text}: {out}");
        // What the user names may name it.
        let (_, out) = at_once(files.path(), &["check", "--config", ".berthlint.yaml"]);
        assert!(!out.contains("lies outside"), "{text}: {out}");
    }
    let files = tree(&[(WORKFLOW, LEAK)]);
    symlink(outside.path().join("config.json"), files.path().join(".berthlint.yaml")).unwrap();
    let (code, out) = at_once(files.path(), &["check"]);
    assert!(code == 2 && out.contains(".berthlint.yaml: not read: it leads out of the repository"), "{out}");
    assert!(!out.contains("hunter2"), "{out}");
}

/// A policy that many repositories share lies beside them, and has the one name that nothing else has.
#[test]
fn a_shared_policy_may_lie_outside() {
    let files = tree(&[
        ("app/.gitea/workflows/test.yml", LEAK),
        ("app/.berthlint.yaml", "extends: ../policy/berthlint.yaml\n"),
        ("policy/berthlint.yaml", &format!("{RUNNER}rules: {{ static-container-name: off }}\n")),
    ]);
    let (_, out) = at_once(&files.path().join("app"), &["check", "--format", "concise"]);
    assert!(!out.contains("static-container-name") && !out.contains("outside"), "{out}");
    put(files.path(), "policy/berthlint.yaml", "rules-dirs: [../elsewhere]\n");
    put(files.path(), "elsewhere/a.yaml", "id: hunter2\n");
    let (code, out) = at_once(&files.path().join("app"), &["check"]);
    assert!(code == 2 && out.contains("outside") && !out.contains("hunter2"), "{out}");
}

/// A script that a workflow calls, and that nobody can read, hides what it does: it is said.
#[test]
fn what_is_called_and_cannot_be_read_is_said() {
    let script = "docker run -d --name pg -p 5432:5432 postgres:16\n";
    let large = format!("{script}#{}\n", " long".repeat(300_000));
    let latin = [script.as_bytes(), b"# caf\xe9\n"].concat();
    let called = LEAK.replace("make test", "./ci/run.sh");
    let ends = |files: &TempDir, wanted: i32| {
        let (code, out) = at_once(files.path(), &["check", "--select", "published-fixed-port"]);
        assert_eq!(code, wanted, "{out}");
        out
    };
    let report = |files: &TempDir| ends(files, 0);
    let outside = tree(&[("run.sh", script)]);
    // A limit is ours; what a shell reads and we do not is the file's.
    for (bytes, code, why) in [
        (large.as_bytes(), 0, "ci/run.sh: skipped: it is larger than 1 MB: what calls it was judged without it"),
        (&latin, 3, "ci/run.sh: error: not UTF-8: byte 54 is 0xe9"),
    ] {
        let files = tree(&[(WORKFLOW, &called)]);
        put(files.path(), "ci/run.sh", "");
        std::fs::write(files.path().join("ci/run.sh"), bytes).unwrap();
        let out = ends(&files, code);
        assert!(out.contains(why), "{out}");
    }
    let files = tree(&[(WORKFLOW, &called)]);
    std::fs::create_dir_all(files.path().join("ci")).unwrap();
    symlink(outside.path().join("run.sh"), files.path().join("ci/run.sh")).unwrap();
    let out = report(&files);
    assert!(out.contains("ci/run.sh: skipped: it lies outside the repository"), "{out}");
    // A program is no script, and nothing is said of it.
    let files = tree(&[(WORKFLOW, &called)]);
    put(files.path(), "ci/run.sh", "\u{7f}ELF\0\0\0");
    std::fs::write(files.path().join("ci/run.sh"), b"\x7fELF\x02\x01\0\0\xff\xfe").unwrap();
    assert!(!report(&files).contains("skipped"));
}

/// What nests beyond every limit is not followed, and that is said.
#[test]
fn a_limit_that_is_reached_is_said() {
    let nested = |depth: usize| format!("echo {}x{}", "$(echo ".repeat(depth), ")".repeat(depth));
    let branches = |depth: usize| format!("{}:; {}", "if :; then ".repeat(depth), "fi; ".repeat(depth));
    for hiding in [nested(40), branches(120)] {
        let files = tree(&[(WORKFLOW, &LEAK.replace("make test", "sh ci/run.sh")), ("ci/run.sh", &hiding)]);
        let (_, out) = at_once(files.path(), &["check", "--exit-zero"]);
        assert!(out.contains("ci/run.sh: skipped: line 1: "), "{out}");
        let files = tree(&[(WORKFLOW, &LEAK.replace("make test", &hiding))]);
        let (_, out) = at_once(files.path(), &["check", "--exit-zero"]);
        assert!(out.contains(".gitea/workflows/test.yml: skipped: line 7: "), "{out}");
    }
    let files = tree(&[(WORKFLOW, &LEAK.replace("make test", &nested(8)))]);
    let (_, out) = at_once(files.path(), &["check", "--exit-zero"]);
    assert!(!out.contains("skipped") && out.contains("static-container-name"), "{out}");
}
