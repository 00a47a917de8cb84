//! What a machine answers, and what is reached on it.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

use super::*;
use crate::symbol::Value;

static EMPTY: BTreeMap<String, Value> = BTreeMap::new();

fn caller(env: &BTreeMap<String, Value>) -> Caller<'_> {
    Caller { maker: Maker { run: 41, job: 0 }, declared: None, env, directory: "/work/app", input: None }
}

/// Plays a line, its words split at blanks.
fn play(machine: &mut Machine, line: &str) -> Reply {
    let words: Vec<&str> = line.split(' ').collect();
    machine.words(&words, &caller(&EMPTY)).expect(line)
}

fn all(lines: &[&str]) -> Machine {
    let mut machine = Machine::new(Dialect::Current);
    for line in lines {
        let reply = play(&mut machine, line);
        assert_eq!(reply.status, 0, "{line}: {}", reply.error);
    }
    machine
}

fn id(machine: &Machine, name: &str) -> String {
    machine.container(name).expect(name).id.clone()
}

#[test]
fn a_second_run_finds_name_and_port_taken() {
    let mut machine = all(&["docker run -d --name pg -p 5432:5432 postgres:16"]);
    let reply = play(&mut machine, "docker run -d --name pg postgres:16");
    assert_eq!(reply.status, 125);
    assert!(reply.error.contains("Conflict. The container name \"/pg\""), "{}", reply.error);
    let held =
        reply.effects.iter().find(|effect| effect.what == What::Refused(Claim::Name("pg".into()))).expect("held");
    assert_eq!((held.object.maker.run, held.object.names.as_slice()), (41, &["pg".to_owned()][..]));
    // A port is asked for at the start: the container is made, and stays.
    let reply = play(&mut machine, "docker run -d --name pg2 -p 127.0.0.1:5432:5432 postgres:16");
    assert_eq!((reply.status, machine.container("pg2").expect("made").state), (125, State::Created));
    let reply = play(&mut machine, "docker run -d --rm --name pg3 -p 5432:5432 postgres:16");
    assert_eq!((reply.status, machine.container("pg3").is_none()), (125, true));
    assert!(reply.effects.iter().any(|effect| effect.what == What::Refused(Claim::Port("0.0.0.0".into(), 5432))));
    let left: Vec<Object> = machine.objects().filter(|object| object.maker.run == 41).collect();
    let kinds: Vec<&str> = left.iter().map(|object| object.kind.name()).collect();
    assert_eq!(kinds, ["container", "container", "volume", "volume"]);
    assert_eq!(play(&mut machine, "docker rm -f pg pg2").output, "pg\npg2\n");
    assert_eq!(play(&mut machine, "docker run -d --name pg -p 5432:5432 postgres:16").status, 0);
}

fn seen(machine: &Machine) -> u64 {
    let mut hasher = DefaultHasher::new();
    machine.hash_state(&mut hasher);
    hasher.finish()
}

#[test]
fn a_state_is_known_again_when_all_is_as_it_was() {
    let mut machine = all(&["docker run -d --name pg postgres:16", "docker volume create data"]);
    let before = seen(&machine);
    let mut states = vec![before];
    let there_and_back = [
        ("docker stop pg", "docker start pg"),
        ("docker rename pg db", "docker rename db pg"),
        ("docker volume create cache", "docker volume rm cache"),
        ("docker run -d --name web -v logs:/logs nginx", "docker rm -fv web"),
    ];
    for (there, back) in there_and_back {
        assert_eq!(play(&mut machine, there).status, 0, "{there}");
        states.push(seen(&machine));
        assert_eq!(play(&mut machine, back).status, 0, "{back}");
        if there.contains("logs:") {
            assert_ne!(seen(&machine), before, "a volume with a name stays");
            play(&mut machine, "docker volume rm logs");
        }
        assert_eq!(seen(&machine), before, "{there}, then {back}");
    }
    play(&mut machine, "docker restart pg");
    assert_eq!(seen(&machine), before, "it runs again, under its name");
    states.sort_unstable();
    states.dedup();
    assert_eq!(states.len(), 1 + there_and_back.len(), "what differs is no state of before");
}

