//! Fixtures: small repositories in which `# expect: rule level` marks the lines where something is to be found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use walkdir::WalkDir;

/// Path, line, rule, level.
pub type Mark = (String, u64, String, String);

/// A folder of `fixtures/`.
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// What the files say is to be found.
pub fn expected(root: &Path) -> BTreeSet<Mark> {
    let files = WalkDir::new(root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.flat_map(|entry| marks(root, entry.path())).collect()
}

fn marks(root: &Path, file: &Path) -> Vec<Mark> {
    let text = std::fs::read_to_string(file).unwrap();
    let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    let mut marks = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some((_, list)) = text.split_once("# expect: ") else { continue };
        for mark in list.split(',') {
            let (rule, level) = mark.trim().split_once(' ').unwrap_or_else(|| panic!("{path}:{line}: {mark}"));
            marks.push((path.clone(), line, rule.to_owned(), level.to_owned()));
        }
    }
    marks
}

/// What the program says of a repository: its exit code and its report.
pub fn check(root: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let command = command.current_dir(root).args(["check", "--format", "json"]).args(arguments);
    let output = command.output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", root.display(), String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

/// What a report holds, each finding as a mark.
pub fn found(report: &Value) -> Vec<Mark> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mark = |finding: &Value| {
        let line = finding["span"]["start"]["line"].as_u64().unwrap();
        (text(&finding["path"]), line, text(&finding["rule"]), text(&finding["level"]))
    };
    report["findings"].as_array().unwrap().iter().map(mark).collect()
}
