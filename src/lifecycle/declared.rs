//! What the configuration says that programs make, which no linter can read: resources like any other.

use super::resource::{Resource, ResourceKind};
use crate::command::Arg;
use crate::symbol::{Dimensions, Unique, Value};
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;

/// A container that a program makes, as the configuration declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// A regular expression for its name.
    pub name: Option<String>,
    /// A glob for its image.
    pub image: Option<String>,
    /// A label it carries, `key` or `key=value`.
    pub label: Option<String>,
    /// Who makes it: a workflow's file, a script or a program.
    pub made_by: Option<String>,
}

/// What a job of the workflow at `path` makes by way of programs, by the declarations.
pub fn declared(declarations: &[Declaration], path: &str, trace: &JobTrace, tests: &[bool]) -> Vec<Resource> {
    let made = declarations.iter().filter_map(|declaration| {
        let act = made_by(declaration.made_by.as_deref()?, path, trace, tests)?;
        Some(resource(declaration, act))
    });
    made.collect()
}

/// The act that makes it: the call of the script or program; for a workflow what its test step, its background
/// server or else its first own command starts.
fn made_by(maker: &str, path: &str, trace: &JobTrace, tests: &[bool]) -> Option<usize> {
    if ends_with(path, maker) {
        let first = |fits: &dyn Fn(&Act) -> bool| trace.acts.iter().position(|act| is_own(act) && fits(act));
        return first(&|act| act.context.background)
            .or_else(|| first(&|act| tests.get(act.step).copied().unwrap_or_default()))
            .or_else(|| first(&|_| true))
            .filter(|_| trace.acts.iter().any(is_docker));
    }
    trace.acts.iter().position(|act| calls(act, maker) && act.context.target == Target::Here)
}

/// Whether the act calls the program or script, or stands in it.
fn calls(act: &Act, maker: &str) -> bool {
    let through = act.chain.iter().any(|link| ends_with(&link.location.path, maker)) || ends_with(&act.at.path, maker);
    let by_name = match &act.kind {
        ActKind::Command { program, argv, .. } => {
            let named = |arg: &Arg| arg.text().is_some_and(|text| ends_with(text, maker));
            (program == maker || argv.first().is_some_and(named)) && !only_asks(argv)
        }
        ActKind::Program(call) => call.program == maker,
        ActKind::Uses { name } => name.split('@').next() == Some(maker),
        _ => false,
    };
    through || by_name
}

/// Whether a program is only asked something.
fn only_asks(argv: &[Arg]) -> bool {
    let asks = ["version", "--version", "-V", "help", "--help", "-h", "status", "list", "ls", "ps", "logs", "login"];
    argv.first().and_then(Arg::text).is_some_and(|first| asks.contains(&first))
}

/// Whether a path is, or ends in, another, folder by folder.
fn ends_with(path: &str, tail: &str) -> bool {
    let tail = tail.trim_start_matches("./");
    path.strip_suffix(tail).is_some_and(|head| head.is_empty() || head.ends_with('/'))
}

fn is_docker(act: &Act) -> bool {
    matches!(act.kind, ActKind::Docker(_)) && act.context.target == Target::Here
}

/// A command of the team's own, not what the shell or an image brings along.
fn is_own(act: &Act) -> bool {
    const SHELLS: [&str; 16] = [
        "echo", "printf", "cd", "export", "set", "test", "[", "mkdir", "cp", "chmod", "cat", "sleep", "curl",
        "apt-get", "true", "exit",
    ];
    let is_own = match &act.kind {
        ActKind::Command { program, .. } => !SHELLS.contains(&program.as_str()),
        _ => false,
    };
    is_own && act.context.target == Target::Here && act.context.trap.is_none()
}

fn resource(declaration: &Declaration, act: usize) -> Resource {
    let label = declaration.label.as_deref().map(|label| match label.contains('=') {
        true => Value::literal(label),
        false => Value::literal(format!("{label}=")).then(Value::unknown(format!("the value of {label}"))),
    });
    let shown = declaration.name.as_ref().or(declaration.label.as_ref()).or(declaration.image.as_ref());
    Resource {
        name: declaration.name.as_deref().map(name),
        labels: label.into_iter().collect(),
        labels_known: false,
        image: declaration.image.as_deref().map(image),
        declared: Some(shown.cloned().unwrap_or_default()),
        ..Resource::new(ResourceKind::Container, "declared", act, Target::Here)
    }
}

/// A name that a regular expression describes: its anchored literal, and a random rest.
fn name(pattern: &str) -> Value {
    let Some(rest) = pattern.strip_prefix('^') else { return random(pattern) };
    let special = |c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c));
    let (literal, tail) = rest.split_at(rest.find(special).unwrap_or(rest.len()));
    match tail {
        "$" => Value::literal(literal),
        _ => Value::literal(literal).then(random(pattern)),
    }
}

/// An image that a glob describes.
fn image(glob: &str) -> Value {
    match glob.split_once('*') {
        Some((head, _)) => Value::literal(head).then(Value::unknown(glob)),
        None => Value::literal(glob),
    }
}

fn random(source: &str) -> Value {
    Value::opaque(source, Unique::by(Dimensions::RANDOM), Truth::No)
}
