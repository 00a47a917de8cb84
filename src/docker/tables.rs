//! Which options docker's commands take.
//!
//! From `docker COMMAND --help` of Docker 28.2, docker/compose and docker/buildx' docs/reference (August
//! 2026), containers/podman's docs/source/markdown (May 2026) and containerd/nerdctl's
//! docs/command-reference.md (August 2026); aliases that the help hides (`--net`, `--time`) are added.
//! For the form of a table see [`Grammar`].

use crate::command::options::Grammar;

const GLOBAL_DOCKER: &str =
    "config= c/context= D/debug H/host= l/log-level= tls tlscacert= tlscert= tlskey= tlsverify v/version help";
const GLOBAL_PODMAN: &str = "connection= cdi-spec-dir= cgroup-manager= conmon= events-backend= hooks-dir= identity= \
                             imagestore= module= network-cmd-path= network-config-dir= out= r/remote root= runroot= \
                             runtime-flag= runtime= ssh= storage-driver= storage-opt= syslog tmpdir= \
                             transient-store? url= volumepath=";
const GLOBAL_NERDCTL: &str = "a/address= n/namespace= snapshotter= cni-path= cni-netconfpath= data-root= \
                              cgroup-manager= insecure-registry hosts-dir= experimental host-gateway-ip= \
                              userns-remap= debug debug-full";

/// Options before docker's verb.
pub(super) const GLOBAL: Grammar = Grammar::first(&[GLOBAL_DOCKER, GLOBAL_PODMAN, GLOBAL_NERDCTL]);

const RUN_DOCKER: &str = "add-host= a/attach= blkio-weight= blkio-weight-device= cap-add= cap-drop= cgroup-parent= \
                          cgroupns= cidfile= cpu-count= cpu-percent= cpu-period= cpu-quota= cpu-rt-period= \
                          cpu-rt-runtime= c/cpu-shares= cpus= cpuset-cpus= cpuset-mems= d/detach detach-keys= \
                          device= device-cgroup-rule= device-read-bps= device-read-iops= device-write-bps= \
                          device-write-iops= disable-content-trust dns= dns-opt= dns-option= dns-search= domainname= \
                          entrypoint= e/env= env-file= expose= gpus= group-add= health-cmd= health-interval= \
                          health-retries= health-start-interval= health-start-period= health-timeout= help \
                          h/hostname= init i/interactive io-maxbandwidth= io-maxiops= ip= ip6= ipc= isolation= \
                          kernel-memory= l/label= label-file= link= link-local-ip= log-driver= log-opt= mac-address= \
                          m/memory= memory-reservation= memory-swap= memory-swappiness= mount= name= net= net-alias= \
                          network= network-alias= no-healthcheck oom-kill-disable oom-score-adj= pid= pids-limit= \
                          platform= privileged p/publish= P/publish-all pull= q/quiet read-only restart= rm runtime= \
                          security-opt= shm-size= sig-proxy stop-signal= stop-timeout= storage-opt= sysctl= tmpfs= \
                          t/tty ulimit= use-api-socket u/user= userns= uts= v/volume= volume-driver= volumes-from= \
                          w/workdir= annotation=";
const RUN_PODMAN: &str = "arch= authfile= cert-dir= cgroup-conf= cgroups= chrootdirs= conmon-pidfile= creds= \
                          decryption-key= env-host env-merge= gidmap= group-entry= health-log-destination= \
                          health-max-log-count= health-max-log-size= health-on-failure= health-startup-cmd= \
                          health-startup-interval= health-startup-retries= health-startup-success= \
                          health-startup-timeout= hosts-file= hostuser= http-proxy image-volume= init-ctr= \
                          init-path= no-hostname no-hosts os= passwd passwd-entry= permissive personality= pidfile= \
                          pod-id-file= pod= preserve-fd= preserve-fds= rdt-class= read-only-tmpfs replace requires= \
                          retry-delay= retry= rmi rootfs sdnotify= seccomp-policy= secret= shm-size-systemd= \
                          subgidname= subuidname= systemd= timeout= tls-verify tz= uidmap= umask= unsetenv-all \
                          unsetenv= variant=";
