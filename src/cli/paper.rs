//! What berthlint prints of itself: completions, manual pages, the configuration's schema.

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::{Arguments, Man};
use super::exit::{CLEAN, Failure};
use super::output::{self, Output};
use crate::config;

/// The configuration's JSON schema.
pub(super) fn schema() -> Result<u8, Failure> {
    output::say(None, config::schema().as_str(), CLEAN)
}

/// A script that a shell reads.
pub(super) fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "berthlint", &mut script);
    output::say(None, Output::Bytes(&script), CLEAN)
}

/// The page of berthlint or of one of its commands.
pub(super) fn man(asked: &Man) -> Result<u8, Failure> {
    // From here on each command knows its whole name.
    let mut all = Arguments::command();
    all.build();
    let page = match &asked.command {
        None => all,
        Some(name) => {
            let found = all.get_subcommands().find(|command| command.get_name() == name);
            let missing =
                || Failure::Usage(format!("man: there is no command `{name}`; `berthlint --help` lists them"));
            found.cloned().ok_or_else(missing)?
        }
    };
    let mut roff = Vec::new();
    let rendered = clap_mangen::Man::new(page).render(&mut roff);
    rendered.map_err(|error| Failure::Output(format!("man: the page cannot be made: {error}")))?;
    output::say(None, Output::Bytes(&roff), CLEAN)
}
