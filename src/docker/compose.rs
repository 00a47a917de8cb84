//! `docker compose`, `docker-compose`, `podman-compose`.

use super::control::Action;
use super::tables;
use crate::command::Arg;
use crate::command::options::{Grammar, Options};
use crate::truth::Truth;

/// A compose call.
#[derive(Clone, Debug, PartialEq)]
pub struct Compose {
    /// Each `-f`; `-` is standard input. None: the default names, from the working directory upward.
    pub files: Vec<Arg>,
    /// `-p`; an empty one says nothing (compose-go `cli/options.go`).
    pub project: Option<Arg>,
    /// `--project-directory`.
    pub project_directory: Option<Arg>,
    /// Each `--profile`.
    pub profiles: Vec<Arg>,
    /// Each `--env-file`; none: `.env` in the project directory.
    pub env_files: Vec<Arg>,
    /// What is done.
    pub verb: ComposeVerb,
    /// Options before the subcommand; the subcommand's are the call's own.
    pub global: Options,
}

/// Compose's subcommands.
#[derive(Clone, Debug, PartialEq)]
pub enum ComposeVerb {
    /// `up`.
    Up(Up),
    /// `create`: as `up --no-start`.
    Create(Up),
    /// `run`.
    Run(Box<ComposeRun>),
    /// `start`, `restart`, `stop`, `kill`, `pause`, `unpause`, `wait`.
    Control {
        /// Which of them.
        action: Action,
        /// Of which services; all when none.
        services: Vec<Arg>,
    },
    /// `down`.
    Down {
        /// Only these services; all, and the networks, when none.
        services: Vec<Arg>,
        /// `-v`.
        volumes: Truth,
        /// `--remove-orphans`.
        remove_orphans: Truth,
        /// `--rmi`.
        rmi: Option<Arg>,
    },
    /// `rm`: containers that do not run.
    Remove {
        /// Of which services; all when none.
        services: Vec<Arg>,
        /// `-f`: without asking.
        force: Truth,
        /// `-s`: those that run are stopped first.
        stop: Truth,
        /// `-v`: anonymous volumes too.
        volumes: Truth,
    },
    /// `exec`.
    Exec {
        /// In which service.
        service: Option<Arg>,
        /// `-d`.
        detach: Truth,
        /// What runs there.
        argv: Vec<Arg>,
    },
    /// `build`.
    Build {
        /// Which services; all when none.
        services: Vec<Arg>,
        /// `--push`.
        push: Truth,
    },
    /// `pull`.
    Pull {
        /// Of which services.
        services: Vec<Arg>,
    },
    /// `push`.
    Push {
        /// Of which services.
        services: Vec<Arg>,
    },
    /// `ps`.
    Ps {
        /// `-q`.
        quiet: Truth,
        /// `-a`.
        all: Truth,
        /// Of which services.
        services: Vec<Arg>,
    },
    /// `logs`.
    Logs {
        /// `-f`.
        follow: Truth,
        /// Of which services.
        services: Vec<Arg>,
    },
    /// `config`.
    Config,
    /// `cp FROM TO`.
    Copy {
        /// From where.
        from: Arg,
        /// To where.
        to: Arg,
    },
    /// `port SERVICE PORT`.
    Port {
        /// Of which service.
        service: Arg,
        /// Which of its ports.
        port: Option<Arg>,
    },
    /// Any other subcommand, or none that is known.
    Other(String),
}

/// `compose up`, `compose create`.
#[derive(Clone, Debug, PartialEq)]
pub struct Up {
    /// Only these services and what they depend on; all when none.
    pub services: Vec<Arg>,
    /// `-d`. `--wait` implies it.
    pub detach: Truth,
    /// `--wait`: until they are healthy.
    pub wait: Truth,
    /// `--remove-orphans`: removes the project's containers of services that the files do not name.
    pub remove_orphans: Truth,
    /// `--abort-on-container-exit`, and `-failure`: stops all when one ends.
    pub abort_on_exit: Truth,
    /// `--exit-code-from`, which implies it.
    pub exit_code_from: Option<Arg>,
    /// `--build`.
    pub build: Truth,
    /// `--force-recreate`.
    pub force_recreate: Truth,
    /// `--no-deps`.
    pub no_deps: Truth,
    /// `--no-start`.
    pub no_start: Truth,
    /// Each `--scale SERVICE=N`.
    pub scale: Vec<Arg>,
}

/// `compose run`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComposeRun {
    /// The service.
    pub service: Option<Arg>,
    /// Its command.
    pub args: Vec<Arg>,
    /// `--rm`.
    pub rm: Truth,
    /// `-d`.
    pub detach: Truth,
    /// `--name`.
    pub name: Option<Arg>,
    /// Each `-p`.
    pub publishes: Vec<Arg>,
    /// `--service-ports`: publishes the service's own ports, which run does not do otherwise.
    pub service_ports: Truth,
    /// `--no-deps`.
    pub no_deps: Truth,
    /// Each `-v`.
    pub volumes: Vec<Arg>,
    /// Each `--label`.
    pub labels: Vec<Arg>,
}

impl Compose {
    /// Whether one of its files is standard input.
    pub fn reads_stdin(&self) -> bool {
        self.files.iter().any(|file| file.is("-"))
    }
}

