//! The working directory, and the paths that are meant from it.

use std::sync::Arc;

use super::RepoPath;
use super::shell_directory::{Anchor, place};
use crate::symbol::{Part, Unique, Value};
use crate::truth::Truth;

/// Where a command runs, as far as is known.
///
/// Paths are symbolic strings. Of their opaque parts these are understood, by their `source`, when one
/// stands at the beginning:
/// - the checkout: `github.workspace` (`gitea.`, `forgejo.`), `$GITHUB_WORKSPACE`, `env.GITHUB_WORKSPACE`,
///   `$(git rev-parse --show-toplevel)`;
/// - the working directory: `$PWD`, `$(pwd)`, `$CURDIR`;
/// - the running script: `$0`, `$BASH_SOURCE`, `${BASH_SOURCE[0]}`, and around it `$(dirname "$0")`,
///   `${0%/*}`, `$(cd "$(dirname "$0")/.." && pwd)`, `$(realpath …)`, `$(readlink -f …)`;
/// - not in the checkout: `$HOME`, `$RUNNER_TEMP`, `runner.temp`, `$TMPDIR`.
///
/// A substitution's source is its text as written, quotes or not. Where `$0` or `$PWD` is resolved before,
/// the value comes here as [`Directory::value`] gave it, and is understood as well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Directory {
    /// In the checkout.
    Inside(RepoPath),
    /// Not in the checkout: no file of the repository is meant. Its absolute path, when that is known.
    Outside(Option<Arc<str>>),
    /// Nobody knows.
    Unknown,
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resolved {
    /// This file or directory of the repository, whether it exists or not.
    File(RepoPath),
    /// Something outside the repository, and its absolute path when that is known.
    Outside(Option<Arc<str>>),
    /// Nobody knows.
    Unknown,
}

impl Default for Directory {
    fn default() -> Self {
        Self::checkout()
    }
}

impl Directory {
    /// The checkout's root, where steps start.
    pub fn checkout() -> Self {
        Self::Inside(RepoPath::root())
    }

    /// The directory after `cd path`. `cd -` and an unknown path lead to where nobody knows.
    pub fn enter(&self, path: &Value) -> Self {
        if path.as_literal() == Some("-") {
            return Self::Unknown;
        }
        Self::from(resolve(self, path, None))
    }

    /// Like [`Directory::enter`], in a script that stands in `script`.
    pub fn enter_from(&self, path: &Value, script: Option<&Self>) -> Self {
        if path.as_literal() == Some("-") {
            return Self::Unknown;
        }
        Self::from(resolve(self, path, script))
    }

    /// The path in the repository, when it is in there.
    pub fn path(&self) -> Option<&RepoPath> {
        match self {
            Self::Inside(path) => Some(path),
            _ => None,
        }
    }

    /// What `$PWD` and `pwd` give here.
    pub fn value(&self) -> Value {
        let checkout = || Value::opaque("github.workspace", Unique::STATIC, Truth::No);
        match self {
            Self::Inside(path) if path.as_str().is_empty() => checkout(),
            Self::Inside(path) => checkout().then(Value::literal(format!("/{path}"))),
            Self::Outside(Some(path)) => Value::literal(path.as_ref()),
            Self::Outside(None) | Self::Unknown => Value::unknown("$(pwd)"),
        }
    }
}

impl From<Resolved> for Directory {
    fn from(resolved: Resolved) -> Self {
        match resolved {
            Resolved::File(path) => Self::Inside(path),
            Resolved::Outside(path) => Self::Outside(path),
            Resolved::Unknown => Self::Unknown,
        }
    }
}

impl From<Directory> for Resolved {
    fn from(directory: Directory) -> Self {
        match directory {
            Directory::Inside(path) => Self::File(path),
            Directory::Outside(path) => Self::Outside(path),
            Directory::Unknown => Self::Unknown,
        }
    }
}

/// What `path` means in `directory`; `script` is the directory of the script that is running, for `$0`.
/// One of several values counts when all mean the same.
pub fn resolve(directory: &Directory, path: &Value, script: Option<&Directory>) -> Resolved {
    if let Some(text) = path.as_literal() {
        return from(directory, text);
    }
    if let Some(texts) = path.candidates() {
        return agreed(texts.iter().map(|text| from(directory, text)));
    }
    let (first, rest) = match path.parts().split_first() {
        Some((Part::Opaque(first), rest)) => (first, rest),
        Some((Part::OneOf(values), rest)) => {
            let rest: Value = rest.iter().map(part).fold(Value::default(), Value::then);
            return agreed(values.iter().map(|value| match value.parts().first() {
                // One of several again, at the very beginning: nested deeper than anyone writes.
                Some(Part::OneOf(_)) => Resolved::Unknown,
                _ => resolve(directory, &value.clone().then(rest.clone()), script),
            }));
        }
        // `/x/$Y` is outside; `ci/$X.sh` may be any file.
        _ if path.prefix().starts_with('/') || path.prefix().starts_with("~/") => return Resolved::Outside(None),
        _ => return Resolved::Unknown,
    };
    let Some(place) = place(&first.source) else { return Resolved::Unknown };
    if place.anchor == Anchor::Elsewhere {
        return Resolved::Outside(None);
    }
    let start = match place.anchor {
        Anchor::Checkout => Directory::checkout(),
        Anchor::Here => directory.clone(),
        // The script is a file in its directory; `..` leads from the file to the directory.
        Anchor::Script => match script {
            Some(Directory::Inside(path)) => path.join("script").map_or(Directory::Unknown, Directory::Inside),
            Some(other) => other.clone(),
            None => Directory::Unknown,
        },
        Anchor::Elsewhere => Directory::Outside(None),
    };
    let start = from(&start, &format!("./{}", place.way));
    let rest: Value = rest.iter().map(part).fold(Value::default(), Value::then);
    match rest.candidates() {
        Some(texts) if texts.iter().all(|text| text.is_empty() || text.starts_with('/')) => {
            agreed(texts.iter().map(|text| from(&Directory::from(start.clone()), &format!(".{text}"))))
        }
        _ => Resolved::Unknown,
    }
}

