//! Commands that signal processes they find by a pattern or a port.

use crate::command::Arg;
use crate::facts::Fact;
use crate::site::{Site, words};
use crate::symbol::{Dimensions, Part, Value};
use crate::trace::{Act, ActKind, Capture, JobTrace, Stage, Target};
use crate::truth::Truth;

/// How processes are found, and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Hunt {
    /// One of the words of the fact's field `how`.
    pub how: &'static str,
    /// The pattern, name or port; nothing when it cannot be told.
    pub pattern: Option<Value>,
    /// Its bytes in the script, when it is a word of the command itself.
    pub arg: Option<Arg>,
    /// Why it can match nothing.
    pub never: Option<&'static str>,
}

impl Hunt {
    fn new(how: &'static str, arg: Option<&Arg>) -> Self {
        Self { how, pattern: arg.map(|arg| arg.value.clone()), arg: arg.cloned(), never: None }
    }
}

/// The kills by pattern of a job; consecutive ones by the same pattern are one.
pub fn kill_facts(site: &Site<'_>) -> Vec<Fact> {
    let trace = site.trace;
    let mut facts: Vec<Fact> = Vec::new();
    let mut last: Option<(usize, Hunt, String)> = None;
    for act in &trace.acts {
        let Some(hunt) = hunt(trace, act) else { continue };
        let listing = listing(trace, act);
        let again = last.as_ref().is_some_and(|(process, before, list)| {
            let same = (before.how, &before.pattern, list) == (hunt.how, &hunt.pattern, &listing);
            *process == act.context.process && same
        });
        last = Some((act.context.process, hunt.clone(), listing));
        if again {
            continue;
        }
        facts.push(fact(&hunt, act, site));
    }
    facts
}

/// What a command's pids are read from.
fn listing(trace: &JobTrace, act: &Act) -> String {
    let ActKind::Command { argv, .. } = &act.kind else { return String::new() };
    let captures = argv.iter().filter_map(|arg| trace.capture(&arg.value)).chain(act.context.stdin.as_deref());
    let stages = captures.flat_map(|capture| &capture.stages);
    stages.map(|stage| format!("{} {} ", stage.program, words(&stage.argv).join(" "))).collect()
}

fn fact(hunt: &Hunt, act: &Act, site: &Site<'_>) -> Fact {
    let pattern = hunt.pattern.as_ref().map(ToString::to_string);
    let mut fact = site.fact_of("kill", format!("{} {}", hunt.how, pattern.as_deref().unwrap_or_default()), act);
    fact.set("how", hunt.how).set("never-matches", hunt.never.is_some()).set_some("why-never", hunt.never);
    match pattern {
        Some(pattern) => fact.set("pattern", pattern),
        None => fact.unknown("pattern"),
    };
    // A port that is drawn is no mark of who holds it.
    let marks = hunt.pattern.as_ref().filter(|_| hunt.how != "port");
    fact.set_truth("own", marks.map_or(Truth::No, |pattern| is_own(pattern, site)));
    fact.set("command", act.text.as_str()).at("command", act.at.clone());
    fact.set_truth("sees-peers", if act.context.target == Target::Container { Truth::No } else { site.is_on_host() });
    if let Some(arg) = &hunt.arg {
        fact.at("pattern", act.frame.location(arg.span.clone()));
    }
    fact
}

/// Whether a pattern has something in it that no other running job has: the run, a random part, the job's own folders.
/// What the job works out for itself may be that.
fn is_own(pattern: &Value, site: &Site<'_>) -> Truth {
    const TEMPORARY: [&str; 3] = ["$RUNNER_TEMP", "${{ runner.temp }}", "runner.temp"];
    const WORKSPACE: [&str; 3] = ["$GITHUB_WORKSPACE", "${{ github.workspace }}", "github.workspace"];
    let is_folder =
        |source: &str| TEMPORARY.contains(&source) || site.has_own_workspace() && WORKSPACE.contains(&source);
    let parts = || pattern.parts().iter();
    // Of `run-41|server` each side is looked for.
    if parts().any(|part| matches!(part, Part::Literal(text) if text.contains('|'))) {
        return Truth::No;
    }
    if parts().any(|part| matches!(part, Part::Opaque(part) if is_folder(&part.source))) {
        return Truth::Yes;
    }
    let unique = pattern.unique();
    let in_leg = if site.job.matrix().is_some() { unique.differs_in(Dimensions::LEG) } else { Truth::Yes };
    (!unique.is_static()).and(in_leg)
}

