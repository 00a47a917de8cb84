//! The new name as a step of its own says it.

use std::collections::BTreeSet;

use super::super::untrusted::{is_variable, quote};
use super::held;
use super::renaming::Renaming;

/// The new name as a word of the job's scripts, where none of its own says it. `variables` say it from now on.
pub fn new_word(renaming: &Renaming<'_, '_>, variables: &BTreeSet<String>) -> Option<String> {
    let Renaming { place, name, suffix, .. } = *renaming;
    if let Some(variable) = suffix.variable() {
        return Some(format!("\"${}\"", variable.name));
    }
    // A step's own variable of that name, or one that a script sets, may say another: the job's is what counts here.
    let is_everywhere = |variable: &&String| {
        let vars = [&place.job.job.env, &place.analysed.workflow.env];
        let told = vars.iter().find_map(|vars| vars.get(variable)).and_then(|var| var.text.as_ref());
        told.is_some_and(|told| name.value.as_literal().is_none_or(|literal| told.value() == literal))
    };
    if let Some(told) = variables.iter().find(is_everywhere) {
        return Some(format!("\"${told}\""));
    }
    if let Some(word) = by_expressions(renaming) {
        return Some(word);
    }
    let literal = name.value.as_literal().filter(|literal| held::is_plain(literal))?;
    let stem = literal.get(..literal.len() - suffix.replaces(literal))?;
    Some(quote::around(&format!("{stem}{}", suffix.expression())))
}

/// The same by the workflow's variables, where the job writes it so: `$IMAGE` for `${{ env.IMAGE }}:latest`, with the
/// run. Whoever changes the variable then changes both.
fn by_expressions(renaming: &Renaming<'_, '_>) -> Option<String> {
    let Renaming { place, texts, name, uses, suffix, .. } = *renaming;
    let literal = name.value.as_literal()?;
    let job = &place.job.job;
    let envs = || place.steps_with_values().map(|step| &step.env).chain([&job.env]);
    let is_own = |variable: &str| envs().any(|env| env.get(variable).is_some());
    let told = |expression: &str| {
        let variable = expression.trim().strip_prefix("env.").filter(|name| is_variable(name))?;
        // Other jobs that build the image remove it as well.
        let var = place.analysed.workflow.env.get(variable).filter(|_| !is_own(variable))?;
        Some(var.text.as_ref()?.value().to_owned())
    };
    let means = |written: &str| -> Option<String> {
        let (first, rest) = written.split_once("${{")?;
        rest.split("${{").try_fold(first.to_owned(), |text, part| {
            let (expression, plain) = part.split_once("}}")?;
            Some(text + &told(expression)? + plain)
        })
    };
    let written = uses.iter().filter(|used| !used.nested).filter_map(|used| {
        let text = texts.get(used.text).filter(|text| text.has_job_env())?;
        Some(text.value().get(used.held.arg.span.clone())?.trim_matches(['"', '\'']))
    });
    let written = written.into_iter().find(|written| means(written).as_deref() == Some(literal))?;
    let stem = written.get(..written.len() - suffix.replaces(written))?;
    let (first, rest) = stem.split_once("${{")?;
    // An expression in a script would be code.
    let stem = rest.split("${{").try_fold(first.to_owned(), |text, part| {
        let (expression, plain) = part.split_once("}}")?;
        let variable = expression.trim().strip_prefix("env.")?;
        let goes_on = plain.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        Some(if goes_on { format!("{text}${{{variable}}}{plain}") } else { format!("{text}${variable}{plain}") })
    })?;
    Some(quote::around(&format!("{stem}{}", suffix.expression())))
}
