//! Views of small files, shown by value and place.

mod compose;
mod matrix;

use super::*;
use crate::source::Source;
use crate::yaml::{self, Tree};

fn tree(text: &str) -> Tree {
    let source = Source::new("t.yml", text.as_bytes().to_vec()).expect("UTF-8");
    yaml::parse(&source).expect("YAML")
}

fn workflow(text: &str) -> Workflow {
    Workflow::read(&tree(text)).expect("a workflow")
}

fn value(field: &Option<Box<Field<Scalar>>>) -> Option<&str> {
    field.as_ref().map(|field| field.value.value())
}

fn values(scalars: &[Scalar]) -> Vec<&str> {
    scalars.iter().map(Scalar::value).collect()
}

const WORKFLOW: &str = "\
name: CI
run-name: by ${{ github.actor }}
on:
  push: {branches: [main], paths: 'src/**'}
  schedule:
    - cron: '0 4 * * *'
  workflow_call:
    inputs:
      runner: {type: string, default: docker-host}
  pull_request:
env: {PG: '5432'}
defaults: {run: {shell: bash, working-directory: app}}
concurrency: {group: 'ci-${{ github.ref }}', cancel-in-progress: true}
permissions: read-all
jobs:
  test:
    name: Tests
    runs-on: [self-hosted, '${{ inputs.runner }}']
    needs: build
    if: !cancelled()
    container:
      image: golang:1.24
      options: --network host
      volumes: [/var/run/docker.sock:/var/run/docker.sock]
      credentials: {username: a, password: '${{ secrets.P }}'}
    services:
      pg:
        image: postgres:15
        env: {POSTGRES_PASSWORD: x}
        ports: ['5432:5432']
        options: >-
          --health-cmd pg_isready
          --health-interval 5s
      cache: redis
    strategy: {fail-fast: false, max-parallel: 2, matrix: {os: [a, b]}}
    environment: {name: staging}
    outputs: {id: '${{ steps.x.outputs.id }}'}
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - id: x
        name: Start
        if: always()
        run: |
          docker run -d --name pg postgres
        env: {A: 1}
        shell: sh
        working-directory: db
        continue-on-error: true
        timeout-minutes: 3
  call:
    uses: ./.gitea/workflows/call.yml
    secrets: inherit
    with: {runner: x}
  grouped: {runs-on: {group: g, labels: l}, steps: [{run: x}]}
";

#[test]
fn a_workflow_is_read_whole() {
    let workflow = workflow(WORKFLOW);
    assert_eq!(workflow.oddities, []);
    assert_eq!(value(&workflow.name), Some("CI"));
    let push = workflow.on.event("push").expect("push");
    assert_eq!((values(&push.branches), values(&push.paths)), (vec!["main"], vec!["src/**"]));
    assert_eq!(values(&workflow.on.event("schedule").expect("schedule").crons), ["0 4 * * *"]);
    let inputs = &workflow.on.event("workflow_call").expect("call").inputs;
    assert_eq!((inputs[0].name.value(), value(&inputs[0].default)), ("runner", Some("docker-host")));
    assert!(workflow.on.event("pull_request").is_some());
    assert_eq!(workflow.env.get("PG").and_then(|var| var.text.as_ref()).map(|text| text.value()), Some("5432"));
    assert_eq!(
        (value(&workflow.defaults.shell), value(&workflow.defaults.working_directory)),
        (Some("bash"), Some("app"))
    );
    let concurrency = workflow.concurrency.as_ref().expect("concurrency");
    assert_eq!(concurrency.group.as_ref().map(Scalar::value), Some("ci-${{ github.ref }}"));
    assert_eq!(concurrency.cancel_in_progress.as_ref().and_then(|field| field.as_bool()), Some(true));
    assert_eq!(workflow.jobs.iter().map(|job| job.id.value()).collect::<Vec<_>>(), ["test", "call", "grouped"]);
}

