//! Proofs (a) to (c): what fixes must hold in the texts of their files, before anything is judged again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::apply::{Unexpected, apply, by_file};
use super::second::{self, Differs};
use crate::edit::{Change, Commands, Edit, Fix, Meaning};
use crate::rewrite::script;
use crate::shell;
use crate::source::Source;
use crate::yaml::{self, Tree};

/// The proof that failed, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
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
    /// A file it makes is there.
    #[error("`{0}` is there already")]
    Exists(String),
    /// (d)
    #[error("the finding would still be there")]
    Remains,
    /// (d)
    #[error("it would lead to a new finding, `{0}`")]
    NewFinding(String),
    /// (d)
    #[error("the files could not be judged any more: {0}")]
    NotJudged(String),
    /// (e)
    #[error("it would undo what another fix did")]
    Undone,
    /// Standard input is one file.
    #[error("it changes other files, too; give the path instead of `-`")]
    OtherFiles,
}

impl Unproven {
    /// The proof, by its letter in the documentation.
    pub fn proof(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "a",
            Self::Meaning(_) | Self::Command(_) => "b",
            Self::Line(_) | Self::Comment(_) => "c",
            Self::Remains | Self::NewFinding(_) | Self::NotJudged(_) => "d",
            Self::Undone => "e",
            Self::Unexpected(_) | Self::NoFile(_) | Self::Exists(_) | Self::OtherFiles => "files",
        }
    }
}

