//! What of a repository's data may stand in a script, and how the rest gets there.
//!
//! A runner puts the value of `${{ … }}` into a script before any shell reads it: whatever the value holds is code
//! then, in other quotes other code. So `expression` tells whose values are plain characters, `handover` gives all
//! others to a script through its step's `env:`, `copied` takes a word over only with the quotes it has, `name` refuses
//! names that are none, and `quote` writes text that is known as words. Rewrites put nothing into a script otherwise.

mod copied;
mod expression;
mod handover;
mod name;
pub mod quote;
#[cfg(test)]
mod testing;

pub use copied::copied;
pub use expression::{is_plain, is_plain_anywhere};
pub use handover::Handover;
pub use name::{docker_name, id, is_id, is_variable};
