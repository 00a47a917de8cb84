//! A job's trace for tests, from a workflow whose `run:` texts have one command per line: words as in
//! `command::testing`, `&` at the end, nothing followed.

use std::collections::BTreeMap;

use crate::command::Invocation;
use crate::command::Wrapper;
use crate::command::testing::words;
use crate::docker;
use crate::expr::Condition;
use crate::facts::{Datum, Fact, Field};
use crate::source::Source;
use crate::symbol::Value;
use crate::trace::{Act, ActKind, Capture, Context, Frame, JobTrace, Stage, StepTrace};
use crate::workflow::Workflow;

/// A workflow, its first job's trace, and the file.
pub(super) struct Read {
    pub(super) trace: JobTrace,
    pub(super) workflow: Workflow,
    pub(super) source: Source,
}

impl Read {
    pub(super) fn job(&self) -> &crate::workflow::Job {
        &self.workflow.jobs[0]
    }

    pub(super) fn line(&self, fact: &Fact) -> usize {
        let span = fact.kind.spans[0].name;
        self.source.place(fact.spans[span][0].span.start).line
    }

    /// Facts as `LINE field field`, unknown ones as `?`, absent ones as `-`.
    pub(super) fn shown(&self, facts: &[Fact], fields: &[&str]) -> Vec<String> {
        facts
            .iter()
            .map(|fact| {
                let shown = fields.iter().map(|name| match fact.fields.get(name) {
                    Some(Field::Known(Datum::Text(text))) => text.clone(),
                    Some(Field::Known(Datum::Bool(is))) => is.to_string(),
                    Some(Field::Known(Datum::Number(number))) => number.to_string(),
                    Some(Field::Known(Datum::List(items))) => items.join(","),
                    Some(Field::Unknown(_)) => "?".to_owned(),
                    None => "-".to_owned(),
                });
                std::iter::once(self.line(fact).to_string()).chain(shown).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}

pub(super) fn read(text: &str) -> Read {
    let source = Source::new(".gitea/workflows/t.yml", text.as_bytes().to_vec()).expect("UTF-8");
    let tree = crate::yaml::parse(&source).expect("YAML");
    let workflow = Workflow::read(&tree).expect("a workflow");
    let mut trace = JobTrace { steps: vec![], acts: vec![], captures: BTreeMap::new(), unfollowed: vec![] };
    let job = &workflow.jobs[0];
    for (at, step) in job.steps.iter().enumerate() {
        let value = |field: &Option<crate::workflow::Field<crate::workflow::Scalar>>| {
            field.as_ref().map(|field| field.value.value().to_owned())
        };
        let env = job.env.entries.iter().chain(&step.env.entries).filter_map(|var| {
            Some((var.name.value().to_owned(), Value::literal(var.text.as_ref()?.value())))
        });
        let env: BTreeMap<String, Value> = env.collect();
        trace.steps.push(StepTrace {
            index: step.index,
            name: value(&step.name),
            id: value(&step.id),
            conditions: value(&step.condition).iter().map(|text| Condition::read(text)).collect(),
            condition_at: source.location(step.span),
            at: source.location(step.span),
            run: value(&step.run),
            uses: value(&step.uses),
            continue_on_error: false,
            env: env.clone(),
        });
        let Some(run) = &step.run else { continue };
        let frame = Frame { source: source.clone(), text: run.text.clone() };
        let mut start = 0;
        for line in run.value().split_inclusive('\n') {
            act(line, start, at, &frame, &env, &mut trace);
            start += line.len();
        }
    }
    Read { trace, workflow, source }
}

fn act(
    line: &str,
    start: usize,
    step: usize,
    frame: &Frame,
    env: &BTreeMap<String, Value>,
    trace: &mut JobTrace,
) {
    let written = line.trim_end();
    let mut text = written.trim_start();
    let start = start + written.len() - text.len();
    let at = frame.location(start..start + text.len());
    let mut context = Context { process: step, ..Context::default() };
    let mut env = env.clone();
    if let Some(rest) = text.strip_suffix('&') {
        context.background = true;
        text = rest.trim_end();
    }
    if let Some(rest) = text.strip_prefix("@exit ") {
        context.trap = Some(crate::trace::Trap { at: at.clone(), signals: vec!["EXIT".to_owned()] });
        text = rest;
    }
    while let Some((name, rest)) = text.split_once(' ').and_then(|(first, rest)| Some((first.split_once('=')?, rest)))
        && name.0.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    {
        env.insert(name.0.to_owned(), crate::command::testing::value(name.1));
        text = rest;
    }
    let shown = text.to_owned();
    let mut text = text.to_owned();
    if let Some((producer, rest)) = text.clone().split_once(" | xargs ") {
        context.stdin = Some(capture(producer, &at));
        context.xargs = Some(crate::command::Xargs::default());
        text = rest.to_owned();
    }
    // `kill @(lsof -ti:80)` is a substitution.
    if let Some((head, tail)) = text.clone().split_once("@(")
        && let Some((inner, tail)) = tail.split_once(')')
    {
        let name = format!("$S{start}");
        trace.captures.insert(name.as_str().into(), capture(inner, &at));
        text = format!("{head}{name}{tail}");
    }
    let line_words = words(&text);
    let Some(invocation) = Invocation::parse(&line_words) else { return };
    let kind = match docker::call(&invocation) {
        Some(call) => ActKind::Docker(Box::new(call)),
        None => ActKind::Command {
            program: invocation.program.clone(),
            argv: invocation.argv.to_vec(),
            nohup: invocation.wrapped(|wrapper| *wrapper == Wrapper::Nohup),
            setsid: invocation.wrapped(|wrapper| *wrapper == Wrapper::Setsid),
        },
    };
    trace.acts.push(Act { kind, step, at, frame: frame.clone(), text: shown, chain: vec![], context, env });
}

fn capture(text: &str, at: &crate::source::Location) -> Capture {
    let stages = text.split(" | ").filter_map(|stage| {
        let all = words(stage);
        let invocation = Invocation::parse(&all)?;
        Some(Stage { program: invocation.program.clone(), argv: invocation.argv.to_vec(), call: None })
    });
    Capture { stages: stages.collect(), at: at.clone(), made_by: None }
}
