//! Many jobs, one daemon: each has a Postgres of its own, and `down` takes only its own.

use crate::support::*;

const UP: [&str; 10] = [
    "up",
    "pg",
    "--image",
    POSTGRES,
    "--env",
    "POSTGRES_DB=app",
    "--health-cmd",
    "pg_isready -h 127.0.0.1 -d app",
    "--export",
    "DATABASE_URL=postgres://postgres@{host}:{port}/app",
];

fn sql(job: &ContainerJob, statement: &str) -> Ended {
    let script = format!("psql -v ON_ERROR_STOP=1 -qtA \"$DATABASE_URL\" -c \"{statement}\"");
    job.step(&["sh", "-c", &script])
}

/// Two runs, two legs of a matrix, two callers of one reusable workflow (whose every GITHUB_*
/// value is the same), all on the host's network at once: the setting of incident 1.
fn six_jobs() -> Vec<ContainerJob> {
    let legs = Who::new();
    let callers = Who::new();
    let leg = |name: &str| Who { leg: format!("{{\"go\":\"{name}\"}}"), ..legs.clone() };
    let all = [Who::new(), Who::new(), leg("1.22"), leg("1.23"), callers.clone(), callers];
    all.iter().map(|who| ContainerJob::start(who, "host")).collect()
}

#[test]
#[ignore = "needs a Docker daemon"]
fn every_job_has_its_own_postgres_and_down_takes_only_its_own() {
    needs_daemon();
    let jobs = six_jobs();
    std::thread::scope(|scope| {
        for (number, job) in jobs.iter().enumerate() {
            scope.spawn(move || {
                job.berth(&UP).fine();
                sql(job, &format!("create table own as select {number} as n")).fine();
            });
        }
    });
    for (number, job) in jobs.iter().enumerate() {
        let seen = sql(job, "select n from own").fine();
        assert_eq!(seen.out.trim(), number.to_string());
    }

    let first = jobs[0].variables()["BERTH_PG_ID"].clone();
    let image = unique("committed");
    docker(&["commit", &first, &image]);
    let strangers = [
        Container::run("stranger", &[BUSYBOX, "sleep", "3000"]),
        Container::run("labelled", &["--label", &jobs[0].who.label(), BUSYBOX, "sleep", "3000"]),
        Container::run("from-berth", &["--entrypoint", "sleep", &image, "3000"]),
    ];
    let token = &jobs[0].variables()["BERTH_TOKEN"];
    assert_eq!(
        docker(&["inspect", "-f", "{{index .Config.Labels \"berth.token\"}}", &strangers[2].0]),
        *token,
        "the third stranger must have inherited the token"
    );

    let said = jobs[0].berth(&["down", "--logs"]).fine();
    assert!(said.err.contains("database system is ready"), "{}", said.err);
    assert!(!exists(&first));
    for (number, job) in jobs.iter().enumerate().skip(1) {
        assert_eq!(sql(job, "select n from own").fine().out.trim(), number.to_string());
    }
    jobs[0].berth(&["down"]).fine();

    // Two at once: the losers of the race for a container must not fail.
    let job = &jobs[1];
    let racing: Vec<_> = (0..4).map(|_| job.spawn_berth(&["down"])).collect();
    for mut child in racing {
        assert!(child.wait().unwrap().success());
    }
    for job in &jobs[2..] {
        job.berth(&["down"]).fine();
    }
    for stranger in &strangers {
        assert!(stranger.running(), "{} must live", stranger.0);
    }
    drop(strangers);
    docker(&["rmi", "-f", &image]);
    for job in &jobs {
        let left = labelled(&job.who.label());
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn anonymous_volumes_go_with_their_container_and_named_ones_of_others_stay() {
    needs_daemon();
    let shared = unique("shared");
    docker(&["volume", "create", &shared]);
    let job = HostJob::start(&Who::new());
    let mount = format!("{shared}:/shared");
    let mut words = UP.to_vec();
    words.extend(["--volume", &mount, "--volume", "scratch:/scratch"]);
    job.berth(&words).fine();
    let id = job.variables()["BERTH_PG_ID"].clone();
    let volumes = docker(&["inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}", &id]);
    assert_eq!(volumes.split_whitespace().count(), 3, "{volumes}");
    job.berth(&["down"]).fine();
    for volume in volumes.split_whitespace() {
        let there = docker_may_fail(&["volume", "inspect", volume]);
        assert_eq!(there, volume == shared, "{volume}");
    }
    docker(&["volume", "rm", &shared]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn two_siblings_started_in_one_step_share_the_token() {
    needs_daemon();
    let job = ContainerJob::start(&Who::new(), "bridge");
    let start = |name| format!("/berth-run up {name} {} && ", WEB.join(" "));
    let script = format!("{}{}true", start("one"), start("two"));
    job.step(&["sh", "-c", &script]).fine();
    let label = format!("berth.token={}", job.variables()["BERTH_TOKEN"]);
    assert_eq!(labelled(&label).len(), 3, "two siblings and one guard");
    job.berth(&["down"]).fine();
    assert!(labelled(&label).is_empty());
}
