//! A baseline: the findings that a team has seen and not mended yet, in a file of their repository. What stands in it
//! is not told again; what is new is.
//!
//! This is the file alone: `check` compares it with what is found, `cli` reads and writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::door::print;

/// What the file calls itself.
const SCHEMA: &str = "berthlint-baseline/1";

/// By what a finding is known again: its fingerprint, and its file, seen from the baseline's folder.
pub type Key = (String, String);

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its file, with `/`, seen from the baseline's folder.
    pub path: String,
    /// Its rule.
    pub rule: String,
    /// What it said when it was taken in.
    pub message: String,
    /// The day on which it was taken in, as `2026-11-28`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// What else people write there, `owner` for one: it is kept.
    #[serde(flatten)]
    pub notes: BTreeMap<String, Value>,
}

impl Entry {
    /// By what it is known again.
    pub fn key(&self) -> Key {
        (self.path.clone(), self.fingerprint.clone())
    }
}

/// The findings that are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    folder: PathBuf,
    entries: BTreeMap<Key, Entry>,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

impl Baseline {
    /// One with these entries, in a folder (absolute, without links).
    pub fn new(folder: &Path, entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter().map(|entry| (entry.key(), entry)).collect();
        Self { folder: folder.to_owned(), entries }
    }

    /// Reads one that lies in a folder.
    ///
    /// # Errors
    /// What is wrong in it, and what to do.
    pub fn parse(folder: &Path, bytes: &[u8]) -> Result<Self, String> {
        let advice = "write it anew with `--write-baseline`";
        let file: File = serde_json::from_slice(bytes).map_err(|error| format!("is no baseline: {error}; {advice}"))?;
        if file.schema != SCHEMA {
            return Err(format!("has the schema `{}`, and this berthlint reads `{SCHEMA}`: {advice}", file.schema));
        }
        Ok(Self::new(folder, file.findings))
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its entries, ordered by file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// What it knows of a finding.
    pub fn get(&self, key: &Key) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// What the file holds: a line for each of an entry's keys, so that two people's changes merge.
    pub fn text(&self) -> String {
        let file = File { schema: SCHEMA.to_owned(), findings: self.entries.values().cloned().collect() };
        // Strings and what JSON gave us print always.
        print::json(&serde_json::to_string_pretty(&file).unwrap_or_default()).into_owned() + "\n"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const FILE: &str = r#"{ "schema": "berthlint-baseline/1", "findings": [
        { "path": "b.yml", "rule": "r", "message": "m", "date": "2026-01-02", "fingerprint": "2", "owner": "infra" },
        { "path": "a.yml", "rule": "r", "message": "m", "fingerprint": "1", "ticket": { "id": 7 } } ] }"#;

    #[test]
    fn what_people_add_stays_and_the_order_is_the_files() {
        let baseline = Baseline::parse(Path::new("/x"), FILE.as_bytes()).unwrap();
        assert!(
            baseline.get(&("b.yml".to_owned(), "2".to_owned())).is_some()
                && baseline.get(&("a.yml".to_owned(), "2".to_owned())).is_none()
        );
        let text = baseline.text();
        assert!(text.find("a.yml").unwrap() < text.find("b.yml").unwrap(), "{text}");
        assert!(text.contains("\"owner\": \"infra\"") && text.contains("\"id\": 7"), "{text}");
        assert_eq!(Baseline::parse(Path::new("/x"), text.as_bytes()).unwrap(), baseline);
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, words) in
            [("[]", "is no baseline"), ("", "is no baseline"), (&FILE.replace("e/1", "e/9"), "`berthlint-baseline/9`")]
        {
            let wrong = Baseline::parse(Path::new("/x"), text.as_bytes()).unwrap_err();
            assert!(wrong.contains(words) && wrong.contains("--write-baseline"), "{wrong}");
        }
    }
}
