//! Pipes that list what the daemon has, and look for a name in it.

use std::ops::Range;

use super::super::shell_text::ShellText;
use super::NameKind;
use crate::docker::{ObjectKind, Verb};
use crate::shell::{Node, StatementKind};

/// Programs that look for a text in what they read.
pub const SEARCHES: &[&str] = &["grep", "egrep", "fgrep", "awk", "sed", "rg"];

/// A statement that lists what the daemon has and hands it on.
#[derive(Clone, Debug)]
pub struct Listing {
    span: Range<usize>,
    kind: NameKind,
}

/// The listings of a text that are read by a pipe.
pub fn of(text: &ShellText) -> Vec<Listing> {
    let mut pipes: Vec<Range<usize>> = Vec::new();
    text.script.visit(&mut |node| {
        if let Node::Statement(statement) = node
            && matches!(statement.kind, StatementKind::Pipeline(_))
        {
            pipes.push(statement.span.clone());
        }
    });
    let mut all = Vec::new();
    for (call, written) in text.calls() {
        let Some(kind) = kind(&call.verb) else { continue };
        let at = &written.statement;
        let holding = pipes.iter().filter(|pipe| pipe.start <= at.start && at.end <= pipe.end);
        all.extend(holding.min_by_key(|pipe| pipe.len()).map(|span| Listing { span: span.clone(), kind }));
    }
    all
}

/// Whether one that lists things of a kind holds a command.
pub fn holds(all: &[Listing], kind: NameKind, command: &Range<usize>) -> bool {
    all.iter().any(|one| {
        (kind == NameKind::Project || one.kind == kind)
            && one.span.start <= command.start
            && command.end <= one.span.end
    })
}

fn kind(verb: &Verb) -> Option<NameKind> {
    match verb {
        Verb::List(list) => match list.kind {
            ObjectKind::Container => Some(NameKind::Container),
            ObjectKind::Network => Some(NameKind::Network),
            ObjectKind::Volume => Some(NameKind::Volume),
            _ => None,
        },
        _ => None,
    }
}
