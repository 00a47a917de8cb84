//! Required checks and what weakens them; failures that are ignored; what must not reach a container.

use std::sync::Arc;

use crate::docker::Verb;
use crate::expr::{Condition, Known, Status};
use crate::facts::Fact;
use crate::source::{Location, Span};
use crate::trace::{JobTrace, Target};
use crate::workflow::{Event, Job, Scalar, Workflow};
use crate::yaml::Tree;

/// A required check that a job reports.
struct Reported<'a> {
    check: &'a str,
    job: &'a Job,
    event: Option<&'a Event>,
}

/// The gates of a repository: what the configured list of required checks says of its workflows.
pub fn required(all: &[(&Tree, Workflow)], required: &[String]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut found: Vec<&str> = Vec::new();
    for (tree, workflow) in all {
        let at = |span: Span| tree.source().location(span);
        let name = name(tree, workflow);
        let reported: Vec<Reported<'_>> = required.iter().flat_map(|check| reported(check, &name, workflow)).collect();
        found.extend(reported.iter().map(|reported| reported.check));
        for Reported { check, job, event } in &reported {
            let mut add = |fault: &str, place: Span| facts.push(fact(fault, check, Some(job), at(place)));
            let filter = event.iter().flat_map(|event| event.paths.iter().chain(&event.paths_ignore)).next();
            if let Some(path) = filter {
                add("path-filter", path.span);
            }
            if let Some(field) = job.continue_on_error.as_ref().filter(|field| field.value.as_bool() == Some(true)) {
                add("continue-on-error", field.key);
            }
            let is_required = |id: &str| reported.iter().any(|other| other.job.id.value() == id);
            let stands_for = job.needs.iter().flat_map(|needs| &needs.value).any(|id| !is_required(id.value()));
            if stands_for && !(runs_after_failure(job) && reads_results(tree, job)) {
                add("aggregator", job.id.span);
            }
        }
        for job in &workflow.jobs {
            let listed = reported.iter().any(|reported| reported.job.id.value() == job.id.value());
            if !listed && says_required(job) {
                let check = format!("{name} / {}", display(job));
                facts.push(fact("unlisted", &check, Some(job), at(job.id.span)));
            }
        }
    }
    for check in required.iter().filter(|check| !found.contains(&check.as_str())) {
        let named = |(tree, workflow): &&(&Tree, Workflow)| check.starts_with(&format!("{} / ", name(tree, workflow)));
        let Some((tree, workflow)) = all.iter().find(named).or(all.first()) else { continue };
        let place = workflow.name.as_ref().map(|name| name.key).or(workflow.on.key).unwrap_or(Span::new(0, 0));
        facts.push(fact("missing", check, None, tree.source().location(place)));
    }
    facts
}

/// `continue-on-error: true` with no issue named beside it.
pub fn untracked(tree: &Tree, workflow: &Workflow) -> Vec<Fact> {
    let fields = workflow.jobs.iter().flat_map(|job| {
        let steps = job.steps.iter().filter_map(|step| step.continue_on_error.as_ref());
        job.continue_on_error.iter().chain(steps).map(move |field| (job, field))
    });
    let ignored = fields.filter(|(_, field)| field.value.as_bool() == Some(true) && !tracked(tree, field.key));
    ignored
        .map(|(job, field)| fact("untracked-continue-on-error", "", Some(job), tree.source().location(field.key)))
        .collect()
}

/// setup-go's cache, which is on unless it is said otherwise.
pub fn go_caches(tree: &Tree, job: &Job) -> Vec<Fact> {
    let mut facts = Vec::new();
    for step in &job.steps {
        let Some(uses) = step.uses.as_ref().filter(|uses| uses.value.value().contains("actions/setup-go@")) else {
            continue;
        };
        let cache = step.with.get("cache").and_then(|var| var.text.as_ref());
        if cache.is_none_or(|text| text.value().trim() == "true") {
            facts.push(fact("setup-go-cache", "", Some(job), tree.source().location(uses.span)));
        }
    }
    facts
}

