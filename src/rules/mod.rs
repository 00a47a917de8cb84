//! Rules as data: what a fact must be like for a finding to stand.
//!
//! A rule is one YAML file ([`parse`] reads it and checks every word of it against the
//! [vocabulary](crate::facts::vocabulary)); the built-in ones are in the binary ([`built_in`]). [`judge`]
//! holds rules against facts. No rule has logic of its own.
//!
//! # What a rule says
//! - `on` a kind of fact, `at` one of its spans (the first unless said), `where` it is like this and
//!   `unless` it is like that (a list: unless one of these), the finding says `message` and `help`, and
//!   names the spans of `show`.
//! - A condition is a value, a list of values (one of), an operator with its value (`{ below: 5 }`; the list is in
//!   `conditions`, what each means in `condition`), `set`, or `none`: absent, an empty list, or a field's own word
//!   `none`. An absent field has no value, so `switch: false` asks for a known no, and `switch: { not: true }` for
//!   anything but a yes.
//! - The keys of a mapping must all hold. `any:` and `all:` with a list of such mappings group them.
//! - Each entry of `also` is the rule once more, with its `where` in place of the rule's own, key by key (`~`
//!   drops one), and its own level, confidence, message or help. The first entry that holds decides, before
//!   the rule's own `where`: so an entry can take a part out of what the rule finds as well as add to it.
//! - Unknown is never taken for false. In `where` an unknown field may hold, in `unless` it does not exempt;
//!   both sink the confidence to low. When only a special case is in doubt, the finding stands, in the
//!   milder form.
//! - `help` may be a list of `{ where: …, text: … }`, of which the first that certainly holds is said. The last is a
//!   text that always holds.
//! - `{field}` in a text is the field's value, `{run-label}` and its like are [`texts`].

mod built_in;
mod case;
mod condition;
mod conditions;
mod decision;
mod error;
mod example;
mod explain;
mod judge;
mod prose;
mod read;
mod reader;
mod rule;
mod show;
mod suggest;
mod template;
#[cfg(test)]
mod tests;
pub mod texts;
mod value;

pub use built_in::{built_in, examples, sources};
pub use case::{Case, Help};
pub use condition::{Condition, Group};
pub use conditions::operators;
pub use decision::Decision;
pub use error::RuleError;
pub use example::Example;
pub use judge::judge;
pub use prose::Prose;
pub use rule::Rule;
pub use show::Show;
pub use template::Template;

use crate::source::Source;

/// Reads a rule file. `path` is named in the errors.
///
/// # Errors
/// Everything that is wrong with it, in the order of its lines.
pub fn parse(path: &str, text: &str) -> Result<Rule, Vec<RuleError>> {
    let source = Source::new(path, text.as_bytes().to_vec())
        .map_err(|error| vec![RuleError::new(1, error.to_string(), "save the file as UTF-8")])
        .map_err(|errors| error::in_file(path, errors))?;
    let tree = crate::yaml::parse(&source).map_err(|error| {
        let line = source.place(error.span.start).line;
        error::in_file(path, vec![RuleError::new(line, error.message, "mend the YAML first")])
    })?;
    value::Value::from_tree(&tree)
        .ok_or_else(|| {
            vec![RuleError::new(1, "the file is empty", "see `berthlint explain` for what a rule looks like")]
        })
        .and_then(|value| read::rule(&value, reader::Trust::Checked))
        .map_err(|errors| error::in_file(path, errors))
}
