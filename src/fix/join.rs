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
    let same = |(one, other): &(char, char)| one == other;
    let start: usize = old.chars().zip(new.chars()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    let (rest, other) = (&old[start..], &new[start..]);
    let end: usize = rest.chars().rev().zip(other.chars().rev()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    (start, old.len() - end, &other[..other.len() - end])
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
    }
}
