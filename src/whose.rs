//! Which line of a checkout made something that is on the daemon: what `berth-run doctor --orphans --checkout` asks.
//!
//! The model is the linter's own: the facts `making`, each with the names that what it tells of can have. A name of
//! which a part is known only to the run is a pattern, and whoever fits it is only said to be possible.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::check::{Engine, Options, facts};
use crate::facts::{Datum, Fact, Field};
use crate::identity::Leftover;

/// What the jobs of a checkout make.
#[derive(Debug, Default)]
pub struct Makers {
    all: Vec<Maker>,
    /// What could not be read, for people.
    pub unread: Vec<String>,
}

#[derive(Debug)]
struct Maker {
    kind: String,
    names: Vec<Regex>,
    /// Its names are known to the letter.
    is_exact: bool,
    image: Option<Regex>,
    job: Option<String>,
    /// The line: `.gitea/workflows/test.yml:12: docker run …`.
    line: String,
}

impl Makers {
    /// Reads a checkout.
    ///
    /// # Errors
    /// The configuration is wrong, or there is no such folder; in words.
    pub fn of(checkout: &Path) -> Result<Self, String> {
        // Paths are shown from its root.
        let root = std::path::absolute(checkout).map_err(|error| format!("{}: {error}", checkout.display()))?;
        let options = Options::new(root, vec![PathBuf::from(".")]);
        let engine = Engine::built_in();
        let (facts, report) = facts(&engine, &options).map_err(|refused| refused.to_string())?;
        let line = |fact: &Fact| {
            let at = fact.spans.get("creation")?.first()?;
            let line = report.sources.get(&at.path)?.place(at.span.start).line;
            Some(format!("{}:{line}: {}", at.path, fact.text("maker").unwrap_or_default()))
        };
        let all = facts.iter().filter(|fact| fact.kind.name == "making");
        let all = all.filter_map(|fact| Maker::of(fact, line(fact)?)).collect();
        let unread = report.errors.iter().map(|error| format!("{}: {}", error.path, error.message)).collect();
        Ok(Self { all, unread })
    }

    /// Who made it, as words to stand behind it.
    pub fn told(&self, left: Leftover<'_>) -> Option<String> {
        let fits = |maker: &&Maker| maker.fits(left);
        let exact: Vec<&Maker> = self.all.iter().filter(|maker| maker.is_exact).filter(fits).collect();
        let (who, words) = match exact.is_empty() {
            false => (exact, "made by"),
            true => (self.all.iter().filter(fits).collect(), "may have been made by"),
        };
        let mut lines: Vec<&str> = who.iter().map(|maker| maker.line.as_str()).collect();
        lines.sort_unstable();
        lines.dedup();
        (!lines.is_empty()).then(|| format!("{words} {}", lines.join(", or ")))
    }
}

impl Maker {
    fn of(fact: &Fact, line: String) -> Option<Self> {
        let Some(Field::Known(Datum::List(patterns))) = fact.fields.get("patterns") else { return None };
        let names: Vec<Regex> = patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
        let image = fact.text("image-pattern").and_then(|pattern| Regex::new(pattern).ok());
        if names.is_empty() {
            return None;
        }
        Some(Self {
            kind: fact.text("kind")?.to_owned(),
            is_exact: patterns.iter().all(|pattern| is_literal(pattern)),
            names,
            image,
            job: fact.job.clone(),
            line,
        })
    }

    fn fits(&self, left: Leftover<'_>) -> bool {
        let is_kind = match self.kind.as_str() {
            // What a project, a cluster or a builder is made of has names of their own.
            "project" | "cluster" | "builder" => true,
            kind => kind == left.kind,
        };
        let is_job = match (&self.job, left.job) {
            (Some(own), Some(job)) => own == job,
            _ => true,
        };
        let is_image = match (&self.image, left.image) {
            // An image that has lost its tag is shown by its id.
            (Some(own), Some(image)) if !image.starts_with("sha256:") => {
                own.is_match(image) || self.names_no_tag(image)
            }
            _ => true,
        };
        is_kind && is_job && is_image && self.names.iter().any(|name| name.is_match(left.name))
    }

    /// Docker shows `postgres` where `postgres:latest` was asked for, and the other way round.
    fn names_no_tag(&self, image: &str) -> bool {
        let other = image.strip_suffix(":latest").map_or_else(|| format!("{image}:latest"), str::to_owned);
        self.image.as_ref().is_some_and(|own| own.is_match(&other))
    }
}

/// Whether a pattern, anchors aside, is one text.
fn is_literal(pattern: &str) -> bool {
    let text = pattern.strip_prefix('^').and_then(|text| text.strip_suffix('$')).unwrap_or(pattern);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::write::Scratch;

    const WORKFLOW: &str = "on: push
jobs:
  api:
    runs-on: host
    steps:
      - run: docker run -d --name fixed postgres:16
      - run: docker run -d --name pg-$GITHUB_RUN_ID-x postgres:16
      - run: docker network create net-$GITHUB_RUN_ID
      - run: berth-run up cache --image redis:7
      - run: docker run -d --name $NAME nginx
";

    fn makers() -> Makers {
        let scratch = Scratch::new([(".gitea/workflows/test.yml", WORKFLOW)]).expect("a folder");
        Makers::of(scratch.path()).expect("read")
    }

    #[test]
    fn a_name_is_led_back_to_its_line() {
        let makers = makers();
        let told = |kind, name, image| makers.told(Leftover { kind, name, image, job: None });
        let fixed = told("container", "fixed", Some("postgres:16"));
        assert_eq!(
            fixed.as_deref(),
            Some("made by .gitea/workflows/test.yml:6: docker run -d --name fixed postgres:16")
        );
        let pattern = told("container", "pg-4711-x", Some("postgres:16")).expect("one");
        assert!(pattern.starts_with("may have been made by .gitea/workflows/test.yml:7:"), "{pattern}");
        let network = told("network", "net-4711", None).expect("one");
        assert!(network.starts_with("may have been made by .gitea/workflows/test.yml:8:"), "{network}");
        let sibling = told("container", "berth-cache-0123456789ab", Some("redis:7")).expect("one");
        assert!(sibling.starts_with("may have been made by .gitea/workflows/test.yml:9:"), "{sibling}");
    }

    #[test]
    fn what_does_not_fit_has_no_maker() {
        let makers = makers();
        for (kind, name, image, job) in [
            ("network", "fixed", None, None),
            ("container", "fixed", Some("mysql:8"), None),
            ("container", "fixed", Some("postgres:16"), Some("other")),
            ("container", "pg-4711", Some("postgres:16"), None),
            // Of this one no letter is known, so everything would fit.
            ("container", "anything", Some("nginx"), None),
        ] {
            assert_eq!(makers.told(Leftover { kind, name, image, job }), None, "{kind} {name}");
        }
    }

    #[test]
    fn a_literal_pattern_is_one_text() {
        assert!(is_literal(r"^pg\.a\-1$") && is_literal("^pg$"));
        assert!(!is_literal("^pg.+$") && !is_literal("^berth-cache-[0-9a-f]{12}$"));
    }
}
