//! In which outcomes something removes what a job makes.

use super::branch_coverage::counts;
use super::by_event;
use super::helper_labels::HelperLabels;
use super::input::JobInput;
use super::near::Near;
use super::needs_container;
use super::outcomes::{OUTCOMES, PerOutcome};
use super::peers::OtherJob;
use super::removal::{Removal, RemovalVerb, Scope, is_unanswered};
use super::resource::{Resource, ResourceKind};
use super::selects::{selects, selects_across, selects_stopped};
use super::step_runs::{conditions, forgotten, runs, runs_main_steps, step_runs, tolerant};
use crate::expr::Outcome;
use crate::source::Location;
use crate::trace::{Act, JobTrace, Trap};
use crate::truth::Truth;

/// The first hole in a resource's removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// Nothing removes it.
    Missing,
    /// Only a trap does.
    TrapOnly,
    /// Its removal waits for another step's outcome.
    Gated,
    /// Its removal waits for an event, and it is made after others as well.
    ByEvent,
    /// Not after a success, or not after a failure.
    NotAlways,
    /// Not after a cancel or a timeout.
    MissesCancel,
    /// None.
    None,
}

impl Gap {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TrapOnly => "trap-only",
            Self::Gated => "gated",
            Self::ByEvent => "by-event",
            Self::NotAlways => "not-always",
            Self::MissesCancel => "misses-cancel",
            Self::None => "none",
        }
    }
}

/// What takes a resource away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// It goes with its own command.
    Itself,
    /// The script that makes it.
    Script,
    /// Another step of the job.
    Step,
    /// A job that needs this one.
    Job,
    /// A trap of the script that makes it.
    Trap,
    /// A guard of `berth-run`'s, when the job ends.
    Guard,
}

impl Means {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Script => "script",
            Self::Step => "step",
            Self::Job => "job",
            Self::Trap => "trap",
            Self::Guard => "guard",
        }
    }
}

/// What becomes of a resource in one outcome, on the runner that the job has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Certainly taken away, and by which act; another job's or none has no number.
    By(Means, Option<usize>),
    /// It depends on something that is not known.
    Depends(&'static str, Option<usize>),
    /// Left there.
    Left,
}

/// What is found of one resource.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The act since which it is there: its first creation that no removal comes after and before the last one.
    pub made_at: usize,
    /// What takes it away on this runner. `gap` does not look at the runner.
    pub taken: PerOutcome<Taken>,
    /// The first hole.
    pub gap: Gap,
    /// Whether it is that for certain: no removal may or may not select it.
    pub sure: bool,
    /// Outcomes in which nothing removes it.
    pub uncovered: Vec<Outcome>,
    /// The removal that is told of, in the job's removals.
    pub remover: Option<usize>,
    /// The trap that removes it.
    pub trap: Option<Location>,
    /// What a partial removal leaves.
    pub partial: Option<&'static str>,
    /// The act that stands before the removal in its step, and ends the step when it fails by itself.
    pub behind: Option<usize>,
    /// The events of the workflow after which all runs leave it.
    pub left_by: Vec<String>,
}

impl Coverage {
    /// Where its hole is to be mended: the `if:` of the removal's step, else the removal; the trap; where nothing
    /// removes it, where it is made.
    pub fn stands_at(&self, trace: &JobTrace, removals: &[Removal]) -> Option<Location> {
        let creation = trace.acts.get(self.made_at)?;
        match (&self.trap, self.remover.and_then(|index| removals.get(index))) {
            (Some(trap), _) => Some(trap.clone()),
            (None, Some(removal)) => {
                let act = trace.acts.get(removal.act)?;
                let step = trace.steps.get(act.step).filter(|_| act.step != creation.step);
                // A condition that holds in every outcome is not what is to be mended.
                let condition = step.filter(|step| step.condition_at != step.at && self.behind.is_none());
                Some(condition.map_or_else(|| act.called_at().clone(), |step| step.condition_at.clone()))
            }
            (None, None) => Some(creation.called_at().clone()),
        }
    }
}

