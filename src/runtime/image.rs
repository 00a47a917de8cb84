//! Making sure an image is there, with the registry credentials of the docker configuration.

use bollard::auth::DockerCredentials;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use docker_credential::{CredentialRetrievalError, DockerCredential};
use futures_util::StreamExt;

use super::engine::{Engine, refused, status, words};
use super::{Error, Result, console};

/// When to pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pull {
    /// When the daemon does not have the image.
    #[default]
    Missing,
    /// Each time.
    Always,
    /// Not at all.
    Never,
}

/// The key of Docker Hub in the docker configuration; a historical address that is never opened.
const HUB: &str = "https://index.docker.io/v1/";

/// Makes sure the daemon has the image, and describes it.
///
/// # Errors
/// It is missing and may not or cannot be pulled.
pub async fn ensure(engine: &Engine, image: &str, pull: Pull) -> Result<ImageInspect> {
    let present = find(engine, image).await?;
    match (present, pull) {
        (Some(found), Pull::Missing | Pull::Never) => Ok(found),
        (None, Pull::Never) => Err(Error::failed(
            format!("the daemon does not have the image {image}, and --pull never forbids fetching it"),
            format!("load it on the daemon's host, or leave --pull out: docker pull {image}"),
        )),
        (_, Pull::Always | Pull::Missing) => {
            fetch(engine, image).await?;
            find(engine, image).await?.ok_or_else(|| {
                Error::failed(
                    format!("the daemon pulled {image}, and no longer has it"),
                    "another job may be pruning images on this daemon: run the step again",
                )
            })
        }
    }
}

async fn find(engine: &Engine, image: &str) -> Result<Option<ImageInspect>> {
    match engine.docker.inspect_image(image).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if status(&error) == Some(404) => Ok(None),
        Err(error) if status(&error) == Some(400) => Err(Error::usage(
            format!("--image {image}: {}", words(&error)),
            "write it as repository:tag, in lower case",
        )),
        Err(error) => Err(refused(&format!("inspect the image {image}"), &error)),
    }
}

async fn fetch(engine: &Engine, image: &str) -> Result<()> {
    console::note(&format!("pulling {image}"));
    let options = CreateImageOptionsBuilder::default().from_image(&tagged(image)).build();
    let credentials = credentials(image);
    let known = credentials.is_some();
    let mut progress = engine.docker.create_image(Some(options), None, credentials);
    while let Some(step) = progress.next().await {
        if let Err(error) = step {
            let advice = if known {
                "the docker configuration's credentials for this registry were used: are they still valid, and is the name right?"
            } else {
                "is the name right, and does the daemon reach its registry? a private one needs `docker login` before this step, or DOCKER_CONFIG"
            };
            return Err(Error::failed(format!("cannot pull {image}: {}", words(&error)), advice));
        }
    }
    Ok(())
}

/// The reference with `:latest` where it has neither tag nor digest: asked for a bare name, the
/// daemon would pull every tag of the repository.
fn tagged(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains(':') || image.contains('@') { image.to_owned() } else { format!("{image}:latest") }
}

/// The registry's key in the docker configuration. As in Docker's reference grammar, the first
/// part is a registry only if it has a dot or a port, or is `localhost`.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => match host {
            "docker.io" | "index.docker.io" => HUB,
            host => host,
        },
        _ => HUB,
    }
}

fn credentials(image: &str) -> Option<DockerCredentials> {
    let server = registry(image);
    let found = match docker_credential::get_credential(server) {
        Ok(found) => found,
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::ConfigReadError
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => return None,
        // Not the error's text: a helper's output may hold the secret.
        Err(_) => {
            console::note(&format!(
                "the docker configuration has credentials for {server} that cannot be read: pulling without"
            ));
            return None;
        }
    };
    let mut credentials = DockerCredentials { serveraddress: Some(server.to_owned()), ..Default::default() };
    match found {
        DockerCredential::IdentityToken(token) => credentials.identitytoken = Some(token),
        DockerCredential::UsernamePassword(user, password) => {
            credentials.username = Some(user);
            credentials.password = Some(password);
        }
    }
    Some(credentials)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_means_latest_only() {
        assert_eq!(tagged("postgres"), "postgres:latest");
        assert_eq!(tagged("postgres:15"), "postgres:15");
        assert_eq!(tagged("registry.example:5000/a/b"), "registry.example:5000/a/b:latest");
        assert_eq!(tagged("a@sha256:00"), "a@sha256:00");
    }

    #[test]
    fn the_registry_is_read_from_the_reference() {
        assert_eq!(registry("postgres:15"), HUB);
        assert_eq!(registry("team/app"), HUB);
        assert_eq!(registry("docker.io/library/postgres"), HUB);
        assert_eq!(registry("localhost/app"), "localhost");
        assert_eq!(registry("registry.example:5000/a/b"), "registry.example:5000");
        assert_eq!(registry("forge.example/a/b:1"), "forge.example");
    }
}
