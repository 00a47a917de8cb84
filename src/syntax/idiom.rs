//! Shell idioms that do something else than they seem to.

use std::borrow::Cow;
use std::ops::Range;

use crate::facts::Fact;
use crate::shell::{Block, Node, Part, Quote, Script, Statement, StatementKind, Word, parse, reparse};
use crate::site::{Site, step_ref, step_ref_of};
use crate::source::{Location, Source, Text};

/// How deep scripts inside words are read.
const DEEPEST: usize = 4;

/// The idioms in a job's `run:` texts and in the scripts that it calls, those that run elsewhere
/// included.
pub fn idiom_facts(site: &Site<'_>) -> Vec<Fact> {
    let Site { job, trace, source, .. } = *site;
    let mut facts: Vec<Fact> = Vec::new();
    let mut seen: Vec<Location> = Vec::new();
    for step in &job.steps {
        let Some(run) = &step.run else { continue };
        for found in curl_fallbacks(&run.text, source) {
            if !seen.contains(&found.at) {
                let at = found.at.clone();
                let mut fact = fact(site, found);
                fact.set("followed", false);
                fact.step = Some(step_ref_of(step));
                facts.push(fact);
                seen.push(at);
            }
        }
    }
    let mut read: Vec<Location> = Vec::new();
    for act in trace.acts.iter().filter(|act| !act.chain.is_empty()) {
        let whole = act.frame.source.location(act.frame.text.whole());
        if read.contains(&whole) {
            continue;
        }
        read.push(whole);
        for found in curl_fallbacks(&act.frame.text, &act.frame.source) {
            if !seen.contains(&found.at) {
                let at = found.at.clone();
                let mut fact = fact(site, found);
                fact.set("followed", true);
                fact.chain.clone_from(&act.chain);
                fact.step = trace.steps.get(act.step).map(step_ref);
                facts.push(fact);
                seen.push(at);
            }
        }
    }
    facts
}

fn fact(site: &Site<'_>, found: Fallback) -> Fact {
    let mut fact = site.fact("shell-idiom", found.shown.clone());
    fact.set("idiom", "curl-status-fallback").set("command", found.shown);
    fact.at("command", found.at).at("fallback", found.behind);
    fact.set_some("quoted", found.printed.as_deref().map(quoted)).set_some("fallback", found.printed);
    fact
}

/// The text as a word of the shell.
fn quoted(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    if plain { text.to_owned() } else { format!("'{text}'") }
}

/// A fallback that is added to the status that curl printed.
struct Fallback {
    /// The list.
    at: Location,
    /// What stands behind its `||`.
    behind: Location,
    /// How it is written, shortened.
    shown: String,
    /// What the fallback puts right behind the status, where that is plain.
    printed: Option<String>,
}

/// `$(curl … -w '%{http_code}' … || echo 000)`: curl prints `000` itself when it fails, so the text is
/// `000000`.
fn curl_fallbacks(text: &Text, source: &Source) -> Vec<Fallback> {
    let script = text.value();
    if !script.contains("http_code") && !script.contains("response_code") {
        return Vec::new();
    }
    let mut found = Vec::new();
    in_script(script, &parse(script), DEEPEST, &mut found);
    found.sort_by_key(|(range, ..)| (range.start, range.end));
    found.dedup_by(|(one, ..), (other, ..)| one == other);
    found.retain(|(range, ..)| !is_cut_to_status(script, range.start));
    let show = |range: &Range<usize>| {
        let words = script.get(range.clone()).unwrap_or_default().replace("\\\n", " ");
        words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect::<String>()
    };
    let place = |range: &Range<usize>| source.location(text.span(range.clone()));
    let fallback =
        |(range, behind, printed)| Fallback { at: place(&range), behind: place(&behind), shown: show(&range), printed };
    found.into_iter().map(fallback).collect()
}

/// Whether of what a substitution prints the script takes the last three digits: `code="${code: -3}"`. `at` is in the
/// substitution.
fn is_cut_to_status(script: &str, at: usize) -> bool {
    let before = script.get(..at).unwrap_or_default().trim_end();
    let before = before.strip_suffix("$(").unwrap_or(before).trim_end_matches('"');
    let Some(before) = before.strip_suffix('=') else { return false };
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = &before[before.trim_end_matches(is_of_name).len()..];
    let cuts = ["${NAME: -3}", "${NAME:(-3)}", "${NAME:0-3}"].map(|cut| cut.replace("NAME", name));
    let is_kept = |cut: &String| {
        [format!("{name}={cut}"), format!("{name}=\"{cut}\"")].iter().any(|kept| script.contains(kept.as_str()))
    };
    !name.is_empty() && cuts.iter().any(is_kept)
}

/// Where lists and their fallbacks stand, and what the fallbacks print.
type Lists = Vec<(Range<usize>, Range<usize>, Option<String>)>;

fn in_script(source: &str, script: &Script, depth: usize, found: &mut Lists) {
    script.visit(&mut |node| {
        let Node::Word(word) = node else { return };
        for piece in &word.pieces {
            if let Part::Substitution(body) = &piece.part {
                in_substitution(source, body, found);
            }
        }
        if depth > 0
            && holds_script(source, word)
            && let Some(inner) = reparse(source, word)
        {
            in_script(source, &inner.parse(), depth - 1, found);
        }
    });
}

