//! Actions that build images or start containers.
//!
//! Inputs from the actions' own action.yml: docker/build-push-action, docker/bake-action,
//! hoverkraft-tech/compose-action, isbang/compose-action, helm/kind-action.

use super::build::{Bake, Build};
use super::compose::{Compose, ComposeVerb, Up};
use super::verb::Verb;
use crate::command::options::{Grammar, Options};
use crate::command::{Arg, fields};
use crate::symbol::Value;
use crate::truth::Truth;

/// What an action does, as the docker call it amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionCall {
    /// The call.
    pub verb: ActionVerb,
    /// It removes what it made in its post step, which runners run on cancel, too.
    pub removes_in_post: Truth,
}

/// What an action amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionVerb {
    /// A docker call.
    Docker(Box<Verb>),
    /// A cluster by this name: kind's or k3d's.
    Cluster {
        /// `kind`, `k3d`, `minikube`.
        program: &'static str,
        /// Its name.
        name: Value,
    },
    /// A container that only the action knows the name of.
    Container {
        /// The image, when an input says it.
        image: Option<Arg>,
    },
}

/// Reads a step's `uses:` and `with:` (by an input's name) as a docker call; `None` for all other actions.
pub fn action(uses: &str, input: &dyn Fn(&str) -> Option<Arg>) -> Option<ActionCall> {
    // `https://forge.example.org/docker/build-push-action@v5` names the same action on Gitea and Forgejo.
    let path = uses.split('@').next().unwrap_or_default();
    let mut components = path.trim_end_matches('/').rsplit('/');
    let (name, owner) = (components.next()?, components.next()?);
    let kept = |verb| Some(ActionCall { verb, removes_in_post: Truth::No });
    let removed = |verb| Some(ActionCall { verb, removes_in_post: Truth::Yes });
    match (owner.to_ascii_lowercase().as_str(), name.to_ascii_lowercase().as_str()) {
        ("docker", "build-push-action") => kept(docker(Verb::Build(Box::new(build(input))))),
        ("docker", "bake-action") => kept(docker(Verb::Bake(Box::new(bake(input))))),
        // Its builder is a container, `buildx_buildkit_builder-<uuid>0`.
        ("docker", "setup-buildx-action") => {
            let names = input("name").into_iter().collect();
            let cleanup = input("cleanup").is_none_or(|cleanup| !cleanup.is("false"));
            let in_use = input("use").map_or(Truth::Yes, |input| switch(Some(input)));
            let verb = docker(Verb::Builder { verb: "create".to_owned(), names, driver: input("driver"), in_use });
            Some(ActionCall { verb, removes_in_post: cleanup.into() })
        }
        ("hoverkraft-tech" | "isbang", "compose-action") => {
            let verb = docker(Verb::Compose(Box::new(compose(input))));
            // `down` is what their post step runs, with `down-flags`.
            Some(ActionCall { verb, removes_in_post: Truth::Yes })
        }
        // It only puts the program there.
        ("helm", "kind-action") if input("install_only").is_some_and(|input| input.is("true")) => None,
        ("helm", "kind-action") => {
            let clean = input("ignore_failed_clean").is_none_or(|input| !input.is("true"));
            let verb = ActionVerb::Cluster { program: "kind", name: name_or(input, "cluster_name", "chart-testing") };
            Some(ActionCall { verb, removes_in_post: if clean { Truth::Yes } else { Truth::Unknown } })
        }
        ("engineerd", "setup-kind") => {
            removed(ActionVerb::Cluster { program: "kind", name: name_or(input, "name", "kind") })
        }
        ("absaoss" | "k3d-io", "k3d-action") => {
            kept(ActionVerb::Cluster { program: "k3d", name: name_or(input, "cluster-name", "k3s-default") })
        }
        ("nolar", "setup-k3d-k3s") => {
            kept(ActionVerb::Cluster { program: "k3d", name: name_or(input, "k3d-name", "k3s-default") })
        }
        ("medyagh", "setup-minikube") => {
            kept(ActionVerb::Cluster { program: "minikube", name: Value::literal("minikube") })
        }
        ("addnab", "docker-run-action") => removed(ActionVerb::Container { image: input("image") }),
        ("supercharge", "mongodb-github-action" | "redis-github-action")
        | ("harmon758", "postgresql-action")
        | ("getong", "mariadb-action" | "elasticsearch-action" | "redis-action" | "rabbitmq-action")
        | ("mirromutth", "mysql-action") => kept(ActionVerb::Container { image: None }),
        _ => None,
    }
}

fn docker(verb: Verb) -> ActionVerb {
    ActionVerb::Docker(Box::new(verb))
}

fn name_or(input: &dyn Fn(&str) -> Option<Arg>, key: &str, default: &str) -> Value {
    input(key).filter(|arg| !arg.is("")).map_or_else(|| Value::literal(default), |arg| arg.value)
}

/// A boolean input, as @actions/core reads it.
fn switch(input: Option<Arg>) -> Truth {
    match input.as_ref().map(Arg::text) {
        None | Some(Some("" | "false" | "False" | "FALSE")) => Truth::No,
        Some(Some("true" | "True" | "TRUE")) => Truth::Yes,
        Some(_) => Truth::Unknown,
    }
}

