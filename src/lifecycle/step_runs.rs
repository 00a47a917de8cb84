//! When a step runs, by what becomes of the job before it.

use super::input::{Endings, JobInput};
use super::outcomes::PerOutcome;
use crate::expr::{Condition, Known, Outcome, Path, Status, StatusRules, TimeoutIs};
use crate::trace::StepTrace;
use crate::truth::Truth;

impl Endings {
    /// When a step runs by itself, where that hangs on no other step.
    pub(super) fn of(&self, input: &JobInput<'_>, step: usize) -> Option<PerOutcome<Truth>> {
        let read = |step: &StepTrace| {
            let alone = !step.conditions.iter().any(|condition| condition.asks_for("steps"));
            alone.then(|| PerOutcome::of(|outcome| conditions(input, step, outcome, input.resolve)))
        };
        *self.steps.get_or_init(|| input.trace.steps.iter().map(read).collect()).get(step)?
    }
}

/// Whether the runner still runs main steps in an outcome.
pub(in crate::lifecycle) fn runs_main_steps(status: StatusRules, outcome: Outcome) -> Truth {
    match outcome {
        Outcome::Success | Outcome::Failure => Truth::Yes,
        Outcome::Cancelled => status.cancel_runs_main_steps.map_or(Truth::Unknown, Truth::from),
        Outcome::TimedOut => status.timeout_is.map_or(Truth::Unknown, |is| (is != TimeoutIs::Nothing).into()),
        Outcome::Killed => Truth::No,
    }
}

/// How far a job came before it ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The step that makes the resource was interrupted or failed.
    HalfMade,
    /// A later one was.
    Later,
}

/// What becomes of a step's runs when the failure of the step that makes the resource fails nothing.
pub(super) fn tolerant(input: &JobInput<'_>, creator: usize, runs: PerOutcome<Truth>) -> PerOutcome<Truth> {
    if input.trace.steps.get(creator).is_some_and(|step| step.continue_on_error) {
        return PerOutcome { failure: runs.success.and(runs.failure), ..runs };
    }
    runs
}

/// Whether a step runs in an outcome, wherever the job was when it came to that.
pub(super) fn step_runs(input: &JobInput<'_>, creator: usize, step: &StepTrace, outcome: Outcome) -> Truth {
    let progress = |progress: Progress| {
        let tolerated = progress == Progress::HalfMade && outcome == Outcome::Failure;
        let tolerated = tolerated && input.trace.steps.get(creator).is_some_and(|step| step.continue_on_error);
        let status = if tolerated { Outcome::Success } else { outcome };
        conditions(input, step, status, &|path| step_outcome(input, path, creator, progress, outcome))
    };
    match outcome {
        Outcome::Success => progress(Progress::Later),
        _ => progress(Progress::HalfMade).and(progress(Progress::Later)),
    }
}

/// Whether all of a step's conditions hold in that outcome, on a runner that runs main steps after a cancel.
pub(super) fn conditions(
    input: &JobInput<'_>,
    step: &StepTrace,
    outcome: Outcome,
    resolve: &dyn Fn(&Path) -> Known,
) -> Truth {
    let each = step.conditions.iter().map(|condition| runs(condition, input.substrate.status_rules, outcome, resolve));
    each.fold(Truth::Yes, Truth::and)
}

/// Whether a condition holds in an outcome, on a runner that runs main steps after a cancel.
pub(super) fn runs(
    condition: &Condition,
    status: StatusRules,
    outcome: Outcome,
    resolve: &dyn Fn(&Path) -> Known,
) -> Truth {
    let as_if = |timeout_is: TimeoutIs| {
        let rules = StatusRules { cancel_runs_main_steps: Some(true), timeout_is: Some(timeout_is) };
        condition.runs(outcome, rules, resolve)
    };
    match status.timeout_is {
        Some(timeout_is @ (TimeoutIs::Failure | TimeoutIs::Cancelled)) => as_if(timeout_is),
        Some(TimeoutIs::Nothing) | None => {
            let (failure, cancelled) = (as_if(TimeoutIs::Failure), as_if(TimeoutIs::Cancelled));
            if failure == cancelled { failure } else { Truth::Unknown }
        }
    }
}

/// The step that `steps.x.outcome` is about, and whether it is `conclusion`.
fn asked<'p>(input: &JobInput<'_>, path: &'p Path) -> Option<(usize, &'p str)> {
    if path.context != "steps" {
        return None;
    }
    let names = path.names()?;
    let [id, what] = names.as_slice() else { return None };
    let step = input.trace.steps.iter().position(|step| step.id.as_deref() == Some(*id))?;
    Some((step, what))
}

fn step_outcome(input: &JobInput<'_>, path: &Path, creator: usize, progress: Progress, outcome: Outcome) -> Known {
    let Some((step, what)) = asked(input, path) else { return (input.resolve)(path) };
    if !matches!(what, "outcome" | "conclusion") {
        return Known::unknown();
    }
    let trace = &input.trace.steps[step];
    let failed = match outcome {
        Outcome::Cancelled => "cancelled",
        _ if what == "conclusion" && trace.continue_on_error => "success",
        _ => "failure",
    };
    let plain = is_plain(trace);
    match (step.cmp(&creator), progress, outcome) {
        (_, Progress::Later, Outcome::Success) => {
            if plain {
                Known::text("success")
            } else {
                Known::unknown()
            }
        }
        (std::cmp::Ordering::Less, ..) => {
            if plain {
                Known::text("success")
            } else {
                Known::unknown()
            }
        }
        (std::cmp::Ordering::Equal, Progress::HalfMade, _) => Known::text(failed),
        (std::cmp::Ordering::Equal, Progress::Later, _) => Known::text("success"),
        (std::cmp::Ordering::Greater, Progress::HalfMade, _) if plain => Known::text("skipped"),
        (std::cmp::Ordering::Greater, ..) => Known::unknown(),
    }
}

/// Whether a step runs when all went well before, and only then.
fn is_plain(step: &StepTrace) -> bool {
    let truth = |condition: &Condition, status| condition.truth(status, &|_| Known::unknown());
    step.conditions.iter().all(|condition| {
        truth(condition, Status::SUCCESS).is_yes()
            && truth(condition, Status::FAILURE).is_no()
            && truth(condition, Status::CANCELLED).is_no()
    })
}

/// As if nothing were known of any step.
pub(super) fn forgotten(input: &JobInput<'_>, path: &Path) -> Known {
    if path.context == "steps" { Known::unknown() } else { (input.resolve)(path) }
}
