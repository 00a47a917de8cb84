//! The fix that makes a name unique: what changes with it, in its job and in others.

use std::collections::{BTreeMap, BTreeSet};

use super::super::doubt::same_run::{called_unseen, same_run};
use super::super::doubt::{values, whole};
use super::super::shell_text::ShellText;
use super::super::untrusted::quote;
use super::super::{Draft, Place, Scene, Withheld, handed_on, teardown};
use super::claims::{Claims, Ports};
use super::left::Left;
use super::renaming::Renaming;
use super::second_attempt::Clearing;
use super::tail::Tail;
use super::{
    Name, NameKind, Suffix, built, built_first, cached_from, callers, derived, elsewhere, ending, forced, image,
    job_variable, kept, left, leftover, looked_for, new_word, preclean, printed, pushed, reference, retagged,
    still_taken, unshown, uses, variable,
};
use crate::docker::Verb;
use crate::edit::Fix;
use crate::lifecycle::removal::{Removal, RemovalVerb as Removes, Scope};
use crate::lifecycle::resource::ResourceKind;
use crate::stack::Stack;
use crate::symbol::{Part, Value};
use crate::trace::Act;
use crate::workflow::Job;

/// In how many places of a job a name may stand: nobody reads a fix that changes more, and every finding of the name
/// shows it.
const MOST_USES: usize = 256;

/// What may be said of such names, and of a removal that is left with the others of several: nobody may see who makes
/// those.
const LEFT_WITH_OTHERS: &[&str] = &[
    "empty-removal-fails",
    "teardown-leaves-volumes",
    "always-skipped-on-cancel",
    "no-sweeper",
    "teardown-matches-nothing",
];

/// The fix that makes a name unique.
///
/// # Errors
/// When a use of the name cannot be changed along.
pub fn of_name(scene: &Scene<'_>, place: &Place<'_>, name: &Name, ports: Ports) -> Result<Fix, Withheld> {
    of_names(scene, place, std::slice::from_ref(name), ports)
}

/// The fix that makes some names of a job unique, and removes at its end what nothing else does.
///
/// # Errors
/// When a use of one cannot be changed along.
pub fn of_names(scene: &Scene<'_>, place: &Place<'_>, names: &[Name], ports: Ports) -> Result<Fix, Withheld> {
    let mut draft = Draft::new(scene);
    let mut whole = Whole::default();
    for name in names {
        let claims = Claims::of(place, name, ports).allow(place, name);
        whole.doubts.extend(claims.map_err(|why| match ports {
            // What is wrong with the name itself comes first: freeing the ports would not help.
            Ports::Fixed => of_names(scene, place, names, Ports::Free).err().unwrap_or(why),
            Ports::Free => why,
        })?);
        whole.add(&mut draft, place, name, names)?;
    }
    job_variable::insert(&mut draft, place, &whole.variables)?;
    for step in &whole.steps {
        teardown::widen(&mut draft, place, *step)?;
    }
    if !whole.to_remove.is_empty() {
        let doubts = teardown::add_renamed(&mut draft, place, &whole.to_remove, whole.behind())?;
        whole.doubts.extend(doubts);
    }
    whole.remove_images(&mut draft, place)?;
    for name in names {
        let Some(literal) = name.value.as_literal().filter(|literal| !literal.is_empty()) else { continue };
        let is_image = name.kind == NameKind::Image;
        let makers: BTreeSet<usize> = match is_image {
            true => image::builders(place, name).into_keys().collect(),
            false => BTreeSet::new(),
        };
        whole.doubts.extend(values::saying_name(&draft, place, (literal, is_image), &makers));
    }
    whole.doubts.extend(names.iter().filter_map(|name| elsewhere::in_own_texts(&draft, place, name)));
    // Last: it reads what nothing else does.
    for name in names {
        whole.doubts.extend(elsewhere::is_said_nowhere(scene, place, name)?);
    }
    let shared = same_run(place).into_iter().chain(called_unseen(place));
    whole.doubts.extend(shared.map(str::to_owned));
    let mut said = BTreeSet::new();
    whole.doubts.retain(|doubt| said.insert(doubt.clone()));
    let all: Vec<String> = names.iter().map(|name| format!("`{}`", name.value)).collect();
    let kind = names.first().map(|name| name.kind);
    let what = whole.adds.unwrap_or_default();
    let mut title = match (kind, all.as_slice()) {
        (Some(NameKind::Image), _) => format!("tag {} with {what}", several(&all)),
        (_, [only]) => format!("put {what} into the name {only}"),
        _ => format!("put {what} into the names {}", several(&all)),
    };
    if !whole.to_remove.is_empty() || !whole.steps.is_empty() {
        let kind = kind.and_then(reference::kind).map_or("image", ResourceKind::name);
        let things = if all.len() == 1 { format!("the {kind}") } else { format!("the {kind}s") };
        title.push_str(&format!(", and remove {things} in a step with `if: always()`"));
    }
    let rewrite = if kind == Some(NameKind::Project) { "compose-project" } else { "unique-name" };
    let fix = draft.finish_with(rewrite, title, &whole.doubts)?;
    let fix = Fix { part_of: part_of(place, names), ..fix };
    // What is left of a removal may be of what nobody sees being made.
    let is_part = whole.gone.iter().any(preclean::Gone::is_word);
    Ok(if is_part { Fix { follow_ups: Some(LEFT_WITH_OTHERS), ..fix } } else { fix })
}

