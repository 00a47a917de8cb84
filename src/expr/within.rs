//! Text with expressions where an expression stands already: `${{ }}` does not nest.

use std::ops::Range;

use super::{ExprKind, Known, Literal, Part, parse_at, results, template};

/// What takes the place of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// The part lies in no expression: the new text can stand there as it is.
    Outside,
    /// The text that the expression may be becomes a call of `format`: this range, by this text.
    Inside(Range<usize>, String),
    /// The part is compared, or handed to a function.
    Used,
}

/// How `new` can take the place of `range` in `text`.
pub fn within(text: &str, range: &Range<usize>, new: &str) -> Within {
    if !new.contains("${{") {
        return Within::Outside;
    }
    // What stays in front may end an expression.
    let kept = text[range.clone()].char_indices().zip(new.chars()).take_while(|((_, old), new)| old == new);
    let kept = kept.last().map_or(0, |((at, last), _)| at + last.len_utf8());
    let (changed, new) = (range.start + kept..range.end, &new[kept..]);
    let holds = |whole: &Range<usize>| {
        let is_whole = range.start <= whole.start && whole.end <= range.end;
        !is_whole && whole.start < changed.end && changed.start < whole.end
    };
    let holding = template(text).into_iter().find_map(|part| match part {
        Part::Expression { whole, inner } => holds(&whole).then_some(inner),
        _ => None,
    });
    let Some(inner) = holding else { return Within::Outside };
    inside(text, &changed, new, inner).map_or(Within::Used, |(range, new)| Within::Inside(range, new))
}

fn inside(text: &str, range: &Range<usize>, new: &str, inner: Range<usize>) -> Option<(Range<usize>, String)> {
    let expr = parse_at(text, inner)?;
    let is_it = |literal: &Range<usize>| literal.start < range.start && range.end < literal.end;
    let found = results(&expr, &|_| Known::unknown()).into_iter().find_map(|result| match &result.kind {
        ExprKind::Literal(Literal::Text(_)) => is_it(&result.range).then(|| result.range.clone()),
        _ => None,
    })?;
    let (before, behind) = (&text[found.start + 1..range.start], &text[range.end..found.end - 1]);
    // Half of a doubled quote would be cut off.
    if [before, behind].iter().any(|kept| kept.matches('\'').count() % 2 == 1) {
        return None;
    }
    let mut pattern = braces(before);
    let mut arguments = Vec::new();
    for part in template(new) {
        match part {
            Part::Literal(range) => pattern += &braces(&new[range].replace('\'', "''")),
            Part::Expression { inner, .. } => {
                pattern += &format!("{{{}}}", arguments.len());
                arguments.push(new[inner].trim());
            }
            Part::Unclosed(_) => return None,
        }
    }
    pattern += &braces(behind);
    Some((found, format!("format('{pattern}', {})", arguments.join(", "))))
}

/// Text as `format` takes it: its braces are arguments.
fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole text with `localhost` or `5432` replaced.
    fn put(text: &str, old: &str, new: &str) -> Option<String> {
        let at = text.find(old).expect("the old text");
        let range = at..at + old.len();
        let (range, new) = match within(text, &range, new) {
            Within::Outside => (range, new.to_owned()),
            Within::Inside(range, new) => (range, new),
            Within::Used => return None,
        };
        Some([&text[..range.start], &new, &text[range.end..]].concat())
    }

    #[test]
    fn a_text_that_the_expression_may_be_is_formatted() {
        let port = "${{ job.services.pg.ports['5432'] }}";
        for (text, written) in [
            (
                "${{ matrix.db == 'pg' && 'postgres://localhost:5432/x' || '' }}",
                "${{ matrix.db == 'pg' && format('postgres://localhost:{0}/x', job.services.pg.ports['5432']) || '' }}",
            ),
            (
                "${{ inputs.url || 'http://{a}:5432' }}",
                "${{ inputs.url || format('http://{{a}}:{0}', job.services.pg.ports['5432']) }}",
            ),
            ("${{ x }}:5432", "${{ x }}:${{ job.services.pg.ports['5432'] }}"),
        ] {
            let found = put(text, "5432", port).expect("a text");
            assert_eq!(found, written);
            let broken = |part: &Part| match part {
                Part::Expression { inner, .. } => parse_at(&found, inner.clone()).is_none(),
                Part::Unclosed(_) => true,
                Part::Literal(_) => false,
            };
            assert!(!template(&found).iter().any(broken), "{found}");
        }
        let both = put("${{ a && 'u@localhost/x' || '' }}", "localhost", "${{ env.H }}:${{ env.P }}").expect("a text");
        assert_eq!(both, "${{ a && format('u@{0}:{1}/x', env.H, env.P) || '' }}");
    }

    #[test]
    fn what_an_expression_uses_stays() {
        for text in [
            "${{ matrix.port == '5432' && 'a' || 'b' }}",
            "${{ format('localhost:5432/{0}', x) }}",
            "${{ fromJSON('{\"port\": 5432}').port }}",
            "${{ vars.PORT5432 }}",
        ] {
            assert_eq!(put(text, "5432", "${{ job.services.pg.ports['5432'] }}"), None, "{text}");
        }
        assert_eq!(put("${{ 'localhost' }}", "localhost", "pg").as_deref(), Some("${{ 'pg' }}"));
        assert_eq!(put("${{ a }}", "${{ a }}", "${{ b }}").as_deref(), Some("${{ b }}"));
        assert_eq!(put("x-${{ a }}", "}}", "}}-${{ b }}").as_deref(), Some("x-${{ a }}-${{ b }}"));
    }
}
