//! What expressions stand for: the contexts of a job as symbolic values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::expr::{self, Condition, Expr, ExprKind, Known, Literal, Part, Path};
use crate::shared::Shared;
use crate::symbol::{Dimensions, Unique, Value, Variables};
use crate::truth::Truth;
use crate::workflow::{Datum, Matrix};

/// How many paths are followed where a matrix or an input chooses one.
const MOST_CHOICES: usize = 16;
/// What GitHub's runner calls a machine that is none of GitHub's (docs.github.com, "runner context").
const SELF_HOSTED: &str = "self-hosted";

/// The contexts a job's expressions read.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// The job's id.
    pub job: String,
    /// Whether the runner fills `strategy.job-index` (GitHub's alone does: gitea-runner, forgejo-runner and
    /// nektos/act set only fail-fast and max-parallel, their expression.go).
    pub has_job_index: bool,
    /// Whether GitHub's runner says that it is no machine of GitHub's (`runner.environment`).
    pub is_self_hosted: bool,
    /// The matrix's keys: the one value a key has in every leg, or nothing.
    pub matrix: BTreeMap<String, Option<String>>,
    /// The literal values of each leg, by key.
    pub legs: Arc<Vec<BTreeMap<String, String>>>,
    /// There are no other legs than these.
    pub has_all_legs: bool,
    /// `inputs.*`, as callers and defaults give them.
    pub inputs: BTreeMap<String, Value>,
    /// Those of the inputs that are typed boolean: conditions see no text there.
    pub flags: BTreeSet<String>,
    /// `github.action_path`, inside a local action.
    pub action_path: Option<Value>,
    /// `env.*`
    pub env: Shared<Variables>,
    /// `steps.ID.outputs.NAME`
    pub outputs: BTreeMap<(String, String), Value>,
    /// `needs.JOB.outputs.NAME`
    pub needs: Arc<BTreeMap<(String, String), Value>>,
}

impl Contexts {
    /// Takes over the keys of a matrix.
    pub fn set_matrix(&mut self, matrix: &Matrix) {
        let legs = matrix.legs();
        let literal = |datum: &Datum| {
            let scalar = datum.as_scalar().filter(|scalar| !scalar.has_expression());
            scalar.map(|scalar| scalar.value().to_owned())
        };
        Arc::make_mut(&mut self.legs).extend(legs.legs.iter().map(|leg| {
            let known = leg.values().filter_map(|(key, value)| Some((key.to_owned(), literal(value?)?)));
            known.collect::<BTreeMap<_, _>>()
        }));
        self.has_all_legs = legs.complete;
        for key in legs.keys() {
            let values = legs.values(key);
            let only = match values.as_deref() {
                Some([only]) => only.as_scalar().filter(|scalar| !scalar.has_expression()),
                _ => None,
            };
            self.matrix.insert(key.to_owned(), only.map(|scalar| scalar.value().to_owned()));
        }
    }

    /// What several values can be together, one list for each: every leg's, where they name literal values of
    /// the matrix, and each of what is one of several. Themselves alone, when these are many or not known.
    pub fn choices(&self, values: &[Value]) -> Vec<Vec<Value>> {
        if values.iter().all(|value| value.as_literal().is_some()) {
            return vec![values.to_vec()];
        }
        let nothing = [BTreeMap::new()];
        let named = |value: &Value| {
            let keys = || self.legs.iter().flat_map(BTreeMap::keys);
            keys().any(|key| value.mentions(&format!("matrix.{key}")))
        };
        let legs = if values.iter().any(named) { self.legs.as_slice() } else { &nothing };
        let mut found: Vec<Vec<Value>> = Vec::new();
        for leg in legs {
            let mut lists: Vec<Vec<Value>> = vec![Vec::new()];
            for value in values {
                let filled = value.filled(&|source| leg.get(source.strip_prefix("matrix.")?).cloned());
                let texts = filled.candidates().map(|texts| texts.into_iter().map(Value::literal).collect());
                let texts: Vec<Value> = texts.unwrap_or_else(|| vec![filled]);
                let with = |list: &Vec<Value>| {
                    let list = list.clone();
                    texts.iter().map(move |text| [list.clone(), vec![text.clone()]].concat())
                };
                lists = lists.iter().flat_map(with).take(MOST_CHOICES + 1).collect();
            }
            for list in lists {
                if !found.contains(&list) {
                    found.push(list);
                }
            }
            if found.len() > MOST_CHOICES {
                break;
            }
        }
        if found.is_empty() || found.len() > MOST_CHOICES { vec![values.to_vec()] } else { found }
    }

