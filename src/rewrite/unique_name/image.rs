//! Uses of an image's tag by actions and by other programs than docker.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::super::untrusted::is_variable;
use super::super::{Draft, Place, Scene, Withheld, teardown};
use super::forced::{is_removed_after_all, runs_after_all};
use super::reference::{NameKind, key, same};
use super::renaming::Renaming;
use super::said::{Said, find};
use super::tail::Tail;
use super::{Name, append, callers};
use crate::command::Arg;
use crate::docker::{self, Build, Verb};
use crate::follow::{Resolved, resolve};
use crate::lifecycle::images::Looped;
use crate::lifecycle::removal::{Removal, Scope, Shape};
use crate::lifecycle::selector::By;
use crate::rewrite::step::NewStep;
use crate::shell::Word;
use crate::source::{Location, Source, Span};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, Target};
use crate::workflow::Var;

/// Changes the tag in the inputs of actions, in variables, in compose files, and where other programs are given
/// it.
///
/// # Errors
/// When it is pushed, or a use cannot be changed.
pub fn change(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>, tail: Option<&Tail>) -> Result<(), Withheld> {
    let Renaming { place, texts, name, uses, suffix, .. } = *renaming;
    let Some(tag) = name.value.as_literal() else {
        let is_action = matches!(place.job.trace.acts.get(name.act).map(|act| &act.kind), Some(ActKind::Action(_)));
        return match is_action {
            true => Err(Withheld::because("the action's `tags:` put it together from variables: change it by hand")),
            false => Ok(()),
        };
    };
    let acts = &place.job.trace.acts;
    let looped = place.reading.of_job(place.job, || Looped::of(acts));
    if let Some(act) = looped.act(&name.value).and_then(|index| acts.get(index)) {
        let text = &act.text;
        return Err(Withheld::because(format!(
            "`{text}` comes from a loop over several names, and would stay as it is"
        )));
    }
    let said = Said::of(draft.scene(), place, texts);
    let job = &place.job.job;
    let of_job = job.env.entries.iter().filter(|_| tag.contains(':')).map(|var| (var, None));
    let held = suffix.variable().filter(|variable| variable.is_new);
    for (var, held) in of_job.chain(of_steps(place).map(|var| (var, held))) {
        let Some(text) = &var.text else { continue };
        for range in named_in(var, tag) {
            if let (Some(variable), Some(span)) = (held, text.exact(range.clone())) {
                draft.replace(&place.tree.source().location(span), &format!("${{{{ env.{} }}}}", variable.name))?;
                continue;
            }
            let end = text.value().get(..range.end).and_then(|head| head.char_indices().next_back());
            // As where a variable that holds it is changed: the same edit is made once.
            let last = end.and_then(|(start, _)| text.exact(start..range.end));
            let (Some(span), Some(last)) = (text.exact(range), last) else {
                let name = var.name.value();
                return Err(Withheld::because(format!(
                    "`{name}` uses the name in a way that cannot be edited: change it by hand"
                )));
            };
            let cut = suffix.replaces(tag);
            let at = place.tree.source().location(Span::new(span.end - cut, span.end));
            match cut {
                0 => draft.insert(&place.tree.source().location(last), false, &suffix.expression())?,
                _ => draft.replace(&at, &suffix.expression())?,
            }
        }
    }
    services(draft, renaming, tag, tail)?;
    let saying = if tag.contains(':') { said.commands_saying(tag, texts) } else { Vec::new() };
    for (index, commands) in saying {
        let Some(text) = texts.get(index) else { continue };
        let mut words: Vec<(Word, bool)> = Vec::new();
        for written in commands {
            let program = written.words.first().and_then(Word::literal).unwrap_or_default();
            for word in written.words.iter().skip(1) {
                let known = uses.iter().any(|used| used.text == index && used.word.span == word.span);
                let names = word.literal().as_deref() == Some(tag);
                if names && !known && program != "echo" {
                    words.push((word.clone(), written.nested));
                }
            }
        }
        for (word, nested) in words {
            let end = word.pieces.last().map_or(word.span.end, |piece| piece.span.end);
            append::to_word(draft, text, &word, end, nested, suffix)?;
        }
    }
    Ok(())
}

