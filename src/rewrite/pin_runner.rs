//! `pin-runner`: a job that uses Docker runs on a label that the configuration gives Docker to.

use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;

/// Sets `runs-on`.
pub fn pin_runner(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let runs_on = place.job.job.runs_on.as_ref().filter(|field| !field.merged && field.value.group.is_none());
    let several = || {
        Withheld::because("`runs-on` has several labels, and it is not certain which is to change: change it by hand")
    };
    let [label] = runs_on.ok_or_else(several)?.value.labels.as_slice() else { return Err(several()) };
    if label.has_expression() || label.aliased {
        return Err(Withheld::because("`runs-on` is an expression: change it by hand"));
    }
    let docker = scene.runners.iter().filter(|runner| runner.docker.is_yes());
    let mut names = docker.flat_map(|runner| &runner.labels).map(|label| label.name.as_str());
    let name = names.find(|name| !name.contains(['*', '?', '[']));
    let name = name.ok_or_else(|| Withheld::because("the configuration names no docker label without a wildcard"))?;
    let mut draft = Draft::new(scene);
    draft.set(&place.analysed.path, label.node, name)?;
    let why = "the job moves to other machines, whose tools and caches may differ";
    draft.finish("pin-runner", Applicability::Unsafe, format!("run the job on `{name}`"), Some(why.to_owned()))
}
