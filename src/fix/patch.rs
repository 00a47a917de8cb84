//! What would be written, as a patch that `git apply` takes.

use std::collections::BTreeMap;

use similar::TextDiff;
use similar::udiff::UnifiedDiffHunk;

use super::outcome::Changed;

/// A unified diff of all files, in order.
pub fn patch(files: &BTreeMap<String, Changed>) -> String {
    files.iter().map(|(path, changed)| one(path, changed)).collect()
}

fn one(path: &str, changed: &Changed) -> String {
    let old = String::from_utf8_lossy(changed.old.as_deref().unwrap_or_default());
    let new = String::from_utf8_lossy(&changed.new);
    if old == new {
        return String::new();
    }
    let path = path.trim_start_matches("./");
    let (ours, theirs) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    let (head, from) = match &changed.old {
        Some(_) => (String::new(), ours.clone()),
        None => ("new file mode 100644\n".to_owned(), "/dev/null".to_owned()),
    };
    // For git a line ends in a line feed; a carriage return within one is text.
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
    let hunks: String = diff.unified_diff().context_radius(3).iter_hunks().map(|hunk| lines(&hunk)).collect();
    format!("diff --git {ours} {theirs}\n{head}--- {}\n+++ {}\n{hunks}", ended(&from), ended(&theirs))
}

/// A hunk, which says so where a file ends without a line feed. (The crate's own words leave that out behind a
/// carriage return.)
fn lines(hunk: &UnifiedDiffHunk<'_, '_, '_, str>) -> String {
    let mut text = format!("{}\n", hunk.header());
    for change in hunk.iter_changes() {
        text.push_str(&format!("{}{}", change.tag(), change.value()));
        if !change.value().ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
    text
}

/// A path with blanks ends with a tab, else its end would not be told.
fn ended(path: &str) -> String {
    if path.contains(' ') { format!("{path}\t") } else { path.to_owned() }
}

/// A path as git writes it: in quotes, where it holds what is not plain.
fn quoted(path: &str) -> String {
    if path.bytes().all(|byte| (0x20..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\')) {
        return path.to_owned();
    }
    let bytes = path.bytes().map(|byte| match byte {
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x20..0x7f => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", bytes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// Has git apply the patch to the old files, and gives back the new ones.
    fn applied(files: &BTreeMap<String, Changed>) -> Result<BTreeMap<String, Vec<u8>>, String> {
        use std::io::Write;
        let here = tempfile::tempdir().expect("a folder");
        for (path, changed) in files {
            let Some(old) = &changed.old else { continue };
            let path = here.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, old).expect("written");
        }
        for arguments in [&["apply", "--check", "-"][..], &["apply", "-"]] {
            let mut git = Command::new("git");
            let git = git.current_dir(here.path()).env("GIT_CEILING_DIRECTORIES", here.path()).args(arguments);
            let mut git = git.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("git");
            git.stdin.take().expect("piped").write_all(patch(files).as_bytes()).expect("written");
            let output = git.wait_with_output().expect("ends");
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned() + &patch(files));
            }
        }
        let read = |path: &String| std::fs::read(here.path().join(path)).expect("there");
        Ok(files.keys().map(|path| (path.clone(), read(path))).collect())
    }

    #[test]
    fn git_makes_the_same_of_it() {
        let long: String = (0..40).map(|at| format!("line {at}\n")).collect();
        let changed = long.replace("line 3\n", "").replace("line 20\n", "x\ny\n").replace("line 39\n", "end");
        let mut files = BTreeMap::new();
        for (path, old, new) in [
            ("lf.yml", Some("a\nb\nc\n"), "a\nB\nc\n"),
            ("crlf.yml", Some("a\r\nb\r\nc\r\n"), "a\r\nB\r\nc\r\nd\r\n"),
            ("no end.yml", Some("a\nb"), "a\nb\nc"),
            ("gets-end", Some("a"), "a\n"),
            ("crlf-no-end.yml", Some("a\r\nb\r"), "a\r\nB\r"),
            ("only\rreturns", Some("a\rb\rc\r"), "a\rB\rc\r"),
            ("loses-end", Some("a\nb\n"), "a\nb"),
            ("lone\rreturn", Some("a\rb\nc\n"), "a\rb\nd\n"),
            ("sub/dir/new.yml", None, "on: push\n"),
            ("new without end", None, "x"),
            ("\u{fc}mlaut \"q\" \\.yml", Some("a\n"), "b\n"),
            ("was-empty", Some(""), "a\n"),
            ("gets-empty", Some("a\n"), ""),
            ("long", Some(&long), &changed),
        ] {
            let old = old.map(|old| old.as_bytes().to_vec());
            files.insert(path.to_owned(), Changed { old, new: new.as_bytes().to_vec() });
        }
        for (path, changed) in &files {
            let alone = BTreeMap::from([(path.clone(), changed.clone())]);
            let made = applied(&alone).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(made[path], changed.new, "{path}");
        }
        let made = applied(&files).unwrap_or_else(|error| panic!("{error}"));
        assert!(files.iter().all(|(path, changed)| made[path] == changed.new));
    }

    #[test]
    fn what_stays_is_not_in_it() {
        let same = Changed { old: Some(b"a\n".to_vec()), new: b"a\n".to_vec() };
        assert_eq!(patch(&BTreeMap::from([("f".to_owned(), same)])), "");
    }
}
