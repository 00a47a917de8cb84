//! `resource`: what is made, and the first hole in its removal.

use super::common::{Once, at_most};
use super::model::Model;
use super::trap::trap_facts;
use crate::expr::Outcome;
use crate::facts::{Confidence, Datum, Fact, listed};
use crate::lifecycle::coverage::{Coverage, Gap, Means, Taken, coverage};
use crate::lifecycle::helper_labels::HelperLabels;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::selects;
use crate::lifecycle::step_runs::runs_main_steps;
use crate::trace::{Act, TAKES_AWAY, Unfollowed};

/// One for each resource, and before them those of the traps that alone remove some. A builder whose name is the same
/// in every run, and that nothing removes, is a cache: its name is all the trouble there is.
pub fn resource_facts(model: &Model<'_>, all: &mut Once) {
    let removed = |resource: &Resource| model.removals_of(resource).any(|one| selects(one, resource).may_be());
    let is_cache = |resource: &&Resource| {
        let fixed = resource.name.as_ref().is_some_and(|name| name.unique().is_static().is_yes());
        resource.kind == ResourceKind::Builder && fixed && !removed(resource)
    };
    let resources = model.resources.iter().filter(|resource| !is_cache(resource));
    let trapped = model.removals.iter().any(|removal| model.act(removal.act).context.trap.is_some());
    if trapped {
        let facts: Vec<Fact> = resources.map(|resource| fact(model, resource)).collect();
        all.extend(trap_facts(model, &facts));
        all.extend(facts);
        return;
    }
    for resource in resources {
        let (kind, at) = (Datum::from(resource.kind.name()), model.act(resource.act).called_at());
        let once = resource.acts.len() == 1;
        if !once || !all.is_certain("resource", &subject(resource), at, Some(&kind)) {
            all.extend([fact(model, resource)]);
        }
    }
}

fn subject(resource: &Resource) -> String {
    format!("{} {}", resource.kind.name(), resource.shown())
}

fn fact(model: &Model<'_>, resource: &Resource) -> Fact {
    let found = coverage(model.input, resource);
    // The one since which it is there: what its command says, any of its acts says alike.
    let act = model.act(found.made_at);
    let mut fact = model.fact("resource", subject(resource), found.made_at);
    fact.set("kind", resource.kind.name()).set("name", resource.shown()).set("what", resource.in_words());
    fact.set("maker", act.called_text());
    fact.set_some("image", resource.image.as_ref().map(ToString::to_string));
    set_labels(&mut fact, resource);
    fact.set_truth("detached", resource.detached);
    fact.set("deploy", model.is_deploy(resource));
    fact.set("gap", found.gap.name());
    fact.set("uncovered", found.uncovered.iter().map(|outcome| name(*outcome)).collect::<Vec<_>>());
    fact.set_some("left-when", left_when(&told(model, &found.uncovered)));
    fact.set("left-by", found.left_by.clone());
    fact.set_some("partial", found.partial);
    fact.set_truth("cancel-skips-steps", model.input.substrate.cancel_skips_steps);
    let swept = model.input.sweeps.iter().any(|sweep| selects(sweep, resource).is_yes());
    fact.set("swept", swept);
    add_outcomes(model, &mut fact, resource, &found, swept);
    if found.gap == Gap::Missing {
        fact.set_some("mistaken", mistaken(model, resource));
    }
    fact.set("declared", resource.declared.is_some());
    fact.set("unfollowed", unfollowed_after(model, act.step));
    fact.at("creation", act.called_at().clone());
    if !found.sure {
        at_most(&mut fact, Confidence::Low);
    }
    add_remover(model, &mut fact, &found);
    fact
}

/// A later removal by name of the same kind that matches nothing the job makes: most likely it is meant for this.
fn mistaken(model: &Model<'_>, resource: &Resource) -> Option<String> {
    let meant = model.removals.iter().find(|removal| {
        removal.act > resource.act
            && removal.selector.by == By::Name
            && removal.scope.name() == resource.kind.name()
            && !model.resources_of(removal).any(|other| selects(removal, other).may_be())
    })?;
    Some(model.act(meant.act).called_text().to_owned())
}

/// Its labels and their keys; unknown when some may not be seen.
fn set_labels(fact: &mut Fact, resource: &Resource) {
    let labels: Vec<String> = resource.labels.iter().map(ToString::to_string).collect();
    let key = |label: &crate::symbol::Value| match label.prefix().split_once('=') {
        Some((key, _)) => Some(key.to_owned()),
        None => label.as_literal().map(str::to_owned),
    };
    let keys: Option<Vec<String>> = resource.labels.iter().map(key).collect();
    match keys.filter(|_| resource.labels_known) {
        Some(keys) => fact.set("labels", labels).set("label-keys", keys),
        None => fact.unknown("labels").unknown("label-keys"),
    };
}

/// The fields of the outcomes that a teardown can cover.
const ON: [&str; 4] = ["on-success", "on-failure", "on-cancel", "on-timeout"];

