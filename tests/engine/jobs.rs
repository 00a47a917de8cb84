//! The jobs that are played.

use std::io::Write as _;
use std::path::Path;

use crate::daemon::{Network, POSTGRES as POSTGRES_IMAGE, docker, needs_daemon, unique};
use crate::engine::Ground;
use crate::mended::{copy, fixture, mended};
use crate::plays::Stage;

/// A repository below `fixtures` with its one job.
struct Case {
    name: &'static str,
    workflow: &'static str,
    job: &'static str,
    struck_at: &'static str,
}

/// Incident 1: a service on the port that every run has.
const POSTGRES: Case = Case {
    name: "live/postgres",
    workflow: ".gitea/workflows/integration.yml",
    job: "integration",
    struck_at: "INSERT 0 1",
};
/// Incident 2: a server of the machine, on a port of the machine.
const SERVER: Case =
    Case { name: "engine/server", workflow: ".gitea/workflows/e2e.yml", job: "e2e-api", struck_at: "checking the API" };
/// Incident 3: a container that only a trap removes.
const PROVISION: Case =
    Case { name: "engine/provision", workflow: ".gitea/workflows/provision.yml", job: "e2e", struck_at: "ready" };
/// A container with a name, on a port, removed when all goes well.
const NAMED: Case =
    Case { name: "engine/named", workflow: ".gitea/workflows/test.yml", job: "test", struck_at: "INSERT 0 1" };
/// An image under one tag.
const IMAGE: Case =
    Case { name: "engine/image", workflow: ".gitea/workflows/image.yml", job: "image", struck_at: "testing the image" };
/// A network and a container on it.
const NETWORK: Case =
    Case { name: "engine/network", workflow: ".gitea/workflows/api.yml", job: "api", struck_at: "asking the API" };
/// A container that is removed before it is made.
const PRECLEAN: Case =
    Case { name: "engine/preclean", workflow: ".gitea/workflows/web.yml", job: "web", struck_at: "asking the server" };

impl Case {
    /// Plays it as written, which works alone, and as the fixes leave it for each way to write them.
    #[track_caller]
    fn on(&self, ground: &Ground, emissions: &[&str]) {
        self.plays_on(ground, emissions, true);
    }

    /// The same for a job that does not work as it is written on a ground, not even alone: the fixes make it work.
    #[track_caller]
    fn works_once_fixed_on(&self, ground: &Ground, emissions: &[&str]) {
        self.plays_on(ground, emissions, false);
    }

    #[track_caller]
    fn plays_on(&self, ground: &Ground, emissions: &[&str], works: bool) {
        let here = copy(&fixture(self.name));
        let configuration = here.path().join(".berthlint.yaml");
        let text = std::fs::read_to_string(&configuration).unwrap();
        std::fs::write(configuration, text.replace("network: host\n    mode: container", &ground.declared())).unwrap();
        self.plays(here.path(), ground, "as written", works);
        for emit in emissions {
            let after = mended(here.path(), &["--unsafe-fixes", "--emit", emit]);
            self.plays(after.path(), ground, emit, true);
        }
    }

    #[track_caller]
    fn plays(&self, repository: &Path, ground: &Ground, text: &str, works: bool) {
        let &Self { workflow, job, struck_at, .. } = self;
        let stage = Stage { repository, workflow, job, ground, struck_at };
        let played = stage.played();
        let rehearsed = works.then(|| stage.rehearsed());
        let _ = writeln!(std::io::stderr(), "{}, {ground:?}, {text}: {played:?}", self.name);
        assert_eq!(played, rehearsed, "{}, {ground:?}, {text}: played and rehearsed", self.name);
    }
}

#[test]
#[ignore = "needs a Docker daemon, and Go"]
fn the_postgres_of_two_runs_on_the_hosts_network() {
    needs_daemon();
    POSTGRES.on(&Ground::HostNetwork, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn the_postgres_of_two_runs_by_other_emissions_for_long() {
    needs_daemon();
    POSTGRES.on(&Ground::HostNetwork, &["helper", "action"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn the_postgres_of_two_runs_on_a_network_of_each_job_for_long() {
    needs_daemon();
    POSTGRES.works_once_fixed_on(&Ground::Automatic, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn the_postgres_of_two_runs_on_a_network_with_a_name_for_long() {
    needs_daemon();
    let network = Network::make(&unique("net"), &[]);
    POSTGRES.works_once_fixed_on(&Ground::Custom(network.0.clone()), &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn the_postgres_of_two_runs_on_the_machine_for_long() {
    needs_daemon();
    POSTGRES.works_once_fixed_on(&Ground::HostMode, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn a_server_of_the_machine_for_long() {
    needs_daemon();
    // The fix reaps by the program's name, and `python3` is everybody's.
    SERVER.on(&Ground::HostMode, &[]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn a_container_that_only_a_trap_removes_for_long() {
    needs_daemon();
    let _network = Network::make("provision-net", &[]);
    PROVISION.on(&Ground::HostNetwork, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn a_container_with_a_name_for_long() {
    needs_daemon();
    // Under a name that says what it is: of `postgres` it is known what it keeps.
    let name = "postgres:live-test";
    docker(&["tag", POSTGRES_IMAGE, name]);
    NAMED.on(&Ground::HostNetwork, &["shell"]);
    docker(&["rmi", name]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn an_image_under_one_tag_for_long() {
    needs_daemon();
    IMAGE.on(&Ground::HostNetwork, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn a_network_and_a_container_on_it_for_long() {
    needs_daemon();
    NETWORK.on(&Ground::HostNetwork, &["shell"]);
}

#[test]
#[ignore = "minutes; needs a Docker daemon, and Go"]
fn a_container_that_is_removed_before_it_is_made_for_long() {
    needs_daemon();
    PRECLEAN.on(&Ground::HostNetwork, &["shell"]);
}
