//! A compose project of the run's own, set once for the whole job.

use super::super::shell_text::ShellText;
use super::super::{Draft, NewValue, Place, Scene, Withheld};
use super::{Name, NameKind, Suffix, plan, preclean, unseen};
use crate::docker::Verb;
use crate::edit::{Applicability, Fix};
use crate::lifecycle::resource::ResourceKind;
use crate::lifecycle::run_suffix::project_base;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::workflow::Vars;

/// The variable that compose reads.
const VARIABLE: &str = "COMPOSE_PROJECT_NAME";

/// The fix of a project.
///
/// # Errors
/// When its name is set where it cannot be changed.
pub fn of_name(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<Fix, Withheld> {
    let act = place.job.trace.acts.get(name.act).ok_or_else(|| Withheld::because("it is made by no command"))?;
    if has_option(act) {
        return plan::of_name(scene, place, name);
    }
    let job = &place.job.job;
    let projects = place.job.resources.iter().filter(|resource| resource.kind == ResourceKind::Project);
    if projects.filter(|resource| place.job.trace.acts.get(resource.act).is_some_and(|act| !has_option(act))).count()
        > 1
    {
        return Err(Withheld::because("the job brings up several projects, and one variable would make them one"));
    }
    let sharing = plan::others(place, name, true);
    let suffix = Suffix::of(place, NameKind::Project, &name.value, !sharing.is_empty())?;
    let mut draft = Draft::new(scene);
    let texts = ShellText::of_job(place);
    preclean::drop(&mut draft, place, name, &texts, &[])?;
    set(&mut draft, place, &name.value, &suffix)?;
    for other in plan::others(place, name, false).into_iter().chain(removers(place, name)) {
        if other.job.job.id.value() != job.id.value() {
            if suffix.expression.contains("matrix.") || suffix.expression.contains("strategy.") {
                let id = other.job.job.id.value();
                return Err(Withheld::because(format!(
                    "the job `{id}` uses it too, and does not know the legs of this one"
                )));
            }
            set(&mut draft, &other, &name.value, &suffix)?;
        }
    }
    let mut doubts = doubts(place, name, &texts);
    doubts.extend(unseen::of_project(place, name.act));
    let builds = place
        .job
        .stacks
        .get(&name.act)
        .is_some_and(|stack| stack.services.iter().any(|service| service.builds && service.image.is_none()));
    let piles_up = builds.then(|| {
        "compose names the images that it builds after the project: let `docker compose down --rmi local` take them along"
            .to_owned()
    });
    let applicability = if doubts.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    let why = doubts.into_iter().reduce(|all, next| format!("{all}; {next}")).or(piles_up);
    let title = format!("give the job a compose project of the run's own: `{VARIABLE}`");
    draft.finish("compose-project", applicability, title, why)
}

/// Whether a call says its project itself.
fn has_option(act: &Act) -> bool {
    matches!(&act.kind, ActKind::Docker(call) if matches!(&call.verb, Verb::Compose(compose) if compose.project.is_some()))
}

/// Other jobs that take the project down.
fn removers<'a>(place: &Place<'a>, name: &Name) -> Vec<Place<'a>> {
    let removes = |other: &&crate::analysis::TracedJob| {
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
    let jobs = place.analysed.jobs.iter().enumerate().filter(|(_, job)| removes(job));
    jobs.filter_map(|(at, _)| place.of(at)).collect()
}

/// Sets the variable for a job, or changes it where it is set.
fn set(draft: &mut Draft<'_>, place: &Place<'_>, name: &Value, suffix: &Suffix) -> Result<(), Withheld> {
    let job = &place.job.job;
    let path = place.tree.source().path();
    if job.shared {
        return Err(Withheld::because("the job is shared by an anchor"));
    }
    let given = [&place.analysed.workflow.env, &job.env].into_iter().chain(job.steps.iter().map(|step| &step.env));
    let mut changed = false;
    for text in given.filter_map(|vars: &Vars| vars.get(VARIABLE)?.text.as_ref()) {
        let last = text.value().char_indices().next_back().map(|(at, _)| at);
        let span = last.and_then(|last| text.exact(last..text.value().len()));
        let span =
            span.ok_or_else(|| Withheld::because(format!("`{VARIABLE}` is set in a way that cannot be edited")))?;
        draft.insert(&place.tree.source().location(span), false, &suffix.expression)?;
        changed = true;
    }
    if changed {
        return Ok(());
    }
    if place.job.trace.acts.iter().any(|act| act.env.contains_key(VARIABLE)) {
        return Err(Withheld::because(format!("`{VARIABLE}` is set by a command")));
    }
    let value = format!("{}{}", project_base(job, name), suffix.expression);
    let env = job.env.node.filter(|_| job.env.expression.is_none());
    match (env, job.env.key) {
        (Some(env), _) => {
            let after = job.env.entries.iter().rev().find(|var| !var.merged).map(|var| var.node);
            draft.insert_entry(path, env, after, VARIABLE, &NewValue::Text(value))
        }
        (None, Some(_)) => Err(Withheld::because("the job's `env:` is an expression")),
        (None, None) => {
            let after = job.runs_on.as_ref().map(|field| field.node);
            let map = NewValue::Map(vec![(VARIABLE.to_owned(), value)]);
            draft.insert_entry(path, job.node, after, "env", &map)
        }
    }
}

/// Words that name what compose makes of the project's name: `app_default`, `app-web-1`.
fn doubts(place: &Place<'_>, name: &Name, texts: &[ShellText]) -> Vec<String> {
    let Some(literal) = name.value.as_literal().filter(|name| !name.is_empty()) else { return Vec::new() };
    let stack = place.job.stacks.get(&name.act);
    let services: Vec<&str> =
        stack.iter().flat_map(|stack| &stack.services).map(|service| service.id.as_str()).collect();
    let mut doubts = Vec::new();
    for text in texts {
        for (_, written) in text.calls() {
            for word in written.words.iter().filter_map(crate::shell::Word::literal) {
                let rest = word.strip_prefix(literal).and_then(|rest| rest.strip_prefix(['-', '_']));
                let made = rest
                    .is_some_and(|rest| rest == "default" || services.iter().any(|service| rest.starts_with(service)));
                if made && !doubts.iter().any(|doubt: &String| doubt.contains(&word)) {
                    doubts.push(format!("`{word}` is named after the project, and is left as it is"));
                }
            }
        }
    }
    doubts
}
