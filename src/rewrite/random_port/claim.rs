//! The command that takes the ports: what it is called by, and where it stands.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::docker::{HostPort, Run, Verb};
use crate::finding::Finding;
use crate::rewrite::untrusted::{copied, is_variable};
use crate::rewrite::{ByKey, Place, Withheld};
use crate::shell::{self, Block, Node, Script, Statement, StatementKind};
use crate::source::Location;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// A `docker run` whose ports Docker shall choose.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    /// Its act.
    pub act: &'a Act,
    /// The act's number.
    pub index: usize,
    /// Its options.
    pub run: &'a Run,
    /// Its script, parsed.
    pub script: Rc<Script>,
    /// Its fixed ports.
    pub ports: Vec<Fixed>,
    /// The words that ask for its ports: `docker port "$NAME"`.
    pub ask: String,
    /// The container's name, when it is one fixed text.
    pub name: Option<String>,
    /// What its variables are named after.
    pub stem: String,
    /// The port is in their names, too: there are several.
    pub apart: bool,
    /// The statement behind which its ports can be asked for.
    pub whole: Range<usize>,
}

/// Refuses a port that the job publishes elsewhere, too: whoever uses it uses one or the other, and nothing says which.
///
/// # Errors
/// When there is such a command.
fn is_alone(acts: &[Act], own: &Act, ports: &[Fixed]) -> Result<(), Withheld> {
    for other in acts.iter().filter(|other| other.at != own.at) {
        let Some(Verb::Run(run) | Verb::Create(run)) = other.verb() else { continue };
        let same = |port: &&Fixed| {
            run.ports().any(|(_, publish)| matches!(publish.host_port(), HostPort::Fixed(host) if host == port.host))
        };
        if let Some(port) = ports.iter().find(same) {
            return Err(Withheld::because(format!(
                "the job also publishes port {} in `{}`: let Docker choose both, and give each of its users the right one",
                port.host, other.text
            )));
        }
    }
    Ok(())
}

/// A port that is published under a fixed one of the host.
#[derive(Debug)]
pub(super) struct Fixed {
    /// The host's.
    pub host: u16,
    /// The container's.
    pub container: u16,
    /// `/udp`, or nothing.
    pub protocol: String,
    /// Where `8080:80` is written.
    pub at: Location,
    /// The variable of the whole job or workflow that says the host's: it goes on saying it.
    pub said_by: Option<String>,
}

impl<'a> Claim<'a> {
    /// That of a finding.
    ///
    /// # Errors
    /// When nobody could ask for its ports, or they are not written there.
    pub fn of(place: &Place<'a>, finding: &Finding) -> Result<Self, Withheld> {
        let acts = &place.job.trace.acts;
        let standing = place.reading.of_job(place.job, || Standing::read(place));
        let mut here = standing.0.get(&finding.location).into_iter().flatten();
        let (index, act) = here
            .find_map(|index| {
                acts.get(*index).map(|act| (*index, act)).filter(|(_, act)| finding.chain.ends_with(&act.chain))
            })
            .ok_or_else(|| Withheld::because("the command is not where it was found"))?;
        if !act.chain.is_empty() && !finding.callers.is_empty() {
            return Err(Withheld::because("other jobs start the container by the same script"));
        }
        let ActKind::Docker(call) = &act.kind else {
            return Err(Withheld::because("no command of the job publishes it"));
        };
        let run = match &call.verb {
            Verb::Run(run) => run,
            Verb::Create(_) => {
                return Err(Withheld::because("a container that is only created has no published port yet"));
            }
            _ => return Err(Withheld::because("it is published by no `docker run`")),
        };
        may_be_asked(act, run)?;
        let text = act.frame.text.value();
        let script = parsed(place, act);
        let command = innermost(&script, text, &call.at)?;
        let whole = behind(&script.body, &command, text)?;
        let ports = run.ports().map(|(arg, publish)| Fixed::read(place, act, &arg.span, &publish));
        let ports = ports.filter_map(Result::transpose);
        let ports: Vec<Fixed> = ports.collect::<Result<_, _>>()?;
        is_alone(acts, act, &ports)?;
        let lead = text.get(command.start..call.at.start).unwrap_or_default();
        let handle = match captured(&script, text, &command) {
            Some(id) => format!("\"${id}\""),
            None => name_as_written(place, text, &script, run)?,
        };
        let (ask, stem) = (asking(lead, &handle), stem(run));
        let apart = ports.len() > 1 || is_shared(place, act, &stem);
        let name = run.name.as_ref().and_then(|name| name.text()).map(str::to_owned);
        Ok(Self { act, index, run, script, ports, ask, name, stem, apart, whole })
    }

