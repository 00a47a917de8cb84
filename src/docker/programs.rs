//! Programs that start containers of their own.

use super::verb::ObjectKind;
use crate::command::options::Grammar;
use crate::command::{Arg, Invocation};
use crate::symbol::Value;

/// What a program does to its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Makes them; they stay when the program ends.
    Makes,
    /// Removes what it made.
    Removes,
    /// Stops them, and they stay.
    Stops,
    /// Makes them and removes them itself, unless it is killed.
    Runs,
}

/// A call of a program that starts or removes containers.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramCall {
    /// The program.
    pub program: &'static str,
    /// What it does.
    pub effect: Effect,
    /// The name all it makes derives from: of kind's cluster, minikube's profile; its default when none is
    /// given, `None` when only the program knows.
    pub name: Option<Value>,
    /// Where the name is written.
    pub name_arg: Option<Arg>,
    /// The configuration file that it is given (`--config`).
    pub config: Option<Arg>,
    /// Every one it has, whatever the name (`kind delete clusters --all`).
    pub all: bool,
    /// What it makes in the daemon, as far as the names are known.
    pub resources: Vec<(ObjectKind, Value)>,
    /// The label it stamps on its containers, `key=value`.
    pub label: Option<Value>,
}

impl ProgramCall {
    /// Whether what it makes is a cluster.
    pub fn makes_cluster(&self) -> bool {
        matches!(self.program, "kind" | "k3d" | "minikube")
    }
}

/// What a cluster of that name is made of, as far as its parts are named after it.
pub fn cluster_parts(program: &str, name: &Value) -> Vec<(ObjectKind, Value)> {
    let (head, parts): (&str, &[(ObjectKind, &str)]) = match program {
        "kind" => ("", &[(ObjectKind::Container, "-control-plane")]),
        "k3d" => (
            "k3d-",
            &[
                (ObjectKind::Container, "-server-0"),
                (ObjectKind::Container, "-serverlb"),
                (ObjectKind::Network, ""),
                (ObjectKind::Volume, "-images"),
            ],
        ),
        _ => ("", &[(ObjectKind::Container, ""), (ObjectKind::Network, ""), (ObjectKind::Volume, "")]),
    };
    let named = |tail: &str| Value::literal(head).then(name.clone()).then(Value::literal(tail));
    parts.iter().map(|(kind, tail)| (*kind, named(tail))).collect()
}

// From kind's `kind create cluster --help`, k3d's `k3d cluster create --help`, `minikube start --help`.
const CLUSTER: Grammar = Grammar::any(&[
    "n/name= config= image= kubeconfig= retain wait= v/verbosity= q/quiet a/agents= s/servers= p/port= api-port= \
     e/env= k3s-arg= l/k3s-node-label= label= network= no-lb no-rollback registry-config= registry-create= \
     registry-use= timeout= t/token= volume= subnet= host-alias= gpus= runtime-label= lb-config-override= all A \
     servers-memory= agents-memory= kubeconfig-update-default? kubeconfig-switch-context? no-image-volume profile= \
     driver= cpus= memory= kubernetes-version= nodes= addons= container-runtime= cni= purge base-image= disk-size= \
     extra-config= feature-gates= ports= static-ip= f/force logtostderr trace verbose",
]);

/// Programs whose containers' names nobody can see: program, subcommand that makes, that removes or stops.
/// Empty: the program alone. What is listed here is not followed into its files.
const OPAQUE: [(&str, &[&str], &[&str], Effect); 15] = [
    // supabase names its containers after the project id of its configuration.
    ("supabase", &["start", "db start"], &["stop"], Effect::Makes),
    ("act", &[""], &[], Effect::Runs),
    ("devcontainer", &["up"], &["down"], Effect::Makes),
    ("localstack", &["start"], &["stop"], Effect::Makes),
    ("ddev", &["start", "restart"], &["stop", "delete", "poweroff"], Effect::Makes),
    ("lando", &["start", "rebuild"], &["stop", "destroy", "poweroff"], Effect::Makes),
    ("sail", &["up"], &["down", "stop"], Effect::Makes),
    ("wp-env", &["start"], &["stop", "destroy"], Effect::Makes),
    ("skaffold", &["run", "dev"], &["delete"], Effect::Makes),
    ("tilt", &["up", "ci"], &["down"], Effect::Makes),
    ("earthly", &[""], &[], Effect::Runs),
    ("dagger", &["run", "call"], &[], Effect::Runs),
    ("molecule", &["converge", "create"], &["destroy"], Effect::Makes),
    ("kurtosis", &["run", "engine start"], &["clean", "engine stop", "enclave rm"], Effect::Makes),
    ("sam", &["local"], &[], Effect::Runs),
];

/// Reads an invocation as one of a program that starts containers.
pub fn program(invocation: &Invocation<'_>) -> Option<ProgramCall> {
    let args = &*invocation.argv;
    // `npx supabase@latest`
    let name = invocation.program.split('@').next().unwrap_or_default();
    match name {
        "kind" => kind(args),
        "k3d" => k3d(args),
        "minikube" => minikube(args),
        _ => opaque(name, args),
    }
}

fn kind(args: &[Arg]) -> Option<ProgramCall> {
    let (options, words) = CLUSTER.parse(args);
    let word = |at: usize| words.get(at).and_then(Arg::text).unwrap_or_default();
    let (effect, all) = match (word(0), word(1)) {
        ("create", "cluster") => (Effect::Makes, false),
        ("delete", "cluster") => (Effect::Removes, false),
        ("delete", "clusters") => (Effect::Removes, options.has("all") || options.has("A")),
        _ => return None,
    };
    // A name in the configuration file is not read here.
    let hidden = options.has("config") && !options.has("name");
    let (name, name_arg) = named(options.value("name").or_else(|| words.get(2).cloned()), "kind");
    let name = name.filter(|_| !hidden);
    let resources = name.iter().flat_map(|name| cluster_parts("kind", name));
    // Shared by all clusters, and `delete` leaves it.
    let network = (effect == Effect::Makes).then(|| (ObjectKind::Network, Value::literal("kind")));
    let resources = resources.chain(network).collect();
    let label = name.clone().map(|name| Value::literal("io.x-k8s.kind.cluster=").then(name));
    let config = options.value("config");
    Some(ProgramCall { program: "kind", effect, all, resources, label, name, name_arg, config })
}

