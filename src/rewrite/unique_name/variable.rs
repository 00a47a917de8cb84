//! Names held by a variable: its definition changes, or, where it means other things as well, each use.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::shell_text::{Command, ShellText};
use super::super::untrusted::is_variable;
use super::super::{Draft, Place, Scene, Withheld, is_posix};
use super::renaming::Renaming;
use super::uses::Use;
use super::{append, reference};
use crate::follow::local_action;
use crate::shell::{AssignedValue, Context, Node, Part, StatementKind, Word};
use crate::source::{Location, Span};
use crate::symbol::Value;
use crate::trace::Act;
use crate::workflow::{Runs, Vars};

/// A place that gives a variable its value.
enum Definition {
    /// An entry of an `env:`.
    Entry(Location, String),
    /// In a text: the word, and where the value ends in it.
    Word { text: usize, word: Word, end: usize, value: String },
}

/// How a variable is used besides naming it.
#[derive(Default)]
struct Besides {
    /// As an image, a port, a label of docker's.
    docker: bool,
    /// By another program: the first.
    program: Option<String>,
}

/// What came of a change.
#[derive(Default)]
pub struct Changed {
    /// What makes the fix doubtful.
    pub doubts: Vec<String>,
    /// The variables that hold the new name.
    pub variables: BTreeSet<String>,
}

/// Changes every use, or the variable behind it.
///
/// # Errors
/// When a use or a definition cannot be changed.
pub fn change(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>) -> Result<Changed, Withheld> {
    let Renaming { place, texts, uses, all, suffix, .. } = *renaming;
    let mut changed = Changed::default();
    let mut variables: BTreeSet<String> = uses.iter().filter_map(|used| of(&used.held.name)).collect();
    // One that is there may be no word of any use.
    variables.extend(suffix.variable().filter(|held| !held.is_new).map(|held| held.name.clone()));
    for variable in told(draft.scene(), place, texts, variables, &mut changed.variables) {
        let besides = besides(place, texts, all, &variable);
        if besides.docker {
            if uses.iter().any(|used| used.is_one_of) {
                return Err(Withheld::because(format!(
                    "`${variable}` holds this name in one place, and other names or an image in others"
                )));
            }
            // It names an image, too: each use gets the run.
            continue;
        }
        define(draft, renaming, &variable)?;
        read_by_shell(draft, renaming, &variable)?;
        if let Some(program) = besides.program {
            changed.doubts.push(format!("`{program}` is given `${variable}` as well"));
        }
        changed.variables.insert(variable);
    }
    for used in uses {
        if of(&used.held.name).is_some_and(|name| changed.variables.contains(&name)) {
            continue;
        }
        if let Some(text) = texts.get(used.text) {
            append::to_use(draft, text, used, suffix)?;
        }
    }
    Ok(changed)
}

/// The variables that say the name: of `NAME: ${{ env.CONTAINER }}` the latter. The former goes to `read`: it follows.
fn told(
    scene: &Scene<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    variables: BTreeSet<String>,
    read: &mut BTreeSet<String>,
) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for variable in variables {
        match alias(scene, place, texts, &variable) {
            Some(other) => {
                read.insert(variable);
                told.insert(other);
            }
            None => drop(told.insert(variable)),
        }
    }
    told
}

/// The variable that another one is everywhere it is set.
fn alias(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], variable: &str) -> Option<String> {
    let all = definitions(scene, place, texts, variable);
    let of = |definition: &Definition| match definition {
        Definition::Entry(_, value) => {
            let inner = value.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim().strip_prefix("env.")?;
            is_variable(inner).then(|| inner.to_owned())
        }
        Definition::Word { .. } => None,
    };
    let first = all.first().and_then(of).filter(|other| other != variable)?;
    all.iter().all(|definition| of(definition).as_ref() == Some(&first)).then_some(first)
}

/// Whether a name is a variable, and nothing else.
pub fn is_one(name: &Value) -> bool {
    of(name).is_some()
}

