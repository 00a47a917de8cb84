//! Computing with what is known.

use std::cmp::Ordering;

use super::ast::{Expr, ExprKind, Literal, Operator, Path};
use super::parse::parse_at;
use super::status::Status;
use super::template::{Part, template};
use super::value::{Known, MOST, Value};
use crate::truth::Truth;

/// Tells what is known of a context's value.
pub type Resolver<'r> = &'r dyn Fn(&Path) -> Known;

/// What an expression's value can be.
pub fn evaluate(expr: &Expr, status: Status, resolve: Resolver<'_>) -> Known {
    match &expr.kind {
        ExprKind::Literal(literal) => Known::one(match literal {
            Literal::Text(text) => Value::Text(text.clone()),
            Literal::Number(number) => Value::Number(*number),
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Null => Value::Null,
        }),
        ExprKind::Path(path) if path.is("job.status") && status.name().is_some() => {
            Known::text(status.name().unwrap_or_default())
        }
        ExprKind::Path(path) => resolve(path),
        ExprKind::Access(..) => Known::unknown(),
        ExprKind::Call(name, arguments) => call(name, arguments, status, resolve),
        ExprKind::Not(inner) => Known::from(!evaluate(inner, status, resolve).truth()),
        ExprKind::Binary(operator, left, right) => {
            let left = evaluate(left, status, resolve);
            match operator {
                Operator::And => choose(&left, false, || evaluate(right, status, resolve)),
                Operator::Or => choose(&left, true, || evaluate(right, status, resolve)),
                _ => compare(*operator, &left, &evaluate(right, status, resolve)),
            }
        }
    }
}

/// `&&` keeps what is false on its left, `||` what is true; else the value is that of the right.
fn choose(left: &Known, keeps: bool, right: impl FnOnce() -> Known) -> Known {
    let kept = left.candidates().iter().filter(|value| value.is_truthy() == keeps).cloned();
    let kept: Vec<Value> = kept.collect();
    if kept.len() == left.candidates().len() {
        return left.clone();
    }
    Known::one_of(kept.into_iter().chain(right().candidates().iter().cloned()))
}

fn compare(operator: Operator, left: &Known, right: &Known) -> Known {
    let pairs = left.candidates().iter().flat_map(|one| right.candidates().iter().map(move |two| (one, two)));
    let results = pairs.map(|(one, two)| one.compare(two).map(|order| holds(operator, order)));
    Known::one_of(results.flat_map(|result| match result {
        Some(truth) => vec![Value::Bool(truth)],
        None => vec![Value::Bool(true), Value::Bool(false)],
    }))
}

fn holds(operator: Operator, order: Option<Ordering>) -> bool {
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::And | Operator::Or => false,
    }
}

fn call(name: &str, arguments: &[Expr], status: Status, resolve: Resolver<'_>) -> Known {
    match (name, arguments.len()) {
        ("always", _) => Known::from(Truth::Yes),
        ("success", _) => Known::from(status.success),
        ("failure", _) => Known::from(status.failure),
        ("cancelled", _) => Known::from(status.cancelled),
        ("fromjson", 1) => {
            let values = json(&arguments[0], status, resolve);
            values.map_or_else(Known::unknown, |values| Known::one_of(values.iter().map(value_of)))
        }
        ("contains" | "startswith" | "endswith", 2) => {
            let part = evaluate(&arguments[1], status, resolve);
            match lists(&arguments[0], status, resolve).filter(|_| name == "contains") {
                Some(lists) => holds_item(&lists, &part),
                None => search(name, &evaluate(&arguments[0], status, resolve), &part),
            }
        }
        ("format", 1..) => {
            let all: Vec<Known> = arguments.iter().map(|expr| evaluate(expr, status, resolve)).collect();
            combine(&all, |texts| fill(texts[0], &texts[1..]))
        }
        ("case", 3..) => case(arguments, status, resolve),
        _ => Known::unknown(),
    }
}

/// What a text of JSON can be, where each text that it may be is known.
fn json(text: &Expr, status: Status, resolve: Resolver<'_>) -> Option<Vec<serde_json::Value>> {
    let texts = evaluate(text, status, resolve).texts()?;
    texts.iter().map(|text| serde_json::from_str(text).ok()).collect()
}

/// The lists that `fromJSON(…)` can be, where it can be nothing else.
fn lists(call: &Expr, status: Status, resolve: Resolver<'_>) -> Option<Vec<serde_json::Value>> {
    let ExprKind::Call(name, arguments) = &call.kind else { return None };
    let ("fromjson", [text]) = (name.as_str(), arguments.as_slice()) else { return None };
    json(text, status, resolve).filter(|values| values.iter().all(serde_json::Value::is_array))
}

fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => number.as_f64().map_or(Value::Truthy, Value::Number),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => Value::Object,
    }
}

/// Whether lists have an item: `contains` of a list compares as `==` does.
fn holds_item(lists: &[serde_json::Value], part: &Known) -> Known {
    let items = |list: &serde_json::Value| Known::one_of(list.as_array().into_iter().flatten().map(value_of));
    let holds = |list: &serde_json::Value| match list.as_array().is_some_and(Vec::is_empty) {
        true => vec![Truth::No],
        false => part.candidates().iter().map(|part| is_among(&items(list), part)).collect(),
    };
    let truths: Vec<Truth> = lists.iter().flat_map(holds).collect();
    Known::one_of(truths.into_iter().flat_map(|truth| Known::from(truth).candidates().to_vec()))
}

