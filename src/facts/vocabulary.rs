//! The kinds of fact, their fields and their spans: all that a rule can speak of.
//!
//! Which file makes which; the test `vocabulary` holds the list against the code:
//!
//! - `src/syntax/condition.rs`: `condition`
//! - `src/syntax/key.rs`: `key`
//! - `src/syntax/gate.rs`: `gate`
//! - `src/syntax/idiom.rs`: `shell-idiom`
//! - `src/syntax/twin.rs`: `workflow-file`
//! - `src/host/process.rs`: `process`
//! - `src/host/server.rs`: `port-claim` of a server that is no container's
//! - `src/host/kill.rs`: `kill`
//! - `src/host/port_probe.rs`: `port-probe`
//! - `src/address/service_use.rs`: `address-use`, `service`
//! - `src/address/unreachable.rs`: `own-localhost`
//! - `src/lifecycle/facts/port.rs`: `port-claim` of containers and services
//! - `src/lifecycle/facts/compose.rs`: `compose-claim`
//! - `src/lifecycle/facts/name.rs`: `name-claim`
//! - `src/lifecycle/facts/image.rs`: `name-claim` of an image's tag
//! - `src/lifecycle/facts/resource.rs`: `resource`
//! - `src/lifecycle/facts/making.rs`: `making`
//! - `src/lifecycle/facts/trap.rs`: `trap`
//! - `src/lifecycle/facts/teardown.rs`: `teardown`
//! - `src/lifecycle/facts/removal.rs`: `removal`
//! - `src/lifecycle/facts/mount.rs`: `mount`
//! - `src/lifecycle/facts/network.rs`: `network-use`
//! - `src/lifecycle/facts/option.rs`: `option`
//! - `src/lifecycle/facts/opaque.rs`: `opaque-docker`
//! - `src/lifecycle/sweep.rs`: `sweep`
//! - `src/analysis/job_fact.rs`: `job`
//! - `src/analysis/leftovers.rs`: `repository`
//!
//! What all facts have ([`COMMON`]) is set by `src/site/mod.rs` and `src/analysis/common_fields.rs`.
//!
//! A field that is new has its line in its kind here, and is set in that file: `set` for what is known, `set_truth` for
//! a [`crate::truth::Truth`]; what does not apply is left out, and no condition on it holds but `none`. Mostly what it
//! says is read already, in `Removal` (`src/lifecycle/removal.rs`), `Resource` (`src/lifecycle/resource.rs`) or `Act`
//! (`src/trace/mod.rs`). What nobody has read yet comes from:
//!
//! - a flag of docker: a field of the verb, read in its own file (`src/docker/run.rs` for `run` and `create`,
//!   `build.rs`, `compose.rs`, `verb.rs` for all others). A fact asks for it where it is needed, and nothing between
//!   them copies it: `if let Some(Verb::Run(run) | Verb::Create(run)) = act.verb() { fact.set_truth("…", run.…); }`
//!   (`crate::docker::Verb`)
//! - a wrapper (`timeout 5m docker …`): `src/command/invocation.rs`, and `Context`, set in `src/trace/command.rs`
//! - what is made and removed: `src/lifecycle/resources.rs` and `removals.rs`, which read docker's calls
//! - a compose file: `src/workflow/compose`, `src/follow/compose`, `src/stack/model.rs`
//! - a build: the fact is the `name-claim` of each tag; what its command says is docker's own `Build`
//!   (`src/docker/build.rs`, and `src/docker/actions.rs` where an action builds), which `verb` of the tag's act gives
//!
//! A word of a list needs a fixture in which it is said (the test `vocabulary`); a `Bool` needs none, and no other
//! place. `BLESS=1 cargo test --test docs` writes all into `docs/writing-rules.md`.

pub use super::kind::{FactKind, FieldSpec, SpanSpec, Type};
use super::kind::{field, span};

impl FactKind {
    /// A field of this kind, or one that all have.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.all_fields().find(|field| field.name == name)
    }

    /// Its own fields, then those that all have.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static FieldSpec> {
        self.fields.iter().chain(COMMON)
    }

    /// A span of this kind.
    pub fn span(&self, name: &str) -> Option<&'static SpanSpec> {
        self.spans.iter().find(|span| span.name == name)
    }
}

/// The kind with this name.
pub fn kind(name: &str) -> Option<&'static FactKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

