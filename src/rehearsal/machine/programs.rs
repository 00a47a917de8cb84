//! What a container's program does: serves, waits, or ends.

use super::spec::Spec;
use crate::command::{self, netcat::Netcat};
use crate::docker::images::well_known;
use crate::docker::servers;
use crate::symbol::Value;

/// How a program goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// Until it is stopped.
    Lasts,
    /// It ends at once with this status.
    Ends(u8),
}

/// Programs that end by themselves.
const ENDS: &str = "true : echo printf ls cat id env date uname pwd mkdir rm cp mv touch chmod chown test [ which \
                    whoami hostname tar head wc grep sed awk export set cd git curl wget node-gyp psql pg_dump \
                    mysqldump createdb";
/// Programs that go on until they are stopped.
const LASTS: &str = "sleep tail httpd nginx caddy haproxy dockerd sshd crond supervisord";

fn is_one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|name| name == word)
}

/// What the program of such a container does.
pub(super) fn course(spec: &Spec) -> Course {
    let unknown = if spec.detached { Course::Lasts } else { Course::Ends(0) };
    let words = words(spec);
    let image = well_known(&Value::literal(&*spec.image)).map(|(image, _)| image);
    let Some(first) = words.first() else {
        return match image {
            Some(image) if image.server => Course::Lasts,
            // A shell, or another program that reads what it does.
            Some(_) if spec.waits_for_input => Course::Lasts,
            Some(_) => Course::Ends(0),
            None => unknown,
        };
    };
    let serves = first.starts_with('-') || servers::is_server(base(first)) || first == "postgres";
    if serves && image.is_some_and(|image| image.server) {
        return Course::Lasts;
    }
    of_words(&words, spec.waits_for_input).unwrap_or(unknown)
}

/// How a command that is run in a container ends, when its words tell.
pub(super) fn status_of(words: &[String]) -> u8 {
    match of_words(words, false) {
        Some(Course::Ends(status)) => status,
        _ => 0,
    }
}

fn words(spec: &Spec) -> Vec<String> {
    let entry = spec.entrypoint.iter().filter(|entry| !entry.is_empty());
    entry.flat_map(|entry| entry.split_whitespace()).map(str::to_owned).chain(spec.command.iter().cloned()).collect()
}

fn netcat(program: &str, words: &[String]) -> Option<Netcat> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    command::netcat::read(program, &words)
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn of_words(words: &[String], waits: bool) -> Option<Course> {
    let (first, rest) = words.split_first()?;
    match base(first) {
        "sh" | "bash" | "ash" | "dash" => {
            let script = rest.iter().position(|word| word.starts_with('-') && word.ends_with('c'));
            match script.and_then(|at| rest.get(at + 1)) {
                Some(script) => of_script(script),
                None if rest.is_empty() => Some(if waits { Course::Lasts } else { Course::Ends(0) }),
                None => None,
            }
        }
        "exec" | "env" | "tini" | "--" => of_words(rest, waits),
        "false" => Some(Course::Ends(1)),
        "exit" => Some(Course::Ends(rest.first().and_then(|status| status.parse().ok()).unwrap_or(0))),
        "tail" if !rest.iter().any(|word| word.starts_with("-f") || word.starts_with("-F")) => Some(Course::Ends(0)),
        "python" | "python3" if rest.iter().any(|word| word == "http.server") => Some(Course::Lasts),
        program if let Some(netcat) = netcat(program, rest) => {
            // Who connects to somebody may stay with them.
            if netcat.listens { Some(Course::Lasts) } else { netcat.ends.then_some(Course::Ends(0)) }
        }
        program if is_one_of(LASTS, program) => Some(Course::Lasts),
        program if is_one_of(ENDS, program) => Some(Course::Ends(0)),
        _ => None,
    }
}

/// Of a script: the first command that lasts or exits, else how the last one ends.
fn of_script(script: &str) -> Option<Course> {
    let lines = script.split([';', '\n', '&', '|']).map(str::trim).filter(|line| !line.is_empty());
    let mut last = Some(Course::Ends(0));
    for line in lines {
        let words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned());
        let words: Vec<String> = words.skip_while(|word| matches!(word.as_str(), "do" | "then" | "else")).collect();
        match words.first().map(String::as_str) {
            // Without an end; all other loops have one.
            Some("while") if always(&words[1..]) == Some(true) => return Some(Course::Lasts),
            Some("until") if always(&words[1..]) == Some(false) => return Some(Course::Lasts),
            Some("for") if words.len() == 2 && words[1] == "((" => return Some(Course::Lasts),
            Some("while" | "until" | "for" | "if" | "elif" | "done" | "fi") | None => continue,
            Some(_) => {}
        }
        last = of_words(&words, false);
        if matches!(last, Some(Course::Lasts)) || words.first().is_some_and(|word| word == "exit") {
            return last;
        }
    }
    last
}