#[test]
fn answers_are_read_by_scripts() {
    let mut machine = all(&[
        "docker network create ci",
        "docker run -d --name pg --network ci --network-alias db -p 5432 --label run=41 postgres:16",
        "docker run -d --name other busybox sleep 100",
    ]);
    for (line, output) in [
        ("docker port pg 5432", "0.0.0.0:32768\n[::]:32768\n"),
        ("docker inspect -f {{range.NetworkSettings.Networks}}{{.IPAddress}}{{end}} pg", "172.18.0.2\n"),
        ("docker inspect -f {{.State.Running}} pg", "true\n"),
        ("docker ps --filter label=run=41 --format {{.Names}}", "pg\n"),
        (
            "docker ps --filter name=^/p --format {{.Names}}{{.Ports}}",
            "pg0.0.0.0:32768->5432/tcp, [::]:32768->5432/tcp\n",
        ),
        ("docker ps -a --filter status=exited -q", ""),
        ("docker network ls -q --filter name=none --format {{.Name}}", "none\n"),
    ] {
        assert_eq!(play(&mut machine, line).output, output, "{line}");
    }
}

#[test]
fn an_address_is_the_lowest_that_nobody_has() {
    let mut machine = all(&["docker network create ci"]);
    for number in 0..300 {
        play(&mut machine, &format!("docker run -d --name c{number} node:20 sleep 1000"));
    }
    let address = |machine: &mut Machine, name: &str| {
        let format = "{{range.NetworkSettings.Networks}}{{.IPAddress}};{{end}}";
        play(machine, &format!("docker inspect -f {format} {name}")).output.trim_end_matches([';', '\n']).to_owned()
    };
    assert_eq!(address(&mut machine, "c0"), "172.17.0.2");
    assert_eq!(address(&mut machine, "c253"), "172.17.0.255");
    assert_eq!(address(&mut machine, "c299"), "172.17.1.45");
    for gone in ["docker stop c7", "docker rm -f c8", "docker network disconnect bridge c9"] {
        play(&mut machine, gone);
        play(&mut machine, "docker rm -f next");
        play(&mut machine, "docker run -d --name next node:20 sleep 1000");
        assert_eq!(address(&mut machine, "next"), "172.17.0.9", "{gone}");
    }
    play(&mut machine, "docker restart c20");
    assert_eq!(address(&mut machine, "c20"), "172.17.0.10");
    play(&mut machine, "docker network connect ci c20");
    assert_eq!(address(&mut machine, "c20"), "172.17.0.10;172.18.0.2");
}

#[test]
fn addresses_lead_somewhere() {
    let mut machine = all(&[
        "docker network create ci",
        "docker run -d --name pg --network ci --network-alias db -p 5432:5432 postgres:16",
        "docker run -d --name job --network ci node:20 sleep 1000",
        "docker run -d --name far node:20 sleep 1000",
        "docker run -d --name beside --network container:pg node:20 sleep 1000",
        "docker run -d --name web --network host nginx",
    ]);
    let pg = id(&machine, "pg");
    let found = |machine: &Machine, from: &str, host: &str, port| {
        let from = if from == "host" { Place::Host } else { Place::Container(id(machine, from)) };
        match machine.reach(&from, host, port) {
            Reached::Container { id, port } => format!("{} {port}", machine.container(&id).expect("reached").name),
            Reached::OneOf(all, port) => format!("{} of {port}", all.len()),
            Reached::Process(_) => "process".to_owned(),
            Reached::Nothing(_) => "nothing".to_owned(),
        }
    };
    for (from, host, port, wanted) in [
        ("host", "localhost", 5432, "pg 5432"),
        ("host", "pg", 5432, "nothing"),
        ("host", "172.18.0.2", 5432, "pg 5432"),
        ("job", "db", 5432, "pg 5432"),
        ("job", "PG", 5432, "pg 5432"),
        ("job", "db", 5433, "nothing"),
        ("job", "localhost", 5432, "nothing"),
        ("job", "172.18.0.1", 5432, "pg 5432"),
        ("far", "db", 5432, "nothing"),
        ("far", "172.18.0.2", 5432, "nothing"),
        ("beside", "localhost", 5432, "pg 5432"),
        ("host", "localhost", 80, "web 80"),
        ("host", "localhost", 81, "nothing"),
    ] {
        assert_eq!(found(&machine, from, host, port), wanted, "{from} -> {host}:{port}");
    }
    // Two of one alias: nobody knows which.
    play(&mut machine, "docker run -d --name pg2 --network ci --network-alias db postgres:16");
    assert_eq!(found(&machine, "job", "db", 5432), "2 of 5432");
    // A second server on the host's network ends at once.
    assert_eq!(play(&mut machine, "docker run -d --name web2 --network host nginx").status, 0);
    assert_eq!(machine.container("web2").expect("made").state, State::Exited);
    machine.stop(&pg);
    assert_eq!(found(&machine, "host", "localhost", 5432), "nothing");
}

