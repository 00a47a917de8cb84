//! `trap`: each trap that alone removes something, and all that it removes.

use super::Model;
use crate::facts::{Datum, Fact, Field};

/// One for each trap, from the facts of the resources.
pub fn facts(model: &Model<'_>, resources: &[Fact]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let alone = resources.iter().filter(|fact| fact.text("gap") == Some("trap-only") && !is_exempt(fact));
    let mut all: Vec<&Fact> = alone.collect();
    // What is sure comes first: the rest adds nothing to it.
    all.sort_by_key(|fact| std::cmp::Reverse(fact.confidence));
    for resource in all {
        let Some(at) = resource.spans.get("trap").and_then(|places| places.first()) else { continue };
        let name = ["kind", "name"].map(|field| resource.text(field).unwrap_or_default());
        let name = format!("{} `{}`", name[0], name[1]);
        let known = facts.iter_mut().find(|fact| fact.spans.get("trap").is_some_and(|places| places.contains(at)));
        match known {
            Some(fact) if resource.confidence < fact.confidence => {}
            Some(fact) => add(fact, name, resource),
            None => {
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
                add(&mut fact, name, resource);
                facts.push(fact);
            }
        }
    }
    facts
}

/// Whether it is meant to stay, or goes later.
fn is_exempt(fact: &Fact) -> bool {
    let is = |name: &str| fact.fields.get(name) == Some(&Field::Known(Datum::Bool(true)));
    is("deploy") || is("swept")
}

fn add(fact: &mut Fact, name: String, resource: &Fact) {
    let mut removes = match fact.fields.get("removes") {
        Some(Field::Known(Datum::List(names))) => names.clone(),
        _ => Vec::new(),
    };
    if !removes.contains(&name) {
        removes.push(name);
    }
    fact.subject = format!("trap {}", removes.join(", ")).replace('`', "");
    fact.set("removes", removes);
    for place in resource.spans.get("creation").into_iter().flatten() {
        fact.at("creations", place.clone());
    }
}