/// The variable that a name is, and nothing else.
pub fn of(name: &Value) -> Option<String> {
    let shown = name.to_string();
    let inner = shown.strip_prefix("${{ env.").and_then(|rest| rest.strip_suffix(" }}"));
    let inner = inner.or_else(|| shown.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')))?;
    let inner = inner.split([':', '-', '=']).next().unwrap_or(inner);
    let plain = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let only = name.parts().len() == 1;
    (plain && only).then(|| inner.to_owned())
}

/// Whether a script takes a variable apart: `${NAME%-*}`, `${NAME/db/cache}`, `${NAME:0:3}`.
fn is_cut(script: &str, variable: &str) -> bool {
    let start = format!("${{{variable}");
    script.match_indices(&start).any(|(at, _)| {
        let mut rest = script[at + start.len()..].chars();
        match rest.next() {
            Some(':') => rest.next().is_some_and(|c| c.is_ascii_digit() || c == ' '),
            operator => operator.is_some_and(|operator| "%#/^,@".contains(operator)),
        }
    })
}

/// Changes the definitions of a variable that hold the name.
fn define(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>, variable: &str) -> Result<(), Withheld> {
    let Renaming { place, texts, name, suffix, .. } = *renaming;
    if texts.iter().any(|text| is_cut(text.value(), variable)) {
        return Err(Withheld::because(format!(
            "only a part of `${variable}` is used in one place (`${{{variable}%…}}`)"
        )));
    }
    let all = definitions(draft.scene(), place, texts, variable);
    let literal = name.value.as_literal();
    let fits = |value: &str| {
        literal.is_none_or(|literal| reference::same(name.kind, &Value::literal(value), &Value::literal(literal)))
    };
    let chosen: Vec<&Definition> = all
        .iter()
        .filter(|definition| match definition {
            Definition::Entry(_, value) | Definition::Word { value, .. } => fits(value),
        })
        .collect();
    let several = literal.is_none() && chosen.len() > 1;
    if chosen.is_empty() || several {
        let how = match (chosen.is_empty(), all.is_empty()) {
            (false, _) => "is set in several places",
            (true, true) => "is set where it cannot be edited",
            (true, false) => "is put together where it is set: put the run's id into it there",
        };
        return Err(Withheld::because(format!("the name comes from `${variable}`, which {how}")));
    }
    let entry = chosen.iter().any(|definition| matches!(definition, Definition::Entry(..)));
    let in_workflow_env = entry && place.analysed.workflow.env.get(variable).is_some();
    if in_workflow_env && suffix.is_of_a_leg() {
        return Err(Withheld::because(format!("`{variable}` is set for all jobs, where the matrix leg is not known")));
    }
    let job_id = format!("-{}", place.job.job.id.value());
    let behind = suffix.expression.strip_prefix(&job_id);
    if in_workflow_env && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with("-$")) {
        return Err(Withheld::because(format!("`{variable}` is set for all jobs, and several of them make the name")));
    }
    let in_job_env = place.job.job.env.get(variable).is_some();
    for definition in chosen {
        match definition {
            Definition::Entry(at, value) => match suffix.replaces(value) {
                0 => draft.insert(at, false, &suffix.expression())?,
                cut => {
                    let tag = Span::new(at.span.end - cut, at.span.end);
                    draft.replace(&Location { span: tag, ..at.clone() }, &suffix.expression())?;
                }
            },
            Definition::Word { text, word, end, .. } => {
                let Some(text) = texts.get(*text) else { continue };
                // Where nobody sets it, at a desk, the name stays.
                let start = text.value().get(..word.span.start).unwrap_or_default();
                let is_default = [":-", "-"].iter().any(|sign| start.ends_with(&format!("${{{variable}{sign}")));
                if is_default && in_job_env {
                    continue;
                }
                // What sets the variable cannot say it.
                let is_own = suffix.variable().is_some_and(|held| held.name == variable) && !in_job_env;
                let written_out = suffix.clone().written_out();
                let suffix = if is_own { &written_out } else { suffix };
                append::to_word(draft, text, word, *end, false, suffix)?;
            }
        }
    }
    Ok(())
}

