//! What removes, and what of it.

use super::{each_is, gap, row, rows, steps};

#[test]
fn a_stop_hands_its_names_on() {
    let removal = row("removal", &["by", "selector", "verb"]);
    each_is(
        &[
            ("docker stop $(docker ps -aq -f name=t) | xargs docker rm", "name-filter t rm High"),
            ("docker stop pg | xargs docker rm", "name pg rm High"),
            ("docker ps -aq -f name=t | xargs docker stop | xargs docker rm", "name-filter t rm High"),
            ("docker stop pg\ncat ids | xargs docker rm", "name pg stop High; name - rm High"),
        ],
        removal,
    );
    assert_eq!(
        gap(&[("", "docker run -d --name pg x"), ("always()", "docker stop pg | xargs docker rm")]),
        "none  High"
    );
}

#[test]
fn a_signal_that_ends_nothing_removes_nothing() {
    let removal = row("removal", &["by", "selector", "verb"]);
    each_is(
        &[
            ("docker compose -p shop kill", "project shop kill High"),
            ("docker compose -p shop kill -s SIGTERM", "project shop kill High"),
            ("docker compose -p shop kill -s SIGHUP", ""),
            ("docker compose -p shop pause", ""),
            ("docker kill -s HUP pg", ""),
        ],
        removal,
    );
}

#[test]
fn a_builders_own_cache_is_its_own() {
    let removal = row("removal", &["by", "kind"]);
    let shared = "prune builder High";
    each_is(
        &[
            ("docker builder prune -f", shared),
            ("docker buildx create --use --name b-$GITHUB_RUN_ID\ndocker builder prune -f", shared),
            ("docker buildx create --use --name b-$GITHUB_RUN_ID\ndocker buildx prune -f", ""),
            ("docker buildx create --use\ndocker buildx prune -f", ""),
            ("docker buildx create --use --name ci\ndocker buildx prune -f", shared),
            ("docker buildx create --name b-$GITHUB_RUN_ID\ndocker buildx prune -f", shared),
            (
                "docker buildx create --name b-$GITHUB_RUN_ID\ndocker buildx use b-$GITHUB_RUN_ID\ndocker buildx prune -f",
                "",
            ),
            (
                "docker buildx create --use --name b-$GITHUB_RUN_ID\ndocker buildx use ci\ndocker buildx prune -f",
                shared,
            ),
            (
                "docker buildx create --use --name b-$GITHUB_RUN_ID\ndocker buildx inspect ci\ndocker buildx prune -f",
                "",
            ),
            (
                "docker buildx create --use --driver remote tcp://cache:1234\ndocker buildx prune -f",
                "prune builder Low",
            ),
            ("BUILDX_BUILDER=b-$GITHUB_RUN_ID docker buildx prune -f", ""),
            ("BUILDX_BUILDER=ci docker buildx prune -f", shared),
            ("docker buildx create --use --name b-$GITHUB_RUN_ID\nBUILDX_BUILDER= docker buildx prune -f", ""),
            ("docker buildx prune -f --builder b-$GITHUB_RUN_ID", ""),
            ("if [ -f x ]; then docker buildx create --use; fi\ndocker buildx prune -f", "prune builder Low"),
        ],
        removal,
    );
}

#[test]
fn a_teardown_finds_nothing_unless_somebody_else_may_make_it() {
    let teardown = |script: &str| rows(&steps(&[("", script)]), "teardown", &["selects", "fails-when-empty"]);
    each_is(
        &[
            ("docker run -d --name pg x\ndocker rm -f api", "nothing false High"),
            ("docker run -d --name pg x\nsupabase start\ndocker rm -f api", "something false High"),
            ("docker run -d --name pg x\nsupabase stop\ndocker rm -f api", "nothing false High"),
            ("docker run -d --name pg x\nkind create cluster --name k\ndocker rm -f api", "nothing false High"),
        ],
        teardown,
    );
    // The volume of what goes by itself goes with it.
    let volumes = row("teardown", &["leaves-volumes", "volume"]);
    each_is(
        &[
            ("docker run -d --name pg postgres\ndocker rm -f pg", "true the volume that `postgres` declares High"),
            ("docker run -d --rm --name pg postgres\ndocker rm -f pg", "false - High"),
            ("docker run -d --name pg -v d:/var/lib/postgresql/data postgres:16\ndocker rm -f pg", "false - High"),
        ],
        volumes,
    );
}

