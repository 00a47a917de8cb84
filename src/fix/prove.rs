//! The proofs that the files alone allow: (a) they parse, (b) they mean what is meant, (c) nothing else changes.
//! Proof (d) needs another check: `compare`.

use std::collections::BTreeMap;

use super::apply::{Unexpected, apply, by_file};
use super::second::{self, Differs};
use super::{commands, comments, lines};
use crate::edit::{Change, Commands, Edit, Fix, Meaning, NewFile};
use crate::shell;
use crate::source::Source;
use crate::yaml::{self, Tree};

/// The proof that failed, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    /// The edits do not fit.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// A file it changes cannot be read.
    #[error("`{0}` cannot be read")]
    NoFile(String),
    /// A file it makes is there.
    #[error("`{0}` is there already")]
    InTheWay(String),
    /// (a)
    #[error("`{0}` would not parse any more: {1}")]
    Syntax(String, String),
    /// (b)
    #[error("it does not say what it means for `{0}`")]
    Unsaid(String),
    /// (b) for YAML
    #[error("`{0}` would say something else than what is meant: {1}")]
    Meaning(String, Differs),
    /// (b) for scripts
    #[error("other commands of `{0}` than those meant would change")]
    Commands(String),
    /// (c)
    #[error("a line of `{0}` outside the edits would change: `{1}`")]
    Line(String, String),
    /// (c)
    #[error("new lines of `{0}` would not end as its own do")]
    LineBreaks(String),
    /// (c)
    #[error("`{0}` would lose a comment: `{1}`")]
    Comment(String, String),
    /// (d)
    #[error("`{0}` would still be found")]
    Remains(String),
    /// (d)
    #[error("it would lead to a new finding, {0}")]
    NewFinding(String),
}

/// The new texts of a fix's files, proven as far as they alone allow.
///
/// # Errors
/// [`Unproven`]: the first proof that fails.
pub(super) fn alone(fix: &Fix, text_of: &dyn Fn(&str) -> Option<String>) -> Result<BTreeMap<String, String>, Unproven> {
    together(&[fix], text_of)
}

