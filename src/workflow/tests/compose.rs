use super::*;
use crate::source::Text;

fn compose(text: &str) -> Compose {
    Compose::read(&tree(text)).expect("a compose file")
}

fn text(text: &Option<Text>) -> Option<&str> {
    text.as_ref().map(Text::value)
}

#[test]
fn ports_short_and_long() {
    let file = compose(
        "services:\n  a:\n    ports:\n      - 80\n      - '5432:5432'\n      - 127.0.0.1:${PORT:-8080}:80/udp\n      - '[::1]::80'\n      - {target: 80, published: '8080', protocol: tcp}\n",
    );
    let ports: Vec<_> = file.services[0].ports.as_ref().expect("ports").iter().collect();
    let seen: Vec<_> = ports
        .iter()
        .map(|port| (text(&port.host_ip), text(&port.published), text(&port.target), text(&port.protocol)))
        .collect();
    assert_eq!(
        seen,
        [
            (None, None, Some("80"), None),
            (None, Some("5432"), Some("5432"), None),
            (Some("127.0.0.1"), Some("${PORT:-8080}"), Some("80"), Some("udp")),
            (Some("[::1]"), None, Some("80"), None),
            (None, Some("8080"), Some("80"), Some("tcp")),
        ]
    );
}

#[test]
fn volumes_short_and_long() {
    let file = compose(
        "services:\n  a:\n    volumes:\n      - ./x:/x:ro\n      - data:/d\n      - /anon\n      - ${DIR:-./y}:/y\n      - ${DIR}/z:/z\n      - {type: bind, source: ., target: /w}\n      - {type: volume, target: /v}\n",
    );
    let mounts = file.services[0].volumes.as_ref().expect("volumes");
    let seen: Vec<_> = mounts.iter().map(|mount| (mount.kind, text(&mount.source), text(&mount.target))).collect();
    assert_eq!(
        seen,
        [
            (MountKind::Bind, Some("./x"), Some("/x")),
            (MountKind::Volume, Some("data"), Some("/d")),
            (MountKind::Anonymous, None, Some("/anon")),
            (MountKind::Unknown, Some("${DIR:-./y}"), Some("/y")),
            (MountKind::Bind, Some("${DIR}/z"), Some("/z")),
            (MountKind::Bind, Some("."), Some("/w")),
            (MountKind::Anonymous, None, Some("/v")),
        ]
    );
}

#[test]
fn the_rest_of_a_service() {
    let file = compose(
        "name: p\ninclude: [a.yml, {path: [b.yml, c.yml], env_file: x.env}]\nservices:\n  a: &a\n    image: pg\n    container_name: pg\n    environment: [A=1, B, 'C=x=y']\n    labels: {k: v}\n    command: sleep 1\n    entrypoint: [sh, -c]\n    networks: {net: {aliases: [db]}}\n    depends_on: {b: {condition: service_healthy}}\n    env_file: [.env, {path: o.env}]\n    extends: {service: base, file: base.yml}\n    ports: !reset []\n    profiles: [x]\n  b:\n    <<: *a\n    build: .\n    networks: [net]\n    depends_on: [a]\n    ports: !override ['1:1']\nnetworks:\n  net: {name: shared, external: true}\n  old: {external: {name: legacy}}\nvolumes: {data: }\n",
    );
    assert_eq!(file.oddities, []);
    let a = file.service("a").expect("a");
    let environment: Vec<_> = a.environment.entries.iter().map(|var| (var.name.value(), text(&var.text))).collect();
    assert_eq!(environment, [("A", Some("1")), ("B", None), ("C", Some("x=y"))]);
    assert_eq!(a.labels.get("k").and_then(|var| var.text.as_ref()).map(Text::value), Some("v"));
    assert_eq!(a.networks.as_ref().map(|networks| values(&networks[0].aliases)), Some(vec!["db"]));
    assert_eq!(a.depends_on.as_ref().and_then(|all| value(&all[0].condition)), Some("service_healthy"));
    assert_eq!(values(&a.env_file), [".env", "o.env"]);
    let extends = a.extends.as_ref().expect("extends");
    assert_eq!((extends.service.as_ref().map(Scalar::value), value(&extends.file)), (Some("base"), Some("base.yml")));
    assert_eq!(a.ports.as_ref().and_then(|ports| ports.tag.as_ref()).map(|tag| tag.written.as_str()), Some("!reset"));
    let b = file.service("b").expect("b");
    assert_eq!(value(&b.container_name), Some("pg"));
    assert!(b.container_name.as_ref().is_some_and(|name| name.merged));
    assert_eq!(b.build.as_ref().and_then(|build| build.context.as_ref()).map(Scalar::value), Some("."));
    assert_eq!(
        b.ports.as_ref().and_then(|ports| ports.tag.as_ref()).map(|tag| tag.written.as_str()),
        Some("!override")
    );
    assert_eq!(
        file.networks.iter().map(|net| (value(&net.name), net.is_external())).collect::<Vec<_>>(),
        [(Some("shared"), Some(true)), (Some("legacy"), Some(true)),]
    );
    assert_eq!((file.volumes[0].key.value(), file.volumes[0].is_external()), ("data", Some(false)));
    assert_eq!(values(&file.include[1].paths), ["b.yml", "c.yml"]);
}

#[test]
fn what_is_no_compose_file_says_so() {
    assert!(Compose::read(&tree("jobs: {}\n")).is_err());
    assert!(Compose::read(&tree("")).is_err());
}
