//! Which objects a `--filter` selects. Values of one key are ORed (labels ANDed), keys ANDed.

use super::answer::Refusal;
use super::daemon::Machine;
use super::patterns::regex;
use super::ports::exposed;
use super::spec::Protocol;
use super::state::{Container, Image, Network, State, Volume, label};
use crate::docker::Filter;

const OF_CONTAINERS: &str =
    "ancestor before exited expose health id isolation is-task label name network publish since status volume";
const OF_NETWORKS: &str = "dangling driver id label name scope type";
const OF_VOLUMES: &str = "dangling driver label name";
const OF_IMAGES: &str = "before dangling label reference since until";
const STATES: &str = "created restarting running removing paused exited dead";

/// Filters, every text known.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters(Vec<(String, String)>);

impl Filters {
    /// Reads filters; some keys are allowed.
    ///
    /// # Errors
    /// What docker says of one that is none.
    fn read(filters: &[Filter], allowed: &str, old: bool) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for filter in filters {
            let Some(key) = &filter.key else { continue };
            let value = filter.value.to_string();
            if !filter.arg.value.to_string().contains('=') {
                let written = &filter.arg.value;
                let message = format!(
                    "invalid argument \"{written}\" for \"-f, --filter\" flag: bad format of filter (expected name=value)"
                );
                return Err(Refusal::client(125, message));
            }
            let is_known = allowed.split(' ').any(|known| known == key);
            let is_state = key != "status" || STATES.split(' ').any(|state| state == value);
            let is_negated = filter.negated && !allowed.contains("label!");
            if !is_known || !is_state || is_negated {
                let invalid = if old { "Invalid" } else { "invalid" };
                let sign = if filter.negated { "!" } else { "" };
                let what = if is_known && !is_state { format!("{key}={value}") } else { format!("{key}{sign}") };
                return Err(Refusal::daemon(format!("{invalid} filter '{what}'")));
            }
            read.push((if filter.negated { format!("{key}!") } else { key.clone() }, value));
        }
        Ok(Self(read))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }

    fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Whether a key is not given, or one of its values fits.
    fn any(&self, key: &str, fits: impl Fn(&str) -> bool) -> bool {
        !self.has(key) || self.values(key).any(fits)
    }

    /// A regular expression or the text itself.
    fn matches(&self, key: &str, text: &str) -> bool {
        self.any(key, |value| value == text || regex(value, false).is_some_and(|regex| regex.is_match(text)))
    }

    fn labels(&self, labels: &[(String, String)]) -> bool {
        self.values("label").all(|wanted| has_label(labels, wanted))
    }
}

fn has_label(labels: &[(String, String)], wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => label(labels, key) == Some(value),
        None => label(labels, wanted).is_some(),
    }
}

fn yes(value: &str) -> bool {
    matches!(value, "1" | "true")
}

