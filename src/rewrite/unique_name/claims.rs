//! What something takes of the machine besides its name. Where that stays the same in every run, a name of its own
//! only hides the collision: the next run can remove the holder by its name no more.

use super::super::doubt::taken::{self, is_same_port};
use super::super::{Place, Withheld};
use super::reference::kind;
use super::{Name, left, preclean};
use crate::docker::images::{Image, well_known};
use crate::docker::{DockerCall, Mount, MountKind, NetworkChoice, Run, Verb};
use crate::lifecycle::resource::ResourceKind;
use crate::stack::{Claim, Claimed, is_of_the_host};
use crate::symbol::{Dimensions, Value};
use crate::trace::ActKind;
use crate::truth::Truth;

/// Devices that any number of containers may have at once.
const SHARED_DEVICES: &[&str] = &[
    "/dev/kvm",
    "/dev/fuse",
    "/dev/net/tun",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/shm",
    "/dev/infiniband",
    "/dev/sgx",
    "/dev/isgx",
];
/// Devices that several may have at once, as long as there is memory for all.
const ACCELERATORS: &[&str] = &["/dev/kfd", "/dev/dri", "/dev/nvidia", "/dev/accel"];

/// What is to be thought of the host's ports, and of the fixed names in a compose file, which go with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// They stay.
    Fixed,
    /// Docker chooses them, by a fix that comes before.
    Free,
}

/// What frees a port of the host, or a name in a compose file.
const FREE_PORTS: &[&str] = &["random-port", "compose-port", "service-address"];
/// What gives a network or a volume a name of the run's own.
const FREE_NAMES: &[&str] = &["static-resource-name"];

/// Something that is the same in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// In words.
    pub what: String,
    /// The rules and rewrites that give every run its own; none where only people can.
    pub freed_by: &'static [&'static str],
}

/// What else is taken, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The same in every run, for certain.
    pub fixed: Vec<Fixed>,
    /// Perhaps the same in every run, or perhaps for one alone.
    pub unclear: Vec<String>,
    /// Of these nobody knows whether two may use them; who holds one keeps no later run from starting.
    pub shared: Vec<String>,
    /// Another in each run, and the same in all legs of the job's matrix.
    legs: Vec<String>,
}

impl Claims {
    /// Those of all that the job makes under a name.
    pub fn of(place: &Place<'_>, name: &Name, ports: Ports) -> Self {
        let mut claims = Self::default();
        let Some(kind) = kind(name.kind) else { return claims };
        let alike = left::alike(place, name, kind).into_iter();
        for act in alike.flat_map(|resource| &resource.acts) {
            if kind == ResourceKind::Project {
                claims.of_stack(place, *act, ports);
                continue;
            }
            let Some(act) = place.job.trace.acts.get(*act) else { continue };
            let ActKind::Docker(call) = &act.kind else { continue };
            match &call.verb {
                Verb::Run(run) | Verb::Create(run) => claims.of_container(call, run, ports),
                Verb::Make(_) => claims.of_network(call),
                _ => {}
            }
        }
        claims
    }

    /// Refuses a name of each run's own where its holder also takes what stays the same. Gives back what two runs may
    /// not be able to have at the same time, in words.
    ///
    /// # Errors
    /// When every run takes it, or may take it, and only what clears the way by the old name frees it after a kill.
    pub fn allow(self, place: &Place<'_>, name: &Name) -> Result<Vec<String>, Withheld> {
        if let Some(claim) = self.first_fixed() {
            return Err(same_in_every_run(claim));
        }
        if let Some(what) = self.legs.first() {
            return Err(Withheld::because(format!(
                "every leg of the matrix also takes {what}: put the matrix values into that as well"
            )));
        }
        // A name that has the run in it already is no later run's: nothing by it frees what this one leaves.
        let is_static = name.value.unique().is_static().may_be();
        if let Some(claim) = self.unclear.first().filter(|_| is_static && preclean::is_there(place, name)) {
            return Err(Withheld::because(format!(
                "every run may also take {claim}: after a killed run only the removal by this name frees it"
            )));
        }
        let all = self.unclear.into_iter().chain(self.shared);
        Ok(all.map(|claim| format!("two runs may not be able to use {claim} at the same time")).collect())
    }

