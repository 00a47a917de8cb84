//! Go's templates, as `--format` takes them, over JSON.

use std::collections::BTreeMap;

use serde_json::Value;

/// Why a template gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// It is none.
    Syntax(String),
    /// What it asks for is not there.
    Execution(String),
}

use TemplateError::{Execution, Syntax};

/// What a template prints of some data.
///
/// # Errors
/// It is none, or asks for what is not there.
pub(super) fn render(template: &str, data: &Value) -> Result<String, TemplateError> {
    let nodes = parse(template)?;
    let mut scope = Scope { variables: vec![("$".to_owned(), data.clone())], output: String::new() };
    scope.run(&nodes, data)?;
    Ok(scope.output)
}

/// Whether it is a template at all.
///
/// # Errors
/// It is none.
pub(super) fn check(template: &str) -> Result<(), TemplateError> {
    parse(template).map(|_| ())
}

#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Print(Pipeline),
    Set(String, Pipeline),
    If(Vec<(Pipeline, Vec<Node>)>, Vec<Node>),
    Range(Option<String>, Option<String>, Pipeline, Vec<Node>, Vec<Node>),
    With(Option<String>, Pipeline, Vec<Node>, Vec<Node>),
}

/// Commands, each given the value of the one before as its last argument.
type Pipeline = Vec<Vec<Term>>;

#[derive(Clone, Debug)]
enum Term {
    Value(Value),
    /// `.A.B`, `$x.A`, `(…).A`
    Path(Box<Head>, Vec<String>),
    Function(String),
}

#[derive(Clone, Debug)]
enum Head {
    Dot,
    Variable(String),
    Pipeline(Pipeline),
}

// Reading.

/// The template's text and actions, in order.
fn pieces(template: &str) -> Result<Vec<(bool, String)>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut trim = false;
    while let Some(at) = rest.find("{{") {
        let (mut text, after) = (&rest[..at], &rest[at + 2..]);
        if trim {
            text = text.trim_start();
        }
        let end = action_end(after).ok_or_else(|| Syntax("unclosed action".to_owned()))?;
        let mut action = &after[..end];
        if let Some(inner) = action.strip_prefix("- ") {
            (action, text) = (inner, text.trim_end());
        }
        let inner = action.strip_suffix(" -");
        trim = inner.is_some();
        pieces.push((false, text.to_owned()));
        pieces.push((true, inner.unwrap_or(action).trim().to_owned()));
        rest = &after[end + 2..];
    }
    pieces.push((false, if trim { rest.trim_start() } else { rest }.to_owned()));
    Ok(pieces)
}

/// Where an action ends: at `}}` outside quotes.
fn action_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(char),
    Set,
    Blank,
}

fn tokens(action: &str) -> Result<Vec<Token>, TemplateError> {
    let mut found = Vec::new();
    let chars: Vec<char> = action.chars().collect();
    let mut at = 0;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    while at < chars.len() {
        let start = at;
        match chars[at] {
            c if c.is_whitespace() => {
                while at < chars.len() && chars[at].is_whitespace() {
                    at += 1;
                }
                found.push(Token::Blank);
            }
            quote @ ('"' | '`') => {
                let mut text = String::new();
                at += 1;
                while at < chars.len() && chars[at] != quote {
                    if chars[at] == '\\' && quote == '"' {
                        at += 1;
                        match chars.get(at) {
                            Some('n') => text.push('\n'),
                            Some('t') => text.push('\t'),
                            Some(c) => text.push(*c),
                            None => {}
                        }
                    } else {
                        text.push(chars[at]);
                    }
                    at += 1;
                }
                at += 1;
                found.push(Token::Text(text));
            }
            '.' | '$' => {
                at += 1;
                while at < chars.len() && is_name(chars[at]) {
                    at += 1;
                }
                found.push(Token::Word(chars[start..at].iter().collect()));
            }
            c if c.is_ascii_digit() || c == '-' && chars.get(at + 1).is_some_and(char::is_ascii_digit) => {
                at += 1;
                while at < chars.len() && chars[at].is_ascii_digit() {
                    at += 1;
                }
                found.push(Token::Number(chars[start..at].iter().collect()));
            }
            ':' if chars.get(at + 1) == Some(&'=') => {
                at += 2;
                found.push(Token::Set);
            }
            '=' => {
                at += 1;
                found.push(Token::Set);
            }
            c @ ('(' | ')' | '|' | ',') => {
                at += 1;
                found.push(Token::Sign(c));
            }
            c if is_name(c) => {
                while at < chars.len() && is_name(chars[at]) {
                    at += 1;
                }
                found.push(Token::Word(chars[start..at].iter().collect()));
            }
            c => return Err(Syntax(format!("bad character U+{:04X} '{c}'", c as u32))),
        }
    }
    Ok(found)
}

