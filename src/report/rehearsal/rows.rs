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
        if !matters(event) || scene.is_of_three() && event.run > 0 {
            continue;
        }
        let notes = notes(show, event);
        let step = steps.get_mut(event.run).filter(|known| **known != Some((event.job, event.step))).map(|known| {
            *known = Some((event.job, event.step));
            event.step_name.clone()
        });
        let meets = scene.meets_at == Some(at);
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

/// Whether a command has to do with the daemon, or with what is reached through it.
fn matters(event: &Event) -> bool {
    event.by_runner || !event.succeeded || !event.used.is_empty() || !event.effects.is_empty() || event.forgiven
}

fn notes(show: &Show, event: &Event) -> Vec<String> {
    let mut notes = Vec::new();
    if !event.succeeded && (!event.forgiven || event.by_runner) {
        let said = event.said.trim().lines().next().unwrap_or_default();
        notes.push(if said.is_empty() { "✗ fails".to_owned() } else { format!("✗ {said}") });
    }
    for effect in &event.effects {
        let object = &effect.object;
        let owner = object.maker.run as usize;
        if matches!(effect.what, What::Removed | What::Stopped) && owner != event.run + 1 {
            let whose = match owner {
                0 => "another repository's".to_owned(),
                _ => format!("run {}'s", number(owner - 1)),
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
    for used in &event.used {
        let whose = if used.own { "its own" } else { "another run's" };
        if used.reached.is_there() {
            notes.push(format!("reaches {whose} {}", used.what()));
        }
    }
    let last = |run: usize| show.log.of(run).last().is_some_and(|last| std::ptr::eq(last, event));
    if last(event.run) {
        match show.log.end_of(event.run) {
            Some(JobEnd::Killed) => notes.push("here its runner is killed".to_owned()),
            Some(JobEnd::Stopped) => notes.push("here it is stopped".to_owned()),
            Some(JobEnd::Failed) if event.succeeded => notes.push("here it fails".to_owned()),
            _ => {}
        }
    }
    notes
}

/// The id that a run of a play has.
pub(super) fn number(run: usize) -> usize {
    41 + run
}

/// The path and line of a row.
pub(super) fn place(at: &Location, sources: &dyn Fn(&Arc<str>) -> Option<crate::source::Source>) -> (String, usize) {
    let line = sources(&at.path).map_or(1, |source| source.place(at.span.start).line);
    (at.path.to_string(), line)
}
