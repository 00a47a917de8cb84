//! `reap`: what an earlier job has left running is ended by `berth-run reap`, by its program and by what shows that its
//! job is over: before a server starts on a fixed port, and in place of a kill by pattern.

use std::collections::BTreeSet;

use super::doubt::helper;
use super::shell_text::ShellText;
use super::step::NewStep;
use super::{Draft, Place, Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::host::kill::{Hunt, hunt};
use crate::host::named::known_as;
use crate::host::process::{finds, leaves_runner, left_behind};
use crate::host::server::fixed_ports;
use crate::runner::Mode;
use crate::runner::table::Trait;
use crate::shell::{Statement, StatementKind};
use crate::source::Location;
use crate::trace::{Act, ActKind};

/// What a loop that starts a server again and again asks for.
pub(super) const END_THE_LOOP: &str =
    "keep the loop's pid (`$!`), and kill the loop first, then what it runs, in a last step with `if: always()`";

/// The fix of a finding: at a server that starts, or at a kill.
///
/// # Errors
/// The runner has no helper, no process of an earlier job can be there, or its program's name is not known.
pub fn reap(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let acts = &place.job.trace.acts;
    let index = acts.iter().position(|act| act.at == finding.location);
    leaves_processes(&place, index.and_then(|index| Some((index, hunt(&place.job.trace, &acts[index])?))))?;
    let doubts = helper::is_there(scene, &place)?;
    let index = index.ok_or_else(|| Withheld::because("no command of the job stands there"))?;
    match hunt(&place.job.trace, &acts[index]) {
        Some(_) => in_place_of_kill(scene, &place, index, doubts),
        None => before_server(scene, &place, index, doubts),
    }
}

/// Whether processes of earlier jobs can be there, and be seen.
fn leaves_processes(place: &Place<'_>, kill: Option<(usize, Hunt)>) -> Result<(), Withheld> {
    let substrate = &place.job.substrate;
    if substrate.mode != Mode::Host {
        return Err(Withheld::because(
            "processes that other jobs have left cannot be seen from a container: give the server a port from `berth-run port`",
        ));
    }
    let leaves = |act: &Act| leaves_runner(&place.job.trace, act);
    if substrate.does(Trait::ReapsProcesses).is_yes() && !place.job.trace.acts.iter().any(leaves) {
        return Err(Withheld::because(match kill {
            Some((_, kill)) if kill.never.is_some() => {
                "GitHub's runner ends what its jobs leave running, and this ends nothing: delete the line"
            }
            Some((index, kill)) if ends_own(place, index, &kill) => ENDS_OWN,
            Some(_) => {
                "GitHub's runner ends what its jobs leave running, so what this ends is another job's, or meant to run: a \
                 service is stopped by its name (`systemctl stop`), a process by the id that it was started with"
            }
            None => "GitHub's runner ends what its jobs leave running: nothing of an earlier job is left to be ended",
        }));
    }
    Ok(())
}

const ENDS_OWN: &str = "it also ends this job's own process, which `berth-run reap` leaves alone: keep the pid of what you \
                        start (`echo $! > server.pid`) and `kill` that";

/// Whether a kill finds a process that the job itself has left running by then.
fn ends_own(place: &Place<'_>, index: usize, kill: &Hunt) -> bool {
    let ports = fixed_ports(&place.job.trace, &place.job.job);
    place.job.trace.acts.iter().enumerate().take(index).any(|(at, act)| fits(kill, &ports, at, act))
}

/// A step before the one that starts the server.
fn before_server(scene: &Scene<'_>, place: &Place<'_>, index: usize, mut doubts: Vec<String>) -> Result<Fix, Withheld> {
    let (trace, job) = (&place.job.trace, &place.job.job);
    let act = &trace.acts[index];
    if act.context.restarted {
        return Err(Withheld::because(format!(
            "a loop starts it, and may do so again whenever it ends, as one that an earlier run left may: {END_THE_LOOP}"
        )));
    }
    let ports: Vec<u16> = fixed_ports(trace, job).into_iter().filter(|own| own.0 == index).map(|own| own.1).collect();
    let [port] = ports[..] else {
        return Err(Withheld::because("it listens on several ports: write a `berth-run reap` for each by hand"));
    };
    let name = known_as(act).map_err(|why| Withheld::because(format!("{why}: give it a free port instead")))?;
    // An earlier server of the job itself is alive, and has the port that it is to have.
    let is_again = |other: &Act| left_behind(other).is_some() && known_as(other).as_deref() == Ok(name.as_str());
    if trace.acts[..index].iter().any(is_again) {
        return Err(Withheld::because(format!("the job has started `{name}` before, and that one may run still")));
    }
    let step = place.step(act.step).ok_or_else(|| Withheld::because("no step of the job itself starts it"))?;
    let posix = place.is_posix();
    let new = NewStep {
        name: format!("Stop a stale {name}"),
        condition: step.condition.as_ref().map(|condition| condition.value.value().to_owned()),
        shell: (!posix).then(|| "sh".to_owned()),
        // A folder that is the default of all steps may not be there yet.
        working_directory: place.has_default_directory().then(|| "/".to_owned()),
        run: Some(format!("berth-run reap --exe {name} --port {port}")),
        ..NewStep::default()
    };
    let mut draft = Draft::new(scene);
    let at = job.steps.iter().position(|known| known.index == step.index);
    let at = at.ok_or_else(|| Withheld::because("no step of the job itself starts it"))?;
    draft.insert_step(&place.analysed.path, job, at, &new)?;
    doubts.push(format!(
        "two jobs at once still cannot both have port {port}: the second one now stops before its server starts"
    ));
    doubts.push(format!(
        "nothing shows that what a killed runner has left is stale: later runs stop there until somebody ends that \
         `{name}`, or `--older-than` does by its age"
    ));
    draft.finish_with("reap", format!("end a stale `{name}` before port {port} is used"), &doubts)
}

/// A kill before the job's own process starts can only be meant for a leftover. All that are meant for the same one go
/// together: what is left of them would still end the processes of other jobs.
fn in_place_of_kill(
    scene: &Scene<'_>,
    place: &Place<'_>,
    index: usize,
    mut doubts: Vec<String>,
) -> Result<Fix, Withheld> {
    let (trace, job) = (&place.job.trace, &place.job.job);
    let hunted = hunt(trace, &trace.acts[index]).ok_or_else(|| Withheld::because("it hunts for nothing"))?;
    let ports = fixed_ports(trace, job);
    let started = meant_for(place, &hunted, &ports, index)?;
    let name = known_as(&trace.acts[started]).map_err(Withheld::because)?;
    let port = ports.iter().find(|own| own.0 == started).map(|own| own.1);
    let mut new = format!("berth-run reap --exe {name}");
    if let Some(port) = port {
        new.push_str(&format!(" --port {port}"));
    }
    let texts = ShellText::of_job(place);
    let mut draft = Draft::new(scene);
    let server = &trace.acts[started];
    let kills = trace.acts[..started].iter().enumerate().filter(|(at, kill)| {
        let says_it = |other: Hunt| fits(&other, &ports, started, server) && names(&other, server, &name);
        *at == index || hunt(trace, kill).is_some_and(says_it)
    });
    let mut written = BTreeSet::new();
    for (at, kill) in kills {
        let stays = |why: Withheld| match at == index {
            true => why,
            false => {
                Withheld::because(format!("`{}` is meant for the same `{name}`, and stays: {}", kill.text, why.why))
            }
        };
        if at != index {
            let other = hunt(trace, kill).ok_or_else(|| stays(Withheld::because("it hunts for nothing")))?;
            meant_for(place, &other, &ports, at).map_err(stays)?;
        }
        let part_of_another =
            || Withheld::because("it is part of a larger command: write `berth-run reap` in its place by hand");
        let here = statement(&texts, kill).ok_or_else(part_of_another).map_err(stays)?;
        helper::in_workflow(place, &here).map_err(stays)?;
        match written.insert(kill.step) {
            true => draft.replace(&here, &new)?,
            false => draft.remove_lines(&here).map_err(stays)?,
        }
    }
    doubts.push(format!("a `{name}` whose job may still run is left alone, and keeps what it holds"));
    draft.finish_with("reap", format!("end a stale `{name}` only, not those of other running jobs"), &doubts)
}

/// The process of the job that a kill is meant for, or why that is not known.
fn meant_for(place: &Place<'_>, hunt: &Hunt, ports: &[(usize, u16)], index: usize) -> Result<usize, Withheld> {
    let acts = &place.job.trace.acts;
    let mut own = acts.iter().enumerate().filter(|(at, act)| fits(hunt, ports, *at, act));
    let Some((started, server)) = own.next() else {
        return Err(Withheld::because(
            "nothing that the job leaves running is started by a command that fits its pattern, so it is not known whom it is meant for",
        ));
    };
    if started < index {
        return Err(Withheld::because(ENDS_OWN));
    }
    if let Some((_, other)) = own.find(|(_, other)| known_as(other) != known_as(server)) {
        return Err(Withheld::because(format!("it ends `{}` as well", other.text)));
    }
    let name = known_as(server).map_err(Withheld::because)?;
    if let Some(other) = another(hunt, server, &name) {
        return Err(Withheld::because(format!(
            "`{other}` is not what `{name}` is called, so it may be meant for another process"
        )));
    }
    Ok(started)
}

/// Whether a kill finds a process that the job leaves running.
fn fits(hunt: &Hunt, ports: &[(usize, u16)], at: usize, act: &Act) -> bool {
    let ActKind::Command { program, .. } = &act.kind else { return false };
    left_behind(act).is_some() && (finds(hunt, act, program).is_yes() || is_by_port(&hunt.pattern, hunt.how, ports, at))
}

/// Whether a hunt says a process by its port or by its name.
fn names(hunt: &Hunt, server: &Act, name: &str) -> bool {
    another(hunt, server, name).is_none()
}

/// What of a hunt's pattern is not the name of a process, or a part of it, alone or among other words. A word that only
/// stands somewhere in its arguments is another's name. Of `server.js|worker` each says one.
fn another(hunt: &Hunt, server: &Act, name: &str) -> Option<String> {
    if hunt.how == "port" {
        return None;
    }
    let whole = || hunt.pattern.as_ref().map(ToString::to_string).unwrap_or_default();
    let ActKind::Command { program, .. } = &server.kind else { return Some(whole()) };
    let Some(pattern) = hunt.pattern.as_ref().and_then(|pattern| pattern.as_literal()) else { return Some(whole()) };
    let called = [name, program.as_str()];
    let is_it = |pattern: &str| {
        let plain =
            pattern.trim_start_matches(['^', '[', '(']).trim_end_matches(['$', '&', ')']).replace(['[', ']', '\\'], "");
        let short = |called: &str| !plain.is_empty() && !plain.contains([' ', '/']) && called.contains(&plain);
        called.iter().any(|called| plain.contains(called) || short(called))
    };
    pattern.split('|').find(|one| !is_it(one)).map(str::to_owned)
}

/// Whether a kill by port means the port of a server of the job.
fn is_by_port(pattern: &Option<crate::symbol::Value>, how: &str, ports: &[(usize, u16)], server: usize) -> bool {
    let port = pattern.as_ref().and_then(|pattern| pattern.as_literal()).filter(|_| how == "port");
    let port = port.and_then(|text| text.split('/').next()?.parse::<u16>().ok());
    port.is_some_and(|port| ports.contains(&(server, port)))
}

/// The bytes of the statement that a kill is, of its own in its script. `|| true` goes with it: to find nothing is
/// success for `berth-run reap`, and that somebody else has the port must not be passed over.
fn statement(texts: &[ShellText], kill: &Act) -> Option<Location> {
    if kill.context.in_loop || kill.context.conditional || !kill.context.functions.is_empty() {
        return None;
    }
    let near =
        texts.iter().find(|text| *text.source.path() == kill.at.path && text.text.whole().contains(kill.at.span))?;
    let holds = |statement: &&Statement| near.text.span(statement.span.clone()).contains(kill.at.span);
    let mut found = near.script.body.iter().find(holds)?;
    let whole = found.span.clone();
    if let StatementKind::Or(tried, instead) = &found.kind {
        let words = instead.command().map(|command| &command.words[..]);
        let does_nothing = words
            .is_some_and(|words| matches!(words, [word] if matches!(word.literal().as_deref(), Some("true" | ":"))));
        if !does_nothing {
            return None;
        }
        found = tried;
    }
    let is_plain = matches!(found.kind, StatementKind::Command(_) | StatementKind::Pipeline(_));
    (is_plain && holds(&found) && !found.negated && !found.background).then(|| near.location(whole))?
}
