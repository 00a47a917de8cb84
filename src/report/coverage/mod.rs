//! `berthlint coverage`: what is removed when.

mod json;
mod rows;
mod table;

pub use rows::Coverage;
