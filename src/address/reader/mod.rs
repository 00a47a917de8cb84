//! The addresses that a command connects to, or hands to a program that may: from its words and its environment, with
//! the ports and hosts that its program means where none is written.

mod address;
mod client;
mod text;
mod variable;
mod wait;

pub use address::{Address, Origin, Seat};
pub use wait::{Awaited, waits};

use address::Env;

use crate::command::{Arg, Invocation};
use crate::docker::images::{only_reads, well_known};
use crate::docker::{ComposeVerb, Run, Verb};
use crate::shell::is_builtin;
use crate::symbol::{Value, Variables};
use crate::trace::{Act, ActKind, Target};

/// The addresses of one command.
pub fn addresses_of(act: &Act) -> Vec<Address> {
    read(act, true)
}

/// Those of them that it connects to: those it is known to ask, and those that a container it starts is handed by `-e`,
/// which is done for the program in there.
pub fn connections_of(act: &Act) -> Vec<Address> {
    let mut found = read(act, false);
    found.retain(|address| address.connects || matches!(address.seat, Seat::Made(_)));
    found
}

/// The addresses that variables hold, for whoever reads them: in a URL, as `host:port`, or as a host with its port in a
/// variable beside it.
pub fn addresses_in(variables: &Variables) -> Vec<Address> {
    variable::all(variables, &Seat::Job)
}

/// Whether a command may use an address that nobody sees: a program of which only its owner knows what it asks, and
/// where it has that from. Clients say it, docker runs elsewhere, and some programs ask nobody.
pub fn may_ask_unseen(act: &Act) -> bool {
    if act.target() != Target::Here {
        return false;
    }
    match &act.kind {
        ActKind::Command { program, argv, .. } => {
            !looks_at_nothing(program)
                && !only_reads_code(program)
                && !only_installs(program, argv)
                && !only_tells(program, argv)
                && client::read(program, argv, &act.env, &Seat::Job).is_none()
        }
        ActKind::Uses { name } => !asks_no_port(name),
        ActKind::Program(_) => true,
        ActKind::Docker(call) => match &call.verb {
            Verb::Run(run) | Verb::Create(run) => run.reaches_host() && its_command_may_ask(run),
            Verb::Build(build) => build.is_on_host(),
            _ => false,
        },
        ActKind::Action(_) => false,
    }
}

/// Whether what a container runs may use an address unseen: its command, else its image, unless that is a server.
fn its_command_may_ask(run: &Run) -> bool {
    let Some(invocation) = Invocation::parse(&run.command) else {
        let is_known = |image: &Arg| well_known(&image.value).is_some_and(|(_, is_it)| is_it.is_yes());
        return !run.image.as_ref().is_some_and(|image| is_known(image) || only_reads(&image.value));
    };
    let (program, argv) = (called(&invocation), &invocation.argv);
    !looks_at_nothing(program) && client::read(program, argv, &Env::new(), &Seat::Job).is_none()
}

