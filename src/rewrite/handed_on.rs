//! Variables that a step hands on to all later ones: `echo "NAME=pg" >> "$GITHUB_ENV"`.

use std::ops::Range;

use super::Place;
use super::shell_text::ShellText;
use super::untrusted::is_variable;
use crate::shell::{Command, Part, Redirect, RedirectKind, Script, Statement, StatementKind, Word};
use crate::symbol::Value;
use crate::trace::Act;
use crate::workflow::{Step, Vars};

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
pub struct Said<'t> {
    /// The variable.
    pub name: String,
    /// The job's step.
    pub step: usize,
    /// The script.
    pub text: &'t ShellText,
    /// The word.
    pub word: Word,
}

/// Where steps of a job hand a plain value on. A step that may be left out, or a variable that something else sets as
/// well, does not count.
pub fn saying<'t>(place: &Place<'_>, texts: &'t [ShellText], literal: &str) -> Vec<Said<'t>> {
    let job = &place.job.job;
    let is_set_besides = |name: &str| {
        let layers = [&place.analysed.workflow.env, &job.env].into_iter().chain(job.steps.iter().map(|step| &step.env));
        layers.into_iter().any(|vars| vars.get(name).is_some()) || is_covered(place, name)
    };
    let mut all = Vec::new();
    for step in &job.steps {
        if step.condition.is_some() || step.continue_on_error.is_some() {
            continue;
        }
        let Some(text) = text_of(step, texts) else { continue };
        for one in by(&text.script) {
            let is_it =
                one.word.literal().is_some_and(|word| word.split_once('=').is_some_and(|(_, is)| is == literal));
            let lasts = place.job.trace.handed_on.get(one.name).and_then(Value::as_literal) == Some(literal);
            if is_it && lasts && !is_set_besides(one.name) {
                let (name, word) = (one.name.to_owned(), one.word.clone());
                all.push(Said { name, step: step.index, text, word });
            }
        }
    }
    all
}

/// The script of a step.
fn text_of<'t>(step: &Step, texts: &'t [ShellText]) -> Option<&'t ShellText> {
    let run = step.run.as_ref()?;
    texts.iter().find(|text| text.text.whole() == run.value.text.whole() && text.has_job_env())
}

/// The step of the job whose own script a text is.
pub fn step_of(place: &Place<'_>, text: &ShellText) -> Option<usize> {
    let is_it = |step: &&Step| step.run.as_ref().is_some_and(|run| run.value.text.whole() == text.text.whole());
    place.job.job.steps.iter().find(is_it).filter(|_| text.has_job_env()).map(|step| step.index)
}
