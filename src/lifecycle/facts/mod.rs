//! What the lifecycle of a job comes to, in the vocabulary of facts.
//!
//! A kind of fact is a file with a function from the [`Model`] to its facts, which [`docker_facts`] calls; `network` is
//! the smallest example. The model has the acts, resources and removals (`model.input.trace.acts`, `model.resources`,
//! `model.removals`). A fact begins with `model.fact(kind, subject, act)`, or with `model.job_fact` where no command
//! makes it (`common`): fields that all facts have are in it then. Its own are filled with `set`, with `set_truth`
//! where the answer may be unknown, and with `unknown`; `at` adds its spans. A kind, field or span that the vocabulary
//! does not have ends the program in a test.

mod common;
mod compose;
mod deployed;
mod filter_name;
mod image;
mod making;
mod model;
mod mount;
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

use std::cell::RefCell;

use super::input::JobInput;
use crate::facts::Fact;
use common::Once;
use compose::compose_facts;
use image::image_facts;
use making::making_facts;
use model::{Model, Stays};
use mount::mount_facts;
use name::{name_facts, service_name_facts};
use network::network_facts;
use opaque::opaque_facts;
use option::option_facts;
use port::port_facts;
use removal::removal_facts;
use resource::resource_facts;
use teardown::teardown_facts;

/// All facts about docker that one job gives.
pub fn docker_facts(input: &JobInput<'_>) -> Vec<Fact> {
    let model = Model {
        input,
        resources: input.resources,
        removals: input.removals,
        creations: RefCell::default(),
        stays: Stays::of(input),
    };
    let mut facts = Once::default();
    resource_facts(&model, &mut facts);
    name_facts(&model, &mut facts);
    facts.extend(service_name_facts(&model));
    facts.extend(making_facts(&model));
    facts.extend(image_facts(&model));
    facts.extend(port_facts(&model));
    facts.extend(compose_facts(&model));
    removal_facts(&model, &mut facts);
    teardown_facts(&model, &mut facts);
    facts.extend(network_facts(&model));
    facts.extend(option_facts(&model));
    facts.extend(opaque_facts(&model));
    facts.extend(mount_facts(&input.site(), input.is_file, &|act| model.leaves_deploy(act)));
    facts.all
}
