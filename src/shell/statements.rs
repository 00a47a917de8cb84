//! Splits a list of statements into tokens the grammar cannot misread: words become one token each,
//! heredocs, comments, tests and redirections are taken out, the spelling of what has several is made one.

use super::frame::{Frame, Opener};
use super::lexer::{HEIGHT, Lexer, NESTING, TOKENS};
use super::token::{Token, TokenKind};
use super::word::Style;
use super::{Block, Part, Quote, Redirect, Word};
use std::ops::Range;

/// What may stand here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Position {
    /// The beginning of a statement.
    Start,
    /// After an assignment or a redirection at a command's beginning.
    Prefix,
    /// After a command's name.
    Arguments,
    /// After a compound statement.
    Closed,
    /// The variable of a `for`.
    LoopName,
    /// `in`, or the end of a `for` without one.
    LoopIn,
    /// What a `for` runs over.
    LoopWords,
    /// The word of a `case`.
    Subject,
    /// The `in` of a `case`.
    CaseIn,
    /// A pattern of a `case`.
    Pattern,
    /// The name after `function`.
    FunctionName,
    /// After a function's name.
    FunctionBody,
}

/// A heredoc whose body follows on a later line.
pub(super) struct Pending {
    /// The token that holds its redirection, and which of that token's.
    pub(super) token: usize,
    pub(super) redirect: usize,
    pub(super) delimiter: String,
    pub(super) tabs: bool,
    pub(super) quoted: bool,
}

/// A list of statements while it is read.
pub(super) struct Level {
    /// The statements that are finished.
    block: Block,
    /// The tokens of those that are not.
    pub(super) tokens: Vec<Token>,
    pub(super) position: Position,
    pub(super) frames: Vec<Frame>,
    pub(super) pending: Vec<Pending>,
    /// Ends at a closing parenthesis.
    pub(super) enclosed: bool,
    negation: Option<usize>,
}

impl Level {
    fn new(enclosed: bool) -> Self {
        Self {
            block: Block::new(),
            tokens: Vec::new(),
            position: Position::Start,
            frames: vec![Frame::new(Opener::List)],
            pending: Vec::new(),
            enclosed,
            negation: None,
        }
    }

    pub(super) fn push(&mut self, span: Range<usize>, kind: TokenKind) {
        let mut token = Token::new(span, kind);
        token.negation = self.negation.take();
        self.tokens.push(token);
    }

    pub(super) fn mark(&mut self, span: Range<usize>, mark: &'static str) {
        self.push(span, TokenKind::Mark(mark));
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Opener::List));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Whether a keyword is one here.
    fn takes_keywords(&self) -> bool {
        matches!(self.position, Position::Start | Position::Closed | Position::FunctionBody)
    }

    /// Whether a statement stands before this place that is not ended yet.
    fn in_statement(&self) -> bool {
        !matches!(
            self.position,
            Position::Start | Position::Pattern | Position::FunctionBody | Position::CaseIn | Position::FunctionName
        )
    }
}

