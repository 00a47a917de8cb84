//! What gives something on the daemon a name of the run's own, as people and rewrites append it.

use std::collections::BTreeSet;

use crate::docker::is_name_letter;
use crate::runner::table::Trait;
use crate::runner::{Forge, Substrate};
use crate::source::FileKind;
use crate::symbol::{Dimensions, Value};
use crate::workflow::{Datum, Job, Leg, Legs, Matrix};

/// What a name may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Docker: letters, digits, `_`, `.` and `-`.
    Docker,
    /// Compose's projects: no capitals and no dots.
    Compose,
}

impl Allowed {
    /// Whether a text may stand in such a name.
    pub fn allows(self, text: &str) -> bool {
        let allowed = |c: char| match self {
            Self::Compose => c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'),
            Self::Docker => is_name_letter(c),
        };
        !text.is_empty() && text.chars().all(allowed)
    }
}

/// Nothing that may stand in a name tells the legs of a matrix apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLeg {
    /// A value that would, and the letter in it that no name may have.
    unfit: Option<(String, char)>,
}

impl NoLeg {
    /// Why, and what helps, as the end of a sentence.
    pub fn in_words(&self) -> String {
        match &self.unfit {
            Some((value, letter)) if letter.is_ascii_uppercase() => format!(
                "the matrix value `{value}` has a capital, which no such name may have, and nothing else tells the legs \
                 apart: give each leg a value in small letters as well, by `include`, or make the name in a script, \
                 where bash can write it so (`${{VALUE,,}}`)"
            ),
            Some((value, letter)) => {
                let pattern = if *letter == '/' { "\\/".to_owned() } else { letter.to_string() };
                format!(
                    "the matrix value `{value}` has a `{letter}`, which no name may have, and nothing else tells the \
                     legs apart: give each leg a plain value as well, by `include`, or make the name in a script, where \
                     bash can replace it (`${{VALUE//{pattern}/-}}`)"
                )
            }
            None => "no value of the matrix tells the legs apart: give each leg one, by `include`".to_owned(),
        }
    }
}

/// The matrix values that tell its legs apart, each with a `-` before it; nothing for a single leg.
///
/// # Errors
/// [`NoLeg`].
pub fn leg(matrix: &Matrix, forge: Forge, allowed: Allowed) -> Result<String, NoLeg> {
    let legs = matrix.legs();
    if legs.complete && legs.legs.len() < 2 {
        return Ok(String::new());
    }
    let index = || match forge {
        Forge::Github => Ok("-${{ strategy.job-index }}".to_owned()),
        _ => Err(NoLeg { unfit: unfit(&legs, allowed) }),
    };
    if !legs.complete {
        return index();
    }
    let is_safe = |key: &&str| {
        is_key(key) && legs.legs.iter().all(|leg| text(key, leg).is_some_and(|text| allowed.allows(&text)))
    };
    let differs = |key: &&str| legs.legs.iter().map(|leg| text(key, leg)).collect::<BTreeSet<_>>().len() > 1;
    let chosen: Vec<&str> = legs.keys().into_iter().filter(is_safe).filter(differs).collect();
    let tuples: BTreeSet<Vec<Option<String>>> =
        legs.legs.iter().map(|leg| chosen.iter().map(|key| text(key, leg)).collect()).collect();
    if tuples.len() < legs.legs.len() {
        return index();
    }
    Ok(chosen.iter().map(|key| format!("-${{{{ matrix.{key} }}}}")).collect())
}

/// The text of a leg's value.
fn text(key: &str, leg: &Leg) -> Option<String> {
    leg.get(key).flatten().and_then(Datum::as_scalar).map(|scalar| scalar.value().to_owned())
}

/// The first value that differs between legs and cannot stand in a name, and why.
fn unfit(legs: &Legs, allowed: Allowed) -> Option<(String, char)> {
    let values = |key: &str| legs.legs.iter().filter_map(|leg| text(key, leg)).collect::<BTreeSet<_>>();
    let differing = legs.keys().into_iter().filter(|key| is_key(key)).map(values).filter(|values| values.len() > 1);
    differing.flatten().find_map(|value| {
        let letter = value.chars().find(|letter| !allowed.allows(letter.encode_utf8(&mut [0; 4])))?;
        Some((value, letter))
    })
}

