//! What the scan knows: the services, and what the variables say.

use super::super::address::{Address, Port};

/// Finds the addresses of some services in texts.
#[derive(Debug)]
pub struct Scanner<'a> {
    pub(super) addresses: &'a [Address],
    pub(super) variables: Vec<(&'a str, &'a str)>,
}

impl<'a> Scanner<'a> {
    /// For these services; `variables` are the texts that a `$NAME` may stand for.
    pub fn new(addresses: &'a [Address], variables: Vec<(&'a str, &'a str)>) -> Self {
        Self { addresses, variables }
    }

    /// Which service answers on that port of the host: one that publishes it, else the only one that listens on it.
    pub(super) fn by_number(&self, number: u16) -> Option<(usize, Port)> {
        let all = || self.addresses.iter().enumerate();
        all().find_map(|(index, address)| Some((index, address.by_host(number)?))).or_else(|| {
            let mut own = all().filter_map(|(index, address)| Some((index, address.by_container(number)?)));
            own.next().filter(|_| own.next().is_none())
        })
    }
}
