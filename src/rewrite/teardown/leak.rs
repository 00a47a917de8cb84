//! What a job leaves behind, and whose it may be besides.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::expr::Outcome;
use crate::finding::Finding;
use crate::lifecycle::coverage::{Coverage, Gap};
use crate::lifecycle::removal::RemovalVerb;
use crate::lifecycle::resource::Resource;
use crate::lifecycle::resource::ResourceKind;
use crate::rewrite::doubt::skipped::project_is_set;
use crate::rewrite::{Place, Scene, Withheld};
use crate::source::{Location, Span};
use crate::symbol::Dimensions;
use crate::trace::Act;
use crate::truth::Truth;

/// The rules whose findings a teardown repairs.
const RULES: [&str; 5] =
    ["missing-teardown", "teardown-not-always", "teardown-misses-cancel", "teardown-gated", "trap-only-teardown"];

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

/// Whether the removals of leaks take volumes of a project that have a name of their own, and may be other runs' too.
pub(super) fn takes_named_volumes(place: &Place<'_>, leaks: &[Leak<'_>]) -> bool {
    leaks.iter().any(|leak| {
        let removal = leak.coverage.remover.and_then(|index| place.job.removals.get(index));
        let stack = place.job.stacks.get(&leak.resource.act);
        removal.is_some_and(|removal| removal.verb == RemovalVerb::Down && removal.volumes.may_be())
            && stack.is_some_and(|stack| !stack.volumes.is_empty() && !stack.owns_its_volumes())
    })
}

/// The leaks of a job: the resource's place, what removes it, and where a finding about it stands.
struct Leaks {
    all: Vec<(usize, Coverage, Location)>,
    at: HashMap<Location, Vec<usize>>,
    /// By the acts that make them.
    by_act: HashMap<usize, usize>,
}

impl Leaks {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(place))
    }

    fn read(place: &Place<'_>) -> Self {
        let job = place.job;
        let others = place.position().map(|own| place.peers.of(own));
        let coverage = others.map(|others| job.coverage(place.tree.source(), others)).unwrap_or_default();
        let mut leaks = Self { all: Vec::new(), at: HashMap::new(), by_act: HashMap::new() };
        for (index, coverage) in coverage.into_iter().enumerate() {
            let at = coverage.stands_at(&job.trace, &job.removals);
            if let Some(at) = at.filter(|_| coverage.gap != Gap::None && coverage.made_at < job.trace.acts.len()) {
                leaks.at.entry(at.clone()).or_default().push(leaks.all.len());
                let acts = job.resources.get(index).into_iter().flat_map(|resource| &resource.acts);
                for act in acts {
                    leaks.by_act.entry(*act).or_insert(leaks.all.len());
                }
                leaks.all.push((index, coverage, at));
            }
        }
        leaks
    }

    fn get<'a>(&self, place: &Place<'a>, index: usize) -> Option<Leak<'a>> {
        let (resource, coverage, at) = self.all.get(index)?;
        let resource = place.job.resources.get(*resource)?;
        let creation = place.job.trace.acts.get(coverage.made_at)?;
        Some(Leak { resource, creation, coverage: coverage.clone(), at: at.clone() })
    }
}

/// All leaks of a job, deployments among them.
pub(super) fn leaks<'a>(place: &Place<'a>) -> Vec<Leak<'a>> {
    let leaks = Leaks::of(place);
    (0..leaks.all.len()).filter_map(|index| leaks.get(place, index)).collect()
}

/// The leak of what an act makes.
pub(super) fn leak_of<'a>(place: &Place<'a>, act: usize) -> Option<Leak<'a>> {
    let leaks = Leaks::of(place);
    leaks.get(place, *leaks.by_act.get(&act)?)
}

/// Those of which a finding at a place tells.
pub(super) fn leaks_at<'a>(place: &Place<'a>, at: &Location) -> Vec<Leak<'a>> {
    let leaks = Leaks::of(place);
    leaks.at.get(at).into_iter().flatten().filter_map(|index| leaks.get(place, *index)).collect()
}

/// What is found of leaks and of shared names, by where it stands.
struct Told {
    /// Of leaks.
    leaks: HashMap<Location, Vec<usize>>,
    /// Of names, by files.
    names: HashMap<Arc<str>, Names>,
}

/// What is found of names in one file.
#[derive(Default)]
struct Names {
    /// In the order in which they start.
    all: Vec<(Span, usize)>,
    /// How long the longest is.
    longest: usize,
}

impl Told {
    fn of(scene: &Scene<'_>) -> Rc<Self> {
        scene.reading.of_all(|| Self::read(scene))
    }

