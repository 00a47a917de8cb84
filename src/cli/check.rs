//! `berthlint check`.

use std::io::IsTerminal;

use super::arguments::{Check, Color, ConfidenceName, FormatName, LevelName};
use super::{CLEAN, FINDINGS, Failure, INCOMPLETE, input, output};
use crate::check::{Engine, Report, check};
use crate::facts::Confidence;
use crate::finding::Level;
use crate::report::{Format, Style, render};

pub(super) fn run(engine: &Engine, arguments: Check) -> Result<u8, Failure> {
    let format = match arguments.format {
        FormatName::Full => Format::Full,
        FormatName::Concise => Format::Concise,
        FormatName::Json => Format::Json,
        FormatName::Jsonl => Format::Jsonl,
    };
    let is_json = matches!(format, Format::Json | Format::Jsonl);
    if arguments.statistics && is_json {
        let words = "--statistics goes with the formats full and concise; in JSON the findings are there to be counted";
        return Err(Failure::Usage(words.to_owned()));
    }
    let file = arguments.input.output.clone();
    let style = Style {
        color: is_colored(arguments.color, file.is_some()),
        statistics: arguments.statistics,
        quiet: arguments.quiet,
        verbose: arguments.verbose,
        ..Style::default()
    };
    let mut options = input::options(arguments.input)?;
    options.select = arguments.select;
    options.ignore = arguments.ignore;
    options.no_ignores = arguments.no_ignores;
    options.min_confidence = match arguments.min_confidence {
        ConfidenceName::High => Confidence::High,
        ConfidenceName::Medium => Confidence::Medium,
        ConfidenceName::Low => Confidence::Low,
    };
    let report = check(engine, &options)?;
    if format == Format::Jsonl {
        for error in &report.errors {
            output::complain(&format!("{}: {}", error.path, error.message));
        }
    }
    let code = exit_code(&report, arguments.fail_on, arguments.exit_zero);
    // A reader that has gone changes nothing in what was found.
    match output::write(file.as_deref(), &render(&report, format, style)) {
        Ok(()) | Err(Failure::BrokenPipe) => Ok(code),
        Err(failure) => Err(failure),
    }
}

/// What could not be read weighs more than what was found.
fn exit_code(report: &Report, fail_on: LevelName, exit_zero: bool) -> u8 {
    let from = match fail_on {
        LevelName::Error => Level::Error,
        LevelName::Warning => Level::Warning,
        LevelName::Info => Level::Info,
    };
    if report.is_incomplete() {
        INCOMPLETE
    } else if !exit_zero && report.findings.iter().any(|finding| finding.level >= from) {
        FINDINGS
    } else {
        CLEAN
    }
}

fn is_colored(color: Color, to_file: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        // https://no-color.org
        Color::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !to_file && !unwanted && std::io::stdout().is_terminal()
        }
    }
}
