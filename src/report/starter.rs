//! The configuration that `berthlint init` writes: comments, until somebody says what is true.

use std::collections::{BTreeMap, BTreeSet};

use super::summary::count;
use super::{Report, plain, starter_runner};
use crate::config::RunnerConfig;
use crate::door::print;
use crate::facts::{Datum, Fact, Field};
use crate::runner::{Network, Program, Schema};

/// What nobody has to be asked of the labels of a repository's jobs.
#[derive(Default)]
struct Label<'f> {
    jobs: usize,
    runner: Option<&'f str>,
    daemon: Option<&'f str>,
}

/// A configuration for the repository with these facts, and with these configurations of runners in it.
pub fn starter(facts: &[Fact], report: &Report, runners: &[RunnerConfig]) -> String {
    let mut text = String::from(
        "# What berthlint cannot see in this repository. Remove the `# ` where a line is true, and correct it\n\
         # where it is not. docs/configuration.md of berthlint has every key.\n",
    );
    text.push_str(&runners_part(facts, runners));
    let shared = runners.iter().filter_map(|runner| match &runner.declared.network {
        Network::Custom(name) => Some(name.as_str()),
        _ => None,
    });
    let networks: BTreeSet<&str> = unmade(facts).chain(shared).collect();
    text.push_str(
        "\n# Networks that are on the machines already, and shared: no job has to make them, and none may \
                   remove them.\n",
    );
    match networks.is_empty() {
        true => text.push_str("# networks: [ci-net]\n"),
        false => text.push_str(&format!("# networks: [{}]\n", list(networks))),
    }
    text.push_str("\n# Who runs `.github/workflows`: github, gitea or forgejo. By default the folder decides.\n");
    let is_githubs = report.sources.keys().any(|path| path.contains(".github/workflows/"));
    text.push_str(if is_githubs { "# forge: gitea\n" } else { "# forge: github\n" });
    text.push_str("\n# What programs that berthlint cannot follow make on the daemon.\n");
    text.push_str("# resources:\n#   - { name: \"^ws-\", made-by: e2e.yml }\n");
    text.push_str(
        "\n# Levels of rules: off, info, warning or error. `berthlint rules` lists them.\n# \
                   rules:\n#   no-sweeper: info\n",
    );
    text.push_str(
        "\n# Files that are not looked at, and rules that are not reported in some files.\n# exclude: [\"vendor/**\"]\n",
    );
    text.push_str("# per-path-ignores:\n#   \"ci/old/**\": [unscoped-prune]\n");
    text
}

fn runners_part(facts: &[Fact], runners: &[RunnerConfig]) -> String {
    let mut labels: BTreeMap<&str, Label<'_>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.kind.name == "job") {
        let Some(Field::Known(Datum::List(names))) = fact.fields.get("labels") else { continue };
        for name in names.iter().filter(|name| !name.contains("${{")) {
            let label = labels.entry(name).or_default();
            label.jobs += 1;
            label.runner = label.runner.or(fact.text("runner"));
            label.daemon = label.daemon.or(fact.text("daemon"));
        }
    }
    let mut text = String::from(
        "\n# What the runners are, by the labels that `runs-on` names. It decides what jobs can do to each other, and what\n\
         # runs after a cancel. `*` in a label stands for any text; the first entry that fits counts.\n# runners:\n",
    );
    // What ends with its job shares nothing.
    labels.retain(|_, label| label.daemon != Some("ephemeral"));
    for runner in runners {
        text.push_str(&runner_entry(runner, &labels));
    }
    // The runners' own configurations say what these are.
    labels.retain(|name, _| runners.iter().all(|runner| runner.declared.fits([*name]).is_none()));
    if labels.is_empty() && runners.is_empty() {
        labels.insert("docker-host", Label::default());
    }
    for (name, label) in labels {
        text.push_str(&format!("#   - labels: [{}]   # {}\n", scalar(name), count(label.jobs, "job")));
        let runner = label.runner.filter(|runner| *runner != "github").unwrap_or("gitea-runner");
        text.push_str(&format!(
            "#     runner: {}   # write its version as well, for example {runner} {}\n",
            scalar(runner),
            Program::named(runner).unwrap_or(Program::GiteaRunner).example_version()
        ));
        text.push_str(&format!(
            "#     daemon: {}   # or ephemeral: it ends with the job\n",
            label.daemon.unwrap_or("shared")
        ));
        text.push_str("#     mode: container   # or host: the steps run on the machine itself\n");
        text.push_str("#     # network: auto, host, bridge, or a name: that of job containers\n");
    }
    text
}

/// An entry that names a runner's own configuration, and what that says.
fn runner_entry(runner: &RunnerConfig, jobs: &BTreeMap<&str, Label<'_>>) -> String {
    let declared = &runner.declared;
    let used: Vec<(&str, usize)> = jobs
        .iter()
        .filter(|(name, _)| declared.fits([**name]).is_some())
        .map(|(name, label)| (*name, label.jobs))
        .collect();
    let of = count(used.iter().map(|(_, jobs)| jobs).sum(), "job");
    let mut text = format!("#   - config: {}   # {of} with its labels. It says:\n", scalar(&runner.path));
    for line in starter_runner::meaning(runner) {
        text.push_str(&format!("#     # - {}\n", plain(&line)));
    }
    if declared.labels.iter().all(|label| label.name == "*") {
        let names = used.iter().map(|(name, _)| *name);
        let names = if used.is_empty() { "docker-host".to_owned() } else { list(names) };
        text.push_str(&format!("#     labels: [{names}]   # the file names none: those of its registration\n"));
    }
    let program = match declared.program {
        Some(Program::ForgejoRunner) => Program::ForgejoRunner,
        _ => Program::GiteaRunner,
    };
    let (program, example) = (program.name(), program.example_version());
    text.push_str(&format!("#     runner: {program}   # write its version as well, for example {program} {example}\n"));
    let is_lxc = declared.labels.iter().all(|label| label.schema == Some(Schema::Lxc));
    text.push_str(match is_lxc {
        true => "#     daemon: ephemeral   # or shared: it outlives the job\n",
        false => "#     daemon: shared   # or ephemeral: it ends with the job\n",
    });
    text
}

fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(scalar).collect::<Vec<_>>().join(", ")
}

/// The networks that jobs use and nothing makes.
fn unmade(facts: &[Fact]) -> impl Iterator<Item = &str> {
    let is_known = |fact: &&Fact| fact.fields.get("known") == Some(&Field::Known(Datum::Bool(false)));
    facts.iter().filter(|fact| fact.kind.name == "network-use").filter(is_known).filter_map(|fact| fact.text("network"))
}

/// A text in YAML, on one line: plain where that is safe, else in JSON's quotes, which are YAML's as well.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    match is_plain {
        true => text.to_owned(),
        false => print::json(&serde_json::Value::from(text).to_string()).into_owned(),
    }
}