const RUN_NERDCTL: &str = "verify= cosign-key= cosign-certificate-identity= cosign-certificate-identity-regexp= \
                           cosign-certificate-oidc-issuer= cosign-certificate-oidc-issuer-regexp= ipfs-address= \
                           init-binary= snapshotter=";

/// `docker run`, `docker create`.
pub(super) const RUN: Grammar = Grammar::first(&[RUN_DOCKER, RUN_PODMAN, RUN_NERDCTL]);
/// `docker exec`.
pub(super) const EXEC: Grammar = Grammar::first(&[
    "d/detach detach-keys= e/env= env-file= i/interactive privileged t/tty u/user= w/workdir= cidfile= l/latest \
     no-session preserve-fd= preserve-fds=",
]);
/// `start`, `restart`, `stop`, `kill`, `wait`, `pause`, `unpause`.
pub(super) const CONTROL: Grammar = Grammar::any(&[
    "a/attach all detach-keys= i/interactive s/signal= t/timeout= time= cidfile= f/filter= ignore l/latest running \
     sig-proxy condition= exit-first-match interval=",
]);
/// `stop`, `kill`, `pause`: podman's `-a` is `--all` there.
pub(super) const STOP: Grammar =
    Grammar::any(&["a/all s/signal= t/timeout= time= cidfile= f/filter= i/ignore l/latest"]);
/// `docker rm`.
pub(super) const REMOVE: Grammar =
    Grammar::any(&["f/force l/link v/volumes a/all cidfile= depend filter= i/ignore latest t/time= pod-id-file="]);
