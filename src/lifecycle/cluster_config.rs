//! The names that clusters have from their configuration files.

use super::resource::{Resource, ResourceKind};
use crate::docker::{ProgramCall, cluster_parts};
use crate::follow::{Files, Resolved, resolve};
use crate::stack::environment::{edits, writes_to};
use crate::symbol::Value;
use crate::trace::{ActKind, JobTrace, Target};

/// kind's own name for a cluster that nobody names.
const DEFAULT: &str = "kind";

/// Names the clusters of kind whose configuration can be read: a file of the repository, or what the job writes.
pub fn name_clusters(files: &Files, trace: &JobTrace, made: &mut [Resource]) {
    for resource in made.iter_mut().filter(|resource| resource.kind == ResourceKind::Cluster) {
        let ActKind::Program(call) = &trace.acts[resource.act].kind else { continue };
        let Some(config) = config_of(call) else { continue };
        let Some(text) = text(files, trace, resource.act, config) else { continue };
        let Some(name) = name_in(&text) else { continue };
        resource.parts = cluster_parts(call.program, &name).into_iter().map(|(_, part)| part).collect();
        resource.name = Some(name);
    }
}

/// The configuration that names what a call of kind makes.
fn config_of(call: &ProgramCall) -> Option<&Value> {
    let hidden = call.program == "kind" && call.name.is_none();
    call.config.as_ref().filter(|_| hidden).map(|config| &config.value)
}

/// What stands in a file when an act reads it.
fn text(files: &Files, trace: &JobTrace, index: usize, path: &Value) -> Option<Value> {
    let act = trace.acts.get(index)?;
    let Resolved::File(path) = resolve(&act.directory, path, None) else { return None };
    let mut written = trace.written.iter().filter(|written| written.after <= index && writes_to(written, &path));
    match (written.next(), written.next()) {
        (Some(only), None) if !only.conditional && only.target == Target::Here && !files.has(&path) => {
            Some(only.text.clone())
        }
        (None, _) if edits(trace, index, std::slice::from_ref(&path)).is_no() => {
            files.read(&path).map(|source| Value::literal(source.text()))
        }
        _ => None,
    }
}

/// The top-level `name:` of a configuration, else kind's own; nothing where a line may be anything.
fn name_in(text: &Value) -> Option<Value> {
    for line in text.split('\n') {
        if let Some(rest) = line.strip_prefix("name:") {
            let Some(written) = rest.as_literal() else { return rest.strip_prefix(" ") };
            let written = written.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            return (!written.is_empty()).then(|| Value::literal(written));
        }
        if line.prefix().is_empty() && !line.parts().is_empty() {
            return None;
        }
    }
    Some(Value::literal(DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::resources::resources;
    use crate::trace::testing::traced;

    #[test]
    fn the_configuration_is_the_file_as_it_is_when_it_is_read() {
        let files = [("kind.yaml", "kind: Cluster\nname: ci\n"), ("k3d.yaml", "metadata:\n  name: k\n")];
        let named = |script: &str| {
            let body: String = script.lines().map(|line| format!("          {line}\n")).collect();
            let workflow = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n{body}");
            let traced = traced(&workflow, &files);
            let mut made = resources(&traced.traces[0], &std::collections::BTreeMap::new());
            name_clusters(&Files::in_memory(files), &traced.traces[0], &mut made);
            let shown = |made: &Resource| made.name.as_ref().and_then(Value::as_literal).unwrap_or("-").to_owned();
            made.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        for (script, wanted) in [
            ("kind create cluster --config kind.yaml", "ci"),
            ("kind create cluster --config kind.yaml --name own", "own"),
            ("kind create cluster --config absent.yaml", "-"),
            ("kind create cluster --config $CONFIG", "-"),
            ("cd k8s\nkind create cluster --config ../kind.yaml", "ci"),
            // What the job changes or writes is not what the repository has.
            ("sed -i s/ci/$X/ kind.yaml\nkind create cluster --config kind.yaml", "-"),
            ("echo 'name: new' > kind.yaml\nkind create cluster --config kind.yaml", "-"),
            ("echo 'name: new' > written.yaml\nkind create cluster --config written.yaml", "new"),
            ("echo 'name: new' > other.yaml\nkind create cluster --config written.yaml", "-"),
            ("kind create cluster --config written.yaml\necho 'name: new' > written.yaml", "-"),
            ("if [ -f x ]; then echo 'name: new' > written.yaml; fi\nkind create cluster --config written.yaml", "-"),
            (
                "echo 'name: one' > written.yaml\necho 'name: two' > written.yaml\nkind create cluster --config written.yaml",
                "-",
            ),
        ] {
            assert_eq!(named(script), wanted, "{script}");
        }
    }

    #[test]
    fn a_configuration_names_its_cluster_or_kind_does() {
        let named = |text: &str| name_in(&Value::literal(text)).map(|name| name.to_string());
        assert_eq!(named("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n").as_deref(), Some("kind"));
        assert_eq!(named("kind: Cluster\nname: \"ci\" # ours\nnodes: []\n").as_deref(), Some("ci"));
        assert_eq!(named("kind: Cluster\nnodes:\n- role: worker\n  name: w\n").as_deref(), Some("kind"));
        assert_eq!(named("kind: Cluster\nname:\n"), None);
        let passed = Value::literal("kind: Cluster\n").then(Value::unknown("$MORE"));
        assert_eq!(name_in(&passed), None);
    }
}
