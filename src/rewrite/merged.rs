//! A condition of several parts, `${{ a }} && b`, as one expression.

use super::Withheld;
use crate::expr::{self, FaultKind, KnownContexts, Part};

/// `${{ a }} && b` as one expression: what stood in braces of its own is kept together.
pub(super) fn merged(text: &str) -> Result<String, Withheld> {
    let mut merging = Merging::default();
    for part in expr::template(text) {
        match part {
            Part::Literal(range) => merging.literal(text.get(range).unwrap_or_default()),
            Part::Expression { inner, .. } => merging.expression(text.get(inner).unwrap_or_default().trim())?,
            Part::Unclosed(_) => return Err(Withheld::because("an expression in it is not closed")),
        }
    }
    let whole = merging.finish()?;
    let whole = whole.strip_prefix("! ").map_or(whole.clone(), |rest| format!("!{rest}"));
    let parsed = expr::parse(&whole).is_some();
    let faults = expr::faults(&whole, true, None, KnownContexts::NOTHING);
    if faults.iter().any(|fault| matches!(fault.kind, FaultKind::NoMember(_))) {
        return Err(Withheld::because(
            "until now it was always true, and as one expression it would hang on a member that lists and texts do \
             not have, such as `length`, which is always empty",
        ));
    }
    // A bare word beside it may have been meant as a text.
    if !parsed || !faults.is_empty() {
        return Err(Withheld::because(match whole.contains('"') {
            true => "in an expression a text stands in single quotes: write it so, and all of it into one `${{ }}`",
            false => "its parts together are no expression",
        }));
    }
    let new = format!("${{{{ {whole} }}}}");
    if expr::faults(&new, true, None, KnownContexts::NOTHING).is_empty() {
        Ok(new)
    } else {
        Err(Withheld::because("its parts together would have another fault"))
    }
}

/// A condition in the making, out of expressions in braces and what stands between them.
#[derive(Default)]
struct Merging {
    whole: String,
    /// The text in quotes that is open.
    quoted: Option<Vec<Piece>>,
    /// An expression ended right here.
    behind_expression: bool,
    /// A word stands right beside an expression.
    torn: bool,
}

/// A piece of a text in quotes.
enum Piece {
    Text(String),
    Value(String),
}

impl Merging {
    fn literal(&mut self, text: &str) {
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match &mut self.quoted {
                None => self.outside(c),
                // A quote within a text is written twice.
                Some(pieces) if c == '\'' && rest.peek() == Some(&'\'') => {
                    rest.next();
                    push(pieces, "''");
                }
                Some(_) if c == '\'' => self.close(),
                Some(pieces) => push(pieces, c.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn outside(&mut self, c: char) {
        // `${{ a }}-b` is one text, not a difference.
        self.torn |= self.behind_expression && !stands_apart(c);
        self.behind_expression = false;
        match c {
            '\'' => self.quoted = Some(Vec::new()),
            c if c.is_whitespace() => {
                if !self.whole.is_empty() && !self.whole.ends_with(' ') {
                    self.whole.push(' ');
                }
            }
            c => self.whole.push(c),
        }
    }

    fn expression(&mut self, inner: &str) -> Result<(), Withheld> {
        match &mut self.quoted {
            Some(pieces) => pieces.push(Piece::Value(inner.to_owned())),
            None => {
                let beside = self.behind_expression || self.whole.chars().next_back().is_some_and(|c| !stands_apart(c));
                if beside {
                    return Err(one_text());
                }
                self.whole.push_str(&kept_together(inner));
                self.behind_expression = true;
            }
        }
        Ok(())
    }

    /// A text with expressions in it is put together by `format`; one that is nothing else is the expression.
    fn close(&mut self) {
        let pieces = self.quoted.take().unwrap_or_default();
        let written = match pieces.as_slice() {
            // As a text it was compared: what may be a truth or a number stays one.
            [Piece::Value(only)] if is_text(only) => only.clone(),
            pieces if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) => {
                let text: String =
                    pieces.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "" }).collect();
                format!("'{text}'")
            }
            pieces => {
                let (mut pattern, mut values) = (String::new(), Vec::new());
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => pattern.push_str(&text.replace('{', "{{").replace('}', "}}")),
                        Piece::Value(value) => {
                            pattern.push_str(&format!("{{{}}}", values.len()));
                            values.push(value.as_str());
                        }
                    }
                }
                format!("format('{pattern}', {})", values.join(", "))
            }
        };
        self.whole.push_str(&written);
    }

    fn finish(self) -> Result<String, Withheld> {
        match self.torn {
            true => Err(one_text()),
            false if self.quoted.is_some() => Err(Withheld::because("a quote in it is not closed")),
            false => Ok(self.whole.trim_end().to_owned()),
        }
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(known)) => known.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// An expression in brackets where it has operators.
fn kept_together(inner: &str) -> String {
    match inner.contains(['|', '&', '=', '!', '<', '>']) {
        true => format!("({inner})"),
        false => inner.to_owned(),
    }
}

/// Whether an expression is certainly a text: a value of the runner's, a variable, an output.
fn is_text(expression: &str) -> bool {
    let is_path = expression.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let parts: Vec<&str> = expression.split('.').collect();
    is_path
        && matches!(
            parts.as_slice(),
            ["github" | "env" | "vars" | "secrets" | "runner", _] | ["steps" | "needs", _, "outputs", _]
        )
}

/// Whether a character beside an expression belongs to no text with it.
fn stands_apart(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | ',' | '!' | '=' | '<' | '>' | '&' | '|')
}

fn one_text() -> Withheld {
    Withheld::because("what stands right beside `${{ }}` makes one text with it: write `format('{0}…', …)` by hand")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_one_expression() {
        let cases = [
            ("${{ env.A }} && env.B", "env.A && env.B"),
            ("env.A && ${{ env.B || env.C }}", "env.A && (env.B || env.C)"),
            ("'${{ github.event_name }}' == 'push'", "github.event_name == 'push'"),
            ("contains('${{ github.ref }}', 'a  b')", "contains(github.ref, 'a  b')"),
            ("github.ref == 'refs/heads/${{ inputs.b }}'", "github.ref == format('refs/heads/{0}', inputs.b)"),
            ("'${{ env.A }}-${{ env.B }}' == 'it''s'", "format('{0}-{1}', env.A, env.B) == 'it''s'"),
            ("!${{ inputs.a }}", "!inputs.a"),
            ("!${{ github.ref == 'refs/heads/main' }}", "!(github.ref == 'refs/heads/main')"),
            ("'${{ inputs.flag }}' == 'true'", "format('{0}', inputs.flag) == 'true'"),
        ];
        for (text, wanted) in cases {
            let found = merged(text).map_err(|why| why.to_string());
            assert_eq!(found, Ok(format!("${{{{ {wanted} }}}}")), "{text}");
        }
        for text in
            ["${{ env.A }}-${{ env.B }} == 'x-y'", "${{ matrix.os }} == ubuntu", "${{ github.actor }} != \"bot\""]
        {
            assert!(merged(text).is_err(), "{text}");
        }
    }
}
