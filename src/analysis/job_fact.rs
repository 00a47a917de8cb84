//! The fact of a job itself.

use crate::facts::Fact;
use crate::site::Site;
use crate::source::Location;
use crate::trace::{Act, ActKind, Target};

/// The fact of a job. `pinned`: whether its label is one that the configuration declares for docker; nothing when none
/// is declared. What a cancel leaves is said once in a repository ([`super::leftovers`]).
pub fn job_fact(site: &Site<'_>, pinned: Option<bool>) -> Fact {
    let Site { job, trace, source, substrate } = *site;
    let mut fact = site.fact("job", job.id.value());
    fact.set_some("pinned", pinned).set_truth("cancel-skips-steps", substrate.cancel_skips_steps);
    // A mode that nobody knows says nothing of the kind.
    fact.set("services-dropped", substrate.services_dropped.is_yes());
    let touches: Vec<&Act> = trace.acts.iter().filter(|act| touches_docker(act)).collect();
    fact.set("docker", !touches.is_empty());
    fact.set("services", !job.services.is_empty() || job.services_expression.is_some());
    fact.set("container", job.container.is_some());
    let labels = job.runs_on.iter().flat_map(|field| &field.labels).map(|label| label.value().to_owned());
    fact.set("labels", labels.collect::<Vec<_>>());
    fact.set("followed", false);
    if let Some(runs_on) = &job.runs_on {
        fact.at("runs-on", source.location(runs_on.span));
    }
    fact.at("job", source.location(job.id.span));
    if let Some(first) = touches.first() {
        fact.at("docker", entry(first));
    }
    if let Some(key) = &job.services_key {
        fact.at("services", source.location(key.key));
    }
    fact
}

fn touches_docker(act: &Act) -> bool {
    let docker = matches!(act.kind, ActKind::Docker(_) | ActKind::Program(_) | ActKind::Action(_));
    docker && act.context.target == Target::Here
}

/// Where in the workflow an act comes from: its first call, else itself.
fn entry(act: &Act) -> Location {
    act.chain.first().map_or_else(|| act.at.clone(), |link| link.location.clone())
}
