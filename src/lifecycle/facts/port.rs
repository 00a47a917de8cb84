//! `port-claim`: ports of the daemon's host, taken by services and by `docker run`.

use super::common::set_unique;
use super::model::Model;
use crate::command::{Arg, Invocation};
use crate::docker::images::well_known;
use crate::docker::is_lasting;
use crate::docker::{HostPort, NetworkChoice, Publish, Run, Verb};
use crate::facts::Fact;
use crate::source::{Location, Text};
use crate::symbol::{Dimensions, Value};
use crate::truth::Truth;
use crate::workflow::{Scalar, Service};

/// All of them.
pub fn port_facts(model: &Model<'_>) -> Vec<Fact> {
    // What the runner drops takes nothing.
    let started = model.input.job.services.iter().filter(|_| !model.input.substrate.services_dropped.is_yes());
    let mut facts: Vec<Fact> = started.flat_map(|service| of_service(model, service)).collect();
    for (index, act) in model.input.trace.acts.iter().enumerate() {
        match act.verb() {
            Some(Verb::Run(run) | Verb::Create(run)) => facts.extend(of_run(model, index, run)),
            Some(Verb::Make(make)) => {
                for arg in &make.publishes {
                    let name = make.name.as_ref().map(|name| name.value.to_string());
                    let mut fact = published(model, index, &Publish::parse(&arg.value), &arg.value);
                    fact.set_some("name", name).at("claim", act.location_of(arg));
                    facts.push(fact);
                }
            }
            _ => {}
        }
    }
    facts
}

fn of_run(model: &Model<'_>, index: usize, run: &Run) -> Vec<Fact> {
    let act = model.act(index);
    let resource = model.made_by(index).next();
    let network = run.network();
    let dress = |mut fact: Fact| {
        fact.set_some("name", run.name.as_ref().map(|name| name.value.to_string()));
        fact.set_some("image", run.image.as_ref().map(|image| image.value.to_string()));
        fact.set_truth("detached", resource.map_or(run.detach, |resource| resource.detached));
        let lasting = run.restart.as_ref().and_then(|policy| policy.text()).is_some_and(is_lasting);
        fact.set("deploy", resource.map_or(lasting, |resource| model.is_deploy(resource)));
        // What a helper adds stands in the helper, not at its call.
        fact.chain.clone_from(&act.chain);
        fact
    };
    match network {
        // Docker discards published ports there.
        NetworkChoice::Host => host_network(model, index, run).into_iter().map(dress).collect(),
        NetworkChoice::None | NetworkChoice::Container(_) => Vec::new(),
        NetworkChoice::Default | NetworkChoice::Named(_) => {
            let each = run.ports().map(|(arg, publish)| {
                let mut fact = dress(published(model, index, &publish, &arg.value));
                fact.at("claim", act.location_of(arg));
                fact
            });
            each.collect()
        }
    }
}

fn published(model: &Model<'_>, index: usize, publish: &Publish, written: &Value) -> Fact {
    let act = model.act(index);
    let mut fact = model.fact("port-claim", format!("publish {written}"), index);
    fact.set("by", "docker-run").set("through", "publish").set("command", act.text.clone());
    set_host_part(&mut fact, publish);
    fact.at("command", act.at.clone());
    fact
}

/// A server on the host's network: its image is known to be one, its command listens, or what is executed in
/// it later does.
fn host_network(model: &Model<'_>, index: usize, run: &Run) -> Option<Fact> {
    let port = of_image(run).or_else(|| listens_on(&run.command)).or_else(|| executed(model, index, run))?;
    let act = model.act(index);
    let mut fact = model.fact("port-claim", format!("host network {port}"), index);
    fact.set("by", "docker-run").set("through", "host-network").set("command", act.text.clone());
    fact.set("host-part", "none").set("port", port.to_string());
    fact.set("shares-host-network", true);
    let option = run.networks.first().map_or_else(|| act.at.clone(), |arg| act.location_of(arg));
    fact.at("claim", option).at("command", act.at.clone());
    Some(fact)
}

fn of_image(run: &Run) -> Option<u16> {
    let (image, certain) = well_known(&run.image.as_ref()?.value)?;
    let port = *image.ports.first()?;
    // With a command of its own it may do anything.
    let other = !image.server || !run.command.is_empty() && run.entrypoint.is_some() || certain.is_no();
    (!other).then_some(port)
}

/// The port that a command line says it listens on.
fn listens_on(words: &[Arg]) -> Option<u16> {
    let invocation = Invocation::parse(words)?;
    crate::host::server::named_port(&invocation.program, &invocation.argv)
}

