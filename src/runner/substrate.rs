//! A job's substrate: from the configuration first, then from the forge and the labels.

use super::candidates::{Labels, WorkflowCall, candidates};
use super::declared::{Declared, Schema};
use super::elsewhere::daemon_elsewhere;
use super::kind::{Daemon, Forge, Mode, Network, Program, Version};
use super::label::{Meaning, meaning};
use super::table::{Trait, does, status_rules};
use crate::expr::{StatusRules, TimeoutIs};
use crate::facts::Confidence;
use crate::truth::Truth;
use crate::workflow::{Job, Workflow};

/// What is known besides the workflow.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    /// Who reads the workflow.
    pub forge: Forge,
    /// Runners as declared, the first that fits wins.
    pub runners: &'s [Declared],
    /// Labels of the owner's machines, from `.github/actionlint.yaml`.
    pub self_hosted: &'s [String],
    /// The calls of this workflow in the repository.
    pub calls: &'s [WorkflowCall],
}

impl Setting<'_> {
    /// A forge, and nothing else.
    pub fn of(forge: Forge) -> Self {
        Self { forge, runners: &[], self_hosted: &[], calls: &[] }
    }
}

/// Where a job runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Substrate {
    /// Who reads the workflow.
    pub forge: Forge,
    /// The program that runs the job.
    pub runner: Option<Program>,
    /// Its version.
    pub version: Option<Version>,
    /// Whether the daemon is shared.
    pub daemon: Daemon,
    /// Where the steps run.
    pub mode: Mode,
    /// Where they most likely run, when only the label's name says so: it decides nothing else.
    pub likely_mode: Mode,
    /// The network of the job and its services.
    pub network: Network,
    /// Every label the job may ask for, as far as it is known, each once.
    pub labels: Vec<String>,
    /// How sure the daemon is.
    pub confidence: Confidence,
    /// Whether the configuration names the runner.
    pub configured: bool,
    /// Whether the job can use Docker.
    pub docker: Truth,
    /// Whether the daemon's socket is there for the steps.
    pub socket: Truth,
    /// Whether `berth-run` is declared to be there.
    pub helper: bool,
    /// How many jobs the runner runs at once.
    pub capacity: Option<u32>,
    /// What still runs after a cancel and a timeout.
    pub status_rules: StatusRules,
    /// Whether a script's trap runs after a cancel, before the script is killed.
    pub runs_traps_on_cancel: Truth,
    /// Whether jobs that wait for others still start after a cancel.
    pub starts_jobs_on_cancel: Truth,
    /// Whether no main step runs after a cancel.
    pub cancel_skips_steps: Truth,
    /// Whether the job's `services:` are silently dropped.
    pub services_dropped: Truth,
    /// Whether the checkout is a directory of the host at the same path.
    pub bind_workdir: Truth,
    /// Whether the runner runs a script of its own after each job.
    pub hook: Truth,
    /// The `DOCKER_HOST` of another daemon, which docker commands go to.
    pub elsewhere: Option<String>,
}

impl Substrate {
    /// Whether GitHub's runner runs the job on a machine that is none of GitHub's: those serve one job each.
    pub fn is_self_hosted(&self) -> bool {
        self.runner == Some(Program::Github) && self.daemon == Daemon::Shared
    }

    /// One of which only the forge is known.
    pub fn unknown(forge: Forge) -> Self {
        Self {
            forge,
            runner: None,
            version: None,
            daemon: Daemon::Unknown,
            mode: Mode::Unknown,
            likely_mode: Mode::Unknown,
            network: Network::Unknown,
            labels: Vec::new(),
            confidence: Confidence::High,
            configured: false,
            docker: Truth::Unknown,
            socket: Truth::Unknown,
            helper: false,
            capacity: None,
            status_rules: StatusRules::UNKNOWN,
            runs_traps_on_cancel: Truth::Unknown,
            starts_jobs_on_cancel: Truth::Unknown,
            cancel_skips_steps: Truth::Unknown,
            services_dropped: Truth::Unknown,
            bind_workdir: Truth::Unknown,
            hook: Truth::Unknown,
            elsewhere: None,
        }
    }

    /// Whether services are where the job is when that is on the host's network. act (0.2.89, seen) puts them into a
    /// network of their own.
    pub fn services_share_host_network(&self) -> bool {
        self.network == Network::Host && self.runner != Some(Program::Act)
    }

    /// Whether every run of its runner has an id of its own. act (0.2.89, run_context.go) gives each the id 1, unless it
    /// is told another.
    pub fn numbers_runs(&self) -> bool {
        self.runner != Some(Program::Act)
    }

