//! Who may use a port without anybody seeing it.

use std::ops::Range;

use crate::address::reader::may_ask_unseen;
use crate::docker::images::well_known;
use crate::rewrite::{Draft, Place, Scene, Withheld};
use crate::source::{Location, Source, Text};
use crate::stack::{Claimed, Stack};
use crate::symbol::{Value, Variables};
use crate::trace::{Act, ActKind, Unfollowed};
use crate::workflow::Step;

/// What runs on the machine behind an act, and may use a port that it has from a file or a default of its own, in
/// words.
pub fn reader(place: &Place<'_>, behind: usize) -> Option<String> {
    reader_from(place, behind + 1)
}

/// The same of the whole job: what may use the port of a service.
pub fn reader_of_any(place: &Place<'_>) -> Option<String> {
    reader_from(place, 0)
}

/// What runs a program on the host's network, in words: it reaches a service by a published port alone.
pub fn on_host_network(place: &Place<'_>) -> Option<String> {
    let askers = place.reading.of_job(place.job, || Askers::read(place));
    let acts = askers.0.iter().filter_map(|act| place.job.trace.acts.get(*act));
    let mut in_containers = acts.filter(|act| act.call().is_some());
    let builds = |step: &Step| {
        let uses = step.uses.as_ref()?.value.value();
        let is_it =
            uses.starts_with("docker/build-push-action") && step.with.get("network")?.value.as_ref()?.value() == "host";
        is_it.then(|| format!("`{uses}` with `network: host`"))
    };
    let run = in_containers.next().map(|act| format!("`{}`", shown(act)));
    run.or_else(|| place.steps_with_values().find_map(builds))
}

/// Where a job says a port and is seen to be told the new one.
pub struct Told {
    /// The place.
    pub at: Location,
    /// The step, in [`crate::workflow::Job::steps`], where it is handed to all that the step does.
    pub step: Option<usize>,
}

/// What may use a port beside those that are seen to, from the act of that number on, and is handed no number of it: it
/// may have the old one by itself.
pub fn untold(place: &Place<'_>, first: usize, port: u16, told: &[Told]) -> Option<String> {
    let trace = &place.job.trace;
    let step = first.checked_sub(1).and_then(|before| trace.acts.get(before)).map_or(0, |act| act.step);
    let is_given_in = |at: usize| {
        trace
            .steps
            .get(at)
            .is_some_and(|own| told.iter().any(|told| told.step == Some(own.index)) || has_number(&own.env, port))
    };
    let is_in = |at: &Location| told.iter().any(|told| told.at.path == at.path && at.span.contains(told.at.span));
    // Most calls are acts as well, and have variables of their own.
    let has_given = |at: &Location| trace.acts.iter().any(|act| act.at == *at && has_number(&act.env, port));
    let unread = |call: &&Unfollowed| {
        let is_later = call.step >= step && call.may_know_the_job();
        is_later && !is_in(&call.at) && !is_given_in(call.step) && !has_given(&call.at)
    };
    let unseen = || {
        let askers = place.reading.of_job(place.job, || Askers::read(place));
        let next = askers.0.partition_point(|act| *act < first);
        // A container has no variable of the job but by its options.
        let has_own = |act: &Act| act.call().is_none() && (has_number(&act.env, port) || is_given_in(act.step));
        let is_given = |act: &Act| is_in(&act.at) || has_own(act);
        let mut behind = askers.0.get(next..)?.iter().filter_map(|act| trace.acts.get(*act));
        behind.find(|act| !is_given(act)).map(shown)
    };
    let what = trace.unfollowed.iter().find(unread).map(|call| call.what.clone()).or_else(unseen);
    what.map(|what| format!("`{what}`"))
}

/// Why a new port is no safe one beside such a program, in words.
pub fn may_have(who: &str, port: u16) -> String {
    format!("{who} may read port {port} from a file or have it as its default: give it the new port")
}

/// Why a new address is no safe one beside such a program, in words.
pub fn may_have_old_address(who: &str, port: u16) -> String {
    format!("{who} may read port {port} from a file or have it as its default: give it the new address")
}

/// Why such a program keeps a port as it is, in words: `nothing` shows what uses it, or the program says it itself.
pub fn may_use(nothing: &str, who: &str, port: u16) -> String {
    let number = port.to_string();
    match who.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == number) {
        true => format!("{who} says {port}, and nothing shows whether it asks for that port or is to listen there"),
        false => format!("{nothing} shows what uses port {port}, and {who} may"),
    }
}

/// Whether one of these variables has the number.
fn has_number(variables: &Variables, port: u16) -> bool {
    let number = port.to_string();
    let is_digit = |c: char| c.is_ascii_digit();
    variables.iter().any(|(_, value)| {
        let text = value.to_string();
        text.match_indices(&number)
            .any(|(at, found)| !text[..at].ends_with(is_digit) && !text[at + found.len()..].starts_with(is_digit))
    })
}

/// What may use a port unseen, from the act of that number on.
fn reader_from(place: &Place<'_>, first: usize) -> Option<String> {
    let trace = &place.job.trace;
    let step = first.checked_sub(1).and_then(|before| trace.acts.get(before)).map_or(0, |act| act.step);
    let unread = trace.unfollowed.iter().find(|call| call.step >= step);
    let unseen = || {
        let askers = place.reading.of_job(place.job, || Askers::read(place));
        askers.from(first).first().and_then(|act| trace.acts.get(*act)).map(shown)
    };
    unread.map(|call| call.what.clone()).or_else(unseen).map(|what| format!("`{what}`"))
}