/// How a condition of a loop comes out each time, where its words tell.
fn always(condition: &[String]) -> Option<bool> {
    let words = condition.iter().flat_map(|word| {
        let inner = word.trim_matches(['(', ')']);
        [word.starts_with("((").then_some("(("), Some(inner).filter(|inner| !inner.is_empty())]
    });
    let words: Vec<&str> = words.flatten().collect();
    let negations = words.iter().take_while(|word| **word == "!").count();
    let holds = match &words[negations..] {
        ["true" | ":"] | ["sleep", ..] => Some(true),
        ["false"] => Some(false),
        // A text that is not empty holds, whatever it says.
        ["test", word] | ["[", word, "]"] | ["[[", word, "]]"] if !word.contains('$') && !word.starts_with('!') => {
            Some(true)
        }
        ["((", number] => number.parse::<i64>().ok().map(|number| number != 0),
        _ => None,
    };
    holds.map(|holds| holds == negations.is_multiple_of(2))
}

/// The ports it listens on; `None` when that is not known.
pub(super) fn listens(spec: &Spec) -> Option<Vec<u16>> {
    let words = words(spec);
    let image = well_known(&Value::literal(&*spec.image)).map(|(image, _)| image).filter(|image| image.server);
    let own = words.first().is_none_or(|first| first.starts_with('-') || servers::is_server(base(first)));
    match (image, words.first().map(|word| base(word))) {
        (Some(image), _) if own => Some(image.ports.to_vec()),
        (_, Some("sleep" | "tail" | "true" | "false" | "echo")) => Some(Vec::new()),
        (_, Some(program)) if let Some(netcat) = netcat(program, &words[1..]) => match (netcat.listens, netcat.port) {
            (false, _) => Some(Vec::new()),
            (true, Some((_, Some(port)))) => Some(vec![port]),
            (true, _) => None,
        },
        (_, Some("httpd")) => {
            let flag = words.iter().position(|word| word == "-p");
            let port = flag.and_then(|at| words.get(at + 1)?.rsplit(':').next()?.parse().ok());
            Some(vec![port.unwrap_or(80)])
        }
        (_, Some("python" | "python3")) if words.iter().any(|word| word == "http.server") => {
            Some(vec![words.last().and_then(|word| word.parse().ok()).unwrap_or(8000)])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_for_a_server_is_none() {
        let course = |line: &str| of_words(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), false);
        for (line, lasts) in [
            ("nc -lk -p 8080", Some(Course::Lasts)),
            ("socat TCP-LISTEN:8080,fork TCP:db:80", Some(Course::Lasts)),
            ("nc -z db 5432", Some(Course::Ends(0))),
            ("ncat --send-only db 5432", Some(Course::Ends(0))),
            ("socat - TCP:db:5432", None),
        ] {
            assert_eq!(course(line), lasts, "{line}");
        }
    }

    #[test]
    fn a_loop_over_words_or_lines_ends() {
        for (script, lasts) in [
            ("for t in tests/*.sh; do\n  echo \"$t\"\n  true\ndone", false),
            ("find . | while read -r f; do cat \"$f\"; done", false),
            ("until test -f ready; do true; done", false),
            ("while true; do sleep 1; done", true),
            ("while :; do echo x; done", true),
            ("for ((;;)); do true; done", true),
            ("for (( ; ; )); do true; done", true),
            ("until false; do true; done", true),
            ("while [ 1 ]; do true; done", true),
            ("while [[ 1 ]]; do true; done", true),
            ("while (true); do true; done", true),
            ("while ( true ); do true; done", true),
            ("while ((1)); do true; done", true),
            ("while (( 1 )); do true; done", true),
            ("while ((0)); do true; done", false),
            ("while ! false; do true; done", true),
            ("while ! true; do true; done", false),
            ("while [ $n ]; do true; done", false),
            ("while test -f busy; do true; done", false),
            ("while false; do true; done", false),
            ("until ! true; do true; done", true),
            ("for (( i = 0; i < 3; i++ )); do true; done", false),
            ("for i in 1 2; do true; done; exec tail -f /dev/null", true),
        ] {
            assert_eq!(matches!(of_script(script), Some(Course::Lasts)), lasts, "{script}");
        }
    }
}
