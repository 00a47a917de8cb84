//! Several changes of one text, as one.

/// A text with what each of several others changes in it; nothing when two of them change the same part.
pub(super) fn join(old: &str, new: &[&str]) -> Option<String> {
    let mut parts: Vec<(usize, usize, &str)> = new.iter().map(|new| difference(old, new)).collect();
    parts.sort_unstable();
    let mut text = String::new();
    let mut done = 0;
    for (index, (start, end, new)) in parts.iter().enumerate() {
        if *start < done || index > 0 && *start == done {
            return None;
        }
        text.push_str(old.get(done..*start)?);
        text.push_str(new);
        done = *end;
    }
    text.push_str(old.get(done..)?);
    Some(text)
}

/// The bytes of the old text that are others in the new, and those.
fn difference<'n>(old: &str, new: &'n str) -> (usize, usize, &'n str) {
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
    (start, old.len() - end, &other[..other.len() - end])
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