/// Variables that must not reach a container, and do: through `docker run -e` or a service's `env:`.
pub fn forbidden(tree: &Tree, job: &Job, trace: &JobTrace, variables: &[String]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for variable in variables {
        let mut add = |at: Location| {
            let mut fact = fact("forbidden-env", "", Some(job), at);
            fact.set("variable", variable.as_str());
            facts.push(fact);
        };
        for act in trace.acts.iter().filter(|act| act.context.target == Target::Here) {
            let Some(Verb::Run(run) | Verb::Create(run)) = act.verb() else { continue };
            let hands_on =
                |text: &str| text.split('=').next() == Some(variable) || text.contains(&format!("secrets.{variable}"));
            if run.env.iter().any(|arg| hands_on(&arg.value.to_string())) {
                add(act.at.clone());
            }
        }
        for var in job.services.iter().flat_map(|service| &service.container.env.entries) {
            let secret = var.text.as_ref().is_some_and(|text| text.value().contains(&format!("secrets.{variable}")));
            if var.name.value() == variable || secret {
                add(tree.source().location(var.name.whole()));
            }
        }
    }
    facts
}

fn fact(fault: &str, check: &str, job: Option<&Job>, at: Location) -> Fact {
    let mut fact = Fact::new("gate", format!("{fault} {check}").trim());
    fact.set("fault", fault).set_some("check", Some(check).filter(|check| !check.is_empty())).at("place", at);
    if let Some(job) = job {
        fact.job = Some(job.id.value().to_owned());
        fact.set("job-id", job.id.value());
    }
    fact
}

/// What a server calls a workflow: its `name:`, else its file.
fn name(tree: &Tree, workflow: &Workflow) -> String {
    let file = tree.source().path().rsplit(['/', '\\']).next().unwrap_or_default();
    workflow.name.as_ref().map_or(file, |name| name.value.value()).to_owned()
}

fn display(job: &Job) -> &str {
    job.name.as_ref().map_or(job.id.value(), |name| name.value.value())
}

/// The jobs that report a check: `workflow / job (event)` as Gitea writes it, or `job` as GitHub does.
fn reported<'a>(check: &'a str, name: &str, workflow: &'a Workflow) -> Vec<Reported<'a>> {
    let event = workflow.on.events.iter().find(|event| check.ends_with(&format!(" ({})", event.name.value())));
    let rest = event.map_or(check, |event| check[..check.len() - event.name.value().len() - 3].trim_end());
    let of_workflow = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix(" / "));
    let is = |job: &&Arc<Job>| of_workflow.into_iter().chain([rest]).any(|text| is_named(job, text));
    workflow.jobs.iter().filter(is).map(|job| Reported { check, job, event }).collect()
}

/// Whether a job reports under a name; a leg adds its values, a reusable workflow its jobs.
fn is_named(job: &Job, text: &str) -> bool {
    let own = display(job);
    match own.split_once("${{") {
        Some((literal, _)) => !literal.is_empty() && text.starts_with(literal),
        None => text.strip_prefix(own).is_some_and(|rest| {
            rest.is_empty()
                || job.matrix().is_some() && rest.starts_with(" (")
                || job.uses.is_some() && rest.starts_with(" / ")
        }),
    }
}

fn runs_after_failure(job: &Job) -> bool {
    let condition = job.condition.as_ref().map_or(Condition::MISSING, |field| Condition::read(field.value.value()));
    condition.truth(Status::FAILURE, &|_| Known::unknown()).may_be()
}

/// Whether a job looks at how the jobs it needs ended.
fn reads_results(tree: &Tree, job: &Job) -> bool {
    let text = tree.source().slice(job.span);
    text.contains("needs.") && text.contains(".result") || text.to_lowercase().contains("tojson(needs")
}

/// Whether a job's name says that merges wait for it.
fn says_required(job: &Job) -> bool {
    let is =
        |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("required"));
    is(job.id.value()) || job.name.as_ref().is_some_and(|name| is(Scalar::value(&name.value)))
}

/// Whether a comment on the line, or on lines of its own right above, names an issue.
fn tracked(tree: &Tree, key: Span) -> bool {
    let source = tree.source();
    let mut line = source.place(key.start).line;
    loop {
        let Some(span) = source.line(line) else { return false };
        let comments = tree.comments_in(span);
        if comments.iter().any(|comment| names_issue(source.slice(comment.span))) {
            return true;
        }
        line -= 1;
        let above = source.line(line).map(|span| tree.comments_in(span));
        if !above.is_some_and(|comments| comments.iter().any(|comment| comment.own_line)) {
            return false;
        }
    }
}

/// `#123`, `ABC-123`, or an address.
fn names_issue(comment: &str) -> bool {
    let words = comment[1..].split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';' | '.'));
    words.into_iter().any(|word| {
        let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let after = word.rsplit_once('#').is_some_and(|(_, rest)| number(rest));
        let key = word
            .split_once('-')
            .is_some_and(|(key, rest)| key.len() > 1 && key.chars().all(|c| c.is_ascii_uppercase()) && number(rest));
        after || key || word.contains("://")
    })
}
