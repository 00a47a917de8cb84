//! Shell scripts: `run:` text, script files, recipes, `sh -c` arguments. [`parse`] makes a [`Script`] of a text:
//! statements, words and control flow (`ast`), every range in bytes of the text. A broken script is completed, never
//! refused.
//!
//! - Text to tree: `mask` hides `${{ … }}`, the lexer (`lexer`, `token`, `statements`, `level`, `frame`, `keyword`,
//!   `redirect`, `word`, `expand`, `argument`, `ansi`) splits it into what the grammar cannot misread, `recover` closes
//!   what is open, `skeleton` finds the statements in the tokens, or `grammar` asks tree-sitter for them, `command` and
//!   `parse` put words and statements together. `map` and `remap` lead its ranges back to the text.
//! - What is asked of a tree: `walk` visits it, `inner` finds scripts in words, `context` says how a place is quoted,
//!   `opening` how it could be, `listing` has its commands as a list, for those who edit it; `builtin` knows what the
//!   shell does itself.

pub mod ast;

mod ansi;
mod argument;
mod builtin;
mod command;
mod context;
mod expand;
mod frame;
mod grammar;
mod inner;
mod keyword;
mod level;
mod lexer;
mod listing;
mod map;
mod mask;
mod opening;
mod parse;
mod recover;
mod redirect;
mod remap;
mod skeleton;
mod statements;
mod token;
mod walk;
mod word;

pub use ast::*;
pub use builtin::{is_builtin, runs_another};
pub use context::Context;
pub use inner::{Inner, reparse};
pub use parse::parse;
pub use walk::{Node, visit_block, walk_block};

#[cfg(test)]
mod tests;
