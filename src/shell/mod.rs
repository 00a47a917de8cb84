//! Shell scripts: `run:` text, script files, recipes, `sh -c` arguments.

pub mod ast;

mod ansi;
mod argument;
mod expand;
mod frame;
mod grammar;
mod lexer;
mod map;
mod mask;
mod parse;
mod redirect;
mod remap;
mod statements;
mod token;
mod word;

pub use ast::*;
pub use parse::parse;

#[cfg(test)]
mod tests;
