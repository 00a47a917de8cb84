//! What runs a file that is called by its path.

/// What runs a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptInterpreter {
    /// A shell whose language is read here, with the options of the `#!` line.
    Shell {
        /// `sh`, `bash`, `dash` …
        name: String,
        /// `-e`, `-euo pipefail` …
        options: Vec<String>,
    },
    /// Another program (`python3`, `node`): not followed.
    Other(String),
}

/// Shells whose scripts the shell layer reads.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"];

/// Endings of files that no shell runs, although they may lack a `#!` line.
const OTHERS: [(&str, &str); 9] = [
    ("py", "python"),
    ("js", "node"),
    ("mjs", "node"),
    ("cjs", "node"),
    ("ts", "node"),
    ("rb", "ruby"),
    ("pl", "perl"),
    ("ps1", "pwsh"),
    ("php", "php"),
];

impl ScriptInterpreter {
    /// Of the file called `name` that holds `text`. Without a `#!` line it is a shell script: that is what
    /// a shell makes of it.
    pub fn of(name: &str, text: &str) -> Self {
        let line = text.lines().next().unwrap_or_default();
        if let Some(rest) = line.strip_prefix("#!") {
            return Self::command(rest);
        }
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match OTHERS.iter().find(|(other, _)| *other == ending) {
            Some((_, program)) => Self::Other((*program).to_owned()),
            None => Self::Shell { name: "sh".to_owned(), options: Vec::new() },
        }
    }

    /// Of a command that a script is given to: the `#!` line's, make's `SHELL`, a step's `shell`.
    pub fn command(line: &str) -> Self {
        let mut words = line.split_whitespace().peekable();
        let mut program = base(words.next().unwrap_or_default());
        if program == "env" {
            while words.next_if(|word| word.starts_with('-') || word.contains('=')).is_some() {}
            program = base(words.next().unwrap_or_default());
        }
        if SHELLS.contains(&program) {
            return Self::Shell { name: program.to_owned(), options: words.map(str::to_owned).collect() };
        }
        Self::Other(program.to_owned())
    }

    /// Whether a shell is given this one-letter option.
    pub fn sets(&self, letter: char) -> bool {
        let has = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
        matches!(self, Self::Shell { options, .. } if options.iter().any(has))
    }

    /// Whether a shell is given this option of `-o`.
    pub fn sets_long(&self, name: &str) -> bool {
        matches!(self, Self::Shell { options, .. } if options.iter().any(|word| word == name))
    }

    /// Whether the shell layer reads it.
    pub fn is_shell(&self) -> bool {
        matches!(self, Self::Shell { .. })
    }
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_decides() {
        let cases = [
            ("x", "#!/bin/sh -e\n", "sh -e"),
            ("x", "#! /usr/bin/env bash\n", "bash"),
            ("x", "#!/usr/bin/env -S bash -euo pipefail\r\n", "bash -euo pipefail"),
            ("x.sh", "docker ps\n", "sh"),
            ("x.sh", "#!/usr/bin/env python3\n", "not python3"),
            ("x.py", "import os\n", "not python"),
            ("x", "#!\n", "not "),
            ("x", "", "sh"),
        ];
        for (name, text, wanted) in cases {
            let found = match ScriptInterpreter::of(name, text) {
                ScriptInterpreter::Shell { name, options } => [vec![name], options].concat().join(" "),
                ScriptInterpreter::Other(name) => format!("not {name}"),
            };
            assert_eq!(found, wanted, "{text}");
        }
    }
}
