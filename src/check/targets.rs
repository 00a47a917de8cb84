//! What the options name: repositories, files, standard input, rules.

use globset::GlobSet;

use super::input::Overlay;
use super::report::InputError;
use super::repository::Settings;
use super::{Options, Refusal, Report};
use crate::discover::{Discovery, Repository, Skipped, Unreadable, discover, discover_text};
use crate::names::Names;
use crate::runner::Forge;

/// The repositories that the options name.
pub(super) fn find(options: &Options) -> Result<Discovery, Refusal> {
    let mut found = match &options.stdin {
        Some(stdin) => {
            discover_text(&stdin.path, &options.here, &String::from_utf8_lossy(&stdin.bytes), &options.reader)
        }
        None => discover(&options.paths, &options.here, &GlobSet::empty(), &options.reader)?,
    };
    found.add(options.overlay.keys());
    Ok(found)
}

/// The path, as shown, that standard input stands for; none when it is not berthlint's to lint.
///
/// # Errors
/// As [`check`].
pub fn path_of_stdin(options: &Options) -> Result<Option<String>, Refusal> {
    if options.stdin.is_none() {
        return Ok(None);
    }
    Ok(find(options)?.repositories.iter().find_map(named).cloned())
}

/// The file that was given by name; of several the first.
fn named(repository: &Repository) -> Option<&String> {
    repository.only.iter().flat_map(|only| only.callers.iter().chain(&only.files)).next()
}

/// Leaves out what the configuration excludes, and what the forge never reads.
pub(super) fn narrow(repository: &mut Repository, settings: &Settings, options: &Options, report: &mut Report) {
    report.silenced.files(settings, repository, &options.here);
    report.silenced.runners(settings, &options.here);
    repository.exclude(&settings.exclude);
    if options.forge.or(settings.config.forge).is_none_or(|forge| forge == Forge::Github) {
        report.skipped.extend(repository.leave_out_nested());
    }
}

/// A report that knows what there was to find.
pub(super) fn begun(skipped: Vec<Skipped>, errors: Vec<Unreadable>) -> Report {
    let errors = errors.into_iter().map(|error| InputError { path: error.path, span: None, message: error.message });
    Report { skipped, errors: errors.collect(), ..Report::default() }
}

/// What stands in for files of this repository, by shown path. What a fix would make of a file stands before
/// standard input.
pub(super) fn overlay(options: &Options, repository: &Repository) -> Overlay {
    let mut overlay = Overlay::new();
    if let (Some(stdin), Some(shown)) = (&options.stdin, named(repository)) {
        overlay.insert(shown.clone(), stdin.bytes.clone());
    }
    overlay.extend(options.overlay.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    overlay
}

/// Refuses names of rules that there are not.
pub(super) fn known_names(names: &Names, options: &Options) -> Result<(), Refusal> {
    for (option, list) in [("--select", &options.select), ("--ignore", &options.ignore)] {
        for name in list {
            if !names.is_known(name) {
                let hint = names.hint_and_list(name);
                return Err(Refusal::UnknownRule { option, name: name.clone(), hint });
            }
        }
    }
    Ok(())
}
