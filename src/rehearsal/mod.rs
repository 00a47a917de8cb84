//! Rehearsal: what jobs do to the daemon they share, played on paper.
//!
//! [`machine`] is the daemon. It knows nothing of what the linter has found out about lifecycles, and so cannot repeat
//! its errors.

pub mod machine;
