//! Words to values: parameters, substitutions, expressions.

use super::fields::{Fields, join};
use super::interpreter::Interpreter;
use super::pattern::Pattern;
use super::say::printed;
use super::scope::{Flow, Scope};
use super::{Beside, Capture, Stage};
use crate::command::{Arg, Invocation};
use crate::docker;
use crate::shell::{
    Block, Parameter, ParameterForm, Part, Piece, Quote, Redirect, RedirectKind, Statement, StatementKind, Word,
};
use crate::symbol::{Dimensions, Unique, Value};
use crate::truth::Truth;

/// How many words one piece of a word is taken apart into: `set -- "$@" "$@"` doubles them. Of more nobody knows
/// anything.
const MOST_ELEMENTS: usize = 1_000;

impl Interpreter<'_> {
    /// The words of a command: split, without those that vanish.
    pub(super) fn args(&mut self, scope: &mut Scope, words: &[Word], flow: &Flow) -> Vec<Arg> {
        let mut args = Vec::with_capacity(words.len());
        for word in words {
            if word.splits() {
                self.split(scope, word, flow, &mut args);
            } else if let Some(texts) = self.plays().then(|| super::braces::expanded(word)).flatten() {
                args.extend(texts.into_iter().map(|text| Arg::new(Value::literal(text), word.span.clone())));
            } else {
                args.push(Arg::new(self.word(scope, word, flow), word.span.clone()));
            }
        }
        args
    }

    fn split(&mut self, scope: &mut Scope, word: &Word, flow: &Flow, args: &mut Vec<Arg>) {
        let mut fields = Fields::default();
        for piece in &word.pieces {
            let bare = piece.quote == Quote::Bare;
            if let Some(values) = self.elements(scope, piece) {
                if values.len() > MOST_ELEMENTS {
                    fields.split(&Value::unknown("too many words"));
                    continue;
                }
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        fields.end();
                    }
                    if bare { fields.split(value) } else { fields.whole(value.clone()) }
                }
                continue;
            }
            let value = self.piece(scope, piece, flow);
            // Elements that nobody knows one by one are words too: they stand in their text with blanks between.
            let splits = match &piece.part {
                Part::Parameter(parameter) => bare || parameter.is_several(),
                Part::Expression(_) | Part::Substitution(_) | Part::Arithmetic(_) => bare,
                Part::Literal(_) | Part::Process(_) => false,
            };
            if splits { fields.split(&value) } else { fields.whole(value) }
        }
        let found = fields.finish();
        if self.is_no_word(scope, word, &found) {
            return;
        }
        args.extend(found.into_iter().map(|(value, splits)| Arg { value, span: word.span.clone(), splits }));
    }

    /// Whether a job that is played has made up a text where options stand that nobody knows.
    fn is_no_word(&mut self, scope: &Scope, word: &Word, fields: &[(Value, bool)]) -> bool {
        let ([only], true) = (word.pieces.as_slice(), self.plays()) else { return false };
        let is_one = matches!(&only.part, Part::Parameter(parameter) if !parameter.is_several())
            || matches!(&only.part, Part::Expression(_) | Part::Substitution(_));
        let is_text = matches!(fields, [(text, _)] if !text.prefix().starts_with('-'));
        is_one && is_text && self.world.is_no_word(&scope.frame.location(word.span.clone()))
    }

    /// What stands for several words, quoted or not: `$@`, `${array[@]}`; `$*` outside quotes.
    fn elements<'s>(&self, scope: &'s Scope, piece: &Piece) -> Option<&'s [Value]> {
        let Part::Parameter(parameter) = &piece.part else { return None };
        if parameter.operation.is_some() {
            return None;
        }
        let bare = piece.quote == Quote::Bare;
        let scope = scope.outer.as_deref().filter(|_| piece.outer).unwrap_or(scope);
        match &parameter.form {
            ParameterForm::Plain if parameter.name == "@" || bare && parameter.name == "*" => Some(&scope.positional),
            ParameterForm::Element(index) if index == "@" || bare && index == "*" => {
                scope.array(&parameter.name).map(Vec::as_slice)
            }
            _ => None,
        }
    }

    /// What a word becomes.
    pub(super) fn word(&mut self, scope: &mut Scope, word: &Word, flow: &Flow) -> Value {
        if let [only] = word.pieces.as_slice() {
            return self.piece(scope, only, flow).bounded();
        }
        let pieces: Vec<Value> = word.pieces.iter().map(|piece| self.piece(scope, piece, flow)).collect();
        Value::concat(pieces)
    }

    /// What a piece of a word becomes.
    pub(super) fn piece(&mut self, scope: &mut Scope, piece: &Piece, flow: &Flow) -> Value {
        if let Some(outer) = scope.outer.clone().filter(|_| piece.outer) {
            let own = Piece { outer: false, ..piece.clone() };
            return self.piece(&mut Scope::clone(&outer), &own, flow);
        }
        let value = match &piece.part {
            Part::Literal(text) => return Value::literal(text.clone()),
            Part::Expression(text) => self.given(text).unwrap_or_else(|| self.contexts.expression(text)),
            Part::Parameter(parameter) => self.parameter(scope, parameter, flow),
            Part::Substitution(block) | Part::Process(block) => {
                self.substitution(scope, block, piece.span.clone(), flow)
            }
            Part::Arithmetic(text) => self.arithmetic(scope, text, flow),
        };
        let value = self.resolved(value);
        // A text that doubles from script to script costs what many statements do.
        self.walked += value.long_texts();
        value
    }

    /// A value with what the world knows of it.
    pub(super) fn resolved(&mut self, value: Value) -> Value {
        if !self.plays() {
            return value;
        }
        Value::concat(value.parts().iter().map(|part| match part {
            crate::symbol::Part::Opaque(opaque) => self.world.text(opaque).unwrap_or_else(|| Value::from(part.clone())),
            crate::symbol::Part::OneOf(values) => self.one_of(values),
            crate::symbol::Part::Literal(_) => Value::from(part.clone()),
        }))
    }

    /// One of several texts, in a job that is played: as `a || b` has it, the first that is not empty.
    fn one_of(&mut self, values: &[Value]) -> Value {
        let mut chosen = Value::default();
        for value in values {
            chosen = self.resolved(value.clone());
            if !chosen.empty().is_yes() {
                break;
            }
        }
        chosen
    }

    /// `${{ given.N }}`, which stands for a variable of make, just or Task.
    fn given(&self, expression: &str) -> Option<Value> {
        self.given.get(expression.trim().strip_prefix("given.")?.parse::<usize>().ok()?).cloned()
    }

    /// A variable as far as anything sets it.
    pub(super) fn variable(&self, scope: &Scope, name: &str) -> Option<Value> {
        scope.variables.get(name).cloned().or_else(|| self.contexts.variable(name))
    }

    fn parameter(&mut self, scope: &mut Scope, parameter: &Parameter, flow: &Flow) -> Value {
        let name = parameter.name.as_str();
        let found = match name {
            "@" | "*" => Some(join(&scope.positional)),
            "?" if scope.status.text().is_some() => scope.status.text(),
            "#" => Some(match scope.count() {
                Some(count) => Value::literal(count.to_string()),
                None => Value::opaque("$#", Unique::STATIC, Truth::No),
            }),
            "$" | "!" => Some(Value::opaque(format!("${name}"), Unique::by(Dimensions::RANDOM), Truth::No)),
            "?" | "-" | "_" => Some(Value::opaque(format!("${name}"), Unique::UNKNOWN, Truth::No)),
            "0" => Some(scope.name.clone()),
            "PWD" => Some(match scope.directory {
                crate::follow::Directory::Inside(_) => Value::opaque("$PWD", Unique::STATIC, Truth::No),
                _ => scope.directory.value(),
            }),
            "BASH_SOURCE" => Some(scope.name.clone()),
            _ => match name.parse::<usize>() {
                Ok(number) => scope.positional.get(number.wrapping_sub(1)).cloned(),
                Err(_) => self.variable(scope, name),
            },
        };
        // A variable of the environment, which no script sets; an empty one is taken for none. So is one that is no
        // runner's and has a default.
        let has_default = parameter.operation.as_ref().is_some_and(|operation| {
            matches!(operation.operator.as_str(), "-" | ":-" | "=" | ":=") && !is_of_the_machine(name)
        });
        // A script or function that is called without an argument has none.
        let is_missing = name.parse().is_ok_and(|number| number > 0 && scope.has_no(number));
        let found = match found {
            None if self.plays() && !has_default && !is_missing => {
                Some(self.resolved(Value::unknown(format!("${name}")))).filter(|value| value.empty().is_no())
            }
            found => found,
        };
        let found = found.map(|value| self.resolved(value));
        let found = match (&parameter.form, scope.array(name)) {
            (ParameterForm::Plain, Some(array)) if self.plays() => array.first().cloned(),
            (ParameterForm::Element(index), Some(array)) => match index.parse::<usize>() {
                Ok(index) => array.get(index).cloned(),
                Err(_) => found,
            },
            (ParameterForm::Length, _) => {
                let value = found.unwrap_or_else(|| self.resolved(Value::unknown(format!("${name}"))));
                let length = value.as_literal().map(|text| text.chars().count());
                return match length {
                    Some(length) if !matches!(name, "@" | "*") => Value::literal(length.to_string()),
                    _ => Value::opaque(format!("${{#{name}}}"), Unique::STATIC, Truth::No),
                };
            }
            _ => found,
        };
        match &parameter.form {
            ParameterForm::Plain | ParameterForm::Element(_) | ParameterForm::Length => {}
            ParameterForm::Indirect => return Value::unknown(format!("${{!{name}}}")),
        }
        let value = || found.clone().unwrap_or_else(|| Value::unknown(format!("${name}")));
        let Some(operation) = &parameter.operation else {
            return if found.is_none() && is_missing { Value::default() } else { value() };
        };
        let operator = operation.operator.as_str();
        match operator {
            "-" | ":-" | "=" | ":=" => {
                let default = self.word(scope, &operation.word, flow);
                let chosen = match &found {
                    // Nothing that can be seen sets it.
                    None => default,
                    Some(value) => match value.empty() {
                        Truth::No => value.clone(),
                        // `-` without a colon asks only whether it is set.
                        Truth::Yes if self.plays() && !operator.starts_with(':') => value.clone(),
                        Truth::Yes => default,
                        Truth::Unknown => Value::one_of([value.clone(), default]),
                    },
                };
                if operator.ends_with('=') {
                    scope.set(name, chosen.clone());
                }
                chosen
            }
            "?" | ":?" => {
                let filled = never_empty(&value());
                if scope.variables.contains_key(name) || operator == ":?" {
                    scope.set(name, filled.clone());
                }
                filled
            }
            "+" | ":+" => {
                let other = self.word(scope, &operation.word, flow);
                match found.map(|value| value.empty()) {
                    None | Some(Truth::Yes) => Value::default(),
                    Some(Truth::No) => other,
                    Some(Truth::Unknown) => Value::one_of([other, Value::default()]),
                }
            }
            "^^" => value().map_literals(&|text: &str| text.to_uppercase()),
            ",," => value().map_literals(&|text: &str| text.to_lowercase()),
            _ => {
                let value = value();
                let operand = self.word(scope, &operation.word, flow);
                let pattern = self.quietly(|walker| walker.pattern(scope, &operation.word, true, flow));
                trimmed(&value, operator, pattern.as_ref())
                    .unwrap_or_else(|| derived(&value, &format!("${{{name}{operator}{operand}}}")))
            }
        }
    }

    /// `$( … )`: runs it, and says what it prints.
    fn substitution(&mut self, scope: &mut Scope, block: &Block, span: std::ops::Range<usize>, flow: &Flow) -> Value {
        if self.too_deep() {
            return Value::unknown("$(…)");
        }
        let mut inner = scope.subshell();
        inner.printed = Some(Value::default());
        inner.substitutes = true;
        let (before, words) = (self.trace.acts.len(), self.looked_at.len());
        let flow = Flow {
            captured: true,
            ..flow.standing(|context| {
                context.output = Some(Value::literal("$()"));
                context.substituted = true;
            })
        };
        self.in_shell(&mut inner, &flow, |own, inner| own.block(inner, block, &flow));
        // What it tests itself is not what hangs on what it prints.
        self.looked_at.truncate(words);
        self.substituted = Some(inner.status);
        scope.status = inner.status;
        self.whole = inner.printed.take();
        if let Some(text) = &self.whole {
            return text.without_line_ends();
        }
        let text = self.written(scope, span.clone());
        let stages = self.stages(&mut inner, block, &flow);
        let mut value = self.printed(&inner, &stages, &text);
        let made = (before..self.trace.acts.len()).rev().find(|&index| prints_id(&self.trace.acts[index].kind));
        let made_by = made.map_or_else(|| self.ids.read_by(&stages), |index| vec![index]);
        if !made_by.is_empty() && (made.is_none() || stages.len() == 1) {
            let source = format!("$({})", text.trim_start_matches("$(").trim_end_matches(')').trim());
            let twin = self.trace.captures.get(source.as_str()).is_some_and(|capture| capture.made_by != made_by);
            let source = if twin { format!("{source}#{before}") } else { source };
            value = Value::opaque(source, Unique::by(Dimensions::RANDOM), Truth::No);
        }
        if let [crate::symbol::Part::Opaque(opaque)] = value.parts() {
            let at = scope.frame.location(span);
            let place = at.clone();
            let known = self.trace.captures.entry(opaque.source.clone());
            let new = || Capture::new(stages, at, made_by);
            known.and_modify(|known| known.again.push(place)).or_insert_with(new);
        }
        value
    }

    /// The commands of a block that is one command or one pipe; otherwise its last one's, and beside them the listings
    /// that print before it.
    pub(super) fn stages(&mut self, scope: &mut Scope, block: &Block, flow: &Flow) -> Vec<Stage> {
        // Of `A && B` both print.
        let all: Vec<&Statement> = block.iter().flat_map(in_turn).collect();
        let Some((last, before)) = all.split_last() else { return Vec::new() };
        let mut beside = Vec::new();
        for statement in before.iter().filter(|statement| prints(statement)) {
            let stages = self.stages_of(scope, statement, flow);
            let at = scope.frame.location(statement.span.clone());
            let lists = stages.iter().any(Stage::lists) && hands_lines_on(&stages);
            beside.extend(lists.then_some(Beside { stages, at }));
        }
        let mut stages = self.stages_of(scope, last, flow);
        if let Some(first) = stages.first_mut() {
            first.beside.splice(0..0, beside);
        }
        stages
    }

    /// What a loop over words lists in each of its rounds: `for label in a b; do docker ps -q -f label=$label; done`.
    fn listed_in_rounds(&mut self, scope: &mut Scope, body: &Block, flow: &Flow) -> Option<Vec<Stage>> {
        let stages = self.stages(scope, body, flow);
        (stages.iter().any(Stage::lists) && hands_lines_on(&stages)).then_some(stages)
    }

    pub(super) fn stages_of(&mut self, scope: &mut Scope, statement: &Statement, flow: &Flow) -> Vec<Stage> {
        // A job that is played has the text itself.
        if self.plays() {
            return Vec::new();
        }
        match &statement.kind {
            StatementKind::Pipeline(stages) => {
                stages.iter().flat_map(|stage| self.stages_of(scope, stage, flow)).collect()
            }
            StatementKind::Command(command) => {
                // The arguments were expanded when the command ran: what they print has been noted.
                let args = self.quietly(|walker| {
                    let args = walker.args(scope, &command.words, flow);
                    match command.redirects.as_slice() {
                        // `$(< f)` is `$(cat f)`.
                        [Redirect { kind: RedirectKind::Read(file), .. }] if args.is_empty() => {
                            let value = walker.word(scope, file, flow);
                            let span = file.span.clone();
                            vec![Arg::new(Value::literal("cat"), span.clone()), Arg::new(value, span)]
                        }
                        _ => args,
                    }
                });
                let Some(invocation) = Invocation::parse(&args) else { return Vec::new() };
                if let Some(stages) = self.stages_of_function(scope, &invocation, flow) {
                    return stages;
                }
                if let Some(stages) = self.stages_said(&invocation) {
                    return stages;
                }
                let call = docker::call(&invocation).map(Box::new);
                vec![Stage::new(invocation.program.clone(), invocation.argv.into_owned(), call)]
            }
            StatementKind::And(_, right) => self.stages_of(scope, right, flow),
            StatementKind::Or(left, _) => self.stages_of(scope, left, flow),
            StatementKind::Group(block) | StatementKind::Subshell(block) => self.stages(scope, block, flow),
            StatementKind::While { body, .. } | StatementKind::For { body, .. } | StatementKind::Count { body, .. } => {
                let is_while = matches!(statement.kind, StatementKind::While { .. });
                if !is_while && let Some(stages) = self.listed_in_rounds(scope, body, flow) {
                    return stages;
                }
                // It prints what it reads, or those lines of it that its conditions let through.
                let named = |program: &str| Stage::new(program, Vec::new(), None);
                let mut stages = vec![named("while")];
                for condition in body.iter().flat_map(super::branch_arms::conditions) {
                    stages.extend(self.stages_of(scope, condition, flow));
                }
                let chooses = body.iter().any(|statement| matches!(statement.kind, StatementKind::Case { .. }));
                stages.extend(chooses.then(|| named("case")));
                stages
            }
            StatementKind::Test(words) => {
                let argv = self.quietly(|walker| walker.args(scope, words, flow));
                vec![Stage::new("[[", argv, None)]
            }
            _ => Vec::new(),
        }
    }

    /// What stands behind a variable that is only printed: `ids=$(docker ps -q)`, then `echo "$ids"`; and behind a
    /// file: `docker ps -q > ids`, then `cat ids`.
    fn stages_said(&self, invocation: &Invocation<'_>) -> Option<Vec<Stage>> {
        let words: Vec<&Arg> = match invocation.program.as_str() {
            "echo" => invocation.argv.iter().skip_while(|arg| arg.value.prefix().starts_with('-')).collect(),
            "printf" => invocation.argv.iter().skip(1).collect(),
            "cat" => invocation.argv.iter().collect(),
            _ => return None,
        };
        let [only] = words[..] else { return None };
        if invocation.program == "cat" {
            return self.lists.listed_in(&self.trace.acts, &only.value);
        }
        let capture = self.trace.capture(&only.value).filter(|capture| capture.made_by.is_empty())?;
        Some(capture.stages.clone()).filter(|stages| !stages.is_empty())
    }

    /// What a function prints that is nothing but one command or one pipe.
    fn stages_of_function(&mut self, scope: &Scope, invocation: &Invocation<'_>, flow: &Flow) -> Option<Vec<Stage>> {
        let function = scope.functions.get(&invocation.program).filter(|_| invocation.path.is_none())?;
        let [only] = &function.body[..] else { return None };
        if self.too_deep() {
            return None;
        }
        // Functions that call each other twice have ever more ways through.
        self.walked += 1;
        let mut inner = scope.clone();
        inner.given_values(invocation.argv.iter().map(|arg| arg.value.clone()).collect());
        inner.frame = function.frame.clone();
        self.depth += 1;
        let stages = self.stages_of(&mut inner, only, flow);
        self.depth -= 1;
        Some(stages).filter(|stages| !stages.is_empty())
    }

    /// What a pipe prints.
    fn printed(&self, inner: &Scope, stages: &[Stage], text: &str) -> Value {
        let source = text.to_owned();
        let unknown = || Value::opaque(source.clone(), Unique::UNKNOWN, Truth::Unknown);
        let Some((first, rest)) = stages.split_first() else { return unknown() };
        if let Some(name) = builder_named(first).filter(|_| rest.is_empty()) {
            return name;
        }
        let head = match first.program.as_str() {
            "echo" | "printf" => printed(&first.program, &first.argv).without_line_ends(),
            "pwd" => return inner.directory.value(),
            "dirname" => match first.argv.last().and_then(|arg| parent(&arg.value)) {
                Some(value) => value,
                None => return unknown(),
            },
            "basename" => match first.argv.first().and_then(|arg| arg.text()) {
                Some(path) => {
                    let name = path.rsplit('/').next().unwrap_or(path);
                    let suffix = first.argv.get(1).and_then(|arg| arg.text()).unwrap_or_default();
                    Value::literal(name.strip_suffix(suffix).unwrap_or(name))
                }
                None => return first.argv.first().map_or_else(unknown, |arg| derived(&arg.value, &source)),
            },
            "realpath" | "readlink" => match first.argv.last() {
                Some(arg) => arg.value.clone(),
                None => return unknown(),
            },
            "uuidgen" | "mktemp" => Value::opaque(source.clone(), Unique::by(Dimensions::RANDOM), Truth::No),
            // The job's own, whoever asks for it: the token is in it.
            "berth-run" if first.argv.first().is_some_and(|arg| arg.is("name")) => random(&source),
            "openssl" if first.argv.first().is_some_and(|arg| arg.is("rand")) => random(&source),
            "cat" | "head" | "tr" | "od" | "xxd"
                if first.argv.iter().any(|arg| {
                    arg.text().is_some_and(|path| path.starts_with("/proc/sys/kernel/random") || path == "/dev/urandom")
                }) =>
            {
                random(&source)
            }
            "date"
                if first
                    .argv
                    .iter()
                    .any(|arg| arg.value.prefix().contains("%s") || arg.value.prefix().contains("%N")) =>
            {
                random(&source)
            }
            // Whatever they begin with, other runs count through such numbers as well.
            "seq" if rest.is_empty() && first.argv.iter().all(is_plain_number) => {
                return Value::opaque(source, Unique::STATIC, Truth::Unknown);
            }
            "git" if first.argv.iter().any(|arg| arg.is("--show-toplevel")) => {
                return Value::opaque("github.workspace", Unique::STATIC, Truth::No);
            }
            "git"
                if first.argv.first().is_some_and(|arg| arg.is("rev-parse") || arg.is("describe") || arg.is("log")) =>
            {
                Value::opaque(source.clone(), Unique::by(Dimensions::REF), Truth::No)
            }
            _ => match &first.call {
                Some(call)
                    if matches!(call.verb, docker::Verb::Run(_) | docker::Verb::Create(_)) && rest.is_empty() =>
                {
                    random(&source)
                }
                _ => return unknown(),
            },
        };
        if rest.is_empty() {
            return head;
        }
        if head.as_literal().is_some() && rest.iter().all(|stage| stage.program == "tr") {
            return Value::opaque(source, Unique::STATIC, Truth::Unknown);
        }
        derived(&head, &source)
    }
}

