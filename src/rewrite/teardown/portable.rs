//! Words that mean in a step at the job's end what they mean where something is made.

use crate::command::Arg;
use crate::expr;
use crate::rewrite::Place;
use crate::rewrite::untrusted::{Handover, is_variable, quote};
use crate::shell::{self, ParameterForm, Part as Piece, StatementKind, Word};
use crate::symbol::{Part, Value};
use crate::trace::{Act, ActKind};

/// Variables that a runner sets for every step, and that hold nothing a shell would read as code.
pub(super) const SET_BY_RUNNER: [&str; 13] = [
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_JOB",
    "GITHUB_SHA",
    "GITHUB_REF_NAME",
    "GITHUB_HEAD_REF",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_WORKSPACE",
    "RUNNER_NAME",
    "RUNNER_TEMP",
    "GITEA_RUN_NUMBER",
];

/// The argument as a word of a `run:` of the same job, quoted as needed. `None` when only the creating script
/// knows it. What the word needs goes to `handover`.
pub(super) fn word(place: &Place<'_>, act: &Act, arg: &Arg, handover: &mut Handover) -> Option<String> {
    as_written(place, act, arg, handover).or_else(|| value(place, act, &arg.value, handover))
}

/// A value as such a word.
pub(super) fn value(place: &Place<'_>, act: &Act, value: &Value, handover: &mut Handover) -> Option<String> {
    value_ending_in(place, act, value, "", handover)
}

/// A value and what comes behind it, as one such word.
pub(super) fn value_ending_in(
    place: &Place<'_>,
    act: &Act,
    value: &Value,
    end: &str,
    handover: &mut Handover,
) -> Option<String> {
    let mut text = String::new();
    let mut tried = handover.clone();
    for part in value.parts() {
        match part {
            Part::Literal(literal) if is_harmless(literal) => text.push_str(literal),
            Part::Literal(_) | Part::OneOf(_) => return None,
            Part::Opaque(opaque) => match &*opaque.source {
                "github.ref_name" => text.push_str("${GITHUB_REF_NAME}"),
                "github.head_ref" => text.push_str("${GITHUB_HEAD_REF}"),
                source => text.push_str(&handed(place, act, source, &mut tried)?),
            },
        }
    }
    *handover = tried;
    text.push_str(end);
    Some(quote::around(&text))
}

/// The value of an expression, within double quotes.
fn handed(place: &Place<'_>, act: &Act, expression: &str, handover: &mut Handover) -> Option<String> {
    handover.in_double(&place.job.job, expression, &|name| act.env.contains_key(name))
}

/// The word at the creation, when all its variables are there for every step.
pub(super) fn as_written(place: &Place<'_>, act: &Act, arg: &Arg, handover: &mut Handover) -> Option<String> {
    if !matches!(act.kind, ActKind::Docker(_) | ActKind::Program(_)) {
        return None;
    }
    let raw = act.frame.text.value().get(arg.span.clone())?;
    let script = shell::parse(raw);
    let [statement] = script.body.as_slice() else { return None };
    let StatementKind::Command(command) = &statement.kind else { return None };
    let [only] = command.words.as_slice() else { return None };
    if raw.starts_with('-') || !command.assignments.is_empty() || !command.redirects.is_empty() {
        return None;
    }
    // What fails half-way hands nothing over.
    let mut tried = handover.clone();
    let word = written(place, act, raw, only, &mut tried)?;
    *handover = tried;
    Some(word)
}

fn written(place: &Place<'_>, act: &Act, raw: &str, word: &Word, handover: &mut Handover) -> Option<String> {
    let mut text = String::new();
    for piece in &word.pieces {
        match &piece.part {
            Piece::Literal(literal) if is_harmless(literal) => text.push_str(literal),
            Piece::Expression(inner) => match variable(inner) {
                Some(name) if is_lasting(place, act, &name) => text.push_str(&format!("${{{name}}}")),
                _ => text.push_str(&handed(place, act, inner, handover)?),
            },
            Piece::Parameter(parameter)
                if parameter.operation.is_none()
                    && parameter.form == ParameterForm::Plain
                    && (SET_BY_RUNNER.contains(&parameter.name.as_str())
                        || is_lasting(place, act, &parameter.name)) =>
            {
                text.push_str(raw.get(piece.span.clone())?);
            }
            _ => return None,
        }
    }
    Some(quote::around(&text))
}

/// Whether text is the same in double quotes.
fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@%+=, ~".contains(c)) && !text.starts_with('~')
}

/// Whether a variable has the value it has for `act` in every later step, too.
pub(in crate::rewrite) fn is_lasting(place: &Place<'_>, act: &Act, name: &str) -> bool {
    let declares = |vars: &crate::workflow::Vars| vars.get(name).is_some();
    let own = place.step(act.step).is_some_and(|step| declares(&step.env));
    if own || assigns(act, name) {
        return false;
    }
    declares(&place.analysed.workflow.env) || declares(&place.job.job.env) || is_exported(place, act, name)
}

/// Whether an earlier step wrote it to `$GITHUB_ENV`, so that all later ones have it.
fn is_exported(place: &Place<'_>, act: &Act, name: &str) -> bool {
    let steps = &place.job.trace.steps;
    let before = steps.get(act.step).and_then(|step| step.env.get(name));
    let after = steps.last().and_then(|step| step.env.get(name));
    let by_last = place.job.job.steps.last().is_some_and(|step| step.env.get(name).is_some());
    let container = place.job.job.container.is_some();
    before.is_some() && before == after && !by_last && !container
}

/// Whether the creating script sets it itself.
fn assigns(act: &Act, name: &str) -> bool {
    let mut found = false;
    let assigned = |word: &str| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    shell::parse(act.frame.text.value()).visit(&mut |node| {
        if let shell::Node::Statement(statement) = node
            && let Some(command) = statement.command()
        {
            found |= command.assignments.iter().any(|assignment| assignment.name == name);
            found |=
                command.words.iter().any(|word| act.frame.text.value().get(word.span.clone()).is_some_and(assigned));
        }
    });
    found
}

/// The variable that an expression reads: `env.NAME`.
fn variable(text: &str) -> Option<String> {
    let expr = expr::parse(text)?;
    let expr::ExprKind::Path(path) = &expr.kind else { return None };
    let name = path.member().filter(|name| path.context == "env" && is_variable(name))?;
    Some(name.to_owned())
}
