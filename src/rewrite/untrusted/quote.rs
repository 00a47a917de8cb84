//! Text that is known, written as words of a shell.

/// A text as one word of a shell command.
pub fn word(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_=:/.,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// `NAME=value` as one word, quoted behind the `=`.
pub fn assignment(name: &str, value: &str) -> String {
    if value.is_empty() { format!("{name}=") } else { format!("{name}={}", word(value)) }
}

/// A text within double quotes.
pub fn in_double(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// What stands within double quotes as a word: without them, where nothing in it needs any, and without braces where
/// it is one variable.
pub fn around(inner: &str) -> String {
    let name = inner.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = name.filter(|name| super::is_variable(name)) {
        return format!("\"${name}\"");
    }
    let is_bare = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c));
    if is_bare { inner.to_owned() } else { format!("\"{inner}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_what_they_are() {
        assert_eq!(word("postgres:16"), "postgres:16");
        assert_eq!(word(""), "''");
        assert_eq!(word("it's $(id)"), r"'it'\''s $(id)'");
        assert_eq!(assignment("A", "b c"), "A='b c'");
        assert_eq!(in_double("a\"$`\\"), "a\\\"\\$\\`\\\\");
        assert_eq!(around("pg-1"), "pg-1");
        assert_eq!(around("pg-$X"), "\"pg-$X\"");
        assert_eq!(around("${X}"), "\"$X\"");
        assert_eq!(around("${X:-y}"), "\"${X:-y}\"");
        assert_eq!(around(""), "\"\"");
    }
}
