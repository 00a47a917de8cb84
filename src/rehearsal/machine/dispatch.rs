//! From a call to what it does.

use super::answer::{Refusal, Reply};
use super::caller::Caller;
use super::daemon::Machine;
use super::programs::{self, Course};
use super::spec::{Spec, pair, text, texts};
use super::state::State;
use crate::command::options::Options;
use crate::command::{Arg, Invocation};
use crate::docker::{Action, Control, DockerCall, Exec, Make, ObjectKind, Remove, Run, Verb};
use crate::symbol::Value;

impl Machine {
    /// Plays a command line whose words are all known; `None` when it is none of docker's.
    pub fn words(&mut self, words: &[&str], caller: &Caller<'_>) -> Option<Reply> {
        let arg = |word: &&str| Arg::new(Value::literal(*word), 0..0);
        let words: Vec<Arg> = words.iter().map(arg).collect();
        let call = crate::docker::call(&Invocation::parse(&words)?)?;
        Some(self.docker(&call, caller))
    }

    /// Plays a call. One that speaks to another daemon does nothing here.
    pub fn docker(&mut self, call: &DockerCall, caller: &Caller<'_>) -> Reply {
        if call.away.is_yes() {
            return Reply { program_speaks: true, ..Reply::default() };
        }
        self.effects.clear();
        let mut reply = self.verb(call, caller);
        reply.effects = std::mem::take(&mut self.effects);
        reply
    }

    fn verb(&mut self, call: &DockerCall, caller: &Caller<'_>) -> Reply {
        let (options, maker) = (&call.options, caller.maker);
        let silent = |result: Result<(), Refusal>| result.map_or_else(Reply::from, |()| Reply::default());
        match &call.verb {
            Verb::Run(run) => self.run(run, options, caller),
            Verb::Create(run) => self.made(run, options, caller, false).map_or_else(Reply::from, |id| {
                let files = run.cidfile.iter().map(|path| (text(path), id.clone())).collect();
                Reply { files, ..Reply::said(format!("{id}\n")) }
            }),
            Verb::Control(control) => self.control(control, options),
            Verb::Remove(remove) => self.removal(remove),
            Verb::Exec(exec) => self.exec(exec),
            Verb::Rename { from, to } => silent(self.rename(&text(from), &text(to))),
            Verb::Update { names, restart } => self.each(names, |machine, name| {
                let container = machine.find_container(name)?.clone();
                let Some(policy) = restart.as_ref().map(text) else { return Ok(format!("{name}\n")) };
                let policy = Some(policy).filter(|policy| policy != "no").unwrap_or_default();
                if container.spec.remove && !policy.is_empty() {
                    let why = "Restart policy cannot be updated because AutoRemove is enabled for the container";
                    return Err(Refusal::daemon(format!("Cannot update container {}: {why}", container.id)));
                }
                machine.change(&container.id, |container| container.restart = policy);
                Ok(format!("{name}\n"))
            }),
            Verb::List(list) => {
                let count = options.value("last").and_then(|count| text(&count).parse().ok());
                self.list(list, options.flag("no-trunc").is_yes(), count)
            }
            Verb::Prune(prune) => self.prune(prune, caller.input),
            Verb::Build(build) => self.build(build, maker),
            Verb::Bake(bake) => {
                for target in texts(&bake.targets) {
                    if bake.load.is_yes() {
                        self.build_as(&target, Vec::new(), maker);
                    }
                }
                Reply { program_speaks: true, ..Reply::default() }
            }
            Verb::Tag { source, target } => silent(self.tag(&text(source), &text(target), maker)),
            Verb::Push { images, all_tags } => self.push(images, all_tags.is_yes()),
            Verb::Pull { images } => self.each(images, |machine, name| {
                machine.pull(name, maker)?;
                Ok(format!("{name}\n"))
            }),
            Verb::Save { images, output } => self.save(images, output.as_ref()),
            Verb::Load { input } => self.load(input.as_ref(), maker),
            Verb::Import { image } => {
                let id = self.import(image.as_ref().map(text), maker);
                Reply::said(format!("sha256:{id}\n"))
            }
            Verb::Commit { container, image } => self
                .commit(&text(container), image.as_ref().map(text), maker)
                .map_or_else(Reply::from, |id| Reply::said(format!("sha256:{id}\n"))),
            Verb::Make(make) => self.make(make, caller),
            Verb::Connect { network, container, aliases } => {
                silent(self.connect(&text(network), &text(container), texts(aliases)))
            }
            Verb::Disconnect { network, container, force } => {
                silent(self.disconnect(&text(network), &text(container), force.is_yes()))
            }
            Verb::Inspect { kind, names, format } => {
                self.inspect(*kind, &texts(names), format.as_ref().map(text).as_deref())
            }
            Verb::Logs { names, follow } => self.looked(names, follow.is_yes()),
            Verb::Port { container, port } => {
                self.port(&text(container), port.as_ref().map(text).as_deref()).map_or_else(Reply::from, Reply::said)
            }
            Verb::Copy { from, to } => self.copy(&text(from), &text(to)),
            Verb::Look { names } => self.looked(names, false),
            Verb::Compose(compose) => self.compose(compose, options, caller),
            Verb::Builder { verb, names, driver: _, in_use } => self.builder(verb, names, in_use.is_yes(), maker),
            Verb::Info | Verb::Other(_) => Reply { program_speaks: true, ..Reply::default() },
            Verb::ContextUse { name } => Reply::said(format!("{}\n", text(name))),
            Verb::Login => Reply::default(),
        }
    }

