//! Texts within texts, empty values and functions that are handed on: what is made under which name is what bash makes.

use std::process::Command;

use super::testing::traced;
use crate::docker::Verb;

/// The names that bash gives to containers, with a `docker` that says how it is called.
fn under_bash(script: &str) -> Vec<String> {
    let whole = format!("docker() {{ echo \"docker $*\"; }}\nexport -f docker\n{script}\n");
    let output = Command::new("bash").args(["-c", &whole]).output().expect("bash");
    let said = String::from_utf8(output.stdout).expect("text");
    let name = |line: &str| Some(line.split("--name ").nth(1)?.split(' ').next()?.to_owned());
    said.lines().filter_map(name).collect()
}

/// Those that the walker finds.
fn walked(script: &str) -> Vec<String> {
    let lines: String = script.lines().map(|line| format!("          {line}\n")).collect();
    let text =
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - shell: bash\n        run: |\n{lines}");
    let traced = traced(&text, &[]);
    let acts = traced.traces[0].acts.iter();
    let made = acts.filter_map(|act| match act.verb()? {
        Verb::Run(run) => run.name.as_ref().map(|name| name.value.to_string()),
        _ => None,
    });
    made.collect()
}

#[test]
fn names_are_those_of_bash() {
    for script in [
        // A text in a text.
        r#"bash -c 'bash -c "docker run --name pg x"'"#,
        r#"bash -c "bash -c 'docker run --name pg x'""#,
        r#"bash -c "bash -c \"docker run --name pg x\"""#,
        r#"bash -c "N=pg; eval \"docker run --name \$N x\"""#,
        r#"bash -c "N=pg; bash -c \"docker run --name \$N x\"""#,
        r#"bash -c "export N=pg; bash -c 'docker run --name \$N x'""#,
        r#"export N=pg; bash -c 'bash -c "docker run --name \$N x"'"#,
        r#"N=a; bash -c "N=b; eval 'docker run --name $N x'""#,
        r#"eval "bash -c 'docker run --name pg x'""#,
        r#"eval eval "docker run --name pg x""#,
        // What is empty.
        r#"X=; if [ -z "$X" ]; then docker run --name pg x; fi"#,
        r#"X=; if [ "$X" ]; then docker run --name pg x; fi"#,
        r#"X=; [ "${X:-}" ] && docker run --name pg x"#,
        r#"X=; test -z "${X:-}" && docker run --name pg x"#,
        r#"X=; [ -n "$X" ] || docker run --name pg x"#,
        r#"X=; [[ $X ]] || docker run --name pg x"#,
        r#"X=; docker run --name "pg${X:-}" x"#,
        r#"X=; docker run --name "${X:-pg}" x"#,
        r#"X=a; docker run --name "pg${X:+-b}" x"#,
        r#"f() { docker run --name "${1:?}" x; }; f pg"#,
        r#"f() { local n=${1:?a name}; docker run --name "$n" x; }; f pg"#,
        // A function that is handed on.
        r#"f() { docker run --name pg x; }; export -f f; bash -c f"#,
        r#"f() { docker run --name "$1" x; }; export -f f; bash -c 'f pg'"#,
        r#"f() { docker run --name a x; }; export -f f; f() { docker run --name b x; }; bash -c f"#,
        r#"f() { docker run --name pg x; }; declare -fx f; bash -c 'bash -c f'"#,
        r#"f() { docker run --name pg x; }; bash -c f"#,
        r#"f() { docker run --name pg x; }; g() { f; }; export -f f g; bash -c g"#,
    ] {
        assert_eq!(walked(script), under_bash(script), "{script}");
    }
}

#[test]
fn a_line_of_xargs_is_no_name() {
    for script in [
        "cat names | xargs -I{} docker run --name {} x",
        "cat names | xargs -I{} bash -c 'docker run --name pg-{} x'",
        "f() { docker run --name \"$1\" x; }\nexport -f f\ncat names | xargs -I@ bash -c 'f @'",
    ] {
        let lines: String = script.lines().map(|line| format!("          {line}\n")).collect();
        let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n{lines}");
        let traced = traced(&text, &[]);
        let names = traced.traces[0].acts.iter().filter_map(|act| match act.verb()? {
            Verb::Run(run) => run.name.as_ref().map(|name| name.value.is_unknown()),
            _ => None,
        });
        assert_eq!(names.collect::<Vec<_>>(), [true], "{script}");
    }
}
