//! The service is reached by its name, and publishes nothing.

use super::address::Address;
use super::belief;
use super::published::published;
use super::through_host::through_host;
use super::{Site, Use, What, is_by_name, uses};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::doubt::hard_coded::says_port_of_gateway;
use crate::rewrite::doubt::unseen::{on_host_network, says_none};
use crate::rewrite::doubt::values;
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, NewValue, Place, Scene, Withheld};
use crate::runner::{Mode, Network, Substrate};
use crate::source::Location;
use crate::trace::{Act, ActKind};
use crate::workflow::Service;

/// Drops `ports:` and names the service wherever the host was named.
pub(super) fn fix(scene: &Scene<'_>, _: &Finding, place: Place<'_>, service: usize) -> Result<Fix, Withheld> {
    let job = &place.job.job;
    let index = service;
    let service = job.services.get(index).filter(|service| !service.shared);
    let service = service.ok_or_else(|| Withheld::because("the service is an alias"))?;
    id("the service", service.id.value())?;
    let all = uses(&place);
    let mut doubts = Vec::new();
    let own: Vec<&Use> = all.iter().filter(|found| found.service == index).collect();
    through_host(&place, index)?;
    if let Some(user) = on_host_network(&place) {
        return Err(Withheld::because(format!(
            "{user} is on the host's network, where the service's id does not resolve and `ports:` is the only way in"
        )));
    }
    let mut draft = Draft::new(scene);
    drop_ports(&mut draft, &place, service)?;
    for found in &own {
        if let Err(Withheld { why, .. }) = rename(&mut draft, &place, service, found) {
            doubts.push(why);
        }
    }
    if own.is_empty() && comes_by_the_host(&place) {
        says_none(&place, Address::of(service).ports.into_iter().filter_map(|port| port.host))?;
        doubts.push(format!(
            "nothing in the job shows what uses it: a program that has its address in a file of its own must be given `{}`",
            service.id.value()
        ));
    }
    // A service that is known by its name alone is on a network that has names.
    if place.job.substrate.network == Network::Unknown && !own.iter().all(|found| is_by_name(&all, found)) {
        doubts.push(
            "the network of the job and its services is not known: declare the runner under `runners:`".to_owned(),
        );
        doubts.extend(belief::contradicted(scene, &place));
    }
    let is_told =
        |_: &str, at: &Location| own.iter().any(|found| found.at.path == at.path && found.at.span.contains(at.span));
    let published = || Address::of(service).ports.into_iter().filter_map(|port| port.host);
    doubts.extend(published().filter_map(|port| says_port_of_gateway(scene, port)));
    // The service listens on its own port still.
    let ports = Address::of(service).ports.into_iter().filter(|_| comes_by_the_host(&place));
    let moved = ports.filter(|port| port.host != Some(port.container));
    doubts
        .extend(moved.filter_map(|port| port.host).flat_map(|port| values::saying_port(&draft, &place, port, is_told)));
    let title = format!("reach `{}` by its name, and publish nothing", service.id.value());
    draft.finish_with("service-address", title, &doubts)
}

/// Whether what uses a service may come to it by a port of the host: on the host itself, from another container, or by
/// the host's address. A job that runs in a container on a network with its services finds nothing under `localhost`:
/// where all that it runs is seen, and none of that starts a container or asks for an address, no program of it has
/// such a port.
fn comes_by_the_host(place: &Place<'_>) -> bool {
    let Substrate { mode, network, .. } = &place.job.substrate;
    let in_container = *mode == Mode::Container || place.job.job.container.is_some();
    let is_beside = in_container && matches!(network, Network::PerJob | Network::Auto | Network::Custom(_));
    let trace = &place.job.trace;
    !is_beside || trace.has_unread() || trace.acts.iter().any(may_start_a_container)
}

