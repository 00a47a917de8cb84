//! A run of a job on the paper machine: the world that the shell's walker asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry;
use super::cast::{Cast, maker_of};
use super::filters;
use super::granted::Granted;
use super::helper;
use super::log::{DaemonAct, Event, GaveUp, JobEnd, Log, MOST_QUESTIONS, Moment, New, Question};
use super::machine::{Caller, Machine, Maker, Place};
use super::moments::{Moments, takes_away};
use super::programs;
use super::projects::{self, Projects};
use super::servers::Servers;
use super::services;
use super::staged::Staged;
use crate::docker::Verb;
use crate::expr::{Known, Path, Status as JobStatus, Value as Text};
use crate::facts::Link;
use crate::runner::table::Trait;
use crate::source::Location;
use crate::symbol::{Opaque, Value};
use crate::trace::world::{Answer, Asked, File, Status, Tested, Then, World};
use crate::trace::{Act, ActKind, StepTrace, Target, walk_job};
use crate::truth::Truth;

/// Loops go round so often: a wait loop that has not come to an end by then never does.
const MOST_ROUNDS: usize = 40;

/// What interrupts a run.
pub(super) enum Interruption<'i> {
    /// Somebody else's run comes in between, whole.
    Meanwhile(&'i mut dyn FnMut(&mut Machine, &mut Log)),
    /// The runner is killed.
    Kill,
    /// It is cancelled, or its time is up.
    Stop(Stop),
    /// The command fails, whatever it would have done.
    Fail,
}

/// When it is interrupted.
#[derive(Clone, Debug)]
pub(super) enum Cut {
    /// Behind so many acts at the daemon.
    Behind(usize),
    /// At the command of that number, from 0.
    Command(usize),
    /// At a command, where so many that are written there have gone before.
    At(carry::Key, usize),
}

impl Cut {
    /// The moment at which another run was interrupted, for a run that need not do as many acts before.
    pub(super) fn like(log: &Log) -> Option<Self> {
        Some(match log.interrupted? {
            Moment::Start => Self::Behind(0),
            Moment::At(at) => {
                let event = log.events.get(at)?;
                let key = carry::own(event);
                let before = log.events[..at].iter().filter(|one| one.run == event.run && one.job == event.job);
                let count = before.filter(|one| carry::is(one, &key)).count();
                Self::At(key, count)
            }
        })
    }
}

/// How a job is stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Somebody cancels it.
    Cancel,
    /// It takes longer than it may.
    Timeout,
}

/// One run of one job.
pub(super) struct Player<'p, 'i> {
    pub staged: &'p Staged<'p>,
    pub machine: &'p mut Machine,
    pub log: &'p mut Log,
    pub cast: Cast,
    /// Which of the runs in the log.
    pub run: usize,
    /// Which of its jobs.
    pub job: usize,
    /// Where the steps run.
    pub place: Place,
    /// The network of the job and its services.
    pub network: String,
    /// What comes in between, and when.
    pub interruption: Option<(Cut, Interruption<'i>)>,
    /// What is passed over: it goes wrong in the original, too.
    pub granted: Granted<'p>,
    /// What comes out the other way of all that nobody can tell.
    pub turned: Option<&'p Question>,
    /// What compose calls declare.
    pub projects: &'p Projects,
    /// The acts at the daemon so far.
    pub cuts: Vec<DaemonAct>,
    /// How many commands there were.
    pub commands: usize,
    /// How many steps it came to.
    steps: usize,
    /// Where the last one of them stands.
    entered: Option<Location>,
    /// The containers of the job's services.
    pub services: BTreeMap<String, String>,
    /// The servers that it leaves in the background.
    servers: &'p Servers,
    /// How many random texts were drawn.
    drawn: usize,
    /// berth-run has started a guard.
    is_guarded: bool,
    /// How the machine was so far, where somebody wants to know which moments are new.
    pub moments: Option<Moments>,
    /// Where the job has looked at the daemon.
    looked: BTreeSet<(Location, usize)>,
    status: JobStatus,
    end: JobEnd,
    /// How the steps ended that have an id.
    outcomes: BTreeMap<String, &'static str>,
    /// The container that the next commands run in, which `docker exec` has entered; nothing when it is not there.
    inside: Option<Place>,
    /// The rest of the step is not run any more.
    muted: bool,
    /// A command was made to fail, and what comes of it counts.
    is_failing: bool,
    /// The step at hand goes on when the job is stopped.
    outlasts_a_stop: bool,
    files: BTreeMap<String, Value>,
}

impl<'p> Player<'p, '_> {
    /// A run that nothing interrupts.
    pub(super) fn new(
        staged: &'p Staged<'p>,
        machine: &'p mut Machine,
        log: &'p mut Log,
        cast: Cast,
        granted: Granted<'p>,
        projects: &'p Projects,
        servers: &'p Servers,
    ) -> Self {
        Self {
            staged,
            machine,
            log,
            cast,
            run: 0,
            job: 0,
            place: Place::Host,
            network: String::new(),
            interruption: None,
            granted,
            turned: None,
            projects,
            cuts: Vec::new(),
            commands: 0,
            steps: 0,
            entered: None,
            services: BTreeMap::new(),
            servers,
            drawn: 0,
            is_guarded: false,
            moments: None,
            looked: BTreeSet::new(),
            status: JobStatus::SUCCESS,
            end: JobEnd::Succeeded,
            outcomes: BTreeMap::new(),
            inside: None,
            muted: false,
            is_failing: false,
            outlasts_a_stop: false,
            files: BTreeMap::new(),
        }
    }

