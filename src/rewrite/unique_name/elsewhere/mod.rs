//! Who says a name where no command is followed: programs, settings, manifests and charts of the repository, texts that a
//! step writes for a program, images that actions run in. Under a new name they would look for what is not there.

mod kept;
mod line;
mod search;
mod sought;
mod tagged;

use super::super::doubt::settings::{asks_for_host, is_setting};
use super::super::shell_text::ShellText;
use super::super::{Place, Scene, Withheld};
use super::said::Said;
use super::{Name, NameKind, leftover};
use crate::command::Arg;
use crate::docker::Verb;
pub use kept::in_own_texts;
use line::line_of;
use search::Mention;
use sought::Sought;
use tagged::tagged_apart;

/// Refuses a new name for what something says by its old one, where nobody changes it along. Gives back why something may
/// that nobody sees.
///
/// # Errors
/// When something does: with the file and the line.
pub fn is_said_nowhere(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<Option<String>, Withheld> {
    let Some(sought) = Sought::of(place, name) else { return Ok(None) };
    let texts = ShellText::of_job(place);
    if let Some(line) = written_out(scene, place, &texts, &sought) {
        return Err(Withheld::because(format!(
            "{line} writes `{}` into a text that another program reads: write the name there through a variable, and \
             use that here as well",
            sought.shown()
        )));
    }
    if let Some((line, word)) = tagged_apart(place, &texts, &sought, || search::halves(scene, &sought)) {
        return Err(Withheld::because(format!(
            "{line} gives the tag of `{}` by `{word}`, apart from its name: let both take the tag from a variable",
            sought.shown()
        )));
    }
    // Only on a network that somebody made others find a container by its name.
    let host = name.value.as_literal().filter(|_| name.kind == NameKind::Container);
    let host = host.filter(|_| leftover::way_to(place, name).0);
    if let Some((line, host)) = host.and_then(|host| Some((asks_for_host(scene, place, host)?, host))) {
        return Err(not_found(&line, host));
    }
    let is_meant = |mention: &&Mention| match host {
        // What settings say of it was asked above.
        Some(host) => !is_setting(scene, &mention.path, mention.line, host),
        None => !mention.is_host,
    };
    match search::mentions(scene, &sought).iter().find(is_meant) {
        Some(mention) => Err(told(name, mention)),
        None => Ok(search::unsure(scene, &sought, |path, name| sets(place, name) && !is_run_apart(place, path, name))),
    }
}

/// Whether a job sets a variable itself.
fn sets(place: &Place<'_>, name: &str) -> bool {
    let steps = place.steps_with_values().map(|step| &step.env);
    let mut layers = [&place.analysed.workflow.env, &place.job.job.env].into_iter().chain(steps);
    layers.any(|vars| vars.get(name).is_some())
}

/// Whether a container of the job runs a file, and is not handed a variable of the job.
fn is_run_apart(place: &Place<'_>, path: &str, variable: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let names_it = |arg: &Arg| arg.value.suffix().rsplit([' ', '/']).next() == Some(file);
    let is_it = |arg: &Arg| arg.value.prefix().split('=').next() == Some(variable);
    let mut calls = place.job.trace.acts.iter().filter_map(|act| act.call());
    calls.any(|call| {
        let is_run = match &call.verb {
            Verb::Run(run) | Verb::Create(run) => run.command.iter().any(names_it),
            Verb::Exec(exec) => exec.argv.iter().any(names_it),
            _ => false,
        };
        is_run && !call.options.values("env").iter().any(is_it)
    })
}

/// Refuses to have compose name a container that something says by its name. `as_host`: also as a host, which a service
/// of that name stays. Gives back why something may that nobody sees.
///
/// # Errors
/// When something does.
pub fn container_is_said_nowhere(scene: &Scene<'_>, name: &str, as_host: bool) -> Result<Option<String>, Withheld> {
    let sought = Sought::container(name);
    let mentions = search::mentions(scene, &sought);
    match mentions.iter().find(|mention| as_host || !mention.is_host) {
        None => Ok(search::unsure(scene, &sought, |_, _| false)),
        Some(Mention { path, line, what, .. }) => Err(Withheld::because(format!(
            "line {line} of `{path}` says `{what}` as well, and what reads it would find nothing under that name: let \
             it ask compose for the service instead"
        ))),
    }
}

/// Why a container keeps the name by which it is asked for.
fn not_found(line: &str, host: &str) -> Withheld {
    Withheld::because(format!(
        "{line} asks for the host `{host}`, and what reads it would find nothing: give each run a network of its own, \
         and the container the alias `{host}` there"
    ))
}

/// Why the name stays.
fn told(name: &Name, mention: &Mention) -> Withheld {
    let (line, path, what) = (mention.line, &mention.path, &mention.what);
    Withheld::because(match name.kind {
        NameKind::Container if mention.is_host => return not_found(&format!("line {line} of `{path}`"), what),
        NameKind::Project => format!(
            "line {line} of `{path}` says `{what}`, which compose makes of the project's name, and what reads it would \
             find nothing: let it take the project from a variable"
        ),
        _ => format!(
            "line {line} of `{path}` says `{what}` as well, and what reads it would find nothing under that name: let \
             it take the name from a variable, with the old one as its default"
        ),
    })
}

/// The line of a job's text in which it writes a name for another program.
fn written_out(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], sought: &Sought) -> Option<String> {
    let said = Said::of(scene, place, texts);
    said.bodies(texts).into_iter().find_map(|(text, body)| {
        let whole = text.value();
        let inner = whole.get(body.clone())?;
        let found = search::in_text(text.source.path(), inner, sought).into_iter().next()?;
        let offset = whole.get(..body.start)?.matches('\n').count();
        Some(line_of(text, offset + found.line))
    })
}