fn parse(template: &str) -> Result<Vec<Node>, TemplateError> {
    let pieces = pieces(template)?;
    let mut at = 0;
    let (nodes, end) = block(&pieces, &mut at)?;
    match end {
        None => Ok(nodes),
        Some(word) => Err(Syntax(format!("unexpected {{{{{word}}}}}"))),
    }
}

/// Nodes up to an `end` or `else`, which is given back.
fn block(pieces: &[(bool, String)], at: &mut usize) -> Result<(Vec<Node>, Option<String>), TemplateError> {
    let mut nodes = Vec::new();
    while let Some((is_action, text)) = pieces.get(*at) {
        *at += 1;
        if !is_action {
            if !text.is_empty() {
                nodes.push(Node::Text(text.clone()));
            }
            continue;
        }
        // `{{range.Ports}}` is one, too.
        let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        match word {
            "end" | "else" => return Ok((nodes, Some(text.clone()))),
            "if" => nodes.push(choice(rest, pieces, at)?),
            "range" => {
                let (first, second, pipeline) = variables(rest)?;
                let (body, otherwise) = body(pieces, at)?;
                nodes.push(Node::Range(first, second, pipeline, body, otherwise));
            }
            "with" => {
                let (first, _, pipeline) = variables(rest)?;
                let (body, otherwise) = body(pieces, at)?;
                nodes.push(Node::With(first, pipeline, body, otherwise));
            }
            _ if text.starts_with("/*") => {}
            _ => {
                let (first, _, pipeline) = variables(text)?;
                nodes.push(match first {
                    Some(name) => Node::Set(name, pipeline),
                    None => Node::Print(pipeline),
                });
            }
        }
    }
    Ok((nodes, None))
}

fn choice(condition: &str, pieces: &[(bool, String)], at: &mut usize) -> Result<Node, TemplateError> {
    let mut branches = Vec::new();
    let mut condition = condition.to_owned();
    loop {
        let pipeline = variables(&condition)?.2;
        let (nodes, end) = block(pieces, at)?;
        branches.push((pipeline, nodes));
        match end.as_deref() {
            Some("end") => return Ok(Node::If(branches, Vec::new())),
            Some("else") => {
                let (otherwise, end) = block(pieces, at)?;
                if end.as_deref() != Some("end") {
                    return Err(Syntax("unexpected EOF".to_owned()));
                }
                return Ok(Node::If(branches, otherwise));
            }
            Some(other) => condition = other.trim_start_matches("else").trim().trim_start_matches("if").to_owned(),
            None => return Err(Syntax("unexpected EOF".to_owned())),
        }
    }
}

fn body(pieces: &[(bool, String)], at: &mut usize) -> Result<(Vec<Node>, Vec<Node>), TemplateError> {
    let (body, mut end) = block(pieces, at)?;
    let mut otherwise = Vec::new();
    if end.as_deref() == Some("else") {
        (otherwise, end) = block(pieces, at)?;
    }
    match end.as_deref() {
        Some("end") => Ok((body, otherwise)),
        _ => Err(Syntax("unexpected EOF".to_owned())),
    }
}

