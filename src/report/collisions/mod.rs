//! `berthlint collisions`: which two jobs claim the same thing on one daemon.

mod json;
mod meet;
mod model;
mod table;

pub use model::Collisions;
