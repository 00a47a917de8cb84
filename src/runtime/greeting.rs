//! Which version of the API a daemon speaks, from the header of its cheapest answer.
//!
//! `/version`, which the client library asks, has dockerd start two programs to learn their versions as well: as much
//! as ten questions. `/_ping` costs next to nothing, and its answer names the version in a header, which that library
//! hides.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, ClientVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// More than any daemon's answer to a ping.
const LONGEST: usize = 8192;
/// So long an answer is waited for: one that takes longer leaves time to ask in the other way.
const PATIENCE: Duration = Duration::from_secs(2);

/// The version to speak with the daemon at `address`: its own, or the client's where that is older. None where it does
/// not say; whoever asks it in another way learns why.
pub async fn version(address: &str) -> Option<ClientVersion> {
    tokio::time::timeout(PATIENCE, greet(address)).await.ok().flatten()
}

async fn greet(address: &str) -> Option<ClientVersion> {
    let head = match address.split_once("://")? {
        ("unix", path) => ask(UnixStream::connect(path).await.ok()?).await?,
        ("tcp" | "http", host) => ask(TcpStream::connect(host.trim_end_matches('/')).await.ok()?).await?,
        _ => return None,
    };
    let theirs = read(&head)?;
    let newer = theirs > *API_DEFAULT_VERSION;
    Some(if newer { *API_DEFAULT_VERSION } else { theirs })
}

/// The head of its answer to a ping.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<String> {
    stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n").await.ok()?;
    let mut head = Vec::new();
    let mut part = [0_u8; 1024];
    while head.len() < LONGEST {
        let count = stream.read(&mut part).await.ok()?;
        head.extend_from_slice(&part[..count]);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            return String::from_utf8(head[..end].to_vec()).ok();
        }
        if count == 0 {
            return None;
        }
    }
    None
}

/// The version in the head of an answer that is no refusal.
fn read(head: &str) -> Option<ClientVersion> {
    let mut lines = head.lines();
    let (_, status) = lines.next()?.split_once(' ')?;
    let fields = lines.filter_map(|line| line.split_once(':'));
    let value = fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("api-version"))?.1;
    let (major, minor) = value.trim().split_once('.')?;
    let version = ClientVersion { major_version: major.parse().ok()?, minor_version: minor.parse().ok()? };
    status.starts_with("200").then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Option<(usize, usize)> {
        read(head).map(|version| (version.major_version, version.minor_version))
    }

    #[test]
    fn the_version_stands_in_the_head() {
        assert_eq!(of("HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10"), Some((1, 41)));
        assert_eq!(of("HTTP/1.1 200 OK\r\nServer: x\r\napi-version:1.5"), Some((1, 5)));
        for silent in [
            "",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 403 Forbidden\r\nApi-Version: 1.41",
            "HTTP/1.1 200 OK\r\nApi-Version: new",
            "HTTP/1.1 200 OK\r\nApi-Version: 1.x",
        ] {
            assert_eq!(of(silent), None, "{silent}");
        }
    }
}
