//! From a text to a [`Script`].

use super::Script;
use super::grammar::Grammar;
use super::lexer::Lexer;
use super::mask::Masked;

/// Parses a script in the shell's language. What cannot be parsed is in [`Script::errors`]; a text
/// that nests beyond every sensible depth gives an empty script with one error.
pub fn parse(text: &str) -> Script {
    script(text, &mut Grammar::new(), 0)
}

/// Parses the text of backticks inside the script that `outer` reads.
pub(super) fn parse_nested(text: &str, outer: &mut Lexer) -> Script {
    let script = script(text, outer.grammar, outer.depth);
    if script.body.is_empty() && !script.errors.is_empty() && !text.trim().is_empty() {
        outer.overflow |= script.errors == [0..text.len()];
    }
    script
}

fn script(text: &str, grammar: &mut Grammar, depth: usize) -> Script {
    let masked = Masked::new(text);
    let mut lexer = Lexer::new(&masked, grammar, depth);
    let (body, _) = lexer.block(false);
    if lexer.overflow {
        return Script { errors: vec![0..text.len()], ..Script::default() };
    }
    let (mut errors, mut comments) = (lexer.errors, lexer.comments);
    errors.sort_by_key(|range| (range.start, range.end));
    errors.dedup();
    comments.sort_by_key(|range| range.start);
    Script { body, errors, comments }
}
