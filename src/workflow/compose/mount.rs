//! Volumes of a compose service.

use super::super::field::Scalar;
use super::super::read::Reader;
use super::port::places;
use crate::source::{Span, Text};
use crate::yaml::{Node, NodeKind};

/// One item of a service's `volumes:`
/// (<https://github.com/compose-spec/compose-spec/blob/main/spec.md#volumes>), as written.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The whole item.
    pub span: Span,
    /// What is mounted.
    pub kind: MountKind,
    /// The host's path or the volume's name.
    pub source: Option<Text>,
    /// The path in the container.
    pub target: Option<Text>,
}

/// What a mount takes its files from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A named volume.
    Volume,
    /// A volume without a name.
    Anonymous,
    /// Memory.
    Tmpfs,
    /// A variable decides, or it is another type.
    Unknown,
}

impl Mount {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Option<Self> {
        let span = node.full_span();
        if let Some(scalar) = Scalar::of(node) {
            let (source, target) = split(&scalar.text);
            let kind = source.as_ref().map_or(MountKind::Anonymous, |source| kind_of(source.value()));
            return Some(Self { span, kind, source, target: Some(target) });
        }
        if node.kind() != NodeKind::Mapping {
            reader.odd(node.span(), "a volume is `SOURCE:TARGET`, or a mapping with `type:`");
            return None;
        }
        let mut text = |key| reader.scalar(node, key).map(|field| field.value.text);
        let (kind, source, target) = (text("type"), text("source"), text("target"));
        let kind = match kind.as_ref().map(Text::value) {
            Some("bind") => MountKind::Bind,
            Some("volume") if source.is_none() => MountKind::Anonymous,
            Some("volume") => MountKind::Volume,
            Some("tmpfs") => MountKind::Tmpfs,
            _ => MountKind::Unknown,
        };
        Some(Self { span, kind, source, target })
    }
}

/// `[SOURCE:]TARGET[:MODE]`; a drive letter's colon does not split.
fn split(text: &Text) -> (Option<Text>, Text) {
    let all = text.value();
    let is_drive = |at: usize| at == 1 && all.as_bytes()[0].is_ascii_alphabetic() && all[at..].starts_with(":\\");
    let colons: Vec<usize> = places(all, b':').into_iter().filter(|&at| !is_drive(at)).collect();
    match colons.as_slice() {
        [] => (None, text.part(0..all.len())),
        [first, rest @ ..] => {
            let end = rest.first().copied().unwrap_or(all.len());
            (Some(text.part(0..*first)), text.part(first + 1..end))
        }
    }
}

fn kind_of(source: &str) -> MountKind {
    match source.as_bytes() {
        [b'.' | b'/' | b'~' | b'\\', ..] => MountKind::Bind,
        [letter, b':', ..] if letter.is_ascii_alphabetic() => MountKind::Bind,
        // The variable may hold a path or a name; with a slash behind it it can only be a path.
        [b'$', ..] if source.ends_with('}') || !source.contains('/') => MountKind::Unknown,
        [b'$', ..] => MountKind::Bind,
        _ => MountKind::Volume,
    }
}
