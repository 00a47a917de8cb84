//! Whether a job asks Docker for the ports of a container itself.

use crate::rewrite::Place;
use crate::shell::{Node, Script};
use crate::trace::Act;

/// Whether the job asks for the ports of what a command starts, by the word that names it.
pub(super) fn is_asked(place: &Place<'_>, act: &Act, script: &Script, handle: &str) -> bool {
    let (mut asks, text) = (false, act.frame.text.value());
    for (at, written) in text.match_indices("HostPort") {
        script.visit_near(text, &(at..at + written.len()), &mut |node| {
            if let Node::Word(word) = node {
                asks |= text.get(word.span.clone()).is_some_and(|text| text.contains(written));
            }
        });
    }
    let handle = handle.trim_matches(['"', '\'']);
    let asked = place.reading.of_job(place.job, || {
        let runs = place.job.job.steps.iter().filter_map(|step| Some(step.run.as_ref()?.value.text.value()));
        Asked(runs.flat_map(asked_in).map(str::to_owned).collect())
    });
    // A script of the workflow is one of these.
    let own = (!act.chain.is_empty()).then(|| asked_in(text));
    let is_own = |rest: &str| rest.starts_with(handle);
    asks || asked.0.iter().any(|rest| is_own(rest)) || own.into_iter().flatten().any(is_own)
}

/// What stands behind `docker port` in the scripts of a job.
struct Asked(Vec<String>);

fn asked_in(text: &str) -> impl Iterator<Item = &str> {
    let rests = text.lines().filter_map(|line| Some(line.split_once(" port ")?.1));
    rests.map(|rest| rest.trim_start_matches(['"', '\'']))
}
