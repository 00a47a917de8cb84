//! The script that a container's shell reads: `docker run -i … sh -c 'apk add bash && bash -s' < FILE`.

use std::sync::Arc;

use super::scope::Flow;
use crate::command::shell::{Code, Shell, shell};
use crate::command::{Arg, Invocation};
use crate::docker::Run;
use crate::follow::{Directory, Resolved, resolve};
use crate::shell::{Statement, StatementKind, parse};
use crate::symbol::{Unique, Value, Variables};
use crate::truth::Truth;

/// The shell that reads its script from the standard input of a container, if its command comes to one.
pub(super) fn reader(run: &Run) -> Option<Shell> {
    if run.entrypoint.is_some() {
        return None;
    }
    let own = shell(&Invocation::parse(&run.command)?)?;
    match &own.code {
        Code::Stdin => Some(own),
        Code::Text(words) => {
            let [text] = words.as_slice() else { return None };
            last_of(parse(text.text()?).body.last()?)
        }
        Code::Script(_) | Code::Source(_) => None,
    }
}

/// The shell with which a list ends.
fn last_of(statement: &Statement) -> Option<Shell> {
    match &statement.kind {
        StatementKind::And(_, right) => last_of(right),
        StatementKind::Command(command) => {
            let words = command.words.iter().map(|word| Some(Arg::new(Value::literal(&*word.literal()?), 0..0)));
            let words: Vec<Arg> = words.collect::<Option<_>>()?;
            shell(&Invocation::parse(&words)?).filter(|shell| shell.code == Code::Stdin)
        }
        _ => None,
    }
}

/// The script file that a shell reads as its standard input: `bash -s < FILE`, `cat FILE | sh`.
pub(super) fn script_on_stdin(flow: &Flow) -> Option<Value> {
    if flow.file.is_some() {
        return flow.file.clone();
    }
    let [only] = flow.context.stdin.as_ref()?.stages.as_slice() else { return None };
    let [file] = only.argv.as_slice() else { return None };
    (only.program == "cat").then(|| file.value.clone())
}

/// The variables that a container is given: `-e NAME=value`, and `-e NAME` as the caller has it. What its image sets,
/// and what a file hands over, nobody knows.
pub(super) fn environment(run: &Run, caller: &Variables) -> Variables {
    let given = run.env.iter().filter_map(|arg| match arg.value.split_once('=') {
        Some((name, value)) => Some((Arc::from(name.as_literal()?), value)),
        None => {
            let name = arg.text()?;
            Some((Arc::from(name), caller.get(name)?.clone()))
        }
    });
    given.collect()
}

/// A file of the checkout, named so that it is found from any folder.
pub(super) fn from_anywhere(directory: &Directory, path: Value) -> Value {
    match resolve(directory, &path, None) {
        Resolved::File(file) => {
            Value::opaque("github.workspace", Unique::STATIC, Truth::No).then(Value::literal(format!("/{file}")))
        }
        Resolved::Outside(_) | Resolved::Unknown => path,
    }
}
