//! Where things stand: ranges, quoting, scripts inside words.

use super::print;
use crate::shell::{Context, Script, Word, parse, reparse};

/// The source text of each statement, substitutions' included.
fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    parse(text).walk(&mut |statement| found.push(&text[statement.span.clone()]));
    found
}

fn last_word(script: &Script) -> Word {
    script.body[0].command().and_then(|command| command.words.last()).cloned().expect("a word")
}

#[test]
fn statements_have_exact_ranges() {
    assert_eq!(statements("! a b >f &\n"), ["! a b >f"]);
    assert_eq!(statements("if a; then b; fi >f; c"), ["if a; then b; fi >f", "a", "b", "c"]);
    assert_eq!(statements("x=$(a | \"b\")"), ["x=$(a | \"b\")", "a | \"b\"", "a", "\"b\""]);
    assert_eq!(statements("a <<E | b\n$(c)\nE"), ["a <<E | b", "a <<E", "c", "b"]);
    assert_eq!(statements("é `a \\`b c\\``"), ["é `a \\`b c\\``", "a \\`b c\\`", "b c"]);
    assert_eq!(statements("f() { a; }"), ["f() { a; }", "a"]);
}

#[test]
fn an_expression_keeps_its_place() {
    let text = "a '${{ b }}'";
    let word = last_word(&parse(text));
    assert_eq!(&text[word.pieces[0].span.clone()], "${{ b }}");
}

#[test]
fn ranges_move_together() {
    let mut script = parse("a $(b) # c");
    script.shift(10);
    let mut starts = Vec::new();
    script.walk(&mut |statement| starts.push(statement.span.start));
    assert_eq!((starts, script.comments[0].clone()), (vec![10, 14], 17..20));
}

#[test]
fn the_quoting_of_a_place() {
    for (marked, expected) in [
        ("a ^b", Context::Bare),
        ("a ^", Context::Bare),
        ("a 'b^'", Context::Single),
        ("a '^'", Context::Single),
        ("a \"^\"", Context::Double),
        ("a \"b$x^\"", Context::Double),
        ("a \"$(b ^)\"", Context::Bare),
        ("a \"$(b 'c^')\"", Context::Single),
        ("a $'b^'", Context::Ansi),
        ("a <<E\nb^ $x\nE", Context::Heredoc { quoted: false }),
        ("a <<E\n\"b^\"\nE", Context::Heredoc { quoted: false }),
        ("a <<'E'\nb^\nE", Context::Heredoc { quoted: true }),
        ("a <<E\n$(b ^c)\nE", Context::Bare),
        ("a ${{ ^b }}", Context::Expression),
        ("a # b^", Context::Comment),
        ("if [ \"$a^\" ]; then b; fi", Context::Double),
        ("A=\"b^\" c", Context::Double),
    ] {
        let (before, after) = marked.split_once('^').expect("a mark");
        let text = format!("{before}{after}");
        assert_eq!(parse(&text).context(&text, before.len()), expected, "in {marked}");
    }
}

#[test]
fn a_script_inside_a_word() {
    for (text, inner, found) in [
        ("sh -c 'a | b \"c d\"'", "pipe(a | b \"c d\")", "b \"c d\""),
        ("sh -c \"a \\\"b c\\\" d\"", "a \"b c\" d", "a \\\"b c\\\" d"),
        ("sh -c \"a \\\n b \\$c\"", "a b $c", "a \\\n b \\$c"),
        ("sh -c 'a '\"'\"'b c'\"'\"' d'", "a 'b c' d", "a '\"'\"'b c'\"'\"' d"),
        ("sh -c \"rm $x $(y)\"", "rm $x $(y)", "y"),
        ("sh -c \"rm '$x' 'a $y b'\"", "rm \"$x\" 'a '\"$y\"' b'", "rm '$x' 'a $y b'"),
        ("sh -c \"rm '\\$x'\"", "rm '$x'", "rm '\\$x'"),
        ("sh -c '${{ a }} b'", "<a> b", "${{ a }} b"),
        ("sh <<-E\n\ta \"b\"\n\tc \\$d\n\tE", "a \"b\"; c $d", "c \\$d"),
        ("sh -c 'a\r\nb'", "a; b", "b"),
    ] {
        let outer = parse(text);
        let redirect = outer.body[0].command().and_then(|command| command.redirects.first());
        let word = redirect.map_or_else(|| last_word(&outer), |redirect| redirect.kind.word().clone());
        let script = reparse(text, &word).expect("a script").parse();
        let mut last = 0..0;
        script.walk(&mut |statement| last = statement.span.clone());
        assert_eq!((print::script(&script).as_str(), &text[last]), (inner, found), "in {text}");
    }
}

#[test]
fn an_escaped_variable_is_none_outside() {
    let text = "sh -c \"a \\$b c\"";
    let inner = reparse(text, &last_word(&parse(text))).expect("a script");
    assert_eq!(inner.text, "a $b c");
    assert!(!inner.expands);
    let text = "sh -c $'a\\nb'";
    assert_eq!(reparse(text, &last_word(&parse(text))), None);
}