/// The variables and inputs of a job's steps.
fn of_steps<'a>(place: &Place<'a>) -> impl Iterator<Item = &'a Var> {
    place.steps_with_values().flat_map(|step| step.env.entries.iter().chain(&step.with.entries))
}

/// Where a variable or an input says a tag. Without a tag the name of an image is a word like any other: only an
/// action's input is certain.
fn named_in(var: &Var, tag: &str) -> Vec<Range<usize>> {
    let named = tag.contains(':') || matches!(var.name.value(), "tags" | "image" | "image-ref");
    let Some(text) = var.text.as_ref().filter(|_| named) else { return Vec::new() };
    let is_whole = |range: &Range<usize>| {
        let next = text.value().get(range.end..).and_then(|rest| rest.chars().next());
        let last = text.value().get(..range.start).and_then(|head| head.chars().next_back());
        !next.is_some_and(|c| matches!(c, ':' | '/' | '@')) && last != Some('/')
    };
    find(text.value(), tag).into_iter().filter(is_whole).collect()
}

/// How often the variables and inputs of a job's steps say a tag.
pub fn in_steps(place: &Place<'_>, tag: &str) -> usize {
    of_steps(place).map(|var| named_in(var, tag).len()).sum()
}

/// Whether the job removes the image after it has built it, whatever happens in between.
pub fn is_removed(place: &Place<'_>, name: &Name) -> bool {
    is_removed_after_all(place, name, name.act) || is_pruned(place, name)
}

/// Whether the job ends with a removal of all images that nothing uses. One of everything (`docker system prune -a`)
/// may be narrowed to what the run made.
fn is_pruned(place: &Place<'_>, name: &Name) -> bool {
    place.job.removals.iter().any(|removal| {
        let selector = &removal.selector;
        let takes_all = selector.by == By::Prune && selector.all && selector.filters.is_empty();
        let act = place.job.trace.acts.get(removal.act).filter(|_| removal.act > name.act);
        let ends = act.is_some_and(|act| !act.context.conditional && runs_after_all(place, act));
        removal.scope == Scope::Image && takes_all && ends
    })
}

/// The acts that make containers of an image, alone or in a stack.
pub fn makers_of_containers(place: &Place<'_>, name: &Name) -> Vec<usize> {
    let makers = place.reading.of_job(place.job, || Makers::read(place));
    makers.0.get(&key(NameKind::Image, &name.value)).cloned().unwrap_or_default()
}

/// The acts of a job that make containers, by the keys of their images.
struct Makers(HashMap<String, Vec<usize>>);

impl Makers {
    fn read(place: &Place<'_>) -> Self {
        let mut makers: HashMap<String, Vec<usize>> = HashMap::new();
        let mut add = |image: &Value, act| makers.entry(key(NameKind::Image, image)).or_default().push(act);
        for (index, act) in place.job.trace.acts.iter().enumerate() {
            match act.verb() {
                Some(Verb::Run(run) | Verb::Create(run)) => run.image.iter().for_each(|image| add(&image.value, index)),
                _ => {
                    let services = place.job.stacks.get(&index).into_iter().flat_map(|stack| &stack.services);
                    services.filter_map(|service| service.image.as_ref()).for_each(|image| add(image, index));
                }
            }
        }
        Self(makers)
    }
}

/// Whether a job is seen to build without BuildKit.
struct ClassicBuilder(bool);

/// Whether the job is seen to build without BuildKit, whose cache an image's removal leaves alone.
pub fn has_classic_builder(place: &Place<'_>) -> bool {
    let is_off = |act: &Act| act.env.get("DOCKER_BUILDKIT").is_some_and(|value| value.as_literal() == Some("0"));
    place.reading.of_job(place.job, || ClassicBuilder(place.job.trace.acts.iter().any(is_off))).0
}

