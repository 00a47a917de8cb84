//! Names that compose derives from a project's: `shop_default`, `shop-web-1`, `shop_data`, and those that its files give
//! by hand with the project's in them. Whoever says one follows the project.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::shell_text::{Command, ShellText};
use super::super::{Draft, Place, Withheld};
use super::said::Said;
use super::{Name, NameKind, Suffix, append, listing, reference};
use crate::docker::is_name_letter;
use crate::lifecycle::resource::ResourceKind;
use crate::shell::Word;
use crate::workflow::Var;

/// The label that compose gives to all that is a project's.
const LABEL: &str = "com.docker.compose.project=";

/// What is known of the names that a project gives.
struct Derived<'p> {
    /// The project's own.
    project: &'p str,
    services: BTreeSet<&'p str>,
    /// Those of them that compose builds, and whose images it names.
    built: BTreeSet<&'p str>,
    /// What compose files name after it by hand.
    given: BTreeSet<&'p str>,
    /// Networks and volumes that the job makes by commands.
    made: BTreeSet<String>,
}

/// Changes them along, in the job and in others. Gives back who says one and cannot follow.
///
/// # Errors
/// When one stands where it cannot be changed.
pub fn change(draft: &mut Draft<'_>, place: &Place<'_>, name: &Name, suffix: &Suffix) -> Result<Vec<String>, Withheld> {
    let stack = place.job.stacks.get(&name.act);
    let services: BTreeSet<&str> =
        stack.iter().flat_map(|stack| &stack.services).map(|service| service.id.as_str()).collect();
    let made = place.job.resources.iter().filter(|resource| resource.kind != ResourceKind::Project);
    let made = made.filter_map(|resource| resource.name.as_ref()?.as_literal().map(str::to_owned)).collect();
    let Some(project) = name.value.as_literal().filter(|project| !project.is_empty()) else {
        return unnamed(place, &services).map_or(Ok(Vec::new()), |word| {
            Err(Withheld::because(format!(
                "`{word}` may be a name that compose makes from the project's, which is not known"
            )))
        });
    };
    let built =
        stack.iter().flat_map(|stack| &stack.services).filter(|service| service.builds && service.image.is_none());
    let built = built.map(|service| service.id.as_str()).collect();
    let given: BTreeSet<&str> =
        stack.iter().flat_map(|stack| &stack.named_after_project).filter_map(|name| name.as_literal()).collect();
    let derived = Derived { project, services, built, given, made };
    let mut doubts = Vec::new();
    let texts = ShellText::of_job(place);
    for text in texts.iter() {
        for (word, range, nested) in derived.in_text(text) {
            in_script(draft, text, &word, range, nested, suffix)?;
        }
    }
    derived.in_values(draft, place, suffix)?;
    let said = Said::of(draft.scene(), place, &texts);
    doubts.extend(said.programs_saying(&|word| derived.is_one(word)));
    for other in (0..place.analysed.jobs.len()).filter_map(|at| place.of(at)) {
        if std::ptr::eq(other.job, place.job) {
            continue;
        }
        // Another job's own project of that name gives names of its own.
        let makes = other.job.resources.iter().any(|resource| {
            resource.kind == ResourceKind::Project
                && resource.name.as_ref().is_some_and(|theirs| theirs.same(&name.value).is_yes())
        });
        for text in ShellText::of_job(&other).iter().filter(|_| !makes) {
            for (word, range, nested) in derived.in_text(text) {
                if suffix.is_of_a_leg() || !text.is_workflow {
                    let id = other.job.job.id.value();
                    return Err(Withheld::because(format!(
                        "the job `{id}` uses `{}`, a name that compose makes from the project's",
                        text.value().get(word.span.clone()).unwrap_or(project)
                    )));
                }
                in_script(draft, text, &word, range, nested, &suffix.clone().written_out())?;
            }
        }
    }
    Ok(doubts)
}

/// Changes one in a script.
fn in_script(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    range: Range<usize>,
    nested: bool,
    suffix: &Suffix,
) -> Result<(), Withheld> {
    match suffix.variable() {
        Some(_) if text.has_job_env() => append::to_variable(draft, text, word, range, nested, suffix),
        None if text.is_workflow => append::insert(draft, text, range.end, &suffix.expression),
        variable => {
            let new = match variable {
                Some(held) => held.in_script(text)?,
                None => format!("{}{}", &text.value()[range.clone()], suffix.script(text)?),
            };
            append::in_place(draft, text, word, range, &new)
        }
    }
}

