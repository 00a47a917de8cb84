//! Images that a job builds into the daemon, and what uses their tags.

use std::collections::HashMap;

use super::input::JobInput;
use crate::command::Arg;
use crate::docker::{ActionVerb, Bake, Build, ComposeVerb, Reference, Verb, bases};
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// A tag that a job puts on an image of the daemon.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The tag.
    pub name: Value,
    /// Where it is written.
    pub at: Option<Location>,
    /// The act that builds it.
    pub act: usize,
    /// `build`, `bake`, `compose`, `action`.
    pub by: &'static str,
    /// Whether the image is put into the daemon.
    pub loaded: Truth,
    /// Whether the build itself pushes it.
    pub pushed: Truth,
    /// The compose service, whose own files use it.
    pub service: Option<String>,
}

/// How a later command uses a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It reads the image.
    Reads,
    /// It pushes it.
    Pushes,
}

/// The tags of every build, in order: of one build all stand together.
pub fn tags(input: &JobInput<'_>) -> Vec<Vec<Tag>> {
    let mut builds = Vec::new();
    for (index, act) in input.trace.acts.iter().enumerate() {
        match act.verb() {
            Some(Verb::Build(build)) => builds.push(of_build(index, act, build)),
            Some(Verb::Bake(bake)) => builds.push(of_bake(index, act, bake)),
            Some(Verb::Compose(compose)) => {
                let builds_now = match &compose.verb {
                    ComposeVerb::Build { .. } => true,
                    ComposeVerb::Up(up) | ComposeVerb::Create(up) => up.build.is_yes(),
                    _ => false,
                };
                let stack = input.stacks.get(&index).filter(|_| builds_now);
                let services = stack.map(|stack| stack.services.as_slice()).unwrap_or_default();
                for service in services.iter().filter(|service| service.builds) {
                    let Some(image) = &service.image else { continue };
                    builds.push(vec![Tag {
                        name: image.clone(),
                        at: service.image_at.clone(),
                        act: index,
                        by: "compose",
                        loaded: Truth::Yes,
                        pushed: Truth::No,
                        service: Some(service.id.clone()),
                    }]);
                }
            }
            _ => {}
        }
    }
    builds.retain(|tags| !tags.is_empty());
    builds
}

fn of_build(index: usize, act: &Act, build: &Build) -> Vec<Tag> {
    let by = if is_action(act) { "action" } else { "build" };
    let tag = |tag: &Arg, value: &Value| Tag {
        name: with_latest(value),
        at: Some(act.location_of(tag)),
        act: index,
        by,
        loaded: build.in_daemon(),
        pushed: build.push,
        service: None,
    };
    build.tags.iter().flat_map(|arg| each(act, &arg.value).into_iter().map(|value| tag(arg, &value))).collect()
}

/// What a word stands for: in a loop one text after the other.
fn each(act: &Act, value: &Value) -> Vec<Value> {
    let several = act.context.in_loop.then(|| value.candidates()).flatten().filter(|all| all.len() > 1);
    several.map_or_else(|| vec![value.clone()], |all| all.into_iter().map(Value::literal).collect())
}

/// Tags of `--set TARGET.tags=TAG`; those of its files are not read.
fn of_bake(index: usize, act: &Act, bake: &Bake) -> Vec<Tag> {
    let by = if is_action(act) { "action" } else { "bake" };
    let set = bake.set.iter().filter_map(|set| {
        let (key, value) = set.value.split_once('=')?;
        let tagged = key.suffix().ends_with(".tags") || key.suffix().ends_with(".tags+");
        tagged.then(|| Tag {
            name: with_latest(&value),
            at: Some(act.location_of(set)),
            act: index,
            by,
            loaded: bake.load,
            pushed: bake.push,
            service: None,
        })
    });
    set.collect()
}

fn is_action(act: &Act) -> bool {
    matches!(&act.kind, ActKind::Action(call) if matches!(call.verb, ActionVerb::Docker(_)))
}

