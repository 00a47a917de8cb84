//! What is torn away while files are written: the file, the right to write, the process itself.

use std::path::Path;
use std::process::{Command as System, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use crate::program::tree;
use crate::write::{Full, names, read};
use crate::{LEAK, RUNNER, WORKFLOW, call, put, said};

/// How many workflows there are to write.
const MANY: usize = 5;

fn path_of(number: usize) -> String {
    format!(".gitea/workflows/w{number}.yml")
}

fn leak_of(number: usize) -> String {
    LEAK.replace("pg", &format!("pg{number}"))
}

fn many() -> TempDir {
    let files = tree(&[(".berthlint.yaml", RUNNER)]);
    (0..MANY).for_each(|number| put(files.path(), &path_of(number), &leak_of(number)));
    files
}

fn fixing(here: &Path) -> std::process::Child {
    let mut command = System::new(cargo_bin("berthlint"));
    command.current_dir(here).args(["check", "--fix", "--unsafe-fixes", "--format", "json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What is staged beside the workflows, which may come and go while it is looked for.
fn strays(here: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(here.join(".gitea/workflows")).unwrap().filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".berthlint-")).collect()
}

/// What was removed stays removed, whenever that was.
#[test]
fn a_file_that_vanishes_is_not_made_again() {
    let repository = || tree(&[(WORKFLOW, LEAK), (".gitea/workflows/other.yml", LEAK), (".berthlint.yaml", RUNNER)]);
    let started = Instant::now();
    call(repository().path(), &["check", "--fix", "--unsafe-fixes"]);
    let whole = started.elapsed();
    for eighth in 0..8 {
        let files = repository();
        let child = fixing(files.path());
        std::thread::sleep(whole * eighth / 8);
        std::fs::remove_file(files.path().join(WORKFLOW)).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!files.path().join(WORKFLOW).exists(), "made again after {eighth} eighths");
        assert_eq!(strays(files.path()), Vec::<String>::new());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 3)), "{code:?}");
        if code == Some(3) {
            let message = report["errors"][0]["message"].as_str().unwrap();
            let is_clear = message.contains("has changed since it was read") || message.contains("no such file");
            assert!(is_clear, "{message}");
        }
    }
}

#[test]
fn where_nothing_may_be_written_nothing_is() {
    let Some(disk) = Full::new() else { return };
    put(&disk.at, WORKFLOW, LEAK);
    put(&disk.at, ".berthlint.yaml", RUNNER);
    let before = names(&disk.at);
    let mounted = System::new("mount").args(["-o", "remount,ro"]).arg(&disk.at).status();
    assert!(mounted.is_ok_and(|status| status.success()), "what was mounted can be mounted again");
    let output = call(&disk.at, &["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("cannot be written: Read-only file system"), "{}", said(&output));
    assert!(!said(&output).contains("Fixed"), "{}", said(&output));
    assert_eq!((read(&disk.at, WORKFLOW), names(&disk.at)), (LEAK.to_owned(), before));
    let report = call(&disk.at, &["check", "--format", "json", "-o", "report.json"]);
    assert_eq!(report.status.code(), Some(3), "{}", said(&report));
    assert!(said(&report).contains("Read-only file system"), "{}", said(&report));
}

/// The disk is full before the first file is staged, and in the middle: all of a repository is written, or nothing.
#[test]
fn on_a_full_disk_every_file_stays_as_it_was() {
    for free in [0, 4096] {
        let Some(disk) = Full::new() else { return };
        put(&disk.at, ".berthlint.yaml", RUNNER);
        (0..3).for_each(|number| put(&disk.at, &path_of(number), &leak_of(number)));
        disk.fill();
        let filler = std::fs::File::options().write(true).open(disk.at.join("filler")).unwrap();
        filler.set_len(filler.metadata().unwrap().len() - free).unwrap();
        let before = names(&disk.at);
        for (arguments, why) in [
            (&["check", "--fix", "--unsafe-fixes"][..], "no file of this repository was written"),
            (&["check", "--write-baseline", "--baseline", "known.json"], "`known.json` cannot be written"),
            (&["sweeper", "--write"], "berthlint-sweep.yml: cannot be written"),
        ] {
            // A report of a few lines has room enough in one page.
            if free > 0 && !arguments.contains(&"--fix") {
                continue;
            }
            let output = call(&disk.at, arguments);
            assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", said(&output));
            for words in [why, "No space left"] {
                assert!(said(&output).contains(words), "{arguments:?}: `{words}` is missing: {}", said(&output));
            }
            assert_eq!(names(&disk.at), before, "{arguments:?}");
            (0..3).for_each(|number| assert_eq!(read(&disk.at, &path_of(number)), leak_of(number)));
        }
    }
}

/// Killed as soon as the first file is staged, and a little later each time: every file is what it was or what it was
/// to be, what is left beside it harms nobody, and the next run does the rest.
#[test]
fn killed_in_the_middle_each_file_is_whole() {
    let whole = many();
    let output = call(whole.path(), &["check", "--fix", "--unsafe-fixes", "-q"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
    let mended: Vec<String> = (0..MANY).map(|number| read(whole.path(), &path_of(number))).collect();
    assert!((0..MANY).all(|number| mended[number] != leak_of(number)));
    let mut in_the_middle = 0;
    for delay in 0..4 {
        let files = many();
        let mut child = fixing(files.path());
        while strays(files.path()).is_empty() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(3 * delay));
        in_the_middle += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        for (number, mended) in mended.iter().enumerate() {
            let now = read(files.path(), &path_of(number));
            assert!(now == leak_of(number) || now == *mended, "torn {delay} steps after the first file: {now:?}");
        }
        let again = call(files.path(), &["check", "--fix", "--unsafe-fixes", "-q"]);
        assert_eq!(again.status.code(), output.status.code(), "{}", said(&again));
        for (number, mended) in mended.iter().enumerate() {
            assert_eq!(read(files.path(), &path_of(number)), *mended);
        }
    }
    assert!(in_the_middle > 0, "all had ended before they were killed");
}

/// Two that mend one repository of many files: all of it is mended, by one or the other.
#[test]
fn two_at_once_mend_each_file_once() {
    let whole = many();
    call(whole.path(), &["check", "--fix", "--unsafe-fixes", "-q"]);
    for _ in 0..2 {
        let files = many();
        let (one, other) = (fixing(files.path()), fixing(files.path()));
        let codes = [one, other].map(|child| child.wait_with_output().unwrap().status.code());
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 1 | 3))), "{codes:?}");
        assert!(codes.iter().any(|code| matches!(code, Some(0 | 1))), "{codes:?}");
        for number in 0..MANY {
            assert_eq!(read(files.path(), &path_of(number)), read(whole.path(), &path_of(number)));
        }
        assert_eq!(strays(files.path()), Vec::<String>::new());
    }
}
