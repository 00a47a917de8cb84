//! The door through which everything is printed.
//!
//! A text from outside must not be more than text. A terminal obeys control characters, a reader is misled by
//! bidirectional marks, and a runner takes lines of a job's log for its commands: `::set-env …` at the beginning of a
//! line (nektos/act's pkg/runner/command.go and all that is built on it; GitHub's runner skips blanks before it), and
//! `##[set-env …]` at its beginning or, for GitHub's runner, anywhere in it (its ActionCommand.cs).
//!
//! [`exact`] and [`line`] make a text from outside fit to stand in a line of ours. [`show`] and [`remark`] are the
//! streams; they hold for every line what can be told of a line alone. Only [`data`] passes bytes through as they are,
//! for what a program reads back.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// Whether a character does something where it is printed, instead of being seen.
pub fn is_obeyed(c: char) -> bool {
    let is_bidirectional =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_bidirectional || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a text does nothing where it is printed: what there is of control characters is tabs and line ends.
pub fn is_plain(text: &str) -> bool {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return true;
    }
    let is_end = |at: usize| text[at + 1..].starts_with('\n');
    text.char_indices().all(|(at, c)| matches!(c, '\n' | '\t') || c == '\r' && is_end(at) || !is_obeyed(c))
}

/// A text from outside with nothing left out: a path, a name, a value. What would be obeyed is escaped, and a runner
/// takes it for no command.
pub fn exact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut shown, c);
    }
    if begins_a_command(&shown) {
        shown.insert_str(0, "./");
    }
    shown
}

/// A text from outside as one line: prose, a command. Blanks and line breaks become one blank; the rest is as in
/// [`exact`].
pub fn line(text: &str) -> String {
    exact(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// JSON in which what would be obeyed is escaped as JSON has it: a program reads the same.
pub fn json(text: &str) -> Cow<'_, str> {
    // Between its strings JSON has none of these but line ends.
    let is_shown = |c: char| c == '\n' || !is_obeyed(c);
    if text.chars().all(is_shown) && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) && !(c == '[' && escaped.ends_with("##")) {
            escaped.push(c);
        } else {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
    }
    Cow::Owned(escaped)
}

/// Lines of ours: what may stand in none of them is escaped, and none begins as a runner's command does. Terminal
/// colours stay where they are wanted.
pub fn lines(text: &str, with_colors: bool) -> Cow<'_, str> {
    let stays = |text: &str| is_plain(text) && !text.contains("::") && !text.contains("##[");
    if stays(text) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if stays(line) {
            whole.push_str(line);
            continue;
        }
        let end = if line.ends_with("\r\n") { "\r\n" } else { &line[line.trim_end_matches('\n').len()..] };
        let mut shown = String::with_capacity(line.len());
        let mut rest = &line[..line.len() - end.len()];
        while let Some(c) = rest.chars().next() {
            let color = if with_colors { color_length(rest).max(link_length(rest)) } else { 0 };
            if color > 0 {
                shown.push_str(&rest[..color]);
            } else if c == '\t' {
                shown.push(c);
            } else {
                push(&mut shown, c);
            }
            rest = &rest[color.max(c.len_utf8())..];
        }
        if begins_a_command(&shown) {
            whole.push_str("./");
        }
        whole.push_str(&shown);
        whole.push_str(end);
    }
    Cow::Owned(whole)
}

/// Lines of somebody else's log: colours go, the rest is as in [`lines`].
pub fn log(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let color = color_length(rest);
        if color == 0 {
            plain.push('\u{1b}');
        }
        rest = &rest[color.max(1)..];
    }
    plain.push_str(rest);
    lines(&plain, false).into_owned()
}

/// Prints lines on standard output.
///
/// # Errors
/// It cannot be written, or nobody reads it any more.
pub fn show(text: &str, with_colors: bool) -> std::io::Result<()> {
    data(lines(text, with_colors).as_bytes())
}

/// Prints bytes on standard output as they are: what a program takes back (a patch, a mended text).
///
/// # Errors
/// It cannot be written, or nobody reads it any more.
pub fn data(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush())
}