/// With the tag that docker adds.
fn with_latest(tag: &Value) -> Value {
    match (tag.as_literal(), Reference::parse(tag).tag) {
        (Some(_), None) => tag.clone().then(Value::literal(":latest")),
        _ => tag.clone(),
    }
}

/// The images that a command of docker's names, and what it does with them.
fn named(act: &Act) -> (Use, Vec<&Arg>) {
    match act.verb() {
        Some(Verb::Run(run) | Verb::Create(run)) => (Use::Reads, run.image.iter().collect()),
        Some(Verb::Tag { source, .. }) => (Use::Reads, vec![source]),
        Some(Verb::Save { images, .. }) => (Use::Reads, images.iter().collect()),
        Some(Verb::Push { images, all_tags }) if !all_tags.is_yes() => (Use::Pushes, images.iter().collect()),
        _ => (Use::Reads, Vec::new()),
    }
}

/// The images that a build is made of: those that its arguments and contexts name, and those of a Dockerfile that it is
/// fed.
fn made_of(act: &Act) -> Vec<Value> {
    let Some(Verb::Build(build)) = act.verb() else { return Vec::new() };
    let values = build.build_args.iter().filter_map(|arg| Some(arg.value.split_once('=')?.1));
    // `VERSION=1.2` names no image; `BASE=app:ci` and `BASE=$IMAGE` may.
    let mut images: Vec<Value> =
        values.filter(|value| value.as_literal().is_none_or(|text| text.contains(':'))).collect();
    let fed = build.reads_stdin().then(|| act.fed_text()).flatten().unwrap_or_default();
    images.extend(bases(&fed, build));
    images.extend(build.context_images());
    images
}

/// The images that a job's commands come to in loops over several, with the first act that does.
#[derive(Debug, Default)]
pub struct Looped(HashMap<String, usize>);

impl Looped {
    /// Of a job's acts.
    pub fn of(acts: &[Act]) -> Self {
        let mut looped = Self::default();
        for (index, act) in acts.iter().enumerate().filter(|(_, act)| act.context.in_loop) {
            let several = named(act).1.into_iter().filter(|arg| arg.value.as_literal().is_none());
            for image in several.flat_map(|arg| each(act, &arg.value)).filter(|image| image.as_literal().is_some()) {
                looped.0.entry(Reference::parse(&image).key()).or_insert(index);
            }
        }
        looped
    }

    /// The act that comes to an image.
    pub fn act(&self, image: &Value) -> Option<usize> {
        self.0.get(&Reference::parse(image).key()).copied()
    }
}

/// What a job's acts say of images, found by what they are called.
#[derive(Debug, Default)]
pub struct Mentions {
    images: HashMap<String, Vec<(usize, Use, Reference)>>,
    /// The acts that push all tags of a repository.
    pushes: HashMap<String, Vec<usize>>,
    /// Words of other programs that may be a tag.
    words: HashMap<String, Vec<(usize, Arg)>>,
    compose: Vec<usize>,
}

impl Mentions {
    /// Of a job.
    pub fn of(input: &JobInput<'_>) -> Self {
        let mut mentions = Self::default();
        for (index, act) in input.trace.acts.iter().enumerate() {
            let (how, images) = named(act);
            for image in images.into_iter().flat_map(|image| each(act, &image.value)) {
                let reference = Reference::parse(&image);
                mentions.images.entry(reference.key()).or_default().push((index, how, reference));
            }
            for image in made_of(act).iter().flat_map(|image| each(act, image)) {
                let reference = Reference::parse(&image);
                mentions.images.entry(reference.key()).or_default().push((index, Use::Reads, reference));
            }
            match (act.verb(), &act.kind) {
                (Some(Verb::Push { images, all_tags }), _) if all_tags.is_yes() => {
                    for image in images {
                        let key = Reference::parse(&image.value).repository_key();
                        mentions.pushes.entry(key).or_default().push(index);
                    }
                }
                (Some(Verb::Compose(_)), _) => mentions.compose.push(index),
                (None, ActKind::Command { argv, .. }) => {
                    for arg in argv.iter().filter(|arg| may_be_tag(arg)) {
                        mentions.words.entry(arg.value.to_string()).or_default().push((index, arg.clone()));
                    }
                }
                (None, ActKind::Uses { .. }) => {
                    for arg in image_inputs(input, act).filter(may_be_tag) {
                        mentions.words.entry(arg.value.to_string()).or_default().push((index, arg));
                    }
                }
                _ => {}
            }
        }
        mentions
    }