    /// Whether its runner does that.
    pub fn does(&self, what: Trait) -> Truth {
        does(what, self.runner, self.version)
    }

    /// Whether the daemon is shared.
    pub fn is_shared(&self) -> Truth {
        match self.daemon {
            Daemon::Shared => Truth::Yes,
            Daemon::Ephemeral => Truth::No,
            Daemon::Unknown => Truth::Unknown,
        }
    }
}

/// Where a job runs. Of several candidates that differ the strictest counts, with medium confidence; one
/// that is not known makes the daemon unknown.
pub fn substrate(job: &Job, workflow: &Workflow, setting: &Setting<'_>) -> Substrate {
    let (lists, assumed) = candidates(job, workflow, setting.calls);
    let lists = if lists.is_empty() { vec![Labels::default()] } else { lists };
    let shape = Shape { container: has_container(job), setting };
    let found: Vec<Substrate> = lists.iter().flat_map(|labels| shape.all(labels)).collect();
    let mut one = merge(found);
    one.labels = known_labels(&lists);
    if assumed {
        one.confidence = one.confidence.min(Confidence::Medium);
    }
    one.cancel_skips_steps = !one.does(Trait::RunsStepsOnCancel);
    one.services_dropped = match one.mode {
        Mode::Host => !one.does(Trait::StartsServicesOnHost),
        Mode::Container => Truth::No,
        // On GitHub they start wherever the steps run.
        Mode::Unknown if one.does(Trait::StartsServicesOnHost).is_yes() => Truth::No,
        Mode::Unknown => Truth::Unknown,
    };
    one.elsewhere = daemon_elsewhere(job, workflow).map(str::to_owned);
    one
}

fn known_labels(lists: &[Labels]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for label in lists.iter().flat_map(Labels::known) {
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }
    labels
}

/// Whether the job's steps run in a container of their own; an image from an expression may be empty.
fn has_container(job: &Job) -> Truth {
    let Some(container) = &job.container else { return Truth::No };
    match &container.value.image {
        None => Truth::No,
        Some(image) if image.has_expression() => Truth::Unknown,
        Some(image) => Truth::from(!image.value().trim().is_empty()),
    }
}

struct Shape<'s> {
    container: Truth,
    setting: &'s Setting<'s>,
}