/// Prints lines on standard error. When even this cannot be written, the exit code has to do.
pub fn remark(text: &str, with_colors: bool) {
    let _ = std::io::stderr().lock().write_all(lines(text, with_colors).as_bytes());
}

/// Says to the runner what is meant for it: a command of ours, a line on standard error.
pub fn command(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The command line; or the exit code, when there is nothing more to do than to print what its reader has to say.
///
/// # Errors
/// 2 for a wrong argument, 0 after `--help` and `--version`.
pub fn command_line<A: clap::Parser>() -> Result<A, u8> {
    A::try_parse().map_err(|said| {
        // Its words quote the arguments: read once more as they are shown, they are quoted so.
        let shown = std::env::args_os().map(|argument| exact(&argument.to_string_lossy()));
        usage(&A::try_parse_from(shown).err().unwrap_or(said))
    })
}

fn usage(said: &clap::Error) -> u8 {
    let is_terminal = if said.use_stderr() { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    let with_colors = colors_are_wanted(is_terminal);
    let text = if with_colors { said.render().ansi().to_string() } else { said.render().to_string() };
    match said.use_stderr() {
        true => remark(&text, with_colors),
        // Nobody reads on: no reason to say anything.
        false => drop(show(&text, with_colors)),
    }
    u8::try_from(said.exit_code()).unwrap_or(u8::MAX)
}

/// Whether standard output shows colours: it is a terminal, or somebody says that it does.
pub fn shows_colors() -> bool {
    colors_are_wanted(std::io::stdout().is_terminal())
}

fn colors_are_wanted(is_terminal: bool) -> bool {
    decided(is_terminal, |name| std::env::var_os(name))
}

/// What the variables make of it: NO_COLOR (<https://no-color.org>) before all, then CLICOLOR_FORCE
/// (<https://bixense.com/clicolors>) and FORCE_COLOR (<https://force-color.org>), of which an empty one says nothing,
/// and `0` neither.
fn decided(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    let forces = |name: &str| value(name).is_some_and(|value| value != "0");
    value("NO_COLOR").is_none() && (is_terminal || forces("CLICOLOR_FORCE") || forces("FORCE_COLOR"))
}

/// A character as it is shown behind the others.
fn push(shown: &mut String, c: char) {
    if is_obeyed(c) {
        shown.extend(c.escape_default());
    } else if c == '[' && shown.ends_with("##") {
        shown.push_str("\\[");
    } else {
        shown.push(c);
    }
}

fn begins_a_command(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("::") || line.starts_with("##\\[")
}

/// Whether a runner that shows these lines in a job's log would take one of them for a command.
pub fn commands_a_runner(text: &str) -> bool {
    text.contains("##[") || text.lines().any(begins_a_command)
}

/// Whether a runner's log is where this is read: every act-based runner and GitHub's set this variable.
pub fn is_in_a_job() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some()
}

/// The length of the colour sequence (ECMA-48, SGR) that a text begins with.
fn color_length(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else { return 0 };
    let length = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if parameters[length..].starts_with('m') { "\u{1b}[".len() + length + 1 } else { 0 }
}

/// The length of the beginning or the end of a link (OSC 8) that a text begins with: to an address of the web, in
/// characters of which none ends it.
/// <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>
fn link_length(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}]8;;") else { return 0 };
    let Some(length) = rest.find("\u{1b}\\") else { return 0 };
    let address = &rest[..length];
    let is_of_the_web = address.starts_with("https://") || address.starts_with("http://");
    let is_link = address.is_empty() || is_of_the_web && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_link { "\u{1b}]8;;".len() + length + "\u{1b}\\".len() } else { 0 }
}

/// How many columns standard output has, where somebody looks at it: those of its terminal, else what `COLUMNS` says.
/// In fewer than 60 nothing is readable any more.
pub fn columns() -> Option<usize> {
    let terminal = if std::io::stdout().is_terminal() { terminal_columns() } else { None };
    let told = || std::env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns > 0);
    terminal.or_else(told).map(|columns: usize| columns.max(60))
}

