//! Lists and mappings in brackets whose lines are indented no more than their key.
//!
//! YAML forbids it (<https://yaml.org/spec/1.2.2/#74-flow-collection-styles>), libyaml and go-yaml read it,
//! and so do the runners and compose: `[` … `]` with the `]` below its key is common. The parser refuses
//! such a line; so it is given a text of the same length in which the line goes on the one before.

/// Masks the line break before the line that `at` is on, with the comments before it. Tells whether
/// there was something to mask.
pub(super) fn join_line(masked: &mut String, at: usize) -> bool {
    let bytes = masked.as_bytes();
    let mut start = line_start(bytes, at);
    let end = start;
    let mut spans = Vec::new();
    // Up to the line before that has more than white space and a comment.
    while start > 0 {
        let previous = line_start(bytes, start - 1);
        let comment = comment_start(&masked[previous..start]).map_or(start, |length| previous + length);
        spans.push((comment, start));
        let has_content = !masked[previous..comment].trim().is_empty();
        start = previous;
        if has_content {
            break;
        }
    }
    let line_breaks = spans.iter().flat_map(|&(comment, end)| comment..end);
    let breaks: Vec<usize> = (start..end).filter(|&at| matches!(bytes[at], b'\n' | b'\r')).chain(line_breaks).collect();
    if breaks.is_empty() {
        return false;
    }
    let mut changed = std::mem::take(masked).into_bytes();
    for at in breaks {
        changed[at] = b' ';
    }
    // Whole characters were replaced: what is left is UTF-8.
    *masked = String::from_utf8(changed).unwrap_or_default();
    true
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |found| found + 1)
}

/// Where the comment of a line of a bracketed list starts.
fn comment_start(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate() {
        let apart = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b',' | b'[' | b'{' | b':');
        match (quote, byte) {
            (None, b'\'' | b'"') if apart => quote = Some(byte),
            (None, b'#') if at == 0 || matches!(bytes[at - 1], b' ' | b'\t') => return Some(at),
            (Some(open), byte) if open == byte && (open == b'\'' || bytes[at - 1] != b'\\') => quote = None,
            _ => {}
        }
    }
    None
}
