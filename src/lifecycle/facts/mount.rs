//! Bind mounts of paths that are the job's own: inside the checkout, or only where the job runs.

use crate::docker::{Action, Mount, MountKind, ObjectKind, Run, Verb};
use crate::facts::Fact;
use crate::follow::{Directory, RepoPath};
use crate::lifecycle::input::IsFile;
use crate::runner::{Mode, Program, Substrate};
use crate::site::Site;
use crate::stack::ComposeBind;
use crate::trace::{Act, ActKind, JobTrace};
use crate::truth::Truth;

/// The containers of a job that mount a path of the job's own: one fact per command, for its first such
/// mount inside the checkout, else for its first. `stays` tells whether an act makes what is meant to stay.
pub fn mount_facts(site: &Site<'_>, is_file: IsFile<'_>, stays: &dyn Fn(usize) -> bool) -> Vec<Fact> {
    let trace = site.trace;
    let mut facts = Vec::new();
    for (index, act) in trace.acts.iter().enumerate() {
        let ActKind::Docker(call) = &act.kind else { continue };
        let (Verb::Run(run) | Verb::Create(run)) = &call.verb else { continue };
        let own = run.mounts.iter().filter(|mount| !writes_through(run, mount));
        let own = own.filter_map(|mount| Some((mount, own_path(mount, act)?)));
        let mut own: Vec<(&Mount, (String, MountPlace))> = own.collect();
        own.sort_by_key(|(_, (_, place))| !place.in_checkout.is_yes());
        let Some((mount, (source, place))) = own.into_iter().next() else { continue };
        let mut fact = fact_of(site, format!("docker run {source}"), act, place, &source, is_file);
        let range = mount.arg.span.clone();
        if let Some(written) = act.frame.text.value().get(range.clone()).and_then(source_in) {
            fact.set("source", substituted(written));
        }
        fact.at("path", act.frame.location(range));
        fact.set("by", "docker-run");
        let deploy = stays(index);
        fact.set("deploy", deploy);
        fact.set_truth("outlives", if deploy { Truth::Yes } else { outlives(trace, index) });
        fact.at("mount", act.called_at().clone()).at("up", act.called_at().clone());
        facts.push(fact);
    }
    facts
}

/// The path in an option's value as it is written: of `"$PWD/a:/b"`, and of `type=bind,source=a,target=b`.
fn source_in(written: &str) -> Option<&str> {
    let bare = written.trim_matches(['"', '\'']);
    let named = bare.split(',').find_map(|part| part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")));
    named.or_else(|| Some(bare.split_once(":/")?.0)).map(|path| path.trim_matches(['"', '\'']))
}

/// The bind mounts that a `compose up` (the act at `up`) makes: one fact per service, at its first mount
/// inside the checkout. `stays` tells whether the project is meant to stay.
pub fn compose_mount_facts(
    site: &Site<'_>,
    is_file: IsFile<'_>,
    up: usize,
    binds: &[ComposeBind],
    stays: bool,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut services: Vec<&str> = Vec::new();
    let brought = brought(site, up);
    for bind in binds {
        let in_checkout = bind.in_checkout();
        if services.contains(&bind.service.as_str()) || in_checkout.is_no() {
            continue;
        }
        let act = &site.trace.acts[up];
        let folder = bind.folder.as_deref().and_then(RepoPath::new);
        let path = folder.and_then(|folder| plain(&folder, &bind.path));
        let is_brought = path.as_ref().is_some_and(|path| brought.iter().any(|folder| is_below(path, folder)));
        services.push(&bind.service);
        let mut fact = fact_of(
            site,
            format!("{} {}", bind.service, bind.path),
            act,
            MountPlace { in_checkout, job_local: in_checkout, path },
            &bind.path,
            is_file,
        );
        fact.set("service", bind.service.as_str()).set("by", "compose");
        fact.set("followed", true).set("brought", is_brought);
        fact.set("deploy", stays).set("outlives", stays).at("mount", bind.at.clone()).at("up", act.called_at().clone());
        fact.chain.push(crate::facts::Link { location: act.called_at().clone(), what: act.called_text().to_owned() });
        facts.push(fact);
    }
    facts
}

/// A mount as far as it is told by where the path lies and where the job runs.
fn fact_of(site: &Site<'_>, subject: String, act: &Act, place: MountPlace, source: &str, is_file: IsFile<'_>) -> Fact {
    let mut fact = site.fact_of("mount", subject, act);
    // What the job makes by itself is not known.
    let is_file = place.path.as_ref().and_then(is_file).or_else(|| source.ends_with('/').then_some(false));
    fact.set("source", substituted(source))
        .set_some("is", is_file.map(|is_file| if is_file { "file" } else { "folder" }));
    fact.set_some("checkout-path", place.path.map(|path| path.to_string()));
    // Then the checkout is the host's as well; other paths of the job are not.
    let is_hosts = site.substrate.bind_workdir.is_yes() && place.in_checkout.is_yes();
    fact.set_truth("in-checkout", place.in_checkout);
    fact.set_truth("job-local", if is_hosts { Truth::No } else { place.job_local });
    fact.set_some("checkout", checkout(site.substrate));
    fact
}

/// A path as a sentence can hold it: its backquotes are the shell's substitution.
fn substituted(path: &str) -> String {
    match path.split('`').collect::<Vec<_>>().as_slice() {
        [before, inner, behind] => format!("{before}$({inner}){behind}"),
        _ => path.to_owned(),
    }
}

/// Whether a container does nothing but write what it is given into what it mounts: `sh -c 'cat > /target/app.yml' <
/// app.yml`. Then it is how the job brings a file to the daemon's host, and no mistake.
fn writes_through(run: &Run, mount: &Mount) -> bool {
    let Some(target) = mount.target.as_literal().map(|target| target.trim_end_matches('/')) else { return false };
    let words: Vec<String> = run.command.iter().map(|word| word.value.to_string()).collect();
    let text = words.join(" ").replace(['"', '\''], "");
    let told = text.strip_prefix("sh -c ").or_else(|| text.strip_prefix("bash -c ")).unwrap_or(&text).trim();
    let is_one = !told.contains([';', '&', '|', '\n']);
    let is_below = |path: &str| {
        path.trim_start().strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ' ']))
    };
    let writes = match told.split_once(' ') {
        Some(("cat", rest)) => rest.trim_start().strip_prefix('>').is_some_and(is_below),
        Some(("tee", rest)) => is_below(rest),
        Some(("tar", rest)) => rest.split_once("-C").is_some_and(|(_, rest)| is_below(rest)),
        _ => false,
    };
    !mount.read_only && !target.is_empty() && is_one && writes
}

