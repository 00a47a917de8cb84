//! `|| true`: what lets a command fail, and nothing else with it.

use std::ops::Range;

/// What goes before a command and behind it, so that its failure is none. Behind `a && b` a bare `|| true` would let `a`
/// fail as well.
pub fn around(text: &str, command: &Range<usize>) -> (&'static str, &'static str) {
    match follows_and(text.get(..command.start).unwrap_or_default()) {
        true => ("{ ", " || true; }"),
        false => ("", " || true"),
    }
}

/// Whether `|| true` behind a command would also forgive another program's failure: in `make test && docker stop x ||
/// docker rm x` the last one is asked when the test has failed.
pub fn forgives_others(text: &str, command: &Range<usize>) -> bool {
    let before = text.get(..command.start).unwrap_or_default();
    let joined = |text: &str| text.trim_end_matches([' ', '\t', '\r', '\\', '\n']).ends_with("||");
    if !joined(before) {
        return false;
    }
    // The list begins behind the last line that does not go on.
    let goes_on = |line: &str| ["\\", "&&", "||", "|"].iter().any(|end| line.trim_end().ends_with(end));
    let lines: Vec<&str> = before.split('\n').collect();
    let first = lines.iter().rposition(|line| !goes_on(line) && !line.trim().is_empty());
    let first = first.map_or(0, |at| if at + 1 == lines.len() { at } else { at + 1 });
    let list = lines[first..].join(" ");
    let list = list.rsplit([';', '{', '(']).next().unwrap_or_default();
    let is_other = |part: &str| {
        let mut words = part.split_whitespace().filter(|word| !matches!(*word, "\\" | "sudo" | "!"));
        words.next().is_some_and(|program| !matches!(program, "docker" | "podman" | "docker-compose"))
    };
    list.split("&&").flat_map(|part| part.split("||")).any(is_other)
}

/// Whether a script's text ends with `&&`, comments behind it left out.
fn follows_and(before: &str) -> bool {
    let mut rest = before;
    loop {
        rest = rest.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
        if rest.ends_with("&&") {
            return true;
        }
        // `make && # then`, and the command in a line below.
        let line = rest.rfind('\n').map_or(0, |at| at + 1);
        let comment = match rest[line..].starts_with('#') {
            true => Some(0),
            false => rest[line..].find(" #"),
        };
        let Some(comment) = comment else { return false };
        rest = &rest[..line + comment];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_program_is_not_forgiven() {
        for (text, forgives) in [
            ("make lint && docker stop x || docker rm x", true),
            ("make lint ||\n  docker rm x", true),
            ("make lint && \\\n  docker stop x || \\\n  docker rm x", true),
            ("make lint\ndocker stop x || docker rm x", false),
            ("make lint; docker stop x || sudo docker rm x", false),
            ("docker stop x ||\n  docker rm x", false),
            ("make lint && docker rm x", false),
            ("docker rm x", false),
        ] {
            let start = text.find("docker rm").expect(text);
            assert_eq!(forgives_others(text, &(start..text.len())), forgives, "{text}");
        }
    }

    #[test]
    fn what_stands_before_it_may_fail_no_more_than_before() {
        for (text, written) in [
            ("docker rm x", "docker rm x || true"),
            ("make test && docker rm x", "make test && { docker rm x || true; }"),
            ("make test &&\n  docker rm x", "make test &&\n  { docker rm x || true; }"),
            ("make test && # then\n  docker rm x", "make test && # then\n  { docker rm x || true; }"),
            (
                "make test && # then\n# all\n  # of it\ndocker rm x",
                "make test && # then\n# all\n  # of it\n{ docker rm x || true; }",
            ),
            ("make test # && then\ndocker rm x", "make test # && then\ndocker rm x || true"),
            ("make test && \\\n  docker rm x", "make test && \\\n  { docker rm x || true; }"),
            ("docker stop x || docker rm x", "docker stop x || docker rm x || true"),
        ] {
            let start = text.find("docker rm").expect(text);
            let (before, behind) = around(text, &(start..text.len()));
            assert_eq!(format!("{}{before}{}{behind}", &text[..start], &text[start..]), written);
        }
    }
}