impl Lexer<'_> {
    /// The statements from here to the end, or to the parenthesis that closes them; whether it was found.
    pub(super) fn block(&mut self, enclosed: bool) -> (Block, bool) {
        let outer = std::mem::take(&mut self.inner_height);
        let mut level = Level::new(enclosed);
        let depth = self.depth;
        let closed = self.tokens(&mut level);
        self.depth = depth;
        self.close_all(&mut level, self.pos - usize::from(closed));
        let height = level.frame().height();
        self.inner_height = outer.max(height);
        if !level.pending.is_empty() {
            self.error(self.pos..self.pos);
        }
        if self.overflow || height > HEIGHT {
            self.overflow = true;
            return (Block::new(), closed);
        }
        self.finish_statements(&mut level);
        (level.block, closed)
    }

    /// Hands the tokens at hand to the grammar. Statement by statement, so that a broken one costs
    /// no other, and a long script no more than its longest statement.
    fn finish_statements(&mut self, level: &mut Level) {
        self.tokens += level.tokens.len();
        let errors = self.grammar.statements(std::mem::take(&mut level.tokens), &mut level.block);
        self.errors.extend(errors);
    }

    fn tokens(&mut self, level: &mut Level) -> bool {
        loop {
            self.blanks();
            let start = self.pos;
            let Some(byte) = self.peek() else { return false };
            match byte {
                b'\n' => {
                    self.pos += 1;
                    self.heredocs(level);
                    self.terminator(level, start..start + 1, ";");
                }
                b'#' => self.comment(),
                b')' => {
                    self.pos += 1;
                    if self.closing_paren(level, start) {
                        return true;
                    }
                }
                b'(' => self.opening_paren(level),
                b';' => self.semicolon(level),
                b'&' if !self.sees("&>") => self.ampersand(level),
                b'|' => self.bar(level),
                _ => self.word_or_redirect(level),
            }
            if self.depth + level.frames.len() > NESTING
                || level.frame().height() > HEIGHT
                || self.tokens + level.tokens.len() > TOKENS
            {
                self.overflow = true;
            }
        }
    }

    /// `;` or a line's end; the grammar needs neither where no statement stands before it.
    pub(super) fn terminator(&mut self, level: &mut Level, span: Range<usize>, mark: &'static str) {
        match level.position {
            Position::LoopName | Position::Subject => return,
            Position::LoopWords if level.tokens.last().is_some_and(|token| token.text() == "in") => {
                level.push(span.start..span.start, TokenKind::Filler);
            }
            _ if !level.in_statement() => {
                if mark == "&" {
                    self.error(span);
                }
                return;
            }
            _ => {}
        }
        level.mark(span, mark);
        level.frame().end_list();
        level.position = Position::Start;
        if level.frames.len() == 1 && level.pending.is_empty() {
            self.finish_statements(level);
        }
    }

    fn semicolon(&mut self, level: &mut Level) {
        let start = self.pos;
        let ends_item = self.eat(";;&") || self.eat(";;") || self.eat(";&");
        if !ends_item {
            self.pos += 1;
            if level.position == Position::Start {
                self.error(start..self.pos);
            }
            return self.terminator(level, start..self.pos, ";");
        }
        let in_case = level.frames.last().is_some_and(|frame| frame.opener == Opener::Case);
        if !in_case || matches!(level.position, Position::Pattern | Position::CaseIn | Position::Subject) {
            return self.error(start..self.pos);
        }
        level.mark(start..self.pos, ";;");
        level.frame().end_list();
        level.position = Position::Pattern;
    }

    fn ampersand(&mut self, level: &mut Level) {
        let start = self.pos;
        if self.eat("&&") {
            return self.operator(level, start, "&&");
        }
        self.pos += 1;
        self.terminator(level, start..self.pos, "&");
    }

    fn bar(&mut self, level: &mut Level) {
        let start = self.pos;
        if level.position == Position::Pattern {
            self.pos += 1;
            level.mark(start..self.pos, "|");
        } else if self.eat("||") {
            self.operator(level, start, "||");
        } else {
            let _ = self.eat("|&") || self.eat("|");
            self.operator(level, start, "|");
        }
    }

    /// An operator between two statements; without one before it, it is an error of its own.
    fn operator(&mut self, level: &mut Level, start: usize, mark: &'static str) {
        if !matches!(level.position, Position::Prefix | Position::Arguments | Position::Closed) {
            return self.error(start..self.pos);
        }
        level.mark(start..self.pos, mark);
        level.frame().chain();
        level.position = Position::Start;
    }

    fn opening_paren(&mut self, level: &mut Level) {
        let start = self.pos;
        match level.position {
            Position::Pattern => self.pos += 1,
            Position::LoopName => match self.clauses() {
                Some(inside) => {
                    // The grammar is shown a `while`, which takes whatever stands for the clauses.
                    if let Some(token) = level.tokens.last_mut() {
                        token.kind = TokenKind::Mark("while");
                    }
                    level.push(start..inside.end + 2, TokenKind::Clauses);
                    level.position = Position::Closed;
                }
                None => {
                    self.pos += 1;
                    self.error(start..self.pos);
                    level.position = Position::LoopIn;
                }
            },
            Position::FunctionBody => self.open_paren(level),
            Position::Start => match self.clauses() {
                Some(inside) => {
                    let words = self.arithmetic_words(inside.clone());
                    level.push(start..inside.end + 2, TokenKind::Test(words));
                    level.position = Position::Closed;
                }
                None => self.open_paren(level),
            },
            _ => {
                self.pos += 1;
                self.error(start..self.pos);
            }
        }
    }

    fn open_paren(&mut self, level: &mut Level) {
        self.pos += 1;
        self.open(level, self.pos - 1..self.pos, "(", Opener::Paren, Position::Start);
    }

    /// `(( … ))` here: its inside; stands behind it.
    fn clauses(&mut self) -> Option<Range<usize>> {
        let inside = if self.sees("((") { self.arithmetic(self.pos + 2) } else { None }?;
        self.pos = inside.end + 2;
        Some(inside)
    }

    fn arithmetic_words(&mut self, inside: Range<usize>) -> Vec<Word> {
        let after = self.pos;
        vec![self.within(inside, after, |lexer| lexer.word(Style::Text { tabs: false }))]
    }

    /// Whether the parenthesis closes the whole list.
    fn closing_paren(&mut self, level: &mut Level, start: usize) -> bool {
        let span = start..self.pos;
        if level.position == Position::Pattern {
            level.mark(span, ")");
            level.position = Position::Start;
            return false;
        }
        if self.close(level, &span, Opener::Paren) {
            return false;
        }
        if !level.enclosed {
            self.error(span);
        }
        level.enclosed
    }

    fn word_or_redirect(&mut self, level: &mut Level) {
        let start = self.pos;
        if let Some(redirect) = self.redirect(level) {
            return self.add_redirect(level, redirect);
        }
        if level.position == Position::Start && self.keyword_ahead("[[") {
            let words = self.test();
            level.push(start..self.pos, TokenKind::Test(words));
            self.raise(level);
            level.position = Position::Closed;
            return;
        }
        if matches!(level.position, Position::Start | Position::Prefix)
            && let Some(assignment) = self.assignment()
        {
            level.push(start..self.pos, TokenKind::Assignment(assignment));
            self.raise(level);
            level.position = Position::Prefix;
            return;
        }
        let word = self.argument();
        if self.pos == start {
            // Nothing can begin with this byte.
            self.pos += 1;
            return self.error(start..self.pos);
        }
        self.raise(level);
        if !self.keyword(level, &word) {
            self.add_word(level, word);
        }
    }

    /// Takes the height of what stands inside the last word into the frame.
    fn raise(&mut self, level: &mut Level) {
        let height = std::mem::take(&mut self.inner_height);
        level.frame().raise(height + 1);
    }

    fn add_redirect(&mut self, level: &mut Level, redirect: Redirect) {
        self.raise(level);
        match level.position {
            Position::Closed => {
                if let Some(token) = level.tokens.last_mut() {
                    token.redirects.push(redirect);
                }
            }
            Position::Start | Position::Prefix | Position::Arguments => {
                level.push(redirect.span.clone(), TokenKind::Redirect(redirect));
                if level.position == Position::Start {
                    level.position = Position::Prefix;
                }
            }
            _ => self.error(redirect.span),
        }
    }

    fn add_word(&mut self, level: &mut Level, word: Word) {
        let start = level.position;
        level.position = match start {
            Position::Start if self.parentheses() => {
                level.mark(word.span.start..word.span.start, "function");
                Position::FunctionBody
            }
            Position::FunctionName => {
                let _ = self.parentheses();
                Position::FunctionBody
            }
            Position::Start | Position::Prefix | Position::Arguments => Position::Arguments,
            Position::Closed => {
                self.begin(level, &word.span);
                Position::Arguments
            }
            Position::LoopIn => {
                self.error(word.span.clone());
                level.mark(word.span.start..word.span.start, "in");
                Position::LoopWords
            }
            Position::FunctionBody | Position::CaseIn => {
                self.settle(level, word.span.start);
                return self.add_word(level, word);
            }
            Position::LoopName => Position::LoopIn,
            Position::LoopWords => Position::LoopWords,
            Position::Subject => Position::CaseIn,
            Position::Pattern => Position::Pattern,
        };
        level.push(word.span.clone(), TokenKind::Word(word));
    }

    /// `()` after a function's name.
    fn parentheses(&mut self) -> bool {
        let start = self.pos;
        self.blanks();
        if self.eat("(") {
            self.blanks();
            if self.eat(")") {
                return true;
            }
        }
        self.pos = start;
        false
    }

    /// Takes the word as a keyword, when it is one here.
    fn keyword(&mut self, level: &mut Level, word: &Word) -> bool {
        let Some(text) = bare(word) else { return false };
        let span = word.span.clone();
        match (level.position, text) {
            (Position::LoopIn, "in") => {
                level.mark(span, "in");
                level.position = Position::LoopWords;
            }
            (Position::CaseIn, "in") => {
                level.mark(span, "in");
                level.position = Position::Pattern;
            }
            (Position::LoopIn, "do") => {
                self.terminator(level, span.start..span.start, ";");
                return self.reserved(level, span, text);
            }
            (Position::CaseIn, "esac") => {
                self.settle(level, span.start);
                return self.reserved(level, span, text);
            }
            (Position::Pattern, "esac") => return self.reserved(level, span, text),
            (Position::FunctionBody, other) if !matches!(other, "{" | "if") => {
                self.settle(level, span.start);
                return self.reserved(level, span, text);
            }
            _ if level.takes_keywords() => return self.reserved(level, span, text),
            _ => return false,
        }
        true
    }

    fn reserved(&mut self, level: &mut Level, span: Range<usize>, text: &str) -> bool {
        match text {
            "if" => self.open(level, span, "if", Opener::If, Position::Start),
            "while" => self.open(level, span, "while", Opener::Loop, Position::Start),
            "until" => self.open(level, span, "until", Opener::Loop, Position::Start),
            "for" | "select" => self.open(level, span, "for", Opener::Loop, Position::LoopName),
            "case" => self.open(level, span, "case", Opener::Case, Position::Subject),
            "{" => self.open(level, span, "{", Opener::Brace, Position::Start),
            "then" => self.inner(level, span, "then", Opener::If),
            "elif" => self.inner(level, span, "elif", Opener::If),
            "else" => self.inner(level, span, "else", Opener::If),
            "do" => self.inner(level, span, "do", Opener::Loop),
            "fi" => self.shut(level, span, Opener::If),
            "done" => self.shut(level, span, Opener::Loop),
            "esac" => self.shut(level, span, Opener::Case),
            "}" => self.shut(level, span, Opener::Brace),
            "function" => {
                self.begin(level, &span);
                level.mark(span, "function");
                level.position = Position::FunctionName;
            }
            "!" => {
                self.begin(level, &span);
                level.negation.get_or_insert(span.start);
            }
            "time" | "coproc" if self.compound_ahead() => {}
            _ => return false,
        }
        true
    }

    /// A statement begins; behind another that is not ended, that is an error.
    fn begin(&mut self, level: &mut Level, span: &Range<usize>) {
        if level.position == Position::Closed {
            self.error(span.clone());
            self.terminator(level, span.start..span.start, ";");
        }
    }

    fn open(&mut self, level: &mut Level, span: Range<usize>, mark: &'static str, opener: Opener, next: Position) {
        self.begin(level, &span);
        level.mark(span, mark);
        level.frames.push(Frame::new(opener));
        level.position = next;
    }

    /// `then`, `do` …: what stands before it in the same statement ends.
    fn inner(&mut self, level: &mut Level, span: Range<usize>, mark: &'static str, opener: Opener) {
        let continues = matches!(mark, "elif" | "else");
        if level.frames.last().is_none_or(|frame| frame.opener != opener || frame.in_body != continues) {
            return self.error(span);
        }
        self.end_statement(level, span.start);
        level.mark(span, mark);
        level.frame().in_body = mark != "elif";
        level.position = Position::Start;
    }

    fn shut(&mut self, level: &mut Level, span: Range<usize>, opener: Opener) {
        if !self.close(level, &span, opener) {
            self.end_statement(level, span.start);
            self.error(span);
        }
    }

    /// Whether a compound statement follows: `time` before one is no command.
    fn compound_ahead(&mut self) -> bool {
        let start = self.pos;
        self.blanks();
        let compound = self.peek() == Some(b'(')
            || ["{", "if", "for", "while", "until", "case", "[["].iter().any(|keyword| self.keyword_ahead(keyword));
        self.pos = start;
        compound
    }

    /// Whether exactly this word stands here.
    pub(super) fn keyword_ahead(&self, keyword: &str) -> bool {
        self.sees(keyword)
            && self
                .peek_at(keyword.len())
                .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|' | b'(' | b')'))
    }
}

/// The text of a word that is a keyword where one may stand: one unquoted literal, written as it is.
fn bare(word: &Word) -> Option<&str> {
    match word.pieces.as_slice() {
        [piece] if piece.quote == Quote::Bare => match &piece.part {
            Part::Literal(text) if text.len() == word.span.len() => Some(text),
            _ => None,
        },
        _ => None,
    }
}