/// The new texts of the files that fixes change together, each file proven by itself.
///
/// # Errors
/// [`Unproven`]: the first proof that fails.
pub(super) fn texts(
    fixes: &[&Fix],
    text_of: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Unproven> {
    let mut files = BTreeMap::new();
    for (path, edits) in by_file(fixes.iter().copied()) {
        let old = text_of(&path).ok_or_else(|| Unproven::NoFile(path.to_string()))?;
        let new = apply(&old, edits.iter().copied())?;
        match meaning(fixes, &path)? {
            Meaning::Yaml(changes) => {
                let trees = (tree(&path, &old)?, tree(&path, &new)?);
                second::same(&old, &changes, &new)?;
                comments_stay(yaml_comments(&trees.0, &trees.1), yaml_comments(&trees.1, &trees.0))?;
            }
            Meaning::Script(meant) => {
                let sources = (source(&path, &old)?, source(&path, &new)?);
                commands_differ(&sources.0, &sources.1, &edits, &meant)?;
                comments_stay(shell_comments(&old), shell_comments(&new))?;
            }
        }
        lines_stay(&old, &new, &edits)?;
        files.insert(path.to_string(), new);
    }
    for file in fixes.iter().flat_map(|fix| &fix.creates) {
        if text_of(&file.path).is_some() {
            return Err(Unproven::Exists(file.path.to_string()));
        }
        if file.path.ends_with(".yml") || file.path.ends_with(".yaml") {
            tree(&file.path, &file.text)?;
            second::read(&file.text).map_err(|error| Differs::Rejected("new", error))?;
        }
        files.insert(file.path.to_string(), file.text.clone());
    }
    Ok(files)
}

/// What the fixes that change a file mean for it, taken together.
fn meaning(fixes: &[&Fix], path: &Arc<str>) -> Result<Meaning, Unproven> {
    let (mut changes, mut commands): (Vec<Change>, _) = (Vec::new(), Commands::default());
    let mut is_script = false;
    for fix in fixes.iter().filter(|fix| fix.edits.iter().any(|edit| edit.path == *path)) {
        match fix.meaning.get(path) {
            Some(Meaning::Yaml(own)) => changes.extend(own.iter().cloned()),
            Some(Meaning::Script(own)) => {
                is_script = true;
                commands.old.extend(own.old.iter().cloned());
                commands.new.extend(own.new.iter().cloned());
            }
            None => return Err(Unproven::NoFile(path.to_string())),
        }
    }
    Ok(if is_script { Meaning::Script(commands) } else { Meaning::Yaml(changes) })
}

fn source(path: &str, text: &str) -> Result<Source, Unproven> {
    Source::new(path, text.as_bytes().to_vec()).map_err(|error| Unproven::Syntax(error.to_string()))
}

/// (a)
fn tree(path: &str, text: &str) -> Result<Tree, Unproven> {
    yaml::parse(&source(path, text)?).map_err(|error| Unproven::Syntax(error.to_string()))
}

/// (c) Every line that no edit touches is still a line, just as far behind its place as the edits before it add.
fn lines_stay(old: &str, new: &str, edits: &[&Edit]) -> Result<(), Unproven> {
    let mut start = 0;
    for line in old.split_inclusive('\n') {
        let (from, to) = (start, start + line.len());
        start = to;
        // An insertion before a line leaves it as it is; one behind its break does, too.
        let touched = edits.iter().any(|edit| match edit.span.is_empty() {
            true => from < edit.span.start && (edit.span.start < to || !line.ends_with('\n')),
            false => edit.span.start < to && from < edit.span.end,
        });
        if touched {
            continue;
        }
        let before = || edits.iter().filter(|edit| edit.span.end <= from);
        let at = from + before().map(|edit| edit.new.len()).sum::<usize>()
            - before().map(|edit| edit.span.end - edit.span.start).sum::<usize>();
        let is_line = new.get(..at).is_some_and(|above| above.is_empty() || above.ends_with('\n'));
        if !is_line || new.get(at..at + line.len()) != Some(line) {
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

/// A file's comments, and those of the scripts in it that the other does not have.
fn yaml_comments(tree: &Tree, other: &Tree) -> Vec<String> {
    let own = tree.comments().iter().map(|comment| tree.source().slice(comment.span).trim_end().to_owned());
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for text in scripts(other) {
        *known.entry(text).or_default() += 1;
    }
    let mut comments: Vec<String> = own.collect();
    for text in scripts(tree) {
        match known.get_mut(text) {
            Some(count) if *count > 0 => *count -= 1,
            _ => comments.extend(shell_comments(text)),
        }
    }
    comments
}

/// The texts that may hold comments of a shell.
fn scripts(tree: &Tree) -> impl Iterator<Item = &str> {
    let texts = tree.nodes().filter(|node| !node.is_alias()).filter_map(|node| node.as_str());
    texts.filter(|text| text.contains('#') && text.contains([' ', '\n']))
}

fn shell_comments(text: &str) -> Vec<String> {
    shell::parse(text).comments.into_iter().map(|range| text[range].trim_end().to_owned()).collect()
}

/// (b) The command lists differ in those that were named, and in nothing else.
fn commands_differ(old: &Source, new: &Source, edits: &[&Edit], meant: &Commands) -> Result<(), Unproven> {
    // Where the edits' texts stand afterwards.
    let mut written = Vec::new();
    let (mut added, mut gone) = (0, 0);
    for edit in edits {
        let start = edit.span.start + added - gone;
        written.push(start..start + edit.new.len());
        added += edit.new.len();
        gone += edit.span.end - edit.span.start;
    }
    let replaced: Vec<_> = edits.iter().map(|edit| edit.span.range()).collect();
    let kept = untouched(old, &replaced, &meant.old)?;
    let found = untouched(new, &written, &meant.new)?;
    match kept.iter().zip(&found).find(|(ours, theirs)| ours != theirs) {
        Some((command, _)) => Err(Unproven::Command((*command).to_owned())),
        None if kept.len() != found.len() => {
            let longer = if kept.len() > found.len() { &kept } else { &found };
            Err(Unproven::Command(longer.last().copied().unwrap_or_default().to_owned()))
        }
        None => Ok(()),
    }
}

/// The commands but those at the edits that are meant to be there; all of those have to be.
fn untouched<'s>(
    source: &'s Source,
    edits: &[std::ops::Range<usize>],
    meant: &[String],
) -> Result<Vec<&'s str>, Unproven> {
    let mut meant: Vec<&str> = meant.iter().map(String::as_str).collect();
    let mut kept = Vec::new();
    for range in script::listed(source) {
        let command = &source.text()[range.clone()];
        let is_touched = edits.iter().any(|edit| edit.start <= range.end && range.start <= edit.end);
        match meant.iter().position(|text| is_touched && *text == command) {
            Some(at) => drop(meant.remove(at)),
            None => kept.push(command),
        }
    }
    match meant.first() {
        Some(missing) => Err(Unproven::Command((*missing).to_owned())),
        None => Ok(kept),
    }
}
