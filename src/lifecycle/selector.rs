//! By what a removal selects.

use crate::command::Arg;
use crate::docker::Filter;
use crate::symbol::Value;

/// How a removal selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    /// By names or ids.
    #[default]
    Name,
    /// By labels, perhaps with other filters.
    Label,
    /// By `name=`.
    NameFilter,
    /// By `ancestor=`.
    Ancestor,
    /// By a pattern over a listing's text.
    Grep,
    /// All there are, or all of a state.
    Listing,
    /// By the port that they publish: `publish=`, `expose=`.
    Port,
    /// By another filter, which takes some of them: `network=`, `volume=`.
    Filter,
    /// `… prune`.
    Prune,
    /// By a compose project.
    Project,
    /// All that were not there at the start.
    BaselineDiff,
    /// Images by their reference.
    Reference,
}

impl By {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Label => "label",
            Self::NameFilter => "name-filter",
            Self::Ancestor => "ancestor",
            Self::Grep => "grep",
            Self::Listing => "listing",
            Self::Port => "port",
            Self::Filter => "filter",
            Self::Prune => "prune",
            Self::Project => "project",
            Self::BaselineDiff => "baseline-diff",
            Self::Reference => "reference",
        }
    }
}

/// What a removal selects by.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// How.
    pub by: By,
    /// Names, ids, the project, the cluster.
    pub names: Vec<Arg>,
    /// The acts whose containers are meant by their ids.
    pub made_by: Vec<usize>,
    /// `--filter`s of the listing or the prune.
    pub filters: Vec<Filter>,
    /// `grep`'s and `awk`'s patterns, and which of them are inverted.
    pub patterns: Vec<(Value, bool)>,
    /// What the listing prints; none: docker's table.
    pub format: Option<Value>,
    /// `docker images REPOSITORY`.
    pub reference: Option<Value>,
    /// `-a`.
    pub all: bool,
    /// It takes only some of what it lists: `head -1`, `--latest`.
    pub some: bool,
    /// It reads more than is understood: an unknown command in the pipe, an unknown listing.
    pub unsure: bool,
}

/// Whether a filter's key tells in which state things are: those of one state are everybody's.
fn is_state(key: &str) -> bool {
    matches!(key, "status" | "exited" | "health" | "dangling" | "driver" | "type" | "scope" | "is-task" | "until")
}

impl Selector {
    /// By these names.
    pub fn names(names: Vec<Arg>) -> Self {
        Self { names, ..Self::default() }
    }

    /// Filters of one key.
    pub fn filters(&self, key: &'static str) -> impl Iterator<Item = &Filter> {
        self.filters.iter().filter(move |filter| filter.is(key))
    }

    /// Its labels: what `label=` filters say, negated ones left out.
    pub fn labels(&self) -> Vec<&Value> {
        self.filters("label").filter(|filter| !filter.negated).map(|filter| &filter.value).collect()
    }

    /// Finds out how it selects, from its filters and patterns.
    pub fn classify(mut self) -> Self {
        self.by = if self.by == By::BaselineDiff || self.by == By::Prune {
            self.by
        } else if self.patterns.iter().any(|(_, inverted)| !inverted) {
            // What `grep -v` leaves out are a few of all, or the listing's heading.
            By::Grep
        } else if self.filters("name").next().is_some() {
            // Beside a label, too: filters are ANDed, and which names it takes is said by this one.
            By::NameFilter
        } else if self.filters("label").next().is_some() {
            By::Label
        } else if self.filters("ancestor").next().is_some() {
            By::Ancestor
        } else if self.reference.is_some() || self.filters("reference").next().is_some() {
            By::Reference
        } else if self.filters.iter().any(|filter| filter.is("publish") || filter.is("expose")) {
            By::Port
        } else if self.filters.iter().any(|filter| !filter.key.as_deref().is_some_and(is_state)) {
            By::Filter
        } else {
            By::Listing
        };
        self
    }

    /// What it is, for people.
    pub fn shown(&self) -> String {
        if let (By::Name, true, false) = (self.by, self.names.is_empty(), self.made_by.is_empty()) {
            return "the id of what was started".to_owned();
        }
        self.value().map(|value| value.to_string()).unwrap_or_default()
    }

    /// The value whose uniqueness is the selector's.
    pub fn value(&self) -> Option<Value> {
        let joined = |values: Vec<Value>| {
            let values = values.into_iter();
            values.reduce(|whole, next| whole.then(Value::literal(" ")).then(next))
        };
        match self.by {
            By::Name | By::Project => joined(self.names.iter().map(|name| name.value.clone()).collect()),
            By::Label => joined(self.labels().into_iter().cloned().collect()),
            By::NameFilter => joined(self.filters("name").map(|filter| filter.value.clone()).collect()),
            By::Ancestor => joined(self.filters("ancestor").map(|filter| filter.value.clone()).collect()),
            By::Grep => joined(self.patterns.iter().filter(|(_, not)| !not).map(|(text, _)| text.clone()).collect()),
            By::Reference => self
                .reference
                .clone()
                .or_else(|| joined(self.filters("reference").map(|filter| filter.value.clone()).collect())),
            By::Port => joined(
                self.filters("publish").chain(self.filters("expose")).map(|filter| filter.value.clone()).collect(),
            ),
            By::Listing | By::Filter | By::Prune => {
                joined(self.filters.iter().map(|filter| filter.arg.value.clone()).collect())
            }
            By::BaselineDiff => None,
        }
    }
}
