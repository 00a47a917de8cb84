//! "Did you mean …?"

/// The candidate nearest to a mistyped word, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`? " where one is near, and what is allowed.
pub(super) fn hint<'a>(word: &str, allowed: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let list: Vec<String> = allowed.clone().into_iter().map(|word| format!("`{word}`")).collect();
    let meant = nearest(word, allowed).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    format!("{meant}allowed: {}", list.join(", "))
}

/// How many letters must be inserted, removed or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (at, &other) in to.iter().enumerate() {
            let replaced = corner + usize::from(letter != other);
            corner = row[at + 1];
            row[at + 1] = replaced.min(corner + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["message", "where", "unless"];
        assert_eq!(nearest("mesage", words), Some("message"));
        assert_eq!(nearest("Wher", words), Some("where"));
        assert_eq!(nearest("fix", words), None);
        assert_eq!(hint("unles", ["unless", "on"]), "did you mean `unless`? allowed: `unless`, `on`");
    }
}
