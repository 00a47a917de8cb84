//! `curl-status`: curl's own `000` stands.

use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::shell::{self, Kind};
use crate::source::{Location, Span};

/// The fix of a finding.
///
/// # Errors
/// When the fallback is written with escapes.
pub fn curl_status(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let path = &finding.location.path;
    let source = scene.source(path).ok_or_else(|| Withheld::because(format!("`{path}` cannot be read")))?;
    let written = source.slice(finding.location.span);
    let script = shell::parse(written);
    let fallback = match script.body.as_slice() {
        [only] if script.errors.is_empty() => match &only.kind {
            Kind::Or(_, right) => Some(right.span.clone()),
            _ => None,
        },
        _ => None,
    };
    let fallback = fallback.ok_or_else(|| Withheld::because("it is written with escapes"))?;
    let start = finding.location.span.start;
    let at = Location { path: path.clone(), span: Span::new(start + fallback.start, start + fallback.end) };
    let mut draft = Draft::new(scene);
    draft.replace(&at, "true")?;
    // Who compares with what curl and the fallback print together must compare with `000` from now on.
    let adapted = source.text().contains("000000");
    let why = adapted.then(|| "something compares with `000000`".to_owned());
    let applicability = if adapted { Applicability::Unsafe } else { Applicability::Safe };
    draft.finish("curl-status", applicability, "keep what curl prints: `|| true`", why)
}
