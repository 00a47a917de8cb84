//! Small repositories with something to mend in each, and inputs that may be hostile wherever a stranger can write one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::machine::Contexts;
use crate::slots::{Given, Piece, Quote, Slots, quoted};

/// A repository, and what only the runner knows when it runs.
pub struct Repository {
    pub files: BTreeMap<String, String>,
    pub known: Contexts,
}

/// Where a workflow's jobs run.
#[derive(Clone, Copy)]
enum Place {
    /// gitea-runner on the host's network: services become siblings.
    Siblings,
    /// gitea-runner with a network for each job.
    Own,
    /// GitHub, self-hosted.
    Github,
}

/// One kind of repository.
type Make = fn(&mut Slots) -> Repository;

/// The kinds, by what is to mend in them.
pub const KINDS: [(&str, Make); 17] = [
    ("names", names),
    ("names in a script", names_in_a_script),
    ("an image", image),
    ("nothing is removed", teardown),
    ("removed at the end of a script", tail),
    ("compose", compose),
    ("siblings", siblings),
    ("services with a network", unpublished),
    ("services of GitHub", random_service_port),
    ("a published port", published_port),
    ("removal by label", scope),
    ("removal by a list", lists),
    ("filters", filters),
    ("filters that may be empty", empty_filters),
    ("conditions", conditions),
    ("a network that is left", network),
    ("shells in shells", nested),
];

/// A workflow of one job, in its folder, with the configuration of its runner.
fn repository(place: Place, given: Given, mut job: Map<String, Value>, extra: &[(&str, String)]) -> Repository {
    let (folder, label, config) = match place {
        Place::Siblings => (
            ".gitea",
            "metal",
            "{ labels: [metal], runner: gitea-runner 2.1.0, network: host, mode: container, docker: true, daemon: shared }",
        ),
        Place::Own => (
            ".gitea",
            "metal",
            "{ labels: [metal], runner: gitea-runner 2.1.0, network: auto, mode: container, docker: true, daemon: shared }",
        ),
        Place::Github => (".github", "self-hosted", "{ labels: [elsewhere], daemon: shared }"),
    };
    job.entry("runs-on").or_insert(json!(label));
    if !given.env.is_empty() {
        job.insert("env".to_owned(), Value::Object(given.env));
    }
    if !given.matrix.is_empty() {
        job.insert("strategy".to_owned(), json!({ "matrix": given.matrix }));
    }
    let id = job.remove("id").map_or("test".to_owned(), |id| id.as_str().unwrap().to_owned());
    let workflow = json!({ "name": "ci", "on": "push", "jobs": { id: job } });
    let mut files = BTreeMap::from([
        (format!("{folder}/workflows/ci.yml"), serde_yaml::to_string(&workflow).unwrap()),
        (".berthlint.yaml".to_owned(), format!("runners:\n  - {config}\n")),
    ]);
    for (path, text) in extra {
        files.entry((*path).to_owned()).or_default().push_str(text);
    }
    let run = [("run_id", "41"), ("run_attempt", "1"), ("run_number", "7"), ("sha", "c0ffee"), ("repository", "a/b")];
    let mut known: Contexts = run.iter().map(|(name, value)| (format!("github.{name}"), (*value).to_owned())).collect();
    known.extend(given.known.into_iter().map(|(path, value)| (path.to_lowercase(), value)));
    Repository { files, known }
}

fn job(steps: Vec<Value>) -> Map<String, Value> {
    Map::from_iter([("steps".to_owned(), Value::Array(steps))])
}

fn run(script: impl Into<String>) -> Value {
    json!({ "run": script.into() })
}

fn always(script: impl Into<String>) -> Value {
    json!({ "if": "always()", "run": script.into() })
}

/// The branch that a pull request comes from.
fn head(slots: &mut Slots, given: &mut Given) {
    let branch = slots.text("branch", "feature");
    given.known.push(("github.head_ref".to_owned(), branch));
}

