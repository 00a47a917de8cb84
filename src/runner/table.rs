//! What each runner does, by version, and which keys a server reads from which version on: measured, or read in their
//! sources. The one place for such facts; `docs/runners.md` has the same, with the sources, and the test `runners`
//! holds the two against each other.

use super::kind::{Program, Version};
use crate::expr::{StatusRules, TimeoutIs};
use crate::truth::Truth::{self, No, Unknown, Yes};

/// Something a runner does, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trait {
    /// After a cancel, main steps whose `if:` says so still run.
    RunsStepsOnCancel,
    /// After the job's timeout, main steps whose `if:` says so still run.
    RunsStepsOnTimeout,
    /// To the status functions a timeout is a failure; where it is none, it is a cancel.
    TakesTimeoutForFailure,
    /// After a cancel, a script's trap runs before the script is killed.
    RunsTrapsOnCancel,
    /// After a cancel, jobs that wait for others still start where their `if:` says so.
    StartsJobsOnCancel,
    /// A job waits until its services are healthy.
    WaitsForHealth,
    /// `services.*.ports` are published on the host.
    PublishesServicePorts,
    /// `services:` of a job whose steps run on the host are started.
    StartsServicesOnHost,
    /// `--network` in `options` counts.
    HonoursNetworkOption,
    /// `--name` in `options` counts.
    HonoursNameOption,
    /// `--publish` in `options` counts.
    HonoursPublishOption,
    /// `--label` in `options` counts.
    HonoursLabelOption,
    /// `--health-…` in `options` counts.
    HonoursHealthOptions,
    /// `--network-alias` in `options` counts.
    HonoursAliasOption,
    /// A job dies of `--name` in a service's `options`.
    DiesOfServiceName,
    /// A job on the host's network dies of `--network-alias` in a service's `options`.
    DiesOfAliasOnHost,
    /// Of a job on the host's network the services' `ports` are discarded: the services share that network.
    DiscardsPortsOnHost,
    /// `services.*.volumes` are mounted.
    MountsServiceVolumes,
    /// `container.ports` are published.
    PublishesJobPorts,
    /// `container.network` in the workflow counts.
    HonoursJobNetworkKey,
    /// `job.services.*` tells ports, id and network.
    KnowsServicePorts,
    /// `GITHUB_RUN_ATTEMPT` is set.
    SetsRunAttempt,
    /// `strategy.job-index` and `strategy.job-total` are set.
    SetsJobIndex,
    /// A job's `container.env` wins over what a step wrote to `$GITHUB_ENV`.
    ContainerEnvWins,
    /// The daemon's socket is mounted into job containers unless the runner's configuration says otherwise.
    MountsSocket,
    /// Processes that a job on the host leaves behind are killed at its end.
    ReapsProcesses,
    /// `jobs.*.timeout-minutes` ends the job, where the server passes it on.
    HonoursJobTimeout,
}

/// How a trait changed: what holds from which version on, oldest first.
type History = &'static [(Version, Truth)];

struct Row {
    what: Trait,
    program: Program,
    history: History,
}

/// A runner without a known version is taken to be no older than these: gitea-runner 0.2.0 is of 2023-05,
/// when Actions left its test phase; nobody runs older ones.
const OLDEST: &[(Program, Version)] = &[(Program::GiteaRunner, Version::new(0, 2, 0))];

const fn v(major: u32, minor: u32, patch: u32) -> Version {
    Version::new(major, minor, patch)
}

const START: Version = v(0, 0, 0);
const YES: History = &[(START, Yes)];
const NO: History = &[(START, No)];

