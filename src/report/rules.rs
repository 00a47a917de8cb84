//! Rules as text: the list, and one explained.

use serde::Serialize;

use super::concise::level;
use crate::check::RuleInfo;
use crate::finding::Level;

#[derive(Serialize)]
struct Entry<'r> {
    rule: &'r str,
    family: &'r str,
    level: Level,
    summary: &'r str,
    why: &'r str,
    help: Option<&'r str>,
}

/// The list, a family after the other.
pub fn rules_text(rules: &[RuleInfo]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut family = "";
    for rule in rules {
        if rule.family != family {
            let gap = if family.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", rule.family));
            family = &rule.family;
        }
        text.push_str(&format!("  {:<width$}  {:<7}  {}\n", rule.id, level(rule.level), rule.summary));
    }
    text
}

/// The list as JSON.
pub fn rules_json(rules: &[RuleInfo]) -> String {
    let entries: Vec<Entry<'_>> = rules
        .iter()
        .map(|rule| Entry {
            rule: &rule.id,
            family: &rule.family,
            level: rule.level,
            summary: &rule.summary,
            why: &rule.why,
            help: rule.help.as_deref(),
        })
        .collect();
    super::json::text(&entries, true)
}

/// A rule, explained.
pub fn explain(rule: &RuleInfo) -> String {
    let mut text = format!("{} ({}, {})\n\n{}\n", rule.id, rule.family, level(rule.level), rule.summary);
    text.push_str(&format!("\n{}\n", rule.why.trim_end()));
    if let Some(help) = &rule.help {
        text.push_str(&format!("\nWhat to write: {help}\n"));
    }
    for example in &rule.examples {
        text.push_str(&format!("\nFinds:\n\n{}", indented(&example.bad)));
        if let Some(good) = &example.good {
            text.push_str(&format!("\nIs silent on:\n\n{}", indented(good)));
        }
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}
