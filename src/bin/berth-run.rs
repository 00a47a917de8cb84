//! The helper's entry point: arguments, signals and exit codes.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod command {
    use std::path::PathBuf;
    use std::time::Duration;

    use berthlint::runtime::export::{Port, Template, check_name};
    use berthlint::runtime::image::Pull;
    use berthlint::runtime::job::Job;
    use berthlint::runtime::labels::Format;
    use berthlint::runtime::select::Selector;
    use berthlint::runtime::sibling::{Health, Sibling};
    use berthlint::runtime::token::Token;
    use berthlint::runtime::volume::Volume;
    use berthlint::runtime::{
        Error, Result, check, console, doctor, down, engine, guard, guarding, hook, labels, place, port, reach, reap,
        record, snapshot, sweep, unit, units, up, vigil,
    };
    use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
    use clap_complete::Shell;
    use tokio::signal::unix::{SignalKind, signal};

    /// Starts containers beside a CI job (siblings), labels them with the job's run, and removes exactly those.
    #[derive(Debug, Parser)]
    #[command(name = "berth-run", version = env!("BERTHLINT_VERSION"), max_term_width = 100)]
    pub struct Arguments {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(Debug, Subcommand)]
    enum Command {
        /// Start a sibling and wait until it is ready
        Up(Box<Up>),
        /// Remove everything this job has made
        Down {
            /// Print each container's log first
            #[arg(long)]
            logs: bool,
            /// Also containers made since `berth-run snapshot`, unless something shows that they are another job's
            #[arg(long)]
            since_snapshot: bool,
            /// With --since-snapshot: only containers whose name matches this regular expression, as in ^ws-
            #[arg(long = "name", value_name = "RE", requires = "since_snapshot")]
            names: Vec<String>,
            /// With --since-snapshot: only containers of these images, as in molecule-local/*
            #[arg(long = "image", value_name = "GLOB", requires = "since_snapshot")]
            images: Vec<String>,
        },
        /// Note which containers exist, for `down --since-snapshot`
        Snapshot,
        /// Print ports that no other job of this daemon gets, until `down`
        Port {
            /// How many
            #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=i64::from(port::MOST)))]
            count: u16,
            /// After this long a sweep may give them to others
            #[arg(long, value_name = "D", value_parser = units::duration, default_value = "6h")]
            ttl: Duration,
        },
        /// Remove what jobs have left on this daemon; without a selector that is what berth-run made and has expired
        Sweep {
            /// Containers whose name matches this regular expression, as in ^ws-
            #[arg(long = "name", value_name = "RE")]
            names: Vec<String>,
            /// Containers of these images; * is any text but /, as in molecule-local/*
            #[arg(long = "image", value_name = "GLOB")]
            images: Vec<String>,
            /// Only containers with this label; given several times, with all of them
            #[arg(long = "label", value_name = "K=V")]
            labels: Vec<String>,
            /// Only containers whose last start, or creation if they never started, is longer ago than this
            /// [default: 2h with a selector]
            #[arg(long, value_name = "D", value_parser = units::duration)]
            older_than: Option<Duration>,
            /// When more than this many would be removed, remove nothing and exit with 1
            #[arg(long, value_name = "N", default_value = "100")]
            cap: usize,
            /// Remove; without it only print what would be removed
            #[arg(long)]
            apply: bool,
        },
        /// Check that a sibling still runs, is this job's and answers
        Check {
            /// Its name in this job
            name: String,
        },
        /// Print this job's labels, for containers of your own
        Labels {
            /// The output format
            #[arg(long, value_enum, default_value = "file")]
            format: LabelFormat,
            /// After this long the guard or a sweep removes containers with these labels, even while the job runs
            #[arg(long, value_parser = units::duration, default_value = "6h")]
            ttl: Duration,
            /// Also start this job's guard, which removes containers with these labels when the job is killed
            #[arg(long)]
            guard: bool,
        },
        /// Print a container name that no other job has
        Name {
            /// What it begins with: [a-z][a-z0-9-]*
            base: String,
        },
        /// End stale processes of a program that earlier jobs have left on this machine
        Reap {
            /// The program's whole name, or its path
            #[arg(long, value_name = "NAME")]
            exe: String,
            /// Then wait until this port is free
            #[arg(long, value_name = "P", value_parser = clap::value_parser!(u16).range(1..))]
            port: Option<u16>,
            /// How long a process may take to end by itself
            #[arg(long, value_name = "D", value_parser = units::duration, default_value = "5s")]
            grace: Duration,
            /// Also processes whose parent has ended, when they run longer than this; choose more than the longest job
            #[arg(long, value_name = "D", value_parser = units::duration)]
            older_than: Option<Duration>,
        },
        /// Show the daemon, this job's mode and network, and whether siblings can be reached
        Doctor {
            /// Also list what has outlived its job
            #[arg(long)]
            orphans: bool,
            /// With --orphans: the checkout whose workflows may have made it, to name their lines
            #[arg(long, value_name = "DIR", requires = "orphans")]
            checkout: Option<PathBuf>,
        },
        /// For a runner's hook: remove what the job that has just ended has left
        Hook {
            #[command(subcommand)]
            event: Hook,
        },
        /// Print the daemon's events, one a line, until SIGTERM
        Record {
            /// Append to this file instead of printing
            #[arg(long, value_name = "F")]
            out: Option<PathBuf>,
        },
        /// Print a systemd service and timer for the sweep of this daemon
        Unit {
            /// The path of berth-run [default: this program's own path]
            #[arg(long, value_name = "PATH")]
            program: Option<String>,
            /// When to sweep, in the syntax of systemd.time
            #[arg(long, value_name = "WHEN", default_value = "hourly")]
            calendar: String,
            /// The sweep's own arguments
            #[arg(last = true, value_name = "SWEEP ARGUMENTS")]
            sweep: Vec<String>,
        },
        /// Print the completion script for a shell
        Completions {
            /// The shell
            shell: Shell,
        },
        /// Print a manual page in the format of man
        Man {
            /// The command; without it the page of berth-run
            command: Option<String>,
        },
        /// The guard of a job in host mode; `up` starts it
        #[command(hide = true)]
        Vigil {
            #[arg(long)]
            token: String,
            #[arg(long)]
            until: u64,
            #[arg(long = "directory")]
            directories: Vec<PathBuf>,
            /// PID:START
            #[arg(long)]
            runner: Option<String>,
        },
        /// The guard's own life; `up` starts it
        #[command(hide = true)]
        Guard {
            #[arg(long)]
            job: String,
            #[arg(long)]
            token: String,
            #[arg(long)]
            until: Option<u64>,
        },
        /// The answering container of `doctor`
        #[command(hide = true)]
        Answer,
    }

    #[derive(Debug, Subcommand)]
    enum Hook {
        /// After a job: gitea-runner's job hook or post-task script, GitHub's ACTIONS_RUNNER_HOOK_JOB_COMPLETED
        JobCompleted,
    }

    #[derive(Debug, Clone, Copy, ValueEnum)]
    enum LabelFormat {
        File,
        Args,
        Env,
        Json,
    }

    #[derive(Debug, Clone, Copy, ValueEnum)]
    enum PullPolicy {
        Missing,
        Always,
        Never,
    }

    #[derive(Debug, Args)]
    struct Up {
        /// The sibling's name in this job: [a-z][a-z0-9-]*
        name: String,
        /// The image to start
        #[arg(long)]
        image: String,
        /// A port to wait for and to export; nothing is published [default: those the image exposes]
        #[arg(long = "port", value_name = "P", value_parser = Port::parse)]
        ports: Vec<Port>,
        /// KEY=value, or KEY for the value this step has
        #[arg(long, value_name = "K[=V]")]
        env: Vec<String>,
        /// A file with such lines
        #[arg(long, value_name = "F")]
        env_file: Vec<PathBuf>,
        /// NAME:/path or /source:/path, as in docker run
        #[arg(long = "volume", value_name = "V", value_parser = Volume::parse)]
        volumes: Vec<Volume>,
        /// Replaces the image's entrypoint
        #[arg(long, value_name = "E")]
        entrypoint: Option<String>,
        /// /path[:options], as in docker run
        #[arg(long, value_name = "T")]
        tmpfs: Vec<String>,
        /// Size of /dev/shm, such as 256m
        #[arg(long, value_name = "S", value_parser = units::bytes)]
        shm_size: Option<i64>,
        /// The siblings' network, for a job on the host's network or in host mode; made when missing [default: bridge]
        #[arg(long, value_name = "N")]
        network: Option<String>,
        /// The container's health check, a shell command that runs inside; `up` waits for it
        #[arg(long, value_name = "C")]
        health_cmd: Option<String>,
        /// Docker's pause between its own checks
        #[arg(long, value_name = "D", value_parser = units::duration)]
        health_interval: Option<Duration>,
        /// Docker's limit for one of its own checks
        #[arg(long, value_name = "D", value_parser = units::duration)]
        health_timeout: Option<Duration>,
        /// Docker's failures in a row until unhealthy
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
        health_retries: Option<i64>,
        /// Docker's grace at the start
        #[arg(long, value_name = "D", value_parser = units::duration)]
        health_start_period: Option<Duration>,
        /// A shell command that runs inside, for which `up` waits; not a health check
        #[arg(long, value_name = "C", conflicts_with = "health_cmd")]
        wait_cmd: Option<String>,
        /// How long it may take to be ready
        #[arg(long, value_name = "D", value_parser = units::duration, default_value = "120s")]
        timeout: Duration,
        /// After this long the guard or a sweep removes it, even while the job runs
        #[arg(long, value_name = "D", value_parser = units::duration, default_value = "6h")]
        ttl: Duration,
        /// When to pull the image
        #[arg(long, value_enum, default_value = "missing")]
        pull: PullPolicy,
        /// Also export VAR; {host}, {port} and {port:8025} are replaced
        #[arg(long = "export", value_name = "VAR=TEMPLATE", value_parser = Template::parse)]
        exports: Vec<Template>,
        /// Start no guard: a cancelled or killed job's sibling then stays until a sweep takes it
        #[arg(long)]
        no_guard: bool,
        /// The container's arguments
        #[arg(last = true, value_name = "CMD")]
        command: Vec<String>,
    }

    impl Up {
        fn request(self) -> up::Request {
            up::Request {
                sibling: Sibling {
                    name: self.name,
                    image: self.image,
                    pull: match self.pull {
                        PullPolicy::Missing => Pull::Missing,
                        PullPolicy::Always => Pull::Always,
                        PullPolicy::Never => Pull::Never,
                    },
                    ports: self.ports,
                    env: Vec::new(),
                    volumes: self.volumes,
                    entrypoint: self.entrypoint,
                    tmpfs: self.tmpfs,
                    shm_size: self.shm_size,
                    network: self.network,
                    health: Health {
                        command: self.health_cmd,
                        wait_command: self.wait_cmd,
                        interval: self.health_interval,
                        timeout: self.health_timeout,
                        retries: self.health_retries,
                        start_period: self.health_start_period,
                    },
                    timeout: self.timeout,
                    ttl: self.ttl,
                    command: self.command,
                },
                env: self.env,
                env_files: self.env_file,
                templates: self.exports,
                guard: !self.no_guard,
            }
        }
    }

    /// Runs the command that was asked for.
    pub async fn run(arguments: Arguments) -> Result<()> {
        match arguments.command {
            Command::Up(up) => up::up(up.request(), interrupted()).await,
            Command::Down { logs, since_snapshot, names, images } => {
                let selector = Selector::new(&names, &images, &[])?;
                down::down(logs, since_snapshot.then_some(&selector)).await
            }
            Command::Snapshot => snapshot::snapshot().await,
            Command::Port { count, ttl } => port::port(count, ttl).await,
            Command::Sweep { names, images, labels, older_than, cap, apply } => {
                let selector = Selector::new(&names, &images, &labels)?;
                sweep::sweep(&sweep::Request { selector, older_than, cap, apply }).await
            }
            Command::Check { name } => check::check(&name).await,
            Command::Labels { format, ttl, guard } => {
                let format = match format {
                    LabelFormat::File => Format::File,
                    LabelFormat::Args => Format::Args,
                    LabelFormat::Env => Format::Env,
                    LabelFormat::Json => Format::Json,
                };
                let job = Job::find_or_mint()?;
                if guard {
                    let engine = engine::Engine::connect().await?;
                    guarding::ensure(&engine, &job, &place::find(&engine).await?, ttl).await?;
                }
                console::result(&labels::render(&job, ttl, format)?);
                Ok(())
            }
            Command::Name { base } => {
                check_name(&base)?;
                console::result(&Job::find_or_mint()?.unique_name(&base));
                Ok(())
            }
            Command::Reap { exe, port, grace, older_than } => {
                reap::reap(&reap::Request { exe, port, grace, older_than }).await
            }
            Command::Doctor { orphans, checkout: None } => doctor::doctor(orphans.then_some(&doctor::nobody)).await,
            Command::Doctor { checkout: Some(checkout), .. } => orphans_of(&checkout).await,
            Command::Guard { job, token, until } => {
                let token = Token::parse(&token)?;
                let watch = async {
                    let engine = engine::Engine::connect().await?;
                    guard::run(&engine, &job, &token, until).await
                };
                tokio::select! {
                    outcome = watch => outcome,
                    // The first process of a container ignores what it does not handle.
                    _ = interrupted() => Ok(()),
                }
            }
            Command::Hook { event: Hook::JobCompleted } => {
                hook::job_completed().await;
                Ok(())
            }
            Command::Record { out } => record::record(out.as_deref(), interrupted()).await,
            Command::Unit { program, calendar, sweep } => {
                let own = || std::env::current_exe().map(|path| path.display().to_string()).unwrap_or_default();
                let address = engine::Engine::address();
                console::results(&unit::unit(&program.unwrap_or_else(own), &address, &sweep, &calendar)?);
                Ok(())
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut shown(), "berth-run", &mut script);
                console::paper(&script);
                Ok(())
            }
            Command::Man { command } => man(command.as_deref()),
            Command::Vigil { token, until, directories, runner } => {
                let runner = runner.as_deref().and_then(|text| text.split_once(':'));
                let runner = runner.and_then(|(pid, start)| Some((pid.parse().ok()?, start.parse().ok()?)));
                let watch = vigil::Watch { directories, runner };
                vigil::run(&Token::parse(&token)?, &watch, until).await
            }
            Command::Answer => reach::answer().await,
        }
    }

    /// The commands that people call: those that berth-run calls itself are nobody's to complete.
    fn shown() -> clap::Command {
        let all = Arguments::command();
        let shown: Vec<clap::Command> = all.get_subcommands().filter(|one| !one.is_hide_set()).cloned().collect();
        let about = all.get_about().cloned().unwrap_or_default();
        clap::Command::new("berth-run").version(env!("BERTHLINT_VERSION")).about(about).subcommands(shown)
    }

    /// The page of berth-run or of one of its commands.
    fn man(asked: Option<&str>) -> Result<()> {
        // From here on each command knows its whole name.
        let mut all = shown();
        all.build();
        let page = match asked {
            None => all,
            Some(name) => {
                let found = all.get_subcommands().find(|command| command.get_name() == name);
                let missing =
                    || Error::usage(format!("man: there is no command `{name}`"), "`berth-run --help` lists them");
                found.cloned().ok_or_else(missing)?
            }
        };
        let mut roff = Vec::new();
        let rendered = clap_mangen::Man::new(page).render(&mut roff);
        rendered.map_err(|error| Error::failed(format!("man: the page cannot be made: {error}"), ""))?;
        console::paper(&roff);
        Ok(())
    }

    /// Lists what has outlived its job, with the lines of a checkout that made it.
    #[cfg(feature = "lint")]
    async fn orphans_of(checkout: &std::path::Path) -> Result<()> {
        use berthlint::whose::Makers;
        let unusable = |why| Error::usage(format!("--checkout: {why}"), "name the root of a checkout, or leave it out");
        let makers = Makers::of(checkout).map_err(unusable)?;
        for why in &makers.unread {
            console::note(&format!("not read: {why}"));
        }
        doctor::doctor(Some(&|left| makers.told(left))).await
    }

    /// The helper alone has no linter to read a checkout with.
    #[cfg(not(feature = "lint"))]
    #[allow(clippy::unused_async)]
    async fn orphans_of(_: &std::path::Path) -> Result<()> {
        Err(Error::usage(
            "--checkout: this berth-run is built without the linter, and cannot read workflows",
            "build it with the linter, as `cargo install --path .` does in a clone of berthlint, or leave --checkout out",
        ))
    }

    /// Resolves with the name of the first signal that asks this process to end.
    async fn interrupted() -> &'static str {
        let listen = |kind| signal(kind).ok();
        let (mut int, mut term, mut hup) =
            (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()));
        tokio::select! {
            Some(()) = next(&mut int) => "SIGINT",
            Some(()) = next(&mut term) => "SIGTERM",
            Some(()) = next(&mut hup) => "SIGHUP",
            else => std::future::pending().await,
        }
    }

    async fn next(stream: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
        stream.as_mut()?.recv().await
    }

    /// A runtime on this thread, and the command's exit code.
    pub fn main(arguments: Arguments) -> u8 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = match runtime {
            Ok(runtime) => {
                let outcome = runtime.block_on(run(arguments));
                // A name look-up or a half-open connection must not hold the process back.
                runtime.shutdown_background();
                outcome
            }
            Err(error) => Err(Error::failed(format!("cannot start: {error}"), "")),
        };
        match outcome {
            Ok(()) => 0,
            Err(error) => {
                console::failure("error", &error);
                error.exit_code()
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use berthlint::door::print;
    use berthlint::runtime::console;
    // The program's own words may quote what is not ours.
    std::panic::set_hook(Box::new(|defect| console::note(&format!("internal error: {defect}; please report it"))));
    match print::command_line() {
        Ok(arguments) => ExitCode::from(command::main(arguments)),
        Err(code) => ExitCode::from(code),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    berthlint::door::print::remark("berth-run: error: runs on Linux only\n", false);
    ExitCode::FAILURE
}
