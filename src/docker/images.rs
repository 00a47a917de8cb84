//! Well-known images: what they listen on, which volumes they declare, how to ask whether they are ready.
//!
//! From the images' own Dockerfiles (`EXPOSE`, `VOLUME`, `CMD`) and their projects' documentation. What is
//! not certain is left out: [`Image::volumes`] is `None`, [`Image::ready`] is `None`.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::reference::Reference;
use crate::symbol::Value;
use crate::truth::Truth;

/// What is known of an image.
#[derive(Debug, PartialEq)]
pub struct Image {
    /// Its repositories: official ones by their bare name, others with their namespace.
    pub repositories: &'static [&'static str],
    /// Only with a tag that holds this.
    pub tag: Option<&'static str>,
    /// The ports its default command listens on. The first is the one that a client means where it is told none: a row
    /// of `servers.rs` for the same server has it too, and a test there holds the two together. Of a container on the
    /// host's network it is the port that it takes there.
    pub ports: &'static [u16],
    /// The paths it declares as `VOLUME`, each an anonymous volume unless something is mounted there; `None`
    /// when not certain.
    pub volumes: Option<&'static [&'static str]>,
    /// Whether its default command serves until it is stopped.
    pub server: bool,
    /// A command inside the container that succeeds once it serves.
    pub ready: Option<&'static str>,
}

const fn server(repositories: &'static [&'static str], ports: &'static [u16]) -> Image {
    Image { repositories, tag: None, ports, volumes: None, server: true, ready: None }
}

impl Image {
    const fn volumes(self, volumes: &'static [&'static str]) -> Self {
        Self { volumes: Some(volumes), ..self }
    }

    const fn ready(self, ready: &'static str) -> Self {
        Self { ready: Some(ready), ..self }
    }

    const fn tagged(self, tag: &'static str) -> Self {
        Self { tag: Some(tag), ..self }
    }
}

/// Postgres says ready over its socket while the entry point still sets it up: ask over TCP.
const PG_READY: &str = "pg_isready -h 127.0.0.1";

