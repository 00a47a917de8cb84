//! Jobs that are played in a world that answers for docker and curl.

use super::testing::{printed, walked};
use super::world::{Answer, Asked, File, Status, Then, World};
use super::{ActKind, JobTrace, StepTrace};
use crate::docker::Verb;
use crate::symbol::{Opaque, Value};

/// A world in which one container may run, and one command may be the last.
#[derive(Default)]
struct Paper {
    running: bool,
    /// How often curl fails before it succeeds.
    refuses: usize,
    /// What comes behind the act of this number.
    then: Option<(usize, Then)>,
    files: Vec<(String, String)>,
    left: Vec<(Option<String>, Status)>,
}

fn said(code: u8, text: &str) -> Answer {
    Answer { status: Status::Code(code), output: Some(Value::literal(text)), ..Answer::default() }
}

impl World for Paper {
    fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        let answer = match &asked.act.kind {
            ActKind::Docker(call) => match &call.verb {
                Verb::Run(_) => {
                    let code = if std::mem::replace(&mut self.running, true) { 125 } else { 0 };
                    said(code, "0123abcd\n")
                }
                Verb::Remove(_) => said(if std::mem::take(&mut self.running) { 0 } else { 1 }, "pg\n"),
                _ if self.running => said(0, "0.0.0.0:32768\n"),
                _ => said(1, ""),
            },
            ActKind::Command { program, .. } if program == "curl" => {
                let code = if self.refuses > 0 { 7 } else { 0 };
                self.refuses = self.refuses.saturating_sub(1);
                said(code, "")
            }
            ActKind::Command { program, .. } if program == "sed" => {
                let input = asked.input.and_then(Value::as_literal).unwrap_or_default();
                said(0, &input.replace("0.0.0.0", "127.0.0.1"))
            }
            ActKind::Command { .. } => said(0, ""),
            _ => Answer::default(),
        };
        let then = self.then.filter(|(index, _)| Some(*index) == asked.index).map_or(Then::On, |(_, then)| then);
        Answer { then, ..answer }
    }

    fn text(&mut self, unknown: &Opaque) -> Option<Value> {
        (&*unknown.source == "github.run_id").then(|| Value::literal("41"))
    }

    fn read(&mut self, file: File<'_>) -> Option<Value> {
        let path = file.path.as_literal()?;
        self.files.iter().rev().find(|(name, _)| name == path).map(|(_, text)| Value::literal(text.as_str()))
    }

    fn write(&mut self, file: File<'_>, text: Option<&Value>, _append: bool) {
        let text = text.and_then(Value::as_literal).unwrap_or_default();
        self.files.push((file.path.to_string(), text.to_owned()));
    }

    fn rounds(&self) -> Option<usize> {
        Some(100)
    }

    fn enters(&mut self, step: &StepTrace) -> bool {
        step.name.as_deref() != Some("never")
    }

    fn leaves(&mut self, step: &StepTrace, status: Status) {
        self.left.push((step.name.clone(), status));
    }
}

/// What steps with these scripts do in a world.
fn played(world: &mut Paper, steps: &[(&str, &str)]) -> JobTrace {
    let mut workflow = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n".to_owned();
    for (name, run) in steps {
        let body: String = run.lines().map(|line| format!("          {line}\n")).collect();
        workflow.push_str(&format!("      - name: {name}\n        run: |\n{body}"));
    }
    walked(&workflow, &[], world).traces.remove(0)
}

fn lines(world: &mut Paper, run: &str) -> Vec<String> {
    printed(&played(world, &[("a", run)]))
}

#[test]
fn what_docker_answers_decides() {
    let run = "docker inspect pg || docker run -d --name pg-$GITHUB_RUN_ID postgres\nport=$(docker port pg 5432 | sed s/x/y/)\ncurl http://$port\nif docker inspect pg; then docker rm -f pg; else docker logs pg; fi\n";
    let expected = ["~ Inspect", "? run pg-41 postgres", "~ Port", "sed s/x/y/", "curl http://127.0.0.1:32768"];
    let lines = lines(&mut Paper::default(), run);
    let plain = |line: &str| line.trim_start_matches(['~', '?', '!', ' ']).to_owned();
    let expected: Vec<String> =
        expected.iter().map(|line| plain(line)).chain(["Inspect".into(), "rm pg".into()]).collect();
    assert_eq!(lines.iter().map(|line| plain(line)).collect::<Vec<_>>(), expected);
}

#[test]
fn loops_go_round_as_often_as_it_takes() {
    let mut world = Paper { refuses: 3, ..Paper::default() };
    let run = "for i in {1..30}; do\n  if curl -sf x:$i; then break; fi\n  [ \"$i\" -lt 30 ] || exit 1\ndone\necho \"after $i\"\n";
    let commands = lines(&mut world, run);
    let curls = commands.iter().filter(|line| line.contains("curl")).count();
    assert_eq!((curls, commands.last().map(String::as_str)), (4, Some("echo after 4")));
    // A loop that never ends is left at the bound.
    let mut world = Paper { refuses: 1_000, ..Paper::default() };
    let commands = lines(&mut world, "until curl x; do sleep 1; done\necho on\n");
    assert!(commands.len() < 300 && commands.last().is_some_and(|line| line == "echo on"), "{}", commands.len());
}

#[test]
fn a_step_ends_where_it_fails_and_says_how() {
    let mut world = Paper { running: true, ..Paper::default() };
    let steps = [("up", "docker run --name pg postgres\necho not reached\n"), ("never", "echo x"), ("down", "exit 3")];
    let trace = played(&mut world, &steps);
    assert_eq!(printed(&trace), ["run pg postgres"]);
    let left: Vec<(Option<&str>, Status)> =
        world.left.iter().map(|(name, status)| (name.as_deref(), *status)).collect();
    assert_eq!(left, [(Some("up"), Status::Code(125)), (Some("down"), Status::Code(3))]);
}

#[test]
fn a_signal_runs_traps_and_a_kill_runs_nothing() {
    let run = "trap 'docker rm -f pg' EXIT\ndocker run -d --name pg postgres\nsh -c 'trap \"echo inner\" TERM; curl x; echo still'\necho not reached\n";
    let steps = [("a", run), ("b", "echo next")];
    let mut world = Paper { then: Some((1, Then::Signal("TERM", 15))), ..Paper::default() };
    let commands = printed(&played(&mut world, &steps));
    let commands: Vec<&str> = commands.iter().map(|line| line.trim_start_matches(['~', 'T', ' '])).collect();
    assert_eq!(commands, ["run pg postgres", "curl x", "echo inner", "echo still", "rm pg", "echo next"]);
    assert_eq!(world.left[0].1, Status::Code(143));
    let mut world = Paper { then: Some((1, Then::Killed)), ..Paper::default() };
    assert_eq!(printed(&played(&mut world, &steps)), ["run pg postgres", "~ curl x"]);
    assert_eq!(world.left, []);
}

#[test]
fn files_and_the_environment_file_hold_what_was_printed() {
    let mut world = Paper::default();
    let steps = [
        ("a", "docker run -d postgres > id\necho \"ID=$(cat < id)\" >> \"$GITHUB_ENV\"\n"),
        ("b", "docker rm -f \"$ID\"\nxargs -n 1 docker rm -f < id\n"),
    ];
    let commands = printed(&played(&mut world, &steps));
    let removals: Vec<&String> = commands.iter().filter(|line| line.contains("rm ")).collect();
    assert_eq!(removals, ["rm 0123abcd", "rm 0123abcd"]);
}
