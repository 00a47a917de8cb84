//! Statements: which commands a script runs, in which order, under which conditions.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::contexts::Contexts;
use super::control_flow::Goes;
use super::ids::Ids;
use super::lists::Lists;
use super::scope::{Flow, Function, Input, Names, Scope};
use super::world::{Answer, Asked, Status, Then, World};
use super::{Act, ActKind, Capture, Context, Frame, HelperCall, JobTrace, Unfollowed, UnfollowedKind};
use crate::command::Xargs;
use crate::follow::{Files, RepoPath};
use crate::shared::Shared;
use crate::shell::{Script, Statement, StatementKind};
use crate::symbol::{Value, Variables};
use crate::truth::Truth;

/// How deep calls and substitutions are followed.
const DEEPEST: usize = 24;
/// How many commands of one job are written down. Real jobs stay far below.
const MOST_ACTS: usize = 5_000;
/// How many statements of one job are walked: scripts that call each other twice have ever more ways through.
const MOST_STATEMENTS: usize = 50_000;

/// Walks a job's scripts and writes its trace.
pub(super) struct Interpreter<'a> {
    pub files: &'a Files,
    pub follow: bool,
    pub world: &'a mut dyn World,
    pub contexts: Contexts,
    /// The folder of the workspace that the repository lies in, where it is not the workspace itself.
    pub checkout: Option<RepoPath>,
    /// The same where its name is the run's own, as it is written.
    pub folder_of_run: Option<&'a str>,
    pub trace: JobTrace,
    /// What steps wrote to `$GITHUB_ENV`.
    pub exported: Variables,
    /// What the last shell of a step began with, and its names: most steps of a job begin with the same.
    pub began: Option<(Shared<Variables>, Shared<Names>)>,
    /// A value of several lines that is being written (`NAME<<END`).
    pub several: Option<Several>,
    /// What `${{ given.N }}` of the recipe at hand stands for.
    pub given: Vec<Value>,
    /// The step at hand, in the trace.
    pub step: usize,
    pub processes: usize,
    pub depth: usize,
    /// How many statements were walked.
    pub walked: usize,
    /// How many loops stand around what is walked.
    pub loops: usize,
    /// How many rounds the outermost of them has gone, and those within it.
    pub rounds: usize,
    /// How many bytes of texts that are no files are being walked, one within the other.
    pub texts: usize,
    /// Which files hold the ids of containers.
    pub ids: Ids,
    /// Which files hold listings.
    pub lists: Lists,
    /// How many statements that branch were met.
    pub branched: usize,
    /// The words of the tests that the conditions at hand are.
    pub looked_at: Vec<Value>,
    /// Nothing is written down: words are only looked at again.
    pub quiet: bool,
    /// The step in which a limit was reached last, and said.
    pub stopped: Option<usize>,
    /// How the last substitution of the command at hand ended.
    pub substituted: Option<Status>,
    /// What it printed, line ends and all; `None` when that is not known.
    pub whole: Option<Value>,
    /// The signal that all processes of the step were sent, with its number.
    pub arrived: Option<(&'static str, u8)>,
    /// The job was killed: nothing runs any more.
    pub killed: bool,
    /// How often a step's outputs or the variables of later steps were set.
    pub exports: usize,
    /// The last call of each script.
    pub called: BTreeMap<RepoPath, Called>,
}

/// A call of a script that has been followed.
pub(super) struct Called {
    pub step: usize,
    pub depth: usize,
    pub quiet: bool,
    /// What it started with.
    pub scope: Scope,
    pub flow: Flow,
    /// How many acts, exports and written texts there were when it ended.
    pub end: (usize, usize, usize),
    /// How it ended.
    pub status: Status,
    /// What it printed, when that is known.
    pub printed: Option<Value>,
}

/// The heredoc form of what is written to `$GITHUB_ENV` and `$GITHUB_OUTPUT`: a name, lines, an end.
pub(super) struct Several {
    pub name: String,
    pub end: Value,
    pub lines: Vec<Value>,
}

