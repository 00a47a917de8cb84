//! Where the job runs decides where its sibling goes.

use crate::support::*;

fn fetches(job: &ContainerJob) {
    let script = "wget -q -O /dev/null \"http://$BERTH_WEB_HOST:$BERTH_WEB_PORT/\"; test $? -le 1 && nc -w 2 \"$BERTH_WEB_HOST\" 80 </dev/null";
    job.step(&["sh", "-c", script]).fine();
}

fn network_of(id: &str) -> String {
    docker(&["inspect", "-f", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", id])
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_host_network_job_reaches_its_sibling_on_a_declared_network() {
    needs_daemon();
    let network = Network::make(&unique("net"), &[]);
    let job = ContainerJob::start(&Who::new(), "host");
    job.berth(&web("web", &["--network", &network.0])).fine();
    assert_eq!(network_of(&job.variables()["BERTH_WEB_ID"]).trim(), network.0);
    fetches(&job);
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_job_on_a_network_of_its_own_keeps_its_sibling_there() {
    needs_daemon();
    let own = Network::make(&unique("own"), &[]);
    let other = Network::make(&unique("other"), &[]);
    let job = ContainerJob::start(&Who::new(), &own.0);
    let said = job.berth(&web("web", &["--network", &other.0])).fine();
    assert!(said.err.contains(&other.0), "it says what it set aside: {}", said.err);
    assert_eq!(network_of(&job.variables()["BERTH_WEB_ID"]).trim(), own.0);
    fetches(&job);
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn no_sibling_joins_a_network_the_runner_must_remove() {
    needs_daemon();
    let gitea = unique("job");
    let number = format!("{:016x}", std::process::id());
    let names = [
        (format!("{gitea}-test-network"), vec![]),
        (format!("WORKFLOW-{number}"), vec![]),
        (format!("github_network_{number}{number}"), vec![]),
        (unique("net"), vec!["--label", "com.gitea.runner.uuid=7"]),
    ];
    for (name, words) in names {
        let network = Network::make(&name, &words);
        let job = ContainerJob::start_named(&Who::new(), &network.0, BUSYBOX, &gitea);
        let refused = job.berth(&web("web", &[]));
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(refused.err.contains(&name) && refused.err.contains("services:"), "{}", refused.err);
        assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
        assert!(labelled(&job.who.label()).is_empty());
        let doctor = job.berth(&["doctor"]);
        assert_eq!(doctor.code, 1);
        assert!(doctor.out.contains("automatic network"), "{}", doctor.out);
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_job_is_known_by_the_kernels_word_too() {
    needs_daemon();
    for network in ["host", "bridge"] {
        let job = ContainerJob::start_from(&Who::new(), network, BUSYBOX);
        let script = "unset JOB_CONTAINER_NAME; /berth-run doctor";
        let said = job.step(&["sh", "-c", script]).fine();
        let name = &job.container.0;
        assert!(said.out.contains(&format!("container: {name} on ")), "{}", said.out);
        assert!(said.out.contains("answers"), "siblings can be reached: {}", said.out);
    }
    let host = HostJob::start(&Who::new()).berth(&["doctor"]).fine();
    assert!(host.out.contains("mode     host"), "{}", host.out);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_path_the_daemon_cannot_see_is_refused() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    let refused = job.berth(&web("web", &["--volume", "/etc/passwd:/x"]));
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("docker cp"), "{}", refused.err);
    assert!(labelled(&job.who.label()).is_empty(), "nothing half-made");
    // A directory of the host that is mounted into the job is translated to the host's path.
    job.berth(&web("web", &["--volume", "/berth-run:/tool:ro"])).fine();
    let id = &job.variables()["BERTH_WEB_ID"];
    docker(&["exec", id, "/tool", "--version"]);
    job.berth(&["down"]).fine();
}
