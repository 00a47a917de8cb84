//! By which name or label a resource is found when nothing of its job is left.

use std::collections::BTreeSet;

use crate::config;
use crate::docker::images::well_known;
use crate::docker::name_patterns;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selects::project_patterns;
use crate::symbol::{Part, Value};

/// The least letters and digits of known text in a name of which the rest differs: less finds strangers.
const LEAST_KNOWN: usize = 2;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `docker ps`.
    Container,
    /// `docker network ls`.
    Network,
    /// `docker volume ls`.
    Volume,
}

/// What is asked for in a listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A regular expression for the name.
    Name(String),
    /// All of these labels.
    Labels(Vec<String>),
    /// A glob for the image.
    Image(String),
}

/// What finds a resource; or why nothing does.
pub type Selected = Result<Vec<(Kind, By)>, &'static str>;

/// By what a resource is found.
pub fn select(resource: &Resource, declared: &[config::Resource]) -> Selected {
    if let Some(shown) = &resource.declared {
        let is_meant =
            |own: &&config::Resource| own.name.as_ref().or(own.label.as_ref()).or(own.image.as_ref()) == Some(shown);
        return declared.iter().find(is_meant).map_or(Err("the configuration gives it no name"), of_declared);
    }
    let names = |kind: Kind, patterns: Option<Vec<String>>| -> Selected {
        let patterns = patterns.ok_or("its name is not known")?;
        Ok(patterns.into_iter().map(|pattern| (kind, By::Name(pattern))).collect())
    };
    match resource.kind {
        ResourceKind::Container | ResourceKind::Network | ResourceKind::Volume => {
            let kind = match resource.kind {
                ResourceKind::Container => Kind::Container,
                ResourceKind::Network => Kind::Network,
                _ => Kind::Volume,
            };
            match &resource.name {
                // Another repository's, or a developer's, may be called so and be in use for days.
                Some(name) if name.as_literal().is_some_and(is_an_images) => {
                    Err("others may have one of that name: first put the run's id into it")
                }
                Some(name) if is_telling(name) => names(kind, name_patterns(name)),
                _ => by_labels(kind, resource),
            }
        }
        ResourceKind::Project => {
            let Some(name) = &resource.name else { return Err("its project has no name that is known") };
            let all = [Kind::Container, Kind::Network, Kind::Volume];
            if let Some(name) = name.as_literal().filter(|name| is_plain(name)) {
                let label = || By::Labels(vec![format!("com.docker.compose.project={name}")]);
                // A volume of one name is kept on purpose more often than not.
                return Ok(all[..2].iter().map(|kind| (*kind, label())).collect());
            }
            if !is_telling(name) {
                return Err("the name of its project is no known text");
            }
            let each = all.into_iter().map(|kind| names(kind, project_patterns(name)));
            Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
        }
        ResourceKind::Builder if resource.parts_known && !resource.parts.is_empty() => {
            let each = resource.parts.iter().filter(|part| is_telling(part));
            let found: Vec<(Kind, By)> =
                each.map(|part| names(Kind::Container, name_patterns(part))).collect::<Result<Vec<_>, _>>()?.concat();
            if found.is_empty() { Err("its name is no known text") } else { Ok(found) }
        }
        ResourceKind::Builder => Err("buildx chooses its name, and other builders are called alike"),
        ResourceKind::Cluster => Err("a cluster has to be deleted with its own tool"),
    }
}

/// Whether a name is only that of a well-known image: `postgres`, `redis`.
fn is_an_images(name: &str) -> bool {
    well_known(&Value::literal(name)).is_some_and(|(_, is_it)| is_it.is_yes())
}

/// Volumes that a resource uses, makes by that, and does not share: their names differ from run to run.
pub fn volumes_of(resource: &Resource) -> Vec<(Kind, By)> {
    let own = |(kind, name): &&(ResourceKind, Value)| {
        *kind == ResourceKind::Volume && name.as_literal().is_none() && is_telling(name)
    };
    let names = resource.uses.iter().filter(own).filter_map(|(_, name)| name_patterns(name)).flatten();
    names.map(|pattern| (Kind::Volume, By::Name(pattern))).collect()
}

/// The owner's own words for what a program makes.
fn of_declared(declared: &config::Resource) -> Selected {
    let is_quotable = |text: &String| !text.contains(['\'', '\n', '\r']);
    let of = |text: &Option<String>| text.clone().filter(is_quotable);
    if let Some(name) = of(&declared.name) {
        return match name.starts_with(['^', '/']) {
            true => Ok(vec![(Kind::Container, By::Name(name))]),
            false => Err("its name in the configuration is not anchored: write it as in `^ws-`"),
        };
    }
    match (of(&declared.label), of(&declared.image)) {
        (Some(label), _) if label.contains('=') => Ok(vec![(Kind::Container, By::Labels(vec![label]))]),
        (_, Some(image)) => Ok(vec![(Kind::Container, By::Image(image))]),
        _ => Err("the configuration gives its label no value"),
    }
}

fn by_labels(kind: Kind, resource: &Resource) -> Selected {
    let is_whole = |label: &&str| {
        let known = label.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty());
        known && is_plain(&label.replacen('=', "", 1).replace('/', ""))
    };
    let labels: BTreeSet<&str> = resource.labels.iter().filter_map(Value::as_literal).filter(is_whole).collect();
    match labels.is_empty() {
        true => Err("it has neither a name whose beginning is known nor a label: give it one"),
        false => Ok(vec![(kind, By::Labels(labels.into_iter().map(str::to_owned).collect()))]),
    }
}

/// Whether text that stands in a shell word, a label and a name alike.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}

/// Whether enough of a name is known for it to be nobody else's.
fn is_telling(name: &Value) -> bool {
    if let Some(choices) = name.candidates() {
        return choices.iter().all(|name| is_plain(name));
    }
    let known = |part: &Part| match part {
        Part::Literal(text) => text.chars().filter(char::is_ascii_alphanumeric).count(),
        _ => 0,
    };
    name.parts().iter().map(known).sum::<usize>() >= LEAST_KNOWN
}
