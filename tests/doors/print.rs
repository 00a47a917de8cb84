//! What is printed: no text from outside is more than text.

use std::process::Output;

use crate::program::tree;
use crate::{LEAK, RUNNER, WORKFLOW, call, put, said};

/// Ends the line, begins a runner's command, turns the text round and clears the screen.
const EVIL: &str = "x\n::set-env name=PATH::/evil\r##[add-path]/evil\u{1b}[2J\u{202e}\u{9b}31m y";
/// The same for a double-quoted text in YAML.
const IN_YAML: &str = r#""x\n::set-env name=PATH::/evil\r##[add-path]/evil\e[2J\u202e\x9b31m y""#;

/// Holds what is said to what a log may show.
#[track_caller]
fn harmless(output: &Output) -> String {
    let text = said(output);
    let is_obeyed = |c: char| {
        let is_mark = matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c != '\n' && c != '\t' && (c.is_control() || is_mark)
    };
    assert!(!text.contains(is_obeyed), "{text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line:?} in\n{text}");
        // GitHub's runner finds it anywhere.
        assert!(!line.contains("##["), "{line:?} in\n{text}");
    }
    text
}

/// The same, and that it came so far as to speak of it.
#[track_caller]
fn told(output: &Output) -> String {
    let text = harmless(output);
    assert!(text.contains("set-env name"), "{text}");
    text
}

/// Formats in whose lines no runner is to find a command: all that `--help` lists, but for the one that is commands.
fn formats() -> Vec<String> {
    let help = said(&call(std::path::Path::new("."), &["check", "-h"]));
    let option = help.split("--format").nth(1).unwrap();
    let values = option.split("possible values: ").nth(1).unwrap().split(']').next().unwrap();
    let names: Vec<String> = values.split(',').map(|name| name.trim().to_owned()).collect();
    assert!(names.iter().any(|name| name == "full"), "{names:?}");
    names.into_iter().filter(|name| name != "github").collect()
}

/// Annotations are commands, of three kinds, and hold no other.
#[track_caller]
fn annotates(output: &Output) {
    let text = said(output);
    let commands = ["::error title=berthlint%3A ", "::warning title=berthlint%3A ", "::notice title=berthlint%3A "];
    assert!(text.contains("set-env name"), "{text}");
    for line in text.lines() {
        let rest = commands.iter().find_map(|command| line.strip_prefix(command));
        assert!(rest.is_some_and(|rest| !rest.contains(char::is_control) && !rest.contains("##[")), "{line:?}");
    }
}

