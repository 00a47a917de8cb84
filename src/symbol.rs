//! Symbolic strings: what is known of a name, a label or a port before the job runs.

mod variables;

pub use variables::Variables;

use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

use crate::truth::Truth;

/// The dimensions in which a string differs between jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dimensions(u8);

impl Dimensions {
    /// Differs in nothing.
    pub const NONE: Self = Self(0);
    /// Per branch, commit or pull request.
    pub const REF: Self = Self(1);
    /// Per workflow run.
    pub const RUN: Self = Self(2);
    /// Per attempt of a run; says nothing without [`Self::RUN`].
    pub const ATTEMPT: Self = Self(4);
    /// Per job of a workflow.
    pub const JOB: Self = Self(8);
    /// Per leg of a matrix.
    pub const LEG: Self = Self(16);
    /// Never twice.
    pub const RANDOM: Self = Self(32);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::REF, "ref"),
        (Self::RUN, "run"),
        (Self::ATTEMPT, "attempt"),
        (Self::JOB, "job"),
        (Self::LEG, "leg"),
        (Self::RANDOM, "random"),
    ];

    /// Whether all of `other` is in it.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What both have.
    pub fn shared(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The names of its members, in a fixed order.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(dimension, _)| self.has(*dimension)).map(|(_, name)| *name).collect()
    }
}

impl BitOr for Dimensions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// In what a string is unique, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unique {
    /// It certainly differs in these.
    pub dimensions: Dimensions,
    /// A part of it is not known: it may differ in more.
    pub unknown: bool,
    /// `github.run_number`: unique in one repository, and peers may be of another.
    pub within_repository: bool,
}

impl Unique {
    /// In nothing: a literal.
    pub const STATIC: Self = Self { dimensions: Dimensions::NONE, unknown: false, within_repository: false };
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { dimensions: Dimensions::NONE, unknown: true, within_repository: false };

    /// Unique in `dimensions`.
    pub const fn by(dimensions: Dimensions) -> Self {
        Self { dimensions, unknown: false, within_repository: false }
    }

    /// Of two strings written together.
    pub fn and(self, other: Self) -> Self {
        Self {
            dimensions: self.dimensions | other.dimensions,
            unknown: self.unknown || other.unknown,
            within_repository: self.within_repository || other.within_repository,
        }
    }

    /// Of a string that is the one or the other.
    pub fn or(self, other: Self) -> Self {
        Self {
            dimensions: self.dimensions.shared(other.dimensions),
            unknown: self.unknown || other.unknown,
            within_repository: self.within_repository || other.within_repository,
        }
    }

    /// Whether two runs get the same string: neither run nor random is in it.
    pub fn is_static(self) -> Truth {
        if self.dimensions.has(Dimensions::RUN) || self.dimensions.has(Dimensions::RANDOM) {
            Truth::No
        } else if self.unknown {
            Truth::Unknown
        } else {
            Truth::Yes
        }
    }

    /// Whether two jobs that differ only in `dimension` get different strings.
    pub fn differs_in(self, dimension: Dimensions) -> Truth {
        if self.dimensions.has(dimension) || self.dimensions.has(Dimensions::RANDOM) {
            Truth::Yes
        } else if self.unknown {
            Truth::Unknown
        } else {
            Truth::No
        }
    }
}

/// A part of a string that only the run knows. Two of one source are equal, whatever is known of each.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// What stands for it, canonical: `github.run_id`, `$PG_NAME`, `$(uuidgen)`. Two parts of one
    /// source within a job are the same string.
    pub source: Arc<str>,
    /// In what it is unique.
    pub unique: Unique,
    /// Whether it may be empty.
    pub empty: Truth,
}

impl PartialEq for Opaque {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.unique == other.unique
    }
}

/// One part of a [`Value`].
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Known text.
    Literal(Arc<str>),
    /// Known only to the run.
    Opaque(Opaque),
    /// One of these, nobody knows which.
    OneOf(Arc<[Value]>),
}

/// A string as far as it is known: its parts in order, literals joined. A clone shares them.
#[derive(Clone, Default)]
pub struct Value {
    parts: Parts,
}

/// Most values are one part: it stands in the value itself.
#[derive(Clone, Default)]
enum Parts {
    #[default]
    None,
    One(Part),
    Several(Arc<[Part]>),
}

impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next()) {
            (None, _) => Self::None,
            (Some(only), None) => Self::One(only),
            (Some(first), Some(second)) => Self::Several([first, second].into_iter().chain(parts).collect()),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (&self.parts, &other.parts) {
            (Parts::Several(own), Parts::Several(theirs)) => Arc::ptr_eq(own, theirs) || own == theirs,
            _ => self.parts() == other.parts(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Value").field("parts", &self.parts()).finish()
    }
}

/// The literal text that has gathered, unless there is none.
fn literal(text: &mut String) -> Option<Part> {
    (!text.is_empty()).then(|| Part::Literal(std::mem::take(text).into()))
}

/// How many alternatives are followed before a value counts as unknown.
const MOST_CANDIDATES: usize = 32;
/// How many parts a value may have: a variable that a loop adds to in every branch would double each time.
const MOST_PARTS: usize = 256;
/// How many bytes of literal text weigh as much as another part.
const LONG_TEXT: usize = 4096;

impl Value {
    /// Known text.
    pub fn literal(text: impl Into<Arc<str>> + AsRef<str>) -> Self {
        if text.as_ref().is_empty() { Self::default() } else { Self::from(Part::Literal(text.into())) }
    }

    /// A part only the run knows.
    pub fn opaque(source: impl Into<Arc<str>>, unique: Unique, empty: Truth) -> Self {
        Self::from(Part::Opaque(Opaque { source: source.into(), unique, empty }))
    }

    /// Something of which nothing is known but what it is written as.
    pub fn unknown(source: impl Into<Arc<str>>) -> Self {
        Self::opaque(source, Unique::UNKNOWN, Truth::Unknown)
    }

    /// One of several values; equal ones count once.
    pub fn one_of(values: impl IntoIterator<Item = Self>) -> Self {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Self::default() };
        let (second, mut distinct) = (values.next(), Vec::new());
        if second.is_none() && !matches!(first.parts(), [Part::OneOf(_)]) {
            return first;
        }
        for value in [first].into_iter().chain(second).chain(values) {
            let flat = match value.parts() {
                [Part::OneOf(inner)] => inner,
                _ => std::slice::from_ref(&value),
            };
            for value in flat {
                match distinct.iter_mut().find(|known: &&mut Self| *known == value) {
                    // One that may be empty may be so in the end.
                    Some(known) if known.empty().is_no() => *known = value.clone(),
                    Some(_) => {}
                    None => distinct.push(value.clone()),
                }
            }
        }
        match distinct.len() {
            0 => Self::default(),
            1 => distinct.remove(0),
            2..=MOST_CANDIDATES => Self::from(Part::OneOf(distinct.into())).bounded(),
            _ => Self::unknown("one of many"),
        }
    }

    /// Whether both are the same to the last part, seen without a look at what is shared.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.parts, &other.parts) {
            (Parts::None, Parts::None) => true,
            (Parts::Several(own), Parts::Several(theirs)) => Arc::ptr_eq(own, theirs),
            (Parts::One(Part::Literal(own)), Parts::One(Part::Literal(theirs))) => own == theirs,
            (Parts::One(Part::OneOf(own)), Parts::One(Part::OneOf(theirs))) => Arc::ptr_eq(own, theirs),
            (Parts::One(Part::Opaque(own)), Parts::One(Part::Opaque(theirs))) => {
                own == theirs && own.empty == theirs.empty
            }
            _ => false,
        }
    }

    /// This and then `other`.
    pub fn then(self, other: Self) -> Self {
        let (own, more) = (self.parts(), other.parts());
        let (Some((last, before)), Some((first, behind))) = (own.split_last(), more.split_first()) else {
            return if more.is_empty() { self } else { other }.bounded();
        };
        let parts = match (last, first) {
            (Part::Literal(text), Part::Literal(more)) => {
                let joined = Part::Literal([&**text, &**more].concat().into());
                before.iter().cloned().chain([joined]).chain(behind.iter().cloned()).collect()
            }
            _ => own.iter().chain(more).cloned().collect(),
        };
        Self { parts }.bounded()
    }

    /// Itself, unless it has grown past what anyone writes as a name: then only its uniqueness is kept.
    pub fn bounded(self) -> Self {
        let is_short = match &self.parts {
            Parts::None | Parts::One(Part::Opaque(_)) => true,
            Parts::One(Part::Literal(text)) if text.len() < LONG_TEXT => true,
            _ => self.weight() <= MOST_PARTS,
        };
        if is_short {
            return self;
        }
        Self::opaque("a long text", self.unique(), Truth::Unknown)
    }

    /// How many parts it has, those of its alternatives included.
    fn weight(&self) -> usize {
        let weight = |part: &Part| match part {
            Part::OneOf(values) => values.iter().map(|value| value.weight().max(1)).sum(),
            // `A=$A$A` over and over stays one part, and doubles.
            Part::Literal(text) => 1 + text.len() / LONG_TEXT,
            Part::Opaque(_) => 1,
        };
        self.parts().iter().map(weight).sum()
    }

    /// How many long texts its text would fill: what is done with it costs so much more.
    pub fn long_texts(&self) -> usize {
        let long = |part: &Part| match part {
            Part::Literal(text) => text.len() / LONG_TEXT,
            Part::OneOf(values) => values.iter().map(Self::long_texts).sum(),
            Part::Opaque(_) => 0,
        };
        self.parts().iter().map(long).sum()
    }

    /// All of them written together, at a cost that grows with their text: [`Self::then`] copies what is there each
    /// time.
    pub fn concat(values: impl IntoIterator<Item = Self>) -> Self {
        let mut values = values.into_iter();
        let (Some(first), second) = (values.next(), values.next()) else { return Self::default() };
        let Some(second) = second else { return first.bounded() };
        let (mut parts, mut text) = (Vec::new(), String::new());
        for value in [first, second].into_iter().chain(values) {
            for part in value.parts() {
                match part {
                    Part::Literal(more) => text.push_str(more),
                    other => {
                        parts.extend(literal(&mut text));
                        parts.push(other.clone());
                    }
                }
            }
        }
        parts.extend(literal(&mut text));
        Self { parts: parts.into_iter().collect() }.bounded()
    }

    /// Its parts.
    pub fn parts(&self) -> &[Part] {
        match &self.parts {
            Parts::None => &[],
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Several(parts) => parts,
        }
    }

    /// These of its parts.
    fn of(parts: &[Part]) -> Self {
        Self { parts: parts.iter().cloned().collect() }
    }

    /// The text, when all of it is known.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Every text it can be, when all are known.
    pub fn candidates(&self) -> Option<Vec<String>> {
        if let Some(text) = self.as_literal() {
            return Some(vec![text.to_owned()]);
        }
        if self.parts().iter().any(|part| matches!(part, Part::Opaque(_))) {
            return None;
        }
        let mut all = vec![String::new()];
        for part in self.parts() {
            let choices = match part {
                Part::Literal(text) => vec![text.to_string()],
                Part::Opaque(_) => return None,
                Part::OneOf(values) => {
                    let mut choices = Vec::new();
                    for value in values.iter() {
                        choices.extend(value.candidates()?);
                    }
                    choices
                }
            };
            if all.len() * choices.len() > MOST_CANDIDATES {
                return None;
            }
            all = all.iter().flat_map(|head| choices.iter().map(move |tail| format!("{head}{tail}"))).collect();
        }
        Some(all)
    }

    /// The literal it begins with.
    pub fn prefix(&self) -> &str {
        match self.parts().first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The literal it ends with.
    pub fn suffix(&self) -> &str {
        match self.parts().last() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// What stands for its unknown parts, those of what it may be included.
    pub fn sources(&self) -> Vec<Arc<str>> {
        let of = |part: &Part| match part {
            Part::Literal(_) => Vec::new(),
            Part::Opaque(opaque) => vec![opaque.source.clone()],
            Part::OneOf(values) => values.iter().flat_map(Self::sources).collect(),
        };
        self.parts().iter().flat_map(of).collect()
    }

    /// In what it is unique.
    pub fn unique(&self) -> Unique {
        self.parts().iter().fold(Unique::STATIC, |unique, part| {
            unique.and(match part {
                Part::Literal(_) => Unique::STATIC,
                Part::Opaque(opaque) => opaque.unique,
                Part::OneOf(values) => values.iter().map(Self::unique).reduce(Unique::or).unwrap_or_default(),
            })
        })
    }

    /// Whether it may be the empty string.
    pub fn empty(&self) -> Truth {
        self.parts().iter().fold(Truth::Yes, |empty, part| {
            empty.and(match part {
                Part::Literal(_) => Truth::No,
                Part::Opaque(opaque) => opaque.empty,
                Part::OneOf(values) => {
                    let all: Vec<Truth> = values.iter().map(Self::empty).collect();
                    match all.as_slice() {
                        [first, rest @ ..] if rest.iter().all(|truth| truth == first) => *first,
                        _ => Truth::Unknown,
                    }
                }
            })
        })
    }

    /// Whether nothing at all is known of it, not even a literal part.
    pub fn is_unknown(&self) -> bool {
        !self.parts().is_empty()
            && self.parts().iter().all(|part| matches!(part, Part::Opaque(opaque) if opaque.unique.unknown))
    }

    /// Splits at the first `separator` that stands in known text.
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        for (index, part) in self.parts().iter().enumerate() {
            match part {
                Part::Literal(text) => {
                    if let Some((before, after)) = text.split_once(separator) {
                        let head = Self::of(&self.parts()[..index]).then(Self::literal(before));
                        let tail = Self::literal(after).then(Self::of(&self.parts()[index + 1..]));
                        return Some((head, tail));
                    }
                }
                // Its text may hold the separator, so what follows is not known to be the first.
                Part::OneOf(values) if values.iter().any(|value| value.holds(separator)) => return None,
                Part::Opaque(_) | Part::OneOf(_) => {}
            }
        }
        None
    }

    /// Whether a character stands in known text of it, that of its alternatives included.
    pub fn holds(&self, character: char) -> bool {
        self.parts().iter().any(|part| match part {
            Part::Literal(text) => text.contains(character),
            Part::Opaque(_) => false,
            Part::OneOf(values) => values.iter().any(|value| value.holds(character)),
        })
    }

    /// Whether it is `short`, and perhaps more words behind it.
    fn extends(&self, short: &Self) -> bool {
        let Some((last, before)) = short.parts().split_last() else { return true };
        let Some((own, behind)) = self.parts().get(before.len()..).and_then(<[Part]>::split_first) else {
            return false;
        };
        let more = match (own, last) {
            (Part::Literal(own), Part::Literal(last)) => match own.strip_prefix(&**last) {
                Some("") => behind.first(),
                Some(_) if last.ends_with(' ') => None,
                Some(more) if more.starts_with(|c: char| c.is_ascii_whitespace()) => None,
                _ => return false,
            },
            (own, last) if own == last => behind.first(),
            _ => return false,
        };
        let is_apart =
            |part: &Part| matches!(part, Part::Literal(text) if text.starts_with(|c: char| c.is_ascii_whitespace()));
        more.is_none_or(is_apart) && self.parts().starts_with(before)
    }

    /// With the longest of alternatives in their place, where it is what each other is begun with: words that
    /// a script adds to in some branches (`TAGS="$TAGS -t x"`).
    pub fn grown(&self) -> Self {
        let grown = |part: &Part| match part {
            Part::OneOf(values) => {
                let longest = values.iter().find(|long| values.iter().all(|short| long.extends(short)));
                longest.cloned().unwrap_or_else(|| Self::from(part.clone()))
            }
            _ => Self::from(part.clone()),
        };
        Self::concat(self.parts().iter().map(grown))
    }

    /// Splits at every `separator` in known text.
    pub fn split(&self, separator: char) -> Vec<Self> {
        let mut rest = self.clone();
        let mut pieces = Vec::new();
        while let Some((head, tail)) = rest.split_once(separator) {
            pieces.push(head);
            rest = tail;
        }
        pieces.push(rest);
        pieces
    }

    /// Without a known prefix, when it begins with it.
    pub fn strip_prefix(&self, prefix: &str) -> Option<Self> {
        if prefix.is_empty() {
            return Some(self.clone());
        }
        match self.parts().split_first() {
            Some((Part::Literal(text), rest)) => {
                let tail = text.strip_prefix(prefix)?;
                Some(Self::literal(tail).then(Self::of(rest)))
            }
            _ => None,
        }
    }

    /// Whether a part that only the run knows is of that source, those of its alternatives included.
    pub fn mentions(&self, source: &str) -> bool {
        self.parts().iter().any(|part| match part {
            Part::Literal(_) => false,
            Part::Opaque(opaque) => &*opaque.source == source,
            Part::OneOf(values) => values.iter().any(|value| value.mentions(source)),
        })
    }

    /// With known texts in place of the parts that `text` tells, by their source.
    pub fn filled(&self, text: &dyn Fn(&str) -> Option<String>) -> Self {
        Self::concat(self.parts().iter().map(|part| match part {
            Part::Opaque(opaque) => match text(&opaque.source) {
                Some(text) => Self::literal(text),
                None => Self::from(part.clone()),
            },
            Part::OneOf(values) => Self::one_of(values.iter().map(|value| value.filled(text))),
            Part::Literal(_) => Self::from(part.clone()),
        }))
    }

    /// Without the line ends behind it, as `$( … )` gives what it reads.
    pub fn without_line_ends(&self) -> Self {
        let Some((last, before)) = self.parts().split_last() else { return self.clone() };
        let last = match last {
            Part::Literal(text) => Self::literal(text.trim_end_matches('\n')),
            Part::OneOf(values) => Self::one_of(values.iter().map(Self::without_line_ends)),
            Part::Opaque(_) => return self.clone(),
        };
        Self::of(before).then(last)
    }

    /// Each literal part changed.
    pub fn map_literals(&self, change: &dyn Fn(&str) -> String) -> Self {
        Self::concat(self.parts().iter().map(|part| match part {
            Part::Literal(text) => Self::literal(change(text)),
            Part::Opaque(_) => Self::from(part.clone()),
            Part::OneOf(values) => Self::one_of(values.iter().map(|value| value.map_literals(change))),
        }))
    }

    /// Whether, within one job, both are the same string.
    pub fn same(&self, other: &Self) -> Truth {
        if self == other && !self.parts().iter().any(|part| matches!(part, Part::OneOf(_))) {
            return Truth::Yes;
        }
        if let (Some(own), Some(theirs)) = (self.as_literal(), other.as_literal()) {
            return (own == theirs).into();
        }
        if let (Some(ours), Some(theirs)) = (self.candidates(), other.candidates()) {
            return if ours.iter().any(|text| theirs.contains(text)) {
                if self == other || (ours.len() == 1 && theirs.len() == 1) { Truth::Yes } else { Truth::Unknown }
            } else {
                Truth::No
            };
        }
        let (head, tail) = (self.prefix(), self.suffix());
        let (other_head, other_tail) = (other.prefix(), other.suffix());
        let heads_differ = !head.starts_with(other_head) && !other_head.starts_with(head);
        let tails_differ = !tail.ends_with(other_tail) && !other_tail.ends_with(tail);
        let (shortest, other_shortest) = (self.known_length(), other.known_length());
        let too_long = |whole: Option<&str>, shortest: usize| whole.is_some_and(|text| text.len() < shortest);
        if heads_differ
            || tails_differ
            || too_long(self.as_literal(), other_shortest)
            || too_long(other.as_literal(), shortest)
        {
            return Truth::No;
        }
        if self == other { Truth::Yes } else { Truth::Unknown }
    }

    /// A regular expression for the texts it can be, without anchors; `known` may have one for a part by its source.
    /// None where no letter and no digit of it is known: it would be any text.
    pub fn pattern(&self, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let (text, is_known) = self.as_pattern(known);
        is_known.then_some(text)
    }

    fn as_pattern(&self, known: &dyn Fn(&str) -> Option<String>) -> (String, bool) {
        let mut all = (String::new(), false);
        for part in self.parts() {
            let (text, is_known) = match part {
                Part::Literal(text) => (regex::escape(text), text.contains(char::is_alphanumeric)),
                Part::Opaque(opaque) => match known(&opaque.source) {
                    Some(text) => (text, true),
                    None if opaque.empty.is_no() => (".+".to_owned(), false),
                    None => (".*".to_owned(), false),
                },
                Part::OneOf(values) => {
                    let each: Vec<(String, bool)> = values.iter().map(|value| value.as_pattern(known)).collect();
                    let is_known = each.iter().all(|(_, is_known)| *is_known);
                    let texts: Vec<String> = each.into_iter().map(|(text, _)| text).collect();
                    (format!("(?:{})", texts.join("|")), is_known)
                }
            };
            all.0.push_str(&text);
            all.1 |= is_known;
        }
        all
    }

    fn known_length(&self) -> usize {
        self.parts().iter().map(|part| if let Part::Literal(text) = part { text.len() } else { 0 }).sum()
    }
}

