//! Substrates of small workflows, as tables.

use super::table::{KEYS, Trait, does};
use super::*;
use crate::expr::{StatusRules, TimeoutIs};
use crate::facts::Confidence::{self, High, Low, Medium};
use crate::source::Source;
use crate::truth::Truth::{self, No, Unknown, Yes};
use crate::workflow::Workflow;
use crate::yaml;

fn workflow(text: &str) -> Workflow {
    let source = Source::new("w.yml", text.as_bytes().to_vec()).expect("UTF-8");
    Workflow::read(&yaml::parse(&source).expect("YAML")).expect("a workflow")
}

fn of(text: &str, setting: &Setting<'_>) -> Substrate {
    let workflow = workflow(text);
    substrate(&workflow.jobs[0], &workflow, setting)
}

/// The substrate of a job of which `rest` is the inside of a flow mapping.
fn job(rest: &str, setting: &Setting<'_>) -> Substrate {
    of(&format!("on: push\njobs: {{a: {{{rest}}}}}\n"), setting)
}

fn github() -> Setting<'static> {
    Setting::of(Forge::Github)
}

#[test]
fn github_labels() {
    use Daemon::{Ephemeral, Shared, Unknown};
    let table: &[(&str, Daemon, Confidence)] = &[
        ("ubuntu-latest", Ephemeral, High),
        ("Ubuntu-22.04", Ephemeral, High),
        ("ubuntu-20.04", Ephemeral, High),
        ("macos-14-xlarge", Ephemeral, High),
        ("[ubuntu-latest]", Ephemeral, High),
        ("blacksmith-4vcpu-ubuntu-2404", Ephemeral, High),
        ("[runs-on, runner=2cpu-linux-x64, 'run-id=${{ github.run_id }}']", Ephemeral, High),
        ("'runs-on=${{ github.run_id }}/runner=2cpu'", Ephemeral, High),
        ("namespace-profile-linux", Ephemeral, High),
        ("[self-hosted, fireactions-heavy]", Ephemeral, High),
        ("actuated-4cpu-8gb", Ephemeral, High),
        ("'cirun-gpu--${{ github.run_id }}'", Ephemeral, High),
        ("fire", Shared, Medium),
        ("self-hosted", Shared, High),
        ("[self-hosted, ubuntu-latest]", Shared, High),
        ("[self-hosted, '${{ inputs.runner }}']", Shared, High),
        ("titan", Shared, Medium),
        ("ours-x64", Shared, Medium),
        ("'docker-build-${{ inputs.node }}'", Shared, Medium),
        ("'ubuntu-${{ vars.V }}'", Unknown, Low),
        ("'${{ vars.RUNS_ON }}'", Unknown, Low),
        ("\"${{ vars.RUNS_ON || 'ubuntu-latest' }}\"", Unknown, Low),
        ("\"${{ github.repository_owner == 'a' && 'ubuntu-22.04' || 'ubuntu-24.04' }}\"", Ephemeral, High),
        ("\"${{ github.repository_owner == 'a' && 'titan' || 'ubuntu-24.04' }}\"", Shared, Medium),
        ("\"${{ format('ubuntu-{0}', '22.04') }}\"", Ephemeral, High),
        ("\"${{ fromJSON('[\\\"self-hosted\\\", \\\"linux\\\"]') }}\"", Shared, High),
        ("\"${{ fromJSON(vars.R || '\\\"ubuntu-latest\\\"') }}\"", Unknown, Low),
        ("\"${{ github.event_name == 'push' && 'self-hosted' || 'ubuntu-latest' }}\"", Shared, High),
        ("{group: big}", Unknown, Low),
        ("{group: big, labels: [self-hosted, x]}", Shared, High),
        ("{group: big, labels: ubuntu-latest}", Ephemeral, Medium),
    ];
    let ours = ["ours-*".to_owned()];
    let setting = Setting { self_hosted: &ours, ..github() };
    for (runs_on, daemon, confidence) in table {
        let found = job(&format!("runs-on: {runs_on}"), &setting);
        assert_eq!((found.daemon, found.confidence), (*daemon, *confidence), "{runs_on}");
    }
}

