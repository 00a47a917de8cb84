//! Cuts a makefile into items.

use super::item::{Assign, Condition, Flavour, Item, Makefile, Rule};
use crate::follow::builder::Builder;
use crate::source::{Source, Span, Text};

impl Makefile {
    /// Reads a makefile. Lines that are none of its items are left out.
    pub(in crate::follow) fn read(source: &Source) -> Self {
        let mut reader = Reader { source, line: 1, prefix: '\t', in_rule: false, items: Vec::new() };
        while reader.line <= source.line_count() {
            reader.step();
        }
        Self { source: source.clone(), items: reader.items }
    }
}

struct Reader<'s> {
    source: &'s Source,
    /// The next line, 1-based.
    line: usize,
    /// `.RECIPEPREFIX`
    prefix: char,
    in_rule: bool,
    items: Vec<Item>,
}

impl Reader<'_> {
    fn next_line(&mut self) -> Span {
        let span = self.source.line(self.line).unwrap_or(Span::new(0, 0));
        let skipped = if self.line == 1 { self.source.bom() } else { 0 };
        self.line += 1;
        Span::new((span.start + skipped).min(span.end), span.end)
    }

    fn step(&mut self) {
        let first = self.next_line();
        if self.in_rule && self.source.slice(first).starts_with(self.prefix) {
            let recipe = self.recipe(first);
            self.items.push(Item::Recipe(recipe));
            return;
        }
        let text = trimmed(&without_comment(&self.logical(first)));
        if !text.value().is_empty() {
            self.statement(&text);
        }
    }

    /// A recipe's line: backslash and line break stay, the prefix of the next line goes.
    fn recipe(&mut self, first: Span) -> Text {
        let mut builder = Builder::new(self.source, Vec::new());
        let mut line = Span::new(first.start + self.prefix.len_utf8(), first.end);
        while continues(self.source.slice(line)) && self.line <= self.source.line_count() {
            let mut next = self.next_line();
            // The line break stands right behind the line.
            let line_break = self.source.text()[line.end..next.start].find('\n').map_or(line.end, |at| line.end + at);
            builder.copy(line);
            builder.copy(Span::new(line_break, (line_break + 1).min(next.start)));
            if self.source.slice(next).starts_with(self.prefix) {
                next = Span::new(next.start + self.prefix.len_utf8(), next.end);
            }
            line = next;
        }
        builder.copy(line);
        builder.finish().0
    }

    /// A line outside recipes with its continuations, each joined by a blank.
    fn logical(&mut self, first: Span) -> Text {
        let mut builder = Builder::new(self.source, Vec::new());
        let mut line = first;
        while continues(self.source.slice(line)) && self.line <= self.source.line_count() {
            let kept = self.source.slice(line);
            let kept = kept[..kept.len() - 1].trim_end();
            builder.copy(Span::new(line.start, line.start + kept.len()));
            let next = self.next_line();
            let skipped = self.source.slice(next).len() - self.source.slice(next).trim_start().len();
            builder.put(" ", Span::new(next.start, next.start));
            line = Span::new(next.start + skipped, next.end);
        }
        builder.copy(line);
        builder.finish().0
    }

    fn statement(&mut self, text: &Text) {
        let (word, rest) = first_word(text);
        match word.as_str() {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => return self.items.push(Item::If(condition(&word, rest.value()))),
            "else" => {
                let (word, rest) = first_word(&rest);
                let condition = (!word.is_empty()).then(|| condition(&word, rest.value()));
                return self.items.push(Item::Else(condition));
            }
            "endif" => return self.items.push(Item::EndIf),
            _ => {}
        }
        let split = split(text.value());
        if !matches!(split, Some(Split::Assign { .. })) {
            match word.as_str() {
                "include" | "-include" | "sinclude" => {
                    let is_optional = word != "include";
                    return self.items.push(Item::Include { paths: rest, is_optional });
                }
                "define" | "override" if word == "define" || first_word(&rest).0 == "define" => {
                    return self.define(if word == "define" { &rest } else { text });
                }
                "export" if split.is_none() => return self.items.push(Item::Export(rest)),
                "unexport" | "vpath" | "endef" | "undefine" => return,
                _ => {}
            }
        } else if word == "define" {
            return self.define(&rest);
        }
        match split {
            Some(Split::Assign { name, operator, value }) => self.assign(text, name, &operator, value),
            Some(Split::Rule { colon, after }) => self.rule(text, colon, after),
            None if text.value().contains("$(eval") || text.value().contains("$(call") => {
                self.items.push(Item::Generated);
            }
            None => {}
        }
    }

    fn define(&mut self, rest: &Text) {
        let name = rest.value().split_whitespace().find(|word| *word != "define" && *word != "override");
        self.items.push(Item::Define(name.unwrap_or_default().trim_end_matches([':', '=', '?', '+']).to_owned()));
        let mut depth = 1usize;
        while depth > 0 && self.line <= self.source.line_count() {
            let line = self.next_line();
            match self.source.slice(line).split_whitespace().next() {
                Some("define") => depth += 1,
                Some("endef") => depth -= 1,
                _ => {}
            }
        }
    }

    fn assign(&mut self, text: &Text, end: usize, operator: &str, value: usize) {
        self.in_rule = false;
        let (mut is_override, mut is_exported) = (false, false);
        let mut name = trimmed(&text.part(0..end));
        loop {
            let (word, rest) = first_word(&name);
            match word.as_str() {
                _ if rest.value().is_empty() => break,
                "override" => is_override = true,
                "export" => is_exported = true,
                "private" => {}
                _ => return,
            }
            name = rest;
        }
        let value = trimmed(&text.part(value..text.value().len()));
        if name.value() == ".RECIPEPREFIX" {
            self.prefix = value.value().chars().next().unwrap_or('\t');
        }
        let flavour = match operator {
            "=" => Flavour::Lazy,
            "?=" => Flavour::Default,
            "+=" => Flavour::Append,
            "!=" => Flavour::Shell,
            _ => Flavour::Now,
        };
        self.items.push(Item::Assign(Assign { name, flavour, value, is_override, is_exported }));
    }

    fn rule(&mut self, text: &Text, colon: usize, after: usize) {
        self.in_rule = true;
        let targets = text.part(0..colon);
        let rest = text.part(after..text.value().len());
        let specific = match split(rest.value()) {
            Some(Split::Assign { name, .. }) => {
                let name = rest.value()[..name].split_whitespace().last();
                name.map(str::to_owned)
            }
            _ => None,
        };
        if specific.is_some() {
            let prerequisites = rest.part(0..0);
            return self.items.push(Item::Rule(Rule { targets, prerequisites, specific }));
        }
        let semicolon = outside_references(rest.value()).find(|&(_, c)| c == ';').map(|(at, _)| at);
        let prerequisites = rest.part(0..semicolon.unwrap_or(rest.value().len()));
        self.items.push(Item::Rule(Rule { targets, prerequisites, specific }));
        if let Some(at) = semicolon {
            self.items.push(Item::Recipe(trimmed(&rest.part(at + 1..rest.value().len()))));
        }
    }
}

