//! By which address a job uses its services and containers, and whether that address can be reached from there.

pub mod reader;
mod readers;
pub mod service_use;
pub mod unreachable;
