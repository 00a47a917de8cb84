//! Docker calls that no script writes: what runners and strangers do.

use std::collections::BTreeMap;

use super::machine::{Caller, Machine, Maker, Reply};

/// Calls docker on the machine's host.
pub(super) fn docker(machine: &mut Machine, maker: Maker, words: &[&str]) -> Option<Reply> {
    let env = BTreeMap::new();
    let caller = Caller { maker, declared: None, env: &env, directory: "/", input: None };
    machine.words(&[&["docker"], words].concat(), &caller)
}
