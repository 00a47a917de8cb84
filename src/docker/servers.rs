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
    /// `-h` is the host, `-p` or `-P` the port.
    by_letters: bool,
    /// Run again and again, it waits for the server.
    waits: bool,
}

const fn client(name: &'static str) -> Client {
    Client { name, by_letters: true, waits: true }
}

/// A client that has work to do: nobody waits with it.
const fn tool(name: &'static str) -> Client {
    Client { waits: false, ..client(name) }
}

/// A client that is told its host by an address, or by a long option.
const fn by_address(name: &'static str) -> Client {
    Client { by_letters: false, ..client(name) }
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
        clients: &[by_address("mongosh"), by_address("mongo")],
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

/// The server whose client a program is, when the client is told host and port by `-h` and `-p`.
pub fn of_client(program: &str) -> Option<&'static Server> {
    by_client(|client| client.name == program && client.by_letters)
}

/// The server that a program waits for when it is run again and again.
pub fn waited_for_by(program: &str) -> Option<&'static Server> {
    by_client(|client| client.name == program && client.waits)
}

/// The port that a scheme or a client means when it is given none.
pub fn default_port(word: &str) -> Option<u16> {
    let scheme = SERVERS.iter().find(|server| server.schemes.contains(&word));
    scheme.or_else(|| by_client(|client| client.name == word)).map(|server| server.port)
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
        assert_eq!((of_client("mongosh"), waited_for_by("pg_dump")), (None, None));
        assert_eq!(waited_for_by("mongosh").map(|server| server.name), Some("mongo"));
        assert_eq!(spoken_of("bitnami/postgresql and redis:7"), ["postgres", "redis"]);
    }
}
