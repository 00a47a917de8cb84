//! The commands that remove what leaks, in an order in which nothing holds what comes later.

use std::collections::BTreeSet;

use super::client::client;
use super::leak::Leak;
use super::new_name::NewName;
use super::things::Things;
use super::{naming, portable, told};
use crate::docker::{Client, Compose, Verb};
use crate::lifecycle::resource::ResourceKind;
use crate::rewrite::disconnect::itself_on;
use crate::rewrite::doubt::skipped::project_is_set;
use crate::rewrite::untrusted::{Handover, id, quote};
use crate::rewrite::{Draft, Place, Withheld, handed_on};
use crate::stack::Stack;
use crate::trace::{Act, ActKind};

/// How long a line may get before each name gets its own.
const WIDTH: usize = 100;

/// What removes some leaks of one job.
#[derive(Debug, Default)]
pub(super) struct Removal {
    lines: Vec<(ResourceKind, String, Vec<String>)>,
    projects: Vec<Project>,
    /// A command that removes containers by something else than their names.
    listed: Option<String>,
    /// Commands that take the job's own container off networks.
    leaving: Vec<String>,
    /// What is removed, as messages show it.
    pub shown: Vec<String>,
    things: Things,
    handover: Handover,
    /// What it removes has the run in its name, and so have the images that a project builds for itself.
    is_of_run: bool,
}

#[derive(Debug, PartialEq)]
struct Project {
    line: String,
    /// From the checkout's root; empty for the root.
    directory: String,
    env: Vec<(String, String)>,
}

/// The text of a step that removes.
#[derive(Debug)]
pub(super) struct Script {
    /// `name:`
    pub name: String,
    /// `run:`
    pub run: String,
    /// `working-directory:`
    pub directory: Option<String>,
    /// `env:`
    pub env: Vec<(String, String)>,
}

impl Removal {
    /// One of things that have the run in their names.
    pub(super) fn of_run() -> Self {
        Self { is_of_run: true, ..Self::default() }
    }

    /// One that removes containers by a command that lists them.
    pub(super) fn listed(command: String) -> Self {
        Self { listed: Some(command), ..Self::default() }
    }

    /// Says of a leak that it is removed.
    pub(super) fn says(&mut self, leak: &Leak<'_>) {
        let named = if leak.resource.name.is_none() && leak.resource.image.is_some() {
            " (which gets a name of the run)"
        } else {
            ""
        };
        self.shown.push(format!("the {}{named}", leak.resource.in_words()));
        self.things.add(leak);
    }

    /// Adds one leak; one without a name gets one.
    ///
    /// # Errors
    /// When it cannot be told at the job's end.
    pub(super) fn add(&mut self, draft: &mut Draft<'_>, place: &Place<'_>, leak: &Leak<'_>) -> Result<(), Withheld> {
        self.add_named(draft, place, leak, None)
    }

