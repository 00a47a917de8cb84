//! Input made to hurt: everything ends, quickly, with a tree or an error.

use std::time::{Duration, Instant};

use super::super::*;
use crate::source::Source;

fn ends(what: &str, text: String) {
    let source = Source::new("hostile.yml", text.into_bytes()).expect("UTF-8");
    let start = Instant::now();
    let result = parse(&source);
    let took = start.elapsed();
    // Ten times the budget of an optimised build.
    assert!(took < Duration::from_secs(10), "{what} took {took:?}");
    if let Err(error) = result {
        assert!(error.span.end <= source.text().len(), "{what}: {error}");
    }
}

#[test]
fn a_megabyte_of_anything_ends() {
    let many = |part: &str| part.repeat((1 << 20) / part.len());
    for part in [
        "[",
        "{",
        "- ",
        "? ",
        "a: ",
        "a:\n",
        "- a\n",
        "[]\n",
        "'",
        "\"",
        "\\",
        "|\n",
        ">\n",
        "#\n",
        "# ",
        "\t",
        "\r",
        "\n",
        "é",
        "a",
        "!a ",
        "&a ",
        "*a ",
        "---\n",
        "...\n",
        "- é: é\n",
        ",",
        ": ",
        "%TAG ! a\n",
    ] {
        ends(part, many(part));
    }
    ends("one line", format!("a: {}", many("x ")));
    ends("one line of é", format!("a: [{}]", many("é, ")));
    ends("one quoted line", format!("a: \"{}\"", many("é\\n")));
    ends("folded quotes", format!("a: '{}'", many("x\n\n ")));
    ends("block", format!("a: |\n{}", many("  é\n")));
    ends("folded", format!("a: >\n{}", many("  é\n\n")));
    ends("long key", format!("? {}\n: b", many("k ")));
    ends("flow keys", format!("{{{}}}", many("a: b, ")));
    ends("pairs", format!("[{}]", many("a: b, ")));
    ends("deep and wide", format!("{}{}", "[".repeat(120), many("a, ")));
    ends("deeper and wide", format!("{}{}", "[".repeat(250), many("a, ")));
    ends("dedents", format!("a:\n  b: [\n{}", many("a,\n")));
    ends("dedents in masses", many("a: [\nb\n]\n"));
    ends("comments", format!("a: 1 {}", many("# é")));
    ends("empty lines", format!("a: |{}b: 1", many("\n")));
    ends("quotes in quotes", format!("a: '{}'", many("''")));
    ends("nested blocks", (0..1400).map(|depth| " ".repeat(depth) + "a:\n").collect());
    ends("anchors", (0..60_000).map(|n| format!("- &a{n} 1\n")).collect());
    ends("tags", format!("%TAG !x! {}\n---\n{}", "y".repeat(900), many("- !x!z a\n")));
}

#[test]
fn an_alias_bomb_is_an_error() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..20 {
        let below = n - 1;
        text += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{below}"); 9].join(", "));
    }
    let source = Source::new("bomb.yml", text.into_bytes()).expect("UTF-8");
    let error = parse(&source).expect_err("too much");
    assert!(error.message.contains("a million nodes"), "{error}");
}

#[test]
fn a_chain_of_merges_is_walked() {
    let mut text = "m0: &m0 {k0: v}\n".to_owned();
    for n in 1..400 {
        text += &format!("m{n}: &m{n} {{<<: *m{}, k{n}: v}}\n", n - 1);
    }
    let source = Source::new("chain.yml", text.into_bytes()).expect("UTF-8");
    let tree = parse(&source).expect("a tree");
    let last = tree.root().and_then(|root| root.get("m399")).expect("m399");
    assert_eq!(last.entries().count(), 400);
    assert_eq!(last.get("k0").and_then(Node::as_str), Some("v"));
}

#[test]
fn too_deep_is_an_error() {
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "a:\n ".repeat(3), "? ".repeat(100_000)] {
        ends("deep", text);
    }
    let source = Source::new("deep.yml", "- ".repeat(200).into_bytes()).expect("UTF-8");
    assert!(parse(&source).expect_err("deep").message.contains("128 levels"));
}
