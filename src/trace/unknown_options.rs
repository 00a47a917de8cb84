//! Words of which nobody knows more than that docker reads options there: `docker run $DEVICES --name pg postgres`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Act, ActKind};
use crate::docker::Verb;

/// Where they stand: their file, and where they begin in it. Only those of commands whose options end at the first word
/// that is none: among names (`docker rm $OLD`) it is more likely names.
pub(super) fn of(acts: &[Act]) -> BTreeSet<(Arc<str>, usize)> {
    let (mut options, mut words) = (BTreeSet::new(), BTreeSet::new());
    for act in acts {
        let ActKind::Docker(call) = &act.kind else { continue };
        let place = |span: &std::ops::Range<usize>| {
            let at = act.frame.location(span.clone());
            (at.path, at.span.start)
        };
        match &call.verb {
            Verb::Run(run) | Verb::Create(run) => words.extend(run.image.iter().map(|image| place(&image.span))),
            Verb::Exec(exec) => words.extend(exec.container.iter().map(|container| place(&container.span))),
            _ => continue,
        }
        let doubted = call.options.unsure.iter().chain(call.options.hinted.iter().map(|(span, _)| span));
        options.extend(doubted.map(place));
    }
    // What one call takes for options is another's image where the text is known.
    &options - &words
}
