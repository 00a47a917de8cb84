//! Functions, and the builtins that change the shell.

use std::ops::Range;

use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::piped::shown;
use super::scope::{Flow, Function, Line, Scope};
use super::world::Status;
use super::{ActKind, EarlyEnd};
use crate::command::Arg;
use crate::facts::Link;
use crate::follow::Directory;
use crate::shared::Shared;
use crate::symbol::{Unique, Value};
use crate::truth::Truth;

impl Interpreter<'_> {
    /// Notes an `exit 0` or a `return 0`; behind `a ||` a bare one is a's own failure.
    fn may_end_well(&mut self, scope: &Scope, program: &str, rest: &[Arg], flow: &Flow) {
        let context = &flow.context;
        let is_of_failure = || context.branches.last().is_some_and(|branch| branch.arms == 0 && !branch.on_yes);
        let is_bare = rest.first().is_none_or(|code| code.text().is_none());
        let ends_badly = scope.status.succeeded().is_no() || is_bare && is_of_failure();
        if ends_badly || context.substituted || context.trap.is_some() || self.plays() {
            return;
        }
        self.trace.early_ends.push(EarlyEnd {
            after: self.trace.acts.len(),
            step: self.step,
            process: scope.process,
            chain: scope.chain.clone(),
            branches: context.branches.clone(),
            functions: if program == "return" { scope.within.clone() } else { Shared::default() },
        });
    }

    /// Runs a builtin; `None` when it is none of those that are done here.
    pub(super) fn builtin(
        &mut self,
        scope: &mut Scope,
        program: &str,
        rest: &[Arg],
        span: &Range<usize>,
        flow: &Flow,
    ) -> Option<Goes> {
        // More loops than there are is all there are.
        let levels = || {
            let written = rest.first().and_then(Arg::text).and_then(|text| text.parse().ok()).unwrap_or(1);
            written.min(flow.loops)
        };
        let before = std::mem::replace(&mut scope.status, Status::SUCCESS);
        match program {
            "exit" | "return" => {
                scope.status = match rest.first() {
                    None => before,
                    Some(code) => {
                        code.text().and_then(|text| text.parse::<i64>().ok()).map_or(Status::Unknown, |code| {
                            // The shell keeps the lowest byte.
                            Status::Code(code.rem_euclid(256).try_into().unwrap_or(u8::MAX))
                        })
                    }
                };
                self.may_end_well(scope, program, rest, flow);
                if program == "return" {
                    return Some(Goes::Return);
                }
                if !scope.status.succeeded().is_no() || !self.goes_on(scope, span.clone()) {
                    return Some(Goes::Exit);
                }
            }
            "break" | "continue" if flow.loops == 0 => {}
            "break" => return Some(Goes::Break(levels())),
            "continue" => return Some(Goes::Continue(levels())),
            "exec" if rest.is_empty() => {}
            "cd" | "pushd" => {
                let words: Vec<&Arg> = rest.iter().filter(|arg| !arg.value.prefix().starts_with("--")).collect();
                let target = words.iter().find(|arg| arg.text().is_none_or(|text| !text.starts_with("-P")));
                scope.status = self.asked(scope, program, rest, span, flow);
                if !scope.status.succeeded().is_no() {
                    scope.moves += 1;
                    scope.directory = match target {
                        Some(arg) => self.in_repository(scope.directory.enter_from(&arg.value, scope.script.as_ref())),
                        None => Directory::Outside(None),
                    };
                }
            }
            "popd" => {
                scope.status = Status::Unknown;
                scope.moves += 1;
                scope.directory = Directory::Unknown;
            }
            "export" | "local" | "declare" | "readonly" | "typeset" => self.declare(scope, program, rest),
            "unset" => {
                for name in rest.iter().filter_map(Arg::text).filter(|name| !name.starts_with('-')) {
                    scope.variables.insert(name.into(), Value::default());
                    scope.exported.remove(name);
                }
            }
            // `set -n`: the rest is only parsed.
            "set" if rest.first().is_some_and(|arg| arg.is("-n")) => return Some(Goes::Exit),
            "set" => self.set(scope, rest, flow),
            "shift" => {
                scope.loose_arguments |= flow.context.conditional;
                let count = rest.first().map_or(Some(1), |arg| arg.text().and_then(|text| text.parse().ok()));
                match count {
                    Some(count) if count > scope.positional.len() => scope.status = Status::Code(1),
                    Some(count) => scope.shift(count),
                    // `shift $((OPTIND - 1))`
                    None => scope.forget_arguments(),
                }
            }
            "getopts" if ends_at_once(scope, rest) => {
                scope.set("OPTIND", Value::literal("1"));
                scope.status = Status::Code(1);
            }
            "getopts" => {
                scope.set("OPTIND", Value::unknown("$OPTIND"));
                scope.status = before;
                return None;
            }
            "trap" => self.trap(scope, rest, span.clone(), flow),
            "read" => self.read(scope, rest, span, flow),
            "mapfile" | "readarray" => {
                self.take(scope, rest, flow);
                flow.input.forget();
                scope.status = Status::Unknown;
            }
            "let" => {
                let value = rest.iter().map(|arg| self.counted(scope, arg, flow)).last().flatten();
                scope.status = value.map_or(Status::Unknown, |value| Status::of((value != 0).into()));
            }
            ":" | "true" => {}
            "false" => scope.status = Status::Code(1),
            "[" | "test" => self.brackets(scope, program, rest, span.clone(), flow),
            _ => {
                scope.status = before;
                return None;
            }
        }
        Some(if self.killed { Goes::Exit } else { Goes::On })
    }

    /// How the world has it that a builtin ends.
    fn asked(&mut self, scope: &mut Scope, program: &str, rest: &[Arg], span: &Range<usize>, flow: &Flow) -> Status {
        let kind = ActKind::Command { program: program.to_owned(), argv: rest.to_vec(), nohup: false, setsid: false };
        let answer = self.ask(scope, kind, span.clone(), flow);
        self.answered(scope, answer, &Flow { captured: false, ..flow.standing(|context| context.output = None) });
        scope.status
    }

    fn counted(&mut self, scope: &mut Scope, arg: &Arg, flow: &Flow) -> Option<i64> {
        let text = arg.text()?.to_owned();
        self.calculated(scope, &text, flow)
    }

    fn declare(&mut self, scope: &mut Scope, program: &str, rest: &[Arg]) {
        // Without `-g`, `declare` in a function is `local`.
        let letter =
            |letter| rest.iter().filter_map(Arg::text).any(|text| text.starts_with('-') && text.contains(letter));
        let global = letter('g');
        let exports = program == "export" && !letter('n') || program != "export" && letter('x');
        let local = program == "local" || matches!(program, "declare" | "typeset") && !global;
        for arg in rest {
            let capture = self.trace.capture(&arg.value).filter(|_| exports);
            let lines = capture.and_then(|capture| self.env_lines_of(scope, capture));
            for (name, value) in lines.into_iter().flatten() {
                scope.export(&name);
                scope.set(name, value);
            }
            let (name, value) = match arg.value.split_once('=') {
                Some((name, value)) => (name.as_literal().map(str::to_owned), Some(value)),
                None => (arg.text().filter(|text| !text.starts_with('-')).map(str::to_owned), None),
            };
            let Some(name) = name else { continue };
            if letter('f') {
                let function = scope.functions.get(&name).cloned().filter(|_| exports);
                scope.handed.extend(function.map(|function| (name, function)));
                continue;
            }
            if exports {
                scope.export(name.trim_end_matches('+'));
            }
            if local && !scope.locals.is_empty() {
                let hidden = scope.hide(&name);
                if let Some(locals) = scope.locals.last_mut() {
                    locals.entry(name.as_str().into()).or_insert(hidden);
                }
                if value.is_none() {
                    scope.set(name.clone(), Value::default());
                }
            }
            if let Some(value) = value {
                let (name, value) = match name.strip_suffix('+') {
                    Some(name) => (name, self.variable(scope, name).unwrap_or_default().then(value)),
                    None => (name.as_str(), value),
                };
                // `local -n list=$1`: what is done to one is done to the other.
                if letter('n')
                    && program != "export"
                    && let Some(named) = value.as_literal().map(str::to_owned)
                {
                    scope.set(named.clone(), Value::unknown(format!("${named}")));
                }
                scope.set(name, value);
            }
        }
    }

    pub(super) fn function(
        &mut self,
        scope: &mut Scope,
        name: &str,
        function: &Function,
        args: &[Arg],
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let again = scope.within.iter().filter(|within| *within == name).count() > 1 && !self.plays();
        if self.too_deep() || again {
            scope.status = Status::Unknown;
            return Goes::On;
        }
        let outer = (std::mem::take(&mut scope.positional), scope.call.take(), scope.loose_arguments);
        // A function of a sourced script stands in that script.
        let link = (function.frame.source.path() != scope.frame.source.path())
            .then(|| Link { location: scope.frame.location(span.clone()), what: self.shortened(scope, span.clone()) });
        // What its heredoc holds is written where it is called.
        let flow = self.fed(scope, flow).below();
        let frame = std::mem::replace(&mut scope.frame, function.frame.clone());
        let (chain, within) = (scope.chain.clone(), scope.within.clone());
        if let Some(link) = link {
            scope.chain.push(link);
        }
        scope.given(args, frame.clone(), chain.clone(), span);
        scope.within.push(name.to_owned());
        scope.locals.push(Default::default());
        self.depth += 1;
        let loops = std::mem::take(&mut scope.left.loops);
        let returns = scope.left.returns.take();
        let goes = self.block(scope, &function.body, &flow);
        let goes = scope.returned(goes);
        scope.left.loops = loops;
        scope.left.returns = returns;
        self.depth -= 1;
        for (name, old) in scope.locals.pop().unwrap_or_default() {
            scope.uncover(&name, old);
        }
        (scope.within, scope.chain, scope.frame) = (within, chain, frame);
        (scope.positional, scope.call, scope.loose_arguments) = outer;
        self.forget_rounds(scope, &flow);
        goes
    }

    fn set(&mut self, scope: &mut Scope, args: &[Arg], flow: &Flow) {
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            let Some(text) = arg.text() else { return };
            if text == "--" {
                set_arguments(scope, words.as_slice(), flow);
                return;
            }
            let (on, letters) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
                (Some(letters), _) => (true, letters),
                (_, Some(letters)) => (false, letters),
                _ => {
                    set_arguments(scope, args, flow);
                    return;
                }
            };
            for letter in letters.chars() {
                let name = if letter == 'o' { words.next().and_then(Arg::text) } else { None };
                match (letter, name) {
                    ('e', _) | (_, Some("errexit")) => {
                        scope.errexit = on;
                        scope.substitutes = false;
                    }
                    ('a', _) | (_, Some("allexport")) => scope.exports = on,
                    ('u', _) | (_, Some("nounset")) => scope.nounset = on,
                    (_, Some("pipefail")) => scope.pipefail = on,
                    _ => {}
                }
            }
        }
    }

    /// `read [-r] [-p prompt] NAME…`
    fn read(&mut self, scope: &mut Scope, args: &[Arg], span: &Range<usize>, flow: &Flow) {
        let flow = self.fed(scope, flow);
        let mut names = Vec::new();
        let (mut raw, mut plain) = (false, true);
        let mut words = args.iter().filter_map(Arg::text);
        while let Some(word) = words.next() {
            match word.strip_prefix('-') {
                Some(letters) if !letters.is_empty() => {
                    raw |= letters.contains('r');
                    if letters.ends_with(['p', 't', 'u']) {
                        words.next();
                    }
                    plain &= !letters.contains(['a', 'd', 'n', 'N', 'u', 'i']);
                }
                _ => names.push(word.to_owned()),
            }
        }
        let line = if self.plays() && plain && !self.quiet { flow.input.line() } else { None };
        let Some(line) = line else {
            self.take(scope, args, &flow);
            flow.input.forget();
            scope.status = self.asked(scope, "read", args, span, &flow);
            return;
        };
        let (text, status) = match line {
            Line::Whole(text) => (text, Status::SUCCESS),
            Line::Last(text) => (text, Status::Code(1)),
        };
        // A backslash joins lines and quotes blanks.
        let quotes = !raw && text.as_literal().is_none_or(|text| text.contains('\\'));
        if names.is_empty() {
            scope.set("REPLY", text);
        } else if quotes {
            self.take(scope, args, &flow);
        } else {
            for (name, value) in names.iter().zip(divided(scope, &text, names.len())) {
                scope.set(name.clone(), value);
            }
        }
        scope.status = status;
    }

    /// Gives the variables something that nobody knows, but perhaps where it comes from.
    fn take(&mut self, scope: &mut Scope, args: &[Arg], flow: &Flow) {
        let names = args.iter().filter_map(Arg::text).filter(|text| !text.starts_with('-') && !text.is_empty());
        let source = flow.context.stdin.as_ref().map(|capture| shown(&capture.stages));
        for name in names {
            let value = match (&flow.context.stdin, &source) {
                (Some(capture), Some(source)) => {
                    self.trace.captures.entry(source.as_str().into()).or_insert_with(|| super::Capture::clone(capture));
                    Value::opaque(source.as_str(), Unique::UNKNOWN, Truth::No)
                }
                _ => Value::unknown(format!("${name}")),
            };
            scope.set(name, value);
        }
    }
}

