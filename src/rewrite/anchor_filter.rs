//! `anchor-filter`: a name filter that matches one name as a whole.

use std::collections::BTreeSet;

use super::removal::{calls_at, group};
use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::command::Arg;
use crate::docker::{Verb, name_filter_matches};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::lifecycle::resource::ResourceKind;
use crate::symbol::Value;
use crate::trace::{ActKind, Unfollowed};

/// The fix of a finding.
///
/// # Errors
/// When the filter is not written where the removal is.
pub fn anchor_filter(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let texts = ShellText::of_job(&place);
    let mut draft = Draft::new(scene);
    let mut doubt = None;
    for removal in group(&place, finding)? {
        let Some(at) = &removal.selector_at else { continue };
        // What the trace makes of the filters, in their order.
        let meant: Vec<&Value> = removal.selector.filters("name").map(|filter| &filter.value).collect();
        let found = calls_at(&texts, at);
        let mut listed = found.iter().filter_map(|found| match &found.call.verb {
            Verb::List(list) => Some((found, &list.filters)),
            _ => None,
        });
        let Some((found, filters)) = listed.next() else { continue };
        let Some(text) = texts.get(found.text) else { continue };
        for (filter, value) in filters.iter().filter(|filter| filter.is("name")).zip(meant) {
            let written = filter.value.prefix();
            if written.starts_with(['^', '/']) || value.prefix().starts_with(['^', '/']) {
                continue;
            }
            let raw = text.value().get(filter.arg.span.clone()).unwrap_or_default();
            let head = raw.find("name=").map(|at| filter.arg.span.start + at);
            let head = head.ok_or_else(|| Withheld::because("the filter is put together in another command"))?;
            let at = text.location(head..head + "name=".len()).ok_or_else(unclear)?;
            // Behind `name=`.
            draft.insert(&at, false, "^")?;
            if !value.suffix().ends_with('$') {
                text.takes_variables()?;
                let end = filter.arg.span.end - usize::from(raw.ends_with(['"', '\'']));
                let last = text.value().get(..end).and_then(|head| head.char_indices().next_back());
                let (last, _) = last.ok_or_else(unclear)?;
                draft.insert(&text.location(last..end).ok_or_else(unclear)?, false, "$")?;
            }
            if let Some(longer) = longer_name(scene, &place, value) {
                doubt = Some(format!("{longer}, which the filter then leaves"));
            } else if !is_made(&place, value) {
                doubt = Some(format!(
                    "nothing that can be followed makes `{value}`: where that is only the beginning of a name, the \
                     filter finds nothing from then on"
                ));
            }
        }
    }
    let applicability = if doubt.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    draft.finish("anchor-filter", applicability, "anchor the name filter", doubt)
}

/// Whether the job makes a container of exactly that name.
fn is_made(place: &Place<'_>, name: &Value) -> bool {
    let containers = place.job.resources.iter().filter(|resource| resource.kind == ResourceKind::Container);
    containers.filter_map(|container| container.name.as_ref()).any(|own| own.same(name).is_yes())
}

/// What may have a longer name than the filter says, in words: until now the filter took that as well.
fn longer_name(scene: &Scene<'_>, place: &Place<'_>, filter: &Value) -> Option<String> {
    let (job, trace) = (place.job, &place.job.trace);
    let is_longer = |name: &Value| name_filter_matches(filter, name).is_yes() && !name.same(filter).is_yes();
    let renamed = trace.acts.iter().find_map(|act| match act.verb() {
        Some(Verb::Rename { to, .. }) if is_longer(&to.value) => Some(&to.value),
        _ => None,
    });
    if let Some(to) = renamed {
        return Some(format!("the job renames a container to `{to}`"));
    }
    let containers = job.resources.iter().filter(|resource| resource.kind == ResourceKind::Container);
    if let Some(name) = containers.filter_map(|container| container.name.as_ref()).find(|name| is_longer(name)) {
        return Some(format!("the job makes `{name}`"));
    }
    // What runs in a container has no daemon to ask, and what is sourced is mostly settings.
    let may_make = |call: &&Unfollowed| {
        let is_harmless = ["docker ", "podman ", "source ", ". "].iter().any(|start| call.what.starts_with(start));
        call.may_know_the_job() && !is_harmless
    };
    let unread = trace.unfollowed.iter().find(may_make).map(|call| call.what.clone());
    let maker = unread.or_else(|| program_with_docker(scene, place));
    maker.map(|maker| format!("what `{maker}` makes may have a longer name"))
}

/// A program of the checkout that a command of the job is given, and that says something of docker's.
fn program_with_docker(scene: &Scene<'_>, place: &Place<'_>) -> Option<String> {
    struct Program(Option<String>);
    let read = || {
        let words = place.job.trace.acts.iter().filter_map(|act| match &act.kind {
            ActKind::Command { argv, .. } => Some(argv.iter().filter_map(Arg::text)),
            _ => None,
        });
        let files = words.flatten().filter(|word| word.contains('.')).collect::<BTreeSet<&str>>();
        let with_docker = |word: &&str| {
            let source = scene.named(word.trim_start_matches("./"));
            source.is_some_and(|source| ["docker", "podman"].iter().any(|name| source.text().contains(name)))
        };
        Program(files.into_iter().find(with_docker).map(str::to_owned))
    };
    place.reading.of_job(place.job, read).0.clone()
}

fn unclear() -> Withheld {
    Withheld::because("the filter is written in a way that cannot be edited: change it by hand")
}
