//! `|| true`: what lets a command fail, and nothing else with it.

use std::ops::Range;

use super::shell_text::Command;
use crate::docker::{Action, ComposeVerb, Verb};

/// What goes before a command and behind it, so that its failure is none. Behind `a && b` a bare `|| true` would let
/// `a` fail as well.
pub fn around(text: &str, command: &Range<usize>) -> (&'static str, &'static str) {
    match follows_and(text.get(..command.start).unwrap_or_default()) {
        true => ("{ ", " || true; }"),
        false => ("", " || true"),
    }
}

/// Whether `|| true` behind a command would also forgive another program's failure: in `make test && docker stop x ||
/// docker rm x` the last one is asked when the test has failed. What only asks, and what ends and removes as well, is
/// no other.
pub fn forgives_others(commands: &[Command], command: &Range<usize>) -> bool {
    let own = commands.iter().find(|own| own.statement == *command);
    let Some(before) = own.and_then(|own| own.instead_of.clone()) else { return false };
    let holds = |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
    let before: Vec<&Command> = commands.iter().filter(|other| holds(&before, &other.statement)).collect();
    // What stands in a word of another is that one's to judge by.
    let stands_in = |inner: &Command| {
        let is_outer =
            |other: &&Command| other.statement != inner.statement && holds(&other.statement, &inner.statement);
        before.iter().any(is_outer)
    };
    before.iter().any(|other| !may_fail(other) && !other.in_test && !stands_in(other))
}

/// Whether it is nothing to a job that it fails: it is a question, or it ends or removes what may not be there.
fn may_fail(command: &Command) -> bool {
    const QUESTIONS: [&str; 11] =
        ["[", "test", "true", "false", ":", "echo", "printf", "grep", "egrep", "pgrep", "which"];
    let ends = |action: &Action| matches!(action, Action::Stop | Action::Kill);
    match command.call.as_ref().map(|call| &call.verb) {
        None => QUESTIONS.contains(&command.program.as_str()),
        Some(Verb::Control(control)) => ends(&control.action),
        Some(Verb::Compose(compose)) => match &compose.verb {
            ComposeVerb::Control { action, .. } => ends(action),
            ComposeVerb::Down { .. } | ComposeVerb::Remove { .. } | ComposeVerb::Ps { .. } => true,
            _ => false,
        },
        Some(verb) => {
            matches!(
                verb,
                Verb::Remove(_) | Verb::Disconnect { .. } | Verb::Inspect { .. } | Verb::List(_) | Verb::Info
            )
        }
    }
}

/// Whether a script's text ends with `&&`, comments behind it left out.
fn follows_and(before: &str) -> bool {
    let mut rest = before;
    loop {
        rest = rest.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
        if rest.ends_with("&&") {
            return true;
        }
        // `make && # then`, and the command in a line below.
        let line = rest.rfind('\n').map_or(0, |at| at + 1);
        let comment = match rest[line..].starts_with('#') {
            true => Some(0),
            false => rest[line..].find(" #"),
        };
        let Some(comment) = comment else { return false };
        rest = &rest[..line + comment];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_it_may_fail_no_more_than_before() {
        for (text, written) in [
            ("docker rm x", "docker rm x || true"),
            ("make test && docker rm x", "make test && { docker rm x || true; }"),
            ("make test &&\n  docker rm x", "make test &&\n  { docker rm x || true; }"),
            ("make test && # then\n  docker rm x", "make test && # then\n  { docker rm x || true; }"),
            (
                "make test && # then\n# all\n  # of it\ndocker rm x",
                "make test && # then\n# all\n  # of it\n{ docker rm x || true; }",
            ),
            ("make test # && then\ndocker rm x", "make test # && then\ndocker rm x || true"),
            ("make test && \\\n  docker rm x", "make test && \\\n  { docker rm x || true; }"),
            ("docker stop x || docker rm x", "docker stop x || docker rm x || true"),
        ] {
            let start = text.find("docker rm").expect(text);
            let (before, behind) = around(text, &(start..text.len()));
            assert_eq!(format!("{}{before}{}{behind}", &text[..start], &text[start..]), written);
        }
    }
}
