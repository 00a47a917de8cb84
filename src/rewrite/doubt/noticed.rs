//! Failures by which a job notices something, and which a fix would silence.

use crate::expr::Status;
use crate::lifecycle::removal::{Removal, RemovalVerb};
use crate::lifecycle::resource::Resource;
use crate::lifecycle::selects::selects;
use crate::rewrite::Place;
use crate::trace::Act;

/// What a removal says today that it says no more once it may find nothing, in words: where it runs only after a
/// success, and the container goes by itself when its program ends, it fails when the program has ended early, and
/// perhaps nothing else does. What is killed or removed by force is judged as what is stopped.
pub(in crate::rewrite) fn an_end(place: &Place<'_>, removal: &Removal, act: &Act) -> Option<String> {
    let goes = |resource: &&Resource| resource.rm.is_yes() && resource.detached.may_be();
    let made = place.job.resources.iter().filter(|resource| resource.act < removal.act).filter(goes);
    let is_one = made.into_iter().any(|resource| selects(removal, resource).is_yes());
    // A step that removes what its own listing finds, all in one, fails for nothing else.
    let ends = matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill | RemovalVerb::Remove);
    let is_heard = ends && act.context.trap.is_none() && place.runs_after(act, Status::FAILURE).is_no();
    (is_one && is_heard)
        .then(|| format!("`{}` fails today when the container has ended before, and nothing may say so then", act.text))
}
