//! The edits that repair what rules find, by the names that rule files use (`fix: teardown`).
//!
//! A rewrite reads the [`Scene`] and a finding, and makes a [`Fix`], or says why it makes none. It proves
//! nothing and writes nothing: `crate::fix` does.

mod anchor_filter;
mod compose_port;
mod compose_project;
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
pub use scene::{Place, Scene, is_posix};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::edit::Fix;
use crate::finding::Finding;

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
type Rewrite = fn(&Scene<'_>, &Finding) -> Result<Fix, Withheld>;

/// The rewrites by name. What a rule names and this list lacks is told, not written: `explain` says what it does.
const REWRITES: &[(&str, Rewrite)] = &[
    ("anchor-filter", anchor_filter::anchor_filter),
    ("compose-port", compose_port::fix),
    ("compose-project", compose_project::compose_project),
    ("condition", condition::condition),
    ("curl-status", curl_status::curl_status),
    ("disconnect", disconnect::disconnect),
    ("drop-option", drop_option::drop_option),
    ("empty-safe", empty_safe::empty_safe),
    ("leave-no-volumes", leave_no_volumes::leave_no_volumes),
    ("loopback", loopback::loopback),
    ("pin-runner", pin_runner::pin_runner),
    ("random-port", random_port::fix),
    ("require-value", require_value::require_value),
    ("scope-removal", scope_removal::scope_removal),
    ("service-address", service::fix),
    ("service-name", service_name::service_name),
    ("teardown", teardown::teardown),
    ("unique-name", unique_name::unique_name),
];

/// For how many findings of one rule in one job a fix is planned at a time. Each plan reads the whole job: the longer
/// it is, the fewer there are.
fn most_plans(scene: &Scene<'_>, finding: &Finding) -> usize {
    let commands = scene.place(finding).map_or(0, |place| place.job.trace.acts.len());
    (8_000 / commands.max(1)).clamp(2, 40)
}

/// Gives each finding its fix, or the reason why it has none. Findings with the same edits share one fix.
pub fn plan<'r>(scene: &Scene<'_>, findings: &mut [Finding], rewrite_of: impl Fn(&str) -> Option<&'r str>) {
    let scene = Scene { findings, ..*scene };
    let mut counts: BTreeMap<(&str, &str, Option<&str>), usize> = BTreeMap::new();
    let mut planned = Vec::new();
    for finding in scene.findings {
        let rewrite = rewrite_of(&finding.rule).and_then(|name| REWRITES.iter().find(|known| known.0 == name));
        let Some((_, rewrite)) = rewrite else {
            planned.push(None);
            continue;
        };
        let key = (finding.rule.as_str(), finding.location.path.as_ref(), finding.job.as_deref());
        let count = counts.entry(key).or_default();
        *count += 1;
        let most = most_plans(&scene, finding);
        planned.push(Some(match *count > most {
            true => Err(Withheld(format!("there are more than {most} of these in the job; the first ones come first"))),
            false => rewrite(&scene, finding),
        }));
    }
    let planned = twins::together(&scene, planned);
    let mut made: Vec<Arc<Fix>> = Vec::new();
    for (finding, planned) in findings.iter_mut().zip(planned) {
        match planned {
            None => {}
            Some(Ok(fix)) => {
                let known = made.iter().find(|known| known.edits == fix.edits && known.creates == fix.creates);
                let fix = known.cloned().unwrap_or_else(|| Arc::new(fix));
                if !made.iter().any(|known| Arc::ptr_eq(known, &fix)) {
                    made.push(fix.clone());
                }
                finding.fix = Some(fix);
            }
            Some(Err(Withheld(why))) => finding.withheld = Some(why),
        }
    }
}
