//! Where the repository lies in the workspace.

use super::interpreter::Interpreter;
use crate::follow::{Directory, RepoPath};
use crate::workflow::Job;

/// Where a job checks its own repository out, as it is written; nothing where it does so twice.
fn written(job: &Job) -> Option<&str> {
    let mut own = job.steps.iter().filter(|step| step.is_checkout() && step.with.get("repository").is_none());
    let path = own.next()?.with.get("path")?.text.as_ref()?.value();
    own.next().is_none().then_some(path)
}

/// The folder that a job checks its own repository out into; nothing where that is the workspace itself, or not known.
pub(super) fn folder(job: &Job) -> Option<RepoPath> {
    let path = written(job).filter(|path| !path.contains("${{"))?;
    RepoPath::new(path).filter(|folder| *folder != RepoPath::root())
}

/// The folder of a run's own that a job checks its repository out into, as it is written: `build-${{ github.run_id }}`.
pub(super) fn folder_of_run(job: &Job) -> Option<&str> {
    written(job).filter(|path| path.contains("${{")).map(|path| path.trim_end_matches('/'))
}

/// What lies below such a folder, where a directory is written with the same words. The folder itself keeps the run's
/// name.
pub(super) fn below<'d>(folder: Option<&str>, directory: &'d str) -> Option<&'d str> {
    directory.strip_prefix(folder?)?.strip_prefix('/').filter(|rest| !rest.trim_matches('/').is_empty())
}

impl Interpreter<'_> {
    /// A folder of the workspace as the repository has it: `cd app` behind a checkout into `app` leads to its root.
    pub(super) fn in_repository(&self, directory: Directory) -> Directory {
        let (Some(folder), Directory::Inside(path)) = (&self.checkout, &directory) else { return directory };
        let below = path.as_str().strip_prefix(folder.as_str());
        let below = below.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match below.and_then(|rest| RepoPath::new(rest.trim_start_matches('/'))) {
            Some(path) => Directory::Inside(path),
            None => directory,
        }
    }
}
