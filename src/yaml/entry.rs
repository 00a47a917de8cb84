//! Mappings: looking keys up, merge keys, repeated keys, and the lines an entry stands on.

use std::collections::HashSet;

use super::tree::{Comment, Data, Node, NodeKind, Tree};
use crate::source::Span;

/// How many keys of a mapping are looked at one by one.
const FEW_KEYS: usize = 8;

/// A key and its value.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    /// The key.
    pub key: Node<'t>,
    /// The value; missing ones are empty scalars.
    pub value: Node<'t>,
    /// Whether it came in through `<<`: then it stands in another mapping.
    pub merged: bool,
}

/// The lines of an entry or list item that stands on lines of its own: what a rewrite removes as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// From the start of the first line to behind the last one's break.
    pub span: Span,
    /// How far it is indented, in bytes.
    pub indent: usize,
    /// The comment behind its last line's text.
    pub trailing: Option<Comment>,
}

impl<'t> Entry<'t> {
    /// From the key to the end of the value.
    pub fn span(self) -> Span {
        // A value that is an alias stands where it is written.
        self.key.full_span().to(self.value.full_span())
    }

    /// Its lines, unless it shares one with something else: a bracket, a `-`, another entry.
    pub fn lines(self) -> Option<Lines> {
        let start = self.key.indicator().unwrap_or(self.key.full_span().start);
        self.key.lines_of(start, self.span().end)
    }
}

impl<'t> Node<'t> {
    /// The entry that it is the value of, where that is written.
    pub fn own_entry(self) -> Option<Entry<'t>> {
        let mapping = self.parent().filter(|parent| parent.kind() == NodeKind::Mapping)?;
        let key = self.place().filter(|place| place % 2 == 1)? - 1;
        Some(Entry { key: self.tree().node(*mapping.children().get(key)?), value: self, merged: false })
    }

    /// The lines of a list item with its `-`, unless it shares one with something else.
    pub fn item_lines(self) -> Option<Lines> {
        self.lines_of(self.indicator()?, self.full_span().end)
    }

    fn lines_of(self, start: usize, end: usize) -> Option<Lines> {
        let text = self.tree().source().text();
        let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let before = &text[line..start];
        if self.parent().is_some_and(Node::is_flow) || !before.trim_start_matches('\u{feff}').trim().is_empty() {
            return None;
        }
        let stop = text[end..].find(['\n', '\r']).map_or(text.len(), |length| end + length);
        let trailing = self.tree().comments_in(Span::new(end, stop)).first().copied();
        let rest = &text[end..trailing.map_or(stop, |comment| comment.span.start)];
        if !rest.trim().is_empty() {
            return None;
        }
        let line_break = match text.as_bytes().get(stop..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        // A byte order mark stays where it is.
        let first = line + before.len() - before.trim_start_matches('\u{feff}').len();
        Some(Lines { span: Span::new(first, stop + line_break), indent: start - first, trailing })
    }

    /// The entries written in a mapping itself, `<<` among them.
    pub fn own_entries(self) -> impl Iterator<Item = Entry<'t>> {
        let children = if self.kind() == NodeKind::Mapping { self.children() } else { &[] };
        let tree = self.tree();
        children.chunks_exact(2).map(move |pair| Entry {
            key: tree.node(pair[0]),
            value: tree.node(pair[1]),
            merged: false,
        })
    }

    /// A mapping's entries: its own, then those that `<<` brings in and nothing before overrides
    /// (<https://yaml.org/type/merge.html>).
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let merged = if self.merges() { self.merged_entries() } else { Vec::new() };
        self.own_entries().filter(|entry| !entry.is_merge()).chain(merged)
    }

    fn merges(self) -> bool {
        matches!(self.data(), Data::Collection(collection) if collection.merges)
    }

    fn merged_entries(self) -> Vec<Entry<'t>> {
        let mut seen: HashSet<&str> = self.own_entries().filter_map(|entry| entry.key.as_str()).collect();
        let mut merged = Vec::new();
        for source in self.merge_sources() {
            for entry in source.entries() {
                if entry.key.as_str().is_none_or(|key| seen.insert(key)) {
                    merged.push(Entry { merged: true, ..entry });
                }
            }
        }
        merged
    }

    /// The mappings that `<<` names, the strongest first.
    fn merge_sources(self) -> impl Iterator<Item = Node<'t>> {
        self.own_entries().filter(|entry| entry.is_merge()).flat_map(|entry| {
            let one = (entry.value.kind() == NodeKind::Mapping).then_some(entry.value);
            one.into_iter().chain(entry.value.items().filter(|item| item.kind() == NodeKind::Mapping))
        })
    }

    /// The entry of that key, merged ones included; of repeated keys the first.
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        let own = self.own_entries().find(|entry| entry.key.as_str() == Some(key) && !entry.is_merge());
        if own.is_some() || !self.merges() {
            return own;
        }
        let merged = self.merge_sources().find_map(|source| source.entry(key))?;
        Some(Entry { merged: true, ..merged })
    }

    /// The value of that key, merged ones included.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// Keys that a mapping has already had: an error to most readers of YAML.
    pub fn duplicate_keys(self) -> Vec<Node<'t>> {
        let keys = || self.own_entries().map(|entry| entry.key);
        // Most mappings have few keys: to look at those before each costs less than a set of them.
        if self.children().len() <= 2 * FEW_KEYS {
            let is_again = |at: usize, name: &str| keys().take(at).any(|before| before.as_str() == Some(name));
            let again = keys().enumerate().filter(|(at, key)| key.as_str().is_some_and(|name| is_again(*at, name)));
            return again.map(|(_, key)| key).collect();
        }
        let mut seen = HashSet::new();
        keys().filter(|key| key.as_str().is_some_and(|name| !seen.insert(name))).collect()
    }
}

impl Tree {
    /// The keys that stand in a mapping for the second time, mapping by mapping.
    pub fn repeated_keys(&self) -> impl Iterator<Item = Node<'_>> {
        let mappings = self.nodes().filter(|node| node.kind() == NodeKind::Mapping && !node.is_alias());
        mappings.flat_map(Node::duplicate_keys)
    }
}

impl Entry<'_> {
    /// Whether it is `<<`, which stands for the entries of other mappings.
    pub fn is_merge(self) -> bool {
        self.key.scalar().is_some_and(|key| key.value == "<<" && key.style == super::Style::Plain)
    }
}
