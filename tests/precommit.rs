//! The hooks, run by pre-commit itself.
//!
//! pre-commit comes from PyPI into a virtual environment below `target`: what needs it runs with `-- --include-ignored`.
#![allow(clippy::unwrap_used)]

mod needs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use berthlint::source::FileKind;
use berthlint::source::kind::{ENDINGS, NAMES, YAML_NAMES};
use regex::Regex;
use tempfile::TempDir;

use needs::needed;

const PRE_COMMIT: &str = "pre-commit==4.7.0";

/// A job that leaves a database behind.
const LEAK: &str = "\
on: push
jobs:
  test:
    runs-on: docker
    steps:
      - run: docker run -d --name \"pg-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT\" postgres:16
      - run: go test ./...
";

/// The step that `--fix` adds.
const STEP: &str = "      - name: Remove the pg container
        if: always()
        run: docker rm -fv \"pg-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT\" || true
";

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn the_manifest_is_one() {
    let pre_commit = pre_commit();
    let (code, out) = run(Command::new(pre_commit).args(["validate-manifest", &manifest().to_string_lossy()]));
    assert_eq!(code, 0, "{out}");
}

/// What of the manifest says which files the hooks take.
fn files() -> String {
    let name = |pattern: &str| format!("(^|/){pattern}$");
    let (any, exact): (Vec<_>, Vec<_>) =
        NAMES.iter().map(|(name, _)| *name).partition(|name| FileKind::named(&name.to_uppercase()).is_some());
    let any: Vec<String> = any.into_iter().map(regex::escape).collect();
    let lines = [r"^(.*/)?\.(gitea|forgejo|github)/.*\.ya?ml$".to_owned()]
        .into_iter()
        .chain(YAML_NAMES.map(name))
        .chain([name(&format!("(?i:{})", any.join("|")))])
        .chain(exact.into_iter().map(|exact| name(&regex::escape(exact))))
        .chain([format!(r"\.({})$", ENDINGS.map(|(ending, _)| ending).join("|"))]);
    lines.collect::<Vec<_>>().join("\n      | ")
}

#[test]
fn the_manifest_names_all_kinds_of_file() {
    let text = fs::read_to_string(manifest()).unwrap();
    let (head, rest) = text.split_once("(?x)(\n      ").unwrap();
    let (found, tail) = rest.split_once("\n    )\n").unwrap();
    let wanted = files();
    if std::env::var_os("BLESS").is_some() {
        fs::write(manifest(), format!("{head}(?x)(\n      {wanted}\n    )\n{tail}")).unwrap();
    } else {
        assert_eq!(found, wanted, "stale, run `BLESS=1 cargo test --test precommit manifest`");
    }
}

/// What is not handed over is not checked, and what is none of berthlint's takes time.
#[test]
fn the_hooks_take_the_files_that_berthlint_reads() {
    let hooks: serde_yaml::Value = serde_yaml::from_str(&fs::read_to_string(manifest()).unwrap()).unwrap();
    let hooks = hooks.as_sequence().unwrap();
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        assert_eq!(hook["require_serial"], true);
        let files = Regex::new(hook["files"].as_str().unwrap().trim_end()).unwrap();
        for path in [
            ".github/workflows/ci.yml",
            ".gitea/workflows/nightly/e2e.yaml",
            "services/api/.forgejo/workflows/ci.yml",
            ".github/actions/start/action.yml",
            "action.yaml",
            "compose.yml",
            "deploy/docker-compose.test.yml",
            "compose-ci.yaml",
            "ci/test.sh",
            "Makefile",
            "build/common.mk",
            "Justfile",
            "Taskfile.dist.yml",
            "web/package.json",
        ] {
            assert!(files.is_match(path), "{path}");
        }
        for path in ["Dockerfile", "README.md", "src/main.rs", "values.yaml", "docs/composer.yml", "ci/test.py"] {
            assert!(!files.is_match(path), "{path}");
        }
    }
}

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn a_commit_with_a_leak_is_refused_and_says_why() {
    let project = Project::new("");
    project.write(".gitea/workflows/ci.yml", LEAK);
    let (code, out) = project.commit();
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("missing-teardown") && out.contains(".gitea/workflows/ci.yml"), "{out}");
    project.write(".gitea/workflows/ci.yml", &format!("{LEAK}{STEP}"));
    let (code, out) = project.commit();
    assert_eq!(code, 0, "{out}");
}

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn files_that_are_not_ours_pass() {
    let project = Project::new("");
    project.write(".gitea/workflows/ci.yml", "on: push\njobs: { t: { runs-on: docker, steps: [{ run: make }] } }\n");
    project.write(".github/dependabot.yml", "version: 2\nupdates: []\n");
    project.write("tools/by-hand.sh", "docker system prune -af\n");
    project.write("charts/compose.yaml", "services: {}\n");
    project.write("docs/notes.md", "docker system prune -af\n");
    let (code, out) = project.commit();
    assert_eq!(code, 0, "{out}");
}

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn what_the_configuration_excludes_passes() {
    let project = Project::new("");
    project.write(".berthlint.yaml", "exclude: ['.gitea/workflows/old-*', 'vendor/**']\n");
    project.write(".gitea/workflows/old-ci.yml", LEAK);
    project.write(
        ".gitea/workflows/ci.yml",
        "on: push\njobs: { t: { runs-on: docker, steps: [{ run: vendor/t.sh }] } }\n",
    );
    project.write("vendor/t.sh", "docker system prune -af\n");
    let (code, out) = project.commit();
    assert_eq!(code, 0, "{out}");
}

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn a_script_that_a_workflow_calls_is_judged_when_it_alone_changes() {
    let project = Project::new("");
    project.write(".gitea/workflows/ci.yml", "on: push\njobs: { t: { runs-on: docker, steps: [{ run: ci/t.sh }] } }\n");
    project.write("ci/t.sh", "go test ./...\n");
    assert_eq!(project.commit().0, 0);
    project.write("ci/t.sh", "go test ./...\ndocker system prune -af\n");
    let (code, out) = project.commit();
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("ci/t.sh:2") && out.contains("unscoped-prune"), "{out}");
}

