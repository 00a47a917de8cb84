//! Programs that run tests: the words of their calls, and the language whose tests they are.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::script::{self, TaskRunner};

/// A call that runs tests.
struct TestRunner {
    /// Its words; `*` ends a word of which only the start counts.
    words: &'static [&'static str],
    /// The endings of the files that have such tests; none where it may run anything.
    endings: &'static [&'static str],
}

const fn tests(words: &'static [&'static str], endings: &'static [&'static str]) -> TestRunner {
    TestRunner { words, endings }
}

const GO: &[&str] = &["go"];
const RUST: &[&str] = &["rs"];
const PYTHON: &[&str] = &["py"];
const JAVASCRIPT: &[&str] = &["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"];
const JVM: &[&str] = &["java", "kt", "groovy", "scala"];
const DOTNET: &[&str] = &["cs", "fs"];
const PHP: &[&str] = &["php"];
const RUBY: &[&str] = &["rb"];
const ANY: &[&str] = &[];

/// Those besides runners of named scripts ([`script::TESTS`]).
#[rustfmt::skip]
const RUNNERS: &[TestRunner] = &[
    tests(&["cargo", "test"], RUST), tests(&["cargo", "t"], RUST), tests(&["cargo", "nextest"], RUST),
    tests(&["go", "test"], GO), tests(&["gotestsum"], GO), tests(&["ginkgo"], GO),
    tests(&["pytest"], PYTHON), tests(&["py.test"], PYTHON), tests(&["tox"], PYTHON), tests(&["nox"], PYTHON),
    tests(&["nosetests"], PYTHON), tests(&["-m", "unittest"], PYTHON), tests(&["-m", "pytest"], PYTHON),
    tests(&["manage.py", "test"], PYTHON), tests(&["behave"], PYTHON), tests(&["robot"], PYTHON),
    tests(&["locust"], PYTHON), tests(&["hatch", "test"], PYTHON),
    tests(&["deno", "test"], JAVASCRIPT), tests(&["jest"], JAVASCRIPT), tests(&["vitest"], JAVASCRIPT),
    tests(&["mocha"], JAVASCRIPT), tests(&["ava"], JAVASCRIPT), tests(&["node", "--test"], JAVASCRIPT),
    tests(&["playwright", "test"], JAVASCRIPT), tests(&["cypress", "run"], JAVASCRIPT),
    tests(&["k6", "run"], JAVASCRIPT), tests(&["newman", "run"], ANY), tests(&["hurl"], ANY),
    tests(&["make", "test*"], ANY), tests(&["make", "check"], ANY), tests(&["make", "e2e*"], ANY),
    tests(&["make", "integration*"], ANY), tests(&["make", "smoke*"], ANY),
    tests(&["mise", "run", "test*"], ANY), tests(&["bazel", "test"], ANY),
    tests(&["mvn", "test"], JVM), tests(&["mvn", "verify"], JVM), tests(&["gradle", "test"], JVM),
    tests(&["gradle", "check"], JVM), tests(&["sbt", "test"], JVM),
    tests(&["dotnet", "test"], DOTNET),
    tests(&["phpunit"], PHP), tests(&["pest"], PHP), tests(&["artisan", "test"], PHP), tests(&["composer", "test"], PHP),
    tests(&["rspec"], RUBY), tests(&["rake", "test"], RUBY), tests(&["rake", "spec"], RUBY),
    tests(&["rails", "test*"], RUBY), tests(&["cucumber"], RUBY),
    tests(&["mix", "test"], &["exs"]), tests(&["ctest"], &["c", "cc", "cpp", "cxx"]),
    tests(&["meson", "test"], &["c", "cc", "cpp", "cxx"]), tests(&["bats"], &["bats"]),
    tests(&["swift", "test"], &["swift"]), tests(&["flutter", "test"], &["dart"]), tests(&["dart", "test"], &["dart"]),
    tests(&["zig", "test"], &["zig"]), tests(&["lein", "test"], &["clj"]), tests(&["stack", "test"], &["hs"]),
    tests(&["cabal", "test"], &["hs"]),
];