/// `$k, $v := pipeline`.
fn variables(text: &str) -> Result<(Option<String>, Option<String>, Pipeline), TemplateError> {
    let tokens = tokens(text)?;
    let set = tokens.iter().position(|token| *token == Token::Set);
    let names = tokens[..set.unwrap_or(0)].iter().filter_map(|token| match token {
        Token::Word(word) if word.starts_with('$') => Some(word.clone()),
        _ => None,
    });
    let mut names = names.collect::<Vec<_>>().into_iter();
    let mut at = set.map_or(0, |at| at + 1);
    let pipeline = pipeline(&tokens, &mut at)?;
    if at < tokens.len() {
        return Err(Syntax("unexpected \")\" in input".to_owned()));
    }
    if pipeline.iter().all(Vec::is_empty) {
        return Err(Syntax("missing value for command".to_owned()));
    }
    Ok((names.next(), names.next(), pipeline))
}

fn pipeline(tokens: &[Token], at: &mut usize) -> Result<Pipeline, TemplateError> {
    let mut commands = vec![Vec::new()];
    // A field belongs to what stands right before it.
    let mut is_apart = true;
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        let is_field = matches!(token, Token::Word(word) if word.starts_with('.') && word.len() > 1);
        let last = commands.last_mut().and_then(|command: &mut Vec<Term>| command.last_mut());
        match token {
            Token::Blank => {
                is_apart = true;
                continue;
            }
            Token::Sign(')') => {
                *at -= 1;
                break;
            }
            Token::Sign('|') => commands.push(Vec::new()),
            Token::Word(word) if is_field && !is_apart => match last {
                Some(Term::Path(_, fields)) => fields.push(word[1..].to_owned()),
                _ => return Err(Syntax(format!("unexpected <{word}> in operand"))),
            },
            token => {
                let term = term(token, tokens, at)?;
                if let Some(command) = commands.last_mut() {
                    command.push(term);
                }
            }
        }
        is_apart = false;
    }
    Ok(commands)
}

fn term(token: &Token, tokens: &[Token], at: &mut usize) -> Result<Term, TemplateError> {
    Ok(match token {
        Token::Text(text) => Term::Value(Value::from(text.clone())),
        Token::Number(number) => Term::Value(Value::from(number.parse::<i64>().unwrap_or(0))),
        Token::Sign('(') => {
            let inner = pipeline(tokens, at)?;
            if tokens.get(*at) != Some(&Token::Sign(')')) {
                return Err(Syntax("unclosed left paren".to_owned()));
            }
            *at += 1;
            Term::Path(Box::new(Head::Pipeline(inner)), Vec::new())
        }
        Token::Word(word) if word == "." => Term::Path(Box::new(Head::Dot), Vec::new()),
        Token::Word(word) if word.starts_with('.') => Term::Path(Box::new(Head::Dot), vec![word[1..].to_owned()]),
        Token::Word(word) if word.starts_with('$') => Term::Path(Box::new(Head::Variable(word.clone())), Vec::new()),
        Token::Word(word) => match word.as_str() {
            "true" => Term::Value(Value::from(true)),
            "false" => Term::Value(Value::from(false)),
            "nil" => Term::Value(Value::Null),
            name if is_function(name) => Term::Function(name.to_owned()),
            name => return Err(Syntax(format!("function \"{name}\" not defined"))),
        },
        token => return Err(Syntax(format!("unexpected {token:?} in operand"))),
    })
}

fn is_function(name: &str) -> bool {
    const KNOWN: &str = "and or not len index slice print printf println eq ne lt le gt ge json pretty join split \
                         lower upper title truncate pad table html urlquery call";
    KNOWN.split(' ').any(|known| known == name)
}

// Running.

struct Scope {
    variables: Vec<(String, Value)>,
    output: String,
}

