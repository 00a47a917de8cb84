//! `berthlint sweeper`.

use super::arguments::Sweeper;
use super::exit::{CLEAN, Failure, INCOMPLETE};
use super::output::Output;
use super::{input, output};
use crate::check::{Engine, Options, Sweepers, sweepers};
use crate::door::print;
use crate::door::read::{Bounds, Refused};
use crate::door::write::{Change, all};
use crate::report;
use crate::sweeper::{FILE, MARK, Plan};

/// Prints the workflows, or writes them.
pub(super) fn run(engine: &Engine, arguments: Sweeper) -> Result<u8, Failure> {
    let mut options = input::configured(arguments.config)?;
    options.paths = arguments.path.into_iter().chain(options.paths.drain(..)).take(1).collect();
    let (found, report) = sweepers(engine, &options)?;
    output::aside(&report::broken(&report), false);
    if found.is_empty() {
        let words = "sweeper: name a repository with workflows: `berthlint sweeper path/to/it`";
        return if report.is_incomplete() { Ok(INCOMPLETE) } else { Err(Failure::Usage(words.to_owned())) };
    }
    let mut texts = String::new();
    for repository in &found {
        for plan in &repository.plans {
            for left in &plan.left_out {
                output::complain(&[format!("sweeper: left out: {left}")]);
            }
            if plan.is_empty() {
                continue;
            }
            match arguments.write {
                true => texts.push_str(&write(&options, repository, plan)?),
                false => texts.push_str(&plan.text()),
            }
        }
    }
    let code = if report.is_incomplete() { INCOMPLETE } else { CLEAN };
    if texts.is_empty() {
        output::complain(&[
            "sweeper: nothing that can be selected stays on a shared daemon: no workflow is needed".to_owned()
        ]);
        return Ok(code);
    }
    match arguments.write {
        true => output::say(None, texts.as_str(), code),
        false => output::say(None, Output::Bytes(texts.as_bytes()), code),
    }
}

/// Writes one, unless the file that is there is somebody's own; says so in a line.
fn write(options: &Options, repository: &Sweepers, plan: &Plan) -> Result<String, Failure> {
    let folder = plan.folder.strip_prefix(repository.prefix.as_str()).unwrap_or(&plan.folder);
    let (path, shown) = (format!("{folder}/{FILE}"), format!("{}/{FILE}", plan.folder));
    let place = repository.root.join(&path);
    let old = match options.reader.read(&place, &Bounds::Inside(repository.root.clone())) {
        Ok(bytes) => Some(bytes),
        Err(Refused::Absent) => None,
        Err(refused) => return Err(Failure::Usage(format!("sweeper: {shown}: {refused}"))),
    };
    if old.as_ref().is_some_and(|bytes| !bytes.starts_with(MARK.as_bytes())) {
        let words =
            "is there already, and was not written by berthlint: it stays as it is; rename it to have one written";
        return Err(Failure::Usage(format!("sweeper: {shown} {words}")));
    }
    let text = plan.text();
    if old.as_deref() == Some(text.as_bytes()) {
        return Ok(format!("{}: unchanged\n", print::exact(&shown)));
    }
    let change = Change { path: &path, shown: &shown, old: old.as_deref(), new: text.as_bytes() };
    all(&repository.root, &[change]).map_err(|error| Failure::Output(format!("sweeper: {shown}: {error}")))?;
    Ok(format!("{}: written\n", print::exact(&shown)))
}
