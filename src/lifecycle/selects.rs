//! Whether a removal selects a resource.

use super::removal::{Removal, RemovalVerb, Scope};
use super::resource::{Resource, ResourceKind};
use super::selector::{By, Selector};
use crate::docker::{Filter, ancestor_filter_matches, label_filter_matches, name_filter_matches, name_patterns};
use crate::symbol::{Dimensions, Part, Value};
use crate::trace::Target;
use crate::truth::Truth;

/// Whether the removal, where it takes effect, can reach what the resource is.
pub fn selects(removal: &Removal, resource: &Resource) -> Truth {
    // A prune takes what does not run.
    match (removal.verb, resource.kind) {
        (RemovalVerb::Prune, ResourceKind::Container | ResourceKind::Cluster) if !resource.created_only => Truth::No,
        // A builder runs for as long as it is there.
        (RemovalVerb::Prune, ResourceKind::Project | ResourceKind::Builder) => Truth::No,
        (RemovalVerb::Prune, _) => selects_stopped(removal, resource).and(Truth::Unknown),
        _ => selects_stopped(removal, resource),
    }
}

/// The same, of what does not run.
pub fn selects_stopped(removal: &Removal, resource: &Resource) -> Truth {
    if removal.target != resource.target && removal.target != Target::Unknown && resource.target != Target::Unknown {
        return Truth::No;
    }
    let kind = reaches(removal, resource.kind);
    let selected = kind.and(selected(&removal.selector, removal.scope, resource));
    if removal.target == resource.target { selected } else { selected.and(Truth::Unknown) }
}

/// The same, for a removal by another job: what differs from job to job is not the same there.
pub fn selects_across(removal: &Removal, resource: &Resource) -> Truth {
    let selected = selects(removal, resource);
    let same_everywhere = |value: &Value| {
        let unique = value.unique();
        !unique.unknown && !unique.dimensions.has(Dimensions::RANDOM) && !unique.dimensions.has(Dimensions::JOB)
    };
    let known = removal.selector.value().as_ref().is_none_or(same_everywhere) && removal.selector.made_by.is_empty();
    if known { selected } else { selected.and(Truth::Unknown) }
}

/// Whether a command about one kind takes things of another.
fn reaches(removal: &Removal, kind: ResourceKind) -> Truth {
    match (removal.scope, kind) {
        (
            Scope::Container,
            ResourceKind::Container | ResourceKind::Project | ResourceKind::Cluster | ResourceKind::Builder,
        )
        | (Scope::Builder, ResourceKind::Builder)
        | (Scope::Network, ResourceKind::Network)
        | (Scope::Volume, ResourceKind::Volume)
        | (Scope::Project, ResourceKind::Project)
        | (Scope::Cluster, ResourceKind::Cluster)
        | (Scope::System, ResourceKind::Container | ResourceKind::Network) => Truth::Yes,
        (Scope::System, ResourceKind::Volume) => removal.volumes,
        // They may be a project's own.
        (Scope::Network | Scope::Volume, ResourceKind::Project | ResourceKind::Cluster) => Truth::Unknown,
        _ => Truth::No,
    }
}

/// Whether the selector matches it, kinds aside.
fn selected(selector: &Selector, scope: Scope, resource: &Resource) -> Truth {
    let truth = match selector.by {
        By::Name => by_name(selector, resource),
        By::Project => match (&resource.name, selector.names.first()) {
            (Some(name), Some(project)) => name.same(&project.value),
            _ => Truth::Unknown,
        },
        By::BaselineDiff => Truth::Yes,
        By::Listing if scope == Scope::Cluster => Truth::Yes,
        _ => by_listing(selector, resource),
    };
    match (selector.unsure, selector.some) {
        (true, _) if truth.is_no() && selector.by == By::Name => Truth::Unknown,
        (true, _) | (_, true) => truth.and(Truth::Unknown),
        _ => truth,
    }
}

fn by_name(selector: &Selector, resource: &Resource) -> Truth {
    if selector.made_by.contains(&resource.act) {
        return Truth::Yes;
    }
    let one = |wanted: &Value| {
        let own = match &resource.name {
            Some(name) => name.same(wanted),
            // A random name; an id that is read from somewhere may be its own.
            None if wanted.as_literal().is_some() => Truth::No,
            None => Truth::Unknown,
        };
        let parts = resource.parts.iter().map(|part| part.same(wanted)).fold(Truth::No, Truth::or);
        let rest = if resource.parts_known { Truth::No } else { hidden_part(resource, wanted) };
        own.or(parts).or(rest)
    };
    selector.names.iter().map(|name| one(&name.value)).fold(Truth::No, Truth::or)
}

/// Whether a name may be that of a part which is not known.
fn hidden_part(resource: &Resource, wanted: &Value) -> Truth {
    match resource.kind {
        ResourceKind::Project => Truth::Unknown,
        // Its nodes have its name in theirs.
        ResourceKind::Cluster => match (resource.name.as_ref().and_then(Value::as_literal), wanted.as_literal()) {
            (Some(cluster), Some(wanted)) if !wanted.contains(cluster) => Truth::No,
            _ => Truth::Unknown,
        },
        // A builder of a name that buildx chose.
        ResourceKind::Builder => wanted
            .as_literal()
            .map_or(Truth::Unknown, |name| name.starts_with("buildx_buildkit").into())
            .and(Truth::Unknown),
        ResourceKind::Container | ResourceKind::Network | ResourceKind::Volume => Truth::No,
    }
}

