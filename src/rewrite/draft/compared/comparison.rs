//! A comparison of what something says now.

use std::ops::Range;
use std::sync::Arc;

use super::super::given::Given;
use crate::rewrite::Withheld;
use crate::source::Location;

/// How a value and a literal are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Whole,
    Contains,
    Starts,
    Ends,
    /// In a way whose outcome nobody can tell.
    Unknown,
}

impl How {
    /// Whether a value is like a literal in this way. Of one that nobody can tell, it may be.
    pub fn holds(self, value: &str, with: &str) -> bool {
        match self {
            Self::Whole => value == with,
            Self::Contains => value.contains(with),
            Self::Starts => value.starts_with(with),
            Self::Ends => value.ends_with(with),
            Self::Unknown => true,
        }
    }
}

/// A comparison of what a variable, an input or an output says.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    /// `env.NAME`, `inputs.name`, `outputs.name`.
    pub key: String,
    pub how: How,
    pub with: String,
    pub expression: String,
    pub line: usize,
    /// The file, where it is not the workflow.
    pub path: Option<Arc<str>>,
    /// Where a script says what it is compared with: that may change along.
    pub with_at: Option<Location>,
    /// The step whose condition or text it is in, by its place in the job.
    pub step: Option<usize>,
}

impl Compared {
    /// One of something, of which nothing more is said yet.
    pub fn of(key: String) -> Self {
        Self {
            key,
            how: How::Unknown,
            with: String::new(),
            expression: String::new(),
            line: 0,
            path: None,
            with_at: None,
            step: None,
        }
    }

    /// The variable that it is about.
    pub fn variable(&self) -> Option<&str> {
        self.key.strip_prefix("env.")
    }

    /// Why what it is about keeps saying what it does.
    pub fn withheld(&self) -> Withheld {
        let name = self.key.split_once('.').map_or(self.key.as_str(), |(_, name)| name);
        let file = self.path.as_ref().map(|path| format!(" of `{path}`")).unwrap_or_default();
        Withheld::because(format!(
            "line {}{file} compares `{name}` with what it says now (`{}`), and it will say something else: compare what \
             stays the same",
            self.line, self.expression
        ))
    }

    /// Whether it comes out as it does by what a draft changes of a value.
    pub fn ends(&self, changes: &dyn Fn(&Location) -> bool, given: &Given) -> bool {
        if self.with_at.as_ref().is_some_and(changes) {
            return false;
        }
        let (old, with) = self.held(&given.value);
        let changes = |part: Range<usize>| changes(&given.location(part));
        // Of a variable that an `env:` has, an expression is looked at by itself.
        if given.is_entry && self.with_at.is_none() && self.variable().is_some() {
            return false;
        }
        // What moves from there to another place keeps all but a host and its port.
        let moves = given.is_entry && old.len() > 1 && changes(0..1);
        let keeps = |part: &str| !part.contains(|c: char| c.is_ascii_digit()) && !part.contains("localhost");
        // What is put beside a part leaves it there.
        let within = |at: usize| match with.len() {
            0 => false,
            _ if moves => !keeps(&with),
            1 | 2 => changes(at..at + with.len()),
            length => changes(at + 1..at + length - 1),
        };
        self.how.holds(&old, &with)
            && match self.how {
                How::Whole => changes(0..old.len()),
                How::Starts => within(0),
                How::Contains => old.match_indices(&with).all(|(at, _)| within(at)),
                How::Ends if moves => !keeps(&with),
                How::Ends => !with.is_empty() && changes(old.len() - with.len()..old.len()),
                How::Unknown => !with.is_empty() && changes(0..old.len()),
            }
    }

    /// A value, and what it is held against: runners compare without regard to case.
    pub fn held(&self, value: &str) -> (String, String) {
        (value.to_ascii_lowercase(), self.with.to_ascii_lowercase())
    }
}
