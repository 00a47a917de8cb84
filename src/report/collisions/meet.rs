//! Which two claimants can hold the same thing at the same time, and why.

use super::claimant::Claimant;

/// Who meets whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// Two runs of one job.
    Runs,
    /// Two legs of one job's matrix.
    Legs,
    /// Two jobs of one workflow.
    Jobs,
    /// Jobs of two workflows of a repository.
    Workflows,
    /// Jobs of two repositories.
    Repositories,
}

/// A pair of claimants, by their places in the group; the same twice for runs and legs.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// What they are to each other.
    pub who: Who,
    /// One.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// How they can meet.
    pub why: String,
    /// What must hold besides, which is not known; nothing when they can meet for certain.
    pub provided: Vec<String>,
}

/// All pairs that can meet.
pub(super) fn meetings(claimants: &[Claimant]) -> Vec<Meeting> {
    let mut found = Vec::new();
    for (one, claimant) in claimants.iter().enumerate() {
        found.extend(runs(claimant, one));
        found.extend(legs(claimant, one));
        for (at, theirs) in claimants.iter().enumerate().skip(one + 1) {
            found.extend(pair(claimant, theirs, one, at));
        }
    }
    found
}

const NAME_UNKNOWN: &str = "the unknown part of the value is the same";

/// Whether the value differs in a dimension; what is not known does not.
fn differs(claimant: &Claimant, dimension: &str) -> bool {
    claimant.unique.as_ref().is_some_and(|unique| unique.iter().any(|name| name == dimension))
}

fn runs(claimant: &Claimant, at: usize) -> Option<Meeting> {
    // A deploy replaces its predecessor; pulling twice harms nobody.
    let apart = claimant.deploy || claimant.pulls || claimant.serialised == Some(true);
    if apart || differs(claimant, "run") || differs(claimant, "attempt") || differs(claimant, "random") {
        return None;
    }
    let mut provided = unknown(&[claimant]);
    if claimant.serialised.is_none() {
        provided.push("its concurrency group does not keep its runs apart".to_owned());
    }
    let why = if differs(claimant, "ref") {
        "two runs of this job at the same ref collide"
    } else {
        "two runs of this job collide"
    };
    Some(Meeting { who: Who::Runs, one: at, other: at, why: why.to_owned(), provided })
}

fn legs(claimant: &Claimant, at: usize) -> Option<Meeting> {
    let apart = !claimant.in_matrix || claimant.pulls || differs(claimant, "leg") || differs(claimant, "random");
    let why = "the legs of its matrix collide".to_owned();
    (!apart).then(|| Meeting { who: Who::Legs, one: at, other: at, why, provided: unknown(&[claimant]) })
}

fn pair(ours: &Claimant, theirs: &Claimant, one: usize, other: usize) -> Option<Meeting> {
    let both = [ours, theirs];
    let differ = |dimension: &str| both.iter().any(|claimant| differs(claimant, dimension));
    let per_run = differ("run") || differ("attempt");
    if both.iter().all(|claimant| claimant.pulls) || differ("random") {
        return None;
    }
    let mut provided = unknown(&both);
    let (who, mut why) = if ours.workflow == theirs.workflow {
        if differ("job") || per_run && !both.iter().any(|claimant| claimant.shared_in_run) {
            return None;
        }
        let serialised = both.iter().any(|claimant| claimant.serialised == Some(true));
        if serialised && !per_run {
            provided.push("neither needs the other (their runs are kept apart)".to_owned());
        }
        let why = if per_run || serialised { "jobs of one run" } else { "jobs of one workflow, in one run or in two" };
        (Who::Jobs, why.to_owned())
    } else {
        if per_run || differ("job") && ours.job != theirs.job {
            return None;
        }
        if ours.repository == theirs.repository {
            (Who::Workflows, "two workflows of a repository".to_owned())
        } else {
            if differ("ref") {
                provided.push("both repositories are at a ref of the same name".to_owned());
            }
            (Who::Repositories, "two repositories".to_owned())
        }
    };
    if let Some(deploys) = both.iter().find(|claimant| claimant.deploy) {
        why.push_str(&format!(" (what `{}` deploys stays after the job)", deploys.job));
    }
    match (&ours.runs_on, &theirs.runs_on) {
        (Some(ours), Some(theirs)) if ours == theirs => why.push_str(&format!(", on the runners of `{ours}`")),
        (Some(ours), Some(theirs)) => provided.push(format!("`{ours}` and `{theirs}` are labels of one machine")),
        _ => provided.push("they run on one machine".to_owned()),
    }
    Some(Meeting { who, one, other, why, provided })
}

fn unknown(claimants: &[&Claimant]) -> Vec<String> {
    let unknown = claimants.iter().any(|claimant| claimant.unique.is_none());
    unknown.then(|| NAME_UNKNOWN.to_owned()).into_iter().collect()
}
