//! What a check cannot do without, on one core: the bare YAML events of a folder's workflows and the shell parse of their
//! `run:` texts. `cargo bench --bench floor -- FOLDER` prints files, bytes, and the seconds of both, the best of five runs.
//! `benches/compare.py --floor` asks for it.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use berthlint::source::Source;
use berthlint::workflow::Workflow;
use berthlint::{shell, yaml};
use walkdir::WalkDir;
use yaml_rust2::parser::{Event, Parser};

const RUNS: usize = 5;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // `cargo bench` adds an option of its own.
    let Some(folder) = std::env::args().skip(1).find(|arg| !arg.starts_with("--")) else {
        eprintln!("which folder? cargo bench --bench floor -- FOLDER");
        return ExitCode::SUCCESS;
    };
    let sources = workflows(Path::new(&folder));
    let scripts: Vec<String> = sources.iter().flat_map(scripts).collect();
    let events = best(|| {
        for source in &sources {
            let mut parser = Parser::new_from_str(source.text());
            while !matches!(parser.next_token(), Err(_) | Ok((Event::StreamEnd, _))) {}
        }
    });
    let shell = best(|| scripts.iter().for_each(|script| drop(black_box(shell::parse(script)))));
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    println!("files {} bytes {bytes} events {events:.4} shell {shell:.4}", sources.len());
    ExitCode::SUCCESS
}

/// The workflows of all repositories below a folder.
fn workflows(folder: &Path) -> Vec<Source> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let paths = entries.map(walkdir::DirEntry::into_path).filter(|path| {
        let is_yaml = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
        is_yaml && path.parent().is_some_and(|parent| parent.ends_with("workflows"))
    });
    paths.filter_map(|path| Source::new(&*path.to_string_lossy(), fs::read(&path).ok()?).ok()).collect()
}

/// The `run:` texts of a workflow.
fn scripts(source: &Source) -> Vec<String> {
    let workflow = yaml::parse(source).ok().and_then(|tree| Workflow::read(&tree).ok());
    let jobs: Vec<_> = workflow.into_iter().flat_map(|workflow| workflow.jobs).collect();
    let steps = jobs.iter().flat_map(|job| &job.steps);
    steps.filter_map(|step| Some(step.run.as_ref()?.value.value().to_owned())).collect()
}

fn best(run: impl Fn()) -> f64 {
    let seconds = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(seconds).fold(f64::INFINITY, f64::min)
}