/// What a command hunts for, if it signals processes that it finds by something else than their pid.
pub fn hunt(trace: &JobTrace, act: &Act) -> Option<Hunt> {
    let ActKind::Command { program, argv, .. } = &act.kind else { return None };
    // Signal 0 only asks whether somebody is there.
    if argv.iter().any(|arg| arg.is("-0")) {
        return None;
    }
    match program.as_str() {
        "pkill" => by_pattern(argv),
        "killall" => {
            let names = operands(
                argv,
                &[
                    "-s",
                    "-u",
                    "-y",
                    "-o",
                    "-Z",
                    "-n",
                    "--signal",
                    "--user",
                    "--younger-than",
                    "--older-than",
                    "--context",
                    "--ns",
                ],
            );
            let hunt = Hunt::new("killall", Some(names.first()?));
            let all: Option<Vec<&str>> = names.iter().map(|name| name.text()).collect();
            let several = all.filter(|all| all.len() > 1).map(|all| Value::literal(all.join("|")));
            Some(Hunt { pattern: several.or(hunt.pattern), ..hunt })
        }
        "fuser" if argv.iter().any(kills) => {
            let port = operands(argv, &["-n", "-k", "--namespace"]).into_iter().next();
            // `fuser -k FILE` ends who holds a file.
            let is_port = port.is_none_or(|arg| {
                let text = arg.value.to_string();
                text.ends_with("/tcp")
                    || text.ends_with("/udp")
                    || argv.iter().any(|arg| arg.is("tcp") || arg.is("udp"))
            });
            is_port.then(|| Hunt::new("port", port))
        }
        "kill" => {
            let sources = argv.iter().filter_map(|arg| trace.capture(&arg.value)).chain(act.context.stdin.as_deref());
            sources.into_iter().find_map(|capture| from_listing(trace, capture, 0))
        }
        _ => None,
    }
}

/// `-k`, alone or among other letters.
fn kills(arg: &Arg) -> bool {
    let text = arg.value.prefix();
    text == "--kill" || (text.starts_with('-') && !text.starts_with("--") && text.contains('k'))
}

/// The words that are no options; `valued` are the options whose value is the next word.
fn operands<'a>(argv: &'a [Arg], valued: &[&str]) -> Vec<&'a Arg> {
    let mut found = Vec::new();
    let mut skip = false;
    let mut only = false;
    for arg in argv {
        let text = arg.value.prefix();
        if std::mem::take(&mut skip) {
            continue;
        }
        if !only && text == "--" {
            only = true;
        } else if only || !text.starts_with('-') || text == "-" {
            found.push(arg);
        } else if valued.iter().any(|option| arg.is(option)) && text != "-k" {
            skip = true;
        }
    }
    found
}

/// procps' options that take a value as the next word.
const VALUED: &str = "dPgGstuUFrO";
const LONG_VALUED: [&str; 12] = [
    "--signal",
    "--parent",
    "--pgroup",
    "--group",
    "--session",
    "--terminal",
    "--euid",
    "--uid",
    "--pidfile",
    "--ns",
    "--nslist",
    "--older",
];
const LONG: [&str; 16] = [
    "--full",
    "--exact",
    "--newest",
    "--oldest",
    "--echo",
    "--count",
    "--inverse",
    "--ignore-case",
    "--require-handler",
    "--queue",
    "--logpidfile",
    "--ignore-ancestors",
    "--help",
    "--version",
    "--list-full",
    "--list-name",
];