/// Lets the shell read a variable that the runner put into scripts so far: its value has an expression in it from now
/// on.
///
/// # Errors
/// When a use cannot be edited.
pub fn read_by_shell(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>, variable: &str) -> Result<(), Withheld> {
    let Renaming { place, texts, uses, .. } = *renaming;
    let job = &place.job.job;
    if [&place.analysed.workflow.env, &job.env].iter().all(|vars| vars.get(variable).is_none()) {
        return Ok(());
    }
    let is_shell = |text: &ShellText| {
        let posix = |shell: Option<&str>| shell.map_or_else(|| place.is_posix(), is_posix);
        text.own_step(place).is_some_and(|step| posix(step.shell.as_ref().map(|shell| shell.value.value())))
    };
    for used in uses.iter().filter(|used| !used.nested) {
        let Some(text) = texts.get(used.text).filter(|text| text.has_job_env() && is_shell(text)) else { continue };
        for piece in &used.word.pieces {
            let Part::Expression(inner) = &piece.part else { continue };
            if inner.trim().strip_prefix("env.") != Some(variable) {
                continue;
            }
            let new = match text.script.context(text.value(), piece.span.start) {
                Context::Bare => format!("\"${variable}\""),
                Context::Double => format!("${{{variable}}}"),
                _ => continue,
            };
            if let Some(at) = text.location(piece.span.clone()) {
                draft.replace(&at, &new)?;
            }
        }
    }
    Ok(())
}

fn definitions(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], variable: &str) -> Vec<Definition> {
    let mut all = Vec::new();
    let job = &place.job.job;
    let container = job.container.iter().map(|container| &container.value.env);
    let steps = place.steps_with_values().map(|step| &step.env);
    let source = place.tree.source();
    for vars in [&place.analysed.workflow.env, &job.env].into_iter().chain(container).chain(steps) {
        all.extend(entry(vars, variable, source));
    }
    for (index, text) in texts.iter().enumerate() {
        in_text(text, index, variable, &mut all);
    }
    if all.is_empty() {
        all.extend(of_action(scene, place, variable));
    }
    all
}

/// Where a step of the job gives a local action the input that a variable of its steps is.
fn of_action(scene: &Scene<'_>, place: &Place<'_>, variable: &str) -> Vec<Definition> {
    let Some(files) = scene.files else { return Vec::new() };
    let given = place.job.job.steps.iter().filter_map(|step| {
        let uses = step.uses.as_ref()?.value.value();
        let action = files.action(&local_action(files, uses).ok()?)?;
        let Runs::Composite { steps } = &action.runs else { return None };
        let mut inputs: Vec<&str> = Vec::new();
        for var in steps.iter().filter_map(|step| step.env.get(variable)) {
            let inner = var.text.as_ref()?.value().trim().strip_prefix("${{")?.strip_suffix("}}")?;
            inputs.push(inner.trim().strip_prefix("inputs.")?);
        }
        inputs.dedup();
        match inputs.as_slice() {
            [input] => entry(&step.with, input, place.tree.source()),
            _ => None,
        }
    });
    given.collect()
}

fn entry(vars: &Vars, variable: &str, source: &crate::source::Source) -> Option<Definition> {
    let text = vars.get(variable)?.text.as_ref()?;
    let value = text.value();
    let last = value.char_indices().next_back()?.0;
    let at = source.location(text.exact(last..value.len())?);
    Some(Definition::Entry(at, value.to_owned()))
}

