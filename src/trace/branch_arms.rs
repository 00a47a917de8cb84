//! Branches: what is asked before a command runs, and where that leads.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::interpreter::Interpreter;
use super::scope::{Flow, Scope};
use super::{Branch, Question};
use crate::shell::{Command, Statement, StatementKind, Word};
use crate::symbol::Value;

/// How deep statements are looked into: functions may call each other.
const DEEPEST: usize = 16;

/// What asking a condition is.
#[derive(Clone, Default)]
pub(super) struct Asking {
    /// The acts.
    acts: Range<usize>,
    /// The words of its tests.
    looks_at: Vec<Value>,
}

/// One arm of a statement that branches.
pub(super) struct Arm<'s> {
    /// The statement's number: [`Interpreter::branching`].
    pub of: usize,
    /// Which arm it is.
    pub arm: usize,
    /// How many there are of which one is taken; 0 when it may be none.
    pub arms: usize,
    /// What is asked.
    pub condition: &'s [Statement],
    /// What asking it was.
    pub asking: Asking,
    /// Whether a yes leads here.
    pub on_yes: bool,
    /// What runs here.
    pub body: &'s [Statement],
}

impl Interpreter<'_> {
    /// A number for a statement that branches.
    pub(super) fn branching(&mut self) -> usize {
        self.branched += 1;
        self.branched
    }

    /// Walks a condition, and gives what asking it is.
    pub(super) fn asking<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> (T, Asking) {
        let (acts, words) = (self.trace.acts.len(), self.looked_at.len());
        let answer = ask(self);
        let looks_at = self.looked_at.get(words..).unwrap_or_default().to_vec();
        (answer, Asking { acts: acts..self.trace.acts.len(), looks_at })
    }

    /// How commands stand in an arm.
    pub(super) fn in_arm(&self, scope: &Scope, arm: Arm<'_>, flow: &Flow) -> Flow {
        let [.., last] = arm.condition else { return flow.clone() };
        let branch = Branch {
            of: arm.of,
            arm: arm.arm,
            arms: arm.arms,
            question: question(last, arm.asking.looks_at),
            written: self.written(scope, last.span.clone()),
            asked: arm.asking.acts,
            on_yes: arm.on_yes != denies(last),
            fails: fails(scope, arm.body),
            in_loop: flow.context.in_loop,
        };
        flow.within(branch)
    }

    /// How commands stand in an arm of `case`.
    pub(super) fn in_case(
        &self,
        of: usize,
        arm: usize,
        subject: &Value,
        block: &[Statement],
        place: (&Scope, &Flow),
    ) -> Flow {
        let (scope, flow) = place;
        let now = self.trace.acts.len();
        flow.within(Branch {
            of,
            arm,
            arms: 0,
            question: Question::Values(vec![subject.clone()]),
            written: format!("case {subject} {arm}"),
            asked: now..now,
            on_yes: true,
            fails: fails(scope, block),
            in_loop: flow.context.in_loop,
        })
    }

    /// How the rest of a block stands behind a statement that ends the script well in some way through it, when
    /// the block ends in a failure: what is done when something was given up.
    pub(super) fn given_up(&mut self, scope: &Scope, block: &[Statement], at: usize, flow: &Flow) -> Option<Flow> {
        let way_out = block.get(at).is_some_and(leaves_well);
        if !way_out || !fails(scope, block) {
            return None;
        }
        let (now, of) = (self.trace.acts.len(), self.branching());
        Some(flow.within(Branch {
            of,
            arm: 0,
            arms: 0,
            question: Question::Command,
            written: String::new(),
            asked: now..now,
            on_yes: false,
            fails: true,
            in_loop: flow.context.in_loop,
        }))
    }
}

impl Flow {
    fn within(&self, branch: Branch) -> Self {
        self.standing(|context| context.branches.push(Arc::new(branch)))
    }
}

fn question(statement: &Statement, looks_at: Vec<Value>) -> Question {
    if asks_for_files(statement) {
        Question::Present
    } else if only_tests(statement) {
        Question::Values(looks_at)
    } else {
        Question::Command
    }
}

/// Whether a yes to the whole is a no to what it looks at: `! a`, `[ -z "$x" ]`, `[ "$x" != y ]`.
fn denies(statement: &Statement) -> bool {
    let inner = match &statement.kind {
        StatementKind::Command(command) => is_bracket(command) && has_denial(&command.words[1..]),
        StatementKind::Test(words) => has_denial(words),
        StatementKind::And(left, _) | StatementKind::Or(left, _) => denies(left),
        StatementKind::Group(block) | StatementKind::Subshell(block) => block.last().is_some_and(denies),
        _ => false,
    };
    statement.negated != inner
}

fn has_denial(words: &[Word]) -> bool {
    let denials = words.iter().filter_map(Word::literal).filter(|word| matches!(&**word, "!" | "-z" | "!="));
    denials.count() % 2 == 1
}