    /// The variable that holds a port.
    pub fn variable(&self, port: &Fixed) -> String {
        if let Some(name) = &port.said_by {
            return name.clone();
        }
        if self.apart { format!("BERTH_{}_PORT_{}", self.stem, port.host) } else { format!("BERTH_{}_PORT", self.stem) }
    }

    /// Whether the command stands in the workflow's own text.
    pub fn in_workflow(&self) -> bool {
        self.act.chain.is_empty()
    }
}

/// The acts of a job, by where they stand.
struct Standing(HashMap<Location, Vec<usize>>);

impl Standing {
    fn read(place: &Place<'_>) -> Self {
        let mut standing: HashMap<Location, Vec<usize>> = HashMap::new();
        for (index, act) in place.job.trace.acts.iter().enumerate() {
            standing.entry(act.at.clone()).or_default().push(index);
        }
        Self(standing)
    }
}

/// The scripts of a job that were parsed, by their bytes.
type Parsed = ByKey<Location, Script>;

/// The script that an act stands in.
fn parsed(place: &Place<'_>, act: &Act) -> Rc<Script> {
    let whole = act.frame.source.location(act.frame.text.whole());
    place.reading.of_job(place.job, Parsed::default).once(whole, || shell::parse(act.frame.text.value()))
}

fn may_be_asked(act: &Act, run: &Run) -> Result<(), Withheld> {
    let problem = if act.context.in_loop {
        "it is started in a loop, so that one variable cannot hold its port"
    } else if act.context.conditional {
        "the command may be skipped, and then there is no port to read back"
    } else if act.context.trap.is_some() {
        "it is started by a trap"
    } else if act.context.background {
        "it is started in the background, and nothing tells when its port can be read back"
    } else if run.detach != Truth::Yes {
        "the container runs in the foreground, and has ended before its port could be read back. Leave `-p` out if nothing else needs the port"
    } else {
        return Ok(());
    };
    Err(Withheld::because(problem))
}

impl Fixed {
    /// None for one that is not fixed.
    fn read(
        place: &Place<'_>,
        act: &Act,
        word: &Range<usize>,
        publish: &crate::docker::Publish,
    ) -> Result<Option<Self>, Withheld> {
        let variable = || Withheld::because("the port is put together from variables");
        let host = match publish.host_port() {
            HostPort::Free | HostPort::Unknown => return Ok(None),
            HostPort::Fixed(host) => host,
            HostPort::OneOf(_) => return Err(variable()),
            HostPort::Range(..) => return Err(Withheld::because("it publishes a range of ports")),
        };
        let text = |value: &Option<crate::symbol::Value>| match value {
            Some(value) => value.as_literal().map(str::to_owned).ok_or_else(variable),
            None => Ok(String::new()),
        };
        let ip = text(&publish.ip)?;
        if !matches!(ip.as_str(), "" | "127.0.0.1" | "0.0.0.0" | "localhost") {
            return Err(Withheld::because(format!(
                "it is published on `{ip}` alone, and something may know that address"
            )));
        }
        let container = publish.container.as_literal().and_then(|text| text.parse().ok()).ok_or_else(variable)?;
        let protocol = text(&publish.protocol)?;
        let host_text = text(&publish.host)?;
        let lead = if ip.is_empty() { String::new() } else { format!("{ip}:") };
        let tail = if protocol.is_empty() { String::new() } else { format!("/{protocol}") };
        let written = format!("{lead}{host_text}:{container}{tail}");
        let raw = act.frame.text.value().get(word.clone()).unwrap_or_default();
        let (range, said_by) = match raw.find(&written) {
            Some(at) => (at..at + written.len(), None),
            None => {
                let (range, name) = said(raw, &lead, &format!(":{container}{tail}")).ok_or_else(variable)?;
                if !act.chain.is_empty() || !says(place, act, name, &host_text) {
                    return Err(variable());
                }
                (range, Some(name.to_owned()))
            }
        };
        let span = act.frame.text.exact(word.start + range.start..word.start + range.end).ok_or_else(variable)?;
        Ok(Some(Self { host, container, protocol: tail, at: act.frame.source.location(span), said_by }))
    }

