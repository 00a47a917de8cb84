//! Branches: `&&`, `||`, `if`, `case`. What is known decides; otherwise every way is walked.

use std::borrow::Cow;

use super::branch_arms::{Arm, Asking, fails};
use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::narrowing::narrow;
use super::pattern::Pattern;
use super::scope::{Flow, Scope, Way};
use super::world::Status;
use crate::shell::{Block, Part, Quote, Statement, StatementKind, Word};
use crate::truth::Truth;

impl Interpreter<'_> {
    pub(super) fn and_or(
        &mut self,
        scope: &mut Scope,
        left: &Statement,
        right: &Statement,
        and: bool,
        flow: &Flow,
    ) -> Goes {
        let forgives = !and && !fails(scope, std::slice::from_ref(right));
        let mut left_flow = flow.clone();
        left_flow.context.tolerated |= forgives || (and && is_test(left));
        left_flow.context.forgiven |= forgives;
        left_flow.context.before_and |= and;
        left_flow.tested = true;
        let (goes, asking) = self.asking(|walker| walker.statement(scope, left, &left_flow));
        if goes != Goes::On {
            return goes;
        }
        let truth = scope.status.succeeded();
        match if and { truth } else { !truth } {
            Truth::No => Goes::On,
            Truth::Yes => self.statement(scope, right, flow),
            Truth::Unknown => {
                // `a && b`: b is the rest of one thing; only a test makes it a branch.
                let mut inner = flow.clone();
                inner.context.conditional |= !and || is_test(left);
                inner.context.guarded |= and && guards(left);
                if !and || is_test(left) {
                    let of = self.branching();
                    let (condition, body) = (std::slice::from_ref(left), std::slice::from_ref(right));
                    let arm = Arm { of, arm: 0, arms: 0, condition, asking, on_yes: and, body };
                    inner = self.in_arm(scope, arm, &inner);
                }
                // Whether it fails decides nothing: perhaps it does not run.
                inner.tested = true;
                let passed = scope.way();
                narrow(scope, left, and);
                let goes = self.statement(scope, right, &inner);
                let after = scope.take_way();
                scope.join(vec![passed]);
                narrow(scope, left, !and);
                let before = scope.take_way();
                let status = match after.status.succeeded() {
                    // `a && false` fails, `a || true` does not.
                    Truth::No if and => Status::Failure,
                    Truth::Yes if !and => Status::SUCCESS,
                    _ => Status::Unknown,
                };
                if goes == Goes::On {
                    scope.join(vec![before, after]);
                    scope.status = status;
                    return Goes::On;
                }
                // What comes behind `a && exit` comes when a fails.
                scope.leave(goes, after);
                scope.join(vec![before]);
                scope.status = if and { Status::Failure } else { Status::SUCCESS };
                Goes::On
            }
        }
    }

    pub(super) fn branches(
        &mut self,
        scope: &mut Scope,
        arms: &[(Block, Block)],
        otherwise: Option<&Block>,
        flow: &Flow,
    ) -> Goes {
        let mut ways = Ways::default();
        let mut certain = true;
        let of = self.branching();
        let count = if otherwise.is_some() { arms.len() + 1 } else { 0 };
        let mut last = Asking::default();
        // What an arm that fails makes of it is the script's own answer to a failure.
        let fails_in_one = arms.iter().map(|(_, body)| body).chain(otherwise).any(|body| fails(scope, body));
        let condition_flow = flow.condition().standing(|context| context.forgiven |= !fails_in_one);
        for (index, (condition, body)) in arms.iter().enumerate() {
            let (goes, asking) = self.asking(|walker| walker.block(scope, condition, &condition_flow));
            last = asking;
            if goes != Goes::On {
                let way = scope.take_way();
                return ways.end(scope, goes, way);
            }
            let truth = scope.status.succeeded();
            if truth.is_no() {
                continue;
            }
            let mut inner = flow.clone();
            inner.context.conditional |= !(truth.is_yes() && certain);
            inner.context.guarded |= condition.last().is_some_and(guards);
            if inner.context.conditional {
                let asking = last.clone();
                let arm = Arm { of, arm: index, arms: count, condition, asking, on_yes: true, body };
                inner = self.in_arm(scope, arm, &inner);
            }
            if truth.is_yes() {
                let goes = self.block(scope, body, &inner);
                let way = scope.take_way();
                return ways.end(scope, goes, way);
            }
            let before = scope.way();
            if let Some(test) = condition.last() {
                narrow(scope, test, true);
            }
            let goes = self.block(scope, body, &inner);
            ways.add(goes, scope.take_way());
            scope.join(vec![before]);
            if let Some(test) = condition.last() {
                narrow(scope, test, false);
            }
            certain = false;
        }
        let goes = match otherwise {
            Some(body) => {
                let mut inner = flow.clone();
                inner.context.conditional |= !certain;
                if let Some((condition, _)) = arms.last().filter(|_| !certain) {
                    let (arm, asking) = (arms.len(), last);
                    let arm = Arm { of, arm, arms: count, condition, asking, on_yes: false, body };
                    inner = self.in_arm(scope, arm, &inner);
                }
                self.block(scope, body, &inner)
            }
            None => {
                scope.status = Status::SUCCESS;
                Goes::On
            }
        };
        let way = scope.take_way();
        ways.end(scope, goes, way)
    }

    pub(super) fn case(&mut self, scope: &mut Scope, subject: &Word, arms: &[(Vec<Word>, Block)], flow: &Flow) -> Goes {
        let value = self.word(scope, subject, flow);
        let mut ways = Ways::default();
        let mut certain = true;
        let of = self.branching();
        for (index, (patterns, body)) in arms.iter().enumerate() {
            let mut fits = Truth::No;
            for pattern in patterns {
                let pattern = self.pattern(scope, pattern, false, flow);
                fits = fits.or(pattern.map_or(Truth::Unknown, |pattern| pattern.fits_value(&value)));
            }
            if fits.is_yes()
                && let Some(first) = patterns.first()
            {
                fits = self.comes_out(scope, Status::SUCCESS, first.span.clone()).succeeded();
            }
            if fits.is_no() {
                continue;
            }
            if fits.is_yes() {
                let inner = if certain { flow.clone() } else { flow.maybe() };
                let goes = self.block(scope, body, &inner);
                let way = scope.take_way();
                return ways.end(scope, goes, way);
            }
            if let Some(first) = patterns.first() {
                self.note_open_test(scope, [&value], &first.span);
            }
            certain = false;
            let before = scope.way();
            let inner = self.in_case(of, index, &value, body, (scope, &flow.maybe()));
            let goes = self.block(scope, body, &inner);
            ways.add(goes, scope.take_way());
            scope.join(vec![before]);
        }
        scope.status = Status::SUCCESS;
        let way = scope.take_way();
        ways.end(scope, Goes::On, way)
    }

    /// A word as a pattern: what is quoted in it stands for itself. `None` when it is not known. Of an operand
    /// (`"${x%.*}"`) the outer double quotes do not count.
    pub(super) fn pattern(&mut self, scope: &mut Scope, word: &Word, operand: bool, flow: &Flow) -> Option<Pattern> {
        let mut pattern = Pattern::default();
        let mut known = true;
        for piece in &word.pieces {
            let value = self.piece(scope, piece, flow);
            let Some(text) = value.as_literal() else {
                known = false;
                continue;
            };
            // An escaped sign is text: the literal is shorter than what was written for it.
            let escaped = matches!(piece.part, Part::Literal(_)) && text.len() != piece.span.len();
            let open = piece.quote == Quote::Bare || operand && piece.quote == Quote::Double;
            if open && !escaped {
                known &= pattern.bare(text);
            } else {
                pattern.quoted(text);
            }
        }
        known.then_some(pattern)
    }
}

