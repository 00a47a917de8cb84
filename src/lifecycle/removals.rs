//! What a job takes off the daemon, stops or kills.

use super::helper_labels::taken_by_down;
use super::removal::{Removal, RemovalVerb, Scope, Shape};
use std::collections::BTreeMap;

use super::selector::{By, Selector};
use crate::command::Arg;
use crate::docker::{
    Action, ActionVerb, Compose, ComposeVerb, Control, DockerCall, Effect, ProgramCall, Prune, Remove, Verb,
};
use crate::source::Location;
use crate::stack::Stack;
use crate::stack::project_name;
use crate::symbol::{Part, Value};
use crate::trace::{Act, ActKind, Capture, JobTrace};
use crate::truth::Truth;

/// All removals of a job, in order.
pub fn removals(trace: &JobTrace, stacks: &BTreeMap<usize, Stack>) -> Vec<Removal> {
    let mut all: Vec<Removal> = Vec::new();
    let started = started(trace);
    for (index, act) in trace.acts.iter().enumerate() {
        for found in removals_by(trace, stacks, index, act).into_iter().filter(|found| !is_restart(&started, found)) {
            let handed = handed_on(trace, &all, &found);
            match handed.is_empty() {
                true => all.push(chosen(trace, found)),
                false => all.extend(handed.into_iter().map(|found| chosen(trace, found))),
            }
        }
    }
    all
}

/// What is started or restarted by its name, and by which acts, in their order.
fn started(trace: &JobTrace) -> Vec<(usize, &Control)> {
    let starts = |control: &Control| matches!(control.action, Action::Start | Action::Restart);
    let acts = trace.acts.iter().enumerate().filter_map(|(index, act)| Some((index, act.verb()?)));
    let controls = acts.filter_map(|(index, verb)| match verb {
        Verb::Control(control) if starts(control) => Some((index, control)),
        _ => None,
    });
    controls.collect()
}

/// `docker stop proxy && docker start proxy`: what is started again is not taken away.
fn is_restart(started: &[(usize, &Control)], removal: &Removal) -> bool {
    let names = &removal.selector.names;
    if !matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill)
        || removal.selector.by != By::Name
        || names.is_empty()
    {
        return false;
    }
    let later = &started[started.partition_point(|(act, _)| *act <= removal.act)..];
    let starts = |name: &Arg| {
        later.iter().any(|(_, control)| {
            Scope::of(control.kind) == Some(removal.scope)
                && control.names.iter().any(|other| other.value.same(&name.value).is_yes())
        })
    };
    names.iter().all(starts)
}

/// `docker stop $(docker ps -q) | xargs docker rm`: stop prints what it was given. What an act removes that is given
/// what the last of these acts prints: one removal for each of that one's listings, and none where it is given
/// something else.
fn handed_on(trace: &JobTrace, all: &[Removal], removal: &Removal) -> Vec<Removal> {
    let Some(last) = all.last() else { return Vec::new() };
    let act = &trace.acts[removal.act];
    let printed = act.context.stdin.as_ref().and_then(|capture| capture.stages.last()?.call.as_deref());
    let unread = removal.shape == Shape::Xargs && removal.selector.by == By::Name && removal.selector.names.is_empty();
    let from = &trace.acts[last.act];
    if !unread || printed.is_none() || from.call() != printed || from.step != act.step {
        return Vec::new();
    }
    let first = all.iter().rposition(|other| other.act != last.act).map_or(0, |before| before + 1);
    let given = all[first..].iter().map(|given| Removal {
        selector: given.selector.clone(),
        selector_at: given.selector_at.clone(),
        ..removal.clone()
    });
    given.collect()
}

/// `for id in $(docker ps -q); do if docker port $id | grep -q :80; then docker rm $id; fi; done`: of what is
/// listed it takes what the branch lets through.
fn chosen(trace: &JobTrace, removal: Removal) -> Removal {
    let act = &trace.acts[removal.act];
    let (ActKind::Docker(call), true) = (&act.kind, act.context.in_loop) else { return removal };
    let Some([candidate]) = call.verb.handled() else { return removal };
    if trace.capture(&candidate.value).is_none() || removal.selector.by != By::Listing {
        return removal;
    }
    let branches = act.context.branches.iter().filter(|branch| branch.in_loop);
    let asked = branches.flat_map(|branch| super::listing::asked(trace, branch, &candidate.value));
    let mut selector = removal.selector;
    selector.patterns.extend(asked);
    Removal { selector: selector.classify(), ..removal }
}