fn part(part: &Part) -> Value {
    match part {
        Part::Literal(text) => Value::literal(text.clone()),
        Part::Opaque(opaque) => Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty),
        Part::OneOf(values) => Value::one_of(values.iter().cloned()),
    }
}

fn agreed(all: impl Iterator<Item = Resolved>) -> Resolved {
    let mut all = all.into_iter();
    let first = all.next().unwrap_or(Resolved::Unknown);
    let outside = |resolved: &Resolved| matches!(resolved, Resolved::Outside(_));
    let first_is_outside = outside(&first);
    all.fold(first, |known, other| match known == other {
        true => known,
        false if first_is_outside && outside(&other) => Resolved::Outside(None),
        false => Resolved::Unknown,
    })
}

/// A path that is all known.
fn from(directory: &Directory, text: &str) -> Resolved {
    if let Some(rest) = text.strip_prefix("/github/workspace").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        return from(&Directory::checkout(), &format!(".{rest}"));
    }
    if text.starts_with('/') {
        return Resolved::Outside(absolute(text));
    }
    if text == "~" || text.starts_with("~/") {
        return Resolved::Outside(None);
    }
    // The shell would take these for patterns.
    if text.contains(['*', '?', '\0']) || text.starts_with('~') {
        return Resolved::Unknown;
    }
    match directory {
        Directory::Inside(path) => path.join(text).map_or(Resolved::Outside(None), Resolved::File),
        // `..` may lead back in.
        Directory::Outside(_) if text.split('/').any(|part| part == "..") => Resolved::Unknown,
        Directory::Outside(Some(base)) => Resolved::Outside(absolute(&format!("{base}/{text}"))),
        Directory::Outside(None) => Resolved::Outside(None),
        Directory::Unknown => Resolved::Unknown,
    }
}

/// An absolute path with one `/` between its names; none when a pattern or `..` leads elsewhere.
fn absolute(text: &str) -> Option<Arc<str>> {
    let names: Vec<&str> = text.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    let plain = !text.contains(['*', '?', '\0']) && !names.contains(&"..");
    plain.then(|| format!("/{}", names.join("/")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(path: &str) -> Directory {
        Directory::Inside(RepoPath::new(path).expect("inside"))
    }

    fn shown(resolved: Resolved) -> String {
        match resolved {
            Resolved::File(path) => path.to_string(),
            Resolved::Outside(_) => "outside".to_owned(),
            Resolved::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn paths_from_somewhere() {
        let to = |source: &str, rest: &str| Value::unknown(source).then(Value::literal(rest));
        let cases = [
            (Value::literal("x.sh"), "web/x.sh"),
            (Value::literal("../ci/x.sh"), "ci/x.sh"),
            (Value::literal("../../x.sh"), "outside"),
            (Value::literal("/tmp/x.sh"), "outside"),
            (Value::literal("/github/workspace/x.sh"), "x.sh"),
            (Value::literal("~/x.sh"), "outside"),
            (Value::literal("ci/*.sh"), "unknown"),
            (to("github.workspace", "/ci/x.sh"), "ci/x.sh"),
            (to("$GITHUB_WORKSPACE", "/../x.sh"), "outside"),
            (to("$PWD", "/x.sh"), "web/x.sh"),
            (to("$(dirname \"$0\")", "/lib.sh"), "ci/lib.sh"),
            (to("${BASH_SOURCE[0]%/*}", "/../x.sh"), "x.sh"),
            (to("$HOME", "/x.sh"), "outside"),
            (to("vars.X", "/x.sh"), "unknown"),
            (to("$PWD", "x.sh"), "unknown"),
            (Value::literal("ci/").then(Value::unknown("$X")), "unknown"),
            (Value::one_of([Value::literal("a.sh"), Value::literal("./a.sh")]), "web/a.sh"),
            (Value::one_of([Value::literal("a.sh"), Value::literal("b.sh")]), "unknown"),
        ];
        for (path, wanted) in cases {
            assert_eq!(shown(resolve(&inside("web"), &path, Some(&inside("ci")))), wanted, "{path}");
        }
    }

    #[test]
    fn directories_follow_cd() {
        let there = Directory::checkout().enter(&Value::literal("a/b")).enter(&Value::literal(".."));
        assert_eq!(there, inside("a"));
        assert_eq!(there.enter(&Value::unknown("vars.X")), Directory::Unknown);
        assert_eq!(
            there.enter(&Value::literal("/srv")).enter(&Value::literal("x")),
            Directory::Outside(Some("/srv/x".into()))
        );
        assert_eq!(Directory::Unknown.enter(&Value::unknown("github.workspace")), Directory::checkout());
        assert_eq!(Directory::Outside(None).enter(&there.value()), there);
    }
}
