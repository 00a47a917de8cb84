//! What a script prints for people: it says the name that the thing has, so it changes along.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::super::shell_text::{Command, ShellText};
use super::super::{Draft, Withheld};
use super::append;
use super::renaming::Renaming;
use super::said::tokens;
use crate::docker::is_name_letter;
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
    for print in prints(renaming, &held.literal) {
        append::to_variable(draft, print.text, print.word, print.at, false, renaming.suffix)?;
    }
    Ok(())
}

/// How often they print a name, as it is written.
pub fn number(renaming: &Renaming<'_, '_>, literal: &str) -> usize {
    prints(renaming, literal).len()
}

fn prints<'t>(renaming: &Renaming<'t, '_>, literal: &str) -> Vec<Print<'t>> {
    // A plain word may be one of the sentence: `echo "redis is ready"`.
    if !literal.contains(['-', '_']) {
        return Vec::new();
    }
    let Renaming { place, texts, dropped, .. } = *renaming;
    let all = place.reading.of_job(place.job, || Sentences::read(texts));
    let first = literal.split(|c: char| !is_name_letter(c)).find(|name| !name.is_empty()).unwrap_or_default();
    let mut found = Vec::new();
    for (index, command, word) in all.0.get(first).into_iter().flatten() {
        let text = texts.get(*index);
        let Some((text, written)) = text.and_then(|text| Some((text, text.commands().get(*command)?))) else {
            continue;
        };
        let Some(word) = written.words.get(*word) else { continue };
        if dropped.iter().any(|gone| gone.is_in(*index, &written.statement)) {
            continue;
        }
        for at in tokens(text.value(), word, literal) {
            if text.script.context(text.value(), at.start) == Context::Double {
                found.push(Print { text, word, at });
            }
        }
    }
    found
}

/// The words of a job's own scripts that are printed sentences, by the names in them: the text's place, the command's and
/// the word's.
struct Sentences(HashMap<String, Vec<(usize, usize, usize)>>);

impl Sentences {
    fn read(texts: &[ShellText]) -> Self {
        let mut all: HashMap<String, Vec<(usize, usize, usize)>> = HashMap::new();
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.has_job_env()) {
            let handed_on = handed_on(&text.script);
            for (command, written) in text.commands().iter().enumerate() {
                let is_read = || handed_on.iter().any(|range| range.contains(&written.statement.start));
                if !is_print(written) || written.nested || is_read() {
                    continue;
                }
                for (at, word) in written.words.iter().enumerate() {
                    let raw = text.value().get(word.span.clone()).unwrap_or_default();
                    // A command of the runner's is read: `::set-output name=x::pg`.
                    if !raw.contains(' ') || raw.contains("::") || raw.contains("##[") {
                        continue;
                    }
                    let names: BTreeSet<&str> = raw.split(|c: char| !is_name_letter(c)).collect();
                    for name in names {
                        all.entry(name.to_owned()).or_default().push((index, command, at));
                    }
                }
            }
        }
        Self(all)
    }
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
