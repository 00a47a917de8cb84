//! The state of one shell: variables, functions, directory, options.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::control_flow::Goes;
use super::fields::join;
use super::world::Status;
use super::{Context, Frame, Target, Trap};
use crate::command::Arg;
use crate::facts::Link;
use crate::follow::RepoPath;
use crate::shared::Shared;
use crate::shell::{Block, Word};
use crate::symbol::{Value, Variables};
use crate::truth::Truth;

/// Names of variables.
pub(super) type Names = BTreeSet<Arc<str>>;

/// One shell process as it goes along.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub variables: Shared<Variables>,
    /// The names of those that the environment of its commands has.
    pub exported: Shared<Names>,
    /// `set -a`: what is set is exported.
    pub exports: bool,
    /// The elements of arrays; one counts while its variable holds what they are written together.
    pub arrays: Shared<BTreeMap<Arc<str>, Vec<Value>>>,
    pub functions: Shared<BTreeMap<String, Function>>,
    /// Those that the environment of its commands has (`export -f`): bash alone reads them there.
    pub handed: Shared<BTreeMap<String, Function>>,
    /// What stands in the place of a line that `xargs -I` reads.
    pub line_mark: Option<Arc<str>>,
    /// `$1` and up.
    pub positional: Shared<Vec<Value>>,
    /// The call that gave [`Scope::positional`], while these are all that it gave.
    pub call: Option<Shared<HandedOver>>,
    /// There may be more of them, or fewer, than [`Scope::positional`] has: what hands them on hands on as many.
    pub loose_arguments: bool,
    /// `$0`.
    pub name: Value,
    /// The shell around as it was when it expanded the text that this one runs.
    pub outer: Option<Rc<Scope>>,
    pub directory: crate::follow::Directory,
    /// How often this way has changed it.
    pub moves: usize,
    /// The directory of the script file that is running, for `$0`.
    pub script: Option<crate::follow::Directory>,
    pub errexit: bool,
    pub nounset: bool,
    pub pipefail: bool,
    pub target: Target,
    /// Set by `eval "$(minikube docker-env)"` and its like: docker alone is elsewhere.
    pub daemon_away: bool,
    /// In a container: where the checkout's folders and files are mounted, the deepest first.
    pub mounted: Shared<Vec<(String, RepoPath)>>,
    /// `trap '' HUP`: what it starts outlives the terminal.
    pub ignores_hangup: bool,
    pub process: usize,
    pub chain: Shared<Vec<Link>>,
    pub frame: Frame,
    pub traps: Shared<Vec<(Trap, Function)>>,
    /// Traps for the end of the shell that are not set any more.
    pub gone_traps: Shared<Vec<(Trap, Function)>>,
    pub within: Shared<Vec<String>>,
    /// Files this shell wrote, by path as written: `cat > x.sh <<EOF`.
    pub written: Shared<Vec<Value>>,
    /// `$?`
    pub status: Status,
    /// What was printed to where [`Flow::captured`] reads it; `None` once nobody knows.
    pub printed: Option<Value>,
    /// What `local` hides, for each function that runs.
    pub locals: Shared<Vec<BTreeMap<Arc<str>, Hidden>>>,
    /// It is a substitution, in which bash does not heed `set -e`.
    pub substitutes: bool,
    /// The signal that arrived was dealt with.
    pub signalled: bool,
    /// The ways that may have left what is walked before its end.
    pub left: Left,
}

impl Scope {
    /// A shell like this one below it: a pipe's stage, `( … )`, `$( … )`.
    pub fn subshell(&self) -> Self {
        Self { traps: Shared::default(), gone_traps: Shared::default(), left: Left::default(), ..self.clone() }
    }

    /// The state with these arguments, which the call at `span` gives.
    pub fn given(&mut self, args: &[Arg], frame: Frame, chain: Shared<Vec<Link>>, span: Range<usize>) {
        self.given_values(args.iter().map(|arg| arg.value.clone()).collect());
        self.call = Some(Shared::from(HandedOver { frame, chain, span, args: args.to_vec() }));
    }

    /// The state with these arguments, which stand in no call.
    pub fn given_values(&mut self, values: Vec<Value>) {
        self.positional = values.into();
        self.call = None;
    }

