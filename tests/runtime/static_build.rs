//! The static build: small, and at home in an image with nothing but a shell.

use crate::support::*;

/// What a job can copy into any image without a thought.
const LARGEST: u64 = 4 * 1024 * 1024;

#[test]
fn the_static_build_is_small_and_needs_no_loader() {
    if std::env::var_os("BERTH_RUN_STATIC").is_none() {
        let size = std::fs::metadata(program()).unwrap().len();
        assert!(size <= LARGEST, "{size} bytes");
    }
    assert!(berthlint::runtime::elf::is_static(&std::fs::read(program()).unwrap()));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn it_runs_in_an_image_that_holds_nothing_but_a_shell() {
    needs_daemon();
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("bin")).unwrap();
    std::fs::create_dir(root.path().join("tmp")).unwrap();
    let from = Container(unique("source"));
    docker(&["create", "--name", &from.0, BUSYBOX]);
    let shell = root.path().join("bin/sh");
    docker(&["cp", &format!("{}:/bin/busybox", from.0), &shell.display().to_string()]);
    let archive = root.path().with_extension("tar");
    let packed = std::process::Command::new("tar")
        .args(["-C", &root.path().display().to_string(), "-cf", &archive.display().to_string(), "bin", "tmp"])
        .status()
        .unwrap();
    assert!(packed.success());
    let image = format!("berth-test/{}", unique("shell"));
    docker(&["import", &archive.display().to_string(), &image]);
    std::fs::remove_file(&archive).unwrap();

    // Its shell is busybox under another name, so even `sleep` has to come from the shell: `read`
    // on a pipe nobody writes to.
    let who = Who::new();
    let mount = format!("{}:/berth-run:ro", program().display());
    let label = who.label();
    let run = label.trim_start_matches("berth.run=");
    let script = format!(
        "export GITHUB_SERVER_URL=https://forge.example GITHUB_REPOSITORY=t/a GITHUB_RUN_ID={run} GITHUB_JOB=j \
         RUNNER_TEMP=/not/there GITHUB_ENV=/tmp/env; /berth-run up {} && . /tmp/env && test -n \"$BERTH_WEB_ID\" && \
         /berth-run doctor && /berth-run down",
        web("web", &[])[1..].join(" ")
    );
    let socket = socket_mount();
    let mut words = vec!["run", "--rm", "-v", &socket, "-v", &mount];
    words.extend([image.as_str(), "/bin/sh", "-c", &script]);
    let output = std::process::Command::new("docker").args(&words).output().unwrap();
    Ended::of(&output).fine();
    assert!(labelled(&label).is_empty());
    docker(&["rmi", &image]);
}
