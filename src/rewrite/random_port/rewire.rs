//! Who uses the port: each is given the one that was read back.

use std::collections::BTreeSet;

use super::claim::{Claim, Fixed};
use super::quote::quoted;
use crate::address::reader::waits;
use crate::docker::Verb;
use crate::rewrite::doubt::hard_coded::{self, New};
use crate::rewrite::doubt::settings::asks_for_port;
use crate::rewrite::doubt::unseen::{Told, may_have, may_use, reader, said_in_a_file, untold};
use crate::rewrite::doubt::values;
use crate::rewrite::scene::is_no_gate;
use crate::rewrite::service::{Address, Port, Site, Use, What, has_port_beside, uses_of};
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, Place, Withheld};
use crate::shell::Context;
use crate::source::{Location, Source};
use crate::trace::Act;

/// What was found and changed.
#[derive(Debug, Default)]
pub(in crate::rewrite) struct Rewired {
    /// Uses through the host were seen.
    pub by_host: bool,
    /// Uses by the container's name were seen.
    pub by_name: bool,
    /// The script itself uses the port.
    pub here: bool,
    /// A script that the step calls does.
    pub children: bool,
    /// Later steps do.
    pub later: bool,
    /// The job asks Docker for the port already.
    pub reads_back: bool,
    /// The ports that nothing in the job uses.
    pub unread: Vec<u16>,
    /// Variables of the job that are exported with the port in them.
    pub moved: BTreeSet<String>,
    /// Lines that export variables with the port in them.
    pub exports: Vec<String>,
    /// Why the fix is not safe.
    pub doubts: Vec<String>,
}

/// Rewires every use of the claim's ports.
///
/// # Errors
/// When one cannot be, and the job would fail.
pub(in crate::rewrite) fn rewire(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    claim: &Claim<'_>,
) -> Result<Rewired, Withheld> {
    let job = &place.job.job;
    let address = Address {
        // Nothing is called by an empty name.
        id: claim.name.clone().unwrap_or_else(|| "\0".to_owned()),
        image: claim.image.clone(),
        ports: claim.ports.iter().map(|port| Port { host: Some(port.host), container: port.container }).collect(),
        written: claim.ports.len(),
    };
    let uses = uses_of(&[address], place);
    let own = place.job.trace.steps.get(claim.act.step).map_or(0, |step| step.index);
    let own = job.steps.iter().position(|step| step.index == own).unwrap_or_default();
    let mut rewired = Rewired { reads_back: claim.is_asked, ..Rewired::default() };
    // Who only waits is no user, and who comes by the name does not come through the host.
    let (mut seen, mut waited) = (Vec::new(), Vec::new());
    for found in uses.iter() {
        let Some(port) = port_of(claim, found).filter(|_| claim.has_names || !found.by_name) else { continue };
        if found.what == What::Unclear {
            unclear(place, claim, found)?;
            continue;
        }
        if found.by_name {
            rewired.by_name = true;
            continue;
        }
        if waits_there(place, found) {
            waited.push(port.host)
        } else {
            seen.push(port.host)
        }
        if found.port.is_none() && has_port_beside(&uses, found) {
            continue;
        }
        names_no_image(place, found)?;
        runs_with_it(place, found, own)?;
        one(draft, place, claim, port, found, own, &mut rewired)?;
    }
    if rewired.by_host && rewired.reads_back {
        return Err(Withheld::because("the job asks Docker for the port in one place and names it in another"));
    }
    for port in claim.ports.iter().filter(|port| port.said_by.is_some()) {
        // Who reads the variable learns of it.
        (rewired.by_host, rewired.later, rewired.here) = (true, true, true);
        seen.push(port.host);
    }
    for port in claim.ports.iter().filter(|_| !rewired.reads_back) {
        if let Some(file) = said_in_a_file(draft.scene(), place, claim.index, port.host) {
            return Err(Withheld::because(format!("{file}: {}", claim.by_hand)));
        }
        if seen.contains(&port.host) {
            let told: Vec<Told> = uses.iter().filter(|found| !found.by_name).map(Use::told).collect();
            let other = untold(place, claim.index + 1, port.host, &told);
            rewired.doubts.extend(other.map(|who| may_have(&who, port.host)));
            continue;
        }
        let is_waited = waited.contains(&port.host);
        if let Some(reader) = reader(place, claim.index) {
            let shows = if is_waited { "nothing in the job but a wait for it" } else { "nothing in the job" };
            let why = may_use(shows, &reader, port.host);
            return Err(Withheld::because(format!("{why}: {}", claim.by_hand)));
        }
        if is_waited {
            continue;
        }
        rewired.unread.push(port.host);
        rewired.doubts.push(format!(
            "nothing in the job uses port {}: whoever does from elsewhere must ask for the new one (`{}`)",
            port.host, port.ask
        ));
    }
    for port in &claim.ports {
        hard_coded::refuse(draft.scene(), place, port.host)?;
    }
    let asked = claim.ports.iter().filter_map(|port| asks_for_port(draft.scene(), place, port.host, New::Port));
    rewired.doubts.extend(asked);
    let is_told = |key: &str, at: &Location| {
        let is_use = |found: &Use| found.at.path == at.path && found.at.span.contains(at.span);
        claim.ports.iter().any(|port| port.said_by.as_deref() == Some(key)) || uses.iter().any(is_use)
    };
    let still = claim.ports.iter().flat_map(|port| values::saying_port(draft, place, port.host, is_told));
    rewired.doubts.extend(still);
    Ok(rewired)
}