/// The things that have these names: their ports go together with them.
pub fn part_of(place: &Place<'_>, names: &[Name]) -> BTreeSet<String> {
    let acts = |name: &Name| -> Vec<usize> {
        let kind = reference::kind(name.kind);
        let alike = kind.map(|kind| left::alike(place, name, kind)).unwrap_or_default();
        alike.into_iter().flat_map(|resource| &resource.acts).copied().chain([name.act]).collect()
    };
    let of = |name: &Name| match name.kind {
        NameKind::Project => whole::of_stacks(place, acts(name)),
        NameKind::Container => whole::of_containers(place, acts(name)),
        _ => BTreeSet::new(),
    };
    names.iter().flat_map(of).collect()
}

/// What a fix of some names consists of besides the words that change.
#[derive(Default)]
struct Whole {
    doubts: Vec<String>,
    /// Variables that the job gets.
    variables: Vec<(String, String)>,
    /// What a step at the end removes: the acts that make it, and the new names.
    to_remove: Vec<(usize, Option<teardown::NewName>)>,
    /// Steps that remove in every outcome from then on.
    steps: BTreeSet<usize>,
    /// Commands that go.
    gone: Vec<preclean::Gone>,
    /// For each name whose removal goes to a step of its own: the step of the job that it stood at the end of.
    endings: Vec<Option<usize>>,
    /// Images that a step at the end of the job removes, and of other jobs that build them by the same variable.
    images: Vec<image::Leftover>,
    elsewhere: Vec<(usize, image::Leftover)>,
    /// What the names get, in words.
    adds: Option<String>,
}

impl Whole {
    /// Behind which step the removals go: the one that all of them stood at the end of.
    fn behind(&self) -> Option<usize> {
        let first = self.endings.first().copied().flatten();
        first.filter(|first| self.endings.iter().all(|ending| *ending == Some(*first)))
    }