#[cfg(feature = "lint")]
fn terminal_columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

#[cfg(not(feature = "lint"))]
fn terminal_columns() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_escaped() {
        for (text, shown) in [
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("a\u{202e}b\u{2066}c\u{200f}\u{61c}", "a\\u{202e}b\\u{2066}c\\u{200f}\\u{61c}"),
            ("a\u{9b}31m\u{7f}\u{85}\u{2028}", "a\\u{9b}31m\\u{7f}\\u{85}\\u{2028}"),
            ("::set-env name=A::b", "./::set-env name=A::b"),
            (" \u{a0}::warning::x", "./ \u{a0}::warning::x"),
            ("##[set-env name=A]b", "./##\\[set-env name=A]b"),
            ("a ##[warning]b", "a ##\\[warning]b"),
            ("\n::x", "\\n::x"),
            ("café/::x [y] ## [", "café/::x [y] ## ["),
        ] {
            assert_eq!(exact(text), shown);
        }
        assert_eq!(line("a\n  b\u{2028}c\u{1b}"), "a b c\\u{1b}");
        assert_eq!(line("\n::x::y"), "./::x::y");
    }

    #[test]
    fn colours_are_shown_where_they_are_wanted() {
        let wanted = |is_terminal: bool, set: &[(&str, &str)]| {
            decided(is_terminal, |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert!(wanted(true, &[]) && !wanted(false, &[]));
        assert!(!wanted(true, &[("NO_COLOR", "1")]) && wanted(true, &[("NO_COLOR", "")]));
        for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
            assert!(wanted(false, &[(name, "1")]) && !wanted(false, &[(name, "1"), ("NO_COLOR", "1")]), "{name}");
            assert!(!wanted(false, &[(name, "0")]) && !wanted(false, &[(name, "")]), "{name}");
            assert!(wanted(true, &[(name, "0")]), "{name}");
        }
    }

    #[test]
    fn a_line_of_ours_begins_no_command() {
        assert!(matches!(lines("a::b\n  c\n", false), Cow::Owned(same) if same == "a::b\n  c\n"));
        assert!(matches!(lines("a\n\tb [c]\n", false), Cow::Borrowed(_)));
        assert_eq!(lines("a\n::x\r\n  ::y\n ##[z]\nb\rc", false), "a\n./::x\r\n./  ::y\n./ ##\\[z]\nb\\rc");
        let colored = "\u{1b}[1;31mred\u{1b}[0m \u{1b}]0;title\u{7}";
        assert_eq!(lines(colored, true), "\u{1b}[1;31mred\u{1b}[0m \\u{1b}]0;title\\u{7}");
        assert_eq!(lines(colored, false), "\\u{1b}[1;31mred\\u{1b}[0m \\u{1b}]0;title\\u{7}");
        let link = "\u{1b}]8;;https://a.example/x\u{1b}\\rule\u{1b}]8;;\u{1b}\\";
        assert_eq!(lines(link, true), link);
        assert!(!lines(link, false).contains('\u{1b}') && !log(link).contains('\u{1b}'));
        let hostile = "\u{1b}]8;;javascript:x\u{1b}\\ \u{1b}]8;;https://a\u{7}\u{1b}\\";
        assert!(!lines(hostile, true).contains('\u{1b}'), "{}", lines(hostile, true));
        assert_eq!(log(colored), "red \\u{1b}]0;title\\u{7}");
    }

    #[test]
    fn json_stays_the_same_to_a_program() {
        let value = serde_json::json!({ "\u{1b}::a": ["\u{202e}##[b]\u{7f}\u{2028}\u{9b}\n", "é"] });
        let text = serde_json::to_string_pretty(&value).expect("JSON");
        let escaped = json(&text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), value);
        assert!(escaped.chars().all(|c| c == '\n' || !is_obeyed(c)) && !escaped.contains("##["), "{escaped}");
        assert!(matches!(json("{\n}\n"), Cow::Borrowed(_)));
    }
}
