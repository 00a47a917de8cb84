//! The state of one shell: variables, functions, directory, options.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Branch, Capture, Frame, Target, Trap};
use crate::command::Arg;
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
    /// The call that gave [`Scope::positional`], while these are all that it gave.
    pub call: Option<HandedOver>,
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
    /// `trap '' HUP`: what it starts outlives the terminal.
    pub ignores_hangup: bool,
    pub process: usize,
    pub chain: Vec<Link>,
    pub frame: Frame,
    pub traps: Vec<(Trap, Function)>,
    pub within: Vec<String>,
    /// Files this shell wrote, by path as written: `cat > x.sh <<EOF`.
    pub written: Vec<Value>,
}

/// The arguments of a call as they stand where it is written.
#[derive(Clone, Debug)]
pub(super) struct HandedOver {
    /// The text that holds the call.
    pub frame: Frame,
    /// The calls that led there.
    pub chain: Vec<Link>,
    /// The whole call.
    pub span: Range<usize>,
    /// Its arguments.
    pub args: Vec<Arg>,
}

impl HandedOver {
    /// Whether a script that is called so finds the same: what runs its arguments stands where the call does.
    fn is_like(&self, other: &Self) -> bool {
        let at = |call: &Self| call.frame.location(call.span.clone());
        self.args.is_empty() && other.args.is_empty() || at(self) == at(other)
    }
}

impl Scope {
    /// Whether a script that starts in either does the same: neither has functions or traps of its own yet, and the
    /// script is the same. That another call led there, in another process, changes nothing that it does.
    pub fn starts_like(&self, other: &Self) -> bool {
        let Self {
            variables,
            functions: _,
            positional,
            call,
            name,
            directory,
            script,
            errexit,
            nounset,
            pipefail,
            target,
            daemon_away,
            ignores_hangup,
            process: _,
            chain: _,
            frame: _,
            traps: _,
            within: _,
            written,
        } = self;
        let handed = match (call, &other.call) {
            (Some(own), Some(theirs)) => own.is_like(theirs),
            (None, None) => true,
            _ => false,
        };
        let options = (errexit, nounset, pipefail) == (&other.errexit, &other.nounset, &other.pipefail);
        let around =
            (target, daemon_away, ignores_hangup) == (&other.target, &other.daemon_away, &other.ignores_hangup);
        handed
            && options
            && around
            && *positional == other.positional
            && (directory, script) == (&other.directory, &other.script)
            && *written == other.written
            && *name == other.name
            && *variables == other.variables
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
    pub branches: Vec<Arc<Branch>>,
    pub trap: Option<Trap>,
    pub stdin: Option<Capture>,
    pub output: Option<Value>,
}

impl Scope {
    /// The state with these arguments, which the call at `span` gives.
    pub fn given(&mut self, args: &[Arg], frame: Frame, chain: Vec<Link>, span: Range<usize>) {
        self.positional = args.iter().map(|arg| arg.value.clone()).collect();
        self.call = Some(HandedOver { frame, chain, span, args: args.to_vec() });
    }

    /// The state with these arguments, which stand in no call.
    pub fn given_values(&mut self, values: Vec<Value>) {
        self.positional = values;
        self.call = None;
    }
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
    let count = ways.len();
    let mut merged: BTreeMap<String, Vec<Option<Value>>> = BTreeMap::new();
    for (index, way) in ways.into_iter().enumerate() {
        for (name, value) in way {
            merged.entry(name).or_insert_with(|| vec![None; count])[index] = Some(value);
        }
    }
    let joined = |(name, values): (String, Vec<Option<Value>>)| {
        // A variable that only some ways set keeps what it had: nobody sees whether that was nothing.
        let unset = Value::unknown(format!("${name}"));
        let values = values.into_iter().map(|value| value.unwrap_or_else(|| unset.clone()));
        (name, Value::one_of(values))
    };
    merged.into_iter().map(joined).collect()
}
