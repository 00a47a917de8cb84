//! Patterns of `case`, `[[ a == b* ]]` and `${x%.*}` over known text.

use crate::symbol::Value;
use crate::truth::Truth;

/// How many looks of a sign at a character are taken: more than any name, path or file of settings takes.
const MOST_STEPS: usize = 2_000_000;

/// One sign of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Sign {
    /// This character.
    Is(char),
    /// `?`
    Any,
    /// `*`
    Many,
    /// `[a-z]`, `[!a]`: ranges, and whether the others are meant.
    Class(Ranges, bool),
}

/// The first and last characters of what a class holds.
type Ranges = Vec<(char, char)>;

/// A pattern, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pattern(Vec<Sign>);

impl Pattern {
    /// Adds text that stands for itself.
    pub(super) fn quoted(&mut self, text: &str) {
        self.0.extend(text.chars().map(Sign::Is));
    }

    /// Adds text in which `*`, `?` and `[…]` mean something; says whether it understands all of it
    /// (`@(a|b)` it does not).
    pub(super) fn bare(&mut self, text: &str) -> bool {
        let characters: Vec<char> = text.chars().collect();
        let mut at = 0;
        while let Some(&character) = characters.get(at) {
            let extended = matches!(character, '?' | '*' | '+' | '@' | '!') && characters.get(at + 1) == Some(&'(');
            if extended {
                return false;
            }
            at += 1;
            match character {
                '*' => self.0.push(Sign::Many),
                '?' => self.0.push(Sign::Any),
                '[' => match class(&characters, at) {
                    Some((ranges, inverted, end)) => {
                        self.0.push(Sign::Class(ranges, inverted));
                        at = end;
                    }
                    None => self.0.push(Sign::Is('[')),
                },
                other => self.0.push(Sign::Is(other)),
            }
        }
        true
    }

    /// Whether it fits a value, as far as that is known.
    pub(super) fn fits_value(&self, value: &Value) -> Truth {
        if let Some(texts) = value.candidates() {
            let Some(fitting) = texts.iter().map(|text| self.fits(text)).collect::<Option<Vec<bool>>>() else {
                return Truth::Unknown;
            };
            return match fitting.iter().filter(|fits| **fits).count() {
                0 => Truth::No,
                some if some == texts.len() => Truth::Yes,
                _ => Truth::Unknown,
            };
        }
        let plain = |sign: &Sign| if let Sign::Is(character) = sign { Some(*character) } else { None };
        let plain: Option<String> = self.0.iter().map(plain).collect();
        plain.map_or(Truth::Unknown, |text| value.same(&Value::literal(text)))
    }

    /// Whether it fits all of a text; none where that would take too long to find out.
    fn fits(&self, text: &str) -> Option<bool> {
        let characters: Vec<char> = text.chars().collect();
        self.lengths(&characters, false).map(|lengths| lengths.last() == Some(&characters.len()))
    }

    /// What is left of a text when what it fits is cut off: at the beginning or the end, as little or as much
    /// as can be. None where that would take too long to find out.
    pub(super) fn cut(&self, text: &str, end: bool, longest: bool) -> Option<String> {
        let characters: Vec<char> = text.chars().collect();
        let lengths = self.lengths(&characters, end)?;
        let length = if longest { lengths.last() } else { lengths.first() }.copied().unwrap_or(0);
        let left = if end { &characters[..characters.len() - length] } else { &characters[length..] };
        Some(left.iter().collect())
    }

    /// How long the beginnings of a text are that it fits, or the ends, the shortest first. Each character is looked at
    /// once, by every sign that may stand for it.
    fn lengths(&self, text: &[char], from_end: bool) -> Option<Vec<usize>> {
        let signs = self.0.len();
        let sign = |at: usize| &self.0[if from_end { signs - 1 - at } else { at }];
        let is_many = |at: usize| at < signs && *sign(at) == Sign::Many;
        // The signs that come next, in every way in which what lies behind can be read; the last is the pattern's end.
        let mut next = Vec::new();
        let reach = |next: &mut Vec<usize>, mut at: usize| {
            // Ways come in their order: one that is known is the last one, or one before it.
            while next.last().is_none_or(|last| *last < at) {
                next.push(at);
                if !is_many(at) {
                    break;
                }
                at += 1;
            }
        };
        reach(&mut next, 0);
        let (mut lengths, mut steps) = (Vec::new(), 0);
        for length in 0..=text.len() {
            if next.last() == Some(&signs) {
                lengths.push(length);
            }
            let at = if from_end { text.len().checked_sub(length + 1) } else { Some(length) };
            let Some(character) = at.and_then(|at| text.get(at)) else { break };
            steps += next.len();
            if steps > MOST_STEPS {
                return None;
            }
            let now = std::mem::take(&mut next);
            for at in now.into_iter().filter(|at| *at < signs) {
                if is_many(at) {
                    reach(&mut next, at);
                } else if sign(at).fits(*character) {
                    reach(&mut next, at + 1);
                }
            }
            if next.is_empty() {
                break;
            }
        }
        Some(lengths)
    }
}

