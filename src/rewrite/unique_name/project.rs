//! A compose project of the run's own, set once for the whole job.

use std::collections::BTreeSet;

use super::super::doubt::same_run::{called_unseen, same_run};
use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Scene, Withheld, handed_on, teardown};
use super::claims::{Claims, Ports};
use super::held::{self, JobVariable};
use super::left::Left;
use super::{Name, NameKind, Suffix, append, built, derived, elsewhere, ending, job_variable, kept, plan, preclean};
use crate::docker::Verb;
use crate::edit::Fix;
use crate::lifecycle::resource::ResourceKind;
use crate::lifecycle::run_suffix::project_base;
use crate::stack::Stack;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::workflow::{Job, Vars};

/// The variable that compose reads.
const VARIABLE: &str = "COMPOSE_PROJECT_NAME";

/// The fix of a project.
///
/// # Errors
/// When its name is set where it cannot be changed.
pub fn of_name(scene: &Scene<'_>, place: &Place<'_>, name: &Name, ports: Ports) -> Result<Fix, Withheld> {
    let act = place.job.trace.acts.get(name.act).ok_or_else(|| Withheld::because("it is made by no command"))?;
    if has_option(act) {
        return plan::of_name(scene, place, name, ports);
    }
    let job = &place.job.job;
    let projects = place.job.resources.iter().filter(|resource| resource.kind == ResourceKind::Project);
    if projects.filter(|resource| place.job.trace.acts.get(resource.act).is_some_and(|act| !has_option(act))).count()
        > 1
    {
        return Err(Withheld::because("the job brings up several projects, and one variable would make them one"));
    }
    plan::not_called_twice(place, &name.value)?;
    let claims = Claims::of(place, name, ports).allow(place, name)?;
    let sharing = plan::others(place, name, true);
    let suffix = Suffix::of(place, NameKind::Project, &name.value, !sharing.is_empty())?;
    let mut draft = Draft::new(scene);
    let texts = ShellText::of_job(place);
    let mut gone = Vec::new();
    preclean::drop(&mut draft, place, (name, &[]), &texts, &[], &mut gone)?;
    if !sharing.is_empty() && is_of_workflow_alone(place) {
        return Err(Withheld::because(format!(
            "jobs that run side by side bring it up, and the workflow's `env:` has one name for all of them: give each job \
             a `{VARIABLE}` of its own, with the job's id and the run in it"
        )));
    }
    let is_everywhere = set(&mut draft, place, &name.value, &suffix)?;
    let (mut told, mut beside) = (BTreeSet::from([job.id.value()]), Vec::new());
    for other in plan::others(place, name, false).into_iter().chain(removers(place, name)) {
        let id = other.job.job.id.value();
        if told.insert(id) {
            if suffix.is_of_a_leg() {
                return Err(Withheld::because(format!(
                    "the job `{id}` uses it too, and does not know the matrix legs of this job"
                )));
            }
            beside.extend(plan::beside(place, &other, name)?);
            set(&mut draft, &other, &name.value, &suffix)?;
        }
    }
    let mut doubts = kept::kept(place, name)?;
    doubts.extend(claims);
    doubts.extend(beside);
    let literal = name.value.as_literal().filter(|literal| is_everywhere && held::is_plain(literal)).map(str::to_owned);
    let told = literal.map(|literal| {
        let whole = format!("{literal}{}", suffix.expression());
        suffix.clone().held_by(JobVariable { name: VARIABLE.to_owned(), literal, whole, is_new: false })
    });
    doubts.extend(derived::change(&mut draft, place, name, told.as_ref().unwrap_or(&suffix))?);
    doubts.extend(plan::unread(place, name)?);
    let left = Left::of(scene, place, name, false);
    doubts.extend(left.doubts);
    for step in &left.steps {
        teardown::widen(&mut draft, place, *step)?;
    }
    if !left.acts.is_empty() {
        let acts: Vec<_> = left.acts.iter().map(|act| (*act, None)).collect();
        let behind = ending::cut(&mut draft, place, (name, std::slice::from_ref(name)), &texts, &[], &mut gone)?;
        doubts.extend(teardown::add_renamed(&mut draft, place, &acts, behind)?);
    }
    let builds = place.job.stacks.get(&name.act).is_some_and(Stack::names_what_it_builds);
    // A step that is added takes them along.
    if builds && left.acts.is_empty() && !built::remove_with_project(&mut draft, place, name, &texts)? {
        doubts.push("each run leaves the images that compose builds and names after the project".to_owned());
    }
    doubts.extend(elsewhere::is_said_nowhere(scene, place, name)?);
    doubts.extend(same_run(place).into_iter().chain(called_unseen(place)).map(str::to_owned));
    let mut title = format!("give the job a compose project of the run's own: `{VARIABLE}`");
    if !left.acts.is_empty() || !left.steps.is_empty() {
        title.push_str(", and take it down at the end");
    }
    let fix = draft.finish_with("compose-project", title, &doubts)?;
    Ok(Fix { part_of: plan::part_of(place, std::slice::from_ref(name)), ..fix })
}

