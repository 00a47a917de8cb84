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
pub fn declared(
    declarations: &[Declaration],
    path: &str,
    trace: &JobTrace,
    is_test: &dyn Fn(usize) -> bool,
) -> Vec<Resource> {
    let made = declarations.iter().filter_map(|declaration| {
        let act = made_by(declaration.made_by.as_deref()?, path, trace, is_test)?;
        Some(resource(declaration, act))
    });
    made.collect()
}

/// The act that makes it: the call of the script or program; for a workflow what its test step, its background
/// server or else its first own command starts.
fn made_by(maker: &str, path: &str, trace: &JobTrace, is_test: &dyn Fn(usize) -> bool) -> Option<usize> {
    if ends_with(path, maker) {
        let first = |fits: &dyn Fn(&Act) -> bool| trace.acts.iter().position(|act| is_own(act) && fits(act));
        return first(&|act| act.context.background)
            .or_else(|| first(&|act| is_test(act.step)))
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
            // The path is taken off the program's name.
            let written = act.text.split_whitespace().next().unwrap_or_default();
            (program == maker || ends_with(written, maker) || argv.first().is_some_and(named)) && !only_asks(argv)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::script;

    /// The name, if all of it is known, and the act that makes it.
    fn made(name: &str, made_by: &str, run: &str) -> Option<(Option<String>, usize)> {
        let some = |text: &str| Some(text.to_owned());
        let declaration = Declaration { name: some(name), made_by: some(made_by), ..Declaration::default() };
        let made = declared(&[declaration], ".gitea/workflows/ci.yml", &script(run), &|_| false);
        let name = |made: &Resource| made.name.as_ref().and_then(Value::as_literal).map(str::to_owned);
        made.first().map(|made| (name(made), made.act))
    }

    #[test]
    fn a_declared_name_is_known_when_all_of_it_is_written() {
        let lab = Some("lab".to_owned());
        assert_eq!(made("^lab$", "labctl", "labctl up"), Some((lab, 0)));
        for pattern in ["^lab", "lab$", "^lab.*$", "^lab-[0-9]+$"] {
            assert_eq!(made(pattern, "labctl", "labctl up"), Some((None, 0)), "{pattern}");
        }
    }

    #[test]
    fn what_calls_the_program_makes_it() {
        let found = |made_by, run| made("^lab$", made_by, run).map(|(_, act)| act);
        for (made_by, run, act) in [
            ("labctl", "make lint\nlabctl up", Some(1)),
            ("labctl", "labctl status\nlabctl logs", None),
            ("labctl", "otherctl up", None),
            // A program of which berthlint knows that it makes containers.
            ("supabase", "make lint\nsupabase start", Some(1)),
            ("ddev", "supabase start", None),
            ("bin/lab", "make lint\n./bin/lab up", Some(1)),
            ("bin/lab", "./bin/lab status", None),
            ("bin/lab", "./my-bin/lab up", None),
        ] {
            assert_eq!(found(made_by, run), act, "{made_by}: {run}");
        }
    }
}