/// `80/tcp`, `8000-8010`.
fn ports(value: &str) -> Option<(u16, u16, Protocol)> {
    let (ports, protocol) = value.split_once('/').unwrap_or((value, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some((first.parse().ok()?, last.parse().ok()?, Protocol::of(protocol)?))
}

/// Go's `path.Match`, as far as `*` and `?` go.
fn glob(pattern: &str, text: &str) -> bool {
    let escaped = ::regex::escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]");
    regex(&format!("^{escaped}$"), false).is_some_and(|regex| regex.is_match(text))
}

/// Whether `docker images NAME` and `reference=` select a name.
pub(super) fn is_reference(pattern: &str, name: &str) -> bool {
    let repository = name.rsplit_once([':', '@']).map_or(name, |(repository, _)| repository);
    glob(pattern, name) || glob(pattern, repository)
}

/// Which things prune takes.
pub(super) struct PruneFilters {
    filters: Filters,
    /// A time that nothing of this day has reached.
    long_ago: bool,
}

impl PruneFilters {
    /// Whether it takes what carries these labels, and was there before all runs or not.
    pub(super) fn take(&self, labels: &[(String, String)], is_old: bool) -> bool {
        let kept = self.filters.has("label!") && self.filters.values("label!").all(|kept| has_label(labels, kept));
        self.filters.labels(labels) && !kept && (is_old || !self.long_ago)
    }

    /// `dangling=false`: as `-a`.
    pub(super) fn takes_all(&self) -> bool {
        self.filters.values("dangling").any(|value| !yes(value)) || self.filters.values("all").any(yes)
    }
}

impl Machine {
    /// Reads prune's filters; volumes know no time.
    pub(super) fn prune_filters(&self, filters: &[Filter], kind: &str) -> Result<PruneFilters, Refusal> {
        let allowed = match kind {
            "volume" => "label label! all",
            "image" => "label label! until dangling",
            "builder" => "until id parent type inuse shared private description",
            _ => "label label! until",
        };
        let filters = Filters::read(filters, allowed, self.is_old())?;
        // No run lasts a minute on paper.
        let is_zero = |time: &str| time.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse() == Ok(0.0);
        let long_ago = filters.values("until").any(|time| !is_zero(time));
        Ok(PruneFilters { filters, long_ago })
    }

    /// The containers that filters select, newest first; and whether those that do not run are meant, too.
    pub(super) fn select_containers(
        &self,
        filters: &[Filter],
    ) -> Result<(Vec<&std::sync::Arc<Container>>, bool), Refusal> {
        let filters = Filters::read(filters, OF_CONTAINERS, self.is_old())?;
        let wants_all = filters.has("status");
        let bound = |key| filters.values(key).next().map(|name| self.find_container(name).map(|it| it.id.clone()));
        let (before, since) = (bound("before").transpose()?, bound("since").transpose()?);
        let place = |id: &String| self.containers.place(id);
        let (before, since) = (before.as_ref().and_then(place), since.as_ref().and_then(place));
        let mut selected = Vec::new();
        for (at, container) in self.containers.iter().enumerate().rev() {
            let in_time = before.is_none_or(|before| at < before) && since.is_none_or(|since| at > since);
            if in_time && self.selects(&filters, container) {
                selected.push(container);
            }
        }
        Ok((selected, wants_all))
    }

    fn selects(&self, filters: &Filters, container: &Container) -> bool {
        let name = |pattern: &str| {
            let slashed = format!("/{}", container.name);
            match regex(pattern, false) {
                Some(regex) => regex.is_match(&container.name) || regex.is_match(&slashed),
                None => pattern == container.name || pattern == slashed,
            }
        };
        let published = |value: &str| {
            ports(value).is_some_and(|(first, last, protocol)| {
                container
                    .bindings
                    .iter()
                    .any(|binding| (first..=last).contains(&binding.host) && binding.protocol == protocol)
            })
        };
        let is_exposed = |value: &str| {
            ports(value).is_some_and(|(first, last, protocol)| {
                let own = container.bindings.iter().map(|binding| (binding.container, binding.protocol));
                let all = own.chain(if container.state.is_up() { exposed(container) } else { Vec::new() });
                all.into_iter().any(|(port, used)| (first..=last).contains(&port) && used == protocol)
            })
        };
        let on = |value: &str| {
            let id = self.networks.iter().find(|network| network.id == value || network.name == value);
            container.endpoints.iter().any(|endpoint| {
                endpoint.name == value || endpoint.network == value || id.is_some_and(|network| endpoint.is_on(network))
            })
        };
        filters.any("name", name)
            && filters.labels(&container.spec.labels)
            && filters.matches("id", &container.id)
            && filters.any("status", |value| value == container.state.name())
            && filters.any("exited", |value| {
                container.started && !container.state.is_up() && value.parse() == Ok(container.exit)
            })
            && filters.any("ancestor", |value| self.descends(&container.image_id, value))
            && filters.any("network", on)
            && filters.any("volume", |value| {
                container.mounts.iter().any(|mount| mount.source == value || mount.target == value)
            })
            && filters.any("publish", published)
            && filters.any("expose", is_exposed)
            && filters.any("health", |value| value == health(container).unwrap_or("none"))
            && filters.any("is-task", |value| !yes(value))
    }

    /// Whether an image is, or is made from, the one of that name.
    fn descends(&self, id: &str, ancestor: &str) -> bool {
        let Some(ancestor) = self.image(ancestor) else { return false };
        let mut at = Some(id.to_owned());
        while let Some(id) = at {
            if id == ancestor.id {
                return true;
            }
            at = self.images.iter().find(|image| image.id == id).and_then(|image| image.parent.clone());
        }
        false
    }

    /// The networks that filters select, by name.
    pub(super) fn select_networks(&self, filters: &[Filter]) -> Result<Vec<&Network>, Refusal> {
        let filters = Filters::read(filters, OF_NETWORKS, self.is_old())?;
        let is_free = |network: &Network| !network.is_own() && !self.is_in_use(network);
        let selects = |network: &&Network| {
            filters.matches("name", &network.name)
                && filters.matches("id", &network.id)
                && filters.labels(&network.labels)
                && filters.any("driver", |value| value == network.driver)
                && filters.any("scope", |value| value == "local")
                && filters.any("type", |value| value == if network.is_own() { "builtin" } else { "custom" })
                && filters.any("dangling", |value| yes(value) == is_free(network))
        };
        let mut selected: Vec<&Network> = self.networks.iter().map(|network| &**network).filter(selects).collect();
        selected.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(selected)
    }

    /// The volumes that filters select, by name.
    pub(super) fn select_volumes(&self, filters: &[Filter]) -> Result<Vec<&Volume>, Refusal> {
        let filters = Filters::read(filters, OF_VOLUMES, self.is_old())?;
        let selects = |volume: &&Volume| {
            filters.matches("name", &volume.name)
                && filters.labels(&volume.labels)
                && filters.any("driver", |value| value == "local")
                && filters.any("dangling", |value| yes(value) == self.users_of(&volume.name).is_empty())
        };
        let mut selected: Vec<&Volume> = self.volumes.iter().map(|volume| &**volume).filter(selects).collect();
        selected.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(selected)
    }

    /// The images that filters select, newest first, each with one of its names.
    pub(super) fn select_images(
        &self,
        filters: &[Filter],
        reference: Option<&str>,
    ) -> Result<Vec<(&Image, Option<&str>)>, Refusal> {
        let filters = Filters::read(filters, OF_IMAGES, self.is_old())?;
        let mut selected = Vec::new();
        for image in self.images.iter().rev() {
            let fits =
                filters.labels(&image.labels) && filters.any("dangling", |value| yes(value) == image.names.is_empty());
            if !fits {
                continue;
            }
            let named = |name: &&String| {
                reference.is_none_or(|pattern| is_reference(pattern, name))
                    && filters.any("reference", |pattern| is_reference(pattern, name))
            };
            let names: Vec<&String> = image.names.iter().filter(named).collect();
            if image.names.is_empty() && reference.is_none() && !filters.has("reference") {
                selected.push((&**image, None));
            }
            selected.extend(names.into_iter().map(|name| (&**image, Some(name.as_str()))));
        }
        Ok(selected)
    }
}

/// The state of a container's health check, when it has one.
pub(super) fn health(container: &Container) -> Option<&'static str> {
    let healthy = match container.state {
        State::Running | State::Paused => "healthy",
        _ => "unhealthy",
    };
    // Before its first start it has none.
    (container.spec.health && container.started).then_some(healthy)
}
