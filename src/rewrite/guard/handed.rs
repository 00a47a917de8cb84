//! Labels for what a called script or makefile makes: the workflow hands them on in a variable, and who runs the file
//! otherwise has no such variable and needs no `berth-run`.

use std::collections::BTreeSet;

use super::super::doubt::helper::stands_in_another;
use super::super::shell_text::{Command, ShellText};
use super::super::{Draft, Place, Withheld};
use crate::shell::Word;
use crate::source::{FileKind, Location};
use crate::trace::Act;

/// What is written where a container is made.
const TAKES: &str = " ${BERTH_LABELS:+--label-file \"$BERTH_LABELS\"}";

/// The variable.
const VARIABLE: &str = "BERTH_LABELS";

/// What is written where the file is called.
const GIVES: &str = "BERTH_LABELS=\"$(berth-run labels --guard)\" ";

/// Programs that may keep what they run from their own variables.
const NEW_ENVIRONMENT: [&str; 10] =
    ["sudo", "doas", "su", "runuser", "env", "ssh", "docker", "podman", "nsenter", "systemd-run"];

/// Places at which the labels are taken or given already: several jobs call one script, and one call makes several
/// containers.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeSet<Location>);

impl Written {
    /// Gives what an act makes at `at`, in another file, the labels of each job that calls it.
    ///
    /// # Errors
    /// The file takes no variables of its caller, or its call cannot be edited.
    pub(super) fn hand_on(
        &mut self,
        draft: &mut Draft<'_>,
        place: &Place<'_>,
        act: &Act,
        at: &Location,
    ) -> Result<(), Withheld> {
        let cannot = |why: &str| Withheld::because(format!("{}, and {why}", stands_in_another(at)));
        if !matches!(act.frame.source.kind(), FileKind::Script | FileKind::Makefile) {
            return Err(cannot("takes no variables of the job"));
        }
        let is_cut_off = |what: &str| what.split_whitespace().any(|word| NEW_ENVIRONMENT.contains(&word));
        let cut_off = || cannot("its caller may not hand on variables of the job");
        if act.chain.iter().any(|link| is_cut_off(&link.what)) {
            return Err(cut_off());
        }
        let call = act.chain.first().map(|link| &link.location).filter(|call| call.path == place.analysed.path);
        let call = call.ok_or_else(|| cannot("the workflow does not call it itself"))?;
        let texts = ShellText::of_job(place);
        let command = texts.iter().find_map(|text| Some((text, command_at(text, call)?)));
        let (text, command) = command.ok_or_else(|| cannot("its call is part of a larger command"))?;
        text.takes_variables()?;
        if command.words.iter().filter_map(Word::literal).any(|word| is_cut_off(&word)) {
            return Err(cut_off());
        }
        let start = text.location(command.statement.clone()).ok_or_else(|| cannot("its call cannot be edited"))?;
        if self.0.insert(start.clone()) {
            draft.insert(&start, true, GIVES)?;
        }
        // A file that takes them already only waits to be given some.
        let takes = act.text.contains(VARIABLE);
        match !takes && self.0.insert(at.clone()) {
            true => draft.insert(at, false, TAKES),
            false => Ok(()),
        }
    }
}

/// The command that a call is, by itself and not in a word of another.
fn command_at<'t>(text: &'t ShellText, call: &Location) -> Option<&'t Command> {
    let is_there = |command: &&Command| {
        let own = text.text.span(command.statement.clone());
        *text.source.path() == call.path && own.contains(call.span) && !command.nested && !command.in_test
    };
    text.commands().iter().filter(is_there).min_by_key(|command| command.statement.len())
}
