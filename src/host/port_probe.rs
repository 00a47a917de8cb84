//! Free ports that are found by binding and closing: until they are used, anyone can take them.

use std::sync::Arc;

use crate::command::Arg;
use crate::facts::Fact;
use crate::shell::{self, Node, StatementKind};
use crate::site::{Site, words};
use crate::source::{Location, Span};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, JobTrace};

/// The port probes of a job, those in command substitutions included.
pub fn port_probe_facts(site: &Site<'_>) -> Vec<Fact> {
    let trace = site.trace;
    let mut facts: Vec<Fact> = Vec::new();
    let mut seen: Vec<Location> = Vec::new();
    // Most jobs read nothing that an interpreter prints.
    let reads = trace.captures.values().any(|capture| capture.stages.iter().any(|stage| is_prober(&stage.program)));
    for act in &trace.acts {
        let mut candidates: Vec<(&str, &[Arg], &Location)> = Vec::new();
        if let ActKind::Command { program, argv, .. } = &act.kind
            && is_prober(program)
        {
            candidates.push((program, argv, &act.at));
        }
        if reads {
            let values = arguments(act).iter().map(|arg| &arg.value).chain(act.env.values());
            for capture in values.filter_map(|value| trace.capture(value)) {
                let stages = capture.stages.iter().filter(|stage| is_prober(&stage.program));
                candidates.extend(stages.map(|stage| (stage.program.as_str(), &*stage.argv, &capture.at)));
            }
        }
        for (program, argv, at) in candidates {
            let inside =
                |one: &Location| one.path == at.path && (one.span.contains(at.span) || at.span.contains(one.span));
            if !probes(program, &code(argv, act)) || seen.iter().any(inside) {
                continue;
            }
            seen.push(at.clone());
            let calls = calls_of_function(act, at);
            let uses = uses(trace, act, at, &calls);
            let is_retried = std::iter::once(at).chain(&calls).any(|asked| is_in_rounds(act, asked));
            // Of a function the probe is told, and not each of its calls as well.
            seen.extend(calls);
            let mut fact = site.fact_of("port-probe", program, act);
            fact.set("with", program).set("used", !uses.is_empty()).set("retried", is_retried);
            fact.at("command", at.clone());
            for place in uses {
                fact.at("uses", place);
            }
            facts.push(fact);
        }
    }
    facts
}

/// Whether a port is asked for in a loop that starts a server with it, sees whether that lives (`kill -0`) and goes
/// round again with another port where it does not.
fn is_in_rounds(act: &Act, asked: &Location) -> bool {
    let text = &act.frame.text;
    let mut found = false;
    if *act.frame.source.path() != asked.path {
        return false;
    }
    shell::parse(text.value()).visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let (StatementKind::For { body, .. } | StatementKind::Count { body, .. } | StatementKind::While { body, .. }) =
            &statement.kind
        else {
            return;
        };
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let inner = first.span.start..last.span.end;
        let is_here = text.span(inner.clone()).contains(asked.span);
        let said = text.value().get(inner).unwrap_or_default();
        let starts = body.iter().any(|statement| statement.background);
        found |= is_here && starts && said.contains("break") && survives_its_server(said);
    });
    found
}

/// Whether a loop sees that a server has ended (`kill -0`), and does not end with it.
fn survives_its_server(said: &str) -> bool {
    let mut asked = said.match_indices("kill -0").map(|(at, _)| &said[at..]).peekable();
    let ends = |behind: &str| {
        let line = behind.lines().next().unwrap_or_default();
        let is_branch = line.contains("then") || !line.contains("||");
        let branch =
            if is_branch { behind.split("\n").take_while(|line| line.trim() != "fi").collect() } else { vec![line] };
        branch.iter().any(|line| line.split([' ', ';', '{']).any(|word| matches!(word, "exit" | "return")))
    };
    asked.peek().is_some() && !asked.any(ends)
}

fn arguments(act: &Act) -> &[Arg] {
    match &act.kind {
        ActKind::Command { argv, .. } => argv,
        _ => &[],
    }
}

