//! `berthlint sweeper`: what it writes, what berthlint says of that, and what it does on a daemon.
#![allow(clippy::unwrap_used)]

mod daemon;
mod program;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use daemon::{BUSYBOX, docker, exists};
use program::{berthlint, tree};
use tempfile::TempDir;

const FILE: &str = ".gitea/workflows/berthlint-sweep.yml";

fn workflow(jobs: &[(&str, &str, &str)]) -> String {
    let mut text = "on: push\njobs:\n".to_owned();
    for (id, label, run) in jobs {
        let run: String = run.lines().map(|line| format!("          {line}\n")).collect();
        text += &format!("  {id}:\n    runs-on: {label}\n    timeout-minutes: 30\n    steps:\n      - run: |\n{run}");
    }
    text
}

fn repository(jobs: &[(&str, &str, &str)], config: &str) -> TempDir {
    tree(&[(".gitea/workflows/ci.yml", &workflow(jobs)), (".berthlint.yaml", config)])
}

const RUN: &str = "docker network create \"net-$GITHUB_RUN_ID\"\n\
    docker run -d --name \"pg-$GITHUB_RUN_ID\" -v \"data-$GITHUB_RUN_ID:/d\" postgres:16\n\
    docker run -d --name redis-test redis:7\n\
    docker run -d --label team=shop --label stage=e2e postgres:16\n\
    docker compose -p \"shop-$GITHUB_RUN_ID\" up -d\n";

/// The scripts of its steps.
fn scripts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line == "        run: |" {
            found.push(String::new());
            inside = true;
        } else if let (true, Some(rest)) = (inside, line.strip_prefix("          ")) {
            let script = found.last_mut().unwrap();
            *script += rest;
            script.push('\n');
        } else {
            inside = false;
        }
    }
    found
}

/// What berthlint says of the file, with rules that are off as well; and whether something is left unswept.
fn is_clean(root: &Path) {
    let (_, all, _) = berthlint(root, &["check", "--format", "concise"]);
    let own: Vec<&str> = all.lines().filter(|line| line.contains("berthlint-sweep.yml")).collect();
    assert!(own.is_empty(), "{own:#?}");
    let (_, unswept, _) = berthlint(root, &["check", "--select", "no-sweeper", "--format", "concise"]);
    assert!(!unswept.contains("no-sweeper"), "{unswept}");
}