/// Whether `matrix.KEY` names it.
fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// The number of a run's attempt, as a workflow writes it. Where the runner may count none the first attempt's stands
/// there: a name does not end in `-`, and no host name may.
pub fn attempt(substrate: &Substrate) -> &'static str {
    match substrate.does(Trait::SetsRunAttempt).is_yes() {
        true => "${{ github.run_attempt }}",
        false => "${{ github.run_attempt || 1 }}",
    }
}

/// What is appended to a name of a job's, as a workflow writes it; `with_job`: another job of the run makes the same
/// name. `<leg>` stands for what tells the legs of a matrix apart where nothing is seen that does.
pub fn suffix(job: &Job, substrate: &Substrate, allowed: Allowed, name: Option<&Value>, with_job: bool) -> String {
    let has = |dimension| name.is_some_and(|name| name.unique().dimensions.has(dimension));
    let matrix = job.matrix().filter(|_| !has(Dimensions::LEG));
    let leg = matrix.map_or(Ok(String::new()), |matrix| leg(matrix, substrate.forge, allowed));
    let leg = leg.unwrap_or_else(|_| "-<leg>".to_owned());
    let id = job.id.value();
    let job = if with_job && !has(Dimensions::JOB) && allowed.allows(id) { format!("{id}-") } else { String::new() };
    format!("{job}${{{{ github.run_id }}}}-{}{leg}", attempt(substrate))
}

/// What is appended to an image's tag: every attempt of a run builds the same commit, so it has no attempt.
pub fn tag_suffix(job: &Job, substrate: &Substrate, tag: &Value) -> String {
    let whole = suffix(job, substrate, Allowed::Docker, Some(tag), false);
    whole.replacen(&format!("-{}", attempt(substrate)), "", 1)
}

/// A label of the run, as a file of that kind writes it; without a runner a script has another value.
pub fn label(kind: FileKind, reads_expressions: bool) -> String {
    let run = match reads_expressions {
        true => "${{ github.run_id }}".to_owned(),
        false => kind.variable("GITHUB_RUN_ID", "local"),
    };
    format!("berth.run={run}")
}

/// What the name of a compose project of the run's own begins with: the project's name so far, where it is known and
/// compose takes it, else the job's id.
pub fn project_base(job: &Job, name: &Value) -> String {
    let known = name.as_literal().unwrap_or_else(|| job.id.value());
    let clean: String = known
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' })
        .collect();
    clean.trim_start_matches(['-', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::traced;

    #[test]
    fn values_that_may_stand_in_a_name_tell_legs_apart() {
        let named = |matrix: &str, allowed: Allowed| {
            let text = format!(
                "on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix: {matrix}\n    steps:\n      - run: make\n"
            );
            let traced = traced(&text, &[]);
            let matrix = traced.workflow.jobs[0].matrix().expect("a matrix");
            leg(matrix, Forge::Gitea, allowed)
        };
        let docker = |matrix: &str| named(matrix, Allowed::Docker);
        assert_eq!(docker("{ os: [a, b] }"), Ok("-${{ matrix.os }}".to_owned()));
        assert_eq!(docker("{ _os: [a, b], x-1: [c, d] }"), Ok("-${{ matrix._os }}-${{ matrix.x-1 }}".to_owned()));
        // One value says nothing, and a single leg needs nothing.
        assert_eq!(docker("{ os: [a, b], go: ['1.25'] }"), Ok("-${{ matrix.os }}".to_owned()));
        assert_eq!(docker("{ os: [a] }"), Ok(String::new()));
        // No name can be made of these.
        let unfit = |value: &str, letter| Err(NoLeg { unfit: Some((value.to_owned(), letter)) });
        assert_eq!(docker("{ 1os: [a, b] }"), Err(NoLeg { unfit: None }));
        assert_eq!(docker("{ os: [a/1, b] }"), unfit("a/1", '/'));
        assert_eq!(docker("{ image: ['postgres:15', 'postgres:16'] }"), unfit("postgres:15", ':'));
        assert_eq!(docker("{ go: ['1.24', '1.25'] }"), Ok("-${{ matrix.go }}".to_owned()));
        assert_eq!(named("{ go: ['1.24', '1.25'] }", Allowed::Compose), unfit("1.24", '.'));
    }
}
