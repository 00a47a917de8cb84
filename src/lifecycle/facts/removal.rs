//! `removal`: commands that remove, stop or kill, and by what they select.

use std::sync::Arc;

use super::common::{Once, at_most, set_dimensions, set_every_run};
use super::model::Model;
use super::network::is_self;
use crate::docker::{self, NameFilter, Reference, Verb, is_glob};
use crate::facts::{Confidence, Datum, Fact, listed};
use crate::lifecycle::purpose::frees_disk;
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope, is_unanswered};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::run_suffix::{Allowed, suffix};
use crate::lifecycle::selector::{By, Selector};
use crate::lifecycle::selects::selects;
use crate::runner::table::Trait;
use crate::source::Location;
use crate::symbol::{Dimensions, Part, Unique, Value};
use crate::trace::{Act, StepTrace};
use crate::truth::Truth;

/// One for each removal; consecutive ones of the same target are one.
pub fn removal_facts(model: &Model<'_>, all: &mut Once) {
    for group in groups(model) {
        let kind = Datum::from(vec![group[0].scope.name()]);
        if !all.is_certain("removal", &group[0].subject(), &model.act(group[0].act).at, Some(&kind)) {
            all.extend([fact(model, &group)]);
        }
    }
}

/// Removals that stand one after another in a step and select the same.
pub fn groups<'m>(model: &'m Model<'_>) -> Vec<Vec<&'m Removal>> {
    let mut groups: Vec<Vec<&Removal>> = Vec::new();
    for removal in model.removals {
        // One command may be given several listings, and so may the one that follows it.
        let before = groups.last().and_then(|group| group.last()).map(|last| last.act);
        let is_near = |group: &&mut Vec<&Removal>| {
            group.last().is_some_and(|last| Some(last.act) == before || last.act == removal.act)
        };
        let mut near = groups.iter_mut().rev().take_while(is_near);
        match near.find(|group| group.last().is_some_and(|last| continues(model, last, removal))) {
            Some(group) => group.push(removal),
            None => groups.push(vec![removal]),
        }
    }
    groups
}

fn continues(model: &Model<'_>, last: &Removal, next: &Removal) -> bool {
    let same_value = || match (last.selector.value(), next.selector.value()) {
        (Some(ours), Some(theirs)) => ours.same(&theirs).is_yes(),
        (None, None) => true,
        _ => false,
    };
    model.act(last.act).step == model.act(next.act).step
        && last.scope == next.scope
        && last.selector.by == next.selector.by
        && last.selector.made_by == next.selector.made_by
        && last.selector.by != By::Prune
        && same_value()
        && !model.input.meets.is_made_in(last.act..next.act)
}

fn fact(model: &Model<'_>, group: &[&Removal]) -> Fact {
    let first = group[0];
    let act = model.act(first.act);
    let strongest =
        group.iter().find(|removal| !matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill)).unwrap_or(&first);
    let mut fact = model.fact("removal", first.subject(), first.act);
    fact.set("by", first.selector.by.name())
        .set("kind", vec![first.scope.name()])
        .set_some("selector", Some(first.selector.shown()).filter(|shown| !shown.is_empty()));
    // What the message says is done, this one does.
    fact.set("verb", strongest.verb.name()).set("command", model.act(strongest.act).called_text());
    set_selection(model, &mut fact, &first.selector);
    if may_be_unset(model, first) {
        fact.set("emptiable", true);
    } else if !act.context.nounset && first.selector.filters("name").any(|filter| nobody_sets(&filter.value)) {
        // The runner's own environment may.
        fact.set("emptiable", true);
        at_most(&mut fact, Confidence::Medium);
    }
    if matches!(first.selector.by, By::Listing | By::Prune) && first.selector.unsure {
        // A command that is not known may choose among them.
        at_most(&mut fact, Confidence::Low);
    }
    set_state(&mut fact, first);
    fact.set("unanswered", is_unanswered(act));
    fact.set("age-checked", age_checked(model, first));
    let trapped = act.context.trap.is_some();
    fact.set_truth("in-teardown", if trapped { Truth::Yes } else { model.runs_after_failure(act.step) });
    let (before, made_next) = precedes(model, first);
    let next = made_next.first().copied();
    fact.set_truth("before-creation", before);
    fact.set_some("creates-next", next.map(Resource::shown));
    for resource in &made_next {
        fact.at("made-next", model.act(resource.act).called_at().clone());
    }
    let allowed = if first.scope == Scope::Project { Allowed::Compose } else { Allowed::Docker };
    let name = next.and_then(|next| next.name.as_ref());
    fact.set("run-suffix", suffix(model.input.job, model.input.substrate, allowed, name, false));
    fact.set_truth("attempts-counted", model.input.substrate.does(Trait::SetsRunAttempt));
    fact.set("things", things(first.scope));
    fact.set("for-space", frees_disk(model.input.trace.steps.get(act.step)));
    if first.selector.by == By::Prune {
        fact.set("prunes", prunes(first));
        fact.set("kept-size", matches!(act.verb(), Some(Verb::Prune(prune)) if prune.kept_size));
    }
    let deploy = match next.filter(|_| before.is_yes()) {
        Some(next) => model.is_deploy(next),
        None => model.input.is_deploy(act.step),
    };
    fact.set("deploy", deploy);
    fact.set("replaces-own", replaces(model, first));
    set_networks(model, &mut fact, first);
    let called = act.called_at();
    fact.at("command", called.clone()).at("selector", first.selector_at.clone().unwrap_or_else(|| called.clone()));
    let own = match first.selector.by {
        By::Prune | By::Listing | By::BaselineDiff => creations(model, first.scope),
        _ => Arc::new(taken(model, first)),
    };
    fact.at_all("creation", &own);
    fact
}

