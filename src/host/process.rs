//! Processes that steps leave running in the background, and what stops them.

use std::collections::BTreeSet;

use regex::Regex;

use super::kill::{Hunt, hunt};
use crate::command::{Arg, netcat, script};
use crate::docker::servers;
use crate::facts::Fact;
use crate::shell::{is_builtin, runs_another};
use crate::site::{Site, has_token, mention, runs_always, words};
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;

/// The background processes of a job. `reaps` says whether its runner kills what a job leaves behind.
pub fn process_facts(site: &Site<'_>, reaps: Truth) -> Vec<Fact> {
    let trace = site.trace;
    let mut facts = Vec::new();
    for (index, act) in trace.acts.iter().enumerate() {
        let Some(how) = left_behind(act) else { continue };
        let ActKind::Command { program, .. } = &act.kind else { continue };
        // In a background loop or group many small commands run: none of them stays.
        if is_small(program) {
            continue;
        }
        let mut fact = site.fact_of("process", act.text.as_str(), act);
        fact.set("how", how).set("program", program.as_str()).set("command", act.text.as_str());
        fact.set_truth("finite", finite(trace, index)).at("command", act.at.clone());
        fact.set("restarted", act.context.restarted);
        let (killed, by) = killed(trace, index);
        match killed {
            Some(word) => fact.set("killed", word),
            None => fact.unknown("killed"),
        };
        if let Some(by) = by {
            fact.at("kill", by.at.clone());
        }
        fact.set_truth("reaped", reaps.and(!Truth::from(leaves_runner(trace, act))));
        facts.push(fact);
    }
    facts
}

/// How a command is left behind, if it is: clients of docker end with what they look at, and a substitution in the
/// words of a background command is not what stays.
pub fn left_behind(act: &Act) -> Option<&'static str> {
    let ActKind::Command { argv, nohup, setsid, program } = &act.kind else { return None };
    let forks = *setsid && argv.iter().any(|arg| arg.is("-f") || arg.is("--fork"));
    let background = act.context.background && !act.context.substituted;
    // What the shell does itself is no process to leave.
    let is_shell = is_builtin(program) || runs_another(program);
    if !(background || forks) || act.context.trap.is_some() || is_shell {
        return None;
    }
    Some(match (nohup, setsid) {
        (_, true) => "setsid",
        (true, _) => "nohup",
        _ => "background",
    })
}

/// Programs that end by themselves.
const FINITE: [&str; 83] = [
    "sleep",
    "timeout",
    "cat",
    "tee",
    "grep",
    "sed",
    "awk",
    "cut",
    "sort",
    "head",
    "wc",
    "tr",
    "date",
    "curl",
    "wget",
    "aria2c",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "ln",
    "tar",
    "gzip",
    "zstd",
    "xz",
    "unzip",
    "rsync",
    "scp",
    "git",
    "gcc",
    "g++",
    "clang",
    "make",
    "cmake",
    "ninja",
    "mvn",
    "pip",
    "pip3",
    "apt",
    "apt-get",
    "yum",
    "dnf",
    "apk",
    "brew",
    "pytest",
    "ctest",
    "tsc",
    "eslint",
    "jest",
    "rustc",
    "javac",
    "helm",
    "terraform",
    "ansible-playbook",
    "pg_dump",
    "pg_restore",
    "psql",
    "aws",
    "gcloud",
    "az",
    "gh",
    "jq",
    "pwd",
    "df",
    "du",
    "seq",
    "ls",
    "id",
    "hostname",
    "uname",
    "nproc",
    "basename",
    "dirname",
    "mktemp",
    "touch",
    "find",
    "rmdir",
    "ps",
    "stat",
    "chmod",
    "chown",
    "readlink",
    "sha256sum",
];

/// Programs of a moment, that nobody leaves running.
fn is_small(program: &str) -> bool {
    // An option in a command's place is a guess at what `"$@"` is by then.
    FINITE.contains(&program) || program.starts_with('-')
}

