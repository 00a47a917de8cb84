use super::*;
use crate::follow::{Files, Nothing};
use crate::source::Text;
use crate::truth::Truth;

fn loaded(files: &Files, at: &str, given: &[&str]) -> Result<Project, Unfollowed> {
    let directory = Directory::checkout().enter(&Value::literal(at));
    let given: Vec<Value> = given.iter().map(|path| Value::literal(*path)).collect();
    let call =
        ComposeCall { directory: &directory, files: &given, project_directory: None, env_files: &[], around: &Nothing };
    load(files, &call)
}

fn service<'p>(project: &'p Project, id: &str) -> Option<&'p EffectiveService> {
    project.services.iter().find(|service| service.id == id)
}

fn ports(project: &Project, id: &str) -> Vec<String> {
    let service = service(project, id).expect("a service");
    let text = |text: &Option<Text>| text.as_ref().map_or(String::new(), |text| text.value().to_owned());
    service.ports.iter().map(|port| format!("{}:{}", text(&port.published), text(&port.target))).collect()
}

fn ids(project: &Project) -> Vec<&str> {
    project.services.iter().map(|service| service.id.as_str()).collect()
}

fn gaps(project: &Project) -> Vec<&str> {
    project.gaps.iter().map(|gap| gap.why.as_str()).collect()
}

#[test]
fn default_names_and_overrides() {
    let files = Files::in_memory([
        (
            "docker-compose.yml",
            "name: shop\nservices:\n  db:\n    image: pg\n    ports: ['1:1', '2:2']\n    environment: {A: 1, B: 2}\n  web:\n    image: w\n    ports: ['80:80']\n    container_name: w\n  old: {image: o}\n",
        ),
        (
            "docker-compose.override.yml",
            "services:\n  db:\n    image: pg:16\n    ports: ['2:2', '3:3']\n    environment: [B=3]\n  web:\n    ports: !override ['81:80']\n    container_name: !reset null\n  old: !reset null\n",
        ),
    ]);
    let project = loaded(&files, "sub/deeper", &[]).expect("loaded");
    assert_eq!(project.name.as_ref().map(|name| name.value.value.value()), Some("shop"));
    assert_eq!(ids(&project), ["db", "web"]);
    assert_eq!(ports(&project, "db"), ["1:1", "2:2", "3:3"]);
    assert_eq!(ports(&project, "web"), ["81:80"]);
    let db = service(&project, "db").expect("db");
    let image = db.image.as_ref().expect("an image");
    assert_eq!((image.value.value.value(), &**image.source.path()), ("pg:16", "docker-compose.override.yml"));
    assert_eq!(&**db.ports[0].source.path(), "docker-compose.yml");
    assert_eq!(db.ports[0].source.slice(db.ports[0].span), "'1:1'");
    let environment: Vec<_> = db.environment.iter().map(|var| var.text.as_ref().map(Text::value)).collect();
    assert_eq!(environment, [Some("1"), Some("3")]);
    assert!(service(&project, "web").is_some_and(|web| web.container_name.is_none()));
    let alone = loaded(&files, ".", &["docker-compose.yml"]).expect("loaded");
    assert_eq!(ids(&alone), ["db", "web", "old"]);
}

#[test]
fn include_and_extends() {
    let files = Files::in_memory([
        (
            "compose.yaml",
            "include:\n  - infra/compose.yml\n  - {path: [none.yml]}\nservices:\n  api:\n    extends: {file: base/b.yml, service: base}\n    ports: ['8080:80']\n  twin:\n    extends: api\n    image: t\n",
        ),
        (
            "infra/compose.yml",
            "include: [../compose.yaml]\nservices:\n  db: {image: pg, volumes: ['./data:/d']}\nnetworks: {net: }\n",
        ),
        (
            "base/b.yml",
            "services:\n  base: {image: b, restart: always, ports: ['1:1'], extends: self}\n  self: {extends: base, hostname: h}\n",
        ),
    ]);
    let project = loaded(&files, ".", &[]).expect("loaded");
    assert_eq!(ids(&project), ["api", "twin", "db"]);
    assert_eq!(ports(&project, "api"), ["1:1", "8080:80"]);
    assert_eq!(ports(&project, "twin"), ["1:1", "8080:80"]);
    let api = service(&project, "api").expect("api");
    assert_eq!(api.restart.as_ref().map(|restart| &**restart.source.path()), Some("base/b.yml"));
    assert_eq!(&*api.at.path, "compose.yaml");
    assert_eq!(service(&project, "db").map(|db| db.volumes[0].base.as_str()), Some("infra"));
    assert_eq!(
        gaps(&project),
        [
            "`extends` of base leads in a circle, or too deep",
            "`extends` of base leads in a circle, or too deep",
            "`include` of compose.yaml leads in a circle, or too deep",
            "none.yml: there is no such file in the repository",
        ]
    );
}