/// Where the job makes what a scope is about. A container that goes with its own command is never there to be removed.
pub fn creations(model: &Model<'_>, scope: Scope) -> Arc<Vec<Location>> {
    let made = || Arc::new(made_of(model, scope).map(|resource| model.act(resource.act).called_at().clone()).collect());
    model.creations.borrow_mut().entry(scope).or_insert_with(made).clone()
}

/// Where the job makes what a removal may take.
fn taken(model: &Model<'_>, removal: &Removal) -> Vec<Location> {
    let own = model.resources_of(removal).filter(|made| stays_of(removal.scope, made));
    let own = own.filter(|made| selects(removal, made).may_be());
    own.map(|made| model.act(made.act).called_at().clone()).collect()
}

/// What the job makes of that kind and what does not end with its command.
pub fn made_of<'m>(model: &'m Model<'_>, scope: Scope) -> impl Iterator<Item = &'m Resource> {
    model.resources.iter().filter(move |made| stays_of(scope, made))
}

fn stays_of(scope: Scope, made: &Resource) -> bool {
    is_of(scope, made.kind) && !made.ends_with_command().is_yes()
}

fn set_selection(model: &Model<'_>, fact: &mut Fact, selector: &Selector) {
    let unique = unique(selector);
    set_dimensions(fact, unique);
    set_every_run(fact, unique, &selector.shown());
    let labels: Vec<String> = selector.labels().into_iter().map(Value::to_string).collect();
    fact.set("label-count", labels.len()).set("labels", labels);
    let names: Vec<&Value> = selector.filters("name").map(|filter| &filter.value).collect();
    if !names.is_empty() {
        fact.set_truth("anchored", names.iter().map(|name| anchored(name)).fold(Truth::Yes, Truth::and));
    }
    if selector.by == By::NameFilter {
        match super::filter_name::of(model, &names) {
            Some(what) => fact.set("filter-names", what),
            None => fact.unknown("filter-names"),
        };
    }
    fact.set("formatted", selector.format.is_some());
    let patterns = selector.patterns.iter().filter(|(_, inverted)| !inverted).map(|(pattern, _)| pattern);
    if names.is_empty() && selector.by == By::Grep {
        fact.set_truth("anchored", patterns.clone().map(anchored).fold(Truth::No, Truth::or));
    }
    let emptiable = names.into_iter().chain(patterns).map(emptiable).fold(Truth::No, Truth::or);
    fact.set_truth("emptiable", emptiable);
}

/// Whether a value may be empty there. What a command prints may be nothing; of a variable that nobody is
/// seen to set it is not known.
fn emptiable(value: &Value) -> Truth {
    value.parts().iter().fold(Truth::Yes, |all, part| {
        all.and(match part {
            // An anchor alone matches everything too.
            Part::Literal(text) => Truth::from(matches!(text.as_ref(), "^" | "^/")),
            Part::Opaque(opaque) if opaque.source.starts_with('`') || opaque.source.starts_with("$(") => {
                Truth::from(opaque.empty.may_be())
            }
            Part::Opaque(opaque) => opaque.empty,
            Part::OneOf(values) => values.iter().map(emptiable).fold(Truth::No, Truth::or),
        })
    })
}

