//! Whether a job asks Docker for the ports of a container itself.

use std::ops::Range;

use crate::rewrite::Place;
use crate::rewrite::reading::ByKey;
use crate::shell::{Node, Script};
use crate::trace::Act;

/// Whether the job asks for the ports of what a command starts, by the word that names it.
pub(super) fn is_asked(place: &Place<'_>, act: &Act, script: &Script, handle: &str) -> bool {
    let handle = handle.trim_matches(['"', '\'']);
    let job = place.reading.of_job(place.job, || {
        let runs = place.job.job.steps.iter().filter_map(|step| Some(step.run.as_ref()?.value.text.value()));
        Asked { by_steps: runs.flat_map(asked_in).collect(), by_text: ByKey::default() }
    });
    // Nothing of the model moves while fixes are planned: where a text lies says which it is.
    let text = act.frame.text.value();
    let own = job.by_text.once(text.as_bytes().as_ptr_range(), || Own {
        asks_inspect: asks_inspect(script, text),
        asks_port: asked_in(text).collect(),
    });
    // A script of the workflow is one of the job's.
    let asked_by_own = own.asks_port.iter().filter(|_| !act.chain.is_empty());
    own.asks_inspect || job.by_steps.iter().chain(asked_by_own).any(|asked| asked.starts_with(handle))
}

/// What the scripts of a job ask for ports.
struct Asked {
    /// What stands behind `docker port` in its steps.
    by_steps: Vec<String>,
    /// What each text by itself asks.
    by_text: ByKey<Range<*const u8>, Own>,
}

/// What one text asks for ports.
struct Own {
    /// A template of `docker inspect` has them.
    asks_inspect: bool,
    /// What stands behind `docker port`.
    asks_port: Vec<String>,
}

fn asks_inspect(script: &Script, text: &str) -> bool {
    let mut asks = false;
    for (at, written) in text.match_indices("HostPort") {
        script.visit_near(text, &(at..at + written.len()), &mut |node| {
            if let Node::Word(word) = node {
                asks |= text.get(word.span.clone()).is_some_and(|text| text.contains(written));
            }
        });
    }
    asks
}

fn asked_in(text: &str) -> impl Iterator<Item = String> {
    let rests = text.lines().filter_map(|line| Some(line.split_once(" port ")?.1));
    rests.map(|rest| rest.trim_start_matches(['"', '\'']).to_owned())
}
