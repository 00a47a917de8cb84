//! Rehearsal: what a job does to the daemon, played on paper.

pub mod machine;
