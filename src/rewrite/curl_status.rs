//! `curl-status`: the fallback takes the place of what curl printed, and is not added to it.

use std::borrow::Cow;
use std::ops::Range;

use super::shell_text::ShellText;
use super::untrusted::is_variable;
use super::{Draft, Place, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::shell::{AssignedValue, Node, Part, Statement, StatementKind, Word};

/// The fix of a finding: `code=$(curl … || echo 000)` becomes `code=$(curl …) || code=000`, so that a transfer which
/// broke after its status is not taken for a whole one. A `-f` by which the server's own 503 would become a 000 goes;
/// where it has to stay, that status does.
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
    let unclear = || {
        Withheld::because(match is_passed_over(&place, finding) {
            true => "its step's `if:` holds in no run",
            false => "only `code=$(curl … || echo TEXT)` as a command of its own can be rewritten",
        })
    };
    let (text, found) = found.ok_or_else(unclear)?;
    let mut draft = Draft::new(scene);
    let at = |range: Range<usize>| text.location(range).ok_or_else(|| Withheld::because("it is written with escapes"));
    // What closes the substitution moves up to curl.
    let (fallback, end) = (found.fallback.clone(), found.statement.end);
    let closing = text.value().get(fallback.end..end).unwrap_or_default();
    let (name, value) = (&found.name, &found.value);
    let kept = if found.fail == Fail::Stays { format!(" || [ \"${name}\" -ge 400 ]") } else { String::new() };
    let mut behind = format!("{closing}{kept} || {name}={value}");
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
    if let Fail::Goes(option) = &found.fail {
        draft.replace(&at(option.clone())?, "")?;
    }
    draft.replace(&at(fallback.start..end)?, &behind)?;
    // Who compares with what curl and the fallback print together, or with curl's part of it, must compare with the
    // fallback from now on.
    let together = format!("000{}", found.value);
    let compared = [together.as_str(), "000"]
        .into_iter()
        .filter(|text| *text != found.value)
        .find(|word| is_compared(text.source.text(), word, &found.name));
    let why = compared.map(|word| format!("something compares with `{word}`"));
    let is_more = found.fail == Fail::Stays && !(found.is_bare && is_variable(name));
    let why = why.or_else(|| is_more.then(|| "what curl prints is perhaps no number to compare with".to_owned()));
    let applicability = if why.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    let why = why.or_else(|| {
        let tells = told_above(text.value(), found.statement.start);
        tells.then(|| "the comment above tells of the fallback as it was: see whether it is still true".to_owned())
    });
    let mut title = format!("let the fallback replace what curl printed: `|| {}={}`", found.name, found.value);
    title.push_str(match found.fail {
        Fail::Goes(_) => ", and drop `-f`",
        Fail::Stays => ", but for a status that `-f` takes for a failure",
        Fail::Absent => "",
    });
    draft.finish("curl-status", applicability, title, why)
}

/// Whether the comments right above a command tell of what stands behind curl.
fn told_above(script: &str, command: usize) -> bool {
    let above = script.get(..command).unwrap_or_default();
    let lines = above.lines().rev().skip(usize::from(!above.ends_with('\n')));
    let mut comments = lines.map(str::trim).take_while(|line| line.starts_with('#'));
    comments.any(|line| line.contains("fallback") || line.contains("|| echo") || line.contains("000000"))
}

/// Whether the finding stands in a step that nobody runs.
fn is_passed_over(place: &Place<'_>, finding: &Finding) -> bool {
    let steps = &place.job.job.steps;
    let own = steps
        .iter()
        .find(|step| finding.location.path == *place.tree.source().path() && step.span.contains(finding.location.span));
    own.is_some_and(|own| place.job.trace.steps.iter().all(|step| step.index != own.index))
}

/// Whether something in a text may compare a variable with a number: not as the end or the start of a longer one, not
/// what another fallback prints or another variable is given, and not with the status of another transfer.
fn is_compared(text: &str, word: &str, name: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let given = |line: &str| {
        let before = line.trim_end_matches(['"', '\'']);
        let printed = before.trim_end().rsplit(|c: char| !is_name(c) && c != '-').find(|word| !word.starts_with('-'));
        before.ends_with(' ') && matches!(printed, Some("echo" | "printf"))
            || before.strip_suffix('=').is_some_and(|rest| rest.ends_with(is_name))
    };
    let holds = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let (before, behind) = (&line[..at], &line[at + word.len()..]);
            !before.ends_with(digit) && !behind.starts_with(digit) && !given(before)
        })
    };
    text.lines().filter(|line| !line.trim_start().starts_with('#')).filter(|line| holds(line)).any(|line| {
        let named = line.split('$').skip(1).map(|rest| rest.trim_start_matches('{'));
        let named: Vec<&str> = named.filter_map(|rest| rest.split(|c: char| !is_name(c)).next()).collect();
        let of_another = |other: &str| {
            let assigned: Vec<&str> = text.lines().filter_map(|line| assigned_in(line, other)).collect();
            !assigned.is_empty() && assigned.iter().all(|value| value.contains("curl "))
        };
        named.is_empty() || named.contains(&name) || !named.iter().any(|other| of_another(other))
    })
}

