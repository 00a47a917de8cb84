//! `berth-run up`: a sibling the job can reach, labelled, guarded, and ready when this returns.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use bollard::models::ImageInspect;
use bollard::query_parameters::CreateContainerOptionsBuilder;
use tokio::time::Instant;

use super::engine::{Engine, refused, status};
use super::export::{self, Address, Exports, Port, Template};
use super::job::Job;
use super::network::{self, Target};
use super::place::{self, JobContainer, JobPlace};
use super::remove::{self, Patience};
use super::sibling::Sibling;
use super::volume::Attachment;
use super::{Error, Result, address, console, files, guard, guarding, image, logs, ready, sibling, token, units};
use crate::identity::{MANAGED, OF, SELF, TOKEN, UP};

/// Lines of a failed sibling's log that are shown.
const LOG_LINES: u32 = 200;

/// What `up` is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The sibling; its `env` is filled in from the two below.
    pub sibling: Sibling,
    /// `--env`: `KEY=value`, or `KEY` for the value this step has.
    pub env: Vec<String>,
    /// `--env-file`.
    pub env_files: Vec<PathBuf>,
    /// `--export`.
    pub templates: Vec<Template>,
    /// Whether a guard is wanted.
    pub guard: bool,
}

/// Starts the sibling. On any failure, and when `stop` resolves first, everything this call made
/// is taken back.
///
/// # Errors
/// Nothing is left behind but the exported `unset.invalid`.
pub async fn up(mut request: Request, stop: impl Future<Output = &'static str>) -> Result<()> {
    export::check_name(&request.sibling.name)?;
    let exports = Exports::new(&request.sibling.name, request.templates.clone());
    // An earlier `up` of this name may have a sibling that lives: this one fails, and must not take its address away.
    if exports.stands_in(&files::exported()) && lives(&request.sibling.name).await {
        let name = &request.sibling.name;
        return Err(name_taken(name, &Job::find_or_mint()?.unique_name(name)));
    }
    // Before anything can fail: a step that runs after a failed start must not meet an empty host.
    write(&exports.unset(&request.sibling.ports))?;
    request.sibling.env = sibling::environment(&request.env_files, &request.env)?;
    let job = Job::find_or_mint()?;
    let mark = token::random_hex(8)?;
    let engine = Engine::connect().await?;
    let call = UpCall { request: &request, engine: &engine, job: &job, exports: &exports, mark: &mark };
    let started = Instant::now();
    let (outcome, patience) = tokio::select! {
        outcome = call.run(started) => (outcome, Patience::DOWN),
        signal = stop => (Err(Error::failed(
            format!("interrupted by {signal}"),
            "what this `up` had made is removed: run the step again",
        )), Patience::AFTER_DEATH),
    };
    if outcome.is_err() {
        call.undo(patience).await;
    }
    outcome
}

/// Whether this job has a sibling of this name that runs. Where nobody answers, it is of no use to anybody.
async fn lives(base: &str) -> bool {
    let Ok(Some(job)) = Job::find() else { return false };
    let Ok(engine) = Engine::connect().await else { return false };
    let found = engine.inspect_settled(&job.unique_name(base)).await.ok().flatten();
    found.and_then(|container| container.state).is_some_and(|state| state.running == Some(true))
}

struct UpCall<'a> {
    request: &'a Request,
    engine: &'a Engine,
    job: &'a Job,
    exports: &'a Exports,
    mark: &'a str,
}

