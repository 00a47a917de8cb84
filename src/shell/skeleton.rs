//! The statements that tokens form, as nodes. The lexer has completed what a script leaves open, so nearly all lists of
//! tokens are sound: those are taken apart here, step by step; what is not sound is left to the grammar.

use std::ops::Range;

use super::token::{Token, TokenKind};

/// What stands between the statements of a chain.
pub(super) const OPERATORS: [&str; 4] = ["|", "|&", "&&", "||"];

/// A statement, a part of one, or a token, by the grammar's names.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: &'static str,
    /// Which of the tokens it is.
    pub(super) tokens: Range<usize>,
    /// It is more than a keyword or an operator.
    pub(super) is_statement: bool,
    /// The grammar does not know what it is, or misses something there.
    pub(super) is_error: bool,
    pub(super) children: Vec<Node>,
}

/// The statements that all of the tokens form; nothing where they are not sound.
pub(super) fn statements(tokens: &[Token]) -> Option<Vec<Node>> {
    let mut reader = Reader { tokens, at: 0 };
    let nodes = reader.list(&[])?;
    (reader.at == tokens.len()).then_some(nodes)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    /// The keyword or operator at hand; nothing at a word, and at the end.
    fn mark(&self) -> Option<&'static str> {
        match self.tokens.get(self.at)?.kind {
            TokenKind::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    fn is_word(&self) -> bool {
        self.tokens.get(self.at).is_some_and(|token| !matches!(token.kind, TokenKind::Mark(_)))
    }

    /// Takes the mark at hand when it is this one.
    fn take(&mut self, mark: &'static str) -> Option<Node> {
        (self.mark() == Some(mark)).then(|| self.token(mark))
    }

    /// The token at hand, by itself.
    fn token(&mut self, kind: &'static str) -> Node {
        self.at += 1;
        Node { kind, tokens: self.at - 1..self.at, is_statement: false, is_error: false, children: Vec::new() }
    }

    fn node(&self, kind: &'static str, start: usize, children: Vec<Node>) -> Node {
        Node { kind, tokens: start..self.at, is_statement: true, is_error: false, children }
    }

    /// Statements up to one of these marks, or the end.
    fn list(&mut self, ends: &[&str]) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        while self.at < self.tokens.len() && self.mark().is_none_or(|mark| !ends.contains(&mark)) {
            nodes.push(self.chain()?);
            match self.mark() {
                Some(mark @ (";" | "&")) => nodes.push(self.token(mark)),
                Some(mark) if ends.contains(&mark) => {}
                None if self.at == self.tokens.len() => {}
                _ => return None,
            }
        }
        Some(nodes)
    }

    /// The same, and at least one.
    fn some(&mut self, ends: &[&str]) -> Option<Vec<Node>> {
        self.list(ends).filter(|nodes| !nodes.is_empty())
    }

    fn chain(&mut self) -> Option<Node> {
        let start = self.at;
        let first = self.statement()?;
        let mut nodes = vec![first];
        while let Some(operator) = self.mark().filter(|mark| OPERATORS.contains(mark)) {
            nodes.push(self.token(operator));
            nodes.push(self.statement()?);
        }
        if nodes.len() == 1 { nodes.pop() } else { Some(self.node("list", start, nodes)) }
    }

    fn statement(&mut self) -> Option<Node> {
        let start = self.at;
        let Some(mark) = self.mark() else {
            while self.is_word() {
                self.at += 1;
            }
            return (self.at > start).then(|| self.node("command", start, Vec::new()));
        };
        let (kind, children) = match mark {
            "if" => ("if_statement", self.conditional()?),
            "while" | "until" => ("while_statement", self.conditional_loop(mark)?),
            "for" => ("for_statement", self.repetition()?),
            "case" => ("case_statement", self.case()?),
            "(" => ("subshell", self.group("(", ")")?),
            "{" => ("compound_statement", self.group("{", "}")?),
            "function" => ("function_definition", self.function()?),
            _ => return None,
        };
        Some(self.node(kind, start, children))
    }

    fn group(&mut self, open: &'static str, close: &'static str) -> Option<Vec<Node>> {
        self.take(open)?;
        let nodes = self.some(&[close])?;
        self.take(close)?;
        Some(nodes)
    }

    fn conditional(&mut self) -> Option<Vec<Node>> {
        self.take("if")?;
        let mut nodes = self.arm()?;
        loop {
            let start = self.at;
            match self.mark()? {
                "elif" => {
                    self.take("elif")?;
                    let arm = self.arm()?;
                    nodes.push(self.node("elif_clause", start, arm));
                }
                "else" => {
                    self.take("else")?;
                    let block = self.some(&["fi"])?;
                    nodes.push(self.node("else_clause", start, block));
                }
                _ => break,
            }
        }
        self.take("fi")?;
        Some(nodes)
    }

    /// A condition, `then`, and what follows.
    fn arm(&mut self) -> Option<Vec<Node>> {
        let mut nodes = self.some(&["then"])?;
        nodes.push(self.take("then")?);
        nodes.append(&mut self.some(&["elif", "else", "fi"])?);
        Some(nodes)
    }

    fn conditional_loop(&mut self, mark: &'static str) -> Option<Vec<Node>> {
        let mut nodes = vec![self.take(mark)?];
        nodes.append(&mut self.some(&["do"])?);
        nodes.push(self.body()?);
        Some(nodes)
    }

    fn repetition(&mut self) -> Option<Vec<Node>> {
        self.take("for")?;
        self.is_word().then(|| self.at += 1)?;
        if self.take("in").is_some() {
            while self.is_word() {
                self.at += 1;
            }
        }
        self.take(";");
        Some(vec![self.body()?])
    }

    fn body(&mut self) -> Option<Node> {
        let start = self.at;
        self.take("do")?;
        let nodes = self.some(&["done"])?;
        self.take("done")?;
        Some(self.node("do_group", start, nodes))
    }

    fn case(&mut self) -> Option<Vec<Node>> {
        self.take("case")?;
        self.is_word().then(|| self.at += 1)?;
        self.take("in")?;
        let mut items = Vec::new();
        while self.mark() != Some("esac") {
            let start = self.at;
            self.is_word().then(|| self.at += 1)?;
            while self.take("|").is_some() {
                self.is_word().then(|| self.at += 1)?;
            }
            let mut nodes = vec![self.node("pattern", start, Vec::new()), self.take(")")?];
            nodes.append(&mut self.list(&[";;", "esac"])?);
            if self.take(";;").is_none() && self.mark() != Some("esac") {
                return None;
            }
            items.push(self.node("case_item", start, nodes));
        }
        self.take("esac")?;
        Some(items)
    }

    fn function(&mut self) -> Option<Vec<Node>> {
        self.take("function")?;
        self.is_word().then(|| self.at += 1)?;
        matches!(self.mark(), Some("{" | "(" | "if")).then_some(())?;
        Some(vec![self.statement()?])
    }
}
