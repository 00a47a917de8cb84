//! Text into an expression's tree. The one file that names `github_actions_expressions`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use github_actions_expressions as theirs;
use theirs::op::BinOp;

use super::ast::{Expr, ExprKind, Literal, Operator, Path, Segment};

/// GitHub's own limit for an expression's text.
const MOST_BYTES: usize = 21_000;
/// Chains of operators become as deep as they are long; nobody writes this many.
const MOST_OPERATORS: usize = 512;

/// How many expressions a thread keeps.
const MOST_KEPT: usize = 4096;
/// How long those are.
const LONGEST_KEPT: usize = 512;

thread_local! {
    /// What was parsed already: the steps of a workflow, and workflows of one repository, ask the same again and again.
    static KEPT: RefCell<HashMap<Box<str>, Option<Arc<Expr>>>> = RefCell::default();
}

/// The same as [`parse`], shared by all that parse the same text.
pub fn parse_shared(text: &str) -> Option<Arc<Expr>> {
    if text.len() > LONGEST_KEPT {
        return parse(text).map(Arc::new);
    }
    KEPT.with_borrow_mut(|kept| {
        if let Some(known) = kept.get(text) {
            return known.clone();
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let parsed = parse(text).map(Arc::new);
        kept.insert(text.into(), parsed.clone());
        parsed
    })
}

/// Parses an expression, without `${{ }}` around it. Nothing when it is none: then its value is unknown.
pub fn parse(text: &str) -> Option<Expr> {
    parse_at(text, 0..text.len())
}

/// Parses the expression that stands at `range` of a text, of which the tree's ranges are.
pub fn parse_at(text: &str, range: Range<usize>) -> Option<Expr> {
    let base = range.start;
    let text = text.get(range)?;
    let operators = text.bytes().filter(|byte| matches!(byte, b'|' | b'&' | b'=' | b'<' | b'>')).count();
    if text.len() > MOST_BYTES || operators > MOST_OPERATORS {
        return None;
    }
    path(text, base).or_else(|| convert(&theirs::Expr::parse(text).ok()?, base))
}

/// A path of names with dots, `github.run_id`: most expressions are one, and need no parser.
fn path(text: &str, base: usize) -> Option<Expr> {
    let written = text.trim_ascii();
    let mut names = written.split('.');
    let context = names.next().filter(|name| !matches!(*name, "true" | "false" | "null" | "NaN" | "Infinity"))?;
    let segments: Vec<Segment> = names.clone().map(|name| Segment::Name(name.to_owned())).collect();
    if segments.is_empty() || !is_name(context) || !names.all(is_name) {
        return None;
    }
    let start = base + text.len() - text.trim_ascii_start().len();
    let kind = ExprKind::Path(Path { context: context.to_ascii_lowercase(), segments });
    Some(Expr { kind, range: start..start + written.len() })
}

fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn convert(expr: &theirs::SpannedExpr<'_>, base: usize) -> Option<Expr> {
    let span = &expr.origin.span;
    let kind = match &expr.inner {
        theirs::Expr::Literal(literal) => ExprKind::Literal(match literal {
            theirs::literal::Literal::String(text) => Literal::Text(text.to_string()),
            theirs::literal::Literal::Number(number) => Literal::Number(*number),
            theirs::literal::Literal::Boolean(truth) => Literal::Bool(*truth),
            theirs::literal::Literal::Null => Literal::Null,
        }),
        theirs::Expr::Call(call) => {
            let arguments = call.args.iter().map(|argument| convert(argument, base)).collect::<Option<_>>()?;
            ExprKind::Call(format!("{:?}", call.func).to_ascii_lowercase(), arguments)
        }
        theirs::Expr::Context(context) => convert_context(&context.parts, base)?,
        theirs::Expr::UnExpr { expr, .. } => ExprKind::Not(Box::new(convert(expr, base)?)),
        theirs::Expr::BinExpr(binary) => {
            let (left, right) = (convert(&binary.lhs, base)?, convert(&binary.rhs, base)?);
            ExprKind::Binary(operator(&binary.op), Box::new(left), Box::new(right))
        }
        // These stand only inside a context.
        theirs::Expr::Star | theirs::Expr::Identifier(_) | theirs::Expr::Index(_) => return None,
    };
    Some(Expr { kind, range: base + span.start..base + span.end })
}

fn convert_context(parts: &[theirs::SpannedExpr<'_>], base: usize) -> Option<ExprKind> {
    let (head, rest) = parts.split_first()?;
    let segments = rest.iter().map(|part| segment(part, base)).collect::<Option<Vec<_>>>()?;
    match &head.inner {
        theirs::Expr::Identifier(name) => {
            Some(ExprKind::Path(Path { context: name.as_str().to_ascii_lowercase(), segments }))
        }
        _ => Some(ExprKind::Access(Box::new(convert(head, base)?), segments)),
    }
}

fn segment(part: &theirs::SpannedExpr<'_>, base: usize) -> Option<Segment> {
    match &part.inner {
        theirs::Expr::Identifier(name) => Some(Segment::Name(name.as_str().to_owned())),
        theirs::Expr::Star => Some(Segment::Star),
        theirs::Expr::Index(index) => match &index.inner {
            theirs::Expr::Star => Some(Segment::Star),
            theirs::Expr::Literal(literal) => Some(Segment::Name(literal.as_str().into_owned())),
            _ => Some(Segment::Index(convert(index, base)?)),
        },
        _ => None,
    }
}

fn operator(operator: &BinOp) -> Operator {
    match operator {
        BinOp::And => Operator::And,
        BinOp::Or => Operator::Or,
        BinOp::Eq => Operator::Equal,
        BinOp::Neq => Operator::NotEqual,
        BinOp::Gt => Operator::Greater,
        BinOp::Ge => Operator::GreaterOrEqual,
        BinOp::Lt => Operator::Less,
        BinOp::Le => Operator::LessOrEqual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_names_is_what_the_parser_makes_of_it() {
        let all = [
            "github.run_id",
            "  Env.A-b_1 ",
            "steps.x.outputs.Y",
            "a",
            "true.x",
            "x.true",
            "1.a",
            "a.1",
            "a..b",
            ".a",
            "a.",
            "a. b",
            "a.*",
            "-a.b",
            "a.b-",
            "null.a",
            "infinity.a",
            "Infinity.a",
            "NaN.a",
            "a.b()",
            "é.b",
            "_.__",
            "",
            " ",
        ];
        for text in all {
            let theirs = theirs::Expr::parse(text).ok().and_then(|expr| convert(&expr, 3));
            if let Some(own) = path(text, 3) {
                assert_eq!(Some(own), theirs, "{text}");
            }
            assert_eq!(parse_at(&format!("abc{text}"), 3..3 + text.len()), theirs, "{text}");
        }
        assert!(path("github.run_id", 0).is_some());
    }
}
