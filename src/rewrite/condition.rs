//! `condition`: an expression that is evaluated the way it reads.

use std::ops::Range;

use super::merged::merged;
use super::unique_name::legs_of;
use super::untrusted;
use super::{Draft, Place, Scene, Withheld, is_posix};
use crate::edit::{Applicability, Fix};
use crate::expr::{self, FaultKind, KnownContexts, Part};
use crate::finding::Finding;
use crate::shell::{self, Context, Node as ShellNode, Script, Word};
use crate::source::{Location, Span};
use crate::symbol::Value;
use crate::workflow::{Scalar, Vars};
use crate::yaml::{Node, Tree};

/// The events of which a name may be asked.
const EVENTS: &[&str] = &[
    "push",
    "pull_request",
    "pull_request_target",
    "schedule",
    "workflow_dispatch",
    "workflow_call",
    "workflow_run",
    "release",
    "create",
    "delete",
    "issues",
    "issue_comment",
    "merge_group",
    "repository_dispatch",
    "fork",
    "label",
    "pull_request_review",
    "pull_request_comment",
    "registry_package",
];

/// The fix of a finding.
///
/// # Errors
/// When the meant form is not certain.
pub fn condition(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let path = &finding.location.path;
    let tree = scene.trees.get(path).ok_or_else(|| Withheld::because(format!("`{path}` cannot be read")))?;
    let node = scalar_at(tree, finding.location.span)
        .ok_or_else(|| Withheld::because("its text does not stand in the file as such"))?;
    let scalar = Scalar::of(node).ok_or_else(|| Withheld::because("its text does not stand in the file as such"))?;
    let is_if = is_under(node, "if");
    let tag = scalar.tag.as_ref().map(|tag| tag.written.as_str());
    // What a runner leaves empty, and which input is a boolean, was judged before; here only what was found counts.
    let known =
        KnownContexts { is_empty: &expr::empty_on_act, is_boolean: &|path: &expr::Path| path.context == "inputs" };
    let found = expr::faults(scalar.value(), is_if, tag, known);
    let here = found.into_iter().find(|fault| match fault.kind {
        FaultKind::BareNegation => scalar.span == finding.location.span,
        _ => scalar.text.span(fault.range.clone()) == finding.location.span,
    });
    let fault = here.ok_or_else(|| {
        Withheld::because(
            "the fault depends on the rest of the job, and no change of this text alone is sure to mend it",
        )
    })?;
    let mut draft = Draft::new(scene);
    let replace = |draft: &mut Draft<'_>, old: &str, new: &str| {
        let whole = finding.location.span;
        let at =
            tree.source().slice(whole).find(old).map(|at| Span::new(whole.start + at, whole.start + at + old.len()));
        draft.replace(&Location { path: path.clone(), span: at.ok_or_else(Withheld::torn)? }, new)
    };
    let (title, why) = match fault.kind {
        FaultKind::BareNegation => {
            let written = tree.source().slice(scalar.span).trim().to_owned();
            let expression = if written.is_empty() { tag.unwrap_or_default().to_owned() } else { written };
            draft.set(path, node.id(), &format!("${{{{ {expression} }}}}"))?;
            (
                "write the condition so that YAML does not take it for a tag".to_owned(),
                "until now it meant `success()`, and what it guards now runs in other cases",
            )
        }
        FaultKind::MixedTemplate => {
            draft.set(path, node.id(), &merged(scalar.value())?)?;
            (
                "put the whole condition into one expression".to_owned(),
                "until now it was always true, and what it guards may now be skipped",
            )
        }
        FaultKind::ObjectCompared(object) => {
            let text = scalar.value().get(fault.range.clone()).unwrap_or_default();
            let is_event =
                object.ends_with(".event") && EVENTS.iter().any(|event| text.contains(&format!("'{event}'")));
            if !is_event {
                return Err(Withheld::because("it is not certain which field is meant"));
            }
            if is_under(node, "run") && !yields_only_truth(scene, finding, scalar.value(), &fault.range) {
                return Err(Withheld::because(
                    "a script would then get a value that it never had, and that may be code",
                ));
            }
            replace(&mut draft, &object, &format!("{object}_name"))?;
            (
                format!("compare `{object}_name`"),
                "until now the condition was never true, so what it guards never ran, and will run from now on",
            )
        }
        FaultKind::BooleanCompared(_) => {
            let text = scalar.value().get(fault.range.clone()).unwrap_or_default();
            let quoted = ["'true'", "'false'"].into_iter().find(|quoted| text.contains(quoted));
            let quoted = quoted.ok_or_else(|| Withheld::because("it is not certain which of the two is meant"))?;
            if is_under(node, "run") && !is_whole(scalar.value(), &fault.range) {
                return Err(Withheld::because(
                    "a script would then get a value that it never had, and that may be code",
                ));
            }
            let bare = quoted.trim_matches('\'');
            let right = text.replacen(quoted, bare, 1);
            if scalar.value().contains(&right) {
                return Err(Withheld::because(format!("`{right}` stands in it already: delete `{text}`")));
            }
            replace(&mut draft, quoted, bare)?;
            (
                format!("compare with `{bare}`, which is not a text"),
                "until now the comparison always came out the same, and what it guards may now run, or be skipped",
            )
        }
        FaultKind::UnknownContext(name) => {
            let written = scalar.value().get(fault.range.clone()).unwrap_or_default().to_owned();
            if written != name && !written.eq_ignore_ascii_case(&name) || !is_variable(scene, finding, &written) {
                return Err(Withheld::because(format!(
                    "no `env:` of the job has `{written}`, and an expression cannot read a variable of the script"
                )));
            }
            let why = "until now it was an error, or empty, and what reads it now gets a value";
            if is_under(node, "run") {
                let (whole, new) = in_script(scene, finding, node, &scalar, &fault.range, &written)?;
                let span = scalar.text.exact(whole).ok_or_else(Withheld::torn)?;
                draft.replace(&Location { path: path.clone(), span }, &new)?;
                (format!("read the variable: `${written}`"), why)
            } else {
                replace(&mut draft, &written, &format!("env.{written}"))?;
                (format!("read the variable: `env.{written}`"), why)
            }
        }
        FaultKind::NoMember(_) => {
            return Err(Withheld::because(
                "expressions have no lengths, and nothing shows how an empty list is written here",
            ));
        }
        FaultKind::EmptyContext(context) => {
            let place = scene.place(finding)?;
            replace(&mut draft, &context, &values(&place, &context, scalar.value())?)?;
            (
                "use the values of the matrix".to_owned(),
                "until now it was empty, and names that are built with it change",
            )
        }
    };
    draft.finish("condition", Applicability::Unsafe, title, Some(why.to_owned()))
}

