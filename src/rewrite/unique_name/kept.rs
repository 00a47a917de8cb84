//! What a compose project keeps from one run to the next: a project of each run's own begins without it.

use super::super::{Place, Withheld};
use super::left::alike;
use super::{Name, image};
use crate::analysis::TracedJob;
use crate::docker::{ComposeVerb, Filter, Verb};
use crate::lifecycle::removal::{Removal, Scope};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::selects;
use crate::stack::{ProjectVolume, Stack, StackService};
use crate::trace::Act;

/// What a run finds today of earlier runs and jobs, and would find no more, in words: the reasons that are said first.
///
/// # Errors
/// When it is a cache.
pub fn kept(place: &Place<'_>, name: &Name) -> Result<Vec<String>, Withheld> {
    if name.value.unique().is_static().is_no() {
        return Ok(Vec::new());
    }
    let alike = alike(place, name, ResourceKind::Project);
    let acts: Vec<usize> = alike.iter().flat_map(|resource| &resource.acts).copied().collect();
    let stacks: Vec<&Stack> = acts.iter().filter_map(|act| place.job.stacks.get(act)).collect();
    let mut kept = Vec::new();
    let mut volumes: Vec<&ProjectVolume> = stacks.iter().flat_map(|stack| &stack.project_volumes).collect();
    volumes.sort_by_key(|volume| &volume.key);
    volumes.dedup_by_key(|volume| &volume.key);
    volumes.retain(|volume| !is_removed(place, &alike, volume));
    if let Some(cache) = volumes.iter().find(|volume| volume.is_cache()) {
        return Err(Withheld::because(format!(
            "the volume `{0}` keeps a cache from one run to the next, and in a project of its own each run would begin \
             without: make `{0}` outside the project (`external: true`) first",
            cache.key
        )));
    }
    if let Some(first) = volumes.first() {
        let others = match volumes.len() - 1 {
            0 => String::new(),
            1 => " and one more".to_owned(),
            more => format!(" and {more} more"),
        };
        kept.push(format!(
            "each run begins with an empty volume `{}`{others}, where today it finds what the run before has left",
            first.key
        ));
    }
    if let Some(service) = found_built(place, &acts) {
        let layers = if image::has_classic_builder(place) { ", with all layers" } else { "" };
        kept.push(format!(
            "each run builds the image of `{service}` anew{layers}, where today it finds what an earlier run or job \
             has built"
        ));
    }
    Ok(kept)
}

/// Whether a job of the workflow removes a volume of these projects.
fn is_removed(place: &Place<'_>, projects: &[&Resource], volume: &ProjectVolume) -> bool {
    let is_own = |job: &TracedJob| std::ptr::eq(job, place.job);
    let takes = |job: &TracedJob, removal: &Removal| match removal.scope {
        Scope::Project if removal.volumes.may_be() => projects.iter().any(|project| {
            let selected = selects(removal, project);
            selected.is_yes() || is_own(job) && selected.may_be()
        }),
        Scope::Volume => {
            let end = format!("_{}", volume.key);
            let selector = &removal.selector;
            let fits = |filter: &Filter| {
                !filter.negated
                    && filter.value.as_literal().is_some_and(|text| end.contains(text.trim_matches(['^', '$'])))
            };
            selector.names.iter().any(|arg| arg.value.to_string().ends_with(&end))
                || selector.filters("name").any(fits)
                || selector.by == By::Prune && selector.all && selector.filters.is_empty()
        }
        _ => false,
    };
    place.analysed.jobs.iter().any(|job| job.removals.iter().any(|removal| takes(job, removal)))
}

/// A service whose image compose names after the project, and builds only where there is none: the job neither builds
/// it anew nor removes it.
fn found_built(place: &Place<'_>, acts: &[usize]) -> Option<String> {
    let builds_or_removes = |act: &Act| {
        let Some(Verb::Compose(compose)) = act.verb() else { return false };
        match &compose.verb {
            ComposeVerb::Build { .. } => true,
            ComposeVerb::Up(up) | ComposeVerb::Create(up) => up.build.may_be(),
            ComposeVerb::Down { rmi, .. } => rmi.is_some(),
            _ => false,
        }
    };
    let all = &place.job.trace.acts;
    if all.iter().any(builds_or_removes) {
        return None;
    }
    let is_removed = |service: &StackService| {
        let end = format!("-{}", service.id);
        let names = place.job.removals.iter().filter(|removal| removal.scope == Scope::Image);
        names.flat_map(|removal| &removal.selector.names).any(|arg| {
            let name = arg.value.to_string();
            name.strip_suffix(":latest").unwrap_or(&name).ends_with(&end)
        })
    };
    let services = acts.iter().filter_map(|act| place.job.stacks.get(act)).flat_map(|stack| &stack.services);
    let mut found = services.filter(|service| service.builds && !service.builds_always && service.image.is_none());
    found.find(|service| !is_removed(service)).map(|service| service.id.clone())
}
