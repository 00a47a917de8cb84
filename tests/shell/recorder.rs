//! The commands of the scripts: as programs that write down how they are called, and as a world that does.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use berthlint::command::Arg;
use berthlint::symbol::{Opaque, Value};
use berthlint::trace::ActKind;
use berthlint::trace::world::{Answer, Asked, File, Status, World};

/// A call: the program and its words.
pub type Call = Vec<String>;

/// What ends a word and a call in the log.
const WORD: char = '\u{1f}';
const CALL: char = '\u{1e}';

const PROGRAMS: [&str; 7] = ["ok", "no", "bad", "say", "list", "eat", "upto"];

/// One program for all: what it does depends on its name. It goes on when nobody reads what it writes.
const PROGRAM: &str = r#"#!/bin/sh
trap '' PIPE
name=${0##*/}
[ "$name" != eat ] || cat > /dev/null
printf '%s@WORD@' "$name" "$@" '@CALL@' >> "$ORACLE_LOG"
id=$1
[ $# -eq 0 ] || shift
case $name in
  ok | eat) exit 0 ;;
  no) exit 1 ;;
  bad) exit 3 ;;
  say) printf '%s\n' "$*" 2> /dev/null; exit 0 ;;
  list) for word; do printf '%s\n' "$word" 2> /dev/null; done; exit 0 ;;
  upto)
    count=$(cat "$ORACLE_LOG.$id" 2> /dev/null || echo 0)
    echo $((count + 1)) > "$ORACLE_LOG.$id"
    [ "$count" -lt "$1" ] ;;
esac
"#;

/// Puts the programs into a folder.
pub fn install(folder: &Path) {
    for name in PROGRAMS {
        let path = folder.join(name);
        let text = PROGRAM.replace("@WORD@", &WORD.to_string()).replace("@CALL@", &CALL.to_string());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What the programs wrote down.
pub fn calls(log: &str) -> Vec<Call> {
    let end = format!("{CALL}{WORD}");
    let calls = log.split(end.as_str()).filter(|call| !call.is_empty());
    calls.map(|call| call.strip_suffix(WORD).unwrap_or(call).split(WORD).map(str::to_owned).collect()).collect()
}

/// The world in which the walker meets the same commands.
#[derive(Default)]
pub struct Recorder {
    pub calls: Vec<Call>,
    files: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
    /// What it cannot answer.
    pub unknown: Vec<String>,
}

fn texts(argv: &[Arg]) -> Option<Vec<String>> {
    argv.iter().map(|arg| arg.text().map(str::to_owned)).collect()
}

fn done(code: u8, output: &str) -> Answer {
    Answer { status: Status::Code(code), output: Some(Value::literal(output)), ..Answer::default() }
}

impl Recorder {
    fn run(&mut self, program: &str, words: &[String]) -> Answer {
        self.calls.push(std::iter::once(program.to_owned()).chain(words.iter().cloned()).collect());
        let (id, rest) = words.split_first().map_or(("", &[][..]), |(id, rest)| (id.as_str(), rest));
        match program {
            "no" => done(1, ""),
            "bad" => done(3, ""),
            "say" => done(0, &format!("{}\n", rest.join(" "))),
            "list" => done(0, &rest.iter().map(|word| format!("{word}\n")).collect::<String>()),
            "eat" => Answer { drained: true, ..done(0, "") },
            "upto" => {
                let count = self.counts.entry(id.to_owned()).or_default();
                *count += 1;
                let most: usize = rest.first().and_then(|most| most.parse().ok()).unwrap_or(0);
                done(u8::from(*count > most), "")
            }
            _ => done(0, ""),
        }
    }
}

impl World for Recorder {
    fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        let ActKind::Command { program, argv, .. } = &asked.act.kind else {
            self.unknown.push(asked.act.text.clone());
            return Answer::default();
        };
        let Some(words) = texts(argv) else {
            self.unknown.push(format!("words of {}", asked.act.text));
            return Answer::default();
        };
        let input = || asked.input.and_then(Value::as_literal).map(str::to_owned);
        match (program.as_str(), words.as_slice()) {
            (name, _) if PROGRAMS.contains(&name) => self.run(name, &words),
            ("echo" | "printf", _) => Answer::default(),
            ("wait", _) => done(0, ""),
            ("cat", []) => match input() {
                Some(text) => Answer { drained: true, ..done(0, &text) },
                None => Answer::default(),
            },
            ("cat", [file]) => done(0, self.files.get(file).map_or("", String::as_str)),
            _ => {
                self.unknown.push(format!("{program} {}", words.join(" ")));
                Answer::default()
            }
        }
    }

    fn text(&mut self, unknown: &Opaque) -> Option<Value> {
        // No variable is set but by the script.
        unknown.source.starts_with('$').then(Value::default)
    }

    fn read(&mut self, file: File<'_>) -> Option<Value> {
        self.files.get(file.path.as_literal()?).map(|text| Value::literal(text.as_str()))
    }

    fn write(&mut self, file: File<'_>, text: Option<&Value>, append: bool) {
        let (Some(path), Some(text)) = (file.path.as_literal(), text.and_then(Value::as_literal)) else {
            self.unknown.push(format!("what is written to {}", file.path));
            return;
        };
        let held = self.files.entry(path.to_owned()).or_default();
        if !append {
            held.clear();
        }
        held.push_str(text);
    }

    fn rounds(&self) -> Option<usize> {
        Some(50)
    }
}
