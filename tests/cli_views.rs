//! `berthlint coverage`, `berthlint collisions`, `berthlint rehearse` and `berthlint evidence`.
#![allow(clippy::unwrap_used)]

mod program;

use std::path::Path;

use serde_json::Value;

use program::{berthlint, tree};

fn json(here: &Path, arguments: &[&str]) -> Value {
    let (_, out, err) = berthlint(here, &[arguments, &["--format", "json"]].concat());
    assert_eq!(err, "");
    serde_json::from_str(&out).unwrap()
}

fn incident(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(name)
}

/// The states of the first resource: success, failure, cancel, timeout, killed.
fn states(report: &Value) -> Vec<String> {
    let outcomes = &report["resources"][0]["outcomes"];
    let state = |name: &&str| {
        let by = outcomes[*name]["by"].as_str().or(outcomes[*name]["on"].as_str());
        by.unwrap_or(outcomes[*name]["state"].as_str().unwrap()).to_owned()
    };
    ["success", "failure", "cancel", "timeout", "killed"].iter().map(state).collect()
}

const JOB: &str = "on: push\njobs:\n  a:\n    runs-on: docker-host\n    steps:\n      - run: docker run -d --name pg -p 5432:5432 postgres:16\n      - if: always()\n        run: docker rm -f pg\n";
const FORGE: &str = ".gitea/workflows/a.yml";

