//! The paper daemon: whatever is asked of it, it stays a daemon that could be.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::testing;
use crate::rehearsal::machine::{Caller, Dialect, Machine, Maker, Reply, What};

/// Any bytes as commands, one a line.
pub fn daemon(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in [Dialect::Current, Dialect::Docker20] {
        let (mut one, mut other) = (Machine::new(dialect), Machine::new(dialect));
        for line in text.lines() {
            let words: Vec<String> = testing::words(line).iter().map(|word| word.value.to_string()).collect();
            let words: Vec<&str> = ["docker"].into_iter().chain(words.iter().map(String::as_str)).collect();
            let reply = play(&mut one, &words);
            assert_eq!(reply, play(&mut other, &words), "{line:?} has two answers in {text:?}");
            if let Some(reply) = reply {
                let refused = reply.effects.iter().any(|effect| matches!(effect.what, What::Refused(_)));
                assert!(!refused || reply.status != 0, "{line:?} goes well, and is refused, in {text:?}");
            }
            holds(&mut one, text);
            other = one.clone();
        }
    }
}

fn play(machine: &mut Machine, words: &[&str]) -> Option<Reply> {
    let env = BTreeMap::new();
    let caller =
        Caller { maker: Maker { run: 1, job: 0 }, declared: None, env: &env, directory: "/work/app", input: None };
    machine.words(words, &caller)
}

/// No two of one kind have one id, no two containers one name, no two that run one port.
fn holds(machine: &mut Machine, text: &str) {
    let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
    for object in machine.objects() {
        let kind = object.kind.name();
        assert!(ids.insert((kind, object.id.clone())), "two of {kind} {} in {text:?}", object.id);
        if kind == "container" || kind == "volume" {
            assert_eq!(object.names.len().max(1), 1, "{object:?} in {text:?}");
        }
        for name in object.names {
            assert!(kind == "network" || names.insert((kind, name.clone())), "two of {kind} {name} in {text:?}");
        }
    }
    let shown = |machine: &mut Machine, words: &[&str]| play(machine, words).expect("docker's").output;
    let containers = machine.objects().filter(|object| object.kind.name() == "container").count();
    assert_eq!(shown(machine, &["docker", "ps", "-aq"]).lines().count(), containers, "in {text:?}");
    let ports = shown(machine, &["docker", "ps", "--format", "{{.Ports}}"]);
    let mut held = BTreeSet::new();
    let bound = ports.lines().flat_map(|line| line.split(", ")).filter_map(|port| port.split_once("->"));
    for (host, container) in bound {
        let protocol = container.rsplit('/').next();
        assert!(held.insert((host, protocol)), "{host} is held twice in {text:?}: {ports}");
    }
}