fn id(slots: &mut Slots, job: &mut Map<String, Value>) {
    job.insert("id".to_owned(), json!(slots.name("job's id", "test")));
}

/// A container, a network and a volume, made, used and removed by fixed names.
fn names(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let pg = given.word(slots, "container", "pg");
    let net = given.word(slots, "network", "net");
    let label = given.word(slots, "label", "app=1");
    let image = given.word(slots, "image", "postgres:16");
    let link =
        if slots.random.once_in(3) { format!("docker run --rm --link {pg} alpine true\n") } else { String::new() };
    let start = format!(
        "docker network create {net}\ndocker run -d --name {pg} --network {net} --label {label} {image}\n\
         docker exec {pg} psql -h localhost\n{link}"
    );
    let mut steps = vec![run(start), run("go test ./...")];
    if slots.random.once_in(2) {
        let heredoc = if slots.random.once_in(2) { " <<'EOF'\n$(mark63)\nEOF\n" } else { "\n" };
        steps.insert(0, run(format!("docker rm -f {pg} || true{heredoc}echo go")));
    }
    if !slots.random.once_in(3) {
        steps.push(always(format!("docker rm -fv {pg} || true\ndocker network rm {net}")));
    }
    let mut job = job(steps);
    id(slots, &mut job);
    repository(if slots.random.once_in(2) { Place::Own } else { Place::Github }, given, job, &[])
}

fn names_in_a_script(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let text = slots.text("container", "pg");
    let quote = slots.random.pick(&[Quote::Bare, Quote::Single, Quote::Double]);
    let pg = quoted(&[Piece::Text(text)], quote);
    let variable = given.variable(slots, "net");
    let script = format!(
        "#!/bin/sh\nset -e\nNAME={pg}\ndocker rm -f {pg} || true\ndocker run -d --name {pg} -e A=\"${variable}\" postgres:16\n\
         docker exec {pg} true\ndocker run -d --name \"$NAME-2\" redis:7\ndocker rm -f \"$NAME-2\"\n"
    );
    let steps = vec![run("sh ci/start.sh"), run("go test ./..."), always(format!("docker rm -fv {pg}"))];
    repository(Place::Own, given, job(steps), &[("ci/start.sh", script)])
}

fn image(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let name = slots.random.pick(&["app:test", "app"]);
    let tag = given.word(slots, "tag", name);
    let argument = given.word(slots, "build argument", "A=1");
    let steps = vec![
        run(format!("docker build -t {tag} --build-arg {argument} .\ndocker run --rm {tag} true")),
        run(format!("docker run --rm {tag} go test ./...")),
    ];
    repository(Place::Own, given, job(steps), &[])
}

/// Names are unique, and what they name is not removed.
fn teardown(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let pg = given.unique_word(slots, "container", "pg");
    let net = given.unique_word(slots, "network", "net");
    let volume = given.unique_word(slots, "volume", "data");
    let image = given.word(slots, "image", "redis:7");
    let start = format!(
        "docker network create {net}\ndocker volume create {volume}\ndocker run -d --name {pg} --network {net} postgres:16"
    );
    let mut steps = vec![run(start)];
    match slots.random.below(4) {
        0 => steps.push(run(format!("docker run -d {image}"))),
        1 => steps.push(run(format!("kind create cluster --name {pg}"))),
        2 => steps[0]["shell"] = json!("bash"),
        _ => {}
    }
    if slots.random.once_in(2) {
        let name = slots.name("key of an env", "MODE");
        steps[0]["env"] = json!({ name: slots.text("value of an env", "ci") });
    }
    steps.push(run("go test ./..."));
    if slots.random.once_in(2) {
        steps.push(run(format!("docker rm -f {pg}")));
    }
    let mut job = job(steps);
    id(slots, &mut job);
    repository(if slots.random.once_in(2) { Place::Own } else { Place::Github }, given, job, &[])
}