#[test]
fn matrices() {
    use Daemon::{Ephemeral, Shared, Unknown};
    let table: &[(&str, &str, Daemon, Confidence)] = &[
        ("{os: [ubuntu-latest, macos-latest]}", "matrix.os", Ephemeral, High),
        ("{os: [ubuntu-latest, titan]}", "matrix.os", Shared, Medium),
        ("{os: [ubuntu-latest, self-hosted]}", "matrix.os", Shared, Medium),
        ("{os: [[self-hosted, linux], [self-hosted, arm]]}", "matrix.os", Shared, High),
        ("{t: [{os: ubuntu-latest}, {os: windows-2022}]}", "matrix.t.os", Ephemeral, High),
        ("{v: [1], include: [{v: 1, os: titan}, {v: 1, os: ubuntu-latest}]}", "matrix.os", Ephemeral, High),
        ("{include: [{os: '${{ vars.X }}'}, {os: ubuntu-latest}]}", "matrix.os", Unknown, Low),
        ("'${{ fromJSON(needs.x.outputs.m) }}'", "matrix.os", Unknown, Low),
        ("{v: '${{ fromJSON(needs.x.outputs.m) }}', os: [ubuntu-latest]}", "matrix.os", Ephemeral, High),
        ("{v: [1, 2]}", "matrix.v == 1 && 'self-hosted' || 'ubuntu-latest'", Shared, Medium),
        ("{v: [1, 2]}", "matrix.os || 'ubuntu-latest'", Ephemeral, High),
    ];
    for (matrix, expression, daemon, confidence) in table {
        let rest = format!("strategy: {{matrix: {matrix}}}, runs-on: \"${{{{ {expression} }}}}\"");
        let found = job(&rest, &github());
        assert_eq!((found.daemon, found.confidence), (*daemon, *confidence), "{matrix} {expression}");
    }
}

#[test]
fn inputs_and_their_callers() {
    let text = |on: &str| format!("on: {{{on}}}\njobs: {{a: {{runs-on: '${{{{ inputs.r }}}}'}}}}\n");
    let callable = text("workflow_call: {inputs: {r: {type: string, default: ubuntu-latest}}}");
    let required = text("workflow_call: {inputs: {r: {type: string, required: true}}}");
    let choice = text("workflow_dispatch: {inputs: {r: {type: choice, options: [ubuntu-latest, ubuntu-22.04]}}}");
    let call = |value: Option<&str>| WorkflowCall { with: vec![("r".to_owned(), value.map(str::to_owned))] };
    let table: &[(&str, Vec<WorkflowCall>, Daemon, Confidence)] = &[
        (&callable, vec![], Daemon::Ephemeral, Medium),
        (&callable, vec![WorkflowCall::default()], Daemon::Ephemeral, High),
        (&callable, vec![WorkflowCall::default(), call(Some("titan"))], Daemon::Shared, Medium),
        (&callable, vec![call(None)], Daemon::Unknown, Low),
        (&required, vec![], Daemon::Unknown, Low),
        (&required, vec![call(Some("self-hosted"))], Daemon::Shared, High),
        (&choice, vec![], Daemon::Ephemeral, High),
    ];
    for (text, calls, daemon, confidence) in table {
        let found = of(text, &Setting { calls, ..github() });
        assert_eq!((found.daemon, found.confidence), (*daemon, *confidence), "{text} {calls:?}");
    }
}

