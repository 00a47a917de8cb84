//! Runners of named scripts: just, task, npm and its kin. All that is to be known of how one is called stands here; how
//! its file is read, in `crate::follow`.

use super::options::Grammar;
use super::wrapper::assigned;
use super::{Arg, Invocation};

/// Who runs the script. Nobody outside `command` and `follow` lists these: who asks of a runner asks a method here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskRunner {
    /// just, with a justfile.
    Just,
    /// go-task, with a Taskfile.
    Task,
    /// npm, pnpm, yarn or bun: a script of package.json.
    Package,
}

impl TaskRunner {
    /// The runner that a program is.
    pub fn of(program: &str) -> Option<Self> {
        RUNNERS.iter().find(|(name, _)| *name == program).map(|(_, runner)| *runner)
    }

    /// Whether what a script starts goes by the runner's own command: `npm start &` is npm's process, and a kill names
    /// `npm`. Of the others the commands in the script are the ones that are killed.
    pub fn stays_as_process(self) -> bool {
        match self {
            Self::Package => true,
            Self::Just | Self::Task => false,
        }
    }
}

/// The programs that run named scripts.
pub const RUNNERS: [(&str, TaskRunner); 7] = [
    ("just", TaskRunner::Just),
    ("task", TaskRunner::Task),
    ("go-task", TaskRunner::Task),
    ("npm", TaskRunner::Package),
    ("pnpm", TaskRunner::Package),
    ("yarn", TaskRunner::Package),
    ("bun", TaskRunner::Package),
];

/// Calls of these runners that run tests, for `test_runner.rs`, by their words; `*` ends a word of which only the start
/// counts.
#[rustfmt::skip]
pub const TESTS: &[&[&str]] = &[
    &["npm", "test"], &["npm", "t"], &["npm", "run", "test*"], &["npm", "run", "e2e*"], &["yarn", "test*"],
    &["yarn", "run", "test*"], &["yarn", "e2e*"], &["pnpm", "test*"], &["pnpm", "run", "test*"], &["pnpm", "e2e*"],
    &["bun", "test"], &["bun", "run", "test*"], &["just", "test*"], &["task", "test*"],
];

/// Whether a call ends by itself, as a server does not: `npm run lint`, `yarn test:unit`, `npm ci`.
pub fn ends_by_itself(program: &str, args: &[Arg]) -> bool {
    let ends = |arg: &Arg| {
        let word = arg.text().and_then(|text| text.split(':').next());
        matches!(word, Some("build" | "test" | "lint" | "check" | "typecheck" | "type-check" | "format"))
    };
    let verb = || args.iter().find(|arg| !arg.value.prefix().starts_with('-')).and_then(Arg::text);
    TaskRunner::of(program) == Some(TaskRunner::Package)
        && (args.iter().any(ends) || matches!(verb(), Some("ci" | "install" | "i" | "publish" | "add" | "audit")))
}

/// A call of named scripts.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Who runs them.
    pub runner: TaskRunner,
    /// Their names; none means the default one.
    pub names: Vec<Arg>,
    /// Where, when told.
    pub directory: Option<Arg>,
    /// The justfile or Taskfile, when told.
    pub file: Option<Arg>,
    /// What is handed to the script.
    pub args: Vec<Arg>,
    /// A workspace is named (`--filter`, `-w`): the script is another package's.
    pub workspace: Option<Arg>,
    /// `NAME=value` and `--set NAME value`, which win over the file's own.
    pub variables: Vec<(String, Arg)>,
    /// `-n`, `--list` and their like: nothing is run.
    pub dry_run: bool,
}

// Each list: `short/long`, with `=` where a value follows; `first` reads options before the first word alone.
const JUST: Grammar = Grammar::first(&[
    "f/justfile= d/working-directory= E/dotenv-path= dotenv-filename= shell= shell-arg= chooser= color= dump-format= \
     set= n/dry-run q/quiet u/unsorted unstable summary dump evaluate s/show= e/edit V/version h/help choose fmt \
     check init variables groups v/verbose yes no-deps one highlight no-highlight no-dotenv g/global-justfile \
     l/list",
]);
// go-task's `task --help`.
const TASK: Grammar = Grammar::any(&[
    "d/dir= t/taskfile= C/concurrency= n/dry f/force g/global i/init I/interval= l/list a/list-all o/output= \
     p/parallel s/silent v/verbose w/watch x/exit-code y/yes c/color sort= status summary output-group-begin= \
     output-group-end= experiments insecure",
]);
// npm, pnpm, yarn and bun share these; what stands behind the script's name is the script's own.
const PACKAGE: Grammar = Grammar::first(&[
    "C/dir= prefix= cwd= F/filter= w/workspace= W/workspaces workspace-root s/silent if-present r/recursive q/quiet \
     b bun offline parallel stream no-bail workspace-concurrency= loglevel= ignore-scripts verbose color no-color \
     y/yes",
]);

/// Subcommands of package managers that run no script of that name.
const PACKAGE_OWN: [&str; 42] = [
    "install",
    "i",
    "ci",
    "add",
    "remove",
    "rm",
    "uninstall",
    "up",
    "update",
    "upgrade",
    "audit",
    "publish",
    "pack",
    "config",
    "cache",
    "link",
    "unlink",
    "init",
    "create",
    "dlx",
    "exec",
    "x",
    "info",
    "view",
    "list",
    "ls",
    "why",
    "outdated",
    "prune",
    "version",
    "whoami",
    "login",
    "logout",
    "set",
    "get",
    "import",
    "rebuild",
    "store",
    "help",
    "deploy",
    "dedupe",
    "fetch",
];