impl Scope {
    fn run(&mut self, nodes: &[Node], dot: &Value) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => self.output.push_str(text),
                Node::Print(pipeline) => {
                    let text = printed(&self.value(pipeline, dot)?);
                    self.output.push_str(&text);
                }
                Node::Set(name, pipeline) => {
                    let value = self.value(pipeline, dot)?;
                    self.variables.push((name.clone(), value));
                }
                Node::If(branches, otherwise) => {
                    let mut chosen = otherwise;
                    for (condition, nodes) in branches {
                        if is_true(&self.value(condition, dot)?) {
                            chosen = nodes;
                            break;
                        }
                    }
                    self.inside(chosen, dot, &[])?;
                }
                Node::With(name, pipeline, nodes, otherwise) => {
                    let value = self.value(pipeline, dot)?;
                    if is_true(&value) {
                        self.inside(nodes, &value, &[(name.as_deref(), value.clone())])?;
                    } else {
                        self.inside(otherwise, dot, &[])?;
                    }
                }
                Node::Range(first, second, pipeline, nodes, otherwise) => {
                    let all: Vec<(Value, Value)> = match self.value(pipeline, dot)? {
                        Value::Array(items) => {
                            items.into_iter().enumerate().map(|(at, item)| (Value::from(at), item)).collect()
                        }
                        Value::Object(items) => {
                            let own = items.into_iter().filter(|(key, _)| !key.starts_with('\u{0}'));
                            own.map(|(key, item)| (Value::from(key), item)).collect()
                        }
                        Value::Null => Vec::new(),
                        other => return Err(Execution(format!("range can't iterate over {}", printed(&other)))),
                    };
                    if all.is_empty() {
                        self.inside(otherwise, dot, &[])?;
                    }
                    for (key, item) in all {
                        let set = match (first.as_deref(), second.as_deref()) {
                            (Some(key_name), Some(item_name)) => {
                                vec![(Some(key_name), key), (Some(item_name), item.clone())]
                            }
                            (name, _) => vec![(name, item.clone())],
                        };
                        self.inside(nodes, &item, &set)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn inside(&mut self, nodes: &[Node], dot: &Value, set: &[(Option<&str>, Value)]) -> Result<(), TemplateError> {
        let depth = self.variables.len();
        let named = set.iter().filter_map(|(name, value)| Some(((*name)?.to_owned(), value.clone())));
        self.variables.extend(named);
        self.run(nodes, dot)?;
        self.variables.truncate(depth);
        Ok(())
    }

    fn value(&self, pipeline: &Pipeline, dot: &Value) -> Result<Value, TemplateError> {
        let mut before: Option<Value> = None;
        for command in pipeline {
            before = Some(self.command(command, dot, before)?);
        }
        Ok(before.unwrap_or(Value::Null))
    }

    fn command(&self, command: &[Term], dot: &Value, before: Option<Value>) -> Result<Value, TemplateError> {
        let Some((first, rest)) = command.split_first() else { return Ok(Value::Null) };
        let mut arguments = Vec::new();
        for term in rest {
            arguments.push(self.term(term, dot)?);
        }
        arguments.extend(before);
        match first {
            Term::Function(name) => call(name, &arguments),
            // `.Label "key"`, of a row.
            Term::Path(head, fields) if !arguments.is_empty() && fields.last().is_some_and(|name| name == "Label") => {
                let row = self.path(head, &fields[..fields.len() - 1], dot)?;
                let labels = row.get("\u{0}labels").cloned().unwrap_or(Value::Null);
                Ok(arguments.first().and_then(|key| labels.get(key.as_str()?)).cloned().unwrap_or(Value::from("")))
            }
            term if arguments.is_empty() => self.term(term, dot),
            _ => Err(Execution("can't give argument to non-function".to_owned())),
        }
    }

    fn term(&self, term: &Term, dot: &Value) -> Result<Value, TemplateError> {
        match term {
            Term::Value(value) => Ok(value.clone()),
            Term::Function(name) => call(name, &[]),
            Term::Path(head, fields) => self.path(head, fields, dot),
        }
    }

    fn path(&self, head: &Head, fields: &[String], dot: &Value) -> Result<Value, TemplateError> {
        let mut at = match head {
            Head::Dot => dot.clone(),
            Head::Variable(name) => {
                let set = self.variables.iter().rev().find(|(set, _)| set == name);
                set.map(|(_, value)| value.clone()).ok_or_else(|| Syntax(format!("undefined variable \"{name}\"")))?
            }
            Head::Pipeline(pipeline) => self.value(pipeline, dot)?,
        };
        for field in fields {
            let missing = || Execution(format!("map has no entry for key \"{field}\""));
            at = match &at {
                Value::Object(map) if map.contains_key(OPEN) => map.get(field).cloned().unwrap_or(Value::Null),
                Value::Object(map) => map.get(field).cloned().ok_or_else(missing)?,
                // A typed map answers what it does not have with nothing, and nothing's fields are nothing.
                Value::Null if fields.first().is_some_and(|first| first == "NetworkSettings") => Value::Null,
                Value::Null => return Err(Execution(format!("nil pointer evaluating .{field}"))),
                _ => return Err(Execution(format!("can't evaluate field {field}"))),
            };
        }
        Ok(at)
    }
}

/// A key that no map of docker's has: this map is one whose keys are data, and has no value for those it lacks.
pub(super) const OPEN: &str = "\u{0}open";

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => map.keys().any(|key| !key.starts_with('\u{0}')),
    }
}

