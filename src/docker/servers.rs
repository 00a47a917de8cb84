//! Servers that have clients, variables and schemes of their own: the port they listen on, the words that mean them,
//! and how their clients are told where they are. All that is known of a kind of server stands in its row here.

/// A kind of server.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name, which is the one of its official image.
    pub name: &'static str,
    /// The port that is meant where none is named; the first of its image in `images.rs`.
    pub port: u16,
    /// Words that mean it, in names of images, variables and commands: `PG_HOST` speaks of postgres, and so a port in
    /// `PG_PORT` is its. Who asks: [`spoken_of`], [`is_meant`].
    words: &'static [&'static str],
    /// What variables and services call it by its part in an application: `DB_HOST`, `CACHE_URL`. Servers may share
    /// one; it counts where no name says more. Who asks: [`is_meant`], [`Server::may_run_as`].
    roles: &'static [&'static str],
    /// Parts of the names of its images, and of services that run it. Who asks: [`is_meant`], [`Server::may_run_as`].
    in_names: &'static [&'static str],
    /// What stands before `://`, and the port that is meant there. A scheme stands in one row: a server that speaks
    /// another's protocol (`postgresql://` to cockroach) has none. Who asks: [`default_port`].
    schemes: &'static [(&'static str, u16)],
    /// The programs that ask it. A subcommand is not told apart: a program that is both client and server
    /// (`cockroach sql`, `cockroach start`) has no [`ClientOptions::default_host`].
    clients: &'static [Client],
    /// How those are told where it is.
    pub client_options: ClientOptions,
    /// The programs that are it, and nothing else.
    daemons: &'static [&'static str],
}

/// A program that asks a server.
#[derive(Debug, PartialEq, Eq)]
struct Client {
    name: &'static str,
    /// Run again and again, it waits for the server.
    waits: bool,
}

/// How a client is told its host and port.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Options whose value is the host.
    pub host: &'static [&'static str],
    /// Options whose value is the port.
    pub port: &'static [&'static str],
    /// Options whose value is a URL or a `host=… port=…`.
    pub address: &'static [&'static str],
    /// Variables that hold the host.
    pub host_variables: &'static [&'static str],
    /// The variable that holds the port; empty where there is none.
    pub port_variable: &'static str,
    /// The host it takes by itself; none where it takes a socket of the machine.
    pub default_host: Option<&'static str>,
}

const fn client(name: &'static str) -> Client {
    Client { name, waits: true }
}

/// A client that has work to do: nobody waits with it.
const fn tool(name: &'static str) -> Client {
    Client { waits: false, ..client(name) }
}

/// Of a server whose clients are not read.
const NO_CLIENTS: ClientOptions =
    ClientOptions { host: &[], port: &[], address: &[], host_variables: &[], port_variable: "", default_host: None };

/// What databases are called by their part.
const DATABASE: &[&str] = &["db", "database", "sql"];

const SERVERS: &[Server] = &[
    Server {
        name: "postgres",
        port: 5432,
        words: &["postgres", "postgresql", "postgis", "pg", "pgvector", "timescaledb", "psql", "pg_ctl"],
        roles: DATABASE,
        in_names: &["postgres", "postgis", "pg", "timescale"],
        schemes: &[("postgres", 5432), ("postgresql", 5432)],
        clients: &[client("psql"), client("pg_isready"), tool("pg_dump"), tool("pg_restore"), tool("createdb")],
        client_options: ClientOptions {
            host: &["-h", "--host"],
            port: &["-p", "--port"],
            address: &["-d", "--dbname"],
            host_variables: &["PGHOST", "PGHOSTADDR"],
            port_variable: "PGPORT",
            default_host: None,
        },
        daemons: &[],
    },
    Server {
        name: "mysql",
        port: 3306,
        words: &["mysql", "mariadb", "maria", "mysqld", "mariadbd", "percona"],
        roles: DATABASE,
        in_names: &["mysql", "mariadb", "percona"],
        schemes: &[("mysql", 3306), ("mariadb", 3306)],
        clients: &[
            client("mysql"),
            client("mysqladmin"),
            tool("mysqldump"),
            client("mariadb"),
            client("mariadb-admin"),
        ],
        client_options: ClientOptions {
            host: &["-h", "--host"],
            // Its `-p` is a password.
            port: &["-P", "--port"],
            host_variables: &["MYSQL_HOST"],
            port_variable: "MYSQL_TCP_PORT",
            ..NO_CLIENTS
        },
        daemons: &["mysqld", "mysqld_safe", "mariadbd"],
    },
    Server {
        name: "redis",
        port: 6379,
        words: &["redis", "valkey", "redis-server"],
        roles: &["cache"],
        in_names: &["redis", "valkey", "keydb", "dragonfly"],
        schemes: &[("redis", 6379), ("rediss", 6379)],
        clients: &[client("redis-cli"), client("valkey-cli")],
        client_options: ClientOptions {
            host: &["-h", "--host"],
            port: &["-p", "--port"],
            address: &["-u"],
            default_host: Some("127.0.0.1"),
            ..NO_CLIENTS
        },
        daemons: &["redis-server"],
    },
    Server {
        name: "mongo",
        port: 27017,
        words: &["mongo", "mongodb", "mongod"],
        roles: DATABASE,
        in_names: &["mongo"],
        schemes: &[("mongodb", 27017)],
        clients: &[client("mongosh"), client("mongo")],
        client_options: ClientOptions {
            host: &["--host"],
            port: &["--port"],
            default_host: Some("127.0.0.1"),
            ..NO_CLIENTS
        },
        daemons: &["mongod"],
    },
    Server {
        name: "mssql/server",
        port: 1433,
        words: &["mssql"],
        roles: DATABASE,
        in_names: &["mssql", "azure-sql"],
        schemes: &[("mssql", 1433), ("sqlserver", 1433)],
        clients: &[],
        client_options: NO_CLIENTS,
        daemons: &[],
    },
    Server {
        name: "rabbitmq",
        port: 5672,
        words: &["rabbitmq", "rabbit", "amqp"],
        roles: &[],
        in_names: &["rabbitmq"],
        schemes: &[("amqp", 5672), ("amqps", 5671)],
        clients: &[],
        client_options: NO_CLIENTS,
        daemons: &[],
    },
];

