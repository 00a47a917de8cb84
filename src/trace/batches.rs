//! xargs over a known input: the commands it runs.

use std::ops::Range;

use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::scope::{Flow, Input, Scope};
use super::world::Status;
use crate::command::{Arg, Invocation, Xargs};
use crate::symbol::Value;
use crate::truth::Truth;

impl Interpreter<'_> {
    pub(super) fn batches(
        &mut self,
        scope: &mut Scope,
        invocation: &Invocation<'_>,
        xargs: &Xargs,
        text: &str,
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let program = invocation.path.clone().unwrap_or_else(|| Value::literal(invocation.program.clone()));
        let program = Arg::new(program, invocation.at.clone());
        let commands = commands(&program, &invocation.argv, xargs, text, &span);
        flow.input.drain();
        let mut own = scope.subshell();
        // It starts programs, it does not know the shell's functions.
        own.functions = Default::default();
        let inner = Flow { input: Input::of(Some(Value::default())), heredoc: None, ..flow.clone() };
        let mut status = Status::SUCCESS;
        for words in commands {
            let goes = self.named(&mut own, &words, span.clone(), &inner);
            status = match own.status.succeeded() {
                Truth::Yes => status,
                // xargs(1), EXIT STATUS
                Truth::No => Status::Code(123),
                Truth::Unknown if status.succeeded().is_no() => status,
                Truth::Unknown => Status::Unknown,
            };
            if goes != Goes::On {
                break;
            }
        }
        own.status = status;
        self.leaves(scope, own, flow)
    }
}

/// Each command's words.
fn commands(program: &Arg, argv: &[Arg], xargs: &Xargs, text: &str, span: &Range<usize>) -> Vec<Vec<Arg>> {
    let given = |text: &str| Arg::new(Value::literal(text), span.clone());
    let with = |args: Vec<Arg>| std::iter::once(program.clone()).chain(args).collect::<Vec<Arg>>();
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if let Some(mark) = &xargs.replace {
        let replaced = |line: &str| {
            let replace = |text: &str| text.replace(mark.as_str(), line.trim_start());
            argv.iter().map(|arg| Arg { value: arg.value.map_literals(&replace), ..arg.clone() }).collect()
        };
        return lines().map(|line| with(replaced(line))).collect();
    }
    let words: Vec<&str> = if xargs.delimited { lines().collect() } else { text.split_whitespace().collect() };
    if words.is_empty() {
        return if xargs.runs_on_empty() { vec![with(argv.to_vec())] } else { Vec::new() };
    }
    let size = xargs.at_a_time.as_ref().and_then(Arg::text).and_then(|text| text.parse().ok()).unwrap_or(words.len());
    let batches = words.chunks(std::cmp::max(size, 1));
    batches.map(|batch| with(argv.iter().cloned().chain(batch.iter().map(|word| given(word))).collect())).collect()
}
