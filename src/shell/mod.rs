//! Shell scripts: `run:` text, script files, recipes, `sh -c` arguments.

pub mod ast;

pub use ast::*;
