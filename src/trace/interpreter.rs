//! Statements: which commands a script runs, in which order, under which conditions.

use std::collections::BTreeMap;
use std::ops::Range;

use super::branch::{Arm, fails};
use super::contexts::Contexts;
use super::ids::Ids;
use super::scope::{Flow, Function, Scope, merge};
use super::{Act, ActKind, Capture, Context, JobTrace, Unfollowed};
use crate::command::Arg;
use crate::follow::{Files, RepoPath};
use crate::shell::{Block, Kind, RedirectKind, Statement, Word};
use crate::symbol::Value;
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
    pub contexts: Contexts,
    pub trace: JobTrace,
    /// What steps wrote to `$GITHUB_ENV`.
    pub exported: BTreeMap<String, Value>,
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
    /// Which files hold the ids of containers.
    pub ids: Ids,
    /// How many statements that branch were met.
    pub branched: usize,
    /// Nothing is written down: words are only looked at again.
    pub quiet: bool,
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
}

/// The heredoc form of what is written to `$GITHUB_ENV` and `$GITHUB_OUTPUT`: a name, lines, an end.
pub(super) struct Several {
    pub name: String,
    pub end: Value,
    pub lines: Vec<Value>,
}

/// Whether what follows is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// It is.
    On,
    /// `exit`, `return`: it is not.
    Out,
}

