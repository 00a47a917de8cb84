//! The long tests: many jobs at once, many kills, many strangers, many interruptions, a daemon that goes and comes
//! back. `cargo test --test runtime long -- --ignored --nocapture --test-threads 1` runs them; each prints its figures.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::daemon::own::{End, OwnDaemon};
use crate::support::*;

/// Guards look several times, half a second apart, and the machine is busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// Random numbers that another run of the test can draw again: the seed is said.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let asked = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
        let seed = asked.unwrap_or_else(now) | 1;
        say(&format!("SEED={seed}"));
        Self(seed)
    }

    /// Below `end`.
    fn below(&mut self, end: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Volumes with a label.
fn volumes(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    docker(&["volume", "ls", "-q", "--filter", &filter]).lines().map(str::to_owned).collect()
}

/// Each writes its own run into its database and reads it back: nobody reads another's.
#[test]
#[ignore = "long: sixteen databases"]
fn sixteen_runs_have_a_database_each_for_long() {
    needs_daemon();
    let started = Instant::now();
    let reached: Vec<(String, String)> = std::thread::scope(|scope| {
        let one = |number: usize| {
            let network = ["host", "bridge"][number % 2];
            let who = Who::new();
            let job = ContainerJob::start_from(&who, network, POSTGRES);
            let up = [
                "up",
                "db",
                "--image",
                POSTGRES,
                "--port",
                "5432",
                "--env",
                "POSTGRES_PASSWORD=ci",
                "--timeout",
                "120s",
            ];
            job.berth(&up).fine();
            let variables = job.variables();
            let address = format!("{}:{}", variables["BERTH_DB_HOST"], variables["BERTH_DB_PORT"]);
            let query = |sql: &str| {
                let script = format!(
                    "PGPASSWORD=ci psql -h {} -p {} -U postgres -tA -c \"{sql}\"",
                    variables["BERTH_DB_HOST"], variables["BERTH_DB_PORT"]
                );
                job.step(&["sh", "-c", &script]).fine().out.trim().to_owned()
            };
            query("create table whose (run text)");
            query(&format!("insert into whose values ('{}')", who.run));
            std::thread::sleep(Duration::from_secs(1));
            assert_eq!(query("select run from whose"), who.run, "the database of another run");
            job.berth(&["down"]).fine();
            let left = labelled(&who.label());
            assert!(left.is_empty(), "{left:?}");
            (who.run.clone(), address)
        };
        let all: Vec<_> = (0..16).map(|number| scope.spawn(move || one(number))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let runs: BTreeSet<&String> = reached.iter().map(|(run, _)| run).collect();
    assert_eq!(runs.len(), 16);
    say(&format!("16 runs with a database each: {:?}", started.elapsed()));
}

/// The job's container is killed at any moment of `up`, of serving, and of `down`.
#[test]
#[ignore = "long: fifty kills"]
fn fifty_kills_leave_nothing_for_long() {
    needs_daemon();
    let mut dice = Dice::new();
    let stranger = Container::run("stranger", &[BUSYBOX, "sleep", "3000"]);
    let (mut runs, mut slowest) = (Vec::new(), Duration::ZERO);
    for round in 0..50 {
        let job = ContainerJob::start_from(&Who::new(), ["host", "bridge"][round % 2], BUSYBOX);
        let volume = format!("{}:/data", unique("data"));
        let mut child = match dice.below(3) {
            0 => {
                job.berth(&web("web", &["--volume", &volume])).fine();
                job.spawn_berth(&["down"])
            }
            _ => job.spawn_berth(&web("web", &["--volume", &volume, "--timeout", "60s"])),
        };
        std::thread::sleep(Duration::from_millis(dice.below(1500)));
        job.kill();
        child.wait().unwrap();
        let took = within(PATIENCE, "the guard's work", || {
            let guards = labelled(&job.who.label());
            !guards.iter().any(|one| one.starts_with("berth-guard-") && one.ends_with(" running"))
        });
        slowest = slowest.max(took);
        assert!(exists(&job.container.0), "the job's own container is not the guard's to remove");
        runs.push(job.who.label());
    }
    let last = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    last.berth(&web("web", &[])).fine();
    last.berth(&["down"]).fine();
    for run in &runs {
        let (left, stays) = (labelled(run), volumes(run));
        assert!(left.is_empty() && stays.is_empty(), "{run}: {left:?} {stays:?}");
    }
    assert!(stranger.running());
    say(&format!("50 kills: nothing left, slowest guard {slowest:?}"));
}

/// A thousand containers of others, created and never started: none is touched by what a job, a guard and a sweep do.
#[test]
#[ignore = "long: a thousand containers"]
fn a_thousand_strangers_stay_for_long() {
    needs_daemon();
    let mark = unique("crowd");
    let label = format!("berth-test.crowd={mark}");
    /// Removes the crowd, and nothing else.
    struct Crowd(String);
    impl Drop for Crowd {
        fn drop(&mut self) {
            let filter = format!("label={}", self.0);
            let ids = docker(&["ps", "-aq", "--no-trunc", "--filter", &filter]);
            let ids: Vec<&str> = ids.lines().collect();
            for some in ids.chunks(50) {
                docker_may_fail(&[&["rm", "-fv"][..], some].concat());
            }
        }
    }
    let crowd = Crowd(label.clone());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (label, mark) = (&label, &mark);
            scope.spawn(move || {
                for number in 0..250 {
                    // Names near those of berth-run's own, and labels of its own, but another's.
                    let name = ["berth-web", "pg", "berth-port", "ws"][number % 4];
                    let name = format!("{name}-{mark}-{part}-{number}");
                    docker(&["create", "--label", label, "--label", "app=shop", "--name", &name, BUSYBOX, "true"]);
                }
            });
        }
    });
    let made = started.elapsed();
    let listing = || {
        let format = "{{.ID}} {{.Names}} {{.State}} {{.Image}}";
        let mut all: Vec<String> =
            docker(&["ps", "-a", "--no-trunc", "--filter", &format!("label={}", crowd.0), "--format", format])
                .lines()
                .map(str::to_owned)
                .collect();
        all.sort_unstable();
        all
    };
    let before = listing();
    assert_eq!(before.len(), 1000);
    let started = Instant::now();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&web("web", &[])).fine();
    job.berth(&["port", "--count", "3"]).fine();
    job.berth(&["down"]).fine();
    let up_down = started.elapsed();
    let killed = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    killed.berth(&web("web", &[])).fine();
    killed.kill();
    let guard = within(PATIENCE, "the guard's work", || labelled(&killed.who.label()).is_empty());
    let host = HostJob::start(&Who::new());
    let started = Instant::now();
    let swept = host.berth(&["sweep", "--apply"]).fine();
    let sweep = started.elapsed();
    // A selector that all of them fit, and an age that none of them has.
    host.berth(&["sweep", "--name", &mark, "--older-than", "2h", "--apply"]).fine();
    host.berth(&["doctor", "--orphans"]).fine();
    assert_eq!(listing(), before, "{}", swept.err);
    say(&format!(
        "1000 strangers (made in {made:?}): untouched; up, port and down {up_down:?}, guard {guard:?}, sweep {sweep:?}"
    ));
}

