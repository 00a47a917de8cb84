//! Conditions and expressions that never do what they say.

use std::ops::Range;

use super::ast::{Expr, ExprKind, Literal, Operator, Path, Segment};
use super::condition::{Condition, Form};
use super::parse::parse_shared;
use super::template::{Part, template};

/// A fault and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The bytes of the text that are at fault; of a tag, which is no part of the text, none.
    pub range: Range<usize>,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `if: !cancelled()`: YAML takes it for a tag, runners read what is left, mostly nothing: `success()`.
    BareNegation,
    /// `if: ${{ a }} && b`: a string, which is true unless it is empty.
    MixedTemplate,
    /// `github.event == 'push'`: an object equals no text.
    ObjectCompared(String),
    /// `${{ CONTAINER_NAME }}`: no context has that name.
    UnknownContext(String),
    /// A context that this runner leaves empty.
    EmptyContext(String),
    /// `inputs.flag == 'true'`, where the input is a boolean: both become numbers, and the text is none, so they are
    /// never equal (GitHub's documentation of expressions, act's exprparser/interpreter.go).
    BooleanCompared(String),
    /// `fromJSON(x).length`, `needs.a.outputs.list.length`: lists and texts have no members. GitHub makes nothing of
    /// it, which compares as 0; act makes nothings of it, which compare as no number.
    NoMember(String),
}

/// What is known of a runner and a workflow, beyond what stands in an expression.
#[derive(Clone, Copy)]
pub struct Known<'k> {
    /// Whether the runner leaves a context empty.
    pub is_empty: &'k dyn Fn(&Path) -> bool,
    /// Whether a context is true or false, and no text.
    pub is_boolean: &'k dyn Fn(&Path) -> bool,
}

impl Known<'_> {
    /// Nothing.
    pub const NOTHING: Self = Self { is_empty: &|_| false, is_boolean: &|_| false };
}

/// The contexts of GitHub, and the names that Gitea and Forgejo add
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/contexts>).
const CONTEXTS: &[&str] = &[
    "github", "gitea", "forgejo", "forge", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy",
    "matrix", "needs", "inputs",
];

/// What gitea-runner, forgejo-runner and nektos/act leave empty: they set only `fail-fast` and
/// `max-parallel` of `strategy` (their expression.go).
pub fn empty_on_act(path: &Path) -> bool {
    path.is("strategy.job-index") || path.is("strategy.job-total")
}

/// The faults of a text: of an `if:` with `condition` set, of any other value without. `tag` is the YAML
/// tag before it.
pub fn faults(text: &str, condition: bool, tag: Option<&str>, known: Known<'_>) -> Vec<Fault> {
    let mut found = Vec::new();
    if condition {
        if tag.is_some_and(|tag| tag.starts_with('!') && !tag.starts_with("!!")) {
            found.push(Fault { kind: FaultKind::BareNegation, range: 0..0 });
        }
        let read = Condition::read(text);
        match &read.form {
            Form::Mixed(_, true) => found.push(Fault { kind: FaultKind::MixedTemplate, range: 0..text.len() }),
            Form::Expression(expr) if !text.contains("${{") => inspect(expr, known, &mut found),
            _ => {}
        }
    }
    for part in template(text) {
        if let Part::Expression { inner, .. } = part
            && let Some(expr) = parse_shared(&text[inner.clone()])
        {
            let before = found.len();
            inspect(&expr, known, &mut found);
            for fault in &mut found[before..] {
                fault.range = fault.range.start + inner.start..fault.range.end + inner.start;
            }
        }
    }
    found
}