impl Interpreter<'_> {
    pub(super) fn too_deep(&self) -> bool {
        self.depth > DEEPEST || self.trace.acts.len() > MOST_ACTS || self.walked > MOST_STATEMENTS
    }

    pub(super) fn block(&mut self, scope: &mut Scope, block: &[Statement], flow: &Flow) -> Goes {
        let mut rest: Option<Flow> = None;
        for (at, statement) in block.iter().enumerate() {
            self.walked += 1;
            if self.walked == MOST_STATEMENTS {
                self.unfollowed(scope, statement.span.clone(), "the job runs too many commands");
            }
            if self.too_deep() || self.statement(scope, statement, rest.as_ref().unwrap_or(flow)) == Goes::Out {
                return Goes::Out;
            }
            rest = rest.or_else(|| self.given_up(scope, block, at, flow));
        }
        Goes::On
    }

    pub(super) fn statement(&mut self, scope: &mut Scope, statement: &Statement, flow: &Flow) -> Goes {
        let mut flow = flow.clone();
        flow.background |= statement.background;
        flow.tolerated |= statement.negated;
        self.redirected(scope, statement, &mut flow);
        match &statement.kind {
            Kind::Command(command) => {
                let out = self.command(scope, command, statement.span.clone(), &flow);
                if flow.background { Goes::On } else { out }
            }
            Kind::Pipeline(stages) => self.pipeline(scope, stages, &flow),
            Kind::And(left, right) => self.and_or(scope, left, right, true, &flow),
            Kind::Or(left, right) => self.and_or(scope, left, right, false, &flow),
            Kind::If { arms, otherwise } => self.branches(scope, arms, otherwise.as_ref(), &flow),
            Kind::For { variable, words, body } => self.for_loop(scope, variable, words.as_deref(), body, &flow),
            Kind::While { condition, body, .. } => {
                let looping = Flow { in_loop: true, ..flow.clone() };
                self.block(scope, condition, &looping.forgiven());
                let before = scope.variables.clone();
                self.block(scope, body, &looping.maybe());
                scope.variables = merge(vec![before, std::mem::take(&mut scope.variables)]);
                Goes::On
            }
            Kind::Case { subject, arms } => self.case(scope, subject, arms, &flow),
            Kind::Subshell(block) => {
                let mut inner = scope.clone();
                inner.traps.clear();
                self.block(&mut inner, block, &flow);
                self.run_traps(&mut inner, &flow);
                Goes::On
            }
            Kind::Group(block) => self.block(scope, block, &flow),
            Kind::Function { name, body } => {
                let function = Function { body: body.clone().into(), frame: scope.frame.clone() };
                scope.functions.insert(name.clone(), function);
                Goes::On
            }
            Kind::Test(words) => {
                for word in words {
                    self.word(scope, word, &flow);
                }
                Goes::On
            }
        }
    }

    /// What the redirections of a compound statement mean for what is in it.
    fn redirected(&mut self, scope: &mut Scope, statement: &Statement, flow: &mut Flow) {
        for redirect in &statement.redirects {
            match &redirect.kind {
                RedirectKind::Write(word) | RedirectKind::Append(word)
                    if redirect.descriptor.is_none_or(|descriptor| descriptor == 1) =>
                {
                    flow.output = Some(self.word(scope, word, flow));
                }
                RedirectKind::Read(word) | RedirectKind::HereString(word) => {
                    flow.stdin = self.read_from(scope, word, flow);
                }
                _ => {}
            }
        }
    }

    /// Looks at words again: nothing is written down meanwhile.
    pub(super) fn quietly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.quiet, true);
        let seen = look(self);
        self.quiet = outer;
        seen
    }

    /// What a command reads from a file or a text, as far as it is known what wrote that.
    pub(super) fn read_from(&mut self, scope: &mut Scope, word: &Word, flow: &Flow) -> Option<Capture> {
        let value = self.word(scope, word, flow);
        if let Some(capture) = self.trace.capture(&value) {
            return Some(capture.clone());
        }
        let made_by = self.ids.held_by(&value);
        if made_by.is_empty() {
            return None;
        }
        let at = scope.frame.location(word.span.clone());
        // As `cat` gives it: captures are told apart by the commands that they come from.
        let argv = vec![Arg::new(value, word.span.clone())];
        let stages = vec![super::Stage { program: "cat".to_owned(), argv, call: None }];
        Some(Capture { stages, at, made_by })
    }

    fn pipeline(&mut self, scope: &mut Scope, stages: &[Statement], flow: &Flow) -> Goes {
        let mut before: Vec<super::Stage> = Vec::new();
        for (index, stage) in stages.iter().enumerate() {
            let last = index + 1 == stages.len();
            let mut inner = flow.clone();
            inner.tolerated |= !last && !scope.pipefail;
            if index > 0 {
                let at = scope.frame.location(stages[0].span.start..stage.span.start);
                let made_by = self.ids.read_by(&before);
                inner.stdin = Some(Capture { stages: before.clone(), at, made_by });
            }
            if !last {
                inner.output = Some(Value::literal("|"));
            }
            let mut own = scope.clone();
            self.statement(&mut own, stage, &inner);
            before.extend(self.stages_of(&mut own, stage, &inner));
        }
        Goes::On
    }

    fn and_or(&mut self, scope: &mut Scope, left: &Statement, right: &Statement, and: bool, flow: &Flow) -> Goes {
        let mut looks_at = Vec::new();
        let truth = self.truth_of(scope, std::slice::from_ref(left), flow, &mut looks_at);
        let forgives = !and && !fails(scope, std::slice::from_ref(right));
        let mut left_flow = flow.clone();
        left_flow.tolerated |= forgives || (and && is_test(left));
        left_flow.before_and |= and;
        let first = self.trace.acts.len();
        if self.statement(scope, left, &left_flow) == Goes::Out {
            return Goes::Out;
        }
        let asked = first..self.trace.acts.len();
        let runs = if and { truth } else { !truth };
        match runs {
            Truth::No => Goes::On,
            Truth::Yes => self.statement(scope, right, flow),
            Truth::Unknown => {
                // `a && b`: b is the rest of one thing; only a test makes it a branch.
                let mut inner = flow.clone();
                inner.conditional |= !and || is_test(left);
                inner.guarded |= and && guards(left);
                if !and || is_test(left) {
                    let of = self.branching();
                    let (condition, body) = (std::slice::from_ref(left), std::slice::from_ref(right));
                    let arm = Arm { of, arm: 0, arms: 0, condition, looks_at, asked, on_yes: and, body };
                    inner = self.in_arm(scope, arm, &inner);
                }
                let before = scope.variables.clone();
                let out = self.statement(scope, right, &inner);
                let after = std::mem::take(&mut scope.variables);
                scope.variables = if out == Goes::Out { before } else { merge(vec![before, after]) };
                if and && !is_test(left) { out } else { Goes::On }
            }
        }
    }

    fn branches(&mut self, scope: &mut Scope, arms: &[(Block, Block)], otherwise: Option<&Block>, flow: &Flow) -> Goes {
        let mut ways = Vec::new();
        let mut open = true;
        let mut all_out = true;
        let mut certain = true;
        let of = self.branching();
        let count = if otherwise.is_some() { arms.len() + 1 } else { 0 };
        let (mut asked, mut looks_at) = (0..0, Vec::new());
        for (index, (condition, body)) in arms.iter().enumerate() {
            looks_at.clear();
            let truth = self.truth_of(scope, condition, flow, &mut looks_at);
            asked.start = self.trace.acts.len();
            self.block(scope, condition, &flow.forgiven());
            asked.end = self.trace.acts.len();
            if truth.is_no() {
                continue;
            }
            let mut inner = flow.clone();
            inner.conditional |= !(truth.is_yes() && certain);
            inner.guarded |= condition.last().is_some_and(guards);
            if inner.conditional {
                let (asked, looks_at) = (asked.clone(), looks_at.clone());
                let arm = Arm { of, arm: index, arms: count, condition, looks_at, asked, on_yes: true, body };
                inner = self.in_arm(scope, arm, &inner);
            }
            let before = scope.variables.clone();
            let out = self.block(scope, body, &inner);
            let after = std::mem::replace(&mut scope.variables, before);
            if out == Goes::On {
                ways.push(after);
                all_out = false;
            }
            if truth.is_yes() {
                open = false;
                break;
            }
            certain = false;
        }
        if open {
            match otherwise {
                Some(body) => {
                    let mut inner = flow.clone();
                    inner.conditional |= !certain;
                    if let Some((condition, _)) = arms.last().filter(|_| !certain) {
                        let (arm, on_yes) = (arms.len(), false);
                        let arm = Arm { of, arm, arms: count, condition, looks_at, asked, on_yes, body };
                        inner = self.in_arm(scope, arm, &inner);
                    }
                    let before = scope.variables.clone();
                    let out = self.block(scope, body, &inner);
                    let after = std::mem::replace(&mut scope.variables, before);
                    if out == Goes::On {
                        ways.push(after);
                        all_out = false;
                    }
                }
                None => {
                    ways.push(scope.variables.clone());
                    all_out = false;
                }
            }
        }
        if all_out {
            return Goes::Out;
        }
        scope.variables = merge(ways);
        Goes::On
    }

    fn for_loop(
        &mut self,
        scope: &mut Scope,
        variable: &str,
        words: Option<&[Word]>,
        body: &Block,
        flow: &Flow,
    ) -> Goes {
        let args = match words {
            Some(words) => self.args(scope, words, flow),
            None => scope.positional.iter().map(|value| crate::command::Arg::new(value.clone(), 0..0)).collect(),
        };
        let args = crate::command::fields(&args);
        let listed = args.iter().any(|arg| arg.splits && arg.value.as_literal().is_none());
        let counts = args.iter().any(|arg| arg.text().is_some_and(|text| text.contains("..")));
        let values = args.iter().map(|arg| match self.trace.capture(&arg.value) {
            Some(_) => arg.value.clone(),
            None if arg.splits && arg.value.as_literal().is_none() => {
                Value::opaque(format!("${variable}"), arg.value.unique(), Truth::No)
            }
            None => arg.value.clone(),
        });
        let value = if counts { Value::unknown(format!("${variable}")) } else { Value::one_of(values) };
        scope.variables.insert(variable.to_owned(), value);
        let inner = Flow {
            in_loop: true,
            conditional: flow.conditional || listed,
            guarded: flow.guarded || listed,
            ..flow.clone()
        };
        self.block(scope, body, &inner);
        Goes::On
    }

    fn case(&mut self, scope: &mut Scope, subject: &Word, arms: &[(Vec<Word>, Block)], flow: &Flow) -> Goes {
        let value = self.word(scope, subject, flow);
        let known = value.as_literal().map(str::to_owned);
        let mut ways = vec![scope.variables.clone()];
        let of = self.branching();
        for (index, (patterns, body)) in arms.iter().enumerate() {
            let literals: Option<Vec<String>> = patterns.iter().map(Word::literal).collect();
            let matches = match (&known, &literals) {
                (Some(text), Some(patterns)) if patterns.iter().all(|pattern| !pattern.contains(['*', '?', '['])) => {
                    Truth::from(patterns.contains(text))
                }
                (_, Some(patterns)) if known.is_some() && patterns.iter().any(|pattern| pattern == "*") => Truth::Yes,
                _ => Truth::Unknown,
            };
            if matches.is_no() {
                continue;
            }
            let before = scope.variables.clone();
            let inner = match matches.is_yes() {
                true => flow.clone(),
                false => self.in_case(of, index, &value, body, (scope, &flow.maybe())),
            };
            let out = self.block(scope, body, &inner);
            let after = std::mem::replace(&mut scope.variables, before);
            if matches.is_yes() {
                scope.variables = after;
                return out;
            }
            if out == Goes::On {
                ways.push(after);
            }
        }
        scope.variables = merge(ways);
        Goes::On
    }

    /// Runs what traps of the ending shell are set to.
    pub(super) fn run_traps(&mut self, scope: &mut Scope, flow: &Flow) {
        for (trap, function) in std::mem::take(&mut scope.traps) {
            let inner = Flow { trap: Some(trap), tolerated: true, ..flow.clone() };
            let frame = std::mem::replace(&mut scope.frame, function.frame.clone());
            self.depth += 1;
            self.block(scope, &function.body, &inner);
            self.depth -= 1;
            scope.frame = frame;
        }
    }

    /// Whether a condition holds, when its last command is a test of known text; `looks_at` gets the words of tests.
    fn truth_of(
        &mut self,
        scope: &mut Scope,
        condition: &[Statement],
        flow: &Flow,
        looks_at: &mut Vec<Value>,
    ) -> Truth {
        let [statement] = condition else { return Truth::Unknown };
        let truth = match &statement.kind {
            Kind::Command(command) => {
                let args = self.quietly(|this| this.args(scope, &command.words, flow));
                let values: Vec<&Value> = args.iter().map(|arg| &arg.value).collect();
                if matches!(values.first().and_then(|name| name.as_literal()), Some("[" | "test")) {
                    looks_at.extend(values.iter().skip(1).map(|value| (*value).clone()));
                }
                match values.split_first().map(|(name, rest)| (name.as_literal(), rest)) {
                    Some((Some("["), [inner @ .., _])) => test(inner),
                    Some((Some("test"), inner)) => test(inner),
                    Some((Some("true" | ":"), _)) => Truth::Yes,
                    Some((Some("false"), _)) => Truth::No,
                    _ => Truth::Unknown,
                }
            }
            Kind::Test(words) => {
                let values: Vec<Value> =
                    self.quietly(|this| words.iter().map(|word| this.word(scope, word, flow)).collect());
                let truth = test(&values.iter().collect::<Vec<_>>());
                looks_at.extend(values);
                truth
            }
            Kind::And(left, right) => {
                let left = self.truth_of(scope, std::slice::from_ref(left), flow, looks_at);
                left.and(self.truth_of(scope, std::slice::from_ref(right), flow, looks_at))
            }
            Kind::Or(left, right) => {
                let left = self.truth_of(scope, std::slice::from_ref(left), flow, looks_at);
                left.or(self.truth_of(scope, std::slice::from_ref(right), flow, looks_at))
            }
            _ => Truth::Unknown,
        };
        if statement.negated { !truth } else { truth }
    }

    /// The text of a range, on one line.
    pub(super) fn written(&self, scope: &Scope, range: Range<usize>) -> String {
        let text = scope.frame.text.value().get(range).unwrap_or_default();
        text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text of a command, short enough for a message.
    pub(super) fn shortened(&self, scope: &Scope, range: Range<usize>) -> String {
        const LONGEST: usize = 100;
        let text = self.written(scope, range);
        match text.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        }
    }

    pub(super) fn record(&mut self, scope: &Scope, kind: ActKind, span: Range<usize>, flow: &Flow) {
        if self.quiet {
            return;
        }
        let context = Context {
            background: flow.background,
            conditional: flow.conditional,
            tolerated: flow.tolerated || !scope.errexit && flow.trap.is_none(),
            before_and: flow.before_and,
            guarded: flow.guarded,
            in_loop: flow.in_loop,
            branches: flow.branches.clone(),
            trap: flow.trap.clone(),
            errexit: scope.errexit,
            nounset: scope.nounset,
            pipefail: scope.pipefail,
            target: scope.target,
            stdin: flow.stdin.clone(),
            xargs: None,
            process: scope.process,
            functions: scope.within.clone(),
            output: flow.output.clone(),
        };
        self.trace.acts.push(Act {
            kind,
            step: self.step,
            at: scope.frame.location(span.clone()),
            frame: scope.frame.clone(),
            text: self.shortened(scope, span),
            chain: scope.chain.clone(),
            context,
            env: scope.variables.clone(),
            directory: scope.directory.clone(),
        });
    }

    pub(super) fn unfollowed(&mut self, scope: &Scope, span: Range<usize>, why: impl Into<String>) {
        if !self.quiet {
            let what = self.shortened(scope, span.clone());
            let at = scope.frame.location(span);
            self.trace.unfollowed.push(Unfollowed { at, what, why: why.into(), step: self.step });
        }
    }
}

