//! The engine over facts made by hand.

mod every_case;

use super::*;
use crate::facts::{Confidence, Fact};
use crate::finding::Finding;
use crate::finding::Level;
use crate::source::{Location, Span};

const PRUNE: &str = r#"id: my-prune
family: scope
level: error
summary: A prune takes what others use
on: removal
at: command
where: { daemon: shared, by: prune, kind: { has: [container, network] }, labels: none }
unless: [{ target: [elsewhere, container] }, { sweeper: true }]
message: "`{command}` takes every unused {kind}; `${{ github.run_id }}` and {{.Ports}} stay, {selector} too"
help: "add `--filter label={run-label}`"
show: [{ span: creation, text: "a {kind} is made here" }]
also:
  - { where: { until: true }, level: info }
  - { where: { serialised: true }, confidence: medium, message: "twins wait" }
  - { where: { kind: { has: [image] }, all: true }, level: warning }
fix: scope-removal
why: Because.
"#;

fn at(start: usize) -> Location {
    Location { path: "ci.yml".into(), span: Span::new(start, start + 5) }
}

fn prune(kind: Vec<&str>) -> Fact {
    let mut fact = Fact::new("removal", "docker container prune");
    fact.set("daemon", "shared").set("target", "here").set("by", "prune").set("command", "docker container prune -f");
    fact.set("kind", kind).set("until", false).set("serialised", false).set("sweeper", false);
    fact.at("command", at(10)).at("command", at(20)).at("creation", at(30)).at("creation", at(40));
    fact.job = Some("test".to_owned());
    fact
}

