//! What makes a fix unsafe.

use super::super::{Draft, Withheld};
use crate::edit::Fix;

/// Whether a fix is safe, and why not.
#[derive(Debug, Default)]
pub(super) struct Doubts(pub(super) Vec<String>);

impl Doubts {
    pub(super) fn add(&mut self, doubt: impl Into<String>) {
        let doubt = doubt.into();
        if !self.0.contains(&doubt) {
            self.0.push(doubt);
        }
    }

    pub(super) fn finish(self, draft: Draft<'_>, title: &str) -> Result<Fix, Withheld> {
        draft.finish_with("teardown", title, &self.0)
    }
}