impl UpCall<'_> {
    async fn run(&self, started: Instant) -> Result<()> {
        let sibling = &self.request.sibling;
        let place = place::find(self.engine).await?;
        let (target, remark) = network::choose(&place, sibling.network.as_deref())?;
        if let Some(remark) = remark {
            console::note(&remark);
        }
        let name = self.job.unique_name(&sibling.name);
        self.check_free(&name).await?;

        // The guard's start costs as much as the sibling's: both at once. Who is killed before the guard runs leaves
        // things that name their job container, which the next guard or `down` on this daemon removes.
        let (guarded, made) = tokio::join!(self.guard(&place), self.sibling(&name, &place, &target));
        let (id, address, ports) = made?;
        guarded?;
        if self.request.guard {
            guarding::confirm(self.engine, self.job, &place, sibling.ttl).await?;
        }
        self.publish(&id, &name, &address, &ports, started.elapsed())
    }

    /// The sibling itself, from its image until it is ready: its id, where it is reached, and its ports.
    async fn sibling(&self, name: &str, place: &JobPlace, target: &Target) -> Result<(String, Address, Vec<Port>)> {
        let image = self.image().await?;
        let ports = self.ports(&image)?;
        let id = self.create(name, place, target, &ports).await?;
        ready::start(self.engine, &id, name).await?;
        match self.wait(&id, name, place, &ports, &image).await {
            Ok(address) => Ok((id, address, ports)),
            Err(error) => {
                logs::print(self.engine, &id, name, LOG_LINES).await;
                Err(error)
            }
        }
    }

    /// The container whose end a guard is to wait for.
    fn guarded<'p>(&self, place: &'p JobPlace) -> Option<&'p JobContainer> {
        match place {
            JobPlace::Container(container) if self.request.guard => Some(container),
            _ => None,
        }
    }

    async fn guard(&self, place: &JobPlace) -> Result<()> {
        match self.request.guard {
            true => guarding::ensure(self.engine, self.job, place, self.request.sibling.ttl).await,
            false => Ok(()),
        }
    }

    async fn image(&self) -> Result<ImageInspect> {
        let sibling = &self.request.sibling;
        image::ensure(self.engine, &sibling.image, sibling.pull).await
    }

    /// The ports asked for, or those the image exposes.
    fn ports(&self, image: &ImageInspect) -> Result<Vec<Port>> {
        let mut ports = self.request.sibling.ports.clone();
        if ports.is_empty() {
            let exposed = image.config.as_ref().and_then(|c| c.exposed_ports.clone());
            ports = exposed.unwrap_or_default().iter().filter_map(|text| Port::parse(text).ok()).collect();
            ports.sort_unstable();
        }
        self.exports.check(&ports)?;
        if !ports.iter().any(|port| port.tcp) {
            console::note("no TCP port is known, so none is waited for: add --port");
        }
        Ok(ports)
    }

    async fn check_free(&self, name: &str) -> Result<()> {
        match self.engine.inspect_settled(name).await? {
            Some(_) => Err(name_taken(&self.request.sibling.name, name)),
            None => Ok(()),
        }
    }

    /// The labels of the container `name`.
    fn labels(&self, name: &str, place: &JobPlace) -> HashMap<String, String> {
        let mut labels = self.shared_labels(place);
        labels.insert(SELF.to_owned(), name.to_owned());
        labels
    }

    /// The labels of what has no name of its own.
    fn shared_labels(&self, place: &JobPlace) -> HashMap<String, String> {
        let mut labels = self.job.labels(self.request.sibling.ttl);
        labels.insert(UP.to_owned(), self.mark.to_owned());
        // Without a guard, on the user's wish, nobody acts at the job's end.
        if let Some(container) = self.guarded(place) {
            labels.insert(OF.to_owned(), container.id.clone());
        }
        labels
    }

    async fn create(&self, name: &str, place: &JobPlace, target: &Target, ports: &[Port]) -> Result<String> {
        let sibling = &self.request.sibling;
        let network = match target {
            Target::Existing { id, .. } => id.clone(),
            Target::DefaultBridge => network::DEFAULT_BRIDGE.to_owned(),
            Target::Declared(declared) => {
                network::ensure(self.engine, declared, &sibling.image, &self.labels(name, place)).await?
            }
        };
        let (mut binds, mut mounts) = (Vec::new(), Vec::new());
        let shared = self.shared_labels(place);
        for volume in &sibling.volumes {
            match volume.attach(self.engine, self.job, place, &shared).await? {
                Attachment::Bind(bind) => binds.push(bind),
                Attachment::Mount(mount) => mounts.push(*mount),
            }
        }
        let body = sibling.request(ports, &network, (binds, mounts), self.labels(name, place), place.publishes());
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        match self.engine.docker.create_container(Some(options), body).await {
            Ok(made) => Ok(made.id),
            Err(error) if status(&error) == Some(409) => Err(name_taken(&sibling.name, name)),
            Err(error) => Err(refused(&format!("create {name}"), &error)),
        }
    }

    async fn wait(
        &self,
        id: &str,
        name: &str,
        place: &JobPlace,
        ports: &[Port],
        image: &ImageInspect,
    ) -> Result<Address> {
        let sibling = &self.request.sibling;
        let found = ready::check_alive(self.engine, id, name).await?;
        let address = address::read(&found, ports, place.publishes())?;
        let condition = ready::Readiness { probe: probe(sibling, image), ports, limit: sibling.timeout };
        ready::wait(self.engine, id, name, &address, &condition).await?;
        Ok(address)
    }

    fn publish(&self, id: &str, name: &str, address: &Address, ports: &[Port], took: Duration) -> Result<()> {
        let lines = self.exports.ready(address, ports, id);
        if !write(&lines)? {
            for (key, value) in &lines {
                console::result(&format!("{key}={value}"));
            }
        }
        let shown = match ports.first() {
            Some(port) => address.of(*port).to_string(),
            None => address.host.to_string(),
        };
        let took = units::spoken(took);
        console::note(&format!("{name} is ready at {shown} after {took}"));
        let image = &self.request.sibling.image;
        let row = files::append_text(
            "GITHUB_STEP_SUMMARY",
            &format!(
                "| sibling | image | address | ready after |\n|---|---|---|---|\n| {name} | {image} | {shown} | {took} |\n\n"
            ),
        );
        // The sibling serves: a summary nobody can write is no reason to take it down.
        if let Err(error) = row {
            console::failure("the summary was not written", &error);
        }
        Ok(())
    }

    /// Takes back what this call made, and the guard when it has nothing left to guard.
    async fn undo(&self, patience: Patience) {
        let token = &self.job.token;
        let made = [(MANAGED, "1"), (TOKEN, token.as_str()), (UP, self.mark)];
        let undone = async {
            remove::all(self.engine, &made, patience).await?;
            if !guard::has_charges(self.engine, token).await? {
                guarding::dismiss(self.engine, token).await?;
            }
            Ok::<(), Error>(())
        };
        if let Err(error) = undone.await {
            console::failure("could not take everything back", &error);
        }
    }
}

