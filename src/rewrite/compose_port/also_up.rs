//! Other jobs that bring a compose service up: a variable that one job sets changes nothing for them.

use std::collections::HashMap;

use crate::rewrite::{Place, Scene, Withheld};
use crate::source::Location;
use crate::stack::Claim;

/// The findings that several jobs share, by their places.
struct Shared(HashMap<Location, Vec<usize>>);

/// Refuses a port that another job would still take: the finding is that job's as well.
///
/// # Errors
/// When there is such a job.
pub(super) fn refuse(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim, variable: &str) -> Result<(), Withheld> {
    let shared = scene.reading.of_all(|| {
        let mut by_place: HashMap<Location, Vec<usize>> = HashMap::new();
        for (at, finding) in scene.findings.iter().enumerate().filter(|(_, finding)| !finding.callers.is_empty()) {
            by_place.entry(finding.location.clone()).or_default().push(at);
        }
        Shared(by_place)
    });
    let here = shared.0.get(&claim.at).into_iter().flatten().filter_map(|at| scene.findings.get(*at));
    for finding in here {
        let places = scene.places(finding)?;
        if let Some(other) = places.iter().find(|other| !std::ptr::eq(other.job, place.job)) {
            return Err(Withheld::because(format!(
                "the job `{}` ({}) brings it up as well, and would keep the port: set `{variable}: \"0\"` in both, and \
                 read the port back in both",
                other.job.job.id.value(),
                other.analysed.path
            )));
        }
    }
    Ok(())
}