/// `docker rmi`.
pub(super) const REMOVE_IMAGE: Grammar = Grammar::any(&["f/force no-prune a/all i/ignore platform= async"]);
/// `docker network rm`, `docker volume rm`.
pub(super) const REMOVE_OTHER: Grammar = Grammar::any(&["f/force t/time= a/all"]);
/// `docker update`.
pub(super) const UPDATE: Grammar = Grammar::any(&[
    "blkio-weight= cpu-period= cpu-quota= cpu-rt-period= cpu-rt-runtime= c/cpu-shares= cpus= cpuset-cpus= \
     cpuset-mems= m/memory= memory-reservation= memory-swap= pids-limit= restart= kernel-memory=",
]);
/// `docker ps`.
pub(super) const LIST: Grammar = Grammar::any(&[
    "a/all f/filter= format= n/last= l/latest no-trunc q/quiet s/size external namespace noheading ns p/pod sort= sync w/watch= digests tree cluster",
]);
/// `… prune`.
pub(super) const PRUNE: Grammar = Grammar::any(&[
    "a/all filter= f/force volumes keep-storage= max-used-space= min-free-space= reserved-space= builder= verbose \
     timeout= build build-cache external dry-run D/debug",
]);
/// `docker build`, `docker buildx build`, `podman build`, `buildah build`.
pub(super) const BUILD: Grammar = Grammar::any(&[
    "add-host= allow= annotation= attest= build-arg= build-context= builder= cache-from= cache-to= call= \
     cgroup-parent= check compress cpu-period= cpu-quota= c/cpu-shares= cpuset-cpus= cpuset-mems= D/debug \
     disable-content-trust f/file= force-rm help iidfile= isolation= label= load m/memory= memory-swap= \
     metadata-file= net= network= no-cache no-cache-filter= o/output= platform= policy= progress= provenance= pull? \
     push q/quiet resource= rm sbom= secret= security-opt= shm-size= squash ssh= stream t/tag= target= ulimit=",
    "all-platforms arch= authfile= build-arg-file= cache-ttl= cap-add= cap-drop= cert-dir= cgroupns= compat-volumes \
     cpp-flag= created-annotation creds= cw= decryption-key= device= dns-option= dns-search= dns= env= format= from= \
     group-add= hooks-dir= http-proxy identity-label ignorefile= iidfile-raw= inherit-annotations inherit-labels \
     ipc= jobs= layer-label= layers logfile= logsplit manifest= no-hostname no-hosts omit-history os-feature= \
     os-version= os= pid= retry-delay= retry= rewrite-timestamp runtime-flag= runtime= save-stages \
     sbom-image-output= sbom-merge-strategy= sbom-output= sign-by= skip-unused-stages source-date-epoch= squash-all \
     stdin timestamp= tls-verify unsetannotation= unsetenv= unsetlabel= userns= uts= v/volume= variant= \
     buildkit-host= ipfs",
]);
/// `docker buildx bake`.
pub(super) const BAKE: Grammar = Grammar::any(&[
    "allow= builder= call= check D/debug f/file= list= load metadata-file= no-cache policy= print progress= \
     provenance= pull? push sbom= set= var=",
]);
/// Options before buildx' verb.
pub(super) const BUILDX: Grammar = Grammar::first(&["builder= D/debug"]);
/// `docker buildx create`, `rm`, `use`, `stop`, `inspect`, …
pub(super) const BUILDER: Grammar = Grammar::any(&[
    "append bootstrap buildkitd-config= config= buildkitd-flags= flags= D/debug driver= driver-opt= leave name= \
     node= platform= timeout= use all-inactive f/force keep-daemon keep-state builder= default global",
]);
/// `tag`, `push`, `pull`, `save`, `load`, `import`, `commit`.
pub(super) const IMAGE: Grammar = Grammar::any(&[
    "a/all-tags disable-content-trust platform= q/quiet o/output= i/input= c/change= m/message= author= pause? \
     format= authfile= cert-dir= compress compression-format= creds= digestfile= encryption-key= policy= \
     remove-signatures retry= retry-delay= sign-by= tls-verify arch= os= variant= multi-image-archive uncompressed \
     unpack= sign= cosign-key= verify= all-platforms",
]);
/// `docker commit`, whose `-a` and `-p` are others than push's.
pub(super) const COMMIT: Grammar = Grammar::any(&[
    "a/author= c/change= m/message= p/pause? config= f/format= iidfile= include-volumes q/quiet s/squash",
]);
/// `docker inspect` and its kind.
pub(super) const INSPECT: Grammar = Grammar::any(&["f/format= s/size type= v/verbose l/latest"]);
/// `docker logs`.
pub(super) const LOGS: Grammar =
    Grammar::any(&["details f/follow since= n/tail= t/timestamps until= color l/latest names"]);
/// `docker cp`.
pub(super) const COPY: Grammar = Grammar::any(&["a/archive L/follow-link q/quiet overwrite"]);
/// `docker network create`, `docker volume create`.
pub(super) const MAKE: Grammar = Grammar::any(&[
    "attachable aux-address= config-from= config-only d/driver= gateway= ingress internal ip-range= ipam-driver= \
     ipam-opt= ipv4? ipv6? label= o/opt= scope= subnet= disable-dns dns= ignore interface-name= route= gid= uid= \
     availability= group= limit-bytes= required-bytes= secret= sharing= topology-preferred= topology-required= type= \
     name=",
]);
/// `podman pod create`.
pub(super) const POD: Grammar = Grammar::any(&[
    "add-host= cgroup-parent= cpus= device= dns= dns-option= dns-search= exit-policy= gidmap= gpus= h/hostname= \
     hosts-file= infra? infra-command= infra-image= infra-name= ip= ip6= l/label= label-file= mac-address= m/memory= \
     n/name= net= network= network-alias= no-hostname no-hosts p/publish= pid= pod-id-file= replace restart= \
     security-opt= share= share-parent shm-size= sysctl= uidmap= userns= uts= v/volume= volumes-from=",
]);
/// `docker network connect`, `disconnect`.
pub(super) const CONNECT: Grammar =
    Grammar::any(&["alias= driver-opt= gw-priority= ip= ip6= link= link-local-ip= mac-address= f/force"]);
