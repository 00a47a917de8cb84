//! Steps that call `berth-run`.

use super::lines::broken;
use super::sibling::listed;
use super::{Export, Ground, Piece, Sibling, variable};
use crate::rewrite::step::NewStep;
use crate::rewrite::untrusted::quote::{in_double, word};

pub(super) fn start(ground: &Ground, sibling: &Sibling) -> NewStep {
    let mut first = format!("berth-run up {} --image {}", sibling.name, sibling.image.word());
    sibling.ports.iter().for_each(|port| first.push_str(&format!(" --port {port}")));
    if let Some(network) = ground.network.as_ref().filter(|_| !ground.is_own_network) {
        first.push_str(&format!(" --network {}", word(network)));
    }
    let mut groups = vec![sibling.env_options("--env")];
    groups.extend(sibling.shared_options());
    if sibling.health.is_empty() {
        groups.push(sibling.ready.iter().map(|ready| format!("--wait-cmd {}", word(ready))).collect());
    }
    let is_own = |export: &&Export| is_own(sibling, export);
    let (own, others): (Vec<&Export>, Vec<&Export>) = sibling.exports.iter().partition(is_own);
    groups.extend(own.iter().map(|export| vec![format!("--export {}", word(&template(export)))]));
    if !sibling.arguments.is_empty() {
        groups.push(std::iter::once("--".to_owned()).chain(sibling.argument_words()).collect());
    }
    let mut run = broken(&first, &groups);
    for export in others {
        run.push_str(&format!("echo \"{}\" >> \"$GITHUB_ENV\"\n", echoed(export)));
    }
    NewStep {
        name: format!("Start {}", sibling.id),
        shell: Some("sh".to_owned()),
        working_directory: Some("/".to_owned()),
        env: leg(ground).into_iter().chain(sibling.step_env.clone()).collect(),
        run: Some(run),
        ..NewStep::default()
    }
}

pub(super) fn stop(ground: &Ground, siblings: &[Sibling]) -> NewStep {
    NewStep {
        name: format!("Stop {}", listed(siblings)),
        shell: Some("sh".to_owned()),
        working_directory: Some("/".to_owned()),
        env: leg(ground).into_iter().collect(),
        run: Some("berth-run down".to_owned()),
        ..NewStep::default()
    }
}

fn leg(ground: &Ground) -> Option<(String, String)> {
    let variable = crate::identity::LEG_VARIABLE.to_owned();
    (!ground.matrix.is_empty()).then(|| (variable, "${{ toJSON(matrix) }}".to_owned()))
}

/// Whether `--export` can say it: it names no other sibling, and nothing that `--export` refuses.
fn is_own(sibling: &Sibling, export: &Export) -> bool {
    export.value.iter().all(|piece| match piece {
        Piece::Text(_) => true,
        Piece::Host(name) | Piece::Port(name, _) => *name == sibling.name,
    })
}

fn template(export: &Export) -> String {
    let pieces = export.value.iter().map(|piece| match piece {
        Piece::Text(text) => text.replace('{', "{{").replace('}', "}}"),
        Piece::Host(_) => "{host}".to_owned(),
        Piece::Port(_, port) => format!("{{port:{port}}}"),
    });
    format!("{}={}", export.name, pieces.collect::<String>())
}

fn echoed(export: &Export) -> String {
    let pieces = export.value.iter().map(|piece| match piece {
        Piece::Text(text) => in_double(text),
        Piece::Host(name) => format!("${{{}}}", variable(name, "HOST")),
        Piece::Port(name, port) => format!("${{{}}}", variable(name, &format!("PORT_{port}"))),
    });
    format!("{}={}", export.name, pieces.collect::<String>())
}
