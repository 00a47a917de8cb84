//! Prunes: with a label of the run, what they take is listed and removed; on a schedule they keep what is recent.
//!
//! The daemon runs one prune of a kind at a time, and a second one fails ("a prune operation is already running"):
//! a label would not keep two runs apart.

use std::ops::Range;

use super::super::removal::{Found, call_of};
use super::super::run_label::Label;
use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld};
use super::filter::unclear;
use super::urgent::is_urgent;
use crate::docker::{ObjectKind, Prune, Verb};
use crate::edit::{Applicability, Fix};
use crate::lifecycle::removal::Removal;
use crate::shell::{Node, StatementKind};
use crate::trace::Act;

/// Lists what a prune takes of the run's own, and removes that: `docker ps -aq --filter … | xargs -r docker rm`.
///
/// # Errors
/// When the prune is written in a way that cannot be changed.
pub(super) fn listed(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    removal: &Removal,
    label: &Label,
) -> Result<(), Withheld> {
    let act = place.job.trace.acts.get(removal.act).ok_or_else(unclear)?;
    let found = call_of(texts, &act.at).ok_or_else(unclear)?;
    let text = texts.get(found.text).ok_or_else(unclear)?;
    let Verb::Prune(prune) = &found.call.verb else { return Err(unclear()) };
    let client = client(text, &found).ok_or_else(unclear)?;
    let by = format!("{}{}", filters(text, &found, prune)?, label.option(text)?);
    let lists: &[(&str, &str)] = match prune.kind {
        ObjectKind::Container => &[CONTAINERS],
        ObjectKind::Network => &[NETWORKS],
        ObjectKind::Volume => &[VOLUMES],
        ObjectKind::System if prune.volumes.may_be() => &[CONTAINERS, NETWORKS, VOLUMES],
        ObjectKind::System => &[CONTAINERS, NETWORKS],
        _ => return Err(unclear()),
    };
    let (first, last) = (found.words.first().ok_or_else(unclear)?, found.words.last().ok_or_else(unclear)?);
    let whole = match standing(text, &found) {
        Standing::Alone => found.statement.clone(),
        Standing::Tolerated(whole) => whole,
        Standing::Piped => return Err(Withheld::because("another command answers its questions: use `-f` instead")),
        Standing::Listed if lists.len() == 1 => found.statement.clone(),
        Standing::Listed => {
            return Err(Withheld::because(
                "other commands depend on its exit code, and it would become several commands",
            ));
        }
    };
    if found.nested {
        return Err(Withheld::because("it stands in a script that is one word of a command"));
    }
    // What stands behind it, a redirection or `|| true`, stands behind each.
    let behind = text.value().get(last.span.end..whole.end).unwrap_or_default();
    let between = format!("{behind}{}", text.between_commands(&whole));
    let commands: Vec<String> =
        lists.iter().map(|(list, remove)| format!("{client}{list}{by} | xargs -r {client}{remove}")).collect();
    let at = text.location(first.span.start..last.span.end).ok_or_else(unclear)?;
    draft.replace(&at, &commands.join(&between))
}

/// What a prune takes does not run.
const CONTAINERS: (&str, &str) = ("ps -aq --filter status=created --filter status=exited", "rm");
const NETWORKS: (&str, &str) = ("network ls -q --filter dangling=true", "network rm");
const VOLUMES: (&str, &str) = ("volume ls -q --filter dangling=true", "volume rm");

/// What stands before the verb: `sudo docker `.
fn client(text: &ShellText, found: &Found) -> Option<String> {
    let start = found.words.first()?.span.start;
    let lead = text.value().get(start..found.call.at.start)?;
    let program = text.value().get(found.call.at.clone())?.split_whitespace().next()?;
    Some(format!("{lead}{program} "))
}

/// The filters that a listing has as well.
fn filters(text: &ShellText, found: &Found, prune: &Prune) -> Result<String, Withheld> {
    let mut kept = String::new();
    for given in found.call.options.given.iter().filter(|given| given.name == "filter") {
        kept.push(' ');
        kept.push_str(text.value().get(given.span.clone()).ok_or_else(unclear)?);
    }
    match prune.filters.iter().all(|filter| filter.is("label") && !filter.negated) {
        true => Ok(kept),
        false => Err(Withheld::because("it already filters by age or label, and no list can do the same")),
    }
}

/// How a command stands among others.
enum Standing {
    /// By itself.
    Alone,
    /// Before `|| true`, which ends there.
    Tolerated(Range<usize>),
    /// Beside others on whose end it depends, or that depend on its.
    Listed,
    /// In a pipe.
    Piped,
}

