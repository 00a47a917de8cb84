//! Comments: none may be lost, those of shell texts included.

use super::missing::missing;
use crate::shell;
use crate::yaml::Tree;

/// The first comment of the old file that the new one lacks.
pub(super) fn lost<'c>(old: &'c [String], new: &'c [String]) -> Option<&'c str> {
    missing(old.iter().map(String::as_str), new.iter().map(String::as_str)).next()
}

/// The comments of a YAML file, and those in its texts that the other file does not have.
pub(super) fn of_yaml(tree: &Tree, other: &Tree) -> Vec<String> {
    let source = tree.source();
    let mut comments: Vec<String> =
        tree.comments().iter().map(|comment| source.slice(comment.span).trim_end().to_owned()).collect();
    comments.extend(missing(texts(tree), texts(other)).flat_map(of_shell));
    comments
}

/// The texts that may hold comments of a shell.
fn texts(tree: &Tree) -> impl Iterator<Item = &str> {
    let all = tree.nodes().filter(|node| !node.is_alias()).filter_map(|node| node.as_str());
    all.filter(|text| text.contains('#') && text.contains([' ', '\n']))
}

/// The comments of a shell text: a script, recipes, what a step runs.
pub(super) fn of_shell(text: &str) -> Vec<String> {
    if !text.contains('#') {
        return Vec::new();
    }
    let comments = shell::parse(text).comments;
    comments.into_iter().filter_map(|range| Some(text.get(range)?.trim_end().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn yaml(text: &str) -> Vec<String> {
        let source = Source::new("x", text.as_bytes().to_vec()).expect("UTF-8");
        let empty = Source::new("x", Vec::new()).expect("UTF-8");
        let tree = |source| crate::yaml::parse(source).expect("YAML");
        of_yaml(&tree(&source), &tree(&empty))
    }

    #[test]
    fn a_text_that_both_have_is_read_in_neither() {
        let tree = |text: &str| crate::yaml::parse(&Source::new("x", text.into()).expect("UTF-8")).expect("YAML");
        let (one, two) = ("- run: make # a\n", "- run: make # a\n- run: 'make # a'\n- run: 'true # b'\n");
        let both = "- run: 'make # a'\n";
        assert_eq!(of_yaml(&tree(two), &tree(both)), ["# a", "# b"]);
        assert_eq!(of_yaml(&tree(both), &tree(two)), [""; 0]);
        assert_eq!(of_yaml(&tree(both), &tree(one)), ["# a"]);
        assert_eq!(of_yaml(&tree("- 'make # a'\n- 'make # a'\n"), &tree("- 'make # a'\n")), ["# a"]);
    }

    #[test]
    fn comments_are_counted_wherever_they_stand() {
        let old = yaml("# a\nx: 1 # b\nrun: |\n  # c\n  true # d\n  echo '# no'\n# a\n");
        assert_eq!(old, ["# a", "# b", "# a", "# c", "# d"]);
        assert_eq!(lost(&old, &old), None);
        assert_eq!(lost(&old, &yaml("# a\nx: 1 # b\nrun: |\n  # c\n  true # d\n")), Some("# a"));
        assert_eq!(lost(&old, &yaml("# a\n# a\nx: 1 # b\nrun: |\n  # c\n  true\n")), Some("# d"));
    }
}
