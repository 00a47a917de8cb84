//! Who may use whom in `src`: a module names only what stands on its line here, and a line names only modules
//! of the lines above it.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use walkdir::WalkDir;

mod uses;

const MODULES: &[(&str, &[&str])] = &[
    ("identity", &[]),
    ("door", &[]),
    ("steering", &[]),
    ("runtime", &["door", "identity", "steering"]),
    ("truth", &[]),
    ("shared", &[]),
    ("suggest", &[]),
    ("difference", &[]),
    ("source", &[]),
    ("yaml", &["source"]),
    ("symbol", &["truth"]),
    ("expr", &["truth"]),
    ("shell", &[]),
    ("workflow", &["source", "yaml"]),
    ("command", &["symbol", "truth"]),
    ("edit", &["source"]),
    ("facts", &["source", "truth"]),
    ("finding", &["edit", "facts", "source"]),
    ("docker", &["command", "symbol", "truth"]),
    ("runner", &["expr", "facts", "truth", "workflow"]),
    ("follow", &["command", "door", "shell", "source", "symbol", "truth", "workflow", "yaml"]),
    (
        "trace",
        &["command", "docker", "expr", "facts", "follow", "shared", "shell", "source", "symbol", "truth", "workflow"],
    ),
    ("site", &["command", "expr", "facts", "runner", "source", "trace", "truth", "workflow"]),
    (
        "host",
        &["command", "docker", "facts", "shell", "site", "source", "steering", "symbol", "trace", "truth", "workflow"],
    ),
    ("syntax", &["docker", "expr", "facts", "runner", "shell", "site", "source", "trace", "workflow", "yaml"]),
    ("stack", &["command", "docker", "follow", "source", "symbol", "trace", "truth", "workflow"]),
    (
        "address",
        &[
            "command", "docker", "facts", "host", "runner", "shell", "site", "source", "stack", "symbol", "trace",
            "truth", "workflow",
        ],
    ),
    (
        "rehearsal",
        &[
            "address",
            "command",
            "difference",
            "docker",
            "expr",
            "facts",
            "follow",
            "host",
            "runner",
            "source",
            "symbol",
            "trace",
            "truth",
            "workflow",
        ],
    ),
    (
        "lifecycle",
        &[
            "command", "docker", "expr", "facts", "follow", "host", "runner", "site", "source", "stack", "symbol",
            "trace", "truth", "workflow",
        ],
    ),
    (
        "analysis",
        &[
            "address",
            "command",
            "expr",
            "facts",
            "follow",
            "host",
            "lifecycle",
            "runner",
            "shared",
            "site",
            "source",
            "stack",
            "symbol",
            "syntax",
            "trace",
            "truth",
            "workflow",
            "yaml",
        ],
    ),
    ("names", &["suggest"]),
    ("config", &["door", "facts", "finding", "runner", "source", "suggest", "truth", "yaml"]),
    ("sweeper", &["analysis", "config", "docker", "facts", "lifecycle", "runner", "symbol", "trace", "workflow"]),
    (
        "rewrite",
        &[
            "address",
            "analysis",
            "command",
            "config",
            "docker",
            "edit",
            "expr",
            "facts",
            "finding",
            "follow",
            "host",
            "identity",
            "lifecycle",
            "runner",
            "shell",
            "source",
            "stack",
            "steering",
            "symbol",
            "syntax",
            "trace",
            "truth",
            "workflow",
            "yaml",
        ],
    ),
    ("rules", &["facts", "finding", "rewrite", "source", "suggest", "truth", "yaml"]),
    ("discover", &["door", "source"]),
    ("suppress", &["facts", "finding", "names", "shell", "source", "yaml"]),
    ("baseline", &["door"]),
    ("evidence", &["door"]),
    (
        "check",
        &[
            "analysis",
            "baseline",
            "config",
            "discover",
            "door",
            "facts",
            "finding",
            "follow",
            "lifecycle",
            "names",
            "rehearsal",
            "rewrite",
            "rules",
            "runner",
            "source",
            "suggest",
            "suppress",
            "sweeper",
            "yaml",
        ],
    ),
    (
        "report",
        &[
            "baseline",
            "check",
            "config",
            "difference",
            "door",
            "edit",
            "evidence",
            "facts",
            "finding",
            "names",
            "rehearsal",
            "rules",
            "runner",
            "source",
            "truth",
        ],
    ),
    (
        "fix",
        &[
            "check",
            "difference",
            "door",
            "edit",
            "expr",
            "facts",
            "finding",
            "names",
            "rehearsal",
            "rewrite",
            "shell",
            "source",
            "workflow",
            "yaml",
        ],
    ),
    ("trial", &["check", "door", "edit", "facts", "fix", "report", "rules"]),
    ("whose", &["check", "door", "facts", "identity"]),
    (
        "cli",
        &[
            "baseline",
            "check",
            "config",
            "door",
            "edit",
            "evidence",
            "facts",
            "finding",
            "fix",
            "names",
            "rehearsal",
            "report",
            "rules",
            "runner",
            "sweeper",
            "trial",
        ],
    ),
];

