//! The tree: an arena of nodes, read through `Copy` handles. Aliases stay aliases; every question about
//! content looks through them.

use std::ops::Range;

use crate::source::{Source, Span, Text};

/// A file's YAML, with the place of everything in it.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) source: Source,
    pub(super) nodes: Vec<NodeData>,
    /// The children of all collections; a mapping's alternate between key and value.
    pub(super) children: Vec<NodeId>,
    pub(super) properties: Vec<PropertyData>,
    pub(super) comments: Vec<Comment>,
    pub(super) documents: Vec<NodeId>,
}

/// A node's number in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

#[derive(Clone, Debug)]
pub(super) struct NodeData {
    pub(super) data: Data,
    pub(super) span: Span,
    pub(super) parent: Option<NodeId>,
    /// The offset of the `-`, `:` or `?` that introduces the node; [`NONE`] without one.
    pub(super) indicator: u32,
    /// Index into [`Tree::properties`]; [`NONE`] without any.
    pub(super) properties: u32,
}

/// No index, no offset.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(super) enum Data {
    /// A scalar that stands in the file as it is: its content's span.
    Verbatim(Style, Span),
    /// A scalar with escapes, folds or indentation in it.
    Decoded(Style, Box<Text>),
    Collection(Collection),
    Alias(NodeId),
}

#[derive(Clone, Debug)]
pub(super) struct Collection {
    pub(super) is_mapping: bool,
    /// Written with brackets.
    pub(super) is_flow: bool,
    /// Whether one of the keys is `<<`.
    pub(super) merges: bool,
    pub(super) children: Range<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct PropertyData {
    pub(super) anchor: Option<Span>,
    pub(super) tag: Option<Span>,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A comment, from its `#` to the end of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The comment, line break excluded.
    pub span: Span,
    /// Whether only white space stands before it on its line.
    pub own_line: bool,
}

/// What a node is, seen through aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// Text, a number, a truth value, or nothing.
    Scalar,
    /// Keys and values.
    Mapping,
    /// A list.
    Sequence,
}

/// An anchor's or a tag's name, and where it stands (its `&` or `!` included in both).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property<'t> {
    /// As written: `&build`, `!override`, `!cancelled()`.
    pub written: &'t str,
    /// Where.
    pub span: Span,
}

/// A scalar's style and text.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'t> {
    node: Node<'t>,
    /// How it is written.
    pub style: Style,
    /// The decoded text.
    pub value: &'t str,
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl Tree {
    /// The file it was read from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The first document's node; an empty file has none.
    pub fn root(&self) -> Option<Node<'_>> {
        self.documents().next()
    }

    /// Every document's node.
    pub fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.documents.iter().map(|&id| self.node(id))
    }

    /// The node of that number.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { tree: self, id }
    }

    /// Every node as written, parents before children.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len() as u32).map(|id| self.node(NodeId(id)))
    }

    /// All comments, in order. What starts with `#` inside a scalar is none.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The comments inside a span.
    pub fn comments_in(&self, span: Span) -> &[Comment] {
        let start = self.comments.partition_point(|comment| comment.span.start < span.start);
        let end = self.comments.partition_point(|comment| comment.span.start < span.end);
        &self.comments[start..end.max(start)]
    }
}

impl<'t> Node<'t> {
    /// The tree it is in.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// Its number.
    pub fn id(self) -> NodeId {
        self.id
    }

