//! Loops. A played job goes round as often as its world's answers have it, within a bound; one that is looked at
//! goes once, for all rounds together, but for a loop over the arguments that it takes away: that goes round with each.

use super::arithmetic;
use super::branch_arms::only_tests;
use super::control_flow::Goes;
use super::interpreter::Interpreter;
use super::scope::{Flow, Scope};
use super::world::Status;
use crate::command::Arg;
use crate::follow::{Resolved, resolve};
use crate::shell::{Block, Node, Part, Statement, Word, visit_block, walk_block};
use crate::symbol::Value;
use crate::truth::Truth;

/// How many rounds of a loop over its arguments are looked at one by one.
const MOST_ROUNDS: usize = 100;

/// How many rounds of a loop, and of all loops within it, are played one by one: as many as of two, one in the other,
/// that both go round as often as any may. Loops within loops within loops would have no end otherwise.
const MOST_NESTED: usize = 1_600;

/// What a loop goes on for.
enum Goal<'a> {
    /// `while` and `until`.
    Block {
        /// The commands whose last one decides.
        condition: &'a Block,
        /// Until it succeeds.
        until: bool,
    },
    /// The rest of `for ((…; condition; step))`.
    Count {
        /// While this is not 0; empty is for ever.
        condition: &'a Word,
        /// Evaluated after each round.
        step: &'a Word,
    },
}

impl Goal<'_> {
    /// Whether the next round does the same again: not where each has a line of its own, or the rounds are counted.
    fn asks_again(&self) -> bool {
        let reads = |statement: &Statement| {
            let first = statement.command().and_then(|command| command.words.first());
            first.and_then(Word::literal).is_some_and(|program| matches!(&*program, "read" | "getopts" | "shift"))
        };
        match self {
            Self::Block { condition, .. } => !condition.iter().any(reads),
            Self::Count { condition, .. } => condition.pieces.is_empty(),
        }
    }
}

/// What the end of a body means for its loop.
enum Round {
    /// The next round follows.
    Next,
    /// The loop ends, and the script goes on there.
    Ends(Goes),
}

impl Round {
    fn of(goes: Goes) -> Self {
        match goes {
            Goes::On | Goes::Continue(0 | 1) => Self::Next,
            Goes::Continue(levels) => Self::Ends(Goes::Continue(levels - 1)),
            Goes::Break(0 | 1) => Self::Ends(Goes::On),
            Goes::Break(levels) => Self::Ends(Goes::Break(levels - 1)),
            other => Self::Ends(other),
        }
    }
}

