//! Addresses of the machine itself that programs and their settings have in their own text, where no variable changes
//! them. What the model follows is left out: see [`followed`](super::followed).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::followed::{As, Followed, Texts};
use super::own_address;
use super::setting_files::is_known as is_setting;
use super::yaml_files::{is_compose, is_manifest};
use crate::command::{Arg, test_runner};
use crate::follow::{Directory, RepoPath};
use crate::rewrite::{Place, Scene, Withheld};
use crate::trace::{Act, ActKind};

/// Where ports are written.
#[derive(Default)]
struct Places {
    /// Each in the order of the files.
    all: BTreeMap<u16, Vec<Written>>,
    /// There were more files than are read.
    is_part: bool,
}

/// A place in a text.
#[derive(Clone, Debug)]
struct Written {
    path: RepoPath,
    /// The path, as it is shown.
    shown: Arc<str>,
    /// Counted from 1.
    line: usize,
    /// It is a program that tests.
    is_of_tests: bool,
    /// The machine is named as containers name it.
    by_gateway: bool,
}

/// How the machine itself is written.
const HOSTS: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"];

/// How the daemon's host is written in containers.
pub(in crate::rewrite) const GATEWAYS: [&str; 3] = ["host.docker.internal", "host.containers.internal", "172.17.0.1"];

/// So many lines around a host may say its port: `host: 'localhost'` above `port: 5432`.
const AROUND: usize = 2;

/// So many lines above an address a program may have asked the environment for another one.
const ASKED_ABOVE: usize = 2;

/// So many places are told.
const MOST_TOLD: usize = 3;

/// Refuses another port for one that a test program of the job has in its own text, or that a command asks for at an
/// address that the shell computes: no run would reach it again.
///
/// # Errors
/// When the job runs tests where such a program is, or such a command.
pub(in crate::rewrite) fn refuse(scene: &Scene<'_>, place: &Place<'_>, port: u16) -> Result<(), Withheld> {
    own_address::refuse(place, port)?;
    let places = places(scene);
    let run: Vec<&Written> =
        places.all.get(&port).into_iter().flatten().filter(|one| one.is_of_tests && is_run(place, &one.path)).collect();
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

/// What takes the place of a port of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rewrite) enum New {
    /// Another port of the machine.
    Port,
    /// A port of a container, by the container's address.
    Address,
}

impl New {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Port => "one",
            Self::Address => "address",
        }
    }
}

/// Why a port of the machine that is no longer the same may be missed: a text has it. Of a test program that the job
/// runs see [`refuse`].
pub(in crate::rewrite) fn says_port(scene: &Scene<'_>, port: u16, new: New) -> Option<String> {
    let places = places(scene);
    let Some(Written { shown, line, .. }) = places.all.get(&port).and_then(|all| all.first()) else {
        return not_all(&places, port);
    };
    Some(format!("line {line} of `{shown}` has port {port} itself, and must be given the new {}", new.in_words()))
}

/// Why a port of the machine that is no longer published may be missed: a text asks for it from within a container.
pub(in crate::rewrite) fn says_port_of_gateway(scene: &Scene<'_>, port: u16) -> Option<String> {
    let places = places(scene);
    let mut all = places.all.get(&port).into_iter().flatten();
    let Some(Written { shown, line, .. }) = all.find(|written| written.by_gateway) else {
        return not_all(&places, port);
    };
    Some(format!(
        "line {line} of `{shown}` reaches port {port} through the daemon's host, and nothing listens there then"
    ))
}

/// Why nobody knows whether a file has a port.
fn not_all(places: &Places, port: u16) -> Option<String> {
    places.is_part.then(|| format!("not all files of the repository were looked through for port {port}"))
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
        let mut places = Places::default();
        let Some(files) = scene.files else { return places };
        let followed = Followed::of(scene);
        let all = &mut places.all;
        let is_all = Texts::of(scene, files).each(files, |path, source| {
            let has_recipes = match followed.of_file(source.path()) {
                // What a compose file says to its services nobody changes along.
                Some(As::Whole) if is_on_host(source.text()) && path.name().contains("compose") => false,
                Some(As::Whole) => return,
                Some(As::Recipes) => true,
                None => false,
            };
            if !may_be_read(path.name(), source.text()) {
                return;
            }
            let is_of_tests = files.is_of_tests(path);
            for Said { port, line, by_gateway } in hard_coded(source.text(), has_recipes) {
                let shown = source.path().clone();
                let known = all.entry(port).or_default();
                if known.last().is_none_or(|last| last.path != *path || last.line != line) {
                    known.push(Written { path: path.clone(), shown, line, is_of_tests, by_gateway });
                }
            }
        });
        places.is_part = !is_all;
        places
    })
}