/// An image's own name: without the registry's, and without the tag that every run shares.
pub fn own_name(image: &str) -> &str {
    let own = image.rsplit('/').next().unwrap_or(image);
    own.strip_suffix(":latest").unwrap_or(own)
}

/// What a person calls an image; of one that holds a value of the run's or the leg's the part that is known.
pub fn shown(image: &Value) -> String {
    let known = image.as_literal().unwrap_or_else(|| image.prefix());
    own_name(known).trim_end_matches(['-', '_', '.', ':']).to_owned()
}

/// An image of the run's that a step at the end removes.
#[derive(Clone, Debug)]
pub struct Leftover {
    /// Its own name, as a person says it.
    pub shown: String,
    /// Its new name, as a word of a script.
    pub word: String,
    /// The client, as the job writes it where it builds the image.
    pub client: String,
}

/// The client of an act, as it is written there, where later steps can say the same: `$CT build …`.
pub fn client(place: &Place<'_>, act: usize) -> String {
    let act = place.job.trace.acts.get(act).filter(|act| act.frame.source.path() == place.tree.source().path());
    let first = act.and_then(|act| act.text.split_whitespace().next()).unwrap_or_default();
    let inner = first.trim_matches('"').strip_prefix('$').unwrap_or_default();
    let name = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    match act {
        _ if first == "sudo" => "sudo docker".to_owned(),
        Some(act) if is_variable(name) && teardown::is_lasting(place, act, name) => first.to_owned(),
        _ => "docker".to_owned(),
    }
}

/// A build that gives an image a name.
struct Built {
    /// The job, by its place in the workflow.
    job: usize,
    act: usize,
    name: Value,
}

/// The builds of a workflow, by the keys of their images.
struct Builds(HashMap<String, Vec<Built>>);

impl Builds {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_workflow(place.analysed, || {
            let mut builds: HashMap<String, Vec<Built>> = HashMap::new();
            for (job, traced) in place.analysed.jobs.iter().enumerate() {
                for (act, one) in traced.trace.acts.iter().enumerate() {
                    let Some(Verb::Build(build)) = one.verb() else { continue };
                    for tag in &build.tags {
                        let built = Built { job, act, name: tag.value.clone() };
                        builds.entry(key(NameKind::Image, &tag.value)).or_default().push(built);
                    }
                }
            }
            Self(builds)
        })
    }

    /// Those under a name, in the file's order.
    fn under(&self, name: &Name) -> impl Iterator<Item = &Built> {
        let alike = self.0.get(&key(NameKind::Image, &name.value)).into_iter().flatten();
        alike.filter(|built| same(NameKind::Image, &built.name, &name.value))
    }
}

/// What a saved image's new tag means to who loads the file: another job of the workflow is told; nobody else is.
///
/// # Errors
/// When no job of the workflow loads an image.
pub fn is_saved(place: &Place<'_>, name: &Name) -> Result<Option<String>, Withheld> {
    let is_it = |image: &Arg| same(NameKind::Image, &image.value, &name.value);
    /// The acts that save images.
    struct Saves(Vec<usize>);
    let acts = &place.job.trace.acts;
    let all = place.reading.of_job(place.job, || {
        Saves((0..acts.len()).filter(|act| matches!(acts[*act].verb(), Some(Verb::Save { .. }))).collect())
    });
    let saves = |act: &&Act| matches!(act.verb(), Some(Verb::Save { images, .. }) if images.iter().any(is_it));
    let Some(saved) = all.0.iter().map(|act| &acts[*act]).find(saves) else { return Ok(None) };
    // What is loaded on another machine is found there by this tag, by who knows nothing of the run.
    let loads = |act: &&Act| matches!(act.verb(), Some(Verb::Load { .. }));
    let mut loaded = place.analysed.jobs.iter().flat_map(|job| job.trace.acts.iter().filter(loads)).peekable();
    if loaded.peek().is_some() && loaded.all(|act| act.target() == Target::Here) {
        return Ok(Some(format!("who loads what `{}` writes finds the image under the run's tag", saved.text)));
    }
    Err(Withheld::because(format!(
        "`{}` writes the tag into its file, and whoever loads that looks for this one: build it under a tag of the \
         run, and give it this one right before it is saved (`docker tag`)",
        saved.text
    )))
}

