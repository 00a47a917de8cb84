//! Rounds of check, prove and apply, until there is nothing left to mend; then the jobs are played as they were and as
//! they would be, and what makes one of them worse is left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::behaviour::Played;
use super::candidate::{Apart, Candidate, fixes};
use super::judge::{Failed, judged};
use super::mending::{Mending, Refused, State};
use super::outcome::{Applied, Changed, Dropped, Outcome, counted};
use super::prove::{Unproven, by_halves, texts};
use crate::check::{Engine, Memory, Options, Refusal, judge, path_of_stdin};
use crate::door::read::Bounds;
use crate::edit::{Applicability, Fix};
use crate::rewrite::Rewrite;

/// How often findings that a fix brings to light are mended in their turn: more than any repository takes, so that
/// a defect of ours ends, too.
const MOST_ROUNDS: usize = 100;

/// Mends what is found, in memory, with fixes that may be trusted at least so far.
///
/// # Errors
/// As [`crate::check::check`].
pub fn fix(engine: &Engine, options: &Options, least: Applicability) -> Result<Outcome, Refusal> {
    let mut mending = Mending::new(engine, options)?;
    mending.mend(least)?;
    mending.rehearse(least)?;
    Ok(mending.end())
}

/// The same, proven as text alone and not rehearsed: for tests of how files are written, which is nothing to a job.
///
/// # Errors
/// As [`crate::check::check`].
pub fn fix_as_text(engine: &Engine, options: &Options, least: Applicability) -> Result<Outcome, Refusal> {
    let mut mending = Mending::new(engine, options)?;
    mending.mend(least)?;
    Ok(mending.end())
}

impl<'e> Mending<'e> {
    /// Nothing mended yet. From here on all rounds see the files as they are now.
    pub(super) fn new(engine: &'e Engine, options: &Options) -> Result<Self, Refusal> {
        let options = Options { reader: Arc::default(), ..options.clone() };
        let memory = Memory::default();
        let judged = judge(engine, &options, Some(&memory))?;
        let stage = judged.stage(&options);
        let state = State { overlay: options.overlay.clone(), report: judged.planned(&options), stage };
        Ok(Self {
            memory,
            engine,
            only: path_of_stdin(&options)?,
            options,
            seen: BTreeSet::from([state.overlay.clone()]),
            first: state.clone(),
            state,
            outcome: Outcome::default(),
            kept: Vec::new(),
            played: Played::default(),
            refused: Vec::new(),
            focus: None,
        })
    }
}

