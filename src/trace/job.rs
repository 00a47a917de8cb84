//! A job's steps, with the layers of variables they see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contexts::Contexts;
use super::interpreter::Interpreter;
use super::scope::{Flow, Left, Scope};
use super::world::{Status, Unknown, World};
use super::{ActKind, Capture, Frame, JobTrace, StepTrace, Target};
use crate::command::Arg;
use crate::command::powershell::{plain_commands, speaks_powershell};
use crate::docker;
use crate::expr::Condition;
use crate::facts::Link;
use crate::follow::{Directory, Files};
use crate::shared::Shared;
use crate::source::{FileKind, Source, Text};
use crate::symbol::{Dimensions, Unique, Value, Variables};
use crate::truth::Truth;
use crate::workflow::{Defaults, Job, Retried, Runs, Step, Vars, Workflow};

/// What is known before a job's steps are walked.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The repository.
    pub files: &'a Files,
    /// Whether calls are followed into other files.
    pub follow: bool,
    /// The workflow's file.
    pub source: &'a Source,
    /// The workflow.
    pub workflow: &'a Workflow,
    /// The job.
    pub job: &'a Job,
    /// Whether the runner fills `strategy.job-index`.
    pub has_job_index: bool,
    /// Whether GitHub's runner says that it is no machine of GitHub's.
    pub is_self_hosted: bool,
    /// Whether the job's `container.env` overrides `$GITHUB_ENV` (gitea-runner, forgejo-runner; docs/runners.md).
    pub container_env_wins: bool,
    /// `inputs.*`
    pub inputs: BTreeMap<String, Value>,
    /// Those of them that are typed boolean.
    pub flags: BTreeSet<String>,
    /// `needs.*.outputs.*` of jobs traced before.
    pub needs: Arc<BTreeMap<(String, String), Value>>,
}

/// Looks at a job: every way that it may go. Gives its trace and its `outputs:`.
pub fn trace_job(setting: &Setting<'_>) -> (JobTrace, BTreeMap<String, Value>) {
    walk_job(setting, &mut Unknown)
}

/// Walks a job in a world that answers what its commands do. Gives its trace and its `outputs:`.
pub fn walk_job(setting: &Setting<'_>, world: &mut dyn World) -> (JobTrace, BTreeMap<String, Value>) {
    let mut contexts = Contexts {
        job: setting.job.id.value().to_owned(),
        has_job_index: setting.has_job_index,
        is_self_hosted: setting.is_self_hosted,
        inputs: setting.inputs.clone(),
        flags: setting.flags.clone(),
        needs: setting.needs.clone(),
        ..Contexts::default()
    };
    if let Some(matrix) = setting.job.matrix() {
        contexts.set_matrix(matrix);
    }
    let mut interpreter = Interpreter {
        files: setting.files,
        follow: setting.follow,
        world,
        contexts,
        checkout: super::checkout::folder(setting.job),
        folder_of_run: super::checkout::folder_of_run(setting.job),
        trace: JobTrace {
            steps: Vec::new(),
            acts: Vec::new(),
            captures: BTreeMap::new(),
            handed_on: Variables::new(),
            unfollowed: Vec::new(),
            absent: Vec::new(),
            written: Vec::new(),
            open_tests: BTreeMap::new(),
            unknown_options: BTreeSet::new(),
            early_ends: Vec::new(),
        },
        exported: Variables::new(),
        began: None,
        several: None,
        given: Vec::new(),
        step: 0,
        processes: 0,
        depth: 0,
        walked: 0,
        loops: 0,
        rounds: 0,
        texts: 0,
        ids: super::ids::Ids::default(),
        lists: super::lists::Lists::default(),
        branched: 0,
        quiet: false,
        stopped: None,
        looked_at: Vec::new(),
        substituted: None,
        whole: None,
        arrived: None,
        killed: false,
        exports: 0,
        called: BTreeMap::new(),
    };
    let mut base = Shared::default();
    layer(&interpreter.contexts, &mut base, &setting.workflow.env);
    interpreter.contexts.env = base.clone();
    layer(&interpreter.contexts, &mut base, &setting.job.env);
    interpreter.contexts.env = base.clone();
    let container = setting.job.container.as_ref().map(|container| &container.value.env);
    let layers = Layers { base, container, container_wins: setting.container_env_wins };
    let place = StepsPlace { source: setting.source, chain: Vec::new(), conditions: Vec::new(), outer: None };
    let defaults = [&setting.job.defaults, &setting.workflow.defaults];
    interpreter.steps(&setting.job.steps, &layers, &place, &defaults);
    let outputs = setting.job.outputs.entries.iter().filter_map(|var| {
        let text = var.text.as_ref()?;
        Some((var.name.value().to_owned(), interpreter.contexts.text(text.value())))
    });
    let outputs = outputs.collect();
    interpreter.trace.handed_on = interpreter.exported;
    interpreter.trace.unknown_options = super::unknown_options::of(&interpreter.trace.acts);
    (interpreter.trace, outputs)
}