/// Whether a background command ends by itself, or is waited for in its script.
pub(crate) fn finite(trace: &JobTrace, index: usize) -> Truth {
    let act = &trace.acts[index];
    if ends_by_itself(act) || is_awaited_by_a_caller(trace, index) {
        return Truth::Yes;
    }
    let process = act.context.process;
    let later = || trace.acts.iter().skip(index + 1).filter(|later| later.context.process == process);
    let wait = later().find_map(|later| match &later.kind {
        ActKind::Command { program, argv, .. } if program == "wait" => Some((later, argv)),
        _ => None,
    });
    let Some((wait, argv)) = wait else { return Truth::No };
    // `kill $PID; wait $PID` waits for the end that the kill brings.
    if later().take_while(|later| later.at != wait.at).any(|later| signals(trace, later)) {
        return Truth::No;
    }
    if argv.iter().all(|arg| arg.value.prefix().starts_with('-')) {
        return Truth::Yes;
    }
    let handles = Handles::of(act);
    let others =
        trace.acts.iter().filter(|other| other.context.process == process && left_behind(other).is_some()).count();
    if others == 1 || handles.are_in(&mention(trace, wait)) {
        Truth::Yes
    } else if handles.names.is_empty() {
        Truth::Unknown
    } else {
        Truth::No
    }
}

/// Whether a script that called the one of an act waits for it: the script is what runs in the background.
fn is_awaited_by_a_caller(trace: &JobTrace, index: usize) -> bool {
    let act = &trace.acts[index];
    let later = trace.acts.iter().skip(index + 1).take_while(|later| later.step == act.step);
    let mut waits = later.filter(|later| matches!(&later.kind, ActKind::Command { program, .. } if program == "wait"));
    waits.any(|wait| wait.chain.len() < act.chain.len() && act.chain.starts_with(&wait.chain))
}

/// Whether a program ends by itself: build tools, copies, tests; a `tail` that does not follow.
pub(crate) fn ends_by_itself(act: &Act) -> bool {
    let ActKind::Command { program, argv, .. } = &act.kind else { return true };
    let has = |word: &str| argv.iter().any(|arg| arg.is(word));
    let verb = argv.iter().find(|arg| !arg.value.prefix().starts_with('-')).and_then(|arg| arg.text());
    if act.text.trim_start_matches("nohup ").trim_start_matches("sudo ").starts_with("timeout ") {
        return true;
    }
    match program.as_str() {
        "tail" => !argv.iter().any(|arg| {
            let text = arg.value.prefix();
            text == "--follow" || (text.starts_with('-') && !text.starts_with("--") && text.contains(['f', 'F']))
        }),
        "ssh" => !["-N", "-f", "-L", "-R", "-D", "-fN", "-Nf", "-fNL", "-NL"].iter().any(|option| has(option)),
        "go" => matches!(verb, Some("build" | "test" | "mod" | "install" | "vet" | "generate" | "get")),
        "cargo" => !matches!(verb, Some("run" | "watch" | "leptos" | "tauri")),
        "kubectl" | "oc" => !["port-forward", "proxy", "-f", "-w", "--watch"].iter().any(|word| has(word)),
        "pg_ctl" | "systemctl" | "service" => true,
        // Those that look at the machine go on only when they are told to.
        "nvidia-smi" | "rocm-smi" => !["-l", "-lms", "--loop", "dmon", "pmon"].iter().any(|word| has(word)),
        "free" => !["-s", "--seconds"].iter().any(|word| has(word)),
        "top" => argv.iter().any(|arg| arg.value.prefix().starts_with("-bn") || arg.is("-n")),
        "vmstat" | "iostat" => verb.is_none(),
        program => {
            let only_asks = netcat::of(program, argv).is_some_and(|netcat| netcat.ends);
            // A client that only asks ends; one that is left to itself may listen for ever.
            let only_pings = servers::waited_for_by(program).is_some() && (has("ping") || program == "pg_isready");
            FINITE.contains(&program) || only_asks || only_pings || script::ends_by_itself(program, argv)
        }
    }
}

