//! Who runs a script or an action: all of them take what it makes by the name that it has.

use std::sync::Arc;

use super::super::shell_text::ShellText;
use super::super::untrusted::is_variable;
use super::super::{Place, Scene, Withheld};
use super::uses::Use;
use crate::docker::is_name_letter;

/// How many jobs run something of a file.
pub fn number(scene: &Scene<'_>, path: &Arc<str>) -> usize {
    scene.run_by().file(path).len()
}

/// Another workflow with a job that runs something of a file, or reads it as a compose file.
pub fn other_workflow(scene: &Scene<'_>, path: &Arc<str>, own: &Arc<str>) -> Option<Arc<str>> {
    scene.run_by().file(path).map(|(workflow, _)| workflow).find(|workflow| *workflow != own).cloned()
}

/// Refuses a name that a script or an action of several workflows says, where another of them says it as well: it would
/// look for a name that nothing has.
///
/// # Errors
/// When one does.
pub fn are_the_only_ones(
    scene: &Scene<'_>,
    place: &Place<'_>,
    texts: &[ShellText],
    uses: &[Use],
    name: &str,
) -> Result<(), Withheld> {
    let callers = scene.run_by();
    let own = place.tree.source().path();
    let says = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            !text.get(..at).is_some_and(|text| text.ends_with(is_name_letter))
                && !text.get(at + name.len()..).is_some_and(|text| text.starts_with(is_name_letter))
        })
    };
    for path in uses.iter().filter_map(|used| Some(texts.get(used.text)?.source.path())).filter(|path| *path != own) {
        let others = callers.file(path).map(|(workflow, _)| workflow);
        for other in others.filter(|other| *other != own) {
            let Some(source) = scene.source(other).filter(|source| says(source.text())) else { continue };
            let is_set = |line: &&str| {
                let said = line.split_once(": ").filter(|(variable, _)| is_variable(variable.trim()));
                said.is_some_and(|(_, value)| value.trim().trim_matches(['"', '\'']) == name)
            };
            let variable = source.text().lines().filter(|line| !line.trim_start().starts_with('#') && says(line));
            let variables: Vec<Option<&str>> =
                variable.map(|line| Some(line).filter(is_set).and_then(|line| line.split(':').next())).collect();
            let read = |variable: &str| {
                scene.source(path).is_some_and(|source| source.text().contains(&format!("${{{variable}:-")))
            };
            if let [Some(variable)] = variables.as_slice()
                && read(variable.trim())
            {
                let variable = variable.trim();
                return Err(Withheld::because(format!(
                    "`{other}` runs `{path}` as well, with the same name `{name}` in `{variable}`: put the run's id into \
                     the value of `{variable}` in both workflows"
                )));
            }
            return Err(Withheld::because(format!(
                "`{other}` runs `{path}` as well, and uses the name `{name}`: take the name from a variable in both"
            )));
        }
    }
    Ok(())
}