/// What only one place may name: a library, or a way out of the program.
const ONLY: &[(&str, &[&str])] = &[
    (r"\byaml_rust2\b", &["yaml/event.rs"]),
    (r"\btree_sitter(_bash)?\b", &["shell/"]),
    (r"\bbollard\b", &["runtime/", "bin/berth-run.rs"]),
    (r"\bclap(_complete|_mangen)?\b", &["cli/", "bin/", "door/print.rs"]),
];

/// A report is a text made of findings: it opens, asks and prints nothing.
const PURE: &str = r"\bstd::(fs|io|env|process|net|time|thread)\b|\be?println!|\be?print!";

/// Files of `src` that are no tests, by their path in it, without comments.
fn files() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths = WalkDir::new(&src).into_iter().map(|entry| entry.unwrap().into_path());
    let is_code = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_str().unwrap();
        // What fuzzers call looks into every room, and is in no program.
        let in_tests = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "fuzzing");
        path.extension().is_some_and(|extension| extension == "rs")
            && !in_tests
            && !name.ends_with("tests")
            && !name.ends_with("testing")
    };
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
        (name, code.collect::<Vec<_>>().join("\n"))
    };
    paths.filter(is_code).map(read).collect()
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn a_line_names_only_lines_above_it() {
    let mut above = BTreeSet::new();
    for (name, uses) in MODULES {
        let below: Vec<_> = uses.iter().filter(|used| !above.contains(*used)).collect();
        assert!(below.is_empty(), "{name}: not above it: {below:?}");
        assert!(above.insert(name), "{name} is there twice");
    }
}

#[test]
fn contributing_shows_the_house_in_this_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md");
    let text = std::fs::read_to_string(path).unwrap();
    let list = text.split("```\n").nth(1).unwrap();
    let rooms =
        |line: &str| line.split("  ").next().unwrap_or_default().split(", ").map(str::to_owned).collect::<Vec<_>>();
    let shown: Vec<String> = list.lines().flat_map(rooms).filter(|room| room != "bin").collect();
    let order: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(shown, order, "CONTRIBUTING.md (left) and MODULES (right)");
}

