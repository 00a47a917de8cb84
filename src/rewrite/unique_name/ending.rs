//! A removal at the end of a script by the name: the step that is added removes it in every outcome.

use super::super::shell_text::{ShellText, begins_heredoc};
use super::super::{Draft, Place, Withheld};
use super::forced::runs_after_all;
use super::preclean::{Gone, comments_above, is_plain, only_removes, that_may_name};
use super::reference::kind;
use super::uses::Use;
use super::{Name, NameKind, left};
use crate::lifecycle::removal::{Removal, RemovalVerb};
use crate::lifecycle::resource::Resource;
use crate::shell::{Block, Statement, StatementKind};
use crate::stack::Stack;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::workflow::Step;

/// Takes out what removes a name at the end of a step's script, and notes it. `together` are all names that one step
/// removes from now on. Gives back that step's number in the file.
///
/// # Errors
/// When it cannot be taken out.
pub fn cut(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    (name, together): (&Name, &[Name]),
    texts: &[ShellText],
    uses: &[Use],
    gone: &mut Vec<Gone>,
) -> Result<Option<usize>, Withheld> {
    for (index, text) in that_may_name(name, uses, texts) {
        let is_written_here = |step: &&Step| !step.aliased && step.run.as_ref().is_some_and(|run| !run.merged);
        let Some(own) = text.own_step(place).filter(is_written_here) else { continue };
        let body = &text.script.body;
        let Some(from) = ending(place, (index, text), (name, together), uses, gone) else { continue };
        let Some(at) = removes_last(place, own, together) else { continue };
        let fresh: Vec<&Statement> = body[from..].iter().filter(|one| !is_gone(gone, index, one)).collect();
        let (Some(first), Some(last)) = (fresh.first(), fresh.last()) else { return Ok(Some(at)) };
        let lead = comments_above(text, first, &fresh);
        let start = lead.first().map_or(first.span.start, |comment| comment.start);
        let script = text.value();
        // What is cut already ends with its own lines.
        let start = script.get(..start).map_or(start, |above| above.trim_end().len());
        let Some(location) = text.location(start..last.span.end) else { continue };
        draft.replace(&location, "")?;
        for comment in lead.into_iter().filter_map(|comment| script.get(comment)) {
            draft.drops_comment(text.source.path(), comment);
        }
        gone.extend(fresh.iter().map(|statement| Gone::new(index, statement.span.clone())));
        return Ok(Some(at));
    }
    Ok(None)
}

/// Where the last statements of a script begin that do nothing but remove these names, on lines of their own.
fn ending(
    place: &Place<'_>,
    (index, text): (usize, &ShellText),
    (name, together): (&Name, &[Name]),
    uses: &[Use],
    gone: &[Gone],
) -> Option<usize> {
    let body: &Block = &text.script.body;
    let is_one = |_, other: &Value| together.iter().any(|one| one.kind == name.kind && one.value.same(other).is_yes());
    let removes = |statement: &Statement| match name.kind {
        _ if is_gone(gone, index, statement) => true,
        _ if statement.background => false,
        NameKind::Project => takes_down(place, text, statement, name),
        _ => only_removes(place, (index, text), statement, (name, uses), &is_one),
    };
    let first =
        body.iter().rposition(|statement| !removes(statement)).map(|at| at + 1).filter(|at| *at < body.len())?;
    // What only says that it comes goes with it.
    let from = body[..first].iter().rposition(|statement| !announces(text, statement)).map(|at| at + 1)?;
    let (before, first) = (body.get(from.checked_sub(1)?)?, body.get(from)?);
    let gap = text.value().get(before.span.end..first.span.start)?;
    let is_apart = gap.split_once('\n').is_some_and(|(rest, _)| rest.trim().is_empty() || rest.trim().starts_with('#'));
    let behind = text.value().get(body.last()?.span.end..)?;
    let is_plain = text.script.errors.is_empty() && !begins_heredoc(&text.script, text.value(), &before.span);
    // What goes says no longer how the script ends. Behind a command that ends the script when it fails that is the
    // same.
    let ends_alike = ends_script_when_it_fails(place, text, before);
    // What stands in a substitution runs too.
    let is_all = text.value().get(first.span.start..).is_some_and(|rest| !rest.contains('`') && !rest.contains("$("));
    (is_apart && behind.trim().is_empty() && is_plain && ends_alike && is_all).then_some(from)
}

