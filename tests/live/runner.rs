//! A runner that does with a job what gitea-runner 0.2 does where its configuration says `container.network: host`:
//! the job and its services are on the host's network, published ports are discarded, nobody waits for a service,
//! services vanish when they die, and a cancelled job runs no further step.
//!
//! The job's container has this machine's programs, so that a job finds docker and psql.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use berthlint::expr::Status;
use tempfile::TempDir;

use crate::contexts::Contexts;
use crate::daemon::{BUSYBOX, Container, docker, docker_may_fail, program, socket, sweep, text};
use crate::job::{self, Action, Env, Job, Service, Step, Workflow};
use crate::mended::copy_into;

/// A run of one job, before it is started.
pub struct Run<'r> {
    /// What a checkout gives.
    pub repository: &'r Path,
    /// The workflow's path in it.
    pub workflow: &'r str,
    /// `github.run_id`
    pub id: String,
    /// `github.run_attempt`; gitea-runner before 0.3.1 has none.
    pub attempt: &'r str,
    /// After this step the run is cancelled.
    pub cancelled_after: Option<&'r str>,
    /// What `sh` is.
    pub sh: &'r [&'r str],
    /// Is called after every step with its name.
    pub watch: &'r (dyn Fn(&str) + Sync),
}

/// How a job ended. What carries its run's label is removed when the test is done with it.
#[derive(Debug)]
pub struct Ended {
    pub run: String,
    pub success: bool,
    /// What its steps said.
    pub log: String,
}

/// Where a job runs, and what its steps share.
struct Machine {
    container: Container,
    folder: TempDir,
    /// The job's variables: those of the workflow and the job, and what steps wrote to `$GITHUB_ENV`.
    env: Vec<(String, String)>,
    contexts: Contexts,
}

