//! A script, looked through once: where in it something may stand that is looked for, whoever's address it is.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::super::address::Address;
use super::found::{LOCAL, is_one_word, is_part, is_word};
use super::variable::assignments;

/// Where something may stand in a script.
#[derive(Debug)]
pub struct Digest {
    /// An expression may name a service.
    pub(super) has_expressions: bool,
    /// Names of the daemon's host.
    pub(super) local: Vec<Range<usize>>,
    /// Words, where they stand by themselves.
    words: HashMap<String, Vec<usize>>,
    /// Numbers behind a colon: where that is.
    colons: HashMap<u16, Vec<usize>>,
    /// Assignments: where the value starts, the name, the value.
    pub(super) assigned: Vec<(usize, String, String)>,
    /// Those of names of the daemon's host.
    of_local: Vec<usize>,
    /// All of them, by their values.
    by_value: HashMap<String, Vec<usize>>,
    /// Those of numbers.
    by_number: HashMap<u16, Vec<usize>>,
}

impl Digest {
    /// That of a script.
    pub fn of(text: &str) -> Self {
        let local = LOCAL.iter().flat_map(|word| places(text, word)).collect();
        let mut words: HashMap<String, Vec<usize>> = HashMap::new();
        let mut colons: HashMap<u16, Vec<usize>> = HashMap::new();
        let mut at = 0;
        for run in text.split(|c: char| !is_part(c)) {
            if !run.is_empty() {
                words.entry(run.to_owned()).or_default().push(at);
                if let Some(rest) = run.strip_prefix("-h") {
                    words.entry(rest.to_owned()).or_default().push(at + 2);
                }
            }
            at += run.len();
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
        for (colon, _) in text.match_indices(':') {
            let rest = &text[colon + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(number) = rest[..digits].parse() {
                colons.entry(number).or_default().push(colon);
            }
        }
        let (mut of_local, mut by_value, mut by_number) = (Vec::new(), HashMap::new(), HashMap::new());
        let assigned = assignments(text).into_iter().enumerate().map(|(index, (at, name, value))| {
            if LOCAL.contains(&value) {
                of_local.push(index);
            }
            if let Ok(number) = value.parse() {
                by_number.entry(number).or_insert_with(Vec::new).push(index);
            }
            by_value.entry(value.to_owned()).or_insert_with(Vec::new).push(index);
            (at, name.to_owned(), value.to_owned())
        });
        let assigned = assigned.collect();
        let has_expressions = text.contains("job.services");
        Self { has_expressions, local, words, colons, assigned, of_local, by_value, by_number }
    }

    /// Where a name stands by itself.
    pub(super) fn places(&self, text: &str, name: &str) -> Vec<Range<usize>> {
        if !is_one_word(name) {
            return places(text, name).collect();
        }
        let mut found = self.words.get(name).cloned().unwrap_or_default();
        found.sort_unstable();
        found.into_iter().map(|at| at..at + name.len()).collect()
    }

    /// The colons before one of these numbers, in order.
    pub(super) fn colons(&self, numbers: impl Iterator<Item = u16>) -> BTreeSet<usize> {
        numbers.filter_map(|number| self.colons.get(&number)).flatten().copied().collect()
    }

    /// The assignments whose values may be hosts or ports of these, in order.
    pub(super) fn assigning(&self, addresses: &[Address]) -> BTreeSet<usize> {
        let by_id = addresses.iter().filter_map(|address| self.by_value.get(&address.id));
        let ports = addresses.iter().flat_map(|address| &address.ports);
        let numbers = ports.flat_map(|port| port.host.into_iter().chain([port.container]));
        let by_number = numbers.filter_map(|number| self.by_number.get(&number));
        by_id.chain(by_number).flatten().chain(&self.of_local).copied().collect()
    }
}

/// Where a word stands by itself.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    text.match_indices(word).map(|(at, found)| at..at + found.len()).filter(|range| is_word(text, range))
}