/// Repeated labels are ANDed, all other keys ORed, and different keys ANDed.
fn by_listing(selector: &Selector, resource: &Resource) -> Truth {
    let mut truth = Truth::Yes;
    for filter in selector.filters("label") {
        let matched = label(filter, resource);
        truth = truth.and(if filter.negated { !matched } else { matched });
    }
    let any = |key: &'static str, one: &dyn Fn(&Filter) -> Truth| {
        let mut filters = selector.filters(key).peekable();
        if filters.peek().is_none() { Truth::Yes } else { filters.map(one).fold(Truth::No, Truth::or) }
    };
    truth = truth.and(any("name", &|filter| name(&filter.value, resource)));
    truth = truth.and(any("ancestor", &|filter| ancestor(&filter.value, resource)));
    let known = |key: &str| matches!(key, "label" | "name" | "ancestor");
    for filter in selector.filters.iter().filter(|filter| !filter.key.as_deref().is_some_and(known)) {
        let running = filter.is("status") && filter.value.as_literal() == Some("running");
        truth = truth.and(if running && !resource.created_only { Truth::Yes } else { Truth::Unknown });
    }
    for (pattern, inverted) in &selector.patterns {
        let matched = grep(selector, pattern, resource);
        truth = truth.and(if *inverted { !matched } else { matched });
    }
    truth
}

fn label(filter: &Filter, resource: &Resource) -> Truth {
    if is_label_of_project(filter, resource) {
        return Truth::Yes;
    }
    let stamped = resource.labels.iter().map(|label| label_filter_matches(&filter.value, label));
    let stamped = stamped.fold(Truth::No, Truth::or);
    let compose = filter.value.prefix().starts_with("com.docker.compose.");
    if resource.labels_known || (stamped.is_no() && compose && resource.kind != ResourceKind::Project) {
        stamped
    } else {
        stamped.or(if compose && filter.value.prefix().starts_with("com.docker.compose.project=") {
            Truth::No
        } else {
            Truth::Unknown
        })
    }
}

/// Whether it is the label that compose puts on all that belongs to the project.
fn is_label_of_project(filter: &Filter, resource: &Resource) -> bool {
    let wanted = filter.value.strip_prefix("com.docker.compose.project=");
    let (Some(wanted), Some(name), ResourceKind::Project) = (wanted, &resource.name, resource.kind) else {
        return false;
    };
    wanted.same(name).is_yes()
}

/// Whether the pattern takes all that a project calls by its own name: `^PROJECT[-_]`.
fn takes_project(pattern: &Value, resource: &Resource) -> bool {
    let (Some(pattern), Some(name), ResourceKind::Project) = (pattern.as_literal(), &resource.name, resource.kind)
    else {
        return false;
    };
    let Some(patterns) = project_patterns(name) else { return false };
    matches!(patterns.as_slice(), [only] if only == pattern)
}

/// The patterns of what a compose project of this name calls its containers, networks and volumes.
pub fn project_patterns(name: &Value) -> Option<Vec<String>> {
    let closed = name_patterns(name)?.into_iter();
    closed.map(|pattern| Some(format!("{}[-_]", pattern.strip_suffix('$')?))).collect()
}

fn name(pattern: &Value, resource: &Resource) -> Truth {
    if takes_project(pattern, resource) {
        return Truth::Yes;
    }
    if pattern.as_literal() == Some("") {
        return Truth::Yes;
    }
    let own = match &resource.name {
        Some(name) => name_filter_matches(pattern, name),
        // Docker's own choice: an adjective and a surname.
        None => Truth::No,
    };
    let parts = resource.parts.iter().map(|part| name_filter_matches(pattern, part)).fold(Truth::No, Truth::or);
    let rest = if resource.parts_known { Truth::No } else { Truth::Unknown };
    own.or(parts).or(rest)
}

fn ancestor(wanted: &Value, resource: &Resource) -> Truth {
    match (&resource.image, resource.kind) {
        (Some(image), _) => ancestor_filter_matches(wanted, image),
        (None, _) if crate::docker::is_glob(wanted) => Truth::No,
        (None, _) => Truth::Unknown,
    }
}

/// Whether a line of the listing about the resource matches the pattern.
fn grep(selector: &Selector, pattern: &Value, resource: &Resource) -> Truth {
    let format = selector.format.as_ref();
    let only_names = format.and_then(|format| format.as_literal()).is_some_and(shows_only_names);
    let shows = |what: &str| format.is_none_or(|format| format.as_literal().is_none_or(|text| text.contains(what)));
    let own = match (&resource.name, resource.kind) {
        (Some(name), _) if shows(".Name") => name_filter_matches(pattern, name),
        _ => Truth::No,
    };
    let image = match &resource.image {
        Some(image) if shows(".Image") => contains(image, pattern),
        _ => Truth::No,
    };
    let parts = resource.parts.iter().map(|part| name_filter_matches(pattern, part));
    let parts = parts.fold(Truth::No, Truth::or);
    // Commands, ports and states stand there, too.
    let rest = if only_names && resource.parts_known { Truth::No } else { Truth::Unknown };
    own.or(image).or(parts).or(rest)
}

/// Whether a format shows names and ids, and nothing that changes while a container runs (`{{.RunningFor}}`).
fn shows_only_names(format: &str) -> bool {
    let mut shown = format.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap_or_default().trim());
    format.contains(".Name") && shown.all(|what| matches!(what, ".Names" | ".Name" | ".ID"))
}

fn contains(whole: &Value, part: &Value) -> Truth {
    match (whole.as_literal(), part.as_literal()) {
        (Some(whole), Some(part)) if whole.contains(part) => Truth::Yes,
        (_, Some(part))
            if whole.parts().iter().any(|piece| matches!(piece, Part::Literal(text) if text.contains(part))) =>
        {
            Truth::Yes
        }
        (Some(_), Some(_)) => Truth::No,
        _ => Truth::Unknown,
    }
}
