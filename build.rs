//! Makes compact data of the rule files: `rules.json` is read at every start, `prose.json` (why and
//! examples) only when someone asks for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};

/// What is not needed to judge.
const PROSE: [&str; 2] = ["why", "examples"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
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
