//! The shell that `--fix` writes: shellcheck finds nothing in it that it did not find before, and nothing that may
//! hold a secret, or a stranger's text, is put into it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use serde_yaml::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::mended::{copy, fixture, mended};

/// What a shell reads.
struct Text {
    file: String,
    bash: bool,
    script: String,
}

/// How often what is found in which file.
type Counts = BTreeMap<(String, String), usize>;

#[test]
fn what_fix_writes_has_no_secret_and_no_strangers_text() {
    for (case, before, after) in cases() {
        let (before, after) = (texts(before.path()), texts(after.path()));
        assert!(!after.is_empty(), "{case}: no shell");
        no_more(&case, &mentions(&before), &mentions(&after));
    }
}

#[test]
#[ignore = "needs shellcheck"]
fn what_fix_writes_is_clean_shell() {
    for (case, before, after) in cases() {
        no_more(&case, &complaints(&texts(before.path())), &complaints(&texts(after.path())));
    }
}

/// Repositories before and after their fix. What `fixtures/rewrite` has as `after` is held to by `tests/rewrite.rs`.
fn cases() -> Vec<(String, TempDir, TempDir)> {
    let mut cases = Vec::new();
    for folder in std::fs::read_dir(fixture("rewrite")).unwrap().map(|entry| entry.unwrap().path()) {
        cases.push((folder.display().to_string(), copy(&folder.join("before")), copy(&folder.join("after"))));
    }
    for folder in std::fs::read_dir(fixture("live")).unwrap().map(|entry| entry.unwrap().path()) {
        for emit in ["shell", "helper", "action"] {
            let after = mended(&folder, &["--unsafe-fixes", "--emit", emit]);
            cases.push((format!("{}, {emit}", folder.display()), copy(&folder), after));
        }
    }
    cases
}

/// Every `run:` of a repository, and every script.
fn texts(root: &Path) -> Vec<Text> {
    let mut texts = Vec::new();
    for entry in WalkDir::new(root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file()) {
        let file = entry.path().strip_prefix(root).unwrap().display().to_string();
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        match entry.path().extension().and_then(|extension| extension.to_str()) {
            Some("yml" | "yaml") => {
                let value: Value = serde_yaml::from_str(&text).unwrap();
                let scripts = runs(&value).into_iter();
                texts.extend(scripts.map(|(bash, script)| Text { file: file.clone(), bash, script }));
            }
            Some("sh") => texts.push(Text { file, bash: text.lines().next().unwrap().contains("bash"), script: text }),
            _ => {}
        }
    }
    texts
}

/// The `run:` texts of a workflow or an action, and whether they are bash.
fn runs(value: &Value) -> Vec<(bool, String)> {
    let jobs = value.get("jobs").and_then(Value::as_mapping).into_iter().flat_map(|jobs| jobs.values());
    let steps = jobs.chain(value.get("runs")).filter_map(|job| job.get("steps")?.as_sequence()).flatten();
    let run = |step: &Value| {
        let bash = step.get("shell").and_then(Value::as_str).is_some_and(|shell| shell.starts_with("bash"));
        // The step's own variables are set, to nobody knows what.
        let own = step.get("env").and_then(Value::as_mapping).into_iter().flat_map(|env| env.keys());
        let own: String = own.map(|name| format!("export {}=\"$1\"\n", name.as_str().unwrap())).collect();
        Some((bash, own + &masked(step.get("run")?.as_str()?)))
    };
    steps.filter_map(run).collect()
}

/// A text with a word where a runner puts an expression's value; what it names stays to be seen behind it.
fn masked(text: &str) -> String {
    let mut parts = text.split("${{");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inner, rest) = part.split_once("}}").unwrap();
        for banned in BANNED {
            masked += &banned.repeat(inner.matches(banned).count());
        }
        masked += "value";
        masked += rest;
    }
    masked
}

/// Contexts that no text for a shell may have in an expression.
const BANNED: [&str; 4] = ["secrets.", "github.event.", "github.head_ref", "inputs."];

fn mentions(texts: &[Text]) -> Counts {
    let mut counts = Counts::new();
    for text in texts {
        for banned in BANNED {
            let count = text.script.matches(banned).count();
            *counts.entry((text.file.clone(), banned.to_owned())).or_default() += count;
        }
    }
    counts
}

/// What shellcheck says, by file and code.
fn complaints(texts: &[Text]) -> Counts {
    let folder = TempDir::new().unwrap();
    let mut counts = Counts::new();
    for bash in [false, true] {
        let mut command = Command::new("shellcheck");
        command.args(["-s", if bash { "bash" } else { "sh" }, "-f", "json", "--norc"]);
        let own: Vec<(usize, &Text)> = texts.iter().enumerate().filter(|(_, text)| text.bash == bash).collect();
        for (index, text) in &own {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, &text.script).unwrap();
            command.arg(path);
        }
        if own.is_empty() {
            continue;
        }
        let output = command.output().unwrap();
        let said: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
        for complaint in said {
            let index: usize =
                Path::new(complaint["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().parse().unwrap();
            let what = format!("SC{} {}", complaint["code"], complaint["message"].as_str().unwrap());
            *counts.entry((texts[index].file.clone(), what)).or_default() += 1;
        }
    }
    counts
}

#[track_caller]
fn no_more(case: &str, before: &Counts, after: &Counts) {
    for ((file, what), count) in after {
        let known = before.get(&(file.clone(), what.clone())).copied().unwrap_or_default();
        assert!(*count <= known, "{case}: {file} has {what} {count} times, {known} before the fix");
    }
}
