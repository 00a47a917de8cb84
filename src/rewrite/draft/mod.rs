//! A fix in the making: says what is to change, keeps the bytes and the meaning of it apart.

mod compared;
mod file;
mod given;
mod handed;
mod insert;
mod place;
mod remove;
mod replace;
mod scalar;
mod scalars;
mod value;

pub use value::NewValue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::style::Style;
use super::{Scene, Withheld, script};
use crate::edit::{Applicability, Commands, Fix, Meaning, Mends, NewFile};
use crate::source::{FileKind, Location, Source};
use file::{File, Yaml};
use scalars::Scalars;

/// A fix in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    scene: &'a Scene<'a>,
    files: BTreeMap<Arc<str>, File<'a>>,
    creates: Vec<NewFile>,
    /// Comments that go, by file.
    comments: BTreeMap<Arc<str>, Vec<String>>,
}

impl<'a> Draft<'a> {
    /// An empty one.
    pub fn new(scene: &'a Scene<'a>) -> Self {
        Self { scene, files: BTreeMap::new(), creates: Vec::new(), comments: BTreeMap::new() }
    }

    /// What it is made for.
    pub fn scene(&self) -> &'a Scene<'a> {
        self.scene
    }

    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.creates.is_empty() && self.files.values().all(|file| file.is_as_it_was())
    }

    /// Adds a file; its path is relative to the repository's root.
    pub fn create(&mut self, path: &str, text: String) {
        let path = format!("{}{path}", self.scene.prefix).into();
        self.creates.push(NewFile { path, text });
    }

    /// The fix.
    ///
    /// # Errors
    /// When nothing is to change, or a replacement cannot be written.
    pub fn finish(
        self,
        rewrite: &'static str,
        applicability: Applicability,
        title: impl Into<String>,
        why: Option<String>,
    ) -> Result<Fix, Withheld> {
        if self.is_empty() {
            return Err(Withheld::because("nothing has to change"));
        }
        compared::refuse(self.scene, self.files.iter())?;
        let changes = |at: &Location| self.changes(at);
        compared::refuse_said(self.scene, self.files.keys(), &changes)?;
        handed::refuse(self.scene, &self.files, &changes)?;
        let mut edits = Vec::new();
        let mut meaning = BTreeMap::new();
        for (path, mut file) in self.files {
            match file.yaml.take() {
                Some(Yaml { tree, style, .. }) => {
                    for (node, parts) in std::mem::take(&mut file.scalars) {
                        file.scalar(&path, tree.node(node), style, parts)?;
                    }
                    meaning.insert(path, Meaning::Yaml(file.changes));
                }
                None => {
                    let commands: Commands = script::commands(&file.source, &file.script);
                    for (span, new) in std::mem::take(&mut file.script) {
                        file.edit(&path, span, new);
                    }
                    meaning.insert(path, Meaning::Script(commands));
                }
            }
            edits.append(&mut file.edits);
        }
        // Insertions at one place stay in the order they were asked for.
        edits.sort_by(|one, other| {
            (&one.path, one.span.start, one.span.end).cmp(&(&other.path, other.span.start, other.span.end))
        });
        Ok(Fix {
            rewrite,
            applicability,
            title: title.into(),
            why,
            edits,
            creates: self.creates,
            meaning,
            comments: self.comments,
            follow_ups: None,
            part_of: BTreeSet::new(),
            mends: Mends::default(),
        })
    }

    /// Finishes it: safe where nothing speaks against it, else unsafe for these reasons.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_with(
        self,
        rewrite: &'static str,
        title: impl Into<String>,
        doubts: &[String],
    ) -> Result<Fix, Withheld> {
        let why = (!doubts.is_empty()).then(|| doubts.join("; "));
        let applicability = if why.is_none() { Applicability::Safe } else { Applicability::Unsafe };
        self.finish(rewrite, applicability, title, why)
    }

    /// Says that a comment is about what goes, and goes with it.
    pub fn drops_comment(&mut self, path: &Arc<str>, comment: &str) {
        self.comments.entry(path.clone()).or_default().push(comment.trim_end().to_owned());
    }

    fn file(&mut self, path: &Arc<str>) -> Result<&mut File<'a>, Withheld> {
        if !self.files.contains_key(path) {
            let source =
                self.scene.source(path).ok_or_else(|| Withheld::because(format!("`{path}` cannot be read")))?;
            let tree = if is_yaml(&source) { self.scene.tree(path) } else { None };
            let reading = self.scene.reading;
            let yaml = tree.map(|tree| Yaml {
                style: *reading.of_file(path, || Style::of(&tree)),
                scalars: reading.of_file(path, || Scalars::of(&tree)),
                tree,
            });
            let file = File {
                source,
                yaml,
                scalars: BTreeMap::new(),
                script: Vec::new(),
                edits: Vec::new(),
                changes: Vec::new(),
            };
            self.files.insert(path.clone(), file);
        }
        self.files.get_mut(path).ok_or_else(|| Withheld::because(format!("`{path}` cannot be read")))
    }
}

/// A file that nobody follows is what its ending says.
fn is_yaml(source: &Source) -> bool {
    match source.kind() {
        FileKind::Other => [".yml", ".yaml", ".json"].iter().any(|ending| source.path().ends_with(ending)),
        kind => kind.is_yaml(),
    }
}
