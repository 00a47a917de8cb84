//! What a release consists of: `.ci/release` and `.ci/publish`, with small static programs in place of ours, which take
//! minutes to build; and the workflows that call them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};

use berthlint::check::{Engine, Options, check};
use berthlint::facts::Confidence;
use serde_json::{Value, json};
use tempfile::TempDir;

mod daemon;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// This project in a repository of its own, with a version that is written down.
struct Project {
    folder: TempDir,
    commit: String,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::create_dir(at.join(".ci")).unwrap();
        for name in [".ci/release", ".ci/publish", ".ci/third-party-licenses", "Cargo.toml", "Cargo.lock"] {
            fs::copy(root().join(name), at.join(name)).unwrap();
        }
        // What cargo looks for, and nothing reads.
        for name in ["src", "tests", "benches", "build.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "Dockerfile"]
        {
            symlink(root().join(name), at.join(name)).unwrap();
        }
        let log =
            format!("# Changelog\n\n## Unreleased\n\n- Later.\n\n## {VERSION} - 2026-01-31\n\n- Now.\n\n## 0.0.1\n");
        fs::write(at.join("CHANGELOG.md"), log).unwrap();
        let git = |words: &[&str]| {
            let config = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
            let done = Command::new("git").current_dir(at).args(config).args(words).output().unwrap();
            assert!(done.status.success(), "{}", text(&done));
            String::from_utf8(done.stdout).unwrap().trim().to_owned()
        };
        git(&["init", "--quiet"]);
        git(&["add", "Cargo.toml"]);
        git(&["commit", "--quiet", "-m", "A version"]);
        let commit = git(&["log", "-1", "--format=%h %cs"]);
        Self { folder, commit }
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    /// A folder with both programs, which say this of themselves.
    fn programs(&self, name: &str, says: &str, flags: &[&str]) -> PathBuf {
        let folder = self.at().join(name);
        fs::create_dir(&folder).unwrap();
        for program in ["berthlint", "berth-run"] {
            let source = folder.join("program.c");
            let code = format!("#include <stdio.h>\nint main(void) {{ puts(\"{program} {says}\"); return 0; }}\n");
            fs::write(&source, code).unwrap();
            let mut compiler = Command::new("cc");
            let done = compiler.args(flags).arg("-o").arg(folder.join(program)).arg(&source).output().unwrap();
            assert!(done.status.success(), "{}", text(&done));
        }
        folder
    }

    fn right_programs(&self, name: &str) -> PathBuf {
        self.programs(name, &format!("{VERSION} ({})", self.commit), &["-static"])
    }

    fn release(&self, dist: &str, words: &[&str]) -> Output {
        let mut command = Command::new(self.at().join(".ci/release"));
        command.args(words).env("BERTH_DIST", self.at().join(dist)).output().unwrap()
    }

    fn pack(&self, dist: &str, target: &str, programs: &Path) -> Output {
        self.release(dist, &["pack", target, programs.to_str().unwrap()])
    }

    fn packed(&self, dist: &str) -> PathBuf {
        let done = self.pack(dist, &target(), &self.right_programs(&format!("{dist}-programs")));
        assert!(done.status.success(), "{}", text(&done));
        self.at().join(dist).join(format!("berthlint-{VERSION}-{}.tar.gz", target()))
    }
}

/// The refusal of something, in words.
fn refused(done: &Output) -> String {
    assert_eq!(done.status.code(), Some(1), "{}", text(done));
    text(done)
}

#[test]
fn an_archive_has_programs_and_licences_and_the_same_bytes_each_time() {
    let project = Project::new();
    let archive = project.packed("one");
    assert_eq!(fs::read(&archive).unwrap(), fs::read(project.packed("two")).unwrap());
    let name = archive.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz").to_owned();
    let unpacked = project.at().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let done = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&unpacked).output().unwrap();
    assert!(done.status.success(), "{}", text(&done));
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(unpacked.join(&name)).unwrap() {
        let entry = entry.unwrap();
        files.insert(entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777);
    }
    let programs = ["berth-run", "berthlint"].map(|name| (name, 0o755));
    let texts = ["CHANGELOG.md", "Dockerfile", "LICENSE-APACHE", "LICENSE-MIT", "LICENSES-THIRD-PARTY", "README.md"];
    let wanted = texts.map(|name| (name, 0o644)).into_iter().chain(programs);
    assert_eq!(files, wanted.map(|(name, mode)| (name.to_owned(), mode)).collect());
    let licences = fs::read_to_string(unpacked.join(name).join("LICENSES-THIRD-PARTY")).unwrap();
    for part in ["\nclap 4.", "\nmimalloc ", "\nyaml-rust2 ", "\nRust's standard library", "Chen Yuheng"] {
        assert!(licences.contains(part), "{part}");
    }
    // What only tests are built with is not in the programs.
    assert!(!licences.contains("\nproptest ") && !licences.contains("\ninsta "));
}