    /// The job fails before its first step: those run whose `if:` says so.
    pub(super) fn has_failed(&mut self) {
        (self.end, self.status) = (JobEnd::Failed, JobStatus::FAILURE);
    }

    /// What comes in between before the first step. Says whether there will be any.
    pub(super) fn begins(&mut self) -> bool {
        let Some((_, interruption)) = self.interruption.take_if(|(cut, _)| matches!(cut, Cut::Behind(0))) else {
            return true;
        };
        self.log.interrupted.get_or_insert(Moment::Start);
        self.end = match interruption {
            Interruption::Meanwhile(other) => {
                other(self.machine, self.log);
                return true;
            }
            Interruption::Kill => JobEnd::Killed,
            Interruption::Stop(_) | Interruption::Fail => JobEnd::Stopped,
        };
        false
    }

    /// Plays it to its end.
    pub(super) fn play(mut self) -> Played {
        let setting = self.staged.setting();
        walk_job(&setting, &mut self);
        self.ends()
    }

    /// Whether the end of a step hangs up the terminal of what it has in the background: in host mode, but for GitHub's
    /// runner (docs/runners.md).
    fn leaves_terminals(&self) -> bool {
        self.place == Place::Host && !self.staged.is_on_github()
    }

    /// Its end.
    pub(super) fn ends(self) -> Played {
        if self.leaves_terminals() {
            self.servers.step_ends(self.machine, self.maker());
        }
        let (run, job, end) = (self.run, self.job, self.end);
        self.log.ends(run, job, end);
        Played { end, cuts: self.cuts, is_guarded: self.is_guarded }
    }

    /// Who makes what this run makes.
    pub(super) fn maker(&self) -> Maker {
        Maker { job: self.job, ..maker_of(self.run) }
    }

    /// A text as this run has it: what only the run knows is what it is in this run.
    pub(super) fn text_of(&self, value: &Value) -> String {
        self.cast.value(value, self.staged.contexts)
    }

    /// What the run itself has come to.
    fn known(&self, path: &Path) -> Option<Known> {
        if let ("steps", Some([id, "outcome" | "conclusion"])) = (path.context.as_str(), path.names().as_deref()) {
            return Some(self.outcomes.get(*id).map_or_else(Known::unknown, |end| Known::text(*end)));
        }
        if let ("job", Some(["status"])) = (path.context.as_str(), path.names().as_deref()) {
            return Some(self.status.name().map_or_else(Known::unknown, Known::text));
        }
        None
    }

    fn resolve(&self, path: &Path) -> Known {
        if let Some(known) = self.known(path) {
            return known;
        }
        let known = self.staged.contexts.resolve(path);
        if known.texts().is_some() {
            return known;
        }
        match (path.context.as_str(), path.names().as_deref()) {
            ("github" | "gitea" | "forgejo", Some(["event_name"])) => Known::one_of([Text::Text("push".to_owned())]),
            _ => known,
        }
    }

