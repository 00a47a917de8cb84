//! What a terminal shows: colours and who decides about them, widths, links, and what is told to whom.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use regex::Regex;
use tempfile::TempDir;

mod needs;
mod program;

use needs::skipped;
use program::{berthlint, tree};

const WORKFLOW: &str = "\
on: push
jobs:
  a:
    runs-on: docker-host
    services:
      db:
        image: postgres:16
        ports: [\"5432:5432\"]
    steps:
      - run: docker run -d --name pg postgres:16 postgres -c shared_buffers=256MB -c max_connections=200 -c fsync=off -c full_page_writes=off
      - run: sh scripts/clean.sh
      - run: docker rm -f pg
";
const CLEAN: &str = "docker system prune -f\n";
const CONFIG: &str = "\
runners: [{ labels: [docker-host], runner: gitea-runner 0.2.11, daemon: shared, network: host }]
rule-url: \"https://docs.example/rules/{rule}.md\"
";

/// What has colours, and the arguments that print it.
const COMMANDS: [&[&str]; 7] = [
    &["check"],
    &["check", "--format", "concise"],
    &["check", "--statistics"],
    &["check", "--diff", "--unsafe-fixes"],
    &["rehearse"],
    &["coverage"],
    &["collisions"],
];

fn repository() -> TempDir {
    tree(&[(".gitea/workflows/ci.yml", WORKFLOW), ("scripts/clean.sh", CLEAN), (".berthlint.yaml", CONFIG)])
}

/// What a call prints on standard output with these variables set.
fn printed(here: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berthlint"));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    let output = command.current_dir(here).args(arguments).envs(variables.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn without_colors(text: &str) -> String {
    let sequences = Regex::new("\u{1b}\\[[0-9;]*m|\u{1b}\\]8;;[^\u{1b}]*\u{1b}\\\\").unwrap();
    sequences.replace_all(text, "").into_owned()
}

fn git(here: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git").current_dir(here).args(arguments).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn colours_are_where_they_are_asked_for() {
    let files = repository();
    for arguments in COMMANDS {
        let plain = printed(files.path(), arguments, &[]);
        assert!(!plain.contains('\u{1b}') && plain.len() > 100, "{arguments:?}: {plain}");
        let with = |option: &str, variables: &[(&str, &str)]| {
            let arguments: Vec<&str> = arguments.iter().copied().chain(["--color", option]).collect();
            printed(files.path(), &arguments, variables)
        };
        for (option, variables, is_colored) in [
            ("auto", &[("CLICOLOR_FORCE", "1")][..], true),
            ("auto", &[("FORCE_COLOR", "1")], true),
            ("auto", &[("FORCE_COLOR", "0")], false),
            ("auto", &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
            ("always", &[("NO_COLOR", "1")], true),
            ("never", &[("CLICOLOR_FORCE", "1")], false),
        ] {
            let text = with(option, variables);
            assert_eq!(text.contains('\u{1b}'), is_colored, "{arguments:?} {option} {variables:?}: {text}");
            // Colours change nothing in what is said.
            assert_eq!(without_colors(&text), plain, "{arguments:?} {option} {variables:?}");
        }
    }
}

#[test]
fn in_a_file_a_patch_is_for_git() {
    let files = repository();
    let (here, arguments) =
        (files.path(), ["check", "--diff", "--unsafe-fixes", "--color", "always", "-o", "it.patch"]);
    assert!(git(here, &["init", "-q"]).0);
    berthlint(here, &arguments);
    assert_eq!(git(here, &["apply", "it.patch"]), (true, String::new()));
    let changed = std::fs::read_to_string(here.join(".gitea/workflows/ci.yml")).unwrap();
    assert!(changed.contains("pg-${{ github.run_id }}"), "{changed}");
}

#[test]
fn frames_fit_the_columns_there_are() {
    let files = repository();
    let numbered = Regex::new(r"^ *(\d+ │|·|╭|⋮)").unwrap();
    for (told, columns) in [("20", 60), ("60", 60), ("80", 80), ("120", 120), ("much", 100)] {
        let text = printed(files.path(), &["check"], &[("COLUMNS", told)]);
        let frame: Vec<&str> = text.lines().filter(|line| numbered.is_match(line)).collect();
        let widest = frame.iter().map(|line| line.chars().count()).max().unwrap();
        assert!(frame.len() > 20 && widest <= columns && widest + 2 >= columns, "{told}: {widest}\n{text}");
        assert!(text.contains("docker run -d --name pg"), "{told}:\n{text}");
    }
}

#[test]
fn tables_fit_the_columns_there_are() {
    let files = repository();
    for command in ["coverage", "rehearse", "collisions"] {
        for columns in ["60", "80", "120"] {
            let text = printed(files.path(), &[command], &[("COLUMNS", columns)]);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= columns.parse().unwrap(), "{command} {columns}: {widest}\n{text}");
            assert!(text.contains("docker run") || text.contains("container pg"), "{text}");
        }
        // What programs read is whole.
        let piped = printed(files.path(), &[command], &[]);
        assert!(
            piped.contains(if command == "coverage" { ".gitea/workflows/ci.yml:10" } else { "ci.yml:10" }),
            "{piped}"
        );
    }
}

/// Rows of what is meant to stay, claims of two files with long names, and names that the simulation makes up.
#[test]
fn rows_of_long_names_fit_too() {
    let job = |id: &str, run: &str| {
        format!("on: push\njobs:\n  {id}:\n    runs-on: docker-host\n    steps:\n      - run: {run}\n")
    };
    let deploy = job(
        "deploy-the-production-database",
        "docker run -d --restart always --name shop-production-database-primary postgres:16",
    );
    let tag = "docker build -t shop:$(git ls-tree -r HEAD -- Dockerfile entrypoint.sh mix.exs mix.lock config lib priv | sha256sum | cut -c1-12) .";
    let port =
        job("integration-tests-of-the-shop", "docker run -d -p 5432:5432 --name shop-integration-database postgres:16");
    let files = tree(&[
        (".gitea/workflows/deploy-production-database.yml", &deploy),
        (".gitea/workflows/integration-tests-of-the-shop.yml", &port),
        (".gitea/workflows/integration-tests-of-the-shop-2.yml", &port),
        (".gitea/workflows/images.yml", &job("image", tag)),
        (".berthlint.yaml", CONFIG),
    ]);
    for command in ["coverage", "rehearse", "collisions"] {
        for columns in ["60", "80"] {
            let text = printed(files.path(), &[command], &[("COLUMNS", columns)]);
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > columns.parse().unwrap()).collect();
            assert!(text.len() > 200 && wide.is_empty(), "{command} {columns}: {wide:?}");
        }
    }
    assert!(printed(files.path(), &["coverage"], &[("COLUMNS", "60")]).contains("Meant to stay"));
}