/// Whether a command ends a process.
fn signals(trace: &JobTrace, act: &Act) -> bool {
    match &act.kind {
        ActKind::Command { program, argv, .. } => match program.as_str() {
            // `kill -0` only asks.
            "kill" => !argv.first().is_some_and(|arg| arg.is("-0") || arg.is("-l")),
            "berth-run" => act.helper_call("reap").is_some(),
            "start-stop-daemon" => argv.iter().any(|arg| arg.is("--stop") || arg.is("-K")),
            "kill-port" => true,
            "npx" => argv.iter().any(|arg| arg.is("kill-port")),
            // Those that hunt for nothing but a pid's own or its children (`pkill -P $$`, `pkill -F app.pid`) as well.
            "pkill" => !argv.iter().any(|arg| arg.is("-0")),
            _ => hunt(trace, act).is_some(),
        },
        _ => false,
    }
}

/// A command that may end a background process.
struct Ending<'t> {
    act: &'t Act,
    ends: Ends,
    /// From 3: in every outcome, by the same script, by another step.
    rank: usize,
}

/// What stops a background process, as the field's word (nothing when it cannot be told), and the
/// command that does.
fn killed(trace: &JobTrace, index: usize) -> (Option<&'static str>, Option<&Act>) {
    let endings = endings(trace, index);
    let (mut best, mut by): (usize, Option<&Act>) = (0, None);
    for (at, ending) in endings.iter().enumerate() {
        let rank = match ending.ends {
            Ends::It => ending.rank,
            // Once the loop has ended, who finds what it started ends that.
            Ends::Loop => endings[at + 1..]
                .iter()
                .filter(|later| later.ends == Ends::Perhaps)
                .fold(0, |best, later| best.max(later.rank.min(ending.rank))),
            Ends::Perhaps => 0,
        };
        if rank > best {
            (best, by) = (rank, Some(ending.act));
        }
    }
    let word = match best {
        3 => "always",
        2 => "same-script",
        1 => "other-step",
        _ if endings.iter().any(|ending| ending.ends == Ends::Perhaps) => return (None, None),
        _ => match endings.iter().max_by_key(|ending| ending.rank) {
            Some(ending) => return (Some("loop"), Some(ending.act)),
            None => "never",
        },
    };
    (Some(word), by)
}

/// The commands that end a background process, or may, in their order.
fn endings(trace: &JobTrace, index: usize) -> Vec<Ending<'_>> {
    let started = &trace.acts[index];
    let handles = Handles::of(started);
    let ending = |(at, act): (usize, &'_ Act)| {
        let in_trap = act.context.trap.is_some() && act.context.process == started.context.process;
        let same_place = same_target(act.context.target, started.context.target);
        if (at <= index && !in_trap) || !same_place || !signals(trace, act) {
            return None;
        }
        let ends = stops(trace, act, started, &handles)?;
        let rank = if in_trap || act.step == started.step {
            2
        } else if trace.steps.get(act.step).is_some_and(runs_always) {
            3
        } else {
            1
        };
        Some((at, ends, rank))
    };
    let all = trace.acts.iter().enumerate().filter_map(ending);
    all.map(|(at, ends, rank)| Ending { act: &trace.acts[at], ends, rank }).collect()
}

/// The commands that end a background process, by their numbers among the job's acts, and whether each may end others'
/// as well: it finds them by a name, a pattern or a port.
pub fn ends_of(trace: &JobTrace, index: usize) -> Vec<(usize, bool)> {
    let started = &trace.acts[index];
    let handles = Handles::of(started);
    let ends = |(_, act): &(usize, &Act)| {
        same_target(act.context.target, started.context.target)
            && signals(trace, act)
            && stops(trace, act, started, &handles) == Some(Ends::It)
    };
    let all = trace.acts.iter().enumerate().filter(ends);
    all.map(|(at, act)| (at, hunt(trace, act).is_some())).collect()
}

fn same_target(one: Target, other: Target) -> bool {
    one == other || one == Target::Unknown || other == Target::Unknown
}