#[test]
fn what_a_runner_skips_is_uncovered() {
    let here = incident("leaked-containers");
    let report = json(&here, &["coverage"]);
    assert_eq!(states(&report), ["step", "step", "uncovered", "uncovered", "uncovered"]);
    let (code, out, _) = berthlint(&here, &["coverage", "--fail-under", "40"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("trap"), "{out}");
    assert_eq!(berthlint(&here, &["coverage", "--fail-under", "41"]).0, 1);
    assert_eq!(berthlint(&here, &["coverage", "--fail-under", "101"]).0, 2);
}

#[test]
fn what_the_version_decides_depends() {
    let files = tree(&[(FORGE, JOB)]);
    let report = json(files.path(), &["coverage"]);
    assert_eq!(states(&report), ["step", "step", "runner version", "runner version", "uncovered"]);
    assert_eq!((&report["summary"]["covered"], &report["summary"]["depends"]), (&2.into(), &2.into()));
    let config = "runners:\n  - labels: [docker-host]\n    runner: gitea-runner 2.0.0\n    daemon: shared\n";
    let files = tree(&[(FORGE, JOB), (".berthlint.yaml", config)]);
    assert_eq!(states(&json(files.path(), &["coverage"])), ["step", "step", "step", "step", "uncovered"]);
}

#[test]
fn deploys_stand_apart() {
    let report = json(&incident("unscoped-label"), &["coverage"]);
    assert_eq!(report["deploys"][0]["name"], "galaxy-dev-backend");
    assert!(report["resources"].as_array().unwrap().iter().all(|row| row["name"] != "galaxy-dev-backend"));
}

#[test]
fn a_service_is_the_runners_until_it_is_killed() {
    let report = json(&incident("port-collision"), &["coverage"]);
    assert_eq!(states(&report), ["runner", "runner", "runner", "runner", "uncovered"]);
}

#[test]
fn broken_input_is_told_and_weighs_more() {
    let files = tree(&[(FORGE, "on: push\njobs:\n  a: 'open\n")]);
    for command in ["coverage", "collisions"] {
        let (code, out, _) = berthlint(files.path(), &[command]);
        assert_eq!(code, 3);
        assert!(out.contains("a.yml: error:"), "{out}");
    }
}

fn pairs(report: &Value, kind: &str) -> Vec<String> {
    let groups = report["collisions"].as_array().unwrap().iter().filter(|group| group["kind"] == kind);
    let pairs = groups.flat_map(|group| group["pairs"].as_array().unwrap());
    pairs.map(|pair| format!("{} {}", pair["who"].as_str().unwrap(), pair["certain"])).collect()
}

#[test]
fn two_runs_meet_at_a_port() {
    let (code, out, _) = berthlint(&incident("port-collision"), &["collisions"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("port 5432\n"), "{out}");
    assert!(out.contains("1: two runs of this job collide"), "{out}");
}

#[test]
fn names_of_a_run_meet_nobody() {
    assert_eq!(pairs(&json(&incident("leaked-containers"), &["collisions"]), "container"), Vec::<String>::new());
}

#[test]
fn workflows_and_repositories_meet() {
    let other = JOB.replace("--name pg", "--name other").replace("docker-host", "big");
    let paths = ["one/.gitea/workflows/a.yml", "one/.gitea/workflows/b.yml", "two/.gitea/workflows/a.yml"];
    let files = tree(&[(paths[0], JOB), (paths[1], JOB), (paths[2], &other)]);
    let report = json(files.path(), &["collisions", "one", "two"]);
    assert_eq!(pairs(&report, "container").iter().filter(|pair| *pair == "workflows true").count(), 1);
    let ports = pairs(&report, "port");
    assert_eq!(ports.iter().filter(|pair| *pair == "repositories false").count(), 2, "{ports:?}");
}

#[test]
fn legs_meet_unless_their_names_differ() {
    let matrix = |name: &str| {
        let job = "    strategy: { matrix: { v: [a, b] } }\n    steps:";
        JOB.replace("    steps:", job).replace("--name pg", &format!("--name {name}")).replace("-p 5432:5432 ", "")
    };
    let files = tree(&[(FORGE, &matrix("pg-${{ github.run_id }}"))]);
    assert_eq!(pairs(&json(files.path(), &["collisions"]), "container"), ["legs true"]);
    let files = tree(&[(FORGE, &matrix("pg-${{ github.run_id }}-${{ matrix.v }}"))]);
    assert_eq!(pairs(&json(files.path(), &["collisions"]), "container"), Vec::<String>::new());
    let one_leg = matrix("pg-${{ github.run_id }}").replace("[a, b]", "[a]");
    let files = tree(&[(FORGE, &one_leg)]);
    assert_eq!(pairs(&json(files.path(), &["collisions"]), "container"), Vec::<String>::new());
}

/// The story of each scene that is bad.
fn stories(here: &Path) -> Vec<String> {
    stories_of(here, |scene| scene["bad"] == true)
}

fn stories_of(here: &Path, is_asked: impl Fn(&serde_json::Value) -> bool) -> Vec<String> {
    let report = json(here, &["rehearse"]);
    let jobs = report["jobs"].as_array().unwrap().iter();
    let scenes = jobs.flat_map(|job| job["scenes"].as_array().unwrap()).filter(|scene| is_asked(scene));
    scenes.map(|scene| scene["story"].as_str().unwrap().to_owned()).collect()
}

/// The incidents as they were told: the second run gets the first one's database, what a cancel leaves, what a
/// neighbour loses.
#[test]
fn incidents_are_played_as_they_happened() {
    let tells = |name: &str, words: &[&str]| {
        let stories = stories(&incident(name));
        let told = stories.iter().any(|story| words.iter().all(|word| story.contains(word)));
        assert!(told, "{name}: {words:?}\n{}", stories.join("\n"));
    };
    tells("port-collision", &["two runs at once", "run 42 reaches run 41's `postgres:16-alpine`", "at `Migrate`"]);
    tells(
        "stale-server",
        &["run 41 is killed after `./platform-server", "run 42 reaches run 41's server on port 8080"],
    );
    tells("leaked-containers", &["three runs that are cancelled each leave", "`ws-41-1`"]);
    tells("unscoped-label", &["removes another repository's container", "at `Remove engines of earlier runs`"]);
    let (code, out, _) = berthlint(&incident("port-collision"), &["rehearse"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("run 41") && out.contains("> handlers-postgres-integration.yml:"), "{out}");
}

/// A killed runner removes neither its services nor the job's container: those stay, and a guard that waits for that
/// container has done nothing by the next run.
#[test]
fn a_killed_runner_leaves_its_services() {
    let job = |services: &str, step: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: box\n{services}    steps:\n      - name: Start\n        run: |\n{step}"
        )
    };
    let own = job(
        "    services:\n      pg:\n        image: postgres:16\n",
        "          docker run -d --name web-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT nginx\n          \
         docker rm -fv web-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT\n",
    );
    let of = |workflow: &str, runner: &str| {
        let configuration = format!("runners:\n  - {{ labels: [box], {runner} }}\n");
        let files = tree(&[(".gitea/workflows/a.yml", workflow), (".berthlint.yaml", &configuration)]);
        stories_of(files.path(), |_| true)
    };
    let told = of(&own, "runner: gitea-runner 0.3.1, mode: container, network: auto");
    let of_kill =
        |told: &[String]| told.iter().find(|story| story.contains("whose runner is killed")).cloned().unwrap();
    let stays = "`service pg`, which nobody removes then";
    assert!(of_kill(&told).ends_with(&format!(", and {stays}")), "{told:?}");
    assert!(told.iter().filter(|story| story.contains(stays)).count() == 1, "{told:?}");

    let guarded = job("", "          berth-run up pg --image postgres:16 --port 5432\n          berth-run down\n");
    let told = of(&guarded, "runner: gitea-runner 0.3.1, mode: container, network: auto, helper: true");
    let late = "leave nothing; the guard takes the rest when the job's container has run out its time";
    assert!(of_kill(&told).ends_with(late), "{told:?}");
    // One whose name is the same in each run is in the way of the next.
    let fixed = job(
        "",
        "          docker run -d --name pg $(berth-run labels --guard --format args) postgres:16\n          \
         docker rm -fv pg\n",
    );
    let told = of(&fixed, "runner: gitea-runner 0.3.1, mode: container, network: auto, helper: true");
    assert!(told.iter().any(|story| story.contains("run 41 is killed after `docker run -d --name pg")), "{told:?}");
}

/// A story names the run, the command, and who holds what it asked for; a second attempt is called so. What is taken
/// for granted of the runner is said, and nothing where it is declared.
#[test]
fn a_story_can_be_read_alone() {
    let name = "docker run -d --name pg-$GITHUB_RUN_ID redis:7";
    let files = tree(&[(
        ".gitea/workflows/a.yml",
        &format!(
            "on: push\njobs:\n  a:\n    runs-on: box\n    steps:\n      - name: Start\n        run: {name}\n      - name: End\n        run: |\n          docker rm -fv pg-$GITHUB_RUN_ID\n          docker build -t shop:test .\n"
        ),
    )]);
    let told = stories(files.path());
    let again = format!(
        "run 41 is killed after `{name}` at `Start`, then the second attempt of run 41 fails at `Start` with `{name}`: \
         the name `pg-41` is taken by run 41's container `pg-41`, made by the same command"
    );
    assert!(told.contains(&again), "{told:?}");
    assert!(told.iter().any(|story| story.contains("three runs whose runner is killed each leave")), "{told:?}");
    let report = json(files.path(), &["rehearse"]);
    let scenes = report["jobs"][0]["scenes"].as_array().unwrap();
    let scene = scenes.iter().find(|scene| scene["story"] == again).unwrap();
    let last = scene["rows"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["run"], &last["attempt"], &last["who"]),
        (&41.into(), &2.into(), &"the second attempt of run 41".into())
    );
    // An image that each run makes under the same name is a cache.
    let well = scenes.iter().find(|scene| scene["title"] == "three runs that go well").unwrap();
    assert_eq!(
        well["story"],
        "three runs that go well leave the image `shop:test`: it is kept under the same name, as a cache"
    );
    assert_eq!(well["bad"], false);
    let (_, out, _) = berthlint(files.path(), &["rehearse"]);
    assert!(out.contains("\n  assumed: gitea-runner of an unknown version, "), "{out}");
    assert!(out.contains("\n  ○ three runs that go well leave the image"), "{out}");
    let declared =
        "runners:\n  - { labels: [box], runner: gitea-runner 2.1.0, daemon: shared, mode: host, network: host }\n";
    std::fs::write(files.path().join(".berthlint.yaml"), declared).unwrap();
    let (_, out, _) = berthlint(files.path(), &["rehearse"]);
    assert!(!out.contains("assumed:"), "{out}");
}

