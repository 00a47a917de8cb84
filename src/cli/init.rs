//! `berthlint init`.

use std::path::PathBuf;

use super::arguments::Init;
use super::exit::{CLEAN, Failure, INCOMPLETE};
use super::input;
use super::output::{self, Output};
use crate::check::{ConfigChoice, Engine, Options, facts};
use crate::config::{Choice, Config, runner_configs};
use crate::door::print;
use crate::report;

/// The file that it writes.
const NAME: &str = ".berthlint.yaml";

/// Writes a configuration of comments into the repository's root. One that is there stays.
pub(super) fn init(engine: &Engine, arguments: Init) -> Result<u8, Failure> {
    let here = input::here()?;
    let path = arguments.path.unwrap_or_else(|| PathBuf::from("."));
    let options = Options { config: ConfigChoice::Without, ..Options::new(here, vec![path]) };
    let (facts, found) = facts(engine, &options)?;
    let mut roots = found.roots.iter();
    let (Some((prefix, root)), None) = (roots.next(), roots.next()) else {
        output::aside(&report::broken(&found), false);
        let words = "init: name one repository with workflows: `berthlint init path/to/it`";
        return match found.roots.is_empty() {
            true => Ok(INCOMPLETE),
            false => Err(Failure::Usage(words.to_owned())),
        };
    };
    // One that is wrong is one, too.
    let is_there = Config::load(root, &Choice::Find, &options.reader).map_or(true, |config| !config.files.is_empty());
    if is_there {
        let words = "init: there is a configuration already: it stays as it is (docs/configuration.md has all keys)";
        return Err(Failure::Usage(words.to_owned()));
    }
    let (runners, wrong) = runner_configs(root, &options.reader);
    let problems = wrong.iter().flat_map(|error| &error.problems);
    let problems: Vec<String> =
        problems.map(|problem| format!("{problem}; this configuration of a runner is left out")).collect();
    if !problems.is_empty() {
        output::complain(&problems);
    }
    let text = report::starter(&facts, &runners);
    output::write(Some(&root.join(NAME)), Output::Bytes(text.as_bytes()))?;
    output::say(
        None,
        format!(
            "{}{NAME}: written; remove the `# ` in front of each line that is true, and correct the others\n",
            print::exact(prefix)
        )
        .as_str(),
        CLEAN,
    )
}
