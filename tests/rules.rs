//! Every built-in rule file: well formed, complete, and its examples do what they say.

use std::fs;
use std::path::{Path, PathBuf};

use berthlint::rules::{self, Rule, texts};

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
            assert!(texts::rewrite(fix).is_some(), "{}: nobody knows what the rewrite `{fix}` does", path.display());
        }
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
