//! `job.services.db.ports['5432']`, `.id` and `.network`.

use super::{Found, Port, Scanner, What};
use crate::expr::{Part, template};

/// What an expression names of a service.
pub(super) enum Member {
    Port(Port),
    Id,
    Network,
}

impl Scanner<'_> {
    /// `${{ job.services… }}`, alone.
    pub(super) fn expressions(&self, text: &str) -> Vec<Found> {
        let expressions = template(text).into_iter().filter_map(|part| match part {
            Part::Expression { whole, inner } => Some((whole, text[inner].trim().to_owned())),
            _ => None,
        });
        let mut found = Vec::new();
        for (whole, inner) in expressions.filter(|(_, inner)| inner.contains("job.services")) {
            let member = self.member(&inner);
            let none = Port { host: None, container: 0 };
            let (service, what, means) = match member {
                Some((service, Member::Port(port))) => (service, What::Address, port),
                Some((service, Member::Id)) => (service, What::Id, none),
                Some((service, Member::Network)) => (service, What::Network, none),
                None => (0, What::Unclear, none),
            };
            let is_port = what == What::Address;
            let of = |wanted| (wanted == is_port).then(|| whole.clone());
            found.push(Found {
                service,
                what,
                host: of(false),
                port: of(true),
                means,
                by_name: false,
                whole: whole.clone(),
            });
        }
        found
    }

    /// `job.services.db.ports['5432']`, `.id`, `.network`.
    pub(super) fn member(&self, inner: &str) -> Option<(usize, Member)> {
        let rest = inner.strip_prefix("job.services")?;
        let (name, rest) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
            None => {
                let (name, rest) = rest.strip_prefix('[')?.split_once(']')?;
                (name.trim_matches(['\'', '"']), rest)
            }
        };
        let service = self.addresses.iter().position(|address| address.id == name)?;
        match rest {
            ".id" => Some((service, Member::Id)),
            ".network" => Some((service, Member::Network)),
            _ => {
                let port = rest.strip_prefix(".ports")?;
                let port = port.strip_prefix('.').or_else(|| port.strip_prefix('[')?.strip_suffix(']'))?;
                let number = port.trim_matches(['\'', '"']).parse().ok()?;
                let port = self.addresses.get(service)?.by_container(number)?;
                Some((service, Member::Port(port)))
            }
        }
    }
}