#[test]
fn a_job_of_the_runs_own_names_collides_with_nobody() {
    let own = "on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - run: docker run -d --name pg-$GITHUB_RUN_ID-${GITHUB_RUN_ATTEMPT:-1} redis:7\n      - if: always()\n        run: docker rm -fv pg-$GITHUB_RUN_ID-${GITHUB_RUN_ATTEMPT:-1}\n";
    let files = tree(&[(".github/workflows/a.yml", own)]);
    let told = stories(files.path());
    assert!(told.iter().all(|story| story.starts_with("three runs") && !story.contains("go well")), "{told:?}");
    let (code, _, err) = berthlint(files.path(), &["rehearse", "--job", "b"]);
    assert_eq!((code, err.contains("no job `b` uses Docker here; those that do: a")), (2, true), "{err}");
}

#[test]
fn a_variable_that_nothing_sets_has_its_default() {
    let run = "docker run -d --name ${NAME:-shop}-db redis:7\n          docker exec shop-db redis-cli ping\n";
    let workflow =
        format!("on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - run: |\n          {run}");
    let files = tree(&[(".github/workflows/a.yml", &workflow)]);
    let told = stories(files.path());
    assert!(told.iter().any(|story| story.contains("container `shop-db`")), "{told:?}");
    assert!(!told.iter().any(|story| story.contains("No such container")), "{told:?}");
}

