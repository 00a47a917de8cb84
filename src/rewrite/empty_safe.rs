//! `empty-safe`: a removal that may find nothing.

use std::ops::Range;

use super::doubt::noticed::an_end;
use super::removal::{Found, after_scope, call_of, group};
use super::shell_text::ShellText;
use super::{Draft, Scene, Withheld, tolerate};
use crate::docker::Verb;
use crate::edit::Fix;
use crate::finding::Finding;
use crate::lifecycle::needs_container::asks_before;
use crate::lifecycle::removal::{Removal, RemovalVerb, Shape};
use crate::shell::{Part, Word};
use crate::truth::Truth;

/// The fix of a finding.
///
/// # Errors
/// When the command is written in a way that cannot be changed.
pub fn empty_safe(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    after_scope(scene, &finding.location)?;
    let place = scene.place(finding)?;
    let texts = ShellText::of_job(&place);
    let mut draft = Draft::new(scene);
    let mut title = "let the removal accept an empty list";
    let mut doubts = Vec::new();
    for removal in group(&place, finding)? {
        let Some(act) = place.job.trace.acts.get(removal.act) else { continue };
        let Some(found) = call_of(&texts, &act.at) else { continue };
        let Some(text) = texts.get(found.text) else { continue };
        match removal.shape {
            Shape::Xargs => {
                let xargs = found.words.iter().find(|word| word.literal().as_deref() == Some("xargs"));
                let runs = act.context.xargs.as_ref().is_some_and(crate::command::Xargs::runs_on_empty);
                if let Some(xargs) = xargs.filter(|_| runs) {
                    doubts.extend(an_end(&place, removal, act));
                    draft.insert(&text.location(xargs.span.clone()).ok_or_else(unclear)?, false, " -r")?;
                    title = "let the removal accept an empty list: `xargs -r`";
                }
            }
            Shape::Substitution => {
                doubts.extend(an_end(&place, removal, act));
                piped(&mut draft, text, &found)?;
                title = "pass the list through `xargs -r`, which runs nothing for an empty list";
            }
            Shape::Name if needs_guard(removal, act.context.tolerated) => {
                let acts = &place.job.trace.acts;
                // An id is a name, too.
                let mut names = act.verb().and_then(Verb::handled).unwrap_or(&removal.selector.names).iter();
                if let Some(before) = names.find_map(|name| asks_before(acts, removal.act, &name.value)) {
                    let why = format!(
                        "`{}` stands before it and fails first where the container is not there: let that go on as \
                         well, or remove the container first",
                        before.text
                    );
                    return Err(Withheld::until(&["teardown-not-always"], why));
                }
                if tolerate::forgives_others(text.commands(), &found.statement) {
                    return Err(Withheld::because(
                        "another program stands before it in the same list, and `|| true` at the end would forgive that as \
                         well: give the removal a line of its own",
                    ));
                }
                doubts.extend(an_end(&place, removal, act));
                let (before, behind) = tolerate::around(text.value(), &found.statement);
                if !before.is_empty() {
                    draft.insert(&head(text, &found.statement).ok_or_else(unclear)?, true, before)?;
                }
                draft.insert(&tail(text, found.statement).ok_or_else(unclear)?, false, behind)?;
                title = "go on when it is not there: `|| true`";
            }
            Shape::Name => {}
        }
    }
    draft.finish_with("empty-safe", title, &doubts)
}

fn needs_guard(removal: &Removal, tolerated: bool) -> bool {
    let forced = removal.verb == RemovalVerb::Remove && removal.force != Truth::No;
    !tolerated && !forced
}

/// `docker rm -f $(docker ps -q …)` becomes `docker ps -q … | xargs -r docker rm -f`.
fn piped(draft: &mut Draft<'_>, text: &ShellText, found: &Found) -> Result<(), Withheld> {
    let script = text.value();
    let lists: Vec<&Word> = found.words.iter().filter(|word| inner(script, word).is_some()).collect();
    let [list] = lists.as_slice() else {
        return Err(Withheld::because(match lists.is_empty() {
            true => {
                "its list stands in a variable: ask first whether there is something in it (`[ -z \"$ids\" ] || …`)"
            }
            false => "it takes several lists, and `xargs -r` takes one: split the removal",
        }));
    };
    let listing = inner(script, list).ok_or_else(unclear)?;
    let start = found.words.first().map_or(found.statement.start, |word| word.span.start);
    let head = script.get(start..list.span.start).ok_or_else(unclear)?.trim_end();
    let behind = script.get(list.span.end..found.statement.end).ok_or_else(unclear)?;
    // Between backticks a backslash is another one than outside of them.
    if script.get(list.span.clone()).is_some_and(|list| list.contains('`') && list.contains('\\')) {
        return Err(Withheld::because("a backslash in its backticks would mean something else outside of them"));
    }
    let plain = ![head, behind, listing].iter().any(|part| part.contains('\n')) && !listing.contains(';');
    if !plain {
        return Err(Withheld::because("it is written over several lines: write it on one, or change it by hand"));
    }
    let at = text.location(start..found.statement.end).ok_or_else(unclear)?;
    draft.replace(&at, &format!("{listing} | xargs -r {head}{behind}"))
}

/// The command within a word that is nothing but `$( … )`.
fn inner<'t>(script: &'t str, word: &Word) -> Option<&'t str> {
    let [piece] = word.pieces.as_slice() else { return None };
    let Part::Substitution(block) = &piece.part else { return None };
    if block.len() != 1 {
        return None;
    }
    let raw = script.get(piece.span.clone())?;
    let bare = raw.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    bare.or_else(|| raw.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'))).map(str::trim)
}

/// The first character of a range.
fn head(text: &ShellText, range: &Range<usize>) -> Option<crate::source::Location> {
    let first = text.value().get(range.clone())?.chars().next()?;
    text.location(range.start..range.start + first.len_utf8())
}

/// The last character of a range.
fn tail(text: &ShellText, range: Range<usize>) -> Option<crate::source::Location> {
    let last = text.value().get(..range.end)?.char_indices().next_back()?.0;
    text.location(last..range.end)
}

fn unclear() -> Withheld {
    Withheld::because("the command is written in a way that cannot be edited: change it by hand")
}
