//! A step that removes containers already: others go along in it, as a person would write.

use std::ops::Range;

use super::removal::Script;
use crate::rewrite::{Draft, Place, Withheld};
use crate::workflow::{Scalar, Step};

/// What a step of ours says before the containers and behind them.
const HEAD: &str = "docker rm -fv ";
const TAIL: &str = " || true";

/// So long may a line get by it.
const WIDTH: usize = 180;

/// Lets the step before a place, or at it, remove what `script` removes, where it does the same under the same
/// condition and nothing else. Gives back whether it does.
///
/// # Errors
/// When the step cannot be edited.
pub(super) fn join(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    at: usize,
    script: &Script,
    condition: &str,
) -> Result<bool, Withheld> {
    let Some(new) = containers(&script.run).filter(|_| script.env.is_empty() && script.directory.is_none()) else {
        return Ok(false);
    };
    let steps = &place.job.job.steps;
    let near = [at.checked_sub(1), Some(at)].into_iter().flatten();
    let own = near.filter_map(|index| steps.iter().find(|step| step.index == index));
    let Some((own, run, known)) = own.into_iter().find_map(|step| fits(step, condition)) else { return Ok(false) };
    let (whole, new) = (run.value(), &script.run[new]);
    if whole.len() + new.len() > WIDTH {
        return Ok(false);
    }
    let source = place.tree.source();
    let last = known.end - whole[known.clone()].chars().next_back().map_or(0, char::len_utf8);
    let Some(span) = run.text.exact(last..known.end) else { return Ok(false) };
    draft.insert(&source.location(span), false, &format!(" {new}"))?;
    if let Some(name) = &own.name
        && let Some(both) = title(name.value.value(), &script.name)
    {
        draft.set(source.path(), name.value.node, &both)?;
    }
    Ok(true)
}

/// A step that removes containers and does nothing else, with the place of their names.
fn fits<'s>(step: &'s Step, condition: &str) -> Option<(&'s Step, &'s Scalar, Range<usize>)> {
    let run = &step.run.as_ref()?.value;
    let is_plain = !step.aliased
        && step.shell.is_none()
        && step.working_directory.is_none()
        && step.continue_on_error.is_none()
        && step.env.entries.is_empty()
        && step.env.expression.is_none();
    let asks = step.condition.as_ref().map(|condition| condition.value.value());
    let names = containers(run.value())?;
    (is_plain && !run.aliased && asks == Some(condition)).then_some((step, run, names))
}

/// The containers' names in a line that removes them, as words.
fn containers(run: &str) -> Option<Range<usize>> {
    let end = run.trim_end().len();
    let names = run.get(..end)?.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
    let is_plain =
        !names.is_empty() && !names.contains(['\n', '|', ';', '&', '<', '>', '`', '#']) && !names.contains("$(");
    is_plain.then_some(HEAD.len()..HEAD.len() + names.len())
}

/// The name of the step that removes both; nothing where the one that it has may stay.
fn title(own: &str, new: &str) -> Option<String> {
    let one = |title: &str| title.strip_prefix("Remove the ")?.strip_suffix(" container").map(str::to_owned);
    let is_word = |word: &String| !word.contains(' ');
    match (one(own).filter(is_word), one(new).filter(is_word)) {
        (Some(own), Some(new)) if own != new => Some(format!("Remove the {own} and {new} containers")),
        _ if own.starts_with("Remove the ") && own != "Remove the containers" => {
            Some("Remove the containers".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_removes_containers_is_known() {
        for (run, names) in [
            ("docker rm -fv pg || true", Some("pg")),
            ("docker rm -fv \"pg-$GITHUB_RUN_ID\" redis || true\n", Some("\"pg-$GITHUB_RUN_ID\" redis")),
            ("docker rm -fv pg", None),
            ("docker rm -fv $(docker ps -aq) || true", None),
            ("docker rm -fv pg || true\ndocker network rm net || true", None),
        ] {
            assert_eq!(containers(run).map(|names| &run[names]), names, "{run}");
        }
    }

    #[test]
    fn a_step_says_what_it_removes() {
        let said = |own: &str, new: &str| title(own, new).unwrap_or_else(|| own.to_owned());
        let pg = "Remove the pg container";
        assert_eq!(said(pg, "Remove the redis container"), "Remove the pg and redis containers");
        assert_eq!(said("Remove the pg and redis containers", pg), "Remove the containers");
        assert_eq!(said("Clean up", pg), "Clean up");
    }
}
