//! `|| true`: what lets a command fail, and nothing else with it.

use std::ops::Range;

/// What goes before a command and behind it, so that its failure is none. Behind `a && b` a bare `|| true` would let `a`
/// fail as well.
pub fn around(text: &str, command: &Range<usize>) -> (&'static str, &'static str) {
    let before = text.get(..command.start).unwrap_or_default();
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
    match before.ends_with("&&") {
        true => ("{ ", " || true; }"),
        false => ("", " || true"),
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
            ("make test && \\\n  docker rm x", "make test && \\\n  { docker rm x || true; }"),
            ("docker stop x || docker rm x", "docker stop x || docker rm x || true"),
        ] {
            let start = text.find("docker rm").expect(text);
            let (before, behind) = around(text, &(start..text.len()));
            assert_eq!(format!("{}{before}{}{behind}", &text[..start], &text[start..]), written);
        }
    }
}
