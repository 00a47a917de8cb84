//! Jobs and what is found of them.

mod helper;
mod images;
mod listings;
mod outcomes;
mod removals;
mod selected;

use std::collections::BTreeMap;

use super::peers::Peer;
use super::removals::removals as removals_of;
use super::resources::resources;
use super::{Endings, JobInput, NameIndex, Peers, docker_facts};
use crate::expr::{Condition, Known};
use crate::facts::{Datum, Fact, Field};
use crate::runner::table::status_rules;
use crate::runner::{Forge, Program, Substrate, Version};
use crate::stack::Stack;
use crate::trace::testing::{Traced, traced};
use crate::truth::Truth;

/// The facts of the first job.
fn facts_of(traced: &Traced, deploy: bool, stacks: &BTreeMap<usize, Stack>) -> Vec<Fact> {
    let none = BTreeMap::new();
    let made: Vec<_> = traced.traces.iter().map(|trace| resources(trace, &none)).collect();
    let removed: Vec<_> = traced.traces.iter().map(|trace| removals_of(trace, &none)).collect();
    let condition = |at: usize| {
        let job = &traced.workflow.jobs[at];
        job.condition.as_ref().map_or(Condition::MISSING, |field| Condition::read(field.value.value()))
    };
    let conditions: Vec<Condition> = (0..traced.traces.len()).map(condition).collect();
    let job = &traced.workflow.jobs[0];
    let peer = |at: usize| Peer {
        job: &traced.workflow.jobs[at],
        trace: &traced.traces[at],
        condition: &conditions[at],
        resources: &made[at],
        removals: &removed[at],
    };
    let peers = Peers::new(&traced.workflow, (0..traced.traces.len()).map(peer).collect());
    let steps = traced.traces[0].steps.len();
    let substrate = Substrate {
        status_rules: status_rules(Some(Program::GiteaRunner), Some(Version::new(2, 0, 0))),
        runs_traps_on_cancel: Truth::No,
        services_dropped: Truth::No,
        ..Substrate::unknown(Forge::Gitea)
    };
    let input = JobInput {
        job,
        source: &traced.source,
        trace: &traced.traces[0],
        substrate: &substrate,
        in_matrix: job.matrix().is_some(),
        deploy: &vec![deploy; steps],
        is_test: &|_| false,
        resolve: &|_| Known::unknown(),
        text: &|text| match text.contains("${{") {
            true => crate::symbol::Value::unknown(text),
            false => crate::symbol::Value::literal(text),
        },
        stacks,
        resources: &made[0],
        removals: &removed[0],
        meets: &NameIndex::new(&made[0], &removed[0]),
        endings: &Endings::default(),
        others: peers.of(0),
        calls: &std::sync::Arc::default(),
        sweeps: &[],
        networks: &[],
        is_file: &|_| None,
        ignores_option: &|_| Truth::Yes,
    };
    docker_facts(&input)
}

fn facts(workflow: &str) -> Vec<Fact> {
    facts_of(&traced(workflow, &[]), false, &BTreeMap::new())
}

/// One job with these steps: each its `if:` and its script.
fn steps(steps: &[(&str, &str)]) -> Vec<Fact> {
    facts(&job(steps))
}

fn job(steps: &[(&str, &str)]) -> String {
    let mut text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n".to_owned();
    for (at, (condition, run)) in steps.iter().enumerate() {
        text += &format!("      - id: s{at}\n");
        if !condition.is_empty() {
            text += &format!("        if: {condition}\n");
        }
        text += "        run: |\n";
        for line in run.lines() {
            text += &format!("          {line}\n");
        }
    }
    text
}

fn shown(fact: &Fact, name: &str) -> String {
    match fact.fields.get(name) {
        None => "-".to_owned(),
        Some(Field::Unknown(_)) => "?".to_owned(),
        Some(Field::Known(Datum::Text(text))) => text.clone(),
        Some(Field::Known(Datum::List(list))) => list.join(","),
        Some(Field::Known(Datum::Bool(truth))) => truth.to_string(),
        Some(Field::Known(Datum::Number(number))) => number.to_string(),
    }
}

/// Fields of every fact of a kind, a line each.
fn table(facts: &[Fact], kind: &str, fields: &[&str]) -> Vec<String> {
    let of_kind = facts.iter().filter(|fact| fact.kind.name == kind);
    of_kind.map(|fact| fields.iter().map(|name| shown(fact, name)).collect::<Vec<_>>().join(" ")).collect()
}

