//! Makes compact data of the rule files: `rules.json` is read at every start, `prose.json` (why and
//! examples) only when someone asks for it. And tells the programs their version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::{Map, Value};

/// What is not needed to judge.
const PROSE: [&str; 2] = ["why", "examples"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rustc-env=BERTHLINT_VERSION={}", version());
    let mut rules = BTreeMap::new();
    let mut prose = Map::new();
    for file in rule_files(Path::new("rules")) {
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut rule: Map<String, Value> =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let Some(id) = rule.get("id").and_then(Value::as_str).map(str::to_owned) else {
            panic!("{}: a rule needs an `id:`", file.display());
        };
        let mut said = Map::from_iter([("file".to_owned(), Value::from(slashed(&file)))]);
        said.extend(PROSE.iter().filter_map(|&key| Some((key.to_owned(), rule.remove(key)?))));
        assert!(rules.insert(id.clone(), rule).is_none(), "{}: there is another rule `{id}`", file.display());
        prose.insert(id, Value::Object(said));
    }
    let rules: Vec<Map<String, Value>> = rules.into_values().collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    write(&out.join("rules.json"), &serde_json::to_string(&rules));
    write(&out.join("prose.json"), &serde_json::to_string(&prose));
}

/// `0.1.0 (1a2b3c4d5 2026-01-31)` of a release build from a checkout: whoever reports a defect names the commit. A build
/// for development does not, and so is not made anew with every commit; a packed source knows none.
fn version() -> String {
    let plain = env!("CARGO_PKG_VERSION").to_owned();
    let git = |words: &[&str]| {
        let output = Command::new("git").args(words).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    // The folder of another repository may hold the source.
    let is_own = || git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty());
    if env::var("PROFILE").as_deref() != Ok("release") || !is_own() {
        return plain;
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).is_file()) {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["log", "-1", "--format=%h %cs"]).map_or(plain.clone(), |commit| format!("{plain} ({commit})"))
}

fn write(path: &Path, json: &Result<String, serde_json::Error>) {
    let json = json.as_ref().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    fs::write(path, json).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// All rule files below a folder, in a fixed order.
fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| if path.is_dir() { rule_files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect()
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