#[test]
fn what_is_wrong_in_a_configuration() {
    for config in [
        format!("{IN_YAML}: 1\n"),
        format!("forge: {IN_YAML}\n"),
        format!("rules: {{ {IN_YAML}: off }}\n"),
        format!("rules: {{ ports: {IN_YAML} }}\n"),
        format!("extends: {IN_YAML}\n"),
        format!("rules-dirs: [{IN_YAML}]\n"),
        format!("runners: [{{ labels: [a], config: {IN_YAML} }}]\n"),
        format!("resources: [{{ name: {} }}]\n", IN_YAML.replace(" y", " (")),
        format!("exclude: [{}]\n", IN_YAML.replace(" y", " [")),
        format!("{IN_YAML}: 1\n{IN_YAML}: 2\n"),
    ] {
        let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", &config)]);
        let output = call(files.path(), &["check"]);
        assert_eq!(output.status.code(), Some(2), "{config}");
        told(&output);
    }
    let config = format!("runners: [{{ labels: [a], runner: {} }}]\n", IN_YAML.replace("x\\n", ""));
    harmless(&call(tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", &config)]).path(), &["check"]));
}

const RULE: &str = "id: own\nfamily: house\nlevel: warning\nsummary: S\non: service\nmessage: M\nwhy: W\n";

#[test]
fn what_is_wrong_in_a_rule_file() {
    for rule in [
        format!("{RULE}{IN_YAML}: 1\n"),
        RULE.replace("on: service", &format!("on: {IN_YAML}")),
        RULE.replace("level: warning", &format!("level: {IN_YAML}")),
        RULE.replace("id: own", &format!("id: {IN_YAML}")),
        format!("{RULE}fix: {IN_YAML}\n"),
        format!("{RULE}where: {{ {IN_YAML}: 1 }}\n"),
    ] {
        let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", "rules-dirs: [rules]\n"), ("rules/a.yaml", &rule)]);
        for command in ["check", "rules"] {
            let output = call(files.path(), &[command]);
            assert_eq!(output.status.code(), Some(2), "{rule}");
            told(&output);
        }
    }
}

#[test]
fn what_an_own_rule_says() {
    let image = "on: push\njobs:\n  a:\n    runs-on: docker-host\n    services: { pg: { image: postgres } }\n    steps: [{ run: psql -h pg }]\n";
    let rule = RULE.replace("summary: S", &format!("summary: {IN_YAML}"));
    let rule = rule.replace("message: M", &format!("message: {IN_YAML}\nhelp: {IN_YAML}"));
    let rule = rule.replace("why: W", &format!("why: {IN_YAML}"));
    let files = tree(&[(WORKFLOW, image), (".berthlint.yaml", "rules-dirs: [rules]\n"), ("rules/a.yaml", &rule)]);
    annotates(&call(files.path(), &["check", "--select", "own", "--format", "github"]));
    for format in &formats() {
        told(&call(files.path(), &["check", "--select", "own", "--format", format]));
    }
    told(&call(files.path(), &["rules"]));
    told(&call(files.path(), &["rules", "--format", "json"]));
    told(&call(files.path(), &["explain", "own"]));
}

#[test]
fn what_a_workflow_says() {
    let name = format!("docker run -d --name {EVIL} -p 5432:5432 postgres").replace('\n', " ").replace('\r', " ");
    let escaped = name.replace('\u{1b}', r"\e").replace('\u{9b}', r"\x9b").replace('\u{202e}', r"\u202e");
    let workflow = format!(
        "on: push\njobs:\n  {IN_YAML}:\n    runs-on: docker-host\n    services: {{ {IN_YAML}: {{ image: {IN_YAML}, ports: ['1:1'] }} }}\n    steps:\n      - run: \"{escaped}\"\n      - name: {IN_YAML}\n        run: docker rm -f x\n        # ##[add-path]\u{202e}\n"
    );
    let files = tree(&[(WORKFLOW, &workflow), (".berthlint.yaml", RUNNER)]);
    annotates(&call(files.path(), &["check", "--min-confidence", "low", "--format", "github"]));
    for format in &formats() {
        let output = call(files.path(), &["check", "--min-confidence", "low", "--show-fixes", "--format", format]);
        assert_eq!(output.status.code(), Some(1));
        told(&output);
    }
    for command in ["coverage", "collisions", "facts"] {
        harmless(&call(files.path(), &[command]));
    }
    for command in ["coverage", "collisions"] {
        harmless(&call(files.path(), &[command, "--format", "json"]));
    }
    harmless(&call(files.path(), &["check", "-v", "--statistics"]));
}

#[test]
fn paths_are_shown_as_paths() {
    let folder = "::set-env name=PATH::/evil";
    let files = tree(&[(&format!("{folder}/{WORKFLOW}"), LEAK), (&format!("{folder}/.berthlint.yaml"), RUNNER)]);
    let path = format!("{folder}/{WORKFLOW}");
    for format in ["full", "concise"] {
        let text = told(&call(files.path(), &["check", "--format", format]));
        assert!(text.contains(&format!("./{path}:")), "{text}");
    }
    told(&call(files.path(), &["check", "--diff", "--show-fixes"]));
    told(&call(files.path(), &["coverage"]));
    told(&call(files.path(), &["collisions"]));
    let arguments = ["check", "--fix", "--unsafe-fixes", "--show-fixes", "--format", "concise"];
    let text = told(&call(files.path(), &arguments));
    assert!(text.contains(&format!("./{path}: put the run's id and attempt")), "{text}");
    // And where one is all there is to say.
    put(files.path(), &format!("{folder}/.gitea/workflows/broken.yml"), "a: 'b\n");
    put(files.path(), &format!("{folder}/{EVIL}.txt").replace("x\n", "x\n"), "");
    for arguments in [&["check", folder][..], &["coverage", folder], &["check", "--fix-only", folder]] {
        told(&call(files.path(), arguments));
    }
    let name = format!("{EVIL}.txt").replace('/', "-");
    put(files.path(), &name, "");
    let text = harmless(&call(files.path(), &["check", &name]));
    assert!(text.contains("x\\n::set-env name=PATH::-evil\\r##\\[add-path]-evil\\u{1b}[2J\\u{202e}"), "{text}");
}

#[test]
fn the_command_line_is_quoted_as_text() {
    let files = tree(&[(WORKFLOW, LEAK)]);
    let evil = |option: &str| format!("{option}{EVIL}");
    for arguments in [
        vec!["check".to_owned(), EVIL.to_owned()],
        vec!["check".to_owned(), "--select".to_owned(), EVIL.to_owned()],
        vec!["check".to_owned(), "--config".to_owned(), EVIL.to_owned()],
        vec!["check".to_owned(), "-o".to_owned(), format!("none/{EVIL}")],
        vec!["explain".to_owned(), EVIL.to_owned()],
        vec!["check".to_owned(), evil("--fi")],
        vec!["check".to_owned(), evil("--format=")],
        vec![EVIL.to_owned()],
    ] {
        let output = call(files.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        told(&output);
    }
}

#[test]
fn a_patch_is_whole_or_not_printed() {
    let script = "#!/bin/sh\n# \u{1b}]0;evil\u{7}\ndocker rm -f $(docker ps -aq)\n# x\r::set-env name=PATH::/evil\n";
    let workflow = LEAK.replace("      - run: make test\n", "      # \u{202e}evil\n      - run: make test\n");
    let files = tree(&[(WORKFLOW, &workflow), ("ci/x.sh", script), (".berthlint.yaml", RUNNER)]);
    let output = call(files.path(), &["check", "--diff", "--unsafe-fixes"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let text = harmless(&output);
    assert!(text.contains("`-o FILE` writes it"), "{text}");
    call(files.path(), &["check", "--diff", "--unsafe-fixes", "-o", "it.patch"]);
    let patch = std::fs::read_to_string(files.path().join("it.patch")).unwrap();
    assert!(patch.contains("       # \u{202e}evil\n"), "{patch}");
    let git = std::process::Command::new("git").current_dir(files.path()).args(["apply", "it.patch"]).status().unwrap();
    assert!(git.success());
    // Files with line ends of another kind are nobody's attack.
    let files = tree(&[(WORKFLOW, &LEAK.replace('\n', "\r\n")), (".berthlint.yaml", RUNNER)]);
    assert!(said(&call(files.path(), &["check", "--diff", "--unsafe-fixes"])).starts_with("diff --git"));
}

/// In a job's log a line of the patch may be a command to the runner; at the desk it is text.
#[test]
fn a_patch_commands_no_runner() {
    for command in ["::stop-commands::token", "##[add-mask]e"] {
        let text = format!("      - run: |\n          : \"\n          {command}\n          \"\n");
        let workflow = LEAK.replace("      - run: make test\n", &text);
        let files = tree(&[(WORKFLOW, &workflow), (".berthlint.yaml", RUNNER)]);
        let diff = |in_a_job: bool| {
            let mut berthlint = assert_cmd::Command::cargo_bin("berthlint").unwrap();
            berthlint
                .current_dir(files.path())
                .args(["check", "--diff", "--unsafe-fixes"])
                .env_remove("GITHUB_ACTIONS");
            if in_a_job {
                berthlint.env("GITHUB_ACTIONS", "true");
            }
            berthlint.output().unwrap()
        };
        assert!(said(&diff(false)).contains(command));
        let output = diff(true);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        assert!(said(&output).contains("`-o FILE` writes it"));
    }
}

/// A report in a file is shown sooner or later.
#[test]
fn a_file_is_held_to_the_same() {
    let folder = "::set-env name=PATH::/evil";
    let files = tree(&[(&format!("{folder}/{WORKFLOW}"), LEAK)]);
    call(files.path(), &["check", "--format", "concise", "-o", "report"]);
    let report = std::fs::read_to_string(files.path().join("report")).unwrap();
    assert!(report.contains("set-env") && report.lines().all(|line| !line.starts_with("::")), "{report}");
}

/// Colours are ours alone.
#[test]
fn colours_do_not_open_the_door() {
    let files = tree(&[(WORKFLOW, LEAK), (".berthlint.yaml", &format!("rules: {{ {IN_YAML}: off }}\n"))]);
    harmless(&call(files.path(), &["check", "--color", "always"]));
    let files = tree(&[(&format!("::x/{WORKFLOW}"), &LEAK.replace("make", "make \u{202e}"))]);
    let output = call(files.path(), &["check", "--color", "always"]);
    let text = said(&output);
    assert!(text.contains("\u{1b}[") && !text.contains('\u{202e}'), "{text}");
    let colors = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert!(!colors.replace_all(&text, "").contains('\u{1b}'), "{text}");
}

/// What a program takes back is not touched.
#[test]
fn a_text_from_standard_input_comes_back_as_it_was() {
    let files = tree(&[(WORKFLOW, LEAK)]);
    let text = "on: push\n# \u{202e}\n::x: 1\n";
    let mut command = assert_cmd::Command::cargo_bin("berthlint").unwrap();
    let arguments = ["check", "--fix", "--stdin-filename", WORKFLOW, "-"];
    let output = command.current_dir(files.path()).args(arguments).write_stdin(text).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}
