//! Every use of a service's address that a job shows, and exactly where it is written.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::address::{Address, Port, addresses};
use super::inside::{self, Seat};
use super::scan::{self, Digest, Found, Scanner, What};
use crate::analysis::Analysed;
use crate::rewrite::doubt::unseen::Told;
use crate::rewrite::untrusted::is_variable;
use crate::rewrite::{ByKey, Draft, Place, Withheld, is_posix};
use crate::shell::{self, Context};
use crate::source::{Location, Source, Text};
use crate::workflow::{Job, Var};

/// One use of a service's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Which of the job's services.
    pub service: usize,
    /// What is written there.
    pub what: What,
    /// The bytes that name the host: `localhost`, `127.0.0.1`, the service's id. None where only a port is named.
    pub host: Option<Location>,
    /// The bytes that name the port; none where it is left to the client, or in a variable.
    pub port: Option<Location>,
    /// The port that is meant.
    pub means: Port,
    /// The host is the service's own name, so the port is the container's.
    pub by_name: bool,
    /// All of it, for messages.
    pub at: Location,
    /// Whether `host` and `port` are certain to the byte. What is not can be told, not edited.
    pub exact: bool,
    /// Where it stands.
    pub site: Site,
    /// From where it is looked up.
    pub seat: Seat,
    /// How it is quoted, in shell.
    pub quoting: Option<Context>,
    /// Quotes within which nothing is expanded, and those that can take their place.
    pub opening: Vec<(Location, String)>,
}

impl Use {
    /// A variable of the step's environment as it is written there: quoted, so that it stays one word. None where
    /// no shell reads the text, or it expands nothing and the quotes must stay.
    pub fn expanded(&self, inner: &str) -> Option<String> {
        let name = inner.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let word = match name.filter(|name| is_variable(name)) {
            Some(name) => format!("\"${name}\""),
            None => format!("\"{inner}\""),
        };
        match self.quoting? {
            Context::Bare => Some(word),
            Context::Double | Context::Heredoc { quoted: false } => Some(inner.to_owned()),
            _ if !self.opening.is_empty() => Some(inner.to_owned()),
            Context::Single => Some(format!("'{word}'")),
            Context::Ansi => Some(format!("'{word}$'")),
            Context::Heredoc { quoted: true } | Context::Expression | Context::Comment => None,
        }
    }

    /// Whom it tells: a command, or all that a step does.
    pub fn told(&self) -> Told {
        let step = match self.site {
            Site::StepEnv(step, _) | Site::With(step, _) => Some(step),
            _ => None,
        };
        Told { at: self.at.clone(), step }
    }

    /// Writes the quotes within which the shell expands.
    ///
    /// # Errors
    /// When they cannot be edited.
    pub fn open(&self, draft: &mut Draft<'_>) -> Result<(), Withheld> {
        self.opening.iter().try_for_each(|(at, new)| draft.replace(at, new))
    }
}

/// Where a use stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// The workflow's `env:`, under that name.
    WorkflowEnv(String),
    /// The job's.
    JobEnv(String),
    /// The job's `container.env`.
    ContainerEnv(String),
    /// A step's `env:`; the step by its place in [`Job::steps`].
    StepEnv(usize, String),
    /// A step's `with:`.
    With(usize, String),
    /// A step's `run:`.
    Run(usize),
    /// A script, makefile or local action that a step runs.
    Script(usize),
}

impl Site {
    /// The job's step it is in.
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::StepEnv(step, _) | Self::With(step, _) | Self::Run(step) | Self::Script(step) => Some(*step),
            Self::WorkflowEnv(_) | Self::JobEnv(_) | Self::ContainerEnv(_) => None,
        }
    }

    /// The variable or input whose value it is in.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::WorkflowEnv(name)
            | Self::JobEnv(name)
            | Self::ContainerEnv(name)
            | Self::StepEnv(_, name)
            | Self::With(_, name) => Some(name),
            Self::Run(_) | Self::Script(_) => None,
        }
    }
}

/// The uses of the addresses of all services of a job, in the file's order; scripts last.
pub fn uses(place: &Place<'_>) -> Rc<Vec<Use>> {
    uses_of(&addresses(&place.job.job), place)
}

/// The uses that were found in a job, by the addresses.
type Known = ByKey<Vec<Address>, Vec<Use>>;

/// The same, for these addresses.
pub fn uses_of(addresses: &[Address], place: &Place<'_>) -> Rc<Vec<Use>> {
    place.reading.of_job(place.job, Known::default).once(addresses.to_vec(), || find(addresses, place))
}

