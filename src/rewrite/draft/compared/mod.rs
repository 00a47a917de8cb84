//! Expressions and scripts that ask what a variable says now: behind a fix that gives it another value they come out
//! otherwise, and a step is skipped without a word.

mod comparison;
mod in_shell;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::file::{File, gives, new_texts};
use super::given::{self, Given};
use crate::expr::{self, Condition, Expr, ExprKind, Literal, Operator, Part, parse_shared, template};
use crate::follow::local_action;
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::{Place, Scene, Withheld};
use crate::source::{Location, Source, Span};
use crate::workflow::{Job, Runs, Step, Var};
use comparison::{Compared, How};

/// Refuses changes of a value that a comparison depends on: of a variable that an `env:` has, by an expression.
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
        for (job, compared) in &all.0 {
            let Some(name) = compared.variable() else { continue };
            let step = compared.step.and_then(|at| job.steps.get(at));
            let layers = [step.map(|step| &step.env), Some(&job.env), Some(&workflow.env)];
            let var = layers.into_iter().flatten().find_map(|vars| vars.get(name));
            let Some(var) = var else { continue };
            let told = files.clone().filter(|(other, _)| *other != path).flat_map(|(_, other)| new_texts(other, None));
            let mut told = new_texts(file, Some(job.span)).chain(told);
            let is_told = told.any(|new| gives(new, name));
            if matters(compared, var, file, is_told) {
                return Err(compared.withheld());
            }
        }
    }
    Ok(())
}

/// The same of all that scripts compare, and of what expressions compare that is said in scripts and inputs.
///
/// # Errors
/// When there is one.
pub(super) fn refuse_said<'p>(
    scene: &Scene<'_>,
    paths: impl Iterator<Item = &'p Arc<str>>,
    changes: &dyn Fn(&Location) -> bool,
) -> Result<(), Withheld> {
    let all: Vec<Rc<Said>> = paths.map(|path| Said::in_file(scene, path)).collect();
    let jobs = all.iter().flat_map(|said| &said.0);
    let ends = |job: &OfJob, one: &Compared| {
        let given = job.given.get(&one.key).into_iter().flatten();
        given.into_iter().any(|given| one.ends(changes, given))
    };
    let broken = jobs.flat_map(|job| job.compared.iter().filter(|one| ends(job, one)));
    let first = broken.min_by_key(|one| one.line);
    first.map_or(Ok(()), |compared| Err(compared.withheld()))
}

/// The jobs that compare something that a file gives them.
struct Said(Vec<Rc<OfJob>>);

/// What a job compares.
struct OfJob {
    compared: Vec<Compared>,
    /// What is given to each thing that is compared.
    given: HashMap<String, Vec<Given>>,
}

impl Said {
    fn in_file(scene: &Scene<'_>, path: &Arc<str>) -> Rc<Self> {
        scene.reading.of_file(path, || {
            let jobs = scene.jobs_of(path).into_iter();
            let jobs = jobs.map(|place| scene.reading.of_job(place.job, || OfJob::read(scene, &place)));
            Self(jobs.filter(|job| job.given.values().flatten().any(|given| given.path() == path)).collect())
        })
    }
}

impl OfJob {
    fn read(scene: &Scene<'_>, place: &Place<'_>) -> Self {
        let texts = ShellText::of_job(place);
        let (path, jobs) = (&place.analysed.path, &place.analysed.workflow.jobs);
        let of_file = scene.reading.of_file(path, || OfFile::read(place.tree.source(), jobs));
        let mut compared: Vec<Compared> = of_file.of_job(&place.job.job).cloned().collect();
        compared.extend(in_actions(scene, &place.job.job));
        compared.extend(texts.iter().flat_map(in_shell::comparisons));
        let mut given: HashMap<String, Vec<Given>> = compared.iter().map(|one| (one.key.clone(), Vec::new())).collect();
        if !given.is_empty() {
            for one in given::of_job(place, &texts) {
                if let Some(known) = given.get_mut(&one.key) {
                    known.push(one);
                }
            }
        }
        Self { compared, given }
    }
}