#[test]
fn a_file_that_is_named_is_rehearsed_alone() {
    let of = |name: &str| {
        format!("on: push\njobs:\n  {name}:\n    runs-on: self-hosted\n    steps:\n      - run: bash {name}.sh\n")
    };
    let script = "docker run -d --name pg redis:7\n";
    let files = tree(&[
        (".github/workflows/a.yml", &of("a")),
        (".github/workflows/b.yml", &of("b")),
        ("a.sh", script),
        ("b.sh", script),
    ]);
    for named in [".github/workflows/b.yml", "b.sh"] {
        let (code, out, _) = berthlint(files.path(), &["rehearse", named]);
        assert_eq!((code, out.contains("job `b`"), out.contains("job `a`")), (1, true, false), "{named}: {out}");
    }
}

#[test]
fn a_second_run_of_one_project_takes_over_what_the_first_has_made() {
    let up = "docker compose -f e2e/compose.yaml up --abort-on-container-exit";
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps:\n      - name: Test\n        run: {up}\n      - if: always()\n        run: docker logs tester\n"
    );
    let compose =
        "services:\n  tester:\n    container_name: tester\n    image: golang:1.25\n    command: go test ./...\n";
    let files = tree(&[(".github/workflows/a.yml", &workflow), ("e2e/compose.yaml", compose)]);
    let told = stories(files.path());
    let takes = format!("two runs at once: run 42 takes over run 41's container `tester`, with `{up}` at `Test`");
    assert!(told.contains(&takes), "{told:?}");
}

