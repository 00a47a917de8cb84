//! The command that takes the ports: what it is called by, and where it stands.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::asked;
use crate::command::Arg;
use crate::docker::{Action, ComposeVerb, HostPort, NetworkChoice, Run, Verb};
use crate::finding::Finding;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::rewrite::unique_name::once_ports_are_free;
use crate::rewrite::untrusted::{copied, id, is_variable};
use crate::rewrite::{ByKey, Place, Scene, Withheld};
use crate::shell::{self, Block, Node, Script, Statement, StatementKind};
use crate::source::Location;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// A command that publishes ports which Docker shall choose: `docker run`, `docker compose up`.
#[derive(Debug)]
pub(in crate::rewrite) struct Claim<'a> {
    /// Its act.
    pub act: &'a Act,
    /// The act's number.
    pub index: usize,
    /// Its script, parsed.
    pub script: Rc<Script>,
    /// The fixed ports.
    pub ports: Vec<Fixed>,
    /// The container's name or the service's, when it is one fixed text.
    pub name: Option<String>,
    /// The container's name or the project's, where every run has the same.
    pub shared: Option<String>,
    /// The image, as far as it is known.
    pub image: String,
    /// Whether its network has names.
    pub has_names: bool,
    /// The job asks for the ports already.
    pub is_asked: bool,
    /// How the port is let free by hand, in words.
    pub by_hand: String,
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
fn is_alone(place: &Place<'_>, own: &Act, ports: &[Fixed]) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let all = place.reading.of_job(place.job, || PublishedBy::read(acts));
    let of_others = |port: &Fixed| {
        let others = all.0.get(&port.host).into_iter().flatten().filter_map(|act| acts.get(*act));
        others.into_iter().find(|other| other.at != own.at)
    };
    match ports.iter().find_map(|port| Some((port, of_others(port)?))) {
        None => Ok(()),
        Some((port, other)) => Err(Withheld::because(format!(
            "the job also publishes port {} in `{}`: let Docker choose both, and give each of its users the right one",
            port.host, other.text
        ))),
    }
}

/// The acts of a job that start containers, by the fixed ports of the host that they publish.
struct PublishedBy(HashMap<u16, Vec<usize>>);

impl PublishedBy {
    fn read(acts: &[Act]) -> Self {
        let mut all: HashMap<u16, Vec<usize>> = HashMap::new();
        for (index, act) in acts.iter().enumerate() {
            let Some(Verb::Run(run) | Verb::Create(run)) = act.verb() else { continue };
            for (_, publish) in run.ports() {
                if let HostPort::Fixed(host) = publish.host_port() {
                    all.entry(host).or_default().push(index);
                }
            }
        }
        Self(all)
    }
}

/// A port that is published under a fixed one of the host.
#[derive(Debug)]
pub(in crate::rewrite) struct Fixed {
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
    /// What prints it, and nothing else.
    pub ask: String,
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
        if !act.chain.is_empty() && finding.callers.len() > 1 {
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
        can_wait(
            act,
            run.detach,
            "the container runs in the foreground, and has ended before its port could be read back. Leave `-p` out \
             if nothing else needs the port",
        )?;
        stays_up(place, |names| {
            let is_it = |target: &Arg| run.name.as_ref().is_none_or(|name| target.value.same(&name.value).may_be());
            names.iter().any(is_it)
        })?;
        let text = act.frame.text.value();
        let script = parsed(place, act);
        let command = innermost(&script, text, &call.at)?;
        let whole = behind(&script.body, &command, text)?;
        let lead = text.get(command.start..call.at.start).unwrap_or_default();
        let handle = match captured(&script, text, &command) {
            Some(id) => format!("\"${id}\""),
            None => name_as_written(place, text, &script, run)?,
        };
        let (ask, stem) = (asking(lead, &handle), stem(run));
        let ports = run.ports().map(|(arg, publish)| Fixed::read(place, act, &arg.span, &publish, &ask));
        let ports = ports.filter_map(Result::transpose);
        let ports: Vec<Fixed> = ports.collect::<Result<_, _>>()?;
        is_alone(place, act, &ports)?;
        let apart = ports.len() > 1 || is_shared(place, act, &stem);
        let name = run.name.as_ref().and_then(|name| name.text()).map(str::to_owned);
        let image = run.image.as_ref().and_then(|image| image.text()).unwrap_or_default().to_owned();
        let shared = run.name.as_ref().filter(|name| name.value.unique().is_static().is_yes());
        let shared = shared.map(|name| format!("the name `{}`", name.value));
        // Only a network that somebody made has names.
        let has_names = matches!(run.network(), NetworkChoice::Named(_));
        let is_asked = asked::is_asked(place, act, &script, &handle);
        let container = ports.first().map_or(0, |port| port.container);
        let by_hand = format!("publish a free port (`-p {container}`), and hand on what `{ask}` prints");
        Ok(Self { act, index, script, ports, name, shared, image, has_names, is_asked, by_hand, stem, apart, whole })
    }

