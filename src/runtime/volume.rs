//! `--volume`: what a sibling may mount, given that the daemon reads every path on its own host.

use std::collections::HashMap;

use bollard::models::{MountPoint, VolumeCreateRequest};

use super::engine::{Engine, refused, status};
use super::job::Job;
use super::place::JobPlace;
use super::{Error, Result};

/// One `--volume SOURCE:TARGET[:OPTIONS]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    source: String,
    target: String,
    options: Option<String>,
}

impl Volume {
    /// Reads it as `docker run` does.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let mut fields = text.splitn(3, ':');
        let source = fields.next().unwrap_or_default();
        let target = fields.next().unwrap_or_default();
        let options = fields.next().map(str::to_owned);
        let named = super::name::is_name(source);
        if !target.starts_with('/') || !(source.starts_with('/') || named) {
            return Err(format!(
                "`{text}`: write NAME:/path or /absolute/source:/path; a container's own data needs no --volume"
            ));
        }
        Ok(Self { source: source.to_owned(), target: target.to_owned(), options })
    }

    /// The bind in Docker's form, with the source as the daemon's host knows it. A named volume
    /// that exists is shared and stays; one that does not is made for this job alone, under a name
    /// of its own, and removed with it.
    ///
    /// # Errors
    /// The daemon could not find the source, and would mount an empty directory in its stead.
    pub async fn bind(
        &self,
        engine: &Engine,
        job: &Job,
        place: &JobPlace,
        labels: &HashMap<String, String>,
    ) -> Result<String> {
        let source =
            if self.source.starts_with('/') { self.on_host(place)? } else { self.named(engine, job, labels).await? };
        Ok(match &self.options {
            Some(options) => format!("{source}:{}:{options}", self.target),
            None => format!("{source}:{}", self.target),
        })
    }

    fn on_host(&self, place: &JobPlace) -> Result<String> {
        match place {
            JobPlace::Host { .. } if std::path::Path::new(&self.source).exists() => Ok(self.source.clone()),
            JobPlace::Host { .. } => Err(Error::failed(
                format!("--volume {}: there is no such path", self.source),
                "the daemon would make an empty directory there, owned by root",
            )),
            JobPlace::Container(container) => translate(&self.source, &container.mounts).ok_or_else(|| {
                Error::failed(
                    format!("--volume {}: the daemon reads paths on its own host, where this one is not", self.source),
                    "bake the file into the image, or copy it in: docker cp FILE \"$BERTH_<NAME>_ID:/path\"",
                )
            }),
        }
    }

    async fn named(&self, engine: &Engine, job: &Job, labels: &HashMap<String, String>) -> Result<String> {
        match engine.docker.inspect_volume(&self.source).await {
            Ok(_) => return Ok(self.source.clone()),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => {
                return Err(refused(&format!("inspect volume {}", self.source), &error));
            }
        }
        let name = job.unique_name(&self.source);
        let request =
            VolumeCreateRequest { name: Some(name.clone()), labels: Some(labels.clone()), ..Default::default() };
        engine.docker.create_volume(request).await.map_err(|error| refused(&format!("make volume {name}"), &error))?;
        Ok(name)
    }
}

/// The host's path for a path inside the job container, when it lies in a directory of the host
/// (`bind_workdir`). A path in a named volume, the usual workspace, has none to offer.
fn translate(path: &str, mounts: &[MountPoint]) -> Option<String> {
    let (mount, rest) = mounts
        .iter()
        .filter_map(|mount| {
            let target = mount.destination.as_deref()?.trim_end_matches('/');
            let rest = path.strip_prefix(target)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((mount, rest))
        })
        .max_by_key(|(mount, _)| mount.destination.as_deref().map_or(0, str::len))?;
    if mount.typ.as_deref() != Some("bind") {
        return None;
    }
    let source = mount.source.as_deref()?.trim_end_matches('/');
    Some(format!("{source}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(Volume::parse("data:/var/lib/x").is_ok());
        assert!(Volume::parse("/a/b:/c:ro").is_ok());
        for wrong in ["", "/c", "data", "./a:/c", "data:c", ":/c", "-a:/c"] {
            assert!(Volume::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_hosts_own_directories_are_translated() {
        let mount = |typ: &str, source: &str, destination: &str| MountPoint {
            typ: Some(typ.to_owned()),
            source: Some(source.to_owned()),
            destination: Some(destination.to_owned()),
            ..Default::default()
        };
        let mounts = [
            mount("bind", "/srv/work/7", "/workspace"),
            mount("volume", "/var/lib/docker/volumes/x/_data", "/workspace/a/cache"),
        ];
        assert_eq!(translate("/workspace/a/conf", &mounts).as_deref(), Some("/srv/work/7/a/conf"));
        assert_eq!(translate("/workspace/a/cache/f", &mounts), None);
        assert_eq!(translate("/workspaces/a", &mounts), None);
        assert_eq!(translate("/etc/conf", &mounts), None);
    }
}