/// Whether a statement only says that something is stopped and removed now: `echo "Removing the container ..."`.
fn announces(text: &ShellText, statement: &Statement) -> bool {
    const SAYS: [&str; 5] = ["removing", "stopping", "cleaning", "tearing", "deleting"];
    let written = text.value().get(statement.span.clone()).unwrap_or_default();
    let is_plain = matches!(statement.kind, StatementKind::Command(_)) && !written.contains(['$', '`', '>', '<', '\n']);
    let Some(said) = written.strip_prefix("echo ").filter(|_| is_plain && !statement.background) else { return false };
    let mut words = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    // A number is news.
    let is_news = said.contains(|c: char| c.is_ascii_digit());
    !is_news && words.next().is_some_and(|first| SAYS.contains(&first.to_ascii_lowercase().as_str()))
}

/// Whether a statement is one command, or a pipe of them, whose failure ends the script, or cannot fail.
fn ends_script_when_it_fails(place: &Place<'_>, text: &ShellText, statement: &Statement) -> bool {
    let written = text.value().get(statement.span.clone()).unwrap_or_default();
    if matches!(statement.kind, StatementKind::Or(..)) && written.ends_with("|| true") {
        return true;
    }
    let is_one = matches!(statement.kind, StatementKind::Command(_) | StatementKind::Pipeline(_));
    let at = text.source.location(text.text.span(statement.span.clone()));
    let acts = place.job.trace.acts.iter();
    let mut within = acts.filter(|act| act.called_at().path == at.path && at.span.contains(act.called_at().span));
    is_one && !statement.negated && !statement.background && within.all(|act| act.context.errexit)
}

/// Whether a statement only takes a project down, and no more of it than a step of ours does.
fn takes_down(place: &Place<'_>, text: &ShellText, statement: &Statement, name: &Name) -> bool {
    let at = text.source.location(text.text.span(statement.span.clone()));
    let acts = &place.job.trace.acts;
    let is_here = |act: &Act| act.called_at().path == at.path && at.span.contains(act.called_at().span);
    let owns = place.job.stacks.get(&name.act).is_some_and(Stack::owns_its_volumes);
    let is_it = |removal: &Removal| {
        let act = acts.get(removal.act);
        let is_plain = act.is_some_and(|act| {
            act.chain.is_empty() && !act.text.contains("--rmi") && !act.text.starts_with(['$', '"'])
        });
        let mut names = removal.selector.names.iter();
        is_plain
            && removal.verb == RemovalVerb::Down
            && (owns || removal.volumes.is_no())
            && names.any(|arg| arg.value.same(&name.value).is_yes())
    };
    let within = || acts.iter().enumerate().filter(|(_, act)| is_here(act));
    let removal = |act: usize| place.job.removals.iter().find(|removal| removal.act == act);
    let quiet =
        |act: &Act| matches!(&act.kind, ActKind::Command { program, .. } if matches!(program.as_str(), "true" | ":"));
    let all = within().all(|(index, act)| quiet(act) || removal(index).is_some_and(is_it));
    is_plain(statement) && all && within().any(|(index, _)| removal(index).is_some())
}

fn is_gone(gone: &[Gone], index: usize, statement: &Statement) -> bool {
    gone.iter().any(|known| known.is_in(index, &statement.span))
}

/// The number of a step in the file, when all the names are made before its end, once, and nothing that is made
/// behind it may want their place.
fn removes_last(place: &Place<'_>, own: &Step, together: &[Name]) -> Option<usize> {
    let acts = &place.job.trace.acts;
    let is_in = |act: &Act| place.step(act.step).is_some_and(|step| step.index <= own.index);
    let made: Vec<&Resource> = together
        .iter()
        .flat_map(|name| kind(name.kind).map(|kind| left::alike(place, name, kind)).unwrap_or_default())
        .collect();
    let once = made.iter().all(|resource| {
        let makers = &resource.acts;
        makers.len() == 1 && makers.iter().all(|act| acts.get(*act).is_some_and(is_in))
    });
    let here = acts.iter().filter(|act| place.step(act.step).is_some_and(|step| step.index == own.index));
    let is_always = here.into_iter().any(|act| runs_after_all(place, act));
    (once && !is_always && made.len() == together.len()).then_some(own.index)
}
