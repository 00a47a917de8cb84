//! From docker's words to a [`Verb`]: both spellings of each command, and which options it takes.

use super::build::{Bake, Build};
use super::client::Client;
use super::control::Action;
use super::run::Run;
use super::tables;
use super::verb::{Control, Exec, List, Make, ObjectKind, Prune, PrunedBuilder, Remove, Verb};
use crate::command::Arg;
use crate::command::options::{Grammar, Options};
use crate::truth::Truth;

/// Reads docker's words behind the global options: the verb, its options, and how many words lead to them.
pub(super) fn verb(program: Client, words: &[Arg]) -> (Verb, Options, usize) {
    let name = |at: usize| words.get(at).and_then(Arg::text).unwrap_or_default();
    let first = name(0);
    if first == "buildx" || (first == "builder" && name(1) == "build") {
        let (verb, options, own) = builder(&words[1..]);
        return (verb, options, own + 1);
    }
    let managed = ["container", "image", "network", "volume", "system", "builder", "pod", "context", "manifest"];
    let (object, verb, lead) = match first {
        "" => ("", "", 0),
        object if managed.contains(&object) => (object, name(1), 2),
        verb => (home(program, verb), verb, 1),
    };
    let lead = lead.min(words.len());
    let (verb, options) = read(object, verb, &words[lead..]);
    (verb, options, lead)
}

/// The object of a command that is written without one.
fn home(program: Client, verb: &str) -> &'static str {
    match verb {
        "rm" | "from" if program == Client::Buildah => "",
        "images" | "rmi" | "build" | "bud" | "pull" | "push" | "tag" | "save" | "load" | "import" | "history" => {
            "image"
        }
        "info" | "events" => "system",
        "run" | "create" | "start" | "restart" | "stop" | "kill" | "wait" | "pause" | "unpause" | "rm" | "remove"
        | "exec" | "ps" | "rename" | "update" | "commit" | "logs" | "port" | "cp" | "stats" | "top" | "diff"
        | "attach" | "export" => "container",
        _ => "",
    }
}

fn read(object: &str, verb: &str, args: &[Arg]) -> (Verb, Options) {
    let kind = ObjectKind::of(object);
    match (kind, verb) {
        (Some(ObjectKind::Container), _) => container(verb, args),
        (Some(ObjectKind::Image), _) => image(verb, args),
        (Some(kind), "prune") => {
            let (options, _) = tables::PRUNE.parse(args);
            (Verb::Prune(Prune::new(kind, &options)), options)
        }
        (Some(kind @ (ObjectKind::Network | ObjectKind::Volume | ObjectKind::Pod)), _) => resource(kind, verb, args),
        (Some(ObjectKind::System), "info" | "df" | "events" | "version") => (Verb::Info, tables::OTHER.parse(args).0),
        _ => other(object, verb, args),
    }
}

fn container(verb: &str, args: &[Arg]) -> (Verb, Options) {
    use Action::{Kill, Pause, Restart, Start, Stop, Unpause, Wait};
    let control = |action, grammar: &Grammar| {
        let (options, names) = grammar.parse(args);
        (Verb::Control(Control::new(action, ObjectKind::Container, &options, names)), options)
    };
    match verb {
        "run" | "create" => {
            let (options, words) = tables::RUN.parse(args);
            let run = Box::new(Run::new(&options, words));
            (if verb == "run" { Verb::Run(run) } else { Verb::Create(run) }, options)
        }
        "start" => control(Start, &tables::CONTROL),
        "restart" => control(Restart, &tables::CONTROL),
        "stop" => control(Stop, &tables::STOP),
        "kill" => control(Kill, &tables::STOP),
        "wait" => control(Wait, &tables::CONTROL),
        "pause" => control(Pause, &tables::STOP),
        "unpause" => control(Unpause, &tables::STOP),
        "rm" | "remove" => {
            let (options, names) = tables::REMOVE.parse(args);
            (Verb::Remove(Remove::new(ObjectKind::Container, &options, names)), options)
        }
        "exec" => {
            let (options, words) = tables::EXEC.parse(args);
            (Verb::Exec(Exec::new(&options, words)), options)
        }
        "ps" | "ls" | "list" => {
            let (options, words) = tables::LIST.parse(args);
            (Verb::List(List::new(ObjectKind::Container, &options, words)), options)
        }
        "prune" => {
            let (options, _) = tables::PRUNE.parse(args);
            (Verb::Prune(Prune::new(ObjectKind::Container, &options)), options)
        }
        "update" => {
            let (options, names) = tables::UPDATE.parse(args);
            (Verb::Update { names, restart: options.value("restart") }, options)
        }
        "inspect" => inspect(Some(ObjectKind::Container), args),
        "logs" => {
            let (options, names) = tables::LOGS.parse(args);
            (Verb::Logs { names, follow: options.flag("follow") }, options)
        }
        "rename" | "port" | "cp" | "commit" => pair(verb, args),
        "stats" | "top" | "diff" | "attach" | "export" => {
            let (options, names) = tables::OTHER.parse(args);
            (Verb::Look { names }, options)
        }
        _ => other("container", verb, args),
    }
}

