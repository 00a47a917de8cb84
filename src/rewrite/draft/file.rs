//! A file that a draft changes: what is to change in it, bytes and meaning apart.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::scalars::Scalars;
use crate::docker::is_name_letter;
use crate::edit::{Change, Edit, Path};
use crate::rewrite::Withheld;
use crate::rewrite::scene::YamlFile;
use crate::rewrite::style::Style;
use crate::source::{Source, Span};
use crate::yaml::NodeId;

/// A file that a draft changes.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) source: Source,
    /// None for a script.
    pub(super) yaml: Option<Yaml<'a>>,
    /// Replacements within scalars, in their decoded texts.
    pub(super) scalars: BTreeMap<NodeId, Vec<(Range<usize>, String)>>,
    /// Replacements within a script.
    pub(super) script: Vec<(Span, String)>,
    pub(super) edits: Vec<Edit>,
    pub(super) changes: Vec<Change>,
}

/// A YAML file, and how it is written.
#[derive(Debug)]
pub(super) struct Yaml<'a> {
    pub(super) tree: YamlFile<'a>,
    pub(super) style: Style,
    pub(super) scalars: Rc<Scalars>,
}

/// An edit of a [`File`], for who wants to say more of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct EditId(usize);

impl File<'_> {
    /// Whether nothing of it is to change.
    pub(super) fn is_as_it_was(&self) -> bool {
        self.scalars.is_empty() && self.script.is_empty() && self.edits.is_empty()
    }

    /// Puts text in the place of these bytes.
    pub(super) fn edit(&mut self, path: &Arc<str>, span: Span, new: String) -> EditId {
        let old = self.source.slice(span).to_owned();
        self.edits.push(Edit { path: path.clone(), span, old, new });
        EditId(self.edits.len() - 1)
    }

    /// The edit that this is.
    pub(super) fn edit_mut(&mut self, EditId(id): EditId) -> &mut Edit {
        &mut self.edits[id]
    }

    /// Takes out what stands at `way`, and all of these bytes.
    pub(super) fn remove(&mut self, path: &Arc<str>, way: Path, span: Span) -> EditId {
        self.changes.push(Change::Remove { path: way });
        self.edit(path, span, String::new())
    }
}

/// Why something that is asked of a YAML file cannot be done.
pub(super) fn not_yaml() -> Withheld {
    Withheld::because("the file is no YAML")
}

/// What a draft writes into a file, or into a part of it.
pub(super) fn new_texts<'f>(file: &'f File<'_>, part: Option<Span>) -> impl Iterator<Item = &'f str> {
    let is_in = move |span: Span| part.is_none_or(|part| part.contains(span));
    let of_node = |node: NodeId| file.yaml.as_ref().map(|yaml| yaml.tree.node(node).span());
    let scalars = file.scalars.iter().filter(move |(node, _)| of_node(**node).is_some_and(is_in));
    let scalars = scalars.flat_map(|(_, parts)| parts).map(|(_, new)| new.as_str());
    let script = file.script.iter().filter(move |(span, _)| is_in(*span)).map(|(_, new)| new.as_str());
    let edits = file.edits.iter().filter(move |edit| is_in(edit.span)).map(|edit| edit.new.as_str());
    scalars.chain(script).chain(edits)
}

/// Whether a text gives a variable a value: `echo "URL=…" >> "$GITHUB_ENV"`, `URL: …`.
pub(super) fn gives(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        // `${URL:-x}` reads it.
        let is_read = before.ends_with(['{', '$']);
        !before.ends_with(is_name_letter) && !is_read && text[at + name.len()..].starts_with(['=', ':'])
    })
}
