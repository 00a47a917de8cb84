//! What a runner's own configuration means, in sentences.

use crate::config::RunnerConfig;
use crate::runner::{LabelPattern, Network, Program, Schema};
use crate::truth::Truth;

/// What it means, a sentence each.
pub(super) fn meaning(runner: &RunnerConfig) -> Vec<String> {
    let declared = &runner.declared;
    let labels = declared.labels.iter().filter_map(|label| label_meaning(label, declared.program));
    let mut lines: Vec<String> = labels.collect();
    lines.push(network(&declared.network));
    lines.extend(declared.capacity.map(|capacity| match capacity {
        1 => "one job at a time on this runner; other runners may use the same daemon".to_owned(),
        many => format!("{many} jobs at once"),
    }));
    lines.push(socket(runner));
    if let Some(host) = runner.docker_host.as_deref().filter(|host| !is_here(host)) {
        lines.push(format!("the daemon is at `{host}`"));
    }
    if runner.privileged {
        lines.push("job containers are privileged: they can start a daemon of their own".to_owned());
    }
    let volumes: Vec<String> = runner.valid_volumes.iter().map(|volume| format!("`{volume}`")).collect();
    if runner.valid_volumes.iter().any(|volume| volume == "**") {
        lines.push("jobs may mount every folder of the machine".to_owned());
    } else if !volumes.is_empty() {
        lines.push(format!("jobs may mount {} of the machine", volumes.join(", ")));
    }
    if declared.bind_workdir.is_yes() {
        lines.push("the checkout is a folder of the machine".to_owned());
    }
    if declared.hook.is_yes() {
        lines.push("something of the runner's own runs after each job, and may remove what is left".to_owned());
    }
    lines
}

/// `-` and `automount` are about the socket, and so is a socket of this machine.
fn is_here(host: &str) -> bool {
    matches!(host, "-" | "automount") || host.starts_with("unix://")
}

fn label_meaning(label: &LabelPattern, program: Option<Program>) -> Option<String> {
    let name = &label.name;
    let where_jobs_run = match (label.schema?, program) {
        (Schema::Docker, _) | (Schema::Bare, Some(Program::ForgejoRunner)) => "in containers",
        (Schema::Host, _) | (Schema::Bare, Some(Program::GiteaRunner)) => "on the machine itself",
        (Schema::Bare, _) => "on the machine itself (gitea-runner) or in containers (forgejo-runner)",
        (Schema::Lxc, _) => "in a system container of their own",
    };
    Some(format!("jobs of `{name}` run {where_jobs_run}"))
}

fn network(network: &Network) -> String {
    match network {
        Network::Host => {
            "job containers and services are on the machine's own network: a port is there once for all".to_owned()
        }
        Network::Bridge => "job containers are on Docker's default bridge: services have no names there".to_owned(),
        Network::Custom(name) => format!("all job containers are on the network `{name}`, and reach each other there"),
        Network::Auto | Network::PerJob => "each job has a network of its own".to_owned(),
        Network::Unknown => "the network of job containers is not known".to_owned(),
    }
}

fn socket(runner: &RunnerConfig) -> String {
    let may_mount = runner.valid_volumes.iter().any(|volume| matches!(&**volume, "**" | "/**" | "/var/run/**"))
        || runner.valid_volumes.iter().any(|volume| volume.ends_with("docker.sock"));
    let words = match (runner.declared.socket, may_mount) {
        (Truth::Yes, _) => "job containers have the daemon's socket: what they start outlives them",
        (Truth::No, true) => "job containers have the daemon's socket only where they mount it",
        (Truth::No, false) => "job containers do not have the daemon's socket",
        (Truth::Unknown, _) => "job containers have the daemon's socket on gitea-runner, and not on forgejo-runner",
    };
    words.to_owned()
}
