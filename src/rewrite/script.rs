//! What replacements in a script mean for its commands.

use std::ops::Range;

use crate::edit::Commands;
use crate::shell;
use crate::source::{Source, Span};

/// The commands that change, as they are and as they will be.
pub(super) fn commands(source: &Source, replacements: &[(Span, String)]) -> Commands {
    let mut commands = Commands { kind: source.kind(), ..Commands::default() };
    let mut outside: Vec<&(Span, String)> = replacements.iter().collect();
    for range in listed(source) {
        let touches = |span: &Span| range.start <= span.start && span.end <= range.end;
        let own: Vec<_> = replacements.iter().filter(|(span, _)| touches(span)).collect();
        if own.is_empty() {
            continue;
        }
        outside.retain(|replacement| !own.iter().any(|known| std::ptr::eq(*known, *replacement)));
        let mut text = source.text()[range.clone()].to_owned();
        for (span, new) in own.iter().rev() {
            text.replace_range(span.start - range.start..span.end - range.start, new);
        }
        let old = &source.text()[range];
        commands.old.push(old.to_owned());
        // One command may become two: `rm $(ps)` is `ps | xargs rm`. A line of a recipe, or of a heredoc, stays one.
        if !source.kind().has_recipes() && parts(old).iter().eq(std::iter::once(&(0..old.len()))) {
            commands.new.extend(parts(&text).into_iter().map(|range| text[range].to_owned()));
        } else if !text.trim().is_empty() {
            commands.new.push(text);
        }
    }
    for (span, new) in outside {
        let old = source.slice(*span);
        commands.old.extend(parts(old).into_iter().map(|range| old[range].to_owned()));
        commands.new.extend(parts(new).into_iter().map(|range| new[range].to_owned()));
    }
    commands
}

/// A script's commands; of a makefile or justfile, whose recipes are shell with a grammar of their own around it,
/// the lines.
pub fn listed(source: &Source) -> Vec<Range<usize>> {
    if !source.kind().has_recipes() {
        return parts(source.text());
    }
    let mut start = 0;
    let lines = source.text().split_inclusive('\n').map(|line| {
        let range = start..start + line.trim_end().len();
        start += line.len();
        range
    });
    lines.filter(|range| !range.is_empty()).collect()
}

fn parts(text: &str) -> Vec<Range<usize>> {
    shell::parse(text).commands()
}
