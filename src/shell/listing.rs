//! A script's commands as a list: what an edit of it may change, and what it must leave alone.

use std::ops::Range;

use super::{Script, StatementKind};

impl Script {
    /// The simple commands and tests in the order they stand, each with what is substituted in it, and the
    /// bodies of their heredocs: everything that does something, as written.
    pub fn commands(&self) -> Vec<Range<usize>> {
        let mut all: Vec<Range<usize>> = Vec::new();
        self.walk(&mut |statement| {
            let inside = |known: &Range<usize>| known.start <= statement.span.start && statement.span.end <= known.end;
            if !matches!(
                statement.kind,
                StatementKind::Command(_) | StatementKind::Test(_) | StatementKind::Arithmetic(_)
            ) || all.iter().any(inside)
            {
                return;
            }
            all.push(statement.span.clone());
            let own = statement.command().map_or(&[][..], |command| command.redirects.as_slice());
            for redirect in own.iter().chain(&statement.redirects) {
                let body = &redirect.kind.word().span;
                if !(statement.span.start <= body.start && body.end <= statement.span.end) {
                    all.push(body.clone());
                }
            }
        });
        all.sort_by_key(|range| (range.start, range.end));
        all
    }
}