fn scalar_at(tree: &Tree, span: Span) -> Option<Node<'_>> {
    let holds = |node: &Node<'_>| !node.is_alias() && node.scalar().is_some() && node.full_span().contains(span);
    tree.nodes().filter(holds).min_by_key(|node| node.full_span().end - node.full_span().start)
}

/// Whether a value stands under that key.
fn is_under(node: Node<'_>, key: &str) -> bool {
    node.parent().is_some_and(|parent| {
        parent.own_entries().any(|entry| entry.value.id() == node.id() && entry.key.as_str() == Some(key))
    })
}

/// The expression around a range of a text: all of it, and what stands between its braces.
fn expression_at(text: &str, range: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    expr::template(text).into_iter().find_map(|part| match part {
        Part::Expression { whole, inner } if whole.start <= range.start && range.end <= whole.end => {
            Some((whole, inner))
        }
        _ => None,
    })
}

/// Whether all that an expression names is plain, but for the object that it compares.
fn yields_only_truth(scene: &Scene<'_>, finding: &Finding, text: &str, range: &Range<usize>) -> bool {
    let Ok(place) = scene.place(finding) else { return false };
    let parsed = expression_at(text, range).and_then(|(_, inner)| expr::parse(&text[inner]));
    let is_event = |path: &expr::Path| path.segments.len() == 1 && path.member() == Some("event");
    parsed.is_some_and(|expr| {
        expr.paths().iter().all(|(path, _)| is_event(path) || untrusted::is_plain(&place.job.job, &path.to_string()))
    })
}

