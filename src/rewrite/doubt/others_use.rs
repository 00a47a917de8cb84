//! Actions that other repositories may use: what they mean there stays.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::edit::{Applicability, Fix};
use crate::rewrite::{ByKey, Scene, Withheld};
use crate::source::{FileKind, Source};

/// The files of actions that other repositories use or may use, those that their commands run included.
#[derive(Debug)]
struct Published {
    /// Of the repository's own action, in its root, and of those that are dressed for a marketplace.
    surely: BTreeSet<Arc<str>>,
    /// Of actions that stand outside of the forge's own folders.
    perhaps: BTreeSet<Arc<str>>,
}

impl Published {
    /// Those of a repository, as far as its workflows run them.
    fn of(scene: &Scene<'_>) -> Rc<Self> {
        scene.reading.of_all(|| Self::read(scene))
    }

    fn read(scene: &Scene<'_>) -> Self {
        let actions = |whose: Others| {
            let own = scene.trees.iter().filter(|(_, tree)| others(scene.prefix, tree.source()) == whose);
            own.map(|(path, _)| path.clone()).collect()
        };
        Self { surely: with_run(scene, actions(Others::Surely)), perhaps: with_run(scene, actions(Others::Perhaps)) }
    }
}

/// A fix as far as such actions may be changed by it: withheld of one that is there for others, unsafe of one that
/// others may use.
///
/// # Errors
/// When it changes what is there for others.
pub fn kept(scene: &Scene<'_>, fix: Arc<Fix>) -> Result<Arc<Fix>, Withheld> {
    let published = Published::of(scene);
    if published.surely.is_empty() && published.perhaps.is_empty() {
        return Ok(fix);
    }
    // Many findings may share one fix. It is kept with what became of it: nothing else gets its address.
    let known = scene.reading.of_all(Known::default);
    let (_, kept) = &*known.once(Arc::as_ptr(&fix).addr(), || (fix.clone(), limited(&published, fix.clone())));
    kept.clone()
}

/// What became of fixes, by their addresses.
type Known = ByKey<usize, (Arc<Fix>, Result<Arc<Fix>, Withheld>)>;

fn limited(published: &Published, fix: Arc<Fix>) -> Result<Arc<Fix>, Withheld> {
    let is_in = |files: &BTreeSet<Arc<str>>| fix.edits.iter().find(|edit| files.contains(&edit.path));
    if let Some(edit) = is_in(&published.surely) {
        return Err(Withheld::because(format!(
            "`{}` belongs to an action that other repositories use, and would change for them",
            edit.path
        )));
    }
    let Some(edit) = is_in(&published.perhaps) else { return Ok(fix) };
    let doubt = format!("`{}` belongs to an action that other repositories may use as it is now", edit.path);
    let why = fix.why.as_ref().map_or_else(|| doubt.clone(), |why| format!("{why}; {doubt}"));
    let applicability = fix.applicability.min(Applicability::Unsafe);
    Ok(Arc::new(Fix { applicability, why: Some(why), ..(*fix).clone() }))
}

/// Some actions, with the files that their commands run.
fn with_run(scene: &Scene<'_>, mut files: BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    if files.is_empty() {
        return files;
    }
    let mut run: BTreeSet<Arc<str>> = BTreeSet::new();
    for job in scene.workflows.iter().flat_map(|analysed| analysed.jobs.iter()) {
        for (index, act) in job.trace.acts.iter().enumerate() {
            if act.chain.iter().any(|link| files.contains(&link.location.path)) {
                run.insert(act.frame.source.path().clone());
            }
            if files.contains(act.frame.source.path()) || run.contains(act.frame.source.path()) {
                let stack = job.stacks.get(&index).into_iter().flat_map(|stack| &stack.sources);
                run.extend(stack.map(|source| source.path().clone()));
            }
        }
    }
    files.extend(run);
    files
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Surely,
    Perhaps,
    No,
}

/// Whether other repositories use a file as an action.
fn others(prefix: &str, source: &Source) -> Others {
    if source.kind() != FileKind::Action {
        return Others::No;
    }
    let path = source.path().strip_prefix(prefix).unwrap_or(source.path());
    let is_dressed = source.text().lines().any(|line| line.starts_with("branding:"));
    let is_inner = [".github/", ".gitea/", ".forgejo/"].iter().any(|folder| path.starts_with(folder));
    match () {
        () if is_dressed || !path.contains('/') => Others::Surely,
        () if is_inner => Others::No,
        () => Others::Perhaps,
    }
}
