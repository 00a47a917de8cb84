//! `docker build`, `docker buildx build`, `docker buildx bake`.

use super::NetworkChoice;
use crate::command::Arg;
use crate::command::options::Options;
use crate::symbol::Value;
use crate::truth::Truth;

/// A build of one image: made here of a command, and in `actions.rs` of the action that builds. What its options say is
/// read with `Options`: [`Options::values`] of one that is given often, [`Options::value`] of one with a value, and
/// [`Options::flag`] of one without.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    /// Each `-t`; none: an image without a name.
    pub tags: Vec<Arg>,
    /// `-f`; `Dockerfile` in the context without.
    pub file: Option<Arg>,
    /// The context: a folder, a URL, or `-` for standard input.
    pub context: Option<Arg>,
    /// `--target`.
    pub target: Option<Arg>,
    /// It goes through buildx with a builder of its own, so that the daemon gets the image only by `load`.
    pub buildx: bool,
    /// `--load`.
    pub load: Truth,
    /// `--push`.
    pub push: Truth,
    /// Each `--output`.
    pub outputs: Vec<Arg>,
    /// Each `--label`.
    pub labels: Vec<Arg>,
    /// `--network`.
    pub network: Option<Arg>,
    /// Each `--build-arg`.
    pub build_args: Vec<Arg>,
    /// Each `--build-context`.
    pub contexts: Vec<Arg>,
    /// Each `--cache-from` and `--cache-to`.
    pub caches: Vec<Arg>,
    /// `--iidfile`.
    pub iidfile: Option<Arg>,
    /// `--builder`.
    pub builder: Option<Arg>,
}

impl Build {
    /// Whether its `RUN` commands are on the host's network: they reach what is published there.
    pub fn is_on_host(&self) -> bool {
        self.network.as_ref().is_some_and(|network| NetworkChoice::parse(&network.value) == NetworkChoice::Host)
    }

    pub(super) fn new(buildx: bool, options: &Options, words: &[Arg]) -> Self {
        Self {
            tags: options.values("tag"),
            file: options.value("file"),
            // One word is the context; one that may hold options is not it while there is another.
            context: words.iter().find(|word| !options.doubts(&word.span)).or(words.last()).cloned(),
            target: options.value("target"),
            buildx,
            load: options.flag("load"),
            push: options.flag("push"),
            outputs: options.values("output"),
            labels: options.values("label"),
            network: options.value("network").or_else(|| options.value("net")),
            build_args: options.values("build-arg"),
            contexts: options.values("build-context"),
            caches: [options.values("cache-from"), options.values("cache-to")].concat(),
            iidfile: options.value("iidfile"),
            builder: options.value("builder"),
        }
    }

    /// Whether its Dockerfile, or its context with that in it, comes from standard input.
    pub fn reads_stdin(&self) -> bool {
        [&self.file, &self.context].into_iter().flatten().any(|arg| arg.is("-"))
    }

    /// Whether a `--build-arg` says the argument `name`.
    pub fn gives(&self, name: &str) -> bool {
        let is_it = |arg: &Arg| {
            let said = arg.value.prefix();
            said.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        self.build_args.iter().any(is_it)
    }

    /// What a `--build-arg` says that the argument `name` is: the last one counts. Nothing where it is the
    /// environment's.
    pub fn argument(&self, name: &str) -> Option<Value> {
        let said = self.build_args.iter().rev().filter_map(|arg| arg.value.split_once('='));
        said.into_iter().find(|(said, _)| said.as_literal() == Some(name)).map(|(_, value)| value)
    }

    /// What a `--build-context` puts in the place of the image or stage `name`.
    pub fn context_of(&self, name: &str) -> Option<Value> {
        let said = self.contexts.iter().filter_map(|arg| arg.value.split_once('='));
        said.into_iter().find(|(said, _)| said.as_literal() == Some(name)).map(|(_, value)| value)
    }

    /// The images that a `--build-context` names.
    pub fn context_images(&self) -> impl Iterator<Item = Value> + '_ {
        let said = self.contexts.iter().filter_map(|arg| arg.value.split_once('='));
        said.filter_map(|(_, value)| value.strip_prefix("docker-image://"))
    }

    /// The images in which it finds or leaves layers: `--cache-from app:ci`, `--cache-to type=registry,ref=app:ci`.
    pub fn cache_images(&self) -> impl Iterator<Item = Value> + '_ {
        self.caches.iter().flat_map(|arg| arg.value.split(',')).filter_map(|part| match part.strip_prefix("ref=") {
            Some(image) => Some(image),
            None => (!part.prefix().contains('=')).then_some(part),
        })
    }

    /// Whether the image ends up in the daemon. Plain `docker build` puts it there; `buildx build` does so
    /// with `--load` or `--output type=docker`, or when its builder is the daemon's own (docker's `default`
    /// one, unless a step set up another).
    pub fn in_daemon(&self) -> Truth {
        let docker = self.outputs.iter().any(|output| output.value.prefix().contains("type=docker"));
        if docker || self.load.is_yes() {
            return Truth::Yes;
        }
        match (self.buildx, self.outputs.is_empty(), self.push) {
            (_, false, _) => Truth::No,
            (false, true, _) => Truth::Yes,
            (true, true, Truth::Yes) => Truth::No,
            (true, true, _) => Truth::Unknown,
        }
    }
}

/// `docker buildx bake`: builds declared in files.
#[derive(Clone, Debug, PartialEq)]
pub struct Bake {
    /// Each `-f`; none: `docker-bake.hcl`, `docker-bake.json`, compose files.
    pub files: Vec<Arg>,
    /// The targets; none: `default`.
    pub targets: Vec<Arg>,
    /// `--load`.
    pub load: Truth,
    /// `--push`.
    pub push: Truth,
    /// Each `--set TARGET.FIELD=VALUE`.
    pub set: Vec<Arg>,
}

impl Bake {
    pub(super) fn new(options: &Options, words: Vec<Arg>) -> Self {
        let (load, push) = (options.flag("load"), options.flag("push"));
        Self { files: options.values("file"), targets: words, load, push, set: options.values("set") }
    }
}
