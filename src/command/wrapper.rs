//! Commands that run another command given in their arguments.
//!
//! Option tables: sudo(8), doas(1), coreutils' env, timeout, nice, nohup and stdbuf, util-linux'
//! ionice, setsid and flock, time(1), bash's `command`, `builtin` and `exec`, xvfb-run(1).

use std::borrow::Cow;

use super::arg::{Arg, fields};
use super::invocation::{Invocation, Keeps, Wrapper, basename};
use super::options::{Grammar, Options};
use super::xargs::{self, Xargs};
use crate::symbol::{Part, Value};

const SUDO: Grammar = Grammar::first(&[
    "A/askpass b/background B/bell C/close-from= D/chdir= E/preserve-env? g/group= H/set-home host= i/login k \
     n/non-interactive P/preserve-groups p/prompt= R/chroot= r/role= S/stdin s/shell T/command-timeout= t/type= \
     U/other-user= u/user=",
]);
const DOAS: Grammar = Grammar::first(&["a= C= u= n s L"]);
const ENV: Grammar = Grammar::first(&[
    "i/ignore-environment 0/null u/unset= C/chdir= S/split-string= block-signal? default-signal? ignore-signal? v/debug a/argv0=",
]);
const TIMEOUT: Grammar = Grammar::first(&["k/kill-after= s/signal= f/foreground p/preserve-status v/verbose"]);
const FLOCK: Grammar = Grammar::first(&[
    "s/shared x/exclusive e u/unlock n/nonblock nb w/timeout= wait= o/close E/conflict-exit-code= F/no-fork verbose",
]);
const RETRY: Grammar = Grammar::first(&[
    "t/times= d/delay= m/max= n/attempts= tries= retries= max-attempts= u/until= w/while= s/sleep= wait= i/interval= b/backoff=",
]);

/// Wrappers of which only the options must be stepped over.
const PLAIN: [(&str, &str); 16] = [
    ("nice", "n/adjustment="),
    ("ionice", "c/class= n/classdata= t/ignore"),
    ("nohup", ""),
    ("setsid", "c/ctty f/fork w/wait"),
    ("time", "p/portability f/format= o/output= a/append v/verbose q/quiet"),
    ("builtin", ""),
    ("exec", "a= c l"),
    ("stdbuf", "i/input= o/output= e/error="),
    (
        "xvfb-run",
        "a/auto-servernum d/auto-display e/error-file= f/auth-file= n/server-num= l/listen-tcp p/xauth-protocol= \
         s/server-args= w/wait=",
    ),
    ("unbuffer", "p"),
    ("chronic", "v e"),
    ("winpty", ""),
    ("busybox", ""),
    ("sshpass", "p= f= d= P= e v"),
    ("npx", "p/package= y/yes no-install q/quiet w/workspace="),
    ("bunx", "bun"),
];

/// Programs of which one subcommand runs what follows: `poetry run pytest`.
const LAUNCHERS: [(&str, &str, &str); 9] = [
    ("poetry", "run", ""),
    ("pipenv", "run", ""),
    ("pdm", "run", "p/project="),
    (
        "uv",
        "run",
        "with= with-editable= with-requirements= p/python= extra= group= only-group= project= directory= package= \
         env-file= m/module=",
    ),
    ("rye", "run", ""),
    ("bundle", "exec", ""),
    ("pnpm", "exec", ""),
    ("pnpm", "dlx", "package="),
    ("yarn", "dlx", "p/package="),
];

/// Programs that hand secrets or an environment to what follows their `--`.
const DASHED: [&str; 8] = ["doppler", "op", "infisical", "dotenv", "dotenvx", "aws-vault", "chamber", "teller"];

const RETRIES: [&str; 7] =
    ["retry", "retry.sh", "with_retry", "with-retry", "run_with_retry", "retry_command", "travis_retry"];

impl<'a> Invocation<'a> {
    /// Takes the wrappers off `words`; `None` when what is run is not known, or nothing is.
    pub fn parse(words: &'a [Arg]) -> Option<Self> {
        unwrap(fields(words))
    }
}