#[test]
fn what_cannot_be_followed_may_have_made_it() {
    let fails = |step: &str| {
        let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{step}");
        rows(&super::facts(&text), "teardown", &["fails-when-empty"])
    };
    let python = "      - shell: python\n        run: import start\n";
    let down = "      - run: docker ps -aq -f name=t | xargs docker rm -f\n";
    assert_eq!(fails(down), "true High");
    assert_eq!(fails(&format!("{python}{down}")), "? High");
    assert_eq!(fails(&format!("{down}{python}")), "true High");
}

#[test]
fn a_mount_ends_with_its_container() {
    let mount = row("mount", &["source", "outlives"]);
    let up = "docker run -d --name web -v ./www:/www x";
    each_is(
        &[
            (up, "./www true High"),
            (&format!("{up}\ndocker stop web"), "./www false High"),
            (&format!("{up}\ndocker kill web"), "./www false High"),
            (&format!("{up}\ndocker restart web"), "./www true High"),
            (&format!("{up}\ndocker stop api"), "./www true High"),
            (&format!("{up}\ndocker network rm web"), "./www true High"),
            // The one in the checkout is told.
            ("docker run -d -v /tmp/a:/a -v ./www:/www x", "./www true High"),
        ],
        mount,
    );
    let path = row("mount", &["checkout-path"]);
    each_is(
        &[
            ("docker run -v $PWD/nginx.conf:/n x", "nginx.conf High"),
            ("cd deploy\ndocker run -v ./www:/www x", "deploy/www High"),
            ("cd deploy\ndocker run -v ../www:/www x", "www High"),
            ("cd deploy\ndocker run -v $GITHUB_WORKSPACE/www:/www x", "www High"),
            ("docker run -v $PWD/$WHICH:/w x", "- High"),
        ],
        path,
    );
}

#[test]
fn a_cluster_brings_its_network() {
    let used = row("network-use", &["network", "known"]);
    each_is(
        &[
            ("docker run --rm --network kind x", "kind false High"),
            ("kind create cluster --name a\ndocker run --rm --network kind x", "kind true High"),
            ("k3d cluster create a\ndocker run --rm --network other x", "other false High"),
            ("k3d cluster create a\ndocker run --rm --network k3d-a x", "k3d-a true High"),
            ("k3d cluster create a\ndocker run --rm --network a x", "a false High"),
            ("minikube start -p a\ndocker run --rm --network a x", "a true High"),
        ],
        used,
    );
}

#[test]
fn a_program_is_covered_when_it_takes_away_what_it_made() {
    let covered = |later: &[(&str, &str)]| {
        let mut all = vec![("", "supabase start")];
        all.extend(later);
        rows(&steps(&all), "opaque-docker", &["program", "covered", "removed-by"])
    };
    let none = "supabase false - High";
    assert_eq!(covered(&[]), none);
    assert_eq!(covered(&[("always()", "supabase stop")]), "supabase true - High");
    assert_eq!(covered(&[("", "supabase stop")]), "supabase false supabase stop High");
    assert_eq!(covered(&[("always()", "supabase status")]), none);
    assert_eq!(covered(&[("always()", "ddev stop")]), none);
    // A cluster is a resource, also where its name stands in a file.
    assert_eq!(rows(&steps(&[("", "kind create cluster --config kind.yaml")]), "opaque-docker", &["program"]), "");
}

#[test]
fn the_age_of_what_goes_is_looked_at() {
    let checked = row("removal", &["age-checked", "things"]);
    let age = "$(docker inspect -f '{{.Created}}' $c)";
    each_is(
        &[
            ("docker rm -f pg", "false containers High"),
            (
                &format!("for c in $(docker ps -aq); do [ {age} \\< 2026 ] && docker rm -f $c; done"),
                "true containers High",
            ),
            (&format!("c=pg\nif [ {age} \\< 2026 ]; then docker rm -f $c; fi"), "true containers High"),
            (
                "for c in $(docker ps -aq); do docker inspect -f '{{.Created}}' $c; docker rm -f $c; done",
                "true containers High",
            ),
            (
                "for c in $(docker ps -aq); do docker inspect -f '{{.Name}}' $c; docker rm -f $c; done",
                "false containers High",
            ),
            ("docker inspect -f '{{.Created}}' pg\ndocker rm -f pg", "false containers High"),
            // A label holds a time only where it is compared with the clock.
            (
                "for c in $(docker ps -aq); do t=$(docker inspect -f '{{.Config.Labels.at}}' $c); [ $t -lt $(date +%s) ] && docker rm -f $c; done",
                "true containers High",
            ),
            (
                "for c in $(docker ps -aq); do t=$(docker inspect -f '{{.Config.Labels.at}}' $c); [ $t = old ] && docker rm -f $c; done",
                "false containers High",
            ),
            ("docker image prune -f", "false images High"),
            ("docker builder prune -f", "false build cache High"),
            ("docker system prune -f", "false containers, networks and images High"),
        ],
        checked,
    );
}

