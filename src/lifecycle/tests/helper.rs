//! Containers that berth-run knows for the job's own.

use super::{row, steps, table};

#[test]
fn a_guard_takes_what_carries_its_labels_in_every_outcome() {
    let outcomes = ["on-success", "on-failure", "on-cancel", "on-timeout", "on-killed"];
    let taken = |script: &str| table(&steps(&[("", script)]), "resource", &outcomes).join(", ");
    let guarded = "docker run -d --label-file \"$(berth-run labels --guard)\" redis";
    assert_eq!(taken(guarded), "guard guard guard guard guard");
    let labels = "docker run -d --label-file \"$(berth-run labels)\" redis";
    assert_eq!(taken(labels), "nothing nothing nothing nothing nothing", "labels alone start none");
    assert_eq!(taken(&format!("berth-run up pg --image postgres\n{labels}")), "guard guard guard guard guard");
    let without = format!("berth-run up pg --image postgres --no-guard\n{labels}");
    assert_eq!(taken(&without), "nothing nothing nothing nothing nothing");
    let gated = steps(&[("github.ref == 'refs/heads/main'", "berth-run up pg --image postgres"), ("", labels)]);
    assert_eq!(table(&gated, "resource", &["on-cancel"]), ["nothing"], "it may not have run");
    let words = "docker run -d $(berth-run labels --guard --format args) redis";
    assert_eq!(taken(words), "guard guard guard guard guard");
    let held = "labels=$(berth-run labels --guard)\ndocker run -d --label-file \"$labels\" redis";
    assert_eq!(taken(held), "guard guard guard guard guard");
}

#[test]
fn down_removes_what_carries_the_labels_and_nothing_else() {
    let labelled = "docker run -d --label-file \"$(berth-run labels)\" redis\ndocker run -d --name x redis";
    let facts = steps(&[("", labelled), ("always()", "berth-run down")]);
    assert_eq!(table(&facts, "resource", &["gap"]), ["none", "missing"]);
    let before = steps(&[("", "berth-run down"), ("", labelled)]);
    assert_eq!(table(&before, "resource", &["gap"]), ["missing", "missing"]);
    let gated = steps(&[("", labelled), ("", "berth-run down")]);
    assert_eq!(table(&gated, "resource", &["gap"]), ["not-always", "missing"]);
}

#[test]
fn networks_and_volumes_carry_them_too() {
    let made = "docker network create $(berth-run labels --format args) n-$GITHUB_RUN_ID";
    let facts = steps(&[("", made), ("always()", "berth-run down")]);
    assert_eq!(table(&facts, "resource", &["name", "gap"]), ["n-${{ github.run_id }} none"]);
    let guarded = steps(&[("", &made.replace("labels", "labels --guard"))]);
    assert_eq!(table(&guarded, "resource", &["on-cancel"]), ["guard"]);
}

#[test]
fn a_name_by_the_helper_is_the_jobs_own() {
    let unique = row("name-claim", &["unique-in"]);
    assert!(unique("docker run -d --name \"$(berth-run name cache)\" redis").contains("random"));
}
