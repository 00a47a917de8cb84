//! The services become containers that a step starts beside the job, and another removes.

use super::address::addresses;
use super::belief;
use super::container;
use super::number;
use super::rewire::Rewiring;
use super::scan::{Scanner, What};
use super::steps::{Stretch, stretch};
use super::uses::{Use, uses};
use crate::config::Emit;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::rewrite::doubt::hard_coded::{self, New};
use crate::rewrite::doubt::settings::{asks_for_host, asks_for_port};
use crate::rewrite::doubt::unseen::{may_have_old_address, on_host_network, untold};
use crate::rewrite::emit::{Ground, Sibling, variable};
use crate::rewrite::untrusted::{docker_name, id, is_id};
use crate::rewrite::{Draft, Place, Scene, Withheld};
use crate::runner::{Mode, Network};
use crate::trace::ActKind;
use crate::workflow::{Job, Scalar};

/// What a fix may bring to light: the runner removed services itself, steps do not run when it is killed, and a twin of
/// the workflow, read by another forge, stays as it was.
const FOLLOW_UPS: &[&str] = &["always-skipped-on-cancel", "mirror-drift", "no-sweeper"];

/// All services of the job at once: what starts, addresses and stops them is one change.
pub(super) fn fix(scene: &Scene<'_>, finding: &Finding, place: Place<'_>) -> Result<Fix, Withheld> {
    match scene.emit {
        Emit::Auto if place.job.substrate.helper || scene.helper_install.is_some() => {
            written(scene, finding, place, Emit::Helper)
        }
        // The same twenty lines are read once, not in every job.
        Emit::Auto if number::is_one_of_several(scene) => {
            written(scene, finding, place, Emit::Action).or_else(|_| written(scene, finding, place, Emit::Shell))
        }
        Emit::Auto => written(scene, finding, place, Emit::Shell),
        emit => written(scene, finding, place, emit),
    }
}

/// The same, in one manner.
fn written(scene: &Scene<'_>, finding: &Finding, place: Place<'_>, emit: Emit) -> Result<Fix, Withheld> {
    let job = &place.job.job;
    let uses = uses(&place);
    let siblings = siblings(job, &uses, finding)?;
    let moved: Vec<Use> =
        uses.iter().filter(|found| siblings.get(found.service).is_some_and(Option::is_some)).cloned().collect();
    let has_host = |index: usize| moved.iter().any(|found| found.service == index && found.host.is_some());
    let all_seen = siblings.iter().enumerate().all(|(index, sibling)| sibling.is_none() || has_host(index));
    let stretch = stretch(job, &place.job.trace, &moved, all_seen);
    let ground = ground(scene, &place, &stretch, emit)?;
    let first = job.steps.iter().position(|step| step.index >= stretch.start).unwrap_or_default();

    let mut draft = Draft::new(scene);
    let mut rewiring = Rewiring::new(place, &ground, siblings, first);
    rewiring.all(&mut draft, &moved)?;
    let Rewiring { mut siblings, left, read, mut comments, .. } = rewiring;
    for (index, sibling) in siblings.iter_mut().enumerate() {
        let Some(sibling) = sibling else { continue };
        // Who is not seen has to be told by these.
        let is_unseen = !has_host(index) || !left.is_empty();
        sibling.tells_host = is_unseen || read.contains(&sibling.name);
        sibling.tells_port = is_unseen;
    }
    comments.splice(0..0, remove_services(&mut draft, &place, &siblings)?);
    let siblings: Vec<Sibling> = siblings.into_iter().flatten().collect();

    let path = &place.analysed.path;
    if let (Emit::Helper, Some(install)) = (ground.emit, scene.helper_install) {
        draft.insert_step(path, job, stretch.start, &install_step(install))?;
    }
    for sibling in &siblings {
        let mut step = ground.start(sibling)?;
        step.comments = std::mem::take(&mut comments);
        draft.insert_step(path, job, stretch.start, &step)?;
    }
    draft.insert_step(path, job, stretch.stop, &ground.stop(&siblings))?;
    for (path, text) in ground.files() {
        let known = scene.files.zip(crate::follow::RepoPath::new(&path)).and_then(|(files, path)| files.read(&path));
        match known {
            Some(known) if known.text() == text => {}
            // Steps that call an action of another form would fail.
            Some(_) => {
                return Err(Withheld::because(format!(
                    "`{path}` is there and is not the action that the new steps would call: remove it, or use `emit: shell`"
                )));
            }
            None => draft.create(&path, text),
        }
    }
    for port in addresses(&place.job.job).iter().flat_map(|address| &address.ports).filter_map(|port| port.host) {
        hard_coded::refuse(scene, &place, port)?;
    }
    let why = doubts(scene, &place, &ground, &siblings, &moved, &left);
    let applicability = if why.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    let names: Vec<String> = siblings.iter().map(|sibling| format!("`{}`", sibling.id)).collect();
    let title = format!(
        "start {} beside the job, and use the address {} there",
        names.join(", "),
        if names.len() == 1 { "it has" } else { "they have" }
    );
    let why = (!why.is_empty()).then(|| why.join("; "));
    Ok(Fix { follow_ups: Some(FOLLOW_UPS), ..draft.finish("service-address", applicability, title, why)? })
}

