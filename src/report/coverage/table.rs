//! The rows as a table.

use super::rows::{Cell, Coverage, OUTCOMES, Row};
use crate::check::Report;
use crate::report::{columns, place, plain, silenced, summary, unread};

impl Coverage {
    /// For reading.
    pub fn table(&self, report: &Report) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            text.push_str(&grid(&self.rows, report));
            text.push('\n');
        }
        if !self.deploys.is_empty() {
            text.push_str("Meant to stay, not counted:\n");
            let rows: Vec<Vec<String>> = self.deploys.iter().map(|row| head(row, report)).collect();
            text.push_str(&columns(&rows));
            text.push('\n');
        }
        text.push_str(&unread(report));
        text.push_str(&silenced(report));
        for doubt in self.doubts() {
            text.push_str(&match doubt {
                "runner version" => "depends: on the runner's version. Older runners run no step after a cancel or timeout, not even with \
                     `always()`: name the version under `runners:`, or give `--runner-config`\n"
                    .to_owned(),
                doubt => format!("depends: on {}\n", plain(doubt)),
            });
        }
        if self.elsewhere > 0 {
            text.push_str(&format!(
                "left out: {} on another machine, or on a daemon that ends with its job\n",
                self.elsewhere
            ));
        }
        let (covered, total) = (self.covered(), self.total());
        text.push_str(&match total {
            0 => "nothing to remove\n".to_owned(),
            _ => format!(
                "{:.1}% covered: {covered} of {total} outcomes of {}; {} depend, {} uncovered\n",
                self.percent(),
                summary::count(self.rows.len(), "resource"),
                self.depends(),
                total - covered - self.depends(),
            ),
        });
        text
    }
}

fn grid(rows: &[Row], report: &Report) -> String {
    let mut lines = vec![["job", "resource", "place"].iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    lines[0].extend(OUTCOMES.iter().map(|(name, _)| (*name).to_owned()));
    for row in rows {
        let cells = row.cells.iter().map(|cell| match cell {
            Cell::Covered { by, .. } => by.clone(),
            Cell::Uncovered => "uncovered".to_owned(),
            Cell::Depends { .. } => "depends".to_owned(),
        });
        lines.push(head(row, report).into_iter().chain(cells).collect());
    }
    columns(&lines)
}

fn head(row: &Row, report: &Report) -> Vec<String> {
    let place = row.place.as_ref().map(|location| place::line(report, location)).unwrap_or_default();
    vec![plain(&row.job), plain(&format!("{} {}", row.kind, row.name)), place]
}
