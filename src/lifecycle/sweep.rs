//! Scheduled jobs that remove by pattern, and the guards they lack.

use super::removal::{Removal, is_unanswered};
use super::selector::By;
use crate::docker::{ObjectKind, Verb};
use crate::facts::Fact;
use crate::site::{Site, has_token};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::workflow::{Job, Scalar, Workflow};

/// The sweep of a job, if it is one: started by a schedule, making nothing itself, removing by pattern or
/// by a prune. One fact, at its first such removal. Keys in `ignored` are not asked for.
pub fn sweep_facts(site: &Site<'_>, workflow: &Workflow, ignored: &[&str]) -> Vec<Fact> {
    let Site { job, trace, source, .. } = *site;
    if !runs_by_itself(workflow) || !job.services.is_empty() || trace.acts.iter().any(makes) {
        return Vec::new();
    }
    let removals: Vec<&Act> = trace.acts.iter().filter(|act| removes_by_pattern(trace, act)).collect();
    let Some(first) = removals.first() else { return Vec::new() };
    let mut fact = site.fact_of("sweep", first.text.as_str(), first);
    let missing = missing(site, workflow, &removals);
    let missing: Vec<&str> = missing.into_iter().filter(|guard| !ignored.contains(&key_of(guard))).collect();
    fact.set("missing", missing).set("command", first.text.as_str());
    fact.at("command", first.at.clone()).at("job", source.location(job.id.span));
    vec![fact]
}

/// The removals of a scheduled job that take what others left: by a pattern, a label, an age, which no run has for
/// itself. What goes by its own name, a test or a deploy makes and removes.
pub fn sweeps(removals: &[Removal]) -> impl Iterator<Item = &Removal> {
    removals.iter().filter(|removal| {
        let selector = &removal.selector;
        let own = |value: &Value| value.unique().is_static().is_no();
        let is_runs = selector.value().as_ref().is_some_and(own) || selector.labels().into_iter().any(own);
        !matches!(selector.by, By::Name | By::Project) && !is_runs
    })
}

/// Whether a workflow is started by a schedule, or by hand, and by nothing else: what runs for every push
/// is a test that cleans up, not a sweep.
fn runs_by_itself(workflow: &Workflow) -> bool {
    let by_itself = ["schedule", "workflow_dispatch", "workflow_call", "repository_dispatch"];
    workflow.is_scheduled() && workflow.on.events.iter().all(|event| by_itself.contains(&event.name.value()))
}

/// The workflow key that is a guard.
fn key_of(guard: &str) -> &str {
    match guard {
        "timeout" => "timeout-minutes",
        guard => guard,
    }
}

/// Whether a command makes what a job would clean up after itself.
fn makes(act: &Act) -> bool {
    match &act.kind {
        ActKind::Docker(call) => match &call.verb {
            Verb::Run(run) => run.detach.may_be() || run.name.is_some(),
            Verb::Create(_) | Verb::Make(_) => true,
            Verb::Compose(compose) => !matches!(
                compose.verb,
                crate::docker::ComposeVerb::Down { .. } | crate::docker::ComposeVerb::Other { .. }
            ),
            _ => false,
        },
        ActKind::Program(_) | ActKind::Action(_) => true,
        // What sets up a language builds or tests.
        ActKind::Uses { name } => name.contains("/setup-"),
        ActKind::Command { .. } => false,
    }
}

fn removes_by_pattern(trace: &JobTrace, act: &Act) -> bool {
    if act.context.target != Target::Here {
        return false;
    }
    let ActKind::Docker(call) = &act.kind else { return false };
    let swept = |kind: ObjectKind| {
        matches!(kind, ObjectKind::Container | ObjectKind::Volume | ObjectKind::Network | ObjectKind::System)
    };
    match &call.verb {
        // One that asks, and that nobody answers, sweeps nothing.
        Verb::Prune(prune) => swept(prune.kind) && !is_unanswered(act),
        Verb::Remove(remove) => {
            let listed = remove.names.iter().any(|name| trace.capture(&name.value).is_some());
            let piped = act.context.stdin.is_some() || call.from_stdin.is_some() || act.context.in_loop;
            swept(remove.kind) && (listed || piped)
        }
        _ => false,
    }
}