    /// How many arguments there are, when that is known: each word of a call is taken for one.
    pub fn count(&self) -> Option<usize> {
        let forgotten = self.positional.iter().enumerate().any(|(at, value)| *value == Self::forgotten(at));
        (!forgotten).then_some(self.positional.len())
    }

    /// Whether there is no argument of this number, counted from 1, whatever words the others become: files that a
    /// pattern names, the words of `{a,b}`.
    pub fn has_no(&self, number: usize) -> bool {
        let one_word = |arg: &Arg| !arg.may_be_several() && !arg.value.to_string().contains(['*', '?', '[', '{']);
        let all = self.call.as_ref().is_some_and(|call| call.args.iter().all(one_word));
        !self.loose_arguments && all && self.count().is_some_and(|count| number > count)
    }

    /// The argument at this place, counted from 0, of which nobody knows anything.
    pub fn forgotten(at: usize) -> Value {
        Value::unknown(format!("${}", at + 1))
    }

    /// Nobody knows any more which arguments there are.
    pub fn forget_arguments(&mut self) {
        self.loose_arguments = true;
        self.given_values((0..self.positional.len()).map(Self::forgotten).collect());
    }

    /// Without the first of the arguments.
    pub fn shift(&mut self, count: usize) {
        self.positional.drain(..count);
        if let Some(call) = &mut self.call {
            call.args.drain(..count);
        }
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        if self.exports {
            self.export(&name);
        }
        self.variables.insert(name, value);
    }

    /// The environment of its commands has the variable.
    pub fn export(&mut self, name: &str) {
        if !self.exported.contains(name) {
            self.exported.insert(name.into());
        }
    }

    /// A variable as it is, before something covers it.
    pub fn hide(&self, name: &str) -> Hidden {
        Hidden {
            value: self.variables.get(name).cloned(),
            array: self.arrays.get(name).cloned(),
            exported: self.exported.contains(name),
        }
    }

    /// The variable as it was.
    pub fn uncover(&mut self, name: &str, hidden: Hidden) {
        match hidden.value {
            Some(value) => self.variables.insert(name.into(), value),
            None => self.variables.remove(name),
        };
        match hidden.array {
            Some(elements) => self.arrays.insert(name.into(), elements),
            None if self.arrays.contains_key(name) => self.arrays.remove(name),
            None => None,
        };
        if hidden.exported {
            self.export(name);
        } else if self.exported.contains(name) {
            self.exported.remove(name);
        }
    }

