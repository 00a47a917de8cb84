//! Commands: builtins that change the shell, and everything else by what it is.

use std::ops::Range;

use super::expand::{all_given, join, printed, said};
use super::interpreter::{Goes, Interpreter, Several};
use super::piped::shown;
use super::scope::{Flow, Function, HandedOver, Scope};
use super::{ActKind, Target, Trap};
use crate::command::{Arg, Invocation, Wrapper, cluster, remote, shell};
use crate::docker;
use crate::facts::Link;
use crate::shell::{Command, Part, RedirectKind, Word, reparse};
use crate::symbol::{Unique, Value};
use crate::truth::Truth;

impl Interpreter<'_> {
    pub(super) fn command(&mut self, scope: &mut Scope, command: &Command, span: Range<usize>, flow: &Flow) -> Goes {
        let mut set = Vec::new();
        for assignment in &command.assignments {
            let mut value = self.assigned(scope, &assignment.value, flow);
            if assignment.append {
                let old = self.variable(scope, &assignment.name).unwrap_or_default();
                let array = matches!(assignment.value, crate::shell::AssignedValue::Array(_));
                value = if array { join(&[old, value]) } else { old.then(value) };
            }
            if command.words.is_empty() {
                scope.variables.insert(assignment.name.clone(), value);
            } else {
                set.push((assignment.name.clone(), value));
            }
        }
        let args = self.args(scope, &command.words, flow);
        let mut flow = flow.clone();
        let mut heredoc = None;
        for redirect in &command.redirects {
            match &redirect.kind {
                RedirectKind::Write(word) | RedirectKind::Append(word) => {
                    let value = self.word(scope, word, &flow);
                    if redirect.descriptor.is_none_or(|descriptor| descriptor == 1) {
                        flow.output = Some(value);
                    }
                }
                RedirectKind::Heredoc { body, .. } => heredoc = Some(body),
                RedirectKind::HereString(word) | RedirectKind::Read(word) => {
                    flow.stdin = self.read_from(scope, word, &flow);
                }
                RedirectKind::Duplicate(_) => {}
            }
        }
        if command.words.is_empty() {
            return Goes::On;
        }
        let own: Vec<_> = set.iter().map(|(name, _)| (name.clone(), scope.variables.get(name).cloned())).collect();
        scope.variables.extend(set);
        let goes = match handed_over(scope, command, &args) {
            Some((call, args)) => {
                let frame = std::mem::replace(&mut scope.frame, call.frame);
                let chain = std::mem::replace(&mut scope.chain, call.chain);
                let goes = self.named(scope, &args, None, call.span, &flow);
                (scope.frame, scope.chain) = (frame, chain);
                goes
            }
            None => self.named(scope, &args, heredoc, span, &flow),
        };
        for (name, old) in own {
            match old {
                Some(old) => scope.variables.insert(name, old),
                None => scope.variables.remove(&name),
            };
        }
        goes
    }

    fn named(
        &mut self,
        scope: &mut Scope,
        args: &[Arg],
        heredoc: Option<&Word>,
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let fields = crate::command::fields(args).into_owned();
        let Some((first, rest)) = fields.split_first() else { return Goes::On };
        let program = first.text().unwrap_or_default().to_owned();
        if let Some(function) = scope.functions.get(&program).cloned() {
            return self.function(scope, &program, &function, rest, span, flow);
        }
        match program.as_str() {
            "exit" | "return" | "break" | "continue" => return Goes::Out,
            "exec" if rest.is_empty() => return Goes::On,
            "cd" | "pushd" => {
                let words: Vec<&Arg> = rest.iter().filter(|arg| !arg.value.prefix().starts_with("--")).collect();
                let target = words.iter().find(|arg| arg.text().is_none_or(|text| !text.starts_with("-P")));
                scope.directory = match target {
                    Some(arg) => scope.directory.enter_from(&arg.value, scope.script.as_ref()),
                    None => crate::follow::Directory::Outside(None),
                };
                return Goes::On;
            }
            "popd" => {
                scope.directory = crate::follow::Directory::Unknown;
                return Goes::On;
            }
            "export" | "local" | "declare" | "readonly" | "typeset" => {
                for arg in rest {
                    if let Some((name, value)) = arg.value.split_once('=')
                        && let Some(name) = name.as_literal()
                    {
                        let name = name.to_owned();
                        scope.variables.insert(name, value);
                    }
                }
                return Goes::On;
            }
            "unset" => {
                for arg in rest {
                    if let Some(name) = arg.text() {
                        scope.variables.insert(name.to_owned(), Value::default());
                    }
                }
                return Goes::On;
            }
            "set" => {
                self.set(scope, rest);
                return Goes::On;
            }
            "shift" => {
                if !scope.positional.is_empty() {
                    scope.positional.remove(0);
                    if let Some(call) = &mut scope.call {
                        call.args.remove(0);
                    }
                }
                return Goes::On;
            }
            "trap" => {
                self.trap(scope, rest, span);
                return Goes::On;
            }
            "read" | "mapfile" | "readarray" => {
                self.read(scope, rest, flow);
                return Goes::On;
            }
            ":" | "true" | "false" | "[" | "test" => return Goes::On,
            "echo" | "printf" => self.write(scope, &printed(&program, rest), flow),
            "cat" => {
                if let Some(body) = heredoc {
                    let value = self.word(scope, body, flow);
                    self.write(scope, &value, flow);
                    if let Some(path) = &flow.output {
                        scope.written.push(path.clone());
                    }
                    return Goes::On;
                }
            }
            "tee" => {
                let piped = flow.stdin.as_ref().and_then(|capture| capture.stages.last());
                if let Some(value) = piped.and_then(said) {
                    for arg in rest.iter().filter(|arg| arg.text().is_none_or(|text| !text.starts_with('-'))) {
                        let flow = Flow { output: Some(arg.value.clone()), ..flow.clone() };
                        self.write(scope, &value, &flow);
                    }
                }
            }
            _ => {}
        }
        self.external(scope, &fields, heredoc, span, flow)
    }

    fn external(
        &mut self,
        scope: &mut Scope,
        args: &[Arg],
        heredoc: Option<&Word>,
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let Some(invocation) = Invocation::parse(args) else {
            // `./ci/${{ matrix.suite }}.sh`: each leg runs its own.
            if let Some((first, rest)) = args.split_first()
                && first.value.prefix().contains('/')
                && self.script(scope, &first.value, rest, None, span.clone(), flow)
            {
                return Goes::On;
            }
            self.unfollowed(scope, span, "the command's name is not known before it runs");
            return Goes::On;
        };
        if let Some(function) = scope.functions.get(&invocation.program).cloned()
            && invocation.path.is_none()
        {
            let program = invocation.program.clone();
            let rest = invocation.argv.into_owned();
            return self.function(scope, &program, &function, &rest, span, flow);
        }
        if let Some(call) = docker::call(&invocation) {
            self.docker(scope, call, span, flow, heredoc);
            return Goes::On;
        }
        if let Some(program) = docker::program(&invocation) {
            self.record(scope, ActKind::Program(Box::new(program)), span, flow);
            return Goes::On;
        }
        if let Some(ssh) = remote::ssh(&invocation) {
            self.elsewhere(scope, &ssh.command, heredoc, span, flow);
            return Goes::On;
        }
        if let Some(away) = cluster::elsewhere(&invocation) {
            self.elsewhere(scope, &away.command, heredoc, span, flow);
            return Goes::On;
        }
        if let Some(call) = shell::shell(&invocation) {
            return self.shell(scope, &call, heredoc, span, flow);
        }
        if self.recipes(scope, &invocation, span.clone(), flow) {
            return Goes::On;
        }
        if let Some(path) = invocation.path.clone()
            && path.as_literal().is_none_or(|path| !path.starts_with("/usr/") && !path.starts_with("/bin/"))
        {
            let rest = invocation.argv.to_vec();
            if self.script(scope, &path, &rest, None, span.clone(), flow) {
                return Goes::On;
            }
        }
        let kind = ActKind::Command {
            program: invocation.program.clone(),
            nohup: scope.ignores_hangup || invocation.wrapped(|wrapper| matches!(wrapper, Wrapper::Nohup)),
            setsid: invocation.wrapped(|wrapper| matches!(wrapper, Wrapper::Setsid)),
            argv: invocation.argv.to_vec(),
        };
        let xargs = invocation.from_stdin.clone();
        self.record(scope, kind, span.clone(), flow);
        self.mark_xargs(xargs);
        if let Some(awk) = crate::command::awk::awk(&invocation) {
            self.texts(scope, &awk.commands, &invocation, span, flow);
        }
        Goes::On
    }

    fn mark_xargs(&mut self, xargs: Option<crate::command::Xargs>) {
        if let Some(act) = self.trace.acts.last_mut()
            && !self.quiet
            && xargs.is_some()
        {
            act.context.xargs = xargs;
        }
    }

    fn docker(
        &mut self,
        scope: &mut Scope,
        call: docker::Call,
        span: Range<usize>,
        flow: &Flow,
        heredoc: Option<&Word>,
    ) {
        let host = scope
            .variables
            .get("DOCKER_HOST")
            .map_or(Truth::No, |value| if value.empty().is_yes() { Truth::No } else { docker::host_is_away(value) });
        let context = scope
            .variables
            .get("DOCKER_CONTEXT")
            .map_or(Truth::No, |value| if value.empty().is_yes() { Truth::No } else { docker::context_is_away(value) });
        let away = call.away.or(host).or(context).or(scope.daemon_away.into());
        if let docker::Verb::ContextUse { name } = &call.verb {
            scope.daemon_away = !docker::context_is_away(&name.value).is_no();
        }
        let target = scope.target;
        scope.target = match (target, away) {
            (Target::Here, Truth::Yes) => Target::Elsewhere,
            (Target::Here, Truth::Unknown) => Target::Unknown,
            (target, _) => target,
        };
        let xargs = call.from_stdin.clone();
        let inner = match &call.verb {
            docker::Verb::Exec(exec) => Some(exec.argv.clone()),
            docker::Verb::Compose(compose) => match &compose.verb {
                docker::ComposeVerb::Exec { argv, .. } => Some(argv.clone()),
                _ => None,
            },
            _ => None,
        };
        if !self.quiet {
            self.ids.note(&call, flow.output.as_ref(), self.trace.acts.len());
        }
        self.record(scope, ActKind::Docker(Box::new(call)), span.clone(), flow);
        self.mark_xargs(xargs);
        if let Some(argv) = inner.filter(|argv| !argv.is_empty()) {
            let mut inside = scope.clone();
            inside.target = if scope.target == Target::Elsewhere { Target::Elsewhere } else { Target::Container };
            inside.directory = crate::follow::Directory::Outside(None);
            inside.functions.clear();
            self.depth += 1;
            if !self.too_deep() {
                self.external(&mut inside, &argv, heredoc, span, flow);
            }
            self.depth -= 1;
        }
        scope.target = target;
    }

    /// What runs on another machine: looked at, never followed into files.
    fn elsewhere(&mut self, scope: &Scope, command: &[Arg], heredoc: Option<&Word>, span: Range<usize>, flow: &Flow) {
        let mut away = scope.clone();
        away.target = Target::Elsewhere;
        away.directory = crate::follow::Directory::Outside(None);
        away.functions.clear();
        away.traps.clear();
        self.record(
            &away,
            ActKind::Command { program: "ssh".into(), argv: command.to_vec(), nohup: false, setsid: false },
            span.clone(),
            flow,
        );
        if self.too_deep() {
            return;
        }
        self.depth += 1;
        if let Some(body) = heredoc
            && let Some(inner) = reparse(scope.frame.text.value(), body)
        {
            let script = inner.parse();
            self.block(&mut away, &script.body, flow);
        }
        let text = join(&command.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>());
        if let Some(text) = text.as_literal().filter(|text| !text.is_empty()) {
            self.text(&mut away, text, span, flow);
        }
        self.depth -= 1;
    }

    /// Runs shell text that stands nowhere byte by byte: all of it is placed at `span`.
    pub(super) fn text(&mut self, scope: &mut Scope, text: &str, span: Range<usize>, flow: &Flow) -> Goes {
        let mut script = crate::shell::parse(text);
        script.map_ranges(&mut |_| span.clone());
        self.block(scope, &script.body, flow)
    }

    fn function(
        &mut self,
        scope: &mut Scope,
        name: &str,
        function: &Function,
        args: &[Arg],
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        if self.too_deep() || scope.within.iter().filter(|within| *within == name).count() > 1 {
            return Goes::On;
        }
        let outer = (std::mem::take(&mut scope.positional), scope.call.take());
        // A function of a sourced script stands in that script.
        let link = (function.frame.source.path() != scope.frame.source.path())
            .then(|| Link { location: scope.frame.location(span.clone()), what: self.shortened(scope, span.clone()) });
        let before = scope.chain.len();
        scope.chain.extend(link);
        let frame = std::mem::replace(&mut scope.frame, function.frame.clone());
        let chain = scope.chain[..before].to_vec();
        scope.given(args, frame.clone(), chain, span);
        scope.within.push(name.to_owned());
        self.depth += 1;
        self.block(scope, &function.body, flow);
        self.depth -= 1;
        scope.within.pop();
        scope.chain.truncate(before);
        scope.frame = frame;
        (scope.positional, scope.call) = outer;
        Goes::On
    }

    fn set(&mut self, scope: &mut Scope, args: &[Arg]) {
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            let Some(text) = arg.text() else { return };
            if text == "--" {
                scope.given_values(words.map(|arg| arg.value.clone()).collect());
                return;
            }
            let (on, letters) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
                (Some(letters), _) => (true, letters),
                (_, Some(letters)) => (false, letters),
                _ => {
                    scope.given_values(args.iter().map(|arg| arg.value.clone()).collect());
                    return;
                }
            };
            for letter in letters.chars() {
                match letter {
                    'e' => scope.errexit = on,
                    'u' => scope.nounset = on,
                    'o' => match words.next().and_then(Arg::text) {
                        Some("errexit") => scope.errexit = on,
                        Some("nounset") => scope.nounset = on,
                        Some("pipefail") => scope.pipefail = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }

    fn trap(&mut self, scope: &mut Scope, args: &[Arg], span: Range<usize>) {
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
        if action.is("-") || action.is("") {
            scope.traps.retain(|(trap, _)| !trap.signals.iter().any(|signal| signals.contains(signal)));
            return;
        }
        let text = scope.frame.text.value().get(action.span.clone()).unwrap_or_default().to_owned();
        let word = crate::shell::parse(&text);
        let word =
            word.body.first().and_then(|statement| statement.command()).and_then(|command| command.words.first());
        let body = match word.and_then(|word| reparse(&text, word)) {
            Some(inner) => {
                let mut script = inner.parse();
                script.shift(action.span.start);
                script.body
            }
            None => {
                let mut script = crate::shell::parse(&action.value.to_string());
                script.map_ranges(&mut |_| action.span.clone());
                script.body
            }
        };
        scope.traps.retain(|(trap, _)| !trap.signals.iter().any(|signal| signals.contains(signal)));
        scope.traps.push((Trap { at, signals }, Function { body: body.into(), frame: scope.frame.clone() }));
    }

    fn read(&mut self, scope: &mut Scope, args: &[Arg], flow: &Flow) {
        let names = args.iter().filter_map(Arg::text).filter(|text| !text.starts_with('-') && !text.is_empty());
        let source = flow.stdin.as_ref().map(|capture| shown(&capture.stages));
        for name in names {
            let value = match (&flow.stdin, &source) {
                (Some(capture), Some(source)) => {
                    self.trace.captures.entry(source.as_str().into()).or_insert_with(|| capture.clone());
                    Value::opaque(source.as_str(), Unique::UNKNOWN, Truth::No)
                }
                _ => Value::unknown(format!("${name}")),
            };
            scope.variables.insert(name.to_owned(), value);
        }
    }

    /// `… >> "$GITHUB_ENV"` and `>> "$GITHUB_OUTPUT"`.
    fn write(&mut self, scope: &Scope, value: &Value, flow: &Flow) {
        let Some(output) = &flow.output else { return };
        if self.quiet {
            return;
        }
        let target = output.to_string();
        let to_env = matches!(target.as_str(), "$GITHUB_ENV" | "$GITEA_ENV" | "$FORGEJO_ENV");
        let to_output = matches!(target.as_str(), "$GITHUB_OUTPUT" | "$GITEA_OUTPUT" | "$FORGEJO_OUTPUT");
        if !to_env && !to_output {
            self.trace.written.push(super::Written {
                after: self.trace.acts.len(),
                path: output.clone(),
                directory: scope.directory.clone(),
                text: value.clone(),
                conditional: flow.conditional,
                target: scope.target,
            });
            return;
        }
        let id = self.trace.steps.get(self.step).and_then(|step| step.id.clone());
        for line in value.split('\n') {
            if let Some(several) = self.several.as_mut().filter(|several| several.end != line) {
                several.lines.push(line);
                continue;
            }
            let (name, value) = match self.several.take() {
                Some(several) => (several.name, lines(&several.lines)),
                None => {
                    if let Some((name, end)) = heredoc(&line) {
                        self.several = Some(Several { name, end, lines: Vec::new() });
                        continue;
                    }
                    let Some((name, value)) = line.split_once('=') else { continue };
                    let Some(name) = name.as_literal().map(|name| name.trim().to_owned()) else { continue };
                    (name, value)
                }
            };
            let value = if flow.conditional {
                let output = || self.contexts.outputs.get(&(id.clone()?, name.clone())).cloned();
                let before = if to_env { self.exported.get(&name).cloned() } else { output() };
                Value::one_of([before.unwrap_or_else(|| value.clone()), value])
            } else {
                value
            };
            self.exports += 1;
            if to_env {
                self.exported.insert(name, value);
            } else if let Some(id) = &id {
                self.contexts.outputs.insert((id.clone(), name), value);
            }
        }
    }
}

/// The call that gave the command which `command` runs, and the command's words as they stand there: a helper that runs
/// what it is given (`retry() { "$@" || "$@"; }`, `timeout 60 "$@"`) is not the command's place, its call is. One that
/// adds arguments (`"$@" -p 5432:5432`) is: these stand nowhere else.
fn handed_over(scope: &Scope, command: &Command, args: &[Arg]) -> Option<(HandedOver, Vec<Arg>)> {
    let (last, before) = command.words.split_last()?;
    if all_given(last).is_none() || before.iter().any(|word| all_given(word).is_some()) {
        return None;
    }
    let call = scope.call.clone()?;
    // What stands before it are wrappers, or the program would be theirs: they have no place in the call.
    let start = call.span.start..call.span.start;
    let before = args.get(..before.len())?.iter().map(|arg| Arg { span: start.clone(), ..arg.clone() });
    let words: Vec<Arg> = before.chain(call.args.iter().cloned()).collect();
    let program = Invocation::parse(&words)?.at;
    (!program.is_empty()).then_some((call, words))
}

/// `NAME<<END`, before any `=`.
fn heredoc(line: &Value) -> Option<(String, Value)> {
    let (name, end) = line.split_once('<')?;
    let name = name.as_literal().filter(|name| !name.contains('='))?.trim().to_owned();
    Some((name, end.strip_prefix("<")?))
}

/// Lines as one text.
fn lines(lines: &[Value]) -> Value {
    let mut all = lines.iter().cloned();
    let first = all.next().unwrap_or_default();
    all.fold(first, |text, line| text.then(Value::literal("\n")).then(line))
}

/// Whether a word is nothing but a substitution: `eval "$(minikube docker-env)"`.
pub(super) fn is_substitution(word: &Word) -> bool {
    matches!(word.pieces.as_slice(), [piece] if matches!(piece.part, Part::Substitution(_)))
}
