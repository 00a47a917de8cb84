//! Who may use a port without anybody seeing it.

use super::Place;
use crate::address::reader::may_ask_unseen;

/// What runs on the machine behind an act, and may use a port that it has from a file or a default of its own, in words.
pub fn reader(place: &Place<'_>, behind: usize) -> Option<String> {
    let trace = &place.job.trace;
    let step = trace.acts.get(behind).map_or(0, |act| act.step);
    let unread = trace.unfollowed.iter().find(|call| call.step >= step);
    let unseen = || {
        let askers = place.reading.of_job(place.job, || Askers::read(place));
        let next = askers.0.partition_point(|act| *act <= behind);
        askers.0.get(next).and_then(|act| trace.acts.get(*act)).map(|act| &act.text)
    };
    unread.map(|call| &call.what).or_else(unseen).map(|what| format!("`{what}`"))
}

/// The acts of a job that may use an address unseen, in order.
struct Askers(Vec<usize>);

impl Askers {
    fn read(place: &Place<'_>) -> Self {
        let acts = place.job.trace.acts.iter().enumerate();
        Self(acts.filter(|(_, act)| may_ask_unseen(act)).map(|(index, _)| index).collect())
    }
}
