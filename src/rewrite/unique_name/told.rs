//! Names of which a finding says that others have them, too.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::target::{self, Target};
use super::{Name, NameKind};
use crate::finding::Finding;
use crate::rewrite::{Place, Scene};

/// Rules whose findings are about a name that others have, too.
const RULES: &[&str] = &[
    "static-container-name",
    "static-compose-project",
    "static-resource-name",
    "static-image-tag",
    "preclean-kills-peer",
    "matrix-shared-name",
];

/// The names of a job of which a finding says that others have them, too.
pub struct Told(HashSet<(NameKind, String)>);

impl Told {
    /// Those of a job.
    pub fn of(scene: &Scene<'_>, place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || {
            let targets = Findings::of(scene, place).into_iter().filter_map(|finding| target::of(place, finding).ok());
            Self(
                targets
                    .map(|target| match target {
                        Target::Name(name) | Target::Project(name) => key(&name),
                    })
                    .collect(),
            )
        })
    }

    /// Whether a name is one of them.
    pub fn has(&self, name: &Name) -> bool {
        self.0.contains(&key(name))
    }
}

/// A name, to be found by.
pub fn key(name: &Name) -> (NameKind, String) {
    (name.kind, name.value.to_string())
}

/// The findings about names, by their jobs.
pub struct Findings(HashMap<(Arc<str>, String), Vec<usize>>);

impl Findings {
    /// Those of a job.
    pub fn of<'s>(scene: &Scene<'s>, place: &Place<'_>) -> Vec<&'s Finding> {
        let all = scene.reading.of_all(|| Self::read(scene));
        let key = (place.analysed.path.clone(), place.job.job.id.value().to_owned());
        let here = all.0.get(&key).into_iter().flatten();
        here.filter_map(|index| scene.findings.get(*index)).collect()
    }

    fn read(scene: &Scene<'_>) -> Self {
        let mut all: HashMap<(Arc<str>, String), Vec<usize>> = HashMap::new();
        for (index, finding) in scene.findings.iter().enumerate() {
            if let Some(job) = finding.job.as_ref().filter(|_| RULES.contains(&finding.rule.as_str())) {
                all.entry((finding.workflow().clone(), job.clone())).or_default().push(index);
            }
        }
        Self(all)
    }
}
