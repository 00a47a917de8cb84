//! The rewrites' own texts, for messages.

/// Texts that a message can name like a field: what `--fix` writes.
pub const TEXTS: &[(&str, &str)] = &[
    ("run-label", "berth.run=${{ github.run_id }}"),
    ("run-suffix", "${{ github.run_id }}-${{ github.run_attempt }}"),
    ("always", "if: always()"),
];

/// The text of that name.
pub fn text(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|text| text.0 == name).map(|text| text.1)
}
