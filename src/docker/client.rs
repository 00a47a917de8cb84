//! The programs that take docker's arguments.

/// Which client is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// `docker`, its plugins included.
    Docker,
    /// `podman`, `podman-compose`.
    Podman,
    /// `nerdctl`.
    Nerdctl,
    /// `buildah`.
    Buildah,
    /// `docker-compose`.
    DockerCompose,
}

impl Client {
    /// Whether it speaks to Docker's daemon. What podman and buildah make are files of the user who calls them, in a
    /// job's container the container's own; nerdctl speaks to containerd.
    pub fn asks_docker(self) -> bool {
        matches!(self, Self::Docker | Self::DockerCompose)
    }
}