/// pkill's and pgrep's arguments.
fn by_pattern(argv: &[Arg]) -> Option<Hunt> {
    let (mut full, mut exact, mut own) = (false, false, false);
    let mut pattern = None;
    let mut dash = None;
    let mut rest = argv.iter();
    while let Some(arg) = rest.next() {
        let text = arg.value.prefix();
        if text == "--" {
            pattern = rest.next().or(pattern);
            break;
        }
        if !text.starts_with('-') || text == "-" {
            pattern = Some(arg);
            continue;
        }
        if text.starts_with("--") {
            let (name, attached) = text.split_once('=').map_or((text, false), |(name, _)| (name, true));
            full |= name == "--full";
            exact |= name == "--exact";
            own |= matches!(name, "--parent" | "--pidfile" | "--session" | "--pgroup");
            if LONG_VALUED.contains(&name) {
                if !attached {
                    rest.next();
                }
            } else if !LONG.contains(&name) {
                dash = Some(arg);
            }
            continue;
        }
        if text.contains([' ', '/', '.', '*', '[']) || text[1..].contains('-') {
            dash = Some(arg);
            continue;
        }
        if is_signal(&text[1..]) {
            continue;
        }
        for (at, letter) in text[1..].char_indices() {
            full |= letter == 'f';
            exact |= letter == 'x';
            own |= matches!(letter, 'P' | 'F' | 's' | 'g');
            if VALUED.contains(letter) {
                if at + 2 == text.len() && arg.value.as_literal().is_some() {
                    rest.next();
                }
                break;
            }
        }
    }
    if own {
        return None;
    }
    let how = if full {
        "pkill-f"
    } else if exact {
        "pkill-x"
    } else {
        "pkill"
    };
    if let (None, Some(dash)) = (pattern, dash) {
        return Some(Hunt { never: Some("dash"), ..Hunt::new(how, Some(dash)) });
    }
    let pattern = pattern?;
    let mut hunt = Hunt::new(how, Some(pattern));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ' | '/' | ':');
    let long = pattern.text().is_some_and(|text| text.len() > 15 && text.chars().all(plain));
    if !full && long {
        hunt.never = Some("comm-length");
    }
    Some(hunt)
}

/// `9`, `KILL`, `SIGTERM`.
fn is_signal(text: &str) -> bool {
    const NAMES: [&str; 12] =
        ["KILL", "TERM", "INT", "HUP", "QUIT", "STOP", "CONT", "USR1", "USR2", "ABRT", "TSTP", "PIPE"];
    let name = text.strip_prefix("SIG").unwrap_or(text);
    (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())) || NAMES.contains(&name)
}

