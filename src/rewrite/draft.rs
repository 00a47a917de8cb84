//! A fix in the making: says what is to change, keeps the bytes and the meaning of it apart.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use serde_yaml::Value;

use super::scene::YamlFile;
use super::step::{NewStep, mapping};
use super::style::{self, Style};
use super::{Rewrite, Scene, Withheld, script};
use crate::edit::{Applicability, Change, Commands, Edit, Fix, Key, Meaning, Path};
use crate::source::{FileKind, Location, Source, Span, Text};
use crate::workflow::Job;
use crate::yaml::{Entry, Node, NodeId, Style as Written, Tree};

/// A fix in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    scene: &'a Scene<'a>,
    files: BTreeMap<Arc<str>, File<'a>>,
    creates: Vec<crate::edit::NewFile>,
}

#[derive(Debug)]
struct File<'a> {
    source: Source,
    /// None for a script.
    yaml: Option<Yaml<'a>>,
    /// Replacements within scalars, in their decoded texts.
    scalars: BTreeMap<NodeId, Vec<(Range<usize>, String)>>,
    /// Replacements within a script.
    script: Vec<(Span, String)>,
    edits: Vec<Edit>,
    changes: Vec<Change>,
}

/// A YAML file, and how it is written.
#[derive(Debug)]
struct Yaml<'a> {
    tree: YamlFile<'a>,
    style: Style,
    scalars: Rc<Scalars>,
}

impl<'a> Draft<'a> {
    /// An empty one.
    pub fn new(scene: &'a Scene<'a>) -> Self {
        Self { scene, files: BTreeMap::new(), creates: Vec::new() }
    }

