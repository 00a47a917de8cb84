//! Nothing but the doors opens a file, prints a text or writes one.

use std::path::{Path, PathBuf};

use regex::Regex;
use walkdir::WalkDir;

/// What leads outside, and the places that may name it.
const WAYS: &[(&str, &[&str])] = &[
    (r"\bstd::fs\b|\bfs::\w|\bFile::|\bOpenOptions\b", &["door/read.rs", "door/write/", "door/helper.rs"]),
    (r"\bio::stdin\b|\bOpenOptions\b|\bread_to_end\(", &["door/read.rs", "door/helper.rs"]),
    (
        r"\bfs::(write|copy|rename|hard_link|create_dir|create_dir_all|remove_\w+)\b|\bset_permissions\(|\bwrite_all\(",
        // The last one asks a daemon, through its socket.
        &["door/write/", "door/helper.rs", "door/print.rs", "runtime/greeting.rs"],
    ),
    (r"\btempfile\b|\bNamedTempFile\b|\bpersist\w*\(|\brenameat\w*\b|\bf?chown\(|\bsymlink\(", &["door/write/"]),
    (r"\bstdout\(\)|\bstderr\(\)|\be?print(ln)?!|\bdbg!", &["door/print.rs", "door/progress.rs"]),
];

/// The code of `src`, by its path there: without comments, and without tests.
fn code() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_test = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_str().unwrap();
        let in_tests = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "fuzzing");
        in_tests || name.ends_with("tests") || name.ends_with("testing")
    };
    let paths = WalkDir::new(&src).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    let paths = paths.filter(|path| path.extension().is_some_and(|end| end == "rs") && !is_test(path));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        let text = std::fs::read_to_string(&path).unwrap();
        // Tests stand at the end of a file.
        let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = own.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
        (name, lines.collect::<Vec<_>>().join("\n"))
    };
    paths.map(read).collect()
}

#[test]
fn only_the_doors_open_print_and_write() {
    let code = code();
    for (pattern, places) in WAYS {
        let pattern = Regex::new(pattern).unwrap();
        let elsewhere = code.iter().filter(|(file, _)| !places.iter().any(|place| file.starts_with(place)));
        let found = elsewhere.filter_map(|(file, text)| Some(format!("src/{file}: {}", pattern.find(text)?.as_str())));
        assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
        // And the pattern finds what it is for.
        for place in *places {
            let used = code.iter().any(|(file, text)| file.starts_with(place) && pattern.is_match(text));
            assert!(used, "{place} needs no {pattern}");
        }
    }
}