    /// Does something for each name; one that fails does not keep the others.
    fn each(&mut self, names: &[Arg], mut one: impl FnMut(&mut Self, &str) -> Result<String, Refusal>) -> Reply {
        let mut reply = Reply::default();
        for name in texts(names) {
            match one(self, &name) {
                Ok(line) => reply.output.push_str(&line),
                Err(refusal) => reply.fail(&refusal),
            }
        }
        reply
    }

    fn made(&mut self, run: &Run, options: &Options, caller: &Caller<'_>, waits: bool) -> Result<String, Refusal> {
        let mut spec = Spec::of(run, options, self.dialect)?;
        spec.detached |= !waits;
        let policy = options.value("pull").map(|policy| text(&policy)).unwrap_or_default();
        self.have_image(&spec.image, &policy, caller.maker)?;
        self.create(spec, caller.maker)
    }

    fn run(&mut self, run: &Run, options: &Options, caller: &Caller<'_>) -> Reply {
        let failed = |refusal: Refusal| {
            let status = if refusal.message.contains("requires at least") { refusal.status } else { 125 };
            let head = if refusal.message.starts_with("docker: ") { "" } else { "docker: " };
            Reply::from(Refusal { status, message: format!("{head}{}", refusal.message) })
        };
        let id = match self.made(run, options, caller, true) {
            Ok(id) => id,
            Err(refusal) => return failed(refusal),
        };
        let mut reply = Reply::default();
        reply.files.extend(run.cidfile.iter().map(|path| (text(path), id.clone())));
        let detached = run.detach.is_yes();
        if detached {
            reply.line(&id);
        }
        let (mode, publishes) = self.at(&id).map_or((super::spec::Mode::Own, false), |container| {
            (container.spec.mode.clone(), !container.spec.ports.is_empty())
        });
        if mode == super::spec::Mode::Host && publishes {
            reply.warn("WARNING: Published ports are discarded when using host network mode");
        }
        let course = self.at(&id).map(|container| programs::course(&container.spec));
        if let Err(refusal) = self.start(&id) {
            let failure = failed(refusal);
            reply.status = failure.status;
            reply.error.push_str(&failure.error);
            return reply;
        }
        if !detached {
            reply.program_speaks = true;
            match (self.at(&id).map(|container| (container.state, container.exit)), course) {
                (Some((State::Exited, status)), _) | (_, Some(Course::Ends(status))) => reply.status = status,
                _ => reply.blocks = true,
            }
        }
        reply
    }

    fn control(&mut self, control: &Control, options: &Options) -> Reply {
        let attached = options.has("attach") || options.has("interactive");
        let signal = control.signal.as_ref().map(text).unwrap_or_default();
        let (mut blocks, mut failed) = (false, Vec::new());
        let mut ended = 0;
        let mut reply = self.each(&control.names, |machine, name| {
            let line = format!("{name}\n");
            match control.action {
                Action::Kill => machine.kill(name, &signal).map(|()| line),
                Action::Pause | Action::Unpause => machine.freeze(name, control.action == Action::Pause).map(|()| line),
                action => {
                    let found = machine.find_container(name).map(|container| container.id.clone());
                    let done = found.and_then(|id| match action {
                        Action::Start => machine.start(&id).map(|()| id),
                        Action::Restart => machine.restart(&id).map(|()| id),
                        Action::Stop => {
                            machine.stop(&id);
                            Ok(id)
                        }
                        _ => Ok(id),
                    });
                    let id = done.inspect_err(|_| failed.push(name.to_owned()))?;
                    let state = machine.at(&id).map(|container| (container.state, container.exit));
                    match (action, state) {
                        (Action::Start, Some((state, exit))) if attached => {
                            (blocks, ended) = (blocks || state.is_up(), exit);
                            Ok(String::new())
                        }
                        (Action::Wait, Some((state, exit))) => {
                            blocks |= state.is_up();
                            Ok(format!("{exit}\n"))
                        }
                        _ => Ok(line),
                    }
                }
            }
        });
        reply.blocks = blocks;
        if attached && reply.status == 0 {
            (reply.status, reply.program_speaks) = (ended, true);
        }
        if control.action == Action::Start && !failed.is_empty() {
            reply.warn(&format!("Error: failed to start containers: {}", failed.join(", ")));
        }
        reply
    }

