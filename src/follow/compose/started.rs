//! Which services come up.

use std::collections::{BTreeMap, HashMap};

use super::EffectiveService;
use crate::symbol::Value;
use crate::truth::Truth;

/// The services that `up` or `run` starts, each `Yes` or `Unknown`: those `requested` (all that a profile
/// allows when none is), and what they depend on. `profiles` are the active ones; `*` is all.
pub fn started(services: &[EffectiveService], requested: &[&str], profiles: &[Value]) -> BTreeMap<String, Truth> {
    let mut started: BTreeMap<String, Truth> = BTreeMap::new();
    let mut open: Vec<(String, Truth)> = if requested.is_empty() {
        services.iter().map(|service| (service.id.clone(), enabled(service, profiles))).collect()
    } else {
        // What is asked for by name starts, whatever its profiles.
        requested.iter().map(|id| ((*id).to_owned(), Truth::Yes)).collect()
    };
    let by_id: HashMap<&str, &EffectiveService> =
        services.iter().rev().map(|service| (service.id.as_str(), service)).collect();
    while let Some((id, truth)) = open.pop() {
        let Some(service) = by_id.get(id.as_str()) else { continue };
        let known = started.get(&id).copied();
        if truth.is_no() || known == Some(Truth::Yes) || known == Some(truth) {
            continue;
        }
        started.insert(id, truth);
        open.extend(needed(service).map(|id| (id.to_owned(), truth)));
    }
    started
}

fn needed(service: &EffectiveService) -> impl Iterator<Item = &str> {
    service.depends_on.iter().map(|one| one.service.value()).chain(service.joined.iter().map(String::as_str))
}

/// Whether an active profile allows it.
pub fn enabled(service: &EffectiveService, active: &[Value]) -> Truth {
    if service.profiles.is_empty() || active.iter().any(|profile| profile.as_literal() == Some("*")) {
        return Truth::Yes;
    }
    let one = |profile: &str| {
        if profile.contains('$') {
            return Truth::Unknown;
        }
        active.iter().fold(Truth::No, |any, active| any.or(active.same(&Value::literal(profile))))
    };
    service.profiles.iter().fold(Truth::No, |any, profile| any.or(one(profile.value.value())))
}
