//! What names it without being a word of docker's: host names are changed along, anything else is told.

use std::cell::OnceCell;
use std::ops::Range;

use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Scene, Withheld};
use super::listing;
use super::reference::held;
use super::renaming::Renaming;
use super::said::{Said, find, tokens};
use super::{Name, NameKind, Suffix, append};
use crate::docker::{NetworkChoice, Verb};
use crate::shell::Word;
use crate::symbol::Value;
use crate::trace::ActKind;
use crate::workflow::Var;

/// Programs whose words are files, packages, targets and texts, not containers.
const PLAIN: &[&str] = &[
    "echo", "printf", "cd", "mkdir", "rm", "cp", "mv", "ls", "cat", "grep", "test", "[", "git", "go", "npm", "npx",
    "yarn", "pnpm", "make", "cargo", "pip", "python", "python3", "apt-get", "apk", "tar", "chmod", "chown", "touch",
    "export", "unzip", "zip", "sed", "awk", "jq", "pytest", "mvn", "gradle", "set", "head", "tail", "tee", "diff",
];

/// A place where it stands as a host, or as what is looked for in a listing.
#[derive(Clone, Debug)]
pub struct Host {
    /// The word.
    pub word: Word,
    /// The name in it.
    pub range: Range<usize>,
    /// It stands within a word of another command.
    pub nested: bool,
}

/// What a job's commands say of a name besides docker's own words.
#[derive(Default)]
struct Found {
    /// By texts, in order.
    hosts: Vec<(usize, Host)>,
    /// Uses that nobody can change.
    doubts: Vec<String>,
}

/// Where it stands as a host, or as what is looked for in a listing.
pub fn hosts(scene: &Scene<'_>, renaming: &Renaming<'_, '_>) -> Vec<(usize, Host)> {
    found(scene, renaming).hosts
}

fn found(scene: &Scene<'_>, renaming: &Renaming<'_, '_>) -> Found {
    let Renaming { place, texts, name, uses, dropped, .. } = *renaming;
    let mut all = Found::default();
    let Some(literal) = name.value.as_literal() else { return all };
    let said = Said::of(scene, place, texts);
    let has_dns = name.kind == NameKind::Container && is_on_user_network(place, name);
    for (index, commands) in said.commands_with(literal, texts) {
        let Some(text) = texts.get(index) else { continue };
        let listings = OnceCell::new();
        let mut hosts: Vec<Host> = Vec::new();
        for written in commands {
            let program = written.program.as_str();
            let call = written.call.as_ref();
            if call.is_some_and(|call| !runs_something(&call.verb)) {
                continue;
            }
            let images: Vec<_> = call.iter().flat_map(|call| held(call, NameKind::Image)).collect();
            let span = &written.statement;
            if program == "echo" || program == "printf" || dropped.iter().any(|gone| gone.is_in(index, span)) {
                continue;
            }
            let searches = || {
                listing::SEARCHES.contains(&program)
                    && listing::holds(listings.get_or_init(|| listing::of(text)), name.kind, span)
            };
            for (at, word) in written.words.iter().enumerate() {
                let is_image = images.iter().any(|image| image.arg.span == word.span);
                if is_image || uses.iter().any(|used| used.text == index && used.word.span == word.span) {
                    continue;
                }
                let before = at.checked_sub(1).and_then(|at| written.words.get(at)).and_then(Word::literal);
                let is_sought = at > 0 && searches();
                let is_meant =
                    |range: &Range<usize>| is_sought || has_dns && is_host(text.value(), range, before.as_deref());
                let meant = tokens(text.value(), word, literal).into_iter().filter(is_meant);
                hosts.extend(meant.map(|range| Host { word: word.clone(), range, nested: written.nested }));
                let whole = word.literal().as_deref() == Some(literal) && at > 0;
                let known =
                    hosts.iter().any(|host| word.span.start <= host.range.start && host.range.end <= word.span.end);
                if whole && call.is_none() && !known && !PLAIN.contains(&program) && !program.is_empty() {
                    all.doubts.push(format!(
                        "`{program} … {literal}` may mean the old name, and keeps it: see whether it is to change"
                    ));
                }
            }
        }
        hosts.sort_by_key(|host| host.range.start);
        hosts.dedup_by(|one, other| one.range == other.range);
        all.hosts.extend(hosts.into_iter().map(|host| (index, host)));
    }
    all
}

/// Changes host names along, and gives back the uses that nobody can change.
///
/// # Errors
/// When a host name stands where nothing expands.
pub fn change(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>) -> Result<Vec<String>, Withheld> {
    let Renaming { place, texts, name, suffix, .. } = *renaming;
    let Some(literal) = name.value.as_literal() else { return Ok(Vec::new()) };
    let said = Said::of(draft.scene(), place, texts);
    let has_dns = name.kind == NameKind::Container && is_on_user_network(place, name);
    let Found { hosts, mut doubts } = found(draft.scene(), renaming);
    let mut is_reached = !hosts.is_empty();
    for (index, host) in hosts {
        let Some(text) = texts.get(index) else { continue };
        let end = host.range.end;
        let new = match suffix.variable() {
            Some(_) if text.has_job_env() => {
                append::to_variable(draft, text, &host.word, host.range, host.nested, suffix)?;
                continue;
            }
            None if text.is_workflow => {
                append::insert(draft, text, end, &suffix.expression)?;
                continue;
            }
            Some(held) => held.in_script(text)?,
            None => format!("{literal}{}", suffix.script(text)?),
        };
        append::in_place(draft, text, &host.word, host.range, &new)?;
    }
    is_reached |= values(draft, place, literal, has_dns, suffix, &mut doubts)?;
    if has_dns && !is_reached && texts.iter().any(|text| is_asked_at(text.value(), literal)) {
        return Err(Withheld::because(format!(
            "a text in the job names `{literal}` with a port, perhaps in a program's configuration: change the name \
             and that text by hand"
        )));
    }
    if has_dns && !is_reached && serves_by_name(place, name) && !is_told(place, literal) {
        doubts.push(format!("other containers may use the name `{literal}` as a host, and nothing here shows which"));
    }
    doubts.extend(said.others(literal));
    Ok(doubts)
}