fn tail(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let pg = given.unique_word(slots, "container", "pg");
    let name = slots.name("key of an env", "MODE");
    let value = slots.text("value of an env", "ci");
    let heredoc = if slots.random.once_in(3) { " <<'EOF'\n$(mark63)\nEOF" } else { "" };
    let step = json!({
        "env": { name: value, "PG": slots.text("value of an env", "pg") },
        "run": format!("docker run -d --name {pg} postgres:16\ngo test ./...{heredoc}\ndocker stop {pg}\ndocker rm {pg}{heredoc}\n"),
    });
    repository(Place::Github, given, job(vec![step]), &[])
}

fn compose(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let file = slots.text("folder", "deploy").replace(['/', '\n', '\r'], "");
    let path = format!("{file}/compose.yml");
    let folder = quoted(&[Piece::Text(file)], slots.random.pick(&[Quote::Bare, Quote::Single, Quote::Double]));
    let (service, image) = (slots.name("service", "db"), slots.text("image", "postgres:16"));
    let project = match slots.random.below(3) {
        0 => format!(" -p {}", given.word(slots, "project", "shop")),
        1 => format!(" -p {}", given.unique_word(slots, "project", "shop")),
        _ => String::new(),
    };
    let second = if slots.random.once_in(2) { "docker compose -p other up -d\n" } else { "" };
    let up = match slots.random.below(3) {
        0 => {
            json!({ "working-directory": path.trim_end_matches("/compose.yml"), "run": format!("docker compose{project} up -d") })
        }
        1 => run(format!("cd {folder}\ndocker compose{project} up -d\ncd -\n{second}")),
        _ => run(format!("docker compose -f {folder}/compose.yml{project} up -d\n{second}")),
    };
    // Beside a program that may use the port unseen it stays.
    let mut steps = vec![up, run(slots.random.pick(&["go test ./...", "docker compose ps"]))];
    if slots.random.once_in(2) {
        let name = slots.name("key of an env", "MODE");
        steps[0]["env"] =
            json!({ name: slots.text("value of an env", "ci"), "COMPOSE_PROFILES": slots.text("profile", "ci") });
    }
    let stack = json!({ "services": { service: { "image": image, "ports": ["5432:5432"], "container_name": slots.text("container", "db") } } });
    let stack = serde_yaml::to_string(&stack).unwrap();
    repository(Place::Own, given, job(steps), &[(&path, stack.clone()), ("compose.yml", stack)])
}

