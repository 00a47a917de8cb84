//! `berthlint check --fix` and `--diff`.

use std::path::Path;

use super::arguments::{EmitName, Mend};
use super::check::{Ending, say};
use super::{Failure, output};
use crate::check::{Engine, Options};
use crate::config::Emit;
use crate::edit::Applicability;
use crate::fix::{self, Outcome, WriteError, patch};
use crate::report::{Format, Style, fixes_made, render};

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
    style: Style,
    file: Option<&Path>,
) -> Result<u8, Failure> {
    let outcome = fix::fix(engine, options, least(mend))?;
    let text = patch::patch(&outcome.files);
    if !style.quiet {
        tell(&fixes_made(&outcome.applied(), &outcome.report, "Would fix", style));
    }
    say(file, &text, ending.code(&outcome.report, !text.is_empty()))
}

/// Writes what is mended, then reports what remains.
pub(super) fn fix(
    engine: &Engine,
    options: &Options,
    mend: &Mend,
    ending: &Ending,
    shape: &Shape<'_>,
) -> Result<u8, Failure> {
    let outcome = fix::fix(engine, options, least(mend))?;
    let made = fixes_made(&outcome.applied(), &outcome.report, "Fixed", shape.style);
    let mended = mend.exit_non_zero_on_fix && !outcome.applied.is_empty();
    let code = match mend.fix_only {
        true if mended => super::FINDINGS,
        true => super::CLEAN,
        false => ending.code(&outcome.report, mended),
    };
    let report = if mend.fix_only { String::new() } else { render(&outcome.report, shape.format, shape.style) };
    if let Some(stdin) = &options.stdin {
        // The text is what the caller wants back, mended or not.
        let mended = outcome.files.values().next().map(|changed| changed.new.as_slice());
        let text = String::from_utf8_lossy(mended.unwrap_or(&stdin.bytes)).into_owned();
        tell(&report);
        return say(shape.file, &text, code);
    }
    write(options, &outcome)?;
    let is_json = matches!(shape.format, Format::Json | Format::Jsonl);
    if is_json || shape.style.quiet {
        return say(shape.file, &report, code);
    }
    say(shape.file, &format!("{report}{made}"), code)
}

fn least(mend: &Mend) -> Applicability {
    if mend.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
}

fn write(options: &Options, outcome: &Outcome) -> Result<(), Failure> {
    fix::write(&options.here, &outcome.files).map_err(|error: WriteError| Failure::Output(error.to_string()))
}

fn tell(text: &str) {
    output::aside(text);
}
