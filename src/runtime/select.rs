//! Which containers are meant: by name, by image, by label.
//!
//! Docker's own filters are no help here: `name=` finds names that only contain the text, an empty one finds all, and
//! `ancestor=` takes no pattern.

use std::collections::HashMap;

use regex_lite::Regex;

use super::{Error, Result};

/// What a container must be: of any of the names or images, where there are some, and with all of the labels.
#[derive(Debug, Clone, Default)]
pub struct Selector {
    names: Vec<Regex>,
    images: Vec<Glob>,
    labels: Vec<(String, String)>,
}

impl Selector {
    /// Reads `--name`, `--image` and `--label`.
    ///
    /// # Errors
    /// One cannot be read, or would select every container (exit code 2).
    pub fn new(names: &[String], images: &[String], labels: &[String]) -> Result<Self> {
        Ok(Self {
            names: names.iter().map(|text| name(text)).collect::<Result<_>>()?,
            images: images.iter().map(|text| Glob::parse(text)).collect::<Result<_>>()?,
            labels: labels.iter().map(|text| label(text)).collect::<Result<_>>()?,
        })
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.images.is_empty() && self.labels.is_empty()
    }

    /// Whether images are asked for.
    pub fn asks_for_images(&self) -> bool {
        !self.images.is_empty()
    }

    /// Whether a container of this name and with these labels may be meant; `images` are the names of its image.
    pub fn takes(&self, name: &str, images: &[&str], labels: &HashMap<String, String>) -> bool {
        let slashed = format!("/{name}");
        let named = self.names.iter().any(|pattern| pattern.is_match(name) || pattern.is_match(&slashed));
        let made = self.images.iter().any(|glob| images.iter().any(|image| glob.is_match(image)));
        let any = named || made || (self.names.is_empty() && self.images.is_empty());
        any && self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

fn name(text: &str) -> Result<Regex> {
    let pattern = Regex::new(text).map_err(|error| {
        Error::usage(format!("--name `{text}` is no regular expression: {error}"), "write it as in `^ws-[0-9a-f]+$`")
    })?;
    // What matches nothing at all matches everything.
    if pattern.is_match("") || pattern.is_match("/") || pattern.is_match("\u{1}") {
        return Err(Error::usage(
            format!("--name `{text}` selects every container"),
            "name what the containers' names begin with: ^ws-",
        ));
    }
    Ok(pattern)
}

fn label(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::usage(
            format!("--label `{text}` has no key and value"),
            "write KEY=VALUE; an empty value would select too much",
        )),
    }
}

/// A pattern of image names: `*` is any text within one part, `**` also across `/`, `?` one character.
#[derive(Debug, Clone)]
pub struct Glob(Vec<char>);

impl Glob {
    /// Reads it.
    ///
    /// # Errors
    /// It would match every image (exit code 2).
    pub fn parse(text: &str) -> Result<Self> {
        if !text.chars().any(char::is_alphanumeric) {
            return Err(Error::usage(
                format!("--image `{text}` selects every image"),
                "name the repository: molecule-local/*",
            ));
        }
        Ok(Self(text.chars().collect()))
    }

    /// Whether it is this image, with or without its tag or digest.
    pub fn is_match(&self, image: &str) -> bool {
        let whole: Vec<char> = image.chars().collect();
        let bare: Vec<char> = untagged(image).chars().collect();
        matches(&self.0, &whole) || matches(&self.0, &bare)
    }
}

/// The name without `:tag` and `@digest`.
fn untagged(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rfind('/').map_or(0, |at| at + 1);
    image[last..].find(':').map_or(image, |at| &image[..last + at])
}

/// Keeps, for each place in the text, whether the pattern so far can end there: its time is their product, whatever the
/// pattern.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    let mut rest = pattern;
    while let Some((first, after)) = rest.split_first() {
        let mut next = vec![false; text.len() + 1];
        if *first == '*' {
            let across = after.first() == Some(&'*');
            rest = if across { &after[1..] } else { after };
            for at in 0..=text.len() {
                let goes_on = at > 0 && next[at - 1] && (across || text[at - 1] != '/');
                next[at] = ends[at] || goes_on;
            }
        } else {
            rest = after;
            for (at, letter) in text.iter().enumerate() {
                let same = letter == first || (*first == '?' && *letter != '/');
                next[at + 1] = ends[at] && same;
            }
        }
        ends = next;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(names: &[&str], images: &[&str], labels: &[&str]) -> Result<Selector> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Selector::new(&owned(names), &owned(images), &owned(labels))
    }

    #[test]
    fn globs_of_images() {
        let is = |glob: &str, image: &str| Glob::parse(glob).expect("fine").is_match(image);
        for image in ["molecule-local/thing", "molecule-local/thing:v2", "molecule-local/thing@sha256:00"] {
            assert!(is("molecule-local/*", image), "{image}");
        }
        assert!(!is("molecule-local/*", "molecule-local/a/b") && is("molecule-local/**", "molecule-local/a/b"));
        assert!(!is("molecule-local/*", "x/molecule-local/a") && !is("molecule-local/*", "molecule-locals"));
        assert!(is("registry.example:5000/*/app:1.?", "registry.example:5000/team/app:1.2"));
        assert!(is("postgres", "postgres:15") && !is("postgres:15", "postgres:16"));
        let worst = "*a".repeat(200);
        assert!(!is(&worst, &"a".repeat(150)));
        for wide in ["", "*", "**", "*/*", "?"] {
            assert_eq!(Glob::parse(wide).expect_err("refused").exit_code(), 2, "{wide}");
        }
    }

    #[test]
    fn what_would_select_everything_is_refused() {
        for wide in ["", ".*", "x*", "^", "^/?", "a|"] {
            assert_eq!(selects(&[wide], &[], &[]).expect_err("refused").exit_code(), 2, "{wide}");
        }
        for wrong in ["", "key", "key=", "=value"] {
            assert_eq!(selects(&[], &[], &[wrong]).expect_err("refused").exit_code(), 2, "{wrong}");
        }
        assert_eq!(selects(&["("], &[], &[]).expect_err("refused").exit_code(), 2);
        assert!(selects(&[], &[], &[]).expect("fine").is_empty());
    }

    #[test]
    fn names_or_images_and_all_labels() {
        let labels = HashMap::from([("stack".to_owned(), "a".to_owned()), ("team".to_owned(), "b".to_owned())]);
        let both = selects(&["^ws-", "^/tmp-"], &["molecule-local/*"], &[]).expect("fine");
        assert!(both.takes("ws-1", &["x"], &labels) && both.takes("tmp-1", &["x"], &labels));
        assert!(both.takes("other", &["molecule-local/x"], &labels));
        assert!(!both.takes("my-ws-1", &["x"], &labels), "the pattern is anchored");
        let narrow = selects(&["^ws-"], &[], &["stack=a", "team=b"]).expect("fine");
        assert!(narrow.takes("ws-1", &[], &labels));
        assert!(!narrow.takes("ws-1", &[], &HashMap::new()) && !narrow.takes("x", &[], &labels));
        assert!(selects(&[], &[], &["stack=a"]).expect("fine").takes("x", &[], &labels));
    }
}
