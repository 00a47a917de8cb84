//! Task: `Taskfile.yml` (<https://taskfile.dev/reference/schema>).

use super::template::{expanded, fill};
use super::{Directory, Files, Followed, Line, Recipe, RepoPath, ScriptCall, Unfollowed};
use crate::source::{FileKind, Source, Text};
use crate::symbol::Value;
use crate::truth::Truth;
use crate::yaml::{Entry, Node, NodeKind};

const NAMES: [&str; 8] = [
    "Taskfile.yml",
    "taskfile.yml",
    "Taskfile.yaml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "taskfile.dist.yml",
    "Taskfile.dist.yaml",
    "taskfile.dist.yaml",
];
/// How deep tasks call tasks, and variables variables.
const DEEPEST: usize = 24;
/// How many recipes one call runs.
const MOST: usize = 300;

type Variables = Vec<(String, Value)>;

/// What the tasks run, dependencies first. Calls of tasks cut a task in two recipes.
///
/// # Errors
/// [`Unfollowed`] when the Taskfile cannot be found or read, or has no such task.
pub fn recipes(files: &Files, call: &ScriptCall<'_>) -> Result<Followed, Unfollowed> {
    let file = call.file_in(call.directory, files, &NAMES, "Taskfile")?;
    let root = file.parent().unwrap_or_default();
    let mut walk = Walk {
        files,
        call,
        root: root.clone(),
        made: Followed::default(),
        open: Vec::new(),
        done: Vec::new(),
        budget: 2000,
    };
    let default = [Value::literal("default")];
    for name in if call.names.is_empty() { &default[..] } else { call.names } {
        match name.as_literal() {
            Some(name) => walk.named(&file, &root, name, call.variables.to_vec(), false),
            None => walk.made.gaps.push(Unfollowed::new(format!("it is not known which task `{name}` is"))),
        }
    }
    match walk.made.gaps.first() {
        Some(gap) if walk.made.recipes.is_empty() => Err(gap.clone()),
        _ => Ok(walk.made),
    }
}

struct Walk<'c> {
    files: &'c Files,
    call: &'c ScriptCall<'c>,
    root: RepoPath,
    made: Followed,
    open: Vec<(RepoPath, String)>,
    /// Dependencies that ran already.
    done: Vec<(RepoPath, String)>,
    /// How many more calls of tasks are looked at.
    budget: usize,
}