/// What one act removes: one removal for each listing that it is given.
fn removals_by(trace: &JobTrace, stacks: &BTreeMap<usize, Stack>, index: usize, act: &Act) -> Vec<Removal> {
    let base = Removal {
        act: index,
        verb: RemovalVerb::Remove,
        scope: Scope::Container,
        selector: Selector::default(),
        shape: Shape::Name,
        force: Truth::No,
        volumes: Truth::No,
        partial: None,
        target: act.target(),
        selector_at: None,
    };
    let one = match &act.kind {
        ActKind::Docker(call) => return docker(trace, stacks, act, call, base),
        ActKind::Program(call) => program(call, base),
        ActKind::Action(call) => match &call.verb {
            ActionVerb::Docker(verb) => match &**verb {
                Verb::Compose(compose) => compose_removal(act, compose, stacks.get(&index), base),
                _ => None,
            },
            ActionVerb::Cluster { .. } | ActionVerb::Container { .. } => None,
        },
        ActKind::Command { .. } => helper_down(trace, act, base),
        ActKind::Uses { .. } => None,
    };
    one.into_iter().collect()
}

/// `berth-run down`: what carries the helper's labels, containers with their anonymous volumes.
fn helper_down(trace: &JobTrace, act: &Act, base: Removal) -> Option<Removal> {
    act.helper_call("down")?;
    let made_by = taken_by_down(trace, base.act);
    if made_by.is_empty() {
        return None;
    }
    let makes_more = made_by.iter().any(|act| matches!(trace.acts[*act].verb(), Some(Verb::Make(_))));
    let scope = if makes_more { Scope::System } else { Scope::Container };
    let selector = Selector { made_by, ..Selector::default() };
    Some(Removal { selector, scope, force: Truth::Yes, volumes: Truth::Yes, ..base })
}

fn docker(
    trace: &JobTrace,
    stacks: &BTreeMap<usize, Stack>,
    act: &Act,
    call: &DockerCall,
    base: Removal,
) -> Vec<Removal> {
    let index = base.act;
    let one = match &call.verb {
        Verb::Remove(remove) => return remove_call(trace, act, call, remove, base),
        Verb::Control(control) => return control_call(trace, act, call, control, base),
        Verb::Prune(prune) => {
            let own = super::builder::is_own_cache(trace, index, prune);
            prune_call(act, prune, base).filter(|_| !own.is_yes()).map(|mut removal| {
                removal.selector.unsure |= own.may_be();
                removal
            })
        }
        Verb::Compose(compose) => compose_removal(act, compose, stacks.get(&index), base),
        Verb::Builder { verb, names, .. } if verb == "rm" => Some(builder_removal(trace, call, names, base)),
        _ => None,
    };
    one.into_iter().collect()
}

/// `docker buildx rm`: without a name it takes the builder in use, the last that was made.
fn builder_removal(trace: &JobTrace, call: &DockerCall, names: &[Arg], base: Removal) -> Removal {
    let told: Vec<Arg> = names.iter().cloned().chain(call.options.value("builder")).collect();
    let own: Vec<usize> =
        told.iter().filter_map(|name| trace.capture(&name.value)).flat_map(|c| c.made_by.clone()).collect();
    let makes = |act: &Act| matches!(act.verb(), Some(Verb::Builder { verb, .. }) if verb == "create");
    let last = trace.acts[..base.act].iter().rposition(makes).filter(|_| told.is_empty());
    let selector = Selector { made_by: last.into_iter().chain(own).collect(), ..Selector::names(told) };
    let force = call.options.flag("force");
    Removal { scope: Scope::Builder, selector, force, volumes: Truth::Yes, ..base }
}

fn remove_call(trace: &JobTrace, act: &Act, call: &DockerCall, remove: &Remove, base: Removal) -> Vec<Removal> {
    let Some(scope) = Scope::of(remove.kind) else { return Vec::new() };
    let base = Removal { scope, force: remove.force, volumes: remove.volumes, ..base };
    if remove.all.is_yes() || !remove.filters.is_empty() {
        let selector = Selector { filters: remove.filters.clone(), all: true, ..Selector::default() }.classify();
        let selector_at = remove.filters.first().map(|filter| act.frame.location(filter.arg.span.clone()));
        return vec![Removal { selector, selector_at, ..base }];
    }
    named(trace, act, call, &remove.names, base)
}

