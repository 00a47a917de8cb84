//! What the tree says, shown as `text[span]` pictures.

pub(crate) mod corpus;
mod hostile;
mod random;

use super::*;
use crate::fuzzing::yaml::holds as check;
use crate::source::{Source, Span};

fn tree(text: &str) -> Tree {
    let source = Source::new("t.yml", text.as_bytes().to_vec()).expect("UTF-8");
    match parse(&source) {
        Ok(tree) => tree,
        Err(error) => panic!("{error} at {:?} in {text:?}", error.span),
    }
}

fn error(text: &str) -> (Span, String) {
    let source = Source::new("t.yml", text.as_bytes().to_vec()).expect("UTF-8");
    let error = parse(&source).expect_err("no YAML");
    (error.span, error.message)
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.range()]
}

/// The value at a path of keys, its text and its span's bytes.
fn at<'a>(text: &'a str, tree: &Tree, path: &[&str]) -> (String, &'a str, bool) {
    check(text, tree);
    let node = path.iter().fold(tree.root().expect("a root"), |node, key| match key.parse::<usize>() {
        Ok(index) => node.items().nth(index).expect("an item"),
        Err(_) => node.get(key).expect("a key"),
    });
    let found = node.text().expect("a scalar");
    (found.value().to_owned(), slice(text, node.span()), found.is_proven())
}

#[track_caller]
fn shows(text: &str, path: &[&str], value: &str, written: &str) {
    let (found, bytes, proven) = at(text, &tree(text), path);
    assert_eq!((found.as_str(), bytes, proven), (value, written, true), "in {text:?}");
}

#[test]
fn an_alias_stands_where_it_is_written() {
    let text = "a: &base !t {b: 1}\nc: [*base]\n";
    let tree = tree(text);
    check(text, &tree);
    let alias = tree.root().and_then(|root| root.get("c")).and_then(|list| list.items().next()).expect("an alias");
    assert_eq!((slice(text, alias.full_span()), alias.tag().map(|tag| tag.written)), ("*base", Some("!t")));
}

#[test]
fn plain_and_quoted_scalars() {
    shows("a: b c # d\n", &["a"], "b c", "b c");
    shows("a: 'it''s'\n", &["a"], "it's", "'it''s'");
    shows(
        r#"a: "x\ty\u00e9 \
          z"
"#,
        &["a"],
        "x\ty\u{e9} z",
        "\"x\\ty\\u00e9 \\\n          z\"",
    );
    shows("a: b\n  c\n\n  d\nb: 1\n", &["a"], "b c\nd", "b\n  c\n\n  d");
    shows("a: 'b\r\n\r\n  c'\r\n", &["a"], "b\nc", "'b\r\n\r\n  c'");
    shows("\u{feff}é: ü # ö\nb: ä\n", &["b"], "ä", "ä");
    shows("a: \"\"\n", &["a"], "", "\"\"");
    shows("a: http://x:80/#y\n", &["a"], "http://x:80/#y", "http://x:80/#y");
}

#[test]
fn block_scalars() {
    shows("run: |\n  a\n\n   b\nx: 1\n", &["run"], "a\n\n b\n", "|\n  a\n\n   b");
    shows("run: |-\n  a\n  b\n\n\nx: 1\n", &["run"], "a\nb", "|-\n  a\n  b");
    shows("run: |+ # why\n  a\n\nx: 1\n", &["run"], "a\n\n", "|+ # why\n  a");
    shows("run: |2\n    a\n   b\n", &["run"], "  a\n b\n", "|2\n    a\n   b");
    shows("run: |\r\n  a\r\n  é\r\nx: 1\r\n", &["run"], "a\né\n", "|\r\n  a\r\n  é");
    shows("run: |\n\n\n  a\n", &["run"], "\n\na\n", "|\n\n\n  a");
    shows("run: |\n  a\n  # no comment\n # a comment\nx: 1", &["run"], "a\n# no comment\n", "|\n  a\n  # no comment");
    shows("- |\n a\n- |\n b", &["1"], "b", "|\n b");
    shows("a: |\n  b\n  ", &["a"], "b\n", "|\n  b");
    shows("a: >\n  b\n  c", &["a"], "b c", ">\n  b\n  c");
    shows("a: |+\n", &["a"], "", "|+");
    shows("a: |\nb: 1\n", &["a"], "", "|");
    shows("a: >-\n  b\n  c\n\n  d\n    e\n  f\n\nx: 1\n", &["a"], "b c\nd\n  e\nf", ">-\n  b\n  c\n\n  d\n    e\n  f");
    shows("a: >\r\n\r\n  b\r\n  c\r\n", &["a"], "\nb c\n", ">\r\n\r\n  b\r\n  c");
    shows("|\n a\n", &[], "a\n", "|\n a");
}

