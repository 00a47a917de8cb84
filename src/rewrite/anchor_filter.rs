//! `anchor-filter`: a name filter that matches one name as a whole.

use super::removal::{calls_at, group};
use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::docker::Verb;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::lifecycle::resource::ResourceKind;
use crate::symbol::Value;

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
            if !is_made(&place, value) {
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

fn unclear() -> Withheld {
    Withheld::because("the filter is written in a way that cannot be edited: change it by hand")
}
