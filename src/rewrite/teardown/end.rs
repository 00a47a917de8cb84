//! One step at the end of a job that removes what nothing else removes in every outcome.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::always::last_reader;
use super::doubts::Doubts;
use super::hand_on::hands_on;
use super::join::join;
use super::leak::{Leak, Owner, leak_of, leaks};
use super::new_name::NewName;
use super::removal::Removal;
use super::repair::{Repair, repair};
use super::{condition, gate, tolerance};
use crate::docker::{ComposeVerb, Verb, is_name_letter};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::lifecycle::resource::ResourceKind;
use crate::rewrite::doubt::lasting::may_go;
use crate::rewrite::step::NewStep;
use crate::rewrite::{ByKey, Draft, Place, Scene, Withheld};
use crate::source::Location;
use crate::trace::{Act, ActKind};
use crate::workflow::Job;

/// The fix.
pub(super) fn appended(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let places = scene.places(finding)?;
    let jobs: Vec<usize> = places.iter().map(|place| std::ptr::from_ref(place.job).addr()).collect();
    let known = places.first().map(|place| place.reading.of_job(place.job, Known::default));
    let known = known.ok_or_else(|| Withheld::because("it is made by no job"))?;
    // One step removes all that leaks in these jobs.
    let all = known.once(jobs, || Appended::of(scene, &places, None));
    if all.apart.contains(&finding.location) {
        return Appended::of(scene, &places, Some(&finding.location)).fix_at(&finding.location);
    }
    all.fix_at(&finding.location)
}

/// The steps that were thought of already, by the jobs that get them.
type Known = ByKey<Vec<usize>, Appended>;

/// A step at the end of each of some jobs.
struct Appended {
    /// The fix, or why there is none and in which of the jobs that shows.
    fix: Result<Arc<Fix>, (usize, Withheld)>,
    /// What is not removed, though findings tell of it: in which of the jobs, and why.
    refused: HashMap<Location, (usize, Withheld)>,
    /// Where leaks stand that are repaired in another way, or not told of.
    apart: HashSet<Location>,
}

impl Appended {
    /// The step that removes what leaks and is told of; what stands at `own` in any case.
    fn of(scene: &Scene<'_>, places: &[Place<'_>], own: Option<&Location>) -> Self {
        let (mut refused, mut apart) = (HashMap::new(), HashSet::new());
        let fix = Self::fix(scene, places, own, &mut refused, &mut apart).map(Arc::new);
        Self { fix, refused, apart }
    }

    fn fix(
        scene: &Scene<'_>,
        places: &[Place<'_>],
        own: Option<&Location>,
        refused: &mut HashMap<Location, (usize, Withheld)>,
        apart: &mut HashSet<Location>,
    ) -> Result<Fix, (usize, Withheld)> {
        let mut draft = Draft::new(scene);
        let mut doubts = Doubts::default();
        let mut shown = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let mut removal = Removal::default();
            let mut removed = Vec::new();
            for leak in leaks(place) {
                let joins = leak.is_told(scene, place) && repair(scene, place, &leak) == Repair::End;
                if !joins && own != Some(&leak.at) {
                    apart.insert(leak.at.clone());
                    continue;
                }
                match allowed(scene, place, &leak).and_then(|()| removal.add(&mut draft, place, &leak)) {
                    Ok(()) => removed.push(leak),
                    Err(why) => drop(refused.entry(leak.at.clone()).or_insert((at, why))),
                }
            }
            judge(scene, place, &removed, &mut doubts);
            shown.append(&mut removal.shown);
            add_step(&mut draft, place, &removed, removal, end_of(place, &removed)).map_err(|why| (at, why))?;
        }
        shown.dedup();
        let title = format!("remove {} in a step with `if: always()`", shown.join(", "));
        doubts.finish(draft, &title).map_err(|why| (places.len(), why))
    }

    /// The fix of a finding: what shows first, that what it tells of is not removed or that there is no fix.
    fn fix_at(&self, at: &Location) -> Result<Arc<Fix>, Withheld> {
        match (&self.fix, self.refused.get(at)) {
            (Ok(fix), None) => Ok(fix.clone()),
            (Err((none, why)), Some((place, _))) if none < place => Err(why.clone()),
            (_, Some((_, why))) | (Err((_, why)), None) => Err(why.clone()),
        }
    }
}

fn allowed(scene: &Scene<'_>, place: &Place<'_>, leak: &Leak<'_>) -> Result<(), Withheld> {
    let runs = matches!(leak.resource.kind, ResourceKind::Container | ResourceKind::Project);
    if leak.stays_after_success() {
        may_go(place, leak.resource.name.as_ref().filter(|_| runs))?;
    }
    leak.is_of_this_run(scene, place, "theirs")?;
    not_used_later(place, leak)
}