    /// The same for one that gets another name, written as a word of the job's scripts.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub(super) fn add_named(
        &mut self,
        draft: &mut Draft<'_>,
        place: &Place<'_>,
        leak: &Leak<'_>,
        name: Option<&NewName>,
    ) -> Result<(), Withheld> {
        let kind = leak.resource.kind;
        let mut handover = self.handover.clone();
        match kind {
            ResourceKind::Project => {
                // `$dc up`: the script has found out which of the two composes is there.
                if leak.creation.text.starts_with(['$', '"']) {
                    return Err(Withheld::because(
                        "its client stands in a variable that only its own script has: add `down` to a `trap` there",
                    ));
                }
                let mut project = project(place, leak, name, &mut handover)?;
                let mut stacks = leak.resource.acts.iter().filter_map(|act| place.job.stacks.get(act));
                if self.is_of_run && stacks.any(Stack::names_what_it_builds) {
                    project.line.push_str(" --rmi local");
                }
                self.projects.push(project);
            }
            _ => {
                let name = match name {
                    Some(name) => renamed(place, leak, name, &mut handover)?,
                    None => named(draft, place, leak, &mut handover)?,
                };
                let command = command(leak, kind)?;
                if let (ResourceKind::Network, Some(network)) = (kind, &leak.resource.name)
                    && let Some(container) = itself_on(place, network)?
                {
                    let client = client(leak.creation);
                    self.leaving.push(format!("{client} network disconnect -f {name} {container} || true"));
                }
                match self.lines.iter_mut().find(|line| line.0 == kind && line.1 == command) {
                    Some(line) if kind != ResourceKind::Cluster => {
                        if !line.2.contains(&name) {
                            line.2.push(name);
                        }
                    }
                    _ => self.lines.push((kind, command, vec![name])),
                }
            }
        }
        self.says(leak);
        self.handover = handover;
        Ok(())
    }

    /// The step's text.
    ///
    /// # Errors
    /// When two compose projects want different variables.
    pub(super) fn script(mut self) -> Result<Script, Withheld> {
        let of = |kind: ResourceKind| {
            let lines = self.lines.iter().filter(move |line| line.0 == kind);
            lines
                .flat_map(|(_, command, names)| {
                    let one = format!("{command} {} || true", names.join(" "));
                    let each = || names.iter().map(|name| format!("{command} {name} || true")).collect();
                    if one.len() > WIDTH { each() } else { vec![one] }
                })
                .collect::<Vec<_>>()
        };
        let single = self.projects.first().map(|project| project.directory.clone());
        let single = single.filter(|first| self.projects.iter().all(|project| project.directory == *first));
        let projects = self.projects.iter().map(|project| match &single {
            None if !project.directory.is_empty() => {
                format!("(cd {} && {}) || true", quote::word(&project.directory), project.line)
            }
            _ => format!("{} || true", project.line),
        });
        let projects: Vec<String> = projects.collect();
        let name = self.things.title();
        let (networks, leaving) = (of(ResourceKind::Network), self.leaving.clone());
        let lines = [
            of(ResourceKind::Cluster),
            of(ResourceKind::Builder),
            of(ResourceKind::Container),
            self.listed.clone().into_iter().collect(),
            projects,
            leaving,
            networks,
            of(ResourceKind::Volume),
        ]
        .concat();
        let run = if let [only] = lines.as_slice() { only.clone() } else { lines.join("\n") + "\n" };
        let mut env: Vec<(String, String)> = Vec::new();
        let handed = self.handover.into_entries();
        for entry in self.projects.iter_mut().flat_map(|project| project.env.drain(..)).chain(handed) {
            match env.iter().find(|known| known.0 == entry.0) {
                Some(known) if known.1 != entry.1 => {
                    return Err(Withheld::because(format!("its stacks differ in `{}`", entry.0)));
                }
                Some(_) => {}
                None => env.push(entry),
            }
        }
        Ok(Script { name, run, directory: single.filter(|directory| !directory.is_empty()), env })
    }
}

fn named(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    leak: &Leak<'_>,
    handover: &mut Handover,
) -> Result<String, Withheld> {
    let resource = leak.resource;
    if resource.kind == ResourceKind::Builder && resource.name.is_none() {
        return Err(Withheld::because("buildx chooses its name: give it one with `--name`"));
    }
    let Some(name) = &resource.name else { return Ok(quote::around(&naming::name(draft, place, leak)?)) };
    let written = match &leak.creation.kind {
        ActKind::Docker(call) => match &call.verb {
            Verb::Run(run) | Verb::Create(run) => run.name.as_ref(),
            Verb::Make(make) => make.name.as_ref(),
            Verb::Builder { names, .. } => names.last(),
            _ => None,
        },
        ActKind::Program(call) => call.name_arg.as_ref(),
        _ => None,
    };
    let handed_on = || {
        let variable = handed_on::holding(place, leak.creation, name).filter(|_| name.as_literal().is_none());
        variable.map(|variable| format!("\"${variable}\""))
    };
    let word = written.and_then(|arg| portable::as_written(place, leak.creation, arg, handover)).or_else(handed_on);
    let word = word.or_else(|| portable::value(place, leak.creation, &written?.value, handover));
    let word = word.or_else(|| portable::value(place, leak.creation, name, handover)).filter(|word| word != "\"\"");
    let word = match (word, written) {
        (None, Some(arg)) if resource.kind == ResourceKind::Container => {
            told::hand_on(draft, place, leak.creation, arg, name)?
        }
        (word, _) => word,
    };
    word.ok_or_else(|| known_in_script(leak))
}

fn known_in_script(leak: &Leak<'_>) -> Withheld {
    Withheld::because(format!(
        "its name (`{}`) is known only in the script that makes it: write it to `$GITHUB_ENV` before anything is made",
        leak.resource.shown()
    ))
}

