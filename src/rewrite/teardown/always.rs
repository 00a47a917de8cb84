//! Whether a step may run in every outcome: what it does besides the removal must be as right after a failure, and
//! nobody who comes then may want what it removes.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::hand_on::uploads;
use super::leak::Leak;
use super::tolerance::is_removal;
use crate::command::Arg;
use crate::docker::{ComposeVerb, Verb};
use crate::lifecycle::removal::Removal;
use crate::lifecycle::selector::By;
use crate::rewrite::{ByKey, Place};
use crate::shell::{self, Node, Redirect, RedirectKind};
use crate::source::{Span, Text};
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::workflow::Step;

/// Whether nothing of a step of the trace speaks against it, where it is to run for a leak.
pub(super) fn may_run(place: &Place<'_>, step: usize, leak: &Leak<'_>) -> bool {
    let Some(own) = place.step(step) else { return false };
    if last_reader(place, leak).is_some_and(|reader| reader > own.index) {
        return false;
    }
    *place.reading.of_job(place.job, Right::default).once(step, || is_right(place, step, own.index))
}

/// The steps of the trace that were looked at, whichever leak they are to run for.
type Right = ByKey<usize, bool>;

/// Whether all that a step does is as right after a failure.
fn is_right(place: &Place<'_>, step: usize, own: usize) -> bool {
    // Files that a step behind it uploads or packs after a failure.
    let keeps_files = Late::of(place).last.is_some_and(|late| late > own);
    place.job.trace.acts_of(step).all(|index| is_as_right_after_a_failure(place, index, keeps_files))
}

/// The last step, by its number in the file, that comes after a failure too and may want what is left of the job: its
/// logs, a file in the container, an answer of what runs in it.
pub(super) fn last_reader(place: &Place<'_>, leak: &Leak<'_>) -> Option<usize> {
    let made_in = place.step(leak.creation.step).map(|step| step.index);
    Late::of(place).readers.range(made_in.map_or(0, |step| step + 1)..).next_back().copied()
}

/// The steps that come after a failure, by their numbers in the file.
struct Late {
    last: Option<usize>,
    /// Those that do more than remove and tell of it.
    readers: BTreeSet<usize>,
}

impl Late {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(place))
    }

    fn read(place: &Place<'_>) -> Self {
        let trace = &place.job.trace;
        let late: Vec<&Step> = place.job.job.steps.iter().filter(|step| comes_after_a_failure(step)).collect();
        let may_read: BTreeSet<usize> = late.iter().filter(|step| !uploads(step)).map(|step| step.index).collect();
        let own = |step: usize| place.step(step).map(|step| step.index).filter(|step| may_read.contains(step));
        let asks = |index: usize, act: &Act| !is_removal(place, index) && may_ask(act);
        let acts = trace.acts.iter().enumerate().filter(|(index, act)| asks(*index, act)).map(|(_, act)| act.step);
        let unfollowed = trace.unfollowed.iter().map(|call| call.step);
        Self { last: late.last().map(|step| step.index), readers: acts.chain(unfollowed).filter_map(own).collect() }
    }
}

/// Whether a command of a step may ask what the job has started for something.
fn may_ask(act: &Act) -> bool {
    match &act.kind {
        ActKind::Docker(call) => looks_into(&call.verb) || matches!(call.verb, Verb::Run(_) | Verb::Create(_)),
        ActKind::Program(_) | ActKind::Action(_) => true,
        // The forge's own actions know nothing of a container.
        ActKind::Uses { name } => !name.starts_with("actions/"),
        ActKind::Command { program, .. } => match program.as_str() {
            "echo" | "printf" | "exit" | "true" | ":" | "test" | "[" | "[[" | "rm" | "sleep" => false,
            // A message to a service of others.
            "curl" | "wget" => !act.text.contains("https://") || act.text.contains("localhost"),
            _ => true,
        },
    }
}

/// Whether a call looks at what is in a container, or at what it has said.
fn looks_into(verb: &Verb) -> bool {
    match verb {
        Verb::Compose(compose) => {
            !matches!(compose.verb, ComposeVerb::Down { .. } | ComposeVerb::Remove { .. } | ComposeVerb::Control { .. })
        }
        verb => matches!(
            verb,
            Verb::Exec(_)
                | Verb::Inspect { .. }
                | Verb::Logs { .. }
                | Verb::Port { .. }
                | Verb::Copy { .. }
                | Verb::Look { .. }
                | Verb::Commit { .. }
        ),
    }
}

