//! Calls of `berth-run`, as they stand in a word: `$(berth-run labels --guard)`.

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BerthRun<'s> {
    /// `labels`, `name`, …
    pub verb: &'s str,
    /// The words behind it.
    pub words: Vec<&'s str>,
}

impl<'s> BerthRun<'s> {
    /// Reads what a command substitution is written as; nothing where it calls something else.
    pub fn read(source: &'s str) -> Option<Self> {
        let mut words = source.strip_prefix("$(")?.strip_suffix(')')?.split_whitespace();
        let program = words.next()?;
        if program.rsplit('/').next() != Some("berth-run") {
            return None;
        }
        Some(Self { verb: words.next()?, words: words.collect() })
    }

    /// Whether it prints options of docker's: `labels --format args`.
    pub fn prints_options(&self) -> bool {
        let is_split = self.words.windows(2).any(|pair| pair == ["--format", "args"]);
        self.verb == "labels" && (is_split || self.words.contains(&"--format=args"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_verb_and_words() {
        let read = |source| BerthRun::read(source).map(|call| format!("{} {}", call.verb, call.words.join(" ")));
        assert_eq!(read("$(berth-run labels --guard)").as_deref(), Some("labels --guard"));
        assert_eq!(read("$(/usr/local/bin/berth-run name db)").as_deref(), Some("name db"));
        for other in ["$(berth-run)", "$(berth-runner labels)", "$LABELS", "berth-run labels"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn labels_are_options_where_they_are_asked_for_as_such() {
        let prints = |source| BerthRun::read(source).is_some_and(|call| call.prints_options());
        assert!(prints("$(berth-run labels --guard --format args)"));
        assert!(prints("$(berth-run labels --format=args)"));
        assert!(!prints("$(berth-run labels)"));
        assert!(!prints("$(berth-run name --format args)"));
    }
}
