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
        waits: None,
        label: None,
    };
    let ignored = Ignored {
        finding: Finding { location: location("y.sh", 0, 6), ..finding.clone() },
        comment: location("y.sh", 7, 12),
        reason: "it is meant".to_owned(),
    };
    Report {
        findings: vec![finding],
        hidden: Hidden { runner: 2, ..Hidden::default() },
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
        "z: error: cannot be read",
        "3 files: 1 error; 1 path could not be checked; 1 suppressed",
        "2 low-confidence findings hidden: `--min-confidence low` shows them\nThey depend on the runner: ",
        "--runner-config",
        "--min-confidence low",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
}

#[test]
fn of_many_jobs_that_reach_a_finding_the_first_are_named() {
    let mut report = report();
    report.findings[0].callers = (1..=9).map(|number| format!("w.yml#{number}")).collect();
    let text = render(&report, Format::Full, Style::default());
    assert!(text.contains("reached by 9 jobs: w.yml#1, w.yml#2, w.yml#3, w.yml#4, w.yml#5 and 4 more\n"), "{text}");
    assert!(render(&report, Format::Json, Style::default()).contains("w.yml#9"));
}

#[test]
fn concise_is_a_line_per_finding() {
    let style = Style { quiet: true, ..Style::default() };
    let text = render(&report(), Format::Concise, style);
    assert_eq!(text, "x.sh:3:1: error unscoped-label-filter it removes every job's\nz: error: cannot be read\n");
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

/// A report of one file with a finding at one text and places that belong to it, each with words.
fn labelled(text: &str, primary: &str, others: &[(&str, &str)]) -> Report {
    let mut report = report();
    let source = Source::new("x.sh", text.as_bytes().to_vec()).expect("UTF-8");
    let location = |words: &str| {
        let start = text.find(words).expect("it is there");
        source.location(Span::new(start, start + words.len()))
    };
    let related =
        others.iter().map(|(place, words)| Related { location: location(place), message: (*words).to_owned() });
    report.findings[0].related = related.collect();
    report.findings[0].location = location(primary);
    report.findings[0].label = Some("every job's".to_owned());
    report.sources.insert(source.path().clone(), source);
    report
}

#[test]
fn what_lies_between_two_labels_is_not_shown() {
    let lines: Vec<String> = (1..=700).map(|line| format!("echo line {line}.")).collect();
    for (one, other) in [("line 10.", "line 650."), ("line 330.", "line 650."), ("line 650.", "line 10.")] {
        let text = render(
            &labelled(&lines.join("\n"), one, &[(other, "made here"), ("line 400.", "used here")]),
            Format::Full,
            Style::default(),
        );
        assert!(text.lines().count() < 45, "{text}");
        for words in [one, other, "every job's", "made here", "used here", "⋮", "line 402.", "line 648."] {
            assert!(text.contains(words), "{words} is not in\n{text}");
        }
        assert_eq!((text.matches('╭').count(), text.matches("╰────").count()), (1, 1), "{text}");
        let line: usize = one.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number");
        assert!(text.contains(&format!("[x.sh:{line}:6]")), "{text}");
    }
}

#[test]
fn the_frame_does_not_tear() {
    let long = "x".repeat(150);
    let script = format!(
        "docker ps\n\techo \"é漢字\" && docker rm -f one # {long}\n{long}; docker rm -f two; {long}\ndocker run {long} three\n\tdocker run four"
    );
    let words = "this is what every other run on the daemon uses as well, whoever comes first";
    for (primary, other) in [("docker rm -f one", "rm -f two"), ("docker rm -f two", "three"), ("three", "-f one")] {
        let report = labelled(&script, primary, &[(other, words), ("docker run four", words), ("rm -f one", words)]);
        for width in [60, 80, 100, 120] {
            let text = render(&report, Format::Full, Style { width, ..Style::default() });
            let frame: Vec<&str> = text
                .lines()
                .skip_while(|line| !line.contains('╭'))
                .take_while(|line| !line.contains("╰────"))
                .collect();
            for line in &frame {
                assert!(wrap::columns(line) <= width, "{width}: {line}\n{text}");
                assert!(line.contains(['│', '·', '╭', '⋮']), "{width}: {line}\n{text}");
            }
            assert!(frame.iter().any(|line| line.contains(primary)), "{width}:\n{text}");
            let said: String = frame.join(" ").replace(|c: char| "│·╰─┤ 1234567890".contains(c), "");
            assert!(said.contains(&words.replace(' ', "")), "{width}:\n{text}");
        }
    }
}

#[test]
fn labels_within_one_another_stay_below_their_words() {
    let report =
        labelled("docker run --name pg postgres:16\n", "docker run --name pg postgres:16", &[("pg", "the name")]);
    let text = render(&report, Format::Full, Style::default());
    let below = |words: &str| text.lines().find(|line| line.contains(words)).expect(words).to_owned();
    let (code, underline) = (below("docker run --name"), below("┬"));
    let column = |line: &str, part: &str| wrap::columns(&line[..line.find(part).expect(part)]);
    assert_eq!(wrap::columns(&underline), column(&code, "pg") + 2, "{text}");
    assert!(text.contains("╰── the name") && text.contains("every job's"), "{text}");
}

#[test]
fn a_long_line_is_cut_around_its_label() {
    let long =
        format!("#{}\ndocker ps\n{} docker rm -f x {}\n", "z".repeat(1 << 20), "y ".repeat(1 << 19), "y".repeat(5000));
    let text =
        render(&labelled(&long, "docker rm -f x", &[("docker ps", "listed here")]), Format::Full, Style::default());
    assert!(text.len() < 3000 && text.contains("docker rm -f x"), "{text}");
    let shown = text.lines().find(|line| line.contains("docker rm")).expect("the line");
    assert_eq!(shown.matches('…').count(), 2, "{text}");
}

#[test]
fn what_is_the_same_is_said_once() {
    let mut report = report();
    let first = report.findings[0].clone();
    let place = |path: &str, start: usize| Location { path: Arc::from(path), span: Span::new(start, start + 6) };
    report.findings.extend((0..11).map(|_| Finding { location: place("y.sh", 0), ..first.clone() }));
    let other = Finding { location: place("y.sh", 0), message: "something else".to_owned(), ..first };
    report.findings.push(other);
    let folded = render(&report, Format::Full, Style::default());
    assert_eq!(folded.matches("it removes every job's").count(), 1, "{folded}");
    assert!(folded.contains("and 11 more of these (`-v` shows each): y.sh:1,"), "{folded}");
    assert!(folded.contains("something else"), "{folded}");
    for path in ["── x.sh ─", "── y.sh ─"] {
        assert_eq!(folded.matches(path).count(), 1, "{folded}");
    }
    let mut apart = report.clone();
    apart.roots = [("", "/one"), ("y.sh", "/other")].map(|(prefix, root)| (prefix.to_owned(), root.into())).into();
    let told = render(&apart, Format::Full, Style::default());
    assert_eq!(told.matches("it removes every job's").count(), 2, "{told}");
    let each = render(&report, Format::Full, Style { verbose: true, ..Style::default() });
    assert_eq!(each.matches("it removes every job's").count(), 12, "{each}");
    let concise = render(&report, Format::Concise, Style::default());
    assert_eq!(concise.matches("it removes every job's").count(), 12, "{concise}");
}

#[test]
fn what_is_said_of_several_names_of_a_file_is_said_once() {
    let script = (1..=12).map(|number| format!("docker run -d --name db{number} -p 1 x\n\n\n\n\n")).collect::<String>();
    let mut report = labelled(&script, "db1 ", &[]);
    let first = report.findings.remove(0);
    let of = |number: usize, message: &str| {
        let name = format!("db{number}");
        let start = script.find(&format!("{name} ")).expect("the name");
        let location = Location { span: Span::new(start, start + name.len()), ..first.location.clone() };
        Finding { message: format!("`{name}` {message}"), location, ..first.clone() }
    };
    report.findings.extend((1..=12).map(|number| of(number, "is every run's")));
    report.findings.push(of(1, "is not removed"));
    report.findings.push(Finding { help: Some("mend it".to_owned()), ..of(2, "is every run's: `mend it`") });
    let folded = render(&report, Format::Full, Style::default());
    for words in ["is every run's\n", "is not removed", "is every run's: `mend it`"] {
        assert_eq!(folded.matches(words).count(), 1, "{words}: {folded}");
    }
    let others = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["and 11 more of the same kind in this file (`-v` shows each): `db2` (line 6), ", "`db9` (line 41), …"]
    {
        assert!(others.contains(words), "{words}: {folded}");
    }
    // The picture has nine of them, and each of the others has its own.
    assert_eq!(folded.matches('┬').count(), 11, "{folded}");
    let each = render(&report, Format::Full, Style { verbose: true, ..Style::default() });
    assert_eq!(each.matches('┬').count(), 14, "{each}");
}

#[test]
fn a_rule_leads_to_its_page() {
    let mut report = report();
    report.roots.insert(String::new(), "/somewhere".into());
    report.rule_urls.insert(String::new(), "https://a.example/{family}/{rule}.md".to_owned());
    let address = "https://a.example/scope/unscoped-label-filter.md";
    for format in [Format::Full, Format::Concise] {
        let colored = render(&report, format, Style { color: true, ..Style::default() });
        let link = format!("\u{1b}]8;;{address}\u{1b}\\unscoped-label-filter\u{1b}]8;;\u{1b}\\");
        assert!(colored.contains(&link), "{colored:?}");
        assert_eq!(crate::door::print::lines(&colored, true), colored);
        assert!(!render(&report, format, Style::default()).contains('\u{1b}'));
    }
    let json = render(&report, Format::Json, Style::default());
    assert!(json.contains(&format!("\"url\": \"{address}\"")), "{json}");
    assert!(render(&report, Format::Rdjson, Style::default()).contains(address));
    let sarif = render(&report, Format::Sarif, Style::default());
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap_or_default();
    let driver = &sarif["runs"][0]["tool"]["driver"];
    let mut rules = driver["rules"].as_array().into_iter().flatten();
    let rule = rules.find(|rule| rule["id"] == "unscoped-label-filter");
    assert_eq!(rule.map(|rule| &rule["helpUri"]), Some(&address.into()));
    assert_eq!(driver["informationUri"], "https://a.example");
}

#[test]
fn code_is_not_torn_when_lines_are_wrapped() {
    let mut report = report();
    let name = "`chart-testing-${{ github.run_id }}-${{ github.run_attempt }}`";
    report.findings[0].help =
        Some(format!("put the run's id into the name, here and wherever else it is used: {name}"));
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