/// Whether a use only waits until somebody answers.
fn waits_there(place: &Place<'_>, found: &Use) -> bool {
    let is_there = |act: &&Act| act.at.path == found.at.path && act.at.span.contains(found.at.span);
    place.job.trace.acts.iter().filter(is_there).any(|act| waits(act).is_some())
}

/// Somebody uses the port by a host that nobody explains; one by the name of another container means that.
fn unclear(place: &Place<'_>, claim: &Claim<'_>, found: &Use) -> Result<(), Withheld> {
    let sources = place.job.trace.acts.iter().map(|act| &act.frame.source);
    let source = std::iter::once(place.tree.source()).chain(sources).find(|source| *source.path() == found.at.path);
    let host = found.host.as_ref().and_then(|at| Some(source?.slice(at.span))).unwrap_or_default();
    let is_others = place.job.job.services.iter().any(|service| service.id.value() == host)
        || place.job.trace.acts.iter().filter(|act| act.at != claim.act.at).any(|act| {
            let run = match act.verb() {
                Some(Verb::Run(run) | Verb::Create(run)) => run,
                _ => return false,
            };
            run.name.iter().chain(&run.aliases).any(|name| name.is(host))
        });
    if is_others {
        return Ok(());
    }
    Err(Withheld::because(format!(
        "`{}` uses the port, and nothing shows on which host",
        source.map_or("", |source| source.slice(found.at.span))
    )))
}

/// Refuses a use in a step that may run where the step that starts the container is skipped: it would be told nothing.
fn runs_with_it(place: &Place<'_>, found: &Use, own: usize) -> Result<(), Withheld> {
    let steps = &place.job.job.steps;
    let condition = |step: usize| steps.get(step)?.condition.as_ref().map(|condition| condition.value.value().trim());
    let Some(starts) = condition(own).filter(|text| !is_no_gate(text)) else {
        return Ok(());
    };
    let goes_with = |step: usize| step == own || condition(step) == Some(starts);
    match found.site.step().is_some_and(goes_with) {
        true => Ok(()),
        false => Err(Withheld::because(format!(
            "the step that starts the container runs only `if: {starts}`, and what uses the port may run without it"
        ))),
    }
}

/// Refuses an address that images are called by: under another port they are other images, and these stay.
fn names_no_image(place: &Place<'_>, found: &Use) -> Result<(), Withheld> {
    let is_in = |act: &&Act| act.at.path == found.at.path && act.at.span.contains(found.at.span);
    let names = |act: &Act| matches!(act.verb(), Some(Verb::Tag { .. } | Verb::Push { .. } | Verb::Build(_)));
    let naming = place.job.trace.acts.iter().filter(is_in).find(|act| names(act));
    match naming {
        Some(act) => Err(Withheld::because(format!(
            "`{}` calls an image by this address: under a port of its own each run would leave an image of another name",
            act.text
        ))),
        None => Ok(()),
    }
}