/// Of `explain` only examples may be wider; both have colours.
#[test]
fn pages_and_lists_of_rules_fit_too() {
    let files = repository();
    for arguments in [&["rules"][..], &["explain", "names"], &["explain", "static-container-name"]] {
        for columns in ["60", "80"] {
            let text = printed(files.path(), arguments, &[("COLUMNS", columns)]);
            let prose = text.lines().filter(|line| arguments[0] == "rules" || !line.starts_with("    "));
            let wide: Vec<&str> = prose.filter(|line| line.chars().count() > columns.parse().unwrap()).collect();
            assert!(wide.is_empty(), "{columns}: {wide:?}");
        }
        let text = printed(files.path(), arguments, &[("COLUMNS", "80")]);
        assert!(!text.contains('\u{1b}') && text.contains("static-container-name"), "{text}");
        let colored = printed(files.path(), arguments, &[("CLICOLOR_FORCE", "1")]);
        assert!(colored.contains("\u{1b}[31merror\u{1b}[0m"), "{colored}");
        assert!(!printed(files.path(), arguments, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    }
}

#[test]
fn help_fits_too() {
    let files = repository();
    for columns in ["60", "80", "200"] {
        for arguments in [&["--help"][..], &["check", "--help"], &["rehearse", "--help"]] {
            let text = printed(files.path(), arguments, &[("COLUMNS", columns)]);
            let most = columns.parse::<usize>().unwrap().min(100);
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > most).collect();
            assert!(text.len() > 100 && wide.is_empty(), "{columns}: {wide:?}");
        }
    }
}

/// With a real terminal, of which `script` (util-linux) makes one.
#[test]
#[ignore = "needs `script` of util-linux, and a terminal"]
#[cfg(target_os = "linux")]
fn a_terminal_has_its_own_width_and_colours() {
    let files = repository();
    let call = format!("stty rows 40 cols 72; {} check", env!("CARGO_BIN_EXE_berthlint"));
    let mut script = Command::new("script");
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        script.env_remove(name);
    }
    script.current_dir(files.path()).env("COLUMNS", "200").args(["-qec", &call, "/dev/null"]);
    let output = script.stdin(std::process::Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace('\r', "");
    assert!(!text.contains("stty:"), "{text}");
    assert!(text.contains("\u{1b}[31m") && text.contains("\u{1b}]8;;https://docs.example/rules/"), "{text:?}");
    let plain = without_colors(&text);
    let widest = plain.lines().map(|line| line.chars().count()).max().unwrap();
    assert!((70..=72).contains(&widest), "{widest}\n{plain}");
}

#[test]
fn a_rules_page_is_known_by_the_configuration() {
    let files = repository();
    let json: serde_json::Value =
        serde_json::from_str(&printed(files.path(), &["check", "--format", "json"], &[])).unwrap();
    for finding in json["findings"].as_array().unwrap() {
        let rule = finding["rule"].as_str().unwrap();
        assert_eq!(finding["url"], format!("https://docs.example/rules/{rule}.md"));
    }
    let without = printed(files.path(), &["check", "--format", "json", "--no-config", "--min-confidence", "low"], &[]);
    let json: serde_json::Value = serde_json::from_str(&without).unwrap();
    assert!(json["findings"].as_array().unwrap().iter().any(|finding| finding["url"].is_null()), "{json}");
}

#[test]
fn marks_say_what_can_be_mended() {
    let files = repository();
    let text = printed(files.path(), &["check", "--format", "concise"], &[]);
    let line = |rule: &str| text.lines().find(|line| line.contains(rule)).unwrap().to_owned();
    assert!(line("static-container-name").contains(" static-container-name [-] every run"), "{text}");
    assert!(text.contains("[-] 5 fixable"), "{text}");
    let workflow = WORKFLOW.replace("sh scripts/clean.sh", "docker run -d --name other postgres:16");
    let files = tree(&[(".gitea/workflows/ci.yml", &workflow), (".berthlint.yaml", CONFIG)]);
    let counted = printed(files.path(), &["check", "--statistics"], &[]);
    let rows: Vec<Vec<&str>> = counted
        .lines()
        .take_while(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(rows.contains(&vec!["2", "error", "static-container-name", "[-]", "2"]), "{counted}");
    let counts: Vec<usize> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    assert!(counts.first() > counts.last() && counts.is_sorted_by(|one, other| one >= other), "{counted}");
}

#[test]
fn a_table_says_what_its_words_mean() {
    let files = repository();
    let text = printed(files.path(), &["coverage"], &[]);
    for words in
        ["What removes it in each outcome:", "  uncovered  nothing removes it", "`killed`: the runner itself dies"]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(!text.contains("\n  trap "), "{text}");
}

#[test]
fn what_is_followed_and_what_is_not_there_is_said_to_who_asks() {
    let workflow = WORKFLOW.replace("sh scripts/clean.sh", "sh scripts/clean.sh; sh scripts/gone.sh");
    let files = tree(&[(".gitea/workflows/ci.yml", &workflow), ("scripts/clean.sh", CLEAN)]);
    let quiet = berthlint(files.path(), &["check", "-q", "--format", "concise"]);
    let usual = berthlint(files.path(), &["check", "--format", "concise"]);
    let (code, out, err) = berthlint(files.path(), &["check", "-v", "--format", "concise"]);
    let is_finding = |line: &str| line.contains(": error ") || line.contains(": warning ") || line.contains(": info ");
    assert!(quiet.1.lines().all(is_finding), "{}", quiet.1);
    assert!(!usual.1.contains("followed"), "{}", usual.1);
    assert!(out.contains("scripts/clean.sh: followed\n"), "{out}");
    let gone = ".gitea/workflows/ci.yml:11: calls `scripts/gone.sh`, which is not in the repository";
    assert!(out.contains(gone), "{out}");
    assert_eq!((code, usual.0, quiet.0), (1, 1, 1));
    // Nothing is shown beside it where nobody looks.
    assert_eq!(err, "");
}

#[test]
fn what_has_the_wrong_shape_is_said_to_who_asks() {
    let workflow =
        "on: push\njobs:\n  test:\n    runs-on: docker\n    steps:\n      - run: docker compose up -d\n      - test\n";
    let compose = "services:\n  db:\n    image: postgres:16\n    image: postgres:17\n  cache: redis\n";
    let files = tree(&[(".gitea/workflows/ci.yml", workflow), ("compose.yaml", compose)]);
    let usual = berthlint(files.path(), &["check", "--format", "concise"]);
    assert!(!usual.1.contains(": not read: "), "{}", usual.1);
    let (_, out, _) = berthlint(files.path(), &["check", "-v", "--format", "concise"]);
    for line in [
        ".gitea/workflows/ci.yml:7: not read: a step is a mapping with `run:` or `uses:`\n",
        "compose.yaml:4: not read: the second `image` of this mapping; Docker Compose refuses such a file\n",
        "compose.yaml:5: not read: the service `cache` takes a mapping\n",
    ] {
        assert!(out.contains(line), "{line} is not in\n{out}");
    }
}

#[test]
#[cfg(unix)]
fn a_called_script_that_cannot_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let files = repository();
    let script = files.path().join("scripts/clean.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&script).is_ok() {
        return skipped("no user whom permissions stop");
    }
    let (code, out, _) = berthlint(files.path(), &["check", "-q"]);
    assert!(code == 3 && out.contains("scripts/clean.sh: it cannot be read"), "{code}: {out}");
}

#[test]
fn a_patch_has_the_names_of_the_checkout() {
    let files = repository();
    let here = files.path();
    assert!(git(here, &["init", "-q"]).0);
    std::fs::create_dir_all(here.join("src/deep")).unwrap();
    let patch = berthlint(&here.join("src/deep"), &["check", "--diff", "--unsafe-fixes"]).1;
    assert!(patch.starts_with("diff --git a/.gitea/workflows/ci.yml b/.gitea/workflows/ci.yml\n"), "{patch}");
    std::fs::write(here.join("it.patch"), &patch).unwrap();
    assert_eq!(git(here, &["apply", "it.patch"]), (true, String::new()));
    let changed = std::fs::read_to_string(here.join(".gitea/workflows/ci.yml")).unwrap();
    assert!(changed.contains("pg-${{ github.run_id }}"), "{changed}");
}

#[test]
#[cfg(unix)]
fn a_patch_changes_what_a_link_leads_to() {
    let files = tree(&[
        ("ci/real.yml", WORKFLOW),
        (".gitea/workflows/.keep", ""),
        ("scripts/clean.sh", CLEAN),
        (".berthlint.yaml", CONFIG),
    ]);
    let here = files.path();
    assert!(git(here, &["init", "-q"]).0);
    std::os::unix::fs::symlink("../../ci/real.yml", here.join(".gitea/workflows/ci.yml")).unwrap();
    let patch = berthlint(here, &["check", "--diff", "--unsafe-fixes"]).1;
    std::fs::write(here.join("it.patch"), &patch).unwrap();
    assert_eq!(git(here, &["apply", "it.patch"]), (true, String::new()), "{patch}");
    assert!(here.join(".gitea/workflows/ci.yml").is_symlink());
    let changed = std::fs::read_to_string(here.join("ci/real.yml")).unwrap();
    assert!(changed.contains("pg-${{ github.run_id }}"), "{changed}");
    // Another link to it: one file, one change.
    std::fs::write(here.join("ci/real.yml"), WORKFLOW).unwrap();
    std::os::unix::fs::symlink("ci.yml", here.join(".gitea/workflows/again.yml")).unwrap();
    let (_, patch, said) = berthlint(here, &["check", "--diff", "--unsafe-fixes"]);
    assert_eq!(patch.matches("diff --git").count(), 1, "{patch}");
    assert!(!said.contains("left out"), "{said}");
    std::fs::write(here.join("it.patch"), &patch).unwrap();
    assert_eq!(git(here, &["apply", "it.patch"]), (true, String::new()), "{patch}");
}
