//! Steps in POSIX shell that need nothing but docker.

use super::lines::broken;
use super::{Export, Ground, Piece, Sibling, listed, variable};
use crate::identity;
use crate::rewrite::Withheld;
use crate::rewrite::step::NewStep;
use crate::rewrite::untrusted::quote::{in_double, word};

/// How long a sweep leaves it alone, in seconds: longer than any job.
const LIFETIME: u32 = 6 * 60 * 60;

/// Whether something listens at `$host` on a port, seen from where the job is.
pub(super) const ANSWERS: &str =
    "answers() { { timeout 3 bash -c \": > /dev/tcp/$host/$1\" || nc -z -w 3 \"$host\" \"$1\"; } 2>/dev/null; }\n";

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
    let mut run = String::from("set -eu\n");
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
            "docker network inspect {network} >/dev/null || {{ echo '::error::no network {network} to start {id} on'; exit 1; }}\n"
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
    run.push_str("{\n");
    let address = [
        format!("{}=$host", sibling.variable("HOST")),
        format!("{}={}", sibling.variable("PORT"), sibling.ports.first().copied().unwrap_or_default()),
    ];
    for line in address.into_iter().chain(exports(sibling)?) {
        run.push_str(&format!("  echo \"{line}\"\n"));
    }
    run.push_str("} >> \"$GITHUB_ENV\"\n");
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
    // Gone already, or just going: both are what is wanted.
    let lines = siblings.iter().map(|sibling| format!("docker rm -fv \"${}\" || true\n", sibling.variable("ID")));
    let run = lines.collect::<String>();
    NewStep {
        name: format!("Stop {}", listed(siblings)),
        shell: Some("sh".to_owned()),
        working_directory: Some("/".to_owned()),
        run: Some(if siblings.len() == 1 { run.trim_end().to_owned() } else { run }),
        ..NewStep::default()
    }
}

fn docker_run(ground: &Ground, sibling: &Sibling) -> String {
    let mut first = "docker run -d --name \"$name\"".to_owned();
    if let Some(network) = &ground.network {
        first.push_str(&format!(" --network {}", word(network)));
    }
    let mut groups = vec![label_options(), sibling.env_options("-e")];
    groups.extend(sibling.shared_options());
    groups.push(std::iter::once(sibling.image.word()).chain(sibling.argument_words()).collect());
    broken(&first, &groups)
}

/// Whose it is, for those who clean up.
pub(super) fn label_options() -> Vec<String> {
    let label = |key: &str, value: &str| format!("--label \"{key}={value}\"");
    vec![
        format!("--label {}=1", identity::MANAGED),
        label(identity::SELF, "$name"),
        label(identity::REPO, "$GITHUB_REPOSITORY"),
        label(identity::RUN, "$GITHUB_RUN_ID"),
        label(identity::EXPIRES, &format!("$(($(date +%s) + {LIFETIME}))")),
    ]
}

/// Waits until it answers, inside and from here: Postgres says ready over its socket while it still sets itself up.
fn wait(sibling: &Sibling) -> String {
    let mut asked = Vec::new();
    if sibling.health.iter().any(|(option, _)| option == "--health-cmd") {
        asked.push("[ \"$(docker inspect -f '{{.State.Health.Status}}' \"$name\")\" = healthy ]".to_owned());
    } else if let Some(ready) = sibling.ready {
        asked.push(format!("docker exec \"$name\" {ready} >/dev/null 2>&1"));
    }
    asked.push(sibling.ports.iter().map(|port| format!("answers {port}")).collect::<Vec<_>>().join(" && "));
    let id = &sibling.id;
    let mut text = ANSWERS.to_owned();
    text.push_str(&format!("tries=60\nuntil {}; do\n", asked.join(" && ")));
    text.push_str("  tries=$((tries - 1))\n");
    text.push_str(
        "  if [ \"$tries\" = 0 ] || [ \"$(docker inspect -f '{{.State.Running}}' \"$name\")\" != true ]; then\n",
    );
    text.push_str(&format!(
        "    echo '::error::{id} does not answer; its log:'\n    docker logs \"$name\"\n    exit 1\n"
    ));
    text.push_str("  fi\n  sleep 2\ndone\n");
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
