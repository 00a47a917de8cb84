//! Every failure: the right exit code, words that help, and nothing half-made left behind.

use std::os::unix::net::UnixListener;

use crate::support::*;

/// An `up` that must fail so; afterwards the host is unset and nothing of the run is left.
#[track_caller]
fn fails(words: &[&str], code: i32, says: &[&str]) {
    let job = HostJob::start(&Who::new());
    fails_in(&job, words, code, says);
}

#[track_caller]
fn fails_in(job: &HostJob, words: &[&str], code: i32, says: &[&str]) {
    let ended = job.berth(words);
    assert_eq!(ended.code, code, "{}", ended.err);
    for word in says {
        assert!(ended.err.contains(word), "`{word}` is missing: {}", ended.err);
    }
    assert!(ended.err.contains("help: "), "no advice: {}", ended.err);
    let left = labelled(&job.who.label());
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
}

#[test]
fn wrong_arguments_end_with_two() {
    let job = HostJob::start(&Who::new());
    for words in [
        &["up", "Web", "--image", "x"][..],
        &["up", "web"],
        &["up", "web", "--image", "x", "--port", "8080:80"],
        &["up", "web", "--image", "x", "--export", "DOCKER_HOST=tcp://{host}"],
        &["up", "web", "--image", "x", "--export", "PATH={host}"],
        &["up", "web", "--image", "x", "--timeout", "soon"],
        &["up", "web", "--image", "x", "--volume", "./here:/there"],
        &["labels", "--format", "yaml"],
        &["nonsense"],
    ] {
        let ended = job.berth(words);
        assert_eq!(ended.code, 2, "{words:?}: {}", ended.err);
        assert!(!ended.err.is_empty());
    }
    assert!(job.variables().is_empty(), "nothing is exported for a name that is none");
}

#[test]
fn a_missing_variable_or_file_is_named_after_the_host_is_unset() {
    for option in [["--env", "BERTH_TEST_NEVER_SET"], ["--env-file", "/nonexistent"]] {
        let job = HostJob::start(&Who::new());
        let ended = job.berth(&["up", "web", "--image", "x", option[0], option[1]]);
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains(option[1]) && ended.err.contains("help: "), "{}", ended.err);
        assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
    }
}

#[test]
fn without_an_identity_everything_missing_is_named() {
    for words in [&web("web", &[])[..], &["down"], &["labels"], &["name", "x"]] {
        let job = HostJob::start(&Who::new());
        let mut command = job.command(words);
        command.env_remove("GITHUB_RUN_ID").env("GITHUB_JOB", "");
        let ended = Ended::of(&command.output().unwrap());
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("GITHUB_RUN_ID, GITHUB_JOB not set"), "{}", ended.err);
        if words[0] == "up" {
            assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
        }
    }
}

#[test]
fn without_a_daemon_the_code_is_three_and_the_host_is_unset() {
    let directory = tempfile::tempdir().unwrap();
    let dead = directory.path().join("dead.sock");
    drop(UnixListener::bind(&dead).unwrap());
    let mute = directory.path().join("mute.sock");
    let _listener = UnixListener::bind(&mute).unwrap();
    let unix = |path: &std::path::Path| format!("unix://{}", path.display());
    for (address, says) in [
        ("unix:///nonexistent/docker.sock".to_owned(), "no Docker socket"),
        (unix(&dead), "refused"),
        (unix(&mute), "does not answer"),
        ("tcp://127.0.0.1:1".to_owned(), "no Docker daemon answers"),
        ("ssh://host".to_owned(), "cannot speak"),
        ("https://host".to_owned(), "TLS"),
    ] {
        for words in [&web("web", &[])[..], &["doctor"]] {
            let job = HostJob::start(&Who::new());
            let ended = Ended::of(&job.command(words).env("DOCKER_HOST", &address).output().unwrap());
            assert_eq!(ended.code, 3, "{address}: {}", ended.err);
            assert!(ended.err.contains(says) && ended.err.contains("help: "), "{address}: {}", ended.err);
            if words[0] == "up" {
                assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
            }
        }
    }
}

