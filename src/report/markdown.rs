//! A table for a comment on a change, and for `$GITHUB_STEP_SUMMARY`.
//!
//! A text from outside is no markdown: it mentions nobody, links nothing, and ends no table.

use super::level::{doubtful, level};
use super::style::Style;
use super::{fixes, place, plain, summary};
use crate::check::Report;
use crate::edit::Applicability;
use crate::finding::Finding;

/// Bytes of rows that are written: GitHub takes comments of up to 65536 characters.
const MOST: usize = 60_000;

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let mut text = "## berthlint\n\n".to_owned();
    let rows: Vec<String> = report.findings.iter().map(|finding| row(report, finding)).collect();
    let mut room = MOST;
    let fits = |row: &&String| {
        let fits = row.len() <= room;
        room = room.saturating_sub(row.len());
        fits
    };
    let shown: Vec<&String> = rows.iter().take_while(fits).collect();
    if !shown.is_empty() {
        text.push_str("| | where | what | fix |\n|---|---|---|---|\n");
        shown.iter().for_each(|row| text.push_str(row));
        text.push('\n');
    }
    if shown.len() < rows.len() {
        let left = summary::count(rows.len() - shown.len(), "more finding");
        text.push_str(&format!("{left}: `berthlint check` shows them.\n\n"));
    }
    for line in summary::errors(report).lines() {
        text.push_str(&format!("- not read: {}\n", prose(line)));
    }
    if !report.errors.is_empty() {
        text.push('\n');
    }
    let ending = summary::notes(report, Style::default())
        + &summary::summary(report, Style::default())
        + &fixes::offer(report, false);
    text + &ending.lines().map(|line| format!("{}\n", prose(line))).collect::<Vec<_>>().join("\n")
}

fn row(report: &Report, finding: &Finding) -> String {
    let at = code(&place::line(report, &finding.location));
    let mut what = format!("{}: {}", code(&plain(&finding.rule)), prose(&plain(&finding.message)));
    if let Some(help) = &finding.help {
        what.push_str(&format!("<br>help: {}", prose(&plain(help))));
    }
    for link in finding.chain.iter().rev() {
        let from = place::line(report, &link.location);
        what.push_str(&format!("<br>called from {}: {}", code(&from), code(&plain(&link.what))));
    }
    let fix = match finding.fixable() {
        Some(Applicability::Safe) => "`--fix`",
        Some(Applicability::Unsafe) => "`--fix --unsafe-fixes`",
        Some(Applicability::Display) => "by hand",
        None => "",
    };
    format!("| {}{} | {at} | {what} | {fix} |\n", level(finding.level), doubtful(finding))
}

/// A line in which what stands between backticks is code, and the rest is text.
fn prose(line: &str) -> String {
    let mut new = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, (inside, after))) =
        rest.split_once('`').and_then(|(before, behind)| Some((before, behind.split_once('`')?)))
    {
        new.push_str(&words(before));
        new.push_str(&if inside.trim().is_empty() { words(inside) } else { code(inside) });
        rest = after;
    }
    new + &words(rest)
}

/// A code span of one line, for a table's cell.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{}{gap}{fence}", text.replace('|', "\\|"))
}

/// Text without markdown in it. Where forges make links of words (`@name`, `#12`, `!12`, `https:`, `www.`), a comment
/// that nobody sees stands between.
fn words(text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => new.push_str("&lt;"),
            '>' => new.push_str("&gt;"),
            '&' => new.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '#' | '!' => new.extend(['\\', c]),
            c => new.push(c),
        }
        let begins_a_link = match c {
            '@' | '#' | '!' | '~' | '$' | '%' | '&' => true,
            ':' => text[at..].starts_with("://"),
            'w' | 'W' => text[at + 1..].starts_with('.'),
            _ => false,
        };
        let goes_on = text[at + c.len_utf8()..].starts_with(|next: char| !next.is_whitespace());
        if begins_a_link && goes_on {
            new.push_str("<!-- -->");
        }
    }
    // A line that begins so would be a heading, a list or a quotation.
    if new.starts_with(['+', '-', '=']) {
        new.insert(0, '\\');
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_no_markdown() {
        for (text, written) in [
            ("a | b `c|d` e", "a \\| b `c\\|d` e"),
            ("<img src=x> [y](https://z)", "&lt;img src=x&gt; \\[y\\](https:<!-- -->//z)"),
            ("by @team in #1, or www.x", "by @<!-- -->team in \\#<!-- -->1, or www<!-- -->.x"),
            ("an open ` stays", "an open \\` stays"),
            ("`` and *b* _c_", " and \\*b\\* \\_c\\_"),
        ] {
            assert_eq!(prose(text), written);
        }
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
    }
}