/// Every row not here is unknown. forgejo-runner was read at the end of 2025 (about version 12).
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // e22d3fa2 in gitea-runner; the others keep nektos/act's job_executor.go, where nothing main runs.
    // act 0.2.89 runs them after SIGINT (Ctrl-C), and none after SIGTERM: the row is about the latter.
    row(Trait::RunsStepsOnCancel, Program::GiteaRunner, &[(START, No), (v(2, 0, 0), Yes)]),
    row(Trait::RunsStepsOnCancel, Program::ForgejoRunner, NO),
    row(Trait::RunsStepsOnCancel, Program::Act, NO),
    row(Trait::RunsStepsOnCancel, Program::Github, YES),
    // The same commit; what gitea-runner then says is in its run_context.go. GitHub's server sends a cancel.
    row(Trait::RunsStepsOnTimeout, Program::GiteaRunner, &[(START, No), (v(2, 0, 0), Yes)]),
    row(Trait::RunsStepsOnTimeout, Program::ForgejoRunner, NO),
    row(Trait::RunsStepsOnTimeout, Program::Act, NO),
    row(Trait::RunsStepsOnTimeout, Program::Github, YES),
    row(Trait::TakesTimeoutForFailure, Program::GiteaRunner, &[(START, Unknown), (v(2, 0, 0), Yes)]),
    row(Trait::TakesTimeoutForFailure, Program::Github, NO),
    // Only GitHub's sends a signal before it kills, and does not wait for long.
    row(Trait::RunsTrapsOnCancel, Program::GiteaRunner, NO),
    row(Trait::RunsTrapsOnCancel, Program::ForgejoRunner, NO),
    row(Trait::RunsTrapsOnCancel, Program::Act, NO),
    row(Trait::StartsJobsOnCancel, Program::Github, YES),
    // 68547886 in gitea-runner; 96891ab3 of 2025-08 in forgejo-runner.
    row(Trait::WaitsForHealth, Program::GiteaRunner, &[(START, No), (v(3, 1, 0), Yes)]),
    row(Trait::WaitsForHealth, Program::ForgejoRunner, &[(START, Unknown), (v(12, 0, 0), Yes)]),
    row(Trait::WaitsForHealth, Program::Act, YES),
    row(Trait::WaitsForHealth, Program::Github, YES),
    // ceeb6c16 came with act_runner 0.2.7.
    row(Trait::PublishesServicePorts, Program::GiteaRunner, &[(START, No), (v(0, 2, 7), Yes)]),
    row(Trait::PublishesServicePorts, Program::ForgejoRunner, YES),
    row(Trait::PublishesServicePorts, Program::Act, YES),
    row(Trait::PublishesServicePorts, Program::Github, YES),
    // startHostEnvironment in run_context.go has no services.
    row(Trait::StartsServicesOnHost, Program::GiteaRunner, NO),
    row(Trait::StartsServicesOnHost, Program::ForgejoRunner, NO),
    row(Trait::StartsServicesOnHost, Program::Act, NO),
    row(Trait::StartsServicesOnHost, Program::Github, YES),
    // a72822b3 in gitea-runner. GitHub passes it on, and `docker create` then fails with two networks.
    row(Trait::HonoursNetworkOption, Program::GiteaRunner, &[(START, Yes), (v(0, 2, 0), No)]),
    row(Trait::HonoursNetworkOption, Program::ForgejoRunner, NO),
    row(Trait::HonoursNetworkOption, Program::Act, YES),
    row(Trait::HonoursNetworkOption, Program::Github, YES),
    row(Trait::HonoursNameOption, Program::GiteaRunner, &[(START, Unknown), (v(0, 2, 0), No)]),
    row(Trait::HonoursNameOption, Program::ForgejoRunner, NO),
    row(Trait::HonoursNameOption, Program::Github, YES),
    // docker_run.go; 65d762d1 of 2025-08 in forgejo-runner keeps only health, volume, tmpfs, memory, hostname.
    row(Trait::HonoursPublishOption, Program::GiteaRunner, YES),
    row(Trait::HonoursPublishOption, Program::ForgejoRunner, &[(START, Unknown), (v(12, 0, 0), No)]),
    row(Trait::HonoursPublishOption, Program::Act, YES),
    row(Trait::HonoursPublishOption, Program::Github, YES),
    row(Trait::HonoursLabelOption, Program::GiteaRunner, YES),
    row(Trait::HonoursLabelOption, Program::ForgejoRunner, &[(START, Unknown), (v(12, 0, 0), No)]),
    row(Trait::HonoursLabelOption, Program::Act, YES),
    row(Trait::HonoursLabelOption, Program::Github, YES),
    row(Trait::HonoursHealthOptions, Program::GiteaRunner, YES),
    row(Trait::HonoursHealthOptions, Program::ForgejoRunner, YES),
    row(Trait::HonoursHealthOptions, Program::Act, YES),
    row(Trait::HonoursHealthOptions, Program::Github, YES),
    row(Trait::HonoursAliasOption, Program::GiteaRunner, NO),
    row(Trait::HonoursAliasOption, Program::ForgejoRunner, NO),
    row(Trait::HonoursAliasOption, Program::Github, YES),
    // What it does about an option that is not there is not known.
    row(Trait::DiesOfServiceName, Program::GiteaRunner, YES),
    row(Trait::DiesOfAliasOnHost, Program::GiteaRunner, YES),
    row(Trait::DiscardsPortsOnHost, Program::GiteaRunner, YES),
    // The service's container gets no list of valid volumes (run_context.go), so none is valid.
    row(Trait::MountsServiceVolumes, Program::GiteaRunner, NO),
    row(Trait::MountsServiceVolumes, Program::Github, YES),
    // The job's container gets no port bindings (run_context.go).
    row(Trait::PublishesJobPorts, Program::GiteaRunner, NO),
    row(Trait::PublishesJobPorts, Program::Github, YES),
    // Not in ContainerSpec (act/model/workflow.go); GitHub has no such key.
    row(Trait::HonoursJobNetworkKey, Program::GiteaRunner, NO),
    row(Trait::HonoursJobNetworkKey, Program::Github, NO),
    row(Trait::KnowsServicePorts, Program::GiteaRunner, &[(START, No), (v(3, 1, 0), Yes)]),
    row(Trait::KnowsServicePorts, Program::Github, YES),
    // 505907eb
    row(Trait::SetsRunAttempt, Program::GiteaRunner, &[(START, No), (v(0, 3, 1), Yes)]),
    row(Trait::SetsRunAttempt, Program::Github, YES),
    // expression.go: of `strategy` only `fail-fast` and `max-parallel`.
    row(Trait::SetsJobIndex, Program::GiteaRunner, NO),
    row(Trait::SetsJobIndex, Program::ForgejoRunner, NO),
    row(Trait::SetsJobIndex, Program::Act, NO),
    row(Trait::SetsJobIndex, Program::Github, YES),
    // step.go
    row(Trait::ContainerEnvWins, Program::GiteaRunner, YES),
    row(Trait::ContainerEnvWins, Program::ForgejoRunner, YES),
    row(Trait::ContainerEnvWins, Program::Act, YES),
    row(Trait::ContainerEnvWins, Program::Github, NO),
    // forgejo-runner: `docker_host: "-"` by default since the end of 2024.
    row(Trait::MountsSocket, Program::GiteaRunner, YES),
    row(Trait::MountsSocket, Program::ForgejoRunner, &[(START, Unknown), (v(12, 0, 0), No)]),
    row(Trait::MountsSocket, Program::Act, YES),
    row(Trait::MountsSocket, Program::Github, YES),
    // GitHub: JobExtension.cs, by RUNNER_TRACKING_ID.
    row(Trait::ReapsProcesses, Program::GiteaRunner, NO),
    row(Trait::ReapsProcesses, Program::ForgejoRunner, NO),
    row(Trait::ReapsProcesses, Program::Act, NO),
    row(Trait::ReapsProcesses, Program::Github, YES),
    // 6bdcb548; 02a51c0a of 2025-09 in forgejo-runner.
    row(Trait::HonoursJobTimeout, Program::GiteaRunner, &[(START, No), (v(2, 0, 0), Yes)]),
    row(Trait::HonoursJobTimeout, Program::ForgejoRunner, &[(START, Unknown), (v(12, 0, 0), Yes)]),
    row(Trait::HonoursJobTimeout, Program::Act, NO),
    row(Trait::HonoursJobTimeout, Program::Github, YES),
];

