//! The list of rules as text.

use serde::Serialize;

use super::level::{ink, level};
use super::plain;
use super::style::{Ink, Style};
use super::wrap::hanging;
use crate::check::RuleInfo;
use crate::finding::Level;

/// A rule in short, for programs.
#[derive(Serialize)]
pub(super) struct Entry<'r> {
    rule: &'r str,
    family: &'r str,
    level: Level,
    summary: &'r str,
    enabled: bool,
}

impl<'r> Entry<'r> {
    pub(super) fn of(rule: &'r RuleInfo) -> Self {
        Self { rule: &rule.id, family: &rule.family, level: rule.level, summary: &rule.summary, enabled: rule.enabled }
    }
}

/// A summary that has fewer columns beside its rule stands below it.
const NARROWEST: usize = 30;

/// The list, a family after the other.
pub fn rules_text(rules: &[RuleInfo], style: Style) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut family = "";
    for rule in rules {
        if rule.family != family {
            let gap = if family.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", style.paint(&rule.family, Ink::Head)));
            family = &rule.family;
        }
        let off = if rule.enabled { "" } else { " (off)" };
        let grade = format!("{}{off}", level(rule.level));
        let padding = " ".repeat(13usize.saturating_sub(grade.len()));
        let grade = style.paint(&grade, if rule.enabled { ink(rule.level) } else { Ink::Faint });
        let line = format!("  {:<width$}  {grade}{padding}  {}", rule.id, plain(&rule.summary));
        let indent = width + 19;
        match style.fits {
            true if style.width >= indent + NARROWEST => text.push_str(&hanging(&line, indent, style.width)),
            true => {
                text.push_str(&format!("  {}  {}\n", rule.id, grade));
                text.push_str(&hanging(&format!("      {}", plain(&rule.summary)), 6, style.width));
            }
            false => text.push_str(&(line + "\n")),
        }
    }
    text
}

/// The list as JSON.
pub fn rules_json(rules: &[RuleInfo]) -> String {
    let entries: Vec<Entry<'_>> = rules.iter().map(Entry::of).collect();
    super::json::text(&entries, true)
}
