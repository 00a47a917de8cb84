//! Servers that a job leaves in the background of the machine its steps run on.

use super::machine::{Machine, Maker};
use super::staged::Staged;
use crate::host::named::known_as;
use crate::host::process::{ends_of, leaves_runner, left_behind};
use crate::host::server::fixed_ports;
use crate::source::Location;
use crate::trace::{Act, JobTrace};
use crate::workflow::Job;

/// Whether a job starts a server in the background on a fixed port.
pub fn leaves_servers(trace: &JobTrace, job: &Job) -> bool {
    !fixed_ports(trace, job).is_empty()
}

/// The servers of a job. Only those on a fixed port count: on any other two runs do not meet.
#[derive(Debug, Default)]
pub(super) struct Servers(Vec<Server>);

#[derive(Debug)]
struct Server {
    at: Location,
    port: u16,
    /// What its process is called; empty where nobody can tell.
    program: String,
    /// In host mode `nohup` and `setsid` survive their step. Any other dies with its terminal (docs/runners.md), but
    /// where a later step ends it: who wrote that has found it there.
    outlives_step: bool,
    /// A runner that kills what its jobs leave behind does not know it for one of its job's.
    leaves_runner: bool,
    /// The commands that end it, and whether they end others' as well.
    ends: Vec<(Location, bool)>,
}

impl Servers {
    /// Those of a job.
    pub(super) fn of(staged: &Staged<'_>) -> Self {
        let acts = &staged.trace.acts;
        if !acts.iter().any(|act| left_behind(act).is_some()) {
            return Self::default();
        }
        let server = |(index, port): (usize, u16)| {
            let started = acts.get(index)?;
            let ends: Vec<(&Act, bool)> = ends_of(staged.trace, index)
                .into_iter()
                .filter_map(|(end, finds)| Some((acts.get(end)?, finds)))
                .collect();
            Some(Server {
                at: started.at.clone(),
                port,
                program: known_as(started).unwrap_or_default(),
                outlives_step: left_behind(started) != Some("background")
                    || ends.iter().any(|(end, _)| end.step > started.step),
                leaves_runner: leaves_runner(staged.trace, started),
                ends: ends.into_iter().map(|(end, finds)| (end.at.clone(), finds)).collect(),
            })
        };
        Self(fixed_ports(staged.trace, staged.job).into_iter().filter_map(server).collect())
    }

    /// Whether a command starts or ends one.
    pub(super) fn are_changed_by(&self, act: &Act) -> bool {
        self.0.iter().any(|server| server.at == act.at || server.ends.iter().any(|(at, _)| *at == act.at))
    }

    /// What a command does to the servers of the host. A server that does not get its port is said.
    pub(super) fn play(&self, act: &Act, machine: &mut Machine, maker: Maker) -> Result<(), String> {
        let mut played = Ok(());
        for server in &self.0 {
            if server.at == act.at {
                let taken = || format!("listen tcp :{}: bind: address already in use", server.port);
                played = machine.listen("0.0.0.0", server.port, maker, &server.program).then_some(()).ok_or_else(taken);
            } else if let Some((_, finds)) = server.ends.iter().find(|(at, _)| *at == act.at) {
                machine.hang_up(server.port, (!finds).then_some(maker));
                played = Ok(());
            }
        }
        played
    }

    /// The end of a step in host mode.
    pub(super) fn step_ends(&self, machine: &mut Machine, maker: Maker) {
        for server in self.0.iter().filter(|server| !server.outlives_step) {
            machine.hang_up(server.port, Some(maker));
        }
    }

    /// The ports of those that a runner does not know for its job's.
    pub(super) fn unknown_to_the_runner(&self) -> Vec<u16> {
        self.0.iter().filter(|server| server.leaves_runner).map(|server| server.port).collect()
    }
}
