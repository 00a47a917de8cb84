use std::sync::Arc;

use super::*;
use crate::check::{Hidden, Ignored, InputError};
use crate::facts::{Confidence, Link};
use crate::finding::{Finding, Level, Related};
use crate::source::{Location, Source, Span};

fn report() -> Report {
    let files =
        [("w.yml", "run: bash x.sh\n"), ("x.sh", "# é\ndocker ps\ndocker rm -f x\n"), ("y.sh", "docker run x\n")];
    let sources = files.map(|(path, text)| {
        let source = Source::new(path, text.as_bytes().to_vec()).expect("UTF-8");
        (source.path().clone(), source)
    });
    let location = |path: &str, start, end| Location { path: Arc::from(path), span: Span::new(start, end) };
    let related = |location, message: &str| Related { location, message: message.to_owned() };
    let finding = Finding {
        rule: "unscoped-label-filter".to_owned(),
        family: "scope".to_owned(),
        level: Level::Error,
        confidence: Confidence::High,
        message: "it removes\nevery job's".to_owned(),
        help: Some("filter by the run".to_owned()),
        location: location("x.sh", 15, 29),
        job: Some("one".to_owned()),
        step: None,
        related: vec![related(location("x.sh", 5, 14), "listed here"), related(location("y.sh", 0, 12), "made here")],
        chain: vec![Link { location: location("w.yml", 5, 14), what: "bash x.sh".to_owned() }],
        callers: vec!["w.yml#one".to_owned(), "w.yml#two".to_owned()],
        subject: String::new(),
        fingerprint: String::new(),
        fix: None,
        withheld: None,
    };
    let ignored = Ignored {
        finding: Finding { location: location("y.sh", 0, 6), ..finding.clone() },
        comment: location("y.sh", 7, 12),
        reason: "it is meant".to_owned(),
    };
    Report {
        findings: vec![finding],
        hidden: Hidden { runner: 2, other: 0 },
        ignored: vec![ignored],
        files: 3,
        errors: vec![InputError { path: "z".to_owned(), span: None, message: "cannot be read".to_owned() }],
        sources: sources.into_iter().collect(),
        ..Report::default()
    }
}

#[test]
fn full_tells_the_whole_story() {
    let text = render(&report(), Format::Full, Style::default());
    for words in [
        "error unscoped-label-filter",
        "it removes every job's",
        "[x.sh:3:1]",
        "docker rm -f x",
        "listed here",
        "help: filter by the run",
        "see y.sh:1: made here",
        "called from w.yml:1 `bash x.sh`",
        "reached by 2 jobs: w.yml#one, w.yml#two",
        "z: cannot be read",
        "3 files: 1 error; 1 suppressed",
        "2 findings hidden because the runner is not known",
        "--runner-config",
        "--min-confidence low",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn concise_is_a_line_per_finding() {
    let style = Style { quiet: true, ..Style::default() };
    let text = render(&report(), Format::Concise, style);
    assert_eq!(text, "x.sh:3:1: error unscoped-label-filter it removes every job's\nz: cannot be read\n");
}

#[test]
fn json_resolves_every_place() {
    let value: serde_json::Value =
        serde_json::from_str(&render(&report(), Format::Json, Style::default())).expect("JSON");
    let finding = &value["findings"][0];
    assert_eq!(finding["span"]["start"], serde_json::json!({"line": 3, "column": 1, "byte": 15}));
    assert_eq!(finding["related"][1]["span"]["end"]["column"], 13);
    assert_eq!(finding["chain"][0]["path"], "w.yml");
    assert_eq!(finding["callers"][1], "w.yml#two");
    assert_eq!(value["errors"][0], serde_json::json!({"path": "z", "span": null, "message": "cannot be read"}));
}

#[test]
fn a_terminal_obeys_nothing_of_a_file() {
    let mut report = report();
    let source = Source::new("x.sh", b"# \x1b[2J\ndocker ps\ndocker rm -f x\n".to_vec()).expect("UTF-8");
    report.sources.insert(source.path().clone(), source);
    let hostile = "\u{1b}[31mred\u{202e} ##[error]x\r\n::error::y";
    report.findings[0].message = hostile.to_owned();
    report.findings[0].related[0].message = hostile.to_owned();
    report.findings[0].chain[0].what = hostile.to_owned();
    report.errors[0].message = hostile.to_owned();
    report.errors[0].path = hostile.to_owned();
    report.ignored[0].reason = hostile.to_owned();
    for format in Format::ALL {
        let text = render(&report, format, Style::default());
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']) && !text.contains("##["), "{}: {text}", format.name());
        let is_command = |line: &&str| line.trim_start().starts_with("::");
        let commands = text.lines().filter(is_command).count();
        assert_eq!(commands, if format.commands_the_runner() { 2 } else { 0 }, "{}: {text}", format.name());
    }
}

#[test]
fn a_very_long_line_is_not_shown() {
    let mut report = report();
    let long = format!("#\ndocker ps\ndocker rm -f x {}\n", "y".repeat(5000));
    let source = Source::new("x.sh", long.into_bytes()).expect("UTF-8");
    report.sources.insert(source.path().clone(), source);
    let text = render(&report, Format::Full, Style::default());
    assert!(text.len() < 2000 && text.contains("at x.sh:3:"), "{text}");
}

#[test]
fn code_is_not_torn_when_lines_are_wrapped() {
    let mut report = report();
    let name = "`chart-testing-${{ github.run_id }}-${{ github.run_attempt }}`";
    report.findings[0].help = Some(format!("put the run into the name, here and wherever else it is used: {name}"));
    let long = format!("`docker run --name x-${{{{ github.run_id }}}} {}`", "--env-file some-long-name ".repeat(5));
    for start in 0..100 {
        report.findings[0].message = format!("{} {long}", "x".repeat(start));
        let text = render(&report, Format::Full, Style::default());
        assert!(text.contains(name), "{text}");
        assert!(text.contains("${{ github.run_id }}") && !text.contains("some-\n"), "{text}");
        let mut message = text.lines().take_while(|line| !line.contains('╭'));
        assert!(message.all(|line| line.chars().count() <= 105), "{text}");
    }
}

#[test]
fn the_readme_names_every_format() {
    let readme = include_str!("../../README.md");
    let missing = Format::ALL.map(Format::name).into_iter().filter(|name| !readme.contains(&format!("{name}`")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new());
}