#[test]
fn what_it_writes_has_no_finding_and_leaves_nothing_unswept() {
    let jobs = [("test", "docker-host", RUN), ("other", "big-host", RUN)];
    let files = repository(&jobs, "");
    std::fs::write(files.path().join("compose.yaml"), "services: { db: { image: \"postgres:16\" } }\n").unwrap();
    let (code, text, err) = berthlint(files.path(), &["sweeper"]);
    assert_eq!(code, 0, "{err}");
    for part in [
        "name=^pg-[0-9]+$",
        "name=^redis-test$",
        "name=^net-[0-9]+$",
        "name=^data-[0-9]+$",
        "name=^shop-[0-9]+[-_]",
        "--filter 'label=stage=e2e' --filter 'label=team=shop'",
        "          - docker-host\n          - big-host\n",
        "OLDER_THAN: \"7200\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!files.path().join(FILE).exists());
    let (code, said, err) = berthlint(files.path(), &["sweeper", "--write"]);
    assert_eq!((code, said.as_str()), (0, format!("{FILE}: written\n").as_str()), "{err}");
    assert_eq!(std::fs::read_to_string(files.path().join(FILE)).unwrap(), text);
    is_clean(files.path());
    assert_eq!(berthlint(files.path(), &["sweeper", "--write"]).1, format!("{FILE}: unchanged\n"));
}

#[test]
fn with_the_helper_it_calls_it() {
    let config = "runners:\n  - { labels: [docker-host], daemon: shared, helper: true }\n";
    let files = repository(&[("test", "docker-host", RUN)], config);
    std::fs::write(files.path().join("compose.yaml"), "services: { db: { image: \"postgres:16\" } }\n").unwrap();
    let (code, text, err) = berthlint(files.path(), &["sweeper", "--write"]);
    assert_eq!(code, 0, "{text}{err}");
    let text = std::fs::read_to_string(files.path().join(FILE)).unwrap();
    assert!(text.contains("--name '^pg-[0-9]+$'") && text.contains("--older-than 2h --cap 100 --apply"), "{text}");
    assert!(text.contains("docker network rm") && !text.contains("docker rm "), "{text}");
    is_clean(files.path());
}

#[test]
fn what_cannot_be_selected_safely_is_told_and_left_out() {
    let run = "docker run -d postgres:16\ndocker run -d --name \"$NAME\" redis:7\ndocker run -d --name pg-test redis:7\n\
         docker run -d --name postgres postgres:16\n";
    let files = repository(&[("test", "docker-host", run)], "");
    let (code, text, err) = berthlint(files.path(), &["sweeper"]);
    assert_eq!(code, 0);
    assert!(text.contains("# Not swept: container of image `postgres:16`: it has neither"), "{text}");
    assert!(err.contains("left out: container of image `postgres:16`"), "{err}");
    // Anybody's database may be called so.
    assert!(err.contains("`postgres`: others may have one of that name") && !text.contains("^postgres$"), "{err}");
    assert!(text.contains("--filter 'name=^pg-test$'\n") || text.contains("--filter 'name=^pg-test$')"), "{text}");
}

#[test]
fn a_file_of_somebodys_own_stays() {
    let files = repository(&[("test", "docker-host", RUN)], "");
    std::fs::write(files.path().join(FILE), "on: push\njobs: {}\n").unwrap();
    let (code, out, err) = berthlint(files.path(), &["sweeper", "--write"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("was not written by berthlint"), "{err}");
    assert_eq!(std::fs::read_to_string(files.path().join(FILE)).unwrap(), "on: push\njobs: {}\n");
}

/// Removes its containers and networks, whatever becomes of the test.
struct Made(Vec<String>);

impl Drop for Made {
    fn drop(&mut self) {
        for name in &self.0 {
            let _ = Command::new("docker").args(["rm", "-fv", name]).output();
            let _ = Command::new("docker").args(["network", "rm", name]).output();
        }
    }
}

fn swept(script: &str, dry_run: &str, older_than: &str, cap: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-ec", script]).env("DRY_RUN", dry_run).env("OLDER_THAN", older_than).env("CAP", cap);
    command.output().unwrap()
}

#[test]
#[ignore = "needs a Docker daemon"]
fn on_a_daemon_what_is_old_goes_and_nothing_else() {
    daemon::needs_daemon();
    let prefix = format!("swept-{}", std::process::id());
    let run = format!(
        "docker network create \"{prefix}-net-$GITHUB_RUN_ID\"\ndocker run -d --name \"{prefix}-$GITHUB_RUN_ID\" busybox\n"
    );
    let files = repository(&[("test", "docker-host", &run)], "");
    let text = berthlint(files.path(), &["sweeper"]).1;
    let [script] = scripts(&text).try_into().unwrap();
    let of = |end: &str| format!("{prefix}-{end}");
    let (old, created, middle, young) = (of("1"), of("2"), of("3"), of("4"));
    let (net, strangers) = (of("net-1"), [of("77x"), of("db-1"), format!("x{prefix}-1")]);
    let mut all = vec![old.clone(), created.clone(), middle.clone(), young.clone(), net.clone()];
    all.extend(strangers.iter().cloned());
    let _made = Made(all);
    let start = |name: &str| docker(&["run", "-d", "--name", name, BUSYBOX, "sleep", "3000"]);
    start(&old);
    docker(&["create", "--name", &created, BUSYBOX, "true"]);
    docker(&["network", "create", &net]);
    strangers.iter().for_each(|name| drop(start(name)));
    std::thread::sleep(Duration::from_secs(3));
    start(&middle);
    std::thread::sleep(Duration::from_secs(2));
    let there = |names: &[&String]| names.iter().all(|name| exists(name));

    let usual = swept(&script, "", "7200", "100");
    assert!(usual.status.success(), "{}", String::from_utf8_lossy(&usual.stderr));
    assert!(there(&[&old, &created, &middle]));
    let dry = swept(&script, "true", "2", "100");
    let said = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert!(dry.status.success() && said.matches("would remove container").count() == 3, "{said}");
    assert!(said.contains("would remove network") && there(&[&old, &created, &middle]));
    let capped = swept(&script, "", "2", "2");
    let said = String::from_utf8_lossy(&capped.stderr).into_owned();
    assert!(!capped.status.success() && said.contains("more than the cap of 2: nothing was removed"), "{said}");
    assert!(there(&[&old, &created, &middle]));

    start(&young);
    let applied = swept(&script, "", "2", "100");
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    assert!(![&old, &created, &middle].iter().any(|name| exists(name)));
    assert!(there(&[&young]) && there(&strangers.iter().collect::<Vec<_>>()));
    assert!(docker(&["network", "ls", "-q", "--filter", &format!("name=^{net}$")]).is_empty());
    let mut silent = Command::new("sh");
    silent.args(["-ec", &script]).env("DOCKER_HOST", "unix:///nowhere.sock").env("OLDER_THAN", "2").env("CAP", "9");
    assert!(!silent.env("DRY_RUN", "").output().unwrap().status.success(), "a daemon that does not answer is told");
}

/// A folder with programs that stand in for others, to be found first.
fn stand_ins(programs: &[(&str, &str)]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in programs {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
    }
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    (folder, path)
}

/// A stranger's name, and what docker says of it, are text and nothing else to the runner that shows the log; and one
/// thing that stays keeps no other.
#[cfg(unix)]
#[test]
fn names_are_printed_as_plain_text_and_one_that_stays_keeps_no_other() {
    const DOCKER: &str = r#"
evil='::add-mask::x##[error]%0A\033[2J\n::stop-commands::y'
case "$*" in
  "ps -aq"*) printf 'aaa\nbbb\nccc\nddd\n' ;;
  "container inspect -f {{.State.StartedAt}} ddd") echo "$evil" ;;
  "container inspect -f {{.State.StartedAt}}"*) echo 2020-01-02T03:04:05.678Z ;;
  "container inspect -f {{.Name}} aaa") echo /pg-1 ;;
  "container inspect -f {{.Name}}"*) printf "/$evil\n" ;;
  "rm -fv bbb") printf "$evil\n" >&2; exit 1 ;;
  "rm -fv"*) echo "$3" >> "$GONE" ;;