    /// What is written in its place.
    pub fn random(&self) -> String {
        format!("127.0.0.1::{}{}", self.container, self.protocol)
    }
}

/// The bytes of `${{ env.PG_PORT }}:5432`, `$PG_PORT:5432` in a word, and the variable's name.
fn said<'t>(raw: &'t str, lead: &str, tail: &str) -> Option<(Range<usize>, &'t str)> {
    let end = raw.rfind(tail)?;
    let before = raw.get(..end)?;
    let (start, name) = if let Some(inner) = before.strip_suffix("}}") {
        let start = inner.rfind("${{")?;
        (start, inner.get(start + 3..)?.trim().strip_prefix("env.")?)
    } else if let Some(inner) = before.strip_suffix('}') {
        let start = inner.rfind("${")?;
        (start, inner.get(start + 2..)?)
    } else {
        let start = before.rfind('$')?;
        (start, before.get(start + 1..)?)
    };
    let start = start.checked_sub(lead.len()).filter(|from| raw.get(*from..start) == Some(lead))?;
    is_variable(name).then_some((start..end + tail.len(), name))
}

/// Whether a variable of the whole job or workflow says a port, and nothing reads it that will not learn of another: a
/// step before, an expression of the step's own.
fn says(place: &Place<'_>, act: &Act, name: &str, port: &str) -> bool {
    let job = &place.job.job;
    let outer = job.env.get(name).or_else(|| place.analysed.workflow.env.get(name));
    let says_it = outer.and_then(|var| var.text.as_ref()).is_some_and(|text| text.value().trim() == port);
    let own = place.job.trace.steps.get(act.step).map_or(0, |step| step.index);
    let container = job.container.iter().any(|container| container.value.env.get(name).is_some());
    let expressions = act.frame.text.value().matches(&format!("env.{name} ")).count();
    let early = job.steps.iter().filter(|step| step.index < own).any(|step| {
        let run = step.run.iter().map(|run| run.value.value());
        let vars = step.env.entries.iter().chain(&step.with.entries).filter_map(|var| Some(var.text.as_ref()?.value()));
        run.chain(vars)
            .any(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name))
    });
    let again = job.steps.iter().any(|step| step.env.get(name).is_some());
    says_it && !early && !again && !container && expressions < 2
}

/// The simple command that a call is.
fn innermost(script: &Script, text: &str, at: &Range<usize>) -> Result<Range<usize>, Withheld> {
    let mut found: Option<Range<usize>> = None;
    script.visit_near(text, at, &mut |node| {
        // In a script within a word (`sh -c '…'`) no word begins there.
        if let Node::Statement(statement) = node
            && let Some(command) = statement.command()
            && command.words.iter().any(|word| word.span.start == at.start)
        {
            found = Some(statement.span.clone());
        }
    });
    found.ok_or_else(|| Withheld::because("the command is written in a way that cannot be edited"))
}