/// Whether a call says its project itself.
fn has_option(act: &Act) -> bool {
    matches!(&act.kind, ActKind::Docker(call) if matches!(&call.verb, Verb::Compose(compose) if compose.project.is_some()))
}

/// Other jobs that take this run's project down. One that does not wait for the job is after what earlier runs left.
fn removers<'a>(place: &Place<'a>, name: &Name) -> Vec<Place<'a>> {
    let removes = |other: &crate::analysis::TracedJob| {
        let makes = other
            .resources
            .iter()
            .any(|resource| resource.name.as_ref().is_some_and(|theirs| theirs.same(&name.value).is_yes()));
        !makes
            && other.removals.iter().any(|removal| {
                removal.scope == crate::lifecycle::removal::Scope::Project
                    && removal.selector.names.iter().any(|arg| arg.value.same(&name.value).is_yes())
            })
    };
    let later = place.position().map(|own| place.peers.needing(own)).unwrap_or_default();
    later.iter().filter_map(|at| place.of(*at)).filter(|other| removes(other.job)).collect()
}

/// Whether only the workflow's own `env:` sets the variable, for all its jobs.
fn is_of_workflow_alone(place: &Place<'_>) -> bool {
    let job = &place.job.job;
    let mut nearer = std::iter::once(&job.env).chain(place.steps_with_values().map(|step| &step.env));
    place.analysed.workflow.env.get(VARIABLE).is_some() && !nearer.any(|vars| vars.get(VARIABLE).is_some())
}

/// Sets the variable for a job, or changes it where it is set. Gives back whether every step of the job has it.
fn set(draft: &mut Draft<'_>, place: &Place<'_>, name: &Value, suffix: &Suffix) -> Result<bool, Withheld> {
    let job = &place.job.job;
    if job.shared {
        return Err(Withheld::because("the job is shared through an anchor"));
    }
    // The workflow's `env:` knows no leg.
    if suffix.is_of_a_leg() && is_of_workflow_alone(place) {
        job_variable::insert(draft, place, &[(VARIABLE.to_owned(), own_name(job, name, suffix))])?;
        return Ok(true);
    }
    let for_all = [&place.analysed.workflow.env, &job.env];
    let given = for_all.into_iter().chain(place.steps_with_values().map(|step| &step.env));
    let mut changed = false;
    for text in given.filter_map(|vars: &Vars| vars.get(VARIABLE)?.text.as_ref()) {
        let last = text.value().char_indices().next_back().map(|(at, _)| at);
        let span = last.and_then(|last| text.exact(last..text.value().len()));
        let span = span.ok_or_else(|| {
            Withheld::because(format!("`{VARIABLE}` is set in a way that cannot be edited: change it by hand"))
        })?;
        draft.insert(&place.tree.source().location(span), false, &suffix.expression)?;
        changed = true;
    }
    if changed {
        return Ok(for_all.iter().any(|vars| vars.get(VARIABLE).is_some()));
    }
    if hand_on(draft, place, name, suffix)? {
        return Ok(false);
    }
    if place.job.trace.acts.iter().any(|act| act.env.contains_key(VARIABLE)) {
        return Err(Withheld::because(format!(
            "a command of the job `{}` sets `{VARIABLE}`: put the run's id into the value there",
            job.id.value()
        )));
    }
    job_variable::insert(draft, place, &[(VARIABLE.to_owned(), own_name(job, name, suffix))])?;
    Ok(true)
}

/// Changes it where a step hands it on to all that call compose.
fn hand_on(draft: &mut Draft<'_>, place: &Place<'_>, name: &Value, suffix: &Suffix) -> Result<bool, Withheld> {
    let Some(literal) = name.as_literal() else { return Ok(false) };
    let texts = ShellText::of_job(place);
    let said = handed_on::saying(place, &texts, literal);
    let [said] = said.as_slice() else { return Ok(false) };
    let trace = &place.job.trace;
    let calls = trace.acts.iter().filter(|act| matches!(act.verb(), Some(Verb::Compose(_))));
    let comes_later = |act: &Act| trace.steps.get(act.step).is_some_and(|step| step.index > said.step);
    if said.name != VARIABLE || !calls.into_iter().all(comes_later) {
        return Ok(false);
    }
    let Some(text) = texts.get(said.text) else { return Ok(false) };
    let Some(end) = said.word.pieces.last().map(|piece| piece.span.end) else { return Ok(false) };
    append::to_word(draft, text, &said.word, end, false, suffix)?;
    Ok(true)
}

/// The name of a project of the run's own. Where the job's id is all that is known, it stands there once.
fn own_name(job: &Job, name: &Value, suffix: &Suffix) -> String {
    let (base, end) = (project_base(job, name), suffix.expression.as_str());
    let id = format!("-{}", job.id.value().to_ascii_lowercase());
    let has_it = name.as_literal().is_none() && end.starts_with(&format!("{id}-$"));
    format!("{base}{}", if has_it { &end[id.len()..] } else { end })
}
