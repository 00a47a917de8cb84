//! A compose file that the job alone puts over the shipped one: what CI needs goes there.

use std::sync::Arc;

use super::super::service::{Address, Port, uses_of};
use super::super::{Draft, NewValue, Place, Scene, Withheld};
use super::read_back::{read_back, still_shared};
use super::ups::used_unseen;
use crate::docker::{Client, HostPort, Publish};
use crate::edit::{Applicability, Fix};
use crate::source::Source;
use crate::stack::{Claim, Claimed};
use crate::trace::ActKind;

/// What says of a file's name that tests bring it along.
const OF_TESTS: [&str; 8] = ["ci", "e2e", "test", "tests", "testing", "integration", "smoke", "acceptance"];

/// The file that every call of the job puts over the one that a claim stands in, when it is one for tests; none with
/// the first docker-compose, which does not know `!override`.
pub fn path(place: &Place<'_>, claim: &Claim) -> Option<Arc<str>> {
    let mut found: Option<Arc<str>> = None;
    for (index, stack) in &place.job.stacks {
        let has_claim = |source: &Source| *source.path() == claim.at.path;
        if !stack.sources.iter().any(has_claim) {
            continue;
        }
        let act = place.job.trace.acts.get(*index)?;
        let ActKind::Docker(call) = &act.kind else { return None };
        let crate::docker::Verb::Compose(compose) = &call.verb else { return None };
        let last = stack.sources.last()?;
        let is_over = compose.files.len() > 1 && compose.files.len() == stack.sources.len() && !has_claim(last);
        if !is_over || call.program != Client::Docker || !is_of_tests(last.path()) {
            return None;
        }
        if found.as_ref().is_some_and(|known| known != last.path()) {
            return None;
        }
        found = Some(last.path().clone());
    }
    found
}

fn is_of_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| OF_TESTS.contains(&part))
}

/// Lets Docker choose the host ports of a service in the override file; `None` where the service has ports there.
pub fn ports(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim, path: &Arc<str>) -> Option<Result<Fix, Withheld>> {
    let stack = place.job.stacks.values().find(|stack| stack.sources.iter().any(|source| source.path() == path))?;
    // All that the service publishes: the list takes the place of the other files'.
    let mut items: Vec<String> = Vec::new();
    for source in &stack.sources {
        let tree = scene.tree(source.path())?;
        let service = tree.root()?.get("services").and_then(|services| services.get(&claim.service));
        let Some(ports) = service.and_then(|service| service.get("ports")) else { continue };
        if source.path() == path {
            return None;
        }
        for item in ports.items() {
            items.push(item.as_str()?.to_owned());
        }
    }
    let claims = stack.claims.iter().filter(|other| other.service == claim.service);
    let mut ports: Vec<(&Claim, &Publish, Port)> = Vec::new();
    for other in claims {
        let Claimed::Port(publish) = &other.what else { continue };
        let (HostPort::Fixed(host), [container]) = (publish.host_port(), &publish.container_ports()?[..]) else {
            return None;
        };
        let item = items.iter_mut().find(|item| **item == other.written)?;
        // `127.0.0.1:80:8080` stays on the loopback: `127.0.0.1::8080`.
        let (lead, rest) = item.split_once(&format!("{host}:{container}"))?;
        let none = if lead.is_empty() { "" } else { ":" };
        *item = format!("{lead}{none}{container}{rest}");
        ports.push((other, publish, Port { host: Some(host), container: *container }));
    }
    items.dedup();
    Some(free(scene, place, claim, path, (items, &ports)))
}

/// Puts the free ports into the override file, and tells those of the job that use one.
fn free(
    scene: &Scene<'_>,
    place: &Place<'_>,
    claim: &Claim,
    path: &Arc<str>,
    (items, ports): (Vec<String>, &[(&Claim, &Publish, Port)]),
) -> Result<Fix, Withheld> {
    let mut draft = Draft::new(scene);
    let mut doubts = Vec::new();
    let mut unseen = Vec::new();
    for (own, publish, port) in ports {
        let address = Address { id: claim.service.clone(), image: String::new(), ports: vec![*port], written: 1 };
        if uses_of(&[address], place).iter().any(|found| !found.by_name) {
            doubts.extend(read_back(&mut draft, place, own, publish)?.doubts);
            continue;
        }
        let host = port.host.unwrap_or_default();
        used_unseen(place, own, host)?;
        unseen.push(host.to_string());
    }
    if !unseen.is_empty() {
        doubts.push(format!("nothing in the job shows what uses port {}", unseen.join(", ")));
    }
    doubts.extend(
        still_shared(scene, place, claim)?.into_iter().filter(|left| !doubts.contains(left)).collect::<Vec<_>>(),
    );
    doubts.push("`!override` needs Compose 2.24.4 or newer".to_owned());
    doubts.dedup();
    insert(&mut draft, path, &claim.service, "ports", &NewValue::Override(items))?;
    let title = format!("let Docker choose the host port of `{}` in `{path}`", claim.service);
    draft.finish("compose-port", Applicability::Unsafe, title, Some(doubts.join("; ")))
}

/// Lets compose name a service's container, in the override file; `None` where that names it.
pub fn name(scene: &Scene<'_>, claim: &Claim, path: &Arc<str>, why: String) -> Option<Result<Fix, Withheld>> {
    let tree = scene.tree(path)?;
    let service = tree.root()?.get("services").and_then(|services| services.get(&claim.service));
    if service.is_some_and(|service| service.get("container_name").is_some()) {
        return None;
    }
    let title = format!("let compose name the container of `{}`, in `{path}`", claim.service);
    let why = format!("{why}, and `!reset` needs Compose 2.24.4 or newer");
    let mut draft = Draft::new(scene);
    let inserted = insert(&mut draft, path, &claim.service, "container_name", &NewValue::Reset);
    Some(inserted.and_then(|()| draft.finish("compose-port", Applicability::Unsafe, title, Some(why))))
}

fn insert(draft: &mut Draft<'_>, path: &Arc<str>, service: &str, key: &str, value: &NewValue) -> Result<(), Withheld> {
    let tree = draft.scene().tree(path).ok_or_else(|| Withheld::because(format!("`{path}` cannot be read")))?;
    let root = tree.root().ok_or_else(|| Withheld::because(format!("`{path}` is empty")))?;
    let services = root.get("services").ok_or_else(|| Withheld::because(format!("`{path}` has no services")))?;
    let last = |node: crate::yaml::Node<'_>| node.own_entries().last().map(|entry| entry.value.id());
    match services.get(service) {
        Some(own) if own.own_entries().next().is_some() => draft.insert_entry(path, own.id(), last(own), key, value),
        Some(_) => Err(Withheld::because(format!("`{path}` says nothing of `{service}` but its name"))),
        None => {
            let under = NewValue::Under(key.to_owned(), Box::new(value.clone()));
            draft.insert_entry(path, services.id(), last(services), service, &under)
        }
    }
}
