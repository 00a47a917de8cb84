//! Who may use a port without anybody seeing it.

use super::Place;
use crate::address::reader::may_ask_unseen;

/// What runs on the machine behind an act, and may use a port that it has from a file or a default of its own, in words.
pub fn reader(place: &Place<'_>, behind: usize) -> Option<String> {
    let trace = &place.job.trace;
    let step = trace.acts.get(behind).map_or(0, |act| act.step);
    let unread = trace.unfollowed.iter().find(|call| call.step >= step);
    let unseen = || trace.acts.iter().skip(behind + 1).find(|act| may_ask_unseen(act)).map(|act| &act.text);
    unread.map(|call| &call.what).or_else(unseen).map(|what| format!("`{what}`"))
}