fn rule(text: &str) -> Rule {
    parse("my.yaml", text).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn only(text: &str, fact: &Fact) -> Option<Finding> {
    let mut findings = judge(&[rule(text)], std::slice::from_ref(fact));
    assert!(findings.len() <= 1);
    findings.pop()
}

fn errors(text: &str) -> Vec<String> {
    parse("my.yaml", text).expect_err("mistakes").iter().map(ToString::to_string).collect()
}

#[test]
fn a_finding_tells_the_whole_story() {
    let finding = only(PRUNE, &prune(vec!["container", "network"])).expect("a finding");
    assert_eq!((finding.level, finding.confidence), (Level::Error, Confidence::High));
    assert_eq!(
        finding.message,
        "`docker container prune -f` takes every unused container, network; `${{ github.run_id }}` and {{.Ports}} stay, an unknown selector too"
    );
    assert_eq!(finding.help.as_deref(), Some("add `--filter label=berth.run=${{ github.run_id }}`"));
    assert_eq!((finding.location, finding.job.as_deref()), (at(10), Some("test")));
    assert_eq!(finding.related.len(), 2);
    assert_eq!(finding.subject, "docker container prune");
}

#[test]
fn the_place_of_a_finding_has_words_of_its_own() {
    let show = "show: [{ span: command, text: \"takes every {kind}\" }, ";
    let finding = only(&PRUNE.replace("show: [", show), &prune(vec!["container"])).expect("a finding");
    assert_eq!((finding.location, finding.label.as_deref()), (at(10), Some("takes every container")));
    // The span is in two places: the other one belongs to it.
    let others = finding.related.iter().map(|related| (related.location.clone(), related.message.as_str()));
    assert_eq!(
        others.take(2).collect::<Vec<_>>(),
        [(at(20), "takes every container"), (at(30), "a container is made here")]
    );
    assert_eq!(only(PRUNE, &prune(vec!["container"])).expect("a finding").label, None);
}

#[test]
fn what_does_not_hold_is_silent() {
    let mut other = prune(vec!["image"]);
    assert_eq!(only(PRUNE, &other), None);
    other = prune(vec!["container"]);
    other.set("labels", vec!["berth.run=1"]);
    assert_eq!(only(PRUNE, &other), None);
    other = prune(vec!["container"]);
    other.set("target", "elsewhere");
    assert_eq!(only(PRUNE, &other), None);
    other = prune(vec!["container"]);
    other.spans.clear();
    assert_eq!(only(PRUNE, &other), None, "no place, no finding");
}

#[test]
fn an_empty_list_is_none() {
    let mut fact = prune(vec!["container"]);
    fact.set("labels", Vec::<String>::new());
    assert!(only(PRUNE, &fact).is_some());
}

#[test]
fn special_cases_narrow_and_widen() {
    let mut fact = prune(vec!["container"]);
    fact.set("until", true);
    assert_eq!(only(PRUNE, &fact).expect("a finding").level, Level::Info);
    fact = prune(vec!["container"]);
    fact.set("serialised", true);
    let finding = only(PRUNE, &fact).expect("a finding");
    assert_eq!((finding.level, finding.confidence), (Level::Error, Confidence::Medium));
    assert_eq!(finding.message, "twins wait");
    fact = prune(vec!["image"]);
    fact.set("all", true);
    assert_eq!(only(PRUNE, &fact).expect("a finding").level, Level::Warning);
}

#[test]
fn unknown_sinks_the_confidence_and_exempts_nothing() {
    let mut fact = prune(vec!["container"]);
    fact.unknown("daemon");
    assert_eq!(only(PRUNE, &fact).expect("a finding").confidence, Confidence::Low);
    fact = prune(vec!["container"]);
    fact.unknown("target");
    assert_eq!(only(PRUNE, &fact).expect("a finding").confidence, Confidence::Low);
    fact = prune(vec!["container"]);
    fact.confidence = Confidence::Medium;
    assert_eq!(only(PRUNE, &fact).expect("a finding").confidence, Confidence::Medium);
}

#[test]
fn a_special_case_that_may_hold_softens_the_general_one() {
    let mut fact = prune(vec!["container"]);
    fact.unknown("serialised");
    let finding = only(PRUNE, &fact).expect("a finding");
    assert_eq!((finding.level, finding.confidence), (Level::Error, Confidence::Medium));
    fact = prune(vec!["container"]);
    fact.unknown("until");
    let finding = only(PRUNE, &fact).expect("a finding");
    assert_eq!((finding.level, finding.confidence), (Level::Info, Confidence::High));
}

#[test]
fn conditions_of_every_form() {
    let holds = |condition: &str, fact: &Fact| {
        let text = format!("id: x\nfamily: f\nlevel: info\nsummary: s\non: removal\nwhere: {condition}\nmessage: m\n");
        only(&text, fact).map(|finding| finding.confidence)
    };
    let mut fact = prune(vec!["container"]);
    fact.set("label-count", 2_i64).set("runner-version", "v0.2.11").set("selector", "^ws-");
    let cases = [
        ("{ by: [prune, name] }", true),
        ("{ by: { not: prune } }", false),
        ("{ verb: { not: rm } }", true),
        ("{ verb: rm }", false),
        ("{ verb: none, selector: set }", true),
        ("{ label-count: { at-least: 2 } }", true),
        ("{ label-count: { below: 2 } }", false),
        ("{ runner-version: { below: \"0.2.12\" } }", true),
        ("{ runner-version: { at-least: \"0.3\" } }", false),
        ("{ runner-version: { not: { below: \"0.2.2\" } } }", true),
        ("{ selector: { matches: \"^\\\\^\" } }", true),
        ("{ any: [{ by: name }, { label-count: 2 }] }", true),
        ("{ all: [{ by: prune }, { label-count: 3 }] }", false),
        ("{ all: true }", false),
        ("{ all: { not: true } }", true),
    ];
    for (condition, expected) in cases {
        assert_eq!(holds(condition, &fact).is_some(), expected, "{condition}");
    }
    fact.unknown("all");
    assert_eq!(holds("{ any: [{ all: true }, { by: prune }] }", &fact), Some(Confidence::High), "the best-known arm");
    assert_eq!(holds("{ any: [{ all: true }, { by: name }] }", &fact), Some(Confidence::Low));
}

#[test]
fn mistakes_name_the_line_and_what_is_allowed() {
    let text = "id: x\nfamily: f\nlevel: eror\nsummary: s\non: removal\nwhere:\n  bye: prune\n  by: prun\n  all: maybe\n  labels: x\n  kind: { has: [containr] }\n  until: { above: 3 }\nmessage: '{comand} of ${name}'\nshow: [{ span: creations, text: t }]\nalso: [{ level: info }]\nmesage: m\n";
    let errors = errors(text);
    let expected = [
        "my.yaml:3: `eror` cannot stand here; did you mean `error`? allowed: `error`, `warning`, `info`",
        "my.yaml:7: `removal` has no field `bye`; did you mean `by`?",
        "my.yaml:8: `by` is never `prun`; did you mean `prune`?",
        "my.yaml:9: `all` is never `maybe`; true or false",
        "my.yaml:10: `labels` is a list, so it is never `x`; write `{ has: [x] }`",
        "my.yaml:11: `kind` never has `containr`; did you mean `container`?",
        "my.yaml:12: `above` is no operator",
        "my.yaml:13: `removal` has no field `{comand}`; did you mean `command`?",
        "my.yaml:14: `removal` has no span `creations`; did you mean `creation`?",
        "my.yaml:16: unknown key `mesage`; did you mean `message`?",
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(expected), "{error}\nshould begin with\n{expected}");
    }
}

