//! The run's label: how it is written, and how it is put on what a command makes.

mod label;
mod stamp;

pub use label::{KEY, Label};
pub use stamp::{has_label, stamp};
