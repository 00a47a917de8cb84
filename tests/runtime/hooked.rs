//! What cleans up outside of the job's own steps: the guard of host mode, the runner's hooks, the guard of `labels`.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::*;

const SECONDS: Duration = Duration::from_secs(25);

/// The process that guards a job in host mode: its number.
fn vigil(job: &HostJob) -> Option<String> {
    let files = std::fs::read_dir(job.directory.path()).ok()?.flatten();
    let file = files.map(|entry| entry.path()).find(|path| path.display().to_string().contains("berth-vigil-"))?;
    Some(std::fs::read_to_string(file).ok()?.split_whitespace().next()?.to_owned())
}

fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
#[ignore = "needs a Docker daemon"]
fn in_host_mode_a_process_waits_for_the_jobs_end() {
    needs_daemon();
    let mut job = HostJob::start(&Who::new());
    let neighbour = HostJob::start(&Who::new());
    neighbour.berth(&web("web", &[])).fine();
    job.berth(&web("web", &["--volume", "data:/data"])).fine();
    job.berth(&web("second", &[])).fine();
    let pid = vigil(&job).expect("a guard");
    let link = |what: &str| std::fs::read_link(format!("/proc/{pid}/{what}")).unwrap();
    assert_eq!(link("cwd").to_str(), Some("/"), "it holds no directory");
    for stream in ["fd/0", "fd/1", "fd/2"] {
        assert_eq!(link(stream).to_str(), Some("/dev/null"), "{stream}");
    }
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap().to_owned();
    assert_eq!(session, pid, "what ends a step's processes passes it by");
    let volume = format!("berth-data-{}", &job.variables()["BERTH_TOKEN"][..12]);

    // A cancelled job: the runner removes its directories, and no step runs any more.
    let directory = std::mem::replace(&mut job.directory, tempfile::tempdir().unwrap());
    directory.close().unwrap();
    within(SECONDS, "the guard's work", || labelled(&job.who.label()).is_empty() && !lives(&pid));
    assert!(!docker_may_fail(&["volume", "inspect", &volume]));
    assert_eq!(labelled(&neighbour.who.label()).len(), 1);
    neighbour.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn down_ends_the_process_and_no_guard_starts_none() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &[])).fine();
    let pid = vigil(&job).expect("a guard");
    assert!(lives(&pid));
    job.berth(&["down"]).fine();
    within(SECONDS, "its end", || !lives(&pid));
    let bare = HostJob::start(&Who::new());
    bare.berth(&web("web", &["--no-guard"])).fine();
    assert_eq!(vigil(&bare), None);
    bare.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn labels_with_a_guard_cover_what_a_program_makes() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    let labels = job.berth(&["labels", "--format", "args", "--guard"]).fine().out;
    let name = unique("mine");
    let mut words = vec!["run", "-d", "--name", &name];
    words.extend(labels.split_whitespace());
    words.extend([BUSYBOX, "sleep", "3000"]);
    docker(&words);
    job.kill();
    within(SECONDS, "the guard's work", || labelled(&job.who.label()).is_empty());
    assert!(!exists(&name));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_job_hook_removes_what_the_job_has_left() {
    needs_daemon();
    let neighbour = HostJob::start(&Who::new());
    neighbour.berth(&web("web", &[])).fine();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&web("web", &[])).fine();
    job.berth(&["hook", "job-completed"]).fine();
    assert!(labelled(&job.who.label()).is_empty());

    // GitHub's hook has the runner's variables, and none that a step has exported.
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &[])).fine();
    let mut hook = job.command(&["hook", "job-completed"]);
    for name in job.variables().into_keys() {
        hook.env_remove(name);
    }
    Ended::of(&hook.output().unwrap()).fine();
    assert!(labelled(&job.who.label()).is_empty());
    assert_eq!(labelled(&neighbour.who.label()).len(), 1);
    neighbour.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_post_task_script_has_five_variables_and_no_more() {
    needs_daemon();
    let number = std::process::id();
    let who = Who::new();
    let start = |task: u32| {
        let name = format!("GITEA-ACTIONS-TASK-{task}_WORKFLOW-{}", unique("w"));
        let job = ContainerJob::start_named(&who, "bridge", BUSYBOX, &name);
        job.berth(&web("web", &["--no-guard"])).fine();
        job
    };
    let (job, other) = (start(number), start(number + 1));
    let hook = |task: &str| {
        let mut command = Command::new(program());
        command.args(["hook", "job-completed"]).env_clear().env("DOCKER_HOST", format!("unix://{}", socket()));
        command.env("GITEA_TASK_ID", task).env("GITEA_RUN_ID", &who.run).env("GITEA_REPOSITORY", "team/app");
        command.env("GITEA_WORKSPACE", "/gone").env("GITEA_JOB_RESULT", "cancelled");
        Ended::of(&command.output().unwrap()).fine()
    };
    hook(&number.to_string());
    assert!(!exists(&format!("berth-web-{}", &job.variables()["BERTH_TOKEN"][..12])));
    assert_eq!(labelled(&who.label()).len(), 1, "the same run's other task");
    assert!(exists(&format!("berth-web-{}", &other.variables()["BERTH_TOKEN"][..12])));
    hook(&(number + 1).to_string());
    assert!(labelled(&who.label()).is_empty());
}

#[test]
fn a_hook_without_a_daemon_fails_no_job() {
    let job = HostJob::start(&Who::new());
    job.berth(&["name", "x"]).fine();
    let mut command = job.command(&["hook", "job-completed"]);
    let ended = Ended::of(&command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock").output().unwrap()).fine();
    assert!(ended.err.contains("not everything is cleaned up"), "{}", ended.err);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_record_names_who_was_removed() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let file = job.directory.path().join("events");
    let mut command = job.command(&["record", "--out", &file.display().to_string()]);
    let mut record = command.stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    job.berth(&web("web", &[])).fine();
    job.berth(&["down"]).fine();
    let name = format!("berth-web-{}", &job.variables()["BERTH_TOKEN"][..12]);
    let owner = format!("of team/app run {}", job.who.run);
    let text = || std::fs::read_to_string(&file).unwrap_or_default();
    within(SECONDS, "the event", || {
        text().lines().any(|line| line.contains(&format!("container destroy {name}")) && line.contains(&owner))
    });
    assert!(!text().contains("exec_"), "{}", text());
    Command::new("kill").arg(record.id().to_string()).status().unwrap();
    assert!(record.wait().unwrap().success());
}

#[test]
fn the_unit_sweeps_this_daemon() {
    let job = HostJob::start(&Who::new());
    let words =
        ["unit", "--program", "/opt/berth-run", "--calendar", "*:0/30", "--", "--name", "^ws-", "--older-than", "2h"];
    let said = job.berth(&words).fine().out;
    assert!(said.contains(r#"ExecStart="/opt/berth-run" sweep --apply "--name" "^ws-" "--older-than" "2h""#), "{said}");
    assert!(said.lines().any(|line| line == "[Timer]"), "systemd reads lines: {said}");
    assert!(said.contains("OnCalendar=*:0/30") && said.contains("WantedBy=timers.target"), "{said}");
    assert!(said.contains(&format!("DOCKER_HOST=unix://{}", socket())), "{said}");
    assert_eq!(job.berth(&["unit", "--program", "berth-run"]).code, 2);
}
