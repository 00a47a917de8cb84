//! Where configuration may stand.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Problem};
use super::reader;

const FOLDERS: [&str; 4] = ["", ".gitea", ".forgejo", ".github"];
const NAMES: [&str; 2] = [".berthlint.yaml", ".berthlint.yml"];

/// The configuration at the root or in a forge folder; two are one too many.
pub(super) fn config(root: &Path) -> Result<Option<PathBuf>, ConfigError> {
    let places = FOLDERS.iter().flat_map(|folder| NAMES.iter().map(move |name| root.join(folder).join(name)));
    let mut found = places.filter(|place| place.is_file());
    let first = found.next();
    match (&first, found.next()) {
        (Some(one), Some(other)) => {
            let message = format!("{} is a configuration too: keep one of the two", one.display());
            Err(Problem::file(other.display(), message).into())
        }
        _ => Ok(first),
    }
}

/// `self-hosted-runner.labels` of `.github/actionlint.yaml`
/// (<https://github.com/rhysd/actionlint/blob/main/docs/config.md>). The file is not ours: what cannot be
/// read of it says nothing.
pub(super) fn actionlint_labels(root: &Path) -> Vec<String> {
    let files = ["actionlint.yaml", "actionlint.yml"].map(|name| root.join(".github").join(name));
    let tree = files.iter().find(|file| file.is_file()).and_then(|file| reader::tree(file).ok());
    let Some(tree) = tree else { return Vec::new() };
    let labels = tree.root().and_then(|root| root.get("self-hosted-runner")?.get("labels"));
    labels
        .map(|labels| labels.items().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        .unwrap_or_default()
}
