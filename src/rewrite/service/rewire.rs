//! Every use of a sibling's address gets its new one.

use std::collections::BTreeSet;

use super::inside::Seat;
use super::scan::What;
use super::steps::readers;
use super::uses::{Site, Use};
use crate::config::Emit;
use crate::rewrite::emit::{Export, Ground, Piece, Sibling, variable};
use crate::rewrite::step_env::StepEnv;
use crate::rewrite::untrusted::id;
use crate::rewrite::{Draft, Place, Withheld};
use crate::steering::steers;
use crate::workflow::{Var, Vars};

/// What becomes of the uses of siblings' addresses.
pub(super) struct Rewiring<'a> {
    pub(super) place: Place<'a>,
    pub(super) ground: &'a Ground,
    /// By the job's services; none for one that stays.
    pub(super) siblings: Vec<Option<Sibling>>,
    /// The first step, by its place in the job, that finds what the start step exports.
    pub(super) first: usize,
    /// Uses that stay as they are, for people.
    pub(super) left: Vec<String>,
    /// The siblings whose host is read by the variable of its own, by their names.
    pub(super) read: BTreeSet<String>,
    /// Comments of what went, to be put elsewhere.
    pub(super) comments: Vec<String>,
    /// By the job's services, whether a variable that is rewired holds its port.
    port_variables: Vec<bool>,
    /// What steps are given in place of a job variable.
    given: StepEnv,
    /// Job variables that go.
    gone: BTreeSet<crate::yaml::NodeId>,
}

impl<'a> Rewiring<'a> {
    pub(super) fn new(place: Place<'a>, ground: &'a Ground, siblings: Vec<Option<Sibling>>, first: usize) -> Self {
        Self {
            place,
            ground,
            siblings,
            first,
            left: Vec::new(),
            read: BTreeSet::new(),
            comments: Vec::new(),
            port_variables: Vec::new(),
            given: StepEnv::default(),
            gone: BTreeSet::new(),
        }
    }

    /// Rewires them all. What cannot be is put to what is left.
    ///
    /// # Errors
    /// When a file cannot be edited where it must.
    pub(super) fn all(&mut self, draft: &mut Draft<'_>, uses: &[Use]) -> Result<(), Withheld> {
        let has_port = |index: usize| {
            uses.iter()
                .any(|found| found.service == index && found.exact && found.host.is_none() && found.port.is_some())
        };
        self.port_variables = (0..self.siblings.len()).map(has_port).collect();
        let (layers, steps): (Vec<&Use>, Vec<&Use>) = uses.iter().partition(|found| found.site.step().is_none());
        let mut done: Vec<&Site> = Vec::new();
        for found in layers {
            if !done.contains(&&found.site) {
                done.push(&found.site);
                self.layer(draft, &found.site, uses)?;
            }
        }
        self.remove_gone(draft)?;
        std::mem::take(&mut self.given).write(draft, &self.place.analysed.path, &self.place.job.job)?;
        steps.into_iter().try_for_each(|found| self.step(draft, found))
    }

    fn layer(&mut self, draft: &mut Draft<'_>, site: &Site, uses: &[Use]) -> Result<(), Withheld> {
        let Some((vars, name)) = self.vars(site) else { return Ok(()) };
        let Some(var) = vars.get(name) else { return Ok(()) };
        let uses: Vec<&Use> = uses.iter().filter(|found| found.site == *site).collect();
        let Some(pieces) = self.pieces(var, &uses) else {
            uses.iter().for_each(|found| self.leave(found));
            return Ok(());
        };
        let is_static = pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
        let in_container = matches!(site, Site::ContainerEnv(_));
        if is_static {
            return self.set_ports(draft, &uses);
        }
        id("the variable", name)?;
        let text = var.text.as_ref().map_or("", |text| text.value());
        let own = self.last_of(&pieces);
        match own {
            Some(index) if !text.contains("${{") && !text.contains(['\n', '\\']) && !steers(name) => {
                let own = self.siblings.get(index).and_then(Option::as_ref).map(|sibling| sibling.name.clone());
                self.reads(
                    pieces.iter().filter(|piece| !matches!(piece, Piece::Host(name) if Some(name) == own.as_ref())),
                );
                let export = Export { name: name.to_owned(), value: pieces };
                if let Some(Some(sibling)) = self.siblings.get_mut(index) {
                    sibling.exports.push(export);
                }
            }
            // An expression may be a secret, and what is exported is logged: the steps get it instead.
            _ => {
                self.reads(pieces.iter());
                self.hand_to_steps(name, &pieces);
            }
        }
        if in_container || matches!(site, Site::JobEnv(_)) {
            self.gone.extend(var.value.as_ref().map(|value| value.node));
        }
        Ok(())
    }