fn find(addresses: &[Address], place: &Place<'_>) -> Vec<Use> {
    let (analysed, job, source) = (place.analysed, &place.job.job, place.tree.source());
    let scanner = Scanner::new(addresses, variables(analysed, job));
    let mut uses = Vec::new();
    let mut vars = |vars: &[Var], site: &dyn Fn(String) -> Site| {
        for (name, text) in vars.iter().filter_map(|var| Some((var.name.value(), var.text.as_ref()?))) {
            let found = scanner.value(name, text.value(), vars);
            let made = |found| used(source, text, found, (site(name.to_owned()), Seat::Job));
            uses.extend(found.into_iter().map(made));
        }
    };
    vars(&analysed.workflow.env.entries, &Site::WorkflowEnv);
    vars(&job.env.entries, &Site::JobEnv);
    if let Some(container) = &job.container {
        vars(&container.value.env.entries, &Site::ContainerEnv);
    }
    for (index, step) in job.steps.iter().enumerate() {
        vars(&step.env.entries, &|name| Site::StepEnv(index, name));
        vars(&step.with.entries, &|name| Site::With(index, name));
    }
    let scripts = place.reading.of_job(place.job, || Scripts::of(place));
    for index in scripts.with(addresses) {
        if let Some(script) = scripts.all.get(index) {
            in_shell(&scanner, script, &mut uses);
        }
    }
    let of_script = |found: &Use| matches!(found.site, Site::Script(_));
    uses.sort_by_key(|found| (of_script(found), found.at.path.clone(), found.at.span));
    uses.dedup_by(|one, other| one.at == other.at);
    uses
}

/// A script of a job.
struct Script {
    source: Source,
    text: Text,
    site: Site,
    /// A shell reads it, so far as the step says.
    is_shell: bool,
    /// Where something may stand in it.
    digest: Digest,
    /// It, parsed, and its words that are run within containers, with those.
    parsed: OnceCell<Parsed>,
}

/// A script, parsed, and its words that are run within containers.
type Parsed = (shell::Script, Vec<(Range<usize>, Seat)>);

/// The scripts of a job, found by what may name an address.
struct Scripts {
    all: Vec<Script>,
    /// Those in which addresses of anything may stand.
    hinted: Vec<usize>,
    /// All of them, by their words: a container is called by its name.
    words: HashMap<String, Vec<usize>>,
}

impl Scripts {
    fn of(place: &Place<'_>) -> Self {
        let (job, trace) = (&place.job.job, &place.job.trace);
        let runs = job.steps.iter().enumerate().filter_map(|(index, step)| Some((index, step.run.as_ref()?)));
        let own = place.tree.source();
        let mut scripts = Self { all: Vec::new(), hinted: Vec::new(), words: HashMap::new() };
        for (index, run) in runs {
            let shell = job.steps.get(index).and_then(|step| step.shell.as_ref());
            let is_shell = shell.map_or_else(|| place.is_posix(), |shell| is_posix(shell.value.value()));
            scripts.add(own, &run.value.text, Site::Run(index), is_shell);
        }
        let mut read: HashSet<Location> = HashSet::new();
        for act in trace.acts.iter().filter(|act| !act.chain.is_empty()) {
            let whole = act.frame.source.location(act.frame.text.whole());
            let Some(step) = trace.steps.get(act.step).filter(|_| !read.contains(&whole)) else { continue };
            let Some(index) = job.steps.iter().position(|own| own.index == step.index) else { continue };
            read.insert(whole);
            scripts.add(&act.frame.source, &act.frame.text, Site::Script(index), true);
        }
        scripts
    }

    fn add(&mut self, source: &Source, text: &Text, site: Site, is_shell: bool) {
        let index = self.all.len();
        if scan::has_hint(text.value()) {
            self.hinted.push(index);
        }
        let words: HashSet<&str> = scan::words(text.value()).collect();
        words.into_iter().for_each(|word| self.words.entry(word.to_owned()).or_default().push(index));
        let (digest, parsed) = (Digest::of(text.value()), OnceCell::new());
        self.all.push(Script { source: source.clone(), text: text.clone(), site, is_shell, digest, parsed });
    }

    /// Those in which these addresses may stand.
    fn with(&self, addresses: &[Address]) -> Vec<usize> {
        if !addresses.iter().all(|address| scan::is_one_word(&address.id)) {
            return (0..self.all.len()).collect();
        }
        let named = addresses.iter().filter_map(|address| self.words.get(&address.id)).flatten();
        let found: BTreeSet<usize> = named.chain(&self.hinted).copied().collect();
        found.into_iter().collect()
    }
}

/// Whether the port that a host variable goes with is in a variable beside it, which is a use of its own.
pub fn has_port_beside(uses: &[Use], found: &Use) -> bool {
    uses.iter().any(|other| is_port_alone(other) && other.service == found.service && goes_with(found, other))
}