    fn event(&mut self, asked: &Asked<'_>) -> Event {
        let act = asked.act;
        let step = self.staged.trace.steps.get(act.step);
        Event {
            run: self.run,
            job: self.job,
            step: act.step,
            step_name: step.map_or_else(|| format!("step {}", act.step + 1), |step| called(step, act.step)),
            at: act.at.clone(),
            chain: act.chain.to_vec(),
            verb: programs::verb(act),
            text: act.text.clone(),
            succeeded: true,
            said: String::new(),
            forgiven: false,
            used: Vec::new(),
            effects: Vec::new(),
            by_runner: false,
        }
    }

    /// Whether the run is interrupted at this command.
    fn is_at(&mut self, event: &Event) -> bool {
        let number = self.commands;
        self.commands += 1;
        match self.interruption.as_mut().map(|(cut, _)| cut) {
            Some(Cut::Command(at)) => *at == number,
            Some(Cut::At(key, before)) if carry::is(event, key) => match before.checked_sub(1) {
                Some(left) => {
                    *before = left;
                    false
                }
                None => true,
            },
            _ => false,
        }
    }

    /// What a command does on the machine.
    fn does(&mut self, asked: &Asked<'_>, event: &mut Event) -> Answer {
        let act = asked.act;
        let place = match act.context.target {
            Target::Here => Some(self.place.clone()),
            Target::Container => self.inside.clone(),
            Target::Elsewhere | Target::Unknown => None,
        };
        let Some(place) = place else { return said(0, None) };
        let input = asked.input.map(|value| self.text_of(value));
        match &act.kind {
            ActKind::Docker(call) if act.target() == Target::Here => {
                let texts = |value: &Value| self.cast.value(value, self.staged.contexts);
                let (mut declared, mut service, mut env) = (None, None, BTreeMap::new());
                if let Verb::Compose(compose) = &call.verb {
                    let dotenv = self.files.get(".env").map(texts);
                    declared = self.projects.declared(self.staged, act, compose, &texts, dotenv.as_deref());
                    let project = projects::name(compose, declared.as_deref(), act, &texts);
                    service = programs::entered_service(compose).map(|service| (project, texts(service)));
                    // No other call reads a variable.
                    let literal = |(name, value): (&Arc<str>, &Value)| (name.to_string(), Value::literal(texts(value)));
                    env = act.env.iter().map(literal).collect();
                }
                let directory = self.text_of(&act.directory.value());
                let caller = Caller {
                    maker: self.maker(),
                    declared: declared.as_deref(),
                    env: &env,
                    directory: &directory,
                    input: input.as_deref(),
                };
                let still_there = programs::while_it_runs(self.machine, call, &caller);
                let reply = self.machine.docker(call, &caller);
                for (path, text) in reply.files {
                    self.files.insert(path, Value::literal(text));
                }
                event.effects = reply.effects;
                event.said = reply.error;
                let mut answer = said(reply.status, Some(reply.output).filter(|_| !reply.program_speaks));
                let entered = programs::entered(call).map(|container| self.text_of(container));
                if entered.is_some() || service.is_some() {
                    let container = entered.and_then(|container| self.machine.place_in(&container));
                    let place = container.or_else(|| {
                        let (project, service) = service.as_ref()?;
                        self.machine.place_in_service(project, service)
                    });
                    self.inside = place.filter(|_| reply.status == 0);
                    // The command inside says how it ends.
                    if reply.status == 0 {
                        answer = Answer::default();
                    }
                } else if let Some((then, inside)) = still_there.filter(|_| reply.status == 0) {
                    event.used = programs::used(act, &|value| self.text_of(value), &then, &inside, self.maker());
                    if let Some(used) = event.used.iter().find(|used| !used.reached.is_there()) {
                        event.said = format!("nothing answers at `{}`", used.written);
                        answer.status = Status::Code(1);
                    }
                }
                answer
            }
            ActKind::Docker(_) => said(0, None),
            ActKind::Action(_) | ActKind::Program(_) | ActKind::Uses { .. } => said(0, None),
            ActKind::Command { program, argv, .. } => {
                let words: Vec<String> = argv.iter().map(|arg| self.text_of(&arg.value)).collect();
                if let Some((status, output)) = filters::run(program, &words, input.as_deref(), &|path| {
                    self.files.get(path).map(|value| self.text_of(value))
                }) {
                    return said(status, output);
                }
                if programs::is_random(program, &words) {
                    self.drawn += 1;
                    return said(0, Some(format!("{}-{}\n", self.cast.drawn(), self.drawn)));
                }
                if program == helper::PROGRAM {
                    return self.helper(&words, event);
                }
                let maker = self.maker();
                if self.changes_servers(act) {
                    let played = self.servers.play(act, self.machine, maker);
                    let status = u8::from(played.is_err());
                    event.said = played.err().unwrap_or_default();
                    return said(status, None);
                }
                self.uses(act, &place, event);
                match event.used.iter().find(|used| !used.reached.is_there()) {
                    Some(_) => said(programs::failure_of(program), None),
                    None => said(0, None),
                }
            }
        }
    }

