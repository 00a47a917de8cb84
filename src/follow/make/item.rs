//! What a makefile consists of.

use crate::source::{Source, Text};

/// A makefile's items, in order; nothing is expanded.
#[derive(Debug)]
pub(in crate::follow) struct Makefile {
    pub(super) source: Source,
    pub(super) items: Vec<Item>,
}

#[derive(Debug)]
pub(super) enum Item {
    /// `NAME = value`
    Assign(Assign),
    /// `export NAME…`; no names: all.
    Export(Text),
    /// `define NAME` … `endef`
    Define(String),
    /// `targets: prerequisites`, and its recipe in the [`Item::Recipe`]s that follow.
    Rule(Rule),
    /// A line of the last rule's recipe, its continuations included.
    Recipe(Text),
    /// `include`, `-include`.
    Include { paths: Text, is_optional: bool },
    /// `ifeq`, `ifdef` …
    If(Condition),
    /// `else`, `else ifeq …`
    Else(Option<Condition>),
    /// `endif`
    EndIf,
    /// `$(eval …)`, `$(call …)`: may make rules that nobody sees.
    Generated,
}

#[derive(Debug)]
pub(super) struct Assign {
    pub(super) name: Text,
    pub(super) flavour: Flavour,
    pub(super) value: Text,
    pub(super) is_override: bool,
    pub(super) is_exported: bool,
}

/// How a variable is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// `=`
    Lazy,
    /// `:=`
    Now,
    /// `?=`
    Default,
    /// `+=`
    Append,
    /// `!=`
    Shell,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) targets: Text,
    pub(super) prerequisites: Text,
    /// `target: NAME = value`
    pub(super) specific: Option<String>,
}

/// A conditional's test.
#[derive(Debug)]
pub(super) enum Condition {
    Equal {
        one: String,
        other: String,
        negated: bool,
    },
    Defined {
        name: String,
        negated: bool,
    },
    /// Not understood.
    Odd,
}
