//! `opaque-docker`: Docker touched by what nobody can look into.

use super::common::at_most;
use super::model::Model;
use crate::docker::images::{only_reads, watches};
use crate::docker::{ActionVerb, ComposeVerb, Effect, ProgramCall, Verb};
use crate::facts::{Confidence, Fact, Link};
use crate::lifecycle::coverage::{Gap, coverage};
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope};
use crate::lifecycle::resource::Resource;
use crate::lifecycle::selects::selects;
use crate::source::Source;
use crate::stack::Stack;
use crate::symbol::Value;
use crate::trace::{Act, ActKind, Target};

/// One for each such command.
pub fn opaque_facts(model: &Model<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = model.resources.iter().filter_map(|resource| declared(model, resource)).collect();
    for (index, act) in model.input.trace.acts.iter().enumerate() {
        match &act.kind {
            // A cluster is a resource like any other, whoever knows its name.
            ActKind::Program(call) if call.name.is_none() && !call.makes_cluster() && is_start(call.effect) => {
                facts.push(started(model, index, call));
            }
            ActKind::Action(call) => {
                if let ActionVerb::Container { image } = &call.verb {
                    let program = image
                        .as_ref()
                        .map(|image| image.value.to_string())
                        .unwrap_or_else(|| act.called_text().to_owned());
                    facts.push(fact(model, index, "program", program, call.removes_in_post.is_yes()));
                }
            }
            _ => {
                let Some(Verb::Run(run) | Verb::Create(run)) = act.verb() else { continue };
                let scans = run.image.as_ref().is_some_and(|image| only_reads(&image.value));
                if run.has_socket() && !scans && !is_followed(model, index) {
                    let image = run.image.as_ref().map(|image| image.value.to_string()).unwrap_or_default();
                    facts.push(fact(model, index, "socket-mount", image, false));
                }
            }
        }
    }
    facts.extend(composed(model));
    facts.extend(without_reaper(model));
    facts
}

/// Whether what a container does stands in a script that it reads and that was followed.
fn is_followed(model: &Model<'_>, index: usize) -> bool {
    let own = &model.act(index).at;
    let mut behind = model.input.trace.acts[index + 1..].iter();
    behind.next().and_then(|act| act.chain.last()).is_some_and(|link| link.location == *own)
}

/// The services of compose files that have the socket: each once, at the mount.
fn composed(model: &Model<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for (&index, stack) in model.input.stacks {
        let act = model.act(index);
        let Some(Verb::Compose(compose)) = act.verb() else { continue };
        if !matches!(compose.verb, ComposeVerb::Up(_) | ComposeVerb::Run(_)) {
            continue;
        }
        let deploy = super::compose::project(model, index, compose).map(|project| model.is_deploy(project));
        for bind in stack.binds.iter().filter(|bind| bind.path.ends_with("docker.sock")) {
            let service = stack.services.iter().find(|service| service.id == bind.service);
            let image = service.and_then(|service| service.image.as_ref());
            let is_known = facts.iter().any(|fact| fact.spans.get("command").is_some_and(|at| at.contains(&bind.at)));
            if is_known || image.is_some_and(|image| only_reads(image) || watches(image)) {
                continue;
            }
            let program = image.map_or_else(|| bind.service.clone(), Value::to_string);
            let mut fact = fact(model, index, "socket-mount", program, false);
            if let Some(deploy) = deploy {
                fact.set("deploy", deploy);
            }
            fact.spans.remove("command");
            fact.set("followed", true).at("command", bind.at.clone());
            fact.chain.push(Link { location: act.called_at().clone(), what: act.called_text().to_owned() });
            if has_company(model, stack, &bind.service) {
                // It may do no more than look at the others, and enter them.
                at_most(&mut fact, Confidence::Low);
            }
            facts.push(fact);
        }
    }
    facts
}

/// Whether the job has other services of the same compose files.
fn has_company(model: &Model<'_>, stack: &Stack, service: &str) -> bool {
    let is_same = |other: &&Stack| {
        let path = |source: &Source| source.path().clone();
        other.sources.iter().map(path).any(|file| stack.sources.iter().any(|own| *own.path() == file))
    };
    let mut all = model.input.stacks.values().filter(is_same).flat_map(|other| &other.services);
    all.any(|other| other.id != service)
}

/// Testcontainers whose reaper is switched off: what removes their containers then is the test itself, when it
/// comes to its end.
fn without_reaper(model: &Model<'_>) -> Option<Fact> {
    let set = |vars: &crate::workflow::Vars| {
        let var = vars.entries.iter().find(|var| var.name.value() == RYUK_DISABLED)?;
        is_true(var.text.as_ref()?.value()).then_some(var.span)
    };
    let disabled = |act: &crate::trace::Act| {
        let value = act.env.get(RYUK_DISABLED).and_then(|value| value.as_literal());
        let runs =
            || matches!(&act.kind, ActKind::Command { program, .. } if !HOLD_NO_TESTS.contains(&program.as_str()));
        value.is_some_and(is_true) && act.context.target == Target::Here && runs()
    };
    let job = model.input.job;
    // The command that tests, if one is known to.
    let tests = |act: &&crate::trace::Act| (model.input.is_test)(act.step);
    // Most commands find the variables of the one before them.
    let mut before: Option<(&crate::trace::Act, bool)> = None;
    let may_be = model.input.trace.acts.iter().any(|act| {
        let known = before.filter(|(other, _)| other.env.is_same(&act.env)).map(|(_, known)| known);
        let is_set = known.unwrap_or_else(|| act.env.contains_key(RYUK_DISABLED));
        before = Some((act, is_set));
        is_set
    });
    if !may_be {
        return None;
    }
    let acts = || model.input.trace.acts.iter().filter(|act| disabled(act));
    let act = acts().find(tests).or_else(|| acts().next())?;
    let index = model.input.trace.acts.iter().position(|other| std::ptr::eq(other, act))?;
    let own_step = model.input.trace.steps.get(act.step).and_then(|step| job.steps.get(step.index));
    let key = own_step.and_then(|step| set(&step.env)).or_else(|| set(&job.env));
    let mut fact = fact(model, index, "program", "Testcontainers".to_owned(), takes_testcontainers(model, index));
    if let Some(key) = key {
        fact.spans.remove("command");
        fact.at("command", model.input.source.location(key));
        fact.chain.clear();
    }
    fact.set("reaper-off", true);
    Some(fact)
}

