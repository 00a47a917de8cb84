//! Patterns of `case`, `[[ a == b* ]]` and `${x%.*}` over known text.

use crate::symbol::Value;
use crate::truth::Truth;

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
            let fitting = texts.iter().filter(|text| self.fits(text)).count();
            return match fitting {
                0 => Truth::No,
                some if some == texts.len() => Truth::Yes,
                _ => Truth::Unknown,
            };
        }
        let plain = |sign: &Sign| if let Sign::Is(character) = sign { Some(*character) } else { None };
        let plain: Option<String> = self.0.iter().map(plain).collect();
        plain.map_or(Truth::Unknown, |text| value.same(&Value::literal(text)))
    }

    /// Whether it fits all of a text.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.fits_characters(&text)
    }

    fn fits_characters(&self, text: &[char]) -> bool {
        // The usual way back: to the last `*`, which takes one character more.
        let (mut sign, mut at) = (0, 0);
        let mut retry = None;
        loop {
            let one = match self.0.get(sign) {
                Some(Sign::Many) => {
                    retry = Some((sign, at));
                    sign += 1;
                    continue;
                }
                Some(sign) => text.get(at).is_some_and(|character| sign.fits(*character)),
                None if at == text.len() => return true,
                None => false,
            };
            if one {
                (sign, at) = (sign + 1, at + 1);
                continue;
            }
            match retry {
                Some((star, taken)) if taken < text.len() => {
                    retry = Some((star, taken + 1));
                    (sign, at) = (star + 1, taken + 1);
                }
                _ => return false,
            }
        }
    }

    /// What is left of a text when what it fits is cut off: at the beginning or the end, as little or as much
    /// as can be.
    pub(super) fn cut(&self, text: &str, end: bool, longest: bool) -> String {
        let characters: Vec<char> = text.chars().collect();
        let mut lengths: Vec<usize> = (0..=characters.len()).collect();
        if longest {
            lengths.reverse();
        }
        let all = characters.len();
        for length in lengths {
            let (taken, left) = if end {
                (&characters[all - length..], &characters[..all - length])
            } else {
                (&characters[..length], &characters[length..])
            };
            if self.fits_characters(taken) {
                return left.iter().collect();
            }
        }
        text.to_owned()
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
            assert!(pattern(text).fits(fits), "{text} {fits}");
            assert!(!pattern(text).fits(fits_not), "{text} {fits_not}");
        }
        let mut quoted = Pattern::default();
        quoted.quoted("*");
        assert!(quoted.fits("*") && !quoted.fits("a"));
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
        assert_eq!(pattern("*/").cut("a/b/c", false, false), "b/c");
        assert_eq!(pattern("*/").cut("a/b/c", false, true), "c");
        assert_eq!(pattern("/*").cut("a/b/c", true, false), "a/b");
        assert_eq!(pattern("/*").cut("a/b/c", true, true), "a");
        assert_eq!(pattern("x").cut("a", true, true), "a");
    }
}
