//! Reading files: bytes to text to YAML, in parallel; what fails becomes a finding or an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::InputFile;
use super::report::InputError;
use crate::discover::{Repository, Skipped};
use crate::door::read::{Bounds, Reader, Refused};
use crate::facts::Confidence;
use crate::finding::{Finding, Level};
use crate::names::{TOOL, YAML_ERROR};
use crate::source::{FileKind, NotText, Source, Span};
use crate::yaml::{self, Node, Tree};

/// Files that stand in for those on disk, by shown path.
pub(super) type Overlay = BTreeMap<String, Vec<u8>>;

/// What became of a file.
pub(super) enum Read {
    /// It parses, and perhaps no forge runs it all the same.
    Parsed(InputFile, Option<Box<Finding>>),
    /// Its text as far as it goes, and why it does not parse.
    Broken(Source, Box<Finding>),
    Unreadable(InputError),
    /// It is no file, or not of the repository: none of ours.
    Foreign(Skipped),
}

/// Reads and parses files of a repository, all of one kind; the order stays.
pub(super) fn read_all(
    reader: &Reader,
    repository: &Repository,
    files: &[PathBuf],
    kind: FileKind,
    overlay: &Overlay,
) -> Vec<Read> {
    files.par_iter().map(|relative| read(reader, repository, relative, kind, overlay)).collect()
}

fn read(reader: &Reader, repository: &Repository, relative: &Path, kind: FileKind, overlay: &Overlay) -> Read {
    let shown = repository.display(relative);
    let bytes = match bytes(reader, repository, &shown, relative, overlay) {
        Ok(bytes) => bytes,
        Err(refused) => match refused.foreign() {
            Some(why) => return Read::Foreign(Skipped { path: shown, why: why.to_owned() }),
            None => return Read::Unreadable(InputError { path: shown, span: None, message: refused.to_string() }),
        },
    };
    let source = match Source::new(shown.as_str(), bytes.clone()) {
        Ok(source) => source.of_kind(kind),
        Err(error) => return not_text(&shown, bytes, &error),
    };
    match yaml::parse(&source) {
        Ok(tree) => {
            let repeated = repeated_key(&source, &tree).map(Box::new);
            Read::Parsed(InputFile { tree }, repeated)
        }
        Err(error) => {
            let finding = match conflict(&source) {
                Some(at) => broken(&source, at, CONFLICT, UNJUDGED),
                None => broken(&source, error.span, &error.message, UNJUDGED),
            };
            Read::Broken(source, Box::new(finding))
        }
    }
}

/// What git leaves where two sides changed the same lines.
const CONFLICT: &str = "a merge conflict was left in the file: keep one side, and remove the lines of `<<<<<<<`, \
                        `=======` and `>>>>>>>`";

/// The first line of a merge conflict that nobody resolved.
fn conflict(source: &Source) -> Option<Span> {
    let text = source.text();
    let line = |mark: &str| {
        let at = if text.starts_with(mark) { 0 } else { text.find(&format!("\n{mark}"))? + 1 };
        let length = text[at..].find(['\n', '\r']).unwrap_or(text.len() - at);
        Some(Span::new(at, at + length))
    };
    line("<<<<<<< ").filter(|first| line(">>>>>>> ").is_some_and(|last| last.start > first.start))
}

/// A file that is not UTF-8: every byte above ASCII is shown as `?`, so that the places stay.
fn not_text(shown: &str, mut bytes: Vec<u8>, error: &NotText) -> Read {
    let NotText::Encoding { offset, .. } = *error;
    bytes.iter_mut().filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'?');
    match Source::new(shown, bytes) {
        Ok(source) => {
            let finding = broken(&source, Span::new(offset, offset + 1), &error.to_string(), UNJUDGED);
            Read::Broken(source, Box::new(finding))
        }
        Err(error) => Read::Unreadable(InputError { path: shown.to_owned(), span: None, message: error.to_string() }),
    }
}

/// A key that stands twice in a mapping: GitHub refuses such a file, and Gitea's and Forgejo's reader (go-yaml) does
/// not decode it ("mapping key "jobs" already defined at line 2", seen with gitea.com/gitea/act 0.261.10).
fn repeated_key(source: &Source, tree: &Tree) -> Option<Finding> {
    let mut repeated = tree.repeated_keys();
    let again = repeated.next()?;
    let key = again.as_str().unwrap_or_default();
    // Those of one mapping stand together.
    let mapping = |key: Node<'_>| key.parent().map(Node::span);
    let of_it = repeated.take_while(|other| mapping(*other) == mapping(again));
    let (times, help) = match of_it.filter(|other| other.as_str() == again.as_str()).count() {
        0 => ("twice".to_owned(), "keep one of the two; of both, the first is judged"),
        more => (format!("{} times", more + 2), "keep one of them; of all, the first is judged"),
    };
    let message = format!("the key `{key}` stands {times} in this mapping, and no forge runs such a file");
    Some(broken(source, again.span(), &message, help))
}

/// What becomes of a file that cannot be read.
const UNJUDGED: &str = "until it parses, nothing in this file is judged";

fn broken(source: &Source, span: Span, message: &str, help: &str) -> Finding {
    Finding {
        rule: YAML_ERROR.to_owned(),
        family: TOOL.to_owned(),
        level: Level::Error,
        confidence: Confidence::High,
        message: message.to_owned(),
        help: Some(help.to_owned()),
        location: source.location(span),
        job: None,
        step: None,
        related: Vec::new(),
        chain: Vec::new(),
        callers: Vec::new(),
        subject: String::new(),
        fingerprint: String::new(),
        fix: None,
        withheld: None,
        waits: None,
        label: None,
    }
}

/// A file that a finding names and the model did not hand over.
pub(super) fn read_source(
    reader: &Reader,
    repository: &Repository,
    path: &Arc<str>,
    overlay: &Overlay,
) -> Option<Source> {
    let relative = Path::new(path.strip_prefix(&repository.prefix)?);
    let bytes = bytes(reader, repository, path, relative, overlay).ok()?;
    Source::new(path.clone(), bytes).ok()
}

fn bytes(
    reader: &Reader,
    repository: &Repository,
    shown: &str,
    relative: &Path,
    overlay: &Overlay,
) -> Result<Vec<u8>, Refused> {
    match overlay.get(shown) {
        Some(bytes) => Ok(bytes.clone()),
        None => {
            let bounds = Bounds::Inside(repository.root.clone());
            reader.read(&repository.root.join(relative), &bounds).map(|bytes| bytes.to_vec())
        }
    }
}
