//! A runner that does with a job what gitea-runner 0.2 does where a label means the machine itself: steps are processes
//! of the machine, a cancelled job runs no further step, and what a step has started in the background runs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use berthlint::expr::Status;
use tempfile::TempDir;

use crate::contexts::Contexts;
use crate::daemon::{program, text};
use crate::job::{self, Step, Workflow};
use crate::mended::copy_into;

/// A run of a workflow's only job. The runner removes its directories when this is dropped.
pub struct HostRun {
    folder: TempDir,
    id: String,
    contexts: Contexts,
}

impl HostRun {
    pub fn new(id: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["workspace", "temp", "bin"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink(program(), folder.path().join("bin/berth-run")).unwrap();
        let mut contexts = Contexts::default();
        contexts.set("github.run_id", id);
        Self { folder, id: id.to_owned(), contexts }
    }

    pub fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    /// Runs its steps, up to `cancelled_after`: whether all went well, and what they said.
    pub fn go(&self, repository: &Path, workflow: &str, cancelled_after: Option<&str>) -> (bool, String) {
        let workflow = Workflow::read(&repository.join(workflow));
        let job = workflow.jobs.values().next().unwrap();
        let (mut success, mut log) = (true, String::new());
        for step in &job.steps {
            let status = if success { Status::SUCCESS } else { Status::FAILURE };
            if self.contexts.holds(step.condition.as_deref(), status) {
                log += &format!("== {}\n", step.title());
                success &= self.step(step, repository, &mut log);
            }
            if cancelled_after == Some(step.title()) {
                return (false, log);
            }
        }
        (success, log)
    }

    fn step(&self, step: &Step, repository: &Path, log: &mut String) -> bool {
        let Some(run) = &step.run else {
            copy_into(repository, &self.workspace());
            return true;
        };
        // Into a file: what a step leaves running keeps a pipe open.
        let said = self.folder.path().join("said");
        let output = fs::File::create(&said).unwrap();
        let mut command = self.command("sh");
        command.args(["-e", "-c", &self.contexts.text(run)]);
        command.envs(step.env.iter().map(|(name, value)| (name, self.contexts.text(&job::text(value)))));
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let status = command.status().unwrap();
        *log += &text(&fs::read(&said).unwrap());
        status.success()
    }

    /// A program of this job, in its workspace and with its variables.
    pub fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command.current_dir(self.workspace());
        command.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        command.env("RUNNER_TEMP", self.folder.path().join("temp"));
        command.env("GITHUB_WORKSPACE", self.workspace());
        command.env("GITHUB_SERVER_URL", "https://forge.example");
        command.env("GITHUB_REPOSITORY", "team/app").env("GITHUB_RUN_ID", &self.id).env("GITHUB_JOB", "e2e-api");
        command
    }
}
