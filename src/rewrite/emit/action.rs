//! Steps that use two local actions, written once for all workflows.

use super::{Ground, Sibling};
use crate::rewrite::Withheld;
use crate::rewrite::step::NewStep;

pub(super) fn start(_ground: &Ground, _sibling: &Sibling) -> Result<NewStep, Withheld> {
    Err(Withheld::because("no local action is written yet; use `emit: shell`"))
}

pub(super) fn stop(_ground: &Ground, siblings: &[Sibling]) -> NewStep {
    super::shell::stop(siblings)
}

pub(super) fn files(_ground: &Ground) -> Vec<(String, String)> {
    Vec::new()
}
