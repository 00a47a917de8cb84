//! What is written: beside what is there, which is what was read; no link decides where.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command as System;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use berthlint::check::{Engine, Model, Options, Refusal, RepositoryInput};
use berthlint::edit::Applicability;
use berthlint::fix;
use tempfile::TempDir;

use crate::needs::skipped;
use crate::program::tree;
use crate::{LEAK, RUNNER, WORKFLOW, call, put, said};

const OTHER: &str = ".gitea/workflows/other.yml";
const MINE: &str = "# somebody's own line\n";

pub fn read(here: &Path, path: &str) -> String {
    std::fs::read_to_string(here.join(path)).unwrap()
}

/// Everything below a folder: nothing temporary may stay.
pub fn names(here: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(here).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path()).collect()
}

/// What `--fix` makes of the files when nobody is in its way.
fn mended() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", RUNNER)]);
        call(files.path(), &["check", "--fix", "--unsafe-fixes"]);
        read(files.path(), WORKFLOW)
    })
}

/// The program's own engine, while somebody else adds a line to the workflow: after it was read, before it is judged.
fn disturbed() -> (TempDir, Options, Engine) {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    static DONE: AtomicBool = AtomicBool::new(false);
    fn model(input: &RepositoryInput<'_>) -> Result<Model, Refusal> {
        if !DONE.swap(true, Ordering::SeqCst) {
            let file = FILE.get().unwrap();
            std::fs::write(file, std::fs::read_to_string(file).unwrap() + MINE).unwrap();
        }
        (Engine::built_in().model)(input)
    }
    let files = tree(&[(WORKFLOW, LEAK), (OTHER, &LEAK.replace("pg", "db")), (".berthlint.yaml", RUNNER)]);
    FILE.set(files.path().join(WORKFLOW)).unwrap();
    let options = Options::new(files.path(), vec![PathBuf::from(".")]);
    (files, options, Engine { model, ..Engine::built_in() })
}

#[test]
fn what_was_read_first_is_the_original_to_the_end() {
    let (files, options, engine) = disturbed();
    let outcome = fix::fix(&engine, &options, Applicability::Unsafe).unwrap();
    assert_eq!(outcome.files[WORKFLOW].old.as_deref(), Some(LEAK.as_bytes()));
    assert_eq!(outcome.files.len(), 2);
    let before = names(files.path());
    let left = fix::write(&outcome);
    assert_eq!(
        (left[0].paths.as_slice(), left[0].error.path.as_str()),
        (&[OTHER, WORKFLOW].map(str::to_owned)[..], WORKFLOW)
    );
    assert!(left[0].error.message.starts_with("it has changed since it was read"), "{left:?}");
    assert_eq!(read(files.path(), WORKFLOW), LEAK.to_owned() + MINE);
    // What was proven with it is not written without it.
    assert_eq!(read(files.path(), OTHER), LEAK.replace("pg", "db"));
    assert_eq!(names(files.path()), before);
}

#[test]
fn a_change_at_any_moment_is_kept() {
    let jobs: String =
        (0..8).map(|job| LEAK.split_once("jobs:\n").unwrap().1.replace("test:", &format!("test{job}:"))).collect();
    let text = format!("on: push\njobs:\n{jobs}");
    let repository = || tree(&[(WORKFLOW, &text), (".berthlint.yaml", RUNNER)]);
    let started = Instant::now();
    call(repository().path(), &["check", "--fix", "--unsafe-fixes"]);
    let whole = started.elapsed();
    let mut refused = 0;
    for tenth in 1..10 {
        let files = repository();
        let file = files.path().join(WORKFLOW);
        let child = System::new(cargo_bin("berthlint"))
            .current_dir(files.path())
            .args(["check", "--fix", "--unsafe-fixes", "--format", "json"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(whole * tenth / 10);
        // As editors do: a whole file in place of the old one.
        let edited = read(files.path(), WORKFLOW) + MINE;
        put(files.path(), "edited", &edited);
        std::fs::rename(files.path().join("edited"), &file).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(read(files.path(), WORKFLOW).ends_with(MINE), "lost after {tenth} tenths");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        if output.status.code() == Some(3) {
            refused += 1;
            let error = &report["errors"][0];
            assert_eq!(error["path"], WORKFLOW);
            assert!(error["message"].as_str().unwrap().contains("has changed since it was read"), "{error}");
            assert_eq!(read(files.path(), WORKFLOW), text.clone() + MINE);
            // What is reported is what is there.
            let rules = report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap());
            assert!(rules.into_iter().any(|rule| rule == "static-container-name"));
        }
    }
    assert!(refused > 0, "no change came in between");
}

#[test]
fn two_at_once_lose_nothing() {
    for _ in 0..12 {
        let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", RUNNER)]);
        let run = || {
            let mut command = System::new(cargo_bin("berthlint"));
            command
                .current_dir(files.path())
                .args(["check", "--fix", "--unsafe-fixes", "-q"])
                .stdout(std::process::Stdio::null());
            command.spawn().unwrap()
        };
        let (mut one, mut other) = (run(), run());
        let codes = [one.wait().unwrap().code(), other.wait().unwrap().code()];
        assert_eq!(read(files.path(), WORKFLOW), mended());
        assert!(codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 3))), "{codes:?}");
        assert_eq!(names(files.path()).len(), 5, "{:?}", names(files.path()));
    }
}

