//! A small repository as one text.

/// Files written one below the other: a line `%% path` begins each. What stands before the first is the one that is
/// meant when nothing else is said.
pub(super) fn files<'t>(text: &'t str, main: &'t str) -> Vec<(&'t str, &'t str)> {
    let mut files = Vec::new();
    let (mut path, mut start, mut at) = (main, 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("%% ") {
            files.push((path, &text[start..at]));
            (path, start) = (next.trim_end(), at + line.len());
        }
        at += line.len();
    }
    files.push((path, &text[start..]));
    files.retain(|(path, text)| *path != main || !text.is_empty());
    files
}

/// The same files on a disk, as far as their paths lie in the folder and not in each other's way.
pub(super) fn on_disk(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let is_inside = crate::follow::RepoPath::new(path).is_some_and(|path| !path.as_str().is_empty());
        if is_inside && !path.starts_with('/') {
            let file = folder.path().join(path);
            if file.parent().is_some_and(|parent| std::fs::create_dir_all(parent).is_ok()) {
                let _ = std::fs::write(file, text);
            }
        }
    }
    folder
}
