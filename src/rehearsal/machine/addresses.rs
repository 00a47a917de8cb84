//! The addresses of a network that are held, and the first that is not.

use std::collections::BTreeSet;

/// The addresses of a network that are held, by their last two octets.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    held: BTreeSet<u16>,
    /// The first behind the network's own that is not.
    pub(super) free: u16,
}

impl Addresses {
    /// Somebody has it now.
    pub(super) fn hold(&mut self, number: u16) {
        self.held.insert(number);
        if self.free == 0 {
            // The first container has the first address.
            self.free = number;
        }
        while self.held.contains(&self.free) {
            self.free += 1;
        }
    }

    /// Nobody has it any longer.
    pub(super) fn let_go(&mut self, number: u16) {
        self.held.remove(&number);
        self.free = self.free.min(number);
    }
}
