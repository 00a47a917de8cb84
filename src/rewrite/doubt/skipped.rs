//! Names that are set in a step which may be skipped: then docker takes another one, which every run has.

use crate::docker::{Compose, Verb};
use crate::rewrite::scene::is_no_gate;
use crate::rewrite::{Place, Withheld};
use crate::trace::Act;

/// Refuses to take more away, or in more cases, of a compose project whose name may not be set: that of the folder
/// would be meant.
///
/// # Errors
/// When a step sets it that may be skipped where the command is not.
pub(in crate::rewrite) fn project_is_set(place: &Place<'_>, act: &Act) -> Result<(), Withheld> {
    let Some(Verb::Compose(compose)) = act.verb() else { return Ok(()) };
    let steps = &place.job.trace.steps;
    let names = names_of(act, compose);
    for name in names {
        // The last step that began with another value, or with none, wrote this one.
        let value = |at: usize| steps.get(at).and_then(|step| step.env.get(name.as_str()));
        let Some(set_at) = (1..=act.step).rev().find(|at| value(*at) != value(*at - 1)) else { continue };
        let (Some(writer), Some(own)) = (place.step(set_at - 1), place.step(act.step)) else { continue };
        let is_own_env = |at: usize| place.step(at).is_some_and(|step| step.env.get(&name).is_some());
        if value(set_at).is_none() || is_own_env(set_at) || is_own_env(set_at - 1) {
            continue;
        }
        let text =
            |step: &crate::workflow::Step| step.condition.as_ref().map(|field| field.value.value().trim().to_owned());
        let gate = text(writer).filter(|gate| !is_no_gate(gate) && gate != "${{ always() }}");
        if let Some(gate) = gate.filter(|gate| text(own).as_ref() != Some(gate)) {
            return Err(Withheld::because(format!(
                "`{name}`, which names the project, is set in a step that runs only `if: {gate}`: where that is \
                 skipped, the project is the folder's, and may be another run's"
            )));
        }
    }
    Ok(())
}

/// The variables that say the project of a call.
fn names_of(act: &Act, compose: &Compose) -> Vec<String> {
    let Some(project) = &compose.project else { return vec!["COMPOSE_PROJECT_NAME".to_owned()] };
    let written = act.frame.text.value().get(project.span.clone()).unwrap_or_default();
    let name = |rest: &str| -> String {
        rest.trim_start_matches('{').chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let of_shell = written.split('$').skip(1).map(name);
    let of_expression = written.split("env.").skip(1).map(name);
    of_shell.chain(of_expression).filter(|name: &String| !name.is_empty()).collect()
}