    fn read(scene: &Scene<'_>) -> Self {
        let mut told = Self { leaks: HashMap::new(), names: HashMap::new() };
        for (index, finding) in scene.findings.iter().enumerate() {
            let (rule, at) = (finding.rule.as_str(), &finding.location);
            if RULES.contains(&rule) {
                told.leaks.entry(at.clone()).or_default().push(index);
            }
            if SHARED_NAMES.contains(&rule) {
                let names = told.names.entry(at.path.clone()).or_default();
                names.all.push((at.span, index));
                names.longest = (at.span.end - at.span.start).max(names.longest);
            }
        }
        told.names.values_mut().for_each(|names| names.all.sort_unstable());
        told
    }

    /// The findings of names that hold a span, lie in it or start with it.
    fn near<'s>(&self, scene: &Scene<'s>, path: &str, span: Span) -> Vec<&'s Finding> {
        let Some(Names { all, longest }) = self.names.get(path) else { return Vec::new() };
        let from = all.partition_point(|(at, _)| at.start + longest < span.start);
        let near = all[from..].iter().take_while(|(at, _)| at.start <= span.end);
        near.filter_map(|(_, index)| scene.findings.get(*index)).collect()
    }
}

/// Whether a finding is about a job.
fn is_of(finding: &Finding, place: &Place<'_>) -> bool {
    let id = place.job.job.id.value();
    let is_caller = |caller: &String| {
        let rest = caller.strip_prefix(&*place.analysed.path);
        rest.and_then(|rest| rest.strip_prefix('#')) == Some(id)
    };
    finding.job.as_deref() == Some(id) || finding.callers.iter().any(is_caller)
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
    /// Whether nothing removes it although all went well: it may be meant to stay.
    pub(super) fn stays_after_success(&self) -> bool {
        self.coverage.uncovered.contains(&Outcome::Success)
    }

    /// Whether a finding that this repairs tells of it.
    pub(super) fn is_told(&self, scene: &Scene<'_>, place: &Place<'_>) -> bool {
        !self.told(scene, place).is_empty()
    }

    /// The findings that this repairs and that tell of it.
    pub(super) fn told<'s>(&self, scene: &Scene<'s>, place: &Place<'_>) -> Vec<&'s Finding> {
        let told = Told::of(scene);
        let here = told.leaks.get(&self.at).into_iter().flatten().filter_map(|index| scene.findings.get(*index));
        here.filter(|finding| is_of(finding, place)).collect()
    }

    /// The removal that is there means the project of this run, whatever step is skipped.
    ///
    /// # Errors
    /// When the folder's may be meant.
    pub(super) fn means_its_project(&self, place: &Place<'_>) -> Result<(), Withheld> {
        let remover = self.coverage.remover.and_then(|index| place.job.removals.get(index));
        let act = remover.and_then(|removal| place.job.trace.acts.get(removal.act));
        act.map_or(Ok(()), |act| project_is_set(place, act))
    }

    /// Nothing removes it in more outcomes while peers have something of the same name. `theirs` is what a
    /// step would remove, as the reason has it.
    ///
    /// # Errors
    /// When a finding says that they have.
    pub(super) fn is_of_this_run(&self, scene: &Scene<'_>, place: &Place<'_>, theirs: &str) -> Result<(), Withheld> {
        match self.owner(scene, place) {
            Owner::Told => Err(Withheld::until(
                &SHARED_NAMES,
                format!(
                    "other runs use the same name, and this step would remove {theirs}: first put the run's id into the name"
                ),
            )),
            // What unknown names are can be the same in every run; a project of others is many things of theirs.
            Owner::Untold if self.resource.kind == ResourceKind::Project => Err(Withheld::because(format!(
                "another run's project may have the same name, and this step would remove {theirs}: set \
                 `COMPOSE_PROJECT_NAME` with the run's id in it"
            ))),
            Owner::Own | Owner::Untold => Ok(()),
        }
    }

    /// Whether a peer may have something of this name.
    pub(super) fn owner(&self, scene: &Scene<'_>, place: &Place<'_>) -> Owner {
        let told = Told::of(scene);
        // What is made several times is told of once.
        let acts = self.resource.acts.iter().filter_map(|act| place.job.trace.acts.get(*act));
        let mut makers = std::iter::once(self.creation).chain(acts).map(Act::called_at);
        let is_told = |made_at: &Location| {
            let about = |finding: &&Finding| {
                let named = self.resource.name_at.as_ref() == Some(&finding.location);
                let at = finding.location.span;
                named || made_at.span.contains(at) || at.contains(made_at.span)
            };
            let path = &made_at.path;
            // A name stands in the command that makes it, but for one in a file of its own.
            let named = self.resource.name_at.as_ref().filter(|at| at.path == *path);
            let places = std::iter::once(made_at.span).chain(named.map(|at| at.span));
            let mut near = places.flat_map(|span| told.near(scene, path, span));
            near.any(|finding| is_of(finding, place) && about(&finding))
        };
        if makers.any(is_told) {
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