/// Whether what is written in a file is for who runs on the machine. Of settings that programs look for by their names
/// see [`settings`](super::settings), which knows what goes before them. A container's own `localhost` is another, and so
/// is a cluster's.
fn may_be_read(name: &str, text: &str) -> bool {
    let is_image = name.contains("Dockerfile") || name.contains("Containerfile");
    let is_of_containers = is_image || is_manifest(name, text) || is_compose(name, text) && !is_on_host(text);
    !is_setting(name) && !is_of_containers
}

/// Whether a compose file has a service on the machine's own network.
fn is_on_host(text: &str) -> bool {
    text.lines().any(|line| line.contains("network_mode:") && line.contains("host"))
}

/// A port that a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    port: u16,
    /// Counted from 1.
    line: usize,
    by_gateway: bool,
}

/// The ports of the machine itself in a text, each with its line. What stands in a comment, or is only what a variable is
/// when nobody sets it, is left out; of a file with recipes these are.
fn hard_coded(text: &str, has_recipes: bool) -> Vec<Said> {
    let mut found = Vec::new();
    // Most texts name the machine nowhere.
    if !HOSTS.iter().chain(&GATEWAYS).any(|host| memchr::memmem::find(text.as_bytes(), host.as_bytes()).is_some()) {
        return found;
    }
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let hosts: Vec<(Range<usize>, bool)> = hosts(line).collect();
        if hosts.is_empty() || is_comment(line) || has_recipes && line.starts_with(['\t', ' ']) {
            continue;
        }
        let is_default =
            |at: usize| lines[at.saturating_sub(ASKED_ABOVE)..=at].iter().any(|line| may_be_a_default(line));
        let before = found.len();
        for (host, by_gateway) in hosts {
            let beside = behind(&line[host.end..]).or_else(|| {
                let around = at.saturating_sub(AROUND)..lines.len().min(at + AROUND + 1);
                let is_value = is_whole(line, &host) && !line[host.end..].starts_with([':', '/']);
                // The lines below are those that usually say it.
                let others = (at..around.end).chain((around.start..at).rev());
                let ports = others.filter(|near| is_value && !is_comment(lines[*near]));
                ports
                    .filter_map(|near| Some((keyed_port(lines[near])?, near)))
                    .find(|(_, near)| !is_default(*near))
                    .map(|(port, _)| port)
            });
            found.extend(beside.map(|port| Said { port, line: at + 1, by_gateway }));
        }
        if is_default(at) {
            found.truncate(before);
        }
    }
    found
}

/// Where a line names the machine, and whether as containers do.
fn hosts(line: &str) -> impl Iterator<Item = (Range<usize>, bool)> {
    let all = HOSTS.iter().map(|host| (*host, false)).chain(GATEWAYS.iter().map(|host| (*host, true)));
    all.flat_map(move |(host, by_gateway)| {
        line.match_indices(host).map(move |(at, _)| (at..at + host.len(), by_gateway))
    })
}

/// Whether a host stands alone, as somebody's value.
fn is_whole(line: &str, host: &Range<usize>) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@');
    !line[..host.start].ends_with(is_part) && !line[host.end..].starts_with(is_part)
}

/// The port right behind a host: `localhost:5432`, `localhost,1433`.
fn behind(rest: &str) -> Option<u16> {
    number(rest.strip_prefix([':', ','])?)
}

/// The port that a line says by a word for it: `port=5432`, `"DB_PORT": "5432"`.
fn keyed_port(line: &str) -> Option<u16> {
    let lower = line.to_ascii_lowercase();
    lower.match_indices("port").find_map(|(at, word)| {
        // A report is none, and no import is.
        if ["re", "im", "ex", "sup", "trans", "view", "pass"].iter().any(|start| lower[..at].ends_with(start)) {
            return None;
        }
        let rest = lower[at + word.len()..].trim_start_matches(['"', '\'']).trim_start();
        let rest = rest.strip_prefix("=>").or_else(|| rest.strip_prefix(['=', ':', ',']))?;
        number(rest.trim_start().trim_start_matches(['"', '\'']))
    })
}

fn number(text: &str) -> Option<u16> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().ok()
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
            ("dsn := \"host=localhost port=5433 user=app\"", vec![(5433, 1)]),
            ("connection: {host:\"127.0.0.1\",port:5433}", vec![(5433, 1)]),
            ("host: 'localhost',\nuser: 'app',\nport: 5433,", vec![(5433, 1)]),
            ("'port' => '3307',\n'host' => '127.0.0.1',", vec![(3307, 2)]),
            ("Server=localhost,1433;Database=app", vec![(1433, 1)]),
            ("dial(\"172.17.0.1:55432\")", vec![(55432, 1)]),
            ("host: db.localhost.example\nport: 5433", vec![]),
            ("host: localhost\nport: process.env.PORT || 5433", vec![]),
            ("host: localhost\nreport: 5433 rows", vec![]),
        ] {
            let found: Vec<_> = hard_coded(text, false).into_iter().map(|said| (said.port, said.line)).collect();
            assert_eq!(found, ports, "{text}");
        }
        assert_eq!(hard_coded("run:\n\tcurl localhost:80\n", true), []);
    }
}