    /// The `docker compose up` that publishes a port of a service: the host's, the container's, and what stands behind
    /// it (`/udp`). `is_alone` says whether the service has no other.
    ///
    /// # Errors
    /// When nobody could ask for its ports.
    pub fn of_stack(
        place: &Place<'a>,
        index: usize,
        (service, image): (&str, &str),
        (host, container, protocol): (u16, u16, String),
        is_alone: bool,
    ) -> Result<Self, Withheld> {
        let unclear = || Withheld::because("the command that brings it up is written in a way that cannot be edited");
        let act = place.job.trace.acts.get(index).ok_or_else(unclear)?;
        let ActKind::Docker(call) = &act.kind else { return Err(unclear()) };
        let Verb::Compose(compose) = &call.verb else { return Err(unclear()) };
        let ComposeVerb::Up(up) = &compose.verb else { return Err(unclear()) };
        if !act.chain.is_empty() {
            return Err(Withheld::because(
                "a script brings it up, and only there its port can be read back: do so in the script, and hand it \
                 on through `$GITHUB_ENV`",
            ));
        }
        can_wait(
            act,
            up.detach,
            "it is brought up in the foreground, and nothing stands behind that could read back its port",
        )?;
        stays_up(place, |names| {
            let is_it = |named: &Arg| named.value.as_literal().is_none_or(|name| name == service);
            names.is_empty() || names.iter().any(is_it)
        })?;
        let text = act.frame.text.value();
        let script = parsed(place, act);
        let command = innermost(&script, text, &call.at)?;
        let whole = behind(&script.body, &command, text)?;
        // With the same files, project and variables: `docker compose -f ci.yml port db 5432`.
        let client = text.get(command.start..call.at.end).and_then(|words| words.strip_suffix("up"));
        let client = client.and_then(on_one_line).ok_or_else(unclear)?;
        id("the service", service)?;
        let ask = match protocol.strip_prefix('/') {
            Some(protocol) => format!("{client}port --protocol={protocol} {service} {container} | sed 's/.*://'"),
            None => format!("{client}port {service} {container} | sed 's/.*://'"),
        };
        let port = Fixed { host, container, protocol, at: act.at.clone(), said_by: None, ask };
        let stem = spelled(service);
        let asks = |act: &Act| match act.verb() {
            Some(Verb::Compose(compose)) => {
                matches!(&compose.verb, ComposeVerb::Port { service: asked, .. } if asked.is(service))
            }
            _ => false,
        };
        Ok(Self {
            act,
            index,
            script,
            ports: vec![port],
            name: Some(service.to_owned()),
            shared: shared_project(place, index),
            image: image.to_owned(),
            has_names: true,
            is_asked: place.job.trace.acts.iter().any(asks),
            by_hand: "write `${NAME:-…}` for it in the file, and hand on what `docker compose port` prints".to_owned(),
            apart: !is_alone || is_shared(place, act, &stem),
            stem,
            whole,
        })
    }

    /// The variable that holds a port.
    pub fn variable(&self, port: &Fixed) -> String {
        if let Some(name) = &port.said_by {
            return name.clone();
        }
        if self.apart { format!("BERTH_{}_PORT_{}", self.stem, port.host) } else { format!("BERTH_{}_PORT", self.stem) }
    }