    /// The variables that a program gets.
    pub fn environment(&self) -> Shared<Variables> {
        if self.variables.keys().all(|name| self.exported.contains(name)) {
            return self.variables.clone();
        }
        let exported = self.variables.iter().filter(|(name, _)| self.exported.contains(*name));
        exported.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The elements of an array, when the variable still is one.
    pub fn array(&self, name: &str) -> Option<&Vec<Value>> {
        let values = self.arrays.get(name)?;
        (self.variables.get(name) == Some(&join(values))).then_some(values)
    }

    /// Sets an element of an array. Which one that is, or what the others are, is seldom known: then nothing of the
    /// array is any more.
    pub fn set_element(&mut self, name: &str, index: &str, value: Value) {
        let known = index.parse::<usize>().ok().zip(self.array(name).cloned());
        match known {
            Some((index, mut elements)) if index <= elements.len() => {
                match elements.get_mut(index) {
                    Some(element) => *element = value,
                    None => elements.push(value),
                }
                self.set_array(name, elements);
            }
            _ => {
                self.arrays.remove(name);
                self.set(name, Value::unknown(format!("${name}")));
            }
        }
    }

    /// Sets an array.
    pub fn set_array(&mut self, name: &str, elements: Vec<Value>) {
        self.set(name, join(&elements));
        self.arrays.insert(name.into(), elements);
    }

    /// How a way through a branch finds it.
    pub fn way(&self) -> Way {
        Way {
            variables: self.variables.clone(),
            status: self.status,
            printed: self.printed.clone(),
            directory: self.directory.clone(),
            moves: self.moves,
        }
    }

    /// How a way through a branch leaves it, before others are joined with it.
    pub fn take_way(&mut self) -> Way {
        Way {
            variables: std::mem::take(&mut self.variables),
            status: self.status,
            printed: std::mem::take(&mut self.printed),
            directory: self.directory.clone(),
            moves: self.moves,
        }
    }

    /// A way through a branch does not lead on behind it; others may.
    pub fn leave(&mut self, goes: Goes, way: Way) {
        let place = match goes {
            Goes::On => return,
            Goes::Exit => &mut self.left.exits,
            Goes::Return => &mut self.left.returns,
            Goes::Break(levels) | Goes::Continue(levels) => {
                let place = self.left.loops.len().checked_sub(levels).and_then(|at| self.left.loops.get_mut(at));
                let Some(place) = place else { return };
                place
            }
        };
        *place = Some(match place.take() {
            Some(other) => other.or(way),
            None => way,
        });
    }

    /// Joins ways that have left what ends here with the one that comes to its end. A variable that was set behind the
    /// place where they left is what the end has: what is done with it is done by those who came so far.
    pub fn rejoin(&mut self, left: Option<Way>) {
        let Some(mut left) = left else { return };
        let end = self.take_way();
        let added = added(&left.variables, &end.variables);
        if !added.is_empty() {
            left.variables.extend(added);
        }
        self.join(vec![left, end]);
    }

    /// The shell ends, here or where a way left it: what it printed, and how it ended.
    pub fn end(&mut self) {
        if let Some(left) = self.left.exits.take() {
            self.status = self.status.or(left.status);
            self.printed = self.printed.take().zip(left.printed).map(|(one, two)| Value::one_of([one, two]));
        }
    }

    /// Where the script goes on behind a function or a sourced script that came to its end so.
    pub fn returned(&mut self, goes: Goes) -> Goes {
        let returns = self.left.returns.take();
        match (goes, returns) {
            (Goes::Exit, None) => Goes::Exit,
            // Whoever is still there has returned before.
            (Goes::Exit, Some(way)) => {
                let end = self.take_way();
                self.leave(Goes::Exit, end);
                self.join(vec![way]);
                Goes::On
            }
            (_, returns) => {
                self.rejoin(returns);
                Goes::On
            }
        }
    }

    /// Joins what several ways through a branch left.
    pub fn join(&mut self, ways: Vec<Way>) {
        let printed: Option<Vec<Value>> = ways.iter().map(|way| way.printed.clone()).collect();
        self.printed = printed.map(Value::one_of);
        self.status = ways.iter().map(|way| way.status).reduce(Status::or).unwrap_or_default();
        // Who enters a folder in one branch means to be there behind it.
        if let Some(way) = ways.iter().max_by_key(|way| way.moves) {
            (self.directory, self.moves) = (way.directory.clone(), way.moves);
        }
        self.variables = merge(ways.into_iter().map(|way| way.variables).collect());
    }
}

/// A variable that something covers for a while.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    value: Option<Value>,
    array: Option<Vec<Value>>,
    exported: bool,
}

/// What one way through a branch may leave otherwise than another.
#[derive(Clone, Debug)]
pub(super) struct Way {
    variables: Shared<Variables>,
    pub status: Status,
    printed: Option<Value>,
    directory: crate::follow::Directory,
    /// [`Scope::moves`]
    moves: usize,
}

impl Way {
    fn or(self, other: Self) -> Self {
        let moved = if self.moves > other.moves { &self } else { &other };
        let (directory, moves) = (moved.directory.clone(), moved.moves);
        let printed = self.printed.zip(other.printed).map(|(one, two)| Value::one_of([one, two]));
        let status = self.status.or(other.status);
        Self { variables: merge(vec![self.variables, other.variables]), status, printed, directory, moves }
    }
}

/// The ways that may have left a script at a branch, by how far they lead.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    /// Behind the end of the shell.
    pub exits: Option<Way>,
    /// Behind the function, or the sourced script.
    pub returns: Option<Way>,
    /// Behind the loops at hand, outermost first.
    pub loops: Vec<Option<Way>>,
}

