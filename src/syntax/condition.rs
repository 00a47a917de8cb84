//! Expressions that never do what they say.

use std::collections::HashSet;

use crate::expr::{FaultKind, Part, Path, faults, template};
use crate::facts::Fact;
use crate::source::Source;
use crate::workflow::{Job, Scalar, Workflow};
use crate::yaml::{Kind, Node, NodeId, Tree};

use crate::site::step_ref_of;

/// The faults of a workflow's expressions, one per expression. `is_empty` tells which contexts the
/// runner of a job (its id; `None` outside of jobs) leaves empty.
pub fn facts(workflow: &Workflow, tree: &Tree, is_empty: &dyn Fn(Option<&str>, &Path) -> bool) -> Vec<Fact> {
    let mut found = Vec::new();
    let Some(root) = tree.root() else { return found };
    for entry in root.entries() {
        match entry.key.as_str() {
            Some("jobs") => {}
            // Its expressions belong to whoever calls or starts the workflow.
            Some("on" | "true" | "name") => {}
            _ => scalars(entry.value, &mut |scalar| {
                inspect(&scalar, false, tree.source(), &|path| is_empty(None, path), &mut |fact| found.push(fact));
            }),
        }
    }
    for job in &workflow.jobs {
        of_job_entry(job, tree, &|path| is_empty(Some(job.id.value()), path), &mut found);
    }
    found
}

fn of_job_entry(job: &Job, tree: &Tree, is_empty: &dyn Fn(&Path) -> bool, found: &mut Vec<Fact>) {
    let source = tree.source();
    let fields = job.condition.iter().chain(job.steps.iter().filter_map(|step| step.condition.as_ref()));
    let conditions: HashSet<NodeId> = fields.map(|field| field.value.node).collect();
    scalars(tree.node(job.node), &mut |scalar| {
        let condition = conditions.contains(&scalar.node);
        inspect(&scalar, condition, source, is_empty, &mut |mut fact| {
            fact.job = Some(job.id.value().to_owned());
            fact.set("job-id", job.id.value());
            fact.step = job.steps.iter().find(|step| step.span.contains(scalar.span)).map(step_ref_of);
            found.push(fact);
        });
    });
}

/// Every scalar below a node that is a value; what stands behind an alias is met where it is written.
fn scalars(node: Node<'_>, each: &mut dyn FnMut(Scalar)) {
    if node.is_alias() {
        return;
    }
    match node.kind() {
        Kind::Scalar => Scalar::of(node).into_iter().for_each(each),
        Kind::Sequence => node.items().for_each(|item| scalars(item, each)),
        Kind::Mapping => node.own_entries().for_each(|entry| scalars(entry.value, each)),
    }
}

fn inspect(
    scalar: &Scalar,
    condition: bool,
    source: &Source,
    is_empty: &dyn Fn(&Path) -> bool,
    each: &mut dyn FnMut(Fact),
) {
    let text = scalar.value();
    if !condition && !scalar.has_expression() {
        return;
    }
    let tag = scalar.tag.as_ref().map(|tag| tag.written.as_str());
    let parts = template(text);
    let mut seen: Vec<usize> = Vec::new();
    for fault in faults(text, condition, tag, is_empty) {
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
            FaultKind::EmptyContext(_) => ("empty-context", &text[fault.range.clone()]),
        };
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut fact = Fact::new("condition", shown.clone());
        fact.set("fault", word).set("text", shown).set("is-if", condition).set("followed", false);
        let span = match fault.kind {
            FaultKind::BareNegation => scalar.span,
            _ => scalar.text.span(fault.range.clone()),
        };
        fact.at("expression", source.location(span));
        each(fact);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::empty_on_act;
    use crate::yaml::tests::corpus::for_each_file;

    fn shown(text: &str) -> Vec<String> {
        let source = Source::new("t.yml", text.as_bytes().to_vec()).expect("UTF-8");
        let tree = crate::yaml::parse(&source).expect("YAML");
        let workflow = Workflow::read(&tree).expect("a workflow");
        let facts = facts(&workflow, &tree, &|_, path| empty_on_act(path));
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
    #[expect(clippy::print_stderr, reason = "for people to read")]
    fn over_the_corpus() {
        for_each_file(|path, source| {
            if !path.to_string_lossy().contains("/workflows/") {
                return;
            }
            let Ok(tree) = crate::yaml::parse(source) else { return };
            let Ok(workflow) = Workflow::read(&tree) else { return };
            for fact in facts(&workflow, &tree, &|_, path| empty_on_act(path)) {
                let line = source.place(fact.spans["expression"][0].span.start).line;
                let [fault, text] = ["fault", "text"].map(|name| fact.text(name).unwrap_or_default().to_owned());
                eprintln!("{}:{line}: {fault}: {text}", path.display());
            }
        });
    }
}
