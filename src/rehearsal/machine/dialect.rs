//! Which Docker is played.

/// Which Docker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// 20.10, client and daemon.
    Docker20,
    /// A current one (26 and later), with compose.
    Current,
}