esac
"#;
    let (folder, path) = stand_ins(&[("docker", DOCKER)]);
    let files = repository(&[("test", "docker-host", "docker run -d --name \"pg-$GITHUB_RUN_ID\" postgres:16\n")], "");
    let text = berthlint(files.path(), &["sweeper"]).1;
    let [script] = scripts(&text).try_into().unwrap();
    let gone = folder.path().join("gone");
    for (dry_run, code) in [("true", 0), ("", 1)] {
        let mut command = Command::new("sh");
        command.args(["-ec", &script]).env("DRY_RUN", dry_run).env("OLDER_THAN", "7200").env("CAP", "100");
        let output = command.env("PATH", &path).env("GONE", &gone).output().unwrap();
        let said = daemon::text(&output.stdout) + &daemon::text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        for line in said.lines() {
            let ours =
                ["would remove container ", "removed container ", "::warning::left alone, its time cannot be read: "];
            let ours = ours.iter().any(|lead| line.starts_with(lead))
                || line.starts_with("::warning::container ")
                || line == "::error::not everything could be removed";
            assert!(ours && !line.contains("##[") && !line.contains('%') && !line.contains('\u{1b}'), "{line}\n{said}");
        }
        let word = if code == 0 { "would remove container pg-1" } else { "removed container pg-1" };
        assert!(said.lines().any(|line| line == word), "{said}");
    }
    assert_eq!(std::fs::read_to_string(gone).unwrap(), "aaa\nccc\n");
}

#[cfg(unix)]
#[test]
fn with_the_helper_a_sweep_that_fails_keeps_no_other() {
    let config = "runners:\n  - { labels: [docker-host], daemon: shared, helper: true }\n";
    let files = repository(&[("test", "docker-host", RUN)], config);
    let text = berthlint(files.path(), &["sweeper"]).1;
    let [containers, _others] = scripts(&text).try_into().unwrap();
    let (folder, path) = stand_ins(&[("berth-run", "echo \"$*\" >> \"$CALLS\"\nexit 1\n")]);
    let calls = folder.path().join("calls");
    let mut command = Command::new("sh");
    command.args(["-ec", &containers]).env("DRY_RUN", "").env("PATH", path).env("CALLS", &calls);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let calls = std::fs::read_to_string(calls).unwrap();
    assert_eq!(calls.lines().count(), text.matches(" --apply ||").count(), "{calls}");
    assert!(calls.lines().count() > 1, "{calls}");
    assert!(text.contains("- name: Sweep networks and volumes\n        if: success() || failure()\n"), "{text}");
}

