//! Each proof by a fix that only it holds back.

use super::*;
use crate::edit::NewFile;
use crate::fix::prove::{Unproven, texts};
use crate::fix::second_parser::Differs;

const NAMES: &str = "a: one # first\nb: two\nc: [x, y]\n";

fn prove(text: &str, fixes: &[&Fix]) -> Result<String, Unproven> {
    let text_of = |path: &str| ["w.yml", "x.sh", "Makefile"].contains(&path).then(|| text.to_owned());
    texts(fixes, &text_of).map(|files| files.into_values().next().unwrap())
}

fn yaml(text: &str, edits: &[(&str, &str)], changes: Vec<Change>) -> Result<String, Unproven> {
    let edits = edits.iter().map(|(old, new)| edit("w.yml", text, old, new)).collect();
    prove(text, &[&fix(edits, Meaning::Yaml(changes))])
}

fn script(path: &str, text: &str, edits: &[(&str, &str)], meaning: Meaning) -> Result<String, Unproven> {
    let edits = edits.iter().map(|(old, new)| edit(path, text, old, new)).collect();
    prove(text, &[&fix(edits, meaning)])
}

fn differs(result: Result<String, Unproven>) -> bool {
    matches!(result, Err(Unproven::Meaning(_, Differs::Value(_))))
}

#[test]
fn what_is_said_and_done_holds() {
    let new = yaml(NAMES, &[("two", "three")], vec![set("b", "three")]);
    assert_eq!(new.unwrap(), "a: one # first\nb: three\nc: [x, y]\n");
}

#[test]
fn it_must_parse() {
    let broken = yaml(NAMES, &[("two", "'two")], vec![set("b", "'two")]);
    assert!(matches!(broken, Err(Unproven::Syntax(..))), "{broken:?}");
    assert_eq!(broken.map_err(|unproven| unproven.proof()), Err("a"));
}

#[test]
fn the_text_must_be_as_expected() {
    let mut edit = edit("w.yml", NAMES, "two", "three");
    edit.old = "tow".to_owned();
    let other = prove(NAMES, &[&fix(vec![edit], Meaning::Yaml(vec![set("b", "three")]))]);
    assert!(matches!(other, Err(Unproven::Unexpected(_))), "{other:?}");
}

#[test]
fn it_says_what_it_means() {
    assert!(differs(yaml(NAMES, &[("two", "four")], vec![set("b", "three")])));
    assert!(differs(yaml(NAMES, &[("two", "three")], vec![])));
    // A number is no text, a tagged value is not the value.
    assert!(differs(yaml(NAMES, &[("two", "5432")], vec![set("b", "5432")])));
    assert!(differs(yaml(NAMES, &[("two", "!x three")], vec![set("b", "three")])));
    let nowhere = yaml(NAMES, &[("two", "three")], vec![set("z", "three")]);
    assert!(matches!(nowhere, Err(Unproven::Meaning(_, Differs::NoPlace(_)))), "{nowhere:?}");
}

#[test]
fn the_order_of_keys_counts() {
    let insert = |at| Change::Insert { path: vec![], at, key: Some("n".to_owned()), value: "new".into() };
    let edits = [("b: two\n", "b: two\nn: new\n")];
    yaml(NAMES, &edits, vec![insert(2)]).unwrap();
    assert!(differs(yaml(NAMES, &edits, vec![insert(1)])));
    let again = Change::Insert { path: vec![], at: 2, key: Some("a".to_owned()), value: "new".into() };
    assert!(yaml(NAMES, &[("b: two\n", "b: two\na: new\n")], vec![again]).is_err());
}

#[test]
fn several_items_at_one_place_come_in_their_order() {
    let text = "s:\n- a\n- b\n";
    let insert = |value: &str| Change::Insert { path: path("s"), at: 1, key: None, value: value.into() };
    let at = |new: &str| Edit { path: "w.yml".into(), span: Span::new(7, 7), old: String::new(), new: new.into() };
    let both = fix(vec![at("- x\n"), at("- y\n")], Meaning::Yaml(vec![insert("x"), insert("y")]));
    assert_eq!(prove(text, &[&both]).unwrap(), "s:\n- a\n- x\n- y\n- b\n");
    let swapped = fix(vec![at("- x\n"), at("- y\n")], Meaning::Yaml(vec![insert("y"), insert("x")]));
    assert!(differs(prove(text, &[&swapped])));
}

#[test]
fn an_anchor_is_edited_only_for_all_its_users() {
    let text = "one: &a { x: old }\ntwo: *a\n";
    assert!(differs(yaml(text, &[("old", "new")], vec![set("one/x", "new")])));
    yaml(text, &[("old", "new")], vec![set("one/x", "new"), set("two/x", "new")]).unwrap();
}

#[test]
fn what_the_second_parser_does_not_take_is_left_alone() {
    // Of several documents the first is meant, and the others stay as they are.
    yaml("a: one\n---\nb: two\n", &[("one", "three")], vec![set("a", "three")]).unwrap();
    assert!(differs(yaml("a: one\n---\nb: two\n", &[("two", "three")], vec![set("a", "three")])));
    let twice = yaml("a: 1\nb: two\nb: three\n", &[("1", "'2'")], vec![set("a", "2")]);
    assert!(matches!(twice, Err(Unproven::Misread(..))), "{twice:?}");
}