static IMAGES: &[Image] = &[
    // Databases. From tag 18 on postgres declares the parent folder.
    server(&["postgres"], &[5432]).volumes(&["/var/lib/postgresql"]).ready(PG_READY).tagged("18"),
    server(
        &[
            "postgres",
            "pgvector/pgvector",
            "ankane/pgvector",
            "timescale/timescaledb",
            "postgis/postgis",
            "imresamu/postgis",
        ],
        &[5432],
    )
    .volumes(&["/var/lib/postgresql/data"])
    .ready(PG_READY),
    server(
        &[
            "bitnami/postgresql",
            "bitnamilegacy/postgresql",
            "supabase/postgres",
            "timescale/timescaledb-ha",
            "cimg/postgres",
            "paradedb/paradedb",
            "tensorchord/pgvecto-rs",
            "tensorchord/vchord-postgres",
            "citusdata/citus",
            "mdillon/postgis",
            "kartoza/postgis",
        ],
        &[5432],
    )
    .ready(PG_READY),
    server(&["mysql", "mysql/mysql-server", "percona"], &[3306, 33060])
        .volumes(&["/var/lib/mysql"])
        .ready("mysqladmin ping -h 127.0.0.1"),
    server(&["mariadb"], &[3306]).volumes(&["/var/lib/mysql"]).ready("healthcheck.sh --connect --innodb_initialized"),
    server(
        &["bitnami/mysql", "bitnami/mariadb", "bitnamilegacy/mysql", "bitnamilegacy/mariadb", "cimg/mysql"],
        &[3306],
    ),
    server(&["redis"], &[6379]).volumes(&["/data"]).ready("redis-cli ping"),
    server(&["valkey/valkey"], &[6379]).volumes(&["/data"]).ready("valkey-cli ping"),
    server(
        &["bitnami/redis", "bitnamilegacy/redis", "redis/redis-stack-server", "cimg/redis", "eqalpha/keydb"],
        &[6379],
    )
    .ready("redis-cli ping"),
    server(&["redis/redis-stack"], &[6379, 8001]).ready("redis-cli ping"),
    server(&["dragonflydb/dragonfly"], &[6379]),
    server(&["mongo"], &[27017])
        .volumes(&["/data/db", "/data/configdb"])
        .ready("mongosh --quiet --eval 'db.runCommand({ ping: 1 })'"),
    server(&["bitnami/mongodb", "mongodb/mongodb-community-server", "mongodb/mongodb-atlas-local"], &[27017]),
    server(&["memcached", "bitnami/memcached"], &[11211]),
    server(&["cassandra"], &[9042, 7000, 7199]).volumes(&["/var/lib/cassandra"]).ready("cqlsh -e 'describe cluster'"),
    server(&["scylladb/scylla"], &[9042, 9160, 10000]),
    server(&["clickhouse/clickhouse-server", "clickhouse", "yandex/clickhouse-server"], &[8123, 9000, 9009])
        .volumes(&["/var/lib/clickhouse"])
        .ready("clickhouse-client --query 'SELECT 1'"),
    server(&["influxdb"], &[8086]).volumes(&["/var/lib/influxdb"]).tagged("1."),
    server(&["influxdb"], &[8086]).volumes(&["/var/lib/influxdb2", "/etc/influxdb2"]).ready("influx ping").tagged("2"),
    server(&["influxdb"], &[8086]),
    server(&["couchdb"], &[5984, 4369, 9100])
        .volumes(&["/opt/couchdb/data"])
        .ready("curl -fsS http://127.0.0.1:5984/_up"),
    server(&["neo4j"], &[7474, 7473, 7687]).volumes(&["/data", "/logs"]),
    server(&["arangodb", "arangodb/arangodb"], &[8529]).volumes(&["/var/lib/arangodb3", "/var/lib/arangodb3-apps"]),
    server(&["cockroachdb/cockroach"], &[26257, 8080]).ready("cockroach sql --insecure -e 'select 1'"),
    server(&["mssql/server", "azure-sql-edge"], &[1433]),
    server(&["gvenzl/oracle-xe", "gvenzl/oracle-free"], &[1521]).ready("healthcheck.sh"),
    server(&["database/free", "database/express", "database/enterprise"], &[1521]),
    server(&["amazon/dynamodb-local"], &[8000]),
    server(&["surrealdb/surrealdb"], &[8000]),
    server(&["rethinkdb"], &[28015, 29015, 8080]).volumes(&["/data"]),
    server(&["questdb/questdb"], &[9000, 8812, 9009]),
    server(&["qdrant/qdrant"], &[6333, 6334]),
    server(&["semitechnologies/weaviate", "weaviate/weaviate"], &[8080]),
    server(&["chromadb/chroma"], &[8000]),
    server(&["milvusdb/milvus"], &[19530, 9091]),
    server(&["typesense/typesense"], &[8108]),
    server(&["getmeili/meilisearch"], &[7700]),
    server(&["crate"], &[4200, 4300, 5432]).volumes(&["/data"]),
    server(&["victoriametrics/victoria-metrics"], &[8428]),
    // Queues and streams.
    server(&["rabbitmq"], &[5672, 15672, 4369, 25672])
        .volumes(&["/var/lib/rabbitmq"])
        .ready("rabbitmq-diagnostics -q check_port_connectivity")
        .tagged("management"),
    server(&["rabbitmq"], &[5672, 4369, 25672])
        .volumes(&["/var/lib/rabbitmq"])
        .ready("rabbitmq-diagnostics -q check_port_connectivity"),
    server(&["bitnami/rabbitmq"], &[5672, 15672, 4369, 25672]),
    server(&["nats", "nats-streaming"], &[4222, 8222, 6222]),
    server(&["apache/kafka", "apache/kafka-native"], &[9092]).volumes(&[
        "/etc/kafka/secrets",
        "/mnt/shared/config",
        "/var/lib/kafka/data",
    ]),
    server(&["confluentinc/cp-kafka", "confluentinc/cp-server"], &[9092])
        .volumes(&["/etc/kafka/secrets", "/var/lib/kafka/data"]),
    server(&["bitnami/kafka", "bitnamilegacy/kafka", "wurstmeister/kafka"], &[9092]),
    server(&["redpandadata/redpanda", "vectorized/redpanda"], &[9092, 8081, 8082, 9644]),
    server(&["zookeeper"], &[2181, 2888, 3888, 8080])
        .volumes(&["/data", "/datalog", "/logs"])
        .ready("zkServer.sh status"),
    server(&["confluentinc/cp-zookeeper"], &[2181, 2888, 3888]).volumes(&[
        "/etc/zookeeper/secrets",
        "/var/lib/zookeeper/data",
        "/var/lib/zookeeper/log",
    ]),
    server(&["bitnami/zookeeper", "wurstmeister/zookeeper"], &[2181, 2888, 3888]),
    server(&["confluentinc/cp-schema-registry"], &[8081]),
    server(&["apachepulsar/pulsar"], &[6650, 8080]),
    server(&["eclipse-mosquitto"], &[1883]).volumes(&["/mosquitto/data", "/mosquitto/log"]),
    server(&["emqx", "emqx/emqx"], &[1883, 8083, 8084, 8883, 18083]),
    server(&["temporalio/auto-setup", "temporalio/server"], &[7233]),
    // Search.
    server(&["elasticsearch", "elasticsearch/elasticsearch", "bitnami/elasticsearch"], &[9200, 9300])
        .ready("curl -fsS http://127.0.0.1:9200/_cluster/health"),
    server(&["kibana", "kibana/kibana"], &[5601]),
    server(&["opensearchproject/opensearch"], &[9200, 9300, 9600]),
    server(&["solr"], &[8983]).volumes(&["/var/solr"]),
    // Objects, mail, clouds on this machine.
    server(&["minio/minio"], &[9000, 9001]).ready("mc ready local"),
    server(&["bitnami/minio"], &[9000, 9001]),
    server(&["chrislusf/seaweedfs"], &[9333, 8080, 8888, 8333]),
    server(&["fsouza/fake-gcs-server"], &[4443]),
    server(&["azure-storage/azurite"], &[10000, 10001, 10002]),
    server(&["adobe/s3mock"], &[9090, 9191]),
    server(&["localstack/localstack", "localstack/localstack-pro"], &[4566])
        .volumes(&["/var/lib/localstack"])
        .ready("curl -fsS http://127.0.0.1:4566/_localstack/health"),
    server(&["motoserver/moto"], &[5000]),
    server(&["softwaremill/elasticmq", "softwaremill/elasticmq-native"], &[9324, 9325]),
    server(&["mailhog/mailhog"], &[1025, 8025]),
    server(&["axllent/mailpit"], &[1025, 8025]),
    server(&["sj26/mailcatcher", "schickling/mailcatcher", "dockage/mailcatcher"], &[1025, 1080]),
    server(&["greenmail/standalone"], &[3025, 3110, 3143, 3465, 3993, 3995, 8080]),
    server(&["maildev/maildev"], &[1025, 1080]),
    // Web servers and proxies.
    server(&["nginx", "nginxinc/nginx"], &[80]).volumes(&[]),
    server(&["nginxinc/nginx-unprivileged"], &[8080]).volumes(&[]),
    server(&["httpd"], &[80]).volumes(&[]),
    server(&["caddy"], &[80, 443, 2019]),
    server(&["traefik"], &[80]).volumes(&[]),
    server(&["traefik/whoami", "containous/whoami"], &[80]).volumes(&[]),
    server(&["haproxy"], &[]).volumes(&[]),
    server(&["envoyproxy/envoy"], &[10000]),
    server(&["kong"], &[8000, 8443, 8001, 8444]),
    server(&["kennethreitz/httpbin"], &[80]).volumes(&[]),
    server(&["mccutchen/go-httpbin"], &[8080]).volumes(&[]),
    server(&["wiremock/wiremock"], &[8080]),
    server(&["mockserver/mockserver"], &[1080]),
    server(&["ubuntu/squid"], &[3128]),
    server(&["shopify/toxiproxy"], &[8474]),
    server(&["wordpress"], &[80]).volumes(&["/var/www/html"]),
    server(&["nextcloud"], &[80]).volumes(&["/var/www/html"]),
    server(&["ghost"], &[2368]).volumes(&["/var/lib/ghost/content"]),
    server(&["php"], &[80]).volumes(&[]).tagged("apache"),
    server(&["php"], &[9000]).volumes(&[]).tagged("fpm"),
    server(&["tomcat"], &[8080]).volumes(&[]),
    server(&["jetty"], &[8080]),
    server(&["gotenberg/gotenberg"], &[3000]),
    // Identity, secrets, discovery.
    server(&["keycloak/keycloak", "bitnami/keycloak"], &[8080]),
    server(&["hashicorp/vault", "vault"], &[8200]).volumes(&["/vault/logs", "/vault/file"]).ready("vault status"),
    server(&["openbao/openbao"], &[8200]),
    server(&["hashicorp/consul", "consul"], &[8500, 8600, 8300, 8301, 8302])
        .volumes(&["/consul/data"])
        .ready("consul members"),
    server(&["coreos/etcd", "etcd", "etcd-development/etcd", "bitnami/etcd"], &[2379, 2380])
        .ready("etcdctl endpoint health"),
    server(&["osixia/openldap"], &[389, 636]).volumes(&["/etc/ldap/slapd.d", "/var/lib/ldap"]),
    server(&["bitnami/openldap"], &[1389, 1636]),
    server(&["dexidp/dex"], &[5556]),
    server(&["oryd/hydra"], &[4444, 4445]),
    server(&["navikt/mock-oauth2-server"], &[8080]),
    server(&["authzed/spicedb"], &[50051]),
    server(&["openpolicyagent/opa"], &[8181]),
    // Browsers.
    server(
        &[
            "selenium/standalone-chrome",
            "selenium/standalone-firefox",
            "selenium/standalone-edge",
            "selenium/standalone-chromium",
            "selenium/hub",
        ],
        &[4444, 7900, 5900],
    ),
    server(&["seleniarm/standalone-chromium", "seleniarm/standalone-firefox"], &[4444, 7900, 5900]),
    server(&["browserless/chrome", "browserless/chromium"], &[3000]),
    server(&["chromedp/headless-shell"], &[9222]),
    server(&["zenika/alpine-chrome"], &[]),
    // Forges, registries, builders.
    server(&["registry", "distribution/distribution"], &[5000]).volumes(&["/var/lib/registry"]),
    server(&["gitea/gitea"], &[3000, 22]).volumes(&["/data"]),
    server(&["forgejo/forgejo"], &[3000, 22]),
    server(&["gogs/gogs"], &[3000, 22]).volumes(&["/data"]),
    server(&["jenkins/jenkins"], &[8080, 50000]).volumes(&["/var/jenkins_home"]),
    server(&["sonarqube"], &[9000]),
    server(&["sonatype/nexus3"], &[8081]).volumes(&["/nexus-data"]),
    server(&["verdaccio/verdaccio"], &[4873]),
    server(&["docker"], &[2376, 2375]).volumes(&["/var/lib/docker"]).tagged("dind"),
    server(&["moby/buildkit"], &[]).volumes(&["/var/lib/buildkit"]),
    server(&["rancher/k3s"], &[6443]),
    // Watching.
    server(&["prom/prometheus"], &[9090]).volumes(&["/prometheus"]),
    server(&["prom/pushgateway"], &[9091]),
    server(&["prom/alertmanager"], &[9093]).volumes(&["/alertmanager"]),
    server(&["prom/node-exporter"], &[9100]),
    server(&["grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise"], &[3000]).volumes(&[]),
    server(&["grafana/loki"], &[3100]),
    server(&["grafana/tempo"], &[3200]),
    server(&["grafana/otel-lgtm"], &[3000, 4317, 4318]),
    server(&["jaegertracing/all-in-one"], &[16686, 4317, 4318, 14268, 14250, 9411]),
    server(&["openzipkin/zipkin"], &[9411]),
    server(&["otel/opentelemetry-collector", "otel/opentelemetry-collector-contrib"], &[4317, 4318]),
    server(&["hasura/graphql-engine"], &[8080]),
    server(&["postgrest/postgrest"], &[3000]),
    server(&["dpage/pgadmin4"], &[80, 443]).volumes(&["/var/lib/pgadmin"]),
    server(&["adminer"], &[8080]).volumes(&[]),
    server(&["phpmyadmin", "phpmyadmin/phpmyadmin"], &[80]),
    server(&["edoburu/pgbouncer", "bitnami/pgbouncer"], &[5432]),
    server(&["ollama/ollama"], &[11434]),
    server(&["clamav/clamav"], &[3310, 7357]),
    server(&["linuxserver/openssh-server"], &[2222]),
    server(&["atmoz/sftp"], &[22]),
    // Programs that end: nothing listens unless their arguments say so.
    Image {
        repositories: &[
            "alpine",
            "busybox",
            "ubuntu",
            "debian",
            "fedora",
            "centos",
            "rockylinux",
            "almalinux",
            "archlinux",
            "amazonlinux",
            "hello-world",
            "node",
            "python",
            "golang",
            "rust",
            "ruby",
            "php",
            "composer",
            "openjdk",
            "eclipse-temurin",
            "maven",
            "gradle",
            "gcc",
            "perl",
            "elixir",
            "erlang",
            "haskell",
            "julia",
            "swift",
            "dotnet/sdk",
            "oven/bun",
            "denoland/deno",
            "bash",
            "buildpack-deps",
            "curlimages/curl",
            "alpine/git",
            "bitnami/git",
            "amazon/aws-cli",
            "google/cloud-sdk",
            "hashicorp/terraform",
            "alpine/helm",
            "bitnami/kubectl",
            "alpine/curl",
            "koalaman/shellcheck",
            "hadolint/hadolint",
            "aquasec/trivy",
            "returntocorp/semgrep",
            "semgrep/semgrep",
            "anchore/syft",
            "anchore/grype",
            "rhysd/actionlint",
            "golangci/golangci-lint",
            "zricethezav/gitleaks",
            "trufflesecurity/trufflehog",
            "mikefarah/yq",
            "grafana/k6",
            "locustio/locust",
            "playwright",
            "cypress/included",
            "cypress/base",
            "cypress/browsers",
            "tonistiigi/binfmt",
            "multiarch/qemu-user-static",
            "goreleaser/goreleaser",
            "pandoc/core",
            "docker",
            "rust-musl-cross",
            "messense/rust-musl-cross",
            "sonarsource/sonar-scanner-cli",
            "checkmarx/kics",
            "bridgecrew/checkov",
            "migrate/migrate",
            "flyway/flyway",
            "liquibase/liquibase",
            "minio/mc",
            "openapitools/openapi-generator-cli",
            "redocly/cli",
            "bufbuild/buf",
            "jwilder/dockerize",
            "zaproxy/zaproxy",
        ],
        tag: None,
        ports: &[],
        volumes: None,
        server: false,
        ready: None,
    },
];

