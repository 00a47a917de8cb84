//! Names that end in a variable (`shop:$DOCKER_TAG`): where the variable says nothing else, the run goes into its
//! value.

use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Scene, Withheld};
use super::held::is_plain;
use super::printed::{handed_on, is_print};
use super::reference::same;
use super::renaming::Renaming;
use super::{Suffix, leftover, variable};
use crate::source::{Location, Source, Span};
use crate::symbol::{Part, Value};
use crate::workflow::{Var, Vars};

/// The variable that a name ends in.
#[derive(Clone, Debug)]
pub struct Tail {
    /// The variable.
    pub name: String,
    /// The end of its value.
    at: Location,
    /// What a script of the job calls the whole name, within double quotes.
    pub word: String,
}

impl Tail {
    /// The variable of the workflow's or the job's `env:` that every use of a name ends in, when the name is all that
    /// it is used for.
    pub fn of(scene: &Scene<'_>, renaming: &Renaming<'_, '_>) -> Option<Self> {
        let Renaming { place, texts, name, uses, all, suffix, .. } = *renaming;
        let literal = name.value.as_literal().filter(|literal| is_plain(literal))?;
        let held = &uses.first()?.held.name;
        let last = variable::of(&last_part(held)?)?;
        let ends_so = |name: &Value| {
            name.parts().len() > 1 && last_part(name).and_then(|part| variable::of(&part)).as_ref() == Some(&last)
        };
        if !all.iter().all(|used| ends_so(&used.held.name) && !used.is_one_of) {
            return None;
        }
        let layers = [&place.analysed.workflow.env, &place.job.job.env];
        let [var] = layers.into_iter().filter_map(|vars| vars.get(&last)).collect::<Vec<_>>()[..] else { return None };
        let value = var.text.as_ref().filter(|text| is_plain(text.value()) && literal.ends_with(text.value()))?;
        let in_workflow = place.analysed.workflow.env.get(&last).is_some();
        // No job of its own, and no leg of a matrix, is known where all jobs' variables are set.
        let needs_job = suffix.is_of_a_leg() || !suffix.expression.starts_with("-${{");
        if var.merged || place.job.job.shared || in_workflow && needs_job {
            return None;
        }
        let resolved = |text: &str| {
            let mut text = text.to_owned();
            for form in [format!("${{{{ env.{last} }}}}"), format!("${{{last}}}"), format!("${last}")] {
                text = text.replace(&form, value.value());
            }
            text
        };
        let mut explained = vec![(place.tree.source().path().clone(), var.span)];
        for used in all {
            let text = texts.get(used.text)?;
            explained.push((text.source.path().clone(), text.text.span(used.word.span.clone())));
        }
        explain_commands(texts, &last, |text| resolved(text) == literal, &mut explained);
        for step in &place.job.job.steps {
            let says_it = |var: &&Var| var.text.as_ref().is_some_and(|text| resolved(text.value()) == literal);
            let path = place.tree.source().path();
            let values = step.env.entries.iter().chain(&step.with.entries).filter(says_it);
            explained.extend(values.map(|var| (path.clone(), var.span)));
            explained.extend(step.name.iter().map(|name| (path.clone(), name.span)));
        }
        for stack in place.job.stacks.values() {
            let named = |image: &Value| same(name.kind, image, &name.value);
            let services = stack.services.iter().filter(|service| service.image.as_ref().is_some_and(named));
            explained.extend(services.filter_map(|service| {
                let at = service.image_at.as_ref()?;
                Some((at.path.clone(), at.span))
            }));
        }
        let scripts = texts.iter().map(|text| &text.source);
        let composed = place.job.stacks.values().flat_map(|stack| &stack.sources);
        let mut sources: Vec<&Source> = std::iter::once(place.tree.source()).chain(scripts).chain(composed).collect();
        sources.dedup_by(|one, other| one.path() == other.path());
        let is_explained = |source: &Source| {
            said(source.text(), &last).all(|at| {
                explained.iter().any(|(path, span)| *path == *source.path() && span.start <= at && at < span.end)
            })
        };
        if !sources.into_iter().all(is_explained) || leftover::programs_say(scene, place, texts, &last) {
            return None;
        }
        let end = value.value().char_indices().next_back()?.0;
        let at = place.tree.source().location(value.exact(end..value.value().len())?);
        let word = word(held, &layers)?;
        Some(Self { name: last, at, word })
    }

    /// Where services of compose files say their images by it.
    pub fn places(&self, scene: &Scene<'_>, place: &Place<'_>) -> Vec<Location> {
        let services = place.job.stacks.values().flat_map(|stack| &stack.services);
        let says_it = |at: &&Location| {
            scene.source(&at.path).is_some_and(|source| said(source.slice(at.span), &self.name).next().is_some())
        };
        services.filter_map(|service| service.image_at.as_ref()).filter(says_it).cloned().collect()
    }

    /// Puts the run into its value.
    ///
    /// # Errors
    /// When it cannot be edited.
    pub fn define(&self, draft: &mut Draft<'_>, suffix: &Suffix) -> Result<(), Withheld> {
        draft.insert(&self.at, false, &suffix.expression())
    }
}

fn last_part(name: &Value) -> Option<Value> {
    match name.parts().last()? {
        Part::Opaque(opaque) => Some(Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty)),
        Part::Literal(_) | Part::OneOf(_) => None,
    }
}

/// Where words of commands other than docker's say it: all of the name, or what is only printed. What goes into a file,
/// a pipe or another word is handed on.
fn explain_commands(
    texts: &[ShellText],
    variable: &str,
    is_name: impl Fn(&str) -> bool,
    explained: &mut Vec<(std::sync::Arc<str>, Span)>,
) {
    for text in texts {
        let handed_on = handed_on(&text.script);
        for written in text.commands().iter().filter(|written| written.call.is_none()) {
            let at = written.statement.start;
            let is_shown = is_print(written) && !written.nested && !handed_on.iter().any(|range| range.contains(&at));
            let all = variable::mentions(written, variable);
            let all = all.filter(|word| is_shown || is_name(&text.arg(word).value.to_string()));
            explained.extend(all.map(|word| (text.source.path().clone(), text.text.span(word.span.clone()))));
        }
    }
}

/// Where a text says a word.
fn said<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].ends_with(is_part) && !text[*at + word.len()..].starts_with(is_part))
}

/// The name as its uses say it, where every step of the job knows what they say.
fn word(held: &Value, layers: &[&Vars]) -> Option<String> {
    let mut word = String::new();
    for part in held.parts() {
        match part {
            Part::Literal(text) if is_plain(text) => {
                // `$NAME` ends where no name goes on.
                if text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                    && let Some(at) = word.rfind('$')
                {
                    word = format!("{}${{{}}}", &word[..at], &word[at + 1..]);
                }
                word.push_str(text);
            }
            Part::Opaque(opaque) => {
                let name = variable::of(&Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty))?;
                layers.iter().find_map(|vars| vars.get(&name))?;
                word.push('$');
                word.push_str(&name);
            }
            Part::Literal(_) | Part::OneOf(_) => return None,
        }
    }
    Some(word)
}
