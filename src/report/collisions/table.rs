//! The groups as text.

use super::claimant::Claimant;
use super::model::{Collisions, Group};
use crate::check::Report;
use crate::report::style::{Ink, Style};
use crate::report::summary::count;
use crate::report::wrap::{columns as width, cut_middle, line};
use crate::report::{columns, exact, place, plain, silenced, unread};

impl Collisions {
    /// For reading.
    pub fn table(&self, report: &Report, style: Style) -> String {
        let mut text: String = self.groups.iter().map(|group| shown(group, report, style) + "\n").collect();
        text.push_str(&unread(report));
        text.push_str(&silenced(report));
        if self.unknown_daemon > 0 {
            let words = format!(
                "left out: {} claims of jobs whose daemon is not known: declare the runner under `runners:`",
                self.unknown_daemon
            );
            text.push_str(&line(&words, 0, style));
        }
        if self.unknown_value > 0 {
            let words = format!("left out: {} claims of a range or of an unknown value", self.unknown_value);
            text.push_str(&line(&words, 0, style));
        }
        let pairs = self.groups.iter().flat_map(|group| &group.meetings);
        let (certain, possible): (Vec<_>, Vec<_>) = pairs.partition(|meeting| meeting.provided.is_empty());
        let summary = match self.groups.len() {
            0 => "no value is claimed more than once".to_owned(),
            claims => format!(
                "{claims} {} claimed more than once: {}",
                if claims == 1 { "value is" } else { "values are" },
                counted(certain.len(), possible.len())
            ),
        };
        text.push_str(&line(&summary, 0, style));
        text
    }
}

/// Rows that the terminal has room for: the place first, then what is there, then the job lose letters of their middle.
fn fitting(mut rows: Vec<Vec<String>>, style: Style) -> Vec<Vec<String>> {
    /// The cells that can lose something, and what is left of each.
    const LEAST: [(usize, usize); 3] = [(2, 22), (3, 18), (1, 10)];
    if !style.fits {
        return rows;
    }
    for (cell, least) in LEAST {
        let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0);
        let whole = (0..4).map(widest).sum::<usize>() + 2 * 3;
        let room = widest(cell).saturating_sub(whole.saturating_sub(style.width)).max(least);
        for row in &mut rows {
            if let Some(cell) = row.get_mut(cell) {
                *cell = cut_middle(cell, room);
            }
        }
    }
    rows
}

fn counted(certain: usize, possible: usize) -> String {
    let collisions = |number: usize| count(number, "collision");
    match (certain, possible) {
        (certain, 0) => collisions(certain),
        (0, possible) => format!("{}, none of them certain", collisions(possible)),
        (certain, possible) => format!("{}, and {possible} more that depend on what is not known", collisions(certain)),
    }
}

fn shown(group: &Group, report: &Report, style: Style) -> String {
    let head = format!("{} {}", group.kind, plain(&group.value));
    let mut text = line(&style.paint(&head, Ink::Head), 4, style);
    let lines: Vec<Vec<String>> = group
        .claimants
        .iter()
        .enumerate()
        .map(|(at, claimant)| {
            vec![format!("  {}", at + 1), plain(&claimant.job), at_place(claimant, report), plain(&claimant.what)]
        })
        .collect();
    text.push_str(&columns(&fitting(lines, style)));
    for meeting in &group.meetings {
        let who = match meeting.one == meeting.other {
            true => format!("{}", meeting.one + 1),
            false => format!("{} with {}", meeting.one + 1, meeting.other + 1),
        };
        let provided = match meeting.provided.is_empty() {
            true => String::new(),
            false => format!(", if {}", meeting.provided.join(" and ")),
        };
        let ink = if provided.is_empty() { Ink::Bad } else { Ink::Doubtful };
        let who = style.paint(&who, ink);
        text.push_str(&line(&format!("  {who}: {}{}", plain(&meeting.why), plain(&provided)), 5, style));
    }
    text
}

fn at_place(claimant: &Claimant, report: &Report) -> String {
    claimant.places.first().map_or_else(|| exact(&claimant.workflow), |location| place::line(report, location))
}