impl Interpreter<'_> {
    pub(super) fn too_deep(&self) -> bool {
        self.depth > DEEPEST || self.trace.acts.len() > MOST_ACTS || self.walked > MOST_STATEMENTS
    }

    /// Whether the job is played rather than looked at.
    pub(super) fn plays(&self) -> bool {
        self.world.rounds().is_some()
    }

    pub(super) fn block(&mut self, scope: &mut Scope, block: &[Statement], flow: &Flow) -> Goes {
        let mut rest: Option<Flow> = None;
        for (at, statement) in block.iter().enumerate() {
            self.walked += 1;
            if self.killed {
                return Goes::Exit;
            }
            if self.too_deep() {
                let told = self.stopped.replace(self.step);
                if told != Some(self.step) {
                    let why = "from here on the job calls too deeply, or does too much, to be followed";
                    let kind = if told.is_none() { UnfollowedKind::Limit } else { UnfollowedKind::BehindLimit };
                    self.gap(scope, statement.span.clone(), why.to_owned(), kind);
                }
                return Goes::Return;
            }
            let goes = self.statement(scope, statement, rest.as_ref().unwrap_or(flow));
            if goes != Goes::On {
                return goes;
            }
            rest = rest.or_else(|| self.given_up(scope, block, at, flow));
        }
        Goes::On
    }

    pub(super) fn statement(&mut self, scope: &mut Scope, statement: &Statement, flow: &Flow) -> Goes {
        if !statement.negated && !statement.background {
            return self.attached(scope, statement, flow);
        }
        let mut flow = flow.clone();
        flow.context.tolerated |= statement.negated;
        flow.tested |= statement.negated;
        if statement.background {
            flow.context.background = true;
            flow.context.substituted = false;
            // No loop around it waits for its end.
            (flow.context.looped, flow.context.restarted) = (false, false);
            flow.loops = 0;
            // Its standard input is `/dev/null` (POSIX, 2.9.3).
            flow.input = Input::of(Some(Value::default()));
            let mut own = scope.subshell();
            self.attached(&mut own, statement, &flow);
            if heeds_traps(&statement.kind) {
                self.shell_ends(&mut own, &flow);
            }
            scope.printed = own.printed;
            scope.status = Status::SUCCESS;
            return Goes::On;
        }
        self.attached(scope, statement, &flow)
    }

    /// A statement with its redirections, its `!`, and what `set -e` makes of its end.
    fn attached(&mut self, scope: &mut Scope, statement: &Statement, flow: &Flow) -> Goes {
        let goes = self.redirected(scope, &statement.redirects, flow, &mut |walker, scope, flow| {
            let flow = walker.fed(scope, flow);
            walker.kind(scope, statement, &flow)
        });
        if !flow.tested {
            self.looked_at.clear();
        }
        if goes != Goes::On {
            return goes;
        }
        if let Some(signal) = self.arrived
            && !scope.signalled
        {
            return self.signalled(scope, signal, flow);
        }
        if statement.negated {
            scope.status = scope.status.negated();
            return Goes::On;
        }
        // Of a group, an `if` or a loop the command in it that fails counts, or none does.
        let counts = matches!(
            statement.kind,
            StatementKind::Command(_)
                | StatementKind::Pipeline(_)
                | StatementKind::Subshell(_)
                | StatementKind::Test(_)
                | StatementKind::Arithmetic(_)
        );
        if counts { self.after_failure(scope, statement.span.clone(), flow) } else { Goes::On }
    }

    /// Where the script goes on when the last command failed, if it did.
    fn after_failure(&mut self, scope: &mut Scope, span: Range<usize>, flow: &Flow) -> Goes {
        // What a loop's body would do in its first round it may not do in the others.
        let known = scope.status.succeeded().is_no() && (self.plays() || !flow.context.in_loop);
        if !known || flow.tested {
            return Goes::On;
        }
        if self.plays() && scope.within.is_empty() {
            let status = scope.status;
            let goes = self.trapped(scope, "ERR", flow);
            scope.status = status;
            if goes != Goes::On {
                return goes;
            }
        }
        if !scope.errexit || scope.substitutes {
            return Goes::On;
        }
        if self.goes_on(scope, span) { Goes::On } else { Goes::Exit }
    }

    /// Whether a played script goes on where it would end in a failure, which is then none.
    pub(super) fn goes_on(&mut self, scope: &mut Scope, span: Range<usize>) -> bool {
        let goes_on = self.plays() && self.world.goes_on(&scope.frame.location(span));
        if goes_on {
            scope.status = Status::SUCCESS;
        }
        goes_on
    }

    fn kind(&mut self, scope: &mut Scope, statement: &Statement, flow: &Flow) -> Goes {
        match &statement.kind {
            StatementKind::Command(command) => self.command(scope, command, statement.span.clone(), flow),
            StatementKind::Pipeline(stages) => self.pipeline(scope, stages, flow),
            StatementKind::And(left, right) => self.and_or(scope, left, right, true, flow),
            StatementKind::Or(left, right) => self.and_or(scope, left, right, false, flow),
            StatementKind::If { arms, otherwise } => self.branches(scope, arms, otherwise.as_ref(), flow),
            StatementKind::For { variable, words, body } => {
                self.for_loop(scope, variable, words.as_deref(), body, flow)
            }
            StatementKind::Count { start, condition, step, body } => {
                self.count_loop(scope, start, (condition, step), body, flow)
            }
            StatementKind::While { condition, until, body } => self.while_loop(scope, condition, *until, body, flow),
            StatementKind::Case { subject, arms } => self.case(scope, subject, arms, flow),
            StatementKind::Subshell(block) => {
                let mut inner = scope.subshell();
                self.block(&mut inner, block, &flow.below());
                self.shell_ends(&mut inner, flow);
                self.leaves(scope, inner, flow)
            }
            StatementKind::Group(block) => {
                let goes = self.block(scope, block, flow);
                self.forget_rounds(scope, flow);
                goes
            }
            StatementKind::Function { name, body } => {
                let function = Function { body: body.clone(), frame: scope.frame.clone(), outer: None };
                if let Some(known) = scope.handed.get(name).map(|_| name.clone()) {
                    scope.handed.insert(known, function.clone());
                }
                scope.functions.insert(name.clone(), function);
                scope.status = Status::SUCCESS;
                Goes::On
            }
            StatementKind::Test(words) => {
                self.double_brackets(scope, words, statement.span.clone(), flow);
                Goes::On
            }
            StatementKind::Arithmetic(word) => {
                let value = self.arithmetic_word(scope, word, flow);
                scope.status = value.map_or(Status::Unknown, |value| Status::of((value != 0).into()));
                Goes::On
            }
        }
    }

    /// What a shell below this one leaves behind: its status and what it printed.
    pub(super) fn leaves(&mut self, scope: &mut Scope, inner: Scope, flow: &Flow) -> Goes {
        scope.status = inner.status;
        scope.printed = inner.printed;
        self.forget_rounds(scope, flow);
        if self.killed { Goes::Exit } else { Goes::On }
    }

    /// A loop's body that is looked at once for all rounds knows only how its first one ends.
    pub(super) fn forget_rounds(&mut self, scope: &mut Scope, flow: &Flow) {
        if flow.context.in_loop && !self.plays() {
            scope.status = Status::Unknown;
        }
    }

    /// Looks at words again: nothing is written down meanwhile.
    pub(super) fn quietly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.quiet, true);
        let seen = look(self);
        self.quiet = outer;
        seen
    }

    fn pipeline(&mut self, scope: &mut Scope, stages: &[Statement], flow: &Flow) -> Goes {
        let mut before: Vec<super::Stage> = Vec::new();
        let mut status = Status::SUCCESS;
        let mut input = flow.input.clone();
        for (index, stage) in stages.iter().enumerate() {
            let last = index + 1 == stages.len();
            let mut inner = flow.below();
            inner.context.tolerated |= !last && !scope.pipefail;
            inner.input = input;
            inner.file = None;
            if index > 0 {
                let at = scope.frame.location(stages[0].span.start..stage.span.start);
                let made_by = self.ids.read_by(&before);
                inner.context.stdin = Some(Arc::new(Capture::new(before.clone(), at, made_by)));
            }
            let mut own = scope.subshell();
            if !last {
                inner.context.output = Some(Value::literal("|"));
                inner.captured = true;
                own.printed = Some(Value::default());
            }
            self.statement(&mut own, stage, &inner);
            if heeds_traps(&stage.kind) {
                self.shell_ends(&mut own, &inner);
            }
            status = match own.status.succeeded() {
                _ if !scope.pipefail => own.status,
                Truth::Yes => status,
                Truth::No => own.status,
                // One of them failed, at least.
                Truth::Unknown if status.succeeded().is_no() => Status::Failure,
                Truth::Unknown => Status::Unknown,
            };
            if last {
                scope.printed = own.printed.clone();
                break;
            }
            input = Input::of(own.printed.take());
            before.extend(self.stages_of(&mut own, stage, &inner));
        }
        scope.status = status;
        if self.killed { Goes::Exit } else { Goes::On }
    }

    /// The text of a range, on one line.
    pub(super) fn written(&self, scope: &Scope, range: Range<usize>) -> String {
        written(&scope.frame, range)
    }

    /// The text of a command, short enough for a message.
    pub(super) fn shortened(&self, scope: &Scope, range: Range<usize>) -> String {
        shortened(&scope.frame, range)
    }

    /// Writes a command down, and asks the world what it does.
    pub(super) fn record(&mut self, scope: &Scope, kind: ActKind, span: Range<usize>, flow: &Flow) -> Answer {
        self.record_fed(scope, kind, None, span, flow)
    }

    /// The same for a command that xargs may run.
    pub(super) fn record_fed(
        &mut self,
        scope: &Scope,
        kind: ActKind,
        xargs: Option<Xargs>,
        span: Range<usize>,
        flow: &Flow,
    ) -> Answer {
        if self.quiet || self.killed {
            return Answer::default();
        }
        let mut act = self.act(scope, kind, span, flow);
        act.context.xargs = xargs;
        let (index, input) = (self.trace.acts.len(), flow.input.text());
        let answer = self.world.answer(&Asked { act: &act, index: Some(index), input: input.as_ref() });
        // Whoever plays has seen its variables; to hold them would cost the shell a copy when it sets the next one.
        if self.plays() {
            act.env = Shared::default();
        }
        self.lists.note(&act, index);
        self.trace.acts.push(act);
        answer
    }

    /// Asks the world about something that is not written down.
    pub(super) fn ask(&mut self, scope: &Scope, kind: ActKind, span: Range<usize>, flow: &Flow) -> Answer {
        if self.quiet || self.killed || !self.plays() {
            return Answer::default();
        }
        let act = self.act(scope, kind, span, flow);
        let input = flow.input.text();
        self.world.answer(&Asked { act: &act, index: None, input: input.as_ref() })
    }

    /// What a command's answer means for the shell.
    pub(super) fn answered(&mut self, scope: &mut Scope, answer: Answer, flow: &Flow) -> Goes {
        scope.status = answer.status;
        self.exports += answer.exports.len();
        self.exported.extend(answer.exports.into_iter().map(|(name, value)| (name.into(), value)));
        if answer.drained {
            flow.input.drain();
        }
        if let Some(output) = &answer.output {
            self.write(scope, output, flow);
        }
        self.prints(scope, answer.output, flow);
        self.came(answer.then)
    }

    /// What comes when a command has ended.
    pub(super) fn came(&mut self, then: Then) -> Goes {
        match then {
            Then::On => Goes::On,
            Then::Signal(name, number) => {
                self.arrived = Some((name, number));
                Goes::On
            }
            Then::Killed => {
                self.killed = true;
                Goes::Exit
            }
        }
    }

    fn act(&self, scope: &Scope, kind: ActKind, span: Range<usize>, flow: &Flow) -> Act {
        let context = Context {
            tolerated: flow.context.tolerated || !scope.errexit && flow.context.trap.is_none(),
            errexit: scope.errexit,
            nounset: scope.nounset,
            pipefail: scope.pipefail,
            target: scope.target,
            process: scope.process,
            functions: scope.within.clone(),
            ..flow.context.clone()
        };
        let called = self.called(scope, &kind);
        Act {
            kind,
            called,
            step: self.step,
            at: scope.frame.location(span.clone()),
            frame: scope.frame.clone(),
            text: self.shortened(scope, span),
            chain: scope.chain.clone(),
            context,
            env: scope.variables.clone(),
            directory: scope.directory.clone(),
        }
    }

    /// The call of the function at hand, when docker's verb is one of its arguments.
    fn called(&self, scope: &Scope, kind: &ActKind) -> Option<Arc<HelperCall>> {
        let ActKind::Docker(docker) = kind else { return None };
        let to_verb = scope.frame.text.value().get(docker.at.clone())?.trim_end_matches('"');
        if !(to_verb.ends_with("$@") || to_verb.ends_with("$*")) {
            return None;
        }
        let call = scope.call.as_ref()?;
        let text = shortened(&call.frame, call.span.clone());
        Some(Arc::new(HelperCall { at: call.frame.location(call.span.clone()), text, chain: call.chain.clone() }))
    }

    pub(super) fn unfollowed(&mut self, scope: &Scope, span: Range<usize>, why: impl Into<String>) {
        self.gap(scope, span, why.into(), UnfollowedKind::Call);
    }

    /// Says where a script nests too deeply, or is too long, to be read.
    pub(super) fn note_unread(&mut self, scope: &Scope, script: &Script, span: Range<usize>) {
        if script.gave_up {
            self.gap(scope, span, "it nests too deeply, or is too long, to be read".to_owned(), UnfollowedKind::Limit);
        }
    }

    /// Notes what could not be followed.
    pub(super) fn gap(&mut self, scope: &Scope, span: Range<usize>, why: String, kind: UnfollowedKind) {
        if !self.quiet {
            let what = self.shortened(scope, span.clone());
            let at = scope.frame.location(span);
            self.trace.unfollowed.push(Unfollowed { at, what, why, step: self.step, kind });
        }
    }
}