fn k3d(args: &[Arg]) -> Option<ProgramCall> {
    let (options, words) = CLUSTER.parse(args);
    let word = |at: usize| words.get(at).and_then(Arg::text).unwrap_or_default();
    let effect = match (word(0), word(1)) {
        ("cluster", "create" | "start") => Effect::Makes,
        ("cluster", "delete" | "del" | "rm" | "remove") => Effect::Removes,
        ("cluster", "stop") => Effect::Stops,
        _ => return None,
    };
    let hidden = options.has("config") && words.len() < 3;
    let (name, name_arg) = named(words.get(2).cloned(), "k3s-default");
    let name = name.filter(|_| !hidden);
    let resources = name.iter().flat_map(|name| cluster_parts("k3d", name)).collect();
    let label = name.clone().map(|name| Value::literal("k3d.cluster=").then(name));
    let all = options.has("all") || options.has("a");
    let config = options.value("config");
    Some(ProgramCall { program: "k3d", effect, all, resources, label, name, name_arg, config })
}

fn minikube(args: &[Arg]) -> Option<ProgramCall> {
    let (options, words) = CLUSTER.parse(args);
    let effect = match words.first().and_then(Arg::text) {
        Some("start") => Effect::Makes,
        Some("delete") => Effect::Removes,
        Some("stop") => Effect::Stops,
        _ => return None,
    };
    // With another driver it makes a virtual machine, or nothing at all.
    if options
        .value("driver")
        .is_some_and(|driver| driver.text().is_some_and(|text| !matches!(text, "docker" | "podman")))
    {
        return None;
    }
    let profile = options.value("profile").or_else(|| options.value("port"));
    let (name, name_arg) = named(profile, "minikube");
    let resources = name.iter().flat_map(|name| cluster_parts("minikube", name)).collect();
    let label = name.clone().map(|name| Value::literal("name.minikube.sigs.k8s.io=").then(name));
    let (all, config) = (options.has("all"), None);
    Some(ProgramCall { program: "minikube", effect, all, resources, label, name, name_arg, config })
}

fn named(arg: Option<Arg>, default: &str) -> (Option<Value>, Option<Arg>) {
    let value = arg.as_ref().map_or_else(|| Value::literal(default), |arg| arg.value.clone());
    (Some(value), arg)
}

fn opaque(name: &str, args: &[Arg]) -> Option<ProgramCall> {
    let (program, makes, removes, effect) = OPAQUE.iter().find(|(program, ..)| *program == name)?;
    let words: Vec<&str> = args.iter().filter_map(Arg::text).filter(|text| !text.starts_with('-')).collect();
    let asked = |verbs: &[&str]| {
        verbs.iter().any(|verb| {
            let verb: Vec<&str> = verb.split_ascii_whitespace().collect();
            words.starts_with(&verb)
        })
    };
    let query =
        args.iter().filter_map(Arg::text).any(|text| matches!(text, "--help" | "--version" | "-h" | "--list" | "-l"));
    let effect = if query {
        return None;
    } else if asked(removes) {
        Effect::Removes
    } else if asked(makes) {
        *effect
    } else {
        return None;
    };
    Some(ProgramCall {
        program,
        effect,
        name: None,
        name_arg: None,
        config: None,
        all: false,
        resources: Vec::new(),
        label: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::words;

    fn read(line: &str) -> Option<ProgramCall> {
        let line_words = words(line);
        Invocation::parse(&line_words).as_ref().and_then(program)
    }

    #[test]
    fn clusters_have_names() {
        for (line, effect, first) in [
            ("kind create cluster --name ci-@run --wait 60s", Effect::Makes, "ci-${{ github.run_id }}-control-plane"),
            ("kind create cluster", Effect::Makes, "kind-control-plane"),
            ("kind delete cluster --name=ci", Effect::Removes, "ci-control-plane"),
            ("k3d cluster create ci --agents 2 -p 80:80@loadbalancer", Effect::Makes, "k3d-ci-server-0"),
            ("k3d cluster delete", Effect::Removes, "k3d-k3s-default-server-0"),
            ("minikube start --driver=docker -p ci", Effect::Makes, "ci"),
        ] {
            let found = read(line).expect(line);
            let name = found.resources.first().map(|(_, name)| name.to_string());
            assert_eq!((found.effect, name.as_deref()), (effect, Some(first)), "{line}");
        }
        assert_eq!(read("kind create cluster --config k.yaml").and_then(|found| found.name), None);
        assert_eq!(read("minikube start --driver=none"), None);
        assert_eq!(read("kind load docker-image x"), None);
    }

    #[test]
    fn other_programs_only_tell_what_they_do() {
        for (line, effect) in [
            ("npx supabase@latest start", Some(Effect::Makes)),
            ("supabase stop --no-backup", Some(Effect::Removes)),
            ("supabase db push", None),
            ("act -j test", Some(Effect::Runs)),
            ("act --list", None),
            ("./vendor/bin/sail up -d", Some(Effect::Makes)),
            ("earthly +test", Some(Effect::Runs)),
        ] {
            assert_eq!(read(line).map(|found| found.effect), effect, "{line}");
        }
    }
}
