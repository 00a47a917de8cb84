//! `[ … ]`, `test`, `[[ … ]]` and arithmetic over known text.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::ActKind;
use super::arithmetic::{self, Variables};
use super::interpreter::Interpreter;
use super::pattern::Pattern;
use super::scope::{Flow, Scope};
use super::world::{Status, Tested};
use crate::command::Arg;
use crate::shell::{Part, Word};
use crate::symbol::{Dimensions, Unique, Value};
use crate::truth::Truth;

/// A word of a test.
struct Operand {
    value: Value,
    /// What `[[ … == word ]]` makes of it, when that is known.
    pattern: Option<Pattern>,
}

impl Operand {
    /// A word that stands for itself.
    fn text(arg: &Arg) -> Self {
        let pattern = arg.text().map(|text| {
            let mut pattern = Pattern::default();
            pattern.quoted(text);
            pattern
        });
        Self { value: arg.value.clone(), pattern }
    }

    fn is(&self, text: &str) -> bool {
        self.value.as_literal() == Some(text)
    }
}

impl Interpreter<'_> {
    /// `[ … ]` and `test …`
    pub(super) fn brackets(&mut self, scope: &mut Scope, program: &str, args: &[Arg], span: Range<usize>, flow: &Flow) {
        let inside = match args.split_last() {
            Some((last, inside)) if program == "[" && last.is("]") => inside,
            _ => args,
        };
        let words: Vec<Operand> = inside.iter().map(Operand::text).collect();
        let asked = || command(program, args.to_vec());
        scope.status = self.tested(scope, &words, false, (asked, span), flow);
        self.looks_at(inside, flow);
    }

    /// `[[ … ]]`
    pub(super) fn double_brackets(&mut self, scope: &mut Scope, words: &[Word], span: Range<usize>, flow: &Flow) {
        let mut operands = Vec::new();
        let mut args = Vec::new();
        let mut compares = false;
        for word in words {
            let value = self.word(scope, word, flow);
            let literal = word.literal();
            let pattern = match literal.as_deref() {
                _ if !compares => None,
                _ => self.quietly(|walker| walker.pattern(scope, word, false, flow)),
            };
            compares = matches!(literal.as_deref(), Some("=" | "==" | "!="));
            args.push(Arg::new(value.clone(), word.span.clone()));
            operands.push(Operand { value, pattern });
        }
        self.looks_at(&args, flow);
        scope.status = self.tested(scope, &operands, true, (|| command("[[", args), span), flow);
    }

    /// How a test ends: as its words decide, else as the world has it.
    fn tested(
        &mut self,
        scope: &mut Scope,
        words: &[Operand],
        double: bool,
        (asked, span): (impl FnOnce() -> ActKind, Range<usize>),
        flow: &Flow,
    ) -> Status {
        let status = match self.decided(words, double, flow) {
            Status::Unknown => {
                self.note_open_test(scope, words.iter().map(|word| &word.value), &span);
                self.ask(scope, asked(), span.clone(), flow).status
            }
            status => status,
        };
        self.comes_out(scope, status, span)
    }

    /// Notes a test of which only the run knows how it comes out, for what it is started with; what its commands
    /// print, they print.
    pub(super) fn note_open_test<'v>(
        &mut self,
        scope: &Scope,
        looks_at: impl IntoIterator<Item = &'v Value>,
        span: &Range<usize>,
    ) {
        if self.quiet || self.plays() {
            return;
        }
        let looks_at: Vec<&Value> = looks_at.into_iter().collect();
        if looks_at.iter().any(|value| value.as_literal().is_none() && self.trace.capture(value).is_some()) {
            return;
        }
        let mut about: BTreeSet<Arc<str>> = looks_at.iter().flat_map(|value| value.sources()).collect();
        if about.is_empty() {
            let words: Vec<String> = looks_at.iter().map(|value| value.to_string()).collect();
            about.insert(words.join(" ").into());
        }
        let at = scope.frame.location(span.clone());
        self.trace.open_tests.entry((at.path, at.span.start)).or_default().extend(about);
    }

    /// How a test comes out in the world.
    pub(super) fn comes_out(&mut self, scope: &Scope, status: Status, span: Range<usize>) -> Status {
        let holds = status.succeeded();
        if self.quiet || !self.plays() || holds == Truth::Unknown {
            return status;
        }
        let tested = Tested {
            at: &scope.frame.location(span.clone()),
            chain: &scope.chain,
            text: scope.frame.text.value().get(span).unwrap_or_default(),
        };
        match self.world.comes_out(&tested, holds.is_yes()) {
            holds if holds == status.succeeded().is_yes() => status,
            holds => Status::of(holds.into()),
        }
    }

    /// Notes the words of a test that something hangs on.
    fn looks_at(&mut self, words: &[Arg], flow: &Flow) {
        if flow.tested && !self.quiet {
            self.looked_at.extend(words.iter().map(|arg| arg.value.clone()));
        }
    }

    /// Whether a test holds. What a loop counts differs from round to round: numbers decide only where rounds are
    /// told apart.
    fn decided(&self, words: &[Operand], double: bool, flow: &Flow) -> Status {
        let mut reader = Reader { words, at: 0, counts: self.plays() || !flow.context.in_loop, double, wrong: false };
        let truth = reader.all();
        match truth {
            // It says so, and fails with 2.
            _ if reader.wrong => Status::Code(2),
            _ if reader.at < words.len() => Status::Unknown,
            truth => Status::of(truth),
        }
    }

    /// The value of `(( … ))`, and what it assigns.
    pub(super) fn arithmetic_word(&mut self, scope: &mut Scope, word: &Word, flow: &Flow) -> Option<i64> {
        if word.pieces.is_empty() {
            return Some(0);
        }
        let mut text = String::new();
        for piece in &word.pieces {
            match &piece.part {
                Part::Arithmetic(inner) => text.push_str(&format!("({inner})")),
                _ => text.push_str(self.piece(scope, piece, flow).as_literal().unwrap_or("?")),
            }
        }
        self.calculated(scope, &text, flow)
    }

    /// `$(( … ))`
    pub(super) fn arithmetic(&mut self, scope: &mut Scope, text: &str, flow: &Flow) -> Value {
        if let Some(number) = self.calculated(scope, text, flow) {
            return Value::literal(number.to_string());
        }
        let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$');
        let unique = names
            .map(|name| name.trim_start_matches('$'))
            .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
            .map(|name| self.variable(scope, name).map_or(Unique::UNKNOWN, |value| value.unique()))
            .fold(Unique::STATIC, Unique::and);
        let unique = if text.contains("$$") { Unique::by(Dimensions::RANDOM) } else { unique };
        Value::opaque(format!("$(({text}))"), unique, Truth::No)
    }

    /// The value of an expression of known numbers, and what it assigns. What a loop counts is known where its
    /// rounds are told apart.
    pub(super) fn calculated(&mut self, scope: &mut Scope, text: &str, flow: &Flow) -> Option<i64> {
        if flow.context.in_loop && !self.plays() {
            return None;
        }
        let mut numbers = Numbers { walker: self, scope };
        arithmetic::evaluate(text, &mut numbers)
    }
}

