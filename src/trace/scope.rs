//! The state of one shell: variables, functions, directory, options.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Capture, Frame, Target, Trap};
use crate::facts::Link;
use crate::shell::Statement;
use crate::symbol::Value;

/// One shell process as it goes along.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub variables: BTreeMap<String, Value>,
    pub functions: BTreeMap<String, Function>,
    /// `$1` and up.
    pub positional: Vec<Value>,
    /// `$0`.
    pub name: Value,
    pub directory: crate::follow::Directory,
    /// The directory of the script file that is running, for `$0`.
    pub script: Option<crate::follow::Directory>,
    pub errexit: bool,
    pub nounset: bool,
    pub pipefail: bool,
    pub target: Target,
    /// Set by `eval "$(minikube docker-env)"` and its like: docker alone is elsewhere.
    pub daemon_away: bool,
    pub process: usize,
    pub chain: Vec<Link>,
    pub frame: Frame,
    pub traps: Vec<(Trap, Function)>,
    pub within: Vec<String>,
    /// Files this shell wrote, by path as written: `cat > x.sh <<EOF`.
    pub written: Vec<Value>,
}

impl Scope {
    /// Whether a script that starts in either finds the same: neither has functions or traps of its own yet.
    pub fn starts_like(&self, other: &Self) -> bool {
        let options = |scope: &Self| (scope.errexit, scope.nounset, scope.pipefail, scope.daemon_away, scope.target);
        options(self) == options(other)
            && self.positional == other.positional
            && self.directory == other.directory
            && self.written == other.written
            && self.name == other.name
            && self.variables == other.variables
    }
}

/// A function, or a trap's commands, with the text its ranges are bytes of.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub body: Arc<[Statement]>,
    pub frame: Frame,
}

/// How the commands at a place stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    pub background: bool,
    pub conditional: bool,
    pub tolerated: bool,
    pub before_and: bool,
    pub guarded: bool,
    pub in_loop: bool,
    pub trap: Option<Trap>,
    pub stdin: Option<Capture>,
    pub output: Option<Value>,
}

impl Flow {
    /// The same, but what runs may be passed over.
    pub fn maybe(&self) -> Self {
        Self { conditional: true, ..self.clone() }
    }

    /// The same, but a failure ends nothing.
    pub fn forgiven(&self) -> Self {
        Self { tolerated: true, ..self.clone() }
    }
}

/// Joins what two ways through a branch left in the variables.
pub(super) fn merge(ways: Vec<BTreeMap<String, Value>>) -> BTreeMap<String, Value> {
    let mut merged: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let count = ways.len();
    for (index, way) in ways.into_iter().enumerate() {
        for (name, value) in way {
            let values = merged.entry(name).or_default();
            // Ways before this one that did not set it left it as it was outside.
            values.resize(index.max(values.len()), Value::default());
            values.push(value);
        }
    }
    merged
        .into_iter()
        .map(|(name, mut values)| {
            if values.len() < count {
                values.resize(count, Value::default());
            }
            let unset = Value::unknown(format!("${name}"));
            let empty = values.iter().filter(|value| value.parts().is_empty()).count();
            // A variable that only some ways set keeps what it had: nobody sees whether that was nothing.
            let values = if empty > 0 && empty < values.len() {
                values.into_iter().map(|value| if value.parts().is_empty() { unset.clone() } else { value }).collect()
            } else {
                values
            };
            (name, Value::one_of(values))
        })
        .collect()
}
