//! Jobs whose Docker commands go to another daemon than the runner's.

use crate::workflow::{Job, Service, Vars, Workflow};

/// The `DOCKER_HOST` that sends a job's docker commands to another daemon: a `dind` service of its own, or
/// another machine. Nothing when the job uses the runner's daemon, or nobody can tell.
pub fn daemon_elsewhere<'w>(job: &'w Job, workflow: &'w Workflow) -> Option<&'w str> {
    let container = job.container.as_ref().map(|container| &container.value.env);
    let layers = container.into_iter().chain([&job.env, &workflow.env]);
    let host = layers.filter_map(|vars: &Vars| vars.get("DOCKER_HOST")).next()?;
    let host = host.text.as_ref()?.value();
    points_elsewhere(host, &job.services).then_some(host)
}

/// Whether a `DOCKER_HOST` is another daemon than the runner's, in a job with those services.
fn points_elsewhere(host: &str, services: &[Service]) -> bool {
    if host.starts_with("ssh://") {
        return true;
    }
    let Some(address) = host.strip_prefix("tcp://") else { return false };
    let name = address.split([':', '/']).next().unwrap_or_default();
    match name {
        "" => false,
        // The runner's own daemon may listen there too; a dind's published port is its own.
        "localhost" | "127.0.0.1" | "0.0.0.0" => services.iter().any(is_dind),
        "host.docker.internal" | "172.17.0.1" => false,
        name if name.contains("${{") => false,
        _ => true,
    }
}

/// Whether a service is a Docker daemon of the job's own: `docker:dind`, `docker:27-dind-rootless`.
fn is_dind(service: &Service) -> bool {
    service.container.image.as_ref().is_some_and(|image| {
        let (_, tag) = image.value().rsplit_once(':').unwrap_or_default();
        tag.split('-').any(|part| part == "dind")
            || image.value().rsplit('/').next().is_some_and(|name| name.starts_with("dind"))
    })
}
