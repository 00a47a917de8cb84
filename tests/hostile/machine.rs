//! A machine that has nothing but stubs: it runs the `run:` texts of a workflow as a runner does, and tells which of
//! the commands that must not run did.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use berthlint::expr::{Known, Part, Path as Dotted, Value as Computed, fold, template};
use serde_yaml::Value;
use tempfile::TempDir;

/// How many commands that must not run there are.
const MARKS: usize = 64;
/// Commands that do nothing, and succeed.
const QUIET: [&str; 30] = [
    "berth-run",
    "curl",
    "git",
    "go",
    "id",
    "k3d",
    "kind",
    "kill",
    "killall",
    "lsof",
    "make",
    "minikube",
    "mkdir",
    "mysql",
    "nc",
    "npm",
    "pg_isready",
    "pip",
    "pkill",
    "podman",
    "ps",
    "psql",
    "python3",
    "redis-cli",
    "rm",
    "sleep",
    "sync",
    "touch",
    "wget",
    "yarn",
];
/// Filters, which are what they are anywhere.
const FILTERS: [&str; 19] = [
    "awk", "basename", "bash", "cat", "cut", "date", "dirname", "env", "grep", "head", "mktemp", "sed", "sh", "sort",
    "tail", "tee", "tr", "uniq", "xargs",
];
const DOCKER: &str = r#"#!/bin/sh
case " $* " in
*State.Running*) echo "$STUB_RUNNING" ;;
*State.Health*) echo healthy ;;
*IPAddress*) echo 172.17.0.9 ;;
*HostPort*) echo 32768 ;;
*" port "*) echo 127.0.0.1:32768 ;;
*" run "* | *" create "* | *" -q"* | *" -aq"*) echo 0a1b2c3d4e5f ;;
*" ps "* | *" ls "*) echo '0a1b2c3d4e5f postgres:16 Up pg' ;;
esac
exit "$STUB_STATUS"
"#;
const RUNS_THE_REST: &str = "#!/bin/sh\nwhile case $1 in -*|[0-9]*) ;; *) false ;; esac; do shift; done\nexec \"$@\"\n";
/// Nothing listens anywhere.
const TIMEOUT: &str = "#!/bin/sh\ncase \"$*\" in */dev/tcp*) exit \"$STUB_STATUS\" ;; esac\nshift\nexec \"$@\"\n";
const MARK: &str = "#!/bin/sh\n: > \"$MARKS/${0##*/}\"\n";

/// The stubs, made once.
pub struct Machine {
    stubs: TempDir,
    timeout: PathBuf,
}

/// What the runner knows, by dotted path in lower case.
pub type Contexts = BTreeMap<String, String>;

/// How docker behaves.
#[derive(Clone, Copy, Debug)]
pub enum Daemon {
    Works,
    Fails,
    /// Every container has stopped.
    LosesContainers,
}

/// One job of a repository in a folder, to be run with one shell.
struct Run<'m> {
    machine: &'m Machine,
    /// The checkout.
    here: TempDir,
    /// The runner's own files, and `marks`, where commands that must not run leave theirs.
    aside: TempDir,
    shell: &'static str,
    daemon: Daemon,
    contexts: Contexts,
    /// What steps wrote to `$GITHUB_ENV`.
    exported: BTreeMap<String, String>,
}

impl Machine {
    pub fn new() -> Self {
        let stubs = TempDir::new().unwrap();
        let write = |name: &str, text: &str| executable(&stubs.path().join(name), text);
        QUIET.iter().for_each(|name| write(name, "#!/bin/sh\nexit 0\n"));
        ["sudo", "nohup", "setsid"].iter().for_each(|name| write(name, RUNS_THE_REST));
        ["docker", "docker-compose"].iter().for_each(|name| write(name, DOCKER));
        write("timeout", TIMEOUT);
        write("hostname", "#!/bin/sh\necho box\n");
        (0..MARKS).for_each(|mark| write(&format!("mark{mark}"), MARK));
        for name in FILTERS {
            std::os::unix::fs::symlink(found(name), stubs.path().join(name)).unwrap();
        }
        Self { stubs, timeout: found("timeout") }
    }

    /// The commands that must not run and did, when every step of every job of these files is run.
    pub fn marks(
        &self,
        files: &BTreeMap<String, String>,
        known: &Contexts,
        shell: &'static str,
        daemon: Daemon,
    ) -> BTreeSet<String> {
        let (here, aside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let marks = aside.path().join("marks");
        std::fs::create_dir(&marks).unwrap();
        for (path, text) in files {
            let path = here.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            executable(&path, text);
        }
        let contexts = known.clone();
        let mut run = Run { machine: self, here, aside, shell, daemon, contexts, exported: BTreeMap::new() };
        let workflows = files.iter().filter(|(path, _)| path.contains("/workflows/"));
        workflows.for_each(|(_, text)| run.workflow(&serde_yaml::from_str(text).unwrap()));
        let names = std::fs::read_dir(marks).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }
}

impl Run<'_> {
    fn workflow(&mut self, workflow: &Value) {
        let jobs = workflow.get("jobs").and_then(Value::as_mapping).unwrap();
        for (id, job) in jobs {
            self.exported.clear();
            self.contexts.insert("github.job".to_owned(), text(id));
            let mut env = BTreeMap::new();
            self.layer(workflow, &mut env);
            self.layer(job, &mut env);
            let services = job.get("services").and_then(Value::as_mapping);
            for id in services.into_iter().flat_map(|services| services.keys()).map(text) {
                let path = format!("job.services.{id}").to_lowercase();
                self.contexts.insert(format!("{path}.id"), "0a1b2c3d4e5f".to_owned());
                self.contexts.insert(format!("{path}.network"), "bridge".to_owned());
            }
            self.steps(job, &env);
        }
    }

