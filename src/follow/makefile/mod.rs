//! A makefile's text, cut into what it consists of: nothing is expanded here.

mod item;
mod read;

pub(super) use item::{Assign, Condition, Flavour, Item, Makefile, Rule};
pub(super) use read::outside_references;
