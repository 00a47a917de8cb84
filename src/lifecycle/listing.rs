//! Listings whose output is removed: `docker ps -aq --filter … | grep … | awk '{print $1}'`.

use super::selector::{By, Selector};
use crate::command::Arg;
use crate::docker::{ComposeVerb, List, Verb};
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::{Act, ActKind, Branch, Capture, JobTrace, Question, Stage};

/// What a captured text selects; `None` when its first command lists nothing of docker's.
pub fn selector(capture: &Capture) -> Option<Selector> {
    if !capture.made_by.is_empty() {
        return Some(Selector { made_by: capture.made_by.clone(), ..Selector::default() });
    }
    piped(&capture.stages)
}

/// What a captured text selects, listing by listing, and where each is written: several may print into one.
pub fn selectors(capture: &Capture) -> Vec<(Selector, &Location)> {
    let beside = capture.stages.iter().enumerate().flat_map(|(index, stage)| {
        let rest = &capture.stages[index + 1..];
        stage.beside.iter().filter_map(move |own| Some((piped(&[&own.stages, rest].concat())?, &own.at)))
    });
    beside.chain(selector(capture).map(|own| (own, &capture.at))).collect()
}

/// What a pipe of these commands leaves.
fn piped(stages: &[Stage]) -> Option<Selector> {
    let at = stages.iter().position(|stage| stage.call.is_some())?;
    let call = stages[at].call.as_ref()?;
    let mut selector = match &call.verb {
        Verb::List(list) => of_list(list),
        Verb::Compose(compose) if matches!(compose.verb, ComposeVerb::Ps { .. }) => {
            return Some(Selector { by: By::Project, unsure: true, ..Selector::default() });
        }
        _ => return None,
    };
    for stage in &stages[at + 1..] {
        read(stage, &mut selector);
    }
    // What stands before it writes the other side of a comparison.
    selector.unsure |= at > 0;
    Some(selector.classify())
}

/// What `docker ps` and its kind select by themselves.
fn of_list(list: &List) -> Selector {
    Selector {
        filters: list.filters.clone(),
        format: list.format.as_ref().map(|format| format.value.clone()),
        reference: list.reference.as_ref().map(|reference| reference.value.clone()),
        all: list.all.may_be(),
        some: list.latest.may_be(),
        ..Selector::default()
    }
}

/// What a later command of the pipe leaves of it.
fn read(stage: &Stage, selector: &mut Selector) {
    // `docker stop` and `docker rm` print what they were given.
    if stage.call.as_ref().is_some_and(|call| matches!(call.verb, Verb::Control(_) | Verb::Remove(_))) {
        return;
    }
    match stage.program.as_str() {
        "grep" | "egrep" | "fgrep" | "rg" => grep(&stage.argv, selector),
        "awk" | "gawk" | "mawk" => awk(&stage.argv, selector),
        "sed" => sed(&stage.argv, selector),
        "comm" | "diff" => selector.by = By::BaselineDiff,
        "head" | "tail" | "sed -n" => {
            // `tail -n +2` drops the heading.
            let heading = stage.argv.iter().any(|arg| arg.value.prefix().contains("+2"));
            selector.some |= !heading;
        }
        "[[" | "[" | "test" => selector.patterns.extend(tested(&stage.argv)),
        "case" => selector.patterns.push((Value::unknown("$(case)"), false)),
        "cut" | "tr" | "sort" | "uniq" | "cat" | "tee" | "xargs" | "while" | "wc" | "rev" => {}
        _ => selector.unsure = true,
    }
}

/// What a test asks of each line: `[[ $name == ws-* ]]`. Whether there is any at all is no choice.
fn tested(argv: &[Arg]) -> Option<(Value, bool)> {
    let at = argv.iter().position(|arg| arg.text().is_some_and(is_comparison))?;
    let pattern = match (argv.get(at)?.text(), argv.get(at + 1)) {
        (Some("=" | "==" | "=~" | "!="), Some(compared)) => compared.value.clone(),
        _ => Value::unknown("$(test)"),
    };
    Some((pattern, argv.get(at)?.is("!=")))
}

fn is_comparison(word: &str) -> bool {
    matches!(word, "=" | "==" | "=~" | "!=" | "-eq" | "-ne" | "-gt" | "-ge" | "-lt" | "-le")
}

