//! Lines of words in the columns there are.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::style::Style;

/// Stands for a blank within code while lines are wrapped: what is to be copied stays in one piece. No text has it: it
/// is none of Unicode's characters.
pub(super) const GLUE: char = '\u{fdd0}';

/// Longer code is wrapped like other words.
const LONGEST_CODE: usize = 60;

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    display_width(text)
}

/// The lines of a text, none of which is wider unless a single word is.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    indented(text, 0, width)
}

/// The same, all but the first so far to the right.
fn indented(text: &str, hang: usize, width: usize) -> Vec<String> {
    let hang = " ".repeat(hang);
    let options = Options::new(width).break_words(false).subsequent_indent(&hang);
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    let glued = glued(text, width.saturating_sub(hang.len()));
    let lines = textwrap::wrap(&glued, options).into_iter();
    lines.map(|line| line.replace(GLUE, " ")).collect()
}

/// A line as a paragraph: what follows its first line stands below where its words begin, behind blanks and the first
/// word.
pub(super) fn paragraph(line: &str, width: usize) -> String {
    let words = line.trim_start();
    hanging(line, line.len() - words.len() + words.find(' ').map_or(0, |at| at + 1).min(14), width)
}

/// A line as a paragraph, of which all lines but the first are so far to the right.
pub(super) fn hanging(line: &str, hang: usize, width: usize) -> String {
    indented(line, hang, width).into_iter().map(|line| line + "\n").collect()
}

/// A line of a report: a paragraph where somebody looks at it, one line where a program reads it.
pub(super) fn line(text: &str, hang: usize, style: Style) -> String {
    if style.fits { hanging(text, hang, style.width) } else { format!("{text}\n") }
}

/// A text in so many columns; `…` stands for its end where that is left out.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += columns(&c.to_string());
        taken <= width
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// A text in so many columns; `…` stands for its middle where that is left out. The end of a place, its line, stays.
pub(super) fn cut_middle(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let behind = width.saturating_sub(1) / 2;
    let numbers = letters.iter().rev().take_while(|c| c.is_ascii_digit() || **c == ':').count();
    let (mut end, mut taken) = (letters.len(), 0);
    while end > 0 && (taken + columns(&letters[end - 1].to_string()) <= behind || letters.len() - end < numbers) {
        end -= 1;
        taken += columns(&letters[end].to_string());
    }
    let before: String = letters[..end].iter().collect();
    let after: String = letters[end..].iter().collect();
    cut(&before, width.saturating_sub(taken).max(1)) + &after
}

/// A text whose code is not torn when it is wrapped: what stands between backticks, and `${{ … }}`.
pub(super) fn glued(text: &str, width: usize) -> String {
    let mut new = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            new.push('`');
        }
        match index % 2 == 1 {
            true if columns(part) + 2 <= width.min(LONGEST_CODE) => {
                new.push_str(&part.replace(' ', &GLUE.to_string()));
            }
            true => new.push_str(&glued_expressions(part)),
            false => new.push_str(part),
        }
    }
    new
}

fn glued_expressions(code: &str) -> String {
    let mut new = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, (inside, after))) =
        rest.split_once("${{").and_then(|(before, inside)| Some((before, inside.split_once("}}")?)))
    {
        new.push_str(&format!("{before}${{{{{}}}}}", inside.replace(' ', &GLUE.to_string())));
        rest = after;
    }
    new + rest
}
