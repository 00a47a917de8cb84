//! Every rewrite: its name, what it does, and whatever else is asked of it by its name.
//!
//! `Rewrite::new` is right for nearly all. `Rewrite::neutral(…).for_all()` is for one that only changes how a command
//! is written: it means the same on every runner, and to other repositories that use the same action.

use std::sync::Arc;

use super::{Scene, Withheld};
use super::{
    anchor_filter, compose_port, condition, curl_status, disconnect, drop_option, empty_safe, guard, lease_port,
    leave_no_volumes, loopback, pin_runner, random_port, reap, require_value, scope_removal, service, service_name,
    teardown, unique_name,
};
use crate::edit::Fix;
use crate::finding::Finding;

/// A rewrite.
#[derive(Debug)]
pub struct Rewrite {
    /// The name that a rule's `fix:` says.
    pub name: &'static str,
    /// What it does, for `explain` and the rules' pages.
    does: &'static str,
    /// The same for rules of which only a part of it can be true.
    does_for: &'static [(&'static str, &'static str)],
    /// What repairs a finding.
    pub(super) make: Make,
    /// What repairs one that would wait for another finding's fix, where that has none.
    pub(super) otherwise: Option<Make>,
    /// It means the same whoever runs the workflow. Where a twin for another forge is the same text and has no such
    /// finding, its edits are copied there as they are. What others write depends on the runner, and they are withheld
    /// then.
    pub(super) is_neutral: bool,
    /// Several fixes by it in one job are applied in one round: each is made from nothing that the others change, only
    /// from the words that name its own thing. Of others one is applied, and the job is looked at again before the
    /// next.
    pub is_about_its_own: bool,
    /// It is applied in a round when all others of that round are: what they name anew it finds under the new name.
    pub comes_last: bool,
    /// It gives things names of the run's own: what another run takes of them all the same is said of it.
    pub gives_names: bool,
    /// What it changes means the same to whoever runs it: it changes actions that other repositories may use, too.
    /// Others would give them another name, port or label, or remove in other outcomes.
    pub(super) is_for_all: bool,
    /// Rules that may fire on what it writes, and are worth it.
    pub follow_ups: &'static [&'static str],
}