    /// What speaks against making only the ports each run's own: the name goes along, and its fix has doubts of its
    /// own.
    ///
    /// # Errors
    /// When the name would stay.
    pub fn what_is_left(&self, scene: &Scene<'_>, place: &Place<'_>) -> Result<Vec<String>, Withheld> {
        what_is_left(scene, place, self.index, self.shared.as_deref())
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

/// Refuses a command behind which no port can be asked for. `detach` says whether it ends while its containers run,
/// `foreground` what is to be said where it does not.
fn can_wait(act: &Act, detach: Truth, foreground: &str) -> Result<(), Withheld> {
    let problem = if act.context.in_loop {
        "it is started in a loop, so that one variable cannot hold its port"
    } else if act.context.conditional {
        "the command may be skipped, and then there is no port to read back"
    } else if act.context.trap.is_some() {
        "it is started by a trap"
    } else if act.context.background {
        "it is started in the background, and nothing tells when its port can be read back"
    } else if detach != Truth::Yes {
        foreground
    } else {
        return Ok(());
    };
    Err(Withheld::because(problem))
}

/// What speaks against making only the ports each run's own that an act takes, where every run has `shared` as well.
///
/// # Errors
/// When that would stay.
pub(in crate::rewrite) fn what_is_left(
    scene: &Scene<'_>,
    place: &Place<'_>,
    act: usize,
    shared: Option<&str>,
) -> Result<Vec<String>, Withheld> {
    let next = shared.and_then(|_| once_ports_are_free(scene, place, act)).transpose()?.unwrap_or_default();
    if !next.is_empty() {
        return Ok(next);
    }
    let half = |shared| format!("two runs still collide over {shared}, until that is each run's own as well");
    Ok(shared.map(half).into_iter().collect())
}

/// The project that a command brings up, where every run has the same.
pub(in crate::rewrite) fn shared_project(place: &Place<'_>, index: usize) -> Option<String> {
    let is_it = |resource: &&Resource| resource.kind == ResourceKind::Project && resource.acts.contains(&index);
    let project = place.job.resources.iter().find(is_it)?.name.as_ref()?;
    project.unique().is_static().is_yes().then(|| format!("the project `{project}`"))
}

/// Refuses what is started again: then it gets another port. `is_meant` says whether a command is about it.
fn stays_up(place: &Place<'_>, is_meant: impl Fn(&[Arg]) -> bool) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let again = place.reading.of_job(place.job, || StartedAgain::read(acts));
    match again.0.iter().filter_map(|act| started_again(acts.get(*act)?)).any(is_meant) {
        true => Err(Withheld::because("the job starts the container again, and then it gets another random port")),
        false => Ok(()),
    }
}

/// The acts of a job that start again what has been started.
struct StartedAgain(Vec<usize>);

impl StartedAgain {
    fn read(acts: &[Act]) -> Self {
        Self((0..acts.len()).filter(|act| started_again(&acts[*act]).is_some()).collect())
    }
}

/// What a command starts again, by its words.
fn started_again(act: &Act) -> Option<&[Arg]> {
    let (action, names) = match act.verb()? {
        Verb::Control(control) => (control.action, &control.names),
        Verb::Compose(compose) => match &compose.verb {
            ComposeVerb::Control { action, services } => (*action, services),
            _ => return None,
        },
        _ => return None,
    };
    matches!(action, Action::Start | Action::Restart).then_some(names)
}

impl Fixed {
    /// None for one that is not fixed.
    fn read(
        place: &Place<'_>,
        act: &Act,
        word: &Range<usize>,
        publish: &crate::docker::Publish,
        ask: &str,
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
        // On the loopback alone it is published once: one line.
        let ask = format!("{ask} {container}{} | cut -d: -f2", if tail.is_empty() { "/tcp" } else { &tail });
        Ok(Some(Self { host, container, protocol: tail, at: act.frame.source.location(span), said_by, ask }))
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
        // `cd ci && docker compose up -d`: what stands behind runs there, too.
        StatementKind::And(left, right) if leads(right) && moves(left) => {}
        StatementKind::Or(left, right) if leads(left) && left.span.end >= command.end => {
            if !text.get(right.span.clone()).is_some_and(|text| text.contains("exit")) {
                return Err(Withheld::because(
                    "the step goes on when the command has failed, and then there is no port to read back: let it \
                     stop there instead (`|| exit 1`)",
                ));
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

/// Whether it is `cd` alone.
fn moves(statement: &Statement) -> bool {
    statement.command().and_then(|own| own.words.first()?.literal()).is_some_and(|program| program == "cd")
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
/// The words of a command that goes over several lines (`\`), as one line.
fn on_one_line(words: &str) -> Option<String> {
    let lines: Vec<&str> = words.split("\\\n").collect();
    // A line break within quotes is another one.
    let is_whole = |line: &&str| ['"', '\''].iter().all(|quote| line.matches(*quote).count().is_multiple_of(2));
    if lines.len() == 1 {
        return (!words.contains(['\n', '\\'])).then(|| words.to_owned());
    }
    let joined = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    (lines.iter().all(is_whole) && !joined.contains(['\n', '\\'])).then(|| joined + " ")
}