/// Whether a word of `seq` is a number that is not drawn, and no option.
fn is_plain_number(arg: &Arg) -> bool {
    !arg.value.prefix().starts_with('-') && !arg.value.unique().dimensions.has(Dimensions::RANDOM)
}

/// Whether a pipe prints the lines that are listed in it, and no count of them or nothing.
fn hands_lines_on(stages: &[Stage]) -> bool {
    let is_quiet = |arg: &Arg| {
        let text = arg.value.prefix();
        matches!(text, "--quiet" | "--count")
            || text.starts_with('-') && !text.starts_with("--") && text.contains(['q', 'c'])
    };
    !stages
        .iter()
        .any(|stage| stage.program == "wc" || stage.program.ends_with("grep") && stage.argv.iter().any(is_quiet))
}

/// The statements of a list in which each runs where the one before it has succeeded.
fn in_turn(statement: &Statement) -> Vec<&Statement> {
    match &statement.kind {
        StatementKind::And(left, right) => [in_turn(left), in_turn(right)].concat(),
        _ => vec![statement],
    }
}

/// Whether what a statement prints goes where its block prints.
fn prints(statement: &Statement) -> bool {
    let redirects = match &statement.kind {
        StatementKind::Command(command) => &command.redirects,
        StatementKind::Pipeline(stages) => return stages.last().is_some_and(prints),
        StatementKind::Or(left, _) => return prints(left),
        StatementKind::And(_, right) => return prints(right),
        _ => &statement.redirects,
    };
    let takes_output = |redirect: &Redirect| {
        let writes =
            matches!(redirect.kind, RedirectKind::Write(_) | RedirectKind::Append(_) | RedirectKind::Duplicate(_));
        writes && redirect.is_output()
    };
    !redirects.iter().any(takes_output)
}

