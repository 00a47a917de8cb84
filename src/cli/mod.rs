//! berthlint's command line: arguments, reading and writing, exit codes; nothing else.

mod arguments;
mod baseline;
mod check;
mod ending;
mod evidence;
mod exit;
mod init;
mod input;
mod mend;
mod output;
mod paper;
mod rules;
mod sweeper;
mod views;

use std::process::ExitCode;

use crate::check::Engine;
use crate::door::print;
use crate::report;
use arguments::{Color, Command};
use exit::{CLEAN, Failure, INCOMPLETE};

pub use arguments::Arguments;

/// The stack of a thread, in bytes.
const STACK: usize = 8 << 20;

/// Runs the program.
pub fn run() -> ExitCode {
    // A defect becomes an error of the report; its first line alone is noise.
    std::panic::set_hook(Box::new(|_| {}));
    // A check runs on these threads too: they get the room that the main thread has. With one pool there already, that
    // one serves.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    let arguments: Arguments = match print::command_line() {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    let done = std::panic::catch_unwind(|| dispatch(&Engine::built_in(), arguments.command, arguments.color));
    let code = match done {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            if !matches!(failure, Failure::BrokenPipe) {
                output::complain(&failure.lines());
            }
            failure.code()
        }
        Err(defect) => {
            let words = crate::check::defect(defect.as_ref());
            output::complain(&[format!("internal error: {words}; please report it with the files")]);
            INCOMPLETE
        }
    };
    ExitCode::from(code)
}

fn dispatch(engine: &Engine, command: Command, color: Color) -> Result<u8, Failure> {
    match command {
        Command::Check(arguments) => check::run(engine, *arguments, color),
        Command::Facts(arguments) => facts(engine, arguments),
        Command::Coverage(arguments) => views::coverage(engine, arguments, color),
        Command::Collisions(arguments) => views::collisions(engine, arguments, color),
        Command::Rehearse(arguments) => views::rehearse(engine, arguments, color),
        Command::Evidence(asked) => evidence::run(&asked),
        Command::Explain(arguments) => rules::explain(engine, arguments, color),
        Command::Rules(arguments) => rules::rules(engine, arguments, color),
        Command::Sweeper(arguments) => sweeper::run(engine, arguments),
        Command::Init(arguments) => init::init(engine, arguments),
        Command::Schema => paper::schema(),
        Command::Completions { shell } => paper::completions(shell),
        Command::Man(man) => paper::man(&man),
    }
}

fn facts(engine: &Engine, arguments: arguments::Facts) -> Result<u8, Failure> {
    let file = arguments.input.output.clone();
    let options = input::options(arguments.input)?;
    let (facts, report) = crate::check::facts(engine, &options)?;
    output::write(file.as_deref(), report::facts(&facts, &report).as_str())?;
    Ok(if report.is_incomplete() { INCOMPLETE } else { CLEAN })
}