#[test]
fn two_listings_of_two_commands_are_two_targets() {
    let removal = row("removal", &["verb", "selector"]);
    let both = "$(docker ps -q --filter name=a) $(docker ps -q --filter name=b)";
    each_is(
        &[
            (&format!("docker stop {both}\ndocker rm {both}"), "rm a High; rm b High"),
            (&format!("docker stop {both} | xargs docker rm"), "rm a High; rm b High"),
        ],
        removal,
    );
}

#[test]
fn a_stop_of_all_stops_all() {
    let removal = row("removal", &["verb", "by"]);
    each_is(
        &[
            ("podman stop --all", "stop listing High"),
            ("podman stop --filter label=a=b", "stop label High"),
            ("podman stop pg", "stop name High"),
        ],
        removal,
    );
}

#[test]
fn a_removal_in_the_arm_of_another_question_is_not_that_of_the_creation() {
    let ended = |removal: &str| {
        let script = format!("if [ \"$A\" = x ]; then docker run -d --name pg x; fi\nmake test\n{removal}");
        gap(&[("", &script)])
    };
    let own = "if [ \"$A\" = x ]; then docker rm -fv pg; fi";
    let other = "if [ \"$B\" = x ]; then docker rm -fv pg; fi";
    assert_eq!(ended(own), "not-always failure,cancelled,timed out High");
    assert_eq!(ended(other), "missing success,failure,cancelled,timed out Low");
}

#[test]
fn a_listing_within_a_listing_is_as_unsure_as_both() {
    let removal = row("removal", &["by"]);
    let nested = |outer: &str, inner: &str| {
        format!(
            "for r in $(docker images --format '{{{{.Repository}}}}'{outer}); do docker rmi $(docker images -q $r{inner}); done"
        )
    };
    each_is(
        &[
            (&nested("", ""), "listing High"),
            (&nested(" | ./mine", ""), "listing Low"),
            (&nested("", " | ./mine"), "listing Low"),
            (&nested(" | grep shop", ""), "grep High"),
            (&nested("", " | grep shop"), "grep High"),
        ],
        removal,
    );
}

#[test]
fn a_pod_claims_what_it_publishes() {
    let claim = row("port-claim", &["host-port", "port"]);
    each_is(&[("podman pod create --name p -p 8080:80", "8080 80 High"), ("podman pod create --name p", "")], claim);
}

#[test]
fn a_server_started_inside_listens() {
    let claim = row("port-claim", &["through", "port"]);
    let up = "docker run -d --network host --name dev acme/dev sleep 1d";
    each_is(
        &[
            (up, ""),
            (&format!("{up}\ndocker exec -d dev python3 -m http.server 8000"), "host-network 8000 High"),
            (&format!("{up}\ndocker exec -d other python3 -m http.server 8000"), ""),
            (&format!("docker exec -d dev python3 -m http.server 8000\n{up}"), ""),
        ],
        claim,
    );
}

#[test]
fn a_known_server_listens_on_the_hosts_network_with_options_of_its_own() {
    let claim = row("port-claim", &["through", "port"]);
    each_is(
        &[
            ("docker run -d --network host postgres:16 -c fsync=off", "host-network 5432 High"),
            ("docker run -d --network host --entrypoint sh postgres:16 -c 'sleep 9'", ""),
        ],
        claim,
    );
}

