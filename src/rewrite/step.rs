//! A step that a rewrite adds: as text in a file's manner, and as the value that it means.

use serde_yaml::{Mapping, Value};

use super::style::Style;

/// A step to be added to a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewStep {
    /// Comments that stand before it, each with its `#`.
    pub comments: Vec<String>,
    /// `name:`
    pub name: String,
    /// `id:`
    pub id: Option<String>,
    /// `if:`
    pub condition: Option<String>,
    /// `continue-on-error: true`
    pub continues: bool,
    /// `timeout-minutes:`
    pub timeout: Option<u64>,
    /// `uses:`
    pub uses: Option<String>,
    /// `with:`
    pub with: Vec<(String, String)>,
    /// `shell:`
    pub shell: Option<String>,
    /// `working-directory:`
    pub working_directory: Option<String>,
    /// `env:`
    pub env: Vec<(String, String)>,
    /// `run:`
    pub run: Option<String>,
}

/// An entry of a step.
enum Entry<'s> {
    Text(&'s str),
    True,
    Number(u64),
    Map(&'s [(String, String)]),
}

impl NewStep {
    fn entries(&self) -> Vec<(&'static str, Entry<'_>)> {
        let mut all = vec![("name", Entry::Text(&self.name))];
        all.extend(text("id", self.id.as_ref()));
        all.extend(text("if", self.condition.as_ref()));
        all.extend(self.continues.then_some(("continue-on-error", Entry::True)));
        all.extend(self.timeout.map(|minutes| ("timeout-minutes", Entry::Number(minutes))));
        all.extend(text("uses", self.uses.as_ref()));
        all.extend((!self.with.is_empty()).then_some(("with", Entry::Map(&self.with))));
        all.extend(text("shell", self.shell.as_ref()));
        all.extend(text("working-directory", self.working_directory.as_ref()));
        all.extend((!self.env.is_empty()).then_some(("env", Entry::Map(&self.env))));
        all.extend(text("run", self.run.as_ref()));
        all
    }

    /// What it means.
    pub fn value(&self) -> Value {
        let mut step = Mapping::new();
        for (key, entry) in self.entries() {
            let value = match entry {
                Entry::Text(text) => Value::from(text),
                Entry::True => Value::from(true),
                Entry::Number(number) => Value::from(number),
                Entry::Map(map) => mapping(map),
            };
            step.insert(key.into(), value);
        }
        Value::Mapping(step)
    }

    /// Its lines, whose `-` stands at column `dash` (0-based) and whose keys stand `gap` columns further.
    pub fn lines(&self, style: Style, dash: usize, gap: usize) -> Vec<String> {
        let mut lines: Vec<String> =
            self.comments.iter().map(|comment| format!("{}{comment}", " ".repeat(dash))).collect();
        let pad = " ".repeat(dash + gap);
        for (index, (key, entry)) in self.entries().into_iter().enumerate() {
            let head = match index {
                0 => format!("{}-{}{key}:", " ".repeat(dash), " ".repeat(gap - 1)),
                _ => format!("{pad}{key}:"),
            };
            match entry {
                Entry::Text(text) => push_text(&mut lines, head, text, dash + gap, style),
                Entry::True => lines.push(format!("{head} true")),
                Entry::Number(number) => lines.push(format!("{head} {number}")),
                Entry::Map(map) => {
                    lines.push(head);
                    for (key, value) in map {
                        let at = dash + gap + style.indent;
                        push_text(&mut lines, format!("{}{key}:", " ".repeat(at)), value, at, style);
                    }
                }
            }
        }
        lines
    }
}

/// Entries as the value they mean.
pub(super) fn mapping(entries: &[(String, String)]) -> Value {
    let entries = entries.iter().map(|(key, value)| (Value::from(key.as_str()), Value::from(value.as_str())));
    Value::Mapping(entries.collect())
}

fn text<'s>(key: &'static str, value: Option<&'s String>) -> Option<(&'static str, Entry<'s>)> {
    value.map(|value| (key, Entry::Text(value)))
}

/// A key's value: on its line, or as a literal block below it.
fn push_text(lines: &mut Vec<String>, head: String, text: &str, column: usize, style: Style) {
    if !text.contains('\n') {
        lines.push(format!("{head} {}", style.scalar(text, false)));
        return;
    }
    let keep = if text.ends_with('\n') { "|" } else { "|-" };
    lines.push(format!("{head} {keep}"));
    let pad = " ".repeat(column + style.indent);
    lines.extend(text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_say_the_same() {
        let step = NewStep {
            comments: vec!["# why".to_owned()],
            name: "Stop: postgres".to_owned(),
            condition: Some("always()".to_owned()),
            env: vec![("PASSWORD".to_owned(), "${{ secrets.PW }}".to_owned())],
            run: Some("set -eu\n\ndocker rm -fv \"$ID\"\n".to_owned()),
            ..NewStep::default()
        };
        let style = Style { line_break: "\n", indent: 2, quote: '"' };
        let text = step.lines(style, 2, 2).join("\n") + "\n";
        let expected = "  # why\n  - name: \"Stop: postgres\"\n    if: always()\n    env:\n      PASSWORD: ${{ secrets.PW }}\n    run: |\n      set -eu\n\n      docker rm -fv \"$ID\"\n";
        assert_eq!(text, expected);
        let read: Value = serde_yaml::from_str(&text).expect("YAML");
        assert_eq!(read, Value::Sequence(vec![step.value()]));
    }
}
