//! What a test tells of a variable: behind `[ -n "$ids" ]` it is not empty.

use super::expand::never_empty;
use super::scope::Scope;
use crate::shell::{ParameterForm, Part, Statement, StatementKind, Word};

/// Takes in what the answer to a test tells: `holds` is a yes.
pub(super) fn narrow(scope: &mut Scope, test: &Statement, holds: bool) {
    let holds = holds != test.negated;
    match &test.kind {
        StatementKind::Test(words) => narrow_words(scope, words, holds),
        StatementKind::Command(command) => {
            let name = command.words.first().and_then(Word::literal);
            let words = command.words.get(1..).unwrap_or_default();
            match (name.as_deref(), words.split_last()) {
                (Some("["), Some((_, operands))) => narrow_words(scope, operands, holds),
                (Some("test"), _) => narrow_words(scope, words, holds),
                _ => {}
            }
        }
        StatementKind::And(left, right) if holds => {
            narrow(scope, left, true);
            narrow(scope, right, true);
        }
        StatementKind::Or(left, right) if !holds => {
            narrow(scope, left, false);
            narrow(scope, right, false);
        }
        StatementKind::Group(block) => {
            if let [only] = block.as_slice() {
                narrow(scope, only, holds);
            }
        }
        _ => {}
    }
}

fn narrow_words(scope: &mut Scope, words: &[Word], holds: bool) {
    let literal = Word::literal;
    let (name, not_empty) = match words {
        [not, rest @ ..] if literal(not).as_deref() == Some("!") => return narrow_words(scope, rest, !holds),
        [word] => (variable(word), holds),
        [operator, word] if literal(operator).as_deref() == Some("-n") => (variable(word), holds),
        [operator, word] if literal(operator).as_deref() == Some("-z") => (variable(word), !holds),
        [word, operator, other] => {
            let equal = match literal(operator).as_deref() {
                Some("=" | "==") => holds,
                Some("!=") => !holds,
                _ => return,
            };
            // It differs from nothing, or is something.
            match literal(other) {
                Some(text) if text.is_empty() => (variable(word), !equal),
                Some(_) => (variable(word), equal),
                None => return,
            }
        }
        _ => return,
    };
    let Some(name) = name.filter(|_| not_empty) else { return };
    if let Some(value) = scope.variables.get(name) {
        let value = never_empty(value);
        scope.variables.insert(name.into(), value);
    }
}

/// The variable that a word is, and nothing else.
fn variable(word: &Word) -> Option<&str> {
    let [piece] = word.pieces.as_slice() else { return None };
    match &piece.part {
        Part::Parameter(parameter) if parameter.form == ParameterForm::Plain && parameter.operation.is_none() => {
            Some(&parameter.name)
        }
        _ => None,
    }
}
