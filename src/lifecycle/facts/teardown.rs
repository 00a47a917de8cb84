//! `teardown`: each removal, held against what the job makes.

use super::common::Once;
use super::model::Model;
use super::removal::{creations, groups, made_of};
use crate::docker::images::well_known;
use crate::docker::{Verb, is_glob};
use crate::facts::Fact;
use crate::lifecycle::coverage::is_after;
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope, Shape};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::{selects, selects_across};
use crate::stack::ProjectVolume;
use crate::symbol::Value;
use crate::trace::Act;
use crate::truth::Truth;

/// One for each removal of what jobs make, and of images; prunes are none of it.
pub fn teardown_facts(model: &Model<'_>, all: &mut Once) {
    let mut judged = None;
    for group in groups(model) {
        // A command that is given several listings fails, or removes nothing, as one.
        if judged == Some(group[0].act) {
            continue;
        }
        judged = group.last().map(|last| last.act);
        if !all.is_certain("teardown", &group[0].subject(), &model.act(group[0].act).at, None) {
            all.extend(fact(model, &group));
        }
    }
}

fn fact(model: &Model<'_>, group: &[&Removal]) -> Option<Fact> {
    let first = group[0];
    if first.selector.by == By::Prune || first.scope == Scope::System {
        return None;
    }
    let act = model.act(first.act);
    let mut fact = model.fact("teardown", first.subject(), first.act);
    fact.set("selector", first.selector.shown()).set("command", act.called_text());
    fact.set("unfollowed", model.input.has_unfollowed());
    fact.set("followed-by-more", group.last().is_some_and(|last| is_followed(model.act(last.act))));
    set_selects(model, &mut fact, first);
    set_empty(model, &mut fact, group);
    set_volumes(model, &mut fact, group);
    fact.at("command", act.called_at().clone());
    fact.chain = act.called_chain().to_vec();
    Some(fact)
}

/// Whether a command of the same text stands behind it: on its line, or on one below.
fn is_followed(act: &Act) -> bool {
    let script = act.frame.text.value();
    let closes = |word: &str| matches!(word, "fi" | "done" | "esac" | "}" | ")" | "else" | ";;" | "|" | "||" | "&&");
    let starts = |at: usize| act.frame.text.span(at..at).start;
    // From the end: the lines before the act are not looked at.
    let from_the_end = script.split_inclusive('\n').rev().scan(script.len(), |end, line| {
        *end -= line.len();
        Some((*end, line))
    });
    let mut behind = from_the_end.take_while(|(at, _)| starts(*at) > act.at.span.end);
    behind.any(|(_, line)| {
        let first = line.split_whitespace().next().unwrap_or("#");
        !first.starts_with('#') && !closes(first)
    })
}

/// Whether it can match anything; absent when the job makes nothing of the kind.
fn set_selects(model: &Model<'_>, fact: &mut Fact, removal: &Removal) {
    // `name=` and an `ancestor=` glob, ANDed, remove nothing, whatever anyone makes.
    let glob = removal.selector.filters("ancestor").any(|filter| is_glob(&filter.value));
    let named = removal.selector.filters("name").next().is_some();
    if glob {
        let why = if named { "name-and-ancestor-glob" } else { "ancestor-glob" };
        fact.set("selects", "nothing").set("why", why);
    }
    let own = creations(model, removal.scope);
    fact.at_all("creations", &own);
    if glob || own.is_empty() {
        return;
    }
    let listed = matches!(removal.selector.by, By::Listing | By::BaselineDiff);
    // They stand in the order of the acts.
    let first = model.removals.partition_point(|other| other.act < removal.act);
    let listings = || model.removals[first..].iter().take_while(|other| other.act == removal.act);
    let takes_own = |one: &Removal| model.resources_of(one).any(|resource| selects(one, resource).may_be());
    let here = || listings().any(takes_own);
    let takes_theirs =
        |one: &Removal| model.input.others.resources_of(one).any(|resource| selects_across(one, resource).may_be());
    let elsewhere = || listings().any(takes_theirs);
    // An empty `name=` matches every container there is.
    let emptiable = removal.selector.filters("name").any(|filter| filter.value.empty().may_be());
    // A name is one thing's; a filter may be for what somebody else makes.
    let is_filter = !matches!(removal.selector.by, By::Name | By::Project);
    let is_spare = || is_filter && goes_otherwise(model, removal.scope);
    if listed || emptiable || here() || elsewhere() || opaque(model) || is_spare() {
        fact.set("selects", "something");
        return;
    }
    fact.set("selects", "nothing").set("why", why(removal));
}