/// What a kill ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ends {
    /// The process.
    It,
    /// The loop that starts it: it is left running.
    Loop,
    /// Nobody knows.
    Perhaps,
}

impl Ends {
    fn of(truth: Truth) -> Option<Self> {
        match truth {
            Truth::Yes => Some(Self::It),
            Truth::Unknown => Some(Self::Perhaps),
            Truth::No => None,
        }
    }
}

/// What a kill ends, where it may have to do with that process.
fn stops(trace: &JobTrace, kill: &Act, started: &Act, handles: &Handles) -> Option<Ends> {
    let text = mention(trace, kill);
    let ActKind::Command { program: killer, argv, .. } = &kill.kind else { return None };
    let by_pid = if started.context.looped { Ends::Loop } else { Ends::It };
    // Another script's `$!` is another's, however it is handed on.
    let may_say_last = !handles.names.is_empty() || kill.context.process == started.context.process;
    if may_say_last && handles.are_in(&text) {
        let is_group = killer == "kill" && argv.iter().any(is_group);
        return Some(match killer.as_str() {
            "kill" if !is_group => by_pid,
            // Its children, and not the process itself.
            "pkill" if argv.iter().any(|arg| arg.value.prefix().starts_with("-P")) => Ends::Perhaps,
            _ => Ends::It,
        });
    }
    let program = match &started.kind {
        ActKind::Command { program, .. } => program.as_str(),
        _ => "",
    };
    if let Some(hunt) = hunt(trace, kill) {
        let found = finds(&hunt, started, program);
        // The loop that starts it again may have the pattern in its own command, or not.
        return Ends::of(if started.context.looped { found.and(Truth::Unknown) } else { found });
    }
    let is_same_script = kill.context.process == started.context.process;
    match killer.as_str() {
        // Its own pids: the whole group, or all background jobs.
        "kill" if has_token(&text, "kill 0") || text.contains("-- -$") => is_same_script.then_some(Ends::It),
        "kill" if text.contains("jobs -p") => is_same_script.then_some(by_pid),
        "kill" => {
            // With the pid known by other names, or as another's, this one is of something else.
            let is_of = |handles: Handles| !handles.names.is_empty() && handles.are_in(&text);
            let is_another = |other: &Act| left_behind(other).is_some() && is_of(Handles::of(other));
            (handles.names.is_empty() && !trace.acts.iter().any(is_another)).then_some(Ends::Perhaps)
        }
        // All that this script has started.
        "pkill" if text.contains("-P $$") || text.contains("-P \"$$\"") => is_same_script.then_some(by_pid),
        "pkill" => None,
        _ => {
            let said = said(started);
            let ports = said.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 2);
            let named = has_token(&text, program) || ports.into_iter().any(|port| has_token(&text, port));
            Some(if named && !started.context.looped { Ends::It } else { Ends::Perhaps })
        }
    }
}

/// Whether an argument of `kill` is a group's: `-$PGID`.
fn is_group(arg: &Arg) -> bool {
    arg.value.prefix() == "-" && arg.value.as_literal().is_none()
}

/// A command as written, which may be shortened, and with its words as they became.
fn said(act: &Act) -> String {
    match &act.kind {
        ActKind::Command { program, argv, .. } => format!("{} {program} {}", act.text, words(argv).join(" ")),
        _ => act.text.clone(),
    }
}

/// Whether a hunt finds a process.
pub(crate) fn finds(hunt: &Hunt, started: &Act, program: &str) -> Truth {
    if hunt.never.is_some() {
        return Truth::No;
    }
    let Some(pattern) = hunt.pattern.as_ref().and_then(|pattern| pattern.as_literal()) else { return Truth::Unknown };
    let pattern = pattern.trim_start_matches(['^', '[']).trim_end_matches(['$', '&']);
    let first = pattern.split('/').next().unwrap_or(pattern);
    let said = said(started);
    match hunt.how {
        // Which port it listens on may stand nowhere.
        "port" if has_token(&said, first) => Truth::Yes,
        "port" => Truth::Unknown,
        // `killall a b` is `a|b`.
        "pkill-x" | "killall" | "pidof" => pattern.split('|').any(|name| program == name || said.contains(name)).into(),
        _ => {
            let text = said.replace(['\'', '"'], "");
            // How its arguments are spaced, and what of its path they say, is not known to the letter.
            let plain = !pattern.contains(['*', '+', '[', '\\', '|', '(', ']', '?', '{']);
            if text.contains(pattern) || matches(hunt, &text, started) {
                Truth::Yes
            } else if plain {
                Truth::No
            } else {
                Truth::Unknown
            }
        }
    }
}