/// The arguments of a call as they stand where it is written.
#[derive(Clone, Debug)]
pub(super) struct HandedOver {
    /// The text that holds the call.
    pub frame: Frame,
    /// The calls that led there.
    pub chain: Shared<Vec<Link>>,
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
            handed,
            line_mark,
            positional,
            call,
            loose_arguments,
            name,
            outer: _,
            directory,
            moves: _,
            script,
            errexit,
            nounset,
            pipefail,
            target,
            daemon_away,
            mounted: _,
            ignores_hangup,
            process: _,
            chain: _,
            frame: _,
            traps: _,
            gone_traps: _,
            within: _,
            written,
            exported,
            exports,
            arrays,
            status,
            printed,
            locals: _,
            substitutes,
            signalled,
            left: _,
        } = self;
        let knows_like = handed.is_same(&other.handed) || handed.is_empty() && other.handed.is_empty();
        let loose = *loose_arguments == other.loose_arguments;
        let handed = match (call, &other.call) {
            (Some(own), Some(theirs)) => own.is_like(theirs),
            (None, None) => true,
            _ => false,
        };
        let options = (errexit, nounset, pipefail) == (&other.errexit, &other.nounset, &other.pipefail);
        let around =
            (target, daemon_away, ignores_hangup) == (&other.target, &other.daemon_away, &other.ignores_hangup);
        let shell = (exports, substitutes, signalled, status, printed)
            == (&other.exports, &other.substitutes, &other.signalled, &other.status, &other.printed);
        // Values of one source are equal, whatever tests have told of them.
        let empty = |scope: &Self| -> Vec<Truth> {
            scope.variables.values().chain(&scope.positional).map(Value::empty).collect()
        };
        handed
            && loose
            && knows_like
            && *line_mark == other.line_mark
            && options
            && around
            && shell
            && (exported, arrays) == (&other.exported, &other.arrays)
            && empty(self) == empty(other)
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
    pub body: Arc<Block>,
    pub frame: Frame,
    /// The shell when it expanded the text of a trap's commands.
    pub outer: Option<Rc<Scope>>,
}

/// A text that commands read one after the other; each takes what it reads away from those behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Input(Option<Rc<RefCell<Option<Value>>>>);

/// Who reads a known text takes it away: two who read one are never alike.
impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_none() && other.0.is_none()
    }
}

/// A line of an [`Input`].
pub(super) enum Line {
    /// It ended with its line end.
    Whole(Value),
    /// The text ended; perhaps with something that no line end follows.
    Last(Value),
}

impl Input {
    /// This text; `None` when it is not known.
    pub fn of(text: Option<Value>) -> Self {
        Self(text.map(|text| Rc::new(RefCell::new(Some(text)))))
    }

    /// What is left of it, when that is known.
    pub fn text(&self) -> Option<Value> {
        self.0.as_ref()?.borrow().clone()
    }

    /// Somebody has read all of it.
    pub fn drain(&self) {
        if let Some(text) = &self.0 {
            text.replace(Some(Value::default()));
        }
    }

    /// Somebody may have read some of it.
    pub fn forget(&self) {
        if let Some(text) = &self.0 {
            text.replace(None);
        }
    }

    /// Takes a line.
    pub fn line(&self) -> Option<Line> {
        let text = self.text()?;
        let (line, rest) = match text.split_once('\n') {
            Some((line, rest)) => (Line::Whole(line), rest),
            None => (Line::Last(text), Value::default()),
        };
        self.0.as_ref()?.replace(Some(rest));
        Some(line)
    }
}

/// How the commands at a place stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flow {
    /// As it is written down; what the shell is like comes to it then.
    pub context: Context,
    /// How many loops `break` and `continue` can mean here.
    pub loops: usize,
    /// It is asked whether it fails: `set -e` does not heed that.
    pub tested: bool,
    /// What it prints is read: by a pipe, a substitution, a file.
    pub captured: bool,
    /// What it reads.
    pub input: Input,
    /// The file that it reads.
    pub file: Option<Value>,
    /// The body of its heredoc, not expanded yet.
    pub heredoc: Option<Arc<Word>>,
}

impl Flow {
    /// The same in a shell below, or in a function: the loops around it are none of its own.
    pub fn below(&self) -> Self {
        Self { loops: 0, ..self.clone() }
    }

