//! Which of an interpreter's arguments is the script that it runs.

/// An interpreter, and those of its options that stand before a script.
struct Interpreter {
    /// Without their versions: `python3.12` is `python`.
    names: &'static [&'static str],
    /// Letters of options behind which no script comes: a text, a module, a server without one.
    ends: &'static str,
    /// The same, spelled out.
    long_ends: &'static [&'static str],
    /// Letters of options that take a value, as the rest of their word or as the next one.
    valued: &'static str,
    /// The same, spelled out: a value behind `=` needs no mention.
    long_valued: &'static [&'static str],
    /// Letters of options that take the rest of their word, and nothing else.
    rest: &'static str,
    /// Whether `-` ends the options, as `--` does: else it is the standard input.
    dash_ends: bool,
}

/// Options of node that take a value, as Node.js 20 itself lists them (`node --expose-internals`, `internal/options`),
/// and those of other versions.
#[rustfmt::skip]
const NODE_VALUED: [&str; 62] = [
    "allow-fs-read", "allow-fs-write", "build-snapshot-config", "conditions", "cpu-prof-dir", "cpu-prof-interval",
    "cpu-prof-name", "debug-port", "diagnostic-dir", "disable-proto", "disable-warning", "dns-result-order", "env-file",
    "env-file-if-exists", "es-module-specifier-resolution", "experimental-config-file", "experimental-default-type",
    "experimental-loader", "experimental-policy", "experimental-sea-config", "experimental-specifier-resolution",
    "heap-prof-dir", "heap-prof-interval", "heap-prof-name", "heapsnapshot-near-heap-limit", "heapsnapshot-signal",
    "icu-data-dir", "import", "input-type", "inspect-port", "inspect-publish-uid", "loader", "localstorage-file",
    "max-http-header-size", "network-family-autoselection-attempt-timeout", "openssl-config", "policy-integrity",
    "redirect-warnings", "report-dir", "report-directory", "report-filename", "report-signal", "require", "secure-heap",
    "secure-heap-min", "security-revert", "security-reverts", "snapshot-blob", "test-concurrency", "test-name-pattern",
    "test-reporter", "test-reporter-destination", "test-shard", "test-timeout", "title", "tls-cipher-list",
    "tls-keylog", "trace-event-categories", "trace-event-file-pattern", "trace-require-module",
    "unhandled-rejections", "watch-path",
];

/// From the manual of each.
const INTERPRETERS: [Interpreter; 8] = [
    Interpreter {
        names: &["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"],
        ends: "cs",
        long_ends: &[],
        valued: "oO",
        long_valued: &["init-file", "rcfile"],
        rest: "",
        dash_ends: true,
    },
    Interpreter {
        names: &["pypy", "python"],
        ends: "cm",
        long_ends: &[],
        valued: "WX",
        long_valued: &["check-hash-based-pycs"],
        rest: "",
        dash_ends: false,
    },
    Interpreter {
        names: &["node", "nodejs"],
        ends: "ep",
        long_ends: &["eval", "print", "run", "test"],
        valued: "rC",
        long_valued: &NODE_VALUED,
        rest: "",
        dash_ends: false,
    },
    Interpreter {
        names: &["bun"],
        ends: "ep",
        long_ends: &["eval", "print"],
        valued: "rcp",
        long_valued: &["config", "conditions", "cwd", "env-file", "import", "port", "preload", "require"],
        rest: "",
        dash_ends: false,
    },
    Interpreter {
        names: &["lua"],
        ends: "e",
        long_ends: &[],
        valued: "l",
        long_valued: &[],
        rest: "",
        dash_ends: false,
    },
    Interpreter {
        names: &["perl"],
        ends: "eE",
        long_ends: &[],
        valued: "I",
        long_valued: &[],
        rest: "CDFMimx",
        dash_ends: false,
    },
    Interpreter {
        names: &["php"],
        ends: "aBEFfRrS",
        long_ends: &[],
        valued: "cdtz",
        long_valued: &[],
        rest: "",
        dash_ends: false,
    },
    Interpreter {
        names: &["ruby"],
        ends: "e",
        long_ends: &[],
        valued: "rIECX",
        long_valued: &[
            "backtrace-limit",
            "disable",
            "dump",
            "enable",
            "encoding",
            "external-encoding",
            "internal-encoding",
            "parser",
        ],
        rest: "FKTWix",
        dash_ends: false,
    },
];

/// What an interpreter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script<'a> {
    /// A file, by its path.
    File(&'a str),
    /// No file by which its process could be known: a text, a module, a script of `package.json`, standard input.
    Unnamed,
    /// The arguments end before it is told.
    Untold,
}

