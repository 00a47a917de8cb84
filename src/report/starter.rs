//! The configuration that `berthlint init` writes: comments, until somebody says what is true.

use std::collections::{BTreeMap, BTreeSet};

use super::summary::count;
use super::{plain, starter_runner};
use crate::config::RunnerConfig;
use crate::door::print;
use crate::facts::{Datum, Fact, Field};
use crate::runner::{Network, Program, Schema};

/// What nobody has to be asked of the jobs with the same labels.
#[derive(Default)]
struct Jobs<'f> {
    count: usize,
    runner: Option<&'f str>,
    daemon: Option<&'f str>,
}

/// The labels of one `runs-on`.
type Labels<'f> = BTreeSet<&'f str>;

/// A configuration for the repository with these facts, and with these configurations of runners in it.
pub fn starter(facts: &[Fact], runners: &[RunnerConfig]) -> String {
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
        true => text.push_str("# networks: [<name>]\n"),
        false => text.push_str(&format!("# networks: [{}]\n", list(networks))),
    }
    text.push_str("\n# Who runs `.github/workflows`: github, gitea or forgejo. By default the folder decides.\n");
    text.push_str("# forge: github\n");
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
    let mut sets: BTreeMap<Labels<'_>, Jobs<'_>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.kind.name == "job") {
        let Some(Field::Known(Datum::List(names))) = fact.fields.get("labels") else { continue };
        let labels: Labels<'_> = names.iter().map(String::as_str).filter(|name| !name.contains("${{")).collect();
        if labels.is_empty() {
            continue;
        }
        let jobs = sets.entry(labels).or_default();
        jobs.count += 1;
        jobs.runner = jobs.runner.or(fact.text("runner"));
        jobs.daemon = jobs.daemon.or(fact.text("daemon"));
    }
    let mut text = String::from(
        "\n# What the runners are, by the labels that `runs-on` names. It decides what jobs can do to each other, and what\n\
         # runs after a cancel. `*` in a label stands for any text; the first entry with a label of the job counts.\n# runners:\n",
    );
    // What ends with its job shares nothing.
    sets.retain(|_, jobs| jobs.daemon != Some("ephemeral"));
    for runner in runners {
        text.push_str(&runner_entry(runner, &sets));
    }
    // The runners' own configurations say what these are.
    let is_declared = |name: &str| runners.iter().any(|runner| runner.declared.fits([name]).is_some());
    sets.retain(|labels, _| !labels.iter().any(|name| is_declared(name)));
    if sets.is_empty() && runners.is_empty() {
        let mut all = facts.iter().filter(|fact| fact.kind.name == "job").peekable();
        let is_githubs = all.peek().is_some() && all.all(|fact| fact.text("runner") == Some("github"));
        sets.insert(["docker-host"].into(), Jobs { runner: is_githubs.then_some("github"), ..Jobs::default() });
    }
    let mut entries: Vec<(Labels<'_>, &Labels<'_>, &Jobs<'_>)> =
        sets.iter().map(|(labels, jobs)| (own(labels, &sets), labels, jobs)).collect();
    // One without a label of its own fits jobs of others, too: it comes last.
    entries.sort_by_key(|(own, ..)| own.is_empty());
    for (own, labels, jobs) in entries {
        text.push_str(&entry(if own.is_empty() { labels } else { &own }, labels, jobs));
    }
    text
}

/// Those of the labels that no other set has.
fn own<'f>(labels: &Labels<'f>, all: &BTreeMap<Labels<'f>, Jobs<'f>>) -> Labels<'f> {
    let is_own = |name: &&&str| !all.keys().any(|other| other != labels && other.contains(**name));
    labels.iter().filter(is_own).copied().collect()
}

fn entry(own: &Labels<'_>, labels: &Labels<'_>, jobs: &Jobs<'_>) -> String {
    let mut text = format!("#   - labels: [{}]   # {}", list(own.iter().copied()), count(jobs.count, "job"));
    if own.len() < labels.len() {
        text.push_str(&format!(" of [{}]", list(labels.iter().copied())));
    }
    let daemon = format!("#     daemon: {}   # or ephemeral: it ends with the job\n", jobs.daemon.unwrap_or("shared"));
    // GitHub's runner needs no version; its steps run on the machine, or where the job's `container:` says.
    if jobs.runner == Some("github") {
        return text + "\n#     runner: github\n" + &daemon;
    }
    let runner = jobs.runner.unwrap_or("gitea-runner");
    text.push_str(&format!(
        "\n#     runner: {}   # write its version as well, for example {runner} {}\n",
        scalar(runner),
        Program::named(runner).unwrap_or(Program::GiteaRunner).example_version()
    ));
    text.push_str(&daemon);
    text.push_str("#     mode: container   # or host: the steps run on the machine itself\n");
    text.push_str("#     # network: auto, host, bridge, or a name: that of job containers\n");
    text
}

/// An entry that names a runner's own configuration, and what that says.
fn runner_entry(runner: &RunnerConfig, sets: &BTreeMap<Labels<'_>, Jobs<'_>>) -> String {
    let declared = &runner.declared;
    let used = sets.iter().filter(|(labels, _)| declared.fits(labels.iter().copied()).is_some());
    let of = count(used.clone().map(|(_, jobs)| jobs.count).sum(), "job");
    let used: Labels<'_> = used.flat_map(|(labels, _)| labels.iter().copied()).collect();
    let mut text = format!("#   - config: {}   # {of} with its labels. It says:\n", scalar(&runner.path));
    for line in starter_runner::meaning(runner) {
        text.push_str(&format!("#     # - {}\n", plain(&line)));
    }
    if declared.labels.iter().all(|label| label.name == "*") {
        let names = if used.is_empty() { "docker-host".to_owned() } else { list(used) };
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

/// The networks that jobs use and that nothing is seen to make. What a compose project makes begins with its name, and may
/// be one of them.
fn unmade(facts: &[Fact]) -> impl Iterator<Item = &str> {
    let is_made = |fact: &Fact| fact.fields.get("known") == Some(&Field::Known(Datum::Bool(true)));
    let uses = facts.iter().filter(move |fact| fact.kind.name == "network-use" && !is_made(fact));
    uses.filter_map(|fact| fact.text("network")).filter(|name| !name.contains('$'))
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