/// The paths of the checkout to which containers before this act have written on the daemon's host, where the checkout
/// itself lies in the job's own container.
fn brought(site: &Site<'_>, up: usize) -> Vec<RepoPath> {
    if ![site.substrate.mode, site.substrate.likely_mode].contains(&Mode::Container) {
        return Vec::new();
    }
    let of_act = |act: &Act| {
        let Some(Verb::Run(run)) = act.verb() else { return Vec::new() };
        let written = run.mounts.iter().filter(|mount| writes_through(run, mount));
        written.filter_map(|mount| own_path(mount, act)?.1.path).collect()
    };
    site.trace.acts[..up].iter().flat_map(of_act).collect()
}

/// What becomes of a job's checkout where the daemon looks for it.
fn checkout(substrate: &Substrate) -> Option<&'static str> {
    match (substrate.mode, substrate.runner) {
        // A folder of the host's is mounted into the job's container.
        _ if substrate.bind_workdir.is_yes() => Some("deleted"),
        (Mode::Host, Some(Program::Github)) => Some("replaced"),
        (Mode::Host, Some(_)) => Some("deleted"),
        (Mode::Container, _) => Some("not-there"),
        _ => None,
    }
}

/// Whether a path is a folder or lies in it.
fn is_below(path: &RepoPath, folder: &RepoPath) -> bool {
    path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path that `text` is below a folder of the checkout, when all of it is known.
fn plain(folder: &RepoPath, text: &str) -> Option<RepoPath> {
    if text.contains(['$', '`']) { None } else { folder.join(text) }
}

struct MountPlace {
    in_checkout: Truth,
    job_local: Truth,
    /// In the checkout, when it is known.
    path: Option<RepoPath>,
}

/// The source of a mount and where it lies, when it is a path of the job's own.
fn own_path(mount: &Mount, act: &Act) -> Option<(String, MountPlace)> {
    if !matches!(mount.kind, MountKind::Bind | MountKind::Unknown) {
        return None;
    }
    let source = mount.source.as_ref()?.to_string();
    let lower = source.to_lowercase();
    let bare: String = lower.chars().filter(|c| !"${}\"'() ".contains(*c)).collect();
    let begins = |roots: &[&str]| {
        roots.iter().any(|root| bare.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    let here = begins(&["pwd", ".", ".."]);
    let workspace = begins(&[
        "github.workspace",
        "gitea.workspace",
        "forgejo.workspace",
        "github_workspace",
        "gitea_workspace",
        "forgejo_workspace",
        "gitrev-parse--show-toplevel",
    ]);
    if let Some(made) = lower.strip_prefix("$(mktemp ") {
        // Where its template or `TMPDIR` says: a folder that one names may be one that the daemon sees, too.
        let template = made.split(')').next().and_then(|words| words.split(' ').find(|word| word.starts_with('/')));
        let folder = template.map(str::to_owned).or_else(|| act.env.get("TMPDIR").map(ToString::to_string));
        if folder.is_some_and(|folder| !folder.starts_with("/tmp")) {
            return None;
        }
    }
    let temporary = begins(&["/tmp", "runner.temp", "runner_temp", "/github/workspace", "/workspace", "mktemp-d"]);
    if workspace || (here && !left_checkout(act)) {
        let folder = match &act.directory {
            _ if workspace => Some(RepoPath::root()),
            Directory::Inside(folder) => Some(folder.clone()),
            _ => None,
        };
        let below =
            if source.starts_with("..") { &*source } else { source.split_once('/').map_or("", |(_, below)| below) };
        let path = folder.and_then(|folder| plain(&folder, below));
        return Some((source, MountPlace { in_checkout: Truth::Yes, job_local: Truth::Yes, path }));
    }
    if temporary {
        return Some((source, MountPlace { in_checkout: Truth::No, job_local: Truth::Yes, path: None }));
    }
    None
}

/// Whether the script has changed to a folder outside the checkout, or to one nobody knows, before.
fn left_checkout(act: &Act) -> bool {
    let script = act.frame.text.value();
    let mut away = false;
    for line in script.lines() {
        let start = line.as_ptr() as usize - script.as_ptr() as usize;
        if act.frame.text.span(start..start).start > act.at.span.start {
            break;
        }
        for command in line.split(['&', ';', '(']) {
            let Some(folder) = command.trim().strip_prefix("cd ") else { continue };
            let folder = folder.trim().trim_matches(['"', '\'']);
            let back = ["github.workspace", "gitea.workspace", "GITHUB_WORKSPACE", "GITEA_WORKSPACE"];
            if back.iter().any(|name| folder.contains(name)) {
                away = false;
            } else if folder.starts_with(['/', '~', '$']) {
                away = true;
            }
        }
    }
    away
}

/// Whether a container goes on after its job: detached, and no later command may stop or remove it.
fn outlives(trace: &JobTrace, index: usize) -> Truth {
    let act = &trace.acts[index];
    let ActKind::Docker(call) = &act.kind else { return Truth::Unknown };
    let run = match &call.verb {
        Verb::Run(run) => run,
        _ => return Truth::Unknown,
    };
    if !run.detach.may_be() {
        return Truth::No;
    }
    let mut removed = Truth::No;
    for later in &trace.acts[index + 1..] {
        let ActKind::Docker(call) = &later.kind else { continue };
        let names = match &call.verb {
            Verb::Remove(remove) if remove.kind == ObjectKind::Container => &remove.names,
            Verb::Control(control) if matches!(control.action, Action::Stop | Action::Kill) => &control.names,
            _ => continue,
        };
        for name in names {
            let same = run.name.as_ref().map_or(Truth::Unknown, |own| own.value.same(&name.value));
            removed = removed.or(same);
        }
    }
    run.detach.and(!removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn one(lines: &str) -> Vec<String> {
        let run: String = lines.lines().map(|line| format!("          {line}\n")).collect();
        let read = read(&format!("jobs:\n  a:\n    steps:\n      - run: |\n{run}"));
        let facts = mount_facts(&read.site(), &|_| None, &|_| false);
        read.shown(&facts, &["source", "in-checkout", "job-local", "outlives"])
    }

    #[test]
    fn mounts_of_the_jobs_own_paths() {
        for (line, expected) in [
            ("docker run -v $PWD:/w x", "5 $PWD true true false"),
            ("docker run -d -v $PWD/conf:/w x", "5 $PWD/conf true true true"),
            ("docker run -d -v ./conf:/w x", "5 ./conf true true true"),
            ("docker run -v /tmp/x:/x x", "5 /tmp/x false true false"),
            ("docker run -d --name a -v $PWD:/w x\ndocker rm -f a", "5 $PWD true true false"),
            (
                "docker run -d --mount type=bind,source=$GITHUB_WORKSPACE,target=/w x",
                "5 $GITHUB_WORKSPACE true true true",
            ),
        ] {
            assert_eq!(one(line), [expected], "{line}");
        }
        for line in [
            "docker run -v data:/w x",
            "docker run -v /srv/x:/w x",
            "cd /opt/app\ndocker run -v $PWD:/w x",
            "docker run -v /var/run/docker.sock:/var/run/docker.sock x",
        ] {
            assert_eq!(one(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn a_container_that_only_writes_what_it_is_given_brings_it_there() {
        let writes = |command: &str| {
            let trace = crate::trace::testing::script(&format!("docker run --rm -i -v /srv/app:/out alpine {command}"));
            let Some(Verb::Run(run)) = trace.acts[0].verb() else { panic!("{command}") };
            run.mounts.iter().any(|mount| writes_through(run, mount))
        };
        for command in [
            "sh -c 'cat > /out/app.yml'",
            "sh -c 'cat >/out/app.yml'",
            "tee /out/app.yml",
            "tar -x -C /out",
            "tar -xf - -C /out/conf",
        ] {
            assert!(writes(command), "{command}");
        }
        for command in [
            "sh -c 'cat > /other/app.yml'",
            "sh -c 'cat /out/app.yml'",
            "tee /outside/app.yml",
            "tar -x",
            "tar -x -C /tmp",
            "sh -c 'cat > /out/app.yml; /out/run'",
        ] {
            assert!(!writes(command), "{command}");
        }
    }

    #[test]
    fn a_substitution_in_backquotes_is_shown_in_a_form_that_a_sentence_can_hold() {
        assert_eq!(substituted("`pwd`/conf"), "$(pwd)/conf");
        assert_eq!(substituted("/srv/conf"), "/srv/conf");
    }
}