/// How one removal covers one resource.
#[derive(Clone, Debug)]
struct Cover {
    /// In the job's removals; none for another job's.
    index: Option<usize>,
    selects: Truth,
    /// Whether it runs, on a runner that runs main steps after a cancel.
    would_run: PerOutcome<Truth>,
    /// The same on this job's own runner.
    runs_here: PerOutcome<Truth>,
    means: Means,
    trap: Option<Location>,
    gated: bool,
    /// What may end its step before it.
    behind: Option<usize>,
}

/// Whether the job itself takes a resource away again when all goes well: whole, and after it was made last.
pub fn is_removed_again(input: &JobInput<'_>, resource: &Resource) -> bool {
    let made = input.trace.acts.get(resource.last());
    let Some(made) = made else { return false };
    let near = Near::new(input, resource);
    let removals = || near.iter();
    let takes = |removal: &Removal| {
        let Reach::Whole(selects) = reach(removal, resource) else { return false };
        let Some(act) = input.trace.acts.get(removal.act).filter(|_| selects.is_yes()) else { return false };
        let runs = match &act.context.trap {
            Some(trap) => act.step == made.step && trap.stays_set(),
            None if act.step == made.step => true,
            None => input
                .trace
                .steps
                .get(act.step)
                .is_some_and(|step| step_runs(input, made.step, step, Outcome::Success).may_be()),
        };
        runs && counts(input.trace, &removals, removal, resource, &made.context.branches).is_yes()
    };
    input
        .endings
        .kinds(input)
        .near(resource)
        .any(|kind| after(input, resource, kind).iter().any(|index| takes(&input.removals[*index])))
}

/// Of removals of one kind those that come after a resource was made for the last time.
fn after<'k>(input: &JobInput<'_>, resource: &Resource, kind: &'k [usize]) -> &'k [usize] {
    // A trap's is of no kind with others.
    let is_before = |index: &usize| !is_after(input.trace, resource.last(), input.removals[*index].act);
    &kind[kind.partition_point(is_before)..]
}