/// Whether an act may start a container, or ask where the host is.
fn may_start_a_container(act: &Act) -> bool {
    match &act.kind {
        ActKind::Docker(_) | ActKind::Program(_) | ActKind::Action(_) => true,
        ActKind::Uses { name } => !name.starts_with("actions/") || name.starts_with("actions/github-script"),
        ActKind::Command { program, .. } => ["ip", "hostname", "getent", "route"].contains(&program.as_str()),
    }
}

fn drop_ports(draft: &mut Draft<'_>, place: &Place<'_>, service: &Service) -> Result<(), Withheld> {
    let path = place.tree.source().path();
    // What cannot be told apart cannot be dropped.
    let all = published(service)?;
    if let Some(ports) = &service.container.ports {
        if ports.merged {
            return Err(Withheld::because("its `ports:` come from an anchor"));
        }
        draft.drop_entry(path, ports.node)?;
    }
    for port in all.iter().filter_map(|port| Some((port, port.option.as_ref()?))) {
        let (port, lead) = port;
        let span = port.scalar.text.exact(lead.start..port.range.end);
        let span = span.ok_or_else(|| Withheld::because("its `options:` are written in several lines"))?;
        draft.replace(&place.tree.source().location(span), "")?;
    }
    Ok(())
}

/// Names the service, and the port it listens on.
fn rename(draft: &mut Draft<'_>, place: &Place<'_>, service: &Service, found: &Use) -> Result<(), Withheld> {
    if found.by_name && found.port.is_none() || matches!(found.what, What::Id | What::Network) {
        return Ok(());
    }
    let source = place.tree.source();
    let line = source.place(found.at.span.start).line;
    if let Site::Script(_) = found.site {
        if found.by_name {
            return Ok(());
        }
        return Err(Withheld::because(format!(
            "`{}` reaches it through the host, and may be run by hand as well",
            found.at.path
        )));
    }
    if !found.exact || found.what != What::Address {
        return Err(Withheld::because(format!("its use in line {line} cannot be edited")));
    }
    if let (Site::WorkflowEnv(name), true) = (&found.site, place.analysed.workflow.jobs.len() > 1) {
        return own_value(draft, place, service, found, name);
    }
    if let Some(host) = found.host.as_ref().filter(|host| source.slice(host.span) != service.id.value()) {
        draft.replace(host, service.id.value())?;
    }
    let container = found.means.container.to_string();
    match found.port.as_ref().filter(|port| source.slice(port.span) != container) {
        Some(port) => draft.replace(port, &container),
        None => Ok(()),
    }
}

/// A variable of the whole workflow gets another value in this job: others may mean their own service.
fn own_value(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    service: &Service,
    found: &Use,
    name: &str,
) -> Result<(), Withheld> {
    let (job, source) = (&place.job.job, place.tree.source());
    if job.env.get(name).is_some() {
        return Ok(());
    }
    let unclear = || Withheld::because(format!("`{name}` of the workflow names it, and cannot be edited"));
    let var = place.analysed.workflow.env.get(name).and_then(|var| var.text.as_ref()).ok_or_else(unclear)?;
    let mut text = var.value().to_owned();
    let local = |at: &crate::source::Location| {
        let run = var.runs().iter().find(|run| run.file <= at.span.start && at.span.end <= run.file + run.len)?;
        Some(run.text + at.span.start - run.file..run.text + at.span.end - run.file)
    };
    let parts = [(&found.port, found.means.container.to_string()), (&found.host, service.id.value().to_owned())];
    for (at, new) in parts {
        if let Some(at) = at {
            text.replace_range(local(at).ok_or_else(unclear)?, &new);
        }
    }
    match job.env.node {
        Some(env) => draft.insert_entry(source.path(), env, None, name, &NewValue::Text(text)),
        None => {
            let after = job.runs_on.as_ref().map(|runs_on| runs_on.node);
            let env = NewValue::Map(vec![(name.to_owned(), text)]);
            draft.insert_entry(source.path(), job.node, after, "env", &env)
        }
    }
}
