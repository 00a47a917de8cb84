//! Events and bytes into a tree.

use std::borrow::Cow;
use std::collections::HashMap;

use super::cursor::Cursor;
use super::dedent::Lenient;
use super::error::{TOO_DEEP, YamlError, check_characters};
use super::event::{Event, Failure, Properties};
use super::events::Events;
use super::scalar::{self, Content};
use super::tree::{Collection, Data, NONE, NodeData, NodeId, PropertyData, Style, Tree};
use crate::source::{Source, Span, Text};

/// How deep collections may nest. Real workflows stay under 15.
const MAX_DEPTH: usize = 128;
/// How many nodes a file may have, those counted again that its aliases repeat: whoever walks the tree
/// through its aliases does no more work than this.
const MAX_NODES: u32 = 1_000_000;
/// How big a file may be.
const MAX_BYTES: usize = 32 << 20;
/// How many bytes may be read once more because of lines that [`Lenient`] mends.
const MAX_REREADS: usize = 8 << 20;
/// How long a `%TAG` line may be: the parser copies its prefix for every tag that uses it.
const MAX_DIRECTIVE: usize = 1024;

/// Reads a file's YAML.
///
/// # Errors
/// [`YamlError`] with the place where it stops being YAML, or is more than berthlint reads.
pub fn parse(source: &Source) -> Result<Tree, YamlError> {
    let text = source.text();
    check_size(text)?;
    check_characters(text)?;
    let mut rereads = 0;
    let mut lenient = Lenient::new(text);
    loop {
        let failure = match build(source, &lenient) {
            Ok(tree) => return Ok(tree),
            Err(failure) => failure,
        };
        rereads += text.len();
        let (is_mended, error) = match failure {
            Failure::Broken(error) => return Err(error),
            Failure::Dedent(_, error) | Failure::Quoted(_, error) if rereads > MAX_REREADS => return Err(error),
            Failure::Dedent(at, error) => (lenient.join_line(at), error),
            Failure::Quoted(at, error) => (lenient.indent_quoted(at), error),
        };
        if !is_mended {
            return Err(error);
        }
    }
}

/// Builds the tree of `source` from the events of `lenient`.
fn build(source: &Source, lenient: &Lenient<'_>) -> Result<Tree, Failure> {
    let bom = source.bom();
    let mut events = Events::new(lenient.text(), bom);
    let nodes = events.nodes();
    let mut builder = Builder {
        source,
        cursor: Cursor::new(source.text(), bom),
        nodes: Vec::with_capacity(nodes),
        weights: Vec::with_capacity(nodes),
        children: Vec::with_capacity(nodes),
        properties: Vec::new(),
        documents: Vec::new(),
        anchors: HashMap::new(),
        open: Vec::new(),
        pending: Vec::new(),
        flow_depth: 0,
        weight: 0,
    };
    loop {
        let (event, at) = events.next().map_err(|failure| failure.placed(|at| lenient.written(at)))?;
        let at = lenient.written(at);
        match event {
            Event::Document => builder.cursor.take_document_start(),
            Event::DocumentEnd => builder.cursor.take_document_end(),
            Event::Scalar(value, style, properties) => builder.scalar(value, style, properties, at)?,
            Event::Alias(anchor) => builder.alias(anchor, at)?,
            Event::Sequence(properties) => builder.open(false, properties, at)?,
            Event::Mapping(properties) => builder.open(true, properties, at)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close(),
            Event::End => return Ok(builder.finish()),
        }
    }
}

fn check_size(text: &str) -> Result<(), YamlError> {
    let start = Span::new(0, 0);
    if text.len() > MAX_BYTES {
        return Err(YamlError::new(start, "this file is larger than 32 MB; no workflow is: exclude it"));
    }
    if text.contains("%TAG") && text.lines().any(|line| line.starts_with("%TAG") && line.len() > MAX_DIRECTIVE) {
        return Err(YamlError::new(start, "a `%TAG` line is longer than 1024 bytes: shorten its prefix"));
    }
    Ok(())
}

struct Builder<'s> {
    source: &'s Source,
    cursor: Cursor<'s>,
    nodes: Vec<NodeData>,
    /// How many nodes each node stands for, through its aliases.
    weights: Vec<u32>,
    children: Vec<NodeId>,
    properties: Vec<PropertyData>,
    documents: Vec<NodeId>,
    anchors: HashMap<usize, NodeId>,
    open: Vec<Open>,
    /// Children of the open collections, the innermost last.
    pending: Vec<NodeId>,
    flow_depth: usize,
    weight: u32,
}

