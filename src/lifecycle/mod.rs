//! The heart: what a job takes from its daemon, and what gives it back.

pub mod deploy;