fn control_call(trace: &JobTrace, act: &Act, call: &DockerCall, control: &Control, base: Removal) -> Vec<Removal> {
    let verb = match control.action {
        Action::Stop => RemovalVerb::Stop,
        Action::Kill if control.signal.as_ref().is_none_or(ends) => RemovalVerb::Kill,
        _ => return Vec::new(),
    };
    let Some(scope) = Scope::of(control.kind) else { return Vec::new() };
    let base = Removal { verb, scope, ..base };
    if control.all.is_yes() || !control.filters.is_empty() {
        let selector = Selector { filters: control.filters.clone(), ..Selector::default() }.classify();
        return vec![Removal { selector, ..base }];
    }
    named(trace, act, call, &control.names, base)
}

/// Whether a signal ends a process.
fn ends(signal: &Arg) -> bool {
    signal.text().is_none_or(|text| {
        // Docker reads it in either case.
        matches!(
            text.to_uppercase().trim_start_matches("SIG"),
            "KILL" | "TERM" | "INT" | "QUIT" | "9" | "15" | "2" | "3"
        )
    })
}

/// The removals of names, which may be read from listings.
fn named(trace: &JobTrace, act: &Act, call: &DockerCall, names: &[Arg], base: Removal) -> Vec<Removal> {
    let listed = |capture: &Capture, shape: Shape| -> Vec<Removal> {
        let of_one = |(selector, at): (Selector, &Location)| {
            let selector = listed_in(trace, selector);
            Removal { selector, shape, selector_at: Some(at.clone()), ..base.clone() }
        };
        super::listing::selectors(capture).into_iter().map(of_one).collect()
    };
    let piped = act.context.xargs.is_some() || call.from_stdin.is_some();
    let stdin = act.context.stdin.as_ref().filter(|_| piped);
    let read = stdin.map(|capture| listed(capture, Shape::Xargs)).unwrap_or_default();
    if !read.is_empty() {
        return read;
    }
    let mut all = Vec::new();
    let mut plain = Vec::new();
    let mut made_by = Vec::new();
    for name in names {
        let value = match base.scope {
            Scope::Image => repository(&name.value),
            _ => name.value.clone(),
        };
        if let Some(makers) = trace.makers_of(&value) {
            made_by.extend(makers);
            continue;
        }
        match trace.capture(&value) {
            Some(capture) => {
                let shape = if name.splits && !act.context.in_loop { Shape::Substitution } else { Shape::Name };
                let mut found = listed(capture, shape);
                // Equal listings are one text, which another step may have said first.
                if let [only] = found.as_mut_slice() {
                    only.selector_at = listing_in(act, name).or_else(|| Some(capture.nearest(&act.at).clone()));
                }
                if found.is_empty() {
                    plain.push(name.clone());
                }
                all.extend(found);
            }
            None => {
                let several = captures(trace, &value).unwrap_or_default();
                let found: Vec<Removal> =
                    several.into_iter().flat_map(|capture| listed(capture, Shape::Name)).collect();
                if found.is_empty() {
                    plain.push(name.clone());
                }
                all.extend(found);
            }
        }
    }
    let selector_at = names.first().map(|name| act.frame.location(name.span.clone()));
    let selector = Selector { made_by, unsure: piped, ..Selector::names(plain) };
    let shape = if piped { Shape::Xargs } else { Shape::Name };
    if all.is_empty() || !selector.names.is_empty() || !selector.made_by.is_empty() {
        all.push(Removal { selector, shape, selector_at, ..base });
    }
    all
}

/// The texts that a name is one of, or that stand side by side in it: `for id in $(docker ps -q …) $(docker ps -q …)`,
/// `ids="$ids $(docker ps -q …)"`. None where something else is among them.
fn captures<'t>(trace: &'t JobTrace, value: &Value) -> Option<Vec<&'t Capture>> {
    let each = |value: &Value| trace.capture(value).filter(|capture| capture.made_by.is_empty());
    match value.parts() {
        [Part::OneOf(several)] => several.iter().map(each).collect(),
        [_, _, ..] => {
            let is_apart = |part: &&Part| !matches!(part, Part::Literal(text) if text.trim().is_empty());
            let parts = value.parts().iter().filter(is_apart);
            parts.map(|part| each(&Value::from(part.clone()))).collect()
        }
        _ => None,
    }
}

