//! Every case of every built-in rule can happen: a fact made from its own conditions is judged by it.

use crate::facts::vocabulary::Type;
use crate::facts::{Datum, Fact};
use crate::rules::condition::{Bound, Clause};
use crate::rules::{Case, Condition, Group, Rule, built_in, judge};
use crate::source::{Location, Span};

/// A fact that is as the conditions say.
fn fact_of(rule: &Rule, case: &Case) -> Fact {
    let mut fact = Fact::new(rule.on.name, "made from its conditions");
    fill(&mut fact, &case.conditions);
    for (at, span) in rule.on.spans.iter().enumerate() {
        fact.at(span.name, Location { path: "ci.yml".into(), span: Span::new(at * 10, at * 10 + 5) });
    }
    fact
}

fn fill(fact: &mut Fact, group: &Group) {
    // Fields last: they say more than the first arm of an `any`.
    for clause in group.clauses.values().rev() {
        match clause {
            Clause::Field(name, condition) => {
                let holds = fact.kind.field(name).expect("a field of the kind").holds;
                fact.set_some(name, value(condition, holds));
            }
            Clause::Any(groups) => groups.iter().take(1).for_each(|group| fill(fact, group)),
            Clause::All(groups) => groups.iter().for_each(|group| fill(fact, group)),
            Clause::Dropped => {}
        }
    }
}

/// A value that a condition accepts; none where absence will do.
fn value(condition: &Condition, holds: Type) -> Option<Datum> {
    match condition {
        Condition::Is(datum) => Some(datum.clone()),
        Condition::OneOf(arms) => value(&arms[0], holds),
        Condition::Has(words) => Some(Datum::List(vec![words[0].clone()])),
        Condition::Not(inner) if matches!(**inner, Condition::Absent) => Some(sample(holds)),
        Condition::Not(_) | Condition::Absent => None,
        Condition::AtLeast(Bound::Number(number)) => Some(Datum::Number(*number)),
        Condition::Below(Bound::Number(number)) => Some(Datum::Number(number - 1)),
        Condition::AtLeast(Bound::Version(_)) => Some(Datum::Text("999".to_owned())),
        Condition::Below(Bound::Version(_)) => Some(Datum::Text("0".to_owned())),
        Condition::Matches(pattern) => {
            let text = ["repo/*", "8000-8010", "x.length"].into_iter().find(|text| pattern.is_match(text));
            Some(Datum::Text(text.unwrap_or("x").to_owned()))
        }
    }
}

fn sample(holds: Type) -> Datum {
    match holds {
        Type::Bool => Datum::Bool(true),
        Type::Number => Datum::Number(1),
        Type::Version | Type::Text => Datum::Text("x".to_owned()),
        Type::OneOf(words) => Datum::Text(words[0].to_owned()),
        Type::List => Datum::List(vec!["x".to_owned()]),
        Type::ListOf(words) => Datum::List(vec![words[0].to_owned()]),
    }
}

#[test]
fn every_case_can_happen() {
    for rule in built_in() {
        for case in rule.also.iter().chain([&rule.base]) {
            let fact = fact_of(rule, case);
            let findings = judge([rule], std::slice::from_ref(&fact));
            assert_eq!(findings.len(), 1, "{} is silent about {:?}", rule.id, fact.fields);
            assert!(!findings[0].message.contains("  "), "{}", findings[0].message);
        }
    }
}

/// The eye starts at the place of a finding: a few words say what is wrong with it.
#[test]
fn every_rule_has_words_for_its_own_place() {
    for rule in built_in() {
        let fact = fact_of(rule, &rule.base);
        let label = judge([rule], std::slice::from_ref(&fact)).pop().and_then(|finding| finding.label);
        let label = label.unwrap_or_else(|| panic!("{}: `show` has no entry for `{}`", rule.id, rule.at));
        assert!((5..=48).contains(&label.len()) && !label.contains("{"), "{}: {label}", rule.id);
    }
}

#[test]
fn no_special_case_stands_in_the_shadow_of_another() {
    for rule in built_in() {
        for case in &rule.also {
            let decided = rule.decide(&fact_of(rule, case)).expect("a case").case;
            assert!(std::ptr::eq(decided, case), "{}: an `also` above takes `{:?}`", rule.id, case.message);
        }
    }
}

#[test]
fn an_ephemeral_daemon_and_another_machine_silence_what_is_about_peers() {
    for rule in built_in() {
        let mut fact = fact_of(rule, &rule.base);
        if fact.text("daemon").is_some() {
            fact.set("daemon", "ephemeral");
            assert_eq!(judge([rule], &[fact]), [], "{}", rule.id);
        }
        let mut fact = fact_of(rule, &rule.base);
        fact.set("target", "elsewhere");
        let stays =
            ["job", "service", "option", "key", "condition", "shell-idiom", "workflow-file", "repository", "gate"];
        let silent = judge([rule], &[fact]).is_empty();
        assert_eq!(silent, !stays.contains(&rule.on.name), "{}", rule.id);
    }
}

#[test]
#[ignore = "a measurement: about a millisecond with optimisation"]
fn reading_all_rules_takes_no_time_for_long() {
    let start = std::time::Instant::now();
    assert!(!built_in().is_empty());
    let took = start.elapsed();
    assert!(took.as_millis() < 20, "{took:?}");
}