/// Whether an action fetches, builds, keeps or publishes something, and asks no port of the job:
/// `docker/login-action@v3`, `owner/setup-tool@v1`, `pnpm/action-setup@v4`.
fn asks_no_port(uses: &str) -> bool {
    let path = uses.split_once("://").map_or(uses, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = path.split('@').next().unwrap_or_default();
    let mut parts = path.split('/');
    let (owner, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    const ABOUT: [&str; 9] =
        ["setup", "cache", "upload", "download", "checkout", "login", "toolchain", "codecov", "release"];
    matches!(owner, "actions" | "docker") || name.split('-').any(|word| ABOUT.contains(&word))
}

/// The addresses of one command; those in its variables, which nobody knows it to connect to, only if they are asked
/// for.
fn read(act: &Act, variables: bool) -> Vec<Address> {
    let seat = match act.target() {
        Target::Here => Seat::Job,
        Target::Container => Seat::Other,
        Target::Elsewhere | Target::Unknown => Seat::Elsewhere,
    };
    let mut found = match &act.kind {
        ActKind::Command { program, argv, .. } => of_program(program, argv, &act.env, &seat, variables),
        ActKind::Docker(call) => match &call.verb {
            Verb::Run(run) | Verb::Create(run) => {
                let env = given(&run.env, &act.env);
                in_container(&run.command, &env, &Seat::Made(run.network()), true)
            }
            Verb::Compose(compose) => match &compose.verb {
                ComposeVerb::Run(run) => in_container(&run.args, &Env::new(), &Seat::Other, variables),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if let Some((host, port)) = act.context.output.as_ref().and_then(text::device) {
        let from = Origin::Written(0..0);
        found.push(Address { host, port: Some(port), scheme: None, from, seat, connects: true });
    }
    distinct(found)
}

/// What a container's command is given: its own environment, none of the shell's.
fn in_container(command: &[Arg], env: &Env, seat: &Seat, variables: bool) -> Vec<Address> {
    match Invocation::parse(command) {
        Some(invocation) => {
            let mut env = env.clone();
            env.extend(invocation.env.iter().map(|(name, arg)| (name.as_str().into(), arg.value.clone())));
            of_program(called(&invocation), &invocation.argv, &env, seat, variables)
        }
        None if variables => variable::all(env, seat),
        None => Vec::new(),
    }
}

/// The program that a container runs, by its name: a file of the image's own (`./test`, `bin/find`) is none that anybody
/// knows, whatever it is called.
fn called<'i>(invocation: &'i Invocation<'_>) -> &'i str {
    const OF_THE_SYSTEM: [&str; 6] =
        ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"];
    let is_known = |path: &Value| OF_THE_SYSTEM.iter().any(|folder| path.prefix().starts_with(folder));
    if invocation.path.as_ref().is_none_or(is_known) { &invocation.program } else { "" }
}

/// The values of `-e NAME=value` and of `-e NAME`, which hands on what the shell has.
fn given(options: &[Arg], shell: &Env) -> Env {
    let one = |arg: &Arg| match arg.value.split_once('=') {
        Some((name, value)) => Some((name.as_literal()?.into(), value)),
        None => {
            let (name, value) = shell.get_key_value(arg.text()?)?;
            Some((name.clone(), value.clone()))
        }
    };
    options.iter().filter_map(one).collect()
}

fn of_program(program: &str, argv: &[Arg], env: &Env, seat: &Seat, variables: bool) -> Vec<Address> {
    if let Some(found) = client::read(program, argv, env, seat) {
        return found;
    }
    let mut found = text::words(argv, seat);
    found.extend(client::host_and_port(argv, seat));
    if variables && !looks_at_nothing(program) {
        found.extend(variable::all(env, seat));
    }
    found
}

/// Programs that ask nobody: what their words say, they hand on.
fn looks_at_nothing(program: &str) -> bool {
    const QUIET: [&str; 44] = [
        "id", "whoami", "hostname", "which", "nproc", "wc", "find", "cat", "cp", "mv", "rm", "ls", "mkdir", "chmod",
        "chown", "touch", "ln", "sleep", "grep", "sed", "awk", "tee", "head", "tail", "cut", "sort", "tr", "tar",
        "git", "date", "seq", "jq", "df", "free", "ps", "uname", "yes", "uniq", "du", "stat", "basename", "dirname",
        "realpath", "mktemp",
    ];
    is_builtin(program) || QUIET.contains(&program)
}

/// Programs that read and format code.
fn only_reads_code(program: &str) -> bool {
    const LINTERS: [&str; 22] = [
        "eslint",
        "prettier",
        "tsc",
        "stylelint",
        "biome",
        "ruff",
        "black",
        "isort",
        "mypy",
        "pylint",
        "flake8",
        "gofmt",
        "golangci-lint",
        "rustfmt",
        "rubocop",
        "phpcs",
        "phpstan",
        "shellcheck",
        "hadolint",
        "actionlint",
        "yamllint",
        "markdownlint",
    ];
    LINTERS.contains(&program)
}

/// Whether a command only installs or compiles: it may ask a registry, and nothing of the job's.
fn only_installs(program: &str, argv: &[Arg]) -> bool {
    let mut words = argv.iter().filter_map(|arg| arg.text().filter(|text| !text.starts_with('-')));
    let (verb, next) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match program {
        "pip" | "pip3" | "apt" | "apt-get" | "apk" | "dnf" | "yum" | "brew" | "rustup" | "corepack" => true,
        "npm" | "pnpm" | "yarn" | "bun" if matches!(verb, "ci" | "install" | "i" | "add") => true,
        // Browsers for tests.
        "npx" | "bunx" | "pnpm" | "yarn" => matches!((verb, next), ("playwright" | "cypress", "install")),
        "playwright" => matches!(verb, "install" | "install-deps"),
        "poetry" | "bundle" | "composer" | "gem" => verb == "install",
        "uv" => matches!(verb, "pip" | "sync" | "venv" | "lock"),
        "go" => matches!(verb, "build" | "vet" | "mod" | "install" | "get" | "fmt"),
        "cargo" => matches!(verb, "build" | "fetch" | "fmt" | "clippy" | "install" | "check"),
        _ => false,
    }
}

/// Modules of Python that read and write text.
const FILTERS: [&str; 6] = ["json.tool", "base64", "gzip", "zipfile", "tarfile", "calendar"];

/// Whether a command only tells what it knows itself: a version, a setting, a path.
fn only_tells(program: &str, argv: &[Arg]) -> bool {
    let mut words = argv.iter().map(|arg| arg.text().unwrap_or_default());
    let (verb, next) = (words.next().unwrap_or_default(), words.next());
    match (program, verb) {
        ("python" | "python3", "-m") => next.is_some_and(|module| FILTERS.contains(&module)),
        (_, "--version" | "-V" | "--help") => next.is_none(),
        ("go", "env" | "version")
        | ("npm" | "pnpm" | "yarn", "config" | "root" | "bin" | "prefix" | "store" | "cache") => true,
        ("pip" | "pip3", "cache" | "config") | ("cargo" | "rustc" | "rustup", "metadata" | "show") => true,
        ("node" | "npm" | "pnpm" | "yarn" | "php" | "ruby" | "java" | "mvn", "-v" | "version" | "-version") => {
            next.is_none()
        }
        (
            "basename" | "dirname" | "readlink" | "realpath" | "mktemp" | "uuidgen" | "stat" | "du" | "env"
            | "printenv",
            _,
        ) => true,
        _ => false,
    }
}

/// Each address once, that of a program that connects first.
fn distinct(found: Vec<Address>) -> Vec<Address> {
    let mut all: Vec<Address> = Vec::new();
    for address in found {
        let same = |known: &&mut Address| known.host == address.host && known.port == address.port;
        match all.iter_mut().find(same) {
            Some(known) => known.connects |= address.connects,
            None => all.push(address),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::NetworkChoice;
    use crate::trace::testing::script;

    /// `host:port` of each address of the script's last command; `!` where the program is known to connect.
    fn shown(run: &str) -> Vec<String> {
        let trace = script(run);
        let act = trace.acts.last().expect("a command");
        let one = |address: Address| {
            let port = address.port.map_or("-".to_owned(), |port| port.to_string());
            let seat = match address.seat {
                Seat::Job => "",
                Seat::Made(NetworkChoice::Host) => " on the host's network",
                Seat::Made(_) => " in a new container",
                Seat::Other => " in a container",
                Seat::Elsewhere => " elsewhere",
            };
            format!("{}:{port}{}{seat}", address.host, if address.connects { "!" } else { "" })
        };
        addresses_of(act).into_iter().map(one).collect()
    }

    #[test]
    fn actions_that_fetch_and_keep_ask_no_port() {
        for (uses, silent) in [
            ("docker/login-action@v3", true),
            ("actions/checkout@v4", true),
            ("https://code.example/actions/cache@v4", true),
            ("https://code.example/owner/setup-tool@v1", true),
            ("Swatinem/rust-cache@v2", true),
            ("pnpm/action-setup@v4", true),
            ("dtolnay/rust-toolchain@stable", true),
            ("owner/run-tests@v1", false),
            ("owner/wait-for@v1", false),
        ] {
            assert_eq!(asks_no_port(uses), silent, "{uses}");
        }
    }

    #[test]
    fn clients_are_read_with_their_options_variables_and_defaults() {
        for (run, wanted) in [
            ("psql -h localhost -p 5433 -U x", vec!["localhost:5433!"]),
            ("psql -hlocalhost", vec!["localhost:5432!"]),
            ("psql --host=db", vec!["db:5432!"]),
            ("psql postgres://u:p@w@db/x", vec!["db:5432!"]),
            ("psql 'host=localhost port=15432 dbname=x'", vec!["localhost:15432!"]),
            ("psql -d postgresql://localhost:5433/x -c 'select 1'", vec!["localhost:5433!"]),
            ("psql -c 'select 1'", vec![]),
            ("PGHOST=localhost PGPORT=15432 psql", vec!["localhost:15432!"]),
            ("PGPORT=15432 psql -h 127.0.0.1", vec!["127.0.0.1:15432!"]),
            ("mysql -h 127.0.0.1 -P 3307 -psecret", vec!["127.0.0.1:3307!"]),
            ("mysqladmin ping --host=db --port 3306", vec!["db:3306!"]),
            ("redis-cli ping", vec!["127.0.0.1:6379!"]),
            ("redis-cli -u redis://cache:6380/0", vec!["cache:6380!"]),
            ("mongosh --quiet", vec!["127.0.0.1:27017!"]),
            ("mongosh mongodb://a:1,b:2/x", vec!["a:1!", "b:2!"]),
            ("pg_isready -h db", vec!["db:5432!"]),
            ("nc -z -w 3 localhost 9001", vec!["localhost:9001!"]),
            ("curl -fsS localhost:8080/health", vec!["localhost:8080!"]),
            ("curl -H 'A: b' http://${E2E_HOST}:3001/", vec!["$E2E_HOST:3001!"]),
            ("curl https://[::1]/x", vec!["::1:443!"]),
            ("curl web/status", vec!["web:80!"]),
            ("curl -sf http://localhost:port-of-run-41/x", vec![]),
            ("wget -qO- http://u:p@web:9200", vec!["web:9200!"]),
            ("bash -c 'echo x > /dev/tcp/db/5432'", vec!["db:5432!"]),
            ("nc -z localhost:6379", vec!["localhost:6379!"]),
            ("echo > /dev/tcp/localhost/6379", vec!["localhost:6379!"]),
        ] {
            assert_eq!(shown(run), wanted, "{run}");
        }
    }

    #[test]
    fn other_programs_are_read_by_what_they_are_given() {
        for (run, wanted) in [
            ("./test --target http://site1-nginx:9001 -v", vec!["site1-nginx:9001"]),
            ("OCIS_URL=https://localhost:9200 make e2e", vec!["localhost:9200"]),
            ("DB_HOST=127.0.0.1 DB_PORT=3307 npm test", vec!["127.0.0.1:3307"]),
            ("PG_HOST=db npm test", vec!["db:5432"]),
            ("BROKERS=a:9092,b:9093 npm test", vec!["a:9092", "b:9093"]),
            ("DSN='root:x@tcp(127.0.0.1:3306)/db' go test", vec!["127.0.0.1:3306"]),
            ("java -Durl=jdbc:postgresql://localhost/x", vec!["localhost:5432"]),
            ("migrate --host localhost --port 5433", vec!["localhost:5433"]),
            ("make test API=localhost:8080", vec!["localhost:8080"]),
            ("wait-for-it localhost:5432 -t 30", vec!["localhost:5432!"]),
            ("npx wait-on tcp:5432 http-get://localhost:3000/x", vec!["localhost:5432!", "localhost:3000!"]),
            ("dockerize -wait tcp://db:5432", vec!["db:5432!"]),
            ("echo URL=http://localhost:80 >> .env", vec!["localhost:80"]),
            ("go test ./... -run 'Test:5'", vec![]),
            ("tag 12:30 a:b c:/x 8080:80", vec![]),
            ("socat TCP-LISTEN:5432,fork TCP:db:5433", vec!["db:5433"]),
        ] {
            assert_eq!(shown(run), wanted, "{run}");
        }
    }

    #[test]
    fn a_container_is_given_what_its_call_says() {
        for (run, wanted) in [
            (
                "docker run --network host -e PGHOST=localhost -e PGPORT=15432 migrate",
                vec!["localhost:15432 on the host's network"],
            ),
            ("export URL=redis://cache; docker run -e URL app", vec!["cache:6379 in a new container"]),
            ("docker run --rm curlimages/curl curl http://web:81", vec!["web:81! in a new container"]),
            ("docker exec pg psql -h localhost", vec!["localhost:5432! in a container"]),
            ("DATABASE_URL=postgres://localhost/x docker run app", vec![]),
        ] {
            assert_eq!(shown(run), wanted, "{run}");
        }
    }
}
