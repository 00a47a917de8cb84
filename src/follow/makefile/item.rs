//! What a makefile consists of.

use crate::source::{Source, Text};

/// A makefile's items, in order; nothing is expanded.
#[derive(Debug)]
pub(in crate::follow) struct Makefile {
    pub(in crate::follow) source: Source,
    pub(in crate::follow) items: Vec<Item>,
}

/// One of them.
#[derive(Debug)]
pub(in crate::follow) enum Item {
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
pub(in crate::follow) struct Assign {
    pub(in crate::follow) name: Text,
    pub(in crate::follow) flavour: Flavour,
    pub(in crate::follow) value: Text,
    pub(in crate::follow) is_override: bool,
    pub(in crate::follow) is_exported: bool,
}

/// How a variable is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::follow) enum Flavour {
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
pub(in crate::follow) struct Rule {
    pub(in crate::follow) targets: Text,
    pub(in crate::follow) prerequisites: Text,
    /// `target: NAME = value`
    pub(in crate::follow) specific: Option<String>,
}

/// A conditional's test.
#[derive(Debug)]
pub(in crate::follow) enum Condition {
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