/// Refuses to have each run remove its image where a command of the job needs one that an earlier run has left.
///
/// # Errors
/// When the job removes whatever images there are, and fails where there is none.
pub fn is_needed_by_no_list(place: &Place<'_>) -> Result<(), Withheld> {
    let needs_one = |removal: &&Removal| {
        removal.scope == Scope::Image && removal.selector.by == By::Listing && removal.shape == Shape::Substitution
    };
    let acts = place.job.removals.iter().filter(needs_one).filter_map(|removal| place.job.trace.acts.get(removal.act));
    match acts.into_iter().find(|act| act.may_end_script()) {
        None => Ok(()),
        Some(act) => Err(Withheld::because(format!(
            "`{}` fails where the daemon has no image, and each run would remove its own: give that list to \
             `xargs -r` first",
            act.text
        ))),
    }
}

/// Refuses an image that a Dockerfile is built on: it says the tag itself, and would find another run's image under it,
/// or none.
///
/// # Errors
/// When a Dockerfile that a build of the job reads says so.
pub fn is_no_base(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    /// What the builds of a job are built on: each image's key, the command, and who says so.
    struct Bases(HashMap<String, (usize, Said)>);
    enum Said {
        File(String),
        Text,
        Context,
    }
    let bases = place.reading.of_job(place.job, || {
        let mut all = HashMap::new();
        for (index, act) in place.job.trace.acts.iter().enumerate() {
            let Some(Verb::Build(build)) = act.verb().filter(|_| act.target() == Target::Here) else { continue };
            for image in build.context_images() {
                all.entry(key(NameKind::Image, &image)).or_insert((index, Said::Context));
            }
            let file = if build.reads_stdin() { None } else { dockerfile(scene, act, build) };
            let text = match &file {
                Some(source) => source.text().to_owned(),
                None if build.reads_stdin() => act.fed_text().unwrap_or_default(),
                None => continue,
            };
            for image in docker::bases(&text, build) {
                let said = || file.as_ref().map_or(Said::Text, |source| Said::File(source.path().to_string()));
                all.entry(key(NameKind::Image, &image)).or_insert_with(|| (index, said()));
            }
        }
        Bases(all)
    });
    let Some((act, said)) = bases.0.get(&key(NameKind::Image, &name.value)) else { return Ok(()) };
    let by = place.job.trace.acts.get(*act).map_or("", |act| &act.text);
    let text = match said {
        Said::File(path) => format!("`{path}`"),
        Said::Text => "the Dockerfile in its text".to_owned(),
        Said::Context => {
            return Err(Withheld::because(format!(
                "`{by}` builds on this very tag, which its `--build-context` says: pass it with `--build-arg BASE=…`, and \
                 have the Dockerfile say `ARG BASE` and `FROM $BASE`"
            )));
        }
    };
    Err(Withheld::because(format!(
        "`{by}` builds on this very tag, which {text} says: have it say `ARG BASE` and `FROM $BASE`, and pass the tag with \
         `--build-arg BASE=…`"
    )))
}

/// The Dockerfile that a build reads, where it is one of the repository.
fn dockerfile(scene: &Scene<'_>, act: &Act, build: &Build) -> Option<Source> {
    let context = build.context.as_ref().map_or_else(|| Value::literal("."), |context| context.value.clone());
    let path = match &build.file {
        Some(file) => file.value.clone(),
        None => context.then(Value::literal("/Dockerfile")),
    };
    match resolve(&act.directory, &path, None) {
        Resolved::File(path) => scene.files?.read(&path),
        _ => None,
    }
}