    /// The value of text with `${{ }}` in it.
    pub fn text(&self, text: &str) -> Value {
        Value::concat(expr::template(text).into_iter().map(|part| match part {
            Part::Literal(range) => Value::literal(&text[range]),
            Part::Expression { inner, .. } => self.expression(&text[inner]),
            Part::Unclosed(range) => Value::unknown(&text[range]),
        }))
    }

    /// The value of what stands between the braces.
    pub fn expression(&self, text: &str) -> Value {
        match expr::parse_shared(text) {
            Some(expr) => self.evaluate(&expr, text),
            None => Value::unknown(text.trim()),
        }
    }

    /// What is known of a path, for conditions.
    pub fn resolve(&self, path: &Path) -> Known {
        let is_flag = path.context == "inputs"
            && path.names().is_some_and(|names| matches!(names[..], [name] if self.flags.contains(name)));
        match self.path(path).and_then(|value| value.candidates()) {
            Some(texts) if is_flag => Known::one_of(texts.iter().map(|text| expr::Value::Bool(text == "true"))),
            Some(texts) => Known::one_of(texts.into_iter().map(expr::Value::Text)),
            None => Known::unknown(),
        }
    }

    /// Whether a condition holds in no leg of the matrix, whatever becomes of the job.
    pub fn is_never(&self, condition: &Condition) -> bool {
        if condition.is_never(&|path| self.resolve(path)) {
            return true;
        }
        let by_leg = self.has_all_legs && !self.legs.is_empty() && condition.asks_for("matrix");
        let in_leg =
            |leg: &BTreeMap<String, String>, path: &Path| match (path.context.as_str(), path.names().as_deref()) {
                ("matrix", Some([key])) => leg.get(*key).filter(|text| is_text(text)).map(Known::text),
                _ => None,
            };
        by_leg
            && self
                .legs
                .iter()
                .all(|leg| condition.is_never(&|path| in_leg(leg, path).unwrap_or_else(|| self.resolve(path))))
    }

    fn evaluate(&self, expr: &Expr, text: &str) -> Value {
        let resolve = |path: &Path| self.resolve(path);
        let whole = expr::evaluate(expr, expr::Status::UNKNOWN, &resolve);
        if let Some([only]) = whole.texts().as_deref() {
            return Value::literal(only.clone());
        }
        let results = expr::results(expr, &resolve);
        Value::one_of(results.into_iter().map(|result| self.result(result, text)))
    }

    fn result(&self, expr: &Expr, text: &str) -> Value {
        let written = text.get(expr.range.clone()).unwrap_or(text).trim();
        match &expr.kind {
            ExprKind::Literal(Literal::Text(literal)) => Value::literal(literal.clone()),
            ExprKind::Literal(Literal::Number(number)) => Value::literal(number.to_string()),
            ExprKind::Literal(Literal::Bool(truth)) => Value::literal(truth.to_string()),
            ExprKind::Literal(Literal::Null) => Value::default(),
            ExprKind::Path(path) => self.path(path).unwrap_or_else(|| Value::unknown(written)),
            ExprKind::Call(name, arguments) => self.call(name, arguments, text, written),
            ExprKind::Access(base, _) => {
                let unique = self.result(base, text).unique();
                Value::opaque(written, unique, Truth::Unknown)
            }
            ExprKind::Not(_) | ExprKind::Binary(..) => Value::one_of([Value::literal("true"), Value::literal("false")]),
        }
    }

    fn call(&self, name: &str, arguments: &[Expr], text: &str, written: &str) -> Value {
        match (name, arguments) {
            ("format", [Expr { kind: ExprKind::Literal(Literal::Text(pattern)), .. }, rest @ ..]) => {
                let values: Vec<Value> = rest.iter().map(|argument| self.result(argument, text)).collect();
                fill(pattern, &values)
            }
            ("hashfiles", _) => Value::opaque(written, Unique::by(Dimensions::REF), Truth::Unknown),
            _ => {
                let unique = arguments
                    .iter()
                    .flat_map(Expr::paths)
                    .map(|(path, _)| self.path(path).map_or(Unique::UNKNOWN, |value| value.unique()))
                    .fold(Unique::STATIC, Unique::and);
                Value::opaque(written, unique, Truth::Unknown)
            }
        }
    }

    /// What stands for the unknown texts of a path, as [`crate::symbol::Opaque::source`] has it.
    pub fn sources(&self, path: &Path) -> Vec<Arc<str>> {
        self.path(path).map(|value| value.sources()).unwrap_or_default()
    }