#[test]
fn a_job_is_read_whole() {
    let workflow = workflow(WORKFLOW);
    let job = workflow.job("test").expect("test");
    assert_eq!(values(&job.runs_on.as_ref().expect("runs-on").labels), ["self-hosted", "${{ inputs.runner }}"]);
    assert_eq!(values(job.needs.as_ref().expect("needs")), ["build"]);
    let condition = job.condition.as_ref().expect("if");
    assert_eq!(condition.value.tag.as_ref().map(|tag| tag.written.as_str()), Some("!cancelled()"));
    let container = job.container.as_ref().expect("container");
    assert_eq!(container.image.as_ref().map(Scalar::value), Some("golang:1.24"));
    assert!(container.credentials.is_some() && container.volumes.is_some());
    let pg = &job.services[0];
    assert_eq!(
        (pg.id.value(), value(&pg.container.options)),
        ("pg", Some("--health-cmd pg_isready --health-interval 5s"))
    );
    assert!(pg.container.options.as_ref().is_some_and(|options| options.text.is_proven()));
    assert_eq!(job.services[1].container.image.as_ref().map(Scalar::value), Some("redis"));
    let environment = job.environment.as_ref().and_then(|field| field.get("name")).and_then(Datum::as_scalar);
    assert_eq!(environment.map(Scalar::value), Some("staging"));
    let step = job.steps.iter().find(|step| value(&step.id) == Some("x")).expect("x");
    assert_eq!((step.index, value(&step.run)), (1, Some("docker run -d --name pg postgres\n")));
    assert_eq!((value(&step.shell), value(&step.working_directory)), (Some("sh"), Some("db")));
    let key = step.run.as_ref().expect("run").key;
    assert_eq!(&WORKFLOW[key.range()], "run");
    let grouped = workflow.job("grouped").and_then(|job| job.runs_on.as_ref()).expect("runs-on");
    assert_eq!((value(&grouped.group), values(&grouped.labels)), (Some("g"), vec!["l"]));
}

#[test]
fn malformed_parts_do_not_stop_the_others() {
    let workflow = workflow(
        "on: push\njobs:\n  a: [1]\n  b:\n    runs-on: x\n    steps: [run, {run: [x]}, {run: ok}]\n    services: 3\n  c:\n    name: 1\n    name: 2\n  d:\n",
    );
    assert_eq!(workflow.jobs.iter().map(|job| job.id.value()).collect::<Vec<_>>(), ["b", "c"]);
    let steps = &workflow.jobs[0].steps;
    assert_eq!(steps.iter().map(|step| step.index).collect::<Vec<_>>(), [1, 2]);
    let messages: Vec<&str> = workflow.oddities.iter().map(|oddity| oddity.message.as_str()).collect();
    assert_eq!(messages.len(), 5, "{messages:?}");
}

#[test]
fn what_is_no_workflow_says_so() {
    for text in ["", "a: 1\n", "jobs: []\n", "- x\n", "text\n"] {
        let error = Workflow::read(&tree(text)).expect_err("no workflow");
        assert!(error.span.end <= text.len() && !error.message.is_empty());
    }
}

#[test]
fn merged_and_aliased_parts_are_marked() {
    let text = "x: &base {image: pg, env: {A: 1}}\njobs:\n  a:\n    services:\n      one: *base\n      two:\n        <<: *base\n        image: other\n";
    let workflow = workflow(text);
    let services = &workflow.jobs[0].services;
    assert!(services[0].shared && !services[1].shared);
    assert_eq!(services[1].container.image.as_ref().map(Scalar::value), Some("other"));
    assert_eq!(services[1].container.env.entries.len(), 1);
}

#[test]
fn actions_by_kind() {
    let action = Action::read(&tree(
        "name: a\ninputs: {port: {default: '', required: true}}\nruns: {using: composite, steps: [{run: x, shell: sh}]}\n",
    ))
    .expect("an action");
    assert_eq!(value(&action.inputs[0].default), Some(""));
    assert!(matches!(&action.runs, Runs::Composite { steps } if value(&steps[0].run) == Some("x")));
    for text in ["runs: {using: docker, image: Dockerfile, args: [a]}\n", "runs: {using: node20, main: m.js}\n"] {
        let action = Action::read(&tree(text)).expect("an action");
        assert!(matches!(action.runs, Runs::Other), "{text}");
    }
    assert!(Action::read(&tree("jobs: {}\n")).is_err());
}

#[test]
#[expect(clippy::print_stderr, reason = "figures for people")]
fn the_corpus_is_read() {
    let (mut workflows, mut jobs, mut compose, mut actions, mut odd) = (0, 0, 0, 0, 0);
    yaml::tests::corpus::for_each_file(|path, source| {
        let Ok(tree) = yaml::parse(source) else { return };
        let mut oddities = Vec::new();
        if let Ok(workflow) = Workflow::read(&tree) {
            workflows += 1;
            jobs += workflow.jobs.len();
            workflow.jobs.iter().filter_map(|job| job.matrix()).for_each(|matrix| drop(matrix.legs()));
            oddities = workflow.oddities;
        } else if let Ok(action) = Action::read(&tree) {
            actions += 1;
            oddities = action.oddities;
        } else if let Ok(file) = Compose::read(&tree) {
            compose += 1;
            oddities = file.oddities;
        }
        odd += oddities.len();
        for oddity in oddities {
            assert!(oddity.span.end <= source.text().len());
            eprintln!("{}:{:?}: {}", path.display(), source.place(oddity.span.start), oddity.message);
        }
    });
    eprintln!("{workflows} workflows, {jobs} jobs, {actions} actions, {compose} compose files, {odd} oddities");
}
