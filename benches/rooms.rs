//! What each room costs, on the project's own fixtures: `cargo bench --bench rooms`, or `… --bench rooms shell` for one.
//!
//! Of the way from bytes to a report `events` and `shell` are the floor: the parsers that a check cannot do without.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berthlint::check::{Engine, Options, check, facts, judge};
use berthlint::edit::Applicability;
use berthlint::facts::Fact;
use berthlint::fix::{fix, fix_as_text};
use berthlint::follow::Files;
use berthlint::source::Source;
use berthlint::trace::{Setting, trace_job};
use berthlint::workflow::Workflow;
use berthlint::yaml::Tree;
use berthlint::{expr, rehearsal, shell, yaml};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use walkdir::WalkDir;
use yaml_rust2::parser::{Event, Parser};

fn main() {
    divan::main();
}

/// A folder of small repositories.
fn fixtures(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(kind)
}

/// Every workflow of the fixtures.
fn workflows() -> Vec<Source> {
    let entries = WalkDir::new(fixtures("")).sort_by_file_name().into_iter().filter_map(Result::ok);
    let paths = entries
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.parent().is_some_and(|folder| folder.ends_with("workflows")) && path.extension().is_some());
    let sources = paths.map(|path| Source::new(&*path.to_string_lossy(), fs::read(&path).unwrap()).unwrap());
    sources.filter(|source| yaml::parse(source).is_ok()).collect()
}

fn trees() -> Vec<Tree> {
    workflows().iter().map(|source| yaml::parse(source).unwrap()).collect()
}

fn bytes<'t>(texts: impl Iterator<Item = &'t str>) -> BytesCount {
    BytesCount::new(texts.map(str::len).sum::<usize>())
}

/// The `run:` texts of workflows.
fn scripts() -> Vec<String> {
    let trees = trees();
    let read = trees.iter().filter_map(|tree| Workflow::read(tree).ok());
    let jobs: Vec<_> = read.flat_map(|workflow| workflow.jobs).collect();
    let steps = jobs.iter().flat_map(|job| &job.steps);
    steps.filter_map(|step| Some(step.run.as_ref()?.value.value().to_owned())).collect()
}

fn options(kind: &str) -> Options {
    let folder = fixtures(kind);
    Options::new(&folder, vec![folder.clone()])
}

#[divan::bench]
fn events(bencher: Bencher<'_, '_>) {
    let sources = workflows();
    bencher.counter(bytes(sources.iter().map(Source::text))).bench_local(|| {
        for source in &sources {
            let mut parser = Parser::new_from_str(source.text());
            while !matches!(parser.next_token(), Err(_) | Ok((Event::StreamEnd, _))) {}
        }
    });
}

#[divan::bench]
fn tree(bencher: Bencher<'_, '_>) {
    let sources = workflows();
    bencher.counter(bytes(sources.iter().map(Source::text))).bench_local(|| {
        sources.iter().for_each(|source| drop(black_box(yaml::parse(source))));
    });
}

#[divan::bench(name = "shell")]
fn shells(bencher: Bencher<'_, '_>) {
    let scripts = scripts();
    bencher.counter(bytes(scripts.iter().map(String::as_str))).bench_local(|| {
        scripts.iter().for_each(|script| drop(black_box(shell::parse(script))));
    });
}

#[divan::bench]
fn expressions(bencher: Bencher<'_, '_>) {
    let sources = workflows();
    let lines = || sources.iter().flat_map(|source| source.text().lines()).filter(|line| line.contains("${{"));
    bencher.counter(bytes(lines())).bench_local(|| lines().for_each(|line| drop(black_box(expr::template(line)))));
}

#[divan::bench]
fn trace(bencher: Bencher<'_, '_>) {
    let trees = trees();
    let read: Vec<(&Source, Workflow)> =
        trees.iter().filter_map(|tree| Some((tree.source(), Workflow::read(tree).ok()?))).collect();
    let files = Files::new(&fixtures("nothing-is-followed"), "");
    bencher.counter(ItemsCount::new(read.iter().map(|(_, workflow)| workflow.jobs.len()).sum::<usize>())).bench_local(
        || {
            for (source, workflow) in &read {
                for job in &workflow.jobs {
                    black_box(trace_job(&Setting {
                        files: &files,
                        follow: false,
                        source,
                        workflow,
                        job,
                        has_job_index: true,
                        container_env_wins: false,
                        is_self_hosted: false,
                        inputs: BTreeMap::new(),
                        flags: BTreeSet::new(),
                        needs: Arc::default(),
                    }));
                }
            }
        },
    );
}

/// From bytes to facts: all of the above, and what jobs make and remove.
#[divan::bench]
fn lifecycle(bencher: Bencher<'_, '_>) {
    let (engine, options) = (Engine::built_in(), options("rewrite"));
    bencher.bench_local(|| facts(&engine, &options).unwrap());
}

#[divan::bench]
fn rules(bencher: Bencher<'_, '_>) {
    let engine = Engine::built_in();
    let facts: Vec<Fact> = facts(&engine, &options("rewrite")).unwrap().0;
    bencher.counter(ItemsCount::new(facts.len())).bench_local(|| (engine.judge)(&facts));
}

/// From bytes to a report, fixes planned.
#[divan::bench]
fn report(bencher: Bencher<'_, '_>) {
    let (engine, options) = (Engine::built_in(), options("rewrite"));
    bencher.bench_local(|| check(&engine, &options).unwrap());
}

/// Fixes made and proven as text, until none is left.
#[divan::bench(max_time = 5)]
fn fixes(bencher: Bencher<'_, '_>) {
    let (engine, options) = (Engine::built_in(), options("incidents"));
    bencher.bench_local(|| fix_as_text(&engine, &options, Applicability::Unsafe).unwrap());
}

/// The same with every changed job rehearsed, before and after.
#[divan::bench(max_time = 5)]
fn fixes_rehearsed(bencher: Bencher<'_, '_>) {
    let (engine, options) = (Engine::built_in(), options("incidents"));
    bencher.bench_local(|| fix(&engine, &options, Applicability::Unsafe).unwrap());
}

/// Jobs played alone and two at once, ended in every way.
#[divan::bench(max_time = 5, name = "rehearsal")]
fn rehearsals(bencher: Bencher<'_, '_>) {
    let options = options("incidents");
    let stage = judge(&Engine::built_in(), &options, None).unwrap().stage(&options);
    let jobs = stage.jobs();
    bencher
        .counter(ItemsCount::new(jobs.len()))
        .bench_local(|| jobs.iter().for_each(|job| drop(black_box(stage.with(job, rehearsal::play)))));
}