    /// What speaks against a name of its own first: what no fix gives every run its own of.
    fn first_fixed(&self) -> Option<&Fixed> {
        self.fixed.iter().find(|fixed| fixed.freed_by.is_empty()).or_else(|| self.fixed.first())
    }

    fn add(&mut self, is_fixed: Truth, freed_by: &'static [&'static str], what: impl FnOnce() -> String) {
        match is_fixed {
            Truth::Yes => {
                let what = what();
                if !self.fixed.iter().any(|known| known.what == what) {
                    self.fixed.push(Fixed { what, freed_by });
                }
            }
            Truth::Unknown => {
                let what = what();
                if !self.unclear.contains(&what) {
                    self.unclear.push(what);
                }
            }
            Truth::No => {}
        }
    }

    fn of_container(&mut self, call: &DockerCall, run: &Run, ports: Ports) {
        for (arg, publish) in run.ports().filter(|_| ports == Ports::Fixed) {
            self.add(is_same_port(&publish), FREE_PORTS, || format!("the host's port in `-p {}`", arg.value));
        }
        let image = run.image.as_ref().and_then(|image| well_known(&image.value));
        // What ends with its command holds nothing that a killed run would leave for long.
        let stays = run.detach.or((matches!(call.verb, Verb::Create(_))).into());
        if run.network() == NetworkChoice::Host {
            let serves = taken::listens(run.image.as_ref().map(|image| &image.value));
            self.add(serves.and(stays), FREE_PORTS, || "a port on the host's network".to_owned());
        }
        for given in &call.options.given {
            let Some(value) = &given.value else { continue };
            match given.name {
                "ip" | "ip6" => {
                    self.add(value.value.unique().is_static(), &[], || format!("the address `{}`", value.value));
                }
                "device" => {
                    let path = value.value.split(':').into_iter().next().unwrap_or_default();
                    let is_of = |all: &[&str]| all.iter().any(|one| path.prefix().starts_with(one));
                    let what = || format!("the device `{path}`");
                    match path.unique().is_static() {
                        _ if is_of(SHARED_DEVICES) => {}
                        // What a killed run leaves keeps its memory.
                        fixed if is_of(ACCELERATORS) => self.add(fixed.and(Truth::Unknown), &[], what),
                        fixed => self.add(fixed, &[], what),
                    }
                }
                // What a killed run leaves keeps their memory.
                "gpus" => self.add(value.value.unique().is_static().and(Truth::Unknown), &[], || {
                    format!("the GPUs of `--gpus {}`", value.value)
                }),
                "runtime" if value.value.prefix().starts_with("nvidia") => {
                    self.add(Truth::Unknown, &[], || format!("the GPUs of `--runtime {}`", value.value));
                }
                _ => {}
            }
        }
        let is_path = |mount: &&Mount| matches!(mount.kind, MountKind::Bind | MountKind::Unknown) && !mount.read_only;
        for mount in run.mounts.iter().filter(is_path) {
            let (Some(path), Some((image, certain))) = (&mount.source, image) else { continue };
            let is_data = mount.target.as_literal().is_some_and(|target| holds_data(image, target));
            let is_same = path.unique().is_static().and(is_of_the_host(&path.to_string()));
            self.add(certain.and(is_data.into()).and(is_same).and(stays), &[], || format!("the directory `{path}`"));
        }
        let of_image = image.and_then(|(image, certain)| Some((image.volumes?, certain)));
        for mount in run.mounts.iter().filter(|mount| mount.kind == MountKind::Named && !mount.read_only) {
            let Some(volume) = &mount.source else { continue };
            let is_data = match (of_image, mount.target.as_literal()) {
                (Some((paths, certain)), Some(target)) => certain.and(is_beside(paths, target).into()),
                _ => Truth::Unknown,
            };
            let fixed = volume.unique().is_static().and(is_data).and(stays);
            match fixed {
                Truth::Unknown => self.shared.push(format!("the volume `{volume}`")),
                known => self.add(known, FREE_NAMES, || format!("the volume `{volume}`")),
            }
        }
    }

    fn of_network(&mut self, call: &DockerCall) {
        for given in &call.options.given {
            let Some(value) = &given.value else { continue };
            let is_taken = match given.name {
                "subnet" | "gateway" | "ip-range" => Truth::Yes,
                "opt" => value.value.prefix().starts_with("com.docker.network.bridge.name=").into(),
                _ => Truth::No,
            };
            self.add(is_taken.and(value.value.unique().is_static()), &[], || {
                format!("`--{} {}`", given.name, value.value)
            });
        }
    }

    fn of_stack(&mut self, place: &Place<'_>, act: usize, ports: Ports) {
        let Some(stack) = place.job.stacks.get(&act) else { return };
        let in_matrix = place.job.job.matrix().is_some();
        let mut add_of_legs = |name: &Value, what: &dyn Fn() -> String| {
            let unique = name.unique();
            if in_matrix && unique.is_static().is_no() && unique.differs_in(Dimensions::LEG).is_no() {
                self.legs.push(what());
            }
        };
        for claim in stack.claims.iter().filter(|claim| !claim.started.is_no()) {
            if let Claimed::Name(name) = &claim.what {
                let told = || format!("{} (service `{}`, {})", taken::told(claim), claim.service, claim.at.path);
                add_of_legs(name, &told);
            }
        }
        let named = [("network", &stack.networks), ("volume", &stack.volumes)];
        for (kind, name) in named.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, name))) {
            add_of_legs(name, &|| format!("the {kind} `{name}` with a name of its own"));
        }
        let stays = |claim: &&Claim| ports == Ports::Fixed || matches!(claim.what, Claimed::HostNetwork(..));
        for claim in stack.claims.iter().filter(stays) {
            let fixed = taken::is_taken(claim);
            let what = match &claim.what {
                Claimed::HostNetwork(..) => "a port on the host's network".to_owned(),
                _ => taken::told(claim),
            };
            // A service that may not be started may take nothing.
            let fixed = if fixed.is_yes() { claim.started } else { fixed };
            self.add(fixed, FREE_PORTS, || format!("{what} (service `{}`, {})", claim.service, claim.at.path));
        }
        for bind in &stack.binds {
            let service = stack.services.iter().find(|service| service.id == bind.service);
            let image = service.and_then(|service| well_known(service.image.as_ref()?));
            let (Some((image, certain)), Some(target)) = (image, &bind.target) else { continue };
            self.add(certain.and(holds_data(image, target).into()).and(bind.is_of_the_host()), &[], || {
                format!("the directory `{}` (service `{}`, {})", bind.path, bind.service, bind.at.path)
            });
        }
        let images = || stack.services.iter().filter_map(|service| well_known(service.image.as_ref()?));
        for volume in &stack.project_volumes {
            let Some(path) = &volume.device else { continue };
            let holds = |image: &Image| volume.targets.iter().any(|target| holds_data(image, target));
            let Some((_, certain)) = images().find(|(image, _)| holds(image)) else { continue };
            self.add(certain.and(is_of_the_host(path)), &[], || {
                format!("the directory `{path}` (volume `{}`)", volume.key)
            });
        }
        for network in &stack.networks {
            self.add(network.unique().is_static(), FREE_NAMES, || {
                format!("the network `{network}` with a name of its own")
            });
        }
        for subnet in &stack.subnets {
            self.add(subnet.unique().is_static(), &[], || format!("the addresses `{subnet}` for a network of its own"));
        }
        for volume in &stack.volumes {
            self.add(volume.unique().is_static(), FREE_NAMES, || {
                format!("the volume `{volume}` with a name of its own")
            });
        }
    }
}

/// Why a name stays whose holder takes something else, too.
fn same_in_every_run(claim: &Fixed) -> Withheld {
    let what = &claim.what;
    let why = format!(
        "every run also takes {what}. After a kill, what the run has made keeps it. If each run had a name of its own, no \
         later run would remove that: first let this be another one in each run"
    );
    Withheld::until(claim.freed_by, why)
}

/// Whether an image keeps its data at a path: two servers on one such directory destroy it.
fn holds_data(image: &Image, target: &str) -> bool {
    // Bitnami's images have all their data below one folder.
    let of_bitnami = |repository: &&str| repository.starts_with("bitnami");
    let is_bitnami = image.repositories.iter().any(of_bitnami) && is_beside(&["/bitnami"], target);
    image.server && (is_bitnami || image.volumes.is_some_and(|paths| is_beside(paths, target)))
}

/// Whether a path is one of these, above or below one.
fn is_beside(paths: &[&str], target: &str) -> bool {
    let is_below =
        |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let target = target.trim_end_matches('/');
    paths.iter().any(|path| is_below(target, path) || is_below(path, target))
}
