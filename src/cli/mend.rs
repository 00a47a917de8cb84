//! `berthlint check --fix` and `--diff`.

use std::path::Path;
use std::sync::Arc;

use super::arguments::{EmitName, Mend};
use super::ending::{Ending, complain_beside};
use super::exit::Failure;
use super::output::{self, Output};
use crate::check::{Engine, Options, check};
use crate::config::Emit;
use crate::door::print;
use crate::edit::Applicability;
use crate::fix::{self, Outcome, patch, patch_names};
use crate::report::{
    Format, Style, broken, colored_patch, fixes_made, narrowed, no_fixes, offer, render, silenced, warnings,
};

/// How the report is written.
pub(super) struct Shape<'a> {
    /// Its format.
    pub(super) format: Format,
    /// Its manner.
    pub(super) style: Style,
    /// Where it goes; none is standard output.
    pub(super) file: Option<&'a Path>,
}

impl Mend {
    /// Refuses what says how fixes are written where none are.
    ///
    /// # Errors
    /// The option, and what it needs.
    pub(super) fn goes_together(&self) -> Result<(), Failure> {
        let writes = self.fix || self.fix_only || self.diff;
        let lonely = [("--unsafe-fixes", self.unsafe_fixes), ("--exit-non-zero-on-fix", self.exit_non_zero_on_fix)];
        match lonely.into_iter().find(|(_, is_given)| *is_given && !writes) {
            Some((option, _)) => Err(Failure::Usage(format!("{option} needs --fix or --diff"))),
            None => Ok(()),
        }
    }
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
    let waiting = options.progress.show("rehearsing fixes");
    let outcome = fix::fix(engine, options, least(mend))?;
    drop(waiting);
    let named = patch_names::named(&outcome.files, &options.here);
    let text = patch::patch(&named.files);
    if !shape.style.quiet {
        let changed = outcome.files.iter().filter(|_| shape.style.show_fixes);
        let lines = changed.map(|(path, changed)| (path.as_str(), changed.lines_on_disk())).collect();
        output::aside(&no_fixes(&outcome.report, &lines, shape.style), false);
        output::aside(
            &fixes_made(&outcome.applied(), (outcome.mended(), outcome.withheld), "Would fix", shape.style),
            false,
        );
        output::aside(&warnings(&outcome.report, Style::default()), false);
        output::aside(&(silenced(&outcome.report) + &narrowed(&outcome.report)), false);
        output::aside(&offer(&outcome.report, false), false);
        for path in &named.left_out {
            let path = print::exact(path);
            output::aside(
                &format!(
                    "{path}: it is one file with another here, and the two would not be changed alike: left out; \
                     name one of them\n"
                ),
                false,
            );
        }
    }
    output::aside(&broken(&outcome.report), false);
    let code = ending.code(&outcome.report, !text.is_empty());
    // A patch is what the files are, or it is none.
    let is_obeyed = !print::is_plain(&text) || print::is_in_a_job() && print::commands_a_runner(&text);
    if shape.file.is_none() && is_obeyed {
        let words = "the patch holds control characters, marks or runner commands that would be obeyed where it is shown: \
                     not printed, `-o FILE` writes it";
        output::complain(&[words.to_owned()]);
        return Ok(code);
    }
    // In a file it is for git.
    let style = Style { color: shape.style.color && shape.file.is_none(), ..shape.style };
    output::say(shape.file, Output::Bytes(colored_patch(&text, style).as_bytes()), code)
}

/// Writes what is mended, then reports what remains.
pub(super) fn fix(
    engine: &Engine,
    options: &Options,
    mend: &Mend,
    ending: &Ending,
    shape: &Shape<'_>,
) -> Result<u8, Failure> {
    let waiting = options.progress.show("rehearsing fixes");
    let mut outcome = fix::fix(engine, options, least(mend))?;
    drop(waiting);
    if options.stdin.is_none() {
        write(engine, options, &mut outcome);
    }
    let broken = broken(&outcome.report);
    let mut made = fixes_made(&outcome.applied(), (outcome.mended(), outcome.withheld), "Fixed", shape.style);
    if mend.fix_only {
        outcome.report.findings.clear();
    }
    let mended = mend.exit_non_zero_on_fix && !outcome.applied.is_empty();
    let code = ending.code(&outcome.report, mended);
    // What is to be read by programs holds what remains, and nothing else.
    if shape.format.is_for_programs() || shape.style.quiet {
        made.clear();
    }
    let remains = match mend.fix_only && !shape.format.is_for_programs() {
        true => broken,
        false => render(&outcome.report, shape.format, shape.style),
    };
    complain_beside(&outcome.report, shape.format, shape.style);
    let text = format!("{remains}{made}");
    if let Some(stdin) = &options.stdin {
        // The text is what the caller wants back, mended or not.
        let mended = outcome.files.into_values().next().map(|changed| changed.new);
        output::aside(&text, shape.style.color);
        return output::say(shape.file, Output::Bytes(mended.as_ref().unwrap_or(&stdin.bytes)), code);
    }
    output::say(shape.file, Output::of(shape.format, &text, shape.style.color), code)
}

/// Writes the files. Where some were left as they are, the report is of what is on the disk now, and says which.
fn write(engine: &Engine, options: &Options, outcome: &mut Outcome) {
    let unwritten = fix::write(outcome);
    if unwritten.is_empty() {
        return;
    }
    let is_written = |path: &str| unwritten.iter().all(|left| left.paths.iter().all(|known| known != path));
    outcome.applied.retain(|applied| {
        let edits = applied.fix.edits.iter().map(|edit| edit.path.as_ref());
        edits.chain(applied.fix.creates.iter().map(|file| file.path.as_ref())).all(is_written)
    });
    let now = Options { reader: Arc::default(), ..options.clone() };
    // A configuration that has become wrong in between does not keep the rest from being said.
    if let Ok(report) = check(engine, &now) {
        outcome.report = report;
        fix::prove_planned(&mut outcome.report);
    }
    outcome.report.errors.extend(unwritten.into_iter().map(|left| left.error));
    outcome.report.errors.sort();
}

fn least(mend: &Mend) -> Applicability {
    if mend.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
}
