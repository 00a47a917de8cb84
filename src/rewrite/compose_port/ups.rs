//! The commands that bring a compose service up.

use crate::rewrite::doubt::unseen;
use crate::rewrite::{Place, Withheld};
use crate::stack::{Claim, Stack};

/// The acts of the job that bring up the service of a claim, by their numbers, each with its stack.
pub(super) fn ups<'p>(place: &'p Place<'_>, claim: &Claim) -> impl Iterator<Item = (usize, &'p Stack)> {
    let has_it = |stack: &Stack| stack.claims.iter().any(|own| own.at == claim.at);
    place.job.stacks.iter().map(|(act, stack)| (*act, stack)).filter(move |(_, stack)| has_it(stack))
}

/// Refuses a port whose user is not seen, and may well be there.
///
/// # Errors
/// When something behind the command may be one.
pub(super) fn used_unseen(place: &Place<'_>, claim: &Claim, host: u16) -> Result<(), Withheld> {
    match ups(place, claim).find_map(|(up, _)| unseen::reader(place, up)) {
        Some(reader) => Err(Withheld::because(format!(
            "{}: write `${{NAME:-{host}}}` in the file, and hand on what `docker compose port` prints",
            unseen::may_use("nothing in the job", &reader, host)
        ))),
        None => Ok(()),
    }
}
