//! A run on the machine: its jobs one after another, with what the runner does before and behind each.

use std::collections::BTreeMap;

use super::by_hand::docker;
use super::cast::{Cast, RUNNER, maker_of};
use super::granted::Granted;
use super::helper;
use super::log::{DaemonAct, Event, GaveUp, JobEnd, Log, Question};
use super::machine::{Machine, Maker, Place};
use super::moments::Moments;
use super::player::{Cut, Interruption, Player};
use super::projects::Projects;
use super::servers::Servers;
use super::staged::Staged;
use crate::runner::table::Trait;
use crate::runner::{Mode, Network};
use crate::truth::Truth;

/// The jobs of a run that are played: one, and those that need it.
#[derive(Clone, Copy)]
pub(super) struct Company<'a> {
    pub jobs: &'a [Staged<'a>],
    /// What is there before anybody comes.
    pub ground: &'a Ground,
    /// What is taken to hold where it is not known.
    pub guess: Guess,
    /// What is passed over.
    pub granted: Granted<'a>,
    /// What comes out the other way of all that nobody can tell.
    pub turned: Option<&'a Question>,
}

/// What is there before anybody comes.
#[derive(Debug)]
pub(super) struct Ground {
    /// The daemon: the networks that are there for all, and strangers.
    pub machine: Machine,
    /// What compose calls declare, in all plays.
    pub projects: Projects,
    /// The servers that each job leaves in the background.
    pub servers: Vec<Servers>,
}

/// What is taken to hold where nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// The steps run in a container.
    pub in_container: bool,
    /// The job and its services are on the host's network.
    pub on_host_network: bool,
    /// Texts of which nothing is known are others in each run.
    pub texts_differ: bool,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Ran {
    /// How the first job ended.
    pub end: JobEnd,
    /// The acts at the daemon that the first job had.
    pub cuts: Vec<DaemonAct>,
    /// What the guard looks for that still waits for the container of a killed runner's job.
    pub guard: Option<String>,
}

impl Company<'_> {
    /// Plays a run. What interrupts it interrupts its first job.
    pub(super) fn run(
        &self,
        machine: &mut Machine,
        log: &mut Log,
        cast: &Cast,
        run: usize,
        mut interruption: Option<(Cut, Interruption<'_>)>,
    ) -> Ran {
        let mut ran = Ran::default();
        for (number, (staged, servers)) in self.jobs.iter().zip(&self.ground.servers).enumerate() {
            if number > 0 && !follows(staged, ran.end) {
                log.ends(run, number, JobEnd::Skipped);
                continue;
            }
            let set = Set::up((machine, log), staged, (self.guess, self.granted), cast, (run, number));
            let mut player =
                Player::new(staged, machine, log, cast.clone(), self.granted, &self.ground.projects, servers);
            player.turned = self.turned;
            player.run = run;
            player.job = number;
            player.place = set.place.clone();
            player.network.clone_from(&set.on);
            if set.fails {
                player.has_failed();
            }
            player.services.clone_from(&set.services);
            player.moments = (run == 0 && number == 0 && interruption.is_none()).then(Moments::default);
            player.interruption = if number == 0 { interruption.take() } else { None };
            let played = if player.begins() { player.play() } else { player.ends() };
            if number == 0 {
                ran = Ran { end: played.end, cuts: played.cuts, guard: None };
            }
            // The guard waits for the job's container: in host mode there is none.
            if set.place != Place::Host && played.is_guarded {
                let token = helper::token(cast, number);
                match played.end {
                    // Nobody ends the container of a killed runner's job: it runs out its time.
                    JobEnd::Killed => ran.guard = Some(token),
                    _ => _ = helper::down(machine, maker_of(run), &token),
                }
            }
            if played.end == JobEnd::Killed {
                return ran;
            }
            // Processes go with the job's container; some runners end those that are left (docs/runners.md).
            let maker = Maker { job: number, ..maker_of(run) };
            if set.place != Place::Host {
                machine.reap(maker, &[]);
            } else if staged.substrate.does(Trait::ReapsProcesses).is_yes() {
                machine.reap(maker, &servers.unknown_to_the_runner());
            }
            // The runners of act's kind delete the job's directories and leave its processes (docs/runners.md).
            machine.abandon(maker);
            set.strike(machine, maker_of_runner(run));
        }
        ran
    }
}

/// Who makes what the runner makes for the jobs of a run.
fn maker_of_runner(run: usize) -> Maker {
    Maker { job: RUNNER, ..maker_of(run) }
}