impl Interpreter<'_> {
    pub(super) fn for_loop(
        &mut self,
        scope: &mut Scope,
        variable: &str,
        words: Option<&[Word]>,
        body: &Block,
        flow: &Flow,
    ) -> Goes {
        let args = match words {
            Some(words) => self.args(scope, words, flow),
            None => scope.positional.iter().map(|value| Arg::new(value.clone(), 0..0)).collect(),
        };
        let args = crate::command::fields(&args).into_owned();
        // Each round has other arguments where the body takes some away.
        let takes_arguments = !self.plays() && self.takes_arguments(scope, body);
        // How many files a pattern means only the run knows.
        let is_one = |arg: &Arg| !(arg.may_be_several() || takes_arguments && has_pattern(arg));
        // Loops in loops would go round as often as all of them together.
        let is_outermost = self.loops == 0;
        match self.most_rounds().or_else(|| (takes_arguments && is_outermost).then_some(MOST_ROUNDS)) {
            Some(most) if args.len() <= most && args.iter().all(is_one) => {
                self.each(scope, variable, &args, body, flow)
            }
            _ => {
                if takes_arguments {
                    scope.forget_arguments();
                }
                self.all_at_once(scope, variable, &args, body, flow)
            }
        }
    }

    fn each(&mut self, scope: &mut Scope, variable: &str, args: &[Arg], body: &Block, flow: &Flow) -> Goes {
        let inner = flow.round();
        if args.is_empty() {
            scope.status = Status::SUCCESS;
        }
        for arg in args {
            scope.set(variable, arg.value.clone());
            if let Round::Ends(goes) = Round::of(self.round(scope, body, &inner)) {
                return goes;
            }
        }
        Goes::On
    }

    fn all_at_once(&mut self, scope: &mut Scope, variable: &str, args: &[Arg], body: &Block, flow: &Flow) -> Goes {
        let listed = args.iter().any(Arg::may_be_several);
        let counts = args.iter().any(|arg| arg.text().is_some_and(|text| text.contains("..")));
        let values = args.iter().map(|arg| match self.trace.capture(&arg.value) {
            Some(_) => arg.value.clone(),
            None if arg.may_be_several() => Value::opaque(format!("${variable}"), arg.value.unique(), Truth::No),
            None => arg.value.clone(),
        });
        let value = if counts { Value::unknown(format!("${variable}")) } else { Value::one_of(values) };
        scope.set(variable, value);
        let inner = flow.round().standing(|context| {
            context.conditional |= listed;
            context.guarded |= listed;
        });
        self.once(scope, body, &inner);
        self.unknown_rounds(scope, flow);
        Goes::On
    }

    /// Whether commands take arguments of their script away, also in a script that they source without any of its own.
    fn takes_arguments(&self, scope: &Scope, body: &Block) -> bool {
        takes_arguments(body)
            || sourced(body).iter().any(|path| {
                let path = Value::literal(path.as_str());
                let Resolved::File(path) = resolve(&scope.directory, &path, scope.script.as_ref()) else {
                    return false;
                };
                self.follow && self.files.script(&path).is_some_and(|script| takes_arguments(&script.body))
            })
    }

    /// How often the loop at hand may go round where the job is played: not at all where those around it have gone
    /// round too often together.
    fn most_rounds(&mut self) -> Option<usize> {
        if self.loops == 0 {
            self.rounds = 0;
        }
        let left = self.rounds < MOST_NESTED;
        self.world.rounds().map(|most| if left { most } else { 0 })
    }

    /// Walks a body, and joins the ways that leave it before its end.
    fn round(&mut self, scope: &mut Scope, body: &Block, flow: &Flow) -> Goes {
        scope.left.loops.push(None);
        self.loops += 1;
        self.rounds += 1;
        let goes = self.block(scope, body, flow);
        self.loops -= 1;
        let left = scope.left.loops.pop().flatten();
        scope.rejoin(left);
        goes
    }

    /// Walks a body once for all its rounds: it may be left in any of them.
    fn once(&mut self, scope: &mut Scope, body: &Block, flow: &Flow) {
        if let Round::Ends(goes) = Round::of(self.round(scope, body, flow)) {
            scope.leave(goes, scope.way());
        }
    }

    /// Behind a loop of which nobody knows how often it goes round.
    fn unknown_rounds(&self, scope: &mut Scope, flow: &Flow) {
        scope.status = Status::Unknown;
        if flow.captured {
            scope.printed = None;
        }
    }

    /// `for ((start; condition; step))`.
    pub(super) fn count_loop(
        &mut self,
        scope: &mut Scope,
        start: &Word,
        (condition, step): (&Word, &Word),
        body: &Block,
        flow: &Flow,
    ) -> Goes {
        self.arithmetic_word(scope, start, flow);
        if !self.plays() {
            // All rounds are looked at together.
            let text = |word: &Word| scope.frame.text.value().get(word.span.clone()).unwrap_or_default();
            let names = [start, step].map(|word| arithmetic::assigned(text(word)));
            for name in names.concat() {
                let value = Value::unknown(format!("${name}"));
                scope.set(name, value);
            }
        }
        self.repeat(scope, &Goal::Count { condition, step }, body, flow)
    }

    pub(super) fn while_loop(
        &mut self,
        scope: &mut Scope,
        condition: &Block,
        until: bool,
        body: &Block,
        flow: &Flow,
    ) -> Goes {
        self.repeat(scope, &Goal::Block { condition, until }, body, flow)
    }

    fn repeat(&mut self, scope: &mut Scope, condition: &Goal<'_>, body: &Block, flow: &Flow) -> Goes {
        let inner = flow.round().standing(|context| context.restarted |= context.background && condition.asks_again());
        let takes_arguments = !self.plays() && self.takes_arguments(scope, body);
        // A loop over its arguments goes round until there are none, also where it is looked at: each round has another
        // of them, and one of several branches.
        let by_arguments = Some(scope.positional.len() + 1).filter(|rounds| takes_arguments && *rounds <= MOST_ROUNDS);
        let most = self.most_rounds().or(by_arguments);
        let mut status = Status::SUCCESS;
        for _ in 0..most.unwrap_or(1) {
            let arguments = scope.positional.len();
            let goes = match condition {
                // Before the first round of the outermost loop nothing has been counted yet.
                Goal::Block { condition, .. } if condition.iter().all(only_tests) => {
                    let flow = flow.condition();
                    // How many arguments there are is known in each round, whatever loop around it counts.
                    let counts = by_arguments.is_some() && counts_arguments(condition);
                    let flow = flow.standing(|context| context.in_loop &= !counts);
                    self.block(scope, condition, &flow)
                }
                Goal::Block { condition, .. } => self.block(scope, condition, &inner.condition()),
                Goal::Count { .. } => Goes::On,
            };
            if let (Some(_), Round::Ends(goes)) = (most, Round::of(goes)) {
                return goes;
            }
            let enters = match condition {
                Goal::Block { until, .. } if *until => !scope.status.succeeded(),
                Goal::Block { .. } => scope.status.succeeded(),
                Goal::Count { condition, .. } if condition.pieces.is_empty() => Truth::Yes,
                Goal::Count { condition, .. } => {
                    self.arithmetic_word(scope, condition, flow).map_or(Truth::Unknown, |value| (value != 0).into())
                }
            };
            if enters.is_no() {
                scope.status = status;
                return Goes::On;
            }
            if most.is_none() || enters == Truth::Unknown {
                break;
            }
            let goes = self.round(scope, body, &inner);
            status = if goes == Goes::On { scope.status } else { Status::SUCCESS };
            if let Round::Ends(goes) = Round::of(goes) {
                return goes;
            }
            if let Goal::Count { step, .. } = condition {
                self.arithmetic_word(scope, step, flow);
            }
            if takes_arguments && scope.positional.len() == arguments {
                break;
            }
        }
        // Nobody knows how often it goes round, if at all, and which arguments are left then.
        if takes_arguments {
            scope.forget_arguments();
        }
        let before = scope.way();
        self.once(scope, body, &inner.maybe());
        let after = scope.take_way();
        scope.join(vec![before, after]);
        self.unknown_rounds(scope, flow);
        Goes::On
    }
}