    fn steps(&mut self, of: &Value, env: &BTreeMap<String, String>) {
        for step in of.get("steps").and_then(Value::as_sequence).into_iter().flatten() {
            let mut own = env.clone();
            own.extend(self.exported.clone());
            self.env_context(&own);
            self.layer(step, &mut own);
            self.env_context(&own);
            let uses = step.get("uses").map(text).filter(|uses| uses.starts_with("./"));
            if let Some(action) = uses.and_then(|uses| self.action(&uses)) {
                self.composite(step, &action, &own);
            } else if let Some(script) = step.get("run").and_then(|run| self.text(&text(run))) {
                self.script(step, &script, &own);
            }
        }
    }

    fn action(&self, uses: &str) -> Option<Value> {
        let file = std::fs::read_to_string(self.here.path().join(uses).join("action.yml")).ok()?;
        serde_yaml::from_str(&file).ok()
    }

    fn composite(&mut self, step: &Value, action: &Value, env: &BTreeMap<String, String>) {
        let outer = self.contexts.clone();
        let inputs = action.get("inputs").and_then(Value::as_mapping).cloned().unwrap_or_default();
        for (name, input) in &inputs {
            let default = input.get("default").map(text).unwrap_or_default();
            let given = step.get("with").and_then(|with| with.get(name)).map(text);
            let value = given.map_or(Some(default), |given| self.text(&given)).unwrap_or_default();
            self.contexts.insert(format!("inputs.{}", text(name)).to_lowercase(), value);
        }
        self.steps(action.get("runs").unwrap(), env);
        self.contexts = outer;
    }

    fn script(&mut self, step: &Value, script: &str, env: &BTreeMap<String, String>) {
        let file = self.aside.path().join("step.sh");
        std::fs::write(&file, script).unwrap();
        let directory = step.get("working-directory").and_then(|directory| self.text(&text(directory)));
        let directory = self.here.path().join(directory.unwrap_or_default());
        let env_file = self.aside.path().join("env");
        std::fs::write(&env_file, "").unwrap();
        let mut command = Command::new(&self.machine.timeout);
        command.args(["-k", "1", "20", self.shell, "-e"]).arg(&file).env_clear();
        command.envs(env.iter().filter(|(name, value)| !name.contains(['=', '\0']) && !value.contains('\0')));
        command
            .env("PATH", self.machine.stubs.path())
            .env("MARKS", self.aside.path().join("marks"))
            .env("HOME", self.here.path());
        command.env("GITHUB_ENV", &env_file).env("GITHUB_OUTPUT", "/dev/null").env("GITHUB_STEP_SUMMARY", "/dev/null");
        for name in ["RUN_ID", "RUN_ATTEMPT", "JOB", "SHA", "REPOSITORY", "REF_NAME", "HEAD_REF"] {
            let value = self.contexts.get(&format!("github.{}", name.to_lowercase()));
            command.env(format!("GITHUB_{name}"), value.map_or("", String::as_str));
        }
        command.env("STUB_STATUS", if matches!(self.daemon, Daemon::Fails) { "1" } else { "0" });
        command.env("STUB_RUNNING", if matches!(self.daemon, Daemon::Works) { "true" } else { "false" });
        if directory.is_dir() {
            command.current_dir(directory);
        } else {
            command.current_dir(self.here.path());
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().unwrap();
        // 124 and 137: it ran out of time, and what it would have done is not known.
        assert!(!matches!(status.code(), Some(124 | 137)), "this does not end ({status}):\n{script}\n{env:#?}");
        let told = std::fs::read(&env_file).unwrap_or_default();
        for line in String::from_utf8_lossy(&told).lines() {
            if let Some((name, value)) = line.split_once('=') {
                self.exported.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The `env:` of a workflow, job or step.
    fn layer(&mut self, of: &Value, env: &mut BTreeMap<String, String>) {
        let mapping = of.get("env").and_then(Value::as_mapping).cloned().unwrap_or_default();
        for (name, value) in &mapping {
            let value = self.text(&text(value)).unwrap_or_default();
            env.insert(text(name), value);
        }
        self.env_context(env);
    }

    fn env_context(&mut self, env: &BTreeMap<String, String>) {
        self.contexts.retain(|path, _| !path.starts_with("env."));
        self.contexts.extend(env.iter().map(|(name, value)| (format!("env.{}", name.to_lowercase()), value.clone())));
    }

    /// A text with its expressions replaced, before any shell sees it; nothing where a runner refuses it.
    fn text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        for part in template(text) {
            match part {
                Part::Literal(range) => out.push_str(&text[range]),
                Part::Expression { inner, .. } if text[inner.clone()].contains("toJSON(") => {
                    let matrix: BTreeMap<_, _> =
                        self.contexts.iter().filter(|(path, _)| path.starts_with("matrix.")).collect();
                    out.push_str(&serde_json::to_string(&matrix).unwrap());
                }
                Part::Expression { whole, .. } => match fold(&text[whole], &|path| self.resolve(path)).as_deref() {
                    Some([one]) => out.push_str(one),
                    _ => return None,
                },
                Part::Unclosed(_) => return None,
            }
        }
        Some(out)
    }

    fn resolve(&self, path: &Dotted) -> Known {
        let dotted = path.dotted().unwrap_or_default().to_lowercase();
        match self.contexts.get(&dotted) {
            Some(value) => Known::text(value),
            None if dotted.starts_with("job.services.") && dotted.contains(".ports.") => Known::text("32768"),
            None => Known::one(Computed::Null),
        }
    }
}

fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Where a program of this machine is.
fn found(name: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no `{name}` on PATH"))
}

/// A scalar as a runner hands it over.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
    }
}