    /// Adds what makes a name unique; `together` are all that the fix makes so.
    fn add(
        &mut self,
        draft: &mut Draft<'_>,
        place: &Place<'_>,
        name: &Name,
        together: &[Name],
    ) -> Result<(), Withheld> {
        let sharing = others(place, name, true);
        let suffix = Suffix::of(place, name.kind, &name.value, !sharing.is_empty())?;
        if suffix.expression.is_empty() {
            return Err(Withheld::because(match place.job.calls.is_empty() {
                true => "the name has the run in it already",
                false => CALLED,
            }));
        }
        self.adds.get_or_insert_with(|| suffix.in_words());
        not_called_twice(place, &name.value)?;
        if name.kind == NameKind::Builder {
            used_by_commands_alone(place)?;
        }
        let texts = ShellText::of_job(place);
        let uses = uses::of_job(place, name)?;
        if uses.len() > MOST_USES {
            return Err(Withheld::because(format!("the name stands in more than {MOST_USES} places of the job")));
        }
        if name.kind == NameKind::Image && pushed::is_pushed(place, &name.value) {
            return Err(Withheld::because(
                "it is pushed under this tag, and others may pull it: build it under another tag, and give it this \
                 one right before the push (`docker tag`)",
            ));
        }
        if name.kind == NameKind::Image {
            image::is_built_here_alone(place, name)?;
            image::is_needed_by_no_list(place)?;
            image::is_no_base(draft.scene(), place, name)?;
            built_first::is_built_first(place, name)?;
            cached_from::is_no_cache(draft.scene(), place, name)?;
            looked_for::is_not_looked_for(place, name)?;
            self.doubts.extend(image::is_saved(place, name)?);
            self.doubts.extend(retagged::other_names(place, name)?);
        }
        if name.kind == NameKind::Project {
            self.doubts.splice(0..0, kept::kept(place, name)?);
        }
        if uses.is_empty() && name.kind != NameKind::Image {
            return Err(Withheld::because(match several_by_one(place, name) {
                true => "one command gives several names: put the run's id into each of them by hand",
                false => "the name is not written in a command that can be edited: change it by hand",
            }));
        }
        if let Some(literal) = name.value.as_literal() {
            callers::are_the_only_ones(draft.scene(), place, &texts, &uses, literal)?;
        }
        let shows = |used: &uses::Use| {
            let text = texts.get(used.text).and_then(|text| text.value().get(..used.held.arg.span.end));
            variable::is_one(&used.held.name)
                || text.is_some_and(|text| suffix.fits(text.trim_end_matches(['"', '\''])))
        };
        let suffix = if uses.iter().all(shows) { suffix } else { suffix.behind_tags() };
        preclean::drop(draft, place, (name, together), &texts, &uses, &mut self.gone)?;
        let left = Left::of(draft.scene(), place, name, together.len() > 1);
        let leaves_nothing = left.acts.is_empty();
        if !leaves_nothing {
            let ending = ending::cut(draft, place, (name, together), &texts, &uses, &mut self.gone)?;
            self.endings.push(ending);
        }
        let dropped = self.gone.clone();
        let is_kept = |used: &&uses::Use| !dropped.iter().any(|gone| gone.holds(used));
        let kept: Vec<uses::Use> = uses.iter().filter(is_kept).cloned().collect();
        let renaming =
            Renaming { place, texts: &texts, name, uses: &kept, all: &uses, dropped: &dropped, suffix: &suffix };
        let tail = Tail::of(draft.scene(), &renaming);
        let is_left = name.kind == NameKind::Image && !image::is_removed(place, name);
        let clearing = Clearing::of(place, &texts, name, &suffix);
        let more = left.acts.len() + usize::from(is_left) + usize::from(clearing.is_some());
        let variable = match tail {
            Some(_) => None,
            None => job_variable::chosen(draft, &renaming, more),
        };
        let literal = name.value.as_literal().filter(|_| name.kind != NameKind::Image);
        self.doubts.extend(literal.and_then(|literal| handed_on::left_behind(place, &texts, literal)));
        self.doubts.extend(still_taken::by(place, name));
        self.doubts.extend(unshown::user(place, &texts, name, &uses));
        let variable = variable.filter(|one| !self.variables.iter().any(|(known, _)| *known == one.name));
        let suffix = match variable {
            Some(variable) => &suffix.clone().held_by(variable),
            None => &suffix,
        };
        let renaming = Renaming { suffix, ..renaming };
        let changed = rewire(draft, &renaming, tail.as_ref())?;
        printed::change(draft, &renaming)?;
        self.doubts.extend(changed.doubts);
        forced::force(draft, place, &texts, name)?;
        self.doubts.extend(left.doubts);
        self.steps.extend(left.steps);
        if name.kind == NameKind::Project {
            self.doubts.extend(unread(place, name)?);
            self.doubts.extend(derived::change(draft, place, name, suffix)?);
            let builds = place.job.stacks.get(&name.act).is_some_and(Stack::names_what_it_builds);
            // A step that is added takes them along.
            if builds && leaves_nothing && !built::remove_with_project(draft, place, name, &texts)? {
                self.doubts
                    .push("each run leaves the images that compose builds and names after the project".to_owned());
            }
        }
        for other in others(place, name, false) {
            self.doubts.extend(beside(place, &other, name)?);
            follow(draft, &other, name, suffix)?;
        }
        if let Some(variable) = suffix.variable().filter(|variable| variable.is_new) {
            self.variables.push((variable.name.clone(), variable.whole.clone()));
        }
        let word = match tail {
            Some(tail) => Some(quote::around(&tail.word)),
            None => new_word::new_word(&renaming, &changed.variables),
        };
        // Written out a third time, the name would only be in the way.
        if let (Some(clearing), Some(word)) = (&clearing, word.as_ref().filter(|word| word.starts_with("\"$"))) {
            clearing.write(draft, word)?;
        }
        let new_name = match &word {
            Some(word) => teardown::NewName::Word(word.clone()),
            None => teardown::NewName::EndingIn(suffix.expression()),
        };
        let acts = left.acts.into_iter();
        self.to_remove.extend(acts.map(|act| (act, Some(new_name.clone()))));
        if is_left {
            match (others(place, name, false).first(), word) {
                (Some(other), _) => self.doubts.push(format!(
                    "the job `{}` uses it later and nothing removes it, so each run leaves an image",
                    other.job.job.id.value()
                )),
                (None, Some(word)) => {
                    // What tells legs apart has no place in the name of a step that all of them have.
                    let written = suffix.variable().filter(|variable| variable.literal.contains("${{"));
                    let known = written.and_then(|variable| variable.literal.split("${{").next());
                    let shown =
                        known.map_or_else(|| image::shown(&name.value), |known| image::shown(&Value::literal(known)));
                    let left = image::Leftover { shown, word, client: image::client(place, name.act) };
                    let elsewhere = image::built_elsewhere(place, name, &left.word);
                    self.elsewhere.extend(elsewhere.into_iter().map(|job| (job, left.clone())));
                    self.images.push(left);
                }
                (None, None) => {
                    self.doubts.push("nothing removes it at the end, so each run leaves an image".to_owned());
                }
            }
            if image::has_classic_builder(place) {
                self.doubts
                    .push("removing the image also removes the classic builder's cache of its layers".to_owned());
            }
        }
        Ok(())
    }

