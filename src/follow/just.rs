//! just: recipes of a justfile (<https://just.systems/man/en/>).
//!
//! Read: assignments, `set` lines, aliases, parameters with defaults, dependencies before and after `&&`,
//! `@` and `-`, `{{ … }}`, `[no-cd]`, shell shebang recipes. Not read: `import` and `mod` (a gap when the
//! recipe is not found), functions other than `env`, conditional expressions.

use std::collections::{BTreeMap, HashMap};

use super::builder::Builder;
use super::template::fill;
use super::{Directory, Files, Followed, Line, Recipe, ScriptCall, ScriptInterpreter, Unfollowed};
use crate::source::{FileKind, Source, Span, Text};
use crate::symbol::Value;

const NAMES: [&str; 4] = ["justfile", "Justfile", "JUSTFILE", ".justfile"];
/// How deep recipes need recipes.
const DEEPEST: usize = 32;
/// How many recipes one call looks at.
const MOST: usize = 500;

/// What the call runs, dependencies first, each once.
///
/// # Errors
/// [`Unfollowed`] when the justfile cannot be found or read, or has no such recipe.
pub fn recipes(files: &Files, call: &ScriptCall<'_>) -> Result<Followed, Unfollowed> {
    let path = call.file_in(call.here, files, &NAMES, "justfile")?;
    let source = files.follow(&path, FileKind::Justfile).map_err(|why| Unfollowed::new(format!("{path}: {why}")))?;
    let justfile = Justfile::read(&source);
    let beside = Directory::Inside(path.parent().unwrap_or_default());
    let mut directory = match call.told {
        Some(told) => call.here.enter(told),
        None => beside.clone(),
    };
    if let Some(told) = justfile.settings.get("working-directory").and_then(|text| string(text)) {
        directory = directory.enter(&Value::literal(told));
    }
    let mut run = Run {
        call,
        justfile: &justfile,
        source: &source,
        directory,
        beside,
        made: Followed::default(),
        ran: Vec::new(),
        open: Vec::new(),
    };
    let first = justfile.first.clone();
    let name =
        call.name().map(str::to_owned).or(first).ok_or_else(|| Unfollowed::new(format!("{path} has no recipe")))?;
    let mut next = Some(name);
    let mut rest = call.args.to_vec();
    // `just down up`: what a recipe has no parameters for is the next one.
    while let Some(name) = next.take() {
        let alias = justfile.aliases.get(&name).unwrap_or(&name);
        let takes = justfile.recipes.get(alias).map_or(rest.len(), |rule| match rule.parameters.last() {
            Some((.., true)) => rest.len(),
            _ => rule.parameters.len().min(rest.len()),
        });
        let after = rest.split_off(takes);
        run.run(&name, rest);
        rest = after;
        if !rest.is_empty() {
            let value = rest.remove(0);
            match value.as_literal() {
                Some(name) => next = Some(name.to_owned()),
                None => run.made.gaps.push(Unfollowed::new(format!("it is not known which recipe `{value}` is"))),
            }
        }
    }
    match run.made.gaps.first() {
        Some(gap) if run.made.recipes.is_empty() => Err(gap.clone()),
        _ => Ok(run.made),
    }
}

/// A justfile, nothing expanded.
#[derive(Default)]
struct Justfile {
    settings: HashMap<String, String>,
    variables: BTreeMap<String, String>,
    exported: Vec<String>,
    aliases: HashMap<String, String>,
    recipes: HashMap<String, Rule>,
    first: Option<String>,
    has_imports: bool,
}

struct Rule {
    at: Span,
    /// `@name`: lines are silent.
    is_quiet: bool,
    stays: bool,
    /// Only on some systems, or only after a question.
    conditional: bool,
    /// Name, default, takes the rest.
    parameters: Vec<(String, Option<String>, bool)>,
    before: Vec<(String, Vec<String>)>,
    after: Vec<(String, Vec<String>)>,
    lines: Vec<Text>,
}

