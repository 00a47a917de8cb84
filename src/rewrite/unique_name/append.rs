//! Appends to a word of a shell text, as its quoting asks.

use std::ops::Range;

use super::super::shell_text::ShellText;
use super::super::untrusted::docker_name;
use super::super::{Draft, Withheld};
use super::Suffix;
use super::reference::Role;
use super::uses::Use;
use crate::expr::{self, ExprKind, Known, parse_at, results, template};
use crate::shell::{Context, Part, Piece, Quote, Word};
use crate::source::Location;

/// Appends the suffix to the name that a use holds.
///
/// # Errors
/// When nothing that expands can stand there.
pub fn to_use(draft: &mut Draft<'_>, text: &ShellText, used: &Use, suffix: &Suffix) -> Result<(), Withheld> {
    let end = end(text.value(), &used.word, used.held.role).ok_or_else(unclear)?;
    if used.is_link && used.held.arg.value.split_once(':').is_none() {
        // `--link pg` is also the name by which it is reached: that one stays.
        let alias = used.held.name.as_literal().filter(|_| text.has_job_env());
        let alias = alias.ok_or_else(|| Withheld::because("`--link` gives it a host name, which would change"))?;
        docker_name("the container", alias)?;
        if let Some(variable) = suffix.variable() {
            let link = format!("\"${}:{alias}\"", variable.name);
            return replace(draft, text, used.word.span.clone(), &link);
        }
        return insert(draft, text, end, &format!("{}:{alias}", suffix.expression));
    }
    to_word(draft, text, &used.word, end, used.nested, suffix)
}

/// Appends the suffix at an offset of a word.
///
/// # Errors
/// When nothing that expands can stand there.
pub fn to_word(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    end: usize,
    nested: bool,
    suffix: &Suffix,
) -> Result<(), Withheld> {
    let joined = || joined(text, word);
    let before = text.value().get(word.span.start..end).unwrap_or_default();
    if !suffix.fits(before) {
        return Err(joined());
    }
    one_case(text, word, end)?;
    let held = suffix.variable();
    if let Some(held) = held.filter(|_| text.has_job_env()) {
        let start = end.checked_sub(held.literal.len()).ok_or_else(joined)?;
        return to_variable(draft, text, word, start..end, nested, suffix);
    }
    let cut = held.map_or_else(|| suffix.replaces(before), |held| held.literal.len());
    if held.is_some_and(|held| !before.ends_with(&held.literal)) {
        return Err(joined());
    }
    if held.is_none() && text.is_workflow {
        return put(draft, text, word, end, cut, &suffix.expression());
    }
    let added = match held {
        Some(held) => held.in_script(text)?,
        None => suffix.script(text)?,
    };
    let outer = text.script.context(text.value(), end);
    if nested && outer == Context::Double {
        return put(draft, text, word, end, cut, &added);
    }
    // The default of `${X:-pg}` is as quoted as the whole expansion.
    if text.value().get(..word.span.start).is_some_and(|before| before.ends_with(":-") || before.ends_with(":=")) {
        return put(draft, text, word, end, cut, &added);
    }
    let piece = word.pieces.iter().rev().find(|piece| piece.span.start < end && end <= piece.span.end);
    let piece = piece.ok_or_else(joined)?;
    match piece.quote {
        Quote::Double => put(draft, text, word, end, cut, &added),
        Quote::Bare => match alone(text.value(), word, piece, end) {
            Some(range) => {
                let raw = text.value().get(range.start..range.end - cut).ok_or_else(joined)?;
                replace_in(draft, text, word, range, &format!("\"{raw}{added}\""))
            }
            None => put(draft, text, word, end, cut, &format!("\"{added}\"")),
        },
        Quote::Single if word.pieces.len() == 1 && end == piece.span.end && !nested => {
            let raw = text.value().get(piece.span.start..piece.span.end - cut).ok_or_else(joined)?;
            if raw.contains(['$', '`', '\\', '"']) {
                return Err(single());
            }
            let quotes = piece.span.start - 1..piece.span.end + 1;
            replace_in(draft, text, word, quotes, &format!("\"{raw}{added}\""))
        }
        Quote::Single | Quote::Ansi => Err(single()),
    }
}

