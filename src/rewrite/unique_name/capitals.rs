//! Words in capitals, as variables are named: whether a text has one anywhere in it.

use std::rc::Rc;

use super::super::shell_text::ShellText;
use super::super::{Place, Scene};
use crate::source::Source;

/// How much of a name the order of the words knows.
const LONGEST: usize = 64;

/// The words in capitals of some texts, found by what stands anywhere in them.
#[derive(Default)]
pub struct Capitals {
    /// Them, one behind the other.
    words: String,
    /// Where an end of one begins, in the order of these ends.
    ends: Vec<usize>,
}

/// Those of a workflow's file.
struct OfFile(Capitals);

/// Those of the other texts that a job reads: scripts, compose files.
struct OfJob(Capitals);

/// Whether a text that a job reads says such a name, alone or as a part of a longer one.
pub fn are_said(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], name: &str) -> bool {
    let own = place.tree.source();
    let of_file: Rc<OfFile> = scene.reading.of_file(own.path(), || OfFile(Capitals::of([own])));
    let of_job = place.reading.of_job(place.job, || {
        let scripts = texts.iter().map(|text| &text.source);
        let stacks = place.job.stacks.values().flat_map(|stack| &stack.sources);
        OfJob(Capitals::of(scripts.chain(stacks).filter(|source| source.path() != own.path())))
    });
    of_job.0.say(name) || of_file.0.say(name) && !is_other_jobs(place, name)
}

/// Whether the workflow's file says the name only in other jobs that set it for themselves: each job has its own.
fn is_other_jobs(place: &Place<'_>, name: &str) -> bool {
    let own = place.job.job.id.value();
    let jobs = &place.analysed.workflow.jobs;
    let sets = |at: usize| {
        let mut around = jobs.iter().filter(|job| job.span.start <= at && at < job.span.end);
        around.any(|job| job.id.value() != own && !job.shared && job.env.get(name).is_some())
    };
    place.tree.source().text().match_indices(name).all(|(at, _)| sets(at))
}

impl Capitals {
    fn of<'s>(sources: impl IntoIterator<Item = &'s Source>) -> Self {
        let mut read: Vec<&Source> = sources.into_iter().collect();
        read.sort_by_key(|source| source.path());
        read.dedup_by_key(|source| source.path());
        let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let words = read.iter().flat_map(|source| source.text().split(|c: char| !is_part(c)));
        let mut words: Vec<&str> = words.filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit())).collect();
        words.sort_unstable();
        words.dedup();
        let words = words.join(" ");
        let mut ends: Vec<usize> = (0..words.len()).filter(|at| words.as_bytes()[*at] != b' ').collect();
        ends.sort_by_key(|at| end(&words, *at));
        Self { words, ends }
    }

    fn say(&self, name: &str) -> bool {
        let begins = start(name);
        let from = self.ends.partition_point(|at| end(&self.words, *at) < begins);
        let mut alike = self.ends[from..].iter().map_while(|at| self.words.get(*at..)?.strip_prefix(begins));
        alike.any(|rest| rest.starts_with(&name[begins.len()..]))
    }
}

/// The end of the words from there on, as far as it is looked at.
fn end(words: &str, from: usize) -> &str {
    start(words.get(from..).unwrap_or_default())
}

fn start(text: &str) -> &str {
    text.get(..LONGEST).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn capitals(text: &str) -> Capitals {
        Capitals::of([&Source::new("a.sh", text.as_bytes().to_vec()).unwrap()])
    }

    #[test]
    fn a_part_of_a_word_is_said() {
        let said = capitals("PG_CONTAINER=x; echo $MY_APP_2 12 pg");
        for name in ["PG_CONTAINER", "CONTAINER", "APP", "APP_2", "MY_APP"] {
            assert!(said.say(name), "{name}");
        }
        for name in ["PG_CONTAINER_2", "CONTAINER_MY", "CONTAINERMY", "APP_3", "Y"] {
            assert_eq!(said.say(name), "PG_CONTAINER MY_APP_2".contains(name), "{name}");
        }
    }

    #[test]
    fn long_words_cost_no_more_than_their_length() {
        let said = capitals(&format!("{}B", "A".repeat(50_000)));
        assert!(said.say("AAAA"));
        assert!(!said.say("BA"));
        assert!(said.say(&format!("{}B", "A".repeat(LONGEST))));
        assert!(!said.say(&format!("{}C", "A".repeat(LONGEST))));
    }
}
