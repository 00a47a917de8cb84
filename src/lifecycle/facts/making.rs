//! `making`: what a job makes on the daemon, in the form in which it is found there again.
//!
//! Rules judge `resource`. This is for whoever holds a container in the hand and asks which line made it:
//! `berth-run doctor --orphans` reads it from `berthlint facts`.

use super::model::Model;
use crate::command::BerthRun;
use crate::command::options::{Grammar, Order};
use crate::facts::Fact;
use crate::lifecycle::resource::Resource;
use crate::symbol::Value;
use crate::trace::{Act, Target};

/// What `berth-run` puts behind a name of its own: the first digits of the job's token.
const TOKEN: &str = "[0-9a-f]{12}";

/// Options of `berth-run up` that have a value.
const UP: Grammar = Grammar {
    tables: &[
        "image= port= env= env-file= volume= entrypoint= tmpfs= shm-size= network= health-cmd= health-interval= \
         health-timeout= health-retries= health-start-period= wait-cmd= timeout= ttl= pull= export= no-guard",
    ],
    order: Order::Any,
};

/// One for each resource on the job's own daemon, and for each sibling that `berth-run up` starts there.
pub fn making_facts(model: &Model<'_>) -> Vec<Fact> {
    let here = |target: Target| matches!(target, Target::Here | Target::Unknown);
    let resources = model.resources.iter().filter(|resource| here(resource.target));
    let made = resources.map(|resource| of_resource(model, resource));
    let acts = model.input.trace.acts.iter().enumerate().filter(|(_, act)| here(act.target()));
    made.chain(acts.filter_map(|(at, act)| sibling(model, at, act))).collect()
}

fn of_resource(model: &Model<'_>, resource: &Resource) -> Fact {
    let mut patterns: Vec<String> = resource.name.iter().chain(&resource.parts).filter_map(pattern).collect();
    if let Some(declared) = resource.declared.as_ref().filter(|_| resource.name.is_none()) {
        // A regular expression already, as the configuration has it; a label or a glob is none.
        patterns.extend(Some(declared.clone()).filter(|text| text.starts_with('^')));
    }
    patterns.dedup();
    let mut fact = fact(model, resource.act, resource.kind.name(), resource.shown(), patterns);
    fact.set_some("image-pattern", resource.image.as_ref().and_then(pattern));
    fact
}

/// What `berth-run up NAME --image I` starts.
fn sibling(model: &Model<'_>, at: usize, act: &Act) -> Option<Fact> {
    let (options, words) = UP.parse(act.helper_call("up")?);
    let name = &words.first()?.value;
    let own = |name: &Value| Some(format!("^berth-{}-{TOKEN}$", middle(name)?));
    let mut fact = fact(model, at, "container", format!("berth-{name}"), own(name).into_iter().collect());
    fact.set_some("image-pattern", options.value("image").and_then(|image| pattern(&image.value)));
    Some(fact)
}

fn fact(model: &Model<'_>, at: usize, kind: &str, name: String, patterns: Vec<String>) -> Fact {
    let act = model.act(at);
    let mut fact = model.fact("making", format!("{kind} {name}"), at);
    fact.set("kind", kind).set("name", name).set("patterns", patterns).set("maker", act.called_text());
    fact.at("creation", act.called_at().clone());
    fact
}

/// The whole of a text as a regular expression; none where nothing of it is known.
fn pattern(value: &Value) -> Option<String> {
    Some(format!("^{}$", middle(value)?))
}

fn middle(value: &Value) -> Option<String> {
    let named = |source: &str| {
        let call = BerthRun::read(source).filter(|call| call.verb == "name")?;
        let [base] = call.words[..] else { return None };
        let plain = base.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        plain.then(|| format!("berth-{base}-{TOKEN}"))
    };
    value.pattern(&named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::Unique;
    use crate::truth::Truth;

    #[test]
    fn what_only_the_run_knows_is_anything() {
        let run = Value::opaque("github.run_id", Unique::UNKNOWN, Truth::No);
        let suffix = Value::opaque("$SUFFIX", Unique::UNKNOWN, Truth::Unknown);
        let name = Value::literal("pg.a-").then(run.clone()).then(suffix);
        assert_eq!(pattern(&name).as_deref(), Some(r"^pg\.a\-.+.*$"));
        let either = Value::literal("x-").then(Value::one_of([Value::literal("a"), Value::literal("b")]));
        assert_eq!(pattern(&either).as_deref(), Some(r"^x\-(?:a|b)$"));
        assert_eq!(pattern(&run), None, "nothing of it is known");
        assert_eq!(pattern(&Value::literal("-").then(run)), None, "no letter of it is known");
        let own = Value::unknown("$(berth-run name cache)");
        assert_eq!(pattern(&own).as_deref(), Some("^berth-cache-[0-9a-f]{12}$"));
    }
}