/// What a program of that name runs by its arguments; none where it is no interpreter.
pub fn script<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Option<Script<'a>> {
    let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let interpreter = INTERPRETERS.iter().find(|known| known.names.contains(&plain))?;
    let mut arguments = arguments.into_iter();
    let mut only_operands = false;
    while let Some(argument) = arguments.next() {
        let option = argument.strip_prefix(['-', '+']).filter(|_| !only_operands);
        let Some(option) = option else {
            if plain != "bun" || argument.contains(['.', '/']) {
                return Some(Script::File(argument));
            }
            // `bun run server.ts` is the file; `bun dev` and `bun run dev` are scripts of `package.json`.
            if argument == "run" {
                continue;
            }
            return Some(Script::Unnamed);
        };
        if option.is_empty() {
            let next = arguments.next().filter(|_| interpreter.dash_ends);
            return Some(next.map_or(Script::Unnamed, Script::File));
        }
        if option == "-" {
            only_operands = true;
            continue;
        }
        match interpreter.takes(option) {
            Takes::Nothing => {}
            Takes::Next => _ = arguments.next(),
            Takes::Script => return Some(Script::Unnamed),
        }
    }
    Some(Script::Untold)
}

/// What an option takes.
enum Takes {
    Nothing,
    /// The next argument.
    Next,
    /// The script's place.
    Script,
}

impl Interpreter {
    fn takes(&self, option: &str) -> Takes {
        if let Some(long) = option.strip_prefix('-') {
            let name = long.split('=').next().unwrap_or(long);
            return match () {
                () if self.long_ends.contains(&name) => Takes::Script,
                () if self.long_valued.contains(&long) => Takes::Next,
                () => Takes::Nothing,
            };
        }
        // A letter that takes a value has the rest of the word: `-Wignore`. A shell's takes the next word: `-eo
        // pipefail`.
        for (at, letter) in option.char_indices() {
            if self.ends.contains(letter) {
                return Takes::Script;
            }
            // `-d:Trace` of perl is one word as well.
            let rest = &option[at + letter.len_utf8()..];
            if self.rest.contains(letter) || !self.rest.is_empty() && rest.starts_with([':', '=']) {
                return Takes::Nothing;
            }
            if self.valued.contains(letter) {
                let is_last = at + letter.len_utf8() == option.len();
                return if is_last { Takes::Next } else { Takes::Nothing };
            }
        }
        Takes::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_the_first_word_that_no_option_takes() {
        for (line, expected) in [
            ("bash ./run.sh x", "./run.sh"),
            ("sh -eu run.sh", "run.sh"),
            ("bash --noprofile --norc -eo pipefail /tmp/step.sh", "/tmp/step.sh"),
            ("python3.12 -u app.py", "app.py"),
            ("python -W ignore -Xdev -OO app.py -m x", "app.py"),
            ("node server.js -e x", "server.js"),
            ("node --env-file .env -r dotenv/config --inspect=9229 dist/server.js", "dist/server.js"),
            ("node --require=x --enable-source-maps server.js", "server.js"),
            ("ruby -I lib -rbundler/setup app.rb", "app.rb"),
            ("node --unhandled-rejections strict server.js", "server.js"),
            ("node --dns-result-order ipv4first --disable-warning DEP0040 server.js", "server.js"),
            ("node --max-old-space-size=512 --inspect-port 0 server.js", "server.js"),
            ("perl -w -Ilib daemon.pl", "daemon.pl"),
            ("perl -MData::Dumper -mCarp -CSDA -d:Trace -i.bee daemon.pl", "daemon.pl"),
            ("ruby -W1 -Ku -E utf-8 app.rb", "app.rb"),
            ("bash - x.sh", "x.sh"),
            ("bash -- x.sh", "x.sh"),
            ("sh -e - -x", "-x"),
            ("php -d memory_limit=1G artisan serve", "artisan"),
            ("bun --hot run src/index.ts", "src/index.ts"),
            ("bun server.ts", "server.ts"),
            ("sh -- -odd", "-odd"),
        ] {
            let mut words = line.split(' ');
            let program = words.next().unwrap_or_default();
            assert_eq!(script(program, words), Some(Script::File(expected)), "{line}");
        }
    }

    #[test]
    fn texts_and_modules_have_no_name() {
        for line in [
            "bash -c run.sh",
            "bash -ec run.sh x",
            "python -m http.server 8000",
            "python -um http.server",
            "node -e 'serve()'",
            "node --run dev",
            "perl -ne print",
            "perl -lane print",
            "perl -MData::Dumper -e print",
            "python3 - x.py",
            "node - x.js",
            "php -S localhost:8000 router.php",
            "ruby -e x",
            "bun run dev",
            "bun dev",
            "sh -",
        ] {
            let mut words = line.split(' ');
            let program = words.next().unwrap_or_default();
            assert_eq!(script(program, words), Some(Script::Unnamed), "{line}");
        }
        assert_eq!(script("python3", ["-u"]), Some(Script::Untold));
        assert_eq!(script("vim", ["run.sh"]), None);
    }
}
