//! Steps in POSIX shell that need nothing but docker.

use super::lines::broken;
use super::sibling::listed;
use super::{Export, Ground, Piece, Sibling, variable};
use crate::identity;
use crate::rewrite::Withheld;
use crate::rewrite::step::NewStep;
use crate::rewrite::untrusted::quote::{in_double, word};

/// How long a sweep leaves it alone, in seconds: longer than any job.
const LIFETIME: u32 = 6 * 60 * 60;

/// Asks again and again, for so many seconds, and no longer than the container runs.
pub(super) const ASK: &str = "\
ask() { end=$(($(date +%s) + $1)); shift
  until \"$@\" >/dev/null 2>&1; do [ \"$(date +%s)\" -lt \"$end\" ] && docker top \"$name\" >/dev/null || return 1; sleep 1; done; }
";

/// Whether something listens at `$host` on a port, seen from where the job is.
pub(super) const REACHED: &str =
    "reached() { timeout 1 bash -c \": > /dev/tcp/$host/$1\" || nc -z -w 1 \"$host\" \"$1\"; }\n";

/// How long a server may take, in seconds.
pub(super) const START: u32 = 120;
/// How long a server that says it serves may take to be reached: one on another network never is.
pub(super) const REACH: u32 = 10;

/// gitea-runner before 0.3.1 does not count attempts: what a cancelled one left has the name of the next.
pub(super) const REMOVE_EARLIER: &str =
    "docker rm -fv \"$name\" >/dev/null 2>&1 || true # left by an attempt that was cancelled\n";

/// The values of a leg as part of a name. Two legs may differ in nothing but what no name can hold (`^6` and `~6`):
/// a checksum keeps them apart.
pub(super) fn leg_word(leg: &str) -> String {
    format!("$(printf %s \"{leg}\" | tr -c 'a-zA-Z0-9.' -)-$(printf %s \"{leg}\" | cksum | cut -d ' ' -f 1)")
}

pub(super) fn start(ground: &Ground, sibling: &Sibling) -> Result<NewStep, Withheld> {
    let id = &sibling.id;
    let leg = ground.leg().map(|leg| ("LEG".to_owned(), leg));
    let mut run = String::new();
    let mut name = format!("{}-$GITHUB_RUN_ID-${{GITHUB_RUN_ATTEMPT:-1}}-$GITHUB_JOB", sibling.name);
    if leg.is_some() {
        name.push_str(&format!("-{}", leg_word("$LEG")));
    }
    if ground.called_at_once {
        name.push_str("-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \\n')");
    }
    run.push_str(&format!("name=\"{name}\"\n"));
    run.push_str(&format!("echo \"{}=$name\" >> \"$GITHUB_ENV\"\n", sibling.variable("ID")));
    run.push_str(&format!(
        "command -v docker >/dev/null || {{ echo '::error::no docker to start {id} with'; exit 1; }}\n"
    ));
    if let Some(network) = &ground.network {
        let network = word(network);
        run.push_str(&format!(
            "docker network inspect {network} >/dev/null || {{ echo '::error::no network {network} to start {id} \
             on'; exit 1; }}\n"
        ));
    }
    // A name of its own is in nobody's way; by any other, another call's would be removed.
    if !ground.called_at_once {
        run.push_str(REMOVE_EARLIER);
    }
    run.push_str(&docker_run(ground, sibling));
    let network = ground.network.as_deref().unwrap_or("bridge");
    run.push_str(&format!(
        "host=$(docker inspect -f '{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}' \"$name\")\n"
    ));
    run.push_str(&wait(sibling));
    let host = sibling.tells_host.then(|| format!("{}=$host", sibling.variable("HOST")));
    let port = sibling.tells_port.then(|| sibling.ports.first()).flatten();
    let port = port.map(|port| format!("{}={port}", sibling.variable("PORT")));
    for line in host.into_iter().chain(port).chain(exports(sibling)?) {
        run.push_str(&format!("echo \"{line}\" >> \"$GITHUB_ENV\"\n"));
    }
    Ok(NewStep {
        name: format!("Start {id}"),
        shell: Some("sh".to_owned()),
        working_directory: Some("/".to_owned()),
        env: leg.into_iter().chain(sibling.step_env.clone()).collect(),
        run: Some(run),
        ..NewStep::default()
    })
}