#[test]
fn what_is_not_followed_says_why() {
    let files = Files::in_memory([("a.yml", "jobs: {}\n"), ("bad.yml", "a: [\n")]);
    let cases = [
        ("a.yml", "a.yml: this is no compose file: it has no `services:` mapping"),
        ("bad.yml", "bad.yml is not YAML"),
        ("none.yml", "none.yml: there is no such file in the repository"),
        ("/srv/compose.yml", "`/srv/compose.yml` lies outside the checkout"),
    ];
    for (path, wanted) in cases {
        assert_eq!(loaded(&files, ".", &[path]).err().map(|error| error.why).as_deref(), Some(wanted));
    }
    assert_eq!(
        loaded(&files, "x", &[]).err().map(|error| error.why).as_deref(),
        Some("there is no compose file in x or above")
    );
}

#[test]
fn env_files() {
    let text = "# c\nA=1\nexport B = 'x $A'\nC=\"y ${A} z\" # c\nD=${E:-d}#e # f\nBARE\n\nM='two\nlines'\nLAST=$A";
    let source = Source::new(".env", text.as_bytes().to_vec()).expect("text");
    let entries = env_file(&source);
    let shown: Vec<String> = entries
        .iter()
        .map(|entry| {
            let lookup = |name: &str| (name == "A").then(|| Value::literal("1"));
            let value = entry.resolve(&lookup).map(|value| value.to_string());
            format!("{}={}", entry.name.value(), value.as_deref().unwrap_or("?"))
        })
        .collect();
    assert_eq!(shown, ["A=1", "B=x $A", "C=y 1 z", "D=d#e", "BARE=?", "M=two\nlines", "LAST=1"]);
    assert_eq!(source.slice(entries[0].span), "A=1");
}

#[test]
fn the_env_file_speaks() {
    let files = Files::in_memory([
        (".env", "COMPOSE_FILE=x.yml:y.yml\nPORT=5432\nCOMPOSE_PROFILES=a,b\n"),
        ("x.yml", "services: {db: {image: pg}}\n"),
        ("y.yml", "services: {db: {ports: ['${PORT}:1', '${NONE:-9}:${GONE}']}}\n"),
    ]);
    let project = loaded(&files, ".", &[]).expect("loaded");
    assert_eq!(project.files.len(), 2);
    assert_eq!(project.profiles, [Value::literal("a"), Value::literal("b")]);
    assert_eq!(project.interpolate("${PORT}:${NONE:-9}:$$", &Nothing), Value::literal("5432:9:$"));
    assert_eq!(project.interpolate("${GONE}", &Nothing).as_literal(), None);
}

#[test]
fn what_a_service_shares_with_another_starts_it() {
    let file = "services:\n  a: {links: ['b:db'], volumes_from: ['c:ro', 'container:other']}\n  b: {ipc: 'service:d'}\n  c: {pid: 'service:d'}\n  d: {}\n  e: {}\n";
    let files = Files::in_memory([("compose.yml", file)]);
    let project = loaded(&files, ".", &[]).expect("loaded");
    let all = started(&project.services, &["a"], &[]);
    assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
}

#[test]
fn profiles_and_dependencies() {
    let files = Files::in_memory([(
        "compose.yml",
        "services:\n  a: {depends_on: [b]}\n  b: {depends_on: {a: }, profiles: [x]}\n  c: {profiles: [y]}\n  d: {network_mode: 'service:c', profiles: ['${P}']}\n",
    )]);
    let project = loaded(&files, ".", &[]).expect("loaded");
    let shown = |requested: &[&str], profiles: &[&str]| -> String {
        let profiles: Vec<Value> = profiles.iter().map(|profile| Value::literal(*profile)).collect();
        let started = started(&project.services, requested, &profiles);
        let one = |(id, truth): (&String, &Truth)| format!("{id}{}", if truth.is_yes() { "" } else { "?" });
        started.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(&[], &[]), "a b c? d?");
    assert_eq!(shown(&["b"], &[]), "a b");
    assert_eq!(shown(&["d"], &[]), "c d");
    assert_eq!(shown(&[], &["y"]), "a b c d?");
    assert_eq!(shown(&[], &["*"]), "a b c d");
}
