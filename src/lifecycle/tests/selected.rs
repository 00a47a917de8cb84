//! Which things a selector takes.

use super::{each_is, gap};

#[test]
fn filters_take_what_they_match() {
    let (none, missing) = ("none  High", "missing success,failure,cancelled,timed out High");
    let unsure = "missing success,failure,cancelled,timed out Low";
    let up = ("", "docker run -d --name web-1 --label a=b --label c=d acme/web:1");
    let taken = |filters: &str| gap(&[up, ("always()", &format!("docker ps -aq {filters} | xargs -r docker rm -fv"))]);
    each_is(
        &[
            ("", none),
            ("--filter label=a=b", none),
            ("--filter label=a=x", missing),
            ("--filter label!=a=b", missing),
            ("--filter label!=a=x", none),
            ("--filter name=web --filter name=api", none),
            ("--filter name=api --filter label=a=b", missing),
            ("--filter name=", none),
            ("--filter ancestor=acme/web:1", none),
            // A container of an image that was built on it matches as well.
            ("--filter ancestor=acme/web:2", unsure),
            ("--filter status=running", none),
            ("--filter status=exited", unsure),
            ("| head -n 1", unsure),
            ("--format '{{.Names}}' | grep web", none),
            ("--format '{{.Names}}' | grep -v web", missing),
            ("--format '{{.Names}}' | grep acme", missing),
            ("--format '{{.Image}}' | grep web-1", unsure),
            ("--format '{{.Names}}' | grep -v api", none),
            ("--format '{{.Image}}' | grep acme/web", none),
            ("--format '{{.Image}}' | grep acme/api", unsure),
            ("--latest", unsure),
        ],
        taken,
    );
}

#[test]
fn a_projects_things_are_taken_by_its_label() {
    let up = ("", "docker compose -p shop up -d");
    let taken = |down: &str| gap(&[up, ("always()", down)]);
    let missing = "missing success,failure,cancelled,timed out High";
    each_is(
        &[
            ("docker compose -p shop down -v", "none  High"),
            (
                "docker ps -aq --filter label=com.docker.compose.project=shop | xargs docker rm -fv",
                "not-always success,failure,cancelled,timed out High",
            ),
            ("docker ps -aq --filter label=com.docker.compose.project=other | xargs docker rm -fv", missing),
            ("docker ps -aq --filter label=com.docker.compose.project=shop | xargs docker stop", missing),
            ("[ -n \"$(docker compose -p shop ps -q)\" ] && docker compose -p shop down -v", "none  High"),
            ("if docker compose -p shop ps | grep -q db; then docker compose -p shop down -v; fi", "none  High"),
            ("if docker compose -p shop config -q; then docker compose -p shop down -v; fi", missing),
        ],
        taken,
    );
}

#[test]
fn a_system_prune_takes_volumes_when_it_is_told_to() {
    let up = ("", "docker volume create data-$GITHUB_RUN_ID");
    let missing = "missing success,failure,cancelled,timed out High";
    let taken = |down: &str| gap(&[up, ("always()", down)]);
    each_is(
        &[
            ("docker system prune -f", missing),
            ("docker system prune -f --volumes", "missing success,failure,cancelled,timed out Low"),
            ("docker network prune -f", missing),
        ],
        taken,
    );
}

#[test]
fn what_may_be_a_part_of_a_cluster_covers_nothing() {
    let up = ("", "kind create cluster --name k");
    let missing = "missing success,failure,cancelled,timed out High";
    let taken = |down: &str| gap(&[up, ("always()", down)]);
    each_is(
        &[
            ("kind delete cluster --name k", "none  High"),
            ("kind delete cluster --name other", missing),
            ("docker ps -aq | grep something | xargs docker rm -f", missing),
            ("docker network prune -f", missing),
            ("if kind get clusters | grep -q k; then kind delete cluster --name k; fi", "none  High"),
        ],
        taken,
    );
}
