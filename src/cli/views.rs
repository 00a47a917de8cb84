//! `berthlint coverage` and `berthlint collisions`.

use super::arguments::{Collisions, Coverage, TableFormat};
use super::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use super::{input, output};
use crate::check::{Engine, facts};
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