    /// The same in another process: whether it is asked how that ends is nothing it knows.
    pub fn process(&self) -> Self {
        Self { loops: 0, tested: false, file: None, heredoc: None, ..self.clone() }
    }

    /// The same in the body of a loop.
    pub fn round(&self) -> Self {
        let standing = self.standing(|context| {
            context.in_loop = true;
            context.looped |= context.background;
        });
        Self { loops: self.loops + 1, file: None, ..standing }
    }

    /// The same, but what runs may be passed over.
    pub fn maybe(&self) -> Self {
        self.standing(|context| context.conditional = true)
    }

    /// The same for a condition: a failure ends nothing.
    pub fn condition(&self) -> Self {
        Self { tested: true, ..self.standing(|context| context.tolerated = true) }
    }

    /// The same, but the commands stand otherwise.
    pub fn standing(&self, change: impl FnOnce(&mut Context)) -> Self {
        let mut flow = self.clone();
        change(&mut flow.context);
        flow
    }
}

/// The variables that only the second has.
fn added(before: &Variables, after: &Variables) -> Vec<(Arc<str>, Value)> {
    let mut added = Vec::new();
    before.compare(after, &mut |name, own, their| {
        if let (None, Some(value)) = (own, their) {
            added.push((name.clone(), value.clone()));
        }
    });
    added
}

/// Joins what several ways through a branch left in the variables.
fn merge(ways: Vec<Shared<Variables>>) -> Shared<Variables> {
    // Most ways leave them as they found them.
    if let Some((first, others)) = ways.split_first()
        && others.iter().all(|other| other.is_same(first))
    {
        return first.clone();
    }
    // Of several that are the very same one is enough.
    let mut distinct: Vec<Shared<Variables>> = Vec::with_capacity(ways.len());
    for way in ways {
        if !distinct.iter().any(|known| known.is_same(&way)) {
            distinct.push(way);
        }
    }
    let ways = distinct;
    if let [first, other] = ways.as_slice() {
        return merge_two(first, other);
    }
    // Each has them in the order of their names.
    let mut ways: Vec<_> = ways.iter().map(|way| way.iter().peekable()).collect();
    let mut merged = Vec::new();
    while let Some(name) = ways.iter_mut().filter_map(|way| Some(way.peek()?.0)).reduce(first_of) {
        let values: Vec<Option<&Value>> =
            ways.iter_mut().map(|way| way.next_if(|(other, _)| *other == name).map(|(_, value)| value)).collect();
        let value = match values.as_slice() {
            [Some(first), others @ ..]
                if others.iter().all(|other| other.is_some_and(|other| other.is_same(first))) =>
            {
                (*first).clone()
            }
            _ => {
                // A variable that only some ways set keeps what it had: nobody sees whether that was nothing.
                let unset = || Value::unknown(format!("${name}"));
                Value::one_of(values.into_iter().map(|value| value.cloned().unwrap_or_else(unset)))
            }
        };
        merged.push((name.clone(), value));
    }
    merged.into_iter().collect()
}

/// The same of two: of the many variables that both have alike nothing is made again.
fn merge_two(first: &Shared<Variables>, other: &Shared<Variables>) -> Shared<Variables> {
    let unset = |name: &Arc<str>| Value::unknown(format!("${name}"));
    let mut changed: Vec<(Arc<str>, Value)> = Vec::new();
    first.compare(other, &mut |name, own, their| {
        let both = match (own, their) {
            (Some(own), Some(their)) if their.is_same(own) => return,
            // A variable that only some ways set keeps what it had: nobody sees whether that was nothing.
            (own, their) => [own, their].map(|value| value.cloned().unwrap_or_else(|| unset(name))),
        };
        changed.push((name.clone(), Value::one_of(both)));
    });
    let mut merged = first.clone();
    if !changed.is_empty() {
        merged.extend(changed);
    }
    merged
}

/// The name that comes first. Those of one variable are mostly the very same text.
fn first_of<'n>(one: &'n Arc<str>, other: &'n Arc<str>) -> &'n Arc<str> {
    if Arc::ptr_eq(one, other) || one <= other { one } else { other }
}
