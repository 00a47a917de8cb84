//! Users' own rules: what stands in the folders that a configuration names.

use std::collections::BTreeSet;

use walkdir::WalkDir;

use super::{Options, Refusal, tool_findings};
use crate::config::{BoundedPath, Config};
use crate::discover::display_path;
use crate::door::read::{Reader, Refused};
use crate::rewrite::{REWRITES, Rewrite};
use crate::rules::{self, Rule, RuleError};

/// Reads every rule file in the configured folders; each rule with its file, as it is shown.
///
/// # Errors
/// [`Refusal`] with everything that is wrong in all of them, by file and line.
pub(super) fn rules(config: &Config, options: &Options) -> Result<Vec<(String, Rule)>, Refusal> {
    let (here, reader) = (&options.here, &options.reader);
    let mut problems: Vec<String> = Vec::new();
    let mut found: Vec<(String, Rule)> = Vec::new();
    let mut read = BTreeSet::new();
    for dir in &config.rules_dirs {
        let folder = &dir.path;
        let shown = display_path(folder, here);
        let wrong = match reader.place(folder, &dir.bounds) {
            Err(Refused::Outside) => Some(crate::config::OUTSIDE),
            Ok(real) if real.is_dir() => None,
            _ => Some("which is no folder"),
        };
        if let Some(wrong) = wrong {
            let file = config.files.first().map(|file| format!("{}: ", display_path(file, here))).unwrap_or_default();
            problems.push(format!("{file}`rules-dirs` names {shown}, {wrong}"));
            continue;
        }
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.push(format!("{shown}: {error}"));
                    continue;
                }
            };
            let is_yaml = entry.path().extension().is_some_and(|end| end == "yaml" || end == "yml");
            if is_yaml && entry.file_type().is_file() && read.insert(entry.path().to_owned()) {
                let path = display_path(entry.path(), here);
                let file = BoundedPath { path: entry.path().to_owned(), bounds: dir.bounds.clone() };
                match read_rule(reader, &file, &path, &found) {
                    Ok(rule) => found.push((path, rule)),
                    Err(errors) => problems.extend(errors),
                }
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Refusal::Configuration(problems)) }
}

fn read_rule(reader: &Reader, file: &BoundedPath, path: &str, earlier: &[(String, Rule)]) -> Result<Rule, Vec<String>> {
    let bytes = reader.read(&file.path, &file.bounds).map_err(|why| vec![format!("{path}: {why}")])?;
    let text =
        String::from_utf8(bytes.to_vec()).map_err(|_| vec![format!("{path}: not UTF-8; save the file as UTF-8")])?;
    let words = |errors: Vec<RuleError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rule = rules::parse(path, &text).map_err(words)?;
    let mistakes = mistakes(&rule, earlier);
    let at = |(key, message, hint): (&str, String, String)| RuleError {
        path: path.to_owned(),
        line: line_of(&text, key),
        message,
        hint,
    };
    if mistakes.is_empty() { Ok(rule) } else { Err(words(mistakes.into_iter().map(at).collect())) }
}

/// The line at which a top-level key stands.
fn line_of(text: &str, key: &str) -> usize {
    let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    text.lines().position(is_key).map_or(1, |index| index + 1)
}

/// What a rule that can be read must not be: its key, what is wrong, and what to do.
fn mistakes(rule: &Rule, earlier: &[(String, Rule)]) -> Vec<(&'static str, String, String)> {
    let id = &rule.id;
    let mut mistakes = Vec::new();
    let tools = tool_findings::rules();
    let built_in = || {
        let all = rules::built_in().iter().map(|rule| (&rule.id, &rule.family));
        all.chain(tools.iter().map(|rule| (&rule.id, &rule.family)))
    };
    for (key, name) in [("id", id), ("family", &rule.family)] {
        if !is_name(name) {
            let hint = "use small letters, digits and `-`, and begin with a letter".to_owned();
            mistakes.push((key, format!("`{name}` cannot be named in comments and on the command line"), hint));
        }
    }
    if built_in().any(|(built_in, _)| built_in == id) {
        let hint = format!("choose an id of your own; to change that rule's level, write `rules: {{ {id}: … }}`");
        mistakes.push(("id", format!("the rule `{id}` is built in"), hint));
    } else if built_in().any(|(_, family)| family == id) {
        mistakes.push(("id", format!("`{id}` is the name of a family"), "choose another id".to_owned()));
    } else if let Some((other, _)) = earlier.iter().find(|(_, other)| other.id == *id) {
        mistakes.push(("id", format!("{other} has a rule `{id}` too"), "give one of them another id".to_owned()));
    }
    let family = &rule.family;
    if built_in().map(|(id, _)| id).chain(earlier.iter().map(|(_, other)| &other.id)).any(|other| other == family) {
        mistakes.push(("family", format!("`{family}` is the name of a rule"), "choose another family".to_owned()));
    }
    if let Some(fix) = rule.fix.as_deref().filter(|fix| Rewrite::named(fix).is_none()) {
        let hint = crate::suggest::nearest(fix, REWRITES.iter().map(|rewrite| rewrite.name))
            .map_or_else(|| "leave `fix:` out".to_owned(), |near| format!("did you mean `{near}`?"));
        mistakes.push(("fix", format!("there is no rewrite `{fix}`"), hint));
    }
    mistakes
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