/// Tools that are handed the daemon's socket to read images, and make nothing with it.
const READERS: &[&str] = &[
    "aquasec/trivy",
    "aquasecurity/trivy",
    "anchore/syft",
    "anchore/grype",
    "wagoodman/dive",
    "goodwithtech/dockle",
    "docker/scout-cli",
    "docker/docker-bench-security",
];

/// Whether an image is a scanner, which only reads what the daemon has.
pub fn only_reads(image: &Value) -> bool {
    let path = Reference::parse(image).repository;
    let name = path.prefix();
    READERS.iter().any(|reader| name == *reader || name.ends_with(&format!("/{reader}")))
}

/// Images that stand beside others, and are told by the socket what these are: proxies, and what gathers logs and
/// numbers. By the end of their repositories.
const WATCHERS: &[&str] = &[
    "traefik",
    "nginx-proxy",
    "docker-gen",
    "acme-companion",
    "caddy-docker-proxy",
    "docker-socket-proxy",
    "cadvisor",
    "dozzle",
    "promtail",
    "alloy",
    "vector",
    "telegraf",
    "fluent-bit",
    "fluentd",
    "filebeat",
    "metricbeat",
    "datadog/agent",
    "grafana/agent",
    "netdata",
    "glances",
    "autoheal",
];

