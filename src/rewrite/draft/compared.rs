//! Expressions that ask what a variable says now: behind a fix that gives it another value they come out otherwise, and a
//! step is skipped without a word.

use std::sync::Arc;

use super::file::File;
use crate::docker::is_name_letter;
use crate::expr::{Condition, Expr, ExprKind, Literal, Operator, Part, parse_shared, template};
use crate::rewrite::{Scene, Withheld};
use crate::source::{Source, Span};
use crate::workflow::{Job, Var};
use crate::yaml::NodeId;

/// How a value and a literal are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Whole,
    Contains,
    Starts,
    Ends,
    /// In a way whose outcome nobody can tell.
    Unknown,
}

/// A comparison of a variable.
#[derive(Debug)]
struct Compared {
    name: String,
    how: How,
    with: String,
    expression: String,
    line: usize,
    /// The step whose condition or text it is in, by its place in the job.
    step: Option<usize>,
}

/// Refuses changes of a variable's value that a comparison in an expression depends on.
///
/// # Errors
/// When there is one.
pub(super) fn refuse<'f, 'a: 'f>(
    scene: &Scene<'_>,
    files: impl Iterator<Item = (&'f Arc<str>, &'f File<'a>)> + Clone,
) -> Result<(), Withheld> {
    for (path, file) in files.clone() {
        let Some((analysed, _)) = scene.workflows.in_file(path) else { continue };
        let workflow = &analysed.workflow;
        let all = scene.reading.of_file(path, || OfFile::read(&file.source, &workflow.jobs));
        for (number, compared) in &all.0 {
            let Some(job) = workflow.jobs.get(*number) else { continue };
            let step = compared.step.and_then(|at| job.steps.get(at));
            let layers = [step.map(|step| &step.env), Some(&job.env), Some(&workflow.env)];
            let var = layers.into_iter().flatten().find_map(|vars| vars.get(&compared.name));
            let Some(var) = var else { continue };
            let told = files.clone().filter(|(other, _)| *other != path).flat_map(|(_, other)| new_texts(other, None));
            let mut told = new_texts(file, Some(job.span)).chain(told);
            let is_told = told.any(|new| gives(new, &compared.name));
            if matters(compared, var, file, is_told) {
                return Err(Withheld::because(format!(
                    "line {} compares `{}` with what it says now (`{}`), and it will say something else: compare what \
                     stays the same",
                    compared.line, compared.name, compared.expression
                )));
            }
        }
    }
    Ok(())
}

/// The comparisons of a workflow's jobs, each with its job's place: they are read once for all fixes of the file.
struct OfFile(Vec<(usize, Compared)>);

impl OfFile {
    fn read(source: &Source, jobs: &[Arc<Job>]) -> Self {
        if !source.text().contains("env.") {
            return Self(Vec::new());
        }
        let all = jobs.iter().enumerate();
        Self(all.flat_map(|(at, job)| comparisons(source, job).into_iter().map(move |one| (at, one))).collect())
    }
}

/// Whether a comparison comes out as it does by what a fix changes of its variable.
/// `is_told`: a step gives the variable another value.
fn matters(compared: &Compared, var: &Var, file: &File<'_>, is_told: bool) -> bool {
    let Some((value, text)) = var.value.as_ref().zip(var.text.as_ref()) else { return false };
    let parts = file.scalars.get(&value.node);
    let whole = text.whole();
    let goes = file.edits.iter().any(|edit| edit.span.start <= whole.start && whole.end <= edit.span.end);
    if parts.is_none() && !goes && !is_told {
        return false;
    }
    // Runners compare without regard to case.
    let (old, with) = (text.value().to_ascii_lowercase(), compared.with.to_ascii_lowercase());
    let holds = match compared.how {
        How::Whole => old == with,
        How::Contains => old.contains(&with),
        How::Starts => old.starts_with(&with),
        How::Ends => old.ends_with(&with),
        How::Unknown => return true,
    };
    let changed = |at: usize| match parts {
        Some(parts) => parts.iter().any(|(range, _)| match range.is_empty() {
            true => at < range.start && range.start < at + with.len(),
            false => range.start < at + with.len() && at < range.end,
        }),
        // What moves keeps all but a host and its port.
        None => with.contains(|c: char| c.is_ascii_digit()) || with.contains("localhost"),
    };
    holds
        && match compared.how {
            How::Starts => changed(0),
            How::Ends => changed(old.len() - with.len()) || parts.is_some_and(|parts| ends_anew(parts, old.len())),
            How::Contains => old.match_indices(&with).all(|(at, _)| changed(at)),
            How::Whole | How::Unknown => true,
        }
}