/// The new name of what gets one in the same fix.
fn renamed(place: &Place<'_>, leak: &Leak<'_>, name: &NewName, handover: &mut Handover) -> Result<String, Withheld> {
    match name {
        NewName::Word(word) => Ok(word.clone()),
        NewName::EndingIn(end) => {
            let name = leak.resource.name.as_ref();
            let word = name.and_then(|name| portable::value_ending_in(place, leak.creation, name, end, handover));
            word.ok_or_else(|| known_in_script(leak))
        }
    }
}

/// The command of a kind, its names left out.
fn command(leak: &Leak<'_>, kind: ResourceKind) -> Result<String, Withheld> {
    let client = client(leak.creation);
    Ok(match (kind, &leak.creation.kind) {
        (ResourceKind::Container, _) => format!("{client} rm -fv"),
        (ResourceKind::Network, _) => format!("{client} network rm"),
        (ResourceKind::Volume, _) => format!("{client} volume rm -f"),
        (ResourceKind::Cluster, ActKind::Program(call)) => match call.program {
            "kind" => "kind delete cluster --name".to_owned(),
            "k3d" => "k3d cluster delete".to_owned(),
            "minikube" => "minikube delete --profile".to_owned(),
            _ => return Err(Withheld::because("it is not known how it is removed")),
        },
        (ResourceKind::Cluster, _) => "kind delete cluster --name".to_owned(),
        (ResourceKind::Builder, _) => format!("{client} buildx rm"),
        (ResourceKind::Project, _) => return Err(Withheld::because("it is not known how it is removed")),
    })
}

fn project(
    place: &Place<'_>,
    leak: &Leak<'_>,
    name: Option<&NewName>,
    handover: &mut Handover,
) -> Result<Project, Withheld> {
    let act = leak.creation;
    let ActKind::Docker(call) = &act.kind else {
        return Err(Withheld::because("an action brings it up: see what it offers to take it down"));
    };
    let Verb::Compose(compose) = &call.verb else { return Err(Withheld::because("it is not known how it is removed")) };
    project_is_set(place, act)?;
    if compose.reads_stdin() || !compose.global.unsure.is_empty() {
        return Err(Withheld::because("its files are not all known"));
    }
    let directory =
        act.directory.path().ok_or_else(|| Withheld::because("the directory it is started in is not known"))?;
    let standalone = act.text.split_whitespace().any(|word| word.ends_with("docker-compose"));
    let mut words = vec![match standalone || call.program == Client::DockerCompose {
        true => "docker-compose".to_owned(),
        false => format!("{} compose", client(act)),
    }];
    let name = name.map(|name| renamed(place, leak, name, handover)).transpose()?;
    words.extend(options(place, act, compose, name.as_deref(), handover)?);
    words.extend(profiles(place, leak)?);
    // A volume with a name of its own may be other runs' as well, and so may one that nobody can see.
    let stack = place.job.stacks.get(&leak.resource.act);
    let volumes = if stack.is_some_and(Stack::owns_its_volumes) { " -v" } else { "" };
    words.push(format!("down{volumes} --remove-orphans"));
    let env = environment(place, act, stack)?;
    required(place, leak, &env)?;
    Ok(Project { line: words.join(" "), directory: directory.as_str().to_owned(), env })
}

/// The profiles of services that were started by their names: without them `down` leaves their networks and volumes.
fn profiles(place: &Place<'_>, leak: &Leak<'_>) -> Result<Vec<String>, Withheld> {
    let stacks = leak.resource.acts.iter().filter_map(|act| place.job.stacks.get(act));
    let asked: BTreeSet<&str> =
        stacks.flat_map(|stack| &stack.services).filter_map(|service| service.asks_for_profile.as_deref()).collect();
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if let Some(name) = asked.iter().find(|name| !is_plain(name)) {
        return Err(Withheld::because(format!(
            "`down` needs the profile of what it is to take down, and that is put together: `{name}`"
        )));
    }
    Ok(asked.iter().map(|name| format!("--profile {name}")).collect())
}

