//! `berthlint evidence`: what job logs show.

use super::arguments::{Evidence as Asked, TableFormat};
use super::exit::{CLEAN, Failure, INCOMPLETE};
use super::output;
use crate::door::read::Refused;
use crate::evidence::Evidence;
use crate::report;

/// Counts, and says what could not be read.
pub(super) fn run(asked: &Asked) -> Result<u8, Failure> {
    let evidence = Evidence::gather(&asked.logs);
    let is_missing = |(path, why): &&(_, Refused)| matches!(why, Refused::Absent) && asked.logs.contains(path);
    if let Some((missing, _)) = evidence.unread.iter().find(is_missing) {
        let words = format!("there is no `{}`: check the spelling, and the directory you are in", missing.display());
        return Err(Failure::Usage(words));
    }
    let text = match asked.format {
        TableFormat::Table => report::evidence_table(&evidence),
        TableFormat::Json => report::evidence_json(&evidence),
    };
    let unread = evidence.unread.iter().map(|(path, refused)| format!("`{}` {refused}", path.display()));
    let unread: Vec<String> = unread.collect();
    if !unread.is_empty() {
        output::complain(&unread);
    }
    let code = if unread.is_empty() && evidence.logs() > 0 { CLEAN } else { INCOMPLETE };
    output::say(asked.output.as_deref(), text.as_str(), code)
}
