use super::{AnalysisInput, analyse};
use crate::facts::{Datum, Fact, Field};
use crate::follow::Files;
use crate::source::Source;

const PG: (&str, &str) =
    ("compose.yaml", "services:\n  db:\n    image: postgres:16\n    ports: ['${PORT:-5432}:5432']\n");

/// The facts of a job `name` whose steps run these scripts, in a repository with these files.
fn facts(name: &str, scripts: &[&str], files: &[(&str, &str)]) -> Vec<Fact> {
    let mut text = format!("on: push\njobs:\n  {name}:\n    runs-on: x\n    steps:\n");
    for script in scripts {
        let body: String = script.lines().map(|line| format!("          {line}\n")).collect();
        text += &format!("      - run: |\n{body}");
    }
    let source = Source::new(".gitea/workflows/w.yml", text.into_bytes()).expect("UTF-8");
    let tree = crate::yaml::parse(&source).expect("YAML");
    let files = Files::in_memory(files.iter().copied());
    analyse(&AnalysisInput::unconfigured(&files, &[&tree])).facts
}

fn shown(fact: &Fact, name: &str) -> String {
    match fact.fields.get(name) {
        None => "-".to_owned(),
        Some(Field::Unknown(_)) => "?".to_owned(),
        Some(Field::Known(Datum::Text(text))) => text.clone(),
        Some(Field::Known(Datum::List(list))) => format!("[{}]", list.join(",")),
        Some(Field::Known(Datum::Bool(truth))) => truth.to_string(),
        Some(Field::Known(Datum::Number(number))) => number.to_string(),
    }
}

/// A line for each fact of a kind.
fn table(facts: &[Fact], kind: &str, fields: &[&str]) -> String {
    let of_kind = facts.iter().filter(|fact| fact.kind.name == kind);
    let line = |fact: &Fact| fields.iter().map(|name| shown(fact, name)).collect::<Vec<_>>().join(" ");
    of_kind.map(line).collect::<Vec<_>>().join("; ")
}

/// What the services take from the host, and whether that is a deploy's.
fn claims(name: &str, scripts: &[&str], files: &[(&str, &str)]) -> String {
    table(&facts(name, scripts, files), "compose-claim", &["service", "what", "host-part", "unique-in", "deploy"])
}

#[test]
fn ports_that_are_fixed() {
    let up = "docker compose up -d";
    let fixed = "db port fixed - false";
    for (scripts, expected) in [
        (&[up][..], fixed),
        (&["PORT=7000 docker compose up -d"], fixed),
        (&["PORT=$RANDOM docker compose up -d"], "db port random - false"),
        (&["PORT=$(pick) docker compose up -d"], "db port ? ? false"),
        (&["echo PORT=0 >> .env", up], "db port random - false"),
        (&["cat > .env <<'EOF'\nPORT=7000\nA=b\nEOF", up], fixed),
        (&["cat > .env <<EOF\nPORT=0\nEOF", up], "db port random - false"),
        (&["cp .env.example .env", up], "db port random - false"),
        (&["cp .env.example .env", "sed -i 's/^KEY=.*/KEY=1/' .env", up], "db port random - false"),
        (&["cp .env.example .env", "sed -i 's/^PORT=.*/PORT=7000/' .env", up], fixed),
        (&["cp .env.example .env", "sed -i \"s/^PORT=.*/PORT=$(pick)/\" .env", up], "db port ? ? false"),
        (&["cp .env.example .env", "sed -i '$a PORT=1' .env", up], "db port random - false"),
        (&["echo '${{ secrets.ENV }}' > .env", up], "db port ? ? false"),
        (&["echo PORT=0 > other.env", "docker compose --env-file other.env up -d"], "db port random - false"),
        (&["cd sub\nPORT=1 docker compose up -d"], fixed),
        (&["docker compose up -d", up], fixed),
        (&["docker compose down", "docker compose ps"], ""),
        (&["docker compose build"], ""),
        (&["docker compose run --rm db true"], ""),
        (&["ssh host docker compose up -d"], ""),
    ] {
        assert_eq!(claims("test", scripts, &[PG, (".env.example", "PORT=0\n")]), expected, "{scripts:?}");
    }
    for (port, expected) in [
        ("'${PORT}:80'", "?"),
        ("'80'", "random"),
        ("80", "random"),
        ("'0:80'", "random"),
        ("'127.0.0.1::80'", "random"),
        ("'127.0.0.1:8080:80/tcp'", "fixed"),
        ("'8000-8010:80'", "range"),
        ("{target: 80, published: 8080}", "fixed"),
        ("{target: 80}", "random"),
        ("'${A:-8080:80}'", "fixed"),
    ] {
        let file = format!("services:\n  db:\n    ports: [{port}]\n");
        let facts = facts("test", &[up], &[("compose.yaml", &file)]);
        assert_eq!(table(&facts, "compose-claim", &["host-part"]), expected, "{port}");
    }
}

