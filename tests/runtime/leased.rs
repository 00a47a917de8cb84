//! `port`: what one job has leased no other gets.

use std::collections::BTreeSet;
use std::net::TcpListener;

use crate::support::*;

fn numbers(ended: &Ended) -> Vec<u16> {
    ended.out.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
#[ignore = "needs a Docker daemon"]
fn jobs_on_the_host_and_in_containers_never_get_the_same_port() {
    needs_daemon();
    let hosts: Vec<HostJob> = (0..6).map(|_| HostJob::start(&Who::new())).collect();
    let containers: Vec<ContainerJob> =
        ["host", "bridge", "host"].iter().map(|net| ContainerJob::start_from(&Who::new(), net, BUSYBOX)).collect();
    let lease = ["port", "--count", "4"];
    let leased: Vec<Vec<u16>> = std::thread::scope(|scope| {
        let hosts = hosts.iter().map(|job| scope.spawn(|| numbers(&job.berth(&lease).fine())));
        let containers = containers.iter().map(|job| scope.spawn(|| numbers(&job.berth(&lease).fine())));
        let all: Vec<_> = hosts.chain(containers).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(leased.iter().all(|ports| ports.len() == 4), "{leased:?}");
    let all: BTreeSet<u16> = leased.iter().flatten().copied().collect();
    assert_eq!(all.len(), 36, "{leased:?}");
    // Below those that the kernel gives away at random.
    assert!(all.iter().all(|port| (20_000..30_000).contains(port)));
    TcpListener::bind(("0.0.0.0", leased[0][0])).unwrap();

    let held = format!("berth-port-{}", leased[1][0]);
    let said = hosts[0].berth(&["down"]).fine();
    assert!(said.err.contains(&format!("gave back port {}", leased[0][0])), "{}", said.err);
    assert!(!exists(&format!("berth-port-{}", leased[0][0])));
    assert!(exists(&held), "another job's lease");
    for job in &hosts {
        job.berth(&["down"]).fine();
    }
    for job in &containers {
        job.berth(&["down"]).fine();
    }
    assert!(!exists(&held));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_second_call_leases_others_and_the_count_has_bounds() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let first = numbers(&job.berth(&["port"]).fine());
    let second = numbers(&job.berth(&["port", "--count", "2"]).fine());
    assert_eq!((first.len(), second.len()), (1, 2));
    assert!(!second.contains(&first[0]));
    for wrong in ["0", "101", "-1", "many"] {
        assert_eq!(job.berth(&["port", "--count", wrong]).code, 2, "{wrong}");
    }
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_lease_goes_with_a_killed_job() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&["port"]).fine();
    job.berth(&web("web", &[])).fine();
    job.kill();
    within(std::time::Duration::from_secs(20), "the guard's work", || labelled(&job.who.label()).is_empty());
}
