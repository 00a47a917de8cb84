//! Traps, signals, and the end of a shell.

use std::ops::Range;
use std::rc::Rc;

use super::Trap;
use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::scope::{Flow, Function, Scope};
use super::world::Status;
use crate::command::Arg;
use crate::shell::{Script, reparse};

impl Interpreter<'_> {
    /// `trap ACTION SIGNAL…`
    pub(super) fn trap(&mut self, scope: &mut Scope, args: &[Arg], span: Range<usize>, flow: &Flow) {
        let args: Vec<&Arg> = args.iter().filter(|arg| !arg.is("--")).collect();
        let Some((action, signals)) = args.split_first() else { return };
        let signals: Vec<String> = signals
            .iter()
            .filter_map(|arg| arg.text())
            .map(|name| match name {
                "0" => "EXIT".to_owned(),
                name => name.to_uppercase().trim_start_matches("SIG").to_owned(),
            })
            .collect();
        let at = scope.frame.location(span);
        if signals.iter().any(|signal| signal == "HUP") {
            scope.ignores_hangup = action.is("");
        }
        self.unset_traps(scope, &signals, flow);
        if action.is("-") || action.is("") {
            return;
        }
        let text = scope.frame.text.value().get(action.span.clone()).unwrap_or_default().to_owned();
        let parsed = self.files.parsed(&text);
        let word =
            parsed.body.first().and_then(|statement| statement.command()).and_then(|command| command.words.first());
        // What a variable in double quotes holds is read when the trap is set; a job that is looked at keeps the
        // place where it is written.
        let inner = word.and_then(|word| reparse(&text, word)).filter(|inner| !inner.expands || !self.plays());
        let outer = inner.as_ref().filter(|inner| inner.expands).map(|_| Rc::new(scope.subshell()));
        let body = match inner {
            Some(inner) => {
                let mut script = self.inner(&inner);
                script.shift(action.span.start);
                script.body
            }
            None => {
                let mut script = Script::clone(&self.files.parsed(&action.value.to_string()));
                script.map_ranges(&mut |_| action.span.clone());
                script.body
            }
        };
        let trap = Trap { at, signals, set_after: self.trace.acts.len(), until: None };
        scope.traps.push((trap, Function { body: body.into(), frame: scope.frame.clone(), outer }));
    }

    /// Nothing is set any more for these signals. In a job that is looked at, what was set for the end of the shell
    /// goes on for what ended it before; and in a branch it may be taken back or not, so there it stays set.
    fn unset_traps(&mut self, scope: &mut Scope, signals: &[String], flow: &Flow) {
        if scope.traps.is_empty() {
            return;
        }
        let stays = flow.context.conditional && !self.plays();
        let mut traps = Vec::new();
        for (mut trap, function) in std::mem::take(&mut scope.traps).into_inner() {
            let exits = trap.is_on_exit() && signals.iter().any(|signal| signal == "EXIT");
            if exits && stays {
                traps.push((trap, function));
                continue;
            }
            if exits && !self.plays() {
                let gone = Trap { until: Some(self.trace.acts.len()), ..trap.clone() };
                scope.gone_traps.push((gone, function.clone()));
            }
            trap.signals.retain(|signal| !signals.contains(signal));
            if !trap.signals.is_empty() && (!exits || self.plays()) {
                traps.push((trap, function));
            }
        }
        scope.traps = traps.into();
    }

    /// The shell gives way to another program (`exec`): nothing of it is left to run a trap.
    pub(super) fn drop_traps(&mut self, scope: &mut Scope, flow: &Flow) {
        self.unset_traps(scope, &["EXIT".to_owned()], flow);
        scope.traps.retain(|(trap, _)| trap.is_on_exit());
    }

    /// Runs something in a shell of its own, one level deeper, to the end of that shell.
    pub(super) fn in_shell(&mut self, shell: &mut Scope, flow: &Flow, run: impl FnOnce(&mut Self, &mut Scope) -> Goes) {
        self.depth += 1;
        run(self, shell);
        self.shell_ends(shell, flow);
        self.depth -= 1;
    }

    /// The shell ends: its traps run. In a job that is looked at, whatever they are set for.
    pub(super) fn shell_ends(&mut self, scope: &mut Scope, flow: &Flow) {
        if self.killed {
            return;
        }
        scope.end();
        if self.plays() {
            let status = scope.status;
            if self.trapped(scope, "EXIT", flow) != Goes::Exit {
                scope.status = status;
            }
            return;
        }
        let gone = std::mem::take(&mut scope.gone_traps).into_inner();
        for (trap, function) in gone.into_iter().chain(std::mem::take(&mut scope.traps).into_inner()) {
            self.run_trap(scope, trap, &function, flow);
        }
    }

    /// Runs what is set for `signal`, if anything is.
    pub(super) fn trapped(&mut self, scope: &mut Scope, signal: &str, flow: &Flow) -> Goes {
        let set = |(trap, _): &&(Trap, Function)| trap.signals.iter().any(|name| name == signal);
        let Some((trap, function)) = scope.traps.iter().find(set).cloned() else { return Goes::On };
        if signal == "EXIT" {
            scope.traps = Default::default();
        }
        self.run_trap(scope, trap, &function, flow)
    }

    /// All processes were sent a signal: what this shell does with it.
    pub(super) fn signalled(&mut self, scope: &mut Scope, (name, number): (&'static str, u8), flow: &Flow) -> Goes {
        scope.signalled = true;
        if scope.traps.iter().any(|(trap, _)| trap.signals.iter().any(|signal| signal == name)) {
            return self.trapped(scope, name, flow);
        }
        scope.status = Status::Code(128u8.saturating_add(number));
        Goes::Exit
    }

    fn run_trap(&mut self, scope: &mut Scope, trap: Trap, function: &Function, flow: &Flow) -> Goes {
        // Its commands are read when it runs: `set -e` heeds them whatever stands around the end of the shell.
        let inner = flow.process().standing(|context| {
            context.trap = Some(trap.into());
            context.tolerated = true;
        });
        let frame = std::mem::replace(&mut scope.frame, function.frame.clone());
        let outer = std::mem::replace(&mut scope.outer, function.outer.clone());
        self.depth += 1;
        let goes = self.block(scope, &function.body, &inner);
        self.depth -= 1;
        (scope.frame, scope.outer) = (frame, outer);
        goes
    }
}
