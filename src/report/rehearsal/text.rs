//! Plays as text: a column for each run.

use super::rows::{Row, number, place, rows, runs};
use super::{Rehearsals, Rehearsed};
use crate::check::Report;
use crate::door::print;
use crate::rehearsal::Scene;
use crate::report::style::{Ink, Style};

/// How wide a column is.
const COLUMN: usize = 58;

impl Rehearsals {
    /// The stories of all jobs.
    pub fn text(&self, report: &Report, style: Style) -> String {
        if self.0.is_empty() {
            return "no job here uses a Docker daemon or a fixed port of its machine\n".to_owned();
        }
        self.0.iter().map(|job| one(job, report, style)).collect::<Vec<_>>().join("\n")
    }
}

fn one(job: &Rehearsed, report: &Report, style: Style) -> String {
    let (path, id) = &job.job;
    let head = format!("{}: job `{}`", print::line(path), print::line(id));
    let mut text = style.paint(&head, Ink::Head) + "\n";
    for scene in &job.scenes {
        let (mark, ink) = if scene.is_bad { ("✗", Ink::Bad) } else { ("✓", Ink::Good) };
        text.push_str(&format!("\n  {} {}\n", style.paint(mark, ink), print::line(&scene.story)));
        if scene.is_bad {
            text.push_str(&table(scene, report, style));
        }
    }
    text
}

fn table(scene: &Scene, report: &Report, style: Style) -> String {
    let rows = rows(scene);
    let columns = if scene.is_of_three() { 1 } else { runs(&scene.show).min(2) };
    let mut lines = vec![heads(scene, columns)];
    for row in &rows {
        lines.extend(cells(row, columns, report, style));
    }
    lines.iter().map(|line| format!("    {}\n", line.trim_end())).collect()
}

fn heads(scene: &Scene, columns: usize) -> String {
    let head = |run: usize| match scene.is_of_three() {
        true => "each run".to_owned(),
        false => format!("run {}", number(run)),
    };
    (0..columns).map(|run| padded(&head(run), COLUMN + 3)).collect()
}

fn cells(row: &Row, columns: usize, report: &Report, style: Style) -> Vec<String> {
    let before = " ".repeat((COLUMN + 3) * row.run.min(columns - 1));
    let mut lines = Vec::new();
    if let Some(step) = &row.step {
        lines.push(format!("{before}{}", print::line(step)));
    }
    let (path, line) = place(&row.at, &|path| report.sources.get(path).cloned());
    let file = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let mark = if row.meets { "> " } else { "  " };
    let command = shortened(&format!("{file}:{line}  {}", print::line(&row.command)));
    let command =
        if row.meets { style.paint(&format!("{mark}{command}"), Ink::Bad) } else { mark.to_owned() + &command };
    lines.push(format!("{before}{command}"));
    lines.extend(row.notes.iter().map(|note| format!("{before}    {}", print::line(note))));
    lines
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(COLUMN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
