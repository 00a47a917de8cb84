//! A repository's files, read and handed to the model; what nobody could read is told.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::engine::Engine;
use super::input::{self, Read};
use super::report::InputError;
use super::repository::{Model, RepositoryInput, Settings};
use super::targets::overlay;
use super::{Options, Refusal, Report};
use crate::analysis::Memory;
use crate::discover::{Repository, Skipped};
use crate::follow::Missing;
use crate::source::{FileKind, Location};
use crate::yaml::Tree;

/// Reads a repository's files and hands them to the model. A defect of the model is an error of this
/// repository alone.
pub(super) fn read_model(
    engine: &Engine,
    options: &Options,
    repository: &Repository,
    settings: &Settings,
    memory: Option<&Memory>,
    report: &mut Report,
) -> Result<(Model, BTreeMap<Arc<str>, Tree>), Refusal> {
    let overlay = overlay(options, repository);
    let is_reported = |path: &str| repository.only.as_ref().is_none_or(|only| only.has(path));
    let mut keep = |files: &[PathBuf], kind: FileKind| {
        let mut parsed = Vec::new();
        for read in input::read_all(&options.reader, repository, files, kind, &overlay) {
            match read {
                Read::Parsed(file, repeated) => {
                    report.broken |= repeated.is_some() && is_reported(file.tree.source().path());
                    report.findings.extend(repeated.map(|finding| *finding));
                    parsed.push(file);
                }
                Read::Broken(source, finding) => {
                    report.broken |= is_reported(source.path());
                    report.sources.insert(source.path().clone(), source);
                    report.findings.push(*finding);
                }
                Read::Unreadable(error) if is_reported(&error.path) => report.errors.push(error),
                Read::Foreign(skipped) if is_reported(&skipped.path) => report.skipped.push(skipped),
                Read::Unreadable(_) | Read::Foreign(_) => {}
            }
        }
        parsed
    };
    let workflows = keep(&repository.workflows, FileKind::Workflow);
    let actions = keep(&repository.actions, FileKind::Action);
    let input = RepositoryInput { repository, workflows, actions, overlay: &overlay, settings, options, memory };
    let model = match catch_unwind(AssertUnwindSafe(|| (engine.model)(&input))) {
        Ok(model) => model?,
        Err(panic) => {
            report.errors.push(internal(repository, panic.as_ref()));
            Model::default()
        }
    };
    let files = input.workflows.into_iter().chain(input.actions);
    let trees: BTreeMap<Arc<str>, Tree> = files.map(|file| (file.tree.source().path().clone(), file.tree)).collect();
    let sources = trees.values().map(Tree::source).chain(&model.sources);
    report.sources.extend(sources.map(|source| (source.path().clone(), source.clone())));
    note_unread(options, repository, settings, &model, report);
    Ok((model, trees))
}

/// Says what workflows call and nobody could read: findings may be missing that stand there.
fn note_unread(options: &Options, repository: &Repository, settings: &Settings, model: &Model, report: &mut Report) {
    for (path, why) in model.files.iter().flat_map(|files| files.missing()) {
        if settings.exclude.is_match(path.as_str()) {
            continue;
        }
        let path = repository.display(Path::new(path.as_str()));
        let words = format!("{why}: what calls it was judged without it");
        // Where files were named the others were read for their sake only.
        let is_asked = repository.only.as_ref().is_none_or(|only| only.has(&path));
        match why {
            // bash runs such a script all the same.
            Missing::Unreadable(_) | Missing::NotText(_) if is_asked => {
                report.errors.push(InputError { path, span: None, message: words })
            }
            _ => report.skipped.push(Skipped { path, why: words }),
        }
    }
    let misshapen = model.misshapen();
    let told = model.unread.iter().chain(&model.absent).chain(&misshapen);
    add_missing(options, repository, report, told.map(|(at, _)| at));
    report.misshapen.extend(misshapen);
    for (at, why) in &model.unread {
        let line = report.sources.get(&at.path).map_or(1, |source| source.place(at.span.start).line);
        report.skipped.push(Skipped { path: at.path.to_string(), why: format!("line {line}: {why}") });
    }
}

fn internal(repository: &Repository, panic: &(dyn std::any::Any + Send)) -> InputError {
    let words = defect(panic);
    let path = repository.prefix.trim_end_matches('/');
    InputError {
        path: if path.is_empty() { ".".to_owned() } else { path.to_owned() },
        span: None,
        message: format!("internal error, this repository was not judged: {words}; please report it with the files"),
    }
}

/// The words of a panic.
pub(crate) fn defect(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Reads files that are pointed at and that nobody has read.
pub(super) fn add_missing<'l>(
    options: &Options,
    repository: &Repository,
    report: &mut Report,
    locations: impl Iterator<Item = &'l Location>,
) {
    for location in locations {
        if !report.sources.contains_key(&location.path)
            && let Some(source) = input::read_source(&options.reader, repository, &location.path, &options.overlay)
        {
            report.sources.insert(location.path.clone(), source);
        }
    }
}