fn inspect(expr: &Expr, known: Known<'_>, found: &mut Vec<Fault>) {
    expr.walk(&mut |expr| match &expr.kind {
        ExprKind::Path(path) if !CONTEXTS.contains(&path.context.as_str()) => {
            found.push(Fault { kind: FaultKind::UnknownContext(path.context.clone()), range: expr.range.clone() });
        }
        ExprKind::Path(path) if (known.is_empty)(path) => {
            found.push(Fault { kind: FaultKind::EmptyContext(path.to_string()), range: expr.range.clone() });
        }
        ExprKind::Path(path) if is_beyond_text(path) || is_length_of_list(path) => {
            found.push(Fault { kind: FaultKind::NoMember(path.to_string()), range: expr.range.clone() });
        }
        ExprKind::Access(list, segments) if is_parsed(list) && ends_in_length(segments) => {
            found.push(Fault { kind: FaultKind::NoMember("length".to_owned()), range: expr.range.clone() });
        }
        ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => {
            let sides = [(left, right), (right, left)];
            let object = sides.into_iter().find_map(|(object, text)| compared(object, text));
            let kind = match object {
                Some(path) => Some(FaultKind::ObjectCompared(path.to_string())),
                None => {
                    let flag = sides.into_iter().find_map(|(flag, text)| flag_compared(flag, text, known));
                    flag.map(|path| FaultKind::BooleanCompared(path.to_string()))
                }
            };
            found.extend(kind.map(|kind| Fault { kind, range: expr.range.clone() }));
        }
        _ => {}
    });
}

/// The object, if one side is always one and the other is a text.
fn compared<'e>(object: &'e Expr, text: &Expr) -> Option<&'e Path> {
    let is_text = matches!(&text.kind, ExprKind::Literal(Literal::Text(text)) if !text.is_empty());
    match &object.kind {
        ExprKind::Path(path) if is_text && is_object(path) => Some(path),
        _ => None,
    }
}

/// The boolean, if one side is one and the other a text that is no number: `'1'` and an empty one are numbers.
fn flag_compared<'e>(flag: &'e Expr, text: &Expr, known: Known<'_>) -> Option<&'e Path> {
    let ExprKind::Literal(Literal::Text(text)) = &text.kind else { return None };
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic());
    match &flag.kind {
        ExprKind::Path(path) if is_word && !text.eq_ignore_ascii_case("infinity") && (known.is_boolean)(path) => {
            Some(path)
        }
        _ => None,
    }
}

/// Whether a path is an object wherever it exists.
fn is_object(path: &Path) -> bool {
    let Some(names) = path.names() else { return false };
    match (path.context.as_str(), names.as_slice()) {
        (context, []) => CONTEXTS.contains(&context),
        ("github" | "gitea" | "forgejo" | "forge", [event]) => event.eq_ignore_ascii_case("event"),
        ("steps" | "needs" | "jobs", [_]) => true,
        ("steps" | "needs" | "jobs", [_, outputs]) => outputs.eq_ignore_ascii_case("outputs"),
        ("job", [member]) => member.eq_ignore_ascii_case("container") || member.eq_ignore_ascii_case("services"),
        _ => false,
    }
}

/// Whether a path goes on behind a text: an output, a variable, an input.
fn is_beyond_text(path: &Path) -> bool {
    let Some(names) = path.names() else { return false };
    match (path.context.as_str(), names.as_slice()) {
        ("env" | "vars" | "secrets" | "inputs", [_, _, ..]) => true,
        ("steps" | "needs" | "jobs", [_, outputs, _, _, ..]) => outputs.eq_ignore_ascii_case("outputs"),
        _ => false,
    }
}

/// Lists in what forges tell of an event.
const LISTS: [&str; 4] = ["commits", "labels", "assignees", "requested_reviewers"];

/// `github.event.commits.length`
fn is_length_of_list(path: &Path) -> bool {
    let Some(names) = path.names() else { return false };
    match names.as_slice() {
        [event, .., list, length] => {
            event.eq_ignore_ascii_case("event")
                && length.eq_ignore_ascii_case("length")
                && LISTS.iter().any(|known| list.eq_ignore_ascii_case(known))
        }
        _ => false,
    }
}

/// Whether it is what a text that is not known holds as JSON.
fn is_parsed(expr: &Expr) -> bool {
    let ExprKind::Call(name, arguments) = &expr.kind else { return false };
    name == "fromjson" && arguments.iter().all(|argument| !matches!(argument.kind, ExprKind::Literal(_)))
}

fn ends_in_length(segments: &[Segment]) -> bool {
    let names = segments.iter().map(|segment| match segment {
        Segment::Name(name) => Some(name.as_str()),
        Segment::Star | Segment::Index(_) => None,
    });
    let names: Option<Vec<&str>> = names.collect();
    names.is_some_and(|names| names.last().is_some_and(|last| *last == "length"))
}
