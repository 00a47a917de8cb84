//! Folds `runs-on` into the labels it can be: legs of the matrix, inputs and their callers, `a && x || y`,
//! `format`, `fromJSON`. What stays open is a label of which only the start is known.

use std::cell::Cell;

use crate::expr::{
    Expr, ExprKind, Known, Part, Path, Resolver, Status, Value, evaluate, fold, parse_at, results, template,
};
use crate::workflow::{Datum, Event, Job, Leg, Scalar, Workflow};

/// How many lists of labels are followed; more count as unknown.
const MOST: usize = 64;
/// How deep a matrix value may itself be an expression.
const DEEPEST: usize = 4;

/// A call of a reusable workflow: what the caller passes for each input, as far as it is literal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkflowCall {
    /// Inputs by name; `None` is passed, but not known.
    pub with: Vec<(String, Option<String>)>,
}

/// A label: all of it, or what stands before the first part that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) known: String,
    pub(super) whole: bool,
}

/// One list of labels that `runs-on` can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    pub(super) items: Vec<Label>,
    /// Whether a runner group is asked for too.
    pub(super) group: bool,
}

impl Labels {
    /// The labels that are known.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|label| label.whole).map(|label| label.known.as_str())
    }

    /// Whether all are known.
    pub fn is_known(&self) -> bool {
        self.items.iter().all(|label| label.whole)
    }
}

impl Label {
    fn known(text: impl Into<String>) -> Self {
        Self { known: text.into().trim().to_owned(), whole: true }
    }

    fn unknown(start: &str) -> Self {
        Self { known: start.trim_start().to_owned(), whole: false }
    }
}

/// The lists that a job's `runs-on` can be, each once, and whether that rests on a default that somebody may
/// override unseen. A job without `runs-on` has none.
pub(super) fn candidates(job: &Job, workflow: &Workflow, calls: &[WorkflowCall]) -> (Vec<Labels>, bool) {
    let Some(runs_on) = &job.runs_on else { return (Vec::new(), false) };
    let uses_matrix = runs_on.labels.iter().any(|label| label.value().contains("matrix"));
    let legs = job.matrix().filter(|_| uses_matrix).map(|matrix| matrix.legs()).unwrap_or_default();
    // 256 legs are all that are made out.
    let complete = legs.complete;
    let open = !uses_matrix || legs.open || legs.legs.is_empty() || (!complete && legs.legs.len() >= 256);
    let nothing = Leg::default();
    let assumed = Cell::new(false);
    let mut all: Vec<Labels> = Vec::new();
    for (leg, complete) in legs.legs.iter().map(|leg| (leg, complete)).chain(open.then_some((&nothing, false))) {
        let scope = LegScope { leg, complete, workflow, calls, assumed: &assumed };
        for items in scope.lists(&runs_on.labels, 0) {
            let labels = Labels { items, group: runs_on.group.is_some() };
            if !all.contains(&labels) {
                all.push(labels);
            }
        }
    }
    (all, assumed.get())
}

struct LegScope<'s> {
    leg: &'s Leg,
    /// Whether a key that the leg lacks is certainly missing.
    complete: bool,
    workflow: &'s Workflow,
    calls: &'s [WorkflowCall],
    assumed: &'s Cell<bool>,
}

