//! Plays as JSON.

use serde_json::{Value, json};

use super::rows::{place, rows};
use super::{Rehearsals, Rehearsed};
use crate::check::Report;
use crate::rehearsal::Scene;

impl Rehearsals {
    /// The plays of all jobs.
    pub fn json(&self, report: &Report) -> String {
        let jobs: Vec<Value> = self.0.iter().map(|job| one(job, report)).collect();
        let document = json!({ "schema": "berthlint/rehearsal/1", "jobs": jobs });
        crate::door::print::json(&format!("{document:#}\n")).into_owned()
    }
}

fn one(job: &Rehearsed, report: &Report) -> Value {
    let (path, id) = &job.job;
    let scenes: Vec<Value> = job.told.scenes.iter().map(|told| scene(told, report)).collect();
    json!({ "path": &**path, "job": id, "assumed": job.told.assumed, "scenes": scenes })
}

fn scene(scene: &Scene, report: &Report) -> Value {
    let rows: Vec<Value> = rows(scene)
        .iter()
        .map(|row| {
            let (path, line) = place(&row.at, &|path| report.sources.get(path).cloned());
            let (run, attempt) = scene.show.number_of(row.run);
            json!({
                "run": run, "attempt": attempt, "who": scene.show.name_of(row.run), "step": row.step, "command": row.command, "path": path, "line": line,
                "notes": row.notes, "meets": row.meets,
            })
        })
        .collect();
    let left: Vec<Value> =
        scene.show.left.iter().map(|thing| json!({ "kind": thing.kind(), "name": thing.name() })).collect();
    json!({ "title": scene.title, "story": scene.story, "bad": scene.is_bad, "rows": rows, "left": left })
}
