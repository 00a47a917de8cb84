//! What the daemon's client knows of its surroundings.

use std::collections::BTreeMap;

use super::declared::Declared;
use super::maker::Maker;
use crate::symbol::Value;

/// Who calls, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Who calls.
    pub maker: Maker,
    /// The files of a compose call; none when they are not known.
    pub declared: Option<&'a Declared>,
    /// The variables of the call.
    pub env: &'a BTreeMap<String, Value>,
    /// Where it runs, as a path.
    pub directory: &'a str,
    /// What can be read from standard input.
    pub input: Option<&'a str>,
}
