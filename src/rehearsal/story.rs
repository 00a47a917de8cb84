//! What happened, in one or two sentences for people.

use super::log::Event;
use super::machine::Object;
use super::plays::{Ending, Play, Show};

/// A run removes or stops what is another's.
pub(super) fn hits(show: &Show, event: &Event, object: &Object) -> String {
    let whose = match object.maker.run {
        0 => "another repository's".to_owned(),
        _ => format!("{}'s", run(show, object.maker.run as usize - 1)),
    };
    format!("{}`{}` at `{}` takes {whose} {}", opening(show), event.text, event.step_name, object.told())
}

/// A run uses what is another's.
pub(super) fn reaches(show: &Show, event: &Event) -> String {
    let used = event.used.iter().find(|used| used.reached.is_there() && !used.own);
    let what = used.map_or_else(String::new, |used| format!("{} at `{}`", used.what(), used.written));
    format!("{}`{}` at `{}` reaches another run's {what}", opening(show), event.text, event.step_name)
}

/// The job of a run fails.
pub(super) fn fails(show: &Show, number: usize) -> String {
    let Some(event) = show.log.failure_of(number) else {
        return format!("{}{} fails", opening(show), run(show, number));
    };
    format!("{}{} fails at `{}`: {}", opening(show), run(show, number), event.step_name, why(event))
}

/// A command fails that did not.
pub(super) fn breaks(show: &Show, event: &Event) -> String {
    format!("{}`{}` at `{}` fails: {}", opening(show), event.text, event.step_name, why(event))
}

/// A command no longer reaches what it reached.
pub(super) fn loses(show: &Show, event: &Event, lost: &str) -> String {
    format!("{}`{}` at `{}` no longer reaches its {lost}", opening(show), event.text, event.step_name)
}

/// More is left.
pub(super) fn leaves(show: &Show, kind: &str, count: usize, before: usize) -> String {
    let ends = match show.play {
        Play::Thrice(Ending::Failure) => "that fail",
        Play::Thrice(Ending::Cancel) => "that are cancelled",
        Play::Thrice(Ending::Timeout) => "that run out of time",
        Play::Thrice(Ending::Kill) => "that are killed",
        _ => "that go well",
    };
    let things = if count == 1 { format!("one {kind}") } else { format!("{count} {kind}s") };
    let known = show.left.iter().find(|object| object.kind.name() == kind);
    let named = known.filter(|object| !object.is_anonymous());
    let named = named.map_or_else(String::new, |object| format!(" (`{}`)", object.name()));
    let was = if before == 0 { "none".to_owned() } else { before.to_string() };
    format!("three runs {ends} leave {things}{named}, where they left {was} before")
}

fn why(event: &Event) -> String {
    let said = event.said.trim().lines().next().unwrap_or_default();
    if said.is_empty() { format!("`{}` does not succeed", event.text) } else { format!("`{}`: {said}", event.text) }
}

fn opening(show: &Show) -> String {
    let killed = || show.log.of(0).last().map(|event| format!("killed after `{}`, ", event.text));
    match show.play {
        Play::Killed(_) => killed().unwrap_or_default(),
        Play::Alone => String::new(),
        Play::Twice(_) | Play::Thrice(_) => format!("{}, ", show.play.opening()),
    }
}

fn run(show: &Show, number: usize) -> &'static str {
    match (show.play, number) {
        (Play::Alone | Play::Thrice(_), _) => "the job",
        (Play::Killed(_), _) => "the next run",
        (Play::Twice(_), 0) => "the first run",
        (Play::Twice(_), _) => "the second run",
    }
}