fn unwrap(words: Cow<'_, [Arg]>) -> Option<Invocation<'_>> {
    let mut found = Found::default();
    let mut at = 0;
    let (program, path) = loop {
        let word = words.get(at)?;
        let Some(path) = program_path(&word.value) else {
            if word.splits && holds_wrapper(&word.value) {
                found.wrappers.push(Wrapper::Variable);
                at += 1;
                continue;
            }
            return None;
        };
        let name = basename(&path);
        let args = &words[at + 1..];
        match found.step(name, args) {
            Step::Over(count) => at += 1 + count,
            Step::Runs => break (name.to_owned(), path.contains(['/', '\\']).then(|| word.value.clone())),
            Step::Nothing => return None,
        }
    };
    let span = words.get(at)?.span.clone();
    let argv = match words {
        Cow::Borrowed(words) => Cow::Borrowed(words.get(at + 1..)?),
        Cow::Owned(mut words) => Cow::Owned(words.split_off(at + 1)),
    };
    let Found { wrappers, env, mut keeps, from_stdin } = found;
    // A login shell begins anew (su(1)); without `-` it keeps what there is.
    let is_login = |arg: &Arg| arg.text().is_some_and(|text| matches!(text, "-" | "-l" | "--login"));
    if matches!(program.as_str(), "su" | "runuser") && argv.iter().any(is_login) {
        keeps.narrow(Vec::new());
    }
    Some(Invocation { program, path, at: span, wrappers, env, keeps, argv, from_stdin })
}

#[derive(Default)]
struct Found {
    wrappers: Vec<Wrapper>,
    env: Vec<(String, Arg)>,
    keeps: Keeps,
    from_stdin: Option<Xargs>,
}

enum Step {
    /// It is a wrapper; so many of its arguments are its own.
    Over(usize),
    /// It is what runs.
    Runs,
    /// No command is run.
    Nothing,
}

impl Found {
    fn step(&mut self, name: &str, args: &[Arg]) -> Step {
        match name {
            "sudo" | "doas" => {
                let (options, own) = skip(if name == "sudo" { &SUDO } else { &DOAS }, args);
                self.wrappers.push(Wrapper::Sudo);
                let given = options.given.iter().filter(|given| given.name == "preserve-env");
                let lists: Vec<Option<&Arg>> = given.map(|given| given.value.as_ref()).collect();
                // `-E` keeps all, and so may a list that nobody knows.
                if lists.iter().all(|list| list.is_some_and(|list| list.text().is_some())) {
                    let names = lists.iter().flatten().filter_map(|list| list.text());
                    self.keeps.narrow(names.flat_map(|list| list.split(',')).map(str::to_owned).collect());
                }
                // `sudo -s TEXT` and `sudo -i CMD` run it through a shell; the words stay the same.
                let set = self.assignments(&args[own..]);
                Step::Over(own + set)
            }
            "env" => {
                let (options, mut own) = skip(&ENV, args);
                let dash = args.get(own).is_some_and(|arg| arg.is("-"));
                own += usize::from(dash);
                if options.has("split-string") {
                    return Step::Nothing;
                }
                let cleared = dash || options.has("ignore-environment");
                self.wrappers.push(Wrapper::Env { cleared });
                if cleared {
                    self.keeps.narrow(Vec::new());
                }
                let set = self.assignments(&args[own..]);
                Step::Over(own + set)
            }
            "timeout" | "gtimeout" => {
                let (_, own) = skip(&TIMEOUT, args);
                self.wrappers.push(Wrapper::Timeout { duration: args.get(own).cloned() });
                Step::Over(own + 1)
            }
            "flock" => {
                let (_, own) = skip(&FLOCK, args);
                // `flock 9` only locks; `flock FILE -c TEXT` is a shell runner.
                if args.get(own + 1).is_none_or(|arg| arg.is("-c") || arg.is("--command")) {
                    return Step::Runs;
                }
                self.wrappers.push(Wrapper::Flock);
                Step::Over(own + 1)
            }
            "command" => {
                let query = args.first().and_then(Arg::text).is_some_and(|text| matches!(text, "-v" | "-V"));
                if query {
                    return Step::Nothing;
                }
                self.wrappers.push(Wrapper::Other("command"));
                Step::Over(skip(&Grammar::first(&["p"]), args).1)
            }
            "xargs" | "gxargs" => {
                let (xargs, own) = xargs::parse(args);
                self.from_stdin = Some(xargs);
                if own == args.len() { Step::Nothing } else { Step::Over(own) }
            }
            _ if RETRIES.contains(&name) => match retried(args) {
                Some(own) => {
                    self.wrappers.push(Wrapper::Retry);
                    Step::Over(own)
                }
                None => Step::Runs,
            },
            _ if runs_what_dashes_lead(name, args) => match args.iter().position(|arg| arg.is("--")) {
                Some(dashes) => {
                    self.wrappers.push(Wrapper::Other("secrets"));
                    Step::Over(dashes + 1)
                }
                None => Step::Runs,
            },
            _ => self.plain(name, args),
        }
    }

    fn plain(&mut self, name: &str, args: &[Arg]) -> Step {
        if let Some(own) = launcher(name, args) {
            self.wrappers.push(Wrapper::Other("launcher"));
            return Step::Over(own);
        }
        match PLAIN.iter().find(|(wrapper, _)| *wrapper == name) {
            Some((wrapper, table)) => {
                self.wrappers.push(match *wrapper {
                    "nohup" => Wrapper::Nohup,
                    "setsid" => Wrapper::Setsid,
                    "exec" => Wrapper::Exec,
                    other => Wrapper::Other(other),
                });
                let grammar = PlainGrammar(table);
                Step::Over(grammar.skip(args))
            }
            None => Step::Runs,
        }
    }

    /// Takes leading `A=b` words; how many there were.
    fn assignments(&mut self, args: &[Arg]) -> usize {
        let mut count = 0;
        for arg in args {
            let Some((name, length)) = assigned(arg) else { break };
            self.keeps.set(&name);
            self.env.push((name, arg.after(length)));
            count += 1;
        }
        count
    }
}

/// The name of `NAME=value`, and how long `NAME=` is.
pub(super) fn assigned(arg: &Arg) -> Option<(String, usize)> {
    let (name, _) = arg.value.prefix().split_once('=')?;
    let first = name.chars().next()?;
    let fits =
        (first.is_ascii_alphabetic() || first == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    fits.then(|| (name.to_owned(), name.len() + 1))
}

/// A wrapper's options, and how many of `args` they are (`--` included).
fn skip(grammar: &Grammar, args: &[Arg]) -> (Options, usize) {
    let (options, words) = grammar.count(args);
    (options, args.len() - words)
}

/// One row of [`PLAIN`].
struct PlainGrammar(&'static str);

impl PlainGrammar {
    fn skip(&self, args: &[Arg]) -> usize {
        let mut own = 0;
        while let Some(text) = args.get(own).map(|arg| arg.value.prefix()) {
            let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) else { break };
            own += 1;
            if letters == "-" {
                break;
            }
            // `nice -10` and every switch stand alone, as does a value written together with its option.
            let takes_next = self.0.split_ascii_whitespace().filter_map(|entry| entry.strip_suffix('=')).any(|entry| {
                match (letters.strip_prefix('-'), entry.split_once('/')) {
                    (Some(long), Some((_, name))) => long == name,
                    (None, Some((letter, _))) => letters == letter,
                    (long, None) => long.unwrap_or(letters) == entry,
                }
            });
            own += usize::from(takes_next);
        }
        own.min(args.len())
    }
}

/// How many words a launcher's own are, its subcommand and options.
fn launcher(name: &str, args: &[Arg]) -> Option<usize> {
    let verb = args.first()?.text()?;
    let (.., table) = LAUNCHERS.iter().find(|(program, run, _)| *program == name && *run == verb)?;
    Some(1 + PlainGrammar(table).skip(&args[1..]))
}

/// How many words of `retry [options] [N [DELAY]] [--] CMD …` are its own; `None` when that is not clear.
fn retried(args: &[Arg]) -> Option<usize> {
    if let Some(dashes) = args.iter().take(8).position(|arg| arg.is("--")) {
        return Some(dashes + 1);
    }
    let (options, mut own) = skip(&RETRY, args);
    let number = |arg: &Arg| {
        arg.text().is_some_and(|text| text.trim_end_matches(['s', 'm']).parse::<f64>().is_ok())
            || arg.text().is_none() && arg.value.prefix().is_empty()
    };
    while args.get(own).is_some_and(number) {
        own += 1;
    }
    (options.unsure.is_empty() && args.get(own).is_some_and(|arg| arg.text().is_some())).then_some(own)
}

/// The program's path, when every text the word can be names one program.
fn program_path(value: &Value) -> Option<String> {
    if let Some(text) = value.as_literal() {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    if let Some(texts) = value.candidates() {
        let first = texts.first()?;
        let same = texts.iter().all(|text| basename(text) == basename(first));
        return (same && !first.is_empty()).then(|| first.clone());
    }
    // `$HOME/bin/docker`, `"${{ github.workspace }}/x.sh"`: the name is known, the folder is not.
    let suffix = value.suffix();
    let (_, name) = suffix.rsplit_once('/')?;
    (!name.is_empty()).then(|| suffix.to_owned())
}

/// `$SUDO docker …`: what it holds is known to be a wrapper or nothing, or its name says so.
fn holds_wrapper(value: &Value) -> bool {
    if let Some(texts) = value.candidates() {
        return texts.iter().all(|text| matches!(basename(text), "" | "sudo" | "doas" | "time" | "nice" | "exec"));
    }
    matches!(value.parts(), [Part::Opaque(opaque)] if {
        let name = opaque.source.to_ascii_lowercase();
        name.contains("sudo") || name.contains("as_root")
    })
}

/// Whether a program runs what stands behind its `--`; `mise run x -- y` hands its script `y`.
fn runs_what_dashes_lead(name: &str, args: &[Arg]) -> bool {
    let executes = || args.first().is_some_and(|verb| verb.is("exec") || verb.is("x"));
    DASHED.contains(&name) || name == "mise" && executes()
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::super::{Invocation, Wrapper};

    fn unwrapped(line: &str) -> Option<String> {
        let words = words(line);
        let found = Invocation::parse(&words)?;
        let args: Vec<String> = found.argv.iter().map(|arg| arg.value.to_string()).collect();
        Some(format!("{} {}", found.program, args.join(" ")).trim_end().to_owned())
    }

    #[test]
    fn wrappers_come_off() {
        let cases = [
            "docker rm x",
            "sudo docker rm x",
            "sudo -E -u root docker rm x",
            "sudo -n PATH=$PATH docker rm x",
            "env -i -u HOME A=b docker rm x",
            "timeout -k 5s --signal=KILL 30 docker rm x",
            "timeout --foreground 5m sudo docker rm x",
            "nice -n 10 ionice -c2 -n 7 docker rm x",
            "nice -10 docker rm x",
            "nohup setsid -w docker rm x",
            "time -p docker rm x",
            "command docker rm x",
            "exec -a name docker rm x",
            "stdbuf -oL -e 0 docker rm x",
            "xvfb-run -a -s '-screen 0' docker rm x",
            "retry 3 docker rm x",
            "retry -t 5 -d 10 -- docker rm x",
            "flock -w 10 /tmp/lock docker rm x",
            "doppler run --project p -- docker rm x",
            "mise exec node@22 -- docker rm x",
            "/usr/bin/docker rm x",
            "$HOME/bin/docker rm x",
            "$SUDO docker rm x",
            "xargs -r docker rm x",
        ];
        for line in cases {
            assert_eq!(unwrapped(line).as_deref(), Some("docker rm x"), "{line}");
        }
    }

    #[test]
    fn nothing_runs_or_nobody_knows_what() {
        for line in ["", "sudo", "command -v docker", "env", "$CMD x", "timeout 5", "exec"] {
            assert_eq!(unwrapped(line), None, "{line}");
        }
        assert_eq!(unwrapped("flock -n 9").as_deref(), Some("flock -n 9"));
    }

    #[test]
    fn what_wraps_is_told() {
        let line = words("env A=b$X timeout 30 nohup ./server");
        let found = Invocation::parse(&line).expect("a command");
        assert_eq!(found.env[0].0, "A");
        assert_eq!(found.env[0].1.value.to_string(), "b$X");
        assert!(found.wrapped(|wrapper| *wrapper == Wrapper::Nohup));
        assert!(found.wrapped(|wrapper| matches!(wrapper, Wrapper::Timeout { duration: Some(time) } if time.is("30"))));
        assert_eq!(found.path.map(|path| path.to_string()).as_deref(), Some("./server"));
        assert_eq!(found.at, 27..35);
    }
}