/// Refuses what another job of the run uses later.
pub(super) fn not_used_later(place: &Place<'_>, leak: &Leak<'_>) -> Result<(), Withheld> {
    let name = leak.resource.name.as_ref().map(|name| name.prefix().to_owned()).filter(|name| name.len() >= 3);
    let name = name.or_else(|| leak.resource.name.as_ref()?.as_literal().map(str::to_owned));
    let users = place.position().into_iter().flat_map(|own| place.peers.of(own).needing());
    let user = users.filter(|other| other.same_runner.may_be()).find(|other| {
        let trace = other.peer.trace;
        let runs = trace.steps.iter().filter_map(|step| step.run.as_deref());
        let acts = trace.acts.iter().filter(|act| !is_print(act)).map(|act| act.text.as_str());
        let name = name.as_deref().filter(|name| !name.is_empty());
        name.is_some_and(|name| {
            runs.flat_map(str::lines).filter(|line| !is_echo(line)).chain(acts).any(|run| names(run, name))
        })
    });
    if let Some(other) = user {
        return Err(Withheld::because(format!("the job `{}` uses it later", other.peer.job.id.value())));
    }
    let own = place.job.job.id.value();
    let asked = format!("needs.{own}.outputs");
    let mut handed = later_jobs(place, leak).filter(|job| place.tree.source().slice(job.span).contains(&asked));
    match handed.next() {
        Some(job) => Err(Withheld::because(format!(
            "the job `{}` works with the `outputs:` of `{own}`, which may lead to it: remove it in a last job that needs \
             both",
            job.id.value()
        ))),
        None => Ok(()),
    }
}

/// The jobs of the run that may find it there today, since the one that makes it leaves it when all goes well.
fn later_jobs<'a>(place: &Place<'a>, leak: &Leak<'_>) -> impl Iterator<Item = &'a Job> {
    let own = place.position().filter(|_| leak.stays_after_success());
    let needing = own.into_iter().flat_map(|own| place.peers.of(own).needing());
    let does = |act: &Act| !is_print(act) && !matches!(act.kind, ActKind::Uses { .. });
    let works = needing.filter(move |other| other.same_runner.may_be() && other.peer.trace.acts.iter().any(does));
    let (job, peers) = (&place.job.job, place.peers);
    let calls = place.analysed.workflow.jobs.iter().filter(move |_| own.is_some());
    let calls = calls.filter(move |other| other.uses.is_some() && peers.needs(other, job));
    works.map(|other| other.peer.job).chain(calls.map(|job| &**job))
}

/// Whether a text has a name, or one that begins with it: not within another word, nor in what an expression asks for.
fn names(text: &str, name: &str) -> bool {
    let is_asked = |at: usize| {
        let before = &text[..at];
        before.rfind("${{").is_some_and(|open| !before[open..].contains("}}"))
    };
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(is_name_letter) && !is_asked(at))
}

/// Whether a line only tells of something: what is written to a file may be read.
fn is_echo(line: &str) -> bool {
    let line = line.trim_start();
    let is_alone = || !line.contains(['|', ';', '&', '`', '>']) && !line.contains("$(");
    line.starts_with('#') || line.starts_with("echo ") && is_alone()
}

/// Whether an act only prints: what it prints goes into no file and no other command.
pub(super) fn is_print(act: &Act) -> bool {
    let behind = act.frame.source.text().get(act.at.span.start..).unwrap_or_default();
    let line = behind.lines().next().unwrap_or_default();
    matches!(&act.kind, ActKind::Command { program, .. } if matches!(program.as_str(), "echo" | "printf"))
        && !line.contains(['|', '>'])
}

pub(super) fn judge(scene: &Scene<'_>, place: &Place<'_>, removed: &[Leak<'_>], doubts: &mut Doubts) {
    for leak in removed {
        if leak.owner(scene, place) == Owner::Untold {
            doubts.add(match leak.resource.kind {
                ResourceKind::Network | ResourceKind::Volume => "other runs may use it under the same name",
                _ => "another run may have one of the same name, which this step would remove",
            });
        }
        if let Some(job) = later_jobs(place, leak).next() {
            doubts.add(format!("the job `{}` starts later, and may work with it unseen", job.id.value()));
        }
    }
    judge_use(place, removed, doubts);
}

/// What nothing uses may be meant to stay; a command that runs to its end in it is its use.
fn judge_use(place: &Place<'_>, removed: &[Leak<'_>], doubts: &mut Doubts) {
    let runs_in_it = |leak: &&Leak<'_>| match leak.creation.verb() {
        Some(Verb::Compose(compose)) => matches!(compose.verb, ComposeVerb::Run(_)) && leak.resource.detached.is_no(),
        _ => false,
    };
    for leak in removed.iter().filter(|leak| !runs_in_it(leak)) {
        let creator = leak.creation.step;
        let made_in = place.step(creator).map(|step| step.index);
        let later = place.job.job.steps.iter().rev().take_while(|step| Some(step.index) > made_in);
        // Acts stand in the order of their steps.
        let next = place.job.trace.acts.get(leak.resource.act + 1);
        if later.into_iter().all(hands_on) && next.is_none_or(|act| act.step != creator) {
            doubts.add("nothing in the job uses it, so it may be meant to stay");
        }
    }
}

