//! `berthlint collisions`: which two jobs claim the same thing on one daemon.

mod claimant;
mod json;
mod meet;
mod model;
mod table;

pub use model::Collisions;
