//! Published ports: `-p 127.0.0.1:5432:5432/tcp`.

use crate::symbol::{Part, Value};

/// One published port (or range of ports), as `docker run -p`, `services.ports` and compose's short form
/// write it: `[[ip:][host]:]container[/protocol]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    /// The host's address it is bound to; all of them when absent.
    pub ip: Option<Value>,
    /// The host's port as written; absent or empty means a random one.
    pub host: Option<Value>,
    /// The container's port as written.
    pub container: Value,
    /// `tcp` when absent.
    pub protocol: Option<Value>,
}

/// Which ports of the host a [`Publish`] takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPort {
    /// A free one: no host part, an empty one, or `0`.
    Free,
    /// Always this one.
    Fixed(u16),
    /// One of these, fixed each.
    OneOf(Vec<u16>),
    /// First to last. Many host ports for one container port: docker takes the first free one.
    Range(u16, u16),
    /// Not known.
    Unknown,
}

impl Publish {
    /// Reads a published port.
    pub fn parse(written: &Value) -> Self {
        if let [Part::OneOf(choices)] = written.parts()
            && let Some(merged) = choices.iter().map(Self::parse).reduce(Self::or)
        {
            return merged;
        }
        let (rest, protocol) = match split_last(written, '/') {
            Some((rest, protocol)) => (rest, Some(protocol)),
            None => (written.clone(), None),
        };
        // `[::1]:80:80`
        if rest.prefix().starts_with('[')
            && let Some((ip, after)) = rest.split_once(']')
        {
            let after = after.strip_prefix(":").unwrap_or(after);
            let ip = Some(ip.strip_prefix("[").unwrap_or(ip));
            return match after.split_once(':') {
                Some((host, container)) => Self { ip, host: Some(host), container, protocol },
                None => Self { ip, host: None, container: after, protocol },
            };
        }
        let mut pieces = rest.split(':');
        let container = pieces.pop().unwrap_or_default();
        let host = pieces.pop();
        // More colons than three parts need: an IPv6 address without brackets.
        let ip = pieces.into_iter().reduce(|ip, piece| ip.then(Value::literal(":")).then(piece));
        Self { ip, host, container, protocol }
    }

    fn or(self, other: Self) -> Self {
        let either = |ours: Option<Value>, theirs: Option<Value>| match (ours, theirs) {
            (None, None) => None,
            (ours, theirs) => Some(Value::one_of([ours.unwrap_or_default(), theirs.unwrap_or_default()])),
        };
        Self {
            ip: either(self.ip, other.ip),
            host: either(self.host, other.host),
            container: Value::one_of([self.container, other.container]),
            protocol: either(self.protocol, other.protocol),
        }
    }

    /// Which ports of the host it takes.
    pub fn host_port(&self) -> HostPort {
        match &self.host {
            Some(value) => host_port(value),
            // `-p $PORTS` may hold a host part.
            None if self.ip.is_none() && numbers(&self.container).is_none() => HostPort::Unknown,
            None => HostPort::Free,
        }
    }

    /// Which ports of the container it publishes; `None` when that is not known.
    pub fn container_ports(&self) -> Option<Vec<u16>> {
        let ranges = numbers(&self.container)?;
        Some(ranges.into_iter().flat_map(|(first, last)| first..=last).collect())
    }
}

fn host_port(value: &Value) -> HostPort {
    let Some(ranges) = numbers(value) else { return HostPort::Unknown };
    match ranges.as_slice() {
        [] | [(0, 0)] => HostPort::Free,
        [(first, last)] if first == last => HostPort::Fixed(*first),
        [(first, last)] => HostPort::Range(*first, *last),
        several if several.iter().all(|(first, last)| first == last && *first != 0) => {
            HostPort::OneOf(several.iter().map(|(port, _)| *port).collect())
        }
        _ => HostPort::Unknown,
    }
}

/// Every port or range of ports that a text can be; empty text is none.
fn numbers(value: &Value) -> Option<Vec<(u16, u16)>> {
    let mut ranges = Vec::new();
    let texts = value.candidates()?;
    for text in &texts {
        let text = text.trim();
        if text.is_empty() {
            if texts.len() > 1 {
                return None;
            }
            continue;
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        if first > last {
            return None;
        }
        ranges.push((first, last));
    }
    Some(ranges)
}

/// Splits at the last `separator` of the text's last known part.
fn split_last(value: &Value, separator: char) -> Option<(Value, Value)> {
    let mut pieces = value.split(separator);
    let last = pieces.pop()?;
    let first =
        pieces.into_iter().reduce(|head, piece| head.then(Value::literal(separator.to_string())).then(piece))?;
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn host_and_container_ports() {
        use HostPort::{Fixed, Free, OneOf, Range, Unknown};
        let cases = [
            ("5432", Free, Some(5432)),
            ("5432:5432", Fixed(5432), Some(5432)),
            ("15432:5432/tcp", Fixed(15432), Some(5432)),
            ("0:5432", Free, Some(5432)),
            (":5432", Free, Some(5432)),
            ("127.0.0.1::5432", Free, Some(5432)),
            ("127.0.0.1:0:5432", Free, Some(5432)),
            ("127.0.0.1:5433:5432", Fixed(5433), Some(5432)),
            ("[::1]:5433:5432/udp", Fixed(5433), Some(5432)),
            ("::1:5433:5432", Fixed(5433), Some(5432)),
            ("8000-8010:80", Range(8000, 8010), Some(80)),
            ("$PORT:5432", Unknown, Some(5432)),
            ("5432:$PORT", Fixed(5432), None),
            ("$PORTS", Unknown, None),
            ("127.0.0.1:$PORT:5432", Unknown, Some(5432)),
            ("99999:80", Unknown, Some(80)),
        ];
        for (text, host, container) in cases {
            let publish = Publish::parse(&value(text));
            assert_eq!(
                (publish.host_port(), publish.container_ports()),
                (host, container.map(|port| vec![port])),
                "{text}"
            );
        }
        let either = Value::one_of([value("5432:5432"), value("5433:5432")]);
        assert_eq!(Publish::parse(&either).host_port(), OneOf(vec![5432, 5433]));
        let maybe = Value::one_of([value("5432:5432"), value("5432")]);
        assert_eq!(Publish::parse(&maybe).host_port(), Unknown);
        assert_eq!(Publish::parse(&value("127.0.0.1:1:2")).ip, Some(value("127.0.0.1")));
    }
}
