//! A variable of the job that holds a name: what would be written over and over is written once.

use std::collections::BTreeSet;

use super::super::shell_text::ShellText;
use super::super::{Draft, NewValue, Place, Scene, Withheld, handed_on};
use super::held::{self, JobVariable};
use super::renaming::Renaming;
use super::uses::Use;
use super::{NameKind, callers, capitals, image, leftover, printed, variable};
use crate::workflow::Vars;

/// How often a name is written out before it gets a variable.
const MOST_WRITTEN: usize = 2;

/// The variable that a name gets, where it stands in more places of the job's texts than one reads with ease;
/// `more`: the places that are to be written besides. One that holds the name already is as good anywhere.
pub fn chosen(draft: &Draft<'_>, renaming: &Renaming<'_, '_>, more: usize) -> Option<JobVariable> {
    let Renaming { place, texts, name, uses, suffix, .. } = *renaming;
    let known = name.value.as_literal().filter(|literal| held::is_plain(literal));
    // With one leg in its matrix a name is known, and yet written as one that others may have beside it.
    let written = written_alike(renaming).filter(|written| known.is_none() || written.contains("${{"));
    let literal = written.as_deref().or(known)?;
    let stem = literal.get(..literal.len() - suffix.replaces(literal))?;
    let variable = |name: String, is_new: bool| JobVariable {
        name,
        literal: literal.to_owned(),
        whole: format!("{stem}{}", suffix.expression()),
        is_new,
    };
    let is_image = name.kind == NameKind::Image;
    // `app` and `app:latest` are one image, written in two ways.
    // One that a step puts into a variable for later ones is written there.
    let is_held = |used: &Use| is_image && variable::is_one(&used.held.name);
    let is_written = |used: &Use| used.held.name.as_literal() == known || is_held(used);
    let services = if is_image { image::in_services(place, &name.value) } else { Vec::new() };
    if is_image
        && written.is_none()
        && !(uses.iter().all(is_written) && services.iter().all(|(_, written)| written == literal))
    {
        return None;
    }
    // The first docker-compose knows no `${GITHUB_RUN_ID:+…}`.
    let needs_one = !services.is_empty() && !suffix.is_the_tag();
    if let Some(name) = (!is_image).then(|| handed_on(renaming, literal)).flatten() {
        return Some(variable(name, false));
    }
    let variables: BTreeSet<String> = uses.iter().filter_map(|used| variable::of(&used.held.name)).collect();
    if !variables.is_empty() {
        let is_told = |vars: &Vars, name: &str| {
            vars.get(name).and_then(|var| var.text.as_ref()).is_some_and(|text| text.value() == literal)
        };
        let job = &place.job.job;
        let is_overridden = |name: &str| place.steps_with_values().any(|step| step.env.get(name).is_some());
        let known = variables.into_iter().find(|name| is_told(&job.env, name) && !is_overridden(name));
        if known.is_some() || !is_image {
            return known.map(|name| variable(name, false));
        }
    }
    if uses.iter().any(|used| used.is_one_of) || !can_have(place) {
        return None;
    }
    let hosts = if is_image { Vec::new() } else { leftover::hosts(draft.scene(), renaming) };
    // What a script is told by one job, others do not tell it.
    let written = uses.iter().filter(|used| !is_held(used));
    let places = written.map(|used| used.text).chain(hosts.iter().map(|(index, _)| *index));
    let is_own = |index: usize| {
        texts
            .get(index)
            .is_some_and(|text| text.has_job_env() || callers::number(draft.scene(), text.source.path()) == 1)
    };
    if !places.clone().all(is_own) {
        return None;
    }
    let inputs = if is_image { image::in_steps(place, literal) } else { 0 };
    let count = places.count() + services.len() + inputs + more;
    let is_often = needs_one || count + printed::number(renaming, literal) > MOST_WRITTEN;
    let name = || free_name(draft.scene(), place, texts, name.kind, &without_expressions(literal));
    is_often.then(|| variable(name(), true))
}

/// The name as all its uses write it, where values that the job's `env:` knows, too, stand in it:
/// `shop-${{ matrix.db }}`.
fn written_alike(renaming: &Renaming<'_, '_>) -> Option<String> {
    let Renaming { place, texts, name, uses, .. } = *renaming;
    if name.kind == NameKind::Image && !image::in_services(place, &name.value).is_empty() {
        return None;
    }
    let written = |used: &Use| {
        let text = texts.get(used.text).filter(|text| text.has_job_env() && !used.nested && !used.is_link)?;
        Some(text.value().get(used.held.arg.span.clone())?.trim_matches('"'))
    };
    let first = uses.first().and_then(written)?;
    let is_known = |part: &str| {
        let Some((expression, plain)) = part.split_once("}}") else { return false };
        let path = expression.trim();
        let is_path = path.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        is_path && path.starts_with("matrix.") && (plain.is_empty() || held::is_plain(plain))
    };
    let mut parts = first.split("${{");
    let begins = parts.next().is_some_and(held::is_plain);
    (begins && parts.all(is_known) && uses.iter().all(|used| written(used) == Some(first))).then(|| first.to_owned())
}