/// Whether a job that needs the first starts when that has ended so.
fn follows(job: &Staged<'_>, end: JobEnd) -> bool {
    use crate::expr::Status;
    let status = match end {
        JobEnd::Succeeded | JobEnd::Skipped => Status::SUCCESS,
        JobEnd::Failed => Status::FAILURE,
        JobEnd::Stopped => Status::CANCELLED,
        JobEnd::Killed => return false,
    };
    if end == JobEnd::Stopped && job.substrate.starts_jobs_on_cancel != Truth::Yes {
        return false;
    }
    job.condition.truth(status, &|path| job.contexts.resolve(path)).may_be()
}

/// What the runner puts up for a job.
#[derive(Clone, Debug)]
struct Set {
    /// Where the steps run.
    place: Place,
    /// The network that the job and its services are on.
    on: String,
    /// Those of its services, by their ids.
    services: BTreeMap<String, String>,
    containers: Vec<String>,
    network: Option<String>,
    /// A service did not start, and the job fails of it.
    fails: bool,
}

impl Set {
    /// What this runner makes for the job: its network, its services, its container (docs/runners.md).
    fn up(
        (machine, log): (&mut Machine, &mut Log),
        staged: &Staged<'_>,
        (guess, granted): (Guess, Granted<'_>),
        cast: &Cast,
        (run, number): (usize, usize),
    ) -> Self {
        let maker = maker_of_runner(run);
        let (mode, network) = staged.place();
        let in_container = match mode {
            Mode::Host => false,
            Mode::Container => true,
            Mode::Unknown => guess.in_container,
        };
        let id = format!("{}-{number}", cast.who());
        let drops_services = !in_container && staged.substrate.does(Trait::StartsServicesOnHost).is_no()
            || staged.substrate.services_dropped.is_yes();
        let services: &[_] = if drops_services { &[] } else { &staged.job.services };
        let mut own = None;
        let runner_network = format!("runner-network-{id}");
        let on = match network {
            Network::Host => "host".to_owned(),
            Network::Bridge => "bridge".to_owned(),
            Network::Custom(name) => name.clone(),
            Network::Unknown if guess.on_host_network => "host".to_owned(),
            Network::Auto | Network::PerJob | Network::Unknown => {
                // A job that has no container of any kind needs none.
                if in_container || !services.is_empty() {
                    docker(machine, maker, &["network", "create", &runner_network]);
                    own = Some(runner_network.clone());
                }
                runner_network.clone()
            }
        };
        // act puts the services of a job on the host's network into a network of their own.
        let is_apart = *network == Network::Host && !staged.substrate.services_share_host_network();
        let services_on = if is_apart && !services.is_empty() {
            docker(machine, maker, &["network", "create", &runner_network]);
            own = Some(runner_network.clone());
            &runner_network
        } else {
            &on
        };
        let (mut containers, mut by_id, mut fails) = (Vec::new(), BTreeMap::new(), false);
        for service in services {
            let name = format!("runner-{}-{id}", service.id.value());
            let words = super::services::words(staged, service, &name, services_on, cast);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let reply = docker(machine, maker, &words).unwrap_or_default();
            let mut event = Event {
                run,
                job: number,
                step: 0,
                step_name: "services".to_owned(),
                at: staged.source.location(service.span),
                chain: Vec::new(),
                verb: "service".to_owned(),
                text: format!("service {}", service.id.value()),
                succeeded: reply.status == 0,
                said: reply.error,
                forgiven: true,
                used: Vec::new(),
                effects: reply.effects,
                by_runner: true,
            };
            // GitHub's ends the job there; the others log it, and go on (docs/runners.md).
            fails = !event.succeeded && staged.is_on_github() && !granted.command(&event);
            event.forgiven = !fails;
            if fails {
                let (step_name, at, after) = (event.step_name.clone(), event.at.clone(), log.events.len() + 1);
                let text = String::new();
                log.gave_up.push(GaveUp { run, step: 0, step_name, at, text, after, fails_job: true });
            }
            log.events.push(event);
            // GitHub's knows it by the id that docker prints: `options` may give it another name.
            let id = reply.output.trim();
            let known = if id.is_empty() { name } else { id.to_owned() };
            by_id.insert(service.id.value().to_owned(), known.clone());
            containers.push(known);
            if fails {
                break;
            }
        }
        let place = if in_container {
            let name = format!("job-{}", cast.who());
            docker(
                machine,
                maker,
                &["run", "-d", "--name", &name, "--network", &on, "runner/job", "sleep", "infinity"],
            );
            let place = machine.place_in(&name).unwrap_or(Place::Host);
            containers.push(name);
            place
        } else {
            Place::Host
        };
        Self { place, on, services: by_id, containers, network: own, fails }
    }

    /// What the runner takes away at the job's end.
    fn strike(&self, machine: &mut Machine, maker: Maker) {
        for name in &self.containers {
            docker(machine, maker, &["rm", "-fv", name]);
        }
        if let Some(network) = &self.network {
            docker(machine, maker, &["network", "rm", network]);
        }
    }
}
