//! Servers that have clients, variables and schemes of their own: the port they listen on, and the words that mean them.

/// A kind of server.
#[derive(Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name, which is the one of its official image where it has one.
    pub name: &'static str,
    /// The port that is meant where none is named.
    pub port: u16,
    /// Words that mean it, in names of images, variables and commands.
    words: &'static [&'static str],
    /// Parts of the names of images and services that its clients wait for.
    pub awaited_as: &'static [&'static str],
    /// What stands before `://`.
    schemes: &'static [&'static str],
    /// The programs that ask it.
    clients: &'static [Client],
    /// The programs that are it.
    daemons: &'static [&'static str],
}

/// A program that asks a server.
#[derive(Debug, PartialEq, Eq)]
struct Client {
    name: &'static str,
    /// Run again and again, it waits for the server.
    waits: bool,
}

const fn client(name: &'static str) -> Client {
    Client { name, waits: true }
}

/// A client that has work to do: nobody waits with it.
const fn tool(name: &'static str) -> Client {
    Client { waits: false, ..client(name) }
}

const SERVERS: &[Server] = &[
    Server {
        name: "postgres",
        port: 5432,
        words: &["postgres", "postgresql", "postgis", "pg", "pgvector", "timescaledb", "psql", "pg_ctl"],
        awaited_as: &["postgres", "postgis", "pg", "timescale", "db"],
        schemes: &["postgres", "postgresql"],
        clients: &[client("psql"), client("pg_isready"), tool("pg_dump"), tool("pg_restore"), tool("createdb")],
        daemons: &[],
    },
    Server {
        name: "mysql",
        port: 3306,
        words: &["mysql", "mariadb", "mysqld", "mariadbd", "percona"],
        awaited_as: &["mysql", "mariadb", "db"],
        schemes: &["mysql", "mariadb"],
        clients: &[
            client("mysql"),
            client("mysqladmin"),
            tool("mysqldump"),
            client("mariadb"),
            client("mariadb-admin"),
        ],
        daemons: &["mysqld", "mysqld_safe", "mariadbd"],
    },
    Server {
        name: "redis",
        port: 6379,
        words: &["redis", "valkey", "redis-server"],
        awaited_as: &["redis", "valkey"],
        schemes: &["redis"],
        clients: &[client("redis-cli"), client("valkey-cli")],
        daemons: &["redis-server"],
    },
    Server {
        name: "mongo",
        port: 27017,
        words: &["mongo", "mongodb", "mongod"],
        awaited_as: &["mongo"],
        schemes: &["mongodb"],
        clients: &[client("mongosh"), client("mongo")],
        daemons: &["mongod"],
    },
    Server {
        name: "rabbitmq",
        port: 5672,
        words: &[],
        awaited_as: &[],
        schemes: &["amqp"],
        clients: &[],
        daemons: &[],
    },
    Server { name: "http", port: 80, words: &[], awaited_as: &[], schemes: &["http"], clients: &[], daemons: &[] },
];

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

/// Schemes of what has no clients of its own here.
const SCHEMES: &[(&str, u16)] = &[
    ("https", 443),
    ("ws", 80),
    ("wss", 443),
    ("rediss", 6379),
    ("amqps", 5671),
    ("nats", 4222),
    ("ldap", 389),
    ("ldaps", 636),
    ("smtp", 25),
    ("ftp", 21),
    ("ssh", 22),
];

/// The port that a scheme or a client means when it is given none.
pub fn default_port(word: &str) -> Option<u16> {
    let scheme = SERVERS.iter().find(|server| server.schemes.contains(&word));
    let known = scheme.or_else(|| by_client(|client| client.name == word)).map(|server| server.port);
    known.or_else(|| SCHEMES.iter().find(|(scheme, _)| *scheme == word).map(|(_, port)| *port))
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
        for server in SERVERS.iter().filter(|server| server.name != "http") {
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
}
