//! The linter's entry point.

use std::process::ExitCode;

fn main() -> ExitCode {
    berthlint::cli::run()
}
