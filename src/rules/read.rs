//! Reads a rule, collecting everything that is wrong with it.

use super::reader::{Reader, Trust};
use super::value::{Data, Entry, Value};
use super::{Case, Example, Group, Help, Prose, Rule, RuleError, Show, Template, conditions, prose, suggest};
use crate::facts::Confidence;
use crate::facts::vocabulary::{self, FactKind};
use crate::finding::Level;

const KEYS: [&str; 17] = [
    "id",
    "family",
    "level",
    "confidence",
    "default",
    "summary",
    "on",
    "at",
    "where",
    "unless",
    "message",
    "help",
    "show",
    "also",
    "fix",
    "why",
    "examples",
];
const ALSO_KEYS: [&str; 6] = ["where", "level", "confidence", "message", "help", "show"];
const EXAMPLE_KEYS: [&str; 8] = ["bad", "good", "fixed", "path", "good-path", "files", "good-files", "config"];
const LEVELS: [(&str, Level); 3] = [("error", Level::Error), ("warning", Level::Warning), ("info", Level::Info)];
const CONFIDENCES: [(&str, Confidence); 3] =
    [("high", Confidence::High), ("medium", Confidence::Medium), ("low", Confidence::Low)];
const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];

/// Reads a rule.
pub(super) fn rule(value: &Value, trust: Trust) -> Result<Rule, Vec<RuleError>> {
    let mut reader = Reader::new(trust);
    let rule = reader.rule(value);
    match rule {
        Some(rule) if reader.errors.is_empty() => Ok(rule),
        _ => Err(reader.errors),
    }
}

impl Reader {
    fn rule(&mut self, value: &Value) -> Option<Rule> {
        let Some(entries) = value.entries() else {
            self.error(value.line, format!("a rule is a mapping, and this is {}", value.what()), "begin with `id:`");
            return None;
        };
        self.keys(entries, &KEYS);
        let on = self.required(value, "on")?;
        let kind = self.kind(on)?;
        let base = self.base(value, kind);
        let also = self.list(get(entries, "also"), "also");
        let also = base.as_ref().map(|base| also.iter().filter_map(|entry| self.also(kind, base, entry)).collect());
        let at = self.span(kind, get(entries, "at"));
        let unless = get(entries, "unless").map(|value| conditions::groups(self, kind, value)).unwrap_or_default();
        let id = self.required_text(value, "id");
        let family = self.required_text(value, "family");
        let summary = self.required_text(value, "summary");
        let enabled = get(entries, "default").and_then(|value| self.word(value, &SWITCH)).unwrap_or(true);
        let fix = get(entries, "fix").and_then(|value| self.text(value, "fix")).map(str::to_owned);
        let prose = match self.trust {
            Trust::BuiltIn => prose::Source::BuiltIn,
            Trust::Checked => prose::Source::Own(Box::new(self.prose(entries))),
        };
        Some(Rule {
            id: id?,
            family: family?,
            summary: summary?,
            on: kind,
            at: at?,
            base: base?,
            also: also?,
            unless,
            fix,
            enabled,
            prose,
        })
    }

