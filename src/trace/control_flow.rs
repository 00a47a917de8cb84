//! Where a script goes on.

/// Where a script goes on after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    /// At the next one.
    On,
    /// `break N`: behind so many loops.
    Break(usize),
    /// `continue N`: at the next round of that loop, counted from the innermost.
    Continue(usize),
    /// `return`: behind the call of the function, or of the sourced script.
    Return,
    /// `exit`: nowhere.
    Exit,
}