#[test]
fn one_shots_end_and_servers_stay() {
    let mut machine = Machine::new(Dialect::Current);
    for (line, status, blocks) in [
        ("docker run --rm busybox true", 0, false),
        ("docker run --rm busybox false", 1, false),
        ("docker run postgres:16", 0, true),
        ("docker run team/app:1 migrate", 0, false),
        ("docker run -d --name app team/app:1", 0, false),
        ("docker exec app true", 0, false),
        ("docker wait app", 0, true),
        ("docker stop app", 0, false),
        ("docker exec app true", 1, false),
        ("docker wait app", 0, false),
    ] {
        let reply = play(&mut machine, line);
        assert_eq!((reply.status, reply.blocks), (status, blocks), "{line}: {}", reply.error);
    }
}

#[test]
fn what_was_built_here_cannot_be_pulled() {
    let mut machine = all(&["docker build -t app:41 .", "docker rmi app:41"]);
    assert_eq!(play(&mut machine, "docker run --rm app:41 true").status, 125);
    let mut machine = all(&["docker build -t app:41 .", "docker push app:41", "docker rmi app:41"]);
    assert_eq!(play(&mut machine, "docker run --rm app:41 true").status, 0);
}

#[test]
fn a_name_that_a_build_is_given_twice_is_one_name() {
    let mut machine = all(&["docker build -t app -t app:latest -t app ."]);
    let names: Vec<Vec<String>> = machine.objects().map(|object| object.names).collect();
    assert_eq!(names, [vec!["app:latest".to_owned()]]);
    assert_eq!(play(&mut machine, "docker rmi app").status, 0);
    assert_eq!(machine.objects().count(), 0);
}

#[test]
fn prune_takes_what_nobody_uses() {
    let mut machine = all(&[
        "docker network create ci",
        "docker volume create cache",
        "docker run --name done busybox true",
        "docker run -d --name pg -v data:/var/lib/postgresql/data postgres:16",
        "docker container prune -f",
        "docker network prune -f",
        "docker volume prune -f",
    ]);
    assert!(machine.container("done").is_none() && machine.volume("cache").is_some());
    assert_eq!(machine.networks.len(), 3);
    assert_eq!(play(&mut machine, "docker volume prune -af").status, 0);
    assert!(machine.volume("cache").is_none() && machine.volume("data").is_some());
    assert_eq!(
        play(&mut machine, "docker system prune --volumes").output,
        "Are you sure you want to continue? [y/N]\n"
    );
}

/// A project of a database and an app that waits for it.
fn declared() -> Declared {
    let db = DeclaredService {
        id: "db".into(),
        image: Some("postgres:16".into()),
        ports: PortWish::parse("5432:5432").expect("a port"),
        mounts: vec![MountWish {
            source: Some("data".into()),
            target: "/var/lib/postgresql/data".into(),
            is_volume: true,
        }],
        health: true,
        replicas: 1,
        ..DeclaredService::default()
    };
    let depends_on = vec![("db".to_owned(), Condition::Healthy)];
    let app = DeclaredService { id: "app".into(), builds: true, depends_on, replicas: 1, ..DeclaredService::default() };
    let data = DeclaredResource { key: "data".into(), ..DeclaredResource::default() };
    Declared { directory: "shop".into(), services: vec![app, db], volumes: vec![data], ..Declared::default() }
}

#[test]
fn compose_makes_and_removes_a_project() {
    let (mut machine, project) = (Machine::new(Dialect::Current), declared());
    let call = Caller { declared: Some(&project), ..caller(&EMPTY) };
    let mut play = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        machine.words(&words, &call).expect(line)
    };
    assert_eq!(play("docker compose up -d").status, 0);
    assert_eq!(play("docker ps --format {{.Names}}").output, "shop-app-1\nshop-db-1\n");
    assert_eq!(play("docker compose port db 5432").output, "0.0.0.0:5432\n");
    // Another project: its own names, the same port.
    let reply = play("docker compose -p other up -d");
    assert_eq!(reply.status, 1);
    assert!(reply.error.contains("port is already allocated"), "{}", reply.error);
    let states = "docker ps -a --filter label=com.docker.compose.project=other --format {{.Names}}:{{.State}}";
    assert_eq!(play(states).output, "other-app-1:created\nother-db-1:created\n");
    assert_eq!(play("docker compose -p other down -v").status, 0);
    assert_eq!(play("docker compose exec app true").status, 0);
    assert_eq!(play("docker compose -p other exec app true").status, 1);
    let reply = play("docker compose down -v --rmi local");
    assert_eq!(reply.status, 0);
    let removed = reply.effects.iter().filter(|effect| effect.what == What::Removed).count();
    assert!(removed >= 5, "{removed}");
    assert_eq!(play("docker ps -aq").output, "");
    assert_eq!(play("docker network ls -q --filter type=custom").output, "");
    assert_eq!(play("docker images -q shop-app").output, "");
}
