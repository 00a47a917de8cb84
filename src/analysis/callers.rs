//! Who calls a reusable workflow of the repository, and with which inputs.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::facts::Link;
use crate::follow::{Files, local_workflow};
use crate::lifecycle::peers::Needs;
use crate::runner::WorkflowCall;
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::contexts::Contexts;
use crate::workflow::{Input, Job, Matrix, Workflow};
use crate::yaml::Tree;

/// How deep reusable workflows that call each other hand on their inputs.
const DEEPEST: usize = 4;

/// What the callers of one workflow say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Callers {
    /// What each passes, as far as it is literal.
    pub calls: Vec<WorkflowCall>,
    /// `inputs.*` over all of them.
    pub inputs: BTreeMap<String, Value>,
    /// Those of them that are typed boolean.
    pub flags: BTreeSet<String>,
    /// The jobs that call it, `path#job`, in the files' order.
    pub jobs: Vec<String>,
    /// What each of them passes, defaults included.
    pub given: Vec<BTreeMap<String, Value>>,
    /// Each of the calls, when nothing but calls starts the workflow.
    pub links: Vec<Link>,
    /// The calls that can run at the same time in one run: those of a matrix, and those of jobs that do not
    /// need each other.
    pub side_by_side: Arc<Vec<Location>>,
}

/// The callers of each workflow that has some, by its file as it is shown.
pub(super) fn callers(files: &Files, read: &[(&Tree, Workflow)]) -> BTreeMap<Arc<str>, Callers> {
    let mut known = BTreeMap::new();
    if read.iter().all(|(_, workflow)| workflow.jobs.iter().all(|job| job.uses.is_none())) {
        return known;
    }
    // A callee that calls hands on what it was given: each round knows one call more.
    for _ in 0..DEEPEST {
        known = round(files, read, &known);
    }
    known
}

fn round(
    files: &Files,
    read: &[(&Tree, Workflow)],
    before: &BTreeMap<Arc<str>, Callers>,
) -> BTreeMap<Arc<str>, Callers> {
    let mut found: BTreeMap<Arc<str>, Callers> = BTreeMap::new();
    let mut by_path: HashMap<&str, &(&Tree, Workflow)> = HashMap::new();
    for one in read {
        by_path.entry(one.0.source().path()).or_insert(one);
    }
    for (tree, workflow) in read {
        let source = tree.source();
        let own = before.get(source.path());
        let inputs = own.map(|own| own.inputs.clone()).unwrap_or_default();
        let flags = own.map(|own| own.flags.clone()).unwrap_or_default();
        let mut contexts = Contexts { inputs, flags, ..Contexts::default() };
        let needs = OnceCell::new();
        let mut calling: HashMap<&str, Vec<&Job>> = HashMap::new();
        for job in &workflow.jobs {
            if let Some(uses) = &job.uses {
                calling.entry(uses.value.value()).or_default().push(job);
            }
        }
        for job in &workflow.jobs {
            let Some(uses) = &job.uses else { continue };
            let path = local_workflow(files, uses.value.value()).ok().and_then(|path| files.read(&path));
            let callee = path.and_then(|callee| by_path.get(&**callee.path()));
            let Some((callee, called)) = callee else { continue };
            let Some(event) = called.on.event("workflow_call") else { continue };
            let mut own_matrix = None;
            if let Some(matrix) = job.matrix() {
                own_matrix.insert(contexts.clone()).set_matrix(matrix);
            }
            let contexts = own_matrix.as_mut().unwrap_or(&mut contexts);
            job.id.value().clone_into(&mut contexts.job);
            let callers = found.entry(callee.source().path().clone()).or_default();
            let mut call = WorkflowCall::default();
            let mut inputs = BTreeMap::new();
            for input in &event.inputs {
                let name = input.name.value();
                let given = job.with.get(name);
                let value = match given {
                    Some(var) => var.text.as_ref().map(|text| contexts.text(text.value())),
                    None => Some(default(input)),
                };
                let value = value.unwrap_or_else(|| Value::unknown(format!("inputs.{name}")));
                if given.is_some() {
                    call.with.push((name.to_owned(), value.as_literal().map(str::to_owned)));
                }
                inputs.insert(name.to_owned(), value.clone());
                let others = callers.inputs.remove(name);
                callers.inputs.insert(name.to_owned(), Value::one_of(others.into_iter().chain([value])));
                if input.kind.as_ref().is_some_and(|kind| kind.value.value() == "boolean") {
                    callers.flags.insert(name.to_owned());
                }
            }
            let beside = |other: &&Job| {
                let needs = || needs.get_or_init(|| Needs::of(workflow));
                other.id.value() != job.id.value() && !needs().in_turn(job.id.value(), other.id.value())
            };
            if job.matrix().is_some_and(Matrix::has_several_legs)
                || calling.get(uses.value.value()).into_iter().flatten().any(beside)
                || own.is_some_and(|own| !own.side_by_side.is_empty())
            {
                Arc::make_mut(&mut callers.side_by_side).push(source.location(uses.value.span));
            }
            callers.calls.push(call);
            callers.given.push(inputs);
            callers.jobs.push(format!("{}#{}", source.path(), job.id.value()));
            let only_called = called.on.events.len() == 1;
            if only_called {
                let what = format!("uses: {}", uses.value.value());
                callers.links.push(Link { location: source.location(uses.span), what });
            }
        }
    }
    for (tree, workflow) in read {
        // What somebody dispatches with, or what another event leaves empty, nobody sees.
        if let Some(callers) = found.get_mut(tree.source().path())
            && workflow.on.events.len() > 1
        {
            for (name, value) in &mut callers.inputs {
                *value = Value::one_of([std::mem::take(value), Value::unknown(format!("inputs.{name}"))]);
            }
        }
    }
    found
}