impl Justfile {
    fn read(source: &Source) -> Self {
        let mut file = Self::default();
        let mut attributes = String::new();
        let mut current: Option<String> = None;
        let mut number = 1;
        while number <= source.line_count() {
            let span = source.line(number).unwrap_or(Span::new(0, 0));
            let start = if number == 1 { (span.start + source.bom()).min(span.end) } else { span.start };
            let span = Span::new(start, span.end);
            number += 1;
            let line = source.slice(span);
            if line.trim().is_empty() {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                let rule = current.as_ref().and_then(|name| file.recipes.get_mut(name));
                if let Some(rule) = rule {
                    let (text, next) = body(source, span, number);
                    number = next;
                    rule.lines.push(text);
                }
                continue;
            }
            current = None;
            if line.starts_with('#') {
                continue;
            }
            if line.starts_with('[') {
                attributes.push_str(line);
                continue;
            }
            let taken = std::mem::take(&mut attributes);
            if let Some(name) = file.statement(span, line, &taken) {
                current = Some(name);
            }
        }
        file
    }

    /// A line at the margin; a recipe's gives its name.
    fn statement(&mut self, span: Span, line: &str, attributes: &str) -> Option<String> {
        let word = line.split_whitespace().next().unwrap_or_default();
        if matches!(word, "import" | "import?" | "mod" | "mod?") && !line.contains(':') {
            self.has_imports = true;
            return None;
        }
        if let Some((name, value)) = line.split_once(":=") {
            if let Some(name) = name.strip_prefix("set ") {
                self.settings.insert(name.trim().to_owned(), value.trim().to_owned());
            } else if let Some(name) = name.strip_prefix("alias ") {
                self.aliases.insert(name.trim().to_owned(), value.trim().to_owned());
            } else if !name.contains(':')
                && name.trim().strip_prefix("export ").unwrap_or(name.trim()).split_whitespace().count() == 1
            {
                let bare = name.trim().strip_prefix("export ").map(str::trim);
                if let Some(name) = bare {
                    self.exported.push(name.to_owned());
                }
                let name = bare.unwrap_or(name.trim()).to_owned();
                self.variables.insert(name, without_comment(value).trim().to_owned());
                return None;
            }
            if line.starts_with("set ") || line.starts_with("alias ") {
                return None;
            }
        }
        if let Some(name) = line.strip_prefix("set ").filter(|_| !line.contains(':')) {
            self.settings.insert(name.trim().to_owned(), "true".to_owned());
            return None;
        }
        let colon = tokens(line).into_iter().find(|(_, token)| *token == ":")?.0;
        let head = &line[..colon];
        let is_quiet = head.starts_with('@');
        let name = head.trim_start_matches('@').split_whitespace().next()?.to_owned();
        let at = span.start + usize::from(is_quiet);
        let parameters = parameters(&head.trim_start_matches('@')[name.len()..]);
        let (before, after) = dependencies(&line[colon + 1..]);
        let rule = Rule {
            at: Span::new(at, at + name.len()),
            is_quiet,
            stays: attributes.contains("no-cd"),
            conditional: ["windows", "macos", "confirm"].iter().any(|word| attributes.contains(word)),
            parameters,
            before,
            after,
            lines: Vec::new(),
        };
        self.first.get_or_insert_with(|| name.clone());
        self.recipes.insert(name.clone(), rule);
        Some(name)
    }
}

/// A body's line without its indentation, its continuations included.
fn body(source: &Source, first: Span, mut number: usize) -> (Text, usize) {
    let indented = |span: Span| {
        let line = source.slice(span);
        Span::new(span.start + line.len() - line.trim_start().len(), span.end)
    };
    let mut builder = Builder::new(source, Vec::new());
    let mut span = indented(first);
    while source.slice(span).ends_with('\\') && number <= source.line_count() {
        builder.copy(span);
        builder.put("\n", Span::new(span.end, span.end));
        span = indented(source.line(number).unwrap_or(Span::new(span.end, span.end)));
        number += 1;
    }
    builder.copy(span);
    (builder.finish().0, number)
}

fn without_comment(text: &str) -> &str {
    tokens(text).into_iter().find(|(_, token)| token.starts_with('#')).map_or(text, |(at, _)| &text[..at])
}

/// Strings, backticks, brackets and words of a line, with their places.
fn tokens(line: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let rest = &line[at..];
        let length = match c {
            '"' | '\'' | '`' => {
                let mut end = 1;
                while let Some(byte) = rest.as_bytes().get(end) {
                    end += 1 + usize::from(*byte == b'\\' && c == '"');
                    if *byte == c as u8 {
                        break;
                    }
                }
                // A backslash may stand before a longer character, or nothing.
                (end..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len())
            }
            '#' => rest.len(),
            '&' if rest.starts_with("&&") => 2,
            ':' | '=' | '(' | ')' | '+' | '/' | ',' | '*' | '$' => 1,
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            _ => rest
                .find(|c: char| c.is_whitespace() || ":=()+/,\"'`#*$".contains(c))
                .filter(|at| *at > 0)
                .unwrap_or(rest.len()),
        };
        tokens.push((at, &rest[..length.min(rest.len())]));
        at += length.min(rest.len());
    }
    tokens
}