#[test]
fn a_block_has_no_blank_lines_at_its_end_unless_it_keeps_them() {
    for (text, value) in [
        ("a: |\n      \n", ""),
        ("a: |\n\n", ""),
        ("a: >\n   \n", ""),
        ("a: |-\n   \n", ""),
        ("a: |+\n   \n", "\n"),
        ("a: |2\n    \n", "  \n"),
        ("a: |\n  \n  \nb: 1\n", ""),
        ("a: |\n  x\n\n\n\n  ", "x\n"),
        ("a: |\n  x\n  ", "x\n"),
        ("a: >\n  x\n\n  ", "x\n"),
        ("a: |-\n  x\n\n  ", "x"),
    ] {
        let source = Source::new("x.yml", text.as_bytes().to_vec()).expect(text);
        let tree = parse(&source).expect(text);
        let own = tree.root().and_then(|root| root.get("a")?.scalar()).map(|scalar| scalar.value.to_owned());
        assert_eq!(own.as_deref(), Some(value), "{text:?}");
        let theirs: serde_yaml::Value = serde_yaml::from_str(text).expect(text);
        assert_eq!(theirs["a"].as_str(), Some(value), "{text:?}");
    }
}

#[test]
fn text_inside_a_block_scalar_leads_to_its_bytes() {
    let text = "run: |\r\n    one\r\n    docker rm x\r\n";
    let tree = tree(text);
    let run = tree.root().and_then(|root| root.get("run")).and_then(Node::text).expect("run");
    let at = run.value().find("docker").expect("docker");
    assert_eq!(slice(text, run.span(at..at + 9)), "docker rm");
    assert_eq!(run.exact(0..at + 6).map(|span| slice(text, span)), Some("one\r\n    docker"));
}

#[test]
fn missing_values_stand_behind_their_indicator() {
    let text = "on:\n  push: # all\n  tag:\nlist:\n  -\n  - a\n";
    let tree = tree(text);
    check(text, &tree);
    let push = tree.root().and_then(|root| root.get("on")).and_then(|on| on.get("push")).expect("push");
    assert!(push.is_null());
    assert_eq!(&text[..push.span().start], "on:\n  push:");
    let items: Vec<_> = tree.root().and_then(|root| root.get("list")).expect("list").items().collect();
    assert_eq!(
        (items.len(), items[0].is_null(), items[0].span().start),
        (2, true, items[0].indicator().expect("-") + 1)
    );
}

#[test]
fn a_bare_negation_is_a_tag() {
    let text = "if: !cancelled()\nthen: !failure() && always()\n";
    let tree = tree(text);
    check(text, &tree);
    let root = tree.root().expect("root");
    let condition = root.get("if").expect("if");
    assert_eq!(condition.tag().map(|tag| tag.written), Some("!cancelled()"));
    assert_eq!((condition.as_str(), slice(text, condition.full_span())), (Some(""), "!cancelled()"));
    let other = root.get("then").expect("then");
    assert_eq!(other.anchor().map(|anchor| anchor.written), Some("&&"));
    assert_eq!(slice(text, other.full_span()), "!failure() && always()");
}