/// Mode and network by forge, with and without `container:`, and whether services are dropped.
#[test]
fn modes() {
    let table: &[(Forge, &str, Mode, Network, Truth)] = &[
        (Forge::Gitea, "runs-on: docker, container: alpine", Mode::Container, Network::Unknown, No),
        (Forge::Gitea, "runs-on: docker, container: '${{ matrix.c }}'", Mode::Unknown, Network::Unknown, Unknown),
        (Forge::Forgejo, "runs-on: docker, container: alpine", Mode::Container, Network::Auto, No),
        (Forge::Forgejo, "runs-on: host, container: alpine", Mode::Unknown, Network::Auto, Unknown),
        (Forge::Github, "runs-on: titan", Mode::Host, Network::PerJob, No),
        (Forge::Github, "runs-on: titan, container: alpine", Mode::Container, Network::PerJob, No),
        (Forge::Github, "runs-on: titan, container: '${{ matrix.c }}'", Mode::Unknown, Network::PerJob, No),
        (Forge::Github, "runs-on: '${{ vars.X }}'", Mode::Unknown, Network::PerJob, No),
        (Forge::Gitea, "runs-on: ubuntu-latest", Mode::Unknown, Network::Unknown, Unknown),
        (Forge::Gitea, "runs-on: '${{ vars.X }}'", Mode::Unknown, Network::Unknown, Unknown),
        (Forge::Gitea, "runs-on: host", Mode::Host, Network::Host, Yes),
        (Forge::Gitea, "runs-on: host, container: alpine", Mode::Container, Network::Unknown, No),
        (Forge::Forgejo, "runs-on: docker", Mode::Unknown, Network::Auto, Unknown),
        (Forge::Forgejo, "runs-on: host", Mode::Host, Network::Host, Yes),
    ];
    for (forge, rest, mode, network, dropped) in table {
        let found = job(rest, &Setting::of(*forge));
        assert_eq!(
            (found.mode, &found.network, found.services_dropped),
            (*mode, network, *dropped),
            "{forge:?} {rest}"
        );
        if *forge != Forge::Github {
            assert_eq!((found.daemon, found.confidence), (Daemon::Shared, High));
        }
    }
}

/// A label's name alone tells the mode likely, and nothing more.
#[test]
fn likely_modes() {
    let table: &[(Forge, &str, Mode)] = &[
        (Forge::Gitea, "runs-on: ubuntu-latest", Mode::Container),
        (Forge::Gitea, "runs-on: Ubuntu-22.04", Mode::Container),
        (Forge::Gitea, "runs-on: [ubuntu-latest, gpu]", Mode::Unknown),
        (Forge::Gitea, "runs-on: docker", Mode::Unknown),
        (Forge::Gitea, "runs-on: 'ubuntu-${{ vars.V }}'", Mode::Unknown),
        (Forge::Gitea, "runs-on: ubuntu-latest, container: alpine", Mode::Unknown),
        (Forge::Gitea, "runs-on: host", Mode::Unknown),
        (Forge::Forgejo, "runs-on: codeberg-tiny", Mode::Container),
        (Forge::Forgejo, "runs-on: host", Mode::Unknown),
        (Forge::Github, "runs-on: ubuntu-latest", Mode::Unknown),
    ];
    for (forge, rest, likely) in table {
        let found = job(rest, &Setting::of(*forge));
        assert_eq!(found.likely_mode, *likely, "{forge:?} {rest}");
        assert!(found.likely_mode == Mode::Unknown || found.mode == Mode::Unknown, "{forge:?} {rest}");
    }
}

/// Of one before.
const OLD_GITEA: StatusRules =
    StatusRules { cancel_runs_main_steps: Some(false), timeout_is: Some(TimeoutIs::Nothing) };
/// Of a gitea-runner from 2.0.0 on.
const NEW_GITEA: StatusRules = StatusRules { cancel_runs_main_steps: Some(true), timeout_is: Some(TimeoutIs::Failure) };