/// Commands of which only the words matter here.
pub(super) const OTHER: Grammar = Grammar::any(&[
    "a/all f/filter= format= no-stream no-trunc q/quiet since= until= p/password= password-stdin u/username= \
     detach-keys= no-stdin sig-proxy description= docker= from= v/verbose",
]);

/// Options before compose's subcommand.
pub(super) const COMPOSE: Grammar = Grammar::first(&[
    "all-resources ansi= compatibility dry-run env-file= f/file= no-ansi parallel= profile= progress= \
     project-directory= p/project-name= verbose v/version workdir= help",
    // docker-compose v1
    "H/host= c/context= D/debug log-level= tls tlscacert= tlscert= tlskey= tlsverify skip-hostname-check",
    // podman-compose
    "in-pod= pod-args= podman-path= podman-args= podman-pull-args= podman-push-args= podman-build-args= \
     podman-run-args= podman-start-args= podman-stop-args= podman-rm-args= no-normalize",
]);
/// `compose up`, `compose create`.
pub(super) const COMPOSE_UP: Grammar = Grammar::any(&[
    "abort-on-container-exit abort-on-container-failure always-recreate-deps attach= attach-dependencies build \
     d/detach exit-code-from= force-recreate menu? no-attach= no-build no-color no-deps no-log-prefix no-recreate \
     no-start pull= quiet-build quiet-pull remove-orphans V/renew-anon-volumes scale= t/timeout= timestamps wait \
     wait-timeout= w/watch y/yes no-cache build-arg= podman-args= quiet",
]);
/// `compose run`.
pub(super) const COMPOSE_RUN: Grammar = Grammar::first(&[
    "build cap-add= cap-drop= d/detach entrypoint= e/env= env-from-file= i/interactive l/label= name= no-deps \
     T/no-tty no-TTY p/publish= pull= q/quiet quiet-build quiet-pull remove-orphans rm P/service-ports t/tty \
     use-aliases u/user= v/volume= w/workdir=",
]);
/// `compose exec`.
pub(super) const COMPOSE_EXEC: Grammar =
    Grammar::first(&["d/detach e/env= index= i/interactive T/no-tty no-TTY privileged t/tty u/user= w/workdir="]);
/// `compose down`, `rm`, `stop`, `kill`, `start`, `restart`, `pause`.
pub(super) const COMPOSE_DOWN: Grammar = Grammar::any(&[
    "remove-orphans rmi= t/timeout= v/volumes f/force s/stop a/all signal= no-deps wait wait-timeout= yes",
]);
/// `compose kill`: its `-s` is the signal.
pub(super) const COMPOSE_KILL: Grammar = Grammar::any(&["remove-orphans s/signal="]);
/// `compose build`.
pub(super) const COMPOSE_BUILD: Grammar = Grammar::any(&[
    "build-arg= builder= check compress force-rm m/memory= no-cache no-rm parallel print progress= provenance= pull \
     push q/quiet sbom= ssh= with-dependencies",
]);
/// `compose ps`, `logs`, `config`, `pull`, `push`, `cp`, `port`, …
pub(super) const COMPOSE_OTHER: Grammar = Grammar::any(&[
    "a/all filter= format= no-trunc orphans? q/quiet services status= f/follow index= no-color no-log-prefix since= \
     n/tail= t/timestamps until= environment hash= images lock-image-digests models networks no-consistency \
     no-env-resolution no-interpolate no-normalize no-path-resolution o/output= profiles resolve-image-digests \
     variables volumes ignore-buildable ignore-pull-failures include-deps no-parallel parallel policy= \
     ignore-push-failures archive L/follow-link protocol= no-stream down-project json short no-up prune",
]);