#[test]
fn arrows_point_down() {
    let allowed: BTreeMap<&str, &[&str]> = MODULES.iter().copied().collect();
    let name = Regex::new(r"\bcrate::(\w+)").unwrap();
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut modules = BTreeSet::new();
    for (file, code) in files() {
        let own = module(&file).to_owned();
        if own == "bin" || own == "lib" {
            continue;
        }
        let Some(uses) = allowed.get(own.as_str()) else { panic!("src/{file}: `{own}` has no line in this test") };
        for used in name.captures_iter(&code).map(|captures| captures[1].to_owned()) {
            seen.insert(format!("{own} -> {used}"));
            if used != own && !uses.contains(&used.as_str()) {
                wrong.insert(format!("src/{file}: {own} -> {used}"));
            }
        }
        assert!(!code.contains("crate::{"), "src/{file}: one `use` for each module");
        modules.insert(own);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unused: Vec<String> = MODULES
        .iter()
        .flat_map(|(own, uses)| uses.iter().map(move |used| format!("{own} -> {used}")))
        .filter(|arrow| !seen.contains(arrow))
        .collect();
    assert!(unused.is_empty(), "allowed, and not used: {unused:#?}");
    let lines: BTreeSet<String> = MODULES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(modules, lines, "modules (left), lines of this test (right)");
}

/// What stands side by side in a folder, files and folders, is used in one direction only, its `mod.rs` included.
#[test]
fn no_circles_inside_rooms() {
    let uses = uses::uses(&files());
    let folders: BTreeSet<&str> = uses.keys().filter_map(|file| Some(file.rsplit_once('/')?.0)).collect();
    let mut wrong = Vec::new();
    for folder in folders {
        let side_by_side = uses::between(&uses, folder);
        for circle in uses::circles(&side_by_side) {
            let arrow = |from: &String| {
                let to: Vec<&str> =
                    circle.iter().filter(|to| side_by_side[from].contains(*to)).map(String::as_str).collect();
                format!("  src/{folder}/{from} -> {}\n", to.join(", "))
            };
            wrong.push(circle.iter().map(arrow).collect::<String>());
        }
    }
    assert!(wrong.is_empty(), "circles:\n{}", wrong.join("\n"));
}

/// What the test above goes by: names are looked up where they are defined, whatever path leads there.
#[test]
fn uses_are_looked_up_through_re_exports() {
    let file = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    let files = [
        ("a/mod.rs", "mod one; mod two; pub use one::One;"),
        ("a/one.rs", "pub struct One; fn f() { assert!(crate::a::two::is_two(), \"super::one\"); }"),
        ("a/two.rs", "use super::One; pub fn is_two() -> bool { true } #[cfg(test)] mod tests { use crate::b::B; }"),
        ("b.rs", "use crate::a; pub struct B(a::One);"),
        ("lib.rs", "mod a; mod b;"),
    ];
    let uses = uses::uses(&files.map(file));
    let of = |name: &str| uses[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a/mod.rs"), Vec::<&str>::new());
    assert_eq!(of("a/one.rs"), ["a/two.rs"]);
    assert_eq!(of("a/two.rs"), ["a/one.rs"]);
    assert_eq!(of("b.rs"), ["a/one.rs"]);
    assert_eq!(uses::circles(&uses::between(&uses, "a")), [["one.rs", "two.rs"]]);
}

#[test]
fn libraries_stay_where_they_are_wrapped() {
    let files = files();
    for (pattern, places) in ONLY {
        let pattern = Regex::new(pattern).unwrap();
        let outside = |file: &&(String, String)| !places.iter().any(|place| file.0.starts_with(place));
        let wrong: Vec<&str> =
            files.iter().filter(outside).filter(|file| pattern.is_match(&file.1)).map(|file| file.0.as_str()).collect();
        assert!(wrong.is_empty(), "{pattern} in {wrong:?}");
    }
}

#[test]
fn reports_are_pure() {
    let pattern = Regex::new(PURE).unwrap();
    for (file, code) in files().iter().filter(|file| module(&file.0) == "report") {
        assert_eq!(pattern.find(code).map(|found| found.as_str()), None, "src/{file}");
    }
}

/// `.ci/run` tells the two kinds of ignored tests apart by that.
#[test]
fn an_ignored_test_says_what_it_needs_or_that_it_takes_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let walks = ["src", "tests"].map(|folder| WalkDir::new(root.join(folder)).into_iter().map(Result::unwrap));
    let test = Regex::new(r#"#\[test\]\n((?:\s*#\[.*\n)*)\s*fn (\w+)\((?:.*\n)*?\}"#).unwrap();
    let mut ignored = 0;
    for path in walks.into_iter().flatten().map(walkdir::DirEntry::into_path) {
        // This file names what it looks for.
        if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with(file!()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for found in test.captures_iter(&text) {
            let (attributes, name) = (&found[1], &found[2]);
            let is_ignored = attributes.contains("#[ignore");
            ignored += usize::from(is_ignored);
            let needs = attributes.contains("#[ignore = \"needs ");
            let takes_long = name.contains("for_long");
            assert_eq!(is_ignored, needs || takes_long, "{}: {name}", path.display());
            let asks = ["needs_daemon()", "own_daemon()", " needed("].iter().any(|call| found[0].contains(call));
            assert!(is_ignored || !asks, "{}: {name} does not say what it needs", path.display());
        }
    }
    assert!(ignored > 100, "{ignored}");
}