/// Whether all that the job makes of the kind is removed by other commands behind: then a removal that takes none of it
/// is for something else, which a program of the job or another workflow makes.
fn goes_otherwise(model: &Model<'_>, scope: Scope) -> bool {
    let goes = |made: &Resource| {
        let ends =
            |removal: &Removal| made.rm.is_yes() || !matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill);
        let later = |removal: &Removal| removal.act > made.act && ends(removal) && selects(removal, made).is_yes();
        model.removals_of(made).any(later)
    };
    made_of(model, scope).all(goes)
}

/// Whether a program makes containers that nobody can name.
fn opaque(model: &Model<'_>) -> bool {
    model.input.trace.acts.iter().any(|act| match &act.kind {
        crate::trace::ActKind::Program(call) => call.effect == crate::docker::Effect::Makes && call.name.is_none(),
        crate::trace::ActKind::Action(call) => matches!(call.verb, crate::docker::ActionVerb::Container { .. }),
        _ => false,
    })
}

fn why(removal: &Removal) -> &'static str {
    match removal.selector.by {
        By::Label => "label",
        By::Project => "project",
        By::Name | By::NameFilter => "name",
        _ => "filter",
    }
}

/// Whether it fails its step when there is nothing to remove, where that is normal.
fn set_empty(model: &Model<'_>, fact: &mut Fact, group: &[&Removal]) {
    // `docker stop x && docker rm x`: the second runs only when the first found it.
    let in_and_list = group.iter().any(|removal| model.act(removal.act).context.before_and);
    let judged = group.iter().filter(|_| !in_and_list).map(|removal| (fails_when_empty(model, removal), removal));
    let worst = judged.reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
    let (fails, shape) = worst.map_or((Truth::No, group[0].shape), |(fails, removal)| (fails, removal.shape));
    fact.set_truth("fails-when-empty", fails);
    fact.set("shape", shape.name());
}

fn fails_when_empty(model: &Model<'_>, removal: &Removal) -> Truth {
    let act = model.act(removal.act);
    if !model.ends_script(removal.act) || act.context.guarded || act.context.in_loop {
        return Truth::No;
    }
    match removal.shape {
        _ if removal.scope == Scope::Project || removal.scope == Scope::Cluster => Truth::No,
        Shape::Substitution if removal.selector.by == By::Name => Truth::No,
        Shape::Xargs if !act.context.xargs.as_ref().is_none_or(|xargs| xargs.runs_on_empty()) => Truth::No,
        Shape::Substitution if is_known_not_to_be_empty(act) => Truth::No,
        Shape::Substitution | Shape::Xargs => is_normally_empty(model, removal),
        Shape::Name => {
            let absent = removal.scope == Scope::Container && name_may_be_absent(model, removal);
            (absent && !made_before(model, removal)).into()
        }
    }
}

/// Whether a test before it has found that there is something to remove: `[ -z "$ids" ] || docker rm -f $ids`.
fn is_known_not_to_be_empty(act: &Act) -> bool {
    match act.verb() {
        Some(Verb::Remove(remove)) => remove.names.iter().any(|name| name.value.empty().is_no()),
        _ => false,
    }
}

/// Whether it is nothing unusual that its list is empty: what it is for may not have been made.
fn is_normally_empty(model: &Model<'_>, removal: &Removal) -> Truth {
    let act = model.act(removal.act);
    let after_failure = model.runs_after_failure(act.step);
    if removal.scope == Scope::Image {
        // Without a filter there are always some where anything was built or run.
        let dangling = removal.selector.filters("dangling").next().is_some();
        return after_failure.or(dangling.into());
    }
    if made_before(model, removal) {
        return Truth::No;
    }
    // They stand in the order of the steps.
    let opaque = model.input.trace.unfollowed.first().is_some_and(|call| call.step <= act.step);
    match after_failure {
        Truth::No if opaque => Truth::Unknown,
        _ => Truth::Yes,
    }
}

/// Whether something that it takes was certainly made when it runs.
fn made_before(model: &Model<'_>, removal: &Removal) -> bool {
    let act = model.act(removal.act);
    let after_failure = model.runs_after_failure(act.step).may_be();
    model.resources_of(removal).any(|resource| {
        let made = model.act(resource.act);
        let earlier = resource.act < removal.act && (made.step == act.step || !after_failure);
        let sure = made.step == act.step || !made.context.conditional;
        earlier && sure && !resource.rm.may_be() && selects(removal, resource).is_yes()
    })
}