#[test]
fn a_file_that_is_no_rule_says_so() {
    assert!(errors("")[0].contains("the file is empty"));
    assert!(errors("- a\n")[0].contains("a rule is a mapping, and this is a list"));
    assert!(errors("id: [\n")[0].starts_with("my.yaml:"));
    assert!(errors("id: x\non: remval\n").iter().any(|error| error.contains("did you mean `removal`?")));
    let text = "id: x\nfamily: f\nlevel: info\nsummary: s\non: removal\nmessage: m\nwhere: { runner-version: { below: 1.10 }, selector: { matches: '(' } }\n";
    let errors = errors(text);
    assert!(errors[0].contains("a version in quotes") && errors[1].contains("no regular expression"), "{errors:#?}");
}

#[test]
fn what_is_not_known_reads_as_such() {
    let text = "id: x\nfamily: f\nlevel: info\nsummary: s\non: removal\nmessage: 'before `{selector}` and {selector}, `{command}`, `rm {selector} {verb}`.'\n";
    let finding = only(text, &prune(vec![])).expect("a finding");
    assert_eq!(
        finding.message,
        "before an unknown selector and an unknown selector, `docker container prune -f`, `rm <selector> <verb>`."
    );
}

#[test]
fn explain_tells_the_story() {
    let text = rule(PRUNE).explain();
    assert!(text.starts_with("my-prune (scope, error)\nA prune takes what others use.\n\nBecause.\n"), "{text}");
    assert!(text.contains("What the fix does: Puts the run's label on what the job makes"));
}

#[test]
fn help_may_depend_on_the_fact() {
    let text = "id: x\nfamily: f\nlevel: info\nsummary: s\non: removal\nmessage: m\nhelp:\n  - where: { in-workflow: false }\n    text: 'label it `{run-label}`'\n  - 'label it here: `{run-label}`'\n";
    let help = |fact: &Fact| only(text, fact).expect("a finding").help;
    let mut fact = prune(vec!["container"]);
    // What a fact does not say is what a workflow writes.
    assert_eq!(help(&fact).as_deref(), Some("label it here: `berth.run=${{ github.run_id }}`"));
    fact.set("in-workflow", false).set("run-label", "berth.run=$ID");
    assert_eq!(help(&fact).as_deref(), Some("label it `berth.run=$ID`"));
    fact.unknown("in-workflow");
    assert_eq!(help(&fact).as_deref(), Some("label it here: `berth.run=$ID`"));

    let wrong = "id: x\nfamily: f\nlevel: info\nsummary: s\non: removal\nmessage: m\nhelp:\n  - a text\n  - where: { by: prune }\n    text: b\n";
    let errors = errors(wrong);
    assert!(errors[0].starts_with("my.yaml:8: an entry of `help` is a mapping, and the last a text"), "{errors:#?}");
    assert!(errors[1].starts_with("my.yaml:9: the last entry of `help` is for all other facts"), "{errors:#?}");
}
