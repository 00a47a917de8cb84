//! What a project of each run's own takes and leaves that nothing in the repository shows or removes.

use super::super::{Place, teardown};

/// What speaks against a project of each run's own: what is claimed besides its name, and what each run leaves.
pub fn of_project(place: &Place<'_>, act: usize) -> Vec<String> {
    let unread = !place.job.stacks.contains_key(&act);
    let unread = unread.then(|| {
        "its compose file cannot be read: nothing shows which host ports and container names two runs would share"
            .to_owned()
    });
    let stays = teardown::stays_after(place, act)
        .map(|runs| format!("nothing removes the project after {runs}: under a name of its own each would leave one"));
    unread.into_iter().chain(stays).collect()
}
