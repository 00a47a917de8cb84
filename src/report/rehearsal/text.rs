//! Plays as text: a column for each run.

use super::rows::{Row, place, rows, runs};
use super::{Rehearsals, Rehearsed};
use crate::check::Report;
use crate::door::print;
use crate::rehearsal::Scene;
use crate::report::style::{Ink, Style};
use crate::report::summary::{NO_WORKFLOWS, count};
use crate::report::wrap::{cut, cut_middle, hanging, wrapped};

/// How wide a column is where there is room.
const COLUMN: usize = 61;

/// Before all of them.
const INDENT: usize = 4;

impl Rehearsals {
    /// The stories of all jobs.
    pub fn text(&self, report: &Report, style: Style) -> String {
        if self.0.is_empty() && report.files == 0 {
            return NO_WORKFLOWS.to_owned();
        }
        if self.0.is_empty() {
            return "no job here uses a Docker daemon or a fixed port of its machine\n".to_owned();
        }
        let jobs = self.0.iter().map(|job| one(job, report, style)).collect::<Vec<_>>().join("\n");
        jobs + "\n" + &self.total()
    }

    /// How many plays go wrong, which decides the exit code.
    fn total(&self) -> String {
        let scenes = || self.0.iter().flat_map(|job| &job.told.scenes);
        let (bad, all) = (scenes().filter(|scene| scene.is_bad).count(), scenes().count());
        let go = if bad == 1 { "goes" } else { "go" };
        format!("{}: {bad} of {} {go} wrong\n", count(self.0.len(), "job"), count(all, "play"))
    }
}

fn one(job: &Rehearsed, report: &Report, style: Style) -> String {
    let (path, id) = &job.job;
    let head = format!("{}: job `{}`", print::line(path), print::line(id));
    let head =
        if style.fits { hanging(&fitting(&head, style.width - INDENT), INDENT, style.width) } else { head + "\n" };
    let mut text = style.paint(head.trim_end(), Ink::Head) + "\n";
    if !job.told.assumed.is_empty() {
        let assumed = job.told.assumed.join(", ");
        let assumed = format!("  assumed: {}; declare the runner under `runners:`", print::line(&assumed));
        match style.fits {
            true => text.push_str(&hanging(&assumed, INDENT, style.width)),
            false => text.push_str(&(assumed + "\n")),
        }
    }
    for scene in &job.told.scenes {
        let (mark, ink) = match (scene.is_bad, scene.show.left.is_empty() || !scene.is_of_three()) {
            (true, _) => ("✗", Ink::Bad),
            (false, true) => ("✓", Ink::Good),
            // What is kept on purpose.
            (false, false) => ("○", Ink::Good),
        };
        let story = format!("  {} {}", style.paint(mark, ink), print::line(&scene.story));
        text.push('\n');
        match style.fits {
            true => text.push_str(&hanging(&fitting(&story, style.width - INDENT), INDENT, style.width)),
            false => text.push_str(&(story + "\n")),
        }
        if scene.is_bad {
            text.push_str(&table(scene, report, style));
        }
    }
    text
}

fn table(scene: &Scene, report: &Report, style: Style) -> String {
    let rows = rows(scene);
    let columns = if scene.is_of_three() { 1 } else { runs(&scene.show).min(2) };
    let width = match style.fits {
        true => ((style.width - INDENT) / columns).min(COLUMN),
        false => COLUMN,
    };
    let mut lines = vec![heads(scene, columns, width)];
    for row in &rows {
        lines.extend(cells(row, columns, width, report, style));
    }
    lines.iter().map(|line| format!("{:INDENT$}{}\n", "", line.trim_end())).collect()
}

fn heads(scene: &Scene, columns: usize, width: usize) -> String {
    let head = |run: usize| match scene.is_of_three() {
        true => "each run".to_owned(),
        false => scene.show.name_of(run),
    };
    (0..columns).map(|run| padded(&head(run), width)).collect()
}

fn cells(row: &Row, columns: usize, width: usize, report: &Report, style: Style) -> Vec<String> {
    let before = " ".repeat(width * row.run.min(columns - 1));
    let mut lines = Vec::new();
    if let Some(step) = &row.step {
        let step = print::line(step);
        lines.push(format!("{before}{}", if style.fits { cut(&step, width) } else { step }));
    }
    let (path, line) = place(&row.at, &|path| report.sources.get(path).cloned());
    let file = path.rsplit('/').next().unwrap_or(&path);
    // The command tells more than the file's name.
    let file = if style.fits { cut(file, width / 3) } else { file.to_owned() };
    let mark = if row.meets { "> " } else { "  " };
    let command = cut(&format!("{file}:{line}  {}", print::line(&row.command)), width - mark.len());
    let command =
        if row.meets { style.paint(&format!("{mark}{command}"), Ink::Bad) } else { mark.to_owned() + &command };
    lines.push(format!("{before}{command}"));
    for note in row.notes.iter().map(|note| print::line(note)) {
        let room = if style.fits { width - INDENT } else { usize::MAX };
        let told = wrapped(&fitting(&note, room), room).into_iter();
        lines.extend(told.map(|line| format!("{before}{:INDENT$}{line}", "")));
    }
    lines
}

/// A text without words that are wider than a line: a made-up name of the simulation has no end.
fn fitting(text: &str, width: usize) -> String {
    text.split(' ').map(|word| cut_middle(word, width)).collect::<Vec<_>>().join(" ")
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}