/// Looks at all that may remove `resource`.
pub fn coverage(input: &JobInput<'_>, resource: &Resource) -> Coverage {
    let near = Near::new(input, resource);
    let removals = || near.iter();
    let made_at = made_at(input.trace, resource, removals);
    let taken = PerOutcome::all(Taken::By(Means::Itself, None));
    let none = Coverage {
        made_at,
        taken,
        gap: Gap::None,
        sure: true,
        uncovered: vec![],
        remover: None,
        trap: None,
        partial: None,
        behind: None,
        left_by: vec![],
    };
    if resource.ends_with_command().may_be() || resource.removes_itself.may_be() {
        let sure = resource.ends_with_command().or(resource.removes_itself).is_yes();
        let taken = if sure { none.taken } else { PerOutcome::all(Taken::Depends("how it is started", None)) };
        return Coverage { taken, sure, ..none };
    }
    if resource.helper_labels == HelperLabels::Guarded {
        return Coverage { taken: PerOutcome::all(Taken::By(Means::Guard, None)), ..none };
    }
    let mut covers = Vec::new();
    let mut partial = None;
    let acts = &input.trace.acts;
    let creator = acts.get(made_at).map(|act| act.step);
    let mut consider = |index: usize| {
        let removal = &input.removals[index];
        match reach_of_stopped(input.trace, &removals, removal, resource) {
            Reach::Nothing => None,
            Reach::Part(left) => {
                partial = partial.max(Some((index, left)));
                None
            }
            Reach::Whole(selects) => {
                let made = acts.get(made_at).map(|act| act.context.branches.as_slice());
                let counted = counts(input.trace, &removals, removal, resource, made.unwrap_or_default());
                let trap = acts.get(removal.act).and_then(|act| act.context.trap.as_ref());
                if trap.is_some_and(|trap| trap.until.is_some() && !hands_over(input, resource, made_at, trap, &near)) {
                    return None;
                }
                cover(input, resource, (index, made_at), removal, selects.and(counted))
            }
        }
    };
    for kind in input.endings.kinds(input).near(resource) {
        let kind = after(input, resource, kind);
        let is_in_step = |index: &usize| acts.get(input.removals[*index].act).map(|act| act.step) == creator;
        let (in_step, later) = kind.split_at(kind.partition_point(is_in_step));
        covers.extend(in_step.iter().filter_map(|index| consider(*index)));
        // The first that covers says what all behind it say; the last one is told of, too.
        let first = later.iter().find_map(|index| consider(*index));
        let last = later.last().filter(|last| first.as_ref().is_some_and(|first| first.index != Some(**last)));
        let told = last.and_then(|last| Some(Cover { index: Some(*last), ..first.clone()? }));
        covers.extend(first.into_iter().chain(told));
    }
    covers.sort_by_key(|cover| cover.index);
    for (other, removal) in input.others.removals_of(resource) {
        covers.extend(cover_by_job(input, resource, &other, removal));
    }
    let certain: Vec<Cover> = covers.iter().filter(|cover| cover.selects.is_yes()).cloned().collect();
    let found = judge(&certain);
    let at_best = judge(&covers);
    let taken = PerOutcome::of(|outcome| taken_in(&covers, outcome));
    let found = Coverage { made_at, taken, sure: found.gap == at_best.gap, ..found };
    // A container that ended with its command is no leak to speak of while nobody removes it.
    if found.gap == Gap::Missing && resource.kind == ResourceKind::Container && resource.detached.is_no() {
        return Coverage { taken: found.taken, sure: found.sure, ..none };
    }
    let left_by = match found.gap {
        Gap::None | Gap::MissesCancel if !covers.is_empty() => {
            by_event::leaving(input, made_at, &acts_of(input, &covers))
        }
        _ => vec![],
    };
    match partial {
        _ if !left_by.is_empty() => Coverage {
            gap: Gap::ByEvent,
            sure: true,
            uncovered: OUTCOMES.to_vec(),
            remover: covers.iter().rev().find_map(|cover| cover.index),
            left_by,
            ..found
        },
        Some((index, left)) if found.gap == Gap::Missing => Coverage {
            gap: Gap::NotAlways,
            uncovered: OUTCOMES.to_vec(),
            remover: Some(index),
            partial: Some(left),
            ..found
        },
        _ => found,
    }
}

/// The removals of the job itself that may cover something; one of another job is none.
fn acts_of(input: &JobInput<'_>, covers: &[Cover]) -> Vec<Option<usize>> {
    covers.iter().map(|cover| Some(input.removals.get(cover.index?)?.act)).collect()
}

/// What takes it away in one outcome: what certainly does, else what may.
fn taken_in(covers: &[Cover], outcome: Outcome) -> Taken {
    let takes = |cover: &&Cover| cover.selects.and(cover.runs_here.is_in(outcome));
    if let Some(cover) = covers.iter().rev().find(|cover| takes(cover).is_yes()) {
        return Taken::By(cover.means, cover.index);
    }
    let Some(cover) = covers.iter().rev().find(|cover| takes(cover).may_be()) else { return Taken::Left };
    let why = if !cover.selects.is_yes() {
        "what the removal selects"
    } else if cover.means == Means::Trap {
        "whether the trap still runs"
    } else if cover.would_run.is_in(outcome).is_yes() {
        "runner version"
    } else {
        "a condition"
    };
    Taken::Depends(why, cover.index)
}

/// The act since which it is there.
fn made_at<'r, R: Iterator<Item = &'r Removal>>(
    trace: &JobTrace,
    resource: &Resource,
    removals: impl Fn() -> R,
) -> usize {
    if resource.acts.len() < 2 {
        return resource.act;
    }
    let between = removals().filter(|removal| {
        let trapped = trace.acts.get(removal.act).is_none_or(|act| act.context.trap.is_some());
        !trapped
            && removal.act < resource.last()
            && matches!(reach(removal, resource), Reach::Whole(selects) if selects.is_yes())
    });
    let removed = between.map(|removal| removal.act).max();
    resource.acts.iter().copied().find(|act| removed.is_none_or(|removed| *act > removed)).unwrap_or(resource.act)
}