/// The services that can move, by their places. One that a service that stays is told the address of, stays.
fn siblings(job: &Job, uses: &[Use], finding: &Finding) -> Result<Vec<Option<Sibling>>, Withheld> {
    let addresses = addresses(job);
    let mut made = Vec::new();
    for (index, service) in job.services.iter().enumerate() {
        let named = uses.iter().filter(|found| found.service == index && found.what == What::Address);
        let wanted: Vec<u16> = named.map(|found| found.means.container).collect();
        made.push(container::sibling(service, &addresses, index, &wanted));
    }
    let scanner = Scanner::new(&addresses, Vec::new());
    for service in job.services.iter() {
        for var in &service.container.env.entries {
            let Some(text) = &var.text else { continue };
            for found in scanner.value(var.name.value(), text.value(), &[]) {
                let id = service.id.value();
                if let Some(other) = made.get_mut(found.service).filter(|other| other.is_ok() && found.by_name) {
                    *other = Err(Withheld::because(format!("`{id}` uses it by its name")));
                }
            }
        }
    }
    let names: Vec<&str> = made.iter().flatten().map(|sibling| sibling.name.as_str()).collect();
    if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        return Err(Withheld::because("two services would have one name"));
    }
    let meant = job.services.iter().position(|service| service.span.contains(finding.location.span));
    // About one of them, or about all.
    let asked: Vec<usize> = meant.map_or_else(|| (0..made.len()).collect(), |one| vec![one]);
    for index in &asked {
        if let Some(Err(why)) = made.get(*index) {
            return Err(why.clone());
        }
    }
    Ok(made.into_iter().map(Result::ok).collect())
}

fn ground(scene: &Scene<'_>, place: &Place<'_>, stretch: &Stretch, emit: Emit) -> Result<Ground, Withheld> {
    let substrate = &place.job.substrate;
    if emit == Emit::Action && !is_checked_out(&place.job.job, stretch.start) {
        return Err(Withheld::because(
            "a local action is read from the checkout, and no step before the first use is known to check out: use `emit: shell`",
        ));
    }
    let (network, is_own_network) = match &substrate.network {
        Network::Custom(name) => (Some(name.clone()), true),
        Network::Bridge => (None, true),
        _ => (scene.sibling_network.map(str::to_owned), false),
    };
    if let Some(network) = &network {
        docker_name("the network", network)?;
    }
    let job = &place.job.job;
    // It is part of `$GITHUB_JOB`, by which the sibling is named.
    id("the job", job.id.value())?;
    let matrix = legs(job)?;
    let (gate, called_at_once) = (stretch.gate.clone(), !place.job.calls.is_empty());
    Ok(Ground { emit, network, is_own_network, matrix, gate, forge: substrate.forge, called_at_once })
}

/// Whether the repository's own files are where the runner looks for local actions before a step begins.
fn is_checked_out(job: &Job, before: usize) -> bool {
    let mut steps = job.steps.iter().filter(|step| step.index < before && step.condition.is_none());
    // Of another repository, of another state of this one, to another folder, or of a part of it.
    let moves = ["repository", "ref", "path", "sparse-checkout"];
    steps.any(|step| step.is_checkout() && moves.iter().all(|key| step.with.get(key).is_none()))
}

/// The expressions that tell a matrix's legs apart.
fn legs(job: &Job) -> Result<Vec<String>, Withheld> {
    let Some(matrix) = job.matrix() else { return Ok(Vec::new()) };
    let is_open = [&matrix.expression, &matrix.include.expression].into_iter().any(Option::is_some);
    if is_open {
        return Err(Withheld::because("its matrix is an expression, so nothing tells its legs apart in names"));
    }
    let names = matrix.axes.iter().map(|axis| &axis.name);
    let names = names.chain(matrix.include.entries.iter().flatten().map(|(name, _)| name));
    if let Some(odd) = names.map(Scalar::value).find(|name| !is_id(name)) {
        return Err(Withheld::because(format!("its matrix has the key `{odd}`, which is no plain name")));
    }
    let mut keys: Vec<String> = Vec::new();
    let mut add = |name: &str, is_plain: bool| {
        let (plain, other) = (format!("matrix.{name}"), format!("toJSON(matrix.{name})"));
        if !keys.contains(&plain) && !keys.contains(&other) {
            keys.push(if is_plain { plain } else { other });
        }
    };
    for axis in &matrix.axes {
        add(
            axis.name.value(),
            axis.expression.is_none() && axis.values.iter().all(|value| value.as_scalar().is_some()),
        );
    }
    for (name, value) in matrix.include.entries.iter().flatten() {
        add(name.value(), value.as_scalar().is_some());
    }
    Ok(keys)
}