/// The ways through a branch, each with where it leads.
#[derive(Default)]
struct Ways(Vec<(Goes, Way)>);

impl Ways {
    fn add(&mut self, goes: Goes, way: Way) {
        self.0.push((goes, way));
    }

    /// Adds the last way, and goes on with those that lead least far. The others have left.
    fn end(mut self, scope: &mut Scope, goes: Goes, way: Way) -> Goes {
        self.add(goes, way);
        let nearest = self.0.iter().map(|(goes, _)| *goes).min_by_key(|goes| distance(*goes)).unwrap_or(goes);
        let (near, far): (Vec<_>, Vec<_>) = self.0.into_iter().partition(|(goes, _)| *goes == nearest);
        for (goes, way) in far {
            scope.leave(goes, way);
        }
        scope.join(near.into_iter().map(|(_, way)| way).collect());
        nearest
    }
}

/// How far behind the branch the script goes on.
fn distance(goes: Goes) -> usize {
    match goes {
        Goes::On => 0,
        Goes::Break(levels) | Goes::Continue(levels) => levels,
        Goes::Return => usize::MAX - 1,
        Goes::Exit => usize::MAX,
    }
}

/// Whether a statement is a test that makes what follows a branch.
fn is_test(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Test(_) | StatementKind::Arithmetic(_) => true,
        StatementKind::Command(command) => command
            .words
            .first()
            .and_then(Word::literal)
            .is_some_and(|name| matches!(&*name, "[" | "test" | "command" | "which" | "grep" | "true" | "false")),
        StatementKind::And(_, right) => is_test(right),
        StatementKind::Or(left, _) => is_test(left),
        _ => false,
    }
}

/// Whether it makes sure that something is not empty, or exists.
fn guards(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Test(words) => has_operand(words),
        StatementKind::Arithmetic(_) => true,
        StatementKind::Command(command) => has_operand(&command.words) || asks_docker(&command.words),
        StatementKind::Pipeline(stages) => stages
            .iter()
            .any(|stage| matches!(&stage.kind, StatementKind::Command(command) if asks_docker(&command.words))),
        StatementKind::And(left, right) | StatementKind::Or(left, right) => guards(left) || guards(right),
        _ => false,
    }
}

fn has_operand(words: &[Word]) -> bool {
    let first = words.first().and_then(Word::literal);
    match first.as_deref() {
        Some("[" | "test") => words.len() > 1,
        Some("docker") => false,
        _ => {
            words.iter().any(|word| word.literal().is_some_and(|text| text == "-n" || text == "-z")) || words.len() == 1
        }
    }
}

fn asks_docker(words: &[Word]) -> bool {
    let texts: Vec<Cow<'_, str>> = words.iter().filter_map(Word::literal).collect();
    texts.iter().any(|text| text == "docker" || text == "podman")
        && texts.iter().any(|text| matches!(&**text, "ps" | "inspect" | "ls" | "images"))
}