/// Whether a shell that is there for this alone runs its traps when it ends: of a loop or a branch in a pipe or in the
/// background bash leaves it without (execute_cmd.c, `execute_command_internal`).
fn heeds_traps(kind: &StatementKind) -> bool {
    matches!(kind, StatementKind::Command(_) | StatementKind::Group(_) | StatementKind::Subshell(_))
}

/// Few words are longer.
const LONG_WORD: usize = 28;

/// A text on one line.
fn written(frame: &Frame, range: Range<usize>) -> String {
    line(frame, range, usize::MAX)
}

/// The same, short enough for a message.
fn shortened(frame: &Frame, range: Range<usize>) -> String {
    const LONGEST: usize = 100;
    let mut line = line(frame, range, LONGEST);
    if line.len() > LONGEST
        && let Some((at, _)) = line.char_indices().nth(LONGEST)
    {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// Whether a text is words with one blank between each two.
fn is_one_line(text: &str) -> bool {
    // Before the first word as behind the last no blank stands.
    let mut after_blank = true;
    let is_plain = |byte: u8| {
        let is_blank = byte == b' ';
        let fits = byte.is_ascii_graphic() || is_blank && !after_blank;
        after_blank = is_blank;
        fits
    };
    text.bytes().all(is_plain) && (text.is_empty() || !after_blank)
}

/// What [`line`] makes of a text of one byte for each character, as far as it looks at that.
fn ascii_line(text: &str, least: usize) -> Option<String> {
    let bytes = text.as_bytes();
    let mut line = String::with_capacity(text.len().min(least.saturating_add(LONG_WORD)));
    let (mut at, mut start) = (0, 0);
    loop {
        // How many bytes part two words here.
        let gap = match bytes.get(at) {
            Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => 2,
            Some(b' ' | b'\t'..=b'\r') => 1,
            Some(byte) if !byte.is_ascii() => return None,
            Some(_) => {
                at += 1;
                continue;
            }
            None => 0,
        };
        if start < at {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&text[start..at]);
        }
        if gap == 0 || line.len() > least {
            return Some(line);
        }
        at += gap;
        start = at;
    }
}

/// What stands for a variable of make, just or Task, or for what awk reads, in the text that a shell gets.
const GIVEN: &str = "${{ given.";

/// A text of a frame with what its file has in place of what only stands for it: `$(NAME)`. `start` is where it begins.
fn as_written(frame: &Frame, text: &str, start: usize) -> String {
    const LONGEST: usize = 60;
    let mut own = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(GIVEN) {
        let Some(length) = text[at..].find("}}") else { break };
        let end = at + length + 2;
        let raw = between(frame, start + at, start + end).filter(|raw| raw.len() <= LONGEST && !raw.contains('\n'));
        own.push_str(&text[done..at]);
        own.push_str(raw.unwrap_or("…"));
        done = end;
    }
    own.push_str(&text[done..]);
    own
}

/// What the file has between the bytes before and behind a range of a frame's text.
fn between(frame: &Frame, start: usize, end: usize) -> Option<&str> {
    let text = &frame.text;
    let before = text.value().get(..start)?.char_indices().next_back();
    let from = before.map_or(text.whole().start, |(at, _)| text.span(at..start).end);
    let behind = text.value().get(end..)?.chars().next();
    let to = behind.map_or(text.whole().end, |next| text.span(end..end + next.len_utf8()).start);
    (from < to).then(|| frame.source.slice(crate::source::Span::new(from, to)))
}

/// A text on one line, at least so many characters of it.
fn line(frame: &Frame, range: Range<usize>, least: usize) -> String {
    let text = frame.text.value().get(range.clone()).unwrap_or_default();
    let own = text.contains(GIVEN).then(|| as_written(frame, text, range.start));
    let text = own.as_deref().unwrap_or(text);
    if text.len() <= least && is_one_line(text) {
        return text.to_owned();
    }
    if let Some(line) = ascii_line(text, least) {
        return line;
    }
    let mut line = String::new();
    // Words that only a continued line keeps apart are apart.
    for word in text.split("\\\n").flat_map(str::split_whitespace) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > least && line.chars().count() > least {
            break;
        }
    }
    line
}
