//! "Did you mean …?"

use crate::suggest::nearest;

/// "did you mean `x`? " where one is near, and what is allowed.
pub(super) fn hint<'a>(word: &str, allowed: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let list: Vec<String> = allowed.clone().into_iter().map(|word| format!("`{word}`")).collect();
    let meant = nearest(word, allowed).map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    format!("{meant}allowed: {}", list.join(", "))
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
