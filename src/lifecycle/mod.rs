//! What jobs take, leave behind and remove: facts from the trace of a job.

pub mod condition;
pub mod idiom;
pub mod job;
pub mod kill;
pub mod mount;
pub mod port_probe;
pub mod process;
pub mod server;
pub mod service_use;
pub mod sweep;

#[cfg(test)]
mod proc_testing;