/// A collection whose end has not come yet.
struct Open {
    id: NodeId,
    is_mapping: bool,
    is_flow: bool,
    merges: bool,
    /// Where its children start in [`Builder::pending`].
    first_child: usize,
    /// Where it starts, once its first child has told.
    start: Option<usize>,
}

impl<'s> Builder<'s> {
    /// Takes the indicators that lead to the next child of the innermost collection.
    fn lead(&mut self) -> u32 {
        let Some(open) = self.open.last() else { return NONE };
        let count = self.pending.len() - open.first_child;
        let is_value = open.is_mapping && count % 2 == 1;
        if open.is_flow && count > 0 && !is_value {
            self.cursor.take(b',');
        }
        let indicator = match (open.is_mapping, open.is_flow) {
            (false, true) => None,
            (false, false) => self.cursor.take_apart(b'-'),
            (true, _) if is_value && self.flow_depth > 0 => self.cursor.take(b':'),
            (true, _) if is_value => self.cursor.take_apart(b':'),
            (true, _) => self.cursor.take_apart(b'?'),
        };
        if let (Some(at), Some(open)) = (indicator, self.open.last_mut()) {
            open.start.get_or_insert(at);
        }
        indicator.map_or(NONE, |at| at as u32)
    }

    fn take_properties(&mut self, properties: Properties) -> u32 {
        if properties.anchor == 0 && !properties.tagged {
            return NONE;
        }
        let in_flow = self.flow_depth > 0;
        let (anchor, tag) = self.cursor.take_properties(properties.anchor > 0, properties.tagged, in_flow);
        if let (Some(span), Some(open)) = (anchor.or(tag), self.open.last_mut()) {
            let start = tag.map_or(span, |tag| tag.to(span)).start;
            open.start.get_or_insert(start);
        }
        self.properties.push(PropertyData { anchor, tag });
        self.properties.len() as u32 - 1
    }

    /// Adds a node below the innermost collection; `weight` is what it adds to the walk of the tree.
    fn add(&mut self, data: Data, span: Span, lead: (u32, u32), weight: u32) -> Result<NodeId, YamlError> {
        let id = NodeId(self.nodes.len() as u32);
        let parent = self.open.last().map(|open| open.id);
        if let Some(open) = self.open.last_mut() {
            open.start.get_or_insert(span.start);
            self.pending.push(id);
        } else {
            self.documents.push(id);
        }
        self.nodes.push(NodeData { data, span, parent, indicator: lead.0, properties: lead.1 });
        self.weights.push(weight);
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_NODES {
            return Err(YamlError::new(
                span,
                "this file has more than a million nodes, those its aliases repeat included; no workflow has: \
                 write out less through aliases, or exclude it",
            ));
        }
        Ok(id)
    }

    fn scalar(
        &mut self,
        value: Cow<'_, str>,
        style: Style,
        properties: Properties,
        at: usize,
    ) -> Result<(), YamlError> {
        let indicator = self.lead();
        let lead = (indicator, self.take_properties(properties));
        let text = self.source.text();
        let (data, span) = match style {
            Style::Plain if value.is_empty() => {
                let here = Span::new(self.cursor.end(), self.cursor.end());
                (Data::Verbatim(style, here), here)
            }
            Style::Literal | Style::Folded => self.block_scalar(value, style, at),
            _ => {
                self.cursor.go_to(at);
                let place = scalar::find_flow(text, at, style, &value);
                self.cursor.pass(place.span.end, place.whole.end);
                scalar_data(place, style, value)
            }
        };
        let is_merge = matches!(&data, Data::Verbatim(Style::Plain, content) if self.source.slice(*content) == "<<");
        if let Some(open) = self.open.last_mut() {
            open.merges |= is_merge && open.is_mapping && (self.pending.len() - open.first_child).is_multiple_of(2);
        }
        let id = self.add(data, span, lead, 1)?;
        self.anchor(properties, id);
        Ok(())
    }

