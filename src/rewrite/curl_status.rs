//! `curl-status`: the fallback takes the place of what curl printed, and is not added to it.

use std::borrow::Cow;
use std::ops::Range;

use super::shell_text::ShellText;
use super::untrusted::is_variable;
use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::shell::{AssignedValue, Node, Part, Statement, StatementKind, Word};

/// The fix of a finding: `code=$(curl … || echo 000)` becomes `code=$(curl …) || code=000`, so that a transfer which
/// broke after its status is not taken for a whole one. A `-f` goes where the server's own 503 would become a 000.
///
/// # Errors
/// When the status is not assigned by a command of its own, or the fallback is no plain text.
pub fn curl_status(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let texts = ShellText::of_job(&place);
    let found = texts.iter().find_map(|text| {
        let found = assigned(text)
            .into_iter()
            .find(|found| text.location(found.or.clone()).as_ref() == Some(&finding.location))?;
        Some((text, found))
    });
    let unclear =
        || Withheld::because("the status is not assigned by a command of its own with plain text as the fallback");
    let (text, found) = found.ok_or_else(unclear)?;
    let mut draft = Draft::new(scene);
    let at = |range: Range<usize>| text.location(range).ok_or_else(|| Withheld::because("it is written with escapes"));
    // What closes the substitution moves up to curl.
    let (fallback, end) = (found.fallback.clone(), found.statement.end);
    let closing = text.value().get(fallback.end..end).unwrap_or_default();
    let (name, value) = (&found.name, &found.value);
    let mut behind = format!("{closing} || {name}={value}");
    if let Some(declared) = &found.declared {
        // `local code=$(…)` has the status of `local`: the assignment becomes a command of its own.
        let next = text.between_commands(&found.statement);
        let program = &declared.program;
        let before = match declared.marks_a_value {
            true => String::new(),
            false => format!("{program} {name}{next}"),
        };
        draft.replace(&at(found.statement.start..declared.from)?, &before)?;
        if declared.marks_a_value {
            behind.push_str(&format!("{next}{program} {name}"));
        }
    }
    if let Some(option) = &found.fail {
        draft.replace(&at(option.clone())?, "")?;
    }
    draft.replace(&at(fallback.start..end)?, &behind)?;
    // Who compares with what curl and the fallback print together, or with curl's part of it, must compare with the
    // fallback from now on.
    let together = format!("000{}", found.value);
    let compared = [together.as_str(), "000"]
        .into_iter()
        .filter(|text| *text != found.value)
        .find(|word| holds_number(text.source.text(), word));
    let why = compared.map(|word| format!("something compares with `{word}`"));
    let applicability = if why.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    let why = why.or_else(|| {
        let tells = told_above(text.value(), found.statement.start);
        tells.then(|| "the comment above tells of the fallback as it was: see whether it is still true".to_owned())
    });
    let mut title = format!("let the fallback replace what curl printed: `|| {}={}`", found.name, found.value);
    if found.fail.is_some() {
        title.push_str(", and drop `-f`");
    }
    draft.finish("curl-status", applicability, title, why)
}

/// Whether the comments right above a command tell of what stands behind curl.
fn told_above(script: &str, command: usize) -> bool {
    let above = script.get(..command).unwrap_or_default();
    let lines = above.lines().rev().skip(usize::from(!above.ends_with('\n')));
    let mut comments = lines.map(str::trim).take_while(|line| line.starts_with('#'));
    comments.any(|line| line.contains("fallback") || line.contains("|| echo") || line.contains("000000"))
}

/// Whether a text holds these characters, not as the end or the start of a longer number.
fn holds_number(text: &str, word: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(digit) && !text[at + word.len()..].starts_with(digit))
}

/// The `local` or `export` before an assignment.
struct Declared {
    /// It.
    program: String,
    /// Where the assignment begins.
    from: usize,
    /// It is about the value, and comes after it: what `local` declares is declared first.
    marks_a_value: bool,
}

/// An assignment of what curl, or the fallback behind it, prints.
struct Assigned {
    /// The assignment.
    statement: Range<usize>,
    /// The list in its substitution.
    or: Range<usize>,
    /// What of that stands behind curl.
    fallback: Range<usize>,
    /// The variable.
    name: String,
    /// What it stands behind.
    declared: Option<Declared>,
    /// What the fallback prints.
    value: String,
    /// The option that makes curl fail after a status of the server's: the fallback would take the place of that
    /// status.
    fail: Option<Range<usize>>,
}