impl Sign {
    fn fits(&self, character: char) -> bool {
        match self {
            Sign::Is(own) => *own == character,
            Sign::Any | Sign::Many => true,
            Sign::Class(ranges, inverted) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *inverted
            }
        }
    }
}

/// The class whose inside begins at `from`, and where it ends.
fn class(characters: &[char], from: usize) -> Option<(Ranges, bool, usize)> {
    let inverted = matches!(characters.get(from), Some('!' | '^'));
    let start = from + usize::from(inverted);
    let mut ranges = Vec::new();
    let mut at = start;
    loop {
        let first = *characters.get(at)?;
        if first == ']' && at > start {
            return Some((ranges, inverted, at + 1));
        }
        if first == '[' && characters.get(at + 1) == Some(&':') {
            let length = characters[at..].iter().position(|character| *character == ']')?;
            let name: String = characters[at + 2..at + length].iter().collect();
            ranges.extend(named(name.trim_end_matches(':'))?);
            at += length + 1;
            continue;
        }
        match (characters.get(at + 1), characters.get(at + 2)) {
            (Some('-'), Some(last)) if *last != ']' => {
                ranges.push((first, *last));
                at += 3;
            }
            _ => {
                ranges.push((first, first));
                at += 1;
            }
        }
    }
}

fn named(name: &str) -> Option<Ranges> {
    Some(match name {
        "digit" => vec![('0', '9')],
        "alpha" => vec![('a', 'z'), ('A', 'Z')],
        "alnum" => vec![('0', '9'), ('a', 'z'), ('A', 'Z')],
        "lower" => vec![('a', 'z')],
        "upper" => vec![('A', 'Z')],
        "space" => vec![(' ', ' '), ('\t', '\r')],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        assert!(pattern.bare(text), "{text}");
        pattern
    }

    #[test]
    fn patterns_fit_as_the_shell_has_it() {
        for (text, fits, fits_not) in [
            ("a*c", "abc", "abcd"),
            ("*b*", "abc", "acd"),
            ("?", "x", ""),
            ("[a-c]x", "bx", "dx"),
            ("[!a-c]", "d", "a"),
            ("[]x]", "]", "y"),
            ("[[:digit:]]*", "5432", "x5"),
            ("*.tar.*", "a.tar.gz", "a.tar"),
            ("[", "[", "a"),
            ("", "", "a"),
        ] {
            assert_eq!(pattern(text).fits(fits), Some(true), "{text} {fits}");
            assert_eq!(pattern(text).fits(fits_not), Some(false), "{text} {fits_not}");
        }
        let mut quoted = Pattern::default();
        quoted.quoted("*");
        assert_eq!((quoted.fits("*"), quoted.fits("a")), (Some(true), Some(false)));
        assert!(!Pattern::default().bare("@(a|b)"));
    }

    #[test]
    fn a_pattern_fits_one_of_several_texts_perhaps() {
        let either = Value::one_of([Value::literal("mysql://a"), Value::literal("postgres://a")]);
        for (text, fits) in [("mysql*", Truth::Unknown), ("*://a", Truth::Yes), ("redis*", Truth::No)] {
            assert_eq!(pattern(text).fits_value(&either), fits, "{text}");
        }
        let run = Value::literal("pg-").then(Value::unknown("$ID"));
        for (text, fits) in [("pg-*", Truth::Unknown), ("pg-1", Truth::Unknown), ("my-1", Truth::No)] {
            assert_eq!(pattern(text).fits_value(&run), fits, "{text}");
        }
    }

    #[test]
    fn as_little_or_as_much_is_cut_off() {
        for (text, from, end, longest, left) in [
            ("*/", "a/b/c", false, false, "b/c"),
            ("*/", "a/b/c", false, true, "c"),
            ("/*", "a/b/c", true, false, "a/b"),
            ("/*", "a/b/c", true, true, "a"),
            ("x", "a", true, true, "a"),
            ("*", "abc", false, false, "abc"),
            ("*", "abc", false, true, ""),
            ("**b?", "abcbd", false, false, "bd"),
            ("**b?", "abcbd", false, true, ""),
            ("[0-9]*", "pg15.4", true, false, "pg15."),
            ("[0-9]*", "pg15.4", true, true, "pg"),
            ("", "abc", true, true, "abc"),
        ] {
            assert_eq!(pattern(text).cut(from, end, longest).as_deref(), Some(left), "{text} {from} {end} {longest}");
        }
    }

    #[test]
    fn what_would_take_too_long_is_not_known() {
        let text = "a".repeat(100_000);
        assert_eq!(pattern("*a*a*b").cut(&text, false, true).as_deref(), Some(&*text));
        let many = pattern(&"*a".repeat(1_000));
        assert_eq!((many.cut(&text, true, true), many.fits(&text)), (None, None));
        assert_eq!(many.fits_value(&Value::literal(text)), Truth::Unknown);
    }
}