    /// Whether a command starts or ends a server that other runs can meet: on the host's network.
    fn changes_servers(&self, act: &Act) -> bool {
        self.servers.are_changed_by(act) && act.context.target == Target::Here && self.machine.is_on_host(&self.place)
    }

    /// What berth-run does.
    fn helper(&mut self, words: &[String], event: &mut Event) -> Answer {
        let (maker, token) = (self.maker(), helper::token(&self.cast, self.job));
        self.is_guarded |= helper::starts_guard(words);
        let place = self.place.clone();
        let call = helper::Call { maker, token: &token, place: &place, network: &self.network };
        let done = helper::run(self.machine, words, call);
        event.effects = done.effects;
        event.said = done.error;
        let exports = done.exports.into_iter().map(|(name, text)| (name, Value::literal(text))).collect();
        Answer { exports, ..said(done.status, done.output) }
    }

    /// Looks up the addresses that a command uses.
    fn uses(&mut self, act: &Act, place: &Place, event: &mut Event) {
        let maker = self.maker();
        event.used = programs::used(act, &|value| self.text_of(value), self.machine, place, maker);
        if let Some(used) = event.used.iter().find(|used| !used.reached.is_there()) {
            event.said = format!("nothing answers at `{}`", used.written);
        }
    }
}

/// What a run of a job came to.
#[derive(Debug)]
pub(super) struct Played {
    pub end: JobEnd,
    /// The acts at the daemon.
    pub cuts: Vec<DaemonAct>,
    /// berth-run has started a guard.
    pub is_guarded: bool,
}

fn said(status: u8, output: Option<String>) -> Answer {
    Answer { status: Status::Code(status), output: output.map(Value::literal), ..Answer::default() }
}

