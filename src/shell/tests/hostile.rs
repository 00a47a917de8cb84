//! Malice by the megabyte: no panic, no stack overflow, no hang.

use crate::shell::parse;
use std::time::{Duration, Instant};

/// A debug build on a busy machine is allowed more than the second that a release build has.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

#[rustfmt::skip]
const REPEATED: [&str; 88] = [
    "(", "$(", "((", "$((", "{ ", "${x:-", "`", "\"", "'", "\"$(", "<(", "[[ ", "case x in ", "if ", "for x in ", "while ",
    "f() {", "x=(", "a[", "@(", "<<E\n", "$(cat <<E\n", "${{", "${{ '", "$[", "\\", "$", "`\\`", "$'", "! ", "function ",
    "if a; then ", "case x in a) ", "${", "${#", "${x[", "for ((", "a && (", "a | ", "|", "|| ", "a && ", "&", ";", "a;", "a\n",
    "a &", ";;", ")", "}", "fi ", "> ", "<<E ", "a >b ", "<", "#", "x=y ", "$x ", "a() { b; }\n", "if a; then b; fi\n",
    "case x in a) b;; esac\n", "$(a) ", "\"$(a)\"\n", "a <<E\nb\nE\n", "[[ a ]]\n", "! a | b\n", "\r", "\r\n", "\0", "\u{1}", "é",
    "a\\\n", "[[ ]] ", "for x in a; do b; done & ", "a", "a ", "'a'", "$x \\", "a b c | d e f; ", "if fi ", "case esac ",
    "do ", "{ } ", "a(b) ", "} a ", "(a) b\n", "f() a\n", "for ((;;)) { a; }; ",
];

fn assert_quick(text: &str) {
    let begin = Instant::now();
    let script = parse(text);
    let took = begin.elapsed();
    let sample: String = text.chars().take(20).collect();
    assert!(took < LIMIT, "{took:?} for {sample:?}");
    script.walk(&mut |_| {});
    assert!(script.errors.iter().all(|range| range.end <= text.len()));
}

fn assert_all_quick(bytes: usize) {
    for part in REPEATED {
        let text = part.repeat(bytes / part.len());
        assert_quick(&text);
        assert_quick(&format!("cat <<E\n{text}"));
        assert_quick(&format!("x=\"{text}"));
    }
}

#[test]
fn repeated() {
    assert_all_quick(20_000);
}

#[test]
#[ignore = "a minute; meant for a release build"]
fn repeated_for_a_megabyte_for_long() {
    assert_all_quick(1_000_000);
}

/// Unclosed and nested just below the cap: reading anything twice at each level would never end.
#[test]
fn nested_as_deep_as_allowed() {
    for opener in
        ["$(", "${x:-", "\"$(", "${x:-\"$(", "$((", "`", "{ ", "@(", "<(", "$(cat <<E\n", "if a; then ", "x=$(", "(("]
    {
        for depth in [10, 20, 30] {
            assert_quick(&opener.repeat(depth));
            assert_quick(&format!("{}a)}}\"", opener.repeat(depth)));
        }
    }
}

#[test]
fn chains_have_an_end() {
    let mut statements = 0;
    parse(&vec!["apt-get install x"; 200].join(" && ")).walk(&mut |_| statements += 1);
    assert_eq!(statements, 399);
    let script = parse(&vec!["a"; 5_000].join(" && "));
    assert!(script.body.is_empty() && !script.errors.is_empty());
}
