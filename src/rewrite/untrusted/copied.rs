//! A word of a script, written once more in the same script.

use super::expression::is_plain;
use crate::shell::{Node, Part, Piece, Quote, Script, Word};
use crate::workflow::Job;
use std::ops::Range;

/// A word that may be written once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// What stands within double quotes, if these are put around it.
    Inner(String),
    /// The word with its own quotes: in others, an expression in it would be other code.
    Whole(String),
}

impl Copied {
    /// As a word that stays one.
    pub fn word(&self) -> String {
        match self {
            Self::Inner(text) => super::quote::around(text),
            Self::Whole(text) => text.clone(),
        }
    }
}

/// The word that ends at the end of `range` in a script of this job, without what stands before `range` in it
/// (`--name=`). `None` when it would mean something else, or do something, a second time: it stands in a word of
/// another command, a backslash depends on what stands around it, a command runs in it.
pub fn copied(job: &Job, text: &str, script: &Script, range: &Range<usize>) -> Option<Copied> {
    let mut found: Option<Word> = None;
    script.visit_near(text, range, &mut |node| {
        if let Node::Word(word) = node
            && word.span.end == range.end
            && word.span.start <= range.start
        {
            found = Some(word.clone());
        }
    });
    let word = found?;
    let lead = text.get(word.span.start..range.start)?;
    let raw = text.get(range.clone())?;
    let is_option = lead.is_empty() || lead.starts_with('-') && lead.ends_with('=') && !lead.contains(['"', '\'', '$']);
    if !is_option || raw.is_empty() || raw.contains(['\\', '\n', '`']) {
        return None;
    }
    let own: Vec<&Piece> = word.pieces.iter().filter(|piece| piece.span.end > range.start).collect();
    let is_inert = |piece: &&Piece| matches!(piece.part, Part::Literal(_) | Part::Parameter(_) | Part::Expression(_));
    if !own.iter().all(is_inert) || raw.contains("$(") {
        return None;
    }
    let foreign = own.iter().any(|piece| matches!(&piece.part, Part::Expression(inner) if !is_plain(job, inner)));
    let quote = own.first().map(|piece| piece.quote)?;
    let is_one = own.iter().all(|piece| piece.quote == quote);
    Some(match quote {
        Quote::Bare if is_one && !foreign && own.iter().all(is_same_in_double) => Copied::Inner(raw.to_owned()),
        Quote::Double if is_one && raw.len() > 1 && raw.starts_with('"') && raw.ends_with('"') => {
            Copied::Inner(raw[1..raw.len() - 1].to_owned())
        }
        _ => Copied::Whole(raw.to_owned()),
    })
}

/// Whether a bare piece means the same within double quotes.
fn is_same_in_double(piece: &&Piece) -> bool {
    match &piece.part {
        Part::Literal(text) => !text.starts_with('~') && !text.contains(['*', '?', '[', '{', '!']),
        _ => true,
    }
}
