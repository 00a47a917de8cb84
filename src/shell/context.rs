//! How a place in a script is quoted: what an edit may put there.

use super::{Node, Part, Piece, Quote, RedirectKind, Script, Statement, Word};
use std::ops::Range;

/// What text put at a place would be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Code, or an unquoted word: expanded and split.
    Bare,
    /// `'…'`: nothing is expanded.
    Single,
    /// `"…"`: expanded, not split.
    Double,
    /// `$'…'`: nothing is expanded, backslashes mean something.
    Ansi,
    /// A heredoc's body.
    Heredoc {
        /// `<<'EOF'`: nothing is expanded.
        quoted: bool,
    },
    /// `${{ … }}`: the forge's, not the shell's.
    Expression,
    /// A comment.
    Comment,
}

impl Context {
    /// Whether `$x` put here is replaced by the variable's value.
    pub fn expands(self) -> bool {
        matches!(self, Context::Bare | Context::Double | Context::Heredoc { quoted: false })
    }

    fn of(quote: Quote) -> Self {
        match quote {
            Quote::Bare => Context::Bare,
            Quote::Single => Context::Single,
            Quote::Double => Context::Double,
            Quote::Ansi => Context::Ansi,
        }
    }
}

impl Script {
    /// What text put at `offset` would be part of; `text` is what the script was parsed from.
    pub fn context(&self, text: &str, offset: usize) -> Context {
        if self.comments.iter().any(|comment| comment.start < offset && offset <= comment.end) {
            return Context::Comment;
        }
        let mut context = Context::Bare;
        // What is met later stands deeper, so the last answer holds.
        self.visit_near(text, &(offset..offset), &mut |node| {
            let found = match node {
                Node::Statement(statement) => heredoc(statement, offset),
                Node::Word(word) => in_word(word, text, offset),
            };
            context = match (found, context) {
                (Some(Context::Double), Context::Heredoc { quoted: false }) => context,
                (Some(Context::Single), Context::Heredoc { quoted: true }) => context,
                (Some(found), _) => found,
                (None, _) => context,
            };
        });
        context
    }
}

/// Whether the place is in the body of one of the statement's own heredocs.
fn heredoc(statement: &Statement, offset: usize) -> Option<Context> {
    let command = statement.command().into_iter().flat_map(|command| &command.redirects);
    command.chain(&statement.redirects).find_map(|redirect| match &redirect.kind {
        RedirectKind::Heredoc { quoted, body } if touches(&body.span, offset) => {
            Some(Context::Heredoc { quoted: *quoted })
        }
        _ => None,
    })
}

fn in_word(word: &Word, text: &str, offset: usize) -> Option<Context> {
    if !touches(&word.span, offset) {
        return None;
    }
    if let Some(piece) = word.pieces.iter().find(|piece| touches(&piece.span, offset)) {
        return Some(in_piece(piece, offset));
    }
    // Between empty quotes there is no piece.
    let bytes = text.as_bytes();
    match (offset.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(offset)) {
        (Some(b'"'), Some(b'"')) => Some(Context::Double),
        (Some(b'\''), Some(b'\'')) => Some(Context::Single),
        _ => Some(Context::Bare),
    }
}

fn in_piece(piece: &Piece, offset: usize) -> Context {
    let inside = piece.span.start < offset && offset < piece.span.end;
    match &piece.part {
        Part::Substitution(_) | Part::Process(_) if inside => Context::Bare,
        Part::Expression(_) if inside => Context::Expression,
        _ => Context::of(piece.quote),
    }
}

fn touches(span: &Range<usize>, offset: usize) -> bool {
    span.start <= offset && offset <= span.end
}
