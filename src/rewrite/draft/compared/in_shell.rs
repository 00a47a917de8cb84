//! What scripts compare with what a variable says: `[ "$NAME" = pg ]`, `[[ $NAME == pg-* ]]`, `case "$NAME" in pg) …`.

use super::comparison::{Compared, How};
use crate::rewrite::shell_text::ShellText;
use crate::shell::{Node, ParameterForm, Part, Quote, StatementKind, Word};

/// What stands for the comparison of a `case` with a pattern.
const IN: &str = "in";

/// The comparisons of a script.
pub(super) fn comparisons(text: &ShellText) -> Vec<Compared> {
    let mut all = Vec::new();
    let raw = |word: &Word| text.value().get(word.span.clone()).unwrap_or_default();
    let mut add = |left: &Word, operator: &str, right: &Word| {
        let found = compared(left, operator, right).map(|found| (found, right));
        let found = found.or_else(|| Some((compared(right, operator, left)?, left)).filter(|_| operator != IN));
        let expression = match operator {
            IN => format!("case {} in {})", raw(left), raw(right)),
            _ => format!("{} {operator} {}", raw(left), raw(right)),
        };
        all.extend(found.map(|(found, with)| {
            let place = |word: &Word| text.source.location(text.text.span(word.span.clone()));
            let line = text.source.place(place(right).span.start).line;
            let path = Some(text.source.path().clone()).filter(|_| !text.has_job_env());
            Compared { expression, line, path, with_at: Some(place(with)), ..found }
        }));
    };
    text.script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        match &statement.kind {
            StatementKind::Case { subject, arms } => {
                arms.iter().flat_map(|(patterns, _)| patterns).for_each(|pattern| add(subject, IN, pattern));
            }
            StatementKind::Test(words) => tested(words, &mut |left, operator, right| {
                add(left, if operator == "=" { "==" } else { operator }, right);
            }),
            StatementKind::Command(command) => {
                let program = command.words.first().and_then(Word::literal);
                if program.is_some_and(|program| matches!(&*program, "[" | "test")) {
                    tested(&command.words, &mut |left, operator, right| {
                        add(left, if operator == "==" { "=" } else { operator }, right);
                    });
                }
            }
            _ => {}
        }
    });
    all
}

/// The comparisons among the words of a test.
fn tested(words: &[Word], add: &mut dyn FnMut(&Word, &str, &Word)) {
    for three in words.windows(3) {
        let [left, operator, right] = three else { continue };
        if let Some(operator @ ("=" | "==" | "!=" | "-eq" | "-ne" | "=~")) = operator.literal().as_deref() {
            add(left, operator, right);
        }
    }
}

/// How a word that says a variable, and else nothing that is unknown, is compared with a text.
fn compared(variable: &Word, operator: &str, with: &Word) -> Option<Compared> {
    let (name, before, behind) = said(variable)?;
    let (how, with) = match operator {
        "=~" => regex(with)?,
        _ => pattern(with)?,
    };
    // `[ "x$NAME" = xpg ]`
    let (how, with) = match how {
        _ if before.is_empty() && behind.is_empty() => (how, with),
        How::Whole => (how, with.strip_prefix(&before)?.strip_suffix(&behind)?.to_owned()),
        _ => (How::Unknown, with),
    };
    Some(Compared { how, with, ..Compared::of(format!("env.{name}")) })
}

/// The variable that a word says, with what stands before and behind it.
fn said(word: &Word) -> Option<(String, String, String)> {
    let at = word.pieces.iter().position(|piece| !matches!(piece.part, Part::Literal(_)))?;
    let text = |pieces: &[crate::shell::Piece]| -> Option<String> {
        pieces
            .iter()
            .map(|piece| match &piece.part {
                Part::Literal(text) => Some(&**text),
                _ => None,
            })
            .collect()
    };
    let name = match &word.pieces.get(at)?.part {
        Part::Parameter(parameter) if parameter.form == ParameterForm::Plain => {
            let operator = parameter.operation.as_ref().map(|operation| operation.operator.as_str());
            if !matches!(operator, None | Some("-" | ":-" | "?" | ":?")) {
                return None;
            }
            parameter.name.clone()
        }
        Part::Expression(inner) => inner.trim().strip_prefix("env.")?.to_owned(),
        _ => return None,
    };
    Some((name, text(word.pieces.get(..at)?)?, text(word.pieces.get(at + 1..)?)?))
}

/// What a word is as a pattern: a text, with `*` at its ends or without.
fn pattern(word: &Word) -> Option<(How, String)> {
    let (mut text, mut stars, mut is_open) = (String::new(), Vec::new(), false);
    for piece in &word.pieces {
        let Part::Literal(said) = &piece.part else { return None };
        if piece.quote == Quote::Bare {
            let parts: Vec<&str> = said.split('*').collect();
            is_open |= said.contains(['?', '[']);
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    stars.push(text.len());
                }
                text.push_str(part);
            }
        } else {
            text.push_str(said);
        }
    }
    let at_end = |at: &usize| *at == 0 || *at == text.len();
    let how = match (stars.contains(&0), stars.contains(&text.len())) {
        _ if is_open || !stars.iter().all(at_end) => How::Unknown,
        (true, true) => How::Contains,
        (true, false) => How::Ends,
        (false, true) => How::Starts,
        (false, false) => How::Whole,
    };
    Some((how, text))
}

/// The same of a regular expression.
fn regex(word: &Word) -> Option<(How, String)> {
    let text = word.literal()?;
    let (inner, starts) = text.strip_prefix('^').map_or((&*text, false), |rest| (rest, true));
    let (inner, ends) = inner.strip_suffix('$').map_or((inner, false), |rest| (rest, true));
    let how = match (starts, ends) {
        _ if inner.contains(|c: char| ".*+?()[]{}|\\^$".contains(c)) => How::Unknown,
        (true, true) => How::Whole,
        (true, false) => How::Starts,
        (false, true) => How::Ends,
        (false, false) => How::Contains,
    };
    Some((how, inner.to_owned()))
}