    /// Adds the steps that remove images, job by job in the file's order: the fix is the same whichever job asks for
    /// it.
    fn remove_images(&self, draft: &mut Draft<'_>, place: &Place<'_>) -> Result<(), Withheld> {
        if self.images.is_empty() {
            return Ok(());
        }
        for at in 0..place.analysed.jobs.len() {
            let Some(there) = place.of(at) else { continue };
            let is_own = there.job.job.id.value() == place.job.job.id.value();
            let elsewhere = self.elsewhere.iter().filter(|(job, _)| *job == at).map(|(_, image)| image);
            let images: Vec<&image::Leftover> = match is_own {
                true => self.images.iter().collect(),
                false => elsewhere.collect(),
            };
            image::remove_at_end(draft, &there, &images)?;
        }
        Ok(())
    }
}

/// Names in a sentence; of many the first.
fn several(names: &[String]) -> String {
    const MOST: usize = 5;
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more", names[..MOST].join(", ")),
        _ => names.join(", "),
    }
}

/// Whether the command that gives the name gives others as well: it stands in a script that is called several times.
fn several_by_one(place: &Place<'_>, name: &Name) -> bool {
    let acts = &place.job.trace.acts;
    let Some(own) = acts.get(name.act) else { return false };
    acts.iter().enumerate().any(|(at, act)| at != name.act && act.at == own.at)
}