pub(super) fn add_step(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    removed: &[Leak<'_>],
    removal: Removal,
    at: usize,
) -> Result<(), Withheld> {
    let script = removal.script()?;
    let job = &place.job.job;
    let directory = match script.directory.clone() {
        None if place.has_default_directory()
            && removed.iter().any(|leak| leak.resource.kind == ResourceKind::Project) =>
        {
            Some(".".to_owned())
        }
        directory => directory,
    };
    let condition = condition::always(&gates(place, removed));
    if directory.is_none() && place.is_posix() && join(draft, place, at, &script, &condition)? {
        return Ok(());
    }
    let step = NewStep {
        name: script.name,
        condition: Some(condition),
        shell: (!place.is_posix()).then(|| "bash".to_owned()),
        working_directory: directory,
        env: script.env,
        run: Some(script.run),
        ..NewStep::default()
    };
    draft.insert_step(&place.analysed.path, job, at, &step)
}

/// What all steps that make something wait for, as far as it is still known at the end.
fn gates(place: &Place<'_>, removed: &[Leak<'_>]) -> Vec<String> {
    let all = removed.iter().map(|leak| {
        let step = place.step(leak.creation.step);
        let text = step.and_then(|step| step.condition.as_ref()).map_or("", |field| field.value.value());
        condition::gates(text, &|id| gate::is_before(place, id, leak.creation.step)).unwrap_or_default()
    });
    let common = |one: Vec<String>, other: Vec<String>| one.into_iter().filter(|gate| other.contains(gate)).collect();
    all.reduce(common).unwrap_or_default()
}

/// Behind the last step that does more than hand on what was made, in the file's own count; but before the job's own
/// removal of networks and volumes, which fails while a container has them.
pub(super) fn end_of(place: &Place<'_>, removed: &[Leak<'_>]) -> usize {
    let steps = &place.job.job.steps;
    let end = behind_the_work(&place.job.job);
    if !removed.iter().any(|leak| matches!(leak.resource.kind, ResourceKind::Container | ResourceKind::Project)) {
        return end;
    }
    let made = removed.iter().filter_map(|leak| place.step(leak.creation.step)).map(|step| step.index).max();
    let later = steps.iter().rev().filter(|step| step.index < end);
    let housework = later.take_while(|step| Some(step.index) > made && tolerance::is_all_housework(place, step));
    let held = housework.filter(|step| tolerance::removes_held(place, step));
    held.last().map_or(end, |step| step.index)
}

/// Behind the last step that does more than hand on what was made, in the file's own count.
pub(in crate::rewrite) fn behind_the_work(job: &Job) -> usize {
    job.steps.iter().rev().find(|step| !hands_on(step)).map_or(0, |step| step.index + 1)
}

/// Adds a step that removes what gets other names in the same fix: each act with the new name, as a word of the job's
/// scripts. Gives back what makes it doubtful.
///
/// # Errors
/// When it cannot be told at the job's end, or another job uses it.
pub(super) fn add_renamed(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    names: &[(usize, Option<NewName>)],
    behind: Option<usize>,
) -> Result<Vec<String>, Withheld> {
    let (mut removal, mut removed, mut doubts) = (Removal::of_run(), Vec::new(), Doubts::default());
    for (act, name) in names {
        let Some(leak) = leak_of(place, *act) else { continue };
        if removed.iter().any(|known: &Leak<'_>| std::ptr::eq(known.resource, leak.resource)) {
            continue;
        }
        not_used_later(place, &leak)?;
        removal.add_named(draft, place, &leak, name.as_ref())?;
        removed.push(leak);
    }
    judge_use(place, &removed, &mut doubts);
    let readers = || removed.iter().filter_map(|leak| last_reader(place, leak));
    let at = behind.map_or_else(|| end_of(place, &removed), |step| readers().fold(step, usize::max) + 1);
    add_step(draft, place, &removed, removal, at)?;
    Ok(doubts.0)
}
