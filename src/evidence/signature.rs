//! What is looked for in a log. Each text is what a server, a program or the daemon really says.

/// A kind of line that tells of a collision, a leak or a removal that took too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signature {
    /// A port that another run, or a process that was left, has.
    PortTaken,
    /// A name that another run, or a killed one, has.
    NameTaken,
    /// A container that somebody has removed.
    Gone,
    /// A daemon that has no network or no room left.
    Full,
    /// An option that the runner passes over.
    Ignored,
}

impl Signature {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 5] = [Self::PortTaken, Self::NameTaken, Self::Gone, Self::Full, Self::Ignored];

    /// In one word, as a column and a key.
    pub fn name(self) -> &'static str {
        match self {
            Self::PortTaken => "port",
            Self::NameTaken => "name",
            Self::Gone => "gone",
            Self::Full => "full",
            Self::Ignored => "ignored",
        }
    }

    /// What it tells of.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::PortTaken => "the port is another run's, or a process was left on it",
            Self::NameTaken => "the name of a container or network is another run's, or a killed run left it",
            Self::Gone => "a container is gone: it never started, or somebody removed it",
            Self::Full => "the daemon has no address pool or no disk left: something leaks",
            Self::Ignored => "the runner ignores `--network` in the options of a container",
        }
    }

    /// What a line of it has in it, in small letters.
    const fn texts(self) -> &'static [&'static str] {
        match self {
            Self::PortTaken => &[
                // dockerd, of a port that a container has; of one that a process has.
                "port is already allocated",
                "address already in use",
                // PostgreSQL in small words, Node, Docker Desktop.
                "address in use",
                "could not create any tcp/ip sockets",
                "eaddrinuse",
                "ports are not available",
            ],
            // dockerd, compose and buildx.
            Self::NameTaken => &[
                "is already in use by container",
                "is already in use by existing container",
                "network with name",
                "existing instance for",
            ],
            Self::Gone => &["no such container", "container disappeared", "is marked for removal"],
            Self::Full => &[
                "all predefined address pools have been fully subnetted",
                "could not find an available, non-overlapping ipv4 address pool",
                "pool overlaps with other one on this address space",
                "no space left on device",
            ],
            // act's engine, in Gitea's and Forgejo's runners.
            Self::Ignored => &["--network and --net in the options will be ignored"],
        }
    }

    /// What a line says of it; the line in small letters.
    pub(super) fn is_in(self, line: &str) -> bool {
        self.texts().iter().any(|text| line.contains(text))
            // The daemon says more things of a network with a name.
            && (self != Self::NameTaken || line.contains("already"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_say_is_known() {
        use Signature::{Full, Gone, Ignored, NameTaken, PortTaken};
        for (line, wanted) in [
            ("docker: Bind for 0.0.0.0:5432 failed: port is already allocated.", Some(PortTaken)),
            ("listen tcp :8080: bind: address already in use", Some(PortTaken)),
            ("LOG:  could not bind IPv4 address \"0.0.0.0\": Address in use", Some(PortTaken)),
            ("Error: listen EADDRINUSE: address :::3000", Some(PortTaken)),
            ("Conflict. The container name \"/pg\" is already in use by container \"4f\".", Some(NameTaken)),
            ("network with name ci already exists", Some(NameTaken)),
            ("Error response from daemon: network with name ci not found", None),
            ("Error: No such container: pg", Some(Gone)),
            ("all predefined address pools have been fully subnetted", Some(Full)),
            ("write /var/lib: no space left on device", Some(Full)),
            ("--network and --net in the options will be ignored.", Some(Ignored)),
            ("everything is fine on port 5432", None),
        ] {
            let found: Vec<Signature> =
                Signature::ALL.into_iter().filter(|one| one.is_in(&line.to_lowercase())).collect();
            assert_eq!(found, Vec::from_iter(wanted), "{line}");
        }
    }
}
