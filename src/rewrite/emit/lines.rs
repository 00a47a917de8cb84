//! Long commands broken into lines.

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