fn parameters(text: &str) -> Vec<(String, Option<String>, bool)> {
    let mut parameters: Vec<(String, Option<String>, bool)> = Vec::new();
    let (mut takes_rest, mut has_default) = (false, false);
    for (_, token) in tokens(text) {
        match token {
            "+" | "*" if !has_default => takes_rest = true,
            "$" => {}
            "=" => has_default = true,
            token if has_default => {
                has_default = false;
                if let Some(last) = parameters.last_mut() {
                    last.1 = Some(token.to_owned());
                }
            }
            token => parameters.push((token.to_owned(), None, std::mem::take(&mut takes_rest))),
        }
    }
    parameters
}

type Needs = Vec<(String, Vec<String>)>;

fn dependencies(text: &str) -> (Needs, Needs) {
    let (mut before, mut after): (Needs, Needs) = (Vec::new(), Vec::new());
    let (mut behind, mut inside) = (false, false);
    for (_, token) in tokens(text) {
        let list = if behind { &mut after } else { &mut before };
        match token {
            "&&" => behind = true,
            "(" => {
                inside = true;
                list.push((String::new(), Vec::new()));
            }
            ")" => inside = false,
            token if token.starts_with('#') => break,
            token => match list.last_mut().filter(|_| inside) {
                Some((name, _)) if name.is_empty() => *name = token.to_owned(),
                Some((_, args)) => args.push(token.to_owned()),
                None => list.push((token.to_owned(), Vec::new())),
            },
        }
    }
    (before, after)
}

/// The text of a string literal.
fn string(text: &str) -> Option<String> {
    let text = text.trim();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = text[1..].strip_suffix(quote)?;
    let is_odd = inner.contains(quote) || (quote == '"' && inner.contains('\\'));
    (!is_odd).then(|| inner.to_owned())
}

struct Run<'r> {
    call: &'r ScriptCall<'r>,
    justfile: &'r Justfile,
    source: &'r Source,
    directory: Directory,
    /// Where the justfile stands.
    beside: Directory,
    made: Followed,
    ran: Vec<(String, Vec<Value>)>,
    open: Vec<String>,
}

