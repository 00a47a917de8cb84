//! `name-claim` of image tags: what a job builds under a name, and what uses that.

use super::common::{at_most, set_every_run, set_unique};
use super::model::Model;
use super::name::set_shared;
use crate::docker::Verb;
use crate::facts::{Confidence, Fact, Link};
use crate::lifecycle::images::{Mentions, Tag, Use, tags};
use crate::lifecycle::run_suffix::tag_suffix;
use crate::truth::Truth;

/// One for each build that puts a name into the daemon.
pub fn image_facts(model: &Model<'_>) -> Vec<Fact> {
    let tags = tags(model.input);
    if tags.is_empty() {
        return Vec::new();
    }
    let mentions = Mentions::of(model.input);
    tags.into_iter().filter_map(|tags| build(model, &mentions, tags)).collect()
}

/// Of a build's tags the one that peers are most likely to meet: used, and the same in every run.
fn build(model: &Model<'_>, mentions: &Mentions, tags: Vec<Tag>) -> Option<Fact> {
    let with_uses = tags.into_iter().map(|tag| {
        let found = mentions.uses(model.input, &tag);
        (tag, found)
    });
    let rank = |(tag, found): &(Tag, Vec<(usize, Use)>)| {
        let read = found.iter().any(|(_, how)| *how == Use::Reads);
        (read, tag.name.unique().is_static())
    };
    let mut all: Vec<(Tag, Vec<(usize, Use)>)> = with_uses.collect();
    all.reverse();
    let (tag, found) = all.into_iter().max_by_key(|pair| rank(pair))?;
    let read = found.iter().any(|(_, how)| *how == Use::Reads);
    if is_elsewhere(model, &tag, read) {
        return None;
    }
    Some(fact(model, &tag, &found, read))
}

/// Whether the image never gets into the daemon: its builder keeps it, or it is only pushed.
fn is_elsewhere(model: &Model<'_>, tag: &Tag, read: bool) -> bool {
    let own_builder = || {
        let before = model.input.trace.acts[..tag.act].iter();
        before.filter_map(crate::trace::Act::verb).any(|verb| matches!(verb, Verb::Builder { .. }))
    };
    match tag.loaded {
        Truth::No => true,
        // What is read all the same was pushed, and is pulled.
        Truth::Unknown => (!read || tag.pushed.may_be()) && own_builder(),
        Truth::Yes => false,
    }
}

fn fact(model: &Model<'_>, tag: &Tag, found: &[(usize, Use)], read: bool) -> Fact {
    let act = model.act(tag.act);
    let mut fact = model.fact("name-claim", format!("image-tag {}", tag.name), tag.act);
    fact.set("kind", "image-tag").set("name", tag.name.to_string()).set("by", tag.by);
    fact.set("command", act.called_text()).set("tolerated", act.context.tolerated);
    set_unique(&mut fact, Some(&tag.name));
    set_every_run(&mut fact, tag.name.unique(), &tag.name.to_string());
    set_shared(model, &mut fact, &tag.name, |_| false);
    fact.set("run-suffix", tag_suffix(model.input.job, model.input.substrate, &tag.name));
    fact.set("used", read);
    let pushed = found.iter().any(|(_, how)| *how == Use::Pushes);
    fact.set("pushed", pushed || tag.pushed.is_yes());
    let deployed = found.iter().any(|(index, _)| model.makes_deploy(*index));
    fact.set("deploy", deployed || model.input.is_deploy(act.step));
    fact.set("pushed-only", !read && !found.is_empty());
    // Where compose names it, the key is what peers share.
    let at = if tag.service.is_some() { tag.at.clone() } else { None };
    let at = at.or_else(|| (tag.by == "action").then(|| tag.at.clone()).flatten());
    if tag.service.is_some() {
        fact.chain.push(Link { location: act.called_at().clone(), what: act.called_text().to_owned() });
    }
    fact.at("command", at.unwrap_or_else(|| act.called_at().clone()));
    if let Some(at) = &tag.at {
        fact.at("name", at.clone());
    }
    for (index, _) in found.iter().filter(|(_, how)| *how == Use::Reads) {
        fact.at("uses", model.act(*index).called_at().clone());
    }
    if tag.loaded == Truth::Unknown && !read {
        at_most(&mut fact, Confidence::Medium);
    }
    fact
}