#[test]
fn a_job_whose_service_does_not_start_comes_to_none_of_its_steps() {
    let service =
        "services:\n      db:\n        image: postgres:16\n        ports: [5432]\n        options: --name shop-db\n";
    let steps = "steps:\n      - run: psql -h localhost -p ${{ job.services.db.ports['5432'] }} -c 'select 1'\n";
    let workflow = format!("on: push\njobs:\n  a:\n    runs-on: self-hosted\n    {service}    {steps}");
    let files = tree(&[(".github/workflows/a.yml", &workflow)]);
    let told = stories(files.path());
    let fails = "two runs at once: run 42 fails at `services` with `service db`: the name `shop-db` is taken by run 41's container `shop-db`, made by the same command";
    assert!(told.iter().any(|story| story == fails), "{told:?}");
    // The runner removes what it has made, whatever it is called.
    assert!(!told.iter().any(|story| story.contains("leave")), "{told:?}");
    let report = json(files.path(), &["rehearse"]);
    let scenes = report["jobs"][0]["scenes"].as_array().unwrap();
    let rows = scenes.iter().find(|scene| scene["story"] == fails).unwrap()["rows"].as_array().unwrap();
    let of_second = |row: &&serde_json::Value| row["run"] == 42 && row["command"].as_str().unwrap().starts_with("psql");
    assert!(!rows.iter().any(|row| of_second(&row)), "{rows:?}");
}

#[test]
fn evidence_is_counted_before_and_after() {
    let log = |day: &str, end: &str| {
        format!(
            "{day}T09:00:00.1Z host(version:v0.2.11) received task 4 of job db, be triggered by event: push\n{day}T09:00:04.0Z {end}\n"
        )
    };
    let taken = "docker: Error response from daemon: Bind for 0.0.0.0:5432 failed: port is already allocated.";
    let files = tree(&[
        ("logs/test.yml/1.log", &log("2026-03-09", taken)),
        ("logs/test.yml/2.log", &log("2026-03-10", taken)),
        ("logs/test.yml/3.log", &log("2026-03-11", "ok")),
        ("logs/test.yml/4.log", &log("2026-03-17", "ok")),
        ("logs/deploy.yml/0_deploy.txt", "\u{1b}[31mError: No such container: web\n"),
    ]);
    let (code, out, err) = berthlint(files.path(), &["evidence", "logs"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let wanted = "\
week      workflow    job     logs  port  gone
-         deploy.yml  deploy  1     -     1
2026-W11  test.yml    db      3     2     -
2026-W12  test.yml    db      1     -     -

port: the port is another run's, or a process was left on it
gone: a container is gone: it never started, or somebody removed it
5 logs; each number counts the logs that show it
";
    assert_eq!(out, wanted);
    let report = json(files.path(), &["evidence", "logs"]);
    assert_eq!(report["schema"], "berthlint-evidence/1");
    assert_eq!(report["counts"][1]["with"]["port"], 2);
    let (code, out, _) = berthlint(files.path(), &["evidence", "logs/test.yml/4.log"]);
    assert_eq!((code, out.ends_with("1 log, and it shows no collision and no leak\n")), (0, true), "{out}");
    let (code, _, err) = berthlint(files.path(), &["evidence", "logs/test.yml/4.log", "logs/5.log"]);
    assert!(code == 2 && err.contains("there is no `logs/5.log`"), "{err}");
}

#[test]
fn a_second_service_without_its_port_is_told_though_no_step_is_seen_to_ask_it() {
    let workflow = "on: push\njobs:\n  a:\n    runs-on: docker-host\n    services:\n      db: { image: 'postgres:16', ports: ['5432:5432'] }\n    steps:\n      - run: pytest\n        env: { DATABASE_URL: 'postgresql://x:x@localhost:5432/x' }\n";
    for network in ["host", "auto"] {
        let config = format!(
            "runners:\n  - {{ labels: [docker-host], runner: gitea-runner 3.1.0, network: {network}, mode: container }}\n"
        );
        let files = tree(&[(".gitea/workflows/a.yml", workflow), (".berthlint.yaml", &config)]);
        let told = stories(files.path());
        let fails = "two runs at once: `service db` at `services` in run 42 fails: port 5432 is taken by run 41's ";
        assert!(told.iter().any(|story| story.starts_with(fails)), "{network}: {told:?}");
        assert_eq!(berthlint(files.path(), &["rehearse"]).0, 1);
        assert!(told.iter().any(|story| story.starts_with("run 41 is killed")), "{network}: {told:?}");
    }
}
