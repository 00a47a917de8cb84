//! A removal at the end of a script that may fail before it: it becomes a step of its own.

use std::ops::Range;
use std::rc::Rc;

use super::always::last_reader;
use super::doubts::Doubts;
use super::leak::{Leak, Owner, takes_named_volumes};
use super::things::Things;
use super::tolerance::{
    is_all_housework, is_housework, is_removal, removes_held, silenced, spares_strangers, unforgiving,
};
use super::{condition, gate, portable};
use crate::edit::Fix;
use crate::lifecycle::resource::ResourceKind;
use crate::rewrite::shell_text::begins_heredoc;
use crate::rewrite::step::NewStep;
use crate::rewrite::{ByKey, Draft, Place, Scene, Withheld, tolerate};
use crate::shell::{self, Node, Part};
use crate::source::{Location, Span};
use crate::trace::Act;
use crate::workflow::{Scalar, Step};
use crate::yaml::Style;

/// Variables that a shell has of itself.
const OF_THE_SHELL: [&str; 3] = ["HOME", "HOSTNAME", "PATH"];

/// The end of a script.
struct Tail {
    /// What is cut out, of the script's text: the line break before it, not the one behind.
    cut: Range<usize>,
    /// What the new step does.
    run: String,
    /// The variables it reads.
    reads: Vec<String>,
}

/// The tails of a job's steps, each as far as it may run more often: with the removal that is to, though it may take
/// what others made.
type Tails = ByKey<(usize, Option<usize>), Option<(Tail, usize)>>;

/// Whether the removal of `leak` stands at the end of the script of a step, and can stand alone.
pub(super) fn can_move(scene: &Scene<'_>, place: &Place<'_>, step: usize, leak: &Leak<'_>) -> bool {
    let removal = leak.coverage.remover.and_then(|index| place.job.removals.get(index));
    let own = gate::own_step(place, step);
    let (Some(removal), Some(own)) = (removal, own) else { return false };
    let besides = Some(removal.act).filter(|act| !spares_strangers(scene, place, *act));
    let tail = tail(scene, place, step, own, besides);
    tail.as_ref().as_ref().is_some_and(|(_, from)| removal.act >= *from)
}

/// The fix.
pub(super) fn moved(scene: &Scene<'_>, place: &Place<'_>, step: usize, leaks: &[Leak<'_>]) -> Result<Fix, Withheld> {
    let unclear = || Withheld::because("the removal cannot be separated from the rest of its script");
    for leak in leaks {
        leak.means_its_project(place)?;
        leak.is_of_this_run(scene, place, "theirs")?;
    }
    let own = gate::own_step(place, step).ok_or_else(unclear)?;
    let run = own.run.as_ref().ok_or_else(unclear)?;
    let tail = tail(scene, place, step, own, None);
    let (tail, _) = tail.as_ref().as_ref().ok_or_else(unclear)?;
    let span = run.value.text.exact(tail.cut.clone()).ok_or_else(unclear)?;
    let path = &place.analysed.path;
    let mut draft = Draft::new(scene);
    draft.replace(&Location { path: path.clone(), span }, "")?;
    let old = own.condition.as_ref().map_or("", |field| field.value.value());
    let gates = condition::gates(old, &|id| gate::is_before(place, id, step)).unwrap_or_default();
    let text = |field: &Option<Box<crate::workflow::Field<Scalar>>>| {
        field.as_ref().map(|field| field.value.value().to_owned())
    };
    let env = own.env.entries.iter().filter(|var| tail.reads.iter().any(|name| name == var.name.value()));
    let new = NewStep {
        name: Things::of(leaks).title(),
        condition: Some(condition::always(&gates)),
        // What failed or hung without harm where it stood does so here.
        continues: own.continue_on_error.as_ref().is_some_and(|field| field.value.value() == "true"),
        timeout: place.tree.node(own.node).get("timeout-minutes").and_then(|node| node.as_str()?.parse().ok()),
        shell: text(&own.shell),
        working_directory: text(&own.working_directory),
        env: env
            .filter_map(|var| Some((var.name.value().to_owned(), var.value.as_ref()?.value().to_owned())))
            .collect(),
        run: Some(tail.run.clone()),
        ..NewStep::default()
    };
    draft.insert_step(path, &place.job.job, behind(place, own, leaks), &new)?;
    let mut doubts = Doubts::default();
    if leaks.iter().any(|leak| leak.owner(scene, place) != Owner::Own) {
        doubts.add("another run may have something of the same name, which this step would remove");
    }
    if takes_named_volumes(place, leaks) {
        doubts.add("it removes volumes with a name of their own, which other runs may use");
    }
    silenced(place, step).iter().for_each(|doubt| doubts.add(doubt));
    doubts.finish(draft, "give the removal a step of its own with `always()`")
}

/// Where the removal goes: right behind its step, or the last one that may want what it removes; of networks and
/// volumes, behind the removal of what may hold them.
fn behind(place: &Place<'_>, own: &Step, leaks: &[Leak<'_>]) -> usize {
    let readers = leaks.iter().filter_map(|leak| last_reader(place, leak));
    let next = readers.fold(own.index, usize::max) + 1;
    if !leaks.iter().any(|leak| matches!(leak.resource.kind, ResourceKind::Network | ResourceKind::Volume)) {
        return next;
    }
    let later = place.job.job.steps.iter().filter(|step| step.index >= next);
    let removals = later.take_while(|step| is_all_housework(place, step) && !removes_held(place, step));
    removals.last().map_or(next, |step| step.index + 1)
}