/// What is found of each is what stands beside it.
fn each_is(cases: &[(&str, &str)], found: impl Fn(&str) -> String) {
    let all = cases.iter().map(|(case, wanted)| (case, wanted, found(case)));
    let wrong: Vec<String> = all
        .filter(|(_, wanted, found)| *wanted != found)
        .map(|(case, wanted, found)| format!("{case}\n  is:        {found}\n  should be: {wanted}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// These fields of every fact of a kind, and how sure it is: of a job with one script.
fn row(kind: &'static str, fields: &'static [&'static str]) -> impl Fn(&str) -> String {
    move |script| rows(&steps(&[("", script)]), kind, fields)
}

fn rows(facts: &[Fact], kind: &str, fields: &[&str]) -> String {
    let of_kind = facts.iter().filter(|fact| fact.kind.name == kind);
    let one = |fact: &Fact| {
        let fields: Vec<String> = fields.iter().map(|name| shown(fact, name)).collect();
        format!("{} {:?}", fields.join(" "), fact.confidence)
    };
    of_kind.map(one).collect::<Vec<_>>().join("; ")
}

/// The gap of the only resource, its uncovered outcomes, and how sure that is.
fn gap(all: &[(&str, &str)]) -> String {
    let facts = steps(all);
    let found: Vec<&Fact> = facts.iter().filter(|fact| fact.kind.name == "resource").collect();
    let one = |fact: &&Fact| format!("{} {} {:?}", shown(fact, "gap"), shown(fact, "uncovered"), fact.confidence);
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_teardown_covers_the_outcomes_it_runs_in() {
    let up = ("", "docker run -d --name pg postgres");
    let down = "docker rm -fv pg";
    for (condition, wanted) in [
        ("", "not-always failure,cancelled,timed out High"),
        ("always()", "none  High"),
        ("failure()", "not-always success,cancelled High"),
        ("'!cancelled()'", "misses-cancel cancelled High"),
        ("success() || failure()", "misses-cancel cancelled High"),
        ("failure() || cancelled()", "not-always success High"),
        ("always() && steps.s0.outcome == 'success'", "gated failure,cancelled,timed out High"),
        ("always() && steps.s0.outcome != 'skipped'", "none  High"),
        ("always() && github.event_name == 'push'", "none  High"),
    ] {
        assert_eq!(gap(&[up, (condition, down)]), wanted, "{condition}");
    }
    assert_eq!(gap(&[up]), "missing success,failure,cancelled,timed out High");
    assert_eq!(gap(&[up, ("", down), ("failure() || cancelled()", down)]), "none  High");
}

#[test]
fn in_one_step_what_can_fail_between_leaks() {
    for (script, wanted) in [
        ("docker run -d --name pg postgres\nmake test\ndocker rm -f pg", "not-always failure,cancelled,timed out High"),
        ("id=$(docker create app)\ndocker rm $id", "none  High"),
        ("id=$(docker create app)\ndocker cp $id:/x .\ndocker rm $id", "not-always failure,cancelled,timed out High"),
        // Who gives up removes it first.
        (
            "id=$(docker create app)\ndocker cp x $id:/ || { docker rm -f $id || true; exit 1; }\ndocker start -a $id || true\ndocker rm -f $id",
            "misses-cancel cancelled,timed out High",
        ),
        (
            "id=$(docker create app)\ndocker cp x $id:/ || { echo no; exit 1; }\ndocker rm -f $id",
            "not-always failure,cancelled,timed out High",
        ),
        (
            "docker run -d --name pg postgres || true\nif ! make test; then docker rm -f pg; exit 1; fi\ndocker rm -f pg",
            "misses-cancel cancelled,timed out High",
        ),
        (
            "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\nmake test",
            "trap-only cancelled,timed out High",
        ),
        // A trap counts until it is taken back; by then the script has removed it, or goes on to.
        (
            "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\nmake test\ndocker rm -f pg\ntrap - EXIT",
            "trap-only cancelled,timed out High",
        ),
        (
            "end() { trap - EXIT INT; docker rm -f pg; }\ntrap end EXIT INT\ndocker run -d --name pg postgres\nmake test\nend",
            "trap-only cancelled,timed out High",
        ),
        (
            "id=$(docker run -d postgres)\ntrap \"docker rm -f $id\" EXIT\nmake test\ndocker rm -f $id\ntrap 'rm -r tmp' EXIT",
            "trap-only cancelled,timed out High",
        ),
        (
            "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\ntrap - EXIT\nmake test\ndocker rm -f pg",
            "not-always failure,cancelled,timed out High",
        ),
        (
            "trap 'docker rm -f pg' EXIT\ntrap - EXIT\ndocker run -d --name pg postgres\nmake test\ndocker rm -f pg",
            "not-always failure,cancelled,timed out High",
        ),
        (
            "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\nmake test\ntrap - EXIT",
            "missing success,failure,cancelled,timed out High",
        ),
        (
            "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\nif [ -n \"$KEEP\" ]; then trap - EXIT; fi\nmake test",
            "trap-only cancelled,timed out High",
        ),
        ("docker run --rm --name x app make test", "none  High"),
        ("docker run --rm -d --name x app", "missing success,failure,cancelled,timed out High"),
        (
            "docker rm -f pg || true\ndocker run -d --name pg postgres",
            "missing success,failure,cancelled,timed out High",
        ),
    ] {
        assert_eq!(gap(&[("", script)]), wanted, "{script}");
    }
}

#[test]
fn stopping_removes_only_what_goes_by_itself() {
    let stop = ("always()", "docker stop pg || true");
    assert_eq!(gap(&[("", "docker run -d --rm --name pg postgres"), stop]), "none  High");
    let kept = gap(&[("", "docker run -d --name pg postgres"), stop]);
    assert_eq!(kept, "missing success,failure,cancelled,timed out High");
}

#[test]
fn listings_select_by_label_and_name() {
    let up = ("", "docker run -d --name ws-$GITHUB_RUN_ID --label run=$GITHUB_RUN_ID --label a=b app");
    for (down, wanted) in [
        ("docker rm -f $(docker ps -aq --filter label=run=$GITHUB_RUN_ID)", "none  High"),
        ("docker ps -aq --filter name=ws- | xargs -r docker rm -f", "none  High"),
        (
            "for c in $(docker ps -aq --filter label=a=b --filter label=c); do docker rm -f $c; done",
            "missing success,failure,cancelled,timed out High",
        ),
        ("docker ps -a --format '{{.Names}}' | grep ws- | xargs -r docker rm -f", "none  High"),
        (
            "docker ps -a --format '{{.Names}}' | grep other- | xargs -r docker rm -f",
            "missing success,failure,cancelled,timed out High",
        ),
        ("docker rm -f $UNKNOWN", "missing success,failure,cancelled,timed out Low"),
        ("docker container prune -f", "missing success,failure,cancelled,timed out High"),
        ("docker stop ws-$GITHUB_RUN_ID || true\ndocker container prune -f --filter label=a=b", "none  High"),
        ("docker remove -f ws-$GITHUB_RUN_ID", "none  High"),
        (
            "docker ps -q --filter name=ws-\ndocker logs ws-$GITHUB_RUN_ID",
            "missing success,failure,cancelled,timed out High",
        ),
    ] {
        assert_eq!(gap(&[up, ("always()", down)]), wanted, "{down}");
    }
}

#[test]
fn in_a_branch_a_removal_counts_when_it_asks_for_the_thing() {
    let up = ("", "docker run -d --name pg postgres");
    let (none, missing) = ("none  High", "missing success,failure,cancelled,timed out High");
    let unknown = "missing success,failure,cancelled,timed out Low";
    for (script, wanted) in [
        ("if docker inspect pg; then docker rm -f pg; fi", none),
        ("if docker inspect other; then docker rm -f pg; fi", missing),
        ("if ! docker inspect pg; then docker rm -f pg; fi", missing),
        ("if docker ps -a | grep -q pg; then docker stop pg; docker rm pg; fi", none),
        ("[ -n \"$(docker ps -aq -f name=pg)\" ] && docker rm -f pg", none),
        ("if [ -z \"$(docker ps -aq -f name=pg)\" ]; then echo none; else docker rm -f pg; fi", none),
        ("ids=$(docker ps -aq -f name=pg)\nif [ -n \"$ids\" ]; then docker rm -f $ids; fi", none),
        ("command -v docker && docker rm -f pg", none),
        ("[ -f compose.yaml ] && docker rm -f pg", none),
        ("if [ \"$A\" = b ]; then docker rm -f pg; else docker rm -fv pg; fi", none),
        ("if [ \"$A\" = b ]; then docker rm -f pg; else make test; fi", unknown),
        ("if [ \"$KEEP\" != 1 ]; then docker rm -f pg; fi", unknown),
        ("case $A in all) docker rm -f pg;; esac", unknown),
        ("if ! make test; then docker rm -f pg; fi", missing),
        ("make test || docker rm -f pg", missing),
        ("make test || { docker rm -f pg; exit 1; }", missing),
        ("die() { docker rm -f pg; exit 1; }\nmake test || die", missing),
        ("for i in 1 2 3; do if [ $i = 3 ]; then docker rm -f pg; fi; done", missing),
        ("for i in 1 2; do if curl x; then exit 0; fi; done\ndocker rm -f pg\nexit 1", missing),
    ] {
        assert_eq!(gap(&[up, ("always()", script)]), wanted, "{script}");
    }
    let same = "if [ \"$DB\" = pg ]; then docker rm -f pg; fi";
    assert_eq!(
        gap(&[("", "if [ \"$DB\" = pg ]; then docker run -d --name pg postgres; fi"), ("always()", same)]),
        none
    );
}

#[test]
fn what_is_ensured_is_to_stay() {
    for (script, wanted) in [
        ("docker volume inspect c || docker volume create c", "true"),
        ("docker network ls | grep -q n || docker network create n", "true"),
        ("docker network ls | grep -q other || docker network create n", "false"),
        ("if ! docker network inspect n; then docker network create n; fi", "true"),
        ("if [ -z \"$(docker network ls -q -f name=n)\" ]; then docker network create n; fi", "true"),
        ("docker network create n || true", "true"),
        ("docker network create n-$GITHUB_RUN_ID || true", "false"),
        ("docker network create n", "false"),
        ("docker inspect pg || docker run -d --name pg postgres", "true"),
        ("if ! docker inspect pg; then docker rm -f pg; docker run -d --name pg postgres; fi", "false"),
        ("make test || docker volume create c", "false"),
        ("docker volume inspect c || docker volume create c\ndocker volume rm c", "false"),
    ] {
        assert_eq!(table(&steps(&[("", script)]), "resource", &["deploy"]), [wanted], "{script}");
    }
    assert_eq!(table(&steps(&[("", "docker context create c\ndocker login -u x")]), "resource", &["kind"]), [""; 0]);
}

#[test]
fn what_a_name_filter_is_meant_for() {
    for (filter, wanted) in [
        ("pg", "own false"),
        ("^pg", "own true"),
        ("^pg$", "own true"),
        ("web", "complete false"),
        ("^web$", "complete true"),
        ("^web", "several true"),
        ("ws-", "several false"),
        ("^ws-.*", "several true"),
        ("shop", "several false"),
        ("buildx_buildkit", "several false"),
        ("buildx_buildkit_builder", "several false"),
        ("$X", "? ?"),
        ("web-$GITHUB_RUN_ID", "complete false"),
        ("$GITHUB_RUN_ID", "several false"),
    ] {
        let script = format!(
            "docker run -d --name pg x\ndocker run -d --name shop-$GITHUB_RUN_ID x\ndocker rm -f $(docker ps -aq -f name={filter})"
        );
        let found = table(&steps(&[("", &script)]), "removal", &["filter-names", "anchored"]);
        assert_eq!(found, [wanted], "{filter}");
    }
}

#[test]
fn a_listing_that_is_looked_through_is_not_all_of_it() {
    for (script, wanted) in [
        (
            "docker rm -f $(docker ps -q | while read n; do if docker port $n | grep -q :80; then echo $n; fi; done)",
            "grep :80",
        ),
        ("docker ps -q | while read n; do if docker port $n | grep -q :80; then docker rm -f $n; fi; done", "grep :80"),
        (
            "for n in $(docker ps --format '{{.Names}}'); do if [[ $n == ws-* ]]; then docker rm -f $n; fi; done",
            "grep ws-*",
        ),
        ("docker ps -q | while read n; do [ -n \"$n\" ] && docker rm -f $n; done", "listing -"),
        ("docker ps -aq | grep -v buildx | xargs docker rm -f", "listing -"),
        ("docker ps | grep -v CONTAINER | awk '{print $1}' | xargs docker rm -f", "listing -"),
        ("docker rm -f $(docker ps -q --filter publish=80)", "port 80"),
        ("docker rm -f $(docker ps -aq --filter status=exited)", "listing status=exited"),
    ] {
        assert_eq!(table(&steps(&[("", script)]), "removal", &["by", "selector"]), [wanted], "{script}");
    }
}

#[test]
fn a_trap_is_told_once() {
    let script = "trap 'docker rm -f a b' EXIT\ndocker run -d --name a x\ndocker run -d --name b x\nmake test";
    assert_eq!(table(&steps(&[("", script)]), "trap", &["removes"]), ["container `a`,container `b`"]);
    let backed = steps(&[("", script), ("cancelled()", "docker rm -f a")]);
    assert_eq!(table(&backed, "trap", &["removes"]), ["container `b`"]);
    assert_eq!(table(&backed, "resource", &["gap"]), ["none", "trap-only"]);
}

#[test]
fn ids_come_out_of_the_file_they_went_into() {
    let made = ("", "docker run -d redis:7 > one.id\ndocker run -d nginx:1 > two.id");
    let taken = ("always()", "read -r a < one.id\nread -r b < two.id\ndocker rm -fv \"$b\"");
    assert_eq!(table(&steps(&[made, taken]), "resource", &["image", "gap"]), ["redis:7 missing", "nginx:1 none"]);
    let both = ("always()", "docker rm -fv $(cat one.id) $(< two.id)");
    assert_eq!(table(&steps(&[made, both]), "resource", &["image", "gap"]), ["redis:7 none", "nginx:1 none"]);
}

#[test]
fn a_prune_leaves_a_builder_that_runs() {
    let made = ("", "docker buildx create --use\ndocker buildx build -t app .");
    assert_eq!(gap(&[made, ("always()", "docker container prune -f")]), gap(&[made]));
}

#[test]
fn a_project_is_one_resource() {
    let up = ("", "docker compose up -d db\ndocker compose up -d api");
    assert_eq!(gap(&[up, ("always()", "docker compose down -v")]), "none  High");
    assert_eq!(gap(&[up, ("always()", "docker compose stop")]), "missing success,failure,cancelled,timed out High");
    let partial = steps(&[up, ("always()", "docker compose rm -fsv")]);
    assert_eq!(table(&partial, "resource", &["gap", "partial"]), ["not-always network"]);
    let again = [("", "docker compose up -d"), ("", "docker compose down"), ("", "docker compose up -d")];
    assert_eq!(gap(&again), "missing success,failure,cancelled,timed out High");
    let told = steps(&again).into_iter().find(|fact| fact.kind.name == "resource").and_then(|fact| fact.step);
    assert_eq!(told.map(|step| step.index), Some(2));
    let other = gap(&[("", "docker compose -p a up -d"), ("always()", "docker compose -p b down")]);
    assert_eq!(other, "missing success,failure,cancelled,timed out High");
}

#[test]
fn other_jobs_tear_down_what_they_need() {
    let both = |condition: &str, needs: &str| {
        facts(&format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: docker network create ci-$GITHUB_RUN_ID\n  b:\n    runs-on: x\n{needs}    if: {condition}\n    steps:\n      - run: docker network rm ci-$GITHUB_RUN_ID\n"
        ))
    };
    let gaps = |facts: Vec<Fact>| table(&facts, "resource", &["gap"]).join(" ");
    assert_eq!(gaps(both("always()", "    needs: a\n")), "none");
    assert_eq!(gaps(both("success()", "    needs: a\n")), "not-always");
    assert_eq!(gaps(both("always()", "")), "missing");
}

#[test]
fn names_say_in_what_they_are_unique() {
    let facts = facts(
        "on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix:\n        v: [1, 2]\n    steps:\n      - run: |\n          docker run -d --name pg postgres\n          docker run -d --name pg-$GITHUB_RUN_ID postgres\n          docker run -d --name pg-$GITHUB_RUN_ID-${{ matrix.v }} postgres\n          docker run -d postgres\n          docker network create ci || true\n          docker network rm ci\n          kind create cluster --name k\n",
    );
    assert_eq!(
        table(&facts, "name-claim", &["kind", "by", "unique-in", "shared-with", "removed-by-job"]),
        [
            "container run   false",
            "container run run leg false",
            "container run run,leg  false",
            "network create   true",
            "container cluster   false"
        ]
    );
}

#[test]
fn tags_are_claimed_with_their_uses() {
    let all = steps(&[
        ("", "docker build -t app:test .\ndocker run --rm app:test make test"),
        ("", "docker build -t reg.example.org/app:1 .\ndocker push reg.example.org/app:1"),
        ("", "docker build -t other .\ndocker tag other reg.example.org/other"),
    ]);
    assert_eq!(
        table(&all, "name-claim", &["name", "by", "used", "pushed-only"]),
        ["app:test build true false", "reg.example.org/app:1 build false true", "other:latest build true false"]
    );
}

#[test]
fn an_action_uses_the_image_that_it_is_given() {
    let scanned = |input: &str| {
        facts(&format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: docker build -t app:test .\n      - uses: scan/image@v1\n        with: {{ {input} }}\n"
        ))
    };
    for (input, used) in
        [("image-ref: app:test", "true"), ("image-ref: app:other", "false"), ("tag: app:test", "false")]
    {
        assert_eq!(table(&scanned(input), "name-claim", &["name", "used"]), [format!("app:test {used}")], "{input}");
    }
}

#[test]
fn removals_before_creation_are_told() {
    let all = steps(&[
        ("", "docker stop pg || true\ndocker rm -f pg || true\ndocker run -d --name pg postgres"),
        ("always()", "docker rm -f pg"),
        ("", "docker rm -f $(docker ps -aq --filter name=$X)\ndocker system prune -f"),
    ]);
    assert_eq!(
        table(&all, "removal", &["by", "verb", "before-creation", "in-teardown", "anchored", "emptiable"]),
        [
            "name rm true false - false",
            "name rm false true - false",
            "name-filter rm false false ? true",
            "prune prune false false - false"
        ]
    );
}

#[test]
fn a_name_that_a_failed_step_did_not_set_is_that_of_the_name_filter() {
    let set = ("", "echo \"X=pg-$GITHUB_RUN_ID\" >> $GITHUB_ENV");
    for (listing, wanted) in [
        ("--filter name=$X", "true"),
        ("--filter=name=$X", "true"),
        ("-f 'name=^/'\"$X\"", "true"),
        ("--filter \"name=${X}\"", "true"),
        ("--filter name=${{ env.X }}", "true"),
        ("--format 'name={{.ID}}' --filter \"name=^$X\"", "true"),
        ("--filter label=name=shop --filter name=$X", "true"),
        ("--format \"name=$X\" --filter label=a=b", "false"),
        ("--format \"name=$X\" --filter name=shop", "false"),
        ("--filter label=name=$X --filter name=shop", "false"),
        ("--filter \"name=$X-db\"", "false"),
        ("--filter name=\"$X\"-db", "false"),
        ("--filter name=${{ env.X }}-db", "false"),
    ] {
        let all = steps(&[set, ("always()", &format!("docker rm -f $(docker ps -aq {listing})"))]);
        assert_eq!(table(&all, "removal", &["emptiable"]), [wanted], "{listing}");
    }
}

#[test]
fn teardowns_that_match_nothing_are_told() {
    let up = ("", "docker run -d --name pg postgres");
    for (down, wanted) in [
        ("docker rm -f pg", "something - false true"),
        ("docker rm -f other", "nothing name false false"),
        ("docker rm -f $(docker ps -aq --filter label=x)", "nothing label true false"),
        ("docker ps -aq --filter ancestor='x/*' | xargs -r docker rm -f", "nothing ancestor-glob false false"),
        ("docker ps -aq --filter name=pg | xargs docker rm -fv", "something - true false"),
        ("docker rm pg", "something - true true"),
        ("docker rm pg || true", "something - false true"),
        ("docker ps --format '{{.Names}} {{.ID}}' | grep hours | xargs -r docker stop", "nothing filter false -"),
        // How long it has been running is no name.
        ("docker ps --format '{{.RunningFor}} {{.Names}}' | grep hours | xargs -r docker stop", "something - false -"),
    ] {
        let facts = steps(&[up, ("always()", down)]);
        let found = table(&facts, "teardown", &["selects", "why", "fails-when-empty", "leaves-volumes"]);
        assert_eq!(found, [wanted], "{down}");
    }
}

#[test]
fn a_deploy_is_none_when_it_is_torn_down() {
    let deploys = |steps: &[(&str, &str)]| {
        let traced = traced(&job(steps), &[]);
        table(&facts_of(&traced, true, &BTreeMap::new()), "resource", &["deploy"])
    };
    let up = ("", "docker run -d --name app app");
    assert_eq!(deploys(&[("", "docker rm -f app || true"), up]), ["true"]);
    assert_eq!(deploys(&[up, ("always()", "docker rm -f app")]), ["false"]);
}

#[test]
fn ports_are_claimed_by_services_and_containers() {
    let facts = facts(
        "on: push\njobs:\n  a:\n    runs-on: x\n    services:\n      pg:\n        image: postgres:15\n        ports: ['5432:5432', '80']\n      redis:\n        image: redis\n      web:\n        image: x\n        options: --name w -p 80:80\n    steps:\n      - run: |\n          P=8080\n          docker run -d -p $P:80 -p 127.0.0.1::81 -p $((RANDOM+1)):82 nginx\n          docker run -d --network host nginx\n",
    );
    assert_eq!(
        table(&facts, "port-claim", &["by", "through", "host-part", "host-port", "port"]),
        [
            "service ports fixed 5432 5432",
            "service ports random - 80",
            "service host-network none - 6379",
            "service options fixed 80 80",
            "docker-run publish fixed 8080 80",
            "docker-run publish random - 81",
            "docker-run publish random $((RANDOM+1)) 82",
            "docker-run host-network none - 80"
        ]
    );
    assert_eq!(table(&facts, "option", &["option", "of", "ignored"]), ["--name service true"]);
}

#[test]
fn what_is_elsewhere_is_neither_made_nor_removed_here() {
    let all = steps(&[("", "docker run -d --name app app\nssh h 'docker rm -f app'")]);
    assert_eq!(table(&all, "resource", &["gap", "target"]), ["missing here"]);
    assert_eq!(table(&all, "removal", &["target"]), ["elsewhere"]);
}

#[test]
fn networks_and_sockets_are_told() {
    let all = steps(&[(
        "",
        "docker network create n\ndocker run --rm --network n app\ndocker run --rm --network m app\ndocker network connect n $(hostname)\ndocker run --rm -v /var/run/docker.sock:/var/run/docker.sock tool\nsupabase start",
    )]);
    assert_eq!(
        table(&all, "network-use", &["network", "known", "connects-self"]),
        ["n true false", "m false false", "n true true"]
    );
    assert_eq!(
        table(&all, "opaque-docker", &["via", "program", "covered"]),
        ["socket-mount tool false", "program supabase false"]
    );
}

#[test]
fn names_pass_through_a_stop() {
    let all = steps(&[(
        "",
        "docker ps -aq -f name=t | xargs -r docker stop | xargs -r docker rm || true\ndocker run -d --name t $F app",
    )]);
    let trace =
        traced(&job(&[("", "docker ps -aq -f name=t | xargs -r docker stop | xargs -r docker rm || true")]), &[]);
    assert_eq!(
        table(&all, "removal", &["by", "verb", "before-creation"]),
        ["name-filter rm true"],
        "{:#?}",
        trace.traces[0].acts.last().map(|act| &act.context.stdin)
    );
}

#[test]
fn a_word_that_may_be_options_hides_no_name() {
    let all =
        steps(&[("", "if [ -f x ]; then F=$(cat x); else F='--device /dev/dri'; fi\ndocker run -d $F --name t app")]);
    assert_eq!(table(&all, "name-claim", &["name"]), ["t"]);
}

#[test]
fn a_network_the_job_is_on_is_told() {
    let all = steps(&[
        ("", "docker network create n\ndocker network connect n $(hostname)"),
        ("always()", "docker network rm n"),
    ]);
    assert_eq!(table(&all, "removal", &["disconnected-first"]), ["false"]);
    let all = steps(&[("", "docker network create n\ndocker network rm n")]);
    assert_eq!(table(&all, "removal", &["disconnected-first"]), ["-"]);
}
