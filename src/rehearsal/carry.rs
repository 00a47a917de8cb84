//! Which place of the original a place of the result was.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use similar::{DiffTag, DiffableStr};

use super::log::{Event, Question};
use crate::difference::difference;
use crate::facts::Link;
use crate::source::{Location, Span};

/// A command of the original: its file, its first byte, and the calls that led to it, as they are written.
pub(super) type Key = (Arc<str>, usize, Vec<String>);

/// How the bytes of changed files moved.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    files: BTreeMap<String, Vec<Stretch>>,
}

/// Bytes that both texts have.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    new: usize,
    old: usize,
    length: usize,
}

impl Carry {
    /// Of files with an old and a new text, by the paths that locations have.
    pub fn of<'t>(files: impl IntoIterator<Item = (&'t str, &'t str, &'t str)>) -> Self {
        Self { files: files.into_iter().map(|(path, old, new)| (path.to_owned(), stretches(old, new))).collect() }
    }

    /// Whether a part of the new text is not in the old as it is.
    pub(super) fn has_changed(&self, at: &Location) -> bool {
        let Some(stretches) = self.files.get(&*at.path) else { return false };
        last_before(stretches, at).is_none_or(|before| before.new + before.length < at.span.end)
    }

    /// Where a place of the new text was in the old; nothing for what is new.
    pub(super) fn back(&self, at: &Location) -> Option<usize> {
        let start = at.span.start;
        let Some(stretches) = self.files.get(&*at.path) else { return Some(start) };
        let Stretch { new, old, length } = last_before(stretches, at)?;
        (start < new + length).then(|| old + (start - new))
    }

    /// About where a place of the new text was in the old: what is new lies behind the last byte that both have.
    pub(super) fn near(&self, at: &Location) -> Location {
        let known = self.back(at).or_else(|| {
            let before = last_before(self.files.get(&*at.path)?, at)?;
            Some(before.old + before.length)
        });
        let start = known.unwrap_or_default();
        Location { path: at.path.clone(), span: Span::new(start, start) }
    }

    /// The question of the original that one of the result is.
    pub(super) fn question(&self, question: &Question) -> Option<Key> {
        Some((question.at.path.clone(), self.back(&question.at)?, question.chain.clone()))
    }

    /// The command of the original that an event of the result is.
    pub(super) fn original(&self, event: &Event) -> Option<Key> {
        Some((event.at.path.clone(), self.back(&event.at)?, chain(event)))
    }
}

/// The last of the stretches that begins before a place of the new text, or there.
fn last_before(stretches: &[Stretch], at: &Location) -> Option<Stretch> {
    stretches.partition_point(|stretch| stretch.new <= at.span.start).checked_sub(1).map(|before| stretches[before])
}

/// The command that an event of the original is.
pub(super) fn own(event: &Event) -> Key {
    (event.at.path.clone(), event.at.span.start, chain(event))
}

/// The question that one of the original is.
pub(super) fn own_question(question: &Question) -> Key {
    (question.at.path.clone(), question.at.span.start, question.chain.clone())
}

/// Whether an event is that command, as [`own`] tells it.
pub(super) fn is(event: &Event, (path, start, through): &Key) -> bool {
    event.at.span.start == *start
        && event.at.path == *path
        && event.chain.iter().map(|link| &*link.location.path).eq(through.iter().map(String::as_str))
}

fn chain(event: &Event) -> Vec<String> {
    files(&event.chain)
}

/// The files that were come through: what a call says may be what a fix changes.
pub(super) fn files(chain: &[Link]) -> Vec<String> {
    chain.iter().map(|link| link.location.path.to_string()).collect()
}

fn stretches(old: &str, new: &str) -> Vec<Stretch> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut found = Found::default();
    for group in difference(&old_lines, &new_lines) {
        let text = |lines: &[&str], range: std::ops::Range<usize>| lines[range].concat();
        let (gone, come) = (text(&old_lines, group.old_range()), text(&new_lines, group.new_range()));
        if gone == come {
            found.both(gone.len());
            continue;
        }
        let (gone, come) = (&old_lines[group.old_range()], &new_lines[group.new_range()]);
        let (mut old_at, mut new_at) = (0, 0);
        for (old_line, new_line) in paired(gone, come).into_iter().chain([(gone.len(), come.len())]) {
            found.old += gone[old_at..old_line].iter().map(|line| line.len()).sum::<usize>();
            found.new += come[new_at..new_line].iter().map(|line| line.len()).sum::<usize>();
            if let (Some(gone), Some(come)) = (gone.get(old_line), come.get(new_line)) {
                found.words(gone, come);
            }
            (old_at, new_at) = (old_line + 1, new_line + 1);
        }
    }
    found.stretches
}

