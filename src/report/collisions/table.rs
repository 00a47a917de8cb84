//! The groups as text.

use super::claimant::Claimant;
use super::model::{Collisions, Group};
use crate::check::Report;
use crate::report::style::{Ink, Style};
use crate::report::{columns, exact, place, plain, silenced, unread};

impl Collisions {
    /// For reading.
    pub fn table(&self, report: &Report, style: Style) -> String {
        let mut text: String = self.groups.iter().map(|group| shown(group, report, style) + "\n").collect();
        text.push_str(&unread(report));
        text.push_str(&silenced(report));
        if self.unknown_daemon > 0 {
            text.push_str(&format!(
                "left out: {} claims of jobs whose daemon is not known: declare the runner under `runners:`\n",
                self.unknown_daemon
            ));
        }
        if self.unknown_value > 0 {
            text.push_str(&format!("left out: {} claims of a range or of an unknown value\n", self.unknown_value));
        }
        let pairs = self.groups.iter().flat_map(|group| &group.meetings);
        let (certain, possible): (Vec<_>, Vec<_>) = pairs.partition(|meeting| meeting.provided.is_empty());
        text.push_str(&match self.groups.len() {
            0 => "no value is claimed more than once\n".to_owned(),
            claims => format!(
                "{claims} {} claimed more than once: {} surely, {} perhaps\n",
                if claims == 1 { "value is" } else { "values are" },
                ways(certain.len()),
                ways(possible.len())
            ),
        });
        text
    }
}

fn ways(number: usize) -> String {
    if number == 1 { "in 1 way".to_owned() } else { format!("in {number} ways") }
}

fn shown(group: &Group, report: &Report, style: Style) -> String {
    let head = format!("{} {}", group.kind, plain(&group.value));
    let mut text = style.paint(&head, Ink::Head) + "\n";
    let lines: Vec<Vec<String>> = group
        .claimants
        .iter()
        .enumerate()
        .map(|(at, claimant)| {
            vec![format!("  {}", at + 1), plain(&claimant.job), at_place(claimant, report), plain(&claimant.what)]
        })
        .collect();
    text.push_str(&columns(&lines));
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
        text.push_str(&format!("  {who}: {}{}\n", plain(&meeting.why), plain(&provided)));
    }
    text
}

fn at_place(claimant: &Claimant, report: &Report) -> String {
    claimant.places.first().map_or_else(|| exact(&claimant.workflow), |location| place::line(report, location))
}
