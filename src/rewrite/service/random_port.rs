//! The host port is chosen by Docker, and asked of the runner.

use super::address::Address;
use super::published::published;
use super::{Site, Use, What, has_port_beside, uses};
use crate::command::Arg;
use crate::docker::{Action, Verb};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::doubt::hard_coded::{self, New};
use crate::rewrite::doubt::settings::asks_for_port;
use crate::rewrite::doubt::unseen::{may_have, reader_of_any, says_none, still_says, untold};
use crate::rewrite::doubt::values;
use crate::rewrite::emit;
use crate::rewrite::step::NewStep;
use crate::rewrite::step_env::StepEnv;
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, Place, Scene, Withheld};
use crate::source::{Location, Text};
use crate::symbol::Value;
use crate::workflow::{Job, Service};

/// Publishes a random port, and reads it from `job.services`.
pub(super) fn fix(scene: &Scene<'_>, _: &Finding, place: Place<'_>, service: usize) -> Result<Fix, Withheld> {
    let job = &place.job.job;
    let index = service;
    let service = job.services.get(index).filter(|service| !service.shared);
    let service = service.ok_or_else(|| Withheld::because("the service is an alias"))?;
    id("the service", service.id.value())?;
    stays_up(&place, service)?;
    let source = place.tree.source();
    let mut draft = Draft::new(scene);
    for port in published(service)?.iter().filter(|port| !port.is_free) {
        let span = port.scalar.text.exact(port.range.clone());
        let span = span.ok_or_else(|| Withheld::because("its ports are written with escapes or folded lines"))?;
        draft.replace(&source.location(span), &port.random)?;
    }
    let mut doubts = Vec::new();
    let ports: Vec<u16> = Address::of(service).ports.into_iter().filter_map(|port| port.host).collect();
    for port in &ports {
        hard_coded::refuse(scene, &place, *port)?;
    }
    doubts.extend(ports.iter().filter_map(|port| asks_for_port(scene, &place, *port, New::Port)));
    let all = uses(&place);
    let own: Vec<&Use> = all.iter().filter(|found| found.service == index && found.what != What::Id).collect();
    let mut told = Told::default();
    let named = |found: &&&Use| !found.by_name && found.what != What::Network;
    for found in own.iter().filter(named) {
        if found.port.is_none() && has_port_beside(&all, found) {
            continue;
        }
        if let Site::Script(_) = found.site {
            doubts.push(format!("`{}` names port {}, and cannot be given another", found.at.path, shown(found)));
            continue;
        }
        rewire(&mut draft, &place, service, found, &mut told)?;
    }
    if own.iter().all(|found| matches!(found.site, Site::Script(_))) {
        says_none(&place, ports.iter().copied())?;
    }
    if own.is_empty() {
        // Published is the only way to it where the job runs on the machine itself.
        if let Some(reader) = reader_of_any(&place) {
            return Err(Withheld::because(format!(
                "nothing in the job shows what uses its port, and {reader} may: let Docker choose it by hand, and give the \
                 program the port that was chosen{}",
                chosen(service)
            )));
        }
        doubts.push(
            "nothing in the job shows what uses its port: a program that has it in a file of its own must be given the new one"
                .to_owned(),
        );
    }
    if !own.is_empty() {
        let told: Vec<_> = own.iter().map(|found| found.told()).collect();
        let others = |port: &u16| Some(may_have(&untold(&place, 0, *port, &told)?, *port));
        doubts.extend(ports.iter().filter_map(others));
        doubts.extend(ports.iter().filter_map(|port| still_says(&draft, &place, *port, &told)));
    }
    told.steps.write(&mut draft, source.path(), job)?;
    if !told.moved.is_empty() {
        tell(&mut draft, &place, service, &told.moved)?;
    }
    let is_told =
        |_: &str, at: &Location| own.iter().any(|found| found.at.path == at.path && found.at.span.contains(at.span));
    doubts.extend(ports.iter().flat_map(|port| values::saying_port(&draft, &place, *port, is_told)));
    let title = format!("let Docker choose the host port of `{}`", service.id.value());
    draft.finish_with("service-address", title, &doubts)
}