impl Run<'_> {
    fn run(&mut self, name: &str, args: Vec<Value>) {
        let name = self.justfile.aliases.get(name).map_or(name, String::as_str);
        let key = (name.to_owned(), args.clone());
        if self.ran.contains(&key) {
            return;
        }
        let Some(rule) = self.justfile.recipes.get(name) else {
            let why = if self.justfile.has_imports { "it may be imported" } else { "the justfile has no such recipe" };
            return self.made.gaps.push(Unfollowed::new(format!("just {name}: {why}")));
        };
        if self.open.iter().any(|open| open == name) || self.open.len() >= DEEPEST || self.ran.len() >= MOST {
            let at = self.source.location(rule.at);
            return self
                .made
                .gaps
                .push(Unfollowed::at(format!("the recipe {name} needs itself, or is too far down"), at));
        }
        self.ran.push(key);
        self.open.push(name.to_owned());
        let bound = self.bind(rule, &args);
        let needs = |needs: &Needs| -> Vec<(String, Vec<Value>)> {
            let one = |(name, args): &(String, Vec<String>)| {
                (name.clone(), args.iter().map(|arg| self.expression(arg, &bound, 0)).collect())
            };
            needs.iter().map(one).collect()
        };
        let (before, after) = (needs(&rule.before), needs(&rule.after));
        let recipe = self.recipe(name, rule, &bound);
        for (name, args) in before {
            self.run(&name, args);
        }
        match recipe {
            Ok(recipe) if recipe.lines.is_empty() => {}
            Ok(recipe) => self.made.recipes.push(recipe),
            Err(gap) => self.made.gaps.push(gap),
        }
        for (name, args) in after {
            self.run(&name, args);
        }
        self.open.pop();
    }

    fn bind(&self, rule: &Rule, args: &[Value]) -> Vec<(String, Value)> {
        let mut bound = Vec::new();
        for (at, (name, default, takes_rest)) in rule.parameters.iter().enumerate() {
            let value = match args.get(at) {
                Some(first) if *takes_rest => {
                    let rest = args[at + 1..].iter().cloned();
                    rest.fold(first.clone(), |all, arg| all.then(Value::literal(" ")).then(arg))
                }
                Some(value) => value.clone(),
                None => match default {
                    Some(default) => self.expression(default, &bound, 0),
                    None if *takes_rest => Value::default(),
                    None => Value::unknown(format!("{{{{{name}}}}}")),
                },
            };
            bound.push((name.clone(), value));
        }
        bound
    }

    fn recipe(&self, name: &str, rule: &Rule, bound: &[(String, Value)]) -> Result<Recipe, Unfollowed> {
        let mut given = Vec::new();
        let mut lines = Vec::new();
        let mut shell = self.justfile.settings.get("shell").map(|list| {
            let words = tokens(list.trim_matches(['[', ']'])).into_iter().filter_map(|(_, token)| string(token));
            words.collect::<Vec<_>>().join(" ")
        });
        let value = |inner: &str| self.expression(inner, bound, 0);
        let is_script = rule.lines.first().is_some_and(|line| line.value().starts_with("#!"));
        if is_script {
            // All of it is one script.
            let mut builder = Builder::new(self.source, Vec::new());
            for line in &rule.lines {
                builder.append(line);
                builder.put("\n", Span::new(line.whole().end, line.whole().end));
            }
            let text = builder.finish().0;
            match ScriptInterpreter::of(name, text.value()) {
                ScriptInterpreter::Shell { name, options } => shell = Some([vec![name], options].concat().join(" ")),
                ScriptInterpreter::Other(program) => {
                    let at = self.source.location(rule.at);
                    return Err(Unfollowed::at(format!("the recipe {name} is run by {program}"), at));
                }
            }
            let (text, known) = fill(self.source, &text, given, &value);
            given = known;
            lines.push(Line { is_silent: true, ..Line::plain(text) });
        } else {
            for line in &rule.lines {
                let rest = line.value().trim_start_matches(['@', '-']);
                let marks = &line.value()[..line.value().len() - rest.len()];
                let (text, known) = fill(self.source, &line.part(marks.len()..line.value().len()), given, &value);
                given = known;
                lines.push(Line {
                    is_silent: marks.contains('@') != rule.is_quiet,
                    ignores_errors: marks.contains('-'),
                    ..Line::plain(text)
                });
            }
        }
        let exports_all = self.justfile.settings.get("export").is_some_and(|value| value == "true");
        let names = self.justfile.variables.keys().filter(|name| exports_all || self.justfile.exported.contains(name));
        Ok(Recipe {
            target: name.to_owned(),
            source: self.source.clone(),
            at: self.source.location(rule.at),
            lines,
            directory: if rule.stays { self.call.here.clone() } else { self.directory.clone() },
            given,
            environment: names.map(|name| (name.clone(), self.expression(name, &[], 0))).collect(),
            shell,
            conditional: rule.conditional,
        })
    }

    /// Strings, names, backticks and `env(…)`, joined by `+` and `/`.
    fn expression(&self, text: &str, bound: &[(String, Value)], depth: usize) -> Value {
        let unknown = || Value::unknown(format!("{{{{{}}}}}", text.trim()));
        let tokens: Vec<&str> = tokens(text).into_iter().map(|(_, token)| token).collect();
        if depth > DEEPEST || tokens.len() > 64 {
            return unknown();
        }
        // The terms, and the operators between them.
        let mut value = Value::default();
        let (mut term, mut inside) = (Vec::new(), 0usize);
        for token in tokens.iter().copied().chain(["+"]) {
            match token {
                "+" | "/" if inside == 0 => {
                    let Some(part) = self.term(&term, bound, depth) else { return unknown() };
                    value = value.then(part).then(Value::literal(if token == "/" { "/" } else { "" }));
                    term.clear();
                    continue;
                }
                "(" => inside += 1,
                ")" => inside = inside.saturating_sub(1),
                _ => {}
            }
            term.push(token);
        }
        super::make::capped(value)
    }

    /// A string, a name, a backtick or a call.
    fn term(&self, tokens: &[&str], bound: &[(String, Value)], depth: usize) -> Option<Value> {
        match tokens {
            [function, "(", ")"] => match *function {
                "justfile_directory" | "source_directory" => Some(self.beside.value()),
                "invocation_directory" => Some(self.call.here.value()),
                _ => None,
            },
            ["env" | "env_var" | "env_var_or_default", "(", name, rest @ .., ")"] => {
                let name = string(name)?;
                let default = match rest {
                    [] => None,
                    [",", default] => Some(self.expression(default, bound, depth + 1)),
                    _ => return None,
                };
                Some(self.call.around.variable(&name).or(default).unwrap_or_else(|| Value::unknown(format!("${name}"))))
            }
            [token] => match token.chars().next() {
                Some('`') => Some(self.call.around.output(token.trim_matches('`'))),
                Some('"' | '\'') => string(token).map(Value::literal),
                _ => self.name(token, bound, depth),
            },
            _ => None,
        }
    }

    fn name(&self, name: &str, bound: &[(String, Value)], depth: usize) -> Option<Value> {
        let set =
            |list: &[(String, Value)]| list.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value.clone());
        set(bound).or_else(|| set(self.call.variables)).or_else(|| {
            let text = self.justfile.variables.get(name)?;
            // Doubling variables end here: eight levels are more than anyone writes.
            Some(self.expression(text, &[], depth + 4))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, name: Option<&str>, args: &[Value]) -> Vec<String> {
        let files = Files::in_memory([("justfile", text)]);
        let directory = Directory::checkout().enter(&Value::literal("sub"));
        let names: Vec<Value> = name.into_iter().map(Value::literal).collect();
        let call = ScriptCall::plain("just", &directory, &names, args);
        let made = match recipes(&files, &call) {
            Ok(made) => made,
            Err(unfollowed) => return vec![unfollowed.why],
        };
        let line = |line: &Line| {
            let marks = [(line.is_silent, "@"), (line.ignores_errors, "-")];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{marks}{}", line.text.value())
        };
        let recipe = |recipe: &Recipe| {
            let lines: Vec<String> = recipe.lines.iter().map(line).collect();
            format!("{}: {}", recipe.target, lines.join("; "))
        };
        made.recipes.iter().map(recipe).chain(made.gaps.iter().map(|gap| format!("gap {}", gap.why))).collect()
    }

    #[test]
    fn recipes_in_the_order_they_run() {
        let text = "# c\nset shell := [\"bash\", \"-uc\"]\nname := \"pg\"\nimage := name + ':' + env('TAG', '16')\nexport E := `date`\nalias u := up\n\n@up port='5432' *rest: build (tag \"x\") && after\n    docker run --name {{name}} -p {{port}}:5432 \\\n      {{ image }} {{rest}}\n    -@docker ps {{E}}\n\nbuild:\n  -docker build .\ntag t:\n\tdocker tag {{t}}\nafter: build\n  echo ${{ x }}\nloop: loop\n  echo\n[no-cd]\nscript:\n  #!/usr/bin/env bash\n  docker ps\npy:\n  #!/usr/bin/env python3\n  print()\n";
        let up: &[&str] = &[
            "build: -docker build .",
            "tag: docker tag x",
            "up: @docker run --name pg -p 1:5432 \\\npg:16 a b; -docker ps ${{ given.0 }}",
            "after: echo ${{ x }}",
        ];
        let literals = |words: &[&str]| words.iter().map(|word| Value::literal(*word)).collect::<Vec<_>>();
        assert_eq!(run(text, Some("u"), &literals(&["1", "a", "b"])), up);
        assert_eq!(run(text, None, &literals(&["1", "a", "b"])), up);
        assert_eq!(run(text, Some("script"), &[]), ["script: @#!/usr/bin/env bash\ndocker ps\n"]);
        assert_eq!(run(text, Some("py"), &[]), ["the recipe py is run by python3"]);
        assert_eq!(run(text, Some("none"), &[]), ["just none: the justfile has no such recipe"]);
        assert_eq!(run(text, Some("loop"), &[]), ["loop: echo"]);
    }

    #[test]
    fn never_slow() {
        let doubling: String = (1..40).map(|at| format!("a{at} := a{0} + a{0}\n", at - 1)).collect();
        assert_eq!(run(&format!("a0 := 'x'\n{doubling}t:\n  echo {{{{a39}}}}\n"), Some("t"), &[]).len(), 1);
        run(&"\"\\".repeat(20_000), None, &[]);
        run("é \"\\é: 'x\n  {{ '\\é }}\n", None, &[]);
    }
}
