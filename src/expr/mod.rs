//! Expressions: what is known of `${{ }}` and `if:` before the job runs.
//!
//! `template` finds expressions in text, `parse` makes the tree (`ast`) of one, `evaluate` computes its `value` with
//! what a resolver knows of the contexts. `condition` tells in which outcomes a step runs, by the `status` functions:
//! which runner has which rules for them says `crate::runner::table`. `fault` names the conditions that never do what
//! they say. Whatever cannot be parsed is unknown, never guessed.

mod ast;
mod condition;
mod evaluate;
mod fault;
mod parse;
mod status;
mod template;
#[cfg(test)]
mod tests;
mod value;
mod within;

pub use ast::{Expr, ExprKind, Literal, Operator, Path};
pub use condition::Condition;
pub use evaluate::{Resolver, evaluate, fold, results};
pub use fault::{FaultKind, Known as KnownContexts, empty_on_act, faults};
pub use parse::{parse, parse_at, parse_shared};
pub use status::{Outcome, Status, StatusRules, TimeoutIs};
pub use template::{Part, template};
pub use value::{Known, Value};
pub use within::{Within, within};
