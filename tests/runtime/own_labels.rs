//! `labels` and `name`: containers a job starts by itself.

use crate::support::*;

#[test]
#[ignore = "needs a Docker daemon"]
fn what_carries_the_labels_goes_with_down_and_what_inherits_them_stays() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let file = job.berth(&["labels", "--format", "file"]).fine().out.trim().to_owned();
    let name = job.berth(&["name", "mine"]).fine().out.trim().to_owned();
    docker(&["run", "-d", "--label-file", &file, "--name", &name, BUSYBOX, "sleep", "3000"]);
    let network = format!("{name}-net");
    let volume = format!("{name}-vol");
    let args = job.berth(&["labels", "--format", "args"]).fine().out;
    for (kind, made) in [("network", &network), ("volume", &volume)] {
        let mut words = vec![kind, "create"];
        words.extend(args.split_whitespace());
        words.push(made);
        docker(&words);
    }
    let image = unique("committed");
    docker(&["commit", &name, &image]);
    let heir = Container::run("heir", &[&image, "sleep", "3000"]);

    job.berth(&["down"]).fine();
    assert!(!exists(&name));
    assert!(!docker_may_fail(&["network", "inspect", &network]));
    assert!(!docker_may_fail(&["volume", "inspect", &volume]));
    assert!(heir.running(), "its labels came with its image");
    drop(heir);
    docker(&["rmi", "-f", &image]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_network_somebody_else_uses_is_left_and_named() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let args = job.berth(&["labels", "--format", "args"]).fine().out;
    let name = unique("net");
    let mut words = vec!["network", "create"];
    words.extend(args.split_whitespace());
    words.push(&name);
    docker(&words);
    let network = Network(name);
    let stranger = Container::run("stranger", &["--network", &network.0, BUSYBOX, "sleep", "3000"]);
    let mut command = job.command(&["down"]);
    let down = Ended::of(&command.output().unwrap());
    assert_eq!(down.code, 1);
    assert!(down.err.contains(&network.0) && down.err.contains("active endpoints"), "{}", down.err);
    assert!(stranger.running());
    drop(stranger);
    job.berth(&["down"]).fine();
    assert!(!docker_may_fail(&["network", "inspect", &network.0]));
}

#[test]
fn names_differ_between_jobs_and_hold_within_one() {
    let who = Who::new();
    let (one, two) = (HostJob::start(&who), HostJob::start(&who));
    let name = |job: &HostJob| job.berth(&["name", "pg"]).fine().out;
    assert_eq!(name(&one), name(&one));
    assert_ne!(name(&one), name(&two), "two callers of one reusable workflow");
    assert!(name(&one).starts_with("berth-pg-"));
    let refused = one.berth(&["name", "PG"]);
    assert_eq!(refused.code, 2);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn doctor_tells_whose_the_leftovers_are() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &["--ttl", "0s", "--no-guard"])).fine();
    let id = job.variables()["BERTH_WEB_ID"].clone();
    let image = unique("committed");
    docker(&["commit", &id, &image]);
    let heir = Container::run("heir", &[&image, "sleep", "3000"]);
    let said = job.berth(&["doctor", "--orphans"]).fine().out;
    let line = |name: &str| said.lines().find(|l| l.contains(name)).unwrap_or_default().to_owned();
    let own = line("berth-web-");
    let mine = said.lines().find(|l| l.contains(&job.who.run) && l.contains("expired"));
    assert!(mine.is_some(), "{own}\n{said}");
    assert!(line(&heir.0).contains("from its image"), "{said}");
    job.berth(&["down"]).fine();
    drop(heir);
    docker(&["rmi", "-f", &image]);
}

/// A sibling that has died gives its address to the next container of anybody.
#[test]
#[ignore = "needs a Docker daemon"]
fn check_asks_for_the_name_before_the_address_is_trusted() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &["--export", "URL=http://{host}:{port}/"])).fine();
    let seen = job.variables();
    job.berth(&["check", "web"]).fine();
    assert_eq!(job.berth(&["check", "other"]).code, 1);
    docker(&["rm", "-f", &seen["BERTH_WEB_ID"]]);
    let heir = Container::run("heir", &[BUSYBOX, "httpd", "-f", "-p", "80"]);
    let ended = job.berth(&["check", "web"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
    assert!(heir.running());
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn down_withdraws_the_addresses_it_has_exported() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &["--export", "URL=http://{host}:{port}/"])).fine();
    assert!(!job.variables()["URL"].contains("unset"));
    job.berth(&["down"]).fine();
    let seen = job.variables();
    assert_eq!(seen["BERTH_WEB_HOST"], "unset.invalid");
    assert_eq!(seen["URL"], "http://unset.invalid:80/");
}

#[test]
#[ignore = "needs a Docker daemon"]
fn doctor_names_the_line_of_a_checkout() {
    needs_daemon();
    let name = unique("orphan");
    let checkout = tempfile::tempdir().unwrap();
    let folder = checkout.path().join(".gitea/workflows");
    std::fs::create_dir_all(&folder).unwrap();
    let (stem, _) = name.rsplit_once('-').unwrap();
    let text = format!(
        "on: push\njobs:\n  test:\n    runs-on: host\n    steps:\n      - run: docker run -d --name {stem}-$SUFFIX {BUSYBOX} sleep 3000\n"
    );
    std::fs::write(folder.join("test.yml"), text).unwrap();
    let job = HostJob::start(&Who::new());
    let labels = job.berth(&["labels", "--format", "args"]).fine().out;
    let mut words = vec!["run", "-d", "--name", &name];
    words.extend(labels.split_whitespace());
    words.extend([BUSYBOX, "sleep", "3000"]);
    docker(&words);
    let _orphan = Container(name.clone());
    let path = checkout.path().to_str().unwrap();

    // The helper alone has no linter, and says so.
    let helper = Ended::of(&job.command(&["doctor", "--orphans", "--checkout", path]).output().unwrap());
    assert_eq!(helper.code, 2);
    assert!(helper.err.contains("built without the linter"), "{}", helper.err);

    if cfg!(feature = "lint") {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_berth-run"));
        let said = command.args(["doctor", "--orphans", "--checkout", path]).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let mut lines = said.lines().skip_while(|line| !line.contains(&name));
        assert!(lines.next().is_some(), "{said}");
        let made = lines.next().unwrap_or_default().trim();
        assert!(made.starts_with("may have been made by .gitea/workflows/test.yml:6: docker run"), "{said}");
    }
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn doctor_promises_a_guard_only_where_there_is_one() {
    needs_daemon();
    let host = HostJob::start(&Who::new());
    host.berth(&web("web", &[])).fine();
    let said = host.berth(&["doctor", "--orphans"]).fine().out;
    assert!(!said.contains(&host.who.run), "its guard is a process: {said}");
    let alone = HostJob::start(&Who::new());
    alone.berth(&web("web", &["--no-guard"])).fine();
    let said = alone.berth(&["doctor", "--orphans"]).fine().out;
    let own = said.lines().find(|line| line.contains(&alone.who.run)).unwrap_or_default();
    assert!(own.contains("no guard runs for it"), "{said}");
    assert!(own.contains(&format!("({BUSYBOX}, made ")), "what it is, and its age: {said}");
    alone.berth(&["down"]).fine();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    let said = job.berth(&["doctor"]).fine().out;
    assert!(said.contains(&format!("`up` starts one, which waits for the end of {}", job.container.0)), "{said}");
    host.berth(&["down"]).fine();
}