/// `docker rm NAME` fails when there is no such container; `rm -f` does not.
fn name_may_be_absent(model: &Model<'_>, removal: &Removal) -> bool {
    let forced = removal.verb == RemovalVerb::Remove && removal.force.may_be();
    if removal.selector.by != By::Name || removal.selector.unsure || forced {
        return false;
    }
    let act = model.act(removal.act);
    let after_failure = act.context.trap.is_some() || model.runs_after_failure(act.step).is_yes();
    model.resources_of(removal).filter(|resource| selects(removal, resource).is_yes()).any(|resource| {
        let before = resource.act > removal.act && act.context.trap.is_none();
        // With `--rm` it is gone as soon as its program ends, whoever ends that.
        let goes = resource.rm.is_yes() && resource.detached.may_be();
        let other_step = model.act(resource.act).step != act.step;
        before || goes || after_failure && other_step
    })
}

/// Whether volumes of what it removes stay that nobody has a use for: anonymous ones, and those of a run's own project.
fn set_volumes(model: &Model<'_>, fact: &mut Fact, group: &[&Removal]) {
    let Some(removal) = group.iter().find(|removal| matches!(removal.verb, RemovalVerb::Remove | RemovalVerb::Down))
    else {
        return;
    };
    let act = model.act(removal.act);
    fact.set("remover", act.called_text()).at("removal", act.called_at().clone());
    if removal.volumes.may_be() {
        fact.set("leaves-volumes", false);
        return;
    }
    let after = model.resources_of(removal).filter(|one| is_after(model.input.trace, one.act, removal.act));
    let taken = after.filter(|one| selects(removal, one).is_yes() && !model.is_deploy(one));
    let stays = |resource: &Resource| {
        let anonymous = || {
            let (is_there, image) = image_with_volume(model, resource)?;
            Some((is_there, format!("the volume that `{image}` declares")))
        };
        let named =
            || Some((Truth::Yes, format!("the volume `{}` of its project", volume_of_run(model, removal, resource)?)));
        anonymous().or_else(named)
    };
    match taken.filter_map(stays).min_by_key(|(is_there, _)| !is_there.is_yes()) {
        Some((is_there, volume)) => {
            fact.set_truth("leaves-volumes", is_there).set("volume", volume);
        }
        None => {
            fact.set("leaves-volumes", false);
        }
    }
}

/// A volume with a name that a run's own project leaves when it is down: no other run has the project, and this one does
/// not bring it up again, nor does another job.
fn volume_of_run<'m>(model: &'m Model<'_>, removal: &Removal, project: &Resource) -> Option<&'m str> {
    if removal.verb != RemovalVerb::Down || project.kind != ResourceKind::Project {
        return None;
    }
    let name = project.name.as_ref().filter(|name| name.unique().is_static().is_no())?;
    let is_left = |volume: &&ProjectVolume| !volume.targets.is_empty() && volume.device.is_none() && !volume.is_cache();
    let volume = model.input.stacks.get(&project.act)?.project_volumes.iter().find(is_left)?;
    let is_same = |other: &&Resource| {
        other.kind == ResourceKind::Project && other.name.as_ref().is_some_and(|own| own.same(name).may_be())
    };
    let again = || model.resources.iter().filter(is_same).any(|one| one.last() > removal.act);
    let elsewhere = || model.input.others.making(name).next().is_some();
    (!again() && !elsewhere()).then_some(volume.key.as_str())
}

/// The image whose volume would stay: known to declare one where nothing is mounted; and whether it is certain to be
/// there.
fn image_with_volume(model: &Model<'_>, resource: &Resource) -> Option<(Truth, String)> {
    let declares = |image: &Value, mounted: &dyn Fn(&str) -> bool| {
        let (known, certain) = well_known(image)?;
        let volumes = known.volumes.filter(|_| certain.is_yes())?;
        volumes.iter().any(|volume| !mounted(volume)).then(|| image.to_string())
    };
    match resource.kind {
        ResourceKind::Container if resource.rm.is_no() => {
            let mounted =
                |path: &str| resource.mounted.iter().any(|target| target.same(&Value::literal(path)).may_be());
            Some((Truth::Yes, declares(resource.image.as_ref()?, &mounted)?))
        }
        ResourceKind::Project => {
            let services = model.input.stacks.get(&resource.act)?.services.iter();
            let found = services.filter_map(|service| {
                let mounted = |path: &str| service.mounted.iter().any(|target| target == path);
                Some((service.is_meant, declares(service.image.as_ref()?, &mounted)?))
            });
            found.min_by_key(|(is_meant, _)| !is_meant.is_yes())
        }
        _ => None,
    }
}