/// The scripts a call runs by name.
pub fn script(invocation: &Invocation<'_>) -> Option<Script> {
    let args = &*invocation.argv;
    match TaskRunner::of(&invocation.program)? {
        TaskRunner::Just => Some(just(args)),
        TaskRunner::Task => Some(task(args)),
        TaskRunner::Package => package(&invocation.program, args),
    }
}

fn just(args: &[Arg]) -> Script {
    let mut variables = Vec::new();
    let mut plain = Vec::new();
    let mut words = args.iter();
    // `--set NAME VALUE` takes two words.
    while let Some(arg) = words.next() {
        match arg.is("--set") {
            true => variables.extend(words.next().and_then(Arg::text).map(str::to_owned).zip(words.next().cloned())),
            false => plain.push(arg.clone()),
        }
    }
    let (options, words) = JUST.parse(&plain);
    let mut words = words.into_iter().peekable();
    while let Some((name, length)) = words.peek().and_then(assigned) {
        variables.extend(words.next().map(|word| (name, word.after(length))));
    }
    let dry_run = ["dry-run", "list", "summary", "dump", "evaluate", "show", "edit", "version", "help", "choose"]
        .iter()
        .chain(&["fmt", "init", "variables", "groups"])
        .any(|name| options.has(name));
    Script {
        runner: TaskRunner::Just,
        // Recipes take arguments, so only the first word is surely one.
        names: words.next().into_iter().collect(),
        directory: options.value("working-directory"),
        file: options.value("justfile"),
        args: words.collect(),
        workspace: None,
        variables,
        dry_run,
    }
}

fn task(args: &[Arg]) -> Script {
    let dashes = args.iter().position(|arg| arg.is("--")).unwrap_or(args.len());
    let (options, words) = TASK.parse(&args[..dashes]);
    let mut names = Vec::new();
    let mut variables = Vec::new();
    for word in words {
        match assigned(&word) {
            Some((name, length)) => variables.push((name, word.after(length))),
            None => names.push(word),
        }
    }
    Script {
        runner: TaskRunner::Task,
        names,
        directory: options.value("dir"),
        file: options.value("taskfile"),
        args: args.get(dashes + 1..).unwrap_or_default().to_vec(),
        workspace: None,
        variables,
        dry_run: ["dry", "init", "list", "list-all", "status", "summary"].iter().any(|name| options.has(name)),
    }
}

fn package(program: &str, args: &[Arg]) -> Option<Script> {
    let (mut options, mut words) = PACKAGE.parse(args);
    let mut workspace = None;
    if program == "yarn" && words.first()?.is("workspace") && words.len() > 2 {
        workspace = Some(words.remove(1));
        words.remove(0);
    }
    let verb = words.first()?.text()?;
    let named = match verb {
        "run" | "run-script" | "rum" | "urn" => {
            let (more, rest) = PACKAGE.parse(&words[1..]);
            options.given.extend(more.given);
            words = rest;
            true
        }
        _ => false,
    };
    let name = words.first()?.clone();
    let known = match (named, program, name.text()) {
        (true, ..) => true,
        // npm runs only these without `run`; bun runs files by their name, and tests itself.
        (false, "npm", Some("test" | "t" | "tst" | "start" | "stop" | "restart")) => true,
        (false, "npm" | "bun", _) => false,
        (false, _, Some(text)) => !PACKAGE_OWN.contains(&text),
        (false, _, None) => false,
    };
    let name = if name.is("t") || name.is("tst") {
        Arg { value: crate::symbol::Value::literal("test"), ..name }
    } else {
        name
    };
    let workspace = workspace.or_else(|| options.value("filter")).or_else(|| options.value("workspace"));
    let directory = options.value("dir").or_else(|| options.value("prefix")).or_else(|| options.value("cwd"));
    let args = words.get(1..).unwrap_or_default().iter().filter(|arg| !arg.is("--")).cloned().collect();
    known.then(|| Script {
        runner: TaskRunner::Package,
        names: vec![name],
        directory,
        file: None,
        args,
        workspace,
        variables: Vec::new(),
        dry_run: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    #[test]
    fn scripts_are_named() {
        let cases = [
            ("npm run test:e2e -- --ci", Some("test:e2e")),
            ("npm test", Some("test")),
            ("npm t", Some("test")),
            ("npm --prefix web run build", Some("build")),
            ("npm run --silent build", Some("build")),
            ("npm ci", None),
            ("pnpm -C web build", Some("build")),
            ("pnpm --filter api run db:up", Some("db:up")),
            ("pnpm install", None),
            ("yarn e2e", Some("e2e")),
            ("yarn workspace api test", Some("test")),
            ("yarn", None),
            ("bun run db", Some("db")),
            ("bun test", None),
            ("just -f ci.just up", Some("up")),
            ("just -E .env up", Some("up")),
            ("task -d infra up -- --wait", Some("up")),
        ];
        for (line, wanted) in cases {
            let line_words = words(line);
            let found = Invocation::parse(&line_words).as_ref().and_then(script);
            assert_eq!(found.as_ref().and_then(|script| script.names.first()?.text()), wanted, "{line}");
        }
    }
}