/// Whether a pattern is one of the extended regular expressions that the command of a process fits, as `pgrep` has it.
fn matches(hunt: &Hunt, text: &str, started: &Act) -> bool {
    let pattern = hunt.pattern.as_ref().and_then(|pattern| pattern.as_literal()).unwrap_or_default();
    let Ok(pattern) = Regex::new(pattern) else { return false };
    let command = match &started.kind {
        ActKind::Command { program, argv, .. } => format!("{program} {}", words(argv).join(" ")),
        _ => String::new(),
    };
    [text, command.trim_end()].iter().any(|said| pattern.is_match(said))
}

/// Whether GitHub's runner does not know a process for one of its job's: it goes by this variable
/// (actions/runner `JobExtension.cs`).
pub(crate) fn leaves_runner(trace: &JobTrace, act: &Act) -> bool {
    let literal = |env: &crate::symbol::Variables| {
        env.get("RUNNER_TRACKING_ID").is_some_and(|value| value.as_literal().is_some())
    };
    let in_text = trace.steps.get(act.step).and_then(|step| step.run.as_deref());
    literal(&act.env)
        || trace.steps.get(act.step).is_some_and(|step| literal(&step.env))
        || in_text.is_some_and(|run| {
            ["RUNNER_TRACKING_ID=", "unset RUNNER_TRACKING_ID"].iter().any(|change| run.contains(change))
        })
}

/// The names by which a script remembers the pid of what it started: variables, files, outputs.
#[derive(Debug, Default)]
struct Handles {
    names: BTreeSet<String>,
}

impl Handles {
    /// Reads what follows a background command, up to the next one: `PID=$!`, `echo $! > app.pid`,
    /// `echo "PID=$PID" >> $GITHUB_ENV`.
    fn of(act: &Act) -> Self {
        let script = act.frame.text.value();
        let start = offset_after(act, script);
        let mut handles = Self::default();
        let mut next_started = false;
        for line in script.get(start..).unwrap_or_default().lines() {
            if !next_started && line.contains("$!") {
                handles.remember(line);
            } else if handles.names.iter().any(|name| uses(line, name)) {
                handles.remember_copy(line);
            }
            let line = line.trim_end();
            next_started |= line.ends_with('&') && !line.ends_with("&&") && !handles.names.is_empty();
        }
        handles
    }

    /// A line with `$!` in it: what it assigns, or the file it writes.
    fn remember(&mut self, line: &str) {
        let Some(at) = line.find("$!") else { return };
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let head = line[..at].trim_end_matches(['"', '\'', '{']);
        if let Some(head) = head.strip_suffix('=') {
            let start = head.rfind(|c: char| !name(c)).map_or(0, |at| at + 1);
            self.add(&head[start..]);
        }
        self.written(&line[at..]);
    }