    fn kind(&mut self, value: &Value) -> Option<&'static FactKind> {
        let name = self.text(value, "on")?;
        let kind = vocabulary::kind(name);
        if kind.is_none() {
            let kinds = vocabulary::KINDS.iter().map(|kind| kind.name);
            self.error(value.line, format!("there is no fact `{name}`"), suggest::hint(name, kinds));
        }
        kind
    }

    fn span(&mut self, kind: &'static FactKind, value: Option<&Value>) -> Option<&'static str> {
        let Some(value) = value else { return kind.spans.first().map(|span| span.name) };
        let name = self.text(value, "at")?;
        let span = kind.span(name).map(|span| span.name);
        if span.is_none() {
            let spans = kind.spans.iter().map(|span| span.name);
            self.error(value.line, format!("`{}` has no span `{name}`", kind.name), suggest::hint(name, spans));
        }
        span
    }

    fn base(&mut self, value: &Value, kind: &'static FactKind) -> Option<Case> {
        let entries = value.entries()?;
        let conditions = get(entries, "where").map(|value| conditions::group(self, kind, value)).unwrap_or_default();
        let level = self.required(value, "level").and_then(|value| self.word(value, &LEVELS));
        let confidence = get(entries, "confidence").and_then(|value| self.word(value, &CONFIDENCES));
        let message = self.required(value, "message").and_then(|value| self.template(kind, value, "message"));
        let help = get(entries, "help").and_then(|value| self.help(kind, value));
        let confidence = confidence.unwrap_or(Confidence::High);
        let show = self.shows(kind, entries);
        Some(Case { conditions, level: level?, confidence, message: message?, help, show })
    }

    /// A special case: the general one with what it says in place.
    fn also(&mut self, kind: &'static FactKind, base: &Case, value: &Value) -> Option<Case> {
        let Some(entries) = value.entries() else {
            self.error(value.line, "an entry of `also` is a mapping", "write `- { where: { … }, level: warning }`");
            return None;
        };
        self.keys(entries, &ALSO_KEYS);
        let special = match self.required(value, "where") {
            Some(value) => conditions::group(self, kind, value),
            None => Group::default(),
        };
        let mut case = Case { conditions: base.conditions.overridden(&special), ..base.clone() };
        if let Some(level) = get(entries, "level").and_then(|value| self.word(value, &LEVELS)) {
            case.level = level;
        }
        if let Some(confidence) = get(entries, "confidence").and_then(|value| self.word(value, &CONFIDENCES)) {
            case.confidence = confidence;
        }
        if let Some(message) = get(entries, "message").and_then(|value| self.template(kind, value, "message")) {
            case.message = message;
        }
        if let Some(help) = get(entries, "help").and_then(|value| self.help(kind, value)) {
            case.help = Some(help);
        }
        for own in self.shows(kind, entries) {
            case.show.retain(|show| show.span != own.span);
            case.show.push(own);
        }
        Some(case)
    }

    /// A text, or a list of texts with what must hold for each; the last is for all other facts.
    fn help(&mut self, kind: &'static FactKind, value: &Value) -> Option<Help> {
        let Data::List(items) = &value.data else {
            return Some(Help(vec![(Group::default(), self.template(kind, value, "help")?)]));
        };
        let mut texts = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let Some(entries) = item.entries() else {
                let (is, last) = (item.what(), at + 1 == items.len());
                if last && item.text().is_some() {
                    texts.push((Group::default(), self.template(kind, item, "help")?));
                } else {
                    let message = format!("an entry of `help` is a mapping, and the last a text; this is {is}");
                    self.error(item.line, message, "write `- { where: { … }, text: … }`");
                }
                continue;
            };
            self.keys(entries, &["where", "text"]);
            let conditions = self.required(item, "where").map(|value| conditions::group(self, kind, value));
            let text = self.required(item, "text").and_then(|value| self.template(kind, value, "text"));
            texts.extend(conditions.zip(text));
            if at + 1 == items.len() {
                self.error(item.line, "the last entry of `help` is for all other facts", "end the list with a text");
            }
        }
        Some(Help(texts))
    }

    fn shows(&mut self, kind: &'static FactKind, entries: &[Entry]) -> Vec<Show> {
        let all = self.list(get(entries, "show"), "show");
        all.iter().filter_map(|entry| self.show(kind, entry)).collect()
    }

    fn show(&mut self, kind: &'static FactKind, value: &Value) -> Option<Show> {
        let Some(entries) = value.entries() else {
            self.error(value.line, "an entry of `show` is a mapping", "write `- { span: …, text: … }`");
            return None;
        };
        self.keys(entries, &["span", "text"]);
        let span = self.required(value, "span").cloned();
        let span = span.and_then(|value| self.span(kind, Some(&value)));
        let text = self.required(value, "text").and_then(|value| self.template(kind, value, "text"));
        Some(Show { span: span?, text: text? })
    }

    fn prose(&mut self, entries: &[Entry]) -> Prose {
        let why = get(entries, "why").and_then(|value| self.text(value, "why")).unwrap_or_default().to_owned();
        let examples = self.list(get(entries, "examples"), "examples");
        let examples = examples.iter().filter_map(|value| self.example(value)).collect();
        Prose { why, examples }
    }

    fn example(&mut self, value: &Value) -> Option<Example> {
        let Some(entries) = value.entries() else {
            self.error(value.line, "an example is a mapping", "write `- { bad: …, good: … }`");
            return None;
        };
        self.keys(entries, &EXAMPLE_KEYS);
        let bad = self.required_text(value, "bad");
        let good = self.required_text(value, "good");
        let mut optional = |key| get(entries, key).and_then(|value| self.text(value, key)).map(str::to_owned);
        let (fixed, config) = (optional("fixed"), optional("config"));
        let (path, good_path) = (optional("path"), optional("good-path"));
        let files = |key| {
            let files = get(entries, key).and_then(Value::entries).unwrap_or_default();
            files.iter().map(|file| (file.key.clone(), file.value.text().unwrap_or_default().to_owned())).collect()
        };
        Some(Example {
            rule: String::new(),
            bad: bad?,
            good: good?,
            fixed,
            path,
            good_path,
            files: files("files"),
            good_files: files("good-files"),
            config,
        })
    }

    fn keys(&mut self, entries: &[Entry], allowed: &[&str]) {
        for (at, entry) in entries.iter().enumerate() {
            if !allowed.contains(&entry.key.as_str()) {
                let hint = suggest::hint(&entry.key, allowed.iter().copied());
                self.error(entry.line, format!("unknown key `{}`", entry.key), hint);
            } else if entries[..at].iter().any(|earlier| earlier.key == entry.key) {
                self.error(entry.line, format!("`{}` is set twice", entry.key), "keep one of them");
            }
        }
    }

    fn required<'v>(&mut self, value: &'v Value, key: &str) -> Option<&'v Value> {
        let found = get(value.entries()?, key);
        if found.is_none() {
            self.error(value.line, format!("`{key}:` is missing"), format!("add `{key}:`"));
        }
        found
    }

    fn required_text(&mut self, value: &Value, key: &str) -> Option<String> {
        let found = self.required(value, key)?;
        self.text(found, key).map(str::to_owned)
    }

    fn text<'v>(&mut self, value: &'v Value, key: &str) -> Option<&'v str> {
        let text = value.text().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.error(
                value.line,
                format!("`{key}` is a text, and this is {}", value.what()),
                format!("write `{key}: …`"),
            );
        }
        text
    }

    fn word<T: Copy>(&mut self, value: &Value, words: &[(&str, T)]) -> Option<T> {
        let text = value.text().unwrap_or_default();
        let found = words.iter().find(|word| word.0 == text).map(|word| word.1);
        if found.is_none() {
            let allowed: Vec<&str> = words.iter().map(|word| word.0).collect();
            self.error(value.line, format!("`{text}` cannot stand here"), suggest::hint(text, allowed.iter().copied()));
        }
        found
    }

    fn template(&mut self, kind: &'static FactKind, value: &Value, key: &str) -> Option<Template> {
        let text = self.text(value, key)?;
        match Template::new(kind, text) {
            Ok(template) => Some(template),
            Err((message, hint)) => {
                self.error(value.line, message, hint);
                None
            }
        }
    }

    /// The items of a list; an absent one has none.
    fn list<'v>(&mut self, value: Option<&'v Value>, key: &str) -> &'v [Value] {
        match value.map(|value| (value, &value.data)) {
            None => &[],
            Some((_, Data::List(items))) => items,
            Some((value, _)) => {
                self.error(
                    value.line,
                    format!("`{key}` is a list, and this is {}", value.what()),
                    "begin each item with `- `",
                );
                &[]
            }
        }
    }
}

fn get<'v>(entries: &'v [Entry], key: &str) -> Option<&'v Value> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}
