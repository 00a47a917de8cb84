//! A name that a script makes up: it is handed on to the step at the end of the job, before anything has it.

use std::ops::Range;

use crate::command::Arg;
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::untrusted::is_variable;
use crate::rewrite::{Draft, Place, Withheld};
use crate::shell::{self, Node, Statement, StatementKind};
use crate::symbol::{Part, Value};
use crate::trace::Act;
use crate::workflow::Step;

/// Contexts of which no part is a stranger's text: a line break in one would set other variables.
const PLAIN: [&str; 6] =
    ["github.run_id", "github.run_attempt", "github.run_number", "github.job", "github.sha", "matrix."];

/// Programs that print one line of letters, whoever runs the workflow.
const MAKERS: [&str; 9] = ["date", "hexdump", "hostname", "id", "mktemp", "od", "openssl", "uuidgen", "xxd"];

/// Lets the creating script of the workflow write the variable that holds a name to `$GITHUB_ENV`, right behind where it
/// is set, and gives back the word by which later steps have it. Nothing where the script may not come to that, or
/// something else may read the variable.
///
/// # Errors
/// When the line cannot be edited.
pub(super) fn hand_on(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    act: &Act,
    written: &Arg,
    name: &Value,
) -> Result<Option<String>, Withheld> {
    let step = place.step(act.step).filter(|_| place.is_posix());
    let Some((step, run)) = step.and_then(|step| Some((step, step.run.as_ref()?))) else { return Ok(None) };
    let text = &act.frame.text;
    if run.value.text.whole() != text.whole() || act.at.path != place.analysed.path || !is_plain(name) {
        return Ok(None);
    }
    let script = text.value();
    let Some(variable) = script.get(written.span.clone()).and_then(variable_in) else { return Ok(None) };
    let Some(set) = set_once(script, variable).filter(|set| set.end <= offset(act)) else { return Ok(None) };
    if !is_free(place, step, variable) {
        return Ok(None);
    }
    let line = script[..set.start].rsplit('\n').next().unwrap_or_default();
    let from = script[..set.end].char_indices().next_back().map_or(0, |(at, _)| at);
    let Some(at) = text.exact(from..set.end) else { return Ok(None) };
    let new = format!("\n{line}echo \"{variable}=${variable}\" >> \"$GITHUB_ENV\"");
    draft.insert(&act.frame.source.location(at), false, &new)?;
    Ok(Some(format!("\"${variable}\"")))
}

/// Where a script sets a variable, in a line of its own and nowhere else.
fn set_once(script: &str, variable: &str) -> Option<Range<usize>> {
    let parsed = shell::parse(script);
    let mut times = 0;
    parsed.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let assigned = statement.command().into_iter().flat_map(|command| &command.assignments);
        times += assigned.filter(|one| one.name == variable).count();
        times += usize::from(matches!(&statement.kind, StatementKind::For { variable: own, .. } if *own == variable));
    });
    let set = parsed.body.iter().find(|statement| sets(statement, variable)).filter(|_| times == 1)?.span.clone();
    let before = script[..set.start].rsplit('\n').next().unwrap_or_default();
    let behind = script[set.end..].split('\n').next().unwrap_or_default();
    (before.trim().is_empty() && behind.trim().is_empty() && !script[set.clone()].contains('\n')).then_some(set)
}

/// Whether nothing in the job but one step says a variable: what that step hands on, all that comes later has.
fn is_free(place: &Place<'_>, step: &Step, variable: &str) -> bool {
    let says = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == variable);
    let source = place.tree.source();
    let job = &place.job.job;
    let in_steps =
        job.steps.iter().filter(|other| other.index != step.index).any(|other| says(source.slice(other.span)));
    let layers = [&place.analysed.workflow.env, &job.env, &step.env];
    let container = job.container.iter().map(|container| &container.value.env);
    let is_set = layers.into_iter().chain(container).any(|vars| vars.get(variable).is_some());
    let texts = ShellText::of_job(place);
    let in_scripts = texts.iter().filter(|text| text.source.path() != source.path()).any(|text| says(text.value()));
    let in_stacks = place.job.stacks.values().flat_map(|stack| &stack.sources).any(|source| says(source.text()));
    !in_steps && !is_set && !in_scripts && !in_stacks
}

/// Whether a name is put together from what no stranger writes.
fn is_plain(name: &Value) -> bool {
    name.parts().iter().all(|part| match part {
        Part::Literal(_) => true,
        Part::OneOf(values) => values.iter().all(is_plain),
        Part::Opaque(opaque) => {
            let source = &*opaque.source;
            let program = source.strip_prefix("$(").and_then(|inner| inner.split_whitespace().next());
            PLAIN.iter().any(|plain| source.starts_with(plain))
                || matches!(source, "$RANDOM" | "$$")
                || program.is_some_and(|program| MAKERS.contains(&program))
        }
    })
}

/// The variable of a word that is nothing else: `"$PG"`, `${PG}`.
fn variable_in(word: &str) -> Option<&str> {
    let word = word.trim_matches('"').strip_prefix('$')?;
    let name = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')).unwrap_or(word);
    // A short one, or one that programs know, may mean something to a later step.
    (is_variable(name) && name.contains('_') && !name.starts_with("GITHUB_") && !name.starts_with("DOCKER_"))
        .then_some(name)
}

/// Whether a statement sets a variable and does nothing else.
fn sets(statement: &Statement, variable: &str) -> bool {
    let is_it = |command: &shell::Command| {
        matches!(command.assignments.as_slice(), [only] if only.name == variable && !only.append)
            && command.words.is_empty()
    };
    !statement.background && !statement.negated && statement.command().is_some_and(is_it)
}

/// Where in its script an act begins.
fn offset(act: &Act) -> usize {
    let runs = act.frame.text.runs();
    let run = runs.iter().find(|run| run.file <= act.at.span.start && act.at.span.start < run.file + run.len);
    run.map_or(0, |run| run.text + act.at.span.start - run.file)
}