/// Commands of one or two words.
fn pair(verb: &str, args: &[Arg]) -> (Verb, Options) {
    let (options, words) = match verb {
        "cp" => tables::COPY.parse(args),
        "commit" => tables::COMMIT.parse(args),
        "connect" | "disconnect" => tables::CONNECT.parse(args),
        _ => tables::IMAGE.parse(args),
    };
    let mut words = words.into_iter();
    let verb = match (verb, words.next(), words.next()) {
        ("rename", Some(from), Some(to)) => Verb::Rename { from, to },
        ("port", Some(container), port) => Verb::Port { container, port },
        ("cp", Some(from), Some(to)) => Verb::Copy { from, to },
        ("commit", Some(container), image) => Verb::Commit { container, image },
        ("tag", Some(source), Some(target)) => Verb::Tag { source, target },
        ("import", Some(_), image) => Verb::Import { image },
        ("connect", Some(network), Some(container)) => {
            Verb::Connect { network, container, aliases: options.values("alias") }
        }
        ("disconnect", Some(network), Some(container)) => {
            Verb::Disconnect { network, container, force: options.flag("force") }
        }
        // Too few words, or some that are not known.
        (verb, ..) => Verb::Other(vec![verb.to_owned()]),
    };
    (verb, options)
}

fn image(verb: &str, args: &[Arg]) -> (Verb, Options) {
    match verb {
        "build" | "bud" => {
            let (options, words) = tables::BUILD.parse(args);
            (Verb::Build(Box::new(Build::new(false, &options, &words))), options)
        }
        "rm" | "remove" | "rmi" => {
            let (options, names) = tables::REMOVE_IMAGE.parse(args);
            (Verb::Remove(Remove::new(ObjectKind::Image, &options, names)), options)
        }
        "ls" | "list" | "images" => {
            let (options, words) = tables::LIST.parse(args);
            (Verb::List(List::new(ObjectKind::Image, &options, words)), options)
        }
        "prune" => {
            let (options, _) = tables::PRUNE.parse(args);
            (Verb::Prune(Prune::new(ObjectKind::Image, &options)), options)
        }
        "inspect" => inspect(Some(ObjectKind::Image), args),
        "push" | "pull" | "save" | "load" => {
            let (options, images) = tables::IMAGE.parse(args);
            let verb = match verb {
                "push" => Verb::Push { images, all_tags: options.flag("all-tags") },
                "pull" => Verb::Pull { images },
                "save" => Verb::Save { images, output: options.value("output") },
                _ => Verb::Load { input: options.value("input") },
            };
            (verb, options)
        }
        "tag" | "import" => pair(verb, args),
        "history" | "tree" => {
            let (options, names) = tables::OTHER.parse(args);
            (Verb::Look { names }, options)
        }
        _ => other("image", verb, args),
    }
}

