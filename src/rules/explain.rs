//! `berthlint explain`: a rule for someone who never heard of the problem.

use std::fmt::Write;

use super::{Example, Rule};
use crate::finding::Level;
use crate::rewrite::Rewrite;

impl Rule {
    /// The text of `berthlint explain`.
    pub fn explain(&self) -> String {
        explain(self)
    }
}

fn explain(rule: &Rule) -> String {
    let prose = rule.prose();
    let mut text = format!("{} ({}, {})\n{}.\n", rule.id, rule.family, word(rule.level()), rule.summary);
    if !rule.enabled {
        text.push_str("Off unless `rules:` or `--select` names it.\n");
    }
    let mut paragraph = |words: &str| {
        let _ = writeln!(text, "\n{}", words.trim_end());
    };
    paragraph(&prose.why);
    // The prose says which; a rule of somebody's own may not.
    let is_told = |level: &Level| prose.why.split(|c: char| !c.is_ascii_alphabetic()).any(|it| it == word(*level));
    let others = rule.also.iter().map(|case| case.level).filter(|level| *level != rule.level() && !is_told(level));
    if let Some(level) = others.min() {
        paragraph(&format!("Some of its findings are reported as {}.", word(level)));
    }
    for example in &prose.examples {
        paragraph(&shown(example));
    }
    match &rule.fix {
        Some(fix) => {
            let does = Rewrite::named(fix).map_or_else(
                || format!("Applies the rewrite `{fix}`."),
                |rewrite| rewrite.does_for(&rule.id).to_owned(),
            );
            paragraph(&filled(&format!("What the fix does: {does}")));
        }
        None => paragraph("No fix: what to write here is yours to decide."),
    }
    paragraph(&format!("To silence one finding, write above it: # berthlint: ignore[{}] the reason", rule.id));
    text
}

fn shown(example: &Example) -> String {
    let mut text = String::new();
    if let Some(config) = &example.config {
        let _ = writeln!(text, "With this in .berthlint.yaml:\n\n{}", indented(config));
    }
    for (path, content) in &example.files {
        let _ = writeln!(text, "With {path}:\n\n{}", indented(content));
    }
    let _ = writeln!(text, "Found in {}:\n\n{}", example.path(), indented(&example.bad));
    let better = example.good_path.as_ref().map_or("Better".to_owned(), |path| format!("Better, in {path}"));
    let _ = writeln!(text, "{better}:\n\n{}", indented(&example.good));
    for (path, content) in &example.good_files {
        let _ = writeln!(text, "and {path}:\n\n{}", indented(content));
    }
    text
}

/// Lines of at most 120 characters.
fn filled(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < 120 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
        out
    })
}

fn word(level: crate::finding::Level) -> &'static str {
    match level {
        crate::finding::Level::Info => "info",
        crate::finding::Level::Warning => "warning",
        crate::finding::Level::Error => "error",
    }
}