/// `up` with a volume, an image that is there, and a port nobody listens on, stopped by a signal at any moment.
#[test]
#[ignore = "long: a hundred interruptions"]
fn a_hundred_interrupted_ups_leave_nothing_for_long() {
    needs_daemon();
    let mut dice = Dice::new();
    let (mut finished, started) = (0, Instant::now());
    for round in 0..100 {
        let job = HostJob::start(&Who::new());
        let volume = format!("{}:/data", unique("data"));
        // Half of them never get ready.
        let port = ["80", "81"][round % 2];
        let words =
            ["up", "web", "--image", BUSYBOX, "--port", port, "--volume", &volume, "--", "httpd", "-f", "-p", "80"];
        let mut up = job.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(dice.below(900)));
        let signal = ["-INT", "-TERM", "-HUP"][dice.below(3) as usize];
        // It may have ended by then.
        let _ = Command::new("kill").args([signal, &up.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        let status = up.wait().unwrap();
        let label = job.who.label();
        if status.success() {
            finished += 1;
            job.berth(&["down"]).fine();
        }
        // The undo has looked until nothing more came; whatever comes later would be a leak.
        std::thread::sleep(Duration::from_millis(300));
        let (left, stays) = (labelled(&label), volumes(&label));
        assert!(left.is_empty() && stays.is_empty(), "round {round}, {signal}: {left:?} {stays:?}");
        let name = volume.split(':').next().unwrap();
        let unlabelled = docker(&["volume", "ls", "-q", "--filter", &format!("name={name}")]);
        assert!(unlabelled.is_empty(), "round {round}, {signal}: a volume without labels: {unlabelled}");
    }
    say(&format!("100 interrupted ups ({finished} were ready before): nothing left, {:?}", started.elapsed()));
}

/// Sixteen jobs, of which half serve and half are just starting something, when the daemon is stopped or killed. It
/// comes back, the jobs are over, and one more job comes and goes: nothing is left, and strangers' things are as they
/// were.
#[test]
#[ignore = "long: a daemon that goes and comes back six times"]
fn a_daemon_that_goes_in_the_middle_leaves_nothing_for_long() {
    needs_daemon();
    let mut own = OwnDaemon::start();
    let mut dice = Dice::new();
    own.docker(&["run", "-d", "--name", "shop", "-v", "shop-data:/data", BUSYBOX, "sleep", "3000"]);
    own.docker(&["create", "--name", "berth-web-shop", BUSYBOX, "true"]);
    let all = |own: &OwnDaemon| {
        let containers = own.docker(&["ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]);
        let volumes = own.docker(&["volume", "ls", "--format", "{{.Name}}"]);
        let networks = own.docker(&["network", "ls", "--format", "{{.Name}}"]);
        [containers, volumes, networks]
    };
    let before = all(&own);
    let (mut broken, started) = (0, Instant::now());
    for round in 0..6 {
        let how = [End::Stopped, End::Killed][round % 2];
        let jobs: Vec<OwnJob> = (0..16).map(|_| OwnJob::start(&own)).collect();
        std::thread::scope(|scope| {
            for job in &jobs[..8] {
                scope.spawn(|| job.berth(&web("web", &["--volume", "data:/data"])).fine());
            }
        });
        let up = web("web", &["--volume", "data:/data", "--timeout", "30s"]);
        let start = |job: &OwnJob| {
            let mut command = job.command(&up);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let under_way: Vec<_> = jobs[8..].iter().map(start).collect();
        std::thread::sleep(Duration::from_millis(dice.below(3000)));
        let names: Vec<String> = jobs.iter().map(|job| job.name.clone()).collect();
        drop(jobs);
        own.end(how);
        for mut up in under_way {
            // The command line cannot tell what became of it once the daemon is gone; but it ends.
            broken += usize::from(!up.wait().unwrap().success());
        }
        own.again();
        // What the runner does with its containers when the daemon is back.
        names.iter().for_each(|name| drop(own.docker(&["rm", "-fv", name])));
        let last = OwnJob::start(&own);
        last.berth(&web("web", &[])).fine();
        last.berth(&["down"]).fine();
        let name = last.name.clone();
        own.docker(&["rm", "-fv", &name]);
        let what = "{{.ID}} {{.Names}} {{.Status}} {{.Labels}}";
        let told = || own.docker(&["ps", "-a", "--format", what]);
        assert_eq!(all(&own), before, "round {round}, {how:?}:\n{}", told());
    }
    say(&format!(
        "a daemon that went 6 times, with 16 jobs each ({broken} `up` broken off): nothing left, {:?}",
        started.elapsed()
    ));
}
