//! awk: the commands that its program runs.

use super::options::Grammar;
use super::shell::is_shell;
use super::{Arg, Invocation};
use crate::symbol::Value;

/// A command that awk runs, as the text it hands to `sh -c`: `system("kill -9 " $2)`.
pub type Text = Vec<Piece>;

/// One piece of such a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// It does not depend on what awk reads.
    Known(Value),
    /// What awk makes of the lines it reads, as written: `$2`.
    Read(String),
}

/// What an awk program starts and prints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awk {
    /// The commands it runs: `system(…)`, `… | getline`, `print … | "sh"`.
    pub commands: Vec<Text>,
    /// The lines it prints to its standard output, which a shell may read.
    pub prints: Vec<Text>,
}

// POSIX awk, gawk(1), mawk(1).
const AWK: Grammar = Grammar::first(&[
    "F/field-separator= v/assign= f/file= e/source= E/exec= i/include= l/load= W= b/characters-as-bytes \
     c/traditional n/non-decimal-data P/posix r/re-interval S/sandbox t/lint-old",
]);

/// The call's program, read; `None` when it is no awk or its program is not known.
pub fn awk(invocation: &Invocation<'_>) -> Option<Awk> {
    if !matches!(invocation.program.as_str(), "awk" | "gawk" | "mawk" | "nawk") {
        return None;
    }
    let (options, words) = AWK.parse(&invocation.argv);
    if options.has("file") || options.has("exec") {
        return None;
    }
    let source = options.value("source");
    let program = source.as_ref().or_else(|| words.first())?.text()?;
    let variables = options.values("assign").iter().filter_map(variable).collect();
    Some(Reader { program, tokens: tokens(program), variables }.read())
}

/// `name=value` of `-v`.
fn variable(arg: &Arg) -> Option<(String, Value)> {
    let (name, value) = arg.value.split_once('=')?;
    Some((name.as_literal()?.to_owned(), value))
}

#[derive(Debug, PartialEq)]
struct Token {
    kind: TokenKind,
    start: usize,
    end: usize,
}

#[derive(Debug, PartialEq)]
enum TokenKind {
    /// `"…"`, escapes resolved.
    Text(String),
    /// A name or a number.
    Word,
    /// `/…/`
    Pattern,
    /// Everything else, one character each, but `||` and `&&`.
    Sign,
}

/// Splits a program; comments and blanks are left out, line ends are signs.
fn tokens(program: &str) -> Vec<Token> {
    let bytes = program.as_bytes();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let operand = found.last().is_some_and(|last| match last.kind {
            TokenKind::Sign => matches!(&program[last.start..last.end], ")" | "]" | "$"),
            _ => true,
        });
        let kind = match byte {
            b' ' | b'\t' | b'\r' | b'\\' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += program[at..].find('\n').unwrap_or(program.len() - at);
                continue;
            }
            b'"' => {
                let (text, end) = string(program, at + 1);
                at = end;
                TokenKind::Text(text)
            }
            b'/' if !operand => {
                at = pattern_end(bytes, at + 1);
                TokenKind::Pattern
            }
            byte if byte.is_ascii_alphanumeric() || *byte == b'_' => {
                while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
                    at += 1;
                }
                TokenKind::Word
            }
            _ if program[at..].starts_with("||") || program[at..].starts_with("&&") => {
                at += 2;
                TokenKind::Sign
            }
            _ => {
                at += program[at..].chars().next().map_or(1, char::len_utf8);
                TokenKind::Sign
            }
        };
        found.push(Token { kind, start, end: at });
    }
    found
}

/// The string whose inside begins at `from`, and where it ends, the quote included.
fn string(program: &str, from: usize) -> (String, usize) {
    let mut text = String::new();
    let mut characters = program[from..].char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, from + at + 1),
            '\\' => match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, other)) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    (text, program.len())
}

/// Behind the slash that ends a pattern; within `[…]` it ends nothing.
fn pattern_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut class = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return at + 1,
            b'\n' => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// A program while it is read.
struct Reader<'a> {
    program: &'a str,
    tokens: Vec<Token>,
    variables: Vec<(String, Value)>,
}