#[test]
fn names_and_the_host_network() {
    let file = "services:\n  a: {image: nginx, container_name: a}\n  b: {image: 'redis:7', network_mode: host, ports: ['1:1']}\n  c: {image: mine, network_mode: host}\n  d: {container_name: 'd-${RUN}'}\n";
    assert_eq!(
        claims("test", &["RUN=${{ github.run_id }} docker compose up -d"], &[("compose.yml", file)]),
        "a container-name - [] false; b host-network - - false; c host-network - - false; d container-name - [run] false"
    );
}

#[test]
fn only_what_is_started_counts() {
    let file = "services:\n  app: {image: a, depends_on: [db], ports: ['1:1']}\n  db: {image: b, ports: ['2:2']}\n  extra: {image: c, profiles: [extra], ports: ['3:3']}\n";
    for (script, expected) in [
        ("docker compose up -d", "app db"),
        ("docker compose up -d db", "db"),
        ("docker compose up -d app", "app db"),
        ("docker compose up -d --no-deps app", "app"),
        ("docker compose run --rm app", "db"),
        ("docker compose run --rm --service-ports app", "app db"),
        ("docker compose --profile extra up -d", "app db extra"),
        ("export COMPOSE_PROFILES=extra\ndocker compose up -d", "app db extra"),
        ("docker compose up -d extra", "extra"),
        ("docker compose up -d --scale app=0", "db"),
    ] {
        let facts = facts("test", &[script], &[("docker-compose.yml", file)]);
        let shown = table(&facts, "compose-claim", &["service"]).replace(';', "");
        assert_eq!(shown, expected, "{script}");
    }
    let facts = facts("test", &["docker compose up -d $WHICH"], &[("docker-compose.yml", file)]);
    let mut sure = facts.iter().filter(|fact| fact.kind.name == "compose-claim").map(|fact| fact.confidence);
    assert!(sure.all(|confidence| confidence == crate::facts::Confidence::Low));
}

#[test]
fn an_edited_file_says_nothing() {
    for edit in [
        "sed -i s/5432/0/ compose.yaml",
        "yq -i 'del(.services.db.ports)' compose.yaml",
        "yq e '.x = 1' x.yml > compose.yaml",
        "cat > compose.override.yaml <<EOF\nservices: {}\nEOF",
        "cp ci/compose.yaml .",
        "curl -fsSLo compose.yaml https://x",
    ] {
        assert_eq!(claims("test", &[edit, "docker compose up -d"], &[PG]), "", "{edit}");
    }
    assert_eq!(
        claims("test", &["sed s/a/b/ compose.yaml", "cat compose.yaml", "docker compose up -d"], &[PG]),
        "db port fixed - false"
    );
}

#[test]
fn deploys() {
    let file = "services:\n  web:\n    image: nginx\n    restart: unless-stopped\n    ports: ['80:80']\n    volumes:\n      - /srv/x:/x\n      - data:/d\n      - ../conf:/c\n      - ./html:/h\n";
    let files = [("stack/compose.yaml", file)];
    let up = "cd stack\ndocker compose up -d";
    let down = "docker compose -f stack/compose.yaml down";
    for (name, scripts, deploy) in [
        ("deploy", &[up][..], true),
        ("deploy", &[down, up], true),
        ("main", &[up], true),
        ("main", &[up, "go test ./..."], false),
        ("deploy", &[up, down], false),
        ("test", &["go test ./...", up, down], false),
    ] {
        let facts = facts(name, scripts, &files);
        assert_eq!(table(&facts, "compose-claim", &["deploy"]), deploy.to_string(), "{name} {scripts:?}");
        let mounts = table(&facts, "mount", &["service", "source", "in-checkout", "outlives"]);
        assert_eq!(mounts, format!("web ../conf true {deploy}"), "{name} {scripts:?}");
    }
}