/// Takes the services out, or the whole key with the last; gives back the comments.
fn remove_services(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    siblings: &[Option<Sibling>],
) -> Result<Vec<String>, Withheld> {
    let (job, path) = (&place.job.job, &place.analysed.path);
    let Some(key) = job.services_key.as_ref().filter(|key| !key.merged) else {
        return Err(Withheld::because("its `services:` are merged from elsewhere"));
    };
    if siblings.iter().all(Option::is_some) {
        return draft.remove_entry(path, key.node, true);
    }
    let mut comments = Vec::new();
    for (service, _) in job.services.iter().zip(siblings).filter(|(_, sibling)| sibling.is_some()) {
        comments.extend(draft.remove_entry(path, service.node, true)?);
    }
    Ok(comments)
}

fn install_step(text: &str) -> crate::rewrite::step::NewStep {
    crate::rewrite::step::NewStep {
        name: "Install berth-run".to_owned(),
        run: Some(text.to_owned()),
        ..crate::rewrite::step::NewStep::default()
    }
}

/// Why it may change what a run does.
fn doubts(
    scene: &Scene<'_>,
    place: &Place<'_>,
    ground: &Ground,
    siblings: &[Sibling],
    uses: &[Use],
    left: &[String],
) -> Vec<String> {
    let substrate = &place.job.substrate;
    let mut why = Vec::new();
    let uses_docker =
        place.job.trace.acts.iter().any(|act| matches!(act.kind, ActKind::Docker(_) | ActKind::Action(_)));
    match ground.emit {
        Emit::Helper if !substrate.helper && scene.helper_install.is_none() => {
            why.push(
                "nothing says that the runner has `berth-run`: declare `helper: true` under `runners:`".to_owned(),
            );
        }
        Emit::Shell | Emit::Action if !substrate.docker.is_yes() && !uses_docker => {
            why.push(
                "nothing says that the job has the docker client: declare `docker: true` under `runners:`".to_owned(),
            );
        }
        _ => {}
    }
    let image = place.job.job.container.as_ref().and_then(|container| container.value.image.as_ref());
    if let (Some(image), false) = (image, uses_docker) {
        let tool = if ground.emit == Emit::Helper { "berth-run" } else { "docker" };
        why.push(format!("the job runs in `{}`, and nothing says that `{tool}` is in it", image.value()));
    }
    if substrate.network == Network::Unknown {
        why.push("the runner's network is not known: declare `network:` under `runners:`".to_owned());
        why.extend(belief::contradicted(scene, place));
    }
    why.extend(unseen(place, siblings, uses).map(|id| {
        let host = variable(id, "HOST");
        format!("nothing here shows what uses `{id}`: programs that do must take its address from `{host}`")
    }));
    for (index, address) in addresses(&place.job.job).iter().enumerate() {
        let ports = address.ports.iter().filter_map(|port| port.host);
        why.extend(ports.clone().filter_map(|port| asks_for_port(scene, place, port, New::Address)));
        let own: Vec<&Use> = uses.iter().filter(|found| found.service == index).collect();
        // What all steps have in their environment is told to every program.
        let is_for_all = own.iter().any(|found| found.site.step().is_none());
        let told: Vec<_> = own.iter().map(|found| found.told()).collect();
        let untold = |port| untold(place, 0, port, &told).filter(|_| !told.is_empty() && !is_for_all);
        why.extend(ports.filter_map(|port| Some(may_have_old_address(&untold(port)?, port))));
        let line = asks_for_host(scene, place, &address.id);
        why.extend(line.map(|line| format!("{line} asks for the host `{}`", address.id)));
    }
    if let Some(user) = on_host_network(place) {
        why.push(format!(
            "{user} is on the host's network and may use a port unseen, at which nothing listens any more: give it the \
             new address"
        ));
    }
    if !left.is_empty() {
        why.push(format!("it is still used under its old address: {}", left.join(", ")));
    }
    let has_guard = ground.emit == Emit::Helper && substrate.mode == Mode::Container;
    let runs_stop = substrate.status_rules.cancel_runs_main_steps == Some(true);
    if !(has_guard || runs_stop || substrate.hook.is_yes() || sweeps(scene)) {
        why.push(
            "after a cancel this runner may skip the removal step, but it removes `services:` containers even then"
                .to_owned(),
        );
    }
    why
}

/// The siblings whose host is named nowhere.
fn unseen<'s>(place: &Place<'_>, siblings: &'s [Sibling], uses: &[Use]) -> impl Iterator<Item = &'s str> {
    let services = &place.job.job.services;
    let seen = uses.iter().filter(|found| found.host.is_some());
    let named: Vec<String> =
        seen.filter_map(|found| Some(services.get(found.service)?.id.value().to_owned())).collect();
    siblings.iter().map(|sibling| sibling.id.as_str()).filter(move |id| !named.iter().any(|known| known == id))
}

/// Whether a scheduled workflow removes what is past its time.
fn sweeps(scene: &Scene<'_>) -> bool {
    let is_sweep = |text: &str| text.contains("berth-run sweep") || text.contains(crate::identity::MANAGED);
    scene.workflows.iter().any(|analysed| {
        let scheduled = analysed.workflow.on.events.iter().any(|event| event.name.value() == "schedule");
        scheduled && scene.trees.get(&analysed.path).is_some_and(|tree| is_sweep(tree.source().text()))
    })
}