    /// What it is made for.
    pub fn scene(&self) -> &'a Scene<'a> {
        self.scene
    }

    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.creates.is_empty()
            && self
                .files
                .values()
                .all(|file| file.scalars.is_empty() && file.script.is_empty() && file.edits.is_empty())
    }

    /// Puts `new` in the place of a part of a scalar (`run:` text included) or of a script.
    ///
    /// `new` is what the scalar's text, not the file, shall have there: quotes and indentation are seen to.
    /// Replacing the same bytes by the same text twice is once.
    ///
    /// # Errors
    /// When the bytes of that text cannot be told for certain, or overlap another replacement.
    pub fn replace(&mut self, at: &Location, new: &str) -> Result<(), Withheld> {
        let written = self.file(&at.path)?.source.kind().written(new);
        self.put(at, &written)
    }

    /// The same with what is written already as the file's own reader wants it.
    fn put(&mut self, at: &Location, new: &str) -> Result<(), Withheld> {
        let file = self.file(&at.path)?;
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else {
            return insert_replacement(&mut file.script, at.span, new);
        };
        let node = scalars
            .innermost(tree, at.span)
            .ok_or_else(|| Withheld::because("it is not within one text of the file"))?;
        let text = node.text().filter(Text::is_proven);
        let range = text.as_ref().and_then(|text| decoded(text, at.span));
        let range = range.ok_or_else(|| Withheld::because("it is written with escapes or folded lines"))?;
        let known = file.scalars.entry(node.id()).or_default();
        if known.iter().any(|(other, text)| *other == range && text == new) {
            return Ok(());
        }
        if known.iter().any(|(other, _)| overlap(other, &range)) {
            return Err(Withheld::because("two changes of it overlap"));
        }
        known.push((range, new.to_owned()));
        Ok(())
    }

    /// Inserts text right before (`before`) or after a place, within a scalar or script.
    ///
    /// # Errors
    /// As [`Draft::replace`].
    pub fn insert(&mut self, at: &Location, before: bool, new: &str) -> Result<(), Withheld> {
        let offset = if before { at.span.start } else { at.span.end };
        let source = &self.file(&at.path)?.source;
        let (new, text) = (source.kind().written(new), source.slice(at.span).to_owned());
        if text.is_empty() || text.contains(['\n', '\\']) {
            return self.put(&Location { path: at.path.clone(), span: Span::new(offset, offset) }, &new);
        }
        // Taking the whole word along tells into which scalar it goes where two meet.
        let joined = if before { format!("{new}{text}") } else { format!("{text}{new}") };
        self.put(at, &joined)
    }

    /// Takes out the whole lines of a part of a scalar (`run:` text) or of a script, indentation included.
    ///
    /// # Errors
    /// As [`Draft::replace`], and when something else stands on these lines.
    pub fn remove_lines(&mut self, at: &Location) -> Result<(), Withheld> {
        let shared = || Withheld::because("it shares a line with something else");
        let file = self.file(&at.path)?;
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else {
            let lines = whole_lines(file.source.text(), at.span.range()).ok_or_else(shared)?;
            return insert_replacement(&mut file.script, Span::new(lines.start, lines.end), "");
        };
        let node = scalars.innermost(tree, at.span).ok_or_else(shared)?;
        let text = node.text().filter(Text::is_proven).ok_or_else(shared)?;
        let range = decoded(&text, at.span).ok_or_else(shared)?;
        let lines = whole_lines(text.value(), range).ok_or_else(shared)?;
        let known = file.scalars.entry(node.id()).or_default();
        if known.iter().any(|(other, _)| overlap(other, &lines)) {
            return Err(Withheld::because("two changes of it overlap"));
        }
        known.push((lines, String::new()));
        Ok(())
    }

    /// Gives a whole scalar another value, a text, in its own manner of quoting.
    ///
    /// # Errors
    /// When the file cannot be edited there.
    pub fn set(&mut self, path: &Arc<str>, node: NodeId, value: &str) -> Result<(), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let node = tree.node(node);
        let scalar = node.scalar().filter(|_| !node.is_alias()).ok_or_else(|| Withheld::because("it is an alias"))?;
        if value.contains('\n') || matches!(scalar.style, Written::Literal | Written::Folded) {
            return Err(Withheld::because("it is a block of several lines"));
        }
        let (new, meant) = rewritten(*style, scalar.style, value, in_flow(node));
        // A tag belongs to the old value: `if: !cancelled()`.
        let span = node.full_span();
        if node.anchor().is_some() {
            return Err(Withheld::because("it carries an anchor"));
        }
        let lead = if span.is_empty() { " " } else { "" };
        file.changes.push(Change::Set { path: way(node)?, value: meant });
        let old = tree.source().slice(span).to_owned();
        file.edits.push(Edit { path: path.clone(), span, old, new: format!("{lead}{new}") });
        Ok(())
    }

    /// Removes an entry of a mapping with its lines, and gives back the comments that stood in them, to be put
    /// elsewhere: a fix may lose none. With `leading`, comments right above it go along.
    ///
    /// # Errors
    /// When it shares a line with something else, or is the target of an alias.
    pub fn remove_entry(&mut self, path: &Arc<str>, value: NodeId, leading: bool) -> Result<Vec<String>, Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let entry = entry_of(tree.node(value))?;
        let lines = entry.lines().ok_or_else(|| Withheld::because("it shares a line with something else"))?;
        let (way, (span, comments)) = (way(entry.value)?, cut(tree, lines.span, leading)?);
        file.remove(path, way, span);
        Ok(comments)
    }

    /// Removes an entry of a mapping with its lines; comments that stood in them stay in its place.
    ///
    /// # Errors
    /// As [`Draft::remove_entry`].
    pub fn drop_entry(&mut self, path: &Arc<str>, value: NodeId) -> Result<(), Withheld> {
        let comments = self.remove_entry(path, value, false)?;
        let file = self.file(path)?;
        let (Some(Yaml { tree, style, .. }), Some(edit)) = (&file.yaml, file.edits.last_mut()) else { return Ok(()) };
        let column = column_of(tree.node(value));
        let line_break = style.line_break;
        edit.new = comments.iter().map(|comment| format!("{}{comment}{line_break}", " ".repeat(column))).collect();
        if !comments.is_empty() && edit.old.lines().next_back().is_some_and(|last| last.trim().is_empty()) {
            edit.new.push_str(line_break);
        }
        Ok(())
    }

    /// Removes an item of a sequence that stands on lines of its own: a step. Comments as in
    /// [`Draft::remove_entry`].
    ///
    /// # Errors
    /// As [`Draft::remove_entry`].
    pub fn remove_item(&mut self, path: &Arc<str>, item: NodeId, leading: bool) -> Result<Vec<String>, Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let node = tree.node(item);
        let lines = node.item_lines().ok_or_else(|| Withheld::because("it shares a line with something else"))?;
        let (way, (span, comments)) = (way(node)?, cut(tree, lines.span, leading)?);
        file.remove(path, way, span);
        Ok(comments)
    }

    /// Adds an entry to a block mapping, behind the entry whose value is `after`, or at its start.
    ///
    /// # Errors
    /// When the mapping is written with brackets or is an alias.
    pub fn insert_entry(
        &mut self,
        path: &Arc<str>,
        mapping: NodeId,
        after: Option<NodeId>,
        key: &str,
        value: &NewValue,
    ) -> Result<(), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let style = *style;
        let node = tree.node(mapping);
        let own: Vec<Entry<'_>> = node.own_entries().collect();
        let first = own.first().filter(|_| !node.is_flow() && !node.is_alias());
        let first = first.ok_or_else(|| Withheld::because("it is written with brackets, or is an alias"))?;
        let column = tree.source().place(first.key.full_span().start).column - 1;
        let at = match after {
            Some(id) => own.iter().position(|entry| entry.value.id() == id).map_or(own.len(), |index| index + 1),
            None => 0,
        };
        let mut text = value.lines(key, style, column).join(style.line_break);
        let offset = match at.checked_sub(1).and_then(|index| own.get(index)) {
            Some(before) => match behind(tree.source(), before.span().end) {
                (offset, true) => {
                    text.push_str(style.line_break);
                    offset
                }
                (offset, false) => {
                    text.insert_str(0, style.line_break);
                    offset
                }
            },
            // The first entry may share its line with a `-`: the new one takes its place there.
            None => {
                text = text.trim_start().to_owned() + style.line_break + &" ".repeat(column);
                first.key.full_span().start
            }
        };
        file.changes.push(Change::Insert { path: way(node)?, at, key: Some(key.to_owned()), value: value.value() });
        file.edits.push(Edit { path: path.clone(), span: Span::new(offset, offset), old: String::new(), new: text });
        Ok(())
    }

    /// Adds a step to a job before the one at `at` (in the file's own count), or as the last.
    ///
    /// # Errors
    /// When the steps are written with brackets or are an alias.
    pub fn insert_step(&mut self, path: &Arc<str>, job: &Job, at: usize, step: &NewStep) -> Result<(), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let style = *style;
        let elsewhere = || Withheld::because("its steps are written with brackets, or are an alias");
        let first = job.steps.first().map(|step| tree.node(step.node)).ok_or_else(elsewhere)?;
        let steps = first.parent().filter(|steps| !steps.is_flow()).ok_or_else(elsewhere)?;
        let in_job = tree.node(job.node).get("steps").is_some_and(|own| own.id() == steps.id() && !own.is_alias());
        if !in_job {
            return Err(elsewhere());
        }
        let items: Vec<Node<'_>> = steps.items().collect();
        let source = tree.source();
        let dash_at = first.indicator().ok_or_else(elsewhere)?;
        let dash = source.place(dash_at).column - 1;
        let gap = source.place(first.full_span().start).column - 1 - dash;
        let gap = if gap == 0 || gap > 8 { 2 } else { gap };
        let lines = step.lines(style, dash, gap).join(style.line_break);
        let blank = if apart(tree, &items) { style.line_break } else { "" };
        let (offset, new) = match items.get(at) {
            Some(item) => {
                let start = item.item_lines().ok_or_else(elsewhere)?.span.start;
                let start = first_comment(tree, start);
                (start, format!("{lines}{}{blank}", style.line_break))
            }
            None => {
                let last = items.last().ok_or_else(elsewhere)?;
                match behind(source, last.full_span().end) {
                    (offset, true) => (offset, format!("{blank}{lines}{}", style.line_break)),
                    (offset, false) => (offset, format!("{}{blank}{lines}", style.line_break)),
                }
            }
        };
        let at = at.min(items.len());
        file.changes.push(Change::Insert { path: way(steps)?, at, key: None, value: step.value() });
        file.edits.push(Edit { path: path.clone(), span: Span::new(offset, offset), old: String::new(), new });
        Ok(())
    }

    /// Adds a file; its path is relative to the repository's root.
    pub fn create(&mut self, path: &str, text: String) {
        let path = format!("{}{path}", self.scene.prefix).into();
        self.creates.push(crate::edit::NewFile { path, text });
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
            return Err(Withheld::because("there is nothing to change"));
        }
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
                        let old = file.source.slice(span).to_owned();
                        file.edits.push(Edit { path: path.clone(), span, old, new });
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
            follow_ups: Rewrite::named(rewrite).map_or(&[], |rewrite| rewrite.follow_ups),
        })
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

