//! A repository, and what a check has found out about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::repository::{Model, Settings};
use crate::discover::Repository;
use crate::rewrite::Strangers;
use crate::yaml::Tree;

/// A repository, and what is known of it.
pub(super) struct Known {
    pub(super) repository: Repository,
    pub(super) settings: Settings,
    pub(super) model: Model,
    pub(super) trees: BTreeMap<Arc<str>, Tree>,
    pub(super) strangers: Strangers,
}
