//! One log.

use std::collections::BTreeSet;
use std::path::Path;

use super::signature::Signature;
use super::week::Week;
use crate::door::read::{self, Refused};

/// What a log says.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// The job's name, where the runner writes it.
    pub job: Option<String>,
    /// When it was written.
    pub week: Option<Week>,
    /// What it shows.
    pub shows: BTreeSet<Signature>,
}

/// Reads a log, however large.
pub(super) fn read(path: &Path) -> Result<Log, Refused> {
    let mut log = Log::default();
    read::lines(path, &mut |line| {
        let line = String::from_utf8_lossy(line);
        if log.week.is_none() {
            log.week = Week::of_line(&line);
        }
        if log.job.is_none() {
            log.job = job(&line).map(str::to_owned);
        }
        let line = line.to_lowercase();
        log.shows.extend(Signature::ALL.into_iter().filter(|signature| signature.is_in(&line)));
    })?;
    Ok(log)
}

/// The job that a runner names at the beginning: `… received task 7 of job db, be triggered by event: push`
/// (act_runner, forgejo-runner), `Complete job name: db` (GitHub's).
fn job(line: &str) -> Option<&str> {
    let (_, of_task) = line.split_once("received task ").unwrap_or_default();
    let by_task = of_task.split_once(" of job ").and_then(|(_, rest)| Some(rest.split_once(", be triggered")?.0));
    by_task.or_else(|| Some(line.split_once("Complete job name: ")?.1.trim())).filter(|job| !job.is_empty())
}

#[cfg(test)]
mod tests {
    use super::job;

    #[test]
    fn runners_name_the_job() {
        let task = "t gitea(version:v0.2.11) received task 7 of job unit (1, a), be triggered by event: push";
        assert_eq!(job(task), Some("unit (1, a)"));
        assert_eq!(job("2026-03-16T08:00:00Z Complete job name: build"), Some("build"));
        assert_eq!(job("a job of another kind"), None);
    }
}
