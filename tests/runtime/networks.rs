//! One declared network, however many jobs want it at once.

use std::time::{Duration, Instant};

use crate::support::*;

fn networks_named(name: &str) -> Vec<String> {
    let filter = format!("name=^{name}$");
    docker(&["network", "ls", "-q", "--no-trunc", "--filter", &filter]).lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a Docker daemon"]
fn sixteen_jobs_that_need_one_network_make_one() {
    needs_daemon();
    let name = unique("net");
    let jobs: Vec<HostJob> = (0..16).map(|_| HostJob::start(&Who::new())).collect();
    std::thread::scope(|scope| {
        for job in &jobs {
            scope.spawn(|| job.berth(&web("web", &["--network", &name])).fine());
        }
    });
    let network = Network(name.clone());
    let made = networks_named(&name);
    assert_eq!(made.len(), 1, "{made:?}");
    for job in &jobs {
        let id = &job.variables()["BERTH_WEB_ID"];
        let on = docker(&["inspect", "-f", "{{range .NetworkSettings.Networks}}{{.NetworkID}}{{end}}", id]);
        assert_eq!(on, made[0]);
        assert_eq!(labelled(&job.who.label()).len(), 1, "the lock is given back");
    }
    let labels = docker(&["network", "inspect", "-f", "{{json .Labels}}", &made[0]]);
    assert!(!labels.contains("berth"), "it outlives every run: {labels}");
    for job in &jobs {
        job.berth(&["down"]).fine();
    }
    assert_eq!(networks_named(&name), made, "down leaves a declared network");
    drop(network);
    assert!(networks_named(&name).is_empty());
}

/// The lock of a job that was killed in the middle, where no guard could remove it.
#[test]
#[ignore = "needs a Docker daemon"]
fn a_dead_holders_lock_is_taken_from_it() {
    needs_daemon();
    let name = unique("net");
    let lock = format!("berth-lock-{}", berthlint::identity::short_hash(format!("network {name}"), 16));
    let own = format!("berth.self={lock}");
    docker(&["create", "--name", &lock, "--label", &own, BUSYBOX]);
    let held = Container(lock);
    let job = HostJob::start(&Who::new());
    let started = Instant::now();
    job.berth(&web("web", &["--network", &name])).fine();
    let _network = Network(name.clone());
    assert!(started.elapsed() > Duration::from_secs(10), "a live holder must be waited for");
    assert_eq!(networks_named(&name).len(), 1);
    assert!(!exists(&held.0));
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn two_networks_of_one_name_are_an_error_that_says_so() {
    needs_daemon();
    let name = unique("net");
    let body = format!("{{\"Name\":\"{name}\"}}");
    // The command line refuses a second one; the API does not.
    let create = || {
        let made = std::process::Command::new("curl")
            .args(["--unix-socket", socket(), "-sf", "-H", "Content-Type: application/json"])
            .args(["-d", &body, "http://docker/v1.41/networks/create"])
            .output()
            .expect("curl");
        let answer: serde_json::Value = serde_json::from_slice(&made.stdout).ok()?;
        Some(Network(answer["Id"].as_str()?.to_owned()))
    };
    let first = create().expect("a network");
    // From Docker 25 on the API refuses as well.
    let Some(second) = create() else { return };
    let networks = [first, second];
    let job = HostJob::start(&Who::new());
    let refused = job.berth(&web("web", &["--network", &name]));
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("2 networks") && refused.err.contains(&networks[0].0[..12]), "{}", refused.err);
    assert!(labelled(&job.who.label()).is_empty());
}
