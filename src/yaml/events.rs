//! Events of a file, whoever reads it: `plain`, which is many times as fast, or the parser, which reads everything.

use super::event::{Event, Failure, Parsed};
use super::plain;

/// Events of a file.
pub(super) enum Events<'s> {
    Plain(std::vec::IntoIter<(Event<'s>, usize)>),
    Parsed(Box<Parsed<'s>>),
}

impl<'s> Events<'s> {
    /// Events of `text`, whose first `bom` bytes are no YAML.
    pub(super) fn new(text: &'s str, bom: usize) -> Self {
        match plain::events(text) {
            Some(events) => {
                #[cfg(test)]
                plain::agree(text, &events);
                Self::Plain(events.into_iter())
            }
            None => Self::Parsed(Box::new(Parsed::new(text, bom))),
        }
    }

    /// How many nodes there will be, when that is known already.
    pub(super) fn nodes(&self) -> usize {
        let is_node = |(event, _): &&(Event<'_>, usize)| {
            matches!(event, Event::Scalar(..) | Event::Sequence(_) | Event::Mapping(_))
        };
        match self {
            Self::Plain(events) => events.as_slice().iter().filter(is_node).count(),
            Self::Parsed(_) => 0,
        }
    }

    /// The next event and its offset: that of [`Parsed::next`].
    pub(super) fn next(&mut self) -> Result<(Event<'s>, usize), Failure> {
        match self {
            Self::Plain(events) => Ok(events.next().unwrap_or((Event::End, 0))),
            Self::Parsed(parsed) => parsed.next(),
        }
    }
}
