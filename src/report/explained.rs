//! Rules at length, for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rules::Entry;
use crate::check::RuleHelp;
use crate::rules::Example;

#[derive(Serialize)]
struct Explained<'r> {
    #[serde(flatten)]
    rule: Entry<'r>,
    why: &'r str,
    /// None where what to write is for people to decide.
    fix: Option<Mends<'r>>,
    examples: Vec<Shown<'r>>,
}

#[derive(Serialize)]
struct Mends<'r> {
    rewrite: &'r str,
    does: &'r str,
}

/// An example with the places of its files.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown<'r> {
    path: &'r str,
    bad: &'r str,
    good_path: &'r str,
    good: &'r str,
    fixed: Option<&'r str>,
    files: &'r BTreeMap<String, String>,
    good_files: &'r BTreeMap<String, String>,
    config: Option<&'r str>,
}

/// The rules, in a list.
pub fn explained_json(rules: &[RuleHelp]) -> String {
    let all: Vec<Explained<'_>> = rules.iter().map(explained).collect();
    super::json::text(&all, true)
}

fn explained(rule: &RuleHelp) -> Explained<'_> {
    Explained {
        rule: Entry::of(&rule.info),
        why: rule.why.trim_end(),
        fix: rule.rewrite.as_deref().map(|rewrite| Mends { rewrite, does: &rule.does }),
        examples: rule.examples.iter().map(shown).collect(),
    }
}

fn shown(example: &Example) -> Shown<'_> {
    Shown {
        path: example.path(),
        bad: &example.bad,
        good_path: example.good_path(),
        good: &example.good,
        fixed: example.fixed.as_deref(),
        files: &example.files,
        good_files: &example.good_files,
        config: example.config.as_deref(),
    }
}
