//! What a document says of the rules that its findings are of.

use std::collections::BTreeSet;

use super::{Report, RuleInfo, tool_findings};
use crate::rewrite::Rewrite;
use crate::rules::{self, Rule};

/// A rule, for those who meet it in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleHelp {
    /// Its name, family and level.
    pub info: RuleInfo,
    /// What happens, and why it matters.
    pub why: String,
    /// What `--fix` does.
    pub does: String,
}

/// The rules of a report's findings, the ignored ones included, ordered by id.
pub fn rule_help(report: &Report) -> Vec<RuleHelp> {
    let ignored = report.ignored.iter().map(|ignored| &ignored.finding);
    let ids: BTreeSet<&str> = report.findings.iter().chain(ignored).map(|finding| finding.rule.as_str()).collect();
    ids.into_iter().filter_map(|id| help(report, id)).collect()
}

fn help(report: &Report, id: &str) -> Option<RuleHelp> {
    match rules::built_in().iter().chain(&report.own_rules).find(|rule| rule.id == id) {
        Some(rule) => Some(RuleHelp { info: RuleInfo::of(rule), why: rule.prose().why, does: does(rule) }),
        None => {
            let info = tool_findings::rules().into_iter().find(|rule| rule.id == id)?;
            Some(RuleHelp { info, why: tool_findings::why(id)?.to_owned(), does: NOTHING.to_owned() })
        }
    }
}

const NOTHING: &str = "`--fix` leaves it alone: what to write here is yours to decide.";

fn does(rule: &Rule) -> String {
    match rule.fix.as_deref() {
        Some(fix) => Rewrite::named(fix).map_or(fix, |rewrite| rewrite.does).to_owned(),
        None => NOTHING.to_owned(),
    }
}
