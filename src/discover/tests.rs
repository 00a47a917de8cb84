use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use tempfile::TempDir;

use super::{Discovery, discover};
use crate::door::read::Reader;

const WORKFLOW: &str = "on: push\njobs: {}\n";
const ACTION: &str = "runs:\n  using: composite\n";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().expect("a directory");
    for (path, content) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, content).expect("a file");
    }
    directory
}

fn find(here: &Path, paths: &[&str]) -> Discovery {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    discover(&paths, here, &GlobSet::empty(), &Reader::default()).expect("paths that exist")
}

/// Every file of every repository, as shown.
fn shown(discovery: &Discovery) -> Vec<String> {
    let all = discovery.repositories.iter().flat_map(|repository| {
        repository.workflows.iter().chain(&repository.actions).map(|path| repository.display(path))
    });
    all.collect()
}

/// A copy of somebody else's repository: no forge reads workflows there.
#[test]
fn a_folder_below_a_repository_is_one_with_a_checkout_of_its_own() {
    let files = tree(&[
        (".gitea/workflows/a.yml", WORKFLOW),
        ("action.yml", ACTION),
        ("vendor/x/.github/workflows/c.yml", WORKFLOW),
        ("vendor/x/tools/action.yml", ACTION),
        ("module/.git", "gitdir: ../.git/modules/module"),
        ("module/.github/workflows/d.yml", WORKFLOW),
    ]);
    let found = find(files.path(), &["."]);
    let expected =
        [".gitea/workflows/a.yml", "action.yml", "vendor/x/tools/action.yml", "module/.github/workflows/d.yml"];
    assert_eq!(shown(&found), expected);
    let told = "vendor/x: a forge reads only the workflows in the repository's root";
    assert_eq!(found.skipped.iter().map(|skipped| skipped.why.as_str()).collect::<Vec<_>>(), [told]);
    // Who names it wants it checked; and side by side are repositories of nobody.
    let named = find(files.path(), &["vendor"]);
    assert!(shown(&named).contains(&"vendor/x/.github/workflows/c.yml".to_owned()), "{:?}", shown(&named));
    let file = find(files.path(), &["vendor/x/.github/workflows/c.yml"]);
    assert_eq!(file.repositories.len(), 1);
}

#[test]
fn a_directory_has_repositories_of_its_own() {
    let files = tree(&[
        (".gitea/workflows/a.yml", WORKFLOW),
        (".gitea/workflows/deep/b.yaml", WORKFLOW),
        (".gitea/workflows/notes.md", ""),
        (".github/actions/x/action.yml", ACTION),
        ("sub/.git", "gitdir: ../.git/modules/sub"),
        ("sub/.github/workflows/c.yml", WORKFLOW),
        ("sub/tools/action.yaml", ACTION),
        ("node_modules/p/.github/workflows/d.yml", WORKFLOW),
    ]);
    let found = find(files.path(), &["."]);
    let expected = [
        ".gitea/workflows/a.yml",
        ".gitea/workflows/deep/b.yaml",
        ".github/actions/x/action.yml",
        "sub/.github/workflows/c.yml",
        "sub/tools/action.yaml",
    ];
    assert_eq!(shown(&found), expected);
    assert_eq!(found.repositories[0].folders, [".gitea"]);
    assert!(found.repositories.iter().all(|repository| repository.only.is_none()));
    // From inside, and with the file's own directory.
    let inside = files.path().join("sub/tools");
    assert_eq!(shown(&find(&inside, &[".."]))[0], "../.github/workflows/c.yml");
}

#[test]
fn a_workflow_by_name_brings_its_repository() {
    let files = tree(&[(".gitea/workflows/a.yml", WORKFLOW), (".gitea/workflows/b.yml", WORKFLOW)]);
    let found = find(files.path(), &[".gitea/workflows/b.yml"]);
    assert_eq!(found.repositories[0].workflows.len(), 2);
    let only = found.repositories[0].only.clone().expect("a selection");
    assert_eq!(only.callers.into_iter().collect::<Vec<_>>(), [".gitea/workflows/b.yml"]);
    // The whole directory beside it takes the selection back.
    assert_eq!(find(files.path(), &[".gitea/workflows/b.yml", "."]).repositories[0].only, None);
}

