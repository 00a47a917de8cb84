//! What a document says of the rules that its findings are of.

use std::collections::BTreeSet;

use super::{Report, RuleInfo, tool_findings};
use crate::rewrite::Rewrite;
use crate::rules::{self, Example, Prose, Rule};

/// A rule, for those who meet it in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleHelp {
    /// Its name, family and level.
    pub info: RuleInfo,
    /// What happens, and why it matters.
    pub why: String,
    /// What `--fix` does.
    pub does: String,
    /// The rewrite that does it.
    pub rewrite: Option<String>,
    /// Workflows that it finds, and workflows that it does not.
    pub examples: Vec<Example>,
}

/// The rules of a report's findings, the ignored ones and those in the baseline included, ordered by id.
pub fn rule_help(report: &Report) -> Vec<RuleHelp> {
    let ignored = report.ignored.iter().map(|ignored| &ignored.finding);
    let known = report.baseline.iter().flat_map(|baseline| &baseline.known).map(|known| &known.finding);
    let all = report.findings.iter().chain(ignored).chain(known);
    let ids: BTreeSet<&str> = all.map(|finding| finding.rule.as_str()).collect();
    ids.into_iter().filter_map(|id| rule_help_of(&report.own_rules, id)).collect()
}

/// One rule: a built-in one, the user's own, or one about the tool.
pub fn rule_help_of(own: &[Rule], id: &str) -> Option<RuleHelp> {
    match rules::built_in().iter().chain(own).find(|rule| rule.id == id) {
        Some(rule) => {
            let Prose { why, examples } = rule.prose();
            let (info, does, rewrite) = (RuleInfo::of(rule), does(rule), rule.fix.clone());
            Some(RuleHelp { info, why, does, rewrite, examples })
        }
        None => {
            let info = tool_findings::rules().into_iter().find(|rule| rule.id == id)?;
            let (why, does) = (tool_findings::why(id)?.to_owned(), NOTHING.to_owned());
            Some(RuleHelp { info, why, does, rewrite: None, examples: Vec::new() })
        }
    }
}

const NOTHING: &str = "`--fix` leaves it alone: what to write here is yours to decide.";

fn does(rule: &Rule) -> String {
    match rule.fix.as_deref() {
        Some(fix) => Rewrite::named(fix).map_or(fix, |rewrite| rewrite.does_for(&rule.id)).to_owned(),
        None => NOTHING.to_owned(),
    }
}
