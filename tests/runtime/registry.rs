//! Private registries: the docker configuration's credentials reach them.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use crate::support::*;

/// A registry that wants a password and has no images; sends on what it was told.
fn registry() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Some(authorization) = serve(&stream) {
                let _ = tell.send(authorization);
            }
        }
    });
    (port, told)
}

/// One request: 401 without credentials, 404 with.
fn serve(mut stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut authorization = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("authorization: ") {
            authorization = Some(line[line.len() - value.len()..].trim().to_owned());
        }
    }
    let status = match authorization {
        None => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
        Some(_) => "404 Not Found",
    };
    let body = "{\"errors\":[]}";
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    authorization
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_pull_uses_the_credentials_of_the_docker_configuration() {
    needs_daemon();
    let (port, told) = registry();
    let configuration = tempfile::tempdir().unwrap();
    // base64 of robot:s3cret-word
    let auth = "cm9ib3Q6czNjcmV0LXdvcmQ=";
    let text = format!("{{\"auths\":{{\"127.0.0.1:{port}\":{{\"auth\":\"{auth}\"}}}}}}");
    std::fs::write(configuration.path().join("config.json"), text).unwrap();

    let job = HostJob::start(&Who::new());
    let image = format!("127.0.0.1:{port}/team/app");
    let mut command = job.command(&["up", "app", "--image", &image, "--pull", "always"]);
    let ended = Ended::of(&command.env("DOCKER_CONFIG", configuration.path()).output().unwrap());
    assert_eq!(ended.code, 1, "the registry has no images: {}", ended.err);
    assert!(ended.err.contains("still valid"), "{}", ended.err);
    assert!(!ended.err.contains("s3cret"), "{}", ended.err);
    let seen = told.recv_timeout(std::time::Duration::from_secs(5)).expect("credentials");
    assert_eq!(seen, format!("Basic {auth}"));
    assert!(labelled(&job.who.label()).is_empty());
}
