//! What would be written, as a patch that `git apply` takes.

use std::collections::BTreeMap;

use similar::udiff::UnifiedHunkHeader;
use similar::{DiffOp, DiffTag, group_diff_ops};

use super::outcome::Changed;
use crate::difference::difference;

/// How many lines stand around what changes.
const AROUND: usize = 3;

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
    let hunks = group_diff_ops(difference(&old, &new), AROUND).into_iter().filter(|hunk| !hunk.is_empty());
    let hunks: String = hunks.map(|hunk| lines(&hunk, &old, &new)).collect();
    format!("diff --git {ours} {theirs}\n{head}--- {}\n+++ {}\n{hunks}", ended(&from), ended(&theirs))
}

/// A hunk, which says so where a file ends without a line feed.
fn lines(hunk: &[DiffOp], old: &[&str], new: &[&str]) -> String {
    let mut text = format!("{}\n", UnifiedHunkHeader::new(hunk));
    let mut add = |tag: char, lines: &[&str]| {
        for line in lines {
            text.push(tag);
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    for stretch in hunk {
        let (gone, come) = (&old[stretch.old_range()], &new[stretch.new_range()]);
        if stretch.tag() == DiffTag::Equal {
            add(' ', gone);
        } else {
            add('-', gone);
            add('+', come);
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
