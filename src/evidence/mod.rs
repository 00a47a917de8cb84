//! What job logs say of collisions and leaks: how many logs of a week show which signature of the incidents that
//! berthlint exists for.
//!
//! `signature` is the list of what is looked for, `log` reads one log, `week` says when it was written.

mod log;
mod signature;
mod week;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::door::read::Refused;
pub use signature::Signature;
pub use week::Week;

/// Whose logs a count is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The folder that a log lies in, which people name after the workflow; nothing for a file given by name.
    pub workflow: String,
    /// The job as the runner says it in the log, else the file's name.
    pub job: String,
    /// The week of the first time in the log; nothing where it has none.
    pub week: Option<Week>,
}

/// What the logs of one origin show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many logs there are.
    pub logs: usize,
    /// How many of them show a signature; one that says it twice counts once.
    pub with: BTreeMap<Signature, usize>,
}

/// What all logs show.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// By workflow, job and week.
    pub counts: BTreeMap<Origin, Count>,
    /// Logs that cannot be read, and why.
    pub unread: Vec<(PathBuf, Refused)>,
}

impl Evidence {
    /// Reads logs: each path is a file, or a folder with logs in it and in folders below.
    pub fn gather(paths: &[PathBuf]) -> Self {
        let mut all = Self::default();
        for path in paths {
            if !path.is_dir() {
                all.add(path, String::new());
                continue;
            }
            for entry in WalkDir::new(path).sort_by_file_name() {
                match entry {
                    Ok(entry) if entry.file_type().is_file() => all.add(entry.path(), workflow_of(path, entry.path())),
                    Ok(_) => {}
                    Err(error) => {
                        let at = error.path().unwrap_or(path).to_owned();
                        let refused = error.io_error().map_or(Refused::NotAFile, Refused::from);
                        all.unread.push((at, refused));
                    }
                }
            }
        }
        all
    }

    fn add(&mut self, path: &Path, workflow: String) {
        match log::read(path) {
            Ok(log) => {
                let job = log.job.unwrap_or_else(|| name_of(path));
                let count = self.counts.entry(Origin { workflow, job, week: log.week }).or_default();
                count.logs += 1;
                for signature in log.shows {
                    *count.with.entry(signature).or_default() += 1;
                }
            }
            Err(refused) => self.unread.push((path.to_owned(), refused)),
        }
    }

    /// How many logs were read.
    pub fn logs(&self) -> usize {
        self.counts.values().map(|count| count.logs).sum()
    }

    /// The signatures that are there at all.
    pub fn shown(&self) -> BTreeSet<Signature> {
        self.counts.values().flat_map(|count| count.with.keys().copied()).collect()
    }
}

/// The folder of a log below the folder that was given, or that one's own name.
fn workflow_of(given: &Path, log: &Path) -> String {
    let folder = log.parent().unwrap_or(given);
    let below = folder.strip_prefix(given).unwrap_or(folder);
    match below.as_os_str().is_empty() {
        true => given.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        false => below.to_string_lossy().into_owned(),
    }
}

/// `3_unit tests.txt`, as GitHub packs them, is of `unit tests`.
fn name_of(path: &Path) -> String {
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let numbered = name
        .split_once('_')
        .filter(|(number, rest)| !rest.is_empty() && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    numbered.map_or(name.clone(), |(_, rest)| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_counted_by_workflow_job_and_week() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        let task =
            "2026-03-16T08:00:00.1Z runner(version:v0.2.11) received task 7 of job db, be triggered by event: push\n";
        let taken = "2026-03-16T08:00:09.1Z docker: Bind for 0.0.0.0:5432 failed: port is already allocated.\n";
        write("test/1.log", &format!("{task}{taken}{taken}"));
        write("test/2.log", task);
        write("nightly/0_soak test.txt", "no time in it: No such container: pg\n");
        let found = Evidence::gather(&[folder.path().to_owned()]);
        assert!(found.unread.is_empty() && found.logs() == 3);
        let rows: Vec<String> = found
            .counts
            .iter()
            .map(|(origin, count)| {
                let week = origin.week.map(|week| week.to_string());
                format!("{} {} {week:?} {} {:?}", origin.workflow, origin.job, count.logs, count.with)
            })
            .collect();
        let wanted =
            ["nightly soak test None 1 {Gone: 1}".to_owned(), "test db Some(\"2026-W12\") 2 {PortTaken: 1}".to_owned()];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let found = Evidence::gather(&["nowhere.log".into()]);
        assert_eq!(found.unread, [(PathBuf::from("nowhere.log"), Refused::Absent)]);
    }
}
