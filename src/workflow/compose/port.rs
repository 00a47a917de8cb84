//! Published ports of a compose service.

use super::super::field::Scalar;
use super::super::read::Reader;
use crate::source::{Span, Text};
use crate::yaml::{Node, NodeKind};

/// One item of `ports:`
/// (<https://github.com/compose-spec/compose-spec/blob/main/spec.md#ports>), as written.
#[derive(Clone, Debug)]
pub struct Port {
    /// The whole item.
    pub span: Span,
    /// The item, in the short form.
    pub short: Option<Scalar>,
    /// The host's address to bind.
    pub host_ip: Option<Text>,
    /// The host's port or range; without it, Docker picks a free one.
    pub published: Option<Text>,
    /// The container's port or range.
    pub target: Option<Text>,
    /// `tcp` or `udp`, if written.
    pub protocol: Option<Text>,
}

impl Port {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Option<Self> {
        let mut port = Self {
            span: node.full_span(),
            short: Scalar::of(node),
            host_ip: None,
            published: None,
            target: None,
            protocol: None,
        };
        if let Some(scalar) = &port.short {
            let text = scalar.text.clone();
            port.split(&text);
            return Some(port);
        }
        if node.kind() != NodeKind::Mapping {
            reader.odd(node.span(), "a port is `HOST:CONTAINER`, or a mapping with `target:`");
            return None;
        }
        let mut text = |key| reader.scalar(node, key).map(|field| field.value.text);
        port.target = text("target");
        port.published = text("published");
        port.host_ip = text("host_ip");
        port.protocol = text("protocol");
        Some(port)
    }

    /// `[[IP:]HOST:]CONTAINER[/PROTOCOL]`; an IPv6 address has brackets, or more colons than the rest.
    fn split(&mut self, text: &Text) {
        let all = text.value();
        let slash = places(all, b'/').last().copied();
        self.protocol = slash.map(|at| text.part(at + 1..all.len()));
        let end = slash.unwrap_or(all.len());
        let colons: Vec<usize> = places(all, b':').into_iter().filter(|&at| at < end).collect();
        let Some(&last) = colons.last() else {
            self.target = Some(text.part(0..end));
            return;
        };
        self.target = Some(text.part(last + 1..end));
        let host = match colons.len() {
            1 => 0,
            count => {
                self.host_ip = Some(text.part(0..colons[count - 2]));
                colons[count - 2] + 1
            }
        };
        // `127.0.0.1::80` binds an address and lets Docker pick the port.
        self.published = (host < last).then(|| text.part(host..last));
    }
}

/// Where `byte` stands outside `${…}` and `[…]`.
pub(super) fn places(text: &str, byte: u8) -> Vec<usize> {
    let mut depth = 0usize;
    let mut found = Vec::new();
    for (at, &here) in text.as_bytes().iter().enumerate() {
        match here {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if here == byte && depth == 0 => found.push(at),
            _ => {}
        }
    }
    found
}
