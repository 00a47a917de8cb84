//! The label where something is removed.

use std::ops::Range;

use super::super::removal::{Found, calls_at};
use super::super::run_label::Label;
use super::super::shell_text::{ShellText, begins_heredoc};
use super::super::{Draft, Place, Withheld};
use crate::docker::{ObjectKind, Verb};
use crate::lifecycle::removal::Removal;
use crate::lifecycle::selector::By;
use crate::shell::{Script, Statement, StatementKind};

/// Lets a removal take only what carries the run's label.
///
/// # Errors
/// When its selection is written in a way that cannot be changed.
pub fn narrow(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    removal: &Removal,
    label: &Label,
) -> Result<(), Withheld> {
    let act = place.job.trace.acts.get(removal.act).ok_or_else(unclear)?;
    let at = removal.selector_at.as_ref().unwrap_or(&act.at);
    let listings = calls_at(texts, at).into_iter().filter(|found| matches!(found.call.verb, Verb::List(_)));
    let mut listings = listings.filter(|found| is_within(texts, found, at));
    let found = listings.next().ok_or_else(|| Withheld::because("its list is made in another command"))?;
    let text = texts.get(found.text).ok_or_else(unclear)?;
    match removal.selector.by {
        By::Grep | By::BaselineDiff => searched(draft, text, &found, label),
        By::Ancestor => {
            let given = found.call.options.given.iter().find(|given| {
                let value = given.value.as_ref().map(|value| value.value.prefix().to_owned());
                given.name == "filter" && value.is_some_and(|value| value.starts_with("ancestor="))
            });
            let span = given.map(|given| given.span.clone()).ok_or_else(unclear)?;
            let new = label.option(text)?;
            draft.replace(&text.location(span).ok_or_else(unclear)?, new.trim_start())
        }
        _ => {
            let filters = found.call.options.given.iter().rev().find(|given| given.name == "filter");
            let last = filters.or(found.call.options.given.last());
            let end = last.map_or(found.call.at.clone(), |given| given.span.clone());
            draft.insert(&text.location(end).ok_or_else(unclear)?, false, &label.option(text)?)
        }
    }
}

fn is_within(texts: &[ShellText], found: &Found, at: &crate::source::Location) -> bool {
    texts.get(found.text).is_some_and(|text| {
        let span = text.text.span(found.statement.clone());
        at.span.contains(span) || span.contains(at.span)
    })
}

/// `docker ps -a | grep x | awk '{print $1}'` becomes `docker ps -aq --filter label=…`.
fn searched(draft: &mut Draft<'_>, text: &ShellText, found: &Found, label: &Label) -> Result<(), Withheld> {
    let Verb::List(list) = &found.call.verb else { return Err(unclear()) };
    let stages = pipeline(&text.script, &found.statement)
        .ok_or_else(|| Withheld::because("what it removes is not chosen through a pipe"))?;
    let own = stages.iter().position(|stage| stage.span == found.statement).ok_or_else(unclear)?;
    let searching = |stage: &&Statement| {
        let program = stage.command().and_then(|command| command.words.first()?.literal());
        let known = ["grep", "egrep", "fgrep", "awk", "cut", "tr", "sort", "uniq", "comm", "sed"];
        program.is_some_and(|program| known.contains(&&*program))
    };
    let behind = stages.iter().skip(own + 1).take_while(searching).count();
    let last = stages.get(own + behind).ok_or_else(unclear)?;
    let rest_is_removal = stages.get(own + behind + 1).is_none_or(|stage| {
        let first = stage.command().and_then(|command| command.words.first()?.literal());
        matches!(first.as_deref(), Some("xargs" | "sudo" | "while"))
    });
    if behind == 0 || !rest_is_removal {
        return Err(Withheld::because("what it removes is chosen by a command that is not known"));
    }
    let lead = text.value().get(found.statement.start..found.call.at.start).ok_or_else(unclear)?;
    let verb = match list.kind {
        ObjectKind::Container => "docker ps -aq",
        ObjectKind::Network => "docker network ls -q",
        ObjectKind::Volume => "docker volume ls -q",
        _ => return Err(unclear()),
    };
    let program = text.value().get(found.call.at.clone()).and_then(|call| call.split_whitespace().next());
    let verb = verb.replacen("docker", program.unwrap_or("docker"), 1);
    let whole: Range<usize> = found.statement.start..last.span.end;
    if begins_heredoc(&text.script, text.value(), &whole) {
        return Err(Withheld::because("what it removes is chosen by the text below it"));
    }
    let new = format!("{lead}{verb}{}", label.option(text)?);
    draft.replace(&text.location(whole).ok_or_else(unclear)?, &new)
}

/// The commands of the pipe that a command is part of.
fn pipeline<'s>(script: &'s Script, statement: &Range<usize>) -> Option<&'s [Statement]> {
    let mut found = None;
    script.walk(&mut |item| {
        if let StatementKind::Pipeline(stages) = &item.kind
            && stages.iter().any(|stage| stage.span == *statement)
        {
            found = Some(stages.as_slice());
        }
    });
    found
}

/// Where a selection stands that is not read word by word.
pub(super) fn unclear() -> Withheld {
    Withheld::because("its selection is written in a way that cannot be changed")
}