/// Whether an image only looks at the containers that others make.
pub fn watches(image: &Value) -> bool {
    let path = Reference::parse(image).repository;
    let name = path.prefix();
    WATCHERS.iter().any(|watcher| name == *watcher || name.ends_with(&format!("/{watcher}")))
}

/// The images by the last component of their repositories, those of one name in their order.
static BY_NAME: LazyLock<HashMap<&'static str, Vec<&'static Image>>> = LazyLock::new(|| {
    let mut by_name: HashMap<&str, Vec<&Image>> = HashMap::new();
    for image in IMAGES {
        let names = image.repositories.iter().filter_map(|repository| repository.rsplit('/').next());
        for name in names.collect::<BTreeSet<_>>() {
            by_name.entry(name).or_default().push(image);
        }
    }
    by_name
});

/// What is known of an image, and whether it is certainly that one: a repository of the same name in a
/// stranger's namespace (`team/postgres`) is [`Truth::Unknown`].
pub fn well_known(image: &Value) -> Option<(&'static Image, Truth)> {
    let reference = Reference::parse(image);
    let path = reference.repository.split('/');
    let known: Vec<&str> = {
        let mut known: Vec<&str> = path.iter().rev().map_while(Value::as_literal).collect();
        known.reverse();
        known
    };
    // Mirrors of Docker Hub keep the official images below `library/`.
    let tail = known.iter().rposition(|component| *component == "library").map_or(&known[..], |at| &known[at + 1..]);
    let name = *tail.last()?;
    let whole = tail.join("/");
    let tag = reference.effective_tag();
    let fits = |image: &Image| match (image.tag, &tag) {
        (None, _) => true,
        // A major version stands at a tag's start, a variant anywhere.
        (Some(wanted), Some(tag)) if wanted.starts_with(|c: char| c.is_ascii_digit()) => {
            tag.prefix().starts_with(wanted)
        }
        (Some(wanted), Some(tag)) => {
            let literal = |part: &crate::symbol::Part| matches!(part, crate::symbol::Part::Literal(text) if text.contains(wanted));
            tag.parts().iter().any(literal)
        }
        (Some(_), None) => false,
    };
    let named = |image: &Image, certain: bool| {
        image.repositories.iter().any(|repository| match (certain, repository.contains('/')) {
            (true, true) => {
                whole.strip_suffix(repository).is_some_and(|before| before.is_empty() || before.ends_with('/'))
            }
            (true, false) => whole == *repository,
            (false, _) => name == *repository,
        })
    };
    let called = BY_NAME.get(name)?;
    let find = |certain: bool| called.iter().copied().find(|image| named(image, certain) && fits(image));
    match find(true) {
        Some(image) => Some((image, Truth::Yes)),
        None => find(false).map(|image| (image, Truth::Unknown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn images_are_known_under_any_registry() {
        for (image, port, certain) in [
            ("postgres", Some(5432), Truth::Yes),
            ("docker.io/library/postgres:15-alpine", Some(5432), Truth::Yes),
            ("public.ecr.aws/docker/library/postgres:15", Some(5432), Truth::Yes),
            ("pgvector/pgvector:pg16", Some(5432), Truth::Yes),
            ("mirror.example.org/bitnami/postgresql:15", Some(5432), Truth::Yes),
            ("registry.example.org/redis:7", Some(6379), Truth::Yes),
            ("$MIRROR/redis:7", Some(6379), Truth::Yes),
            ("team/postgres:1", Some(5432), Truth::Unknown),
            ("postgres:$TAG", Some(5432), Truth::Yes),
            ("mcr.microsoft.com/mssql/server:2022-latest", Some(1433), Truth::Yes),
            ("docker.elastic.co/elasticsearch/elasticsearch:8.1.0", Some(9200), Truth::Yes),
            ("docker:24-dind", Some(2376), Truth::Yes),
            ("docker:24-cli", None, Truth::Yes),
            ("node:20", None, Truth::Yes),
        ] {
            let (found, sure) = well_known(&value(image)).expect(image);
            assert_eq!((found.ports.first().copied(), sure), (port, certain), "{image}");
        }
        assert_eq!(well_known(&value("team/app")), None);
        assert_eq!(well_known(&value("$IMAGE")), None);
    }

    #[test]
    fn a_tag_may_change_what_is_declared() {
        let volumes = |image: &str| well_known(&value(image)).and_then(|(image, _)| image.volumes);
        assert_eq!(volumes("postgres:18-alpine"), Some(&["/var/lib/postgresql"][..]));
        assert_eq!(volumes("postgres:16"), Some(&["/var/lib/postgresql/data"][..]));
        assert_eq!(volumes("influxdb:2.7"), Some(&["/var/lib/influxdb2", "/etc/influxdb2"][..]));
    }

    #[test]
    fn no_repository_stands_twice_without_a_tag() {
        let mut seen = std::collections::BTreeSet::new();
        for image in IMAGES.iter().filter(|image| image.tag.is_none()) {
            for repository in image.repositories {
                assert!(seen.insert(repository), "{repository}");
            }
        }
    }
}