/// The port that a use means, when it is certain to be one of the claim's.
fn port_of<'c>(claim: &'c Claim<'_>, found: &Use) -> Option<&'c Fixed> {
    let port = claim.ports.iter().find(|port| port.host == found.means.host.unwrap_or_default())?;
    let written = found.port.as_ref().map(|at| at.span.end - at.span.start);
    // A number that is the container's own is somebody else's on the host.
    let is_hosts = found.by_name || written.is_none_or(|length| length == port.host.to_string().len());
    let is_default = found.port.is_none() && found.host.as_ref().is_some_and(|host| *host == found.at);
    (is_hosts && !(is_default && port.host != port.container && !found.by_name)).then_some(port)
}

fn one(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    claim: &Claim<'_>,
    port: &Fixed,
    found: &Use,
    own: usize,
    rewired: &mut Rewired,
) -> Result<(), Withheld> {
    let place_of = |found: &Use| {
        let source = place.tree.source();
        let line = if found.at.path == *source.path() { source.place(found.at.span.start).line } else { 0 };
        if line > 0 { format!("line {line}") } else { format!("`{}`", found.at.path) }
    };
    if found.site.step().is_some_and(|step| step < own) {
        return Ok(());
    }
    rewired.by_host = true;
    let source = [place.tree.source(), &claim.act.frame.source]
        .into_iter()
        .chain(place.job.trace.acts.iter().map(|act| &act.frame.source))
        .find(|source| *source.path() == found.at.path)
        .cloned();
    let source = source.ok_or_else(|| Withheld::because(format!("`{}` cannot be read", found.at.path)))?;
    if !matches!(found.what, What::Address | What::PortAlone) || !found.exact {
        return Err(Withheld::because(format!("{} uses the port in a way that cannot be edited", place_of(found))));
    }
    let variable = claim.variable(port);
    let in_env = format!("${{{{ env.{variable} }}}}");
    match &found.site {
        Site::ContainerEnv(name) => {
            Err(Withheld::because(format!("`{name}` is set for the job's container before any step can tell the port")))
        }
        // It is told anew under its own name.
        Site::WorkflowEnv(name) | Site::JobEnv(name) if *name == variable => {
            rewired.later = true;
            Ok(())
        }
        Site::WorkflowEnv(name) | Site::JobEnv(name) => {
            let text = claim.act.frame.text.value();
            if claim.in_workflow() && text.contains(&format!("env.{name} ")) {
                return Err(Withheld::because(format!(
                    "the step that starts the container uses `env.{name}`, which is replaced before its port is known"
                )));
            }
            if matches!(found.site, Site::JobEnv(_)) {
                rewired.moved.insert(name.clone());
            }
            let line = export(place, name, found, &variable)?;
            if !rewired.exports.contains(&line) {
                rewired.exports.push(line);
            }
            rewired.here = true;
            Ok(())
        }
        Site::StepEnv(step, name) | Site::With(step, name) => {
            if *step == own {
                return Err(Withheld::because(format!(
                    "`{name}` is set for the very step that starts the container, before its port is known"
                )));
            }
            rewired.later = true;
            put(draft, &source, found, &in_env)
        }
        Site::Run(step) => {
            if *step == own {
                rewired.here = true;
                if found.at.span.start < claim.act.at.span.start && claim.in_workflow() {
                    rewired.doubts.push(format!("{} names the port before it is known", place_of(found)));
                }
            } else {
                rewired.later = true;
            }
            let inner = format!("${{{variable}}}");
            // The runner has to put it in, which it can in a later step alone.
            if *step != own && found.expanded(&inner).is_none() {
                return put(draft, &source, found, &in_env);
            }
            in_shell(draft, &source, found, &inner, &place_of(found))
        }
        Site::Script(_) if !source.kind().takes_variables() => {
            Err(Withheld::because(format!("`{}` names the port, and is no shell script", found.at.path)))
        }
        Site::Script(step) => {
            let same = found.at.path == claim.act.at.path;
            match (same, *step == own) {
                (true, _) => rewired.here = true,
                (false, true) => (rewired.here, rewired.children) = (true, true),
                (false, false) => rewired.later = true,
            }
            rewired.doubts.push(format!("`{}` is changed as well", found.at.path));
            let new = if same { format!("${{{variable}}}") } else { format!("${{{variable}:-{}}}", port.host) };
            in_shell(draft, &source, found, &new, &place_of(found))
        }
    }
}