/// A key and what decides whether it counts.
#[derive(Debug)]
pub struct IgnoredKey {
    /// The key as its path; `*` is any name.
    pub key: &'static str,
    /// The Gitea that first honours it: `None` is no version so far.
    pub gitea: Since,
    /// What the runner must do for it to count.
    pub runner: Option<Trait>,
}

/// From when on a Gitea server honours a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It never ignored it; the runner decides.
    Ever,
    /// From this version on.
    Version(Version),
    /// None does so far.
    Never,
}

const fn key(key: &'static str, gitea: Since, runner: Option<Trait>) -> IgnoredKey {
    IgnoredKey { key, gitea, runner }
}

const fn since(major: u32, minor: u32) -> Since {
    Since::Version(v(major, minor, 0))
}

/// All keys that something ignores: <https://docs.gitea.com/usage/actions/comparison>, per version of the server, and
/// gitea-runner's source.
#[rustfmt::skip]
pub const KEYS: &[IgnoredKey] = &[
    key("concurrency", since(1, 26), None),
    key("jobs.*.concurrency", since(1, 26), None),
    key("run-name", since(1, 25), None),
    key("permissions", since(1, 26), None),
    key("jobs.*.permissions", since(1, 26), None),
    key("jobs.*.timeout-minutes", since(1, 27), Some(Trait::HonoursJobTimeout)),
    key("jobs.*.continue-on-error", since(1, 27), Some(Trait::HonoursJobTimeout)),
    key("jobs.*.environment", Since::Never, None),
    key("jobs.*.runs-on.group", Since::Never, None),
    key("on.workflow_dispatch", since(1, 23), None),
    key("jobs.*.container.network", Since::Ever, Some(Trait::HonoursJobNetworkKey)),
    key("jobs.*.container.ports", Since::Ever, Some(Trait::PublishesJobPorts)),
    key("jobs.*.services.*.volumes", Since::Ever, Some(Trait::MountsServiceVolumes)),
];