impl Shape<'_> {
    /// The substrates that a list of labels can mean: one, unless a label is unknown.
    fn all(&self, labels: &Labels) -> Vec<Substrate> {
        let fitting = |declared: &&Declared| declared.fits(labels.known()).is_some() || declared.is_of_all();
        if let Some(declared) = self.setting.runners.iter().find(fitting) {
            return vec![self.declared(declared, labels)];
        }
        let mut all = vec![self.default(labels)];
        // A label nobody knows may be any declared one.
        if !labels.is_known() && !labels.known().any(|label| label.eq_ignore_ascii_case("self-hosted")) {
            all.extend(self.setting.runners.iter().map(|declared| self.declared(declared, labels)));
        }
        all
    }

    /// By the table of forges and labels.
    fn default(&self, labels: &Labels) -> Substrate {
        match self.setting.forge {
            Forge::Github => self.github(labels),
            Forge::Gitea => self.act_like(Program::GiteaRunner, labels, Network::Unknown),
            Forge::Forgejo => self.act_like(Program::ForgejoRunner, labels, Network::Auto),
        }
    }

    fn github(&self, labels: &Labels) -> Substrate {
        let (daemon, confidence) = self.github_daemon(labels);
        let mode = match daemon {
            Daemon::Unknown => Mode::Unknown,
            _ => self.mode_on_host(true),
        };
        self.finish(Substrate { daemon, confidence, mode, ..self.blank(Some(Program::Github), Network::PerJob) })
    }

    fn github_daemon(&self, labels: &Labels) -> (Daemon, Confidence) {
        let meanings: Vec<_> = labels.items.iter().map(|label| meaning(&label.known, label.whole)).collect();
        let listed = |label: &str| self.setting.self_hosted.iter().any(|known| super::label::glob(known, label));
        if meanings.contains(&Meaning::OnePerJob) {
            (Daemon::Ephemeral, Confidence::High)
        } else if meanings.contains(&Meaning::SelfHosted) {
            (Daemon::Shared, Confidence::High)
        } else if meanings.contains(&Meaning::Provider) {
            (Daemon::Ephemeral, Confidence::High)
        } else if labels.known().any(listed) {
            // Fleets of machines that serve one job are listed there, too.
            (Daemon::Shared, Confidence::Medium)
        } else if meanings.is_empty() || meanings.contains(&Meaning::Unknown) {
            (Daemon::Unknown, Confidence::Low)
        } else if meanings.iter().all(|meaning| *meaning == Meaning::Hosted) {
            (Daemon::Ephemeral, if labels.group { Confidence::Medium } else { Confidence::High })
        } else if labels.group {
            // GitHub's larger machines have groups and labels of any name.
            (Daemon::Unknown, Confidence::Low)
        } else {
            (Daemon::Shared, Confidence::Medium)
        }
    }

    /// gitea-runner and forgejo-runner without a configuration.
    fn act_like(&self, program: Program, labels: &Labels, network: Network) -> Substrate {
        let on_host = labels.known().any(|label| label == "host");
        let (mode, likely_mode) = match (on_host, self.container) {
            (true, _) => (self.mode_on_host(program == Program::GiteaRunner), Mode::Unknown),
            (false, Truth::Yes) => (Mode::Container, Mode::Unknown),
            (false, _) => (Mode::Unknown, likely_mode(program, labels)),
        };
        let network = if mode == Mode::Host { Network::Host } else { network };
        let blank = self.blank(Some(program), network);
        self.finish(Substrate { mode, likely_mode, daemon: Daemon::Shared, ..blank })
    }

    fn declared(&self, declared: &Declared, labels: &Labels) -> Substrate {
        let default = self.default(labels);
        let program = declared.program.or(default.runner);
        let schema = match declared.fits(labels.known()).and_then(|pattern| pattern.schema) {
            Some(Schema::Bare) => match program {
                Some(Program::GiteaRunner) => Some(Schema::Host),
                Some(Program::ForgejoRunner) => Some(Schema::Docker),
                _ => None,
            },
            schema => schema,
        };
        let takes_containers = matches!(program, Some(Program::GiteaRunner | Program::Github));
        let mode = match (declared.mode, schema) {
            (Mode::Host, _) | (Mode::Unknown, Some(Schema::Host | Schema::Lxc)) => self.mode_on_host(takes_containers),
            (Mode::Container, _) | (Mode::Unknown, Some(Schema::Docker)) => Mode::Container,
            (Mode::Unknown, None | Some(Schema::Bare)) if program == Some(Program::Github) => self.mode_on_host(true),
            // Who says on which network the containers of jobs are runs jobs in containers.
            (Mode::Unknown, None) if is_of_containers(&declared.network) => Mode::Container,
            (Mode::Unknown, None | Some(Schema::Bare)) if program == default.runner => default.mode,
            (Mode::Unknown, None | Some(Schema::Bare)) => Mode::Unknown,
        };
        let likely_mode = match mode {
            Mode::Unknown if program == default.runner && schema.is_none() => default.likely_mode,
            _ => Mode::Unknown,
        };
        let network = match (mode, program, &declared.network) {
            (_, Some(Program::Github), _) => Network::PerJob,
            (Mode::Host, ..) => Network::Host,
            (_, Some(Program::ForgejoRunner), Network::Unknown) => Network::Auto,
            // Its `--network` is host by default.
            (_, Some(Program::Act), Network::Unknown) => Network::Host,
            (_, _, network) => network.clone(),
        };
        let daemon = match (declared.daemon, program) {
            (Daemon::Unknown, Some(Program::Github)) if default.daemon != Daemon::Unknown => default.daemon,
            (Daemon::Unknown, _) => Daemon::Shared,
            (daemon, _) => daemon,
        };
        // A system container of its own has its own daemon, if any.
        let daemon =
            if schema == Some(Schema::Lxc) && declared.daemon == Daemon::Unknown { Daemon::Unknown } else { daemon };
        let is_known = daemon != Daemon::Unknown;
        let is_assumed = declared.daemon == Daemon::Unknown && program == Some(Program::Github);
        self.finish(Substrate {
            version: declared.version,
            daemon,
            mode,
            likely_mode,
            confidence: match (is_known, is_assumed) {
                (false, _) => Confidence::Low,
                (true, true) => default.confidence.max(Confidence::Medium),
                (true, false) => Confidence::High,
            },
            configured: true,
            docker: declared.docker,
            socket: declared.socket,
            helper: declared.helper,
            capacity: declared.capacity,
            bind_workdir: declared.bind_workdir,
            hook: declared.hook,
            ..self.blank(program, network)
        })
    }

    /// The mode on a runner whose steps run on its machine, unless it puts them into the job's `container:`
    /// (gitea-runner's run_context.go: host needs an empty container image).
    fn mode_on_host(&self, takes_containers: bool) -> Mode {
        match (self.container, takes_containers) {
            (Truth::No, _) => Mode::Host,
            (Truth::Yes, true) => Mode::Container,
            _ => Mode::Unknown,
        }
    }

    fn blank(&self, runner: Option<Program>, network: Network) -> Substrate {
        Substrate { runner, network, ..Substrate::unknown(self.setting.forge) }
    }

    /// Fills in what follows from the runner and its version.
    fn finish(&self, mut one: Substrate) -> Substrate {
        one.status_rules = status_rules(one.runner, one.version);
        // Of a cancel nothing is told by halves.
        if one.status_rules.cancel_runs_main_steps.is_some() {
            one.runs_traps_on_cancel = one.does(Trait::RunsTrapsOnCancel);
            one.starts_jobs_on_cancel = one.does(Trait::StartsJobsOnCancel);
        }
        if one.socket == Truth::Unknown && one.mode == Mode::Container {
            one.socket = one.does(Trait::MountsSocket);
        }
        one
    }
}