/// Whether the line goes on in the next: an odd number of backslashes at its end.
fn continues(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn without_comment(text: &Text) -> Text {
    let value = text.value();
    let is_comment = |at: usize| at == 0 || value.as_bytes()[at - 1] != b'\\';
    match value.match_indices('#').map(|(at, _)| at).find(|&at| is_comment(at)) {
        Some(at) => text.part(0..at),
        None => text.clone(),
    }
}

/// Without white space around it.
pub(super) fn trimmed(text: &Text) -> Text {
    let value = text.value();
    let start = value.len() - value.trim_start().len();
    text.part(start..start + value.trim().len())
}

fn first_word(text: &Text) -> (String, Text) {
    let value = text.value();
    let end = value.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(value.len());
    (value[..end].to_owned(), trimmed(&text.part(end..value.len())))
}

enum Split {
    /// Where the name ends, the operator, where the value starts.
    Assign { name: usize, operator: String, value: usize },
    /// The first colon, and what stands behind `:`, `::` or `&:`.
    Rule { colon: usize, after: usize },
}

/// The characters that stand in no `$(…)`.
pub(in crate::follow) fn outside_references(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut depth = 0usize;
    let mut previous = ' ';
    text.char_indices().filter(move |&(_, c)| {
        let opens = matches!(c, '(' | '{') && (previous == '$' || depth > 0);
        let closes = matches!(c, ')' | '}') && depth > 0;
        previous = c;
        depth = if opens { depth + 1 } else { depth - usize::from(closes) };
        depth == 0 && !closes
    })
}

fn split(text: &str) -> Option<Split> {
    for (at, c) in outside_references(text) {
        let rest = &text[at..];
        match c {
            '=' => {
                let operator = match text[..at].chars().next_back() {
                    Some(c @ ('?' | '+' | '!')) => format!("{c}="),
                    _ => "=".to_owned(),
                };
                return Some(Split::Assign { name: at + 1 - operator.len(), operator, value: at + 1 });
            }
            ':' => {
                let colons = rest.len() - rest.trim_start_matches(':').len();
                if rest[colons..].starts_with('=') {
                    return Some(Split::Assign { name: at, operator: ":=".to_owned(), value: at + colons + 1 });
                }
                let colon = if text[..at].ends_with('&') { at - 1 } else { at };
                return Some(Split::Rule { colon, after: at + colons });
            }
            _ => {}
        }
    }
    None
}

fn condition(word: &str, rest: &str) -> Condition {
    let negated = word.starts_with("ifn");
    if word.ends_with("def") {
        return Condition::Defined { name: rest.trim().to_owned(), negated };
    }
    let rest = rest.trim();
    let sides = if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        outside_references(inner).find(|&(_, c)| c == ',').map(|(at, _)| (&inner[..at], &inner[at + 1..]))
    } else {
        quoted(rest).and_then(|(one, rest)| Some((one, quoted(rest.trim())?.0)))
    };
    match sides {
        Some((one, other)) => Condition::Equal { one: one.trim().to_owned(), other: other.trim().to_owned(), negated },
        None => Condition::Odd,
    }
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}
