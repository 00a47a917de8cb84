//! By which name `berth-run reap` finds the process of a background command.
//!
//! It takes for the program's name the file that runs, what it was called as, and the script that an interpreter was
//! started with (`src/runtime/process.rs`). A program that starts another one, as `npm start` and `go run` do, leaves a
//! process of another name behind.

use crate::command::script::TaskRunner;
use crate::steering::{Script, script};
use crate::trace::{Act, ActKind};

/// Programs that start another, which listens or stays, beside the runners of named scripts.
#[rustfmt::skip]
const START_OTHERS: &[&str] = &[
    // Build tools and package managers.
    "bazel", "bazelisk", "bundle", "bunx", "cabal", "cargo", "clojure", "deno", "dotnet", "elixir", "flutter", "go",
    "gradle", "gradlew", "iex", "lein", "lerna", "make", "mix", "mvn", "mvnw", "npx", "nx", "pdm", "pipenv", "pnpx",
    "poetry", "rye", "sbt", "stack", "swift", "turbo", "uv",
    // What starts again whatever a change ends.
    "CompileDaemon", "air", "cargo-watch", "entr", "forever", "gow", "modd", "nodemon", "reflex", "ts-node-dev", "tsnd",
    "tsx", "vite-node", "watch", "watchexec", "watchmedo",
    // What starts several, or one with another environment.
    "concurrently", "cross-env", "cross-env-shell", "dotenv", "dotenvx", "env", "env-cmd", "foreman", "goreman", "hivemind",
    "honcho", "npm-run-all", "overmind", "parallel", "pm2", "run-p", "run-s", "start-server-and-test", "supervisord",
    // Development servers of frameworks that work in a child.
    "artisan", "firebase", "gatsby", "nuxi", "nuxt", "react-scripts", "symfony", "wrangler",
];

/// Programs whose process does not go by their name: it gives itself a title, and its arguments are gone.
const GO_BY_A_TITLE: [&str; 5] = ["next", "ng", "puma", "rails", "unicorn"];

/// Programs of many other jobs as well, which only their arguments tell apart.
const RUN_ANYTHING: [&str; 7] = ["busybox", "java", "kubectl", "nc", "ncat", "socat", "ssh"];

/// Programs that run the file they are given in their own process.
const RUN_IN_THEMSELVES: [&str; 6] = ["chainlit", "fastapi", "json-server", "mitmdump", "streamlit", "ts-node"];

/// Why the process of a program that starts others has no name that is known.
const STARTS_ANOTHER: &str = "its program starts another one, whose name is not known";

/// The name, or why there is none.
pub fn known_as(act: &Act) -> Result<String, &'static str> {
    let ActKind::Command { program, argv, .. } = &act.kind else { return Err("it is no program of the machine") };
    let name = last(program);
    let words: Vec<&str> = act.text.split_whitespace().collect();
    if words.iter().any(|word| matches!(*word, "sudo" | "doas")) {
        return Err("it runs as another user, whose processes `berth-run reap` leaves alone");
    }
    if words.iter().any(|word| matches!(*word, "npx" | "bunx" | "pnpx"))
        || words.windows(2).any(|pair| matches!(pair, ["pnpm", "exec"] | ["pnpm" | "yarn", "dlx"] | ["bundle", "exec"]))
    {
        return Err("a package manager starts its program, and under which name that runs is not known");
    }
    let known = argv.iter().map_while(|arg| arg.text());
    let name = match script(name, known) {
        Some(Script::File(path)) => last(path),
        Some(Script::Unnamed) => {
            return Err("its program is an interpreter, which others on the machine run as well");
        }
        Some(Script::Untold) => return Err("which file its interpreter runs is not known"),
        None => name,
    };
    // `node node_modules/nodemon/bin/nodemon.js`
    let stem = name.trim_end_matches(".js");
    if starts_others(stem) {
        return Err(STARTS_ANOTHER);
    }
    if GO_BY_A_TITLE.contains(&stem) {
        return Err("its process gives itself a title, and does not go by its program's name");
    }
    if RUN_ANYTHING.contains(&name) {
        return Err("its program is one that others on the machine run as well");
    }
    if name == last(program) && !RUN_IN_THEMSELVES.contains(&name) && is_given_a_program(act) {
        return Err("its program is given another one to run, and under which name that runs is not known");
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    match !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err("its program's name is not known"),
    }
}

/// Whether a program is one that starts another and stays beside it.
pub fn starts_others(program: &str) -> bool {
    START_OTHERS.contains(&program) || TaskRunner::of(program).is_some()
}

/// Whether a word that no option takes names a program or its source: `reload node server.js`, `with A=b ./server`.
fn is_given_a_program(act: &Act) -> bool {
    const SOURCES: [&str; 12] =
        [".cjs", ".cts", ".jar", ".js", ".mjs", ".mts", ".php", ".pl", ".py", ".rb", ".sh", ".ts"];
    let ActKind::Command { argv, .. } = &act.kind else { return false };
    let mut behind_an_option = false;
    argv.iter().filter_map(|arg| arg.text()).any(|word| {
        let is_option = word.starts_with('-');
        let is_value = std::mem::replace(&mut behind_an_option, is_option && word != "--" && !word.contains('='));
        if is_option || is_value {
            return false;
        }
        let first = last(word.split_whitespace().next().unwrap_or_default());
        SOURCES.iter().any(|ending| first.ends_with(ending))
            || script(first, []).is_some()
            || starts_others(first)
            || RUN_ANYTHING.contains(&first)
    })
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
            ("python3 -u -W ignore app.py &", "app.py"),
            ("node -r dotenv/config --inspect=9229 dist/main.js &", "main.js"),
            ("bun run server.ts &", "server.ts"),
            ("flask run -p 5001 &", "flask"),
            ("uvicorn app:main --port 8001 &", "uvicorn"),
            ("./platform-server --script run.js --port 8080 &", "platform-server"),
            ("poetry run python app.py &", "app.py"),
        ] {
            assert_eq!(name(line).as_deref(), Ok(expected), "{line}");
        }
    }

    #[test]
    fn who_starts_another_or_runs_anything_has_none() {
        for line in [
            "npm start &",
            "nodemon server.js &",
            "npx nodemon server.js &",
            "npx serve -l 3000 &",
            "pnpm exec serve &",
            "node node_modules/nodemon/bin/nodemon.js server.js &",
            "./node_modules/.bin/tsx src/server.ts &",
            "cross-env PORT=3000 node server.js &",
            "concurrently 'npm run api' 'npm run web' &",
            "reload server.js &",
            "bundle exec puma -p 3000 &",
            "puma -p 3000 &",
            "php artisan serve &",
            "php -S localhost:8000 router.php &",
            "bun run dev &",
            "python3 \"$APP\" &",
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