/// Whether a value is nothing but a variable that no step and no script sets, named as environments name theirs.
fn nobody_sets(value: &Value) -> bool {
    let [Part::Opaque(opaque)] = value.parts() else { return false };
    let name = opaque.source.strip_prefix('$').unwrap_or_default();
    let is_named = name.starts_with(|c: char| c.is_ascii_uppercase());
    is_named && opaque.unique.unknown && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a name filter is nothing but what an earlier step was to set, where that step may not have run.
fn may_be_unset(model: &Model<'_>, removal: &Removal) -> bool {
    let act = model.act(removal.act);
    let mut filters = removal.selector.filters("name");
    let (Some(at), Some(filter), None) = (&removal.selector_at, filters.next(), filters.next()) else { return false };
    if at.path != *act.frame.source.path() || !model.runs_after_failure(act.step).is_yes() {
        return false;
    }
    // As it is written: what is known of the value is what the step sets when it does run.
    let range = filter.arg.span.clone();
    let Some(written) = act.frame.text.value().get(range.clone()) else { return false };
    // A listing of another text has its bytes elsewhere.
    if !at.span.contains(act.frame.location(range).span) {
        return false;
    }
    let plain = written.replace(['"', '\''], "");
    let value = plain.split_once("name=").map_or("", |(_, value)| value);
    set_by_step(model, act, value.trim_start_matches('^').trim_start_matches('/'))
}

/// Whether text is `$NAME` of a variable, or an output, that an earlier step sets.
fn set_by_step(model: &Model<'_>, act: &Act, text: &str) -> bool {
    if let Some(inner) = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) {
        let inner = inner.trim();
        let plain = inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        return plain
            && (inner.starts_with("steps.")
                || inner.strip_prefix("env.").is_some_and(|name| exported(model, act, name)));
    }
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).or_else(|| text.strip_prefix('$'));
    let Some(name) = name.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) else {
        return false;
    };
    let step = model.input.trace.steps.get(act.step).and_then(|step| model.input.job.steps.get(step.index));
    match step.and_then(|step| step.env.get(name)).and_then(|var| var.text.as_ref()) {
        Some(given) => set_by_step(model, act, given.value().trim()),
        None => !act.context.nounset && exported(model, act, name),
    }
}

/// Whether the variable is there only because an earlier step wrote it to `$GITHUB_ENV`.
fn exported(model: &Model<'_>, act: &Act, name: &str) -> bool {
    let steps = &model.input.trace.steps;
    let has = |step: Option<&StepTrace>| step.is_some_and(|step| step.env.contains_key(name));
    has(steps.get(act.step)) && !has(steps.first())
}

/// In what a selector is unique: of several names or patterns in the least, of labels in all.
fn unique(selector: &Selector) -> Unique {
    let either = |values: Vec<&Value>| values.into_iter().map(Value::unique).reduce(Unique::or);
    let random = Unique::by(Dimensions::RANDOM);
    let own = match selector.by {
        By::Name => {
            let names = selector.names.iter().map(|name| name.value.unique());
            names.chain(selector.made_by.iter().map(|_| random)).reduce(Unique::or)
        }
        By::NameFilter => either(selector.filters("name").map(|filter| &filter.value).collect()),
        By::Ancestor => either(selector.filters("ancestor").map(|filter| &filter.value).collect()),
        _ => selector.value().map(|value| value.unique()),
    };
    let labels = selector.labels().into_iter().map(Value::unique).fold(Unique::STATIC, Unique::and);
    own.unwrap_or(Unique::STATIC).and(labels)
}

fn anchored(pattern: &Value) -> Truth {
    match pattern.parts().first() {
        Some(Part::Literal(_)) | None => NameFilter::parse(pattern).anchored_start.into(),
        Some(Part::OneOf(values)) => {
            let all = values.iter().map(anchored);
            all.reduce(|one, other| if one == other { one } else { Truth::Unknown }).unwrap_or(Truth::No)
        }
        // A name of this run's is no pattern; what nobody knows may be one.
        Some(Part::Opaque(opaque)) if opaque.unique.unknown => Truth::Unknown,
        Some(Part::Opaque(_)) => Truth::No,
    }
}