/// Refuses an image that another client builds as well, or that is built on another machine: a step at the end would
/// not remove that.
///
/// # Errors
/// When some job of the workflow does so.
pub fn is_built_here_alone(place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let builds = Builds::of(place);
    let own = place.job.job.id.value();
    // Another job's name follows only where both have it from the workflow's variable.
    let mut told = place.analysed.workflow.env.entries.iter().filter_map(|var| var.text.as_ref());
    let is_shared = told.any(|text| same(NameKind::Image, &place.job.contexts.text(text.value()), &name.value));
    let acts = builds.under(name).filter_map(|built| {
        let job = place.analysed.jobs.get(built.job)?;
        let id = job.job.id.value();
        (id == own || is_shared).then_some((id, job.trace.acts.get(built.act)?))
    });
    let is_elsewhere = |(_, act): &(&str, &Act)| match &act.kind {
        ActKind::Docker(call) => !call.program.asks_docker() || act.target() != Target::Here,
        _ => false,
    };
    let Some((job, act)) = acts.into_iter().find(is_elsewhere) else { return Ok(()) };
    let text = &act.text;
    let who = if job == own { String::new() } else { format!("in the job `{job}` ") };
    let how = match &act.kind {
        ActKind::Docker(call) if !call.program.asks_docker() => "by another client than docker",
        _ => "on another machine",
    };
    Err(Withheld::because(format!(
        "{who}`{text}` builds it {how}, where no step of this job can remove it, so each run would leave an image there"
    )))
}

/// The jobs of the workflow that build an image, by their places, each with the last act that does so.
pub fn builders(place: &Place<'_>, name: &Name) -> BTreeMap<usize, usize> {
    Builds::of(place).under(name).map(|built| (built.job, built.act)).collect()
}

/// The acts of the job that build an image.
pub fn builds_in_job(place: &Place<'_>, name: &Name) -> BTreeSet<usize> {
    let own = place.job.job.id.value();
    let is_own = |built: &&Built| place.analysed.jobs.get(built.job).is_some_and(|job| job.job.id.value() == own);
    Builds::of(place).under(name).filter(is_own).map(|built| built.act).collect()
}

/// The other jobs, by their places, that build an image which only the workflow's variable names (`"$IMAGE"`), and
/// leave it: with the run in that variable each of them leaves one of the run's.
pub fn built_elsewhere(place: &Place<'_>, name: &Name, word: &str) -> Vec<usize> {
    let variable = word.strip_prefix("\"$").and_then(|word| word.strip_suffix('"')).unwrap_or_default();
    let own = place.job.job.id.value();
    let is_set = |there: &Place<'_>| there.job.job.env.get(variable).is_some();
    if place.analysed.workflow.env.get(variable).is_none() || is_set(place) {
        return Vec::new();
    }
    let leaves = |(at, act): &(usize, usize)| {
        let there = place.of(*at).filter(|there| there.job.job.id.value() != own && !is_set(there));
        there.is_some_and(|there| !is_removed(&there, &Name { act: *act, ..name.clone() }))
    };
    builders(place, name).into_iter().filter(leaves).map(|(at, _)| at).collect()
}

/// Adds a step that removes images, behind everything that may have containers of them.
///
/// # Errors
/// When the job's steps cannot be edited.
pub fn remove_at_end(draft: &mut Draft<'_>, place: &Place<'_>, images: &[&Leftover]) -> Result<(), Withheld> {
    let name = match images {
        [] => return Ok(()),
        // Of one of several that a variable may say there is no name.
        [only] if only.shown.is_empty() => "Remove the image".to_owned(),
        [only] => format!("Remove the {} image", only.shown),
        _ => "Remove the images".to_owned(),
    };
    let words: Vec<&str> = images.iter().map(|image| image.word.as_str()).collect();
    let client = images.first().map_or("docker", |image| &image.client);
    let step = NewStep {
        name,
        condition: Some("always()".to_owned()),
        shell: (!place.is_posix()).then(|| "bash".to_owned()),
        run: Some(format!("{client} rmi {} || true", words.join(" "))),
        ..NewStep::default()
    };
    let job = &place.job.job;
    draft.insert_step(&place.analysed.path, job, job.steps.len(), &step)
}

