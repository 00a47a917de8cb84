//! What a removal is for, as its step says.

use crate::site::has_token;
use crate::trace::{Act, StepTrace};

/// Whether a step is named after the disk that it is to free: what it removes is whatever lies around.
pub fn frees_disk(step: Option<&StepTrace>) -> bool {
    const DOES: [&str; 8] = ["free", "clean", "cleanup", "clear", "reclaim", "prune", "purge", "maximize"];
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| has_token(&name, word));
    says(&DOES) && says(&["disk", "space", "storage"])
}

/// Whether something removes because the disk is full, and not by the clock alone: a step for that, or a question after
/// the space that is left, decides. `condition` is the step's `if:`.
pub fn is_for_want_of_space(act: &Act, step: Option<&StepTrace>, condition: Option<&str>) -> bool {
    const SPACE: [&str; 8] = ["disk", "space", "storage", "avail", "available", "free", "usage", "threshold"];
    const URGENT: [&str; 5] = ["emergency", "aggressive", "low", "full", "pressure"];
    let says = |text: &str, words: &[&str]| {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|token| words.contains(&token))
    };
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default();
    let mut asked = act.context.branches.iter().map(|branch| branch.written.as_str()).chain(condition);
    // A word alone may be any variable's: how much is left is compared, or said to be too little.
    let compares = |text: &str| {
        let has_word = |word: &str| text.split_whitespace().any(|one| one == word);
        ["-gt", "-ge", "-lt", "-le"].into_iter().any(has_word) || text.contains(['<', '>']) || has_word("df")
    };
    asked.any(|text| says(text, &SPACE) && (compares(text) || says(text, &URGENT)))
        || says(name, &URGENT) && says(name, &SPACE)
}