/// The end of a step's script that only removes, and its first act; `besides` may run more often whatever it takes.
fn tail(
    scene: &Scene<'_>,
    place: &Place<'_>,
    step: usize,
    own: &Step,
    besides: Option<usize>,
) -> Rc<Option<(Tail, usize)>> {
    let spares = |index: usize| spares_strangers(scene, place, index) || besides == Some(index);
    let known = place.reading.of_job(place.job, Tails::default);
    known.once((step, besides), || read(place, step, own, &spares))
}

fn read(place: &Place<'_>, step: usize, own: &Step, spares: &dyn Fn(usize) -> bool) -> Option<(Tail, usize)> {
    let run = &own.run.as_ref().filter(|run| !run.merged && run.value.style == Style::Literal)?.value;
    let text = run.value();
    let script = shell::parse(text);
    if own.aliased || own.env.expression.is_some() || !script.errors.is_empty() {
        return None;
    }
    let here = Script { place, step, run };
    let pure = |range: &Range<usize>| {
        let acts = here.acts(range);
        let may = |index: usize| is_housework(place, index) && here.stands_alone(index) && spares(index);
        !acts.is_empty() && acts.into_iter().all(may)
    };
    let removes = |range: &Range<usize>| here.acts(range).iter().any(|index| is_removal(place, *index));
    let mut from = script.body.len();
    while from > 0 && pure(&script.body[from - 1].span) && !script.body[from - 1].background {
        from -= 1;
    }
    // What is printed before is about the tests; what is printed last, about their success.
    while from < script.body.len() && !removes(&script.body[from].span) {
        from += 1;
    }
    let (before, first, last) = (script.body.get(from.checked_sub(1)?)?, script.body.get(from)?, script.body.last()?);
    if !removes(&last.span) || begins_heredoc(&script, text, &before.span) {
        return None;
    }
    let cut = between(text, before.span.end, first.span.start)?..text.trim_end().len();
    let reads = reads(&script, &cut);
    let known = |name: &String| {
        let creation = place.job.trace.acts.iter().find(|act| act.step == step);
        own.env.get(name).is_some()
            || OF_THE_SHELL.contains(&name.as_str())
            || portable::SET_BY_RUNNER.contains(&name.as_str())
            || creation.is_some_and(|act| portable::is_lasting(place, act, name))
    };
    if !reads.iter().all(known) || moves_about(&script, text, cut.start) {
        return None;
    }
    let run = here.forgiving(&script, &cut);
    let acts = here.acts(&first.span);
    Some((Tail { cut, run, reads }, *acts.first()?))
}

