//! The documentation is up to date, and its examples do what they say. `BLESS=1 cargo test --test docs` writes
//! what is generated.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use berthlint::check::{Engine, Options, RuleHelp, check, rule_help_of};
use berthlint::facts::vocabulary::{COMMON, FieldSpec, KINDS, Type};
use berthlint::finding::Level;
use berthlint::names::{TOOL, UNUSED_IGNORE, YAML_ERROR};
use berthlint::rewrite::Rewrite;
use berthlint::rules::{self, Rule};
use berthlint::trial::{troubles, unsafe_because};
use regex::Regex;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Requires a file to have this text, or writes it.
fn is_current(path: &Path, text: &str, stale: &mut Vec<String>) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    } else {
        stale.push(path.strip_prefix(docs()).unwrap().display().to_string());
    }
}

fn level(rule: &Rule) -> String {
    format!("{:?}", rule.level()).to_lowercase()
}

fn block(out: &mut String, title: &str, language: &str, text: &str) {
    writeln!(out, "\n{title}:\n\n```{language}\n{}\n```", text.trim_end()).unwrap();
}

fn language(path: &str) -> &str {
    match path.rsplit('.').next() {
        Some("yml" | "yaml") => "yaml",
        Some("sh") => "sh",
        _ => "",
    }
}

fn page(rule: &Rule) -> String {
    let prose = rule.prose();
    let mut out = format!("# {}\n\n{}.\n\n", rule.id, rule.summary);
    let state = if rule.enabled { "" } else { ", off unless `rules:` or `--select` names it" };
    writeln!(out, "Family [{}](README.md#{}), level {}{state}.\n", rule.family, rule.family, level(rule)).unwrap();
    writeln!(out, "{}", prose.why.trim_end()).unwrap();
    for (at, example) in prose.examples.iter().enumerate() {
        let number = if prose.examples.len() > 1 { format!(" {}", at + 1) } else { String::new() };
        writeln!(out, "\n## Example{number}").unwrap();
        if let Some(config) = &example.config {
            block(&mut out, "With this in `.berthlint.yaml`", "yaml", config);
        }
        for (path, text) in &example.files {
            block(&mut out, &format!("With `{path}`"), language(path), text);
        }
        // The same once more is only written better in another way.
        let before = at.checked_sub(1).and_then(|before| prose.examples.get(before));
        if before.is_none_or(|before| before.bad != example.bad || before.path() != example.path()) {
            block(&mut out, &format!("Found in `{}`", example.path()), "yaml", &example.bad);
        }
        let better = example.good_path.as_ref().map_or("Better".to_owned(), |path| format!("Better, in `{path}`"));
        block(&mut out, &better, "yaml", &example.good);
        for (path, text) in &example.good_files {
            block(&mut out, &format!("and in `{path}`"), language(path), text);
        }
        if let Some(fixed) = &example.fixed {
            match unsafe_because(&Engine::built_in(), example) {
                None => block(&mut out, "What `--fix` makes of it", "yaml", fixed),
                Some(why) => {
                    block(&mut out, "What `--fix --unsafe-fixes` makes of it", "yaml", fixed);
                    writeln!(out, "\nUnsafe: {why}.").unwrap();
                }
            }
        }
    }
    let fix = match rule.fix.as_deref() {
        Some(fix) => Rewrite::named(fix).map_or(fix, |rewrite| rewrite.does_for(&rule.id)),
        None => "`--fix` leaves it alone: what to write here is yours to decide.",
    };
    writeln!(out, "\n## What --fix does\n\n{fix}").unwrap();
    writeln!(out, "\n## To silence one finding\n\n```yaml\n# berthlint: ignore[{}] the reason\n```", rule.id).unwrap();
    out
}

/// A page for a rule about the tool itself.
fn tool_page(rule: &RuleHelp) -> String {
    let level = format!("{:?}", rule.info.level).to_lowercase();
    let RuleHelp { info, why, does, .. } = rule;
    let about = format!(
        "# {}\n\n{}.\n\nFamily [{}](README.md#{}), level {level}.",
        info.id, info.summary, info.family, info.family
    );
    format!("{about}\n\n{why}\n\n## What --fix does\n\n{does}\n")
}

fn tool_rules() -> Vec<RuleHelp> {
    let helps = [UNUSED_IGNORE, YAML_ERROR].map(|id| rule_help_of(&[], id).unwrap());
    helps.into()
}