/// The `services:` of a job: their ids, and a reader of the first.
fn services(slots: &mut Slots, given: &mut Given, ports: &str) -> (Value, Vec<Value>) {
    let id = slots.name("service's id", "db");
    let key = slots.name("key of a service's env", "POSTGRES_DB");
    let steering =
        slots.random.pick(&["LANG", "BASH_ENV", "ENV", "PATH", "IFS", "name", "host", "LEG", "IMAGE", "PS4"]);
    let value = match slots.random.below(3) {
        0 => slots.text("value of a service's env", "app"),
        1 => "${{ inputs.secret }}".to_owned(),
        _ => format!("${{{{ matrix.{} }}}}", given.axis(slots)),
    };
    let secret = slots.text("input", "x");
    given.known.push(("inputs.secret".to_owned(), secret));
    let health = slots.text("health command", "pg_isready").replace(['"', '\n'], "");
    let image = match slots.random.below(3) {
        0 => slots.text("image", "postgres:16"),
        1 => format!("postgres:${{{{ matrix.{} }}}}", given.axis(slots)),
        _ => "postgres:16".to_owned(),
    };
    let mut service = json!({
        "image": image,
        "env": { key: value, "POSTGRES_PASSWORD": slots.text("value of a service's env", "app"), steering: "${{ inputs.secret }}" },
        "ports": [ports],
        "options": format!("--health-cmd \"{health}\" --health-retries 3"),
    });
    if slots.random.once_in(2) {
        service["env"] = json!({ "POSTGRES_PASSWORD": slots.text("value of a service's env", "app") });
    }
    if slots.random.once_in(3) {
        service["command"] = json!([slots.text("command", "postgres"), slots.text("command", "-c")]);
    }
    let url = slots.name("key of the job's env", "DATABASE_URL");
    let tail = slots.text("value of the job's env", "app");
    given.env.insert(url.clone(), json!(format!("postgres://app@localhost:5432/{tail}")));
    if slots.random.once_in(2) {
        given.env.insert(
            "OTHER_URL".to_owned(),
            json!(format!("postgres://${{{{ inputs.secret }}}}@localhost:5432/{tail}")),
        );
    }
    let reader = slots.random.pick(&[
        "psql -h localhost -p 5432 app",
        "psql 'postgres://app@localhost:5432/app'",
        "psql \"postgres://app@localhost:5432/app\"",
        "sh -c \"psql -h localhost -p 5432\"",
        "cat <<EOF\npostgres://localhost:5432/app\nEOF",
    ]);
    let logs = format!(
        "docker logs ${{{{ job.services.{id}.id }}}}\ndocker run --rm --network '${{{{ job.services.{id}.network }}}}' alpine true"
    );
    let mut steps =
        vec![run(reader), json!({ "env": { "URL": "postgres://localhost:5432/app" }, "run": "go test ./..." })];
    if slots.random.once_in(2) {
        steps.push(json!({ "if": "failure()", "run": logs }));
    }
    (json!({ id: service, "cache": { "image": "redis:7", "ports": ["6379:6379"] } }), steps)
}

fn siblings(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    let (services, steps) = services(slots, &mut given, "5432:5432");
    let mut job = job(steps);
    id(slots, &mut job);
    job.insert("services".to_owned(), services);
    let emit = slots.random.pick(&["shell", "helper", "action"]);
    let network = if slots.random.once_in(2) {
        format!("sibling-network: {}\n", json!(slots.name("network", "ci-net")))
    } else {
        String::new()
    };
    repository(Place::Siblings, given, job, &[(".berthlint.yaml", format!("emit: {emit}\n{network}"))])
}

fn unpublished(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    let (services, steps) = services(slots, &mut given, "5432:5432");
    let mut job = job(steps);
    job.insert("services".to_owned(), services);
    repository(Place::Own, given, job, &[])
}

fn random_service_port(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    let (services, steps) = services(slots, &mut given, "5432:5432");
    let mut job = job(steps);
    job.insert("services".to_owned(), services);
    repository(Place::Github, given, job, &[])
}

/// A container under a fixed port of the host.
fn published_port(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let web = if slots.random.once_in(2) {
        given.unique_word(slots, "container", "web")
    } else {
        given.word(slots, "container", "web")
    };
    let url = slots.name("key of the job's env", "APP_URL");
    let tail = slots.text("value of the job's env", "login");
    given.env.insert(url, json!(format!("http://localhost:8080/{tail}")));
    let start = format!("docker run -d --name {web} -p 8080:80 nginx:1.27");
    let start = match slots.random.below(9) {
        0 => format!("sh -c {}", quoted(&[Piece::Text(start)], Quote::Double)),
        1 => format!("sh -c {}", quoted(&[Piece::Text(start)], Quote::Single)),
        2 | 3 => format!("id=$({start})"),
        4 => format!("{start} <<'EOF'\n$(mark63)\nEOF"),
        _ => start,
    };
    let reader = slots.random.pick(&[
        "curl -f http://localhost:8080/",
        "curl -f \"http://localhost:8080/\"",
        "curl -f 'http://localhost:8080/'",
        "sh -c \"curl -f http://localhost:8080/\"",
    ]);
    let steps = vec![run(format!("{start}\n{reader}\n")), run(reader), always(format!("docker rm -fv {web}"))];
    repository(Place::Github, given, job(steps), &[])
}