fn random(source: &str) -> Value {
    Value::opaque(source, Unique::by(Dimensions::RANDOM), Truth::No)
}

/// Whether a command prints the id of what it makes, or the name that docker chose for it.
fn prints_id(kind: &super::ActKind) -> bool {
    let super::ActKind::Docker(call) = kind else { return false };
    match &call.verb {
        docker::Verb::Run(_) | docker::Verb::Create(_) => true,
        docker::Verb::Builder { verb, .. } => verb == "create" && call.options.value("name").is_none(),
        _ => false,
    }
}

/// The name of the builder that a command makes, which it prints.
fn builder_named(stage: &Stage) -> Option<Value> {
    let call = stage.call.as_deref()?;
    match &call.verb {
        docker::Verb::Builder { verb, .. } if verb == "create" => Some(call.options.value("name")?.value),
        _ => None,
    }
}

/// Text made out of `value`: as unique, nothing more is known.
fn derived(value: &Value, source: &str) -> Value {
    Value::opaque(source, value.unique(), Truth::Unknown)
}

/// Whether a word is all arguments, each a word of its own, and whether the shell splits these once more: `"$@"`, `$@`.
pub(super) fn all_given(word: &Word) -> Option<bool> {
    let [piece] = word.pieces.as_slice() else { return None };
    let Part::Parameter(parameter) = &piece.part else { return None };
    let plain = parameter.operation.is_none() && matches!(parameter.form, ParameterForm::Plain);
    let bare = piece.quote == Quote::Bare;
    let separate = parameter.name == "@" || parameter.name == "*" && bare;
    (plain && separate).then_some(bare)
}