/// A list input: one item a line, or several with `separators` between.
fn list(input: Option<Arg>, separators: &[char]) -> Vec<Arg> {
    let Some(arg) = input else { return Vec::new() };
    let lines = arg.value.map_literals(&|text: &str| text.replace(separators, "\n"));
    let items = lines.split('\n').into_iter().map(|item| trimmed(&item)).filter(|item| !item.parts().is_empty());
    items.map(|value| Arg { value, span: arg.span.clone(), splits: false }).collect()
}

/// Without blanks around it.
fn trimmed(value: &Value) -> Value {
    if let Some(text) = value.as_literal() {
        return Value::literal(text.trim());
    }
    let prefix = value.prefix();
    value.strip_prefix(&prefix[..prefix.len() - prefix.trim_start().len()]).unwrap_or_else(|| value.clone())
}

fn build(input: &dyn Fn(&str) -> Option<Arg>) -> Build {
    Build {
        tags: list(input("tags"), &[',']),
        file: input("file"),
        // Without one the action builds from the forge, not from the checkout.
        context: input("context"),
        target: input("target"),
        buildx: true,
        load: switch(input("load")),
        push: switch(input("push")),
        outputs: list(input("outputs"), &[]),
        labels: list(input("labels"), &[]),
        network: input("network"),
        build_args: list(input("build-args"), &[]),
        contexts: list(input("build-contexts"), &[]),
        caches: [list(input("cache-from"), &[]), list(input("cache-to"), &[])].concat(),
        iidfile: None,
        builder: input("builder"),
    }
}

fn bake(input: &dyn Fn(&str) -> Option<Arg>) -> Bake {
    Bake {
        files: list(input("files"), &[',']),
        targets: list(input("targets"), &[',']),
        load: switch(input("load")),
        push: switch(input("push")),
        set: list(input("set"), &[]),
    }
}

fn compose(input: &dyn Fn(&str) -> Option<Arg>) -> Compose {
    // The action runs `up -d` with these flags; they are one string, split at blanks.
    let flags = input("up-flags").map(|flags| Arg { splits: true, ..flags });
    let (options, _) = UP_FLAGS.parse(&flags.map_or_else(Vec::new, |flags| fields(&[flags]).into_owned()));
    let services = list(input("services"), &[' ']);
    let up = Up { detach: Truth::Yes, ..Up::new(&options, services) };
    let own = input("compose-flags").map(|flags| Arg { splits: true, ..flags });
    let (global, _) = super::tables::COMPOSE.parse(&own.map_or_else(Vec::new, |flags| fields(&[flags]).into_owned()));
    let files = list(input("compose-file"), &[]);
    Compose {
        files,
        project: global.value("project-name"),
        project_directory: input("cwd").or_else(|| global.value("project-directory")),
        profiles: global.values("profile"),
        env_files: global.values("env-file"),
        verb: ComposeVerb::Up(up),
        global: Options::default(),
    }
}

const UP_FLAGS: Grammar = super::tables::COMPOSE_UP;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    fn with<'a>(inputs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<Arg> + 'a {
        move |name| inputs.iter().find(|(key, _)| *key == name).map(|(_, text)| Arg::new(value(text), 0..text.len()))
    }

    #[test]
    fn builds_are_read_from_inputs() {
        let inputs =
            [("tags", "app:test,\nghcr.io/x/app:@run\n"), ("load", "true"), ("context", "."), ("push", "$PUSH")];
        let call = action("docker/build-push-action@v6", &with(&inputs)).expect("a build");
        let ActionVerb::Docker(verb) = call.verb else { panic!() };
        let Verb::Build(build) = *verb else { panic!() };
        let tags: Vec<String> = build.tags.iter().map(|tag| tag.value.to_string()).collect();
        assert_eq!(tags, ["app:test", "ghcr.io/x/app:${{ github.run_id }}"]);
        assert_eq!((build.load, build.push, build.in_daemon()), (Truth::Yes, Truth::Unknown, Truth::Yes));
    }

    #[test]
    fn compose_actions_remove_what_they_start() {
        let inputs = [
            ("compose-file", "a.yml\nb.yml"),
            ("services", "db\napi"),
            ("up-flags", "--build --wait"),
            ("compose-flags", "-p ci"),
        ];
        let call =
            action("https://example.org/hoverkraft-tech/compose-action@v2.0.1", &with(&inputs)).expect("compose");
        assert_eq!(call.removes_in_post, Truth::Yes);
        let ActionVerb::Docker(verb) = call.verb else { panic!() };
        let Verb::Compose(compose) = *verb else { panic!() };
        let ComposeVerb::Up(up) = &compose.verb else { panic!() };
        assert_eq!((compose.files.len(), up.services.len(), up.build, up.detach), (2, 2, Truth::Yes, Truth::Yes));
        assert_eq!(compose.project.as_ref().and_then(Arg::text), Some("ci"));
    }

    #[test]
    fn other_actions_are_not_docker() {
        assert_eq!(action("actions/checkout@v4", &with(&[])), None);
        assert_eq!(action("./.github/actions/db", &with(&[])), None);
        let call = action("helm/kind-action@v1", &with(&[])).expect("kind");
        assert!(matches!(call.verb, ActionVerb::Cluster { program: "kind", .. }));
    }
}