/// What repairs a finding.
#[derive(Debug)]
pub(super) enum Make {
    /// For each finding by itself: the usual case.
    Each(fn(&Scene<'_>, &Finding) -> Result<Fix, Withheld>),
    /// One fix for several findings, of one name or one job, which each of them gets: it is made once and kept
    /// (`place.reading`).
    Several(fn(&Scene<'_>, &Finding) -> Result<Arc<Fix>, Withheld>),
}

use Make::{Each, Several};

impl Make {
    /// The fix of a finding.
    ///
    /// # Errors
    /// When there is none: why.
    pub(super) fn fix(&self, scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
        match self {
            Each(make) => make(scene, finding).map(Arc::new),
            Several(make) => make(scene, finding),
        }
    }
}

impl Rewrite {
    const fn new(name: &'static str, make: Make, does: &'static str) -> Self {
        Self {
            name,
            does,
            does_for: &[],
            make,
            otherwise: None,
            is_neutral: false,
            is_about_its_own: false,
            comes_last: false,
            gives_names: false,
            is_for_all: false,
            follow_ups: &[],
        }
    }

    /// One that means the same whoever runs the workflow ([`Rewrite::is_neutral`]).
    const fn neutral(name: &'static str, make: Make, does: &'static str) -> Self {
        Self { is_neutral: true, ..Self::new(name, make, does) }
    }

    /// The same, in actions that other repositories use as well ([`Rewrite::is_for_all`]).
    const fn for_all(self) -> Self {
        Self { is_for_all: true, ..self }
    }

    /// What it does about a rule's findings.
    pub fn does_for(&self, rule: &str) -> &'static str {
        self.does_for.iter().find(|own| own.0 == rule).map_or(self.does, |own| own.1)
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        REWRITES.iter().find(|rewrite| rewrite.name == name)
    }

    /// Rules that may fire on what a fix writes, and are worth it.
    pub fn follow_ups(fix: &Fix) -> &'static [&'static str] {
        let of_rewrite = || Self::named(fix.rewrite).map_or(&[][..], |rewrite| rewrite.follow_ups);
        fix.follow_ups.unwrap_or_else(of_rewrite)
    }
}

/// What becomes of a service that is to be a container beside the job.
const SIBLING: &str = "The service becomes a container that a step starts beside the job, under a name of the run. \
                       It is reached by its own address, and a step with `if: always()` removes it. Every use of the \
                       address is changed; one that cannot be changed makes the fix unsafe.";

/// How a removal is narrowed to what the run has made.
const SCOPED: &str = "Puts the run's label on what the job makes, and filters the removal by it.";

/// The same, where the removal may match nothing.
const SCOPED_BESIDE: &str = "Puts the run's label on what the job makes, and filters the removal by it. A removal that \
                             matches nothing is kept; the fix adds a second removal, by the label.";

/// What may be said of what has a name of the run's own: how it is removed, and that nothing finds it by that name.
const SEEN_ONCE_NAMED: &[&str] =
    &["empty-removal-fails", "teardown-leaves-volumes", "always-skipped-on-cancel", "no-sweeper"];

/// All of them.
pub const REWRITES: &[Rewrite] = &[
    Rewrite::neutral(
        "anchor-filter",
        Each(anchor_filter::anchor_filter),
        "Anchors the name filter at both ends: `^NAME$`.",
    )
    .for_all(),
    Rewrite {
        // What becomes a sibling is awaited where it is started.
        comes_last: true,
        ..Rewrite::new(
            "await-service",
            Each(service::await_service),
            "Adds a step that waits for at most a minute until the service answers at the address by which it is \
             first used. Always unsafe, because it is not known that the job has `bash` or `nc`, which the step \
             needs. Withheld where no address is seen.",
        )
    },
    Rewrite::neutral(
        "compose-port",
        Each(compose_port::compose_port),
        "Lets the daemon choose the host port in the job: the file says `${DB_PORT:-5432}`, the job sets `DB_PORT` to \
         `0`, and on a developer's machine nothing changes. Drops a `container_name:` that nothing uses. If the job \
         passes a compose file that nobody else uses (`-f docker-compose.e2e.yml`), the change is written there, with \
         `!override`. Always unsafe. Withheld where the job uses the port itself.",
    ),
    Rewrite {
        follow_ups: SEEN_ONCE_NAMED,
        gives_names: true,
        ..Rewrite::neutral(
            "compose-project",
            Each(unique_name::compose_project),
            "Sets `COMPOSE_PROJECT_NAME` for the whole job, with the run's id and attempt in it. Names that compose \
             makes from the project's (`app_default`) are changed as well. Withheld while the project still takes a \
             fixed port, a fixed container name, or another thing that exists once.",
        )
    },
    Rewrite {
        // What a teardown's condition leaves open, once it is evaluated.
        follow_ups: &["teardown-not-always", "teardown-misses-cancel", "teardown-gated", "always-skipped-on-cancel"],
        ..Rewrite::neutral(
            "condition",
            Each(condition::condition),
            "Writes the condition so that it is evaluated: quoted or inside one `${{ }}`, with the name that was meant.",
        )
        .for_all()
    },
    Rewrite::neutral(
        "curl-status",
        Each(curl_status::curl_status),
        "Lets the fallback replace what curl printed: `code=$(curl …) || code=000`. With `-o /dev/null`, `-f` is \
         removed, because otherwise a real 404 would be replaced by the fallback. Withheld where the status is not \
         assigned by a command of its own.",
    )
    .for_all(),
    Rewrite::neutral(
        "disconnect",
        Each(disconnect::disconnect),
        "Disconnects the job's own container before the network is removed.",
    )
    .for_all(),
    Rewrite::new("drop-option", Each(drop_option::drop_option), "Removes the option.").for_all(),
    Rewrite::neutral("empty-safe", Each(empty_safe::empty_safe), "Lets the removal accept an empty list: `xargs -r`.").for_all(),
    Rewrite::new(
        "guard",
        Each(guard::guard),
        "Needs `helper: true`: the runner has `berth-run`. The fix adds the labels of `berth-run labels --guard` to \
         every container that a cancelled job would leave, in all jobs of that runner label. A guard beside the job \
         removes them when the job ends, however it ends. Unsafe where the job never removes one of them, not even on \
         success: a later job may use it. A script or makefile that the workflow calls takes them from a variable, and runs without it as \
         before. Withheld where a container is not started by `docker run`.",
    ),
    Rewrite {
        // Whether `always()` runs after a cancel is the runner's.
        follow_ups: &["always-skipped-on-cancel", "no-sweeper"],
        ..Rewrite::new(
            "lease-port",
            Each(lease_port::lease_port),
            "Where the runner has `berth-run` (`helper: true`), leases the port with `berth-run port`, which no other \
             job of the daemon gets, and adds a step with `if: always()` that gives it back. Withheld where the \
             command stands in a script, or where its output is not assigned to a variable.",
        )
    },
    Rewrite::neutral(
        "leave-no-volumes",
        Each(leave_no_volumes::leave_no_volumes),
        "Adds `-v`: `docker rm -v` removes the anonymous volumes, `docker compose down -v` also the named ones that \
         the compose file declares, which makes the fix unsafe where there are any.",
    ),
    Rewrite::new("loopback", Each(loopback::loopback), "Writes `127.0.0.1`.").for_all(),
    Rewrite::new(
        "pin-runner",
        Each(pin_runner::pin_runner),
        "Sets `runs-on:` to the label where Docker is. Unsafe: it changes where the job runs.",
    ),
    Rewrite::neutral(
        "random-port",
        Each(random_port::random_port),
        "Lets the daemon choose the host port, reads it back with `docker port`, and gives it to every use. Where \
         only other containers use the port, by the container's name on a network, nothing is published. Unsafe where \
         nothing in the job is seen to use the port, where another program may have the number in its own files, or \
         where it is not known that the job shares the host's network.",
    ),
    Rewrite {
        does_for: &[(
            "fuzzy-process-kill",
            "Where the steps run on the machine itself and the runner has `berth-run` (`helper: true`), replaces a \
             kill that stands before the job's own start of the process by `berth-run reap`, which ends only \
             processes whose job is over. Always unsafe. Withheld for a kill that also ends the job's own process, \
             and where the name of the process is not known.",
        )],
        ..Rewrite::new(
            "reap",
            Each(reap::reap),
            "Where the steps run on the machine itself and the runner has `berth-run` (`helper: true`), adds a step \
             before the one that starts the server: `berth-run reap` ends what an earlier job has left, and waits \
             for the port. Always unsafe: two jobs at once still cannot have the port, and what a killed \
             runner has left stops the next run there. Withheld where the name of \
             the process is not known, as behind `npm start`.",
        )
    },
    Rewrite::neutral(
        "require-value",
        Each(require_value::require_value),
        "Makes the shell stop when the value is empty: `${NAME:?}`.",
    )
    .for_all(),
    Rewrite {
        // What can be seen only when it is known what the removal takes.
        follow_ups: &[
            "teardown-leaves-volumes",
            "empty-removal-fails",
            "teardown-not-always",
            "teardown-misses-cancel",
            "teardown-gated",
            "trap-only-teardown",
            "always-skipped-on-cancel",
            "no-sweeper",
        ],
        does_for: &[("ancestor-filter", SCOPED_BESIDE), ("teardown-matches-nothing", SCOPED_BESIDE)],
        ..Rewrite::neutral(
            "scope-removal",
            Each(scope_removal::scope_removal),
            SCOPED,
        )
    },
    Rewrite {
        // What may be said of a service once it is plain who uses it, and of the twin of a workflow that changed.
        follow_ups: &["mirror-drift", "service-not-awaited"],
        does_for: &[("alias-crosstalk", SIBLING), ("services-on-host-runner", SIBLING)],
        ..Rewrite::new(
            "service-address",
            Each(service::service_address),
            "Depends on the runner. Where services share the host's ports, the service becomes a container that a \
             step starts beside the job, reached by its own address, and a step with `if: always()` removes it. \
             Where the runner gives each job a network, `ports:` is removed and the service is reached by its name. \
             On GitHub the host port becomes a random one. Every use of the address is changed; one that cannot be \
             changed makes the fix unsafe.",
        )
    },
    Rewrite::new(
        "service-name",
        Each(service_name::service_name),
        "Writes the service's id and its own port where the container's own `localhost` stands. On GitHub a \
         container of the job joins the job's network and is reached by its name. Unsafe for such a container, and \
         where the runner's network or mode is not known. Withheld where the network has no names: the host's and \
         Docker's default bridge.",
    ),
    Rewrite {
        comes_last: true,
        otherwise: Some(Several(teardown::labelled)),
        does_for: &[(
            "background-process-leak",
            "Writes the pid of the process to a file, and adds a step with `if: always()` that stops it by that pid. \
             Always unsafe: when the process has ended by then, another one may have its pid.",
        )],
        // Whether `always()` runs after a cancel is the runner's.
        // Where a volume has a name of its own, those without one stay with it.
        follow_ups: &["always-skipped-on-cancel", "no-sweeper", "teardown-leaves-volumes"],
        ..Rewrite::neutral(
            "teardown",
            Several(teardown::teardown),
            "Adds a step with `if: always()` that removes what the job makes, or gives that condition to the step \
             that removes it. A container whose name other runs use as well, and which cannot get another, is given the \
             run's label and removed by that.",
        )
    },
    Rewrite {
        gives_names: true,
        is_about_its_own: true,
        follow_ups: SEEN_ONCE_NAMED,
        does_for: &[(
            "static-image-tag",
            "Appends the run's id to the tag where the image is built and wherever it is used; in a matrix also its \
             values. The attempt is left out: every attempt of a run builds the same commit. A tag that is used \
             several times gets a variable of the job. An image that is pushed keeps its public tag: it is tagged \
             with that right before `docker push`. If nothing else removes the image, the fix adds a step that \
             does.",
        ), (
            "matrix-shared-name",
            "Appends the matrix values to the name, or the job's id where two jobs make the same one, where it is \
             made and wherever it is used. In a workflow that is called several times the first step draws a random \
             part.",
        )],
        ..Rewrite::neutral(
            "unique-name",
            Several(unique_name::unique_name),
            "Appends the run's id and attempt (in a matrix also its values) to the name where it is made and wherever \
             it is used. A name that is used several times gets a variable of the job. If nothing else removes what \
             has the name, the fix adds a step that does. Some runners do not set `GITHUB_RUN_ATTEMPT`: there a \
             rerun gets the same name, so the fix also removes a leftover of that name first. Withheld while what \
             has the name also takes something else that exists once, such as a fixed port or a fixed range of addresses.",
        )
    },
];