fn parent(path: &Value) -> Option<Value> {
    let literal = path.as_literal()?;
    Some(Value::literal(match literal.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
        None => ".",
    }))
}

/// The same, known not to be empty.
pub(super) fn never_empty(value: &Value) -> Value {
    Value::concat(value.parts().iter().map(|part| match part {
        crate::symbol::Part::Opaque(opaque) => Value::opaque(opaque.source.clone(), opaque.unique, Truth::No),
        crate::symbol::Part::Literal(text) => Value::literal(text.clone()),
        crate::symbol::Part::OneOf(values) => {
            Value::one_of(values.iter().filter(|value| !value.empty().is_yes()).map(never_empty))
        }
    }))
}

/// `${x%pattern}` and its kin, when both are known.
fn trimmed(value: &Value, operator: &str, pattern: Option<&Pattern>) -> Option<Value> {
    let (text, pattern) = (value.as_literal()?, pattern?);
    let result = match operator {
        "#" | "##" => pattern.cut(text, false, operator == "##"),
        "%" | "%%" => pattern.cut(text, true, operator == "%%"),
        _ => None,
    };
    result.map(Value::literal)
}

/// Whether a runner, or the machine, sets a variable without being asked.
fn is_of_the_machine(name: &str) -> bool {
    const KNOWN: [&str; 12] =
        ["CI", "HOME", "USER", "LOGNAME", "PATH", "SHELL", "PWD", "OLDPWD", "HOSTNAME", "LANG", "TMPDIR", "TERM"];
    const BEGINNINGS: [&str; 6] = ["GITHUB_", "RUNNER_", "GITEA_", "FORGEJO_", "ACTIONS_", "XDG_"];
    KNOWN.contains(&name) || BEGINNINGS.iter().any(|lead| name.starts_with(lead))
}
