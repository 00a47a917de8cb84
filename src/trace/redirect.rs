//! Redirections, and where what is printed goes.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::scope::{Flow, Input, Scope};
use super::world::File;
use super::{Capture, Stage};
use crate::command::Arg;
use crate::shell::{Part, Redirect, RedirectKind};
use crate::symbol::Value;

/// Where redirections lead a standard output.
enum Output {
    /// Where it went before.
    Same,
    /// To nobody who reads it: `/dev/null`, the standard error.
    Away,
    /// To a file, perhaps behind what it holds.
    File(Value, bool),
}

impl Interpreter<'_> {
    /// Runs something with its redirections in force.
    pub(super) fn redirected(
        &mut self,
        scope: &mut Scope,
        redirects: &[Redirect],
        flow: &Flow,
        run: &mut dyn FnMut(&mut Self, &mut Scope, &Flow) -> Goes,
    ) -> Goes {
        if redirects.is_empty() {
            return run(self, scope, flow);
        }
        let mut flow = flow.clone();
        let mut output = Output::Same;
        for redirect in redirects {
            let is_output = redirect.is_output();
            match &redirect.kind {
                RedirectKind::Write(word) | RedirectKind::Append(word) => {
                    let value = self.word(scope, word, &flow);
                    if is_output {
                        flow.context.output = Some(value.clone());
                        output = match value.as_literal() {
                            Some("/dev/null" | "/dev/stderr") => Output::Away,
                            Some("/dev/stdout") => Output::Same,
                            _ => Output::File(value, matches!(redirect.kind, RedirectKind::Append(_))),
                        };
                    }
                }
                RedirectKind::Duplicate(word) => {
                    let reads = scope.frame.text.value().get(redirect.span.clone());
                    let reads = reads.is_some_and(|written| written.contains('<'));
                    if is_output && !reads && word.literal().as_deref() != Some("1") {
                        output = Output::Away;
                    }
                }
                RedirectKind::Read(word) => {
                    let value = self.word(scope, word, &flow);
                    flow.context.stdin = self.read_from(scope, &value, word.span.clone());
                    flow.file = Some(value.clone());
                    flow.input = match word.pieces.as_slice() {
                        [piece] if matches!(piece.part, Part::Process(_)) => Input::of(self.whole.take()),
                        _ if value.as_literal() == Some("/dev/null") => Input::of(Some(Value::default())),
                        _ if self.quiet => Input::default(),
                        _ => Input::of(self.world.read(File { path: &value, directory: &scope.directory })),
                    };
                }
                RedirectKind::HereString(word) => {
                    let value = self.word(scope, word, &flow);
                    flow.context.stdin = self.read_from(scope, &value, word.span.clone());
                    flow.file = None;
                    flow.input = Input::of(Some(value.then(Value::literal("\n"))));
                }
                RedirectKind::Heredoc { body, .. } => {
                    flow.file = None;
                    flow.heredoc = Some(body.clone().into());
                }
            }
        }
        match output {
            Output::Same => run(self, scope, &flow),
            Output::Away => {
                flow.captured = false;
                run(self, scope, &flow)
            }
            Output::File(path, append) => {
                self.writes(scope, &path, Some(&Value::default()), append);
                flow.captured = true;
                let outer = scope.printed.replace(Value::default());
                let goes = run(self, scope, &flow);
                let text = std::mem::replace(&mut scope.printed, outer);
                if text.as_ref().is_none_or(|text| !text.parts().is_empty()) {
                    self.writes(scope, &path, text.as_ref(), true);
                }
                goes
            }
        }
    }

    /// What a command reads from a file or a text, as far as it is known what wrote that.
    fn read_from(&self, scope: &Scope, value: &Value, span: Range<usize>) -> Option<Arc<Capture>> {
        if let Some(capture) = self.trace.capture(value) {
            return Some(capture.clone().into());
        }
        let made_by = self.ids.held_by(value);
        if made_by.is_empty() {
            let at = scope.frame.location(span);
            return Some(Capture::new(self.lists.listed_in(&self.trace.acts, value)?, at, made_by).into());
        }
        let at = scope.frame.location(span.clone());
        // As `cat` gives it: captures are told apart by the commands that they come from.
        let argv = vec![Arg::new(value.clone(), span)];
        let stages = vec![Stage::new("cat", argv, None)];
        Some(Arc::new(Capture::new(stages, at, made_by)))
    }

    fn writes(&mut self, scope: &Scope, path: &Value, text: Option<&Value>, append: bool) {
        if !self.quiet && !self.killed {
            self.world.write(File { path, directory: &scope.directory }, text, append);
        }
    }

    /// Adds what a command printed to what the shell has printed, where somebody reads that.
    pub(super) fn prints(&self, scope: &mut Scope, output: Option<Value>, flow: &Flow) {
        if !flow.captured {
            return;
        }
        scope.printed = match (scope.printed.take(), output) {
            (Some(before), Some(text)) => Some(before.then(text)),
            _ => None,
        };
    }

    /// What a command reads: what its heredoc holds is expanded when it is certain that no inner shell does that.
    pub(super) fn fed<'f>(&mut self, scope: &mut Scope, flow: &'f Flow) -> Cow<'f, Flow> {
        let Some(body) = flow.heredoc.clone() else { return Cow::Borrowed(flow) };
        // The shell expands it before the command begins: what is substituted in it does not read it.
        let flow = Flow { heredoc: None, ..flow.clone() };
        let value = self.word(scope, &body, &flow);
        Cow::Owned(Flow { input: Input::of(Some(value)), ..flow })
    }
}
