//! Whatever it is given: an exit code that means something, no panic, no internal error, and it ends, within a second
//! and 256 MB.
#![allow(clippy::unwrap_used)]

mod bounded;
mod fixes;
mod limits;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use bounded::{Call, berthlint};

/// Runs the check on a repository, and holds what must hold for all of them.
#[track_caller]
fn survives(name: &str, root: &Path) -> (i32, Value) {
    let arguments = ["check", "--format", "json", "--min-confidence", "low"];
    let Call { status, stdout, stderr, .. } = berthlint(name, root, &arguments);
    let Some(code @ (0 | 1 | 3)) = status.code() else { panic!("{name}: {status}: {stderr}") };
    assert_eq!(stderr, "", "{name}");
    let report: Value = serde_json::from_slice(&stdout).unwrap_or_else(|error| panic!("{name}: {error}"));
    let errors = report["errors"].to_string();
    assert!(!errors.contains("internal error") && !errors.contains("panic"), "{name}: {errors}");
    for finding in report["findings"].as_array().unwrap() {
        spans_are_inside(name, root, finding);
    }
    (code, report)
}

/// Places are in files that exist, and end behind their beginning.
fn spans_are_inside(name: &str, root: &Path, finding: &Value) {
    let lists = ["related", "chain"].into_iter().flat_map(|list| finding[list].as_array().unwrap());
    for place in lists.chain([finding]) {
        let path = root.join(place["path"].as_str().unwrap());
        let size = std::fs::metadata(&path).unwrap_or_else(|error| panic!("{name}: {}: {error}", path.display())).len();
        let byte = |end: &str| place["span"][end]["byte"].as_u64().unwrap();
        assert!(byte("start") <= byte("end") && byte("end") <= size, "{name}: {place:#}");
    }
}

fn hostile(name: &str, content: impl AsRef<[u8]>) -> (i32, Value) {
    let directory = TempDir::new().unwrap();
    let workflows = directory.path().join(".gitea/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::write(workflows.join("hostile.yml"), content).unwrap();
    let good = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: docker system prune -f\n";
    std::fs::write(workflows.join("good.yml"), good).unwrap();
    let (code, report) = survives(name, directory.path());
    let in_good =
        |finding: &Value| finding["rule"] == "unscoped-prune" && finding["path"] == ".gitea/workflows/good.yml";
    assert!(report["findings"].as_array().unwrap().iter().any(in_good), "{name}: the other file: {report:#}");
    (code, report)
}

/// A workflow with this script.
fn run(script: &str) -> String {
    let lines = script.lines().map(|line| format!("          {line}\n"));
    let head = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n";
    head.to_owned() + &lines.collect::<String>()
}

#[test]
fn alias_bombs() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    hostile("values", format!("{bomb}on: push\njobs: *a29\n"));
    hostile("env", format!("{bomb}on: push\njobs:\n  a:\n    runs-on: x\n    env: *a29\n    steps: *a29\n"));
    hostile("itself", "on: push\njobs: &j\n  a: *j\n");
    let mut merges = "m0: &m0 { a: 1, b: 2 }\n".to_owned();
    for level in 1..30 {
        let before = vec![format!("*m{}", level - 1); 10].join(", ");
        merges += &format!("m{level}: &m{level} {{ <<: [{before}] }}\n");
    }
    hostile("merges", format!("{merges}on: push\njobs:\n  a:\n    runs-on: x\n    env: *m29\n    steps: []\n"));
}

#[test]
fn brackets() {
    assert_eq!(hostile("open", "[".repeat(100_000)).0, 3);
    assert_eq!(hostile("closed", "[".repeat(100_000) + &"]".repeat(100_000)).0, 3);
    assert_eq!(hostile("braces", "{a: ".repeat(100_000)).0, 3);
    hostile("dashes", "- ".repeat(100_000));
    hostile("if", format!("on: push\njobs:\n  a:\n    if: {}\n    runs-on: x\n    steps: []\n", "(".repeat(100_000)));
    hostile(
        "matrix",
        format!("on: push\njobs:\n  a:\n    runs-on: ${{{{ {}x }}}}\n    steps: []\n", "!".repeat(100_000)),
    );
}

#[test]
fn scripts() {
    for (name, piece) in [
        ("pipes", "a | "),
        ("ands", "a && "),
        ("substitutions", "$("),
        ("parentheses", "( "),
        ("braces", "{ "),
        ("quotes", "\"$("),
        ("ifs", "if a; then "),
        ("expansions", "${a:-"),
        ("arithmetic", "$(("),
        ("words", "docker run -d -p 1:1 "),
    ] {
        let times = if name == "words" { 20_000 } else { 100_000 };
        hostile(name, run(&piece.repeat(times)));
    }
    hostile("one line", run(&format!("docker run -d --name {} postgres", "x".repeat(1 << 20))));
    hostile("many lines", run(&"docker run -d --name pg -p 5432:5432 postgres\n".repeat(200)));
    hostile("expressions", run(&"echo ${{ github.run_id }}".repeat(20_000)));
    hostile("never closed", run(&"${{ ".repeat(100_000)));
}

#[test]
fn long_lines_and_odd_bytes() {
    hostile("line", format!("on: push # {}\njobs: {{}}\n", "x".repeat(1 << 20)));
    hostile("scalar", format!("on: push\njobs: '{}'\n", "\\u0000".repeat(1 << 17)));
    hostile("NUL", b"on: push\njobs:\n  a:\n    runs-on: x\0y\n    steps:\n      - run: docker rm\0 -f x\n");
    hostile("NUL in quotes", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: \"docker rm\\0 -f x\"\n");
    hostile("only NUL", vec![0; 1 << 20]);
    hostile("no UTF-8", vec![0xff; 1 << 20]);
    hostile("carriage returns", "on: push\r".repeat(10_000));
    hostile("empty", "");
    hostile("byte order marks", "\u{feff}".repeat(10_000));
}

#[test]
fn what_calls_itself() {
    let directory = TempDir::new().unwrap();
    let write = |path: &str, content: &str| {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write(".gitea/workflows/a.yml", &run("bash a.sh\nmake a\nf() { f; f; }\nf"));
    write("a.sh", "bash b.sh\nbash b.sh\n. ./a.sh\n");
    write("b.sh", "bash a.sh\nbash a.sh\n");
    write("Makefile", "a: b\n\t$(MAKE) a\nb: a\n\tbash a.sh\nX = $(X)\ninclude Makefile\n");
    survives("cycles", directory.path());
    // Two calls in each of 40 scripts: 2^40 ways through.
    for at in 0..40 {
        let next = at + 1;
        write(&format!("s{at}.sh"), &format!("bash s{next}.sh\nbash s{next}.sh\n"));
    }
    write(".gitea/workflows/b.yml", &run("bash s0.sh"));
    survives("a tree of calls", directory.path());
}

/// The fixtures, and the repositories below the folder that `BERTHLINT_CORPUS` names.
#[test]
fn real_repositories() {
    let incidents = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let corpus = std::env::var_os("BERTHLINT_CORPUS").map(PathBuf::from);
    for folder in [Some(incidents), corpus].into_iter().flatten() {
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
            survives(&entry.file_name().to_string_lossy(), &entry.path());
            count += 1;
        }
        assert!(count > 0, "nothing in {}", folder.display());
    }
}