/// Networks, volumes and pods.
fn resource(kind: ObjectKind, verb: &str, args: &[Arg]) -> (Verb, Options) {
    match verb {
        "create" => {
            let (options, words) =
                if kind == ObjectKind::Pod { tables::POD.parse(args) } else { tables::MAKE.parse(args) };
            (Verb::Make(Make::new(kind, &options, &words)), options)
        }
        "rm" | "remove" => {
            let (options, names) =
                if kind == ObjectKind::Pod { tables::REMOVE.parse(args) } else { tables::REMOVE_OTHER.parse(args) };
            (Verb::Remove(Remove::new(kind, &options, names)), options)
        }
        "ls" | "list" | "ps" => {
            let (options, words) = tables::LIST.parse(args);
            (Verb::List(List::new(kind, &options, words)), options)
        }
        "inspect" => inspect(Some(kind), args),
        "connect" | "disconnect" => pair(verb, args),
        "start" | "stop" | "kill" | "restart" if kind == ObjectKind::Pod => {
            let (options, names) = tables::STOP.parse(args);
            let action = match verb {
                "start" => Action::Start,
                "stop" => Action::Stop,
                "kill" => Action::Kill,
                _ => Action::Restart,
            };
            (Verb::Control(Control::new(action, kind, &options, names)), options)
        }
        _ => other(kind.name(), verb, args),
    }
}

fn inspect(kind: Option<ObjectKind>, args: &[Arg]) -> (Verb, Options) {
    let (options, names) = tables::INSPECT.parse(args);
    let typed = options.value("type").and_then(|value| ObjectKind::of(value.text()?));
    (Verb::Inspect { kind: kind.or(typed), names, format: options.value("format") }, options)
}

/// Reads buildx' words: its command, the options, and how many words lead to it.
pub(super) fn builder(words: &[Arg]) -> (Verb, Options, usize) {
    // `docker buildx --builder x build`
    let (global, rest) = tables::BUILDX.parse(words);
    let lead = words.len() - rest.len();
    let Some((first, args)) = rest.split_first() else { return (Verb::Other(Vec::new()), Options::default(), lead) };
    let (mut verb, options) = match first.text().unwrap_or_default() {
        "build" | "b" => {
            let (options, words) = tables::BUILD.parse(args);
            (Verb::Build(Box::new(Build::new(true, &options, &words))), options)
        }
        "bake" | "f" => {
            let (options, words) = tables::BAKE.parse(args);
            (Verb::Bake(Box::new(Bake::new(&options, words))), options)
        }
        "prune" => {
            let (options, _) = tables::PRUNE.parse(args);
            let mut prune = Prune::new(ObjectKind::Builder, &options);
            let told = prune.builder.or_else(|| global.value("builder").map(PrunedBuilder::Named));
            prune.builder = Some(told.unwrap_or(PrunedBuilder::InUse));
            (Verb::Prune(prune), options)
        }
        verb @ ("create" | "rm" | "use" | "stop" | "inspect" | "ls" | "install" | "uninstall" | "du" | "version") => {
            let (options, mut names) = tables::BUILDER.parse(args);
            names.extend(options.value("name"));
            let in_use = if verb == "use" { Truth::Yes } else { options.flag("use") };
            (Verb::Builder { verb: verb.to_owned(), names, driver: options.value("driver"), in_use }, options)
        }
        verb => (Verb::Other(vec!["buildx".to_owned(), verb.to_owned()]), Options::default()),
    };
    if let Verb::Build(build) = &mut verb
        && build.builder.is_none()
    {
        build.builder = global.value("builder");
    }
    (verb, options, lead + 1)
}

fn other(object: &str, verb: &str, args: &[Arg]) -> (Verb, Options) {
    if verb == "inspect" && object.is_empty() {
        return inspect(None, args);
    }
    let (options, words) = tables::OTHER.parse(args);
    let verb = match (object, verb) {
        ("", "version" | "search") => Verb::Info,
        ("", "login" | "logout") => Verb::Login,
        ("context", "use") => match words.into_iter().next() {
            Some(name) => Verb::ContextUse { name },
            None => Verb::Other(vec!["context".to_owned(), "use".to_owned()]),
        },
        _ => {
            Verb::Other([object, verb].iter().filter(|word| !word.is_empty()).map(|word| (*word).to_owned()).collect())
        }
    };
    (verb, options)
}