/// Whether a text has a name as a host with a port, as in `targets: ["pushgateway:9091"]`. Smaller numbers are versions
/// of images.
fn is_asked_at(text: &str, name: &str) -> bool {
    const LEAST: u32 = 80;
    find(text, name).into_iter().any(|found| {
        let Some(rest) = text[found.end..].strip_prefix(':') else { return false };
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u32 = rest[..digits].parse().unwrap_or_default();
        number >= LEAST && !text[..found.start].ends_with('/') && !rest[digits..].starts_with(['.', '-', '_'])
    })
}

/// Whether a program of the repository's that the job runs says a word.
pub fn programs_say(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], word: &str) -> bool {
    !Said::of(scene, place, texts).others(word).is_empty()
}

/// Whether a call runs a command that may reach a host: in a container.
fn runs_something(verb: &Verb) -> bool {
    matches!(verb, Verb::Run(_) | Verb::Create(_) | Verb::Exec(_) | Verb::Compose(_))
}

/// Values of `env:` and `with:` that hold it.
fn values(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    literal: &str,
    has_dns: bool,
    suffix: &Suffix,
    doubts: &mut Vec<String>,
) -> Result<bool, Withheld> {
    let mut found = false;
    if !has_dns {
        return Ok(found);
    }
    let job = &place.job.job;
    let steps = place.steps_with_values().flat_map(|step| step.env.entries.iter().chain(&step.with.entries));
    for Var { name, text, .. } in job.env.entries.iter().chain(steps) {
        let Some(text) = text else { continue };
        for range in find(text.value(), literal) {
            let whole = text.value() == literal && name.value().to_ascii_lowercase().contains("host");
            if !whole && !is_host(text.value(), &range, None) {
                continue;
            }
            found = true;
            match text.exact(range) {
                Some(span) => draft.insert(&place.tree.source().location(span), false, &suffix.expression)?,
                None => doubts.push(format!("`{}` still has the old name: change it by hand", name.value())),
            }
        }
    }
    Ok(found)
}

/// How it is reached, as far as the command that makes it says: on a network that somebody made, by nothing but its
/// name.
pub fn way_to(place: &Place<'_>, name: &Name) -> (bool, bool) {
    (is_on_user_network(place, name), serves_by_name(place, name))
}

/// Whether its name is the only way to it: it runs on behind the command, and publishes nothing.
fn serves_by_name(place: &Place<'_>, name: &Name) -> bool {
    place.job.trace.acts.get(name.act).and_then(crate_verb).is_some_and(
        |verb| matches!(verb, Verb::Run(run) if run.detach.may_be() && run.publishes.is_empty() && run.aliases.is_empty()),
    )
}

/// Whether an `env:` tells its name, which changes along: programs may read it there.
fn is_told(place: &Place<'_>, literal: &str) -> bool {
    let job = &place.job.job;
    let vars = place.steps_with_values().map(|step| &step.env).chain([&job.env, &place.analysed.workflow.env]);
    vars.flat_map(|vars| &vars.entries).any(|var| var.text.as_ref().is_some_and(|text| text.value() == literal))
}

/// The containers that a job connects to networks.
struct Connected(Vec<Value>);

/// Whether it is reached by its name: it is on a network that somebody made.
fn is_on_user_network(place: &Place<'_>, name: &Name) -> bool {
    let acts = &place.job.trace.acts;
    let is_started_there = match acts.get(name.act).and_then(crate_verb) {
        Some(Verb::Run(run) | Verb::Create(run)) => {
            !run.networks.is_empty() && matches!(run.network(), NetworkChoice::Named(_))
        }
        _ => false,
    };
    let connected = place.reading.of_job(place.job, || {
        let connected = acts.iter().filter_map(|act| match crate_verb(act)? {
            Verb::Connect { container, .. } => Some(container.value.clone()),
            _ => None,
        });
        Connected(connected.collect())
    });
    is_started_there || connected.0.iter().any(|container| container.same(&name.value).is_yes())
}

fn crate_verb(act: &crate::trace::Act) -> Option<&Verb> {
    match &act.kind {
        ActKind::Docker(call) => Some(&call.verb),
        _ => None,
    }
}

/// Whether a name stands where a host does: `http://pg`, `user@pg`, `-h pg`, `HOST=pg`, `pg:5432`.
fn is_host(text: &str, range: &Range<usize>, word_before: Option<&str>) -> bool {
    let (before, after) = (text.get(..range.start).unwrap_or_default(), text.get(range.end..).unwrap_or_default());
    let port = after.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let option = before.ends_with("-h ") || before.ends_with("--host ") || before.ends_with("--host=");
    let word = before.ends_with(['"', '\'']) || before.is_empty() || before.ends_with(char::is_whitespace);
    let given = word && word_before.is_some_and(|word| matches!(word, "-h" | "--host" | "--hostname"));
    let upper = before.to_ascii_uppercase();
    port && !before.ends_with('/')
        || before.ends_with("://")
        || before.ends_with('@')
        || option
        || given
        || upper.ends_with("HOST=")
}