    /// The acts that use a tag after it was built, and how. One that holds a value of the matrix is used by a leg that
    /// says it in full.
    pub fn uses(&self, input: &JobInput<'_>, tag: &Tag) -> Vec<(usize, Use)> {
        let legs = tag.name.candidates().filter(|all| all.len() > 1).unwrap_or_default();
        let names = legs.into_iter().map(Value::literal).chain([tag.name.clone()]);
        let mut found: Vec<(usize, Use)> = names.flat_map(|name| self.uses_of(input, tag, &name)).collect();
        found.retain(|(index, _)| *index > tag.act || *index == tag.act && tag.service.is_some());
        found.sort_by_key(|(index, _)| *index);
        found.dedup_by_key(|(index, _)| *index);
        found
    }

    /// The acts that use an image by this name of a tag.
    fn uses_of(&self, input: &JobInput<'_>, tag: &Tag, name: &Value) -> Vec<(usize, Use)> {
        let reference = Reference::parse(name);
        let images = self.images.get(&reference.key()).into_iter().flatten();
        let images = images.filter(|(.., image)| image.same(&reference).is_yes()).map(|(index, how, _)| (*index, *how));
        let pushes = self.pushes.get(&reference.repository_key()).into_iter().flatten();
        let pushes = pushes.map(|index| (*index, Use::Pushes));
        let words = self.words.get(&name.to_string()).into_iter().flatten();
        let words = words.filter(|(_, arg)| arg.value.same(name).is_yes()).map(|(index, _)| (*index, Use::Reads));
        let compose = self.compose.iter().filter_map(|index| match input.trace.acts[*index].verb()? {
            Verb::Compose(compose) => Some((*index, compose_use(input, *index, &compose.verb, tag, &reference)?)),
            _ => None,
        });
        images.chain(pushes).chain(words).chain(compose).collect()
    }
}

/// The inputs of an action that name an image: `image-ref: app:test`.
fn image_inputs<'a>(input: &'a JobInput<'_>, act: &Act) -> impl Iterator<Item = Arg> + use<'a> {
    let step = input.trace.steps.get(act.step).filter(|_| act.chain.is_empty());
    let step = step.and_then(|step| input.job.steps.iter().find(|own| own.index == step.index));
    let named = step.into_iter().flat_map(|step| &step.with.entries);
    named.filter(|var| var.name.value().to_ascii_lowercase().contains("image")).filter_map(|var| {
        let text = var.text.as_ref()?;
        Some(Arg::new((input.text)(text.value().trim()), var.span.range()))
    })
}

/// Whether a word of another program may be a tag: `trivy image app:test`.
fn may_be_tag(arg: &Arg) -> bool {
    arg.value.as_literal().is_none_or(|text| text.contains(':'))
}

fn compose_use(
    input: &JobInput<'_>,
    index: usize,
    verb: &ComposeVerb,
    tag: &Tag,
    reference: &Reference,
) -> Option<Use> {
    let how = match verb {
        ComposeVerb::Up(_) | ComposeVerb::Create(_) | ComposeVerb::Run(_) => Use::Reads,
        ComposeVerb::Push { .. } => Use::Pushes,
        _ => return None,
    };
    let stack = input.stacks.get(&index)?;
    let same = |image: &Value| Reference::parse(image).same(reference).is_yes();
    let service = stack.services.iter().find(|service| service.image.as_ref().is_some_and(same))?;
    // A build in the same call is its own use only for what that call starts.
    (index != tag.act || tag.service.as_deref() == Some(service.id.as_str())).then_some(how)
}
