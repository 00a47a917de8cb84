//! The findings that are about the tool itself.

use super::RuleInfo;
use crate::finding::Level;
use crate::names::{TOOL, UNUSED_IGNORE, YAML_ERROR};

/// Id, level, summary, and why.
const RULES: [(&str, Level, &str, &str); 2] = [
    (
        YAML_ERROR,
        Level::Error,
        "A file does not parse, so nothing in it was judged",
        "A workflow that is not YAML, or not UTF-8, does not run either; nor does one in which a key stands twice in a \
         mapping. All other files are linted, and the exit code is 3, also when there are findings. Mend the file at the place shown.",
    ),
    (
        UNUSED_IGNORE,
        Level::Warning,
        "A `# berthlint: ignore[...]` comment silences nothing",
        "What it was for is mended or has moved, or the name is misspelled. Left there, it would hide the next such \
         finding. Remove the comment, or the rule's name from it.",
    ),
];

/// For the list.
pub(super) fn rules() -> Vec<RuleInfo> {
    let info = |(id, level, summary, _): &(&str, Level, &str, &str)| RuleInfo {
        id: (*id).to_owned(),
        family: TOOL.to_owned(),
        level: *level,
        summary: (*summary).to_owned(),
        enabled: true,
    };
    RULES.iter().map(info).collect()
}

/// Why one of them is reported.
pub(super) fn why(id: &str) -> Option<&'static str> {
    RULES.iter().find(|(rule, ..)| *rule == id).map(|(.., why)| *why)
}

/// For `berthlint explain`.
pub(super) fn explain(id: &str) -> Option<String> {
    let (_, _, summary, why) = RULES.iter().find(|(rule, ..)| *rule == id)?;
    Some(format!("{id} ({TOOL})\n{summary}.\n\n{why}\n"))
}