fn missing(site: &Site<'_>, workflow: &Workflow, removals: &[&Act]) -> Vec<&'static str> {
    let Site { job, trace, .. } = *site;
    let mut texts: Vec<&str> = job.steps.iter().filter_map(|step| step.run.as_ref()).map(|run| run.value()).collect();
    texts.extend(trace.acts.iter().filter(|act| !act.chain.is_empty()).map(|act| act.frame.text.value()));
    let text = texts.join("\n");
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let until = removals.iter().all(|act| act.text.contains("until="));
    let mut missing = Vec::new();
    let reads_age = says(&["startedat", ".created", "createdat", "{{.runningfor", "-mmin", "-mtime"]);
    if !until && !reads_age {
        missing.push("age-floor");
    }
    let counts =
        says(&["head -", "wc -l", "max_", "limit", "${#"]) || ["max", "cap"].iter().any(|word| has_token(&lower, word));
    if !counts {
        missing.push("cap");
    }
    if !says(&["dry_run", "dry-run", "dryrun"]) {
        missing.push("dry-run");
    }
    if !says(&["docker info", "docker version", "docker system info"]) {
        missing.push("daemon-check");
    }
    // With docker's own `until=` there is no time to read.
    let skips = says(&["continue", "-z \"$", "-z $", "|| true", "unreadable", "return"]);
    if !until && reads_age && !skips {
        missing.push("unreadable-time");
    }
    if !is_pinned(job, &site.substrate.labels) {
        missing.push("pinned-label");
    }
    if job.timeout_minutes.is_none() {
        missing.push("timeout-minutes");
    }
    if job.permissions.is_none() && workflow.permissions.is_none() {
        missing.push("permissions");
    }
    if job.concurrency.is_none() && workflow.concurrency.is_none() {
        missing.push("concurrency");
    }
    let quiet_step = |act: &&&Act| trace.steps.get(act.step).is_some_and(|step| step.continue_on_error);
    let quiet = removals.iter().any(|act| act.context.tolerated) || removals.iter().any(|act| quiet_step(&act));
    if quiet && !says(&["exit 1", "::error"]) {
        missing.push("exit-status");
    }
    missing
}

/// Whether a job asks for one particular label, or each leg of its matrix does: `known` are those of its legs.
fn is_pinned(job: &Job, known: &[String]) -> bool {
    let general = ["ubuntu-", "windows-", "macos-"];
    let names_one = |text: &str| text != "self-hosted" && !general.iter().any(|prefix| text.starts_with(prefix));
    let mut labels = job.runs_on.iter().flat_map(|field| &field.labels);
    let is_matrix = |label: &Scalar| label.has_expression() && label.value().contains("matrix.");
    labels.any(|label| match is_matrix(label) {
        true => known.iter().any(|text| names_one(text)),
        false => !label.has_expression() && names_one(label.value()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn shown(keys: &str, run: &str) -> Vec<String> {
        let run: String = run.lines().map(|line| format!("          {line}\n")).collect();
        let read = read(&format!(
            "on:\n  schedule: [{{cron: '0 * * * *'}}]\njobs:\n  a:\n    runs-on: docker-host\n{keys}    steps:\n      - run: |\n{run}"
        ));
        let facts = sweep_facts(&read.site(), &read.workflow, &[]);
        read.shown(&facts, &["missing"])
    }

    #[test]
    fn each_missing_guard_is_named() {
        let all = "age-floor,cap,dry-run,daemon-check,timeout-minutes,permissions,concurrency";
        assert_eq!(shown("", "docker rm -f $(docker ps -aq --filter name=^ws-)"), [format!("8 {all}")]);
        assert_eq!(
            shown("", "docker rm -f $(docker ps -aq --filter name=^ws-) || true"),
            [format!("8 {all},exit-status")]
        );
        let prune = shown("    timeout-minutes: 5\n", "docker info\ndocker container prune -f --filter until=24h");
        assert_eq!(prune, ["10 cap,dry-run,permissions,concurrency"]);
        assert_eq!(shown("", "docker rm -f pg"), [""; 0]);
        assert_eq!(shown("", "docker run -d --name x y\ndocker rm -f $(docker ps -aq)"), [""; 0]);
        assert_eq!(shown("", "docker image prune -af"), [""; 0]);
    }
}
