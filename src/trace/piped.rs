//! Commands that come through a pipe: text that a shell reads, and what awk makes of lines.

use std::ops::Range;
use std::sync::Arc;

use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::scope::{Flow, Scope};
use super::world::Status;
use super::{Capture, Stage};
use crate::command::shell::Shell;
use crate::command::{Arg, Invocation, awk};
use crate::symbol::{Unique, Value};
use crate::truth::Truth;

impl Interpreter<'_> {
    /// A shell that reads what a pipe wrote for it; nothing when that is not known.
    pub(super) fn piped(&mut self, scope: &mut Scope, call: &Shell, span: &Range<usize>, flow: &Flow) -> Option<Goes> {
        let mut inner = self.child(scope, Some(call));
        if let Some(text) = flow.input.text().as_ref().and_then(Value::as_literal) {
            flow.input.drain();
            self.in_shell(&mut inner, flow, |own, inner| own.text(inner, text, span.clone(), &flow.process()));
            return Some(self.leaves(scope, inner, flow));
        }
        let capture = flow.context.stdin.as_ref()?;
        let (last, before) = capture.stages.split_last()?;
        let words: Vec<Arg> = std::iter::once(&last.program)
            .map(|program| Arg::new(Value::literal(program.as_str()), span.clone()))
            .chain(last.argv.iter().cloned())
            .collect();
        let invocation = Invocation::parse(&words)?;
        let awk = awk::awk(&invocation).filter(|awk| !awk.prints.is_empty())?;
        let stdin =
            (!before.is_empty()).then(|| Arc::new(Capture { stages: before.to_vec(), ..Capture::clone(capture) }));
        let flow = flow.standing(|context| context.stdin = stdin);
        self.texts(&inner, &awk.prints, &invocation, span.clone(), &flow);
        scope.status = Status::Unknown;
        Some(Goes::On)
    }

    /// The commands that awk makes of the lines it reads.
    pub(super) fn texts(
        &mut self,
        scope: &Scope,
        texts: &[awk::Text],
        invocation: &Invocation<'_>,
        span: Range<usize>,
        flow: &Flow,
    ) {
        if texts.is_empty() || self.too_deep() {
            return;
        }
        let own = Stage::new(invocation.program.clone(), invocation.argv.to_vec(), None);
        let stages: Vec<Stage> =
            flow.context.stdin.iter().flat_map(|capture| capture.stages.clone()).chain([own]).collect();
        let at = scope.frame.location(span.clone());
        // It runs for each line that is read, perhaps for none.
        let flow = flow.standing(|context| {
            (context.in_loop, context.conditional, context.guarded) = (true, true, true);
            context.stdin = None;
        });
        for text in texts {
            let mut given = Vec::new();
            let mut written = String::new();
            for piece in text {
                match piece {
                    awk::Piece::Known(value) if value.as_literal().is_some() => {
                        written.push_str(value.as_literal().unwrap_or_default());
                        continue;
                    }
                    awk::Piece::Known(value) => given.push(value.clone()),
                    awk::Piece::Read(expression) if stages.len() > 1 => {
                        let source: Arc<str> = format!("{expression} of {}", shown(&stages)).into();
                        let capture = Capture::new(stages.clone(), at.clone(), Vec::new());
                        self.trace.captures.entry(source.clone()).or_insert(capture);
                        given.push(Value::opaque(source, Unique::UNKNOWN, Truth::No));
                    }
                    awk::Piece::Read(expression) => given.push(Value::unknown(expression.as_str())),
                }
                written.push_str(&format!("${{{{ given.{} }}}}", given.len() - 1));
            }
            let mut inner = scope.subshell();
            inner.functions = Default::default();
            let outer = std::mem::replace(&mut self.given, given);
            self.depth += 1;
            self.text(&mut inner, &written, span.clone(), &flow);
            self.depth -= 1;
            self.given = outer;
        }
    }
}

/// A pipe as written.
pub(super) fn shown(stages: &[Stage]) -> String {
    let stages = stages.iter().map(|stage| {
        let words = stage.argv.iter().map(|arg| arg.value.to_string()).collect::<Vec<_>>().join(" ");
        format!("{} {words}", stage.program)
    });
    format!("$({})", stages.collect::<Vec<_>>().join(" | "))
}