/// A name's plain parts.
fn without_expressions(name: &str) -> String {
    let plain = name.split("${{").map(|part| part.split_once("}}").map_or(part, |(_, plain)| plain));
    plain.map(|part| part.trim_matches(['-', '_', '.'])).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The variable by which a step hands the name on before anything uses it.
fn handed_on(renaming: &Renaming<'_, '_>, literal: &str) -> Option<String> {
    let Renaming { place, texts, uses, .. } = *renaming;
    let said = handed_on::saying(place, texts, literal);
    let [said] = said.as_slice() else { return None };
    let comes_later = |used: &Use| {
        let text = texts.get(used.text)?;
        Some(text.own_step(place)?.index > said.step)
    };
    let is_for_all = uses.iter().all(|used| !used.is_one_of && comes_later(used) == Some(true));
    (is_for_all && !variable::is_dockers_besides(renaming, &said.name)).then(|| said.name.clone())
}

/// Whether a variable can be added to the job's `env:`.
fn can_have(place: &Place<'_>) -> bool {
    let env = &place.job.job.env;
    let is_open = env.node.is_none_or(|node| {
        let node = place.tree.node(node);
        !node.is_flow() && !node.is_alias() && node.own_entries().next().is_some()
    });
    !place.job.job.shared && env.expression.is_none() && (env.node.is_some() || env.key.is_none()) && is_open
}

/// Adds variables to the job's `env:`.
///
/// # Errors
/// When it cannot be edited.
pub fn insert(draft: &mut Draft<'_>, place: &Place<'_>, variables: &[(String, String)]) -> Result<(), Withheld> {
    if variables.is_empty() {
        return Ok(());
    }
    let job = &place.job.job;
    let path = place.tree.source().path();
    if job.shared {
        return Err(Withheld::because("the job is shared through an anchor"));
    }
    let env = job.env.node.filter(|_| job.env.expression.is_none());
    match (env, job.env.key) {
        (Some(env), _) => {
            let after = job.env.entries.iter().rev().find(|var| !var.merged).map(|var| var.node);
            for (name, value) in variables {
                draft.insert_entry(path, env, after, name, &NewValue::Text(value.clone()))?;
            }
            Ok(())
        }
        (None, Some(_)) => Err(Withheld::because("the job's `env:` is an expression")),
        (None, None) => {
            let after = job.runs_on.as_ref().map(|field| field.node);
            draft.insert_entry(path, job.node, after, "env", &NewValue::Map(variables.to_vec()))
        }
    }
}

/// A name for the variable that nothing in the job's files says.
fn free_name(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText], kind: NameKind, literal: &str) -> String {
    let (what, endings): (&str, &[&str]) = match kind {
        NameKind::Container => ("CONTAINER", &["CONTAINER"]),
        NameKind::Network => ("NETWORK", &["NET", "NETWORK"]),
        NameKind::Volume => ("VOLUME", &["VOL", "VOLUME"]),
        NameKind::Project => ("PROJECT", &["PROJECT"]),
        NameKind::Builder => ("BUILDER", &["BUILDER"]),
        NameKind::Image => ("IMAGE", &["IMAGE"]),
    };
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let own = if kind == NameKind::Image { image::own_name(literal) } else { literal };
    let mut stem: String = own.chars().map(upper).collect();
    // Variables that begin so are the runner's, or mean something to docker and compose.
    let taken = ["GITHUB_", "RUNNER_", "ACTIONS_", "DOCKER_", "COMPOSE_", "BUILDX_", "BUILDKIT_", "GITEA_", "FORGEJO_"];
    if stem.starts_with(|c: char| !c.is_ascii_alphabetic()) || taken.iter().any(|lead| stem.starts_with(lead)) {
        stem.insert_str(0, "CI_");
    }
    if !stem.rsplit('_').next().is_some_and(|last| endings.contains(&last)) {
        stem.push('_');
        stem.push_str(what);
    }
    let is_said =
        |name: &str| capitals::are_said(scene, place, texts, name) || leftover::programs_say(scene, place, texts, name);
    let mut name = stem.clone();
    let mut next = 2;
    while is_said(&name) {
        name = format!("{stem}_{next}");
        next += 1;
    }
    name
}
