//! The one file that names tree-sitter: the statements that a list of tokens forms.
//!
//! The grammar never sees the script. It sees one `w` for each word beside the keywords and
//! operators, so nothing in a word, a heredoc or a test can mislead it; its nodes lead back to the
//! tokens by where they begin.

use super::skeleton::{self, Node, OPERATORS};
use super::token::{Token, TokenKind};
use super::{Block, Command, Statement, StatementKind, Word};
use std::borrow::Cow;
use std::ops::{ControlFlow, Range};
use tree_sitter::{ParseOptions, Parser, Tree};

/// Steps a parse may take for each token, and for any text: error recovery has no bound of its own.
/// Counted rather than timed, so that the same text always gives the same result.
const STEPS: usize = 4;
const LEAST_STEPS: usize = 2_000;

/// The grammar, made once for a script, when a statement first asks for it: most scripts have none that does.
#[derive(Default)]
pub(super) struct Grammar {
    parser: Option<Parser>,
}

impl Grammar {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds the statements these tokens form; gives where they form none.
    pub(super) fn statements(&mut self, mut tokens: Vec<Token>, block: &mut Block) -> Vec<Range<usize>> {
        let end = tokens.pop_if(|token| matches!(token.text(), ";" | "&"));
        if tokens.is_empty() {
            return Vec::new();
        }
        let first = block.len();
        let errors = if is_flat(&tokens) {
            block.extend(Lowering::new(tokens).flat_chain());
            Vec::new()
        } else {
            self.compound(tokens, block)
        };
        if end.is_some_and(|end| end.text() == "&")
            && let Some(last) = block[first..].last_mut()
        {
            last.background = true;
        }
        errors
    }

    fn compound(&mut self, tokens: Vec<Token>, block: &mut Block) -> Vec<Range<usize>> {
        // What the lexer has completed is seldom anything that the grammar is needed for.
        if let Some(nodes) = skeleton::statements(&tokens) {
            #[cfg(test)]
            self.agrees(&tokens, &nodes);
            block.append(&mut Lowering::new(tokens).block(&nodes));
            return Vec::new();
        }
        let all = tokens[0].start()..tokens[tokens.len() - 1].end();
        let Some(root) = self.root(&tokens) else { return Vec::from([all]) };
        let mut lowering = Lowering::new(tokens);
        block.append(&mut lowering.block(&root.children));
        lowering.errors(&root)
    }

    /// What tree-sitter makes of the tokens; nothing where it takes too long.
    fn root(&mut self, tokens: &[Token]) -> Option<Node> {
        let mut skeleton = String::with_capacity(tokens.len() * 3);
        for token in tokens {
            skeleton.push_str(token.text());
            skeleton.push(' ');
        }
        skeleton.push('\n');
        let tree = self.parse(&skeleton, tokens.len())?;
        Some(Offsets::of(tokens).node(tree.root_node()))
    }

    /// That the grammar makes the same of sound tokens, in every test that reads a script.
    #[cfg(test)]
    fn agrees(&mut self, tokens: &[Token], nodes: &[Node]) {
        let Some(root) = self.root(tokens) else { return };
        let mut lowering = Lowering::new(tokens.to_vec());
        let theirs = lowering.block(&root.children);
        let errors = lowering.errors(&root);
        let own = Lowering::new(tokens.to_vec()).block(nodes);
        let shown = || tokens.iter().map(Token::text).collect::<Vec<_>>();
        assert!(own == theirs && errors.is_empty(), "the grammar reads {:?} otherwise", shown());
    }

    fn parse(&mut self, text: &str, tokens: usize) -> Option<Tree> {
        let parser = match &mut self.parser {
            Some(parser) => parser,
            none => {
                let mut parser = Parser::new();
                parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
                none.insert(parser)
            }
        };
        let mut steps = LEAST_STEPS + STEPS * tokens;
        let mut progress = |_: &tree_sitter::ParseState| {
            steps = steps.saturating_sub(1);
            if steps == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut |at, _| text.get(at..).unwrap_or_default(), None, Some(options));
        parser.reset();
        tree
    }
}

/// Whether tokens form simple commands with an operator between each two: those need no grammar to say what they are.
fn is_flat(tokens: &[Token]) -> bool {
    let mut stands = false;
    for token in tokens {
        match token.kind {
            TokenKind::Mark(mark) if stands && OPERATORS.contains(&mark) => stands = false,
            TokenKind::Mark(_) => return false,
            _ => stands = true,
        }
    }
    stands
}

