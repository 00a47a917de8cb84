//! `berthlint rules --test`: the examples of a user's own rules.
#![allow(clippy::unwrap_used)]

mod program;

use program::{berthlint, tree};
use serde_json::{Value, json};

const CONFIG: (&str, &str) = (".berthlint.yaml", "rules-dirs: [ci/rules]\n");

/// A rule about services that take what is newest, with these examples.
fn rule(examples: &str) -> String {
    format!(
        "id: no-latest\nfamily: house\nlevel: warning\nsummary: A service takes what is newest\non: service\n\
         where: {{ image: {{ matches: ':latest$' }} }}\nmessage: \"service `{{name}}` runs `{{image}}`\"\n\
         help: name a version\nwhy: It changes overnight.\nexamples:\n{examples}"
    )
}

/// A workflow with a service of that image, as the text of a key in an example.
fn workflow(key: &str, image: &str) -> String {
    format!(
        "{key}: |\n      on: push\n      jobs:\n        a:\n          runs-on: ubuntu-latest\n          services:\n\
         \x20           pg: {{ image: '{image}' }}\n          steps:\n            - run: psql -h pg\n"
    )
}

fn example(bad: &str, good: &str) -> String {
    format!("  - {}    {}", workflow("bad", bad), workflow("good", good))
}

fn tested(rules: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let files: Vec<(&str, &str)> = rules.iter().copied().chain([CONFIG]).collect();
    let files = tree(&files);
    let arguments: Vec<&str> = ["rules", "--test"].iter().chain(arguments).copied().collect();
    berthlint(files.path(), &arguments)
}

#[test]
fn examples_that_show_what_they_should_pass() {
    let right = rule(&example("postgres:latest", "postgres:16"));
    let (code, out, err) = tested(&[("ci/rules/house/no-latest.yaml", &right)], &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(out, "1 rule, 1 example: each shows what it should\n");
}

#[test]
fn it_says_which_example_shows_something_else() {
    let turned = rule(&(example("postgres:latest", "postgres:16") + &example("postgres:16", "postgres:latest")));
    let (code, out, err) = tested(&[("ci/rules/no-latest.yaml", &turned)], &[]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "ci/rules/no-latest.yaml: no-latest, example 2: `bad` finds nothing");
    assert_eq!(lines[1], "ci/rules/no-latest.yaml: no-latest, example 2: `good` finds something");
    assert!(lines[2].starts_with("    .gitea/workflows/ci.yml:6:") && lines[2].contains("`postgres:latest`"), "{out}");
    assert_eq!(lines[3..], ["1 rule, 2 examples: 1 does not show what it should"]);

    let (code, out, _) = tested(&[("ci/rules/no-latest.yaml", &turned)], &["--format", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &told[0]["rule"], &told[0]["examples"][0]), (1, &json!("no-latest"), &json!([])));
    assert_eq!(told[0]["examples"][1][0], json!({"what": "`bad` finds nothing", "shown": ""}));
}

#[test]
fn an_example_may_have_files_and_a_configuration() {
    let script = "  - bad: |\n      on: push\n      jobs:\n        a:\n          runs-on: box\n          steps:\n            - run: sh ci.sh\n    \
                  good: |\n      on: push\n      jobs:\n        a:\n          runs-on: cloud\n          steps:\n            - run: sh ci.sh\n    \
                  files: { ci.sh: \"docker run --rm alpine true\\n\" }\n    config: |\n      runners:\n        - { labels: [box], daemon: shared, network: host }\n        - { labels: [cloud], daemon: shared, network: auto }\n";
    let own = "id: on-a-box\nfamily: house\nlevel: info\nsummary: A job has the host's network\non: job\n\
               where: { job-network: host }\nmessage: it has the host's network\nhelp: take another runner\nexamples:\n";
    let (code, out, _) = tested(&[("ci/rules/on-a-box.yaml", &format!("{own}{script}"))], &[]);
    assert_eq!((code, out.as_str()), (0, "1 rule, 1 example: each shows what it should\n"));
    // Without the configuration nothing is sure.
    let unsure = script.split("    config:").next().unwrap();
    let (code, out, _) = tested(&[("ci/rules/on-a-box.yaml", &format!("{own}{unsure}"))], &[]);
    assert!(code == 1 && out.contains("`bad` is found with low confidence only"), "{out}");
}

#[test]
fn what_cannot_be_tried_is_said() {
    let broken = rule("  - { bad: 'jobs: [', good: 'on: push' }\n");
    let (code, out, _) = tested(&[("ci/rules/a.yaml", &broken)], &[]);
    assert!(code == 1 && out.contains("example 1: `bad` cannot be read\n    .gitea/workflows/ci.yml:1:"), "{out}");
    let wrong = rule(&(example("postgres:latest", "postgres:16") + "    config: 'forge: gitae'\n"));
    let (code, out, _) = tested(&[("ci/rules/a.yaml", &wrong)], &[]);
    assert!(
        code == 1 && out.contains("`bad` cannot be checked\n    ") && out.contains("did you mean `gitea`"),
        "{out}"
    );
    let outside = rule(&(example("postgres:latest", "postgres:16") + "    files: { ../x: y }\n"));
    let (code, out, _) = tested(&[("ci/rules/a.yaml", &outside)], &[]);
    assert!(code == 1 && out.contains("`repository/../x` is no path"), "{out}");
    let (code, out, _) = tested(&[("ci/rules/a.yaml", rule("").trim_end_matches("examples:\n"))], &[]);
    assert!(code == 0 && out.contains("a.yaml: no-latest: no examples"), "{out}");
    let (code, _, err) = tested(&[("ci/rules/a.yaml", "id: x\n")], &[]);
    assert!(code == 2 && err.contains("ci/rules/a.yaml:1: `on:` is missing"), "{err}");
    let (code, _, err) = tested(&[("ci/rules/README", "")], &[]);
    assert!(code == 2 && err.contains("`rules-dirs:` in the configuration"), "{err}");
}

#[test]
fn what_fix_writes_is_compared() {
    let named = "id: named\nfamily: house\nlevel: warning\nsummary: A container has a fixed name\non: name-claim\n\
                 where: { kind: container, unique-in: none }\nmessage: it is called `{name}`\nhelp: x\n";
    let job = |run: &str| {
        format!(
            "|\n      on: push\n      jobs:\n        a:\n          runs-on: ubuntu-latest\n          steps:\n            - run: {run}\n"
        )
    };
    let own = format!(
        "{named}examples:\n  - bad: {}    good: {}    fixed: {}",
        job("docker run --rm --name pg alpine true"),
        job("docker run --rm alpine true"),
        job("docker run --rm alpine false")
    );
    let (code, out, err) = tested(&[("ci/rules/named.yaml", &own)], &[]);
    assert!(code == 1 && out.contains("`--fix` writes nothing, and there is a `fixed`"), "{out}{err}");
    let own = own.replace("help: x\n", "help: x\nfix: unique-name\n");
    let (code, out, err) = tested(&[("ci/rules/named.yaml", &own)], &[]);
    assert!(code == 1 && out.contains("something else than `fixed` has"), "{out}{err}");
    assert!(out.contains("-      - run: docker run --rm alpine false") && out.contains("github.run_id"), "{out}");
}