use Type::{Bool, List, ListOf, Number, OneOf, Text, Version};

/// The dimensions a string can be unique in (`symbol`).
const DIMENSIONS: Type = ListOf(&["ref", "run", "attempt", "job", "leg", "random"]);
/// What takes a resource away.
const TAKER: Type =
    OneOf(&["step", "script", "trap", "job", "itself", "guard", "action", "hook", "sweeper", "nothing"]);
const OUTCOMES: &[&str] = &["success", "failure", "cancelled", "timed out"];

/// Fields of every fact.
pub const COMMON: &[FieldSpec] = &[
    field("daemon", OneOf(&["shared", "ephemeral"]), "whether the job's Docker daemon outlives it and serves others"),
    field(
        "target",
        OneOf(&["here", "elsewhere", "container"]),
        "whether it happens on that daemon, on another machine, or inside a container",
    ),
    field("deploy", Bool, "the job or step brings up what is meant to stay"),
    field("forge", OneOf(&["github", "gitea", "forgejo"]), "the forge that reads the workflow"),
    field("runner", OneOf(&["github", "gitea-runner", "forgejo-runner", "act"]), "the program that runs the job"),
    field("runner-version", Version, "its version, when configured"),
    field("mode", OneOf(&["host", "container"]), "where the steps run"),
    field(
        "likely-mode",
        OneOf(&["container"]),
        "where they most likely run, by the label's name alone; absent where the mode is known, or nothing says it",
    ),
    field(
        "job-network",
        OneOf(&["host", "bridge", "custom", "auto", "per-job"]),
        "the network of the job and its services",
    ),
    field("serialised", Bool, "a concurrency group that this forge honours keeps the repository's own runs apart"),
    field("in-matrix", Bool, "its job has a matrix of several legs"),
    field("sweeper", Bool, "the job is a scheduled sweep"),
    field("followed", Bool, "it stands in a script, makefile, compose file or action that the workflow calls"),
    field("in-workflow", Bool, "it stands in a workflow or an action, whose `${{ }}` the forge reads"),
    field("run-label", Text, "a label of the run, as it is written where the fact stands"),
    field("job-id", Text, "the job"),
    field("runs-on", Text, "the job's runner label, as far as it is known"),
];