impl Walk<'_> {
    /// Runs the task of that name in a Taskfile whose tasks run in `base`.
    fn named(&mut self, file: &RepoPath, base: &RepoPath, name: &str, given: Variables, conditional: bool) {
        let key = (file.clone(), name.to_owned());
        let Some(budget) = self.budget.checked_sub(1) else { return };
        self.budget = budget;
        if self.open.contains(&key) || self.open.len() >= DEEPEST || self.made.recipes.len() >= MOST {
            return self.gap(format!("the task {name} calls itself, or is too far down"));
        }
        let (Ok(source), Some(tree)) = (self.files.follow(file, FileKind::Taskfile), self.files.tree(file)) else {
            return self.gap(format!("{file} cannot be read as a Taskfile"));
        };
        let Some(root) = tree.root() else { return self.gap(format!("{file} is empty")) };
        let task = root.get("tasks").and_then(|tasks| {
            tasks.entry(name).or_else(|| {
                let has = |entry: &Entry<'_>| {
                    let aliases = entry.value.get("aliases");
                    aliases.is_some_and(|aliases| aliases.items().any(|alias| alias.as_str() == Some(name)))
                };
                tasks.entries().find(has)
            })
        });
        let Some(task) = task else { return self.included(root, file, base, name, given, conditional) };
        self.open.push(key);
        let scope = TemplateScope { walk: (self.call, &self.root), file, source: &source };
        let mut variables = scope.variables(root.get("vars"), Vec::new());
        variables = scope.variables(task.value.get("vars"), variables);
        variables.extend(given);
        self.task(&source, task, file, base, root, variables, conditional);
        self.open.pop();
    }

    #[allow(clippy::too_many_arguments)]
    fn task(
        &mut self,
        source: &Source,
        task: Entry<'_>,
        file: &RepoPath,
        base: &RepoPath,
        root: Node<'_>,
        variables: Variables,
        conditional: bool,
    ) {
        let node = task.value;
        // With these it may be up to date, and nothing runs.
        let skips = ["status", "sources", "platforms", "if"].iter().any(|key| node.get(key).is_some());
        let conditional = conditional || skips;
        let (call, top) = (self.call, self.root.clone());
        let scope = TemplateScope { walk: (call, &top), file, source };
        let value = |inner: &str| scope.template(inner, &variables, 0);
        for dependency in node.get("deps").into_iter().flat_map(Node::items) {
            let key = (file.clone(), dependency.as_str().unwrap_or_default().to_owned());
            if !key.1.is_empty() && self.done.contains(&key) {
                continue;
            }
            self.called(dependency, &scope, base, &variables, conditional);
            self.done.push(key);
        }
        let here = Directory::Inside(base.clone());
        let directory = match node.get("dir").and_then(|dir| dir.text()) {
            Some(dir) => here.enter(&scope.text(dir.value(), &variables, 0)),
            None => here,
        };
        let flag = |node: Node<'_>, key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
        let (silent, ignores) = (flag(node, "silent") || flag(root, "silent"), flag(node, "ignore_error"));
        let mut environment = scope.variables(root.get("env"), variables.clone()).split_off(variables.len());
        environment.extend(scope.variables(node.get("env"), variables.clone()).split_off(variables.len()));
        let empty = || Recipe {
            target: task.key.as_str().unwrap_or_default().to_owned(),
            source: source.clone(),
            at: source.location(task.key.span()),
            lines: Vec::new(),
            directory: directory.clone(),
            given: Vec::new(),
            environment: environment.clone(),
            shell: None,
            conditional,
        };
        let mut recipe = empty();
        let mut deferred: Vec<(Text, bool)> = Vec::new();
        for command in commands(node) {
            let deferral = command.get("defer");
            if deferral.is_none() && command.get("task").is_some() {
                let ready = std::mem::replace(&mut recipe, empty());
                self.push(ready);
                self.called(command, &scope, base, &variables, conditional || command.get("for").is_some());
                continue;
            }
            let text = deferral.unwrap_or(command);
            if deferral.is_some() && text.get("task").is_some() {
                self.made.gaps.push(Unfollowed::at("a deferred call of a task", source.location(text.span())));
                continue;
            }
            let Some(text) = text.get("cmd").unwrap_or(text).text() else { continue };
            if deferral.is_some() {
                deferred.push((text, flag(command, "ignore_error")));
                continue;
            }
            let (text, given) = fill(source, &text, std::mem::take(&mut recipe.given), &value);
            recipe.given = given;
            recipe.lines.push(Line {
                is_silent: silent || flag(command, "silent"),
                ignores_errors: ignores || flag(command, "ignore_error"),
                conditional: command.get("for").is_some() || command.get("if").is_some(),
                ..Line::plain(text)
            });
        }
        // The last deferred runs first.
        for (text, ignores_errors) in deferred.into_iter().rev() {
            let (text, given) = fill(source, &text, std::mem::take(&mut recipe.given), &value);
            recipe.given = given;
            recipe.lines.push(Line { ignores_errors, deferred: true, ..Line::plain(text) });
        }
        self.push(recipe);
    }

    fn push(&mut self, recipe: Recipe) {
        if !recipe.lines.is_empty() {
            self.made.recipes.push(recipe);
        }
    }

    /// `task: name` with its `vars`, or a bare name.
    fn called(
        &mut self,
        node: Node<'_>,
        scope: &TemplateScope<'_>,
        base: &RepoPath,
        variables: &Variables,
        conditional: bool,
    ) {
        let Some(name) = node.as_str().or_else(|| node.get("task").and_then(Node::as_str)) else { return };
        let name = scope.text(name, variables, 0);
        let Some(name) = name.as_literal() else {
            let at = scope.source.location(node.span());
            return self.made.gaps.push(Unfollowed::at(format!("it is not known which task `{name}` is"), at));
        };
        let given = scope.variables(node.get("vars"), variables.clone()).split_off(variables.len());
        match name.strip_prefix(':') {
            // From the root Taskfile.
            Some(name) => {
                let root = self.root.clone();
                match self.files.first_above(&root, &NAMES) {
                    Some(file) => self.named(&file, &root, name, given, conditional),
                    None => self.gap(format!("there is no Taskfile in {root} or above")),
                }
            }
            None => self.named(scope.file, base, name, given, conditional),
        }
    }

    /// `namespace:task`
    fn included(
        &mut self,
        root: Node<'_>,
        file: &RepoPath,
        base: &RepoPath,
        name: &str,
        given: Variables,
        conditional: bool,
    ) {
        let split = name.split_once(':').and_then(|(space, rest)| Some((root.get("includes")?.get(space)?, rest)));
        let Some((include, rest)) = split else { return self.gap(format!("{file} has no task {name}")) };
        let path = include.as_str().or_else(|| include.get("taskfile").and_then(Node::as_str)).unwrap_or_default();
        let beside = file.parent().unwrap_or_default();
        let known = !path.is_empty() && !path.contains("{{") && !path.contains("://");
        let Some(target) = beside.join(path).filter(|_| known) else {
            return self.gap(format!("the include `{path}` is not followed"));
        };
        let target = self.files.first(&target, &NAMES).unwrap_or(target);
        let base = match include.get("dir").and_then(Node::as_str) {
            Some(dir) => match beside.join(dir).filter(|_| !dir.contains("{{")) {
                Some(dir) => dir,
                None => return self.gap(format!("it is not known which directory `{dir}` is")),
            },
            None => base.clone(),
        };
        let rest = if rest.is_empty() { "default" } else { rest };
        self.open.push((file.clone(), name.to_owned()));
        self.named(&target, &base, rest, given, conditional);
        self.open.pop();
    }

    fn gap(&mut self, why: String) {
        self.made.gaps.push(Unfollowed::new(why));
    }
}