/// A run's number: no other run of the tests has it.
fn number() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{}{:03}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl<'r> Run<'r> {
    pub fn of(repository: &'r Path, workflow: &'r str) -> Self {
        Self { repository, workflow, id: number(), attempt: "", cancelled_after: None, sh: &["sh"], watch: &|_| {} }
    }

    /// Runs the workflow's only job.
    pub fn go(&self) -> Ended {
        let workflow = Workflow::read(&self.repository.join(self.workflow));
        assert_eq!(workflow.jobs.len(), 1, "one job, please");
        let (name, job) = workflow.jobs.iter().next().unwrap();
        let task = format!("GITEA-ACTIONS-TASK-{}_WORKFLOW-live_JOB-{name}", self.id);
        let mut machine = self.machine(&task, name);
        machine.add_env(&workflow.env);
        machine.add_env(&job.env);
        let services: Vec<Container> = job.services.iter().map(|(id, service)| start(&task, id, service)).collect();
        let mut ended = Ended { run: self.id.clone(), success: true, log: String::new() };
        self.steps(job, &mut machine, &mut ended);
        drop(services);
        ended
    }

    fn steps(&self, job: &Job, machine: &mut Machine, ended: &mut Ended) {
        for step in &job.steps {
            let status = if ended.success { Status::SUCCESS } else { Status::FAILURE };
            let outcome = if machine.contexts.holds(step.condition.as_deref(), status) {
                ended.log += &format!("== {}\n", step.title());
                let success = self.step(step, machine, &mut ended.log);
                ended.success &= success;
                if success { "success" } else { "failure" }
            } else {
                "skipped"
            };
            if let Some(id) = &step.id {
                machine.contexts.set(&format!("steps.{id}.outcome"), outcome);
            }
            (self.watch)(step.title());
            if self.cancelled_after == Some(step.title()) {
                ended.success = false;
                return;
            }
        }
    }

    /// Whether it succeeded.
    fn step(&self, step: &Step, machine: &mut Machine, log: &mut String) -> bool {
        match (&step.uses, &step.run) {
            (Some(uses), None) if uses.starts_with("actions/checkout@") => {
                copy_into(self.repository, &machine.workspace());
                true
            }
            (Some(uses), None) if uses.starts_with("./") => {
                let action = Action::read(&machine.workspace().join(uses));
                self.action(&action, step, machine, log)
            }
            (None, Some(run)) => {
                let contexts = machine.contexts_of(step);
                let script = machine.folder.path().join("script.sh");
                fs::write(&script, contexts.text(run)).unwrap();
                let directory = machine.workspace().join(step.working_directory.as_deref().unwrap_or_default());
                let mut words = self.shell(step.shell.as_deref());
                words.push(script.to_str().unwrap().to_owned());
                machine.exec(step, &directory, &words, log)
            }
            _ => panic!("neither a checkout, a local action nor `run:`: {step:?}"),
        }
    }

    /// A local composite action: up to the first step that fails.
    fn action(&self, action: &Action, step: &Step, machine: &mut Machine, log: &mut String) -> bool {
        for (name, input) in &action.inputs {
            let given = step.with.get(name).map(|value| machine.contexts.text(&job::text(value)));
            machine.contexts.set(&format!("inputs.{name}"), &given.unwrap_or_else(|| job::text(&input.default)));
        }
        action.runs.steps.iter().all(|own| self.step(own, machine, log))
    }

    fn shell(&self, shell: Option<&str>) -> Vec<String> {
        let words = match shell {
            None | Some("sh") => [self.sh, &["-e"]].concat(),
            Some("bash") => vec!["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
            Some(other) => panic!("no such shell: {other}"),
        };
        words.into_iter().map(str::to_owned).collect()
    }

    fn machine(&self, task: &str, job: &str) -> Machine {
        let folder = TempDir::new().unwrap();
        let root = folder.path().to_str().unwrap().to_owned();
        fs::create_dir(folder.path().join("workspace")).unwrap();
        let mut words: Vec<String> =
            ["run", "-d", "--rm", "--name", task, "--network", "host"].map(str::to_owned).into();
        let mut mount = |from: &str, to: &str| words.extend(["-v".to_owned(), format!("{from}:{to}")]);
        mount(socket(), "/var/run/docker.sock");
        mount(program().to_str().unwrap(), "/opt/berth/berth-run:ro");
        mount(&root, &root);
        for folder in ["/usr", "/bin", "/lib", "/lib64"].iter().filter(|folder| Path::new(folder).exists()) {
            mount(folder, &format!("{folder}:ro"));
        }
        words.extend(["--entrypoint", "sleep", BUSYBOX, "3000"].map(str::to_owned));
        docker(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let mut machine =
            Machine { container: Container(task.to_owned()), folder, env: Vec::new(), contexts: Contexts::default() };
        for (name, value) in [
            ("server_url", "https://forge.example"),
            ("repository", "team/app"),
            ("run_id", self.id.as_str()),
            ("run_attempt", self.attempt),
            ("job", job),
            ("workspace", &format!("{root}/workspace")),
        ] {
            machine.contexts.set(&format!("github.{name}"), value);
            machine.env.push((format!("GITHUB_{}", name.to_uppercase()), value.to_owned()));
        }
        for (name, value) in [("RUNNER_TEMP", root.as_str()), ("JOB_CONTAINER_NAME", task), ("PATH", &path())] {
            machine.env.push((name.to_owned(), value.to_owned()));
        }
        machine
    }
}

impl Machine {
    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    fn add_env(&mut self, env: &Env) {
        for (name, value) in env {
            let value = self.contexts.text(&job::text(value));
            self.add(name, value);
        }
    }

    /// A later layer wins over an earlier one.
    fn add(&mut self, name: &str, value: String) {
        self.contexts.set(&format!("env.{name}"), &value);
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value));
    }

    /// A step's own variables.
    fn own(&self, step: &Step) -> Vec<(String, String)> {
        step.env.iter().map(|(name, value)| (name.clone(), self.contexts.text(&job::text(value)))).collect()
    }

    /// What the step's expressions see.
    fn contexts_of(&self, step: &Step) -> Contexts {
        let mut contexts = self.contexts.clone();
        for (name, value) in self.own(step) {
            contexts.set(&format!("env.{name}"), &value);
        }
        contexts
    }

    /// Runs a command as a step, and reads what it wrote for later ones, also when it failed.
    fn exec(&mut self, step: &Step, directory: &Path, words: &[String], log: &mut String) -> bool {
        let files = ["GITHUB_ENV", "GITHUB_OUTPUT"].map(|name| (name, self.folder.path().join(name)));
        let mut command = Command::new("docker");
        command.arg("exec").arg("-w").arg(directory);
        let mut variables = self.env.clone();
        variables.extend(self.own(step));
        for (name, file) in &files {
            fs::write(file, "").unwrap();
            variables.push(((*name).to_owned(), file.to_str().unwrap().to_owned()));
        }
        for (name, value) in variables {
            command.arg("-e").arg(format!("{name}={value}"));
        }
        let output = command.arg(&self.container.0).args(words).output().unwrap();
        *log += &text(&output.stdout);
        *log += &text(&output.stderr);
        for (name, file) in &files {
            for (key, value) in assigned(&fs::read_to_string(file).unwrap()) {
                match (*name, &step.id) {
                    ("GITHUB_ENV", _) => self.add(&key, value),
                    (_, Some(id)) => self.contexts.set(&format!("steps.{id}.outputs.{key}"), &value),
                    _ => {}
                }
            }
        }
        output.status.success()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        sweep(&format!("berth.run={}", self.run));
    }
}

/// Starts a service as the runner does: one that cannot start is only logged, and nobody waits.
fn start(task: &str, id: &str, service: &Service) -> Container {
    let name = format!("{task}-{id}");
    let mut words: Vec<String> = ["run", "-d", "--rm", "--name", &name, "--network", "host"].map(str::to_owned).into();
    for port in &service.ports {
        words.extend(["-p".to_owned(), job::text(port)]);
    }
    for (name, value) in &service.env {
        words.extend(["-e".to_owned(), format!("{name}={}", job::text(value))]);
    }
    words.push(service.image.clone());
    docker_may_fail(&words.iter().map(String::as_str).collect::<Vec<_>>());
    Container(name)
}

/// Where the job finds berth-run, and Postgres' own programs.
fn path() -> String {
    let mut path = String::from("/opt/berth");
    for version in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map(Result::unwrap) {
        path += &format!(":{}/bin", version.path().display());
    }
    path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

/// `NAME=value`, and `NAME<<END` with the lines up to `END`.
fn assigned(file: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        match (line.split_once('='), line.split_once("<<")) {
            (Some((name, value)), _) if !name.contains("<<") => all.push((name.to_owned(), value.to_owned())),
            (_, Some((name, end))) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                all.push((name.to_owned(), value.join("\n")));
            }
            _ => {}
        }
    }
    all
}