impl Reader<'_> {
    fn read(&self) -> Awk {
        let mut awk = Awk::default();
        let mut statement = 0;
        let mut at = 0;
        while at < self.tokens.len() {
            match self.written(at) {
                "system" if self.written(at + 1) == "(" => {
                    let end = self.closing(at + 1);
                    awk.commands.push(self.expression(at + 2..end));
                    at = end;
                }
                "print" | "printf" => {
                    let end = self.statement_end(at);
                    self.print(at, end, &mut awk);
                    statement = end;
                    at = end;
                }
                "|" if self.written(at + 1) == "getline" => awk.commands.push(self.expression(statement..at)),
                ";" | "{" | "}" | "\n" | "(" | "=" => statement = at + 1,
                _ => {}
            }
            at += 1;
        }
        awk
    }

    /// `print a, b`, `printf "…", a`, with `| "command"` or `> file` behind it.
    fn print(&self, start: usize, end: usize, awk: &mut Awk) {
        let outermost = |sign: &str| self.outermost(start + 1..end, sign);
        let (pipe, file) = (outermost("|"), outermost(">"));
        let shown = start + 1..pipe.or(file).unwrap_or(end);
        let formatted = self.written(start) == "printf";
        let shown = if formatted { self.format(self.unwrapped(shown)) } else { self.list(self.unwrapped(shown)) };
        match pipe.map(|pipe| self.expression(pipe + 1..end)) {
            None if file.is_none() => awk.prints.push(shown),
            None => {}
            Some(command) => {
                let text = match command.as_slice() {
                    [Piece::Known(value)] => value.as_literal().unwrap_or_default(),
                    _ => "",
                };
                let mut words = text.split_whitespace();
                let shell = words.next().is_some_and(|name| is_shell(name.rsplit('/').next().unwrap_or(name)));
                let reads = shell && words.all(|word| word.starts_with('-') && !word.contains('c'));
                awk.commands.push(if reads { shown } else { command });
            }
        }
    }

    /// The token as written; nothing behind the last.
    fn written(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| match token.kind {
            TokenKind::Word | TokenKind::Sign => &self.program[token.start..token.end],
            TokenKind::Text(_) | TokenKind::Pattern => "\"",
        })
    }

    /// The parenthesis that closes the one at `open`; else the end.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for at in open..self.tokens.len() {
            match self.written(at) {
                "(" => depth += 1,
                ")" if depth == 1 => return at,
                ")" => depth -= 1,
                _ => {}
            }
        }
        self.tokens.len()
    }

    fn statement_end(&self, start: usize) -> usize {
        (start..self.tokens.len()).find(|at| matches!(self.written(*at), ";" | "}" | "\n")).unwrap_or(self.tokens.len())
    }

    /// The first such sign that stands in no parentheses.
    fn outermost(&self, range: std::ops::Range<usize>, sign: &str) -> Option<usize> {
        let mut depth = 0usize;
        for at in range {
            match self.written(at) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                other if depth == 0 && other == sign => return Some(at),
                _ => {}
            }
        }
        None
    }

    /// Without parentheses around all of it.
    fn unwrapped(&self, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let wrapped = self.written(range.start) == "(" && self.closing(range.start) + 1 == range.end;
        if wrapped { range.start + 1..range.end - 1 } else { range }
    }

    /// The parts between commas.
    fn parts(&self, mut range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
        let mut parts = Vec::new();
        while let Some(comma) = self.outermost(range.clone(), ",") {
            parts.push(range.start..comma);
            range.start = comma + 1;
        }
        parts.push(range);
        parts
    }

    /// What `print` makes of a list: blanks between.
    fn list(&self, range: std::ops::Range<usize>) -> Text {
        if range.is_empty() {
            return vec![Piece::Read("$0".to_owned())];
        }
        let mut text = Text::new();
        for (index, part) in self.parts(range).into_iter().enumerate() {
            if index > 0 {
                text.push(Piece::Known(Value::literal(" ")));
            }
            text.extend(self.expression(part));
        }
        text
    }

    /// What `printf` makes of a format and its values.
    fn format(&self, range: std::ops::Range<usize>) -> Text {
        let mut parts = self.parts(range.clone()).into_iter();
        let format = parts.next().map(|part| self.expression(part));
        let Some([Piece::Known(format)]) = format.as_deref() else { return vec![self.read_piece(range)] };
        let mut text = Text::new();
        let mut rest = format.as_literal().unwrap_or_default();
        while let Some((before, after)) = rest.split_once('%') {
            text.push(Piece::Known(Value::literal(before)));
            let end = after.find(|c: char| c.is_ascii_alphabetic() || c == '%').map_or(after.len(), |end| end + 1);
            match &after[..end] {
                "%" => text.push(Piece::Known(Value::literal("%"))),
                _ => text.extend(parts.next().into_iter().flat_map(|part| self.expression(part))),
            }
            rest = &after[end..];
        }
        text.push(Piece::Known(Value::literal(rest)));
        text
    }

    /// An expression: its strings, and what stands between them.
    fn expression(&self, range: std::ops::Range<usize>) -> Text {
        let range = self.unwrapped(range);
        if self.written(range.start) == "sprintf" && self.closing(range.start + 1) + 1 == range.end {
            return self.format(range.start + 2..range.end - 1);
        }
        let mut text = Text::new();
        let mut from = range.start;
        for at in range.clone() {
            if let TokenKind::Text(known) = &self.tokens[at].kind {
                if from < at {
                    text.push(self.read_piece(from..at));
                }
                text.push(Piece::Known(Value::literal(known.clone())));
                from = at + 1;
            }
        }
        if from < range.end {
            text.push(self.read_piece(from..range.end));
        }
        text
    }

    fn read_piece(&self, range: std::ops::Range<usize>) -> Piece {
        let bounds = (self.tokens.get(range.start), range.end.checked_sub(1).and_then(|last| self.tokens.get(last)));
        let (Some(first), Some(last)) = bounds else { return Piece::Read(String::new()) };
        let written = self.program.get(first.start..last.end).unwrap_or_default();
        match self.variables.iter().find(|(name, _)| name == written) {
            Some((_, value)) => Piece::Known(value.clone()),
            None => Piece::Read(written.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(texts: &[Text]) -> Vec<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Known(value) => value.to_string(),
            Piece::Read(written) => format!("<{written}>"),
        };
        texts.iter().map(|text| text.iter().map(piece).collect()).collect()
    }

    /// What is read of `awk OPTIONS 'PROGRAM'`.
    fn read(options: &str, program: &str) -> Option<Awk> {
        let words = ["awk"].into_iter().chain(options.split_whitespace()).chain([program]);
        let words: Vec<Arg> = words.map(|word| Arg::new(Value::literal(word), 0..0)).collect();
        awk(&Invocation::parse(&words).expect("a command"))
    }

    #[test]
    fn commands_of_a_program_are_found() {
        let cases = [
            ("", r#"{system("kill -9 "$2)}"#, "kill -9 <$2>"),
            ("-F:", r#"/srv/ { system("docker rm -f " $1 " " $2) }"#, "docker rm -f <$1> <$2>"),
            ("-v sig=9", r#"{ system(sprintf("kill -%s %d", sig, $2)) }"#, "kill -9 <$2>"),
            ("", r#"{ print "docker rm", $1 | "sh" }"#, "docker rm <$1>"),
            ("", r#"{ printf("kill %s\n", $2) | "/bin/sh -e" }"#, "kill <$2>\n"),
            ("", r#"{ print $1 | "xargs kill" }"#, "xargs kill"),
            ("", r#"BEGIN { while (("docker ps -q" | getline id) > 0) n++ }"#, "docker ps -q"),
            ("", "$1 / 2 > 3 { system(cmd) } # system(x)", "<cmd>"),
        ];
        for (options, program, expected) in cases {
            assert_eq!(shown(&read(options, program).expect("awk").commands), [expected], "{program}");
        }
    }

    #[test]
    fn text_and_patterns_run_nothing() {
        for program in [
            "/system(x)/ {print $1}",
            r#"{print "system(rm)"}"#,
            "$1 ~ /[/]system(/ || $2 {print}",
            r#"{print $1 > "out"}"#,
        ] {
            assert_eq!(read("", program).expect("awk").commands, Vec::<Text>::new(), "{program}");
        }
        assert_eq!(shown(&read("", r#"/a/ {print "kill", $2; print}"#).expect("awk").prints), ["kill <$2>", "<$0>"]);
        assert_eq!(read("-f x.awk", ""), None);
    }
}
