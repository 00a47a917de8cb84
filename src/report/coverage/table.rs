//! The rows as a table.

use super::rows::{Cell, Coverage, OUTCOMES, Row};
use crate::check::Report;
use crate::report::style::{Ink, Style};
use crate::report::{columns, place, plain, silenced, summary, unread, wrap};

impl Coverage {
    /// For reading.
    pub fn table(&self, report: &Report, style: Style) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            text.push_str(&grid(&self.rows, report, style));
            text.push('\n');
            text.push_str(&legend(&self.rows, style));
            text.push('\n');
        }
        if !self.deploys.is_empty() {
            text.push_str("Meant to stay, not counted:\n");
            let rows: Vec<Vec<String>> = self.deploys.iter().map(|row| head(row, report)).collect();
            let table = columns(&rows);
            text.push_str(&match is_too_wide(&table, style) {
                true => rows.iter().map(|row| wrap::hanging(&row.join("  "), 2, style.width)).collect(),
                false => table,
            });
            text.push('\n');
        }
        let table = std::mem::take(&mut text);
        text.push_str(&unread(report));
        text.push_str(&silenced(report));
        for doubt in self.doubts() {
            text.push_str(&match doubt {
                "runner version" => "depends: on the runner's version. Older runners run no step after a cancel or timeout, not even with \
                     `always()`: name the version under `runners:`, or give `--runner-config`\n"
                    .to_owned(),
                doubt => format!("depends: on {}{}\n", plain(doubt), self.depending(doubt, report)),
            });
        }
        if self.elsewhere > 0 {
            text.push_str(&format!(
                "left out: {} on another machine, or on a daemon that ends with its job\n",
                summary::count(self.elsewhere, "resource")
            ));
        }
        let (covered, total) = (self.covered(), self.total());
        text.push_str(&match total {
            0 if !self.deploys.is_empty() => {
                let stay = self.deploys.len();
                format!(
                    "nothing to cover: {} {} meant to stay\n",
                    summary::count(stay, "resource"),
                    if stay == 1 { "is" } else { "are" }
                )
            }
            0 if report.files == 0 => summary::NO_WORKFLOWS.to_owned(),
            0 => "nothing to remove\n".to_owned(),
            _ => format!(
                "{:.1}% covered: {covered} of {total} outcomes of {}; {}{} uncovered\n",
                self.percent(),
                summary::count(self.rows.len(), "resource"),
                match self.depends() {
                    0 => String::new(),
                    1 => "1 depends, ".to_owned(),
                    more => format!("{more} depend, "),
                },
                total - covered - self.depends(),
            ),
        });
        table + &fitted(&text, 2, style)
    }

    /// Where what depends on this is made, in brackets.
    fn depending(&self, doubt: &str, report: &Report) -> String {
        let depends = |row: &&Row| row.cells.iter().any(|cell| matches!(cell, Cell::Depends { on, .. } if on == doubt));
        let places: Vec<String> =
            self.rows.iter().filter(depends).map(|row| head(row, report)[1..].join(" ")).collect();
        match places.as_slice() {
            [] => String::new(),
            [only] => format!(" ({only})"),
            [first, others @ ..] => format!(" ({first}, and {} more)", others.len()),
        }
    }
}

/// What the words in the cells mean: of all that there are those that stand in the table, as the vocabulary has them.
const WORDS: [(&str, &str); 11] = [
    ("step", "a later step of the job removes it"),
    ("script", "the script that makes it removes it"),
    ("trap", "a `trap` of the shell that makes it removes it"),
    ("job", "a later job of the workflow removes it"),
    ("itself", "it goes when its command ends, as with `--rm`"),
    ("guard", "a guard of `berth-run`'s removes it when the job ends, at the latest when its time is up"),
    ("action", "the action that makes it removes it in its `post:` step"),
    ("hook", "a hook of the runner removes it"),
    ("sweeper", "a scheduled workflow removes it later"),
    ("runner", "the runner removes it"),
    ("depends", "something removes it, or not: a line below that begins with `depends:` says what decides it"),
];

/// Lines no wider than the screen, where there is one.
fn fitted(text: &str, hang: usize, style: Style) -> String {
    match style.fits {
        true => text.lines().map(|line| wrap::hanging(line, hang, style.width)).collect(),
        false => text.to_owned(),
    }
}

/// The words of the cells, and what they mean.
fn legend(rows: &[Row], style: Style) -> String {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let is_there = |word: &str| cells().any(|cell| cell_word(cell) == word);
    let mut lines: Vec<Vec<String>> = Vec::new();
    for (word, meaning) in WORDS.into_iter().chain([("uncovered", "nothing removes it: it stays on the daemon")]) {
        if is_there(word) {
            lines.push(vec![format!("  {word}"), meaning.to_owned()]);
        }
    }
    let words = format!("What removes it in each outcome:\n{}", columns(&lines));
    let killed = "`killed`: the runner itself dies, and no step, trap or later job runs.\n";
    fitted(&words, 13, style) + &fitted(killed, 2, style)
}

fn cell_word(cell: &Cell) -> &str {
    match cell {
        Cell::Covered { by, .. } => by,
        Cell::Uncovered => "uncovered",
        Cell::Depends { .. } => "depends",
    }
}

fn grid(rows: &[Row], report: &Report, style: Style) -> String {
    let mut lines = vec![["job", "resource", "place"].iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    lines[0].extend(OUTCOMES.iter().map(|(name, _)| (*name).to_owned()));
    lines[0].iter_mut().for_each(|name| *name = style.paint(name, Ink::Head));
    for row in rows {
        let cells = row.cells.iter().map(|cell| {
            let ink = match cell {
                Cell::Covered { .. } => Ink::Good,
                Cell::Uncovered => Ink::Bad,
                Cell::Depends { .. } => Ink::Doubtful,
            };
            style.paint(cell_word(cell), ink)
        });
        lines.push(head(row, report).into_iter().chain(cells).collect());
    }
    let text = columns(&lines);
    if is_too_wide(&text, style) { stacked(&lines, style) } else { text }
}

fn is_too_wide(text: &str, style: Style) -> bool {
    style.fits && text.lines().map(wrap::columns).max().unwrap_or_default() > style.width
}

/// The same where there is no room for it: what a row is about stands above its cells.
fn stacked(lines: &[Vec<String>], style: Style) -> String {
    let about = lines.iter().map(|line| line.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("  "));
    let cells: Vec<Vec<String>> = lines.iter().map(|line| line[3.min(line.len())..].to_vec()).collect();
    let cells = columns(&cells);
    let mut text = String::new();
    for (about, cells) in about.zip(cells.lines()) {
        text.push_str(&format!("{}  {cells}\n", wrap::hanging(&about, 2, style.width)));
    }
    text
}

fn head(row: &Row, report: &Report) -> Vec<String> {
    let place = row.place.as_ref().map(|location| place::line(report, location)).unwrap_or_default();
    vec![plain(&row.job), plain(&format!("{} {}", row.kind, row.name)), place]
}
