//! What of a configuration counts for nothing: most likely it is misspelled.

use super::repository::{Model, Settings};
use super::{Options, Report};
use crate::discover::{Repository, Skipped, display_named, display_path};
use crate::runner::{Declared, LabelPattern};

/// Says what is written for nothing: a file that is called almost as the configuration is, a runner of no job.
pub(super) fn configuration(
    repository: &Repository,
    settings: &Settings,
    model: &Model,
    options: &Options,
    report: &mut Report,
) {
    if let Some(stray) = &settings.config.stray {
        let path = display_path(stray, &options.here);
        let why = "the configuration is called `.berthlint.yaml`, with a dot: this file is not read".to_owned();
        report.warnings.push(Skipped { path, why });
    }
    let jobs = || model.workflows.iter().flat_map(|workflow| workflow.jobs.iter());
    let labels = || jobs().flat_map(|traced| &traced.substrate.labels).map(String::as_str);
    // Who does not see all jobs, or not all their labels, knows of no runner that it has none.
    let is_unknown = labels().any(|label| label.contains("${{"));
    if repository.only.is_some() || options.stdin.is_some() || is_unknown || jobs().next().is_none() {
        return;
    }
    for written in &settings.config.labels {
        let declared = Declared::of(vec![LabelPattern { name: written.name.clone(), schema: None }]);
        if declared.fits(labels()).is_none() {
            let path = display_named(&written.place.path, &options.here);
            let line = written.place.line.unwrap_or(1);
            let why = format!("line {line}: no job runs on `{}`, which `runners` names", written.name);
            report.warnings.push(Skipped { path, why });
        }
    }
}