fn comes_after_a_failure(step: &Step) -> bool {
    let condition = step.condition.as_ref().map_or("", |field| field.value.value());
    // Names of functions have no case.
    let condition = condition.to_ascii_lowercase().replace(char::is_whitespace, "");
    ["failure()", "always()", "cancelled()", "!success()"].iter().any(|status| condition.contains(status))
}

/// Whether a command of a step that tidies up may run after a failure and a cancel as well, before the job has come to
/// what it was written for: it tells nobody that all went well, and takes nothing but what is this run's.
fn is_as_right_after_a_failure(place: &Place<'_>, index: usize, keeps_files: bool) -> bool {
    let Some(act) = place.job.trace.acts.get(index) else { return false };
    if hands_a_result_on(place, act) {
        return false;
    }
    match &act.kind {
        ActKind::Command { program, argv, .. } => match program.as_str() {
            "rm" => !keeps_files && act.directory.path().is_some() && argv.iter().all(is_of_the_job),
            // Whose process that is, nothing shows.
            "kill" | "killall" | "pkill" => false,
            _ => true,
        },
        _ => own_removals(place, index).all(|removal| takes_own_alone(place, removal)),
    }
}

fn own_removals<'a>(place: &Place<'a>, act: usize) -> impl Iterator<Item = &'a Removal> {
    let all = &place.job.removals;
    let from = all.partition_point(|removal| removal.act < act);
    all[from..].iter().take_while(move |removal| removal.act == act)
}

/// Whether a path lies in what the job has for itself, or is an option.
fn is_of_the_job(path: &Arg) -> bool {
    let start = path.value.prefix();
    let temporary = ["/tmp/", "/github/", "/home/runner/work/"].iter().any(|folder| start.starts_with(folder));
    temporary || !(start.starts_with(['/', '~']) || start.starts_with("..") || start.is_empty() && is_foreign(path))
}

/// Whether a path begins with something else than a variable of the job's own folders.
fn is_foreign(path: &Arg) -> bool {
    let own = ["RUNNER_TEMP", "GITHUB_WORKSPACE", "github.workspace", "runner.temp", "TMPDIR", "mktemp", "PWD", "pwd"];
    !path.value.sources().first().is_some_and(|source| own.iter().any(|name| source.contains(name)))
}

/// Whether a removal takes what this run has made, or what has the run in its name. What selects in another way is
/// judged by the rules that tell of strangers.
fn takes_own_alone(place: &Place<'_>, removal: &Removal) -> bool {
    let selector = &removal.selector;
    if !matches!(selector.by, By::Name | By::Project) {
        return true;
    }
    let made = Made::of(place);
    let is_own = |arg: &Arg| made.0.contains(&arg.value.to_string()) || !arg.value.unique().is_static().may_be();
    selector.names.iter().all(is_own)
}

/// The names of all that a job makes.
struct Made(HashSet<String>);

impl Made {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || {
            let names = |value: &Option<Value>| value.as_ref().map(Value::to_string);
            let made = place.job.resources.iter();
            Self(
                made.flat_map(|made| names(&made.name).into_iter().chain(made.parts.iter().map(Value::to_string)))
                    .collect(),
            )
        })
    }
}

/// The statements of a job's scripts that write to files: by the scripts' files and where they begin.
type Writing = ByKey<(Arc<str>, usize), Vec<Span>>;

/// Whether a command writes to a file, or tells the runner something.
fn hands_a_result_on(place: &Place<'_>, act: &Act) -> bool {
    let text: &Text = &act.frame.text;
    let key = (act.frame.source.path().clone(), text.whole().start);
    let writing = place.reading.of_job(place.job, Writing::default).once(key, || writing(text));
    let tells = |arg: &Arg| {
        let said = arg.value.prefix();
        ["::set-", "::add-", "::save-"].iter().any(|command| said.starts_with(command))
    };
    writing.iter().any(|statement| statement.contains(act.at.span))
        || matches!(&act.kind, ActKind::Command { argv, .. } if argv.iter().any(tells))
}

fn writing(text: &Text) -> Vec<Span> {
    let mut all = Vec::new();
    shell::parse(text.value()).visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let own = statement.command().into_iter().flat_map(|command| &command.redirects);
        if own.chain(&statement.redirects).any(writes_to_file) {
            all.push(text.span(statement.span.clone()));
        }
    });
    all
}

fn writes_to_file(redirect: &Redirect) -> bool {
    match &redirect.kind {
        RedirectKind::Write(target) | RedirectKind::Append(target) => {
            !target.literal().is_some_and(|path| path.starts_with("/dev/"))
        }
        _ => false,
    }
}
