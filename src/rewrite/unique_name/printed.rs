//! What a script prints for people: it says the name that the thing has, so it changes along.

use std::ops::Range;

use super::super::shell_text::{Command, ShellText};
use super::super::{Draft, Withheld};
use super::append;
use super::renaming::Renaming;
use super::said::{Said, find};
use crate::shell::{Context, Node, Part as ShellPart, Piece, Redirect, RedirectKind, Script, StatementKind, Word};

/// A place where a text prints the name.
struct Print<'t> {
    text: &'t ShellText,
    word: &'t Word,
    at: Range<usize>,
}

/// Writes the variable where the job's own scripts print the name among other words.
///
/// # Errors
/// When it cannot be edited.
pub fn change(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>) -> Result<(), Withheld> {
    let Some(held) = renaming.suffix.variable() else { return Ok(()) };
    for print in prints(draft, renaming, &held.literal) {
        append::to_variable(draft, print.text, print.word, print.at, false, renaming.suffix)?;
    }
    Ok(())
}

/// How often they print a name, as it is written.
pub fn number(draft: &Draft<'_>, renaming: &Renaming<'_, '_>, literal: &str) -> usize {
    prints(draft, renaming, literal).len()
}

fn prints<'t>(draft: &Draft<'_>, renaming: &Renaming<'t, '_>, literal: &str) -> Vec<Print<'t>> {
    // A plain word may be one of the sentence: `echo "redis is ready"`.
    if !literal.contains(['-', '_']) {
        return Vec::new();
    }
    let said = Said::of(draft.scene(), renaming.place, renaming.texts);
    let mut found = Vec::new();
    for (index, commands) in said.commands_with(literal, renaming.texts) {
        let Some(text) = renaming.texts.get(index).filter(|text| text.has_job_env()) else { continue };
        let handed_on = handed_on(&text.script);
        for written in commands.into_iter().filter(|written| is_print(written) && !written.nested) {
            let is_read = handed_on.iter().any(|range| range.contains(&written.statement.start));
            if is_read || renaming.dropped.iter().any(|gone| gone.is_in(index, &written.statement)) {
                continue;
            }
            for word in &written.words {
                let raw = text.value().get(word.span.clone()).unwrap_or_default();
                // A command of the runner's is read: `::set-output name=x::pg`.
                let is_sentence = raw.contains(' ') && !raw.contains("::") && !raw.contains("##[");
                for at in find(raw, literal).into_iter().filter(|_| is_sentence) {
                    let at = word.span.start + at.start..word.span.start + at.end;
                    if text.script.context(text.value(), at.start) == Context::Double {
                        found.push(Print { text, word, at });
                    }
                }
            }
        }
    }
    found
}

/// Whether a command only prints its words.
pub fn is_print(written: &Command) -> bool {
    matches!(written.program.as_str(), "echo" | "printf" | "log")
}

/// The ranges of a script whose output somebody else reads.
pub fn handed_on(script: &Script) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    script.visit(&mut |node| match node {
        Node::Statement(statement) => {
            let own = statement.command().into_iter().flat_map(|command| &command.redirects);
            let is_output = |redirect: &Redirect| {
                let writes = matches!(redirect.kind, RedirectKind::Write(_) | RedirectKind::Append(_));
                writes && redirect.is_output()
            };
            if own.chain(&statement.redirects).any(is_output) {
                ranges.push(statement.span.clone());
            }
            if let StatementKind::Pipeline(body) = &statement.kind
                && let [writers @ .., _] = body.as_slice()
            {
                ranges.extend(writers.iter().map(|statement| statement.span.clone()));
            }
        }
        Node::Word(word) => {
            let substituted = |piece: &&Piece| matches!(piece.part, ShellPart::Substitution(_) | ShellPart::Process(_));
            ranges.extend(word.pieces.iter().filter(substituted).map(|piece| piece.span.clone()));
        }
    });
    ranges
}