const CALLED: &str = "one run calls the workflow several times, and the name has nothing in it that tells the calls apart: \
                      put an input into it that every call gives another value, or a random part";

/// Refuses a name of a workflow that one run calls several times at once: run, attempt and job are the same in all.
///
/// # Errors
/// When nothing in the name tells the calls apart.
pub fn not_called_twice(place: &Place<'_>, name: &Value) -> Result<(), Withheld> {
    let passed = name.parts().iter().any(|part| matches!(part, Part::OneOf(_)));
    match place.job.calls.is_empty() || passed {
        true => Ok(()),
        false => Err(Withheld::because(CALLED)),
    }
}

/// What speaks against a project of each run's own whose files are not known.
///
/// # Errors
/// When commands clear the way for it: what a killed run leaves would hold what the files take, and under its own name
/// nothing would clear it.
pub fn unread(place: &Place<'_>, name: &Name) -> Result<Option<String>, Withheld> {
    let stack = place.job.stacks.get(&name.act);
    if stack.is_some_and(|stack| !stack.services.is_empty()) {
        return Ok(None);
    }
    let file = stack.and_then(|stack| stack.sources.first()).map(|source| source.path());
    let why = match (file, stack.is_some_and(|stack| stack.is_edited)) {
        (Some(file), true) => format!("the job changes `{file}` before"),
        (Some(file), false) => format!("`{file}` does not have the services that the command names"),
        (None, _) => match place.job.trace.acts.get(name.act).and_then(unread_file) {
            Some(file) => format!("which compose file `{file}` is, only the run knows"),
            None => "its compose file is not there to be read".to_owned(),
        },
    };
    if preclean::is_there(place, name) {
        return Err(Withheld::because(format!(
            "{why}: a host port in it would stay the same, and what a killed run leaves would hold that port where no \
             later run removes it"
        )));
    }
    Ok(Some(format!("{why}, so it is not known which host ports and container names two runs would share")))
}

/// The compose file of a call that has no name before it runs: `-f "$FILE"`, `-f <(envsubst < compose.yml)`.
fn unread_file(act: &Act) -> Option<String> {
    let Some(Verb::Compose(compose)) = act.verb() else { return None };
    let file = compose.files.iter().find(|file| file.value.as_literal().is_none())?;
    Some(act.frame.text.value().get(file.span.clone())?.to_owned())
}

/// Changes it in commands, and in what names it without being a word of docker's.
fn rewire(
    draft: &mut Draft<'_>,
    renaming: &Renaming<'_, '_>,
    tail: Option<&Tail>,
) -> Result<variable::Changed, Withheld> {
    let mut changed = variable::Changed::default();
    match tail {
        Some(tail) => {
            tail.define(draft, renaming.suffix)?;
            variable::read_by_shell(draft, renaming, &tail.name)?;
        }
        None => changed = variable::change(draft, renaming)?,
    }
    match renaming.name.kind {
        NameKind::Image => image::change(draft, renaming, tail)?,
        _ => changed.doubts.extend(leftover::change(draft, renaming)?),
    }
    Ok(changed)
}