fn set_state(fact: &mut Fact, removal: &Removal) {
    let selector = &removal.selector;
    let mut states = selector.filters("status").peekable();
    let stopped = |state: &str| matches!(state, "exited" | "dead" | "created" | "removing");
    let only = states.peek().is_some() && states.all(|filter| filter.value.as_literal().is_some_and(stopped));
    fact.set("stopped-only", only || selector.filters("exited").next().is_some());
    fact.set("until", selector.filters("until").next().is_some());
    let mut times = selector.filters("until").filter_map(|filter| filter.value.as_literal());
    fact.set("until-refused", times.any(|time| !docker::is_time(time)));
    fact.set("all", selector.all);
    let filtered = selector.filters("dangling").any(|filter| filter.value.as_literal() == Some("true"));
    let bare = removal.verb == RemovalVerb::Prune && removal.scope == Scope::Image && !selector.all;
    fact.set("dangling", filtered || bare);
    if removal.scope == Scope::Image {
        fact.set("one-repository", one_repository(selector));
    }
}

/// Whether all that is selected are tags of one named repository.
fn one_repository(selector: &Selector) -> bool {
    let whole = |pattern: &Value| {
        let Reference { registry, repository, .. } = Reference::parse(pattern);
        !repository.parts().is_empty() && !registry.iter().chain([&repository]).any(is_glob)
    };
    let mut references = selector.filters("reference").map(|filter| &filter.value).chain(&selector.reference);
    match references.next() {
        Some(reference) => whole(reference) && references.next().is_none(),
        None => selector.by == By::Grep && one_repository_of_lines(selector),
    }
}

/// Whether the lines that are taken are those of one repository, which they begin with: `grep '^shop:'`.
fn one_repository_of_lines(selector: &Selector) -> bool {
    let begins_with_repository = selector.format.as_ref().is_none_or(|format| {
        format.prefix().trim_start_matches("table ").replace(' ', "").starts_with("{{.Repository}}")
    });
    let mut taken = selector.patterns.iter().filter(|(_, inverted)| !inverted).map(|(pattern, _)| pattern);
    // A repository and its tag, as the list writes them, are one image without a `^`, too.
    let lists_tags =
        selector.format.as_ref().is_some_and(|format| format.as_literal() == Some("{{.Repository}}:{{.Tag}}"));
    let is_tag = |name: &str| {
        lists_tags && name.split_once(':').is_some_and(|(_, tag)| tag.contains(|c: char| c.is_ascii_alphanumeric()))
    };
    let whole = |pattern: &Value| {
        let text = pattern.as_literal().unwrap_or_default();
        let name = text.strip_prefix('^').or(is_tag(text).then_some(text)).unwrap_or_default();
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"-_./".contains(c));
        // `^shop:|^cart:` is two.
        !name.contains('|') && end.is_some_and(|end| end > 0 && name[end..].starts_with([':', ' ', '\t', '$']))
    };
    begins_with_repository && taken.next().is_some_and(whole) && taken.next().is_none()
}

/// Whether the age of what it takes is looked at before.
fn age_checked(model: &Model<'_>, removal: &Removal) -> bool {
    let act = model.act(removal.act);
    if !(act.context.in_loop || act.context.conditional || act.context.guarded) {
        return false;
    }
    // A label may hold the time, when it is compared with the clock's.
    let has_clock = act.frame.text.value().contains("+%s");
    let tells = |text: &Value| {
        let text = text.to_string();
        ["Created", "StartedAt"].iter().any(|field| text.contains(field)) || has_clock && text.contains(".Labels")
    };
    let inspects = |verb: &Verb| match verb {
        Verb::Inspect { format, .. } => format.as_ref().is_some_and(|format| tells(&format.value)),
        Verb::List(list) => list.format.as_ref().is_some_and(|format| tells(&format.value)),
        _ => false,
    };
    let step = &model.input.trace.steps[act.step].at;
    let captured = model.input.trace.captures.values().filter(|capture| {
        let inside = capture.at.path == step.path && step.span.contains(capture.at.span);
        inside || capture.at.path == act.at.path && capture.at.path != step.path
    });
    let mut stages = captured.flat_map(|capture| &capture.stages).filter_map(|stage| stage.call.as_ref());
    let before =
        model.input.trace.acts[..removal.act].iter().filter(|other| other.context.process == act.context.process);
    stages.any(|call| inspects(&call.verb)) || before.filter_map(Act::verb).any(inspects)
}

