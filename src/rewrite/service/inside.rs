//! Commands that run in another container: what they call `localhost` is that container.

use std::ops::Range;

use crate::command::{Arg, Invocation};
use crate::docker::{self, ComposeVerb, NetworkChoice, Verb};
use crate::shell::{Node, Part, Script, Word};
use crate::symbol::Value;

/// The words of a script that are run within containers, by bytes.
pub fn containers(script: &Script) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let Some(command) = statement.command() else { return };
        let args: Vec<Arg> = command.words.iter().map(arg).collect();
        let call = Invocation::parse(&args).as_ref().and_then(docker::call);
        let Some(call) = call.filter(|call| runs_inside(&call.verb)) else { return };
        let heredocs = command.redirects.iter().map(|redirect| redirect.kind.word().span.clone());
        found.push(call.at.end..statement.span.end);
        found.extend(heredocs.filter(|range| range.start >= statement.span.end));
    });
    found
}

fn runs_inside(verb: &Verb) -> bool {
    match verb {
        Verb::Exec(_) => true,
        // On the host's network it is the host that is meant.
        Verb::Run(run) | Verb::Create(run) => !matches!(run.network(), NetworkChoice::Host),
        Verb::Compose(compose) => matches!(compose.verb, ComposeVerb::Exec { .. } | ComposeVerb::Run(_)),
        _ => false,
    }
}

/// A word, as far as it is written out.
fn arg(word: &Word) -> Arg {
    let pieces = word.pieces.iter().map(|piece| match &piece.part {
        Part::Literal(text) => Value::literal(text.as_str()),
        _ => Value::unknown("$"),
    });
    Arg { value: Value::concat(pieces), span: word.span.clone(), splits: word.splits() }
}
