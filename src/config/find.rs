//! Where configuration may stand.

use std::path::{Path, PathBuf};

use super::bounded_path::{BoundedPath, NAMES};
use super::error::{ConfigError, Problem};
use super::reader;
use crate::door::read::{Bounds, Reader};

const FOLDERS: [&str; 4] = ["", ".gitea", ".forgejo", ".github"];

/// The configuration at the root or in a forge folder; two are one too many. What is there and cannot be read is not
/// passed over: it would hide what it says.
pub(super) fn config(root: &Path) -> Result<Option<BoundedPath>, ConfigError> {
    let places = FOLDERS.iter().flat_map(|folder| NAMES.iter().map(move |name| root.join(folder).join(name)));
    let mut found = places.filter(|place| place.symlink_metadata().is_ok());
    let first = found.next();
    match (&first, found.next()) {
        (Some(one), Some(other)) => {
            let message = format!("{} is a configuration too: keep one of the two", one.display());
            Err(Problem::file(other.display(), message).into())
        }
        _ => Ok(first.map(|path| BoundedPath { path, bounds: Bounds::Inside(root.to_owned()) })),
    }
}

/// A file that lacks only the dot of a configuration's name, where a configuration may stand.
pub(super) fn stray(root: &Path) -> Option<PathBuf> {
    let names = || NAMES.iter().filter_map(|name| name.strip_prefix('.'));
    let mut places = FOLDERS.iter().flat_map(|folder| names().map(move |name| root.join(folder).join(name)));
    places.find(|place| place.is_file())
}

/// `self-hosted-runner.labels` of `.github/actionlint.yaml`
/// (<https://github.com/rhysd/actionlint/blob/main/docs/config.md>). The file is not ours: what cannot be
/// read of it says nothing.
pub(super) fn actionlint_labels(root: &Path, door: &Reader) -> Vec<String> {
    let files = ["actionlint.yaml", "actionlint.yml"].map(|name| root.join(".github").join(name));
    let found = files.into_iter().find(|file| file.is_file());
    let place = found.map(|path| BoundedPath { path, bounds: Bounds::Inside(root.to_owned()) });
    let tree = place.and_then(|place| reader::tree(&place, door).ok());
    let Some(tree) = tree else { return Vec::new() };
    let labels = tree.root().and_then(|root| root.get("self-hosted-runner")?.get("labels"));
    labels
        .map(|labels| labels.items().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        .unwrap_or_default()
}