fn command(program: &str, argv: Vec<Arg>) -> ActKind {
    ActKind::Command { program: program.to_owned(), argv, nohup: false, setsid: false }
}

/// The shell's variables as numbers.
struct Numbers<'a, 'b> {
    walker: &'a mut Interpreter<'b>,
    scope: &'a mut Scope,
}

impl Variables for Numbers<'_, '_> {
    fn get(&mut self, name: &str) -> Option<i64> {
        let value = match name.parse::<usize>() {
            Ok(number) => self.scope.positional.get(number.checked_sub(1)?).cloned(),
            Err(_) => self.walker.variable(self.scope, name),
        };
        let value = self.walker.resolved(value.unwrap_or_else(|| Value::unknown(format!("${name}"))));
        match value.as_literal()?.trim() {
            "" => Some(0),
            text => text
                .strip_prefix('-')
                .map_or_else(|| arithmetic::number(text), |digits| arithmetic::number(digits).map(i64::wrapping_neg)),
        }
    }

    fn set(&mut self, name: &str, value: i64) {
        self.scope.set(name, Value::literal(value.to_string()));
    }
}

/// The words of a test while it is read: `-o` and `||` bind less than `-a` and `&&`, these less than `!`.
struct Reader<'a> {
    words: &'a [Operand],
    at: usize,
    counts: bool,
    /// `[[ … ]]`: numbers are arithmetic.
    double: bool,
    /// Something is compared as a number that is none.
    wrong: bool,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, texts: &[&str]) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| texts.iter().any(|text| word.is(text)));
        self.at += usize::from(found);
        found
    }

    /// What POSIX says of up to four words, then the grammar of more.
    fn all(&mut self) -> Truth {
        match self.words {
            [] => Truth::No,
            [only] => {
                self.at = 1;
                !only.value.empty()
            }
            _ => self.or(),
        }
    }

    fn or(&mut self) -> Truth {
        let mut truth = self.and();
        while self.eat(&["-o", "||"]) {
            truth = truth.or(self.and());
        }
        truth
    }

    fn and(&mut self) -> Truth {
        let mut truth = self.not();
        while self.eat(&["-a", "&&"]) {
            truth = truth.and(self.not());
        }
        truth
    }

    fn not(&mut self) -> Truth {
        if let Some(truth) = self.binary() {
            return truth;
        }
        if self.eat(&["!"]) {
            return !self.not();
        }
        if self.eat(&["("]) {
            let truth = self.or();
            return if self.eat(&[")"]) { truth } else { Truth::Unknown };
        }
        let Some(word) = self.words.get(self.at) else { return Truth::Unknown };
        self.at += 1;
        match (word.value.as_literal(), self.words.get(self.at)) {
            (Some(flag), Some(operand)) if flag.len() == 2 && flag.starts_with('-') => {
                self.at += 1;
                match flag {
                    "-n" => !operand.value.empty(),
                    "-z" => operand.value.empty(),
                    _ => Truth::Unknown,
                }
            }
            _ => !word.value.empty(),
        }
    }

    /// `left operator right`, when that stands here.
    fn binary(&mut self) -> Option<Truth> {
        let [left, operator, right, ..] = self.words.get(self.at..)? else { return None };
        let truth = match operator.value.as_literal()? {
            "=" | "==" => same(left, right),
            "!=" => !same(left, right),
            "-eq" => self.numbers(left, right, |left, right| left == right),
            "-ne" => self.numbers(left, right, |left, right| left != right),
            "-lt" => self.numbers(left, right, |left, right| left < right),
            "-le" => self.numbers(left, right, |left, right| left <= right),
            "-gt" => self.numbers(left, right, |left, right| left > right),
            "-ge" => self.numbers(left, right, |left, right| left >= right),
            "=~" | "<" | ">" | "-nt" | "-ot" | "-ef" => Truth::Unknown,
            _ => return None,
        };
        self.at += 3;
        Some(truth)
    }

    fn numbers(&mut self, left: &Operand, right: &Operand, holds: fn(i64, i64) -> bool) -> Truth {
        let number = |operand: &Operand| match operand.value.as_literal()?.trim() {
            "" if self.double => Some(0),
            text => text.parse::<i64>().ok(),
        };
        match (number(left), number(right)) {
            (Some(left), Some(right)) if self.counts => holds(left, right).into(),
            (one, other) => {
                let known =
                    |number: Option<i64>, operand: &Operand| number.is_some() || operand.value.as_literal().is_some();
                self.wrong |= self.counts && !self.double && known(one, left) && known(other, right);
                Truth::Unknown
            }
        }
    }
}

fn same(left: &Operand, right: &Operand) -> Truth {
    if let Some(pattern) = &right.pattern {
        return pattern.fits_value(&left.value);
    }
    // A pattern that nobody has read compares with more than itself.
    let plain = right.value.as_literal().is_none_or(|text| !text.contains(['*', '?']));
    if plain { left.value.same(&right.value) } else { Truth::Unknown }
}
