//! Which daemon a command speaks to.

use crate::symbol::Value;
use crate::truth::Truth;

/// Whether a `DOCKER_HOST` (or `-H`) is another daemon than the job's own.
///
/// The sockets of a default installation, and the empty string, are the job's own. Another socket
/// (rootless, Colima, dind) may be; a port on this very machine may be too.
pub fn host_is_away(host: &Value) -> Truth {
    if host.parts().is_empty() {
        return Truth::No;
    }
    if let Some(texts) = host.candidates() {
        let all: Vec<Truth> = texts.iter().map(|text| known_host_is_away(text)).collect();
        return match all.as_slice() {
            [first, rest @ ..] if rest.iter().all(|truth| truth == first) => *first,
            _ => Truth::Unknown,
        };
    }
    let (scheme, rest) = host.prefix().split_once("://").unwrap_or((host.prefix(), ""));
    match scheme {
        "ssh" => Truth::Yes,
        // `tcp://$HOST:2375`: only the run knows the host.
        "tcp" | "http" | "https" if !rest.is_empty() => known_host_is_away(host.prefix()),
        _ => Truth::Unknown,
    }
}

fn known_host_is_away(host: &str) -> Truth {
    if host.is_empty() {
        return Truth::No;
    }
    let (scheme, rest) = host.split_once("://").unwrap_or(("tcp", host));
    match scheme {
        "ssh" => Truth::Yes,
        // A socket on the job's own files: other jobs of that runner find the same daemon behind it.
        "unix" | "npipe" | "fd" => Truth::No,
        "tcp" | "http" | "https" => {
            let local = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal", "172.17.0.1"];
            if rest.is_empty() || local.iter().any(|name| rest.starts_with(name)) { Truth::Unknown } else { Truth::Yes }
        }
        _ => Truth::Unknown,
    }
}

/// Whether a context (`--context`, `DOCKER_CONTEXT`, `docker context use`) is another daemon.
pub fn context_is_away(context: &Value) -> Truth {
    match context.as_literal() {
        Some("" | "default") => Truth::No,
        // Contexts that Docker Desktop, rootless Docker, Colima and OrbStack make on this machine.
        Some("rootless" | "desktop-linux" | "desktop-windows" | "colima" | "orbstack") | None => Truth::Unknown,
        Some(_) => Truth::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn a_host_is_here_or_away() {
        for (host, away) in [
            ("unix:///var/run/docker.sock", Truth::No),
            ("", Truth::No),
            ("unix:///run/user/1000/docker.sock", Truth::No),
            ("ssh://user@host", Truth::Yes),
            ("ssh://$HOST", Truth::Yes),
            ("tcp://dind:2376", Truth::Yes),
            ("tcp://localhost:2375", Truth::Unknown),
            ("$HOST", Truth::Unknown),
            ("tcp://$HOST:2375", Truth::Unknown),
        ] {
            assert_eq!(host_is_away(&value(host)), away, "{host}");
        }
        assert_eq!(context_is_away(&value("production")), Truth::Yes);
        assert_eq!(context_is_away(&value("default")), Truth::No);
    }
}
