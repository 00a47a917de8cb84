//! The script that a container's shell reads: `docker run -i … sh -c 'apk add bash && bash -s' < FILE`.

use super::scope::Flow;
use crate::command::shell::{Code, Shell, shell};
use crate::command::{Arg, Invocation};
use crate::docker::Run;
use crate::shell::{Statement, StatementKind, parse};
use crate::symbol::Value;

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