impl File<'_> {
    /// Takes out what stands at `way`, and all of these bytes.
    fn remove(&mut self, path: &Arc<str>, way: Path, span: Span) {
        self.changes.push(Change::Remove { path: way });
        let old = self.source.slice(span).to_owned();
        self.edits.push(Edit { path: path.clone(), span, old, new: String::new() });
    }

    /// Writes the replacements of one scalar: part by part, or whole where its quoting would change.
    fn scalar(
        &mut self,
        path: &Arc<str>,
        node: Node<'_>,
        style: Style,
        mut parts: Vec<(Range<usize>, String)>,
    ) -> Result<(), Withheld> {
        let torn = || Withheld::because("it is written with escapes or folded lines");
        let (Some(scalar), Some(text)) = (node.scalar(), node.text()) else { return Err(torn()) };
        parts.sort_by_key(|(range, _)| (range.start, range.end));
        let mut value = scalar.value.to_owned();
        for (range, new) in parts.iter().rev() {
            value.replace_range(range.clone(), new);
        }
        let source = node.tree().source();
        let flow = in_flow(node);
        let plain = scalar.style == Written::Plain;
        let one_line = !source.slice(node.full_span()).contains('\n');
        if value.contains('\n') && one_line && !flow && node.anchor().is_none() {
            // A command that becomes several is written as such, and commands end their line.
            let is_run = node.parent().and_then(|step| step.get("run")).is_some_and(|run| run.id() == node.id());
            let value = if is_run { value + "\n" } else { value };
            let new = style::block(style, &value, column_of(node));
            let span = node.full_span();
            self.edits.push(Edit { path: path.clone(), span, old: source.slice(span).to_owned(), new });
            self.changes.push(Change::Set { path: way(node)?, value: Value::from(value) });
            return Ok(());
        }
        if plain && (!style::is_one_plain(&value, flow) || value.contains('\n')) {
            let (new, meant) = rewritten(style, scalar.style, &value, flow);
            let span = node.span();
            self.edits.push(Edit { path: path.clone(), span, old: source.slice(span).to_owned(), new });
            self.changes.push(Change::Set { path: way(node)?, value: meant });
            return Ok(());
        }
        let meant = if plain { plain_value(&value) } else { Value::from(value) };
        for (range, new) in parts {
            let mut span = text.exact(range.clone()).ok_or_else(torn)?;
            // A line break goes whole: of `\r\n` the text has the second half only.
            let breaks = source.slice(span).starts_with('\n') && source.text()[..span.start].ends_with('\r');
            span.start -= usize::from(breaks);
            if new.is_empty() && scalar.style == Written::Literal && is_whole_line(text.value(), &range) {
                // Its indentation goes with it.
                let start = source.text()[..span.start].rfind('\n').map_or(0, |at| at + 1);
                span = Span::new(start, span.end);
            }
            let new = match scalar.style {
                Written::SingleQuoted if !new.contains('\n') => new.replace('\'', "''"),
                Written::DoubleQuoted => style::escaped(&new),
                Written::Literal => indented(source, &text, range.start, &new, style.line_break),
                Written::Plain => new,
                Written::SingleQuoted | Written::Folded if new.contains('\n') => return Err(torn()),
                Written::SingleQuoted | Written::Folded => new,
            };
            self.edits.push(Edit { path: path.clone(), span, old: source.slice(span).to_owned(), new });
        }
        self.changes.push(Change::Set { path: way(node)?, value: meant });
        Ok(())
    }
}

