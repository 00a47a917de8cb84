//! Docker calls that no script writes: what runners and strangers do.

use std::collections::BTreeMap;

use super::machine::{Caller, Machine, Maker, Place, Reply};
use crate::command::{Arg, Invocation};
use crate::follow::Directory;
use crate::symbol::Value;

/// Calls docker on the machine's host.
pub(super) fn docker(machine: &mut Machine, maker: Maker, words: &[&str]) -> Option<Reply> {
    let args: Vec<Arg> =
        std::iter::once("docker").chain(words.iter().copied()).map(|word| Arg::new(Value::literal(word), 0..0)).collect();
    let call = crate::docker::call(&Invocation::parse(&args)?)?;
    let (env, directory) = (BTreeMap::new(), Directory::checkout());
    let caller = Caller { maker, stack: None, env: &env, directory: &directory, place: Place::Host, input: None };
    Some(machine.docker(&call, &caller))
}