/// Puts a variable of the job in the place of a name in a word of a workflow's script.
///
/// # Errors
/// When the name is not written out there.
pub fn to_variable(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    name: Range<usize>,
    nested: bool,
    suffix: &Suffix,
) -> Result<(), Withheld> {
    let held = suffix.variable().ok_or_else(unclear)?;
    if text.value().get(name.clone()) != Some(held.literal.as_str()) {
        return Err(joined(text, word));
    }
    let variable = held.name.as_str();
    let piece = word.pieces.iter().find(|piece| piece.span.start <= name.start && name.end <= piece.span.end);
    let value = text.value();
    let next = value.get(name.end..).and_then(|rest| rest.chars().next());
    let braced = next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_');
    let plain = if braced { format!("${{{variable}}}") } else { format!("${variable}") };
    let outer = text.script.context(value, name.start);
    let quote = match piece {
        Some(piece) if !nested && matches!(piece.part, Part::Literal(_)) => Some(piece.quote),
        _ if outer == Context::Double && !nested => Some(Quote::Double),
        _ => None,
    };
    match (quote, piece) {
        (Some(Quote::Double), _) => replace_in(draft, text, word, name, &plain),
        // Of several pieces, the runner's expressions among them.
        (None, None) if !nested && name == word.span && outer == Context::Bare => {
            replace_in(draft, text, word, name, &format!("\"${variable}\""))
        }
        (Some(Quote::Bare), Some(piece)) => {
            let whole = start_of_value(value, word, piece, name.start).map(|start| start..word.span.end);
            let Some(range) = whole else { return replace_in(draft, text, word, name, &format!("\"${variable}\"")) };
            let before = value.get(range.start..name.start).ok_or_else(|| joined(text, word))?;
            let behind = value.get(name.end..range.end).ok_or_else(|| joined(text, word))?;
            replace_in(draft, text, word, range, &format!("\"{before}{plain}{behind}\""))
        }
        (Some(Quote::Single), Some(piece)) if piece.span == name => {
            replace_in(draft, text, word, name.start - 1..name.end + 1, &format!("\"${variable}\""))
        }
        // Where the shell expands nothing, or another shell reads it, the forge puts the name in.
        _ => replace_in(draft, text, word, name, &held.whole),
    }
}

/// Puts text that a script expands in the place of a part of a word.
///
/// # Errors
/// When nothing that expands can stand there.
pub fn in_place(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    part: Range<usize>,
    new: &str,
) -> Result<(), Withheld> {
    let value = text.value();
    let raw = |range: Range<usize>| value.get(range).ok_or_else(unclear);
    let only = word.pieces.first().filter(|piece| word.pieces.len() == 1 && matches!(piece.part, Part::Literal(_)));
    match (only, text.script.context(value, part.end)) {
        (Some(piece), Context::Single) if word.span.start < piece.span.start => {
            let (before, behind) = (raw(piece.span.start..part.start)?, raw(part.end..piece.span.end)?);
            if [before, behind].iter().any(|text| text.contains(['$', '`', '\\', '"'])) {
                return Err(single());
            }
            replace(draft, text, piece.span.start - 1..piece.span.end + 1, &format!("\"{before}{new}{behind}\""))
        }
        (Some(piece), Context::Bare) => match start_of_value(value, word, piece, part.start) {
            Some(start) => {
                let (before, behind) = (raw(start..part.start)?, raw(part.end..word.span.end)?);
                replace(draft, text, start..word.span.end, &format!("\"{before}{new}{behind}\""))
            }
            None => replace(draft, text, part, &format!("\"{new}\"")),
        },
        (_, Context::Bare) => replace(draft, text, part, &format!("\"{new}\"")),
        (_, Context::Double | Context::Heredoc { quoted: false }) => replace(draft, text, part, new),
        _ => Err(single()),
    }
}

/// Where the value that holds an offset begins in a word that is bare text and nothing else: behind an option's name.
fn start_of_value(text: &str, word: &Word, piece: &Piece, offset: usize) -> Option<usize> {
    let plain = word.pieces.len() == 1 && matches!(piece.part, Part::Literal(_));
    let raw = text.get(word.span.clone()).filter(|raw| plain && !raw.contains(['\\', '$', '`', '*', '?', '[', '~']))?;
    let before = raw.get(..offset - word.span.start)?;
    Some(word.span.start + before.rfind('=').map_or(0, |at| at + 1))
}

