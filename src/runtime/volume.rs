//! `--volume`: what a sibling may mount, given that the daemon reads every path on its own host.

use std::collections::HashMap;

use bollard::models::{Mount, MountPoint, MountType, MountVolumeOptions};

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

    /// What the request for the container says of it. A named volume that exists is shared and stays; one that does not
    /// is made for this job alone, under a name of its own, and removed with it.
    ///
    /// # Errors
    /// The daemon could not find the source, and would mount an empty directory in its stead; or an option is unknown.
    pub async fn attach(
        &self,
        engine: &Engine,
        job: &Job,
        place: &JobPlace,
        labels: &HashMap<String, String>,
    ) -> Result<Attachment> {
        let source = if self.source.starts_with('/') {
            self.on_host(place)?
        } else if self.is_shared(engine).await? {
            self.source.clone()
        } else {
            return self.of_own(job.unique_name(&self.source), labels).map(|mount| Attachment::Mount(Box::new(mount)));
        };
        Ok(Attachment::Bind(match &self.options {
            Some(options) => format!("{source}:{}:{options}", self.target),
            None => format!("{source}:{}", self.target),
        }))
    }

    /// A volume that the daemon makes with the container, labels and all, in one request: made before it, the volume
    /// could be removed by an interrupted `up` and then be made again, without labels, by a request that is still under
    /// way.
    fn of_own(&self, name: String, labels: &HashMap<String, String>) -> Result<Mount> {
        let mut mount = Mount {
            typ: Some(MountType::VOLUME),
            source: Some(name),
            target: Some(self.target.clone()),
            ..Default::default()
        };
        let mut volume = MountVolumeOptions { labels: Some(labels.clone()), ..Default::default() };
        for option in self.options.iter().flat_map(|options| options.split(',')) {
            match option {
                "rw" => {}
                "ro" => mount.read_only = Some(true),
                "nocopy" => volume.no_copy = Some(true),
                _ => {
                    return Err(Error::usage(
                        format!("--volume {}: a volume of the job's own has no option `{option}`", self.source),
                        "it takes ro, rw and nocopy",
                    ));
                }
            }
        }
        mount.volume_options = Some(volume);
        Ok(mount)
    }

    fn on_host(&self, place: &JobPlace) -> Result<String> {
        match place {
            JobPlace::Host { .. } if std::path::Path::new(&self.source).exists() => Ok(self.source.clone()),
            JobPlace::Host { .. } => Err(Error::failed(
                format!("--volume {}: there is no such path", self.source),
                "make it first, or check out before this step: the daemon would make an empty directory there, owned by root",
            )),
            JobPlace::Container(container) => translate(&self.source, &container.mounts).ok_or_else(|| {
                Error::failed(
                    format!("--volume {}: the daemon reads paths on its own host, where this one is not", self.source),
                    "bake the file into the image, or copy it in: docker cp FILE \"$BERTH_<NAME>_ID:/path\"",
                )
            }),
        }
    }

    /// Whether the daemon has a volume of exactly this name.
    async fn is_shared(&self, engine: &Engine) -> Result<bool> {
        match engine.docker.inspect_volume(&self.source).await {
            Ok(_) => Ok(true),
            Err(error) if status(&error) == Some(404) => Ok(false),
            Err(error) => Err(refused(&format!("inspect volume {}", self.source), &error)),
        }
    }
}

/// How a volume stands in the request for a container.
#[derive(Debug, Clone, PartialEq)]
pub enum Attachment {
    /// `SOURCE:TARGET[:OPTIONS]`.
    Bind(String),
    /// With labels for what the daemon makes.
    Mount(Box<Mount>),
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
    fn a_volume_of_its_own_carries_the_labels_from_its_first_moment() {
        let labels = HashMap::from([("berth.token".to_owned(), "a1".to_owned())]);
        let volume = Volume::parse("data:/d:ro,nocopy").expect("fine");
        let mount = volume.of_own("berth-data-a1".to_owned(), &labels).expect("fine");
        assert_eq!((mount.source.as_deref(), mount.read_only), (Some("berth-data-a1"), Some(true)));
        let made = mount.volume_options.expect("some");
        assert_eq!((made.labels, made.no_copy), (Some(labels.clone()), Some(true)));
        let wrong = Volume::parse("data:/d:rw,Q").expect("a form");
        assert_eq!(wrong.of_own("x".to_owned(), &labels).expect_err("refused").exit_code(), 2);
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
