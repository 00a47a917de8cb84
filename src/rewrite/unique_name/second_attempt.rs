//! A second attempt of a run, where the runner may count none: it has the first one's name, and meets what that has
//! left when it was cancelled.

use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld, teardown};
use super::{Name, NameKind, Suffix, preclean};
use crate::command::Arg;
use crate::docker::Verb;
use crate::lifecycle::run_suffix::attempt;
use crate::runner::table::Trait;
use crate::source::Location;
use crate::trace::Act;

/// Right before the command that makes a container: there goes the removal of what the first attempt has left.
pub struct Clearing {
    at: Location,
    client: &'static str,
    indent: String,
}

impl Clearing {
    /// Where one goes for a name that gets this suffix.
    ///
    /// Nobody else has such a name: it has the run in it, the job where others of the run make it too, and its leg.
    /// Where that is not so, as in a workflow that others may call twice in one run, or where somebody may have made
    /// the container on purpose, none is put there.
    pub fn of(place: &Place<'_>, texts: &[ShellText], name: &Name, suffix: &Suffix) -> Option<Self> {
        let counted = place.job.substrate.does(Trait::SetsRunAttempt).is_yes();
        let is_met_again = !counted && suffix.expression.contains(attempt(&place.job.substrate));
        let may_be_called = place.analysed.workflow.on.event("workflow_call").is_some();
        if name.kind != NameKind::Container || !is_met_again || may_be_called || preclean::is_there(place, name) {
            return None;
        }
        let act = only_maker(place, name)?;
        let is_its = |text: &&ShellText| {
            text.source.path() == act.frame.source.path() && text.text.whole() == act.frame.text.whole()
        };
        let text = texts.iter().find(is_its).filter(|text| text.has_job_env() && text.takes_variables().is_ok())?;
        let mut statements = text.script.body.iter();
        let whole = statements.find(|one| text.text.span(one.span.clone()).contains(act.at.span))?;
        let before = text.value().get(..whole.span.start)?;
        let indent = before.rsplit('\n').next().filter(|indent| indent.trim().is_empty())?;
        let first = text.value().get(whole.span.clone())?.chars().next()?;
        let at = text.location(whole.span.start..whole.span.start + first.len_utf8())?;
        let clients = ["docker", "sudo docker"];
        let client = clients.into_iter().find(|client| act.text.starts_with(&format!("{client} ")))?;
        Some(Self { at, client, indent: indent.to_owned() })
    }

    /// Writes it, as the step has it that starts a sibling. `word` is the new name.
    ///
    /// # Errors
    /// As [`Draft::insert`].
    pub fn write(&self, draft: &mut Draft<'_>, word: &str) -> Result<(), Withheld> {
        let Self { at, client, indent } = self;
        draft.insert(at, true, &format!("{}\n{indent}", teardown::clearing(client, word)))
    }
}

/// How many commands of a job may make named containers: nobody reads more, and each name is compared with all.
const MOST_MAKERS: usize = 64;

/// The commands of a job that make containers with a name.
struct Makers(Vec<usize>);

/// The one command that makes a container of this name, where it always does.
fn only_maker<'a>(place: &Place<'a>, name: &Name) -> Option<&'a Act> {
    let acts = &place.job.trace.acts;
    let makers = place.reading.of_job(place.job, || {
        let makers = acts.iter().enumerate().filter(|(_, act)| name_of(act).is_some());
        Makers(makers.map(|(index, _)| index).collect())
    });
    let makers = Some(&makers.0).filter(|makers| makers.len() <= MOST_MAKERS)?;
    let makes = |act: &&Act| name_of(act).is_some_and(|own| !own.value.same(&name.value).is_no());
    let mut makers = makers.iter().filter_map(|index| acts.get(*index)).filter(makes);
    let (act, None) = (makers.next()?, makers.next()) else { return None };
    let context = &act.context;
    let is_plain = !context.conditional && !context.in_loop && context.trap.is_none() && context.functions.is_empty();
    Some(act).filter(|_| is_plain)
}

/// The name that a command gives the container it makes.
fn name_of(act: &Act) -> Option<&Arg> {
    match act.verb() {
        Some(Verb::Run(run) | Verb::Create(run)) => run.name.as_ref(),
        _ => None,
    }
}