/// Whether a later removal takes Testcontainers' containers by the label that they all have, after failures, too; or a
/// sweeper does. What a killed test leaves runs on: no prune takes it, and none that stops it removes it.
fn takes_testcontainers(model: &Model<'_>, index: usize) -> bool {
    let is_theirs = |label: &&Value| matches!(label.as_literal(), Some(LABEL | LABEL_IS_TRUE));
    let by_label = |removal: &Removal| {
        let labels = removal.selector.labels();
        let is_alone = removal.selector.filters.len() == labels.len() && removal.selector.patterns.is_empty();
        removal.scope == Scope::Container
            && removal.verb == RemovalVerb::Remove
            && !labels.is_empty()
            && labels.iter().all(is_theirs)
            && is_alone
    };
    // Docker removes none that runs, unless it is told to or they were stopped before.
    let takes_running = |removal: &Removal| {
        let stops = |other: &&Removal| {
            other.act < removal.act
                && matches!(other.verb, RemovalVerb::Stop | RemovalVerb::Kill)
                && other.selector.labels().iter().any(is_theirs)
        };
        removal.force.is_yes() || model.removals.iter().any(|other| stops(&other))
    };
    let after_failure = |removal: &Removal| {
        let act = model.act(removal.act);
        removal.act > index && (act.context.trap.is_some() || model.runs_after_failure(act.step).may_be())
    };
    model.removals.iter().any(|removal| by_label(removal) && takes_running(removal) && after_failure(removal))
        || model.input.sweeps.iter().any(by_label)
}

/// The label that all of Testcontainers' containers have; its other ones tell sessions and languages apart.
const LABEL: &str = "org.testcontainers";
const LABEL_IS_TRUE: &str = "org.testcontainers=true";

/// The switch of Testcontainers' reaper (its `ryuk.disabled`).
const RYUK_DISABLED: &str = "TESTCONTAINERS_RYUK_DISABLED";

/// Programs, and commands of the shell itself, in which no test runs that starts containers.
const HOLD_NO_TESTS: [&str; 46] = [
    "echo", "printf", "cd", "export", "set", "test", "[", "[[", "true", "false", ":", "exit", "return", "read", "trap",
    "wait", "kill", "sleep", "cat", "grep", "sed", "awk", "jq", "cut", "head", "tail", "sort", "tr", "wc", "tee",
    "date", "mkdir", "cp", "mv", "rm", "ls", "chmod", "tar", "unzip", "curl", "wget", "nc", "ping", "git", "apt-get",
    "seq",
];

fn is_true(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("true")
}

/// What the configuration declares: covered when something takes it away after failures, too, or a sweeper does.
fn declared(model: &Model<'_>, resource: &Resource) -> Option<Fact> {
    resource.declared.as_ref()?;
    let gap = coverage(model.input, resource).gap;
    let swept = model.input.sweeps.iter().any(|sweep| selects(sweep, resource).is_yes());
    Some(fact(model, resource.act, "declared", resource.shown(), gap != Gap::Missing || swept))
}

fn fact(model: &Model<'_>, index: usize, via: &'static str, program: String, covered: bool) -> Fact {
    let act = model.act(index);
    let mut fact = model.fact("opaque-docker", format!("{via} {program}"), index);
    fact.set("via", via).set("program", program).set("covered", covered).set("own-reaper", false);
    fact.set("command", act.called_text()).at("command", act.called_at().clone());
    fact
}

fn is_start(effect: Effect) -> bool {
    matches!(effect, Effect::Makes | Effect::Runs)
}

/// What a program starts. It may take it away by itself, or a later call of its own may.
fn started(model: &Model<'_>, index: usize, call: &ProgramCall) -> Fact {
    let later = || model.input.trace.acts.iter().skip(index + 1);
    let removes = |act: &&Act| {
        let own = |other: &ProgramCall| other.program == call.program && other.effect == Effect::Removes;
        matches!(&act.kind, ActKind::Program(other) if own(other))
    };
    let after_failure = |act: &Act| act.context.trap.is_some() || model.runs_after_failure(act.step).may_be();
    let covered = call.effect == Effect::Runs || later().filter(removes).any(after_failure);
    let mut fact = fact(model, index, "program", call.program.to_owned(), covered);
    if let Some(removal) = later().find(removes).filter(|_| !covered) {
        fact.set("removed-by", removal.called_text());
    }
    fact
}
