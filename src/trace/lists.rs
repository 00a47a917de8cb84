//! Files that hold a listing: `docker ps -aq --filter … > ids`, and later `xargs docker rm < ids`.

use std::collections::{HashMap, HashSet};

use super::{Act, ActKind, Stage};
use crate::command::Arg;
use crate::docker::Verb;
use crate::symbol::Value;

/// Which acts print into which files, by their paths as they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    files: HashMap<String, Vec<usize>>,
    /// Files that another command may have written since.
    unknown: HashSet<String>,
}

impl Lists {
    /// Notes where an act prints.
    pub fn note(&mut self, act: &Act, index: usize) {
        self.note_changes(act);
        let copies = match &act.kind {
            ActKind::Command { program, argv, .. } if program == "tee" => argv.as_slice(),
            _ => &[],
        };
        let copies = copies.iter().map(|arg| &arg.value).filter(|value| !value.prefix().starts_with('-'));
        let files = act.context.output.iter().chain(copies).filter_map(Value::as_literal);
        for file in files.filter(|file| *file != "$()" && !file.starts_with("/dev/")) {
            self.files.entry(file.to_owned()).or_default().push(index);
        }
    }

    /// What a command is given as a word it may write anew: `mv new ids`, `sed -i … ids`.
    fn note_changes(&mut self, act: &Act) {
        const READ: [&str; 14] =
            ["xargs", "cat", "wc", "head", "tail", "grep", "test", "[", "[[", "sort", "read", "mapfile", "rm", "echo"];
        let ActKind::Command { program, argv, .. } = &act.kind else { return };
        if READ.contains(&program.as_str()) || program == "tee" {
            return;
        }
        for word in argv.iter().filter_map(Arg::text) {
            self.unknown.insert(word.trim_start_matches("./").to_owned());
        }
    }

    /// The commands whose output a file holds, where one pipe of them wrote it, and lists things of docker's.
    pub fn listed_in(&self, all: &[Act], file: &Value) -> Option<Vec<Stage>> {
        let file = file.as_literal()?;
        let acts = self.files.get(file).filter(|_| !self.unknown.contains(file.trim_start_matches("./")))?;
        let act = all.get(*acts.last()?)?;
        // Where several write it, nobody knows which of them it holds by then.
        let is_same =
            |other: &usize| all.get(*other).is_some_and(|other| other.at == act.at && other.directory == act.directory);
        let lists = act.verb().is_some_and(Verb::lists);
        if !acts.iter().all(is_same) || act.context.stdin.is_none() && !lists {
            return None;
        }
        let own = match &act.kind {
            ActKind::Docker(call) => Stage::new("docker", Vec::new(), Some(call.clone())),
            ActKind::Command { program, argv, .. } => Stage::new(program.clone(), argv.clone(), None),
            _ => return None,
        };
        let before = act.context.stdin.iter().flat_map(|capture| capture.stages.iter().cloned());
        let stages: Vec<Stage> = before.chain([own]).collect();
        stages.iter().any(|stage| stage.call.is_some()).then_some(stages)
    }
}
