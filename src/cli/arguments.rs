//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::report::Format;

/// Finds CI jobs that collide, leak or remove too much on a Docker daemon that they share.
#[derive(Debug, Parser)]
#[command(name = "berthlint", version = env!("BERTHLINT_VERSION"), max_term_width = 100, arg_required_else_help = true, subcommand_required = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Colours and links; auto heeds NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint workflows, and the scripts, makefiles and compose files that they call
    Check(Box<Check>),
    /// Print every fact that rules can judge, as JSON
    Facts(Facts),
    /// Show what jobs make on the daemon, and in which outcomes something removes it
    Coverage(Coverage),
    /// Show which two jobs claim the same port, name or image tag on one daemon
    Collisions(Collisions),
    /// Play each job on a simulated daemon: two runs at once, a killed run, three runs in a row
    Rehearse(Rehearse),
    /// Count the signs of collisions and leaks in job logs, by workflow, job and week
    Evidence(Evidence),
    /// Explain a rule
    Explain(Explain),
    /// List the rules, or test your own
    Rules(Rules),
    /// Print or write a scheduled workflow that removes what killed runners have left
    Sweeper(Sweeper),
    /// Write a configuration to fill in, with what the repository shows
    Init(Init),
    /// Print the configuration's JSON schema, for editors
    Schema,
    /// Print the completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print a manual page in the format of man
    Man(Man),
}

/// Which rule is explained, and how.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The rule, or a family
    pub(super) rule: String,
    /// The output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
    #[command(flatten)]
    pub(super) config: Configuration,
}

/// What is done with the rules.
#[derive(Debug, Args)]
pub(super) struct Rules {
    /// The output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
    /// Run the examples of your own rules: exit with 1 when `bad` finds nothing, or `good` or `fixed` finds something
    #[arg(long)]
    pub(super) test: bool,
    #[command(flatten)]
    pub(super) config: Configuration,
}

/// Which logs are read, and how they are counted.
#[derive(Debug, Args)]
pub(super) struct Evidence {
    /// Logs, or folders of them: a folder stands for the workflow of the logs in it
    #[arg(required = true, value_name = "LOG")]
    pub(super) logs: Vec<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(super) format: TableFormat,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// Which repository gets a configuration.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The repository [default: .]
    pub(super) path: Option<PathBuf>,
}

/// For which repository a sweeper is written, and whether.
#[derive(Debug, Args)]
pub(super) struct Sweeper {
    /// The repository [default: .]
    pub(super) path: Option<PathBuf>,
    /// Write it into the folder of the workflows; a file that berthlint did not write stays as it is
    #[arg(long)]
    pub(super) write: bool,
    #[command(flatten)]
    pub(super) config: Configuration,
}

/// The page of a command.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// The command; without it the page of berthlint
    pub(super) command: Option<String>,
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
pub(super) struct Configuration {
    /// Read this configuration instead of each repository's own
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    pub(super) no_config: bool,
}

/// What `check` and `facts` read, and how.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// Repositories, directories or files; `-` reads a file from standard input [default: the
    /// checkout around the current folder, else the folder]
    pub(super) paths: Vec<PathBuf>,
    /// Treat standard input as the file at this path
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) configuration: Configuration,
    /// The forge that runs `.github/workflows`
    #[arg(long, value_enum)]
    pub(super) forge: Option<ForgeName>,
    /// The runner's own config.yaml (gitea-runner, forgejo-runner)
    #[arg(long, value_name = "FILE")]
    pub(super) runner_config: Option<PathBuf>,
    /// Do not follow calls into scripts, makefiles and the like
    #[arg(long)]
    pub(super) no_follow: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Facts {
    #[command(flatten)]
    pub(super) input: Input,
}

#[derive(Debug, Args)]
pub(super) struct Coverage {
    #[command(flatten)]
    pub(super) input: Input,
    /// The output format
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(super) format: TableFormat,
    /// Exit with 1 when less than this percentage of the outcomes is covered
    #[arg(long, value_name = "PCT", value_parser = percent)]
    pub(super) fail_under: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Collisions {
    #[command(flatten)]
    pub(super) input: Input,
    /// The output format
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(super) format: TableFormat,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a number from 0 to 100".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) input: Input,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Full)]
    pub(super) format: Format,
    /// Only these rules and families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these rules and families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Leave out the findings that are in this file
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Add all findings to the baseline, and remove entries that are no longer found
    #[arg(long, requires = "baseline", conflicts_with_all = ["fix", "fix_only", "diff", "changed_since"])]
    pub(super) write_baseline: bool,
    /// Only findings in what has changed since this commit, and in the jobs that call a changed file
    #[arg(long, value_name = "REV", conflicts_with = "stdin_filename")]
    pub(super) changed_since: Option<String>,
    /// Exit with 1 when there is a finding of this level or above [default: the configuration's `fail-on:`, else error]
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<LevelName>,
    /// Hide findings of lower confidence [default: the configuration's `min-confidence:`, else medium]
    #[arg(long, value_enum)]
    pub(super) min_confidence: Option<ConfidenceName>,
    /// Exit with 0 in place of 1 when there are findings
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Report also what `# berthlint: ignore[…]` comments silence
    #[arg(long)]
    pub(super) no_ignores: bool,
    /// Count the findings of each rule instead of showing them
    #[arg(long)]
    pub(super) statistics: bool,
    /// Leave out notes and the summary
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also list the scripts that were followed or are missing, and why a finding has no fix
    #[arg(short, long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) mend: Mend,
}

/// Which jobs are played, and how the plays are told.
#[derive(Debug, Args)]
pub(super) struct Rehearse {
    #[command(flatten)]
    pub(super) input: Input,
    /// Only the jobs of this id
    #[arg(long, value_name = "JOB")]
    pub(super) job: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
}

/// Whether what is found is mended, and how.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Fixes")]
pub(super) struct Mend {
    /// Write the fixes that are safe, then report what remains
    #[arg(long)]
    pub(super) fix: bool,
    /// With --fix and --diff also those that may change what a run does
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Write nothing, print what --fix would change as a patch
    #[arg(long, conflicts_with_all = ["fix", "fix_only"])]
    pub(super) diff: bool,
    /// Write the fixes, and report nothing of what remains
    #[arg(long)]
    pub(super) fix_only: bool,
    /// List the fixes, and say why a finding has none
    #[arg(long)]
    pub(super) show_fixes: bool,
    /// How the steps that fixes add start containers [default: the configuration's `emit:`, else auto]
    #[arg(long, value_enum)]
    pub(super) emit: Option<EmitName>,
    /// Exit with 1 when --fix changed a file
    #[arg(long)]
    pub(super) exit_non_zero_on_fix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EmitName {
    /// `helper` where the runner has berth-run; otherwise `shell` for one container, `action` for more
    Auto,
    /// Calls of berth-run
    Helper,
    /// POSIX shell that needs nothing but docker
    Shell,
    /// Two local composite actions
    Action,
}

/// Reports know nothing of a command line.
impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ForgeName {
    Github,
    Gitea,
    Forgejo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelName {
    Error,
    Warning,
    Info,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConfidenceName {
    High,
    Medium,
    Low,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}
