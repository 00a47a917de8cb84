//! Several changes of one text, as one.

/// Bytes of a text, and what comes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part<'n> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) new: &'n str,
}

/// A text with what each of several changes has in it; nothing when two of them are about the same bytes, or touch.
pub(super) fn join(old: &str, changes: &[Vec<Part<'_>>]) -> Option<String> {
    let all = changes.iter().enumerate();
    let mut parts: Vec<(Part<'_>, usize)> =
        all.flat_map(|(change, parts)| parts.iter().map(move |part| (*part, change))).collect();
    parts.sort_unstable();
    let mut text = String::with_capacity(old.len());
    let (mut done, mut last) = (0, None);
    for (part, change) in parts {
        if part.start < done || part.start == done && last.is_some_and(|last| last != change) {
            return None;
        }
        text.push_str(old.get(done..part.start)?);
        text.push_str(part.new);
        (done, last) = (part.end, Some(change));
    }
    text.push_str(old.get(done..)?);
    Some(text)
}

/// The bytes of the old text that are others in the new, and those.
pub(super) fn difference<'n>(old: &str, new: &'n str) -> Part<'n> {
    let mut start = common(old.as_bytes(), new.as_bytes());
    // What differs within a letter differs in all of it.
    while !(old.is_char_boundary(start) && new.is_char_boundary(start)) {
        start -= 1;
    }
    let (rest, other) = (&old[start..], &new[start..]);
    let mut end = common_end(rest.as_bytes(), other.as_bytes());
    while !(rest.is_char_boundary(rest.len() - end) && other.is_char_boundary(other.len() - end)) {
        end -= 1;
    }
    Part { start, end: old.len() - end, new: &other[..other.len() - end] }
}

/// How many bytes are compared at a time.
const BLOCK: usize = 256;

/// How many bytes two texts have in common at their start.
fn common(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.chunks(BLOCK).zip(other.chunks(BLOCK)).take_while(|(one, other)| one == other);
    let same = (blocks.count() * BLOCK).min(one.len()).min(other.len());
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// The same, at their end.
fn common_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.rchunks(BLOCK).zip(other.rchunks(BLOCK)).take_while(|(one, other)| one == other);
    let same = (blocks.count() * BLOCK).min(one.len()).min(other.len());
    let (one, other) = (&one[..one.len() - same], &other[..other.len() - same]);
    same + one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(old: &str, new: &[&str]) -> Option<String> {
        let changes: Vec<Vec<Part<'_>>> = new.iter().map(|new| vec![difference(old, new)]).collect();
        super::join(old, &changes)
    }

    #[test]
    fn parts_of_one_change_may_touch_and_those_of_two_may_not() {
        let part = |start, end, new| Part { start, end, new };
        let (one, other) = (vec![part(0, 1, "A"), part(4, 5, "C")], vec![part(2, 3, "B")]);
        assert_eq!(super::join("a b c", &[one.clone(), other]).as_deref(), Some("A B C"));
        assert_eq!(super::join("a b c", &[vec![part(1, 1, "x"), part(1, 2, "")]]).as_deref(), Some("axb c"));
        assert_eq!(super::join("a b c", &[one, vec![part(1, 1, "x")]]), None);
        assert_eq!(super::join("a b c", &[vec![part(0, 9, "")]]), None);
    }

    #[test]
    fn changes_apart_are_joined_and_others_are_not() {
        assert_eq!(join("a b c", &["A b c", "a b C"]).as_deref(), Some("A b C"));
        assert_eq!(join("a b c", &["a c", "a b c d"]).as_deref(), Some("a c d"));
        assert_eq!(join("é ü", &["è ü", "é ö"]).as_deref(), Some("è ö"));
        assert_eq!(join("a b", &["x b", "y b"]), None);
        // `à` and `Ġ` end in one byte, and are no less two letters.
        assert_eq!(join("à b", &["Ġ b", "à c"]).as_deref(), Some("Ġ c"));
        for length in [1, BLOCK - 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1] {
            let rest = "é".repeat(length);
            let old = format!("{rest}x{rest}y{rest}");
            let new = [format!("{rest}{rest}y{rest}"), format!("{rest}x{rest}è{rest}")];
            let both = join(&old, &[&new[0], &new[1]]);
            assert_eq!(both, Some(format!("{rest}{rest}è{rest}")), "{length}");
        }
    }
}