/// Where the name ends in a word.
pub fn end(text: &str, word: &Word, role: Role) -> Option<usize> {
    let last = word.pieces.last()?;
    match role {
        Role::Whole | Role::Joined | Role::Argument => Some(last.span.end),
        Role::Filter => {
            let raw = text.get(last.span.clone())?;
            let anchored = matches!(last.part, Part::Literal(_)) && raw.ends_with('$');
            Some(last.span.end - usize::from(anchored))
        }
        Role::Head => {
            let colon = word.pieces.iter().find_map(|piece| match &piece.part {
                Part::Literal(_) => Some(piece.span.start + text.get(piece.span.clone())?.find(':')?),
                _ => None,
            });
            Some(colon.unwrap_or(last.span.end))
        }
    }
}

/// The range to put into quotes, when a word is bare text: up to where the name ends, without an option's name
/// before it.
fn alone(text: &str, word: &Word, piece: &Piece, end: usize) -> Option<Range<usize>> {
    let plain = word.pieces.len() == 1 && matches!(piece.part, Part::Literal(_));
    let raw = text.get(word.span.start..end).filter(|raw| plain && !raw.contains('\\'))?;
    let start = raw.rfind('=').map_or(0, |at| at + 1);
    Some(word.span.start + start..end)
}

/// Puts text behind a byte of the script.
pub fn insert(draft: &mut Draft<'_>, text: &ShellText, end: usize, new: &str) -> Result<(), Withheld> {
    draft.insert(&behind(text, end).ok_or_else(unclear)?, false, new)
}

/// The character before a byte of the script.
fn behind(text: &ShellText, end: usize) -> Option<Location> {
    let start = text.value().get(..end).and_then(|head| head.char_indices().next_back()).map(|(at, _)| at);
    text.location(start?..end)
}

/// Puts text behind a byte of a word, in the place of what stands before it.
fn put(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    end: usize,
    cut: usize,
    new: &str,
) -> Result<(), Withheld> {
    if cut > 0 {
        return replace_in(draft, text, word, end - cut..end, new);
    }
    let at = behind(text, end).ok_or_else(|| joined(text, word))?;
    draft.insert(&at, false, new)
}

/// Replaces a part of a word.
fn replace_in(
    draft: &mut Draft<'_>,
    text: &ShellText,
    word: &Word,
    range: Range<usize>,
    new: &str,
) -> Result<(), Withheld> {
    draft.replace(&text.location(range).ok_or_else(|| joined(text, word))?, new)
}

fn replace(draft: &mut Draft<'_>, text: &ShellText, range: Range<usize>, new: &str) -> Result<(), Withheld> {
    draft.replace(&text.location(range).ok_or_else(unclear)?, new)
}

/// Refuses to append to an expression that is the name in some cases only: `${{ x && 'pg' || 'other' }}`.
fn one_case(text: &ShellText, word: &Word, end: usize) -> Result<(), Withheld> {
    let whole = text.value().get(word.span.clone()).unwrap_or_default();
    let last = template(whole).into_iter().find_map(|part| match part {
        expr::Part::Expression { whole, inner } if word.span.start + whole.end == end => Some(inner),
        _ => None,
    });
    let Some(expression) = last.and_then(|inner| parse_at(whole, inner)) else { return Ok(()) };
    let cases = results(&expression, &|_| Known::unknown());
    let is_text = cases.iter().any(|case| matches!(case.kind, ExprKind::Literal(_)));
    let differ = cases.iter().any(|case| case.kind != cases[0].kind);
    match differ && is_text {
        false => Ok(()),
        true => Err(Withheld::because(format!(
            "`{whole}` is the name in one case and something else in another: let both come from variables of the job"
        ))),
    }
}

fn unclear() -> Withheld {
    Withheld::because("a use of the name is written in a way that cannot be edited: change it by hand")
}

/// The same of a word that is put together from variables: it says where the run belongs.
fn joined(text: &ShellText, word: &Word) -> Withheld {
    let raw = text.value().get(word.span.clone()).unwrap_or_default();
    // Of a recipe the text is what make says, and not what is written.
    let is_joined = raw.contains('$') && !raw.contains("${{") || text.source.kind().has_recipes();
    if !is_joined {
        return unclear();
    }
    let path = text.source.path();
    Withheld::because(format!("`{raw}` in `{path}` is put together from variables: give the run to what says them"))
}

fn single() -> Withheld {
    Withheld::because("a use of the name stands in single quotes, where the shell expands nothing")
}