/// Where a word of the act's own has the listing, and not a variable that holds it.
fn listing_in(act: &Act, name: &Arg) -> Option<Location> {
    let written = act.frame.text.value().get(name.span.clone())?;
    (written.contains("$(") || written.contains('`')).then(|| act.frame.location(name.span.clone()))
}

/// An image's name without a tag that is written or read apart from it: `$repository:$tag`.
fn repository(name: &Value) -> Value {
    match name.parts() {
        [Part::Opaque(_), Part::Literal(rest), ..] if rest.starts_with(':') => {
            name.split(':').into_iter().next().unwrap_or_else(|| name.clone())
        }
        _ => name.clone(),
    }
}

/// `for repository in $(docker images --format '{{.Repository}}'); do docker images "$repository" …`: what is listed
/// of each that is listed is selected as these are.
fn listed_in(trace: &JobTrace, selector: Selector) -> Selector {
    let outer = selector.reference.as_ref().and_then(|reference| trace.capture(reference));
    let Some(outer) = outer.and_then(super::listing::selector).filter(|outer| outer.made_by.is_empty()) else {
        return selector;
    };
    let mut filters = outer.filters;
    filters.extend(selector.filters);
    let mut patterns = outer.patterns;
    patterns.extend(selector.patterns);
    let unsure = outer.unsure || selector.unsure;
    let some = outer.some || selector.some;
    Selector { filters, patterns, unsure, some, reference: outer.reference, ..selector }.classify()
}

fn prune_call(act: &Act, prune: &Prune, base: Removal) -> Option<Removal> {
    let selector =
        Selector { by: By::Prune, filters: prune.filters.clone(), all: prune.all.is_yes(), ..Selector::default() };
    let selector_at = prune.filters.first().map(|filter| act.frame.location(filter.arg.span.clone()));
    Some(Removal {
        verb: RemovalVerb::Prune,
        scope: Scope::of(prune.kind)?,
        selector,
        volumes: prune.volumes,
        selector_at,
        ..base
    })
}

fn compose_removal(act: &Act, compose: &Compose, stack: Option<&Stack>, base: Removal) -> Option<Removal> {
    let signal = act.call().and_then(|call| call.options.value("signal"));
    let (verb, volumes, force, partial) = match &compose.verb {
        ComposeVerb::Control { action: Action::Kill, .. } if signal.as_ref().is_some_and(|signal| !ends(signal)) => {
            return None;
        }
        ComposeVerb::Down { services, volumes, .. } => {
            let partial = if services.is_empty() { None } else { Some("network") };
            (RemovalVerb::Down, *volumes, Truth::Yes, partial)
        }
        ComposeVerb::Remove { volumes, force, .. } => (RemovalVerb::Remove, *volumes, *force, Some("network")),
        ComposeVerb::Control { action: Action::Stop, .. } => {
            (RemovalVerb::Stop, Truth::No, Truth::Yes, Some("containers"))
        }
        ComposeVerb::Control { action: Action::Kill, .. } => {
            (RemovalVerb::Kill, Truth::No, Truth::Yes, Some("containers"))
        }
        _ => return None,
    };
    let (project, at) = project_name(act, compose, stack);
    let selector = Selector { by: By::Project, ..Selector::names(vec![Arg::new(project, 0..0)]) };
    Some(Removal { verb, scope: Scope::Project, selector, volumes, force, partial, selector_at: at, ..base })
}

fn program(call: &ProgramCall, base: Removal) -> Option<Removal> {
    if call.effect != Effect::Removes || !call.makes_cluster() {
        return None;
    }
    let names = call.name.iter().map(|name| Arg::new(name.clone(), 0..0)).collect();
    let selector = if call.all {
        Selector { by: By::Listing, all: true, ..Selector::default() }
    } else {
        Selector { unsure: call.name.is_none(), ..Selector::names(names) }
    };
    Some(Removal {
        verb: RemovalVerb::Delete,
        scope: Scope::Cluster,
        selector,
        force: Truth::Yes,
        volumes: Truth::Yes,
        ..base
    })
}