/// What the local actions that a job uses compare in their expressions.
fn in_actions(scene: &Scene<'_>, job: &Job) -> Vec<Compared> {
    let Some(files) = scene.files else { return Vec::new() };
    let mut paths: Vec<_> =
        job.steps.iter().filter_map(|step| local_action(files, step.uses.as_ref()?.value.value()).ok()).collect();
    paths.dedup();
    let mut all = Vec::new();
    for path in paths {
        let (Some(action), Some(source)) = (files.action(&path), files.read(&path)) else { continue };
        let Runs::Composite { steps } = &action.runs else { continue };
        let found = comparisons(&source, Span::new(0, source.text().len()), steps);
        all.extend(found.into_iter().map(|one| Compared { path: Some(source.path().clone()), ..one }));
    }
    all
}

/// The comparisons of a workflow's jobs, each with its job, in the file's order: they are read once for all fixes
/// of the file.
struct OfFile(Vec<(Arc<Job>, Compared)>);

impl OfFile {
    fn read(source: &Source, jobs: &[Arc<Job>]) -> Self {
        if !["env.", "outputs.", "inputs."].iter().any(|context| source.text().contains(context)) {
            return Self(Vec::new());
        }
        let of_job = |job: &Job| comparisons(source, job.span, &job.steps).into_iter();
        Self(jobs.iter().flat_map(|job| of_job(job).map(move |one| (job.clone(), one))).collect())
    }

    /// Those of one job.
    fn of_job(&self, job: &Job) -> impl Iterator<Item = &Compared> {
        let start = job.span.start;
        let from = self.0.partition_point(|(other, _)| other.span.start < start);
        self.0[from..].iter().take_while(move |(other, _)| other.span.start == start).map(|(_, one)| one)
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
    if compared.how == How::Unknown {
        return true;
    }
    let (old, with) = compared.held(text.value());
    let changed = |at: usize| match parts {
        Some(parts) => parts.iter().any(|(range, _)| match range.is_empty() {
            true => at < range.start && range.start < at + with.len(),
            false => range.start < at + with.len() && at < range.end,
        }),
        // What moves keeps all but a host and its port.
        None => with.contains(|c: char| c.is_ascii_digit()) || with.contains("localhost"),
    };
    compared.how.holds(&old, &with)
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

/// What the expressions of a job, or of an action, compare.
fn comparisons(source: &Source, whole: Span, steps: &[Step]) -> Vec<Compared> {
    let mut all = Vec::new();
    let mut read = |expr: &Expr, text: &str, line: usize, step: Option<usize>| {
        expr.walk(&mut |one| {
            let expression = text.get(one.range.clone()).map_or_else(|| one.to_string(), str::to_owned);
            all.extend(compared(one).map(|found| Compared { expression, line, step, ..found }));
        });
    };
    for (at, step) in steps.iter().enumerate() {
        let Some(text) = step.condition.as_ref().map(|condition| &condition.value.text) else { continue };
        // One with `${{ }}` is read below.
        if !text.value().contains("${{")
            && let Some(expr) = Condition::read(text.value()).expression()
        {
            read(expr, text.value(), source.place(text.whole().start).line, Some(at));
        }
    }
    let text = source.slice(whole);
    for part in template(text) {
        let Part::Expression { inner, .. } = part else { continue };
        let at = whole.start + inner.start;
        let step = steps.iter().position(|step| step.span.start <= at && at < step.span.end);
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
        ExprKind::Path(path) => key(path),
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
    match plain {
        Some((key, with)) => Some(Compared { how, with, ..Compared::of(key) }),
        None => {
            let inside = [left, right].into_iter().flat_map(Expr::paths);
            let key = inside.filter(|(path, _)| path.context == "env").find_map(|(path, _)| key(path))?;
            Some(Compared::of(key))
        }
    }
}

/// What a path says, as far as a job's own texts give it: `env.NAME`, `inputs.name`, and `outputs.name` of a step.
fn key(path: &expr::Path) -> Option<String> {
    match (path.context.as_str(), path.names()?.as_slice()) {
        ("env", [name]) => Some(format!("env.{name}")),
        ("inputs", [name]) => Some(format!("inputs.{}", name.to_ascii_lowercase())),
        ("steps", [_, "outputs", name]) => Some(format!("outputs.{}", name.to_ascii_lowercase())),
        _ => None,
    }
}