#[test]
#[ignore = "needs PyPI: installs pre-commit"]
fn with_fix_the_files_are_rewritten_and_the_next_commit_passes() {
    let project = Project::new("args: [--fix]");
    project.write(".gitea/workflows/ci.yml", LEAK);
    let (code, out) = project.commit();
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("files were modified by this hook"), "{out}");
    let text = fs::read_to_string(project.root().join(".gitea/workflows/ci.yml")).unwrap();
    assert_eq!(text, format!("{LEAK}{STEP}"));
    let (code, out) = project.commit();
    assert_eq!(code, 0, "{out}");
}

/// A git repository whose commits pre-commit checks, and one that offers the hooks.
struct Project {
    directory: TempDir,
}

impl Project {
    /// With these further keys for the hook.
    fn new(hook: &str) -> Self {
        let pre_commit = pre_commit();
        let project = Self { directory: tempfile::tempdir().unwrap() };
        let hooks = project.directory.path().join("hooks");
        fs::create_dir_all(&hooks).unwrap();
        fs::create_dir_all(project.root()).unwrap();
        fs::copy(manifest(), hooks.join(".pre-commit-hooks.yaml")).unwrap();
        let must = |directory: &Path, words: &[&str]| {
            let (code, out) = project.git(directory, words);
            assert_eq!(code, 0, "git {words:?}: {out}");
            out
        };
        must(&hooks, &["init", "-q"]);
        must(&hooks, &["add", "-A"]);
        must(&hooks, &["commit", "-qm", "hooks"]);
        let revision = must(&hooks, &["rev-parse", "HEAD"]);
        must(&project.root(), &["init", "-q"]);
        let config = format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: berthlint-system\n        {hook}\n",
            hooks.display(),
            revision.trim()
        );
        project.write(".pre-commit-config.yaml", &config);
        let (code, out) = run(project.command(pre_commit, &project.root()).arg("install"));
        assert_eq!(code, 0, "{out}");
        project
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("project")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all; what git and pre-commit say.
    fn commit(&self) -> (i32, String) {
        self.git(&self.root(), &["add", "-A"]);
        self.git(&self.root(), &["commit", "-m", "change"])
    }

    fn git(&self, directory: &Path, words: &[&str]) -> (i32, String) {
        run(self.command("git", directory).args(words))
    }

    /// A program that finds our berthlint first, and nothing of the user's own settings.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>, directory: &Path) -> Command {
        let berthlint = Path::new(env!("CARGO_BIN_EXE_berthlint")).parent().unwrap();
        let old = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(berthlint.to_owned()).chain(std::env::split_paths(&old));
        let mut command = Command::new(program);
        // Set where this test runs in a hook of git itself.
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(name);
        }
        command
            .current_dir(directory)
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", self.directory.path())
            .env("PRE_COMMIT_HOME", self.directory.path().join("cache"))
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "test").env(format!("GIT_{who}_EMAIL"), "test@example.com");
        }
        command
    }
}

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")
}

/// The program, installed once; nothing where that is not possible.
#[track_caller]
fn pre_commit() -> &'static Path {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let installed = PROGRAM.get_or_init(install).as_deref().map_err(String::as_str);
    needed("pre-commit", installed)
}

fn install() -> Result<PathBuf, String> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pre-commit");
    let bin = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = bin.join("pre-commit");
    let works = || Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
    if works() {
        return Ok(program);
    }
    let steps: [(&Path, &[&str]); 3] = [
        (Path::new("git"), &["--version"]),
        (Path::new("python3"), &["-m", "venv", "--clear", &environment.to_string_lossy()]),
        (&bin.join("pip"), &["install", "--quiet", "--disable-pip-version-check", PRE_COMMIT]),
    ];
    for (program, words) in steps {
        match Command::new(program).args(words).output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => return Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => return Err(format!("{}: {error}", program.display())),
        }
    }
    if works() { Ok(program) } else { Err("it does not start".to_owned()) }
}

/// The exit code, and all that is printed.
fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}
