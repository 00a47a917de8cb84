//! A name for a container that docker would name itself.

use std::ops::Range;

use super::client::{clearing, client};
use super::leak::Leak;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::run_suffix::{self, Allowed, NoLeg, attempt};
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, Place, Withheld};
use crate::runner::table::Trait;
use crate::shell::{self, Node, StatementKind};
use crate::source::{Location, Span};
use crate::trace::ActKind;

/// Gives the container a name that is unique in the run, and returns it.
pub(super) fn name(draft: &mut Draft<'_>, place: &Place<'_>, leak: &Leak<'_>) -> Result<String, Withheld> {
    let act = leak.creation;
    let nameless = |why: &str| Withheld::because(format!("it has no name by which it could be removed, and {why}"));
    let ActKind::Docker(call) = &act.kind else { return Err(nameless("no docker command of the job makes it")) };
    let seen = place.job.trace.acts.iter().filter(|other| other.at == act.at).count();
    if act.context.in_loop || seen != 1 {
        return Err(nameless("its command runs several times in a job"));
    }
    if act.at.path != place.analysed.path {
        return Err(nameless(&format!("`{}`, which makes it, may be called by others", act.at.path)));
    }
    if !call.options.unsure.is_empty() {
        return Err(nameless("the options of its command are not certain"));
    }
    id("the job", place.job.job.id.value())?;
    let name = unique(place, leak)?;
    let end = act.frame.location(call.at.clone()).span.end;
    let at = Location { path: act.at.path.clone(), span: Span::new(end, end) };
    draft.replace(&at, &format!(" --name {name}"))?;
    if !place.job.substrate.does(Trait::SetsRunAttempt).is_yes() {
        free_first(draft, leak, &name)?;
    }
    Ok(name)
}

/// Where the runner may not count attempts, a second one has the name of the first, which may have been killed: what
/// that left goes first.
fn free_first(draft: &mut Draft<'_>, leak: &Leak<'_>, name: &str) -> Result<(), Withheld> {
    let act = leak.creation;
    let unclear = || {
        Withheld::because(
            "a second attempt would find the name taken, and what the first one left cannot be removed before the command: \
             give it a line of its own",
        )
    };
    let text = &act.frame.text;
    let at = own_line(text.value(), |range| text.span(range.clone()).contains(act.at.span)).ok_or_else(unclear)?;
    let line = text.value().get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    // It stands before the first letter: what is put between two texts would begin with an empty line.
    let first = text.value().get(at..).and_then(|rest| rest.chars().next()).ok_or_else(unclear)?;
    let at = act.frame.source.location(text.exact(at..at + first.len_utf8()).ok_or_else(unclear)?);
    draft.replace(&at, &format!("{}\n{line}{first}", clearing(&client(act), name)))
}

/// Where the innermost statement begins that holds something, has its lines to itself, and is no part of another:
/// neither of a list nor of a text that is read.
fn own_line(script: &str, holds: impl Fn(&Range<usize>) -> bool) -> Option<usize> {
    let (mut parts, mut words, mut found) = (Vec::new(), Vec::new(), None);
    shell::parse(script).visit(&mut |node| match node {
        Node::Word(word) => words.push(word.span.clone()),
        Node::Statement(statement) => {
            match &statement.kind {
                StatementKind::And(left, right) | StatementKind::Or(left, right) => {
                    parts.extend([left.span.clone(), right.span.clone()]);
                }
                StatementKind::Pipeline(stages) => parts.extend(stages.iter().map(|stage| stage.span.clone())),
                _ => {}
            }
            let span = &statement.span;
            let before = script.get(..span.start).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
            let is_read = words.iter().any(|word: &Range<usize>| word.contains(&span.start));
            if holds(span) && before.trim().is_empty() && !is_read && !parts.contains(span) {
                found = Some(span.start);
            }
        }
    });
    found
}

/// `<job>-<image>-<run>-<attempt>`, and what tells the legs of a matrix apart.
fn unique(place: &Place<'_>, leak: &Leak<'_>) -> Result<String, Withheld> {
    let job = place.job.job.id.value();
    let image = base(leak.resource);
    let mut name = format!("{job}-{image}");
    let before = place.job.resources.iter().take_while(|other| other.act != leak.resource.act);
    let nameless = before.filter(|other| other.kind == ResourceKind::Container && other.name.is_none());
    match nameless.filter(|other| base(other) == image).count() {
        0 => {}
        before => name.push_str(&format!("-{}", before + 1)),
    }
    name.push_str("-${{ github.run_id }}-");
    name.push_str(attempt(&place.job.substrate));
    if let Some(matrix) = place.job.job.matrix() {
        let leg = run_suffix::leg(matrix, place.analysed.forge, Allowed::Docker);
        let apart = |none: NoLeg| {
            Withheld::because(format!("it has no name by which it could be removed, and {}", none.in_words()))
        };
        name.push_str(&leg.map_err(apart)?);
    }
    Ok(name)
}

/// The image's own name, as far as it is known.
fn base(resource: &Resource) -> String {
    let known = resource.image.as_ref().map(|image| basename(image.prefix())).unwrap_or_default();
    // Of `img-$ARCH` the `img`.
    let known = known.trim_end_matches(['-', '_', '.']);
    if known.is_empty() { "container".to_owned() } else { known.to_owned() }
}

/// Of `registry:5000/a/postgres:16@sha256:…` the `postgres`.
pub(super) fn basename(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let own = last.split(['@', ':']).next().unwrap_or(last);
    own.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect()
}
