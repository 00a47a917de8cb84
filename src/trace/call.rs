//! Following calls into scripts, shell text and recipes.

use std::ops::Range;
use std::rc::Rc;

use super::contained::script_on_stdin;
use super::control_flow::Goes;
use super::interpreter::{Called, Interpreter};
use super::scope::{Flow, HandedOver, Left, Scope};
use super::world::Status;
use super::{Context, Frame, UnfollowedKind};
use crate::command::script::{self, Script};
use crate::command::shell::{Code, Shell};
use crate::command::{Arg, Invocation, make};
use crate::facts::Link;
use crate::follow::{self, Directory, Missing, RepoPath, Resolved};
use crate::shared::Shared;
use crate::shell::{Part, Piece, Word, reparse};
use crate::source::{FileKind, Text};
use crate::symbol::Value;
use crate::truth::Truth;

/// The call of a function that gave the text which a word holds, and the text as it stands there: a helper that runs
/// what it is given (`run() { eval "$1"; }`) is not the place of these commands, its call is.
fn handed_text(scope: &Scope, word: &Word, text: &Arg) -> Option<(HandedOver, Word, Arg)> {
    if !is_parameter(word) {
        return None;
    }
    let call = scope.call.clone()?.into_inner();
    let given = given(&call, word, text)?;
    let mut written = crate::shell::parse(call.frame.text.value().get(given.span.clone())?);
    written.shift(given.span.start);
    let [statement] = written.body.as_slice() else { return None };
    let [word] = statement.command()?.words.as_slice() else { return None };
    // The caller's own arguments are hidden by those that it gives.
    let is_argument = |piece: &Piece| matches!(&piece.part, Part::Parameter(parameter) if !parameter.name.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    let stands = !is_parameter(word) && !word.pieces.iter().any(is_argument);
    stands.then(|| (call, word.clone(), given))
}

/// The argument that is the text: that with the parameter's number, else the only one that says the same.
fn given(call: &HandedOver, word: &Word, text: &Arg) -> Option<Arg> {
    let mut same = call.args.iter().enumerate().filter(|(_, given)| given.value == text.value);
    let number = match word.pieces.as_slice() {
        [Piece { part: Part::Parameter(parameter), .. }] => parameter.name.parse::<usize>().ok(),
        _ => None,
    };
    let given = match number {
        Some(number) => same.find(|(at, _)| at + 1 == number)?,
        None => same.next().filter(|_| same.next().is_none())?,
    };
    Some(given.1.clone())
}

/// Whether a word is nothing but a parameter: no command stands in it.
fn is_parameter(word: &Word) -> bool {
    matches!(word.pieces.as_slice(), [Piece { part: Part::Parameter(_), .. }])
}

/// Why a call that leads back to itself is not followed for ever.
const CIRCLE: &str = "it calls itself";

impl Interpreter<'_> {
    /// `bash x.sh`, `sh -c '…'`, `source x.sh`, `bash <<EOF`.
    pub(super) fn shell(&mut self, scope: &mut Scope, call: &Shell, span: Range<usize>, flow: &Flow) -> Goes {
        if self.too_deep() {
            return Goes::On;
        }
        match &call.code {
            Code::Source(path) => {
                let flow = self.fed(scope, flow);
                self.sourced(scope, &path.value, &call.args, span, &flow)
            }
            Code::Script(path) => {
                if !self.script(scope, &path.value, &call.args, Some(call), span.clone(), flow) {
                    self.unfollowed(scope, span.clone(), "the script is not in the repository");
                    return self.opaque_shell(scope, call, span, flow);
                }
                self.ended()
            }
            Code::Text(words) if call.shell.is_none() => {
                let flow = &self.fed(scope, flow);
                self.depth += 1;
                let goes = self.inline(scope, None, words, span, flow);
                self.depth -= 1;
                self.forget_rounds(scope, flow);
                goes
            }
            Code::Text(words) => {
                let mut inner = self.child(scope, Some(call));
                inner.given_values(call.args.iter().map(|arg| arg.value.clone()).collect());
                if let Some(name) = &call.name {
                    inner.name = name.value.clone();
                }
                let outer = &*scope;
                self.in_shell(&mut inner, flow, |own, inner| {
                    own.inline(inner, Some(outer), words, span, &flow.process())
                });
                self.leaves(scope, inner, flow)
            }
            Code::Stdin => {
                if let Some(text) = flow.heredoc.as_ref().and_then(|body| reparse(scope.frame.text.value(), body)) {
                    let parsed = self.inner(&text);
                    let mut inner = self.child(scope, Some(call));
                    inner.outer = text.expands.then(|| Rc::new(scope.subshell()));
                    self.note_unread(scope, &parsed, span);
                    self.in_shell(&mut inner, flow, |own, inner| own.block(inner, &parsed.body, &flow.process()));
                    return self.leaves(scope, inner, flow);
                }
                if let Some(path) = script_on_stdin(flow).filter(|_| !self.plays())
                    && self.script(scope, &path, &call.args, Some(call), span.clone(), flow)
                {
                    return self.ended();
                }
                match self.piped(scope, call, &span, flow) {
                    Some(goes) => goes,
                    None => {
                        let kind = if is_fetched(call, flow) { UnfollowedKind::Fetched } else { UnfollowedKind::Call };
                        self.gap(scope, span.clone(), "the script comes from standard input".to_owned(), kind);
                        self.opaque_shell(scope, call, span, flow)
                    }
                }
            }
        }
    }

    /// A shell whose script nobody has: what it does, the world may know.
    fn opaque_shell(&mut self, scope: &mut Scope, call: &Shell, span: Range<usize>, flow: &Flow) -> Goes {
        let program = call.shell.clone().unwrap_or_else(|| ".".to_owned());
        let script = match &call.code {
            Code::Script(path) | Code::Source(path) => Some(path.clone()),
            Code::Text(_) | Code::Stdin => None,
        };
        let argv = script.into_iter().chain(call.args.iter().cloned()).collect();
        let kind = super::ActKind::Command { program, argv, nohup: false, setsid: false };
        let answer = self.ask(scope, kind, span, flow);
        self.answered(scope, answer, flow)
    }

    /// Where a script goes on behind a call.
    fn ended(&self) -> Goes {
        if self.killed { Goes::Exit } else { Goes::On }
    }

    /// Shell text in words: `sh -c TEXT`, which the outer shell has expanded, and `eval WORDS`.
    fn inline(
        &mut self,
        scope: &mut Scope,
        outer: Option<&Scope>,
        words: &[Arg],
        span: Range<usize>,
        flow: &Flow,
    ) -> Goes {
        scope.status = Status::SUCCESS;
        let [only] = words else {
            let joined = super::fields::join(&words.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>());
            return match joined.as_literal() {
                Some(text) => self.text(scope, text, span, flow),
                None => self.unseen(scope),
            };
        };
        let written = scope.frame.text.value().get(only.span.clone()).unwrap_or_default().to_owned();
        if written.contains("docker-env") {
            scope.daemon_away = true;
            return self.unseen(scope);
        }
        let parsed = self.files.parsed(&written);
        let word =
            parsed.body.first().and_then(|statement| statement.command()).and_then(|command| command.words.first());
        // In a text within a text what is written has the outer one's escapes: `bash -c "eval \"docker …\""`.
        let is_plain = |word: &&Word| {
            let literal = word.literal();
            word.span == (0..written.len()) && literal.is_none_or(|literal| only.text() == Some(&*literal))
        };
        let word = word.filter(is_plain);
        let handed = word.filter(|_| !self.plays()).and_then(|word| handed_text(outer.unwrap_or(scope), word, only));
        if let Some((call, word, text)) = handed {
            let given = scope.call.take();
            let frame = std::mem::replace(&mut scope.frame, call.frame);
            let chain = std::mem::replace(&mut scope.chain, call.chain);
            // A variable of the helper's own may have the name of one of the caller's.
            let is_same = {
                let mut seen = outer.unwrap_or(scope).clone();
                seen.frame = scope.frame.clone();
                self.quietly(|walker| walker.word(&mut seen, &word, flow)) == text.value
            };
            let span = text.span.clone();
            let goes = is_same.then(|| self.inline(scope, outer, &[text], span, flow));
            (scope.frame, scope.chain, scope.call) = (frame, chain, given);
            if let Some(goes) = goes {
                return goes;
            }
        }
        let inner = word.filter(|word| !super::command::is_substitution(word)).and_then(|word| reparse(&written, word));
        // What the outer shell puts into the text stands in it before it is parsed; a job that is looked at keeps the
        // places where it is written.
        match (inner.filter(|inner| !inner.expands || !self.plays()), only.text()) {
            (Some(inner), _) => {
                let mut script = self.inner(&inner);
                script.shift(only.span.start);
                self.note_unread(scope, &script, span);
                let expanded = inner.expands.then(|| Rc::new(outer.unwrap_or(scope).subshell()));
                let around = std::mem::replace(&mut scope.outer, expanded);
                let goes = self.block(scope, &script.body, flow);
                scope.outer = around;
                goes
            }
            (None, Some(text)) => {
                let text = text.to_owned();
                self.text(scope, &text, span, flow)
            }
            (None, None) => self.unseen(scope),
        }
    }

    /// Text that nobody knows was run.
    pub(super) fn unseen(&self, scope: &mut Scope) -> Goes {
        scope.status = Status::Unknown;
        scope.printed = None;
        Goes::On
    }

    /// A new shell below this one.
    pub(super) fn child(&mut self, scope: &Scope, call: Option<&Shell>) -> Scope {
        self.processes += 1;
        let mut child = scope.clone();
        child.process = self.processes;
        child.variables = scope.environment();
        child.exports = false;
        let is_bash = call.and_then(|call| call.shell.as_deref()) == Some("bash");
        child.functions = if is_bash { scope.handed.clone() } else { Shared::default() };
        child.traps = Shared::default();
        child.gone_traps = Shared::default();
        child.within = Shared::default();
        child.locals = Shared::default();
        child.outer = None;
        child.left = Left::default();
        child.substitutes = false;
        child.errexit = call.is_some_and(|call| call.errexit);
        child.nounset = call.is_some_and(|call| call.nounset);
        child.pipefail = call.is_some_and(|call| call.pipefail);
        child
    }

    /// Follows into a script file; says whether there was one to follow.
    pub(super) fn script(
        &mut self,
        scope: &mut Scope,
        path: &Value,
        args: &[Arg],
        call: Option<&Shell>,
        span: Range<usize>,
        flow: &Flow,
    ) -> bool {
        // Each leg of a matrix runs its own.
        let choices = self.contexts.choices(std::slice::from_ref(path));
        if choices.len() > 1 {
            let before = scope.way();
            let mut ways = Vec::new();
            for path in choices.iter().flatten() {
                scope.join(vec![before.clone()]);
                if self.script(scope, path, args, call, span.clone(), &flow.maybe()) {
                    ways.push(scope.take_way());
                }
            }
            let followed = !ways.is_empty();
            scope.join(if followed { ways } else { vec![before] });
            return followed;
        }
        let path = choices.iter().flatten().next().unwrap_or(path);
        let Some(path) = self.opened(scope, path, span.clone()) else { return false };
        if call.is_none() && !self.files.interpreter(&path).is_some_and(|interpreter| interpreter.is_shell()) {
            return false;
        }
        let Some((parsed, text)) = self.files.script(&path).zip(self.files.follow(&path, FileKind::Script).ok()) else {
            return false;
        };
        let mut inner = self.child(scope, call);
        // A script that is called by its path: its `#!` line says how.
        if let (None, Some(shell)) = (call, self.files.interpreter(&path)) {
            inner.errexit |= shell.sets('e');
            inner.nounset |= shell.sets('u');
            inner.pipefail |= shell.sets_long("pipefail");
        }
        inner.given(args, scope.frame.clone(), scope.chain.clone(), span.clone());
        inner.chain.push(Link { location: scope.frame.location(span.clone()), what: self.shortened(scope, span) });
        inner.frame = Frame { text: Text::file(&text), source: text };
        inner.script = Some(path.parent().map_or(Directory::Unknown, Directory::Inside));
        if let Some(called) = self.called.get(&path).filter(|called| self.is_repeated(called, &inner, flow)) {
            (inner.status, inner.printed) = (called.status, called.printed.clone());
            self.leaves(scope, inner, flow);
            return true;
        }
        let (start, exports, unfollowed) = (inner.clone(), self.exports, self.trace.unfollowed.len());
        self.note_unread(&inner, &parsed, 0..inner.frame.text.value().len());
        self.in_shell(&mut inner, flow, |own, inner| own.block(inner, &parsed.body, &flow.process()));
        // In a circle the calls that led there decide what is followed.
        let circles = self.trace.unfollowed[unfollowed..].iter().any(|call| call.why == CIRCLE);
        if self.exports == exports && !circles {
            let (step, depth, quiet, end) = (self.step, self.depth, self.quiet, self.so_far());
            let (status, printed) = (inner.status, inner.printed.clone());
            let called = Called { step, depth, quiet, scope: start, flow: flow.clone(), end, status, printed };
            self.called.insert(path, called);
        }
        self.leaves(scope, inner, flow);
        true
    }

    /// Whether the very same call has just been followed, and nothing happened since: what it does, it does twice.
    fn is_repeated(&self, called: &Called, scope: &Scope, flow: &Flow) -> bool {
        !self.plays()
            && called.end == self.so_far()
            && (called.step, called.depth, called.quiet) == (self.step, self.depth, self.quiet)
            && called.flow == *flow
            && called.scope.starts_like(scope)
    }

    /// How much was done: acts, exports, and texts that were written to files.
    fn so_far(&self) -> (usize, usize, usize) {
        (self.trace.acts.len(), self.exports, self.trace.written.len())
    }

    fn sourced(&mut self, scope: &mut Scope, path: &Value, args: &[Arg], span: Range<usize>, flow: &Flow) -> Goes {
        let Some(path) = self.opened(scope, path, span.clone()) else {
            self.unfollowed(scope, span, "the script is not in the repository");
            return self.unseen(scope);
        };
        let Some((parsed, text)) = self.files.script(&path).zip(self.files.follow(&path, FileKind::Script).ok()) else {
            return self.unseen(scope);
        };
        let link = Link { location: scope.frame.location(span.clone()), what: self.shortened(scope, span) };
        let frame = std::mem::replace(&mut scope.frame, Frame { text: Text::file(&text), source: text });
        let script = scope.script.replace(path.parent().map_or(Directory::Unknown, Directory::Inside));
        // Without arguments of its own it has the caller's, and what it does with them stays done.
        let outer = (!args.is_empty()).then(|| {
            let outer = (scope.positional.clone(), scope.call.clone(), scope.loose_arguments);
            scope.given_values(args.iter().map(|arg| arg.value.clone()).collect());
            outer
        });
        let chain = scope.chain.clone();
        scope.chain.push(link);
        let returns = scope.left.returns.take();
        self.note_unread(scope, &parsed, 0..scope.frame.text.value().len());
        self.depth += 1;
        let goes = self.block(scope, &parsed.body, flow);
        self.depth -= 1;
        let goes = scope.returned(goes);
        scope.left.returns = returns;
        scope.chain = chain;
        // What `set -- …` puts in their place stays, but in a function.
        let given: Vec<Value> = args.iter().map(|arg| arg.value.clone()).collect();
        let is_set = !given.ends_with(&scope.positional) && scope.within.is_empty();
        if let Some(outer) = outer.filter(|_| !is_set) {
            (scope.positional, scope.call, scope.loose_arguments) = outer;
        }
        scope.script = script;
        scope.frame = frame;
        self.forget_rounds(scope, flow);
        goes
    }

    /// The repository's file that a path means, if following it makes sense.
    fn opened(&mut self, scope: &Scope, path: &Value, span: Range<usize>) -> Option<RepoPath> {
        if !self.follow || self.too_deep() {
            return None;
        }
        let found = match scope.target {
            super::Target::Here => follow::resolve(&scope.directory, path, scope.script.as_ref()),
            super::Target::Container if !self.plays() => in_mounts(scope, path),
            _ => Resolved::Unknown,
        };
        let Resolved::File(found) = found else { return None };
        // A file that the job writes itself is not the repository's; a mount shows it under another path.
        let is_it = |written: &Value| match scope.target {
            super::Target::Here => written == path,
            _ => written.suffix().rsplit('/').next() == Some(found.name()),
        };
        if scope.written.iter().any(is_it) {
            return None;
        }
        let source = match self.files.open(&found) {
            Ok(source) => source,
            Err(missing) => {
                if missing == Missing::Absent && !self.quiet {
                    self.trace.absent.push((scope.frame.location(span.clone()), found.as_str().to_owned()));
                }
                return None;
            }
        };
        let cycle = scope.chain.iter().filter(|link| link.location.path == *source.path()).count();
        if cycle > 1 || scope.frame.source.path() == source.path() && scope.chain.len() > 8 {
            self.unfollowed(scope, span, CIRCLE);
            return None;
        }
        Some(found)
    }

    /// make, just, task and npm; says whether that is all there is to the call.
    pub(super) fn recipes(
        &mut self,
        scope: &mut Scope,
        invocation: &Invocation<'_>,
        span: Range<usize>,
        flow: &Flow,
    ) -> bool {
        if !self.follow || self.too_deep() || scope.target != super::Target::Here {
            return false;
        }
        let followed = match self.recipes_of(scope, invocation) {
            None => return false,
            Some(Ok(followed)) => followed,
            Some(Err(unfollowed)) => {
                // It stays a command like any other.
                self.unfollowed(scope, span, unfollowed.why);
                return false;
            }
        };
        for gap in &followed.gaps {
            self.unfollowed(scope, span.clone(), gap.why.clone());
        }
        let link = Link { location: scope.frame.location(span.clone()), what: self.shortened(scope, span.clone()) };
        if scope.chain.contains(&link) {
            self.unfollowed(scope, span, CIRCLE);
            return true;
        }
        // `npm start &` is npm's own process, which others know by that name.
        let stays = script::script(invocation).is_some_and(|call| call.runner.stays_as_process());
        let owned = flow.context.background && stays;
        let flow = &flow.standing(|context| context.background &= !owned);
        let mut status = Status::SUCCESS;
        for recipe in &followed.recipes {
            let deferred = recipe.lines.iter().filter(|line| line.deferred);
            for line in recipe.lines.iter().filter(|line| !line.deferred).chain(deferred) {
                // In a job that is played a line that fails ends all; what is deferred runs all the same.
                if self.plays() && status.succeeded().is_no() && !line.deferred {
                    continue;
                }
                self.recipe_line(scope, recipe, line, &link, flow);
                if !line.ignores_errors && !line.deferred {
                    status = match scope.status.succeeded() {
                        Truth::Yes => status,
                        Truth::No => Status::Failure,
                        Truth::Unknown => Status::Unknown,
                    };
                }
            }
        }
        scope.status = status;
        !owned
    }

    fn recipe_line(
        &mut self,
        scope: &mut Scope,
        recipe: &follow::Recipe,
        line: &follow::Line,
        link: &Link,
        flow: &Flow,
    ) {
        let parsed = self.files.parsed(line.text.value());
        let mut inner = self.child(scope, None);
        inner.errexit = true;
        inner.chain.push(link.clone());
        if let Some(shell) = &recipe.shell {
            let shell = follow::ScriptInterpreter::command(shell);
            if let follow::ScriptInterpreter::Other(program) = &shell {
                inner.frame = Frame { source: recipe.source.clone(), text: line.text.clone() };
                self.unfollowed(&inner, 0..line.text.value().len(), format!("{program} runs it"));
                return;
            }
            // A line of one command ends the recipe with it, whatever the shell's options.
            inner.errexit = parsed.body.len() < 2 || shell.sets('e');
            inner.nounset = shell.sets('u');
            inner.pipefail = shell.sets_long("pipefail");
        }
        inner.frame = Frame { source: recipe.source.clone(), text: line.text.clone() };
        inner.directory = recipe.directory.clone();
        inner.script = None;
        for (name, value) in &recipe.environment {
            inner.export(name);
            inner.set(name.as_str(), value.clone());
        }
        let flow = Flow {
            context: Context {
                tolerated: flow.context.tolerated || line.ignores_errors,
                conditional: flow.context.conditional || recipe.conditional || line.conditional,
                ..flow.context.clone()
            },
            ..flow.process()
        };
        let given = std::mem::replace(&mut self.given, recipe.given.clone());
        self.note_unread(&inner, &parsed, 0..line.text.value().len());
        self.in_shell(&mut inner, &flow, |own, inner| own.block(inner, &parsed.body, &flow));
        self.given = given;
        self.leaves(scope, inner, &flow);
    }
}

