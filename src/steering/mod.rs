//! What decides what other programs run: variables that steer them, and the arguments of an interpreter.
//!
//! Both binaries read it: what the linter says of a process, `berth-run` finds.

mod interpreter;
mod variable;

pub use interpreter::{Script, script};
pub use variable::steers;
