//! `lease-port`: a port that no other job gets, in place of one that is looked up and given back.

use super::doubt::helper;
use super::shell_text::{Command, ShellText};
use super::step::NewStep;
use super::teardown::behind_the_work;
use super::{Draft, Place, Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::host::port_probe::PROBERS;
use crate::source::Location;

/// The fix of a finding.
///
/// # Errors
/// The runner has no helper, or the probe is more than one command that stands in the workflow.
pub fn lease_port(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let mut doubts = helper::is_there(scene, &place)?;
    doubts.push("the probe may print something else than one TCP port, or do more than print it".to_owned());
    let probe = probe(&place, &finding.location)?;
    let mut draft = Draft::new(scene);
    draft.replace(&probe, "berth-run port")?;
    if !gives_back(&place) {
        let step = NewStep {
            name: "Give the port back".to_owned(),
            condition: Some("always()".to_owned()),
            shell: Some("sh".to_owned()),
            working_directory: Some("/".to_owned()),
            run: Some("berth-run down".to_owned()),
            ..NewStep::default()
        };
        let job = &place.job.job;
        draft.insert_step(&place.analysed.path, job, behind_the_work(job), &step)?;
    }
    draft.finish_with("lease-port", "lease the port, and give it back at the end of the job", &doubts)
}

/// The bytes of the command that looks the port up, when it prints the port and nothing else does.
fn probe(place: &Place<'_>, at: &Location) -> Result<Location, Withheld> {
    helper::in_workflow(place, at)?;
    let source = place.tree.source();
    let (before, behind) = (source.text().get(..at.span.start), source.text().get(at.span.end..));
    let line = before.unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    let head = line.strip_suffix("$(").map(|head| head.trim_end_matches(QUOTE));
    let is_value = head.is_some_and(|head| head.ends_with('=')) && behind.unwrap_or_default().starts_with(')');
    // A pipe has the probe as one of its commands; a function is no command that can be written anew here.
    let texts = ShellText::of_job(place);
    let is_it = |text: &ShellText, command: &Command| text.location(command.statement.clone()).as_ref() == Some(at);
    let mut commands = texts.iter().flat_map(|text| text.commands().iter().map(move |command| (text, command)));
    let program = commands.find(|(text, command)| is_it(text, command)).map(|(_, command)| command.program.as_str());
    let is_probe = program.is_some_and(|program| PROBERS.contains(&program)) && !source.slice(at.span).contains("<<");
    if !is_value || !is_probe {
        return Err(Withheld::because(
            "what it prints is not the value of a variable right away: write `PORT=$(berth-run port)` by hand",
        ));
    }
    Ok(at.clone())
}

/// What a substitution may stand in.
const QUOTE: char = '\u{22}';

/// Whether the job gives back what it has leased already.
fn gives_back(place: &Place<'_>) -> bool {
    place.job.trace.acts.iter().any(|act| act.helper_call("down").is_some())
}
