//! Removals as they are written: the commands of a finding, and the listing that selects what goes.

use std::ops::Range;

use super::shell_text::ShellText;
use super::{Place, Scene, Withheld};
use crate::docker::DockerCall;
use crate::finding::Finding;
use crate::lifecycle::removal::Removal;
use crate::shell::Word;
use crate::source::Location;

/// A call of docker in one of a job's texts, copied out.
#[derive(Clone, Debug)]
pub struct Found {
    /// The text, in the job's list.
    pub text: usize,
    /// The call.
    pub call: DockerCall,
    /// The words of its command, wrappers included.
    pub words: Vec<Word>,
    /// Its command in the text.
    pub statement: Range<usize>,
    /// It stands in a word of another command (`sh -c '…'`).
    pub nested: bool,
}

/// The removals of one finding: those that follow the first one and take the same.
///
/// # Errors
/// When there is none there.
pub fn group<'a>(place: &Place<'a>, finding: &Finding) -> Result<Vec<&'a Removal>, Withheld> {
    let acts = &place.job.trace.acts;
    let all = &place.job.removals;
    let at = |removal: &Removal| acts.get(removal.act).map(|act| act.called_at());
    let is_there = |removal: &Removal| at(removal) == Some(&finding.location);
    // A command that is given several listings is found by what it selects with each of them.
    let is_meant = |removal: &Removal| is_there(removal) && removal.subject() == finding.subject;
    let first = all.iter().position(is_meant).or_else(|| all.iter().position(is_there));
    let first = first.ok_or_else(|| Withheld::because("no command of the job stands there"))?;
    let mut group: Vec<&Removal> = Vec::new();
    for removal in all.iter().skip(first) {
        let continues = group.last().is_none_or(|last| {
            let step = |removal: &Removal| acts.get(removal.act).map(|act| act.step);
            let same = match (last.selector.value(), removal.selector.value()) {
                (Some(ours), Some(theirs)) => ours.same(&theirs).is_yes(),
                _ => false,
            };
            step(last) == step(removal) && last.scope == removal.scope && same
        });
        if !continues {
            break;
        }
        group.push(removal);
    }
    Ok(group)
}

/// Nothing makes a removal run more often, or take more, while it takes what others made: that is repaired first.
///
/// # Errors
/// When a rule says of the command that it does.
pub fn after_scope(scene: &Scene<'_>, at: &Location) -> Result<(), Withheld> {
    match scene.strangers.get(at) {
        Some(rule) => {
            Err(Withheld::until(&[rule], format!("the fix of `{rule}` changes this command, too, and comes first")))
        }
        None => Ok(()),
    }
}

/// The calls written within a place or around it: of a removal, or of the listing it reads.
pub fn calls_at(texts: &[ShellText], at: &Location) -> Vec<Found> {
    let mut found = Vec::new();
    let is_near = |text: &ShellText| {
        let whole = text.text.whole();
        *text.source.path() == at.path && whole.start <= at.span.end && at.span.start <= whole.end
    };
    for (index, text) in texts.iter().enumerate().filter(|(_, text)| is_near(text)) {
        for (call, written) in text.calls() {
            let span = text.text.span(written.statement.clone());
            if at.span.contains(span) || span.contains(at.span) {
                found.push(Found {
                    text: index,
                    call: call.clone(),
                    words: written.words.clone(),
                    statement: written.statement.clone(),
                    nested: written.nested,
                });
            }
        }
    }
    found
}

/// The call that an act is.
pub fn call_of(texts: &[ShellText], at: &Location) -> Option<Found> {
    let all = calls_at(texts, at);
    let exact = all.iter().find(|found| {
        texts.get(found.text).is_some_and(|text| at.span.contains(text.text.span(found.call.at.clone())))
            && texts.get(found.text).is_some_and(|text| text.text.span(found.statement.clone()).start <= at.span.start)
    });
    exact.or(all.first()).cloned()
}
