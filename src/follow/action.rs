//! `uses: ./path`: local actions and reusable workflows.

use super::{Files, RepoPath, Unfollowed};

/// The `action.yml` that a step's `uses: ./path` names. Local paths are from the checkout's root, whatever
/// the working directory.
///
/// # Errors
/// [`Unfollowed`] when it is not local, leaves the checkout, or there is none.
pub fn local_action(files: &Files, uses: &str) -> Result<RepoPath, Unfollowed> {
    let directory = local(uses)?;
    files
        .first(&directory, &["action.yml", "action.yaml"])
        .ok_or_else(|| Unfollowed::new(format!("there is no action.yml in {directory}")))
}

/// The file that a job's `uses: ./.gitea/workflows/x.yml` names.
///
/// # Errors
/// [`Unfollowed`] when it is not local, leaves the checkout, or there is none.
pub fn local_workflow(files: &Files, uses: &str) -> Result<RepoPath, Unfollowed> {
    let path = local(uses)?;
    match files.open(&path) {
        Ok(_) => Ok(path),
        Err(why) => Err(Unfollowed::new(format!("{path}: {why}"))),
    }
}

fn local(uses: &str) -> Result<RepoPath, Unfollowed> {
    if uses.contains("${{") {
        return Err(Unfollowed::new(format!("it is not known what `{uses}` names")));
    }
    let rest = uses.strip_prefix("./").ok_or_else(|| Unfollowed::new(format!("`{uses}` is not of this repository")))?;
    RepoPath::new(rest).ok_or_else(|| Unfollowed::new(format!("`{uses}` leads out of the checkout")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_paths() {
        let files = Files::in_memory([(".github/actions/x/action.yaml", ""), (".gitea/workflows/x.yml", "")]);
        let action = |uses| local_action(&files, uses).map_err(|error| error.why);
        assert_eq!(action("./.github/actions/x").as_ref().map(RepoPath::as_str), Ok(".github/actions/x/action.yaml"));
        assert_eq!(action("./gone"), Err("there is no action.yml in gone".to_owned()));
        assert_eq!(action("a/b@v1"), Err("`a/b@v1` is not of this repository".to_owned()));
        assert_eq!(action("./../x"), Err("`./../x` leads out of the checkout".to_owned()));
        assert!(local_workflow(&files, "./.gitea/workflows/x.yml").is_ok());
    }
}