/// Whether a use reaches it by its name: a port in a variable of its own is that of the host in the variables beside
/// it.
pub fn is_by_name(uses: &[Use], found: &Use) -> bool {
    if found.by_name || !is_port_alone(found) {
        return found.by_name;
    }
    let is_host = |other: &&Use| other.host.is_some() && other.service == found.service && goes_with(other, found);
    let mut hosts = uses.iter().filter(is_host).peekable();
    hosts.peek().is_some() && hosts.all(|host| host.by_name)
}

fn is_port_alone(found: &Use) -> bool {
    found.host.is_none() && found.port.is_some()
}

/// Whether a variable with a host and one with a port are set for the same commands, or are inputs of the same action.
fn goes_with(host: &Use, port: &Use) -> bool {
    let level = |site: &Site| match site {
        Site::StepEnv(step, _) => Some(Some(*step)),
        Site::WorkflowEnv(_) | Site::JobEnv(_) | Site::ContainerEnv(_) => Some(None),
        _ => None,
    };
    if let Site::With(step, _) = &host.site {
        return matches!(&port.site, Site::With(other, _) if other == step);
    }
    let (own, ports) = (level(&host.site), level(&port.site));
    own.is_some() && (ports == own || ports == Some(None))
}

/// What `env:` can be found under a name in the job, its steps and its workflow, when it is plain text.
fn variables<'a>(analysed: &'a Analysed, job: &'a Job) -> Vec<(&'a str, &'a str)> {
    let container = job.container.iter().flat_map(|container| &container.value.env.entries);
    let steps = job.steps.iter().flat_map(|step| &step.env.entries);
    let all = analysed.workflow.env.entries.iter().chain(&job.env.entries).chain(container).chain(steps);
    all.filter_map(|var| Some((var.name.value(), var.text.as_ref()?.value()))).collect()
}

fn in_shell(scanner: &Scanner<'_>, script: &Script, uses: &mut Vec<Use>) {
    let Script { source, text, site, is_shell, digest, parsed } = script;
    let found = scanner.script(text.value(), digest);
    if found.is_empty() {
        return;
    }
    let (script, within) = parsed.get_or_init(|| {
        let script = shell::parse(text.value());
        let within = inside::containers(&script, text.value());
        (script, within)
    });
    let written = |range: &Range<usize>| text.value().get(range.clone()).unwrap_or_default();
    let is_within =
        |range: &Range<usize>, found: &Found| range.start <= found.whole.start && found.whole.end <= range.end;
    let asks_host = |found: &Found| found.host.as_ref().is_some_and(|host| inside::is_gateway(written(host)));
    // `-e DB_HOST=host.docker.internal -e DB_PORT=3307`: the port is the host's as well.
    let to_host: Vec<&Range<usize>> = within
        .iter()
        .map(|(range, _)| range)
        .filter(|range| found.iter().any(|one| is_within(range, one) && asks_host(one)))
        .collect();
    for found in &found {
        let inside = within.iter().find(|(range, _)| is_within(range, found));
        let seat = inside.map_or(Seat::Job, |(_, seat)| seat.clone());
        // `docker exec pg psql -h localhost` means the container itself; an expression means the service anywhere.
        let is_own = inside.is_some() && seat != Seat::HostNetwork && !found.by_name && !asks_host(found);
        let is_hosts = found.host.is_none() && to_host.iter().any(|range| is_within(range, found));
        if is_own && !is_hosts && !written(&found.whole).contains("job.services.") {
            continue;
        }
        let offset = found.host.as_ref().or(found.port.as_ref()).map_or(found.whole.start, |range| range.start);
        let quoting = script.context(text.value(), offset);
        if quoting != Context::Comment {
            let mut found = used(source, text, found.clone(), (site.clone(), seat));
            if *is_shell {
                found.quoting = Some(quoting);
                let opening = script.opening(text.value(), offset).unwrap_or_default();
                let at = |(range, new)| Some((source.location(text.exact(range)?), new));
                found.opening = opening.into_iter().map(at).collect::<Option<_>>().unwrap_or_default();
            }
            uses.push(found);
        }
    }
}

fn used(source: &Source, text: &Text, found: Found, at: (Site, Seat)) -> Use {
    let part = |range: &std::ops::Range<usize>| text.exact(range.clone()).map(|span| source.location(span));
    let host = found.host.as_ref().map(part);
    let port = found.port.as_ref().map(part);
    let exact = [&host, &port].into_iter().flatten().all(Option::is_some);
    Use {
        service: found.service,
        what: found.what,
        exact,
        host: host.flatten(),
        port: port.flatten(),
        means: found.means,
        by_name: found.by_name,
        at: source.location(text.span(found.whole)),
        site: at.0,
        seat: at.1,
        quoting: None,
        opening: Vec::new(),
    }
}
