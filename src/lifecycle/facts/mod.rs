//! What the lifecycle of a job comes to, in the vocabulary of facts.

mod common;
mod compose;
mod deployed;
mod filter_name;
mod image;
mod name;
mod network;
mod opaque;
pub mod option;
mod port;
mod removal;
mod resource;
mod teardown;
mod trap;

pub use option::words as option_words;

use super::input::JobInput;
use super::mount;
use super::removals::Removal;
use super::resources::Resource;
use crate::facts::Fact;

/// A job with what it makes and removes.
struct Model<'a> {
    input: &'a JobInput<'a>,
    resources: &'a [Resource],
    removals: &'a [Removal],
}

/// All facts about docker that one job gives.
pub fn docker_facts(input: &JobInput<'_>) -> Vec<Fact> {
    let model = Model { input, resources: input.resources, removals: input.removals };
    let resources = resource::facts(&model);
    let families = [
        trap::facts(&model, &resources),
        resources,
        name::facts(&model),
        image::facts(&model),
        port::facts(&model),
        compose::facts(&model),
        removal::facts(&model),
        teardown::facts(&model),
        network::facts(&model),
        option::facts(&model),
        opaque::facts(&model),
        mount::facts(input.trace, input.job, &|act| model.makes_deploy(act)),
    ];
    common::once(families.into_iter().flatten().collect())
}
