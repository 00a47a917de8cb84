//! What a comment says: `berthlint: ignore[rule-a, rule-b] reason`.

/// The word that a comment for berthlint begins with.
pub(super) const MARK: &str = "berthlint:";

/// A comment that is for berthlint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// `ignore-file`
    pub(super) whole_file: bool,
    /// The rules and families.
    pub(super) names: Vec<String>,
    /// What is said behind them.
    pub(super) reason: String,
    /// Why it cannot be followed.
    pub(super) fault: Option<&'static str>,
}

/// Reads a comment, `#` included; `None` when it is not for berthlint.
pub(super) fn read(comment: &str) -> Option<Directive> {
    let text = comment.trim_start_matches('#').trim_start().strip_prefix(MARK)?.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let whole_file = match &text[..end] {
        "ignore" => false,
        "ignore-file" => true,
        _ => return Some(faulty("the word after `berthlint:` is `ignore[…]` or `ignore-file[…]`")),
    };
    let list = text[end..].trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((list, reason)) = list else {
        return Some(faulty("it names no rule: write `ignore[rule-id] reason`"));
    };
    let names: Vec<String> =
        list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Some(faulty("it names no rule: write `ignore[rule-id] reason`"));
    }
    Some(Directive { whole_file, names, reason: reason.trim().to_owned(), fault: None })
}

fn faulty(fault: &'static str) -> Directive {
    Directive { whole_file: false, names: Vec::new(), reason: String::new(), fault: Some(fault) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_name_rules_and_may_say_why() {
        let one = read("# berthlint: ignore[a, b] because").expect("a directive");
        assert_eq!((one.whole_file, &one.names[..], one.fault), (false, &["a".to_owned(), "b".to_owned()][..], None));
        assert_eq!(one.reason, "because");
        assert!(read("# berthlint: ignore-file[a]").expect("a directive").whole_file);
        assert!(read("# berthlint: ignore everything").expect("a directive").fault.is_some());
        assert!(read("# berthlint: ignore[ ]").expect("a directive").fault.is_some());
        assert!(read("# berthlint: skip").expect("a directive").fault.is_some());
        assert_eq!(read("# about berthlint: ignore[a]"), None);
    }
}