impl Server {
    /// Whether the name of an image or a service has the server's own in it.
    fn is_named_in(&self, name: &str) -> bool {
        self.in_names.iter().any(|part| name.contains(part))
    }

    /// Whether a service called `db` may be this one.
    fn has_role_in(&self, name: &str) -> bool {
        name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| self.roles.contains(&part))
    }

    /// Whether it may be what runs under these names, of an image and its service: one has its name, or its role where
    /// none has the name of another server.
    pub fn may_run_as(&self, names: &[&str]) -> bool {
        let is_named = |server: &Self| names.iter().any(|name| server.is_named_in(name));
        is_named(self) || !SERVERS.iter().any(is_named) && names.iter().any(|name| self.has_role_in(name))
    }
}

/// Whether a word (`pg`, `mysql`, `db`) means a server that runs under these names, of an image and its service;
/// nothing when the word means no server.
pub fn is_meant(word: &str, names: &[&str]) -> Option<bool> {
    let by_role = |server: &Server| server.roles.contains(&word);
    let by_word = |server: &Server| server.words.contains(&word);
    let mut meant = SERVERS.iter().filter(|server| by_word(server) || by_role(server)).peekable();
    meant.peek()?;
    Some(meant.any(|server| match by_role(server) {
        true => server.may_run_as(names),
        false => names.iter().any(|name| server.is_named_in(name)),
    }))
}

/// The servers of which a text speaks, by their names.
pub fn spoken_of(text: &str) -> Vec<&'static str> {
    let text = text.to_ascii_lowercase();
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let named = |words: &[&str]| words.iter().any(|word| parts.iter().any(|part| part == word));
    SERVERS.iter().filter(|server| named(server.words)).map(|server| server.name).collect()
}

/// Whether a program is such a server.
pub fn is_server(program: &str) -> bool {
    SERVERS.iter().any(|server| server.daemons.contains(&program))
}

/// The server that a program waits for when it is run again and again.
pub fn waited_for_by(program: &str) -> Option<&'static Server> {
    by_client(|client| client.name == program && client.waits)
}

/// Schemes that no server above has to itself.
const SCHEMES: &[(&str, u16)] = &[
    ("http", 80),
    ("https", 443),
    ("ws", 80),
    ("wss", 443),
    ("nats", 4222),
    ("ldap", 389),
    ("ldaps", 636),
    ("smtp", 25),
    ("ftp", 21),
    ("ssh", 22),
];

/// The port that a scheme or a client means when it is given none.
pub fn default_port(word: &str) -> Option<u16> {
    let mut schemes = SERVERS.iter().flat_map(|server| server.schemes).chain(SCHEMES);
    let port = schemes.find(|(scheme, _)| *scheme == word).map(|(_, port)| *port);
    port.or_else(|| of_client(word).map(|server| server.port))
}

/// The port of the server of that name.
pub fn port_of(name: &str) -> Option<u16> {
    SERVERS.iter().find(|server| server.name == name).map(|server| server.port)
}

/// The server whose client a program is.
pub fn of_client(program: &str) -> Option<&'static Server> {
    by_client(|client| client.name == program)
}

fn by_client(is_it: impl Fn(&Client) -> bool) -> Option<&'static Server> {
    SERVERS.iter().find(|server| server.clients.iter().any(&is_it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;
    use crate::docker::images::well_known;

    #[test]
    fn an_image_listens_where_its_clients_ask() {
        for server in SERVERS {
            let (image, _) = well_known(&value(server.name)).expect(server.name);
            assert_eq!(image.ports.first(), Some(&server.port), "{}", server.name);
        }
    }

    #[test]
    fn a_word_means_one_server() {
        assert_eq!((default_port("postgresql"), default_port("mysqldump")), (Some(5432), Some(3306)));
        assert_eq!((of_client("mongos"), waited_for_by("pg_dump")), (None, None));
        assert_eq!(waited_for_by("mongosh").map(|server| server.name), Some("mongo"));
        assert_eq!(spoken_of("bitnami/postgresql and redis:7"), ["postgres", "redis"]);
    }

    #[test]
    fn a_word_or_a_part_means_what_runs_under_a_name() {
        assert_eq!(is_meant("pg", &["db", "timescale/timescaledb"]), Some(true));
        assert_eq!(is_meant("pg", &["db", "acme/data"]), Some(false));
        assert_eq!(is_meant("database", &["db", "acme/data"]), Some(true));
        assert_eq!(is_meant("cache", &["store", "valkey/valkey"]), Some(true));
        assert_eq!(is_meant("app", &["app", "acme/app"]), None);
        assert_eq!(is_meant("rabbit", &["broker", "rabbitmq:3"]), Some(true));
    }

    #[test]
    fn a_role_is_no_part_of_another_servers_name() {
        let postgres = of_client("psql").expect("a client");
        assert!(postgres.may_run_as(&["acme/data", "db"]));
        assert!(!postgres.may_run_as(&["mysql:8", "db"]));
        assert!(!postgres.may_run_as(&["acme/data", "dbt"]));
    }
}
