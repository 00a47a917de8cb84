//! What is shown of a play: a row for each command that matters, with what came of it.

use std::sync::Arc;

use crate::rehearsal::log::{Event, JobEnd};
use crate::rehearsal::machine::{Effect, What};
use crate::rehearsal::{Scene, Show};
use crate::source::Location;

/// One row of a play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Which of the runs, from 0.
    pub run: usize,
    /// The step, where another one begins.
    pub step: Option<String>,
    /// The command, on one line.
    pub command: String,
    /// Where it is written.
    pub at: Location,
    /// What came of it: `✗` and the reason, whose thing it takes, what it reaches.
    pub notes: Vec<String>,
    /// Here the runs meet.
    pub meets: bool,
}

/// How many runs a scene is about.
pub(super) fn runs(show: &Show) -> usize {
    show.log.events.iter().map(|event| event.run + 1).max().unwrap_or(1)
}

/// The rows of a scene, in the order in which things happen. Of three runs that end alike the first is shown.
pub(super) fn rows(scene: &Scene) -> Vec<Row> {
    let show = &scene.show;
    let mut rows: Vec<Row> = Vec::new();
    let mut steps: Vec<Option<(usize, usize)>> = vec![None; runs(show)];
    for (at, event) in show.log.events.iter().enumerate() {
        let meets = scene.meets_at == Some(at);
        let end = ends_at(show, at);
        if !(meets || matters(event) || end.is_some()) || scene.is_of_three() && event.run > 0 {
            continue;
        }
        let notes = notes(show, event, end);
        let step = steps.get_mut(event.run).filter(|known| **known != Some((event.job, event.step))).map(|known| {
            *known = Some((event.job, event.step));
            event.step_name.clone()
        });
        rows.push(Row { run: event.run, step, command: event.text.clone(), at: event.at.clone(), notes, meets });
        // A loop says the same again and again.
        let count = rows.len();
        if let [.., before, last] = &rows[..]
            && last.step.is_none()
            && !last.meets
            && (before.run, &before.command, &before.notes) == (last.run, &last.command, &last.notes)
        {
            rows.truncate(count - 1);
        }
    }
    rows
}

/// Whether a command has to do with the daemon or with what is reached through it, or has failed for a reason that is
/// known.
fn matters(event: &Event) -> bool {
    let fails = !event.succeeded && !event.said.trim().is_empty() && !event.forgiven;
    event.by_runner || fails || !event.used.is_empty() || !event.effects.is_empty()
}

/// How a run ends, if it does so at the command of that number, and not well.
fn ends_at(show: &Show, at: usize) -> Option<JobEnd> {
    let run = show.log.events[at].run;
    let end = show.log.end_of(run)?;
    let is_last = || !show.log.events[at + 1..].iter().any(|later| later.run == run);
    let is_here = match end {
        JobEnd::Failed => show.fails_at(run) == Some(at),
        JobEnd::Stopped | JobEnd::Killed => is_last(),
        JobEnd::Succeeded | JobEnd::Skipped => false,
    };
    is_here.then_some(end)
}

fn notes(show: &Show, event: &Event, end: Option<JobEnd>) -> Vec<String> {
    let mut notes = Vec::new();
    if !event.succeeded && (!event.forgiven || event.by_runner) || event.by_runner && event.is_refused_by_another() {
        notes.push(format!("✗ {}", show.why(event)));
    }
    for effect in &event.effects {
        let object = &effect.object;
        let owner = object.maker.run as usize;
        if matches!(effect.what, What::Removed | What::Stopped) && owner != event.run + 1 {
            let whose = match owner {
                0 => "another repository's".to_owned(),
                _ => format!("{}'s", show.name_of(owner - 1)),
            };
            let removed = |other: &&Effect| other.what == What::Removed && other.object.told() == object.told();
            let does = if event.effects.iter().any(|other| removed(&other)) { "removes" } else { "stops" };
            let note = format!("{does} {whose} {}", object.told());
            // What is removed by force is stopped before.
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    let taken = event.effects.iter().filter(|effect| effect.what == What::TakenOver);
    for Effect { object, .. } in taken.filter(|effect| effect.object.maker.run > 0) {
        notes.push(format!("takes over {}'s {}", show.name_of(object.maker.run as usize - 1), object.told()));
    }
    for used in &event.used {
        if used.reached.is_there() {
            notes.push(format!("reaches {}", show.reached(used)));
        }
    }
    match end {
        Some(JobEnd::Killed) => notes.push("here its runner is killed".to_owned()),
        Some(JobEnd::Stopped) => notes.push("here it is stopped".to_owned()),
        Some(JobEnd::Failed) if event.succeeded || event.forgiven => notes.push("here it fails".to_owned()),
        _ => {}
    }
    notes
}

/// The path and line of a row.
pub(super) fn place(at: &Location, sources: &dyn Fn(&Arc<str>) -> Option<crate::source::Source>) -> (String, usize) {
    let line = sources(&at.path).map_or(1, |source| source.place(at.span.start).line);
    (at.path.to_string(), line)
}