/// What is known of it all: a trait, a program, and how that changed, oldest first.
pub fn rows() -> impl Iterator<Item = (Trait, Program, &'static [(Version, Truth)])> {
    ROWS.iter().map(|row| (row.what, row.program, row.history))
}

const fn row(what: Trait, program: Program, history: History) -> Row {
    Row { what, program, history }
}

/// Whether that runner does that. Without a version: what all versions in use agree on, else unknown.
pub fn does(what: Trait, program: Option<Program>, version: Option<Version>) -> Truth {
    let Some(program) = program else { return Unknown };
    let Some(row) = ROWS.iter().find(|row| row.what == what && row.program == program) else { return Unknown };
    let at = |version| row.history.iter().rev().find(|(since, _)| *since <= version).map_or(Unknown, |(_, is)| *is);
    if let Some(version) = version {
        return at(version);
    }
    let oldest = OLDEST.iter().find(|(of, _)| *of == program).map_or(START, |(_, oldest)| *oldest);
    let later = row.history.iter().filter(|(since, _)| *since > oldest).map(|(_, is)| *is);
    later.fold(at(oldest), |all, is| if all == is { all } else { Unknown })
}

/// What that runner's status functions say, and whether it runs main steps at all, after a cancel and a timeout.
pub fn status_rules(program: Option<Program>, version: Option<Version>) -> StatusRules {
    let does = |what| does(what, program, version);
    let known = |truth: Truth| match truth {
        Yes => Some(true),
        No => Some(false),
        Unknown => None,
    };
    let timeout_is = match (does(Trait::RunsStepsOnTimeout), does(Trait::TakesTimeoutForFailure)) {
        (No, _) => Some(TimeoutIs::Nothing),
        (Yes, Yes) => Some(TimeoutIs::Failure),
        (Yes, No) => Some(TimeoutIs::Cancelled),
        (Yes, Unknown) | (Unknown, _) => None,
    };
    StatusRules { cancel_runs_main_steps: known(does(Trait::RunsStepsOnCancel)), timeout_is }
}

/// The trait that decides whether an option of `docker create` in `options` counts; other options are not
/// in the table.
pub fn option_trait(option: &str) -> Option<Trait> {
    match option {
        "--network" | "--net" => Some(Trait::HonoursNetworkOption),
        "--name" => Some(Trait::HonoursNameOption),
        "--publish" | "-p" => Some(Trait::HonoursPublishOption),
        "--label" | "-l" => Some(Trait::HonoursLabelOption),
        "--network-alias" | "--net-alias" => Some(Trait::HonoursAliasOption),
        health if health.starts_with("--health-") => Some(Trait::HonoursHealthOptions),
        _ => None,
    }
}
