//! What became of the examples of a user's own rules.

use serde::Serialize;

use super::summary::count;
use super::{exact, plain};

/// Why an example does not show what it is to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// In one line.
    pub what: String,
    /// What was found or written instead, in lines.
    pub shown: String,
}

impl Trouble {
    /// That, and what is shown below it.
    pub fn new(what: impl Into<String>, shown: impl Into<String>) -> Self {
        Self { what: what.into(), shown: shown.into() }
    }
}

/// A rule whose examples were run.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Its file.
    pub file: String,
    /// Its id.
    pub rule: String,
    /// What is wrong with each of its examples, in their order.
    pub examples: Vec<Vec<Trouble>>,
}

impl Tried {
    /// How many of its examples do not show what they are to show.
    pub fn failed(&self) -> usize {
        self.examples.iter().filter(|troubles| !troubles.is_empty()).count()
    }
}

/// For people: what is wrong, and the sum.
pub fn trials_text(tried: &[Tried]) -> String {
    let mut text = String::new();
    for rule in tried {
        let head = format!("{}: {}", exact(&rule.file), plain(&rule.rule));
        if rule.examples.is_empty() {
            text.push_str(&format!("{head}: no examples: write `examples:` with `bad` and `good`\n"));
        }
        for (at, troubles) in rule.examples.iter().enumerate() {
            for trouble in troubles {
                text.push_str(&format!("{head}, example {}: {}\n", at + 1, plain(&trouble.what)));
                trouble.shown.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
            }
        }
    }
    let examples = tried.iter().map(|rule| rule.examples.len()).sum();
    let failed: usize = tried.iter().map(Tried::failed).sum();
    let end = match failed {
        0 => "each shows what it should".to_owned(),
        1 => "1 does not show what it should".to_owned(),
        many => format!("{many} do not show what they should"),
    };
    text + &format!("{}, {}: {end}\n", count(tried.len(), "rule"), count(examples, "example"))
}

/// For programs.
pub fn trials_json(tried: &[Tried]) -> String {
    super::json::text(&tried, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_stands_below_what_is_wrong() {
        let rule = |examples| Tried { file: "a.yaml".to_owned(), rule: "r".to_owned(), examples };
        let trouble = Trouble::new("`good` finds something", "x:1:2: y\n");
        let text = trials_text(&[rule(vec![Vec::new(), vec![trouble]]), rule(Vec::new())]);
        let expected = "a.yaml: r, example 2: `good` finds something\n    x:1:2: y\n\
                        a.yaml: r: no examples: write `examples:` with `bad` and `good`\n\
                        2 rules, 2 examples: 1 does not show what it should\n";
        assert_eq!(text, expected);
        assert!(trials_text(&[rule(vec![Vec::new()])]).ends_with("1 rule, 1 example: each shows what it should\n"));
    }
}