/// `a | b && c || d`, as far as it is read.
#[derive(Default)]
struct Chain {
    whole: Option<Statement>,
    joins_by: &'static str,
    /// Of the pipe at hand.
    stages: Block,
}

impl Chain {
    fn operator(&mut self, operator: &'static str) {
        if matches!(operator, "&&" | "||") {
            self.whole = join(self.whole.take(), self.joins_by, pipe(std::mem::take(&mut self.stages)));
            self.joins_by = operator;
        }
    }

    fn end(self) -> Option<Statement> {
        join(self.whole, self.joins_by, pipe(self.stages))
    }
}

/// Where each token begins in the text that the grammar sees.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(tokens: &[Token]) -> Self {
        let lengths = tokens.iter().map(|token| token.text().len() + 1);
        Self(lengths.scan(0, |offset, length| Some(std::mem::replace(offset, *offset + length))).collect())
    }

    /// The grammar's node, and those below it, as nodes of tokens.
    fn node(&self, node: tree_sitter::Node<'_>) -> Node {
        let first = self.0.partition_point(|offset| *offset < node.start_byte());
        let end = self.0.partition_point(|offset| *offset < node.end_byte());
        Node {
            kind: node.kind(),
            tokens: first..end.max(first),
            is_statement: node.is_named() && !node.is_missing(),
            is_error: node.is_error() || node.is_missing(),
            children: node.children(&mut node.walk()).map(|child| self.node(child)).collect(),
        }
    }
}

/// Nodes to statements.
struct Lowering {
    /// Where each token stands in the script.
    bounds: Vec<Range<usize>>,
    tokens: Vec<Option<Token>>,
}

impl Lowering {
    fn new(tokens: Vec<Token>) -> Self {
        let bounds = tokens.iter().map(|token| token.start()..token.end()).collect();
        Self { bounds, tokens: tokens.into_iter().map(Some).collect() }
    }

    /// The simple commands that all tokens form, and the pipes and lists of them: a chain that [`is_flat`].
    fn flat_chain(&mut self) -> Option<Statement> {
        let mut chain = Chain::default();
        let mut start = 0;
        for index in 0..=self.tokens.len() {
            let mark = match self.tokens.get(index) {
                None => "",
                Some(Some(Token { kind: TokenKind::Mark(mark), .. })) => mark,
                Some(_) => continue,
            };
            let negated = self.token(start).is_some_and(Token::negated);
            chain.stages.extend(self.simple(start..index, self.span(start..index), negated));
            chain.operator(mark);
            start = index + 1;
        }
        chain.end()
    }

    /// Where these tokens stand in the script.
    fn span(&self, tokens: Range<usize>) -> Range<usize> {
        let end = |index: usize| self.bounds.get(index).map(|bounds| bounds.end);
        let start = self.bounds.get(tokens.start).map(|bounds| bounds.start);
        match (start, tokens.end.checked_sub(1).and_then(end)) {
            (Some(start), Some(end)) if start <= end => start..end,
            (Some(start), _) => start..start,
            (None, _) => {
                let end = self.bounds.last().map_or(0, |bounds| bounds.end);
                end..end
            }
        }
    }

