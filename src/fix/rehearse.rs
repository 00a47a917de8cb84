//! Proof (f): the jobs behave, played as they were and as they would be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::candidate::{Candidate, Touched};
use super::judge::key;
use super::mending::{Mending, Refused};
use super::outcome::Applied;
use super::prove::Unproven;
use crate::check::{JobName, Refusal};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::rehearsal::{Shared, Verdict};
use crate::source::Location;

/// How often all is mended again without what made jobs worse.
const MOST_TIMES: usize = 24;

/// How many sets of the fixes of a job are tried.
const MOST_TRIES: usize = 40;

/// A job that fixes made worse.
#[derive(Clone, Debug)]
struct Spoilt {
    touched: Touched,
    why: Unproven,
    /// In how many plays.
    weight: usize,
    /// Where the first of them comes to that, about.
    at: Option<Location>,
}

/// A job that is worse in some cases.
struct Doubted {
    touched: Touched,
    story: String,
}

/// A job in which another run still takes away what has a name of the run's own now.
struct StillShared {
    touched: Touched,
    shared: Shared,
}

/// What fixes made of jobs.
#[derive(Default)]
struct Found {
    spoilt: Vec<Spoilt>,
    doubted: Vec<Doubted>,
    shared: Vec<StillShared>,
}

/// A fix that is left out, and why.
type Gone = (Candidate, Unproven);

/// Whether these are the same fixes.
fn are_alike(one: &[Candidate], other: &[Candidate]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_like(other))
}

