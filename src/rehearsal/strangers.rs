//! Who else is on the daemon: containers of other repositories, of all that the job names by something others may have.

use std::collections::BTreeSet;

use super::by_hand::docker;
use super::machine::{Machine, Maker};
use super::staged::Staged;
use crate::docker::Verb;
use crate::symbol::Value;
use crate::trace::Target;

/// Who is no run of the job.
pub(super) const STRANGER: Maker = Maker { run: 0, job: 0 };

/// What jobs say of what they make and remove, which others may say as well. Each stranger is named after it: one that
/// stands there for two texts is the same for both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Strangers {
    images: BTreeSet<String>,
    /// The labels of one container.
    labels: BTreeSet<BTreeSet<String>>,
    /// Beginnings of names.
    beginnings: BTreeSet<String>,
}

impl Strangers {
    /// Those of jobs.
    pub(super) fn of(jobs: &[Staged<'_>]) -> Self {
        let mut all = Self::default();
        jobs.iter().for_each(|job| all.read(job));
        all
    }

    /// Those of two texts.
    #[must_use]
    pub(super) fn and(mut self, other: Self) -> Self {
        self.images.extend(other.images);
        self.labels.extend(other.labels);
        self.beginnings.extend(other.beginnings);
        self
    }

    /// Puts them onto the machine: for each image, each set of labels and each beginning of a name one that runs and
    /// one that has ended, and two that have nothing in common with the jobs; besides a network, a volume and an image
    /// that nobody uses.
    pub(super) fn stand_by(&self, machine: &mut Machine) {
        for image in &self.images {
            stand(machine, &format!("stranger-{}", word(image)), &[], image);
        }
        for labels in &self.labels {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            let words: Vec<&str> = labels.iter().flat_map(|label| ["--label", label]).collect();
            stand(machine, &format!("stranger-{}", word(&labels.join("-"))), &words, "stranger/app");
        }
        for beginning in &self.beginnings {
            stand(machine, &format!("{beginning}-of-others"), &[], "stranger/app");
        }
        // What selects everything names nothing that others have.
        stand(machine, "stranger-app", &[], "stranger/app");
        for words in
            [&["network", "create", "stranger"][..], &["volume", "create", "stranger"], &["pull", "stranger/idle:1"]]
        {
            docker(machine, STRANGER, words);
        }
    }

    fn read(&mut self, job: &Staged<'_>) {
        for act in job.trace.acts.iter().filter(|act| act.target() == Target::Here) {
            let Some(verb) = act.verb() else { continue };
            let mut labels = BTreeSet::new();
            let mut add = |label: &Value| labels.extend(label.as_literal().map(str::to_owned));
            if let Verb::Run(run) | Verb::Create(run) = verb {
                self.images.extend(run.image.iter().filter_map(|image| image.text().map(str::to_owned)));
                run.labels.iter().for_each(|label| add(&label.value));
                run.name.iter().for_each(|name| self.name(&name.value));
            }
            for filter in verb.filters() {
                match filter.key.as_deref() {
                    Some("label") => add(&filter.value),
                    Some("name") => self.name(&filter.value.strip_prefix("^").unwrap_or_else(|| filter.value.clone())),
                    Some("ancestor") => self.images.extend(filter.value.as_literal().map(str::to_owned)),
                    _ => {}
                }
            }
            // What all of them select need not be what one of them does.
            self.labels.extend(labels.iter().map(|label| BTreeSet::from([label.clone()])));
            self.labels.extend((labels.len() > 1).then_some(labels));
        }
    }

    /// Another repository's name that begins alike; a complete name is a claim, not a beginning.
    fn name(&mut self, name: &Value) {
        let begins = name.prefix();
        if begins.len() > 1 {
            self.beginnings.insert(begins.trim_end_matches(['-', '_', '$']).to_owned());
        }
    }
}

/// Puts up one that runs, and one that has run.
fn stand(machine: &mut Machine, name: &str, words: &[&str], image: &str) {
    let stopped = format!("{name}-stopped");
    for name in [name, &stopped] {
        let run = ["run", "-d", "--name", name, "--entrypoint", "sleep"];
        docker(machine, STRANGER, &[&run, words, &[image, "infinity"]].concat());
    }
    docker(machine, STRANGER, &["stop", &stopped]);
}

/// A text as it may stand in a name.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' }).collect()
}
