//! Words of a shell command line, and long ones broken into lines.

/// A text as one word of a shell command.
pub(super) fn word(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_=:/.,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// `NAME=value` as one word, quoted behind the `=`.
pub(super) fn assignment(name: &str, value: &str) -> String {
    if value.is_empty() { format!("{name}=") } else { format!("{name}={}", word(value)) }
}

/// A text within double quotes.
pub(super) fn in_double(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A command whose groups of arguments begin lines of their own, none much longer than `WIDTH` columns.
pub(super) fn broken(first: &str, groups: &[Vec<String>]) -> String {
    const WIDTH: usize = 92;
    let mut lines = vec![first.to_owned()];
    for group in groups {
        let mut line = String::new();
        for argument in group {
            if !line.is_empty() && line.len() + argument.len() + 3 > WIDTH {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(if line.is_empty() { "  " } else { " " });
            line.push_str(argument);
        }
        lines.extend((!line.is_empty()).then_some(line));
    }
    lines.join(" \\\n") + "\n"
}