impl Mending<'_> {
    /// Plays the jobs that were touched. All fixes of a job are judged together; only where that is worse are they
    /// taken apart, and those that make it worse are left out.
    pub(super) fn rehearse(&mut self, least: Applicability) -> Result<(), Refusal> {
        for _ in 0..MOST_TIMES {
            let Found { spoilt, doubted, shared } = self.found(least, None);
            if spoilt.is_empty() {
                let halves = self.halves();
                if halves.is_empty() {
                    return self.grade(least, doubted, shared);
                }
                self.without(least, halves)?;
                continue;
            }
            let own: Vec<Vec<Candidate>> = spoilt.iter().map(|spoilt| self.own(spoilt)).collect();
            let mut gone = Vec::new();
            for (number, spoilt) in spoilt.into_iter().enumerate() {
                // What is left out for one job is left out for all that have the same fixes: each that is worse still
                // is looked at the next time.
                let (before, own) = (&own[..number], &own[number]);
                if !before.iter().any(|known| are_alike(known, own)) {
                    gone.extend(self.take_apart(least, spoilt, own.clone())?);
                }
            }
            if gone.is_empty() {
                break;
            }
            self.without(least, gone)?;
        }
        // Whatever is still worse is not written at all.
        loop {
            let Found { spoilt, doubted, shared } = self.found(least, None);
            let gone: Vec<Gone> = spoilt
                .iter()
                .flat_map(|spoilt| self.own(spoilt).into_iter().map(|candidate| (candidate, spoilt.why.clone())))
                .chain(self.halves())
                .collect();
            if gone.is_empty() {
                return self.grade(least, doubted, shared);
            }
            self.without(least, gone)?;
        }
    }

    /// The fixes of a part of what a refused one makes a part of the run's own: without that they repair nothing.
    fn halves(&self) -> Vec<Gone> {
        // A service's port and its container's name are findings of one subject.
        let is_made =
            |one: &Candidate| self.kept.iter().any(|kept| kept.is_like(one) && kept.fix.mends == one.fix.mends);
        let mut by_thing: BTreeMap<(JobName, &str), String> = BTreeMap::new();
        for Refused { candidate, why, .. } in self.refused.iter().filter(|refused| !is_made(&refused.candidate)) {
            for job in candidate.jobs() {
                for thing in &candidate.fix.part_of {
                    let told = || format!("{}: {why}", candidate.fix.title);
                    by_thing.entry((job.clone(), thing)).or_insert_with(told);
                }
            }
        }
        let half = |one: &Candidate| {
            let mut things = one.jobs().flat_map(|job| one.fix.part_of.iter().map(move |thing| (job.clone(), thing)));
            let missing = things.find_map(|(job, thing)| by_thing.get(&(job, thing.as_str())))?;
            Some((one.clone(), Unproven::Half(missing.clone())))
        };
        self.kept.iter().filter_map(half).collect()
    }

    fn without(&mut self, least: Applicability, gone: Vec<Gone>) -> Result<(), Refusal> {
        self.begin_without(gone);
        self.mend(least)
    }

    /// Which of a job's fixes are left out. As long as it is worse, the one goes without which it is so in the fewest
    /// plays; in the end those come back without which it is no better.
    fn take_apart(
        &mut self,
        least: Applicability,
        mut spoilt: Spoilt,
        mut own: Vec<Candidate>,
    ) -> Result<Vec<Gone>, Refusal> {
        let mut gone: Vec<Gone> = Vec::new();
        let mut tries = 0;
        let touched = spoilt.touched.clone();
        while own.len() > 1 && tries < MOST_TRIES {
            let mut best: Option<(usize, Spoilt)> = None;
            let mut mended = None;
            for (at, one) in own.iter().enumerate() {
                tries += 1;
                gone.push((one.clone(), spoilt.why.clone()));
                let left = self.trial(least, &touched, gone.clone())?;
                gone.pop();
                let Some(left) = left else {
                    mended = Some(at);
                    break;
                };
                if best.as_ref().is_none_or(|(_, best)| left.weight < best.weight) {
                    best = Some((at, left));
                }
            }
            let why = spoilt.why.clone();
            if let Some(at) = mended {
                gone.push((own.remove(at), why));
                // The last was the one too many.
                let open = gone.len() - 1;
                return self.take_back(least, &touched, gone, open, tries);
            }
            let Some((at, left)) = best else { break };
            gone.push((own.remove(at), why));
            spoilt = left;
        }
        // All that is left makes it worse by itself, or nobody knows which of it does.
        gone.extend(own.into_iter().map(|candidate| (candidate, spoilt.why.clone())));
        let open = gone.len();
        self.take_back(least, &touched, gone, open, tries)
    }

    /// Of the first so many that are left out, what can be kept all the same.
    fn take_back(
        &mut self,
        least: Applicability,
        touched: &Touched,
        mut gone: Vec<Gone>,
        mut open: usize,
        mut tries: usize,
    ) -> Result<Vec<Gone>, Refusal> {
        let mut at = 0;
        // One that is alone in making the job worse is not tried again.
        while at < open && gone.len() > 1 && tries < MOST_TRIES {
            tries += 1;
            let mut fewer = gone.clone();
            fewer.remove(at);
            match self.trial(least, touched, fewer.clone())? {
                None => (gone, open) = (fewer, open - 1),
                Some(_) => at += 1,
            }
        }
        Ok(gone)
    }

    /// How a job is with its own fixes but for these; nothing when it is no worse than it was. Other jobs stay as they
    /// are.
    fn trial(&mut self, least: Applicability, touched: &Touched, gone: Vec<Gone>) -> Result<Option<Spoilt>, Refusal> {
        let known = self.banned();
        self.begin_without(gone);
        let around = self.focus.replace(vec![touched.clone()]);
        let mended = self.mend(least);
        let left = self.found(least, Some(&touched.job)).spoilt.pop();
        self.focus = around;
        self.allow_again(known);
        mended.map(|()| left)
    }

    /// The fixes that were made of a job; where none is its own, those that changed what it is read from. Those nearest
    /// to where it is worse come first.
    fn own(&self, spoilt: &Spoilt) -> Vec<Candidate> {
        let mut own: Vec<Candidate> =
            self.kept.iter().filter(|candidate| spoilt.touched.has(candidate)).cloned().collect();
        let distance = |candidate: &Candidate| {
            let at = spoilt.at.as_ref()?;
            let near = candidate.fix.edits.iter().filter(|edit| edit.path == at.path);
            near.map(|edit| edit.span.start.abs_diff(at.span.start)).min()
        };
        own.sort_by_cached_key(|candidate| distance(candidate).unwrap_or(usize::MAX));
        own
    }

    fn touched(&self, job: JobName) -> Touched {
        let files = self.first.stage.files(&job);
        let by_file = !self.kept.iter().any(|candidate| candidate.concerns(&job, &files));
        Touched { job, files, by_file }
    }

    /// The jobs that are worse than they were; `only` that one, where it is given. What is worse only in some cases is
    /// too much where fixes are to be safe.
    fn found(&mut self, least: Applicability, only: Option<&JobName>) -> Found {
        let changed = self.state.overlay.keys().filter_map(|path| self.texts_of(path)).collect();
        let verdicts = self.played.behaviour(&self.first.stage, &self.state.stage, &changed, only);
        let mut found = Found::default();
        for (job, Verdict { worse, doubtful, shared }) in verdicts {
            let touched = self.touched(job);
            if self.focus.as_ref().is_some_and(|jobs| jobs.iter().all(|known| known.job != touched.job)) {
                continue;
            }
            if let Some(shared) = shared.clone() {
                found.shared.push(StillShared { touched: touched.clone(), shared });
            }
            let (bearable, dropped): (Vec<_>, Vec<_>) = worse.into_iter().partition(|worse| worse.is_bearable);
            let doubts = bearable.iter().chain(&doubtful);
            // What still collides is named, and the fix is unsafe.
            let told = doubts.clone().map(|doubt| (doubt.at.clone(), doubt.story.clone()));
            let mut not_safe: Vec<_> = told.chain(shared.map(|shared| (None, shared.story))).collect();
            if least < Applicability::Safe {
                not_safe.clear();
            }
            let first = dropped.first().map(|worst| (worst.at.clone(), Unproven::Behaviour(worst.story.clone())));
            let unsure = || not_safe.first().map(|(at, story)| (at.clone(), Unproven::Unsafe(story.clone())));
            if let Some((at, why)) = first.or_else(unsure) {
                let weight = dropped.len() + not_safe.len();
                found.spoilt.push(Spoilt { touched, why, weight, at });
            } else if let Some(doubt) = doubts.clone().next() {
                found.doubted.push(Doubted { touched, story: doubt.story.clone() });
            }
        }
        found
    }

    /// Where fixes need not be safe: those stay so that would be written if they had to be. A fix that holds only with
    /// others takes the lowest grade among them.
    fn grade(&mut self, least: Applicability, doubted: Vec<Doubted>, shared: Vec<StillShared>) -> Result<(), Refusal> {
        if least >= Applicability::Safe {
            return Ok(());
        }
        for StillShared { touched, shared } in &shared {
            for (candidate, applied) in self.kept.iter().zip(&mut self.outcome.applied) {
                if touched.has(candidate) && candidate.gives_name(&shared.name) {
                    lower(applied, &shared.story);
                }
            }
        }
        let is_safe = |candidate: &Candidate| candidate.fix.applicability == Applicability::Safe;
        let jobs: BTreeSet<JobName> = self.kept.iter().flat_map(Candidate::jobs).collect();
        let mut unsure: Vec<Touched> = jobs.into_iter().map(|job| self.touched(job)).collect();
        unsure.retain(|touched| {
            let own = || self.kept.iter().filter(|candidate| touched.has(candidate));
            own().any(is_safe) && own().any(|candidate| !is_safe(candidate))
        });
        let with_safe = |doubted: &&Doubted| self.kept.iter().any(|one| is_safe(one) && doubted.touched.has(one));
        unsure.extend(doubted.iter().filter(with_safe).map(|doubted| doubted.touched.clone()));
        let safe = if unsure.is_empty() { None } else { Some(self.safe_alone(unsure.clone())?) };
        for (candidate, applied) in self.kept.iter().zip(&mut self.outcome.applied) {
            if !is_safe(candidate) {
                let own = doubted.iter().find(|doubted| doubted.touched.has(candidate));
                // Who is unsafe has said why.
                if let Some(doubted) = own.filter(|_| candidate.fix.why.is_none()) {
                    lower(applied, &doubted.story);
                }
                continue;
            }
            let Some(safe) = safe.as_ref().filter(|_| unsure.iter().any(|touched| touched.has(candidate))) else {
                continue;
            };
            // One that is another's is not also this one's.
            let is_it = |known: &Candidate| {
                known.is_like(candidate)
                    || known.is_kin(candidate) && !self.kept.iter().any(|other| known.is_like(other))
            };
            if safe.kept.iter().any(is_it) {
                continue;
            }
            let dropped = safe.gone.iter().find(|(known, _)| is_it(known));
            match dropped {
                Some((_, Unproven::Unsafe(story))) => lower(applied, story),
                Some((_, why)) => lower(
                    applied,
                    &format!("it is right only together with other fixes of the job: without them {why}"),
                ),
                None => {
                    let together = "it is right only together with other fixes of the job";
                    match safe.doubt(candidate) {
                        Some(why) => lower(applied, &format!("{together}: without them {why}")),
                        None => lower(applied, together),
                    }
                }
            }
        }
        Ok(())
    }

    /// Which fixes of jobs are made, and which are left out, when all must be safe. What was mended stays as it is.
    fn safe_alone(&mut self, jobs: Vec<Touched>) -> Result<SafeAlone, Refusal> {
        let state = self.state.clone();
        let seen = std::mem::take(&mut self.seen);
        let outcome = std::mem::take(&mut self.outcome);
        let kept = std::mem::take(&mut self.kept);
        let refused = self.refused.clone();
        self.focus = Some(jobs);
        self.begin_without(Vec::new());
        let known = self.banned();
        let mended = self.mend(Applicability::Safe).and_then(|()| self.rehearse(Applicability::Safe));
        self.focus = None;
        let left = std::mem::take(&mut self.state.report.findings);
        let own = std::mem::replace(&mut self.kept, kept);
        let gone = std::mem::replace(&mut self.refused, refused).into_iter().filter(|refused| refused.after.is_none());
        let gone = gone.skip(known).map(|refused| (refused.candidate, refused.why)).collect();
        (self.state, self.seen, self.outcome) = (state, seen, outcome);
        mended.map(|()| SafeAlone { kept: own, gone, left })
    }

    /// A changed file's path, as it was and as it is.
    fn texts_of(&self, path: &str) -> Option<(String, (String, String))> {
        let old = String::from_utf8(self.original(path).unwrap_or_default()).ok()?;
        let new = String::from_utf8(self.state.overlay.get(path)?.clone()).ok()?;
        Some((path.to_owned(), (old, new)))
    }
}

