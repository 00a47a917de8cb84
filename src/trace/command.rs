//! Commands: builtins that change the shell, and everything else by what it is.

use std::borrow::Cow;
use std::ops::Range;

use super::contained;
use super::control_flow::Goes;
use super::expand::all_given;
use super::fields::join;
use super::interpreter::{Interpreter, Several};
use super::say::{printed, said};
use super::scope::{Flow, HandedOver, Hidden, Scope};
use super::world::{Answer, Status};
use super::{ActKind, Target, UnfollowedKind};
use crate::command::{Arg, Invocation, Wrapper, cluster, remote, shell};
use crate::docker;
use crate::follow::{self, RepoPath};
use crate::shared::Shared;
use crate::shell::{
    AssignedValue, Assignment, Command, Inner, Part, Piece, Quote, RedirectKind, Script, StatementKind, Word, reparse,
};
use crate::symbol::Value;
use crate::truth::Truth;

impl Interpreter<'_> {
    /// A simple command: its words, then its redirections, then what is set for it, as the shell has it.
    pub(super) fn command(&mut self, scope: &mut Scope, command: &Command, span: Range<usize>, flow: &Flow) -> Goes {
        self.substituted = None;
        let (words, arrays) = declared(scope.frame.text.value(), &command.words);
        let args = self.args(scope, &words, flow);
        let elements = |assignment: &Assignment| match &assignment.value {
            AssignedValue::Array(words) => self.elements_of(scope, assignment, words, flow),
            AssignedValue::Word(_) => Vec::new(),
        };
        let elements: Vec<Vec<Value>> = arrays.iter().map(elements).collect();
        self.redirected(scope, &command.redirects, flow, &mut |walker, scope, flow| {
            if args.is_empty() {
                walker.assignments(scope, command, flow);
                return Goes::On;
            }
            let own = walker.prefixes(scope, command, flow);
            let goes = match handed_over(scope, command, &args) {
                Some((call, args)) => {
                    let flow = walker.fed(scope, flow);
                    let frame = std::mem::replace(&mut scope.frame, call.frame);
                    let chain = std::mem::replace(&mut scope.chain, call.chain);
                    let goes = walker.named(scope, &args, call.span, &flow);
                    (scope.frame, scope.chain) = (frame, chain);
                    goes
                }
                None => walker.named(scope, &args, span.clone(), flow),
            };
            for (name, old) in own {
                scope.uncover(&name, old);
            }
            for (array, elements) in arrays.iter().zip(&elements) {
                scope.set_array(&array.name, elements.clone());
            }
            goes
        })
    }

    /// `A=1 B=$A` without a command: they last.
    fn assignments(&mut self, scope: &mut Scope, command: &Command, flow: &Flow) {
        for assignment in &command.assignments {
            let value = self.assigned(scope, assignment, flow);
            match assignment.name.split_once('[') {
                Some((array, index)) => scope.set_element(array, index.trim_end_matches(']'), value),
                None => scope.set(assignment.name.as_str(), value),
            }
        }
        // `$(< file)`
        let reads = command.redirects.iter().any(|redirect| matches!(redirect.kind, RedirectKind::Read(_)));
        if reads && command.words.is_empty() && command.assignments.is_empty() {
            self.prints(scope, flow.input.text(), flow);
        }
        scope.status = self.substituted.take().unwrap_or(Status::SUCCESS);
    }

    /// `A=1 command`: set for it alone; what was there before.
    fn prefixes(&mut self, scope: &mut Scope, command: &Command, flow: &Flow) -> Vec<(String, Hidden)> {
        let mut set = Vec::new();
        for assignment in &command.assignments {
            set.push((assignment.name.clone(), self.assigned(scope, assignment, flow)));
        }
        set.into_iter()
            .map(|(name, value)| {
                let old = scope.hide(&name);
                scope.variables.insert(name.as_str().into(), value);
                scope.export(&name);
                (name, old)
            })
            .collect()
    }

    /// What an assignment gives its variable.
    fn assigned(&mut self, scope: &mut Scope, assignment: &Assignment, flow: &Flow) -> Value {
        match &assignment.value {
            AssignedValue::Word(word) => {
                let value = self.word(scope, word, flow);
                let old = self.variable(scope, &assignment.name).filter(|_| assignment.append);
                old.unwrap_or_default().then(value)
            }
            AssignedValue::Array(words) => {
                let elements = self.elements_of(scope, assignment, words, flow);
                let joined = join(&elements);
                scope.arrays.insert(assignment.name.as_str().into(), elements);
                joined
            }
        }
    }

    /// The elements that an assignment gives its array.
    fn elements_of(&mut self, scope: &mut Scope, assignment: &Assignment, words: &[Word], flow: &Flow) -> Vec<Value> {
        let values = self.args(scope, words, flow).into_iter().map(|arg| arg.value);
        let old = self.variable(scope, &assignment.name).filter(|old| !old.parts().is_empty());
        let mut elements = match scope.array(&assignment.name) {
            _ if !assignment.append => Vec::new(),
            Some(elements) => elements.clone(),
            None => Vec::from_iter(old),
        };
        elements.extend(values);
        elements
    }

    /// Runs what the first word names: a function, a builtin, or something outside the shell.
    pub(super) fn named(&mut self, scope: &mut Scope, args: &[Arg], span: Range<usize>, flow: &Flow) -> Goes {
        let either = if self.plays() { None } else { crate::command::of_either_compose(args) };
        let args = either.as_deref().unwrap_or(args);
        let fields = crate::command::fields(args);
        let Some((first, rest)) = fields.split_first() else {
            scope.status = self.substituted.take().unwrap_or(Status::SUCCESS);
            return Goes::On;
        };
        let program = first.text().unwrap_or_default();
        if let Some(function) = scope.functions.get(program).cloned() {
            return self.function(scope, program, &function, rest, span, flow);
        }
        if let Some(goes) = self.builtin(scope, program, rest, &span, flow) {
            return goes;
        }
        match program {
            "echo" | "printf" => {
                let text = printed(program, rest);
                self.write(scope, &text, flow);
                self.prints(scope, Some(text), flow);
                scope.status = Status::SUCCESS;
                let answer = self.record(scope, command_of(program, rest), span, flow);
                return self.came(answer.then);
            }
            "cat" if rest.is_empty() => {
                let writes = flow.heredoc.is_some();
                let flow = self.fed(scope, flow);
                if let Some(text) = flow.input.text() {
                    flow.input.drain();
                    self.write(scope, &text, &flow);
                    self.prints(scope, Some(text), &flow);
                    scope.status = Status::SUCCESS;
                    if writes {
                        scope.written.extend(flow.context.output.clone());
                        return Goes::On;
                    }
                    let answer = self.record(scope, command_of(program, rest), span, &flow);
                    return self.came(answer.then);
                }
            }
            "tee" => {
                let piped = flow.context.stdin.as_ref().and_then(|capture| capture.stages.last());
                if let Some(value) = piped.and_then(said) {
                    for arg in rest.iter().filter(|arg| arg.text().is_none_or(|text| !text.starts_with('-'))) {
                        let flow = flow.standing(|context| context.output = Some(arg.value.clone()));
                        self.write(scope, &value, &flow);
                    }
                }
            }
            _ => {}
        }
        let goes = self.external(scope, &fields, span, flow);
        // `exec` puts the command in the shell's place.
        if program == "exec" && goes == Goes::On {
            self.drop_traps(scope, flow);
            return Goes::Exit;
        }
        goes
    }

    fn external(&mut self, scope: &mut Scope, args: &[Arg], span: Range<usize>, flow: &Flow) -> Goes {
        scope.status = Status::Unknown;
        let parsed = Invocation::parse(args);
        let mark = parsed.as_ref().and_then(|invocation| invocation.from_stdin.as_ref()?.replace.as_deref());
        let Some(mark) = mark else { return self.apart(scope, parsed, args, span, flow) };
        let outer = scope.line_mark.replace(mark.into());
        let goes = self.apart(scope, parsed, args, span, flow);
        scope.line_mark = outer;
        goes
    }

    /// What `nohup` and `setsid` run outlives the terminal, and so does all that it starts.
    fn apart(
        &mut self,
        scope: &mut Scope,
        parsed: Option<Invocation<'_>>,
        args: &[Arg],
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let survives = |wrapper: &Wrapper| matches!(wrapper, Wrapper::Nohup | Wrapper::Setsid);
        if scope.ignores_hangup || !parsed.as_ref().is_some_and(|invocation| invocation.wrapped(survives)) {
            return self.invoked(scope, parsed, args, span, flow);
        }
        scope.ignores_hangup = true;
        let goes = self.invoked(scope, parsed, args, span, flow);
        scope.ignores_hangup = false;
        goes
    }

    fn invoked(
        &mut self,
        scope: &mut Scope,
        parsed: Option<Invocation<'_>>,
        args: &[Arg],
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let Some(invocation) = parsed else {
            // `./ci/${{ matrix.suite }}.sh`: each leg runs its own.
            if let Some((first, rest)) = args.split_first()
                && first.value.prefix().contains('/')
                && self.script(scope, &first.value, rest, None, span.clone(), flow)
            {
                return Goes::On;
            }
            // `command -v docker`, `sudo -v`, `env`: a wrapper around nothing.
            let own = args.split_first().and_then(|(first, rest)| Some((first.text()?, rest)));
            let (program, rest) = own.unwrap_or(("", args));
            let is_known = program == "command" || own.is_some() && rest.iter().all(|arg| arg.text().is_some());
            let answer = self.ask(scope, command_of(program, rest), span.clone(), flow);
            if answer == Answer::default() && !is_known {
                self.unfollowed(scope, span, "the command's name is not known before it runs");
            }
            return self.answered(scope, answer, flow);
        };
        if let (Some(xargs), true) = (&invocation.from_stdin, self.plays())
            && let Some(text) = flow.input.text().as_ref().and_then(Value::as_literal)
        {
            return self.batches(scope, &invocation, xargs, text, span, flow);
        }
        let in_shell =
            |wrapper: &Wrapper| matches!(wrapper, Wrapper::Retry | Wrapper::Variable | Wrapper::Other("time"));
        if let Some(function) = scope.functions.get(&invocation.program).cloned()
            && invocation.path.is_none()
            && invocation.wrappers.iter().all(in_shell)
            && invocation.from_stdin.is_none()
        {
            let program = invocation.program.clone();
            let rest = invocation.argv.into_owned();
            return self.function(scope, &program, &function, &rest, span, flow);
        }
        if let Some(call) = docker::call(&invocation) {
            return self.docker(scope, call, span, flow);
        }
        // What can be followed into its files says more than what is known of the program.
        if self.recipes(scope, &invocation, span.clone(), flow) {
            return Goes::On;
        }
        if let Some(program) = docker::program(&invocation) {
            let flow = &self.fed(scope, flow);
            let target = scope.target;
            scope.target = self.daemon(scope, Truth::No, None);
            let answer = self.record(scope, ActKind::Program(Box::new(program)), span, flow);
            scope.target = target;
            return self.answered(scope, answer, flow);
        }
        if let Some(ssh) = remote::ssh(&invocation) {
            return self.elsewhere(scope, (&invocation.program, &ssh.command), span, flow);
        }
        if let Some(away) = cluster::elsewhere(&invocation) {
            return self.elsewhere(scope, (away.carrier, &away.command), span, flow);
        }
        if let Some(mut call) = shell::shell(&invocation) {
            call.args.extend(read_by_xargs(&invocation, call.args.len()));
            return self.shell(scope, &call, span, flow);
        }
        if let Some(path) = invocation.path.clone()
            && path.as_literal().is_none_or(|path| !path.starts_with("/usr/") && !path.starts_with("/bin/"))
        {
            let mut rest = invocation.argv.to_vec();
            rest.extend(read_by_xargs(&invocation, rest.len()));
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
        let flow = &self.fed(scope, flow);
        let answer = self.record_fed(scope, kind, invocation.from_stdin.clone(), span.clone(), flow);
        self.lines_to_env(scope, &invocation, flow);
        if let Some(awk) = crate::command::awk::awk(&invocation).filter(|_| answer.status == Status::Unknown) {
            self.texts(scope, &awk.commands, &invocation, span, flow);
        }
        self.answered(scope, answer, flow)
    }

    fn docker(&mut self, scope: &mut Scope, mut call: docker::DockerCall, span: Range<usize>, flow: &Flow) -> Goes {
        // Of what is made under `{}` nobody knows the name: it is a line of xargs' input.
        if let (Some(mark), Some(name)) = (&scope.line_mark, made_name(&mut call.verb))
            && let Some(line) = name.value.as_literal().filter(|text| text.contains(&**mark)).map(str::to_owned)
        {
            name.value = Value::unknown(line);
        }
        let target = scope.target;
        scope.target = self.daemon(scope, call.away, call.host.as_ref());
        if let docker::Verb::ContextUse { name } = &call.verb {
            scope.daemon_away = !docker::context_is_away(&name.value).is_no();
        }
        let xargs = call.from_stdin.clone();
        // With the daemon's socket a script in a container does to the daemon what it would do outside.
        let fed_script = match &call.verb {
            docker::Verb::Run(run) if run.has_socket() && !self.plays() && scope.target == Target::Here => {
                let read = contained::reader(run).zip(contained::script_on_stdin(flow));
                read.map(|(shell, path)| (shell, path, contained::environment(run, &scope.variables)))
            }
            _ => None,
        };
        let mut mounted = Vec::new();
        let inner = match &call.verb {
            docker::Verb::Exec(exec) => {
                mounted = exec.container.as_ref().map(|container| self.mounts_of(&container.value)).unwrap_or_default();
                Some(exec.argv.clone())
            }
            docker::Verb::Compose(compose) => match &compose.verb {
                docker::ComposeVerb::Exec { argv, .. } => Some(argv.clone()),
                _ => None,
            },
            _ => None,
        };
        let fed = if inner.is_some() { Cow::Borrowed(flow) } else { self.fed(scope, flow) };
        if !self.quiet {
            self.ids.note(&call, flow.context.output.as_ref(), self.trace.acts.len());
        }
        let answer = self.record_fed(scope, ActKind::Docker(Box::new(call)), xargs, span.clone(), &fed);
        if let Some((shell, path, environment)) = fed_script {
            let path = contained::from_anywhere(&scope.directory, path);
            let mut own = scope.subshell();
            (own.functions, own.handed) = (Shared::default(), Shared::default());
            // The container has its own variables, and none of the checkout's files.
            own.exported = environment.keys().cloned().collect();
            own.variables = environment.into();
            own.directory = crate::follow::Directory::Outside(None);
            self.depth += 1;
            self.script(&mut own, &path, &shell.args, Some(&shell), span.clone(), flow);
            self.depth -= 1;
        }
        let mut inside = None;
        if let Some(argv) = inner.filter(|argv| !argv.is_empty()) {
            let mut own = scope.subshell();
            own.target = if scope.target == Target::Elsewhere { Target::Elsewhere } else { Target::Container };
            own.directory = crate::follow::Directory::Outside(None);
            (own.functions, own.handed) = (Shared::default(), Shared::default());
            own.mounted = mounted.into();
            self.depth += 1;
            if !self.too_deep() {
                self.external(&mut own, &argv, span, flow);
                inside = Some(own);
            }
            self.depth -= 1;
        }
        scope.target = target;
        match inside {
            // Nobody knows better than the command inside.
            Some(own) if answer == Answer::default() => self.leaves(scope, own, flow),
            _ => self.answered(scope, answer, flow),
        }
    }

    /// Where a command that speaks to a daemon takes effect: `away` and `named` are what it says itself.
    fn daemon(&self, scope: &Scope, away: Truth, named: Option<&Value>) -> Target {
        let set = |name: &str| scope.variables.get(name).filter(|value| !value.empty().is_yes());
        let (host, context) = (set("DOCKER_HOST"), set("DOCKER_CONTEXT"));
        let meant = named.or(host);
        let host = host.map_or(Truth::No, docker::host_is_away);
        let context = context.map_or(Truth::No, docker::context_is_away);
        let own = meant.is_some_and(|host| self.starts_daemon_at(host));
        let away = away.or(host).or(context).or(scope.daemon_away.into()).or(own.into());
        match (scope.target, away) {
            (Target::Here, Truth::Yes) => Target::Elsewhere,
            (Target::Here, Truth::Unknown) => Target::Unknown,
            (target, _) => target,
        }
    }

    /// Whether the job has started a daemon of its own there: `dockerd -H unix:///tmp/own.sock &`.
    fn starts_daemon_at(&self, host: &Value) -> bool {
        // The machine's own daemon listens there, and what starts one only where none answers says nothing.
        const USUAL: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];
        if USUAL.iter().any(|path| host.suffix().ends_with(path)) {
            return false;
        }
        let is_it = |value: &Value| value.same(host).is_yes();
        self.trace.acts.iter().filter(|act| !act.context.conditional).any(|act| match &act.kind {
            ActKind::Command { program, argv, .. } if matches!(program.as_str(), "dockerd" | "dockerd-rootless.sh") => {
                let words = argv.iter().zip(argv.iter().skip(1).map(Some).chain([None]));
                words.into_iter().any(|(word, next)| {
                    let is_next = (word.is("-H") || word.is("--host")) && next.is_some_and(|next| is_it(&next.value));
                    let attached = word.value.split_once('=').filter(|(name, _)| name.as_literal() == Some("--host"));
                    is_next || attached.is_some_and(|(_, value)| is_it(&value))
                })
            }
            _ => false,
        })
    }

    /// Where the container of that name, which the job made last, shows files of the checkout: the deepest first.
    fn mounts_of(&self, name: &Value) -> Vec<(String, RepoPath)> {
        let made = self.trace.acts.iter().rev().find_map(|act| {
            let ActKind::Docker(call) = &act.kind else { return None };
            let (docker::Verb::Run(run) | docker::Verb::Create(run)) = &call.verb else { return None };
            run.name.as_ref().is_some_and(|own| own.value.same(name).is_yes()).then_some((act, run))
        });
        let Some((act, run)) = made.filter(|(act, _)| act.context.target == Target::Here) else { return Vec::new() };
        let shown = |mount: &docker::Mount| {
            let target = mount.target.as_literal()?.trim_end_matches('/').to_owned();
            match follow::resolve(&act.directory, mount.source.as_ref()?, None) {
                follow::Resolved::File(source) => Some((target, source)),
                _ => None,
            }
        };
        let is_path =
            |mount: &&docker::Mount| matches!(mount.kind, docker::MountKind::Bind | docker::MountKind::Unknown);
        let mut mounts: Vec<(String, RepoPath)> = run.mounts.iter().filter(is_path).filter_map(shown).collect();
        mounts.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        mounts
    }

    /// What runs on another machine: looked at, never followed into files.
    fn elsewhere(
        &mut self,
        scope: &mut Scope,
        (carrier, command): (&str, &[Arg]),
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        let mut away = scope.subshell();
        away.target = Target::Elsewhere;
        away.directory = crate::follow::Directory::Outside(None);
        (away.functions, away.handed) = (Shared::default(), Shared::default());
        let answer = self.record(&away, command_of(carrier, command), span.clone(), flow);
        if self.too_deep() {
            return self.answered(scope, answer, flow);
        }
        // Whether a line there fails is the business of the shell there.
        let outer = flow;
        let flow = &Flow { tested: true, heredoc: None, ..flow.clone() };
        self.depth += 1;
        if let Some(inner) = outer.heredoc.as_ref().and_then(|body| reparse(scope.frame.text.value(), body)) {
            let script = self.inner(&inner);
            self.block(&mut away, &script.body, flow);
        }
        let text = join(&command.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>());
        if let Some(text) = text.as_literal().filter(|text| !text.is_empty()) {
            self.text(&mut away, text, span, flow);
        }
        self.depth -= 1;
        if answer == Answer::default() { self.leaves(scope, away, outer) } else { self.answered(scope, answer, outer) }
    }

    /// A script that stands in a word.
    pub(super) fn inner(&self, inner: &Inner) -> Script {
        inner.placed(Script::clone(&self.files.parsed(&inner.text)))
    }

    /// Runs shell text that stands nowhere byte by byte: all of it is placed at `span`.
    pub(super) fn text(&mut self, scope: &mut Scope, text: &str, span: Range<usize>, flow: &Flow) -> Goes {
        // A text within a text within a text: all of them stand in memory until the innermost has run.
        if self.texts + text.len() > MOST_TEXT {
            let why = "texts within texts, of more than a megabyte together, are not followed";
            self.gap(scope, span, why.to_owned(), UnfollowedKind::Limit);
            return self.unseen(scope);
        }
        let mut script = Script::clone(&self.files.parsed(text));
        script.map_ranges(&mut |_| span.clone());
        self.note_unread(scope, &script, span);
        self.texts += text.len();
        let goes = self.block(scope, &script.body, flow);
        self.texts -= text.len();
        goes
    }

    /// `cat ci.env >> "$GITHUB_ENV"`
    fn lines_to_env(&mut self, scope: &Scope, invocation: &Invocation<'_>, flow: &Flow) {
        let Some(output) = &flow.context.output else { return };
        if self.quiet || !is_env_file(&output.to_string()) {
            return;
        }
        let own = self.env_lines(scope, &invocation.program, &invocation.argv);
        let lines = own.or_else(|| self.env_lines_of(scope, flow.context.stdin.as_deref()?)).unwrap_or_default();
        for (name, value) in lines {
            self.write(scope, &Value::literal(format!("{name}=")).then(value), flow);
        }
    }

    /// `… >> "$GITHUB_ENV"` and `>> "$GITHUB_OUTPUT"`.
    pub(super) fn write(&mut self, scope: &Scope, value: &Value, flow: &Flow) {
        let Some(output) = &flow.context.output else { return };
        if self.quiet {
            return;
        }
        let target = output.to_string();
        let to_env = is_env_file(&target);
        let to_output = matches!(target.as_str(), "$GITHUB_OUTPUT" | "$GITEA_OUTPUT" | "$FORGEJO_OUTPUT");
        if !to_env && !to_output {
            self.trace.written.push(super::Written {
                after: self.trace.acts.len(),
                path: output.clone(),
                directory: scope.directory.clone(),
                text: value.clone(),
                conditional: flow.context.conditional,
                target: scope.target,
            });
            return;
        }
        let id = self.trace.steps.get(self.step).and_then(|step| step.id.clone());
        let mut written = value.split('\n');
        // Behind the last line end no line begins.
        written.pop_if(|rest| rest.parts().is_empty());
        for line in written {
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
            let value = if flow.context.conditional {
                let output = || self.contexts.outputs.get(&(id.clone()?, name.clone())).cloned();
                let before = if to_env { self.exported.get(name.as_str()).cloned() } else { output() };
                Value::one_of([before.unwrap_or_else(|| value.clone()), value])
            } else {
                value
            };
            self.exports += 1;
            if to_env {
                self.exported.insert(name.into(), value);
            } else if let Some(id) = &id {
                self.contexts.outputs.insert((id.clone(), name), value);
            }
        }
    }
}