/// A step's script, and what it does.
struct Script<'a, 'p> {
    place: &'p Place<'a>,
    step: usize,
    run: &'p Scalar,
}

impl Script<'_, '_> {
    /// The acts of the commands in a range of the text, what they call included.
    fn acts(&self, range: &Range<usize>) -> Vec<usize> {
        let span = self.run.text.span(range.clone());
        let trace = &self.place.job.trace;
        let is_within = |index: &usize| trace.acts.get(*index).is_some_and(|act| span.contains(self.at(act)));
        trace.acts_of(self.step).filter(is_within).collect()
    }

    /// Where an act stands in this script.
    fn at(&self, act: &Act) -> Span {
        act.chain
            .iter()
            .map(|link| &link.location)
            .find(|at| at.path == self.place.analysed.path)
            .unwrap_or(&act.at)
            .span
    }

    /// Whether an act needs nothing of the script before it.
    fn stands_alone(&self, index: usize) -> bool {
        let act = self.place.job.trace.acts.get(index);
        act.is_some_and(|act| {
            act.context.functions.is_empty() && act.context.trap.is_none() && act.context.stdin.is_none()
        })
    }

    /// The tail's text, in which nothing fails on what is not there.
    fn forgiving(&self, script: &shell::Script, cut: &Range<usize>) -> String {
        let text = self.run.value();
        let strict = unforgiving(self.place, self.step);
        let mut added: Vec<(usize, &str)> = Vec::new();
        script.visit(&mut |node| {
            let Node::Statement(statement) = node else { return };
            let span = self.run.text.span(statement.span.clone());
            let removal = strict.iter().find(|strict| strict.act.at.span == span);
            let Some(removal) = removal.filter(|_| cut.contains(&statement.span.start)) else { return };
            added.extend(removal.force_at.map(|at| (at, " -f")));
            if removal.tolerate {
                let (before, behind) = tolerate::around(text, &statement.span);
                added.extend([(statement.span.start, before), (statement.span.end, behind)]);
            }
        });
        added.sort_unstable();
        added.dedup();
        let mut moved = text.get(cut.clone()).unwrap_or_default().to_owned();
        for (at, new) in added.iter().rev() {
            moved.insert_str(at - cut.start, new);
        }
        let lines: Vec<&str> = moved.lines().skip_while(|line| line.trim().is_empty()).collect();
        if let [only] = lines.as_slice() { (*only).to_owned() } else { lines.join("\n") + "\n" }
    }
}

/// The end of the line that a statement ends on, when only comments and empty lines follow up to the next.
fn between(text: &str, end: usize, next: usize) -> Option<usize> {
    let gap = text.get(end..next)?;
    let (rest, lines) = gap.split_once('\n')?;
    let quiet = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    (quiet(rest) && lines.lines().all(quiet)).then(|| end + rest.len())
}

/// The variables read in a part of a script.
fn reads(script: &shell::Script, range: &Range<usize>) -> Vec<String> {
    let mut names = Vec::new();
    script.visit(&mut |node| {
        if let Node::Word(word) = node
            && range.contains(&word.span.start)
        {
            names.extend(word.pieces.iter().filter_map(|piece| match &piece.part {
                Part::Parameter(parameter) => Some(parameter.name.clone()),
                _ => None,
            }));
        }
    });
    names
}

/// Whether the script changes its directory before a place.
fn moves_about(script: &shell::Script, text: &str, before: usize) -> bool {
    let mut moves = false;
    script.visit(&mut |node| {
        if let Node::Statement(statement) = node
            && let Some(word) = statement.command().and_then(|command| command.words.first())
            && word.span.start < before
        {
            moves |= matches!(text.get(word.span.clone()), Some("cd" | "pushd" | "popd"));
        }
    });
    moves
}
