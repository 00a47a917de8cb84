//! Addresses of the machine itself that test programs have in their own text, where no variable changes them.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use crate::command::{Arg, test_runner};
use crate::follow::{Directory, RepoPath};
use crate::rewrite::{Place, Scene, Withheld};
use crate::trace::{Act, ActKind};

/// Where ports are written, each in the order of the files.
type Places = BTreeMap<u16, Vec<Written>>;

/// A place in a test program.
#[derive(Clone, Debug)]
struct Written {
    path: RepoPath,
    /// The path, as it is shown.
    shown: Arc<str>,
    /// Counted from 1.
    line: usize,
}

/// How the machine itself is written before a port.
const HOSTS: [&str; 4] = ["localhost:", "127.0.0.1:", "0.0.0.0:", "[::1]:"];

/// So many bytes of tests are read.
const MOST_BYTES: usize = 1 << 23;

/// So many lines above an address a program may have asked the environment for another one.
const ASKED_ABOVE: usize = 2;

/// So many places are told.
const MOST_TOLD: usize = 3;

/// Refuses another port for one that a test program of the job has in its own text: no run would reach it again.
///
/// # Errors
/// When the job runs tests where such a program is.
pub(in crate::rewrite) fn refuse(scene: &Scene<'_>, place: &Place<'_>, port: u16) -> Result<(), Withheld> {
    let all = places(scene);
    let run: Vec<&Written> =
        all.get(&port).into_iter().flatten().filter(|written| is_run(place, &written.path)).collect();
    if run.is_empty() {
        return Ok(());
    }
    let told: Vec<String> =
        run.iter().take(MOST_TOLD).map(|written| format!("line {} of `{}`", written.line, written.shown)).collect();
    let more = match run.len() - told.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Withheld::because(format!(
        "the tests have port {port} in their own text ({}{more}): let them read the port from a variable, with {port} as \
         its default",
        told.join(", ")
    )))
}

/// Why a port of the machine that is no longer the same may be missed: a test program has it in its own text. Of one
/// that the job runs see [`refuse`].
pub(in crate::rewrite) fn says_port(scene: &Scene<'_>, port: u16) -> Option<String> {
    let all = places(scene);
    let Written { shown, line, .. } = all.get(&port)?.first()?;
    Some(format!("line {line} of `{shown}` has port {port} itself, and must be given the new one"))
}

/// Whether the job runs tests of a file's language in a folder that it is in.
fn is_run(place: &Place<'_>, path: &RepoPath) -> bool {
    let ending = path.name().rsplit('.').next().unwrap_or_default();
    let runs = |act: &&Act| match &act.kind {
        ActKind::Command { program, argv, .. } => {
            let words: Vec<&str> = std::iter::once(program.as_str()).chain(argv.iter().filter_map(Arg::text)).collect();
            test_runner::endings(&words).contains(&ending)
        }
        _ => false,
    };
    place.job.trace.acts.iter().filter(runs).any(|act| match &act.directory {
        Directory::Inside(folder) => Path::new(path.as_str()).starts_with(folder.as_str()),
        Directory::Outside(_) => false,
        Directory::Unknown => true,
    })
}

fn places(scene: &Scene<'_>) -> Rc<Places> {
    scene.reading.of_all(|| {
        let mut all = Places::new();
        let Some(files) = scene.files else { return all };
        let mut bytes = 0;
        for path in files.of_tests() {
            let Some(source) = files.read(&path) else { continue };
            bytes += source.text().len();
            if bytes > MOST_BYTES {
                break;
            }
            for (port, line) in hard_coded(source.text()) {
                let shown = source.path().clone();
                let known = all.entry(port).or_default();
                if known.last().is_none_or(|last| last.path != path || last.line != line) {
                    known.push(Written { path: path.clone(), shown, line });
                }
            }
        }
        all
    })
}

/// The ports of the machine itself in a program's text, each with its line. What stands in a comment, or is only what a
/// variable is when nobody sets it, is left out.
fn hard_coded(text: &str) -> Vec<(u16, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let ports: Vec<u16> = HOSTS.iter().flat_map(|host| behind(line, host)).collect();
        if ports.is_empty() || is_comment(line) {
            continue;
        }
        if !lines[at.saturating_sub(ASKED_ABOVE)..=at].iter().any(|line| may_be_a_default(line)) {
            found.extend(ports.into_iter().map(|port| (port, at + 1)));
        }
    }
    found
}

/// The ports that a line has behind a host.
fn behind<'l>(line: &'l str, host: &'l str) -> impl Iterator<Item = u16> + 'l {
    line.match_indices(host).filter_map(move |(at, _)| {
        let rest = &line[at + host.len()..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest[..digits].parse().ok()
    })
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "#", "*", "/*", "--", "\"\"\""].iter().any(|mark| line.starts_with(mark))
}

/// Whether a line asks for something and says what holds without it.
fn may_be_a_default(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["env", "||", "??", "or_else", "unwrap_or", ":-"].iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_variable_can_change_is_not_hard_coded() {
        for (text, ports) in [
            ("let client = Client::open(\"redis://127.0.0.1:6379\").unwrap();", vec![(6379, 1)]),
            ("x\nawait fetch('http://localhost:3000/health')", vec![(3000, 2)]),
            ("const url = process.env.REDIS_URL || 'redis://localhost:6379'", vec![]),
            ("url := os.Getenv(\"URL\")\nif url == \"\" {\n\turl = \"http://localhost:8080\"\n}", vec![]),
            ("// curl http://localhost:8080", vec![]),
            ("see(\"http://localhost:8080x and http://localhost/\")", vec![(8080, 1)]),
            ("connect('db:5432')", vec![]),
            ("connect('localhost:99999')", vec![]),
        ] {
            assert_eq!(hard_coded(text), ports, "{text}");
        }
    }
}