impl LegScope<'_> {
    /// The lists that several scalars make: every combination of what each can be.
    fn lists(&self, scalars: &[Scalar], depth: usize) -> Vec<Vec<Label>> {
        let mut lists = vec![Vec::new()];
        for scalar in scalars {
            let choices = self.scalar(scalar, depth);
            if lists.len() * choices.len() > MOST {
                // The others still decide what they can: `self-hosted` among them does.
                lists.iter_mut().for_each(|list| list.push(Label::unknown("")));
                continue;
            }
            let with = |list: &Vec<Label>, choice: &Vec<Label>| [list.clone(), choice.clone()].concat();
            lists = lists.iter().flat_map(|list| choices.iter().map(move |choice| with(list, choice))).collect();
        }
        lists
    }

    /// What one scalar can be: mostly one label, from `fromJSON` or a list in the matrix several.
    fn scalar(&self, scalar: &Scalar, depth: usize) -> Vec<Vec<Label>> {
        let text = scalar.value().trim();
        if !text.contains("${{") {
            return vec![vec![Label::known(text)]];
        }
        let resolve = |path: &Path| self.resolve(path, depth);
        let parts = template(text);
        if let [Part::Expression { inner, .. }] = parts.as_slice() {
            let Some(expr) = parse_at(text, inner.clone()) else { return vec![vec![Label::unknown("")]] };
            let all: Vec<_> =
                results(&expr, &resolve).into_iter().flat_map(|result| self.result(result, depth)).collect();
            // `inputs.x || 'y'`: an empty value is not taken where another follows.
            let is_empty = |list: &Vec<Label>| list.iter().all(|label| label.whole && label.known.is_empty());
            let filled: Vec<_> = all.iter().filter(|list| !is_empty(list)).cloned().collect();
            return if filled.is_empty() { all } else { filled };
        }
        if let Some(texts) = fold(text, &resolve) {
            return texts.into_iter().map(|text| vec![Label::known(text)]).collect();
        }
        let start = match parts.first() {
            Some(Part::Literal(range)) => &text[range.clone()],
            _ => "",
        };
        vec![vec![Label::unknown(start)]]
    }

    /// What an expression that is nothing but itself can be.
    fn result(&self, expr: &Expr, depth: usize) -> Vec<Vec<Label>> {
        let resolve = |path: &Path| self.resolve(path, depth);
        match &expr.kind {
            ExprKind::Call(name, arguments) if name == "fromjson" && arguments.len() == 1 => {
                let inner = results(&arguments[0], &resolve);
                inner.into_iter().flat_map(|argument| from_json(argument, &resolve)).collect()
            }
            ExprKind::Path(path) if path.context == "matrix" && depth < DEEPEST => match self.datum(path) {
                Some(Some(Datum::Sequence(items))) => {
                    let scalars: Option<Vec<Scalar>> = items.iter().map(|item| item.as_scalar().cloned()).collect();
                    scalars.map_or_else(unknown, |scalars| self.lists(&scalars, depth + 1))
                }
                Some(Some(Datum::Scalar(scalar))) => self.scalar(scalar, depth + 1),
                _ => texts(&resolve(path)),
            },
            _ => texts(&evaluate(expr, Status::UNKNOWN, &resolve)),
        }
    }

    /// What the leg has at a path: `Some(None)` is a value that is not known.
    fn datum(&self, path: &Path) -> Option<Option<&Datum>> {
        let names = path.names()?;
        let (first, rest) = names.split_first()?;
        let found = self.leg.values().find(|(key, _)| key.eq_ignore_ascii_case(first))?.1;
        let Some(mut datum) = found else { return Some(None) };
        for name in rest {
            datum = datum.get(name)?;
        }
        Some(Some(datum))
    }

    fn resolve(&self, path: &Path, depth: usize) -> Known {
        match path.context.as_str() {
            "matrix" => match self.datum(path) {
                Some(Some(Datum::Scalar(scalar))) => self.value(scalar, depth),
                Some(Some(_)) => Known::one(Value::Object),
                None if self.complete => Known::one(Value::Null),
                _ => Known::unknown(),
            },
            "inputs" => path.member().map_or_else(Known::unknown, |name| self.input(name, true)),
            "github" | "gitea" | "forgejo" => match path.names().as_deref() {
                Some(["event", "inputs", name]) => self.input(name, false),
                Some(["event_name"]) => self.event_name(),
                _ => Known::unknown(),
            },
            _ => Known::unknown(),
        }
    }

    fn value(&self, scalar: &Scalar, depth: usize) -> Known {
        if scalar.has_expression() {
            if depth >= DEEPEST {
                return Known::unknown();
            }
            let resolve = |path: &Path| self.resolve(path, depth + 1);
            return fold(scalar.value(), &resolve)
                .map_or_else(Known::unknown, |texts| Known::one_of(texts.into_iter().map(Value::Text)));
        }
        match scalar.as_bool() {
            Some(truth) => Known::one(Value::Bool(truth)),
            None if scalar.is_null => Known::one(Value::Null),
            None => Known::text(scalar.value()),
        }
    }

    /// A called workflow sees its caller's event.
    fn event_name(&self) -> Known {
        let events = &self.workflow.on.events;
        if self.workflow.on.event("workflow_call").is_some() {
            return Known::unknown();
        }
        Known::one_of(events.iter().map(|event| Value::Text(event.name.value().to_owned())))
    }

    /// What an input can be, over every event that starts the workflow.
    fn input(&self, name: &str, from_calls: bool) -> Known {
        let mut values = Vec::new();
        for event in &self.workflow.on.events {
            match event.name.value() {
                "workflow_dispatch" => match self.dispatched(event, name) {
                    Some(found) => values.extend(found),
                    None => return Known::unknown(),
                },
                "workflow_call" if from_calls => match self.called(event, name) {
                    Some(found) => values.extend(found),
                    None => return Known::unknown(),
                },
                // The caller may have been dispatched, with inputs of its own.
                "workflow_call" => return Known::unknown(),
                _ => values.push(Value::Null),
            }
        }
        Known::one_of(values)
    }

    fn dispatched(&self, event: &Event, name: &str) -> Option<Vec<Value>> {
        let Some(input) = event.inputs.iter().find(|input| input.name.value().eq_ignore_ascii_case(name)) else {
            return Some(vec![Value::Null]);
        };
        if !input.options.is_empty() {
            return Some(input.options.iter().map(|option| Value::Text(option.value().to_owned())).collect());
        }
        let default = input.default.as_ref()?;
        self.assumed.set(true);
        Some(vec![literal(&default.value)?])
    }

    fn called(&self, event: &Event, name: &str) -> Option<Vec<Value>> {
        let input = event.inputs.iter().find(|input| input.name.value().eq_ignore_ascii_case(name));
        let Some(input) = input else { return Some(vec![Value::Null]) };
        let required = input.required.as_ref().is_some_and(|required| required.value.as_bool() != Some(false));
        let default = || match &input.default {
            Some(default) => literal(&default.value),
            None if required => None,
            None => Some(Value::Null),
        };
        if self.calls.is_empty() {
            self.assumed.set(true);
            return Some(vec![default()?]);
        }
        let of_call = |call: &WorkflowCall| match call.with.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            Some((_, value)) => value.clone().map(Value::Text),
            None => default(),
        };
        self.calls.iter().map(of_call).collect()
    }
}