/// Whether something comes behind all that a text says.
fn ends_anew(parts: &[(std::ops::Range<usize>, String)], end: usize) -> bool {
    parts.iter().any(|(range, _)| range.end == end)
}

/// What a draft writes into a file, or into a part of it.
fn new_texts<'f>(file: &'f File<'_>, part: Option<Span>) -> impl Iterator<Item = &'f str> {
    let is_in = move |span: Span| part.is_none_or(|part| part.contains(span));
    let of_node = |node: NodeId| file.yaml.as_ref().map(|yaml| yaml.tree.node(node).span());
    let scalars = file.scalars.iter().filter(move |(node, _)| of_node(**node).is_some_and(is_in));
    let scalars = scalars.flat_map(|(_, parts)| parts).map(|(_, new)| new.as_str());
    let script = file.script.iter().filter(move |(span, _)| is_in(*span)).map(|(_, new)| new.as_str());
    let edits = file.edits.iter().filter(move |edit| is_in(edit.span)).map(|edit| edit.new.as_str());
    scalars.chain(script).chain(edits)
}

/// Whether a text gives a variable a value: `echo "URL=…" >> "$GITHUB_ENV"`, `URL: …`.
fn gives(text: &str, name: &str) -> bool {
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_name_letter) && text[at + name.len()..].starts_with(['=', ':']))
}

/// What the expressions of a job compare.
fn comparisons(source: &Source, job: &Job) -> Vec<Compared> {
    let mut all = Vec::new();
    let mut read = |expr: &Expr, text: &str, line: usize, step: Option<usize>| {
        expr.walk(&mut |one| {
            let expression = text.get(one.range.clone()).map_or_else(|| one.to_string(), str::to_owned);
            all.extend(compared(one).map(|found| Compared { expression, line, step, ..found }));
        });
    };
    for (at, step) in job.steps.iter().enumerate() {
        let Some(text) = step.condition.as_ref().map(|condition| &condition.value.text) else { continue };
        // One with `${{ }}` is read below.
        if !text.value().contains("${{")
            && let Some(expr) = Condition::read(text.value()).expression()
        {
            read(expr, text.value(), source.place(text.whole().start).line, Some(at));
        }
    }
    let text = source.slice(job.span);
    for part in template(text) {
        let Part::Expression { inner, .. } = part else { continue };
        let at = job.span.start + inner.start;
        let step = job.steps.iter().position(|step| step.span.start <= at && at < step.span.end);
        let inner = &text[inner];
        if let Some(expr) = parse_shared(inner) {
            read(&expr, inner, source.place(at).line, step);
        }
    }
    all
}

/// What an expression compares, if it does.
fn compared(expr: &Expr) -> Option<Compared> {
    let (how, left, right) = match &expr.kind {
        ExprKind::Binary(Operator::And | Operator::Or, ..) => return None,
        ExprKind::Binary(Operator::Equal | Operator::NotEqual, left, right) => (How::Whole, &**left, &**right),
        ExprKind::Binary(_, left, right) => (How::Unknown, &**left, &**right),
        ExprKind::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("contains", [left, right]) => (How::Contains, left, right),
            ("startswith", [left, right]) => (How::Starts, left, right),
            ("endswith", [left, right]) => (How::Ends, left, right),
            _ => return None,
        },
        _ => return None,
    };
    let name = |expr: &Expr| match &expr.kind {
        ExprKind::Path(path) if path.context == "env" => path.member().map(str::to_owned),
        _ => None,
    };
    let literal = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let plain = match (name(left), literal(right)) {
        (Some(name), Some(with)) => Some((name, with)),
        _ if how == How::Whole => name(right).zip(literal(left)),
        _ => None,
    };
    let found = |name: String, how: How, with: String| Compared {
        name,
        how,
        with,
        expression: String::new(),
        line: 0,
        step: None,
    };
    match plain {
        Some((name, with)) => Some(found(name, how, with)),
        None => {
            let inside = [left, right].into_iter().flat_map(Expr::paths);
            let name = inside.filter(|(path, _)| path.context == "env").find_map(|(path, _)| path.member())?;
            Some(found(name.to_owned(), How::Unknown, String::new()))
        }
    }
}