/// What follows a test runner's program, by the program; one program may run tests in several ways.
static BY_PROGRAM: LazyLock<HashMap<&str, Vec<TestRunner>>> = LazyLock::new(|| {
    let mut by_program: HashMap<&str, Vec<TestRunner>> = HashMap::new();
    let named = script::TESTS.iter().map(|words| {
        let runner = words.first().and_then(|program| TaskRunner::of(program));
        tests(words, if runner == Some(TaskRunner::Package) { JAVASCRIPT } else { ANY })
    });
    for TestRunner { words, endings } in RUNNERS.iter().map(|one| tests(one.words, one.endings)).chain(named) {
        if let [program, rest @ ..] = words {
            by_program.entry(program).or_default().push(tests(rest, endings));
        }
    }
    by_program
});

/// Whether a call's words contain those of a test runner, in order, the first of them at a place where a program can
/// stand.
pub fn runs_tests(words: &[&str]) -> bool {
    runners(words).next().is_some()
}

/// The endings of the files whose tests a call runs, as far as its words tell.
pub fn endings(words: &[&str]) -> Vec<&'static str> {
    runners(words).flat_map(|runner| runner.endings.iter().copied()).collect()
}

fn runners<'w>(words: &'w [&'w str]) -> impl Iterator<Item = &'static TestRunner> + 'w {
    words.iter().enumerate().flat_map(move |(start, word)| {
        let program = word.rsplit('/').next().unwrap_or_default();
        let wrapped = if program == "mvnw" { "mvn" } else { program.strip_suffix('w').unwrap_or(program) };
        let names = [Some(program), Some(wrapped).filter(|wrapped| *wrapped != program)];
        let all = names.into_iter().flatten().filter_map(|name| BY_PROGRAM.get(name)).flatten();
        all.filter(move |runner| has_all(program, &words[start + 1..], runner.words) && can_start(&words[..start]))
    })
}

/// Whether a program's words are those, in their order: options and other goals may stand between.
fn has_all(program: &str, words: &[&str], wanted: &[&str]) -> bool {
    let mut next = 0;
    wanted.iter().all(|part| {
        let found = words[next..].iter().enumerate().position(|(at, word)| {
            let before = (next + at).checked_sub(1).and_then(|before| words.get(before));
            follows(program, before.copied(), part, word)
        });
        next += found.map_or(0, |found| found + 1);
        found.is_some()
    })
}

/// Whether a word is that part of a call. A path is none: `mvn -f tests/pom.xml`, `npm run build tests/app`; only make
/// has targets with a slash.
fn follows(program: &str, before: Option<&str>, part: &str, word: &str) -> bool {
    let Some(head) = part.strip_suffix('*') else { return word == part };
    const TAKE_PATHS: [&str; 6] = ["-f", "-C", "-I", "--file", "--directory", "--makefile"];
    let is_path = word.contains('/') && program != "make" || before.is_some_and(|before| TAKE_PATHS.contains(&before));
    word.starts_with(head) && !is_path
}

/// Whether a program can stand behind these words: none, or words of a call that runs another.
fn can_start(before: &[&str]) -> bool {
    const NOT: &[&str] = &["install", "add", "echo", "printf", "pull", "build", "cache", "uninstall", "which", "-v"];
    before.is_empty() || !before.iter().any(|word| NOT.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_tests_its_own_language() {
        for (line, ending) in [
            ("cargo test --all", Some("rs")),
            ("cargo nextest run", Some("rs")),
            ("cargo build", None),
            ("go test ./...", Some("go")),
            ("python3 -m pytest tests", Some("py")),
            ("uv run pytest", Some("py")),
            ("./node_modules/.bin/jest", Some("ts")),
            ("npx playwright test", Some("ts")),
            ("npx playwright install", None),
            ("npm run test:unit", Some("ts")),
            ("npm run build tests/app", None),
            ("node --test", Some("ts")),
            ("./gradlew check", Some("java")),
            ("mvn -f tests/pom.xml package", None),
            ("bundle exec rspec", Some("rb")),
            ("vendor/bin/phpunit", Some("php")),
            ("pip install pytest", None),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let found = endings(&words);
            assert_eq!(ending.filter(|ending| found.contains(ending)), ending, "{line}: {found:?}");
            assert_eq!(runs_tests(&words), ending.is_some(), "{line}");
        }
        for (line, runs) in [
            ("make test/unit", true),
            ("make -f tests/Makefile build", false),
            ("make -C tests build", false),
            ("make -C tests test", true),
            ("task test:e2e", true),
        ] {
            assert_eq!(runs_tests(&line.split(' ').collect::<Vec<_>>()), runs, "{line}");
        }
    }
}