/// What an interpreter is given to run: its arguments, or the heredoc behind its line.
fn code(argv: &[Arg], act: &Act) -> String {
    let inline = words(argv).join(" ");
    let on_line = act.frame.source.slice(act.at.span);
    if !on_line.contains("<<") {
        return inline;
    }
    let after = act.frame.source.text().get(act.at.span.start..).unwrap_or_default();
    let body: Vec<&str> = after.lines().take(20).collect();
    format!("{inline} {}", body.join("\n"))
}

/// How many uses of a port a finding shows: the first ones tell the story.
const MOST_USES: usize = 3;

/// Interpreters whose code is looked at: what they are given is the probe itself.
pub const PROBERS: [&str; 8] = ["python", "python2", "python3", "node", "deno", "ruby", "perl", "php"];

fn is_prober(program: &str) -> bool {
    PROBERS.contains(&program)
}

/// Whether a program binds port 0, reads the number, and gives the port up again.
fn probes(program: &str, code: &str) -> bool {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |part: &str| code.contains(part);
    // One that goes on with the socket keeps it.
    let keeps = ["serve_forever", "exec", "spawn", "subprocess", "Popen", "pass_fds", "accept("];
    if keeps.iter().any(|word| has(word)) {
        return false;
    }
    match program {
        "python" | "python2" | "python3" => has("bind((") && has(",0))") && has("getsockname()"),
        "node" | "deno" => has(".listen(0") && has("address().port"),
        "ruby" => has("TCPServer.new(") && (has("0)") || has("0).")) && has("addr"),
        "perl" => has("IO::Socket::INET") && has("sockport"),
        "php" => has("stream_socket_server") && has(":0"),
        _ => false,
    }
}

/// Later commands that use what the probe printed; the probe's own command when it takes the output itself.
fn uses(trace: &JobTrace, act: &Act, at: &Location, calls: &[Location]) -> Vec<Location> {
    let text = act.frame.source.text();
    let names: Vec<&str> = [at].into_iter().chain(calls).filter_map(|at| assigned_to(text, at.span.start)).collect();
    if names.is_empty() {
        let handed_on = ["GITHUB_ENV", "GITHUB_OUTPUT"].iter().any(|file| code_line(text, at).contains(file));
        let taken = handed_on || act.at != *at;
        return if taken { vec![act.at.clone()] } else { Vec::new() };
    }
    let read = trace.captures.iter().filter(|(_, capture)| calls.contains(&capture.at) || capture.at == *at);
    let port = Port { names, sources: read.map(|(source, _)| source).collect() };
    let later = || trace.acts.iter().filter(|later| later.at.path != at.path || later.at.span.start > at.span.end);
    let (said, used): (Vec<&Act>, Vec<&Act>) =
        later().filter(|later| port.is_named_by(later)).partition(|act| says(act));
    let found = [used, later().filter(|later| !says(later) && port.is_set_for(later)).collect(), said];
    let first = found.into_iter().find(|acts| !acts.is_empty()).unwrap_or_default();
    first.into_iter().take(MOST_USES).map(|later| later.at.clone()).collect()
}

/// Whether a command only prints, or hands on what it prints.
fn says(act: &Act) -> bool {
    matches!(&act.kind, ActKind::Command { program, .. } if matches!(program.as_str(), "echo" | "printf"))
}

/// A port that was found free: what has it.
struct Port<'a> {
    /// Variables and outputs.
    names: Vec<&'a str>,
    /// What stands for it in values.
    sources: Vec<&'a Arc<str>>,
}

impl Port<'_> {
    fn is_in(&self, value: &Value) -> bool {
        self.sources.iter().any(|source| value.mentions(source))
    }

    /// Whether a command says it, by a name or by its value.
    fn is_named_by(&self, act: &Act) -> bool {
        let is_spelled =
            |name: &str| [format!("${name}"), format!("${{{name}}}")].iter().any(|word| act.text.contains(word));
        let is_context = |name: &str| ["env", "outputs"].iter().any(|of| act.text.contains(&format!("{of}.{name}")));
        self.names.iter().any(|name| is_spelled(name) || is_context(name))
            || arguments(act).iter().any(|arg| self.is_in(&arg.value))
            || act.env.iter().any(|(name, value)| self.is_in(value) && is_spelled(name))
    }

    /// Whether a command is given it as a variable.
    fn is_set_for(&self, act: &Act) -> bool {
        self.names.iter().any(|name| act.env.contains_key(name)) || act.env.values().any(|value| self.is_in(value))
    }
}