#[test]
fn no_comment_is_lost() {
    let lost = yaml(NAMES, &[("one # first", "two")], vec![set("a", "two")]);
    assert!(matches!(&lost, Err(Unproven::Comment(_, comment)) if comment == "# first"), "{lost:?}");
    yaml(NAMES, &[("a: one # first", "# first\na: two")], vec![set("a", "two")]).unwrap();
    let run = "run: |\n  # why\n  docker ps\n";
    let lost = yaml(run, &[("  # why\n", "")], vec![set("run", "docker ps\n")]);
    assert!(matches!(&lost, Err(Unproven::Comment(_, comment)) if comment == "# why"), "{lost:?}");
    let quoted = "run: 'docker ps # why'\n";
    let lost = yaml(quoted, &[("ps # why", "ps")], vec![set("run", "docker ps")]);
    assert!(matches!(&lost, Err(Unproven::Comment(_, comment)) if comment == "# why"), "{lost:?}");
}

#[test]
fn a_line_outside_of_the_edits_stays() {
    // What is inserted before a line lacks its line break, and the same line stands further down.
    let text = "a: |\n  x\n  x\n";
    let insertion = Edit { path: "w.yml".into(), span: Span::new(5, 5), old: String::new(), new: "  y".into() };
    let joined = prove(text, &[&fix(vec![insertion], Meaning::Yaml(vec![set("a", "y  x\nx\n")]))]);
    assert_eq!(joined, Err(Unproven::Line("w.yml".to_owned(), "x".to_owned())));
}

/// A shell's text stands under other keys than `run`, too.
#[test]
fn no_comment_of_another_text_is_lost() {
    let text = "with:\n  script: |\n    # why\n    docker ps\n";
    let lost = yaml(text, &[("    # why\n", "")], vec![set("with/script", "docker ps\n")]);
    assert!(matches!(&lost, Err(Unproven::Comment(_, comment)) if comment == "# why"), "{lost:?}");
}

#[test]
fn line_ends_and_byte_order_marks_are_kept() {
    let text = "\u{feff}a: one\r\nb: two";
    assert_eq!(yaml(text, &[("two", "three")], vec![set("b", "three")]).unwrap(), "\u{feff}a: one\r\nb: three");
}

#[test]
fn only_the_commands_meant_change() {
    let text = "docker ps\ndocker rm -f a\ndocker ps\n# end\n";
    let meant = || commands(&["docker rm -f a"], &["docker rm -fv a"]);
    script("x.sh", text, &[("-f a", "-fv a")], meant()).unwrap();
    let other = script("x.sh", text, &[("-f a", "-fv a"), ("docker ps", "docker ls")], meant());
    assert!(matches!(other, Err(Unproven::Commands(_))), "{other:?}");
    let another = script("x.sh", text, &[("-f a", "-fv b")], meant());
    assert!(matches!(another, Err(Unproven::Commands(_))), "{another:?}");
    // The quote takes the rest of the script in.
    let swallowed = script("x.sh", text, &[("-f a", "-fv a\"")], commands(&["docker rm -f a"], &["docker rm -fv a\""]));
    assert!(swallowed.is_err(), "{swallowed:?}");
    let lost = script("x.sh", text, &[("# end\n", "")], commands(&[], &[]));
    assert!(matches!(&lost, Err(Unproven::Comment(_, comment)) if comment == "# end"), "{lost:?}");
}

#[test]
fn equal_commands_are_told_apart_by_their_places() {
    let text = "docker ps\ndocker rm a\ndocker ps\n";
    let last = Edit { path: "x.sh".into(), span: Span::new(22, 31), old: "docker ps".into(), new: "true".into() };
    prove(text, &[&fix(vec![last.clone()], commands(&["docker ps"], &["true"]))]).unwrap();
    let makefile = Edit { path: "Makefile".into(), ..last };
    prove(text, &[&fix(vec![makefile], commands(&["docker ps"], &["true"]))]).unwrap();
}

#[test]
fn two_changes_of_one_text_are_proven_together() {
    let text = "run: docker rm a; docker rm b\n";
    let one = |old, new, run| fix(vec![edit("w.yml", text, old, new)], Meaning::Yaml(vec![set("run", run)]));
    let a = one("rm a", "rm -v a", "docker rm -v a; docker rm b");
    let b = one("rm b", "rm -v b", "docker rm a; docker rm -v b");
    assert_eq!(prove(text, &[&a, &b]).unwrap(), "run: docker rm -v a; docker rm -v b\n");
    let lie = one("rm b", "rm -v b", "docker rm a; docker rm -f b");
    assert!(differs(prove(text, &[&a, &lie])));
}

#[test]
fn a_new_file_is_new_and_parses() {
    let mut with = fix(vec![edit("w.yml", NAMES, "two", "three")], Meaning::Yaml(vec![set("b", "three")]));
    with.creates = vec![NewFile { path: "x.sh".into(), text: String::new() }];
    assert_eq!(prove(NAMES, &[&with]), Err(Unproven::Exists("x.sh".to_owned())));
    with.creates = vec![NewFile { path: "new.yml".into(), text: "a: 'open\n".to_owned() }];
    assert!(matches!(prove(NAMES, &[&with]), Err(Unproven::Syntax(..))));
}
