//! What a removal is for, as its step says.

use crate::site::has_token;
use crate::trace::StepTrace;

/// Whether a step is named after the disk that it is to free: what it removes is whatever lies around.
pub fn frees_disk(step: Option<&StepTrace>) -> bool {
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default().to_lowercase();
    ["disk", "space", "storage"].iter().any(|word| has_token(&name, word))
}