#[test]
fn declared_runners_come_first() {
    let pattern = |name: &str, schema| LabelPattern { name: name.to_owned(), schema };
    let old = Declared {
        program: Some(Program::GiteaRunner),
        version: Some(Version::new(0, 2, 11)),
        network: Network::Host,
        capacity: Some(16),
        ..Declared::of(vec![pattern("docker-*", Some(Schema::Docker)), pattern("bare", Some(Schema::Host))])
    };
    let new = Declared {
        version: Some(Version::new(2, 0, 0)),
        network: Network::Custom("core-net".to_owned()),
        ..Declared::of(vec![pattern("new", None)])
    };
    let fresh = Declared { daemon: Daemon::Ephemeral, ..Declared::of(vec![pattern("fresh", None)]) };
    let runners = [old, new, fresh];
    let gitea = Setting { runners: &runners, ..Setting::of(Forge::Gitea) };

    let found = job("runs-on: docker-host", &gitea);
    assert_eq!((found.mode, found.network, found.capacity), (Mode::Container, Network::Host, Some(16)));
    assert_eq!((found.cancel_skips_steps, found.status_rules), (Yes, OLD_GITEA));
    assert_eq!((found.runs_traps_on_cancel, found.starts_jobs_on_cancel), (No, Unknown));
    assert_eq!((found.socket, found.configured), (Yes, true));

    let found = job("runs-on: bare", &gitea);
    assert_eq!((found.mode, found.network, found.services_dropped), (Mode::Host, Network::Host, Yes));
    assert_eq!(job("runs-on: bare, container: alpine", &gitea).mode, Mode::Container);

    let found = job("runs-on: new", &gitea);
    assert_eq!((found.cancel_skips_steps, found.status_rules), (No, NEW_GITEA));
    assert_eq!((found.runs_traps_on_cancel, found.starts_jobs_on_cancel), (No, Unknown));
    // Who says on which network the containers of jobs are runs jobs in containers.
    assert_eq!((found.mode, found.network), (Mode::Container, Network::Custom("core-net".to_owned())));

    let setting = Setting { runners: &runners, ..github() };
    assert_eq!(job("runs-on: fresh", &setting).daemon, Daemon::Ephemeral);
    assert_eq!(job("runs-on: [self-hosted, fresh]", &setting).daemon, Daemon::Ephemeral);
    // Not known which: what the declared ones and the default agree on.
    let found = job("runs-on: '${{ vars.X }}'", &gitea);
    assert_eq!((found.daemon, found.confidence, found.mode), (Daemon::Shared, Medium, Mode::Unknown));
    assert_eq!(found.cancel_skips_steps, Unknown);
}

#[test]
fn traits_by_version() {
    let gitea = Some(Program::GiteaRunner);
    let at = |major, minor, patch| Some(Version::new(major, minor, patch));
    assert_eq!(does(Trait::RunsStepsOnCancel, gitea, None), Unknown);
    assert_eq!(does(Trait::RunsStepsOnCancel, gitea, at(1, 9, 9)), No);
    assert_eq!(does(Trait::RunsStepsOnCancel, gitea, at(2, 0, 0)), Yes);
    assert_eq!(does(Trait::WaitsForHealth, gitea, at(3, 0, 2)), No);
    assert_eq!(does(Trait::WaitsForHealth, gitea, at(3, 1, 0)), Yes);
    assert_eq!(does(Trait::PublishesServicePorts, gitea, at(0, 2, 6)), No);
    assert_eq!(does(Trait::HonoursNetworkOption, gitea, None), No);
    assert_eq!(does(Trait::HonoursNetworkOption, Some(Program::Act), None), Yes);
    assert_eq!(does(Trait::WaitsForHealth, Some(Program::ForgejoRunner), None), Unknown);
    assert_eq!(does(Trait::WaitsForHealth, None, None), Unknown);
}