pub(super) fn stop(siblings: &[Sibling]) -> NewStep {
    // Gone already, or just going: both are what is wanted. In one command: a cancel between two would leave the rest.
    let names = siblings.iter().map(|sibling| format!(" \"${}\"", sibling.variable("ID")));
    let run = format!("docker rm -fv{} || true", names.collect::<String>());
    NewStep {
        name: format!("Stop {}", listed(siblings)),
        shell: Some("sh".to_owned()),
        working_directory: Some("/".to_owned()),
        run: Some(run),
        ..NewStep::default()
    }
}

fn docker_run(ground: &Ground, sibling: &Sibling) -> String {
    let mut first = format!("docker run -d --name \"$name\" --label {}=1", identity::MANAGED);
    if let Some(network) = &ground.network {
        first.push_str(&format!(" --network {}", word(network)));
    }
    let mut groups = vec![label_options()];
    let image: Vec<String> = std::iter::once(sibling.image.word()).chain(sibling.argument_words()).collect();
    let (env, shared) = (sibling.env_options("-e"), sibling.shared_options());
    if shared.iter().all(Vec::is_empty) {
        groups.push(env.into_iter().chain(image).collect());
    } else {
        groups.push(env);
        groups.extend(shared);
        groups.push(image);
    }
    broken(&first, &groups)
}

/// Whose it is, for those who clean up.
pub(super) fn label_options() -> Vec<String> {
    let label = |key: &str, value: &str| format!("--label \"{key}={value}\"");
    vec![
        label(identity::SELF, "$name"),
        label(identity::REPO, "$GITHUB_REPOSITORY"),
        label(identity::RUN, "$GITHUB_RUN_ID"),
        label(identity::EXPIRES, &format!("$(($(date +%s) + {LIFETIME}))")),
    ]
}

/// Waits until it answers, inside and then from here: Postgres says ready over its socket while it still sets itself
/// up, and what serves and is not reached is on another network.
fn wait(sibling: &Sibling) -> String {
    let id = &sibling.id;
    let mut text = ASK.to_owned();
    text.push_str(REACHED);
    text.push_str(&format!("fail() {{ echo \"::error::{id} $1; its log:\"; docker logs \"$name\"; exit 1; }}\n"));
    let has_health = sibling.health.iter().any(|(option, _)| option == "--health-cmd");
    if has_health {
        text.push_str("healthy() { docker inspect -f '{{.State.Health.Status}}' \"$name\" | grep -qx healthy; }\n");
        text.push_str(&format!("ask {START} healthy || fail 'does not get healthy'\n"));
    } else if let Some(ready) = &sibling.ready {
        text.push_str(&format!("ask {START} docker exec \"$name\" {ready} || fail 'does not get ready'\n"));
    }
    let is_asked = has_health || sibling.ready.is_some();
    for port in &sibling.ports {
        text.push_str(&match is_asked {
            true => format!(
                "ask {REACH} reached {port} || fail \"serves, but the job does not reach $host:{port}: they are on \
                 different networks\"\n"
            ),
            false => format!("ask {START} reached {port} || fail \"does not answer at $host:{port}\"\n"),
        });
    }
    text
}

fn exports(sibling: &Sibling) -> Result<Vec<String>, Withheld> {
    let line = |export: &Export| {
        if export.value.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('\\'))) {
            return Err(Withheld::because(format!("`{}` has a backslash, which echo may change", export.name)));
        }
        let pieces = export.value.iter().map(|piece| match piece {
            Piece::Text(text) => in_double(text),
            Piece::Host(name) if *name == sibling.name => "$host".to_owned(),
            Piece::Host(name) => format!("${{{}}}", variable(name, "HOST")),
            Piece::Port(_, port) => port.to_string(),
        });
        Ok(format!("{}={}", export.name, pieces.collect::<String>()))
    };
    sibling.exports.iter().map(line).collect()
}
