//! Every word that names it: found in the texts as they are written, judged by what the trace makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::shell_text::ShellText;
use super::super::{Place, Withheld};
use super::reference::{Held, held, same};
use super::{Kind, Name};
use crate::docker::{ActionVerb, Call};
use crate::shell::Word;
use crate::source::Location;
use crate::symbol::Part;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// A word that names it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The text, in the job's list.
    pub text: usize,
    /// The word.
    pub word: Word,
    /// How it names it.
    pub held: Held,
    /// It stands within a word of another command.
    pub nested: bool,
    /// The bytes of its command in the text.
    pub statement: std::ops::Range<usize>,
    /// It is the operand of `--link`.
    pub is_link: bool,
    /// It is one of several names: a loop over them.
    pub is_one_of: bool,
}

/// Whether a job names it at all.
pub fn are_in(place: &Place<'_>, name: &Name) -> bool {
    known(place, name).values().any(|truth| truth.is_yes())
}

/// Every use in a job's texts.
///
/// # Errors
/// When one stands in no text that can be edited.
pub fn of_job(place: &Place<'_>, name: &Name, texts: &[ShellText]) -> Result<Vec<Use>, Withheld> {
    let known = known(place, name);
    let mut candidates: Vec<(Location, Use)> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        text.calls(&mut |call, written| {
            let links: Vec<_> = call.options.values("link");
            for held in held(call, name.kind) {
                let Some(word) = written
                    .words
                    .iter()
                    .find(|word| word.span.start <= held.arg.span.start && held.arg.span.end <= word.span.end)
                else {
                    continue;
                };
                let at = text.source.location(text.text.span(held.arg.span.clone()));
                let is_link = links.iter().any(|link| link.span == held.arg.span);
                let statement = written.statement.span.clone();
                let found = Use {
                    text: index,
                    word: word.clone(),
                    held,
                    nested: written.nested,
                    statement,
                    is_link,
                    is_one_of: false,
                };
                candidates.push((at, found));
            }
        });
    }
    let written: BTreeSet<&Location> = candidates.iter().map(|(at, _)| at).collect();
    let missed = known.iter().find(|(at, truth)| truth.is_yes() && !written.contains(at) && !is_value(place, at));
    if let Some((at, _)) = missed {
        return Err(Withheld::because(format!("a command of `{}` names it in a way that cannot be edited", at.path)));
    }
    let forms: BTreeSet<String> = candidates
        .iter()
        .filter(|(at, _)| known.get(at).is_some_and(|truth| truth.is_yes()))
        .map(|(_, used)| used.held.name.to_string())
        .collect();
    let is_use = |(at, used): &(Location, Use)| match known.get(at) {
        Some(Truth::Yes) => true,
        Some(Truth::No) => false,
        // In a loop over names, or where several callers hand on their own.
        Some(Truth::Unknown) | None => {
            forms.contains(&used.held.name.to_string()) || same(name.kind, &used.held.name, &name.value)
        }
    };
    let one_of = one_of(place, name);
    let is_one_of = |at: &Location, used: &Use| one_of.contains(at) && used.held.name.parts().len() == 1;
    let uses = candidates.into_iter().filter_map(|(at, used)| {
        let is_one_of = is_one_of(&at, &used) && used.held.name.as_literal().is_none();
        let pair = (at, Use { is_one_of, ..used });
        (is_one_of || is_use(&pair)).then_some(pair.1)
    });
    Ok(uses.collect())
}

/// The words that are this name or others: what a loop runs over.
fn one_of(place: &Place<'_>, name: &Name) -> BTreeSet<Location> {
    let mut found = BTreeSet::new();
    let Some(literal) = name.value.as_literal() else { return found };
    for act in &place.job.trace.acts {
        let ActKind::Docker(call) = &act.kind else { continue };
        for held in held(call, name.kind) {
            let [Part::OneOf(several)] = held.name.parts() else { continue };
            if several.iter().any(|one| one.as_literal() == Some(literal)) {
                found.insert(act.frame.location(held.arg.span.clone()));
            }
        }
    }
    found
}

/// What the trace says of each word that may name such a thing.
fn known(place: &Place<'_>, name: &Name) -> BTreeMap<Location, Truth> {
    let mut known: BTreeMap<Location, Truth> = BTreeMap::new();
    let mut add = |act: &Act, call: &Call| {
        for held in held(call, name.kind) {
            let truth = match name.kind {
                Kind::Image => Truth::from(same(name.kind, &held.name, &name.value)),
                _ => held.name.same(&name.value),
            };
            let at = act.frame.location(held.arg.span.clone());
            known
                .entry(at)
                .and_modify(|known| *known = if *known == truth { truth } else { Truth::Unknown })
                .or_insert(truth);
        }
    };
    for act in &place.job.trace.acts {
        match &act.kind {
            ActKind::Docker(call) => add(act, call),
            ActKind::Action(call) => {
                if let ActionVerb::Docker(_) = &call.verb {
                    continue;
                }
            }
            _ => {}
        }
    }
    known
}

/// Whether a place is no command but a value in YAML: an action's input.
fn is_value(place: &Place<'_>, at: &Location) -> bool {
    place
        .job
        .job
        .steps
        .iter()
        .filter(|_| at.path == *place.tree.source().path())
        .any(|step| step.with.entries.iter().any(|var| var.span.contains(at.span)))
}
