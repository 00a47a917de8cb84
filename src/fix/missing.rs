//! What one list of texts has and another lacks.

use std::collections::BTreeMap;

/// Those of some texts that the others lack, in order: a text counts as often as it stands there.
pub(super) fn missing<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    others: impl IntoIterator<Item = &'t str>,
) -> impl Iterator<Item = &'t str> {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for text in others {
        *known.entry(text).or_default() += 1;
    }
    texts.into_iter().filter(move |text| match known.get_mut(text) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}