/// Where a shell reads it: what it expands within quotes.
fn in_shell(draft: &mut Draft<'_>, source: &Source, found: &Use, inner: &str, at: &str) -> Result<(), Withheld> {
    let nothing =
        || Withheld::because(format!("{at} names the port where the shell expands nothing, or in another language"));
    let new = found.expanded(inner).ok_or_else(nothing)?;
    if found.quoting == Some(Context::Bare) {
        let parts = quoted(source, &parts(source, found, inner)?);
        return parts.iter().try_for_each(|(at, new)| draft.replace(at, new));
    }
    found.open(draft)?;
    put(draft, source, found, &new)
}

/// Writes the loopback address and the port where they are named.
fn put(draft: &mut Draft<'_>, source: &Source, found: &Use, new: &str) -> Result<(), Withheld> {
    parts(source, found, new)?.iter().try_for_each(|(at, new)| draft.replace(at, new))
}

/// The loopback address and the port, each with its place.
fn parts(source: &Source, found: &Use, new: &str) -> Result<Vec<(Location, String)>, Withheld> {
    let mut parts = Vec::new();
    if let Some(host) = &found.host {
        let written = source.slice(host.span);
        if !matches!(written, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]") {
            return Err(Withheld::because(format!(
                "`{written}` is used, by which a port on the loopback is not reached"
            )));
        }
        if written != "127.0.0.1" {
            parts.push((host.clone(), "127.0.0.1".to_owned()));
        }
    }
    match (&found.port, &found.host) {
        (Some(port), _) => parts.push((port.clone(), new.to_owned())),
        // Else the port is in a variable, which is a use of its own.
        (None, Some(host)) if host.span == found.at.span => {
            let written = source.slice(host.span);
            return Err(Withheld::because(format!(
                "`{written}` is used without a port, and the client uses its default"
            )));
        }
        (None, _) => {}
    }
    Ok(parts)
}

/// The line that gives a variable of the whole job its new value for the steps to come.
fn export(place: &Place<'_>, name: &str, found: &Use, variable: &str) -> Result<String, Withheld> {
    id("the variable", name)?;
    let withheld = |why: &str| Withheld::because(format!("`{name}` of the whole job names the port, {why}"));
    let env = [&place.job.job.env, &place.analysed.workflow.env];
    let var = env.iter().find_map(|vars| vars.get(name)).and_then(|var| var.text.as_ref());
    let value = var.ok_or_else(|| withheld("and cannot be read"))?;
    if value.value().contains(['$', '"', '\\', '`', '\n']) {
        return Err(withheld("beside a secret or an expression that no script may be given"));
    }
    let range = |at: &Location| {
        let run = value.runs().iter().find(|run| run.file <= at.span.start && at.span.end <= run.file + run.len)?;
        Some(run.text + at.span.start - run.file..run.text + at.span.end - run.file)
    };
    let mut text = value.value().to_owned();
    let port = found.port.as_ref().and_then(range);
    if let Some(range) = &port {
        text.replace_range(range.clone(), &format!("${{{variable}}}"));
    }
    if let Some(range) =
        found.host.as_ref().and_then(range).filter(|range| port.as_ref().is_none_or(|port| range.end <= port.start))
    {
        text.replace_range(range, "127.0.0.1");
    } else if port.is_none() {
        return Err(withheld("in a way that cannot be edited"));
    }
    Ok(format!("echo \"{name}={text}\" >> \"$GITHUB_ENV\""))
}
