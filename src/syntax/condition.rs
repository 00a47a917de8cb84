//! Expressions that never do what they say.

use crate::expr::{FaultKind, KnownContexts, Part, Path, faults, template};
use crate::facts::Fact;
use crate::site::step_ref_of;
use crate::source::Source;
use crate::workflow::{Job, Scalar, Workflow};
use crate::yaml::{Node, NodeId, NodeKind, Tree};

/// What the runner of a job (its id; `None` outside of jobs) makes of contexts.
pub struct Runners<'r> {
    /// Whether it leaves a context empty.
    pub is_empty: &'r dyn Fn(Option<&str>, &Path) -> bool,
    /// Whether it is GitHub's, which makes every input with `type: boolean` one.
    pub is_github: &'r dyn Fn(Option<&str>) -> bool,
}

/// The faults of a workflow's expressions, one per expression.
pub fn condition_facts(workflow: &Workflow, tree: &Tree, runners: &Runners<'_>) -> Vec<Fact> {
    let known = |job: Option<&str>, each: &mut dyn FnMut(KnownContexts<'_>)| {
        each(KnownContexts {
            is_empty: &|path| (runners.is_empty)(job, path),
            is_boolean: &|path| is_boolean(workflow, path, (runners.is_github)(job)),
        });
    };
    let mut found = Vec::new();
    let Some(root) = tree.root() else { return found };
    for entry in root.entries() {
        match entry.key.as_str() {
            Some("jobs") => {}
            // Its expressions belong to whoever calls or starts the workflow.
            Some("on" | "true" | "name") => {}
            _ => scalars(entry.value, &mut |node| {
                known(None, &mut |known| inspect(node, false, tree.source(), known, &mut |_, fact| found.push(fact)));
            }),
        }
    }
    for job in &workflow.jobs {
        known(Some(job.id.value()), &mut |known| of_job_entry(job, tree, known, &mut found));
    }
    found
}

/// Whether a path is an input that is true or false and no text. GitHub makes each with `type: boolean` one; act and
/// its forks those of `workflow_dispatch` only, and hand on what a caller wrote (`getEvaluatorInputs` and
/// `setupWorkflowInputs` of their expression.go; the newest gitea-runner makes those of a caller booleans, too).
fn is_boolean(workflow: &Workflow, path: &Path, on_github: bool) -> bool {
    let names = path.names().unwrap_or_default();
    let ("inputs", [name]) = (path.context.as_str(), names.as_slice()) else { return false };
    let declared = |event: &str| {
        let event = workflow.on.event(event)?;
        let input = event.inputs.iter().find(|input| input.name.value().eq_ignore_ascii_case(name))?;
        Some(input.kind.as_ref().is_some_and(|kind| kind.value.value() == "boolean"))
    };
    match (declared("workflow_dispatch"), declared("workflow_call")) {
        (Some(dispatched), None) => dispatched,
        (None, Some(called)) => called && on_github,
        (Some(dispatched), Some(called)) => dispatched && called && on_github,
        (None, None) => false,
    }
}

fn of_job_entry(job: &Job, tree: &Tree, known: KnownContexts<'_>, found: &mut Vec<Fact>) {
    let source = tree.source();
    let fields = job.condition.iter().chain(job.steps.iter().filter_map(|step| step.condition.as_ref()));
    let mut conditions: Vec<NodeId> = fields.map(|field| field.value.node).collect();
    conditions.sort_unstable();
    scalars(tree.node(job.node), &mut |node| {
        let condition = conditions.binary_search(&node.id()).is_ok();
        inspect(node, condition, source, known, &mut |scalar, mut fact| {
            fact.job = Some(job.id.value().to_owned());
            fact.set("job-id", job.id.value()).set("in-matrix", job.matrix().is_some());
            fact.step = job.steps.iter().find(|step| step.span.contains(scalar.span)).map(step_ref_of);
            found.push(fact);
        });
    });
}

/// Every scalar below a node that is a value; what stands behind an alias is met where it is written.
fn scalars<'t>(node: Node<'t>, each: &mut dyn FnMut(Node<'t>)) {
    if node.is_alias() {
        return;
    }
    match node.kind() {
        NodeKind::Scalar => each(node),
        NodeKind::Sequence => node.items().for_each(|item| scalars(item, each)),
        NodeKind::Mapping => node.own_entries().for_each(|entry| scalars(entry.value, each)),
    }
}