/// A value that a rewrite adds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// A text.
    Text(String),
    /// Entries.
    Map(Vec<(String, String)>),
    /// A list of texts.
    List(Vec<String>),
}

impl NewValue {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Map(map) => mapping(map),
            Self::List(list) => list.iter().map(String::as_str).collect(),
        }
    }

    fn lines(&self, key: &str, style: Style, column: usize) -> Vec<String> {
        let (outer, inner) = (" ".repeat(column), " ".repeat(column + style.indent));
        match self {
            Self::Text(text) => vec![format!("{outer}{key}: {}", style.scalar(text, false))],
            Self::Map(map) => {
                let entries = map.iter().map(|(key, value)| format!("{inner}{key}: {}", style.scalar(value, false)));
                std::iter::once(format!("{outer}{key}:")).chain(entries).collect()
            }
            Self::List(list) => {
                let items = list.iter().map(|item| format!("{inner}- {}", style.scalar(item, false)));
                std::iter::once(format!("{outer}{key}:")).chain(items).collect()
            }
        }
    }
}

/// The way from the root to a node.
///
/// # Errors
/// When it is reached by a key that is no text.
pub fn way(node: Node<'_>) -> Result<Path, Withheld> {
    let mut path = Vec::new();
    let mut at = node;
    while let Some(parent) = at.parent() {
        let name = || Some(Key::Name(at.own_entry()?.key.as_str()?.to_owned()));
        let key = at.index().map(Key::Index).or_else(name);
        path.push(key.ok_or_else(|| Withheld::because("it stands under a key that is no text"))?);
        at = parent;
    }
    path.reverse();
    Ok(path)
}

