//! An image's tag that a command is given apart from the name: `--set image.tag=test`.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::line::{place_of, sets_tag};
use super::sought::Sought;
use crate::rewrite::Place;
use crate::rewrite::shell_text::ShellText;

/// A line that gives some tag.
struct Given {
    text: usize,
    at: Range<usize>,
    word: String,
}

/// The lines of a job's texts that give a tag, by its value: they are read once for all its images.
struct Tags(HashMap<String, Vec<Given>>);

impl Tags {
    fn of(place: &Place<'_>, texts: &[ShellText]) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(texts))
    }

    fn read(texts: &[ShellText]) -> Self {
        let mut tags: HashMap<String, Vec<Given>> = HashMap::new();
        for (number, text) in texts.iter().enumerate() {
            let mut start = 0;
            for whole in text.value().split_inclusive('\n') {
                let at = start..start + whole.trim_end_matches(['\n', '\r']).len();
                start += whole.len();
                for word in words(&whole[..at.len()]) {
                    let Some(tag) = sets_tag(word) else { continue };
                    let known = tags.entry(tag.to_owned()).or_default();
                    if known.last().is_none_or(|last| (last.text, &last.at) != (number, &at)) {
                        known.push(Given { text: number, at: at.clone(), word: word.to_owned() });
                    }
                }
            }
        }
        Self(tags)
    }
}

/// The line of a job's text in which a command is given an image's tag apart from its name, and the word, where the name
/// stands beside it or in a chart.
pub(super) fn tagged_apart(
    place: &Place<'_>,
    texts: &[ShellText],
    sought: &Sought,
    is_in_a_chart: impl Fn() -> bool,
) -> Option<(String, String)> {
    let (name, tag) = sought.name_and_tag()?;
    let tags = Tags::of(place, texts);
    let is_it = |given: &&Given| {
        let line = texts.get(given.text).and_then(|text| text.value().get(given.at.clone())).unwrap_or_default();
        let has_name = words(line).any(|word| word.split_once('=').is_some_and(|(_, value)| value == name));
        has_name || line.contains("--set") && is_in_a_chart()
    };
    let given = tags.0.get(tag)?.iter().find(is_it)?;
    Some((place_of(texts.get(given.text)?, given.at.start), given.word.clone()))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', '\t', '"', '\'', ','])
}