/// Where the function that holds a probe is called for what it prints, in the script that the probe stands in.
fn calls_of_function(act: &Act, at: &Location) -> Vec<Location> {
    let Some(name) = act.context.functions.last().filter(|_| act.at == *at) else { return Vec::new() };
    let (source, whole) = (&act.frame.source, act.frame.text.whole());
    let (text, call) = (source.slice(whole), format!("$({name}"));
    let ends = |at: usize| !text[at..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let calls = text.match_indices(&call).map(|(at, _)| at).filter(|at| ends(at + call.len()));
    let end = |at: usize| text[at..].find(')').map_or(at + call.len(), |end| at + end + 1);
    calls.map(|at| source.location(Span::new(whole.start + at, whole.start + end(at)))).collect()
}

/// The variable that what begins there is assigned to: `port=$(…)`.
fn assigned_to(text: &str, start: usize) -> Option<&str> {
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let head = text[line..start].trim().trim_end_matches(['"', '(', '$', '`']);
    let head = head.trim_start_matches("export ").trim_start_matches("local ");
    let name = head.strip_suffix('=').map(|head| head.rsplit([' ', '"', '\'']).next().unwrap_or(head));
    name.filter(|name| !name.is_empty())
}

/// The line that a place ends on.
fn code_line<'t>(text: &'t str, at: &Location) -> &'t str {
    let start = text[..at.span.end].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..].lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    #[test]
    fn bind_and_close_is_a_probe() {
        for (program, code) in [
            ("python3", "import socket; s=socket.socket(); s.bind(('', 0)); print(s.getsockname()[1]); s.close()"),
            ("node", "const s=require('net').createServer().listen(0,()=>{console.log(s.address().port);s.close()})"),
            ("ruby", "s = TCPServer.new('127.0.0.1', 0); puts s.addr[1]; s.close"),
        ] {
            assert!(probes(program, code), "{code}");
        }
        assert!(!probes("python3", "s.bind(('', 0)); print(s.getsockname()); os.execvp('x', [])"));
        assert!(!probes("python3", "print(1)"));
    }

    #[test]
    fn the_probe_of_a_function_is_told_once_and_used_where_its_port_is() {
        let used = |lines: &str| {
            let function = "f() { python3 -c \"s.bind(('',0));print(s.getsockname()[1])\"; }";
            let run = format!("          {function}\n          {}", lines.replace('\n', "\n          "));
            let serve = "      - env: { PORT: \"${{ steps.p.outputs.web }}\" }\n        run: ./serve\n";
            let read = read(&format!("jobs:\n  a:\n    steps:\n      - id: p\n        run: |\n{run}\n{serve}"));
            let facts = port_probe_facts(&read.site());
            let line = |at: &Location| read.source.place(at.span.start).line;
            let uses = |fact: &Fact| match fact.spans.get("uses") {
                Some(places) => places.iter().map(line).collect::<Vec<_>>(),
                None => Vec::new(),
            };
            facts.iter().map(|fact| (read.line(fact), uses(fact))).collect::<Vec<_>>()
        };
        assert_eq!(used("echo \"web=$(f)\" >> $GITHUB_OUTPUT"), [(6, vec![9])]);
        assert_eq!(used("A=$(f)\nB=$(f)\necho \"web=$B\" >> $GITHUB_OUTPUT\necho \"$A $B\""), [(6, vec![12])]);
        assert_eq!(used("A=$(f)\n./serve $A"), [(6, vec![8])]);
        assert_eq!(used("A=$(f)\necho $A"), [(6, vec![8])]);
        assert_eq!(used("f"), [(6, vec![])]);
    }

    #[test]
    fn a_probe_that_nothing_reads_is_not_used() {
        let text = "jobs:\n  a:\n    steps:\n      - run: python3 -c \"s.bind(('',0));print(s.getsockname()[1])\"\n";
        let read = read(text);
        assert_eq!(read.shown(&port_probe_facts(&read.site()), &["with", "used"]), ["4 python3 false"]);
        let read = crate::site::testing::read(&text.replace(")[1])\"", ")[1])\" >> $GITHUB_ENV"));
        assert_eq!(read.shown(&port_probe_facts(&read.site()), &["with", "used"]), ["4 python3 true"]);
    }
}
