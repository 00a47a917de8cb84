//! Free ports that are found by binding and closing: until they are used, anyone can take them.

use crate::command::Arg;
use crate::facts::Fact;
use crate::site::{Site, words};
use crate::source::{Location, Span};
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
            // Of a function the probe is told, and not each of its calls as well.
            seen.extend(call_of_function(act, at).map(|(_, call)| call));
            let mut fact = site.fact_of("port-probe", program, act);
            let uses = uses(trace, act, at);
            fact.set("with", program).set("used", !uses.is_empty()).at("command", at.clone());
            for place in uses {
                fact.at("uses", place);
            }
            facts.push(fact);
        }
    }
    facts
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

/// Later commands that use the variable which the probe's output went to; the probe's own command
/// when it takes the output itself.
fn uses(trace: &JobTrace, act: &Act, at: &Location) -> Vec<Location> {
    let text = act.frame.source.text();
    let of_function = || call_of_function(act, at).map(|(name, _)| name);
    let Some(name) = assigned_to(text, at.span.start).or_else(of_function) else {
        let handed_on = ["GITHUB_ENV", "GITHUB_OUTPUT"].iter().any(|file| code_line(text, at).contains(file));
        let taken = handed_on || act.at != *at;
        return if taken { vec![act.at.clone()] } else { Vec::new() };
    };
    let spellings = [format!("${name}"), format!("${{{name}}}"), format!("env.{name}"), format!("outputs.{name}")];
    let later = trace.acts.iter().filter(|later| later.at.path != at.path || later.at.span.start > at.span.end);
    let named = later
        .filter(|later| spellings.iter().any(|spelling| later.text.contains(spelling)) || later.env.contains_key(name));
    named.take(8).map(|later| later.at.clone()).collect()
}

/// Where what a function prints goes: the variable, and the call of the function that stands in the same text.
fn call_of_function<'a>(act: &'a Act, at: &Location) -> Option<(&'a str, Location)> {
    let text = act.frame.source.text();
    let call = format!("$({}", act.context.functions.last().filter(|_| act.at == *at)?);
    let ends = |at: usize| !text[at..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let mut calls = text.match_indices(&call).filter(|(at, _)| ends(at + call.len()));
    calls.find_map(|(at, _)| {
        let name = assigned_to(text, at)?;
        Some((name, act.frame.source.location(Span::new(at, at + call.len()))))
    })
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
    fn a_probe_that_nothing_reads_is_not_used() {
        let text = "jobs:\n  a:\n    steps:\n      - run: python3 -c \"s.bind(('',0));print(s.getsockname()[1])\"\n";
        let read = read(text);
        assert_eq!(read.shown(&port_probe_facts(&read.site()), &["with", "used"]), ["4 python3 false"]);
        let read = crate::site::testing::read(&text.replace(")[1])\"", ")[1])\" >> $GITHUB_ENV"));
        assert_eq!(read.shown(&port_probe_facts(&read.site()), &["with", "used"]), ["4 python3 true"]);
    }
}
