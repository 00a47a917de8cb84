//! Repositories made to hurt: what grows with every level of them stays within a second and 256 MB. What only grows
//! with a file is `benches/growth.py`'s. `cargo test --test properties limits -- --include-ignored` tries all.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;

use crate::bounded::berthlint;
use crate::run;

const JOB: &str = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n";

fn put(here: &Path, path: &str, text: &str) {
    let path = here.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A repository with these files: it is checked, its fixes are shown, its jobs are played.
#[track_caller]
fn within(name: &str, files: &[(&str, &str)]) {
    let directory = TempDir::new().unwrap();
    for (path, text) in files {
        assert!(text.len() <= 1 << 20, "{name}: {path} is not read at all: {} bytes", text.len());
        put(directory.path(), path, text);
    }
    for arguments in [&["check", "--format", "concise"][..], &["check", "--diff", "--unsafe-fixes"], &["rehearse"]] {
        let call = berthlint(name, directory.path(), arguments);
        assert!(
            matches!(call.status.code(), Some(0 | 1 | 3)),
            "{name}: {arguments:?}: {}: {}",
            call.status,
            call.stderr
        );
        assert!(!call.stderr.contains("internal error"), "{name}: {arguments:?}: {}", call.stderr);
    }
}

/// A workflow.
#[track_caller]
fn workflow(name: &str, text: &str) {
    within(name, &[(".gitea/workflows/a.yml", text)]);
}

/// A script in a workflow.
#[track_caller]
fn script(name: &str, text: &str) {
    within(name, &[(".gitea/workflows/a.yml", &run("bash a.sh")), ("a.sh", text)]);
}

fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    open.repeat(depth) + middle + &close.repeat(depth)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn nested_yaml_for_long() {
    workflow("sequences", &nested("[", "x", "]", 100_000));
    workflow("as deep as is read", &format!("{JOB}      - run: x\n        env: {}\n", nested("{a: ", "x", "}", 110)));
    workflow("keys", &format!("{JOB}      - run: x\n? {}\n: y\n", nested("[", "x", "]", 100)));
    workflow("wide", &format!("on: push\njobs: {{ a: {{ steps: [{}] }} }}\n", "{run: docker ps}, ".repeat(100)));
    workflow("one line", &format!("{JOB}      - run: docker run --name {} x\n", "y".repeat(1_000_000)));
}

#[test]
fn nested_expressions() {
    for (name, expression) in [
        ("parentheses", nested("(", "a", ")", 10_000)),
        ("calls", nested("format(", "a", ")", 2_000)),
        ("indices", nested("a[", "b", "]", 4_000)),
        ("nots", "!".repeat(20_000) + "a"),
        ("ors", "a || ".repeat(3_000) + "a"),
        ("members", "a".to_owned() + &".b".repeat(10_000)),
        ("texts", format!("format('{}', a)", "{0}".repeat(5_000))),
        ("texts in texts", nested("format('{0}{0}', ", "'x'", ")", 60)),
        ("lists", format!("join(fromJSON('[{}1]'), ',')", "1,".repeat(9_000))),
        ("lists in lists", format!("fromJSON('{}')", nested("[", "1", "]", 9_000))),
    ] {
        let text = format!(
            "{JOB}      - if: {}\n        run: docker run --name x-${{{{ {expression} }}}} -d img\n",
            serde_json::to_string(&expression).unwrap()
        );
        workflow(name, &text);
    }
    let many = lines(40, |n| format!("      - if: a.b == 'c' || always()\n        run: echo ${{{{ matrix.a{n} }}}}\n"));
    workflow("many", &format!("{JOB}{many}"));
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn nested_shell_for_long() {
    for (name, open, close, depth) in [
        ("substitutions", "$( ", " )", 50_000),
        ("substitutions in quotes", "\"$( ", " )\"", 50_000),
        ("backquotes", "`a \\", "`", 50_000),
        ("subshells", "( ", " )", 50_000),
        ("groups", "{ ", "; }", 50_000),
        ("ifs", "if a; then ", "; fi", 30_000),
        ("elses", "if a; then b; else ", "; fi", 20_000),
        ("whiles", "while a; do ", "; done", 30_000),
        ("loops", "for i in 1 2 3; do ", "; done", 20_000),
        ("cases", "case a in a) ", ";; esac", 30_000),
        ("functions", "f() { ", "; }", 30_000),
        ("defaults", "${a:-", "}", 50_000),
        ("arithmetic", "$((", "))", 50_000),
        ("processes", "<( ", " )", 50_000),
        ("braces", "{a,b", "}", 50_000),
        ("shells", "sh -c '", "'", 50_000),
        ("wrappers", "env A=b sudo timeout 5 ", "", 30_000),
        ("negations", "! ", "", 50_000),
    ] {
        script(name, &nested(open, "docker run -d --name pg postgres", close, depth));
    }
}

/// Rounds within rounds within rounds: a play goes through so many of them, and through the others together.
#[test]
#[ignore = "a quarter of a minute of a build for debugging"]
fn loops_within_loops_for_long() {
    let loops = nested("for i in 1 2 3 4 5 6 7 8 9; do ", "docker run -d --name pg postgres", "; done", 12);
    script("loops as deep as is read", &loops);
}

/// A fix of many findings has all their edits, and stands in each of them.
#[test]
fn one_fix_of_many_findings() {
    let directory = TempDir::new().unwrap();
    let lines = "docker run -d --name pg -p 5432:5432 postgres\n".repeat(2_000);
    put(directory.path(), ".gitea/workflows/a.yml", &run(&lines));
    berthlint("many lines", directory.path(), &["check", "--format", "json", "--min-confidence", "low"]);
}

/// Texts of texts, and words that double, end somewhere.
#[test]
fn words_of_words() {
    script("evals", &nested("eval ", "docker run -d --name pg postgres", "", 50_000));
    let doubled = "set -- \"$@\" \"$@\"\n".repeat(60);
    script("arguments", &format!("set -- a\n{doubled}docker run -d \"$@\" img\n"));
    let doubled = "x=(\"${x[@]}\" \"${x[@]}\")\n".repeat(60);
    script("lists", &format!("x=(a)\n{doubled}docker run -d \"${{x[@]}}\"\n"));
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn what_doubles_in_shell_for_long() {
    let times = |line: &str| line.repeat(60);
    script("texts", &format!("x=pg\n{}docker run -d --name $x img\n", times("x=$x$x\n")));
    script("choices", &format!("x=pg\n{}docker run -d --name $x img\n", times("if a; then x=$x-a; else x=$x-b; fi\n")));
    script("braces", &format!("docker run -d --name x-{} img\n", "{a,b}".repeat(60)));
    script("ranges", "for i in {1..1000000000}; do docker run -d --name x-$i img; done\ndocker rm x-{1..999999999}\n");
    script("counts", "for i in $(seq 1 1000000000); do docker run -d --name x-$i img; done\n");
    script("counting", "for ((i=0; i<1000000000; i++)); do docker run -d --name x-$i img; done\n");
    script("until", "i=0\nuntil [ $i = 1000000000 ]; do i=$((i+1)); docker ps; done\nwhile :; do docker ps; done\n");
    script("powers", &format!("docker run -d -p $(({}1)):80 --name a$((2**99999999)) img\n", "9**".repeat(40)));
    script("functions", "f() { f; f; f; }\nf\ng() { docker ps; g $1$1 & g $1$1; }\ng x\n");
    let calls = lines(40, |n| format!("f{n}() {{ f{0}; f{0}; f{0}; }}\n", n + 1));
    script("functions in a row", &format!("{calls}f40() {{ docker run -d --name x img; }}\nf0\n"));
    script(
        "traps",
        &format!("{}docker run -d --name x img\n", times("trap \"$(trap -p EXIT); docker rm -f x\" EXIT\n")),
    );
    script("patterns", &format!("x={}\necho ${{x//*a*a*a*a*a*a*a*b/c}} ${{x##*a*a*a*a*b}}\n", "a".repeat(100_000)));
}

/// Each container is asked for what removes it at the end of its script: that is read once.
#[test]
fn names_made_again_and_again() {
    let made = |n: usize| {
        let name = if n.is_multiple_of(2) { "a" } else { "b" };
        format!("          docker rm -f {name} || true\n          docker run -d --name {name} nginx\n")
    };
    workflow("the same two names", &format!("{JOB}      - run: |\n{}", lines(150, made)));
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn much_shell_for_long() {
    let many = |count: usize, line: &str| lines(count, |n| line.replace('@', &n.to_string()));
    script("pipes", &("docker ps | ".repeat(70_000) + "cat"));
    script("starts", &many(40, "docker run -d --name pg@ -p @:80 -v v@:/x img\n"));
    script("starts and ends", &many(40, "docker run -d --name pg@ img\ndocker rm -f pg@\n"));
    script("one start, many ends", &("docker run -d --name pg img\n".to_owned() + &many(40, "docker rm -f pg\n")));
    script("filters", &many(40, "docker ps -aq --filter name=^p@ | xargs docker rm -f\n"));
    script("servers", &many(40, "./server --port @ &\nkill %@\n"));
    script("variables", &many(40, "x@=$x0$GITHUB_RUN_ID\ndocker run --name $x@ a\n"));
    script("heredocs", &many(40, "cat <<E@ > f@\n$x\nE@\n"));
    script("branches", &many(40, "if test -f x@; then docker run -d --name x img; fi\n"));
    script("ignores", &many(40, "# berthlint: ignore[unscoped-prune] why\ndocker ps\n"));
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn files_in_circles_for_long() {
    let call = |name: &str| run(name);
    let write = |count: usize,
                 line: &dyn Fn(usize) -> String,
                 path: &dyn Fn(usize) -> String|
     -> Vec<(String, String)> { (0..count).map(|n| (path(n), line(n))).collect() };
    let with = |name: &str, first: &str, files: Vec<(String, String)>| {
        let workflow = call(first);
        let mut all = vec![(".gitea/workflows/a.yml", workflow.as_str())];
        all.extend(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        within(name, &all);
    };
    with(
        "scripts",
        "bash s0.sh",
        write(40, &|n| lines(3, |by| format!("bash s{}.sh\n", n + 1 + by)), &|n| format!("s{n}.sh")),
    );
    with(
        "sourced",
        ". ./s0.sh",
        write(40, &|n| lines(3, |by| format!(". ./s{}.sh\n", n + 1 + by)), &|n| format!("s{n}.sh")),
    );
    with(
        "with arguments",
        "bash s0.sh a",
        write(40, &|n| format!("bash s{0}.sh $1$1\nbash s{0}.sh $1b\n", n + 1), &|n| format!("s{n}.sh")),
    );
    with(
        "includes",
        "docker compose -f c0.yml up -d",
        write(
            40,
            &|n| {
                format!(
                    "include: [c{}.yml, c{}.yml, c{}.yml]\nservices: {{s{n}: {{image: x}}}}\n",
                    n + 1,
                    (n + 2) % 40,
                    (n + 3) % 40
                )
            },
            &|n| format!("c{n}.yml"),
        ),
    );
    with(
        "extends",
        "docker compose -f c0.yml up -d",
        write(
            40,
            &|n| {
                format!(
                    "services: {{a: {{extends: {{file: c{0}.yml, service: a}}}}, b: {{extends: {{file: c{0}.yml, service: a}}}}}}\n",
                    (n + 1) % 40
                )
            },
            &|n| format!("c{n}.yml"),
        ),
    );
    with(
        "makefiles",
        "make",
        write(
            40,
            &|n| format!("include m{}.mk m{}.mk\ninclude Makefile\nall: x{n}\nx{n}: all\n\t$(MAKE)\n", n + 1, n + 2),
            &|n| if n == 0 { "Makefile".to_owned() } else { format!("m{n}.mk") },
        ),
    );
    let services = format!(
        "services:\n{}",
        lines(10_000, |n| format!("  s{n}: {{extends: s{}, depends_on: [s{}]}}\n", n + 1, (n + 7) % 10_000))
    );
    with("services", "docker compose up -d", vec![("compose.yml".to_owned(), services)]);
    let interpolated = format!("services: {{a: {{image: \"{}\"}}}}\n", nested("${A:-", "x", "}", 50_000));
    with("defaults", "docker compose up -d", vec![("compose.yml".to_owned(), interpolated)]);
    let doubled = format!(
        "A0 = x\n{}all:\n\tdocker run --name $(A60) img\n",
        lines(60, |n| format!("A{} = $(A{n})$(A{n})\n", n + 1))
    );
    with("variables of make", "make", vec![("Makefile".to_owned(), doubled)]);
    let doubled = format!(
        "A0 := x\n{}all:\n\tdocker run --name $(A60) img\n",
        lines(60, |n| format!("A{} := $(A{n})$(A{n})\n", n + 1))
    );
    with("values of make", "make", vec![("Makefile".to_owned(), doubled)]);
    let deep = format!("X = {}\nall:\n\tdocker run $(X)\n", nested("$(if a,", "x", ")", 30_000));
    with("functions of make", "make", vec![("Makefile".to_owned(), deep)]);
    let conditions = "ifdef X\n".repeat(100_000);
    with("conditions of make", "make", vec![("Makefile".to_owned(), conditions)]);
    let targets = format!("all: t0\n{}", lines(10_000, |n| format!("t{n}: t{} t{}\n\tdocker ps\n", n + 1, n + 2)));
    with("targets", "make", vec![("Makefile".to_owned(), targets)]);
    let calling = lines(40, |n| format!("t{n}:\n\t$(MAKE) t{0}\n\t$(MAKE) t{0}\n", n + 1));
    with("targets that call make", "make t0", vec![("Makefile".to_owned(), calling)]);
    let tasks = format!(
        "version: '3'\ntasks:\n{}",
        lines(60, |n| format!("  t{n}: {{deps: [t{0}], cmds: [{{task: t{0}}}, {{task: t{0}}}]}}\n", n + 1))
    );
    with("tasks", "task t0", vec![("Taskfile.yml".to_owned(), tasks)]);
    let recipes =
        lines(60, |n| format!("r{n} a='x': (r{0} a+a) (r{0} a+'b')\n  docker run --name {{{{a}}}} img\n", n + 1));
    with("recipes", "just r0", vec![("justfile".to_owned(), recipes)]);
    let scripts = lines(60, |n| format!("\"s{n}\": \"npm run s{0} && npm run s{0}\",", n + 1));
    with(
        "scripts of npm",
        "npm run s0",
        vec![("package.json".to_owned(), format!("{{\"scripts\": {{{scripts}\"x\": \"\"}}}}"))],
    );
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn workflows_in_circles_for_long() {
    let reusable = |n: usize| {
        format!(
            "on: workflow_call\njobs:\n{}",
            lines(3, |job| format!("  j{job}: {{uses: ./.gitea/workflows/w{}.yml}}\n", (n + 1 + job) % 20))
        )
    };
    let files: Vec<(String, String)> = (0..20).map(|n| (format!(".gitea/workflows/w{n}.yml"), reusable(n))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    within("reusable workflows", &files);

    let uses = |n: usize| lines(3, |_| format!("    - uses: ./a{n}\n"));
    let mut files = vec![(
        ".gitea/workflows/a.yml".to_owned(),
        format!("{JOB}{}", lines(3, |_| "      - uses: ./a0\n".to_owned())),
    )];
    files.extend(
        (0..40).map(|n| {
            (format!("a{n}/action.yml"), format!("runs:\n  using: composite\n  steps:\n{}", uses((n + 1) % 40)))
        }),
    );
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    within("actions", &files);

    let job = |layer: usize, side: usize| {
        let needs = if layer == 0 { String::new() } else { format!("needs: [l{0}a0, l{0}a1, l{0}a2], ", layer - 1) };
        format!("  l{layer}a{side}: {{{needs}runs-on: x, steps: [{{run: docker run -d --name pg img}}]}}\n")
    };
    let layers = lines(26, |layer| lines(3, |side| job(layer, side)));
    workflow("needs", &format!("on: push\njobs:\n{layers}"));
    let circle = lines(26, |n| {
        format!(
            "  j{n}: {{needs: [j{}, j{n}], runs-on: x, steps: [{{run: docker run -d --name pg img}}]}}\n",
            (n + 1) % 26
        )
    });
    workflow("needs in a circle", &format!("on: push\njobs:\n{circle}"));
    let chain = lines(500, |n| {
        format!(
            "  j{n}: {{needs: j{}, runs-on: x, steps: [{{run: docker run -d --name pg{n} img}}]}}\n",
            n.saturating_sub(1)
        )
    });
    workflow("needs in a row", &format!("on: push\njobs:\n{chain}"));
}

#[test]
fn large_matrices() {
    let axis = |n: usize, values: usize| {
        format!("a{n}: [{}], ", (0..values).map(|n| n.to_string()).collect::<Vec<_>>().join(", "))
    };
    let job = |matrix: &str| {
        format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    strategy: {{ matrix: {{ {matrix} }} }}\n    steps:\n      - run: docker run -d --name pg-${{{{ matrix.a0 }}}} -p ${{{{ matrix.a1 }}}}:80 img\n"
        )
    };
    workflow("a million legs", &job(&lines(6, |n| axis(n, 10))));
    workflow("two long axes", &job(&lines(2, |n| axis(n, 50_000))));
    workflow("many axes", &job(&lines(1_000, |n| axis(n, 2))));
    let pairs = |key: &str| format!("{key}: [{}]", "{a0: 1, a1: 2}, ".repeat(8_000));
    workflow(
        "excluded and included",
        &job(&format!("{}{}, {}", lines(2, |n| axis(n, 300)), pairs("exclude"), pairs("include"))),
    );
    let json = format!("a0: \"${{{{ fromJSON('[{}1]') }}}}\"", "1,".repeat(9_000));
    workflow("from JSON", &job(&json));
}

#[test]
#[ignore = "minutes of a build for debugging"]
fn much_in_one_repository_for_long() {
    let steps = |step: &str| lines(40, |n| format!("      - {}\n", step.replace('@', &n.to_string())));
    workflow("steps", &format!("{JOB}{}", steps("run: docker run -d --name pg@ img")));
    workflow("steps of one name", &format!("{JOB}{}", steps("run: docker run -d --name pg img")));
    workflow("steps that use", &format!("{JOB}{}", steps("uses: docker/build-push-action@v6")));
    let jobs = lines(40, |n| {
        format!(
            "  j{n}: {{ runs-on: x, services: {{ db: {{ image: postgres, ports: ['{n}:5432'] }} }}, steps: [run: docker run --name pg x] }}\n"
        )
    });
    workflow("jobs", &format!("on: push\njobs:\n{jobs}"));
    let services = lines(40, |n| format!("      s{n}: {{ image: postgres, ports: ['{n}:5432'], env: {{ A: b }} }}\n"));
    workflow(
        "services",
        &format!(
            "on: push\njobs:\n  a:\n    runs-on: x\n    services:\n{services}    steps:\n      - run: psql -h localhost\n"
        ),
    );
    let env = lines(4_000, |n| format!("  V{n}: ${{{{ env.V{} }}}}\n", n.saturating_sub(1)));
    workflow("variables", &format!("env:\n{env}{JOB}      - run: docker run --name $V3999 img\n"));
    let comments = "      # berthlint: ignore[unscoped-prune] why\n      - run: docker ps\n".repeat(3_000);
    workflow("ignores", &format!("{JOB}{comments}"));
}

/// A pattern may be small and its automaton large; the engine's own limit is held by whoever builds many.
#[test]
#[ignore = "minutes of a build for debugging"]
fn patterns_for_long() {
    let large = "((((a{20}){20}){20}){20})|[[:word:]]{900}";
    let filters = lines(300, |n| {
        format!("docker ps -q --filter 'name={large}{n}'\ndocker ps | grep -E '{large}{n}' | xargs docker rm\n")
    });
    script("filters", &format!("docker run -d --name pg img\n{filters}"));
    let sweep = lines(300, |n| {
        format!("docker ps | awk '/{large}{n}/ {{print $1}}' | xargs docker rm\ndocker ps | sed -n 's/{large}{n}//p'\n")
    });
    script("programs", &format!("docker run -d --name pg img\n{sweep}"));

    let directory = TempDir::new().unwrap();
    put(directory.path(), ".gitea/workflows/a.yml", &run("docker run -d --name pg img\ndocker rm -f pg\n"));
    let configured = |text: &str| {
        put(directory.path(), ".berthlint.yaml", text);
        let call = berthlint("configuration", directory.path(), &["check"]);
        assert!(matches!(call.status.code(), Some(0..=2)), "{}: {}", call.status, call.stderr);
        call
    };
    let refused = configured(&format!("resources: [{{ name: '{large}' }}]\n"));
    assert_eq!(refused.status.code(), Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains(".berthlint.yaml:1:"), "{}", refused.stderr);
    configured(&format!("resources:\n{}", lines(2_000, |n| format!("  - {{ name: '(a{{100}}){{100}}{n}' }}\n"))));
    configured(&format!("exclude: ['{}']\n", "{a,".repeat(20_000)));
    configured(&format!("exclude: ['{}']\n", "**/*".repeat(10_000)));

    put(directory.path(), ".berthlint.yaml", "rules-dirs: [rules]\n");
    let rule = |pattern: &str| {
        let head = "id: own\nfamily: mine\nlevel: error\nsummary: s\non: name-claim\nat: name\nmessage: m\nwhy: w\n";
        let mut text = head.to_owned();
        writeln!(text, "where: {{ name: {{ matches: '{pattern}' }} }}").unwrap();
        put(directory.path(), "rules/own.yaml", &text);
        berthlint("rule", directory.path(), &["check"])
    };
    let refused = rule(large);
    assert_eq!(refused.status.code(), Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("rules/own.yaml:9:"), "{}", refused.stderr);
    // Patterns on which engines that go back and try again do not end.
    for pattern in ["^(p|p)*$", "^(p+)+$", "(.*)*x", "(p?){50}p{50}"] {
        assert!(matches!(rule(pattern).status.code(), Some(0 | 1)), "{pattern}");
    }
}
