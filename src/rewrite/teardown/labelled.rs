//! The removal of containers whose name other runs use as well, and which cannot get another: by the run's label, which
//! nothing of theirs carries.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::client::client;
use super::doubts::Doubts;
use super::end::{add_step, end_of, is_print, judge, not_used_later};
use super::leak::{Leak, Owner, leaks};
use super::removal::Removal;
use super::repair::{Repair, repair};
use crate::docker::{Verb, is_name_letter};
use crate::edit::Fix;
use crate::facts::listed;
use crate::finding::Finding;
use crate::lifecycle::resource::ResourceKind;
use crate::lifecycle::selector::By;
use crate::rewrite::doubt::lasting::may_go;
use crate::rewrite::run_label::{Label, has_label, stamp};
use crate::rewrite::shell_text::ShellText;
use crate::rewrite::{Draft, Place, Scene, Withheld};
use crate::source::Location;
use crate::symbol::Value;
use crate::workflow::Step;

/// The fix of a finding for which no name of the run's own comes: one for all such containers of its job.
///
/// # Errors
/// When another kind of thing leaks, or its command takes no label.
pub fn labelled(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let place = scene.place(finding)?;
    let all = place.reading.of_job(place.job, || Labelled::of(scene, &place));
    match all.refused.get(&finding.location) {
        Some(why) => Err(why.clone()),
        None => all.fix.clone(),
    }
}

/// A step at the end of a job that removes what the run's label is put on.
struct Labelled {
    fix: Result<Arc<Fix>, Withheld>,
    /// What is not removed by it, though findings tell of it.
    refused: HashMap<Location, Withheld>,
}

impl Labelled {
    fn of(scene: &Scene<'_>, place: &Place<'_>) -> Self {
        let mut refused = HashMap::new();
        let fix = Self::fix(scene, place, &mut refused).map(Arc::new);
        Self { fix, refused }
    }

    fn fix(scene: &Scene<'_>, place: &Place<'_>, refused: &mut HashMap<Location, Withheld>) -> Result<Fix, Withheld> {
        // A called workflow has the run's id of the one that calls it: its jobs and others' would have one label.
        if !place.job.calls.is_empty() || place.analysed.workflow.on.event("workflow_call").is_some() {
            return Err(Withheld::because(
                "the workflow is called by others, and the run's label is the same in every call",
            ));
        }
        // What is selected otherwise gets the run's label for that.
        if place.job.removals.iter().any(|removal| !matches!(removal.selector.by, By::Name | By::Project)) {
            return Err(Withheld::because("another removal of the job does not go by names"));
        }
        let texts = ShellText::of_job(place);
        let label = Label::of(place, place.analysed.workflow.jobs.len() > 1)?;
        let said = Said::of(place);
        let mut draft = Draft::new(scene);
        let mut removed: Vec<Leak<'_>> = Vec::new();
        for leak in leaks(place).into_iter().filter(|leak| stays_shared(scene, place, leak)) {
            let put = allowed(place, &leak, removed.first(), &said);
            match put.and_then(|()| stamp(&mut draft, place, &texts, leak.resource, &label)) {
                Ok(()) => removed.push(leak),
                Err(why) => drop(refused.insert(leak.at, why)),
            }
        }
        let text = texts.iter().find(|text| text.is_workflow);
        let (Some(first), Some(text)) = (removed.first(), text) else {
            return Err(Withheld::because("it is made by nothing that takes a label"));
        };
        let client = client(first.creation);
        let list = format!("{client} ps -aq{}", label.option(text)?);
        let mut removal = Removal::listed(format!("{list} | xargs -r {client} rm -fv || true"));
        removed.iter().for_each(|leak| removal.says(leak));
        let mut doubts = Doubts::default();
        let names: Vec<String> = removed.iter().map(|leak| format!("`{}`", leak.resource.shown())).collect();
        let (plural, them) = if names.len() > 1 { ("s", "them") } else { ("", "it") };
        doubts.add(format!("two runs still share the name{plural} {}", listed(&names, "and")));
        judge(scene, place, &removed, &mut doubts);
        let what = listed(&removal.shown, "and");
        add_step(&mut draft, place, &removed, removal, behind_actions(place, end_of(place, &removed)))?;
        doubts.finish(draft, &format!("label {what}, and remove {them} by the label in a step with `if: always()`"))
    }
}

