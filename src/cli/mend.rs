//! `berthlint check --fix` and `--diff`.

use std::path::Path;

use super::arguments::{EmitName, Mend};
use super::check::{Ending, say};
use super::{Failure, output};
use crate::check::{Engine, Options};
use crate::config::Emit;
use crate::edit::Applicability;
use crate::fix::{self, WriteError, patch};
use crate::report::{Format, Style, broken, fixes_made, offer, render};

/// How the report is written.
pub(super) struct Shape<'a> {
    /// Its format.
    pub(super) format: Format,
    /// Its manner.
    pub(super) style: Style,
    /// Where it goes; none is standard output.
    pub(super) file: Option<&'a Path>,
}

/// The configuration's own name for it.
pub(super) fn emit(name: EmitName) -> Emit {
    match name {
        EmitName::Auto => Emit::Auto,
        EmitName::Helper => Emit::Helper,
        EmitName::Shell => Emit::Shell,
        EmitName::Action => Emit::Action,
    }
}

/// Prints what would be written, and nothing else, on standard output.
pub(super) fn diff(
    engine: &Engine,
    options: &Options,
    mend: &Mend,
    ending: &Ending,
    shape: &Shape<'_>,
) -> Result<u8, Failure> {
    let outcome = fix::fix(engine, options, least(mend))?;
    let text = patch::patch(&outcome.files);
    if !shape.style.quiet {
        output::aside(&fixes_made(&outcome.applied(), outcome.withheld, "Would fix", shape.style));
        output::aside(&offer(&outcome.report));
    }
    output::aside(&broken(&outcome.report));
    say(shape.file, text.as_bytes(), ending.code(&outcome.report, !text.is_empty()))
}

/// Writes what is mended, then reports what remains.
pub(super) fn fix(
    engine: &Engine,
    options: &Options,
    mend: &Mend,
    ending: &Ending,
    shape: &Shape<'_>,
) -> Result<u8, Failure> {
    let mut outcome = fix::fix(engine, options, least(mend))?;
    let broken = broken(&outcome.report);
    let mut made = fixes_made(&outcome.applied(), outcome.withheld, "Fixed", shape.style);
    if mend.fix_only {
        outcome.report.findings.clear();
    }
    let mended = mend.exit_non_zero_on_fix && !outcome.applied.is_empty();
    let code = ending.code(&outcome.report, mended);
    // What is to be read by programs holds what remains, and nothing else.
    if matches!(shape.format, Format::Json | Format::Jsonl) || shape.style.quiet {
        made.clear();
    }
    let remains = match (mend.fix_only, shape.format) {
        (true, Format::Full | Format::Concise) => broken,
        _ => render(&outcome.report, shape.format, shape.style),
    };
    if let Some(stdin) = &options.stdin {
        // The text is what the caller wants back, mended or not.
        let mended = outcome.files.into_values().next().map(|changed| changed.new);
        output::aside(&format!("{remains}{made}"));
        return say(shape.file, mended.as_ref().unwrap_or(&stdin.bytes), code);
    }
    let written = fix::write(&options.here, &outcome.files);
    written.map_err(|error: WriteError| Failure::Output(error.to_string()))?;
    say(shape.file, format!("{remains}{made}").as_bytes(), code)
}

fn least(mend: &Mend) -> Applicability {
    if mend.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
}