fn literal(scalar: &Scalar) -> Option<Value> {
    (!scalar.has_expression()).then(|| Value::Text(if scalar.is_null { "" } else { scalar.value() }.to_owned()))
}

fn unknown() -> Vec<Vec<Label>> {
    vec![vec![Label::unknown("")]]
}

fn texts(known: &Known) -> Vec<Vec<Label>> {
    let label = |value: &Value| value.as_text().map_or_else(|| Label::unknown(""), Label::known);
    known.candidates().iter().map(|value| vec![label(value)]).collect()
}

/// `fromJSON` of a text: a label, a list of them, or `{group, labels}`.
fn from_json(argument: &Expr, resolve: Resolver<'_>) -> Vec<Vec<Label>> {
    let Some(texts) = evaluate(argument, Status::UNKNOWN, resolve).texts() else { return unknown() };
    let texts = texts.into_iter().filter(|text| !text.is_empty());
    texts
        .flat_map(|text| serde_json::from_str(&text).map_or_else(|_| unknown(), |json| vec![json_labels(&json)]))
        .collect()
}

fn json_labels(json: &serde_json::Value) -> Vec<Label> {
    match json {
        serde_json::Value::String(label) => vec![Label::known(label)],
        serde_json::Value::Array(items) => items.iter().flat_map(json_labels).collect(),
        serde_json::Value::Object(map) => map.get("labels").map_or_else(|| vec![Label::unknown("")], json_labels),
        _ => vec![Label::unknown("")],
    }
}
