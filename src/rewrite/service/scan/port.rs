//! The port of an address: behind the host, further on in its line, or the one that a client means by none.

use std::ops::Range;

use super::expression::Member;
use super::{Port, Scanner};
use crate::docker::servers::default_port;
use crate::expr::{Part, template};

/// A port as written behind a host: its bytes, none when a variable stands there, and its number.
pub(super) struct PortText {
    pub(super) range: Option<Range<usize>>,
    pub(super) number: Number,
    pub(super) end: usize,
}

/// What a port is written as.
pub(super) enum Number {
    Plain(u16),
    /// `job.services.X.ports['N']`: a service and its container port.
    OfService(usize, Port),
}

impl Scanner<'_> {
    /// `:5432`, ` 5432` (nc), ` -p 5432`, `:$PORT`, `:${{ job.services.db.ports['5432'] }}` behind a host.
    pub(super) fn port_behind(&self, text: &str, end: usize) -> Option<PortText> {
        let rest = text.get(end..)?;
        let rest = rest.strip_prefix(['"', '\'']).filter(|rest| rest.starts_with([' ', ':'])).unwrap_or(rest);
        // bash's `/dev/tcp/host/port`.
        let is_device = rest.starts_with('/') && text[..end].rsplit('/').nth(1) == Some("tcp");
        let leads = [":", " -p ", " --port ", " --port=", " -P ", " -p", " ", if is_device { "/" } else { ":" }];
        leads.iter().find_map(|lead| {
            let behind = rest.strip_prefix(lead)?;
            let quote = behind.starts_with(['"', '\'']) && lead.starts_with(' ');
            let start = text.len() - behind.len() + usize::from(quote);
            self.port_at(text, start)
        })
    }

    pub(super) fn port_at(&self, text: &str, start: usize) -> Option<PortText> {
        let rest = text.get(start..)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let is_end = !rest[digits..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let number = rest[..digits].parse().ok().filter(|_| is_end)?;
            let range = start..start + digits;
            return Some(PortText { end: range.end, range: Some(range), number: Number::Plain(number) });
        }
        if let Some(Part::Expression { whole, inner }) =
            template(rest).into_iter().next().filter(|_| rest.starts_with("${{"))
        {
            let range = start + whole.start..start + whole.end;
            let inner = rest[inner].trim();
            if let Some((service, Member::Port(port))) = self.member(inner) {
                return Some(PortText { end: range.end, range: Some(range), number: Number::OfService(service, port) });
            }
            let number = self.number_of(inner.strip_prefix("env.")?)?;
            return Some(PortText { range: None, number: Number::Plain(number), end: range.end });
        }
        let name = rest.strip_prefix('$')?;
        let braced = name.starts_with('{');
        let name = name.trim_start_matches('{');
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if braced && !name[length..].starts_with('}') {
            return None;
        }
        let number = self.number_of(&name[..length])?;
        Some(PortText { range: None, number: Number::Plain(number), end: start + 1 + length + 2 * usize::from(braced) })
    }

    /// The one number a variable stands for.
    pub(super) fn number_of(&self, name: &str) -> Option<u16> {
        let mut values = self.variables.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim());
        let first = values.next()?;
        // One that is the service's own port is followed through it.
        let first = template(first).into_iter().next().and_then(|part| match part {
            Part::Literal(_) => first.parse().ok(),
            Part::Expression { inner, .. } => match self.member(first[inner].trim()) {
                Some((_, Member::Port(port))) => Some(port.host.unwrap_or(port.container)),
                _ => None,
            },
            Part::Unclosed(_) => None,
        })?;
        values.all(|value| value.parse() == Ok(first)).then_some(first)
    }
    /// The port that a client means by none behind the host: by the URL's scheme, by the program of the line, or by
    /// an option further on, which stands in these bytes.
    pub(super) fn default_port(&self, text: &str, host: &Range<usize>) -> Option<(Option<u16>, Option<Range<usize>>)> {
        let before = &text[..host.start];
        let after = text[host.end..].chars().next();
        let known = default_port;
        let start =
            before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '(')).map_or(0, |at| at + 1);
        let word = &before[start..];
        if let Some((scheme, authority)) = word.split_once("://") {
            let is_host = authority.is_empty() || authority.ends_with('@');
            let ends = after.is_none_or(|c| matches!(c, '/' | '?' | '"' | '\'' | '#') || c.is_whitespace());
            return (is_host && ends).then(|| (known(scheme.split('+').next().unwrap_or(scheme)), None));
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_option = ["-h ", "--host ", "--host=", "-h", "host="]
            .iter()
            .any(|lead| line.trim_end_matches(['"', '\'']).ends_with(lead));
        if !is_option || after.is_some_and(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ';' | ')')) {
            return None;
        }
        let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ';' | '/'));
        // An option further on may name another port.
        let rest = text[host.end..].lines().next().unwrap_or_default();
        let named = [" -p ", " --port ", " --port=", " -P "].iter().find_map(|lead| {
            let port = self.port_at(text, host.end + rest.find(lead)? + lead.len())?;
            match port.number {
                Number::Plain(number) => Some((Some(number), port.range)),
                Number::OfService(..) => None,
            }
        });
        Some(named.unwrap_or_else(|| (words.rfind(|word| known(word).is_some()).and_then(known), None)))
    }
}