fn in_text(text: &ShellText, index: usize, variable: &str, all: &mut Vec<Definition>) {
    let mut push = |word: &Word, value: String, end: usize| {
        all.push(Definition::Word { text: index, word: word.clone(), end, value });
    };
    let lead = format!("{variable}=");
    text.script.visit(&mut |node| match node {
        Node::Statement(statement) => {
            if let StatementKind::For { variable: over, words: Some(words), .. } = &statement.kind
                && over == variable
            {
                for word in words {
                    let end = word.pieces.last().map(|piece| piece.span.end);
                    if let (Some(value), Some(end)) = (word.literal(), end) {
                        push(word, value.into_owned(), end);
                    }
                }
            }
            for assignment in statement.command().into_iter().flat_map(|command| &command.assignments) {
                let AssignedValue::Word(word) = &assignment.value else { continue };
                let end = word.pieces.last().map(|piece| piece.span.end);
                // A default in it is met as a word of its own.
                let is_own = assignment.name == variable && !has_default(word);
                if let (true, Some(end)) = (is_own, end) {
                    push(word, text.arg(word).value.to_string(), end);
                }
            }
        }
        Node::Word(word) => {
            for piece in &word.pieces {
                let Part::Parameter(parameter) = &piece.part else { continue };
                let operation = parameter.operation.as_ref().filter(|_| parameter.name == variable);
                let operation =
                    operation.filter(|operation| matches!(operation.operator.as_str(), "-" | ":-" | "=" | ":="));
                let Some(operation) = operation else { continue };
                if let (Some(value), Some(last)) = (operation.word.literal(), operation.word.pieces.last()) {
                    push(&operation.word, value.into_owned(), last.span.end);
                }
            }
            // `export X=pg`, `echo "X=pg" >> "$GITHUB_ENV"`.
            let shown = text.arg(word).value.to_string();
            if let (Some(value), Some(last)) = (shown.strip_prefix(&lead), word.pieces.last()) {
                push(word, value.to_owned(), last.span.end);
            }
        }
    });
}

/// Whether a word is nothing but `${X:-pg}`.
fn has_default(word: &Word) -> bool {
    let [piece] = word.pieces.as_slice() else { return false };
    let Part::Parameter(parameter) = &piece.part else { return false };
    parameter.operation.as_ref().is_some_and(|operation| matches!(operation.operator.as_str(), "-" | ":-"))
}

/// Whether a variable is an image, a port or a label of docker's as well.
pub fn is_dockers_besides(renaming: &Renaming<'_, '_>, variable: &str) -> bool {
    besides(renaming.place, renaming.texts, renaming.all, variable).docker
}

/// What else a variable is used for.
fn besides(place: &Place<'_>, texts: &[ShellText], uses: &[Use], variable: &str) -> Besides {
    let mut besides = Besides::default();
    for (index, text) in texts.iter().enumerate() {
        for written in text.commands() {
            let program = written.program.as_str();
            if matches!(program, "echo" | "printf" | "export" | "local" | "readonly" | "declare" | "test" | "[" | "log")
            {
                continue;
            }
            let is_docker = written.call.is_some();
            for word in mentions(written, variable) {
                let is_use = uses.iter().any(|used| used.text == index && used.word.span == word.span);
                if is_use || word_is_address(text, word) {
                    continue;
                }
                if is_docker {
                    besides.docker = true;
                } else if besides.program.is_none() && !is_followed(place, text, written) {
                    besides.program = Some(program.to_owned());
                }
            }
        }
    }
    besides
}

/// Whether a command calls a script whose own commands are all known: what becomes of its arguments is seen there.
fn is_followed(place: &Place<'_>, text: &ShellText, written: &Command) -> bool {
    let Some(at) = text.location(written.statement.clone()) else { return false };
    let trace = &place.job.trace;
    let is_it = |called: &Location| called.path == at.path && at.span.contains(called.span);
    let called = |act: &&Act| act.chain.iter().any(|link| is_it(&link.location));
    let mut called = trace.acts.iter().filter(called).map(|act| act.frame.source.path()).peekable();
    let is_open = |path: &Arc<str>| trace.unfollowed.iter().any(|call| is_it(&call.at) || call.at.path == *path);
    called.peek().is_some() && !called.any(is_open)
}

/// The words of a command that say a variable.
pub fn mentions<'t>(written: &'t Command, variable: &'t str) -> impl Iterator<Item = &'t Word> {
    written.words.iter().filter(move |word| {
        word.pieces.iter().any(|piece| match &piece.part {
            Part::Parameter(parameter) => parameter.name == variable,
            Part::Expression(text) => text.strip_prefix("env.") == Some(variable),
            _ => false,
        })
    })
}

/// Whether a word holds an address: a host name follows its container's.
fn word_is_address(text: &ShellText, word: &Word) -> bool {
    text.value().get(word.span.clone()).is_some_and(|raw| raw.contains("://") || raw.contains('@'))
}
