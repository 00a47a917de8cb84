//! Did you mean.

/// The known name that a mistyped one most likely means.
pub fn suggest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let most = (name.chars().count() / 3).max(1);
    let ranked = known.iter().map(|known| (distance(&name.to_lowercase(), known), *known));
    ranked.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

/// Says that there is no such thing, what was most likely meant, and what there is when that is short.
pub(super) fn no_such(what: &str, name: &str, known: &[&str]) -> String {
    let all = (known.len() <= 24).then(|| known.join(", "));
    let all = |words: &str| all.as_ref().map(|all| format!("{words}: {all}")).unwrap_or_default();
    match suggest(name, known) {
        Some(meant) => format!("there is no {what} `{name}`: did you mean `{meant}`?{}", all(" Allowed")),
        None => format!("there is no {what} `{name}`{}", all("; allowed")),
    }
}

/// How many letters must be added, removed, changed or swapped with the next.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}