/// Whether a file, as a script writes it, is the one whose lines later steps have as variables.
fn is_env_file(path: &str) -> bool {
    matches!(path, "$GITHUB_ENV" | "$GITEA_ENV" | "$FORGEJO_ENV")
}

/// What xargs appends to so many arguments of a script: words of its input, of which nobody knows how many there are.
fn read_by_xargs(invocation: &Invocation<'_>, arguments: usize) -> Option<Arg> {
    invocation.from_stdin.as_ref().filter(|xargs| xargs.replace.is_none())?;
    Some(Arg { splits: true, ..Arg::new(Scope::forgotten(arguments), invocation.at.clone()) })
}

fn command_of(program: &str, argv: &[Arg]) -> ActKind {
    ActKind::Command { program: program.to_owned(), argv: argv.to_vec(), nohup: false, setsid: false }
}

/// The words of a command; of a declaration (`local -a x=(a "$b")`) without the arrays that it assigns, which stand
/// there by their names alone.
fn declared<'w>(text: &str, words: &'w [Word]) -> (Cow<'w, [Word]>, Vec<Assignment>) {
    let program = words.first().and_then(Word::literal);
    let declares = matches!(program.as_deref(), Some("declare" | "local" | "typeset" | "readonly" | "export"));
    let mut arrays = Vec::new();
    if !declares {
        return (Cow::Borrowed(words), arrays);
    }
    let named = words.iter().map(|word| match array(text, word) {
        None => word.clone(),
        Some(assignment) => {
            let part = Part::Literal(assignment.name.as_str().into());
            let piece = Piece { part, quote: Quote::Bare, span: word.span.clone(), outer: false };
            arrays.push(assignment);
            Word { pieces: vec![piece], ..word.clone() }
        }
    });
    (named.collect::<Vec<_>>().into(), arrays)
}

