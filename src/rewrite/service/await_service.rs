//! `await-service`: a step that waits until a service answers, where the runner does not.

use super::address::addresses;
use super::inside::Seat;
use super::scan::What;
use super::steps::stretch;
use super::uses::{Use, uses};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::rewrite::step::NewStep;
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, Scene, Withheld};

/// How long it waits, in seconds: as GitHub's runner, which asks for about a minute.
const LIMIT: u16 = 60;

/// The fix of a finding.
///
/// # Errors
/// When nothing shows where the service is reached.
pub fn await_service(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let job = &place.job.job;
    let index = job.services.iter().position(|service| service.span.contains(finding.location.span));
    let index = index.ok_or_else(|| Withheld::because("the finding is about no single service"))?;
    let service = job.services.get(index).map_or("", |service| service.id.value());
    id("the service", service)?;
    let all = uses(&place);
    let own: Vec<Use> = all.iter().filter(|found| found.service == index).cloned().collect();
    let (host, port) = own
        .iter()
        .find_map(|found| reached(found, place.tree.source()))
        .ok_or_else(|| Withheld::because("nothing in the job shows by which address it is reached"))?;
    let known = addresses(job).get(index).is_some_and(|address| address.by_container(port).is_some());
    if !known && host == service {
        return Err(Withheld::because(format!("nothing shows that `{service}` listens on port {port}")));
    }
    let stretch = stretch(job, &place.job.trace, &own, true);
    let step = NewStep {
        name: format!("Wait for {service}"),
        condition: stretch.gate,
        shell: Some("sh".to_owned()),
        // It need not be there yet.
        working_directory: place.has_default_directory().then(|| "/".to_owned()),
        run: Some(format!(
            "for _ in $(seq {LIMIT}); do\n  if timeout 1 bash -c ': > /dev/tcp/{host}/{port}' || nc -z -w 1 {host} \
             {port}; then exit 0; fi 2>/dev/null\n  sleep 1\ndone\necho '::error::{service} does not answer on \
             {host}:{port}'\nexit 1\n"
        )),
        ..NewStep::default()
    };
    let mut draft = Draft::new(scene);
    draft.insert_step(&place.analysed.path, job, stretch.start, &step)?;
    let why = "it is not known that the job has `bash` or `nc`, which the step needs";
    draft.finish(
        "await-service",
        Applicability::Unsafe,
        format!("wait until `{service}` answers on {host}:{port}"),
        Some(why.to_owned()),
    )
}

/// The address by which a use in the job itself reaches it.
fn reached(found: &Use, source: &crate::source::Source) -> Option<(String, u16)> {
    if found.seat != Seat::Job || found.what != What::Address || found.at.path != *source.path() {
        return None;
    }
    let host = source.slice(found.host.as_ref()?.span);
    let is_plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let port = if found.by_name { found.means.container } else { found.means.host.unwrap_or(found.means.container) };
    is_plain.then(|| (if host == "localhost" { "127.0.0.1".to_owned() } else { host.to_owned() }, port))
}
