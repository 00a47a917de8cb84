//! `disconnect`: a job leaves a network before it removes it.

use super::style::line_break;
use super::untrusted::{copied, is_variable};
use super::{Draft, Place, Scene, Withheld};
use crate::command::Arg;
use crate::docker::Verb;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::source::{Location, Span};
use crate::symbol::Value;
use crate::trace::{Act, ActKind};

/// Puts a disconnect in front of the removal, in words that are written there or mean the same everywhere.
pub fn disconnect(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let acts = &place.job.trace.acts;
    let unclear = || Withheld::because("the removal cannot be separated from the commands around it");
    let index = acts.iter().position(|act| act.at == finding.location).ok_or_else(unclear)?;
    let removal = acts.get(index).ok_or_else(unclear)?;
    let names = match verb(removal) {
        Some(Verb::Remove(remove)) => remove.names.as_slice(),
        _ => return Err(unclear()),
    };
    let lines: Vec<String> = acts
        .iter()
        .take(index)
        .filter_map(|act| match verb(act) {
            Some(Verb::Connect { network, container, .. }) => {
                let name = names.iter().find(|name| name.value.same(&network.value).is_yes())?;
                Some((act, name, container))
            }
            _ => None,
        })
        .map(|(act, name, container)| {
            let network = written(removal, name).ok_or_else(unclear)?;
            let container = itself(&place, Some(removal), act, container)?;
            Ok(format!("docker network disconnect -f {network} {container} || true"))
        })
        .collect::<Result<_, Withheld>>()?;
    let at = removal.at.span.start;
    let source = scene.source(&removal.at.path).ok_or_else(unclear)?;
    let line = source.text().get(..at).and_then(|before| before.rsplit('\n').next()).ok_or_else(unclear)?;
    let mut draft = Draft::new(scene);
    let mut text = lines;
    text.dedup();
    let starts_line = line.trim().is_empty();
    let is_script = !source.kind().is_yaml();
    // On a line of its own where the removal has one; `run: docker network rm n` stays one line.
    let text = match (starts_line, is_script) {
        (true, true) => {
            text.iter().map(|command| format!("{line}{command}{}", line_break(&source))).collect::<String>()
        }
        (true, false) => text.iter().map(|command| format!("{command}\n")).collect(),
        (false, _) if line.trim_start_matches(['-', ' ']).trim() == "run:" => {
            text.iter().map(|command| format!("{command}; ")).collect()
        }
        (false, _) => return Err(Withheld::because("the removal shares its line with other commands")),
    };
    let at = if is_script { at - line.len() } else { at };
    draft.replace(&Location { path: removal.at.path.clone(), span: Span::new(at, at) }, &text)?;
    draft.finish("disconnect", Applicability::Safe, "leave the network before it is removed", None)
}

fn verb(act: &Act) -> Option<&Verb> {
    match &act.kind {
        ActKind::Docker(call) => Some(&call.verb),
        _ => None,
    }
}

fn written<'a>(act: &'a Act, arg: &Arg) -> Option<&'a str> {
    act.frame.text.value().get(arg.span.clone())
}

/// The words that mean the job's own container in a step at its end, when the job is on that network itself.
///
/// # Errors
/// When it is, and only the connecting script has words for it.
pub(super) fn itself_on(place: &Place<'_>, network: &Value) -> Result<Option<String>, Withheld> {
    let connection = place.job.trace.acts.iter().find_map(|act| match verb(act) {
        Some(Verb::Connect { network: name, container, .. }) if name.value.same(network).is_yes() => {
            is_self(container).then_some((act, container))
        }
        _ => None,
    });
    connection.map(|(act, container)| itself(place, None, act, container)).transpose()
}

/// Whether a name is the job's own container.
fn is_self(container: &Arg) -> bool {
    let name = container.value.to_string().to_ascii_lowercase();
    name.contains("hostname") || name.contains("job_container")
}

/// The job's own container, in words that mean it in another step, too.
fn itself(place: &Place<'_>, removal: Option<&Act>, connection: &Act, container: &Arg) -> Result<String, Withheld> {
    let text = written(connection, container).unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let everywhere = ["$(hostname)", "$HOSTNAME", "${HOSTNAME}", "$JOB_CONTAINER_NAME", "${JOB_CONTAINER_NAME}"];
    let name = bare.strip_prefix('$').map(|name| name.trim_start_matches('{').trim_end_matches('}'));
    let is_set = name.is_some_and(|name| is_variable(name) && place.job.job.env.get(name).is_some());
    if everywhere.contains(&bare) || is_set {
        return Ok(format!("\"{bare}\""));
    }
    let is_there =
        |removal: &Act| removal.context.process == connection.context.process && removal.chain == connection.chain;
    if removal.is_some_and(is_there) {
        let script = crate::shell::parse(connection.frame.text.value());
        let copied = copied(&place.job.job, connection.frame.text.value(), &script, &container.span);
        if let Some(copied) = copied {
            return Ok(copied.word());
        }
    }
    if container.value.to_string().contains("hostname") {
        return Ok("\"$(hostname)\"".to_owned());
    }
    Err(Withheld::because("only the script that connects it knows the container's name"))
}
