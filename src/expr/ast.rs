//! An expression's tree, with byte ranges.

use std::fmt;
use std::ops::Range;

/// An expression and its bytes in the text it was parsed from, parentheses included.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub range: Range<usize>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A value as written.
    Literal(Literal),
    /// `github.run_id`, `matrix['x']`, `steps.*.outcome`
    Path(Path),
    /// A function by its name in lower case, and its arguments.
    Call(String, Vec<Expr>),
    /// `fromJSON(x).y`, `(a || b).c`
    Access(Box<Expr>, Vec<Segment>),
    /// `!x`
    Not(Box<Expr>),
    /// `a && b`
    Binary(Operator, Box<Expr>, Box<Expr>),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `'text'`
    Text(String),
    /// `1`
    Number(f64),
    /// `true`
    Bool(bool),
    /// `null`
    Null,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A context and what is taken out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The context's name in lower case: names know no case.
    pub context: String,
    /// The way into it.
    pub segments: Vec<Segment>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    /// `.name`, `['name']` or `[0]`, as written.
    Name(String),
    /// `.*` or `[*]`
    Star,
    /// `[expression]`
    Index(Expr),
}

impl Path {
    /// The path with dots and in lower case, `github.run_id`, unless an index in it is computed.
    pub fn dotted(&self) -> Option<String> {
        let mut dotted = self.context.clone();
        for segment in &self.segments {
            dotted.push('.');
            match segment {
                Segment::Name(name) => dotted.extend(name.chars().map(|letter| letter.to_ascii_lowercase())),
                Segment::Star => dotted.push('*'),
                Segment::Index(_) => return None,
            }
        }
        Some(dotted)
    }

    /// Whether it is that path; `path` in lower case, with dots.
    pub fn is(&self, path: &str) -> bool {
        let same = |one: &str, name: &str| one.bytes().eq(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        let behind = |rest: &'_ str, segment: &Segment| -> Option<usize> {
            let rest = rest.strip_prefix('.')?;
            match segment {
                Segment::Name(name) => rest.get(..name.len()).filter(|own| same(own, name)).map(|own| own.len() + 1),
                Segment::Star => rest.starts_with('*').then_some(2),
                Segment::Index(_) => None,
            }
        };
        let rest = path.strip_prefix(self.context.as_str());
        let rest = rest
            .and_then(|rest| self.segments.iter().try_fold(rest, |rest, segment| rest.get(behind(rest, segment)?..)));
        rest == Some("")
    }

    /// The name as written behind a context and one step: of `matrix.os` or `env['os']` the `os`.
    pub fn member(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [Segment::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The names on the way, unless one is a star or computed.
    pub fn names(&self) -> Option<Vec<&str>> {
        self.segments.iter().map(Segment::name).collect()
    }
}

impl Segment {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Star | Self::Index(_) => None,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.context)?;
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Name(name) => write!(out, ".{name}"),
            Segment::Star => out.write_str(".*"),
            Segment::Index(_) => out.write_str("[…]"),
        })
    }
}

/// In one writing: every operation in parentheses, names of functions and contexts in lower case.
impl fmt::Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(Literal::Text(text)) => write!(out, "'{}'", text.replace('\'', "''")),
            ExprKind::Literal(Literal::Number(number)) => write!(out, "{number}"),
            ExprKind::Literal(Literal::Bool(value)) => write!(out, "{value}"),
            ExprKind::Literal(Literal::Null) => out.write_str("null"),
            ExprKind::Path(path) => {
                out.write_str(&path.context)?;
                written(&path.segments, out)
            }
            ExprKind::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(Self::to_string).collect();
                write!(out, "{name}({})", arguments.join(", "))
            }
            ExprKind::Access(base, segments) => {
                write!(out, "({base})")?;
                written(segments, out)
            }
            ExprKind::Not(inner) => write!(out, "!{inner}"),
            ExprKind::Binary(operator, left, right) => write!(out, "({left} {} {right})", operator.sign()),
        }
    }
}

fn written(segments: &[Segment], out: &mut fmt::Formatter<'_>) -> fmt::Result {
    segments.iter().try_for_each(|segment| match segment {
        Segment::Name(name) => write!(out, ".{name}"),
        Segment::Star => out.write_str(".*"),
        Segment::Index(index) => write!(out, "[{index}]"),
    })
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Expr {
    /// Calls `each` for this expression and all in it, indices of paths included.
    pub fn walk<'e>(&'e self, each: &mut dyn FnMut(&'e Self)) {
        each(self);
        match &self.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Path(path) => walk_segments(&path.segments, each),
            ExprKind::Call(_, arguments) => arguments.iter().for_each(|argument| argument.walk(each)),
            ExprKind::Access(base, segments) => {
                base.walk(each);
                walk_segments(segments, each);
            }
            ExprKind::Not(inner) => inner.walk(each),
            ExprKind::Binary(_, left, right) => {
                left.walk(each);
                right.walk(each);
            }
        }
    }

    /// Whether `success()`, `failure()`, `cancelled()` or `always()` is called anywhere in it.
    pub fn has_status_function(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| {
            found |= matches!(&expr.kind, ExprKind::Call(name, _) if is_status_function(name));
        });
        found
    }

    /// The contexts it uses.
    pub fn paths(&self) -> Vec<(&Path, Range<usize>)> {
        let mut paths = Vec::new();
        self.walk(&mut |expr| {
            if let ExprKind::Path(path) = &expr.kind {
                paths.push((path, expr.range.clone()));
            }
        });
        paths
    }
}

fn is_status_function(name: &str) -> bool {
    matches!(name, "success" | "failure" | "cancelled" | "always")
}

fn walk_segments<'e>(segments: &'e [Segment], each: &mut dyn FnMut(&'e Expr)) {
    for segment in segments {
        if let Segment::Index(index) = segment {
            index.walk(each);
        }
    }
}