/// The port of a server that a later command starts inside: in the background there, or with all of the command.
/// Clients are not left running.
fn executed(model: &Model<'_>, index: usize, run: &Run) -> Option<u16> {
    let name = run.name.as_ref()?;
    let trace = model.input.trace;
    let later = trace.acts.iter().enumerate().skip(index + 1);
    later.filter_map(|(at, act)| Some((at, act, act.verb()?))).find_map(|(at, act, verb)| {
        let Verb::Exec(exec) = verb else { return None };
        if !exec.container.as_ref()?.value.same(&name.value).is_yes() {
            return None;
        }
        let stays = exec.detach.is_yes() || act.context.background;
        let own = || stays.then(|| listens_on(&exec.argv)).flatten();
        crate::host::server::listens_inside(trace, at, stays).or_else(own)
    })
}

fn set_host_part(fact: &mut Fact, publish: &Publish) {
    fact.set_some("host-port", publish.host.as_ref().filter(|host| !host.parts().is_empty()).map(Value::to_string));
    fact.set("port", publish.container.to_string());
    if publish.host.is_some() {
        set_unique(fact, publish.host.as_ref());
    }
    let drawn = publish.host.as_ref().is_some_and(|host| host.unique().is_static().is_no());
    match publish.host_port() {
        _ if drawn => fact.set("host-part", "random"),
        HostPort::Free => fact.set("host-part", "random"),
        HostPort::Fixed(_) | HostPort::OneOf(_) => fact.set("host-part", "fixed"),
        HostPort::Range(..) => fact.set("host-part", "range"),
        // A matrix value is the same in every run.
        HostPort::Unknown if publish.host.as_ref().is_some_and(is_repeated) => fact.set("host-part", "fixed"),
        HostPort::Unknown => fact.unknown("host-part"),
    };
}

/// Whether a value that is not known is there, and is another in each leg of a matrix at most.
fn is_repeated(value: &Value) -> bool {
    let unique = value.unique();
    !unique.unknown && unique.dimensions.has(Dimensions::LEG) && value.empty().is_no()
}

fn of_service(model: &Model<'_>, service: &Service) -> Vec<Fact> {
    let at = |text: &Text, range| model.input.source.location(text.span(range));
    let mut found = Vec::new();
    for port in service.container.ports.iter().flat_map(|ports| ports.value.iter()) {
        let location = model.input.source.location(port.span);
        found.push((value(model, port.value()), "ports", location));
    }
    if let Some(options) = &service.container.options {
        let words = super::option::words(options.value.value());
        for (range, port) in super::option::values(&words, &["-p", "--publish"]) {
            found.push((value(model, &port), "options", at(&options.value.text, range)));
        }
    }
    let mut facts: Vec<Fact> = Vec::new();
    let mut fixed = false;
    for (written, through, location) in found {
        let publish = Publish::parse(&written);
        let mut fact = service_fact(model, service, &format!("{} {written}", service.id.value()), through, location);
        set_host_part(&mut fact, &publish);
        fixed |= fact.text("host-part") == Some("fixed");
        facts.push(fact);
    }
    if !fixed {
        facts.extend(listener(model, service));
    }
    facts
}

/// What it listens on is the host's, where the runner puts services on the host's network.
fn listener(model: &Model<'_>, service: &Service) -> Option<Fact> {
    let image = value(model, service.container.image.as_ref()?.value());
    let (image, certain) = well_known(&image)?;
    let port = image.ports.first().filter(|_| certain != Truth::No)?.to_string();
    let location = model.input.source.location(service.id.span);
    let subject = format!("{} listens", service.id.value());
    let mut fact = service_fact(model, service, &subject, "host-network", location);
    fact.set("host-part", "none").set("port", port);
    Some(fact)
}

fn service_fact(model: &Model<'_>, service: &Service, subject: &str, through: &'static str, at: Location) -> Fact {
    let mut fact = model.job_fact("port-claim", subject);
    fact.set("by", "service").set("through", through).set("name", service.id.value());
    fact.set_some("image", service.container.image.as_ref().map(Scalar::value));
    // Only what is known to be on the host's network collides there.
    let substrate = model.input.substrate;
    let is_there = substrate.services_share_host_network() && !substrate.services_dropped.is_yes();
    fact.set("shares-host-network", is_there);
    fact.at("claim", at).at("command", model.input.source.location(service.id.span));
    fact
}

/// A workflow's text as a symbolic string.
pub fn value(model: &Model<'_>, text: &str) -> Value {
    if !text.contains("${{") {
        return Value::literal(text);
    }
    match crate::expr::fold(text, model.input.resolve) {
        Some(texts) => Value::one_of(texts.into_iter().map(Value::literal)),
        None => (model.input.text)(text),
    }
}
