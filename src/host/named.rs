//! By which name `berth-run reap` finds the process of a background command.
//!
//! It takes for the program's name the file that runs, what it was called as, and the script that an interpreter was
//! started with (`src/runtime/process.rs`). A program that starts another one, as `npm start` and `go run` do, leaves a
//! process of another name behind.

use crate::trace::{Act, ActKind};

/// Interpreters whose first plain argument is the program.
const INTERPRETERS: [&str; 12] =
    ["ash", "bash", "bun", "dash", "ksh", "lua", "node", "nodejs", "perl", "php", "ruby", "sh"];

/// Programs that start another, which listens.
const START_OTHERS: [&str; 24] = [
    "bundle", "bunx", "cargo", "deno", "dotnet", "env", "go", "gradle", "gradlew", "just", "make", "mvn", "mvnw",
    "npm", "npx", "pipenv", "pnpm", "pnpx", "poetry", "rails", "task", "uv", "watch", "yarn",
];

/// Programs of many other jobs as well, which only their arguments tell apart.
const RUN_ANYTHING: [&str; 3] = ["busybox", "java", "kubectl"];

/// The name, or why there is none.
pub fn known_as(act: &Act) -> Result<String, &'static str> {
    let ActKind::Command { program, argv, .. } = &act.kind else { return Err("it is no program of the machine") };
    let name = last(program);
    if act.text.split_whitespace().any(|word| word == "sudo" || word == "doas") {
        return Err("it runs as another user, whose processes `berth-run reap` leaves alone");
    }
    let versioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let name = if INTERPRETERS.contains(&versioned) || versioned == "python" {
        let script = argv.first().and_then(|arg| arg.text()).filter(|text| !text.starts_with('-'));
        script.map(last).ok_or("its program is an interpreter, which others on the machine run as well")?
    } else if START_OTHERS.contains(&name) {
        return Err("its program starts another one, whose name is not known");
    } else if RUN_ANYTHING.contains(&name) {
        return Err("its program is one that others on the machine run as well");
    } else {
        name
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    match !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err("its program's name is not known"),
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn name(line: &str) -> Result<String, &'static str> {
        let read = read(&format!("jobs:\n  a:\n    steps:\n      - run: |\n          {line}\n"));
        let site = read.site();
        // What is followed and not there is no command of its own.
        site.trace.acts.first().map_or(Err("no command"), known_as)
    }

    #[test]
    fn the_name_is_what_the_process_is_called() {
        for (line, expected) in [
            ("./platform-server --port 8080 &", "platform-server"),
            ("nohup bin/api > log 2>&1 &", "api"),
            ("node dist/server.js &", "server.js"),
            ("ruby app.rb 8080 &", "app.rb"),
            ("python3 app.py &", "app.py"),
            ("flask run -p 5001 &", "flask"),
        ] {
            assert_eq!(name(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn who_starts_another_or_runs_anything_has_none() {
        for line in [
            "npm start &",
            "go run ./cmd/api &",
            "python3 -m http.server 8000 &",
            "node -e 'serve()' &",
            "sudo ./api &",
            "java -jar api.jar &",
            "\"$SERVER\" --port 8080 &",
        ] {
            assert!(name(line).is_err(), "{line}: {:?}", name(line));
        }
    }
}
