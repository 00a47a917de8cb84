//! Reads typed values out of a tree and notes what has the wrong shape, with its place.

use super::error::{ConfigError, Problem};
use super::suggest::no_such;
use super::{BoundedPath, Written};
use crate::door::read;
use crate::runner::Version;
use crate::source::{Source, Span};
use crate::yaml::{self, Node, NodeKind, Tree};

/// A configuration file's YAML; a missing or unreadable file, or one that is no YAML, is an error.
pub(super) fn tree(file: &BoundedPath, reader: &read::Reader) -> Result<Tree, ConfigError> {
    let path = file.path.display().to_string();
    let bytes = reader.read(&file.path, &file.bounds).map_err(|why| Problem::file(&path, why.to_string()))?;
    let source = Source::new(path.as_str(), bytes.to_vec()).map_err(|error| Problem::file(&path, error.to_string()))?;
    yaml::parse(&source).map_err(|error| problem(&source, error.span, error.message).into())
}

fn problem(source: &Source, span: Span, message: impl Into<String>) -> Problem {
    let place = source.place(span.start);
    Problem {
        path: source.path().to_string(),
        line: Some(place.line),
        column: Some(place.column),
        message: message.into(),
    }
}

/// Collects problems on the way.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn place(&self, node: Node<'_>) -> Problem {
        problem(node.tree().source(), node.full_span(), "")
    }

    pub(super) fn wrong(&mut self, node: Node<'_>, message: impl Into<String>) {
        let problem = self.place(node).saying(message);
        self.problems.push(problem);
    }

    /// The entries of a mapping; keys that are not allowed, or twice there, are wrong.
    pub(super) fn mapping<'t>(&mut self, what: &str, node: Node<'t>, keys: &[&str]) -> Vec<(&'t str, Node<'t>)> {
        if node.kind() != NodeKind::Mapping {
            if !node.is_null() {
                self.wrong(node, format!("{what} takes keys and values: {}", keys.join(", ")));
            }
            return Vec::new();
        }
        self.repeated(node);
        let mut known = Vec::new();
        for entry in node.entries() {
            match entry.key.as_str() {
                Some(key) if keys.contains(&key) => known.push((key, entry.value)),
                key => self.wrong(entry.key, no_such("key", key.unwrap_or("…"), keys)),
            }
        }
        known
    }

    pub(super) fn repeated(&mut self, node: Node<'_>) {
        for key in node.duplicate_keys() {
            self.wrong(key, format!("`{}` is set twice: keep one", key.as_str().unwrap_or_default()));
        }
    }

    /// Text that is not empty.
    pub(super) fn text(&mut self, key: &str, node: Node<'_>) -> Option<String> {
        let text = node.as_str().filter(|text| !text.trim().is_empty() && !node.is_null());
        if text.is_none() {
            self.wrong(node, format!("`{key}` takes a text"));
        }
        text.map(str::to_owned)
    }

    /// A list of texts, or one.
    pub(super) fn texts(&mut self, key: &str, node: Node<'_>) -> Vec<String> {
        match node.kind() {
            NodeKind::Sequence => node.items().filter_map(|item| self.text(key, item)).collect(),
            NodeKind::Scalar if node.is_null() => Vec::new(),
            NodeKind::Scalar => self.text(key, node).into_iter().collect(),
            NodeKind::Mapping => {
                self.wrong(node, format!("`{key}` takes a list of texts"));
                Vec::new()
            }
        }
    }

    /// A list of texts, or one, each with its place.
    pub(super) fn written(&mut self, key: &str, node: Node<'_>) -> Vec<Written> {
        if node.kind() != NodeKind::Sequence {
            let place = self.place(node);
            return self.texts(key, node).into_iter().map(|name| Written { name, place: place.clone() }).collect();
        }
        let mut all = Vec::new();
        for item in node.items() {
            let place = self.place(item);
            all.extend(self.text(key, item).map(|name| Written { name, place }));
        }
        all
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&mut self, key: &str, node: Node<'_>, words: &[(&str, T)]) -> Option<T> {
        let written = node.as_str().unwrap_or_default();
        let found = words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = match node.kind() {
                NodeKind::Scalar if !node.is_null() => format!("`{key}`: {}", no_such("value", written, &names)),
                _ => format!("`{key}` takes one of: {}", names.join(", ")),
            };
            self.wrong(node, message);
        }
        found
    }

    pub(super) fn bool(&mut self, key: &str, node: Node<'_>) -> Option<bool> {
        let found = node.as_bool();
        if found.is_none() {
            self.wrong(node, format!("`{key}` takes `true` or `false`"));
        }
        found
    }

    pub(super) fn number(&mut self, key: &str, node: Node<'_>) -> Option<u32> {
        let found = node.as_str().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        if found.is_none() {
            self.wrong(node, format!("`{key}` takes a whole number above 0"));
        }
        found
    }

    pub(super) fn version(&mut self, key: &str, node: Node<'_>) -> Option<Version> {
        let found = node.as_str().and_then(|text| text.parse().ok());
        if found.is_none() {
            self.wrong(node, format!("`{key}` takes a version, such as \"1.22\" or \"1.25.3\""));
        }
        found
    }
}
