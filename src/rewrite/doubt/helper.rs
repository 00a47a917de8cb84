//! Whether a job may call `berth-run`.

use crate::config::Emit;
use crate::rewrite::{Place, Scene, Withheld};
use crate::source::Location;

/// What speaks against it where it can be done.
///
/// # Errors
/// Nothing says that the runner has it, or the repository does not want it.
pub(in crate::rewrite) fn is_there(scene: &Scene<'_>, place: &Place<'_>) -> Result<Vec<String>, Withheld> {
    if matches!(scene.emit, Emit::Shell) {
        return Err(Withheld::because("only `berth-run` can do that, and `emit: shell` is asked for"));
    }
    let has_it = place.job.substrate.helper;
    if !has_it && scene.emit != Emit::Helper {
        return Err(Withheld::because(
            "only `berth-run` can do that, and nothing says that the runner has it: declare `helper: true` under `runners:`",
        ));
    }
    let mut doubts = Vec::new();
    if !has_it {
        doubts.push("nothing says that the runner has `berth-run`: declare `helper: true` under `runners:`".to_owned());
    }
    let image = place.job.job.container.as_ref().and_then(|container| container.value.image.as_ref());
    if let Some(image) = image {
        doubts.push(format!("the job runs in `{}`, and nothing says that `berth-run` is in it", image.value()));
    }
    Ok(doubts)
}

/// Refuses a call of it in a file that others run as well.
///
/// # Errors
/// When the place is not in the workflow.
pub(in crate::rewrite) fn in_workflow(place: &Place<'_>, at: &Location) -> Result<(), Withheld> {
    match at.path == place.analysed.path {
        true => Ok(()),
        false => Err(Withheld::because(stands_in_another(at))),
    }
}

/// Why a call of it cannot stand in another file than the workflow, in words.
pub(in crate::rewrite) fn stands_in_another(at: &Location) -> String {
    format!("it stands in `{}`, which may also be run where there is no `berth-run`", at.path)
}