fn not_yaml() -> Withheld {
    Withheld::because("the file is no YAML")
}

/// A file that nobody follows is what its ending says.
fn is_yaml(source: &Source) -> bool {
    match source.kind() {
        FileKind::Other => [".yml", ".yaml", ".json"].iter().any(|ending| source.path().ends_with(ending)),
        kind => kind.is_yaml(),
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end || one == other
}

fn insert_replacement(known: &mut Vec<(Span, String)>, span: Span, new: &str) -> Result<(), Withheld> {
    if known.iter().any(|(other, text)| *other == span && text == new) {
        return Ok(());
    }
    if known.iter().any(|(other, _)| overlap(&other.range(), &span.range())) {
        return Err(Withheld::because("two changes of it overlap"));
    }
    known.push((span, new.to_owned()));
    known.sort();
    Ok(())
}

/// The lines that a range of a text takes up, when nothing else stands on them; of the last line the break
/// before it.
fn whole_lines(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(range.end..)?;
    let end = rest.find('\n').map_or(text.len(), |at| range.end + at + 1);
    let alone = text.get(start..range.start)?.trim().is_empty() && text.get(range.end..end)?.trim().is_empty();
    let last = end == text.len() && !text.ends_with('\n') && start > 0;
    alone.then_some(if last { start - 1..end } else { start..end })
}

/// Whether a range of a text is lines of it, the last line's break included.
fn is_whole_line(text: &str, range: &Range<usize>) -> bool {
    let at_start = range.start == 0 || text.get(..range.start).is_some_and(|before| before.ends_with('\n'));
    at_start && text.get(range.clone()).is_some_and(|lines| lines.ends_with('\n'))
}

/// The scalars of a file as they are written, in order; none stands in another.
#[derive(Debug)]
struct Scalars(Vec<(Span, NodeId)>);

impl Scalars {
    fn of(tree: &Tree) -> Self {
        let written = tree.nodes().filter(|node| !node.is_alias() && node.scalar().is_some());
        let mut all: Vec<(Span, NodeId)> = written.map(|node| (node.span(), node.id())).collect();
        all.sort_by_key(|(span, _)| *span);
        Self(all)
    }

    /// The one that all of a span lies in; of two that meet there the shorter.
    fn innermost<'t>(&self, tree: &'t Tree, span: Span) -> Option<Node<'t>> {
        let next = self.0.partition_point(|(scalar, _)| scalar.start <= span.start);
        let near = self.0[..next].iter().rev().take_while(|(scalar, _)| scalar.end >= span.start);
        let holding = near.filter(|(scalar, _)| scalar.contains(span));
        let found = holding.min_by_key(|(scalar, id)| (scalar.end - scalar.start, *id));
        found.map(|(_, id)| tree.node(*id))
    }
}

/// The range of the decoded text that these bytes of the file are.
fn decoded(text: &Text, span: Span) -> Option<Range<usize>> {
    let runs = text.runs();
    let at = |offset: usize, is_end: bool| {
        let holds = |run: &&crate::source::Run| match is_end {
            true => run.file < offset && offset <= run.file + run.len,
            false => run.file <= offset && offset < run.file + run.len,
        };
        let run = runs.iter().find(holds)?;
        Some(run.text + offset - run.file)
    };
    if span.is_empty() {
        let offset = at(span.start, false).or_else(|| at(span.start, true))?;
        return Some(offset..offset);
    }
    let (start, end) = (at(span.start, false)?, at(span.end, true)?);
    (start <= end).then_some(start..end)
}