/// Whether the range is all of an expression, which then is true or false and nothing else.
fn is_whole(text: &str, range: &Range<usize>) -> bool {
    expression_at(text, range).is_some_and(|(_, inner)| text[inner].trim() == text[range.clone()].trim())
}

/// Programs that read code in their arguments, or below them.
const READ_CODE: [&str; 17] = [
    "ash", "awk", "bash", "dash", "eval", "fish", "ksh", "node", "perl", "php", "python", "python3", "ruby", "sh",
    "ssh", "trap", "zsh",
];

/// The variable in place of the expression around `range`, which is its name: what is to be replaced in a script, and
/// by what.
///
/// # Errors
/// Where its value would be code.
fn in_script(
    scene: &Scene<'_>,
    finding: &Finding,
    node: Node<'_>,
    scalar: &Scalar,
    range: &Range<usize>,
    name: &str,
) -> Result<(Range<usize>, String), Withheld> {
    let text = scalar.value();
    let no = |why: &str| Withheld::because(format!("its value may be code: {why}"));
    let (whole, inner) = expression_at(text, range).ok_or_else(|| no("the expression is not closed"))?;
    if text[inner].trim() != name || !untrusted::is_variable(name) {
        return Err(no("the script would get more than a variable"));
    }
    let own = node.parent().and_then(|step| step.get("shell")).and_then(Node::as_str);
    if !own.map_or_else(|| scene.place(finding).is_ok_and(|place| place.is_posix()), is_posix) {
        return Err(no("the step's shell reads no `$NAME`"));
    }
    let script = shell::parse(text);
    if is_read_as_code(&script, &whole) {
        return Err(no("another program reads it as such"));
    }
    match script.context(text, whole.start) {
        Context::Bare => Ok((whole, format!("\"${name}\""))),
        Context::Double | Context::Heredoc { quoted: false } => Ok((whole, format!("${{{name}}}"))),
        _ => Err(no("it stands in single quotes, where the shell expands nothing")),
    }
}

/// Whether a range of a script stands in a command that hands code to another program.
fn is_read_as_code(script: &Script, range: &Range<usize>) -> bool {
    let holds = |span: &Range<usize>| span.start <= range.start && range.end <= span.end;
    let mut found = false;
    script.visit(&mut |visited| {
        let ShellNode::Statement(statement) = visited else { return };
        let Some(command) = statement.command() else { return };
        let bodies = command.redirects.iter().map(|redirect| &redirect.kind.word().span);
        let own = command.words.iter().map(|word| &word.span).chain(bodies);
        let reads = |word: &Word| {
            let word = word.literal().unwrap_or_default();
            READ_CODE.contains(&word.rsplit('/').next().unwrap_or_default())
        };
        found |= own.into_iter().any(holds) && command.words.iter().any(reads);
    });
    found
}

/// Whether a name is a variable of the job.
fn is_variable(scene: &Scene<'_>, finding: &Finding, name: &str) -> bool {
    let Ok(place) = scene.place(finding) else { return false };
    let has = |vars: &Vars| vars.get(name).is_some();
    let step = place.job.job.steps.iter().find(|step| step.span.contains(finding.location.span));
    has(&place.analysed.workflow.env)
        || has(&place.job.job.env)
        || step.is_some_and(|step| has(&step.env))
        || place.job.trace.steps.iter().any(|step| step.env.contains_key(name))
}

/// What tells the legs apart where `strategy.job-index` is empty.
fn values(place: &Place<'_>, context: &str, text: &str) -> Result<String, Withheld> {
    let alone = text.replace(' ', "").contains(&format!("${{{{{context}}}}}"));
    if context != "strategy.job-index" || !alone {
        return Err(Withheld::because("it is not certain what it was meant to be"));
    }
    let legs = legs_of(place, &Value::literal(""))?;
    // `-${{ matrix.a }}-${{ matrix.b }}`, to stand within braces that are there.
    let inner = legs.trim_start_matches('-').strip_prefix("${{ ").and_then(|legs| legs.strip_suffix(" }}"));
    inner
        .map(str::to_owned)
        .ok_or_else(|| Withheld::because("the job has no matrix, so nothing can take its place: leave it out"))
}