fn name_taken(base: &str, name: &str) -> Error {
    Error::failed(
        format!("the name {name} is taken: this job has started `{base}` before"),
        "give this sibling another NAME, or run `berth-run down` first",
    )
}

/// How to ask inside whether it is ready: what the user says, else what the image says.
fn probe(sibling: &Sibling, image: &ImageInspect) -> Option<Vec<String>> {
    let shell = |command: &str| vec!["/bin/sh".to_owned(), "-c".to_owned(), command.to_owned()];
    let health = &sibling.health;
    if let Some(command) = health.wait_command.as_ref().or(health.command.as_ref()) {
        return Some(shell(command));
    }
    let config = image.config.as_ref()?;
    let test = config.healthcheck.as_ref()?.test.as_ref()?;
    match test.split_first() {
        Some((kind, rest)) if kind == "CMD" && !rest.is_empty() => Some(rest.to_vec()),
        Some((kind, rest)) if kind == "CMD-SHELL" => Some(shell(rest.first()?)),
        _ => None,
    }
}

/// To `$GITHUB_ENV` for later steps and `$GITHUB_OUTPUT` for expressions; `false` when there is
/// neither.
fn write(lines: &[(String, String)]) -> Result<bool> {
    let env = files::append("GITHUB_ENV", lines)?;
    let output = files::append("GITHUB_OUTPUT", lines)?;
    Ok(env || output)
}

#[cfg(test)]
mod tests {
    use super::super::sibling::Health;
    use super::*;
    use bollard::models::{HealthConfig, ImageConfig};

    fn sibling(health: Health) -> Sibling {
        Sibling {
            name: "pg".into(),
            image: "postgres:15".into(),
            pull: image::Pull::Missing,
            ports: Vec::new(),
            env: Vec::new(),
            volumes: Vec::new(),
            entrypoint: None,
            tmpfs: Vec::new(),
            shm_size: None,
            network: None,
            health,
            timeout: Duration::from_secs(1),
            ttl: Duration::from_secs(1),
            command: Vec::new(),
        }
    }

    #[test]
    fn the_users_probe_comes_before_the_images() {
        let image = |test: &[&str]| ImageInspect {
            config: Some(ImageConfig {
                healthcheck: Some(HealthConfig {
                    test: Some(test.iter().map(|w| (*w).to_owned()).collect()),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        };
        let own = image(&["CMD", "pg_isready", "-q"]);
        let none = sibling(Health::default());
        assert_eq!(probe(&none, &own).expect("one"), ["pg_isready", "-q"]);
        assert_eq!(probe(&none, &image(&["CMD-SHELL", "x || y"])).expect("one"), ["/bin/sh", "-c", "x || y"]);
        assert_eq!(probe(&none, &image(&["NONE"])), None);
        assert_eq!(probe(&none, &ImageInspect::default()), None);
        let asked = sibling(Health { command: Some("a".into()), wait_command: Some("b".into()), ..Default::default() });
        assert_eq!(probe(&asked, &own).expect("one")[2], "b");
    }
}
