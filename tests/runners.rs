//! docs/runners.md says what each runner does, in words and with its sources; the code has the same as tables.
//! Each cell of the page is held against the code.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use berthlint::expr::{Condition, Known, Outcome, StatusRules};
use berthlint::runner::table::{IgnoredKey, KEYS, Since, Trait, rows, status_rules};
use berthlint::runner::{Forge, HOSTED, Program, Setting, Version, substrate};
use berthlint::source::Source;
use berthlint::truth::Truth;
use berthlint::workflow::Workflow;
use berthlint::yaml;

/// The rows of the table under a heading, each a list of cells; the head's first.
fn table(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runners.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with(heading));
    let section = section.unwrap_or_else(|| panic!("no section `{heading}`"));
    let lines = section.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    lines
        .map(|line| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "").replace("\\|", "|")).collect()
        })
        .collect()
}

#[track_caller]
fn same(heading: &str, expected: &[Vec<String>]) {
    let found = table(heading);
    let lines: Vec<String> = expected.iter().map(|cells| format!("| {} |", cells.join(" | "))).collect();
    assert_eq!(found.len(), expected.len() + 1, "`{heading}`: the code has\n{}", lines.join("\n"));
    // The cells behind are the page's own: words and sources.
    for (line, cells) in found.iter().skip(1).zip(expected) {
        assert_eq!(line[..cells.len()], cells[..], "docs/runners.md (left) and the code (right), `{heading}`");
    }
}

fn truth(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown => "?",
    }
}

/// `no, 2.0.0: yes`
fn history(what: Trait, program: Program) -> String {
    let Some((.., history)) = rows().find(|(of, by, _)| (*of, *by) == (what, program)) else { return "?".to_owned() };
    let (first, rest) = history.split_first().unwrap();
    let later = rest.iter().map(|(since, is)| format!(", {since}: {}", truth(*is)));
    later.fold(truth(first.1).to_owned(), |all, next| all + &next)
}

#[test]
fn what_runners_do() {
    let mut seen = BTreeSet::new();
    let traits: Vec<Trait> = rows().map(|(what, ..)| what).filter(|what| seen.insert(format!("{what:?}"))).collect();
    let row = |what: &Trait| {
        let cells = Program::ALL.iter().map(|program| history(*what, *program));
        [format!("{what:?}")].into_iter().chain(cells).collect()
    };
    let expected: Vec<Vec<String>> = traits.iter().map(row).collect();
    let head: Vec<&str> = Program::ALL.iter().map(|program| program.name()).collect();
    assert_eq!(table("What each does")[0][1..5], head[..]);
    same("What each does", &expected);
}

/// `Trait` is an enum, and the rows are a table: a trait of which nothing is known of any runner was forgotten there.
#[test]
fn every_trait_has_a_row() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runner/table.rs");
    let code = syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
    let traits = code.items.iter().find_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "Trait" => Some(&item.variants),
        _ => None,
    });
    let traits: BTreeSet<String> = traits.unwrap().iter().map(|variant| variant.ident.to_string()).collect();
    let with_rows: BTreeSet<String> = rows().map(|(what, ..)| format!("{what:?}")).collect();
    assert_eq!(with_rows, traits, "traits with a row (left), all traits (right)");
}

/// Runners that are alike in what they still run, and what they are called: by program, `act` last, and of each program
/// its newest versions first.
fn alike() -> Vec<(StatusRules, Vec<String>)> {
    let mut all: Vec<(StatusRules, Vec<String>)> = Vec::new();
    for program in Program::ALL {
        let of = rows().filter(|(_, by, _)| *by == program).flat_map(|(.., history)| history);
        let versions: BTreeSet<Version> = of.map(|(since, _)| *since).collect();
        let mut spans: Vec<(Version, StatusRules)> =
            versions.into_iter().map(|since| (since, status_rules(Some(program), Some(since)))).collect();
        spans.dedup_by_key(|(_, rules)| *rules);
        let name = program.name();
        for (at, (since, rules)) in spans.iter().enumerate().rev() {
            let name = match (at, spans.get(at + 1)) {
                (0, None) => name.to_owned(),
                (0, Some((next, _))) => format!("{name} before {next}"),
                (_, None) => format!("{name} from {since}"),
                (_, Some((next, _))) => format!("{name} from {since} to {next}"),
            };
            match all.iter_mut().find(|(known, _)| known == rules) {
                Some((_, names)) => names.push(name),
                None => all.push((*rules, vec![name])),
            }
        }
    }
    all
}

