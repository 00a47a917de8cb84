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

/// The step of a job whose text has a number that may be a port's, in a form that no reader of addresses explains:
/// `port=5432` of a connection string, `@tcp($(hostname -i):3306)`.
pub fn says_number(place: &Place<'_>, port: u16) -> Option<String> {
    let number = port.to_string();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let says = |text: &str| {
        text.lines().filter(|line| !line.trim_start().starts_with('#')).any(|line| {
            line.match_indices(&number)
                .any(|(at, found)| !line[..at].ends_with(is_part) && !line[at + found.len()..].starts_with(is_part))
        })
    };
    let steps = place.job.job.steps.iter();
    let scripts = steps.filter_map(|step| Some((step, step.run.as_ref()?)));
    let (step, _) = scripts.into_iter().find(|(_, run)| says(run.value.text.value()))?;
    let name = step.name.as_ref().map(|name| name.value.value().to_owned());
    Some(match name {
        Some(name) => format!("the step `{name}`"),
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