    fn block_scalar(&mut self, value: Cow<'_, str>, style: Style, content: usize) -> (Data, Span) {
        let text = self.source.text();
        let indicator = if style == Style::Folded { b'>' } else { b'|' };
        let Some(start) = self.cursor.take(indicator) else {
            self.cursor.go_to(content);
            let here = Span::new(content, content);
            return (Data::Decoded(style, Box::new(Text::opaque(&*value, here))), here);
        };
        let header = Span::new(start, self.cursor.take_word(false).end);
        let value = match self.source.slice(header) {
            header if header.contains('+') => value,
            header => clipped(value, header.contains('-')),
        };
        let place = scalar::find_block(text, header, content, style, &value);
        self.cursor.skip_line();
        self.cursor.pass(place.span.end, place.whole.end);
        scalar_data(place, style, value)
    }

    fn alias(&mut self, anchor: usize, at: usize) -> Result<(), YamlError> {
        let indicator = self.lead();
        self.cursor.go_to(at);
        let span = self.cursor.take_word(true);
        let Some(&target) =
            self.anchors.get(&anchor).filter(|target| !self.open.iter().any(|open| open.id == **target))
        else {
            return Err(YamlError::new(
                span,
                "this alias stands inside the very value it names, which so contains itself: write the value out",
            ));
        };
        let weight = self.weights[target.0 as usize].saturating_add(1);
        self.add(Data::Alias(target), span, (indicator, NONE), weight)?;
        Ok(())
    }

    fn anchor(&mut self, properties: Properties, id: NodeId) {
        if properties.anchor > 0 {
            self.anchors.insert(properties.anchor, id);
        }
    }

    fn open(&mut self, is_mapping: bool, properties: Properties, at: usize) -> Result<(), YamlError> {
        let indicator = self.lead();
        let lead = (indicator, self.take_properties(properties));
        let bracket = self.cursor.take_open(if is_mapping { b'{' } else { b'[' }, at);
        let here = bracket.unwrap_or(self.cursor.at());
        let is_flow = bracket.is_some();
        let collection = Collection { is_mapping, is_flow, merges: false, children: 0..0 };
        let id = self.add(Data::Collection(collection), Span::new(here, here), lead, 1)?;
        self.anchor(properties, id);
        if self.open.len() == MAX_DEPTH {
            return Err(YamlError::new(Span::new(here, here), TOO_DEEP));
        }
        self.flow_depth += usize::from(is_flow);
        let first_child = self.pending.len();
        self.open.push(Open { id, is_mapping, is_flow, merges: false, first_child, start: bracket });
        Ok(())
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.is_flow {
            self.cursor.take(b',');
            self.cursor.take(if open.is_mapping { b'}' } else { b']' });
            self.flow_depth -= 1;
        }
        let first = self.children.len() as u32;
        let children = &self.pending[open.first_child..];
        let below = children.iter().fold(1u32, |sum, child| sum.saturating_add(self.weights[child.0 as usize]));
        self.weights[open.id.0 as usize] = below;
        self.children.extend_from_slice(children);
        self.pending.truncate(open.first_child);
        let node = &mut self.nodes[open.id.0 as usize];
        let start = open.start.unwrap_or(node.span.start);
        node.span = Span::new(start, self.cursor.end().max(start));
        node.data = Data::Collection(Collection {
            is_mapping: open.is_mapping,
            is_flow: open.is_flow,
            merges: open.merges,
            children: first..self.children.len() as u32,
        });
    }

    fn finish(mut self) -> Tree {
        self.cursor.skip_trivia();
        Tree {
            source: self.source.clone(),
            nodes: self.nodes,
            children: self.children,
            properties: self.properties,
            comments: self.cursor.into_comments(),
            documents: self.documents,
        }
    }
}

fn scalar_data(place: scalar::ScalarPlace, style: Style, value: Cow<'_, str>) -> (Data, Span) {
    let value = &value[..value.len() - place.made_up];
    let data = match place.content {
        Content::Verbatim(content) => Data::Verbatim(style, content),
        Content::Runs(runs) => Data::Decoded(style, Box::new(Text::proven(value, place.whole, runs))),
        Content::Opaque => Data::Decoded(style, Box::new(Text::opaque(value, place.whole))),
    };
    (data, place.span)
}

/// A block's text without the blank lines at its end, which it does not keep: at the end of a file the parser leaves
/// one. A block of blank lines alone is empty (YAML 1.2, example 8.6).
fn clipped(value: Cow<'_, str>, strips: bool) -> Cow<'_, str> {
    let text = value.trim_end_matches('\n');
    let ends = usize::from(!(strips || text.is_empty())).min(value.len() - text.len());
    match text.len() + ends {
        whole if whole == value.len() => value,
        whole => Cow::Owned(value[..whole].to_owned()),
    }
}