/// The checkout's file that an absolute path in a container means, where a mount shows it.
fn in_mounts(scope: &Scope, path: &Value) -> Resolved {
    let Some(path) = path.as_literal() else { return Resolved::Unknown };
    let below = |(target, source): &(String, RepoPath)| {
        let rest = path.strip_prefix(target.as_str())?;
        if rest.is_empty() || rest.starts_with('/') { source.join(rest.trim_start_matches('/')) } else { None }
    };
    scope.mounted.iter().find_map(below).map_or(Resolved::Unknown, Resolved::File)
}

/// What make finds around it: the shell's environment.
struct ShellEnvironment<'a>(&'a Scope);

impl follow::Surroundings for ShellEnvironment<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.0.variables.get(name).filter(|_| self.0.exported.contains(name)).cloned()
    }
}

fn values(args: &[Arg]) -> Vec<Value> {
    args.iter().map(|arg| arg.value.clone()).collect()
}

fn settings(variables: &[(String, Arg)]) -> Vec<(String, Value)> {
    variables.iter().map(|(name, arg)| (name.clone(), arg.value.clone())).collect()
}

type Recipes = Result<follow::Followed, follow::Unfollowed>;

impl Interpreter<'_> {
    /// The recipes that a call of make, just, task or npm runs; `None` when it is no such call.
    fn recipes_of(&self, scope: &Scope, invocation: &Invocation<'_>) -> Option<Recipes> {
        let Some(call) = make::make(invocation) else {
            return Some(self.scripts_of(scope, invocation.program.as_str(), &script::script(invocation)?));
        };
        if call.dry_run {
            return Some(Ok(follow::Followed::default()));
        }
        let directory = call
            .directories
            .iter()
            .fold(scope.directory.clone(), |directory, arg| directory.enter_from(&arg.value, scope.script.as_ref()));
        let call = follow::make::MakeCall {
            directory: &directory,
            files: &values(&call.files),
            targets: &values(&call.targets),
            variables: &settings(&call.variables),
            around: &ShellEnvironment(scope),
        };
        Some(follow::make::recipes(self.files, &call))
    }

    /// The scripts that a call of just, task, npm and its kin runs.
    fn scripts_of(&self, scope: &Scope, program: &str, call: &Script) -> Recipes {
        if call.dry_run {
            return Ok(follow::Followed::default());
        }
        let here = &scope.directory;
        let entered = |arg: &Arg| here.enter_from(&arg.value, scope.script.as_ref());
        let told = follow::ScriptCall {
            program,
            here,
            told: call.directory.as_ref().map(|arg| &arg.value),
            directory: &call.directory.as_ref().map_or_else(|| here.clone(), entered),
            file: call.file.as_ref().map(|arg| &arg.value),
            names: &values(&call.names),
            args: &values(&call.args),
            workspace: call.workspace.as_ref().map(|arg| &arg.value),
            variables: &settings(&call.variables),
            around: &ShellEnvironment(scope),
        };
        follow::scripts(self.files, call.runner, &told)
    }
}

/// Whether what a shell reads is an installer from another machine: `curl https://… | sudo bash`. One that is told what
/// only the run has, or is called after what it takes away, may remove what the job has made.
fn is_fetched(call: &Shell, flow: &Flow) -> bool {
    if call.args.iter().any(|arg| arg.value.as_literal().is_none()) {
        return false;
    }
    let first = flow.context.stdin.as_ref().and_then(|capture| capture.stages.first());
    first.is_some_and(|stage| {
        let is_url = |arg: &Arg| {
            let written = arg.value.to_string();
            let file = written.rsplit('/').next().unwrap_or_default();
            let is_http = written.starts_with("http://") || written.starts_with("https://");
            is_http && !super::TAKES_AWAY.iter().any(|word| file.contains(word))
        };
        matches!(stage.program.as_str(), "curl" | "wget") && stage.argv.iter().any(is_url)
    })
}
