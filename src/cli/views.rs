//! `berthlint coverage`, `berthlint collisions` and `berthlint rehearse`.

use std::collections::BTreeSet;

use super::arguments::{Collisions, Coverage, ListFormat, Rehearse, TableFormat};
use super::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use super::{input, output};
use crate::check::{Engine, facts, judge};
use crate::rehearsal;
use crate::report;

pub(super) fn coverage(engine: &Engine, arguments: Coverage) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let (facts, report) = facts(engine, &input::options(arguments.input)?)?;
    let coverage = report::Coverage::new(&facts);
    let text = match arguments.format {
        TableFormat::Table => coverage.table(&report),
        TableFormat::Json => coverage.json(&report),
    };
    let below = arguments.fail_under.is_some_and(|least| coverage.percent() < least);
    let code = match (report.is_incomplete(), below) {
        (true, _) => INCOMPLETE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    output::say(file.as_deref(), text.as_str(), code)
}

pub(super) fn collisions(engine: &Engine, arguments: Collisions) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let (facts, report) = facts(engine, &input::options(arguments.input)?)?;
    let collisions = report::Collisions::new(&facts);
    let text = match arguments.format {
        TableFormat::Table => collisions.table(&report),
        TableFormat::Json => collisions.json(&report),
    };
    output::write(file.as_deref(), text.as_str())?;
    Ok(if report.is_incomplete() { INCOMPLETE } else { CLEAN })
}

pub(super) fn rehearse(engine: &Engine, arguments: Rehearse) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let options = input::options(arguments.input)?;
    let judged = judge(engine, &options, None)?;
    let stage = judged.stage(&options);
    let mut jobs = stage.jobs();
    if let Some(wanted) = &arguments.job {
        let known: BTreeSet<String> = jobs.iter().map(|(_, id)| id.clone()).collect();
        jobs.retain(|(_, id)| id == wanted);
        if jobs.is_empty() {
            let known: Vec<String> = known.into_iter().collect();
            let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Failure::Usage(format!("--job: no job `{wanted}` uses Docker here; those that do: {there}")));
        }
    }
    let played = jobs.into_iter().map(|job| {
        let scenes = stage.with(&job, rehearsal::play).unwrap_or_default();
        report::Rehearsed { job, scenes }
    });
    let rehearsals = report::Rehearsals(played.filter(|job| !job.scenes.is_empty()).collect());
    let text = match arguments.format {
        ListFormat::Text => rehearsals.text(&judged.report),
        ListFormat::Json => rehearsals.json(&judged.report),
    };
    let code = match (judged.report.is_incomplete(), rehearsals.is_bad()) {
        (true, _) => INCOMPLETE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    output::say(file.as_deref(), text.as_str(), code)
}