/// Those of a text that are commands of their own: in a list, another command's failure would come to the fallback.
fn assigned(text: &ShellText) -> Vec<Assigned> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut found: Vec<Assigned> = Vec::new();
    text.script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        match &statement.kind {
            StatementKind::And(one, other) | StatementKind::Or(one, other) => {
                parts.extend([one.span.clone(), other.span.clone()])
            }
            StatementKind::Pipeline(all) => parts.extend(all.iter().map(|part| part.span.clone())),
            _ => found.extend(assignment(text.value(), statement)),
        }
    });
    found.retain(|assigned| !parts.contains(&assigned.statement));
    found
}

fn assignment(text: &str, statement: &Statement) -> Option<Assigned> {
    let command = statement.command().filter(|command| command.redirects.is_empty())?;
    if statement.negated || statement.background {
        return None;
    }
    let (name, piece, declared) = match (command.assignments.as_slice(), command.words.as_slice()) {
        ([assignment], []) if !assignment.append => {
            let AssignedValue::Word(word) = &assignment.value else { return None };
            let [piece] = word.pieces.as_slice() else { return None };
            (assignment.name.clone(), piece, None)
        }
        ([], [program, word]) => {
            let program = program.literal()?;
            let marks_a_value = match &*program {
                "local" | "declare" | "typeset" => false,
                "export" | "readonly" => true,
                _ => return None,
            };
            let [head, piece] = word.pieces.as_slice() else { return None };
            let Part::Literal(head) = &head.part else { return None };
            let name = head.strip_suffix('=').filter(|name| is_variable(name))?.to_owned();
            (name, piece, Some(Declared { program: program.into_owned(), from: word.span.start, marks_a_value }))
        }
        _ => return None,
    };
    let Part::Substitution(body) = &piece.part else { return None };
    let [list] = body.as_slice() else { return None };
    let StatementKind::Or(curl, fallback) = &list.kind else { return None };
    Some(Assigned {
        statement: statement.span.clone(),
        or: list.span.clone(),
        fallback: curl.span.end..fallback.span.end,
        name,
        declared,
        value: printed(fallback)?,
        fail: fail_option(text, curl),
    })
}

/// The short options of curl that take a value (curl 8.14).
const WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// The `-f` of a curl that throws the body away: without it a status of 400 and above is printed, and curl succeeds.
/// With `--retry-all-errors` it also decides what is asked for again.
fn fail_option(text: &str, curl: &Statement) -> Option<Range<usize>> {
    let words = &curl.command()?.words;
    words.first().filter(|word| word.literal().as_deref() == Some("curl"))?;
    let (mut throws_away, mut found) = (false, None);
    let mut option: Option<&str> = None;
    for pair in words.windows(2) {
        let [before, word] = pair else { continue };
        if let Some(option) = option.take() {
            throws_away |= option.ends_with('o') && word.literal().as_deref() == Some("/dev/null");
            continue;
        }
        let written = text.get(word.span.clone()).unwrap_or_default();
        match written {
            "--retry-all-errors" => return None,
            "--fail" | "--fail-with-body" | "-f" => found = Some(before.span.end..word.span.end),
            "--output" => option = Some("-o"),
            _ => {
                let Some(letters) = written.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { continue };
                let flags = letters.find(|c| WITH_VALUE.contains(c)).unwrap_or(letters.len());
                if let Some(at) = letters.get(..flags).and_then(|flags| flags.find('f')) {
                    let at = word.span.start + 1 + at;
                    found = Some(at..at + 1);
                }
                option = (letters.len() == flags + 1).then_some(written);
            }
        }
    }
    found.filter(|_| throws_away)
}

/// What `echo 000` prints, when it is one plain word.
fn printed(statement: &Statement) -> Option<String> {
    let command = statement.command().filter(|command| command.redirects.is_empty())?;
    let words: Vec<Cow<'_, str>> = command.words.iter().skip(1).map(Word::literal).collect::<Option<_>>()?;
    let texts: Vec<&Cow<'_, str>> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let [text] = texts.as_slice() else { return None };
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::told_above;

    #[test]
    fn a_comment_that_tells_of_the_fallback_stands_right_above() {
        for (above, tells) in [
            ("# curl prints the real code; the `|| echo \"000\"`\n# then catches the rest.\n", true),
            ("  # The fallback only catches\n  # refused connections.\n  ", true),
            ("# would make a bogus 503000000\nlocal ", true),
            ("# the fallback of all\n\n", false),
            ("# the fallback\nsleep 1\n", false),
            ("# wait for the shop\n", false),
            ("", false),
        ] {
            let script = format!("{above}code=$(curl x || echo 000)\n");
            assert_eq!(told_above(&script, above.len()), tells, "{above}");
        }
    }
}
