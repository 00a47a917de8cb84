//! YAML with the place of every byte: [`parse`] a [`Source`](crate::source::Source) into a [`Tree`].
//!
//! `events` come from `plain`, which reads what nearly all files hold, or from the parser (`event`). `cursor` reads the
//! bytes between scalars, `scalar` finds a scalar's text again in the file, `dedent` reads what the parser is too
//! strict for, `build` makes the tree of it all. Nothing expands an alias: depth, nodes and the nodes that aliases
//! repeat are bounded, so every walk of a tree is.

mod build;
mod cursor;
mod dedent;
mod entry;
mod error;
mod event;
mod events;
mod plain;
mod scalar;
mod tree;

pub use build::parse;
pub use entry::Entry;
pub use tree::{Node, NodeId, NodeKind, Scalar, Style, Tree};

#[cfg(test)]
pub(crate) mod tests;
