//! What a workflow says by itself, whatever its jobs do: conditions that never hold, keys that are ignored, required
//! checks, twins for another forge, shell idioms.

pub mod condition;
pub mod gate;
pub mod idiom;
pub mod key;
pub mod twin;
