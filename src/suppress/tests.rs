use super::*;

fn names() -> Names {
    Names::new(["a", "b"].map(|rule| (rule.to_owned(), "letters".to_owned())))
}

/// A finding of rule `a` at the first `X` of each line that has one.
fn findings(source: &Source) -> Vec<Finding> {
    let places = source.text().match_indices('X').map(|(at, _)| at);
    let finding =
        |at| Finding { rule: "a".to_owned(), ..about(source.path(), Span::new(at, at + 1), String::new(), "") };
    places.map(finding).collect()
}

/// The lines of findings that stay, and how many comments are unused.
fn run(path: &str, text: &str) -> (Vec<usize>, Vec<String>) {
    let source = Source::new(path, text.as_bytes().to_vec()).expect("UTF-8");
    let mut trees = BTreeMap::new();
    if path.ends_with("yml") {
        trees.insert(source.path().clone(), crate::yaml::parse(&source).expect("YAML"));
    }
    let comments = collect(std::iter::once(&source), &trees);
    let result = comments.apply(&names(), findings(&source), |_| true);
    let lines = result.kept.iter().map(|finding| source.place(finding.location.span.start).line).collect();
    (lines, result.unused.into_iter().map(|finding| finding.message).collect())
}

#[test]
fn a_comment_behind_covers_its_line() {
    let (kept, unused) = run("x.yml", "k: X # berthlint: ignore[a] why\nl: X\n");
    assert_eq!((kept, unused.len()), (vec![2], 0));
}

#[test]
fn a_comment_above_covers_the_node_below() {
    let text = "# berthlint: ignore[letters]\nk:\n  m: X\n  n: X\nl: X\n";
    assert_eq!(run("x.yml", text), (vec![5], vec![]));
    let text = "k:\n  # berthlint: ignore[a]\n  # more words\n  - m: X\n    n: X\n  - X\n";
    assert_eq!(run("x.yml", text), (vec![6], vec![]));
}

#[test]
fn a_comment_in_a_script_covers_the_statement_below() {
    let script = "# berthlint: ignore[a]\ndocker run \\\n  X\nX\nX # berthlint: ignore[a]\n";
    assert_eq!(run("x.sh", script), (vec![4], vec![]));
    let inside: String = script.lines().map(|line| format!("    {line}\n")).collect();
    assert_eq!(run("x.yml", &format!("run: |\n{inside}")), (vec![5], vec![]));
}

#[test]
fn a_file_can_be_ignored_for_a_rule() {
    assert_eq!(run("x.sh", "X\nX\n# berthlint: ignore-file[a] generated\n"), (vec![], vec![]));
}

#[test]
fn what_suppresses_nothing_is_told() {
    let (kept, unused) = run("x.sh", "X # berthlint: ignore[b]\nX # berthlint: ignore[leters]\n# berthlint: ignore\n");
    assert_eq!(kept, [1, 2]);
    assert!(unused[0].contains("suppresses no `b`"), "{unused:?}");
    assert!(unused[1].contains("did you mean `letters`?"), "{unused:?}");
    assert!(unused[2].contains("names no rule"), "{unused:?}");
}

#[test]
fn text_that_only_looks_like_a_comment_is_none() {
    assert_eq!(run("x.yml", "k: 'X # berthlint: ignore[a]'\n").0, [1]);
    assert_eq!(run("x.sh", "X#berthlint: ignore[a]\n").0, [1]);
}