/// What stands behind `NAME=` in a line.
fn assigned_in<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let found = line.match_indices(name).find(|(at, _)| {
        !line[..*at].ends_with(is_name) && !name.is_empty() && line[at + name.len()..].starts_with('=')
    });
    found.and_then(|(at, _)| line.get(at + name.len() + 1..))
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
    fail: Fail,
    /// Curl prints its status and nothing else.
    is_bare: bool,
}

/// The option that makes curl fail after a status of the server's: the fallback would take the place of that status.
#[derive(Debug, PartialEq, Eq)]
enum Fail {
    /// It is not there.
    Absent,
    /// It decides nothing else, and goes.
    Goes(Range<usize>),
    /// It also decides what is written to a file, or asked for again.
    Stays,
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
        is_bare: prints_status_alone(curl),
    })
}

/// Whether `-w` is told the status, and nothing beside it.
fn prints_status_alone(curl: &Statement) -> bool {
    let words = curl.command().map_or(&[][..], |command| &command.words);
    words.iter().filter_map(Word::literal).any(|word| matches!(&*word, "%{http_code}" | "%{response_code}"))
}

/// The short options of curl that take a value (curl 8.14).
const WITH_VALUE: &str = "AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// The `-f` of a curl. Of one that throws the body away it can go: a status of 400 and above is printed without it, and
/// curl succeeds. With `--retry-all-errors` it also decides what is asked for again.
fn fail_option(text: &str, curl: &Statement) -> Fail {
    let words = curl.command().map_or(&[][..], |command| &command.words);
    let is_curl = |word: &Word| word.literal().as_deref() == Some("curl");
    let Some(start) = words.iter().position(is_curl) else { return Fail::Absent };
    let words = &words[start..];
    let (mut throws_away, mut keeps_some, mut asks_again, mut found) = (false, false, false, None);
    let mut option: Option<&str> = None;
    for pair in words.windows(2) {
        let [before, word] = pair else { continue };
        if let Some(option) = option.take() {
            if option.ends_with('o') {
                let is_null = word.literal().as_deref() == Some("/dev/null");
                throws_away |= is_null;
                keeps_some |= !is_null;
            }
            continue;
        }
        let written = text.get(word.span.clone()).unwrap_or_default();
        match written {
            "--retry-all-errors" => asks_again = true,
            "--fail" | "--fail-with-body" | "-f" => found = Some(before.span.end..word.span.end),
            "--output" => option = Some("-o"),
            "--remote-name" | "--remote-name-all" => keeps_some = true,
            _ => {
                let Some(letters) = written.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { continue };
                let flags = letters.find(|c| WITH_VALUE.contains(c)).unwrap_or(letters.len());
                keeps_some |= letters.get(..flags).is_some_and(|flags| flags.contains('O'));
                if let Some(at) = letters.get(..flags).and_then(|flags| flags.find('f')) {
                    let at = word.span.start + 1 + at;
                    found = Some(at..at + 1);
                }
                option = (letters.len() == flags + 1).then_some(written);
            }
        }
    }
    match found {
        Some(option) if throws_away && !keeps_some && !asks_again => Fail::Goes(option),
        Some(_) => Fail::Stays,
        None => Fail::Absent,
    }
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
    use super::{is_compared, told_above};

    #[test]
    fn what_is_compared_is_no_other_fallback() {
        for (line, compared) in [
            ("[ \"$code\" = 000 ]", true),
            ("case $code in", false),
            ("  000*) exit 1 ;;", true),
            ("if s == \"000\":", true),
            ("# 000 is no answer", false),
            ("other=$(curl -s x || echo \"000\")", false),
            ("other=$(curl -s x || echo -n 000)", false),
            ("other=$(curl -s x) || other=000", false),
            ("sleep 2000", false),
            ("other=$(curl -s x)\n[ \"${other}\" != \"000\" ]", false),
            ("[ \"$1\" = 000 ]", true),
            ("other=$code\n[ \"$other\" == \"000\" ]", true),
            ("[ \"$code$other\" == \"000\" ]\nother=$(curl -s x)", true),
        ] {
            assert_eq!(is_compared(line, "000", "code"), compared, "{line}");
        }
    }

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
