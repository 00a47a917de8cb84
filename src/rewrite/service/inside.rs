//! Commands that run in another container, or on another machine: what they call `localhost` is that, and what they can
//! reach depends on its network.

use std::ops::Range;

use crate::command::{Arg, Invocation, remote};
use crate::docker::{self, ComposeVerb, NetworkChoice, Verb};
use crate::rewrite::doubt::hard_coded::GATEWAYS;
use crate::shell::{Node, Part, Script, Word};
use crate::symbol::Value;

/// From where an address is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Where the job's own commands run, or a container on the job's network.
    Job,
    /// A container on the network of the daemon's host.
    HostNetwork,
    /// Another container, or another machine: the network it is made on, where that is known.
    Container(Option<String>),
}

/// Whether a host name means the daemon's host from within any container.
pub fn is_gateway(host: &str) -> bool {
    GATEWAYS.contains(&host)
}

/// The words of a script that are run within containers or by ssh, by bytes, and in which.
pub fn containers(script: &Script, text: &str) -> Vec<(Range<usize>, Seat)> {
    let mut found = Vec::new();
    script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let Some(command) = statement.command() else { return };
        let args: Vec<Arg> = command.words.iter().map(arg).collect();
        let invocation = Invocation::parse(&args);
        let away = || invocation.as_ref().filter(|call| remote::ssh(call).is_some()).map(|call| call.at.clone());
        let call = invocation.as_ref().and_then(docker::call);
        let inside = call.and_then(|call| Some((call.at.clone(), seat(&call.verb)?)));
        let inside = inside.or_else(|| Some((away()?, Seat::Container(None))));
        let Some((call, seat)) = inside else { return };
        // The job's own network has the job's own names.
        let words = text.get(statement.span.clone()).unwrap_or_default();
        let is_jobs = words.contains("job.container.network") || words.contains(".network }}");
        let seat = if is_jobs { Seat::Job } else { seat };
        let heredocs = command.redirects.iter().map(|redirect| redirect.kind.word().span.clone());
        found.push((call.end..statement.span.end, seat.clone()));
        let heredocs = heredocs.filter(|range| range.start >= statement.span.end);
        found.extend(heredocs.map(|range| (range, seat.clone())));
    });
    found
}

fn seat(verb: &Verb) -> Option<Seat> {
    match verb {
        Verb::Exec(_) => Some(Seat::Container(None)),
        Verb::Run(run) | Verb::Create(run) => Some(match run.network() {
            NetworkChoice::Host => Seat::HostNetwork,
            NetworkChoice::Default => Seat::Container(Some("bridge".to_owned())),
            NetworkChoice::Named(name) => Seat::Container(name.as_literal().map(str::to_owned)),
            NetworkChoice::None | NetworkChoice::Container(_) => Seat::Container(None),
        }),
        Verb::Compose(compose) => {
            let runs = matches!(compose.verb, ComposeVerb::Exec { .. } | ComposeVerb::Run(_));
            runs.then_some(Seat::Container(None))
        }
        _ => None,
    }
}

/// A word, as far as it is written out.
fn arg(word: &Word) -> Arg {
    let pieces = word.pieces.iter().map(|piece| match &piece.part {
        Part::Literal(text) => Value::literal(text.clone()),
        _ => Value::unknown("$"),
    });
    Arg { value: Value::concat(pieces), span: word.span.clone(), splits: word.splits() }
}