#[test]
fn a_script_by_name_is_reported_alone() {
    let files = tree(&[(".gitea/workflows/a.yml", WORKFLOW), ("bin/x", "#!/usr/bin/env bash\n"), ("x.py", "1")]);
    let found = find(files.path(), &["bin/x", "x.py"]);
    let only = found.repositories[0].only.clone().expect("a selection");
    assert_eq!((only.callers.len(), only.files.contains("bin/x")), (0, true));
    assert_eq!(found.skipped[0].path, "x.py");
}

#[test]
fn a_workflow_without_a_forge_folder_is_linted_by_name() {
    let files = tree(&[("ci/x.yml", WORKFLOW), ("k8s.yml", "kind: Pod\n")]);
    let found = find(files.path(), &["ci/x.yml", "k8s.yml"]);
    assert_eq!(shown(&found), ["ci/x.yml"]);
    assert_eq!(found.skipped[0].path, "k8s.yml");
}

#[test]
fn what_is_not_there_and_what_is_empty() {
    let files = tree(&[("a/x.txt", "")]);
    assert!(discover(&[PathBuf::from("b")], files.path(), &GlobSet::empty(), &Reader::default()).is_err());
    assert_eq!(find(files.path(), &["a"]).errors[0].path, "a");
}

#[test]
fn globs_leave_out() {
    let files = tree(&[(".gitea/workflows/a.yml", WORKFLOW), ("vendor/x/.github/workflows/b.yml", WORKFLOW)]);
    let mut globs = GlobSetBuilder::new();
    globs.add(Glob::new("vendor/**").expect("a glob"));
    let found = discover(&[PathBuf::from(".")], files.path(), &globs.build().expect("globs"), &Reader::default())
        .expect("a path");
    assert_eq!(shown(&found), [".gitea/workflows/a.yml"]);
}

#[cfg(unix)]
#[test]
fn a_file_belongs_to_where_it_was_named() {
    use std::os::unix::fs::symlink;

    let files = tree(&[("one/.gitea/workflows/a.yml", WORKFLOW), ("two/.gitea/workflows/b.yml", WORKFLOW)]);
    let at = |path: &str| files.path().join(path);
    symlink(at("two"), at("one/link")).expect("a link");
    symlink(at("two/.gitea/workflows"), at("one/ci")).expect("a link");
    symlink(at("one"), at("short")).expect("a link");
    for path in ["one/ci", "one/ci/b.yml"] {
        let found = find(files.path(), &[path]);
        assert_eq!((found.skipped[0].path.as_str(), shown(&found).len()), (path, 0));
    }
    // `..` behind a link leads up from where the link leads.
    assert_eq!(shown(&find(files.path(), &["one/link/../two/.gitea/workflows/b.yml"])), ["two/.gitea/workflows/b.yml"]);
    // A repository may itself be named by a link: it is one, however often it is named.
    let twice = find(files.path(), &["short", "short/.gitea/workflows/a.yml", "one", "one/link"]);
    assert_eq!(shown(&twice), ["one/.gitea/workflows/a.yml", "two/.gitea/workflows/b.yml"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_repository_and_loops_end() {
    use std::os::unix::fs::symlink;

    let files = tree(&[(".gitea/workflows/a.yml", WORKFLOW), ("src/x", "")]);
    let outside = tree(&[("b.yml", WORKFLOW)]);
    let at = |path: &str| files.path().join(path);
    symlink("..", at(".gitea/workflows/up")).expect("a link");
    symlink(files.path(), at("src/again")).expect("a link");
    std::fs::create_dir(at(".github")).expect("a directory");
    symlink("../.gitea/workflows", at(".github/workflows")).expect("a link");
    symlink(outside.path().join("b.yml"), at(".gitea/workflows/out.yml")).expect("a link");
    let found = find(files.path(), &["."]);
    assert!(found.errors.is_empty(), "{found:?}");
    assert_eq!(found.skipped[0].path, ".gitea/workflows/out.yml");
    let shown = shown(&found);
    assert!(shown.contains(&".github/workflows/a.yml".to_owned()), "{shown:?}");
    assert!(shown.iter().all(|path| !path.ends_with("out.yml") && !path.starts_with("src")), "{shown:?}");
}
