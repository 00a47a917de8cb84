//! Paths inside a repository.

use std::fmt;
use std::sync::Arc;

/// A path relative to the repository's root: normalised, with `/`, never leaving it. The root is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// The repository's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path `text` from the root; `None` when it leaves the repository.
    pub fn new(text: &str) -> Option<Self> {
        Self::root().join(text)
    }

    /// `relative` seen from this directory; `None` when it leaves the repository or is absolute.
    pub fn join(&self, relative: &str) -> Option<Self> {
        if relative.starts_with('/') || relative.contains(['\0', '\\']) {
            return None;
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(Self(parts.join("/").into()))
    }

    /// The directory it is in; the root is in none.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into()))
    }

    /// Its last component; the root has none.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let ci = RepoPath::new("ci").expect("inside");
        let cases =
            [("x.sh", Some("ci/x.sh")), ("./../a//b/", Some("a/b")), ("..", Some("")), ("../..", None), ("/x", None)];
        for (relative, wanted) in cases {
            assert_eq!(ci.join(relative).as_ref().map(RepoPath::as_str), wanted, "{relative}");
        }
        assert_eq!(ci.parent(), Some(RepoPath::root()));
        assert_eq!(RepoPath::root().parent(), None);
    }
}