    fn vars(&self, site: &'a Site) -> Option<(&'a Vars, &'a str)> {
        let job = &self.place.job.job;
        match site {
            Site::WorkflowEnv(name) => Some((&self.place.analysed.workflow.env, name)),
            Site::JobEnv(name) => Some((&job.env, name)),
            Site::ContainerEnv(name) => Some((&job.container.as_ref()?.value.env, name)),
            _ => None,
        }
    }

    /// A variable's value with the new address in it, or nothing where the bytes are not certain.
    fn pieces(&self, var: &Var, uses: &[&Use]) -> Option<Vec<Piece>> {
        let text = var.text.as_ref()?;
        let whole = text.exact(0..text.value().len())?;
        if var.merged
            || var.value.as_ref().is_none_or(|value| value.aliased)
            || whole.end - whole.start != text.value().len()
        {
            return None;
        }
        let mut parts: Vec<(usize, usize, Piece)> = Vec::new();
        for found in uses {
            for (at, piece) in self.changes(found)? {
                parts.push((at.start.checked_sub(whole.start)?, at.end.checked_sub(whole.start)?, piece));
            }
        }
        parts.sort_by_key(|part| part.0);
        let mut pieces = Vec::new();
        let mut from = 0;
        for (start, end, piece) in parts {
            pieces.push(Piece::Text(text.value().get(from..start)?.to_owned()));
            pieces.push(piece);
            from = end;
        }
        pieces.push(Piece::Text(text.value().get(from..)?.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Some(pieces)
    }

    /// The bytes that a use changes, and into what.
    fn changes(&self, found: &Use) -> Option<Vec<(crate::source::Span, Piece)>> {
        let sibling = self.siblings.get(found.service)?.as_ref()?;
        if !found.exact || found.what != What::Address {
            return None;
        }
        let mut all = Vec::new();
        all.extend(found.host.as_ref().map(|at| (at.span, Piece::Host(sibling.name.clone()))));
        if let Some(at) = &found.port {
            all.push((at.span, self.port(sibling, found.means.container)));
        } else if found.host.is_some()
            && !found.by_name
            && found.means.host.is_some_and(|host| host != found.means.container)
        {
            // The port is in a variable, which changes as well, or the client's own, which would be another one now.
            self.port_variables.get(found.service).filter(|has| **has)?;
        }
        Some(all)
    }

    fn port(&self, sibling: &Sibling, number: u16) -> Piece {
        // A rootless daemon's siblings are published, under a port that only the run knows.
        let is_dynamic = self.ground.emit == Emit::Helper && self.place.job.substrate.mode == crate::runner::Mode::Host;
        if is_dynamic { Piece::Port(sibling.name.clone(), number) } else { Piece::Text(number.to_string()) }
    }

    fn set_ports(&self, draft: &mut Draft<'_>, uses: &[&Use]) -> Result<(), Withheld> {
        for found in uses {
            if let Some(at) = &found.port {
                let number = found.means.container.to_string();
                if self.place.tree.source().slice(at.span) != number {
                    draft.replace(at, &number)?;
                }
            }
        }
        Ok(())
    }

    /// The sibling that is started last of those a value names.
    fn last_of(&self, pieces: &[Piece]) -> Option<usize> {
        let names =
            |name: &String| self.siblings.iter().position(|one| one.as_ref().is_some_and(|one| one.name == *name));
        let indices = pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Host(name) | Piece::Port(name, _) => names(name),
        });
        indices.max()
    }

    /// Puts a variable into the `env:` of the steps that may read it.
    fn hand_to_steps(&mut self, name: &str, pieces: &[Piece]) {
        let job = &self.place.job.job;
        let steps = readers(job, &self.place.job.trace, name);
        let value: String = pieces.iter().map(in_expression).collect();
        for at in steps.into_iter().filter(|step| *step >= self.first) {
            if job.steps.get(at).is_some_and(|step| step.env.get(name).is_none()) {
                self.given.give(at, name, &value);
            }
        }
    }