/// `[ … ]` over known text.
fn test(words: &[&Value]) -> Truth {
    let operator = |value: &Value| value.as_literal().map(str::to_owned);
    match words {
        [not, rest @ ..] if not.as_literal() == Some("!") => !test(rest),
        [flag, value] => match operator(flag).as_deref() {
            Some("-n") => !value.empty(),
            Some("-z") => value.empty(),
            _ => Truth::Unknown,
        },
        [left, middle, right] => match operator(middle).as_deref() {
            Some("=" | "==") if right.as_literal().is_none_or(|text| !text.contains(['*', '?'])) => left.same(right),
            Some("!=") if right.as_literal().is_none_or(|text| !text.contains(['*', '?'])) => !left.same(right),
            _ => Truth::Unknown,
        },
        [only] => !only.empty(),
        _ => Truth::Unknown,
    }
}

/// Whether a statement is a test that makes what follows a branch.
fn is_test(statement: &Statement) -> bool {
    match &statement.kind {
        Kind::Test(_) => true,
        Kind::Command(command) => command.words.first().and_then(Word::literal).is_some_and(|name| {
            matches!(name.as_str(), "[" | "test" | "command" | "which" | "grep" | "true" | "false")
        }),
        Kind::And(_, right) => is_test(right),
        Kind::Or(left, _) => is_test(left),
        _ => false,
    }
}

/// Whether it makes sure that something is not empty, or exists.
fn guards(statement: &Statement) -> bool {
    match &statement.kind {
        Kind::Test(words) => has_operand(words),
        Kind::Command(command) => has_operand(&command.words) || asks_docker(&command.words),
        Kind::Pipeline(stages) => {
            stages.iter().any(|stage| matches!(&stage.kind, Kind::Command(command) if asks_docker(&command.words)))
        }
        Kind::And(left, right) | Kind::Or(left, right) => guards(left) || guards(right),
        _ => false,
    }
}

fn has_operand(words: &[Word]) -> bool {
    let first = words.first().and_then(Word::literal);
    match first.as_deref() {
        Some("[" | "test") => words.len() > 1,
        Some("docker") => false,
        _ => {
            words.iter().any(|word| word.literal().is_some_and(|text| text == "-n" || text == "-z")) || words.len() == 1
        }
    }
}

fn asks_docker(words: &[Word]) -> bool {
    let texts: Vec<String> = words.iter().filter_map(Word::literal).collect();
    texts.iter().any(|text| text == "docker" || text == "podman")
        && texts.iter().any(|text| matches!(text.as_str(), "ps" | "inspect" | "ls" | "images"))
}