#[test]
fn what_differs_from_its_checksum_is_refused() {
    let project = Project::new();
    let archive = project.packed("dist");
    let done = project.release("dist", &["check"]);
    assert!(done.status.success() && text(&done).contains("1 archives with right checksums"), "{}", text(&done));
    let sums = fs::read_to_string(archive.with_file_name("SHA256SUMS")).unwrap();
    let (sum, name) = sums.trim_end().split_once("  ").unwrap();
    assert_eq!((sum.len(), name), (64, archive.file_name().unwrap().to_str().unwrap()));
    let another = archive.with_file_name(format!("berthlint-{VERSION}-riscv64gc-unknown-linux-musl.tar.gz"));
    fs::copy(&archive, &another).unwrap();
    assert!(refused(&project.release("dist", &["check"])).contains("does not have berthlint-"));
    fs::remove_file(another).unwrap();
    let mut bytes = fs::read(&archive).unwrap();
    bytes.push(0);
    fs::write(&archive, bytes).unwrap();
    assert!(refused(&project.release("dist", &["check"])).contains("checksums differ"));
}

#[test]
fn programs_that_are_not_what_they_should_be_are_refused() {
    let project = Project::new();
    let stamp = format!("{VERSION} ({})", project.commit);
    let dynamic = project.programs("dynamic", &stamp, &[]);
    assert!(refused(&project.pack("a", &target(), &dynamic)).contains("berthlint is not static: libc.so.6"));
    let old = project.programs("old", "0.0.1", &["-static"]);
    let said = refused(&project.pack("b", &target(), &old));
    assert!(said.contains(&format!("says `berthlint 0.0.1` and not `berthlint {stamp}`")), "{said}");
    let other = if target().starts_with("x86") { "aarch64-unknown-linux-musl" } else { "x86_64-unknown-linux-musl" };
    let right = project.right_programs("right");
    assert!(refused(&project.pack("c", other, &right)).contains("built for another machine"));
    fs::remove_file(right.join("berth-run")).unwrap();
    assert!(refused(&project.pack("d", &target(), &right)).contains("has no berth-run"));
}

#[test]
fn notes_are_of_this_version_alone() {
    let project = Project::new();
    let done = project.release("dist", &["notes"]);
    assert_eq!((done.status.code(), text(&done).trim()), (Some(0), "- Now."));
    fs::write(project.at().join("CHANGELOG.md"), "# Changelog\n\n## Unreleased\n\n- Later.\n").unwrap();
    // Before the first tag they are what the first version is to have.
    let first = project.release("dist", &["notes"]);
    assert_eq!(String::from_utf8_lossy(&first.stdout).trim(), "- Later.");
    assert!(text(&first).contains("no version is tagged yet"), "{first:?}");
    let tagged = Command::new("git").current_dir(project.at()).args(["tag", "v0.0.1"]).output().unwrap();
    assert!(tagged.status.success(), "{tagged:?}");
    assert!(refused(&project.release("dist", &["notes"])).contains("CHANGELOG.md says nothing under"));
}

/// What a forge was asked.
#[derive(Debug)]
struct Asked {
    line: String,
    head: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A forge with these releases; it says what it is asked.
fn forge(releases: Value, prefix: &str) -> (String, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}{prefix}", listener.local_addr().unwrap());
    let upload = format!("{api}/uploads{{?name,label}}");
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let mut head = BTreeMap::new();
            loop {
                let mut field = String::new();
                stream.read_line(&mut field).unwrap();
                let Some((name, value)) = field.trim_end().split_once(": ") else { break };
                head.insert(name.to_lowercase(), value.to_owned());
            }
            let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let own = json!({"id": 7, "upload_url": upload, "html_url": "https://git.example.org/r", "draft": true});
            let (status, answer) = match line.split(' ').next().unwrap() {
                "GET" => ("200 OK", releases.to_string()),
                "DELETE" => ("204 No Content", String::new()),
                _ => ("201 Created", own.to_string()),
            };
            let length = answer.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            if tell.send(Asked { line: line.trim_end().to_owned(), head, body }).is_err() {
                break;
            }
        }
    });
    (api, told)
}

fn publish(project: &Project, api: &str, tag: &str) -> Output {
    let mut command = Command::new(project.at().join(".ci/publish"));
    let dist = project.at().join("dist");
    let command = command.env("BERTH_DIST", dist).env("TOKEN", "a-token").env("GITHUB_API_URL", api);
    // A proxy of this machine has no way to it.
    let command = command.env("no_proxy", "127.0.0.1").env("GITHUB_REPOSITORY", "tools/berthlint");
    command.env("GITHUB_REF_NAME", tag).output().unwrap()
}