fn standing(text: &ShellText, found: &Found) -> Standing {
    let mut stands = Standing::Alone;
    let is_own = |statement: &crate::shell::Statement| statement.span == found.statement;
    text.script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        match &statement.kind {
            StatementKind::Pipeline(stages) if stages.iter().any(is_own) => stands = Standing::Piped,
            StatementKind::Or(left, right) if is_own(left) => {
                let program = right.command().and_then(|command| command.words.first()?.literal());
                let goes_on = matches!(program.as_deref(), Some("true" | ":"));
                stands = if goes_on { Standing::Tolerated(statement.span.clone()) } else { Standing::Listed };
            }
            StatementKind::Or(left, right) | StatementKind::And(left, right) if is_own(left) || is_own(right) => {
                stands = Standing::Listed;
            }
            _ => {}
        }
    });
    stands
}

/// The command before a prune, on its way through the same step, that takes all that it takes, as it is written.
fn takes_all_before<'a>(place: &Place<'a>, index: usize, prune: &Prune) -> Option<&'a str> {
    let acts = &place.job.trace.acts;
    let own = acts.get(index)?;
    let takes_all = |act: &&Act| match act.verb() {
        Some(Verb::Prune(before)) if before.kind == ObjectKind::System && before.filters.is_empty() => {
            (before.all.is_yes() || prune.all.is_no())
                && act.context.branches.iter().all(|branch| own.context.branches.contains(branch))
        }
        _ => false,
    };
    let before = acts.get(place.job.trace.acts_of(own.step).start..index)?;
    before.iter().find(takes_all).map(|act| act.text.as_str())
}

/// Whether a prune keeps the build cache within a size.
pub(super) fn keeps_a_size(place: &Place<'_>, removal: &Removal) -> bool {
    let verb = place.job.trace.acts.get(removal.act).and_then(Act::verb);
    matches!(verb, Some(Verb::Prune(prune)) if prune.kept_size)
}

/// Lets a prune that runs by the clock keep what is recent; `None` for one that time does not make harmless: a network
/// that idles may be one that is shared, and of an image with a name the date is that of its build.
///
/// # Errors
/// When it is written in a way that cannot be changed.
pub(super) fn until(
    mut draft: Draft<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    removal: &Removal,
) -> Option<Result<Fix, Withheld>> {
    place.analysed.workflow.is_scheduled().then_some(())?;
    let act = place.job.trace.acts.get(removal.act)?;
    let found = call_of(texts, &act.at)?;
    let text = texts.get(found.text)?;
    let Verb::Prune(prune) = &found.call.verb else { return None };
    let is_harmless = match prune.kind {
        ObjectKind::Container | ObjectKind::Builder => true,
        ObjectKind::Image => prune.all.is_no(),
        _ => false,
    };
    if !is_harmless || prune.filters.iter().any(|filter| filter.is("until")) {
        return None;
    }
    if is_urgent(place, removal) {
        return Some(Err(Withheld::because(
            "it runs when the disk is full, and with `--filter until=24h` it would free nothing of what filled it today: \
             leave it, or run it when no job does",
        )));
    }
    if !text.is_workflow {
        return Some(Err(Withheld::because(format!(
            "`{}` may be called by hand as well, where it is to remove what was just made. Write `--filter until=24h` \
             there yourself, or prune in the workflow",
            text.source.path()
        ))));
    }
    if let Some(before) = takes_all_before(place, removal.act, prune) {
        return Some(Err(Withheld::because(format!("`{before}` before it removes all of that already"))));
    }
    if prune.kept_size {
        return Some(Err(Withheld::because(
            "it keeps the build cache within a size already, and an age beside that would let it grow for a day",
        )));
    }
    let end = found.call.options.given.last().map_or(found.call.at.clone(), |given| given.span.clone());
    let written = text.location(end).ok_or_else(unclear);
    if let Err(why) = written.and_then(|at| draft.insert(&at, false, " --filter until=24h")) {
        return Some(Err(why));
    }
    let why = match prune.kind {
        ObjectKind::Container => "containers made less than a day ago stay, stopped, with their names",
        _ => "what is less than a day old stays, and with it the disk space that it takes",
    };
    let why = why.to_owned();
    let fix = draft.finish("scope-removal", Applicability::Unsafe, "keep what is less than a day old", Some(why));
    // It is told of still, as harmless as it is then.
    Some(fix.map(|fix| Fix { follow_ups: Some(&["unscoped-prune"]), ..fix }))
}
