//! Why a file is no YAML, in words that say what to do.

use crate::source::Span;

/// A file that cannot be read as YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// Where it stopped making sense.
    pub span: Span,
    /// What is wrong, and what to do.
    pub message: String,
}

impl YamlError {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// The parser's words, or a piece of them, and ours. The first that fits is taken.
const WORDS: &[(&str, &str)] = &[
    (
        "unknown anchor",
        "this alias names an anchor that is not defined above it: define it with `&name`, or quote a value that starts with `*`",
    ),
    (
        "mapping values are not allowed",
        "this text is not quoted and contains `: `, which starts a value: quote the text, or check the indentation",
    ),
    (
        "did not find expected key",
        "this does not line up with the keys above it: give all keys of one mapping the same indentation",
    ),
    (
        "did not find expected '-' indicator",
        "this does not line up with the list items above it: give all `-` of one list the same indentation",
    ),
    ("tab", "a tab indents this line; YAML allows only spaces there: replace it with spaces"),
    ("unexpected end of stream", "this quote is never closed: add the closing quote"),
    (
        "document indicator",
        "a line with `---` or `...` ends the document inside this quoted text: close the quote before it",
    ),
    (
        "invalid indentation in quoted scalar",
        "a line of this quoted text is indented less than its key: indent it more, or close the quote",
    ),
    (
        "unknown escape character",
        "double quotes know no such escape: write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "hexadecimal number",
        "`\\x`, `\\u` and `\\U` take 2, 4 and 8 hexadecimal digits: write them all, or use single quotes",
    ),
    ("Unicode character escape", "this escape names no Unicode character: mend the number, or use single quotes"),
    (
        "trailing content after double-quoted",
        "there is text after the closing quote: quote the whole value, or remove what follows",
    ),
    (
        "expected ',' or ']'",
        "this list has no `,` or `]` here: close the `[`, or quote the text that contains brackets",
    ),
    (
        "expected ',' or '}'",
        "this mapping has no `,` or `}` here: close the `{`, or quote the text that contains braces (`${{ … }}` at \
         the start of a value may need quotes inside `{ }` or `[ ]`)",
    ),
    (
        "illegal placement of ':'",
        "a `[` on a line above has no `]` before this `:`: close the `[`, or quote the text that contains `: `",
    ),
    ("unexpected character", "a value cannot start with this character: quote it"),
    (
        "scanning a tag",
        "a value that starts with `!` is a YAML tag, and this is no tag's name: quote the value, or write `${{ … }}` \
         around an expression",
    ),
    (
        "parsing a tag",
        "a value that starts with `!` is a YAML tag, and this is no tag's name: quote the value, or write `${{ … }}` \
         around an expression",
    ),
    ("verbatim tag", "this tag starts with `!<` and lacks its `>`: close it, or quote the value"),
    ("handle wasn't declared", "this tag's prefix is declared by no `%TAG`: quote the value if no tag is meant"),
    (
        "expected alphabetic or numeric",
        "`&` starts an anchor and `*` an alias, and this one has no name: quote a value that starts with it",
    ),
    (
        "wrongly indented line in block scalar",
        "this line is indented less than the block text it belongs to: give it the same indentation as the first line",
    ),
    (
        "expected comment or line break",
        "nothing but `+`, `-`, a digit or a comment may follow `|` or `>` on its line: start the text on the next line",
    ),
    ("indentation indicator equal to 0", "the indentation after `|` or `>` is 1 to 9, not 0: leave it out"),
    (
        "block sequence entries are not allowed",
        "a list item cannot start here: put the `-` on a line of its own below the key",
    ),
    ("\"-\" is only valid inside a block", "a `-` item cannot stand inside `[ ]` or `{ }`: separate items with `,`"),
    ("mapping keys are not allowed", "a `?` key cannot start here: quote the text if no key is meant"),
    ("separated from other tokens by whitespace", "a comment needs a space before its `#`: add one, or quote the text"),
    ("cannot start with '-'", "a `-` before a bracket or comma is no value: quote it"),
    ("invalid indentation", "this line is indented less than what it belongs to: line it up with its neighbours"),
    ("expected node content", "a value is missing here: write one, or `\"\"` for an empty text"),
    (
        "did not find expected <document start>",
        "there is text after the document's end: is its indentation right? A second document starts with `---`",
    ),
    ("invalid content after document end", "there is text after `...`: put it on the next line"),
    ("recursion limit", TOO_DEEP),
];

pub(super) const TOO_DEEP: &str = "this nests deeper than 128 levels; no workflow does: flatten it";

/// The error at `at` for the parser's words `info`.
pub(super) fn explain(text: &str, at: usize, info: &str) -> YamlError {
    let (at, keyless) = match info.starts_with("simple key expect") {
        true => no_key(text, at),
        false => (at, None),
    };
    let end = text[at..].chars().next().filter(|&next| next != '\n' && next != '\r').map_or(at, |c| at + c.len_utf8());
    let is_unclosed = info.contains("expected node content") && text[at..].trim().is_empty();
    let keyless = keyless.or(is_unclosed.then_some(UNCLOSED));
    let words = || WORDS.iter().find(|(theirs, _)| info.contains(theirs)).map(|(_, ours)| *ours);
    let message = match keyless.or_else(words) {
        Some(ours) => ours.to_owned(),
        None => format!("not YAML: {info}"),
    };
    YamlError::new(Span::new(at, end), message)
}

const NO_KEY: &str =
    "this line is no `key: value`: add the `:` and a space after the key, or indent it to belong to the text above";
const BRACKETS: &str = "a key is due here, and a bracket is none: indent the lines to belong to the text above, or \
                        put the brackets behind a `key:` or in quotes";
const UNCLOSED: &str = "the text ends where a value is missing: close the `[` or `{` that is open, or write the value";
const NO_ENTRY: &str = "no `key: value` can begin here: indent this line to belong to the text above it, or close the quotes \
                        or brackets that are open on a line above";

/// Where what should have been a key stands, and what to do: the parser notices only at `at`, on the next line or
/// behind the last bracket, that there was no `:`. What stands between may well be `key: value`.
fn no_key(text: &str, at: usize) -> (usize, Option<&'static str>) {
    let before = text[..at].trim_end();
    if let Some(open) = opening(before)
        && open == line_of(text, open)
    {
        return (open, Some(BRACKETS));
    }
    let at_end = text[at..].trim().is_empty();
    let start = if at_end { line_of(text, before.len()) } else { line_before(text, at) };
    let line = text[start..].lines().next().unwrap_or_default().trim_end();
    let is_entry = line.contains(": ") || line.ends_with(':');
    (start, Some(if is_entry { NO_ENTRY } else { NO_KEY }))
}

/// Where the bracket opens that the text closes at its end, if it does.
fn opening(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'}' | b']' => open += 1,
            b'{' | b'[' => {
                open = open.checked_sub(1)?;
                if open == 0 {
                    return Some(at);
                }
            }
            _ if open == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where the text of the line around `at` starts.
fn line_of(text: &str, at: usize) -> usize {
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1);
    start + text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len()
}

/// Where the text of the last line above `at` that has any starts.
fn line_before(text: &str, at: usize) -> usize {
    let line = text[..at].rfind(['\n', '\r']).unwrap_or(0);
    let above = text[..line].trim_end().len();
    let start = text[..above].rfind(['\n', '\r']).map_or(0, |found| found + 1);
    let indent = text[start..above].len() - text[start..above].trim_start_matches([' ', '\t']).len();
    start + indent
}

/// Refuses what YAML does not allow anywhere, which the parser would take for the file's end or for text
/// (<https://yaml.org/spec/1.2.2/#51-character-set>).
pub(super) fn check_characters(text: &str) -> Result<(), YamlError> {
    let bytes = text.as_bytes();
    // Most files hold none of the bytes that such a character begins with: that is seen without a look at each.
    // Without a branch, so that several bytes are looked at together.
    let begins = |byte: u8| {
        let is_control = (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
        is_control | (byte == 0x7f)
    };
    let is_suspect = |at: usize| match bytes[at] {
        // U+0080 to U+009F but for U+0085, next line.
        0xc2 => matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9f)),
        // U+FFFE and U+FFFF.
        0xef => matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])),
        _ => false,
    };
    if !bytes.chunks(64).any(|chunk| chunk.iter().fold(0, |found, byte| found | u8::from(begins(*byte))) != 0)
        && !memchr::memchr2_iter(0xc2, 0xef, bytes).any(is_suspect)
    {
        return Ok(());
    }
    let suspect = bytes.iter().enumerate().find(|&(at, &byte)| match byte {
        b'\t' | b'\n' | b'\r' => false,
        0..=0x1f | 0x7f => true,
        _ => is_suspect(at),
    });
    let Some((at, _)) = suspect else { return Ok(()) };
    let character = text[at..].chars().next().unwrap_or_default();
    let end = at + character.len_utf8();
    let code = u32::from(character);
    Err(YamlError::new(
        Span::new(at, end),
        format!(
            "the control character U+{code:04X} is not allowed in YAML: remove it, or write it as an escape in double quotes"
        ),
    ))
}
