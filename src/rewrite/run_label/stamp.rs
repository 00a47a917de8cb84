//! The label where something is made.

use super::super::removal::call_of;
use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld};
use super::label::{KEY, Label};
use crate::docker::Verb;
use crate::lifecycle::resource::Resource;
use crate::trace::{Act, ActKind};

/// Gives what an act makes the run's label.
///
/// # Errors
/// When the act is no command that can be edited.
pub fn stamp(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    resource: &Resource,
    label: &Label,
) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let act = acts.get(resource.act).filter(|act| matches!(act.kind, ActKind::Docker(_)));
    let unseen = || {
        Withheld::because(format!(
            "`{}` is made by something that takes no label: start it with a command that does",
            resource.shown()
        ))
    };
    let act = act.ok_or_else(unseen)?;
    if has_label(act) {
        return Ok(());
    }
    let found = call_of(texts, &act.at).ok_or_else(unseen)?;
    if !matches!(found.call.verb, Verb::Run(_) | Verb::Create(_) | Verb::Make(_)) {
        return Err(unseen());
    }
    let text = texts.get(found.text).ok_or_else(unseen)?;
    // Beside the labels it has, else its name, else right behind the verb.
    let given = |name: &str| found.call.options.given.iter().rev().find(|given| given.name == name);
    let beside = given("label").or(given("name")).or(given("detach"));
    let at = beside.map_or(found.call.at.clone(), |given| given.span.clone());
    let at =
        text.location(at).ok_or_else(|| Withheld::because("the place of the label in the command is not certain"))?;
    draft.insert(&at, false, &format!(" --label {}", label.word(text)?))
}

/// Whether a call carries the label already.
pub fn has_label(act: &Act) -> bool {
    let labels = match act.verb() {
        Some(Verb::Run(run) | Verb::Create(run)) => &run.labels,
        Some(Verb::Make(make)) => &make.labels,
        _ => return false,
    };
    labels.iter().any(|label| label.value.prefix().starts_with(&format!("{KEY}=")))
}
