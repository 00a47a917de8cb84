//! The linter's entry point.
fn main() {}
