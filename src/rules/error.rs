//! What is wrong with a rule file, and what to write instead.

/// A mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}; {hint}")]
pub struct RuleError {
    /// The file.
    pub path: String,
    /// The line, 1-based.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What is allowed, or was meant.
    pub hint: String,
}

impl RuleError {
    pub(super) fn new(line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { path: String::new(), line, message: message.into(), hint: hint.into() }
    }
}

/// The errors with their file, in the order of its lines.
pub(super) fn in_file(path: &str, mut errors: Vec<RuleError>) -> Vec<RuleError> {
    errors.iter_mut().for_each(|error| path.clone_into(&mut error.path));
    errors.sort_by_key(|error| error.line);
    errors
}
