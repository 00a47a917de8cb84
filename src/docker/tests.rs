//! `call` over command lines.

use super::*;
use crate::command::Arg;
use crate::command::testing::words;

pub(super) fn read(line: &str) -> DockerCall {
    let line_words = words(line);
    Invocation::parse(&line_words).as_ref().and_then(call).unwrap_or_else(|| panic!("no call: {line}"))
}

fn text(arg: &Option<Arg>) -> Option<String> {
    arg.as_ref().map(|arg| arg.value.to_string())
}

fn texts(args: &[Arg]) -> Vec<String> {
    args.iter().map(|arg| arg.value.to_string()).collect()
}

fn run(line: &str) -> Run {
    match read(line).verb {
        Verb::Run(run) | Verb::Create(run) => *run,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn the_image_is_never_mistaken() {
    let cases = [
        ("docker run postgres:15 -c fsync=off", "postgres:15", "-c fsync=off"),
        ("docker run -itd --name pg -e POSTGRES_PASSWORD=x -p5432:5432 postgres", "postgres", ""),
        ("docker run --rm -v $PWD:/w -w /w -u 1000:1000 node:20 npm test", "node:20", "npm test"),
        ("docker run -d --health-cmd 'pg_isready -U x' --health-interval 5s pg", "pg", ""),
        ("docker run --gpus all --shm-size 1g --ulimit nofile=1:1 img", "img", ""),
        ("docker run --env-file .env --add-host a:b --dns 1.1.1.1 --cap-add SYS_ADMIN img", "img", ""),
        ("docker container run --net host --pid host --init img sh -c 'ls -d'", "img", "sh -c ls -d"),
        ("docker run --platform=linux/amd64 --pull always -- img", "img", ""),
        ("docker run -di -h host -m 512m -l a=b img", "img", ""),
        ("docker run -d $EXTRA_ARGS img", "img", ""),
        ("docker run -d $IMAGE npm test", "$IMAGE", "npm test"),
        ("docker run -d $REG/app:$TAG", "$REG/app:$TAG", ""),
        ("docker -H unix:///var/run/docker.sock --config /x run -d img", "img", ""),
        ("podman --log-level debug run --replace --tz UTC --pod p img", "img", ""),
        ("nerdctl -n k8s.io run -d --cosign-key k img", "img", ""),
        ("docker create --name x img", "img", ""),
    ];
    for (line, image, command) in cases {
        let run = run(line);
        assert_eq!(
            (text(&run.image).as_deref(), texts(&run.command).join(" ").as_str()),
            (Some(image), command),
            "{line}"
        );
    }
    assert_eq!(run("docker run $ARGS").image, None);
}

#[test]
fn run_is_typed() {
    let run = run(
        "sudo docker run -d --rm --name pg-@run --label ci.run=@run -p 127.0.0.1::5432 -p 80:80 --network host -v data:/data --tmpfs /x --restart always img",
    );
    assert_eq!(text(&run.name).as_deref(), Some("pg-${{ github.run_id }}"));
    assert_eq!((run.detach, run.rm), (Truth::Yes, Truth::Yes));
    assert_eq!(
        run.ports().map(|(_, port)| port.host_port()).collect::<Vec<_>>(),
        [HostPort::Free, HostPort::Fixed(80)]
    );
    assert_eq!(run.network(), NetworkChoice::Host);
    assert_eq!(run.mounts.iter().map(|mount| mount.kind).collect::<Vec<_>>(), [MountKind::Named, MountKind::Tmpfs]);
    assert!(!run.has_socket());
    assert_eq!((texts(&run.labels).len(), text(&run.restart).as_deref()), (1, Some("always")));
}

#[test]
fn an_unknown_word_leaves_switches_unknown() {
    let run = run("docker run $OPTS img");
    assert_eq!((run.detach, run.rm), (Truth::Unknown, Truth::Unknown));
    assert_eq!(read("docker run $OPTS img").options.unsure, vec![std::ops::Range { start: 11, end: 16 }]);
}

#[test]
fn removals_have_names_and_kinds() {
    let cases = [
        ("docker rm -fv a b", ObjectKind::Container, "a b", Truth::Yes, Truth::Yes),
        ("docker rm a -f", ObjectKind::Container, "a", Truth::Yes, Truth::No),
        ("docker container remove --force $ID", ObjectKind::Container, "$ID", Truth::Yes, Truth::No),
        ("docker rmi -f img:1", ObjectKind::Image, "img:1", Truth::Yes, Truth::No),
        ("docker image rm img", ObjectKind::Image, "img", Truth::No, Truth::No),
        ("docker network rm ci-@run", ObjectKind::Network, "ci-${{ github.run_id }}", Truth::No, Truth::No),
        ("docker volume rm -f v", ObjectKind::Volume, "v", Truth::Yes, Truth::No),
        ("podman pod rm -f p", ObjectKind::Pod, "p", Truth::Yes, Truth::No),
    ];
    for (line, kind, names, force, volumes) in cases {
        let Verb::Remove(remove) = read(line).verb else { panic!("{line}") };
        assert_eq!(
            (remove.kind, texts(&remove.names).join(" ").as_str(), remove.force, remove.volumes),
            (kind, names, force, volumes),
            "{line}"
        );
    }
    let call = read("xargs -r docker rm -f");
    assert!(call.from_stdin.is_some_and(|xargs| xargs.no_run_if_empty));
}

#[test]
fn lists_and_prunes_have_filters() {
    let Verb::List(list) = read("docker ps -aq --filter name=^ws- -f label=run=@run").verb else { panic!() };
    assert_eq!((list.kind, list.all, list.quiet), (ObjectKind::Container, Truth::Yes, Truth::Yes));
    assert_eq!(
        list.filters.iter().map(|filter| filter.key.clone().unwrap_or_default()).collect::<Vec<_>>(),
        ["name", "label"]
    );
    let Verb::List(images) = read("docker images -q --filter=dangling=true app").verb else { panic!() };
    assert_eq!((images.kind, text(&images.reference).as_deref()), (ObjectKind::Image, Some("app")));
    for (line, kind, all, volumes) in [
        ("docker system prune -af --volumes", ObjectKind::System, Truth::Yes, Truth::Yes),
        ("docker image prune -f", ObjectKind::Image, Truth::No, Truth::No),
        ("docker builder prune --all --force --filter until=24h", ObjectKind::Builder, Truth::Yes, Truth::No),
        ("docker buildx prune -af", ObjectKind::Builder, Truth::Yes, Truth::No),
        ("docker volume prune -f", ObjectKind::Volume, Truth::No, Truth::No),
    ] {
        let Verb::Prune(prune) = read(line).verb else { panic!("{line}") };
        assert_eq!((prune.kind, prune.all, prune.volumes, prune.force), (kind, all, volumes, Truth::Yes), "{line}");
    }
}

#[test]
fn compose_is_read() {
    let line = "docker compose -f a.yml -f b.yml -p ci-@run --profile e2e up -d --wait --remove-orphans db api";
    let Verb::Compose(compose) = read(line).verb else { panic!() };
    assert_eq!((texts(&compose.files).join(" ").as_str(), compose.profiles.len()), ("a.yml b.yml", 1));
    assert_eq!(text(&compose.project).as_deref(), Some("ci-${{ github.run_id }}"));
    let ComposeVerb::Up(up) = &compose.verb else { panic!() };
    assert_eq!(
        (texts(&up.services).join(" ").as_str(), up.detach, up.wait, up.remove_orphans),
        ("db api", Truth::Yes, Truth::Yes, Truth::Yes)
    );
    let Verb::Compose(compose) = read("docker compose -p '' up").verb else { panic!() };
    assert_eq!(compose.project, None);
    let Verb::Compose(compose) = read("docker-compose down -v --rmi local -t 5").verb else { panic!() };
    let ComposeVerb::Down { volumes, remove_orphans, rmi, .. } = &compose.verb else { panic!() };
    assert_eq!((*volumes, *remove_orphans, text(rmi).as_deref()), (Truth::Yes, Truth::No, Some("local")));
    let Verb::Compose(compose) = read("docker compose run --rm -p 80:80 web npm test -f").verb else { panic!() };
    let ComposeVerb::Run(run) = &compose.verb else { panic!() };
    assert_eq!((text(&run.service).as_deref(), texts(&run.args).join(" ").as_str()), (Some("web"), "npm test -f"));
    let Verb::Compose(compose) = read("docker compose rm -fsv web").verb else { panic!() };
    assert!(matches!(&compose.verb, ComposeVerb::Remove { stop: Truth::Yes, volumes: Truth::Yes, .. }));
    let Verb::Compose(compose) = read("docker compose -f - up").verb else { panic!() };
    assert!(compose.reads_stdin());
}

#[test]
fn builds_have_tags_and_a_context() {
    for (line, tags, context, daemon) in [
        ("docker build -t app:test .", "app:test", ".", Truth::Yes),
        ("docker build . --tag=app -f Dockerfile.ci --build-arg A=b", "app", ".", Truth::Yes),
        ("docker buildx build --load -t a -t b --platform linux/amd64 ./x", "a b", "./x", Truth::Yes),
        ("docker buildx build --push -t a --cache-to type=gha .", "a", ".", Truth::No),
        ("docker buildx --builder b build -t a .", "a", ".", Truth::Unknown),
        ("docker image build --output type=local,dest=out -t a .", "a", ".", Truth::No),
        ("docker build -t a $EXTRA_ARGS .", "a", ".", Truth::Yes),
        ("buildah bud -t a .", "a", ".", Truth::Yes),
    ] {
        let Verb::Build(build) = read(line).verb else { panic!("{line}") };
        assert_eq!(
            (texts(&build.tags).join(" ").as_str(), text(&build.context).as_deref(), build.in_daemon()),
            (tags, Some(context), daemon),
            "{line}"
        );
    }
    let Verb::Bake(bake) = read("docker buildx bake -f bake.hcl --load app --set *.tags=x").verb else { panic!() };
    assert_eq!((texts(&bake.targets), bake.load), (vec!["app".to_owned()], Truth::Yes));
}

#[test]
fn the_rest_is_told_apart() {
    let shape = |line: &str| {
        let shown = format!("{:?}", read(line).verb);
        shown.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    };
    for (line, wanted) in [
        ("docker exec -it pg psql -c x", "Exec"),
        ("docker stop -t 5 a", "Control"),
        ("docker rename a b", "Rename"),
        ("docker tag a b", "Tag"),
        ("docker push a", "Push"),
        ("docker save a | x", "Save"),
        ("docker load -i x", "Load"),
        ("docker commit a b", "Commit"),
        ("docker network create --driver bridge ci", "Make"),
        ("docker volume create v", "Make"),
        ("docker network connect --alias db ci pg", "Connect"),
        ("docker network disconnect -f ci pg", "Disconnect"),
        ("docker inspect -f '{{.Id}}' pg", "Inspect"),
        ("docker logs -f pg", "Logs"),
        ("docker port pg 5432", "Port"),
        ("docker cp a:/x ./x", "Copy"),
        ("docker buildx create --use --name b", "Builder"),
        ("docker system df", "Info"),
        ("docker info", "Info"),
        ("docker --version", "Info"),
        ("docker context use prod", "ContextUse"),
        ("docker login -u x --password-stdin reg", "Login"),
        ("docker swarm init", "Other"),
        ("docker", "Other"),
    ] {
        assert_eq!(shape(line), wanted, "{line}");
    }
}

#[test]
fn a_call_may_point_elsewhere() {
    for (line, away) in [
        ("docker ps", Truth::No),
        ("docker -H ssh://u@h ps", Truth::Yes),
        ("docker --context prod compose up -d", Truth::Yes),
        ("docker -c default ps", Truth::No),
        ("env DOCKER_HOST=tcp://dind:2375 docker ps", Truth::Yes),
        ("docker-compose -H ssh://u@h up -d", Truth::Yes),
        ("podman --remote ps", Truth::Yes),
        ("podman run -d --name web img", Truth::Yes),
        ("nerdctl compose up -d", Truth::Yes),
    ] {
        assert_eq!(read(line).away, away, "{line}");
    }
}

#[test]
fn an_option_of_the_verb_goes_behind_it() {
    for (line, at) in [
        ("docker run -d img", 0..10),
        ("sudo docker -D container  run img", 5..29),
        ("docker compose -p x up -d", 0..22),
        ("docker-compose up", 0..17),
        ("docker buildx build .", 0..19),
    ] {
        assert_eq!(read(line).at, at, "{line}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::command::testing::value;
    use crate::command::{cluster, make, remote, script, shell};

    /// Words of every kind that commands are made of, known and unknown, whole and broken.
    fn word() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "docker",
            "podman",
            "docker-compose",
            "nerdctl",
            "buildah",
            "sudo",
            "env",
            "timeout",
            "xargs",
            "compose",
            "buildx",
            "container",
            "network",
            "volume",
            "image",
            "run",
            "create",
            "rm",
            "ps",
            "ls",
            "up",
            "down",
            "exec",
            "build",
            "bake",
            "prune",
            "system",
            "--name",
            "-d",
            "-itd",
            "-p",
            "--publish=1:2",
            "-e",
            "--",
            "-",
            "",
            "--filter",
            "name=^x",
            "label=a=b",
            "-f",
            "-p$X",
            "--name=$X",
            "-it$X",
            "$X",
            "$OPTS",
            "$@",
            "pg-@run",
            "=",
            "-=",
            "--=",
            ":",
            "::",
            "[::1]:",
            "type=bind,",
            "kind",
            "k3d",
            "cluster",
            "A=b",
            "-v",
            "é",
            "-é",
            "--é=é",
            "ssh",
            "bash",
            "-c",
            "make",
            "npm",
            "retry",
            "3",
            "flock",
            "minikube",
            "-I{}",
            "scp",
        ]);
        prop_oneof![8 => known.prop_map(str::to_owned), 1 => "[-a-z0-9:=$@/é \\[\\]]{0,8}"]
    }

    fn args() -> impl Strategy<Value = Vec<Arg>> {
        let one = (word(), any::<bool>(), any::<bool>());
        prop::collection::vec(one, 0..12).prop_map(|written| {
            let mut start = 0;
            let arg = |(text, splits, either): (String, bool, bool)| {
                let span = start..start + text.len();
                start = span.end + 1;
                let known = value(&text);
                let value =
                    if either && text.len() > 4 { crate::symbol::Value::one_of([known, value("")]) } else { known };
                Arg { value, span, splits }
            };
            written.into_iter().map(arg).collect()
        })
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_spans_stay_inside(args in args()) {
            let end = args.last().map_or(0, |arg| arg.span.end);
            let mut readings: Vec<Invocation<'_>> = Invocation::parse(&args).into_iter().collect();
            for name in ["docker", "podman", "docker-compose", "buildah", "kind", "k3d", "minikube", "bash", "ssh", "make", "npm", "xargs"] {
                let program = name.to_owned();
                let from_stdin = None;
                let argv = args.as_slice().into();
                readings.push(Invocation { program, path: None, at: 0..0, wrappers: Vec::new(), env: Vec::new(), keeps: crate::command::Keeps::All, argv, from_stdin });
            }
            for invocation in &readings {
                prop_assert!(invocation.argv.iter().all(|arg| arg.span.end <= end));
                let _ = (shell::shell(invocation), remote::ssh(invocation));
                let _ = (make::make(invocation), script::script(invocation), cluster::elsewhere(invocation), program(invocation));
                let Some(call) = call(invocation) else { continue };
                prop_assert!(call.at.end <= end && call.at.start <= call.at.end);
                for given in &call.options.given {
                    prop_assert!(given.span.start <= given.span.end && given.span.end <= end);
                    if let Some(value) = &given.value {
                        prop_assert!(given.span.start <= value.span.start && value.span.end <= given.span.end);
                    }
                }
                if let Verb::Run(run) = &call.verb {
                    for (_, port) in run.ports() {
                        let _ = (run.network(), port.host_port(), port.container_ports());
                    }
                    let _ = run.image.as_ref().map(|image| images::well_known(&image.value));
                }
            }
        }

        #[test]
        fn names_and_references_never_panic(pattern in word(), name in word()) {
            let (pattern, name) = (value(&pattern), value(&name));
            let _ = (name_filter_matches(&pattern, &name), label_filter_matches(&pattern, &name));
            let _ = ancestor_filter_matches(&pattern, &name);
            let _ = Reference::parse(&pattern).same(&Reference::parse(&name));
        }

        /// What is claimed of a name with unknown parts holds for every text they can have.
        #[test]
        fn an_unknown_name_is_never_claimed_wrongly(pattern in "[\\^]?/?[a-c.0-9-]{0,4}[$]?", head in "[a-c-]{0,3}", id in "[0-9]{1,4}", tail in "[a-c-]{0,3}") {
            let symbolic = value(&format!("{head}@run{tail}"));
            let text = format!("{head}{id}{tail}");
            let truth = name_filter_matches(&value(&pattern), &symbolic);
            let real = name_filter_matches(&value(&pattern), &value(&text));
            prop_assert!(truth == Truth::Unknown || truth == real, "{pattern} {symbolic} {text}: {truth:?}, {real:?}");
        }
    }
}