#[test]
fn what_cannot_be_written_is_said_in_every_format() {
    // Root may write everywhere; where there is no more room nobody can.
    let Some(full) = Full::new() else { return };
    put(&full.at, WORKFLOW, LEAK);
    put(&full.at, ".berthlint.yaml", RUNNER);
    full.fill();
    for format in ["full", "concise", "json", "jsonl"] {
        let output = call(&full.at, &["check", "--fix", "--unsafe-fixes", "--format", format]);
        assert_eq!(output.status.code(), Some(3), "{format}");
        let text = said(&output);
        assert!(text.contains("cannot be written: No space left") && !text.contains("Fixed"), "{format}: {text}");
        assert!(text.contains("static-container-name"), "{format}: {text}");
        assert_eq!(read(&full.at, WORKFLOW), LEAK);
    }
}

#[test]
fn a_folder_that_leads_elsewhere_is_not_rewritten() {
    let other = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", RUNNER)]);
    let files = tree(&[(".berthlint.yaml", RUNNER), (".github/workflows/own.yml", LEAK)]);
    symlink(other.path().join(".gitea"), files.path().join(".gitea")).unwrap();
    symlink(other.path().join(".gitea/workflows"), files.path().join("ci")).unwrap();
    for path in [WORKFLOW, ".gitea", ".gitea/workflows", "ci/test.yml", "ci", "."] {
        let output = call(files.path(), &["check", "--fix", "--unsafe-fixes", path]);
        assert_eq!(read(other.path(), WORKFLOW), LEAK, "{path}");
        let text = said(&output);
        assert!(path == "." || text.contains("skipped: a link leads out of the repository"), "{path}: {text}");
    }
    // A repository that is reached through a link is itself all the same.
    let home = TempDir::new().unwrap();
    symlink(other.path(), home.path().join("link")).unwrap();
    for path in [format!("link/{WORKFLOW}"), "link".to_owned(), "link/.gitea".to_owned()] {
        put(other.path(), WORKFLOW, LEAK);
        call(home.path(), &["check", "--fix", "--unsafe-fixes", &path]);
        assert_eq!(read(other.path(), WORKFLOW), mended(), "{path}");
    }
}

#[test]
fn a_report_goes_through_no_link() {
    let home = TempDir::new().unwrap();
    put(home.path(), "bashrc", "mine\n");
    let files = tree(&[(WORKFLOW, LEAK)]);
    symlink(home.path().join("bashrc"), files.path().join("report.json")).unwrap();
    symlink(home.path().join("new"), files.path().join("new.json")).unwrap();
    symlink(home.path(), files.path().join("out")).unwrap();
    for (path, words) in [("report.json", "is a link"), ("new.json", "is a link"), ("out/bashrc", "behind a link")] {
        for command in [&["check", "--format", "json"][..], &["facts"], &["coverage"], &["check", "--diff"]] {
            let output = call(files.path(), &[command, &["-o", path]].concat());
            assert_eq!(output.status.code(), Some(2), "{path}");
            assert!(said(&output).contains(words), "{path}: {}", said(&output));
        }
    }
    assert_eq!(read(home.path(), "bashrc"), "mine\n");
    assert_eq!(names(home.path()).len(), 2);
    // A device stays a device.
    assert_eq!(call(files.path(), &["facts", "-o", "/dev/null"]).status.code(), Some(2));
    assert!(!Path::new("/dev/null").is_file());
}

#[test]
fn a_full_disk_leaves_the_old_report() {
    let Some(full) = Full::new() else { return };
    put(&full.at, "report.json", "old\n");
    full.fill();
    let files = tree(&[(WORKFLOW, LEAK)]);
    let report = full.at.join("report.json");
    let output = call(files.path(), &["check", "--format", "json", "-o", report.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("No space left"), "{}", said(&output));
    assert_eq!(read(&full.at, "report.json"), "old\n");
    assert_eq!(names(&full.at).len(), 3, "the folder, the report, what fills it");
}

#[test]
fn as_root_the_owner_stays() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", RUNNER)]);
    let file = files.path().join(WORKFLOW);
    if chown(&file, Some(1234), Some(2345)).is_err() {
        return skipped("only root gives files away");
    }
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    call(files.path(), &["check", "--fix", "--unsafe-fixes"]);
    let known = file.metadata().unwrap();
    assert_eq!((known.uid(), known.gid(), known.mode() & 0o7777), (1234, 2345, 0o640));
    assert_eq!(read(files.path(), WORKFLOW), mended());
}

/// A small disk.
pub struct Full {
    pub at: PathBuf,
    _folder: TempDir,
}

impl Full {
    /// None where this user may mount none, and says so.
    pub fn new() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let place = folder.path().join("disk");
        std::fs::create_dir(&place).unwrap();
        let mount = System::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&place).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self { at: place, _folder: folder });
        }
        skipped("no small disk can be mounted");
        None
    }

    /// Leaves no room.
    pub fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.at.join("filler")).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        for _ in 0..20 {
            if System::new("umount").arg(&self.at).status().is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
