//! What one fix must hold before it is tried: proofs (a) to (c) of a single file.

use std::collections::BTreeMap;

use super::apply::{Unexpected, apply, by_file};
use super::second::{self, Differs};
use crate::edit::{Commands, Edit, Fix, Meaning};
use crate::rewrite::script;
use crate::shell;
use crate::source::Source;
use crate::yaml::{self, Tree};

/// The proof that failed, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unproven {
    /// The edits do not fit.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// (a)
    #[error("the file would not parse any more: {0}")]
    Syntax(String),
    /// (b) for YAML
    #[error(transparent)]
    Meaning(#[from] Differs),
    /// (b) for scripts
    #[error("another command than those meant would change: `{0}`")]
    Command(String),
    /// (c)
    #[error("a line outside the edits would change: `{0}`")]
    Line(String),
    /// (c)
    #[error("a comment would be lost: `{0}`")]
    Comment(String),
    /// A file it changes is not known, or nothing is said of it.
    #[error("`{0}` cannot be read")]
    NoFile(String),
    /// (d)
    #[error("the finding would still be there")]
    Remains,
    /// (d)
    #[error("it would lead to a new finding, `{0}`")]
    NewFinding(String),
}

/// The new texts of a fix's files, each proven by itself.
///
/// # Errors
/// [`Unproven`]: the first proof that fails.
pub(super) fn alone(fix: &Fix, text_of: &dyn Fn(&str) -> Option<String>) -> Result<BTreeMap<String, String>, Unproven> {
    let mut files = BTreeMap::new();
    for (path, edits) in by_file([fix]) {
        let missing = || Unproven::NoFile(path.to_string());
        let old = text_of(&path).ok_or_else(missing)?;
        let new = apply(&old, edits.iter().copied())?;
        match fix.meaning.get(&path).ok_or_else(missing)? {
            Meaning::Yaml(changes) => {
                let trees = (tree(&path, &old)?, tree(&path, &new)?);
                second::same(&old, changes, &new)?;
                comments_stay(yaml_comments(&trees.0), yaml_comments(&trees.1))?;
            }
            Meaning::Script(commands) => {
                let sources = (source(&path, &old)?, source(&path, &new)?);
                commands_differ(&sources.0, &sources.1, commands)?;
                comments_stay(shell_comments(&old), shell_comments(&new))?;
            }
        }
        lines_stay(&old, &new, &edits)?;
        files.insert(path.to_string(), new);
    }
    for file in &fix.creates {
        if text_of(&file.path).is_some() {
            return Err(Unproven::Line(format!("{} is there already", file.path)));
        }
        if !matches!(file.path.rsplit('.').next(), Some("yml" | "yaml")) {
            continue;
        }
        tree(&file.path, &file.text)?;
    }
    files.extend(fix.creates.iter().map(|file| (file.path.to_string(), file.text.clone())));
    Ok(files)
}

fn source(path: &str, text: &str) -> Result<Source, Unproven> {
    Source::new(path, text.as_bytes().to_vec()).map_err(|error| Unproven::Syntax(error.to_string()))
}

/// (a)
fn tree(path: &str, text: &str) -> Result<Tree, Unproven> {
    yaml::parse(&source(path, text)?).map_err(|error| Unproven::Syntax(error.to_string()))
}

/// (c) What no edit touches is in the new text, in order.
fn lines_stay(old: &str, new: &str, edits: &[&Edit]) -> Result<(), Unproven> {
    let mut left = new.split_inclusive('\n');
    let mut start = 0;
    for line in old.split_inclusive('\n') {
        let (from, to) = (start, start + line.len());
        start = to;
        let touched = edits.iter().any(|edit| match edit.span.is_empty() {
            true => from < edit.span.start && edit.span.start < to || to == old.len() && edit.span.start == to,
            false => edit.span.start < to && from < edit.span.end,
        });
        if !touched && !left.any(|new| new == line) {
            return Err(Unproven::Line(line.trim().to_owned()));
        }
    }
    Ok(())
}

/// (c) Every comment of the old text is one of the new.
fn comments_stay(old: Vec<String>, mut new: Vec<String>) -> Result<(), Unproven> {
    for comment in old {
        match new.iter().position(|other| *other == comment) {
            Some(at) => {
                new.swap_remove(at);
            }
            None => return Err(Unproven::Comment(comment)),
        }
    }
    Ok(())
}

/// A file's comments, and those of the scripts in it.
fn yaml_comments(tree: &Tree) -> Vec<String> {
    let own = tree.comments().iter().map(|comment| tree.source().slice(comment.span).trim_end().to_owned());
    let scripts = tree.nodes().filter(|node| !node.is_alias()).filter_map(|node| node.as_str());
    let scripts = scripts.filter(|text| text.contains('#') && text.contains('\n'));
    own.chain(scripts.flat_map(shell_comments)).collect()
}

fn shell_comments(text: &str) -> Vec<String> {
    shell::parse(text).comments.into_iter().map(|range| text[range].trim_end().to_owned()).collect()
}

/// (b) The command lists differ in those that were named, and in nothing else.
fn commands_differ(old: &Source, new: &Source, meant: &Commands) -> Result<(), Unproven> {
    let list = |source: &Source| -> Vec<String> {
        script::listed(source).into_iter().map(|range| source.text()[range].to_owned()).collect()
    };
    let (old, new) = (list(old), list(new));
    let kept = without(&old, &meant.old).map_err(Unproven::Command)?;
    let found = without(&new, &meant.new).map_err(Unproven::Command)?;
    match kept.iter().zip(&found).find(|(ours, theirs)| ours != theirs) {
        Some((command, _)) => Err(Unproven::Command(command.clone())),
        None if kept.len() != found.len() => Err(Unproven::Command(kept.last().cloned().unwrap_or_default())),
        None => Ok(()),
    }
}

/// A list without some of its items, which stand in it in this order.
fn without(all: &[String], some: &[String]) -> Result<Vec<String>, String> {
    let mut rest = some.iter().peekable();
    let kept = all.iter().filter(|item| rest.next_if(|next| next == item).is_none()).cloned().collect();
    match rest.next() {
        Some(missing) => Err(missing.clone()),
        None => Ok(kept),
    }
}
