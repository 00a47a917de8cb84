//! What `--fix` makes of small repositories: `fixtures/rewrite/CASE/before` becomes `after`, byte for byte, and a
//! second run changes nothing. `args` beside them holds further arguments. With `BLESS=1` each `after` is written anew:
//! read the difference before it is committed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;
use walkdir::WalkDir;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Every file below a folder, by its path in it.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = WalkDir::new(root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let named = files.map(|file| {
        let path = file.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        (path, std::fs::read(file.path()).unwrap())
    });
    named.collect()
}

fn put(root: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// `check --fix` with the case's arguments: what it says on both outputs.
fn mend(case: &Path, here: &Path) -> String {
    let own = std::fs::read_to_string(case.join("args")).unwrap_or_default();
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let command = command.current_dir(here).args(["check", "--fix", "--show-fixes", "--exit-zero"]);
    let output = command.args(own.split_whitespace()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}: {said}", case.display());
    for torn in [",,", ", ,", " ,", ";;", ",."] {
        assert!(!said.contains(torn), "{}: a sentence is put together with `{torn}`: {said}", case.display());
    }
    said
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    files.get(path).map_or_else(|| "(no such file)".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[test]
fn what_fix_writes() {
    let bless = std::env::var_os("BLESS").is_some();
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let here = TempDir::new().unwrap();
        let before = files(&case.join("before"));
        put(here.path(), &before);
        let said = mend(&case, here.path());
        let found = files(here.path());
        mend(&case, here.path());
        assert_eq!(files(here.path()), found, "{name}: a second run changes something");
        if bless {
            let _ = std::fs::remove_dir_all(case.join("after"));
            put(&case.join("after"), &found);
            continue;
        }
        let after = files(&case.join("after"));
        for path in found.keys().chain(after.keys()) {
            assert_eq!(text(&found, path), text(&after, path), "{name}: {path} (found is left)\n{said}");
            assert_eq!(found.get(path), after.get(path), "{name}: {path}, in bytes");
        }
        assert_ne!(found, before, "{name}: nothing is mended\n{said}");
    }
}

/// What a recipe runs, by a docker that writes down what it is given.
#[cfg(unix)]
fn made(root: &Path, args: &[&str]) -> String {
    use std::os::unix::fs::PermissionsExt;
    let bin = TempDir::new().unwrap();
    for program in ["docker", "migrate", "psql"] {
        let path = bin.path().join(program);
        std::fs::write(&path, format!("#!/bin/sh\necho {program} \"$@\"\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let mut make = std::process::Command::new("make");
    let make = make.current_dir(root).arg("--silent").args(args).env("PATH", path);
    let make = make
        .env("GITHUB_RUN_ID", "71")
        .env("GITHUB_RUN_ATTEMPT", "2")
        .env("SHOP_PG_CONTAINER", "shop-pg-71-2")
        .env("BERTH_PG_PORT", "49153");
    String::from_utf8(make.output().unwrap().stdout).unwrap()
}

/// make reads a `$` before the shell does: what is written into a recipe comes through as it was meant.
#[test]
#[ignore = "needs make"]
#[cfg(unix)]
fn recipes_say_to_docker_what_was_meant() {
    let after = |case: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite").join(case).join("after");
    let (names, ports) = (after("make-dollar"), after("make-port"));
    let cases: [(&Path, &[&str], &str); 6] = [
        (
            &names,
            &["-f", "ci/tasks", "up"],
            "docker run -d --name shop-pg-71-2 -e POSTGRES_PASSWORD=test postgres:16\n",
        ),
        (&names, &["-f", "ci/tasks", "down"], "docker rm -fv shop-pg-71-2\n"),
        (&names, &["cache"], "docker run -d --name shop-cache-71-2 redis:7\n"),
        (&names, &["cache-down"], "docker rm -fv shop-cache-71-2\n"),
        (&ports, &["migrate"], "migrate -url postgres://postgres@127.0.0.1:49153/shop up\n"),
        (&ports, &["-f", "ci/tasks", "test"], "psql postgres://127.0.0.1:49153/shop -c select 1\n"),
    ];
    for (root, args, said) in cases {
        assert_eq!(made(root, args), said, "make {args:?}");
    }
}

/// The script of the local action that starts a container, run by `sh` with a docker that shows what it is handed.
#[cfg(unix)]
fn action_hands_on(variables: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let after = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite/sibling-action/after");
    let action = std::fs::read_to_string(after.join(".gitea/actions/sibling-up/action.yml")).unwrap();
    let action: serde_yaml::Value = serde_yaml::from_str(&action).unwrap();
    let script = action["runs"]["steps"][0]["run"].as_str().unwrap().to_owned();
    let here = TempDir::new().unwrap();
    let docker = here.path().join("docker");
    let shows = "#!/bin/sh\n[ \"$1\" = inspect ] && echo 10.0.0.2\n[ \"$1\" = run ] || exit 0\n\
        while [ \"$1\" != --env-file ]; do shift; done\n\
        while read -r name; do echo \"$name=$(printenv \"$name\")\"; done < \"$2\"\n";
    std::fs::write(&docker, shows).unwrap();
    std::fs::set_permissions(&docker, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", here.path().display(), std::env::var("PATH").unwrap());
    let mut command = std::process::Command::new("sh");
    let command = command.args(["-e", "-c", &script]).env("PATH", path).env("VARIABLES", variables);
    let given = [("NAME", "db"), ("PREFIX", "BERTH_DB_"), ("IMAGE", "x"), ("NETWORK", "n"), ("GITHUB_RUN_ID", "7")];
    let command = command.envs(given).env("GITHUB_ENV", here.path().join("env"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read_to_string(here.path().join("env")).unwrap().contains("BERTH_DB_HOST=10.0.0.2\n"));
    String::from_utf8(output.stdout).unwrap()
}

/// A value may have several lines: a key is no key without the last of them.
#[test]
#[cfg(unix)]
fn the_local_action_hands_on_whole_values() {
    assert_eq!(action_hands_on(""), "");
    let key = "-----BEGIN KEY-----\nabc==\n\ndef\n-----END KEY-----";
    let given = format!("-e USER=app\n-e KEY={key}\n-e PASSWORD=it's $HOME `x`\n");
    assert_eq!(action_hands_on(&given), format!("USER=app\nKEY={key}\nPASSWORD=it's $HOME `x`\n"));
}