#[test]
fn what_still_runs() {
    let columns = alike();
    let head: Vec<String> = columns.iter().map(|(_, names)| names.join(", ")).collect();
    assert_eq!(table("What still runs")[0][1..], head[..], "docs/runners.md (left) and the code (right)");
    let outcomes = [Outcome::Success, Outcome::Failure, Outcome::Cancelled, Outcome::TimedOut];
    let expected: Vec<Vec<String>> = [
        "success()",
        "always()",
        "!cancelled()",
        "failure()",
        "success() || failure()",
        "cancelled()",
        "failure() || cancelled()",
    ]
    .iter()
    .map(|condition| {
        let read = Condition::read(condition);
        let cell = |(rules, _): &(StatusRules, Vec<String>)| {
            let runs = outcomes.map(|outcome| truth(read.runs(outcome, *rules, &|_| Known::unknown())));
            runs.join(" ")
        };
        [(*condition).to_owned()].into_iter().chain(columns.iter().map(cell)).collect()
    })
    .collect();
    same("What still runs", &expected);
}

#[test]
fn keys_that_are_ignored() {
    let row = |key: &IgnoredKey| {
        let gitea = match key.gitea {
            Since::Ever => "always".to_owned(),
            Since::Version(version) => version.to_string(),
            Since::Never => "never".to_owned(),
        };
        let runner = key.runner.map_or("-".to_owned(), |what| format!("{what:?}"));
        vec![key.key.to_owned(), gitea, runner]
    };
    same("Keys that are ignored", &KEYS.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn labels_of_github() {
    let page: Vec<String> = table("Labels of GitHub's own machines").into_iter().skip(1).flatten().collect();
    let page: BTreeSet<&str> = page.iter().flat_map(|cell| cell.split(", ")).collect();
    assert_eq!(page, HOSTED.iter().copied().collect());
}

/// One row: a forge, `runs-on`, whether there is a `container:`, and what is taken to be true then.
fn run_where(forge: Forge, label: &str, container: bool) -> Vec<String> {
    let container_key = if container { "    container: golang\n" } else { "" };
    let text = format!("on: push\njobs:\n  a:\n    runs-on: {label}\n{container_key}    steps: [{{run: a}}]\n");
    let source = Source::new("w.yml", text.into_bytes()).unwrap();
    let workflow = Workflow::read(&yaml::parse(&source).unwrap()).unwrap();
    let found = substrate(&workflow.jobs[0], &workflow, &Setting::of(forge));
    let name = |name: Option<&str>| name.unwrap_or("?").to_owned();
    vec![
        forge.name().to_owned(),
        label.to_owned(),
        truth(container.into()).to_owned(),
        name(found.runner.map(Program::name)),
        name(found.daemon.name()),
        match found.likely_mode.name() {
            Some(likely) => format!("{likely}, most likely"),
            None => name(found.mode.name()),
        },
        name(found.network.name()),
    ]
}

#[test]
fn where_a_job_runs() {
    let expected: Vec<Vec<String>> = [
        (Forge::Gitea, "ubuntu-latest", false),
        (Forge::Gitea, "ubuntu-latest", true),
        (Forge::Gitea, "our-box", false),
        (Forge::Gitea, "host", false),
        (Forge::Gitea, "host", true),
        (Forge::Forgejo, "docker", false),
        (Forge::Forgejo, "docker", true),
        (Forge::Forgejo, "host", false),
        (Forge::Github, "ubuntu-latest", false),
        (Forge::Github, "blacksmith-4vcpu-ubuntu-2404", false),
        (Forge::Github, "self-hosted", false),
        (Forge::Github, "self-hosted", true),
        (Forge::Github, "our-box", false),
        (Forge::Github, "${{ vars.RUNNER }}", false),
    ]
    .into_iter()
    .map(|(forge, label, container)| run_where(forge, label, container))
    .collect();
    same("Where a job runs", &expected);
}
