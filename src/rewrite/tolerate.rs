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
