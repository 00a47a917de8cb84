//! What a job leaves behind, and whose it may be besides.

use crate::finding::Finding;
use crate::lifecycle::coverage::{Coverage, Gap};
use crate::lifecycle::resources::Resource;
use crate::rewrite::{Place, Scene};
use crate::source::Location;
use crate::symbol::Dimensions;
use crate::trace::Act;
use crate::truth::Truth;

/// Rules that tell of a name which peers have, too.
const SHARED_NAMES: [&str; 4] =
    ["static-container-name", "static-compose-project", "static-resource-name", "matrix-shared-name"];

/// Something that is not removed in every outcome.
#[derive(Debug)]
pub(super) struct Leak<'a> {
    /// What.
    pub resource: &'a Resource,
    /// What makes it.
    pub creation: &'a Act,
    /// What removes it, and when.
    pub coverage: Coverage,
    /// Where a finding about it stands.
    pub at: Location,
}

/// All leaks of a job, deployments among them.
pub(super) fn leaks<'a>(place: &Place<'a>) -> Vec<Leak<'a>> {
    let job = place.job;
    let coverage = place.analysed.coverage(job, place.tree.source());
    let leaks = job.resources.iter().zip(coverage).filter(|(_, coverage)| coverage.gap != Gap::None);
    let leaks = leaks.filter_map(|(resource, coverage)| {
        let at = coverage.stands_at(&job.trace, &job.removals)?;
        Some(Leak { resource, creation: job.trace.acts.get(coverage.made_at)?, coverage, at })
    });
    leaks.collect()
}

/// Whose a name may be, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// This job's alone.
    Own,
    /// A peer's, and there is a finding about it.
    Told,
    /// A peer's, and no rule tells.
    Untold,
}

impl Leak<'_> {
    /// Whether a peer may have something of this name.
    pub(super) fn owner(&self, scene: &Scene<'_>, place: &Place<'_>) -> Owner {
        let about = |finding: &&Finding| {
            let here = finding.location.path == self.creation.at.path;
            let named = self.resource.name_at.as_ref() == Some(&finding.location);
            let at = finding.location.span;
            here && (named || self.creation.at.span.contains(at) || at.contains(self.creation.at.span))
        };
        let of_job = |finding: &&Finding| {
            let key = format!("{}#{}", place.analysed.path, place.job.job.id.value());
            finding.job.as_deref() == Some(place.job.job.id.value()) || finding.callers.contains(&key)
        };
        let shared = scene.findings.iter().filter(|finding| SHARED_NAMES.contains(&finding.rule.as_str()));
        if shared.filter(of_job).any(|finding| about(&finding)) {
            return Owner::Told;
        }
        // Docker's own names are its own.
        let Some(name) = &self.resource.name else { return Owner::Own };
        let in_matrix = place.job.job.matrix().is_some();
        let shared = name.unique().is_static().or(if in_matrix {
            !name.unique().differs_in(Dimensions::LEG)
        } else {
            Truth::No
        });
        if shared.may_be() { Owner::Untold } else { Owner::Own }
    }
}