fn is_among(items: &Known, part: &Value) -> Truth {
    let equal = |item: &Value| match item.compare(part) {
        Some(order) => Truth::from(order == Some(Ordering::Equal)),
        None => Truth::Unknown,
    };
    items.candidates().iter().map(equal).fold(Truth::No, Truth::or)
}

fn search(name: &str, whole: &Known, part: &Known) -> Known {
    // In a list, `contains` looks for an item.
    if whole.candidates().contains(&Value::Object) {
        return Known::from(Truth::Unknown);
    }
    let found = combine(&[whole.clone(), part.clone()], |texts| {
        let (whole, part) = (texts[0].to_lowercase(), texts[1].to_lowercase());
        let found = match name {
            "contains" => whole.contains(&part),
            "startswith" => whole.starts_with(&part),
            _ => whole.ends_with(&part),
        };
        Some(found.to_string())
    });
    match found.texts() {
        Some(texts) => Known::one_of(texts.iter().map(|text| Value::Bool(text == "true"))),
        None => Known::from(Truth::Unknown),
    }
}

/// `case(when, then, …, else)`
fn case(arguments: &[Expr], status: Status, resolve: Resolver<'_>) -> Known {
    let mut values = Vec::new();
    for pair in arguments.chunks(2) {
        let [when, then] = pair else {
            values.extend(evaluate(&pair[0], status, resolve).candidates().iter().cloned());
            break;
        };
        let truth = evaluate(when, status, resolve).truth();
        if truth.may_be() {
            values.extend(evaluate(then, status, resolve).candidates().iter().cloned());
        }
        if truth.is_yes() {
            break;
        }
    }
    Known::one_of(values)
}

/// Every combination of texts, put together by `join`; unknown when any text is, or `join` fails.
fn combine(parts: &[Known], join: impl Fn(&[&str]) -> Option<String>) -> Known {
    let Some(texts) = parts.iter().map(Known::texts).collect::<Option<Vec<_>>>() else { return Known::unknown() };
    let count = texts.iter().try_fold(1usize, |count, part| Some(count * part.len()).filter(|&all| all <= MOST));
    let Some(count) = count else { return Known::unknown() };
    let row = |number: usize| {
        let mut rest = number;
        let pick = |part: &'_ Vec<String>| {
            let picked = rest % part.len();
            rest /= part.len();
            picked
        };
        let picks: Vec<usize> = texts.iter().map(pick).collect();
        join(&texts.iter().zip(picks).map(|(part, picked)| part[picked].as_str()).collect::<Vec<_>>())
    };
    match (0..count).map(row).collect::<Option<Vec<_>>>() {
        Some(texts) => Known::one_of(texts.into_iter().map(Value::Text)),
        None => Known::unknown(),
    }
}

/// `format`: `{0}` is the first argument, `{{` and `}}` are braces.
fn fill(pattern: &str, arguments: &[&str]) -> Option<String> {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        filled += &rest[..at];
        let tail = &rest[at..];
        if tail.starts_with("{{") || tail.starts_with("}}") {
            filled += &tail[..1];
            rest = &tail[2..];
            continue;
        }
        let end = tail.find('}').filter(|&end| end > 0)?;
        filled += arguments.get(tail[1..end].parse::<usize>().ok()?)?;
        rest = &tail[end + 1..];
    }
    Some(filled + rest)
}

/// The texts that a text with expressions can be; nothing when any part is unknown.
pub fn fold(text: &str, resolve: Resolver<'_>) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for part in template(text) {
        parts.push(match part {
            Part::Literal(range) => Known::text(&text[range]),
            Part::Expression { inner, .. } => evaluate(&parse_at(text, inner)?, Status::UNKNOWN, resolve),
            Part::Unclosed(_) => return None,
        });
    }
    combine(&parts, |texts| Some(texts.concat())).texts()
}

/// The parts of an expression that its value can be: of `a && 'x' || 'y'` the two literals. For values
/// that only the run knows, each part is judged by itself.
pub fn results<'e>(expr: &'e Expr, resolve: Resolver<'_>) -> Vec<&'e Expr> {
    let ExprKind::Binary(operator @ (Operator::And | Operator::Or), left, right) = &expr.kind else {
        return vec![expr];
    };
    let truth = evaluate(left, Status::UNKNOWN, resolve).truth();
    let keeps_left = if *operator == Operator::Or { truth } else { !truth };
    match keeps_left {
        Truth::Yes => results(left, resolve),
        Truth::No => results(right, resolve),
        Truth::Unknown => {
            let mut all = if *operator == Operator::Or { truthy_results(left, resolve) } else { vec![&**left] };
            all.extend(results(right, resolve));
            all
        }
    }
}

/// What an expression can be when it counts as true.
fn truthy_results<'e>(expr: &'e Expr, resolve: Resolver<'_>) -> Vec<&'e Expr> {
    let candidates = match &expr.kind {
        ExprKind::Binary(Operator::And, _, right) => truthy_results(right, resolve),
        ExprKind::Binary(Operator::Or, left, right) => {
            [truthy_results(left, resolve), truthy_results(right, resolve)].concat()
        }
        _ => vec![expr],
    };
    candidates.into_iter().filter(|expr| evaluate(expr, Status::UNKNOWN, resolve).truth().may_be()).collect()
}
