//! What is wrong in a configuration, and where.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named.
    pub path: String,
    /// 1-based; `None` when it is about the whole file.
    pub line: Option<usize>,
    /// 1-based, in code points.
    pub column: Option<usize>,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl Problem {
    /// About a whole file.
    pub fn file(path: impl fmt::Display, message: impl Into<String>) -> Self {
        Self { path: path.to_string(), line: None, column: None, message: message.into() }
    }

    /// The same place with other words.
    pub fn saying(&self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self.clone() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.path)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(out, ":{line}:{column}")?;
        }
        write!(out, ": {}", self.message)
    }
}

/// A configuration that cannot be used; all that is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    /// An error when there are problems.
    pub(super) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().enumerate().try_for_each(|(at, problem)| {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(out, "{line_break}{problem}")
        })
    }
}

impl std::error::Error for ConfigError {}
