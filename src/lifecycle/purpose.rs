//! What a removal is for, as its step says.

use crate::site::has_token;
use crate::trace::StepTrace;

/// Whether a step is named after the disk that it is to free: what it removes is whatever lies around.
pub fn frees_disk(step: Option<&StepTrace>) -> bool {
    const DOES: [&str; 8] = ["free", "clean", "cleanup", "clear", "reclaim", "prune", "purge", "maximize"];
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| has_token(&name, word));
    says(&DOES) && says(&["disk", "space", "storage"])
}
