//! The helper's entry point.
fn main() {}