impl From<Part> for Value {
    fn from(part: Part) -> Self {
        Self { parts: Parts::One(part) }
    }
}

/// An expression and what stands in its place when it is empty, as a workflow writes it:
/// `${{ github.run_attempt || 1 }}`.
fn with_fallback(values: &[Value]) -> Option<String> {
    let [first, second] = values else { return None };
    let ([Part::Opaque(opaque)], [Part::Literal(text)]) = (first.parts(), second.parts()) else { return None };
    let is_expression = !["$", "<(", "named "].iter().any(|own| opaque.source.starts_with(own));
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fallback = if is_number { text.to_string() } else { format!("'{}'", text.replace('\'', "''")) };
    (is_expression && !text.is_empty()).then(|| format!("${{{{ {} || {fallback} }}}}", opaque.source))
}

impl fmt::Display for Value {
    /// As a person would write it: literals as they are, expressions in `${{ }}`, and in words what is written
    /// nowhere (`named after its directory`).
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts() {
            match part {
                Part::Literal(text) => out.write_str(text)?,
                Part::Opaque(opaque) if ["$", "<(", "named "].iter().any(|own| opaque.source.starts_with(own)) => {
                    out.write_str(&opaque.source)?;
                }
                Part::Opaque(opaque) => write!(out, "${{{{ {} }}}}", opaque.source)?,
                Part::OneOf(values) if let Some(written) = with_fallback(values) => out.write_str(&written)?,
                Part::OneOf(values) => {
                    let filled = values.iter().filter(|value| !value.parts().is_empty());
                    let texts: Vec<String> = filled.map(Self::to_string).collect();
                    out.write_str(&texts.join("|"))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Value {
        Value::opaque("github.run_id", Unique::by(Dimensions::RUN), Truth::No)
    }

    fn name(prefix: &str) -> Value {
        Value::literal(prefix).then(run())
    }

    #[test]
    fn uniqueness_adds_up_and_alternatives_share() {
        assert_eq!(name("pg-").unique().is_static(), Truth::No);
        assert_eq!(Value::literal("pg").unique().is_static(), Truth::Yes);
        assert_eq!(Value::unknown("$X").unique().is_static(), Truth::Unknown);
        let either = Value::one_of([name("pg-"), Value::literal("pg")]);
        assert_eq!(either.unique().is_static(), Truth::Yes);
    }

    #[test]
    fn sameness_is_three_valued() {
        assert_eq!(name("pg-").same(&name("pg-")), Truth::Yes);
        assert_eq!(name("pg-").same(&name("redis-")), Truth::No);
        assert_eq!(name("pg-").same(&Value::literal("pg-1")), Truth::Unknown);
        assert_eq!(name("pg-").same(&Value::literal("pg")), Truth::No);
        assert_eq!(Value::literal("a").same(&Value::literal("b")), Truth::No);
        assert_eq!(Value::unknown("$A").same(&Value::unknown("$B")), Truth::Unknown);
    }

    #[test]
    fn splits_only_at_known_text() {
        let label = Value::literal("run=").then(run());
        assert_eq!(label.split_once('='), Some((Value::literal("run"), run())));
        assert_eq!(Value::literal("5432:5432").split(':').len(), 2);
        assert_eq!(label.to_string(), "run=${{ github.run_id }}");
    }

    #[test]
    fn alternatives_that_grow_are_one_text() {
        let tags = Value::literal("-t app:test");
        let more = tags.clone().then(Value::literal(" -t app:")).then(run());
        let either = Value::one_of([more.clone(), tags.clone()]);
        assert_eq!(either.grown(), more);
        for other in ["--pull", "-t app:test2"] {
            let either = Value::one_of([tags.clone(), Value::literal(other)]);
            assert_eq!(either.grown(), either);
        }
        // What stands behind an alternative without a line end is a line of its own.
        let name = Value::one_of([name("pg-"), Value::literal("db")]);
        let lines = name.then(Value::literal("\nport=1"));
        assert_eq!(lines.split('\n').len(), 2);
    }

    #[test]
    fn a_text_that_doubles_ends() {
        let mut value = Value::literal("x");
        for _ in 0..80 {
            value = value.clone().then(value);
        }
        assert_eq!(value.as_literal(), None);
    }

    #[test]
    fn candidates_are_every_text_it_can_be() {
        let port = Value::one_of([Value::literal("1"), Value::literal("2")]).then(Value::literal(":80"));
        assert_eq!(port.candidates(), Some(vec!["1:80".to_owned(), "2:80".to_owned()]));
        assert_eq!(run().candidates(), None);
    }
}