/// The variables below a step's own.
struct Layers<'a> {
    base: Shared<Variables>,
    container: Option<&'a Vars>,
    container_wins: bool,
}

/// Where steps stand: in the job, or in a composite action.
struct StepsPlace<'a> {
    source: &'a Source,
    chain: Vec<Link>,
    conditions: Vec<Condition>,
    /// The job's step that uses the action, and its index in the trace.
    outer: Option<(usize, Option<String>)>,
}

fn layer(contexts: &Contexts, env: &mut Shared<Variables>, vars: &Vars) {
    for var in &vars.entries {
        let value = var.text.as_ref().map(|text| contexts.text(text.value())).unwrap_or_default();
        env.insert(var.name.value().into(), value);
    }
}

impl Interpreter<'_> {
    fn steps(&mut self, steps: &[Step], layers: &Layers<'_>, place: &StepsPlace<'_>, defaults: &[&Defaults]) {
        for step in steps {
            if self.killed {
                return;
            }
            let mut env = layers.base.clone();
            if let Some(vars) = layers.container.filter(|_| !layers.container_wins) {
                layer(&self.contexts, &mut env, vars);
            }
            if !self.exported.is_empty() {
                env.set_all(&self.exported);
            }
            if let Some(vars) = layers.container.filter(|_| layers.container_wins) {
                layer(&self.contexts, &mut env, vars);
            }
            self.contexts.env = env.clone();
            layer(&self.contexts, &mut env, &step.env);
            // A step's condition sees its own variables as well (actions/runner StepsRunner.cs; act step.go setupEnv).
            self.contexts.env = env.clone();
            let condition = match &step.condition {
                Some(field) => Condition::read(field.value.value()),
                None => Condition::MISSING,
            };
            if self.contexts.is_never(&condition) {
                continue;
            }
            self.enter(step, condition, env.clone(), place);
            let index = self.step;
            if !self.world.enters(&self.trace.steps[index]) {
                continue;
            }
            let status = if let (Some(retried), Some(run)) = (&step.retried, &step.run) {
                self.retried(retried, &run.value.text, place)
            } else if let Some(run) = &step.run {
                self.run(step, &run.value.text, &env, place, defaults)
            } else if let Some(uses) = &step.uses {
                self.used(step, uses.value.value(), layers, place)
            } else {
                Status::Unknown
            };
            self.arrived = None;
            if !self.killed {
                self.world.leaves(&self.trace.steps[index], status);
            }
        }
    }

    fn enter(&mut self, step: &Step, condition: Condition, env: Shared<Variables>, place: &StepsPlace<'_>) {
        let text = |field: &Option<Box<crate::workflow::Field<crate::workflow::Scalar>>>| {
            field.as_ref().map(|field| field.value.value().to_owned())
        };
        let (index, outer_name) = place.outer.clone().unwrap_or((step.index, None));
        let mut conditions = place.conditions.clone();
        conditions.push(condition);
        let span = step.condition.as_ref().map_or(step.span, |field| field.span);
        self.trace.steps.push(StepTrace {
            index,
            name: text(&step.name).or(outer_name),
            id: text(&step.id),
            conditions,
            condition_at: place.source.location(span),
            at: place.source.location(step.span),
            run: text(&step.run),
            continue_on_error: step.continue_on_error.as_ref().is_some_and(|field| field.value.as_bool() == Some(true)),
            env,
        });
        self.step = self.trace.steps.len() - 1;
    }

    fn scope(&mut self, source: &Source, text: Text, env: &Shared<Variables>, chain: &[Link]) -> Scope {
        self.processes += 1;
        let names = match self.began.take() {
            Some((known, names)) if known.is_same(env) => names,
            _ => env.keys().cloned().collect(),
        };
        self.began = Some((env.clone(), names.clone()));
        Scope {
            variables: env.clone(),
            exported: names,
            exports: false,
            functions: Shared::default(),
            handed: Shared::default(),
            line_mark: None,
            positional: Shared::default(),
            call: None,
            loose_arguments: false,
            name: Value::unknown("$0"),
            outer: None,
            moves: 0,
            directory: Directory::checkout(),
            script: None,
            errexit: true,
            nounset: false,
            pipefail: false,
            target: Target::Here,
            daemon_away: false,
            mounted: Shared::default(),
            ignores_hangup: false,
            process: self.processes,
            chain: chain.to_vec().into(),
            frame: Frame { source: source.clone(), text },
            traps: Shared::default(),
            gone_traps: Shared::default(),
            within: Shared::default(),
            written: Shared::default(),
            arrays: Shared::default(),
            status: Status::SUCCESS,
            printed: None,
            locals: Shared::default(),
            substitutes: false,
            signalled: false,
            left: Left::default(),
        }
    }

    fn run(
        &mut self,
        step: &Step,
        text: &Text,
        env: &Shared<Variables>,
        place: &StepsPlace<'_>,
        defaults: &[&Defaults],
    ) -> Status {
        let shell = step.shell.as_ref().or_else(|| defaults.iter().find_map(|defaults| defaults.shell.as_ref()));
        let shell = shell.map(|field| field.value.value().trim().to_owned());
        let directory = step
            .working_directory
            .as_ref()
            .or_else(|| defaults.iter().find_map(|defaults| defaults.working_directory.as_ref()))
            .map(|field| field.value.value())
            .map(|written| self.contexts.text(super::checkout::below(self.folder_of_run, written).unwrap_or(written)));
        let mut scope = self.scope(place.source, text.clone(), env, &place.chain);
        // GitHub's and Gitea's default is `bash -e {0}`, or `sh -e {0}`; `shell: bash` adds pipefail
        // (docs.github.com, "Exit codes and error action preference"); a template says it itself.
        let mut plain = None;
        match shell.as_deref() {
            None if speaks_powershell(text.value()) => {
                self.unfollowed(&scope, 0..text.value().len(), "it is written for PowerShell");
                plain = Some(plain_commands(text.value()));
            }
            None | Some("sh") => {}
            Some("bash") => scope.pipefail = true,
            Some(template) => {
                let shell = crate::follow::ScriptInterpreter::command(template);
                if !shell.is_shell() {
                    let span = 0..text.value().len();
                    self.unfollowed(&scope, span, "its shell is not a POSIX shell");
                    return Status::Unknown;
                }
                scope.errexit = shell.sets('e');
                scope.nounset = shell.sets('u');
                scope.pipefail = shell.sets_long("pipefail");
            }
        }
        if let Some(directory) = directory {
            scope.directory = self.in_repository(scope.directory.enter(&directory));
        }
        self.script_of_step(scope, plain.as_deref().unwrap_or(text.value()), &Flow::default())
    }

    fn script_of_step(&mut self, mut scope: Scope, text: &str, flow: &Flow) -> Status {
        let script = self.files.parsed(text);
        self.note_unread(&scope, &script, 0..scope.frame.text.value().len());
        self.block(&mut scope, &script.body, flow);
        self.shell_ends(&mut scope, flow);
        self.several = None;
        scope.status
    }

    /// A script that an action runs as `bash -c`, again and again until it succeeds.
    fn retried(&mut self, retried: &Retried, text: &Text, place: &StepsPlace<'_>) -> Status {
        let env = self.contexts.env.clone();
        let is_shell = matches!(retried.shell.trim(), "bash" | "sh");
        let flow = Flow::default().standing(|context| context.in_loop = !retried.is_once);
        // Whoever plays it has no attempt that fails and is made good.
        let between: &[Text] = if is_shell && !self.plays() { &retried.between } else { &[] };
        for other in between {
            let mut scope = self.scope(place.source, other.clone(), &env, &place.chain);
            scope.errexit = false;
            self.script_of_step(scope, other.value(), &flow.maybe());
        }
        let mut scope = self.scope(place.source, text.clone(), &env, &place.chain);
        if !is_shell {
            self.unfollowed(&scope, 0..text.value().len(), "its shell is not a POSIX shell");
            return Status::Unknown;
        }
        scope.errexit = false;
        self.script_of_step(scope, text.value(), &flow)
    }

    fn used(&mut self, step: &Step, uses: &str, layers: &Layers<'_>, place: &StepsPlace<'_>) -> Status {
        let whole = Text::file(place.source);
        let span = step.uses.as_ref().map_or(step.span, |field| field.span);
        let env = self.contexts.env.clone();
        let mut scope = self.scope(place.source, whole, &env, &place.chain);
        if uses.starts_with("./") {
            if let Err(why) = self.composite(step, uses, layers, place) {
                self.unfollowed(&scope, span.range(), why);
            }
            // Its steps have been left one by one.
            return Status::Unknown;
        }
        let contexts = &self.contexts;
        let input = |name: &str| {
            let var = step.with.get(name)?;
            let text = var.text.as_ref()?;
            let at = var.value.as_ref().map_or(var.span, |value| value.span);
            Some(Arg::new(contexts.text(text.value()), at.range()))
        };
        let kind = match docker::action(uses, &input) {
            Some(call) => ActKind::Action(Box::new(call)),
            None => ActKind::Uses { name: uses.to_owned() },
        };
        let act = self.trace.acts.len();
        let answer = self.record(&scope, kind, span.range(), &Flow::default());
        self.answered(&mut scope, answer, &Flow::default());
        self.builder_named(act);
        scope.status
    }

    /// `steps.ID.outputs.name` of an action that makes a builder: the one that it is given, or a random one.
    fn builder_named(&mut self, index: usize) {
        let Some(act) = self.trace.acts.get(index) else { return };
        let ActKind::Action(call) = &act.kind else { return };
        let docker::ActionVerb::Docker(verb) = &call.verb else { return };
        let docker::Verb::Builder { names, driver, .. } = &**verb else { return };
        let Some(id) = self.trace.steps.get(act.step).and_then(|step| step.id.clone()) else { return };
        let value = match (names.first(), driver) {
            (Some(name), _) => name.value.clone(),
            (None, Some(driver)) if !driver.is("docker-container") => return,
            (None, _) => {
                let source = format!("steps.{id}.outputs.name");
                let capture = Capture::new(Vec::new(), act.at.clone(), vec![index]);
                self.trace.captures.insert(source.as_str().into(), capture);
                Value::opaque(source, Unique::by(Dimensions::RANDOM), Truth::No)
            }
        };
        self.contexts.outputs.insert((id, "name".to_owned()), value);
    }

    /// Walks the steps of a local composite action; the error says why not.
    fn composite(
        &mut self,
        step: &Step,
        uses: &str,
        layers: &Layers<'_>,
        place: &StepsPlace<'_>,
    ) -> Result<(), String> {
        if !self.follow {
            return Err("calls are not followed".to_owned());
        }
        let file = crate::follow::local_action(self.files, uses).map_err(|unfollowed| unfollowed.why)?;
        let tree = self.files.tree(&file).ok_or_else(|| format!("{file} is no YAML"))?;
        let action = self.files.action(&file).ok_or_else(|| format!("{file} is no action"))?;
        let Runs::Composite { steps } = &action.runs else { return Ok(()) };
        let source = tree.source().clone().of_kind(FileKind::Action);
        let outer = self.contexts.clone();
        let at = step.uses.as_ref().map_or(step.span, |field| field.span);
        let mut chain = place.chain.clone();
        let link = Link { location: place.source.location(at), what: format!("uses: {uses}") };
        if chain.contains(&link) {
            return Err("it calls itself".to_owned());
        }
        if chain.len() > 8 {
            return Err("it is called from too far down".to_owned());
        }
        chain.push(link);
        let here = Directory::Inside(file.parent().unwrap_or_default()).value();
        self.contexts.flags.clear();
        self.contexts.action_path = Some(here.clone());
        self.contexts.inputs = action
            .inputs
            .iter()
            .map(|input| {
                let given = step.with.get(input.name.value()).and_then(|var| var.text.as_ref());
                let value = match (given, &input.default) {
                    (Some(text), _) => outer.text(text.value()),
                    (None, Some(default)) => outer.text(default.value.value()),
                    (None, None) => Value::default(),
                };
                (input.name.value().to_owned(), value)
            })
            .collect();
        let trace_step = self.trace.steps.last().map(|step| (step.index, step.name.clone(), step.conditions.clone()));
        let (index, name, conditions) = trace_step.unwrap_or_default();
        let inner = StepsPlace { source: &source, chain, conditions, outer: Some((index, name)) };
        let inner_layers = Layers {
            base: {
                let mut base = layers.base.clone();
                base.set_all(&self.contexts.env);
                base.insert("GITHUB_ACTION_PATH".into(), here);
                base
            },
            container: layers.container,
            container_wins: layers.container_wins,
        };
        self.depth += 1;
        if !self.too_deep() {
            self.steps(steps, &inner_layers, &inner, &[]);
        }
        self.depth -= 1;
        let outputs = action.outputs.iter().filter_map(|output| {
            let id = step.id.as_ref()?.value.value().to_owned();
            Some(((id, output.name.clone()), self.contexts.text(output.value.value())))
        });
        let outputs: Vec<_> = outputs.collect();
        // The ids of its steps are its own.
        self.contexts.outputs = outer.outputs;
        self.contexts.outputs.extend(outputs);
        self.contexts.inputs = outer.inputs;
        self.contexts.flags = outer.flags;
        self.contexts.action_path = outer.action_path;
        Ok(())
    }
}
