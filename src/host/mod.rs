//! What the steps of a job do on the machine they run on, with no help of Docker: processes left in the background, the
//! ports they listen on, what is killed by a pattern, free ports that are probed.

pub mod kill;
pub mod named;
pub mod port_probe;
pub mod process;
pub mod server;