impl World for Player<'_, '_> {
    fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        if self.muted {
            return Answer { status: Status::Failure, ..Answer::default() };
        }
        // What the shell itself asks (`[ -f x ]`): what nobody knows holds.
        if asked.index.is_none() {
            return said(0, None);
        }
        let is_call = matches!(asked.act.kind, ActKind::Docker(_)) || asked.act.helper().is_some();
        let is_docker = is_call && asked.act.target() == Target::Here;
        let mut event = self.event(asked);
        let is_at = self.is_at(&event);
        let fails = is_at && matches!(&self.interruption, Some((_, Interruption::Fail)));
        let mut answer = if fails { said(1, None) } else { self.does(asked, &mut event) };
        event.forgiven = fails;
        event.succeeded = answer.status.succeeded() != Truth::No;
        if !event.succeeded && !fails && self.granted.command(&event) {
            event.forgiven = true;
            answer.status = Status::SUCCESS;
        }
        // What changes nothing is a moment like the one before: but for the first look at how things are.
        let has_changed = is_docker && !event.effects.is_empty() || self.changes_servers(asked.act);
        let is_cut = has_changed || is_docker && self.looked.insert((event.at.clone(), event.chain.len()));
        if is_cut {
            let looks = !has_changed && programs::only_looks(&event.verb);
            let new = match &mut self.moments {
                Some(moments) if !looks => moments.behind(self.machine, &event),
                _ => New::LOOK,
            };
            self.cuts.push(DaemonAct { event: self.log.events.len(), new });
        } else if is_docker && takes_away(&event) {
            self.moments.iter_mut().for_each(Moments::cleared);
        }
        self.log.events.push(event);
        let is_behind = is_cut && matches!(&self.interruption, Some((Cut::Behind(cut), _)) if *cut == self.cuts.len());
        let Some((_, interruption)) = self.interruption.take_if(|_| is_at || is_behind) else { return answer };
        self.log.interrupted.get_or_insert(Moment::At(self.log.events.len() - 1));
        match interruption {
            Interruption::Meanwhile(other) => other(self.machine, self.log),
            Interruption::Kill => {
                self.end = JobEnd::Killed;
                answer.then = Then::Killed;
            }
            Interruption::Stop(stop) => return self.stopped(stop, answer),
            Interruption::Fail => self.is_failing = true,
        }
        answer
    }

    fn text(&mut self, unknown: &Opaque) -> Option<Value> {
        if &*unknown.source == "job.container.network" {
            return Some(Value::literal(self.network.clone()));
        }
        let tells = !self.staged.substrate.does(Trait::KnowsServicePorts).is_no();
        let of_service = services::asked(&unknown.source).and_then(|(service, what)| {
            if !tells {
                return Some(String::new());
            }
            let container = self.services.get(service)?;
            services::answer(self.machine, container, what, &self.network)
        });
        of_service.map(Value::literal).or_else(|| self.cast.text(unknown, self.staged.contexts))
    }

    fn is_no_word(&mut self, at: &Location) -> bool {
        let unknown = &self.staged.trace.unknown_options;
        !unknown.is_empty() && unknown.contains(&(at.path.clone(), at.span.start))
    }

    fn comes_out(&mut self, test: &Tested<'_>, holds: bool) -> bool {
        let place = (test.at.path.clone(), test.at.span.start);
        let tests = &self.staged.trace.open_tests;
        let Some(about) = tests.get(&place).filter(|_| !self.muted) else { return holds };
        holds != self.is_turned(test.at, test.chain, about, test.text)
    }

    fn read(&mut self, file: File<'_>) -> Option<Value> {
        self.files.get(&self.text_of(file.path)).cloned()
    }

    fn write(&mut self, file: File<'_>, text: Option<&Value>, append: bool) {
        let path = self.text_of(file.path);
        let text = text.cloned().unwrap_or_else(|| Value::literal(format!("{path}'s text")));
        let known = self.files.get(&path).cloned().filter(|_| append).unwrap_or_default();
        self.files.insert(path, known.then(text));
    }

    fn goes_on(&mut self, at: &Location) -> bool {
        self.works(at, false)
    }

    fn rounds(&self) -> Option<usize> {
        Some(MOST_ROUNDS)
    }

    fn enters(&mut self, step: &StepTrace) -> bool {
        self.muted = false;
        self.steps += 1;
        self.entered = Some(step.at.clone());
        let rules = self.staged.substrate.status_rules;
        if self.end == JobEnd::Stopped
            && self.status == JobStatus::CANCELLED
            && rules.cancel_runs_main_steps != Some(true)
        {
            return false;
        }
        let truth = |resolve: &dyn Fn(&Path) -> Known| {
            let each = step.conditions.iter().map(|condition| condition.truth(self.status, resolve));
            each.fold(Truth::Yes, Truth::and)
        };
        let runs = if step.conditions.is_empty() {
            self.status == JobStatus::SUCCESS
        } else {
            truth(&|path| self.resolve(path)).may_be()
        };
        let contexts = self.staged.contexts;
        let open = truth(&|path| self.known(path).unwrap_or_else(|| contexts.resolve(path)));
        let runs = if open == Truth::Unknown {
            let sources = step.conditions.iter().flat_map(|condition| condition.asked(&|path| contexts.sources(path)));
            // What reads the same and is no text of a context. A step's output is another thing once it has run.
            let gates = step.conditions.iter().flat_map(|condition| condition.gates());
            let said = |gate: &str| self.outcomes.keys().filter(|id| gate.contains(&format!("steps.{id}."))).count();
            let gates = gates.map(|gate| format!("if {gate} after {}", said(&gate)).into());
            runs != self.is_turned(&step.at, &[], &sources.chain(gates).collect(), "")
        } else {
            runs
        };
        // GitHub's runner asks a running step's condition again, and lets it run where that holds (docs/runners.md). What
        // of it nobody knows holds, since the step runs.
        let holds_then = |condition: &crate::expr::Condition| {
            let truth = |status| condition.truth(status, &|path| self.resolve(path));
            match truth(JobStatus::CANCELLED) {
                Truth::Unknown => truth(self.status) == Truth::Unknown,
                known => known.is_yes(),
            }
        };
        self.outlasts_a_stop =
            self.staged.is_on_github() && !step.conditions.is_empty() && step.conditions.iter().all(holds_then);
        if !runs && let Some(id) = &step.id {
            self.outcomes.insert(id.clone(), "skipped");
        }
        runs
    }

    fn leaves(&mut self, step: &StepTrace, status: Status) {
        let fails_job = !step.continue_on_error && self.end == JobEnd::Succeeded;
        let failed = status.succeeded().is_no() && !(fails_job && self.works(&step.at, true));
        let end = match (self.end, failed) {
            (JobEnd::Stopped, _) if self.muted => "cancelled",
            (_, true) => "failure",
            (_, false) => "success",
        };
        if let Some(id) = &step.id {
            self.outcomes.insert(id.clone(), end);
        }
        if failed && fails_job {
            self.end = JobEnd::Failed;
            self.status = JobStatus::FAILURE;
        }
        if self.leaves_terminals() {
            self.servers.step_ends(self.machine, self.maker());
        }
        self.muted = false;
    }
}