/// Whether a word is long enough, and quoted or a heredoc's body, to hold the idiom.
fn holds_script(source: &str, word: &Word) -> bool {
    let text = source.get(word.span.clone()).unwrap_or_default();
    let quoted =
        |piece: &crate::shell::Piece| matches!(piece.quote, Quote::Single | Quote::Double) || piece.span.len() > 40;
    text.contains("curl") && text.contains("_code}") && text.contains("||") && word.pieces.iter().any(quoted)
}

fn in_substitution(source: &str, body: &Block, found: &mut Lists) {
    for statement in body {
        match &statement.kind {
            StatementKind::Or(left, right) if prints_status(source, left) && prints_text(right) => {
                let status = source.get(left.span.clone()).unwrap_or_default();
                // Behind a line end it does not stand right behind the status.
                let together = !status.contains("_code}\\n");
                found.push((statement.span.clone(), right.span.clone(), printed(right).filter(|_| together)));
            }
            StatementKind::Group(inner) | StatementKind::Subshell(inner) => in_substitution(source, inner, found),
            _ => {}
        }
    }
}

/// Whether a command is curl, or hands curl to something that runs it, and prints the status.
fn prints_status(source: &str, statement: &Statement) -> bool {
    let Some(command) = statement.command() else { return false };
    let text = source.get(statement.span.clone()).unwrap_or_default();
    let is_curl = |word: &Word| {
        source.get(word.span.clone()).is_some_and(|word| {
            let word = word.trim_matches(['"', '\'']);
            word == "curl" || word.ends_with("/curl") || word.starts_with("curl ") || word.contains(" curl ")
        })
    };
    command.words.iter().any(is_curl) && (text.contains("%{http_code}") || text.contains("%{response_code}"))
}

/// Whether a command prints something that would stand behind what curl printed.
fn prints_text(statement: &Statement) -> bool {
    let Some(command) = statement.command() else { return false };
    let Some((program, arguments)) = command.words.split_first() else { return false };
    let Some(program) = program.literal() else { return false };
    let texts: Vec<Cow<'_, str>> =
        arguments.iter().map(|word| word.literal().unwrap_or_default()).filter(|text| !is_option(text)).collect();
    let first = texts.first().map(|text| &**text).unwrap_or_default();
    // On a line of its own it can be told from curl's.
    let apart = first.starts_with('\n') || first.starts_with("\\n");
    let to_stdout = !command.redirects.iter().any(|redirect| redirect.descriptor != Some(2));
    matches!(&*program, "echo" | "printf") && !first.trim().is_empty() && !apart && to_stdout
}

/// The text that a fallback prints, where echo and printf print it as it stands.
fn printed(statement: &Statement) -> Option<String> {
    let words: Option<Vec<Cow<'_, str>>> = statement.command()?.words.iter().skip(1).map(Word::literal).collect();
    let words: Vec<Cow<'_, str>> = words?.into_iter().filter(|text| !is_option(text)).collect();
    let text = words.join(" ");
    let plain = !text.contains(['%', '\\', '\'', '`', '{', '}']) && !text.contains(char::is_control);
    plain.then_some(text)
}

fn is_option(text: &str) -> bool {
    matches!(text, "-n" | "-e" | "-ne" | "-en" | "--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Vec<String> {
        let source = Source::new("s.sh", script.as_bytes().to_vec()).expect("UTF-8");
        curl_fallbacks(&Text::file(&source), &source).into_iter().map(|found| found.shown).collect()
    }

    #[test]
    fn only_the_polluted_status_counts() {
        for bad in [
            "code=$(curl -s -o /dev/null -w '%{http_code}' http://x || echo 000)",
            "code=\"$(curl -s -w \"%{http_code}\" \"$URL\" || echo \"000\")\"",
            "code=$(curl -s \\\n  -w '%{http_code}' x 2>/dev/null || printf 000)",
            "ssh h bash -s <<'EOF'\ncode=$(curl -w '%{http_code}' x || echo 000)\nEOF",
            "ssh h <<EOF\ncode=\\$(curl -w '%{http_code}' x || echo 000)\nEOF",
            "ssh h 'code=$(curl -w \"%{http_code}\" x || echo 000)'",
            "while true; do c=`curl -w '%{http_code}' x || echo 000`; done",
            "c=$(timeout 5 curl -w '%{http_code}' x || echo 000)",
            "c=$(docker exec web curl -w '%{http_code}' x || echo 000)",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}");
        }
        for good in [
            "code=$(curl -s -w '%{http_code}' http://x) || code=000",
            "code=\"$(curl -s -w '%{http_code}' http://x || echo 000)\"\ncode=\"${code: -3}\"",
            "code=$(curl -s -w '%{http_code}' http://x || true)",
            "code=$(curl -s http://x || echo 000)",
            "curl -s -w '%{http_code}' http://x || echo 000",
            "code=$(curl -s -w '%{http_code}' http://x || echo failed >&2)",
            "code=$(curl -s -w '\\n%{http_code}' http://x || printf '\\n000')",
        ] {
            assert_eq!(found(good), [""; 0], "{good}");
        }
    }
}
