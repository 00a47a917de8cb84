//! Random YAML: documents built from parts whose values are known, and soups of indicators.

use proptest::prelude::*;

use super::super::*;
use super::check;
use crate::source::Source;

/// A value and how to write it.
#[derive(Clone, Debug)]
enum Value {
    Scalar(Written),
    Mapping(Vec<Value>),
    Sequence(Vec<Value>),
}

#[derive(Clone, Debug)]
enum Written {
    Plain(String),
    Single(String),
    Double(String),
    Literal(Vec<String>),
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äé_./$-]{1,8}".prop_filter("no indicator", |word| !word.starts_with(['-', '.']))
}

fn written() -> impl Strategy<Value = Written> {
    prop_oneof![
        word().prop_map(Written::Plain),
        "[a-zé'\"#: \\\\]{0,12}".prop_map(Written::Single),
        "[a-zé'\"#:\t \\\\]{0,12}".prop_map(Written::Double),
        proptest::collection::vec("[a-zé#:'\"][a-z #:'\"]{0,10}|", 1..5).prop_map(Written::Literal),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    written().prop_map(Value::Scalar).prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Value::Mapping),
            proptest::collection::vec(inner, 1..4).prop_map(Value::Sequence),
        ]
    })
}

impl Written {
    fn emit(&self, indent: usize, out: &mut String) {
        match self {
            Self::Plain(text) => *out += &format!(" {text}\n"),
            Self::Single(text) => *out += &format!(" '{}' # why\n", text.replace('\'', "''")),
            Self::Double(text) => {
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t");
                *out += &format!(" \"{escaped}\"\n");
            }
            Self::Literal(lines) => {
                *out += " |-\n";
                for line in lines {
                    *out += &format!("{}{line}\n", " ".repeat(if line.is_empty() { 0 } else { indent + 2 }));
                }
            }
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Plain(text) | Self::Single(text) | Self::Double(text) => text.clone(),
            Self::Literal(lines) => lines.join("\n").trim_end_matches('\n').to_owned(),
        }
    }
}

impl Value {
    fn emit(&self, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        match self {
            Self::Scalar(written) => written.emit(indent, out),
            Self::Mapping(values) => {
                *out += "\n";
                for (n, value) in values.iter().enumerate() {
                    *out += &format!("{pad}  # entry {n}\n{pad}  k{n}:");
                    value.emit(indent + 2, out);
                }
            }
            Self::Sequence(values) => {
                *out += "\n";
                for value in values {
                    *out += &format!("{pad}  -");
                    value.emit(indent + 2, out);
                }
            }
        }
    }

    fn same(&self, node: Node<'_>) {
        match self {
            Self::Scalar(written) => {
                assert_eq!(node.as_str(), Some(written.expected().as_str()));
                assert!(node.scalar().expect("a scalar").text().is_proven(), "{node:?}");
            }
            Self::Mapping(values) => {
                for (n, value) in values.iter().enumerate() {
                    value.same(node.get(&format!("k{n}")).expect("a key"));
                }
            }
            Self::Sequence(values) => {
                assert_eq!(node.items().count(), values.len());
                values.iter().zip(node.items()).for_each(|(value, item)| value.same(item));
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in value(), crlf: bool, bom: bool) {
        let mut text = "root:".to_owned();
        value.emit(0, &mut text);
        if crlf { text = text.replace('\n', "\r\n"); }
        if bom { text.insert(0, '\u{feff}'); }
        let tree = super::tree(&text);
        check(&text, &tree);
        value.same(tree.root().and_then(|root| root.get("root")).expect("root"));
    }

    /// However far out the lines of quoted texts stand, it is read, and as a parser of another family does.
    #[test]
    fn quoted_lines_may_stand_anywhere(
        texts in proptest::collection::vec((any::<bool>(), proptest::collection::vec((0_usize..7, "[a-zé#:{}\\[\\], ]{0,6}"), 1..5)), 1..4),
        crlf: bool, in_flow: bool,
    ) {
        let mut text = "a:\n  b:\n".to_owned();
        for (number, (is_single, lines)) in texts.iter().enumerate() {
            let quote = if *is_single { '\'' } else { '"' };
            let (open, close) = if in_flow { ("[", ", z]") } else { ("", "") };
            text += &format!("    k{number}: {open}{quote}x");
            lines.iter().for_each(|(indent, line)| text += &format!("\n{}{line}", " ".repeat(*indent)));
            text += &format!("{quote}{close} # why\n");
        }
        if crlf { text = text.replace('\n', "\r\n"); }
        let tree = super::tree(&text);
        check(&text, &tree);
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).expect("another parser reads it");
        prop_assert!(crate::fuzzing::yaml::same(tree.root().expect("a root"), &theirs), "{theirs:?} in {text:?}");
        let proven = |node: Node<'_>| node.scalar().is_none_or(|scalar| scalar.text().is_proven());
        prop_assert!(tree.nodes().all(proven), "{text:?}");
    }

    #[test]
    fn no_soup_panics(parts in proptest::collection::vec(prop_oneof![
        Just("- "), Just("-"), Just("? "), Just(": "), Just(":"), Just(", "), Just(","), Just("["), Just("]"), Just("{"), Just("}"),
        Just("\n"), Just("\n  "), Just("\n    "), Just(" "), Just("\t"), Just("\r\n"), Just("\r"), Just("# c\n"), Just("#"),
        Just("|"), Just("|-\n  "), Just(">\n "), Just(">2\n"), Just("'"), Just("''"), Just("\""), Just("\\"), Just("\\n"), Just("&a "), Just("*a"), Just("!t "), Just("!"),
        Just("---\n"), Just("...\n"), Just("%TAG ! x\n"), Just("a"), Just("é"), Just("key: v\n"), Just("<<: "), Just("\u{feff}"),
    ], 0..30)) {
        let text = parts.concat();
        let source = Source::new("soup.yml", text.clone().into_bytes()).expect("UTF-8");
        match parse(&source) {
            Ok(tree) => {
                for node in tree.nodes() {
                    prop_assert!(node.span().end <= text.len());
                    node.entries().count();
                    node.duplicate_keys();
                    node.item_lines();
                }
            }
            Err(error) => prop_assert!(error.span.end <= text.len()),
        }
    }
}
