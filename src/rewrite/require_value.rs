//! `require-value`: the shell stops where a filter's value is empty.

use super::removal::{calls_at, group};
use super::shell_text::ShellText;
use super::untrusted::is_variable;
use super::{Draft, Scene, Withheld};
use crate::docker::Filter;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::shell::{ParameterForm, Part, Piece, Quote, Word};

/// The fix of a finding.
///
/// # Errors
/// When the value is no variable of the shell's.
pub fn require_value(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let texts = ShellText::of_job(&place);
    let mut draft = Draft::new(scene);
    let mut names = Vec::new();
    for removal in group(&place, finding)? {
        let Some(at) = &removal.selector_at else { continue };
        for found in calls_at(&texts, at) {
            let Some(text) = texts.get(found.text) else { continue };
            let filters = found.call.verb.filters().iter().filter(|filter| filter.is("name"));
            let names_by: Vec<&Filter> = filters.collect();
            let is_filter = |word: &&Word| names_by.iter().any(|filter| word.span.contains(&filter.arg.span.start));
            for word in found.words.iter().filter(is_filter) {
                let Some((piece, name)) = variable(word) else { continue };
                // For a shell in a shell the value would be code in another way than it was.
                if found.nested && matches!(piece.part, Part::Expression(_)) {
                    continue;
                }
                text.takes_variables()?;
                let at = text.location(piece.span.clone()).ok_or_else(|| {
                    Withheld::because("the filter is written in a way that cannot be edited: change it by hand")
                })?;
                draft.replace(&at, &format!("${{{name}:?}}"))?;
                names.push(name);
            }
        }
    }
    let Some(name) = names.first() else {
        return Err(Withheld::because("its value is not a variable of the shell"));
    };
    draft.finish("require-value", Applicability::Safe, format!("stop when `${name}` is empty"), None)
}

/// The variable that is all of a filter's value, anchors aside.
fn variable(word: &Word) -> Option<(&Piece, String)> {
    let (head, rest) = word.pieces.split_first()?;
    let Part::Literal(head) = &head.part else { return None };
    let value = head.split_once("name=")?.1;
    let [piece] = rest else { return None };
    if matches!(piece.quote, Quote::Single | Quote::Ansi) {
        return None;
    }
    let anchored = matches!(value, "" | "^" | "/" | "^/");
    match &piece.part {
        Part::Parameter(parameter)
            if anchored && parameter.operation.is_none() && parameter.form == ParameterForm::Plain =>
        {
            Some((piece, parameter.name.clone()))
        }
        Part::Expression(text) if anchored => {
            let name = text.strip_prefix("env.")?;
            is_variable(name).then(|| (piece, name.to_owned()))
        }
        _ => None,
    }
}
