//! Expressions: the parts of a text are the text, a tree's ranges lie in it, and what is known does not change.

use super::place::is_in;
use crate::expr::{
    Condition, Known, KnownContexts, Outcome, Part, StatusRules, empty_on_act, faults, fold, parse_at, template,
};
use crate::truth::Truth;

/// Any bytes as a text with `${{ }}`, and as an `if:`.
pub fn expressions(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut end = 0;
    for part in template(text) {
        let range = match part {
            Part::Literal(range) | Part::Unclosed(range) => range,
            Part::Expression { whole, inner } => {
                assert!(
                    whole.start + 3 == inner.start && inner.end + 2 == whole.end,
                    "{whole:?} {inner:?} in {text:?}"
                );
                expression(text, inner);
                whole
            }
        };
        assert_eq!(range.start, end, "a gap in {text:?}");
        is_in(text, &range);
        end = range.end;
    }
    assert_eq!(end, text.len(), "the end of {text:?}");
    expression(text, 0..text.len());
    for known in [KnownContexts::NOTHING, KnownContexts { is_empty: &empty_on_act, is_boolean: &|_| true }] {
        for condition in [true, false] {
            faults(text, condition, None, known).iter().for_each(|fault| is_in(text, &fault.range));
        }
    }
    let condition = Condition::read(text);
    condition.is_never(&|_| Known::unknown());
    for outcome in Outcome::ALL {
        let open = condition.runs(outcome, StatusRules::UNKNOWN, &|_| Known::unknown());
        let told = condition.runs(outcome, StatusRules::UNKNOWN, &|_| Known::text("x"));
        // What is certain without any knowledge stays so whatever is learnt.
        assert!(open == Truth::Unknown || open == told, "{text:?}: {open:?} becomes {told:?}");
    }
    assert_eq!(fold(text, &|_| Known::text("x")), fold(text, &|_| Known::text("x")));
}

fn expression(text: &str, range: std::ops::Range<usize>) {
    let Some(tree) = parse_at(text, range.clone()) else { return };
    tree.walk(&mut |expr| {
        is_in(text, &expr.range);
        assert!(
            range.start <= expr.range.start && expr.range.end <= range.end,
            "{expr:?} is outside {range:?} in {text:?}"
        );
    });
    tree.paths();
}