    /// The value of a path, if the context is one that exists.
    fn path(&self, path: &Path) -> Option<Value> {
        let names = path.names();
        match (path.context.as_str(), names.as_deref()) {
            ("github" | "gitea" | "forgejo" | "forge", Some(names)) => Some(self.github(&names.join("."))),
            ("matrix", Some([])) => Some(opaque("matrix", Dimensions::LEG)),
            ("matrix", Some([key, ..])) => Some(match self.matrix.get(*key) {
                Some(Some(only)) => Value::literal(only.clone()),
                _ => opaque(&format!("matrix.{key}"), Dimensions::LEG),
            }),
            ("runner", Some(["environment"])) if self.is_self_hosted => Some(Value::literal(SELF_HOSTED)),
            ("strategy", Some(["job-index"])) if self.has_job_index => {
                Some(opaque("strategy.job-index", Dimensions::LEG))
            }
            ("strategy", Some(["job-index" | "job-total"])) => Some(Value::default()),
            ("env", Some([name])) => {
                Some(self.env.get(name).cloned().unwrap_or_else(|| variable(name).unwrap_or_default()))
            }
            ("inputs", Some([name])) => {
                Some(self.inputs.get(*name).cloned().unwrap_or_else(|| Value::unknown(format!("inputs.{name}"))))
            }
            ("vars" | "secrets", Some([name])) => {
                Some(Value::opaque(format!("{}.{name}", path.context), Unique::STATIC, Truth::Unknown))
            }
            ("steps", Some([id, "outputs", name])) => {
                let key = ((*id).to_owned(), (*name).to_owned());
                Some(self.outputs.get(&key).cloned().unwrap_or_else(|| Value::unknown(path.to_string())))
            }
            ("needs", Some([id, "outputs", name])) => {
                let key = ((*id).to_owned(), (*name).to_owned());
                Some(self.needs.get(&key).cloned().unwrap_or_else(|| Value::unknown(path.to_string())))
            }
            ("job", Some(["services", ..] | ["container", ..])) => Some(opaque(&path.to_string(), Dimensions::RANDOM)),
            ("runner", Some(["os" | "arch" | "environment" | "temp" | "tool_cache"])) => {
                Some(Value::opaque(path.to_string(), Unique::STATIC, Truth::No))
            }
            _ => None,
        }
    }

    /// What the runner puts into the job's environment.
    pub fn variable(&self, name: &str) -> Option<Value> {
        match name {
            "RUNNER_ENVIRONMENT" if self.is_self_hosted => Some(Value::literal(SELF_HOSTED)),
            _ => variable(name),
        }
    }

    fn github(&self, name: &str) -> Value {
        let source = format!("github.{name}");
        match name {
            "action_path" if self.action_path.is_some() => self.action_path.clone().unwrap_or_default(),
            "run_id" => opaque(&source, Dimensions::RUN),
            "run_attempt" => opaque(&source, Dimensions::ATTEMPT),
            "run_number" => {
                let unique = Unique { within_repository: true, ..Unique::by(Dimensions::RUN) };
                Value::opaque(source, unique, Truth::No)
            }
            "job" => opaque(&source, Dimensions::JOB),
            "sha" | "ref" | "ref_name" => opaque(&source, Dimensions::REF),
            "head_ref" | "base_ref" => Value::opaque(source, Unique::by(Dimensions::REF), Truth::Unknown),
            _ if name.starts_with("event.inputs.") => Value::unknown(source),
            _ if name.starts_with("event.") => Value::opaque(source, Unique::by(Dimensions::REF), Truth::Unknown),
            // Who, where, what: the same in every run.
            _ => Value::opaque(source, Unique::STATIC, Truth::No),
        }
    }
}

/// Whether a matrix has it as text: YAML takes it for no number, truth value or null, which compare in other ways.
fn is_text(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
        && !matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "nan" | "infinity" | "inf")
}

fn opaque(source: &str, dimension: Dimensions) -> Value {
    Value::opaque(source, Unique::by(dimension), Truth::No)
}

/// `format('{0}-{1}', …)`.
fn fill(pattern: &str, values: &[Value]) -> Value {
    let mut filled = Value::default();
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        let (head, tail) = rest.split_at(at);
        filled = filled.then(Value::literal(head));
        if tail.starts_with("{{") || tail.starts_with("}}") {
            filled = filled.then(Value::literal(&tail[..1]));
            rest = &tail[2..];
            continue;
        }
        let end = tail.find('}').unwrap_or(0);
        match tail.get(1..end).and_then(|index| index.parse::<usize>().ok()).and_then(|index| values.get(index)) {
            Some(value) => {
                filled = filled.then(value.clone());
                rest = &tail[end + 1..];
            }
            None => return Value::unknown(format!("format('{pattern}')")),
        }
    }
    filled.then(Value::literal(rest))
}

