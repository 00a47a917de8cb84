//! For any text: no panic, and every range lies inside the text, on characters, inside its parent.

use crate::shell::{
    AssignedValue, Block, Node, Part, Piece, Redirect, RedirectKind, Script, Statement, StatementKind, Word, parse,
};
use proptest::prelude::*;
use std::ops::Range;

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

fn check(text: &str) {
    let script = parse(text);
    let ranges = script.errors.iter().chain(&script.comments).cloned();
    ranges.for_each(|range| assert_inside(text, &(0..text.len()), &range));
    block(text, &(0..text.len()), &script.body);
    for offset in [0, text.len() / 2, text.len()] {
        script.context(text, offset);
    }
    assert_reparse(text, &script);
}

fn assert_reparse(text: &str, script: &Script) {
    script.visit(&mut |node| {
        if let Node::Word(word) = node
            && let Some(inner) = crate::shell::reparse(text, word)
        {
            inner.parse().walk(&mut |statement| assert_inside(text, &word.span, &statement.span));
        }
    });
}

fn assert_inside(text: &str, parent: &Range<usize>, range: &Range<usize>) {
    assert!(text.get(range.clone()).is_some(), "{range:?} is no range of {text:?}");
    assert!(parent.start <= range.start && range.end <= parent.end, "{range:?} is not inside {parent:?} in {text:?}");
}

fn block(text: &str, parent: &Range<usize>, statements: &Block) {
    for item in statements {
        assert_inside(text, parent, &item.span);
        statement(text, item);
    }
}

fn statement(text: &str, item: &Statement) {
    let span = &item.span;
    redirects(text, span, &item.redirects);
    match &item.kind {
        StatementKind::Command(command) => {
            for assignment in &command.assignments {
                assert_inside(text, span, &assignment.span);
                match &assignment.value {
                    AssignedValue::Word(value) => word(text, &assignment.span, value),
                    AssignedValue::Array(values) => words(text, &assignment.span, values),
                }
            }
            words(text, span, &command.words);
            redirects(text, span, &command.redirects);
        }
        StatementKind::Pipeline(body) | StatementKind::Subshell(body) | StatementKind::Group(body) => {
            block(text, span, body)
        }
        StatementKind::Function { body, .. } => block(text, span, body),
        StatementKind::And(left, right) | StatementKind::Or(left, right) => {
            for side in [left, right] {
                assert_inside(text, span, &side.span);
                statement(text, side);
            }
        }
        StatementKind::If { arms, otherwise } => {
            arms.iter()
                .for_each(|(condition, body)| [condition, body].into_iter().for_each(|part| block(text, span, part)));
            otherwise.iter().for_each(|body| block(text, span, body));
        }
        StatementKind::For { words: over, body, .. } => {
            over.iter().for_each(|over| words(text, span, over));
            block(text, span, body);
        }
        StatementKind::While { condition, body, .. } => {
            [condition, body].into_iter().for_each(|part| block(text, span, part))
        }
        StatementKind::Case { subject, arms } => {
            word(text, span, subject);
            for (patterns, body) in arms {
                words(text, span, patterns);
                block(text, span, body);
            }
        }
        StatementKind::Test(items) => words(text, span, items),
        StatementKind::Arithmetic(item) => word(text, span, item),
        StatementKind::Count { start, condition, step, body } => {
            [start, condition, step].into_iter().for_each(|item| word(text, span, item));
            block(text, span, body);
        }
    }
}

fn redirects(text: &str, parent: &Range<usize>, items: &[Redirect]) {
    for item in items {
        assert_inside(text, parent, &item.span);
        // A heredoc's body stands below its statement.
        let target = if matches!(item.kind, RedirectKind::Heredoc { .. }) { &(0..text.len()) } else { &item.span };
        word(text, target, item.kind.word());
    }
}

fn words(text: &str, parent: &Range<usize>, items: &[Word]) {
    items.iter().for_each(|item| word(text, parent, item));
}

fn word(text: &str, parent: &Range<usize>, item: &Word) {
    assert_inside(text, parent, &item.span);
    for Piece { span, part, .. } in &item.pieces {
        assert_inside(text, &item.span, span);
        match part {
            Part::Substitution(body) | Part::Process(body) => block(text, span, body),
            Part::Parameter(parameter) => {
                parameter.operation.iter().for_each(|operation| word(text, span, &operation.word));
            }
            Part::Literal(_) | Part::Expression(_) | Part::Arithmetic(_) => {}
        }
    }
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
        check(&text);
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
        check(&text);
    }
}
