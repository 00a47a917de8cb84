//! `berthlint check`.

use std::path::Path;
use std::sync::Arc;

use super::arguments::{Check, Color, ConfidenceName};
use super::ending::{Ending, complain_beside};
use super::exit::Failure;
use super::output::{self, Output};
use super::{baseline, input, mend};
use crate::check::{Engine, check};
use crate::door::git::{self, Changed};
use crate::facts::Confidence;
use crate::fix::prove_planned;
use crate::report::{Style, render};

pub(super) fn run(engine: &Engine, arguments: Check, color: Color) -> Result<u8, Failure> {
    let format = arguments.format;
    if arguments.statistics && format.is_for_programs() {
        let words =
            "--statistics goes with `full` and `concise`; in the other formats the findings are there to be counted";
        return Err(Failure::Usage(words.to_owned()));
    }
    arguments.mend.goes_together()?;
    let file = arguments.input.output.clone();
    let style = Style {
        statistics: arguments.statistics,
        quiet: arguments.quiet,
        verbose: arguments.verbose,
        show_fixes: arguments.mend.show_fixes,
        ..output::style(color, file.as_deref())
    };
    let mut options = input::options(arguments.input)?;
    options.select = arguments.select;
    options.ignore = arguments.ignore;
    options.no_ignores = arguments.no_ignores;
    options.min_confidence = arguments.min_confidence.map(|name| match name {
        ConfidenceName::High => Confidence::High,
        ConfidenceName::Medium => Confidence::Medium,
        ConfidenceName::Low => Confidence::Low,
    });
    options.emit = arguments.mend.emit.map(mend::emit);
    options.changed = arguments.changed_since.map(|revision| changed_since(&options.here, &revision)).transpose()?;
    if let Some(file) = &arguments.baseline {
        if arguments.write_baseline {
            return baseline::write(engine, options, file, style.quiet);
        }
        options.baseline = Some(baseline::read(&options, file)?.into());
    }
    let ending = Ending { fail_on: arguments.fail_on, exit_zero: arguments.exit_zero };
    let shape = mend::Shape { format, style, file: file.as_deref() };
    if arguments.mend.diff {
        return mend::diff(engine, &options, &arguments.mend, &ending, &shape);
    }
    if arguments.mend.fix || arguments.mend.fix_only {
        return mend::fix(engine, &options, &arguments.mend, &ending, &shape);
    }
    let waiting = options.progress.show("checking");
    let mut report = check(engine, &options)?;
    prove_planned(&mut report);
    drop(waiting);
    complain_beside(&report, format, style);
    let text = render(&report, format, style);
    output::say(file.as_deref(), Output::of(format, &text, style.color), ending.code(&report, false))
}

fn changed_since(here: &Path, revision: &str) -> Result<Arc<Changed>, Failure> {
    git::changed_since(here, revision).map(Arc::new).map_err(|why| Failure::Usage(format!("--changed-since: {why}")))
}