impl Derived<'_> {
    /// Whether a word is one that compose makes of the project's name, whoever says it.
    fn is_one(&self, word: &str) -> bool {
        let rest = word.strip_prefix(self.project).and_then(|rest| rest.strip_prefix(['-', '_']));
        let is_made = self.made.contains(word);
        rest.is_some_and(|rest| !is_made && self.is_rest(rest)) || self.is_given(word)
    }

    /// Whether it is one that a compose file gives by hand, with the project's name first.
    fn is_given(&self, word: &str) -> bool {
        word != self.project && word.starts_with(self.project) && self.given.contains(word)
    }

    /// Whether it is the name of an image that compose builds: `shop-web`.
    fn is_image(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.project).and_then(|rest| rest.strip_prefix(['-', '_']));
        rest.is_some_and(|rest| self.built.contains(rest))
    }

    /// Whether it follows the project's name: `default`, `web-1`, `web_run_1`.
    fn is_rest(&self, rest: &str) -> bool {
        rest == "default" || self.services.iter().any(|service| is_number_of(rest, service))
    }

    /// Where the words of a text say one: each with the project's name in it.
    fn in_text(&self, text: &ShellText) -> Vec<(Word, Range<usize>, bool)> {
        let mut found: Vec<(Word, Range<usize>, bool)> = Vec::new();
        let listings = listing::of(text);
        for written in text.commands() {
            let searches = listing::SEARCHES.contains(&written.program.as_str())
                && listing::holds(&listings, NameKind::Project, &written.statement);
            let owned = places(written, &[NameKind::Network, NameKind::Volume]);
            let images = places(written, &[NameKind::Image]);
            for (at, word) in written.words.iter().enumerate() {
                let raw = text.value().get(word.span.clone()).unwrap_or_default();
                let holds = |span: &Range<usize>| word.span.start <= span.start && span.end <= word.span.end;
                let (is_place, is_image) = (owned.iter().any(holds), images.iter().any(holds));
                let is_filter =
                    raw.contains("name=") && written.call.as_ref().is_some_and(|call| !call.verb.filters().is_empty());
                for range in tokens(raw) {
                    let token = &raw[range.clone()];
                    let Some(rest) = token.strip_prefix(self.project) else { continue };
                    let labelled = rest.is_empty() && raw[..range.start].ends_with(LABEL);
                    let sought = at > 0 && (searches || is_filter);
                    let parted = rest.strip_prefix(['-', '_']);
                    let is_it = self.is_one(token)
                        || is_image && self.is_image(token)
                        || labelled
                        || sought && (rest.is_empty() || parted == Some(""))
                        || is_place && parted.is_some_and(|rest| !rest.is_empty()) && !self.made.contains(token);
                    if is_it {
                        let start = word.span.start + range.start;
                        found.push((word.clone(), start..start + self.project.len(), written.nested));
                    }
                }
            }
        }
        found.sort_by_key(|(word, range, _)| (range.start, word.span.end - word.span.start));
        found.dedup_by(|one, other| one.1 == other.1);
        found
    }

    /// Changes them in values of `env:` and `with:`.
    fn in_values(&self, draft: &mut Draft<'_>, place: &Place<'_>, suffix: &Suffix) -> Result<(), Withheld> {
        let job = &place.job.job;
        let steps = place.steps_with_values().flat_map(|step| step.env.entries.iter().chain(&step.with.entries));
        let all = place.analysed.workflow.env.entries.iter().chain(&job.env.entries).chain(steps);
        let for_all = place.analysed.workflow.env.entries.len();
        for (at, Var { name, text, .. }) in all.enumerate() {
            let Some(text) = text else { continue };
            let whole = text.value();
            let is_it = |range: &Range<usize>| {
                let (token, behind) = (&whole[range.clone()], &whole[range.end..]);
                let is_all = range.start == 0 && (behind.is_empty() || behind.starts_with(':'));
                self.is_one(token) || is_all && self.is_image(token)
            };
            for range in tokens(whole).into_iter().filter(is_it) {
                let is_apart = suffix.tells_jobs_apart || suffix.is_of_a_leg();
                let end = range.start + self.project.len();
                let span = text.exact(range.start..end).filter(|_| !(at < for_all && is_apart));
                let span = span.ok_or_else(|| {
                    Withheld::because(format!(
                        "`{}` has a name in it that compose makes from the project's, for all jobs alike",
                        name.value()
                    ))
                })?;
                draft.insert(&place.tree.source().location(span), false, &suffix.expression)?;
            }
        }
        Ok(())
    }
}

/// The words of a call that name things of these kinds.
fn places(written: &Command, kinds: &[NameKind]) -> Vec<Range<usize>> {
    let Some(call) = &written.call else { return Vec::new() };
    kinds.iter().copied().flat_map(|kind| reference::held(call, kind)).map(|held| held.arg.span).collect()
}

/// Whether a text is a service's id with a container's number behind it.
fn is_number_of(rest: &str, service: &str) -> bool {
    let number = rest.strip_prefix(service).and_then(|rest| rest.strip_prefix(['-', '_']));
    number.is_some_and(|number| {
        let number = number.strip_prefix("run-").or_else(|| number.strip_prefix("run_")).unwrap_or(number);
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// The names in a text, as long as they get.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_name_letter(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                all.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    all
}

/// A word of the job that looks like a name which compose makes of a project's.
fn unnamed(place: &Place<'_>, services: &BTreeSet<&str>) -> Option<String> {
    let made: BTreeSet<String> =
        place.job.resources.iter().filter_map(|resource| Some(resource.name.as_ref()?.to_string())).collect();
    for text in ShellText::of_job(place).iter() {
        for written in text.commands().iter().filter(|written| written.call.is_some()) {
            for word in written.words.iter() {
                let raw = text.value().get(word.span.clone()).unwrap_or_default();
                for range in tokens(raw) {
                    let token = &raw[range];
                    let looks = token.strip_suffix("_default").is_some_and(|project| !project.is_empty())
                        || token.char_indices().any(|(at, c)| {
                            at > 0
                                && matches!(c, '-' | '_')
                                && services.iter().any(|service| is_number_of(&token[at + 1..], service))
                        });
                    if looks && !made.contains(token) {
                        return Some(token.to_owned());
                    }
                }
            }
        }
    }
    None
}