/// Behind the last step that may work with what a job has made: of actions only some are known to take files alone.
fn behind_actions(place: &Place<'_>, end: usize) -> usize {
    let takes_files = |uses: &str| ["actions/upload-artifact", "actions/cache"].iter().any(|own| uses.starts_with(own));
    let works = |step: &&Step| step.uses.as_ref().is_some_and(|uses| !takes_files(uses.value.value()));
    let last = place.job.job.steps.iter().rev().find(works);
    last.map_or(end, |step| end.max(step.index + 1))
}

/// Whether something is told of that keeps a name which other runs have as well.
fn stays_shared(scene: &Scene<'_>, place: &Place<'_>, leak: &Leak<'_>) -> bool {
    let told = leak.told(scene, place);
    let waits_for_none = |finding: &&Finding| finding.fix.is_none() && finding.waits.is_none();
    told.iter().any(waits_for_none)
        && leak.resource.kind == ResourceKind::Container
        && leak.owner(scene, place) == Owner::Told
        // What has a step of its own already is to be removed there.
        && !matches!(repair(scene, place, leak), Repair::Gate(_))
}

/// Whether a container may get the label, and go by it at the job's end, beside one that does so already.
fn allowed(place: &Place<'_>, leak: &Leak<'_>, beside: Option<&Leak<'_>>, said: &Said<'_>) -> Result<(), Withheld> {
    let creation = leak.creation;
    if creation.at.path != place.analysed.path {
        return Err(Withheld::because(format!(
            "`{}` makes it, which other jobs may run as well: first put the run's id into the name",
            creation.at.path
        )));
    }
    if !matches!(creation.verb(), Some(Verb::Run(_) | Verb::Create(_))) || leak.resource.acts.len() > 1 {
        return Err(Withheld::because("it is made by several commands, or by one that takes no label"));
    }
    let step = place.step(creation.step);
    let asks = |condition: &str| condition.contains("steps.");
    let goes_on = step.is_some_and(|step| {
        let condition = step.condition.as_ref().map(|condition| condition.value.value());
        step.continue_on_error.is_some() || condition.is_some_and(asks)
    });
    if creation.context.tolerated || creation.context.conditional || goes_on || said.before(leak) {
        return Err(Withheld::because(
            "the job may go on with what another run has made, which would go with that run",
        ));
    }
    let is_plain = ["docker ", "sudo docker "].iter().any(|client| {
        creation
            .text
            .strip_prefix(client)
            .is_some_and(|verb| ["run ", "create ", "container "].iter().any(|own| verb.starts_with(own)))
    });
    if !is_plain || creation.env.keys().any(|name| matches!(&**name, "DOCKER_HOST" | "DOCKER_CONTEXT")) {
        return Err(Withheld::because("it may be made on another daemon than the one that the last step asks"));
    }
    if has_label(creation) || said.is_made_again(leak) {
        return Err(Withheld::because("it has a label of the run already, or the job makes it in several places"));
    }
    if beside.is_some_and(|beside| client(beside.creation) != client(creation)) {
        return Err(Withheld::because("the job makes others by another client"));
    }
    if leak.stays_after_success() {
        may_go(place, leak.resource.name.as_ref())?;
    }
    not_used_later(place, leak)
}

/// The words of a job's commands, each with the first command that says it: what only prints or removes says nothing.
struct Said<'a> {
    first: HashMap<&'a str, usize>,
    /// How many things the job makes of each name.
    made: HashMap<String, usize>,
}

impl<'a> Said<'a> {
    fn of(place: &Place<'a>) -> Self {
        let removing: HashSet<usize> = place.job.removals.iter().map(|removal| removal.act).collect();
        let (mut first, mut made) = (HashMap::new(), HashMap::new());
        for name in place.job.resources.iter().filter_map(|resource| resource.name.as_ref()) {
            *made.entry(name.to_string()).or_default() += 1;
        }
        for (at, act) in place.job.trace.acts.iter().enumerate() {
            if removing.contains(&at) || is_print(act) {
                continue;
            }
            for word in act.text.split(|c| !is_name_letter(c)) {
                first.entry(word).or_insert(at);
            }
        }
        Self { first, made }
    }

    /// Whether a command before the creation names it: `docker start pg || docker run --name pg …`.
    fn before(&self, leak: &Leak<'_>) -> bool {
        let name = leak.resource.name.as_ref().and_then(Value::as_literal);
        name.is_none_or(|name| self.first.get(name).is_some_and(|first| *first < leak.resource.act))
    }

    /// Whether the job makes another thing of its name: in a branch, or in a step that runs instead.
    fn is_made_again(&self, leak: &Leak<'_>) -> bool {
        let name = leak.resource.name.as_ref().map(Value::to_string);
        name.is_none_or(|name| self.made.get(&name).is_some_and(|count| *count > 1))
    }
}