/// Refuses a service that the job starts again, by the name that its options give it or by its id: then it gets another
/// port than the runner has said.
fn stays_up(place: &Place<'_>, service: &Service) -> Result<(), Withheld> {
    let options = service.container.options.as_ref().map_or("", |options| options.value.value());
    let words: Vec<&str> = options.split_whitespace().collect();
    let of_option = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--name") {
        Some("") => words.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    let id = format!("job.services.{}.id", service.id.value());
    let again = place.job.trace.acts.iter().find(|act| match act.verb() {
        Some(Verb::Control(control)) if matches!(control.action, Action::Start | Action::Restart) => {
            // What a variable says may be the service's id.
            let is_it = |arg: &Arg| match arg.value.as_literal() {
                Some(name) => Some(name) == of_option,
                None => place.job.trace.makers_of(&arg.value).is_none() && !is_of_another(&arg.value, &id),
            };
            control.names.iter().any(is_it)
        }
        _ => false,
    });
    match again {
        None => Ok(()),
        Some(act) => Err(Withheld::because(format!(
            "`{}` starts the service again, and then it gets another random port than the runner has said",
            act.text
        ))),
    }
}

/// Whether a value is the id of another service than the one with this.
fn is_of_another(value: &Value, id: &str) -> bool {
    let sources = value.sources();
    sources.iter().any(|source| source.starts_with("job.services."))
        && !sources.iter().any(|source| source.contains(id))
}

fn shown(found: &Use) -> u16 {
    found.means.host.unwrap_or(found.means.container)
}

/// Who is told the port by other means than in its place.
#[derive(Debug, Default)]
struct Told {
    /// Variables of the whole job, with the values that a first step gives them.
    moved: Vec<Moved>,
    /// What is put into the scripts of steps.
    steps: StepEnv,
}

/// A variable that is told anew.
#[derive(Debug)]
struct Moved {
    name: String,
    /// Within double quotes of a shell.
    value: String,
    /// The variable with the port in it, and the expression that is its value.
    port: (String, String),
}

/// Where the runner says the port that was chosen, in words.
fn chosen(service: &Service) -> String {
    let port = Address::of(service).ports.first().map(|port| expression(service, port.container));
    port.map(|port| format!(" (`{port}`)")).unwrap_or_default()
}

/// What a script calls the port: `BERTH_POSTGRES_PORT`, with the number where it is another one than the first.
fn variable(service: &Service, found: &Use) -> String {
    let first = Address::of(service).ports.first().is_none_or(|port| port.container == found.means.container);
    let part = if first { "PORT".to_owned() } else { format!("PORT_{}", found.means.container) };
    emit::variable(service.id.value(), &part)
}

/// `${{ job.services.postgres.ports['5432'] }}`
fn expression(service: &Service, port: u16) -> String {
    format!("${{{{ job.services.{}.ports['{port}'] }}}}", service.id.value())
}

fn rewire(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    service: &Service,
    found: &Use,
    told: &mut Told,
) -> Result<(), Withheld> {
    let source = place.tree.source();
    let line = source.place(found.at.span.start).line;
    if !found.exact || !matches!(found.what, What::Address | What::PortAlone) {
        return Err(Withheld::because(format!("its use in line {line} cannot be edited")));
    }
    let new = expression(service, found.means.container);
    match &found.site {
        // Where a whole job's variables are evaluated, no service has started.
        Site::JobEnv(name) | Site::WorkflowEnv(name) => {
            id("the variable", name)?;
            let env = [&place.job.job.env, &place.analysed.workflow.env];
            let var = env.iter().find_map(|vars| vars.get(name)).and_then(|var| var.text.as_ref());
            let unclear = || {
                Withheld::because(match found.port {
                    Some(_) => format!("`{name}` names its port, and cannot be edited"),
                    None => format!(
                        "`{name}` has no port beside it, and its client uses {}: give the client the port by a \
                         variable of its own",
                        shown(found)
                    ),
                })
            };
            let value = var.ok_or_else(unclear)?;
            let port = (variable(service, found), new);
            let text = with_port(value, found, &format!("${{{}}}", port.0)).ok_or_else(unclear)?;
            let beside = match value.value() {
                text if text.contains("${{") => Some("an expression"),
                text if text.contains(['$', '"', '\\', '`', '\n']) => Some("signs that a shell reads"),
                _ => None,
            };
            if let Some(beside) = beside {
                return Err(Withheld::because(format!(
                    "the job's variable `{name}` holds the port beside {beside}: move it into the steps that read it \
                     by hand"
                )));
            }
            if told.moved.iter().any(|known| known.name == *name) {
                return Err(Withheld::because(format!("`{name}` names more than one port")));
            }
            told.moved.push(Moved { name: name.clone(), value: text, port });
            Ok(())
        }
        Site::ContainerEnv(name) => Err(Withheld::because(format!("`{name}` is set for the job's container"))),
        _ => match (&found.port, &found.host) {
            (Some(port), _) if source.slice(port.span).contains("job.services") => Ok(()),
            (Some(port), _) => {
                let new = in_script(draft, place, service, found, told)?.unwrap_or(new);
                draft.replace(port, &new)
            }
            // The port is in a variable, which is a use of its own.
            (None, Some(host)) if host.span != found.at.span => Ok(()),
            (None, Some(host)) if is_in_url(source.text(), host) => {
                let new = in_script(draft, place, service, found, told)?.unwrap_or(new);
                draft.insert(host, false, &format!(":{new}"))
            }
            _ => Err(Withheld::because(format!("line {line} names no port, and its client uses the default"))),
        },
    }
}

