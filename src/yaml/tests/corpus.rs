//! Real workflows: every scalar has its place, and all `|` scalars are proven. The folder comes from the
//! environment; without it the test says that it was skipped.

use std::path::Path;

use super::super::*;
use super::check;
use crate::fuzzing::yaml::same;
use crate::source::Source;

/// Calls `each` with every YAML file below the folder of BERTHLINT_CORPUS, or says that there is none.
pub(crate) fn for_each_file(mut each: impl FnMut(&Path, &Source)) {
    let Some(folder) = std::env::var_os("BERTHLINT_CORPUS") else {
        skipped();
        return;
    };
    let mut count = 0;
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().filter_map(Result::ok) {
        let path = entry.path();
        let yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        let bytes = if yaml && entry.file_type().is_file() { std::fs::read(path).ok() } else { None };
        if let Some(source) = bytes.and_then(|bytes| Source::new(path.to_string_lossy(), bytes).ok()) {
            each(path, &source);
            count += 1;
        }
    }
    assert!(count > 0, "no workflow in {}", folder.display());
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn skipped() {
    eprintln!("SKIPPED: set BERTHLINT_CORPUS to a folder with workflows");
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for people")]
fn every_scalar_has_its_place() {
    let (mut files, mut scalars, mut opaque) = (0, 0, 0);
    for_each_file(|path, source| {
        let tree = match parse(source) {
            Ok(tree) => tree,
            Err(error) => {
                eprintln!("{}:{:?}: {error}", path.display(), source.place(error.span.start));
                return;
            }
        };
        files += 1;
        check(source.text(), &tree);
        for node in tree.nodes().filter(|node| !node.is_alias()) {
            let Some(scalar) = node.scalar() else { continue };
            scalars += 1;
            if !scalar.text().is_proven() {
                opaque += 1;
                eprintln!("opaque: {}:{:?} {:?}", path.display(), source.place(node.span().start), scalar.style);
            }
        }
    });
    eprintln!("{files} files, {scalars} scalars, {opaque} opaque");
    assert_eq!(opaque, 0);
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for people")]
fn an_independent_parser_reads_the_same() {
    let (mut read, mut different) = (0, Vec::new());
    for_each_file(|path, source| {
        let (Ok(tree), Ok(value)) = (parse(source), serde_yaml::from_str::<serde_yaml::Value>(source.text())) else {
            return;
        };
        read += 1;
        if tree.root().is_some_and(|root| !same(root, &value)) {
            different.push(path.display().to_string());
        }
    });
    eprintln!("{read} files compared");
    assert_eq!(different, Vec::<String>::new());
}
