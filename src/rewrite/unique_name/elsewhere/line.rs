//! How a line of a file says a name.

use std::ops::Range;

use crate::docker::is_name_letter;
use crate::rewrite::shell_text::ShellText;

/// A line that has a name in it.
#[derive(Clone, Copy, Debug)]
pub struct Line<'l> {
    pub text: &'l str,
    /// Where the name begins and ends.
    pub from: usize,
    pub to: usize,
}

/// So many bytes of a line on each side of a name are looked at: a file may be one line.
const NEAR: usize = 300;

impl<'l> Line<'l> {
    /// A line and where the name stands in it, with what is near.
    pub fn new(text: &'l str, at: Range<usize>) -> Self {
        let (start, end) =
            (text.floor_char_boundary(at.start.saturating_sub(NEAR)), text.ceil_char_boundary(at.end + NEAR));
        Self { text: &text[start..end], from: at.start - start, to: at.end - start }
    }

    pub fn before(&self) -> &'l str {
        self.text.get(..self.from).unwrap_or_default()
    }

    pub fn after(&self) -> &'l str {
        self.text.get(self.to..).unwrap_or_default()
    }

    /// Whether the name stands there as a whole, and is no part of a path or the name of a variable.
    pub fn is_whole(&self) -> bool {
        let (before, after) = (self.before(), self.after());
        let is_url = before.ends_with("//");
        let is_path = before.ends_with('/') && !is_url
            || after.starts_with('/') && !is_url && !before.ends_with('@') && !self.is_mounted();
        let is_variable = before.ends_with(['$', '\\']) || before.ends_with("${");
        // `${PG:-pg}`: the dash is the shell's.
        let is_default = before.ends_with(":-") && before.contains("${");
        !(before.ends_with(is_name_letter) && !is_default
            || after.starts_with(is_name_letter)
            || is_path
            || is_variable)
    }

    /// `-v data:/var/lib`: a volume before its path.
    pub fn is_mounted(&self) -> bool {
        self.after().starts_with(":/")
    }

    /// Whether it is said as a host: `http://pg`, `user@pg`, `-h pg`, `HOST=pg`, `pg:5432`.
    pub fn is_host(&self) -> bool {
        let (before, after) = (self.before(), self.after());
        let rest = after.strip_prefix(':').unwrap_or_default();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        // Smaller numbers are versions of images, and seconds.
        let port = (2..=5).contains(&digits) && !rest[digits..].starts_with(['.', '-', '_']) && !before.ends_with('/');
        port || before.ends_with("//")
            || before.ends_with('@')
            || ["-h ", "--host ", "--host="].iter().any(|option| before.ends_with(option))
            || self.key().is_some_and(|key| key.ends_with("host") && !key.ends_with("localhost"))
    }

    /// Whether it stands in words that are only told: in a text of several words in quotes, or behind the sign of a
    /// comment.
    pub fn is_prose(&self) -> bool {
        let (before, after) = (self.before(), self.after());
        let is_comment = [" // ", " # ", "\t// ", "\t# "].iter().any(|sign| before.contains(sign));
        let quotes = ['"', '\'', '`'];
        let text = before.rfind(quotes).zip(after.find(quotes)).map(|(open, close)| (&before[open..], &after[..close]));
        let is_told = text.is_some_and(|(open, close)| {
            open.get(1..).is_some_and(|open| open.trim_end().contains(|c: char| c.is_whitespace()))
                || open.len() > 1 && open.ends_with(' ')
                || close.starts_with(' ')
        });
        let is_command = ["docker", "podman"].iter().any(|program| before.contains(program));
        is_comment || is_told && !is_command && !self.is_host()
    }

    /// What it is the value of, in small letters: `HOST` of `'HOST': 'pg'`, `containers.get` of
    /// `containers.get("pg")`.
    pub fn key(&self) -> Option<String> {
        let before = self.before().trim_end_matches(['"', '\'', '`', ' ']);
        let before = before.strip_suffix(['=', ':', '('])?.trim_end_matches(['"', '\'', ' ', ':', '?', '+']);
        let key = before.rsplit(|c: char| !is_name_letter(c)).next()?;
        (!key.is_empty()).then(|| key.to_ascii_lowercase())
    }

    /// The setting that it is the default of: `PG_NAME` of `getenv("PG_NAME", "pg")`, `process.env.PG_NAME || 'pg'` and
    /// `${PG_NAME:-pg}`.
    pub fn setting(&self) -> Option<String> {
        let before = self.before().trim_end_matches(['"', '\'', '`', ' ']);
        let is_asked = |before: &str| before.to_ascii_lowercase().contains("env");
        let asked = [",", "||", "??"].iter().find_map(|sign| before.strip_suffix(sign)).filter(|rest| is_asked(rest));
        let before = asked.or_else(|| before.strip_suffix(":-").filter(|rest| rest.contains("${")))?;
        let before = before.trim_end_matches(['"', '\'', '`', ' ', ')', ']']);
        let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
        let name = &before[start..];
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| name.to_owned())
    }

    /// Whether it stands alone: in quotes, or between spaces.
    pub fn is_alone(&self) -> bool {
        let ends = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ']'));
        ends(self.before().chars().next_back()) && ends(self.after().chars().next())
    }

    /// Whether a call of docker that asks for something by its name stands before it: `docker exec -i pg`, also as a list
    /// of words.
    pub fn asks_docker(&self) -> bool {
        const VERBS: [&str; 14] = [
            "exec",
            "inspect",
            "logs",
            "start",
            "stop",
            "restart",
            "kill",
            "rm",
            "cp",
            "wait",
            "port",
            "attach",
            "connect",
            "disconnect",
        ];
        let mut words =
            self.before().split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')));
        words.any(|word| matches!(word, "docker" | "podman")) && words.any(|word| VERBS.contains(&word))
    }

    /// The option or key that it is given to, through quotes and commas: `--name` of `"--name", "pg"`.
    pub fn is_given_to(&self, options: &[&str]) -> bool {
        let before = self.before().trim_end_matches(['"', '\'', ' ', ',', '=', ':', '\t']);
        options.iter().any(|option| {
            let rest = before.strip_suffix(option);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '"', '\'', '\t', '[', '{', ',']))
        })
    }
}

