//! `trap`: each trap that alone removes something, and all that it removes.

use std::collections::HashMap;

use super::model::Model;
use crate::facts::{Datum, Fact, Field};
use crate::source::Location;

/// A trap's fact, and what it removes.
struct Trap {
    fact: Fact,
    /// In words.
    removes: Vec<String>,
    /// Their kinds and names.
    names: Vec<String>,
}

/// One for each trap, from the facts of the resources.
pub fn trap_facts(model: &Model<'_>, resources: &[Fact]) -> Vec<Fact> {
    let mut traps: Vec<Trap> = Vec::new();
    let mut known: HashMap<&Location, usize> = HashMap::new();
    let alone = resources.iter().filter(|fact| fact.text("gap") == Some("trap-only") && !is_exempt(fact));
    let mut all: Vec<&Fact> = alone.collect();
    // What is sure comes first: the rest adds nothing to it.
    all.sort_by_key(|fact| std::cmp::Reverse(fact.confidence));
    for resource in all {
        let Some(at) = resource.spans.get("trap").and_then(|places| places.first()) else { continue };
        let index = *known.entry(at).or_insert_with(|| {
            traps.push(begun(model, resource, at));
            traps.len() - 1
        });
        let Some(trap) = traps.get_mut(index).filter(|trap| resource.confidence >= trap.fact.confidence) else {
            continue;
        };
        let name = ["kind", "name"].map(|field| resource.text(field).unwrap_or_default());
        let name = format!("{} {}", name[0], name[1]);
        if !trap.names.contains(&name) {
            trap.names.push(name);
            trap.removes.push(resource.text("what").unwrap_or_default().to_owned());
        }
        for place in resource.spans.get("creation").into_iter().flat_map(|places| places.iter()) {
            trap.fact.at("creations", place.clone());
        }
    }
    traps.into_iter().map(Trap::ended).collect()
}

fn begun(model: &Model<'_>, resource: &Fact, at: &Location) -> Trap {
    let mut fact = model.job_fact("trap", "trap");
    fact.step.clone_from(&resource.step);
    fact.chain.clone_from(&resource.chain);
    for field in ["target", "followed"] {
        if let Some(value) = resource.fields.get(field) {
            fact.fields.insert(field, value.clone());
        }
    }
    fact.confidence = resource.confidence;
    fact.at("trap", at.clone());
    Trap { fact, removes: Vec::new(), names: Vec::new() }
}

impl Trap {
    fn ended(self) -> Fact {
        let mut fact = self.fact;
        fact.subject = format!("trap {}", self.names.join(", ")).replace('`', "");
        fact.set("removes", self.removes);
        fact
    }
}

/// Whether it is meant to stay, or goes later.
fn is_exempt(fact: &Fact) -> bool {
    let is = |name: &str| fact.fields.get(name) == Some(&Field::Known(Datum::Bool(true)));
    is("deploy") || is("swept")
}
