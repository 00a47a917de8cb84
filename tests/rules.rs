//! Every built-in rule file: well formed, complete, and its examples do what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use berthlint::check::Engine;
use berthlint::rewrite::{REWRITES, Rewrite};
use berthlint::rules::{self, Example, Rule};
use berthlint::trial::troubles;
use regex::Regex;

/// Every rule file with the rule in it.
fn files() -> Vec<(PathBuf, Rule)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for path in rules::sources().into_values().map(|file| root.join(file)) {
        let text = fs::read_to_string(&path).expect("a rule file");
        let rule = rules::parse(&path.to_string_lossy(), &text);
        let rule = rule.unwrap_or_else(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        });
        all.push((path, rule));
    }
    all
}

#[test]
fn every_rule_file_speaks_the_vocabulary() {
    assert_eq!(files().len(), rules::built_in().len());
}

#[test]
fn files_and_folders_are_named_after_id_and_family() {
    for (path, rule) in files() {
        assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(rule.id.as_str()));
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        assert_eq!(folder, Some(rule.family.as_str()), "{}", path.display());
    }
}

#[test]
fn every_rule_says_why_and_what_to_write() {
    for (path, rule) in files() {
        let prose = rule.prose();
        assert!(prose.why.split_whitespace().count() >= 25, "{}: `why` is too short", path.display());
        assert!(!prose.examples.is_empty(), "{}: no examples", path.display());
        assert!(rule.base.help.is_some(), "{}: no `help`", path.display());
        assert!(!rule.summary.ends_with('.'), "{}: the summary is no sentence", path.display());
        if let Some(fix) = &rule.fix {
            assert!(Rewrite::named(fix).is_some(), "{}: there is no rewrite `{fix}`", path.display());
        }
    }
}

/// A page promises nothing that is not there, and nothing is there that no rule can ask for.
#[test]
fn rules_and_rewrites_name_each_other() {
    let named: BTreeSet<&str> = rules::built_in().iter().filter_map(|rule| rule.fix.as_deref()).collect();
    let known: BTreeSet<&str> = REWRITES.iter().map(|rewrite| rewrite.name).collect();
    assert_eq!(named, known, "named by rules (left), in the table (right)");
    for rewrite in REWRITES {
        for rule in rewrite.follow_ups {
            assert!(rules::built_in().iter().any(|known| known.id == *rule), "{}: no rule `{rule}`", rewrite.name);
        }
    }
}

/// What a rule file tells to call is a command of one of the two programs.
#[test]
fn rules_name_commands_that_exist() {
    let call = Regex::new(r"(?m)(?:`|run: |\$\(|^ {14,})(berth-run|berthlint) ([a-z]+)\b").expect("a pattern");
    let mut named: BTreeMap<(String, String), PathBuf> = BTreeMap::new();
    for (path, _) in files() {
        let text = fs::read_to_string(&path).expect("a rule file");
        let calls = call.captures_iter(&text).map(|found| (found[1].to_owned(), found[2].to_owned()));
        named.extend(calls.map(|call| (call, path.clone())));
    }
    assert!(!named.is_empty());
    for ((program, command), path) in named {
        let mut help = assert_cmd::Command::cargo_bin(&program).expect("a program");
        let known = help.args([&command, "--help"]).output().expect("it runs").status.success();
        assert!(known, "{}: there is no `{program} {command}`", path.display());
    }
}

#[test]
fn the_binary_holds_the_same_rules() {
    for (path, rule) in files() {
        let built_in = rules::built_in().iter().find(|other| other.id == rule.id);
        assert_eq!(built_in.map(Rule::explain), Some(rule.explain()), "{}", path.display());
    }
}

#[test]
fn examples_are_yaml() {
    for example in rules::examples() {
        for text in [&example.bad, &example.good].into_iter().chain(&example.fixed) {
            let source = berthlint::source::Source::new(example.path(), text.clone().into_bytes()).expect("UTF-8");
            let tree = berthlint::yaml::parse(&source);
            let tree = tree.unwrap_or_else(|error| panic!("an example of {}: {error}\n{text}", example.rule));
            let jobs = tree.root().and_then(|root| root.get("jobs"));
            assert!(jobs.is_some(), "an example of {} has no jobs", example.rule);
        }
    }
}

/// The text that `berthlint explain` prints is read by people.
#[test]
fn explanations_read_well() {
    for rule in rules::built_in() {
        let text = rule.explain();
        assert!(text.starts_with(&format!("{} ({}, ", rule.id, rule.family)), "{}", rule.id);
        assert!(text.contains("Found in ") && text.contains("Better"), "{}", rule.id);
        assert!(rule.prose().why.lines().all(|line| line.chars().count() <= 125), "{}: a long line", rule.id);
    }
}

/// NOT_YET: rules whose facts come with a later part. A rule stands here only while an example of it fails.
const NOT_YET: &[&str] = &[];

/// Why an example does not show what it is to show.
fn trouble(engine: &Engine, example: &Example) -> Vec<String> {
    let troubles = troubles(engine, example, &[]).into_iter();
    troubles.map(|trouble| format!("{}: {}\n{}", example.rule, trouble.what, trouble.shown)).collect()
}

#[test]
fn examples_do_what_they_say() {
    let mut failing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let engine = Engine::built_in();
    let examples = rules::examples();
    for example in &examples {
        failing.entry(&example.rule).or_default().extend(trouble(&engine, example));
    }
    let mut troubles: Vec<String> = Vec::new();
    for (rule, of_rule) in failing {
        match (NOT_YET.contains(&rule), of_rule.is_empty()) {
            (true, true) => troubles.push(format!("{rule}: works now, take it off NOT_YET")),
            (false, false) => troubles.extend(of_rule),
            _ => {}
        }
    }
    troubles.extend(
        NOT_YET
            .iter()
            .filter(|id| !rules::built_in().iter().any(|rule| rule.id == **id))
            .map(|id| format!("{id}: no rule")),
    );
    assert!(troubles.is_empty(), "{} troubles\n{}", troubles.len(), troubles.join("\n"));
}