#[test]
fn ignored_keys() {
    let v = |minor| Some(Version::new(1, minor, 0));
    let gitea = Some(Program::GiteaRunner);
    type Row = (&'static str, Forge, Option<Version>, Option<Version>, Truth);
    let table: &[Row] = &[
        ("concurrency", Forge::Gitea, v(25), None, Yes),
        ("concurrency", Forge::Gitea, v(26), None, No),
        ("concurrency", Forge::Gitea, None, None, Unknown),
        ("run-name", Forge::Gitea, v(25), None, No),
        ("jobs.*.environment", Forge::Gitea, None, None, Yes),
        ("jobs.*.environment", Forge::Forgejo, None, None, Unknown),
        ("jobs.*.timeout-minutes", Forge::Gitea, v(27), None, Unknown),
        ("jobs.*.timeout-minutes", Forge::Gitea, v(27), Some(Version::new(1, 0, 0)), Yes),
        ("jobs.*.timeout-minutes", Forge::Gitea, v(27), Some(Version::new(2, 0, 0)), No),
        ("jobs.*.container.ports", Forge::Gitea, None, None, Yes),
        ("jobs.*.steps", Forge::Gitea, None, None, No),
    ];
    for (key, forge, server, runner, is) in table {
        assert_eq!(ignored(key, *forge, *server, gitea, *runner), *is, "{key} {server:?} {runner:?}");
    }
    assert!(KEYS.iter().all(|key| ignored(key.key, Forge::Github, None, Some(Program::Github), None) == No
        || key.key == "jobs.*.container.network"));
}

#[test]
fn groups_that_serialise() {
    let old = Some(Version::new(1, 25, 0));
    let new = Some(Version::new(1, 26, 0));
    let table: &[(&str, Forge, Option<Version>, Truth)] = &[
        ("ci", Forge::Github, None, Yes),
        ("ci", Forge::Gitea, old, No),
        ("ci", Forge::Gitea, new, Yes),
        ("ci", Forge::Gitea, None, Unknown),
        ("ci", Forge::Forgejo, None, No),
        ("'${{ github.workflow }}'", Forge::Github, None, Yes),
        ("'${{ github.workflow }}-${{ github.ref }}'", Forge::Github, None, No),
        ("'ci-${{ github.event.pull_request.number || github.run_id }}'", Forge::Github, None, No),
        ("'ci-${{ github.sha }}'", Forge::Gitea, None, No),
        ("'ci-${{ matrix.os }}'", Forge::Github, None, Yes),
        ("'ci-${{ inputs.env }}'", Forge::Github, None, Unknown),
        ("{group: deploy, cancel-in-progress: false}", Forge::Github, None, Yes),
    ];
    for (group, forge, version, is) in table {
        let whole = workflow(&format!("on: push\nconcurrency: {group}\njobs: {{a: {{}}}}\n"));
        assert_eq!(serialises_twins(&whole, &whole.jobs[0], *forge, *version), *is, "{group} {forge:?} {version:?}");
        let one = workflow(&format!("on: push\njobs: {{a: {{concurrency: {group}}}}}\n"));
        assert_eq!(serialises_twins(&one, &one.jobs[0], *forge, *version), *is, "{group} {forge:?} {version:?}");
    }
}

/// Groups by which a repository's runs wait, and what they are called.
#[test]
fn groups_that_queue() {
    let new = Some(Version::new(1, 26, 0));
    let table: &[(&str, Forge, Option<Version>, Option<&str>)] = &[
        ("CI", Forge::Github, None, Some("ci")),
        ("CI", Forge::Gitea, Some(Version::new(1, 25, 0)), None),
        ("CI", Forge::Gitea, None, None),
        ("CI", Forge::Gitea, new, Some("ci")),
        ("CI", Forge::Forgejo, new, None),
        ("'${{ github.workflow }}'", Forge::Github, None, Some("tests")),
        ("'${{ github.repository }}-${{ vars.HOST }}'", Forge::Github, None, Some("github.repository-vars.host")),
        ("'${{ github.workflow }}-${{ github.ref }}'", Forge::Github, None, None),
        ("'ci-${{ matrix.os }}'", Forge::Github, None, None),
        ("'ci-${{ inputs.env }}'", Forge::Github, None, None),
        ("'${{ github.repository_owner }}'", Forge::Github, None, None),
        ("{group: ci, cancel-in-progress: true}", Forge::Github, None, Some("ci")),
        // What a cancelled run leaves is still there.
        ("{group: ci, cancel-in-progress: true}", Forge::Gitea, new, None),
        ("{group: ci, cancel-in-progress: false}", Forge::Gitea, new, Some("ci")),
    ];
    for (group, forge, version, name) in table {
        let text = format!("name: Tests\non: push\nconcurrency: {group}\njobs: {{a: {{runs-on: x}}}}\n");
        let whole = workflow(&text);
        let job = &whole.jobs[0];
        let on = substrate(job, &whole, &Setting::of(*forge));
        let found = queues("w.yml", &whole, job, *version, &on);
        assert_eq!(found.first().map(|queue| queue.name.as_str()), *name, "{group} {forge:?} {version:?}");
    }
}

/// A value of the matrix is the same in every run where there is one leg.
#[test]
fn a_group_of_the_only_leg_queues() {
    let name_by = |matrix: &str, group: &str| {
        let job = format!("strategy: {{matrix: {matrix}}}, concurrency: \"models-${{{{ {group} }}}}\"");
        let whole = workflow(&format!("on: push\njobs: {{a: {{runs-on: x, {job}}}}}\n"));
        let job = &whole.jobs[0];
        let on = substrate(job, &whole, &Setting::of(Forge::Github));
        queues("w.yml", &whole, job, None, &on).first().map(|queue| queue.name.clone())
    };
    let name = |matrix: &str| name_by(matrix, "matrix.gpu");
    assert_eq!(name("{gpu: [A100]}").as_deref(), Some("models-a100"));
    // What is made of it is another text.
    assert_eq!(name_by("{gpu: [A100]}", "matrix.gpu == 'A100'"), None);
    assert_eq!(name_by("{gpu: [A100]}", "format('{0}-1', matrix.gpu)"), None);
    assert_eq!(name("{include: [{gpu: A100, size: 1}]}").as_deref(), Some("models-a100"));
    for other in
        ["{gpu: [A100, B200]}", "{gpu: [A100], size: [1, 2]}", "{gpu: '${{ fromJSON(vars.X) }}'}", "{size: [1]}"]
    {
        assert_eq!(name(other), None, "{other}");
    }
}

#[test]
fn other_daemons() {
    let dind = "services: {docker: {image: 'docker:27-dind'}}";
    let table: &[(&str, Option<&str>)] = &[
        ("services: {docker: {image: 'docker:27-dind'}}", None),
        (
            "env: {DOCKER_HOST: 'tcp://docker:2375'}, services: {docker: {image: 'docker:dind'}}",
            Some("tcp://docker:2375"),
        ),
        ("container: {image: a, env: {DOCKER_HOST: 'ssh://build'}}", Some("ssh://build")),
        ("env: {DOCKER_HOST: 'unix:///run/docker.sock'}", None),
        ("env: {DOCKER_HOST: 'tcp://localhost:2375'}", None),
        ("env: {DOCKER_HOST: '${{ vars.H }}'}", None),
    ];
    for (rest, host) in table {
        assert_eq!(
            job(&format!("runs-on: x, {rest}"), &Setting::of(Forge::Gitea)).elsewhere.as_deref(),
            *host,
            "{rest}"
        );
    }
    let local = format!("runs-on: x, env: {{DOCKER_HOST: 'tcp://127.0.0.1:2375'}}, {dind}");
    assert!(job(&local, &Setting::of(Forge::Gitea)).elsewhere.is_some());
}

#[test]
fn names_and_numbers() {
    for (text, version) in [
        ("0.2.11", Some((0, 2, 11))),
        ("v3.1.0-rc1", Some((3, 1, 0))),
        ("1.22", Some((1, 22, 0))),
        ("12", Some((12, 0, 0))),
        ("", None),
        ("x", None),
        ("1.2.3.4", None),
    ] {
        let expected = version.map(|(major, minor, patch)| Version::new(major, minor, patch));
        assert_eq!(text.parse::<Version>().ok(), expected, "{text}");
    }
    for (path, configured, forge) in [
        (".gitea/workflows/a.yml", None, Forge::Gitea),
        ("x/.github/workflows/a.yml", None, Forge::Github),
        ("x/.github/workflows/a.yml", Some(Forge::Gitea), Forge::Gitea),
        (".gitea/workflows/a.yml", Some(Forge::Forgejo), Forge::Forgejo),
        (".gitea/workflows/a.yml", Some(Forge::Github), Forge::Gitea),
        (".forgejo/workflows/a.yml", Some(Forge::Gitea), Forge::Forgejo),
        ("compose.yml", None, Forge::Github),
    ] {
        assert_eq!(Forge::of(path, configured), forge, "{path}");
    }
}