#[test]
fn anchors_aliases_and_merge_keys() {
    let text = "base: &base\n  image: a\n  env: {X: 1}\nuse:\n  <<: *base\n  image: b\nmany:\n  <<: [*base, {y: 2}]\n";
    let tree = tree(text);
    check(text, &tree);
    let root = tree.root().expect("root");
    let used = root.get("use").expect("use");
    let seen: Vec<_> =
        used.entries().map(|entry| (entry.key.as_str().expect("key"), entry.value.as_str(), entry.merged)).collect();
    assert_eq!(seen, [("image", Some("b"), false), ("env", None, true)]);
    assert_eq!(used.get("env").and_then(|env| env.get("X")).and_then(Node::as_str), Some("1"));
    assert_eq!(root.get("many").map(|many| many.entries().count()), Some(3));
    let alias = used.own_entries().next().expect("<<").value;
    assert!(alias.is_alias() && alias.kind() == NodeKind::Mapping);
    assert_eq!(slice(text, alias.span()), "*base");
    assert_eq!(root.get("base").and_then(Node::anchor).map(|anchor| anchor.written), Some("&base"));
}

#[test]
fn flow_collections() {
    let text = "on: [push, 'pull_request',\n  # why\n  tag ]\nx: {a: 1, \"b\":2, c, d: [e: f]} # end\n";
    let tree = tree(text);
    check(text, &tree);
    let root = tree.root().expect("root");
    let on = root.get("on").expect("on");
    assert!(on.is_flow());
    assert_eq!(on.items().filter_map(Node::as_str).collect::<Vec<_>>(), ["push", "pull_request", "tag"]);
    let x = root.get("x").expect("x");
    assert_eq!(slice(text, x.span()), "{a: 1, \"b\":2, c, d: [e: f]}");
    assert_eq!(x.get("b").and_then(Node::as_str), Some("2"));
    assert!(x.get("c").is_some_and(Node::is_null));
    let pair = x.get("d").and_then(|d| d.items().next()).expect("pair");
    assert_eq!(slice(text, pair.span()), "e: f");
    let comments: Vec<_> = tree.comments().iter().map(|c| (slice(text, c.span), c.own_line)).collect();
    assert_eq!(comments, [("# why", true), ("# end", false)]);
}

#[test]
fn brackets_may_close_below_their_key() {
    let text = "a:\n  test: [ # why\n    x, 'y # z',\n    # more\n  ]\n  list: {\n  k: v # w\n}\n  next: 1\n";
    let tree = tree(text);
    check(text, &tree);
    let a = tree.root().and_then(|root| root.get("a")).expect("a");
    let test = a.get("test").expect("test");
    assert_eq!(test.items().filter_map(Node::as_str).collect::<Vec<_>>(), ["x", "y # z"]);
    assert_eq!(slice(text, test.span()), "[ # why\n    x, 'y # z',\n    # more\n  ]");
    assert_eq!(a.get("list").and_then(|list| list.get("k")).and_then(Node::as_str), Some("v"));
    assert_eq!(a.get("next").and_then(Node::as_str), Some("1"));
    assert_eq!(tree.comments().len(), 3);
}

#[test]
fn quotes_may_close_below_their_key() {
    let text = "a:\n  list: '[\n    {\"x\": 1}, ''y''\n\n  ]' # why\n  next: \"b\nc \\\n d\"\nlast: ['e\r\nf', g]\n";
    shows(text, &["a", "list"], "[ {\"x\": 1}, 'y'\n]", "'[\n    {\"x\": 1}, ''y''\n\n  ]'");
    shows(text, &["a", "next"], "b c d", "\"b\nc \\\n d\"");
    shows(text, &["last", "1"], "g", "g");
    let tree = tree(text);
    assert_eq!(slice(text, tree.comments()[0].span), "# why");
    // What follows has its error where it stands.
    let (span, message) = error("a:\n  b: '[\n  ]'\n  c: d: e\n");
    assert_eq!((span.start, message.contains("quote the text")), (22, true), "{message}");
    let (_, message) = error("a: 'b\n---\n'\n");
    assert!(message.contains("ends the document"), "{message}");
}

