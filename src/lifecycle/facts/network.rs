//! `network-use`: networks that containers, or the job itself, are to join.

use std::collections::HashSet;

use super::model::Model;
use crate::command::Arg;
use crate::docker::{NetworkChoice, Verb};
use crate::facts::Fact;
use crate::lifecycle::resource::ResourceKind;
use crate::symbol::Value;
use crate::truth::Truth;

/// One for each use.
pub fn network_facts(model: &Model<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |index, arg: &Arg, name: &Value, connects_self| {
        let mut fact = fact(model, index, arg, name, connects_self);
        fact.set("first", seen.insert((name.to_string(), model.act(index).context.target)));
        facts.push(fact);
    };
    for (index, act) in model.input.trace.acts.iter().enumerate() {
        match act.verb() {
            Some(Verb::Run(run) | Verb::Create(run)) => {
                for arg in &run.networks {
                    if let NetworkChoice::Named(name) = NetworkChoice::parse(&arg.value) {
                        add(index, arg, &name, false);
                    }
                }
            }
            Some(Verb::Connect { network, container, .. }) => {
                add(index, network, &network.value, is_self(&container.value));
            }
            _ => {}
        }
    }
    facts
}

fn fact(model: &Model<'_>, index: usize, arg: &Arg, name: &Value, connects_self: bool) -> Fact {
    let act = model.act(index);
    let mut fact = model.fact("network-use", format!("{name}"), index);
    fact.set("network", name.to_string()).set("connects-self", connects_self);
    fact.set_truth("known", known(model, name));
    fact.at("command", act.called_at().clone()).at("network", act.location_of(arg));
    fact
}

/// Whether the network is there: built in, made by the job or what it starts, or declared.
fn known(model: &Model<'_>, name: &Value) -> Truth {
    let built_in = matches!(name.as_literal(), Some("bridge" | "host" | "none" | "default"));
    let declared = model.input.networks.iter().any(|network| name.as_literal() == Some(network));
    if built_in || declared {
        return Truth::Yes;
    }
    let own = model.input.meets.networks_of(name).into_iter().map(|index| &model.resources[index]);
    let made = own.chain(model.input.others.networks_of(name)).map(|resource| match resource.kind {
        ResourceKind::Network => resource.name.as_ref().map_or(Truth::No, |made| made.same(name)),
        // Its networks begin with its name; which there are stands in its files.
        ResourceKind::Project => Truth::Unknown,
        ResourceKind::Cluster if name.as_literal() == Some("kind") => Truth::Yes,
        ResourceKind::Cluster if resource.parts.is_empty() => Truth::Unknown,
        // k3d's is `k3d-` and the cluster's name, minikube's the name alone.
        ResourceKind::Cluster => resource.parts.iter().map(|part| part.same(name)).fold(Truth::No, Truth::or),
        ResourceKind::Container | ResourceKind::Volume | ResourceKind::Builder => Truth::No,
    });
    let made = made.fold(Truth::No, Truth::or);
    // The job's own network, by whatever variable holds its name.
    if name.as_literal().is_none() { made.or(Truth::Unknown) } else { made }
}

/// Whether a container is the job's own: `$(hostname)`, `$HOSTNAME`, `$JOB_CONTAINER_NAME`.
pub fn is_self(container: &Value) -> bool {
    let text = container.to_string();
    ["hostname", "HOSTNAME", "JOB_CONTAINER_NAME", "job.container.id"].iter().any(|own| text.contains(own))
}
