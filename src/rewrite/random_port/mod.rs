//! `random-port`: Docker chooses the host port of a container, and whoever uses it is told.

mod asked;
mod claim;
mod quote;
mod rewire;

pub(super) use claim::{Claim, shared_project, what_is_left};
pub(super) use rewire::rewire;

use rewire::Rewired;

use super::doubt::whole;
use super::service::readers;
use super::shell_text::begins_heredoc;
use super::{Draft, Place, Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::runner::{Mode, Network};

/// Publishes a free port, asks for it, and puts it wherever the fixed one was named.
///
/// # Errors
/// When nobody could ask for the port, or somebody who uses it cannot be told.
pub fn random_port(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let claim = Claim::of(&place, finding)?;
    let runner = reaches_loopback(&place)?;
    let mut draft = Draft::new(scene);
    let rewired = rewire(&mut draft, &place, &claim)?;
    // Where nobody is seen, somebody may come through the host all the same: a free port lets them.
    if !rewired.by_host && !rewired.reads_back && rewired.by_name {
        return unpublish(draft, &place, &claim);
    }
    for port in &claim.ports {
        draft.replace(&port.at, &port.random())?;
    }
    let comments = drop_moved(&mut draft, &place, &claim, &rewired)?;
    drop_comment(&mut draft, &claim)?;
    read_back(&mut draft, &claim, &rewired, comments)?;
    let mut doubts = rewired.doubts;
    doubts.extend(claim.what_is_left(scene, &place)?);
    doubts.extend(runner);
    if !claim.in_workflow() {
        doubts.push(format!(
            "`{}` may also be run by hand, and then other programs expect the port that it has now",
            claim.act.at.path
        ));
    }
    let ports: Vec<String> = claim.ports.iter().map(|port| port.host.to_string()).collect();
    let asks = match rewired.reads_back {
        true => ", which the job asks for already",
        false if rewired.unread.len() == claim.ports.len() => "",
        false => ", and read it back",
    };
    // A number that only an input or a variable says is none to name.
    let instead = match ports.iter().any(String::is_empty) {
        true => String::new(),
        false => format!(" in place of {}", ports.join(", ")),
    };
    let title = format!("let Docker choose the port{instead}{asks}");
    let fix = draft.finish_with("random-port", title, &doubts)?;
    let shared = claim.shared.as_ref().map(|_| claim.index);
    Ok(Fix { part_of: whole::of_containers(&place, shared), ..fix })
}

/// Takes away the job's variables that are told anew: their old values would only mislead. One that a step before may
/// read stays. Gives back their comments.
pub(super) fn drop_moved(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    claim: &Claim<'_>,
    rewired: &Rewired,
) -> Result<Vec<String>, Withheld> {
    let job = &place.job.job;
    let own = place.job.trace.steps.get(claim.act.step).map_or(0, |step| step.index);
    let own = job.steps.iter().position(|step| step.index == own).unwrap_or_default();
    let said = claim.ports.iter().filter_map(|port| port.said_by.as_ref()).filter(|_| !rewired.reads_back);
    let names: Vec<&String> = rewired.moved.iter().chain(said).collect();
    let is_read_before = |name: &str| readers(job, &place.job.trace, name).into_iter().any(|step| step < own);
    let gone = job.env.entries.iter().filter(|var| {
        let name = var.name.value();
        names.iter().any(|known| *known == name) && !var.merged && !is_read_before(name)
    });
    let gone: Vec<_> = gone.filter_map(|var| var.value.as_ref()).map(|value| value.node).collect();
    let path = place.tree.source().path();
    if let Some(env) = job.env.node.filter(|_| !gone.is_empty() && gone.len() == job.env.entries.len()) {
        return draft.remove_entry(path, env, true);
    }
    let mut comments = Vec::new();
    for node in gone {
        comments.extend(draft.remove_entry(path, node, true)?);
    }
    Ok(comments)
}

/// Whether a port on the loopback of the daemon's host is one of the job's: a doubt, when that is not known.
pub(super) fn reaches_loopback(place: &Place<'_>) -> Result<Option<String>, Withheld> {
    let substrate = &place.job.substrate;
    let host = substrate.network == Network::Host;
    // Where its label says that it runs in a container, `service-unreachable` tells that its addresses reach nothing.
    let mode = if substrate.mode == Mode::Unknown { substrate.likely_mode } else { substrate.mode };
    match mode {
        Mode::Container if !host && substrate.network != Network::Unknown => {
            Err(Withheld::because(match substrate.mode {
                Mode::Unknown => {
                    "the label says that the job runs in a container with a network of its own, from which no \
                     published port is reached by `localhost`. Where it runs on the machine itself, declare that \
                     under `runners:`"
                }
                _ => {
                    "the job runs in a container with a network of its own, from which no published port is reached \
                     by `localhost`"
                }
            }))
        }
        Mode::Host => Ok(None),
        Mode::Container if host => Ok(None),
        _ => Ok(Some(
            "it is not known whether the job shares the network of the daemon's host: declare the runner under \
             `runners:`"
                .to_owned(),
        )),
    }
}

/// Nobody comes through the host: the port need not be there.
fn unpublish(mut draft: Draft<'_>, place: &Place<'_>, claim: &Claim<'_>) -> Result<Fix, Withheld> {
    let text = claim.act.frame.text.value();
    for port in &claim.ports {
        let range = option(text, &claim.act.frame, port).ok_or_else(|| {
            Withheld::because(
                "nothing here reaches it through the host, and its `-p` is written in a way that cannot be edited",
            )
        })?;
        draft.replace(&range, "")?;
    }
    let known = place.job.substrate.mode != Mode::Unknown;
    let title = "publish nothing: other containers reach this one by its name";
    let unseen = (!known).then(|| {
        "it is not known where the job's steps run, and one of them may use the port unseen: \
         declare the runner under `runners:`"
            .to_owned()
    });
    let left = claim.what_is_left(draft.scene(), place)?;
    let doubts: Vec<String> = left.into_iter().chain(unseen).collect();
    draft.finish_with("random-port", title, &doubts)
}

/// ` -p 8080:80`, the blank before it included.
fn option(text: &str, frame: &crate::trace::Frame, port: &claim::Fixed) -> Option<crate::source::Location> {
    let start = frame.text.runs().iter().find_map(|run| {
        let inside = run.file <= port.at.span.start && port.at.span.end <= run.file + run.len;
        inside.then(|| run.text + port.at.span.start - run.file)
    })?;
    let end = start + (port.at.span.end - port.at.span.start);
    let (before, after) = (text.get(..start)?, text.get(end..)?);
    let (before, end) = match before.strip_suffix(['"', '\'']) {
        Some(before) => (before, end + 1),
        None => (before, end),
    };
    let lead = [" -p ", " --publish ", " --publish=", " -p="].into_iter().find(|lead| before.ends_with(lead))?;
    let is_end = after.is_empty() || text.get(end..)?.starts_with([' ', '\n', '\\']);
    let span = frame.text.exact(before.len() - lead.len()..end).filter(|_| is_end)?;
    Some(frame.source.location(span))
}

/// Takes out the comment right above the command that says the host's port: from now on it is none.
fn drop_comment(draft: &mut Draft<'_>, claim: &Claim<'_>) -> Result<(), Withheld> {
    let text = claim.act.frame.text.value();
    let line = text.get(..claim.whole.start).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let is_above = |comment: &&std::ops::Range<usize>| {
        let before = text.get(..comment.start).and_then(|head| head.rsplit('\n').next()).unwrap_or_default();
        before.trim().is_empty() && text.get(comment.end..line) == Some("\n")
    };
    let Some(comment) = claim.script.comments.iter().find(is_above) else { return Ok(()) };
    let said = text.get(comment.clone()).unwrap_or_default();
    // Half a sentence stays, and so does what speaks to a tool.
    let above = text.get(..comment.start).and_then(|head| head.trim_end().rsplit('\n').next()).unwrap_or_default();
    let says_port =
        said.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.starts_with("port"));
    let goes_on = above.trim_start().starts_with('#') && !above.ends_with(['.', '!', '?']);
    if goes_on || !says_port {
        return Ok(());
    }
    // The container's own port is what it was.
    let moved = claim.ports.iter().filter(|port| port.host != port.container);
    let mut moved = moved.map(|port| port.host.to_string());
    let is_number = |number: &String| said.split(|c: char| !c.is_ascii_digit()).any(|digits| digits == number);
    let Some(at) = claim.act.frame.text.exact(comment.clone()).filter(|_| moved.any(|number| is_number(&number)))
    else {
        return Ok(());
    };
    draft.remove_lines(&claim.act.frame.source.location(at))?;
    draft.drops_comment(claim.act.frame.source.path(), said);
    Ok(())
}