/// Which old line each new line is, by what they have in common, in order: the pairs that have most of it together.
fn paired(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    /// Of larger blocks nothing is carried: a file that is written anew is another file.
    const MOST: usize = 400;
    if old.len().max(new.len()) > MOST {
        return Vec::new();
    }
    let mut best = vec![vec![0.0f64; new.len() + 1]; old.len() + 1];
    let alike: Vec<Vec<f64>> = old.iter().map(|old| new.iter().map(|new| likeness(old, new)).collect()).collect();
    for (i, row) in alike.iter().enumerate().rev() {
        for (j, alike) in row.iter().enumerate().rev() {
            best[i][j] = best[i + 1][j].max(best[i][j + 1]).max(alike + best[i + 1][j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() && j < new.len() {
        let together = alike[i][j] + best[i + 1][j + 1];
        if alike[i][j] > 0.0 && together >= best[i + 1][j] && together >= best[i][j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// How much of their words two lines have in common, from 0 to 1; less than a third counts as nothing.
fn likeness(one: &str, other: &str) -> f64 {
    let mut words: HashMap<&str, u32> = HashMap::new();
    let (mut own, mut theirs, mut common) = (0, 0, 0);
    for word in other.split_whitespace() {
        *words.entry(word).or_default() += 1;
        theirs += 1;
    }
    for word in one.split_whitespace() {
        own += 1;
        if let Some(left) = words.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            common += 1;
        }
    }
    let share = f64::from(common) / f64::from(own.max(theirs).max(1));
    if share < 0.34 { 0.0 } else { share }
}

#[derive(Default)]
struct Found {
    old: usize,
    new: usize,
    stretches: Vec<Stretch>,
}

impl Found {
    /// Two lines, word by word.
    fn words(&mut self, old: &str, new: &str) {
        let (old, new) = (old.tokenize_words(), new.tokenize_words());
        for stretch in difference(&old, &new) {
            let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
            let (gone, come) = (length(&old[stretch.old_range()]), length(&new[stretch.new_range()]));
            if stretch.tag() == DiffTag::Equal {
                self.both(gone);
            } else {
                self.old += gone;
                self.new += come;
            }
        }
    }

    fn both(&mut self, length: usize) {
        let Self { old, new, .. } = *self;
        match self.stretches.last_mut().filter(|last| last.new + last.length == new && last.old + last.length == old) {
            Some(last) => last.length += length,
            None => self.stretches.push(Stretch { new, old, length }),
        }
        self.old += length;
        self.new += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_very_many_words_are_compared() {
        let long = "sudo ".repeat(70_000);
        assert!((likeness(&long, &format!("{long} docker ps")) - 1.0).abs() < 0.001);
        assert!((likeness("docker rm a a", "docker rm a b") - 0.75).abs() < 0.001);
        assert!(likeness("a b c", "c d e f") < 0.001);
    }

    #[test]
    fn a_command_is_found_where_it_was() {
        let old = "a:\n  - run: docker rm -f pg\n  - run: docker run --name pg postgres\n  - run: psql\n";
        let new = "a:\n  - run: docker run --name \"$PG\" postgres\n  - run: psql\n  - if: always()\n    run: docker rm -f \"$PG\"\n";
        let carry = Carry::of([("w.yml", old, new)]);
        let back = |text: &str| {
            let start = new.rfind(text).expect("there");
            let at = Location { path: "w.yml".into(), span: Span { start, end: start + 1 } };
            carry.back(&at)
        };
        assert_eq!(back("docker run"), old.find("docker run"));
        assert_eq!(back("psql"), old.find("psql"));
        assert_ne!(back("docker rm"), old.find("docker rm"));
    }
}