/// Whether a line tells of something and says nothing to a machine.
pub fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let is_code = line.starts_with("#!") || line.starts_with("#[") || line.starts_with("#define");
    !is_code
        && (["//", "#", "* ", "*/", "/*", "-- ", ";", "\"\"\"", "<!--"].iter().any(|mark| line.starts_with(mark))
            || line == "*")
}

/// The value to which a word sets something called a tag: `image.tag=test`.
pub fn sets_tag(word: &str) -> Option<&str> {
    let (key, value) = word.split_once('=')?;
    key.to_ascii_lowercase().ends_with("tag").then_some(value)
}

/// Whether a line has something called a tag with a value: `tag: test`, `"tag" = "test"`, `image.tag=test`.
pub fn has_tag(line: &str, tag: &str) -> bool {
    line.match_indices(tag).any(|(at, found)| {
        let line = Line::new(line, at..at + found.len());
        let is_whole = !line.before().ends_with(is_name_letter) && !line.after().starts_with(is_name_letter);
        is_whole && line.key().is_some_and(|key| key.ends_with("tag"))
    })
}

/// A line of a job's text, counted from 1, in words.
pub fn line_of(text: &ShellText, line: usize) -> String {
    place_of(text, text.value().split_inclusive('\n').take(line - 1).map(str::len).sum())
}

/// The line of a job's text in which a byte of it stands, in words.
pub fn place_of(text: &ShellText, at: usize) -> String {
    let at = text.source.place(text.text.span(at..at).start);
    format!("line {} of `{}`", at.line, text.source.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'l>(text: &'l str, name: &str) -> Line<'l> {
        let at = text.find(name).expect("the name");
        Line::new(text, at..at + name.len())
    }

    #[test]
    fn a_name_is_no_part_of_a_path_or_of_another() {
        for text in [
            "get('e2e-db')",
            "http://e2e-db:80/x",
            "a@e2e-db/x",
            "-v e2e-db:/data",
            "- e2e-db",
            "e2e-db",
            "x ${DB:-e2e-db}",
        ] {
            assert!(line(text, "e2e-db").is_whole(), "{text}");
        }
        for text in ["./e2e-db", "e2e-db/x.go", "e2e-db2", "my-e2e-db", "e2e-db.sql", "$e2e-db", "${e2e-db}"] {
            assert!(!line(text, "e2e-db").is_whole(), "{text}");
        }
    }

    #[test]
    fn a_host_is_asked_for() {
        for text in ["postgres://u:p@db/x", "redis://db", "db:5432", "Host=db;", "'HOST': 'db'", "pg_isready -h db"] {
            assert!(line(text, "db").is_host(), "{text}");
        }
        for text in ["image: db:1", "db.get()", "database: 'db'", "docker exec db ls", "db:latest"] {
            assert!(!line(text, "db").is_host(), "{text}");
        }
    }

    #[test]
    fn what_a_value_belongs_to() {
        for (text, key) in [
            ("containers.get(\"pg\")", Some("containers.get")),
            ("const CONTAINER = 'pg'", Some("container")),
            ("  container_name: pg", Some("container_name")),
            ("image: { repository: pg }", Some("repository")),
            ("x := \"pg\"", Some("x")),
            ("docker exec pg", None),
        ] {
            assert_eq!(line(text, "pg").key().as_deref(), key, "{text}");
        }
        assert!(line("[\"docker\", \"run\", \"--name\", \"pg\"]", "pg").is_given_to(&["--name"]));
        assert!(!line("--rename pg", "pg").is_given_to(&["--name", "name"]));
    }

    #[test]
    fn a_tag_beside_a_name() {
        assert!(has_tag("image: { repository: app, tag: test }", "test"));
        assert!(has_tag("  newTag: \"test\"", "test"));
        assert!(has_tag("--set image.tag=test", "test"));
        assert!(!has_tag("  tag: test-2", "test"));
        assert!(!has_tag("  stage: test", "test"));
        assert_eq!(sets_tag("image.tag=test"), Some("test"));
    }

    #[test]
    fn comments_say_nothing() {
        assert!(is_comment("  # docker rm e2e-db"));
        assert!(is_comment("// e2e-db"));
        assert!(!is_comment("#!/bin/sh e2e-db"));
        assert!(!is_comment("  --name e2e-db"));
    }
}