/// A command as it is written; where its variables take up the room, the program and what it is told first.
fn shown(act: &Act) -> String {
    match &act.kind {
        ActKind::Command { program, argv, .. } if act.text.split(' ').all(|word| word.contains('=')) => {
            let first = argv.first().and_then(|arg| arg.text()).map(|word| format!(" {word}")).unwrap_or_default();
            format!("{program}{first} …")
        }
        _ => act.text.clone(),
    }
}

/// The file of the repository that a command behind an act is given and that has a port of the machine in an address,
/// in words: `./client --config client.toml`.
pub fn said_in_a_file(scene: &Scene<'_>, place: &Place<'_>, behind: usize, port: u16) -> Option<String> {
    let askers = place.reading.of_job(place.job, || Askers::read(place));
    let acts = askers.from(behind + 1).iter().filter_map(|act| place.job.trace.acts.get(*act));
    acts.map(|act| (act, files_of(scene, act))).find_map(|(act, files)| {
        let (file, line) =
            files.into_iter().find_map(|file| Some((file.path().clone(), own_address(file.text(), port)?)))?;
        Some(format!("`{}` is given `{file}`, which has port {port} in line {line}, and that would stay", act.text))
    })
}

/// The files of the repository among the words of a command.
fn files_of(scene: &Scene<'_>, act: &Act) -> Vec<Source> {
    let ActKind::Command { argv, .. } = &act.kind else { return Vec::new() };
    let words = argv.iter().filter_map(|arg| arg.text());
    let paths =
        words.map(|word| word.split_once('=').map_or(word, |(_, value)| value)).filter(|path| path.contains('.'));
    let read = |path: &str| match act.directory.path()?.join(path) {
        Some(path) => scene.named(path.as_str()),
        None => None,
    };
    paths.filter_map(read).collect()
}

/// The line, counted from 1, in which a text has a port of the machine itself in an address.
fn own_address(text: &str, port: u16) -> Option<usize> {
    let has = |line: &str| {
        ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].iter().any(|host| {
            let written = format!("{host}:{port}");
            line.match_indices(&written)
                .any(|(at, _)| !line[at + written.len()..].starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    text.lines().position(has).map(|at| at + 1)
}

/// Refuses a new way to ports whose numbers stand in the job without anybody knowing what for: `port=5432` of a
/// connection string, `@tcp($(hostname -i):3306)`.
///
/// # Errors
/// When a step has one.
pub fn says_none(place: &Place<'_>, ports: impl IntoIterator<Item = u16>) -> Result<(), Withheld> {
    match ports.into_iter().find_map(|port| Some((port, says_number(place, port)?))) {
        None => Ok(()),
        Some((port, step)) => Err(Withheld::because(format!(
            "{step} has {port}, and it is not known what reads it there: change the port and what reads it by hand"
        ))),
    }
}

/// The step of a job in which a number still stands behind all that a draft changes, where it is no port of a service
/// that is asked by its name: `psql -p 5432 -h "$(hostname)"`.
pub fn still_says(draft: &Draft<'_>, place: &Place<'_>, port: u16, told: &[Told]) -> Option<String> {
    let source = place.tree.source();
    let line = |at: &Location| source.place(at.span.start).line;
    let is_told = |at: &Location| told.iter().any(|told| told.at.path == at.path && line(&told.at) == line(at));
    let step = step_saying(place, port, |text, at| {
        let at = source.location(text.span(at));
        !draft.changes(&at) && !is_told(&at)
    })?;
    Some(format!("{step} still says {port}, and it is not known whether that is this port: give it the new one there"))
}

/// The step of a job whose text has a number, comments left out.
fn says_number(place: &Place<'_>, port: u16) -> Option<String> {
    step_saying(place, port, |_, _| true)
}

fn step_saying(place: &Place<'_>, port: u16, is_meant: impl Fn(&Text, Range<usize>) -> bool) -> Option<String> {
    let number = port.to_string();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
    let is_comment = |whole: &str, at: usize| {
        let start = whole[..at].rfind('\n').map_or(0, |found| found + 1);
        whole[start..].trim_start().starts_with('#')
    };
    let says = |text: &Text| {
        let whole = text.value();
        whole.match_indices(&number).any(|(at, found)| {
            let end = at + found.len();
            let is_alone = !whole[..at].ends_with(is_part) && !whole[end..].starts_with(is_part);
            is_alone && !is_comment(whole, at) && is_meant(text, at..end)
        })
    };
    let has_it = |step: &&Step| step.run.as_ref().is_some_and(|run| says(&run.value.text));
    let step = place.job.job.steps.iter().find(has_it)?;
    Some(match &step.name {
        Some(name) => format!("the step `{}`", name.value.value()),
        None => format!("step {}", step.index + 1),
    })
}

/// The acts of a job that may use an address unseen, in order.
struct Askers(Vec<usize>);

impl Askers {
    fn read(place: &Place<'_>) -> Self {
        let acts = place.job.trace.acts.iter().enumerate();
        let on_host = |index: usize| place.job.stacks.get(&index).is_some_and(runs_on_host);
        Self(acts.filter(|(index, act)| may_ask_unseen(act) || on_host(*index)).map(|(index, _)| index).collect())
    }

    /// Those from the act of that number on.
    fn from(&self, first: usize) -> &[usize] {
        &self.0[self.0.partition_point(|act| *act < first)..]
    }
}

/// Whether a stack has a program of somebody's own on the host's network: it reaches what is published there.
fn runs_on_host(stack: &Stack) -> bool {
    let is_server = |image: &Value| well_known(image).is_some_and(|(_, is_it)| is_it.is_yes());
    stack.claims.iter().any(|claim| match &claim.what {
        Claimed::HostNetwork(image, _) => !image.as_ref().is_some_and(is_server),
        _ => false,
    })
}