/// Reads what stands behind `compose`: the call, the subcommand's own options, and the words of `args` that
/// lead to the subcommand.
pub(super) fn parse(args: &[Arg]) -> (Compose, Options, usize) {
    let (global, words) = tables::COMPOSE.parse(args);
    let lead = args.len() - words.len();
    let (verb, options) = match words.split_first() {
        Some((verb, rest)) => match verb.text() {
            Some(name) => subcommand(name, rest),
            None => {
                (ComposeVerb::Other(String::new()), Options { unsure: vec![verb.span.clone()], ..Options::default() })
            }
        },
        None => (ComposeVerb::Other(String::new()), Options::default()),
    };
    let compose = Compose {
        files: global.values("file"),
        project: global.value("project-name").filter(|project| !project.value.empty().is_yes()),
        project_directory: global.value("project-directory").or_else(|| global.value("workdir")),
        profiles: global.values("profile"),
        env_files: global.values("env-file"),
        verb,
        global,
    };
    (compose, options, (lead + 1).min(args.len()))
}

fn subcommand(name: &str, args: &[Arg]) -> (ComposeVerb, Options) {
    use Action::{Kill, Pause, Restart, Start, Stop, Unpause, Wait};
    let read = |grammar: &Grammar| grammar.parse(args);
    let control = |action, grammar: &Grammar| {
        let (options, services) = grammar.parse(args);
        (ComposeVerb::Control { action, services }, options)
    };
    match name {
        "up" | "create" => {
            let (options, services) = read(&tables::COMPOSE_UP);
            let up = Up::new(&options, services);
            (if name == "up" { ComposeVerb::Up(up) } else { ComposeVerb::Create(up) }, options)
        }
        "run" => {
            let (options, words) = read(&tables::COMPOSE_RUN);
            (ComposeVerb::Run(Box::new(ComposeRun::new(&options, words))), options)
        }
        "start" => control(Start, &tables::COMPOSE_DOWN),
        "restart" => control(Restart, &tables::COMPOSE_DOWN),
        "stop" => control(Stop, &tables::COMPOSE_DOWN),
        "kill" => control(Kill, &tables::COMPOSE_KILL),
        "pause" => control(Pause, &tables::COMPOSE_DOWN),
        "unpause" => control(Unpause, &tables::COMPOSE_DOWN),
        "wait" => control(Wait, &tables::COMPOSE_OTHER),
        "down" => {
            let (options, services) = read(&tables::COMPOSE_DOWN);
            let (volumes, remove_orphans) = (options.flag("volumes"), options.flag("remove-orphans"));
            (ComposeVerb::Down { services, volumes, remove_orphans, rmi: options.value("rmi") }, options)
        }
        "rm" => {
            let (options, services) = read(&tables::COMPOSE_DOWN);
            let (force, stop, volumes) = (options.flag("force"), options.flag("stop"), options.flag("volumes"));
            (ComposeVerb::Remove { services, force, stop, volumes }, options)
        }
        "exec" => {
            let (options, words) = read(&tables::COMPOSE_EXEC);
            let detach = options.flag("detach");
            let mut words = words.into_iter();
            (ComposeVerb::Exec { service: words.next(), detach, argv: words.collect() }, options)
        }
        "build" => {
            let (options, services) = read(&tables::COMPOSE_BUILD);
            (ComposeVerb::Build { services, push: options.flag("push") }, options)
        }
        _ => other(name, args),
    }
}

fn other(name: &str, args: &[Arg]) -> (ComposeVerb, Options) {
    let (options, words) = tables::COMPOSE_OTHER.parse(args);
    let mut pair = words.iter().cloned();
    let verb = match name {
        "pull" => ComposeVerb::Pull { services: words },
        "push" => ComposeVerb::Push { services: words },
        "ps" => ComposeVerb::Ps { quiet: options.flag("quiet"), all: options.flag("all"), services: words },
        "logs" => ComposeVerb::Logs { follow: options.flag("follow"), services: words },
        "config" | "convert" => ComposeVerb::Config,
        "cp" => match (pair.next(), pair.next()) {
            (Some(from), Some(to)) => ComposeVerb::Copy { from, to },
            _ => ComposeVerb::Other(name.to_owned()),
        },
        "port" => match pair.next() {
            Some(service) => ComposeVerb::Port { service, port: pair.next() },
            None => ComposeVerb::Other(name.to_owned()),
        },
        _ => ComposeVerb::Other(name.to_owned()),
    };
    (verb, options)
}

impl Up {
    pub(super) fn new(options: &Options, services: Vec<Arg>) -> Self {
        let wait = options.flag("wait");
        let failure = options.flag("abort-on-container-failure");
        let exit_code_from = options.value("exit-code-from");
        Self {
            services,
            detach: options.flag("detach").or(wait),
            wait,
            remove_orphans: options.flag("remove-orphans"),
            abort_on_exit: options.flag("abort-on-container-exit").or(failure).or(exit_code_from.is_some().into()),
            exit_code_from,
            build: options.flag("build"),
            force_recreate: options.flag("force-recreate"),
            no_deps: options.flag("no-deps"),
            no_start: options.flag("no-start"),
            scale: options.values("scale"),
        }
    }
}

impl ComposeRun {
    fn new(options: &Options, words: Vec<Arg>) -> Self {
        let mut words = words.into_iter();
        Self {
            service: words.next(),
            args: words.collect(),
            rm: options.flag("rm"),
            detach: options.flag("detach"),
            name: options.value("name"),
            publishes: options.values("publish"),
            service_ports: options.flag("service-ports"),
            no_deps: options.flag("no-deps"),
            volumes: options.values("volume"),
            labels: options.values("label"),
        }
    }
}
