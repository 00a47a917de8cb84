//! The rewrites' own texts, for messages, and what each rewrite does, for `explain`.

/// Texts that a message can name like a field: what `--fix` writes.
pub const TEXTS: &[(&str, &str)] = &[
    ("run-label", "berth.run=${{ github.run_id }}"),
    ("run-suffix", "${{ github.run_id }}-${{ github.run_attempt }}"),
    ("always", "if: always()"),
];

/// The text of that name.
pub fn text(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|text| text.0 == name).map(|text| text.1)
}

/// What the rewrites do, by name.
pub const REWRITES: &[(&str, &str)] = &[
    (
        "service-address",
        "Depends on the runner. Where services share the host's ports, the service becomes a container that a step starts beside the job, reached by its own address, and a step with `if: always()` removes it. Where the runner gives each job a network, `ports:` goes and the service is reached by its name. On GitHub the host port becomes a random one. Every use of the address is rewired; one that cannot be makes the fix unsafe.",
    ),
    (
        "service-name",
        "Writes the service's id and its own port where the container's own `localhost` stands. On GitHub a container of the job joins the job's network and is reached by its name. Unsafe where the runner's network or mode is not known; elsewhere it is only told.",
    ),
    (
        "random-port",
        "Lets the daemon choose the host port, reads it back with `docker port`, and gives it to every use; where only other containers use it, by its name on a network, nothing is published. Unsafe where no use is seen, or where it is not known that the job shares the host's network.",
    ),
    (
        "unique-name",
        "Appends the run's id and attempt (in a matrix also its values) to the name where it is made and wherever it is used.",
    ),
    (
        "compose-port",
        "Lets the daemon choose the host port in the job: the file says `${DB_PORT:-5432}`, the job sets `DB_PORT` to `0`, and at a developer's desk nothing changes. Drops a `container_name:` that nobody uses. Unsafe, and withheld where the job uses the port itself.",
    ),
    ("compose-project", "Sets `COMPOSE_PROJECT_NAME` for the whole job, with the run's id and attempt in it."),
    (
        "sibling",
        "Starts the server as a container beside the job, reached by its own address, and removes it at the end.",
    ),
    (
        "teardown",
        "Adds a step with `if: always()` that removes what the job makes, or gives the step that removes it that condition.",
    ),
    ("scope-removal", "Stamps what the job makes with the run's label, and filters the removal by it."),
    ("anchor-filter", "Anchors the name filter at both ends: `^NAME$`."),
    ("require-value", "Makes the shell stop when the value is empty: `${NAME:?}`."),
    ("empty-safe", "Lets the removal find nothing: `xargs -r`."),
    (
        "reap",
        "Stops a stale process of an earlier run by its program and age, with `berth-run reap`, in place of the kill by pattern or before the port is bound.",
    ),
    ("lease-port", "Leases a port that no other job is given, with `berth-run port`."),
    ("loopback", "Writes `127.0.0.1`."),
    ("leave-no-volumes", "Adds `-v`, so that the volumes go as well."),
    (
        "sweeper",
        "Writes a scheduled workflow that removes what is older than any run, with every guard, or replaces the body of the one there is by `berth-run sweep`.",
    ),
    ("pin-runner", "Sets `runs-on:` to the label where Docker is. Unsafe: it changes where the job runs."),
    ("drop-option", "Removes the option."),
    ("await-service", "Adds a step that waits until the service answers."),
    ("disconnect", "Disconnects the job's own container before the network is removed."),
    (
        "condition",
        "Writes the condition so that it is evaluated: quoted or inside one `${{ }}`, with the name that was meant.",
    ),
    (
        "curl-status",
        "Lets the fallback take the place of what curl printed: `code=$(curl …) || code=000`, where the status is assigned by a command of its own.",
    ),
];

/// The names of all rewrites.
pub fn rewrites() -> impl Iterator<Item = &'static str> {
    REWRITES.iter().map(|rewrite| rewrite.0)
}

/// What the rewrite of that name does.
pub fn rewrite(name: &str) -> Option<&'static str> {
    REWRITES.iter().find(|rewrite| rewrite.0 == name).map(|rewrite| rewrite.1)
}