/// Whether it takes a peer's of what this job makes only later, and what that is.
fn precedes<'m>(model: &'m Model<'_>, removal: &Removal) -> (Truth, Vec<&'m Resource>) {
    if removal.selector.by == By::Prune || model.act(removal.act).context.trap.is_some() {
        return (Truth::No, Vec::new());
    }
    let selected = |resource: &Resource| {
        let selected = selects(removal, resource);
        // Of a project's hidden parts nothing is known.
        if resource.kind == ResourceKind::Project && removal.scope != Scope::Project {
            selected.and((selected == Truth::Yes).into())
        } else {
            selected
        }
    };
    let earlier =
        model.resources_of(removal).filter(|resource| resource.act < removal.act).any(|one| selected(one).is_yes());
    if earlier {
        return (Truth::No, Vec::new());
    }
    let later = model.resources_of(removal).filter(|resource| resource.act > removal.act);
    let later: Vec<(Truth, &Resource)> = later.map(|resource| (selected(resource), resource)).collect();
    let best = later.iter().map(|(truth, _)| *truth).max().unwrap_or(Truth::No);
    let of_best = later.into_iter().filter(|(truth, _)| *truth == best && best.may_be());
    (best, of_best.map(|(_, resource)| resource).collect())
}

/// What a scope holds, in words.
fn things(scope: Scope) -> &'static str {
    match scope {
        Scope::System => "containers, networks and images",
        Scope::Container => "containers",
        Scope::Network => "networks",
        Scope::Volume => "volumes",
        Scope::Image => "images",
        Scope::Builder => "build cache",
        Scope::Project => "projects",
        Scope::Cluster => "clusters",
    }
}

/// What a prune removes, by its options.
fn prunes(removal: &Removal) -> String {
    let Selector { all, .. } = removal.selector;
    let image = if all { "every unused image" } else { "every untagged image" };
    let parts: Vec<&str> = match removal.scope {
        Scope::System => {
            let own = ["every stopped container", "every unused network", image, "the build cache"];
            let volumes = removal.volumes.is_yes().then_some("every unused anonymous volume");
            own.into_iter().chain(volumes).collect()
        }
        Scope::Container => vec!["every stopped container"],
        Scope::Network => vec!["every network on this daemon that no container uses"],
        Scope::Volume => vec!["every volume on this daemon that no container uses"],
        Scope::Image => vec![image],
        _ => vec![things(removal.scope)],
    };
    let all = listed(&parts, "and");
    let old = removal.selector.filters("until").next().is_some();
    let place = if all.contains("on this daemon") { "" } else { " on this daemon" };
    let age = if old { ", as far as it is old enough" } else { "" };
    format!("{all}{place}{age}")
}

/// A deploy that takes away what it puts up again.
fn replaces(model: &Model<'_>, removal: &Removal) -> bool {
    model.resources_of(removal).any(|resource| selects(removal, resource).is_yes() && model.is_deploy(resource))
}

fn set_networks(model: &Model<'_>, fact: &mut Fact, removal: &Removal) {
    let shared = |owned: &dyn Fn(&Value) -> bool| {
        model.input.networks.iter().any(|network| owned(&Value::literal(network.as_str())))
    };
    if removal.verb == RemovalVerb::Down && removal.partial.is_none() {
        let owned = model.input.stacks.get(&removal.act).map(|stack| stack.networks.as_slice()).unwrap_or_default();
        fact.set("shared-network", shared(&|network| owned.iter().any(|own| own.same(network).is_yes())));
    }
    if removal.scope != Scope::Network {
        return;
    }
    let names = |wanted: &Value| removal.selector.names.iter().any(|name| name.value.same(wanted).is_yes());
    let before = model.input.trace.acts[..removal.act].iter();
    let connected = before.clone().find(|act| match act.verb() {
        Some(Verb::Connect { network, container, .. }) => names(&network.value) && is_self(&container.value),
        _ => false,
    });
    // Only a network that the job itself is on cannot go.
    if connected.is_some() {
        let disconnected = before
            .filter_map(Act::verb)
            .any(|verb| matches!(verb, Verb::Disconnect { network, .. } if names(&network.value)));
        fact.set("disconnected-first", disconnected);
    }
    fact.set("shared-network", shared(&names));
}

/// Whether what a command is about is of that kind.
fn is_of(scope: Scope, kind: ResourceKind) -> bool {
    matches!(
        (scope, kind),
        (Scope::System | Scope::Container, ResourceKind::Container)
            | (Scope::System | Scope::Network, ResourceKind::Network)
            | (Scope::Volume, ResourceKind::Volume)
            | (Scope::Project, ResourceKind::Project)
            | (Scope::Cluster, ResourceKind::Cluster)
            | (Scope::Builder, ResourceKind::Builder)
    )
}