#[test]
fn collections_end_with_their_last_value() {
    let text = "jobs:\n  a:\n    steps:\n      - run: x\n      # a remark\n\n  b: &b !t\n    ? k\n    : v\n";
    let tree = tree(text);
    check(text, &tree);
    let jobs = tree.root().and_then(|root| root.get("jobs")).expect("jobs");
    assert_eq!(slice(text, jobs.get("a").expect("a").span()), "steps:\n      - run: x");
    assert_eq!(slice(text, jobs.get("b").expect("b").full_span()), "&b !t\n    ? k\n    : v");
}

#[test]
fn the_lines_of_entries_and_items() {
    let text = "a:\n  b: 1 # one\n  c:\n    - x: 1\n      y: 2\n    - z\nd: {e: f}\n";
    let tree = tree(text);
    let root = tree.root().expect("root");
    let lines = |entry: Option<Entry<'_>>| entry.and_then(Entry::lines).map(|lines| slice(text, lines.span).to_owned());
    let a = root.get("a").expect("a");
    assert_eq!(lines(a.entry("b")).as_deref(), Some("  b: 1 # one\n"));
    assert_eq!(
        a.entry("b").and_then(Entry::lines).map(|lines| (lines.indent, lines.trailing.is_some())),
        Some((2, true))
    );
    assert_eq!(lines(a.entry("c")).as_deref(), Some("  c:\n    - x: 1\n      y: 2\n    - z\n"));
    let first = a.get("c").and_then(|c| c.items().next()).expect("item");
    assert_eq!(lines(first.entry("x")), None, "shares its line with the dash");
    assert_eq!(lines(first.entry("y")).as_deref(), Some("      y: 2\n"));
    assert_eq!(first.item_lines().map(|lines| slice(text, lines.span)), Some("    - x: 1\n      y: 2\n"));
    assert_eq!(lines(root.get("d").and_then(|d| d.entry("e"))), None, "in braces");
}

#[test]
fn repeated_keys_are_told() {
    let tree = tree("a: 1\nb: 2\na: 3\n");
    let root = tree.root().expect("root");
    assert_eq!(root.get("a").and_then(Node::as_str), Some("1"));
    assert_eq!(root.duplicate_keys().iter().map(|key| key.span().start).collect::<Vec<_>>(), [10]);
}

#[test]
fn documents() {
    for (text, count) in [("", 0), ("# only\n", 0), ("---\n", 1), ("%YAML 1.2\n---\na: 1\n...\n---\nb\n", 2)] {
        let tree = tree(text);
        check(text, &tree);
        assert_eq!(tree.documents().count(), count, "{text:?}");
    }
}

#[test]
fn errors_say_where_and_what_to_do() {
    let cases = [
        ("a: b: c\n", 4, "quote the text"),
        ("a: 'b\n", 3, "never closed"),
        ("a:\n  b: 1\n  echo x\n  c: 1\n", 12, "add the `:`"),
        ("a: 1\nfoo", 5, "add the `:`"),
        // What a bracket or a quote at the keys' level holds is `key: value`.
        ("a: 1\nb:\n  c:\n{\n  \"d\": 1,\n  \"e\": 2\n}\nf: 1\n", 13, "a bracket is none"),
        ("a: 1\nb:\n  - c: |\n      d\n{{ e }}\nf: 1\n", 25, "a bracket is none"),
        ("a: 1\n\"b\n  c: 1\"\nd: 1\n", 10, "close the quotes"),
        ("a:\n\tb: 1\n", 4, "replace it with spaces"),
        ("a: @b\n", 3, "quote it"),
        ("a: *b\n", 3, "not defined"),
        ("a: [1, 2\nb: 3\n", 10, "close the `["),
        ("a: \"\\q\"\n", 3, "single quotes"),
        ("a: &x [*x]\n", 7, "contains itself"),
        ("if: !startsWith(github.ref, 'x')\n", 4, "tag"),
        ("a: \u{1}\n", 3, "U+0001"),
        ("a: x\0\n", 4, "U+0000"),
        ("a: \u{9b}\n", 3, "U+009B"),
    ];
    for (text, start, words) in cases {
        let (span, message) = error(text);
        assert!(message.contains(words), "{text:?}: {message}");
        assert_eq!(span.start, start, "{text:?}: {message}");
    }
}