    fn remove_gone(&mut self, draft: &mut Draft<'_>) -> Result<(), Withheld> {
        let job = &self.place.job.job;
        let path = &self.place.analysed.path;
        let layers = [Some(&job.env), job.container.as_ref().map(|container| &container.value.env)];
        for vars in layers.into_iter().flatten() {
            let nodes: Vec<_> =
                vars.entries.iter().filter_map(|var| var.value.as_ref()).map(|value| value.node).collect();
            let gone: Vec<_> = nodes.iter().filter(|node| self.gone.contains(node)).copied().collect();
            let mut lost = Vec::new();
            match vars.node {
                Some(whole) if !gone.is_empty() && gone.len() == vars.entries.len() => {
                    lost = draft.remove_entry(path, whole, true)?;
                }
                _ => {
                    for node in gone {
                        lost.extend(draft.remove_entry(path, node, true)?);
                    }
                }
            }
            self.comments.extend(lost);
        }
        Ok(())
    }

    fn step(&mut self, draft: &mut Draft<'_>, found: &Use) -> Result<(), Withheld> {
        let Some(Some(sibling)) = self.siblings.get(found.service).cloned() else { return Ok(()) };
        let is_early = found.site.step().is_some_and(|step| step < self.first);
        if matches!(found.site, Site::Script(_)) || !found.exact || is_early || !self.is_reached(found) {
            self.leave(found);
            return Ok(());
        }
        // In the `run:` of another language the runner has to put the value in.
        let write = |piece: &Piece| match (piece, found.expanded(&in_shell(piece))) {
            (Piece::Host(_) | Piece::Port(..), Some(text)) => text,
            (Piece::Text(_), _) | (_, None) => in_expression(piece),
        };
        match found.what {
            What::Unclear | What::PortAlone => self.leave(found),
            What::Id => {
                if let Some(at) = &found.host {
                    let id = sibling.variable("ID");
                    let new = found.expanded(&format!("${{{id}}}")).unwrap_or_else(|| format!("${{{{ env.{id} }}}}"));
                    found.open(draft)?;
                    draft.replace(at, &new)?;
                }
            }
            What::Network => {
                if let Some(at) = &found.host {
                    draft.replace(at, self.ground.network.as_deref().unwrap_or("bridge"))?;
                }
            }
            What::Address => match self.changes(found) {
                None => self.leave(found),
                Some(changes) => {
                    self.reads(changes.iter().map(|(_, piece)| piece));
                    if changes.iter().any(|(_, piece)| !matches!(piece, Piece::Text(_))) {
                        found.open(draft)?;
                    }
                    for (span, piece) in changes {
                        let new = write(&piece);
                        if self.place.tree.source().slice(span) != new {
                            draft.replace(&self.place.tree.source().location(span), &new)?;
                        }
                    }
                }
            },
        }
        Ok(())
    }

    fn reads<'p>(&mut self, pieces: impl Iterator<Item = &'p Piece>) {
        self.read.extend(pieces.filter_map(|piece| match piece {
            Piece::Host(name) => Some(name.clone()),
            Piece::Text(_) | Piece::Port(..) => None,
        }));
    }

    /// Whether a sibling's address is reached from where a use stands: Docker lets no bridge through to another.
    fn is_reached(&self, found: &Use) -> bool {
        let own = self.ground.network.as_deref().unwrap_or("bridge");
        match &found.seat {
            Seat::Job | Seat::HostNetwork => true,
            Seat::Container(network) => found.what != What::Address || network.as_deref() == Some(own),
        }
    }

    fn leave(&mut self, found: &Use) {
        let place = self.place.tree.source().place(found.at.span.start);
        let line = if found.at.path == self.place.analysed.path {
            format!("line {}", place.line)
        } else {
            found.at.path.to_string()
        };
        if !self.left.contains(&line) {
            self.left.push(line);
        }
    }
}

/// In the value of `env:` and `with:`, and where a shell expands nothing.
fn in_expression(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Host(name) => format!("${{{{ env.{} }}}}", variable(name, "HOST")),
        Piece::Port(name, port) => format!("${{{{ env.{} }}}}", variable(name, &format!("PORT_{port}"))),
    }
}

fn in_shell(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Host(name) => format!("${{{}}}", variable(name, "HOST")),
        Piece::Port(name, port) => format!("${{{}}}", variable(name, &format!("PORT_{port}"))),
    }
}