fn scope(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let label = given.word(slots, "label", "app.test=1");
    let name = given.word(slots, "container", "pg");
    let heredoc = if slots.random.once_in(3) { " <<'EOF'\n$(mark63)\nEOF" } else { "" };
    let start =
        format!("docker run -d --label {label} postgres:16\ndocker network create net-${{{{ github.run_id }}}}");
    let stop = match slots.random.below(6) {
        0 => format!("docker ps -aq --filter label={label} | xargs -r docker rm -fv"),
        1 => "docker container prune -f\ndocker network prune -f".to_owned(),
        2 => format!("docker ps -a | grep {name}{heredoc} | awk '{{print $1}}' | xargs -r docker rm -fv"),
        3 => format!("docker ps -a | grep -f -{heredoc} | awk '{{print $1}}' | xargs -r docker rm -f"),
        4 => "docker rm -f $(docker ps -aq)".to_owned(),
        _ => format!(
            "sh -c {}",
            quoted(
                &[Piece::Text(format!("docker ps -aq --filter label={label} | xargs -r docker rm -f"))],
                Quote::Double
            )
        ),
    };
    let mut job = job(vec![run(start), run("go test ./..."), always(stop)]);
    id(slots, &mut job);
    repository(Place::Own, given, job, &[])
}

/// Removals of what a command lists.
fn lists(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let name = given.unique_word(slots, "container", "pg");
    let filter = slots.random.pick(&[
        "\"name=$X\"",
        "'name=\\$(mark62)'",
        "\"name=\\\\$(mark62)\"",
        "\"name=\\$(mark62)\"",
        "name=\\`mark62\\`",
        "'name=`mark62`'",
    ]);
    let stop = match slots.random.below(5) {
        0 => format!("docker rm -f $(docker ps -aq -f name={name})"),
        1 => format!("docker rm -f $(docker ps -aq -f {filter})"),
        2 => format!("docker rm -f `docker ps -aq -f {filter}`"),
        3 => format!("docker ps -aq -f {filter} | xargs docker rm -f"),
        _ => format!("docker stop {name}\ndocker rm {name}"),
    };
    let start = format!("docker run -d --name {name} postgres:16");
    given.env.insert("X".to_owned(), json!(slots.text("value of an env", "pg")));
    repository(Place::Own, given, job(vec![run(start), run("go test ./..."), always(stop)]), &[])
}

fn filters(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let name = given.word(slots, "container", "pg");
    let image = given.word(slots, "image", "postgres:16");
    let start = format!("docker run -d --name {name} {image}");
    let stop = match slots.random.below(3) {
        0 => format!("docker ps -aq --filter name={name} | xargs -r docker rm -fv"),
        1 => format!("docker ps -aq --filter ancestor={image} | xargs -r docker rm -f"),
        _ => format!("docker rm -f `docker ps -aq --filter name={name}`"),
    };
    repository(Place::Own, given, job(vec![run(start), run("go test ./..."), always(stop)]), &[])
}

/// A filter whose value may be empty.
fn empty_filters(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    let value = slots.text("input", "pg");
    given.known.push(("inputs.pg".to_owned(), value));
    let variable = slots.random.pick(&["PREFIX", "V_1"]);
    given.env.insert(variable.to_owned(), json!("${{ inputs.pg }}"));
    let image = given.word(slots, "image", "postgres:16");
    let label = given.word(slots, "label", "app=1");
    let filter = match slots.random.below(6) {
        0 => format!("name=${variable}"),
        1 => format!("\"name=^${variable}\""),
        2 => format!("name=${{{{ env.{variable} }}}}"),
        3 => format!("\"name=${{{{ env.{variable} }}}}\""),
        4 => format!("'name=${{{{ env.{variable} }}}}'"),
        _ => "name=${{ inputs.pg }}".to_owned(),
    };
    let stop = format!("docker ps -aq --filter {filter} --filter label={label} | xargs -r docker rm -f");
    let stop = match slots.random.below(3) {
        0 => format!("sh -c {}", quoted(&[Piece::Text(stop)], Quote::Double)),
        1 => format!("sh -c \"docker ps -aq -f {} | xargs -r docker rm\"", filter.replace('"', "")),
        _ => format!("docker ps -aq --filter {filter} | xargs -r docker rm -f"),
    };
    let start = format!("docker run -d --label {label} {image}");
    repository(Place::Own, given, job(vec![run(start), run("go test ./..."), always(stop)]), &[])
}

