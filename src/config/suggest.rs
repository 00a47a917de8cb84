//! Did you mean.

use crate::suggest::nearest;

/// Says that there is no such thing, what was most likely meant, and what there is when that is short.
pub(super) fn no_such(what: &str, name: &str, known: &[&str]) -> String {
    let all = (known.len() <= 24).then(|| known.join(", "));
    let all = |words: &str| all.as_ref().map(|all| format!("{words}: {all}")).unwrap_or_default();
    // `gitea` for `gitea-runner`.
    let longer = || known.iter().copied().find(|known| known.split('-').next() == Some(name) && *known != name);
    match nearest(name, known.iter().copied()).or_else(longer) {
        Some(meant) => format!("there is no {what} `{name}`: did you mean `{meant}`?{}", all(" Allowed")),
        None => format!("there is no {what} `{name}`{}", all("; allowed")),
    }
}
