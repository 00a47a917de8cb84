//! Docker's arguments: what is read of a call stands in its words.

use std::collections::BTreeMap;

use super::place::is_in;
use crate::command::{Invocation, testing};
use crate::docker::{Verb, call};
use crate::rehearsal::machine::{Caller, Dialect, Machine, Maker};

/// Any bytes as command lines.
pub fn docker(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let env = BTreeMap::new();
    let caller =
        Caller { maker: Maker { run: 1, job: 0 }, declared: None, env: &env, directory: "/work/app", input: None };
    let mut machine = Machine::new(Dialect::Current);
    for line in text.lines() {
        let words = testing::words(line);
        let Some(invocation) = Invocation::parse(&words) else { continue };
        is_in(line, &invocation.at);
        let Some(call) = call(&invocation) else { continue };
        is_in(line, &call.at);
        assert!(call.at.start <= call.at.end && call.at.start == invocation.at.start, "{:?} in {line:?}", call.at);
        let options = &call.options;
        for given in &options.given {
            is_in(line, &given.span);
            let Some(value) = &given.value else { continue };
            is_in(line, &value.span);
            assert!(
                given.span.start <= value.span.start && value.span.end <= given.span.end,
                "{given:?} has its value elsewhere in {line:?}"
            );
        }
        options.unsure.iter().for_each(|range| is_in(line, range));
        options.hinted.iter().for_each(|(range, _)| is_in(line, range));
        if let Verb::Run(run) | Verb::Create(run) = &call.verb {
            run.image.iter().chain(&run.command).for_each(|word| is_in(line, &word.span));
            let behind = |word: &&crate::command::Arg| {
                run.image.as_ref().is_some_and(|image| word.span.start < image.span.start)
            };
            assert!(!run.command.iter().any(|word| behind(&word)), "a command before its image in {line:?}");
            run.ports().for_each(|(_, port)| drop((port.host_port(), port.container_ports())));
            run.network();
        }
        machine.docker(&call, &caller);
    }
}