/// Files, project, profiles as at the start.
fn options(
    place: &Place<'_>,
    act: &Act,
    compose: &Compose,
    name: Option<&str>,
    handover: &mut Handover,
) -> Result<Vec<String>, Withheld> {
    let mut words = Vec::new();
    let lists = [("-f", &compose.files), ("--env-file", &compose.env_files), ("--profile", &compose.profiles)];
    let singles = [("-p", &compose.project), ("--project-directory", &compose.project_directory)];
    let lists = lists.into_iter().flat_map(|(option, args)| args.iter().map(move |arg| (option, arg)));
    let singles = singles.into_iter().filter_map(|(option, arg)| Some((option, arg.as_ref()?)));
    for (option, arg) in lists.chain(singles) {
        if let Some(name) = name.filter(|_| option == "-p") {
            words.push(format!("-p {name}"));
            continue;
        }
        let word = portable::word(place, act, arg, handover).ok_or_else(|| {
            Withheld::because(format!("its `{option}` (`{}`) is known only in the script that starts it", arg.value))
        })?;
        words.push(format!("{option} {word}"));
    }
    // Set by the script itself, perhaps: a step after it has not got it.
    if compose.project.is_none()
        && let Some(project) = act.env.get("COMPOSE_PROJECT_NAME")
        && !is_given(place, act, "COMPOSE_PROJECT_NAME")
    {
        let word = portable::value(place, act, project, handover);
        let word = word.ok_or_else(|| Withheld::because("the project is known only in its script"))?;
        words.push(format!("-p {word}"));
    }
    for name in ["COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"] {
        if act.env.contains_key(name) && !is_given(place, act, name) {
            return Err(Withheld::because(format!("`{name}` is known only in its script")));
        }
    }
    Ok(words)
}

/// Whether every step has a variable, or the creating step has it in its `env:`.
fn is_given(place: &Place<'_>, act: &Act, name: &str) -> bool {
    portable::is_lasting(place, act, name) || place.step(act.step).is_some_and(|step| step.env.get(name).is_some())
}

/// Of the creating step's own `env:` what `down` reads: what the compose files name, and what steers the client. Where
/// the files are not known, all of it.
fn environment(place: &Place<'_>, act: &Act, stack: Option<&Stack>) -> Result<Vec<(String, String)>, Withheld> {
    let Some(step) = place.step(act.step) else { return Ok(Vec::new()) };
    if step.env.expression.is_some() {
        return Err(Withheld::because("its step's `env:` is an expression"));
    }
    let known = stack.filter(|stack| !stack.services.is_empty()).map(|stack| stack.sources.as_slice());
    let is_read = |name: &str| {
        known
            .is_none_or(|sources| steers_client(name) || sources.iter().any(|source| interpolates(source.text(), name)))
    };
    let entries = step.env.entries.iter().filter_map(|var| Some((var.name.value().to_owned(), var.value.as_ref()?)));
    let plain = |(name, value): (String, &crate::workflow::Scalar)| {
        id("its step's variable", &name)?;
        let several = value.value().contains('\n');
        let why = || Withheld::because(format!("its step's `{name}` has several lines"));
        if several { Err(why()) } else { Ok((name, value.value().to_owned())) }
    };
    entries.filter(|(name, _)| is_read(name)).map(plain).collect()
}

/// Whether the client goes by a variable: which daemon, project and files it means, and how it gets there.
fn steers_client(name: &str) -> bool {
    let is_own = ["COMPOSE_", "DOCKER_"].iter().any(|prefix| name.starts_with(prefix));
    // How it builds is no matter of `down`.
    is_own && !name.contains("BUILD") || matches!(name, "HOME" | "PATH" | "PWD" | "SSH_AUTH_SOCK")
}

/// Whether a compose file puts a variable's value in: `$NAME`, `${NAME…`, also within a default.
fn interpolates(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        (before.ends_with('$') || before.ends_with("${"))
            && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Without a variable that its files require (`${X:?}`), compose does nothing at all.
fn required(place: &Place<'_>, leak: &Leak<'_>, env: &[(String, String)]) -> Result<(), Withheld> {
    let sources = place.job.stacks.get(&leak.resource.act).map(|stack| stack.sources.as_slice()).unwrap_or_default();
    for source in sources {
        for rest in source.text().split("${").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, operation) = rest.split_at(end);
            let is_required = operation.starts_with(":?") || operation.starts_with('?');
            let known = env.iter().any(|entry| entry.0 == name) || portable::is_lasting(place, leak.creation, name);
            if is_required && !known {
                return Err(Withheld::because(format!("its files require `{name}`, which only its script sets")));
            }
        }
    }
    Ok(())
}
