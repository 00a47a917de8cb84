//! Steps that call `berth-run`.

use super::quote::{assignment, broken, in_double, word};
use super::{Export, Given, Ground, Piece, Sibling, listed, variable};
use crate::rewrite::step::NewStep;

pub(super) fn start(ground: &Ground, sibling: &Sibling) -> NewStep {
    let image = match &sibling.image {
        Given::Plain(image) => word(image),
        Given::Step(name) => format!("\"${name}\""),
    };
    let mut arguments = Vec::new();
    arguments.extend(sibling.ports.iter().map(|port| format!("--port {port}")));
    arguments.extend(sibling.env.iter().map(|(name, value)| match value {
        Given::Plain(value) => format!("--env {}", assignment(name, value)),
        Given::Step(_) => format!("--env {name}"),
    }));
    if !ground.is_own_network {
        arguments.extend(ground.network.iter().map(|network| format!("--network {}", word(network))));
    }
    arguments.extend(sibling.entrypoint.iter().map(|entrypoint| format!("--entrypoint {}", word(entrypoint))));
    arguments.extend(sibling.tmpfs.iter().map(|tmpfs| format!("--tmpfs {}", word(tmpfs))));
    arguments.extend(sibling.shm_size.iter().map(|size| format!("--shm-size {}", word(size))));
    arguments.extend(sibling.health.iter().map(|(option, value)| format!("{option} {}", word(value))));
    if sibling.health.is_empty() {
        arguments.extend(sibling.ready.map(|ready| format!("--wait-cmd {}", word(ready))));
    }
    let (own, others): (Vec<&Export>, Vec<&Export>) =
        sibling.exports.iter().partition(|export| is_own(sibling, export));
    arguments.extend(own.iter().map(|export| format!("--export {}", word(&template(export)))));
    let mut last = String::new();
    if !sibling.arguments.is_empty() {
        let words: Vec<String> = sibling.arguments.iter().map(|argument| word(argument)).collect();
        last = format!("-- {}", words.join(" "));
    }
    let mut run = broken(&format!("berth-run up {} --image {image}", sibling.name), &arguments, &last);
    if others.is_empty() && arguments.is_empty() {
        run.truncate(run.trim_end().len());
    }
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
