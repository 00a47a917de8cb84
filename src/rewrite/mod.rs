//! The edits that repair what rules find, by the names that rule files use (`fix: teardown`).
//!
//! A rewrite reads the [`Scene`] and a finding, and makes a [`Fix`], or says why it makes none. It proves
//! nothing and writes nothing: `crate::fix` does.

mod anchor_filter;
mod compose_port;
mod condition;
mod curl_status;
mod disconnect;
mod draft;
mod drop_option;
pub mod emit;
mod empty_safe;
mod leave_no_volumes;
mod loopback;
mod pin_runner;
mod random_port;
mod reading;
mod removal;
mod require_value;
mod scene;
mod scope_removal;
pub mod script;
mod service;
mod service_name;
pub mod shell_text;
pub mod step;
pub mod style;
mod teardown;
mod twins;
mod unique_name;
pub mod untrusted;

pub use draft::{Draft, NewValue, way};
pub use reading::{ByKey, Reading, Workflows};
pub use scene::{Place, Scene, is_posix};

use std::collections::HashMap;
use std::sync::Arc;

use crate::edit::{Edit, Fix};
use crate::finding::Finding;
use crate::source::Location;

/// Why there is no fix: a sentence for people, without its full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Withheld(pub String);

impl Withheld {
    /// For this reason.
    pub fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// A rewrite: what repairs this finding.
enum Rewrite {
    /// For each finding by itself.
    Each(fn(&Scene<'_>, &Finding) -> Result<Fix, Withheld>),
    /// For several at once.
    Several(fn(&Scene<'_>, &Finding) -> Result<Arc<Fix>, Withheld>),
}

use Rewrite::{Each, Several};

/// The rewrites by name. What a rule names and this list lacks is told, not written: `explain` says what it does.
const REWRITES: &[(&str, Rewrite)] = &[
    ("anchor-filter", Each(anchor_filter::anchor_filter)),
    ("compose-port", Each(compose_port::fix)),
    ("compose-project", Each(unique_name::compose_project)),
    ("condition", Each(condition::condition)),
    ("curl-status", Each(curl_status::curl_status)),
    ("disconnect", Each(disconnect::disconnect)),
    ("drop-option", Each(drop_option::drop_option)),
    ("empty-safe", Each(empty_safe::empty_safe)),
    ("leave-no-volumes", Each(leave_no_volumes::leave_no_volumes)),
    ("loopback", Each(loopback::loopback)),
    ("pin-runner", Each(pin_runner::pin_runner)),
    ("random-port", Each(random_port::fix)),
    ("require-value", Each(require_value::require_value)),
    ("scope-removal", Each(scope_removal::scope_removal)),
    ("service-address", Each(service::fix)),
    ("service-name", Each(service_name::service_name)),
    ("teardown", Several(teardown::teardown)),
    ("unique-name", Several(unique_name::unique_name)),
];

/// Whether fixes by this rewrite of several things of one job are made from nothing that the others change: each is
/// about the words that name its own.
pub fn is_about_its_own(rewrite: &str) -> bool {
    rewrite == "unique-name"
}

/// Whether fixes by this rewrite are tried behind all others: a step at the end of a job is for all that has a name of
/// its own by then.
pub fn comes_last(rewrite: &str) -> bool {
    rewrite == "teardown"
}

/// Gives each finding its fix, or the reason why it has none. Findings with the same edits share one fix.
pub fn plan<'r>(scene: &Scene<'_>, findings: &mut [Finding], rewrite_of: impl Fn(&str) -> Option<&'r str>) {
    let scene = Scene { findings, ..*scene };
    let mut planned = Vec::new();
    for finding in scene.findings {
        let rewrite = rewrite_of(&finding.rule).and_then(|name| REWRITES.iter().find(|known| known.0 == name));
        let Some((_, rewrite)) = rewrite else {
            planned.push(None);
            continue;
        };
        planned.push(Some(match rewrite {
            Each(rewrite) => rewrite(&scene, finding).map(Arc::new),
            Several(rewrite) => rewrite(&scene, finding),
        }));
    }
    let planned = twins::together(&scene, planned);
    // What begins at the same place may be the same.
    let first = |edit: &Edit| Location { path: edit.path.clone(), span: edit.span };
    let mut made: HashMap<Option<Location>, Vec<Arc<Fix>>> = HashMap::new();
    for (finding, planned) in findings.iter_mut().zip(planned) {
        match planned {
            None => {}
            Some(Ok(fix)) => {
                let begins = made.entry(fix.edits.first().map(first)).or_default();
                let same = |known: &&Arc<Fix>| known.edits == fix.edits && known.creates == fix.creates;
                let known = begins.iter().find(|known| Arc::ptr_eq(known, &fix)).or_else(|| begins.iter().find(same));
                let known = known.cloned();
                if known.is_none() {
                    begins.push(fix.clone());
                }
                finding.fix = Some(known.unwrap_or(fix));
            }
            Some(Err(Withheld(why))) => finding.withheld = Some(why),
        }
    }
}
