//! The edits that repair what rules find, by the names that rule files use (`fix: teardown`).
//!
//! A rewrite reads the [`Scene`] and a finding, and makes a [`Fix`], or says why it makes none. It proves nothing and
//! writes nothing: `crate::fix` does. `table` lists the rewrites, each in a file or folder of its own name; `service`
//! has two (`service-address`, `await-service`), and so has `unique_name` (`unique-name`, `compose-project`).
//!
//! What they share: `scene`, `reading` and `run_by` (what they see of the repository), `draft` (how a fix is made),
//! `style` and `step` (new text in a file's manner), `step_env` (variables of a step), `emit` (steps that start and
//! remove a sibling), `shell_text`, `script` and `removal` (commands as they are written), `handed_on` (variables of
//! `$GITHUB_ENV`), `untrusted` (what must not go into a command line), `doubt` (for what reasons a fix is unsafe or
//! none). [`plan`] asks them for each finding; `twins` has workflows of two forges mended together, `waiting` says
//! which finding comes first, `withheld` why there is no fix.

mod anchor_filter;
mod compose_port;
mod condition;
mod curl_status;
mod disconnect;
mod doubt;
mod draft;
mod drop_option;
pub mod emit;
mod empty_safe;
mod guard;
mod handed_on;
mod lease_port;
mod leave_no_volumes;
mod loopback;
mod merged;
mod pin_runner;
mod random_port;
mod reading;
mod reap;
mod removal;
mod require_value;
mod run_by;
mod run_label;
mod scene;
mod scope_removal;
pub mod script;
mod service;
mod service_name;
pub mod shell_text;
pub mod step;
mod step_env;
pub mod style;
mod table;
mod teardown;
mod tolerate;
mod twins;
mod unique_name;
pub mod untrusted;
mod waiting;
mod withheld;

pub use draft::{Draft, NewValue};
pub use reading::{ByKey, Reading, Workflows};
pub use scene::{Place, Scene, Strangers, is_posix};
pub use table::{REWRITES, Rewrite};
pub use withheld::Withheld;

use doubt::{others_use, powershell};
use twins::Planned;

use std::collections::HashMap;
use std::sync::Arc;

use crate::edit::{Edit, Fix};
use crate::finding::Finding;
use crate::source::Location;

/// Gives each finding its fix, or the reason why it has none. Findings with the same edits share one fix.
pub fn plan<'r>(scene: &Scene<'_>, findings: &mut [Finding], rewrite_of: impl Fn(&str) -> Option<&'r str>) {
    let all = scene;
    let scene = Scene { findings, ..*all };
    let mut planned = Vec::new();
    for finding in scene.findings {
        let rewrite = rewrite_of(&finding.rule).and_then(Rewrite::named);
        let Some(rewrite) = rewrite else {
            planned.push(None);
            continue;
        };
        planned.push(Some(rewrite.make.fix(&scene, finding).and_then(|fix| kept(&scene, rewrite, fix))));
    }
    let planned = twins::together(&scene, planned);
    // What begins at the same place may be the same.
    let first = |edit: &Edit| Location { path: edit.path.clone(), span: edit.span };
    let mut made: HashMap<Option<Location>, Vec<Arc<Fix>>> = HashMap::new();
    let mut after = Vec::new();
    for (number, (finding, planned)) in findings.iter_mut().zip(planned).enumerate() {
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
            Some(Err(withheld)) => {
                finding.withheld = Some(withheld.why);
                if !withheld.after.is_empty() {
                    after.push((number, withheld.after));
                }
            }
        }
    }
    waiting::find(findings, &after, &rewrite_of);
    let otherwise = otherwise(&Scene { findings, ..*all }, &after, rewrite_of);
    for (finding, fix) in findings.iter_mut().zip(otherwise) {
        if let Some(Ok(fix)) = fix {
            (finding.fix, finding.withheld) = (Some(fix), None);
        }
    }
}

/// What repairs those that would have to wait for a fix that nobody makes. `after` are those that would wait.
fn otherwise<'r>(
    scene: &Scene<'_>,
    after: &[(usize, Vec<String>)],
    rewrite_of: impl Fn(&str) -> Option<&'r str>,
) -> Vec<Planned> {
    let mut planned: Vec<Planned> = vec![None; scene.findings.len()];
    let waiting = after.iter().map(|(number, _)| (*number, &scene.findings[*number]));
    for (number, finding) in waiting.filter(|(_, finding)| finding.waits.is_none()) {
        let Some(rewrite) = rewrite_of(&finding.rule).and_then(Rewrite::named) else { continue };
        let fix = rewrite.otherwise.as_ref().map(|make| make.fix(scene, finding));
        planned[number] = fix.map(|fix| fix.and_then(|fix| kept(scene, rewrite, fix)));
    }
    if planned.iter().all(Option::is_none) { Vec::new() } else { twins::together(scene, planned) }
}

/// A fix of a rewrite, where it may be made of these files and on these runners.
fn kept(scene: &Scene<'_>, rewrite: &Rewrite, fix: Arc<Fix>) -> Result<Arc<Fix>, Withheld> {
    let is_for_us = |fix| if rewrite.is_for_all { Ok(fix) } else { others_use::kept(scene, fix) };
    is_for_us(fix).and_then(|fix| powershell::kept(scene, fix))
}
