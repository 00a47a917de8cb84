//! Configurations: what is wrong is said with a place that is there.

use std::path::Path;

use super::files::{files, on_disk};
use crate::config::{Choice, Config};
use crate::door::read::Reader;

/// Any bytes as `.berthlint.yaml`, and what it extends.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = files(text, ".berthlint.yaml");
    let folder = on_disk(&files);
    let loaded = Config::load(folder.path(), &Choice::Find, &Reader::default());
    let problems = match loaded {
        Ok(config) => {
            config.level("unscoped-prune", "scope");
            config.excluded_by("vendor/x.yml".as_ref());
            let known = config.check_rules(&["unscoped-prune", "scope"]);
            known.err().map(|error| error.problems).unwrap_or_default()
        }
        Err(error) => {
            assert!(!error.problems.is_empty(), "an error without a problem in {text:?}");
            error.problems
        }
    };
    for problem in problems {
        assert!(!problem.message.is_empty() && problem.line.is_some() == problem.column.is_some(), "{problem:?}");
        // A file without a name is none, and every path ends with it.
        let is_it = |path: &str| !path.is_empty() && Path::new(&problem.path).ends_with(path);
        let file = files.iter().rev().find(|(path, _)| is_it(path));
        if let (Some((_, text)), Some(line), Some(column)) = (file, problem.line, problem.column) {
            let written = text.split('\n').nth(line - 1);
            let length = written.map(|line| line.chars().count());
            assert!(length.is_some_and(|length| column <= length + 1), "{problem} in {text:?}");
        }
    }
}
