//! The edits that repair what rules find, by the names that rule files use (`fix: teardown`).
//!
//! A rewrite reads the [`Scene`] and a finding, and makes a [`Fix`], or says why it makes none. It proves nothing and
//! writes nothing: `crate::fix` does. `table` lists the rewrites, each in a file or folder of its own name (two of
//! them, `compose-project` and `unique-name`, in `unique_name`).
//!
//! What they share: `scene` and `reading` (what they see of the repository), `draft` (how a fix is made), `style` and
//! `step` (new text in a file's manner), `step_env` (variables of a step), `helper` (whether `berth-run` may be called), `emit` (steps that start and remove a sibling), `shell_text`, `script` and
//! `removal` (commands as they are written), `untrusted` (what must not go into a command line), `published` (what other
//! repositories may use), `twins` (workflows of
//! two forges, mended together).

mod anchor_filter;
mod compose_port;
mod condition;
mod curl_status;
mod disconnect;
mod draft;
mod drop_option;
pub mod emit;
mod empty_safe;
mod hard_coded;
mod helper;
mod lasting;
mod lease_port;
mod leave_no_volumes;
mod loopback;
mod pin_runner;
mod powershell;
mod published;
mod random_port;
mod reading;
mod reap;
mod removal;
mod require_value;
mod scene;
mod scope_removal;
pub mod script;
mod service;
mod service_name;
mod settings;
pub mod shell_text;
mod skipped;
pub mod step;
mod step_env;
pub mod style;
mod table;
mod taken;
mod teardown;
mod twins;
mod unique_name;
mod unseen;
pub mod untrusted;
mod waiting;
mod withheld;

pub use draft::{Draft, NewValue};
pub use reading::{ByKey, Reading, Workflows};
pub use scene::{Place, Scene, Strangers, is_posix};
pub use table::{REWRITES, Rewrite};
pub use withheld::Withheld;

use table::Make;

use std::collections::HashMap;
use std::sync::Arc;

use crate::edit::{Edit, Fix};
use crate::finding::Finding;
use crate::source::Location;

/// Gives each finding its fix, or the reason why it has none. Findings with the same edits share one fix.
pub fn plan<'r>(scene: &Scene<'_>, findings: &mut [Finding], rewrite_of: impl Fn(&str) -> Option<&'r str>) {
    let scene = Scene { findings, ..*scene };
    let mut planned = Vec::new();
    for finding in scene.findings {
        let rewrite = rewrite_of(&finding.rule).and_then(Rewrite::named);
        let Some(rewrite) = rewrite else {
            planned.push(None);
            continue;
        };
        let made = match rewrite.make {
            Make::Each(rewrite) => rewrite(&scene, finding).map(Arc::new),
            Make::Several(rewrite) => rewrite(&scene, finding),
        };
        let kept = |fix| if rewrite.is_for_all { Ok(fix) } else { published::kept(&scene, fix) };
        let kept = made.and_then(kept).and_then(|fix| powershell::kept(&scene, fix));
        planned.push(Some(kept));
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
    waiting::find(findings, &after, rewrite_of);
}
