//! Variables that a step hands on to all later ones: `echo "NAME=pg" >> "$GITHUB_ENV"`.

use std::collections::HashMap;
use std::ops::Range;

use super::Place;
use super::shell_text::ShellText;
use super::untrusted::is_variable;
use crate::shell::{Command, Part, Redirect, RedirectKind, Script, Statement, StatementKind, Word};
use crate::symbol::Value;
use crate::trace::Act;
use crate::workflow::Vars;

/// A variable that a script hands on whenever it comes so far.
pub struct HandedOn<'s> {
    /// Its name.
    pub name: &'s str,
    /// The word that says it and its value.
    pub word: &'s Word,
    /// The bytes of the statement.
    pub statement: Range<usize>,
}

/// What a script hands on, whichever way it goes.
pub fn by(script: &Script) -> Vec<HandedOn<'_>> {
    let mut all = Vec::new();
    for statement in script.body.iter().filter(|statement| !statement.background && !statement.negated) {
        match &statement.kind {
            StatementKind::Command(command) if appends(&command.redirects) => {
                all.extend(told(command, statement));
            }
            StatementKind::Group(body) if appends(&statement.redirects) => {
                let inner = body.iter().filter_map(|inner| Some((inner.command()?, inner)));
                all.extend(inner.filter(|(command, _)| command.redirects.is_empty()).filter_map(|(c, s)| told(c, s)));
            }
            _ => {}
        }
    }
    all
}

/// `echo NAME=value`.
fn told<'s>(command: &'s Command, statement: &Statement) -> Option<HandedOn<'s>> {
    let [echo, word] = command.words.as_slice() else { return None };
    let Part::Literal(first) = &word.pieces.first()?.part else { return None };
    let (name, _) = first.split_once('=').filter(|(name, _)| is_variable(name))?;
    let is_echo = echo.literal().is_some_and(|echo| echo == "echo") && command.assignments.is_empty();
    is_echo.then(|| HandedOn { name, word, statement: statement.span.clone() })
}

/// `>> "$GITHUB_ENV"`.
fn appends(redirects: &[Redirect]) -> bool {
    let [Redirect { kind: RedirectKind::Append(target), descriptor: None, .. }] = redirects else { return false };
    let [piece] = target.pieces.as_slice() else { return false };
    matches!(&piece.part, Part::Parameter(parameter)
        if parameter.operation.is_none() && matches!(parameter.name.as_str(), "GITHUB_ENV" | "GITEA_ENV" | "FORGEJO_ENV"))
}

/// The variable that every step behind `act` has of a value: an earlier step hands it on, or its own before the act.
pub fn holding<'p>(place: &Place<'p>, act: &Act, value: &Value) -> Option<&'p str> {
    let trace = &place.job.trace;
    let is_given = |name: &str| {
        let earlier = trace.steps.get(act.step).is_some_and(|step| step.env.get(name) == Some(value));
        earlier && own_env(place, act).is_none_or(|vars| vars.get(name).is_none()) || before(place, act, name)
    };
    let all = trace.handed_on.iter().filter(|(_, known)| *known == value).map(|(name, _)| &**name);
    all.into_iter().find(|name| !is_covered(place, name) && is_given(name))
}

/// Whether the script of an act hands a variable on before it comes to the act.
fn before(place: &Place<'_>, act: &Act, name: &str) -> bool {
    let own = place.step(act.step).and_then(|step| step.run.as_ref());
    if own.is_none_or(|run| run.value.text.whole() != act.frame.text.whole()) {
        return false;
    }
    let script = crate::shell::parse(act.frame.text.value());
    let ends = |one: &HandedOn<'_>| act.frame.source.location(act.frame.text.span(one.statement.clone())).span.end;
    by(&script).iter().any(|one| one.name == name && ends(one) <= act.at.span.start)
}

fn own_env<'p>(place: &Place<'p>, act: &Act) -> Option<&'p Vars> {
    place.step(act.step).map(|step| &step.env)
}

/// Whether the job's container says a variable: on some runners that wins over what steps hand on.
fn is_covered(place: &Place<'_>, name: &str) -> bool {
    place.job.job.container.as_ref().is_some_and(|container| container.value.env.get(name).is_some())
}

/// A word of a script that hands a plain value on to all later steps of a job, whatever comes.
#[derive(Clone)]
pub struct Said {
    /// The variable.
    pub name: String,
    /// The job's step.
    pub step: usize,
    /// The script, among those of the job.
    pub text: usize,
    /// The word.
    pub word: Word,
}

/// What the steps of a job hand on, by the values.
struct AllSaid(HashMap<String, Vec<Said>>);

/// Where steps of a job hand a plain value on. A step that may be left out, or a variable that something else sets as
/// well, does not count.
pub fn saying(place: &Place<'_>, texts: &[ShellText], literal: &str) -> Vec<Said> {
    let all = place.reading.of_job(place.job, || AllSaid::read(place, texts));
    all.0.get(literal).cloned().unwrap_or_default()
}

impl AllSaid {
    fn read(place: &Place<'_>, texts: &[ShellText]) -> Self {
        let job = &place.job.job;
        let is_set_besides = |name: &str| {
            let own = place.steps_with_values().map(|step| &step.env);
            let mut layers = [&place.analysed.workflow.env, &job.env].into_iter().chain(own);
            layers.any(|vars| vars.get(name).is_some()) || is_covered(place, name)
        };
        let mut all: HashMap<String, Vec<Said>> = HashMap::new();
        if place.job.trace.handed_on.is_empty() {
            return Self(all);
        }
        for (index, text) in texts.iter().enumerate() {
            let Some(step) = text.own_step(place) else { continue };
            if step.condition.is_some() || step.continue_on_error.is_some() || makes_before(place, step.index) {
                continue;
            }
            for one in by(&text.script) {
                if text.value().get(..one.statement.start).is_none_or(may_leave) {
                    continue;
                }
                let word = one.word.literal();
                let Some((_, value)) = word.as_deref().and_then(|word| word.split_once('=')) else { continue };
                let lasts = place.job.trace.handed_on.get(one.name).and_then(Value::as_literal) == Some(value);
                if lasts && !is_set_besides(one.name) {
                    let (name, word) = (one.name.to_owned(), one.word.clone());
                    let said = Said { name, step: step.index, text: index, word };
                    all.entry(value.to_owned()).or_default().push(said);
                }
            }
        }
        Self(all)
    }
}

/// Whether the job makes something before a step: where it does not come to that step, the last ones have it to remove,
/// and no name that the step hands on.
fn makes_before(place: &Place<'_>, step: usize) -> bool {
    let trace = &place.job.trace;
    let made = place.job.resources.iter().flat_map(|resource| &resource.acts);
    let steps = made.filter_map(|act| trace.steps.get(trace.acts.get(*act)?.step));
    steps.into_iter().any(|made| made.index < step)
}

/// Whether a script may end within a text of it.
fn may_leave(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| ["exit", "return", "exec"].contains(&word))
}

/// Why a name that a step hands on, and that is changed elsewhere alone, may be missed.
pub fn left_behind(place: &Place<'_>, texts: &[ShellText], literal: &str) -> Option<String> {
    let handed_on = &place.job.trace.handed_on;
    let (name, _) = handed_on.iter().find(|(_, value)| value.as_literal() == Some(literal))?;
    saying(place, texts, literal).is_empty().then(|| {
        format!("a step hands `{literal}` on as `{name}`, perhaps not in every run: what reads that gets the old name")
    })
}