fn index() -> String {
    let mut families: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules::built_in() {
        families.entry(&rule.family).or_default().push(rule);
    }
    let mut out = "# Rules\n\nWritten from the rule files by `BLESS=1 cargo test --test docs`. \
                   For rules of your own see [writing-rules.md](../writing-rules.md).\n"
        .to_owned();
    for (family, rules) in families {
        writeln!(out, "\n## {family}\n\n| rule | level | finds |\n|---|---|---|").unwrap();
        for rule in rules {
            let off = if rule.enabled { "" } else { " (off)" };
            writeln!(out, "| [{0}]({0}.md) | {1}{off} | {2} |", rule.id, level(rule), rule.summary).unwrap();
        }
    }
    writeln!(out, "\n## {TOOL}\n\n| rule | level | finds |\n|---|---|---|").unwrap();
    for RuleHelp { info, .. } in tool_rules() {
        let level = format!("{:?}", info.level).to_lowercase();
        writeln!(out, "| [{0}]({0}.md) | {level} | {1} |", info.id, info.summary).unwrap();
    }
    out
}

#[test]
fn rule_pages_are_up_to_date() {
    let folder = docs().join("rules");
    let mut pages: BTreeMap<String, String> =
        rules::built_in().iter().map(|rule| (format!("{}.md", rule.id), page(rule))).collect();
    pages.insert("README.md".to_owned(), index());
    pages.extend(tool_rules().iter().map(|rule| (format!("{}.md", rule.info.id), tool_page(rule))));
    let mut stale = Vec::new();
    for (name, text) in &pages {
        is_current(&folder.join(name), text, &mut stale);
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        if pages.contains_key(entry.file_name().to_str().unwrap()) {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            fs::remove_file(entry.path()).unwrap();
        } else {
            stale.push(entry.path().display().to_string());
        }
    }
    assert!(stale.is_empty(), "stale, run `BLESS=1 cargo test --test docs`: {stale:?}");
}

fn field(spec: &FieldSpec) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let holds = match spec.holds {
        Type::Bool => "true or false".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Version => "a version".to_owned(),
        Type::Text => "text".to_owned(),
        Type::List => "a list".to_owned(),
        Type::OneOf(all) => words(all),
        Type::ListOf(all) => format!("a list of {}", words(all)),
    };
    format!("- `{}`: {} ({holds})\n", spec.name, spec.doc)
}

#[test]
fn the_vocabulary_is_up_to_date() {
    let mut kinds = String::new();
    for kind in KINDS {
        write!(kinds, "### {}\n\n{}.\n\n", kind.name, kind.doc).unwrap();
        kinds.extend(kind.fields.iter().map(field));
        let spans: Vec<String> = kind.spans.iter().map(|span| format!("`{}` ({})", span.name, span.doc)).collect();
        write!(kinds, "\nSpans: {}.\n\n", spans.join(", ")).unwrap();
    }
    let common: String = COMMON.iter().map(field).collect();
    let path = docs().join("writing-rules.md");
    let mut text = fs::read_to_string(&path).unwrap();
    for (name, body) in [("vocabulary", kinds.trim_end()), ("common", common.trim_end())] {
        let mark = format!("<!-- {name}: written by the test `docs` -->\n");
        let start = text.find(&mark).unwrap() + mark.len();
        let end = start + text[start..].find("<!-- end -->").unwrap();
        text.replace_range(start..end, &format!("\n{body}\n\n"));
    }
    let mut stale = Vec::new();
    is_current(&path, &text, &mut stale);
    assert!(stale.is_empty(), "stale, run `BLESS=1 cargo test --test docs`: {stale:?}");
}

#[test]
fn every_operator_is_explained() {
    let text = fs::read_to_string(docs().join("writing-rules.md")).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with("Conditions")).unwrap();
    let explained = |name: &str| section.contains(&format!("{{ {name}: "));
    let missing: Vec<&str> = rules::operators().filter(|name| !explained(name)).collect();
    assert!(missing.is_empty(), "no row in the table of docs/writing-rules.md: {missing:?}");
}

#[test]
fn the_three_examples_work() {
    let guide = fs::read_to_string(docs().join("writing-rules.md")).unwrap();
    let mut loaded = BTreeSet::new();
    for entry in fs::read_dir(docs().join("examples/rules")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let rule = rules::parse(&name, &text).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(name, format!("{}.yaml", rule.id));
        assert!(guide.contains(&format!("(examples/rules/{name})")), "{name} is not in the guide");
        // The first is there as a whole.
        assert!(name != "no-latest-service.yaml" || guide.contains(&text), "{name} is another one in the guide");
        for example in rule.prose().examples {
            let troubles = troubles(&Engine::built_in(), &example, &[docs().join("examples/rules")]);
            assert!(troubles.is_empty(), "{name}: {troubles:?}");
        }
        loaded.insert(name);
    }
    assert_eq!(loaded.len(), 3, "{loaded:?}");
}

/// The keys of a JSON value, at whatever depth.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_is_explained() {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/report/expected/json");
    let text = fs::read_to_string(expected).unwrap();
    let document = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
    let mut found = BTreeSet::new();
    keys(&document, &mut found);
    assert!(found.len() > 40, "{found:?}");
    let page = fs::read_to_string(docs().join("json.md")).unwrap();
    let missing: Vec<&String> = found.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/json.md has no {missing:?}");
}

