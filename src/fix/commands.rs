//! Scripts and makefiles: their command lists differ only in the commands named.

use std::collections::HashSet;

use crate::edit::Commands;
use crate::rewrite::script::listed;
use crate::source::Source;

/// Whether the commands of `new` are those of `old` with exactly these taken out and put in, in order.
pub(super) fn differ_only(old: &Source, new: &Source, meant: &Commands) -> bool {
    let (old_ranges, new_ranges) = (listed(old), listed(new));
    let old: Vec<&str> = old_ranges.into_iter().map(|range| old.text()[range].trim()).collect();
    let new: Vec<&str> = new_ranges.into_iter().map(|range| new.text()[range].trim()).collect();
    let gone: Vec<&str> = meant.old.iter().map(|command| command.trim()).collect();
    let come: Vec<&str> = meant.new.iter().map(|command| command.trim()).collect();
    if old.len() + come.len() != new.len() + gone.len() {
        return false;
    }
    // A state is how many old commands are passed, and how many of them were taken out and how many put in.
    let mut open = vec![(0, 0, 0)];
    let mut seen = HashSet::new();
    while let Some(state) = open.pop() {
        let (at, out, put) = state;
        if !seen.insert(state) {
            continue;
        }
        let here = at - out + put;
        if at == old.len() && here == new.len() && out == gone.len() && put == come.len() {
            return true;
        }
        if put < come.len() && new.get(here) == Some(&come[put]) {
            open.push((at, out, put + 1));
        }
        if let Some(command) = old.get(at) {
            if out < gone.len() && *command == gone[out] {
                open.push((at + 1, out + 1, put));
            }
            if new.get(here) == Some(command) {
                open.push((at + 1, out, put));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileKind;

    fn holds(kind: FileKind, old: &str, new: &str, gone: &[&str], come: &[&str]) -> bool {
        let source = |text: &str| Source::new("x", text.as_bytes().to_vec()).expect("UTF-8").of_kind(kind);
        let list = |commands: &[&str]| commands.iter().map(|command| (*command).to_owned()).collect();
        differ_only(&source(old), &source(new), &Commands { kind, old: list(gone), new: list(come) })
    }

    #[test]
    fn only_what_is_named_differs() {
        let old = "set -e\ndocker run a\necho\ndocker run a\n";
        let new = "set -e\ndocker run a\necho\ndocker run b\n";
        assert!(holds(FileKind::Script, old, new, &["docker run a"], &["docker run b"]));
        assert!(!holds(FileKind::Script, old, new, &[], &["docker run b"]));
        assert!(!holds(FileKind::Script, old, &new.replace("echo", "true"), &["docker run a"], &["docker run b"]));
        assert!(holds(FileKind::Script, "a\n", "a\nb\n", &[], &["b"]));
        assert!(holds(FileKind::Script, "a\nb\n", "a\n", &["b"], &[]));
        assert!(!holds(FileKind::Script, "a\nb\n", "b\na\n", &[], &[]));
    }

    #[test]
    fn a_makefile_by_its_lines() {
        let old = "up:\n\tdocker run a\n";
        assert!(holds(FileKind::Makefile, old, "up:\n\tdocker run b\n", &["\tdocker run a"], &["\tdocker run b"]));
        assert!(!holds(FileKind::Makefile, old, "down:\n\tdocker run b\n", &["\tdocker run a"], &["\tdocker run b"]));
    }
}
