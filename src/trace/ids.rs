//! Files that hold the ids of containers: `docker run --cidfile f`, `docker run -d … > f`.

use super::Stage;
use crate::docker::{DockerCall, Verb};
use crate::symbol::Value;

/// Which acts wrote the id of the container they made into which file.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    written: Vec<(Value, usize)>,
}

impl Ids {
    /// Notes the files that hold the id of the container which the call, the act at `index`, makes; `output` gets what
    /// it prints.
    pub fn note(&mut self, call: &DockerCall, output: Option<&Value>, index: usize) {
        let (run, prints_id) = match &call.verb {
            Verb::Run(run) => (run, run.detach.is_yes()),
            Verb::Create(run) => (run, true),
            _ => return,
        };
        let printed = output.filter(|_| prints_id);
        let files = run.cidfile.iter().map(|file| &file.value).chain(printed);
        self.written.extend(files.map(|file| (file.clone(), index)));
    }

    /// The acts whose containers' ids a file holds.
    pub fn held_by(&self, file: &Value) -> Vec<usize> {
        self.written.iter().filter(|(written, _)| written.same(file).is_yes()).map(|(_, act)| *act).collect()
    }

    /// The acts whose containers' ids a pipe prints: `cat f | sort`.
    pub fn read_by(&self, stages: &[Stage]) -> Vec<usize> {
        let Some((first, rest)) = stages.split_first() else { return Vec::new() };
        let passes_on = |stage: &Stage| matches!(stage.program.as_str(), "sort" | "uniq" | "tr" | "cat");
        match first.argv.as_slice() {
            [file] if first.program == "cat" && rest.iter().all(passes_on) => self.held_by(&file.value),
            _ => Vec::new(),
        }
    }
}