#[test]
fn a_name_is_shared_with_a_job_that_may_run_beside_it() {
    let shared = |needs: (&str, &str)| {
        let job = |id: &str, needs: &str| {
            format!(
                "  {id}:\n    runs-on: x\n{needs}    steps:\n      - run: docker run -d --name t-$GITHUB_RUN_ID x\n"
            )
        };
        let text = format!("on: push\njobs:\n{}{}", job("a", needs.0), job("b", needs.1));
        rows(&super::facts(&text), "name-claim", &["shared-with"])
    };
    assert_eq!(shared(("", "")), "job High");
    assert_eq!(shared(("", "    needs: a\n")), " High");
    assert_eq!(shared(("    needs: b\n", "")), " High");
}

#[test]
fn a_name_is_the_same_in_these_runs() {
    let claim = row("name-claim", &["every-run"]);
    each_is(
        &[
            ("docker run -d --name pg x", "every run High"),
            ("docker run -d --name pg-$GITHUB_RUN_ID x", "every run High"),
            ("docker run -d --name pg-$GITHUB_SHA x", "every run of one commit High"),
            ("docker run -d --name pg-${{ github.event.pull_request.number }} x", "every run of one pull request High"),
            ("docker run -d --name pg-$GITHUB_REF_NAME x", "every run of one branch or tag High"),
        ],
        claim,
    );
}

#[test]
fn a_filter_may_be_empty_and_may_be_anchored() {
    let removal = row("removal", &["emptiable", "anchored"]);
    let filtered = |before: &str, name: &str| format!("{before}docker rm -f $(docker ps -aq -f name={name})");
    let either = |one: &str, other: &str| format!("if [ -f x ]; then P={one}; else P={other}; fi\n");
    each_is(
        &[
            (&filtered("", "$WS_PREFIX"), "true ? Medium"),
            (&filtered("", "$(cat prefix)"), "true ? High"),
            (&filtered("", "$ws_prefix"), "? ? High"),
            (&filtered("WS_PREFIX=ws-\n", "$WS_PREFIX"), "false false High"),
            (&filtered(&either("^a", "^b"), "$P"), "false true High"),
            (&filtered(&either("a", "b"), "$P"), "false false High"),
            (&filtered(&either("^a", "b"), "$P"), "false ? High"),
        ],
        removal,
    );
}

#[test]
fn an_id_of_one_arm_or_the_other_is_that_of_what_was_made() {
    let made = "if [ -e /dev/kvm ]; then\n  c=$(docker run -d --device /dev/kvm x)\nelse\n  c=$(docker run -d x)\nfi\necho \"c=$c\" >> $GITHUB_ENV";
    let gaps = |stop| gap(&[("", made), ("", "docker exec $c make test"), ("", stop)]);
    assert_eq!(
        gaps("docker rm -f $c"),
        "not-always failure,cancelled,timed out High; not-always failure,cancelled,timed out High"
    );
    assert_eq!(
        gaps("docker rm -f pg"),
        "missing success,failure,cancelled,timed out High; missing success,failure,cancelled,timed out High"
    );
}

#[test]
fn a_builder_at_another_daemon_is_not_on_this_one() {
    let made = row("resource", &["kind"]);
    for elsewhere in ["ssh://root@build.example", "tcp://build.example:2375", "builders"] {
        assert_eq!(made(&format!("docker buildx create --name b-$GITHUB_RUN_ID --use {elsewhere}")), "", "{elsewhere}");
    }
    assert_eq!(made("docker buildx create --name b-$GITHUB_RUN_ID --use default"), "builder High");
}

#[test]
fn a_removal_behind_a_test_of_its_container_is_not_gated() {
    let made = ("", "c=$(docker run -d --rm x)\necho \"c=$c\" >> $GITHUB_ENV");
    let gap = |script: &str| gap(&[made, ("always()", script)]);
    assert_eq!(gap("docker exec $c make test\ndocker stop $c"), "not-always failure High");
    assert_eq!(gap("docker stop $c"), "none  High");
}

#[test]
fn an_id_that_may_be_somebody_elses_is_not_that_of_what_was_made() {
    let made = "c=$DEFAULT_DB\nif [ -z \"$c\" ]; then c=$(docker run -d x); fi\nmake test\ndocker rm -f $c";
    assert!(gap(&[("", made)]).ends_with("Low"));
    let own = "if [ -e /dev/kvm ]; then c=$(docker run -d x); fi\necho \"c=$c\" >> $GITHUB_ENV";
    assert_eq!(gap(&[("", own), ("", "docker rm -f $c")]), "not-always failure,cancelled,timed out High");
}