/// A builder that actions use by its name, or that nothing removes, keeps it.
fn used_by_commands_alone(place: &Place<'_>) -> Result<(), Withheld> {
    let job = &place.job.job;
    let of_step = |step: &crate::workflow::Step| step.with.get("builder").is_some();
    let is_set = place.job.trace.acts.iter().any(|act| act.env.contains_key("BUILDX_BUILDER"));
    if job.steps.iter().any(of_step) || is_set {
        return Err(Withheld::because("an input or `BUILDX_BUILDER` also has the builder's name"));
    }
    let removed =
        place.job.removals.iter().any(|removal| removal.scope == Scope::Builder && removal.verb == Removes::Remove);
    if !removed {
        return Err(Withheld::because(
            "nothing removes the builder, so with a name of its own each run would leave one",
        ));
    }
    Ok(())
}

/// The other jobs of the workflow that make the same name at the same time, or (without `make`) only use it.
pub fn others<'a>(place: &Place<'a>, name: &Name, make: bool) -> Vec<Place<'a>> {
    let own = &place.job.job;
    let is_other = |other: &Place<'_>| other.job.job.id.value() != own.id.value();
    let builders = match name.kind {
        NameKind::Image => image::builders(place, name),
        _ => BTreeMap::new(),
    };
    if make {
        let apart = |other: &Job| !place.peers.are_in_turn(own, other);
        let mut makers: Vec<usize> = match name.kind {
            NameKind::Image => builders.into_keys().collect(),
            _ => place.peers.making(&name.value).into_iter().map(|(job, _)| job).collect(),
        };
        makers.dedup();
        let others = makers.into_iter().filter_map(|job| place.of(job)).filter(is_other);
        return others.filter(|other| apart(&other.job.job)).collect();
    }
    let makes = |other: &Place<'_>| {
        let mut names = other.job.resources.iter().filter_map(|resource| resource.name.as_ref());
        names.any(|theirs| reference::same(name.kind, theirs, &name.value))
    };
    let sayers = uses::sayers(place, name).into_iter().filter(|job| !builders.contains_key(job));
    let others = sayers.filter_map(|job| place.of(job)).filter(is_other);
    others.filter(|other| !makes(other) && uses::are_in(other, name)).collect()
}

/// Refuses a name of the run's own where another job that runs beside this one removes what has it: it would take it from
/// this one in every run. Gives back what is to be said of one that only uses it.
///
/// # Errors
/// When it does.
pub fn beside(place: &Place<'_>, other: &Place<'_>, name: &Name) -> Result<Option<String>, Withheld> {
    let (own, theirs) = (&place.job.job, &other.job.job);
    if place.peers.are_in_turn(own, theirs) {
        return Ok(None);
    }
    let is_it = |removal: &Removal| removal.selector.names.iter().any(|arg| arg.value.same(&name.value).is_yes());
    let id = theirs.id.value();
    if !other.job.removals.iter().any(is_it) {
        return Ok(Some(format!(
            "the job `{id}` uses it without waiting for this one, and may be too early or too late"
        )));
    }
    Err(Withheld::because(format!(
        "the job `{id}` runs beside this one and removes it as well, in the middle of its work: give `{id}` one of its \
         own, or let one of the two wait for the other (`needs:`)"
    )))
}

/// Changes the uses in another job.
fn follow(draft: &mut Draft<'_>, other: &Place<'_>, name: &Name, suffix: &Suffix) -> Result<(), Withheld> {
    let id = other.job.job.id.value();
    if suffix.is_of_a_leg() {
        return Err(Withheld::because(format!(
            "the job `{id}` uses it too, and does not know the matrix legs of this job"
        )));
    }
    let texts = ShellText::of_job(other);
    let uses = uses::of_job(other, name)?;
    // The other job has not got this one's variable.
    let suffix = &suffix.clone().written_out();
    let renaming = Renaming { place: other, texts: &texts, name, uses: &uses, all: &uses, dropped: &[], suffix };
    variable::change(draft, &renaming)?;
    Ok(())
}