/// Whether a condition asks for nothing but the number of arguments: `[ $# -gt 0 ]`.
fn counts_arguments(condition: &Block) -> bool {
    let mut alone = true;
    // In arithmetic a bare name is a variable.
    let is_plain =
        |text: &str| text.starts_with('-') || text == "test" || !text.contains(|c: char| c.is_alphabetic() || c == '_');
    visit_block(condition, &mut |node| {
        let Node::Word(word) = node else { return };
        alone &= word.pieces.iter().all(|piece| match &piece.part {
            Part::Literal(text) => is_plain(text),
            Part::Parameter(parameter) => parameter.name == "#",
            _ => false,
        });
    });
    alone
}

/// Whether a word may stand for the names of files: `*.yml`.
fn has_pattern(arg: &Arg) -> bool {
    arg.text().is_some_and(|text| text.contains(['*', '?', '[']))
}

/// The scripts that commands source without arguments.
fn sourced(body: &Block) -> Vec<String> {
    let mut paths = Vec::new();
    walk_block(body, &mut |statement| {
        let words = statement.command().map(|command| command.words.as_slice()).unwrap_or_default();
        if let [program, path] = words
            && program.literal().is_some_and(|program| matches!(&*program, "." | "source"))
        {
            paths.extend(path.literal().map(|path| path.to_string()));
        }
    });
    paths
}

/// Whether commands take arguments of their script away.
fn takes_arguments(body: &Block) -> bool {
    let mut takes = false;
    walk_block(body, &mut |statement| {
        let program = statement.command().and_then(|command| command.words.first()).and_then(Word::literal);
        takes |= program.is_some_and(|program| program == "shift");
    });
    takes
}