#[test]
fn what_belongs_to_a_deploy_stays_with_it() {
    let file =
        "services:\n  web: {image: 'shop:1', restart: always, networks: [edge]}\nnetworks: {edge: {external: true}}\n";
    let web = ("web.yaml", "services:\n  jobs: {image: 'shop:1', restart: unless-stopped}\n");
    let including = ("compose.yaml", &*format!("include: [web.yaml]\n{file}"));
    let up = "docker compose up -d";
    for (name, scripts, wanted) in [
        ("main", &[up][..], "project true"),
        ("main", &["docker compose down || true\ndocker compose pull\ndocker compose up -d"], "project true"),
        ("main", &[up, "docker compose down"], "project false"),
        ("main", &[up, "docker compose down", up], "project true"),
        ("main", &["docker compose run --rm web migrate", up], "project true"),
        ("main", &["docker compose run --rm web migrate"], "project false"),
        ("deploy", &["docker compose run --rm web migrate"], "project true"),
        ("main", &["docker compose -p x run --rm web migrate", up], "project true; project true"),
        ("main", &["docker network create edge", up], "network true; project true"),
        ("main", &["docker network create other", up], "network false; project true"),
        (
            "main",
            &["docker volume create d", "docker run -d --restart always -v d:/d x"],
            "volume true; container true",
        ),
        ("main", &["if make check; then docker compose down; fi", up], "project true"),
        ("main", &[&*format!("{up}\ncurl -f x || {{ docker compose down; exit 1; }}")], "project true"),
        ("main", &[&*format!("trap 'docker compose down' ERR\n{up}")], "project true"),
        ("main", &[&*format!("trap 'docker compose down' EXIT\n{up}")], "project false"),
        (
            "main",
            &[
                "if [ $A = b ]; then docker compose -p b up -d; docker compose -p g down; else docker compose -p g up -d; docker compose -p b down; fi",
            ],
            "project true; project true",
        ),
    ] {
        let facts = facts(name, scripts, &[including, web]);
        assert_eq!(table(&facts, "resource", &["kind", "deploy"]), wanted, "{name} {scripts:?}");
    }
    let built = facts("main", &["docker build -t shop:1 .", up], &[including, web]);
    assert_eq!(table(&built, "name-claim", &["kind", "deploy"]), "project true; image-tag true");
}

#[test]
fn names_of_projects() {
    let named = ("named.yml", "name: shop\nservices: {a: {image: x}}\n");
    let files = [PG, ("sub/my.app/compose.yml", PG.1), named];
    for (script, name, unique) in [
        ("docker compose up -d", "named after the repository", "[]"),
        ("cd sub/my.app && docker compose up -d", "myapp", "[]"),
        ("docker compose -f named.yml up -d", "shop", "[]"),
        ("docker compose -p x up -d", "x", "[]"),
        ("echo COMPOSE_PROJECT_NAME=y > .env\ndocker compose up -d", "y", "[]"),
        ("docker compose -p x-${{ github.run_id }} up -d", "x-${{ github.run_id }}", "[run]"),
        ("docker compose -f gone.yml up -d", "named after the directory of gone.yml", "?"),
        ("echo 'services: {}' > sub/x.yml\ncd sub\ndocker compose -f x.yml up -d", "sub", "[]"),
        ("cat > sub/compose.yml <<E\nname: mine\nE\ndocker compose -f sub/compose.yml up -d", "mine", "[]"),
        ("echo \"$ALL\" > sub/x.yml\ndocker compose -f sub/x.yml up -d", "named after the directory of sub/x.yml", "?"),
        (
            "echo 'name: ${P}' > sub/x.yml\ndocker compose -f sub/x.yml up -d",
            "named after the directory of sub/x.yml",
            "?",
        ),
    ] {
        let facts = facts("test", &[script], &files);
        assert_eq!(table(&facts, "name-claim", &["name", "unique-in"]), format!("{name} {unique}"), "{script}");
    }
}
