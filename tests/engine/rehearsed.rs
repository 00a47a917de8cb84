//! What `berthlint rehearse` says of a job.

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::left::{Thing, alike};

/// The scenes of one job.
pub struct Rehearsed(Vec<Value>);

impl Rehearsed {
    pub fn of(repository: &Path, workflow: &str, job: &str) -> Self {
        let mut command = Command::cargo_bin("berthlint").unwrap();
        let output = command.current_dir(repository).args(["rehearse", "--format", "json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let jobs = report["jobs"].as_array().unwrap();
        let own = jobs.iter().find(|own| own["path"] == workflow && own["job"] == job);
        Self(own.unwrap_or_else(|| panic!("no such job: {report:#}"))["scenes"].as_array().unwrap().clone())
    }

    fn scene(&self, title: &str) -> &Value {
        let own = self.0.iter().find(|scene| scene["title"] == title);
        own.unwrap_or_else(|| panic!("no scene `{title}`: {:#?}", self.0))
    }

    /// Whether it ends badly.
    pub fn is_bad(&self, title: &str) -> bool {
        self.scene(title)["bad"] == true
    }

    /// What is left.
    pub fn left(&self, title: &str) -> BTreeSet<Thing> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let left = self.scene(title)["left"].as_array().unwrap();
        left.iter().map(|thing| alike(&(text(&thing["kind"]), text(&thing["name"])))).collect()
    }
}
