//! Where the variables, inputs and outputs that a job compares get what they say: in `env:` and `with:`, in assignments and
//! loops, in what a step hands on.

use std::ops::Range;
use std::sync::Arc;

use crate::rewrite::Place;
use crate::rewrite::shell_text::ShellText;
use crate::shell::{AssignedValue, Node, StatementKind, Word};
use crate::source::{Location, Source, Text};
use crate::workflow::Vars;

/// A value that something compared is given.
#[derive(Debug)]
pub(super) struct Given {
    /// What is given it: `env.NAME`, `inputs.name`, `outputs.name`.
    pub key: String,
    /// What it says.
    pub value: String,
    /// It is an entry of YAML, and in no script.
    pub is_entry: bool,
    source: Source,
    text: Text,
    /// Where in the text the value stands.
    at: Range<usize>,
}

impl Given {
    /// Whether it is a variable's.
    pub fn is_of(&self, variable: &str) -> bool {
        self.key.strip_prefix("env.") == Some(variable)
    }

    /// The file that it stands in.
    pub fn path(&self) -> &Arc<str> {
        self.source.path()
    }

    /// The bytes of a part of the value: of all of it, where they cannot be told apart.
    pub fn location(&self, part: Range<usize>) -> Location {
        let is_plain = self.text.value().get(self.at.clone()) == Some(self.value.as_str());
        let range = match is_plain {
            true => self.at.start + part.start..self.at.start + part.end,
            false => self.at.clone(),
        };
        self.source.location(self.text.span(range))
    }
}

/// The values that a job gives.
pub(super) fn of_job(place: &Place<'_>, texts: &[ShellText]) -> Vec<Given> {
    let mut all = Vec::new();
    let source = place.tree.source();
    let mut entries = |kind: &str, vars: &Vars| {
        let texts = vars.entries.iter().filter_map(|var| Some((var.name.value(), var.text.as_ref()?)));
        all.extend(texts.map(|(name, text)| Given {
            key: key(kind, name),
            value: text.value().to_owned(),
            is_entry: true,
            source: source.clone(),
            text: text.clone(),
            at: 0..text.value().len(),
        }));
    };
    let job = &place.job.job;
    entries("env", &place.analysed.workflow.env);
    entries("env", &job.env);
    job.container.iter().for_each(|container| entries("env", &container.value.env));
    for step in place.steps_with_values() {
        entries("env", &step.env);
        entries("inputs", &step.with);
    }
    texts.iter().for_each(|text| in_script(text, &mut all));
    all
}

/// The values that a script gives.
fn in_script(text: &ShellText, all: &mut Vec<Given>) {
    let mut add = |key: String, value: &str, at: Range<usize>| {
        let (source, text) = (text.source.clone(), text.text.clone());
        all.push(Given { key, value: value.to_owned(), is_entry: false, source, text, at });
    };
    text.script.visit(&mut |node| match node {
        Node::Statement(statement) => {
            if let StatementKind::For { variable, words: Some(words), .. } = &statement.kind {
                for word in words {
                    let at = inner(word);
                    add(format!("env.{variable}"), &word.literal().unwrap_or_default(), at);
                }
            }
            for assignment in statement.command().into_iter().flat_map(|command| &command.assignments) {
                let AssignedValue::Word(word) = &assignment.value else { continue };
                let key = format!("env.{}", assignment.name);
                match (word.literal(), defaulted(word)) {
                    (Some(value), _) => add(key, &value, inner(word)),
                    (None, Some(word)) => add(key, &word.literal().unwrap_or_default(), inner(word)),
                    (None, None) => {}
                }
            }
        }
        // `export X=pg`, `echo "X=pg" >> "$GITHUB_ENV"`.
        Node::Word(word) => {
            let said = word.literal();
            let Some((name, value)) = said.as_deref().and_then(|said| said.split_once('=')) else { return };
            let Some(end) = word.pieces.last().map(|piece| piece.span.end) else { return };
            for kind in ["env", "outputs"] {
                add(key(kind, name), value, end.saturating_sub(value.len())..end);
            }
        }
    });
}

/// What is given a value. Only of variables the case is heeded.
fn key(kind: &str, name: &str) -> String {
    match kind {
        "env" => format!("env.{name}"),
        _ => format!("{kind}.{}", name.to_ascii_lowercase()),
    }
}

/// The bytes of a word within its quotes.
fn inner(word: &Word) -> Range<usize> {
    match (word.pieces.first(), word.pieces.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => word.span.clone(),
    }
}

/// The word `pg` of one that is nothing but `${X:-pg}`.
fn defaulted(word: &Word) -> Option<&Word> {
    let [piece] = word.pieces.as_slice() else { return None };
    let crate::shell::Part::Parameter(parameter) = &piece.part else { return None };
    let operation = parameter.operation.as_ref()?;
    matches!(operation.operator.as_str(), "-" | ":-" | "=" | ":=").then_some(&operation.word)
}
