//! A process that a step leaves behind: its number is kept, and a step at the end of the job stops it.

use super::condition;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::host::named::starts_others;
use crate::rewrite::reap::END_THE_LOOP;
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::step::NewStep;
use crate::rewrite::{Draft, Place, Scene, Withheld};
use crate::shell::Statement;
use crate::source::Span;
use crate::trace::{Act, ActKind};

/// Programs that may start others, beside those that are known for it, and do not always take them along when they end.
const MAY_START_OTHERS: [&str; 4] = ["bash", "java", "sh", "sudo"];

/// The fix.
pub(super) fn stopped(scene: &Scene<'_>, place: &Place<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let act = place.job.trace.acts.iter().find(|act| act.at == finding.location);
    let act = act.ok_or_else(|| Withheld::because("no command of the job stands there"))?;
    let ActKind::Command { program, .. } = &act.kind else {
        return Err(Withheld::because("it is not known how this process should be stopped"));
    };
    let texts = ShellText::of_job(place);
    let (text, end) = started(place, act, &texts)?;
    let name = variable(program);
    if holds_word(place, &name) {
        return Err(Withheld::because(format!("something in the workflow is called `{name}` already")));
    }
    let mut draft = Draft::new(scene);
    let at = text.location(end..end).ok_or_else(unclear)?;
    let indent = indent(text, end);
    draft.replace(&at, &format!("\n{indent}echo \"{name}=$!\" >> \"$GITHUB_ENV\""))?;
    let step = NewStep {
        name: format!("Stop {program}"),
        condition: Some(condition::always(&[])),
        shell: (!place.is_posix()).then(|| "bash".to_owned()),
        run: Some(format!("kill \"${name}\" || true")),
        ..NewStep::default()
    };
    let job = &place.job.job;
    draft.insert_step(&place.analysed.path, job, super::end::behind_the_work(job), &step)?;
    let mut doubts = vec!["if it has ended by then, another process may have its pid".to_owned()];
    if starts_others(program) || MAY_START_OTHERS.contains(&program.as_str()) || program.ends_with(".sh") {
        doubts.push(format!("processes that `{program}` starts may keep running"));
    }
    draft.finish("teardown", Applicability::Unsafe, format!("stop `{program}` by its pid"), Some(doubts.join("; ")))
}

/// The text in which a process is started, and where the line of its command ends: behind the `&`, and nothing else.
fn started<'t>(place: &Place<'_>, act: &Act, texts: &'t [ShellText]) -> Result<(&'t ShellText, usize), Withheld> {
    let context = &act.context;
    if context.restarted {
        return Err(Withheld::because(format!(
            "a loop starts it, and may do so again whenever it ends: {END_THE_LOOP}"
        )));
    }
    let own = act.at.path == place.analysed.path && act.chain.is_empty();
    if !own || context.in_loop || context.conditional || !context.functions.is_empty() || context.substituted {
        return Err(Withheld::because("it is not started exactly once, by a step of the job itself"));
    }
    let near = texts.iter().filter(|text| *text.source.path() == act.at.path);
    let text = near.into_iter().find(|text| text.text.whole().contains(act.at.span)).ok_or_else(unclear)?;
    let mut found: Option<&Statement> = None;
    // Only what stands by itself: in a group or a pipe the number would be another's.
    for statement in &text.script.body {
        let is_own = |span: Span| span.start <= act.at.span.start && act.at.span.end <= span.end;
        if statement.background && statement.command().is_some() && is_own(text.text.span(statement.span.clone())) {
            found = Some(statement);
        }
    }
    let end = found.ok_or_else(unclear)?.span.end;
    let rest = text.value().get(end..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let behind = line.trim_start().strip_prefix('&').unwrap_or(line);
    match behind.trim().is_empty() {
        true => Ok((text, end + line.trim_end().len())),
        false => Err(Withheld::because("another command follows on its line: give each a line of its own")),
    }
}

/// The indentation of the line on which a command begins.
fn indent(text: &ShellText, end: usize) -> String {
    let line = text.value().get(..end).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    line.chars().take_while(|c| *c == ' ' || *c == '\t').collect()
}

/// `./platform-server` is `PLATFORM_SERVER_PID`.
fn variable(program: &str) -> String {
    let stem = program.rsplit('/').next().unwrap_or(program);
    let stem = stem.strip_suffix(".sh").unwrap_or(stem);
    let word: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let word = word.trim_matches('_');
    let lead = if word.starts_with(|c: char| c.is_ascii_digit()) || word.is_empty() { "SERVER_" } else { "" };
    format!("{lead}{word}_PID")
}

/// Whether the workflow says a word.
fn holds_word(place: &Place<'_>, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let text = place.tree.source().text();
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

fn unclear() -> Withheld {
    Withheld::because("its command is written in a way that cannot be edited: change it by hand")
}
