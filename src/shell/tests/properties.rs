//! For any text: no panic, and every range lies inside the text, on characters, inside its parent.

use crate::fuzzing::shell::holds;
use crate::shell::{StatementKind, parse};
use proptest::prelude::*;

/// Pieces of shell, thrown together: far more of these reach the odd corners than random letters do.
const PARTS: [&str; 78] = [
    "a",
    "docker",
    " ",
    " ",
    " ",
    "\n",
    "\n",
    ";",
    "&",
    "&&",
    "||",
    "|",
    "|&",
    "(",
    ")",
    "$(",
    ")",
    "`",
    "`",
    "\"",
    "\"",
    "'",
    "'",
    "$'",
    "\\",
    "\\\n",
    "\r\n",
    "${",
    "}",
    "${x",
    ":-",
    "//",
    "[",
    "]",
    "$x",
    "$((",
    "))",
    "((",
    "[[ ",
    " ]]",
    "<<E",
    "<<'E'",
    "<<-E",
    "\nE\n",
    "\n\tE\n",
    "E",
    ">",
    "2>&1",
    "<(",
    "<<<",
    "if ",
    "then ",
    "else ",
    "elif ",
    "fi",
    "for ",
    " in ",
    "do ",
    "done",
    "case ",
    "esac",
    ";;",
    "while ",
    "{ ",
    "}",
    "f() ",
    "function ",
    "! ",
    "x=",
    "x=(",
    "+=",
    "# ",
    "${{ ",
    " }}",
    "é",
    "\u{1}",
    "=~ ",
    "@(",
];

fn shell() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PARTS.as_slice()), 0..40).prop_map(|parts| parts.concat())
}

/// Simple commands with operators between them.
fn chain() -> impl Strategy<Value = String> {
    let negations = prop::sample::select(vec!["", "", "", "! ", "! ! "]);
    let command = prop::sample::select(vec!["a", "X=1", "X=1 b >f", "<in c 2>&1", "[[ -f x ]]", "(( i++ ))", ">f"]);
    let operator = prop::sample::select(vec![" | ", " |& ", " && ", " || ", "||", " &&\n"]);
    prop::collection::vec((operator, negations, command), 1..8).prop_map(|parts| {
        let text = |(at, (operator, negation, command)): (usize, (&str, &str, &str))| {
            format!("{}{negation}{command}", if at == 0 { "" } else { operator })
        };
        parts.into_iter().enumerate().map(text).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_shell(text in shell()) {
        holds(&text);
    }

    /// Between braces the grammar reads the chain, alone nothing but the lexer does.
    #[test]
    fn a_chain_is_what_the_grammar_makes_of_it(chain in chain()) {
        let (alone, braced) = (parse(&format!("  {chain}")), parse(&format!("{{ {chain}; }}")));
        let StatementKind::Group(body) = &braced.body[0].kind else { panic!("no group: {chain}") };
        prop_assert_eq!((&alone.body, &alone.errors), (body, &braced.errors), "{}", chain);
    }

    #[test]
    fn any_text(text in "\\PC{0,60}|[ -~\n\t\r]{0,80}") {
        holds(&text);
    }
}
