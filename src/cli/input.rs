//! From arguments to what a check is asked to do.

use std::path::{Path, PathBuf};

use super::arguments::{Configuration, ForgeName, Input};
use super::exit::Failure;
use crate::check::{ConfigChoice, Options, Stdin};
use crate::door::read::standard_input;
use crate::runner::Forge;

/// The options that `check` and `facts` share.
pub(super) fn options(input: Input) -> Result<Options, Failure> {
    let stdin = stdin(&input)?;
    let paths = if input.paths.is_empty() { vec![PathBuf::from(".")] } else { input.paths };
    let runner_config = input.runner_config.map(|file| existing("--runner-config", file)).transpose()?;
    let forge = input.forge.map(|forge| match forge {
        ForgeName::Github => Forge::Github,
        ForgeName::Gitea => Forge::Gitea,
        ForgeName::Forgejo => Forge::Forgejo,
    });
    let base = configured(input.configuration)?;
    Ok(Options { paths, stdin, forge, runner_config, no_follow: input.no_follow, ..base })
}

/// The options of what only needs the configuration: here, and where it comes from.
pub(super) fn configured(configuration: Configuration) -> Result<Options, Failure> {
    let here = here()?;
    let config = match (configuration.config, configuration.no_config) {
        (Some(file), _) => ConfigChoice::File(existing("--config", file)?),
        (None, true) => ConfigChoice::Without,
        (None, false) => ConfigChoice::Find,
    };
    Ok(Options { config, ..Options::new(here, vec![PathBuf::from(".")]) })
}

/// The working directory.
pub(super) fn here() -> Result<PathBuf, Failure> {
    let unreadable = |error| Failure::Usage(format!("the working directory cannot be read: {error}"));
    std::env::current_dir().map_err(unreadable)
}

fn existing(option: &str, file: PathBuf) -> Result<PathBuf, Failure> {
    if file.is_file() {
        return Ok(file);
    }
    Err(Failure::Usage(format!("{option}: there is no file `{}`", file.display())))
}

/// The file that standard input brings, when `-` is asked for.
fn stdin(input: &Input) -> Result<Option<Stdin>, Failure> {
    let asked = input.paths.iter().any(|path| path == Path::new("-"));
    match (asked, &input.stdin_filename) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Failure::Usage("--stdin-filename goes with `-` in place of a path".to_owned())),
        (true, _) if input.paths.len() > 1 => {
            Err(Failure::Usage("`-` stands alone: lint the other paths in a call of their own".to_owned()))
        }
        (true, None) => Err(Failure::Usage(
            "`-` needs --stdin-filename PATH: the path decides which forge runs the file".to_owned(),
        )),
        (true, Some(path)) => {
            let bytes = standard_input().map_err(|why| Failure::Output(format!("standard input {why}")))?;
            Ok(Some(Stdin { path: path.clone(), bytes }))
        }
    }
}