fn default(input: &Input) -> Value {
    match &input.default {
        Some(default) => Contexts::default().text(default.value.value()),
        None if input.kind.as_ref().is_some_and(|kind| kind.value.value() == "boolean") => Value::literal("false"),
        None => Value::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{AnalysisInput, analyse};
    use crate::facts::Fact;
    use crate::source::Source;

    const CALLEE: &str = "on:\n  workflow_call:\n    inputs:\n      runner: { type: string, default: ubuntu-latest }\n      name: { type: string, default: pg }\n      run: { type: boolean, default: true }\njobs:\n  db:\n    runs-on: ${{ inputs.runner }}\n    if: inputs.run == true\n    steps:\n      - run: docker run -d --name ${{ inputs.name }} postgres\n";

    fn facts(files: &[(&str, &str)]) -> Vec<Fact> {
        let read = |(path, text): &(&str, &str)| {
            crate::yaml::parse(&Source::new(*path, text.as_bytes().to_vec()).expect("UTF-8")).expect("YAML")
        };
        let trees: Vec<Tree> = files.iter().map(read).collect();
        let workflows: Vec<&Tree> = trees.iter().collect();
        let memory = Files::in_memory(files.iter().copied());
        analyse(&AnalysisInput::unconfigured(&memory, &workflows)).facts
    }

    /// The container's name, its daemon, and the calls that lead to it.
    fn container(caller: &str) -> Option<(String, String, Vec<String>)> {
        let caller = format!("on: push\njobs:\n  a:\n    uses: ./.github/workflows/db.yml\n    with: {{ {caller} }}\n");
        let facts = facts(&[(".github/workflows/ci.yml", &caller), (".github/workflows/db.yml", CALLEE)]);
        let fact = facts.into_iter().find(|fact| fact.kind.name == "resource")?;
        let text = |name| fact.text(name).unwrap_or_default().to_owned();
        Some((text("name"), text("daemon"), fact.chain.iter().map(|link| link.what.clone()).collect()))
    }

    #[test]
    fn a_called_workflow_is_judged_with_what_its_callers_give() {
        let chain = vec!["uses: ./.github/workflows/db.yml".to_owned()];
        let found = |name: &str, daemon: &str| Some((name.to_owned(), daemon.to_owned(), chain.clone()));
        assert_eq!(container("name: redis, runner: self-hosted"), found("redis", "shared"));
        assert_eq!(container("runner: ubuntu-24.04"), found("pg", "ephemeral"));
        assert_eq!(
            container("name: 'pg-${{ github.run_id }}', runner: self-hosted"),
            found("pg-${{ github.run_id }}", "shared")
        );
        assert_eq!(container("run: false"), None);
    }

    #[test]
    fn workflows_that_call_each_other_end() {
        let text = "on: workflow_call\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n";
        facts(&[(".github/workflows/x.yml", text)]);
    }
}
