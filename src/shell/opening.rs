//! Quotes within which nothing is expanded, and what takes their place so that something is.

use std::ops::Range;

use super::{Context, Node, RedirectKind, Script};

/// Pieces of a text, each with what is written there.
type Replacements = Vec<(Range<usize>, String)>;

impl Script {
    /// The quotes around a place in which the shell expands nothing, and others in which it does; `text` is what the
    /// script was parsed from. `None` where it expands something already, or where what stands within the quotes would
    /// not mean the same.
    pub fn opening(&self, text: &str, offset: usize) -> Option<Replacements> {
        match self.context(text, offset) {
            Context::Single => in_single(text, offset),
            Context::Heredoc { quoted: true } => self.delimiter(text, offset),
            _ => None,
        }
    }

    /// `<<'EOF'` becomes `<<EOF`.
    fn delimiter(&self, text: &str, offset: usize) -> Option<Replacements> {
        let mut found = None;
        self.visit_near(text, &(offset..offset), &mut |node| {
            let Node::Statement(statement) = node else { return };
            let own = statement.command().into_iter().flat_map(|command| &command.redirects);
            for redirect in own.chain(&statement.redirects) {
                if let RedirectKind::Heredoc { quoted: true, body } = &redirect.kind
                    && body.span.start <= offset
                    && offset <= body.span.end
                {
                    found = Some((redirect.span.clone(), body.span.clone()));
                }
            }
        });
        let (at, body) = found?;
        if text.get(body)?.contains(['$', '`', '\\']) {
            return None;
        }
        let written = text.get(at.clone())?;
        let new: String = written.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
        let name = new.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let name = name.strip_prefix('-').unwrap_or(name).trim_start_matches(' ');
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then(|| vec![(at, new)])
    }
}

/// `'…'` becomes `"…"`.
fn in_single(text: &str, offset: usize) -> Option<Replacements> {
    let start = text.get(..offset)?.rfind('\'')?;
    let end = offset + text.get(offset..)?.find('\'')?;
    // Within double quotes these mean something, or did to a shell that read the text as a script.
    if text.get(start + 1..end)?.contains(['$', '`', '\\', '"', '!']) {
        return None;
    }
    Some(vec![(start..start + 1, "\"".to_owned()), (end..end + 1, "\"".to_owned())])
}

#[cfg(test)]
mod tests {
    use crate::shell::parse;

    /// The script with its quotes opened at `@`, which is taken out.
    fn opened(marked: &str) -> Option<String> {
        let offset = marked.find('@').expect("a mark");
        let mut text = marked.replace('@', "");
        for (range, new) in parse(&text).opening(&text, offset)?.into_iter().rev() {
            text.replace_range(range, &new);
        }
        Some(text)
    }

    #[test]
    fn quotes_are_opened_where_all_else_stays_the_same() {
        assert_eq!(opened("psql 'pg://@h/x' -q").as_deref(), Some("psql \"pg://h/x\" -q"));
        assert_eq!(opened("sh -c 'nc @h 1' 'a$b'").as_deref(), Some("sh -c \"nc h 1\" 'a$b'"));
        assert_eq!(opened("cat <<'EOF'\n@h \"x\"\nEOF\n").as_deref(), Some("cat <<EOF\nh \"x\"\nEOF\n"));
        assert_eq!(
            opened("if a; then\ncat <<-\"E\" > f\n\t@h\n\tE\nfi\n").as_deref(),
            Some("if a; then\ncat <<-E > f\n\th\n\tE\nfi\n")
        );
        for closed in [
            "sh -c 'nc @h $X'",
            "curl -d '{\"u\": \"@h\"}'",
            "awk 'a\\@h'",
            "cat <<'EOF'\n@h $x\nEOF\n",
            "cat <<'E O'\n@h\nE O\n",
            "echo \"@h\"",
            "echo @h",
            "echo $'@h'",
        ] {
            assert_eq!(opened(closed), None, "{closed}");
        }
    }
}