impl Mending<'_> {
    /// Mends until nothing is left that can be.
    pub(super) fn mend(&mut self, least: Applicability) -> Result<(), Refusal> {
        for _ in 0..MOST_ROUNDS {
            let candidates = self.candidates(least);
            if !candidates.is_empty() {
                self.round(candidates)?;
            } else if !self.try_again() {
                break;
            }
        }
        Ok(())
    }

    /// Takes back all that was applied, and begins again without these.
    pub(super) fn begin_without(&mut self, banned: Vec<(Candidate, Unproven)>) {
        self.state = self.first.clone();
        self.seen = BTreeSet::from([self.state.overlay.clone()]);
        self.outcome = Outcome::default();
        self.kept.clear();
        self.refused.retain(|refused| refused.after.is_none());
        self.refused.extend(banned.into_iter().map(|(candidate, why)| Refused { candidate, why, after: None }));
    }

    /// Forgets what was refused for good, but for so many.
    pub(super) fn allow_again(&mut self, known: usize) {
        let mut count = 0;
        self.refused.retain(|refused| {
            count += usize::from(refused.after.is_none());
            refused.after.is_some() || count <= known
        });
    }

    /// How many fixes are refused for good.
    pub(super) fn banned(&self) -> usize {
        self.refused.iter().filter(|refused| refused.after.is_none()).count()
    }

    /// The fixes to try, each with all its findings.
    pub(super) fn candidates(&self, least: Applicability) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        let mut known: HashMap<*const Fix, usize> = HashMap::new();
        for finding in &self.state.report.findings {
            let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability >= least) else { continue };
            let at = *known.entry(Arc::as_ptr(fix)).or_insert(all.len());
            match all.get_mut(at) {
                Some(known) => known.findings.push(finding.clone()),
                None => all.push(Candidate { fix: fix.clone(), findings: vec![finding.clone()] }),
            }
        }
        let is_tried = |candidate: &Candidate| {
            self.focus.as_ref().is_none_or(|jobs| jobs.iter().any(|touched| touched.has(candidate)))
        };
        all.retain(|candidate| self.is_own(&candidate.fix) && is_tried(candidate) && self.refusal(candidate).is_none());
        // What mends most comes first: a service that becomes a sibling needs no better spelling of its address.
        // A step at the end of a job comes last: names are unique by then.
        let comes_last = |one: &Candidate| Rewrite::named(one.fix.rewrite).is_some_and(|rewrite| rewrite.comes_last);
        all.sort_by_key(|candidate| (comes_last(candidate), std::cmp::Reverse(candidate.level())));
        all
    }

    /// Whether it changes nothing but what may change.
    fn is_own(&self, fix: &Fix) -> bool {
        let is_only = |only: &String| fix.creates.is_empty() && fix.edits.iter().all(|edit| *edit.path == **only);
        self.only.as_ref().is_none_or(is_only)
    }

    fn refusal(&self, candidate: &Candidate) -> Option<&Refused> {
        self.refused.iter().find(|refused| match refused.after {
            Some(_) => refused.candidate.is_same(candidate),
            None => refused.candidate.is_like(candidate),
        })
    }

    /// Applies what can be applied together. Something is applied or refused.
    pub(super) fn round(&mut self, candidates: Vec<Candidate>) -> Result<(), Refusal> {
        let (chosen, failed) = self.choose(candidates);
        for (candidate, why) in failed {
            self.refuse(candidate, why);
        }
        let base = self.state.clone();
        let mut kept = Vec::new();
        self.keep(&base, &mut kept, chosen)?;
        self.kept.extend(kept.iter().cloned());
        let applied = kept.into_iter().map(|candidate| Applied {
            findings: candidate.findings.into_iter().map(|finding| (finding.rule, finding.location)).collect(),
            fix: candidate.fix,
        });
        self.outcome.applied.extend(applied);
        Ok(())
    }

    /// Those that may be tried together, and those that fail a proof of their texts alone. The others wait: they
    /// meet one that is chosen.
    fn choose(&self, candidates: Vec<Candidate>) -> (Vec<Candidate>, Vec<(Candidate, Unproven)>) {
        let (mut rest, mut failed) = (candidates, Vec::new());
        loop {
            let mut apart = Apart::default();
            let chosen: Vec<Candidate> = rest.iter().filter(|candidate| apart.add(candidate)).cloned().collect();
            let known = failed.len();
            let prove = |some: &[Candidate]| self.texts(some, &self.state).map(drop);
            if by_halves(&chosen, &prove, &mut |candidate, why| failed.push((candidate.clone(), why))) {
                return (chosen, failed);
            }
            if failed.len() == known {
                return (self.together(chosen), failed);
            }
            let gone: BTreeSet<*const Fix> = failed.iter().map(|(gone, _)| Arc::as_ptr(&gone.fix)).collect();
            rest.retain(|candidate| !gone.contains(&Arc::as_ptr(&candidate.fix)));
        }
    }

    /// Those that hold together; each holds by itself.
    fn together(&self, chosen: Vec<Candidate>) -> Vec<Candidate> {
        let mut together: Vec<Candidate> = Vec::new();
        for candidate in chosen {
            together.push(candidate);
            if self.texts(&together, &self.state).is_err() {
                together.pop();
            }
        }
        together
    }

    /// Keeps those of `tried` that hold on top of those that are kept. Where not all do, the likely ones are told
    /// apart from the rest, or the first half from the second, until each that fails stands alone.
    fn keep(&mut self, base: &State, kept: &mut Vec<Candidate>, tried: Vec<Candidate>) -> Result<(), Refusal> {
        let Some(first) = tried.first() else { return Ok(()) };
        let all: Vec<Candidate> = kept.iter().chain(&tried).cloned().collect();
        match self.attempt(base, &all)? {
            Ok(state) => {
                self.seen.insert(state.overlay.clone());
                self.state = state;
                *kept = all;
            }
            Err(failed) if tried.len() == 1 => match first.without(&failed) {
                // What it does not mend waits for another fix, and takes nothing else down.
                Some(rest) => self.keep(base, kept, vec![rest])?,
                None => self.refuse(first.clone(), *failed.unproven),
            },
            Err(failed) => {
                let (mut suspects, mut rest): (Vec<_>, Vec<_>) =
                    tried.into_iter().partition(|candidate| candidate.is_suspect(&failed));
                if rest.is_empty() || suspects.is_empty() {
                    suspects.append(&mut rest);
                    rest = suspects.drain(..suspects.len() / 2).collect();
                }
                self.keep(base, kept, rest)?;
                self.keep(base, kept, suspects)?;
            }
        }
        Ok(())
    }

    /// The state with these fixes, if all proofs hold.
    fn attempt(&self, base: &State, chosen: &[Candidate]) -> Result<Result<State, Failed>, Refusal> {
        let files = match self.texts(chosen, base) {
            Ok(files) => files,
            Err(unproven) => return Ok(Err(unproven.into())),
        };
        let mut overlay = base.overlay.clone();
        for (path, text) in files {
            // What is as it was at first is the same state, whether it is said or not.
            match self.original(&path).is_some_and(|old| old == text.as_bytes()) {
                true if !self.options.overlay.contains_key(&path) => overlay.remove(&path),
                _ => overlay.insert(path, text.into_bytes()),
            };
        }
        if self.seen.contains(&overlay) {
            return Ok(Err(Unproven::Undone.into()));
        }
        let options = Options { overlay: overlay.clone(), ..self.options.clone() };
        let found = judge(self.engine, &options, Some(&self.memory))?;
        let repaired = chosen.iter().flat_map(|candidate| &candidate.findings);
        let holds = judged(&fixes(chosen), repaired, &base.report, &found.report);
        Ok(holds.map(|()| State { overlay, stage: found.stage(&options), report: found.planned(&options) }))
    }

    /// The texts of these fixes' files, proven together.
    fn texts(&self, chosen: &[Candidate], state: &State) -> Result<BTreeMap<String, String>, Unproven> {
        let text_of = |path: &str| {
            let known = state.report.sources.get(path).map(|source| source.text().to_owned());
            known.or_else(|| self.read(path, state))
        };
        texts(&fixes(chosen), &text_of)
    }

    /// A file that no finding points at.
    fn read(&self, path: &str, state: &State) -> Option<String> {
        let bytes = match state.overlay.get(path) {
            Some(bytes) => bytes.clone(),
            None => self.on_disk(path)?,
        };
        String::from_utf8(bytes).ok()
    }

    /// A file as it was at first.
    pub(super) fn original(&self, path: &str) -> Option<Vec<u8>> {
        let given = match &self.options.stdin {
            Some(stdin) if self.only.as_deref() == Some(path) => Some(&stdin.bytes),
            _ => self.options.overlay.get(path),
        };
        given.cloned().or_else(|| self.on_disk(path))
    }

    /// A file as it was when it was first read, by this check or an earlier one of this run.
    fn on_disk(&self, path: &str) -> Option<Vec<u8>> {
        let (root, below) = self.state.report.below_root(path)?;
        let bounds = Bounds::Inside(root.to_owned());
        self.options.reader.read(&root.join(below), &bounds).ok().map(|bytes| bytes.to_vec())
    }

    fn refuse(&mut self, candidate: Candidate, why: Unproven) {
        self.refused.push(Refused { candidate, why, after: Some(self.outcome.applied.len()) });
    }

    /// Takes back refusals that were spoken before others were applied: a second run would try them again.
    fn try_again(&mut self) -> bool {
        let (count, applied) = (self.refused.len(), self.outcome.applied.len());
        self.refused.retain(|refused| refused.after.is_none_or(|after| after == applied));
        self.refused.len() < count
    }

    /// The outcome, with findings that know why they have no fix.
    pub(super) fn end(mut self) -> Outcome {
        for (path, new) in std::mem::take(&mut self.state.overlay) {
            let old = self.original(&path);
            if old.as_ref() != Some(&new) {
                self.outcome.files.insert(path, Changed { old, new });
            }
        }
        let mut report = std::mem::take(&mut self.state.report);
        for finding in &mut report.findings {
            let Some(fix) = finding.fix.clone() else { continue };
            let candidate = Candidate { fix, findings: vec![finding.clone()] };
            let is_it = |refused: &&Refused| match refused.after {
                Some(_) => candidate.is_part_of(&refused.candidate),
                None => refused.candidate.is_like(&candidate),
            };
            let why = match self.refused.iter().find(is_it) {
                Some(refused) => Some(&refused.why),
                None if !self.is_own(&candidate.fix) => Some(&Unproven::OtherFiles),
                None => None,
            };
            match why {
                Some(Unproven::Unsafe(story)) => {
                    let known = candidate.fix.why.as_ref().map(|why| format!("{why}; {story}"));
                    let why = Some(known.unwrap_or_else(|| story.clone()));
                    let applicability = candidate.fix.applicability.min(Applicability::Unsafe);
                    let doubted = Fix { applicability, why, ..(*candidate.fix).clone() };
                    finding.fix = Some(Arc::new(doubted));
                }
                Some(why) => {
                    self.outcome.withheld += 1;
                    super::withhold(finding, why);
                }
                None => {}
            }
        }
        super::prove_planned(&mut report);
        let dropped = std::mem::take(&mut self.refused).into_iter().map(|refused| Dropped {
            rules: refused.candidate.findings.into_iter().map(|finding| finding.rule).collect(),
            fix: refused.candidate.fix,
            why: refused.why,
        });
        self.outcome.dropped = dropped.collect();
        self.outcome.before = counted(&self.first.report);
        self.outcome.report = report;
        self.outcome
    }
}