/// What takes it away in each outcome; a sweeper what all others leave.
fn add_outcomes(model: &Model<'_>, fact: &mut Fact, resource: &Resource, found: &Coverage, swept: bool) {
    let left = if swept { "sweeper" } else { "nothing" };
    let command = |index: &Option<usize>| {
        let removal = index.and_then(|index| model.removals.get(index));
        removal.map(|removal| model.act(removal.act).called_text().to_owned()).unwrap_or_default()
    };
    let is_actions = resource.kind == ResourceKind::Builder;
    let (mut takers, mut doubts) = (Vec::new(), Vec::new());
    for (name, taken) in ON.into_iter().zip(found.taken.values()) {
        let (taker, doubt) = match taken {
            Taken::By(means, index) => {
                fact.set(name, if *means == Means::Itself && is_actions { "action" } else { means.name() });
                (command(index), "")
            }
            Taken::Depends(why, index) if !swept => {
                fact.unknown(name);
                (command(index), *why)
            }
            Taken::Depends(..) | Taken::Left => {
                fact.set(name, left);
                (String::new(), "")
            }
        };
        takers.push(taker);
        doubts.push(doubt);
    }
    if model.input.substrate.hook.is_yes() {
        // The runner's hook takes what nothing else is known to take.
        for name in ON {
            if matches!(fact.text(name), None | Some("nothing")) {
                fact.set(name, "hook");
            }
        }
    }
    // These need no runner: it ends by itself, and a guard removes it at the latest when its time is up.
    let killed = match resource.helper_labels {
        _ if resource.ends_with_command().is_yes() => Means::Itself.name(),
        HelperLabels::Guarded => Means::Guard.name(),
        _ => left,
    };
    fact.set("on-killed", killed).set("takers", takers).set("doubts", doubts);
}

fn add_remover(model: &Model<'_>, fact: &mut Fact, found: &Coverage) {
    let Some(removal) = found.remover.and_then(|index| model.removals.get(index)) else { return };
    let act = model.act(removal.act);
    fact.set("remover", act.called_text());
    if let Some(behind) = found.behind.map(|behind| model.act(behind)) {
        fact.set("behind", behind.called_text());
        fact.at("before-removal", behind.called_at().clone());
    }
    fact.at("removal", act.called_at().clone());
    fact.chains.extend(["removal", "trap"].map(|span| (span, act.called_chain().to_vec())));
    if let Some(trap) = &found.trap {
        fact.at("trap", trap.clone());
    }
    let removals_step = Coverage { trap: None, ..found.clone() };
    let condition = removals_step.stands_at(model.input.trace, model.removals);
    if let Some(condition) = condition.filter(|_| found.gap != Gap::None) {
        let here = condition.path == *model.input.source.path();
        fact.chains.insert("condition", if here { Vec::new() } else { act.chain.to_vec() });
        fact.at("condition", condition);
    }
}

/// Whether a command that could not be followed stands where a removal could. A program that is not there to be read is
/// one where it is told to take something away: `./scripts/stack clean`.
fn unfollowed_after(model: &Model<'_>, step: usize) -> bool {
    let trace = model.input.trace;
    // They stand in the order of the steps.
    let mut unfollowed = trace.unfollowed.iter().rev().take_while(|call| call.step >= step);
    // What `./gradlew clean` takes away are files of the build.
    const BUILDERS: [&str; 2] = ["gradlew", "mvnw"];
    let takes_away = |act: &Act| {
        let mut told = act.text.split_whitespace();
        let program = told.next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let words = || program.split(|c: char| !c.is_ascii_alphanumeric()).chain(told.clone());
        words().any(|word| TAKES_AWAY.contains(&word)) && !words().any(|word| BUILDERS.contains(&word))
    };
    let is_absent = |act: &Act| trace.absent.iter().any(|(at, _)| *at == act.at);
    let mut later = trace.acts[trace.acts.partition_point(|act| act.step < step)..].iter();
    unfollowed.any(Unfollowed::may_know_the_job)
        || !trace.absent.is_empty() && later.any(|act| takes_away(act) && is_absent(act))
}

/// The outcomes that a step of the job could cover. Where the runner is known to start none after a cancel,
/// `always-skipped-on-cancel` tells of what no step can cover.
fn told(model: &Model<'_>, uncovered: &[Outcome]) -> Vec<Outcome> {
    let substrate = model.input.substrate;
    let skips = substrate.version.is_some() && substrate.cancel_skips_steps.is_yes();
    let by_step = |outcome: &&Outcome| !skips || !runs_main_steps(substrate.status_rules, **outcome).is_no();
    let told: Vec<Outcome> = uncovered.iter().filter(by_step).copied().collect();
    if told.is_empty() { uncovered.to_vec() } else { told }
}

/// What a job does in these outcomes: "fails, is cancelled or times out".
fn left_when(outcomes: &[Outcome]) -> Option<String> {
    let does = |outcome: &Outcome| match outcome {
        Outcome::Success => "succeeds",
        Outcome::Failure => "fails",
        Outcome::Cancelled => "is cancelled",
        Outcome::TimedOut => "times out",
        Outcome::Killed => "is killed",
    };
    let words: Vec<&str> = outcomes.iter().map(does).collect();
    (!words.is_empty()).then(|| listed(&words, "or"))
}

fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Cancelled => "cancelled",
        Outcome::TimedOut => "timed out",
        Outcome::Killed => "killed",
    }
}