#[test]
fn a_release_is_a_draft_until_all_its_files_are_there() {
    let project = Project::new();
    let archive = project.packed("dist");
    let name = archive.file_name().unwrap().to_str().unwrap();
    let left = json!([{"id": 3, "tag_name": format!("v{VERSION}"), "draft": true}, {"id": 4, "tag_name": "v0.0.1"}]);
    for (prefix, listed, uploads) in
        [("/api/v1", "?limit=50", "/repos/tools/berthlint/releases/7/assets"), ("", "?per_page=50", "/uploads")]
    {
        let (api, told) = forge(left.clone(), prefix);
        let done = publish(&project, &api, &format!("v{VERSION}"));
        assert!(done.status.success(), "{}", text(&done));
        let asked: Vec<Asked> = told.try_iter().collect();
        let releases = format!("{prefix}/repos/tools/berthlint/releases");
        let wanted = [
            format!("GET {releases}{listed}"),
            format!("DELETE {releases}/3"),
            format!("POST {releases}"),
            format!("POST {prefix}{uploads}?name={name}"),
            format!("POST {prefix}{uploads}?name=SHA256SUMS"),
            format!("PATCH {releases}/7"),
        ];
        let lines: Vec<&str> = asked.iter().map(|one| one.line.trim_end_matches(" HTTP/1.1")).collect();
        assert_eq!(lines, wanted);
        assert!(asked.iter().all(|one| one.head["authorization"] == "token a-token"));
        let made: Value = serde_json::from_slice(&asked[2].body).unwrap();
        assert_eq!((&made["draft"], &made["tag_name"]), (&json!(true), &json!(format!("v{VERSION}"))));
        assert_eq!(made["body"].as_str().unwrap().trim(), "- Now.");
        let bytes = fs::read(&archive).unwrap();
        let sent = &asked[3];
        if prefix.is_empty() {
            assert!(sent.body == bytes && sent.head["content-type"] == "application/octet-stream");
        } else {
            assert!(sent.body.windows(bytes.len()).any(|part| part == bytes));
            assert!(sent.head["content-type"].starts_with("multipart/form-data; boundary="));
        }
        assert_eq!(serde_json::from_slice::<Value>(&asked[5].body).unwrap(), json!({"draft": false}));
    }
}

#[test]
fn nothing_is_published_twice_nor_under_another_version() {
    let project = Project::new();
    project.packed("dist");
    let there = json!([{"id": 3, "tag_name": format!("v{VERSION}"), "draft": false, "html_url": "https://x.example"}]);
    let (api, told) = forge(there, "/api/v1");
    let done = publish(&project, &api, &format!("v{VERSION}"));
    assert!(refused(&done).contains("already: https://x.example"), "{}", text(&done));
    assert_eq!(told.try_iter().count(), 1);
    assert!(refused(&publish(&project, &api, "v9.9.9")).contains(&format!("Cargo.toml has version {VERSION}")));
    fs::write(project.at().join("dist/SHA256SUMS"), "").unwrap();
    refused(&publish(&project, &api, &format!("v{VERSION}")));
    assert_eq!(told.try_iter().count(), 0);
}

/// `docker build` of an unpacked archive, as the Dockerfile has it, and a run of what comes out.
#[test]
#[ignore = "needs a Docker daemon"]
fn an_image_is_made_of_an_archive() {
    daemon::needs_daemon();
    let project = Project::new();
    let archive = project.packed("dist");
    let done = Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(project.at()).output().unwrap();
    assert!(done.status.success(), "{}", text(&done));
    let context = project.at().join(archive.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz"));
    let image = daemon::unique("image");
    let container = daemon::unique("container");
    daemon::docker(&["build", "--quiet", "--tag", &image, context.to_str().unwrap()]);
    let ran = Command::new("docker").args(["run", "--rm", "--name", &container, &image]).output().unwrap();
    let made = daemon::docker(&["image", "inspect", "--format", "{{.Config.User}} {{.Config.WorkingDir}}", &image]);
    daemon::docker_may_fail(&["image", "rm", "--force", &image]);
    assert_eq!(text(&ran).trim(), format!("berthlint {VERSION} ({})", project.commit));
    assert_eq!(made, "65534:65534 /repository");
}

/// What this program asks of others, it does itself.
#[test]
fn our_own_workflows_are_clean() {
    let paths = [".github", ".gitea", ".forgejo"].map(|forge| root().join(forge).join("workflows/release.yml"));
    let mut options = Options::new(root(), paths.to_vec());
    options.min_confidence = Some(Confidence::Low);
    let report = check(&Engine::built_in(), &options).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(!report.is_incomplete() && report.files == 3, "{} files: {:?}", report.files, report.errors);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