/// A line for so many variables; the last gets the rest.
fn divided(scope: &Scope, line: &Value, count: usize) -> Vec<Value> {
    let separators = scope.variables.get("IFS").map_or(Some(" \t\n"), |value| value.as_literal());
    let separators = separators.unwrap_or_default();
    let mut values = Vec::new();
    let blank = |c: char| separators.contains(c) && c.is_ascii_whitespace();
    let Some(text) = line.as_literal() else {
        values.push(line.clone());
        values.resize(count, Value::default());
        return values;
    };
    let mut rest = text.trim_matches(blank);
    while values.len() + 1 < count {
        match rest.find(|c| separators.contains(c)) {
            Some(at) => {
                values.push(Value::literal(&rest[..at]));
                let after = rest[at..].trim_start_matches(blank);
                // One sign that is no blank separates, with the blanks around it.
                rest = match after.chars().next().filter(|c| separators.contains(*c)) {
                    Some(sign) => after[sign.len_utf8()..].trim_start_matches(blank),
                    None => after,
                };
            }
            None => {
                values.push(Value::literal(rest));
                rest = "";
            }
        }
    }
    values.push(Value::literal(rest));
    values
}

/// Whether `getopts` finds no option at all: it begins with the first argument, and that is none, or no option.
fn ends_at_once(scope: &Scope, args: &[Arg]) -> bool {
    let begins = scope.variables.get("OPTIND").is_none_or(|at| matches!(at.as_literal(), Some("" | "1")));
    let given: &[Arg] = args.get(2..).unwrap_or_default();
    let is_no_option = |value: &Value| {
        let (prefix, is_whole) = (value.prefix(), value.as_literal().is_some());
        is_whole && matches!(prefix, "" | "-") || !prefix.is_empty() && !prefix.starts_with('-')
    };
    let first = match (given.first(), scope.positional.first()) {
        (Some(arg), _) if arg.may_be_several() => return false,
        (Some(arg), _) => Some(&arg.value),
        (None, first) => first.filter(|_| !scope.loose_arguments),
    };
    begins && (first.is_some_and(is_no_option) || given.is_empty() && scope.has_no(1))
}

/// `set -- …`
fn set_arguments(scope: &mut Scope, args: &[Arg], flow: &Flow) {
    scope.given_values(args.iter().map(|arg| arg.value.clone()).collect());
    scope.loose_arguments |= flow.context.conditional || flow.context.in_loop || args.iter().any(Arg::may_be_several);
}
