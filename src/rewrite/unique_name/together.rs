//! Names of one job that need a step at its end: one fix gives them all to one step.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::claims::Ports;
use super::left::Left;
use super::planned::alone;
use super::target::{self, Target};
use super::{Name, NameKind, image, plan};
use crate::edit::{Applicability, Fix};
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

/// The fix for a name and all those of the job that want the same step as it does; nothing where it is the only one.
pub fn with_others(scene: &Scene<'_>, place: &Place<'_>, name: &Name, alone: &Arc<Fix>) -> Option<Arc<Fix>> {
    if !wants_step(scene, place, name) {
        return None;
    }
    let known = place.reading.of_job(place.job, Known::default);
    let known = known.0.get_or_init(|| Group::read(scene, place));
    let is_it = |one: &&Group| {
        one.alike == (alone.applicability, name.kind == NameKind::Image) && one.names.contains(&key(name))
    };
    known.iter().find(is_it).map(|group| group.fix.clone())
}

/// The groups of a job.
#[derive(Default)]
struct Known(OnceCell<Vec<Group>>);

/// Names that get one fix.
struct Group {
    names: HashSet<(NameKind, String)>,
    /// How far each of them may be trusted alone, and whether they are images: these go last.
    alike: (Applicability, bool),
    fix: Arc<Fix>,
}

impl Group {
    fn read(scene: &Scene<'_>, place: &Place<'_>) -> Vec<Self> {
        let mut names: Vec<Name> = Vec::new();
        let mut known: HashSet<(NameKind, String)> = HashSet::new();
        for finding in Findings::of(scene, place) {
            let Ok(Target::Name(name)) = target::of(place, finding) else { continue };
            if known.insert(key(&name)) && wants_step(scene, place, &name) {
                names.push(name);
            }
        }
        names.sort_by_key(|name| name.act);
        let mut groups: Vec<((Applicability, bool), Vec<Name>)> = Vec::new();
        for name in names {
            let Ok(fix) = alone(scene, place, &name) else { continue };
            let alike = (fix.applicability, name.kind == NameKind::Image);
            match groups.iter_mut().find(|(known, _)| *known == alike) {
                Some((_, names)) => names.push(name),
                None => groups.push((alike, vec![name])),
            }
        }
        let several = groups.into_iter().filter(|(_, names)| names.len() > 1);
        let group = |(alike, names): ((Applicability, bool), Vec<Name>)| {
            let fix = plan::of_names(scene, place, &names, Ports::Fixed).ok()?;
            let names = names.iter().map(key).collect();
            Some(Self { names, alike, fix: Arc::new(fix) })
        };
        several.filter_map(group).collect()
    }
}

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

fn key(name: &Name) -> (NameKind, String) {
    (name.kind, name.value.to_string())
}

fn wants_step(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> bool {
    if name.kind == NameKind::Image {
        return !image::is_removed(place, name);
    }
    !Left::of(scene, place, name, false).acts.is_empty()
}

/// The findings about names, by their jobs.
struct Findings(HashMap<(Arc<str>, String), Vec<usize>>);

impl Findings {
    fn of<'s>(scene: &Scene<'s>, place: &Place<'_>) -> Vec<&'s Finding> {
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