#[test]
fn completions_and_pages_are_printed_without_a_job_or_a_daemon() {
    let said = |words: &[&str]| {
        Ended::of(&std::process::Command::new(env!("CARGO_BIN_EXE_berth-run")).args(words).output().unwrap())
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&["completions", shell]).fine().out;
        assert!(script.contains("since-snapshot") && !script.contains("vigil"), "{shell}: {script}");
    }
    assert!(said(&["man"]).fine().out.contains(".TH berth-run 1"));
    assert!(said(&["man", "sweep"]).fine().out.contains("older\\-than"));
    let wrong = said(&["man", "sweeep"]);
    assert_eq!((wrong.code, wrong.err.contains("there is no command `sweeep`")), (2, true), "{wrong:?}");
}

#[test]
fn down_without_anything_started_is_fine_even_without_a_daemon() {
    let job = HostJob::start(&Who::new());
    let mut command = job.command(&["down"]);
    let ended = Ended::of(&command.env("DOCKER_HOST", "unix:///nonexistent").output().unwrap()).fine();
    assert!(ended.err.contains("nothing to remove"));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn an_image_that_is_missing() {
    needs_daemon();
    let never = ["up", "web", "--image", "berth-test/none:1", "--pull", "never"];
    fails(&never, 1, &["berth-test/none:1", "--pull never"]);
    let refused = ["up", "web", "--image", "127.0.0.1:1/none:1"];
    fails(&refused, 1, &["cannot pull 127.0.0.1:1/none:1", "refused"]);
    fails(&["up", "web", "--image", "NOT VALID"], 2, &["NOT VALID"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_port_that_nobody_listens_on() {
    needs_daemon();
    let script = "echo only this; sleep 60";
    let words = ["up", "web", "--image", BUSYBOX, "--port", "81", "--timeout", "1s", "--", "sh", "-c", script];
    fails(&words, 1, &["not ready within 1.0 s", ":81", "only this"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_health_command_that_never_holds() {
    needs_daemon();
    let mut words = web("web", &["--timeout", "1s", "--wait-cmd", "echo not yet; exit 7"]);
    fails(&words, 1, &["ended with 7: not yet"]);
    words = web("web", &["--timeout", "1s", "--wait-cmd", "sleep 60"]);
    fails(&words, 1, &["did not end within"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_container_that_dies() {
    needs_daemon();
    let script = "echo last words >&2; exit 3";
    let words = ["up", "web", "--image", BUSYBOX, "--port", "80", "--", "sh", "-c", script];
    fails(&words, 1, &["ended with exit code 3", "last words"]);
    // A log must not give the runner commands.
    let job = HostJob::start(&Who::new());
    let script = "echo ::add-path::/evil; exit 1";
    let mut command = job.command(&["up", "web", "--image", BUSYBOX, "--port", "80", "--", "sh", "-c", script]);
    let said = Ended::of(&command.env("GITHUB_ACTIONS", "true").output().unwrap()).err;
    let (before, after) = said.split_once("::add-path::").expect("the log is shown");
    let (word, lead) =
        before.split_once("::stop-commands::").expect("commands are off").1.split_once('\n').expect("a line");
    assert_eq!((word.len(), lead), (32, "./"), "{said}");
    assert!(after.contains(&format!("\n::{word}::\n")), "{said}");

    let missing = ["up", "web", "--image", BUSYBOX, "--", "no-such-program"];
    fails(&missing, 1, &["no-such-program"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_name_that_is_taken() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("web", &[])).fine();
    let id = job.variables()["BERTH_WEB_ID"].clone();
    let again = job.berth(&web("web", &[]));
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is taken"), "{}", again.err);
    let kept = job.variables();
    assert_ne!(kept["BERTH_WEB_HOST"], "unset.invalid", "the first one's address still holds");
    assert_eq!(kept["BERTH_WEB_ID"], id);
    // Other mistakes in the second call take the first one's address as little.
    assert_eq!(job.berth(&web("web", &["--env", "BERTH_TEST_NEVER_SET"])).code, 1);
    assert_eq!(job.variables(), kept);
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &id]), "true", "the first one lives");
    docker(&["kill", &id]);
    assert_eq!(job.berth(&web("web", &[])).code, 1);
    assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid", "nothing is at the dead one's address");
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_template_for_a_port_the_image_does_not_have() {
    needs_daemon();
    let words = ["up", "web", "--image", POSTGRES, "--export", "X={port:9}"];
    fails(&words, 2, &["{port:9}", "--port 9"]);
}

#[test]
fn a_token_file_others_may_read_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let job = HostJob::start(&Who::new());
    job.berth(&["name", "x"]).fine();
    std::fs::remove_file(job.directory.path().join("env")).unwrap();
    let token = std::fs::read_dir(job.directory.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = job.berth(&["name", "x"]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("only this user may read"), "{}", ended.err);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_summary_has_a_row_and_secrets_stay_out_of_every_file() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let mut command = job.command(&web("web", &["--env", "PASSWORD"]));
    let ended = Ended::of(&command.env("PASSWORD", "hunter2-secret").output().unwrap()).fine();
    let id = &job.variables()["BERTH_WEB_ID"];
    assert_eq!(docker(&["exec", id, "sh", "-c", "echo $PASSWORD"]), "hunter2-secret");
    assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"));
    let read = |name: &str| std::fs::read_to_string(job.directory.path().join(name)).unwrap();
    assert!(read("summary").contains("| berth-web-"));
    assert!(!read("env").contains("hunter2") && !read("output").contains("hunter2"));
    job.berth(&["down"]).fine();
}

#[test]
fn a_job_id_with_a_line_break_is_called_invalid() {
    let job = HostJob::start(&Who::new());
    let ended = Ended::of(&job.command(&["down"]).env("GITHUB_JOB", "a\nb").output().unwrap());
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("GITHUB_JOB invalid") && !ended.err.contains("not set"), "{}", ended.err);
}

#[test]
fn a_full_disk_leaves_no_empty_token_draft() {
    let job = HostJob::start(&Who::new());
    let line = format!("trap '' XFSZ; ulimit -f 0; exec {} name x", program().display());
    let mut shell = std::process::Command::new("sh");
    let berth = job.command(&[]);
    shell.args(["-c", &line]).env_clear();
    shell.envs(berth.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let ended = Ended::of(&shell.output().unwrap());
    assert_eq!(ended.code, 1, "{}", ended.err);
    let left: Vec<_> = std::fs::read_dir(job.directory.path()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(left.is_empty(), "{left:?}");
    job.berth(&["name", "x"]).fine();
}

/// `up` where the runner's files are not to be seen, `down` where they are: one token, or an error.
#[test]
fn down_never_says_that_nothing_was_started_where_something_may_have_been() {
    let job = HostJob::start(&Who::new());
    let name = |without: &[&str]| {
        let mut command = job.command(&["name", "x"]);
        command.env_remove("BERTH_TOKEN");
        for variable in without {
            command.env_remove(variable);
        }
        Ended::of(&command.output().unwrap()).fine().out
    };
    assert_eq!(name(&["GITHUB_ENV"]), name(&["GITHUB_OUTPUT"]), "the other files lie in the same directory");

    let job = HostJob::start(&Who::new());
    let mut blind = job.command(&["name", "x"]);
    for variable in ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
        blind.env_remove(variable);
    }
    Ended::of(&blind.output().unwrap()).fine();
    let down = job.berth(&["down"]);
    assert_eq!(down.code, 1, "{}", down.err);
    assert!(down.err.contains("berth-token-") && down.err.contains("help: "), "{}", down.err);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_container_that_dies_after_half_a_second_was_never_ready() {
    needs_daemon();
    let script = "sleep 0.5; echo gone; exit 4";
    fails(&["up", "web", "--image", BUSYBOX, "--", "sh", "-c", script], 1, &["exit code 4", "gone"]);
    fails(&["up", "web", "--image", BUSYBOX, "--port", "53/udp", "--", "sh", "-c", script], 1, &["exit code 4"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn names_with_blanks_are_no_variables() {
    needs_daemon();
    for wrong in ["A B=c", "export A=c", "A =c"] {
        fails(&["up", "web", "--image", BUSYBOX, "--env", wrong], 2, &["blank"]);
    }
}