/// Every kind of fact.
pub const KINDS: &[FactKind] = &[
    FactKind {
        name: "port-claim",
        doc: "a port of the daemon's host that a job binds",
        fields: &[
            field("by", OneOf(&["service", "docker-run", "server"]), "what binds it"),
            field("host-part", OneOf(&["fixed", "random", "range", "none"]), "how the host port is chosen"),
            field("host-port", Text, "the host port as written"),
            field("unique-in", DIMENSIONS, "in what the host port is unique"),
            field("port", Text, "the port that listens"),
            field("name", Text, "the service, container or program"),
            field("image", Text, "the image"),
            field(
                "through",
                OneOf(&["ports", "options", "publish", "host-network", "argument", "env", "probe"]),
                "what binds it: a `ports:` entry, `-p`, the host network, a server's argument",
            ),
            field("shares-host-network", Bool, "its listener is in the network namespace that peers use too"),
            field("reaped", Bool, "a stale holder is stopped before it is bound"),
            field("detached", Bool, "it goes on after its command"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[
            span("claim", "the port mapping, or what makes it listen"),
            span("command", "the command, or the service"),
            span("uses", "later uses of the port"),
        ],
    },
    FactKind {
        name: "compose-claim",
        doc: "what a compose file's started service takes from the host",
        fields: &[
            field("what", OneOf(&["port", "container-name", "host-network"]), "what it takes"),
            field("host-part", OneOf(&["fixed", "random", "range"]), "how the host port is chosen"),
            field("value", Text, "the mapping or name as written"),
            field("host-port", Text, "the host port as far as it is known"),
            field("name", Text, "the container's name as far as it is known"),
            field("unique-in", DIMENSIONS, "in what it is unique"),
            field("service", Text, "the compose service"),
            field("listens", Bool, "its image listens on a port"),
            field("detached", Bool, "brought up with -d"),
            field(
                "project",
                OneOf(&["shared", "own"]),
                "whether every run brings up the same compose project or one of its own; absent where that is not known",
            ),
        ],
        spans: &[span("claim", "the key"), span("up", "the `compose up`")],
    },
    FactKind {
        name: "name-claim",
        doc: "a name on the daemon that a job takes",
        fields: &[
            field("kind", OneOf(&["container", "network", "volume", "project", "image-tag", "builder"]), "of what"),
            field("name", Text, "the name as far as it is known"),
            field("run-suffix", Text, "what is appended to a name to make it the run's own, as a workflow writes it"),
            field("own-name", Text, "a name of the run's own for a compose project, as a workflow writes it"),
            field("by-option", Bool, "a compose project that an option of the command names (`-p`)"),
            field("one-off", Bool, "a compose project of which the job makes nothing but by `compose run`"),
            field("unique-in", DIMENSIONS, "in what it is unique"),
            field("every-run", Text, "which runs have the same one: every run, or those of one commit or branch"),
            field(
                "shared-with",
                ListOf(&["leg", "job", "call"]),
                "other legs of the matrix, jobs of the workflow, or calls of it, that make the same one in one run",
            ),
            field(
                "by",
                OneOf(&["run", "create", "compose", "cluster", "builder", "build", "bake", "action", "service"]),
                "what takes it",
            ),
            field("detached", Bool, "a container that goes on after its command"),
            field("foreground-rm", Bool, "a container that ends and goes with its command (`--rm`, not detached)"),
            field("removed-by-job", Bool, "the job also removes it"),
            field("may-be-removed", Bool, "the job may also remove it"),
            field("precleaned", Bool, "the job removes by force what has the name before it makes its own"),
            field("tolerated", Bool, "its failure is tolerated (`|| true`)"),
            field("pushed-only", Bool, "an image tag read by nothing but its own push"),
            field("used", Bool, "a later command of the job uses it, its own push left out"),
            field("pushed", Bool, "an image tag that is pushed: others pull it by that name"),
            field(
                "queued",
                Bool,
                "all of the repository's runs that claim it wait for each other in a concurrency group",
            ),
            field("group", Text, "that group"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[
            span("command", "the command that takes it"),
            span("name", "the name in it"),
            span("removals", "removals by that name"),
            span("stops", "commands that stop it by that name"),
            span("removals-unmade", "those removals that may run although this run could not make it"),
            span("stops-unmade", "those stops that may run although this run could not make it"),
            span("gone-when-made", "those removals and stops that run only when this run made it"),
            span("uses", "later commands that use it"),
            span("others", "other commands that take the same name"),
            span("calls", "the calls of the workflow that run at the same time"),
        ],
    },
    FactKind {
        name: "resource",
        doc: "something on the daemon that a job makes, and what removes it again",
        fields: &[
            field("kind", OneOf(&["container", "project", "network", "volume", "cluster", "builder"]), "what it is"),
            field("name", Text, "its name, or what stands for it"),
            field("what", Text, "its kind and name in words: container `pg`, container of image `postgres:16`"),
            field("maker", Text, "the command, shortened"),
            field("image", Text, "a container's image"),
            field("labels", List, "the labels it is made with, as far as they are known: `team=payments`"),
            field("label-keys", List, "their keys: `team`"),
            field("detached", Bool, "it goes on after its command"),
            field(
                "gap",
                OneOf(&["missing", "trap-only", "gated", "by-event", "not-always", "misses-cancel", "none"]),
                "the first gap in its removal",
            ),
            field("uncovered", ListOf(OUTCOMES), "outcomes in which nothing removes it, killed left out"),
            field(
                "left-when",
                Text,
                "those of them that a step of the job could cover, in words: fails, is cancelled or times out",
            ),
            field("left-by", List, "the events after which no run removes it: `pull_request`"),
            field("swept", Bool, "a scheduled sweeper removes it later"),
            field("on-success", TAKER, "what removes it after a success, on this runner"),
            field("on-failure", TAKER, "the same after a failure"),
            field("on-cancel", TAKER, "the same after a cancel"),
            field("on-timeout", TAKER, "the same after the job's timeout"),
            field("on-killed", TAKER, "the same when the runner is killed"),
            field(
                "takers",
                List,
                "for each outcome from success to timeout: what removes it; empty where nothing does",
            ),
            field("doubts", List, "for each of the same outcomes: what decides it, where that is not known"),
            field("partial", Text, "what a partial removal leaves: `network`, `volumes`"),
            field("cancel-skips-steps", Bool, "the runner is known to run no main step after a cancel"),
            field("remover", Text, "the removal, shortened"),
            field(
                "behind",
                Text,
                "the command before the removal in its step that fails by itself, and ends the step: `docker exec`",
            ),
            field("mistaken", Text, "where nothing removes it: a removal of the job that matches nothing"),
            field("declared", Bool, "a program makes it, and the configuration (`resources:`) says so"),
            field("unfollowed", Bool, "a command that could not be followed may remove it"),
        ],
        spans: &[
            span("creation", "what makes it"),
            span("removal", "the removal"),
            span("before-removal", "the command before it that ends its step"),
            span("condition", "the `if:` of the removal's step, or its command"),
            span("trap", "the trap"),
        ],
    },
    FactKind {
        name: "making",
        doc: "how a thing that a job makes is found on the daemon again: what a sweeper and `doctor` look for",
        fields: &[
            field("kind", OneOf(&["container", "project", "network", "volume", "cluster", "builder"]), "what it is"),
            field("name", Text, "its name, or what stands for it"),
            field(
                "patterns",
                List,
                "regular expressions for its name, and for the names of what it is made of; empty where nothing is known",
            ),
            field("image-pattern", Text, "one for a container's image"),
            field("maker", Text, "the command, shortened"),
        ],
        spans: &[span("creation", "what makes it")],
    },
    FactKind {
        name: "trap",
        doc: "a shell trap that alone removes what the job makes",
        fields: &[field("removes", List, "all that only this trap removes, in words: container `pg`")],
        spans: &[span("trap", "the trap"), span("creations", "what makes it")],
    },
    FactKind {
        name: "teardown",
        doc: "a removal in a job, against the resources of that job",
        fields: &[
            field(
                "selects",
                OneOf(&["something", "nothing"]),
                "whether it can match anything the job, or what it sweeps, makes",
            ),
            field(
                "why",
                OneOf(&["name", "label", "ancestor-glob", "project", "filter", "name-and-ancestor-glob"]),
                "what does not match",
            ),
            field("selector", Text, "what it selects by"),
            field("fails-when-empty", Bool, "with nothing to remove it fails its step"),
            field("shape", OneOf(&["substitution", "xargs", "name"]), "how the empty list reaches the removal"),
            field("followed-by-more", Bool, "other commands of its script follow"),
            field("remover", Text, "what of it removes, and does not only stop, shortened"),
            field("leaves-volumes", Bool, "volumes of what it removes stay, and nobody has a use for them"),
            field("volume", Text, "one that stays, in words"),
            field("command", Text, "the command, shortened"),
            field("unfollowed", Bool, "the job runs a command that could not be followed"),
        ],
        spans: &[
            span("command", "the removal"),
            span("removal", "the command of it that removes, and does not only stop"),
            span("creations", "what the job makes"),
        ],
    },
    FactKind {
        name: "removal",
        doc: "a command that removes, stops or kills something on the daemon",
        fields: &[
            field(
                "by",
                OneOf(&[
                    "name",
                    "label",
                    "name-filter",
                    "ancestor",
                    "grep",
                    "listing",
                    "port",
                    "filter",
                    "prune",
                    "project",
                    "baseline-diff",
                    "reference",
                ]),
                "how it selects",
            ),
            field("formatted", Bool, "the list it chooses from prints what `--format` says, and nothing else"),
            field(
                "kind",
                ListOf(&["system", "container", "network", "volume", "image", "builder", "project", "cluster"]),
                "of what",
            ),
            field("selector", Text, "what it selects by"),
            field("unique-in", DIMENSIONS, "in what the selector is unique"),
            field("every-run", Text, "which runs have the same one: every run, or those of one commit or branch"),
            field("labels", List, "the labels it filters by"),
            field("label-count", Number, "how many they are"),
            field("anchored", Bool, "its name filter begins with ^"),
            field(
                "filter-names",
                OneOf(&["own", "complete", "several"]),
                "what its name filter is: the whole name of something that is made here, a whole name, or what many names have",
            ),
            field("stopped-only", Bool, "it selects only stopped containers: `status=exited`"),
            field("emptiable", Bool, "its filter or name may be empty there"),
            field("until", Bool, "it has an `until=` filter"),
            field("until-refused", Bool, "Docker refuses the time of its `until=` filter, so that it fails"),
            field("unanswered", Bool, "it asks whether to go on, and nobody answers: a prune without `-f`"),
            field("all", Bool, "`-a`"),
            field("dangling", Bool, "dangling images only"),
            field("before-creation", Bool, "it precedes the creation of what it selects"),
            field("creates-next", Text, "what is created next under that selector"),
            field("run-suffix", Text, "what is appended to a name to make it the run's own, as a workflow writes it"),
            field("attempts-counted", Bool, "the runner tells one attempt of a run from another"),
            field("for-space", Bool, "its step is named after the disk that it is to free"),
            field("things", Text, "what it removes, in words: images, build cache"),
            field(
                "kept-size",
                Bool,
                "a prune keeps as much of the build cache as an option says: `--keep-storage 2gb`",
            ),
            field("prunes", Text, "the same of a prune, by its options: every stopped container, every unused network"),
            field(
                "queued",
                Bool,
                "all of the repository's runs that claim that wait for each other in a concurrency group",
            ),
            field("group", Text, "that group"),
            field("age-checked", Bool, "each candidate's age is checked first"),
            field("replaces-own", Bool, "a deploy that replaces its own stack"),
            field("one-repository", Bool, "images of one named repository"),
            field("in-teardown", Bool, "it runs in a step that runs after failures"),
            field(
                "disconnected-first",
                Bool,
                "the job's own container is disconnected from the network before; absent when it never joins it",
            ),
            field("shared-network", Bool, "it removes a network that the configuration declares as shared"),
            field("verb", OneOf(&["rm", "stop", "kill", "prune", "down", "delete"]), "what it does"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[
            span("command", "the removal"),
            span("selector", "the filter or name"),
            span("creation", "what the job itself makes of that kind, and it may take"),
            span("made-next", "what the job makes later of what it selects"),
            span("connection", "what connects the job's own container to the network"),
        ],
    },
    FactKind {
        name: "process",
        doc: "a process that a step leaves running in the background",
        fields: &[
            field("how", OneOf(&["background", "nohup", "setsid"]), "how it is left behind"),
            field("program", Text, "the program"),
            field("finite", Bool, "it ends by itself, or is waited for"),
            field(
                "killed",
                OneOf(&["always", "same-script", "other-step", "loop", "never"]),
                "what stops it; `loop`: only the loop that starts it is ended, and what it has started stays",
            ),
            field(
                "reaped",
                Bool,
                "the runner kills it at the end of the job: GitHub's does, unless the step changes RUNNER_TRACKING_ID",
            ),
            field("restarted", Bool, "a loop in the background starts it, and may do so again whenever it ends"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[span("command", "what starts it"), span("kill", "what stops it")],
    },
    FactKind {
        name: "kill",
        doc: "a command that signals processes it finds by pattern",
        fields: &[
            field(
                "how",
                OneOf(&["pkill", "pkill-f", "pkill-x", "killall", "port", "pgrep", "proc", "pidof"]),
                "how it finds them",
            ),
            field("pattern", Text, "the pattern or port"),
            field("never-matches", Bool, "it can match no process at all"),
            field("why-never", OneOf(&["comm-length", "dash"]), "why it cannot"),
            field("own", Bool, "the run, a random part or a folder of the job's own is in the pattern"),
            field("sees-peers", Bool, "processes of other jobs are visible there"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[span("command", "the kill"), span("pattern", "the pattern")],
    },
    FactKind {
        name: "port-probe",
        doc: "a free port that is found by binding and closing",
        fields: &[
            field("used", Bool, "a later command uses it"),
            field("retried", Bool, "it stands in a loop that sees whether the server lives, and takes another port"),
            field("with", Text, "the program that probes"),
        ],
        spans: &[span("command", "the probe"), span("uses", "the uses")],
    },
    FactKind {
        name: "address-use",
        doc: "a use of an address of a service or sibling",
        fields: &[
            field("host", OneOf(&["localhost", "127.0.0.1", "::1", "alias"]), "how the host is written"),
            field("port", Text, "the port"),
            field("service", Text, "the service that has the port"),
            field("ipv4-only", Bool, "the port is published on an address of IPv4 alone"),
        ],
        spans: &[span("use", "the use"), span("service", "the service")],
    },
    FactKind {
        name: "own-localhost",
        doc: "a use of `localhost` for what a service, or a container that the job starts, listens on",
        fields: &[
            field("of", OneOf(&["service", "container", "compose"]), "what listens"),
            field("name", Text, "its id or name"),
            field("host", OneOf(&["localhost", "127.0.0.1", "::1"]), "how the host is written"),
            field("port", Text, "the port that is used"),
            field("container-port", Text, "the port that it listens on itself"),
            field("remapped", Bool, "a service's host port that is another than the container's"),
            field("apart", Bool, "a job container on this runner's network cannot reach it at that address"),
        ],
        spans: &[
            span("use", "the command or key"),
            span("listener", "what listens"),
            span("written-host", "the host as written"),
            span("written-port", "the port as written"),
        ],
    },
    FactKind {
        name: "service",
        doc: "an entry of `services:`",
        fields: &[
            field("name", Text, "its id"),
            field("image", Text, "its image"),
            field("awaited", Bool, "a step waits for it, or the runner does"),
            field("used", Bool, "a step uses it"),
            field("alias-used", Bool, "its alias is used as a host name"),
            field("dropped", Bool, "the runner drops it"),
        ],
        spans: &[span("service", "the service"), span("uses", "its uses")],
    },
    FactKind {
        name: "mount",
        doc: "a bind mount of a path of the job",
        fields: &[
            field("source", Text, "the path as written"),
            field("in-checkout", Bool, "it lies inside the checkout"),
            field("checkout-path", Text, "where in the checkout, as far as that is known"),
            field("is", OneOf(&["file", "folder"]), "what the checkout has there; absent where it has nothing"),
            field("job-local", Bool, "it exists only where the job runs"),
            field("outlives", Bool, "the container outlives the job"),
            field("brought", Bool, "a container of the job has written there before, on the daemon's host"),
            field(
                "checkout",
                OneOf(&["deleted", "replaced", "not-there"]),
                "what becomes of the checkout where the daemon looks for it: the runner deletes it after the job, \
                 the next checkout replaces it, or it never was there, because it lies in the job's own container; \
                 absent where that is not known",
            ),
            field("service", Text, "the compose service"),
            field("by", OneOf(&["docker-run", "compose"]), "what mounts it"),
        ],
        spans: &[
            span("mount", "the mount"),
            span("path", "the option that mounts it"),
            span("up", "what starts the container"),
        ],
    },
    FactKind {
        name: "sweep",
        doc: "a scheduled job that removes by pattern",
        fields: &[
            field(
                "missing",
                ListOf(&[
                    "age-floor",
                    "cap",
                    "dry-run",
                    "daemon-check",
                    "unreadable-time",
                    "pinned-label",
                    "timeout-minutes",
                    "permissions",
                    "concurrency",
                    "exit-status",
                ]),
                "the guards it lacks",
            ),
            field("command", Text, "the removal, shortened"),
        ],
        spans: &[span("command", "the removal"), span("job", "the job")],
    },
    FactKind {
        name: "opaque-docker",
        doc: "a use of Docker that makes resources which cannot be seen",
        fields: &[
            field("via", OneOf(&["socket-mount", "declared", "program"]), "how"),
            field("program", Text, "the program or image"),
            field(
                "covered",
                Bool,
                "a later step removes what it makes by its own command; of declared resources: a teardown or a \
                 sweeper covers them",
            ),
            field("removed-by", Text, "a later command that removes what it makes, but only when all went well"),
            field("reaper-off", Bool, "Testcontainers with `TESTCONTAINERS_RYUK_DISABLED`"),
            field("own-reaper", Bool, "it removes what it makes by itself (Testcontainers with Ryuk)"),
            field("command", Text, "the command, shortened"),
        ],
        spans: &[span("command", "the command")],
    },
    FactKind {
        name: "job",
        doc: "a job",
        fields: &[
            field("docker", Bool, "it touches Docker"),
            field("pinned", Bool, "its label is one of the configured docker labels; absent when none are configured"),
            field("labels", List, "its labels"),
            field("services", Bool, "it has `services:`"),
            field("container", Bool, "it has `container:`"),
            field("services-dropped", Bool, "its runner is known to start none of its services"),
            field("cancel-skips-steps", Bool, "its runner is known to run no main step after a cancel"),
            field(
                "leaks-on-cancel",
                Bool,
                "something it makes is left when it is cancelled; set for one job per label",
            ),
        ],
        spans: &[
            span("runs-on", "its `runs-on:`"),
            span("job", "its id"),
            span("docker", "what touches Docker"),
            span("services", "its `services:` key"),
            span("left-on-cancel", "where `leaks-on-cancel` is set: what makes it, in all jobs with the label"),
        ],
    },
    FactKind {
        name: "option",
        doc: "an option of a job container or service that the runner ignores",
        fields: &[
            field("option", Text, "the option"),
            field("of", OneOf(&["job", "service"]), "what it belongs to"),
            field("ignored", Bool, "this runner ignores it"),
            field("fatal", Bool, "this runner is known to end the job because of it"),
        ],
        spans: &[span("option", "the option")],
    },
    FactKind {
        name: "key",
        doc: "a workflow key that this server or runner ignores",
        fields: &[
            field("key", Text, "the key"),
            field("by", Text, "who ignores it, in words: Gitea, Gitea 1.22, gitea-runner"),
            field("ignored", Bool, "it is ignored"),
            field("depended-on", Bool, "something depends on it"),
        ],
        spans: &[span("key", "the key")],
    },
    FactKind {
        name: "condition",
        doc: "an expression that is not what it looks like",
        fields: &[
            field(
                "fault",
                OneOf(&[
                    "yaml-tag",
                    "mixed-template",
                    "object-compared",
                    "boolean-compared",
                    "unknown-context",
                    "empty-context",
                    "no-member",
                ]),
                "what is wrong",
            ),
            field("text", Text, "the expression"),
            field("is-if", Bool, "it is an `if:`"),
            field(
                "at-daemon",
                Bool,
                "the step it stands in, or the job where it stands in none, asks something of the daemon",
            ),
        ],
        spans: &[span("expression", "the expression")],
    },
    FactKind {
        name: "shell-idiom",
        doc: "a shell idiom that does something else than it seems to",
        fields: &[
            field("idiom", OneOf(&["curl-status-fallback"]), "which"),
            field("command", Text, "the command, shortened"),
            field("fallback", Text, "what the fallback puts right behind the status"),
            field("quoted", Text, "the same as a word of the shell"),
        ],
        spans: &[span("command", "it"), span("fallback", "the fallback")],
    },
    FactKind {
        name: "network-use",
        doc: "a network that a container is to join",
        fields: &[
            field("network", Text, "its name"),
            field("known", Bool, "it is built in, made in the job, or declared"),
            field("connects-self", Bool, "the job connects its own container to it"),
            field("first", Bool, "it is the first command of the job that names this network"),
        ],
        spans: &[span("command", "the command"), span("network", "the name")],
    },
    FactKind {
        name: "workflow-file",
        doc: "a workflow file and its twin in another forge's folder",
        fields: &[
            field("drifted", Bool, "it and its twin run different things"),
            field("what", Text, "what differs first"),
            field("twin", Text, "the twin's path"),
            field("shadowed", Bool, "the forge never reads it"),
        ],
        spans: &[span("file", "its first line"), span("twin", "the twin's"), span("difference", "where they differ")],
    },
    FactKind {
        name: "repository",
        doc: "the repository as a whole",
        fields: &[field("unswept", List, "what can outlive a killed runner and no scheduled workflow sweeps")],
        spans: &[span("first", "the first of them"), span("resources", "all of them")],
    },
    FactKind {
        name: "gate",
        doc: "a required check, or what is said of one",
        fields: &[
            field(
                "fault",
                OneOf(&[
                    "path-filter",
                    "continue-on-error",
                    "missing",
                    "unlisted",
                    "aggregator",
                    "untracked-continue-on-error",
                    "forbidden-env",
                    "setup-go-cache",
                ]),
                "what is wrong",
            ),
            field("check", Text, "the check's context"),
            field("variable", Text, "the variable"),
        ],
        spans: &[span("place", "where")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..index].iter().all(|other| other.name != kind.name), "{} twice", kind.name);
            assert!(!kind.spans.is_empty(), "{} has no span", kind.name);
            let fields = kind.fields.iter().chain(COMMON).map(|field| field.name);
            let names: Vec<&str> = fields.clone().chain(kind.spans.iter().map(|span| span.name)).collect();
            assert!(
                names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
            );
            let fields: Vec<&str> = fields.collect();
            assert!(fields.iter().enumerate().all(|(at, name)| !fields[..at].contains(name)), "{}", kind.name);
        }
    }
}