/// What a removal takes of a resource.
enum Reach {
    Nothing,
    /// All but this.
    Part(&'static str),
    Whole(Truth),
}

fn reach(removal: &Removal, resource: &Resource) -> Reach {
    let selects = selects(removal, resource);
    if selects.is_no() {
        return Reach::Nothing;
    }
    match (resource.kind, removal.scope) {
        (ResourceKind::Project, Scope::Project) => match (removal.partial, removal.verb) {
            (None, _) => Reach::Whole(selects),
            // They only stop.
            (Some(_), RemovalVerb::Stop | RemovalVerb::Kill) => Reach::Nothing,
            (Some(left), _) => Reach::Part(left),
        },
        (ResourceKind::Project, Scope::Container) if selects.is_yes() && removal.verb == RemovalVerb::Remove => {
            Reach::Part("network")
        }
        (ResourceKind::Project, _) => Reach::Nothing,
        (ResourceKind::Cluster, Scope::Container | Scope::Network | Scope::Volume) if !selects.is_yes() => {
            Reach::Nothing
        }
        _ => match removal.verb {
            RemovalVerb::Stop | RemovalVerb::Kill => match selects.and(resource.rm) {
                Truth::No => Reach::Nothing,
                stopped => Reach::Whole(stopped),
            },
            _ => Reach::Whole(selects),
        },
    }
}

/// The same; a prune takes a container that was stopped before it.
fn reach_of_stopped<'r, R: Iterator<Item = &'r Removal>>(
    trace: &JobTrace,
    removals: &impl Fn() -> R,
    removal: &Removal,
    resource: &Resource,
) -> Reach {
    let stops = |other: &Removal| {
        matches!(other.verb, RemovalVerb::Stop | RemovalVerb::Kill)
            && (resource.last()..removal.act).contains(&other.act)
            && trace.acts.get(other.act).map(|act| act.step) == trace.acts.get(removal.act).map(|act| act.step)
            && selects(other, resource).is_yes()
    };
    if trace.acts.get(removal.act).is_some_and(is_unanswered) {
        return Reach::Nothing;
    }
    let prunes = removal.verb == RemovalVerb::Prune && resource.kind == ResourceKind::Container;
    if prunes && removals().any(stops) {
        return Reach::Whole(selects_stopped(removal, resource));
    }
    reach(removal, resource)
}

fn judge(covers: &[Cover]) -> Coverage {
    let steps: Vec<&Cover> = covers.iter().filter(|cover| cover.trap.is_none()).collect();
    let covered = |outcome: Outcome| steps.iter().any(|cover| cover.would_run.is_in(outcome).may_be());
    let mut holes: Vec<Outcome> = OUTCOMES.into_iter().filter(|outcome| !covered(*outcome)).collect();
    let traps = || covers.iter().filter(|cover| cover.trap.is_some());
    let trap = traps().find(|cover| cover.would_run.success.may_be()).or_else(|| traps().next());
    // A step for what a trap may not live to see is all that it lacks.
    let or_trapped = |outcome| covered(outcome) || trap.is_some_and(|trap| trap.would_run.is_in(outcome).may_be());
    if trap.is_some() && or_trapped(Outcome::Success) && or_trapped(Outcome::Failure) && covered(Outcome::Cancelled) {
        holes.clear();
    }
    let open_at_end = holes.contains(&Outcome::Success) || holes.contains(&Outcome::Failure);
    let fullest = steps.iter().rev().max_by_key(|cover| {
        (cover.would_run.values().into_iter().filter(|runs| runs.may_be()).count(), cover.index.is_some())
    });
    let gate = steps.iter().find(|cover| cover.gated);
    let (gap, told) = if covers.is_empty() {
        (Gap::Missing, None)
    } else if holes.is_empty() {
        (Gap::None, fullest.copied())
    } else if trap.is_some() && open_at_end {
        (Gap::TrapOnly, trap)
    } else if gate.is_some() {
        (Gap::Gated, gate.copied())
    } else if open_at_end {
        (Gap::NotAlways, fullest.copied())
    } else {
        (Gap::MissesCancel, fullest.copied())
    };
    holes.retain(|outcome| trap.is_none_or(|trap| trap.would_run.is_in(*outcome).is_no()));
    Coverage {
        made_at: 0,
        gap,
        taken: PerOutcome::all(Taken::Left),
        sure: true,
        uncovered: holes,
        remover: told.and_then(|cover| cover.index),
        trap: told.and_then(|cover| cover.trap.clone()),
        partial: None,
        behind: told.and_then(|cover| cover.behind),
        left_by: vec![],
    }
}

/// Whether an act comes after another: later, or in the same loop.
pub fn is_after(trace: &JobTrace, creation: usize, act: usize) -> bool {
    act > creation || trace.acts.get(act).is_some_and(|act| act.context.trap.is_some())
}

fn cover(
    input: &JobInput<'_>,
    resource: &Resource,
    (index, made_at): (usize, usize),
    removal: &Removal,
    selects: Truth,
) -> Option<Cover> {
    if selects.is_no() {
        return None;
    }
    let creation = input.trace.acts.get(made_at)?;
    let act = input.trace.acts.get(removal.act)?;
    let always = PerOutcome::all(Truth::Yes);
    let base = Cover {
        index: Some(index),
        selects,
        would_run: always,
        runs_here: always,
        means: Means::Script,
        trap: None,
        gated: false,
        behind: None,
    };
    if let Some(trap) = &act.context.trap
        && act.step == creation.step
    {
        // Whether it runs on a cancel, nobody can tell; what it leaves then is listed.
        let success = trap.stays_set().into();
        let would_run = PerOutcome { success, failure: Truth::Yes, cancelled: Truth::No, timed_out: Truth::No };
        let signalled = input.substrate.runs_traps_on_cancel;
        return trap.is_on_exit().then(|| Cover {
            would_run,
            runs_here: PerOutcome { cancelled: signalled, timed_out: signalled, ..would_run },
            means: Means::Trap,
            trap: Some(trap.at.clone()),
            ..base
        });
    }
    if act.step == creation.step {
        let would_run = in_same_step(input, resource, made_at, removal.act);
        return Some(Cover { would_run, runs_here: would_run, ..base });
    }
    let step = input.trace.steps.get(act.step)?;
    let alone = input.endings.of(input, act.step);
    let mut would_run = match alone {
        Some(runs) => tolerant(input, creation.step, runs),
        None => PerOutcome::of(|outcome| step_runs(input, creation.step, step, outcome)),
    };
    let by_condition = would_run;
    if (input.is_test)(act.step) && may_fail_before(input.trace, act, removal.act) {
        would_run.failure = Truth::No;
    }
    let behind = Some(removal.act).filter(|_| by_condition.failure.may_be());
    let behind = behind.and_then(|own| needs_container::fails_before(input.trace, own, resource));
    if behind.is_some() {
        would_run.failure = Truth::No;
    }
    // The gate is the reason when the step would run but for what other steps came to.
    let forgetful = || PerOutcome::of(|outcome| conditions(input, step, outcome, &|path| forgotten(input, path)));
    let ungated = alone.unwrap_or_else(forgetful);
    let held_back = |outcome| by_condition.is_in(outcome).is_no() && ungated.is_in(outcome).may_be();
    let gated = [Outcome::Failure, Outcome::Cancelled, Outcome::TimedOut].into_iter().any(held_back)
        && ungated.failure.may_be()
        && ungated.cancelled.may_be();
    let rules = input.substrate.status_rules;
    let runs_here = PerOutcome::of(|outcome| would_run.is_in(outcome).and(runs_main_steps(rules, outcome)));
    Some(Cover { would_run, runs_here, means: Means::Step, gated, behind, ..base })
}

/// Whether a trap that is taken back covers the failures of its step together with the script itself: it is set
/// while something can fail, and by its end the script has removed the resource.
fn hands_over(input: &JobInput<'_>, resource: &Resource, made_at: usize, trap: &Trap, near: &Near<'_>) -> bool {
    let trace = input.trace;
    let Some(made) = trace.acts.get(made_at).filter(|_| trap.guards(resource.last())) else { return false };
    let open = |at: usize| (made_at..at).any(|index| !trap.guards(index) && trace.acts[index].may_end_script());
    let removals = || near.iter();
    removals().filter(|removal| removal.act > resource.last()).any(|removal| {
        let Reach::Whole(selects) = reach(removal, resource) else { return false };
        let Some(act) = trace.acts.get(removal.act) else { return false };
        act.step == made.step
            && act.context.trap.is_none()
            && selects.may_be()
            && counts(trace, &removals, removal, resource, &made.context.branches).may_be()
            && !open(removal.act)
    })
}

/// A removal in the step that makes it.
fn in_same_step(input: &JobInput<'_>, resource: &Resource, made_at: usize, removal: usize) -> PerOutcome<Truth> {
    let trace = input.trace;
    let step = trace.acts[made_at].step;
    // A run may fail with its container made; a create that fails makes nothing.
    let from = if resource.kind == ResourceKind::Project
        || (resource.kind == ResourceKind::Container && !resource.created_only)
    {
        made_at
    } else {
        made_at + 1
    };
    let between = |from: usize| (from..removal).filter(|at| trace.acts[*at].step == step);
    let leaves = |at: usize| trace.acts[at].may_end_script() && !is_gone_by(input, resource, at);
    let may_fail = between(from).any(leaves);
    let adjacent = resource.created_only && !between(made_at + 1).any(|at| trace.acts[at].may_end_script());
    let later = Truth::from(adjacent || between(made_at + 1).next().is_none() && !may_fail);
    PerOutcome { success: Truth::Yes, failure: (!may_fail).into(), cancelled: later, timed_out: later }
}

/// Whether who gives up when an act fails removes the resource first: `… || { docker rm pg; exit 1; }`.
fn is_gone_by(input: &JobInput<'_>, resource: &Resource, act: usize) -> bool {
    let acts = &input.trace.acts;
    let in_giving_up = |removal: &&Removal| {
        let branch = acts.get(removal.act).and_then(|own| own.context.branches.last());
        branch.is_some_and(|branch| branch.fails && (removal.act == act || branch.asked.contains(&act)))
    };
    // They stand in the order of their acts, and giving up comes behind the act in its step.
    let from = input.removals.partition_point(|removal| removal.act < act);
    let behind = input.removals[from..].iter().take_while(|removal| acts[removal.act].step == acts[act].step);
    behind.into_iter().filter(in_giving_up).any(|removal| selects(removal, resource).is_yes())
}

/// Whether commands of a step that tests can end it before the removal.
fn may_fail_before(trace: &JobTrace, removal: &Act, index: usize) -> bool {
    // Acts stand in the order of their steps.
    let before = trace.acts[..index].iter().rev().take_while(|act| act.step == removal.step);
    before.into_iter().filter(|act| act.call().is_none()).any(Act::may_end_script)
}

/// A removal in a job that needs this one.
fn cover_by_job(input: &JobInput<'_>, resource: &Resource, other: &OtherJob<'_>, removal: &Removal) -> Option<Cover> {
    if !other.needs_this || other.same_runner.is_no() {
        return None;
    }
    let Reach::Whole(own) = reach(removal, resource) else { return None };
    let trace = other.peer.trace;
    let counted = counts(trace, &|| other.peer.removals.iter(), removal, resource, &[]);
    let selects = own.and(selects_across(removal, resource)).and(other.same_runner).and(counted);
    let step = trace.acts.get(removal.act).and_then(|act| trace.steps.get(act.step));
    let step = step.filter(|_| selects.may_be())?;
    let smooth = conditions(input, step, Outcome::Success, &|path| forgotten(input, path));
    let rules = input.substrate.status_rules;
    let would_run = PerOutcome::of(|outcome| {
        smooth.and(runs(other.peer.condition, rules, outcome, &|path| forgotten(input, path)))
    });
    let runs_here =
        PerOutcome { cancelled: would_run.cancelled.and(input.substrate.starts_jobs_on_cancel), ..would_run };
    Some(Cover {
        index: None,
        selects,
        would_run,
        runs_here,
        means: Means::Job,
        trap: None,
        gated: false,
        behind: None,
    })
}
