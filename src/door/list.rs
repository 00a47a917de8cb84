//! Which files there are below a folder. Nothing is opened.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Folders that hold no repository of the user's own.
pub const FOREIGN: [&str; 5] = [".git", ".hg", ".svn", "node_modules", "__pycache__"];

/// How deep folders are looked into.
const DEPTH: usize = 8;

/// So many files are looked at for texts.
const MOST_SEEN: usize = 50_000;

/// Whether a path is one of a program that tests, by its name and folders (`tests/`, `client_test.go`, `api.spec.ts`).
pub fn is_of_tests(path: &str) -> bool {
    const ENDS: [&str; 18] = [
        "rs", "go", "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "java", "kt", "scala", "rb", "php", "cs", "ex",
        "exs", "swift",
    ];
    let path = path.to_ascii_lowercase();
    let has_end = path.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end));
    let says_so = |word: &str| ["test", "tests", "spec", "specs", "e2e", "integration"].contains(&word);
    has_end && path.split(|c: char| !c.is_ascii_alphanumeric()).any(says_so)
}

/// So many texts are listed.
const MOST_OF_TEXTS: usize = 5_000;

/// The files that programs, machines and builds may read, by their names, sorted: sources, settings, manifests, charts,
/// scripts. Sources, tests and scripts come before data. Also whether these are all: where not, nobody knows the others.
/// Links are not followed. Left out is what nothing of a job reads a name in (prose, examples, pictures, tables of
/// numbers, lock files, what other CI systems run), and the folders of what was built or is others'.
pub fn of_texts(root: &Path) -> (Vec<PathBuf>, bool) {
    let walk = walk(root, &["vendor", "target", "dist", ".venv", "venv", "third_party", "site-packages"]);
    let mut seen = 0;
    let files = walk.inspect(|_| seen += 1).take(MOST_SEEN + 1).flatten().filter(|entry| entry.file_type().is_file());
    let texts = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_str().filter(|path| is_text(path))?;
        Some((is_data(path), entry.into_path()))
    });
    let mut texts: Vec<(bool, PathBuf)> = texts.collect();
    let is_all = seen <= MOST_SEEN && texts.len() <= MOST_OF_TEXTS;
    texts.sort_by_key(|(is_data, _)| *is_data);
    (texts.into_iter().take(MOST_OF_TEXTS).map(|(_, path)| path).collect(), is_all)
}

/// Whether a path is more likely one of data, or of what is shown, than one of a program or its settings.
pub fn is_data(path: &str) -> bool {
    const FOLDERS: [&str; 15] = [
        "asset",
        "assets",
        "build",
        "data",
        "dataset",
        "datasets",
        "doc",
        "docs",
        "example",
        "examples",
        "fixtures",
        "i18n",
        "locales",
        "snapshots",
        "testdata",
    ];
    const ENDS: [&str; 5] = ["json", "jsonl", "xml", "geojson", "sql"];
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let is_below = folders.split('/').any(|part| FOLDERS.contains(&part.trim_matches('_')));
    is_below || !folders.is_empty() && name.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end))
}

/// Whether a path is one of [`of_texts`].
pub fn is_text(path: &str) -> bool {
    // Prose, what is shown, tables, and what programs make.
    const ENDS: [&str; 60] = [
        "md", "mdx", "markdown", "rst", "adoc", "asciidoc", "txt", "html", "htm", "css", "scss", "less", "svg", "png",
        "jpg", "jpeg", "gif", "ico", "webp", "bmp", "pdf", "csv", "tsv", "parquet", "ipynb", "lock", "sum", "snap",
        "map", "po", "pot", "mo", "gz", "tgz", "zip", "xz", "bz2", "zst", "tar", "jar", "war", "class", "so", "dll",
        "exe", "bin", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "wasm", "pyc", "db", "sqlite", "log",
        "example", "sample",
    ];
    const NAMES: [&str; 12] = [
        "package-lock.json",
        "pnpm-lock.yaml",
        "npm-shrinkwrap.json",
        "license",
        "notice",
        "changelog",
        "jenkinsfile",
        ".gitlab-ci.yml",
        ".travis.yml",
        ".drone.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
    ];
    const OF_OTHERS: [&str; 3] = [".circleci", ".buildkite", ".woodpecker"];
    // What is called `.txt`, and is read by programs.
    const READ: [&str; 1] = ["cmakelists.txt"];
    const WORKFLOWS: [&str; 3] = [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"];
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let end = name.rsplit_once('.').map(|(_, end)| end);
    let is_workflow = matches!(end, Some("yml" | "yaml")) && WORKFLOWS.iter().any(|folder| path.contains(folder));
    READ.contains(&name)
        || !(is_workflow
            || NAMES.contains(&name)
            || end.is_some_and(|end| ENDS.contains(&end))
            || path.split('/').any(|part| OF_OTHERS.contains(&part)))
}

/// Files with one of these names, below a folder that holds no repository but its own, sorted; links are not followed.
pub fn named(root: &Path, names: &[&str]) -> Vec<PathBuf> {
    let found = walk(root, &["vendor"]).flatten().filter(|entry| names.iter().any(|name| entry.file_name() == *name));
    found.filter(|entry| !entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}

/// What is below a folder, sorted, but for what is in folders of these names, or in others'.
fn walk(root: &Path, foreign: &'static [&'static str]) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    let walk = WalkDir::new(root).max_depth(DEPTH).sort_by_file_name().into_iter();
    walk.filter_entry(move |entry| !FOREIGN.iter().chain(foreign).any(|name| entry.file_name() == *name))
}

#[cfg(test)]
mod tests {
    use super::{is_data, is_text};

    #[test]
    fn data_comes_last() {
        for path in ["data/a.py", "tests/fixtures/a.yml", "src/__snapshots__/a.ts", "src/countries.json"] {
            assert!(is_data(path), "{path}");
        }
        for path in ["src/a.py", "package.json", "tools/sub.py", "tests/data.rs", "e2e/Dockerfile"] {
            assert!(!is_data(path), "{path}");
        }
    }

    #[test]
    fn what_something_reads_a_name_in() {
        for path in [
            "a.py",
            "Makefile",
            "CMakeLists.txt",
            "k8s/a.yaml",
            ".env",
            "docker/Dockerfile",
            ".github/scripts/x.sh",
            ".github/workflows/lib/x.py",
            "a/b.toml",
        ] {
            assert!(is_text(path), "{path}");
        }
        for path in
            ["README.md", "Cargo.lock", "a/package-lock.json", ".env.example", ".github/workflows/x.yml", "a.png"]
        {
            assert!(!is_text(path), "{path}");
        }
        assert!(!is_text("LICENSE") && !is_text(".circleci/config.yml"));
    }
}