/// How a list of pids was found; nothing when it is none that hunts: a pid file, `jobs -p`.
fn from_listing(trace: &JobTrace, capture: &Capture, depth: usize) -> Option<Hunt> {
    let operand =
        |argv: &[Arg]| argv.iter().find(|arg| !arg.value.prefix().starts_with('-')).map(|arg| arg.value.clone());
    let chooses = |stage: &&Stage| {
        let argv = &stage.argv;
        let inverts = |arg: &Arg| arg.value.prefix().starts_with('-') && arg.value.prefix().contains('v');
        matches!(stage.program.as_str(), "grep" | "egrep" | "rg" | "awk" | "gawk")
            && !argv.iter().any(inverts)
            && operand(argv).is_some_and(|pattern| !pattern.prefix().trim_start().starts_with('{'))
    };
    let grep = || capture.stages.iter().find(chooses).and_then(|stage| operand(&stage.argv));
    for stage in &capture.stages {
        let argv = &stage.argv;
        let listed = |how, pattern| Some(Hunt { how, pattern, arg: None, never: None });
        match stage.program.as_str() {
            "lsof" => return listed("port", lsof_port(argv)),
            "fuser" => return listed("port", operands(argv, &["-n"]).first().map(|arg| arg.value.clone())),
            "ss" | "netstat" => return listed("port", grep()),
            "pidof" => return listed("pidof", operands(argv, &["-o"]).first().map(|arg| arg.value.clone())),
            "pgrep" => {
                let found = by_pattern(argv)?;
                return Some(Hunt { how: "pgrep", arg: None, ..found });
            }
            "ps" => return grep().and_then(|pattern| listed("pgrep", Some(pattern))),
            "grep" | "egrep" | "ls" | "find" | "for"
                if argv.iter().any(|arg| arg.value.prefix().starts_with("/proc/")) =>
            {
                return listed("proc", grep());
            }
            // Text that came from somewhere else: `echo "$PIDS" | xargs kill`.
            "echo" | "printf" | "tr" if depth < 3 => {
                let inner = argv.iter().filter_map(|arg| trace.capture(&arg.value));
                if let Some(found) = inner.into_iter().find_map(|inner| from_listing(trace, inner, depth + 1)) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// The port of `lsof -ti:8080`, `lsof -i tcp:8080`, `lsof -t -i :8080`; nothing for other listings.
fn lsof_port(argv: &[Arg]) -> Option<Value> {
    argv.iter().find_map(|arg| {
        if arg.value.prefix().is_empty() && arg.value.as_literal().is_none() {
            return None;
        }
        arg.value.split_once(':').map(|(_, port)| port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn shown(lines: &str) -> Vec<String> {
        let run: String = lines.lines().map(|line| format!("          {line}\n")).collect();
        let read = read(&format!("jobs:\n  a:\n    steps:\n      - run: |\n{run}"));
        let facts = kill_facts(&read.site());
        read.shown(&facts, &["how", "pattern", "why-never"]).iter().map(|line| line[2..].to_owned()).collect()
    }

    #[test]
    fn kills_by_pattern_or_port_are_hunts() {
        for (line, expected) in [
            ("pkill -9 geth", "pkill geth -"),
            ("pkill -f 'node server.js'", "pkill-f node server.js -"),
            ("sudo pkill -KILL -x platform-server", "pkill-x platform-server -"),
            ("pkill -x platform-server2", "pkill-x platform-server2 comm-length"),
            ("pkill -f platform-server-long", "pkill-f platform-server-long -"),
            ("pkill -f '--port 80'", "pkill-f --port 80 dash"),
            ("pkill -f -- '--port 80'", "pkill-f --port 80 -"),
            ("pkill -u ci -f $NAME", "pkill-f $NAME -"),
            ("killall -9 node", "killall node -"),
            ("killall n3iwf tngf", "killall n3iwf|tngf -"),
            ("killall --older-than 1h node java", "killall node|java -"),
            ("killall -- -x node", "killall -x|node -"),
            ("fuser -k 8080/tcp", "port 8080/tcp -"),
            ("fuser -k -n tcp 8080", "port 8080 -"),
            ("kill -9 $(lsof -ti:8080)", "port 8080 -"),
            ("kill $(lsof -t -i tcp:8080)", "port 8080 -"),
            ("kill $(pgrep -f server)", "pgrep server -"),
            ("kill $(pidof server)", "pidof server -"),
            ("lsof -ti:8080 | xargs kill", "port 8080 -"),
            ("ps aux | grep -v root | grep server | awk '{print}' | xargs kill", "pgrep server -"),
            ("kill $(grep -l server /proc/1/cmdline)", "proc server -"),
        ] {
            assert_eq!(shown(line), [expected], "{line}");
        }
        for line in [
            "kill $PID",
            "kill $(cat app.pid)",
            "kill 0",
            "pkill -P $PID",
            "kill -0 $PID",
            "fuser 80/tcp",
            "kill $(jobs -p)",
            "pkill -F app.pid",
        ] {
            assert_eq!(shown(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn what_holds_the_run_or_the_job_s_own_folder_is_its_own() {
        let own = |strategy: &str, line: &str| {
            let read = read(&format!("jobs:\n  a:\n{strategy}    steps:\n      - run: |\n          {line}\n"));
            let facts = kill_facts(&read.site());
            read.shown(&facts, &["own"])
        };
        for line in [
            "pkill -f \"run-${{ github.run_id }}\"",
            "kill $(pgrep -f \"app-$GITHUB_RUN_ID\")",
            "pkill -f \"$RUNNER_TEMP/app\"",
            "pkill -f \"${{ runner.temp }}/app\"",
        ] {
            assert_eq!(own("", line), ["5 true"], "{line}");
        }
        for line in [
            "pkill -f app",
            "pkill -f \"app-$GITHUB_SHA\"",
            "pkill -f \"run-$GITHUB_RUN_ID|app\"",
            // Other jobs of the repository may have the same folder on these runners.
            "pkill -f \"$GITHUB_WORKSPACE/bin/app\"",
            // Numbers that other runs count through as well.
            "for d in $(seq $A $B); do pkill -f \"Xvfb :$d\"; done",
            // Whoever has the port, another job's server too.
            "kill $(lsof -ti:$((10000 + RANDOM % 1000)))",
        ] {
            assert_eq!(own("", line), ["5 false"], "{line}");
        }
        for line in ["pkill -f \"$X\"", "pkill -f \"Xvfb :$(./display)\""] {
            assert_eq!(own("", line), ["5 ?"], "{line}");
        }
        let legs = "    strategy: { matrix: { db: [pg, my] } }\n";
        assert_eq!(own(legs, "pkill -f \"app-$GITHUB_RUN_ID\""), ["6 false"]);
        assert_eq!(own(legs, "pkill -f \"app-$GITHUB_RUN_ID-${{ matrix.db }}\""), ["6 true"]);
    }

    #[test]
    fn the_same_pattern_again_is_the_same_kill() {
        assert_eq!(shown("pkill -f app\npkill -9 -f app\npkill -f other").len(), 2);
    }
}
