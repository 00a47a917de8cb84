//! Who else is on the daemon: containers of other repositories, of all that the job names by something others may have.

use std::collections::BTreeSet;

use super::by_hand::docker;
use super::machine::{Machine, Maker};
use super::staged::Staged;
use crate::docker::Verb;
use crate::symbol::Value;
use crate::trace::Target;

/// What a job says of what it makes and removes.
#[derive(Debug, Default)]
struct Said {
    images: BTreeSet<String>,
    labels: BTreeSet<String>,
    names: BTreeSet<String>,
}

/// Puts strangers onto the machine, each running and stopped: for each image of the job one of another repository, and
/// one that has each label and each beginning of a name which is the same in every run; besides a network, a volume and
/// an image that nobody uses.
pub(super) fn stand_by(machine: &mut Machine, jobs: &[Staged<'_>]) {
    let mut said = Said::default();
    jobs.iter().for_each(|job| said.read(job));
    let mut number = 0;
    let mut stand = |words: &[&str]| {
        number += 1;
        let (running, stopped) = (format!("stranger-{number}"), format!("stranger-{number}-stopped"));
        for (name, verb) in [(&running, &["run", "-d"][..]), (&stopped, &["create"][..])] {
            let named = words.contains(&"--name");
            let own: Vec<&str> = if named { Vec::new() } else { vec!["--name", name] };
            docker(machine, STRANGER, &[verb, &own, words].concat());
            if named {
                break;
            }
        }
    };
    said.images.iter().for_each(|image| stand(&[image]));
    said.labels.iter().for_each(|label| stand(&["--label", label, "stranger/app"]));
    said.names.iter().for_each(|name| stand(&["--name", name, "stranger/app"]));
    for words in
        [&["network", "create", "stranger"][..], &["volume", "create", "stranger"], &["pull", "stranger/idle:1"]]
    {
        docker(machine, STRANGER, words);
    }
}

/// Who is no run of the job.
pub(super) const STRANGER: Maker = Maker { run: 0, job: 0 };

impl Said {
    fn read(&mut self, job: &Staged<'_>) {
        for act in job.trace.acts.iter().filter(|act| act.target() == Target::Here) {
            let Some(verb) = act.verb() else { continue };
            if let Verb::Run(run) | Verb::Create(run) = verb {
                self.images.extend(run.image.iter().filter_map(|image| image.text().map(str::to_owned)));
                run.labels.iter().for_each(|label| self.label(&label.value));
                run.name.iter().for_each(|name| self.name(&name.value));
            }
            for filter in verb.filters() {
                match filter.key.as_deref() {
                    Some("label") => self.label(&filter.value),
                    Some("name") => self.name(&filter.value.strip_prefix("^").unwrap_or_else(|| filter.value.clone())),
                    Some("ancestor") => self.images.extend(filter.value.as_literal().map(str::to_owned)),
                    _ => {}
                }
            }
        }
    }

    fn label(&mut self, label: &Value) {
        self.labels.extend(label.as_literal().map(str::to_owned));
    }

    /// Another repository's name that begins alike; a complete name is a claim, not a beginning.
    fn name(&mut self, name: &Value) {
        let begins = name.prefix();
        if begins.len() > 1 {
            self.names.insert(format!("{}-of-others", begins.trim_end_matches(['-', '_', '$'])));
        }
    }
}