/// A task's commands: `cmds`, `cmd`, or the task itself in its short forms.
fn commands(node: Node<'_>) -> Vec<Node<'_>> {
    match node.kind() {
        NodeKind::Scalar => vec![node],
        NodeKind::Sequence => node.items().collect(),
        NodeKind::Mapping => {
            let one = node.get("cmd").into_iter();
            let list = node.get("cmds");
            one.chain(list.into_iter().flat_map(|list| match list.kind() {
                NodeKind::Sequence => list.items().collect::<Vec<_>>(),
                _ => vec![list],
            }))
            .collect()
        }
    }
}

/// Where templates get their values.
struct TemplateScope<'s> {
    walk: (&'s ScriptCall<'s>, &'s RepoPath),
    file: &'s RepoPath,
    source: &'s Source,
}

impl TemplateScope<'_> {
    /// The variables with those of a `vars:` or `env:` added.
    fn variables(&self, node: Option<Node<'_>>, mut known: Variables) -> Variables {
        for entry in node.into_iter().flat_map(Node::entries) {
            let Some(name) = entry.key.as_str() else { continue };
            let value = match (entry.value.as_str(), entry.value.get("sh").and_then(Node::as_str)) {
                (Some(text), _) => self.text(text, &known, 0),
                (None, Some(command)) => match self.text(command, &known, 0).as_literal() {
                    Some(command) => self.walk.0.around.output(command),
                    None => Value::unknown(format!("$({command})")),
                },
                _ => Value::unknown(format!(".{name}")),
            };
            known.push((name.to_owned(), value));
        }
        known
    }

    fn text(&self, text: &str, variables: &Variables, depth: usize) -> Value {
        expanded(text, &|inner| self.template(inner, variables, depth + 1))
    }

    /// `{{.X}}`, `{{.X | default "y"}}`, `{{default "y" .X}}`.
    fn template(&self, inner: &str, variables: &Variables, depth: usize) -> Value {
        let unknown = || Value::unknown(format!("{{{{{inner}}}}}"));
        if depth > DEEPEST {
            return unknown();
        }
        let quoted = |text: &str| {
            let text = text.trim();
            let inner = ['"', '`', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
            inner.filter(|inner| !inner.contains(['"', '\\'])).map(str::to_owned)
        };
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let plain = |text: &str| text.trim().strip_prefix('.').filter(|name| is_name(name)).map(str::to_owned);
        if let Some(name) = plain(inner) {
            return self.lookup(&name, variables).unwrap_or_else(|| Value::unknown(format!("${name}")));
        }
        let piped = inner
            .split_once('|')
            .and_then(|(name, rest)| Some((plain(name)?, quoted(rest.trim().strip_prefix("default ")?)?)));
        let called = || {
            let (default, name) = inner.strip_prefix("default ")?.rsplit_once(' ')?;
            Some((plain(name)?, quoted(default)?))
        };
        match piped.or_else(called) {
            Some((name, default)) => match self.lookup(&name, variables) {
                Some(value) if value.empty().is_no() => value,
                Some(value) if value.empty() == Truth::Unknown && !value.is_unknown() => {
                    Value::one_of([value, Value::literal(default)])
                }
                // `X: '{{.X | default "y"}}'` asks for itself: from outside, or the default.
                Some(value) if value.is_unknown() => Value::one_of([value, Value::literal(default)]),
                _ => Value::literal(default),
            },
            None => unknown(),
        }
    }

    fn lookup(&self, name: &str, variables: &Variables) -> Option<Value> {
        let (call, root) = self.walk;
        match name {
            "ROOT_DIR" => return Some(Directory::Inside(root.clone()).value()),
            "TASKFILE_DIR" => return Some(Directory::Inside(self.file.parent().unwrap_or_default()).value()),
            "USER_WORKING_DIR" => return Some(call.directory.value()),
            "CLI_ARGS" => {
                let args = call.args.iter().enumerate();
                return Some(Value::concat(
                    args.flat_map(|(at, arg)| [Value::literal(if at == 0 { "" } else { " " }), arg.clone()]),
                ));
            }
            _ => {}
        }
        let set = variables.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value.clone());
        set.or_else(|| call.variables.iter().find(|(set, _)| set == name).map(|(_, value)| value.clone()))
            .or_else(|| call.around.variable(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(files: &Files, name: &str) -> Vec<String> {
        let names = [Value::literal(name)];
        let directory = Directory::checkout();
        let call = ScriptCall::plain("task", &directory, &names, &[]);
        let made = match recipes(files, &call) {
            Ok(made) => made,
            Err(unfollowed) => return vec![unfollowed.why],
        };
        let line = |line: &Line| format!("{}{}", if line.deferred { "defer " } else { "" }, line.text.value());
        let recipe = |recipe: &Recipe| {
            let lines: Vec<String> = recipe.lines.iter().map(line).collect();
            let at = recipe.directory.path().map_or("?", RepoPath::as_str);
            format!("{}@{at}{}: {}", recipe.target, if recipe.conditional { "?" } else { "" }, lines.join("; "))
        };
        made.recipes.iter().map(recipe).chain(made.gaps.iter().map(|gap| format!("gap {}", gap.why))).collect()
    }

    #[test]
    fn tasks_in_the_order_they_run() {
        let files = Files::in_memory([
            (
                "Taskfile.yml",
                "version: '3'\nvars:\n  C: docker compose\n  E: '{{.E | default \"dev\"}}'\n  S: {sh: git rev-parse HEAD}\nincludes:\n  db: {taskfile: ./db, dir: db}\n  gone: ./gone\ntasks:\n  up:\n    deps: [build]\n    dir: ci\n    cmds:\n      - '{{.C}} -p {{.E}} up -d'\n      - task: build\n      - task: db:init\n        vars: {N: pg}\n      - defer: docker rm -f x\n      - cmd: docker tag x:{{.S}}\n        ignore_error: true\n  build: docker build .\n  loop: [{task: loop}]\n  fresh: {cmds: [echo], status: [test -f x]}\n  g: [{task: 'gone:x'}]\n",
            ),
            ("db/Taskfile.yml", "tasks:\n  init:\n    cmds: ['docker run --name {{.N}} {{.X}}']\n"),
        ]);
        let cases: &[(&str, &[&str])] = &[
            (
                "up",
                &[
                    "build@: docker build .",
                    "up@ci: docker compose -p dev up -d",
                    "build@: docker build .",
                    "init@db: docker run --name pg ${{ given.0 }}",
                    "up@ci: docker tag x:${{ given.0 }}; defer docker rm -f x",
                ],
            ),
            ("loop", &["the task loop calls itself, or is too far down"]),
            ("fresh", &["fresh@?: echo"]),
            ("none", &["Taskfile.yml has no task none"]),
            ("g", &["gone cannot be read as a Taskfile"]),
        ];
        for (name, wanted) in cases {
            assert_eq!(run(&files, name), *wanted, "{name}");
        }
    }

    #[test]
    fn never_slow() {
        let tasks: String = (0..30).map(|at| format!("  t{at}: [{{task: t{0}}}, {{task: t{0}}}]\n", at + 1)).collect();
        let text = format!("tasks:\n{tasks}  t30: []\n");
        assert!(run(&Files::in_memory([("Taskfile.yml", text.as_str())]), "t8").len() <= 2000);
    }
}
