//! `service-name`: a service's id and own port in place of a container's own `localhost`.

use super::service::through_host;
use super::step_env::StepEnv;
use super::{Draft, Place, Scene, Withheld, teardown, untrusted};
use crate::address::unreachable::unreachable_facts;
use crate::docker::{NetworkChoice, Verb};
use crate::edit::{Applicability, Fix};
use crate::facts::Fact;
use crate::finding::Finding;
use crate::runner::{Mode, Network, Program};
use crate::shell::{self, Context};
use crate::source::Location;
use crate::trace::Act;

/// What GitHub's runner calls the network of a job's container and services.
const JOB_NETWORK: &str = "job.container.network";

/// The fix of a finding.
///
/// # Errors
/// When the address is not written in one place, or its listener has no name there.
pub fn service_name(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let job = place.job;
    let all = unreachable_facts(&job.site(place.tree.source()), &job.stacks);
    let here = |fact: &&Fact| fact.spans.get("use").is_some_and(|at| at.contains(&finding.location));
    let fact = all.iter().find(here).ok_or_else(|| Withheld::because("it is not certain which address is meant"))?;
    let text = |name| fact.text(name).unwrap_or_default().to_owned();
    let (name, port) = (text("name"), text("container-port"));
    let mut draft = Draft::new(scene);
    let (applicability, why) = match fact.text("of") {
        Some("service") => {
            untrusted::id("the service", &name)?;
            // A variable may be handed on to a container that knows no services.
            if let Some(service) = job.job.services.iter().position(|service| service.id.value() == name) {
                through_host(&place, service)?;
            }
            of_service(&place)?
        }
        Some("container") => {
            untrusted::docker_name("the container", &name)?;
            joined(&mut draft, scene, &place, fact)?
        }
        _ => return Err(Withheld::because("it needs a network that the job and the compose project share")),
    };
    let written = |span: &str| fact.spans.get(span).and_then(|all| all.first());
    let host =
        written("written-host").ok_or_else(|| Withheld::because("the address is put together from variables"))?;
    draft.replace(host, &name)?;
    if let Some(at) = written("written-port").filter(|_| text("port") != port) {
        draft.replace(at, &port)?;
    }
    draft.finish("service-name", applicability, format!("reach `{name}` by its name: `{name}:{port}`"), why)
}

/// How far the id of a service is known to be a name there.
fn of_service(place: &Place<'_>) -> Result<(Applicability, Option<String>), Withheld> {
    let substrate = &place.job.substrate;
    match (&substrate.network, substrate.mode) {
        (Network::Bridge, _) => {
            Err(Withheld::because("Docker's default bridge resolves no names: use the service's address"))
        }
        (Network::Host, _) => Err(Withheld::because("on the host's network a service has no name: use its own port")),
        (Network::Unknown, _) => Ok((
            Applicability::Unsafe,
            Some("on a runner that uses the host's network a service has no name".to_owned()),
        )),
        (_, Mode::Container) => Ok((Applicability::Safe, None)),
        _ => {
            let why = "only the runner's label says that the job runs in a container. On the machine itself the \
                       service's name would reach nothing";
            Ok((Applicability::Unsafe, Some(why.to_owned())))
        }
    }
}

/// Puts a container that the job starts on the job's own network, where its name counts.
fn joined(
    draft: &mut Draft<'_>,
    scene: &Scene<'_>,
    place: &Place<'_>,
    fact: &Fact,
) -> Result<(Applicability, Option<String>), Withheld> {
    let substrate = &place.job.substrate;
    if substrate.runner != Some(Program::Github) {
        return Err(Withheld::because(
            "only GitHub's runner tells a step the name of the job's network: make a network with the run's id in its name by hand",
        ));
    }
    let listener: Option<&Location> = fact.spans.get("listener").and_then(|all| all.first());
    let made = place.job.trace.acts.iter().enumerate().find(|(_, act)| Some(&act.at) == listener);
    let Some((at, made, run)) = made.and_then(|(at, made)| match made.verb() {
        Some(Verb::Run(run)) => Some((at, made, run)),
        _ => None,
    }) else {
        return Err(Withheld::because("it is not certain which container is meant"));
    };
    if run.name.as_ref().is_none_or(|name| name.text().is_none()) {
        return Err(Withheld::because("the container needs a name that is known: `--name`"));
    }
    // The runner cannot remove a network that a container is on.
    if let Some(stays) = teardown::stays_after(scene, place, at) {
        return Err(Withheld::until(
            &["teardown"],
            format!("{} leaves the container, and would then leave the job's network with it", stays.after),
        ));
    }
    match run.network() {
        NetworkChoice::Named(network) if network.mentions(JOB_NETWORK) => {}
        NetworkChoice::Default if run.networks.is_empty() => join(draft, place, made)?,
        _ => return Err(Withheld::because("the container is on a network of its own, which the job must join")),
    }
    let why = "what reaches the container on Docker's default network no longer reaches it there";
    Ok((Applicability::Unsafe, Some(why.to_owned())))
}

/// The variable that a step has the name of the job's network in.
const VARIABLE: &str = "JOB_NETWORK";

/// Puts the container on the job's network, whose name the step is given.
fn join(draft: &mut Draft<'_>, place: &Place<'_>, made: &Act) -> Result<(), Withheld> {
    let verb = verb_of(made)?;
    let path = place.tree.source().path();
    let at = place.job.trace.steps.get(made.step).map(|step| step.index);
    let (at, step) = at.and_then(|at| Some((at, place.job.job.steps.get(at)?))).ok_or_else(in_script)?;
    let no = || Withheld::because("the step cannot be given the name of the job's network");
    let vars = [&place.job.job.env, &place.analysed.workflow.env];
    let is_free = vars.iter().all(|vars| vars.get(VARIABLE).is_none());
    if !is_free || !StepEnv::takes(draft, path, step, VARIABLE) {
        return Err(no());
    }
    let text = made.frame.text.value();
    let end = made.call().ok_or_else(no)?.at.end;
    let word = match shell::parse(text).context(text, end) {
        Context::Bare => format!("\"${VARIABLE}\""),
        Context::Double => format!("${{{VARIABLE}}}"),
        Context::Single => format!("'\"${VARIABLE}\"'"),
        _ => return Err(no()),
    };
    let mut given = StepEnv::default();
    given.give(at, VARIABLE, &format!("${{{{ {JOB_NETWORK} }}}}"));
    given.write(draft, path, &place.job.job)?;
    draft.insert(&verb, false, &format!(" --network {word}"))
}

fn in_script() -> Withheld {
    Withheld::because("the container is started in a script, where expressions are not evaluated")
}

/// The words `docker run` of a command that stands in the workflow itself.
fn verb_of(made: &Act) -> Result<Location, Withheld> {
    let written = made.chain.is_empty().then(|| made.call()).flatten();
    let call = written.ok_or_else(in_script)?;
    Ok(made.frame.location(call.at.clone()))
}