/// Asks for the ports, right behind the command.
pub(super) fn read_back(
    draft: &mut Draft<'_>,
    claim: &Claim<'_>,
    rewired: &Rewired,
    comments: Vec<String>,
) -> Result<(), Withheld> {
    if rewired.reads_back {
        return Ok(());
    }
    if claim.act.frame.source.kind().has_recipes() {
        let path = &claim.act.at.path;
        return Err(Withheld::because(format!(
            "each line of a recipe in `{path}` is a shell of its own, and the next one does not know the port"
        )));
    }
    let text = claim.act.frame.text.value();
    let mut lines = Vec::new();
    for port in claim.ports.iter().filter(|port| !rewired.unread.contains(&port.host)) {
        let variable = claim.variable(port);
        let ask = format!("{variable}=$({})", port.ask);
        // A container that has ended has no port, and without one a client takes its default: somebody else's.
        if rewired.later || !rewired.here {
            lines.push(ask);
            // A script may be run by hand, where no runner reads what is exported.
            let file = if claim.in_workflow() { "$GITHUB_ENV" } else { "${GITHUB_ENV:-/dev/null}" };
            lines.push(format!("echo \"{variable}=${{{variable}:?}}\" >> \"{file}\""));
        } else {
            lines.push(format!("{ask}; : \"${{{variable}:?}}\""));
        }
        if rewired.children {
            lines.push(format!("export {variable}"));
        }
    }
    lines.extend(comments);
    lines.extend(rewired.exports.iter().cloned());
    if lines.is_empty() {
        return Ok(());
    }
    let line = text.get(..claim.whole.start).and_then(|head| head.rsplit('\n').next()).unwrap_or_default();
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    let ends = text.get(claim.whole.end..).unwrap_or_default();
    let rest = ends.split('\n').next().unwrap_or_default();
    let line_start = claim.whole.start - line.len();
    if begins_heredoc(&claim.script, text, &(line_start..claim.whole.end + rest.len())) {
        return Err(Withheld::because("the command's input stands in the lines below it"));
    }
    if !(rest.trim().is_empty() || rest.trim_start().starts_with('#')) {
        return Err(Withheld::because("other commands stand on its line"));
    }
    let new: String = lines.iter().map(|line| format!("\n{indent}{line}")).collect();
    let at = claim.whole.end + rest.trim_end().len();
    let from = text.get(..at).and_then(|head| head.char_indices().next_back()).map_or(0, |(at, _)| at);
    let span = claim.act.frame.text.exact(from..at);
    let span = span.ok_or_else(|| Withheld::because("the command is written with escapes or folded lines"))?;
    draft.insert(&claim.act.frame.source.location(span), false, &new)
}