/// Whether a network is one that only containers are on.
fn is_of_containers(network: &Network) -> bool {
    matches!(network, Network::Auto | Network::PerJob | Network::Bridge | Network::Custom(_))
}

/// Where the steps of a job with those labels most likely run. Runners register `ubuntu-…` as images
/// (`ubuntu-latest:docker://…`, gitea-runner's own default); on Forgejo a label without a schema is one, too.
fn likely_mode(program: Program, labels: &Labels) -> Mode {
    let is_image = |label: &str| label.to_ascii_lowercase().starts_with("ubuntu-");
    let named = labels.known().next().is_some() && labels.is_known();
    match program {
        Program::ForgejoRunner if named => Mode::Container,
        Program::GiteaRunner if named && labels.known().all(is_image) => Mode::Container,
        _ => Mode::Unknown,
    }
}

/// One substrate out of several: what they agree on; of the daemons the strictest.
fn merge(all: Vec<Substrate>) -> Substrate {
    let strictest = all.iter().map(|one| one.daemon).max();
    let has_unknown = all.iter().any(|one| one.daemon == Daemon::Unknown);
    let differ = all.iter().any(|one| Some(one.daemon) != strictest);
    let confidence = all.iter().map(|one| one.confidence).min().unwrap_or(Confidence::Low);
    // What runs on the strictest is what peers meet there.
    let kept = all.into_iter().filter(|one| has_unknown || Some(one.daemon) == strictest);
    let merged = kept.reduce(agree);
    let mut merged = merged.unwrap_or_else(|| {
        Shape { container: Truth::Unknown, setting: &Setting::of(Forge::Github) }.blank(None, Network::Unknown)
    });
    if has_unknown {
        merged.daemon = Daemon::Unknown;
        merged.confidence = Confidence::Low;
    } else if differ {
        merged.confidence = Confidence::Medium;
    } else {
        merged.confidence = confidence;
    }
    merged
}

fn agree(one: Substrate, other: Substrate) -> Substrate {
    let truth = |one: Truth, other: Truth| if one == other { one } else { Truth::Unknown };
    Substrate {
        runner: one.runner.filter(|_| one.runner == other.runner),
        version: one.version.filter(|_| one.version == other.version),
        mode: if one.mode == other.mode { one.mode } else { Mode::Unknown },
        likely_mode: if one.likely_mode == other.likely_mode { one.likely_mode } else { Mode::Unknown },
        network: if one.network == other.network { one.network } else { Network::Unknown },
        configured: one.configured && other.configured,
        docker: truth(one.docker, other.docker),
        socket: truth(one.socket, other.socket),
        helper: one.helper && other.helper,
        capacity: one.capacity.filter(|_| one.capacity == other.capacity),
        bind_workdir: truth(one.bind_workdir, other.bind_workdir),
        hook: truth(one.hook, other.hook),
        status_rules: StatusRules {
            cancel_runs_main_steps: same(
                one.status_rules.cancel_runs_main_steps,
                other.status_rules.cancel_runs_main_steps,
            ),
            timeout_is: same::<TimeoutIs>(one.status_rules.timeout_is, other.status_rules.timeout_is),
        },
        runs_traps_on_cancel: truth(one.runs_traps_on_cancel, other.runs_traps_on_cancel),
        starts_jobs_on_cancel: truth(one.starts_jobs_on_cancel, other.starts_jobs_on_cancel),
        daemon: one.daemon.max(other.daemon),
        ..one
    }
}

fn same<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<T> {
    if one == other { one } else { None }
}
