//! From a text to a [`Script`].

use super::Script;
use super::grammar::Grammar;
use super::lexer::Lexer;
use super::mask::Masked;

/// Parses a script in the shell's language. What cannot be parsed is in [`Script::errors`]; a text
/// that nests beyond every sensible depth gives an empty script with one error.
pub fn parse(text: &str) -> Script {
    script(text, &mut Grammar::new(), 0).0
}

/// Parses the text of backticks inside the script that `outer` reads.
pub(super) fn parse_nested(text: &str, outer: &mut Lexer) -> Script {
    let (script, height) = script(text, outer.grammar, outer.depth);
    match height {
        Some(height) => outer.inner_height = outer.inner_height.max(height),
        None => outer.overflow = true,
    }
    script
}

/// The script and its height, unless it was given up.
fn script(text: &str, grammar: &mut Grammar, depth: usize) -> (Script, Option<usize>) {
    let masked = Masked::new(text);
    let mut lexer = Lexer::new(&masked, grammar, depth);
    let (body, _) = lexer.block(false);
    let (mut errors, mut comments) = (lexer.errors, lexer.comments);
    if lexer.overflow {
        errors.clear();
        errors.push(0..text.len());
        comments.clear();
    }
    errors.sort_by_key(|range| (range.start, range.end));
    errors.dedup();
    comments.sort_by_key(|range| range.start);
    let height = (!lexer.overflow).then_some(lexer.inner_height);
    (Script { body, errors, comments, gave_up: height.is_none() }, height)
}
