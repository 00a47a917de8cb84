//! Steps that no POSIX shell runs: what a rewrite writes into them must mean the same there.

use std::collections::HashMap;
use std::sync::Arc;

use crate::command::powershell::speaks_powershell;
use crate::edit::{Edit, Fix};
use crate::rewrite::scene::is_posix;
use crate::rewrite::{Scene, Withheld};
use crate::source::Span;

/// What a shell alone reads so. `${{ … }}` is replaced before any shell sees it.
const OF_A_SHELL: [&str; 6] = ["$", "||", "&&", "| ", ">&", "export "];

/// The texts of such steps, by files.
struct Texts(HashMap<Arc<str>, Vec<Span>>);

impl Texts {
    fn read(scene: &Scene<'_>) -> Self {
        let mut texts: HashMap<Arc<str>, Vec<Span>> = HashMap::new();
        for analysed in scene.workflows.iter() {
            for job in analysed.jobs.iter() {
                let defaults = [&job.job.defaults, &analysed.workflow.defaults];
                let usual = defaults.iter().find_map(|defaults| defaults.shell.as_ref());
                for step in &job.job.steps {
                    let Some(run) = &step.run else { continue };
                    let is_other = match step.shell.as_ref().or(usual) {
                        Some(shell) => !shell.value.value().contains("${{") && !is_posix(shell.value.value()),
                        None => job.is_on_windows() || speaks_powershell(run.value.text.value()),
                    };
                    if is_other {
                        texts.entry(analysed.path.clone()).or_default().push(run.value.text.whole());
                    }
                }
            }
        }
        Self(texts)
    }

    fn hold(&self, edit: &Edit) -> bool {
        self.0.get(&edit.path).is_some_and(|spans| spans.iter().any(|span| span.contains(edit.span)))
    }
}

/// A fix, unless it writes what only a shell understands into a step of another language.
///
/// # Errors
/// When it does.
pub fn kept(scene: &Scene<'_>, fix: Arc<Fix>) -> Result<Arc<Fix>, Withheld> {
    let texts = scene.reading.of_all(|| Texts::read(scene));
    let is_torn = |edit: &&Edit| {
        let said = |text: &str, word: &str| text.replace("${{", "").matches(word).count();
        OF_A_SHELL.iter().any(|word| said(&edit.new, word) > said(&edit.old, word))
    };
    match fix.edits.iter().filter(|edit| texts.hold(edit)).find(is_torn) {
        Some(_) => Err(Withheld::because(
            "the step is not written for a POSIX shell, and what the fix writes into it would mean something else there",
        )),
        None => Ok(fix),
    }
}
