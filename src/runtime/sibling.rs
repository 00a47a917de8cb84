//! The sibling as the user described it, and the request that makes it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HealthConfig, HostConfig, Mount};

use super::address;
use super::export::Port;
use super::image::Pull;
use super::volume::Volume;
use super::{Error, Result};
use crate::door::helper;

/// A sibling, as `berth-run up` is told.
#[derive(Debug, Clone)]
pub struct Sibling {
    /// `[a-z][a-z0-9-]*`, unique in the job.
    pub name: String,
    /// The image.
    pub image: String,
    /// When to pull it.
    pub pull: Pull,
    /// Ports to wait for and to export; none means those the image exposes.
    pub ports: Vec<Port>,
    /// `KEY=value` each.
    pub env: Vec<String>,
    /// What to mount.
    pub volumes: Vec<Volume>,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<String>,
    /// `PATH[:OPTIONS]` each.
    pub tmpfs: Vec<String>,
    /// Size of /dev/shm in bytes.
    pub shm_size: Option<i64>,
    /// The declared network.
    pub network: Option<String>,
    /// How to ask whether it is ready.
    pub health: Health,
    /// How long it may take to be ready.
    pub timeout: Duration,
    /// After this long a sweep may take it.
    pub ttl: Duration,
    /// Arguments after `--`.
    pub command: Vec<String>,
}

/// `--health-*` and `--wait-cmd`.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// A shell command inside the container; becomes the container's health check.
    pub command: Option<String>,
    /// A shell command inside the container that only `up` runs.
    pub wait_command: Option<String>,
    /// Docker's interval between checks.
    pub interval: Option<Duration>,
    /// Docker's limit for one check.
    pub timeout: Option<Duration>,
    /// Docker's failures in a row until `unhealthy`.
    pub retries: Option<i64>,
    /// Docker's grace at the start.
    pub start_period: Option<Duration>,
}

impl Health {
    fn config(&self) -> Option<HealthConfig> {
        let command = self.command.clone()?;
        let nanos = |d: Option<Duration>| d.and_then(|d| i64::try_from(d.as_nanos()).ok());
        Some(HealthConfig {
            test: Some(vec!["CMD-SHELL".to_owned(), command]),
            interval: nanos(self.interval),
            timeout: nanos(self.timeout),
            retries: self.retries,
            start_period: nanos(self.start_period),
            ..Default::default()
        })
    }
}

/// `KEY=value` as it is; `KEY` with the value this step has.
///
/// # Errors
/// The step has no such variable, or the text has no name (exit code 2).
pub fn env(text: &str) -> Result<String> {
    let wrong = |what: &str, advice: &str| Err(Error::usage(what, advice));
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return wrong(
            &format!("--env `{name}`: a variable's name has no blank in it"),
            "write KEY=value or KEY; in a file, neither `export` nor blanks around the name",
        );
    }
    match text.split_once('=') {
        Some(("", _)) => wrong(&format!("--env `{text}` has no name"), "write KEY=value or KEY"),
        Some(_) => Ok(text.to_owned()),
        None if text.is_empty() => wrong("--env has no name", "write KEY=value or KEY"),
        None => match std::env::var(text) {
            Ok(value) => Ok(format!("{text}={value}")),
            Err(_) => wrong(
                &format!("--env {text}: this step has no such variable"),
                "add it to the step's `env:`, or write KEY=value",
            ),
        },
    }
}

/// The container's environment. As with `docker run`, the command line overrides the files.
///
/// # Errors
/// As for [`env`] and [`env_file`] (exit code 2).
pub fn environment(files: &[PathBuf], entries: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for file in files {
        all.extend(env_file(file)?);
    }
    for entry in entries {
        all.push(env(entry)?);
    }
    Ok(all)
}

/// The lines of an `--env-file`, in Docker's form: `KEY=value` or `KEY`, `#` begins a comment line.
///
/// # Errors
/// The file cannot be read, or a line is wrong (exit code 2).
pub fn env_file(path: &Path) -> Result<Vec<String>> {
    let text = helper::given(path).map_err(|error| {
        Error::usage(
            format!("--env-file {}: {error}", path.display()),
            "the path is read by berth-run, in this step's working directory",
        )
    })?;
    text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')).map(env).collect()
}

impl Sibling {
    /// The request that makes it; `published` on 127.0.0.1, or reached by its own address.
    pub fn request(
        &self,
        ports: &[Port],
        network: &str,
        (binds, mounts): (Vec<String>, Vec<Mount>),
        labels: HashMap<String, String>,
        published: bool,
    ) -> ContainerCreateBody {
        let tmpfs = self.tmpfs.iter().map(|entry| {
            let (path, options) = entry.split_once(':').unwrap_or((entry, ""));
            (path.to_owned(), options.to_owned())
        });
        ContainerCreateBody {
            image: Some(self.image.clone()),
            env: Some(self.env.clone()),
            cmd: (!self.command.is_empty()).then(|| self.command.clone()),
            entrypoint: self.entrypoint.clone().map(|program| vec![program]),
            exposed_ports: Some(ports.iter().map(|port| port.docker()).collect()),
            healthcheck: self.health.config(),
            labels: Some(labels),
            host_config: Some(HostConfig {
                network_mode: Some(network.to_owned()),
                port_bindings: published.then(|| address::bindings(ports)),
                binds: Some(binds),
                mounts: Some(mounts),
                tmpfs: Some(tmpfs.collect()),
                shm_size: self.shm_size,
                ..Default::default()
            }),
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_takes_the_steps_value_only_when_there_is_one() {
        assert_eq!(env("A=b=c").expect("fine"), "A=b=c");
        assert_eq!(env("A=").expect("fine"), "A=");
        assert!(env("PATH").expect("set").starts_with("PATH="));
        for wrong in ["", "=x", "BERTH_TEST_NEVER_SET", "A B=c", "A =c", " A=c", "export A=c", "A\tB", "PATH "] {
            assert_eq!(env(wrong).expect_err("refused").exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn env_files_are_read_as_docker_reads_them() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("env");
        std::fs::write(&path, "# no\n\n  A=1\nB=x # y\n").expect("written");
        assert_eq!(env_file(&path).expect("fine"), ["A=1", "B=x # y"]);
        assert!(env_file(&dir.path().join("none")).is_err());
    }
}