fn is_bracket(command: &Command) -> bool {
    command.words.first().and_then(Word::literal).is_some_and(|name| name == "[" || name == "test")
}

/// Whether a statement is nothing but tests.
pub(super) fn only_tests(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Command(command) => is_bracket(command),
        StatementKind::Test(_) | StatementKind::Arithmetic(_) => true,
        StatementKind::And(left, right) | StatementKind::Or(left, right) => only_tests(left) && only_tests(right),
        StatementKind::Group(block) | StatementKind::Subshell(block) => block.iter().all(only_tests),
        _ => false,
    }
}

/// Whether it asks for what must be there before anything can be made or removed: a file, the program itself.
fn asks_for_files(statement: &Statement) -> bool {
    let asks = |words: &[Word]| {
        let first = words.iter().find_map(Word::literal).unwrap_or_default();
        matches!(&*first, "-f" | "-e" | "-d" | "-s" | "-x" | "-r" | "-S")
    };
    match &statement.kind {
        StatementKind::Command(command) => match command.words.first().and_then(Word::literal).as_deref() {
            Some("[" | "test") => asks(&command.words[1..]),
            Some("which" | "hash" | "type") => true,
            Some("command") => command.words.get(1).and_then(Word::literal).is_some_and(|word| word == "-v"),
            Some("docker" | "podman") => {
                command.words.get(1).and_then(Word::literal).is_some_and(|word| word == "info" || word == "version")
            }
            _ => false,
        },
        StatementKind::Test(words) => asks(words),
        StatementKind::And(left, right) => asks_for_files(left) && asks_for_files(right),
        _ => false,
    }
}

/// Whether a block ends in a failure: `exit 1`, `return 1`, `false`, a function that does.
pub(super) fn fails(scope: &Scope, block: &[Statement]) -> bool {
    ends_badly(scope, block, DEEPEST)
}

fn ends_badly(scope: &Scope, block: &[Statement], depth: usize) -> bool {
    block.last().is_some_and(|last| statement_fails(scope, last, depth))
}

fn statement_fails(scope: &Scope, statement: &Statement, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match &statement.kind {
        StatementKind::Command(command) => match literal(command, 0).as_deref() {
            Some("exit" | "return") => command.words.get(1).is_none_or(|code| code.literal().as_deref() != Some("0")),
            Some("false") => true,
            Some(name) => scope.functions.get(name).is_some_and(|function| ends_badly(scope, &function.body, depth)),
            None => false,
        },
        StatementKind::Group(block) | StatementKind::Subshell(block) => ends_badly(scope, block, depth),
        StatementKind::And(_, right) | StatementKind::Or(_, right) => statement_fails(scope, right, depth),
        StatementKind::If { arms, otherwise } => {
            arms.iter().all(|(_, body)| ends_badly(scope, body, depth))
                && otherwise.as_ref().is_some_and(|body| ends_badly(scope, body, depth))
        }
        _ => false,
    }
}

/// A word of a command, where it is known.
fn literal(command: &Command, at: usize) -> Option<Cow<'_, str>> {
    command.words.get(at).and_then(Word::literal)
}

/// What is asked before something runs in a loop's body: of each line that it reads.
pub(super) fn conditions(statement: &Statement) -> Vec<&Statement> {
    match &statement.kind {
        StatementKind::If { arms, .. } => {
            let asked = arms.iter().flat_map(|(condition, _)| condition.last());
            asked.chain(arms.iter().flat_map(|(_, body)| body.iter().flat_map(conditions))).collect()
        }
        StatementKind::And(left, right) | StatementKind::Or(left, right) => {
            std::iter::once(&**left).chain(conditions(right)).collect()
        }
        StatementKind::Group(block) | StatementKind::Subshell(block) => block.iter().flat_map(conditions).collect(),
        _ => Vec::new(),
    }
}

/// Whether some way through a statement ends the script well: `exit 0`, `return 0`.
fn leaves_well(statement: &Statement) -> bool {
    let any = |block: &[Statement]| block.iter().any(leaves_well);
    match &statement.kind {
        StatementKind::Command(command) => {
            let leaves = matches!(literal(command, 0).as_deref(), Some("exit" | "return"));
            leaves && literal(command, 1).as_deref() == Some("0")
        }
        StatementKind::And(_, right) | StatementKind::Or(_, right) => leaves_well(right),
        StatementKind::If { arms, otherwise } => {
            arms.iter().any(|(_, body)| any(body)) || otherwise.as_ref().is_some_and(|body| any(body))
        }
        StatementKind::For { body, .. } | StatementKind::Count { body, .. } | StatementKind::While { body, .. } => {
            any(body)
        }
        StatementKind::Case { arms, .. } => arms.iter().any(|(_, body)| any(body)),
        StatementKind::Group(block) => any(block),
        StatementKind::Pipeline(_)
        | StatementKind::Subshell(_)
        | StatementKind::Function { .. }
        | StatementKind::Test(_)
        | StatementKind::Arithmetic(_) => false,
    }
}