    /// Where the grammar gave up.
    fn errors(&self, root: &Node) -> Vec<Range<usize>> {
        let mut errors = Vec::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if node.is_error {
                errors.push(self.span(node.tokens.clone()));
            } else {
                open.extend(&node.children);
            }
        }
        errors
    }

    /// The statements among these nodes.
    fn block<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> Block {
        let mut block = Block::new();
        for node in nodes {
            match node.kind {
                "&" => {
                    if let Some(last) = block.last_mut() {
                        last.background = true;
                    }
                }
                "ERROR" => block.extend(self.block(&node.children)),
                _ => block.extend(self.statement(node)),
            }
        }
        block
    }

    fn statement(&mut self, node: &Node) -> Option<Statement> {
        if !node.is_statement {
            return None;
        }
        if is_chain(node) {
            return self.chain(node);
        }
        let tokens = node.tokens.clone();
        let span = self.span(tokens.clone());
        let negated = self.token(tokens.start).is_some_and(Token::negated);
        let kind = match node.kind {
            "if_statement" => self.conditional(node),
            "for_statement" => self.repetition(node),
            "while_statement" => self.conditional_loop(node),
            "case_statement" => self.case(node),
            "subshell" => StatementKind::Subshell(self.block(&node.children)),
            "compound_statement" => StatementKind::Group(self.block(&node.children)),
            "function_definition" => self.function(node),
            _ => return self.simple(tokens, span, negated),
        };
        let last = tokens.end.checked_sub(1);
        let redirects = last.and_then(|last| self.token(last)).map(|token| std::mem::take(&mut token.redirects));
        Some(Statement { span, kind, redirects: redirects.unwrap_or_default(), background: false, negated })
    }

    fn token(&mut self, index: usize) -> Option<&mut Token> {
        self.tokens.get_mut(index)?.as_mut()
    }

    /// `a | b && c || d`. The grammar nests pipes and lists in each other: of a longer pipe before `||` it makes
    /// a pipe whose last stage is the list. So only the order is taken from it, and the precedence is the shell's: a
    /// pipe binds tighter than `&&` and `||`, and these bind alike, to the left.
    fn chain(&mut self, node: &Node) -> Option<Statement> {
        let mut chain = Chain::default();
        for part in flat(node) {
            match part.kind {
                operator if OPERATORS.contains(&operator) => chain.operator(operator),
                _ => chain.stages.extend(self.block([part])),
            }
        }
        chain.end()
    }

    fn simple(&mut self, tokens: Range<usize>, span: Range<usize>, negated: bool) -> Option<Statement> {
        let mut command = Command::default();
        let mut redirects = Vec::new();
        let mut test = None;
        let mut arithmetic = None;
        for index in tokens {
            let Some(token) = self.tokens.get_mut(index).and_then(Option::take) else { continue };
            redirects.extend(token.redirects);
            match token.kind {
                TokenKind::Word(word) => command.words.push(word),
                TokenKind::Assignment(assignment) => command.assignments.push(assignment),
                TokenKind::Redirect(redirect) => command.redirects.push(redirect),
                TokenKind::Test(words) => test = Some(words),
                TokenKind::Arithmetic(word) => arithmetic = Some(word),
                TokenKind::Clauses(_) | TokenKind::Mark(_) | TokenKind::Filler => {}
            }
        }
        let kind = match (test, arithmetic) {
            (Some(words), _) => StatementKind::Test(words),
            (None, Some(word)) => StatementKind::Arithmetic(word),
            (None, None) if command == Command::default() => return None,
            (None, None) => {
                command.redirects.append(&mut redirects);
                StatementKind::Command(command)
            }
        };
        Some(Statement { span, kind, redirects, background: false, negated })
    }

    /// The children split at the tokens that `marks` names.
    fn split<'n>(&self, node: &'n Node, marks: &[&str]) -> Vec<(&'static str, Vec<&'n Node>)> {
        let mut parts = vec![("", Vec::new())];
        for child in &node.children {
            if marks.contains(&child.kind) {
                parts.push((child.kind, Vec::new()));
            } else if let Some((_, part)) = parts.last_mut() {
                part.push(child);
            }
        }
        parts
    }

    fn conditional(&mut self, node: &Node) -> StatementKind {
        let mut arms = Vec::new();
        let mut otherwise = None;
        self.arm(node, &mut arms);
        for child in &node.children {
            match child.kind {
                "elif_clause" => self.arm(child, &mut arms),
                "else_clause" => otherwise = Some(self.block(&child.children)),
                _ => {}
            }
        }
        StatementKind::If { arms, otherwise }
    }

    fn arm(&mut self, node: &Node, arms: &mut Vec<(Block, Block)>) {
        let mut condition = Block::new();
        let mut body = Block::new();
        for (mark, mut part) in self.split(node, &["then"]) {
            part.retain(|child| !matches!(child.kind, "elif_clause" | "else_clause"));
            let place = if mark == "then" { &mut body } else { &mut condition };
            place.append(&mut self.block(part));
        }
        arms.push((condition, body));
    }

    fn repetition(&mut self, node: &Node) -> StatementKind {
        let body = self.body(node);
        let mut words: Option<Vec<Word>> = None;
        let mut variable = String::new();
        for index in node.tokens.clone() {
            match self.tokens[index].take().map(|token| token.kind) {
                Some(TokenKind::Mark("in")) => words = Some(Vec::new()),
                Some(TokenKind::Mark("do")) => break,
                Some(TokenKind::Word(word)) => match &mut words {
                    Some(words) => words.push(word),
                    None => variable = word.literal().unwrap_or_default().into_owned(),
                },
                _ => {}
            }
        }
        StatementKind::For { variable, words, body }
    }

    fn body(&mut self, node: &Node) -> Block {
        let bodies = node.children.iter().filter(|child| child.kind == "do_group");
        bodies.flat_map(|child| self.block(&child.children)).collect()
    }

    fn conditional_loop(&mut self, node: &Node) -> StatementKind {
        let body = self.body(node);
        let clauses = node.tokens.start + 1;
        if let Some(TokenKind::Clauses(clauses)) = self.token(clauses).map(|token| &mut token.kind) {
            let [start, condition, step] = std::mem::take(&mut **clauses);
            return StatementKind::Count { start, condition, step, body };
        }
        let until = node.children.first().is_some_and(|first| first.kind == "until");
        let condition = self.block(node.children.iter().filter(|child| child.kind != "do_group"));
        StatementKind::While { condition, until, body }
    }

    fn case(&mut self, node: &Node) -> StatementKind {
        let first = node.tokens.start;
        let subject = self.words(first..first + 2).pop();
        let subject = subject.unwrap_or_else(|| Word { span: self.span(first + 1..first + 2), pieces: Vec::new() });
        let mut arms = Vec::new();
        for item in node.children.iter().filter(|child| child.kind == "case_item") {
            let parts = self.split(item, &[")"]);
            let patterns = parts.first().map(|(_, part)| part.as_slice()).unwrap_or_default();
            let words = patterns.iter().flat_map(|pattern| self.words(pattern.tokens.clone())).collect();
            let body = parts.into_iter().skip(1).flat_map(|(_, part)| self.block(part)).collect();
            arms.push((words, body));
        }
        StatementKind::Case { subject, arms }
    }

    /// Takes the words among these tokens.
    fn words(&mut self, tokens: Range<usize>) -> Vec<Word> {
        let mut words = Vec::new();
        for index in tokens {
            if let Some(Some(token)) = self.tokens.get_mut(index)
                && let TokenKind::Word(word) = &mut token.kind
            {
                words.push(std::mem::take(word));
            }
        }
        words
    }

    fn function(&mut self, node: &Node) -> StatementKind {
        let first = node.tokens.start;
        let name =
            self.words(first..first + 2).pop().and_then(|word| word.literal().map(Cow::into_owned)).unwrap_or_default();
        let body = match node.children.last() {
            Some(group) if group.kind == "compound_statement" => self.block(&group.children),
            Some(other) => self.statement(other).into_iter().collect(),
            None => Block::new(),
        };
        StatementKind::Function { name, body: body.into() }
    }
}

