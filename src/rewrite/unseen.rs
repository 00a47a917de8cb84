//! Who may use a port without anybody seeing it.

use super::{Place, Withheld};
use crate::address::reader::may_ask_unseen;
use crate::workflow::Step;

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

/// Refuses a new way to ports whose numbers stand in the job without anybody knowing what for: `port=5432` of a
/// connection string, `@tcp($(hostname -i):3306)`.
///
/// # Errors
/// When a step has one.
pub fn says_none(place: &Place<'_>, ports: impl IntoIterator<Item = u16>) -> Result<(), Withheld> {
    match ports.into_iter().find_map(|port| Some((port, says_number(place, port)?))) {
        None => Ok(()),
        Some((port, step)) => Err(Withheld::because(format!(
            "{step} has {port}, and it is not known what reads it there: change the port and what reads it by hand"
        ))),
    }
}

/// The step of a job whose text has a number, comments left out.
fn says_number(place: &Place<'_>, port: u16) -> Option<String> {
    let number = port.to_string();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let has = |line: &str| {
        line.match_indices(&number)
            .any(|(at, found)| !line[..at].ends_with(is_part) && !line[at + found.len()..].starts_with(is_part))
    };
    let says = |text: &str| text.lines().any(|line| !line.trim_start().starts_with('#') && has(line));
    let has_it = |step: &&Step| step.run.as_ref().is_some_and(|run| says(run.value.text.value()));
    let step = place.job.job.steps.iter().find(has_it)?;
    Some(match &step.name {
        Some(name) => format!("the step `{}`", name.value.value()),
        None => format!("step {}", step.index + 1),
    })
}

/// The acts of a job that may use an address unseen, in order.
struct Askers(Vec<usize>);

impl Askers {
    fn read(place: &Place<'_>) -> Self {
        let acts = place.job.trace.acts.iter().enumerate();
        Self(acts.filter(|(_, act)| may_ask_unseen(act)).map(|(index, _)| index).collect())
    }
}