/// The column (0-based) of the key, or of the dash, under which a value stands.
fn column_of(node: Node<'_>) -> usize {
    let at = node.own_entry().map_or(node.full_span().start, |entry| entry.key.full_span().start);
    node.tree().source().place(at).column - 1
}

fn in_flow(node: Node<'_>) -> bool {
    node.parent().is_some_and(Node::is_flow)
}

/// A scalar's new text and meaning, in its old quotes where they can stay.
fn rewritten(style: Style, written: Written, value: &str, flow: bool) -> (String, Value) {
    let new = match written {
        Written::Plain => style.scalar(value, flow),
        Written::SingleQuoted => Style { quote: '\'', ..style }.quoted(value),
        _ => Style { quote: '"', ..style }.quoted(value),
    };
    (new, Value::from(value))
}

/// What plain text means: perhaps a number.
fn plain_value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Further lines of a literal block's replacement, as far in as the block is.
fn indented(source: &Source, text: &Text, at: usize, new: &str, line_break: &str) -> String {
    if !new.contains('\n') {
        return new.to_owned();
    }
    // The block's indentation: what stands before its first text that is not empty.
    let probe = text.value().find(|c: char| c != '\n').unwrap_or(at);
    let start = text.span(probe..probe + 1).start;
    let line = source.text()[..start].rfind('\n').map_or(0, |at| at + 1);
    let pad = " ".repeat(start - line);
    let mut lines = new.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push_str(line_break);
        if !line.is_empty() {
            out.push_str(&pad);
        }
        out.push_str(line);
    }
    if new.ends_with('\n') {
        // What follows on the block's next line brings its indentation along.
        out.push_str(&pad);
    }
    out
}

/// The entry whose value this node is.
fn entry_of(value: Node<'_>) -> Result<Entry<'_>, Withheld> {
    value.own_entry().ok_or_else(|| Withheld::because("it is not an entry of the file"))
}

/// The bytes to take out for these lines, and the comments that go with them.
fn cut(tree: &Tree, lines: Span, leading: bool) -> Result<(Span, Vec<String>), Withheld> {
    let anchored =
        tree.nodes().any(|node| lines.contains(node.full_span()) && node.anchor().is_some() && !node.is_alias());
    if anchored {
        return Err(Withheld::because("it carries an anchor"));
    }
    let start = if leading { first_comment(tree, lines.start) } else { lines.start };
    let span = Span::new(start, with_gap(tree.source().text(), start, lines.end));
    let comments = tree.comments_in(span).iter().map(|comment| tree.source().slice(comment.span).trim_end().to_owned());
    Ok((span, comments.collect()))
}

/// The end of lines that go: between two blank lines, one goes along.
fn with_gap(text: &str, start: usize, end: usize) -> usize {
    let is_blank = |line: &str| line.ends_with('\n') && line.trim().is_empty();
    let above = text.get(..start).and_then(|above| above.split_inclusive('\n').next_back());
    let below = text.get(end..).and_then(|below| below.split_inclusive('\n').next());
    match (above, below) {
        (Some(above), Some(below)) if is_blank(above) && is_blank(below) => end + below.len(),
        _ => end,
    }
}

/// The start of the comments right above a line, or the line's own.
fn first_comment(tree: &Tree, line: usize) -> usize {
    let text = tree.source().text();
    let mut start = line;
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        let is_comment = tree.comments_in(Span::new(above, start)).first().is_some_and(|comment| comment.own_line);
        if !is_comment {
            break;
        }
        start = above;
    }
    start
}

/// Where the line of an offset ends, break included; and whether it has one.
fn behind(source: &Source, offset: usize) -> (usize, bool) {
    match source.text()[offset..].find('\n') {
        Some(at) => (offset + at + 1, true),
        None => (source.text().len(), false),
    }
}

/// Whether blank lines stand between most items, above their comments.
fn apart(tree: &Tree, items: &[Node<'_>]) -> bool {
    let text = tree.source().text();
    let is_apart = |item: &&Node<'_>| {
        let above = item.item_lines().map(|lines| &text[..first_comment(tree, lines.span.start)]);
        above.is_some_and(|above| above.ends_with("\n\n") || above.ends_with("\n\r\n"))
    };
    let gaps = items.iter().skip(1).filter(is_apart).count();
    items.len() > 1 && gaps * 2 >= items.len() - 1
}