/// As Go prints it.
pub(super) fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let shown = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
            let shown: Vec<String> = shown.map(|(key, value)| format!("{key}:{}", printed(value))).collect();
            format!("map[{}]", shown.join(" "))
        }
    }
}

/// Without the marks.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !key.starts_with('\u{0}'));
            Value::Object(kept.map(|(key, value)| (key.clone(), plain(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

/// As JSON.
pub(super) fn json(value: &Value) -> String {
    plain(value).to_string()
}

/// As `docker inspect` prints without a format.
pub(super) fn pretty(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    let written = serde::Serialize::serialize(&plain(value), &mut serializer);
    written.ok().and_then(|()| String::from_utf8(out).ok()).unwrap_or_default()
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, TemplateError> {
    let text = |at: usize| arguments.get(at).map(printed).unwrap_or_default();
    let first = || arguments.first().cloned().unwrap_or(Value::Null);
    Ok(match name {
        "json" => Value::from(json(&first())),
        "pretty" => Value::from(pretty(&first())),
        "len" => Value::from(match &first() {
            Value::Array(items) => items.len(),
            Value::Object(map) => map.keys().filter(|key| !key.starts_with('\u{0}')).count(),
            Value::String(text) => text.len(),
            _ => return Err(Execution("len of nil".to_owned())),
        }),
        "index" => return index(arguments),
        "not" => Value::from(!is_true(&first())),
        "and" => arguments.iter().find(|value| !is_true(value)).or(arguments.last()).cloned().unwrap_or(Value::Null),
        "or" => arguments.iter().find(|value| is_true(value)).or(arguments.last()).cloned().unwrap_or(Value::Null),
        "eq" => Value::from(arguments.iter().skip(1).any(|other| *other == first())),
        "ne" => Value::from(arguments.get(1) != arguments.first()),
        "lt" | "le" | "gt" | "ge" => {
            let number = |at: usize| arguments.get(at).and_then(Value::as_f64).unwrap_or(0.0);
            let (one, other) = (number(0), number(1));
            Value::from(match name {
                "lt" => one < other,
                "le" => one <= other,
                "gt" => one > other,
                _ => one >= other,
            })
        }
        "print" => Value::from(arguments.iter().map(printed).collect::<String>()),
        "println" => Value::from(arguments.iter().map(printed).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => Value::from(formatted(&text(0), arguments.get(1..).unwrap_or_default())),
        "lower" => Value::from(text(0).to_lowercase()),
        "upper" => Value::from(text(0).to_uppercase()),
        "join" => match &first() {
            Value::Array(items) => Value::from(items.iter().map(printed).collect::<Vec<_>>().join(&text(1))),
            other => Value::from(printed(other)),
        },
        "split" => Value::Array(text(0).split(&text(1)).map(Value::from).collect()),
        "truncate" => {
            let most = arguments.get(1).and_then(Value::as_u64).unwrap_or(u64::MAX);
            Value::from(text(0).chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect::<String>())
        }
        _ => first(),
    })
}

fn index(arguments: &[Value]) -> Result<Value, TemplateError> {
    let Some((container, keys)) = arguments.split_first() else { return Ok(Value::Null) };
    let mut at = container.clone();
    for key in keys {
        at = match (&at, key) {
            (Value::Object(map), key) => match map.get(key.as_str().unwrap_or_default()) {
                Some(value) => value.clone(),
                None if map.values().any(Value::is_string) => Value::from(""),
                None => map.get(OPEN).cloned().unwrap_or(Value::Null),
            },
            (Value::Array(items), Value::Number(number)) => {
                let place = number.as_u64().and_then(|place| items.get(usize::try_from(place).ok()?));
                let range = || Execution("error calling index: reflect: slice index out of range".to_owned());
                place.cloned().ok_or_else(range)?
            }
            (Value::Null, _) => return Err(Execution("error calling index: index of untyped nil".to_owned())),
            _ => return Err(Execution("error calling index: can't index item".to_owned())),
        };
    }
    Ok(at)
}

/// `printf`, as far as formats of docker go.
fn formatted(format: &str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        while chars.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '+')) {
            width.extend(chars.next());
        }
        let Some(verb) = chars.next() else { break };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let value = arguments.next().map(printed).unwrap_or_default();
        let value = if verb == 'q' { format!("{value:?}") } else { value };
        let cut = width.split_once('.').and_then(|(_, most)| most.parse().ok()).unwrap_or(usize::MAX);
        out.extend(value.chars().take(cut));
    }
    out
}

/// Labels or ports or networks: a map whose keys are data.
pub(super) fn open(entries: impl IntoIterator<Item = (String, Value)>, missing: Value) -> Value {
    let mut map: BTreeMap<String, Value> = entries.into_iter().collect();
    map.insert(OPEN.to_owned(), missing);
    Value::Object(map.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_print_as_go_does() {
        let networks = open([("ci-net".to_owned(), json!({"IPAddress": "172.18.0.2"}))], Value::Null);
        let ports = open(
            [
                ("80/tcp".to_owned(), json!([{"HostIp": "0.0.0.0", "HostPort": "32768"}])),
                ("81/tcp".to_owned(), Value::Null),
            ],
            Value::Null,
        );
        let data = json!({
            "Id": "0123", "State": {"Status": "running", "Running": true, "Health": null, "ExitCode": 0},
            "Config": {"Labels": open([("a".to_owned(), json!("1"))], json!("")), "Env": ["A=1", "B=2"]},
            "NetworkSettings": {"Networks": networks, "Ports": ports},
        });
        for (template, expected) in [
            ("{{.Id}}", Ok("0123")),
            ("{{ .State.Status }} {{.State.Running}} {{.State.ExitCode}}", Ok("running true 0")),
            ("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", Ok("172.18.0.2")),
            (
                "{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}}{{println}}{{end}}",
                Ok("ci-net=172.18.0.2\n"),
            ),
            ("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", Ok("32768")),
            ("{{(index .NetworkSettings.Networks \"ci-net\").IPAddress}}", Ok("172.18.0.2")),
            ("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", Ok("none")),
            ("{{if eq .State.Status \"exited\"}}a{{else if .State.Running}}b{{else}}c{{end}}", Ok("b")),
            ("{{with .State.Health}}{{.Status}}{{end}}x", Ok("x")),
            ("{{index .Config.Labels \"a\"}}|{{index .Config.Labels \"b\"}}", Ok("1|")),
            ("{{json .Config.Labels}} {{.Config.Labels}}", Ok("{\"a\":\"1\"} map[a:1]")),
            (
                "{{join .Config.Env \",\"}} {{len .Config.Env}} {{.Id | upper}} {{printf \"%.2s\" .Id}}",
                Ok("A=1,B=2 2 0123 01"),
            ),
            ("{{range .Config.Env}}{{.}} {{$.Id}};{{end}}", Ok("A=1 0123;B=2 0123;")),
            ("a {{- .Id -}} b", Ok("a0123b")),
            ("{{.NetworkSettings.Networks.foo.IPAddress}}", Ok("<no value>")),
            ("{{.Nope}}", Err(false)),
            ("{{.State.Health.Status}}", Err(false)),
            ("{{(index (index .NetworkSettings.Ports \"82/tcp\") 0).HostPort}}", Err(false)),
            ("{{(index .Config.Env 2)}}", Err(false)),
            ("{{.Id", Err(true)),
            ("{{.NetworkSettings.Networks.ci-net.IPAddress}}", Err(true)),
            ("{{nope .Id}}", Err(true)),
            ("{{if .Id}}x", Err(true)),
        ] {
            let found = render(template, &data);
            let found = found.as_deref().map_err(|error| matches!(error, Syntax(_)));
            assert_eq!(found, expected, "{template}");
        }
    }
}