/// What the runner puts into a job's environment, and what every shell has.
pub fn variable(name: &str) -> Option<Value> {
    let forge = ["GITHUB_", "GITEA_", "FORGEJO_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    match (forge, name) {
        (Some("ENV" | "OUTPUT" | "PATH" | "STEP_SUMMARY" | "STATE"), _) => {
            Some(Value::opaque(format!("${name}"), Unique::by(Dimensions::RANDOM), Truth::No))
        }
        (Some(known), _)
            if matches!(
                known,
                "RUN_ID"
                    | "RUN_ATTEMPT"
                    | "RUN_NUMBER"
                    | "JOB"
                    | "SHA"
                    | "REF"
                    | "REF_NAME"
                    | "HEAD_REF"
                    | "BASE_REF"
                    | "REPOSITORY"
                    | "REPOSITORY_OWNER"
                    | "WORKFLOW"
                    | "WORKSPACE"
                    | "ACTOR"
                    | "EVENT_NAME"
                    | "SERVER_URL"
                    | "API_URL"
                    | "ACTIONS"
            ) =>
        {
            Some(Contexts::default().github(&known.to_ascii_lowercase()))
        }
        (_, "RANDOM" | "SRANDOM" | "BASHPID" | "EPOCHREALTIME" | "EPOCHSECONDS") => {
            Some(opaque(&format!("${name}"), Dimensions::RANDOM))
        }
        (_, "JOB_CONTAINER_NAME") => {
            Some(Value::opaque("$JOB_CONTAINER_NAME", Unique::by(Dimensions::RANDOM), Truth::Unknown))
        }
        (_, "HOME" | "USER" | "PATH" | "SHELL" | "UID" | "EUID" | "RUNNER_OS" | "RUNNER_ARCH" | "RUNNER_TEMP") => {
            Some(Value::opaque(format!("${name}"), Unique::STATIC, Truth::No))
        }
        (_, "CI") => Some(Value::literal("true")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_in_no_leg_never_runs() {
        let leg = |value: &str| BTreeMap::from([("db".to_owned(), value.to_owned())]);
        let contexts = |values: &[&str], all| Contexts {
            legs: Arc::new(values.iter().map(|value| leg(value)).collect()),
            has_all_legs: all,
            ..Contexts::default()
        };
        for (condition, values, all, never) in [
            ("matrix.db == 'mysql'", &["pg", "lite"][..], true, true),
            ("matrix.db == 'pg'", &["pg", "lite"], true, false),
            ("matrix.db == 'mysql'", &["pg", "lite"], false, false),
            ("matrix.db == 'mysql' && always()", &["pg", "lite"], true, true),
            ("matrix.db == 'mysql' || github.ref_name == 'main'", &["pg", "lite"], true, false),
            // What YAML has as numbers and truth values is compared in other ways.
            ("!matrix.db", &["0", "1"], true, false),
            ("matrix.db == true", &["true", "pg"], true, false),
            ("matrix.other == 'mysql'", &["pg"], true, false),
        ] {
            assert_eq!(contexts(values, all).is_never(&Condition::read(condition)), never, "{condition}");
        }
    }

    #[test]
    fn literal_matrix_values_are_choices() {
        let leg =
            |db: &str, go: &str| BTreeMap::from([("db".to_owned(), db.to_owned()), ("go".to_owned(), go.to_owned())]);
        let contexts =
            Contexts { legs: Arc::new(vec![leg("pg", "1"), leg("pg", "2"), leg("my", "1")]), ..Contexts::default() };
        let shown = |texts: &[&str]| {
            let values: Vec<Value> = texts.iter().map(|text| contexts.text(text)).collect();
            let lists = contexts.choices(&values);
            lists.iter().map(|list| list.iter().map(Value::to_string).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(shown(&["a.yml", "${{ matrix.db }}.yml"]), ["a.yml pg.yml", "a.yml my.yml"]);
        // Values of one leg belong together.
        let both = shown(&["${{ matrix.db }}-${{ matrix.go }}"]);
        assert_eq!(both, ["pg-1", "pg-2", "my-1"]);
        assert_eq!(shown(&["${{ matrix.other }}.yml"]), ["${{ matrix.other }}.yml"]);
        assert_eq!(shown(&["a.yml"]), ["a.yml"]);
    }

    #[test]
    fn contexts_know_in_what_they_are_unique() {
        let contexts = Contexts::default();
        let unique = |text: &str| contexts.text(text).unique().dimensions.names();
        assert_eq!(unique("pg-${{ github.run_id }}-${{ github.run_attempt }}"), ["run", "attempt"]);
        assert_eq!(unique("pg-${{ github.head_ref || github.run_id }}"), Vec::<&str>::new());
        assert_eq!(unique("pg-${{ format('{0}-{1}', matrix.a, github.sha) }}"), ["ref", "leg"]);
        assert!(unique("pg-${{ vars.NAME }}").is_empty());
        assert_eq!(contexts.text("a${{ 'b' }}c").as_literal(), Some("abc"));
        assert_eq!(variable("GITHUB_RUN_ID"), Some(contexts.expression("github.run_id")));
    }
}