/// As [`alone`], for fixes that do not overlap: what they make of the files together.
///
/// # Errors
/// As [`alone`].
pub(super) fn together(
    fixes: &[&Fix],
    text_of: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Unproven> {
    let mut files = BTreeMap::new();
    for (path, edits) in by_file(fixes.iter().copied()) {
        let old = text_of(&path).ok_or_else(|| Unproven::NoFile(path.to_string()))?;
        let new = apply(&old, edits.iter().copied())?;
        let meanings: Vec<&Meaning> = fixes.iter().filter_map(|fix| fix.meaning.get(&path)).collect();
        edited(&path, &old, &new, &edits, &meanings)?;
        files.insert(path.to_string(), new);
    }
    for file in fixes.iter().flat_map(|fix| &fix.creates) {
        if files.contains_key(file.path.as_ref()) || text_of(&file.path).is_some() {
            return Err(Unproven::InTheWay(file.path.to_string()));
        }
        created(file)?;
        files.insert(file.path.to_string(), file.text.clone());
    }
    Ok(files)
}

fn edited(path: &str, old: &str, new: &str, edits: &[&Edit], meanings: &[&Meaning]) -> Result<(), Unproven> {
    if let Some(line) = lines::changed(old, new, edits) {
        return Err(Unproven::Line(path.to_owned(), line.trim().to_owned()));
    }
    if !lines::end_alike(old, new) {
        return Err(Unproven::LineBreaks(path.to_owned()));
    }
    let (mut changes, mut scripts): (Vec<Change>, Vec<&Commands>) = (Vec::new(), Vec::new());
    for meaning in meanings {
        match meaning {
            Meaning::Yaml(own) => changes.extend(own.iter().cloned()),
            Meaning::Script(own) => scripts.push(own),
        }
    }
    // Comments alone may move: then nothing changes, and that is said.
    let is_yaml = meanings.len() > scripts.len();
    let comments = match scripts.as_slice() {
        [] if !is_yaml => return Err(Unproven::Unsaid(path.to_owned())),
        [_, ..] if is_yaml => return Err(Unproven::Unsaid(path.to_owned())),
        [] => {
            let (was, is) = (tree(path, old)?, tree(path, new)?);
            second::same(old, &changes, new).map_err(|why| Unproven::Meaning(path.to_owned(), why))?;
            (comments::of_yaml(&was), comments::of_yaml(&is))
        }
        [meant, others @ ..] => {
            let (was, is) = (source(path, old)?, source(path, new)?);
            if shell::parse(new).errors.len() > shell::parse(old).errors.len() {
                return Err(Unproven::Syntax(path.to_owned(), "the shell would stumble over it".to_owned()));
            }
            // Of several fixes in one script each was proven alone.
            if others.is_empty() && !commands::differ_only(&was, &is, meant) {
                return Err(Unproven::Commands(path.to_owned()));
            }
            (comments::of_shell(old), comments::of_shell(new))
        }
    };
    match comments::lost(&comments.0, &comments.1) {
        Some(comment) => Err(Unproven::Comment(path.to_owned(), comment.to_owned())),
        None => Ok(()),
    }
}

/// (a) A new file parses, too.
fn created(file: &NewFile) -> Result<(), Unproven> {
    if matches!(file.path.rsplit('.').next(), Some("yml" | "yaml")) {
        tree(&file.path, &file.text)?;
        second::accepts(&file.text).map_err(|why| Unproven::Syntax(file.path.to_string(), why.to_string()))?;
    }
    Ok(())
}

fn source(path: &str, text: &str) -> Result<Source, Unproven> {
    let source = Source::new(path, text.as_bytes().to_vec());
    source.map_err(|error| Unproven::Syntax(path.to_owned(), error.to_string()))
}

/// (a)
fn tree(path: &str, text: &str) -> Result<Tree, Unproven> {
    yaml::parse(&source(path, text)?).map_err(|error| Unproven::Syntax(path.to_owned(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Key;
    use crate::fix::testing::{edit_of, fix};

    const OLD: &str = "on: push # always\njobs:\n  a:\n    run: x # because\n";

    fn set(value: &str) -> Meaning {
        let path = ["jobs", "a", "run"].map(|key| Key::Name(key.to_owned())).to_vec();
        Meaning::Yaml(vec![Change::Set { path, value: value.into() }])
    }

    fn here(path: &str) -> Option<String> {
        (path == "w.yml").then(|| OLD.to_owned())
    }

    fn judge(old: &str, new: &str, meaning: Meaning) -> Result<String, Unproven> {
        let fix = fix(vec![edit_of("w.yml", OLD, old, new)], vec![("w.yml", meaning)]);
        Ok(alone(&fix, &here)?.remove("w.yml").expect("the file"))
    }

    #[test]
    fn a_change_that_is_what_it_says_holds() {
        assert_eq!(judge(" x ", " y ", set("y")), Ok(OLD.replace(" x ", " y ")));
    }

    #[test]
    fn each_proof_fails_on_its_own() {
        assert!(matches!(judge(" x ", " [ ", set("y")), Err(Unproven::Syntax(..))));
        assert!(matches!(judge(" x ", " z ", set("y")), Err(Unproven::Meaning(..))));
        assert!(matches!(judge("x # because", "y", set("y")), Err(Unproven::Comment(..))));
        assert!(matches!(judge("x # because\n", "y # because\r\n", set("y")), Err(Unproven::LineBreaks(..))));
        assert!(matches!(judge(" x ", " y ", Meaning::Script(Commands::default())), Err(Unproven::Commands(..))));
        let unsaid = fix(vec![edit_of("w.yml", OLD, " x ", " y ")], vec![]);
        assert!(matches!(alone(&unsaid, &here), Err(Unproven::Unsaid(..))));
        assert!(matches!(alone(&unsaid, &|_| None), Err(Unproven::NoFile(..))));
        assert!(matches!(alone(&unsaid, &|_| Some("x".to_owned())), Err(Unproven::Unexpected(..))));
    }

    #[test]
    fn new_files_parse_and_are_new() {
        let mut fix = fix(vec![], vec![]);
        let file = |path: &str, text: &str| vec![NewFile { path: path.into(), text: text.to_owned() }];
        fix.creates = file("n.yml", "a: 1\n");
        assert_eq!(alone(&fix, &here).map(|files| files.len()), Ok(1));
        fix.creates = file("w.yml", "a: 1\n");
        assert!(matches!(alone(&fix, &here), Err(Unproven::InTheWay(..))));
        fix.creates = file("n.yml", "a: [\n");
        assert!(matches!(alone(&fix, &here), Err(Unproven::Syntax(..))));
    }
}
