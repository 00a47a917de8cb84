//! How many siblings a repository has and will have.

use std::collections::BTreeSet;

use super::variant::{Variant, variant};
use crate::identity::MANAGED;
use crate::rewrite::Scene;

/// The rules whose findings make a service a sibling where the runner asks for one.
const RULES: [&str; 3] = ["service-fixed-port", "services-on-host-runner", "alias-crosstalk"];

/// Whether a sibling is not the repository's only one: others stand in its workflows, or come with the
/// fixes of what is found.
pub(super) fn is_one_of_several(scene: &Scene<'_>) -> bool {
    scene.reading.of_all(|| Number(count(scene))).0 > 1
}

struct Number(usize);

fn count(scene: &Scene<'_>) -> usize {
    let label = format!("--label {MANAGED}=1");
    let written: usize = scene.trees.values().map(|tree| tree.source().text().matches(&label).count()).sum();
    let mut jobs: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut to_come = 0;
    for finding in scene.findings.iter().filter(|finding| RULES.contains(&finding.rule.as_str())) {
        let Ok(place) = scene.place(finding) else { continue };
        let is_new = jobs.insert((&place.analysed.path, place.job.job.id.value()));
        if is_new && variant(&place).is_ok_and(|variant| variant == Variant::Sibling) {
            to_come += place.job.job.services.len();
        }
    }
    written + to_come
}