/// A word as the assignment of an array, if it is one.
fn array(text: &str, word: &Word) -> Option<Assignment> {
    let written = text.get(word.span.clone()).filter(|written| written.contains("=("))?;
    let mut script = crate::shell::parse(written);
    script.shift(word.span.start);
    let mut body = script.body.into_iter();
    match (body.next()?.kind, body.next()) {
        (StatementKind::Command(command), None) if command.words.is_empty() => {
            command.assignments.into_iter().find(|only| matches!(only.value, AssignedValue::Array(_)))
        }
        _ => None,
    }
}

/// The call that gave the command which `command` runs, and the command's words as they stand there: a helper that runs
/// what it is given (`retry() { "$@" || "$@"; }`, `timeout 60 "$@"`) is not the command's place, its call is. One that
/// adds arguments (`"$@" -p 5432:5432`) is: these stand nowhere else.
fn handed_over(scope: &Scope, command: &Command, args: &[Arg]) -> Option<(HandedOver, Vec<Arg>)> {
    let (last, before) = command.words.split_last()?;
    let splits = all_given(last)?;
    if before.iter().any(|word| all_given(word).is_some()) {
        return None;
    }
    let call = scope.call.clone()?.into_inner();
    // What stands before it are wrappers, or the program would be theirs: they have no place in the call.
    let start = call.span.start..call.span.start;
    let before = args.get(..before.len())?.iter().map(|arg| Arg { span: start.clone(), ..arg.clone() });
    let given = call.args.iter().map(|arg| Arg { splits: arg.splits || splits, ..arg.clone() });
    let words: Vec<Arg> = before.chain(given).collect();
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

/// How many bytes of texts that are no files are walked one within the other: as many as one file may have.
const MOST_TEXT: usize = 1 << 20;

/// Whether a word is nothing but a substitution: `eval "$(minikube docker-env)"`.
pub(super) fn is_substitution(word: &Word) -> bool {
    matches!(word.pieces.as_slice(), [piece] if matches!(piece.part, Part::Substitution(_)))
}

/// The name under which a call makes something.
fn made_name(verb: &mut docker::Verb) -> Option<&mut Arg> {
    match verb {
        docker::Verb::Run(run) | docker::Verb::Create(run) => run.name.as_mut(),
        docker::Verb::Make(make) => make.name.as_mut(),
        _ => None,
    }
}