/// The fixes that are made and those that are left out when all must be safe.
struct SafeAlone {
    kept: Vec<Candidate>,
    gone: Vec<Gone>,
    /// What is found then, with the fixes that are not safe.
    left: Vec<Finding>,
}

impl SafeAlone {
    /// What speaks against the fix while the others are not made.
    fn doubt(&self, candidate: &Candidate) -> Option<&str> {
        let of_it = |finding: &&Finding| candidate.findings.iter().any(|own| key(own) == key(finding));
        let fixes = self.left.iter().filter(of_it).filter_map(|finding| finding.fix.as_ref());
        let mut whys = fixes.filter(|fix| fix.rewrite == candidate.fix.rewrite).filter_map(|fix| fix.why.as_deref());
        // What has no fix by then says why.
        let none = || self.left.iter().filter(of_it).find_map(|finding| finding.withheld.as_deref());
        whys.next().or_else(none)?.split("; ").next()
    }
}

/// A fix that was made is unsafe, and says why.
fn lower(applied: &mut Applied, why: &str) {
    if applied.fix.why.as_ref().is_some_and(|known| known.contains(why)) {
        return;
    }
    let why = Some(match &applied.fix.why {
        Some(known) => format!("{known}; {why}"),
        None => why.to_owned(),
    });
    let applicability = applied.fix.applicability.min(Applicability::Unsafe);
    applied.fix = Arc::new(Fix { applicability, why, ..(*applied.fix).clone() });
}
