//! Shell scripts: `run:` text, script files, recipes, `sh -c` arguments.

pub mod ast;

mod ansi;
mod argument;
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
mod parse;
mod recover;
mod redirect;
mod remap;
mod statements;
mod token;
mod walk;
mod word;

pub use ast::*;
pub use context::Context;
pub use inner::reparse;
pub use parse::parse;
pub use walk::Node;

#[cfg(test)]
mod tests;