/// Incident 3: the workflow of the incident, the sweeper that `--write` writes for it, and a daemon on which containers
/// of it have run for days. With the helper and without.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs a Docker daemon"]
fn the_incidents_leftovers_of_three_ages_go_by_what_is_written_and_strangers_stay() {
    use daemon::own::{End, OwnDaemon};
    daemon::needs_daemon();
    // Its containers run on while it is not there: those of the incident ran, too.
    let mut own = OwnDaemon::start_with(&["--live-restore"]);
    const HOUR: u64 = 3600;
    let leftovers = [("ws-4101-1", 72 * HOUR), ("pg-lp-4101-1", 49 * HOUR), ("redis-lp-4207-2", 3 * HOUR)];
    let never_started = ("ws-4102-1", 50 * HOUR);
    let at_work = [("ws-4300-1", HOUR), ("pg-lp-4300-1", HOUR)];
    let strangers = [("ws-prod", 72 * HOUR), ("my-ws-4101-1", 72 * HOUR), ("pg-lp-main", 72 * HOUR), ("shop", HOUR)];
    let incident = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents/leaked-containers");
    for has_helper in [false, true] {
        let files = tempfile::tempdir().unwrap();
        for name in [".gitea/workflows/local-provision-e2e.yml", "scripts/provision-e2e.sh", ".berthlint.yaml"] {
            let to = files.path().join(name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(incident.join(name), to).unwrap();
        }
        if has_helper {
            let file = files.path().join(".berthlint.yaml");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replace("mode: container", "mode: container\n    helper: true")).unwrap();
        }
        assert_eq!(berthlint(files.path(), &["sweeper", "--write"]).1, format!("{FILE}: written\n"));
        let written = std::fs::read_to_string(files.path().join(FILE)).unwrap();
        assert_eq!(written.contains("berth-run sweep"), has_helper, "{written}");
        let [script] = scripts(&written).try_into().unwrap();

        let run =
            |name: &str| own.docker(&["run", "-d", "--network", "none", "--name", name, BUSYBOX, "sleep", "3000"]);
        let all = leftovers.iter().chain(&at_work).chain(&strangers);
        let mut aged: Vec<(String, u64)> = all.map(|(name, age)| (run(name), *age)).collect();
        aged.push((own.docker(&["create", "--name", never_started.0, BUSYBOX, "true"]), never_started.1));
        own.end(End::Stopped);
        aged.iter().for_each(|(id, age)| own.backdate(id, *age));
        own.again();
        assert_eq!(own.docker(&["inspect", "-f", "{{.State.Running}}", "ws-4101-1"]), "true", "it has run for days");

        let folder = daemon::program().parent().unwrap();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let sweep = |dry_run: &str| {
            let mut command = Command::new("sh");
            command.args(["-ec", &script]).env("DRY_RUN", dry_run).env("OLDER_THAN", "7200").env("CAP", "100");
            let output = command.env("PATH", &path).env("DOCKER_HOST", own.host()).output().unwrap();
            let said = daemon::text(&output.stdout) + &daemon::text(&output.stderr);
            assert!(output.status.success(), "{said}");
            said
        };
        let before = own.containers();
        let said = sweep("true");
        assert_eq!(said.matches("would remove container").count(), 4, "{said}");
        assert_eq!(own.containers(), before, "a dry run: {said}");
        let said = sweep("");
        let mut left = own.containers();
        let mut expected: Vec<&str> = at_work.iter().chain(&strangers).map(|(name, _)| *name).collect();
        left.sort_unstable();
        expected.sort_unstable();
        assert_eq!(left, expected, "helper: {has_helper}: {said}");
        for name in left {
            assert_eq!(own.docker(&["inspect", "-f", "{{.State.Running}}", &name]), "true", "{name}");
            own.docker(&["rm", "-f", &name]);
        }
    }
}
