//! What a shell command runs once its wrappers are taken off: `sudo -E timeout 5m docker run …` runs docker.
//!
//! Nothing here knows docker. A command is a list of [`Arg`]s (`arg`), each a symbolic string with its bytes; `wrapper`
//! and `xargs` take the wrappers off and leave an [`Invocation`] (`invocation`). `options` reads options by a grammar,
//! here and in `crate::docker`. The others say of one kind of program what it runs in its turn: `shell` (`sh -c`, a
//! script's path), `make`, `script` (just, Task, npm and its kin), `awk`, `remote` (ssh), `cluster`. `netcat` tells who
//! listens of those that can do both, `test_runner` who runs tests, `berth_run` what the helper is asked for in a word.
//! `powershell` tells what is written for another shell than these.

mod arg;
pub mod awk;
mod berth_run;
pub mod cluster;
mod invocation;
pub mod make;
pub mod netcat;
pub mod options;
pub mod powershell;
pub mod remote;
pub mod script;
pub mod shell;
pub mod test_runner;
#[cfg(any(test, fuzzing))]
pub(crate) mod testing;
mod wrapper;
mod xargs;

pub use arg::{Arg, fields, of_either_compose};
pub use berth_run::BerthRun;
pub use invocation::{Invocation, Keeps, Wrapper};
pub use xargs::Xargs;
