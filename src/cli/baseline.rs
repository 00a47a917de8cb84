//! `--baseline` and `--write-baseline`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::exit::{CLEAN, Failure, INCOMPLETE};
use super::output;
use crate::baseline::Baseline;
use crate::check::{Engine, Options, judge, renewed};
use crate::door::print;
use crate::door::read::{Bounds, MOST_BYTES, Refused};

/// Reads the baseline that is to be there.
pub(super) fn read(options: &Options, file: &Path) -> Result<Baseline, Failure> {
    let missing = || format!("--baseline: there is no file `{}`: `--write-baseline` makes it", file.display());
    known(options, file)?.ok_or_else(|| Failure::Usage(missing()))
}

/// Writes what is found now; of what the file held the dates and what people wrote beside them stay.
pub(super) fn write(engine: &Engine, mut options: Options, file: &Path, is_quiet: bool) -> Result<u8, Failure> {
    let old = match known(&options, file)? {
        Some(old) => old,
        None => Baseline::new(&folder(&options, file)?, []),
    };
    let old = Arc::new(old);
    options.baseline = Some(Arc::clone(&old));
    let report = judge(engine, &options, None)?.report;
    if report.is_incomplete() {
        output::aside(&crate::report::broken(&report), false);
        let words = "--write-baseline: nothing was written, because the entries of these files would be lost";
        output::complain(&[words.to_owned()]);
        return Ok(INCOMPLETE);
    }
    let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let new = renewed(&old, &report, date.split('T').next().unwrap_or_default());
    let text = new.text();
    if text.len() > MOST_BYTES {
        let words = "--write-baseline: more than 1 MB of findings: mend or switch off the rules that most of them are of \
                     (`--statistics`), or give each repository its own";
        return Err(Failure::Usage(words.to_owned()));
    }
    output::write(Some(file), output::Output::Bytes(text.as_bytes()))?;
    if !is_quiet {
        let gone = report.baseline.as_ref().map_or(0, |baseline| baseline.stale.len());
        let added = report.findings.len();
        let all = match new.entries().count() {
            1 => "1 finding".to_owned(),
            all => format!("{all} findings"),
        };
        let name = print::exact(&file.display().to_string());
        output::write(None, format!("{name}: {all}, {added} added, {gone} removed\n").as_str())?;
    }
    Ok(CLEAN)
}

fn known(options: &Options, file: &Path) -> Result<Option<Baseline>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("--baseline: `{}` {why}", file.display()));
    match options.reader.read(&options.here.join(file), &Bounds::Named) {
        Ok(bytes) => Baseline::parse(&folder(options, file)?, &bytes).map(Some).map_err(wrong),
        Err(Refused::Absent) => Ok(None),
        Err(refused) => Err(wrong(refused.to_string())),
    }
}

/// The folder of the file, without links: paths in it are seen from there.
fn folder(options: &Options, file: &Path) -> Result<PathBuf, Failure> {
    let whole = options.here.join(file);
    let folder = whole.parent().unwrap_or(&options.here);
    let missing = |_| Failure::Usage(format!("--baseline: there is no folder `{}`", folder.display()));
    folder.canonicalize().map_err(missing)
}
