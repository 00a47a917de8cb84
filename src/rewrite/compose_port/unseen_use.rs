//! Uses of a port that nobody sees.

use crate::rewrite::{Place, Withheld, unseen};
use crate::stack::Claim;

/// Refuses a port whose user is not seen, and may well be there.
///
/// # Errors
/// When something behind the command may be one.
pub(super) fn used_unseen(place: &Place<'_>, claim: &Claim, host: u16) -> Result<(), Withheld> {
    let mut own = place.job.stacks.iter().filter(|(_, stack)| stack.claims.iter().any(|other| other.at == claim.at));
    match own.find_map(|(up, _)| unseen::reader(place, *up)) {
        Some(reader) => Err(Withheld::because(format!(
            "nothing in the job shows what uses port {host}, and {reader} may: write `${{NAME:-{host}}}` in the file, and hand on what `docker compose port` prints"
        ))),
        None => Ok(()),
    }
}