/// The statement of a list of commands that the command is all of, or the first of, so that what stands
/// behind runs right after it.
fn behind(block: &Block, command: &Range<usize>, text: &str) -> Result<Range<usize>, Withheld> {
    let holds = |statement: &Statement| statement.span.start <= command.start && command.end <= statement.span.end;
    let elsewhere =
        || Withheld::because("the command is part of a longer one, behind which its port cannot be read back");
    let mut rest = block.iter().skip_while(|statement| !holds(statement));
    let statement = rest.next().ok_or_else(elsewhere)?;
    let leads = |statement: &Statement| match &statement.kind {
        // Its own words, or `CID=$(docker run …)`.
        StatementKind::Command(own) => statement.span == *command || own.words.is_empty(),
        _ => false,
    };
    match &statement.kind {
        StatementKind::Command(_) if leads(statement) => {}
        StatementKind::And(left, _) if leads(left) && left.span.end >= command.end => {}
        StatementKind::Or(left, right) if leads(left) && left.span.end >= command.end => {
            if !text.get(right.span.clone()).is_some_and(|text| text.contains("exit")) {
                return Err(Withheld::because("its failure is ignored"));
            }
        }
        StatementKind::Function { body, .. } => return behind(body, command, text),
        StatementKind::Group(body) => return behind(body, command, text),
        _ => return Err(elsewhere()),
    }
    // A trap that clears up, or tells the log, is set before anything can fail for want of a port.
    let is_trap = |next: &&Statement| {
        next.command().and_then(|own| own.words.first()?.literal()).is_some_and(|program| program == "trap")
    };
    let last = rest.take_while(is_trap).last().unwrap_or(statement);
    Ok(statement.span.start..last.span.end)
}

/// The variable that the container's id is kept in.
fn captured(script: &Script, text: &str, command: &Range<usize>) -> Option<String> {
    let mut found = None;
    script.visit_near(text, command, &mut |node| {
        let Node::Statement(statement) = node else { return };
        let Some(own) = statement.command() else { return };
        let holds = |range: &Range<usize>| range.start < command.start && command.end < range.end;
        if let [assignment] = own.assignments.as_slice()
            && own.words.is_empty()
            && holds(&assignment.span)
            && !assignment.append
        {
            found = Some(assignment.name.clone());
        }
    });
    found
}

/// `docker port "$NAME"`.
fn asking(lead: &str, handle: &str) -> String {
    // A variable that is set for the one command is not wanted for the next.
    let lead = if lead.split_whitespace().all(|word| matches!(word, "sudo" | "-E" | "-n")) { lead } else { "" };
    format!("{lead}docker port {handle}")
}

/// The word that names the container, to be written once more.
fn name_as_written(place: &Place<'_>, text: &str, script: &Script, run: &Run) -> Result<String, Withheld> {
    let nameless =
        || Withheld::because("the container has neither a name nor a kept id by which its port could be read back");
    let span = run.name.as_ref().ok_or_else(nameless)?.span.clone();
    let lead = text.get(span.clone()).filter(|raw| raw.starts_with("--name=")).map_or(0, |_| "--name=".len());
    let copied = copied(&place.job.job, text, script, &(span.start + lead..span.end));
    copied.map(|copied| copied.word()).ok_or_else(nameless)
}

/// What its variables are named after: its name, else its image.
fn stem(run: &Run) -> String {
    let name = run.name.as_ref().map_or("", |name| name.value.prefix());
    let image = run.image.as_ref().and_then(|image| image.value.as_literal()).unwrap_or_default();
    let image = image.split(['@', ':']).next().and_then(|image| image.rsplit('/').next()).unwrap_or_default();
    spelled(if name.trim_matches(['-', '_', '.']).is_empty() { image } else { name })
}

/// A name as a part of a variable's.
fn spelled(name: &str) -> String {
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = name.chars().map(upper).collect();
    let name = name.trim_matches('_');
    if name.is_empty() { "CONTAINER".to_owned() } else { name.to_owned() }
}

/// What the variables of a job's containers with ports would be named after, and where those are started.
struct Stems(HashMap<String, Vec<Location>>);

impl Stems {
    fn read(place: &Place<'_>) -> Self {
        let mut stems: HashMap<String, Vec<Location>> = HashMap::new();
        for act in &place.job.trace.acts {
            let ActKind::Docker(call) = &act.kind else { continue };
            let Verb::Run(run) = &call.verb else { continue };
            if !run.publishes.is_empty() {
                stems.entry(stem(run)).or_default().push(act.at.clone());
            }
        }
        Self(stems)
    }
}

/// Whether another container of the job would have its variables named the same.
fn is_shared(place: &Place<'_>, own: &Act, stem: &str) -> bool {
    let stems = place.reading.of_job(place.job, || Stems::read(place));
    stems.0.get(stem).is_some_and(|places| places.iter().any(|at| *at != own.at))
}
