//! Commands whose arguments are shell text or the path of a script.

use super::options::Grammar;
use super::{Arg, Invocation};

/// A run of shell text.
#[derive(Clone, Debug, PartialEq)]
pub struct Shell {
    /// What is run.
    pub code: Code,
    /// The shell, by name; `None` for the shell that is running (`eval`, `source`).
    pub shell: Option<String>,
    /// `$0` of `sh -c TEXT NAME …`.
    pub name: Option<Arg>,
    /// `$1` and up.
    pub args: Vec<Arg>,
    /// `-e`.
    pub errexit: bool,
    /// `-u`.
    pub nounset: bool,
    /// `-o pipefail`.
    pub pipefail: bool,
}

/// Where shell text comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// `sh -c TEXT`, `eval WORD…` (joined by blanks).
    Text(Vec<Arg>),
    /// `bash SCRIPT`: a file, with or without its executable bit.
    Script(Arg),
    /// `sh`, `sh -s`: standard input.
    Stdin,
    /// `. SCRIPT`, `source SCRIPT`: a file, in this very shell.
    Source(Arg),
}

// bash(1), dash(1), zsh(1): `set`'s letters, each a switch but `-o` and `-O`.
const SHELL: Grammar = Grammar::first(&[
    "a b c e f h i k l m n o= p r s t u v x B C D E H O= P T login norc noprofile posix rcfile= init-file= restricted verbose",
]);
// su(1), runuser(1), sg(1), script(1).
const SU: Grammar = Grammar::any(&[
    "c/command= s/shell= g/group= G/supp-group= u/user= l/login f/fast m p/preserve-environment P/pty \
     w/whitelist-environment= session-command=",
]);
const SCRIPT: Grammar = Grammar::any(&[
    "a/append c/command= e/return f/flush q/quiet t/timing? E/echo= O/log-out= I/log-in= B/log-io= T/log-timing= \
     m/logging-format= o/output-limit=",
]);

/// The shell text that `invocation` runs.
pub fn shell(invocation: &Invocation<'_>) -> Option<Shell> {
    let args = &*invocation.argv;
    let here =
        |code, args| Shell { code, shell: None, name: None, args, errexit: false, nounset: false, pipefail: false };
    let below = |text| Shell { shell: Some("sh".to_owned()), ..here(Code::Text(vec![text]), Vec::new()) };
    match invocation.program.as_str() {
        // `. ./x.sh` in the shell; `/x/eval` would be a file.
        "eval" if invocation.path.is_none() => {
            let words = if args.first().is_some_and(|arg| arg.is("--")) { &args[1..] } else { args };
            Some(here(Code::Text(words.to_vec()), Vec::new()))
        }
        "." | "source" if invocation.path.is_none() => {
            let (script, rest) = args.split_first()?;
            Some(here(Code::Source(script.clone()), rest.to_vec()))
        }
        name if is_shell(name) => interpreter(name, args),
        "su" | "runuser" | "sg" => Some(below(SU.parse(args).0.value("command")?)),
        "script" => Some(below(SCRIPT.parse(args).0.value("command")?)),
        "flock" => {
            let at = args.iter().position(|arg| arg.is("-c") || arg.is("--command"))?;
            Some(below(args.get(at + 1)?.clone()))
        }
        _ => None,
    }
}

/// Whether a program reads POSIX shell; its name without a path.
pub fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh")
}

fn interpreter(name: &str, args: &[Arg]) -> Option<Shell> {
    // `bash +e x.sh`: an option switched off stands like one switched on.
    let plus = args.iter().take_while(|arg| arg.value.prefix().starts_with('+')).count();
    let (options, words) = SHELL.parse(&args[plus..]);
    let set = |letter: &str, long: &str| options.has(letter) || options.values("o").iter().any(|value| value.is(long));
    // `-n` only parses: nothing of the file runs.
    if set("n", "noexec") {
        return None;
    }
    let text_follows = options.has("c");
    let (code, args) = match words.split_first() {
        // After the text comes `$0`.
        Some((text, rest)) if text_follows => (Code::Text(vec![text.clone()]), rest.get(1..).unwrap_or_default()),
        Some((script, rest)) if !options.has("s") && !script.is("-") => (Code::Script(script.clone()), rest),
        _ => (Code::Stdin, &*words),
    };
    Some(Shell {
        code,
        shell: Some(name.to_owned()),
        name: if text_follows { words.get(1).cloned() } else { None },
        args: args.to_vec(),
        errexit: set("e", "errexit"),
        nounset: set("u", "nounset"),
        pipefail: set("", "pipefail"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::words;
    use super::*;

    fn read(line: &str) -> Option<String> {
        let line = words(line);
        let found = shell(&Invocation::parse(&line)?)?;
        let join = |args: &[Arg]| args.iter().map(|arg| arg.value.to_string()).collect::<Vec<_>>().join(" ");
        let code = match &found.code {
            Code::Text(text) => format!("text {}", join(text)),
            Code::Script(path) => format!("script {}", path.value),
            Code::Stdin => "stdin".to_owned(),
            Code::Source(path) => format!("source {}", path.value),
        };
        let flags: String = [(found.errexit, 'e'), (found.nounset, 'u'), (found.pipefail, 'p')]
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, letter)| *letter)
            .collect();
        Some(format!("{code}|{}|{flags}", join(&found.args)))
    }

    #[test]
    fn shells_are_followed() {
        let cases = [
            ("sh -c 'docker rm x' name a", "text docker rm x|a|"),
            ("sudo bash -euo pipefail -c 'a b'", "text a b||eup"),
            ("bash -e ./ci/run.sh one two", "script ./ci/run.sh|one two|e"),
            ("bash +e x.sh", "script x.sh||"),
            ("bash -s -- a", "stdin|a|"),
            ("sh", "stdin||"),
            ("sh -", "stdin|-|"),
            ("bash --norc -xe x.sh", "script x.sh||e"),
            ("eval 'docker rm' x", "text docker rm x||"),
            ("source ./lib.sh x", "source ./lib.sh|x|"),
            (". $DIR/lib.sh", "source $DIR/lib.sh||"),
            ("su - postgres -c 'psql'", "text psql||"),
            ("sg docker -c 'docker ps'", "text docker ps||"),
            ("flock -x /tmp/l -c 'docker ps'", "text docker ps||"),
        ];
        for (line, wanted) in cases {
            assert_eq!(read(line).as_deref(), Some(wanted), "{line}");
        }
        for line in ["docker ps", "bash -n x.sh", "sh -en ./x.sh", "bash -o noexec x.sh", "bash -nc 'docker ps'"] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
