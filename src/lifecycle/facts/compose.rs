//! `compose-claim`: what the services of compose files take from the host; and what they mount.

use super::common::{at_most, set_unique};
use super::model::Model;
use super::mount::compose_mount_facts;
use crate::docker::images::well_known;
use crate::docker::{Compose, ComposeVerb, HostPort, Verb};
use crate::facts::{Confidence, Fact, Link};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::stack::project_name;
use crate::stack::{Claim, Claimed};
use crate::symbol::Value;
use crate::truth::Truth;

/// All of them.
pub fn compose_facts(model: &Model<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (&index, stack) in model.input.stacks {
        let Some(Verb::Compose(compose)) = model.act(index).verb() else { continue };
        let deploy = project(model, index, compose).map(|project| model.is_deploy(project));
        for claim in &stack.claims {
            let mut fact = of_claim(model, index, compose, claim);
            if let Some(deploy) = deploy {
                fact.set("deploy", deploy);
            }
            facts.push(fact);
        }
        // What `compose run` starts ends with its command.
        let stays = deploy == Some(true) && !matches!(compose.verb, ComposeVerb::Run(_));
        facts.extend(compose_mount_facts(&model.input.site(), model.input.is_file, index, &stack.binds, stays));
    }
    facts
}

/// The project that a call brings up.
pub fn project<'m>(model: &'m Model<'_>, index: usize, compose: &Compose) -> Option<&'m Resource> {
    let (name, _) = project_name(model.act(index), compose, model.input.stacks.get(&index));
    let projects = || model.resources.iter().filter(|resource| resource.kind == ResourceKind::Project);
    let same = |resource: &&Resource| resource.name.as_ref().is_some_and(|known| known.same(&name).is_yes());
    let own = model.made_by(index).find(|resource| resource.kind == ResourceKind::Project);
    own.or_else(|| projects().find(same))
}

fn of_claim(model: &Model<'_>, index: usize, compose: &Compose, claim: &Claim) -> Fact {
    let act = model.act(index);
    let mut fact = model.fact("compose-claim", format!("{} {}", claim.service, claim.written), index);
    fact.set("service", claim.service.as_str()).set("value", claim.written.as_str());
    match &claim.what {
        Claimed::Port(publish) => {
            fact.set("what", "port");
            if let Some(host) = publish.host.as_ref().filter(|host| !host.parts().is_empty()) {
                fact.set("host-port", host.to_string());
                let unique = host.unique();
                let drawn = unique.is_static().is_no();
                if !drawn && (unique.unknown || !unique.dimensions.names().is_empty()) {
                    set_unique(&mut fact, Some(host));
                }
            }
            let drawn = publish.host.as_ref().is_some_and(|host| host.unique().is_static().is_no());
            match publish.host_port() {
                _ if drawn => fact.set("host-part", "random"),
                HostPort::Free => fact.set("host-part", "random"),
                HostPort::Fixed(_) | HostPort::OneOf(_) => fact.set("host-part", "fixed"),
                HostPort::Range(..) => fact.set("host-part", "range"),
                HostPort::Unknown => fact.unknown("host-part"),
            };
        }
        Claimed::Name(name) => {
            fact.set("what", "container-name").set("name", name.to_string());
            set_unique(&mut fact, Some(name));
        }
        Claimed::HostNetwork(image, has_ports) => {
            fact.set("what", "host-network");
            fact.set_truth("listens", if *has_ports { Truth::Yes } else { listens(image.as_ref()) });
        }
    }
    let detached = match &compose.verb {
        ComposeVerb::Up(up) => up.detach,
        ComposeVerb::Run(run) => run.detach,
        _ => Truth::Yes,
    };
    fact.set_truth("detached", detached);
    let (project, _) = project_name(act, compose, model.input.stacks.get(&index));
    fact.set_some("project", project_of(&project));
    if !claim.started.is_yes() {
        at_most(&mut fact, Confidence::Low);
    }
    fact.set("followed", true).at("claim", claim.at.clone()).at("up", act.called_at().clone());
    fact.chain.push(Link { location: act.called_at().clone(), what: act.called_text().to_owned() });
    fact
}

/// Whose a project of that name is: every run's, or one run's own.
fn project_of(name: &Value) -> Option<&'static str> {
    match name.unique().is_static() {
        Truth::Yes => Some("shared"),
        Truth::No => Some("own"),
        Truth::Unknown => None,
    }
}

fn listens(image: Option<&Value>) -> Truth {
    match image.and_then(well_known) {
        Some((image, certain)) => certain.and((image.server && !image.ports.is_empty()).into()),
        None => Truth::Unknown,
    }
}
