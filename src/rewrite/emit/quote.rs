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

/// A command whose arguments go on over lines of no more than about `WIDTH` columns.
pub(super) fn broken(first: &str, arguments: &[String], last: &str) -> String {
    const WIDTH: usize = 92;
    let mut lines = vec![first.to_owned()];
    let mut line = String::new();
    for argument in arguments {
        if !line.is_empty() && line.len() + argument.len() + 3 > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(if line.is_empty() { "  " } else { " " });
        line.push_str(argument);
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines.extend((!last.is_empty()).then(|| format!("  {last}")));
    lines.join(" \\\n") + "\n"
}