    /// A line that hands the pid on under another name.
    fn remember_copy(&mut self, line: &str) {
        let Some(echo) = line.find("echo ").or_else(|| line.find("printf ")) else { return };
        let said = line[echo..].split_once(' ').map_or("", |(_, said)| said).trim_start_matches(['"', '\'']);
        if let Some((name, _)) = said.split_once('=')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            self.add(name);
        }
        self.written(&line[echo..]);
    }

    /// The file that a line writes, unless it is the runner's.
    fn written(&mut self, line: &str) {
        let Some((_, target)) = line.rsplit_once('>') else { return };
        let target = target.trim().trim_matches(['"', '\'']);
        let file = target.split([' ', ';', '"']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let runners = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITEA_ENV", "GITEA_OUTPUT", "FORGEJO_ENV", "&1", "null"];
        if !runners.iter().any(|own| file.contains(own)) && !file.starts_with(['$', '&']) {
            self.add(file);
        }
    }

    fn add(&mut self, name: &str) {
        if name.len() > 1 {
            self.names.insert(name.to_owned());
        }
    }

    fn are_in(&self, text: &str) -> bool {
        self.names.iter().any(|name| has_token(text, name)) || (self.names.is_empty() && text.contains("$!"))
    }
}

/// Whether a line uses a variable, or reads a file, of that name.
fn uses(line: &str, name: &str) -> bool {
    ["$", "${"].iter().any(|dollar| line.contains(&format!("{dollar}{name}")))
}

/// Where in its script an act ends.
fn offset_after(act: &Act, script: &str) -> usize {
    let end = act.at.span.end;
    // Text spans grow with the text: the first byte at or behind the act's end.
    let (mut low, mut high) = (0, script.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if act.frame.text.span(middle..middle).start < end { low = middle + 1 } else { high = middle }
    }
    (low..=script.len()).find(|&at| script.is_char_boundary(at)).unwrap_or(script.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn shown(steps: &str) -> Vec<String> {
        let read = read(&format!("jobs:\n  a:\n    steps:\n{steps}"));
        read.shown(&process_facts(&read.site(), Truth::Yes), &["how", "finite", "killed", "reaped"])
    }

    fn one(lines: &str) -> Vec<String> {
        let run: String = lines.lines().map(|line| format!("          {line}\n")).collect();
        shown(&format!("      - run: |\n{run}"))
    }

    #[test]
    fn finite_and_awaited_work_is_told() {
        assert_eq!(one("./server &"), ["5 background false never true"]);
        assert_eq!(one("nohup ./server > log 2>&1 &"), ["5 nohup false never true"]);
        assert_eq!(one("setsid ./server &"), ["5 setsid false never true"]);
        assert_eq!(one("sleep 5 &"), [""; 0]);
        assert_eq!(one("npm run lint &"), ["5 background true never true"]);
        assert_eq!(one("timeout 60 ./server &"), ["5 background true never true"]);
        assert_eq!(one("./a &\n./b &\nwait"), ["5 background true never true", "6 background true never true"]);
        assert_eq!(one("./a &\nPID=$!\n./test\nkill $PID\nwait $PID"), ["5 background false same-script true"]);
        assert_eq!(one("docker logs -f x &"), [""; 0]);
        // What `"$@"` is behind a loop over options is not known.
        assert_eq!(one("find . -name x &\n--timeout 5 &"), [""; 0]);
        assert_eq!(one("RUNNER_TRACKING_ID= ./server &"), ["5 background false never false"]);
        assert_eq!(one("trap 'kill $PID' EXIT\n./server &\nPID=$!"), ["6 background false same-script true"]);
    }

    #[test]
    fn what_stops_it_is_found() {
        let steps = |kill: &str| {
            format!(
                "      - run: |
          ./platform-server --port 8080 &
          echo $! > app.pid
          echo \"PID=$!\" >> $GITHUB_ENV
      - run: go test
      - if: always()
        run: {kill}
"
            )
        };
        for (kill, expected) in [
            ("kill $(cat app.pid)", "always"),
            ("kill $PID", "always"),
            ("pkill -f platform-server", "always"),
            ("fuser -k 8080/tcp", "always"),
            ("berth-run reap platform-server", "always"),
            ("kill $OTHER", "never"),
            ("pkill -f nginx", "never"),
            ("echo done", "never"),
        ] {
            assert_eq!(shown(&steps(kill)), [format!("5 background false {expected} true")], "{kill}");
        }
        let gated = steps("kill $PID").replace("always()", "success()");
        assert_eq!(shown(&gated), ["5 background false other-step true"]);
    }
}