/// Changes the tag where services of compose files have it.
fn services(
    draft: &mut Draft<'_>,
    renaming: &Renaming<'_, '_>,
    tag: &str,
    tail: Option<&Tail>,
) -> Result<(), Withheld> {
    let Renaming { place, suffix, .. } = *renaming;
    let tag = Value::literal(tag);
    // What the file says by the variable has the run with it.
    let told: Vec<Location> = tail.map(|tail| tail.places(draft.scene(), place)).unwrap_or_default();
    for (at, written) in in_services(place, &tag).into_iter().filter(|(at, _)| !told.contains(at)) {
        let unclear = || Withheld::because(format!("`{}` uses the name in a way that cannot be edited", at.path));
        // What a variable of compose's gives stands nowhere in the file: `${X:-shop}:ci`.
        let stands = |name: &str| {
            let source = draft.scene().source(&at.path);
            source.is_some_and(|source| source.slice(at.span).trim_matches(['"', '\'']) == name)
        };
        let (cut, added) = match suffix.variable() {
            Some(held) if written == held.literal && stands(&written) => (written.len(), held.with_default()),
            Some(_) => return Err(unclear()),
            None => {
                // The run is set in every workflow, and whoever else names the image does so without it.
                if let Some(other) = callers::other_workflow(draft.scene(), &at.path, place.tree.source().path()) {
                    return Err(Withheld::because(format!(
                        "`{other}` uses `{}` as well, where the image would get another tag, too: take the tag from \
                         a variable with the old one as its default, and set it in each job that removes the image",
                        at.path
                    )));
                }
                let added = suffix.in_compose().ok_or_else(|| {
                    Withheld::because(format!(
                        "`{}` uses the name too, and does not know the legs of the matrix",
                        at.path
                    ))
                })?;
                (suffix.replaces(&written), added)
            }
        };
        if !suffix.fits(&written) {
            return Err(unclear());
        }
        let at = within_quotes(draft.scene(), at);
        match cut {
            0 => draft.insert(&at, false, &added)?,
            _ => {
                let end = Span::new(at.span.end - cut, at.span.end);
                draft.replace(&Location { span: end, ..at.clone() }, &added)?;
            }
        }
    }
    Ok(())
}

/// A place without the quotes that it begins and ends with.
fn within_quotes(scene: &Scene<'_>, at: &Location) -> Location {
    let source = scene.source(&at.path);
    let written = source.as_ref().map_or("", |source| source.slice(at.span));
    let is_quoted = written.len() > 1 && ['"', '\''].iter().any(|&q| written.starts_with(q) && written.ends_with(q));
    let span = if is_quoted { Span::new(at.span.start + 1, at.span.end - 1) } else { at.span };
    Location { span, ..at.clone() }
}

/// Where services of the job's compose files have an image, each place with what is written there.
pub fn in_services<'p>(place: &Place<'p>, name: &Value) -> Vec<(&'p Location, String)> {
    let mut found: Vec<(&Location, String)> = Vec::new();
    for service in place.job.stacks.values().flat_map(|stack| &stack.services) {
        let image = service.image.as_ref().filter(|image| same(NameKind::Image, image, name));
        let Some((image, at)) = image.zip(service.image_at.as_ref()) else { continue };
        if !found.iter().any(|(known, _)| *known == at) {
            found.push((at, image.to_string()));
        }
    }
    found
}