    fn written(self) -> &'t NodeData {
        &self.tree.nodes[self.id.0 as usize]
    }

    pub(super) fn data(self) -> &'t Data {
        &self.resolved().written().data
    }

    /// The node an alias stands for; any other node itself.
    pub fn resolved(self) -> Self {
        match self.written().data {
            Data::Alias(target) => self.tree.node(target),
            _ => self,
        }
    }

    /// Whether `*name` is written here.
    pub fn is_alias(self) -> bool {
        matches!(self.written().data, Data::Alias(_))
    }

    /// What it is.
    pub fn kind(self) -> NodeKind {
        match self.data() {
            Data::Collection(collection) if collection.is_mapping => NodeKind::Mapping,
            Data::Collection(_) => NodeKind::Sequence,
            _ => NodeKind::Scalar,
        }
    }

    /// The node as written, without anchor and tag: an alias is `*name`; a block scalar reaches from its
    /// `|` to its last line's last character; a block collection from its first key or `-` to the end of
    /// its last value; a missing value is empty, behind its `:` or `-`.
    pub fn span(self) -> Span {
        self.written().span
    }

    /// Like [`Node::span`], with its anchor and tag; an alias has none of its own, and its target's stand elsewhere.
    pub fn full_span(self) -> Span {
        let own = self.tree.properties.get(self.written().properties as usize);
        let spans = own.into_iter().flat_map(|own| [own.anchor, own.tag]);
        spans.flatten().fold(self.span(), Span::to)
    }

    fn property(self, pick: impl Fn(&PropertyData) -> Option<Span>) -> Option<Property<'t>> {
        let span = self.tree.properties.get(self.written().properties as usize).and_then(pick)?;
        Some(Property { written: self.tree.source.slice(span), span })
    }

    /// The anchor written before it.
    pub fn anchor(self) -> Option<Property<'t>> {
        self.property(|properties| properties.anchor)
    }

    /// The tag written before it, for an alias the target's. `if: !cancelled()` is the tag `!cancelled()`
    /// on a missing value.
    pub fn tag(self) -> Option<Property<'t>> {
        self.resolved().property(|properties| properties.tag)
    }

    /// The collection whose direct child it is, as written.
    pub fn parent(self) -> Option<Self> {
        self.written().parent.map(|id| self.tree.node(id))
    }

    /// Its place among the children of its parent, of which a mapping's entry has two.
    pub(super) fn place(self) -> Option<usize> {
        // Children are numbered in the order in which they stand.
        self.parent()?.children().binary_search(&self.id).ok()
    }

    /// Its place in the sequence that it is an item of.
    pub fn index(self) -> Option<usize> {
        let place = self.place()?;
        self.parent().filter(|parent| parent.kind() == NodeKind::Sequence).map(|_| place)
    }

    /// Where the `-` of a list item, the `:` of a value or the `?` of a key stands.
    pub fn indicator(self) -> Option<usize> {
        let at = self.written().indicator;
        (at != NONE).then_some(at as usize)
    }

    /// Whether it is a collection written with brackets.
    pub fn is_flow(self) -> bool {
        matches!(self.data(), Data::Collection(collection) if collection.is_flow)
    }

    /// Its style and text, if it is a scalar.
    pub fn scalar(self) -> Option<Scalar<'t>> {
        let node = self.resolved();
        match &node.written().data {
            Data::Verbatim(style, content) => {
                Some(Scalar { node, style: *style, value: self.tree.source.slice(*content) })
            }
            Data::Decoded(style, text) => Some(Scalar { node, style: *style, value: text.value() }),
            _ => None,
        }
    }

    /// A scalar's decoded text; a missing value is empty.
    pub fn as_str(self) -> Option<&'t str> {
        self.scalar().map(|scalar| scalar.value)
    }

    /// A scalar's text with the way back to the file. For an alias, the target's.
    pub fn text(self) -> Option<Text> {
        self.scalar().map(Scalar::text)
    }

    /// Whether nothing, `~` or `null` is written.
    pub fn is_null(self) -> bool {
        self.scalar().is_some_and(|scalar| {
            scalar.style == Style::Plain && matches!(scalar.value, "" | "~" | "null" | "Null" | "NULL")
        })
    }

    /// A truth value (<https://yaml.org/spec/1.2.2/#1032-tag-resolution>); `yes` and `on` are texts.
    pub fn as_bool(self) -> Option<bool> {
        match self.scalar().filter(|scalar| scalar.style == Style::Plain)?.value {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    pub(super) fn children(self) -> &'t [NodeId] {
        match self.data() {
            Data::Collection(collection) => {
                &self.tree.children[collection.children.start as usize..collection.children.end as usize]
            }
            _ => &[],
        }
    }

    /// The items of a sequence; anything else has none.
    pub fn items(self) -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator + 't {
        let tree = self.tree;
        self.item_ids().iter().map(move |&id| tree.node(id))
    }

    /// The item of a sequence at that place.
    pub fn item(self, at: usize) -> Option<Self> {
        self.item_ids().get(at).map(|&id| self.tree.node(id))
    }

    fn item_ids(self) -> &'t [NodeId] {
        if self.kind() == NodeKind::Sequence { self.children() } else { &[] }
    }
}

impl<'t> Scalar<'t> {
    /// The text with the way back to the file.
    pub fn text(self) -> Text {
        let written = self.node.written();
        match &written.data {
            Data::Verbatim(_, content) => Text::verbatim(&self.node.tree.source, *content, written.span),
            Data::Decoded(_, text) => (**text).clone(),
            Data::Collection(_) | Data::Alias(_) => Text::opaque(self.value, written.span),
        }
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.span().start, self.span().end)
    }
}