fn conditions(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let target = given.variable(slots, "dist");
    let axis = given.axis(slots);
    let use_ = slots.random.pick(&["X", "'X'", "\"X\"", "cat <<EOF\nX\nEOF\n", "sh -c 'echo X'", "python3 -c \"X\""]);
    let expression = match slots.random.below(3) {
        0 => target,
        1 => format!("format('{{0}}', {target})"),
        _ => "strategy.job-index".to_owned(),
    };
    let echo = if use_.starts_with("cat") { use_.to_owned() } else { format!("echo {use_}") };
    let text = echo.replace('X', &format!("${{{{ {expression} }}}}"));
    let steps = vec![
        run(text),
        run(format!(
            "docker run --rm --name pg-${{{{ github.run_id }}}}-${{{{ strategy.job-index }}}} alpine echo '${{{{ matrix.{axis} }}}}'"
        )),
    ];
    repository(Place::Own, given, job(steps), &[])
}

/// A job that is on a network which it removes.
fn network(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let net = given.unique_word(slots, "network", "net");
    let own = match slots.random.below(4) {
        0 => "$(hostname)".to_owned(),
        1 => "\"$(hostname)\"".to_owned(),
        2 => given.word(slots, "own container", "hostname"),
        _ => {
            given.env.insert("JOB_CONTAINER".to_owned(), json!(slots.text("value of an env", "hostname")));
            slots.random.pick(&["$JOB_CONTAINER", "'${{ env.JOB_CONTAINER }}'", "${{ env.JOB_CONTAINER }}"]).to_owned()
        }
    };
    let start = format!("docker network create {net}\ndocker network connect {net} {own}");
    let mut steps = vec![run(start), run("go test ./...")];
    match slots.random.below(3) {
        0 => steps.push(always(format!("docker network rm {net}"))),
        1 => {
            steps[0] = run(format!(
                "docker network create {net}\ndocker network connect {net} {own}\ngo test\ndocker network rm {net}"
            ))
        }
        _ => {}
    }
    repository(Place::Own, given, job(steps), &[])
}

/// Scripts in words of other commands.
fn nested(slots: &mut Slots) -> Repository {
    let mut given = Given::default();
    head(slots, &mut given);
    let pg = given.word(slots, "container", "pg");
    let code = format!("docker run -d --name {pg} postgres:16; curl -fsS http://localhost:5432/ || true");
    let quote = slots.random.pick(&[Quote::Single, Quote::Double]);
    let start = format!("{} {}", slots.random.pick(&["sh -c", "bash -c", "eval"]), quoted(&[Piece::Text(code)], quote));
    let trap = format!("trap {} EXIT\n", quoted(&[Piece::Text(format!("docker rm -f {pg}"))], quote));
    let trap = if slots.random.once_in(2) { trap } else { String::new() };
    let status = "code=$(curl -s -o /dev/null -w '%{http_code}' http://localhost:5432 || echo 000)\n";
    let steps = vec![run(format!("{trap}{start}\n{status}")), run("go test ./..."), always(format!("docker rm {pg}"))];
    repository(if slots.random.once_in(2) { Place::Own } else { Place::Github }, given, job(steps), &[])
}
