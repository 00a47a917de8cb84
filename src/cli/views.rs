//! `berthlint coverage`, `berthlint collisions` and `berthlint rehearse`.

use std::collections::BTreeSet;

use super::arguments::{Collisions, Color, Coverage, ListFormat, Rehearse, TableFormat};
use super::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use super::output::Output;
use super::{input, output};
use crate::check::{Engine, facts, judge};
use crate::rehearsal;
use crate::report;

pub(super) fn coverage(engine: &Engine, arguments: Coverage, color: Color) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let style = output::style(color, file.as_deref());
    let options = input::options(arguments.input)?;
    let waiting = options.progress.show("checking");
    let (facts, report) = facts(engine, &options)?;
    drop(waiting);
    let coverage = report::Coverage::new(&facts);
    let text = match arguments.format {
        TableFormat::Table => coverage.table(&report, style),
        TableFormat::Json => coverage.json(&report),
    };
    let below = arguments.fail_under.is_some_and(|least| coverage.percent() < least);
    let code = match (report.is_incomplete(), below) {
        (true, _) => INCOMPLETE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    output::say(file.as_deref(), Output::Lines { text: &text, with_colors: style.color }, code)
}

pub(super) fn collisions(engine: &Engine, arguments: Collisions, color: Color) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let style = output::style(color, file.as_deref());
    let options = input::options(arguments.input)?;
    let waiting = options.progress.show("checking");
    let (facts, report) = facts(engine, &options)?;
    drop(waiting);
    let collisions = report::Collisions::new(&facts);
    let text = match arguments.format {
        TableFormat::Table => collisions.table(&report, style),
        TableFormat::Json => collisions.json(&report),
    };
    output::write(file.as_deref(), Output::Lines { text: &text, with_colors: style.color })?;
    Ok(if report.is_incomplete() { INCOMPLETE } else { CLEAN })
}

pub(super) fn rehearse(engine: &Engine, arguments: Rehearse, color: Color) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let style = output::style(color, file.as_deref());
    let options = input::options(arguments.input)?;
    let waiting = options.progress.show("rehearsing");
    let judged = judge(engine, &options, None)?;
    let stage = judged.stage(&options);
    let mut jobs = stage.asked();
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
        let told = stage.with(&job, rehearsal::play).unwrap_or_default();
        report::Rehearsed { job, told }
    });
    let rehearsals = report::Rehearsals(played.filter(|job| !job.told.scenes.is_empty()).collect());
    drop(waiting);
    let text = match arguments.format {
        ListFormat::Text => rehearsals.text(&judged.report, style),
        ListFormat::Json => rehearsals.json(&judged.report),
    };
    let code = match (judged.report.is_incomplete(), rehearsals.is_bad()) {
        (true, _) => INCOMPLETE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    output::say(file.as_deref(), Output::Lines { text: &text, with_colors: style.color }, code)
}
