//! Compose: its verbs on a declared project, as compose 2 plays them on the daemon.

use std::collections::BTreeSet;

use super::answer::{Refusal, Reply, What};
use super::caller::Caller;
use super::daemon::Machine;
use super::declared::{Condition, Declared, DeclaredResource, DeclaredService, folder_name};
use super::maker::Maker;
use super::programs;
use super::spec::{Attachment, Mode, MountWish, PortWish, Spec, pair, text, texts};
use super::state::{CONFIG, Container, NETWORK, NUMBER, ONE_OFF, PROJECT, SERVICE, State, label};
use crate::command::Arg;
use crate::command::options::Options;
use crate::docker::{Action, Compose, ComposeRun, ComposeVerb, Up};

/// Compose's status when an image cannot be had.
const PULL_FAILED: u8 = 18;

/// A call: the project's name, its files, and who calls.
struct Call<'a> {
    project: String,
    declared: Option<&'a Declared>,
    profiles: Vec<String>,
    maker: Maker,
}

/// Which of a project's containers.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    /// Those of its services.
    Services,
    /// Those of `run` as well.
    All,
}

impl Machine {
    /// Plays a call of compose. Without its files only what the daemon's labels tell is known.
    pub(super) fn compose(&mut self, compose: &Compose, options: &Options, caller: &Caller<'_>) -> Reply {
        let declared = caller.declared;
        let project = project_name(compose, caller);
        let is_valid = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
        };
        // A folder's name is made one; a name that somebody says is taken as it is.
        let is_said = said(compose).is_some() || caller.env.get("COMPOSE_PROJECT_NAME").is_some();
        if is_said && !is_valid(&project) {
            let message = format!(
                "invalid project name \"{project}\": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number"
            );
            return Refusal::client(1, message).into();
        }
        let mut profiles: Vec<String> = texts(&compose.profiles);
        profiles.extend(declared.into_iter().flat_map(|declared| declared.profiles.iter().cloned()));
        let call = Call { project, declared, profiles, maker: caller.maker };
        if let Some(unknown) = declared.and_then(|declared| unknown_service(compose, declared)) {
            return Refusal::client(1, format!("no such service: {unknown}")).into();
        }
        let done = match &compose.verb {
            ComposeVerb::Up(up) => self.up(&call, up, true),
            ComposeVerb::Create(up) => self.up(&call, up, false),
            ComposeVerb::Run(run) => self.run_once(&call, run),
            ComposeVerb::Control { action, services } => self.control_services(&call, *action, &texts(services)),
            ComposeVerb::Down { services, volumes, remove_orphans, rmi } => {
                let rmi = rmi.as_ref().map(text);
                let (volumes, orphans) = (volumes.is_yes(), remove_orphans.is_yes());
                self.down(&call, &texts(services), volumes, orphans, rmi.as_deref())
            }
            ComposeVerb::Remove { services, force, stop, volumes } => {
                self.remove_services(&call, &texts(services), force.is_yes(), stop.is_yes(), volumes.is_yes())
            }
            ComposeVerb::Exec { service, detach, argv } => {
                let index = options.value("index").map(|index| text(&index));
                let service = service.as_ref().map(text).unwrap_or_default();
                self.exec_service(&call, &service, index.as_deref(), detach.is_yes(), &texts(argv))
            }
            ComposeVerb::Build { services, .. } => self.build_services(&call, &texts(services)),
            ComposeVerb::Pull { services } => self.pull_services(&call, &texts(services)),
            ComposeVerb::Ps { quiet, all, services } => {
                Ok(self.ps(&call, quiet.is_yes(), all.is_yes(), &texts(services)))
            }
            ComposeVerb::Port { service, port } => {
                self.service_port(&call, &text(service), &port.as_ref().map(text).unwrap_or_default())
            }
            ComposeVerb::Logs { follow, services } => {
                let found = self.of_project(&call.project, Which::Services, &texts(services));
                let up = found.iter().any(|one| one.state.is_up());
                Ok(Reply { blocks: follow.is_yes() && up, program_speaks: true, ..Reply::default() })
            }
            ComposeVerb::Push { .. } | ComposeVerb::Config | ComposeVerb::Copy { .. } | ComposeVerb::Other(_) => {
                Ok(Reply { program_speaks: true, ..Reply::default() })
            }
        };
        done.unwrap_or_else(Reply::from)
    }

    /// The containers of a project, oldest first.
    fn of_project(&self, project: &str, which: Which, services: &[String]) -> Vec<Container> {
        let is_it = |container: &Container| {
            let labels = &container.spec.labels;
            label(labels, PROJECT) == Some(project)
                && (which == Which::All || label(labels, ONE_OFF) != Some("True"))
                && (services.is_empty() || services.iter().any(|id| label(labels, SERVICE) == Some(id)))
        };
        self.containers.iter().filter(|one| is_it(one)).map(|one| (**one).clone()).collect()
    }

    /// `up`, and `create` when nothing is started.
    fn up(&mut self, call: &Call<'_>, up: &Up, starts: bool) -> Result<Reply, Refusal> {
        let Some(declared) = call.declared else { return Ok(Reply::default()) };
        let asked = texts(&up.services);
        // Services that are named alone are declared otherwise; without a name the switch says nothing.
        let no_deps = up.no_deps.is_yes() && !asked.is_empty();
        let needed = chosen(declared, &asked, &call.profiles, false);
        let alone: Declared;
        let declared = if no_deps {
            alone = declared.depending_on(&asked);
            &alone
        } else {
            declared
        };
        let chosen = chosen(declared, &asked, &call.profiles, no_deps);
        let mut reply = Reply::default();
        self.orphans(call, up.remove_orphans.is_yes(), &mut reply);
        self.have_images(call, &chosen, up.build.is_yes())?;
        // Networks and volumes are those of all that is depended on, started or not.
        self.have_resources(call, declared, &needed, &mut reply)?;
        let mut failed: Option<Refusal> = None;
        let mut missing: BTreeSet<&str> = BTreeSet::new();
        let mut again: BTreeSet<&str> = BTreeSet::new();
        for service in &chosen {
            // What depends on one that could not be made is not made either.
            if service.depends_on.iter().any(|(id, _)| missing.contains(id.as_str())) {
                missing.insert(&service.id);
                continue;
            }
            let named =
                |scale: &String| Some((scale.split_once('=')?.0.to_owned(), scale.split_once('=')?.1.parse().ok()?));
            let told = texts(&up.scale).iter().filter_map(named).find(|(id, _): &(String, usize)| *id == service.id);
            let count = told.map_or(service.replicas, |(_, count)| count);
            // What depends on one that is made again is made again, too.
            let mut forced = up.force_recreate.is_yes() && (asked.is_empty() || asked.contains(&service.id));
            forced |= service.depends_on.iter().any(|(id, _)| again.contains(id.as_str()));
            match self.have_containers(call, declared, service, count, forced) {
                Ok(true) => {
                    again.insert(&service.id);
                }
                Ok(false) => {}
                Err(refusal) => {
                    failed.get_or_insert(refusal);
                    missing.insert(&service.id);
                }
            }
        }
        if let Some(refusal) = failed {
            return Err(Refusal { status: 1, ..refusal });
        }
        if !starts || up.no_start.is_yes() {
            return Ok(reply);
        }
        if let Err(refusal) = self.start_services(call, &chosen) {
            reply.fail(&refusal);
            return Ok(reply);
        }
        let found = self.of_project(&call.project, Which::Services, &ids(&chosen));
        if up.wait.is_yes() {
            if let Some(ended) = found.iter().find(|one| !one.state.is_up()) {
                reply.fail(&Refusal::client(1, format!("container {} exited ({})", ended.name, ended.exit)));
            }
        } else if !up.detach.is_yes() {
            self.attached(up, &found, &mut reply);
        }
        Ok(reply)
    }

    /// `up` without `-d`: until all have ended, or one.
    fn attached(&mut self, up: &Up, found: &[Container], reply: &mut Reply) {
        reply.program_speaks = true;
        let ended = |one: &&Container| !one.state.is_up();
        if up.abort_on_exit.is_yes() && found.iter().any(|one| ended(&one)) {
            found.iter().for_each(|one| self.stop(&one.id));
            let told = up.exit_code_from.as_ref().map(text);
            let first = found.iter().find(|one| match &told {
                Some(id) => label(&one.spec.labels, SERVICE) == Some(id),
                None => ended(one),
            });
            reply.status = first.and_then(|one| self.at(&one.id)).map_or(0, |one| one.exit);
        } else {
            reply.blocks = found.iter().any(|one| !ended(&one));
        }
    }

    /// The project's containers of services that the files do not have.
    fn orphans(&mut self, call: &Call<'_>, remove: bool, reply: &mut Reply) {
        let mut orphans = self.of_project(&call.project, Which::All, &[]);
        orphans.retain(|one| is_orphan(call, one));
        if remove {
            for orphan in orphans {
                self.stop(&orphan.id);
                let _ = self.remove(&orphan.id, true, false);
            }
        } else if !orphans.is_empty() {
            let names: Vec<String> = orphans.into_iter().map(|one| one.name).collect();
            reply.warn(&format!("Found orphan containers ([{}]) for this project.", names.join(" ")));
        }
    }

    /// Images are built or pulled.
    fn have_images(&mut self, call: &Call<'_>, chosen: &[&DeclaredService], build: bool) -> Result<(), Refusal> {
        for service in chosen {
            let image = image_of(call, service);
            if service.builds && (build || !self.has_image(&image)) {
                self.build_as(&image, build_labels(call, service), call.maker);
            } else {
                let there = self.have_image(&image, "", call.maker);
                there.map_err(|refusal| Refusal { status: PULL_FAILED, ..refusal })?;
            }
        }
        Ok(())
    }

    /// Networks and volumes of the chosen services are made; those of others must be there.
    fn have_resources(
        &mut self,
        call: &Call<'_>,
        declared: &Declared,
        chosen: &[&DeclaredService],
        reply: &mut Reply,
    ) -> Result<(), Refusal> {
        let mut networks: BTreeSet<String> = BTreeSet::new();
        let mut volumes: BTreeSet<String> = BTreeSet::new();
        for service in chosen {
            networks.extend(keys_of(service));
            let named = service.mounts.iter().filter(|mount| mount.is_volume);
            volumes.extend(named.filter_map(|mount| mount.source.clone()));
        }
        for key in networks {
            let (name, resource) = resource(call, &declared.networks, &key);
            let known = self.networks.iter().find(|network| network.name == name);
            let own = known.is_some_and(|network| label(&network.labels, PROJECT) == Some(&call.project));
            match (known.is_some(), resource.is_some_and(|resource| resource.external)) {
                (false, true) => {
                    let message = format!("network {name} declared as external, but could not be found");
                    return Err(Refusal::client(1, message));
                }
                (false, false) => {
                    let mut labels = resource.map(|resource| resource.labels.clone()).unwrap_or_default();
                    labels.push((PROJECT.to_owned(), call.project.clone()));
                    labels.push((NETWORK.to_owned(), key.clone()));
                    let made = self.add_network(&name, None, labels, call.maker);
                    made.map_err(|refusal| {
                        Refusal::client(1, format!("failed to create network {name}: {}", refusal.message))
                    })?;
                }
                (true, false) if known.and_then(|known| label(&known.labels, NETWORK)) != Some(&key) => {
                    let message = format!("network {name} was found but has incorrect label {NETWORK}");
                    return Err(Refusal::client(1, message));
                }
                (true, false) if !own => {
                    let project = &call.project;
                    reply.warn(&format!(
                        "a network with name {name} exists but was not created for project \"{project}\""
                    ));
                }
                (true, _) => {}
            }
        }
        for key in volumes {
            let (name, resource) = resource(call, &declared.volumes, &key);
            let external = resource.is_some_and(|resource| resource.external);
            if self.volume(&name).is_some() {
                continue;
            }
            if external {
                return Err(Refusal::client(1, format!("external volume \"{name}\" not found")));
            }
            let mut labels = resource.map(|resource| resource.labels.clone()).unwrap_or_default();
            labels.push((PROJECT.to_owned(), call.project.clone()));
            labels.push(("com.docker.compose.volume".to_owned(), key.clone()));
            self.make_volume(Some(&name), labels, call.maker, "")?;
        }
        Ok(())
    }

    /// Makes the containers of a service that are missing, and again those that are not as declared: whether there
    /// were any of these.
    fn have_containers(
        &mut self,
        call: &Call<'_>,
        declared: &Declared,
        service: &DeclaredService,
        count: usize,
        forced: bool,
    ) -> Result<bool, Refusal> {
        if count > 1 && service.container_name.is_some() {
            let message = format!("service \"{}\": docker does not allow multiple containers of one name", service.id);
            return Err(Refusal::client(1, message));
        }
        let found = self.of_project(&call.project, Which::Services, std::slice::from_ref(&service.id));
        let image = image_of(call, service);
        let wanted = self.image(&image).map(|image| image.id.clone());
        // What is too many goes first, whatever becomes of the others.
        for one in found.iter().skip(count) {
            self.stop(&one.id);
            let _ = self.remove(&one.id, true, false);
        }
        let (mut taken, mut recreated) = (BTreeSet::new(), false);
        for one in found.iter().take(count) {
            let number = label(&one.spec.labels, NUMBER).and_then(|number| number.parse::<usize>().ok()).unwrap_or(1);
            taken.insert(number);
            let hash = label(&one.spec.labels, CONFIG).unwrap_or_default();
            let changed = hash != config(service) || Some(&one.image_id) != wanted.as_ref();
            if changed || forced {
                recreated = true;
                // The new one is made beside the old one, and gets its name when that is gone.
                let name = container_name(call, service, number);
                let beside = format!("{}_{name}", &one.id[..12]);
                self.make_container(call, declared, service, number, &beside)?;
                self.stop(&one.id);
                let _ = self.remove(&one.id, true, false);
                self.rename(&beside, &name)?;
            } else if one.maker.run != call.maker.run {
                self.did(What::TakenOver, one.object());
            }
        }
        let numbers = (1..).filter(|number| !taken.contains(number)).take(count.saturating_sub(found.len()));
        for number in numbers.collect::<Vec<_>>() {
            self.make_container(call, declared, service, number, &container_name(call, service, number))?;
        }
        Ok(recreated)
    }

    fn make_container(
        &mut self,
        call: &Call<'_>,
        declared: &Declared,
        service: &DeclaredService,
        number: usize,
        name: &str,
    ) -> Result<String, Refusal> {
        let mut spec = self.spec(call, declared, service)?;
        spec.name = Some(name.to_owned());
        spec.labels.push((NUMBER.to_owned(), number.to_string()));
        spec.labels.push((ONE_OFF.to_owned(), "False".to_owned()));
        self.create(spec, call.maker)
    }

    /// The container of a service, without its name.
    fn spec(&self, call: &Call<'_>, declared: &Declared, service: &DeclaredService) -> Result<Spec, Refusal> {
        let mut labels = service.labels.clone();
        labels.push((PROJECT.to_owned(), call.project.clone()));
        labels.push((SERVICE.to_owned(), service.id.clone()));
        labels.push((CONFIG.to_owned(), config(service)));
        let mounts = service.mounts.iter().map(|mount| match (&mount.source, mount.is_volume) {
            (Some(key), true) => MountWish { source: Some(resource(call, &declared.volumes, key).0), ..mount.clone() },
            _ => mount.clone(),
        });
        let mode = match service.network_mode.as_deref() {
            None | Some("bridge") => Mode::Own,
            Some("host") => Mode::Host,
            Some("none") => Mode::Nothing,
            Some(mode) => match (mode.strip_prefix("service:"), mode.strip_prefix("container:")) {
                (Some(id), _) => {
                    let found = self.of_project(&call.project, Which::Services, &[id.to_owned()]);
                    let first = found.first().ok_or_else(|| {
                        Refusal::client(
                            1,
                            format!("cannot share network namespace with service {id} because it has no container"),
                        )
                    })?;
                    Mode::Container(first.id.clone())
                }
                (None, Some(other)) => Mode::Container(other.to_owned()),
                (None, None) => Mode::Own,
            },
        };
        let attachments = if mode != Mode::Own {
            Vec::new()
        } else if let Some(network) = &service.network_mode {
            vec![Attachment { network: network.clone(), aliases: Vec::new() }]
        } else {
            let declared_aliases =
                |key: &str| service.networks.iter().find(|(name, _)| name == key).map(|(_, aliases)| aliases.clone());
            keys_of(service)
                .map(|key| {
                    let mut aliases = declared_aliases(&key).unwrap_or_default();
                    aliases.push(service.id.clone());
                    Attachment { network: resource(call, &declared.networks, &key).0, aliases }
                })
                .collect()
        };
        Ok(Spec {
            image: image_of(call, service),
            command: service.command.clone(),
            entrypoint: service.entrypoint.clone(),
            labels,
            ports: if mode == Mode::Own { service.ports.clone() } else { Vec::new() },
            mode,
            attachments,
            mounts: mounts.collect(),
            restart: service.restart.clone(),
            health: service.health,
            detached: true,
            ..Spec::default()
        })
    }

    /// Starts the containers of services, what they depend on first. What does not depend on a failure starts.
    fn start_services(&mut self, call: &Call<'_>, chosen: &[&DeclaredService]) -> Result<(), Refusal> {
        let mut failed: BTreeSet<&str> = BTreeSet::new();
        let mut first: Option<Refusal> = None;
        for service in chosen {
            let mut why = None;
            for (needed, condition) in &service.depends_on {
                if failed.contains(needed.as_str()) {
                    why = Some(None);
                    break;
                }
                let of_it = self.of_project(&call.project, Which::Services, std::slice::from_ref(needed));
                let unmet = of_it.iter().find_map(|one| match condition {
                    Condition::Started => None,
                    Condition::Healthy if !one.spec.health => {
                        Some(format!("container {} has no healthcheck configured", one.name))
                    }
                    Condition::Healthy if !one.state.is_up() => {
                        Some(format!("dependency failed to start: container {} exited ({})", one.name, one.exit))
                    }
                    Condition::Completed if one.state == State::Exited && one.exit != 0 => {
                        Some(format!("service \"{needed}\" didn't complete successfully: exit {}", one.exit))
                    }
                    _ => None,
                });
                if let Some(unmet) = unmet {
                    why = Some(Some(Refusal::client(1, unmet)));
                    break;
                }
            }
            if why.is_none() {
                for one in self.of_project(&call.project, Which::Services, std::slice::from_ref(&service.id)) {
                    if let Err(refusal) = self.start(&one.id) {
                        why = Some(Some(Refusal { status: 1, ..refusal }));
                    }
                }
            }
            if let Some(why) = why {
                failed.insert(&service.id);
                first = first.or(why);
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// `compose run`.
    fn run_once(&mut self, call: &Call<'_>, run: &ComposeRun) -> Result<Reply, Refusal> {
        let Some(declared) = call.declared else {
            return Ok(Reply { program_speaks: true, ..Reply::default() });
        };
        let id = run.service.as_ref().map(text).unwrap_or_default();
        let Some(service) = declared.service(&id) else {
            return Err(Refusal::client(1, format!("no such service: {id}")));
        };
        let mut reply = Reply::default();
        let all = chosen(declared, std::slice::from_ref(&id), &call.profiles, run.no_deps.is_yes());
        let others: Vec<&DeclaredService> = all.iter().copied().filter(|one| one.id != id).collect();
        self.have_images(call, &others, false)?;
        let needed = chosen(declared, std::slice::from_ref(&id), &call.profiles, false);
        self.have_resources(call, declared, &needed, &mut reply)?;
        for other in &others {
            self.have_containers(call, declared, other, other.replicas, false)?;
        }
        self.start_services(call, &others)?;
        self.have_images(call, &[service], false)?;
        let mut spec = self.spec(call, declared, service)?;
        let made_up = self.new_id();
        let name = format!("{}-{id}-run-{}", call.project, &made_up[..12]);
        spec.name = Some(run.name.as_ref().map(text).unwrap_or(name));
        spec.labels.extend(run.labels.iter().map(|label| pair(&text(label))));
        spec.labels.push((ONE_OFF.to_owned(), "True".to_owned()));
        if !run.service_ports.is_yes() {
            spec.ports.clear();
        }
        for port in &run.publishes {
            spec.ports.extend(PortWish::parse(&text(port))?);
        }
        for volume in &run.volumes {
            spec.mounts.extend(MountWish::of(&crate::docker::Mount::from_volume(volume)));
        }
        if !run.args.is_empty() {
            spec.command = texts(&run.args);
        }
        // Service names lead to the services, not to what is run once.
        spec.attachments.iter_mut().for_each(|one| one.aliases.clear());
        (spec.remove, spec.restart) = (run.rm.is_yes(), String::new());
        spec.detached = run.detach.is_yes();
        let course = programs::course(&spec);
        let container = self.create(spec, call.maker).map_err(|refusal| Refusal { status: 1, ..refusal })?;
        self.start(&container).map_err(|refusal| Refusal { status: 1, ..refusal })?;
        if run.detach.is_yes() {
            reply.line(container);
            return Ok(reply);
        }
        reply.program_speaks = true;
        match course {
            programs::Course::Ends(status) => reply.status = status,
            programs::Course::Lasts => reply.blocks = true,
        }
        Ok(reply)
    }

    fn control_services(&mut self, call: &Call<'_>, action: Action, services: &[String]) -> Result<Reply, Refusal> {
        let mut reply = Reply::default();
        // `kill` means what `run` made, too.
        let which = if action == Action::Kill { Which::All } else { Which::Services };
        let mut found = self.of_project(&call.project, which, services);
        found.retain(|one| is_meant(call, services, one));
        if action == Action::Start
            && let Some(declared) = call.declared
        {
            let chosen = chosen(declared, services, &call.profiles, true);
            let is_empty = self.of_project(&call.project, Which::Services, &[]).is_empty();
            if let Some(first) = chosen.first().filter(|_| is_empty) {
                return Err(Refusal::client(1, format!("service \"{}\" has no container to start", first.id)));
            }
            self.start_services(call, &chosen)?;
            return Ok(reply);
        }
        for one in found {
            let done = match action {
                Action::Start => self.start(&one.id),
                Action::Stop => {
                    self.stop(&one.id);
                    Ok(())
                }
                Action::Restart => self.restart(&one.id),
                Action::Kill if one.state.is_up() => self.kill(&one.name, ""),
                Action::Pause if one.state.is_up() => self.freeze(&one.name, true),
                Action::Unpause if one.state.is_up() => self.freeze(&one.name, false),
                Action::Wait => {
                    reply.blocks |= one.state.is_up();
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(refusal) = done {
                reply.fail(&Refusal { status: 1, ..refusal });
            }
        }
        Ok(reply)
    }

    fn down(
        &mut self,
        call: &Call<'_>,
        services: &[String],
        volumes: bool,
        orphans: bool,
        rmi: Option<&str>,
    ) -> Result<Reply, Refusal> {
        let mut reply = Reply::default();
        let which = if orphans { Which::All } else { Which::Services };
        for one in self.of_project(&call.project, which, services) {
            let is_once = label(&one.spec.labels, ONE_OFF) == Some("True");
            if is_meant(call, services, &one) || orphans && (is_once || is_orphan(call, &one)) {
                self.stop(&one.id);
                let _ = self.remove(&one.id, true, volumes);
            }
        }
        if !services.is_empty() {
            return Ok(reply);
        }
        let own = |labels: &[(String, String)]| label(labels, PROJECT) == Some(&call.project);
        let networks: Vec<String> = match call.declared {
            Some(declared) => {
                let enabled = chosen(declared, &[], &call.profiles, true);
                let keys: BTreeSet<String> =
                    enabled.into_iter().flat_map(|service| keys_of(service).collect::<Vec<_>>()).collect();
                let owned = keys.iter().map(|key| resource(call, &declared.networks, key));
                let owned = owned.filter(|(_, resource)| !resource.is_some_and(|resource| resource.external));
                owned.map(|(name, _)| name).collect()
            }
            None => self.networks.iter().filter(|one| own(&one.labels)).map(|one| one.name.clone()).collect(),
        };
        for name in networks {
            let Some(network) = self.networks.iter().find(|one| one.name == name && own(&one.labels)).cloned() else {
                continue;
            };
            if self.is_in_use(&network) {
                reply.warn(&format!("Network {name} Resource is still in use"));
            } else {
                self.drop_network(&network.id);
            }
        }
        if volumes {
            let names: Vec<String> = match call.declared {
                Some(declared) => {
                    let enabled = chosen(declared, &[], &call.profiles, true);
                    let is_used = |key: &String| {
                        let mut mounts = enabled.iter().flat_map(|service| &service.mounts);
                        mounts.any(|mount| mount.is_volume && mount.source.as_ref() == Some(key))
                    };
                    let owned = declared.volumes.iter().filter(|volume| !volume.external && is_used(&volume.key));
                    owned.map(|volume| resource(call, &declared.volumes, &volume.key).0).collect()
                }
                None => self.volumes.iter().filter(|one| own(&one.labels)).map(|one| one.name.clone()).collect(),
            };
            for name in names {
                if self.users_of(&name).is_empty() {
                    self.drop_volume(&name);
                } else {
                    reply.warn(&format!("Volume {name} Resource is still in use"));
                }
            }
        }
        if let (Some(rmi), Some(declared)) = (rmi, call.declared) {
            for service in &declared.services {
                if rmi == "all" || service.image.is_none() {
                    let _ = self.remove_image(&image_of(call, service), true);
                }
            }
        }
        Ok(reply)
    }

    fn remove_services(
        &mut self,
        call: &Call<'_>,
        services: &[String],
        force: bool,
        stop: bool,
        volumes: bool,
    ) -> Result<Reply, Refusal> {
        let mut reply = Reply::default();
        let found = self.of_project(&call.project, Which::Services, services);
        for one in found.into_iter().filter(|one| is_meant(call, services, one)) {
            if stop {
                self.stop(&one.id);
            }
            let up = self.at(&one.id).is_some_and(|one| one.state.is_up());
            if !up && force {
                let _ = self.remove(&one.id, false, volumes);
            }
        }
        if !force {
            reply.program_speaks = true;
        }
        Ok(reply)
    }

    fn exec_service(
        &mut self,
        call: &Call<'_>,
        service: &str,
        index: Option<&str>,
        detach: bool,
        argv: &[String],
    ) -> Result<Reply, Refusal> {
        // Without a number what `run` made will do as well.
        let found = self.of_project(&call.project, Which::All, &[service.to_owned()]);
        let is_number = |one: &Container| index.is_none_or(|index| label(&one.spec.labels, NUMBER) == Some(index));
        if !found.iter().any(|one| is_number(one) && one.state == State::Running) {
            return Err(Refusal::client(1, format!("service \"{service}\" is not running")));
        }
        let status = if detach { 0 } else { programs::status_of(argv) };
        Ok(Reply { status, program_speaks: !detach, ..Reply::default() })
    }

    fn build_services(&mut self, call: &Call<'_>, services: &[String]) -> Result<Reply, Refusal> {
        let Some(declared) = call.declared else { return Ok(Reply::default()) };
        for service in chosen(declared, services, &call.profiles, true) {
            if service.builds {
                self.build_as(&image_of(call, service), build_labels(call, service), call.maker);
            }
        }
        Ok(Reply { program_speaks: true, ..Reply::default() })
    }

    fn pull_services(&mut self, call: &Call<'_>, services: &[String]) -> Result<Reply, Refusal> {
        let Some(declared) = call.declared else { return Ok(Reply::default()) };
        let mut reply = Reply::default();
        for service in chosen(declared, services, &call.profiles, true) {
            let Some(image) = &service.image else { continue };
            match self.pull(image, call.maker) {
                Err(refusal) if !service.builds => reply.fail(&Refusal { status: PULL_FAILED, ..refusal }),
                _ => {}
            }
        }
        Ok(reply)
    }

    fn ps(&self, call: &Call<'_>, quiet: bool, all: bool, services: &[String]) -> Reply {
        let mut reply = Reply::default();
        let mut found = self.of_project(&call.project, Which::Services, services);
        found.retain(|one| all || one.state.is_up());
        found.sort_by(|one, other| one.name.cmp(&other.name));
        if !quiet {
            reply.line("NAME   IMAGE   SERVICE   STATUS");
        }
        for one in found {
            let id = if quiet { one.id.clone() } else { String::new() };
            let (service, state) = (label(&one.spec.labels, SERVICE).unwrap_or_default(), one.state.name());
            let (name, image) = (&one.name, &one.spec.image);
            reply.line(if quiet { id } else { format!("{name}   {image}   {service}   {state}") });
        }
        reply
    }

    fn service_port(&self, call: &Call<'_>, service: &str, port: &str) -> Result<Reply, Refusal> {
        let found = self.of_project(&call.project, Which::Services, &[service.to_owned()]);
        let Some(one) = found.first() else {
            return Err(Refusal::client(1, format!("service \"{service}\" is not running")));
        };
        let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let is_it = |binding: &&super::state::Binding| {
            number.parse() == Ok(binding.container) && binding.protocol.name() == protocol
        };
        match one.bindings.iter().find(is_it) {
            Some(binding) => Ok(Reply::said(format!("{}:{}\n", binding.ip, binding.host))),
            None => Err(Refusal::client(1, format!("no port {number}/{protocol} for container {}", one.name))),
        }
    }
}

/// Whether a call means a container: it is of a service that is named, or enabled; without files all are.
fn is_meant(call: &Call<'_>, services: &[String], container: &Container) -> bool {
    let Some(declared) = call.declared else { return true };
    let id = label(&container.spec.labels, SERVICE).unwrap_or_default();
    chosen(declared, services, &call.profiles, true).iter().any(|service| service.id == id)
}

/// Whether a container is of a service that the files do not have.
fn is_orphan(call: &Call<'_>, container: &Container) -> bool {
    let id = label(&container.spec.labels, SERVICE).unwrap_or_default();
    call.declared.is_some_and(|declared| declared.service(id).is_none())
}

/// `-p`; an empty one says nothing.
fn said(compose: &Compose) -> Option<String> {
    compose.project.as_ref().map(text).filter(|name| !name.is_empty())
}

/// `-p`, `COMPOSE_PROJECT_NAME`, the files' name, the directory's.
fn project_name(compose: &Compose, caller: &Caller<'_>) -> String {
    let set = caller.env.get("COMPOSE_PROJECT_NAME").map(ToString::to_string).filter(|name| !name.is_empty());
    let declared = caller.declared.and_then(|declared| declared.name.clone());
    let directory = match caller.declared {
        Some(declared) if !declared.directory.is_empty() => &declared.directory,
        _ => caller.directory.trim_end_matches('/').rsplit('/').next().unwrap_or_default(),
    };
    said(compose).or(set).or(declared).unwrap_or_else(|| folder_name(directory))
}

/// A service that a call names and the files do not have.
fn unknown_service(compose: &Compose, declared: &Declared) -> Option<String> {
    let named: &[Arg] = match &compose.verb {
        ComposeVerb::Up(up) | ComposeVerb::Create(up) => &up.services,
        ComposeVerb::Control { services, .. }
        | ComposeVerb::Down { services, .. }
        | ComposeVerb::Remove { services, .. }
        | ComposeVerb::Build { services, .. }
        | ComposeVerb::Pull { services }
        | ComposeVerb::Ps { services, .. }
        | ComposeVerb::Logs { services, .. } => services,
        _ => &[],
    };
    texts(named).into_iter().find(|id| declared.service(id).is_none())
}

/// The image of a service: its own, or the one that is built for it.
fn image_of(call: &Call<'_>, service: &DeclaredService) -> String {
    service.image.clone().unwrap_or_else(|| format!("{}-{}", call.project, service.id))
}

fn build_labels(call: &Call<'_>, service: &DeclaredService) -> Vec<(String, String)> {
    vec![(PROJECT.to_owned(), call.project.clone()), (SERVICE.to_owned(), service.id.clone())]
}

fn container_name(call: &Call<'_>, service: &DeclaredService, number: usize) -> String {
    let derived = || format!("{}-{}-{number}", call.project, service.id);
    service.container_name.clone().unwrap_or_else(derived)
}

/// A text that differs when a service is declared otherwise.
fn config(service: &DeclaredService) -> String {
    use sha2::{Digest, Sha256};
    super::daemon::hex(&Sha256::digest(format!("{service:?}").as_bytes()))
}

/// The networks of a service, by key.
fn keys_of(service: &DeclaredService) -> impl Iterator<Item = String> {
    let none = service.networks.is_empty() && service.network_mode.is_none();
    let default = none.then(|| "default".to_owned());
    let own = service.networks.iter().filter(|_| service.network_mode.is_none());
    own.map(|(key, _)| key.clone()).chain(default)
}

/// What a network or volume is called on the daemon.
fn resource<'a>(call: &Call<'_>, all: &'a [DeclaredResource], key: &str) -> (String, Option<&'a DeclaredResource>) {
    let found = all.iter().find(|resource| resource.key == key);
    let name = match found {
        Some(DeclaredResource { name: Some(name), .. }) => name.clone(),
        Some(DeclaredResource { external: true, key, .. }) => key.clone(),
        _ => format!("{}_{key}", call.project),
    };
    (name, found)
}

fn ids(services: &[&DeclaredService]) -> Vec<String> {
    services.iter().map(|service| service.id.clone()).collect()
}

/// The services that a call is about, what they depend on first.
fn chosen<'a>(
    declared: &'a Declared,
    asked: &[String],
    profiles: &[String],
    no_deps: bool,
) -> Vec<&'a DeclaredService> {
    let is_on = |service: &&DeclaredService| {
        service.profiles.is_empty()
            || service.profiles.iter().any(|one| profiles.contains(one) || profiles.iter().any(|all| all == "*"))
    };
    let first: Vec<&DeclaredService> = match asked {
        [] => declared.services.iter().filter(is_on).collect(),
        asked => asked.iter().filter_map(|id| declared.service(id)).collect(),
    };
    let mut order: Vec<&DeclaredService> = Vec::new();
    let mut open = BTreeSet::new();
    for service in first {
        visit(declared, service, no_deps, &mut open, &mut order);
    }
    order
}

fn visit<'a>(
    declared: &'a Declared,
    service: &'a DeclaredService,
    no_deps: bool,
    open: &mut BTreeSet<&'a str>,
    order: &mut Vec<&'a DeclaredService>,
) {
    if !open.insert(&service.id) {
        return;
    }
    let shared = service.network_mode.as_deref().and_then(|mode| mode.strip_prefix("service:"));
    let needed = service.depends_on.iter().map(|(id, _)| id.as_str()).chain(shared);
    for id in needed.filter(|_| !no_deps) {
        if let Some(needed) = declared.service(id) {
            visit(declared, needed, no_deps, open, order);
        }
    }
    order.push(service);
}