/// The jobs that are there to be copied do what this program asks of others.
#[test]
fn the_jobs_to_copy_are_clean() {
    let text = fs::read_to_string(docs().join("ci.md")).unwrap();
    let jobs: Vec<&str> = text.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert_eq!(jobs.len(), 5);
    for forge in [".gitea", ".forgejo", ".github"] {
        for job in &jobs {
            let folder = tempfile::tempdir().unwrap();
            let workflows = folder.path().join(forge).join("workflows");
            fs::create_dir_all(&workflows).unwrap();
            fs::write(workflows.join("berthlint.yml"), job).unwrap();
            let options = Options::new(folder.path(), vec![folder.path().to_owned()]);
            let report = check(&Engine::built_in(), &options).unwrap_or_else(|refusal| panic!("{refusal}"));
            assert!(!report.is_incomplete() && report.files == 1, "{:?}", report.errors);
            assert!(report.findings.is_empty(), "{forge}: {:?}", report.findings);
        }
    }
}

/// What a page says is better breaks no other rule, as far as it is on by default: but for one that its page names.
#[test]
fn what_is_better_is_no_other_rules_error() {
    let engine = Engine::built_in();
    for rule in rules::built_in() {
        for example in &rule.prose().examples {
            let folder = tempfile::tempdir().unwrap();
            let workflow = (example.good_path().to_owned(), example.good.clone());
            let config = example.config.clone().map(|text| (".berthlint.yaml".to_owned(), text));
            let files =
                example.files.iter().chain(&example.good_files).map(|(path, text)| (path.clone(), text.clone()));
            for (path, text) in files.chain([workflow]).chain(config) {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            let options = Options::new(folder.path(), vec![folder.path().to_owned()]);
            let report = check(&engine, &options).unwrap_or_else(|refusal| panic!("{}: {refusal}", rule.id));
            let is_named = |other: &str| rule.prose().why.contains(&format!("`{other}`"));
            let others =
                report.findings.iter().filter(|finding| finding.level > Level::Info && !is_named(&finding.rule));
            let others: Vec<&str> = others.map(|finding| finding.rule.as_str()).collect();
            assert!(others.is_empty(), "{}: {others:?} in\n{}", rule.id, example.good);
        }
    }
}

/// The code in a document: its blocks, and what stands in backticks, a line each.
fn code(text: &str, is_markdown: bool) -> String {
    let mut out = String::new();
    let mut prose = String::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_fence = !in_fence;
        } else if in_fence || is_markdown && line.starts_with("    ") || line.starts_with(&" ".repeat(10)) {
            writeln!(out, "{line}").unwrap();
        } else {
            write!(prose, "{line} ").unwrap();
        }
    }
    for span in prose.split('`').skip(1).step_by(2) {
        writeln!(out, "{span}").unwrap();
    }
    out
}

/// Every command line of the two programs that the documents and the rules show, joined where `\` continues it.
fn command_lines() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root.join(name)).into();
    let mut folders = vec![docs(), root.join("rules")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    let call =
        Regex::new(r"(?m)(?:^[ \t]*(?:\$ |- )?(?:run: )?|\$\()(berthlint|berth-run) ([a-z][a-z-]*)([^`\n#|;&)]*)");
    let call = call.unwrap();
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap().replace("\\\n", " ");
        let text = code(&text, file.extension().is_some_and(|own| own == "md"));
        let name = file.strip_prefix(root).unwrap().display().to_string();
        for one in call.captures_iter(&text) {
            found.push((name.clone(), format!("{} {}", &one[1], &one[2]), one[3].to_owned()));
        }
    }
    found
}

/// What a reader copies exists: each command that is shown, and each of its options.
#[test]
fn every_command_that_is_shown_exists() {
    let option = Regex::new(r"(?:^|\s)(--[a-z][a-z-]*)").unwrap();
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let (mut shown, mut options) = (0, 0);
    for (file, command, rest) in command_lines() {
        let help = helps.entry(command.clone()).or_insert_with(|| {
            let (program, name) = command.split_once(' ').unwrap();
            let output = assert_cmd::Command::cargo_bin(program).unwrap().args([name, "--help"]).output().unwrap();
            assert!(output.status.success(), "{file}: there is no `{command}`");
            String::from_utf8(output.stdout).unwrap()
        });
        shown += 1;
        // Behind `--` stand another command's arguments; a container's own in `up`.
        let own = rest.split(" -- ").next().unwrap();
        for found in option.captures_iter(own) {
            options += 1;
            let known = Regex::new(&format!(r"(?m)(?:^|\s){}(?:[\s,=]|$)", &found[1])).unwrap();
            assert!(known.is_match(help), "{file}: `{command}` has no {}", &found[1]);
        }
    }
    assert!(shown > 60 && options > 40, "{shown} commands, {options} options");
}