impl Player<'_, '_> {
    /// Whether what nobody can tell comes out the other way in this play.
    fn is_turned(&mut self, at: &Location, chain: &[Link], about: &BTreeSet<Arc<str>>, text: &str) -> bool {
        if self.job > 0 {
            return false;
        }
        if let Some(turned) = self.turned {
            return turned.is_asked(at, chain) || !turned.about.is_disjoint(about);
        }
        let questions = &mut self.log.questions;
        let is_new = questions.len() < MOST_QUESTIONS && !questions.iter().any(|known| known.is_asked(at, chain));
        if self.run == 0 && is_new {
            let (at, chain, about) = (at.clone(), carry::files(chain), about.clone());
            questions.push(Question { at, chain, about, text: one_line(text) });
        }
        false
    }

    /// Whether what gives up here is taken to go well; that it gives up is written down.
    fn works(&mut self, at: &Location, fails_job: bool) -> bool {
        if self.muted || self.end == JobEnd::Killed || self.is_failing {
            return false;
        }
        let works = self.granted.place(at);
        if !works {
            let (run, step, after) = (self.run, self.steps, self.log.events.len());
            let is_here = !fails_job && at.path == *self.staged.source.path();
            let text = if is_here { one_line(self.staged.source.slice(at.span)) } else { String::new() };
            let mut steps = self.staged.trace.steps.iter().enumerate();
            let entered = steps.find(|(_, step)| self.entered.as_ref() == Some(&step.at));
            let step_name = entered.map_or_else(String::new, |(number, step)| called(step, number));
            self.log.gave_up.push(GaveUp { run, step, step_name, at: at.clone(), text, after, fails_job });
        }
        works
    }

    /// The job is stopped: what the runner's version still runs, runs.
    fn stopped(&mut self, stop: Stop, answer: Answer) -> Answer {
        use crate::expr::TimeoutIs;
        self.end = JobEnd::Stopped;
        let rules = self.staged.substrate.status_rules;
        self.status = match (stop, rules.timeout_is) {
            (Stop::Timeout, Some(TimeoutIs::Failure)) => JobStatus::FAILURE,
            _ => JobStatus::CANCELLED,
        };
        if self.outlasts_a_stop {
            return answer;
        }
        if self.staged.substrate.runs_traps_on_cancel.is_yes() {
            return Answer { then: Then::Signal("INT", 2), ..answer };
        }
        self.muted = true;
        Answer { status: Status::Failure, ..Answer::default() }
    }
}

/// What a step is called: its name, its id, or which of the steps it is.
fn called(step: &StepTrace, number: usize) -> String {
    step.name.clone().or_else(|| step.id.clone()).unwrap_or_else(|| format!("step {}", number + 1))
}

/// The beginning of a text, as one line of a message.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