/// Whether it is statements with operators between them.
fn is_chain(node: &Node) -> bool {
    matches!(node.kind, "list" | "pipeline")
}

/// The statements and operators of a chain in the order they stand, however deep the grammar nests them.
fn flat(node: &Node) -> Vec<&Node> {
    let mut parts = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if is_chain(node) { open.extend(node.children.iter().rev()) } else { parts.push(node) }
    }
    parts
}

/// The statement that these stages form. A `!` before the first negates the pipe.
fn pipe(mut stages: Block) -> Option<Statement> {
    if stages.len() < 2 {
        return stages.pop();
    }
    let span = stages.first()?.span.start..stages.last()?.span.end;
    let negated = stages.first_mut().is_some_and(|first| std::mem::take(&mut first.negated));
    Some(Statement { span, kind: StatementKind::Pipeline(stages), redirects: Vec::new(), background: false, negated })
}

/// What `&&` or `||` makes of two statements; of one, that one.
fn join(left: Option<Statement>, operator: &str, right: Option<Statement>) -> Option<Statement> {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (Box::new(left), Box::new(right)),
        (left, right) => return left.or(right),
    };
    let span = left.span.start..right.span.end;
    let kind = if operator == "||" { StatementKind::Or(left, right) } else { StatementKind::And(left, right) };
    Some(Statement { span, kind, redirects: Vec::new(), background: false, negated: false })
}