/// The port as the script of a step says it: by a variable that the step is given. None where a step can be given none,
/// or its script is no shell's: there the runner has to put the number in.
fn in_script(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    service: &Service,
    found: &Use,
    told: &mut Told,
) -> Result<Option<String>, Withheld> {
    let Site::Run(at) = &found.site else { return Ok(None) };
    let name = variable(service, found);
    let step = place.job.job.steps.get(*at);
    let Some(text) = found.expanded(&format!("${{{name}}}")) else { return Ok(None) };
    if !step.is_some_and(|step| StepEnv::takes(draft, place.tree.source().path(), step, &name)) {
        return Ok(None);
    }
    found.open(draft)?;
    told.steps.give(*at, &name, &expression(service, found.means.container));
    Ok(Some(text))
}

fn is_in_url(text: &str, host: &Location) -> bool {
    let before = text.get(..host.span.start).unwrap_or_default();
    before.ends_with("://") || before.ends_with('@')
}

/// A variable's value with the port in it.
fn with_port(value: &Text, found: &Use, new: &str) -> Option<String> {
    let at = found.port.as_ref().or(found.host.as_ref())?;
    let run = value.runs().iter().find(|run| run.file <= at.span.start && at.span.end <= run.file + run.len)?;
    let range = run.text + at.span.start - run.file..run.text + at.span.end - run.file;
    let mut text = value.value().to_owned();
    match found.port {
        Some(_) => text.replace_range(range, new),
        None if text.get(..range.start)?.ends_with(['/', '@']) => text.insert_str(range.end, &format!(":{new}")),
        None => return None,
    }
    Some(text)
}

/// A first step gives the variables of the whole job their values.
fn tell(draft: &mut Draft<'_>, place: &Place<'_>, service: &Service, moved: &[Moved]) -> Result<(), Withheld> {
    let (job, path) = (&place.job.job, place.tree.source().path());
    let comments = drop_moved(draft, path, job, moved)?;
    let lines: String =
        moved.iter().map(|Moved { name, value, .. }| format!("echo \"{name}={value}\" >> \"$GITHUB_ENV\"\n")).collect();
    let mut env: Vec<(String, String)> = Vec::new();
    for Moved { port, .. } in moved {
        if !env.contains(port) {
            env.push(port.clone());
        }
    }
    let run = if moved.len() == 1 { lines.trim_end().to_owned() } else { lines };
    let step = NewStep {
        comments,
        name: format!("Tell the port of {}", service.id.value()),
        shell: (!place.is_posix()).then(|| "bash".to_owned()),
        // It stands before the checkout.
        working_directory: place.has_default_directory().then(|| "/".to_owned()),
        env,
        run: Some(run),
        ..NewStep::default()
    };
    draft.insert_step(path, job, 0, &step)
}

/// The job's own variables go where they are set anew; the workflow's are other jobs' as well. Gives back their
/// comments.
fn drop_moved(
    draft: &mut Draft<'_>,
    path: &std::sync::Arc<str>,
    job: &Job,
    moved: &[Moved],
) -> Result<Vec<String>, Withheld> {
    let is_moved = |name: &str| moved.iter().any(|known| known.name == name);
    let own: Vec<_> = job.env.entries.iter().filter(|var| is_moved(var.name.value())).collect();
    if own.iter().any(|var| var.merged) {
        return Err(Withheld::because("the job's `env:` comes from an anchor"));
    }
    if let Some(env) = job.env.node.filter(|_| !own.is_empty() && own.len() == job.env.entries.len()) {
        return draft.remove_entry(path, env, false);
    }
    let mut comments = Vec::new();
    for value in own.iter().filter_map(|var| var.value.as_ref()) {
        comments.extend(draft.remove_entry(path, value.node, true)?);
    }
    Ok(comments)
}