/// What a branch asks of a candidate before it is taken: the patterns of its searches, its comparisons.
pub fn asked(trace: &JobTrace, branch: &Branch, candidate: &Value) -> Vec<(Value, bool)> {
    let acts = trace.acts.get(branch.asked.clone()).unwrap_or_default();
    let is_asked = match &branch.question {
        Question::Values(values) => values.iter().any(|value| value.same(candidate).is_yes()),
        Question::Present | Question::Command => acts.iter().any(|act| mentions(act, candidate)),
    };
    if !is_asked {
        return Vec::new();
    }
    let mut patterns: Vec<(Value, bool)> =
        acts.iter().flat_map(searched).map(|pattern| (pattern, !branch.on_yes)).collect();
    if !patterns.is_empty() {
        return patterns;
    }
    let unknown = || Value::unknown(format!("$({})", branch.written));
    let compared = match &branch.question {
        Question::Values(values) => match values.iter().position(|value| value.as_literal().is_some_and(is_comparison))
        {
            Some(at) => values.get(at + 1).cloned(),
            // The only word is what `case` looks at.
            None => (values.len() == 1).then(unknown),
        },
        Question::Present | Question::Command => Some(unknown()),
    };
    patterns.extend(compared.map(|pattern| (pattern, !branch.on_yes)));
    patterns
}

/// What a search lets through.
pub fn searched(act: &Act) -> Vec<Value> {
    let mut selector = Selector::default();
    if let ActKind::Command { program, argv, .. } = &act.kind
        && matches!(program.as_str(), "grep" | "egrep" | "fgrep" | "rg")
    {
        grep(argv, &mut selector);
    }
    selector.patterns.into_iter().filter(|(_, inverted)| !inverted).map(|(pattern, _)| pattern).collect()
}

/// Whether a command is about it.
fn mentions(act: &Act, value: &Value) -> bool {
    let is = |arg: &Arg| arg.value.same(value).is_yes();
    match (act.verb(), &act.kind) {
        (Some(Verb::Inspect { names, .. } | Verb::Logs { names, .. } | Verb::Look { names }), _) => {
            names.iter().any(is)
        }
        (Some(Verb::Port { container, .. }), _) => is(container),
        (Some(Verb::Exec(exec)), _) => exec.container.as_ref().is_some_and(is),
        (None, ActKind::Command { argv, .. }) => argv.iter().any(is),
        _ => false,
    }
}

fn grep(argv: &[Arg], selector: &mut Selector) {
    let mut inverted = false;
    let mut pattern = None;
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        let text = word.value.prefix();
        if text == "-e" || text == "--regexp" {
            pattern = words.next().map(|arg| arg.value.clone());
        } else if text.starts_with("--") {
            inverted |= text == "--invert-match";
            if text.starts_with("--file") {
                selector.by = By::BaselineDiff;
                return;
            }
        } else if text.starts_with('-') && text.len() > 1 {
            inverted |= text.contains('v');
            if text.contains('f') {
                selector.by = By::BaselineDiff;
                return;
            }
        } else if pattern.is_none() {
            pattern = Some(word.value.clone());
        }
    }
    match pattern {
        Some(pattern) => selector.patterns.push((pattern, inverted)),
        None => selector.unsure = true,
    }
}

/// `awk '/ws-/ {print $1}'`, `awk '$2 ~ /x/'`, `awk '{print $1}'`.
fn awk(argv: &[Arg], selector: &mut Selector) {
    let program = argv.iter().find(|arg| !arg.value.prefix().starts_with('-') && arg.value.prefix() != ":");
    let Some(text) = program.and_then(Arg::text) else {
        selector.unsure = true;
        return;
    };
    let head = text.split('{').next().unwrap_or_default();
    let mut pieces = head.splitn(3, '/');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(before), Some(pattern), Some(_)) => {
            selector.patterns.push((Value::literal(pattern), before.trim_end().ends_with('!')));
        }
        _ if head.contains("NR") => {}
        _ if equals(head).is_some() => selector.patterns.extend(equals(head)),
        _ if !head.trim().is_empty() => {
            selector.patterns.push((Value::unknown("$(awk)"), false));
        }
        _ => {}
    }
}

/// The pattern of `$1 == "shop"`: the whole field.
fn equals(condition: &str) -> Option<(Value, bool)> {
    let (field, text) = condition.split_once("==")?;
    let text = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c));
    (field.trim().starts_with('$') && plain).then(|| (Value::literal(format!("^{text}$")), false))
}

/// `sed -n '/ws-/p'`.
fn sed(argv: &[Arg], selector: &mut Selector) {
    if argv.iter().any(|arg| arg.is("-n")) {
        let script = argv.iter().filter_map(Arg::text).find(|text| text.starts_with('/'));
        match script.and_then(|text| text[1..].rsplit_once('/')) {
            Some((pattern, _)) => selector.patterns.push((Value::literal(pattern), false)),
            None => selector.unsure = true,
        }
    }
}