fn inspect(
    node: Node<'_>,
    condition: bool,
    source: &Source,
    known: KnownContexts<'_>,
    each: &mut dyn FnMut(&Scalar, Fact),
) {
    if !condition && !node.as_str().is_some_and(|text| text.contains("${{")) {
        return;
    }
    let Some(scalar) = &Scalar::of(node) else { return };
    let text = scalar.value();
    let tag = scalar.tag.as_ref().map(|tag| tag.written.as_str());
    let parts = template(text);
    let mut seen: Vec<usize> = Vec::new();
    for fault in faults(text, condition, tag, known) {
        // One finding per expression: that of its first fault.
        let whole = parts.iter().find_map(|part| match part {
            Part::Expression { whole, .. } if whole.start <= fault.range.start && fault.range.end <= whole.end => {
                Some(whole.clone())
            }
            _ => None,
        });
        let whole = whole.unwrap_or(0..text.len());
        if seen.contains(&whole.start) || (condition && !seen.is_empty()) {
            continue;
        }
        seen.push(whole.start);
        let (word, shown) = match &fault.kind {
            FaultKind::BareNegation => ("yaml-tag", source.slice(scalar.span)),
            FaultKind::MixedTemplate => ("mixed-template", text),
            FaultKind::ObjectCompared(_) => ("object-compared", &text[fault.range.clone()]),
            FaultKind::UnknownContext(_) => ("unknown-context", &text[fault.range.clone()]),
            FaultKind::BooleanCompared(_) => ("boolean-compared", &text[fault.range.clone()]),
            FaultKind::EmptyContext(_) => ("empty-context", &text[fault.range.clone()]),
            FaultKind::NoMember(_) => ("no-member", &text[fault.range.clone()]),
        };
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut fact = Fact::new("condition", shown.clone());
        // A condition of many lines begins the sentence, and does not fill it.
        let told = if word == "mixed-template" { beginning(&shown) } else { shown };
        fact.set("fault", word).set("text", told).set("is-if", condition).set("followed", false);
        let span = match fault.kind {
            FaultKind::BareNegation => scalar.span,
            _ => scalar.text.span(fault.range.clone()),
        };
        fact.at("expression", source.location(span));
        each(scalar, fact);
    }
}

/// A text short enough for a message.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::empty_on_act;
    use crate::yaml::tests::corpus::for_each_file;

    const ON_ACT: Runners<'static> =
        Runners { is_empty: &|_, path| empty_on_act(path), is_github: &|job| job == Some("hosted") };

    fn shown(text: &str) -> Vec<String> {
        let source = Source::new("t.yml", text.as_bytes().to_vec()).expect("UTF-8");
        let tree = crate::yaml::parse(&source).expect("YAML");
        let workflow = Workflow::read(&tree).expect("a workflow");
        let facts = condition_facts(&workflow, &tree, &ON_ACT);
        let line = |fact: &Fact| source.place(fact.spans["expression"][0].span.start).line;
        facts
            .iter()
            .map(|fact| {
                let [fault, text] = ["fault", "text"].map(|name| fact.text(name).unwrap_or_default());
                format!("{} {fault} {text}", line(fact))
            })
            .collect()
    }

    #[test]
    fn each_fault_stands_at_its_expression() {
        let text = "\
on: push
env: {A: '${{ NAME }}'}
jobs:
  a:
    if: !cancelled()
    steps:
      - if: gitea.event == 'push'
        run: echo ${{ CONTAINER }} ${{ github.sha }} ${{ strategy.job-index }}
      - if: ${{ github.ref }} == 'x'
        with: {a: '${{ steps.x.outputs.y || secrets.Z }}'}
      - if: always() && github.event_name == 'push'
";
        let expected = [
            "2 unknown-context NAME",
            "5 yaml-tag !cancelled()",
            "7 object-compared gitea.event == 'push'",
            "8 unknown-context CONTAINER",
            "8 empty-context strategy.job-index",
            "9 mixed-template ${{ github.ref }} == 'x'",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn lists_and_texts_have_no_members() {
        let text = "\
on: push
jobs:
  a:
    if: ${{ fromJSON(needs.b.outputs.list).length != 0 }}
    steps:
      - if: needs.b.outputs.list.length > 0 || fromJSON('{\"length\":1}').length == 1
      - if: github.event.pull_request.labels.length == 0 && matrix.box.length == 2
      - run: echo ${{ env.LIST.size }} ${{ steps.x.outputs.length }} ${{ fromJSON(inputs.box).width }}
";
        let expected = [
            "4 no-member fromJSON(needs.b.outputs.list).length",
            "6 no-member needs.b.outputs.list.length",
            "7 no-member github.event.pull_request.labels.length",
            "8 no-member env.LIST.size",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn a_boolean_input_equals_no_text() {
        let text = "\
on:
  workflow_dispatch: {inputs: {flag: {type: boolean}, word: {type: string}, both: {type: boolean}}}
  workflow_call: {inputs: {called: {type: boolean}, both: {type: boolean}}}
jobs:
  hosted:
    if: inputs.flag == 'true'
    steps:
      - if: inputs.called != 'true' || inputs['both'] == 'false'
      - if: github.event.inputs.flag == 'true' || inputs.word == 'true' || inputs.flag == true || inputs.flag == ''
  act:
    steps:
      - if: ${{ 'false' == inputs.flag }}
      - if: inputs.called == 'true' || inputs.both == 'true' || inputs.other == 'true' || inputs.flag == '1'
";
        let expected = [
            "6 boolean-compared inputs.flag == 'true'",
            "8 boolean-compared inputs.called != 'true'",
            "12 boolean-compared 'false' == inputs.flag",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "for people to read")]
    fn over_the_corpus() {
        for_each_file(|path, source| {
            if !path.to_string_lossy().contains("/workflows/") {
                return;
            }
            let Ok(tree) = crate::yaml::parse(source) else { return };
            let Ok(workflow) = Workflow::read(&tree) else { return };
            for fact in condition_facts(&workflow, &tree, &ON_ACT) {
                let line = source.place(fact.spans["expression"][0].span.start).line;
                let [fault, text] = ["fault", "text"].map(|name| fact.text(name).unwrap_or_default().to_owned());
                eprintln!("{}:{line}: {fault}: {text}", path.display());
            }
        });
    }
}