    fn removal(&mut self, remove: &Remove) -> Reply {
        let (force, volumes) = (remove.force.is_yes(), remove.volumes.is_yes());
        let old = self.is_old();
        let mut forgiven = Vec::new();
        let mut reply = self.each(&remove.names, |machine, name| match remove.kind {
            ObjectKind::Container => {
                let Some(id) = machine.container(name).map(|container| container.id.clone()) else {
                    let missing = machine.find_container(name).map(|_| String::new());
                    return missing.or_else(|refusal| {
                        let message =
                            if old { refusal.message.replace(" response from daemon", "") } else { refusal.message };
                        if !force {
                            return Err(Refusal { status: 1, message });
                        }
                        forgiven.push(message);
                        Ok(String::new())
                    });
                };
                machine.remove(&id, force, volumes).map(|()| format!("{name}\n"))
            }
            ObjectKind::Network if force && old => Err(Refusal::client(125, "unknown shorthand flag: 'f' in -f")),
            ObjectKind::Network if force && machine.find_network(name).is_err() => Ok(String::new()),
            ObjectKind::Network => machine.remove_network(name).map(|()| format!("{name}\n")),
            ObjectKind::Volume => machine.remove_volume(name, force).map(|()| format!("{name}\n")),
            ObjectKind::Image => match machine.remove_image(name, force) {
                Ok(lines) => Ok(lines.into_iter().map(|line| line + "\n").collect()),
                Err(refusal) if force && machine.image(name).is_none() => {
                    forgiven.push(refusal.message);
                    Ok(String::new())
                }
                Err(refusal) => Err(refusal),
            },
            _ => Ok(String::new()),
        });
        forgiven.iter().for_each(|line| reply.warn(line));
        if remove.names.is_empty() && remove.kind != ObjectKind::Builder {
            reply.fail(&Refusal::client(1, "requires at least 1 argument"));
        }
        reply
    }

    fn exec(&mut self, exec: &Exec) -> Reply {
        let name = exec.container.as_ref().map(text).unwrap_or_default();
        let container = match self.find_container(&name) {
            Ok(container) => container,
            Err(refusal) => return refusal.into(),
        };
        match container.state {
            State::Running => {}
            State::Paused => {
                let message = format!("Container {name} is paused, unpause the container before exec");
                return Refusal::daemon(message).into();
            }
            State::Restarting => {
                let id = &container.id;
                let message = format!("Container {id} is restarting, wait until the container is running");
                return Refusal::daemon(message).into();
            }
            _ => return Refusal::daemon(self.not_running(&container.id)).into(),
        }
        let status = if exec.detach.is_yes() { 0 } else { programs::status_of(&texts(&exec.argv)) };
        Reply { status, program_speaks: !exec.detach.is_yes(), ..Reply::default() }
    }

    fn make(&mut self, make: &Make, caller: &Caller<'_>) -> Reply {
        let labels = make.labels.iter().map(|label| pair(&text(label))).collect();
        let name = make.name.as_ref().map(text).filter(|name| !name.is_empty());
        let made = match (make.kind, name) {
            (ObjectKind::Network, Some(name)) => {
                let driver = make.driver.as_ref().map(text);
                self.make_network(&name, driver.as_deref(), labels, caller.maker)
            }
            (ObjectKind::Network, None) => {
                Err(Refusal::client(1, "docker: 'docker network create' requires 1 argument"))
            }
            (ObjectKind::Volume, name) => self.make_volume(name.as_deref(), labels, caller.maker, ""),
            _ => Ok(String::new()),
        };
        made.map_or_else(Reply::from, |made| Reply::said(format!("{made}\n")))
    }

    /// `logs`, `top`, `attach`, …: what a program printed, nobody knows.
    fn looked(&self, names: &[Arg], follow: bool) -> Reply {
        let mut reply = Reply { program_speaks: true, ..Reply::default() };
        for name in texts(names) {
            match self.find_container(&name) {
                Ok(container) => reply.blocks |= follow && container.state.is_up(),
                Err(refusal) if self.image(&name).is_none() => reply.fail(&refusal),
                Err(_) => {}
            }
        }
        reply
    }

    fn copy(&self, from: &str, to: &str) -> Reply {
        let inside = |path: &str| {
            let (name, _) = path.split_once(':')?;
            (!path.starts_with(['/', '.']) && !name.is_empty()).then(|| name.to_owned())
        };
        match inside(from).or_else(|| inside(to)) {
            Some(name) => self.find_container(&name).map_or_else(|refusal| refusal.into(), |_| Reply::default()),
            None => Refusal::client(1, "must specify at least one container source").into(),
        }
    }
}
